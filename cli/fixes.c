/* Fixes: see the header. A round finds what is wrong as JSON, applies what stands apart in each file from its end to its
 * beginning, and writes each file once. A mistake may show only when another is mended, so there are rounds. */
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

/* Where a place is, in bytes; columns are characters, from 1. SIZE_MAX: nowhere. */
static size_t offset_of(const char *text, size_t length, size_t line, size_t column) {
  size_t at = 0;
  for (; line > 1; line--) {
    const char *end = memchr(text + at, '\n', length - at);
    if (!end) return SIZE_MAX;
    at = (size_t)(end - text) + 1;
  }
  for (; column > 1 && at < length; column--)
    do at++;
    while (at < length && ((unsigned char)text[at] & 0xC0) == 0x80);
  return column <= 1 ? at : SIZE_MAX;
}

/* The text with its fixes, into `made`; those that reach into one before them wait for the next round. How long it is. */
static size_t put_fixes(const char *text, size_t length, const fix *fixes, size_t count, char *made, size_t capacity, bool *mended) {
  size_t at = 0, put = 0;
  *mended = false;
  for (size_t i = 0; i < count; i++) {
    const fix *f = &fixes[i];
    size_t begin = offset_of(text, length, f->line, f->column), end = offset_of(text, length, f->end_line, f->end_column), more = strlen(f->text);
    bool fits = begin != SIZE_MAX && end != SIZE_MAX && begin >= at && end >= begin && put + length - at + more <= capacity;
    if (!fits || (end == begin && more == 0)) continue;
    memcpy(made + put, text + at, begin - at);
    memcpy(made + put + begin - at, f->text, more);
    put += begin - at + more;
    at = end;
    *mended = true;
  }
  memcpy(made + put, text + at, length - at);
  return put + length - at;
}

static cli_exit mend(mender *m, const char *path, const fix *fixes, size_t count, bool *mended) {
  static char made[RULES_MOST + 1024 * 1024];
  char *text;
  size_t length;
  edict_status status = cli_read(m->a, path, RULES_MOST, &text, &length);
  if (status != EDICT_OK) return cli_exit_of_load(status);
  size_t size = put_fixes(text, length, fixes, count, made, sizeof made, mended);
  edict_text_free(&text);
  return *mended ? cli_write_back(m->a, path, made, size) : CLI_DONE;
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
    bool mended = false;
    for (past = i; past < m->count && strcmp(m->fixes[past].file, m->fixes[i].file) == 0;) past++;
    int n = snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - project) + 1 : 0, project, m->fixes[i].file);
    if (n < 0 || (size_t)n >= sizeof path) return cli_refuse("the path of `%s` is too long", m->fixes[i].file);
    code = mend(m, path, &m->fixes[i], past - i, &mended);
    if (code == CLI_DONE && mended) note_written(m, path);
    *any = *any || mended;
  }
  return code;
}

cli_exit cli_fix(cli_arguments *a) {
  static mender m;
  bool any = true;
  size_t i;
  json_t *path;
  cli_exit code = CLI_DONE;
  m = (mender){.a = a, .written = json_array()};
  for (size_t round = 0; round < ROUNDS_MOST && any && code == CLI_DONE; round++) {
    code = find(&m);
    any = false;
    if (code == CLI_DONE && m.count) code = mend_all(&m, &any);
  }
  json_array_foreach(m.written, i, path)
    if (!cli_sarif_asked(a)) puts(json_string_value(path));
  json_decref(m.findings);
  json_decref(m.written);
  return code;
}
