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

/* ---- what comes out empty ---- */

static bool hides_null(const edi_transform *t) {
  return (t->id == EDI_TRANSFORM_DEFAULT && t->args[EDI_ARG_DEFAULT_NULLS].as.integer == EDI_NULLS_HIDE) ||
         (t->id == EDI_TRANSFORM_CONST && t->args[EDI_ARG_CONST_NULLS].as.integer == EDI_NULLS_HIDE);
}

typedef bool says(const edi_transform *t);
static bool is_default(const edi_transform *t) { return t->id == EDI_TRANSFORM_DEFAULT; }

/* Whether all that is seen of what lies in it has such masks in the row, and something is seen. */
static bool all_say(edi_plan *plan, uint32_t column, const edict_cell *cells, says *asked) {
  const edi_bound_dataset *d = plan->dataset;
  const edi_bound_column *c = &d->columns[column];
  bool some = false;
  for (uint32_t part = c->part_first; part < end_of(c); part++) {
    edi_transform room;
    if (d->columns[part].part_count || !plan->columns[part].asked) continue;
    const edi_transform *t = edi_plan_column_transform(plan, part, cells, &room);
    if (edi_transform_hides(t)) continue;
    if (!asked(t)) return false;
    some = true;
  }
  return some;
}

/* A map goes by its keys, whatever its values are: keys that are alike are told of no entry, so a mask on the values too
 * tells no more than before. */
bool edi_part_is_emptied(edi_plan *plan, uint32_t column, const edict_cell *cells) {
  uint32_t key = edi_part_in_role(plan->dataset, column, EDI_COLUMN_KEY);
  edi_transform room;
  if (key != EDI_NONE) return is_default(edi_plan_column_transform(plan, key, cells, &room));
  return edi_part_in_role(plan->dataset, column, EDI_COLUMN_ITEM) != EDI_NONE && all_say(plan, column, cells, is_default);
}

/* What would be null in a list or a map is not in one that comes out empty. */
bool edi_part_is_filled(edi_plan *plan, uint32_t column, const edict_cell *cells) {
  bool many = plan->dataset->columns[plan->dataset->columns[column].part_first].role != EDI_COLUMN_FIELD;
  return (!many || edi_part_is_emptied(plan, column, cells)) && all_say(plan, column, cells, hides_null);
}

/* Whether the mask says so, or may in some row. */
static bool may_say(const edi_plan *plan, uint32_t part, says *asked) {
  const edi_plan_column *c = &plan->columns[part];
  bool may = asked(&c->fixed);
  for (uint32_t i = 0; c->fixed.id == EDI_TRANSFORM_RAW && i < c->live_count; i++) {
    const edi_live_reach *live = &plan->live[c->live_first + i];
    const edi_linked *linked = plan->dataset->entries[live->entry].linked;
    const edi_range cases = linked->program.arms[live->arm].cases;
    for (uint32_t k = 0; k < cases.count; k++) may |= asked(&linked->transforms[linked->program.cases[cases.first + k].mask]);
  }
  return may;
}

static bool some_may_say(const edi_plan *plan, uint32_t column, says *asked) {
  const edi_bound_column *c = &plan->dataset->columns[column];
  bool may = false;
  for (uint32_t part = c->part_first; plan->effect == EDICT_PERMIT && part < end_of(c); part++)
    may |= plan->dataset->columns[part].part_count == 0 && plan->columns[part].asked && may_say(plan, part, asked);
  return may;
}

bool edi_part_may_be_emptied(const edi_plan *plan, uint32_t column) { return some_may_say(plan, column, is_default); }
bool edi_part_may_be_filled(const edi_plan *plan, uint32_t column) { return some_may_say(plan, column, hides_null); }

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
