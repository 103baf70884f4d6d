/* Arrow parts: see the header. */
#include "enforce/arrow_parts.h"

#include "enforce/containers.h"

static const edict_column_info *infos(const edict_decision *d) {
  return d->product->columns[d->plan->dataset - d->product->bound.datasets];
}

static const edi_bound_column *column_of(const edict_decision *d, uint32_t column) { return &d->plan->dataset->columns[column]; }

/* ---- which part a child is ---- */

/* What it is called where it lies; the column's own text, so it ends with a NUL. */
static const char *member_of(const edict_decision *d, uint32_t column) {
  const char *name = infos(d)[column].name;
  return name + strlen(name) - edi_part_member(d->plan->dataset, column_of(d, column)).len;
}

/* A property by its physical name; else by its name. */
static uint32_t part_named(const edict_decision *d, uint32_t parent, const char *name) {
  const edi_bound_column *above = column_of(d, parent);
  uint32_t found = EDI_NONE;
  for (uint32_t i = 0; i < above->part_count; i++) {
    const edi_bound_column *c = column_of(d, above->part_first + i);
    const edict_column_info *info = &infos(d)[c->number];
    if (c->parent != parent || c->role != EDI_COLUMN_FIELD) continue;
    if (strcmp(info->physical_name, name) == 0) return c->number;
    if (found == EDI_NONE && strcmp(member_of(d, c->number), name) == 0) found = c->number;
  }
  return found;
}

static uint32_t part_in_role(const edict_decision *d, uint32_t parent, edi_column_role role) { return edi_part_in_role(d->plan->dataset, parent, role); }

/* Whether a container of Arrow is what the contract says that it is. */
static bool is_split(const edict_decision *d, const edi_arrow_type *t, uint32_t column) {
  if (column_of(d, column)->part_count == 0 || t->closed) return false;
  switch ((int)t->form) {
    case EDI_ARROW_STRUCT: return part_in_role(d, column, EDI_COLUMN_FIELD) != EDI_NONE;
    case EDI_ARROW_LIST:
    case EDI_ARROW_FIXED_LIST: return part_in_role(d, column, EDI_COLUMN_ITEM) != EDI_NONE;
    case EDI_ARROW_MAP: return part_in_role(d, column, EDI_COLUMN_KEY) != EDI_NONE && part_in_role(d, column, EDI_COLUMN_VALUE) != EDI_NONE;
    default: return false;
  }
}

static uint32_t child_column(const edict_decision *d, const edi_arrow_type *t, uint32_t column, size_t child) {
  if (t->form == EDI_ARROW_STRUCT) return part_named(d, column, t->children[child].name);
  if (t->form == EDI_ARROW_MAP) return part_in_role(d, column, child ? EDI_COLUMN_VALUE : EDI_COLUMN_KEY);
  return part_in_role(d, column, EDI_COLUMN_ITEM);
}

/* Fields of a struct, items of a list, key and value of a map. */
static const edi_arrow_type *inside(const edi_arrow_type *t) { return t->form == EDI_ARROW_MAP ? t->children : t; }

/* ---- settling ---- */

/* Every field may be null, but for what a map is made of. */
static edict_status loosen(edi_arrow_type *t, bool is_key, edi_arena *arena) {
  t->flags = is_key ? t->flags & ~(int64_t)ARROW_FLAG_NULLABLE : t->flags | ARROW_FLAG_NULLABLE;
  if (t->child_count == 0) return EDICT_OK;
  edi_arrow_type *children = EDI_NEW_ARRAY(arena, edi_arrow_type, t->child_count);
  if (!children) return edi_arena_status(arena);
  memcpy(children, t->children, t->child_count * sizeof *children);
  t->children = children;
  edict_status status = EDICT_OK;
  for (size_t i = 0; status == EDICT_OK && i < t->child_count; i++) status = loosen(&children[i], t->form == EDI_ARROW_MAP, arena);
  if (t->form == EDI_ARROW_MAP && status == EDICT_OK && children->child_count) children->children[0].flags &= ~(int64_t)ARROW_FLAG_NULLABLE;
  return status;
}

