/* Analysis of pairs: permits that something always refuses, rules that another one makes needless.
 *
 * Whether one condition implies another is a question for the solver; so that not every rule is asked
 * against every other, each rule stands in an index under one thing that its condition needs, and a rule
 * looks there under what its own condition says. */
#include "policy/analysis.h"

#include "policy/checker.h"

/* ---- what a condition needs ---- */

typedef struct need { uint64_t key; uint32_t weight; } need;

enum { NEEDS_MOST = 32, LISTED_MOST = 24 };

typedef struct needs { need items[NEEDS_MOST]; size_t count; bool other; } needs;

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

/* ---- walking a condition's parts ---- */

typedef struct literal { const edi_expr *expr; bool yes; } literal;
typedef void each_literal(void *user, const edi_expr *expr, bool yes);

/* Each test that has to hold by itself; what is joined by `or` is one part, given whole. */
static void walk_parts(const edi_expr *x, bool yes, each_literal *each, void *user) {
  if (!x) return;
  if (x->kind == EDI_EXPR_NOT) walk_parts(x->operands[0], !yes, each, user);
  else if (x->kind == (yes ? EDI_EXPR_AND : EDI_EXPR_OR)) {
    walk_parts(x->operands[0], yes, each, user);
    walk_parts(x->operands[1], yes, each, user);
  } else {
    each(user, x, yes);
  }
}

/* The tests of a part: itself, or those that `or` joins. */
static void walk_choices(const edi_expr *x, bool yes, each_literal *each, void *user) {
  if (x->kind == EDI_EXPR_NOT) walk_choices(x->operands[0], !yes, each, user);
  else if (x->kind == (yes ? EDI_EXPR_OR : EDI_EXPR_AND)) {
    walk_choices(x->operands[0], yes, each, user);
    walk_choices(x->operands[1], yes, each, user);
  } else if (x->kind == EDI_EXPR_AND || x->kind == EDI_EXPR_OR) {
    walk_choices(x->operands[0], yes, each, user);
    walk_choices(x->operands[1], yes, each, user);
  } else {
    each(user, x, yes);
  }
}

static bool negated(edi_expr_kind kind) { return kind == EDI_EXPR_NE || kind == EDI_EXPR_IS_NOT || kind == EDI_EXPR_NOT_IN; }

typedef struct keys_of {
  edi_analysis *a;
  bool above;
  each_key *each;
  void *user;
} keys_of;

static void literal_keys(void *user, const edi_expr *x, bool yes) {
  keys_of *k = user;
  edi_solver *s = &k->a->solver;
  bool list = x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING;
  if (x->kind == EDI_EXPR_BOOL) return;
  if (negated(x->kind)) yes = !yes;
  for (uint32_t i = 0; i < (list ? x->operand_count : 1) && i < LISTED_MOST; i++) {
    uint32_t number = edi_solver_atom(s, x, i, 0);
    if (number == EDI_NONE) return;
    edi_atom atom = s->atoms[number];
    if (atom.terms[0] != EDI_NONE && s->terms[atom.terms[0]].kind == EDI_TERM_ATTR && s->terms[atom.terms[0]].symbol == s->attr_action) continue;
    atom_keys(k->a, &atom, yes, k->above, k->each, k->user);
  }
}

/* ---- families of terms, a bit for each: what is not there cannot be implied ---- */

static uint64_t family(const edi_solver *s, uint32_t term) {
  if (term == EDI_NONE || s->terms[term].never_known) return 0;
  bool tags = s->terms[term].kind == EDI_TERM_HELD || s->terms[term].kind == EDI_TERM_TAGS;
  return tags ? 1 : UINT64_C(2) << (term % 63);
}

typedef struct reads_of { edi_analysis *a; uint64_t bits; } reads_of;

static void add_reads(void *user, const edi_expr *x, bool yes) {
  reads_of *r = user;
  (void)yes;
  if (x->kind == EDI_EXPR_BOOL) return;
  uint32_t number = edi_solver_atom(&r->a->solver, x, 0, 0);
  if (number == EDI_NONE) return;
  const edi_atom *atom = &r->a->solver.atoms[number];
  r->bits |= family(&r->a->solver, atom->terms[0]) | family(&r->a->solver, atom->terms[1]);
}

