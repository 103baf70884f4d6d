/* Context: what the host says of the request, typed into the plan's slots. */
#ifndef EDI_CONTEXT_H
#define EDI_CONTEXT_H

#include "eval/plan.h"

/* Fills plan->context from the request; EDI_SYSTEM_CONTEXT if it names an attribute twice, or one that
 * the vocabulary does not declare, or one that is not the host's to say; EDI_SYSTEM_NONE if all is
 * well. A purpose that the subject's purposes do not cover becomes unknown. */
edi_system_reason edi_context_fill(edi_plan *plan, const edi_plan_request *request);

/* The attributes of the resource, likewise and in the same pools, after the context. */
edi_system_reason edi_resource_fill(edi_plan *plan, const edi_plan_request *request);

#endif
