/* Fixes: see the header. A round finds what is wrong as JSON, applies what stands apart in each file from its end to its
 * beginning, and writes each file once. A mistake may show only when another is mended, so there are rounds.
 *
 * Places are of the text that was looked at. So a file is mended only in the round after the one in which it was met, and
 * only while it is to the byte what was read or written then: what somebody else saves meanwhile is not touched. */
#include "cli/fixes.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "edict/file.h"

enum { RULES_MOST = 4 * 1024 * 1024, FIXES_MOST = 10000, ROUNDS_MOST = 1000 };

typedef struct fix { const char *file, *text; size_t line, column, end_line, end_column; } fix;

typedef struct mender {
  cli_arguments *a;
  fix fixes[FIXES_MOST];
  size_t count;
  json_t *findings, *written; /* what the fixes borrow; names of files, each once */
  json_t *texts;              /* by name: what the file was in the round before */
} mender;

/* ---- what is to be mended ---- */

static size_t number(const json_t *finding, const char *key) { return (size_t)json_integer_value(json_object_get(finding, key)); }

static void add_fix(mender *m, const json_t *finding) {
  const json_t *of = json_object_get(finding, "fix"), *text = json_object_get(of, "replace");
  const char *file = json_string_value(json_object_get(finding, "file"));
  if (!file || !json_is_true(json_object_get(of, "safe")) || !json_is_string(text) || m->count == FIXES_MOST) return;
  m->fixes[m->count++] = (fix){file, json_string_value(text), number(finding, "line"), number(finding, "column"), number(finding, "end_line"), number(finding, "end_column")};
}

/* By file, and by place in it. */
static int compare_fixes(const void *a, const void *b) {
  const fix *x = a, *y = b;
  int files = strcmp(x->file, y->file);
  if (files) return files;
  if (x->line != y->line) return x->line < y->line ? -1 : 1;
  return x->column < y->column ? -1 : x->column > y->column;
}

static cli_exit find(mender *m) {
  edict_project *project;
  const edict_project_options options = {.size = sizeof options, .lenient = cli_flag(m->a, "--lenient")};
  char *lines = NULL;
  size_t length = 0;
  m->count = 0;
  json_decref(m->findings);
  m->findings = json_array();
  edict_status status = edict_project_open_with(cli_project_path(m->a), &options, &project, m->a->diagnostics);
  edict_project_destroy(&project);
  if (status == EDICT_FINDINGS) status = edict_diagnostics_render(m->a->diagnostics, EDICT_RENDERING_JSON, &lines, &length);
  edict_diagnostics_clear(m->a->diagnostics);
  for (const char *at = lines, *end; at && at < lines + length; at = end + 1) {
    end = memchr(at, '\n', (size_t)(lines + length - at));
    if (!end) break;
    json_t *finding = json_loadb(at, (size_t)(end - at), 0, NULL);
    if (finding && json_array_append_new(m->findings, finding) == 0) add_fix(m, finding);
  }
  edict_text_free(&lines);
  qsort(m->fixes, m->count, sizeof *m->fixes, compare_fixes);
  return status == EDICT_OK || status == EDICT_FINDINGS ? CLI_DONE : cli_exit_of(status);
}

/* ---- one file ---- */

typedef struct reader { const char *text; size_t length, line, begin; } reader; /* a line, and where it begins */

/* Where a place is, in bytes; columns are characters, from 1. Lines are passed once, as places come in order. SIZE_MAX: nowhere. */
static size_t offset_of(reader *r, size_t line, size_t column) {
  while (r->line < line) {
    const char *end = memchr(r->text + r->begin, '\n', r->length - r->begin);
    if (!end) return SIZE_MAX;
    r->begin = (size_t)(end - r->text) + 1;
    r->line++;
  }
  size_t at = r->begin;
  for (; column > 1 && at < r->length; column--)
    do at++;
    while (at < r->length && ((unsigned char)r->text[at] & 0xC0) == 0x80);
  return r->line == line && column == 1 ? at : SIZE_MAX;
}

/* The text with its fixes, into `made`; those that reach into one before them, or are put where it ends, wait for the next round.
 * How long it is. */
