/* Sweeper: which tables are swept and which refused, what goes and what stays, rows that change meanwhile, what goes
 * along, shares, the clock, and what the log says of it. */
#include "harness.h"

#include "support/faulty_vfs.h"
#include "support/swept_shop.h"

#define ORDERS "CREATE TABLE base_orders(id INTEGER PRIMARY KEY, customer_id TEXT, ordered TEXT, note TEXT);"
#define LINES  "CREATE TABLE order_lines(id INTEGER PRIMARY KEY, order_id INTEGER, customer_id TEXT, ordered TEXT);"
#define OLD(id, who) "INSERT INTO base_orders(id,customer_id,ordered) VALUES(" #id ",'" who "','" SHOP_OLD "');"
#define NEW(id, who) "INSERT INTO base_orders(id,customer_id,ordered) VALUES(" #id ",'" who "','" SHOP_NEW "');"
#define ROWS         OLD(1, "p-1") NEW(2, "p-2") OLD(3, "p-held") OLD(4, "p-4") \
                     "INSERT INTO base_orders(id,customer_id,ordered) VALUES(5,'p-5','some day'),(6,NULL,'" SHOP_OLD "'),(7,'p-7',1577836800);"

static swept_shop shop;

static void check_ids(const char *sql, const char *expected) {
  char *got = swept_shop_ask(&shop, sql);
  if (strcmp(got, expected) != 0) HARNESS_FAIL("%s gives %s, not %s", sql, got, expected);
  free(got);
}

static void check_why(const char *part) {
  const char *said = edict_diagnostics_count(shop.said) ? edict_diagnostics_code(shop.said, 0) : "";
  if (!(shop.why.text && strstr(shop.why.text, part)) && strcmp(said, part) != 0) HARNESS_FAIL("why is %s%s, not %s", shop.why.text ? shop.why.text : "", said, part);
}

/* ---- exactly what is due ---- */

TEST(listing_tells_and_changes_nothing) {
  swept_shop_make(&shop, ORDERS ROWS);
  REQUIRE(swept_shop_list(&shop, 0));
  CHECK(strcmp(shop.keys, "1 4 ") == 0);
  const edi_sweep_tally *n = &shop.tally[0];
  CHECK(n->seen == 7 && n->erasable == 2 && n->withheld == 4 && n->undecided == 3 && n->erased == 0);
  check_ids("SELECT count(*) FROM base_orders", "7 ");
  check_ids("SELECT count(*) FROM sqlite_schema", "1 ");
  swept_shop_remove(&shop);
}

TEST(exactly_the_erasable_go) {
  swept_shop_make(&shop, ORDERS ROWS);
  REQUIRE(swept_shop_sweep(&shop, 0));
  check_ids("SELECT id FROM base_orders ORDER BY id", "2 3 5 6 7 ");
  check_ids("SELECT name FROM sqlite_schema", "base_orders ");
  CHECK(shop.tally[0].erased == 2 && shop.tally[0].spared == 0);
  CHECK(swept_shop_log_says(&shop, "1 4 "));
  REQUIRE(swept_shop_sweep(&shop, 0)); /* and nothing is left to do */
  CHECK(shop.tally[0].erased == 0 && shop.tally[0].erasable == 0);
  CHECK(swept_shop_log_says(&shop, "1 4 "));
  swept_shop_remove(&shop);
}

/* A held row is due again once nobody holds it any more: here, once it is another's. */
TEST(a_hold_wins_until_it_is_released) {
  swept_shop_make(&shop, ORDERS OLD(1, "p-held"));
  REQUIRE(swept_shop_sweep(&shop, 0));
  check_ids("SELECT id FROM base_orders", "1 ");
  swept_shop_run(&shop, "UPDATE base_orders SET customer_id='p-1'");
  REQUIRE(swept_shop_sweep(&shop, 0));
  check_ids("SELECT id FROM base_orders", "");
  swept_shop_remove(&shop);
}

