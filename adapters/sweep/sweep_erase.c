/* Erase: batches of one table.
 *
 * Rows that may be due are looked for without a lock. Then, in a transaction that nobody writes beside, at the time that
 * the clock shows by then, each of them is deleted by a statement that asks the rules about the row as it is there: what
 * changed since it was found, is held now, or is gone, is spared. What was erased is written down in the same transaction,
 * and logged once it is committed. */
#include "adapters/sweep/sweep_parts.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

typedef struct batch {
  edi_sweep_table *t;
  edi_sweep_key *keys;
  size_t count;
  int more;                        /* there may be rows behind the last one */
  edi_sweep_tally tally;           /* of this batch */
  unsigned char random[32];
  unsigned char *pseudonyms;
} batch;

static void point(const edi_sweep_table *t, edi_sweep_point at, uint64_t rows) {
  const edi_sweeper_options *o = t->sweeper->options;
  if (o->point) o->point(o->user, at, t->name, rows);
}

/* ---- finding ---- */

static int prepare_find(edi_sweep_table *t, const edi_sweep_key *last, sqlite3_stmt **rows) {
  char *call = edi_sweep_call(t, "t");
  int rc = call ? edi_sweep_prepare(t->sweeper, rows, "SELECT %s,%s FROM main.\"%w\" AS t%s%s ORDER BY %s", t->keys, call, t->table,
                                    last->parts ? " WHERE " : "", last->parts ? t->after : "", t->keys)
                : edi_sweep_fail(t->sweeper, "", SQLITE_NOMEM);
  sqlite3_free(call);
  return rc == SQLITE_OK && last->parts ? edi_sweep_key_bind(*rows, last, t->key_count) : rc;
}

/* Fills the batch with the next rows that are due behind `last`. */
static int find(batch *b, const edi_sweep_key *last, uint64_t *looked) {
  edi_sweep_table *t = b->t;
  sqlite3_stmt *rows = NULL;
  int rc = edi_sweep_clock(t);
  if (rc == SQLITE_OK) rc = prepare_find(t, last, &rows);
  b->count = 0;
  while (rc == SQLITE_OK && b->count < t->sweeper->options->batch && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
    rc = SQLITE_OK;
    if (++*looked % EDI_SWEEP_LOOK_ROWS == 0) point(t, EDI_SWEEP_LOOKING, *looked);
    if (sqlite3_column_int(rows, t->key_count) != EDI_DUE_ERASE) continue;
    rc = edi_sweep_key_keep(rows, t->key_count, &b->keys[b->count]);
    b->count += rc == SQLITE_OK;
  }
  b->more = rc != SQLITE_DONE;
  if (rc == SQLITE_DONE) rc = SQLITE_OK;
  if (rc != SQLITE_AUTH) edi_sweep_fail(t->sweeper, "the rows cannot be read", rc);
  sqlite3_finalize(rows);
  return rc;
}

/* ---- erasing ---- */

/* What the row that was deleted is called by, as the statement returns it; it counts once the row is kept deleted. */
static int note_key(batch *b, sqlite3_stmt *erase) {
  size_t length = 0;
  edi_sweep_key key;
  int rc = edi_sweep_key_keep(erase, b->t->told_count, &key);
  unsigned char *bytes = rc == SQLITE_OK ? edi_sweep_key_write(&key, b->t->told_count, &length) : NULL;
  if (rc == SQLITE_OK) edi_sweep_key_forget(&key, b->t->told_count);
  if (!bytes) return SQLITE_NOMEM;
  edict_swept_key(b->random, bytes, length, b->pseudonyms + b->tally.erased * EDICT_SWEPT_KEY_BYTES);
  memset(bytes, 0, length);
  sqlite3_free(bytes);
  return SQLITE_OK;
}

