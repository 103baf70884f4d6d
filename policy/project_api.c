/* Project: the C API of libedict-policy over build.h. */
#include "edict/policy.h"

#include "policy/given.h"
#include "policy/polarity.h"
#include "policy/project_handle.h"
#include "policy/project_model.h"
#include "policy/ruleparts.h"
#include "policy/testcase.h"

#define ARENA_PROJECT ((size_t)1 << 32)

static edict_status name_things(edict_project *p) {
  const edi_project *from = p->build.project;
  p->name = edi_arena_copy(&p->arena, from->name.text.ptr, from->name.text.len);
  edi_buf layer;
  edi_buf_init(&layer, NULL, 1024);
  edi_buf_text(&layer, from->layer == EDI_BUNDLE_FEDERAL ? "federal" : "domain ");
  edi_buf_str(&layer, from->domain.text);
  p->layer = layer.failed == EDICT_OK ? edi_arena_copy(&p->arena, layer.ptr, layer.len) : NULL;
  edi_buf_fini(&layer);
  return p->name && p->layer ? EDICT_OK : edi_arena_status(&p->arena);
}

edict_status edi_project_handle_open(const edi_system *system, const char *path, edi_str parent, edi_index *index,
                                     bool lenient, edict_project **project, edict_diagnostics *diagnostics) {
  *project = NULL;
  edi_arena arena;
  edi_arena_init(&arena, NULL, ARENA_PROJECT);
  edict_project *p = EDI_NEW(&arena, edict_project);
  if (!p) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  p->arena = arena;
  if (index) index->arena = &p->arena;
  edict_status status =
      edi_build_open_indexed(system, &p->arena, path, parent, index, lenient, &p->build, diagnostics);
  if (status == EDICT_OK) status = name_things(p);
  if (status == EDICT_OK) status = edi_testcases(&p->arena, &p->build, &p->tests, &p->test_count);
  p->build.diagnostics = NULL;
  if (status != EDICT_OK && !(status == EDICT_FINDINGS && index)) edict_project_destroy(&p);
  *project = p;
  return status;
}

edict_status edict_project_open(const char *path, edict_project **project,
                                edict_diagnostics *diagnostics) {
  return edict_project_open_on(path, NULL, 0, project, diagnostics);
}

edict_status edict_project_open_on(const char *path, const void *federal, size_t length, edict_project **project,
                                   edict_diagnostics *diagnostics) {
  const edict_project_options options = {.size = sizeof options, .federal = federal, .federal_length = length};
  return edict_project_open_with(path, &options, project, diagnostics);
}

edict_status edict_project_open_with(const char *path, const edict_project_options *options, edict_project **project,
                                     edict_diagnostics *diagnostics) {
  *project = NULL;
  if (!path || !diagnostics || !options || options->size != sizeof *options) return EDICT_ARGUMENT;
  return edi_project_handle_open(&edi_system_posix, path, (edi_str){options->federal, options->federal_length}, NULL,
                                 options->lenient != 0, project, diagnostics);
}

void edict_project_destroy(edict_project **project) {
  if (!project || !*project) return;
  edi_arena arena = (*project)->arena;
  edi_arena_fini(&arena);
  *project = NULL;
}

const edi_build *edi_project_build_of(const edict_project *project) { return &project->build; }

const char *edict_project_name(const edict_project *project) { return project->name; }
const char *edict_project_layer(const edict_project *project) { return project->layer; }
const char *edict_project_parent(const edict_project *project) {
  return project->build.project->parent_path;
}

/* What a build needs beyond the project lives in an arena of its own, so a project stays as it is. */
edict_status edi_project_give(edict_status status, edi_buf *buf, char **bytes, size_t *length) {
  *bytes = NULL;
  *length = buf->len;
  if (status == EDICT_OK) edi_buf_char(buf, '\0');
  if (status == EDICT_OK) return edi_buf_give(buf, bytes);
  edi_buf_fini(buf);
  return status;
}

