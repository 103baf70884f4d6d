/* Linter: see the header. Worlds of the analysis come in pairs, mostly one: the bundles as they are, and the same without
 * the rules that deny. One engine is asked both, one after the other; it is made only if some request asks for it. What does
 * not need each other is done at once: the bundles and the analysis, then requests. */
#include "workbench/linter.h"

#include <stdbool.h>
#include <string.h>

#include "base/parallel.h"
#include "workbench/joins.h"
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
  b->count = 0;
}

enum { WORLDS = EDICT_ANALYSIS_WORLDS };

/* The requests that one engine is asked, and what it answers. */
typedef struct requests {
  edict_test *tests;
  size_t *numbers;
  bool *passed, *hold;
  size_t count;
} requests;

/* What is linted: its analysis, and for the federal layer the bundle that it was found to have. */
typedef struct subject {
  const edict_project *project;
  const edict_analysis_options *options;
  edict_diagnostics *diagnostics, *refusals; /* of bundles that cannot be asked */
  edict_status built, analysed;
  edict_analysis *analysis;
  edict_trial trial;
  requests asked[WORLDS];     /* an odd one is of the rules that open alone */
} subject;

static bool is_federal(const edict_project *project) { return strcmp(edict_project_layer(project), "federal") == 0; }

static edict_status bundle_of(const subject *s, size_t index, size_t world, bench *b) {
  b->bundles[index] = (edict_bytes){s->trial.bytes, s->trial.length};
  if (index == 0 && is_federal(s->project)) return EDICT_OK;
  edict_status status = edict_analysis_bundle(s->analysis, index, world, &b->bytes[index], &b->bundles[index].len);
  b->bundles[index].ptr = b->bytes[index];
  return status;
}

static edict_status open_bench(const subject *s, size_t world, bench *b) {
  /* A host that meets every obligation, as in tests: else what a permit obliges to would hide what it opens. */
  static const char *const every[] = {"*"};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = every,
                                  .obligation_count = 1, .index = EDICT_INDEX_ONCE};
  edict_status status = EDICT_OK;
  size_t count = edict_analysis_bundle_count(s->analysis);
  if (count > BUNDLES_MOST) status = EDICT_LIMIT;
  for (size_t i = 0; i < count && status == EDICT_OK; i++) {
    status = bundle_of(s, i, world, b);
    if (status == EDICT_OK) b->count++;
  }
  if (status == EDICT_OK) status = edict_engine_create(&options, b->bundles, b->count, &b->engine, s->refusals);
  return status;
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

static bool make_room(requests *r, size_t count, edi_arena *arena) {
  r->tests = EDI_NEW_ARRAY(arena, edict_test, count);
  r->numbers = EDI_NEW_ARRAY(arena, size_t, count);
  r->passed = EDI_NEW_ARRAY(arena, bool, count);
  r->hold = EDI_NEW_ARRAY(arena, bool, count);
  return r->tests && r->numbers && r->passed && r->hold;
}

/* Each request goes to its world. */
static bool collect(subject *s, edi_arena *arena) {
  size_t count = edict_analysis_witness_count(s->analysis), in[WORLDS] = {0};
  edict_test test;
  size_t world;
  for (size_t i = 0; i < count; i++)
    if (edict_analysis_witness(s->analysis, i, &test, &world) == EDICT_OK) in[world]++;
  for (size_t i = 0; i < WORLDS; i++)
    if (in[i] && !make_room(&s->asked[i], in[i], arena)) return false;
  for (size_t i = 0; i < count; i++) {
    if (edict_analysis_witness(s->analysis, i, &test, &world) != EDICT_OK) continue;
    requests *r = &s->asked[world];
    r->tests[r->count] = test;
    r->numbers[r->count++] = i;
  }
  return true;
}

typedef struct listener { const edict_analysis *analysis; requests *requests; } listener;

/* Whether all rules that the witness names hold in its decision. */
static void hear(void *user, size_t test, const edict_decision *decision) {
  const listener *l = user;
  const char *rule;
  bool all = true;
  for (size_t i = 0; all && (rule = edict_analysis_witness_rule(l->analysis, l->requests->numbers[test], i)); i++)
    all = holds(decision, rule);
  l->requests->hold[test] = all;
}

