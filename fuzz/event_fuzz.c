/* Fuzz: bytes as an event; what comes out is an event that shows nothing hidden. */
#include "support/event_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  (void)event_door("", (const char *)data, size, NULL);
  return 0;
}
