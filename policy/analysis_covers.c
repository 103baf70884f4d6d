/* Analysis of covers: a permit that several rules refuse together, each of them a part.
 *
 * Looked for where no rule swallows the permit alone (analysis_pairs.c). One question is asked of a permit: can it
 * hold while none of the rules that deny applies? A no is a proof; then each rule that is not needed for it is
 * left out, until each of the rest is. The first COVER_MOST rules that may speak of the permit's actions are
 * looked at, so that the work is bounded; exempted ones and those in shadow do not count, and none whose target asks
 * for a tag or a name that the permit says nothing of: where that is not, the rule does not apply. */
#include "policy/analysis.h"

#include "bundle/order.h"
#include "policy/ahead.h"
#include "policy/checker.h"

enum { NAMES, REST }; /* past the nodes */
enum { COVER_MOST = 40, NAMED_MOST = 64, COVER_BUDGET = 4000, APPLIES = EDI_TRUTH_YES | EDI_TRUTH_UNKNOWN };

/* Rules that deny, filed under what one part of their target asks for: tags, a name, or neither. */
typedef struct filed { uint32_t rule, next; } filed;
typedef struct deniers {
  uint32_t *heads;            /* by node, and then for names and for the rest; entry + 1 */
  filed *entries;
  size_t count, capacity;
} deniers;

typedef struct cover {
  edi_analysis *a;
  const deniers *deniers;
  const edi_subject *permit;
  uint32_t rules[COVER_MOST];
  size_t count;
} cover;

/* Whether the rule may say something of an action that the permit opens. */
static bool shares_action(const edi_analysis *a, const edi_rule_decl *permit, const edi_rule_decl *denier) {
  if (denier->effect == EDI_EFFECT_REQUIRE) return true;
  for (size_t i = 0; i < permit->actions.count; i++)
    for (size_t k = 0; k < denier->actions.count; k++)
      if (edi_model_below(a->model, permit->action_nodes[i], denier->action_nodes[k]) ||
          edi_model_below(a->model, denier->action_nodes[k], permit->action_nodes[i]))
        return true;
  return false;
}

static bool is_tags(const edi_expr *x) { return x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING; }

/* A part of the target that has to hold and asks for tags or a name; NULL. */
static const edi_expr *needed(const edi_expr *target) {
  if (!target) return NULL;
  if (is_tags(target) || target->kind == EDI_EXPR_NAMED) return target->entity < EDI_ENTITY_RESOURCE ? target : NULL;
  if (target->kind != EDI_EXPR_AND) return NULL;
  const edi_expr *left = needed(target->operands[0]);
  return left ? left : needed(target->operands[1]);
}

static void file_under(edi_analysis *a, deniers *d, uint32_t node, uint32_t rule) {
  void *items = d->entries;
  if (!edi_arena_grow(a->work, &items, &d->capacity, d->count, sizeof *d->entries)) {
    a->failed = true;
    return;
  }
  d->entries = items;
  d->entries[d->count++] = (filed){rule, d->heads[node]};
  d->heads[node] = (uint32_t)d->count;
}

/* The last first, so that they are found from the first on. */
static bool file_all(edi_analysis *a, deniers *d) {
  *d = (deniers){.heads = EDI_NEW_ARRAY(a->work, uint32_t, a->model->nodes_count + REST + 1)};
  for (size_t i = a->denier_count; i-- > 0 && d->heads && !a->failed;) {
    const edi_subject *s = &a->subjects[a->deniers[i]];
    if (s->never || s->exempted) continue;
    const edi_expr *part = needed(s->rule->target);
    uint32_t past = (uint32_t)a->model->nodes_count;
    if (!part || !is_tags(part)) file_under(a, d, past + (part ? NAMES : REST), a->deniers[i]);
    for (size_t k = 0; part && k < part->operand_count; k++) file_under(a, d, part->operands[k]->symbol, a->deniers[i]);
  }
  return d->heads && !a->failed;
}

static void take(cover *c, uint32_t rule) {
  for (size_t i = 0; i < c->count; i++)
    if (c->rules[i] == rule) return;
  if (c->count < COVER_MOST && shares_action(c->a, c->permit->rule, c->a->subjects[rule].rule)) c->rules[c->count++] = rule;
}

static void take_under(cover *c, uint32_t node) {
  unsigned looked = 0;
  for (uint32_t at = c->deniers->heads[node]; at && c->count < COVER_MOST && looked < 4 * COVER_MOST; at = c->deniers->entries[at - 1].next, looked++)
    take(c, c->deniers->entries[at - 1].rule);
  c->a->solver.steps += looked / 8; /* looking at them costs as well */
}

/* What asks for a tag or one above it is asked for wherever that tag is. */
static void take_named(cover *c, const edi_expr *x, size_t *named) {
  if (!x || *named >= NAMED_MOST) return;
  if (x->kind == EDI_EXPR_NAMED) take_under(c, (uint32_t)c->a->model->nodes_count + NAMES);
  if (!is_tags(x)) {
    for (size_t i = 0; i < x->operand_count; i++) take_named(c, x->operands[i], named);
    return;
  }
  for (size_t i = 0; i < x->operand_count && x->entity < EDI_ENTITY_RESOURCE && ++*named < NAMED_MOST; i++)
    for (uint32_t at = x->operands[i]->symbol; at != EDI_NONE; at = c->a->model->nodes[at].parent) take_under(c, at);
}

