/* Documents and projects: what is open, what is on disk, what is wrong with it.
 *
 * In: what the client opens and changes. Out: findings, published for each file that has or had some.
 * Invariant: before a request is answered, every project that changed has been checked. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "workbench/linter.h"
#include "workbench/lsp_server.h"

/* ---- projects ---- */

static size_t folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool holds(const lsp_project *p, const char *path) {
  size_t folder = folder_length(p->path);
  return strncmp(p->path, path, folder) == 0;
}

/* Overlays of documents that were opened before the project was found. */
static void lay_over(lsp_server *s, lsp_project *p) {
  const char *uri;
  json_t *document;
  json_object_foreach(s->documents, uri, document) {
    const char *path = lsp_text(document, "path");
    const json_t *text = json_object_get(document, "text");
    if (path && holds(p, path) &&
        edict_editor_set_text(p->editor, path, json_string_value(text), json_string_length(text)) != EDICT_OK)
      lsp_log(s, "no memory is left for a document");
  }
}

static void drop(lsp_project *p) {
  edict_editor_destroy(&p->editor);
  edict_diagnostics_destroy(&p->findings);
  json_decref(p->items);
  json_decref(p->published);
  json_decref(p->tests);
  *p = (lsp_project){.editor = NULL};
}

void lsp_drop_all(lsp_server *s) {
  for (size_t i = 0; i < s->project_count; i++) drop(&s->projects[i]);
  s->project_count = 0;
}

static void add_project(void *to, const char *path) {
  lsp_server *s = to;
  size_t length = strlen(path);
  for (size_t i = 0; i < s->project_count; i++)
    if (strcmp(s->projects[i].path, path) == 0) return;
  if (length >= LSP_PATH_MOST) return;
  if (s->project_count == LSP_PROJECTS_MOST) {
    lsp_log(s, "there are more projects than are looked at");
    return;
  }
  lsp_project *p = &s->projects[s->project_count];
  memcpy(p->path, path, length + 1);
  p->findings = edict_diagnostics_create();
  p->published = json_object();
  p->dirty = true;
  if (!p->findings || edict_editor_create(path, &p->editor) != EDICT_OK) {
    drop(p);
    return;
  }
  s->project_count++;
  lay_over(s, p);
}

void lsp_find_projects(lsp_server *s) {
  for (size_t i = 0; s->host.find && i < s->root_count; i++) s->host.find(s->host.user, s->roots[i], add_project, s);
}

/* ---- folders ---- */

static bool root_of(const char *uri, char path[LSP_PATH_MOST]) {
  if (!lsp_path_of(uri, path)) return false;
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/') path[--length] = '\0';
  return true;
}

static size_t root_at(const lsp_server *s, const char *path) {
  size_t i = 0;
  while (i < s->root_count && strcmp(s->roots[i], path) != 0) i++;
  return i;
}

void lsp_add_root(lsp_server *s, const char *uri) {
  char path[LSP_PATH_MOST];
  if (!root_of(uri, path) || root_at(s, path) < s->root_count) return;
  if (s->root_count == LSP_ROOTS_MOST) lsp_log(s, "there are more folders than are looked at");
  else memcpy(s->roots[s->root_count++], path, strlen(path) + 1);
}

/* What was published of a project that is no longer one is taken back. */
static void forget(lsp_server *s, size_t index) {
  lsp_project *p = &s->projects[index];
  const char *uri;
  json_t *list;
  json_object_foreach(p->published, uri, list)
    lsp_notify(s, "textDocument/publishDiagnostics", json_pack("{s:s, s:[]}", "uri", uri, "diagnostics"));
  drop(p);
  s->project_count--;
  memmove(p, p + 1, (s->project_count - index) * sizeof *p);
  s->projects[s->project_count] = (lsp_project){.editor = NULL}; /* what it held has moved */
}

static bool lies_below(const char *path, const char *folder) {
  size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || (length > 0 && folder[length - 1] == '/'));
}

/* Of a project in a folder that is left, only an open document is a reason to look at it. */
static bool is_wanted(const lsp_server *s, const lsp_project *p) {
  const char *uri;
  json_t *document;
  for (size_t i = 0; i < s->root_count; i++)
    if (lies_below(p->path, s->roots[i])) return true;
  json_object_foreach(s->documents, uri, document)
    if (holds(p, lsp_text(document, "path"))) return true;
  return false;
}