/* What is no answer and no failure of ours shows nothing. */
static edict_status severe(edict_status status) { return status == EDICT_MEMORY || status == EDICT_DEFECT ? status : EDICT_OK; }

static edict_status ask(const subject *s, requests *r, const bench *b) {
  listener l = {s->analysis, r};
  const runner_options options = {.bundles = b->bundles, .bundle_count = b->count, .engine = b->engine, .jobs = edi_parallel_threads()};
  return r->count ? severe(runner_ask(r->tests, r->count, &options, r->passed, hear, &l)) : EDICT_OK;
}

/* Bundles that cannot be asked show nothing: what they are refused for is kept for people. */
static edict_status ask_pair(const subject *s, size_t world, requests *all, requests *openers, bench *b) {
  edict_status status = open_bench(s, world, b);
  if (status != EDICT_OK) {
    all->count = openers->count = 0;
    return severe(status);
  }
  status = ask(s, all, b);
  if (status == EDICT_OK && openers->count) status = edict_engine_shadow_denials(b->engine);
  return status == EDICT_OK ? ask(s, openers, b) : status;
}

static edict_status ask_all(subject *s) {
  bool loaded = !is_federal(s->project);
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < WORLDS && status == EDICT_OK; i += 2) {
    bench b = {.count = 0};
    if (s->asked[i].count + s->asked[i + 1].count == 0) continue;
    status = ask_pair(s, i, &s->asked[i], &s->asked[i + 1], &b);
    loaded = loaded || b.engine;
    close_bench(&b);
  }
  return status == EDICT_OK && !loaded ? edict_trial_verify(&s->trial, s->diagnostics) : status;
}

static void confirm(subject *s) {
  for (size_t item = 0; item < WORLDS; item++)
    for (size_t i = 0; i < s->asked[item].count; i++)
      if (s->asked[item].passed[i] && s->asked[item].hold[i]) edict_analysis_confirm(s->analysis, s->asked[item].numbers[i]);
}

/* What is too large for a bundle is found by making it, and that it will most likely be asked. */
static void prepare(void *user, size_t worker, size_t item) {
  subject *s = user;
  (void)worker;
  if (item == 1) {
    s->analysed = edict_analysis_create(s->project, s->options, &s->analysis);
    return;
  }
  s->built = edict_project_trial(s->project, &s->trial, s->diagnostics);
}

/* A bundle that cannot be asked was told of. */
static edict_status look_at_joins(subject *s) {
  bench b = {.count = 0};
  if (edict_links_count(edict_project_links(s->project)) == 0) return EDICT_OK;
  edict_status status = open_bench(s, 0, &b);
  if (status == EDICT_OK) status = joins_check(edict_project_links(s->project), b.engine, b.bundles[0], s->options->now, s->diagnostics);
  else status = severe(status);
  close_bench(&b);
  return status;
}

static edict_status look(subject *s, edi_arena *arena) {
  edi_parallel(2, edi_parallel_threads(), prepare, s);
  if (s->built != EDICT_OK || s->analysed != EDICT_OK) return s->built != EDICT_OK ? s->built : s->analysed;
  edi_arena_trim();
  edict_status status = collect(s, arena) ? ask_all(s) : edi_arena_status(arena);
  if (status != EDICT_OK) return status;
  confirm(s);
  edict_analysis_tell(s->analysis, edict_diagnostics_message(s->refusals, 0), s->diagnostics);
  return look_at_joins(s);
}

edict_status linter_run(const edict_project *project, const edict_analysis_options *options,
                        edict_diagnostics *diagnostics) {
  edi_arena arena; /* requests are many */
  edi_arena_init(&arena, NULL, (size_t)1 << 24);
  subject *s = EDI_NEW(&arena, subject);
  edict_status status = EDICT_MEMORY;
  if (s) {
    s->project = project;
    s->options = options;
    s->diagnostics = diagnostics;
    s->refusals = edict_diagnostics_create();
    if (s->refusals) status = look(s, &arena);
    edict_diagnostics_destroy(&s->refusals);
    edict_analysis_destroy(&s->analysis);
    edict_text_free(&s->trial.bytes);
  }
  edi_arena_fini(&arena);
  return status;
}