static void collect(cover *c) {
  const edi_rule_decl *r = c->permit->rule;
  const edi_expr *all[] = {r->target, r->when, r->unless};
  size_t named = 0;
  take_under(c, (uint32_t)c->a->model->nodes_count + REST);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) take_named(c, all[i], &named);
  (void)edi_order_distinct(c->rules, (uint32_t)c->count); /* in the order of the rules */
}

/* Whether the permit can never hold where none of the rules but `without` applies. */
static bool swallows(const cover *c, size_t without) {
  edi_goal goals[COVER_MOST + 1] = {{c->permit->condition, EDI_TRUTH_YES, 0}};
  size_t count = 1;
  for (size_t i = 0; i < c->count; i++)
    if (i != without) goals[count++] = (edi_goal){c->a->subjects[c->rules[i]].condition, EDI_TRUTH_NO, 0};
  return edi_solve(&c->a->solver, goals, count, COVER_BUDGET) == EDI_SOLVED_NEVER;
}

static void reduce(cover *c) {
  for (size_t i = c->count; i-- > 0;) {
    if (!swallows(c, i)) continue;
    memmove(&c->rules[i], &c->rules[i + 1], (c->count - i - 1) * sizeof *c->rules);
    c->count--;
  }
}

static const char *names_of(const cover *c) {
  edi_buf lines;
  edi_buf_init(&lines, NULL, 16384);
  for (size_t i = 0; i < c->count; i++)
    edi_buf_format(&lines, "%s%.*s", i ? "\n" : "", EDI_STR_ARG(c->a->subjects[c->rules[i]].rule->qualified));
  const char *copy = lines.failed == EDICT_OK ? edi_arena_copy(c->a->arena, lines.ptr, lines.len) : NULL;
  c->a->failed = c->a->failed || !copy;
  edi_buf_fini(&lines);
  return copy;
}

/* A request that the permit would open and that one of them refuses. */
static bool show_cover(const cover *c, edi_warning *w) {
  edi_analysis *a = c->a;
  const edi_subject *first = &a->subjects[c->rules[0]];
  edi_goal goal = {first->condition, APPLIES, 0};
  if (!edi_analysis_may_witness(a) || !edi_permit_ask(a, c->permit, &goal, 1)) return false;
  edi_witness *open = edi_witness_make(a, w, 0, c->permit->rule), *real = edi_witness_make(a, w, 0, first->rule);
  if (!open || !real) return false;
  open->openers_alone = true;
  edi_witness_holds(open, c->permit->rule);
  edi_witness_expect(a, open, (edict_expectation){.kind = EDICT_EXPECT_PERMIT, .rule = c->permit->rule->qualified.ptr});
  edi_witness_expect(a, real, (edict_expectation){.kind = EDICT_EXPECT_DENY, .rule = first->rule->qualified.ptr});
  return true;
}

static void claim(const cover *c) {
  edi_analysis *a = c->a;
  const edi_rule_decl *r = c->permit->rule, *first = a->subjects[c->rules[0]].rule;
  size_t before = a->warning_count;
  edi_warning *w = edi_analysis_warn(a, EDI_W0302, r->name.span, "every request that it permits is refused",
                                     edi_analysis_text(a, "rule `%.*s` can never grant access", EDI_STR_ARG(r->name.text)));
  if (!w) return;
  w->other = first->name.span;
  w->other_label = "refuses some of them";
  w->listed = "rules that together refuse them all";
  w->list = names_of(c);
  w->shows = "a request that it would permit, and one of them refuses";
  if (!show_cover(c, w)) a->warning_count = before;
}

static bool is_looked_at(const edi_analysis *a, const edi_subject *p) {
  return p->rule->effect == EDI_EFFECT_PERMIT && !p->rule->shadow && !p->never && !p->swallowed && edi_analysis_own(a, p);
}

/* Whether the rules that deny refuse all of it together; those are in the cover then. */
static bool find_cover(cover *c) {
  collect(c);
  return c->count >= 2 && swallows(c, c->count);
}

static uint32_t look_ahead(const void *user, edi_analysis *alone, size_t worker, uint32_t rule, unsigned look) {
  cover c = {.a = alone, .deniers = user, .permit = &alone->subjects[rule]};
  (void)worker, (void)look;
  return is_looked_at(alone, c.permit) && find_cover(&c) ? rule : EDI_NONE;
}

static void look_at_permit(edi_analysis *a, const deniers *d, edi_ahead *ahead, uint32_t rule) {
  cover c = {.a = a, .deniers = d, .permit = &a->subjects[rule]};
  const edi_ahead_answer *answer = edi_ahead_at(ahead, rule, 0);
  if (answer && answer->found == EDI_NONE) {
    edi_ahead_take(ahead, rule, 0);
    return;
  }
  if (!find_cover(&c)) return;
  reduce(&c);
  if (c.count > 1) claim(&c);
}

void edi_analysis_covers(edi_analysis *a) {
  deniers d;
  edi_ahead ahead;
  if (a->failed || !file_all(a, &d) || !edi_ahead_open(&ahead, a, look_ahead, 1, 4)) {
    a->failed = true;
    return;
  }
  ahead.user = &d;
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    if (!is_looked_at(a, &a->subjects[i])) continue;
    if (a->solver.steps >= a->solver.step_limit) a->left++;
    else look_at_permit(a, &d, &ahead, i);
  }
  edi_ahead_close(&ahead);
}
