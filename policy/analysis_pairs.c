/* Analysis of pairs: permits that something always refuses, rules that another one makes needless.
 *
 * Whether one condition implies another is a question for the solver; so that not every rule is asked
 * against every other, each rule stands in an index under one thing that its condition needs, and a rule
 * looks there under what its own condition says. */
#include "policy/analysis.h"

#include "policy/ahead.h"
#include "policy/checker.h"

/* ---- what a condition needs ---- */

enum { LISTED_MOST = 24, LOOKED_MOST = 512, LOOKED_ALL = 8000000 };

static uint64_t key_of(uint64_t kind, uint64_t a, uint64_t b) {
  uint64_t h = kind * UINT64_C(0x9E3779B97F4A7C15) ^ a;
  h = (h ^ (h >> 31)) * UINT64_C(0xBF58476D1CE4E5B9) + b;
  return (h ^ (h >> 27)) * UINT64_C(0x94D049BB133111EB);
}

typedef void each_key(void *user, uint64_t key);

static size_t fixed_part(edi_str glob) {
  size_t n = 0;
  while (n < glob.len && glob.ptr[n] != '*' && glob.ptr[n] != '?') n++;
  return n;
}

/* The names that a glob leaves open, by how they begin: a narrower glob begins so too. */
static void glob_keys(const edi_atom *a, bool above, each_key *each, void *user) {
  edi_str glob = a->expr->text;
  size_t fixed = fixed_part(glob);
  for (size_t n = above ? 0 : fixed; n <= fixed; n++)
    each(user, key_of(1, (uint64_t)a->terms[0] + 1, edi_str_hash((edi_str){glob.ptr, n})));
}

static void node_keys(const edi_model *m, const edi_atom *a, uint32_t node, bool above, each_key *each, void *user) {
  for (uint32_t at = node; at != EDI_NONE; at = above ? m->nodes[at].parent : EDI_NONE)
    each(user, key_of(2, (uint64_t)a->terms[0] + 1, at));
}

/* The keys of one test: what it is filed under or, with `above`, all under which a weaker one may be. */
static void atom_keys(const edi_analysis *a, const edi_atom *atom, bool yes, bool above, each_key *each, void *user) {
  if (atom->terms[0] == EDI_NONE || atom->terms[1] != EDI_NONE) {
    each(user, key_of(3, atom->hash, 0));
    return;
  }
  if (yes && atom->op == EDI_ATOM_GLOB) glob_keys(atom, above, each, user);
  else if (yes && atom->node != EDI_NONE) node_keys(a->model, atom, atom->node, above, each, user);
  else if (yes && atom->op == EDI_ATOM_EQ && atom->other->kind == EDI_EXPR_NODE) node_keys(a->model, atom, atom->other->symbol, above, each, user);
  else if (yes && atom->op == EDI_ATOM_EQ && atom->other->kind == EDI_EXPR_STRING) {
    each(user, key_of(4, (uint64_t)atom->terms[0] + 1, edi_str_hash(atom->other->text)));
    if (!above) return;
  } else if (!above) {
    each(user, key_of(5, (uint64_t)atom->terms[0] + 1, 0));
    return;
  }
  if (above) each(user, key_of(5, (uint64_t)atom->terms[0] + 1, 0));
}

/* ---- conditions, taken apart once ---- */

/* One test, as it counts: `yes` where it is wished for. */
typedef struct literal { uint32_t atom : 31, yes : 1; } literal;
/* What has to hold by itself: one test, or several that `or` joins. Its tests end where those of the next part begin, and
 * behind the last part there is one more. */
typedef struct part { uint32_t first : 31, joined : 1; } part;
typedef struct entry { uint64_t key; uint32_t rule; } entry;
/* The same where it is looked for, with what most are passed over for beside it. */
typedef struct filed { uint64_t key, needed; uint32_t rule; uint8_t effect; } filed;

