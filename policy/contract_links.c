/* Contract links: the foreign keys of a contract, as pairs of columns.
 *
 * In: `relationships` of properties and of schema objects (version 3.1 and later), whose references are `table.column`,
 * or ids: `schema/TABLE/properties/COLUMN`. Out: which column of which dataset stands for which. A reference into
 * another file, or to a table that the contract does not have, is some other contract's, and no link here; a column
 * that a table of the contract does not have is warned of. */
#include "bundle/limits.h"
#include "policy/contract_facts.h"

typedef struct place { uint32_t dataset, column; } place;

/* What the references of one contract are looked up in. */
typedef struct linker {
  edi_resolver *resolver;
  const edi_yaml *schema;
  edi_contract_facts *facts;
  size_t capacity;
} linker;

static const edi_yaml *object_at(const linker *l, uint32_t dataset) { return l->schema->items[dataset]; }

/* ---- references ---- */

static void warn_missing(linker *l, const edi_yaml *reference, uint32_t dataset, edi_str column) {
  const edi_dataset_facts *d = &l->facts->datasets[dataset];
  edi_suggest suggest;
  edi_finding *finding = edi_diagnostics_add(l->resolver->diagnostics, EDI_W0349, reference->span, "no such column", "the dataset `%.*s` has no column `%.*s`",
                                             EDI_STR_ARG(d->name), EDI_STR_ARG(column));
  edi_suggest_init(&suggest, column);
  for (size_t i = 0; i < d->column_count; i++) edi_suggest_offer(&suggest, d->columns[i].name, d->columns[i].span);
  if (suggest.best.name.ptr) edi_finding_fix(finding, false, "%.*s.%.*s", EDI_STR_ARG(d->name), EDI_STR_ARG(suggest.best.name));
  edi_finding_why(finding, "whether its join can be made is not looked at");
}

/* `table.column`; the column may be a path. */
static bool by_names(linker *l, const edi_yaml *reference, place *out) {
  edi_str text = reference->text;
  for (uint32_t i = 0; i < l->facts->dataset_count; i++) {
    const edi_dataset_facts *d = &l->facts->datasets[i];
    if (!edi_str_starts(text, d->name) || text.len <= d->name.len + 1 || text.ptr[d->name.len] != '.') continue;
    edi_str column = {text.ptr + d->name.len + 1, text.len - d->name.len - 1};
    for (uint32_t c = 0; c < d->column_count; c++)
      if (edi_str_equal(d->columns[c].name, column)) {
        *out = (place){i, c};
        return true;
      }
    warn_missing(l, reference, i, column);
    return false;
  }
  return false;
}

static edi_str step_of(edi_str *path) {
  const char *slash = memchr(path->ptr, '/', path->len);
  edi_str step = {path->ptr, slash ? (size_t)(slash - path->ptr) : path->len};
  size_t used = step.len + (slash != NULL);
  *path = (edi_str){path->ptr + used, path->len - used};
  return step;
}

static uint32_t with_id(const edi_yaml *list, edi_str id) {
  for (uint32_t i = 0; list && list->kind == EDI_YAML_LIST && i < list->count; i++)
    if (edi_str_equal(edi_contract_text(list->items[i], "id"), id)) return i;
  return EDI_NONE;
}

/* `schema/TABLE/properties/COLUMN`, in ids; deeper ones name a property inside of the one before. */
static bool by_ids(linker *l, const edi_yaml *reference, place *out) {
  edi_str path = reference->text;
  if (path.len && path.ptr[0] == '/') path = (edi_str){path.ptr + 1, path.len - 1};
  if (!edi_str_equal(step_of(&path), EDI_STR("schema"))) return false;
  uint32_t dataset = with_id(l->schema, step_of(&path)), column = EDI_NONE;
  if (dataset == EDI_NONE) return false;
  const edi_yaml *list = edi_yaml_get(object_at(l, dataset), "properties");
  const edi_dataset_facts *d = &l->facts->datasets[dataset];
  while (path.len) {
    edi_str kind = step_of(&path), id = step_of(&path);
    uint32_t at = edi_str_equal(kind, EDI_STR("properties")) ? with_id(list, id) : EDI_NONE, inside = column == EDI_NONE ? 0 : column + 1;
    edi_str name = at == EDI_NONE ? id : edi_contract_text(list->items[at], "name");
    edi_span span = edi_yaml_get(at == EDI_NONE ? NULL : list->items[at], "name") ? edi_yaml_get(list->items[at], "name")->span : EDI_SPAN_NONE;
    column = EDI_NONE;
    for (uint32_t c = 0; at != EDI_NONE && c < d->column_count; c++)
      if (d->columns[c].inside == inside && d->columns[c].span.begin == span.begin) column = c;
    if (column == EDI_NONE) {
      warn_missing(l, reference, dataset, name);
      return false;
    }
    list = edi_yaml_get(list->items[at], "properties");
  }
  *out = (place){dataset, column};
  return column != EDI_NONE;
}

