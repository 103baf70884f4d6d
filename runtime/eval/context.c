/* Context: see the header. Text that is no value of the declared type makes the slot unknown (a set:
 * incomplete); nothing is allocated, sets and texts live in the reading's pools. */
#include "eval/context.h"

#include <string.h>

#include "bundle/limits.h"
#include "eval/sets.h"

const edi_reading_sizes edi_reading_largest = {EDI_LIMIT_CONTEXT_MEMBERS, EDI_LIMIT_CONTEXT_TEXT};

edict_status edi_reading_init(edi_reading *r, const edi_vocabulary *vocabulary, const edi_linked *federal,
                              edi_reading_sizes sizes, edi_arena *arena) {
  *r = (edi_reading){.vocabulary = vocabulary, .federal = federal, .sizes = sizes};
  r->context = EDI_NEW_ARRAY(arena, edi_value, vocabulary->context_slots / EDI_CONTEXT_ROUND * EDI_CONTEXT_ROUND + EDI_CONTEXT_ROUND);
  r->resource = EDI_NEW_ARRAY(arena, edi_value, vocabulary->most_resource_slots);
  uint32_t context = vocabulary->context_slots, resource = vocabulary->most_resource_slots;
  r->named = EDI_NEW_ARRAY(arena, unsigned char, context > resource ? context : resource);
  r->members = edi_arena_room(arena, sizes.members + edi_members_places_most((size_t)context + resource, sizes.members), sizeof *r->members);
  r->texts = edi_arena_room(arena, sizes.text, 1);
  return r->context && r->resource && r->named && r->members && r->texts ? EDICT_OK : edi_arena_status(arena);
}

/* ---- values ---- */

static edi_str str(edict_text t) { return (edi_str){t.ptr, t.len}; }

/* Keeps the members sorted and distinct; how many there are now. What comes in order is put last at once. */
static uint32_t insert(edi_value *members, uint32_t count, edi_value v) {
  uint32_t low = 0, high = count;
  if (count && edi_value_compare(members[count - 1], v) < 0) low = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (edi_value_compare(members[middle], v) < 0) low = middle + 1;
    else high = middle;
  }
  if (low < count && edi_value_compare(members[low], v) == 0) return count;
  memmove(members + low + 1, members + low, (count - low) * sizeof *members);
  members[low] = v;
  return count + 1;
}

/* A text as the reading's own; unknown where the pool is full. */
static edi_value kept(edi_reading *r, edi_value v) {
  if (!edi_base_is_text(v.base)) return v;
  if (v.length > r->sizes.text - r->text_used) return edi_value_unknown();
  char *copy = r->texts + r->text_used;
  if (v.length) memcpy(copy, v.as.text, v.length);
  r->text_used += v.length;
  v.as.text = copy;
  return v;
}

static edi_value scalar(edi_reading *r, edi_type type, edict_text text) {
  unsigned char address[16];
  return kept(r, edi_vocabulary_convert(r->vocabulary, type, str(text), address));
}

/* The members at the end of the pool are the set's own from now on, and where they stand. */
static void take_set(edi_reading *r, const edi_value *set) {
  r->member_count += set->length;
  r->member_end += set->length + (edi_base_is_text(set->base) ? edi_members_places(set->length) : 0);
}

static edi_value set_value(edi_reading *r, edi_type type, const edict_attribute *given) {
  edi_value *members = r->members + r->member_end;
  uint32_t count = 0, room = r->sizes.members - r->member_count;
  edi_value set = {.base = (uint8_t)EDI_TYPE_BASE(type), .set = 1};
  for (size_t i = 0; i < given->count; i++) {
    edi_value v = scalar(r, EDI_TYPE_ELEM(type), given->values[i]);
    if (v.base && count < room) count = insert(members, count, v);
    else set.scale = 1;
  }
  set.as.members = members;
  set.length = count;
  if (edi_base_is_text(set.base)) edi_members_index(&set, members);
  take_set(r, &set);
  return set;
}

static edi_value value(edi_reading *r, edi_type type, const edict_attribute *given) {
  if (EDI_TYPE_IS_SET(type)) return set_value(r, type, given);
  return given->count == 1 ? scalar(r, type, given->values[0]) : edi_value_unknown();
}

/* ---- attributes ---- */

