/* Analysis of covers: a permit that several rules refuse together, each of them a part.
 *
 * Looked for where no rule swallows the permit alone (analysis_pairs.c). One question is asked of a permit: can it
 * hold while none of the rules that deny applies? A no is a proof; then each rule that is not needed for it is
 * left out, until each of the rest is. The first COVER_MOST rules that may speak of the permit's actions are
 * looked at, so that the work is bounded; exempted ones and those in shadow do not count. */
#include "policy/analysis.h"

#include "policy/checker.h"

enum { COVER_MOST = 40, COVER_BUDGET = 4000, APPLIES = EDI_TRUTH_YES | EDI_TRUTH_UNKNOWN };

typedef struct cover {
  edi_analysis *a;
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

static void collect(cover *c) {
  for (size_t i = 0; i < c->a->denier_count && c->count < COVER_MOST; i++) {
    const edi_subject *s = &c->a->subjects[c->a->deniers[i]];
    if (s->never || s->exempted || !shares_action(c->a, c->permit->rule, s->rule)) continue;
    c->rules[c->count++] = c->a->deniers[i];
  }
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

void edi_analysis_covers(edi_analysis *a) {
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed && a->solver.steps < a->solver.step_limit; i++) {
    cover c = {.a = a, .permit = &a->subjects[i]};
    const edi_subject *p = c.permit;
    bool looked_at = p->rule->effect == EDI_EFFECT_PERMIT && !p->rule->shadow && !p->never && !p->swallowed;
    if (!looked_at || !edi_analysis_own(a, p->sym)) continue;
    collect(&c);
    a->solver.steps += a->denier_count / 16; /* looking at them costs as well */
    if (c.count < 2 || !swallows(&c, c.count)) continue;
    reduce(&c);
    if (c.count > 1) claim(&c);
  }
}
