/* Analysis, permitted requests: goals for which some permit holds and nothing denies.
 *
 * Not every rule that denies is asked to be silent: one that needs a tag which nobody wants is silent
 * already, as a proposal has no tags but those that are asked for. The evaluator decides in the end. */
#include "policy/analysis.h"

#include "policy/checker.h"

void edi_permit_begin(edi_permit_goals *g, edi_analysis *a, uint8_t requests) {
  *g = (edi_permit_goals){.a = a, .requests = requests};
}

void edi_permit_want(edi_permit_goals *g, const edi_expr *expr, edi_truths truths, uint8_t request) {
  if (g->count == EDI_PERMIT_GOALS) g->full = true;
  else g->items[g->count++] = (edi_goal){expr, truths, request};
}

void edi_permit_tag(edi_permit_goals *g, uint32_t tag) {
  if (g->tag_count < EDI_PERMIT_TAGS) g->tags[g->tag_count++] = tag;
}

/* ---- which rules may deny ---- */

static bool is_wanted(const edi_permit_goals *g, uint32_t tag) {
  for (size_t i = 0; i < g->tag_count; i++)
    if (edi_model_below(g->a->model, g->tags[i], tag) || edi_model_below(g->a->model, tag, g->tags[i])) return true;
  return g->tag_count == EDI_PERMIT_TAGS;
}

/* Whether a part that has to hold asks for tags, none of which is wanted. */
static bool needs_other_tag(const edi_permit_goals *g, const edi_expr *x) {
  if (!x) return false;
  if (x->kind == EDI_EXPR_AND) return needs_other_tag(g, x->operands[0]) || needs_other_tag(g, x->operands[1]);
  if ((x->kind != EDI_EXPR_HOLDING && x->kind != EDI_EXPR_TAGGED) || edi_expr_is_of_resource(x)) return false;
  for (size_t i = 0; i < x->operand_count; i++)
    if (is_wanted(g, x->operands[i]->symbol) || g->a->model->nodes[x->operands[i]->symbol].builtin) return false;
  return true;
}

/* A dataset is called `example` where nobody asks for a name, so a rule about another name is silent. */
static bool needs_other_name(const edi_expr *x) {
  if (!x) return false;
  if (x->kind == EDI_EXPR_AND) return needs_other_name(x->operands[0]) || needs_other_name(x->operands[1]);
  return x->kind == EDI_EXPR_NAMED && x->entity == EDI_ENTITY_DATASET && !edi_str_glob(x->text, EDI_STR("example"));
}

static bool asks_name(const edi_permit_goals *g) {
  for (size_t i = 0; i < g->count; i++)
    if (needs_other_name(g->items[i].expr)) return true;
  return false;
}

static void silence(edi_permit_goals *g) {
  edi_analysis *a = g->a;
  bool named = asks_name(g);
  a->solver.steps += a->denier_count / 4; /* looking at them costs as well */
  for (size_t i = 0; i < a->denier_count && !g->full; i++) {
    const edi_subject *s = &a->subjects[a->deniers[i]];
    if (s->never || needs_other_tag(g, s->rule->target) || (!named && needs_other_name(s->rule->target))) continue;
    for (uint8_t r = 0; r < g->requests; r++) edi_permit_want(g, s->condition, EDI_TRUTH_NO, r);
  }
}

/* ---- which rules may permit ---- */

enum { TRIES_MOST = 6 };

static bool reads_action_of(const edi_permit_goals *g, const edi_subject *delegate, const edi_subject *permit) {
  for (size_t i = 0; i < delegate->rule->actions.count; i++)
    if (edi_model_below(g->a->model, permit->rule->action_nodes[0], delegate->rule->action_nodes[i])) return true;
  return false;
}

static bool solve_with(edi_permit_goals *g, const edi_subject *permit, const edi_subject *delegate) {
  size_t before = g->count;
  for (uint8_t r = 0; r < g->requests; r++) {
    edi_permit_want(g, permit->condition, EDI_TRUTH_YES, r);
    if (delegate) edi_permit_want(g, delegate->condition, EDI_TRUTH_YES, r);
  }
  bool solved = !g->full && edi_analysis_ask(g->a, g->items, g->count) == EDI_SOLVED_MAYBE;
  g->count = before;
  g->full = false;
  return solved;
}

/* A domain's permit holds where a delegate does. */
static bool solve_delegated(edi_permit_goals *g, const edi_subject *permit) {
  unsigned tries = 0;
  for (size_t i = 0; i < g->a->delegate_count && tries < TRIES_MOST; i++) {
    const edi_subject *d = &g->a->subjects[g->a->delegates[i]];
    if (!reads_action_of(g, d, permit)) continue;
    tries++;
    if (solve_with(g, permit, d)) return true;
  }
  return false;
}

static void want_tags_of(edi_permit_goals *g, const edi_expr *x) {
  if (!x) return;
  for (size_t i = 0; i < x->operand_count; i++) {
    if (x->kind == EDI_EXPR_HOLDING || x->kind == EDI_EXPR_TAGGED) edi_permit_tag(g, x->operands[i]->symbol);
    else want_tags_of(g, x->operands[i]);
  }
}

/* What no permit of a federation opens, a domain may, where a delegate lets it: with a permit that asks nothing more.
 * The bundle of the supposed domain has one for each delegate (analysis_api.c). */
static bool solve_supposed(edi_permit_goals *g) {
  size_t own = g->count, tags = g->tag_count;
  bool solved = false;
  for (size_t i = 0; i < g->a->delegate_count && i < TRIES_MOST && !solved && !g->a->domain; i++) {
    const edi_subject *d = &g->a->subjects[g->a->delegates[i]];
    if (d->never) continue;
    want_tags_of(g, d->rule->target);
    silence(g);
    solved = !g->full && solve_with(g, d, NULL) && edi_witness_is_vouched(g->a);
    g->full = false;
    g->count = own;
    g->tag_count = tags;
  }
  g->a->supposes = g->a->supposes || solved;
  g->a->supposing = solved;
  return solved;
}

bool edi_permit_solve(edi_permit_goals *g) {
  unsigned tries = 0;
  g->a->supposing = false;
  size_t own = g->count, tags = g->tag_count;
  for (size_t i = 0; i < own; i++)
    if (g->items[i].truths == EDI_TRUTH_YES) want_tags_of(g, g->items[i].expr);
  tags = g->tag_count;
  for (size_t i = 0; i < g->a->permit_count && tries < TRIES_MOST && !g->full; i++) {
    const edi_subject *p = &g->a->subjects[g->a->permits[i]];
    if (p->never) continue;
    tries++;
    want_tags_of(g, p->rule->target);
    silence(g);
    bool solved = !g->full && (p->domain ? solve_delegated(g, p) : solve_with(g, p, NULL));
    /* What one permit asks of the subject no issuer may vouch for: another permit may do. */
    if (solved && edi_witness_is_vouched(g->a)) return true;
    g->full = false;
    g->count = own;
    g->tag_count = tags;
  }
  return g->a->permit_count == 0 && solve_supposed(g);
}

bool edi_permit_ask(edi_analysis *a, const edi_subject *permit, const edi_goal *goals, size_t count) {
  edi_permit_goals g;
  edi_permit_begin(&g, a, 1);
  for (size_t i = 0; i < count; i++) edi_permit_want(&g, goals[i].expr, goals[i].truths, 0);
  return permit->domain ? solve_delegated(&g, permit) : solve_with(&g, permit, NULL);
}
