/* Source: the private, read-only connection to the base tables.
 *
 * In: the path of a configuration, names of a contract. Out: statements that read columns of one
 * table. All scans that are open at one time read one snapshot. */
#ifndef EDI_SQLITE_SOURCE_H
#define EDI_SQLITE_SOURCE_H

#include "adapters/sqlite/sqlite_guard.h"

/* Opens guard->source and looks whether it holds every table and column of the product. */
int edi_sqlite_source_open(edi_sqlite_guard *guard, char **why);
void edi_sqlite_source_close(edi_sqlite_guard *guard);

/* A statement that reads the columns whose `wanted` is not 0, in contract order. */
int edi_sqlite_source_prepare(edi_sqlite_guard *guard, size_t dataset, const unsigned char *wanted,
                              sqlite3_stmt **rows);

/* The same with the base row's number as one column more; and the statement that reads the row of
 * the number bound to ?1. Anything but OK: the table has no row numbers (a view, WITHOUT ROWID). */
int edi_sqlite_source_prepare_seek(edi_sqlite_guard *guard, size_t dataset,
                                   const unsigned char *wanted, sqlite3_stmt **rows,
                                   sqlite3_stmt **by_row);

/* The first reader begins a transaction, the last one ends it, its statements finalized before. */
int edi_sqlite_source_enter(edi_sqlite_guard *guard);
void edi_sqlite_source_leave(edi_sqlite_guard *guard);

#endif
