/* Obligation: what a decision obliges its host to, with the values of the arguments. */
#include "enforce/host.h"

static edict_text text(edi_str s) { return (edict_text){s.ptr, s.len}; }

static const edi_plan_duty *duty_at(const edict_decision *decision, size_t index, const edi_entry **entry) {
  if (!decision || index >= decision->plan->duty_count) return NULL;
  const edi_plan_duty *duty = &decision->plan->duties[index];
  *entry = &decision->plan->dataset->entries[duty->entry];
  return duty;
}

size_t edict_decision_obligation_count(const edict_decision *decision) {
  return decision ? decision->plan->duty_count : 0;
}

edict_status edict_decision_obligation(const edict_decision *decision, size_t index, edict_obligation *obligation) {
  const edi_entry *e;
  if (!obligation) return EDICT_ARGUMENT;
  *obligation = (edict_obligation){.argument_count = 0};
  const edi_plan_duty *at = duty_at(decision, index, &e);
  if (!at) return EDICT_ARGUMENT;
  const edi_program *p = &e->linked->program;
  const edi_duty *duty = &p->duties[e->rule->duties.first + at->duty];
  *obligation = (edict_obligation){.name = text(edi_program_string(p, p->obligations[duty->obligation].name)),
                                   .rule = text(edi_program_string(p, e->rule->name)),
                                   .argument_count = duty->args.count};
  return EDICT_OK;
}

bool edi_obligation_value(const edict_decision *decision, size_t index, size_t which, edi_value *value, edi_type *type,
                          edi_str *name) {
  const edi_entry *e;
  const edi_plan_duty *at = duty_at(decision, index, &e);
  if (!at) return false;
  const edi_program *p = &e->linked->program;
  const edi_duty *duties = p->duties + e->rule->duties.first;
  uint32_t first = e->duty_first;
  for (uint32_t d = 0; d < at->duty; d++) first += duties[d].args.count;
  if (which >= duties[at->duty].args.count) return false;
  uint32_t param = p->obligations[duties[at->duty].obligation].params.first + (uint32_t)which;
  *value = decision->plan->arguments[first + which];
  *type = e->linked->param_types[param];
  *name = edi_program_string(p, p->params[param].name);
  return true;
}

edict_status edict_decision_obligation_argument(edict_decision *decision, size_t index, size_t which,
                                                edict_argument *argument) {
  edi_value value;
  edi_type type;
  edi_str name;
  if (!argument) return EDICT_ARGUMENT;
  *argument = (edict_argument){.type = ""};
  if (!edi_obligation_value(decision, index, which, &value, &type, &name)) return EDICT_ARGUMENT;
  argument->name = text(name);
  argument->type = edi_type_base_name(EDI_TYPE_BASE(type));
  if (value.base == EDI_TYPE_STRING || value.base == EDI_TYPE_ID) {
    argument->value = text(edi_value_str(value));
    return EDICT_OK;
  }
  edi_buf buf = edi_buf_fixed(decision->text, sizeof decision->text);
  edi_vocabulary_format(decision->plan->vocabulary, type, value, &buf);
  if (buf.failed != EDICT_OK) return EDICT_LIMIT;
  argument->value = (edict_text){decision->text, buf.len};
  return EDICT_OK;
}
