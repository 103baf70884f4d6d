/* List: one walk over a table that counts what is to become of its rows, and gives the keys of those to be erased. */
#include "adapters/sweep/sweep_parts.h"

SQLITE_EXTENSION_INIT3

static int prepare(edi_sweep_table *t, sqlite3_stmt **rows) {
  char *call = edi_sweep_call(t, "t");
  int wants = t->sweeper->options->row != NULL;
  int rc = call ? edi_sweep_prepare(t->sweeper, rows, "SELECT %s,%s FROM main.\"%w\" AS t%s%s", wants ? t->told : "NULL", call, t->table,
                                    wants ? " ORDER BY " : "", wants ? t->keys : "")
                : edi_sweep_fail(t->sweeper, "", SQLITE_NOMEM);
  sqlite3_free(call);
  return rc;
}

static int tell(edi_sweep_table *t, sqlite3_stmt *rows) {
  const edi_sweeper_options *o = t->sweeper->options;
  edi_sweep_key key;
  if (!o->row) return SQLITE_OK;
  int rc = edi_sweep_key_keep(rows, t->told_count, &key);
  char *text = rc == SQLITE_OK ? edi_sweep_key_text(&key, t->told_count) : NULL;
  if (rc == SQLITE_OK) edi_sweep_key_forget(&key, t->told_count);
  if (!text) return SQLITE_NOMEM;
  rc = o->row(o->user, t->name, text) ? SQLITE_ABORT : SQLITE_OK;
  if (rc == SQLITE_ABORT) edi_sqlite_say(t->sweeper->why, "what is listed cannot be written");
  sqlite3_free(text);
  return rc;
}

static void count(edi_sweep_tally *tally, int state) {
  tally->seen++;
  tally->withheld += state == EDI_DUE_WITHHELD || state == EDI_DUE_UNDECIDED;
  tally->undecided += state == EDI_DUE_UNDECIDED;
  tally->erasable += state == EDI_DUE_ERASE;
}

int edi_sweep_list(edi_sweep_table *t) {
  const edi_sweeper_options *o = t->sweeper->options;
  sqlite3_stmt *rows = NULL;
  int rc = edi_sweep_clock(t);
  if (rc == SQLITE_OK) rc = prepare(t, &rows);
  t->tally = (edi_sweep_tally){.seen = 0};
  while (rc == SQLITE_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
    int state = sqlite3_column_int(rows, o->row ? t->told_count : 1);
    rc = state == EDI_DUE_ERASE ? tell(t, rows) : SQLITE_OK;
    count(&t->tally, state);
    if (o->point && t->tally.seen % EDI_SWEEP_LOOK_ROWS == 0) o->point(o->user, EDI_SWEEP_LOOKING, t->name, t->tally.seen);
  }
  if (rc == SQLITE_DONE) rc = SQLITE_OK;
  if (rc != SQLITE_AUTH) edi_sweep_fail(t->sweeper, "the rows cannot be read", rc);
  sqlite3_finalize(rows);
  return rc;
}
