/* Fits: whether the cells of a column may be shown as they are.
 *
 * In: a column of a batch and the type that the contract calls it. Out: whether edi_cell_fits says so of each cell that is
 * not NULL; mostly it is seen at once for many. */
#ifndef EDI_FITS_H
#define EDI_FITS_H

#include <stddef.h>
#include <stdint.h>

#include "eval/vector.h"

/* Of these rows; `rising`: each lies behind the one before it. */
bool edi_vector_fits(const edict_vector *vector, unsigned base, const uint32_t *rows, size_t count, bool rising);
/* Whether it does whatever its values are. */
bool edi_vector_always_fits(const edict_vector *vector, unsigned base);

#endif
