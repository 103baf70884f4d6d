/* Suppose: rules that a domain might write, for those who ask what it could open. */
#ifndef EDI_SUPPOSE_H
#define EDI_SUPPOSE_H

#include "policy/symbols.h"

/* The root above a node of a taxonomy. */
uint32_t edi_suppose_root(const edi_model *model, uint32_t node);
/* Adds to a copy of a federal model, whose domain is set to `node` or to the root above it, one permit for each delegate
 * to a domain of that root, which opens all that the delegate lets it. False without memory. */
bool edi_suppose_permits(edi_arena *arena, uint32_t node, edi_model *model) EDICT_MUST_CHECK;

#endif
