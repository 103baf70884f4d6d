/* Memory: SQLite's allocator fails at the 1st, 2nd, 3rd ... wish of a connection's life, until that life
 * passes without one. Each earlier one ends in an error or in the right answer, shows nothing that is
 * hidden, and gives everything back. */
#include "harness.h"
#include "support/guarded.h"

static sqlite3_mem_methods real;
static long wishes, fail_at; /* fail_at 0: never */
static bool fails_on;        /* whether all wishes after it fail too */

static bool refuse(void) {
  wishes++;
  return fail_at && (wishes == fail_at || (fails_on && wishes > fail_at));
}

static void *failing_malloc(int size) { return refuse() ? NULL : real.xMalloc(size); }

static void *failing_realloc(void *block, int size) {
  return refuse() ? NULL : real.xRealloc(block, size);
}

static bool install(void) {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK) return false;
  sqlite3_mem_methods failing = real;
  failing.xMalloc = failing_malloc;
  failing.xRealloc = failing_realloc;
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) == SQLITE_OK;
}

static guarded product;
static char *token;

static const char query[] = "SELECT o.id, o.phone, c.born, o.collected_at FROM customers c JOIN "
                            "orders o ON o.customer = c.customer "
                            "AND o.country = c.country WHERE o.id < 14 ORDER BY o.id";
static const char answer[] = "11|***********1234|9999-12-31|2026-03-01T00:00:00Z\n"
                             "13|***********5678|9999-12-31|2026-03-02 10:00:00";

/* Whether what was run gave `expected`; an error may stand in its place, a secret never. */
static bool run(sqlite3 *db, const char *sql, const char *expected) {
  char *got = guarded_run(db, sql);
  bool right = strcmp(got, expected) == 0;
  if (!right && strncmp(got, "error: ", 7) != 0)
    HARNESS_FAIL("wish %ld: %s gives %s", fail_at, sql, got);
  if (strstr(got, "MARKER") || strstr(got, "HIDDEN")) HARNESS_FAIL("wish %ld: %s", fail_at, got);
  free(got);
  return right;
}

/* A connection from its beginning to its end; whether all of it went well. */
static bool live(const char *open_sql) {
  sqlite3 *db = NULL;
  bool good = sqlite3_open(":memory:", &db) == SQLITE_OK;
  good = good && run(db, open_sql, "sales.shop") &&
         run(db, "SELECT edict_purpose('support')", "support") && run(db, query, answer) &&
         run(db,
             "SELECT edict_explain() LIKE 'permitted by%', edict_decision() LIKE "
             "'{\"decision\":\"permit\"%'",
             "1|1");
  fail_at = 0;
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
  return good;
}

static void live_with_failures(bool on, long stride) {
  char *open_sql = sqlite3_mprintf("SELECT edict_open(%Q, %Q)", product.config, token);
  wishes = 0;
  CHECK(live(open_sql));
  long most = wishes, failed = 0;
  sqlite3_int64 used = sqlite3_memory_used();
  fails_on = on;
  for (long n = 1; n <= most; n += stride) {
    wishes = 0;
    fail_at = n;
    failed += !live(open_sql);
    if (sqlite3_memory_used() != used) {
      HARNESS_FAIL("wish %ld: %lld bytes are not given back", n, sqlite3_memory_used() - used);
      break;
    }
  }
  CHECK(live(open_sql));
  CHECK(failed > 100);
  printf("# %ld wishes, %ld of the failures were felt\n", most, failed);
  sqlite3_free(open_sql);
}

static sqlite3 *first; /* holds the log, so that each life is short */

static bool ready(void) {
  if (first) return true;
  if (!install() || !guarded_make(&product)) return false;
  token = guarded_support_token();
  first = guarded_open(&product, token);
  return first != NULL;
}

TEST(one_failure)
{
  REQUIRE(ready());
  live_with_failures(false, 2);
}

TEST(no_more_memory)
{
  REQUIRE(ready());
  live_with_failures(true, 7);
}

/* The configuration too is read and let go. */
TEST(failures_of_the_first_to_open)
{
  REQUIRE(ready());
  sqlite3_close(first);
  first = NULL;
  char *open_sql = sqlite3_mprintf("SELECT edict_open(%Q, %Q)", product.config, token);
  sqlite3_int64 used = sqlite3_memory_used();
  for (long n = 1; n <= 60; n++) {
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
    wishes = 0;
    fail_at = n;
    fails_on = true;
    (void)run(db, open_sql, "sales.shop");
    fail_at = 0;
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
    CHECK_INT(sqlite3_memory_used(), used);
  }
  sqlite3_free(open_sql);
  guarded_remove(&product);
  free(token);
}

HARNESS_MAIN
