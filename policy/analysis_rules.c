/* Analysis of single rules: conditions that can never hold, always do, or are never known.
 *
 * A rule that opens holds where its condition is yes, one that closes where it is not no. Parts are asked
 * before the whole, so that the message names the smallest thing that is wrong. */
#include "policy/analysis.h"

#include "policy/ahead.h"
#include "policy/checker.h"

static bool opens(const edi_rule_decl *r) { return r->effect == EDI_EFFECT_PERMIT || r->effect == EDI_EFFECT_DELEGATE || r->effect == EDI_EFFECT_EXEMPT; }

static bool never(edi_analysis *a, const edi_expr *x, edi_truths truths) {
  edi_goal goal = {x, truths, 0};
  return edi_analysis_ask(a, &goal, 1) == EDI_SOLVED_NEVER;
}

/* ---- parts ---- */

typedef struct part {
  const char *clause;      /* "when" */
  bool may_be_all;         /* always true is a way to say "everything" */
  bool hopes;              /* the clause wants yes of it: `unless` wants no */
  bool alone;              /* no part of the rule's condition, which is looked at as a whole */
} part;

/* Whether a part is worth a question: a single test of one thing can answer anything, but for what the
 * solver knows of it by itself. */
static bool is_plain(edi_analysis *a, const edi_expr *x) {
  if (x->kind == EDI_EXPR_AND || x->kind == EDI_EXPR_OR || x->kind == EDI_EXPR_NOT) return false;
  if (x->kind == EDI_EXPR_BOOL) return false;
  if (x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING) return true;
  uint32_t number = edi_solver_atom(&a->solver, x, 0, 0);
  if (number == EDI_NONE) return true;
  const edi_atom *atom = &a->solver.atoms[number];
  bool whole = atom->possible == EDI_TRUTH_ANY || atom->possible == (EDI_TRUTH_NO | EDI_TRUTH_YES);
  bool tried = atom->op != EDI_ATOM_OPAQUE && atom->op != EDI_ATOM_HAS && atom->op != EDI_ATOM_TAG && atom->op != EDI_ATOM_SET;
  return whole && !tried;
}

static const char *part_why(const edi_analysis *a, const edi_expr *x) {
  for (size_t i = 0; i < x->operand_count; i++) {
    const edi_expr *o = x->operands[i];
    if (o->kind == EDI_EXPR_ATTR && a->solver.never_known[o->symbol]) return "no issuer fills this attribute";
  }
  return NULL;
}

static void claim_part(edi_analysis *a, const edi_rule_decl *r, const part *p, const edi_expr *x, edi_code code, const char *is) {
  edi_warning *c = edi_analysis_warn(a, code, x->span, is,
                                    edi_analysis_text(a, "this part of `%s` of rule `%.*s` is %s", p->clause, EDI_STR_ARG(r->name.text), is));
  if (c) c->why = part_why(a, x);
}

/* What is joined so that all of it has to hold is looked at as a whole, with the rest of the condition. */
static bool is_joined(const edi_expr *x, const part *p) { return p->hopes && !p->alone && x->kind == EDI_EXPR_AND; }

/* The answer that a part always has is told where it decides nothing, or can never be. */
static bool look_at_part(edi_analysis *a, const edi_rule_decl *r, const part *p, const edi_expr *x) {
  if (is_plain(a, x)) return false;
  if (never(a, x, EDI_TRUTH_NO | EDI_TRUTH_YES)) claim_part(a, r, p, x, EDI_W0308, "always unknown");
  else if (!p->may_be_all && never(a, x, EDI_TRUTH_NO | EDI_TRUTH_UNKNOWN)) claim_part(a, r, p, x, EDI_W0307, "always true");
  else if (!is_joined(x, p) && never(a, x, EDI_TRUTH_YES)) claim_part(a, r, p, x, EDI_W0307, "never true");
  else return false;
  return true;
}

/* Along `and` in what is hoped for, `or` in what is not: each is a condition of its own. */
static bool look_at(edi_analysis *a, const edi_rule_decl *r, const part *p, const edi_expr *x) {
  if (!x) return false;
  bool split = x->kind == (p->hopes ? EDI_EXPR_AND : EDI_EXPR_OR);
  if (!split) return look_at_part(a, r, p, x);
  bool left = look_at(a, r, p, x->operands[0]), right = look_at(a, r, p, x->operands[1]);
  return left || right || look_at_part(a, r, p, x);
}