typedef struct pairs {
  edi_analysis *a;
  edi_arena *arena;       /* given back when all pairs were looked at */
  literal *literals;
  part *parts;
  size_t literal_count, literal_capacity, part_count, part_capacity;
  uint32_t *of;           /* by rule, and one more: where its parts begin, which end where those of the next one begin */
  uint64_t *needed;       /* by rule: families that its condition cannot do without */
  uint8_t *effects;       /* by rule, close together: most candidates are passed over for theirs */
  uint32_t looked_most;   /* entries that one rule looks at: fewer where there are very many rules */
  uint32_t *starts;       /* by bucket, of which there are `size`, and one more: where its entries begin; while keys are counted, how many */
  size_t size;
  entry *entries;         /* as they were filed */
  size_t count, capacity;
  filed *filed;           /* bucket by bucket, in each the last first */
  uint32_t *unkeyed;      /* rules that need nothing in particular */
  size_t unkeyed_count;
  struct seen *seen;      /* by thread */
} pairs;

/* Rules that were offered as candidates: those of the last stamp. */
typedef struct seen { uint32_t *stamps, stamp; } seen;

static bool negated(edi_expr_kind kind) { return kind == EDI_EXPR_NE || kind == EDI_EXPR_IS_NOT || kind == EDI_EXPR_NOT_IN; }

static void add_literal(pairs *p, const edi_expr *x, uint32_t operand, bool yes) {
  uint32_t atom = edi_solver_atom(&p->a->solver, x, operand, 0);
  void *items = p->literals;
  if (atom == EDI_NONE || !edi_arena_regrow(p->arena, &items, &p->literal_capacity, p->literal_count, sizeof *p->literals)) {
    p->a->failed = true;
    return;
  }
  p->literals = items;
  p->literals[p->literal_count++] = (literal){atom & INT32_MAX, negated(x->kind) ? !yes : yes};
}

/* The tests of a part, however they are joined. */
static void add_literals(pairs *p, const edi_expr *x, bool yes) {
  bool list = x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING;
  if (x->kind == EDI_EXPR_BOOL) return;
  if (x->kind == EDI_EXPR_NOT) add_literals(p, x->operands[0], !yes);
  else if (x->kind == EDI_EXPR_AND || x->kind == EDI_EXPR_OR) {
    add_literals(p, x->operands[0], yes);
    add_literals(p, x->operands[1], yes);
  } else {
    for (uint32_t i = 0; i < (list ? x->operand_count : 1); i++) add_literal(p, x, i, yes);
  }
}

static void add_part(pairs *p, const edi_expr *x, bool yes) {
  void *items = p->parts;
  uint32_t first = (uint32_t)p->literal_count;
  add_literals(p, x, yes);
  if (p->literal_count == first) return; /* true or false, which reads nothing */
  bool full = p->part_count + 1 >= p->part_capacity;
  if (full && !edi_arena_regrow(p->arena, &items, &p->part_capacity, p->part_capacity, sizeof *p->parts)) {
    p->a->failed = true;
    return;
  }
  p->parts = items;
  p->parts[p->part_count++] = (part){first & INT32_MAX, p->literal_count - first > 1};
  p->parts[p->part_count] = (part){p->literal_count & INT32_MAX, false};
}

static void add_parts(pairs *p, const edi_expr *x, bool yes) {
  if (!x) return;
  if (x->kind == EDI_EXPR_NOT) add_parts(p, x->operands[0], !yes);
  else if (x->kind == (yes ? EDI_EXPR_AND : EDI_EXPR_OR)) {
    add_parts(p, x->operands[0], yes);
    add_parts(p, x->operands[1], yes);
  } else {
    add_part(p, x, yes);
  }
}

/* ---- families of terms, a bit for each: what is not there cannot be implied ---- */

static uint64_t family(const edi_solver *s, uint32_t term) {
  if (term == EDI_NONE || s->terms[term].never_known) return 0;
  bool tags = s->terms[term].kind == EDI_TERM_HELD || s->terms[term].kind == EDI_TERM_TAGS;
  return tags ? 1 : UINT64_C(2) << (term % 63);
}

static uint64_t reads_of(const pairs *p, const part *read) {
  const edi_solver *s = &p->a->solver;
  uint64_t bits = 0;
  for (uint32_t i = read->first; i < read[1].first; i++) {
    const edi_atom *atom = &s->atoms[p->literals[i].atom];
    bits |= family(s, atom->terms[0]) | family(s, atom->terms[1]);
  }
  return bits;
}

/* ---- the index ---- */

