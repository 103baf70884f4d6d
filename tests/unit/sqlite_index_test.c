/* Index: whatever SQLite calls equal, under any pair of column types, the index finds or does not fit.
 * The values stand at the edges between texts, integers and reals. */
#include "adapters/sqlite/guarded_index.h"

#include "harness.h"

SQLITE_EXTENSION_INIT3

sqlite3 *guarded_plain(void);

static const char *const values[] = {
    "NULL",
    "0",
    "-0.0",
    "1",
    "1.0",
    "'1'",
    "'01'",
    "' 1 '",
    "'+1'",
    "'1.0'",
    "'1.'",
    "'1e0'",
    "'0x1'",
    "'1x'",
    "x'31'",
    "''",
    "x''",
    "' '",
    "'.'",
    "'-'",
    "'.5'",
    "0.5",
    "'0.5'",
    "'0.50'",
    "-0.5",
    "'-0.5'",
    "-1",
    "'-1'",
    "7.9",
    "'7.9'",
    "'7.90 '",
    "'a'",
    "'A'",
    "x'61'",
    "0.9999999999999999",
    "'0.99999999999999999999'",
    "'1.00000000000000000001'",
    "1.0000000000000002",
    "0.999999",
    "0.99999999",
    "9007199254740992",
    "9007199254740993",
    "9007199254740992.0",
    "'9007199254740993'",
    "'9007199254740993.0'",
    "123456789012345.7",
    "'123456789012346.0'",
    "'12345678901234567.9'",
    "12345678901234568",
    "12345678901234568.0",
    "999999999999999999",
    "1000000000000000000",
    "1e18",
    "'1000000000000000000'",
    "'999999999999999999'",
    "-999999999999999999",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775807.0",
    "'9223372036854775808'",
    "1e300",
    "-1e300",
    "9e999",
    "'9e999'",
    "'000000000000000000000000001'",
    "'0000000001'",
    "1e-10",
    "'1e-10'",
    "0.0000001",
    "'0.0000001'",
    "999999999.5",
    "1000000000.5",
    "'1000000000.5'",
    "char(49, 0)",
    "char(9) || '1' || char(10)",
    "char(8) || '1'",
    "'\xC3\xA4'",
    "'1\xC2\xA0'",
    "'Infinity'",
    "'nan'",
    "'1_000'",
    "'1 000'",
};
enum { COUNT = sizeof values / sizeof *values };
static const char *const types[] = {"TEXT", "INTEGER", "NUMERIC", "REAL", "BLOB", ""};
enum { TYPES = sizeof types / sizeof *types };

static sqlite3 *db;

static sqlite3_value *pair[2];

/* ---- one row that gives the pair under every type, unchanged, as a virtual table does ---- */

static int connect_pair(sqlite3 *on, void *user, int count, const char *const *words,
                        sqlite3_vtab **table, char **why) {
  (void)user;
  (void)count;
  (void)words;
  (void)why;
  sqlite3_str *sql = sqlite3_str_new(on);
  sqlite3_str_appendall(sql, "CREATE TABLE x(");
  for (int c = 0; c < 2 * TYPES; c++)
    sqlite3_str_appendf(sql, "%s%c%d %s", c ? "," : "", c < TYPES ? 'a' : 'b', c % TYPES,
                        types[c % TYPES]);
  sqlite3_str_appendall(sql, ")");
  char *text = sqlite3_str_finish(sql);
  int rc = sqlite3_declare_vtab(on, text);
  sqlite3_free(text);
  *table = sqlite3_malloc(sizeof **table);
  memset(*table, 0, sizeof **table);
  return rc;
}

static int plan_pair(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 1;
  return SQLITE_OK;
}

