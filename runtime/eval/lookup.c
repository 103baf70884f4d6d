/* Lookup, deciding: from the facts of a request to the entries that can apply; see the header. */
#include "eval/lookup.h"

/* ---- a set of entries ---- */

edict_status edi_lookup_state_init(edi_lookup_state *s, size_t entries, size_t keys, edi_arena *arena) {
  size_t words = entries;
  *s = (edi_lookup_state){.levels = 0};
  do {
    words = words / 64 + 1;
    s->bits[s->levels] = EDI_NEW_ARRAY(arena, uint64_t, words);
    if (!s->bits[s->levels++]) return edi_arena_status(arena);
  } while (words > 1 && s->levels < EDI_LOOKUP_LEVELS);
  s->known = EDI_NEW_ARRAY(arena, edi_lookup_known, keys);
  s->known_count = keys;
  return s->known ? EDICT_OK : edi_arena_status(arena);
}

static void add(edi_lookup_state *s, size_t at) {
  for (unsigned level = 0; level < s->levels; level++, at /= 64) {
    uint64_t *word = &s->bits[level][at / 64], bit = UINT64_C(1) << at % 64;
    bool was_there = *word != 0;
    *word |= bit;
    if (was_there) return; /* and so above */
  }
}

static uint32_t *drain(edi_lookup_state *s, unsigned level, size_t at, uint32_t *out) {
  uint64_t word = s->bits[level][at];
  s->bits[level][at] = 0;
  for (; word; word &= word - 1) {
    size_t below = at * 64 + (size_t)__builtin_ctzll(word);
    if (level == 0) *out++ = (uint32_t)below;
    else out = drain(s, level - 1, below, out);
  }
  return out;
}

/* ---- what a key comes to ---- */