static bool may_imply(const edi_analysis *a, uint32_t rule) {
  return !a->subjects[rule].never && !a->model->rules[rule].broken && !a->subjects[rule].rule->shadow &&
         !a->subjects[rule].exempted;
}

static bool make_seen(pairs *t, size_t threads) {
  t->seen = EDI_NEW_ARRAY(t->arena, seen, threads);
  for (size_t i = 0; t->seen && i < threads; i++) {
    t->seen[i].stamps = EDI_NEW_ARRAY(t->arena, uint32_t, t->a->model->rules_count);
    if (!t->seen[i].stamps) return false;
  }
  return t->seen != NULL;
}

static bool pairs_init(pairs *t, edi_analysis *a, edi_arena *arena) {
  size_t size = 256;
  while (size < 4 * a->model->rules_count) size *= 2;
  *t = (pairs){.a = a, .arena = arena, .size = size};
  t->of = EDI_NEW_ARRAY(t->arena, uint32_t, a->model->rules_count + 1);
  t->starts = EDI_NEW_ARRAY(t->arena, uint32_t, size + 1);
  t->unkeyed = EDI_NEW_ARRAY(t->arena, uint32_t, a->model->rules_count);
  t->needed = EDI_NEW_ARRAY(t->arena, uint64_t, a->model->rules_count);
  t->effects = EDI_NEW_ARRAY(t->arena, uint8_t, a->model->rules_count);
  if (!t->effects || !t->of || !t->starts || !t->unkeyed || !t->needed) return false;
  for (size_t i = 0; i < a->model->rules_count; i++) t->effects[i] = (uint8_t)a->subjects[i].rule->effect;
  t->looked_most = a->model->rules_count < LOOKED_ALL / LOOKED_MOST ? LOOKED_MOST : LOOKED_ALL / (uint32_t)a->model->rules_count + 32;
  return true;
}

/* The keys of a part's tests; what the action says is no key, as every rule has it. */
static void part_keys(const pairs *t, const part *p, bool above, each_key *each, void *user) {
  const edi_solver *s = &t->a->solver;
  uint32_t end = p[1].first - p->first < LISTED_MOST ? p[1].first : (uint32_t)p->first + LISTED_MOST;
  for (uint32_t i = p->first; i < end; i++) {
    const edi_atom *atom = &s->atoms[t->literals[i].atom];
    uint32_t term = atom->terms[0];
    if (term != EDI_NONE && s->terms[term].kind == EDI_TERM_ATTR && s->terms[term].symbol == s->attr_action) continue;
    atom_keys(t->a, atom, t->literals[i].yes, above, each, user);
  }
}

static size_t bucket_of(const pairs *t, uint64_t key) { return key & (t->size - 1); }

static void count_key(void *user, uint64_t key) {
  pairs *t = user;
  t->starts[bucket_of(t, key)]++;
}

/* A part's keys, and how crowded they are. */
typedef struct collected { pairs *t; uint64_t keys[LISTED_MOST]; size_t count; uint64_t weight; } collected;

static void collect_key(void *user, uint64_t key) {
  collected *c = user;
  if (c->count == LISTED_MOST) c->weight = UINT64_MAX / 2;
  else c->keys[c->count++] = key;
  c->weight += c->t->starts[bucket_of(c->t, key)];
}

static void file_under(pairs *t, uint64_t key, uint32_t rule) {
  void *items = t->entries;
  if (!edi_arena_regrow(t->arena, &items, &t->capacity, t->count, sizeof *t->entries)) {
    t->a->failed = true;
    return;
  }
  t->entries = items;
  t->entries[t->count++] = (entry){key, rule};
}

/* Many entries are looked at, bucket after bucket: they stand side by side. */
static bool sort_entries(pairs *t) {
  t->filed = EDI_NEW_ARRAY(t->arena, filed, t->count);
  if (!t->filed) return false;
  memset(t->starts, 0, (t->size + 1) * sizeof *t->starts);
  for (size_t i = 0; i < t->count; i++) t->starts[bucket_of(t, t->entries[i].key) + 1]++;
  for (size_t i = 0; i < t->size; i++) t->starts[i + 1] += t->starts[i];
  for (size_t i = t->count; i-- > 0;) {
    const entry *e = &t->entries[i];
    t->filed[t->starts[bucket_of(t, e->key)]++] = (filed){e->key, t->needed[e->rule], e->rule, t->effects[e->rule]};
  }
  memmove(t->starts + 1, t->starts, t->size * sizeof *t->starts); /* each has gone to where the next one begins */
  t->starts[0] = 0;
  edi_arena_release(t->arena, t->entries, t->capacity * sizeof *t->entries); /* with these nothing is filed any more */
  t->entries = NULL;
  return true;
}