void lsp_remove_root(lsp_server *s, const char *uri) {
  char path[LSP_PATH_MOST];
  size_t at = root_of(uri, path) ? root_at(s, path) : s->root_count;
  if (at == s->root_count) return;
  s->root_count--;
  memmove(s->roots[at], s->roots[at + 1], (s->root_count - at) * sizeof *s->roots);
  for (size_t i = s->project_count; i-- > 0;)
    if (lies_below(s->projects[i].path, path) && !is_wanted(s, &s->projects[i])) forget(s, i);
}

/* The project with the nearest edict.yaml above a file. */
static lsp_project *project_of(lsp_server *s, const char *path) {
  lsp_project *best = NULL;
  for (size_t i = 0; i < s->project_count; i++) {
    lsp_project *p = &s->projects[i];
    if (holds(p, path) && (!best || folder_length(p->path) > folder_length(best->path))) best = p;
  }
  return best;
}

/* What there is of such a file: open and perhaps not saved, or on disk. */
static edict_status look_for(const lsp_server *s, const char *path) {
  enum { YAML_MOST = 1024 * 1024 };
  json_t *uri = lsp_uri_of(path);
  bool open = json_object_get(s->documents, json_string_value(uri)) != NULL;
  json_decref(uri);
  if (open) return EDICT_OK;
  edict_diagnostics *unread = edict_diagnostics_create();
  char *text = NULL;
  size_t length;
  edict_status status = unread ? edict_file_read(path, YAML_MOST, &text, &length, unread) : EDICT_MEMORY;
  edict_text_free(&text);
  edict_diagnostics_destroy(&unread);
  return status;
}

/* Looks for an edict.yaml above a file that no project holds. */
static void look_above(lsp_server *s, const char *path) {
  enum { LEVELS_MOST = 64 };
  static const char name[] = "edict.yaml";
  char candidate[LSP_PATH_MOST];
  size_t end = folder_length(path);
  for (int level = 0; level < LEVELS_MOST && end > 0; level++) {
    if (end + sizeof name > sizeof candidate) return;
    memcpy(candidate, path, end);
    memcpy(candidate + end, name, sizeof name);
    if (look_for(s, candidate) == EDICT_OK) {
      add_project(s, candidate);
      return;
    }
    for (end--; end > 0 && path[end - 1] != '/';) end--;
  }
}

size_t lsp_project_file(const lsp_project *p, const char *text, bool by_name, edict_editor_file *file) {
  size_t count = edict_editor_file_count(p->editor);
  for (size_t i = 0; text && i < count; i++)
    if (edict_editor_file_at(p->editor, i, file) == EDICT_OK && strcmp(by_name ? file->name : file->path, text) == 0)
      return i;
  return SIZE_MAX;
}

/* ---- documents ---- */

/* Keeps the text and lays it over the project's files; `text` NULL: as on disk. */
static void set_text(lsp_server *s, const char *uri, const char *path, const char *text, size_t length,
                     const json_t *version) {
  if (text)
    json_object_set_new(s->documents, uri,
                        json_pack("{s:s, s:s%, s:o}", "path", path, "text", text, length, "version",
                                  version ? json_deep_copy(version) : json_null()));
  else json_object_del(s->documents, uri);
  if (!project_of(s, path)) look_above(s, path);
  lsp_project *p = project_of(s, path);
  if (!p) return;
  if (edict_editor_set_text(p->editor, path, text, length) != EDICT_OK)
    lsp_log(s, "no memory is left for a document");
  p->typed = json_is_integer(version) && json_integer_value(version) > 1 && (p->typed || !p->dirty);
  p->dirty = true;
}

void lsp_did_open(lsp_server *s, const json_t *params) {
  const json_t *document = json_object_get(params, "textDocument"), *text = json_object_get(document, "text");
  const char *uri = lsp_text(document, "uri");
  char path[LSP_PATH_MOST];
  if (!json_is_string(text) || !lsp_path_of(uri, path)) return;
  bool full = json_object_size(s->documents) >= LSP_DOCUMENTS_MOST && !json_object_get(s->documents, uri);
  if (full || json_string_length(text) > LSP_TEXT_MOST) {
    lsp_log(s, full ? "too many documents are open" : "a document is too large");
    return;
  }
  set_text(s, uri, path, json_string_value(text), json_string_length(text), json_object_get(document, "version"));
}

