/* Comparison, ask: for each rule that a search is for, requests at which one side's holds and the other one's does not.
 *
 * The rules of both sides stand in one model: that of one side, with what changed of the other one carried into it. Where
 * some rule cannot be carried, as a name is gone, the other side's model is taken as well. What the solver proposes is
 * written down; whether anything comes out otherwise, both evaluators say. */
#include "policy/checker.h"
#include "policy/comparison.h"
#include "policy/pattern_places.h"

enum {
  STEPS_EACH = 200000,          /* of the solver, for one rule */
  BUDGET = 4000,                /* ... for one question */
  ASKED_MOST = 512,             /* requests in all */
  PAIRS_MOST = 1024,            /* rules of a field that are asked about: each looks at all the others */
  OTHERS_MOST = 24,             /* other permits that are kept from holding */
  PERMITS_TRIED = 6, PERMITS_LOOKED = 64, /* for one question: of those that may do, and of all */
  CASES_MOST = 8, ROW_TAGS_MOST = 8, OTHER_ROWS_MOST = 8, OPEN_MOST = 32,
};

typedef struct asker {
  edict_comparison *c;
  const edi_field *field;
  int base;
  edi_build build;
  edi_model model;
  edi_analysis a;
  unsigned char *sides;         /* by rule: 1 << side */
  bool lost;                    /* a rule could not be carried */
  uint32_t old, new_;           /* the pair at hand; EDI_NONE */
} asker;

enum { HOLDS = EDI_TRUTH_YES, SILENT = EDI_TRUTH_NO, UNKNOWN = EDI_TRUTH_UNKNOWN, OFF = EDI_TRUTH_NO | EDI_TRUTH_UNKNOWN };
enum { OLD_SIDE = 1 << EDI_OLD, NEW_SIDE = 1 << EDI_NEW, BOTH = OLD_SIDE | NEW_SIDE };

/* ---- one model ---- */

static uint32_t rule_named(const edi_model *m, edi_str name) {
  for (uint32_t i = 0; i < m->rules_count; i++)
    if (edi_str_equal(m->rules[i].decl->qualified, name)) return i;
  return EDI_NONE;
}

/* The number of a pair's rule in this field's model of a side: a domain's field has the federal rules too. */
static uint32_t rule_of(const asker *k, const edi_change_pair *pair, int side) {
  uint32_t rule = pair->rules[side];
  const edi_field *from = &k->c->fields[pair->field];
  if (rule == EDI_NONE || from == k->field) return rule;
  return rule_named(k->field->models[side], from->models[side]->rules[rule].decl->qualified);
}

static bool is_ours(const asker *k, const edi_change_pair *pair) { return pair->field == 0 || &k->c->fields[pair->field] == k->field; }

/* What stands on both sides and is no pair's is one rule. */
static bool make_model(asker *k) {
  edict_comparison *c = k->c;
  const edi_model *m = k->field->models[k->base];
  k->model = *m;
  k->model.rules = EDI_NEW_ARRAY(&c->arena, edi_sym_rule, m->rules_count + c->pair_count + 1);
  k->sides = EDI_NEW_ARRAY(&c->arena, unsigned char, m->rules_count + c->pair_count + 1);
  if (!k->model.rules || !k->sides) return false;
  for (size_t i = 0; i < m->rules_count; i++) {
    k->model.rules[i] = m->rules[i];
    k->sides[i] = BOTH;
  }
  return true;
}

static uint32_t carry(asker *k, int side, uint32_t rule) {
  const edi_model *from = k->field->models[side];
  edi_carrier carrier = {.arena = &k->c->arena, .from = from, .to = &k->model};
  if (rule == EDI_NONE) return EDI_NONE;
  edi_rule_decl *decl = edi_carry_rule(&carrier, from->rules[rule].decl);
  k->c->failed = k->c->failed || carrier.failed;
  k->lost = k->lost || !decl;
  if (!decl) return EDI_NONE;
  uint32_t number = (uint32_t)k->model.rules_count++;
  k->model.rules[number] = from->rules[rule];
  k->model.rules[number].decl = decl;
  k->sides[number] = (unsigned char)(1 << side);
  return number;
}