edict_status edict_project_build(const edict_project *project, char **bytes, size_t *length,
                                 edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_buf buf;
  edi_arena_init(&arena, NULL, ARENA_PROJECT);
  edi_buf_init(&buf, NULL, EDI_LIMIT_BUNDLE_FILE + 1);
  edi_build build = project->build;
  build.arena = &arena;
  edict_status status = edi_project_give(edi_build_bundle(&build, &buf, diagnostics), &buf, bytes, length);
  edi_arena_fini(&arena);
  return status;
}

size_t edict_project_table_count(const edict_project *project) {
  return project->build.project->table_count;
}

const char *edict_project_table_name(const edict_project *project, size_t index) {
  const edi_project *p = project->build.project;
  /* Names come from scalars of the YAML reader, which end in a NUL. */
  return index < p->table_count ? p->tables[index].name.text.ptr : NULL;
}

static edict_status build_apart(const edict_project *project, const edi_given_table *given, size_t index,
                                char **bytes, size_t *length, edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_buf buf;
  edi_arena_init(&arena, NULL, ARENA_PROJECT);
  edi_buf_init(&buf, NULL, (size_t)EDI_LIMIT_TABLE_FILE + 1);
  edi_build build = project->build;
  build.arena = &arena;
  edict_status status = given ? edi_given_build(&build, given, &buf, diagnostics)
                              : edi_build_table(&build, index, &buf, diagnostics);
  status = edi_project_give(status, &buf, bytes, length);
  edi_arena_fini(&arena);
  return status;
}

edict_status edict_project_build_table(const edict_project *project, size_t index, char **bytes,
                                       size_t *length, edict_diagnostics *diagnostics) {
  *bytes = NULL;
  *length = 0;
  if (index >= project->build.project->table_count) return EDICT_ARGUMENT;
  return build_apart(project, NULL, index, bytes, length, diagnostics);
}

edict_status edict_project_openings(const edict_project *project, int json, char **text, size_t *length) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, 16 * 1024 * 1024);
  edi_polarity_openings(project->build.model, json != 0, &buf);
  return edi_project_give(EDICT_OK, &buf, text, length);
}

size_t edict_project_test_with_count(const edict_project *project) { return project->build.project->test_with_count; }

const char *edict_project_test_with(const edict_project *project, size_t index) {
  const edi_project *p = project->build.project;
  return index < p->test_with_count ? p->test_with[index] : NULL;
}

size_t edict_project_test_count(const edict_project *project) { return project->test_count; }

edict_status edict_project_test(const edict_project *project, size_t index, edict_test *test) {
  if (index >= project->test_count) return EDICT_ARGUMENT;
  *test = project->tests[index];
  return EDICT_OK;
}

edict_status edict_project_test_table(const edict_project *project, size_t index, size_t table, char **bytes,
                                      size_t *length, edict_diagnostics *diagnostics) {
  *bytes = NULL;
  *length = 0;
  const edi_test_decl *test = edi_testcase_decl(&project->build, index);
  if (!test || table >= test->table_count) return EDICT_ARGUMENT;
  return build_apart(project, &test->tables[table], 0, bytes, length, diagnostics);
}

/* ---- rules ---- */

struct edict_rule_list {
  edi_arena arena;
  edict_rule_info *rules;
  size_t count;
};

edict_status edict_rule_list_create(const edict_project *project, edict_rule_list **list) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, ARENA_PROJECT);
  edict_rule_list *l = EDI_NEW(&arena, edict_rule_list);
  *list = NULL;
  if (!l) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  l->arena = arena;
  edict_status status = edi_ruleparts(&l->arena, &project->build, &l->rules, &l->count);
  if (status == EDICT_OK) *list = l;
  else edict_rule_list_destroy(&l);
  return status;
}

void edict_rule_list_destroy(edict_rule_list **list) {
  if (!list || !*list) return;
  edi_arena arena = (*list)->arena;
  edi_arena_fini(&arena);
  *list = NULL;
}

size_t edict_rule_list_count(const edict_rule_list *list) { return list->count; }

const edict_rule_info *edict_rule_list_at(const edict_rule_list *list, size_t index) {
  return index < list->count ? &list->rules[index] : NULL;
}