/* Columns and members come out under the contract's names; items, keys and values keep those that they came with. */
static void name_part(const edict_decision *d, edi_arrow_part *p) {
  if (column_of(d, p->column)->role == EDI_COLUMN_FIELD) p->into.name = member_of(d, p->column);
}

/* Whether it is a container and the contract says none, or another one. */
static bool is_strange(const edict_decision *d, const edi_arrow_type *t, uint32_t column) {
  const edi_bound_column *c = column_of(d, column);
  bool container = t->child_count || t->form == EDI_ARROW_STRUCT;
  return !t->closed && (c->part_count > 0 || (container && c->base != EDI_TYPE_NONE));
}

static edict_status settle_whole(const edict_decision *d, const edi_arrow_type *t, edi_arena *arena, edi_arrow_part *p, edict_diagnostics *diagnostics) {
  const edi_plan_column *c = &d->plan->columns[p->column];
  const edi_bound_column *b = column_of(d, p->column);
  p->fixed = c->live_count ? NULL : &c->fixed;
  p->strange = is_strange(d, t, p->column);
  p->as = p->strange ? EDICT_MASKED_NULL : edi_plan_masked_as(d->plan, p->column);
  p->shown = edi_part_is_shown(d->plan, p->column);
  p->tells = edi_part_tells(d->plan, p->column) && !t->closed;
  if (p->shown && t->closed)
    edi_diagnostics_add(diagnostics, EDI_R0445, EDI_SPAN_NONE, "", "field `%s` is of a type that is not read: nothing of it comes out", infos(d)[p->column].name);
  edict_status status = edi_arrow_settled(t, b->base, b->required, p->fixed, p->as, arena, &p->into);
  name_part(d, p);
  return status == EDICT_OK ? loosen(&p->into, false, arena) : status;
}

static edict_status settle_children(const edict_decision *d, const edi_arrow_type *t, edi_arena *arena, edi_arrow_part *p, edict_diagnostics *diagnostics) {
  const edi_arrow_type *in = inside(t);
  edict_status status = EDICT_OK;
  p->children = EDI_NEW_ARRAY(arena, edi_arrow_part, in->child_count);
  if (!p->children) return edi_arena_status(arena);
  for (size_t i = 0; status == EDICT_OK && i < in->child_count; i++) {
    edi_arrow_part *child = &p->children[i];
    uint32_t column = child_column(d, t, p->column, i);
    for (size_t k = 0; k < i && column != EDI_NONE; k++)
      if (p->children[k].column == column) {
        edi_diagnostics_add(diagnostics, EDI_R0440, EDI_SPAN_NONE, "", "field `%s` of the schema is of a column that another field is of", in->children[i].name);
        return EDICT_FORMAT;
      }
    if (column == EDI_NONE) {
      child->column = EDI_NONE;
      edi_diagnostics_add(diagnostics, EDI_R0443, EDI_SPAN_NONE, "", "field `%s` of `%s` is no column of the contract: it does not come out", in->children[i].name, t->name);
    } else {
      status = edi_arrow_part_settle(d, &in->children[i], column, arena, child, diagnostics);
      child->is_key = t->form == EDI_ARROW_MAP && i == 0;
    }
  }
  return status;
}

/* Whether a map of such keys is there: with its entries, or with none. */
static bool is_told_by(const edi_transform *t, unsigned base) { return t->id == EDI_TRANSFORM_DEFAULT || edi_keys_stay_apart(t, base); }

/* A container is no key, and one of another form than a key has is none either. */
static bool keys_may_tell(const edict_decision *d, const edi_arrow_part *keys) {
  return keys->tells && !keys->split && !keys->strange && (!keys->fixed || is_told_by(keys->fixed, column_of(d, keys->column)->base));
}

