/* Residue, deciding: see the header. The plain walk settles as it goes: a permit's reasons are noted until something
 * refuses, whose reasons take their place. */
#include "eval/residue.h"

#include "eval/truth.h"

/* Chosen without a jump: which operand is fixed, and who knows the other, differs from test to test. */
static inline const edi_value *operand(const edi_plan *plan, const edi_residue_test *t, unsigned origin, unsigned at) {
  const edi_value *open = (origin == EDI_RESIDUE_SUBJECT ? plan->subject->attrs : plan->context) + at;
  return origin == EDI_RESIDUE_FIXED ? &t->fixed : open;
}

/* Of whatever type. Apart, so that the rest has its operands in registers. */
__attribute__((noinline)) static edi_truth ask_any(const edi_vocabulary *v, unsigned op, const edi_value *a, const edi_value *b) {
  if (edi_test_is_typed(op)) return edi_test_known(v, op, a, b);
  if (op == EDI_FUSED_TRUTH) return edi_value_truth(*a);
  if (op == EDI_OP_IS_SET) return a->base ? EDI_YES : EDI_NO;
  return edi_test_any(v, op, *a, *b);
}

__attribute__((always_inline)) static inline edi_truth ask(const edi_plan *plan, const edi_residue_test *t) {
  const edi_value *a = operand(plan, t, t->from_a, t->at_a), *b = operand(plan, t, t->from_b, t->at_b);
  if (edi_test_is_typed(t->op) && !(a->base && b->base)) return EDI_UNKNOWN;
  if (t->op == EDI_FUSED_HAS_TEXT) return edi_test_has_text(a, b);
  return t->op == EDI_FUSED_OVERLAPS_TEXT ? edi_test_share_text(a, b) : ask_any(plan->vocabulary, t->op, a, b);
}

/* All clauses of a step, of each one of its tests. */
static edi_truth walk(const edi_plan *plan, const edi_residue_step *step) {
  const edi_residue_test *t = plan->residue->tests + step->first, *end = t + step->count;
  edi_truth all = (edi_truth)step->most;
  while (t < end) {
    edi_truth clause = EDI_NO;
    const edi_residue_test *next = t + t->rest + 1;
    for (; t < next && clause != EDI_YES; t++) {
      edi_truth one = ask(plan, t);
      clause = edi_either(clause, t->not ? edi_opposite(one) : one);
    }
    if (clause == EDI_NO) return EDI_NO;
    if (clause == EDI_UNKNOWN) all = EDI_UNKNOWN;
    t = next;
  }
  return all;
}

static bool in_force(const edi_plan *plan, const edi_residue_step *step, int64_t today) {
  const edi_rule *rule = plan->dataset->entries[step->entry].rule;
  return today >= rule->from && today <= rule->until;
}

__attribute__((noinline)) static edi_truth outcome_of(const edi_plan *plan, const edi_residue_step *step, int64_t today) {
  if (step->way == EDI_WAY_WHOLE) return edi_plan_outcome(plan, &plan->dataset->entries[step->entry], today);
  return step->dated && !in_force(plan, step, today) ? EDI_NO : walk(plan, step);
}

static edi_truth outcome_of_test(const edi_plan *plan, const edi_residue_step *step) {
  const edi_residue_test *t = plan->residue->tests + step->first;
  edi_truth one = ask(plan, t);
  return edi_both((edi_truth)step->most, t->not ? edi_opposite(one) : one);
}

static inline edi_truth outcome(const edi_plan *plan, const edi_value *subjects, const edi_residue_step *step, int64_t today) {
  if (step->way == EDI_WAY_KNOWN) return (edi_truth)step->most;
  if (step->way > EDI_WAY_KNOWN) return step->way == EDI_WAY_TEST ? outcome_of_test(plan, step) : outcome_of(plan, step, today);
  const edi_value *open = subjects + step->at;
  if (!open->base) return EDI_UNKNOWN;
  bool has = step->way == EDI_WAY_SUBJECT_HAS;
  return edi_test_has_text(has ? open : &step->fixed, has ? &step->fixed : open);
}

