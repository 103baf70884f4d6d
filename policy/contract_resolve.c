/* Contract resolve: a contract's tree into facts, every name looked up in the model.
 *
 * In: a parsed contract, a model. Out: product, datasets and columns with node and level
 * numbers. Invariant: with OK nothing that the contract states was left out or guessed; each
 * fact was found in the vocabulary, and `stated` lists it. A container's column holds the tags
 * of everything inside of it; columns of one physical name hold each other's tags, and an
 * encrypted twin those of its plain column: what is the same data carries the same tags. Read
 * edi_contract_resolve from the end. */
#include <stdarg.h>
#include <stdio.h>

#include "bundle/limits.h"
#include "bundle/order.h"
#include "policy/contract_facts.h"
#include "policy/index.h"
#include "policy/typed.h"

enum { SUGGESTIONS_MOST = 100 }; /* looking for a near name walks the whole taxonomy */

/* ---- the resolver ---- */

void edi_resolver_no_memory(edi_resolver *r) { r->failed = edi_arena_status(r->arena); }

void edi_resolver_state(edi_resolver *r, edi_fact_kind kind, uint32_t symbol, edi_span span) {
  void *items = r->stated;
  if (!edi_arena_grow(r->arena, &items, &r->stated_capacity, r->stated_count, sizeof *r->stated)) {
    edi_resolver_no_memory(r);
    return;
  }
  r->stated = items;
  r->stated[r->stated_count++] = (edi_sym_fact){kind, symbol, span};
}

edi_finding *edi_resolver_fact_error(edi_resolver *r, edi_code code, edi_span span, const char *label, const char *format,
                                     ...) {
  char message[4 * EDI_LIMIT_EXTERNAL_NAME];
  va_list arguments;
  va_start(arguments, format);
  if (vsnprintf(message, sizeof message, format, arguments) < 0) message[0] = '\0';
  va_end(arguments);
  if (!r->lenient || !r->column) return edi_resolver_error(r, code, span, label, "%s", message);
  edi_finding *finding = edi_diagnostics_add(r->diagnostics, EDI_W0964, span, label, "%s; column `%.*s` is closed", message,
                                             EDI_STR_ARG(r->column->name));
  r->column->closed = true;
  return finding;
}

static void suggest(edi_finding *finding, edi_sym_near near) {
  if (!near.name.ptr) return;
  edi_finding_label(finding, near.span, "a similar name is declared here");
  edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(near.name));
  edi_finding_edit(finding, near.name);
}

void edi_resolver_unknown_node(edi_resolver *r, uint32_t kind, edi_str name, edi_span span) {
  edi_str kind_name = kind < r->model->kinds_count ? r->model->kinds[kind].name : EDI_STR("node");
  edi_finding *finding =
      edi_resolver_fact_error(r, EDI_E0432, span, "not declared", "there is no %.*s `%.*s`",
                         EDI_STR_ARG(kind_name), EDI_STR_ARG(name));
  if (r->suggestions++ < SUGGESTIONS_MOST)
    suggest(finding, edi_model_suggest_node(r->model, kind, name));
}

void edi_resolver_unknown_level(edi_resolver *r, uint32_t scale, edi_str name, edi_span span) {
  edi_finding *finding =
      edi_resolver_fact_error(r, EDI_E0432, span, "not declared", "there is no level `%.*s` of %.*s",
                         EDI_STR_ARG(name), EDI_STR_ARG(r->model->scales[scale].name));
  if (r->suggestions++ < SUGGESTIONS_MOST)
    suggest(finding, edi_model_suggest_level(r->model, scale, name));
}

static edi_span unquoted(const edi_yaml *text) {
  edi_span span = text->span;
  if (text->quoted && span.end > span.begin) span.end--;
  return span;
}

void edi_resolver_note_node(const edi_resolver *r, uint32_t node, const edi_yaml *text) {
  edi_index_note_node(r->model->index, r->model, node, unquoted(text));
}

void edi_resolver_note_level(const edi_resolver *r, uint32_t level, const edi_yaml *text) {
  if (level != EDI_NONE)
    edi_index_note(r->model->index, EDI_INDEX_LEVEL, level, r->model->levels[level].name, unquoted(text));
}