/* The pairs as numbers of the one model. */
static edi_change_pair *place_pairs(asker *k) {
  edict_comparison *c = k->c;
  int other = !k->base;
  edi_change_pair *out = EDI_NEW_ARRAY(&c->arena, edi_change_pair, c->pair_count + 1);
  size_t placed = 0;
  for (size_t i = 0; out && i < c->pair_count; i++) {
    out[i] = (edi_change_pair){EDI_NONE, {EDI_NONE, EDI_NONE}};
    if (!is_ours(k, &c->pairs[i])) continue;
    if (placed++ >= PAIRS_MOST) {
      c->left++;
      continue;
    }
    uint32_t here = rule_of(k, &c->pairs[i], k->base);
    out[i].field = c->pairs[i].field;
    out[i].rules[k->base] = here;
    if (here != EDI_NONE) k->sides[here] = (unsigned char)(1 << k->base);
    out[i].rules[other] = carry(k, other, rule_of(k, &c->pairs[i], other));
  }
  return out;
}

/* ---- who permits, who denies ---- */

static bool is_at_hand(const asker *k, size_t rule) { return rule == k->old || rule == k->new_; }

static void use(asker *k, unsigned sides) {
  edi_analysis *a = &k->a;
  a->denier_count = a->permit_count = a->delegate_count = 0;
  for (uint32_t i = 0; i < k->model.rules_count; i++) {
    const edi_rule_decl *r = k->model.rules[i].decl;
    if (r->shadow || !(k->sides[i] & sides) || is_at_hand(k, i)) continue;
    if (r->effect == EDI_EFFECT_FORBID || r->effect == EDI_EFFECT_REQUIRE) a->deniers[a->denier_count++] = i;
    if (r->effect == EDI_EFFECT_PERMIT && (sides != BOTH || k->sides[i] == BOTH)) a->permits[a->permit_count++] = i;
    if (r->effect == EDI_EFFECT_DELEGATE) a->delegates[a->delegate_count++] = i;
  }
}

/* ---- writing down ---- */

static bool propose(asker *k, const edi_rule_decl *about) {
  edict_comparison *c = k->c;
  edi_warning claim = {.witness_count = 0};
  k->a.contract_count = k->a.witness_count = 0;
  edi_witness *w = edi_witness_make(&k->a, &claim, 0, about);
  void *items = c->asked;
  if (w && (w->test.now < c->first || w->test.now >= c->past)) return false; /* the rule holds when the sides are not in force */
  if (!w || !edi_comparison_grow(c, &items, &c->asked_capacity, c->asked_count, sizeof *c->asked)) return false;
  c->asked = items;
  const edict_supposed_contract *made = edi_contract_named(c, &k->model, &k->a.contracts[w->contract]);
  edict_supposed_contract *contract = EDI_NEW(&c->arena, edict_supposed_contract);
  if (!made || !contract) return false;
  *contract = *made;
  edi_str product = {contract->product.ptr, contract->product.len};
  if (edi_str_contains(product, EDI_STR(".example-"))) /* nobody asked for the name */
    contract->product.ptr = edi_comparison_format(c, "%.*s.example-%zu", (int)contract->domain.len, contract->domain.ptr, c->asked_count + 1);
  contract->product.len = strlen(contract->product.ptr);
  w->test.product = contract->product.ptr;
  c->asked[c->asked_count++] = (edi_asked){w->test, contract};
  return true;
}

static bool is_full(const asker *k) {
  return k->c->failed || k->a.failed || k->c->asked_count >= ASKED_MOST || k->a.solver.steps >= k->a.solver.step_limit;
}

/* ---- goals ---- */

typedef struct wish { edi_truths old, new_; } wish;

static const edi_subject *subject(const asker *k, uint32_t rule) { return rule == EDI_NONE ? NULL : &k->a.subjects[rule]; }

