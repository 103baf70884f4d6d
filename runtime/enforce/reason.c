/* Reason: every rule that mattered, as data and as a sentence for whoever was refused. */
#include "enforce/host.h"

static edict_text text(edi_str s) { return (edict_text){s.ptr, s.len}; }

size_t edict_decision_reason_count(const edict_decision *decision) {
  return decision ? edi_plan_reasons(decision->plan) : 0;
}

static void system_reason(edi_system_reason which, edict_reason *out) {
  static const struct { const char *rule, *because; } words[] = {
      {"", ""},
#define REFUSAL(NAME, rule, because, how) {rule, because},
#include "bundle/refusals.def"
#undef REFUSAL
  };
  *out = (edict_reason){.rule = text(edi_str_from(words[which].rule)),
                        .effect = edi_effect_name(EDI_EFFECT_FORBID),
                        .holds = EDICT_HOLDS_YES,
                        .because = text(edi_str_from(words[which].because))};
}

edict_status edict_decision_reason(const edict_decision *decision, size_t index, edict_reason *reason) {
  *reason = (edict_reason){.effect = ""};
  if (!decision) return EDICT_ARGUMENT;
  edi_plan *plan = decision->plan;
  if (index >= edi_plan_reasons(plan)) return EDICT_ARGUMENT;
  const edi_reason *r = &plan->reasons[index];
  if (r->entry == EDI_NONE) {
    system_reason(r->system, reason);
    return EDICT_OK;
  }
  const edi_entry *e = &plan->dataset->entries[r->entry];
  const edi_program *p = &e->linked->program;
  *reason = (edict_reason){.rule = text(edi_program_string(p, e->rule->name)),
                           .effect = edi_effect_name((edi_effect)e->rule->effect),
                           .holds = (edict_holds)r->holds,
                           .because = text(edi_program_string(p, e->rule->because)),
                           .see = text(edi_program_string(p, e->rule->see)),
                           .file = text(edi_program_string(p, e->rule->file)),
                           .line = e->rule->line,
                           .column = e->rule->column};
  if (r->unmet) {
    const edi_duty *duty = &p->duties[e->rule->duties.first + r->unmet - 1];
    reason->unmet = text(edi_program_string(p, p->obligations[duty->obligation].name));
  }
  return EDICT_OK;
}

const char *edict_decision_reason_unknown(edict_decision *decision, size_t index, size_t which) {
  static const char *const entities[] = {"product.", "dataset.", "column.", "subject.", ""};
  if (!decision) return NULL;
  edi_plan *plan = decision->plan;
  if (index >= edi_plan_reasons(plan) || plan->reasons[index].entry == EDI_NONE) return NULL;
  uint32_t entry = plan->reasons[index].entry;
  const edi_attr *attr = edi_plan_unknown(plan, &plan->reasons[index], which);
  if (!attr) return NULL;
  edi_buf buf = edi_buf_fixed(decision->text, sizeof decision->text);
  bool plain = attr->entity == EDI_ENTITY_CONTEXT && (attr->flags & EDI_ATTR_BUILTIN);
  const edi_program *program = &plan->dataset->entries[entry].linked->program;
  if (attr->entity >= EDI_ENTITY_RESOURCE) {
    edi_buf_str(&buf, edi_program_string(program, program->resources[attr->entity - EDI_ENTITY_RESOURCE].name));
    edi_buf_char(&buf, '.');
  } else {
    edi_buf_text(&buf, attr->entity == EDI_ENTITY_CONTEXT && !plain ? "context." : entities[attr->entity]);
  }
  edi_buf_str(&buf, edi_program_string(program, attr->name));
  edi_buf_char(&buf, '\0');
  return buf.failed == EDICT_OK ? decision->text : NULL;
}

/* ---- in words ---- */

static void say_unknown(edict_decision *d, size_t index, edi_buf *into) {
  const char *name;
  for (size_t u = 0; (name = edict_decision_reason_unknown(d, index, u)) != NULL; u++) {
    edi_buf_text(into, u == 0 ? "; not known: " : ", ");
    edi_buf_text(into, name);
  }
}

static void say(edict_decision *d, size_t index, edi_buf *into) {
  edict_reason r;
  if (edict_decision_reason(d, index, &r) != EDICT_OK) return;
  bool permit = strcmp(r.effect, edi_effect_name(EDI_EFFECT_PERMIT)) == 0;
  edi_buf_text(into, index == 0 ? " " : "; ");
  edi_buf_str(into, (edi_str){r.rule.ptr, r.rule.len});
  if (permit && r.holds != EDICT_HOLDS_YES) edi_buf_text(into, " does not apply");
  else if (r.unmet.len) {
    edi_buf_text(into, permit ? " does not apply, as its obligation " : ", as its obligation ");
    edi_buf_str(into, (edi_str){r.unmet.ptr, r.unmet.len});
    edi_buf_text(into, " cannot be met");
  }
  /* What would permit and does not is a domain's, for which no federal delegate holds. */
  else if (permit && d->plan->effect != EDICT_PERMIT) edi_buf_text(into, " is not delegated");
  if (r.because.len) {
    edi_buf_text(into, " (");
    edi_buf_escaped(into, (edi_str){r.because.ptr, r.because.len}, 300);
    edi_buf_char(into, ')');
  }
  say_unknown(d, index, into);
}

static void say_groups(const edict_decision *d, edi_buf *into) {
  edict_group g;
  for (size_t i = 0; edict_decision_group(d, i, &g) == EDICT_OK; i++) {
    edi_buf_format(into, i == 0 ? "; shown in groups alone, of at least %u different " : ", %u different ",
                   (unsigned)g.least);
    if (g.column == SIZE_MAX) edi_buf_text(into, "values of a column that there is not");
    else edi_buf_escaped(into, d->plan->dataset->columns[g.column].name, 300);
  }
}

static void say_obligations(const edict_decision *d, edi_buf *into) {
  edict_obligation o;
  for (size_t i = 0; edict_decision_obligation(d, i, &o) == EDICT_OK; i++) {
    edi_buf_text(into, i == 0 ? "; obliges to: " : ", ");
    edi_buf_str(into, (edi_str){o.name.ptr, o.name.len});
  }
}

size_t edict_decision_explain(edict_decision *decision, char *out, size_t capacity) {
  if (capacity) out[0] = '\0';
  if (!decision) return 0;
  edi_plan *plan = decision->plan;
  edi_buf buf;
  edi_buf_init(&buf, NULL, 64 * 1024);
  edict_reason first;
  bool rule_refuses = edict_decision_reason(decision, 0, &first) == EDICT_OK &&
                      strcmp(first.effect, edi_effect_name(EDI_EFFECT_PERMIT)) != 0;
  if (plan->effect == EDICT_PERMIT) edi_buf_text(&buf, "permitted by");
  else if (edi_plan_reasons(plan) == 0) edi_buf_text(&buf, "denied: nothing was decided");
  else edi_buf_text(&buf, rule_refuses ? "denied by" : "denied: no rule permits it;");
  for (size_t i = 0; i < plan->reason_count; i++) say(decision, i, &buf);
  say_groups(decision, &buf);
  say_obligations(decision, &buf);
  size_t length = buf.len;
  if (capacity) {
    size_t n = length < capacity ? length : capacity - 1;
    if (n) memcpy(out, buf.ptr, n);
    out[n] = '\0';
  }
  edi_buf_fini(&buf);
  return length;
}
