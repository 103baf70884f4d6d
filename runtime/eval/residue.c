/* Residue, deciding: see the header. The plain walk settles as it goes: a permit's reasons are noted until something
 * refuses, whose reasons take their place. */
#include "eval/residue.h"

#include "eval/truth.h"

typedef struct operands { const edi_value *base[3]; } operands;

static inline operands operands_of(const edi_plan *plan) {
  return (operands){{[EDI_RESIDUE_SUBJECT] = plan->subject->attrs, [EDI_RESIDUE_CONTEXT] = plan->context}};
}

static inline edi_truth ask(const edi_vocabulary *v, const operands *from, const edi_residue_test *t) {
  const edi_value *a = t->from_a == EDI_RESIDUE_FIXED ? &t->fixed : from->base[t->from_a] + t->at_a;
  const edi_value *b = t->from_b == EDI_RESIDUE_FIXED ? &t->fixed : from->base[t->from_b] + t->at_b;
  if (edi_test_is_typed(t->op)) return a->base && b->base ? edi_test_known(v, t->op, a, b) : EDI_UNKNOWN;
  if (t->op == EDI_FUSED_TRUTH) return edi_value_truth(*a);
  if (t->op == EDI_OP_IS_SET) return a->base ? EDI_YES : EDI_NO;
  return edi_test_any(v, t->op, *a, *b);
}

/* The tests of one step: all of its clauses, of each one of its tests. */
static inline edi_truth walk(const edi_plan *plan, const operands *from, const edi_residue_step *step) {
  const edi_residue_test *t = plan->residue->tests + step->first, *end = t + step->count;
  edi_truth all = (edi_truth)step->most;
  while (t < end) {
    edi_truth clause = EDI_NO;
    const edi_residue_test *next = t + t->rest + 1;
    for (; t < next && clause != EDI_YES; t++) {
      edi_truth one = ask(plan->vocabulary, from, t);
      clause = edi_either(clause, t->not ? edi_opposite(one) : one);
    }
    if (clause == EDI_NO) return EDI_NO;
    if (clause == EDI_UNKNOWN) all = EDI_UNKNOWN;
    t = next;
  }
  return all;
}

static inline bool in_force(const edi_plan *plan, const edi_residue_step *step, int64_t today) {
  const edi_rule *rule = plan->dataset->entries[step->entry].rule;
  return today >= rule->from && today <= rule->until;
}

static inline edi_truth outcome(const edi_plan *plan, const operands *from, const edi_residue_step *step, int64_t today) {
  if (step->whole) return edi_plan_outcome(plan, &plan->dataset->entries[step->entry], today);
  return step->dated && !in_force(plan, step, today) ? EDI_NO : walk(plan, from, step);
}

void edi_residue_evaluate(edi_plan *plan, int64_t today) {
  const edi_residue *r = plan->residue;
  const edi_residue_list *list = edi_residue_of(r, (size_t)(plan->concern - plan->dataset->concerns));
  operands from = operands_of(plan);
  for (uint32_t i = list->first; i < list->first + list->count; i++) {
    const edi_residue_step *step = &r->steps[r->order[i]];
    if (!edi_plan_keep(plan, step->entry, outcome(plan, &from, step, today))) continue;
    if (step->shadow) plan->shadow_holding[plan->shadow_holding_count++] = step->entry;
    else plan->holding[plan->holding_count++] = step->entry;
  }
}

/* ---- plain ---- */

static void read_known(edi_plan *plan, const edi_subject *subject, const edi_plan_known *known, int64_t now) {
  const edi_vocabulary *v = plan->vocabulary;
  plan->dataset = known->thing;
  plan->concern = &known->thing->concerns[known->place];
  plan->subject = subject;
  plan->action = known->action;
  plan->resource = known->resource;
  plan->residue = known->residue;
  plan->now = now;
  for (uint32_t slot = 0; slot < v->context_slots; slot++) plan->context[slot] = known->context->context[slot];
  edi_plan_complete_context(plan);
}

static void settle(edi_plan *plan) {
  const edi_residue *r = plan->residue;
  const edi_residue_list *list = edi_residue_of(r, (size_t)(plan->concern - plan->dataset->concerns));
  int64_t today = edi_moments_any(&plan->concern->dates) ? edi_date_of(plan->now) : 0; /* without days none is asked */
  operands from = operands_of(plan);
  uint32_t holding = 0, reasons = 0;
  bool refused = false;
  for (uint32_t i = list->first; i < list->first + list->count; i++) {
    const edi_residue_step *step = &r->steps[r->order[i]];
    edi_truth t = outcome(plan, &from, step, today);
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

void edi_residue_decide(edi_plan *plan, const edi_subject *subject, const edi_plan_known *known, int64_t now, int64_t expires) {
  read_known(plan, subject, known, now);
  int64_t until = edi_moments_next(&plan->concern->moments, now);
  if (expires < until) until = expires;
  if (subject->expires < until) until = subject->expires;
  plan->stands_until = until;
  int64_t rows = edi_moments_next(&plan->concern->row_moments, now);
  plan->valid_until = rows < until ? rows : until;
  settle(plan);
}
