/* Where: the rows that SQLite finds by a decision's SQL are those that the evaluator shows, over columns of every
 * affinity and cells of every type, for each condition about a row, alone and under `not`, and for rules at random.
 *
 * Cells are read as the extension reads them. EDICT_SEED and EDICT_ROUNDS choose where to start and how often. */
#include "adapters/sqlite/sqlite_cell.h"

#include "harness.h"

#include "support/mesh.h"
#include "support/random_world.h"
#include "support/seed.h"

SQLITE_EXTENSION_INIT3

sqlite3 *guarded_plain(void);

enum { ROWS = 60, REQUESTS = 4, COLUMNS_MOST = 64 };
typedef struct where_counts { uint64_t wheres, refused, whole, rows, shown, differ; } where_counts;

#define PICK(r, list) ((list)[random_below((r), sizeof(list) / sizeof *(list))])

/* ---- a table ---- */

static void quoted(edi_buf *into, const char *name) {
  edi_buf_char(into, '"');
  for (; *name; name++) {
    if (*name == '"') edi_buf_char(into, '"');
    edi_buf_char(into, *name);
  }
  edi_buf_char(into, '"');
}

static bool run(sqlite3 *db, const char *sql) {
  char *message = NULL;
  bool ok = sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK;
  if (!ok) printf("# %s: %s\n", message ? message : "?", sql);
  sqlite3_free(message);
  return ok;
}

static bool make_table(sqlite3 *db, random_source *r, const edict_product *product, size_t dataset) {
  static const char *const declared[] = {"", "", "TEXT", "INTEGER", "REAL", "NUMERIC", "BLOB", "TEXT COLLATE NOCASE", "COLLATE RTRIM", "BOOLEAN"};
  edi_buf sql;
  edi_buf_init(&sql, NULL, 1 << 16);
  edi_buf_text(&sql, "DROP TABLE IF EXISTS t; CREATE TABLE t (");
  for (size_t c = 0; c < edict_product_column_count(product, dataset); c++) {
    edict_column_info info;
    if (edict_product_column_info(product, dataset, c, &info) != EDICT_OK) return false;
    if (c > 0) edi_buf_text(&sql, ", ");
    quoted(&sql, info.physical_name);
    edi_buf_format(&sql, " %s", PICK(r, declared));
  }
  edi_buf_text(&sql, ")");
  edi_buf_char(&sql, '\0');
  bool ok = run(db, sql.ptr);
  edi_buf_fini(&sql);
  return ok;
}

typedef struct sample { const char *bytes; size_t length; } sample;
#define SAMPLE(text) {text, sizeof(text) - 1}

