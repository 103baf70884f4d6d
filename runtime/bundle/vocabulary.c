/* Vocabulary: names of the federal program found by text, and text from outside typed by them.
 *
 * In: a verified federal program. Out: a table over (kind, name), slots for the attributes of subject
 * and context, and the numbers of every built-in name, so that later stages ask for none by text.
 * Invariant: after init every number in here is in range or EDI_NONE, and the built-ins that the
 * runtime relies on are there with the types it relies on. What does not convert is unknown.
 * Addresses are in address.c, the order of values in value.c. */
#include "bundle/vocabulary.h"

#include "bundle/limits.h"

/* ---- look-up ---- */

static edi_str name_of(const edi_vocabulary *v, edi_ref ref) {
  return edi_program_string(v->program, ref);
}

uint32_t edi_vocabulary_kind(const edi_vocabulary *vocabulary, edi_str name) {
  const edi_program *p = vocabulary->program;
  uint32_t id = EDI_NONE;
  for (uint32_t i = 0; i < p->kinds_count; i++) {
    if (!edi_str_equal(name_of(vocabulary, p->kinds[i].name), name)) continue;
    if (!(p->kinds[i].flags & EDI_KIND_ID)) return i;
    if (id == EDI_NONE) id = i;
  }
  for (uint32_t i = 0; i < vocabulary->own_kind_count; i++) {
    if (!edi_str_equal(vocabulary->own_kinds[i].name, name)) continue;
    if (!vocabulary->own_kinds[i].id) return p->kinds_count + i;
    if (id == EDI_NONE) id = p->kinds_count + i;
  }
  return id; /* a kind of id may share its name with a taxonomy, which goes first */
}

static uint32_t slot_of(uint32_t kind, edi_str name, uint32_t mask) {
  uint64_t hash = edi_str_hash(name) ^ (uint64_t)kind * UINT64_C(0x9E3779B97F4A7C15);
  return (uint32_t)(hash ^ hash >> 32) & mask;
}

static uint32_t find_own(const edi_vocabulary *vocabulary, uint32_t kind, edi_str name) {
  const edi_own_node *nodes = vocabulary->own_nodes;
  uint32_t mask = vocabulary->own_mask;
  if (vocabulary->own_node_count == 0) return EDI_NONE;
  for (uint32_t at = slot_of(kind, name, mask);; at = (at + 1) & mask) {
    if (vocabulary->own_slots[at] == 0) return EDI_NONE;
    uint32_t own = vocabulary->own_slots[at] - 1;
    if (nodes[own].kind == kind && edi_str_equal(nodes[own].name, name)) return vocabulary->program->nodes_count + own;
  }
}

uint32_t edi_vocabulary_node(const edi_vocabulary *vocabulary, uint32_t kind, edi_str name) {
  const edi_node *nodes = vocabulary->program->nodes;
  uint32_t mask = vocabulary->node_mask;
  for (uint32_t at = slot_of(kind, name, mask);; at = (at + 1) & mask) {
    if (vocabulary->node_slots[at] == 0) return find_own(vocabulary, kind, name);
    uint32_t node = vocabulary->node_slots[at] - 1;
    if (nodes[node].kind == kind && edi_str_equal(name_of(vocabulary, nodes[node].name), name))
      return node;
  }
}

static const edi_own_node *own_node(const edi_vocabulary *vocabulary, uint32_t node) {
  uint32_t federal = vocabulary->program->nodes_count;
  return node < federal ? NULL : &vocabulary->own_nodes[node - federal];
}

edi_str edi_vocabulary_name(const edi_vocabulary *vocabulary, uint32_t node) {
  const edi_own_node *own = own_node(vocabulary, node);
  return own ? own->name : name_of(vocabulary, vocabulary->program->nodes[node].name);
}

uint32_t edi_vocabulary_parent(const edi_vocabulary *vocabulary, uint32_t node) {
  const edi_own_node *own = own_node(vocabulary, node);
  return own ? own->parent : vocabulary->program->nodes[node].parent;
}

edi_type edi_vocabulary_cell_type(const edi_vocabulary *vocabulary, uint32_t node) {
  const edi_own_node *own = own_node(vocabulary, node);
  return own ? own->type : vocabulary->program->nodes[node].type;
}

