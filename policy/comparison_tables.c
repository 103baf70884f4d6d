/* Comparison, tables: keys worth asking with, out of the data that the sides carry.
 *
 * A row that one side has and the other one has not, or has with other values, is a boundary like a constant of a rule;
 * a few of the rows that both have let the rest through. Where more rows differ than are taken, that is said. */
#include "policy/comparison.h"

enum { DIFFERENT_MOST = 48, SAME_MOST = 8, SCANNED_MOST = 200000 };

static bool find_table(const edict_comparison *c, int side, edi_str name, edi_tablefile *table) {
  for (size_t i = 0; i < c->sides[side].count; i++) {
    const edi_bundle *b = &c->sides[side].bundles[i].bundle;
    if (b->manifest.layer != EDI_BUNDLE_TABLE || !edi_str_equal(b->manifest.layer_of, name)) continue;
    edi_str data = edi_bundle_find(b, "table");
    return data.ptr && edi_tablefile_verify(data.ptr, data.len, table, c->quiet) == EDICT_OK;
  }
  return false;
}

static const edi_tablecell *row_at(const edi_tablefile *t, uint64_t place) { return t->cells + place * (t->key_count + t->value_count); }

static bool same_cell(const edi_tablefile *a, const edi_tablecell *x, const edi_tablefile *b, const edi_tablecell *y) {
  bool texts = edi_tablecell_is_text(x) && edi_tablecell_is_text(y);
  if (texts) return edi_str_equal(edi_tablecell_text(x, a->heap), edi_tablecell_text(y, b->heap));
  return x->kind == y->kind && x->length == y->length && x->value == y->value;
}

/* Whether the other side's table says the same of this row's key. */
static bool is_the_same(const edi_tablefile *t, uint64_t place, const edi_tablefile *other) {
  if (!other || t->key_count != other->key_count || t->value_count != other->value_count) return false;
  const edi_tablecell *cells = row_at(t, place);
  uint64_t found = edi_tablefile_find(other, cells, t->heap);
  for (uint32_t i = t->key_count; found != UINT64_MAX && i < t->key_count + t->value_count; i++)
    if (!same_cell(t, &cells[i], other, &row_at(other, found)[i])) return false;
  return found != UINT64_MAX;
}

static void tell_key(const edi_tablefile *t, uint64_t place, edi_key_heard *hear, void *user) {
  for (uint32_t i = 0; i < t->key_count; i++) {
    const edi_tablecell *cell = &row_at(t, place)[i];
    char storage[64];
    edi_buf text = edi_buf_fixed(storage, sizeof storage);
    edi_decimal d;
    unsigned base = t->types[2 * i];
    if (edi_tablecell_is_text(cell)) {
      hear(user, i, edi_tablecell_text(cell, t->heap));
      continue;
    }
    if (base == EDI_TYPE_BOOL) edi_buf_text(&text, cell->value ? "true" : "false");
    else if (base == EDI_TYPE_INT) edi_buf_format(&text, "%lld", (long long)cell->value);
    else if (base == EDI_TYPE_DATE) edi_date_format(&text, cell->value);
    else if (base == EDI_TYPE_TIMESTAMP) edi_timestamp_format(&text, cell->value);
    else if (base == EDI_TYPE_DECIMAL && edi_decimal_make(cell->value, cell->length, &d)) edi_decimal_format(&text, d);
    if (text.len && text.failed == EDICT_OK) hear(user, i, (edi_str){text.ptr, text.len});
  }
}

bool edi_comparison_keys(edict_comparison *c, edi_str name, edi_key_heard *hear, void *user) {
  edi_tablefile tables[EDI_SIDES];
  bool there[EDI_SIDES], whole = true;
  for (int side = 0; side < EDI_SIDES; side++) there[side] = find_table(c, side, name, &tables[side]);
  for (int side = 0; side < EDI_SIDES; side++) {
    size_t different = 0, same = 0, rows = 0;
    for (uint64_t place = 0; there[side] && place < tables[side].place_count; place++) {
      if (!edi_tablefile_has_row(&tables[side], place)) continue;
      if (rows++ >= SCANNED_MOST) {
        whole = false;
        break;
      }
      bool alike = is_the_same(&tables[side], place, there[!side] ? &tables[!side] : NULL);
      if (!alike && different == DIFFERENT_MOST) {
        whole = false;
        break;
      }
      if (alike && same == SAME_MOST) continue;
      if (alike) same++;
      else different++;
      tell_key(&tables[side], place, hear, user);
    }
  }
  return whole;
}
