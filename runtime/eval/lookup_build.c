/* Lookup, building: the indices of both layers, as far as the contract lets their branches stand, as one tree.
 *
 * Branches that the contract decides are left out or gone through; the others become nodes with the entries that
 * stand below them, and those without any are dropped. Then all constants of a key are put in order, each node is
 * written in front of what is below it, and the branches of one key become one group. */
#include "bundle/order.h"
#include "eval/atoms.h"
#include "eval/bind.h"
#include "eval/vm.h"

enum { FEW = 8 }; /* so many entries are evaluated without being sought */

typedef struct item { uint32_t entry, next; } item;

/* A node that is being made. */
typedef struct sprout {
  unsigned layer;
  uint32_t branch;             /* of the layer's program */
  uint32_t key;
  uint32_t first, last, next;  /* below it, and beside it; EDI_NONE: none */
  uint32_t items;              /* entries that stand here, the last added first */
  uint32_t total;              /* entries here and below */
} sprout;

typedef struct room { void *items; size_t count, capacity; } room;

typedef struct grower {
  const edi_vm *vms;
  const edi_program *programs[2];
  uint32_t *entry_of[2];       /* by rule of the layer: entry + 1 */
  edi_arena *arena, *scratch;
  edict_status status;
  edi_lookup_key *keys;
  size_t *key_capacity;
  size_t key_count, keys_capacity;
  sprout *sprouts;
  size_t sprout_count, sprout_capacity;
  item *items;
  size_t item_count, item_capacity;
  edi_lookup_node *nodes;
  edi_lookup_group *groups;
  edi_lookup_edge *edges;
  uint32_t *entries;
  size_t node_count, node_capacity, group_count, group_capacity, edge_count, edge_capacity, entry_count, entry_capacity;
} grower;

/* Room for one more in the array that `where` points to. */
static bool grow(grower *g, edi_arena *arena, void *where, size_t *capacity, size_t count, size_t size) {
  void *items;
  memcpy(&items, where, sizeof items);
  bool grown = edi_arena_grow(arena, &items, capacity, count, size);
  memcpy(where, &items, sizeof items);
  if (!grown) g->status = edi_arena_status(arena);
  return grown;
}

/* ---- what the contract decides ---- */

static bool any_meets(const edi_vm *vm, edi_value fact, const edi_guard *guard) {
  const edi_value *consts = vm->linked->consts;
  for (uint32_t i = 0; i < guard->count; i++) {
    edi_value c = consts[guard->values[i]];
    for (uint32_t m = 0; m < (fact.set ? fact.length : 1); m++) {
      edi_value member = fact.set ? fact.as.members[m] : fact;
      bool meets = c.base == EDI_TYPE_NODE ? edi_vocabulary_below(vm->vocabulary, member.as.integer, c.as.integer) ||
                                                 edi_vocabulary_below(vm->vocabulary, c.as.integer, member.as.integer)
                                           : edi_value_compare(member, c) == 0;
      if (meets) return true;
    }
  }
  return false;
}

static bool lies_between(const edi_vm *vm, edi_value fact, const edi_guard *guard) {
  const edi_value *consts = vm->linked->consts;
  if (guard->low != EDI_NONE && edi_value_compare(fact, consts[guard->low]) < 0) return false;
  return guard->high == EDI_NONE || edi_value_compare(fact, consts[guard->high]) <= 0;
}

static bool is_fixed(const edi_program *p, const edi_guard *guard) { return edi_guard_is_fixed(p, guard->test, guard->key); }

static bool named_so(const edi_vm *vm, const edi_guard *guard) {
  for (uint32_t i = 0; i < guard->count; i++)
    if (edi_atom_named(vm, guard->key, guard->values[i]) == EDI_YES) return true;
  return false;
}

static bool in_domain(const edi_vm *vm, const edi_guard *guard) {
  for (uint32_t i = 0; i < guard->count; i++)
    if (edi_atom_in_domain(vm, guard->values[i]) == EDI_YES) return true;
  return false;
}

static bool is_about(const edi_vm *vm, uint32_t thing) {
  return thing < EDI_THING_RESOURCE ? thing == vm->dataset->thing
                                    : vm->linked->thing_of[thing - EDI_THING_RESOURCE] == vm->dataset->thing;
}

