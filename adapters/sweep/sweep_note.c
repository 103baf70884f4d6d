/* Note: what a sweep did, first in the database itself, in the transaction that did it, and then in the log.
 *
 * The table edict_sweep holds the note of the newest batch. A batch after it takes its place once the log has it; a sweep
 * that begins looks for what one that died left there. At the end the table goes. */
#include "adapters/sweep/sweep_parts.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

static int fail_log(edi_sweeper *s, edict_status status) {
  if (status == EDICT_OK) return SQLITE_OK;
  edi_sqlite_say_finding(s->why, "the log", status, s->diagnostics);
  return SQLITE_IOERR;
}

/* ---- what a sweep before left ---- */

static int read_kept(edi_sweeper *s, sqlite3_stmt **kept) {
  int64_t there = 0;
  *kept = NULL;
  int rc = edi_sweep_number(s, "SELECT count(*) FROM sqlite_schema WHERE name='edict_sweep' COLLATE NOCASE", 0, &there);
  if (rc != SQLITE_OK || !there) return rc;
  rc = sqlite3_prepare_v2(s->db, "SELECT t.note FROM main.edict_sweep AS t WHERE t.step=1", -1, kept, NULL);
  if (rc != SQLITE_OK) edi_sqlite_say(s->why, "the database has a table `edict_sweep` that is not a sweep's");
  return rc;
}

static int log_once(edi_sweeper *s, const void *note, size_t length) {
  int found = 0;
  if (!note) return SQLITE_OK;
  edict_status status = edict_log_has_swept(s->options->log_folder, note, length, &found, NULL);
  if (status == EDICT_FORMAT) edi_sqlite_say(s->why, "the table `edict_sweep` holds what is no note of a sweep, or the log is damaged");
  if (status == EDICT_OK && !found) {
    status = edict_log_swept(s->options->log, note, length, s->diagnostics);
    s->resumed = status == EDICT_OK;
  }
  return fail_log(s, status);
}

int edi_sweep_resume(edi_sweeper *s) {
  sqlite3_stmt *kept;
  int rc = read_kept(s, &kept);
  if (!kept) return rc;
  rc = sqlite3_step(kept);
  if (rc == SQLITE_ROW) rc = log_once(s, sqlite3_column_blob(kept, 0), (size_t)sqlite3_column_bytes(kept, 0));
  else if (rc == SQLITE_DONE) rc = SQLITE_OK;
  edi_sweep_fail(s, "the table `edict_sweep` cannot be read", rc);
  sqlite3_finalize(kept);
  return rc == SQLITE_OK ? edi_sweep_drop_notes(s) : rc;
}

int edi_sweep_drop_notes(edi_sweeper *s) { return edi_sweep_run(s, "DROP TABLE IF EXISTS main.edict_sweep"); }

/* ---- what this one does ---- */

static void forget(edi_sweeper *s) {
  edict_text_free(&s->note);
  s->note_length = 0;
}

static int write_note(edi_sweep_table *t, const edict_swept *swept) {
  edi_sweeper *s = t->sweeper;
  forget(s);
  edict_status status = edict_swept_note(t->sweep, swept, &s->note, &s->note_length);
  if (status == EDICT_OK) return SQLITE_OK;
  edi_sqlite_say(s->why, "what was done cannot be written down: %s", edict_status_text(status));
  return SQLITE_ERROR;
}

int edi_sweep_keep(edi_sweep_table *t, const edict_swept *swept) {
  edi_sweeper *s = t->sweeper;
  sqlite3_stmt *put = NULL;
  int rc = write_note(t, swept);
  if (rc == SQLITE_OK) rc = edi_sweep_prepare(s, &put, "REPLACE INTO main.edict_sweep(step,note) VALUES(1,?1)");
  if (rc == SQLITE_OK) rc = sqlite3_bind_blob64(put, 1, s->note, s->note_length, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = sqlite3_step(put);
  if (rc == SQLITE_DONE) rc = SQLITE_OK;
  edi_sweep_fail(s, "what was done cannot be written down", rc);
  sqlite3_finalize(put);
  return rc;
}

int edi_sweep_log_kept(edi_sweep_table *t) {
  edi_sweeper *s = t->sweeper;
  edict_status status = edict_log_swept(s->options->log, s->note, s->note_length, s->diagnostics);
  s->pending = status != EDICT_OK;
  forget(s);
  return fail_log(s, status);
}

int edi_sweep_log(edi_sweep_table *t, edict_swept_step step, unsigned flags) {
  const edi_sweep_tally *n = &t->tally;
  edict_swept swept = {.size = sizeof swept, .step = step, .flags = flags, .id = t->id,
                       .number = step == EDICT_SWEPT_BEGUN ? 0 : t->batches, .table = {t->table, strlen(t->table)},
                       .seen = n->seen, .withheld = n->withheld, .undecided = n->undecided, .erasable = n->erasable,
                       .erased = n->erased, .spared = n->spared, .blocked = n->blocked, .along = n->along};
  int rc = write_note(t, &swept);
  if (rc == SQLITE_OK) rc = fail_log(t->sweeper, edict_log_swept(t->sweeper->options->log, t->sweeper->note, t->sweeper->note_length, t->sweeper->diagnostics));
  forget(t->sweeper);
  return rc;
}
