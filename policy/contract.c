/* Contract: the one door for contract text. YAML in, a tree known to have the standard's shape out.
 *
 * What Edict reads of a contract is listed once, in the tables below; every other key of the
 * standard is listed as ANY and passed over, and a key that the standard does not have is warned
 * about, as it may be a misspelt one. Invariant: after OK, each listed value that is there has
 * its shape, names are clean, and no two datasets or columns of a dataset share a name. Facts
 * are contract_resolve.c's. */
#include "policy/contract.h"

#include "bundle/limits.h"
#include "bundle/order.h"
#include "policy/contract_facts.h"

typedef enum shape {
  ANY,        /* not read */
  TEXT,       /* a scalar without control characters */
  NAME,       /* a TEXT that is not empty, within EDI_LIMIT_EXTERNAL_NAME */
  TEXTS,      /* a list of TEXT */
  FLAG,       /* true or false */
  OBJECTS,    /* the datasets */
  PROPERTIES, /* a list of properties */
  ITEM,       /* one property that needs no name */
  MAP,        /* { key: ITEM, value: ITEM } */
  CUSTOM,     /* a list of { property, value } */
  LINKS,      /* a list of relationships */
  REFERENCE,  /* a TEXT, or a list of them */
} shape;

typedef struct key_shape {
  const char *key;
  shape shape;
  bool required;
} key_shape;

static const key_shape root_keys[] = {
    {"version", TEXT, true},
    {"apiVersion", TEXT, true},
    {"kind", TEXT, true},
    {"id", TEXT, true},
    {"status", TEXT, false}, /* required before v3.2: check_version */
    {"name", TEXT, false},
    {"domain", TEXT, false},
    {"dataProduct", TEXT, false},
    {"tags", TEXTS, false},
    {"schema", OBJECTS, false},
    {"customProperties", CUSTOM, false},
    {"tenant", ANY, false},
    {"context", ANY, false},
    {"servers", ANY, false},
    {"description", ANY, false},
    {"support", ANY, false},
    {"price", ANY, false},
    {"team", ANY, false},
    {"roles", ANY, false},
    {"slaDefaultElement", ANY, false},
    {"slaProperties", ANY, false},
    {"authoritativeDefinitions", ANY, false},
    {"contractCreatedTs", ANY, false},
};

static const key_shape object_keys[] = {
    {"name", NAME, true},
    {"physicalName", NAME, false},
    {"tags", TEXTS, false},
    {"properties", PROPERTIES, false},
    {"customProperties", CUSTOM, false},
    {"id", ANY, false},
    {"logicalType", ANY, false},
    {"physicalType", ANY, false},
    {"description", ANY, false},
    {"businessName", ANY, false},
    {"authoritativeDefinitions", ANY, false},
    {"dataGranularityDescription", ANY, false},
    {"deprecated", ANY, false},
    {"synonyms", ANY, false},
    {"context", ANY, false},
    {"relationships", LINKS, false},
    {"quality", ANY, false},
};

/* `name` comes first: an ITEM's is not required. */
static const key_shape property_keys[] = {
    {"name", NAME, true},
    {"physicalName", NAME, false},
    {"encryptedName", NAME, false},
    {"logicalType", TEXT, false},
    {"classification", TEXT, false},
    {"required", FLAG, false},
    {"tags", TEXTS, false},
    {"properties", PROPERTIES, false},
    {"items", ITEM, false},
    {"map", MAP, false},
    {"vector", ANY, false},
    {"enum", ANY, false},
    {"semanticType", TEXT, false},
    {"deprecated", ANY, false},
    {"synonyms", ANY, false},
    {"context", ANY, false},
    {"customProperties", CUSTOM, false},
    {"id", ANY, false},
    {"physicalType", ANY, false},
    {"description", ANY, false},
    {"businessName", ANY, false},
    {"authoritativeDefinitions", ANY, false},
    {"primaryKey", ANY, false},
    {"primaryKeyPosition", ANY, false},
    {"logicalTypeOptions", ANY, false},
    {"unique", ANY, false},
    {"partitioned", ANY, false},
    {"partitionKeyPosition", ANY, false},
    {"transformSourceObjects", ANY, false},
    {"transformLogic", ANY, false},
    {"transformDescription", ANY, false},
    {"examples", ANY, false},
    {"criticalDataElement", ANY, false},
    {"relationships", LINKS, false},
    {"quality", ANY, false},
};

static const key_shape link_keys[] = {
    {"to", REFERENCE, true}, {"from", REFERENCE, false}, {"type", TEXT, false},
    {"id", ANY, false},      {"description", ANY, false}, {"customProperties", CUSTOM, false},
};