bool edi_resolver_may_state(edi_resolver *r, uint32_t node, edi_span span) {
  const edi_sym_node *symbol = &r->model->nodes[node];
  if (!symbol->is_abstract && !symbol->builtin) return true;
  edi_finding *finding = edi_resolver_fact_error(
      r, EDI_E0433, span, "", "`%.*s` is %s: rules may name it, contracts may not",
      EDI_STR_ARG(symbol->name), symbol->is_abstract ? "abstract" : "built in");
  if (!symbol->builtin) edi_finding_label(finding, symbol->span, "declared here");
  return false;
}

/* ---- sets of numbers ---- */

void edi_numbers_add(edi_resolver *r, edi_numbers *set, uint32_t number) {
  void *items = set->items;
  if (!edi_arena_grow(r->arena, &items, &set->capacity, set->count, sizeof *set->items)) {
    edi_resolver_no_memory(r);
    return;
  }
  set->items = items;
  set->items[set->count++] = number;
}

void edi_numbers_sort(edi_numbers *set) {
  set->count = edi_order_distinct(set->items, (uint32_t)set->count);
}

/* ---- reading texts ---- */

edi_str edi_contract_text(const edi_yaml *map, const char *key) {
  const edi_yaml *value = edi_yaml_get(map, key);
  if (!value || value->kind != EDI_YAML_SCALAR || value->is_null) return (edi_str){"", 0};
  return value->text;
}

static edi_span span_of(const edi_yaml *map, const char *key) {
  const edi_yaml *value = edi_yaml_get(map, key);
  return value ? value->span : edi_yaml_head(map);
}

/* ---- tags ---- */

/* `pii:email` and `pii=email`, as catalogues write them, name `pii.email`. */
uint32_t edi_resolver_find_tag(const edi_resolver *r, edi_str text) {
  uint32_t kind = edi_model_kind(r->model, EDI_STR("tag"));
  uint32_t node = edi_model_node(r->model, kind, text);
  size_t at = 0;
  while (at < text.len && text.ptr[at] != ':' && text.ptr[at] != '=') at++;
  if (node != EDI_NONE || at == text.len || text.len > EDI_LIMIT_NAME) return node;
  char dotted[EDI_LIMIT_NAME];
  memcpy(dotted, text.ptr, text.len);
  dotted[at] = '.';
  return edi_model_node(r->model, kind, (edi_str){dotted, text.len});
}

/* The tag that the text names, EDI_NONE after a report. */
static uint32_t read_tag(edi_resolver *r, const edi_yaml *text) {
  uint32_t kind = edi_model_kind(r->model, EDI_STR("tag"));
  uint32_t node = edi_resolver_find_tag(r, text->text);
  if (node == EDI_NONE) {
    edi_resolver_unknown_node(r, kind, text->text, text->span);
    return EDI_NONE;
  }
  edi_resolver_note_node(r, node, text);
  return edi_resolver_may_state(r, node, text->span) ? node : EDI_NONE;
}

/* Whether a cell of a column of type `column` can be read as a tag's type. */
static bool cells_fit(unsigned column, edi_type tag) {
  unsigned wanted = EDI_TYPE_BASE(tag);
  if (wanted == EDI_TYPE_NONE || wanted == column) return true;
  switch (column) {
    case EDI_TYPE_INT: return wanted == EDI_TYPE_DECIMAL || wanted == EDI_TYPE_ID;
    case EDI_TYPE_FLOAT: return wanted == EDI_TYPE_DECIMAL;
    case EDI_TYPE_DATE: return wanted == EDI_TYPE_TIMESTAMP;
    case EDI_TYPE_STRING:
      return wanted == EDI_TYPE_NODE || wanted == EDI_TYPE_LEVEL || wanted == EDI_TYPE_ID ||
             wanted == EDI_TYPE_IP;
    default: return false;
  }
}