static bool look_at_parts(edi_analysis *a, const edi_rule_decl *r) {
  static const part on = {"on", true, true, false}, when = {"when", false, true, false}, unless = {"unless", false, false, false},
                    where = {"where", false, true, true}, require = {"require", false, true, false},
                    column = {"mask", true, true, true}, standing = {"retain while", false, false, true}, with = {"if", false, true, true};
  bool found = look_at(a, r, &on, r->target);
  found = look_at(a, r, &when, r->when) || found;
  found = look_at(a, r, &unless, r->unless) || found;
  found = look_at(a, r, &require, r->more->require) || found;
  (void)look_at(a, r, &where, r->more->where);
  (void)look_at(a, r, &standing, r->more->retain_while);
  for (size_t m = 0; m < r->mask_count; m++) {
    (void)look_at(a, r, &column, r->masks[m].column);
    for (size_t c = 0; c < r->masks[m].case_count; c++) (void)look_at(a, r, &with, r->masks[m].cases[c].condition);
  }
  return found;
}

/* ---- whole rules ---- */

static void claim_never(edi_analysis *a, edi_subject *s) {
  const edi_rule_decl *r = s->rule;
  edi_warning *c = edi_analysis_warn(a, EDI_W0301, r->name.span, opens(r) ? "opens nothing" : "closes nothing",
                                    edi_analysis_text(a, "rule `%.*s` can never hold", EDI_STR_ARG(r->name.text)));
  if (c) c->why = "no request, dataset and time meet all of its condition at once";
}

/* A closer whose condition contradicts itself still closes where it is unknown. */
static void claim_unknown_alone(edi_analysis *a, const edi_subject *s) {
  const edi_rule_decl *r = s->rule;
  edi_warning *c = edi_analysis_warn(a, EDI_W0318, r->name.span, "its condition contradicts itself",
                                    edi_analysis_text(a, "rule `%.*s` applies only where something is unknown", EDI_STR_ARG(r->name.text)));
  if (c) c->why = "its condition can be no or unknown and never yes, and what is unknown closes";
}

static void look_at_rule(edi_analysis *a, edi_subject *s) {
  const edi_rule_decl *r = s->rule;
  bool told = look_at_parts(a, r);
  if (!s->condition || !never(a, s->condition, EDI_TRUTH_YES)) return;
  s->never = opens(r) || never(a, s->condition, EDI_TRUTH_YES | EDI_TRUTH_UNKNOWN);
  if (told) return; /* the part says why */
  if (s->never) claim_never(a, s);
  else claim_unknown_alone(a, s);
}

/* `is set` of what every contract has to state. */
static void look_for_required(edi_analysis *a, const edi_expr *x) {
  if (!x) return;
  for (size_t i = 0; i < x->operand_count; i++) look_for_required(a, x->operands[i]);
  if (x->kind != EDI_EXPR_IS_SET || x->operands[0]->kind != EDI_EXPR_ATTR) return;
  const edi_sym_attr *attr = &a->model->attrs[x->operands[0]->symbol];
  bool stated = attr->entity == EDI_ENTITY_PRODUCT || attr->entity == EDI_ENTITY_DATASET;
  if (!stated || (attr->optional && !attr->fallback) || attr->builtin) return;
  edi_warning *c = edi_analysis_warn(a, EDI_W0317, x->span, attr->fallback ? "it has a default" : "every contract has to state it",
                                    edi_analysis_text(a, "`%.*s` is always set", EDI_STR_ARG(attr->name)));
  if (!c) return;
  c->other = attr->span;
  c->other_label = attr->fallback ? "declared here, with a default" : "declared here, without `?`";
}

static void look_for_required_in(edi_analysis *a, const edi_rule_decl *r) {
  look_for_required(a, r->target);
  look_for_required(a, r->when);
  look_for_required(a, r->unless);
  look_for_required(a, r->more->require);
  look_for_required(a, r->more->where);
  look_for_required(a, r->more->retain_while);
}

static void look_at_all_of(edi_analysis *a, edi_subject *s) {
  look_at_rule(a, s);
  look_for_required_in(a, s->rule);
}

/* Whether there is something to tell, or to keep, of a rule: that is done in the order of the rules. */
static uint32_t look_ahead(const void *user, edi_analysis *alone, size_t worker, uint32_t rule, unsigned look) {
  edi_subject s = alone->subjects[rule];
  (void)user, (void)worker, (void)look;
  if (!edi_analysis_own(alone, &s)) return EDI_NONE;
  alone->warning_count = 0;
  look_at_all_of(alone, &s);
  return alone->warning_count || s.never ? rule : EDI_NONE;
}

void edi_analysis_rules(edi_analysis *a) {
  edi_ahead ahead;
  a->failed = !edi_ahead_open(&ahead, a, look_ahead, 1, 32) || a->failed;
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    if (!edi_analysis_own(a, &a->subjects[i])) continue;
    const edi_ahead_answer *answer = edi_ahead_at(&ahead, i, 0);
    if (answer && answer->found == EDI_NONE) edi_ahead_take(&ahead, i, 0);
    else look_at_all_of(a, &a->subjects[i]);
  }
  edi_ahead_close(&ahead);
}
