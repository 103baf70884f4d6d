/* Sweeps against the oracle: random rules and contracts, and rows of which a sweep, a batch of it, a database that is
 * swept, and the oracle each say what is to become of them. The oracle is asked with a subject, an action and a context of
 * which nothing is known: rules that retain must not notice. */
#include "harness.h"

#include <unistd.h>

#include "adapters/sweep/sweep_link.h"
#include "adapters/sweep/sweeper.h"
#include "adapters/sqlite/sqlite_cell.h"
#include "edict/sweep.h"
#include "support/oracle.h"
#include "support/random_batch.h"
#include "support/random_world.h"

SQLITE_EXTENSION_INIT3

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
    t.q = (oracle_request){.model = m, .contract = &m->contracts[0], .tables = t.w.oracle_tables, .dataset = dataset, .resource = EDI_NONE, .meets = oracle_meets,
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

/* ---- in a database ---- */

enum { DATABASES = 60, DATABASE_ROWS = 60 };

typedef struct database { char path[512]; sqlite3 *db; const char *table; size_t columns; } database;

static bool run(database *d, const char *sql) { return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK; }

/* Without types, so that each value is kept as it comes. */
static bool make_table(const trial *t, database *d) {
  edict_column_info info;
  const char *base = getenv("TMPDIR");
  snprintf(d->path, sizeof d->path, "%s/sweeps-%ld.db", base ? base : "/tmp", (long)getpid());
  (void)remove(d->path);
  d->table = edict_product_dataset_physical_name(t->w.product, t->q.dataset);
  d->columns = edict_product_column_count(t->w.product, t->q.dataset);
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendf(sql, "PRAGMA synchronous=OFF; CREATE TABLE \"%w\"(", d->table);
  for (size_t c = 0; c < d->columns; c++)
    if (edict_product_column_info(t->w.product, t->q.dataset, c, &info) == EDICT_OK)
      sqlite3_str_appendf(sql, "%s\"%w\"", c ? "," : "", info.physical_name);
  sqlite3_str_appendall(sql, ")");
  char *text = sqlite3_str_finish(sql);
  bool good = text && sqlite3_open(d->path, &d->db) == SQLITE_OK && run(d, text) && run(d, "BEGIN");
  if (!good) printf("# %s: %s\n", text, sqlite3_errmsg(d->db));
  sqlite3_free(text);
  return good;
}

static int bind(sqlite3_stmt *s, int at, const edict_cell *cell) {
  char text[128];
  switch (cell->type) {
    case EDICT_CELL_NULL: return sqlite3_bind_null(s, at);
    case EDICT_CELL_INT:
    case EDICT_CELL_BOOL: return sqlite3_bind_int64(s, at, cell->integer);
    case EDICT_CELL_REAL: return sqlite3_bind_double(s, at, cell->real);
    case EDICT_CELL_TEXT: return sqlite3_bind_text64(s, at, cell->ptr ? cell->ptr : "", cell->len, SQLITE_TRANSIENT, SQLITE_UTF8);
    case EDICT_CELL_BLOB: return sqlite3_bind_blob64(s, at, cell->ptr ? cell->ptr : "", cell->len, SQLITE_TRANSIENT);
    case EDICT_CELL_DATE:
    case EDICT_CELL_TIMESTAMP:
    case EDICT_CELL_DECIMAL:
    case EDICT_CELL_TIME: break; /* as text */
  }
  size_t length = edict_cell_text(cell, text, sizeof text);
  return sqlite3_bind_text(s, at, text, length < sizeof text ? (int)length : 0, SQLITE_TRANSIENT);
}

static bool insert_rows(trial *t, database *d) {
  edict_column_info info;
  sqlite3_stmt *insert = NULL;
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendf(sql, "INSERT INTO \"%w\" VALUES(?", d->table);
  for (size_t c = 1; c < d->columns; c++) sqlite3_str_appendall(sql, ",?");
  sqlite3_str_appendall(sql, ")");
  char *text = sqlite3_str_finish(sql);
  bool good = text && sqlite3_prepare_v2(d->db, text, -1, &insert, NULL) == SQLITE_OK;
  sqlite3_free(text);
  for (int i = 0; good && i < DATABASE_ROWS; i++) {
    for (size_t c = 0; good && c < d->columns; c++) {
      edict_cell cell = {0};
      good = edict_product_column_info(t->w.product, t->q.dataset, c, &info) == EDICT_OK;
      if (good) cell = random_cell(&t->r, info.type);
      good = good && bind(insert, (int)c + 1, &cell) == SQLITE_OK;
    }
    good = good && sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
  }
  sqlite3_finalize(insert);
  return good && run(d, "COMMIT");
}

/* The numbers of the rows of which the oracle says so, as the database gives their cells. */
static bool ask_oracle(trial *t, database *d, edi_buf *keys) {
  edict_cell cells[COLUMNS_MOST];
  char times[COLUMNS_MOST][EDI_SQLITE_TIME_BYTES];
  edict_column_info info;
  sqlite3_stmt *rows = NULL;
  char *sql = sqlite3_mprintf("SELECT *, rowid FROM \"%w\" ORDER BY rowid", d->table);
  bool good = sql && sqlite3_prepare_v2(d->db, sql, -1, &rows, NULL) == SQLITE_OK;
  sqlite3_free(sql);
  while (good && sqlite3_step(rows) == SQLITE_ROW) {
    for (size_t c = 0; good && c < d->columns; c++) {
      good = edict_product_column_info(t->w.product, t->q.dataset, c, &info) == EDICT_OK;
      edi_sqlite_column column = edi_sqlite_column_make(info.type, NULL);
      good = good && edi_sqlite_cell_read(rows, (int)c, &column, times[c], &cells[c]) == SQLITE_OK;
    }
    t->n->rows++;
    if (oracle_row(&t->q, cells) != EDICT_ROW_ERASABLE) continue;
    t->n->erasable++;
    edi_buf_format(keys, "%lld ", (long long)sqlite3_column_int64(rows, (int)d->columns));
  }
  sqlite3_finalize(rows);
  return good;
}

typedef struct listing { const trial *t; edi_buf keys; } listing;

static int64_t tell_time(void *user) { return ((const listing *)user)->t->q.now; }

static int note_key(void *user, const char *dataset, const char *key) {
  listing *l = user;
  (void)dataset;
  edi_buf_format(&l->keys, "%s ", key);
  return 0;
}

static bool some_table_is_stale(const trial *t) {
  for (size_t i = 0; i < t->q.model->tables_count; i++) {
    const oracle_table *table = &t->q.tables[i];
    if (!table->there || t->q.now < table->from || t->q.now >= table->until) return true;
  }
  return false;
}

/* Whether the sweeper lists the same rows; nothing where the rules are not for that time. */
static bool sweep_agrees(trial *t, const database *d, const edi_buf *wanted) {
  edi_sweep_why why = {.text = NULL};
  listing l = {.t = t};
  edi_buf_init(&l.keys, NULL, 65536);
  edict_diagnostics *said = edict_diagnostics_create();
  edi_sweeper_options o = {.database = d->path, .product = t->w.product, .datasets = &t->q.dataset, .dataset_count = 1, .batch = 10,
                           .clock = tell_time, .row = note_key, .user = &l};
  edi_sweeper *sweeper = edi_sweeper_open(&o, said, &why);
  bool listed = sweeper && edi_sweeper_list(sweeper, said, &why);
  const char *code = edict_diagnostics_count(said) ? edict_diagnostics_code(said, 0) : "";
  bool refused = !listed && !why.text && (strcmp(code, "R0480") == 0 || strcmp(code, "R0481") == 0 || (strcmp(code, "R0482") == 0 && some_table_is_stale(t)));
  bool same = refused || (listed && edi_str_equal((edi_str){l.keys.ptr, l.keys.len}, (edi_str){wanted->ptr, wanted->len}));
  if (!same) printf("# %s %s: %.*s, the oracle says %.*s\n", why.text ? why.text : "", code, (int)l.keys.len, l.keys.ptr, (int)wanted->len, wanted->ptr);
  t->n->batches += listed;
  if (sweeper) edi_sweeper_close(&sweeper);
  edi_sweeper_free(&why);
  edict_diagnostics_destroy(&said);
  edi_buf_fini(&l.keys);
  return same;
}

static bool one_database(uint64_t seed, counts *n) {
  trial t = {.w = {.seed = seed, .about_rows = true}, .r = {seed * 1000003}, .n = n};
  bool ok = random_world_make(&t.w, &t.r) && random_world_start(&t.w);
  const edi_model *m = ok ? t.w.domain.model : NULL;
  database d = {.db = NULL};
  edi_buf keys;
  edi_buf_init(&keys, NULL, 65536);
  if (ok && t.w.product) {
    t.q = (oracle_request){.model = m, .contract = &m->contracts[0], .tables = t.w.oracle_tables, .resource = EDI_NONE, .meets = oracle_meets, .now = random_now(&t.r),
                           .action = edi_model_node(m, edi_model_kind(m, EDI_STR("action")), EDI_STR("read")),
                           .attrs = EDI_NEW_ARRAY(&t.w.arena, oracle_value, m->attrs_count)};
    ok = make_table(&t, &d) && insert_rows(&t, &d) && ask_oracle(&t, &d, &keys) && sweep_agrees(&t, &d, &keys);
    if (!ok) random_world_show(&t.w, "a database is swept otherwise");
  }
  sqlite3_close(d.db);
  (void)remove(d.path);
  edi_buf_fini(&keys);
  random_world_end(&t.w);
  return ok;
}

TEST(database_and_oracle_agree) {
  counts n = {0};
  REQUIRE(edi_sweep_link() == SQLITE_OK);
  for (uint64_t seed = 1; seed <= DATABASES; seed++)
    if (!one_database(seed, &n)) HARNESS_FAIL("seed %llu", (unsigned long long)seed);
  printf("# %llu rows in databases, %llu erasable, %llu databases listed\n", (unsigned long long)n.rows, (unsigned long long)n.erasable,
         (unsigned long long)n.batches);
  CHECK(n.batches * 2 > DATABASES && n.erasable * 100 > n.rows);
}

HARNESS_MAIN