bool edi_vocabulary_is_leaf(const edi_vocabulary *vocabulary, uint32_t node) {
  const edi_own_node *own = own_node(vocabulary, node);
  if (own) return own->end == node + 1;
  uint32_t end = vocabulary->program->nodes[node].end, low = 0, high = vocabulary->grafted_count;
  while (low < high) { /* the first grafted node that is not before this one */
    uint32_t middle = low + (high - low) / 2;
    if (vocabulary->grafted[middle] < node) low = middle + 1;
    else high = middle;
  }
  return end == node + 1 && (low == vocabulary->grafted_count || vocabulary->grafted[low] >= end);
}

uint32_t edi_vocabulary_level(const edi_vocabulary *vocabulary, uint32_t scale, edi_str name) {
  const edi_program *p = vocabulary->program;
  if (scale >= p->scales_count) return EDI_NONE;
  edi_range levels = p->scales[scale].levels;
  for (uint32_t i = levels.first; i < levels.first + levels.count; i++)
    if (edi_str_equal(name_of(vocabulary, p->levels[i].name), name)) return p->levels[i].rank;
  return EDI_NONE;
}

uint32_t edi_vocabulary_resource(const edi_vocabulary *vocabulary, edi_str name) {
  const edi_program *p = vocabulary->program;
  for (uint32_t i = 0; i < p->resources_count; i++)
    if (edi_str_equal(name_of(vocabulary, p->resources[i].name), name)) return i;
  return EDI_NONE;
}

uint32_t edi_vocabulary_attr(const edi_vocabulary *vocabulary, edi_entity entity, edi_str name) {
  const edi_attr *attrs = vocabulary->program->attrs;
  uint32_t mask = vocabulary->attr_mask;
  for (uint32_t at = slot_of((uint32_t)entity, name, mask);; at = (at + 1) & mask) {
    if (vocabulary->attr_slots[at] == 0) return EDI_NONE;
    uint32_t attr = vocabulary->attr_slots[at] - 1;
    if (attrs[attr].entity == (uint32_t)entity && edi_str_equal(name_of(vocabulary, attrs[attr].name), name)) return attr;
  }
}

/* ---- init ---- */

/* At most half full, so that a probe for a name that is not there ends soon. */
static uint32_t *make_slots(edi_arena *arena, uint32_t count, uint32_t *mask) {
  size_t slots = 8;
  while (slots < (size_t)count * 2) slots *= 2;
  *mask = (uint32_t)(slots - 1);
  return EDI_NEW_ARRAY(arena, uint32_t, slots);
}

bool edi_vocabulary_index_own(edi_vocabulary *vocabulary, edi_arena *arena) {
  const edi_own_node *nodes = vocabulary->own_nodes;
  uint32_t *slots = make_slots(arena, vocabulary->own_node_count, &vocabulary->own_mask);
  vocabulary->own_slots = slots;
  for (uint32_t i = 0; slots && i < vocabulary->own_node_count; i++) {
    uint32_t at = slot_of(nodes[i].kind, nodes[i].name, vocabulary->own_mask);
    while (slots[at] != 0) at = (at + 1) & vocabulary->own_mask;
    slots[at] = i + 1;
  }
  return slots != NULL;
}

static bool index_nodes(edi_vocabulary *v, edi_arena *arena) {
  const edi_program *p = v->program;
  v->node_slots = make_slots(arena, p->nodes_count, &v->node_mask);
  if (!v->node_slots) return false;
  for (uint32_t i = 0; i < p->nodes_count; i++) {
    uint32_t at = slot_of(p->nodes[i].kind, name_of(v, p->nodes[i].name), v->node_mask);
    while (v->node_slots[at] != 0) at = (at + 1) & v->node_mask;
    v->node_slots[at] = i + 1;
  }
  return true;
}

static bool index_attrs(edi_vocabulary *v, edi_arena *arena) {
  const edi_program *p = v->program;
  v->attr_slots = make_slots(arena, p->attrs_count, &v->attr_mask);
  for (uint32_t i = 0; v->attr_slots && i < p->attrs_count; i++) {
    uint32_t at = slot_of(p->attrs[i].entity, name_of(v, p->attrs[i].name), v->attr_mask);
    while (v->attr_slots[at] != 0) at = (at + 1) & v->attr_mask;
    v->attr_slots[at] = i + 1;
  }
  return v->attr_slots != NULL;
}

