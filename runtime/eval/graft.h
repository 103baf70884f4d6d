/* Graft: a domain's own taxonomies, and its tags below the open ones of the federal layer, put beside the
 * federation's numbers.
 *
 * The federal numbers stay what they are; own nodes and kinds are numbered from their end, so `at or below`
 * stays a comparison of two numbers, and what one domain declares is in no other domain's vocabulary.
 * Everything that the checker asked of these nodes is asked again, for a domain signs bytes of its own
 * making: an own node hangs below an imported one that the federal layer opened, hides no federal name, has
 * the type of the node above it, and stands no deeper than a taxonomy may be. */
#ifndef EDI_GRAFT_H
#define EDI_GRAFT_H

#include "eval/link.h"

/* Fills kind_of, node_of and vocabulary of `linked`, whose arrays are made and whose program is verified.
 * FINDINGS: a name that the program imports is not there any more (R0501), or one of its own may not be
 * (R0523 to R0526). */
edict_status edi_graft(edi_linked *linked, const edi_vocabulary *federal, edi_arena *arena,
                       edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
