/* Shadow: what each rule in shadow would have changed, alone beside the enforced ones.
 *
 * In: a plan that is settled. Out: the rules that would have made another answer, and what of it. Each is
 * settled again in a plan of its own that shares outcomes and context, and the two answers are compared:
 * so a trial says what enforcing would do, and nothing here knows what an effect means. */
#include "eval/plan.h"

/* Whether a trial could come out otherwise at all. */
static bool is_worth_trying(const edi_plan *plan, uint32_t entry, edict_effect effect) {
  const edi_rule *rule = plan->dataset->entries[entry].rule;
  bool opens = rule->effect == EDI_EFFECT_PERMIT || rule->effect == EDI_EFFECT_DELEGATE || rule->effect == EDI_EFFECT_EXEMPT;
  if (opens) return edi_plan_opens(plan, entry);
  /* One more refusal changes a denial only by what it obliges to. */
  return plan->outcomes[entry] != EDI_NO && (effect == EDICT_PERMIT || rule->duties.count > 0);
}

/* The trial as `plan` stands: the same request, nothing settled. */
static void begin(const edi_plan *plan, edi_plan *trial, uint32_t entry) {
  trial->dataset = plan->dataset;
  trial->concern = plan->concern;
  trial->subject = plan->subject;
  trial->resource = plan->resource;
  trial->action = plan->action;
  trial->now = plan->now;
  trial->extra = entry;
  trial->holding_count = plan->holding_count;
  trial->reason_count = trial->duty_count = 0;
}

/* At the bottom the row makes no difference, as far as readers are told. */
static bool is_closed(const edi_plan_column *c) {
  return c->fixed.id == EDI_TRANSFORM_NULL || c->fixed.id == EDI_TRANSFORM_DROP;
}

static bool same_transform(const edi_plan_column *a, const edi_plan_column *b) {
  if (!edi_transform_equal(&a->fixed, &b->fixed)) return false;
  return is_closed(a) || a->live_count == b->live_count;
}

static uint32_t compare_columns(const edi_plan *plan, const edi_plan *trial, unsigned char *bits) {
  uint32_t would = 0;
  memset(bits, 0, plan->shadow_stride);
  for (uint32_t i = 0; i < plan->asked_count; i++) {
    uint32_t column = plan->asked[i];
    if (same_transform(&plan->columns[column], &trial->columns[column])) continue;
    bits[column / 8] |= (unsigned char)(1u << column % 8);
    would = EDI_WOULD_MASK;
  }
  return would;
}

static bool same(const void *a, uint32_t a_count, const void *b, uint32_t b_count, size_t size) {
  return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * size) == 0);
}

static uint32_t compare(const edi_plan *plan, edict_effect effect, const edi_plan *trial, edict_effect tried,
                        unsigned char *bits) {
  memset(bits, 0, plan->shadow_stride);
  if (tried != effect) return tried == EDICT_PERMIT ? EDI_WOULD_PERMIT : EDI_WOULD_DENY;
  uint32_t would = effect == EDICT_PERMIT ? compare_columns(plan, trial, bits) : 0;
  if (!same(plan->row_rules, plan->row_rule_count, trial->row_rules, trial->row_rule_count, sizeof(uint32_t)))
    would |= EDI_WOULD_ROWS;
  if (!same(plan->groups, plan->group_count, trial->groups, trial->group_count, sizeof(edi_plan_group)))
    would |= EDI_WOULD_GROUPS;
  if (!same(plan->retain_rules, plan->retain_rule_count, trial->retain_rules, trial->retain_rule_count, sizeof(uint32_t)))
    would |= EDI_WOULD_RETENTION;
  if (!same(plan->duties, plan->duty_count, trial->duties, trial->duty_count, sizeof(edi_plan_duty)))
    would |= EDI_WOULD_OBLIGATIONS;
  return would;
}

void edi_plan_try_shadows(edi_plan *plan, edict_effect effect, const uint32_t *columns, size_t column_count) {
  for (uint32_t i = 0; i < plan->shadow_holding_count; i++) {
    uint32_t entry = plan->shadow_holding[i];
    if (!is_worth_trying(plan, entry, effect)) continue;
    edi_plan *trial = plan->trial;
    begin(plan, trial, entry);
    edict_effect tried = edi_plan_settle(trial, columns, column_count);
    uint32_t would =
        compare(plan, effect, trial, tried, plan->shadow_columns + plan->shadow_count * plan->shadow_stride);
    edi_plan_unshape(trial);
    if (would) plan->shadows[plan->shadow_count++] = (edi_plan_shadow){entry, plan->outcomes[entry], would};
  }
}
