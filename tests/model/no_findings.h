/* No findings: what the verifier says goes nowhere in a model; it is never formatted, and memory may run out. */
#ifndef MODEL_FINDINGS_H
#define MODEL_FINDINGS_H

#include <stdarg.h>
#include <stdio.h>

#include "base/diagnostic.h"
#include "model.h"

int vsnprintf(char *out, size_t size, const char *format, va_list arguments) {
  (void)format, (void)arguments;
  if (size > 0) out[0] = 0;
  return 0;
}
edi_finding *edi_diagnostics_add(edict_diagnostics *d, edi_code code, edi_span span, const char *label, const char *format, ...) {
  (void)d, (void)code, (void)span, (void)label, (void)format;
  return NULL;
}
edict_status edi_arena_status(const edi_arena *arena) {
  (void)arena;
  return EDICT_MEMORY;
}
void *edi_arena_array(edi_arena *arena, size_t count, size_t size) {
  (void)arena;
  check(count <= UINT32_MAX * UINT64_C(2), "no more is asked for than there are records");
  return any_bool() ? NULL : calloc(count, size);
}

#endif