TEST(all_datasets_and_small_batches) {
  swept_shop_make(&shop, ORDERS LINES
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<100) INSERT INTO base_orders(id,customer_id,ordered) "
                  "SELECT i,'p',CASE WHEN i%3 THEN '" SHOP_OLD "' ELSE '" SHOP_NEW "' END FROM n;"
                  "INSERT INTO order_lines SELECT 200+id,id,'p',ordered FROM base_orders;");
  shop.options.batch = 7;
  REQUIRE(swept_shop_sweep(&shop, SIZE_MAX));
  CHECK(shop.tally[0].erased == 67 && shop.tally[1].erased == 67);
  check_ids("SELECT count(*) FROM base_orders WHERE id%3", "0 ");
  check_ids("SELECT count(*) FROM base_orders", "33 ");
  check_ids("SELECT count(*) FROM order_lines", "33 ");
  swept_shop_remove(&shop);
}

/* ---- tables ---- */

typedef struct shape { const char *sql, *declared, *why, *rest; } shape; /* why NULL: it is swept, and these ids are left */

static const shape shapes[] = {
    {"CREATE VIEW base_orders AS SELECT 1 AS id,'p' AS customer_id,'x' AS ordered,'' AS note;", NULL, "is a view", NULL},
    {"CREATE VIRTUAL TABLE base_orders USING fts5(id,customer_id,ordered,note);", NULL, "virtual table", NULL},
    {"SELECT 1;", NULL, "is not in the database", NULL},
    {"CREATE TABLE base_orders(id INTEGER, customer_id TEXT, note TEXT);", NULL, "no such column", NULL},
    {ORDERS ROWS, "no-such", "no table or trigger `no-such`", NULL},
    {"CREATE TABLE base_orders(id TEXT, customer_id TEXT, ordered TEXT, note TEXT);" OLD(1, "p-1") NEW(2, "p-2"), NULL, NULL, "2 "},
    {"CREATE TABLE base_orders(id INTEGER, customer_id TEXT, ordered TEXT, note TEXT, PRIMARY KEY(customer_id,id)) WITHOUT ROWID;"
     OLD(1, "p-1") OLD(1, "p-2") NEW(2, "p-2") OLD(3, "p-held") OLD(3, "p-4"), NULL, NULL, "2 3 "},
    {"CREATE TABLE base_orders(id REAL, customer_id TEXT COLLATE NOCASE, ordered TEXT, note TEXT, PRIMARY KEY(customer_id DESC,id)) WITHOUT ROWID, STRICT;"
     OLD(1, "P-1") OLD(2, "p-1") NEW(3, "p-2"), NULL, NULL, "3.0 "},
    {"CREATE TABLE base_orders(id INTEGER, customer_id TEXT, ordered TEXT, note TEXT, _rowid_ TEXT, rowid TEXT);" OLD(1, "p-1") NEW(2, "p-2"), NULL, NULL, "2 "},
    {"CREATE TABLE base_orders(id INTEGER, customer_id TEXT, ordered TEXT, note TEXT, _rowid_ INTEGER PRIMARY KEY, rowid TEXT, oid TEXT);"
     OLD(1, "p-1") NEW(2, "p-2"), NULL, NULL, "2 "},
    {"CREATE TABLE base_orders(id INTEGER, customer_id TEXT, ordered TEXT, note TEXT, _rowid_ TEXT, rowid TEXT, oid TEXT);", NULL, "rows' numbers", NULL},
    {"CREATE TABLE base_orders(id INTEGER PRIMARY KEY, customer_id TEXT, ordered TEXT, note TEXT GENERATED ALWAYS AS (ordered) STORED);" OLD(1, "p-1"), NULL, NULL, ""},
    /* foreign keys */
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders(id) ON DELETE CASCADE);", NULL, "table `other`, which was not declared", NULL},
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders(id) ON DELETE SET NULL);", NULL, "table `other`, which was not declared", NULL},
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES Base_Orders ON DELETE SET DEFAULT);", NULL, "table `other`, which was not declared", NULL},
    {"CREATE TABLE base_orders(id INTEGER PRIMARY KEY REFERENCES base_orders ON DELETE CASCADE, customer_id TEXT, ordered TEXT, note TEXT);", NULL,
     "table `base_orders`, which was not declared", NULL},
    {ORDERS ROWS "CREATE TABLE other(k INTEGER PRIMARY KEY, o REFERENCES base_orders ON DELETE CASCADE);"
                 "CREATE TABLE far(k REFERENCES other ON DELETE CASCADE);", "other", "table `far`, which was not declared", NULL},
    {ORDERS ROWS "CREATE TABLE other(o UNIQUE REFERENCES base_orders ON DELETE SET NULL);"
                 "CREATE TABLE far(k REFERENCES other(o) ON UPDATE CASCADE);", "other", "table `far`, which was not declared", NULL},
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders ON DELETE CASCADE); CREATE TRIGGER gone AFTER DELETE ON other BEGIN SELECT 1; END;", "other",
     "trigger `gone`, which was not declared", NULL},
    {ORDERS ROWS LINES "CREATE TABLE other(o REFERENCES base_orders ON DELETE CASCADE); INSERT INTO other VALUES(1),(1),(2);", "OTHER", NULL, "2 3 5 6 7 "},
    /* The product's other dataset is elsewhere, a view, or what cannot be guarded. */
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders ON DELETE CASCADE); INSERT INTO other VALUES(1);", "other", NULL, "2 3 5 6 7 "},
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders ON DELETE CASCADE); CREATE VIEW order_lines AS SELECT 1;", "other", NULL, "2 3 5 6 7 "},
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders ON DELETE CASCADE); CREATE VIRTUAL TABLE order_lines USING fts5(id,order_id,customer_id,ordered);",
     "other", "virtual table", NULL},
    /* A key that keeps: its row stays, the others go. */
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders); INSERT INTO other VALUES(1);", NULL, NULL, "1 2 3 5 6 7 "},
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders ON DELETE RESTRICT); INSERT INTO other VALUES(4);", NULL, NULL, "2 3 4 5 6 7 "},
    {ORDERS ROWS "CREATE TABLE other(o REFERENCES base_orders DEFERRABLE INITIALLY DEFERRED); INSERT INTO other VALUES(4);", NULL, NULL, "2 3 4 5 6 7 "},
    /* triggers */
    {ORDERS ROWS "CREATE TRIGGER gone AFTER DELETE ON base_orders BEGIN SELECT 1; END;", NULL, "trigger `gone`, which was not declared", NULL},
    {ORDERS ROWS LINES "CREATE TABLE seen(o); CREATE TRIGGER gone AFTER DELETE ON base_orders BEGIN INSERT INTO seen VALUES(OLD.id); END;", "gone", NULL, "2 3 5 6 7 "},
    {ORDERS ROWS LINES "CREATE TRIGGER gone BEFORE DELETE ON base_orders WHEN OLD.id=4 BEGIN SELECT RAISE(ABORT,'no'); END;", "gone", NULL, "2 3 4 5 6 7 "},
    {ORDERS ROWS LINES "CREATE TRIGGER gone BEFORE DELETE ON base_orders WHEN OLD.id=4 BEGIN SELECT RAISE(IGNORE); END;", "gone", NULL, "2 3 4 5 6 7 "},
    /* One that takes another row of the table along: not one that must stay. */
    {ORDERS ROWS LINES "CREATE TRIGGER gone AFTER DELETE ON base_orders WHEN OLD.id=1 BEGIN DELETE FROM base_orders WHERE id=3; END;", "gone", NULL, "1 2 3 5 6 7 "},
};