/* What an attribute that the request does not give says: its declared fallback, else unknown. */
static void fill_absent(edi_reading *r, edi_value *values, const uint32_t *attrs, uint32_t slots) {
  for (uint32_t slot = 0; slot < slots; slot++) {
    uint32_t fallback = r->vocabulary->program->attrs[attrs[slot]].fallback;
    values[slot] = fallback == EDI_NONE ? edi_value_unknown() : r->federal->consts[fallback];
  }
  memset(r->named, 0, slots);
}

static edi_read_as read_all(edi_reading *r, edi_entity entity, edi_value *values, const edict_attribute *items, size_t count) {
  const edi_vocabulary *v = r->vocabulary;
  for (size_t i = 0; i < count; i++) {
    uint32_t attr = edi_vocabulary_attr(v, entity, str(items[i].name));
    uint32_t slot = attr == EDI_NONE ? EDI_NONE : v->attr_slot[attr];
    if (slot == EDI_NONE || r->named[slot]) return EDI_NAMED_WRONGLY;
    if (entity == EDI_ENTITY_CONTEXT && (slot == v->slot_now || slot == v->slot_action)) return EDI_NAMED_WRONGLY;
    r->named[slot] = 1;
    values[slot] = value(r, v->program->attrs[attr].type, &items[i]);
  }
  return EDI_READ_WELL;
}

edi_read_as edi_reading_context(edi_reading *r, const edict_attribute *items, size_t count) {
  r->member_count = r->member_end = 0;
  r->text_used = 0;
  fill_absent(r, r->context, r->vocabulary->context_attrs, r->vocabulary->context_slots);
  return read_all(r, EDI_ENTITY_CONTEXT, r->context, items, count);
}

edi_read_as edi_reading_resource(edi_reading *r, uint32_t kind, const edict_attribute *items, size_t count) {
  fill_absent(r, r->resource, r->vocabulary->resource_attrs[kind], r->vocabulary->resource_slots[kind]);
  return read_all(r, (edi_entity)(EDI_ENTITY_RESOURCE + kind), r->resource, items, count);
}

/* ---- copies ---- */

/* A text of the other's pool, in the copy of the pool. */
static edi_value moved(edi_reading *r, edi_value v, const edi_reading *from) {
  if (!edi_base_is_text(v.base) || v.set) return v;
  if (v.length == 0) v.as.text = r->texts;
  else if (v.as.text >= from->texts && v.as.text < from->texts + from->text_used) v.as.text = r->texts + (v.as.text - from->texts);
  return v;
}

/* A set of the other's pool, with where its members stand; one that is a declared fallback stays where it is. */
static edi_value copied(edi_reading *r, edi_value set, const edi_reading *from) {
  const edi_value *theirs = set.as.members;
  edi_value *members = r->members + r->member_end;
  if (set.length == 0 && !edi_base_is_text(set.base)) set.as.members = members; /* nothing is read there */
  if (theirs < from->members || theirs >= from->members + from->member_end) return set;
  take_set(r, &set);
  memcpy(members, theirs, (size_t)(r->members + r->member_end - members) * sizeof *members);
  for (uint32_t i = 0; i < set.length; i++) members[i] = moved(r, members[i], from);
  set.as.members = members;
  return set;
}

/* The values of as many slots, and all that the other's pools hold. */
static void copy(edi_reading *r, const edi_reading *from, edi_value *values, const edi_value *theirs, uint32_t slots) {
  r->member_count = r->member_end = 0;
  r->text_used = from->text_used;
  memcpy(values, theirs, slots * sizeof *values);
  if (from->member_end == 0 && from->text_used == 0) return; /* a set without members has an index all the same */
  if (from->text_used) memcpy(r->texts, from->texts, from->text_used);
  for (uint32_t slot = 0; slot < slots; slot++) values[slot] = values[slot].set ? copied(r, values[slot], from) : moved(r, values[slot], from);
}

void edi_reading_copy_context(edi_reading *r, const edi_reading *from) {
  copy(r, from, r->context, from->context, r->vocabulary->context_slots);
}

void edi_reading_copy_resource(edi_reading *r, const edi_reading *from, uint32_t kind) {
  copy(r, from, r->resource, from->resource, r->vocabulary->resource_slots[kind]);
}