/* What a list or a map is made of is there with it, if as nulls. */
static bool comes_out(const edi_arrow_type *t, const edi_arrow_part *child) { return t->form != EDI_ARROW_STRUCT || child->shown; }

/* One of a fixed size is never empty. */
static edi_arrow_type emptiable(const edi_arrow_type *t) {
  edi_arrow_type list = edi_arrow_type_of("+l", t->name);
  list.flags = t->flags;
  list.child_count = t->child_count;
  return list;
}

/* The type of what is left of a container. */
static edict_status settle_into(const edict_decision *d, const edi_arrow_type *t, edi_arena *arena, edi_arrow_part *p) {
  const edi_arrow_type *in = inside(t);
  p->into = t->form == EDI_ARROW_FIXED_LIST && edi_part_may_be_emptied(d->plan, p->column) ? emptiable(t) : *t;
  p->into.flags |= ARROW_FLAG_NULLABLE;
  p->into.flags &= ~(int64_t)ARROW_FLAG_MAP_KEYS_SORTED;
  edi_arrow_type *children = EDI_NEW_ARRAY(arena, edi_arrow_type, in->child_count), *entries = EDI_NEW(arena, edi_arrow_type);
  if (!children || !entries) return edi_arena_status(arena);
  size_t count = 0;
  for (size_t i = 0; i < in->child_count; i++)
    if (comes_out(t, &p->children[i])) children[count++] = p->children[i].into;
  if (t->form == EDI_ARROW_MAP) {
    *entries = *in;
    entries->flags &= ~(int64_t)ARROW_FLAG_NULLABLE;
    children[0].flags &= ~(int64_t)ARROW_FLAG_NULLABLE;
    entries->children = children;
    p->into.children = entries;
    return EDICT_OK;
  }
  p->into.children = children;
  p->into.child_count = count;
  return EDICT_OK;
}

edict_status edi_arrow_part_settle(const edict_decision *d, const edi_arrow_type *t, uint32_t column, edi_arena *arena, edi_arrow_part *p,
                                   edict_diagnostics *diagnostics) {
  *p = (edi_arrow_part){.column = column};
  if (column == EDI_NONE) return EDICT_OK;
  p->split = is_split(d, t, column);
  if (!p->split) return settle_whole(d, t, arena, p, diagnostics);
  p->as = EDICT_MASKED_SAME;
  edict_status status = settle_children(d, t, arena, p, diagnostics);
  if (status != EDICT_OK) return status;
  p->shown = edi_part_is_shown(d->plan, column);
  p->tells = edi_part_tells(d->plan, column);
  if (t->form == EDI_ARROW_MAP && !keys_may_tell(d, &p->children[0])) p->tells = false;
  status = settle_into(d, t, arena, p);
  name_part(d, p);
  return status;
}

/* ---- taking ---- */

static void set_job(edi_arrow_job *j, const edi_arrow_part *p) {
  static const edi_transform none = {0};
  j->column = p->column;
  j->as = p->as;
  j->fixed = p->fixed;
  j->split = p->split;
  j->is_key = p->is_key;
  j->fates = NULL;
  j->failed = 0;
  j->how = edi_decision_how(j->decision, p->column, p->fixed ? p->fixed : &none, p->fixed != NULL, j->cells);
}

static edict_status take_entries(edi_arrow_job *j, const edi_arrow_part *p, const edi_arrow_type *t, const struct ArrowArray *a, edi_arrow_places inner,
                                 struct ArrowArray *out) {
  edi_arrow_places within;
  edict_status status = edi_arrow_begin(j->purse, p->into.children, (int64_t)inner.count, out);
  if (status == EDICT_OK) status = edi_arrow_inner(j, t->children, a->children[0], p->into.children, inner, &within, out);
  for (size_t i = 0; status == EDICT_OK && i < 2; i++)
    status = edi_arrow_part_take(j, &p->children[i], &t->children->children[i], a->children[0]->children[i], within, out->children[i]);
  if (status == EDICT_OK) status = edi_arrow_end(j->purse, p->into.children, out);
  return status;
}