static bool number_resource(edi_vocabulary *v, edi_arena *arena, uint32_t kind) {
  const edi_program *p = v->program;
  uint32_t count = 0;
  for (uint32_t i = 0; i < p->attrs_count; i++) count += p->attrs[i].entity == EDI_ENTITY_RESOURCE + kind;
  v->resource_slots[kind] = count;
  v->resource_attrs[kind] = EDI_NEW_ARRAY(arena, uint32_t, count);
  if (!v->resource_attrs[kind]) return false;
  if (count > v->most_resource_slots) v->most_resource_slots = count;
  count = 0;
  for (uint32_t i = 0; i < p->attrs_count; i++) {
    if (p->attrs[i].entity != EDI_ENTITY_RESOURCE + kind) continue;
    v->attr_slot[i] = count;
    v->resource_attrs[kind][count++] = i;
  }
  return true;
}

static bool number_resources(edi_vocabulary *v, edi_arena *arena) {
  const edi_program *p = v->program;
  v->resource_slots = EDI_NEW_ARRAY(arena, uint32_t, p->resources_count);
  v->resource_attrs = EDI_NEW_ARRAY(arena, uint32_t *, p->resources_count);
  if (!v->resource_slots || !v->resource_attrs) return false;
  for (uint32_t i = 0; i < p->resources_count; i++)
    if (!number_resource(v, arena, i)) return false;
  return true;
}

static bool number_attributes(edi_vocabulary *v, edi_arena *arena) {
  const edi_program *p = v->program;
  v->attr_slot = EDI_NEW_ARRAY(arena, uint32_t, p->attrs_count);
  v->subject_attrs = EDI_NEW_ARRAY(arena, uint32_t, p->attrs_count);
  v->context_attrs = EDI_NEW_ARRAY(arena, uint32_t, p->attrs_count);
  if (!v->attr_slot || !v->subject_attrs || !v->context_attrs) return false;
  for (uint32_t i = 0; i < p->attrs_count; i++) {
    v->attr_slot[i] = EDI_NONE;
    if (p->attrs[i].entity == EDI_ENTITY_SUBJECT) {
      v->attr_slot[i] = v->subject_slots;
      v->subject_attrs[v->subject_slots++] = i;
    } else if (p->attrs[i].entity == EDI_ENTITY_CONTEXT) {
      v->attr_slot[i] = v->context_slots;
      v->context_attrs[v->context_slots++] = i;
    }
  }
  return true;
}

/* A constant of the federal program, whose nodes are the vocabulary's. */
static edi_value scalar_constant(const edi_program *p, const edi_const *c) {
  unsigned base = EDI_TYPE_BASE(c->type);
  edi_value value = edi_value_integer(base, c->value);
  switch (base) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID:
    case EDI_TYPE_IP: return edi_value_text(base, (edi_str){p->strings + c->value, c->aux});
    case EDI_TYPE_LEVEL: value.as.integer = p->levels[c->value].rank; break;
    case EDI_TYPE_DECIMAL:
    case EDI_TYPE_DURATION: value.scale = EDI_VALUE_SCALE(c->aux); break;
    default: break;
  }
  return value;
}

static bool note_fallbacks(edi_vocabulary *v, edi_arena *arena) {
  const edi_program *p = v->program;
  v->subject_fallbacks = EDI_NEW_ARRAY(arena, edi_value, v->subject_slots);
  if (!v->subject_fallbacks) return false;
  for (uint32_t slot = 0; slot < v->subject_slots; slot++) {
    uint32_t fallback = p->attrs[v->subject_attrs[slot]].fallback;
    if (fallback == EDI_NONE) continue;
    const edi_const *c = &p->consts[fallback];
    if (!EDI_TYPE_IS_SET(c->type)) {
      v->subject_fallbacks[slot] = scalar_constant(p, c);
      continue;
    }
    edi_value *members = EDI_NEW_ARRAY(arena, edi_value, c->aux);
    if (!members) return false;
    for (uint32_t i = 0; i < c->aux; i++)
      members[i] = scalar_constant(p, &p->consts[p->lists[c->value + i]]);
    v->subject_fallbacks[slot] = edi_value_set(EDI_TYPE_BASE(c->type), members, c->aux);
  }
  return true;
}

static bool missing(edict_diagnostics *diagnostics, const char *what, const char *name) {
  edi_diagnostics_add(diagnostics, EDI_R0190, EDI_SPAN_NONE, "",
                      "the federal program has no %s `%s`", what, name);
  return false;
}

static bool find_taxonomy(const edi_vocabulary *v, const char *name, uint32_t *kind,
                          edict_diagnostics *diagnostics) {
  *kind = edi_vocabulary_kind(v, edi_str_from(name));
  bool found = *kind != EDI_NONE && !(v->program->kinds[*kind].flags & EDI_KIND_ID);
  return found || missing(diagnostics, "taxonomy", name);
}

