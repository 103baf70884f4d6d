/* Cells: the forms of what masks make, compared with SQLite's own date functions, and times in SQLite's
 * form read as RFC 3339. The test calls SQLite through the extension's table, which a connection of
 * tests/support/guarded.c fills. */
#include "adapters/sqlite/sqlite_cell.h"

#include "harness.h"

SQLITE_EXTENSION_INIT3

sqlite3 *guarded_plain(void);

static sqlite3 *db;
static edict_cell shown;
static edi_sqlite_column column;

static void run_shown(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  (void)values;
  edi_sqlite_cell_result(context, &shown, &column);
}

static bool ready(void) {
  if (!db && (db = guarded_plain()) != NULL)
    CHECK_INT(
        sqlite3_create_function_v2(db, "shown", 0, SQLITE_UTF8, NULL, run_shown, NULL, NULL, NULL),
        SQLITE_OK);
  return db != NULL;
}

static void expect(const char *sql, const char *expected) {
  sqlite3_stmt *statement = NULL;
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  const char *text = (const char *)sqlite3_column_text(statement, 0);
  CHECK_TEXT(text ? text : "NULL", text ? strlen(text) : 4, expected);
  sqlite3_finalize(statement);
}

TEST(types_in_sql)
{
  static const struct {
    const char *type, *declared;
  } cases[] = {
      {"string", "TEXT"}, {"int", "INTEGER"},    {"decimal", "NUMERIC"}, {"bool", "BOOLEAN"},
      {"date", "TEXT"},   {"timestamp", "TEXT"}, {"other", ""},
  };
  REQUIRE(ready());
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_sqlite_column c = edi_sqlite_column_make(cases[i].type, NULL);
    CHECK_TEXT(c.declared, strlen(c.declared), cases[i].declared);
    CHECK_INT(c.is_time, strcmp(cases[i].type, "timestamp") == 0);
    CHECK_INT(c.decimal_text, 0);
  }
  CHECK_INT(edi_sqlite_column_make("decimal", "varchar(20)").decimal_text, 1);
  CHECK_INT(edi_sqlite_column_make("decimal", "Text").decimal_text, 1);
  CHECK_INT(edi_sqlite_column_make("decimal", "CLOB").decimal_text, 1);
  CHECK_INT(edi_sqlite_column_make("decimal", "POINT TEXT").decimal_text,
            0); /* SQLite: INT comes first */
  CHECK_INT(edi_sqlite_column_make("decimal", "REAL").decimal_text, 0);
  CHECK_INT(edi_sqlite_column_make("int", "TEXT").decimal_text, 0);
}

TEST(dates_are_those_of_sqlite)
{
  REQUIRE(ready());
  column = edi_sqlite_column_make("date", NULL);
  for (int64_t day = -719162; day <= 2932896; day += 997) {
    shown = (edict_cell){.type = EDICT_CELL_DATE, .integer = day};
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT shown() = date(%" PRId64 " * 86400, 'unixepoch')", day);
    expect(sql, "1");
  }
  shown.integer = 2932896;
  expect("SELECT shown()", "9999-12-31");
  shown.integer = -719162;
  expect("SELECT shown()", "0001-01-01");
  shown.integer = 11016;
  expect("SELECT shown()", "2000-02-29");
}

TEST(timestamps_are_those_of_sqlite)
{
  REQUIRE(ready());
  column = edi_sqlite_column_make("timestamp", NULL);
  for (int64_t second = -62135596800; second <= 253402300799; second += 86399 * 997) {
    shown = (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = second * 1000000};
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT shown() = strftime('%%Y-%%m-%%dT%%H:%%M:%%SZ', %" PRId64 ", 'unixepoch')",
             second);
    expect(sql, "1");
  }
  static const struct {
    int64_t micros;
    const char *text;
  } cases[] = {
      {0, "1970-01-01T00:00:00Z"},
      {-1, "1969-12-31T23:59:59.999999Z"},
      {1, "1970-01-01T00:00:00.000001Z"},
      {250000, "1970-01-01T00:00:00.250Z"},
      {-86400000000, "1969-12-31T00:00:00Z"},
      {253402300799999999, "9999-12-31T23:59:59.999999Z"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    shown.integer = cases[i].micros;
    expect("SELECT shown()", cases[i].text);
  }
}

TEST(decimals)
{
  static const struct {
    int64_t integer;
    uint32_t scale;
    const char *text, *number;
  } cases[] = {
      {0, 0, "'0'", "0"},
      {-7, 0, "'-7'", "-7"},
      {1275, 2, "'12.75'", "12.75"},
      {-5, 1, "'-0.5'", "-0.5"},
      {100, 2, "'1'", "1"},
      {-300, 2, "'-3'", "-3"},
      {1, 18, "'0.000000000000000001'", "1.0e-18"},
      {INT64_MIN, 0, "'-9223372036854775808'", "-9223372036854775808"},
      {INT64_MIN, 2, "'-92233720368547758.08'", "-9.2233720368547758e+16"},
  };
  REQUIRE(ready());
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    shown = (edict_cell){
        .type = EDICT_CELL_DECIMAL, .integer = cases[i].integer, .scale = cases[i].scale};
    column = edi_sqlite_column_make("decimal", "TEXT");
    expect("SELECT quote(shown())", cases[i].text);
    column = edi_sqlite_column_make("decimal", "REAL");
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT shown() = %s AND typeof(shown()) = typeof(%s)",
             cases[i].number, cases[i].number);
    expect(sql, "1");
  }
}

