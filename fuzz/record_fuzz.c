/* Fuzz: bytes as a record of the decision log, as its answer and as its sealed inputs, as a refusal, a step of a sweep and a note of one. */
#include "support/record_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *bytes = (const char *)data;
  (void)record_door("record-", bytes, size, NULL);
  (void)record_door("answer-", bytes, size, NULL);
  (void)record_door("inputs-", bytes, size, NULL);
  (void)record_door("refusal-", bytes, size, NULL);
  (void)record_door("swept-", bytes, size, NULL);
  (void)record_door("receipt-", bytes, size, NULL);
  (void)record_door("note-", bytes, size, NULL);
  return 0;
}
