/* Contract parts: what lies inside of columns, as columns of its own, by path.
 *
 * In: a dataset whose columns were read. Out: behind them, in preorder, one column for each property of an object
 * (`address.city`), the items of an array (`phones[]`), the keys and values of a map (`prefs[key]`,
 * `prefs[value]`). What a contract says of a container it says of all in it: its tags, its level, that it is closed.
 * Invariant: a part carries every tag of what contains it, and a container every tag of its parts, so that it is never
 * more open as a whole than they are. Nothing is reported twice: what is wrong with tags and levels inside was told
 * when the column was read. */
#include "bundle/limits.h"
#include "bundle/order.h"
#include "policy/contract_facts.h"

typedef struct parts {
  edi_resolver *resolver;
  edi_column_facts *items;     /* the columns first */
  size_t count, capacity;
  bool over;                   /* there are more than a dataset may have */
} parts;

/* What a container hands down. */
typedef struct scope {
  edi_numbers tags;
  uint32_t level;
  bool closed, repeated;
  uint32_t parent;
} scope;

/* One part, before what is in it. */
typedef struct member {
  const edi_yaml *property;
  edi_column_role role;
  edi_numbers all, before;     /* tags of it and all in it, with and without those of its twins */
  uint32_t level;
  bool closed, closed_before;
} member;

/* ---- silently ---- */

/* Tags that stand at the property itself; false: one of them is not known. */
static bool own_tags(parts *p, const edi_yaml *property, edi_numbers *into) {
  const edi_model *model = p->resolver->model;
  const edi_yaml *list = edi_yaml_get(property, "tags");
  bool known = true;
  for (size_t i = 0; list && list->kind == EDI_YAML_LIST && i < list->count; i++) {
    uint32_t node = edi_resolver_find_tag(p->resolver, list->items[i]->text);
    bool good = node != EDI_NONE && !model->nodes[node].is_abstract && !model->nodes[node].builtin;
    if (good) edi_numbers_add(p->resolver, into, node);
    known = known && good;
  }
  return known;
}

/* The level that stands there, EDI_NONE if there is none; false: it is not known. */
static bool own_level(const parts *p, const edi_yaml *property, uint32_t *level) {
  const edi_model *model = p->resolver->model;
  edi_str text = edi_contract_text(property, "classification");
  *level = EDI_NONE;
  if (text.len == 0) return true;
  if (model->classification != EDI_NONE) *level = edi_model_level(model, model->classification, text);
  return *level != EDI_NONE;
}

/* Adds the tags of a property and of all in it; false: something that is stated there is not known. */
static bool all_tags(parts *p, const edi_yaml *property, edi_numbers *into) {
  uint32_t level;
  bool known = own_tags(p, property, into);
  known = own_level(p, property, &level) && known;
  const edi_yaml *list = edi_yaml_get(property, "properties"), *item = edi_yaml_get(property, "items"), *map = edi_yaml_get(property, "map");
  for (size_t i = 0; list && list->kind == EDI_YAML_LIST && i < list->count; i++) known = all_tags(p, list->items[i], into) && known;
  if (item && item->kind == EDI_YAML_MAP) known = all_tags(p, item, into) && known;
  for (size_t i = 0; map && map->kind == EDI_YAML_MAP && i < map->count; i++)
    if (map->pairs[i].value->kind == EDI_YAML_MAP) known = all_tags(p, map->pairs[i].value, into) && known;
  return known;
}

static bool holds(const edi_numbers *sorted, uint32_t number) {
  for (size_t i = 0; i < sorted->count; i++)
    if (sorted->items[i] == number) return true;
  return false;
}

static void add_all(parts *p, edi_numbers *into, const edi_numbers *from) {
  for (size_t i = 0; i < from->count; i++) edi_numbers_add(p->resolver, into, from->items[i]);
}

/* ---- one part ---- */

static edi_str path_of(parts *p, edi_str parent, const member *m) {
  static const edi_str ends[] = {{"", 0}, {"[]", 2}, {"[key]", 5}, {"[value]", 7}};
  edi_str name = m->role == EDI_COLUMN_FIELD ? edi_contract_text(m->property, "name") : ends[m->role];
  size_t length = parent.len + name.len + (m->role == EDI_COLUMN_FIELD);
  char *out = edi_arena_alloc(p->resolver->arena, length);
  if (!out) {
    edi_resolver_no_memory(p->resolver);
    return (edi_str){"", 0};
  }
  memcpy(out, parent.ptr, parent.len);
  if (m->role == EDI_COLUMN_FIELD) out[parent.len] = '.';
  memcpy(out + length - name.len, name.ptr, name.len);
  if (length > EDI_LIMIT_EXTERNAL_NAME)
    edi_resolver_error(p->resolver, EDI_E0425, edi_yaml_head(m->property), "too long", "the path of a column is longer than %d bytes", EDI_LIMIT_EXTERNAL_NAME);
  return (edi_str){out, length};
}

