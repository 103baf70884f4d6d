/* Table data: the rows of one declared table, sorted by key, mapped and used in place.
 *
 *   "EDICTTAB" | format u32 | key columns u32 | value columns u32 | 0 u32 | rows u64 | heap length u64 |
 *   for each column: base type u32, 0 u32 |
 *   rows: for each column a 16-byte cell, in order keys then values | heap
 *
 * A cell: kind u32 (0 absent, values only; 1 inline; 2 in the heap), length u32, i64 value or heap
 * offset. Keys and values are stored as canonical texts or integers: STRING, ID, NODE and LEVEL as UTF-8
 * text in the heap (nodes by name, so that renumbering never matters), BOOL INT DATE TIMESTAMP DURATION
 * inline (a duration: length 1 months, 0 micros), DECIMAL inline with scale in length, IP 16 bytes in
 * the heap. The heap holds its cells in order, one after the other; a cell may instead name the bytes
 * of the cell above it. Rows are strictly ascending by their keys: text by its bytes, the shorter
 * first; what is inline by length, then value. */
#ifndef EDI_TABLEFILE_H
#define EDI_TABLEFILE_H

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "bundle/program.h"

typedef struct edi_tablecell { uint32_t kind, length; int64_t value; } edi_tablecell;
enum { EDI_TABLECELL_ABSENT = 0, EDI_TABLECELL_INLINE = 1, EDI_TABLECELL_HEAP = 2 };

typedef struct edi_tablefile {
  uint32_t key_count, value_count;
  uint64_t row_count;
  const uint32_t *types;        /* pairs: base type, 0 */
  const edi_tablecell *cells;   /* row_count * (key_count + value_count) */
  edi_str heap;
} edi_tablefile;

/* Verifies everything said above in one linear pass; FORMAT with a diagnostic otherwise. */
edict_status edi_tablefile_verify(const void *bytes, size_t length, edi_tablefile *table,
                                  edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Index of the row with these keys, or UINT64_MAX; heap cells of `keys` hold offsets into `heap`. */
uint64_t edi_tablefile_find(const edi_tablefile *table, const edi_tablecell *keys, edi_str heap);

/* Sorts and writes; equal keys twice are FINDINGS. cells as above, row by row. */
edict_status edi_tablefile_write(edi_arena *arena, const uint32_t *types, uint32_t key_count,
                                 uint32_t value_count, const edi_tablecell *cells, uint64_t row_count,
                                 edi_str heap, edi_buf *into, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