/* False: the rule is not there, and so holds nowhere. */
static bool want_rule(asker *k, edi_permit_goals *g, uint32_t rule, edi_truths truths) {
  if (rule == EDI_NONE) return (truths & EDI_TRUTH_NO) != 0;
  edi_permit_want(g, subject(k, rule)->condition, truths, 0);
  return true;
}

/* Permits of the side that is not to permit. */
static void want_no_other(asker *k, edi_permit_goals *g, unsigned side) {
  size_t wanted = 0;
  for (uint32_t i = 0; i < k->model.rules_count && wanted < OTHERS_MOST; i++) {
    const edi_rule_decl *r = k->model.rules[i].decl;
    if (r->effect != EDI_EFFECT_PERMIT || r->shadow || !(k->sides[i] & side) || is_at_hand(k, i)) continue;
    edi_permit_want(g, subject(k, i)->condition, OFF, 0);
    wanted++;
  }
}

static void want_row_tags(asker *k, edi_permit_goals *g, const edi_expr *x, size_t *wanted) {
  if (!x || *wanted >= ROW_TAGS_MOST) return;
  if (x->kind == EDI_EXPR_ROW_TAG) {
    edi_permit_want(g, edi_analysis_holding(&k->a, x->symbol), HOLDS, 0);
    edi_permit_tag(g, x->symbol);
    ++*wanted;
  }
  for (uint32_t i = 0; i < x->operand_count; i++) want_row_tags(k, g, x->operands[i], wanted);
}

static void want_rows(asker *k, edi_permit_goals *g, uint32_t rule) {
  size_t wanted = 0;
  if (rule == EDI_NONE) return;
  const edi_rule_decl *r = k->model.rules[rule].decl;
  const edi_expr *all[] = {r->more->where, r->more->retain_while, r->more->after, r->more->group};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) want_row_tags(k, g, all[i], &wanted);
}

static edi_expr *is_set(asker *k, edi_expr *what) {
  edi_expr *x = EDI_NEW(k->a.arena, edi_expr), **operands = EDI_NEW_ARRAY(k->a.arena, edi_expr *, 1);
  k->a.failed = k->a.failed || !x || !operands;
  if (!x || !operands) return NULL;
  operands[0] = what;
  *x = (edi_expr){.kind = EDI_EXPR_IS_SET, .operands = operands, .operand_count = 1, .type = EDI_TYPE_BOOL, .symbol = EDI_NONE, .span = EDI_SPAN_NONE};
  return x;
}

static void want_known(asker *k, edi_permit_goals *g, edi_expr *x) {
  bool may_lack = x->kind == EDI_EXPR_ATTR && (!k->model.attrs[x->symbol].builtin || x->symbol == k->a.solver.attr_purpose);
  const edi_expr *known = may_lack ? is_set(k, x) : NULL;
  if (known) edi_permit_want(g, known, HOLDS, 0);
  for (uint32_t i = 0; i < x->operand_count; i++) want_known(k, g, x->operands[i]);
}

/* A permit whose obligation has an argument that is not known does not hold. */
static void want_duties(asker *k, edi_permit_goals *g, uint32_t rule) {
  const edi_rule_decl *r = k->model.rules[rule].decl;
  for (size_t i = 0; i < r->more->oblige_count; i++)
    for (size_t n = 0; n < r->more->obliges[i].argument_count; n++) want_known(k, g, r->more->obliges[i].arguments[n]);
}

static bool reads_row(const edi_expr *x) {
  if (x->kind == EDI_EXPR_ROW_TAG || x->kind == EDI_EXPR_ROW_COLUMN) return true;
  for (uint32_t i = 0; i < x->operand_count; i++)
    if (reads_row(x->operands[i])) return true;
  return false;
}

