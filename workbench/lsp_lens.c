/* Lenses: the `test` blocks of a project, run, and above each what became of it.
 *
 * In: projects that were checked. Out: for each test a line. They are run when a lens is asked for, once
 * after each check, against the project's own bundle and those of every domain project of the workspace. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "workbench/lsp_server.h"
#include "workbench/runner.h"

enum { BUNDLES_MOST = 512 };

static edict_outline outline[LSP_OUTLINE_MOST];

/* ---- an engine ---- */

typedef struct bundles {
  char *bytes[BUNDLES_MOST];
  edict_bytes views[BUNDLES_MOST];
  size_t count;
  edict_diagnostics *findings;
} bundles;

/* Takes the bytes. */
static edict_status add(bundles *b, char *bytes, size_t length) {
  if (b->count == BUNDLES_MOST) {
    edict_text_free(&bytes);
    return EDICT_LIMIT;
  }
  b->bytes[b->count] = bytes;
  b->views[b->count++] = (edict_bytes){bytes, length};
  return EDICT_OK;
}

static edict_status add_project(bundles *b, const edict_project *project) {
  char *bytes;
  size_t length;
  edict_status status = edict_project_build(project, &bytes, &length, b->findings);
  if (status == EDICT_OK) status = add(b, bytes, length);
  for (size_t i = 0; i < edict_project_table_count(project) && status == EDICT_OK; i++) {
    status = edict_project_build_table(project, i, &bytes, &length, b->findings);
    if (status == EDICT_OK) status = add(b, bytes, length);
  }
  return status;
}

static edict_status add_parent(bundles *b, const edict_project *project) {
  enum { PARENT_MOST = 256 * 1024 * 1024 };
  const char *path = edict_project_parent(project);
  char *bytes;
  size_t length;
  if (!path) return EDICT_OK;
  edict_status status = edict_file_read(path, PARENT_MOST, &bytes, &length, b->findings);
  return status == EDICT_OK ? add(b, bytes, length) : status;
}

/* The project's bundle; for the federal layer those of the domains too, whose products its tests are about. */
static edict_status collect(lsp_server *s, const lsp_project *p, bundles *b) {
  const edict_project *project = edict_editor_project(p->editor);
  bool federal = edict_project_parent(project) == NULL;
  edict_status status = add_parent(b, project);
  if (status == EDICT_OK) status = add_project(b, project);
  for (size_t i = 0; federal && i < s->project_count && status == EDICT_OK; i++) {
    const edict_project *other = edict_editor_project(s->projects[i].editor);
    if (other && edict_project_parent(other)) status = add_project(b, other);
  }
  return status;
}

/* ---- running ---- */

#define NOT_RUN "not run: "

/* "file:line" -> "" if it passes, else the first thing that differs. What was not decided, such as for a product whose
 * project has findings or is of no workspace, has not failed. */
static void keep(json_t *results, const runner_result *r) {
  char key[LSP_PATH_MOST + 16];
  const runner_failure *f = r->failure_count > 0 ? &r->failures[0] : NULL;
  snprintf(key, sizeof key, "%s:%u", r->test.file, r->test.line);
  json_object_set_new(results, key,
                      f ? json_sprintf("%sline %u: expected %s, got %s", r->decision ? "" : NOT_RUN, f->line, f->expected, f->got)
                        : json_string(""));
}

static const char *run_tests(lsp_server *s, lsp_project *p, bundles *b, json_t *results) {
  static const char *const every[] = {"*"};
  edict_engine *engine = NULL;
  runner_report report;
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = every,
                                  .obligation_count = 1, .index = EDICT_INDEX_ONCE};
  edict_status status = collect(s, p, b);
  if (status == EDICT_OK) status = edict_engine_create(&options, b->views, b->count, &engine, b->findings);
  if (status == EDICT_OK) {
    runner_options how = {.bundles = b->views, .bundle_count = b->count, .engine = engine, .jobs = 1};
    status = runner_run(edict_editor_project(p->editor), &how, &report, b->findings);
    for (size_t i = 0; status == EDICT_OK && i < report.count; i++) keep(results, &report.results[i]);
    runner_report_fini(&report);
  }
  edict_engine_destroy(&engine);
  return status == EDICT_OK ? NULL : "the bundles cannot be put together";
}

