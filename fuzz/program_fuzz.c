/* Fuzz: bytes as a packed program; and, where they do not begin like one, as words to be written into the records of
 * a program that holds, so that the verifier's later steps are reached. */
#include <stdlib.h>
#include <string.h>

#include "support/bundle_door.h"
#include "support/sample_program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_program(const void *bytes, size_t length) {
  edict_diagnostics *findings = edict_diagnostics_create();
  edict_status status = program_door("", bytes, length, findings);
  if ((status == EDICT_OK) != (edict_diagnostics_errors(findings) == 0)) abort();
  edict_diagnostics_destroy(&findings);
}

/* Six bytes each: two say which word, four what it becomes. */
static void patch_sample(const uint8_t *data, size_t size) {
  edi_arena arena;
  edi_buf bytes;
  edi_arena_init(&arena, NULL, (size_t)16 << 20);
  sample_bytes(data[0] & 1 ? sample_domain(&arena) : sample_federal(&arena), &bytes);
  size_t first = sample_offset(bytes.ptr, EDI_SECTION_SETTINGS, 0, 0, 0),
         words = (bytes.len - first) / 4;
  for (size_t at = 1; at + 6 <= size; at += 6)
    memcpy(bytes.ptr + first + 4 * (edi_get16(data + at) % words), data + at + 2, 4);
  if (sample_try_pack(&bytes)) try_program(bytes.ptr, bytes.len);
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *copy = malloc(size ? size : 1);
  if (!copy) return 0;
  memcpy(copy, data, size);
  bool whole = size >= 24 && memcmp(data, EDI_PROGRAM_MAGIC, 8) == 0;
  try_program(copy, size);
  if (whole) {
    edi_put64(copy + 16, size); /* a length that fits is the first thing a mutation breaks */
    try_program(copy, size);
  } else if (size > 0) {
    patch_sample(data, size);
  }
  free(copy);
  return 0;
}
