/* Masker: a column of a batch, masked in one go where its mask depends on no other cell of the row. */
#ifndef EDI_MASKER_H
#define EDI_MASKER_H

#include "enforce/host.h"

/* Whether it does not. */
bool edi_masker_column_alone(const edict_decision *decision, uint32_t column);
/* What becomes of the column's cells in these rows, one after the other. False: the memory is full. */
bool edi_masker_column(edict_decision *decision, uint32_t column, const edict_vector *from, const uint32_t *rows, size_t count,
                       edict_cell *out, edi_output *memory) EDICT_MUST_CHECK;

/* The same of a mask of numbers, from array to array: what becomes of them, 0 where they are NULL, and which are not. How
 * many, from the first on, and zeros behind: the rest, or all, goes by cells. `type`: of the cells that they are of; INT, DATE or
 * TIMESTAMP. `rows` NULL: those from `row` on. */
size_t edi_masker_numbers(edict_decision *decision, uint32_t column, const edict_vector *from, size_t row, const uint32_t *rows, size_t count,
                          edict_cell_type type, int64_t *out, uint64_t *valid);

#endif
