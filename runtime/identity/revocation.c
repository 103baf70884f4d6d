/* Revocation: look-ups in the table's own order. */
#include "identity/revocation.h"

enum { KEYS = 2, TEXT_MOST = 16 };

bool edi_revocation_is_sound(const edi_tablefile *data) {
  static const edi_str claims[] = {{"jti", 3}, {"kid", 3}, {"sub", 3}};
  if (data->key_count != KEYS || data->value_count != 0) return false;
  for (uint64_t place = 0; place < data->place_count; place++) {
    const edi_tablecell *cell = &data->cells[place * KEYS];
    if (!edi_tablefile_has_row(data, place)) continue;
    if (!edi_tablecell_is_text(cell)) return false;
    edi_str claim = edi_tablecell_text(cell, data->heap);
    bool known = false;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
      known = known || edi_str_equal(claim, claims[i]);
    if (!known) return false;
  }
  return true;
}

bool edi_revocation_is_fresh(const edi_revocation *revocation, int64_t now) {
  return !revocation->declared || (revocation->data && revocation->not_before <= now &&
                                   now < revocation->fresh_until);
}

bool edi_revocation_has(const edi_revocation *revocation, edi_str claim, edi_str value) {
  char heap[TEXT_MOST + EDI_REVOCATION_VALUE_MOST];
  if (!revocation->declared || !value.ptr) return false;
  /* What is longer than any row may be, or is not known to be harmless, counts as taken back. */
  if (!revocation->data || claim.len > TEXT_MOST || value.len > EDI_REVOCATION_VALUE_MOST) return true;
  memcpy(heap, claim.ptr, claim.len);
  memcpy(heap + claim.len, value.ptr, value.len);
  edi_tablecell cells[KEYS] = {
      {EDI_TABLECELL_HEAP, (uint32_t)claim.len, 0},
      {EDI_TABLECELL_HEAP, (uint32_t)value.len, (int64_t)claim.len}};
  return edi_tablefile_find(revocation->data, cells, (edi_str){heap, claim.len + value.len}) !=
         UINT64_MAX;
}
