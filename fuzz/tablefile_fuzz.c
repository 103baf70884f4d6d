/* Fuzz: bytes as table data; what is taken is searched for each of its own rows. */
#include <stdlib.h>
#include <string.h>

#include "support/bundle_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  void *aligned = malloc(size ? size : 1);
  if (!aligned) return 0;
  memcpy(aligned, data, size);
  edict_diagnostics *findings = edict_diagnostics_create();
  edict_status status = tablefile_door("", aligned, size, findings);
  if ((status == EDICT_OK) != (edict_diagnostics_errors(findings) == 0)) abort();
  edict_diagnostics_destroy(&findings);
  free(aligned);
  return 0;
}