static void warn_misfit(edi_resolver *r, uint32_t node, const edi_yaml *text, unsigned cells) {
  const edi_sym_node *tag = &r->model->nodes[node];
  if (!edi_typed_is_known(r->model, tag->type) || cells_fit(cells, tag->type)) return;
  edi_buf type;
  edi_buf_init(&type, r->arena->allocator, 1024);
  edi_model_type_name(r->model, tag->type, &type);
  edi_finding *finding =
      edi_diagnostics_add(r->diagnostics, EDI_W0402, text->span, "its cells will be unknown",
                          "`%.*s` is of type %.*s, which this column's cells are not",
                          EDI_STR_ARG(tag->name), (int)type.len, type.len ? type.ptr : "");
  edi_finding_label(finding, tag->span, "declared here");
  edi_buf_fini(&type);
}

/* Tags that stand at `from` itself. `cells` is the type of what they are on, NULL if that has
 * none. */
static void add_tags(edi_resolver *r, const edi_yaml *from, edi_numbers *tags,
                     const uint32_t *cells) {
  const edi_yaml *list = edi_yaml_get(from, "tags");
  if (!list || list->kind != EDI_YAML_LIST) return;
  for (size_t i = 0; i < list->count && r->failed == EDICT_OK; i++) {
    uint32_t node = read_tag(r, list->items[i]);
    if (node == EDI_NONE) continue;
    if (cells) warn_misfit(r, node, list->items[i], *cells);
    edi_resolver_state(r, EDI_FACT_TAG, node, list->items[i]->span);
    edi_numbers_add(r, tags, node);
  }
}

/* ---- levels ---- */

static uint32_t read_level(edi_resolver *r, const edi_yaml *text) {
  uint32_t scale = r->model->classification;
  if (scale == EDI_NONE) {
    edi_finding *finding =
        edi_resolver_fact_error(r, EDI_E0435, text->span, "of no scale",
                           "the vocabulary declares no levels named `classification`");
    edi_finding_fix(finding, false,
                    "levels classification { public < internal < confidential < restricted }");
    return EDI_NONE;
  }
  uint32_t level = edi_model_level(r->model, scale, text->text);
  if (level == EDI_NONE) edi_resolver_unknown_level(r, scale, text->text, text->span);
  else edi_resolver_state(r, EDI_FACT_CLASSIFICATION, scale, text->span);
  edi_resolver_note_level(r, level, text);
  return level;
}

uint32_t edi_resolver_higher(const edi_resolver *r, uint32_t a, uint32_t b) {
  if (a == EDI_NONE) return b;
  if (b == EDI_NONE) return a;
  return r->model->levels[a].rank >= r->model->levels[b].rank ? a : b;
}

/* ---- columns ---- */

/* What stands inside of a container: its tags, and its levels as far as each part has one. */
typedef struct inside {
  edi_numbers *tags;
  uint32_t highest;
  bool all; /* every part has a level, or has parts that do */
  bool any; /* there is a part */
} inside;

static bool states_level(const edi_yaml *property) {
  const edi_yaml *level = edi_yaml_get(property, "classification");
  return level && level->kind == EDI_YAML_SCALAR && !level->is_null;
}

static uint32_t read_property(edi_resolver *r, const edi_yaml *property, edi_numbers *tags);

static void add_part(edi_resolver *r, const edi_yaml *part, inside *in) {
  add_tags(r, part, in->tags, NULL);
  uint32_t level = read_property(r, part, in->tags);
  in->any = true;
  in->all = in->all && level != EDI_NONE;
  in->highest = edi_resolver_higher(r, in->highest, level);
}

/* Adds what lies inside of a property; its level: its own, or a higher one inside, and without
 * an own one the highest inside if each part has one. */
static uint32_t read_property(edi_resolver *r, const edi_yaml *property, edi_numbers *tags) {
  inside in = {.tags = tags, .highest = EDI_NONE, .all = true};
  const edi_yaml *parts = edi_yaml_get(property, "properties"),
                 *item = edi_yaml_get(property, "items"), *map = edi_yaml_get(property, "map");
  if (parts && parts->kind == EDI_YAML_LIST)
    for (size_t i = 0; i < parts->count && r->failed == EDICT_OK; i++)
      add_part(r, parts->items[i], &in);
  if (item && item->kind == EDI_YAML_MAP) add_part(r, item, &in);
  for (size_t i = 0; map && map->kind == EDI_YAML_MAP && i < map->count; i++)
    if (map->pairs[i].value->kind == EDI_YAML_MAP) add_part(r, map->pairs[i].value, &in);
  if (states_level(property))
    return edi_resolver_higher(r, read_level(r, edi_yaml_get(property, "classification")), in.highest);
  return in.any && in.all ? in.highest : EDI_NONE;
}

