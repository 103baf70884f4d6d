/* Sweeps against the oracle: random rules and contracts, and rows of which a sweep, a batch of it and the oracle each
 * say what is to become of them. The oracle is asked with a subject, an action and a context of which nothing is known:
 * rules that retain must not notice. */
#include "harness.h"

#include "edict/sweep.h"
#include "support/oracle.h"
#include "support/random_batch.h"
#include "support/random_world.h"

enum { WORLDS = 200, TIMES = 6, ROWS = 40, COLUMNS_MOST = 64 };

static const bool oracle_meets[] = {true, true, false}; /* as random_world_start says */

typedef struct counts { uint64_t rows, shown, withheld, undecided, erasable, unmet, batches; } counts;

typedef struct trial { random_world w; random_source r; edict_sweep *sweep; oracle_request q; counts *n; } trial;

static bool differs(const trial *t, const char *what, edict_row mine, edict_row theirs) {
  char words[128];
  snprintf(words, sizeof words, "%s %d, the oracle says %d", what, (int)mine, (int)theirs);
  random_world_show(&t->w, words);
  return false;
}

/* To a sweep nothing is hidden: what only `show only` hides is within its time. */
static edict_row oracle_state(const trial *t, const edict_cell *cells) {
  edict_row row = oracle_row(&t->q, cells);
  return row == EDICT_ROW_HIDDEN ? EDICT_ROW_SHOWN : row;
}

static bool one_row(trial *t) {
  edict_cell cells[COLUMNS_MOST];
  edict_column_info info;
  edict_row row;
  int undecided;
  size_t count = edict_product_column_count(t->w.product, t->q.dataset);
  for (size_t c = 0; c < count; c++) {
    if (edict_product_column_info(t->w.product, t->q.dataset, c, &info) != EDICT_OK) return false;
    cells[c] = random_cell(&t->r, info.type);
  }
  if (edict_sweep_row(t->sweep, cells, count, &row, &undecided) != EDICT_OK) return false;
  if (row != oracle_state(t, cells)) return differs(t, "row", row, oracle_state(t, cells));
  t->n->rows++;
  t->n->shown += row == EDICT_ROW_SHOWN;
  t->n->withheld += row == EDICT_ROW_WITHHELD;
  t->n->erasable += row == EDICT_ROW_ERASABLE;
  t->n->undecided += (uint64_t)undecided;
  return !undecided || row == EDICT_ROW_WITHHELD;
}

static bool one_batch(trial *t) {
  edict_vector columns[COLUMNS_MOST];
  edict_cell cells[COLUMNS_MOST];
  unsigned char states[ROWS];
  edict_column_info info;
  size_t count = edict_product_column_count(t->w.product, t->q.dataset);
  for (size_t c = 0; c < count; c++) {
    if (edict_product_column_info(t->w.product, t->q.dataset, c, &info) != EDICT_OK) return false;
    columns[c] = random_vector(&t->r, info.type, ROWS, &t->w.arena);
  }
  edict_batch batch = {.size = sizeof batch, .rows = ROWS, .columns = columns, .column_count = count};
  edict_selection selection = {.size = sizeof selection, .states = states};
  if (edict_sweep_select(t->sweep, &batch, &selection) != EDICT_OK) return false;
  t->n->batches++;
  for (size_t i = 0; i < ROWS; i++) {
    for (size_t c = 0; c < count; c++) cells[c] = edict_vector_cell(&columns[c], i);
    if (states[i] != (unsigned char)oracle_state(t, cells)) return differs(t, "row of a batch", (edict_row)states[i], oracle_state(t, cells));
  }
  return true;
}

static bool one_time(trial *t) {
  const edi_model *m = t->w.domain.model;
  t->q.now = random_now(&t->r);
  t->q.attrs = EDI_NEW_ARRAY(&t->w.arena, oracle_value, m->attrs_count);
  edict_status status = edict_sweep_at(t->sweep, t->q.now, NULL);
  t->n->unmet += status == EDICT_UNSUPPORTED;
  if (status == EDICT_UNSUPPORTED || status == EDICT_EXPIRED) return true;
  bool ok = status == EDICT_OK;
  for (int i = 0; ok && i < ROWS; i++) ok = one_row(t);
  return ok && one_batch(t);
}

static bool one_world(uint64_t seed, counts *n) {
  trial t = {.w = {.seed = seed, .about_rows = seed % 2 != 0}, .r = {seed * 1000003}, .n = n};
  bool ok = random_world_make(&t.w, &t.r) && random_world_start(&t.w);
  for (size_t dataset = 0; ok && t.w.product && dataset < edict_product_dataset_count(t.w.product); dataset++) {
    const edi_model *m = t.w.domain.model;
    t.q = (oracle_request){.model = m, .contract = &m->contracts[0], .dataset = dataset, .resource = EDI_NONE, .meets = oracle_meets,
                           .action = edi_model_node(m, edi_model_kind(m, EDI_STR("action")), EDI_STR("read"))};
    ok = edict_sweep_create(t.w.product, dataset, &t.sweep) == EDICT_OK;
    for (int i = 0; ok && i < TIMES; i++) ok = one_time(&t);
    edict_sweep_destroy(&t.sweep);
  }
  random_world_end(&t.w);
  return ok;
}

TEST(sweep_and_oracle_agree) {
  counts n = {0};
  for (uint64_t seed = 1; seed <= WORLDS; seed++)
    if (!one_world(seed, &n)) HARNESS_FAIL("seed %llu", (unsigned long long)seed);
  printf("# %llu rows: %llu within their time, %llu withheld (%llu undecided), %llu erasable; %llu batches; %llu times an obligation was not met\n",
         (unsigned long long)n.rows, (unsigned long long)n.shown, (unsigned long long)n.withheld, (unsigned long long)n.undecided,
         (unsigned long long)n.erasable, (unsigned long long)n.batches, (unsigned long long)n.unmet);
  CHECK(n.rows > 20000 && n.shown * 50 > n.rows && n.withheld * 10 > n.rows && n.erasable * 100 > n.rows && n.undecided * 20 > n.rows);
  CHECK(n.unmet > 10);
}

HARNESS_MAIN
