/* Bind: see the header. Every question that only the contract answers is asked here, once.
 *
 * In: the linked federal program, the linked program of the product's domain, the contract's number.
 * Out: for each dataset its columns with their tags, the facts for both programs, the entries. The
 * order is fixed: federal rules, then the domain's, each in the program's order. */
#include "eval/residue.h"
#include "eval/stages.h"

#include "bundle/order.h"
#include "eval/vm.h"

typedef struct binder {
  const edi_vocabulary *vocabulary;
  const edi_linked *const *layers;
  edi_arena *arena;
  edi_bound_product *product;
  edict_diagnostics *diagnostics;
  edi_pattern_scratch *patterns;
  uint64_t *marks[2]; /* by layer, a bit by rule: may be about the dataset at hand */
  uint8_t *answers[2]; /* by layer, by code: what a target says of it */
  edict_status status;
} binder;

static void *need(binder *b, void *memory) {
  if (!memory && b->status == EDICT_OK) b->status = edi_arena_status(b->arena);
  return memory;
}

static edi_str own_text(const binder *b, edi_ref ref) { return edi_program_string(&b->layers[1]->program, ref); }

/* The rank of a level that the domain's program names; the contract's scale is `classification`. */
static uint32_t rank_of(const binder *b, uint32_t level) {
  if (level == EDI_NONE) return EDI_NONE;
  const edi_program *own = &b->layers[1]->program, *federal = b->vocabulary->program;
  edi_str scale = own_text(b, own->scales[own->levels[level].scale].name);
  for (uint32_t s = 0; s < federal->scales_count; s++)
    if (edi_str_equal(edi_program_string(federal, federal->scales[s].name), scale))
      return edi_vocabulary_level(b->vocabulary, s, own_text(b, own->levels[level].name));
  return EDI_NONE;
}

static uint32_t *map_tags(binder *b, edi_range tags, size_t extra, size_t *count) {
  const edi_linked *own = b->layers[1];
  uint32_t *out = need(b, EDI_NEW_ARRAY(b->arena, uint32_t, tags.count + extra));
  *count = out ? tags.count : 0;
  for (size_t i = 0; i < *count; i++) out[i] = own->node_of[own->program.lists[tags.first + i]];
  return out;
}

/* ---- facts ---- */

static edi_value stated(const binder *b, edi_range facts, const edi_linked *reader, const edi_attr *attr) {
  const edi_linked *own = b->layers[1];
  for (uint32_t i = 0; i < facts.count; i++) {
    const edi_fact *fact = &own->program.facts[facts.first + i];
    const edi_attr *a = &own->program.attrs[fact->attr];
    if (a->entity != attr->entity) continue;
    if (reader == own ? a == attr
                      : (a->flags & EDI_IMPORTED) && edi_str_equal(own_text(b, a->name),
                                                                   edi_program_string(&reader->program, attr->name)))
      return own->consts[fact->value];
  }
  return attr->fallback == EDI_NONE ? edi_value_unknown() : reader->consts[attr->fallback];
}

static edi_value built_in(const binder *b, const edi_bound_dataset *d, const edi_linked *reader,
                          const edi_attr *attr, bool *is) {
  edi_str name = edi_program_string(&reader->program, attr->name);
  *is = true;
  if (attr->flags & EDI_ATTR_BUILTIN) {
    if (attr->entity == EDI_ENTITY_DATASET && edi_str_equal(name, EDI_STR("name")))
      return edi_value_text(EDI_TYPE_STRING, d->name);
    if (attr->entity == EDI_ENTITY_PRODUCT && edi_str_equal(name, EDI_STR("name")))
      return edi_value_text(EDI_TYPE_STRING, b->product->name);
    if (attr->entity == EDI_ENTITY_PRODUCT && edi_str_equal(name, EDI_STR("domain")))
      return edi_value_integer(EDI_TYPE_NODE, b->product->domain);
  }
  *is = false;
  return edi_value_unknown();
}

static edi_value *bind_facts(binder *b, const edi_bound_dataset *d, edi_range dataset_facts, const edi_linked *reader) {
  uint32_t count = reader->program.attrs_count;
  edi_value *out = need(b, EDI_NEW_ARRAY(b->arena, edi_value, count));
  for (uint32_t i = 0; out && i < count; i++) {
    const edi_attr *attr = &reader->program.attrs[i];
    if (attr->entity != EDI_ENTITY_PRODUCT && attr->entity != EDI_ENTITY_DATASET) continue;
    bool is;
    out[i] = built_in(b, d, reader, attr, &is);
    if (is) continue;
    out[i] = stated(b, attr->entity == EDI_ENTITY_PRODUCT ? b->product->contract->facts : dataset_facts, reader, attr);
  }
  return out;
}

/* ---- columns ---- */

/* `untagged` is nothing that a contract can say: beside it no other tag counts. */
static bool is_tagged(const binder *b, const edi_bound_column *c) {
  for (size_t i = 0; i < c->tag_count; i++)
    if (c->tags[i] == b->vocabulary->node_untagged) return false;
  return c->tag_count > 0;
}

