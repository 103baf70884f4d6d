/* Guarded table: a dataset of the product as a virtual table, and a scan of it.
 *
 * A table knows its dataset and columns. Each scan takes a decision when it starts, reads base
 * rows from the private connection, leaves hidden ones out and gives out masked values. Nothing of
 * the reader's query reaches the base table: SQLite evaluates it on what this table gave, and an
 * equality is looked up in an index over that. */
#ifndef EDI_SQLITE_GUARDED_TABLE_H
#define EDI_SQLITE_GUARDED_TABLE_H

#include "adapters/sqlite/sqlite_cell.h"
#include "adapters/sqlite/sqlite_guard.h"

#define EDI_SQLITE_MODULE "edict_dataset"

typedef struct edi_sqlite_table {
  sqlite3_vtab base; /* first: what SQLite knows */
  edi_sqlite_guard *guard;
  size_t dataset;
  size_t column_count; /* without what lies inside of columns, which SQLite does not see */
  size_t cell_count;   /* with it: so many has a row for a decision */
  edi_sqlite_column columns[]; /* in contract order */
} edi_sqlite_table;

/* Makes the module known to the guarded connection. */
int edi_sqlite_table_register(edi_sqlite_guard *guard);

/* ---- guarded_scan.c ---- */
int edi_sqlite_scan_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor);
int edi_sqlite_scan_close(sqlite3_vtab_cursor *cursor);
int edi_sqlite_scan_filter(sqlite3_vtab_cursor *cursor, int plan, const char *used, int count,
                           sqlite3_value **values);
int edi_sqlite_scan_next(sqlite3_vtab_cursor *cursor);
int edi_sqlite_scan_at_end(sqlite3_vtab_cursor *cursor);
int edi_sqlite_scan_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column);
int edi_sqlite_scan_row(sqlite3_vtab_cursor *cursor, sqlite3_int64 *row);

#endif