static uint32_t append(parts *p, const member *m, const scope *from) {
  void *items = p->items;
  if (!edi_arena_grow(p->resolver->arena, &items, &p->capacity, p->count, sizeof *p->items)) {
    edi_resolver_no_memory(p->resolver);
    return EDI_NONE;
  }
  p->items = items;
  const edi_yaml *name = edi_yaml_get(m->property, "name");
  edi_str physical = edi_contract_text(m->property, "physicalName");
  edi_column_facts column = {.name = path_of(p, p->items[from->parent].name, m),
                             .physical_name = physical.len ? physical : m->role == EDI_COLUMN_FIELD ? edi_contract_text(m->property, "name") : physical,
                             .type = edi_resolver_read_type(p->resolver, m->property),
                             .required = edi_str_equal(edi_contract_text(m->property, "required"), EDI_STR("true")),
                             .uuid = edi_resolver_is_uuid(m->property),
                             .inside = from->parent + 1, .role = m->role,
                             .repeated = from->repeated || m->role != EDI_COLUMN_FIELD,
                             .span = name ? name->span : edi_yaml_head(m->property)};
  p->items[p->count] = column;
  return (uint32_t)p->count++;
}

static void descend(parts *p, const edi_yaml *property, const scope *within);

/* The level of a container that states none is the highest of its parts, if each has one. */
static uint32_t level_of(const parts *p, uint32_t at, uint32_t stated) {
  uint32_t highest = stated;
  for (size_t i = at + 1; i < p->count; i++) {
    if (p->items[i].inside != at + 1) continue;
    if (p->items[i].classification == EDI_NONE) return stated;
    highest = edi_resolver_higher(p->resolver, highest, p->items[i].classification);
  }
  return highest;
}

static void add_part(parts *p, const member *m, const scope *from) {
  p->over = p->over || p->count >= EDI_LIMIT_COLUMNS;
  uint32_t level, at = p->over || p->resolver->failed != EDICT_OK ? EDI_NONE : append(p, m, from);
  if (at == EDI_NONE) return;
  scope own = {.level = from->level, .repeated = p->items[at].repeated, .parent = at};
  add_all(p, &own.tags, &from->tags);
  own.closed = !own_tags(p, m->property, &own.tags) || from->closed || (m->closed && !m->closed_before);
  if (!own_level(p, m->property, &level)) own.closed = true;
  own.level = edi_resolver_higher(p->resolver, edi_resolver_higher(p->resolver, level, m->level), from->level);
  for (size_t i = 0; i < m->all.count; i++)
    if (!holds(&m->before, m->all.items[i])) edi_numbers_add(p->resolver, &own.tags, m->all.items[i]);
  edi_numbers_sort(&own.tags);
  descend(p, m->property, &own);
  edi_numbers tags = {0};
  add_all(p, &tags, &own.tags);
  add_all(p, &tags, &m->all);
  edi_numbers_sort(&tags);
  p->items[at].tags = tags.items;
  p->items[at].tag_count = tags.count;
  p->items[at].closed = own.closed || m->closed;
  p->items[at].has_parts = p->count > at + 1;
  p->items[at].classification = p->items[at].has_parts ? level_of(p, at, own.level) : own.level;
}

static void add_only(parts *p, const edi_yaml *property, edi_column_role role, const scope *from) {
  member m = {.property = property, .role = role, .level = EDI_NONE};
  m.closed = m.closed_before = !all_tags(p, property, &m.all);
  edi_numbers_sort(&m.all);
  m.before = m.all;
  add_part(p, &m, from);
}

/* ---- the properties of an object ---- */

/* Those that are the same data share their tags, as columns do. */
static void add_members(parts *p, const edi_yaml *list, const scope *from) {
  edi_arena *arena = p->resolver->arena;
  edi_dataset_facts d = {.columns = EDI_NEW_ARRAY(arena, edi_column_facts, list->count), .column_count = list->count};
  edi_numbers *tags = EDI_NEW_ARRAY(arena, edi_numbers, list->count);
  member *members = EDI_NEW_ARRAY(arena, member, list->count);
  if (!d.columns || !tags || !members) {
    edi_resolver_no_memory(p->resolver);
    return;
  }
  for (size_t i = 0; i < list->count; i++) {
    const edi_yaml *property = list->items[i];
    edi_column_facts *c = &d.columns[i];
    members[i] = (member){.property = property, .role = EDI_COLUMN_FIELD};
    c->closed = members[i].closed_before = !all_tags(p, property, &tags[i]);
    (void)own_level(p, property, &c->classification);
    if (c->classification == EDI_NONE) c->classification = from->level; /* which twins may raise */
    c->name = edi_contract_text(property, "name");
    c->physical_name = edi_contract_text(property, "physicalName");
    if (c->physical_name.len == 0) c->physical_name = c->name;
    add_all(p, &members[i].before, &tags[i]);
    edi_numbers_sort(&members[i].before);
    edi_numbers_sort(&tags[i]);
  }
  if (p->resolver->failed == EDICT_OK) edi_resolver_share_twins(p->resolver, list, &d, tags);
  for (size_t i = 0; i < list->count && !p->over; i++) {
    members[i].all = tags[i];
    members[i].level = d.columns[i].classification;
    members[i].closed = d.columns[i].closed;
    add_part(p, &members[i], from);
  }
}

