/* Sweep: which rows of a dataset retention keeps, withholds and wants erased, whoever reads them.
 *
 * For hosts that erase. A sweep has no subject, no action and no purpose: rules that retain cannot ask for one. What
 * it says of a row is what every reader's decision at that time says of it: see docs/sweep.md. One object is for one
 * thread; asking about rows allocates nothing.
 *
 *   edict_sweep_create -> edict_sweep_at -> edict_sweep_row ... -> edict_sweep_at -> ...
 *
 * A host that deletes asks again inside of the transaction that deletes, at the time of it. Since 0.1. */
#ifndef EDICT_SWEEP_H
#define EDICT_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "edict/batch.h"
#include "edict/decision.h"
#include "edict/log.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_sweep edict_sweep;

/* For one dataset of the product, which it keeps alive. It knows no time yet, so nothing may be erased.
 * EDICT_ARGUMENT: no such dataset. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_sweep_create(const edict_product *product, size_t dataset, edict_sweep **sweep);
/* NULL is allowed. */
EDICT_EXPORT void edict_sweep_destroy(edict_sweep **sweep);

/* The time (microseconds since 1970, UTC) that the next rows are asked about. On anything but EDICT_OK nothing may be
 * erased, and the diagnostics say why:
 *   EDICT_EXPIRED      the bundles are not valid then, the time is before one that the engine has seen, or a table that
 *                      a rule about retention asks has no data, or none that are fresh: who is held is not known
 *   EDICT_UNSUPPORTED  a rule about retention obliges to what the host cannot do */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_sweep_at(edict_sweep *sweep, int64_t now, edict_diagnostics *diagnostics);
/* That time; and the next moment at which anything of it could change. */
EDICT_EXPORT int64_t edict_sweep_now(const edict_sweep *sweep);
EDICT_EXPORT int64_t edict_sweep_valid_until(const edict_sweep *sweep);

/* 1 if asking about a row needs the cell of this column. */
EDICT_EXPORT int edict_sweep_reads(const edict_sweep *sweep, size_t column);

/* What is to become of one row; the cells are those of every column of the dataset, in contract order, of which only
 * those that are read matter. EDICT_ROW_SHOWN: it is within its time; EDICT_ROW_WITHHELD; EDICT_ROW_ERASABLE.
 * *undecided (may be NULL): 1 where it is withheld because something is not known, such as a time that is missing or
 * ill-typed, and nothing that is known keeps it. On any failure *row is EDICT_ROW_WITHHELD. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_sweep_row(edict_sweep *sweep, const edict_cell *in, size_t count, edict_row *row,
                                                          int *undecided);
/* The same of many rows at once: `shown` and `rows` of the selection are those within their time. The first batch
 * after edict_sweep_at takes memory. Statuses as those of edict_decision_select. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_sweep_select(edict_sweep *sweep, const edict_batch *batch, edict_selection *selection);

/* The rules about retention that apply at that time, federal ones first. */
typedef enum edict_bound { EDICT_BOUND_AT_MOST = 0, EDICT_BOUND_AT_LEAST = 1, EDICT_BOUND_WHILE = 2 } edict_bound;
typedef struct edict_retention {
  edict_text rule;          /* "federal.privacy.litigation" */
  edict_text because;       /* length 0: not given */
  edict_bound bound;
  edict_holds holds;        /* YES or UNKNOWN */
  int erases;               /* AT_MOST: `then erase` */
  size_t column;            /* AT_MOST, AT_LEAST: the first one that it counts from; SIZE_MAX: none */
  int64_t cutoff;           /* AT_MOST: the first instant that is not past it; the calendar's first where none is known */
} edict_retention;
EDICT_EXPORT size_t edict_sweep_rule_count(const edict_sweep *sweep);
EDICT_EXPORT edict_status edict_sweep_rule(const edict_sweep *sweep, size_t index, edict_retention *rule);

/* ---- on the record ----
 *
 * Who erases says so in the decision log: a leaf when a sweep of a dataset begins, one for each batch of rows that is gone,
 * one when it ends. A batch is written down first as a note, which the host keeps with its own data, in the transaction
 * that erases, and hands to the log once that is committed. A host that died in between finds the note and hands it over
 * then; edict_log_has_swept tells whether the log had it already. So no batch is lost and none is told twice. */
