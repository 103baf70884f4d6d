/* Emit: a checked model becomes the bytes of a program.
 *
 * In: a model without errors, its contracts resolved. Out: what edi_program_verify or, packed, edi_program_read reads, for the
 * federal layer everything, for a domain its own rules, contracts and declarations and, marked as
 * imported, what they use of the federal vocabulary. The same model gives the same bytes. */
#ifndef EDI_EMIT_H
#define EDI_EMIT_H

#include "policy/symbols.h"

/* A rule of the model that no bundle can hold: `most` of `what` and one more, or NULL: its cost. */
typedef struct edi_excess { uint32_t rule; const char *what; unsigned most; } edi_excess;

/* *cost: the program's, as its bundle's manifest says it. LIMIT with *excess: the first such rule, EDI_NONE if there is
 * none. */
edict_status edi_emit(edi_arena *arena, const edi_model *model, bool packed, edi_buf *into, uint64_t *cost,
                      edi_excess *excess) EDICT_MUST_CHECK;

#endif
