/* Apply: runs one transform over one cell.
 *
 * In: a transform, the column's type, the cell. Out: a cell of the same type. NULL stays NULL. A cell
 * that does not fit its column, a limit, a missing key: the bottom, which is NULL, or where the
 * contract requires a value the type's fixed one. Texts are made in the caller's memory. */
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

/* A pseudonym of a typed value: BLAKE2b-128 keyed with `key` over type tag, length and canonical
 * bytes; text in base64url, an int with its top bit cleared. */
void edi_pseudonym_text(const unsigned char key[32], edi_str text, char out[22]);
int64_t edi_pseudonym_int(const unsigned char key[32], int64_t i);

#endif
