/* Guard: a connection from load to close, and what a reader is shown on it. The product is that of
 * tests/sqlite/; the ways around it are tests/hostile/sql/ and sqlite_hostile_test.c. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "edict/log.h"
#include "harness.h"
#include "support/guarded.h"

static guarded product;
static char *support;

static bool ready(void) {
  if (support) return true;
  if (!guarded_make(&product)) return false;
  support = guarded_support_token();
  return true;
}

/* The whole answer of some SQL, or the beginning of an error. */
static void expect(sqlite3 *db, const char *sql, const char *expected) {
  char *got = guarded_run(db, sql);
  bool same = strncmp(expected, "error: ", 7) == 0 ? strncmp(got, expected, strlen(expected)) == 0
                                                   : strcmp(got, expected) == 0;
  if (!same) HARNESS_FAIL("%s\n#   gives %s\n#   not   %s", sql, got, expected);
  free(got);
}

static sqlite3 *open_for(const char *purpose) {
  sqlite3 *db = ready() ? guarded_open(&product, support) : NULL;
  if (db && purpose) {
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT edict_purpose('%s')", purpose);
    expect(db, sql, purpose);
  }
  return db;
}

/* Decisions in the log so far. All connections must be closed. */
static edict_log_report log_report(void) {
  edict_log_report report;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  char *key = guarded_read(&product, "log.pub");
  edict_status status = edict_log_verify(guarded_path(&product, "log"), key, &report, diagnostics);
  free(key);
  CHECK_INT(status, EDICT_OK);
  CHECK_INT(report.closed, 1);
  edict_diagnostics_destroy(&diagnostics);
  return report;
}

/* ---- what is shown ---- */

TEST(shows_what_the_rules_say)
{
  sqlite3 *db = open_for("support");
  REQUIRE(db);
  expect(db, "SELECT id, country, email, phone, amount, note, collected_at FROM orders",
         "11|de|**************mple|***********1234|10.5|NULL|2026-03-01T00:00:00Z\n"
         "13|fr|*************mple|***********5678|20.0|NULL|2026-03-02 10:00:00\n"
         "19|de|NULL||30.0|NULL|2026-03-03 12:30:00.250\n"
         "20|de|NULL|****000|40.0|NULL|2026-03-04T00:00:00+01:00");
  expect(db,
         "SELECT count(*), sum(amount), max(amount), group_concat(DISTINCT country) FROM orders",
         "4|100.5|40.0|de,fr");
  expect(db, "SELECT code, title FROM countries ORDER BY code",
         "de|Germany\nfr|France\nus|United States");
  expect(db,
         "SELECT count(DISTINCT customer), min(length(customer)), sum(customer LIKE '%MARKER%') "
         "FROM orders",
         "2|22|0");
  sqlite3_close(db);
}

TEST(masked_values_have_one_form)
{
  sqlite3 *db = open_for("support");
  REQUIRE(db);
  /* The bottom of a required column, whether its value is there or not. */
  expect(db,
         "SELECT DISTINCT name, born, typeof(born), score, typeof(score), vip, typeof(vip) FROM "
         "customers",
         "NULL|9999-12-31|text|0|text|0|integer");
  expect(db, "SELECT typeof(email), typeof(phone), typeof(note) FROM orders WHERE id = 11",
         "text|text|null");
  sqlite3_close(db);
}

TEST(raw_for_whom_the_rules_say)
{
  char *token = ready() ? guarded_token("dora", "dpo", "[\"support\"]", "[\"eu\"]", 600) : NULL;
  sqlite3 *db = token ? guarded_open(&product, token) : NULL;
  REQUIRE(db);
  free(guarded_run(db, "SELECT edict_purpose('support')"));
  /* The e-mail of the second is kept as a blob, which is no text: it is the bottom, as everywhere. */
  expect(db, "SELECT customer, email, hex(email), phone, typeof(phone) FROM orders WHERE id >= 19",
         "p-1-MARKER|NULL|||text\np-1-MARKER|NULL||4917000|text");
  expect(db, "SELECT customer, name, born, score, vip FROM customers",
         "p-1-MARKER|Ana MARKER|1990-02-03|12.75|1\np-3-MARKER|Bo MARKER|NULL|3.5|0");
  expect(db, "SELECT note FROM orders WHERE id = 11", "NULL");
  sqlite3_close(db);
  free(token);
}

