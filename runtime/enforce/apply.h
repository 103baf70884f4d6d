/* Apply: runs one transform over one cell.
 *
 * In: a transform, the column's type, the cell. Out: a cell of the same type. NULL stays NULL, but for
 * `null` in a required column and what is asked to hide it. A limit, a missing key, a value that the
 * transform makes nothing of: the bottom, which is NULL; where the contract requires a value, what the
 * transform makes of the type's fixed one, and that one itself if it makes nothing of it either. A cell
 * that does not fit its column is masked in the same way. So of an ordered pair the lower output follows
 * from the upper one for every cell. Texts are made in the caller's memory, which keeps nothing raw. */
#ifndef EDI_APPLY_H
#define EDI_APPLY_H

#include "bundle/vocabulary.h"
#include "edict/decision.h"
#include "enforce/kernels.h"

typedef struct edi_apply_column {
  unsigned base;                /* type of the column's cells */
  bool required;
  const unsigned char *key;     /* 32 bytes for PSEUDONYM; NULL: not available, the bottom */
  const edi_vocabulary *vocabulary; /* GENERALISE: the taxonomy of the column's tags */
  uint32_t taxonomy;            /* EDI_NONE: none */
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