static void bind_text(random_source *r, sqlite3_stmt *s, int at) {
  static const sample texts[] = {
      SAMPLE("de"), SAMPLE("eu"), SAMPLE("us"), SAMPLE("DE"), SAMPLE("de "), SAMPLE("atlantis"), SAMPLE("Ann"), SAMPLE("ann"), SAMPLE("42"), SAMPLE("-3"),
      SAMPLE("042"), SAMPLE("42 "), SAMPLE("7"), SAMPLE("p-1"), SAMPLE(""), SAMPLE("Zo\xc3\xab"), SAMPLE("\xff"), SAMPLE("a\x80"), SAMPLE("\xc0\xaf"),
      SAMPLE("\xed\xa0\x80"), SAMPLE("\xf4\x90\x80\x80"), SAMPLE("\xef\xbf\xbd"), SAMPLE("\xf0\x9f\x98\x80"), SAMPLE("abc\0\xff"), SAMPLE("Ann\0"), SAMPLE("a\0b"),
      SAMPLE("a\tb"), SAMPLE("2026-05-01"), SAMPLE("2024-12-31"), SAMPLE("2026-02-30"), SAMPLE("2026-13-01"), SAMPLE("0000-01-01"), SAMPLE("9999-12-31"),
      SAMPLE("2026-05-01 "), SAMPLE("2026-5-1"), SAMPLE("2026-05-01\0"), SAMPLE("2025-12-31T23:59:59Z"), SAMPLE("2026-05-01T00:00:00Z"),
      SAMPLE("2026-05-01 00:00:00"), SAMPLE("2026-05-01 00:00"), SAMPLE("2026-05-01T00:00+02:00"), SAMPLE("2026-05-01T02:00:00+02:00"),
      SAMPLE("2026-04-30T22:00:00.000000-02:00"), SAMPLE("2026-05-01T00:00:00.0000001Z"), SAMPLE("2026-05-01T00:00:00.5Z"), SAMPLE("2026-05-01T24:00:00Z"),
      SAMPLE("2026-05-01T23:60:00Z"), SAMPLE("2026-05-01T23:59:60Z"), SAMPLE("2026-05-01t00:00:00z"), SAMPLE("2026-05-01T00:00:00."), SAMPLE("2026-05-01T00:00:"),
      SAMPLE("2026-05-01T00:00:00+24:00"), SAMPLE("2026-05-01T00:00:00+0200"), SAMPLE("0001-01-01T00:00:00+00:01"), SAMPLE("9999-12-31T23:59:59.999999-00:01"),
      SAMPLE("9999-12-31T23:59:59.999999Z"), SAMPLE("2026-11-20T10:00:00Z"), SAMPLE("2026-11-20T10:00:00.000001Z"), SAMPLE("2025-01-31T00:00:00Z"),
      SAMPLE("2024-02-29 12:00:00.25"), SAMPLE("2023-02-29 12:00:00"), SAMPLE("2026-05-01T00:00:00Zulu"), SAMPLE("2026-05-01x00:00:00"), SAMPLE("now"),
      SAMPLE("12.50"), SAMPLE("1.5"), SAMPLE("0.1"), SAMPLE("2"), SAMPLE("1e3"), SAMPLE("public"), SAMPLE("restricted"), SAMPLE("x' OR 1=1 --")};
  static const sample decimals[] = {
      SAMPLE("1.50"), SAMPLE("1.5"), SAMPLE("-1.5"), SAMPLE("-0.001"), SAMPLE("-0.0010000000000000000001"), SAMPLE("-0.00100000000000000000000"), SAMPLE("0.000"),
      SAMPLE("-0"), SAMPLE("-0.0"), SAMPLE("00.1"), SAMPLE("1."), SAMPLE(".5"), SAMPLE("."), SAMPLE("-"), SAMPLE("1.2.3"), SAMPLE("+1"), SAMPLE("--1"), SAMPLE("9223372036854775807"),
      SAMPLE("9223372036854775808"), SAMPLE("-9223372036854775808"), SAMPLE("-9223372036854775809"), SAMPLE("9.223372036854775807"), SAMPLE("9.223372036854775808"),
      SAMPLE("0.000000000000000001"), SAMPLE("0.0000000000000000001"), SAMPLE("-0.000000000000000001"), SAMPLE("1.5\0"), SAMPLE("20.25"), SAMPLE("20.250000000000000000000"),
      SAMPLE("20.249999999999999999"), SAMPLE("20.25000000000000001"), SAMPLE("100.25"), SAMPLE("99.999"), SAMPLE("0.1"), SAMPLE("0.10"), SAMPLE("12.5"), SAMPLE("2"), SAMPLE("2.0"), SAMPLE(" 2")};
  const sample *t = random_below(r, 3) ? &PICK(r, texts) : &PICK(r, decimals);
  sqlite3_bind_text(s, at, t->bytes, (int)t->length, SQLITE_STATIC);
}

