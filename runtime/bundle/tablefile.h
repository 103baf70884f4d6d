/* Table data: the rows of one declared table, each where its keys lead to, mapped and used in place.
 *
 *   "EDICTTAB" | format u32 | key columns u32 | value columns u32 | 0 u32 | rows u64 | heap length u64 |
 *   salt 16 bytes | places u64 | for each column: base type u32, 0 u32 | 0 up to a multiple of 64 |
 *   places, each empty or a row: for each column a 16-byte cell, in order keys then values | heap
 *
 * A cell: kind u32 (0 absent, values only; 1 inline; 2 in the heap; 3 short), length u32, i64 value or heap
 * offset. Keys and values are stored as canonical texts or integers: STRING, ID, NODE and LEVEL as UTF-8
 * text (nodes by name, so that renumbering never matters), BOOL INT DATE TIMESTAMP DURATION inline (a
 * duration: length 1 months, 0 micros, which no time is), DECIMAL inline with scale in length, IP as its 16 bytes. A text of
 * at most 12 bytes stands in the cell itself: kind 3 | length << 8, then its bytes and zeros, so that most
 * look-ups need no second read of memory. The heap holds the longer ones in the order of their cells, one
 * after the other; of a key its offset has the beginning of its hash above it, so that other texts of its
 * length need not be read. Where a row has its place is told by tableindex.h. An empty place is zeros. */
#ifndef EDI_TABLEFILE_H
#define EDI_TABLEFILE_H

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "bundle/program.h"

typedef struct edi_tablecell { uint32_t kind, length; int64_t value; } edi_tablecell;
enum {
  EDI_TABLECELL_ABSENT = 0,
  EDI_TABLECELL_INLINE = 1,
  EDI_TABLECELL_HEAP = 2,
  EDI_TABLECELL_SHORT = 3, /* | length << 8 */
};
enum { EDI_TABLE_SALT = 16, EDI_TABLE_SHORT_MOST = 12 }; /* bytes */
enum { EDI_TABLE_OFFSET_BITS = 48 }; /* of a heap cell's value; above them is of a hash */

static inline bool edi_tablecell_is_short(const edi_tablecell *cell) { return (cell->kind & 0xFF) == EDI_TABLECELL_SHORT; }
/* Kind 2 or 3: what edi_tablecell_text takes. */
static inline bool edi_tablecell_is_text(const edi_tablecell *cell) {
  return cell->kind == EDI_TABLECELL_HEAP || edi_tablecell_is_short(cell);
}
/* The text of a cell; points into the heap or into the cell. */
static inline edi_str edi_tablecell_text(const edi_tablecell *cell, edi_str heap) {
  if (edi_tablecell_is_short(cell)) return (edi_str){(const char *)&cell->length, cell->kind >> 8};
  return (edi_str){heap.ptr + ((uint64_t)cell->value & ((UINT64_C(1) << EDI_TABLE_OFFSET_BITS) - 1)), cell->length};
}
/* The cell of a text of at most EDI_TABLE_SHORT_MOST bytes. */
edi_tablecell edi_tablecell_short(edi_str text);

typedef struct edi_tablefile {
  uint32_t key_count, value_count;
  uint64_t row_count, place_count, homes;
  uint32_t share;               /* places of a home */
  unsigned units;               /* of durations that are keys: 1 << 0 exact time, 1 << 1 months */
  const uint32_t *types;        /* pairs: base type, 0 */
  const edi_tablecell *cells;   /* place_count * (key_count + value_count) */
  const unsigned char *salt;
  edi_str heap;
} edi_tablefile;

/* Whether a row has its place there. */
static inline bool edi_tablefile_has_row(const edi_tablefile *t, uint64_t place) {
  return t->cells[place * (t->key_count + t->value_count)].kind != EDI_TABLECELL_ABSENT;
}

/* Verifies everything said above in one linear pass; FORMAT with a diagnostic otherwise. */
edict_status edi_tablefile_verify(const void *bytes, size_t length, edi_tablefile *table,
                                  edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The place of the row with these keys, or UINT64_MAX; heap cells of `keys`, which may be short, hold offsets
 * into `heap`. */
uint64_t edi_tablefile_find(const edi_tablefile *table, const edi_tablecell *keys, edi_str heap);
/* The same for `count` keys, each of as many cells as the table has key columns. */
void edi_tablefile_find_many(const edi_tablefile *table, const edi_tablecell *keys, size_t count,
                             edi_str heap, uint64_t *rows);
bool edi_tablefile_has_keys(const edi_tablefile *table, uint64_t place, const edi_tablecell *keys,
                            edi_str heap);

/* Places and writes; equal keys twice are FINDINGS. cells as above, row by row, every text in the heap. */
edict_status edi_tablefile_write(edi_arena *arena, const uint32_t *types, uint32_t key_count,
                                 uint32_t value_count, const edi_tablecell *cells, uint64_t row_count,
                                 edi_str heap, edi_buf *into, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