TEST(plain_cells)
{
  static const struct {
    edict_cell cell;
    const char *quoted;
  } cases[] = {
      {{.type = EDICT_CELL_NULL}, "NULL"},
      {{.type = EDICT_CELL_INT, .integer = INT64_MIN}, "-9223372036854775808"},
      {{.type = EDICT_CELL_BOOL, .integer = 1}, "1"},
      {{.type = EDICT_CELL_REAL, .real = 1.5}, "1.5"},
      {{.type = EDICT_CELL_TEXT, .ptr = "it's", .len = 4}, "'it''s'"},
      {{.type = EDICT_CELL_TEXT}, "''"},
      {{.type = EDICT_CELL_BLOB, .ptr = "\0\1", .len = 2}, "X'0001'"},
      {{.type = EDICT_CELL_BLOB}, "X''"},
  };
  REQUIRE(ready());
  column = edi_sqlite_column_make("string", NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    shown = cases[i].cell;
    expect("SELECT quote(shown())", cases[i].quoted);
  }
}

/* What a statement's only value is as a cell. */
static edict_cell read_cell(const char *sql, const char *type, char out[64]) {
  static char time[EDI_SQLITE_TIME_BYTES];
  sqlite3_stmt *statement = NULL;
  edict_cell cell = {0};
  edi_sqlite_column c = edi_sqlite_column_make(type, NULL);
  CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  CHECK_INT(edi_sqlite_cell_read(statement, 0, &c, time, &cell), SQLITE_OK);
  snprintf(out, 64, "%.*s", (int)(cell.len < 63 ? cell.len : 63), cell.ptr ? cell.ptr : "");
  sqlite3_finalize(statement);
  return cell;
}

TEST(reads_times_of_sqlite)
{
  static const struct {
    const char *sql, *cell;
  } cases[] = {
      {"SELECT '2026-03-01 10:00:00'", "2026-03-01T10:00:00Z"},
      {"SELECT '2026-03-01 10:00'", "2026-03-01T10:00:00Z"},
      {"SELECT '2026-03-01T10:00'", "2026-03-01T10:00:00Z"},
      {"SELECT '2026-03-01 10:00:00.250'", "2026-03-01T10:00:00.250Z"},
      {"SELECT '2026-03-01 10:00:00+01:00'", "2026-03-01T10:00:00+01:00"},
      {"SELECT '2026-03-01 10:00+01:00'", "2026-03-01T10:00:00+01:00"},
      {"SELECT '2026-03-01 10:00:00Z'", "2026-03-01T10:00:00Z"},
      {"SELECT '2026-03-01T10:00:00Z'", "2026-03-01T10:00:00Z"},
      {"SELECT datetime(0, 'unixepoch')", "1970-01-01T00:00:00Z"},
      /* not in that form: as they are, for the rules to find unknown */
      {"SELECT '2026-03-01'", "2026-03-01"},
      {"SELECT '2026-03-01_10:00:00'", "2026-03-01_10:00:00"},
      {"SELECT '2026-03-01 10:00:00 and so on and on and on and on and on'",
       "2026-03-01 10:00:00 and so on and on and on and on and on"},
      {"SELECT ''", ""},
  };
  char text[64];
  REQUIRE(ready());
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edict_cell cell = read_cell(cases[i].sql, "timestamp", text);
    CHECK_INT(cell.type, EDICT_CELL_TEXT);
    CHECK_TEXT(text, strlen(text), cases[i].cell);
  }
  CHECK_INT(read_cell("SELECT '2026-03-01 10:00:00'", "string", text).len, 19);
  CHECK_TEXT(text, strlen(text), "2026-03-01 10:00:00");
  CHECK_INT(read_cell("SELECT '2026-03-01 10:00:00' || char(0) || 'x'", "timestamp", text).len, 21);
}

TEST(reads_cells)
{
  char text[64];
  REQUIRE(ready());
  CHECK_INT(read_cell("SELECT NULL", "string", text).type, EDICT_CELL_NULL);
  CHECK_INT(read_cell("SELECT 42", "string", text).integer, 42);
  CHECK_INT(read_cell("SELECT 42", "timestamp", text).type, EDICT_CELL_INT);
  CHECK(read_cell("SELECT 1.5", "string", text).real == 1.5);
  CHECK_INT(read_cell("SELECT x'0001'", "string", text).len, 2);
  CHECK_INT(read_cell("SELECT x''", "string", text).type, EDICT_CELL_BLOB);
  CHECK_INT(read_cell("SELECT ''", "string", text).type, EDICT_CELL_TEXT);
}

HARNESS_MAIN
