/* Emit: a checked model becomes the bytes of a program.
 *
 * In: a model without errors, its contracts resolved. Out: what edi_program_verify reads, for the
 * federal layer everything, for a domain its own rules, contracts and declarations and, marked as
 * imported, what they use of the federal vocabulary. The same model gives the same bytes. */
#ifndef EDI_EMIT_H
#define EDI_EMIT_H

#include "policy/symbols.h"

edict_status edi_emit(edi_arena *arena, const edi_model *model, edi_buf *into) EDICT_MUST_CHECK;

#endif