TEST(tables_that_are_swept_and_those_that_are_not) {
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    const shape *s = &shapes[i];
    swept_shop_make(&shop, s->sql);
    shop.options.declared = &s->declared;
    shop.options.declared_count = s->declared != NULL;
    bool good = swept_shop_sweep(&shop, 0);
    if (good != (s->why == NULL)) HARNESS_FAIL("shape %zu: %s: %s", i, s->sql, shop.why.text ? shop.why.text : "swept");
    if (s->why) check_why(s->why);
    else check_ids("SELECT id FROM base_orders ORDER BY id", s->rest);
    swept_shop_remove(&shop);
  }
}

/* An order takes its lines along, if they may go. */
TEST(what_is_held_elsewhere_keeps_what_would_take_it_along) {
  static const char *const declared[] = {"order_lines"};
  swept_shop_make(&shop, ORDERS OLD(1, "p-1") OLD(2, "p-2") OLD(3, "p-3")
                  "CREATE TABLE order_lines(id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES base_orders ON DELETE CASCADE, customer_id TEXT, ordered TEXT);"
                  "INSERT INTO order_lines VALUES(11,1,'p-1','" SHOP_OLD "'),(12,1,'p-1','" SHOP_OLD "'),(13,2,'p-held','" SHOP_OLD "'),(14,3,'p-3','" SHOP_NEW "');");
  shop.options.declared = declared;
  shop.options.declared_count = 1;
  REQUIRE(swept_shop_sweep(&shop, 0));
  check_ids("SELECT id FROM base_orders", "2 3 ");
  check_ids("SELECT id FROM order_lines", "13 14 ");
  CHECK(shop.tally[0].erased == 1 && shop.tally[0].blocked == 2 && shop.tally[0].along == 2);
  CHECK(swept_shop_log_says(&shop, "1 "));
  swept_shop_remove(&shop);
}