/* One change: a new text, or one in the place of a range. NULL: it says neither. */
static json_t *changed(const lsp_server *s, const json_t *old, const json_t *change) {
  const json_t *text = json_object_get(change, "text"), *range = json_object_get(change, "range");
  const char *was = json_string_value(old);
  size_t length = json_string_length(old), added = json_string_length(text);
  if (!json_is_string(text)) return NULL;
  if (!range) return json_incref((json_t *)text);
  size_t begin = lsp_offset(s, json_object_get(range, "start"), was, length);
  size_t end = lsp_offset(s, json_object_get(range, "end"), was, length);
  if (begin == SIZE_MAX || end == SIZE_MAX || end < begin || length - (end - begin) + added > LSP_TEXT_MOST)
    return NULL;
  return json_sprintf("%.*s%.*s%.*s", (int)begin, was, (int)added, json_string_value(text), (int)(length - end),
                      was + end);
}

void lsp_did_change(lsp_server *s, const json_t *params) {
  const json_t *document = json_object_get(params, "textDocument");
  const json_t *changes = json_object_get(params, "contentChanges");
  const char *uri = lsp_text(document, "uri");
  const json_t *open = uri ? json_object_get(s->documents, uri) : NULL;
  char path[LSP_PATH_MOST];
  if (!open || !lsp_path_of(uri, path)) return;
  json_t *text = json_incref(json_object_get(open, "text"));
  for (size_t i = 0; i < json_array_size(changes); i++) {
    json_t *next = changed(s, text, json_array_get(changes, i));
    if (!next) {
      lsp_log(s, "a change that cannot be made was passed over");
      continue;
    }
    json_decref(text);
    text = next;
  }
  set_text(s, uri, path, json_string_value(text), json_string_length(text), json_object_get(document, "version"));
  json_decref(text);
}

void lsp_did_close(lsp_server *s, const json_t *params) {
  const char *uri = lsp_text(json_object_get(params, "textDocument"), "uri");
  char path[LSP_PATH_MOST];
  if (!uri || !json_object_get(s->documents, uri) || !lsp_path_of(uri, path)) return;
  set_text(s, uri, path, NULL, 0, NULL);
}

void lsp_did_change_files(lsp_server *s, const json_t *params) {
  (void)params;
  for (size_t i = s->project_count; i-- > 0;)
    if (look_for(s, s->projects[i].path) == EDICT_NOT_FOUND) forget(s, i);
  lsp_find_projects(s);
  for (size_t i = 0; i < s->project_count; i++) {
    s->projects[i].dirty = true;
    s->projects[i].typed = false;
  }
}

const char *lsp_document_text(lsp_server *s, const char *uri, size_t *length) {
  const json_t *text = uri ? json_object_get(json_object_get(s->documents, uri), "text") : NULL;
  char path[LSP_PATH_MOST];
  edict_editor_file file;
  *length = json_string_length(text);
  if (text) return json_string_value(text);
  lsp_project *p = lsp_path_of(uri, path) ? project_of(s, path) : NULL;
  if (!p || lsp_project_file(p, path, false, &file) == SIZE_MAX) return NULL;
  *length = file.length;
  return file.text;
}

bool lsp_spot_of(lsp_server *s, const json_t *params, lsp_spot *spot) {
  const char *uri = lsp_text(json_object_get(params, "textDocument"), "uri");
  const json_t *position = json_object_get(params, "position");
  char path[LSP_PATH_MOST];
  *spot = (lsp_spot){.project = lsp_path_of(uri, path) ? project_of(s, path) : NULL};
  if (!uri) {
    (void)lsp_fail(s, LSP_INVALID_PARAMS, "there is no textDocument");
    return false;
  }
  if (!spot->project) return false;
  spot->file = lsp_project_file(spot->project, path, false, &spot->text);
  if (spot->file == SIZE_MAX) return false;
  if (!position) return true;
  spot->offset = lsp_offset(s, position, spot->text.text, spot->text.length);
  if (spot->offset != SIZE_MAX) return true;
  (void)lsp_fail(s, LSP_INVALID_PARAMS, "a position that is none");
  return false;
}

