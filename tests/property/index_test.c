/* Decisions with an index and without: random rules, many of them, subjects and requests, asked of one engine
 * that seeks the rules that can apply and of one that looks at all. All of the answer, what the log keeps of it,
 * what it makes of rows and until when it stands must be the same bytes. EDICT_SEED and EDICT_ROUNDS choose where
 * to start and how long to go on. */
#include "harness.h"

#include "log/record.h"
#include "support/random_world.h"
#include "support/seed.h"

enum { REQUESTS = 40, ROWS = 2 };

typedef struct side {
  edict_engine *engine;
  edict_product *product;
  edict_decision *decision;
} side;

typedef struct counts { uint64_t decisions, permits, resources, rows, entries, found, trees; } counts;

/* ---- an answer as bytes ---- */

static bool answer_bytes(edict_decision *d, edi_buf *into) {
  static const unsigned char random[EDI_RECORD_RANDOM] = {9};
  char *json = NULL;
  size_t length;
  if (edict_decision_json(d, &json, &length) != EDICT_OK) return false;
  edi_buf_append(into, json, length);
  edict_text_free(&json);
  edi_record_answer(d, into);
  edi_buf_format(into, "\nuntil %lld\n", (long long)edict_decision_valid_until(d));
  return edi_record_inputs(d, random, into) == EDICT_OK && into->failed == EDICT_OK;
}

static void row_bytes(edict_decision *d, const edict_cell *in, size_t count, edi_buf *into) {
  edict_cell out[64];
  char memory[4096];
  edict_row row;
  edict_status status = edict_decision_apply_row(d, in, count, out, memory, sizeof memory, &row);
  edi_buf_format(into, "%d %d", (int)status, (int)row);
  for (size_t c = 0; c < count; c++) {
    edi_buf_format(into, " %d %lld ", (int)out[c].type, (long long)out[c].integer);
    if (out[c].ptr) edi_buf_append(into, out[c].ptr, out[c].len);
  }
}

static bool same_bytes(const edi_buf *mine, const edi_buf *other, char *why, size_t size) {
  bool same = edi_str_equal((edi_str){mine->ptr, mine->len}, (edi_str){other->ptr, other->len});
  if (!same) snprintf(why, size, "with an index\n%.*s\nwithout\n%.*s", (int)mine->len, mine->ptr, (int)other->len, other->ptr);
  return same;
}

/* ---- one request of both ---- */

static bool decide(side *s, const random_attributes *subject, const edict_request *request, edi_buf *into) {
  edict_session *session = NULL;
  edict_diagnostics *notes = edict_diagnostics_create();
  bool ok = edict_session_create_hypothetical(s->engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, subject->items,
                                              subject->count, &session, notes) == EDICT_OK &&
            edict_decide(s->decision, session, request) == EDICT_OK && answer_bytes(s->decision, into);
  edict_session_destroy(&session);
  edict_diagnostics_destroy(&notes);
  return ok;
}

static void add_rows(side sides[2], random_source *r, const edict_request *request, edi_buf bytes[2], counts *n) {
  edict_cell in[64];
  size_t count = edict_product_column_count(sides[0].product, request->dataset);
  for (int i = 0; i < ROWS && !request->resource && edict_decision_effect(sides[0].decision) == EDICT_PERMIT; i++) {
    for (size_t c = 0; c < count; c++) {
      edict_column_info info;
      if (edict_product_column_info(sides[0].product, request->dataset, c, &info) == EDICT_OK) in[c] = random_cell(r, info.type);
    }
    for (int k = 0; k < 2; k++) row_bytes(sides[k].decision, in, count, &bytes[k]);
    n->rows++;
  }
}

static bool one_request(side sides[2], random_source *r, counts *n, char *why, size_t size) {
  random_attributes subject, context, given;
  uint32_t columns[64];
  edi_buf bytes[2];
  random_subject(r, &subject);
  random_context(r, &context);
  const char *action = random_action(r);
  edict_request q = {.size = sizeof q, .action = {action, strlen(action)}, .dataset = random_below(r, 2), .columns = columns,
                     .context = context.items, .context_count = context.count, .now = random_now(r)};
  edict_resource resource = {{0}, given.items, 0};
  bool about = random_below(r, 3) == 0;
  for (size_t c = 0; !about && c < edict_product_column_count(sides[0].product, q.dataset); c++)
    if (random_below(r, 3)) columns[q.column_count++] = (uint32_t)c;
  if (about) {
    const char *kind = random_resource(r, &given);
    resource.kind = (edict_text){kind, strlen(kind)};
    resource.attribute_count = given.count;
    q.resource = &resource;
    q.dataset = 0;
  }
  for (int k = 0; k < 2; k++) edi_buf_init(&bytes[k], NULL, 1 << 22);
  bool ok = true;
  for (int k = 0; k < 2; k++) ok = decide(&sides[k], &subject, &q, &bytes[k]) && ok;
  if (ok) add_rows(sides, r, &q, bytes, n);
  ok = ok && same_bytes(&bytes[0], &bytes[1], why, size);
  const edi_plan *plan = sides[0].decision->plan;
  if (ok && plan->concern) {
    n->entries += plan->concern->count;
    n->found += plan->holding_count;
    n->trees += plan->dataset->lookup.node_count > 1;
  }
  n->decisions++;
  n->permits += edict_decision_effect(sides[0].decision) == EDICT_PERMIT;
  n->resources += about;
  for (int k = 0; k < 2; k++) edi_buf_fini(&bytes[k]);
  return ok;
}

/* ---- worlds ---- */

static bool start(random_world *w, side *s, edict_index index) {
  *s = (side){0};
  w->index = index;
  if (!random_world_start(w)) return false;
  s->engine = w->engine;
  s->product = w->product;
  w->engine = NULL;
  w->product = NULL;
  return !s->product || edict_decision_create(s->product, &s->decision) == EDICT_OK;
}

static bool one_world(uint64_t seed, counts *n) {
  static char why[65536];
  random_world w = {.seed = seed, .many = true};
  random_source r = {seed * 104729 + 3};
  side sides[2] = {{0}};
  strcpy(why, "it could not be asked");
  bool ok = random_world_make(&w, &r) && start(&w, &sides[0], EDICT_INDEX_ALWAYS) && start(&w, &sides[1], EDICT_INDEX_NEVER);
  ok = ok && (sides[0].product != NULL) == (sides[1].product != NULL);
  for (int i = 0; ok && sides[0].product && i < REQUESTS; i++) ok = one_request(sides, &r, n, why, sizeof why);
  if (!ok) random_world_show(&w, why);
  for (int k = 0; k < 2; k++) {
    edict_decision_destroy(&sides[k].decision);
    edict_product_destroy(&sides[k].product);
    edict_engine_destroy(&sides[k].engine);
  }
  random_world_end(&w);
  return ok;
}

TEST(an_index_changes_no_answer) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 160);
  counts n = {0};
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    bool ok = one_world(seed, &n);
    CHECK(ok);
    if (!ok) return;
  }
  printf("# %llu decisions (%llu permits), %llu about a resource, %llu rows; %llu entries, %llu hold; %llu decisions by a tree\n",
         (unsigned long long)n.decisions, (unsigned long long)n.permits, (unsigned long long)n.resources, (unsigned long long)n.rows,
         (unsigned long long)n.entries, (unsigned long long)n.found, (unsigned long long)n.trees);
  if (first != 1) return; /* what was met is asked of the worlds of `make check`; others differ as they may */
  CHECK(n.trees * 2 > n.decisions && n.resources * 6 > n.decisions);
}

HARNESS_MAIN