/* Rows are called by the primary key that their owner declared, and else by their number. */
TEST(what_rows_are_called_by) {
  static const struct { const char *sql, *keys; } table[] = {
      {"CREATE TABLE base_orders(id TEXT PRIMARY KEY, customer_id TEXT, ordered TEXT, note TEXT);"
       "INSERT INTO base_orders(id,ordered,customer_id) VALUES('a-1','" SHOP_OLD "','p'),('a-2','" SHOP_NEW "','p'),('a-3','" SHOP_OLD "','p')", "a-1 a-3 "},
      {"CREATE TABLE base_orders(id INTEGER, customer_id TEXT, ordered TEXT, note TEXT, PRIMARY KEY(customer_id,id)) WITHOUT ROWID;"
       "INSERT INTO base_orders(id,ordered,customer_id) VALUES(7,'" SHOP_OLD "','p')", "p, 7 "},
      {"CREATE TABLE base_orders(id TEXT, customer_id TEXT, ordered TEXT, note TEXT);"
       "INSERT INTO base_orders(rowid,id,ordered,customer_id) VALUES(70,'x','" SHOP_OLD "','p')", "70 "},
      {"CREATE TABLE base_orders(id INTEGER PRIMARY KEY, customer_id TEXT, ordered TEXT, note TEXT);" OLD(9, "p-1"), "9 "},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    swept_shop_make(&shop, table[i].sql);
    CHECK(swept_shop_list(&shop, 0));
    if (strcmp(shop.keys, table[i].keys) != 0) HARNESS_FAIL("table %zu: %s", i, shop.keys);
    CHECK(swept_shop_sweep(&shop, 0) && shop.tally[0].erased == shop.tally[0].erasable && shop.tally[0].erased > 0);
    swept_shop_remove(&shop);
  }
}

/* ---- what changes meanwhile ---- */

static const char *meanwhile;
static edi_sweep_point meanwhile_at;

static void change(swept_shop *s, edi_sweep_point point, const char *dataset, uint64_t rows) {
  (void)dataset;
  (void)rows;
  if (point == meanwhile_at && meanwhile) swept_shop_run(s, meanwhile);
  if (point == meanwhile_at) meanwhile = NULL;
}