static void descend(parts *p, const edi_yaml *property, const scope *within) {
  const edi_yaml *list = edi_yaml_get(property, "properties"), *item = edi_yaml_get(property, "items"), *map = edi_yaml_get(property, "map");
  const edi_yaml *key = edi_yaml_get(map, "key"), *value = edi_yaml_get(map, "value");
  if (list && list->kind == EDI_YAML_LIST) add_members(p, list, within);
  if (item && item->kind == EDI_YAML_MAP) add_only(p, item, EDI_COLUMN_ITEM, within);
  if (key && key->kind == EDI_YAML_MAP) add_only(p, key, EDI_COLUMN_KEY, within);
  if (value && value->kind == EDI_YAML_MAP) add_only(p, value, EDI_COLUMN_VALUE, within);
}

/* ---- the columns ---- */

/* What a column hands down: what stands at itself, and what its twins gave it. */
static void add_parts_of(parts *p, const edi_yaml *property, uint32_t at) {
  edi_numbers before = {0};
  scope own = {.parent = at};
  bool known = all_tags(p, property, &before), level_known;
  edi_numbers_sort(&before);
  own.closed = !own_tags(p, property, &own.tags);
  level_known = own_level(p, property, &own.level);
  own.closed = own.closed || !level_known || (p->items[at].closed && known);
  for (size_t i = 0; i < p->items[at].tag_count; i++)
    if (!holds(&before, p->items[at].tags[i])) edi_numbers_add(p->resolver, &own.tags, p->items[at].tags[i]);
  edi_numbers_sort(&own.tags);
  size_t count = p->count;
  descend(p, property, &own);
  p->items[at].has_parts = p->count > count;
}

static int compare_names(const void *context, const void *a, const void *b) {
  (void)context;
  const edi_column_facts *x = *(const edi_column_facts *const *)a, *y = *(const edi_column_facts *const *)b;
  return edi_str_compare(x->name, y->name);
}

/* A path may be the name of another column: `a.b`. */
static void check_paths(parts *p) {
  const edi_column_facts **sorted = EDI_NEW_ARRAY(p->resolver->arena, const edi_column_facts *, p->count);
  const edi_column_facts **spare = EDI_NEW_ARRAY(p->resolver->arena, const edi_column_facts *, p->count);
  if (!sorted || !spare) {
    edi_resolver_no_memory(p->resolver);
    return;
  }
  for (size_t i = 0; i < p->count; i++) sorted[i] = &p->items[i];
  edi_order_sort(sorted, spare, p->count, sizeof *sorted, compare_names, NULL);
  for (size_t i = 1; i < p->count; i++) {
    if (sorted[i]->name.len == 0 || !edi_str_equal(sorted[i - 1]->name, sorted[i]->name)) continue;
    edi_finding *finding = edi_resolver_error(p->resolver, EDI_E0427, sorted[i]->span, "again", "there are two columns `%.*s`",
                                              EDI_STR_ARG(sorted[i]->name));
    edi_finding_label(finding, sorted[i - 1]->span, "the first one");
  }
}

void edi_resolver_add_parts(edi_resolver *resolver, const edi_yaml *properties, edi_dataset_facts *dataset) {
  parts p = {.resolver = resolver, .items = dataset->columns, .count = dataset->column_count, .capacity = dataset->column_count};
  size_t columns = p.count;
  for (size_t i = 0; i < columns && resolver->failed == EDICT_OK; i++) {
    add_parts_of(&p, properties->items[i], (uint32_t)i);
    if (!p.over) continue;
    edi_resolver_error(resolver, EDI_E0428, p.items[i].span, "one too many in here", "a dataset has more than %d columns, with all that is inside of them",
                       EDI_LIMIT_COLUMNS);
    break;
  }
  dataset->columns = p.items;
  dataset->column_count = p.count;
  if (resolver->failed == EDICT_OK && p.count > columns) check_paths(&p);
}