/* The taxonomy that the column's tags name by their types, or by the nearest type above them. */
static uint32_t taxonomy_of(const binder *b, const edi_bound_column *c) {
  const edi_vocabulary *v = b->vocabulary;
  uint32_t found = EDI_NONE;
  for (size_t i = 0; c->tags && i < c->tag_count; i++) {
    uint32_t at = c->tags[i];
    while (edi_vocabulary_cell_type(v, at) == EDI_TYPE_NONE && edi_vocabulary_parent(v, at) != EDI_NONE)
      at = edi_vocabulary_parent(v, at);
    edi_type type = edi_vocabulary_cell_type(v, at);
    if (EDI_TYPE_BASE(type) != EDI_TYPE_NODE) continue;
    uint32_t taxonomy = EDI_TYPE_PARAM(type);
    if (found != EDI_NONE && found != taxonomy) return EDI_NONE;
    found = taxonomy;
  }
  return found;
}

bool edi_bound_suits(const edi_bound_column *c, const edi_transform *t) {
  return edi_transform_suits(t, c->base) && (t->id != EDI_TRANSFORM_GENERALISE || c->taxonomy != EDI_NONE);
}

static void bind_column(binder *b, edi_bound_column *c, const edi_column *from, uint32_t number) {
  uint32_t serve_as = b->layers[0]->program.settings->untagged;
  c->name = own_text(b, from->name);
  c->number = number;
  c->rank = rank_of(b, from->classification);
  c->base = from->type;
  c->required = (from->flags & EDI_COLUMN_REQUIRED) != 0;
  c->uuid = (from->flags & EDI_COLUMN_UUID) != 0;
  c->parent = EDI_COLUMN_PARENT(from->flags) ? EDI_COLUMN_PARENT(from->flags) - 1 : EDI_NONE;
  c->role = EDI_COLUMN_ROLE(from->flags);
  c->tags = map_tags(b, from->tags, 2, &c->tag_count);
  c->taxonomy = taxonomy_of(b, c);
  c->closed = (from->flags & EDI_COLUMN_CLOSED) != 0;
  if (!c->tags || is_tagged(b, c)) return;
  c->tags[0] = b->vocabulary->node_untagged;
  c->tag_count = 1;
  if (serve_as == EDI_NONE) c->closed = true;
  else c->tags[c->tag_count++] = b->layers[0]->node_of[serve_as];
}

static void bind_dataset(binder *b, edi_bound_dataset *d, const edi_dataset *from) {
  const edi_program *own = &b->layers[1]->program;
  d->name = own_text(b, from->name);
  d->physical_name = own_text(b, from->physical_name);
  d->product = b->product;
  d->thing = EDI_THING_DATASET;
  d->rank = rank_of(b, from->classification);
  d->tags = map_tags(b, from->tags, 0, &d->tag_count);
  d->column_count = from->columns.count;
  d->columns = need(b, EDI_NEW_ARRAY(b->arena, edi_bound_column, d->column_count));
  d->column_types = need(b, EDI_NEW_ARRAY(b->arena, unsigned, d->column_count));
  d->facts = need(b, EDI_NEW_ARRAY(b->arena, edi_value *, 2));
  if (b->status != EDICT_OK) return;
  for (uint32_t i = 0; i < d->column_count; i++) bind_column(b, &d->columns[i], &own->columns[from->columns.first + i], i);
  edi_bind_parts(d);
  for (unsigned layer = 0; layer < 2; layer++) d->facts[layer] = bind_facts(b, d, from->facts, b->layers[layer]);
}

/* What every request about a resource has of the product: its facts, and nothing of a dataset. */
static void bind_resource(binder *b, edi_bound_dataset *d, uint32_t kind) {
  const edi_program *federal = b->vocabulary->program;
  *d = (edi_bound_dataset){.name = edi_program_string(federal, federal->resources[kind].name),
                           .product = b->product, .thing = EDI_THING_RESOURCE + kind, .rank = EDI_NONE};
  d->facts = need(b, EDI_NEW_ARRAY(b->arena, edi_value *, 2));
  if (b->status != EDICT_OK) return;
  for (unsigned layer = 0; layer < 2; layer++) d->facts[layer] = bind_facts(b, d, (edi_range){0, 0}, b->layers[layer]);
}

/* ---- entries ---- */

static edi_vm static_vm(const binder *b, const edi_bound_dataset *d, const edi_linked *linked, char *scratch) {
  return (edi_vm){.linked = linked,
                  .vocabulary = b->vocabulary,
                  .facts = d->facts[linked == b->layers[0] ? 0 : 1],
                  .dataset = d,
                  .column_types = d->column_types,
                  .patterns = b->patterns,
                  .scratch = scratch};
}

static bool fixed_by_contract(const edi_linked *linked, uint32_t code) {
  return code == EDI_NONE || (linked->program.codes[code].reads & ~(EDI_READS_PRODUCT | EDI_READS_COLUMN)) == 0;
}