/* A column that the line reaches, for certain or as nobody knows better, by this case of it; what reads a row is left open. */
static void want_case(edi_permit_goals *g, const edi_mask_line *line, const edi_mask_case *own, edi_truths reached) {
  edi_permit_want(g, line->column, reached, 0);
  for (const edi_mask_case *one = line->cases; own && one != own + 1; one++)
    if (one->condition && !reads_row(one->condition)) edi_permit_want(g, one->condition, one == own ? HOLDS : SILENT, 0);
}

/* What the solver takes as free may keep a permit from holding after all, so a second one is asked for. One that is proven
 * not to do costs little, and is not counted. */
static unsigned solve_twice(asker *k, edi_permit_goals *g, const edi_rule_decl *about) {
  edi_analysis *a = &k->a;
  size_t all = a->permit_count, tried = 0;
  uint32_t first = a->permits[0];
  unsigned found = 0;
  a->permit_count = 1;
  for (size_t i = 0; i < all && i < PERMITS_LOOKED && tried < PERMITS_TRIED && found < 2 && !is_full(k); i++) {
    size_t left = a->left;
    a->permits[0] = i ? a->permits[i] : first;
    bool may = edi_permit_solve(g);
    tried += may || a->left > left;
    found += may && propose(k, about);
  }
  a->permits[0] = first;
  a->permit_count = all;
  return found;
}

static bool solve(asker *k, edi_permit_goals *g, const edi_rule_decl *about) {
  if (is_full(k)) {
    k->c->left++;
    return false;
  }
  size_t left = k->a.left;
  bool found = k->a.permit_count ? solve_twice(k, g, about) > 0 : edi_permit_solve(g) && propose(k, about);
  k->c->left += !found && k->a.left > left; /* one question, however many permits were tried for it */
  k->a.left = left;
  return found;
}

/* ---- by effect ---- */

static const edi_rule_decl *decl_of(const asker *k) { return k->model.rules[k->new_ != EDI_NONE ? k->new_ : k->old].decl; }

/* `rule` permits on its side, and nothing does on the other one. */
static void ask_permit(asker *k, uint32_t rule, uint32_t other, unsigned side) {
  for (int alone = 1; alone >= 0 && rule != EDI_NONE; alone--) {
    edi_permit_goals g;
    edi_permit_begin(&g, &k->a, 1);
    use(k, side);
    if (!want_rule(k, &g, other, OFF)) return;
    want_duties(k, &g, rule);
    if (alone) want_no_other(k, &g, BOTH & ~side);
    k->a.permits[0] = rule;
    k->a.permit_count = 1;
    if (solve(k, &g, k->model.rules[rule].decl)) return;
  }
}

/* A delegate lets a domain open: one that is there, or one that is supposed. */
static void ask_delegate(asker *k, uint32_t rule, uint32_t other, unsigned side) {
  edi_permit_goals g;
  if (rule == EDI_NONE) return;
  edi_permit_begin(&g, &k->a, 1);
  use(k, side);
  if (!want_rule(k, &g, other, OFF) || !want_rule(k, &g, rule, HOLDS)) return;
  size_t own = 0;
  for (size_t i = 0; i < k->a.permit_count; i++)
    if (k->model.rules[k->a.permits[i]].domain) k->a.permits[own++] = k->a.permits[i];
  k->a.permit_count = own;
  k->a.delegates[0] = rule;
  k->a.delegate_count = 1;
  (void)solve(k, &g, k->model.rules[rule].decl);
}

/* `rule` denies on its side, and something permits on the other one. */
static void ask_denier(asker *k, uint32_t rule, uint32_t other, unsigned other_side) {
  static const edi_truths ways[] = {HOLDS, UNKNOWN};
  for (size_t i = 0; i < 2 && rule != EDI_NONE; i++) {
    edi_permit_goals g;
    edi_permit_begin(&g, &k->a, 1);
    use(k, other_side);
    if (want_rule(k, &g, rule, ways[i]) && want_rule(k, &g, other, SILENT)) (void)solve(k, &g, k->model.rules[rule].decl);
  }
}