/* Results of all tests of a project, run if they were not since its last check; NULL: *why not. */
static const json_t *results_of(lsp_server *s, lsp_project *p, const char **why) {
  *why = "the project has findings";
  if (!edict_editor_project(p->editor)) return NULL;
  if (p->tests) return p->tests;
  bundles b = {.count = 0, .findings = edict_diagnostics_create()};
  json_t *results = json_object();
  *why = b.findings ? run_tests(s, p, &b, results) : "no memory is left";
  if (*why) {
    const char *first = b.findings ? edict_diagnostics_message(b.findings, 0) : NULL;
    if (first) lsp_log(s, first);
    json_decref(results);
    results = NULL;
  }
  for (size_t i = 0; i < b.count; i++) edict_text_free(&b.bytes[i]);
  edict_diagnostics_destroy(&b.findings);
  return p->tests = results;
}

/* ---- lenses ---- */

static size_t line_of(const edict_editor_file *file, size_t offset) {
  size_t line = 1;
  for (size_t i = 0; i < offset && i < file->length; i++) line += file->text[i] == '\n';
  return line;
}

static json_t *title_of(const json_t *results, const edict_editor_file *file, size_t offset, const char *why) {
  char key[LSP_PATH_MOST + 16];
  snprintf(key, sizeof key, "%s:%zu", file->name, line_of(file, offset));
  const json_t *result = json_object_get(results, key);
  if (!results) return json_sprintf("not run: %s", why);
  if (!result) return json_string("not run");
  if (strncmp(json_string_value(result), NOT_RUN, sizeof NOT_RUN - 1) == 0) return json_deep_copy(result);
  return json_string_length(result) == 0 ? json_string("passes")
                                         : json_sprintf("fails: %s", json_string_value(result));
}

json_t *lsp_code_lenses(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  json_t *list = json_array();
  const char *why = NULL;
  if (!lsp_spot_of(s, params, &spot)) return list;
  size_t count = edict_editor_outline(spot.project->editor, spot.file, outline, LSP_OUTLINE_MOST);
  lsp_walk walk = {.text = spot.text.text, .length = spot.text.length};
  const json_t *results = NULL;
  for (size_t i = 0, seen = 0; i < count && i < LSP_OUTLINE_MOST; i++) {
    if (strcmp(outline[i].kind, "test") != 0) continue;
    if (seen++ == 0) results = results_of(s, spot.project, &why);
    json_t *title = title_of(results, &spot.text, outline[i].begin, why);
    json_t *range = lsp_range(s, &walk, outline[i].begin, outline[i].name_end);
    json_array_append_new(list, json_pack("{s:o, s:{s:o, s:s, s:[o]}}", "range", range, "command", "title", title,
                                          "command", "edict.runTests", "arguments", lsp_uri_of(spot.text.path)));
  }
  return list;
}

/* edict.runTests [URI]: runs the tests of the file's project anew; answers { passed, failed, failures }. */
json_t *lsp_execute(lsp_server *s, const json_t *params) {
  const char *command = lsp_text(params, "command"), *why = NULL, *key;
  const json_t *uri = json_array_get(json_object_get(params, "arguments"), 0);
  if (!command || strcmp(command, "edict.runTests") != 0)
    return lsp_fail(s, LSP_INVALID_PARAMS, "there is no such command");
  json_t *document = json_pack("{s:{s:O}}", "textDocument", "uri", json_is_string(uri) ? uri : json_null());
  lsp_spot spot;
  bool found = lsp_spot_of(s, document, &spot);
  json_decref(document);
  if (!found) return s->message ? NULL : lsp_fail(s, LSP_INVALID_PARAMS, "the file is of no project");
  json_decref(spot.project->tests);
  spot.project->tests = NULL;
  json_t *results = (json_t *)results_of(s, spot.project, &why), *result, *failures = json_object();
  if (!results) {
    json_decref(failures);
    return lsp_fail(s, LSP_REQUEST_FAILED, why);
  }
  json_object_foreach(results, key, result)
    if (json_string_length(result) > 0) json_object_set(failures, key, result);
  json_int_t failed = (json_int_t)json_object_size(failures);
  return json_pack("{s:I, s:I, s:o}", "passed", (json_int_t)json_object_size(results) - failed, "failed", failed,
                   "failures", failures);
}