static bool slot_matches(const edi_linked *linked, const edi_vocabulary *v, const edi_rowslot *slot,
                         const edi_bound_column *c) {
  if (slot->node == EDI_NONE) return edi_str_equal(edi_program_string(&linked->program, slot->name), c->name);
  for (size_t t = 0; t < c->tag_count; t++)
    if (edi_vocabulary_below(v, c->tags[t], linked->node_of[slot->node])) return true;
  return false;
}

/* The columns behind one row slot into `into`, as far as it has room; EDI_NONE alone where there is
 * none, so that the slot reads as unknown. How many there are. */
static uint32_t slot_columns(const binder *b, const edi_linked *linked, const edi_bound_dataset *d,
                             const edi_rowslot *slot, uint32_t *into, uint32_t room) {
  uint32_t count = 0;
  for (size_t c = 0; c < d->column_count; c++) {
    if (d->columns[c].part_count) continue; /* no rule reads a container: its parts stand for it */
    if (!slot_matches(linked, b->vocabulary, slot, &d->columns[c])) continue;
    if (count < room) into[count] = (uint32_t)c;
    count++;
  }
  if (count == 0) into[count++] = EDI_NONE;
  return count;
}

static void warn_no_column(binder *b, const edi_bound_dataset *d, const edi_linked *linked, const edi_rule *rule) {
  edi_diagnostics_add(b->diagnostics, EDI_R0510, EDI_SPAN_NONE, "",
                      "rule `%.*s` reads a column that dataset `%.*s` does not have: it is unknown in every row",
                      EDI_STR_ARG(edi_program_string(&linked->program, rule->name)), EDI_STR_ARG(d->name));
}

static void too_many_ways(binder *b, const edi_bound_dataset *d, const edi_entry *e) {
  edi_diagnostics_add(b->diagnostics, EDI_R0511, EDI_SPAN_NONE, "",
                      "rule `%.*s` can read the columns of dataset `%.*s` in more than %d ways",
                      EDI_STR_ARG(edi_program_string(&e->linked->program, e->rule->name)),
                      EDI_STR_ARG(d->name), EDI_LIMIT_ROW_COMBINATIONS);
  b->status = EDICT_LIMIT;
}

/* All ways to read the rule's row slots on this dataset, flat: combination after combination. */
static void combine(binder *b, const edi_bound_dataset *d, edi_entry *e) {
  enum { WAYS = EDI_LIMIT_ROW_COMBINATIONS };
  const edi_range slots = e->rule->rowslots;
  uint32_t(*columns)[WAYS] = need(b, edi_arena_array(b->arena, slots.count, sizeof *columns));
  uint32_t *counts = need(b, EDI_NEW_ARRAY(b->arena, uint32_t, slots.count));
  uint32_t total = 1;
  if (b->status != EDICT_OK) return;
  for (uint32_t s = 0; s < slots.count; s++) {
    const edi_rowslot *slot = &e->linked->program.rowslots[slots.first + s];
    counts[s] = slot_columns(b, e->linked, d, slot, columns[s], WAYS);
    if (columns[s][0] == EDI_NONE) warn_no_column(b, d, e->linked, e->rule);
    if (counts[s] <= WAYS) total *= counts[s];
    if (counts[s] > WAYS || total > WAYS) {
      too_many_ways(b, d, e);
      return;
    }
  }
  uint32_t *flat = need(b, EDI_NEW_ARRAY(b->arena, uint32_t, (size_t)total * slots.count));
  if (!flat) return;
  for (uint32_t way = 0; way < total; way++) {
    uint32_t rest = way;
    for (uint32_t s = 0; s < slots.count; s++) {
      flat[way * slots.count + s] = columns[s][rest % counts[s]];
      rest /= counts[s];
    }
  }
  e->combinations = flat;
  e->combination_count = total;
}

static bool makes_text(const edi_program *p, uint32_t code) {
  const edi_range run = p->codes[code].instrs;
  for (uint32_t i = 0; i < run.count; i++)
    if (p->instrs[run.first + i].op == EDI_OP_LOWER) return true;
  return false;
}

typedef struct duty_sizes { size_t duties, arguments, made; } duty_sizes;

static void add_duties(const edi_entry *e, duty_sizes *sizes) {
  const edi_program *p = &e->linked->program;
  for (uint32_t d = 0; d < e->rule->duties.count; d++) {
    const edi_range args = p->duties[e->rule->duties.first + d].args;
    sizes->duties++;
    sizes->arguments += args.count;
    for (uint32_t a = 0; a < args.count; a++) sizes->made += makes_text(p, p->lists[args.first + a]);
  }
}

