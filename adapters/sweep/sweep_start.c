/* Start: SQLite as a program links it, a private connection, and small statements on it.
 *
 * The connection overwrites what it deletes, keeps what it must remember for a while in memory, obeys foreign keys, and
 * lets the schema use modules and functions only where something of it was declared. */
#include "adapters/sweep/sweep_parts.h"

#include <stdarg.h>
#include <string.h>

SQLITE_EXTENSION_INIT3

static edict_sweep_trouble trouble_of(int rc) {
  static const struct { int code; edict_sweep_trouble trouble; } table[] = {
      {SQLITE_BUSY, EDICT_SWEEP_BUSY},         {SQLITE_LOCKED, EDICT_SWEEP_BUSY},    {SQLITE_READONLY, EDICT_SWEEP_READONLY},
      {SQLITE_CORRUPT, EDICT_SWEEP_DAMAGED},   {SQLITE_NOTADB, EDICT_SWEEP_DAMAGED}, {SQLITE_CONSTRAINT, EDICT_SWEEP_CONSTRAINT},
      {SQLITE_CANTOPEN, EDICT_SWEEP_FILE},     {SQLITE_PERM, EDICT_SWEEP_FILE},      {SQLITE_IOERR, EDICT_SWEEP_FILE},
      {SQLITE_FULL, EDICT_SWEEP_FILE},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (table[i].code == (rc & 0xFF)) return table[i].trouble;
  return EDICT_SWEEP_NO_TROUBLE;
}

/* What a trigger says may hold values of rows. */
static const char *words_of(const edi_sweeper *s, int rc) {
  return s->db && sqlite3_extended_errcode(s->db) != SQLITE_CONSTRAINT_TRIGGER ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
}

int edi_sweep_fail(edi_sweeper *s, const char *what, int rc) {
  if (rc == SQLITE_OK) return rc;
  if (!*s->why) *s->trouble = trouble_of(rc);
  if (rc == SQLITE_NOMEM) edi_sqlite_say(s->why, "no memory is left");
  else if (trouble_of(rc) == EDICT_SWEEP_BUSY) edi_sqlite_say(s->why, "%s: somebody else holds the database", what);
  else edi_sqlite_say(s->why, "%s: %s", what, words_of(s, rc));
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
static int configure(sqlite3 *db, const edi_sweeper_options *o) {
  int declared = o->declared_count > 0;
  const struct { int option, value; } options[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_TRUSTED_SCHEMA, declared}, {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},     {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}, {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof options / sizeof *options && rc == SQLITE_OK; i++)
    rc = sqlite3_db_config(db, options[i].option, options[i].value, NULL);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(db, o->wait ? (int)o->wait : EDI_SWEEP_BUSY_MILLISECONDS);
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
  if (rc == SQLITE_OK) rc = configure(s->db, s->options);
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
