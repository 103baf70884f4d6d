/* Small model: see the header. Symbols are added in the order of the text; spans are searched in
 * it. */
#include "support/small_model.h"

#include <stdio.h>
#include <stdlib.h>

static const char vocabulary[] =
    "module federal.vocabulary\n"
    "\n"
    "taxonomy action  { export }\n"
    "taxonomy purpose { service { support billing } commercial { marketing } }\n"
    "taxonomy role    { staff { analyst dpo } }\n"
    "taxonomy region  { eu { de fr } us abstract world }\n"
    "taxonomy domain  { sales finance abstract shared }\n"
    "taxonomy tag {\n"
    "  pii { pii.email pii.phone person.id: id<person> }\n"
    "  geo.country: region\n"
    "  time.collected: timestamp\n"
    "  money: decimal\n"
    "  abstract special { special.health }\n"
    "}\n"
    "levels classification { public < internal < confidential < restricted }\n"
    "levels quality { bronze < silver < gold }\n"
    "\n"
    "attributes product {\n"
    "  owner?: string from \"team.name\"\n"
    "  members?: set<string> from \"team.members.username\"\n"
    "  steward?: string from \"customProperties.edict.steward\"\n"
    "  available?: timestamp from \"slaProperties.generalAvailability\"\n"
    "}\n"
    "attributes dataset {\n"
    "  purposes?: set<purpose> from \"customProperties.purposes\"\n"
    "  home?: region from \"customProperties.home\"\n"
    "  tier?: quality from \"customProperties.tier\"\n"
    "  reviewed?: date from \"customProperties.reviewed\"\n"
    "  score?: decimal from \"customProperties.score\"\n"
    "  seats?: int from \"customProperties.seats\"\n"
    "  live?: bool from \"customProperties.live\"\n"
    "  keep?: duration from \"customProperties.keep\"\n"
    "  gateway?: ip from \"customProperties.gateway\"\n"
    "  person?: id<person> from \"customProperties.person\"\n"
    "  weights?: set<int> from \"customProperties.weights\"\n"
    "}\n"
    "\n"
    "table legal-holds (person: id<person>) complete\n"
    "table consent (person: id<person>, purpose: purpose) gives (given: timestamp, note: string)\n"
    "table rates (country: region, day: date) gives (rate: decimal, seats: int, active: bool, "
    "keep: duration, from: ip)\n";

typedef struct filling {
  edi_model *model;
  edi_source source;
  size_t at; /* declarations before here were added */
} filling;

static void *need(void *memory) {
  if (memory) return memory;
  fputs("small model: out of memory\n", stderr);
  abort();
}

