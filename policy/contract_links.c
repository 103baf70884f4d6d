/* Contract links: the foreign keys of contracts, as pairs of columns.
 *
 * In: `relationships` of properties and of schema objects (version 3.1 and later), whose references are `table.column`,
 * or ids: `schema/TABLE/properties/COLUMN`; behind `FILE#` they are another contract's. Out: which column of which dataset
 * stands for which. What a contract says of itself is known with it; what it says of others is kept, and found among the
 * contracts that are looked at together. A reference to a table, or into a file, that is not there is some other
 * contract's, and no link here; a column that is not there is warned of. */
#include "policy/contract_links.h"

#include "bundle/limits.h"
#include "policy/contract_facts.h"

typedef struct place { uint32_t dataset, column; } place;

/* A reference, and the contract that it is looked up in. */
typedef struct target {
  edict_diagnostics *diagnostics;
  const edi_contract_facts *facts;
  edi_str reference;
  edi_span span;
  bool outer;               /* stated by another contract */
} target;

static const edi_yaml *object_at(const edi_contract_facts *facts, uint32_t dataset) { return facts->schema->items[dataset]; }

/* ---- references ---- */

static bool warn_missing(const target *t, uint32_t dataset, edi_str column) {
  const edi_dataset_facts *d = &t->facts->datasets[dataset];
  edi_suggest suggest;
  edi_finding *finding = edi_diagnostics_add(t->diagnostics, EDI_W0349, t->span, "no such column", "the dataset `%.*s`%s%.*s has no column `%.*s`",
                                             EDI_STR_ARG(d->name), t->outer ? " of " : "", (int)(t->outer ? t->facts->name.len : 0), t->facts->name.ptr,
                                             EDI_STR_ARG(column));
  edi_suggest_init(&suggest, column);
  for (size_t i = 0; i < d->column_count; i++) edi_suggest_offer(&suggest, d->columns[i].name, d->columns[i].span);
  if (suggest.best.name.ptr) edi_finding_fix(finding, false, "%.*s.%.*s", EDI_STR_ARG(d->name), EDI_STR_ARG(suggest.best.name));
  edi_finding_why(finding, "whether its join can be made is not looked at");
  return false;
}

/* `table.column`; the column may be a path. */
static bool by_names(const target *t, place *out) {
  edi_str text = t->reference;
  for (uint32_t i = 0; i < t->facts->dataset_count; i++) {
    const edi_dataset_facts *d = &t->facts->datasets[i];
    if (!edi_str_starts(text, d->name) || text.len <= d->name.len + 1 || text.ptr[d->name.len] != '.') continue;
    edi_str column = {text.ptr + d->name.len + 1, text.len - d->name.len - 1};
    for (uint32_t c = 0; c < d->column_count; c++)
      if (edi_str_equal(d->columns[c].name, column)) {
        *out = (place){i, c};
        return true;
      }
    return warn_missing(t, i, column);
  }
  return false;
}

