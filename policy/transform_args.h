/* Transform arguments: what a rule or a test wrote, as values in the form of bundle/argument.h. */
#ifndef EDI_TRANSFORM_ARGS_H
#define EDI_TRANSFORM_ARGS_H

#include "bundle/argument.h"
#include "policy/symbols.h"

/* What was given for parameter number `index`: the argument in that place, or of that name; or NULL. */
const edi_argument *edi_transform_given(const edi_transform_use *use, unsigned index, edi_str name);
/* EDI_PARAMETERS_MOST values in normal form, not yet settled, of a transform that the checker passed. */
void edi_transform_args(const edi_model *model, const edi_transform_use *use, edi_value *args);

#endif
