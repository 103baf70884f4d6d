/* Sweeps that are killed, and calls of SQLite's files that fail: wherever it happens, the next sweep ends with exactly the
 * due rows gone, each of them in the log once, and no batch told twice. */
#include "harness.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/faulty_vfs.h"
#include "support/swept_shop.h"

#define DELETE_MODE ""
#define WAL_MODE    "PRAGMA journal_mode=WAL;"
static const char rows[] =
    "CREATE TABLE base_orders(id INTEGER PRIMARY KEY, customer_id TEXT, ordered TEXT, note TEXT);"
    "CREATE INDEX by_customer ON base_orders(customer_id);"
    "INSERT INTO base_orders VALUES(1,'p-1','" SHOP_OLD "',''),(2,'p-2','" SHOP_OLD "',''),(3,'p-held','" SHOP_OLD "',''),"
    "(4,'p-4','" SHOP_OLD "',''),(5,'p-5','" SHOP_OLD "',''),(6,'p-6','" SHOP_NEW "',''),(7,'p-7','" SHOP_OLD "','');";
static const char due[] = "1 2 4 5 7 ", left[] = "3 6 ";

static swept_shop shop;
static unsigned die_at;

static void die(swept_shop *s, edi_sweep_point point, const char *dataset, uint64_t count) {
  (void)point;
  (void)dataset;
  (void)count;
  if (s->points == die_at) raise(SIGKILL);
}

static void make(const char *mode) {
  char sql[2048];
  snprintf(sql, sizeof sql, "%s%s", mode, rows);
  if (shop.turn) swept_shop_renew(&shop, sql);
  else swept_shop_make(&shop, sql);
  shop.options.batch = 2;
}

/* After the last of a test. */
static void end(void) {
  faulty_vfs_arm(FAULTY_NONE, 0);
  swept_shop_remove(&shop);
  shop.turn = 0;
}

/* Sweeps in a process of its own, which may die. Whether it did. */
static bool sweep_apart(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    (void)swept_shop_sweep(&shop, 0);
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) abort();
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* What holds once a sweep has come to its end, whatever was before. */
static bool all_is_well(void) {
  shop.randomness = (uint8_t)(shop.randomness + 100); /* another sweep, other random bytes */
  bool swept = swept_shop_sweep(&shop, 0);
  char *ids = swept_shop_ask(&shop, "SELECT id FROM base_orders ORDER BY id");
  char *tables = swept_shop_ask(&shop, "SELECT count(*) FROM sqlite_schema WHERE name='edict_sweep'");
  char *whole = swept_shop_ask(&shop, "PRAGMA integrity_check");
  bool good = swept && strcmp(ids, left) == 0 && strcmp(tables, "0 ") == 0 && strcmp(whole, "ok ") == 0;
  if (!good) printf("# swept %d (%s), left %s, tables %s, %s\n", swept, shop.why.text ? shop.why.text : "", ids, tables, whole);
  free(ids);
  free(tables);
  free(whole);
  return swept_shop_log_says(&shop, due) && good;
}

/* ---- killed at each point of a sweep ---- */

static unsigned kill_at_each_point(const char *mode, unsigned *resumed) {
  unsigned n = 1;
  for (bool killed = true; killed; n++) {
    make(mode);
    shop.point = die;
    die_at = n;
    killed = sweep_apart();
    shop.point = NULL;
    if (!all_is_well()) HARNESS_FAIL("killed at point %u", n);
    *resumed += (unsigned)shop.resumed;
  }
  return n - 2;
}

TEST(killed_at_each_point) {
  static const char *const modes[] = {DELETE_MODE, WAL_MODE};
  for (size_t i = 0; i < 2; i++) {
    unsigned resumed = 0, points = kill_at_each_point(modes[i], &resumed);
    printf("# %u points, at %u of which the log did not know yet\n", points, resumed);
    CHECK(points > 12 && resumed == 3); /* three batches */
  }
  end();
}

