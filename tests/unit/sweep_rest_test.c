/* What a sweep leaves: the database, its journal and its write-ahead log are read byte by byte for the values of rows that
 * were erased. Those of rows that stay are found, so that looking is known to find. */
#define _GNU_SOURCE /* memmem */
#include "harness.h"

#include "support/hostile.h"
#include "support/swept_shop.h"

static swept_shop shop;

/* Due rows hold GONE in each text, in many pages and in an index; the others STAY. */
#define FILL                                                                                                                       \
  "CREATE TABLE base_orders(id INTEGER PRIMARY KEY, customer_id TEXT, ordered TEXT, note TEXT);"                                    \
  "CREATE INDEX by_customer ON base_orders(customer_id); CREATE INDEX by_note ON base_orders(substr(note,1,40));"                   \
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<600) INSERT INTO base_orders SELECT i*7919%601,"             \
  "CASE WHEN i%3 THEN 'GONE-p-' ELSE 'STAY-p-' END||i, CASE WHEN i%3 THEN '" SHOP_OLD "' ELSE '" SHOP_NEW "' END,"                   \
  "CASE WHEN i%3 THEN 'GONE-n-' ELSE 'STAY-n-' END||i||replace(hex(zeroblob(CASE WHEN i%50=1 THEN 6000 ELSE 60 END)),'00','GONE STAY '||(i%3)) FROM n;"
/* Rows that stay do not speak of those that go. */
#define MEND "UPDATE base_orders SET note='STAY-n-'||id WHERE customer_id LIKE 'STAY%';"

static bool holds(const char *suffix, const char *marker) {
  char path[700];
  size_t length = 0;
  snprintf(path, sizeof path, "%s%s", shop.database, suffix);
  char *bytes = hostile_read(path, &length);
  bool found = bytes && length && memmem(bytes, length, marker, strlen(marker));
  free(bytes);
  return found;
}

static bool any_holds(const char *marker) {
  static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
  bool found = false;
  for (size_t i = 0; i < 4; i++) {
    bool here = holds(suffixes[i], marker);
    if (here && *marker == 'G') printf("# shop.db%s holds %s\n", suffixes[i], marker);
    found |= here;
  }
  return found;
}

typedef struct setting { const char *before, *after; int vacuum; } setting; /* of the database; `before` its tables are made */

static const setting settings[] = {
    {"PRAGMA secure_delete=ON;", "", 0},
    {"PRAGMA secure_delete=ON; PRAGMA page_size=512;", "", 0},
    {"PRAGMA secure_delete=ON; PRAGMA auto_vacuum=FULL;", "", 0},
    {"PRAGMA secure_delete=ON; PRAGMA auto_vacuum=INCREMENTAL;", "", 0},
    {"PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL;", "", 0},
    {"PRAGMA secure_delete=ON; PRAGMA encoding='UTF-8';", "ANALYZE;", 0},
    /* Others did not overwrite, so copies lie in free space. */
    {"PRAGMA secure_delete=OFF;", "", 1},
    {"PRAGMA secure_delete=OFF; PRAGMA page_size=1024;", "DELETE FROM base_orders WHERE id%7=1; ANALYZE;", 1},
    {"PRAGMA secure_delete=OFF; PRAGMA journal_mode=WAL;", "DELETE FROM base_orders WHERE id%7=1;", 1},
    {"PRAGMA secure_delete=OFF; PRAGMA journal_mode=PERSIST;", "UPDATE base_orders SET note=note||'x' WHERE id%2;", 1},
    {"PRAGMA secure_delete=OFF; PRAGMA journal_mode=TRUNCATE;", "", 1},
};

TEST(no_file_holds_what_was_erased) {
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    char sql[4096];
    snprintf(sql, sizeof sql, "%s %s %s %s", settings[i].before, FILL, MEND, settings[i].after);
    swept_shop_make(&shop, sql);
    shop.options.vacuum = settings[i].vacuum;
    shop.options.batch = 90;
    CHECK(any_holds("STAY-p-") && holds("", "GONE-p-") && holds("", "GONE-n-"));
    if (!swept_shop_sweep(&shop, 0)) HARNESS_FAIL("setting %zu: %s", i, shop.why.text ? shop.why.text : "");
    CHECK(shop.tally[0].erased > 300 && !shop.left);
    if (any_holds("GONE")) HARNESS_FAIL("setting %zu", i);
    CHECK(holds("", "STAY-p-") && holds("", "STAY-n-"));
    swept_shop_remove(&shop);
  }
}

