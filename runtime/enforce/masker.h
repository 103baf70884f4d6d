/* Masker: a column of a batch, masked in one go where its mask depends on no other cell of the row. */
#ifndef EDI_MASKER_H
#define EDI_MASKER_H

#include "enforce/host.h"

/* Whether it does not. */
bool edi_masker_column_alone(const edict_decision *decision, uint32_t column);
/* What becomes of the column's cells in these rows, one after the other. False: the memory is full. */
bool edi_masker_column(edict_decision *decision, uint32_t column, const edict_vector *from, const uint32_t *rows, size_t count,
                       edict_cell *out, edi_output *memory) EDICT_MUST_CHECK;

#endif
