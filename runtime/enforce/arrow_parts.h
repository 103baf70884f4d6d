/* Arrow parts: what becomes of a field of a batch, and of each part inside of it that the contract lists.
 *
 * In: a type, and the column of the dataset that it is of. Out: a tree beside the type's, which says of each node
 * whether it comes out, as which type, and masked how. A container whose parts the contract lists stays as it is and its
 * parts are masked one by one; one without parts is a value of its own. Invariant: a container of whose parts nothing may
 * be seen is null, and one that cannot be without the part that is dropped is dropped with it. */
#ifndef EDI_ARROW_PARTS_H
#define EDI_ARROW_PARTS_H

#include "enforce/arrow_take.h"

typedef struct edi_arrow_part {
  uint32_t column;            /* of the dataset; EDI_NONE: the contract does not have it */
  bool shown;                 /* it comes out */
  bool split;                 /* a container of parts: `children` are they */
  bool tells;                 /* something of it may be seen */
  bool strange;               /* it is of another form than the contract says: nothing of it is shown */
  bool is_key;                /* of a map */
  edict_masked_as as;
  const edi_transform *fixed; /* NULL: it varies with the row */
  edi_arrow_type into;
  struct edi_arrow_part *children; /* one for each child of the type; of a map those of its entries */
} edi_arrow_part;

/* Settles a field, whose column is known. */
edict_status edi_arrow_part_settle(const edict_decision *decision, const edi_arrow_type *type, uint32_t column, edi_arena *arena,
                                   edi_arrow_part *part, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* As edi_arrow_take, for a part that is shown; `job` is set for each part in turn. */
edict_status edi_arrow_part_take(edi_arrow_job *job, const edi_arrow_part *part, const edi_arrow_type *type, const struct ArrowArray *array,
                                 edi_arrow_places places, struct ArrowArray *out) EDICT_MUST_CHECK;
/* The vectors of what a rule may read inside of structs. `above`: which rows have what the array is inside of; NULL: all. */
edict_status edi_arrow_part_vectors(const edict_decision *decision, const edi_arrow_part *part, const edi_arrow_type *type,
                                    const struct ArrowArray *array, int64_t offset, size_t rows, const unsigned char *above, edi_arena *temps,
                                    edict_vector *vectors, edict_vector *dictionaries) EDICT_MUST_CHECK;

#endif