/* Whether the type in the store, without what stands in brackets behind it, is one of a list that ends with NULL. */
static bool is_stored_as(const edi_yaml *property, const char *const *stores) {
  edi_str store = edi_contract_text(property, "physicalType");
  size_t length = 0;
  while (length < store.len && store.ptr[length] != '(' && store.ptr[length] != '[' && store.ptr[length] != ' ') length++;
  store.len = length;
  bool found = false;
  for (; *stores; stores++) found = found || edi_str_compare_caseless(store, edi_str_from(*stores)) == 0;
  return found;
}

static edi_str format_of(const edi_yaml *property) {
  const edi_yaml *options = edi_yaml_get(property, "logicalTypeOptions");
  return options && options->kind == EDI_YAML_MAP ? edi_contract_text(options, "format") : (edi_str){"", 0};
}

/* The standard has no logical type for bytes and for binary fractions: the format says it, and of bytes, as most
 * contracts have no format, the type in the store. */
static bool is_bytes(const edi_yaml *property) {
  static const char *const stores[] = {"binary", "varbinary", "bytea", "blob", "bytes", "tinyblob", "mediumblob", "longblob", "image", "raw", "fixed", "fixed_size_binary", NULL};
  return edi_str_equal(format_of(property), EDI_STR("binary")) || is_stored_as(property, stores);
}

bool edi_resolver_is_uuid(const edi_yaml *property) {
  static const char *const stores[] = {"uuid", "uniqueidentifier", NULL};
  bool uuid = edi_str_equal(format_of(property), EDI_STR("uuid")) || is_stored_as(property, stores);
  return uuid && edi_str_equal(edi_contract_text(property, "logicalType"), EDI_STR("string")) && !is_bytes(property);
}

/* Times without an offset are UTC everywhere, so that a day ends at one moment. */
static void warn_zone(const edi_resolver *r, const edi_yaml *property) {
  static const char *const utc[] = {"", "UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "Zulu", "+00:00"};
  const edi_yaml *options = edi_yaml_get(property, "logicalTypeOptions");
  if (!options || options->kind != EDI_YAML_MAP) return;
  edi_str zone = edi_contract_text(options, "defaultTimezone");
  for (size_t i = 0; i < sizeof utc / sizeof *utc; i++)
    if (edi_str_compare_caseless(zone, edi_str_from(utc[i])) == 0) return;
  edi_finding *finding = edi_diagnostics_add(r->diagnostics, EDI_W0380, span_of(options, "defaultTimezone"), "not applied",
                                             "times that state no offset are read as UTC, and not in `%.*s`", EDI_STR_ARG(zone));
  edi_finding_why(finding, "a day ends at one moment for all, so that a row is not erased in one place and shown in another");
  edi_finding_fix(finding, false, "keep these times in UTC, or with their offset");
}

/* What databases and languages call a type of the standard; else the text itself. */
static edi_str other_type(edi_str text) {
  static const struct { const char *type, *others; } known[] = {
      {"string", " varchar char text uuid nvarchar str "}, {"integer", " int bigint smallint long int64 int32 "}, {"number", " decimal numeric float double real money "},
      {"boolean", " bool bit "}, {"timestamp", " datetime timestamptz datetime2 instant "}, {"object", " struct record json row "}, {"array", " list "},
  };
  char word[32];
  edi_buf b = edi_buf_fixed(word, sizeof word);
  edi_buf_format(&b, " %.*s ", EDI_STR_ARG(text));
  for (size_t i = 0; b.failed == EDICT_OK && i < sizeof known / sizeof *known; i++)
    if (edi_str_contains(edi_str_from(known[i].others), (edi_str){b.ptr, b.len})) return edi_str_from(known[i].type);
  return text;
}

static uint32_t refined(const edi_yaml *property, uint32_t base) {
  edi_str format = format_of(property);
  if (base == EDI_TYPE_STRING && is_bytes(property)) return EDI_TYPE_BINARY;
  bool real = edi_str_equal(format, EDI_STR("f32")) || edi_str_equal(format, EDI_STR("f64"));
  return base == EDI_TYPE_DECIMAL && real ? EDI_TYPE_FLOAT : base;
}

uint32_t edi_resolver_read_type(edi_resolver *r, const edi_yaml *property) {
  static const struct {
    const char *logical;
    uint32_t base;
  } types[] = {
      {"string", EDI_TYPE_STRING}, {"integer", EDI_TYPE_INT}, {"number", EDI_TYPE_DECIMAL},
      {"boolean", EDI_TYPE_BOOL},  {"date", EDI_TYPE_DATE},   {"timestamp", EDI_TYPE_TIMESTAMP},
      {"time", EDI_TYPE_TIME},     {"object", EDI_TYPE_NONE}, {"array", EDI_TYPE_NONE},
      {"map", EDI_TYPE_NONE},      {"vector", EDI_TYPE_NONE},
  };
  edi_str text = edi_contract_text(property, "logicalType");
  if (text.len == 0) return EDI_TYPE_NONE;
  if (edi_str_equal(text, EDI_STR("timestamp"))) warn_zone(r, property);
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (edi_str_equal(text, edi_str_from(types[i].logical))) return refined(property, types[i].base);
  r->type_told = true;
  edi_suggest suggest;
  edi_suggest_init(&suggest, other_type(text));
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) edi_suggest_offer(&suggest, edi_str_from(types[i].logical), EDI_SPAN_NONE);
  edi_finding *finding = edi_diagnostics_add(r->diagnostics, EDI_W0401, span_of(property, "logicalType"), "not known",
                                             "cells of a column of this logical type cannot be read by rules");
  if (suggest.best.name.ptr) {
    edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(suggest.best.name));
    edi_finding_edit(finding, suggest.best.name);
  } else {
    edi_finding_note(finding, "those of the standard are string, integer, number, boolean, date, timestamp, time, object, array, map and vector");
  }
  return EDI_TYPE_NONE;
}

