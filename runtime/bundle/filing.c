/* Filing: see the header.
 *
 *   guards    those of all rules, rule after rule, each as the number of one of the distinct guards
 *   topic     a test and its key, numbered: what one question at run time answers for a whole row of branches
 *
 * A set of rules is split by the topic that leaves the fewest to be looked at: a branch for each distinct guard,
 * the others split on by further topics beside it. It ends where too little is gained. Each step is linear in the
 * guards of the rules that it splits, and a topic is used once on the way down. */
#include "bundle/filing.h"

enum {
  FEW = 2,        /* so many are looked at rather than told apart */
  DEPTH = EDI_BRANCH_DEPTH - 4,
  GROUPS = 24,    /* topics side by side */
};

typedef struct known { edi_guard guard; uint32_t topic, count, child; } known;
typedef struct topic { uint32_t test, key; bool used; uint32_t rules; uint64_t squares; uint32_t distinct; } topic;

typedef struct filer {
  const edi_program *p;
  edi_arena *arena, *results; /* results: of branches and lists */
  edict_status status;
  edi_guards *finder;
  uint32_t *first;           /* by rule, and one more: where its guards begin */
  uint32_t *guards;
  size_t guard_count, guard_capacity;
  known *known;
  size_t known_count, known_capacity;
  uint32_t *slots;
  size_t slot_count;
  topic *topics;
  size_t topic_count, topic_capacity;
  edi_branch *branches;
  size_t branch_count, branch_capacity;
  uint32_t *lists;
  size_t list_count, list_capacity;
  uint32_t *touched;         /* guards that were counted */
  uint32_t touched_count;
} filer;

/* Room for one more in the array that `where` points to. */
static bool grow_in(filer *f, edi_arena *arena, void *where, size_t *capacity, size_t count, size_t size) {
  void *items;
  memcpy(&items, where, sizeof items);
  bool grown = edi_arena_regrow(arena, &items, capacity, count, size);
  memcpy(where, &items, sizeof items);
  if (!grown) f->status = edi_arena_status(arena);
  return grown;
}

static bool grow(filer *f, void *where, size_t *capacity, size_t count, size_t size) {
  return grow_in(f, f->arena, where, capacity, count, size);
}

/* ---- distinct guards ---- */

static uint64_t mix(uint64_t hash, uint64_t with) {
  hash = (hash ^ with) * UINT64_C(0x9e3779b97f4a7c15);
  return hash ^ hash >> 29;
}

static uint64_t hash_of(const edi_guard *g) {
  uint64_t hash = mix(mix(mix(g->test, g->key), g->low), g->high);
  for (uint32_t i = 0; i < g->count; i++) hash = mix(hash, g->values[i]);
  return hash;
}

static uint32_t topic_of(filer *f, const edi_guard *g) {
  for (size_t i = f->topic_count; i-- > 0;)
    if (f->topics[i].test == g->test && f->topics[i].key == g->key) return (uint32_t)i;
  if (!grow(f, &f->topics, &f->topic_capacity, f->topic_count, sizeof *f->topics)) return 0;
  f->topics[f->topic_count] = (topic){.test = g->test, .key = g->key};
  return (uint32_t)f->topic_count++;
}

static bool more_slots(filer *f) {
  if (f->known_count * 2 < f->slot_count) return true;
  size_t wanted = f->slot_count ? f->slot_count * 2 : 256;
  uint32_t *slots = EDI_NEW_ARRAY(f->arena, uint32_t, wanted);
  if (!slots) {
    f->status = edi_arena_status(f->arena);
    return false;
  }
  for (size_t i = 0; i < f->known_count; i++) {
    size_t at = hash_of(&f->known[i].guard) & (wanted - 1);
    while (slots[at]) at = (at + 1) & (wanted - 1);
    slots[at] = (uint32_t)i + 1;
  }
  f->slots = slots;
  f->slot_count = wanted;
  return true;
}

static uint32_t number_of(filer *f, const edi_guard *g) {
  if (!more_slots(f)) return 0;
  size_t mask = f->slot_count - 1, at = hash_of(g) & mask;
  for (; f->slots[at]; at = (at + 1) & mask)
    if (edi_guard_same(&f->known[f->slots[at] - 1].guard, g)) return f->slots[at] - 1;
  if (!grow(f, &f->known, &f->known_capacity, f->known_count, sizeof *f->known)) return 0;
  f->known[f->known_count] = (known){.guard = *g, .topic = topic_of(f, g)};
  f->slots[at] = (uint32_t)++f->known_count;
  return (uint32_t)f->known_count - 1;
}