static void fold(binder *b, const edi_bound_dataset *d, edi_entry *e) {
  char scratch[EDI_VM_SCRATCH];
  edi_vm vm = static_vm(b, d, e->linked, scratch);
  e->target_fixed = fixed_by_contract(e->linked, e->rule->target);
  e->condition_fixed = fixed_by_contract(e->linked, e->rule->condition);
  if (e->condition_fixed) e->condition = edi_vm_test(&vm, e->rule->condition);
  if (e->rule->effect == EDI_EFFECT_REQUIRE) {
    e->body_fixed = fixed_by_contract(e->linked, e->rule->body);
    if (e->body_fixed) e->body = edi_vm_test(&vm, e->rule->body);
  }
  if (e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST || e->rule->effect == EDI_EFFECT_RETAIN_AT_LEAST) {
    edi_value v = edi_vm_run(&vm, e->rule->body);
    /* One below zero is no retention: unknown, so that it hides and keeps. */
    e->duration_known = v.base == EDI_TYPE_DURATION && v.as.integer >= 0;
    e->duration = v.scale ? (edi_duration){v.as.integer, 0} : (edi_duration){0, v.as.integer};
  }
  combine(b, d, e);
  if (b->status == EDICT_OK) b->status = edi_stage_entry(e, b->arena);
}

bool edi_bound_is_about(const edi_bound_dataset *d, const edi_linked *linked, const edi_rule *rule) {
  if (rule->thing < EDI_THING_RESOURCE) return rule->thing == EDI_THING_ANY || rule->thing == d->thing;
  return linked->thing_of[rule->thing - EDI_THING_RESOURCE] == d->thing;
}

static bool may_apply(const binder *b, const edi_bound_dataset *d, const edi_linked *linked, const edi_rule *rule) {
  if (!edi_bound_is_about(d, linked, rule)) return false;
  return rule->effect != EDI_EFFECT_DELEGATE ||
         edi_vocabulary_below(b->vocabulary, b->product->domain, linked->node_of[rule->delegate_to]);
}

static edi_truth ask_target(const binder *b, const edi_bound_dataset *d, const edi_linked *linked, uint32_t code) {
  char scratch[EDI_VM_SCRATCH];
  edi_vm vm = static_vm(b, d, linked, scratch);
  return edi_vm_test(&vm, code);
}

/* The rules to ask whether they apply: what the index passes over does not. */
static void mark_rules(binder *b, const edi_bound_dataset *d, unsigned layer) {
  const edi_linked *linked = b->layers[layer];
  size_t words = linked->program.rules_count / 64 + 1;
  memset(b->marks[layer], 0, words * sizeof *b->marks[layer]);
  for (uint32_t r = 0; linked->index == EDICT_INDEX_NEVER && r < linked->program.rules_count; r++)
    b->marks[layer][r / 64] |= UINT64_C(1) << r % 64;
  if (linked->index == EDICT_INDEX_NEVER) return;
  char scratch[EDI_VM_SCRATCH];
  edi_vm vm = static_vm(b, d, linked, scratch);
  edi_lookup_mark(&vm, b->marks[layer]);
}

/* Rules that may apply to a dataset, with what their targets say; memory follows these and not the rules that
 * exist. */
typedef struct match { uint32_t rule; edi_truth target; } match;
typedef struct matches { match *items; size_t count, capacity; } matches;

static void add_match(binder *b, matches *m, match found) {
  void *items = m->items;
  if (!edi_arena_grow(b->arena, &items, &m->capacity, m->count, sizeof *m->items)) {
    need(b, NULL);
    return;
  }
  m->items = items;
  m->items[m->count++] = found;
}

/* A federation of many rules has few targets, so each is asked once for a dataset; answers are kept by code. */
static edi_truth target_of(binder *b, const edi_bound_dataset *d, const edi_linked *linked, const edi_rule *rule) {
  enum { ASKED = 4 };
  if (rule->target == EDI_NONE) return EDI_YES;
  uint8_t *answer = &b->answers[linked == b->layers[0] ? 0 : 1][rule->target];
  if (*answer == 0) *answer = (uint8_t)(ASKED | ask_target(b, d, linked, rule->target));
  return (edi_truth)(*answer & ~ASKED);
}

/* The rules of one layer that may apply, in the program's order. */
static matches match_rules(binder *b, const edi_bound_dataset *d, unsigned layer) {
  const edi_linked *linked = b->layers[layer];
  matches m = {NULL, 0, 0};
  mark_rules(b, d, layer);
  memset(b->answers[layer], 0, linked->program.codes_count);
  for (size_t word = 0; word < linked->program.rules_count / 64 + 1; word++)
    for (uint64_t bits = b->marks[layer][word]; bits && b->status == EDICT_OK; bits &= bits - 1) {
      uint32_t r = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
      const edi_rule *rule = &linked->program.rules[r];
      if (!may_apply(b, d, linked, rule)) continue;
      edi_truth target = target_of(b, d, linked, rule);
      if (target != EDI_NO) add_match(b, &m, (match){r, target});
    }
  return m;
}

static void bind_entries(binder *b, edi_bound_dataset *d) {
  matches found[2];
  for (unsigned layer = 0; layer < 2; layer++) found[layer] = match_rules(b, d, layer);
  if (b->status != EDICT_OK) return;
  d->entries = need(b, EDI_NEW_ARRAY(b->arena, edi_entry, found[0].count + found[1].count));
  if (!d->entries) return;
  for (unsigned layer = 0; layer < 2; layer++)
    for (size_t i = 0; i < found[layer].count; i++) {
      const match *m = &found[layer].items[i];
      const edi_rule *rule = &b->layers[layer]->program.rules[m->rule];
      d->entries[d->entry_count++] = (edi_entry){.linked = b->layers[layer], .rule = rule, .target = m->target};
    }
  duty_sizes sizes = {0, 0, 0};
  for (size_t i = 0; i < d->entry_count && b->status == EDICT_OK; i++) {
    d->entries[i].duty_first = (uint32_t)sizes.arguments;
    add_duties(&d->entries[i], &sizes);
    fold(b, d, &d->entries[i]);
  }
}