static int disconnect_pair(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

typedef struct pair_cursor {
  sqlite3_vtab_cursor base;
  int row;
} pair_cursor;

static int open_pair(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor) {
  (void)table;
  pair_cursor *c = sqlite3_malloc(sizeof *c);
  memset(c, 0, sizeof *c);
  *cursor = &c->base;
  return SQLITE_OK;
}

static int close_pair(sqlite3_vtab_cursor *cursor) {
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int filter_pair(sqlite3_vtab_cursor *cursor, int plan, const char *text, int count,
                       sqlite3_value **given) {
  (void)plan;
  (void)text;
  (void)count;
  (void)given;
  ((pair_cursor *)cursor)->row = 0;
  return SQLITE_OK;
}

static int next_pair(sqlite3_vtab_cursor *cursor) {
  ((pair_cursor *)cursor)->row++;
  return SQLITE_OK;
}

static int at_end_pair(sqlite3_vtab_cursor *cursor) { return ((pair_cursor *)cursor)->row > 0; }

static int column_pair(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  (void)cursor;
  sqlite3_result_value(context, pair[column / TYPES]);
  return SQLITE_OK;
}

static int row_pair(sqlite3_vtab_cursor *cursor, sqlite3_int64 *row) {
  (void)cursor;
  *row = 1;
  return SQLITE_OK;
}

static const sqlite3_module pair_module = {
    .xConnect = connect_pair,
    .xBestIndex = plan_pair,
    .xDisconnect = disconnect_pair,
    .xOpen = open_pair,
    .xClose = close_pair,
    .xFilter = filter_pair,
    .xNext = next_pair,
    .xEof = at_end_pair,
    .xColumn = column_pair,
    .xRowid = row_pair,
};

/* ---- the law ---- */

static sqlite3_value *value_of(const char *expression) {
  sqlite3_stmt *statement = NULL;
  char *sql = sqlite3_mprintf("SELECT %s", expression);
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  sqlite3_value *value = sqlite3_value_dup(sqlite3_column_value(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_free(sql);
  return value;
}

static sqlite3_stmt *compare_all(void) {
  sqlite3_stmt *statement = NULL;
  sqlite3_str *sql = sqlite3_str_new(db);
  sqlite3_str_appendall(sql, "SELECT 0");
  for (int t = 0; t < TYPES * TYPES; t++)
    sqlite3_str_appendf(sql, " OR ifnull(a%d = b%d, 0)", t / TYPES, t % TYPES);
  for (int t = 0; t < TYPES; t++)
    sqlite3_str_appendf(
        sql,
        " OR ifnull(a%d = (SELECT +b5 FROM pair), 0) OR ifnull((SELECT +a5 FROM pair) = b%d, 0)", t,
        t);
  sqlite3_str_appendall(sql, " FROM pair");
  char *text = sqlite3_str_finish(sql);
  CHECK_INT(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
  sqlite3_free(text);
  return statement;
}

/* What an adapter makes of the value: SQLite's type, no more. */
static edict_cell cell_of(sqlite3_value *v) {
  switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
      return (edict_cell){.type = EDICT_CELL_INT, .integer = sqlite3_value_int64(v)};
    case SQLITE_FLOAT:
      return (edict_cell){.type = EDICT_CELL_REAL, .real = sqlite3_value_double(v)};
    case SQLITE_TEXT:
      return (edict_cell){.type = EDICT_CELL_TEXT,
                          .ptr = (const char *)sqlite3_value_text(v),
                          .len = (size_t)sqlite3_value_bytes(v)};
    case SQLITE_BLOB:
      return (edict_cell){.type = EDICT_CELL_BLOB,
                          .ptr = sqlite3_value_blob(v),
                          .len = (size_t)sqlite3_value_bytes(v)};
    default: return (edict_cell){0};
  }
}

/* -1: one of the two does not fit; else whether the index names the row. */
static int finds(sqlite3_value *left, sqlite3_value *right) {
  edi_sqlite_entry entry = {0, 0};
  edict_cell cell = cell_of(left);
  edi_sqlite_index *index = edi_sqlite_index_create();
  int found = -1;
  if (edi_sqlite_index_add(index, &cell, (edi_sqlite_entry){7, 1}) == SQLITE_OK &&
      edi_sqlite_index_seek(index, right) == SQLITE_OK)
    found = edi_sqlite_index_next(index, &entry);
  if (found == 1)
    CHECK(entry.base_row == 7 && entry.row == 1 && !edi_sqlite_index_next(index, &entry));
  edi_sqlite_index_destroy(index);
  return found;
}

TEST(equal_values_are_found)
{
  int equal = 0, unfit = 0, named = 0;
  REQUIRE((db = guarded_plain()) != NULL);
  REQUIRE(sqlite3_create_module_v2(db, "pair", &pair_module, NULL, NULL) == SQLITE_OK);
  sqlite3_stmt *compare = compare_all();
  REQUIRE(compare);
  for (int a = 0; a < COUNT; a++)
    for (int b = 0; b < COUNT; b++) {
      pair[0] = value_of(values[a]);
      pair[1] = value_of(values[b]);
      int found = finds(pair[0], pair[1]);
      CHECK_INT(sqlite3_step(compare), SQLITE_ROW);
      int is_equal = sqlite3_column_int(compare, 0);
      sqlite3_reset(compare);
      if (is_equal && found == 0)
        HARNESS_FAIL("%s = %s somewhere, and is not found", values[a], values[b]);
      equal += is_equal;
      unfit += found < 0;
      named += found == 1;
      sqlite3_value_free(pair[0]);
      sqlite3_value_free(pair[1]);
    }
  sqlite3_finalize(compare);
  /* The law is not empty, and the index is not everything. */
  CHECK(equal > COUNT);
  CHECK(named > COUNT / 2 && named < 4 * equal);
  CHECK(unfit > 0 && unfit < COUNT * COUNT / 2 + COUNT * COUNT / 4);
  printf("# %d pairs: %d equal, %d named, %d do not fit\n", COUNT * COUNT, equal, named, unfit);
}

TEST(rows_come_in_their_order)
{
  edi_sqlite_entry entry = {0, 0};
  if (!db) db = guarded_plain();
  edi_sqlite_index *index = edi_sqlite_index_create();
  REQUIRE(index);
  for (int i = 0; i < 100000; i++) {
    edict_cell cell = {.type = EDICT_CELL_INT, .integer = i % 1000};
    CHECK_INT(edi_sqlite_index_add(index, &cell, (edi_sqlite_entry){i + 1, i + 1}), SQLITE_OK);
  }
  sqlite3_value *wanted = value_of("7");
  CHECK_INT(edi_sqlite_index_seek(index, wanted), SQLITE_OK);
  for (int i = 7; i < 100000; i += 1000) {
    CHECK_INT(edi_sqlite_index_next(index, &entry), 1);
    CHECK_INT(entry.base_row, i + 1);
  }
  CHECK_INT(edi_sqlite_index_next(index, &entry), 0);
  sqlite3_value_free(wanted);
  wanted = value_of("NULL");
  CHECK_INT(edi_sqlite_index_seek(index, wanted), SQLITE_OK);
  CHECK_INT(edi_sqlite_index_next(index, &entry), 0);
  sqlite3_value_free(wanted);
  edi_sqlite_index_destroy(index);
}

TEST(an_empty_index_finds_nothing)
{
  edi_sqlite_entry entry;
  if (!db) db = guarded_plain();
  edi_sqlite_index *index = edi_sqlite_index_create();
  sqlite3_value *wanted = value_of("1");
  CHECK_INT(edi_sqlite_index_seek(index, wanted), SQLITE_OK);
  CHECK_INT(edi_sqlite_index_next(index, &entry), 0);
  sqlite3_value_free(wanted);
  edi_sqlite_index_destroy(index);
  edi_sqlite_index_destroy(NULL);
}

HARNESS_MAIN