TEST(queries_see_masked_values)
{
  sqlite3 *db = open_for("support");
  REQUIRE(db);
  expect(db, "SELECT count(*) FROM orders WHERE phone = '+49-MARKER-1234'", "0");
  expect(db, "SELECT id FROM orders WHERE phone LIKE '%1234'", "11");
  expect(db, "SELECT id FROM orders ORDER BY phone DESC LIMIT 1 OFFSET 1", "13");
  expect(db, "SELECT o.id, c.country FROM orders o JOIN customers c USING (customer) ORDER BY o.id",
         "11|de\n13|fr\n19|de\n20|de");
  expect(db,
         "SELECT c.code, (SELECT count(*) FROM orders o WHERE o.country = c.code) FROM countries c",
         "de|3\nfr|1\nus|0");
  expect(db, "WITH x AS (SELECT * FROM orders) SELECT count(*) FROM x", "4");
  expect(db, "SELECT rowid, id FROM orders", "1|11\n2|13\n3|19\n4|20");
  sqlite3_close(db);
}

TEST(tells_its_tables)
{
  sqlite3 *db = open_for(NULL);
  REQUIRE(db);
  expect(db, "SELECT name FROM sqlite_schema ORDER BY 1", "countries\ncustomers\norders");
  expect(db, "SELECT name FROM sqlite_temp_schema", "");
  expect(db, "PRAGMA table_info(customers)",
         "0|customer|TEXT|0|NULL|0\n1|country|TEXT|0|NULL|0\n2|name|TEXT|0|NULL|0\n3|born|TEXT|0|"
         "NULL|0\n"
         "4|score|NUMERIC|0|NULL|0\n5|vip|BOOLEAN|0|NULL|0");
  expect(db, "SELECT unlisted FROM orders", "error: no such column: unlisted");
  expect(db, "SELECT * FROM base_orders", "error: no such table: base_orders");
  sqlite3_close(db);
}

/* ---- decisions ---- */

TEST(purpose_decides)
{
  sqlite3 *db = open_for(NULL);
  REQUIRE(db);
  static const char refused[] = "error: edict: denied by federal.privacy.purpose-limitation (GDPR "
                                "Art. 5(1)(b)); not known: purpose";
  expect(db, "SELECT edict_explain(), edict_decision()", "NULL|NULL");
  expect(db, "SELECT count(*) FROM orders", refused);
  CHECK_INT(sqlite3_errcode(db), SQLITE_AUTH);
  expect(db, "SELECT edict_explain()", refused + 14);
  expect(db, "SELECT count(*) FROM countries", "3");
  expect(db, "SELECT edict_purpose('support')", "support");
  expect(db, "SELECT count(*) FROM orders", "4");
  expect(db, "SELECT substr(edict_explain(), 1, 39)", "permitted by federal.privacy.staff-read");
  expect(db, "SELECT json_extract(edict_decision(), '$.decision', '$.dataset')",
         "[\"permit\",\"orders\"]");
  expect(db, "SELECT edict_purpose('marketing')", "marketing");
  expect(db, "SELECT count(*) FROM orders",
         "error: edict: denied by federal.privacy.purpose-limitation");
  expect(db, "SELECT edict_purpose('no such purpose')", "no such purpose");
  expect(db, "SELECT count(*) FROM orders", refused);
  expect(db, "SELECT edict_purpose(NULL)", "NULL");
  expect(db, "SELECT count(*) FROM orders", refused);
  expect(db, "SELECT edict_purpose('')",
         "error: edict: a purpose is a text of 1 to 256 bytes, or NULL");
  expect(db, "SELECT edict_purpose(1)", "error: edict: a purpose is a text");
  expect(db, "SELECT edict_purpose(printf('%256d', 1)) IS NOT NULL", "1");
  expect(db, "SELECT edict_purpose(printf('%257d', 1))", "error: edict: a purpose is a text");
  sqlite3_close(db);
}