static void file_rule(pairs *t, uint32_t rule) {
  collected best = {.t = t};
  bool any = false;
  for (uint32_t i = t->of[rule]; i < t->of[rule + 1]; i++) {
    collected here = {.t = t};
    part_keys(t, &t->parts[i], false, collect_key, &here);
    if (here.count == 0 || here.weight >= UINT64_MAX / 2 || (any && here.weight >= best.weight)) continue;
    best = here;
    any = true;
  }
  for (size_t i = 0; i < best.count; i++) file_under(t, best.keys[i], rule);
  if (!any) t->unkeyed[t->unkeyed_count++] = rule;
}

static void take_apart(pairs *t, uint32_t rule) {
  edi_analysis *a = t->a;
  add_parts(t, a->subjects[rule].condition, true);
  t->of[rule + 1] = (uint32_t)t->part_count;
  for (uint32_t i = t->of[rule]; i < t->of[rule + 1]; i++) {
    uint64_t bits = reads_of(t, &t->parts[i]);
    a->subjects[rule].reads |= bits;
    if (!t->parts[i].joined) t->needed[rule] |= bits;
    if (may_imply(a, rule)) part_keys(t, &t->parts[i], false, count_key, t);
  }
}

static bool pairs_fill(pairs *t) {
  edi_analysis *a = t->a;
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) take_apart(t, i);
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++)
    if (may_imply(a, i)) file_rule(t, i);
  return !a->failed && !a->solver.failed && sort_entries(t);
}

/* ---- candidates ---- */

/* Who asks: `a` is the analysis, or what asks ahead of it. */
typedef struct asker { const pairs *t; edi_analysis *a; seen *seen; } asker;

typedef struct candidates {
  const pairs *t;
  seen *seen;
  uint64_t reads;         /* what the rule's condition says something of */
  uint32_t rule;
  unsigned effects;       /* that are wanted, a bit for each */
  uint32_t items[EDI_ANALYSIS_CANDIDATES];
  size_t count;
  uint32_t looked;
} candidates;

/* A test that something is at or below a node is implied by a test of the same thing, at or below, or by one
 * of another kind; not by tests about other nodes alone. */
static bool may_be_implied(const pairs *t, uint32_t rule, const literal *wanted) {
  const edi_solver *s = &t->a->solver;
  const edi_atom *w = &s->atoms[wanted->atom];
  uint64_t own = family(s, w->terms[0]);
  if (!wanted->yes || w->node == EDI_NONE || own == 0) return true;
  for (uint32_t i = t->of[rule]; i < t->of[rule + 1]; i++) {
    const part *p = &t->parts[i];
    for (uint32_t k = p->first; k < p[1].first; k++) {
      const edi_atom *o = &s->atoms[t->literals[k].atom];
      if (!((family(s, o->terms[0]) | family(s, o->terms[1])) & own)) continue;
      if (p->joined || o->node == EDI_NONE || (t->literals[k].yes && edi_model_below(t->a->model, o->node, w->node))) return true;
    }
  }
  return false;
}

static bool may_imply_all(const pairs *t, uint32_t less, uint32_t more) {
  for (uint32_t i = t->of[more]; i < t->of[more + 1]; i++)
    if (!t->parts[i].joined && !may_be_implied(t, less, &t->literals[t->parts[i].first])) return false;
  return true;
}

/* A domain's permit makes none of the federation's needless, whose requests it does not reach. */
static bool opens_for_others(const edi_analysis *a, uint32_t rule, uint32_t other) {
  return a->subjects[rule].rule->effect == EDI_EFFECT_PERMIT && a->subjects[other].rule->effect == EDI_EFFECT_PERMIT &&
         a->subjects[other].domain && !a->subjects[rule].domain;
}