static bool is_shadow(const edi_entry *e) { return (e->rule->flags & EDI_RULE_SHADOW) != 0; }

/* ---- exempts ---- */

/* The entry of a rule of the same program; EDI_NONE: it does not reach the dataset. Entries of one program
 * stand in the program's order. */
static uint32_t entry_of(const edi_bound_dataset *d, const edi_linked *linked, uint32_t rule) {
  const edi_rule *wanted = &linked->program.rules[rule];
  size_t low = 0, high = d->entry_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const edi_entry *e = &d->entries[middle];
    bool before = e->linked == linked ? e->rule < wanted : e->linked->number < linked->number;
    if (before) low = middle + 1;
    else high = middle;
  }
  bool found = low < d->entry_count && d->entries[low].rule == wanted;
  return found ? (uint32_t)low : EDI_NONE;
}

static void bind_exempts(binder *b, edi_bound_dataset *d) {
  for (size_t i = 0; i < d->entry_count && b->status == EDICT_OK; i++) {
    edi_entry *e = &d->entries[i];
    if (e->rule->effect != EDI_EFFECT_EXEMPT) continue;
    uint32_t *named = need(b, EDI_NEW_ARRAY(b->arena, uint32_t, e->rule->exempts.count));
    for (uint32_t k = 0; named && k < e->rule->exempts.count; k++) {
      uint32_t entry = entry_of(d, e->linked, e->linked->program.lists[e->rule->exempts.first + k]);
      if (entry != EDI_NONE) named[e->exempt_count++] = entry;
    }
    e->exempts = named;
  }
}

/* ---- retention of two layers ---- */

/* Whether every time that `own` counts from is one that `bound` counts from too. */
static bool counts_within(const edi_entry *own, const edi_entry *bound) {
  for (uint32_t i = 0; i < own->combination_count; i++) {
    bool found = false;
    for (uint32_t k = 0; k < bound->combination_count && !found; k++)
      found = own->combinations[i] == bound->combinations[k];
    if (!found) return false;
  }
  return true;
}

/* The durations were compared when the bundles were linked (authority.h); that both count from one time
 * is known only where the columns are. */
static void check_retention(binder *b, const edi_bound_dataset *d) {
  for (size_t i = 0; i < d->entry_count; i++) {
    const edi_entry *own = &d->entries[i];
    if (own->linked == b->layers[0] || own->rule->effect != EDI_EFFECT_RETAIN_AT_LEAST || is_shadow(own)) continue;
    for (size_t k = 0; k < d->entry_count; k++) {
      const edi_entry *bound = &d->entries[k];
      if (bound->linked != b->layers[0] || bound->rule->effect != EDI_EFFECT_RETAIN_AT_MOST || is_shadow(bound)) continue;
      if (counts_within(own, bound)) continue;
      edi_diagnostics_add(b->diagnostics, EDI_R0522, EDI_SPAN_NONE, "",
                          "the domain's rule `%.*s` counts from another time of dataset `%.*s` than the "
                          "federal `%.*s`, and may outlast it",
                          EDI_STR_ARG(edi_program_string(&own->linked->program, own->rule->name)),
                          EDI_STR_ARG(d->name),
                          EDI_STR_ARG(edi_program_string(&bound->linked->program, bound->rule->name)));
      b->status = EDICT_FINDINGS;
      return;
    }
  }
}

/* ---- reaches ---- */

static bool arm_reaches(const binder *b, const edi_bound_dataset *d, const edi_entry *e, uint32_t arm, uint32_t column) {
  char scratch[EDI_VM_SCRATCH];
  edi_vm vm = static_vm(b, d, e->linked, scratch);
  vm.column = column;
  return edi_vm_test(&vm, e->linked->program.arms[arm].column) != EDI_NO;
}

static void warn_unfit(binder *b, const edi_bound_dataset *d, const edi_bound_column *c,
                       const edi_entry *e, uint32_t arm) {
  const edi_program *p = &e->linked->program;
  const edi_range cases = p->arms[arm].cases;
  for (uint32_t i = 0; i < cases.count; i++) {
    const edi_transform *t = &e->linked->transforms[p->cases[cases.first + i].mask];
    if (edi_bound_suits(c, t)) continue;
    edi_diagnostics_add(b->diagnostics, EDI_R0512, EDI_SPAN_NONE, "",
                        "rule `%.*s` masks column `%.*s` of dataset `%.*s` with `%s`, which does not fit its "
                        "type: the column is closed",
                        EDI_STR_ARG(edi_program_string(p, e->rule->name)), EDI_STR_ARG(c->name),
                        EDI_STR_ARG(d->name), edi_transform_name(t->id));
  }
}