static void bind_value(random_source *r, sqlite3_stmt *s, int at, const char *type) {
  static const int64_t integers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 42, 100, -1, -3, 127, INT64_MAX, INT64_MIN, INT64_MAX - 1};
  static const double reals[] = {0, 1, 1.5, 0.1, 2.5, -7, 20.25, 100.25, 1e18, 9.3e18, 1e-19, 0.001, -0.001, 0.0009999999999999999, 1.0 / 3, 1e-5, 1.5000000000000002,
                                1.4999999999999998, 0.10000000000000002, 0.09999999999999999, 20.250000000000004, 20.249999999999996, -0.0009999999999999998, 12.5,
                                -0.0010000000000000002, 100.25000000000001, 0.0078125, 0.00781249999999999, 0.007812499999999999, 1e-18, 4e-19, 6e-19, 2e-18,
                                9.223372036854774e18, 9.223372036854776e18, -9.223372036854776e18, 1e300, 1e-300, 0.000123456789012345678};
  char day[40];
  uint64_t kind = random_below(r, 12);
  if (kind == 0) sqlite3_bind_null(s, at);
  else if (kind == 1) sqlite3_bind_blob(s, at, "de", 2, SQLITE_STATIC);
  else if (kind == 2) sqlite3_bind_double(s, at, PICK(r, reals));
  else if (kind == 3) sqlite3_bind_int64(s, at, PICK(r, integers));
  else if (kind < (strcmp(type, "decimal") == 0 ? 8u : 6u) || type[0] == 's') bind_text(r, s, at);
  else if (type[0] == 'i' || type[0] == 'b' || strcmp(type, "decimal") == 0) sqlite3_bind_int64(s, at, random_below(r, 3) ? (int64_t)random_below(r, 8) - 1 : PICK(r, integers));
  else if (type[0] == 't' || type[0] == 'd') {
    int length = snprintf(day, sizeof day, "20%02u-%02u-%02u", 24 + (unsigned)random_below(r, 4), 1 + (unsigned)random_below(r, 12), 1 + (unsigned)random_below(r, 31));
    if (type[0] == 't') length += snprintf(day + length, sizeof day - (size_t)length, "%c%02u:00:00%s", random_below(r, 2) ? 'T' : ' ', (unsigned)random_below(r, 24), random_below(r, 2) ? "Z" : "");
    sqlite3_bind_text(s, at, day, length, SQLITE_TRANSIENT);
  } else bind_text(r, s, at);
}

static bool fill(sqlite3 *db, random_source *r, const edict_product *product, size_t dataset) {
  size_t columns = edict_product_column_count(product, dataset);
  sqlite3_stmt *s = NULL;
  edi_buf sql;
  edi_buf_init(&sql, NULL, 4096);
  edi_buf_text(&sql, "INSERT INTO t VALUES (?");
  for (size_t c = 1; c < columns; c++) edi_buf_text(&sql, ",?");
  edi_buf_text(&sql, ")");
  bool ok = sqlite3_prepare_v2(db, sql.ptr, (int)sql.len, &s, NULL) == SQLITE_OK;
  for (int i = 0; ok && i < ROWS; i++) {
    for (size_t c = 0; c < columns; c++) {
      edict_column_info info;
      ok = ok && edict_product_column_info(product, dataset, c, &info) == EDICT_OK;
      bind_value(r, s, (int)c + 1, info.type);
    }
    ok = ok && sqlite3_step(s) == SQLITE_DONE && sqlite3_reset(s) == SQLITE_OK;
  }
  sqlite3_finalize(s);
  edi_buf_fini(&sql);
  return ok;
}

/* ---- comparing ---- */

/* The value of the condition for each row: 0, 1, or 2 for anything else, which is a defect. */
static bool by_sql(sqlite3 *db, const char *where, char values[ROWS]) {
  sqlite3_stmt *s = NULL;
  edi_buf sql;
  int at = 0;
  edi_buf_init(&sql, NULL, 1 << 21);
  edi_buf_format(&sql, "SELECT %s FROM t ORDER BY rowid", where);
  bool ok = sqlite3_prepare_v2(db, sql.ptr, (int)sql.len, &s, NULL) == SQLITE_OK;
  if (!ok) printf("# %s\n", sqlite3_errmsg(db));
  while (ok && sqlite3_step(s) == SQLITE_ROW && at < ROWS) {
    int64_t value = sqlite3_column_type(s, 0) == SQLITE_INTEGER ? sqlite3_column_int64(s, 0) : 2;
    values[at++] = (char)(value == 0 || value == 1 ? value : 2);
  }
  sqlite3_finalize(s);
  edi_buf_fini(&sql);
  return ok && at == ROWS;
}

static bool by_rows(sqlite3 *db, const edict_product *product, size_t dataset, edict_decision *d, char values[ROWS]) {
  static char memory[1 << 16];
  size_t columns = edict_product_column_count(product, dataset);
  edict_cell in[COLUMNS_MOST], out[COLUMNS_MOST];
  char times[COLUMNS_MOST][EDI_SQLITE_TIME_BYTES];
  sqlite3_stmt *s = NULL;
  int at = 0;
  bool ok = sqlite3_prepare_v2(db, "SELECT * FROM t ORDER BY rowid", -1, &s, NULL) == SQLITE_OK;
  while (ok && sqlite3_step(s) == SQLITE_ROW && at < ROWS) {
    edict_row row;
    for (size_t c = 0; c < columns; c++) {
      edict_column_info info;
      ok = ok && edict_product_column_info(product, dataset, c, &info) == EDICT_OK;
      edi_sqlite_column column = edi_sqlite_column_make(info.type, NULL);
      ok = ok && edi_sqlite_cell_read(s, (int)c, &column, times[c], &in[c]) == SQLITE_OK;
    }
    ok = ok && edict_decision_apply_row(d, in, columns, out, memory, sizeof memory, &row) == EDICT_OK;
    values[at++] = ok && row == EDICT_ROW_SHOWN;
  }
  sqlite3_finalize(s);
  return ok && at == ROWS;
}