/* The entries that are told, in the order of their keys: those whose key came out, and as that of no other. *lost: the
 * others. */
static edict_status order_entries(edi_arrow_job *j, const edi_arrow_part *p, const struct ArrowArray *keys, struct ArrowArray *out, edi_arrow_places *inner,
                                  uint64_t *lost) {
  unsigned base = column_of(j->decision, p->children[0].column)->base;
  edict_vector room, v = edi_arrow_vector(&p->children[0].into, keys, &room);
  edi_map_key *found = EDI_NEW_ARRAY(j->temps, edi_map_key, inner->count + 1), *spare = EDI_NEW_ARRAY(j->temps, edi_map_key, inner->count + 1);
  int64_t *at = EDI_NEW_ARRAY(j->temps, int64_t, inner->count + 1), from = 0;
  uint32_t *rows = EDI_NEW_ARRAY(j->temps, uint32_t, inner->count + 1);
  size_t used = 0;
  if (!found || !spare || !at || !rows) return edi_arena_status(j->temps);
  for (int64_t k = 0; k < out->length; k++) {
    size_t count = 0;
    for (int64_t end = edi_arrow_end_at(&p->into, out, k); from < end; from++) {
      found[count] = (edi_map_key){edict_vector_cell(&v, (size_t)from), (size_t)from};
      count += found[count].shown.type != EDICT_CELL_NULL;
    }
    count = edi_map_keys_settle(base, found, spare, count);
    for (size_t i = 0; i < count; i++, used++) {
      at[used] = inner->at[found[i].entry];
      rows[used] = inner->rows[found[i].entry];
    }
    edi_arrow_put_end(&p->into, out, k, (int64_t)used);
  }
  *lost = inner->count - used;
  *inner = (edi_arrow_places){at, rows, used, false};
  return EDICT_OK;
}

/* The keys first, by themselves, to see which can be told. */
static edict_status settle_entries(edi_arrow_job *j, const edi_arrow_part *p, const edi_arrow_type *t, const struct ArrowArray *a, struct ArrowArray *out,
                                   edi_arrow_places *inner) {
  struct ArrowArray keys = {0};
  edi_arrow_places within;
  uint64_t lost = 0;
  edict_status status = edi_arrow_inner(j, t->children, a->children[0], p->into.children, *inner, &within, NULL);
  if (status == EDICT_OK) status = edi_arrow_part_take(j, &p->children[0], &t->children->children[0], a->children[0]->children[0], within, &keys);
  if (status != EDICT_OK) return status;
  uint64_t failed = j->failed; /* counted already */
  status = order_entries(j, p, &keys, out, inner, &lost);
  if (status == EDICT_OK && lost > failed) edi_decision_count_failed(j->decision, p->children[0].column, lost - failed);
  keys.release(&keys);
  return status;
}

/* What is inside of a container, part for part. */
static edict_status take_children(edi_arrow_job *j, const edi_arrow_part *p, const edi_arrow_type *t, const struct ArrowArray *a, edi_arrow_places places,
                                  struct ArrowArray *out) {
  edi_arrow_places inner;
  edict_status status = edi_arrow_inner(j, t, a, &p->into, places, &inner, out);
  if (status == EDICT_OK && t->form == EDI_ARROW_MAP) {
    status = settle_entries(j, p, t, a, out, &inner);
    return status == EDICT_OK ? take_entries(j, p, t, a, inner, out->children[0]) : status;
  }
  for (size_t i = 0, to = 0; status == EDICT_OK && i < t->child_count; i++)
    if (comes_out(t, &p->children[i])) status = edi_arrow_part_take(j, &p->children[i], &t->children[i], a->children[i], inner, out->children[to++]);
  return status;
}