/* Without writing the file anew, what lay in free space before may still be there: that is why there is --vacuum. */
TEST(free_space_of_before_is_what_vacuum_is_for) {
  char sql[4096];
  snprintf(sql, sizeof sql, "PRAGMA secure_delete=OFF; %s %s %s", FILL, MEND, "DELETE FROM base_orders WHERE id%7=1;");
  swept_shop_make(&shop, sql);
  REQUIRE(swept_shop_sweep(&shop, 0));
  CHECK(holds("", "GONE"));
  shop.options.vacuum = 1;
  REQUIRE(swept_shop_sweep(&shop, 0));
  CHECK(!holds("", "GONE"));
  swept_shop_remove(&shop);
}

/* A full-text index that a trigger keeps. */
TEST(a_full_text_index_forgets_too) {
  static const char *const declared[] = {"gone"};
  static const char *const modules[] = {"fts5(note)", "fts4(note)"};
  for (size_t i = 0; i < 2; i++) {
    char sql[4096];
    snprintf(sql, sizeof sql,
             "PRAGMA secure_delete=ON; CREATE TABLE order_lines(id INTEGER PRIMARY KEY, order_id INTEGER, customer_id TEXT, ordered TEXT); %s %s "
             "CREATE VIRTUAL TABLE words USING %s; INSERT INTO words(rowid,note) SELECT id,customer_id||' '||lower(note) FROM base_orders;"
             "CREATE TRIGGER gone AFTER DELETE ON base_orders BEGIN DELETE FROM words WHERE rowid=OLD.id; END;", FILL, MEND, modules[i]);
    swept_shop_make(&shop, sql);
    shop.options.declared = declared;
    shop.options.declared_count = 1;
    CHECK(holds("", "gone") && holds("", "GONE"));
    if (!swept_shop_sweep(&shop, 0)) HARNESS_FAIL("%s: %s", modules[i], shop.why.text ? shop.why.text : "");
    CHECK(!any_holds("GONE"));
    swept_shop_run(&shop, "DROP TRIGGER gone"); /* its name is the marker in lower case, as the index has it */
    CHECK(!any_holds("gone"));
    CHECK(holds("", "stay"));
    char *ids = swept_shop_ask(&shop, "SELECT count(*) FROM words WHERE words MATCH 'stay'");
    CHECK(strcmp(ids, "200 ") == 0);
    free(ids);
    swept_shop_remove(&shop);
  }
}

/* A reader that is in the middle of something keeps the write-ahead log as it is: told, and done by the next sweep. */
TEST(a_reader_keeps_the_write_ahead_log) {
  char sql[4096];
  sqlite3 *db;
  snprintf(sql, sizeof sql, "PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL; %s %s", FILL, MEND);
  swept_shop_make(&shop, sql);
  REQUIRE(sqlite3_open(shop.database, &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM base_orders", NULL, NULL, NULL) == SQLITE_OK);
  REQUIRE(swept_shop_sweep(&shop, 0));
  CHECK(shop.left && shop.tally[0].erased == 400);
  CHECK(holds("", "GONE"));
  REQUIRE(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
  REQUIRE(swept_shop_sweep(&shop, 0));
  CHECK(!shop.left && !any_holds("GONE"));
  sqlite3_close(db);
  swept_shop_remove(&shop);
}

/* An idle connection does not. */
TEST(an_idle_connection_keeps_nothing) {
  char sql[4096];
  sqlite3 *db;
  snprintf(sql, sizeof sql, "PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL; %s %s", FILL, MEND);
  swept_shop_make(&shop, sql);
  REQUIRE(sqlite3_open(shop.database, &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "SELECT count(*) FROM base_orders", NULL, NULL, NULL) == SQLITE_OK);
  REQUIRE(swept_shop_sweep(&shop, 0));
  CHECK(!shop.left && !any_holds("GONE"));
  sqlite3_close(db);
  swept_shop_remove(&shop);
}

HARNESS_MAIN