static bool is_wanted(const candidates *c, uint64_t needed, uint8_t effect) { return !(needed & ~c->reads) && (c->effects >> effect & 1); }

static void offer(candidates *c, uint32_t other) {
  const pairs *t = c->t;
  if (other == c->rule || c->count == EDI_ANALYSIS_CANDIDATES) return;
  if (c->seen->stamps[other] == c->seen->stamp) return;
  c->seen->stamps[other] = c->seen->stamp;
  if (!opens_for_others(t->a, c->rule, other) && may_imply_all(t, c->rule, other)) c->items[c->count++] = other;
}

static void look_under(void *user, uint64_t key) {
  candidates *c = user;
  const pairs *t = c->t;
  const filed *at = t->filed + t->starts[bucket_of(t, key)], *end = t->filed + t->starts[bucket_of(t, key) + 1];
  for (; at < end && c->looked < t->looked_most; at++) {
    if (at->key != key) continue;
    c->looked++;
    if (is_wanted(c, at->needed, at->effect)) offer(c, at->rule);
  }
}

static candidates find_candidates(const asker *by, uint32_t rule, unsigned effects) {
  candidates found = {.t = by->t, .seen = by->seen, .reads = by->a->subjects[rule].reads, .rule = rule, .effects = effects}, *c = &found;
  const pairs *t = by->t;
  c->seen->stamp++;
  for (uint32_t i = t->of[rule]; i < t->of[rule + 1]; i++)
    part_keys(t, &t->parts[i], true, look_under, c);
  for (size_t i = 0; i < t->unkeyed_count && c->looked < t->looked_most; i++, c->looked++)
    if (is_wanted(c, t->needed[t->unkeyed[i]], t->effects[t->unkeyed[i]])) offer(c, t->unkeyed[i]);
  by->a->solver.steps += 1 + c->looked / 8; /* looking costs as well */
  return found;
}

/* ---- swallowed ---- */

static bool denies(const edi_rule_decl *r) { return r->effect == EDI_EFFECT_FORBID || r->effect == EDI_EFFECT_REQUIRE; }

enum { DENYING = 1u << EDI_EFFECT_FORBID | 1u << EDI_EFFECT_REQUIRE };

static bool implies(edi_analysis *a, const edi_expr *if_, edi_truths is, const edi_expr *then, edi_truths may) {
  edi_goal goals[] = {{if_, is, 0}, {then, (edi_truths)(EDI_TRUTH_ANY & ~may), 0}};
  return edi_analysis_ask(a, goals, 2) == EDI_SOLVED_NEVER;
}

enum { HOLDS = EDI_TRUTH_YES, APPLIES = EDI_TRUTH_YES | EDI_TRUTH_UNKNOWN };

static edict_expectation by(edict_expect_kind kind, const edi_analysis *a, const edi_rule_decl *r) {
  (void)a;
  return (edict_expectation){.kind = kind, .rule = r->qualified.ptr};
}

static void claim_swallowed(edi_analysis *a, const edi_subject *p, const edi_subject *f) {
  edi_goal goal = {f->condition, APPLIES, 0};
  if (!edi_analysis_may_witness(a) || !edi_permit_ask(a, p, &goal, 1)) return;
  edi_warning *c = edi_analysis_warn(a, EDI_W0302, p->rule->name.span, "every request that it permits is refused",
                                    edi_analysis_text(a, "rule `%.*s` can never grant access", EDI_STR_ARG(p->rule->name.text)));
  if (!c) return;
  c->other = f->rule->name.span;
  c->other_label = f->rule->effect == EDI_EFFECT_REQUIRE ? "refuses them all: what it requires cannot be there"
                                                          : "forbids them all, and forbid wins";
  c->shows = "a request that both match";
  edi_witness *open = edi_witness_make(a, c, 0, p->rule), *real = edi_witness_make(a, c, 0, f->rule);
  if (open) open->openers_alone = true;
  if (open) edi_witness_holds(open, p->rule);
  if (open) edi_witness_expect(a, open, by(EDICT_EXPECT_PERMIT, a, p->rule));
  if (real) edi_witness_expect(a, real, by(EDICT_EXPECT_DENY, a, f->rule));
}

