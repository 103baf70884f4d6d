/* Vector: a column of a batch, read as cells, as bits of what is not NULL, and as numbers.
 *
 * In: an edict_vector that edi_vector_check has passed. What a value of it is as a cell is said once, by
 * edict_vector_cell; all else gives the same for many rows. Nothing is copied but numbers that must be widened. */
#ifndef EDI_VECTOR_H
#define EDI_VECTOR_H

#include <stdbool.h>

#include "base/bytes.h"
#include "edict/batch.h"

/* Whether its buffers are there and as long as `rows`; a dictionary's too. */
bool edi_vector_check(const edict_vector *vector, size_t rows);

static inline bool edi_layout_is_integer(edict_layout layout) {
  return layout >= EDICT_LAYOUT_INT8 && layout <= EDICT_LAYOUT_UINT64;
}

static inline bool edi_layout_is_decimal(edict_layout layout) {
  return layout == EDICT_LAYOUT_DECIMAL128 || (layout >= EDICT_LAYOUT_DECIMAL32 && layout <= EDICT_LAYOUT_DECIMAL256);
}

/* The text of a row that is not NULL, where the layout is TEXT32 without a dictionary; false: ask for its cell. */
static inline bool edi_vector_text32(const edict_vector *v, size_t row, edi_str *text) {
  const unsigned char *offsets = (const unsigned char *)v->values + (v->offset + row) * 4;
  int32_t from = (int32_t)edi_get32(offsets), to = (int32_t)edi_get32(offsets + 4);
  if (from < 0 || to < from || !v->bytes) return false;
  *text = (edi_str){v->bytes + from, (size_t)(to - from)};
  return true;
}

/* Bits of rows `row` to `row` + n: which are not NULL. Those of a dictionary are of the indices alone. */
void edi_vector_valid(const edict_vector *vector, size_t row, size_t n, uint64_t *out);
/* BOOL: which are set. */
void edi_vector_bits(const edict_vector *vector, size_t row, size_t n, uint64_t *out);
/* The same numbers as int64_t, of an integer layout, DATE32, or another of 8 bytes, whose bits they are: where they
 * stand, if that is how they lie, else in `room`. */
const int64_t *edi_vector_numbers(const edict_vector *vector, size_t row, size_t n, int64_t *room);
/* Indices into the dictionary; one that is out of range is some number that is not below its length. */
const uint32_t *edi_vector_codes(const edict_vector *vector, size_t row, size_t n, uint32_t *room);

#endif
