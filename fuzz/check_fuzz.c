/* Fuzz: rule text through parser and checker, beside a vocabulary that gives names to meet. */
#include "support/check_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edict_diagnostics *findings = edict_diagnostics_create();
  (void)check_door("", (const char *)data, size, findings);
  edict_diagnostics_destroy(&findings);
  return 0;
}