/* What shapes a permit, with these outcomes on a request that both sides permit; `line`, `own`: one case of a mask. */
static bool ask_shaped(asker *k, wish w, const edi_mask_line *line, const edi_mask_case *own, edi_truths reached) {
  edi_permit_goals g;
  edi_permit_begin(&g, &k->a, 1);
  use(k, BOTH);
  if (!want_rule(k, &g, k->old, w.old) || !want_rule(k, &g, k->new_, w.new_)) return false;
  want_rows(k, &g, k->old);
  want_rows(k, &g, k->new_);
  if (line) want_case(&g, line, own, reached);
  if (solve(k, &g, decl_of(k))) return true;
  use(k, NEW_SIDE); /* permits that changed as well */
  return solve(k, &g, decl_of(k));
}

static void ask_line(asker *k, wish w, const edi_mask_line *line, edi_truths reached) {
  (void)ask_shaped(k, w, line, NULL, reached);
  for (size_t n = 0; n < line->case_count && n < CASES_MOST; n++)
    if (line->cases[n].condition || line->cases[n].otherwise) (void)ask_shaped(k, w, line, &line->cases[n], reached);
}

static void ask_masks(asker *k, wish w, uint32_t rule) {
  if (rule == EDI_NONE) return;
  const edi_rule_decl *r = k->model.rules[rule].decl;
  for (size_t i = 0; i < r->mask_count && i < CASES_MOST; i++) {
    ask_line(k, w, &r->masks[i], HOLDS);
    if (r->masks[i].column->kind != EDI_EXPR_TAGGED) ask_line(k, w, &r->masks[i], UNKNOWN);
  }
}

/* What the other rules about rows read is there, so that a row may come through them. */
static void want_other_rows(asker *k, edi_permit_goals *g) {
  size_t wanted = 0;
  for (uint32_t i = 0; i < k->model.rules_count && wanted < OTHER_ROWS_MOST; i++) {
    const edi_rule_decl *r = k->model.rules[i].decl;
    if (r->shadow || !(r->more->where || r->more->after) || k->sides[i] != BOTH || is_at_hand(k, i)) continue;
    want_rows(k, g, i);
    if (r->more->where) want_known(k, g, r->more->where);
    wanted++;
  }
}

/* One way: what each side's `where` says of a row whose cells are free. */
static bool ask_where_so(asker *k, edi_expr *old, edi_expr *new_, wish way, bool others) {
  edi_permit_goals g;
  edi_permit_begin(&g, &k->a, 1);
  use(k, BOTH);
  if (!want_rule(k, &g, k->old, old ? HOLDS : EDI_TRUTH_ANY) || !want_rule(k, &g, k->new_, new_ ? HOLDS : EDI_TRUTH_ANY)) return true;
  want_rows(k, &g, k->old);
  want_rows(k, &g, k->new_);
  if (old) edi_permit_want(&g, old, way.old, 0);
  if (new_) edi_permit_want(&g, new_, way.new_, 0);
  if (way.old == way.new_) want_known(k, &g, new_ ? new_ : old); /* so that a table is asked with a whole key */
  if (others) want_other_rows(k, &g);
  return solve(k, &g, decl_of(k));
}

/* Rows that one side's `where` may show and the other one's may not; of the same one, rows that it may hide. What of the
 * request keeps a row from being looked at is settled here. */
static void ask_where(asker *k) {
  static const wish ways[] = {{HOLDS, OFF}, {OFF, HOLDS}, {OFF, OFF}};
  edi_expr *old = k->old == EDI_NONE ? NULL : k->model.rules[k->old].decl->more->where;
  edi_expr *new_ = k->new_ == EDI_NONE ? NULL : k->model.rules[k->new_].decl->more->where;
  for (size_t i = 0; i < sizeof ways / sizeof *ways && (old || new_); i++)
    if (!ask_where_so(k, old, new_, ways[i], true)) (void)ask_where_so(k, old, new_, ways[i], false);
}

