/* Table data: what a header may claim of rows, columns, index and heap, and cells of the heap. */
#include "model.h"

#include "runtime/bundle/tablefile.c"

void edi_put32(void *p, uint32_t v) { memcpy(p, &v, sizeof v); }

edi_finding *edi_diagnostics_add(edict_diagnostics *d, edi_code code, edi_span span, const char *label, const char *format, ...) {
  (void)d, (void)code, (void)span, (void)label, (void)format;
  return NULL;
}

/* A file of any length with `keys` and `values` columns: of it the header and the types stand in memory. The counts are
 * constants, since a quotient of two unknown numbers is beyond what can be decided here. */
static void of_columns(uint32_t keys, uint32_t values) {
  char bytes[192];
  edi_tablefile t = {0};
  size_t length = any_size(EDI_LIMIT_TABLE_FILE), columns = keys + values;
  assume(length >= sizeof bytes);
  edi_put32(bytes + 12, keys);
  edi_put32(bytes + 16, values);
  if (verify_layout(bytes, length, &t, NULL) != EDICT_OK) return;
  uint64_t cells = (uint64_t)((const char *)t.cells - bytes);
  check(t.row_count < UINT32_MAX && t.row_count <= t.place_count, "each row has a place");
  check(t.place_count % t.share == 0 && t.homes <= t.place_count / t.share, "each home has all of its places");
  check(cells >= HEADER + 8 * columns && cells <= length, "the places follow the types");
  check(t.place_count <= (length - cells) / (columns * sizeof(edi_tablecell)), "and lie within");
  check(cells + t.place_count * columns * sizeof(edi_tablecell) + t.heap.len == length, "the heap follows them, and ends with the file");
}

void prove_layout(void) { of_columns(1, 1); }
