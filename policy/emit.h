/* Emit: a checked model becomes the bytes of a program.
 *
 * In: a model without errors, its contracts resolved. Out: what edi_program_verify reads, for the
 * federal layer everything, for a domain its own rules, contracts and declarations and, marked as
 * imported, what they use of the federal vocabulary. The same model gives the same bytes. */
#ifndef EDI_EMIT_H
#define EDI_EMIT_H

#include "policy/symbols.h"

/* LIMIT with *costly a rule of the model: it costs more than EDI_LIMIT_RULE_COST; else EDI_NONE. */
edict_status edi_emit(edi_arena *arena, const edi_model *model, edi_buf *into, uint32_t *costly) EDICT_MUST_CHECK;

#endif