static bool compare(sqlite3 *db, const edict_product *product, size_t dataset, edict_decision *d, where_counts *n) {
  char *where = NULL, mine[ROWS], theirs[ROWS];
  const char *why;
  size_t length;
  edict_status status = edict_decision_where(d, EDICT_SQL_SQLITE, &where, &length, &why);
  n->wheres++;
  if (status == EDICT_UNSUPPORTED) {
    n->refused++;
    const char *one = strstr(why, "` has no exact form in SQL: "), *whole = strstr(why, "`: it has no exact form in SQL: ");
    if (!one && !whole) printf("# why: %s\n", why);
    n->whole += whole != NULL;
    return (one || whole) && where == NULL;
  }
  if (status != EDICT_OK) printf("# status %d\n", (int)status);
  bool ok = status == EDICT_OK && by_sql(db, where, theirs) && by_rows(db, product, dataset, d, mine);
  for (int i = 0; ok && i < ROWS; i++) {
    n->rows++;
    n->shown += mine[i] == 1;
    if (mine[i] == theirs[i]) continue;
    printf("# row %d: SQLite %d, evaluator %d: %s\n", i, theirs[i], mine[i], where);
    sqlite3_stmt *s = NULL;
    (void)sqlite3_prepare_v2(db, "SELECT * FROM t ORDER BY rowid LIMIT 1 OFFSET ?", -1, &s, NULL);
    sqlite3_bind_int(s, 1, i);
    if (sqlite3_step(s) == SQLITE_ROW)
      for (int c = 0; c < sqlite3_column_count(s); c++)
        printf("#   %s type %d: %s\n", sqlite3_column_name(s, c), sqlite3_column_type(s, c), (const char *)sqlite3_column_text(s, c));
    sqlite3_finalize(s);
    ok = false;
  }
  edict_text_free(&where);
  return ok;
}

static bool one_request(sqlite3 *db, random_world *w, random_source *r, where_counts *n) {
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
            make_table(db, r, w->product, request.dataset) && fill(db, r, w->product, request.dataset) &&
            compare(db, w->product, request.dataset, decision, n);
  edict_decision_destroy(&decision);
  edict_session_destroy(&session);
  return ok;
}

static bool one_world(sqlite3 *db, uint64_t seed, size_t condition, where_counts *n) {
  random_world w = {.seed = seed, .about_rows = true, .condition = condition};
  random_source r = {seed * 1000003 + condition};
  bool ok = random_world_make(&w, &r) && random_world_start(&w) && w.product;
  for (int i = 0; ok && i < REQUESTS; i++) ok = one_request(db, &w, &r, n);
  if (!ok) random_world_show(&w, "SQL and evaluator differ");
  random_world_end(&w);
  return ok;
}

TEST(sqlite_finds_the_rows_that_are_shown) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 1);
  where_counts n = {0};
  sqlite3 *db = guarded_plain();
  REQUIRE(db != NULL);
  bool ok = true;
  for (uint64_t seed = first; ok && seed < first + rounds; seed++) {
    for (size_t i = 1; ok && i <= random_row_conditions(); i++) CHECK(ok = one_world(db, seed, i, &n));
    for (uint64_t k = 0; ok && k < 100; k++) CHECK(ok = one_world(db, seed * 1000 + k, 0, &n));
  }
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
  printf("# %llu conditions, %llu refused, %llu rows, %llu shown\n", (unsigned long long)n.wheres, (unsigned long long)n.refused,
         (unsigned long long)n.rows, (unsigned long long)n.shown);
  CHECK(n.refused > 0 && n.whole > 0 && n.wheres - n.refused > 300 * rounds && n.shown * 20 > n.rows);
}

/* ---- what no row meets ---- */

