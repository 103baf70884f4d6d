/* Rows: a file of rows through the masks of a decision, one row at a time.
 *
 * In: a decision, where rows come from and where they go. Out: what may be seen, in the format that came in. Memory
 * does not grow with the file. A row that cannot be read ends the work, or is passed over and counted. */
#ifndef EDICT_WORKBENCH_ROWS_H
#define EDICT_WORKBENCH_ROWS_H

#include "edict/edict.h"
#include "workbench/intake.h"
#include "workbench/sink.h"

typedef enum rows_result {
  ROWS_DONE = 0,
  ROWS_BAD = 1,       /* `why`, at `line` */
  ROWS_UNREAD = 2,    /* in->error */
  ROWS_UNWRITTEN = 3, /* out->error */
  ROWS_STOPPED = 4,   /* tick or receipt said so */
  ROWS_FAILED = 5,    /* status */
} rows_result;

typedef struct rows_job {
  const edict_product *product;
  size_t dataset;
  edict_decision *decision; /* decided; `tick` may decide anew */
  intake *in;
  sink *out;
  char delimiter;           /* CSV */
  const char *null_text;    /* CSV: a field without quotes that is this is NULL */
  bool skips_bad;
  /* Called before the first row and every so many rows; false ends the work. NULL: nobody asks. */
  bool (*tick)(void *user);
  /* Arrow: called with the receipt of each batch before it is written; false ends the work. NULL: nobody keeps them. */
  bool (*receipt)(void *user, const edict_receipt *receipt);
  void *user;
  /* what comes of it */
  uint64_t rows_in, rows_out, bad; /* bad: passed over, and counted among rows_in */
  uint64_t line;
  const char *why;
  edict_status status;
  edict_events *events;
  edi_arena arena;          /* of `failed` */
  uint64_t *failed;         /* Arrow, by column: values that did not fit */
} rows_job;

/* Values of a column that did not fit it or its mask; after the work, and until rows_close. */
uint64_t rows_unfit(const rows_job *job, size_t column);
void rows_close(rows_job *job);
rows_result rows_csv(rows_job *job);
rows_result rows_json(rows_job *job);
/* A stream or file of Arrow record batches; what comes out is a stream. `tick` is asked before each batch. */
rows_result rows_arrow(rows_job *job, edict_diagnostics *diagnostics);

#endif
