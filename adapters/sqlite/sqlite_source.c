/* Source: see the header. Names are quoted as identifiers and qualified with the table, so that a
 * column that is not there is an error and never a string. */
#include "adapters/sqlite/sqlite_source.h"

#include "adapters/sqlite/sqlite_words.h"

SQLITE_EXTENSION_INIT3

enum { BUSY_MILLISECONDS = 5000 };

/* What a SELECT over a table, or over a view of the product's owner, needs. */
static int authorize(void *user, int action, const char *first, const char *second,
                     const char *database, const char *origin) {
  (void)user;
  (void)first;
  (void)database;
  (void)origin;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION: return SQLITE_OK;
    case SQLITE_FUNCTION:
      return sqlite3_stricmp(second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    default: return SQLITE_DENY;
  }
}

static int configure(sqlite3 *db) {
  static const struct {
    int option, value;
  } options[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof options / sizeof *options && rc == SQLITE_OK; i++)
    rc = sqlite3_db_config(db, options[i].option, options[i].value, NULL);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(db, BUSY_MILLISECONDS);
  if (rc == SQLITE_OK)
    rc = sqlite3_exec(db, "PRAGMA query_only=1; PRAGMA cell_size_check=1", NULL, NULL, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_set_authorizer(db, authorize, NULL);
  return rc;
}

static void append_columns(sqlite3_str *sql, const edict_product *product, size_t dataset,
                           const unsigned char *wanted) {
  edict_column_info info;
  int any = 0;
  for (size_t c = 0; c < edict_product_top_column_count(product, dataset); c++) {
    if (!wanted[c] || edict_product_column_info(product, dataset, c, &info) != EDICT_OK) continue;
    sqlite3_str_appendf(sql, "%st.\"%w\"", any ? "," : "", info.physical_name);
    any = 1;
  }
  if (!any) sqlite3_str_appendall(sql, "1");
}

/* `more` stands behind the columns, `where` behind the table. */
static int prepare(edi_sqlite_guard *guard, size_t dataset, const unsigned char *wanted,
                   const char *more, const char *where, sqlite3_stmt **rows) {
  const edict_product *product = edi_sqlite_site_product(guard->site);
  *rows = NULL;
  sqlite3_str *sql = sqlite3_str_new(guard->source);
  sqlite3_str_appendall(sql, "SELECT ");
  append_columns(sql, product, dataset, wanted);
  sqlite3_str_appendf(sql, "%s FROM main.\"%w\" AS t%s", more,
                      edict_product_dataset_physical_name(product, dataset), where);
  char *text = sqlite3_str_finish(sql);
  if (!text) return SQLITE_NOMEM;
  int rc = sqlite3_prepare_v2(guard->source, text, -1, rows, NULL);
  sqlite3_free(text);
  return rc;
}

int edi_sqlite_source_prepare(edi_sqlite_guard *guard, size_t dataset, const unsigned char *wanted,
                              sqlite3_stmt **rows) {
  return prepare(guard, dataset, wanted, "", "", rows);
}

/* A column of that name would hide the row's number, and need not be unique. */
static int has_rowid_column(edi_sqlite_guard *guard, size_t dataset) {
  const char *table =
      edict_product_dataset_physical_name(edi_sqlite_site_product(guard->site), dataset);
  char *text = sqlite3_mprintf("SELECT * FROM main.\"%w\"", table);
  sqlite3_stmt *all = NULL;
  int found = !text || sqlite3_prepare_v2(guard->source, text, -1, &all, NULL) != SQLITE_OK;
  for (int c = 0; c < sqlite3_column_count(all) && !found; c++) {
    const char *name = sqlite3_column_name(all, c);
    found = !name || sqlite3_stricmp(name, "_rowid_") == 0;
  }
  sqlite3_finalize(all);
  sqlite3_free(text);
  return found;
}

int edi_sqlite_source_prepare_seek(edi_sqlite_guard *guard, size_t dataset,
                                   const unsigned char *wanted, sqlite3_stmt **rows,
                                   sqlite3_stmt **by_row) {
  *rows = *by_row = NULL;
  if (has_rowid_column(guard, dataset)) return SQLITE_ERROR;
  int rc = prepare(guard, dataset, wanted, ",t._rowid_", "", rows);
  return rc == SQLITE_OK ? prepare(guard, dataset, wanted, "", " WHERE t._rowid_=?1", by_row) : rc;
}

static int check_dataset(edi_sqlite_guard *guard, size_t dataset, char **why) {
  const edict_product *product = edi_sqlite_site_product(guard->site);
  size_t count = edict_product_top_column_count(product, dataset);
  unsigned char *wanted = sqlite3_malloc64(count + 1);
  sqlite3_stmt *rows;
  if (!wanted) return SQLITE_NOMEM;
  for (size_t c = 0; c < count; c++) wanted[c] = 1;
  int rc = edi_sqlite_source_prepare(guard, dataset, wanted, &rows);
  if (rc != SQLITE_OK)
    edi_sqlite_say(why, "the database does not hold dataset `%s`: %s",
                   edict_product_dataset_name(product, dataset), sqlite3_errmsg(guard->source));
  sqlite3_finalize(rows);
  sqlite3_free(wanted);
  return rc;
}

int edi_sqlite_source_open(edi_sqlite_guard *guard, char **why) {
  const edict_product *product = edi_sqlite_site_product(guard->site);
  int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_PRIVATECACHE;
  int rc = sqlite3_open_v2(edi_sqlite_site_database(guard->site), &guard->source, flags, NULL);
  if (rc == SQLITE_OK) rc = configure(guard->source);
  if (rc != SQLITE_OK) edi_sqlite_say(why, "the database cannot be opened: %s", sqlite3_errstr(rc));
  for (size_t d = 0; d < edict_product_dataset_count(product) && rc == SQLITE_OK; d++)
    rc = check_dataset(guard, d, why);
  if (rc != SQLITE_OK) edi_sqlite_source_close(guard);
  return rc == SQLITE_OK ? SQLITE_OK : SQLITE_ERROR;
}

void edi_sqlite_source_close(edi_sqlite_guard *guard) {
  /* _v2: a statement that is still there keeps it, not a leak of one. */
  sqlite3_close_v2(guard->source);
  guard->source = NULL;
}

int edi_sqlite_source_enter(edi_sqlite_guard *guard) {
  if (guard->readers == 0) {
    int rc = sqlite3_exec(guard->source, "BEGIN", NULL, NULL, NULL);
    if (rc != SQLITE_OK) return rc;
  }
  guard->readers++;
  return SQLITE_OK;
}

void edi_sqlite_source_leave(edi_sqlite_guard *guard) {
  if (--guard->readers > 0) return;
  guard->snapshot++;
  int rc = sqlite3_exec(guard->source, "ROLLBACK", NULL, NULL, NULL);
  if (rc != SQLITE_OK) sqlite3_log(rc, "edict: the private transaction did not end");
}