static void find_guards(filer *f) {
  edi_guard of_rule[EDI_GUARDS_OF_RULE];
  for (uint32_t r = 0; r < f->p->rules_count && f->status == EDICT_OK; r++) {
    f->first[r] = (uint32_t)f->guard_count;
    uint32_t count = edi_guards_rule(f->finder, &f->p->rules[r], of_rule);
    for (uint32_t i = 0; i < count && f->status == EDICT_OK; i++) {
      if (!grow(f, &f->guards, &f->guard_capacity, f->guard_count, sizeof *f->guards)) return;
      f->guards[f->guard_count++] = number_of(f, &of_rule[i]);
    }
  }
  f->first[f->p->rules_count] = (uint32_t)f->guard_count;
  if (f->status == EDICT_OK) f->status = edi_guards_status(f->finder);
}

/* ---- lists and branches ---- */

static edi_range add_list(filer *f, const uint32_t *items, uint32_t count) {
  edi_range range = {(uint32_t)f->list_count, count};
  for (uint32_t i = 0; i < count; i++) {
    if (!grow_in(f, f->results, &f->lists, &f->list_capacity, f->list_count, sizeof *f->lists)) return (edi_range){0, 0};
    f->lists[f->list_count++] = items[i];
  }
  return range;
}

/* The number of the new branch; its `end` is set when what is below it is there. */
static uint32_t add_branch(filer *f, const edi_guard *guard) {
  if (!grow_in(f, f->results, &f->branches, &f->branch_capacity, f->branch_count, sizeof *f->branches)) return 0;
  edi_branch *b = &f->branches[f->branch_count++];
  *b = (edi_branch){.test = EDI_GUARD_NONE};
  uint32_t number = (uint32_t)f->branch_count - 1;
  if (!guard) return number;
  b->test = guard->test;
  b->key = guard->key;
  edi_range values = edi_guard_is_between(guard->test) ? (edi_range){guard->low, guard->high}
                                                       : add_list(f, guard->values, guard->count);
  f->branches[number].values = values;
  return number;
}

/* ---- splitting ---- */

static void count_guards(filer *f, const uint32_t *rules, uint32_t count) {
  for (size_t t = 0; t < f->topic_count; t++) f->topics[t].rules = f->topics[t].distinct = 0;
  for (size_t t = 0; t < f->topic_count; t++) f->topics[t].squares = 0;
  f->touched_count = 0;
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = f->first[rules[i]]; k < f->first[rules[i] + 1]; k++) {
      known *g = &f->known[f->guards[k]];
      if (f->topics[g->topic].used) continue;
      if (g->count++ == 0) f->touched[f->touched_count++] = f->guards[k];
    }
  for (uint32_t i = 0; i < f->touched_count; i++) {
    known *g = &f->known[f->touched[i]];
    topic *t = &f->topics[g->topic];
    t->rules += g->count;
    t->squares += (uint64_t)g->count * g->count;
    t->distinct++;
    g->count = 0;
  }
}

/* How many rules a split by the topic is expected to pass over. Of values that lie between bounds half are
 * taken to hold, of sets of actions those of a quarter beside the one, of an attribute that is a set three. */
static uint64_t gain_of(const filer *f, const topic *t) {
  if (t->rules == 0) return 0;
  bool set = EDI_GUARD_TEST(t->test) == EDI_GUARD_MEETS && EDI_TYPE_IS_SET(f->p->attrs[t->key].type);
  uint64_t looked_at = t->squares / t->rules * (set ? 3 : 1);
  if (looked_at >= t->rules) return 0;
  uint64_t passed = t->rules - looked_at;
  if (edi_guard_is_between(t->test)) passed /= 2;
  if (t->test == EDI_GUARD_ACTION) passed -= passed / 4;
  return passed;
}

/* The thing comes first of all, so that a bound product looks at no rules of another; then what else the
 * contract decides, which costs a decision nothing. */
static uint32_t choose(const filer *f, uint32_t count) {
  uint32_t best = EDI_NONE;
  uint64_t most = 0;
  for (int fixed = 1; fixed >= 0; fixed--) {
    for (uint32_t t = 0; t < f->topic_count; t++) {
      const topic *one = &f->topics[t];
      bool decided = !(one->test & EDI_GUARD_CONDITION) && edi_guard_is_fixed(f->p, one->test, one->key);
      if (one->used || one->rules == 0 || decided != (fixed == 1)) continue;
      if (one->test == EDI_GUARD_THING && count > FEW) return t;
      uint64_t gain = gain_of(f, one);
      if (gain > most) {
        most = gain;
        best = t;
      }
    }
    if (most >= FEW) return best;
    most = 0;
    best = EDI_NONE;
  }
  return EDI_NONE;
}

