/* Project model: what lies behind the public `edict_project`, for the other parts of its C API. */
#ifndef EDI_PROJECT_MODEL_H
#define EDI_PROJECT_MODEL_H

#include "policy/build.h"

struct edict_project;
const edi_build *edi_project_build_of(const struct edict_project *project);

#endif