/* Whether a fixed guard may hold. */
static bool may_hold(const edi_vm *vm, const edi_guard *guard) {
  edi_value fact;
  switch ((edi_guard_test)EDI_GUARD_TEST(guard->test)) {
    case EDI_GUARD_THING: return is_about(vm, guard->key);
    case EDI_GUARD_TAGGED:
    case EDI_GUARD_HOLDING:
      return edi_atom_carries(vm, guard->key, EDI_GUARD_TEST(guard->test) == EDI_GUARD_HOLDING, guard->values, guard->count);
    case EDI_GUARD_NAMED: return named_so(vm, guard);
    case EDI_GUARD_IN_DOMAIN: return in_domain(vm, guard);
    case EDI_GUARD_CLASSIFIED:
      fact = edi_atom_classification(vm, guard->key, 0);
      return !fact.base || lies_between(vm, fact, guard);
    case EDI_GUARD_MEETS:
    case EDI_GUARD_WITHIN:
      fact = vm->facts[guard->key];
      if (!fact.base || (fact.set && fact.scale)) return true;
      return EDI_GUARD_TEST(guard->test) == EDI_GUARD_MEETS ? any_meets(vm, fact, guard) : lies_between(vm, fact, guard);
    case EDI_GUARD_NONE:
    case EDI_GUARD_ACTION:
    case EDI_GUARD_IN_FORCE:
    case EDI_GUARD_COUNT: break;
  }
  return true;
}

void edi_lookup_mark(const edi_vm *vm, uint64_t *rules) {
  const edi_program *p = &vm->linked->program;
  for (uint32_t i = 0; i < p->branches_count;) {
    const edi_branch *b = &p->branches[i];
    edi_guard guard = edi_branch_guard(b, p->lists);
    bool of_target = is_fixed(p, &guard) && !(guard.test & EDI_GUARD_CONDITION);
    if (of_target && !may_hold(vm, &guard)) {
      i = b->end;
      continue;
    }
    for (uint32_t r = 0; r < b->rules.count; r++) {
      uint32_t rule = p->lists[b->rules.first + r];
      rules[rule / 64] |= UINT64_C(1) << rule % 64;
    }
    i++;
  }
}

/* ---- sprouting ---- */

static edi_guard guard_of(const grower *g, const sprout *s) {
  return edi_branch_guard(&g->programs[s->layer]->branches[s->branch], g->programs[s->layer]->lists);
}

static uint32_t key_for(grower *g, const edi_vm *vm, const edi_guard *guard) {
  edi_lookup_key key = {.test = guard->test, .base = EDI_TYPE_NODE};
  if (guard->test == EDI_GUARD_IN_FORCE) key.base = EDI_TYPE_DATE;
  if (guard->test == EDI_GUARD_MEETS || guard->test == EDI_GUARD_WITHIN) {
    key.entity = vm->linked->program.attrs[guard->key].entity;
    key.slot = vm->linked->slot_of[guard->key];
    key.base = EDI_TYPE_BASE(vm->linked->program.attrs[guard->key].type);
    if (key.entity > EDI_ENTITY_RESOURCE) key.entity = EDI_ENTITY_RESOURCE; /* there is one in a request */
  }
  for (size_t i = 0; i < g->key_count; i++)
    if (g->keys[i].test == key.test && g->keys[i].entity == key.entity && g->keys[i].slot == key.slot) return (uint32_t)i;
  size_t sizes = g->keys_capacity;
  if (!grow(g, g->arena, &g->keys, &g->keys_capacity, g->key_count, sizeof *g->keys)) return 0;
  if (!grow(g, g->scratch, &g->key_capacity, &sizes, g->key_count, sizeof *g->key_capacity)) return 0;
  g->key_capacity[g->key_count] = 0;
  g->keys[g->key_count] = key;
  return (uint32_t)g->key_count++;
}

static void add_value(grower *g, uint32_t key, edi_value v) {
  edi_lookup_key *k = &g->keys[key];
  if (!grow(g, g->scratch, &k->values, &g->key_capacity[key], k->count, sizeof *k->values)) return;
  k->values[k->count++] = v;
}

static edi_value value_at(const edi_vm *vm, const edi_guard *guard, uint32_t i) {
  if (guard->test == EDI_GUARD_ACTION) return edi_value_integer(EDI_TYPE_NODE, vm->linked->node_of[guard->values[i]]);
  return vm->linked->consts[guard->values[i]];
}

static edi_value bound_at(const edi_vm *vm, const edi_guard *guard, uint32_t bound) {
  if (guard->test == EDI_GUARD_IN_FORCE) return edi_value_integer(EDI_TYPE_DATE, (int32_t)bound);
  return vm->linked->consts[bound];
}

