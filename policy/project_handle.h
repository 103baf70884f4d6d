/* Project handle: what stands behind edict_project, for the files of the C API. */
#ifndef EDI_PROJECT_HANDLE_H
#define EDI_PROJECT_HANDLE_H

#include "edict/policy.h"
#include "policy/build.h"
#include "policy/index.h"

struct edict_project {
  edi_arena arena;
  edi_build build;
  const char *name, *layer;
  edict_test *tests;
  size_t test_count;
};

/* As edict_project_open_on, on a system of the caller's. `index`, if there is one, notes what refers to what,
 * in the project's arena; then the project is there after FINDINGS too, for its index alone. */
edict_status edi_project_handle_open(const edi_system *system, const char *path, edi_str parent, edi_index *index,
                                     bool lenient, edict_project **project, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* What was written, as a text of the caller's that ends in a NUL. */
edict_status edi_project_give(edict_status status, edi_buf *buf, char **bytes, size_t *length) EDICT_MUST_CHECK;

#endif