typedef struct turn { const char *sql; const char *rest; uint64_t spared; const char *why; } turn;

/* Between the finding of a row and its deleting, somebody else writes. */
TEST(what_changed_since_it_was_found_stays) {
  static const turn turns[] = {
      {"UPDATE base_orders SET ordered='" SHOP_NEW "' WHERE id=1", "1 2 3 5 6 7 ", 1, NULL},
      {"UPDATE base_orders SET customer_id='p-held' WHERE id=4", "2 3 4 5 6 7 ", 1, NULL},
      {"UPDATE base_orders SET customer_id=NULL WHERE id=4", "2 3 4 5 6 7 ", 1, NULL},
      {"DELETE FROM base_orders WHERE id=1", "2 3 5 6 7 ", 1, NULL},
      {"DELETE FROM base_orders WHERE id=1; INSERT INTO base_orders VALUES(1,'p-9','" SHOP_NEW "','')", "1 2 3 5 6 7 ", 1, NULL},
      {"UPDATE base_orders SET id=99 WHERE id=1", "2 3 5 6 7 99 ", 1, NULL}, /* for the next sweep */
      {"UPDATE base_orders SET ordered='" SHOP_NEW "'", "1 2 3 4 5 6 7 ", 2, NULL},
      {"CREATE TRIGGER t AFTER DELETE ON base_orders BEGIN SELECT 1; END", "1 2 3 4 5 6 7 ", 0, "schema of the database was changed"},
      {"CREATE TABLE child(o REFERENCES base_orders ON DELETE CASCADE)", "1 2 3 4 5 6 7 ", 0, "schema of the database was changed"},
  };
  for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
    swept_shop_make(&shop, ORDERS ROWS);
    meanwhile = turns[i].sql;
    meanwhile_at = EDI_SWEEP_FOUND;
    shop.point = change;
    CHECK_INT(swept_shop_sweep(&shop, 0), turns[i].why == NULL);
    check_ids("SELECT id FROM base_orders ORDER BY id", turns[i].rest);
    if (shop.tally[0].spared != turns[i].spared) HARNESS_FAIL("turn %zu: %llu spared", i, (unsigned long long)shop.tally[0].spared);
    if (turns[i].why) check_why(turns[i].why);
    check_ids("SELECT count(*) FROM sqlite_schema WHERE name='edict_sweep'", "0 ");
    swept_shop_remove(&shop);
  }
}

/* ---- shares ---- */

TEST(a_large_part_needs_to_be_confirmed) {
  static const struct { unsigned due, share; int confirmed; bool good; } table[] = {
      {10, 10, 0, true}, {11, 10, 0, false}, {11, 10, 1, true}, {0, 0, 0, true}, {1, 0, 0, false}, {100, 100, 0, true}, {100, 99, 0, false}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char sql[1024];
    snprintf(sql, sizeof sql, ORDERS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<100) INSERT INTO base_orders "
             "SELECT i,'p',CASE WHEN i<=%u THEN '" SHOP_OLD "' ELSE '" SHOP_NEW "' END,'' FROM n;", table[i].due);
    swept_shop_make(&shop, sql);
    shop.options.share = table[i].share;
    shop.options.confirmed = table[i].confirmed;
    bool good = swept_shop_sweep(&shop, 0);
    if (good != table[i].good) HARNESS_FAIL("line %zu: %d", i, good);
    if (!good) check_why("needs to be confirmed");
    snprintf(sql, sizeof sql, "%u ", good ? 100 - table[i].due : 100);
    check_ids("SELECT count(*) FROM base_orders", sql);
    swept_shop_remove(&shop);
  }
}

