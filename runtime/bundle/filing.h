/* Filing: the rules of a program put into a tree by what they need, so that those are found that can apply.
 *
 * In: a program whose codes are typed. Out: branches in preorder. Each rule stands in exactly one, and needs what
 * every branch above it says; so whoever walks down past those that fail meets each rule that may apply. What
 * the contract decides comes first, then whatever tells most rules apart. The same rules give the same tree. */
#ifndef EDI_FILING_H
#define EDI_FILING_H

#include "bundle/guard.h"

typedef struct edi_filing {
  const edi_branch *branches;
  uint32_t count;
  const uint32_t *lists;   /* what `values` and `rules` of the branches are ranges of */
  uint32_t list_count;
} edi_filing;

/* Memory of the filing is the arena's, and what else is needed, most of it, of `scratch`; what the program's lists hold may be
 * copied. */
edict_status edi_filing_make(const edi_program *program, edi_arena *arena, edi_arena *scratch, edi_filing *filing) EDICT_MUST_CHECK;

#endif
