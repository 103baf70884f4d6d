/* Analysis: the C API, and the bundles that requests are asked of.
 *
 * A federal project's supposed contracts go into one domain's bundle for each root of `domain`; a domain's
 * own bundle carries them beside its own. */
#include "policy/analysis.h"

#include "policy/checker.h"
#include "policy/emit.h"
#include "policy/project_handle.h"
#include "policy/project_model.h"
#include "policy/suppose.h"

#define ARENA_ANALYSIS ((size_t)1 << 32)

struct edict_analysis {
  edi_arena arena;
  const edict_project *project;
  edi_analysis all;
  uint32_t *roots; /* federal: nodes of `domain` that contracts lie below */
  size_t root_count;
};

/* ---- domains that contracts are of ---- */

static bool find_roots(edict_analysis *a) {
  a->roots = EDI_NEW_ARRAY(&a->arena, uint32_t, a->all.contract_count);
  if (!a->roots) return false;
  for (size_t i = 0; i < a->all.contract_count; i++) {
    uint32_t root = edi_suppose_root(a->all.model, a->all.contracts[i].domain);
    bool known = false;
    for (size_t k = 0; k < a->root_count; k++) known = known || a->roots[k] == root;
    if (!known) a->roots[a->root_count++] = root;
  }
  return true;
}

edict_status edict_analysis_create(const edict_project *project, const edict_analysis_options *options, edict_analysis **analysis) {
  edi_arena arena;
  *analysis = NULL;
  if (!project || !options || options->size != sizeof *options) return EDICT_ARGUMENT;
  edi_arena_init(&arena, NULL, ARENA_ANALYSIS);
  edict_analysis *a = EDI_NEW(&arena, edict_analysis);
  if (!a) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  a->arena = arena;
  a->project = project;
  edi_arena work;
  edi_arena_init(&work, NULL, ARENA_ANALYSIS);
  edict_status status = edi_analysis_run(&a->all, &a->arena, &work, edi_project_build_of(project), options);
  edi_analysis_rest(&a->all);
  edi_arena_fini(&work);
  if (status == EDICT_OK && !find_roots(a)) status = edi_arena_status(&a->arena);
  *analysis = a;
  if (status != EDICT_OK) edict_analysis_destroy(analysis);
  return status;
}

void edict_analysis_destroy(edict_analysis **analysis) {
  if (!analysis || !*analysis) return;
  edi_arena arena = (*analysis)->arena;
  edi_arena_fini(&arena);
  *analysis = NULL;
}

size_t edict_analysis_witness_count(const edict_analysis *a) { return a->all.witness_count; }

edict_status edict_analysis_witness(const edict_analysis *a, size_t index, edict_test *test, size_t *world) {
  if (index >= a->all.witness_count) return EDICT_ARGUMENT;
  const edi_witness *w = a->all.witnesses[index];
  *test = w->test;
  *world = 2 * (size_t)a->all.rounds[w->contract] + w->openers_alone;
  return EDICT_OK;
}

const char *edict_analysis_witness_rule(const edict_analysis *a, size_t index, size_t which) {
  if (index >= a->all.witness_count || which >= a->all.witnesses[index]->holds_count) return NULL;
  return a->all.witnesses[index]->holds[which];
}

void edict_analysis_confirm(edict_analysis *a, size_t index) {
  for (size_t i = 0; i < a->all.warning_count; i++)
    for (size_t k = 0; k < a->all.warnings[i].witness_count; k++)
      if (index < a->all.witness_count && a->all.warnings[i].witnesses[k] == a->all.witnesses[index]) a->all.warnings[i].confirmed++;
}

void edict_analysis_tell(const edict_analysis *a, const char *refused, edict_diagnostics *diagnostics) {
  edi_analysis_tell(&a->all, diagnostics);
  if (refused) {
    edi_finding *f = edi_diagnostics_add(diagnostics, EDI_N0316, EDI_SPAN_NONE, "", "some warnings could not be shown, and are left out");
    edi_finding_why(f, "the evaluator refuses the bundle: %s", refused);
  }
  if (a->all.left > 0)
    edi_diagnostics_add(diagnostics, EDI_N0316, EDI_SPAN_NONE, "", "%zu questions about the rules met the bound of the analysis, and are left out",
                        a->all.left);
}

/* ---- bundles ---- */

static bool is_supposed(const edict_analysis *a, size_t contract, size_t world, uint32_t root) {
  if (root == EDI_NONE || a->all.rounds[contract] != world / 2) return false;
  return edi_suppose_root(a->all.model, a->all.contracts[contract].domain) == root;
}

/* Whether a supposed contract stands in the place of the one that has this name. */
static bool is_replaced(const edict_analysis *a, edi_str name, size_t world, uint32_t root) {
  for (size_t i = 0; i < a->all.contract_count; i++)
    if (is_supposed(a, i, world, root) && edi_str_equal(a->all.contracts[i].name, name)) return true;
  return false;
}