/* The one that goes on is killed too. */
TEST(killed_twice) {
  for (unsigned first = 2; first <= 11; first += 6)
    for (unsigned second = 1; second <= 7; second += 3) {
      make(DELETE_MODE);
      shop.point = die;
      die_at = first;
      (void)sweep_apart();
      die_at = second;
      shop.randomness = 50;
      (void)sweep_apart();
      shop.point = NULL;
      if (!all_is_well()) HARNESS_FAIL("killed at %u, then at %u", first, second);
    }
  end();
}

/* ---- the log fails ---- */

/* No file may grow from here on: what is sealed cannot be written. */
static void fill_disk(swept_shop *s, edi_sweep_point point, const char *dataset, uint64_t count) {
  struct rlimit limit = {.rlim_cur = 1};
  (void)dataset;
  (void)count;
  if (point != EDI_SWEEP_COMMITTED || s->points < die_at) return;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0) abort();
  limit.rlim_cur = 1;
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) abort();
}

/* A batch is gone and cannot be logged: the sweep ends, and the next one logs it first. */
TEST(the_log_takes_no_more) {
  (void)signal(SIGXFSZ, SIG_IGN);
  for (unsigned from = 1; from <= 9; from += 4) {
    struct rlimit limit;
    make(DELETE_MODE);
    shop.point = fill_disk;
    die_at = from;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0) abort();
    bool swept = swept_shop_sweep(&shop, 0);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) abort();
    shop.point = NULL;
    CHECK(!swept && shop.why.text);
    if (!all_is_well()) HARNESS_FAIL("the log failed from point %u on", from);
    CHECK(shop.resumed == 1);
  }
  end();
}

static char away[700];

static void move_log(swept_shop *s, edi_sweep_point point, const char *dataset, uint64_t count) {
  (void)dataset;
  (void)count;
  if (point != EDI_SWEEP_COMMITTED || *away) return;
  snprintf(away, sizeof away, "%s-away", s->log_folder);
  if (rename(s->log_folder, away) != 0) abort();
}

/* The log alone fails: the database could be written, and the note must stay in it. */
TEST(the_log_is_gone_for_a_while) {
  make(DELETE_MODE);
  shop.point = move_log;
  CHECK(!swept_shop_sweep(&shop, 0) && shop.log_failed);
  shop.point = NULL;
  REQUIRE(rename(away, shop.log_folder) == 0);
  CHECK(all_is_well() && shop.resumed == 1);
  end();
}

/* ---- killed, or failing, at each call of a file ---- */

static unsigned break_each_call(const char *mode, faulty_kind kind, unsigned *failed) {
  unsigned n = 1, all = 1;
  for (; n <= all; n++) {
    make(mode);
    if (kind == FAULTY_KILLED) {
      faulty_vfs_arm(kind, n);
      *failed += sweep_apart();
    } else {
      faulty_vfs_arm(kind, n);
      *failed += !swept_shop_sweep(&shop, 0);
    }
    if (n == 1) { /* how many there are */
      faulty_vfs_arm(FAULTY_NONE, 0);
      make(mode);
      faulty_vfs_arm(FAULTY_NONE, 0);
      (void)swept_shop_sweep(&shop, 0);
      all = faulty_vfs_calls();
    }
    faulty_vfs_arm(FAULTY_NONE, 0);
    if (!all_is_well()) HARNESS_FAIL("%s, kind %d, call %u of %u", *mode ? "write-ahead log" : "journal", (int)kind, n, all);
  }
  return all;
}

static void check_breaking(faulty_kind kind) {
  static const char *const modes[] = {DELETE_MODE, WAL_MODE};
  faulty_vfs_install();
  for (size_t i = 0; i < 2; i++) {
    unsigned failed = 0, all = break_each_call(modes[i], kind, &failed);
    printf("# %u calls, each of them broken: %u sweeps did not come to an end\n", all, failed);
    CHECK(all > 100 && failed + 5 > all); /* closing a file that fails stops nobody */
  }
  end();
}

TEST(a_call_fails_once) { check_breaking(FAULTY_ONCE); }
TEST(a_disk_dies) { check_breaking(FAULTY_DEAD); }
TEST(killed_at_a_call) { check_breaking(FAULTY_KILLED); }

HARNESS_MAIN
