/* Fuzz: edict.yaml beside the fixed files of the small project. */
#include <stdlib.h>

#include "support/small_project.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)64 * 1024 * 1024);
  edi_project *project = NULL;
  edict_status status =
      small_project_read(&arena, (edi_str){(const char *)data, size}, &project, diagnostics);
  if ((status == EDICT_OK) != (project != NULL)) abort();
  if (status == EDICT_FINDINGS && edict_diagnostics_errors(diagnostics) == 0) abort();
  if (status == EDICT_OK && edict_diagnostics_errors(diagnostics) > 0) abort();
  if (project &&
      (project->release.version == 0 || project->release.expires <= project->release.not_before))
    abort();
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
  return 0;
}
