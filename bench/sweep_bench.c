/* Sweep bench: a million rows and a list of a million holds, listed and erased, beside what SQLite does by itself.
 *
 * Every second row is old, and of those every fourth belongs to somebody who is held. Bare is a walk over the same columns, and the same rows
 * deleted by hand in one statement, with a table of the holds in the database. Processor time, and by the wall; files are in memory, so that
 * no disk is measured. EDICT_ROWS sets another number of rows. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/swept_shop.h"

static unsigned rows = 1000000;

typedef struct moment { double cpu, wall; } moment;

static double read_clock(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static moment here(void) { return (moment){read_clock(CLOCK_PROCESS_CPUTIME_ID), read_clock(CLOCK_MONOTONIC)}; }

static void tell(const char *what, moment from, double count) {
  moment to = here();
  printf("  %-56s %7.2f s  %9.0f rows/s   (%.2f s by the wall)\n", what, to.cpu - from.cpu, count / (to.cpu - from.cpu), to.wall - from.wall);
  fflush(stdout);
}

static void die(const char *what) {
  fprintf(stderr, "sweep bench: %s\n", what);
  exit(1);
}

/* Persons 0, 8, 16 and on are held: every fourth of the old ones; and as many who have no row. */
static char *make_holds(void) {
  size_t size = (size_t)rows * 16 + 64, used = 0;
  char *text = malloc(size);
  if (!text) die("memory");
  used += (size_t)snprintf(text, size, "person\n");
  for (unsigned i = 0; i < rows; i++) used += (size_t)snprintf(text + used, size - used, "p-%09u\n", i * 8);
  return text;
}

static char *make_sql(void) {
  static char sql[2048];
  snprintf(sql, sizeof sql,
           "PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL;"
           "CREATE TABLE base_orders(id INTEGER PRIMARY KEY, customer_id TEXT, ordered TEXT, note TEXT);"
           "CREATE INDEX by_customer ON base_orders(customer_id);"
           "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i+1<%u) INSERT INTO base_orders SELECT i+1,printf('p-%%09d',i),"
           "CASE WHEN i%%2 THEN '" SHOP_NEW "' ELSE '" SHOP_OLD "' END,'a note of some forty bytes or so, no more' FROM n;",
           rows);
  return sql;
}

static void walk(const swept_shop *shop) {
  moment from = here();
  free(swept_shop_ask(shop, "SELECT count(*) FROM base_orders WHERE customer_id>='p' AND ordered<'2024-11-21'"));
  tell("bare: a walk over the same columns", from, rows);
}

static void by_hand(swept_shop *shop) {
  char sql[512];
  snprintf(sql, sizeof sql,
           "CREATE TABLE holds(person TEXT PRIMARY KEY) WITHOUT ROWID; WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i+1<%u) "
           "INSERT INTO holds SELECT printf('p-%%09d',i*8) FROM n;", rows);
  swept_shop_run(shop, sql);
  moment from = here();
  swept_shop_run(shop, "PRAGMA secure_delete=ON; DELETE FROM base_orders WHERE ordered<'2024-11-21' AND customer_id NOT IN (SELECT person FROM holds)");
  tell("bare: deleted by hand in one statement", from, rows / 8.0 * 3);
}

static void check(const swept_shop *shop) {
  char *left = swept_shop_ask(shop, "SELECT count(*) FROM base_orders"), wanted[32];
  snprintf(wanted, sizeof wanted, "%u ", rows - rows / 8 * 3);
  if (strcmp(left, wanted) != 0) die("other rows are left than should be");
  free(left);
}

static void erase(swept_shop *shop, size_t batch, int vacuum) {
  char what[64];
  shop->options.batch = batch;
  shop->options.vacuum = vacuum;
  snprintf(what, sizeof what, "erased, %zu in a batch%s", batch, vacuum ? ", and the file written anew" : "");
  moment from = here();
  if (!swept_shop_sweep(shop, 0)) die(shop->why.text ? shop->why.text : "it could not be swept");
  tell(what, from, (double)shop->tally[0].erased);
  check(shop);
}

int main(void) {
  static swept_shop shop;
  static const struct { size_t batch; int vacuum; } runs[] = {{1000, 0}, {10000, 0}, {50000, 1}};
  const char *given = getenv("EDICT_ROWS");
  if (given) rows = (unsigned)strtoul(given, NULL, 10) / 8 * 8;
  char *holds = make_holds(), *sql = make_sql();
  moment from = here();
  swept_shop_make_holding(&shop, sql, holds);
  printf("%u rows, %u of them due; %u persons held (made in %.1f s)\n", rows, rows / 8 * 3, rows, here().cpu - from.cpu);
  walk(&shop);
  from = here();
  if (!swept_shop_list(&shop, 0)) die(shop.why.text ? shop.why.text : "it could not be listed");
  tell("listed", from, rows);
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
    if (i) swept_shop_renew(&shop, sql);
    erase(&shop, runs[i].batch, runs[i].vacuum);
  }
  swept_shop_renew(&shop, sql);
  by_hand(&shop);
  check(&shop);
  swept_shop_remove(&shop);
  free(holds);
  return 0;
}
