/* Symbols: names looked up in a model, names suggested for those that are not there, types spelt
 * out.
 *
 * In: a model, complete or still being filled by the checker. Out: symbol numbers. Invariant: a
 * number handed out is in range; EDI_NONE otherwise. Only the nodes, of which a vocabulary may
 * have many thousands, have an index; a model whose index is not up to date is walked. */
#include "policy/symbols.h"

#include "bundle/limits.h"
#include "bundle/order.h"

/* ---- look-ups ---- */

uint32_t edi_model_kind(const edi_model *model, edi_str name) {
  uint32_t id = EDI_NONE;
  for (size_t i = 0; i < model->kinds_count; i++) {
    if (!edi_str_equal(model->kinds[i].name, name)) continue;
    if (!model->kinds[i].id) return (uint32_t)i;
    if (id == EDI_NONE) id = (uint32_t)i;
  }
  return id; /* a kind of id may share its name with a taxonomy, which goes first */
}

static int compare_node(const edi_sym_node *node, uint32_t kind, edi_str name) {
  if (node->kind != kind) return node->kind < kind ? -1 : 1;
  return edi_str_compare(node->name, name);
}

static size_t node_slot(const edi_model *model, uint32_t kind, edi_str name) {
  return (edi_str_hash(name) ^ (uint64_t)kind * UINT64_C(0x9E3779B97F4A7C15)) & (model->node_slot_count - 1);
}

static uint32_t find_indexed(const edi_model *model, uint32_t kind, edi_str name) {
  size_t slot = node_slot(model, kind, name);
  for (; model->node_slots[slot]; slot = (slot + 1) & (model->node_slot_count - 1)) {
    uint32_t node = model->node_slots[slot] - 1;
    if (compare_node(&model->nodes[node], kind, name) == 0) return node;
  }
  return EDI_NONE;
}

uint32_t edi_model_node(const edi_model *model, uint32_t kind, edi_str name) {
  if (kind == EDI_NONE) return EDI_NONE;
  if (model->nodes_by_name && model->nodes_by_name_count == model->nodes_count)
    return find_indexed(model, kind, name);
  for (size_t i = 0; i < model->nodes_count; i++)
    if (compare_node(&model->nodes[i], kind, name) == 0) return (uint32_t)i;
  return EDI_NONE;
}

uint32_t edi_model_scale(const edi_model *model, edi_str name) {
  for (size_t i = 0; i < model->scales_count; i++)
    if (edi_str_equal(model->scales[i].name, name)) return (uint32_t)i;
  return EDI_NONE;
}

uint32_t edi_model_level(const edi_model *model, uint32_t scale, edi_str name) {
  if (scale == EDI_NONE) return EDI_NONE;
  for (size_t i = 0; i < model->levels_count; i++)
    if (model->levels[i].scale == scale && edi_str_equal(model->levels[i].name, name))
      return (uint32_t)i;
  return EDI_NONE;
}

uint32_t edi_model_attr(const edi_model *model, edi_entity entity, edi_str name) {
  for (size_t i = 0; i < model->attrs_count; i++)
    if (model->attrs[i].entity == entity && edi_str_equal(model->attrs[i].name, name))
      return (uint32_t)i;
  return EDI_NONE;
}

uint32_t edi_model_resource(const edi_model *model, edi_str name) {
  for (size_t i = 0; i < model->resources_count; i++)
    if (edi_str_equal(model->resources[i].name, name)) return (uint32_t)i;
  return EDI_NONE;
}

bool edi_model_is_resource(const edi_model *model, edi_str text, edi_entity *entity, edi_str *attribute) {
  size_t length = 0;
  while (length < text.len && text.ptr[length] != '.') length++;
  uint32_t number = edi_model_resource(model, (edi_str){text.ptr, length});
  if (number == EDI_NONE) return false;
  *entity = (edi_entity)(EDI_ENTITY_RESOURCE + number);
  *attribute = length == text.len ? (edi_str){text.ptr + length, 0} : (edi_str){text.ptr + length + 1, text.len - length - 1};
  return true;
}

edi_str edi_model_entity(const edi_model *model, edi_entity entity) {
  static const edi_str names[] = {{"product", 7}, {"dataset", 7}, {"column", 6}, {"subject", 7}, {"context", 7}};
  if (entity < EDI_ENTITY_RESOURCE) return names[entity];
  size_t number = entity - EDI_ENTITY_RESOURCE;
  return number < model->resources_count ? model->resources[number].name : EDI_STR("resource");
}

uint32_t edi_model_table(const edi_model *model, edi_str qualified) {
  for (size_t i = 0; i < model->tables_count; i++)
    if (edi_str_equal(model->tables[i].name, qualified)) return (uint32_t)i;
  return EDI_NONE;
}

uint32_t edi_model_key(const edi_model *model, edi_str qualified) {
  for (size_t i = 0; i < model->keys_count; i++)
    if (edi_str_equal(model->keys[i].name, qualified)) return (uint32_t)i;
  return EDI_NONE;
}

uint32_t edi_model_child(const edi_model *model, uint32_t node, uint32_t child) {
  const edi_sym_node *nodes = model->nodes;
  const edi_range own = model->kinds[nodes[node].kind].own;
  uint32_t next = child == EDI_NONE ? node + 1 : nodes[child].end;
  bool hanging = child != EDI_NONE && nodes[child].domain && !nodes[node].domain;
  if (!hanging && next < nodes[node].end) return next;
  if (nodes[node].domain) return EDI_NONE;
  for (next = hanging ? next : own.first; next < own.first + own.count; next = nodes[next].end)
    if (nodes[next].parent == node) return next;
  return EDI_NONE;
}

/* ---- the index of nodes ---- */

