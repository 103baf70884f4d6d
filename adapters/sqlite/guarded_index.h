/* Index: which shown rows of a scan may equal a value, so that a join reads a table once.
 *
 * Built over what the reader sees (masked values of shown rows), for one scan and one decision. It
 * may name rows that are not equal, never leave out one that is: SQLite compares again by its own
 * rules. Values whose equality SQLite would decide in more ways than it foresees are UNFIT: the
 * scan then reads all rows, as it would without an index. */
#ifndef EDI_SQLITE_GUARDED_INDEX_H
#define EDI_SQLITE_GUARDED_INDEX_H

#include <sqlite3ext.h>

#include "edict/decision.h"

typedef struct edi_sqlite_entry {
  sqlite3_int64 base_row, row;
} edi_sqlite_entry;
typedef struct edi_sqlite_index edi_sqlite_index;

enum { EDI_SQLITE_UNFIT = -1 };

/* NULL without memory. */
edi_sqlite_index *edi_sqlite_index_create(void);
void edi_sqlite_index_destroy(edi_sqlite_index *index); /* NULL allowed */

/* Adds a row under the value that the reader sees. SQLITE_OK, SQLITE_NOMEM or UNFIT. */
int edi_sqlite_index_add(edi_sqlite_index *index, const edict_cell *cell, edi_sqlite_entry entry);
/* Begins to look for `value`: SQLITE_OK or UNFIT. */
int edi_sqlite_index_seek(edi_sqlite_index *index, sqlite3_value *value);
/* The next row that may equal it, in the order they were added; 0 if there is none. */
int edi_sqlite_index_next(edi_sqlite_index *index, edi_sqlite_entry *entry);

#endif
