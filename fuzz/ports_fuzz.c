/* Fuzz: bytes as a data product; what is read has an id, and each port a name. */
#include <stdlib.h>

#include "policy/ports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena arena;
  edi_ports ports;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edict_status status = edi_ports_parse(&arena, EDI_STR("fuzz.yaml"), (edi_str){(const char *)data, size}, &ports, d);
  if ((status == EDICT_FINDINGS) != (edict_diagnostics_errors(d) > 0)) abort();
  if (status == EDICT_OK && ports.id.len == 0) abort();
  for (size_t i = 0; status == EDICT_OK && i < ports.count; i++)
    if (ports.ports[i].name.len == 0) abort();
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&d);
  return 0;
}
