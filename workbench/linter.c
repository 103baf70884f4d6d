/* Linter: see the header. Two engines at most: the bundles as they are, and those without the rules that
 * deny; an engine is made only if some request asks for it. */
#include "workbench/linter.h"

#include <stdbool.h>
#include <string.h>

#include "workbench/runner.h"

#define BUNDLES_MOST 1026 /* the own one and one for each domain that is supposed */

#define COLUMNS_MOST 256

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

static edict_status open_bench(const edict_analysis *analysis, int openers_alone, bench *b, edict_diagnostics *quiet) {
  /* A host that meets every obligation, as in tests: else what a permit obliges to would hide what it opens. */
  static const char *const every[] = {"*"};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = every,
                                  .obligation_count = 1};
  edict_status status = EDICT_OK;
  size_t count = edict_analysis_bundle_count(analysis);
  if (count > BUNDLES_MOST) status = EDICT_LIMIT;
  for (size_t i = 0; i < count && status == EDICT_OK; i++) {
    status = edict_analysis_bundle(analysis, i, openers_alone, &b->bytes[i], &b->bundles[i].len);
    b->bundles[i].ptr = b->bytes[i];
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

static edict_text text(const char *s) { return (edict_text){s, strlen(s)}; }

typedef struct asked {
  edict_product *product;
  edict_session *session;
  edict_decision *decision;
} asked;

static edict_status decide(const edict_test *t, const edict_engine *engine, asked *a, edict_diagnostics *quiet) {
  uint32_t columns[COLUMNS_MOST];
  edict_status status = edict_product_create(engine, t->product, &a->product, quiet);
  if (status == EDICT_OK)
    status = edict_session_create_hypothetical(engine, text(t->issuer), text(t->id), t->subject, t->subject_count, &a->session, quiet);
  if (status == EDICT_OK) status = edict_decision_create(a->product, &a->decision);
  if (status != EDICT_OK || t->column_count > COLUMNS_MOST) return status != EDICT_OK ? status : EDICT_LIMIT;
  const edict_resource resource = {text(t->dataset), t->resource, t->resource_count};
  size_t dataset = t->is_resource ? 0 : edict_product_dataset(a->product, t->dataset);
  for (size_t i = 0; i < t->column_count; i++) columns[i] = (uint32_t)edict_product_column(a->product, dataset, t->columns[i]);
  edict_request request = {.size = sizeof request, .action = text(t->action), .dataset = dataset, .columns = columns,
                           .resource = t->is_resource ? &resource : NULL,
                           .column_count = t->column_count, .context = t->context, .context_count = t->context_count, .now = t->now};
  return edict_decide(a->decision, a->session, &request);
}

static edict_status rules_hold(const edict_analysis *analysis, size_t index, const edict_test *test, const edict_engine *engine, bool *all) {
  asked a = {NULL, NULL, NULL};
  edict_diagnostics *quiet = edict_diagnostics_create();
  edict_status status = quiet ? decide(test, engine, &a, quiet) : EDICT_MEMORY;
  const char *rule;
  *all = status == EDICT_OK;
  for (size_t i = 0; *all && (rule = edict_analysis_witness_rule(analysis, index, i)); i++) *all = holds(a.decision, rule);
  edict_decision_destroy(&a.decision);
  edict_session_destroy(&a.session);
  edict_product_destroy(&a.product);
  edict_diagnostics_destroy(&quiet);
  return status == EDICT_MEMORY || status == EDICT_DEFECT ? status : EDICT_OK;
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

static edict_status ask_all(edict_analysis *analysis, int openers_alone, const bench *b) {
  requests r = {.count = 0};
  const runner_options options = {.bundles = b->bundles, .bundle_count = b->count, .engine = b->engine, .jobs = 1};
  collect(analysis, openers_alone, &r);
  edict_status status = runner_ask(r.tests, r.count, &options, r.passed);
  for (size_t i = 0; i < r.count && status == EDICT_OK; i++) {
    bool all = false;
    if (!r.passed[i]) continue;
    status = rules_hold(analysis, r.numbers[i], &r.tests[i], b->engine, &all);
    if (status == EDICT_OK && all) edict_analysis_confirm(analysis, r.numbers[i]);
  }
  return status;
}

/* Bundles that cannot be asked show nothing: what they are refused for is kept for people. */
static edict_status ask(edict_analysis *analysis, int openers_alone, edict_diagnostics *refusals) {
  bench b = {.count = 0};
  if (!is_asked(analysis, openers_alone)) return EDICT_OK;
  edict_status status = open_bench(analysis, openers_alone, &b, refusals);
  if (status == EDICT_OK) status = ask_all(analysis, openers_alone, &b);
  else if (status != EDICT_MEMORY && status != EDICT_DEFECT) status = EDICT_OK;
  close_bench(&b);
  return status;
}

edict_status linter_run(const edict_project *project, const edict_analysis_options *options,
                        edict_diagnostics *diagnostics) {
  edict_analysis *analysis;
  edict_diagnostics *refusals = edict_diagnostics_create();
  edict_status status = refusals ? edict_analysis_create(project, options, &analysis) : EDICT_MEMORY;
  if (status != EDICT_OK) {
    edict_diagnostics_destroy(&refusals);
    return status;
  }
  status = ask(analysis, 0, refusals);
  if (status == EDICT_OK) status = ask(analysis, 1, refusals);
  if (status == EDICT_OK) edict_analysis_tell(analysis, edict_diagnostics_message(refusals, 0), diagnostics);
  edict_analysis_destroy(&analysis);
  edict_diagnostics_destroy(&refusals);
  return status;
}
