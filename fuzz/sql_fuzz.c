/* Fuzz: any text as SQL on a guarded connection.
 *
 * Whatever runs, no answer and no error holds a raw value of the base tables: they hold a word that no
 * input knows, and it is looked for in letters and in hex. One connection serves all inputs; now and
 * then it is looked at whether it is still sealed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/guarded.h"

enum { INPUT_MOST = 65536, STEPS_MOST = 200, STEPS_EACH = 1000, CHECK_EACH = 16 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static guarded product;
static sqlite3 *db;
static const char *const secrets[] = {"Zq7x0PdV3k", "5A71377830506456336B", "5a71377830506456336b"};

static void clean_up(void) {
  sqlite3_close(db);
  guarded_remove(&product);
}

/* The rows of tests/sqlite/, with the secret in each value that must not be seen. */
static int hide_secret(void) {
  static const char sql[] =
      "UPDATE base_orders SET customer_id = customer_id || :s, email = :s || email, phone = :s || "
      "phone || '1234', note = :s, unlisted = :s;"
      "UPDATE base_orders SET amount = :s WHERE country NOT IN ('de', 'fr') OR country IS NULL;"
      "UPDATE base_customers SET name = :s, id = id || :s; UPDATE unlisted_table SET secret = :s;";
  sqlite3 *writer;
  int rc = sqlite3_open(guarded_path(&product, "shop.db"), &writer);
  for (const char *at = sql; rc == SQLITE_OK && *at;) {
    sqlite3_stmt *statement = NULL;
    rc = sqlite3_prepare_v2(writer, at, -1, &statement, &at);
    if (rc == SQLITE_OK) rc = sqlite3_bind_text(statement, 1, secrets[0], -1, SQLITE_STATIC);
    if (rc == SQLITE_OK && sqlite3_step(statement) != SQLITE_DONE) rc = SQLITE_ERROR;
    sqlite3_finalize(statement);
  }
  sqlite3_close(writer);
  return rc == SQLITE_OK;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  if (!guarded_make(&product) || !hide_secret()) abort();
  char *token = guarded_support_token();
  db = guarded_open(&product, token);
  free(token);
  if (!db) abort();
  atexit(clean_up);
  return 0;
}

static int count_steps(void *user) { return ++*(int *)user > STEPS_MOST; }

static char *run(const char *sql) {
  int steps = 0;
  sqlite3_progress_handler(db, STEPS_EACH, count_steps, &steps);
  char *got = guarded_run(db, sql);
  sqlite3_progress_handler(db, 0, NULL, NULL);
  return got;
}

static void check_sealed(void) {
  free(run("ROLLBACK"));
  char *got = run("SELECT edict_purpose('support'); SELECT count(*), max(phone) FROM orders; "
                  "SELECT readfile('x')");
  int refused = strncmp(got, "error: no such function: readfile", 33) == 0;
  free(got);
  got = run("SELECT id FROM orders WHERE id < 13; SELECT sqlite_version()");
  if (!refused || strncmp(got, "error: not authorized", 21) != 0) abort();
  free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static unsigned inputs;
  if (size > INPUT_MOST) return 0;
  char *sql = malloc(size + 1);
  if (!sql) return 0;
  memcpy(sql, data, size);
  sql[size] = '\0';
  free(run("SELECT edict_purpose('support')"));
  char *got = run(sql);
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    if (strstr(got, secrets[i])) abort();
  free(got);
  free(sql);
  /* Each check is logged, and so waits for the disk. */
  if (++inputs % CHECK_EACH == 0) check_sealed();
  return 0;
}