static void ask_shape(asker *k) {
  ask_where(k);
  static const wish wishes[] = {{HOLDS, SILENT}, {SILENT, HOLDS}, {HOLDS, HOLDS}, {UNKNOWN, SILENT}, {SILENT, UNKNOWN}};
  for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
    (void)ask_shaped(k, wishes[i], NULL, NULL, HOLDS);
    ask_masks(k, wishes[i], k->old);
    ask_masks(k, wishes[i], k->new_);
  }
}

/* ---- exemptions ---- */

/* A rule that one of the pair exempts from, as the original tree names it. */
static uint32_t exempted(asker *k, const edi_change_pair *pair, int side, size_t at) {
  uint32_t rule = rule_of(k, pair, side);
  if (rule == EDI_NONE) return EDI_NONE;
  const edi_model *m = k->field->models[side];
  const edi_rule_decl *r = m->rules[rule].decl;
  if (r->effect != EDI_EFFECT_EXEMPT || at >= r->more->exempts.count || r->more->exempt_rules[at] == EDI_NONE) return EDI_NONE;
  return rule_named(&k->model, m->rules[r->more->exempt_rules[at]].decl->qualified);
}

static bool denies(const edi_rule_decl *r) { return r->effect == EDI_EFFECT_FORBID || r->effect == EDI_EFFECT_REQUIRE; }

/* `lifts` holds on its side, the other one does not, and the rule that is lifted applies. */
static void ask_lift(asker *k, uint32_t lifts, uint32_t other, uint32_t lifted, unsigned side) {
  edi_permit_goals g;
  if (lifts == EDI_NONE) return;
  edi_permit_begin(&g, &k->a, 1);
  use(k, denies(k->model.rules[lifted].decl) ? side : (unsigned)BOTH);
  for (size_t i = 0; i < k->a.denier_count; i++)
    if (k->a.deniers[i] == lifted) k->a.deniers[i--] = k->a.deniers[--k->a.denier_count];
  bool can = want_rule(k, &g, lifts, HOLDS) && want_rule(k, &g, other, OFF) && want_rule(k, &g, lifted, HOLDS);
  want_rows(k, &g, lifted);
  const edi_rule_decl *r = k->model.rules[lifted].decl;
  if (r->mask_count) (void)edi_mask_want_column(&g, &r->masks[0]);
  if (can) (void)solve(k, &g, k->model.rules[lifts].decl);
}

static void ask_exempt(asker *k, const edi_change_pair *pair) {
  uint32_t lifted;
  for (int side = 0; side < EDI_SIDES; side++)
    for (size_t i = 0; i < CASES_MOST && (lifted = exempted(k, pair, side, i)) != EDI_NONE; i++) {
      uint32_t lifts = side == EDI_OLD ? k->old : k->new_, other = side == EDI_OLD ? k->new_ : k->old;
      ask_lift(k, lifts, other, lifted, 1U << side);
      ask_lift(k, lifts, EDI_NONE, lifted, 1U << side);
    }
}

/* ---- one pair ---- */

/* A rule alone, whatever permits: where the two have another effect, or mean another thing. */
static void ask_alone(asker *k, uint32_t rule) {
  static const edi_truths ways[] = {HOLDS, UNKNOWN, SILENT};
  for (size_t i = 0; i < 3 && rule != EDI_NONE; i++) {
    edi_permit_goals g;
    edi_permit_begin(&g, &k->a, 1);
    use(k, BOTH);
    if (want_rule(k, &g, rule, ways[i])) (void)solve(k, &g, k->model.rules[rule].decl);
  }
}

/* What a rule of another effect, or none, does not take part in. */
static uint32_t like(const asker *k, uint32_t rule, edi_effect effect) {
  if (rule == EDI_NONE) return EDI_NONE;
  const edi_rule_decl *r = k->model.rules[rule].decl;
  edi_effect own = r->effect;
  return own == effect || (own == EDI_EFFECT_FORBID && effect == EDI_EFFECT_REQUIRE) || (own == EDI_EFFECT_REQUIRE && effect == EDI_EFFECT_FORBID) ? rule : EDI_NONE;
}

