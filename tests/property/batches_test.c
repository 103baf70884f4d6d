/* Batches: each condition about a row, alone and under `not`, over columns in every layout: the rows of a batch are
 * those of the rows one by one, with each set of lanes.
 *
 * EDICT_SEED and EDICT_ROUNDS choose where to start and how often to go through all conditions. */
#include "harness.h"

#include "support/random_batch.h"
#include "support/random_world.h"
#include "support/seed.h"

enum { REQUESTS = 3, BATCHES = 4 };

static bool one_request(random_world *w, random_source *r, batch_counts *n, char *why, size_t size) {
  random_attributes subject, context;
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  random_subject(r, &subject);
  random_context(r, &context);
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .dataset = random_below(r, 2), .context = context.items,
                           .context_count = context.count, .now = random_now(r)};
  bool ok = edict_session_create_hypothetical(w->engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, subject.items, subject.count,
                                              &session, w->diagnostics) == EDICT_OK &&
            edict_decision_create(w->product, &decision) == EDICT_OK && edict_decide(decision, session, &request) == EDICT_OK &&
            edict_decision_effect(decision) == EDICT_PERMIT;
  for (int i = 0; ok && i < BATCHES; i++)
    ok = batch_agrees(decision, r, random_below(r, 6) ? random_below(r, 200) : 900 + random_below(r, 400), NULL, n, why, size);
  edict_decision_destroy(&decision);
  edict_session_destroy(&session);
  return ok;
}

static bool one_condition(uint64_t seed, size_t condition, batch_counts *n) {
  random_world w = {.seed = seed, .about_rows = true, .condition = condition + 1};
  random_source r = {seed * 1000003 + condition};
  char why[512] = "not made";
  bool ok = random_world_make(&w, &r) && random_world_start(&w) && w.product;
  for (int i = 0; ok && i < REQUESTS; i++) ok = one_request(&w, &r, n, why, sizeof why);
  if (!ok) random_world_show(&w, why);
  random_world_end(&w);
  return ok;
}

TEST(each_condition_over_each_layout) {
  uint64_t seed = seed_of("EDICT_SEED", 1), end = seed + seed_of("EDICT_ROUNDS", 1);
  batch_counts n = {0};
  bool ok = true;
  for (; ok && seed < end; seed++)
    for (size_t i = 0; ok && i < random_row_conditions(); i++) CHECK(ok = one_condition(seed, i, &n));
  printf("# %llu rows, %llu shown, %llu ways left open, %llu conditions by cell\n", (unsigned long long)n.rows,
         (unsigned long long)n.shown, (unsigned long long)n.open, (unsigned long long)n.cells);
  if (seed_is_given()) return; /* what was met is asked of the seeds of `make check`; others differ as they may */
  CHECK(n.shown * 8 > n.rows && n.open > 50 && n.cells > 200);
}

HARNESS_MAIN