static void add_choice_reads(void *user, const edi_expr *x, bool yes) { walk_choices(x, yes, add_reads, user); }

/* What every way to meet the condition reads: parts that are one test. */
static void add_needed(void *user, const edi_expr *x, bool yes) {
  if (x->kind != EDI_EXPR_AND && x->kind != EDI_EXPR_OR) add_reads(user, x, yes);
}

/* ---- the index ---- */

typedef struct entry { uint64_t key; uint32_t rule, next; } entry;

typedef struct index_table {
  edi_analysis *a;
  uint32_t *buckets, *counts;
  size_t size;
  entry *entries;
  size_t count, capacity;
  uint32_t *unkeyed;      /* rules that need nothing in particular */
  size_t unkeyed_count;
  uint64_t *needed;       /* by rule: families that its condition cannot do without */
  uint32_t *stamps, stamp;
} index_table;

static bool index_init(index_table *t, edi_analysis *a) {
  size_t size = 256;
  while (size < 4 * a->model->rules_count) size *= 2;
  *t = (index_table){.a = a, .size = size};
  t->buckets = EDI_NEW_ARRAY(a->arena, uint32_t, size);
  t->counts = EDI_NEW_ARRAY(a->arena, uint32_t, size);
  t->unkeyed = EDI_NEW_ARRAY(a->arena, uint32_t, a->model->rules_count);
  t->needed = EDI_NEW_ARRAY(a->arena, uint64_t, a->model->rules_count);
  t->stamps = EDI_NEW_ARRAY(a->arena, uint32_t, a->model->rules_count);
  if (!t->buckets || !t->counts || !t->unkeyed || !t->needed || !t->stamps) return false;
  for (size_t i = 0; i < size; i++) t->buckets[i] = EDI_NONE;
  return true;
}

static void count_key(void *user, uint64_t key) {
  index_table *t = user;
  t->counts[key & (t->size - 1)]++;
}

/* A part's keys, and how crowded they are. */
typedef struct collected { index_table *t; uint64_t keys[LISTED_MOST]; size_t count; uint64_t weight; } collected;

static void collect_key(void *user, uint64_t key) {
  collected *c = user;
  if (c->count == LISTED_MOST) c->weight = UINT64_MAX / 2;
  else c->keys[c->count++] = key;
  c->weight += c->t->counts[key & (c->t->size - 1)];
}

typedef struct choice { index_table *t; collected best; bool any; } choice;

static void weigh_part(void *user, const edi_expr *x, bool yes) {
  choice *c = user;
  collected here = {.t = c->t};
  keys_of k = {c->t->a, false, collect_key, &here};
  walk_choices(x, yes, literal_keys, &k);
  if (here.count == 0 || here.weight >= UINT64_MAX / 2) return;
  if (!c->any || here.weight < c->best.weight) c->best = here;
  c->any = true;
}

static void count_part(void *user, const edi_expr *x, bool yes) {
  index_table *t = user;
  keys_of k = {t->a, false, count_key, t};
  walk_choices(x, yes, literal_keys, &k);
}

static void file_under(index_table *t, uint64_t key, uint32_t rule) {
  void *items = t->entries;
  if (!edi_arena_grow(t->a->arena, &items, &t->capacity, t->count, sizeof *t->entries)) {
    t->a->failed = true;
    return;
  }
  t->entries = items;
  uint32_t *bucket = &t->buckets[key & (t->size - 1)];
  t->entries[t->count] = (entry){key, rule, *bucket};
  *bucket = (uint32_t)t->count++;
}

static void file_rule(index_table *t, uint32_t rule) {
  choice c = {.t = t};
  walk_parts(t->a->subjects[rule].condition, true, weigh_part, &c);
  for (size_t i = 0; i < c.best.count; i++) file_under(t, c.best.keys[i], rule);
  if (!c.any) t->unkeyed[t->unkeyed_count++] = rule;
}

static bool may_imply(const edi_analysis *a, uint32_t rule) {
  return !a->subjects[rule].never && !a->model->rules[rule].broken && !a->subjects[rule].rule->shadow &&
         !a->subjects[rule].exempted;
}

