/* Apply: runs one transform over one cell.
 *
 * In: a transform, the column's type, the cell. Out: a cell of the same type. NULL stays NULL, but for
 * the transform `null` in a required column. A limit, a missing key: the bottom, which is NULL, or
 * where the contract requires a value the type's fixed one. A cell that does not fit its column is
 * masked as if it held the bottom. Texts are made in the caller's memory, which keeps nothing raw. */
#ifndef EDI_APPLY_H
#define EDI_APPLY_H

#include "edict/decision.h"
#include "eval/transform.h"

typedef struct edi_output {
  char *ptr;
  size_t size, used;
  bool full;                    /* something did not fit: the row must not be shown */
} edi_output;

typedef struct edi_apply_column {
  unsigned base;                /* type of the column's cells */
  bool required;
  const unsigned char *key;     /* 32 bytes for PSEUDONYM; NULL: not available, the bottom */
} edi_apply_column;

void edi_apply(const edi_transform *transform, const edi_apply_column *column, edi_pattern_scratch *patterns,
               const edict_cell *in, edict_cell *out, edi_output *memory);

/* A pseudonym of a typed value: BLAKE2b-128 keyed with `key` over type tag u8, length u64 and canonical
 * bytes: a text's UTF-8, an int's 8 bytes, a decimal's mantissa in 8 bytes and scale in one, all
 * little-endian. A text's is base64url; a number's the first 8 bytes with the top bit cleared. */
void edi_pseudonym_text(const unsigned char key[32], edi_str text, char out[22]);
int64_t edi_pseudonym_int(const unsigned char key[32], int64_t i);
int64_t edi_pseudonym_decimal(const unsigned char key[32], edi_decimal d);

#endif
