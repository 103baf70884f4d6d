/* Retained: what retention says of the rows of a dataset, whoever reads them; what a sweep goes by.
 *
 * A rule that retains reads the product, the dataset, the row, tables and the time, and so does an exempt that lifts
 * one: the verifier sees to that. So there is no subject here, no action and no context, and no permit is asked for.
 * Everything else of the plan stays empty. What a reader is shown never contradicts it: the rules are the same, and
 * so is the code that asks them about a row. */
#include "bundle/opcode.h"
#include "eval/plan.h"

static bool retains(const edi_entry *e) {
  return e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST || e->rule->effect == EDI_EFFECT_RETAIN_AT_LEAST ||
         e->rule->effect == EDI_EFFECT_RETAIN_WHILE;
}

static bool lifts_retention(const edi_bound_dataset *d, const edi_entry *e) {
  for (uint32_t k = 0; k < e->exempt_count; k++)
    if (retains(&d->entries[e->exempts[k]])) return true;
  return false;
}

/* An action that can be asked for, whichever: all of them concern each rule that retains. */
static uint32_t any_action(const edi_vocabulary *v) {
  const edi_range actions = v->program->kinds[v->kind_action].nodes;
  return actions.first + actions.count - 1; /* the last one in preorder has nothing below it */
}

static void evaluate(edi_plan *plan) {
  const edi_bound_dataset *d = plan->dataset;
  int64_t today = edi_date_of(plan->now);
  for (uint32_t i = 0; i < d->entry_count; i++) {
    const edi_entry *e = &d->entries[i];
    if ((e->rule->flags & EDI_RULE_SHADOW) || (!retains(e) && !lifts_retention(d, e))) continue;
    if (edi_plan_evaluate(plan, i, today)) plan->holding[plan->holding_count++] = i;
  }
}

static void mark_lifted(edi_plan *plan, bool lifted) {
  for (uint32_t i = 0; i < plan->holding_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->holding[i]];
    for (uint32_t k = 0; k < e->exempt_count && edi_plan_opens(plan, plan->holding[i]); k++) plan->lifted[e->exempts[k]] = lifted;
  }
}

/* False: a rule that applies obliges to what cannot be done; `reasons` names it. */
static bool shape(edi_plan *plan) {
  mark_lifted(plan, true);
  plan->shaped = true;
  for (uint32_t i = 0; i < plan->holding_count; i++) {
    uint32_t entry = plan->holding[i];
    if (!retains(&plan->dataset->entries[entry]) || !edi_plan_applies(plan, entry)) continue;
    edi_plan_shape_retention(plan, entry);
    if (plan->unmet[entry])
      plan->reasons[plan->reason_count++] = (edi_reason){entry, plan->outcomes[entry], EDI_SYSTEM_NONE, plan->unmet[entry]};
  }
  mark_lifted(plan, false);
  return plan->reason_count == 0;
}

edi_system_reason edi_plan_retain(edi_plan *plan, const edi_bound_dataset *dataset, const edi_subject *nobody,
                                  const edi_plan_request *request) {
  const edi_vocabulary *v = plan->vocabulary;
  edi_plan_clear(plan);
  plan->dataset = dataset;
  plan->subject = nobody;
  plan->now = plan->valid_until = plan->stands_until = request->now;
  plan->action = any_action(v);
  plan->concern = &dataset->concerns[plan->action - v->program->kinds[v->kind_action].nodes.first];
  memset(plan->context, 0, v->context_slots * sizeof *plan->context);
  plan->context[v->slot_now] = edi_value_integer(EDI_TYPE_TIMESTAMP, request->now);
  edi_system_reason why = edi_plan_check_times(plan, request);
  if (why != EDI_SYSTEM_NONE) return why;
  evaluate(plan);
  if (!shape(plan)) return EDI_SYSTEM_DEFAULT;
  edi_plan_bound_validity(plan, request);
  plan->effect = EDICT_PERMIT;
  return EDI_SYSTEM_NONE;
}

/* ---- tables ---- */

static bool is_believed(const edi_table_link *table, int64_t now) {
  return table->data && now >= table->not_before && now < table->fresh_until;
}

static uint32_t stale_table_of(const edi_linked *linked, uint32_t code, int64_t now) {
  if (code == EDI_NONE || !(linked->program.codes[code].reads & EDI_READS_TABLE)) return EDI_NONE;
  const edi_range instrs = linked->program.codes[code].instrs;
  for (uint32_t i = instrs.first; i < instrs.first + instrs.count; i++) {
    const edi_instr *in = &linked->program.instrs[i];
    if (in->op != EDI_OP_IN_TABLE && in->op != EDI_OP_TABLE_VALUE) continue;
    uint32_t table = in->op == EDI_OP_IN_TABLE ? in->imm : linked->program.tablecols[in->imm].table;
    if (!is_believed(&linked->tables[table], now)) return table;
  }
  return EDI_NONE;
}

uint32_t edi_plan_stale_table(const edi_plan *plan, const edi_linked **linked) {
  for (uint32_t i = 0; i < plan->holding_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->holding[i]];
    bool asks_rows = e->rule->effect == EDI_EFFECT_RETAIN_WHILE;
    uint32_t table = stale_table_of(e->linked, e->rule->condition, plan->now);
    if (table == EDI_NONE && asks_rows) table = stale_table_of(e->linked, e->rule->body, plan->now);
    *linked = e->linked;
    if (table != EDI_NONE) return table;
  }
  return EDI_NONE;
}
