/* Rule parts: each rule of a project's own files with its conditions, where they stand, and what each can
 * come out as at all. */
#ifndef EDI_RULEPARTS_H
#define EDI_RULEPARTS_H

#include "edict/policy.h"
#include "policy/build.h"

/* All memory is the arena's. */
edict_status edi_ruleparts(edi_arena *arena, const edi_build *build, edict_rule_info **rules,
                           size_t *count) EDICT_MUST_CHECK;

#endif