static bool find_node(const edi_vocabulary *v, uint32_t kind, const char *name, uint32_t *node,
                      edict_diagnostics *diagnostics) {
  *node = edi_vocabulary_node(v, kind, edi_str_from(name));
  return *node != EDI_NONE || missing(diagnostics, "node", name);
}

static bool find_slot(const edi_vocabulary *v, edi_entity entity, const char *name, edi_type type,
                      uint32_t *slot, edict_diagnostics *diagnostics) {
  uint32_t attr = edi_vocabulary_attr(v, entity, edi_str_from(name));
  if (attr == EDI_NONE)
    return missing(diagnostics,
                   entity == EDI_ENTITY_SUBJECT ? "subject attribute" : "context attribute", name);
  if (v->program->attrs[attr].type != type) {
    edi_diagnostics_add(
        diagnostics, EDI_R0191, EDI_SPAN_NONE, "",
        "the federal program declares `%s` with a type that the built-in name does not have", name);
    return false;
  }
  *slot = v->attr_slot[attr];
  return true;
}

static bool find_built_ins(edi_vocabulary *v, edict_diagnostics *d) {
  if (!find_taxonomy(v, "tag", &v->kind_tag, d) ||
      !find_taxonomy(v, "purpose", &v->kind_purpose, d) ||
      !find_taxonomy(v, "role", &v->kind_role, d) ||
      !find_taxonomy(v, "action", &v->kind_action, d) ||
      !find_taxonomy(v, "domain", &v->kind_domain, d) ||
      !find_taxonomy(v, "issuer", &v->kind_issuer, d))
    return false;
  if (!find_node(v, v->kind_action, "access", &v->node_access, d) ||
      !find_node(v, v->kind_action, "read", &v->node_read, d) ||
      !find_node(v, v->kind_action, "unmask", &v->node_unmask, d) ||
      !find_node(v, v->kind_tag, "untagged", &v->node_untagged, d))
    return false;
  edi_type purpose = EDI_TYPE_MAKE(EDI_TYPE_NODE, v->kind_purpose);
  edi_type action = EDI_TYPE_MAKE(EDI_TYPE_NODE, v->kind_action);
  edi_type issuer = EDI_TYPE_MAKE(EDI_TYPE_NODE, v->kind_issuer);
  return find_slot(v, EDI_ENTITY_CONTEXT, "purpose", purpose, &v->slot_purpose, d) &&
         find_slot(v, EDI_ENTITY_CONTEXT, "now", EDI_TYPE_TIMESTAMP, &v->slot_now, d) &&
         find_slot(v, EDI_ENTITY_CONTEXT, "action", action, &v->slot_action, d) &&
         find_slot(v, EDI_ENTITY_SUBJECT, "issuer", issuer, &v->slot_subject_issuer, d) &&
         find_slot(v, EDI_ENTITY_SUBJECT, "id", EDI_TYPE_SUBJECT, &v->slot_subject_id, d) &&
         find_slot(v, EDI_ENTITY_SUBJECT, "purposes", purpose | EDI_TYPE_SET, &v->slot_purposes, d);
}

static edict_status init(edi_vocabulary *v, const edi_program *program, edi_arena *arena,
                         edict_diagnostics *diagnostics) {
  v->program = program;
  if (program->settings_count != 1 || program->settings[0].layer != EDI_LAYER_FEDERAL) {
    edi_diagnostics_add(diagnostics, EDI_R0192, EDI_SPAN_NONE, "",
                        "a vocabulary comes from a program of the federal layer");
    return EDICT_FORMAT;
  }
  if (!index_nodes(v, arena) || !index_attrs(v, arena) || !number_attributes(v, arena) || !number_resources(v, arena) || !note_fallbacks(v, arena))
    return edi_arena_status(arena);
  return find_built_ins(v, diagnostics) ? EDICT_OK : EDICT_FORMAT;
}

edict_status edi_vocabulary_init(edi_vocabulary *vocabulary, const edi_program *program,
                                 edi_arena *arena, edict_diagnostics *diagnostics) {
  *vocabulary = (edi_vocabulary){0};
  edict_status status = init(vocabulary, program, arena, diagnostics);
  if (status != EDICT_OK) *vocabulary = (edi_vocabulary){0};
  return status;
}

