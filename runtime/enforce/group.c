/* Group: which groups of rows may be shown.
 *
 * In: for each group how many distinct values it has. Out: yes or no for each. Fails closed: what cannot be
 * meant shows no group. */
#include "enforce/host.h"

static bool permits(const edict_decision *d) { return d && d->plan->effect == EDICT_PERMIT; }

size_t edict_decision_group_count(const edict_decision *decision) {
  return permits(decision) ? decision->plan->group_count : 0;
}

edict_status edict_decision_group(const edict_decision *decision, size_t index, edict_group *group) {
  if (!group) return EDICT_ARGUMENT;
  *group = (edict_group){SIZE_MAX, UINT32_MAX};
  if (index >= edict_decision_group_count(decision)) return EDICT_ARGUMENT;
  const edi_plan_group *g = &decision->plan->groups[index];
  *group = (edict_group){g->column == EDI_NONE ? SIZE_MAX : g->column, g->least};
  return EDICT_OK;
}

static bool is_shown(const edi_plan *plan, const uint64_t *counts) {
  for (uint32_t i = 0; i < plan->group_count; i++)
    if (plan->groups[i].column == EDI_NONE || counts[i] < plan->groups[i].least) return false;
  return true;
}

edict_status edict_decision_apply_groups(const edict_decision *decision, const uint64_t *counts, size_t count,
                                         unsigned char *shown) {
  if (count && !shown) return EDICT_ARGUMENT;
  if (count) memset(shown, 0, count);
  if (!decision || !decision->plan->dataset || (count && decision->plan->group_count && !counts)) return EDICT_ARGUMENT;
  for (size_t i = 0; permits(decision) && i < count; i++)
    shown[i] = is_shown(decision->plan, counts + i * decision->plan->group_count);
  return EDICT_OK;
}

/* ---- rules in shadow ---- */

size_t edict_decision_shadow_count(const edict_decision *decision) {
  return decision ? decision->plan->shadow_count : 0;
}

edict_status edict_decision_shadow(const edict_decision *decision, size_t index, edict_shadow *shadow) {
  if (!shadow) return EDICT_ARGUMENT;
  *shadow = (edict_shadow){.effect = ""};
  if (index >= edict_decision_shadow_count(decision)) return EDICT_ARGUMENT;
  const edi_plan_shadow *s = &decision->plan->shadows[index];
  const edi_entry *e = &decision->plan->dataset->entries[s->entry];
  edi_str name = edi_program_string(&e->linked->program, e->rule->name);
  *shadow = (edict_shadow){.rule = {name.ptr, name.len},
                           .effect = edi_effect_name((edi_effect)e->rule->effect),
                           .holds = (edict_holds)s->holds,
                           .would = s->would};
  return EDICT_OK;
}

int edict_decision_shadow_masks(const edict_decision *decision, size_t index, size_t column) {
  if (index >= edict_decision_shadow_count(decision)) return 0;
  const edi_plan *plan = decision->plan;
  if (column >= plan->dataset->column_count) return 0;
  return plan->shadow_columns[index * plan->shadow_stride + column / 8] >> (column % 8) & 1;
}