static const key_shape custom_keys[] = {
    {"property", TEXT, true},    {"value", ANY, true},   {"id", ANY, false},
    {"description", ANY, false}, {"vendor", ANY, false},
};

static const key_shape map_keys[] = {{"key", ITEM, true}, {"value", ITEM, true}};

#define KEYS(table) (table), sizeof(table) / sizeof *(table)

typedef struct checker {
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  size_t errors;
  edict_status failed; /* MEMORY or LIMIT */
} checker;

#define ERROR(c, code, span, label, ...) \
  ((c)->errors++, edi_diagnostics_add((c)->diagnostics, (code), (span), (label), __VA_ARGS__))

/* ---- shapes ---- */

static bool is_control(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0x200E || point == 0x200F;
}

bool edi_contract_is_clean(edi_str text) {
  for (size_t at = 0; at < text.len;)
    if (is_control(edi_utf8_next(text, &at))) return false;
  return true;
}

static void wrong_shape(checker *c, const edi_yaml *value, const char *key, const char *expected) {
  edi_finding *finding = ERROR(c, EDI_E0423, edi_yaml_head(value), expected, "`%s` is not %s", key, expected);
  if (strcmp(key, "customProperties") == 0) edi_finding_fix(finding, false, "- { property: NAME, value: VALUE }, each on a line of its own");
  else if (strcmp(expected, "a list") == 0 && value->kind == EDI_YAML_SCALAR) edi_finding_fix(finding, false, "[ %.*s ]", EDI_STR_ARG(value->text));
}

static bool is_list(checker *c, const edi_yaml *value, const char *key) {
  if (value->kind == EDI_YAML_LIST) return true;
  wrong_shape(c, value, key, "a list");
  return false;
}

static void check_text(checker *c, const edi_yaml *value, const char *key) {
  if (value->kind != EDI_YAML_SCALAR) wrong_shape(c, value, key, "a text");
  else if (value->text.len > EDI_LIMIT_STRING)
    ERROR(c, EDI_E0428, value->span, "", "`%s` is longer than %d bytes", key, EDI_LIMIT_STRING);
  else if (!edi_contract_is_clean(value->text))
    ERROR(c, EDI_E0425, value->span, "", "`%s` holds control characters", key);
}

static void check_name(checker *c, const edi_yaml *value, const char *key) {
  size_t before = c->errors;
  check_text(c, value, key);
  if (c->errors != before) return;
  if (value->text.len == 0) ERROR(c, EDI_E0425, value->span, "empty", "`%s` is empty", key);
  else if (value->text.len > EDI_LIMIT_EXTERNAL_NAME)
    ERROR(c, EDI_E0425, value->span, "too long", "`%s` is longer than %d bytes", key,
          EDI_LIMIT_EXTERNAL_NAME);
}

static void check_texts(checker *c, const edi_yaml *value, const char *key) {
  if (!is_list(c, value, key)) return;
  for (size_t i = 0; i < value->count; i++) {
    if (value->items[i]->is_null) wrong_shape(c, value->items[i], key, "a list of texts");
    else check_text(c, value->items[i], key);
  }
}

static void check_flag(checker *c, const edi_yaml *value, const char *key) {
  if (value->kind == EDI_YAML_SCALAR &&
      (edi_str_equal(value->text, EDI_STR("true")) || edi_str_equal(value->text, EDI_STR("false"))))
    return;
  ERROR(c, EDI_E0424, edi_yaml_head(value), "true or false", "`%s` is neither true nor false", key);
}

static void check_map(checker *c, const edi_yaml *map, const char *what, const key_shape *keys,
                      size_t count);

static void check_maps(checker *c, const edi_yaml *list, const char *key, const char *what,
                       const key_shape *keys, size_t count) {
  if (!is_list(c, list, key)) return;
  for (size_t i = 0; i < list->count; i++) check_map(c, list->items[i], what, keys, count);
}

static void check_distinct(checker *c, const edi_yaml *list, edi_code code, const char *what);

static void check_objects(checker *c, const edi_yaml *list, const char *key) {
  check_maps(c, list, key, "a dataset", KEYS(object_keys));
  check_distinct(c, list, EDI_E0426, "dataset");
  if (list->kind != EDI_YAML_LIST) return;
  for (size_t i = 0; i < list->count; i++) {
    const edi_yaml *columns = edi_yaml_get(list->items[i], "properties");
    if (!columns || columns->kind != EDI_YAML_LIST) continue;
    if (columns->count > EDI_LIMIT_COLUMNS)
      ERROR(c, EDI_E0428, edi_yaml_head(columns->items[EDI_LIMIT_COLUMNS]), "one too many",
            "a dataset has more than %d columns", EDI_LIMIT_COLUMNS);
  }
}

