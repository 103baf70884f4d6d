/* Residue, deciding: see the header. The plain walk settles as it goes: a permit's reasons are noted until something
 * refuses, whose reasons take their place. */
#include "eval/residue.h"

#include "eval/swift.h"
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
  if (t->op == EDI_FUSED_EQ_TEXT) return edi_value_same_text(*a, *b) ? EDI_YES : EDI_NO;
  return t->op == EDI_FUSED_OVERLAPS_TEXT ? edi_test_share_text(a, b) : ask_any(plan->vocabulary, t->op, a, b);
}

/* All clauses of a step, of each one of its tests. */
static edi_truth walk(const edi_plan *plan, const edi_residue_step *step) {
  const edi_residue_test *t = plan->residue->tests + step->first, *end = t + step->count;
  edi_truth all = (edi_truth)step->most;
  while (t < end) {
    uint32_t said = 0; /* by the tests of the clause: a bit for each truth */
    const edi_residue_test *next = t + t->rest + 1;
    do {
      edi_truth one = ask(plan, t);
      said |= 1u << (t->not ? edi_opposite(one) : one);
    } while (++t < next && !(said & 1u << EDI_YES));
    if (said == 1u << EDI_NO) return EDI_NO;
    if (!(said & 1u << EDI_YES)) all = EDI_UNKNOWN;
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

static inline edi_truth outcome(const edi_plan *plan, const edi_residue_step *step, int64_t today) {
  if (step->way == EDI_WAY_KNOWN) return (edi_truth)step->most;
  return step->way == EDI_WAY_TEST ? outcome_of_test(plan, step) : outcome_of(plan, step, today);
}

/* Whether it refuses what it does not say no of. */
static inline bool closes_action(const edi_residue_step *step, const edi_residue_list *list) {
  return (step->says == EDI_SAYS_FORBID) | ((step->says == EDI_SAYS_REQUIRE) & list->closes);
}

void edi_residue_evaluate(edi_plan *plan, int64_t today) {
  const edi_residue *r = plan->residue;
  const edi_residue_list *list = edi_residue_of(r, (size_t)(plan->concern - plan->dataset->concerns));
  for (uint32_t i = list->first; i < list->first + list->count; i++) {
    const edi_residue_step *step = &r->steps[r->order[i]];
    edi_truth t = outcome(plan, step, today);
    if (t == EDI_NO) continue;
    if (plan->dataset->entries[step->entry].rule->duties.count) (void)edi_plan_keep(plan, step->entry, t);
    plan->outcomes[step->entry] = t;
    if (step->shadow) plan->shadow_holding[plan->shadow_holding_count++] = step->entry;
    else plan->holding[plan->holding_count++] = step->entry;
  }
}

/* ---- plain ---- */

/* What is left of an answer made here is its outcomes; all else is written anew. The first ones are taken back whether
 * they are there or not: what stands there is of an answer before. */
static inline void take_back(edi_plan *plan) {
  _Static_assert(EDI_PLAN_HOLDS == 4, "as many as are taken back one by one");
  plan->effect = EDICT_DENY;
  plan->outcomes[plan->holding[0]] = EDI_NO;
  plan->outcomes[plan->holding[1]] = EDI_NO;
  plan->outcomes[plan->holding[2]] = EDI_NO;
  plan->outcomes[plan->holding[3]] = EDI_NO;
  for (uint32_t i = EDI_PLAN_HOLDS; i < plan->holding_count; i++) plan->outcomes[plan->holding[i]] = EDI_NO;
}

static inline void read_known(edi_plan *plan, const edi_plan_known *asked, const edi_plan_known *about) {
  const edi_value *context = asked->context->context;
  plan->brief = true;
  plan->dataset = about->thing;
  plan->concern = &about->thing->concerns[asked->place];
  plan->action = asked->action;
  plan->resource = about->resource;
  plan->residue = about->residue;
  uint32_t slots = plan->vocabulary->context_slots;
  for (uint32_t slot = 0; slot < slots; slot += EDI_CONTEXT_ROUND) memcpy(plan->context + slot, context + slot, EDI_CONTEXT_ROUND * sizeof *context);
  edi_plan_complete_time(plan);
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

/* Each outcome is noted, and stays noted if it is one that counts: what comes out differs from request to request, and
 * a jump that is guessed wrongly costs more than all of this. */
static void settle(edi_plan *plan, const edi_residue_list *list) {
  const edi_residue *r = plan->residue;
  const uint16_t *at = r->order + list->first, *end = at + list->count;
  int64_t today = list->timeless ? 0 : edi_date_of(plan->now); /* without days none is asked */
  uint32_t holding = 0, reasons = 0, refused = 0;
  for (; at < end; at++) {
    const edi_residue_step *step = &r->steps[*at];
    edi_truth t = outcome(plan, step, today);
    uint32_t closes = t != EDI_NO && closes_action(step, list), opens = t == EDI_YES && step->says == EDI_SAYS_PERMIT;
    plan->outcomes[step->entry] = t;
    plan->holding[holding] = step->entry;
    holding += t != EDI_NO;
    reasons &= (closes & ~refused) - 1u; /* the first that refuses takes the place of what permits */
    refused |= closes;
    plan->reasons[reasons] = (edi_reason){step->entry, t, EDI_SYSTEM_NONE, 0};
    reasons += closes | (opens & ~refused);
  }
  plan->holding_count = holding;
  plan->reason_count = reasons;
  plan->reasons_due = reasons == 0;
  plan->effect = reasons && !refused ? EDICT_PERMIT : EDICT_DENY;
}

static inline void begin(edi_plan *plan, const edi_subject *subject, const edi_plan_known *asked, const edi_plan_known *about, int64_t now) {
  take_back(plan);
  plan->subject = subject;
  plan->now = now;
  read_known(plan, asked, about);
}

/* Apart, so that what a swift one does not need is not set up for it. */
__attribute__((noinline)) static edict_status decide_any(edi_plan *plan, const edi_subject *subject, const edi_plan_known *asked,
                                                         const edi_plan_known *about, int64_t now, int64_t expires) {
  const edi_residue_list *list = edi_residue_of(about->residue, asked->place);
  begin(plan, subject, asked, about, now);
  edi_plan_complete_purpose(plan);
  bound(plan, list, expires);
  settle(plan, list);
  return EDICT_OK;
}

static inline edict_status decide_swiftly(edi_plan *plan, const edi_subject *subject, const edi_plan_known *asked, const edi_plan_known *about,
                                          int64_t now, int64_t expires, bool purpose) {
  begin(plan, subject, asked, about, now);
  if (purpose) edi_plan_complete_purpose(plan);
  plan->valid_until = plan->stands_until = subject->expires < expires ? subject->expires : expires;
  edi_swift_settle(plan, about->swift, asked->place);
  return EDICT_OK;
}

/* Apart for the same reason. */
__attribute__((noinline)) static edict_status decide_for_purpose(edi_plan *plan, const edi_subject *subject, const edi_plan_known *asked,
                                                                 const edi_plan_known *about, int64_t now, int64_t expires) {
  return decide_swiftly(plan, subject, asked, about, now, expires, true);
}

edict_status edi_residue_decide(edi_plan *plan, const edi_subject *subject, const edi_plan_known *asked, const edi_plan_known *about,
                                int64_t now, int64_t expires) {
  if (!edi_swift_has(about->swift, asked->place)) return decide_any(plan, subject, asked, about, now, expires);
  if (asked->purpose) return decide_for_purpose(plan, subject, asked, about, now, expires);
  return decide_swiftly(plan, subject, asked, about, now, expires, false);
}
