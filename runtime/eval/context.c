/* Context: see the header. Text that is no value of the declared type makes the slot unknown (a set:
 * incomplete); nothing is allocated, sets and texts live in the plan's pools. */
#include "eval/context.h"

#include "eval/sets.h"

static edi_str str(edict_text t) { return (edi_str){t.ptr, t.len}; }

/* Keeps the members sorted and distinct; how many there are now. */
static uint32_t insert(edi_value *members, uint32_t count, edi_value v) {
  uint32_t at = 0;
  while (at < count && edi_value_compare(members[at], v) < 0) at++;
  if (at < count && edi_value_compare(members[at], v) == 0) return count;
  memmove(members + at + 1, members + at, (count - at) * sizeof *members);
  members[at] = v;
  return count + 1;
}

/* A text of the request as the plan's own; unknown where the pool is full. */
static edi_value kept(edi_plan *plan, edi_value v) {
  if (v.base != EDI_TYPE_STRING && v.base != EDI_TYPE_ID && v.base != EDI_TYPE_IP) return v;
  if (v.length > plan->sizes.text - plan->text_used) return edi_value_unknown();
  char *copy = plan->texts + plan->text_used;
  if (v.length) memcpy(copy, v.as.text, v.length);
  plan->text_used += v.length;
  v.as.text = copy;
  return v;
}

static edi_value scalar(edi_plan *plan, edi_type type, edict_text text) {
  unsigned char address[16];
  return kept(plan, edi_vocabulary_convert(plan->vocabulary, type, str(text), address));
}

static edi_value set_value(edi_plan *plan, edi_type type, const edict_attribute *given) {
  edi_value *members = plan->members + plan->member_count;
  uint32_t count = 0, room = plan->sizes.members - plan->member_count;
  edi_value set = {.base = (uint8_t)EDI_TYPE_BASE(type), .set = 1, .as.members = members};
  for (size_t i = 0; i < given->count; i++) {
    edi_value v = scalar(plan, EDI_TYPE_ELEM(type), given->values[i]);
    if (v.base && count < room) count = insert(members, count, v);
    else set.scale = 1;
  }
  set.length = count;
  plan->member_count += count;
  return set;
}

static edi_value value(edi_plan *plan, edi_type type, const edict_attribute *given) {
  if (EDI_TYPE_IS_SET(type)) return set_value(plan, type, given);
  return given->count == 1 ? scalar(plan, type, given->values[0]) : edi_value_unknown();
}

static void check_purpose(edi_plan *plan) {
  const edi_vocabulary *v = plan->vocabulary;
  edi_value *purpose = &plan->context[v->slot_purpose];
  edi_value purposes = plan->subject->attrs[v->slot_purposes];
  if (edi_set_holds(v, purposes, *purpose, EDI_SET_IN) != EDI_YES) *purpose = edi_value_unknown();
}

/* What an attribute that the request does not give says: its declared fallback, else unknown. */
static void fill_absent(edi_plan *plan, const edi_linked *federal) {
  const edi_vocabulary *v = plan->vocabulary;
  for (uint32_t slot = 0; slot < v->context_slots; slot++) {
    uint32_t fallback = v->program->attrs[v->context_attrs[slot]].fallback;
    plan->context[slot] = fallback == EDI_NONE ? edi_value_unknown() : federal->consts[fallback];
  }
}

edi_system_reason edi_context_fill(edi_plan *plan, const edi_plan_request *request) {
  const edi_vocabulary *v = plan->vocabulary;
  plan->member_count = 0;
  plan->text_used = 0;
  fill_absent(plan, plan->product->federal);
  for (size_t i = 0; i < request->context_count; i++) {
    const edict_attribute *given = &request->context[i];
    uint32_t attr = edi_vocabulary_attr(v, EDI_ENTITY_CONTEXT, str(given->name));
    if (attr == EDI_NONE) return EDI_SYSTEM_CONTEXT;
    uint32_t slot = v->attr_slot[attr];
    if (slot == v->slot_now || slot == v->slot_action) return EDI_SYSTEM_CONTEXT;
    for (size_t j = 0; j < i; j++)
      if (edi_str_equal(str(request->context[j].name), str(given->name))) return EDI_SYSTEM_CONTEXT;
    plan->context[slot] = value(plan, v->program->attrs[attr].type, given);
  }
  plan->context[v->slot_now] = edi_value_integer(EDI_TYPE_TIMESTAMP, request->now);
  plan->context[v->slot_action] = edi_value_integer(EDI_TYPE_NODE, plan->action);
  check_purpose(plan);
  return EDI_SYSTEM_NONE;
}

/* ---- the resource ---- */

static void fill_absent_resource(edi_plan *plan, uint32_t kind) {
  const edi_vocabulary *v = plan->vocabulary;
  for (uint32_t slot = 0; slot < v->resource_slots[kind]; slot++) {
    uint32_t fallback = v->program->attrs[v->resource_attrs[kind][slot]].fallback;
    plan->resource[slot] = fallback == EDI_NONE ? edi_value_unknown() : plan->product->federal->consts[fallback];
  }
}

edi_system_reason edi_resource_fill(edi_plan *plan, const edi_plan_request *request) {
  const edi_vocabulary *v = plan->vocabulary;
  const edict_resource *resource = request->resource;
  if (!resource) return EDI_SYSTEM_NONE;
  uint32_t kind = plan->dataset->thing - EDI_THING_RESOURCE;
  fill_absent_resource(plan, kind);
  for (size_t i = 0; i < resource->attribute_count; i++) {
    const edict_attribute *given = &resource->attributes[i];
    uint32_t attr = edi_vocabulary_attr(v, (edi_entity)(EDI_ENTITY_RESOURCE + kind), str(given->name));
    if (attr == EDI_NONE) return EDI_SYSTEM_RESOURCE;
    for (size_t j = 0; j < i; j++)
      if (edi_str_equal(str(resource->attributes[j].name), str(given->name))) return EDI_SYSTEM_RESOURCE;
    plan->resource[v->attr_slot[attr]] = value(plan, v->program->attrs[attr].type, given);
  }
  return EDI_SYSTEM_NONE;
}