/* ---- findings ---- */

/* The findings as JSON, one object each. */
static json_t *read_items(const lsp_project *p) {
  json_t *items = json_array();
  char *text;
  size_t length;
  if (edict_diagnostics_render(p->findings, EDICT_RENDERING_JSON, &text, &length) != EDICT_OK) return items;
  for (const char *line = text; *line;) {
    const char *end = strchr(line, '\n');
    size_t size = end ? (size_t)(end - line) : strlen(line);
    json_t *item = json_loadb(line, size, 0, NULL);
    if (item) json_array_append_new(items, item);
    line += size + (end != NULL);
  }
  edict_text_free(&text);
  return items;
}

/* The message, and below it why and what else is known. */
static json_t *message_of(const json_t *item) {
  static const char *const parts[] = {"why", "notes"};
  json_t *text = json_string(lsp_text(item, "message"));
  for (size_t k = 0; k < 2; k++) {
    const json_t *lines = json_object_get(item, parts[k]);
    for (size_t i = 0; i < json_array_size(lines); i++) {
      json_t *longer = json_sprintf("%s\n%s", json_string_value(text), json_string_value(json_array_get(lines, i)));
      if (!longer) continue;
      json_decref(text);
      text = longer;
    }
  }
  const char *fix = lsp_text(json_object_get(item, "fix"), "text");
  json_t *longer = fix ? json_sprintf("%s\nfix: %s", json_string_value(text), fix) : NULL;
  if (!longer) return text;
  json_decref(text);
  return longer;
}

static json_t *range_of(lsp_server *s, lsp_walk *walk, const json_t *place) {
  json_int_t line = json_integer_value(json_object_get(place, "line"));
  size_t begin = lsp_locate(walk, line, json_integer_value(json_object_get(place, "column")));
  lsp_walk ahead = *walk;
  size_t end = lsp_locate(&ahead, json_integer_value(json_object_get(place, "end_line")),
                          json_integer_value(json_object_get(place, "end_column")));
  lsp_walk shown = {.text = walk->text, .length = walk->length, .line = walk->line,
                    .line_begin = walk->line_begin, .at = walk->line_begin};
  return lsp_range(s, &shown, begin, end > begin ? end : begin);
}

/* The labels but the first: other places that a finding is about. */
static json_t *related(lsp_server *s, const lsp_project *p, const json_t *item) {
  const json_t *labels = json_object_get(item, "labels");
  json_t *out = json_array();
  for (size_t i = 0; i < json_array_size(labels); i++) {
    const json_t *label = json_array_get(labels, i);
    edict_editor_file file;
    if (json_is_true(json_object_get(label, "primary")) ||
        lsp_project_file(p, lsp_text(label, "file"), true, &file) == SIZE_MAX)
      continue;
    lsp_walk walk = {.text = file.text, .length = file.length};
    json_array_append_new(out, json_pack("{s:{s:o, s:o}, s:s}", "location", "uri", lsp_uri_of(file.path), "range",
                                         range_of(s, &walk, label), "message", lsp_text(label, "text")));
  }
  return out;
}

static json_t *diagnostic_of(lsp_server *s, const lsp_project *p, const json_t *item, json_t *range) {
  const char *severity = lsp_text(item, "severity");
  int number = severity && strcmp(severity, "error") == 0 ? 1 : severity && strcmp(severity, "warning") == 0 ? 2 : 3;
  return json_pack("{s:o, s:i, s:s, s:s, s:o, s:o}", "range", range, "severity", number, "code",
                   lsp_text(item, "code"), "source", "edict", "message", message_of(item), "relatedInformation",
                   related(s, p, item));
}