/* Rows that become due after the listing are not let through under its share. */
TEST(a_part_that_grows_meanwhile_is_not_confirmed) {
  swept_shop_make(&shop, ORDERS
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<100) INSERT INTO base_orders "
                  "SELECT i,'p',CASE WHEN i<=8 THEN '" SHOP_OLD "' ELSE '" SHOP_NEW "' END,'' FROM n;");
  shop.options.confirmed = 0;
  shop.options.batch = 4;
  meanwhile = "UPDATE base_orders SET ordered='" SHOP_OLD "'";
  meanwhile_at = EDI_SWEEP_LOGGED;
  shop.point = change;
  CHECK(!swept_shop_sweep(&shop, 0));
  check_why("became due while it was swept");
  check_ids("SELECT count(*) FROM base_orders", "92 "); /* two batches of four */
  CHECK(swept_shop_log_says(&shop, "1 2 3 4 5 6 7 8 "));
  swept_shop_remove(&shop);
}

/* ---- the clock ---- */

static const char *clock_says;
static edi_sweep_point clock_at;

static void move_clock(swept_shop *s, edi_sweep_point point, const char *dataset, uint64_t rows) {
  (void)dataset;
  (void)rows;
  if (point == clock_at && clock_says) s->now = mesh_time(clock_says);
}