static bool is_container(const edi_yaml *property) {
  edi_str type = edi_contract_text(property, "logicalType");
  return edi_str_equal(type, EDI_STR("object")) || edi_str_equal(type, EDI_STR("array")) ||
         edi_str_equal(type, EDI_STR("map")) || edi_yaml_get(property, "properties") || edi_yaml_get(property, "items") ||
         edi_yaml_get(property, "map");
}

static void read_column(edi_resolver *r, const edi_yaml *property, edi_column_facts *column,
                        edi_numbers *tags) {
  r->column = column;
  column->name = edi_contract_text(property, "name");
  column->physical_name = edi_contract_text(property, "physicalName");
  if (column->physical_name.len == 0) column->physical_name = column->name;
  column->span = span_of(property, "name");
  r->type_told = false;
  column->type = edi_resolver_read_type(r, property);
  column->required = edi_str_equal(edi_contract_text(property, "required"), EDI_STR("true"));
  column->uuid = edi_resolver_is_uuid(property);
  add_tags(r, property, tags, is_container(property) || r->type_told ? NULL : &column->type);
  column->classification = read_property(r, property, tags);
  r->column = NULL;
}

/* With the tags that each states itself. */
static void read_columns(edi_resolver *r, edi_read_object *o) {
  edi_dataset_facts *d = o->dataset;
  d->columns = EDI_NEW_ARRAY(r->arena, edi_column_facts, o->properties->count);
  o->column_tags = EDI_NEW_ARRAY(r->arena, edi_numbers, o->properties->count);
  if (!d->columns || !o->column_tags) {
    edi_resolver_no_memory(r);
    return;
  }
  d->column_count = o->properties->count;
  for (size_t i = 0; i < d->column_count && r->failed == EDICT_OK; i++)
    read_column(r, o->properties->items[i], &d->columns[i], &o->column_tags[i]);
  for (size_t i = 0; i < d->column_count; i++) edi_numbers_sort(&o->column_tags[i]);
}

/* ---- datasets ---- */