static void bind_reaches(binder *b, edi_bound_dataset *d, edi_bound_column *c) {
  for (unsigned pass = 0; pass < 2; pass++) {
    size_t count = 0;
    for (size_t i = 0; i < d->entry_count; i++) {
      const edi_entry *e = &d->entries[i];
      if (e->rule->effect != EDI_EFFECT_MASK) continue;
      for (uint32_t a = 0; a < e->rule->arms.count; a++) {
        uint32_t arm = e->rule->arms.first + a;
        if (!arm_reaches(b, d, e, arm, c->number)) continue;
        if (pass == 1) {
          c->reaches[count] = (edi_reach){(uint32_t)i, arm};
          if (!c->part_count) warn_unfit(b, d, c, e, arm); /* of a container its parts tell */
        }
        count++;
      }
    }
    if (pass == 1) break;
    c->reaches = need(b, EDI_NEW_ARRAY(b->arena, edi_reach, count));
    if (!c->reaches) return;
    c->reach_count = count;
  }
}

/* ---- masks that meet at the bottom ---- */

/* The transforms that differ among those that may reach one column, each with the first rule that has
 * it. */
typedef struct variety { const edi_transform *transform; uint32_t entry; } variety;

static void warn_meeting(binder *b, const edi_bound_dataset *d, const edi_bound_column *c,
                         const edi_entry *first, const edi_entry *second) {
  edi_diagnostics_add(b->diagnostics, EDI_R0513, EDI_SPAN_NONE, "",
                      "rules `%.*s` and `%.*s` mask column `%.*s` of dataset `%.*s` in ways that do not "
                      "go together: where both apply, the column is closed",
                      EDI_STR_ARG(edi_program_string(&first->linked->program, first->rule->name)),
                      EDI_STR_ARG(edi_program_string(&second->linked->program, second->rule->name)),
                      EDI_STR_ARG(c->name), EDI_STR_ARG(d->name));
}

/* Compares one transform with those before it; adds it if it is new. Whether it met one of another
 * rule at the bottom, which is then named. */
static bool note_transform(binder *b, const edi_bound_dataset *d, const edi_bound_column *c,
                           variety *seen, size_t *count, variety next) {
  bool fell = false, known = false;
  for (size_t i = 0; i < *count && !fell; i++) {
    known = known || edi_transform_equal(seen[i].transform, next.transform);
    if (seen[i].entry == next.entry) continue;
    (void)edi_transform_meet(seen[i].transform, next.transform, &fell);
    if (fell) warn_meeting(b, d, c, &d->entries[seen[i].entry], &d->entries[next.entry]);
  }
  if (!known) seen[(*count)++] = next;
  return fell;
}

static size_t case_count(const edi_bound_dataset *d, const edi_bound_column *c) {
  size_t count = 0;
  for (size_t i = 0; i < c->reach_count; i++)
    count += d->entries[c->reaches[i].entry].linked->program.arms[c->reaches[i].arm].cases.count;
  return count;
}

/* Each rule is named at most once for a column, with the first one that it cannot go together with. */
static void warn_meetings(binder *b, const edi_bound_dataset *d, const edi_bound_column *c) {
  size_t count = 0;
  variety *seen = need(b, EDI_NEW_ARRAY(b->arena, variety, case_count(d, c)));
  uint32_t told = EDI_NONE;
  for (size_t i = 0; seen && i < c->reach_count; i++) {
    const edi_reach *reach = &c->reaches[i];
    const edi_linked *linked = d->entries[reach->entry].linked;
    const edi_range cases = linked->program.arms[reach->arm].cases;
    if (is_shadow(&d->entries[reach->entry])) continue; /* it closes nothing */
    for (uint32_t k = 0; k < cases.count && told != reach->entry; k++) {
      const edi_transform *t = &linked->transforms[linked->program.cases[cases.first + k].mask];
      if (!edi_bound_suits(c, t)) continue;
      if (note_transform(b, d, c, seen, &count, (variety){t, reach->entry})) told = reach->entry;
    }
  }
}

/* ---- actions ---- */

/* The actions at or below the node, as bits. */
static void set_actions(const binder *b, uint32_t node, uint64_t *bits) {
  const edi_program *federal = b->vocabulary->program;
  uint32_t first = federal->kinds[b->vocabulary->kind_action].nodes.first;
  for (uint32_t at = node; at < federal->nodes[node].end; at++) bits[(at - first) / 64] |= UINT64_C(1) << (at - first) % 64;
}

static void set_concern(const binder *b, const edi_bound_dataset *d, const edi_entry *e, uint64_t *bits) {
  const edi_rule *rule = e->rule;
  bool some = rule->effect == EDI_EFFECT_PERMIT || rule->effect == EDI_EFFECT_FORBID || rule->effect == EDI_EFFECT_DELEGATE;
  if (!some) {
    memset(bits, 0xFF, d->concern_words * sizeof *bits);
    return;
  }
  for (uint32_t i = 0; i < rule->actions.count; i++)
    set_actions(b, e->linked->node_of[e->linked->program.lists[rule->actions.first + i]], bits);
}