static edict_status hide_all(edi_arrow_job *j, edi_arrow_places *places) {
  int64_t *at = EDI_NEW_ARRAY(j->temps, int64_t, places->count + 1);
  if (!at) return edi_arena_status(j->temps);
  for (size_t k = 0; k < places->count; k++) at[k] = EDI_ARROW_NULL;
  *places = (edi_arrow_places){at, places->rows, places->count, false};
  return EDICT_OK;
}

/* Maps of rows in which the mask of their keys might make them alike. */
static edict_status hide_maps(edi_arrow_job *j, const edi_arrow_part *keys, edi_arrow_places *places) {
  int64_t *at = EDI_NEW_ARRAY(j->temps, int64_t, places->count + 1);
  unsigned base = column_of(j->decision, keys->column)->base;
  if (!at) return edi_arena_status(j->temps);
  set_job(j, keys);
  for (size_t k = 0; k < places->count; k++) {
    edi_transform room;
    bool told = places->at[k] != EDI_ARROW_NULL && is_told_by(edi_arrow_transform(j, places->rows[k], &room), base);
    at[k] = told ? places->at[k] : EDI_ARROW_NULL;
  }
  *places = (edi_arrow_places){at, places->rows, places->count, false};
  return EDICT_OK;
}

static bool is_live(const edi_plan *plan, uint32_t column) {
  const edi_bound_column *c = &plan->dataset->columns[column];
  bool live = false;
  for (uint32_t part = c->part_first; part < c->part_first + c->part_count; part++) live |= plan->columns[part].live_count > 0;
  return live;
}

/* What becomes of each value as a whole: the same for all, unless a mask of something in it reads the row. */
static edict_status find_fates(edi_arrow_job *j, const edi_arrow_part *p, edi_arrow_places places) {
  edi_plan *plan = j->decision->plan;
  bool live = is_live(plan, p->column);
  edi_arrow_fate fate = {0}, *fates = NULL;
  if (!edi_part_may_be_emptied(plan, p->column) && !edi_part_may_be_filled(plan, p->column)) return EDICT_OK;
  for (size_t k = 0; k < places.count && (live || k == 0); k++) {
    if (live) edi_arrow_fill_row(j, places.rows[k]);
    fate = (edi_arrow_fate){edi_part_is_emptied(plan, p->column, j->cells), edi_part_is_filled(plan, p->column, j->cells)};
    if (!live && !fate.emptied && !fate.filled) return EDICT_OK;
    if (k == 0) fates = EDI_NEW_ARRAY(j->temps, edi_arrow_fate, places.count);
    if (!fates) return edi_arena_status(j->temps);
    fates[k] = fate;
  }
  for (size_t k = 1; k < places.count && !live; k++) fates[k] = fate;
  j->fates = fates;
  return EDICT_OK;
}

/* How many values there are of which a mask would leave something, had they the form that the contract says. */
static uint64_t count_there(edi_arrow_job *j, const edi_arrow_part *p, const edi_arrow_type *t, const struct ArrowArray *a, edi_arrow_places places) {
  bool parts = column_of(j->decision, p->column)->part_count > 0;
  uint64_t count = 0;
  for (size_t k = 0; p->tells && k < places.count; k++) {
    edi_transform room;
    bool there = places.at[k] >= 0 && edi_arrow_is_valid(t, a, places.at[k]);
    count += there && (parts || !edi_transform_hides(edi_arrow_transform(j, places.rows[k], &room)));
  }
  return count;
}

static edict_status take_whole(edi_arrow_job *j, const edi_arrow_part *p, const edi_arrow_type *t, const struct ArrowArray *a, edi_arrow_places places,
                               struct ArrowArray *out) {
  edict_status status = edi_arrow_take(j, t, a, &p->into, places, out);
  if (p->strange) j->failed += count_there(j, p, t, a, places);
  if (status == EDICT_OK) edi_decision_count_failed(j->decision, p->column, j->failed);
  return status;
}