/* The first value that is not below; all are known and of one type. */
static uint32_t lower(const edi_lookup_key *key, edi_value v) {
  uint32_t low = 0, high = key->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (edi_value_compare(key->values[middle], v) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

static uint32_t lower_number(const edi_lookup_key *key, int64_t number) {
  uint32_t low = 0, high = key->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (key->values[middle].as.integer < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* The number of a value; key->count: no branch asks for it. */
static uint32_t number_of(const edi_lookup_key *key, edi_value v) {
  if (!key->slots) {
    uint32_t at = lower(key, v);
    return at < key->count && edi_value_compare(key->values[at], v) == 0 ? at : key->count;
  }
  for (uint32_t at = (uint32_t)edi_str_hash(edi_value_str(v)) & key->mask; key->slots[at]; at = (at + 1) & key->mask)
    if (edi_value_compare(key->values[key->slots[at] - 1], v) == 0) return key->slots[at] - 1;
  return key->count;
}

static void add_range(edi_lookup_known *k, uint32_t from, uint32_t to) {
  if (from >= to) return;
  for (uint32_t i = 0; i < k->count; i++)
    if (k->ranges[i].from <= from && to <= k->ranges[i].to) return;
  if (k->count == EDI_LOOKUP_RANGES) k->known = false;
  else {
    k->ranges[k->count].from = from;
    k->ranges[k->count++].to = to;
  }
}

/* The nodes at or below it, and each one above. What a domain put below a federal node stands behind all of those. */
static void relate_node(edi_lookup_known *k, const edi_lookup_key *key, const edi_vocabulary *v, int64_t node) {
  const int64_t federal = v->program->nodes_count;
  int64_t end = node < federal ? v->program->nodes[node].end : v->own_nodes[node - federal].end;
  add_range(k, lower_number(key, node), lower_number(key, end));
  if (node < federal && v->own_node_count)
    for (uint32_t at = lower_number(key, federal); at < key->count && k->known; at++)
      if (edi_vocabulary_below(v, key->values[at].as.integer, node)) add_range(k, at, at + 1);
  for (uint32_t above = edi_vocabulary_parent(v, (uint32_t)node); above != EDI_NONE && k->known; above = edi_vocabulary_parent(v, above)) {
    uint32_t at = lower_number(key, above);
    if (at < key->count && key->values[at].as.integer == above) add_range(k, at, at + 1);
  }
}

static void relate(edi_lookup_known *k, const edi_lookup_key *key, const edi_vocabulary *v, edi_value value) {
  if (value.base == EDI_TYPE_NODE) {
    relate_node(k, key, v, value.as.integer);
    return;
  }
  uint32_t at = number_of(key, value);
  if (at < key->count) add_range(k, at, at + 1);
}

static edi_value fact_of(const edi_lookup_key *key, const edi_lookup_facts *f) {
  const edi_value *of = key->entity == EDI_ENTITY_SUBJECT ? f->subject : key->entity == EDI_ENTITY_CONTEXT ? f->context : f->resource;
  return of ? of[key->slot] : edi_value_unknown();
}

/* Where it stands among the bounds. */
static void place(edi_lookup_known *k, const edi_lookup_key *key, edi_value value) {
  uint32_t at = lower(key, value);
  bool on = at < key->count && edi_value_compare(key->values[at], value) == 0;
  k->ranges[0].from = 2 * at + on;
  k->count = 1;
}

static void learn(edi_lookup_known *k, const edi_lookup_key *key, const edi_lookup_facts *f) {
  k->known = true;
  k->count = 0;
  if (f->whenever && (key->test == EDI_GUARD_ACTION || key->test == EDI_GUARD_IN_FORCE)) {
    k->known = false;
    return;
  }
  if (key->test == EDI_GUARD_ACTION) {
    relate_node(k, key, f->vocabulary, f->action);
    return;
  }
  if (key->test == EDI_GUARD_IN_FORCE) {
    place(k, key, edi_value_integer(EDI_TYPE_DATE, f->today));
    return;
  }
  edi_value v = fact_of(key, f);
  k->known = v.base == key->base && !(v.set && v.scale);
  if (!k->known) return;
  if (key->test == EDI_GUARD_WITHIN) place(k, key, v);
  else if (!v.set) relate(k, key, f->vocabulary, v);
  else
    for (uint32_t i = 0; i < v.length && k->known; i++) relate(k, key, f->vocabulary, v.as.members[i]);
}

/* ---- the walk ---- */

typedef struct walker {
  const edi_lookup *lookup;
  edi_lookup_state *state;
  const edi_lookup_facts *facts;
} walker;

static void visit(const walker *w, uint32_t node);

static void add_entries(const walker *w, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) add(w->state, w->lookup->entries[i]);
}

/* Edges ascend by low; from the last that begins at or before the place back, until none reaches it. */
static void follow_bounds(const walker *w, const edi_lookup_edge *edges, uint32_t count, uint32_t at) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (edges[middle].low <= at) low = middle + 1;
    else high = middle;
  }
  while (low-- > 0 && edges[low].highest >= at)
    if (edges[low].high >= at) visit(w, edges[low].node);
}

static void follow_values(const walker *w, const edi_lookup_edge *edges, uint32_t count, uint32_t from, uint32_t to) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (edges[middle].low < from) low = middle + 1;
    else high = middle;
  }
  for (; low < count && edges[low].low < to; low++) visit(w, edges[low].node);
}

static void visit_group(const walker *w, const edi_lookup_group *g) {
  const edi_lookup_key *key = &w->lookup->keys[g->key];
  const edi_lookup_edge *edges = w->lookup->edges + g->edge_first;
  edi_lookup_known *k = &w->state->known[g->key];
  if (k->turn != w->state->turn) {
    k->turn = w->state->turn;
    learn(k, key, w->facts);
  }
  if (!k->known) {
    add_entries(w, g->entry_first, g->entry_count);
    return;
  }
  bool bounds = edi_guard_is_between(key->test);
  for (uint32_t i = 0; i < k->count; i++) {
    if (bounds) follow_bounds(w, edges, g->edge_count, k->ranges[i].from);
    else follow_values(w, edges, g->edge_count, k->ranges[i].from, k->ranges[i].to);
  }
}

static void visit(const walker *w, uint32_t number) {
  const edi_lookup_node *n = &w->lookup->nodes[number];
  add_entries(w, n->entry_first, n->entry_count);
  for (uint32_t i = 0; i < n->group_count; i++) visit_group(w, &w->lookup->groups[n->group_first + i]);
}

uint32_t edi_lookup_find(const edi_lookup *lookup, edi_lookup_state *state, const edi_lookup_facts *facts, uint32_t *out) {
  walker w = {lookup, state, facts};
  if (++state->turn == 0) { /* what was known 2^32 requests ago is not known now */
    for (size_t i = 0; i < state->known_count; i++) state->known[i].turn = 0;
    state->turn = 1;
  }
  visit(&w, 0);
  return (uint32_t)(drain(state, state->levels - 1, 0, out) - out);
}
