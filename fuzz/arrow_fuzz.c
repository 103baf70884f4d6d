/* Fuzz: text as a schema and a batch, whose buffers have the sizes that they have. */
#include <stdint.h>

#include "edict/arrow.h"
#include "support/arrow_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  (void)arrow_door("arrow", (const char *)data, size, NULL);
  return 0;
}
