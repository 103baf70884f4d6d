/* Questions asked ahead: an analysis says and counts the same with one thread and with several, and numbers the same things
 * alike, wherever the steps that it may take run out. EDICT_SEED and EDICT_ROUNDS choose where to start and how long to go on. */
#include "harness.h"

#include "base/parallel.h"
#include "policy/analysis.h"
#include "support/random_rules.h"
#include "support/seed.h"

enum { RULES_MOST = 400 };

static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ \"*.edict\" ]\n";

typedef struct side {
  edi_arena arena;
  edi_analysis analysis;
} side;

typedef struct bench {
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_build build;
  uint64_t limits[3];
  uint32_t budget;
  side sides[2];
  uint64_t told, cut;
} bench;

static bool make(bench *b, random_source *r, edi_buf *rules) {
  edi_project *project;
  random_federal_rules(r, 40 + (unsigned)random_below(r, RULES_MOST), rules);
  edi_project_text files[] = {{"edict.yaml", edi_str_from(yaml)}, {"vocabulary.edict", edi_str_from(random_vocabulary())},
                              {"rules.edict", {rules->ptr, rules->len}}};
  return edi_project_from_memory(&b->arena, files, 3, &project, b->diagnostics) == EDICT_OK &&
         edi_build_check(&b->arena, project, (edi_str){0}, &b->build, b->diagnostics) == EDICT_OK;
}

static bool analyse(bench *b, side *s, size_t threads) {
  const edict_analysis_options options = {.size = sizeof options, .now = INT64_MIN};
  edi_analysis *a = &s->analysis;
  edi_arena_init(&s->arena, NULL, (size_t)1 << 30);
  edi_parallel_fix(threads, threads > 1);
  bool ok = edi_analysis_start(a, &s->arena, &s->arena, &b->build, &options) == EDICT_OK;
  a->budget = b->budget;
  a->solver.step_limit = b->limits[0];
  if (ok) edi_analysis_rules(a);
  a->solver.step_limit = a->solver.steps + b->limits[1];
  if (ok) edi_analysis_pairs(a);
  a->solver.step_limit = a->solver.steps + b->limits[2];
  if (ok) edi_analysis_covers(a);
  edi_parallel_fix(0, false);
  return ok && !a->failed && !a->solver.failed;
}

static bool same_warning(const edi_warning *x, const edi_warning *y) {
  return x->code == y->code && x->span.begin == y->span.begin && x->other.begin == y->other.begin && x->other.source == y->other.source &&
         x->witness_count == y->witness_count && x->refused == y->refused && strcmp(x->message, y->message) == 0;
}

static bool same_witness(const side *sides, size_t i) {
  edi_buf texts[2];
  for (size_t k = 0; k < 2; k++) {
    edi_buf_init(&texts[k], NULL, 1 << 20);
    edi_witness_print(&sides[k].analysis, sides[k].analysis.witnesses[i], &texts[k]);
  }
  bool same = edi_str_equal((edi_str){texts[0].ptr, texts[0].len}, (edi_str){texts[1].ptr, texts[1].len});
  for (size_t k = 0; k < 2; k++) edi_buf_fini(&texts[k]);
  return same;
}

static bool same_numbers(const edi_solver *x, const edi_solver *y) {
  bool same = x->steps == y->steps && x->atom_count == y->atom_count && x->term_count == y->term_count;
  for (size_t i = 0; same && i < x->atom_count; i++) same = x->atoms[i].hash == y->atoms[i].hash && x->atoms[i].op == y->atoms[i].op;
  for (size_t i = 0; same && i < x->term_count; i++) same = x->terms[i].hash == y->terms[i].hash;
  return same;
}

static bool same(const side *sides) {
  const edi_analysis *x = &sides[0].analysis, *y = &sides[1].analysis;
  bool good = x->left == y->left && x->warning_count == y->warning_count && x->witness_count == y->witness_count &&
              same_numbers(&x->solver, &y->solver);
  for (size_t i = 0; good && i < x->warning_count; i++) good = same_warning(&x->warnings[i], &y->warnings[i]);
  for (size_t i = 0; good && i < x->witness_count; i++) good = same_witness(sides, i);
  return good;
}

static bool round_of(bench *b, random_source *r, edi_buf *rules) {
  if (!make(b, r, rules)) return false;
  for (size_t i = 0; i < 3; i++) b->limits[i] = random_below(r, 2) ? random_below(r, 4000) : UINT32_MAX;
  b->budget = random_below(r, 2) ? 4 + (uint32_t)random_below(r, 40) : EDI_ANALYSIS_BUDGET;
  bool ok = analyse(b, &b->sides[0], 1) && analyse(b, &b->sides[1], 3) && same(b->sides);
  b->told += b->sides[0].analysis.warning_count;
  b->cut += b->sides[0].analysis.left > 0;
  for (size_t i = 0; i < 2; i++) edi_arena_fini(&b->sides[i].arena);
  return ok;
}

TEST(asked_ahead_or_not) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 40);
  static bench b;
  bool ok = true;
  for (uint64_t seed = first; seed < first + rounds && ok; seed++) {
    random_source r = {seed * 6151};
    edi_buf rules;
    edi_buf_init(&rules, NULL, 1 << 22);
    edi_arena_init(&b.arena, NULL, (size_t)1 << 30);
    b.diagnostics = edict_diagnostics_create();
    ok = round_of(&b, &r, &rules);
    if (!ok) printf("# seed %llu\n", (unsigned long long)seed);
    edict_diagnostics_destroy(&b.diagnostics);
    edi_arena_fini(&b.arena);
    edi_buf_fini(&rules);
  }
  CHECK(ok);
  printf("# %llu warnings, %llu rounds left questions\n", (unsigned long long)b.told, (unsigned long long)b.cut);
  if (!seed_is_given()) CHECK(b.told > 100 && b.cut > 5);
}

HARNESS_MAIN