static int delete_row(batch *b, sqlite3_stmt *erase) {
  int rc = sqlite3_step(erase), noted = SQLITE_OK;
  if (rc == SQLITE_ROW) {
    noted = note_key(b, erase);
    rc = sqlite3_step(erase);
  }
  int reset = sqlite3_reset(erase);
  if (rc == SQLITE_DONE) return noted;
  return reset != SQLITE_OK ? reset : rc == SQLITE_ROW ? SQLITE_CORRUPT : rc;
}

/* Whether the database keeps the row: a foreign key that is checked now or at the end, or a trigger that says so. */
static int is_blocked(edi_sweep_table *t, int rc) {
  int broken = 0, most = 0;
  if ((rc & 0xFF) == SQLITE_CONSTRAINT) return !sqlite3_get_autocommit(t->sweeper->db);
  if (rc != SQLITE_OK || !t->referenced) return 0;
  return sqlite3_db_status(t->sweeper->db, SQLITE_DBSTATUS_DEFERRED_FKS, &broken, &most, 0) != SQLITE_OK || broken != 0;
}

static int erase_row(batch *b, sqlite3_stmt *erase, const edi_sweep_key *key) {
  edi_sweeper *s = b->t->sweeper;
  int careful = b->t->referenced || s->guarded;
  sqlite3_int64 before = sqlite3_total_changes64(s->db);
  int rc = careful ? edi_sweep_run(s, "SAVEPOINT edict_row") : SQLITE_OK;
  if (rc == SQLITE_OK) rc = edi_sweep_key_bind(erase, key, b->t->key_count);
  if (rc != SQLITE_OK) return rc;
  rc = delete_row(b, erase);
  int gone = rc == SQLITE_OK ? sqlite3_changes(s->db) : 0, blocked = careful && is_blocked(b->t, rc);
  if (blocked) {
    b->tally.blocked++;
    return edi_sweep_run(s, "ROLLBACK TO edict_row; RELEASE edict_row");
  }
  if (edi_sweep_fail(s, "a row cannot be erased", rc) != SQLITE_OK) return rc;
  if (careful) rc = edi_sweep_run(s, "RELEASE edict_row");
  b->tally.erased += gone > 0;
  b->tally.spared += gone == 0;
  b->tally.along += (uint64_t)(sqlite3_total_changes64(s->db) - before - gone);
  return rc;
}

static int erase_rows(batch *b) {
  edi_sweep_table *t = b->t;
  sqlite3_stmt *erase = NULL;
  char *call = edi_sweep_call(t, "t");
  int rc = call ? edi_sweep_prepare(t->sweeper, &erase, "DELETE FROM main.\"%w\" AS t WHERE %s AND %s=%d RETURNING %s", t->table, t->match, call, EDI_DUE_ERASE,
                                    t->told)
                : edi_sweep_fail(t->sweeper, "", SQLITE_NOMEM);
  for (size_t i = 0; i < b->count && rc == SQLITE_OK; i++) rc = erase_row(b, erase, &b->keys[i]);
  sqlite3_finalize(erase);
  sqlite3_free(call);
  return rc;
}

static int write_down(batch *b) {
  const edi_sweep_table *t = b->t;
  edict_swept swept = {.size = sizeof swept, .step = EDICT_SWEPT_BATCH, .id = t->id, .number = t->batches + 1,
                       .table = {t->table, strlen(t->table)}, .erased = b->tally.erased, .spared = b->tally.spared,
                       .blocked = b->tally.blocked, .along = b->tally.along, .random = b->random, .keys = b->pseudonyms,
                       .key_count = (size_t)b->tally.erased};
  return edi_sweep_keep(b->t, &swept);
}