void edi_residue_evaluate(edi_plan *plan, int64_t today) {
  const edi_residue *r = plan->residue;
  const edi_residue_list *list = edi_residue_of(r, (size_t)(plan->concern - plan->dataset->concerns));
  const edi_value *subjects = plan->subject->attrs;
  for (uint32_t i = list->first; i < list->first + list->count; i++) {
    const edi_residue_step *step = &r->steps[r->order[i]];
    edi_truth t = outcome(plan, subjects, step, today);
    if (t == EDI_NO) continue;
    if (plan->dataset->entries[step->entry].rule->duties.count) (void)edi_plan_keep(plan, step->entry, t);
    plan->outcomes[step->entry] = t;
    if (step->shadow) plan->shadow_holding[plan->shadow_holding_count++] = step->entry;
    else plan->holding[plan->holding_count++] = step->entry;
  }
}

/* ---- plain ---- */

/* What is left of an answer made here is its outcomes; all else is written anew. */
static inline void take_back(edi_plan *plan) {
  if (!plan->brief) edi_plan_clear(plan);
  else
    for (uint32_t i = 0; i < plan->holding_count; i++) plan->outcomes[plan->holding[i]] = EDI_NO;
  plan->effect = EDICT_DENY;
}

static inline void read_known(edi_plan *plan, const edi_plan_known *asked, const edi_plan_known *about) {
  const edi_value *context = asked->context->context;
  plan->brief = true;
  plan->dataset = about->thing;
  plan->concern = &about->thing->concerns[asked->place];
  plan->action = asked->action;
  plan->resource = about->resource;
  plan->residue = about->residue;
  for (uint32_t slot = 0; slot < plan->vocabulary->context_slots; slot++) plan->context[slot] = context[slot];
  edi_plan_complete_context(plan);
}

static inline void bound(edi_plan *plan, const edi_residue_list *list, int64_t expires) {
  int64_t until = plan->subject->expires < expires ? plan->subject->expires : expires, rows = INT64_MAX;
  if (!list->timeless) {
    int64_t moment = edi_moments_next(&plan->concern->moments, plan->now);
    if (moment < until) until = moment;
    rows = edi_moments_next(&plan->concern->row_moments, plan->now);
  }
  plan->stands_until = until;
  plan->valid_until = rows < until ? rows : until;
}

static inline void settle(edi_plan *plan, const edi_residue_list *list) {
  const edi_residue *r = plan->residue;
  const uint16_t *at = r->order + list->first, *end = at + list->count;
  int64_t today = list->timeless ? 0 : edi_date_of(plan->now); /* without days none is asked */
  const edi_value *subjects = plan->subject->attrs;
  uint32_t holding = 0, reasons = 0;
  bool refused = false;
  for (; at < end; at++) {
    const edi_residue_step *step = &r->steps[*at];
    edi_truth t = outcome(plan, subjects, step, today);
    if (t == EDI_NO) continue;
    plan->outcomes[step->entry] = t;
    plan->holding[holding++] = step->entry;
    bool closes = step->says == EDI_SAYS_FORBID || (step->says == EDI_SAYS_REQUIRE && list->closes);
    if (closes && !refused) reasons = 0;
    refused = refused || closes;
    if (closes || (t == EDI_YES && step->says == EDI_SAYS_PERMIT && !refused))
      plan->reasons[reasons++] = (edi_reason){step->entry, t, EDI_SYSTEM_NONE, 0};
  }
  plan->holding_count = holding;
  plan->reason_count = reasons;
  plan->reasons_due = reasons == 0;
  plan->effect = reasons && !refused ? EDICT_PERMIT : EDICT_DENY;
}

void edi_residue_decide(edi_plan *plan, const edi_subject *subject, const edi_plan_known *asked, const edi_plan_known *about, int64_t now,
                        int64_t expires) {
  const edi_residue_list *list = edi_residue_of(about->residue, asked->place);
  take_back(plan);
  plan->subject = subject;
  plan->now = now;
  read_known(plan, asked, about);
  bound(plan, list, expires);
  settle(plan, list);
}