/* The rule's guard of the topic, or EDI_NONE. */
static uint32_t guard_for(const filer *f, uint32_t rule, uint32_t which) {
  for (uint32_t k = f->first[rule]; k < f->first[rule + 1]; k++)
    if (f->known[f->guards[k]].topic == which) return f->guards[k];
  return EDI_NONE;
}

/* Puts rules with a guard of the topic in front, those of one guard together, in the order in which the guards first
 * come; all in their order else. *groups guards were met, in f->touched; how many rules have one. */
static uint32_t gather(filer *f, uint32_t *rules, uint32_t *spare, uint32_t count, uint32_t which, uint32_t *groups) {
  uint32_t covered = 0, at = 0;
  *groups = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t g = guard_for(f, rules[i], which);
    if (g == EDI_NONE) continue;
    if (f->known[g].count++ == 0) f->touched[(*groups)++] = g;
    covered++;
  }
  for (uint32_t i = 0; i < *groups; i++) {
    known *g = &f->known[f->touched[i]];
    g->child = at;
    at += g->count;
  }
  at = covered;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t g = guard_for(f, rules[i], which);
    spare[g == EDI_NONE ? at++ : f->known[g].child++] = rules[i];
  }
  memcpy(rules, spare, count * sizeof *rules);
  return covered;
}

static void split(filer *f, uint32_t branch, uint32_t *rules, uint32_t *spare, uint32_t count, unsigned depth);

/* A branch for each of the guards that `gather` found. */
static void add_group(filer *f, uint32_t *rules, uint32_t *spare, uint32_t groups, unsigned depth) {
  uint32_t *guards = EDI_NEW_ARRAY(f->arena, uint32_t, 2 * (size_t)groups);
  if (!guards) {
    f->status = edi_arena_status(f->arena);
    return;
  }
  for (uint32_t i = 0; i < groups; i++) {
    known *g = &f->known[f->touched[i]];
    guards[2 * i] = f->touched[i];
    guards[2 * i + 1] = g->count;
    g->count = 0;
  }
  for (uint32_t i = 0, at = 0; i < groups && f->status == EDICT_OK; i++) {
    uint32_t branch = add_branch(f, &f->known[guards[2 * i]].guard);
    split(f, branch, rules + at, spare + at, guards[2 * i + 1], depth + 1);
    at += guards[2 * i + 1];
  }
}

/* Rules that stand here come first, but are known last: the list is written when the rest was split. */
static void split(filer *f, uint32_t branch, uint32_t *rules, uint32_t *spare, uint32_t count, unsigned depth) {
  uint32_t used[GROUPS], tried = 0;
  while (f->status == EDICT_OK && count > FEW && depth < DEPTH && tried < GROUPS) {
    count_guards(f, rules, count);
    uint32_t groups, by = choose(f, count);
    if (by == EDI_NONE) break;
    uint32_t covered = gather(f, rules, spare, count, by, &groups);
    f->topics[by].used = true;
    used[tried++] = by;
    add_group(f, rules, spare, groups, depth);
    rules += covered;
    spare += covered;
    count -= covered;
  }
  for (uint32_t i = 0; i < tried; i++) f->topics[used[i]].used = false;
  if (f->status != EDICT_OK) return;
  edi_range own = add_list(f, rules, count);
  f->branches[branch].rules = own;
  f->branches[branch].end = (uint32_t)f->branch_count;
}

edict_status edi_filing_make(const edi_program *program, edi_arena *results, edi_arena *arena, edi_filing *filing) {
  uint32_t count = program->rules_count;
  filer f = {.p = program, .arena = arena, .results = results, .finder = edi_guards_create(program, program->likes, arena)};
  f.first = EDI_NEW_ARRAY(arena, uint32_t, (size_t)count + 1);
  uint32_t *rules = EDI_NEW_ARRAY(arena, uint32_t, count), *spare = EDI_NEW_ARRAY(arena, uint32_t, count);
  *filing = (edi_filing){0};
  if (!f.finder || !f.first || !rules || !spare) return edi_arena_status(arena);
  for (uint32_t i = 0; i < count; i++) rules[i] = i;
  find_guards(&f);
  f.touched = EDI_NEW_ARRAY(arena, uint32_t, f.known_count);
  if (!f.touched && f.status == EDICT_OK) f.status = edi_arena_status(arena);
  if (f.status != EDICT_OK) return f.status;
  split(&f, add_branch(&f, NULL), rules, spare, count, 0);
  if (f.status != EDICT_OK) return f.status;
  *filing = (edi_filing){f.branches, (uint32_t)f.branch_count, f.lists, (uint32_t)f.list_count};
  return EDICT_OK;
}
