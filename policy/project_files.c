/* Project files: what the patterns of edict.yaml name, found and read.
 *
 * In: patterns, a system. Out: files sorted by path, each with its text. Invariant: no path
 * leaves the folder, each can be a name in a bundle, none stands twice in a list; the order in
 * which a folder is listed never shows. A pattern that matches nothing is an error, since what
 * it meant is missing. */
#include "policy/project_files.h"

#include <errno.h>
#include <string.h>

#include "bundle/limits.h"
#include "bundle/order.h"

void edi_project_no_memory(edi_project_reader *reader) {
  reader->failed = edi_arena_status(reader->arena);
}

/* ---- paths ---- */

const char *edi_project_join(edi_project_reader *reader, edi_str path) {
  edi_str folder = reader->folder;
  if (path.len > 0 && path.ptr[0] == '/') folder.len = 0;
  char *joined = edi_arena_alloc(reader->arena, folder.len + path.len + 1);
  if (!joined) {
    edi_project_no_memory(reader);
    return NULL;
  }
  if (folder.len > 0) memcpy(joined, folder.ptr, folder.len);
  if (path.len > 0) memcpy(joined + folder.len, path.ptr, path.len);
  return joined;
}

static bool may_stand_in_bundle(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
         c == '/';
}

/* What is wrong with a path; NULL if nothing is. `pattern`: * and ? may stand in the last part. */
static const char *path_trouble(edi_str path, bool pattern) {
  size_t begin = 0;
  bool wild = false;
  if (path.len == 0) return "is empty";
  if (path.ptr[0] == '/') return "is not relative to the folder of edict.yaml";
  if (path.len > EDI_LIMIT_EXTERNAL_NAME) return "is too long";
  for (size_t i = 0; i <= path.len; i++) {
    if (i < path.len && path.ptr[i] != '/') {
      bool is_wild = pattern && (path.ptr[i] == '*' || path.ptr[i] == '?');
      if (!is_wild && !may_stand_in_bundle(path.ptr[i]))
        return "holds another character than a-z, 0-9, `.`, `_`, `-` and `/`";
      wild = wild || is_wild;
      continue;
    }
    edi_str part = {path.ptr + begin, i - begin};
    if (part.len == 0) return "has an empty part";
    if (edi_str_equal(part, EDI_STR(".")) || edi_str_equal(part, EDI_STR("..")))
      return "has a part `.` or `..`";
    if (wild && i < path.len) return "has `*` or `?` in another part than the last";
    begin = i + 1;
  }
  return NULL;
}

bool edi_project_check_path(edi_project_reader *reader, edi_str path, edi_span span) {
  const char *trouble = path_trouble(path, false);
  if (!trouble) return true;
  edi_project_error(reader, EDI_E0513, span, "", "the path `%.*s` %s", EDI_STR_ARG(path), trouble);
  return false;
}

static bool is_wild(edi_str pattern) {
  return edi_str_contains(pattern, EDI_STR("*")) || edi_str_contains(pattern, EDI_STR("?"));
}

/* ---- reading ---- */

static void report_unreadable(edi_project_reader *reader, edi_str path, edi_span span, int error) {
  edi_finding *finding = edi_project_error(reader, EDI_E0515, span, "named here",
                                           "`%.*s` cannot be read", EDI_STR_ARG(path));
  if (error != 0) edi_finding_note(finding, "%s", strerror(error));
}

edict_status edi_project_take(edi_project_reader *reader, const char *path, size_t most,
                              edi_str *text, int *error) {
  edi_buf bytes;
  edi_buf_init(&bytes, reader->arena->allocator, most);
  edict_status status = edi_system_read_file(reader->system, path, most, &bytes, error);
  if (status == EDICT_OK) {
    *text =
        (edi_str){edi_arena_copy(reader->arena, bytes.len ? bytes.ptr : "", bytes.len), bytes.len};
    if (!text->ptr) status = reader->failed = edi_arena_status(reader->arena);
  }
  if (status == EDICT_MEMORY) reader->failed = status;
  edi_buf_fini(&bytes);
  return status;
}

bool edi_project_read(edi_project_reader *reader, edi_str path, edi_span span, size_t most,
                      edi_str *text) {
  const char *joined = edi_project_join(reader, path);
  int error = 0;
  if (!joined) return false;
  edict_status status = edi_project_take(reader, joined, most, text, &error);
  if (status == EDICT_OK) return true;
  if (reader->failed != EDICT_OK) return false;
  if (status == EDICT_LIMIT)
    edi_project_error(reader, EDI_E0516, span, "named here", "`%.*s` is larger than %zu bytes",
                      EDI_STR_ARG(path), most);
  else report_unreadable(reader, path, span, error);
  return false;
}

/* ---- patterns ---- */