/* Recursion is bounded by the depth that YAML was read with. */
static void check_value(checker *c, const edi_yaml *value, const key_shape *key) {
  switch (key->shape) {
    case ANY: return;
    case TEXT: check_text(c, value, key->key); return;
    case NAME: check_name(c, value, key->key); return;
    case TEXTS: check_texts(c, value, key->key); return;
    case FLAG: check_flag(c, value, key->key); return;
    case OBJECTS: check_objects(c, value, key->key); return;
    case PROPERTIES:
      check_maps(c, value, key->key, "a property", KEYS(property_keys));
      check_distinct(c, value, EDI_E0427, "column");
      return;
    case ITEM:
      check_map(c, value, "an item", property_keys + 1,
                sizeof property_keys / sizeof *property_keys - 1);
      return;
    case MAP: check_map(c, value, "a map", KEYS(map_keys)); return;
    case LINKS: check_maps(c, value, key->key, "a relationship", KEYS(link_keys)); return;
    case REFERENCE:
      if (value->kind == EDI_YAML_LIST) check_texts(c, value, key->key);
      else check_text(c, value, key->key);
      return;
    case CUSTOM: check_maps(c, value, key->key, "a custom property", KEYS(custom_keys)); return;
  }
}

static bool is_known(edi_str key, const key_shape *keys, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (edi_str_equal(key, edi_str_from(keys[i].key))) return true;
  /* What stands before property_keys in ITEM's view of it. */
  return keys == property_keys + 1 && edi_str_equal(key, EDI_STR("name"));
}

static edi_suggest near_key(edi_str key, const key_shape *keys, size_t count) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, key);
  for (size_t i = 0; i < count; i++) edi_suggest_offer(&suggest, edi_str_from(keys[i].key), EDI_SPAN_NONE);
  return suggest;
}

/* The first key of the map that is none and may have been meant for `key`, which is missing; or NULL. */
static const edi_yaml_pair *misspelt(const edi_yaml *map, const char *key, const key_shape *keys, size_t count) {
  for (size_t i = 0; i < map->count; i++)
    if (!is_known(map->pairs[i].key, keys, count) && near_key(map->pairs[i].key, keys, count).best.name.ptr == key) return &map->pairs[i];
  return NULL;
}

static void report_missing(checker *c, const edi_yaml *map, const char *what, const char *key, const key_shape *keys, size_t count) {
  const edi_yaml_pair *pair = misspelt(map, key, keys, count);
  edi_finding *finding = ERROR(c, EDI_E0422, pair ? pair->key_span : edi_yaml_head(map), pair ? "not read" : "",
                               "%s has no `%s`, which the contract standard requires", what, key);
  if (!pair) return;
  edi_finding_fix(finding, false, "%s", key);
  edi_finding_edit(finding, edi_str_from(key));
}

/* One that stands in the place of a key that is missing was told with that. */
static void warn_unknown(checker *c, const edi_yaml *map, const edi_yaml_pair *pair, const char *what,
                         const key_shape *keys, size_t count) {
  if (is_known(pair->key, keys, count)) return;
  edi_suggest suggest = near_key(pair->key, keys, count);
  for (size_t i = 0; i < count; i++)
    if (keys[i].required && !edi_yaml_get(map, keys[i].key) && misspelt(map, keys[i].key, keys, count) == pair) return;
  edi_finding *finding = edi_diagnostics_add(c->diagnostics, EDI_W0400, pair->key_span, "not read",
                                             "%s has no `%.*s` in the contract standard", what,
                                             EDI_STR_ARG(pair->key));
  if (!suggest.best.name.ptr) return;
  edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(suggest.best.name));
  edi_finding_edit(finding, suggest.best.name);
}

static void check_map(checker *c, const edi_yaml *map, const char *what, const key_shape *keys,
                      size_t count) {
  if (map->kind != EDI_YAML_MAP) {
    ERROR(c, EDI_E0423, edi_yaml_head(map), "a map", "%s is not a map", what);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const edi_yaml *value = edi_yaml_get(map, keys[i].key);
    bool absent = !value || (value->is_null && keys[i].shape != ANY);
    if (absent && keys[i].required) report_missing(c, map, what, keys[i].key, keys, count);
    if (!absent) check_value(c, value, &keys[i]);
  }
  for (size_t i = 0; i < map->count; i++) warn_unknown(c, map, &map->pairs[i], what, keys, count);
}

/* ---- names ---- */

static int compare_texts(const void *context, const void *a, const void *b) {
  (void)context;
  const edi_yaml *x = *(const edi_yaml *const *)a, *y = *(const edi_yaml *const *)b;
  return edi_str_compare(x->text, y->text);
}