/* An exempt says something of whatever one of the rules that it names does: those are no exempts. */
static void set_concerns(binder *b, edi_bound_dataset *d, size_t actions) {
  d->concern_words = actions / 64 + 1;
  d->concerned = need(b, EDI_NEW_ARRAY(b->arena, uint64_t, d->entry_count * d->concern_words));
  if (!d->concerned) return;
  for (size_t i = 0; i < d->entry_count; i++)
    if (d->entries[i].rule->effect != EDI_EFFECT_EXEMPT) set_concern(b, d, &d->entries[i], d->concerned + i * d->concern_words);
  for (size_t i = 0; i < d->entry_count; i++)
    for (uint32_t k = 0; k < d->entries[i].exempt_count; k++)
      for (size_t w = 0; w < d->concern_words; w++)
        d->concerned[i * d->concern_words + w] |= d->concerned[d->entries[i].exempts[k] * d->concern_words + w];
}

static const uint32_t *list_entries(binder *b, const edi_bound_dataset *d, uint32_t action, bool shadows, uint32_t *count) {
  uint32_t n = 0;
  for (size_t i = 0; i < d->entry_count; i++) n += edi_bound_concerns(d, i, action) && is_shadow(&d->entries[i]) == shadows;
  uint32_t *entries = need(b, EDI_NEW_ARRAY(b->arena, uint32_t, n));
  *count = entries ? n : 0;
  n = 0;
  for (size_t i = 0; entries && i < d->entry_count; i++)
    if (edi_bound_concerns(d, i, action) && is_shadow(&d->entries[i]) == shadows) entries[n++] = (uint32_t)i;
  return entries;
}

static const edi_lift *list_lifts(binder *b, const edi_bound_dataset *d, uint32_t action, uint32_t *count) {
  edi_lift *lifts = NULL;
  for (unsigned pass = 0; pass < 2; pass++) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->entry_count; i++)
      for (uint32_t k = 0; k < d->entries[i].exempt_count; k++) {
        uint32_t entry = d->entries[i].exempts[k];
        if (!edi_bound_concerns(d, entry, action)) continue;
        if (pass == 1) lifts[n] = (edi_lift){i, entry};
        n++;
      }
    if (pass == 1) break;
    lifts = need(b, EDI_NEW_ARRAY(b->arena, edi_lift, n));
    *count = lifts ? n : 0;
    if (!lifts) break;
  }
  return lifts;
}

static void bind_action(binder *b, const edi_bound_dataset *d, uint32_t action, edi_concern *out) {
  out->entries = list_entries(b, d, action, false, &out->count);
  out->shadows = list_entries(b, d, action, true, &out->shadow_count);
  out->lifts = list_lifts(b, d, action, &out->lift_count);
  if (b->status == EDICT_OK) b->status = edi_stage_concern(d, out, b->arena);
}

static void bind_lookup(binder *b, edi_bound_dataset *d) {
  char scratch[2][EDI_VM_SCRATCH];
  if (b->layers[0]->index == EDICT_INDEX_NEVER || b->layers[0]->index == EDICT_INDEX_ONCE) return;
  const edi_vm vms[] = {static_vm(b, d, b->layers[0], scratch[0]), static_vm(b, d, b->layers[1], scratch[1])};
  b->status = edi_lookup_make(&d->lookup, d, vms, b->arena);
}

static void bind_actions(binder *b, edi_bound_dataset *d) {
  const edi_program *federal = b->vocabulary->program;
  const edi_range actions = federal->kinds[b->vocabulary->kind_action].nodes;
  d->concerns = need(b, EDI_NEW_ARRAY(b->arena, edi_concern, actions.count));
  set_concerns(b, d, actions.count);
  for (uint32_t i = 0; i < actions.count && b->status == EDICT_OK; i++)
    if (federal->nodes[actions.first + i].end == actions.first + i + 1) bind_action(b, d, i, &d->concerns[i]);
  if (b->status == EDICT_OK) bind_lookup(b, d);
}

/* ---- measures ---- */