static bool is_word(char c) {
  return c == '-' || c == '.' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

/* The next place in the vocabulary where the name stands alone; no place if it is built in. */
static edi_span find(filling *f, const char *name) {
  size_t length = strlen(name);
  for (size_t i = f->at; i + length < sizeof vocabulary; i++) {
    if (memcmp(vocabulary + i, name, length) != 0 || is_word(vocabulary[i + length])) continue;
    if (i > 0 && is_word(vocabulary[i - 1])) continue;
    f->at = i;
    return (edi_span){f->source, (uint32_t)i, (uint32_t)(i + length)};
  }
  return EDI_SPAN_NONE;
}

#define ADD(f, array, ...)                                                    \
  do {                                                                        \
    edi_model *add_to = (f)->model;                                           \
    void *add_items = add_to->array;                                          \
    if (!edi_arena_grow(add_to->arena, &add_items, &add_to->array##_capacity, \
                        add_to->array##_count, sizeof *add_to->array))        \
      need(NULL);                                                             \
    add_to->array = add_items;                                                \
    add_to->array[add_to->array##_count++] = __VA_ARGS__;                     \
  } while (0)

static uint32_t kind(const filling *f, const char *name) {
  uint32_t number = edi_model_kind(f->model, edi_str_from(name));
  return number == EDI_NONE ? *(uint32_t *)need(NULL) : number;
}

/* Nodes of one kind as text: `name(child child)`, `!` before an abstract one, `=` before a
 * built-in. */
static const char *add_nodes(filling *f, uint32_t of, uint32_t parent, const char *text) {
  while (*text && *text != ')') {
    bool is_abstract = *text == '!', builtin = *text == '=';
    text += is_abstract || builtin;
    size_t length = strcspn(text, " ()");
    edi_sym_node node = {
        .kind = of, .parent = parent, .is_abstract = is_abstract, .builtin = builtin};
    node.name = (edi_str){need(edi_arena_copy(f->model->arena, text, length)), length};
    node.span = builtin ? EDI_SPAN_NONE : find(f, node.name.ptr);
    uint32_t number = (uint32_t)f->model->nodes_count;
    ADD(f, nodes, node);
    text += length;
    if (*text == '(') text = add_nodes(f, of, number, text + 1) + 1;
    f->model->nodes[number].end = (uint32_t)f->model->nodes_count;
    while (*text == ' ') text++;
  }
  return text;
}

static void add_taxonomy(filling *f, const char *name, const char *nodes) {
  uint32_t number = kind(f, name), first = (uint32_t)f->model->nodes_count;
  add_nodes(f, number, EDI_NONE, nodes);
  f->model->kinds[number].nodes = (edi_range){first, (uint32_t)f->model->nodes_count - first};
}

static void add_scale(filling *f, const char *name, const char *const *levels) {
  uint32_t scale = (uint32_t)f->model->scales_count, first = (uint32_t)f->model->levels_count;
  ADD(f, scales, (edi_sym_scale){.name = edi_str_from(name), .span = find(f, name)});
  for (uint32_t rank = 0; levels[rank]; rank++)
    ADD(f, levels, (edi_sym_level){edi_str_from(levels[rank]), scale, rank, find(f, levels[rank])});
  f->model->scales[scale].levels = (edi_range){first, (uint32_t)f->model->levels_count - first};
}

static edi_type node_type(const filling *f, const char *name) {
  return EDI_TYPE_MAKE(EDI_TYPE_NODE, kind(f, name));
}

static void add_attr(filling *f, edi_entity entity, const char *name, edi_type type,
                     const char *path) {
  ADD(f, attrs,
      (edi_sym_attr){.entity = entity,
                     .name = edi_str_from(name),
                     .path = edi_str_from(path),
                     .type = type,
                     .optional = true,
                     .span = find(f, name)});
}

static void add_builtin_attr(filling *f, edi_entity entity, const char *name, edi_type type) {
  ADD(f, attrs,
      (edi_sym_attr){.entity = entity,
                     .name = edi_str_from(name),
                     .type = type,
                     .builtin = true,
                     .span = EDI_SPAN_NONE});
}

static void add_table(filling *f, const char *name, size_t keys, size_t values,
                      const edi_sym_tablecol *columns) {
  edi_sym_tablecol *copy = need(EDI_NEW_ARRAY(f->model->arena, edi_sym_tablecol, keys + values));
  memcpy(copy, columns, (keys + values) * sizeof *copy);
  edi_str qualified = {need(EDI_NEW_ARRAY(f->model->arena, char, 128)), 0};
  qualified.len =
      (size_t)snprintf((char *)(uintptr_t)qualified.ptr, 128, "federal.vocabulary.%s", name);
  ADD(f, tables,
      (edi_sym_table){.name = qualified,
                      .keys = copy,
                      .values = copy + keys,
                      .key_count = keys,
                      .value_count = values,
                      .span = find(f, name)});
}

static void add_attributes(filling *f, edi_type person) {
  add_builtin_attr(f, EDI_ENTITY_PRODUCT, "name", EDI_TYPE_STRING);
  add_builtin_attr(f, EDI_ENTITY_PRODUCT, "domain", node_type(f, "domain"));
  add_builtin_attr(f, EDI_ENTITY_DATASET, "name", EDI_TYPE_STRING);
  add_attr(f, EDI_ENTITY_PRODUCT, "owner", EDI_TYPE_STRING, "team.name");
  add_attr(f, EDI_ENTITY_PRODUCT, "members", EDI_TYPE_STRING | EDI_TYPE_SET,
           "team.members.username");
  add_attr(f, EDI_ENTITY_PRODUCT, "steward", EDI_TYPE_STRING, "customProperties.edict.steward");
  add_attr(f, EDI_ENTITY_PRODUCT, "available", EDI_TYPE_TIMESTAMP,
           "slaProperties.generalAvailability");
  add_attr(f, EDI_ENTITY_DATASET, "purposes", node_type(f, "purpose") | EDI_TYPE_SET,
           "customProperties.purposes");
  add_attr(f, EDI_ENTITY_DATASET, "home", node_type(f, "region"), "customProperties.home");
  add_attr(f, EDI_ENTITY_DATASET, "tier", EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 1),
           "customProperties.tier");
  add_attr(f, EDI_ENTITY_DATASET, "reviewed", EDI_TYPE_DATE, "customProperties.reviewed");
  add_attr(f, EDI_ENTITY_DATASET, "score", EDI_TYPE_DECIMAL, "customProperties.score");
  add_attr(f, EDI_ENTITY_DATASET, "seats", EDI_TYPE_INT, "customProperties.seats");
  add_attr(f, EDI_ENTITY_DATASET, "live", EDI_TYPE_BOOL, "customProperties.live");
  add_attr(f, EDI_ENTITY_DATASET, "keep", EDI_TYPE_DURATION, "customProperties.keep");
  add_attr(f, EDI_ENTITY_DATASET, "gateway", EDI_TYPE_IP, "customProperties.gateway");
  add_attr(f, EDI_ENTITY_DATASET, "person", person, "customProperties.person");
  add_attr(f, EDI_ENTITY_DATASET, "weights", EDI_TYPE_INT | EDI_TYPE_SET,
           "customProperties.weights");
}

static void add_tables(filling *f, edi_type person) {
  add_table(f, "legal-holds", 1, 0, (edi_sym_tablecol[]){{.name = EDI_STR("person"), .type = person}});
  add_table(f, "consent", 2, 2,
            (edi_sym_tablecol[]){{.name = EDI_STR("person"), .type = person},
                                 {.name = EDI_STR("purpose"), .type = node_type(f, "purpose")},
                                 {.name = EDI_STR("given"), .type = EDI_TYPE_TIMESTAMP},
                                 {.name = EDI_STR("note"), .type = EDI_TYPE_STRING}});
  add_table(f, "rates", 2, 5,
            (edi_sym_tablecol[]){{.name = EDI_STR("country"), .type = node_type(f, "region")},
                                 {.name = EDI_STR("day"), .type = EDI_TYPE_DATE},
                                 {.name = EDI_STR("rate"), .type = EDI_TYPE_DECIMAL},
                                 {.name = EDI_STR("seats"), .type = EDI_TYPE_INT},
                                 {.name = EDI_STR("active"), .type = EDI_TYPE_BOOL},
                                 {.name = EDI_STR("keep"), .type = EDI_TYPE_DURATION},
                                 {.name = EDI_STR("from"), .type = EDI_TYPE_IP}});
}

edi_model *small_model_create(edi_arena *arena, const char *domain,
                              edict_diagnostics *diagnostics) {
  static const char *const kinds[] = {"tag",    "purpose", "role",  "region",
                                      "action", "domain",  "issuer"};
  filling f = {.model = need(EDI_NEW(arena, edi_model))};
  f.source =
      edi_diagnostics_source(diagnostics, EDI_STR("federal/vocabulary.edict"), EDI_STR(vocabulary));
  f.model->arena = arena;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    ADD(&f, kinds,
        (edi_sym_kind){.name = edi_str_from(kinds[i]), .builtin = true, .span = EDI_SPAN_NONE});
  ADD(&f, kinds, (edi_sym_kind){.name = EDI_STR("person"), .id = true, .span = EDI_SPAN_NONE});
  edi_type person = EDI_TYPE_MAKE(EDI_TYPE_ID, kind(&f, "person"));
  add_taxonomy(&f, "action", "=access(=read export) =unmask");
  add_taxonomy(&f, "purpose", "service(support billing) commercial(marketing)");
  add_taxonomy(&f, "role", "staff(analyst dpo)");
  add_taxonomy(&f, "region", "eu(de fr) us !world");
  add_taxonomy(&f, "domain", "sales finance !shared");
  add_taxonomy(&f, "tag",
               "=untagged pii(pii.email pii.phone person.id) geo.country time.collected money "
               "!special(special.health)");
  add_scale(&f, "classification",
            (const char *const[]){"public", "internal", "confidential", "restricted", NULL});
  add_scale(&f, "quality", (const char *const[]){"bronze", "silver", "gold", NULL});
  f.model->nodes[small_model_node(f.model, "tag", "person.id")].type = person;
  f.model->nodes[small_model_node(f.model, "tag", "geo.country")].type = node_type(&f, "region");
  f.model->nodes[small_model_node(f.model, "tag", "time.collected")].type = EDI_TYPE_TIMESTAMP;
  f.model->nodes[small_model_node(f.model, "tag", "money")].type = EDI_TYPE_DECIMAL;
  add_attributes(&f, person);
  add_tables(&f, person);
  f.model->domain_node = f.model->untagged = EDI_NONE;
  f.model->classification = edi_model_scale(f.model, EDI_STR("classification"));
  if (domain) {
    f.model->domain = edi_str_from(domain);
    f.model->domain_node = small_model_node(f.model, "domain", domain);
  }
  return f.model;
}

uint32_t small_model_node(const edi_model *model, const char *kind_name, const char *name) {
  uint32_t number =
      edi_model_node(model, edi_model_kind(model, edi_str_from(kind_name)), edi_str_from(name));
  return number == EDI_NONE ? *(uint32_t *)need(NULL) : number;
}

uint32_t small_model_attr(const edi_model *model, edi_entity entity, const char *name) {
  uint32_t number = edi_model_attr(model, entity, edi_str_from(name));
  return number == EDI_NONE ? *(uint32_t *)need(NULL) : number;
}
