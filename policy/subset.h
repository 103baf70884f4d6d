/* Subset: a model with some of its rules left out, so that the evaluator can be asked what the others do. */
#ifndef EDI_SUBSET_H
#define EDI_SUBSET_H

#include "policy/symbols.h"

/* Puts into `model`, which is a copy, those of its rules for which `keep` is true. Of exemptions that are kept, the
 * rules that are not are left out, and the whole exemption if none is left. False without memory. */
bool edi_subset_rules(edi_arena *arena, edi_model *model, bool (*keep)(const void *user, const edi_sym_rule *rule),
                      const void *user) EDICT_MUST_CHECK;

#endif
