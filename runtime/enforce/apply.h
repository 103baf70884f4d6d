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
#include "enforce/mask_key.h"

typedef struct edi_apply_column {
  unsigned base;                /* type of the column's cells */
  bool required;
  bool uuid;                    /* STRING: what stands for a value is a UUID too */
  edi_mask_key *key;            /* prepared for the transform; NULL: not available, the bottom */
  edi_mask_key *own;            /* TOKEN, PSEUDONYM by an entity: its own key; NULL: not available, the bottom */
  const unsigned char *entity;  /* whose, EDI_ENTITY_BYTES */
  edi_str salt;                 /* SHA256_QUERY: of this decision; empty: there is none, the bottom */
  const edict_cell *cell;       /* DATE_SHIFT: the cell of the row that names the entity; NULL: none */
  unsigned cell_base;
  const edi_vocabulary *vocabulary; /* GENERALISE: the taxonomy of the column's tags */
  uint32_t taxonomy;            /* EDI_NONE: none */
} edi_apply_column;

/* 16 bytes are the least that a salt has. */
#define EDI_SALT_LEAST 16

void edi_apply(const edi_transform *transform, const edi_apply_column *column, edi_pattern_scratch *patterns,
               const edict_cell *in, edict_cell *out, edi_output *memory);

/* What a mask of texts that needs nothing but the text does; NULL: it is none. */
edi_text_kernel *edi_apply_text_kernel(const edi_transform *transform);

/* What stands where nothing may be told. */
void edi_apply_bottom(const edi_apply_column *column, edict_cell *out);

#endif
