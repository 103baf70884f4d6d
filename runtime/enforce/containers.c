/* Containers: see the header. */
#include "enforce/containers.h"

#include "bundle/order.h"
#include "enforce/cell_forms.h"
#include "eval/vm.h"

/* ---- what may be seen ---- */

static uint32_t end_of(const edi_bound_column *c) { return c->part_first + c->part_count; }

uint32_t edi_part_in_role(const edi_bound_dataset *d, uint32_t column, edi_column_role role) {
  const edi_bound_column *c = &d->columns[column];
  for (uint32_t part = c->part_first; part < end_of(c); part = edi_part_next(d, part))
    if (d->columns[part].role == role) return part;
  return EDI_NONE;
}

static bool is_asked(const edi_plan *plan, uint32_t column) {
  const edi_bound_column *c = &plan->dataset->columns[column];
  bool asked = plan->columns[column].asked;
  for (uint32_t part = c->part_first; !asked && part < end_of(c); part++) asked = plan->columns[part].asked;
  return asked;
}

static bool is_dropped(const edi_plan_column *c) { return c->live_count == 0 && c->fixed.id == EDI_TRANSFORM_DROP; }

/* It, or what a container cannot be without. */
static bool goes(const edi_plan *plan, uint32_t column) {
  const edi_bound_dataset *d = plan->dataset;
  const edi_bound_column *c = &d->columns[column];
  bool gone = c->part_count == 0 && is_dropped(&plan->columns[column]);
  for (uint32_t part = c->part_first; !gone && part < end_of(c); part = edi_part_next(d, part))
    gone = d->columns[part].role != EDI_COLUMN_FIELD && goes(plan, part);
  return gone;
}

bool edi_part_is_shown(const edi_plan *plan, uint32_t column) {
  return plan->effect == EDICT_PERMIT && is_asked(plan, column) && !goes(plan, column);
}

bool edi_transform_hides(const edi_transform *t) {
  return t->id == EDI_TRANSFORM_NONE || t->id == EDI_TRANSFORM_NULL || t->id == EDI_TRANSFORM_DROP;
}

static bool leaf_tells(const edi_plan_column *p) { return p->asked && (p->live_count || !edi_transform_hides(&p->fixed)); }

/* Entries are told with their keys and values, or not at all. */
bool edi_part_tells(const edi_plan *plan, uint32_t column) {
  const edi_bound_dataset *d = plan->dataset;
  const edi_bound_column *c = &d->columns[column];
  bool tells = false, whole = true;
  if (!edi_part_is_shown(plan, column)) return false;
  if (c->part_count == 0) return leaf_tells(&plan->columns[column]);
  for (uint32_t part = c->part_first; part < end_of(c); part = edi_part_next(d, part)) {
    whole = whole && (d->columns[part].role == EDI_COLUMN_FIELD || is_asked(plan, part));
    tells = tells || edi_part_tells(plan, part);
  }
  return tells && whole;
}

edi_str edi_part_member(const edi_bound_dataset *d, const edi_bound_column *c) {
  if (c->parent == EDI_NONE) return c->name;
  const edi_str above = d->columns[c->parent].name;
  bool member = c->role == EDI_COLUMN_FIELD && c->name.len > above.len && edi_str_starts(c->name, above) && c->name.ptr[above.len] == '.';
  return member ? (edi_str){c->name.ptr + above.len + 1, c->name.len - above.len - 1} : (edi_str){"", 0};
}

/* ---- keys of maps ---- */

bool edi_keys_stay_apart(const edi_transform *t, unsigned base) {
  if (t->id == EDI_TRANSFORM_RAW) return true;
  bool keyed = t->id == EDI_TRANSFORM_PSEUDONYM || t->id == EDI_TRANSFORM_TOKEN || t->id == EDI_TRANSFORM_FPE;
  return keyed && base == EDI_TYPE_STRING;
}

static edi_str bytes_of(const edict_cell *cell) { return (edi_str){cell->len ? cell->ptr : "", cell->len}; }

/* Of a column of no type: as they would be written. */
static int by_writing(const edict_cell *a, const edict_cell *b) {
  char storage[2][64];
  edi_str s[2];
  for (int i = 0; i < 2; i++) {
    const edict_cell *cell = i ? b : a;
    edi_buf buf = edi_buf_fixed(storage[i], sizeof storage[i]);
    bool bytes = cell->type == EDICT_CELL_TEXT || cell->type == EDICT_CELL_BLOB;
    if (!bytes) edi_cell_put_text(&buf, cell);
    s[i] = bytes ? bytes_of(cell) : (edi_str){buf.ptr, buf.len};
  }
  return edi_str_compare(s[0], s[1]);
}

static edi_decimal decimal_of(edi_value v) { return (edi_decimal){v.as.integer, v.scale}; }

/* A float is known as a decimal where one can say it. */
static int by_number(const edict_cell *a, const edict_cell *b) {
  edi_value x = edi_cell_typed(a, EDI_TYPE_FLOAT), y = edi_cell_typed(b, EDI_TYPE_FLOAT);
  if (x.base == EDI_TYPE_DECIMAL && y.base == EDI_TYPE_DECIMAL) return edi_value_compare(x, y);
  return edi_double_compare(a->type == EDICT_CELL_REAL ? a->real : edi_decimal_double_from(decimal_of(x)),
                            b->type == EDICT_CELL_REAL ? b->real : edi_decimal_double_from(decimal_of(y)));
}

static int by_shown(const void *context, const void *one, const void *other) {
  const unsigned base = *(const unsigned *)context;
  const edict_cell *a = &((const edi_map_key *)one)->shown, *b = &((const edi_map_key *)other)->shown;
  if (base == EDI_TYPE_STRING || base == EDI_TYPE_BINARY) return edi_str_compare(bytes_of(a), bytes_of(b));
  if (base == EDI_TYPE_NONE) return by_writing(a, b);
  if (base == EDI_TYPE_FLOAT) return by_number(a, b);
  return edi_value_compare(edi_cell_typed(a, base), edi_cell_typed(b, base));
}

size_t edi_map_keys_settle(unsigned base, edi_map_key *keys, edi_map_key *spare, size_t count) {
  size_t kept = 0;
  edi_order_sort(keys, spare, count, sizeof *keys, by_shown, &base);
  for (size_t i = 0, end; i < count; i = end) {
    for (end = i + 1; end < count && by_shown(&base, &keys[i], &keys[end]) == 0;) end++;
    if (end == i + 1) keys[kept++] = keys[i];
  }
  return kept;
}
