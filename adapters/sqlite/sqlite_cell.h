/* Cell: values of SQLite as cells of a row, and cells of a row as values of SQLite.
 *
 * SQLite's types become the cells of the same name. What a mask makes of a date, a timestamp, a
 * decimal or a truth value takes the form that docs/sqlite.md gives the column, whatever the
 * hidden value's form was: the form of a masked value tells nothing. */
#ifndef EDI_SQLITE_CELL_H
#define EDI_SQLITE_CELL_H

#include <sqlite3ext.h>

#include "edict/decision.h"

enum { EDI_SQLITE_TIME_BYTES = 48 };

typedef struct edi_sqlite_column {
  const char *declared; /* type in SQL; "" for what the contract calls neither */
  int is_time;          /* the contract says timestamp */
  int decimal_text;     /* the base column keeps decimals as text */
} edi_sqlite_column;

/* By the contract's word for the type, and the base column's declared type (NULL: none). */
edi_sqlite_column edi_sqlite_column_make(const char *type, const char *base_declared);

/* The value at `at` of the row that `rows` stands on, borrowed until it moves. A timestamp in
 * SQLite's own form ("2026-03-01 00:00:00", UTC) is rewritten as RFC 3339 into `time`.
 * SQLITE_NOMEM or OK. */
int edi_sqlite_cell_read(sqlite3_stmt *rows, int at, const edi_sqlite_column *column,
                         char time[EDI_SQLITE_TIME_BYTES], edict_cell *cell);

/* The same of an argument of a function, borrowed while the function runs. */
int edi_sqlite_cell_take(sqlite3_value *value, const edi_sqlite_column *column, char time[EDI_SQLITE_TIME_BYTES], edict_cell *cell);

void edi_sqlite_cell_result(sqlite3_context *context, const edict_cell *cell,
                            const edi_sqlite_column *column);

#endif