static const edi_yaml *stated_level(edi_resolver *r, const edi_yaml *object) {
  const edi_yaml *properties = edi_yaml_get(object, "customProperties"), *found = NULL;
  if (!properties || properties->kind != EDI_YAML_LIST) return NULL;
  for (size_t i = 0; i < properties->count; i++) {
    const edi_yaml *item = properties->items[i];
    if (!edi_str_equal(edi_contract_text(item, "property"), EDI_STR("classification"))) continue;
    if (found) {
      edi_resolver_error(r, EDI_E0439, span_of(item, "property"), "stated again",
                         "the classification of a dataset is stated twice");
      return NULL;
    }
    found = edi_yaml_get(item, "value");
  }
  return found;
}

/* Its own level, else the highest of its columns if each has one, else unknown. */
static uint32_t dataset_level(edi_resolver *r, const edi_yaml *object, const edi_dataset_facts *d) {
  const edi_yaml *own = stated_level(r, object);
  if (own && own->kind != EDI_YAML_SCALAR) {
    edi_resolver_error(r, EDI_E0437, edi_yaml_head(own), "not one level",
                       "a classification is one level");
    return EDI_NONE;
  }
  if (own && !own->is_null) return read_level(r, own);
  uint32_t highest = EDI_NONE;
  for (size_t i = 0; i < d->column_count; i++) {
    if (d->columns[i].classification == EDI_NONE) return EDI_NONE;
    highest = edi_resolver_higher(r, highest, d->columns[i].classification);
  }
  return highest;
}

static void read_dataset(edi_resolver *r, const edi_yaml *object, edi_read_object *o) {
  const edi_yaml *properties = edi_yaml_get(object, "properties");
  edi_dataset_facts *d = o->dataset;
  d->name = edi_contract_text(object, "name");
  d->physical_name = edi_contract_text(object, "physicalName");
  if (d->physical_name.len == 0) d->physical_name = d->name;
  d->span = span_of(object, "name");
  if (properties && properties->kind == EDI_YAML_LIST) o->properties = properties;
  if (o->properties) read_columns(r, o);
  add_tags(r, object, &o->tags, NULL);
  edi_numbers_sort(&o->tags);
  edi_resolver_attributes(r, EDI_ENTITY_DATASET, object, d->span, &d->facts, &d->fact_count);
}

/* After twins: what columns carry, what lies inside of them, and what follows from them for the dataset. */
static void finish_dataset(edi_resolver *r, const edi_yaml *object, edi_read_object *o) {
  edi_dataset_facts *d = o->dataset;
  for (size_t i = 0; i < d->column_count; i++) {
    d->columns[i].tags = o->column_tags[i].items;
    d->columns[i].tag_count = o->column_tags[i].count;
  }
  if (o->properties && r->failed == EDICT_OK) edi_resolver_add_parts(r, o->properties, d);
  d->classification = dataset_level(r, object, d);
  d->tags = o->tags.items;
  d->tag_count = o->tags.count;
}

static void read_datasets(edi_resolver *r, const edi_yaml *schema, edi_contract_facts *facts) {
  if (!schema || schema->kind != EDI_YAML_LIST) return;
  facts->datasets = EDI_NEW_ARRAY(r->arena, edi_dataset_facts, schema->count);
  edi_read_object *objects = EDI_NEW_ARRAY(r->arena, edi_read_object, schema->count);
  if (!facts->datasets || !objects) {
    edi_resolver_no_memory(r);
    return;
  }
  facts->dataset_count = schema->count;
  for (size_t i = 0; i < schema->count && r->failed == EDICT_OK; i++) {
    objects[i].dataset = &facts->datasets[i];
    read_dataset(r, schema->items[i], &objects[i]);
  }
  if (r->failed == EDICT_OK) edi_resolver_share_objects(r, objects, schema->count);
  for (size_t i = 0; i < schema->count && r->failed == EDICT_OK; i++) finish_dataset(r, schema->items[i], &objects[i]);
  if (r->failed == EDICT_OK) edi_resolver_share_object_levels(r, objects, schema->count);
}

/* ---- the product ---- */

/* The standard leaves `domain` open; whoever reads the contract may know whose it is. */
static edi_str domain_name(const edi_resolver *r, const edi_yaml *root) {
  edi_str domain = edi_contract_text(root, "domain");
  return domain.len > 0 ? domain : r->domain;
}