/* The first rule that denies all that the permit opens; EDI_NONE. */
static uint32_t find_swallower(const asker *by, uint32_t rule) {
  edi_analysis *a = by->a;
  if (a->subjects[rule].rule->effect != EDI_EFFECT_PERMIT) return EDI_NONE;
  candidates c = find_candidates(by, rule, DENYING);
  for (size_t i = 0; i < c.count; i++)
    if (implies(a, a->subjects[rule].condition, HOLDS, a->subjects[c.items[i]].condition, APPLIES)) return c.items[i];
  return EDI_NONE;
}

/* ---- shadowed ---- */

static bool same_transform(const edi_transform_use *x, const edi_transform_use *y) {
  if (x->id != y->id || x->key != y->key || x->argument_count != y->argument_count) return false;
  for (size_t i = 0; i < x->argument_count; i++)
    if (!edi_str_equal(x->arguments[i].name.text, y->arguments[i].name.text) || !edi_expr_same(x->arguments[i].value, y->arguments[i].value))
      return false;
  return true;
}

static bool same_cases(const edi_mask_line *x, const edi_mask_line *y) {
  if (x->case_count != y->case_count) return false;
  for (size_t i = 0; i < x->case_count; i++) {
    const edi_mask_case *a = &x->cases[i], *b = &y->cases[i];
    bool conditions = (!a->condition && !b->condition) || (a->condition && b->condition && edi_expr_same(a->condition, b->condition));
    if (!conditions || a->otherwise != b->otherwise || !same_transform(&a->with, &b->with)) return false;
  }
  return true;
}

static bool masks_no_less(edi_analysis *a, const edi_rule_decl *less, const edi_rule_decl *more) {
  for (size_t i = 0; i < less->mask_count; i++) {
    bool found = false;
    for (size_t j = 0; j < more->mask_count && !found; j++)
      found = same_cases(&less->masks[i], &more->masks[j]) &&
              implies(a, less->masks[i].column, HOLDS, more->masks[j].column, HOLDS);
    if (!found) return false;
  }
  return true;
}

static bool keeps_no_less(const edi_rule_decl *less, const edi_rule_decl *more) {
  bool most = less->effect == EDI_EFFECT_RETAIN_AT_MOST;
  if (!edi_expr_same(less->more->after, more->more->after) || less->more->then_erase != more->more->then_erase) return false;
  if (edi_expr_same(less->more->duration, more->more->duration)) return true;
  if (less->more->duration->kind != EDI_EXPR_DURATION || more->more->duration->kind != EDI_EXPR_DURATION) return false;
  int order = edi_duration_compare(more->more->duration->duration, less->more->duration->duration);
  return most ? order == -1 || order == 0 : order == 1 || order == 0;
}

/* The same obligations: one that a host cannot meet turns a permit off, and a closer into a refusal. */
static bool same_obliges(const edi_rule_decl *x, const edi_rule_decl *y) {
  if (x->more->oblige_count != y->more->oblige_count) return false;
  for (size_t i = 0; i < x->more->oblige_count; i++) {
    const edi_oblige *a = &x->more->obliges[i], *b = &y->more->obliges[i];
    if (a->symbol != b->symbol || a->argument_count != b->argument_count) return false;
    for (size_t k = 0; k < a->argument_count; k++)
      if (!edi_expr_same(a->arguments[k], b->arguments[k])) return false;
  }
  return true;
}

static bool exempts_no_less(const edi_rule_decl *less, const edi_rule_decl *more) {
  for (size_t i = 0; i < less->more->exempts.count; i++) {
    bool named = false;
    for (size_t k = 0; k < more->more->exempts.count; k++) named = named || more->more->exempt_rules[k] == less->more->exempt_rules[i];
    if (!named) return false;
  }
  return true;
}