static size_t put_fixes(const char *text, size_t length, const fix *fixes, size_t count, char *made, size_t capacity, bool *mended) {
  reader r = {.text = text, .length = length, .line = 1};
  size_t at = 0, put = 0;
  for (size_t i = 0; i < count; i++) {
    const fix *f = &fixes[i];
    size_t begin = offset_of(&r, f->line, f->column), more = strlen(f->text);
    reader ahead = r;
    size_t end = offset_of(&ahead, f->end_line, f->end_column);
    bool fits = begin != SIZE_MAX && end != SIZE_MAX && begin >= at && end >= begin && put + length - at + more <= capacity;
    if (!fits || (end == begin && (more == 0 || (*mended && begin == at)))) continue;
    memcpy(made + put, text + at, begin - at);
    memcpy(made + put + begin - at, f->text, more);
    put += begin - at + more;
    at = end;
    *mended = true;
  }
  memcpy(made + put, text + at, length - at);
  return put + length - at;
}

static cli_exit keep(mender *m, const char *path, const char *text, size_t length) {
  bool kept = json_object_set_new_nocheck(m->texts, path, json_stringn_nocheck(text, length)) == 0;
  return kept ? CLI_DONE : cli_exit_of(EDICT_MEMORY);
}

static cli_exit mend_known(mender *m, const char *path, const char *text, size_t length, const fix *fixes, size_t count, bool *mended) {
  static char made[RULES_MOST + 1024 * 1024];
  const json_t *known = json_object_get(m->texts, path);
  if (json_string_length(known) != length || memcmp(json_string_value(known), text, length) != 0)
    return cli_refuse("`%s` was changed meanwhile and is left as it is", path);
  size_t size = put_fixes(text, length, fixes, count, made, sizeof made, mended);
  cli_exit code = *mended ? cli_write_back(m->a, path, made, size) : CLI_DONE;
  return *mended && code == CLI_DONE ? keep(m, path, made, size) : code;
}

/* `met`: it is to be looked at once more before it is mended. */
static cli_exit mend(mender *m, const char *path, const fix *fixes, size_t count, bool *mended, bool *met) {
  char *text;
  size_t length;
  edict_status status = cli_read(m->a, path, RULES_MOST, &text, &length);
  if (status != EDICT_OK) return cli_exit_of_load(status);
  *met = !json_object_get(m->texts, path);
  cli_exit code = *met ? keep(m, path, text, length) : mend_known(m, path, text, length, fixes, count, mended);
  edict_text_free(&text);
  return code;
}

static void note_written(mender *m, const char *path) {
  size_t i;
  json_t *other;
  json_array_foreach(m->written, i, other)
    if (strcmp(json_string_value(other), path) == 0) return;
  (void)json_array_append_new(m->written, json_string(path));
}

static cli_exit mend_all(mender *m, bool *any) {
  const char *project = cli_project_path(m->a), *slash = strrchr(project, '/');
  cli_exit code = CLI_DONE;
  *any = false;
  for (size_t i = 0, past; i < m->count && code == CLI_DONE; i = past) {
    char path[PATH_MAX];
    bool mended = false, met = false;
    for (past = i; past < m->count && strcmp(m->fixes[past].file, m->fixes[i].file) == 0;) past++;
    int n = snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - project) + 1 : 0, project, m->fixes[i].file);
    if (n < 0 || (size_t)n >= sizeof path) return cli_refuse("the path of `%s` is too long", m->fixes[i].file);
    code = mend(m, path, &m->fixes[i], past - i, &mended, &met);
    if (code == CLI_DONE && mended) note_written(m, path);
    *any = *any || mended || met;
  }
  return code;
}

cli_exit cli_fix(cli_arguments *a) {
  static mender m;
  bool any = true;
  size_t i;
  json_t *path;
  cli_exit code = CLI_DONE;
  m = (mender){.a = a, .written = json_array(), .texts = json_object()};
  for (size_t round = 0; round < ROUNDS_MOST && any && code == CLI_DONE; round++) {
    code = find(&m);
    any = false;
    if (code == CLI_DONE && m.count) code = mend_all(&m, &any);
  }
  json_array_foreach(m.written, i, path)
    if (!cli_sarif_asked(a)) puts(json_string_value(path));
  json_decref(m.findings);
  json_decref(m.written);
  json_decref(m.texts);
  return code;
}