static void read_domain(edi_resolver *r, const edi_yaml *root, edi_contract_facts *facts) {
  edi_str domain = domain_name(r, root);
  edi_span span = span_of(root, "domain");
  uint32_t kind = edi_model_kind(r->model, EDI_STR("domain"));
  facts->domain = EDI_NONE;
  if (domain.len == 0) {
    edi_finding *f = edi_resolver_error(r, EDI_E0431, span, "", "the contract names no `domain`");
    edi_finding_fix(f, false, "say whose it is, `domain: NAME`; where contracts are only held to rules, --domain NAME does it");
    return;
  }
  uint32_t node = edi_model_node(r->model, kind, domain);
  if (node == EDI_NONE) {
    edi_resolver_unknown_node(r, kind, domain, span);
    return;
  }
  if (edi_contract_text(root, "domain").len > 0) edi_resolver_note_node(r, node, edi_yaml_get(root, "domain"));
  if (!edi_resolver_may_state(r, node, span)) return;
  facts->domain = node;
  if (r->model->domain.len > 0 && r->model->domain_node != EDI_NONE && node != r->model->domain_node)
    edi_resolver_error(r, EDI_E0434, span, "another domain",
                       "the bundle is of domain `%.*s` and of no other",
                       EDI_STR_ARG(r->model->domain));
}

/* `domain.dataProduct`, else `domain.name`, else `domain.id`: the standard wants no more than an id. */
static void read_name(edi_resolver *r, const edi_yaml *root, edi_contract_facts *facts) {
  static const char *const keys[] = {"dataProduct", "name", "id"};
  edi_str domain = domain_name(r, root), name = {0};
  size_t key = 0;
  while (key < 3 && (name = edi_contract_text(root, keys[key])).len == 0) key++;
  facts->span = span_of(root, keys[key < 3 ? key : 0]);
  if (name.len == 0) {
    edi_resolver_error(r, EDI_E0431, edi_yaml_head(root), "", "the contract has no `dataProduct`, no `name` and no `id`");
    return;
  }
  if (domain.len + 1 + name.len > EDI_LIMIT_EXTERNAL_NAME) {
    edi_resolver_error(r, EDI_E0425, facts->span, "too long",
                       "the product's name is longer than %d bytes", EDI_LIMIT_EXTERNAL_NAME);
    return;
  }
  char joined[EDI_LIMIT_EXTERNAL_NAME];
  memcpy(joined, domain.ptr, domain.len);
  joined[domain.len] = '.';
  memcpy(joined + domain.len + 1, name.ptr, name.len);
  facts->name.len = domain.len + 1 + name.len;
  facts->name.ptr = edi_arena_copy(r->arena, joined, facts->name.len);
  if (!facts->name.ptr) edi_resolver_no_memory(r);
}

/* However somebody writes it: a status that says `Retired` means it. */
bool edi_contract_is_retired(edi_str status) {
  while (status.len > 0 && status.ptr[0] == ' ') status = (edi_str){status.ptr + 1, status.len - 1};
  while (status.len > 0 && status.ptr[status.len - 1] == ' ') status.len--;
  return edi_str_compare_caseless(status, EDI_STR("retired")) == 0;
}

static void read_product(edi_resolver *r, const edi_yaml *root, edi_contract_facts *facts) {
  facts->id = edi_contract_text(root, "id");
  facts->version = edi_contract_text(root, "version");
  facts->status = edi_contract_text(root, "status");
  if (edi_contract_is_retired(facts->status))
    edi_resolver_error(r, EDI_E0430, span_of(root, "status"), "",
                       "a retired contract is not served");
  read_domain(r, root, facts);
  read_name(r, root, facts);
  edi_numbers tags = {0};
  add_tags(r, root, &tags, NULL);
  edi_numbers_sort(&tags);
  facts->tags = tags.items;
  facts->tag_count = tags.count;
  edi_resolver_attributes(r, EDI_ENTITY_PRODUCT, root, facts->span, &facts->facts,
                          &facts->fact_count);
}