static void ask_effect(asker *k, const edi_change_pair *pair, edi_effect effect) {
  uint32_t old = like(k, k->old, effect), new_ = like(k, k->new_, effect);
  switch ((int)effect) {
    case EDI_EFFECT_PERMIT:
      ask_permit(k, new_, old, NEW_SIDE);
      ask_permit(k, old, new_, OLD_SIDE);
      return;
    case EDI_EFFECT_DELEGATE:
      ask_delegate(k, new_, old, NEW_SIDE);
      ask_delegate(k, old, new_, OLD_SIDE);
      return;
    case EDI_EFFECT_FORBID:
    case EDI_EFFECT_REQUIRE:
      ask_denier(k, old, new_, NEW_SIDE);
      ask_denier(k, new_, old, OLD_SIDE);
      return;
    case EDI_EFFECT_EXEMPT: ask_exempt(k, pair); return;
    default: ask_shape(k);
  }
}

static void ask_pair(asker *k, const edi_change_pair *pair, const edi_change_pair *placed) {
  k->old = placed->rules[EDI_OLD];
  k->new_ = placed->rules[EDI_NEW];
  if (k->old == EDI_NONE && k->new_ == EDI_NONE) return;
  if (k->c->asked_count >= ASKED_MOST) {
    k->c->left++;
    return;
  }
  k->a.solver.step_limit = k->a.solver.steps + STEPS_EACH;
  edi_effect effects[EDI_SIDES] = {k->old == EDI_NONE ? EDI_EFFECT_NONE : k->model.rules[k->old].decl->effect,
                                   k->new_ == EDI_NONE ? EDI_EFFECT_NONE : k->model.rules[k->new_].decl->effect};
  if (effects[EDI_NEW] != EDI_EFFECT_NONE) ask_effect(k, pair, effects[EDI_NEW]);
  if (effects[EDI_OLD] != EDI_EFFECT_NONE && effects[EDI_OLD] != effects[EDI_NEW]) ask_effect(k, pair, effects[EDI_OLD]);
  ask_alone(k, k->new_);
  ask_alone(k, k->old);
}

/* ---- what is left open ---- */

static void note_open(edict_comparison *c, const edi_model *m, const edi_rule_decl *r, const edi_expr *x) {
  if (!x || c->open_count >= OPEN_MOST) return;
  /* Of a pattern that is not understood it is not known that it lies within itself. */
  if (x->kind == EDI_EXPR_MATCHES && !edi_pattern_within(x->text, x->text)) {
    const char *line = edi_comparison_format(c, "rule %.*s asks for texts that match a pattern which the search does not read", EDI_STR_ARG(r->qualified));
    for (size_t i = 0; i < c->open_count; i++)
      if (strcmp(c->open[i], line) == 0) return;
    void *items = (void *)(uintptr_t)c->open;
    if (!edi_comparison_grow(c, &items, &c->open_capacity, c->open_count, sizeof *c->open)) return;
    c->open = items;
    c->open[c->open_count++] = line;
  }
  for (uint32_t i = 0; i < x->operand_count; i++) note_open(c, m, r, x->operands[i]);
}

static void note_all_open(edict_comparison *c) {
  for (size_t i = 0; i < c->pair_count; i++)
    for (int side = 0; side < EDI_SIDES; side++) {
      const edi_model *m = c->fields[c->pairs[i].field].models[side];
      if (c->pairs[i].rules[side] == EDI_NONE) continue;
      const edi_rule_decl *r = m->rules[c->pairs[i].rules[side]].decl;
      const edi_expr *all[] = {r->target, r->more->where, r->when, r->unless, r->more->require, r->more->retain_while};
      for (size_t n = 0; n < sizeof all / sizeof *all; n++) note_open(c, m, r, all[n]);
    }
}

/* ---- all ---- */

