/* Sealing: from a connection with nothing in it to one with the guarded tables and nothing else.
 *
 * Once sealing has begun there is no way back: either all of it is done, or the connection is
 * broken and its authorizer refuses every statement. */
#include <string.h>

#include "adapters/sqlite/guarded_table.h"
#include "adapters/sqlite/sqlite_guard.h"
#include "adapters/sqlite/sqlite_words.h"

SQLITE_EXTENSION_INIT3

/* ---- before ---- */

/* SQLITE_ROW if the query has a row, SQLITE_DONE if it has none. */
static int look(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_step(statement);
  sqlite3_finalize(statement);
  return rc;
}

/* Databases besides main and temp; -1 if it cannot be told. */
static int count_attached(sqlite3 *db) {
  sqlite3_stmt *statement = NULL;
  int count = 0;
  int rc = sqlite3_prepare_v2(db, "PRAGMA database_list", -1, &statement, NULL);
  while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
    count += sqlite3_column_int(statement, 0) > 1;
    rc = SQLITE_OK;
  }
  return sqlite3_finalize(statement) == SQLITE_OK && rc == SQLITE_DONE ? count : -1;
}

/* Statements in the middle of their work, the one that called edict_open included. */
static int count_busy(sqlite3 *db) {
  int busy = 0;
  for (sqlite3_stmt *s = sqlite3_next_stmt(db, NULL); s; s = sqlite3_next_stmt(db, s))
    busy += sqlite3_stmt_busy(s) != 0;
  return busy;
}

int edi_sqlite_seal_check(edi_sqlite_guard *guard, char **why) {
  sqlite3 *db = guard->db;
  const char *file = sqlite3_db_filename(db, "main");
  if (sqlite3_libversion_number() < 3031000) edi_sqlite_say(why, "SQLite is older than 3.31");
  else if (file && file[0])
    edi_sqlite_say(why,
                   "the connection has a database file: guard an empty one in memory (:memory:)");
  else if (!sqlite3_get_autocommit(db)) edi_sqlite_say(why, "the connection is in a transaction");
  else if (count_busy(db) > 1)
    edi_sqlite_say(why, "another statement of the connection is running");
  else if (count_attached(db) != 0) edi_sqlite_say(why, "another database is attached");
  else if (look(db, "SELECT 1 FROM main.sqlite_master LIMIT 1") != SQLITE_DONE)
    edi_sqlite_say(why, "the main database is not empty");
  else if (look(db, "SELECT 1 FROM temp.sqlite_master LIMIT 1") != SQLITE_DONE)
    edi_sqlite_say(why, "the connection has temporary objects");
  else return SQLITE_OK;
  return SQLITE_ERROR;
}

/* ---- closing the connection ---- */

static int configure(sqlite3 *db) {
  static const struct {
    int option, value;
  } options[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof options / sizeof *options && rc == SQLITE_OK; i++)
    rc = sqlite3_db_config(db, options[i].option, options[i].value, NULL);
  return rc;
}

/* What SQL text may still ask for is bounded: memory by values, time by patterns. */
static void limit(sqlite3 *db) {
  static const struct {
    int id, most;
  } limits[] = {
      {SQLITE_LIMIT_ATTACHED, 0},          {SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024},
      {SQLITE_LIMIT_SQL_LENGTH, 1000000},  {SQLITE_LIMIT_EXPR_DEPTH, 1000},
      {SQLITE_LIMIT_COMPOUND_SELECT, 500}, {SQLITE_LIMIT_VDBE_OP, 1000000},
      {SQLITE_LIMIT_FUNCTION_ARG, 127},    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 1},     {SQLITE_LIMIT_WORKER_THREADS, 0},
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    if (sqlite3_limit(db, limits[i].id, -1) > limits[i].most)
      sqlite3_limit(db, limits[i].id, limits[i].most);
}

static int keep_module(edi_sqlite_guard *guard, const char *name) {
  char **more = sqlite3_realloc64(guard->modules, (guard->module_count + 1) * sizeof *more);
  if (!more) return SQLITE_NOMEM;
  guard->modules = more;
  char *copy = name ? sqlite3_mprintf("%s", name) : NULL;
  if (!copy) return SQLITE_NOMEM;
  guard->modules[guard->module_count++] = copy;
  return SQLITE_OK;
}

/* A SQLite that does not tell its modules cannot be guarded. */
static int keep_modules(edi_sqlite_guard *guard) {
  sqlite3_stmt *statement = NULL;
  int rc = sqlite3_prepare_v2(guard->db, "PRAGMA module_list", -1, &statement, NULL);
  while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW)
    rc = keep_module(guard, (const char *)sqlite3_column_text(statement, 0));
  int closed = sqlite3_finalize(statement);
  if (rc != SQLITE_DONE) return rc == SQLITE_OK ? SQLITE_ERROR : rc;
  return closed != SQLITE_OK ? closed : guard->module_count ? SQLITE_OK : SQLITE_ERROR;
}

static int create_tables(edi_sqlite_guard *guard, char **why) {
  const edict_product *product = edi_sqlite_site_product(guard->site);
  int rc = SQLITE_OK;
  for (size_t d = 0; d < edict_product_dataset_count(product) && rc == SQLITE_OK; d++) {
    const char *name = edict_product_dataset_name(product, d);
    char *sql = sqlite3_mprintf("CREATE VIRTUAL TABLE main.\"%w\" USING " EDI_SQLITE_MODULE, name);
    if (!sql) return SQLITE_NOMEM;
    rc = sqlite3_exec(guard->db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    if (rc != SQLITE_OK)
      edi_sqlite_say(why, "dataset `%s` cannot be a table: %s", name, sqlite3_errmsg(guard->db));
  }
  return rc;
}

/* SQLite makes these two tables at their first use, for which the authorizer would have to be
 * asked. */
static void use_json(sqlite3 *db) {
  (void)look(db, "SELECT 1 FROM json_each('[]')");
  (void)look(db, "SELECT 1 FROM json_tree('[]')");
}

static int close_connection(edi_sqlite_guard *guard, char **why) {
  int rc = configure(guard->db);
  if (rc == SQLITE_OK) rc = edi_sqlite_table_register(guard);
  if (rc == SQLITE_OK) rc = keep_modules(guard);
  use_json(guard->db);
  guard->creating = 1;
  if (rc == SQLITE_OK) rc = create_tables(guard, why);
  guard->creating = 0;
  if (rc == SQLITE_OK) rc = sqlite3_exec(guard->db, "PRAGMA query_only=1", NULL, NULL, NULL);
  limit(guard->db);
  return rc;
}

int edi_sqlite_seal(edi_sqlite_guard *guard, char **why) {
  guard->state = EDI_SQLITE_BROKEN;
  int rc = close_connection(guard, why);
  int authorized = sqlite3_set_authorizer(guard->db, edi_sqlite_authorize, guard);
  if (rc == SQLITE_OK && authorized == SQLITE_OK) {
    guard->state = EDI_SQLITE_SEALED;
    return SQLITE_OK;
  }
  edi_sqlite_say(why, "sealing failed, and the connection is of no more use: %s",
                 sqlite3_errstr(rc != SQLITE_OK ? rc : authorized));
  return SQLITE_ERROR;
}