TEST(each_execution_decides)
{
  sqlite3 *db = open_for("support");
  sqlite3_stmt *statement = NULL;
  REQUIRE(db &&
          sqlite3_prepare_v2(db, "SELECT count(*) FROM orders", -1, &statement, NULL) == SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  CHECK_INT(sqlite3_reset(statement), SQLITE_OK);
  expect(db, "SELECT edict_purpose('marketing')", "marketing");
  CHECK_INT(sqlite3_step(statement), SQLITE_AUTH);
  CHECK_INT(sqlite3_reset(statement), SQLITE_AUTH);
  expect(db, "SELECT edict_purpose('support')", "support");
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  sqlite3_finalize(statement);
  sqlite3_close(db);
}

TEST(each_execution_is_logged_once)
{
  static const struct {
    const char *sql;
    uint64_t permits, denials;
  } cases[] = {
      {"SELECT 1", 0, 0},
      {"EXPLAIN SELECT * FROM orders", 0, 0},
      {"SELECT count(*) FROM orders", 1, 0},
      {"SELECT 1 FROM orders a, orders b WHERE a.id = b.id", 1, 0},
      {"SELECT 1 FROM orders a, orders b WHERE a.id = b.amount", 2, 0},
      {"SELECT 1 FROM orders JOIN customers USING (customer)", 2, 0},
      {"SELECT (SELECT count(*) FROM orders o WHERE o.country = c.code) FROM countries c", 2, 0},
      {"SELECT id FROM orders UNION ALL SELECT id FROM orders", 1, 0},
      {"SELECT id FROM orders; SELECT id FROM orders; SELECT id FROM orders", 3, 0},
      {"SELECT edict_purpose('billing'); SELECT name FROM customers", 0, 1},
      {"SELECT edict_purpose('billing'); SELECT id FROM orders", 0, 1},
  };
  REQUIRE(ready());
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sqlite3 *db = open_for("support");
    REQUIRE(db);
    sqlite3_close(db);
    edict_log_report before = log_report();
    db = open_for("support");
    REQUIRE(db);
    free(guarded_run(db, cases[i].sql));
    sqlite3_close(db);
    edict_log_report after = log_report();
    if (after.permits - before.permits != cases[i].permits ||
        after.denials - before.denials != cases[i].denials)
      HARNESS_FAIL("%s: %d permits, %d denials", cases[i].sql,
                   (int)(after.permits - before.permits), (int)(after.denials - before.denials));
  }
}