/* False: some rule could not be carried. */
static bool ask_field(edict_comparison *c, const edi_field *field, int base) {
  const edict_analysis_options options = {.size = sizeof options, .now = INT64_MIN};
  const edi_compared_bundle *b = field->bundles[base] ? field->bundles[base] : c->sides[base].federal;
  asker *k = EDI_NEW(&c->arena, asker);
  if (!k) return !(c->failed = true);
  k->c = c;
  k->field = field;
  k->base = base;
  edi_change_pair *placed = make_model(k) ? place_pairs(k) : NULL;
  if (!placed) return !(c->failed = true);
  k->build = b->build;
  k->build.model = &k->model;
  if (edi_analysis_start(&k->a, &c->arena, &c->arena, &k->build, &options) != EDICT_OK) return !(c->failed = true);
  k->a.budget = BUDGET;
  k->a.solver.prefer_now = c->first;
  for (size_t i = 0; i < c->pair_count && !c->failed; i++) ask_pair(k, &c->pairs[i], &placed[i]);
  c->failed = c->failed || k->a.failed || k->a.solver.failed;
  return !k->lost;
}

/* ---- requests that nothing is known of, to begin with ---- */

enum { ISSUERS_MOST = 4 };

static const char *leaf_action(edict_comparison *c, const edi_model *m) {
  uint32_t node = edi_model_node(m, EDI_BUILTIN_ACTION, EDI_STR("read"));
  return node == EDI_NONE ? "read" : edi_comparison_text(c, m->nodes[node].name);
}

static void add_plain(edict_comparison *c, const edi_model *m, edi_str issuer, edi_str domain) {
  edict_supposed_contract *contract = EDI_NEW(&c->arena, edict_supposed_contract);
  void *items = c->asked;
  if (!contract || !edi_comparison_grow(c, &items, &c->asked_capacity, c->asked_count, sizeof *c->asked)) return;
  c->asked = items;
  const char *product = edi_comparison_format(c, "%.*s.example-%zu", EDI_STR_ARG(domain), c->asked_count + 1);
  *contract = (edict_supposed_contract){.product = {product, strlen(product)}, .domain = {domain.ptr, domain.len}, .dataset = {"example", 7}};
  c->asked[c->asked_count++] = (edi_asked){{.title = "", .file = "", .product = product, .dataset = "example", .action = leaf_action(c, m),
                                            .issuer = edi_comparison_text(c, issuer), .id = "s-1", .now = c->first}, contract};
}

static bool is_asked(const edict_comparison *c, size_t from, edi_str issuer, edi_str domain) {
  for (size_t i = from; i < c->asked_count; i++)
    if (edi_str_equal(edi_str_from(c->asked[i].test.issuer), issuer) && c->asked[i].contract->domain.len == domain.len &&
        memcmp(c->asked[i].contract->domain.ptr, domain.ptr, domain.len) == 0)
      return true;
  return false;
}

/* Of each issuer and each root of `domain`: what is searched from there knows nothing of any rule. */
static void ask_plainly(edict_comparison *c) {
  size_t from = c->asked_count;
  for (int side = EDI_NEW; side >= 0; side--)
    for (size_t f = 0; f < c->field_count; f++) {
      const edi_model *m = c->fields[f].models[side];
      edi_range domains = m->kinds[EDI_BUILTIN_DOMAIN].nodes;
      for (size_t i = 0; i < m->issuers_count && i < ISSUERS_MOST; i++)
        for (uint32_t d = domains.first, n = 0; d < domains.first + domains.count && n < ISSUERS_MOST; d = m->nodes[d].end, n++)
          if (!is_asked(c, from, m->issuers[i].name, m->nodes[d].name)) add_plain(c, m, m->issuers[i].name, m->nodes[d].name);
    }
}

void edi_comparison_ask(edict_comparison *c) {
  note_all_open(c);
  for (size_t i = 0; i < c->field_count && c->pair_count && !c->failed; i++)
    if (!ask_field(c, &c->fields[i], EDI_NEW)) (void)ask_field(c, &c->fields[i], EDI_OLD);
  if (!c->failed) ask_plainly(c);
}