/* The model with the supposed contracts, or those of one domain. */
static bool suppose(const edict_analysis *a, edi_arena *arena, size_t world, uint32_t root, edi_model *m) {
  size_t contracts = 0;
  edi_contract_facts *facts = EDI_NEW_ARRAY(arena, edi_contract_facts, m->contract_count + a->all.contract_count);
  if (!facts) return false;
  for (size_t i = 0; i < m->contract_count; i++)
    if (!is_replaced(a, m->contracts[i].name, world, root)) facts[contracts++] = m->contracts[i];
  for (size_t i = 0; i < a->all.contract_count; i++)
    if (is_supposed(a, i, world, root)) facts[contracts++] = a->all.contracts[i];
  m->contracts = facts;
  m->contract_count = contracts;
  return true;
}

/* Some requests are of years ahead. */
static edi_project timeless(const edict_analysis *a) {
  edi_project p = *a->all.build->project;
  edi_build_timeless(&p.release);
  return p;
}

/* The federation's own bundle, or the domain's with what is supposed beside its own. */
static edict_status write_own(const edict_analysis *a, edi_arena *arena, size_t world, edi_buf *into) {
  edi_build build = *a->all.build;
  edi_model m = *a->all.model;
  uint32_t root = a->all.domain && m.domain_node != EDI_NONE ? edi_suppose_root(&m, m.domain_node) : EDI_NONE;
  edi_project project = timeless(a);
  build.arena = arena;
  build.model = &m;
  build.project = &project;
  m.arena = arena;
  if (!suppose(a, arena, world, root, &m)) return edi_arena_status(arena);
  return edi_build_bare(&build, into);
}

/* The federal bundle under a domain, but for the text of its rules. */
static edict_status write_parent(const edict_analysis *a, edi_arena *arena, edi_buf *into) {
  const edi_bundle *parent = &a->all.build->parent;
  edi_bundle_file *files = EDI_NEW_ARRAY(arena, edi_bundle_file, parent->manifest.file_count);
  size_t count = 0;
  if (!files) return edi_arena_status(arena);
  for (size_t i = 0; i < parent->manifest.file_count; i++)
    if (!edi_str_starts(parent->files[i].name, EDI_STR("rules/"))) files[count++] = (edi_bundle_file){parent->files[i].name, parent->files[i].bytes};
  edi_project_release release = timeless(a).release;
  edi_manifest manifest = parent->manifest;
  manifest.created = release.created;
  manifest.not_before = release.not_before;
  manifest.expires = release.expires;
  return edi_bundle_write(arena, &manifest, files, count, into, NULL);
}

/* A domain that has nothing but the supposed contracts, and permits where nobody else does. */
static edict_status write_supposed(const edict_analysis *a, edi_arena *arena, size_t world, uint32_t root, edi_buf *into) {
  edi_model m = *a->all.model;
  m.arena = arena;
  m.domain = m.nodes[root].name;
  m.domain_node = root;
  if (!suppose(a, arena, world, root, &m)) return edi_arena_status(arena);
  if (a->all.supposes && !edi_suppose_permits(arena, root, &m)) return edi_arena_status(arena);
  edi_project project = timeless(a);
  return edi_build_supposed(arena, &project, &m, into);
}

size_t edict_analysis_bundle_count(const edict_analysis *a) { return a->all.domain ? 2 : 1 + a->root_count; }

edict_status edict_analysis_bundle(const edict_analysis *a, size_t index, size_t world, char **bytes, size_t *length) {
  *bytes = NULL;
  *length = 0;
  if (index >= edict_analysis_bundle_count(a) || world >= EDICT_ANALYSIS_WORLDS) return EDICT_ARGUMENT;
  edi_arena arena;
  edi_buf buf;
  edi_arena_init(&arena, NULL, ARENA_ANALYSIS);
  edi_buf_init(&buf, NULL, EDI_LIMIT_BUNDLE_FILE + 1);
  bool own = index == (a->all.domain ? 1 : 0);
  edict_status status = own             ? write_own(a, &arena, world, &buf)
                        : a->all.domain ? write_parent(a, &arena, &buf)
                                        : write_supposed(a, &arena, world, a->roots[index - 1], &buf);
  status = edi_project_give(status, &buf, bytes, length);
  edi_arena_fini(&arena);
  return status;
}

edict_status edict_project_trial(const edict_project *project, edict_trial *trial, edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_buf bundle;
  *trial = (edict_trial){.bytes = NULL};
  edi_arena_init(&arena, NULL, ARENA_ANALYSIS);
  edi_buf_init(&bundle, NULL, EDI_LIMIT_BUNDLE_FILE + 1);
  edi_build build = *edi_project_build_of(project);
  build.arena = &arena;
  edict_status status = edi_project_give(edi_build_trial(&build, &bundle, diagnostics), &bundle, &trial->bytes, &trial->length);
  edi_arena_fini(&arena);
  return status;
}

edict_status edict_trial_verify(const edict_trial *trial, edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_bundle bundle;
  edi_program program;
  edi_arena_init(&arena, NULL, ARENA_ANALYSIS);
  edict_status status = edi_bundle_load(&arena, trial->bytes, trial->length, &bundle, diagnostics);
  if (status == EDICT_OK) status = edi_bundle_program(&bundle, &arena, &arena, &program, diagnostics);
  if (status == EDICT_OK && program.settings->cost != bundle.manifest.cost) status = EDICT_DEFECT;
  edi_arena_fini(&arena);
  return status == EDICT_FORMAT ? EDICT_DEFECT : status;
}
