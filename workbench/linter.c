/* Linter: see the header. Two engines at most: the bundles as they are, and those without the rules that
 * deny; an engine is made only if some request asks for it. */
#include "workbench/linter.h"

#include <stdbool.h>
#include <string.h>

#include "workbench/runner.h"

#define BUNDLES_MOST 1026 /* the own one and one for each domain that is supposed */

typedef struct bench {
  char *bytes[BUNDLES_MOST];
  edict_bytes bundles[BUNDLES_MOST];
  size_t count;
  edict_engine *engine;
} bench;

static void close_bench(bench *b) {
  edict_engine_destroy(&b->engine);
  for (size_t i = 0; i < b->count; i++) edict_text_free(&b->bytes[i]);
}

/* What is linted: its analysis, and for the federal layer the bundle that it was found to have. */
typedef struct subject { edict_analysis *analysis; edict_bytes own; } subject;

static edict_status bundle_of(const subject *s, size_t index, int openers_alone, bench *b) {
  bool own = index == 0 && !openers_alone && s->own.ptr;
  b->bundles[index] = s->own;
  if (own) return EDICT_OK;
  edict_status status = edict_analysis_bundle(s->analysis, index, openers_alone, &b->bytes[index], &b->bundles[index].len);
  b->bundles[index].ptr = b->bytes[index];
  return status;
}

static edict_status open_bench(const subject *s, int openers_alone, bench *b, edict_diagnostics *quiet) {
  /* A host that meets every obligation, as in tests: else what a permit obliges to would hide what it opens. */
  static const char *const every[] = {"*"};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = every,
                                  .obligation_count = 1};
  edict_status status = EDICT_OK;
  size_t count = edict_analysis_bundle_count(s->analysis);
  if (count > BUNDLES_MOST) status = EDICT_LIMIT;
  for (size_t i = 0; i < count && status == EDICT_OK; i++) {
    status = bundle_of(s, i, openers_alone, b);
    if (status == EDICT_OK) b->count++;
  }
  if (status == EDICT_OK) status = edict_engine_create(&options, b->bundles, b->count, &b->engine, quiet);
  return status;
}

static bool is_asked(const edict_analysis *analysis, int openers_alone) {
  edict_test test;
  int alone;
  for (size_t i = 0; i < edict_analysis_witness_count(analysis); i++)
    if (edict_analysis_witness(analysis, i, &test, &alone) == EDICT_OK && alone == openers_alone) return true;
  return false;
}

/* Whether the rule is among the reasons with yes: a condition that is unknown shows nothing. */
static bool holds(const edict_decision *decision, const char *rule) {
  edict_reason reason;
  for (size_t i = 0; i < edict_decision_reason_count(decision); i++)
    if (edict_decision_reason(decision, i, &reason) == EDICT_OK && reason.holds == EDICT_HOLDS_YES &&
        strlen(rule) == reason.rule.len && memcmp(rule, reason.rule.ptr, reason.rule.len) == 0)
      return true;
  return false;
}

enum { TESTS_MOST = 512 };

typedef struct requests {
  edict_test tests[TESTS_MOST];
  size_t numbers[TESTS_MOST];
  bool passed[TESTS_MOST];
  size_t count;
} requests;

static void collect(const edict_analysis *analysis, int openers_alone, requests *r) {
  for (size_t i = 0; i < edict_analysis_witness_count(analysis) && r->count < TESTS_MOST; i++) {
    int alone;
    if (edict_analysis_witness(analysis, i, &r->tests[r->count], &alone) != EDICT_OK || alone != openers_alone) continue;
    r->numbers[r->count++] = i;
  }
}

typedef struct listener { const edict_analysis *analysis; const size_t *numbers; bool *hold; } listener;

/* Whether all rules that the witness names hold in its decision. */
static void hear(void *user, size_t test, const edict_decision *decision) {
  const listener *l = user;
  const char *rule;
  l->hold[test] = true;
  for (size_t i = 0; l->hold[test] && (rule = edict_analysis_witness_rule(l->analysis, l->numbers[test], i)); i++)
    l->hold[test] = holds(decision, rule);
}

static edict_status ask_all(edict_analysis *analysis, int openers_alone, const bench *b) {
  requests r = {.count = 0};
  bool hold[TESTS_MOST] = {false};
  const listener l = {analysis, r.numbers, hold};
  const runner_options options = {.bundles = b->bundles, .bundle_count = b->count, .engine = b->engine, .jobs = 1};
  collect(analysis, openers_alone, &r);
  edict_status status = runner_ask(r.tests, r.count, &options, r.passed, hear, (void *)&l);
  for (size_t i = 0; i < r.count && status == EDICT_OK; i++)
    if (r.passed[i] && hold[i]) edict_analysis_confirm(analysis, r.numbers[i]);
  return status;
}

/* Bundles that cannot be asked show nothing: what they are refused for is kept for people. */
static edict_status ask(const subject *s, int openers_alone, edict_diagnostics *refusals) {
  bench b = {.count = 0};
  if (!is_asked(s->analysis, openers_alone)) return EDICT_OK;
  edict_status status = open_bench(s, openers_alone, &b, refusals);
  if (status == EDICT_OK) status = ask_all(s->analysis, openers_alone, &b);
  else if (status != EDICT_MEMORY && status != EDICT_DEFECT) status = EDICT_OK;
  close_bench(&b);
  return status;
}

static edict_status look(const edict_project *project, const edict_analysis_options *options, subject *s, edict_diagnostics *diagnostics) {
  edict_diagnostics *refusals = edict_diagnostics_create();
  edict_status status = refusals ? edict_analysis_create(project, options, &s->analysis) : EDICT_MEMORY;
  if (status == EDICT_OK) status = ask(s, 0, refusals);
  if (status == EDICT_OK) status = ask(s, 1, refusals);
  if (status == EDICT_OK) edict_analysis_tell(s->analysis, edict_diagnostics_message(refusals, 0), diagnostics);
  edict_analysis_destroy(&s->analysis);
  edict_diagnostics_destroy(&refusals);
  return status;
}

/* What is too large for a bundle is found by making it. */
edict_status linter_run(const edict_project *project, const edict_analysis_options *options,
                        edict_diagnostics *diagnostics) {
  char *bytes;
  subject s = {NULL, {NULL, 0}};
  size_t length;
  edict_status status = edict_project_build(project, &bytes, &length, diagnostics);
  if (strcmp(edict_project_layer(project), "federal") == 0) s.own = (edict_bytes){bytes, length};
  if (status == EDICT_OK) status = look(project, options, &s, diagnostics);
  edict_text_free(&bytes);
  return status;
}