static bool has_bound(const edi_guard *guard, uint32_t bound) { return guard->test == EDI_GUARD_IN_FORCE || bound != EDI_NONE; }

static void add_values(grower *g, uint32_t key, const edi_vm *vm, const edi_guard *guard) {
  if (edi_guard_is_between(guard->test)) {
    if (has_bound(guard, guard->low)) add_value(g, key, bound_at(vm, guard, guard->low));
    if (has_bound(guard, guard->high)) add_value(g, key, bound_at(vm, guard, guard->high));
  }
  for (uint32_t i = 0; i < guard->count && g->status == EDICT_OK; i++) add_value(g, key, value_at(vm, guard, i));
}

static uint32_t new_sprout(grower *g, unsigned layer, uint32_t branch) {
  if (!grow(g, g->scratch, &g->sprouts, &g->sprout_capacity, g->sprout_count, sizeof *g->sprouts)) return 0;
  g->sprouts[g->sprout_count] = (sprout){layer, branch, 0, EDI_NONE, EDI_NONE, EDI_NONE, EDI_NONE, 0};
  return (uint32_t)g->sprout_count++;
}

static void add_items(grower *g, unsigned layer, const edi_branch *b, uint32_t to) {
  for (uint32_t i = 0; i < b->rules.count; i++) {
    uint32_t entry = g->entry_of[layer][g->programs[layer]->lists[b->rules.first + i]];
    if (entry == 0) continue;
    if (!grow(g, g->scratch, &g->items, &g->item_capacity, g->item_count, sizeof *g->items)) return;
    g->items[g->item_count] = (item){entry - 1, g->sprouts[to].items};
    g->sprouts[to].items = (uint32_t)g->item_count++;
    g->sprouts[to].total++;
  }
}

static void hang(grower *g, uint32_t below, uint32_t to) {
  sprout *parent = &g->sprouts[to];
  if (parent->last == EDI_NONE) parent->first = below;
  else g->sprouts[parent->last].next = below;
  parent->last = below;
  parent->total += g->sprouts[below].total;
}

/* What stands at the branch and below it, into the sprout `to`. */
static void sprout_branch(grower *g, unsigned layer, uint32_t at, uint32_t to) {
  const edi_program *p = g->programs[layer];
  const edi_vm *vm = &g->vms[layer];
  add_items(g, layer, &p->branches[at], to);
  for (uint32_t i = at + 1; i < p->branches[at].end && g->status == EDICT_OK; i = p->branches[i].end) {
    edi_guard guard = edi_branch_guard(&p->branches[i], p->lists);
    if (is_fixed(p, &guard)) {
      if (may_hold(vm, &guard)) sprout_branch(g, layer, i, to);
      continue;
    }
    uint32_t below = new_sprout(g, layer, i);
    if (g->status != EDICT_OK) return;
    sprout_branch(g, layer, i, below);
    if (g->status != EDICT_OK || g->sprouts[below].total == 0) continue;
    uint32_t key = key_for(g, vm, &guard);
    g->sprouts[below].key = key;
    if (g->status == EDICT_OK) add_values(g, key, vm, &guard);
    hang(g, below, to);
  }
}

/* ---- constants in order ---- */

static int compare_values(const void *context, const void *a, const void *b) {
  (void)context;
  return edi_value_compare(*(const edi_value *)a, *(const edi_value *)b);
}

static void hash_texts(grower *g, edi_lookup_key *k) {
  uint32_t size = 8;
  while (size < 2 * k->count) size *= 2;
  k->slots = EDI_NEW_ARRAY(g->arena, uint32_t, size);
  k->mask = size - 1;
  if (!k->slots) g->status = edi_arena_status(g->arena);
  for (uint32_t i = 0; k->slots && i < k->count; i++) {
    uint32_t at = (uint32_t)edi_str_hash(edi_value_str(k->values[i])) & k->mask;
    while (k->slots[at]) at = (at + 1) & k->mask;
    k->slots[at] = i + 1;
  }
}

static void order_key(grower *g, edi_lookup_key *k) {
  edi_value *spare = EDI_NEW_ARRAY(g->scratch, edi_value, k->count);
  if (!spare) {
    g->status = edi_arena_status(g->scratch);
    return;
  }
  edi_order_sort(k->values, spare, k->count, sizeof *spare, compare_values, NULL);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < k->count; i++)
    if (kept == 0 || edi_value_compare(k->values[kept - 1], k->values[i]) != 0) k->values[kept++] = k->values[i];
  k->count = kept;
  edi_value *values = EDI_NEW_ARRAY(g->arena, edi_value, kept);
  if (!values) {
    g->status = edi_arena_status(g->arena);
    return;
  }
  memcpy(values, k->values, kept * sizeof *values);
  k->values = values;
  if (edi_base_is_text(k->base)) hash_texts(g, k);
}