static int compare_stated(const void *context, const void *a, const void *b) {
  (void)context;
  const edi_sym_fact *x = a, *y = b;
  if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
  if (x->symbol != y->symbol) return x->symbol < y->symbol ? -1 : 1;
  return x->span.begin < y->span.begin ? -1 : x->span.begin > y->span.begin;
}

static void keep_stated(edi_resolver *r, edi_contract_facts *facts) {
  size_t kept = 0;
  edi_sym_fact *spare = EDI_NEW_ARRAY(r->arena, edi_sym_fact, r->stated_count);
  if (!spare) {
    edi_resolver_no_memory(r);
    return;
  }
  edi_order_sort(r->stated, spare, r->stated_count, sizeof *r->stated, compare_stated, NULL);
  for (size_t i = 0; i < r->stated_count; i++)
    if (kept == 0 || r->stated[i].kind != r->stated[kept - 1].kind ||
        r->stated[i].symbol != r->stated[kept - 1].symbol)
      r->stated[kept++] = r->stated[i];
  facts->stated = r->stated;
  facts->stated_count = kept;
}

edict_status edi_contract_resolve(edi_arena *arena, const edi_model *model,
                                  const edi_contract_ast *contract, edi_contract_facts *facts,
                                  edict_diagnostics *diagnostics) {
  edi_resolver r = {.arena = arena, .model = model, .diagnostics = diagnostics, .lenient = contract->lenient,
                    .domain = contract->domain.len > 0 ? contract->domain : model->domain};
  *facts =
      (edi_contract_facts){.path = contract->path, .source = contract->source, .domain = EDI_NONE};
  read_product(&r, contract->root, facts);
  if (r.failed == EDICT_OK) read_datasets(&r, edi_yaml_get(contract->root, "schema"), facts);
  if (r.failed == EDICT_OK && r.errors == 0) edi_resolver_link(&r, edi_yaml_get(contract->root, "schema"), facts);
  keep_stated(&r, facts);
  if (r.failed != EDICT_OK) return r.failed;
  return r.errors > 0 ? EDICT_FINDINGS : EDICT_OK;
}

/* ---- several ---- */

static int compare_facts(const void *context, const void *a, const void *b) {
  (void)context;
  const edi_contract_facts *x = a, *y = b;
  int order = edi_str_compare(x->name, y->name);
  return order ? order : edi_str_compare(x->path, y->path);
}

/* Reports every pair of one name; `all` is sorted. */
static bool are_distinct(const edi_contract_facts *all, size_t count,
                         edict_diagnostics *diagnostics) {
  bool distinct = true;
  for (size_t i = 1; i < count; i++) {
    if (all[i].name.len == 0 || !edi_str_equal(all[i - 1].name, all[i].name)) continue;
    edi_finding *finding =
        edi_diagnostics_add(diagnostics, EDI_E0440, all[i].span, "again",
                            "there are two contracts of product `%.*s`", EDI_STR_ARG(all[i].name));
    edi_finding_label(finding, all[i - 1].span, "the first one");
    distinct = false;
  }
  return distinct;
}

edict_status edi_contract_resolve_all(edi_arena *arena, edi_model *model,
                                      edi_contract_ast *const *contracts, size_t count,
                                      edict_diagnostics *diagnostics) {
  edi_contract_facts *all = EDI_NEW_ARRAY(arena, edi_contract_facts, count);
  edi_contract_facts *spare = EDI_NEW_ARRAY(arena, edi_contract_facts, count);
  edict_status result = all && spare ? edi_model_index(model, arena) : edi_arena_status(arena);
  if (result != EDICT_OK) return result;
  for (size_t i = 0; i < count; i++) {
    edict_status status = edi_contract_resolve(arena, model, contracts[i], &all[i], diagnostics);
    if (status != EDICT_OK && status != EDICT_FINDINGS) return status;
    if (status != EDICT_OK) result = status;
  }
  edi_order_sort(all, spare, count, sizeof *all, compare_facts, NULL);
  if (!are_distinct(all, count, diagnostics)) result = EDICT_FINDINGS;
  if (result != EDICT_OK) return result;
  model->contracts = all;
  model->contract_count = count;
  return EDICT_OK;
}