/* What is allowed now, in a schema that is as it was looked at. */
static int begin(batch *b) {
  edi_sweeper *s = b->t->sweeper;
  int64_t schema = 0;
  int rc = edi_sweep_run(s, "BEGIN IMMEDIATE");
  if (rc == SQLITE_OK) rc = edi_sweep_read_schema(s, &schema);
  if (rc == SQLITE_OK && schema != s->schema) {
    edi_sqlite_say(s->why, "the schema of the database was changed meanwhile: run the sweep again");
    return SQLITE_SCHEMA;
  }
  if (rc == SQLITE_OK) rc = edi_sweep_clock(b->t);
  if (rc == SQLITE_OK && !s->options->random(s->options->user, b->random, sizeof b->random)) {
    edi_sqlite_say(s->why, "the system gives no randomness");
    rc = SQLITE_IOERR;
  }
  return rc;
}

static void add(edi_sweep_tally *to, const edi_sweep_tally *n) {
  to->erased += n->erased;
  to->spared += n->spared;
  to->blocked += n->blocked;
  to->along += n->along;
}

/* A transaction that does not end in a commit leaves everything as it was. */
static int erase_batch(batch *b) {
  edi_sweep_table *t = b->t;
  edi_sweeper *s = t->sweeper;
  b->tally = (edi_sweep_tally){.seen = 0};
  int rc = begin(b);
  if (rc == SQLITE_OK) rc = erase_rows(b);
  if (rc == SQLITE_OK && b->tally.erased) rc = write_down(b);
  if (rc == SQLITE_OK) point(t, EDI_SWEEP_ERASED, b->tally.erased);
  if (rc == SQLITE_OK && b->tally.erased) rc = edi_sweep_run(s, "COMMIT");
  if (rc != SQLITE_OK || !b->tally.erased) {
    if (!sqlite3_get_autocommit(s->db)) (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    if (rc == SQLITE_OK) add(&t->tally, &b->tally);
    return rc;
  }
  t->batches++;
  add(&t->tally, &b->tally);
  point(t, EDI_SWEEP_COMMITTED, t->tally.erased);
  rc = edi_sweep_log_kept(t);
  if (rc == SQLITE_OK) point(t, EDI_SWEEP_LOGGED, t->tally.erased);
  return rc;
}

/* ---- all batches ---- */

/* More became due since rows were listed than may go without being confirmed. */
static int check_share(const batch *b) {
  const edi_sweeper_options *o = b->t->sweeper->options;
  const edi_sweep_tally *n = &b->t->tally;
  if (o->confirmed || (n->erased + b->count) * 100 <= n->seen * o->share) return SQLITE_OK;
  edi_sqlite_say(b->t->sweeper->why, "more than %u percent of dataset `%s` became due while it was swept: that needs to be confirmed", o->share, b->t->name);
  return SQLITE_ERROR;
}

static void forget_keys(batch *b) {
  for (size_t i = 0; i < b->count; i++) edi_sweep_key_forget(&b->keys[i], b->t->key_count);
  b->count = 0;
}

int edi_sweep_erase(edi_sweep_table *t) {
  size_t most = t->sweeper->options->batch;
  uint64_t looked = 0;
  edi_sweep_key last = {NULL};
  batch b = {.t = t, .more = 1};
  b.keys = sqlite3_malloc64(most * sizeof *b.keys);
  b.pseudonyms = sqlite3_malloc64(most * EDICT_SWEPT_KEY_BYTES);
  int rc = b.keys && b.pseudonyms ? SQLITE_OK : edi_sweep_fail(t->sweeper, "", SQLITE_NOMEM);
  while (rc == SQLITE_OK && b.more) {
    rc = find(&b, &last, &looked);
    if (rc == SQLITE_OK) point(t, EDI_SWEEP_FOUND, b.count);
    if (rc == SQLITE_OK && b.count) rc = check_share(&b);
    if (rc == SQLITE_OK && b.count) rc = erase_batch(&b);
    edi_sweep_key_forget(&last, t->key_count);
    if (b.count) last = b.keys[--b.count];
    forget_keys(&b);
  }
  edi_sweep_key_forget(&last, t->key_count);
  sqlite3_free(b.keys);
  sqlite3_free(b.pseudonyms);
  return rc;
}
