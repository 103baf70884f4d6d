/* Parts of a sweeper, shared by its files. All functions give an SQLite code, SQLITE_OK or why not; what is to be said is in
 * *s->why, and what trouble it is in *s->trouble, by then. */
#ifndef EDI_SWEEP_PARTS_H
#define EDI_SWEEP_PARTS_H

#include <sqlite3ext.h>

#include "adapters/sqlite/sqlite_cell.h"
#include "adapters/sqlite/sqlite_words.h"
#include "adapters/sweep/sweeper.h"

/* What the function edict_due_N says of a row. */
enum { EDI_DUE_NOT, EDI_DUE_WITHHELD, EDI_DUE_UNDECIDED, EDI_DUE_ERASE };
enum { EDI_SWEEP_BUSY_MILLISECONDS = 5000, EDI_SWEEP_LOOK_ROWS = 1000 };

/* One dataset, and the table that holds it. */
typedef struct edi_sweep_table {
  struct edi_sweeper *sweeper;
  size_t dataset;            /* its number in the product */
  const char *name, *table;  /* the dataset's; the table's in the database */
  int selected;              /* it is to be swept; else it is only guarded, */
  int absent;                /* or not even that: no table of this database holds it */
  edict_sweep *sweep;
  size_t column_count;
  edi_sqlite_column *columns;
  edict_cell *cells;
  char (*times)[EDI_SQLITE_TIME_BYTES];
  size_t *places;            /* arguments of the function: columns of the contract */
  size_t place_count;
  int key_count;
  char *keys, *after, *match; /* as SQL: the key; what comes behind ?1..; what is ?1.. */
  int told_count;
  char *told;                /* as SQL: what a row is called by for people and the auditor: its primary key, else its number; without the table's name */
  int referenced;            /* by foreign keys: the database may not let go of a row */
  unsigned char id[EDICT_SWEPT_ID_BYTES];
  uint64_t batches;
  int begun;
  edi_sweep_tally tally;
} edi_sweep_table;

struct edi_sweeper {
  const edi_sweeper_options *options;
  edict_diagnostics *diagnostics;
  char **why;
  edict_sweep_trouble *trouble;
  sqlite3 *db;
  edi_sweep_table *tables;   /* all datasets that are guarded or swept */
  size_t table_count;
  size_t *swept;             /* those that are swept: their numbers among the tables */
  size_t swept_count;
  int64_t now;               /* of the newest look at the clock */
  int64_t schema;            /* version of the schema that was looked at */
  int guarded;               /* something was declared: each row that goes anywhere is asked about */
  int wal, resumed, left, vacuumed;
  char *note;                /* of the newest step, until the log has it */
  size_t note_length;
  int pending;               /* a batch is committed that the log does not know yet */
};

/* ---- sweep_start.c ---- */
int edi_sweep_connect(edi_sweeper *s);
int edi_sweep_run(edi_sweeper *s, const char *sql);
/* Formats, runs. */
int edi_sweep_runf(edi_sweeper *s, const char *format, ...);
/* The first column of the first row as a number; `otherwise` where there is none. */
int edi_sweep_number(edi_sweeper *s, const char *sql, int64_t otherwise, int64_t *number);
int edi_sweep_prepare(edi_sweeper *s, sqlite3_stmt **statement, const char *format, ...);
/* Says what the database says, and what trouble that is, unless something was said. */
int edi_sweep_fail(edi_sweeper *s, const char *what, int rc);
/* ---- sweep_table.c ---- */
int edi_sweep_look(edi_sweeper *s);
int edi_sweep_read_schema(edi_sweeper *s, int64_t *version);
/* ---- sweep_due.c ---- */
/* The clock is looked at, and rows of this dataset are asked about as of then. */
int edi_sweep_clock(edi_sweep_table *t);
/* The call in SQL for a row of that name. */
char *edi_sweep_call(const edi_sweep_table *t, const char *row);
/* ---- sweep_list.c ---- */
int edi_sweep_list(edi_sweep_table *t);
/* ---- sweep_key.c ---- */
/* A key that stands in the first columns of a row, of so many parts. */
typedef struct edi_sweep_key { sqlite3_value **parts; } edi_sweep_key;
int edi_sweep_key_keep(sqlite3_stmt *row, int count, edi_sweep_key *key);
void edi_sweep_key_forget(edi_sweep_key *key, int count);
int edi_sweep_key_bind(sqlite3_stmt *statement, const edi_sweep_key *key, int count);
/* Its bytes as docs/log-records.md has them; NULL without memory. */
unsigned char *edi_sweep_key_write(const edi_sweep_key *key, int count, size_t *length);
/* As a person reads it: 17, or ('a', 3). */
char *edi_sweep_key_text(const edi_sweep_key *key, int count);
/* ---- sweep_erase.c ---- */
int edi_sweep_erase(edi_sweep_table *t);
/* ---- sweep_note.c ---- */
/* What an earlier sweep wrote down and did not log. */
int edi_sweep_resume(edi_sweeper *s);
int edi_sweep_keep(edi_sweep_table *t, const edict_swept *swept);   /* in the transaction at hand */
int edi_sweep_log_kept(edi_sweep_table *t);                        /* and then in the log */
int edi_sweep_log(edi_sweep_table *t, edict_swept_step step, unsigned flags);
int edi_sweep_drop_notes(edi_sweeper *s);
/* ---- sweep_rest.c ---- */
int edi_sweep_clean(edi_sweeper *s);

#endif
