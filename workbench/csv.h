/* CSV: rows of comma-separated values, one after the other (RFC 4180).
 *
 * In: bytes that nobody vouches for. Out: the fields of one row, with quotes taken away, or why it is none. A row ends with
 * LF or CRLF; a field in quotes may hold both, and quotes twice. Quotes stand around a whole field or not at all. A byte
 * order mark before the first row is passed over, and so is a line without anything, but where rows have one field. */
#ifndef EDICT_WORKBENCH_CSV_H
#define EDICT_WORKBENCH_CSV_H

#include "base/bytes.h"
#include "workbench/intake.h"

typedef enum csv_result {
  CSV_ROW = 0,
  CSV_END = 1,
  CSV_BAD = 2,    /* `why`; where the next row begins is not known */
  CSV_FAILED = 3, /* the intake's error */
} csv_result;

typedef struct csv_field { size_t begin, length; bool quoted; } csv_field;

typedef struct csv_reader {
  intake *in;
  char delimiter;
  size_t most;        /* bytes of one row; CSV_BAD beyond */
  edi_buf text;       /* of the newest row */
  csv_field *fields;  /* into `text` */
  size_t count, capacity;
  uint64_t line, next_line; /* where the newest row begins, from 1; and the one after it */
  bool crlf;          /* the newest row ended so */
  bool single;        /* rows have one field: an empty line is one */
  const char *why;
  edi_arena arena;    /* of `fields` */
} csv_reader;

void csv_init(csv_reader *csv, intake *in, char delimiter, size_t most);
void csv_fini(csv_reader *csv);
csv_result csv_next(csv_reader *csv);
static inline edi_str csv_text(const csv_reader *csv, size_t field) {
  return (edi_str){csv->text.len ? csv->text.ptr + csv->fields[field].begin : "", csv->fields[field].length};
}

/* One field: in quotes where it has to be, and where `quote` says so. */
void csv_put(edi_buf *out, edi_str text, char delimiter, bool quote);

#endif
