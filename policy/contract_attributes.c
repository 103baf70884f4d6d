/* Contract attributes: declared paths followed through a contract, and what they lead to typed.
 *
 * In: a product's or dataset's part of the contract, the model's attributes with their paths.
 * Out: facts. A path's steps are keys of maps; in a list of { property, value } a step finds by
 * property, in another list of maps it collects from each. A property may hold dots, so the
 * longest run of steps that names something is taken. Invariant: of two values where one is
 * read, none is taken. */
#include "bundle/limits.h"
#include "policy/contract_facts.h"
#include "policy/typed.h"

/* What a path leads to. */
typedef struct finds {
  edi_resolver *resolver;
  const edi_sym_attr *attr;
  const edi_yaml **items; /* scalars, none of them null */
  size_t count, capacity;
  bool list;      /* they come from a list: a set's members */
  edi_span place; /* the first of them; of an empty list, where it begins */
  bool refused;   /* reported already */
} finds;

/* ---- paths ---- */

static void follow(finds *f, const edi_yaml *from, edi_str path);

static void refuse(finds *f, edi_code code, edi_span span, const char *label, const char *message) {
  edi_finding *finding = edi_resolver_error(f->resolver, code, span, label, "`%.*s` %s",
                                            EDI_STR_ARG(f->attr->name), message);
  edi_finding_label(finding, f->attr->span, "declared here");
  f->refused = true;
}

static void take_scalar(finds *f, const edi_yaml *value) {
  void *items = f->items;
  if (!edi_arena_grow(f->resolver->arena, &items, &f->capacity, f->count, sizeof *f->items)) {
    edi_resolver_no_memory(f->resolver);
    return;
  }
  f->items = items;
  if (f->count == 0) f->place = value->span;
  f->items[f->count++] = value;
}

static void open_list(finds *f, const edi_yaml *list) {
  f->list = true;
  if (f->count == 0) f->place = edi_yaml_head(list);
}

static void take(finds *f, const edi_yaml *value) {
  if (value->kind == EDI_YAML_MAP) {
    refuse(f, EDI_E0437, edi_yaml_head(value), "a map", "is read from a text or a list of texts");
    return;
  }
  if (value->kind == EDI_YAML_SCALAR) {
    if (!value->is_null) take_scalar(f, value);
    return;
  }
  open_list(f, value);
  for (size_t i = 0; i < value->count && !f->refused; i++) {
    if (value->items[i]->kind == EDI_YAML_SCALAR && !value->items[i]->is_null)
      take_scalar(f, value->items[i]);
    else
      refuse(f, EDI_E0437, edi_yaml_head(value->items[i]), "not a text",
             "is read from a list of texts");
  }
}

/* The path without its first `length` bytes and the dot after them. */
static edi_str rest_of(edi_str path, size_t length) {
  if (length == path.len) return (edi_str){path.ptr + length, 0};
  return (edi_str){path.ptr + length + 1, path.len - length - 1};
}

/* The next shorter run of steps; 0 after the shortest. */
static size_t shorter(edi_str path, size_t length) {
  while (length > 0 && path.ptr[--length] != '.') continue;
  return length;
}

static void follow_map(finds *f, const edi_yaml *map, edi_str path) {
  for (size_t length = path.len; length > 0; length = shorter(path, length)) {
    edi_str key = {path.ptr, length};
    for (size_t i = 0; i < map->count; i++) {
      if (!edi_str_equal(map->pairs[i].key, key)) continue;
      follow(f, map->pairs[i].value, rest_of(path, length));
      return;
    }
  }
}

static bool is_property_list(const edi_yaml *list) {
  for (size_t i = 0; i < list->count; i++)
    if (!edi_yaml_get(list->items[i], "property")) return false;
  return list->count > 0;
}

static bool names_property(const edi_yaml *item, edi_str name) {
  const edi_yaml *property = edi_yaml_get(item, "property");
  return property && property->kind == EDI_YAML_SCALAR && edi_str_equal(property->text, name);
}

static const edi_yaml *find_property(finds *f, const edi_yaml *list, edi_str name) {
  const edi_yaml *found = NULL;
  for (size_t i = 0; i < list->count; i++) {
    if (!names_property(list->items[i], name)) continue;
    if (!found) {
      found = list->items[i];
      continue;
    }
    refuse(f, EDI_E0439, edi_yaml_get(list->items[i], "property")->span, "stated again",
           "is read from a property that the contract states twice");
    return NULL;
  }
  return found;
}

static void follow_properties(finds *f, const edi_yaml *list, edi_str path) {
  for (size_t length = path.len; length > 0 && !f->refused; length = shorter(path, length)) {
    const edi_yaml *item = find_property(f, list, (edi_str){path.ptr, length});
    if (!item) continue;
    const edi_yaml *value = edi_yaml_get(item, "value");
    if (value) follow(f, value, rest_of(path, length));
    return;
  }
}

/* Recursion is bounded by the depth that YAML was read with. */
static void follow(finds *f, const edi_yaml *from, edi_str path) {
  if (f->refused || f->resolver->failed != EDICT_OK) return;
  if (path.len == 0) take(f, from);
  else if (from->kind == EDI_YAML_MAP) follow_map(f, from, path);
  else if (from->kind == EDI_YAML_LIST && is_property_list(from)) follow_properties(f, from, path);
  else if (from->kind == EDI_YAML_LIST) {
    open_list(f, from);
    for (size_t i = 0; i < from->count; i++)
      if (from->items[i]->kind == EDI_YAML_MAP) follow(f, from->items[i], path);
  }
}

/* ---- values ---- */