/* ---- conversion ---- */

/* int ::= "0" | "-"? [1-9] [0-9]*, within 64 bits */
static bool parse_int(edi_str text, int64_t *out) {
  bool negative = text.len > 0 && text.ptr[0] == '-';
  size_t at = negative ? 1 : 0;
  if (at == text.len || (text.ptr[at] == '0' && text.len > 1)) return false;
  int64_t value = 0;
  for (; at < text.len; at++) {
    if (text.ptr[at] < '0' || text.ptr[at] > '9') return false;
    int64_t digit = text.ptr[at] - '0';
    if (__builtin_mul_overflow(value, 10, &value)) return false;
    if (__builtin_add_overflow(value, negative ? -digit : digit, &value)) return false;
  }
  *out = value;
  return true;
}

static edi_value convert_bool(edi_str text) {
  if (edi_str_equal(text, EDI_STR("true"))) return edi_value_integer(EDI_TYPE_BOOL, 1);
  if (edi_str_equal(text, EDI_STR("false"))) return edi_value_integer(EDI_TYPE_BOOL, 0);
  return edi_value_unknown();
}

static edi_value convert_decimal(edi_str text) {
  edi_decimal d;
  if (!edi_decimal_parse(text, &d)) return edi_value_unknown();
  return edi_value_decimal(d);
}

static edi_value convert_text(unsigned base, edi_str text) {
  if (text.len > UINT32_MAX || !edi_utf8_valid(text)) return edi_value_unknown();
  return edi_value_marked(edi_value_text(base, text));
}

/* A node or a rank; EDI_NONE is unknown. */
static edi_value numbered(unsigned base, uint32_t number) {
  return number == EDI_NONE ? edi_value_unknown() : edi_value_integer(base, number);
}

edi_value edi_vocabulary_convert(const edi_vocabulary *vocabulary, edi_type type, edi_str text,
                                 unsigned char ip_storage[16]) {
  int64_t i = 0;
  unsigned base = EDI_TYPE_BASE(type);
  if (EDI_TYPE_IS_SET(type)) return edi_value_unknown();
  switch (base) {
    case EDI_TYPE_BOOL: return convert_bool(text);
    case EDI_TYPE_INT:
      return parse_int(text, &i) ? edi_value_integer(base, i) : edi_value_unknown();
    case EDI_TYPE_DECIMAL: return convert_decimal(text);
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: return convert_text(base, text);
    case EDI_TYPE_TIMESTAMP:
      return edi_timestamp_parse(text, &i) ? edi_value_integer(base, i) : edi_value_unknown();
    case EDI_TYPE_DATE:
      return edi_date_parse(text, &i) ? edi_value_integer(base, i) : edi_value_unknown();
    case EDI_TYPE_IP:
      if (!edi_ip_parse(text, ip_storage)) return edi_value_unknown();
      return edi_value_marked(edi_value_text(base, (edi_str){(const char *)ip_storage, 16}));
    case EDI_TYPE_NODE:
      return numbered(base, edi_vocabulary_node(vocabulary, EDI_TYPE_PARAM(type), text));
    case EDI_TYPE_LEVEL:
      return numbered(base, edi_vocabulary_level(vocabulary, EDI_TYPE_PARAM(type), text));
    default:
      return edi_value_unknown(); /* a duration or a subject has no text form outside the language */
  }
}

edi_value edi_vocabulary_convert_set(const edi_vocabulary *vocabulary, edi_type type,
                                     const edi_str *texts, size_t count, bool ignore_others,
                                     edi_arena *arena) {
  edi_type element = EDI_TYPE_ELEM(type);
  size_t stride = EDI_TYPE_BASE(type) == EDI_TYPE_IP ? 16 : 0;
  if (count > EDI_LIMIT_SET_MEMBERS) return edi_value_unknown();
  edi_value *members = EDI_NEW_ARRAY(arena, edi_value, count + edi_members_places((uint32_t)count));
  unsigned char *addresses = edi_arena_array(arena, count, stride);
  if (!members || !addresses) return edi_value_unknown();
  uint32_t known = 0;
  for (size_t i = 0; i < count; i++) {
    edi_value member =
        edi_vocabulary_convert(vocabulary, element, texts[i], addresses + i * stride);
    if (edi_value_known(member)) members[known++] = member;
  }
  edi_value set = edi_members_set(EDI_TYPE_BASE(type), members, known);
  if (known < count && !ignore_others) set.scale = 1;
  return set;
}