/* With a statement in the middle of its work no scan can tell whose it is: each decides for itself. */
TEST(unfinished_statements_do_not_lend_decisions)
{
  sqlite3 *db = open_for("support");
  sqlite3_stmt *statement = NULL;
  REQUIRE(db && sqlite3_prepare_v2(db, "SELECT id FROM orders", -1, &statement, NULL) == SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  for (int i = 0; i < 5; i++) expect(db, "SELECT id FROM orders WHERE id = 11", "11");
  sqlite3_finalize(statement);
  sqlite3_close(db);
  edict_log_report before = log_report();
  db = open_for("support");
  REQUIRE(db && sqlite3_prepare_v2(db, "SELECT id FROM orders", -1, &statement, NULL) == SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  for (int i = 0; i < 5; i++) expect(db, "SELECT id FROM orders WHERE id = 11", "11");
  sqlite3_finalize(statement);
  sqlite3_close(db);
  CHECK_INT(log_report().permits - before.permits, 6);
}

TEST(nothing_is_served_unlogged)
{
  sqlite3 *db = open_for("support");
  struct rlimit full, none;
  REQUIRE(db && getrlimit(RLIMIT_FSIZE, &full) == 0);
  none = (struct rlimit){0, full.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
  char *got = guarded_run(db, "SELECT id FROM orders");
  CHECK(setrlimit(RLIMIT_FSIZE, &full) == 0);
  signal(SIGXFSZ, SIG_DFL);
  static const char expected[] =
      "error: edict: the decision cannot be logged, so nothing is served: R04";
  CHECK_TEXT(got, strlen(got) < sizeof expected - 1 ? strlen(got) : sizeof expected - 1, expected);
  free(got);
  sqlite3_close(db);
}

/* ---- time ---- */

static void fill_many(int rows) {
  sqlite3 *db;
  char sql[512];
  snprintf(sql, sizeof sql,
           "INSERT INTO base_orders SELECT 1000 + value, 'p', 'de', 'e', 'f', 1, NULL, "
           "'2026-01-01', NULL "
           "FROM (WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM c WHERE "
           "value < %d) SELECT value FROM c);"
           "UPDATE base_orders SET collected_at = '2026-01-01 00:00:00' WHERE id > 1000",
           rows);
  CHECK_INT(sqlite3_open(guarded_path(&product, "shop.db"), &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

static void empty_many(void) {
  sqlite3 *db;
  CHECK_INT(sqlite3_open(guarded_path(&product, "shop.db"), &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, "DELETE FROM base_orders WHERE id > 1000", NULL, NULL, NULL),
            SQLITE_OK);
  sqlite3_close(db);
}

TEST(a_long_scan_ends_with_its_decision)
{
  REQUIRE(ready());
  fill_many(5000);
  /* The gate believes a token for a minute after its end. */
  char *token = guarded_token("eve", "support", "[\"support\"]", "[\"de\"]", -58);
  sqlite3 *db = guarded_open(&product, token);
  sqlite3_stmt *statement = NULL;
  REQUIRE(db);
  free(guarded_run(db, "SELECT edict_purpose('support')"));
  REQUIRE(sqlite3_prepare_v2(db, "SELECT id FROM orders", -1, &statement, NULL) == SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  nanosleep(&(struct timespec){2, 200000000}, NULL);
  int more = 0, rc;
  while ((rc = sqlite3_step(statement)) == SQLITE_ROW) more++;
  CHECK_INT(rc, SQLITE_AUTH);
  CHECK(more <= 1000);
  CHECK_TEXT(sqlite3_errmsg(db), strlen(sqlite3_errmsg(db)),
             "edict: the decision held until now and no longer; run the query again");
  sqlite3_finalize(statement);
  expect(db, "SELECT count(*) FROM orders", "error: edict: denied by edict.token-time");
  sqlite3_close(db);
  free(token);
  empty_many();
}

/* ---- base tables that change ---- */

TEST(one_statement_sees_one_snapshot)
{
  sqlite3 *db = open_for("support"), *writer;
  sqlite3_stmt *statement = NULL;
  REQUIRE(db && sqlite3_open(guarded_path(&product, "shop.db"), &writer) == SQLITE_OK);
  sqlite3_close(db); /* the change of mode needs the file for itself */
  CHECK_INT(sqlite3_exec(writer, "PRAGMA journal_mode=WAL", NULL, NULL, NULL), SQLITE_OK);
  db = open_for("support");
  REQUIRE(db && sqlite3_prepare_v2(
                    db, "SELECT (SELECT count(*) FROM orders WHERE id >= a.id) FROM orders a", -1,
                    &statement, NULL) == SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  CHECK_INT(sqlite3_column_int(statement, 0), 4);
  CHECK_INT(sqlite3_exec(writer,
                         "INSERT INTO base_orders SELECT 99, customer_id, country, email, phone, "
                         "amount, note, collected_at, NULL "
                         "FROM base_orders WHERE id = 11",
                         NULL, NULL, NULL),
            SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  CHECK_INT(sqlite3_column_int(statement, 0), 3);
  sqlite3_finalize(statement);
  expect(db, "SELECT count(*) FROM orders", "5");
  CHECK_INT(sqlite3_exec(writer,
                         "DELETE FROM base_orders WHERE id = 99; ALTER TABLE base_orders RENAME "
                         "COLUMN phone TO fon",
                         NULL, NULL, NULL),
            SQLITE_OK);
  expect(db, "SELECT country FROM orders WHERE id = 11", "de");
  expect(db, "SELECT phone FROM orders",
         "error: edict: reading dataset `orders` failed: SQL logic error");
  CHECK_INT(
      sqlite3_exec(writer, "ALTER TABLE base_orders RENAME COLUMN fon TO phone", NULL, NULL, NULL),
      SQLITE_OK);
  expect(db, "SELECT phone FROM orders WHERE id = 11", "***********1234");
  sqlite3_close(db);
  CHECK_INT(sqlite3_exec(writer, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(writer);
}

/* The first scan has come to its end, and its statement on the base table with it. */
TEST(scans_one_after_the_other_see_one_snapshot)
{
  sqlite3 *writer, *db;
  sqlite3_stmt *statement = NULL;
  REQUIRE(ready());
  CHECK_INT(sqlite3_open(guarded_path(&product, "shop.db"), &writer), SQLITE_OK);
  CHECK_INT(sqlite3_exec(writer, "PRAGMA journal_mode=WAL", NULL, NULL, NULL), SQLITE_OK);
  REQUIRE((db = open_for("support")) != NULL);
  CHECK_INT(sqlite3_prepare_v2(
                db, "SELECT count(*) FROM countries UNION ALL SELECT count(*) FROM countries", -1,
                &statement, NULL),
            SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  CHECK_INT(sqlite3_column_int(statement, 0), 3);
  CHECK_INT(
      sqlite3_exec(writer, "INSERT INTO base_countries VALUES ('it', 'Italy')", NULL, NULL, NULL),
      SQLITE_OK);
  CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
  CHECK_INT(sqlite3_column_int(statement, 0), 3);
  sqlite3_finalize(statement);
  expect(db, "SELECT count(*) FROM countries", "4");
  sqlite3_close(db);
  CHECK_INT(sqlite3_exec(writer,
                         "DELETE FROM base_countries WHERE code = 'it'; PRAGMA journal_mode=DELETE",
                         NULL, NULL, NULL),
            SQLITE_OK);
  sqlite3_close(writer);
}

/* ---- the index and its lack ---- */

TEST(equalities_find_what_a_scan_finds)
{
  static const struct {
    const char *sql, *expected;
  } cases[] = {
      {"SELECT id FROM orders WHERE id = 13", "13"},
      {"SELECT id FROM orders WHERE id = '13'", "13"},
      {"SELECT id FROM orders WHERE id = 13.0", "13"},
      {"SELECT id FROM orders WHERE id = 12", ""},
      {"SELECT id FROM orders WHERE id IN (11, 12, 20, NULL) ORDER BY id", "11\n20"},
      {"SELECT id FROM orders WHERE id = NULL", ""},
      {"SELECT id FROM orders WHERE note IS NULL AND id = 19", "19"},
      {"SELECT id FROM orders WHERE id = 11 OR amount = 40 ORDER BY id", "11\n20"},
      {"SELECT id FROM orders WHERE phone = '***********1234' COLLATE NOCASE", "11"},
      {"SELECT id FROM orders WHERE country = 'DE'", ""},
      {"SELECT id FROM orders WHERE country = 'DE' COLLATE NOCASE ORDER BY id", "11\n19\n20"},
      {"SELECT id FROM orders WHERE collected_at = '2026-03-02 10:00:00'", "13"},
      {"SELECT id FROM orders WHERE collected_at = '2026-03-02T10:00:00Z'", ""},
      /* the base table has no row numbers */
      {"SELECT country FROM customers WHERE country = 'fr'", "fr"},
      {"SELECT o.id, c.born FROM orders o JOIN customers c ON c.customer = o.customer AND o.id = "
       "13",
       "13|9999-12-31"},
      {"SELECT count(*) FROM customers WHERE born = '9999-12-31' AND score = 0", "2"},
      {"SELECT a.id, b.id FROM orders a JOIN orders b ON a.id = b.id AND a.amount = b.amount ORDER "
       "BY 1",
       "11|11\n13|13\n19|19\n20|20"},
      {"SELECT a.id, b.rowid FROM orders a JOIN orders b ON a.id = b.id ORDER BY 1",
       "11|1\n13|2\n19|3\n20|4"},
      {"SELECT c.code, o.id FROM countries c LEFT JOIN orders o ON o.country = c.code AND o.id > "
       "13 "
       "ORDER BY 1, 2",
       "de|19\nde|20\nfr|NULL\nus|NULL"},
  };
  sqlite3 *db = open_for("support");
  REQUIRE(db);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect(db, cases[i].sql, cases[i].expected);
  sqlite3_close(db);
}

/* From the second value on an index answers, where one can. */
TEST(joins_find_what_a_scan_finds)
{
  static const struct {
    const char *values, *on, *expected;
  } cases[] = {
      {"(11), ('13'), (13.0), ('x'), (NULL), (12), (19)", "o.id = v.column1", "11\n13\n13\n19"},
      {"('11.0'), (' 13 '), ('1.1e1'), (x'3131'), ('19')", "o.id = v.column1", "11\n11\n13\n19"},
      {"('de'), ('fr'), ('us'), ('DE'), (0)", "o.country = v.column1", "11\n13\n19\n20"},
      {"('de'), ('FR'), ('us'), ('DE')", "o.country = v.column1 COLLATE NOCASE",
       "11\n11\n13\n19\n19\n20\n20"},
      {"('***********1234'), (''), ('****000'), ('+49-MARKER-1234')", "o.phone = v.column1",
       "11\n19\n20"},
      {"(10.5), ('20'), (20), ('40.0'), (777001)", "o.amount = v.column1", "11\n13\n13\n20"},
      {"('2026-03-01T00:00:00Z'), ('2026-03-02 10:00:00'), ('2026-03-02T10:00:00Z')",
       "o.collected_at = v.column1", "11\n13"},
      {"(11), (13), (19)", "o.id = v.column1 AND o.country = 'de'", "11\n19"},
      {"(11), (13), (19)", "o.country = 'de' AND o.id = v.column1", "11\n19"},
      {"(11), (13), (20)", "o.id = v.column1 OR o.amount = 2 * v.column1", "11\n13\n20"},
  };
  sqlite3 *db = open_for("support");
  REQUIRE(db);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char sql[512];
    snprintf(sql, sizeof sql,
             "WITH v AS (VALUES %s) SELECT o.id FROM v CROSS JOIN orders o ON %s ORDER BY 1",
             cases[i].values, cases[i].on);
    expect(db, sql, cases[i].expected);
  }
  expect(db,
         "SELECT code FROM countries c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.country = "
         "c.code) ORDER BY 1",
         "de\nfr");
  expect(db,
         "SELECT a.id, (SELECT count(*) FROM orders b WHERE b.country = a.country AND b.id = a.id) "
         "FROM orders a",
         "11|1\n13|1\n19|1\n20|1");
  sqlite3_close(db);
}

/* More equalities than a decision keeps indexes for. */
TEST(many_equalities)
{
  sqlite3 *db = open_for("support");
  REQUIRE(db);
  expect(db,
         "WITH v(i) AS (VALUES (1), (2), (3)) SELECT sum((SELECT count(*) FROM orders WHERE id = "
         "10 + i)), "
         "sum((SELECT count(id) FROM orders WHERE id = 10 + i)), sum((SELECT count(*) FROM orders "
         "WHERE country = 'de' AND i)), "
         "sum((SELECT count(id) FROM orders WHERE amount = 10 * i AND id)) FROM v, countries WHERE "
         "code = 'de'",
         "2|2|9|2");
  expect(db,
         "SELECT count(*) FROM orders a JOIN orders b ON a.id = b.id JOIN orders c ON b.country = "
         "c.country AND a.phone = c.phone "
         "JOIN orders d ON d.customer = c.customer AND d.amount = c.amount JOIN orders e ON "
         "e.collected_at = d.collected_at "
         "JOIN orders f ON f.phone = e.phone",
         "4");
  sqlite3_close(db);
}

TEST(more_columns_than_the_planner_tells_apart)
{
  sqlite3 *db = ready() ? guarded_open_as(&product, "wide.conf", support) : NULL;
  static const char masks[] =
      "SELECT json_extract(edict_decision(), '$.columns.c63.mask', '$.columns.email.mask', "
      "'$.columns.phone.mask'), json_extract(edict_decision(), '$.columns.c62')";
  REQUIRE(db);
  expect(db, "SELECT edict_purpose('support')", "support");
  expect(db, "SELECT c1 FROM wide", "1\n2");
  expect(db, "SELECT json_extract(edict_decision(), '$.columns')",
         "{\"c1\":{\"mask\":null,\"args\":\"\",\"rules\":[],\"met\":false}}");
  expect(db, "SELECT c63 FROM wide", "63\n63");
  expect(db, masks, "[null,null,null]|NULL");
  /* One of those from 63 on stands for all of them. */
  expect(db, "SELECT country FROM wide", "de\nfr");
  expect(db, masks, "[null,\"show-last\",\"show-last\"]|NULL");
  expect(db, "SELECT phone, email FROM wide WHERE c1 = 2", "***********5678|*************mple");
  expect(db, "SELECT count(*) FROM (SELECT * FROM wide)", "2");
  sqlite3_close(db);
}

/* A base column that hides the number of a row: no index, and every row is found. */
TEST(a_column_named_as_the_row_number)
{
  sqlite3 *db = ready() ? guarded_open_as(&product, "wide.conf", support) : NULL;
  REQUIRE(db);
  expect(db, "SELECT edict_purpose('support')", "support");
  expect(db, "SELECT c1 FROM wide WHERE c63 = 63", "1\n2");
  expect(db, "SELECT _rowid_, rowid FROM wide", "1|1\n2|2");
  sqlite3_close(db);
}

TEST(large_values_are_masked)
{
  REQUIRE(ready());
  sqlite3 *writer;
  CHECK_INT(sqlite3_open(guarded_path(&product, "shop.db"), &writer), SQLITE_OK);
  CHECK_INT(sqlite3_exec(writer,
                         "INSERT INTO base_orders SELECT 1001, 'p', 'de', printf('%.*c', 1000000, "
                         "'e'), printf('%.*c', 2000000, 'f'), 1, NULL, "
                         "'2026-01-01T00:00:00Z', NULL",
                         NULL, NULL, NULL),
            SQLITE_OK);
  sqlite3_close(writer);
  sqlite3 *db = open_for("support");
  REQUIRE(db);
  expect(db, "SELECT length(email), substr(email, -6), phone FROM orders WHERE id = 1001",
         "1000000|**eeee|NULL");
  sqlite3_close(db);
  empty_many();
}

/* ---- opening ---- */

TEST(opens_only_what_is_empty)
{
  static const struct {
    const char *before, *expected;
  } cases[] = {
      {"CREATE TABLE t(x)", "error: edict: the main database is not empty"},
      {"CREATE VIEW v AS SELECT 1", "error: edict: the main database is not empty"},
      {"CREATE TABLE t(x); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
       "error: edict: the main database is not empty"},
      {"CREATE VIRTUAL TABLE t USING fts5(x)", "error: edict: the main database is not empty"},
      {"CREATE TEMP TABLE t(x)", "error: edict: the connection has temporary objects"},
      {"CREATE TEMP VIEW v AS SELECT 1", "error: edict: the connection has temporary objects"},
      {"ATTACH ':memory:' AS other", "error: edict: another database is attached"},
      {"BEGIN", "error: edict: the connection is in a transaction"},
      {"SAVEPOINT s", "error: edict: the connection is in a transaction"},
      {"CREATE TABLE t(x); DROP TABLE t; CREATE TEMP TABLE t(x); DROP TABLE t", "sales.shop"},
  };
  REQUIRE(ready());
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sqlite3 *db;
    char sql[4096];
    CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, cases[i].before, NULL, NULL, NULL), SQLITE_OK);
    snprintf(sql, sizeof sql, "SELECT edict_open('%s', '%s')", product.config, support);
    expect(db, sql, cases[i].expected);
    sqlite3_close(db);
  }
}

TEST(opens_only_in_memory_and_alone)
{
  sqlite3 *db;
  sqlite3_stmt *running = NULL;
  char sql[4096];
  REQUIRE(ready());
  snprintf(sql, sizeof sql, "SELECT edict_open('%s', '%s')", product.config, support);
  CHECK_INT(sqlite3_open(guarded_path(&product, "other.db"), &db), SQLITE_OK);
  expect(db, sql, "error: edict: the connection has a database file");
  sqlite3_close(db);
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  CHECK_INT(sqlite3_prepare_v2(db, "SELECT 1 UNION ALL SELECT 2", -1, &running, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_step(running), SQLITE_ROW);
  expect(db, sql, "error: edict: another statement of the connection is running");
  sqlite3_finalize(running);
  expect(db, "SELECT edict_purpose('support')", "error: edict: edict_open comes first");
  expect(db, "SELECT edict_open(1, 2)", "error: edict: edict_open takes the path");
  expect(db, "SELECT edict_open('x', NULL)", "error: edict: edict_open takes the path");
  expect(db, "SELECT edict_open('no/such/file', '')",
         "error: edict: the configuration `no/such/file` cannot be found");
  expect(db, sql, "sales.shop");
  expect(db, sql, "error: not authorized to use function: edict_open");
  sqlite3_close(db);
}

TEST(a_second_call_in_one_statement_is_refused)
{
  sqlite3 *db;
  char sql[8192];
  REQUIRE(ready());
  snprintf(sql, sizeof sql, "SELECT edict_open('%s', '%s') UNION ALL SELECT edict_open('%s', '%s')",
           product.config, support, product.config, support);
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  expect(db, sql, "error: edict: this connection was opened before, and that is for good");
  expect(db, "SELECT count(*) FROM countries", "3");
  sqlite3_close(db);
}

TEST(statements_from_before_are_compiled_anew)
{
  sqlite3 *db;
  sqlite3_stmt *before = NULL;
  char sql[4096];
  REQUIRE(ready());
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  CHECK_INT(sqlite3_prepare_v2(db, "SELECT sqlite_source_id()", -1, &before, NULL), SQLITE_OK);
  snprintf(sql, sizeof sql, "SELECT edict_open('%s', '%s')", product.config, support);
  expect(db, sql, "sales.shop");
  CHECK(sqlite3_step(before) != SQLITE_ROW);
  CHECK_TEXT(sqlite3_errmsg(db), strlen(sqlite3_errmsg(db)),
             "not authorized to use function: sqlite_source_id");
  sqlite3_finalize(before);
  sqlite3_close(db);
}

/* ---- configurations and tokens that are refused, and tried again ---- */

static void expect_open(const char *token, const char *expected) {
  sqlite3 *db;
  char *sql = sqlite3_mprintf("SELECT edict_open(%Q, %Q)", product.config, token);
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  expect(db, sql, expected);
  sqlite3_free(sql);
  sql = sqlite3_mprintf("SELECT edict_open(%Q, %Q)", product.config, support);
  if (strncmp(expected, "error: edict: the token", 23) == 0) expect(db, sql, "sales.shop");
  sqlite3_free(sql);
  sqlite3_close(db);
}

TEST(refused_tokens)
{
  REQUIRE(ready());
  char *late = guarded_token("ana", "support", "[]", "[]", -600), *forged = strdup(support);
  forged[strlen(forged) - 10] = forged[strlen(forged) - 10] == 'A' ? 'B' : 'A';
  expect_open("", "error: edict: the token: R03");
  expect_open("not a token", "error: edict: the token: R03");
  expect_open(late, "error: edict: the token: R03");
  expect_open(forged, "error: edict: the token: R03");
  free(late);
  free(forged);
}

/* One file of the product replaced for a moment. */
static void expect_with(const char *name, const char *text, const char *expected) {
  char kept[1200];
  snprintf(kept, sizeof kept, "%s", guarded_path(&product, "kept"));
  CHECK(rename(guarded_path(&product, name), kept) == 0);
  if (text) guarded_write(&product, name, text);
  expect_open(support, expected);
  if (text) CHECK(remove(guarded_path(&product, name)) == 0);
  CHECK(rename(kept, guarded_path(&product, name)) == 0);
}

TEST(refused_files)
{
  REQUIRE(ready());
  expect_with("shop.conf", "edict-sqlite/v1\nclock now\n", "error: edict: ");
  expect_with("shop.db", NULL,
              "error: edict: the database cannot be opened: unable to open database file");
  expect_with(
      "shop.db",
      "no database at all, whatever its name says, and long enough to have a head of its own "
      "............................................................................",
      "error: edict: the database");
  expect_with(
      "shop.db", "",
      "error: edict: the database does not hold dataset `orders`: no such table: main.base_orders");
  expect_with("trust", NULL, "error: edict: the bundles: R0801: cannot read");
  expect_with("trust", "edict-trust/v1\n", "error: edict: the bundles: R02");
  expect_with("build/sales.edb", "edict", "error: edict: the bundles: R01");
  expect_with("keyring", "edict-keyring/v1\n", "error: edict: the bundles: R06");
  expect_with("log.key", "secret\n", "error: edict: the log's secret key: the input is damaged");
  expect_with("auditor.pub", "secret\n",
              "error: edict: the auditor's public key: the input is damaged");
  expect_open(support, "sales.shop");
}

TEST(a_database_that_lacks_a_column)
{
  sqlite3 *writer;
  REQUIRE(ready());
  CHECK_INT(sqlite3_open(guarded_path(&product, "shop.db"), &writer), SQLITE_OK);
  CHECK_INT(sqlite3_exec(writer, "ALTER TABLE base_countries RENAME COLUMN title TO titel", NULL,
                         NULL, NULL),
            SQLITE_OK);
  expect_open(
      support,
      "error: edict: the database does not hold dataset `countries`: no such column: t.title");
  CHECK_INT(sqlite3_exec(writer, "ALTER TABLE base_countries RENAME COLUMN titel TO title", NULL,
                         NULL, NULL),
            SQLITE_OK);
  sqlite3_close(writer);
}

/* ---- several connections ---- */

TEST(connections_share_one_log)
{
  sqlite3 *a = open_for("support"), *b = open_for(NULL);
  REQUIRE(a && b);
  expect(a, "SELECT count(*) FROM orders", "4");
  expect(b, "SELECT count(*) FROM orders", "error: edict: denied");
  sqlite3_close(a);
  expect(b, "SELECT count(*) FROM countries", "3");
  sqlite3_close(b);
}

TEST(changed_files_are_not_served_under_old_rules)
{
  sqlite3 *a = open_for("support");
  REQUIRE(a);
  char *text = guarded_run(a, "SELECT 1");
  free(text);
  CHECK(chmod(guarded_path(&product, "trust"), 0600) == 0);
  guarded_write(&product, "shop.conf",
                "edict-sqlite/v1\ndatabase shop.db\nproduct sales.shop\nbundle "
                "build/federal.edb\nbundle build/sales.edb\n"
                "trust trust\nlog log\nlog-key log.key\nauditor-key auditor.pub\n");
  expect_open(support, "error: edict: the log: R04");
  expect(a, "SELECT count(*) FROM orders", "4");
  sqlite3_close(a);
  expect_open(support, "sales.shop");
}

TEST(zz_clean)
{
  if (support) guarded_remove(&product);
  free(support);
  support = NULL;
}

HARNESS_MAIN
