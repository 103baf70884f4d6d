/* Index: see the header. */
#include "policy/index.h"

#include <stdlib.h>

#include "bundle/limits.h"
#include "policy/checker.h"

/* ---- noting ---- */

/* Plain names have no dots, so a scoped name's last one ends its module. */
static edi_str bare_of(unsigned kind, edi_str name) {
  size_t at = kind >= EDI_INDEX_SCOPED ? name.len : 0;
  while (at > 0 && name.ptr[at - 1] != '.') at--;
  return (edi_str){name.ptr + at, name.len - at};
}

static void add_ref(edi_index *index, edi_index_ref ref) {
  void *items = index->refs;
  if (!edi_arena_grow(index->arena, &items, &index->capacity, index->count, sizeof ref)) {
    index->failed = true;
    return;
  }
  index->refs = items;
  index->refs[index->count++] = ref;
}

static void note(edi_index *index, unsigned kind, uint64_t identity, edi_str name, edi_span span) {
  edi_str bare = bare_of(kind, name);
  if (span.source == EDI_SOURCE_NONE || bare.len == 0 || bare.len > span.end - span.begin) return;
  span.begin = span.end - (uint32_t)bare.len;
  add_ref(index, (edi_index_ref){.identity = identity, .kind = kind, .symbol = EDI_NONE, .span = span});
}

void edi_index_note(edi_index *index, unsigned kind, uint32_t number, edi_str name, edi_span span) {
  if (index && number != EDI_NONE) note(index, kind, number, name, span);
}

static uint64_t node_identity(const edi_sym_node *node) { return (uint64_t)(uintptr_t)node->name.ptr; }

void edi_index_note_node(edi_index *index, const edi_model *model, uint32_t node, edi_span span) {
  if (!index || node == EDI_NONE) return;
  const edi_sym_node *symbol = &model->nodes[node];
  note(index, EDI_INDEX_NODE, node_identity(symbol), symbol->name, span);
}

static uint32_t column_number(const edi_model *m, const edi_sym_table *table, size_t column) {
  return (uint32_t)((size_t)(table - m->tables) * EDI_LIMIT_TABLE_COLUMNS + column);
}

void edi_index_note_value(edi_index *index, const edi_model *m, const edi_sym_table *table, size_t value, edi_span span) {
  if (!index || table < m->tables || table >= m->tables + m->tables_count) return;
  edi_index_note(index, EDI_INDEX_COLUMN, column_number(m, table, table->key_count + value), table->values[value].name, span);
}

/* ---- symbols ---- */

static edi_str join(edi_index *index, edi_str a, edi_str b) {
  char *text = edi_arena_alloc(index->arena, a.len + b.len + 2);
  if (!text) {
    index->failed = true;
    return b;
  }
  if (a.len > 0) memcpy(text, a.ptr, a.len);
  text[a.len] = '.';
  if (b.len > 0) memcpy(text + a.len + 1, b.ptr, b.len);
  return (edi_str){text, a.len + 1 + b.len};
}

static void add_symbol(edi_index *index, edi_index_symbol symbol) {
  void *items = index->symbols;
  if (symbol.qualified.len == 0 || index->failed) return;
  if (!edi_arena_grow(index->arena, &items, &index->symbol_capacity, index->symbol_count,
                      sizeof symbol)) {
    index->failed = true;
    return;
  }
  symbol.name = bare_of(symbol.kind, symbol.name);
  index->symbols = items;
  index->symbols[index->symbol_count++] = symbol;
  if (symbol.span.source == EDI_SOURCE_NONE) return;
  symbol.span.begin = symbol.span.end - (uint32_t)symbol.name.len;
  add_ref(index, (edi_index_ref){.identity = symbol.identity,
                                 .kind = symbol.kind,
                                 .symbol = EDI_NONE,
                                 .declares = true,
                                 .span = symbol.span});
}

static void add_vocabulary(edi_index *index, const edi_model *m) {
  for (uint32_t i = 0; i < m->kinds_count; i++)
    if (!m->kinds[i].id)
      add_symbol(index, (edi_index_symbol){EDI_INDEX_TAXONOMY, i, i, m->kinds[i].name, m->kinds[i].name,
                                           m->kinds[i].span});
  for (uint32_t i = 0; i < m->nodes_count; i++) {
    const edi_sym_node *node = &m->nodes[i];
    add_symbol(index, (edi_index_symbol){EDI_INDEX_NODE, i, node_identity(node), node->name,
                                         join(index, m->kinds[node->kind].name, node->name), node->span});
  }
  for (uint32_t i = 0; i < m->scales_count; i++)
    add_symbol(index, (edi_index_symbol){EDI_INDEX_SCALE, i, i, m->scales[i].name, m->scales[i].name,
                                         m->scales[i].span});
  for (uint32_t i = 0; i < m->levels_count; i++) {
    const edi_sym_level *level = &m->levels[i];
    add_symbol(index, (edi_index_symbol){EDI_INDEX_LEVEL, i, i, level->name,
                                         join(index, m->scales[level->scale].name, level->name), level->span});
  }
  for (uint32_t i = 0; i < m->resources_count; i++)
    add_symbol(index, (edi_index_symbol){EDI_INDEX_RESOURCE, i, i, m->resources[i].name, m->resources[i].name,
                                         m->resources[i].span});
  for (uint32_t i = 0; i < m->attrs_count; i++) {
    const edi_sym_attr *attr = &m->attrs[i];
    add_symbol(index, (edi_index_symbol){EDI_INDEX_ATTR, i, i, attr->name,
                                         join(index, edi_model_entity(m, attr->entity), attr->name), attr->span});
  }
}