typedef struct matching {
  edi_project_reader *reader;
  const edi_project_pattern *pattern;
  edi_str folder, last; /* of the pattern: "rules/" and "*.edict" */
  edi_project_file *files;
  size_t count, capacity;
  size_t matched; /* by the pattern at hand */
} matching;

static void add_file(matching *m, edi_str path) {
  void *files = m->files;
  if (!edi_arena_grow(m->reader->arena, &files, &m->capacity, m->count, sizeof *m->files)) {
    edi_project_no_memory(m->reader);
    return;
  }
  m->files = files;
  m->files[m->count++] = (edi_project_file){.path = path, .span = m->pattern->span};
}

/* A hidden file is matched only by a pattern that begins with a dot. */
static void match_entry(void *user, const char *name) {
  matching *m = user;
  edi_str entry = edi_str_from(name);
  bool hidden = entry.len > 0 && entry.ptr[0] == '.' && m->last.ptr[0] != '.';
  if (hidden || m->reader->failed != EDICT_OK || !edi_str_glob(m->last, entry)) return;
  size_t length = m->folder.len + entry.len;
  char *path = edi_arena_alloc(m->reader->arena, length + 1);
  if (!path) {
    edi_project_no_memory(m->reader);
    return;
  }
  if (m->folder.len > 0) memcpy(path, m->folder.ptr, m->folder.len);
  memcpy(path + m->folder.len, entry.ptr, entry.len);
  m->matched++;
  if (edi_project_check_path(m->reader, (edi_str){path, length}, m->pattern->span))
    add_file(m, (edi_str){path, length});
}

static void match_folder(matching *m) {
  edi_str pattern = m->pattern->text;
  size_t slash = pattern.len;
  while (slash > 0 && pattern.ptr[slash - 1] != '/') slash--;
  m->folder = (edi_str){pattern.ptr, slash};
  m->last = (edi_str){pattern.ptr + slash, pattern.len - slash};
  m->matched = 0;
  const char *folder = edi_project_join(m->reader, m->folder);
  if (!folder) return;
  int error = m->reader->system->list_dir(m->reader->system->context, *folder ? folder : ".",
                                          match_entry, m);
  if (m->reader->failed != EDICT_OK || (m->matched > 0 && error == 0)) return;
  edi_finding *finding =
      edi_project_error(m->reader, EDI_E0514, m->pattern->span,
                        error == 0 ? "matches no file" : "its folder cannot be listed",
                        "no file is called `%.*s`", EDI_STR_ARG(pattern));
  if (error != 0) edi_finding_note(finding, "%s", strerror(error));
}

static void match(matching *m, const edi_project_pattern *pattern) {
  m->pattern = pattern;
  const char *trouble = path_trouble(pattern->text, true);
  if (trouble)
    edi_project_error(m->reader, EDI_E0513, pattern->span, "", "the path `%.*s` %s",
                      EDI_STR_ARG(pattern->text), trouble);
  else if (is_wild(pattern->text)) match_folder(m);
  else add_file(m, pattern->text);
}

static int compare_paths(const void *context, const void *a, const void *b) {
  (void)context;
  return edi_str_compare(((const edi_project_file *)a)->path, ((const edi_project_file *)b)->path);
}

/* Two patterns may name one file: it counts once. */
static void sort_files(matching *m) {
  edi_project_file *spare = EDI_NEW_ARRAY(m->reader->arena, edi_project_file, m->count);
  size_t kept = 0;
  if (!spare) {
    edi_project_no_memory(m->reader);
    return;
  }
  edi_order_sort(m->files, spare, m->count, sizeof *m->files, compare_paths, NULL);
  for (size_t i = 0; i < m->count; i++)
    if (kept == 0 || !edi_str_equal(m->files[kept - 1].path, m->files[i].path))
      m->files[kept++] = m->files[i];
  m->count = kept;
}

void edi_project_collect(edi_project_reader *reader, const edi_project_pattern *patterns,
                         size_t count, size_t most, edi_project_file **files, size_t *file_count) {
  matching m = {.reader = reader};
  for (size_t i = 0; i < count && reader->failed == EDICT_OK; i++) match(&m, &patterns[i]);
  if (reader->failed == EDICT_OK) sort_files(&m);
  for (size_t i = 0; i < m.count && reader->failed == EDICT_OK; i++) {
    if (reader->files++ == EDI_LIMIT_BUNDLE_FILES) {
      edi_project_error(reader, EDI_E0517, m.files[i].span, "one too many",
                        "more than %d files are named", EDI_LIMIT_BUNDLE_FILES);
      break;
    }
    if (reader->files > EDI_LIMIT_BUNDLE_FILES) break;
    edi_project_read(reader, m.files[i].path, m.files[i].span, most, &m.files[i].text);
  }
  *files = m.files;
  *file_count = m.count;
}