static bool index_fill(index_table *t) {
  edi_analysis *a = t->a;
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    reads_of needed = {a, 0}, reads = {a, 0};
    walk_parts(a->subjects[i].condition, true, add_needed, &needed);
    walk_parts(a->subjects[i].condition, true, add_choice_reads, &reads);
    t->needed[i] = needed.bits;
    a->subjects[i].reads = reads.bits;
    if (may_imply(a, i)) walk_parts(a->subjects[i].condition, true, count_part, t);
  }
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++)
    if (may_imply(a, i)) file_rule(t, i);
  return !a->failed && !a->solver.failed;
}

/* ---- candidates ---- */

typedef bool wanted_rule(const edi_analysis *a, uint32_t rule, uint32_t other);

typedef struct candidates {
  index_table *t;
  uint32_t rule;
  wanted_rule *wanted;
  uint32_t items[EDI_ANALYSIS_CANDIDATES];
  size_t count;
  uint32_t looked;
} candidates;

enum { LOOKED_MOST = 512 };

static void offer(candidates *c, uint32_t other) {
  index_table *t = c->t;
  const edi_subject *own = &t->a->subjects[c->rule];
  c->looked++;
  if (other == c->rule || t->stamps[other] == t->stamp || c->count == EDI_ANALYSIS_CANDIDATES) return;
  t->stamps[other] = t->stamp;
  if (t->needed[other] & ~own->reads) return;
  if (c->wanted(t->a, c->rule, other)) c->items[c->count++] = other;
}

static void look_under(void *user, uint64_t key) {
  candidates *c = user;
  for (uint32_t i = c->t->buckets[key & (c->t->size - 1)]; i != EDI_NONE && c->looked < LOOKED_MOST; i = c->t->entries[i].next)
    if (c->t->entries[i].key == key) offer(c, c->t->entries[i].rule);
}

static void look_by_part(void *user, const edi_expr *x, bool yes) {
  candidates *c = user;
  keys_of k = {c->t->a, true, look_under, c};
  walk_choices(x, yes, literal_keys, &k);
}

static void find_candidates(candidates *c) {
  c->t->stamp++;
  walk_parts(c->t->a->subjects[c->rule].condition, true, look_by_part, c);
  for (size_t i = 0; i < c->t->unkeyed_count && c->looked < LOOKED_MOST; i++) offer(c, c->t->unkeyed[i]);
}

/* ---- swallowed ---- */

static bool denies(const edi_rule_decl *r) { return r->effect == EDI_EFFECT_FORBID || r->effect == EDI_EFFECT_REQUIRE; }

static bool may_swallow(const edi_analysis *a, uint32_t rule, uint32_t other) {
  (void)rule;
  return denies(a->subjects[other].rule);
}

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

static void look_for_swallowed(index_table *t, uint32_t rule) {
  edi_analysis *a = t->a;
  candidates c = {.t = t, .rule = rule, .wanted = may_swallow};
  find_candidates(&c);
  for (size_t i = 0; i < c.count; i++) {
    edi_subject *p = &a->subjects[rule], *f = &a->subjects[c.items[i]];
    if (!implies(a, p->condition, HOLDS, f->condition, APPLIES)) continue;
    claim_swallowed(a, p, f);
    return;
  }
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
  if (!edi_expr_same(less->after, more->after) || less->then_erase != more->then_erase) return false;
  if (edi_expr_same(less->duration, more->duration)) return true;
  if (less->duration->kind != EDI_EXPR_DURATION || more->duration->kind != EDI_EXPR_DURATION) return false;
  int order = edi_duration_compare(more->duration->duration, less->duration->duration);
  return most ? order == -1 || order == 0 : order == 1 || order == 0;
}

/* The same obligations: one that a host cannot meet turns a permit off, and a closer into a refusal. */
static bool same_obliges(const edi_rule_decl *x, const edi_rule_decl *y) {
  if (x->oblige_count != y->oblige_count) return false;
  for (size_t i = 0; i < x->oblige_count; i++) {
    const edi_oblige *a = &x->obliges[i], *b = &y->obliges[i];
    if (a->symbol != b->symbol || a->argument_count != b->argument_count) return false;
    for (size_t k = 0; k < a->argument_count; k++)
      if (!edi_expr_same(a->arguments[k], b->arguments[k])) return false;
  }
  return true;
}

