/* Fuzz: bytes as a bundle; and the same with lengths, digests and signature put right, so that what
 * lies behind them is reached too. */
#include <stdlib.h>
#include <string.h>

#include "support/bundle_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The files that the manifest of the input names, cut from where they would lie; a new bundle of
 * them, signed by the key that may. False: there is no manifest to be read. */
static bool repair(edi_arena *arena, const uint8_t *data, size_t size, edi_buf *into) {
  edi_manifest m;
  if (size < 64) return false;
  size_t text = edi_get32(data + 12), signatures = edi_get32(data + 16);
  if (text > size - 64) return false;
  if (edi_manifest_parse(arena, (edi_str){(const char *)data + 64, text}, &m, NULL) != EDICT_OK)
    return false;
  edi_bundle_file *files = EDI_NEW_ARRAY(arena, edi_bundle_file, m.file_count);
  if (!files) return false;
  size_t at = signatures < size - 64 - text ? 64 + text + signatures : size;
  for (size_t i = 0; i < m.file_count; i++) {
    size_t begin = (at + 63) / 64 * 64;
    if (begin > size) begin = size;
    size_t length = m.files[i].size < size - begin ? (size_t)m.files[i].size : size - begin;
    files[i] = (edi_bundle_file){m.files[i].name, {(const char *)data + begin, length}};
    at = begin + length;
  }
  edi_buf_init(into, NULL, (size_t)64 << 20);
  if (edi_bundle_write(arena, &m, files, m.file_count, into, NULL) != EDICT_OK) {
    edi_buf_fini(into);
    return false;
  }
  bool domain = m.layer == EDI_BUNDLE_DOMAIN;
  sample_sign(arena, into, domain ? DOOR_DOMAIN_KEY : DOOR_FEDERAL_KEY,
              domain ? DOOR_DOMAIN : DOOR_FEDERAL);
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_arena arena;
  edi_buf repaired;
  void *aligned = malloc(size ? size : 1); /* the fuzzer's data may lie anywhere */
  if (!aligned) return 0;
  memcpy(aligned, data, size);
  edict_diagnostics *findings = edict_diagnostics_create();
  edict_status status = bundle_door("", aligned, size, findings);
  if ((status == EDICT_OK) != (edict_diagnostics_errors(findings) == 0)) abort();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  if (repair(&arena, aligned, size, &repaired)) {
    (void)bundle_door("", repaired.ptr, repaired.len, findings);
    edi_buf_fini(&repaired);
  }
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&findings);
  free(aligned);
  return 0;
}