/* Whether the other rule does all that this one does, where both apply. */
static bool does_no_less(edi_analysis *a, const edi_rule_decl *less, const edi_rule_decl *more) {
  switch (less->effect) {
    case EDI_EFFECT_PERMIT: return more->effect == EDI_EFFECT_PERMIT;
    case EDI_EFFECT_FORBID:
    case EDI_EFFECT_REQUIRE: return denies(more);
    case EDI_EFFECT_DELEGATE: return more->effect == EDI_EFFECT_DELEGATE && edi_model_below(a->model, less->more->delegate_node, more->more->delegate_node);
    case EDI_EFFECT_MASK: return more->effect == EDI_EFFECT_MASK && masks_no_less(a, less, more);
    case EDI_EFFECT_SHOW_ROWS: return more->effect == EDI_EFFECT_SHOW_ROWS && implies(a, more->more->where, HOLDS, less->more->where, HOLDS);
    case EDI_EFFECT_RETAIN_AT_MOST:
    case EDI_EFFECT_RETAIN_AT_LEAST: return more->effect == less->effect && keeps_no_less(less, more);
    case EDI_EFFECT_RETAIN_WHILE: return more->effect == less->effect && edi_expr_same(less->more->retain_while, more->more->retain_while);
    case EDI_EFFECT_EXEMPT: return more->effect == less->effect && exempts_no_less(less, more);
    case EDI_EFFECT_SHOW_GROUPS:
      return more->effect == less->effect && more->more->least >= less->more->least && edi_expr_same(less->more->group, more->more->group);
    case EDI_EFFECT_NONE: break;
  }
  return false;
}

static unsigned may_shadow(const edi_rule_decl *r) { return denies(r) ? DENYING : 1u << r->effect; }

static bool is_shadowed(edi_analysis *a, const edi_subject *less, const edi_subject *more) {
  bool opener = less->rule->effect == EDI_EFFECT_PERMIT || less->rule->effect == EDI_EFFECT_DELEGATE ||
                less->rule->effect == EDI_EFFECT_EXEMPT;
  edi_truths counts = opener ? HOLDS : APPLIES;
  if (!same_obliges(less->rule, more->rule)) return false;
  return does_no_less(a, less->rule, more->rule) && implies(a, less->condition, counts, more->condition, counts);
}

/* Of rules that shape a permit: a permitted request, with a column where they mask, that both are reasons of. What
 * nothing permits cannot be shown, and is proved all the same; so is what comes after many that were shown. */
static bool show_shapers(edi_analysis *a, edi_warning *c, const edi_subject *less, const edi_subject *more) {
  edi_permit_goals g;
  c->stands = true;
  /* Where very many rules deny, silencing them takes the steps that all pairs have. */
  if (a->denier_count > EDI_ANALYSIS_SILENCED_MOST || a->shapers_shown++ >= EDI_ANALYSIS_SHAPERS_MOST) return true;
  edi_permit_begin(&g, a, 1);
  edi_permit_want(&g, less->condition, HOLDS, 0);
  edi_permit_want(&g, more->condition, HOLDS, 0);
  if (less->rule->mask_count && !edi_mask_want_column(&g, &less->rule->masks[0])) return true;
  if (!edi_analysis_may_witness(a) || !edi_permit_solve(&g)) return true;
  edi_witness *w = edi_witness_make(a, c, 0, less->rule);
  if (!w) return true;
  edi_witness_holds(w, less->rule);
  edi_witness_holds(w, more->rule);
  edi_witness_expect(a, w, (edict_expectation){.kind = EDICT_EXPECT_PERMIT});
  c->shows = "a request that both shape";
  return true;
}

/* A request at which both rules are among the reasons, where the effect has one that can be asked for. */
static bool show_shadowed(edi_analysis *a, edi_warning *c, const edi_subject *less, const edi_subject *more) {
  bool permit = less->rule->effect == EDI_EFFECT_PERMIT;
  edi_goal goals[] = {{more->condition, HOLDS, 0}, {less->condition, HOLDS, 0}};
  if (less->rule->effect == EDI_EFFECT_DELEGATE || less->rule->effect == EDI_EFFECT_EXEMPT) return true;
  if (!permit && !denies(less->rule)) return show_shapers(a, c, less, more);
  if (!edi_analysis_may_witness(a)) return false;
  bool can = permit ? edi_permit_ask(a, less, goals, 1) : edi_analysis_ask(a, goals, 2) == EDI_SOLVED_MAYBE;
  if (!can) return false;
  edi_witness *w = edi_witness_make(a, c, 0, less->rule);
  if (!w) return false;
  w->openers_alone = permit;
  edi_witness_holds(w, less->rule);
  edi_witness_holds(w, more->rule);
  edict_expect_kind kind = permit ? EDICT_EXPECT_PERMIT : EDICT_EXPECT_DENY;
  edi_witness_expect(a, w, by(kind, a, less->rule));
  edi_witness_expect(a, w, by(kind, a, more->rule));
  c->shows = "a request that both match";
  return true;
}