static void check_distinct(checker *c, const edi_yaml *list, edi_code code, const char *what) {
  if (list->kind != EDI_YAML_LIST || list->count < 2) return;
  const edi_yaml **names = EDI_NEW_ARRAY(c->arena, const edi_yaml *, list->count);
  const edi_yaml **spare = EDI_NEW_ARRAY(c->arena, const edi_yaml *, list->count);
  if (!names || !spare) {
    c->failed = edi_arena_status(c->arena);
    return;
  }
  size_t count = 0;
  for (size_t i = 0; i < list->count; i++) {
    const edi_yaml *name = edi_yaml_get(list->items[i], "name");
    if (name && name->kind == EDI_YAML_SCALAR && name->text.len > 0) names[count++] = name;
  }
  edi_order_sort(names, spare, count, sizeof *names, compare_texts, NULL);
  for (size_t i = 1; i < count; i++) {
    if (!edi_str_equal(names[i - 1]->text, names[i]->text)) continue;
    edi_finding *finding = ERROR(c, code, names[i]->span, "again", "there are two %ss `%.*s`", what,
                                 EDI_STR_ARG(names[i]->text));
    edi_finding_label(finding, names[i - 1]->span, "the first one");
  }
}

/* ---- the root ---- */

/* version ::= "v" int "." int "." int, each of one to three digits */
static bool read_version(edi_str text, unsigned version[3]) {
  size_t at = 0;
  for (size_t part = 0; part < 3; part++) {
    if (at == text.len || text.ptr[at++] != (part == 0 ? 'v' : '.')) return false;
    size_t begin = at;
    for (version[part] = 0; at < text.len && at - begin < 3; at++) {
      if (text.ptr[at] < '0' || text.ptr[at] > '9') break;
      version[part] = version[part] * 10 + (unsigned)(text.ptr[at] - '0');
    }
    if (at == begin) return false;
  }
  return at == text.len;
}

static void check_version(checker *c, const edi_yaml *root) {
  const edi_yaml *value = edi_yaml_get(root, "apiVersion"), *status = edi_yaml_get(root, "status");
  unsigned version[3];
  if (!value || value->kind != EDI_YAML_SCALAR || value->is_null) return;
  if (!read_version(value->text, version) || version[0] != 3) {
    edi_finding *finding =
        ERROR(c, EDI_E0421, value->span, "not read",
              "contracts of the standard's version 3 are read, v3.0.0 and later");
    edi_finding_note(finding, "version 2 has another layout; the standard's own tools convert it");
  } else if (version[1] < 2 && (!status || status->is_null)) {
    ERROR(c, EDI_E0422, edi_yaml_head(root), "", "a contract has no `status`, which the contract standard requires");
  } else if (version[1] > 2) {
    edi_diagnostics_add(c->diagnostics, EDI_W0403, value->span, "newer than v3.2",
                        "what this version of the standard adds is not known here");
  }
}

static void check_root(checker *c, const edi_yaml *root) {
  const edi_yaml *kind = edi_yaml_get(root, "kind");
  if (kind && kind->kind == EDI_YAML_SCALAR && !kind->is_null &&
      !edi_str_equal(kind->text, EDI_STR("DataContract"))) {
    edi_finding *f = ERROR(c, EDI_E0420, kind->span, "not `DataContract`", "this is not a data contract");
    if (edi_str_equal(kind->text, EDI_STR("DataProduct")))
      edi_finding_note(f, "data products are read by `edict comply --ports FILE` and `edict describe FILE`");
    return;
  }
  check_version(c, root);
  check_map(c, root, "a contract", KEYS(root_keys));
}

edict_status edi_contract_parse(edi_arena *arena, edi_str path, edi_str text,
                                edi_contract_ast **contract, edict_diagnostics *diagnostics) {
  static const edi_yaml_limits limits = {EDI_LIMIT_CONTRACT_FILE, EDI_LIMIT_CONTRACT_DEPTH,
                                         EDI_LIMIT_CONTRACT_NODES};
  *contract = NULL;
  edi_source source = edi_diagnostics_source(diagnostics, path, text);
  edi_yaml *root = NULL;
  edict_status status = edi_yaml_parse(arena, text, source, limits, &root, diagnostics);
  if (status != EDICT_OK) return status;
  checker c = {.arena = arena, .diagnostics = diagnostics};
  check_root(&c, root);
  if (c.failed != EDICT_OK) return c.failed;
  if (c.errors > 0) return EDICT_FINDINGS;
  edi_contract_ast *read = EDI_NEW(arena, edi_contract_ast);
  if (!read) return edi_arena_status(arena);
  *read = (edi_contract_ast){.path = path, .source = source, .root = root};
  *contract = read;
  return EDICT_OK;
}