static int compare_numbers(const void *context, const void *a, const void *b) {
  const edi_model *model = context;
  const edi_sym_node *right = &model->nodes[*(const uint32_t *)b];
  return compare_node(&model->nodes[*(const uint32_t *)a], right->kind, right->name);
}

edict_status edi_model_index(edi_model *model, edi_arena *arena) {
  uint32_t *numbers = EDI_NEW_ARRAY(arena, uint32_t, model->nodes_count);
  uint32_t *spare = EDI_NEW_ARRAY(arena, uint32_t, model->nodes_count);
  size_t slots = 16;
  while (slots < 2 * model->nodes_count) slots *= 2;
  model->node_slots = EDI_NEW_ARRAY(arena, uint32_t, slots);
  if (!numbers || !spare || !model->node_slots) return edi_arena_status(arena);
  model->node_slot_count = slots;
  for (size_t i = 0; i < model->nodes_count; i++) numbers[i] = (uint32_t)i;
  edi_order_sort(numbers, spare, model->nodes_count, sizeof *numbers, compare_numbers, model);
  for (size_t i = 0; i < model->nodes_count; i++) {
    size_t slot = node_slot(model, model->nodes[numbers[i]].kind, model->nodes[numbers[i]].name);
    while (model->node_slots[slot]) slot = (slot + 1) & (slots - 1);
    model->node_slots[slot] = numbers[i] + 1;
  }
  model->nodes_by_name = numbers;
  model->nodes_by_name_count = model->nodes_count;
  return EDICT_OK;
}

/* ---- suggestions ---- */

/* In lower case, so that `PII.Email` finds `pii.email`; false if it is longer than a name can
 * be. */
static bool lower(edi_str name, char into[EDI_LIMIT_NAME], edi_str *out) {
  if (name.len > EDI_LIMIT_NAME) return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    into[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  *out = (edi_str){into, name.len};
  return true;
}

void edi_suggest_init(edi_suggest *suggest, edi_str wanted) {
  *suggest = (edi_suggest){.wanted = wanted, .distance = (unsigned)(wanted.len / 3) + 1};
  if (wanted.len > EDI_LIMIT_NAME) suggest->distance = 0;
}

void edi_suggest_offer(edi_suggest *suggest, edi_str name, edi_span span) {
  char name_text[EDI_LIMIT_NAME], wanted_text[EDI_LIMIT_NAME];
  edi_str a, b;
  if (name.len == 0 || !lower(name, name_text, &a) || !lower(suggest->wanted, wanted_text, &b))
    return;
  size_t apart = a.len < b.len ? b.len - a.len : a.len - b.len;
  if (apart > suggest->distance) return;
  unsigned distance = edi_str_distance(a, b, suggest->distance);
  bool nearer = distance < suggest->distance;
  if (!nearer && (distance != suggest->distance || !suggest->best.name.ptr ||
                  edi_str_compare(name, suggest->best.name) >= 0))
    return;
  suggest->distance = distance;
  suggest->best = (edi_sym_near){name, span};
}

edi_sym_near edi_model_suggest_node(const edi_model *model, uint32_t kind, edi_str name) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, name);
  for (size_t i = 0; i < model->nodes_count; i++)
    if (model->nodes[i].kind == kind)
      edi_suggest_offer(&suggest, model->nodes[i].name, model->nodes[i].span);
  return suggest.best;
}

edi_sym_near edi_model_suggest_level(const edi_model *model, uint32_t scale, edi_str name) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, name);
  for (size_t i = 0; i < model->levels_count; i++)
    if (model->levels[i].scale == scale)
      edi_suggest_offer(&suggest, model->levels[i].name, model->levels[i].span);
  return suggest.best;
}

edi_sym_near edi_model_suggest_attr(const edi_model *model, edi_entity entity, edi_str name) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, name);
  for (size_t i = 0; i < model->attrs_count; i++)
    if (model->attrs[i].entity == entity)
      edi_suggest_offer(&suggest, model->attrs[i].name, model->attrs[i].span);
  return suggest.best;
}

/* Those that look through one whole array. */
#define SUGGEST(noun, array)                                                    \
  edi_sym_near edi_model_suggest_##noun(const edi_model *model, edi_str name) { \
    edi_suggest suggest;                                                        \
    edi_suggest_init(&suggest, name);                                           \
    for (size_t i = 0; i < model->array##_count; i++)                           \
      edi_suggest_offer(&suggest, model->array[i].name, model->array[i].span);  \
    return suggest.best;                                                        \
  }
SUGGEST(kind, kinds)
SUGGEST(scale, scales)
SUGGEST(resource, resources)
SUGGEST(table, tables)
SUGGEST(key, keys)
#undef SUGGEST

/* ---- types ---- */

static edi_str parameter_name(const edi_model *model, edi_type type) {
  size_t number = EDI_TYPE_PARAM(type);
  if (EDI_TYPE_BASE(type) == EDI_TYPE_LEVEL)
    return number < model->scales_count ? model->scales[number].name : EDI_STR("level");
  return number < model->kinds_count ? model->kinds[number].name : EDI_STR("node");
}

void edi_model_type_name(const edi_model *model, edi_type type, edi_buf *into) {
  if (EDI_TYPE_IS_SET(type)) edi_buf_text(into, "set<");
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_NODE:
    case EDI_TYPE_LEVEL: edi_buf_str(into, parameter_name(model, type)); break;
    case EDI_TYPE_ID: {
      edi_buf_text(into, "id<");
      edi_buf_str(into, parameter_name(model, type));
      edi_buf_char(into, '>');
      break;
    }
    default: edi_buf_text(into, edi_type_base_name(EDI_TYPE_BASE(type)));
  }
  if (EDI_TYPE_IS_SET(type)) edi_buf_char(into, '>');
}
