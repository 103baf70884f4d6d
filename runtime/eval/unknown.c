/* Unknown: which attributes a rule reads that were not known, for its reason. */
#include "eval/plan.h"

static bool is_open(const edi_plan *plan, const edi_entry *e, uint32_t number) {
  const edi_attr *attr = &e->linked->program.attrs[number];
  const edi_value *facts = plan->dataset->facts[e->linked == plan->product->federal ? 0 : 1];
  uint32_t slot = e->linked->slot_of[number];
  edi_value v = attr->entity == EDI_ENTITY_SUBJECT   ? plan->subject->attrs[slot]
                : attr->entity == EDI_ENTITY_CONTEXT ? plan->context[slot]
                : attr->entity >= EDI_ENTITY_RESOURCE ? plan->resource[slot]
                                                      : facts[number];
  return !v.base || (v.set && v.scale);
}

static const edi_attr *in_condition(const edi_plan *plan, const edi_entry *e, size_t which) {
  const edi_program *p = &e->linked->program;
  for (uint32_t i = 0; i < e->rule->reads.count; i++) {
    uint32_t number = p->lists[e->rule->reads.first + i];
    if (is_open(plan, e, number) && which-- == 0) return &p->attrs[number];
  }
  return NULL;
}

static bool reads_attr(const edi_program *p, edi_range args, uint32_t number) {
  for (uint32_t a = 0; a < args.count; a++) {
    const edi_range run = p->codes[p->lists[args.first + a]].instrs;
    for (uint32_t i = 0; i < run.count; i++)
      if (p->instrs[run.first + i].op == EDI_OP_ATTR && p->instrs[run.first + i].imm == number) return true;
  }
  return false;
}

static const edi_attr *in_duty(const edi_plan *plan, const edi_entry *e, uint32_t duty, size_t which) {
  const edi_program *p = &e->linked->program;
  const edi_range args = p->duties[e->rule->duties.first + duty].args;
  for (uint32_t number = 0; number < p->attrs_count; number++)
    if (reads_attr(p, args, number) && is_open(plan, e, number) && which-- == 0) return &p->attrs[number];
  return NULL;
}

const edi_attr *edi_plan_unknown(const edi_plan *plan, const edi_reason *reason, size_t which) {
  const edi_entry *e = &plan->dataset->entries[reason->entry];
  if (reason->holds == EDI_UNKNOWN) return in_condition(plan, e, which);
  return reason->unmet ? in_duty(plan, e, reason->unmet - 1, which) : NULL;
}
