/* Start: SQLite as a program links it, a private connection, and small statements on it.
 *
 * The connection overwrites what it deletes, keeps what it must remember for a while in memory, obeys foreign keys, and
 * lets the schema use modules and functions only where something of it was declared. */
#include "adapters/sweep/sweep_parts.h"

#include <stdarg.h>
#include <string.h>

SQLITE_EXTENSION_INIT3

int edi_sweep_fail(edi_sweeper *s, const char *what, int rc) {
  if (rc == SQLITE_OK) return rc;
  if (rc == SQLITE_NOMEM) edi_sqlite_say(s->why, "no memory is left");
  else if ((rc & 0xFF) == SQLITE_BUSY) edi_sqlite_say(s->why, "%s: somebody else holds the database", what);
  else edi_sqlite_say(s->why, "%s: %s", what, s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
  return rc;
}

int edi_sweep_run(edi_sweeper *s, const char *sql) {
  int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
  return edi_sweep_fail(s, "the database refused", rc);
}

int edi_sweep_runf(edi_sweeper *s, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  int rc = sql ? edi_sweep_run(s, sql) : edi_sweep_fail(s, "", SQLITE_NOMEM);
  sqlite3_free(sql);
  return rc;
}

int edi_sweep_prepare(edi_sweeper *s, sqlite3_stmt **statement, const char *format, ...) {
  va_list arguments;
  *statement = NULL;
  va_start(arguments, format);
  char *sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  int rc = sql ? sqlite3_prepare_v2(s->db, sql, -1, statement, NULL) : SQLITE_NOMEM;
  sqlite3_free(sql);
  return edi_sweep_fail(s, "the database refused", rc);
}

int edi_sweep_number(edi_sweeper *s, const char *sql, int64_t otherwise, int64_t *number) {
  sqlite3_stmt *statement = NULL;
  int rc = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);
  *number = otherwise;
  if (rc == SQLITE_OK) rc = sqlite3_step(statement);
  if (rc == SQLITE_ROW) *number = sqlite3_column_int64(statement, 0);
  if (rc == SQLITE_ROW || rc == SQLITE_DONE) rc = SQLITE_OK;
  sqlite3_finalize(statement);
  return edi_sweep_fail(s, "the database refused", rc);
}

/* What the owner declared may use the modules of SQLite, such as those of full-text indexes. */
static int configure(sqlite3 *db, int declared) {
  const struct { int option, value; } options[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_TRUSTED_SCHEMA, declared}, {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},     {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}, {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof options / sizeof *options && rc == SQLITE_OK; i++)
    rc = sqlite3_db_config(db, options[i].option, options[i].value, NULL);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(db, EDI_SWEEP_BUSY_MILLISECONDS);
  return rc;
}

/* Whether the file keeps a write-ahead log. */
static int read_journal(edi_sweeper *s) {
  sqlite3_stmt *statement;
  int rc = edi_sweep_prepare(s, &statement, "PRAGMA main.journal_mode");
  if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
    s->wal = sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
  sqlite3_finalize(statement);
  return rc;
}

/* With a slash in front of it or in it, so that no name is taken for a URI or for a database in memory. */
static int open_file(edi_sweeper *s, int flags) {
  const char *path = s->options->database;
  char *name = sqlite3_mprintf("%s%s", *path == '/' ? "" : "./", path);
  int rc = name ? sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL) : SQLITE_NOMEM;
  sqlite3_free(name);
  return rc;
}

int edi_sweep_connect(edi_sweeper *s) {
  int writes = s->options->log != NULL;
  int rc = open_file(s, writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  if (rc == SQLITE_OK) rc = configure(s->db, s->options->declared_count > 0);
  if (edi_sweep_fail(s, "the database cannot be opened", rc) != SQLITE_OK) return rc;
  rc = edi_sweep_run(s, "PRAGMA cell_size_check=1; PRAGMA temp_store=MEMORY");
  if (rc == SQLITE_OK && writes) rc = edi_sweep_run(s, "PRAGMA secure_delete=ON; PRAGMA synchronous=EXTRA");
  if (rc == SQLITE_OK) rc = read_journal(s);
  int64_t on = 0;
  if (rc == SQLITE_OK) rc = edi_sweep_number(s, "PRAGMA main.secure_delete", 0, &on);
  if (rc == SQLITE_OK && writes && on != 1) {
    edi_sqlite_say(s->why, "this SQLite does not overwrite what it deletes");
    return SQLITE_ERROR;
  }
  return rc;
}