static bool exempts_no_less(const edi_rule_decl *less, const edi_rule_decl *more) {
  for (size_t i = 0; i < less->exempts.count; i++) {
    bool named = false;
    for (size_t k = 0; k < more->exempts.count; k++) named = named || more->exempt_rules[k] == less->exempt_rules[i];
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
    case EDI_EFFECT_DELEGATE: return more->effect == EDI_EFFECT_DELEGATE && edi_model_below(a->model, less->delegate_node, more->delegate_node);
    case EDI_EFFECT_MASK: return more->effect == EDI_EFFECT_MASK && masks_no_less(a, less, more);
    case EDI_EFFECT_SHOW_ROWS: return more->effect == EDI_EFFECT_SHOW_ROWS && implies(a, more->where, HOLDS, less->where, HOLDS);
    case EDI_EFFECT_RETAIN_AT_MOST:
    case EDI_EFFECT_RETAIN_AT_LEAST: return more->effect == less->effect && keeps_no_less(less, more);
    case EDI_EFFECT_RETAIN_WHILE: return more->effect == less->effect && edi_expr_same(less->retain_while, more->retain_while);
    case EDI_EFFECT_EXEMPT: return more->effect == less->effect && exempts_no_less(less, more);
    case EDI_EFFECT_SHOW_GROUPS:
      return more->effect == less->effect && more->least >= less->least && edi_expr_same(less->group, more->group);
    case EDI_EFFECT_NONE: break;
  }
  return false;
}

static bool may_shadow(const edi_analysis *a, uint32_t rule, uint32_t other) {
  const edi_rule_decl *less = a->subjects[rule].rule, *more = a->subjects[other].rule;
  bool domain_opens = less->effect == EDI_EFFECT_PERMIT && a->subjects[other].sym->domain && !a->subjects[rule].sym->domain;
  return (less->effect == more->effect || (denies(less) && denies(more))) && !domain_opens;
}

static bool is_shadowed(edi_analysis *a, const edi_subject *less, const edi_subject *more) {
  bool opener = less->rule->effect == EDI_EFFECT_PERMIT || less->rule->effect == EDI_EFFECT_DELEGATE ||
                less->rule->effect == EDI_EFFECT_EXEMPT;
  edi_truths counts = opener ? HOLDS : APPLIES;
  return same_obliges(less->rule, more->rule) && implies(a, less->condition, counts, more->condition, counts) && does_no_less(a, less->rule, more->rule);
}

/* A request at which both rules are among the reasons, where the effect has one that can be asked for. */
static bool show_shadowed(edi_analysis *a, edi_warning *c, const edi_subject *less, const edi_subject *more) {
  bool permit = less->rule->effect == EDI_EFFECT_PERMIT;
  edi_goal goals[] = {{more->condition, HOLDS, 0}, {less->condition, HOLDS, 0}};
  if (!permit && !denies(less->rule)) return true;
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

static void look_for_shadowed(index_table *t, uint32_t rule) {
  edi_analysis *a = t->a;
  candidates c = {.t = t, .rule = rule, .wanted = may_shadow};
  find_candidates(&c);
  for (size_t i = 0; i < c.count; i++) {
    uint32_t other = c.items[i];
    const edi_subject *less = &a->subjects[rule], *more = &a->subjects[other];
    if (!is_shadowed(a, less, more)) continue;
    /* Of two that are the same, the one that comes later is needless. */
    if (edi_analysis_own(a, more->sym) && other > rule && is_shadowed(a, more, less)) continue;
    claim_shadowed(a, less, more);
    return;
  }
}

void edi_analysis_pairs(edi_analysis *a) {
  index_table t;
  if (a->failed || !index_init(&t, a) || !index_fill(&t)) {
    a->failed = true;
    return;
  }
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    if (!edi_analysis_own(a, a->subjects[i].sym) || !may_imply(a, i)) continue;
    if (a->subjects[i].rule->effect == EDI_EFFECT_PERMIT) look_for_swallowed(&t, i);
    look_for_shadowed(&t, i);
  }
}