static void report_shape(edi_resolver *r, const edi_sym_attr *attr, edi_span span) {
  edi_buf expected;
  edi_buf_init(&expected, r->arena->allocator, 1024);
  edi_typed_describe(r->model, attr->type, &expected);
  edi_finding *finding = edi_resolver_error(r, EDI_E0436, span, "of another type", "`%.*s` is %.*s",
                                            EDI_STR_ARG(attr->name), (int)expected.len,
                                            expected.len ? expected.ptr : "");
  edi_finding_label(finding, attr->span, "declared here");
  edi_buf_fini(&expected);
}

/* False if there is no value; that was reported. */
static bool read_value(edi_resolver *r, const edi_sym_attr *attr, const edi_yaml *text,
                       edi_fact_value *value) {
  edi_type type = EDI_TYPE_ELEM(attr->type);
  if (text->text.len > EDI_LIMIT_STRING) {
    edi_resolver_error(r, EDI_E0428, text->span, "", "`%.*s` is longer than %d bytes",
                       EDI_STR_ARG(attr->name), EDI_LIMIT_STRING);
    return false;
  }
  switch (edi_typed_read(r->arena, r->model, type, text->text, value)) {
    case EDI_TYPED_OK: break;
    case EDI_TYPED_SHAPE: report_shape(r, attr, text->span); return false;
    case EDI_TYPED_UNKNOWN:
      if (EDI_TYPE_BASE(type) == EDI_TYPE_LEVEL)
        edi_resolver_unknown_level(r, EDI_TYPE_PARAM(type), text->text, text->span);
      else edi_resolver_unknown_node(r, EDI_TYPE_PARAM(type), text->text, text->span);
      return false;
    case EDI_TYPED_ABSTRACT: break; /* may_state reports it */
    case EDI_TYPED_MEMORY: edi_resolver_no_memory(r); return false;
  }
  if (EDI_TYPE_BASE(type) == EDI_TYPE_LEVEL) edi_resolver_note_level(r, (uint32_t)value->integer, text);
  if (EDI_TYPE_BASE(type) == EDI_TYPE_NODE) edi_resolver_note_node(r, (uint32_t)value->integer, text);
  return EDI_TYPE_BASE(type) != EDI_TYPE_NODE ||
         edi_resolver_may_state(r, (uint32_t)value->integer, text->span);
}

static bool read_set(edi_resolver *r, const finds *f, edi_fact_value *set) {
  *set = (edi_fact_value){.type = f->attr->type};
  if (f->count > EDI_LIMIT_SET_MEMBERS) {
    edi_resolver_error(r, EDI_E0428, f->items[EDI_LIMIT_SET_MEMBERS]->span, "one too many",
                       "`%.*s` has more than %d members", EDI_STR_ARG(f->attr->name),
                       EDI_LIMIT_SET_MEMBERS);
    return false;
  }
  set->members = EDI_NEW_ARRAY(r->arena, edi_fact_value, f->count);
  if (!set->members) {
    edi_resolver_no_memory(r);
    return false;
  }
  size_t read = 0;
  for (size_t i = 0; i < f->count; i++)
    read += read_value(r, f->attr, f->items[i], &set->members[read]);
  set->member_count = read;
  if (edi_typed_sort(r->arena, set->members, &set->member_count)) return read == f->count;
  edi_resolver_no_memory(r);
  return false;
}

static void report_missing(edi_resolver *r, const edi_sym_attr *attr, edi_span place) {
  edi_finding *finding = edi_resolver_error(r, EDI_E0438, place, "does not state it",
                                            "`%.*s` has to be stated, at `%.*s`",
                                            EDI_STR_ARG(attr->name), EDI_STR_ARG(attr->path));
  edi_finding_label(finding, attr->span, "declared here, without `?`");
}

/* Whether the contract gives the attribute a value; what is wrong is reported. */
static bool read_attribute(edi_resolver *r, uint32_t number, const edi_yaml *from, edi_span place,
                           edi_fact_value *value) {
  const edi_sym_attr *attr = &r->model->attrs[number];
  finds f = {.resolver = r, .attr = attr};
  if (attr->path.len > 0) follow(&f, from, attr->path);
  if (f.refused || r->failed != EDICT_OK) return false;
  if (f.count == 0 && !f.list) {
    if (!attr->optional && !attr->fallback) report_missing(r, attr, place);
    return false;
  }
  if (EDI_TYPE_IS_SET(attr->type) != f.list) {
    refuse(&f, EDI_E0437, f.place, f.list ? "a list" : "one value",
           f.list ? "is one value, not a list" : "is a list; write `[...]` for one member");
    return false;
  }
  bool read = f.list ? read_set(r, &f, value) : read_value(r, attr, f.items[0], value);
  if (read) edi_resolver_state(r, EDI_FACT_ATTR, number, f.place);
  return read;
}

void edi_resolver_attributes(edi_resolver *r, edi_entity entity, const edi_yaml *from,
                             edi_span place, edi_fact_entry **facts, size_t *count) {
  size_t capacity = 0;
  *facts = NULL;
  *count = 0;
  for (size_t i = 0; i < r->model->attrs_count && r->failed == EDICT_OK; i++) {
    const edi_sym_attr *attr = &r->model->attrs[i];
    edi_fact_entry entry = {.attr = (uint32_t)i};
    if (attr->entity != entity || attr->builtin) continue;
    if (!edi_typed_is_known(r->model, attr->type)) continue; /* the checker reported it */
    if (!read_attribute(r, (uint32_t)i, from, place, &entry.value)) continue;
    void *items = *facts;
    if (!edi_arena_grow(r->arena, &items, &capacity, *count, sizeof entry)) {
      edi_resolver_no_memory(r);
      return;
    }
    *facts = items;
    (*facts)[(*count)++] = entry;
  }
}