typedef enum edict_swept_step { EDICT_SWEPT_BEGUN = 1, EDICT_SWEPT_BATCH = 2, EDICT_SWEPT_ENDED = 3 } edict_swept_step;

#define EDICT_SWEPT_ID_BYTES  16
#define EDICT_SWEPT_KEY_BYTES 16
#define EDICT_SWEPT_KEYS_MOST 50000
/* Of an ENDED: the files were written anew without what was erased; copies may be left in them; it was ended early. */
#define EDICT_SWEPT_VACUUMED 1u
#define EDICT_SWEPT_LEFT     2u
#define EDICT_SWEPT_STOPPED  4u

typedef struct edict_swept {
  size_t size;              /* sizeof(edict_swept) */
  edict_swept_step step;
  unsigned flags;           /* ENDED: EDICT_SWEPT_*; else 0 */
  const unsigned char *id;  /* EDICT_SWEPT_ID_BYTES, random: the same for all that is said of one sweep */
  uint64_t number;          /* BEGUN: 0; BATCH: from 1; ENDED: of the last batch */
  edict_text table;         /* where the rows were, by its name in the database; at most 4,096 bytes */
  /* BEGUN: what was listed. ENDED: the sums, and what was seen on the way. */
  uint64_t seen, withheld, undecided; /* rows; of the withheld those for which something is not known */
  uint64_t erasable;
  uint64_t erased;          /* BATCH: as many as keys */
  uint64_t spared;          /* listed, and no longer erasable when it came to erasing them */
  uint64_t blocked;         /* erasable, and the database would not let go of them */
  uint64_t along;           /* rows elsewhere that went or changed with them, by what the owner declared */
  /* BATCH: 32 random bytes, never used twice, and for each erased row edict_swept_key of its key. Only the auditor sees
   * them. */
  const unsigned char *random, *keys;
  size_t key_count;         /* at most EDICT_SWEPT_KEYS_MOST */
} edict_swept;

/* The pseudonym of a row's key, BLAKE2b of EDICT_SWEPT_KEY_BYTES keyed with `random`: who has `random` and a key can tell
 * whether that row was erased, and nobody finds the key from it. docs/log-records.md says how keys of SQL are written. */
EDICT_EXPORT void edict_swept_key(const unsigned char random[32], const void *key, size_t length,
                                  unsigned char pseudonym[EDICT_SWEPT_KEY_BYTES]);
/* A note of this sweep at its time, for edict_text_free. EDICT_ARGUMENT: the sweep has no time, or counts and keys do not fit
 * together; EDICT_LIMIT: it is too large to be logged. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_swept_note(const edict_sweep *sweep, const edict_swept *swept, char **note,
                                                           size_t *length);
/* Puts a note into the log; it is on disk when this returns EDICT_OK. EDICT_FORMAT: it is none. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_swept(edict_log *log, const void *note, size_t length,
                                                          edict_diagnostics *diagnostics);
/* *found: 1 if the log in this directory holds what the note says, of the same sweep, step and number. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_has_swept(const char *directory, const void *note, size_t length, int *found,
                                                              edict_diagnostics *diagnostics);

/* What keeps a host from sweeping: its store, not the rules. */
typedef enum edict_sweep_trouble {
  EDICT_SWEEP_NO_TROUBLE = 0, /* none of the store's */
  EDICT_SWEEP_BUSY = 1,       /* R0540: somebody else holds it */
  EDICT_SWEEP_READONLY = 2,   /* R0541: it must not be written */
  EDICT_SWEEP_DAMAGED = 3,    /* R0542: it is damaged, or none */
  EDICT_SWEEP_CONSTRAINT = 4, /* R0543: a constraint or a trigger ended the transaction */
  EDICT_SWEEP_FILE = 5,       /* R0544: its files cannot be opened, read or written, or the disk is full */
} edict_sweep_trouble;
/* Adds the finding of that trouble with the database `database`; `what` holds no value of a row. */
EDICT_EXPORT void edict_sweep_tell(edict_sweep_trouble trouble, const char *database, const char *what, edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