TEST(the_clock_decides_in_each_transaction) {
  static const struct { const char *says; edi_sweep_point at; const char *rest, *why; } table[] = {
      {NULL, EDI_SWEEP_FOUND, "2 3 ", NULL},
      /* Row 2 is of 2024-11-21: due from midnight on. */
      {"2026-11-21T00:00:00Z", EDI_SWEEP_LOGGED, "3 ", NULL},
      {"2026-11-20T09:59:59Z", EDI_SWEEP_FOUND, "1 2 3 4 ", "the clock went back"},
      {"2026-11-20T09:59:59Z", EDI_SWEEP_LOGGED, "2 3 4 ", "the clock went back"},
      {"2029-01-01T00:00:00Z", EDI_SWEEP_FOUND, "1 2 3 4 ", "R0482"}, /* the list of holds is fresh no longer */
      {"2030-02-01T00:00:00Z", EDI_SWEEP_LOGGED, "2 3 4 ", "R0480"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    swept_shop_make(&shop, ORDERS OLD(1, "p-1") "INSERT INTO base_orders VALUES(2,'p-2','2024-11-21T08:00:00Z','');" NEW(3, "p-3") OLD(4, "p-4"));
    shop.options.batch = 1;
    clock_says = table[i].says;
    clock_at = table[i].at;
    shop.point = move_clock;
    CHECK_INT(swept_shop_sweep(&shop, 0), table[i].why == NULL);
    if (table[i].why) check_why(table[i].why);
    check_ids("SELECT id FROM base_orders ORDER BY id", table[i].rest);
    swept_shop_remove(&shop);
  }
}

TEST(what_cannot_be_believed_reads_and_erases_nothing) {
  swept_shop_make(&shop, ORDERS ROWS);
  shop.now = mesh_time("2029-06-01T00:00:00Z");
  CHECK(!swept_shop_list(&shop, 0));
  check_why("R0482");
  CHECK(shop.tally[0].seen == 0);
  CHECK(!swept_shop_sweep(&shop, 0));
  check_ids("SELECT count(*) FROM base_orders", "7 ");
  shop.now = 0;
  CHECK(!swept_shop_sweep(&shop, 0));
  check_why("the clock cannot be read");
  swept_shop_remove(&shop);
}

/* ---- what SQLite refuses ---- */

static sqlite3 *other;

static void hold(void) {
  REQUIRE(sqlite3_open(shop.database, &other) == SQLITE_OK && sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK);
}

static void spoil(void) {
  FILE *file = fopen(shop.database, "r+b");
  REQUIRE(file && fputs("this is no database at all, whatever its name says", file) >= 0 && fclose(file) == 0);
}

/* The pages, and not the head: what is read of the schema is good. */
static void spoil_pages(void) {
  FILE *file = fopen(shop.database, "r+b");
  REQUIRE(file && fseek(file, 4096, SEEK_SET) == 0);
  for (size_t i = 0; i < 4096; i++) REQUIRE(fputc('x', file) == 'x');
  REQUIRE(fclose(file) == 0);
}

static void hide(void) { REQUIRE(remove(shop.database) == 0); }

static void forbid(void) { swept_shop_run(&shop, "CREATE TRIGGER no BEFORE DELETE ON base_orders WHEN OLD.id=4 BEGIN SELECT RAISE(ROLLBACK,'kept secret'); END"); }

static void fill(void) { faulty_vfs_arm(FAULTY_DEAD, 60); }

static void protect(void) { faulty_vfs_arm(FAULTY_READONLY, 1); }

TEST(each_kind_of_trouble) {
  static const struct { void (*make)(void); edict_sweep_trouble trouble; const char *code, *why, *rest; } table[] = {
      {hold, EDICT_SWEEP_BUSY, "R0540", "somebody else holds the database", NULL},
      {spoil, EDICT_SWEEP_DAMAGED, "R0542", "not a database", NULL},
      {spoil_pages, EDICT_SWEEP_DAMAGED, "R0542", "malformed", NULL},
      {hide, EDICT_SWEEP_FILE, "R0544", "unable to open", NULL},
      {fill, EDICT_SWEEP_FILE, "R0544", "disk", NULL},
      {protect, EDICT_SWEEP_READONLY, "R0541", "readonly", "1 2 3 4 5 6 7 "},
      {forbid, EDICT_SWEEP_CONSTRAINT, "R0543", "a row cannot be erased: constraint failed", "1 2 3 4 5 6 7 "},
      {NULL, EDICT_SWEEP_NO_TROUBLE, "", "no table or trigger `no`", "1 2 3 4 5 6 7 "},
  };
  static const char *const declared[] = {"no"};
  faulty_vfs_install();
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    swept_shop_make(&shop, ORDERS ROWS LINES);
    if (table[i].make) table[i].make();
    shop.options.wait = 20;
    shop.options.declared = declared;
    shop.options.declared_count = table[i].trouble == EDICT_SWEEP_CONSTRAINT || !table[i].make;
    CHECK(!swept_shop_sweep(&shop, 0));
    faulty_vfs_arm(FAULTY_NONE, 0);
    if (other) sqlite3_close(other);
    other = NULL;
    check_why(table[i].why);
    CHECK_INT(shop.why.trouble, table[i].trouble);
    edict_sweep_tell(shop.why.trouble, "shop.db", shop.why.text, shop.said);
    const char *code = edict_diagnostics_code(shop.said, 0);
    CHECK(strcmp(code ? code : "", table[i].code) == 0);
    CHECK(!(shop.why.text && strstr(shop.why.text, "secret"))); /* what a trigger says may be what a row holds */
    if (table[i].rest) check_ids("SELECT id FROM base_orders", table[i].rest);
    swept_shop_remove(&shop);
  }
}

/* ---- the note ---- */

TEST(a_table_of_that_name_that_is_none_of_ours) {
  static const struct { const char *sql, *why; } table[] = {
      {"CREATE TABLE edict_sweep(x)", "not a sweep's"},
      {"CREATE VIEW edict_sweep AS SELECT 1 AS step, 2 AS note", "no note of a sweep"},
      {"CREATE TABLE edict_sweep(step INTEGER PRIMARY KEY, note BLOB NOT NULL); INSERT INTO edict_sweep VALUES(1,'text')", "no note of a sweep"},
  };
  for (size_t i = 0; i < 3; i++) {
    swept_shop_make(&shop, ORDERS ROWS);
    swept_shop_run(&shop, table[i].sql);
    CHECK(!swept_shop_sweep(&shop, 0));
    check_why(table[i].why);
    check_ids("SELECT count(*) FROM base_orders", "7 ");
    swept_shop_remove(&shop);
  }
}

HARNESS_MAIN