static void claim_shadowed(edi_analysis *a, const edi_subject *less, const edi_subject *more) {
  const edi_rule_decl *r = less->rule;
  size_t before = a->warning_count;
  edi_warning *c = edi_analysis_warn(a, EDI_W0303, r->name.span, "changes no answer",
                                    edi_analysis_text(a, "rule `%.*s` does nothing that rule `%.*s` does not do", EDI_STR_ARG(r->name.text),
                                                      EDI_STR_ARG(more->rule->name.text)));
  if (!c) return;
  c->other = more->rule->name.span;
  c->other_label = "applies wherever the other one does";
  if (!show_shadowed(a, c, less, more)) a->warning_count = before;
}

/* The first rule that makes the rule needless; EDI_NONE. */
static uint32_t find_shadower(const asker *by, uint32_t rule) {
  edi_analysis *a = by->a;
  candidates c = find_candidates(by, rule, may_shadow(a->subjects[rule].rule));
  for (size_t i = 0; i < c.count; i++) {
    uint32_t other = c.items[i];
    const edi_subject *less = &a->subjects[rule], *more = &a->subjects[other];
    if (!is_shadowed(a, less, more)) continue;
    /* Of two that are the same, the one that comes later is needless. */
    if (edi_analysis_own(a, more) && other > rule && is_shadowed(a, more, less)) continue;
    return other;
  }
  return EDI_NONE;
}

/* ---- all of them ---- */

enum { SWALLOWED, SHADOWED, LOOKS };

static bool is_looked_at(const edi_analysis *a, uint32_t rule) {
  return edi_analysis_own(a, &a->subjects[rule]) && may_imply(a, rule);
}

static uint32_t find(const asker *by, uint32_t rule, unsigned look) {
  return look == SWALLOWED ? find_swallower(by, rule) : find_shadower(by, rule);
}

static uint32_t look_ahead(const void *user, edi_analysis *alone, size_t worker, uint32_t rule, unsigned look) {
  const pairs *t = user;
  const asker by = {t, alone, &t->seen[worker]};
  return is_looked_at(alone, rule) ? find(&by, rule, look) : EDI_NONE;
}

static void look_at_rule(const asker *by, edi_ahead *ahead, uint32_t rule, unsigned look) {
  edi_analysis *a = by->a;
  const edi_ahead_answer *answer = edi_ahead_at(ahead, rule, look);
  uint32_t found = answer ? answer->found : find(by, rule, look);
  if (answer) edi_ahead_take(ahead, rule, look);
  if (found == EDI_NONE) return;
  edi_subject *s = &a->subjects[rule];
  s->swallowed = s->swallowed || look == SWALLOWED;
  if (look == SWALLOWED) claim_swallowed(a, s, &a->subjects[found]);
  else claim_shadowed(a, s, &a->subjects[found]);
}

static void look_at_all(pairs *t, edi_ahead *ahead) {
  edi_analysis *a = t->a;
  const asker by = {t, a, &t->seen[0]};
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    if (!is_looked_at(a, i)) continue;
    if (a->solver.steps >= a->solver.step_limit) {
      a->left += a->model->rules_count - i;
      return;
    }
    for (unsigned look = 0; look < LOOKS; look++) look_at_rule(&by, ahead, i, look);
  }
}

void edi_analysis_pairs(edi_analysis *a) {
  pairs t;
  edi_arena arena;
  edi_ahead ahead;
  if (a->failed) return;
  edi_arena_init(&arena, a->arena->allocator, a->arena->ceiling - a->arena->reserved);
  bool good = edi_ahead_open(&ahead, a, look_ahead, LOOKS, 32) && pairs_init(&t, a, &arena) && make_seen(&t, ahead.threads);
  ahead.user = &t;
  if (good && pairs_fill(&t)) look_at_all(&t, &ahead);
  else a->failed = true;
  edi_ahead_close(&ahead);
  edi_arena_fini(&arena);
}