/* Files with their findings: URI -> list. Findings come in order of file and place. */
static json_t *group(lsp_server *s, const lsp_project *p) {
  json_t *files = json_object();
  edict_editor_file file = {.path = NULL};
  lsp_walk walk = {.text = NULL};
  const char *last = "";
  for (size_t i = 0; i < json_array_size(p->items); i++) {
    const json_t *item = json_array_get(p->items, i);
    const char *name = lsp_text(item, "file");
    if (i == 0 || !name || strcmp(name, last) != 0) {
      bool known = lsp_project_file(p, name, true, &file) != SIZE_MAX;
      if (!known) file = (edict_editor_file){.path = p->path, .text = "", .length = 0};
      walk = (lsp_walk){.text = file.text, .length = file.length};
    }
    last = name ? name : "";
    json_t *uri = lsp_uri_of(file.path);
    json_t *list = json_object_get(files, json_string_value(uri));
    if (!list) {
      list = json_array();
      json_object_set_new(files, json_string_value(uri), list);
    }
    if (json_array_size(list) < LSP_SHOWN_MOST)
      json_array_append_new(list, diagnostic_of(s, p, item, range_of(s, &walk, item)));
    json_decref(uri);
  }
  return files;
}

static void publish(lsp_server *s, lsp_project *p) {
  json_t *files = group(s, p), *list;
  const char *uri;
  json_object_foreach(p->published, uri, list)
    if (!json_object_get(files, uri)) json_object_set_new(files, uri, json_array());
  json_object_clear(p->published);
  json_object_foreach(files, uri, list) {
    const json_t *version = json_object_get(json_object_get(s->documents, uri), "version");
    json_t *params = json_pack("{s:s, s:O}", "uri", uri, "diagnostics", list);
    if (json_is_integer(version)) json_object_set(params, "version", (json_t *)version);
    if (json_array_size(list) > 0) json_object_set_new(p->published, uri, json_true());
    lsp_notify(s, "textDocument/publishDiagnostics", params);
  }
  json_decref(files);
}

/* Whether looking at every pair of rules would be felt between two keys. */
static bool is_large(const lsp_project *p) {
  enum { RULES_MOST = 256 * 1024 };
  size_t bytes = 0, count = edict_editor_file_count(p->editor);
  edict_editor_file file;
  for (size_t i = 0; i < count; i++)
    if (edict_editor_file_at(p->editor, i, &file) == EDICT_OK && file.rules) bytes += file.length;
  return bytes > RULES_MOST;
}

/* The warnings of `edict check`, about rules that are sound by themselves. Of a large project they wait until
 * a file is opened or saved. */
static void lint(lsp_server *s, lsp_project *p) {
  if (p->typed && is_large(p)) return;
  const edict_project *project = edict_editor_project(p->editor);
  edict_analysis_options options = {.size = sizeof options, .now = s->host.now ? s->host.now(s->host.user) : INT64_MIN};
  edict_status status = project ? linter_run(project, &options, p->findings) : EDICT_OK;
  if (status != EDICT_OK && status != EDICT_FINDINGS)
    lsp_log(s, "the rules cannot be looked at for warnings");
}

/* What `edict check` finds in the data of tables. Much of it that changed, or that something was found in, waits as well. */
static void check_tables(lsp_server *s, lsp_project *p) {
  enum { TYPED_MOST = 128 * 1024 };
  size_t before = edict_diagnostics_errors(p->findings);
  edict_status status = edict_editor_check_tables(p->editor, p->typed ? TYPED_MOST : SIZE_MAX, p->findings);
  p->data_errors = edict_diagnostics_errors(p->findings) - before;
  if (status != EDICT_OK && status != EDICT_FINDINGS && !(status == EDICT_LIMIT && p->typed))
    lsp_log(s, "the data of a table cannot be looked at");
}

static void check(lsp_server *s, lsp_project *p) {
  edict_status status = edict_editor_check(p->editor, p->findings);
  if (status != EDICT_OK && status != EDICT_FINDINGS && edict_diagnostics_count(p->findings) == 0)
    lsp_log(s, "the project cannot be read");
  check_tables(s, p);
  lint(s, p);
  json_decref(p->items);
  json_decref(p->tests);
  p->items = read_items(p);
  p->tests = NULL;
  p->dirty = false;
  publish(s, p);
}

void lsp_check_all(lsp_server *s) {
  for (size_t i = 0; i < s->project_count; i++)
    if (s->projects[i].dirty) check(s, &s->projects[i]);
}