static void add_columns(edi_index *index, const edi_model *m) {
  for (size_t t = 0; t < m->tables_count; t++) {
    const edi_sym_table *table = &m->tables[t];
    for (size_t i = 0; i < table->key_count + table->value_count; i++) {
      const edi_sym_tablecol *c = i < table->key_count ? &table->keys[i] : &table->values[i - table->key_count];
      uint32_t number = column_number(m, table, i);
      add_symbol(index, (edi_index_symbol){EDI_INDEX_COLUMN, number, number, c->name, join(index, table->name, c->name), c->span});
    }
  }
}

static void add_scoped(edi_index *index, const edi_model *m, edi_scope_kind scope) {
  size_t count = edi_scope_count(m, scope);
  for (uint32_t i = 0; i < count; i++) {
    edi_str name = edi_scope_name(m, scope, i);
    add_symbol(index, (edi_index_symbol){EDI_INDEX_SCOPED + (unsigned)scope, i, i, name, name,
                                         edi_scope_span(m, scope, i)});
  }
}

/* ---- finishing ---- */

static int compare_symbols(const void *a, const void *b) {
  const edi_index_symbol *x = a, *y = b;
  if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
  return x->identity < y->identity ? -1 : x->identity > y->identity;
}

static uint32_t symbol_of(const edi_index *index, const edi_index_ref *ref) {
  edi_index_symbol wanted = {.kind = ref->kind, .identity = ref->identity};
  const edi_index_symbol *found = index->symbol_count == 0 ? NULL
                                  : bsearch(&wanted, index->symbols, index->symbol_count,
                                            sizeof wanted, compare_symbols);
  return found ? (uint32_t)(found - index->symbols) : EDI_NONE;
}

static int compare_refs(const void *a, const void *b) {
  const edi_index_ref *x = a, *y = b;
  if (x->span.source != y->span.source) return x->span.source < y->span.source ? -1 : 1;
  if (x->span.begin != y->span.begin) return x->span.begin < y->span.begin ? -1 : 1;
  if (x->span.end != y->span.end) return x->span.end < y->span.end ? -1 : 1;
  return (int)y->declares - (int)x->declares;
}

/* Whether the name stands there; catalogues write `pii:email` and `pii=email` for `pii.email`. */
static bool stands_there(edi_str name, edi_str text, edi_span span) {
  if (span.begin > span.end || span.end > text.len || span.end - span.begin != name.len) return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = text.ptr[span.begin + i];
    if (c != name.ptr[i] && !(name.ptr[i] == '.' && (c == ':' || c == '='))) return false;
  }
  return true;
}

/* One reference for each place, and none that is not what it says. */
static void settle(edi_index *index, edi_str (*text)(void *user, edi_source source), void *user) {
  size_t kept = 0;
  for (size_t i = 0; i < index->count; i++) {
    edi_index_ref *ref = &index->refs[i];
    ref->symbol = symbol_of(index, ref);
    bool again = kept > 0 && compare_refs(&index->refs[kept - 1], ref) == 0;
    bool same = kept > 0 && index->refs[kept - 1].span.source == ref->span.source &&
                index->refs[kept - 1].span.begin == ref->span.begin;
    if (ref->symbol == EDI_NONE || again || same) continue;
    if (!stands_there(index->symbols[ref->symbol].name, text(user, ref->span.source), ref->span)) continue;
    index->refs[kept++] = *ref;
  }
  index->count = kept;
}

edict_status edi_index_finish(edi_index *index, const edi_model *model,
                              edi_str (*text)(void *user, edi_source source), void *user) {
  add_vocabulary(index, model);
  add_columns(index, model);
  for (int scope = 0; scope < EDI_SCOPED_COUNT; scope++) add_scoped(index, model, (edi_scope_kind)scope);
  if (index->failed) return edi_arena_status(index->arena);
  if (index->symbol_count > 0)
    qsort(index->symbols, index->symbol_count, sizeof *index->symbols, compare_symbols);
  if (index->count > 0) qsort(index->refs, index->count, sizeof *index->refs, compare_refs);
  settle(index, text, user);
  return EDICT_OK;
}

/* ---- asking ---- */

const edi_index_ref *edi_index_at(const edi_index *index, edi_source source, uint32_t offset) {
  size_t low = 0, high = index->count;
  while (low < high) { /* the first that ends at or behind the place */
    size_t middle = low + (high - low) / 2;
    const edi_span *span = &index->refs[middle].span;
    if (span->source < source || (span->source == source && span->end < offset)) low = middle + 1;
    else high = middle;
  }
  for (; low < index->count; low++) {
    const edi_index_ref *ref = &index->refs[low], *next = ref + 1;
    if (ref->span.source != source || ref->span.begin > offset) return NULL;
    /* Between two, the one that begins. */
    bool later = ref->span.end == offset && low + 1 < index->count && next->span.source == source &&
                 next->span.begin == offset;
    if (!later) return ref;
  }
  return NULL;
}