static edi_str step_of(edi_str *path) {
  const char *slash = path->len ? memchr(path->ptr, '/', path->len) : NULL;
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
static bool by_ids(const target *t, place *out) {
  edi_str path = t->reference;
  if (path.len && path.ptr[0] == '/') path = (edi_str){path.ptr + 1, path.len - 1};
  if (!edi_str_equal(step_of(&path), EDI_STR("schema"))) return false;
  uint32_t dataset = with_id(t->facts->schema, step_of(&path)), column = EDI_NONE;
  if (dataset == EDI_NONE) return false;
  const edi_yaml *list = edi_yaml_get(object_at(t->facts, dataset), "properties");
  const edi_dataset_facts *d = &t->facts->datasets[dataset];
  while (path.len) {
    edi_str kind = step_of(&path), id = step_of(&path);
    uint32_t at = edi_str_equal(kind, EDI_STR("properties")) ? with_id(list, id) : EDI_NONE, inside = column == EDI_NONE ? 0 : column + 1;
    edi_str name = at == EDI_NONE ? id : edi_contract_text(list->items[at], "name");
    edi_span span = edi_yaml_get(at == EDI_NONE ? NULL : list->items[at], "name") ? edi_yaml_get(list->items[at], "name")->span : EDI_SPAN_NONE;
    column = EDI_NONE;
    for (uint32_t c = 0; at != EDI_NONE && c < d->column_count; c++)
      if (d->columns[c].inside == inside && d->columns[c].span.begin == span.begin) column = c;
    if (column == EDI_NONE) return warn_missing(t, dataset, name);
    list = edi_yaml_get(list->items[at], "properties");
  }
  *out = (place){dataset, column};
  return column != EDI_NONE;
}

static bool find(const target *t, place *out) {
  if (!t->facts->schema || t->reference.len == 0) return false;
  return memchr(t->reference.ptr, '/', t->reference.len) ? by_ids(t, out) : by_names(t, out);
}

/* ---- relationships of one contract ---- */

typedef struct linker {
  edi_resolver *resolver;
  edi_contract_facts *facts;
  size_t capacity, outer_capacity;
} linker;

/* Behind a `#` that follows nothing stands one of the contract's own as well. */
static bool find_own(const linker *l, const edi_yaml *reference, place *out) {
  edi_str text = reference->text;
  if (text.len && text.ptr[0] == '#') text = (edi_str){text.ptr + 1, text.len - 1};
  const target t = {.diagnostics = l->resolver->diagnostics, .facts = l->facts, .reference = text, .span = reference->span};
  return find(&t, out);
}

static bool grow(linker *l, void **items, size_t *capacity, size_t count, size_t size) {
  if (edi_arena_grow(l->resolver->arena, items, capacity, count, size)) return true;
  edi_resolver_no_memory(l->resolver);
  return false;
}

static void add_link(linker *l, place from, place to, edi_span span) {
  void *items = l->facts->links;
  if (!grow(l, &items, &l->capacity, l->facts->link_count, sizeof *l->facts->links)) return;
  l->facts->links = items;
  l->facts->links[l->facts->link_count++] = (edi_link_facts){from.dataset, from.column, to.dataset, to.column, span};
}

static void add_outer(linker *l, place from, const edi_yaml *to, const char *hash) {
  void *items = l->facts->outer;
  edi_str text = to->text, file = {text.ptr, (size_t)(hash - text.ptr)}, reference = {hash + 1, text.len - file.len - 1};
  if (!grow(l, &items, &l->outer_capacity, l->facts->outer_count, sizeof *l->facts->outer)) return;
  l->facts->outer = items;
  l->facts->outer[l->facts->outer_count++] = (edi_outer_link){from.dataset, from.column, file, reference, to->span};
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
    const char *hash = to->text.len ? memchr(to->text.ptr, '#', to->text.len) : NULL;
    if (from ? i != 0 : !stated || !find_own(l, stated, &a)) continue;
    if (hash && hash != to->text.ptr) add_outer(l, a, to, hash);
    else if (find_own(l, to, &b)) add_link(l, a, b, to->span);
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
  linker l = {.resolver = resolver, .facts = facts};
  facts->schema = schema && schema->kind == EDI_YAML_LIST ? schema : NULL;
  if (!facts->schema || !states_any(schema)) return; /* most contracts state none */
  for (uint32_t i = 0; i < facts->dataset_count; i++) {
    read_links(&l, object_at(facts, i), NULL);
    read_properties(&l, edi_yaml_get(object_at(facts, i), "properties"), i, 0);
  }
}

/* ---- from one contract into another ---- */

enum { PATH_MOST = 4096 };

/* Takes the last step off, unless there is none or it climbs. */
static bool climb(edi_buf *path) {
  size_t end = path->len;
  while (end > 0 && path->ptr[end - 1] != '/') end--;
  edi_str last = {path->ptr + end, path->len - end};
  if (last.len == 0 || edi_str_equal(last, EDI_STR(".."))) return false;
  path->len = end > 1 ? end - 1 : end;
  return true;
}

static void walk(edi_buf *path, edi_str steps) {
  while (steps.len > 0 && path->failed == EDICT_OK) {
    edi_str step = step_of(&steps);
    if (step.len == 0 || edi_str_equal(step, EDI_STR("."))) continue;
    if (edi_str_equal(step, EDI_STR("..")) && climb(path)) continue;
    if (path->len > 0 && path->ptr[path->len - 1] != '/') edi_buf_char(path, '/');
    edi_buf_str(path, step);
  }
}

/* Where `file` leads from the file `base`, with no step that could be left out; empty: it is no path, but a URL, or too long. */
static edi_str path_from(edi_str base, edi_str file, char room[PATH_MOST]) {
  edi_buf path = edi_buf_fixed(room, PATH_MOST);
  size_t folder = base.len;
  while (folder > 0 && base.ptr[folder - 1] != '/') folder--;
  for (size_t i = 0; i + 1 < file.len; i++)
    if (file.ptr[i] == ':' && file.ptr[i + 1] == '/') return (edi_str){"", 0};
  edi_str from = file.len && file.ptr[0] == '/' ? file : base;
  if (from.len && from.ptr[0] == '/') edi_buf_char(&path, '/');
  if (from.ptr == base.ptr) walk(&path, (edi_str){base.ptr, folder});
  walk(&path, file);
  return path.failed == EDICT_OK ? (edi_str){path.ptr, path.len} : (edi_str){"", 0};
}

typedef struct joiner {
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  edi_contract_facts *const *contracts;
  edi_str *paths;           /* of each contract */
  size_t contract_count;
  edi_contract_link *items;
  size_t count, capacity;
} joiner;

static bool join(joiner *j, const edi_contract_facts *from, const edi_contract_facts *to, edi_link_facts at) {
  void *items = j->items;
  if (!edi_arena_grow(j->arena, &items, &j->capacity, j->count, sizeof *j->items)) return false;
  j->items = items;
  j->items[j->count++] = (edi_contract_link){from, to, at};
  return true;
}

static bool know_paths(joiner *j) {
  char room[PATH_MOST];
  j->paths = EDI_NEW_ARRAY(j->arena, edi_str, j->contract_count);
  for (size_t i = 0; j->paths && i < j->contract_count; i++) {
    edi_str path = path_from(EDI_STR(""), j->contracts[i]->path, room);
    j->paths[i] = (edi_str){edi_arena_copy(j->arena, path.ptr, path.len), path.len};
    if (!j->paths[i].ptr) return false;
  }
  return j->paths != NULL;
}

static bool join_outer(joiner *j, const edi_contract_facts *from, const edi_outer_link *o) {
  char room[PATH_MOST];
  place to;
  target t = {.diagnostics = j->diagnostics, .reference = o->reference, .span = o->span, .outer = true};
  edi_str path = path_from(from->path, o->file, room);
  if (!j->paths && !know_paths(j)) return false;
  for (size_t i = 0; path.len && i < j->contract_count && !t.facts; i++)
    if (edi_str_equal(j->paths[i], path)) t.facts = j->contracts[i];
  return !t.facts || !find(&t, &to) || join(j, from, t.facts, (edi_link_facts){o->dataset, o->column, to.dataset, to.column, o->span});
}

edict_status edi_contract_link_all(edi_arena *arena, edi_contract_facts *const *contracts, size_t count, edi_contract_link **links,
                                   size_t *link_count, edict_diagnostics *diagnostics) {
  joiner j = {.arena = arena, .diagnostics = diagnostics, .contracts = contracts, .contract_count = count};
  bool good = true;
  for (size_t i = 0; i < count && good; i++) {
    const edi_contract_facts *c = contracts[i];
    for (size_t k = 0; k < c->link_count && good; k++) good = join(&j, c, c, c->links[k]);
    for (size_t k = 0; k < c->outer_count && good; k++) good = join_outer(&j, c, &c->outer[k]);
  }
  *links = j.items;
  *link_count = j.count;
  return good ? EDICT_OK : edi_arena_status(arena);
}
