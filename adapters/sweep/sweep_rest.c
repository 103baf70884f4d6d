/* Rest: what deleting leaves, as far as SQLite can take it away.
 *
 * Pages are overwritten as rows go (secure_delete). Copies may be in samples that ANALYZE took, in full-text indexes that
 * declared triggers keep, in the write-ahead log, and, from before, in free space: the first three are always taken away, the
 * last by writing the file anew. */
#include "adapters/sweep/sweep_parts.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

static int has_table(edi_sweeper *s, const char *name, int64_t *there) {
  char *sql = sqlite3_mprintf("SELECT count(*) FROM sqlite_schema WHERE type='table' AND name=%Q", name);
  int rc = sql ? edi_sweep_number(s, sql, 0, there) : SQLITE_NOMEM;
  sqlite3_free(sql);
  return rc;
}

/* Keys of rows, as ANALYZE sampled them. */
static int forget_samples(edi_sweeper *s) {
  static const char *const tables[] = {"sqlite_stat4", "sqlite_stat3"};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < 2 && rc == SQLITE_OK; i++) {
    int64_t there = 0;
    rc = has_table(s, tables[i], &there);
    for (size_t k = 0; k < s->swept_count && there && rc == SQLITE_OK; k++)
      rc = edi_sweep_runf(s, "DELETE FROM main.%s WHERE tbl=%Q COLLATE NOCASE", tables[i], s->tables[s->swept[k]].table);
  }
  return rc;
}

/* A full-text index keeps what was taken out of it until its parts are merged. */
static int merge_indexes(edi_sweeper *s) {
  sqlite3_stmt *indexes;
  int rc = edi_sweep_prepare(s, &indexes,
                             "SELECT name FROM sqlite_schema WHERE type='table' AND (sql LIKE 'create virtual table%%using fts5%%' OR "
                             "sql LIKE 'create virtual table%%using fts4%%' OR sql LIKE 'create virtual table%%using fts3%%')");
  while (rc == SQLITE_OK && (rc = sqlite3_step(indexes)) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(indexes, 0);
    rc = edi_sweep_runf(s, "INSERT INTO main.\"%w\"(\"%w\") VALUES('optimize')", name, name);
  }
  if (rc == SQLITE_DONE) rc = SQLITE_OK;
  sqlite3_finalize(indexes);
  return edi_sweep_fail(s, "a full-text index cannot be merged", rc);
}

static int empty_log(edi_sweeper *s) {
  int64_t busy = 0;
  if (!s->wal) return SQLITE_OK;
  int rc = edi_sweep_number(s, "PRAGMA main.wal_checkpoint(TRUNCATE)", 1, &busy);
  s->left = busy != 0;
  return rc;
}

/* Attaches a file for a while, in which large databases have room; triggers of this connection go with the change of where
 * temporary things are kept. */
static int write_anew(edi_sweeper *s) {
  sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 1);
  int rc = edi_sweep_run(s, "PRAGMA temp_store=FILE; VACUUM main");
  sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
  s->vacuumed = rc == SQLITE_OK;
  return rc;
}

int edi_sweep_clean(edi_sweeper *s) {
  int rc = edi_sweep_drop_notes(s);
  if (rc == SQLITE_OK) rc = forget_samples(s);
  if (rc == SQLITE_OK && s->guarded) rc = merge_indexes(s);
  if (rc == SQLITE_OK && s->options->vacuum) rc = write_anew(s);
  return rc == SQLITE_OK ? empty_log(s) : rc;
}
