/* Arrow take: some values of an array, masked, as an array of its own.
 *
 * In: an array that edi_arrow_check has passed, the positions to take of it, and what becomes of each value: it is as it
 * came, it is null, or a mask of the decision makes it. Out: an array in which nothing stands but those values. */
#ifndef EDI_ARROW_TAKE_H
#define EDI_ARROW_TAKE_H

#include "enforce/arrow_check.h"
#include "enforce/arrow_out.h"
#include "enforce/host.h"

/* Of a list or a map that is there nothing that is inside; of a container that is NULL, that it is there. */
typedef struct edi_arrow_fate { bool emptied, filled; } edi_arrow_fate;

typedef struct edi_arrow_job { /* one column of a batch */
  edict_decision *decision;
  edi_arrow_purse *purse;
  edi_arena *temps;            /* memory until the batch is done */
  const edict_vector *vectors; /* of the batch, by column of the dataset: for masks that read the row */
  edict_cell *cells;           /* room for a row */
  uint32_t column;             /* of the dataset */
  edict_masked_as as;
  const edi_transform *fixed;  /* NULL: it varies with the row */
  edi_apply_column how;        /* for `fixed` */
  bool split;                  /* what is inside is masked by itself */
  bool is_key;                 /* what its mask makes nothing of is null, not the bottom */
  const edi_arrow_fate *fates; /* by place, of a container; NULL: of those that are there what is inside */
  uint64_t failed;
  struct edi_arrow_desk *desk; /* arrow_column.c: room for some values of a column; NULL: none yet */
} edi_arrow_job;

enum {
  EDI_ARROW_NULL = -1,         /* a null, whatever stands there */
  EDI_ARROW_MASKED_NULL = -2,  /* what the mask makes of a NULL */
};

/* Positions to take, or one of the two above, and of each the row of the batch that it belongs to. */
typedef struct edi_arrow_places {
  const int64_t *at;
  const uint32_t *rows;
  size_t count;
  bool ascending;              /* said of positions that are: each is larger than the one before, none is null, and all are of 32 bits */
} edi_arrow_places;

/* `into` is `type`, or what edi_arrow_settled made of it. On a failure nothing is left in `out`. */
edict_status edi_arrow_take(edi_arrow_job *job, const edi_arrow_type *type, const struct ArrowArray *array, const edi_arrow_type *into,
                            edi_arrow_places places, struct ArrowArray *out) EDICT_MUST_CHECK;
/* The container alone: which of its values are there goes to `out`, unless it is NULL, and where what is inside of them
 * stands to `inner`. `into` is `type`, or a list of offsets for one of a fixed size. */
edict_status edi_arrow_inner(edi_arrow_job *job, const edi_arrow_type *type, const struct ArrowArray *array, const edi_arrow_type *into,
                             edi_arrow_places places, edi_arrow_places *inner, struct ArrowArray *out) EDICT_MUST_CHECK;
/* The cells that masks read of a row of the batch, into job->cells. */
void edi_arrow_fill_row(edi_arrow_job *job, uint32_t row);
/* The type of what comes out of a column: its own, unless its mask makes values that it cannot hold. */
edict_status edi_arrow_settled(const edi_arrow_type *type, unsigned base, bool required, const edi_transform *fixed, edict_masked_as as,
                               edi_arena *arena, edi_arrow_type *into) EDICT_MUST_CHECK;

/* arrow_dictionary.c: the same for an array with a dictionary. Equal values have one entry, in the order in which they
 * come: what was different and looks the same afterwards is the same. */
edict_status edi_arrow_take_codes(edi_arrow_job *job, const edi_arrow_type *type, const struct ArrowArray *array,
                                  const edi_arrow_type *into, edi_arrow_places places, struct ArrowArray *out) EDICT_MUST_CHECK;
/* arrow_column.c: the values of an array that has no dictionary, many at once. *done false: nothing was written, and they
 * go one by one. False: the purse is empty. */
bool edi_arrow_take_column(edi_arrow_job *job, const edi_arrow_type *type, const struct ArrowArray *array, const edi_arrow_type *into,
                           edi_arrow_places places, struct ArrowArray *out, bool *done);
/* What the column's mask is in a row of the batch; `room` for one that is made for it. */
const edi_transform *edi_arrow_transform(edi_arrow_job *job, uint32_t row, edi_transform *room);
/* What becomes of one cell of a row, as value `at` of an array: null if it is nothing that may be seen. False: the purse
 * is empty. */
bool edi_arrow_mask(edi_arrow_job *job, const edi_arrow_type *type, const edi_arrow_type *into, const edict_cell *cell, uint32_t row,
                    struct ArrowArray *out, int64_t at);

#endif
