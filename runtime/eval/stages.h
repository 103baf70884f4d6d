/* Stages: what can be known of a rule before a request comes, and until when it stays known. */
#ifndef EDI_STAGES_H
#define EDI_STAGES_H

#include "eval/bind.h"

/* Stage and moments of an entry that is folded and has its reads. */
edict_status edi_stage_entry(edi_entry *entry, edi_arena *arena) EDICT_MUST_CHECK;
/* Dates and moments of a concern whose entries are listed. */
edict_status edi_stage_concern(const edi_bound_dataset *dataset, edi_concern *concern, edi_arena *arena) EDICT_MUST_CHECK;

#endif