static size_t keyed_cases(const edi_bound_dataset *d, const edi_bound_column *c, bool *ciphers) {
  size_t count = 0;
  for (size_t i = 0; i < c->reach_count; i++) {
    const edi_linked *linked = d->entries[c->reaches[i].entry].linked;
    const edi_range cases = linked->program.arms[c->reaches[i].arm].cases;
    for (uint32_t k = 0; k < cases.count; k++) {
      const edi_transform *t = &linked->transforms[linked->program.cases[cases.first + k].mask];
      count += t->key.len > 0;
      if (t->id == EDI_TRANSFORM_TOKEN || t->id == EDI_TRANSFORM_FPE) *ciphers = true;
    }
  }
  return count;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static void measure_rules(edi_bound_product *product, const edi_bound_dataset *d) {
  duty_sizes sizes = {0, 0, 0};
  size_t shadows = 0;
  for (size_t i = 0; i < d->entry_count; i++) {
    add_duties(&d->entries[i], &sizes);
    shadows += is_shadow(&d->entries[i]);
  }
  product->most_shadows = larger(product->most_shadows, shadows);
  product->most_duties = larger(product->most_duties, sizes.duties);
  product->most_arguments = larger(product->most_arguments, sizes.arguments);
  product->most_made = larger(product->most_made, sizes.made);
}

static void measure(edi_bound_product *product) {
  for (size_t i = 0; i < product->dataset_count + product->resource_count; i++) {
    const edi_bound_dataset *d =
        i < product->dataset_count ? &product->datasets[i] : &product->resources[i - product->dataset_count];
    size_t reaches = 0, keys = 0;
    for (size_t c = 0; c < d->column_count; c++) {
      reaches += d->columns[c].reach_count;
      keys += keyed_cases(d, &d->columns[c], &product->ciphers);
    }
    product->most_columns = larger(product->most_columns, d->column_count);
    product->most_entries = larger(product->most_entries, d->entry_count);
    product->most_reaches = larger(product->most_reaches, reaches);
    product->most_keys = larger(product->most_keys, keys);
    product->most_lookup_keys = larger(product->most_lookup_keys, d->lookup.key_count);
    measure_rules(product, d);
  }
}

static void bind_resources(binder *b) {
  size_t count = b->vocabulary->program->resources_count;
  b->product->resources = need(b, EDI_NEW_ARRAY(b->arena, edi_bound_dataset, count));
  b->product->no_resource = need(b, EDI_NEW(b->arena, edi_bound_dataset));
  b->product->resource_count = b->product->resources && b->product->no_resource ? count : 0;
  if (b->status == EDICT_OK) *b->product->no_resource = (edi_bound_dataset){.product = b->product, .thing = EDI_NONE, .rank = EDI_NONE};
  for (size_t i = 0; i < count && b->status == EDICT_OK; i++) {
    bind_resource(b, &b->product->resources[i], (uint32_t)i);
    if (b->status == EDICT_OK) bind_entries(b, &b->product->resources[i]);
    if (b->status == EDICT_OK) bind_exempts(b, &b->product->resources[i]);
    if (b->status == EDICT_OK) bind_actions(b, &b->product->resources[i]);
  }
}

/* What is bound for tests and measures, with an index always or never, is decided without. */
static void fold_datasets(binder *b) {
  for (size_t i = 0; i < b->product->dataset_count && b->layers[0]->index == EDICT_INDEX_AUTO; i++) {
    edi_bound_dataset *d = &b->product->datasets[i];
    if (d->entry_count <= EDI_RESIDUE_MOST) d->residue = edi_residue_make(d, b->vocabulary, NULL, b->arena);
  }
}

edict_status edi_bind(const edi_vocabulary *vocabulary, const edi_linked *const layers[2], uint32_t contract,
                      edi_arena *arena, edi_bound_product *product, edict_diagnostics *diagnostics) {
  binder b = {.vocabulary = vocabulary, .layers = layers, .arena = arena, .product = product, .diagnostics = diagnostics};
  const edi_program *own = &layers[1]->program;
  *product = (edi_bound_product){.federal = layers[0], .linked = layers[1], .contract = &own->contracts[contract]};
  b.status = edi_link_scratch(layers[0], layers[1], &b.patterns);
  if (b.status != EDICT_OK) return b.status;
  for (unsigned layer = 0; layer < 2; layer++) {
    b.marks[layer] = need(&b, EDI_NEW_ARRAY(arena, uint64_t, layers[layer]->program.rules_count / 64 + 1));
    b.answers[layer] = need(&b, EDI_NEW_ARRAY(arena, uint8_t, layers[layer]->program.codes_count));
  }
  product->name = own_text(&b, product->contract->name);
  product->domain = layers[1]->node_of[product->contract->domain];
  product->tags = map_tags(&b, product->contract->tags, 0, &product->tag_count);
  product->dataset_count = product->contract->datasets.count;
  product->datasets = need(&b, EDI_NEW_ARRAY(arena, edi_bound_dataset, product->dataset_count));
  /* First all facts, then the rules: a target may ask what the other datasets hold. */
  for (size_t i = 0; i < product->dataset_count && b.status == EDICT_OK; i++)
    bind_dataset(&b, &product->datasets[i], &own->datasets[product->contract->datasets.first + i]);
  bind_resources(&b);
  for (size_t i = 0; i < product->dataset_count && b.status == EDICT_OK; i++) {
    edi_bound_dataset *d = &product->datasets[i];
    bind_entries(&b, d);
    bind_exempts(&b, d);
    if (b.status == EDICT_OK) check_retention(&b, d);
    for (size_t c = 0; c < d->column_count && b.status == EDICT_OK; c++) {
      bind_reaches(&b, d, &d->columns[c]);
      if (b.status == EDICT_OK && !d->columns[c].part_count) warn_meetings(&b, d, &d->columns[c]);
    }
    if (b.status == EDICT_OK) b.status = edi_bind_part_reaches(arena, d);
    if (b.status == EDICT_OK) bind_actions(&b, d);
  }
  measure(product);
  if (b.status == EDICT_OK) fold_datasets(&b);
  edi_pattern_scratch_destroy(b.patterns);
  return b.status;
}