static bool find(linker *l, const edi_yaml *reference, place *out) {
  bool external = memchr(reference->text.ptr, '#', reference->text.len) != NULL;
  if (external) return false;
  return memchr(reference->text.ptr, '/', reference->text.len) ? by_ids(l, reference, out) : by_names(l, reference, out);
}

/* ---- relationships ---- */

static void add_link(linker *l, place from, place to, edi_span span) {
  void *items = l->facts->links;
  if (!edi_arena_grow(l->resolver->arena, &items, &l->capacity, l->facts->link_count, sizeof *l->facts->links)) {
    edi_resolver_no_memory(l->resolver);
    return;
  }
  l->facts->links = items;
  l->facts->links[l->facts->link_count++] = (edi_link_facts){from.dataset, from.column, to.dataset, to.column, span};
}

/* A reference, or the one of a list of them; NULL past the last. */
static const edi_yaml *reference_at(const edi_yaml *references, size_t at) {
  if (!references) return NULL;
  if (references->kind == EDI_YAML_LIST) return at < references->count ? references->items[at] : NULL;
  return at == 0 ? references : NULL;
}

/* `from`: the property that states it; NULL: a schema object does, and says which. */
static void read_link(linker *l, const edi_yaml *relationship, const place *from) {
  const edi_yaml *froms = edi_yaml_get(relationship, "from"), *tos = edi_yaml_get(relationship, "to"), *to;
  edi_str type = edi_contract_text(relationship, "type");
  if (type.len && !edi_str_equal(type, EDI_STR("foreignKey"))) return;
  for (size_t i = 0; (to = reference_at(tos, i)); i++) {
    const edi_yaml *stated = from ? NULL : reference_at(froms, i);
    place a = from ? *from : (place){0, 0}, b;
    bool known = from ? i == 0 : stated && find(l, stated, &a);
    if (known && find(l, to, &b)) add_link(l, a, b, to->span);
  }
}

static void read_links(linker *l, const edi_yaml *of, const place *from) {
  const edi_yaml *list = edi_yaml_get(of, "relationships");
  for (size_t i = 0; list && list->kind == EDI_YAML_LIST && i < list->count && l->resolver->failed == EDICT_OK; i++)
    read_link(l, list->items[i], from);
}

/* The properties of a container, each of which is the column whose name stands where its own does. */
static void read_properties(linker *l, const edi_yaml *list, uint32_t dataset, uint32_t inside) {
  const edi_dataset_facts *d = &l->facts->datasets[dataset];
  for (size_t i = 0; list && list->kind == EDI_YAML_LIST && i < list->count; i++) {
    const edi_yaml *name = edi_yaml_get(list->items[i], "name");
    place at = {dataset, EDI_NONE};
    for (uint32_t c = 0; name && c < d->column_count; c++)
      if (d->columns[c].inside == inside && d->columns[c].span.begin == name->span.begin) at.column = c;
    if (at.column == EDI_NONE) continue;
    read_links(l, list->items[i], &at);
    read_properties(l, edi_yaml_get(list->items[i], "properties"), dataset, at.column + 1);
  }
}

static bool states_any(const edi_yaml *value) {
  if (value->kind == EDI_YAML_MAP && edi_yaml_get(value, "relationships")) return true;
  for (size_t i = 0; value->kind == EDI_YAML_LIST && i < value->count; i++)
    if (states_any(value->items[i])) return true;
  const edi_yaml *properties = value->kind == EDI_YAML_MAP ? edi_yaml_get(value, "properties") : NULL;
  return properties && states_any(properties);
}

void edi_resolver_link(edi_resolver *resolver, const edi_yaml *schema, edi_contract_facts *facts) {
  linker l = {.resolver = resolver, .schema = schema, .facts = facts};
  if (!schema || schema->kind != EDI_YAML_LIST || !states_any(schema)) return; /* most contracts state none */
  for (uint32_t i = 0; i < facts->dataset_count; i++) {
    read_links(&l, object_at(&l, i), NULL);
    read_properties(&l, edi_yaml_get(object_at(&l, i), "properties"), i, 0);
  }
}
