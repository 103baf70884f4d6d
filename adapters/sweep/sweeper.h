/* Sweeper: lists, and erases, the rows of SQLite tables that retention wants erased.
 *
 * In: a verified product, the database that holds its tables, a clock. Out: counts, keys of rows, and with a log rows that
 * are gone. The invariant: a row goes only if the rules say so, of what the row is and at the time that it is, in the very
 * statement that deletes it; and what went is in the log, once. Whatever cannot be decided stays. */
#ifndef EDI_SWEEPER_H
#define EDI_SWEEPER_H

#include "edict/edict.h"

typedef struct edi_sweeper edi_sweeper;

typedef struct edi_sweep_tally { uint64_t seen, withheld, undecided, erasable, erased, spared, blocked, along; } edi_sweep_tally;

/* Why nothing went on: the text, for edi_sweeper_free; NULL where the diagnostics say it. What kind of trouble it is tells who
 * can end it. */
typedef struct edi_sweep_why { char *text; edict_sweep_trouble trouble; } edi_sweep_why;

/* Where a sweep stands; for progress, and for tests that end a process there. */
typedef enum edi_sweep_point {
  EDI_SWEEP_LOOKING,   /* so many rows were looked at */
  EDI_SWEEP_FOUND,     /* rows to be erased were found, and nothing is locked */
  EDI_SWEEP_ERASED,    /* they are gone in the transaction */
  EDI_SWEEP_COMMITTED, /* the transaction is committed, and the log does not know yet */
  EDI_SWEEP_LOGGED,    /* it does */
  EDI_SWEEP_CLEANED,   /* the files hold nothing of them */
} edi_sweep_point;

typedef struct edi_sweeper_options {
  const char *database;            /* path of the file; never a URI */
  const edict_product *product;
  const size_t *datasets;          /* which; NULL: all */
  size_t dataset_count;
  edict_log *log;                  /* NULL: it lists, and the database is opened for reading alone */
  const char *log_folder;          /* of that log */
  const char *const *declared;     /* names of tables that may lose or change rows with these, and of triggers that may run */
  size_t declared_count;
  size_t batch;                    /* rows of one transaction, 1 to EDICT_SWEPT_KEYS_MOST */
  unsigned share;                  /* more than so many percent of a table need `confirmed` */
  int confirmed, vacuum;
  unsigned wait;                   /* milliseconds for others who hold the database; 0: five seconds */
  /* Microseconds since 1970, UTC; 0: the clock failed. */
  int64_t (*clock)(void *user);
  int (*random)(void *user, unsigned char *bytes, size_t length); /* 0: there is none */
  void (*point)(void *user, edi_sweep_point point, const char *dataset, uint64_t rows); /* NULL: nobody looks */
  /* Each erasable row that is listed, by its key as text; NULL: they are counted alone. Not 0 ends the listing. */
  int (*row)(void *user, const char *dataset, const char *key);
  void *user;
} edi_sweeper_options;

/* Opens the database and looks whether each dataset is a table that can be swept. On any failure NULL, and why.
 * The options stay with the caller, and must stay. */
edi_sweeper *edi_sweeper_open(const edi_sweeper_options *options, edict_diagnostics *diagnostics, edi_sweep_why *why);
void edi_sweeper_close(edi_sweeper **sweeper);
void edi_sweeper_free(edi_sweep_why *why);

size_t edi_sweeper_count(const edi_sweeper *sweeper);
const char *edi_sweeper_dataset(const edi_sweeper *sweeper, size_t index);
const char *edi_sweeper_table(const edi_sweeper *sweeper, size_t index);
const edi_sweep_tally *edi_sweeper_tally(const edi_sweeper *sweeper, size_t index);
/* The rules that it went by, as they were last. */
const edict_sweep *edi_sweeper_rules(const edi_sweeper *sweeper, size_t index);
/* 1: what a batch of an earlier sweep erased, which died before the log knew, was logged now. */
int edi_sweeper_resumed(const edi_sweeper *sweeper);
/* 1: readers kept the write-ahead log from being emptied: copies of what was erased may be in it. */
int edi_sweeper_left(const edi_sweeper *sweeper);

/* Counts all rows of each dataset. 0, and why, on any failure. */
int edi_sweeper_list(edi_sweeper *sweeper, edict_diagnostics *diagnostics, edi_sweep_why *why);
/* Lists, then erases what it may, batch by batch, and cleans up. 0, and why, on any failure: batches before are gone, and
 * in the log. */
int edi_sweeper_erase(edi_sweeper *sweeper, edict_diagnostics *diagnostics, edi_sweep_why *why);

#endif