edict_status edi_arrow_part_take(edi_arrow_job *j, const edi_arrow_part *p, const edi_arrow_type *t, const struct ArrowArray *a,
                                 edi_arrow_places places, struct ArrowArray *out) {
  edict_status status = EDICT_OK;
  set_job(j, p);
  if (!p->split) return take_whole(j, p, t, a, places, out);
  if (!p->tells) status = hide_all(j, &places);
  else if (t->form == EDI_ARROW_MAP && !p->children[0].fixed) status = hide_maps(j, &p->children[0], &places);
  set_job(j, p);
  if (status == EDICT_OK && p->tells) status = find_fates(j, p, places);
  if (status == EDICT_OK) status = edi_arrow_begin(j->purse, &p->into, (int64_t)places.count, out);
  if (status != EDICT_OK) return status;
  status = take_children(j, p, t, a, places, out);
  if (status == EDICT_OK) status = edi_arrow_end(j->purse, &p->into, out);
  if (status != EDICT_OK) out->release(out);
  return status;
}

/* ---- what rules read inside of structs ---- */

static bool bit(const unsigned char *bits, size_t at) { return !bits || (bits[at / 8] >> (at % 8) & 1) != 0; }

/* A vector whose cells are there only where what they are inside of is. Its bitmap is a new one, so its values begin
 * near its first row. */
static edict_status within(edict_vector *v, const edi_arrow_type *t, size_t rows, const unsigned char *above, edi_arena *temps) {
  size_t shift = v->offset % 8, whole = v->offset - shift;
  unsigned char *bits = EDI_NEW_ARRAY(temps, unsigned char, (rows + shift + 7) / 8 + 1);
  if (!bits) return edi_arena_status(temps);
  for (size_t i = 0; i < rows; i++)
    if (bit(above, i) && bit(v->valid, v->offset + i)) bits[(shift + i) / 8] |= (unsigned char)(1u << (shift + i) % 8);
  v->values = (const unsigned char *)v->values + (t->form == EDI_ARROW_BITS ? whole / 8 : whole * t->width);
  v->offset = shift;
  v->valid = bits;
  return EDICT_OK;
}

static edict_status one_vector(const edi_arrow_part *p, const edi_arrow_type *t, const struct ArrowArray *a, int64_t offset, size_t rows,
                               const unsigned char *above, edi_arena *temps, edict_vector *vectors, edict_vector *dictionaries) {
  edict_vector *v = &vectors[p->column];
  *v = edi_arrow_vector(t, a, &dictionaries[p->column]);
  if (v->layout == EDICT_LAYOUT_NULL) return EDICT_OK;
  v->offset += (size_t)offset;
  v->length = rows;
  return above && rows ? within(v, t, rows, above, temps) : EDICT_OK;
}

edict_status edi_arrow_part_vectors(const edict_decision *d, const edi_arrow_part *p, const edi_arrow_type *t, const struct ArrowArray *a,
                                    int64_t offset, size_t rows, const unsigned char *above, edi_arena *temps, edict_vector *vectors,
                                    edict_vector *dictionaries) {
  edict_status status = EDICT_OK;
  if (p->column == EDI_NONE || t->closed) return EDICT_OK;
  if (!p->split) return one_vector(p, t, a, offset, rows, above, temps, vectors, dictionaries);
  if (t->form != EDI_ARROW_STRUCT) return EDICT_OK; /* a row has many of what is inside */
  if (a->buffers[0]) {
    unsigned char *bits = EDI_NEW_ARRAY(temps, unsigned char, rows / 8 + 1);
    if (!bits) return edi_arena_status(temps);
    for (size_t i = 0; i < rows; i++)
      if (bit(above, i) && edi_arrow_is_valid(t, a, offset + (int64_t)i)) bits[i / 8] |= (unsigned char)(1u << i % 8);
    above = bits;
  }
  for (size_t i = 0; status == EDICT_OK && i < t->child_count; i++)
    status = edi_arrow_part_vectors(d, &p->children[i], &t->children[i], a->children[i], a->offset + offset, rows, above, temps, vectors, dictionaries);
  return status;
}