/* One that is there. */
static uint32_t number_of(const edi_lookup_key *k, edi_value v) {
  uint32_t low = 0, high = k->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (edi_value_compare(k->values[middle], v) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* ---- writing ---- */

static uint32_t add_edge(grower *g, uint32_t low, uint32_t high) {
  if (!grow(g, g->arena, &g->edges, &g->edge_capacity, g->edge_count, sizeof *g->edges)) return 0;
  g->edges[g->edge_count] = (edi_lookup_edge){low, high, 0, 0};
  return (uint32_t)g->edge_count++;
}

static void add_edges(grower *g, const sprout *s) {
  edi_guard guard = guard_of(g, s);
  const edi_vm *vm = &g->vms[s->layer];
  const edi_lookup_key *k = &g->keys[s->key];
  if (edi_guard_is_between(guard.test)) {
    uint32_t low = has_bound(&guard, guard.low) ? 2 * number_of(k, bound_at(vm, &guard, guard.low)) + 1 : 0;
    uint32_t high = has_bound(&guard, guard.high) ? 2 * number_of(k, bound_at(vm, &guard, guard.high)) + 1 : UINT32_MAX;
    (void)add_edge(g, low, high);
  }
  for (uint32_t i = 0; i < guard.count && g->status == EDICT_OK; i++) (void)add_edge(g, number_of(k, value_at(vm, &guard, i)), 0);
}

static uint32_t edge_count_of(const grower *g, const sprout *s) {
  edi_guard guard = guard_of(g, s);
  return edi_guard_is_between(guard.test) ? 1 : guard.count;
}

static int compare_edges(const void *context, const void *a, const void *b) {
  const edi_lookup_edge *x = a, *y = b;
  (void)context;
  return x->low < y->low ? -1 : x->low > y->low;
}

static void order_edges(grower *g, edi_lookup_edge *edges, uint32_t count) {
  edi_lookup_edge *spare = EDI_NEW_ARRAY(g->scratch, edi_lookup_edge, count);
  if (!spare) {
    g->status = edi_arena_status(g->scratch);
    return;
  }
  edi_order_sort(edges, spare, count, sizeof *edges, compare_edges, NULL);
  for (uint32_t i = 0, highest = 0; i < count; i++) {
    if (edges[i].high > highest) highest = edges[i].high;
    edges[i].highest = highest;
  }
}

static uint32_t write_node(grower *g, uint32_t at);

/* `run` are the sprouts of one key. */
static void write_group(grower *g, const uint32_t *run, uint32_t count, uint32_t group) {
  edi_lookup_group out = {.key = g->sprouts[run[0]].key, .edge_first = (uint32_t)g->edge_count, .entry_first = (uint32_t)g->entry_count};
  for (uint32_t i = 0; i < count && g->status == EDICT_OK; i++) add_edges(g, &g->sprouts[run[i]]);
  out.edge_count = (uint32_t)g->edge_count - out.edge_first;
  uint32_t edge = out.edge_first;
  for (uint32_t i = 0; i < count && g->status == EDICT_OK; i++) {
    uint32_t node = write_node(g, run[i]);
    for (uint32_t k = edge_count_of(g, &g->sprouts[run[i]]); k > 0 && g->status == EDICT_OK; k--) g->edges[edge++].node = node;
  }
  if (g->status != EDICT_OK) return;
  order_edges(g, g->edges + out.edge_first, out.edge_count);
  out.entry_count = (uint32_t)g->entry_count - out.entry_first;
  g->groups[group] = out;
}

static int compare_keys(const void *context, const void *a, const void *b) {
  const sprout *sprouts = context;
  uint32_t x = sprouts[*(const uint32_t *)a].key, y = sprouts[*(const uint32_t *)b].key;
  return x < y ? -1 : x > y;
}

/* The sprouts below one, by their keys; how many. */
static uint32_t list_below(grower *g, uint32_t at, uint32_t **out) {
  uint32_t count = 0;
  for (uint32_t i = g->sprouts[at].first; i != EDI_NONE; i = g->sprouts[i].next) count++;
  uint32_t *list = EDI_NEW_ARRAY(g->scratch, uint32_t, 2 * (size_t)count);
  if (!list) {
    g->status = edi_arena_status(g->scratch);
    return 0;
  }
  count = 0;
  for (uint32_t i = g->sprouts[at].first; i != EDI_NONE; i = g->sprouts[i].next) list[count++] = i;
  edi_order_sort(list, list + count, count, sizeof *list, compare_keys, g->sprouts);
  *out = list;
  return count;
}

static void write_entries(grower *g, uint32_t at) {
  for (uint32_t i = g->sprouts[at].items; i != EDI_NONE; i = g->items[i].next) {
    if (!grow(g, g->arena, &g->entries, &g->entry_capacity, g->entry_count, sizeof *g->entries)) return;
    g->entries[g->entry_count++] = g->items[i].entry;
  }
}

static uint32_t write_node(grower *g, uint32_t at) {
  uint32_t *below = NULL, count = list_below(g, at, &below), groups = 0;
  if (!grow(g, g->arena, &g->nodes, &g->node_capacity, g->node_count, sizeof *g->nodes)) return 0;
  uint32_t node = (uint32_t)g->node_count++;
  edi_lookup_node out = {.entry_first = (uint32_t)g->entry_count, .group_first = (uint32_t)g->group_count};
  write_entries(g, at);
  out.entry_count = (uint32_t)g->entry_count - out.entry_first;
  for (uint32_t i = 0; i < count; i++) groups += i == 0 || g->sprouts[below[i]].key != g->sprouts[below[i - 1]].key;
  out.group_count = groups;
  for (uint32_t i = 0; i < groups && g->status == EDICT_OK; i++)
    if (grow(g, g->arena, &g->groups, &g->group_capacity, g->group_count, sizeof *g->groups)) g->group_count++;
  if (g->status != EDICT_OK) return 0;
  g->nodes[node] = out;
  for (uint32_t first = 0, group = 0, end; first < count && g->status == EDICT_OK; first = end, group++) {
    for (end = first + 1; end < count && g->sprouts[below[end]].key == g->sprouts[below[first]].key;) end++;
    write_group(g, below + first, end - first, out.group_first + group);
  }
  return node;
}

/* ---- the whole ---- */

static void map_entries(grower *g, const edi_bound_dataset *d) {
  for (unsigned layer = 0; layer < 2; layer++) {
    const edi_program *p = &g->vms[layer].linked->program;
    g->entry_of[layer] = EDI_NEW_ARRAY(g->scratch, uint32_t, p->rules_count);
    if (!g->entry_of[layer]) g->status = edi_arena_status(g->scratch);
    for (size_t i = 0; g->entry_of[layer] && i < d->entry_count; i++)
      if (d->entries[i].linked == g->vms[layer].linked) g->entry_of[layer][d->entries[i].rule - p->rules] = (uint32_t)i + 1;
  }
}

static void make(grower *g, const edi_bound_dataset *d) {
  map_entries(g, d);
  uint32_t root = g->status == EDICT_OK ? new_sprout(g, 0, 0) : 0;
  for (unsigned layer = 0; layer < 2 && g->status == EDICT_OK; layer++)
    if (g->programs[layer]->branches_count && (layer == 0 || g->vms[1].linked != g->vms[0].linked)) sprout_branch(g, layer, 0, root);
  for (size_t i = 0; i < g->key_count && g->status == EDICT_OK; i++) order_key(g, &g->keys[i]);
  if (g->status == EDICT_OK) (void)write_node(g, root);
}

edict_status edi_lookup_make(edi_lookup *lookup, const edi_bound_dataset *d, const edi_vm *vms, edi_arena *arena) {
  edi_arena scratch;
  *lookup = (edi_lookup){0};
  uint32_t few = vms[0].linked->index == EDICT_INDEX_ALWAYS ? 0 : FEW;
  if (d->entry_count <= few) return EDICT_OK;
  edi_arena_init(&scratch, arena->allocator, arena->ceiling);
  grower g = {.vms = vms, .programs = {&vms[0].linked->program, &vms[1].linked->program}, .arena = arena, .scratch = &scratch};
  make(&g, d);
  if (g.status == EDICT_OK && g.group_count)
    *lookup = (edi_lookup){g.keys, (uint32_t)g.key_count, g.nodes, (uint32_t)g.node_count, few, g.groups, g.edges, g.entries};
  edi_arena_fini(&scratch);
  return g.status;
}