static const char few_words[] =
    "module federal.vocabulary\ntaxonomy purpose { support }\ntaxonomy domain { sales }\n"
    "taxonomy tag { time.collected: timestamp person.id: id<person> amount: decimal number: int plain }\n"
    "attributes subject { rates?: set<decimal> codes?: set<int> }\n"
    "attributes dataset { keep?: duration from \"customProperties.keep\" }\nissuer host\n"
    "domains may state time.collected, person.id, amount, number, plain, dataset.keep\n"
    "rule open\n  permit read\n  on dataset named \"*\"\n";
static const char few_yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n";

typedef struct none_case { const char *rule, *column, *keep, *why; bool shows; const char *subject; } none_case;

static const none_case none_cases[] = {
    {"rule age\n  retain at most dataset.keep after row[time.collected]\n", "timestamp, tags: [ time.collected ]", "24 months", NULL, true, NULL},
    {"rule no\n  forbid read\n", "timestamp, tags: [ time.collected ]", "24 months", NULL, false, NULL},
    {"rule age\n  retain at most dataset.keep after row[time.collected]\n", "timestamp, tags: [ time.collected ]", NULL, NULL, false, NULL}, /* how long is not said */
    {"rule age\n  retain at most 24 months after row[time.collected]\n", "timestamp, tags: [ plain ]", "24 months", NULL, false, NULL}, /* no column has its time */
    {"rule crowd\n  show only groups of at least 2 row[person.id]\n", "timestamp, tags: [ time.collected ]", NULL, "in groups alone", false, NULL},
    /* nobody knows what is not in a set that is not known whole */
    {"rule rows\n  show only rows\n  where row[amount] not in subject.rates\n", "number, tags: [ amount ]", NULL, NULL, true, "rates 1.5 0.1"},
    {"rule rows\n  show only rows\n  where row[amount] not in subject.rates\n", "number, tags: [ amount ]", NULL, NULL, false, "rates 1.5 nan"},
    {"rule rows\n  show only rows\n  where row[amount] in subject.rates\n", "number, tags: [ amount ]", NULL, NULL, true, "rates 1 2 3 4 5 nan"},
    {"rule rows\n  show only rows\n  where row[number] not in subject.codes\n", "integer, tags: [ number ]", NULL, NULL, true, "codes 7"},
    {"rule rows\n  show only rows\n  where row[number] not in subject.codes\n", "integer, tags: [ number ]", NULL, NULL, false, "codes 7 x"},
};

static bool no_row_meets(sqlite3 *db, const none_case *c, where_counts *n) {
  char rules[1024], contract[1024], keep[64] = "";
  random_source r = {11};
  mesh m;
  snprintf(rules, sizeof rules, "%s%s", few_words, c->rule);
  if (c->keep) snprintf(keep, sizeof keep, "    customProperties: [ { property: keep, value: %s } ]\n", c->keep);
  snprintf(contract, sizeof contract,
           MESH_CONTRACT("  - name: orders\n    physicalName: orders\n%s    properties:\n      - { name: person, logicalType: string, tags: [ person.id ] }\n"
                         "      - { name: at, logicalType: %s }\n"), keep, c->column);
  const mesh_file files[] = {{"edict.yaml", few_yaml}, {"r.edict", rules}};
  mesh_init(&m);
  mesh_add(&m, files, 2);
  mesh_domain(&m, "sales", "", contract);
  mesh_open(&m);
  mesh_subject(&m, c->subject ? c->subject : "purposes support");
  bool ok = mesh_ask(&m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") == EDICT_OK && make_table(db, &r, m.product, 0) && fill(db, &r, m.product, 0);
  if (ok && c->why) {
    char *where = NULL;
    const char *why;
    size_t length;
    ok = edict_decision_where(m.decision, EDICT_SQL_SQLITE, &where, &length, &why) == EDICT_UNSUPPORTED && !where && strstr(why, c->why);
  } else {
    uint64_t before = n->shown;
    ok = ok && compare(db, m.product, 0, m.decision, n) && (n->shown > before) == c->shows;
  }
  mesh_fini(&m);
  return ok;
}

TEST(what_no_row_meets_is_met_by_none) {
  where_counts n = {0};
  sqlite3 *db = guarded_plain();
  REQUIRE(db != NULL);
  for (size_t i = 0; i < sizeof none_cases / sizeof *none_cases; i++)
    if (!no_row_meets(db, &none_cases[i], &n)) HARNESS_FAIL("case %zu: %s", i, none_cases[i].rule);
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

HARNESS_MAIN
