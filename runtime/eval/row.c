/* Rows: what a plan says of one row, on its original values, before any mask.
 *
 * Shown only if every `show only rows` is definitely true in every way to read its columns, no `retain at most`
 * has passed, and not groups alone may be shown, unless the host sees to those. Erasable only if it is certain: a definite rule with `then erase` has
 * passed, no time is missing or in the future, and nothing holds the row back. A time that a domain's
 * rule misses makes only the domain's erasures uncertain, or it would keep what the federation erases. */
#include "eval/plan.h"

static bool where_holds(edi_plan *plan, const edi_entry *e, const edict_cell *cells) {
  edi_vm vm = edi_plan_vm(plan, e);
  vm.cells = cells;
  for (uint32_t way = 0; way < e->combination_count; way++) {
    vm.slot_columns = e->combinations + (size_t)way * e->rule->rowslots.count;
    if (edi_vm_test(&vm, e->rule->body) != EDI_YES) return false;
  }
  return true;
}

/* YES: in some way to read the row it holds; NO: in none; else it is not known. */
static edi_truth while_stands(edi_plan *plan, const edi_entry *e, const edict_cell *cells) {
  edi_truth stands = EDI_NO;
  edi_vm vm = edi_plan_vm(plan, e);
  vm.cells = cells;
  for (uint32_t way = 0; way < e->combination_count && stands != EDI_YES; way++) {
    vm.slot_columns = e->combinations + (size_t)way * e->rule->rowslots.count;
    edi_truth t = edi_vm_test(&vm, e->rule->body);
    if (t != EDI_NO) stands = t;
  }
  return stands;
}

/* The time of a row in one of the columns that a bound runs on; false: unknown. */
static bool row_time(edi_plan *plan, const edi_entry *e, uint32_t way, const edict_cell *cells, int64_t *time) {
  uint32_t column = e->combinations[way];
  if (column == EDI_NONE || !e->duration_known) return false;
  edi_vm vm = edi_plan_vm(plan, e);
  edi_value v = edi_cell_value(&vm, &cells[column], plan->dataset->column_types[column],
                               e->linked->slot_types[e->rule->rowslots.first]);
  if (v.base != EDI_TYPE_TIMESTAMP && v.base != EDI_TYPE_DATE) return false;
  *time = v.base == EDI_TYPE_DATE ? v.as.integer * EDI_DAY_MICROS : v.as.integer;
  return true;
}

enum { FEDERAL, DOMAIN };
/* By layer; `held`: something that is known keeps it; `unsure`: something is not known. */
typedef struct standing { bool past, kept, held, unsure, erase[2], uncertain[2]; } standing;

static void at_most(edi_plan *plan, uint32_t index, const edict_cell *cells, standing *s) {
  const edi_entry *e = &plan->dataset->entries[plan->retain_rules[index]];
  unsigned layer = e->linked == plan->product->federal ? FEDERAL : DOMAIN;
  for (uint32_t way = 0; way < e->combination_count; way++) {
    int64_t time;
    if (!row_time(plan, e, way, cells, &time) || time > plan->now) {
      s->past = s->uncertain[layer] = s->unsure = true;
    } else if (time < plan->retain_cutoffs[index]) {
      s->past = true;
      if (!(e->rule->flags & EDI_RULE_THEN_ERASE)) continue;
      if (plan->retain_holds[index] == EDI_YES) s->erase[layer] = true;
      else s->unsure = true;
    }
  }
}

edi_truth edi_plan_is_over(edi_plan *plan, uint32_t index, const edict_cell *cells) {
  const edi_entry *e = &plan->dataset->entries[plan->retain_rules[index]];
  bool most = e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST;
  edi_truth met = EDI_NO;
  for (uint32_t way = 0; way < e->combination_count; way++) {
    int64_t time;
    edi_truth over = !row_time(plan, e, way, cells, &time) || (most && time > plan->now) ? EDI_UNKNOWN
                     : (most ? time < plan->retain_cutoffs[index]
                             : !edi_retention_stands(time, plan->now, e->duration)) ? EDI_YES
                                                                                    : EDI_NO;
    /* The earliest time counts for `at most`, the latest for `at least`. */
    if (way == 0 || over == (most ? EDI_YES : EDI_NO)) met = over;
    else if (over == EDI_UNKNOWN && met != (most ? EDI_YES : EDI_NO)) met = over;
  }
  return met;
}

static void at_least(edi_plan *plan, uint32_t index, const edict_cell *cells, standing *s) {
  const edi_entry *e = &plan->dataset->entries[plan->retain_rules[index]];
  for (uint32_t way = 0; way < e->combination_count; way++) {
    int64_t time;
    bool known = row_time(plan, e, way, cells, &time);
    if (known && !edi_retention_stands(time, plan->now, e->duration)) continue;
    s->kept = true;
    if (known && plan->retain_holds[index] == EDI_YES) s->held = true;
    else s->unsure = true;
  }
}

static void kept_while(edi_plan *plan, uint32_t index, const edict_cell *cells, standing *s) {
  edi_truth stands = while_stands(plan, &plan->dataset->entries[plan->retain_rules[index]], cells);
  if (stands == EDI_NO) return;
  s->kept = true;
  if (stands == EDI_YES && plan->retain_holds[index] == EDI_YES) s->held = true;
  else s->unsure = true;
}

static standing retention(edi_plan *plan, const edict_cell *cells) {
  standing s = {0};
  for (uint32_t i = 0; i < plan->retain_rule_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->retain_rules[i]];
    if (e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST) at_most(plan, i, cells, &s);
    if (e->rule->effect == EDI_EFFECT_RETAIN_AT_LEAST) at_least(plan, i, cells, &s);
    if (e->rule->effect == EDI_EFFECT_RETAIN_WHILE) kept_while(plan, i, cells, &s);
  }
  return s;
}

static bool erasable(const standing *s) {
  if (s->kept || s->uncertain[FEDERAL]) return false;
  return s->erase[FEDERAL] || (s->erase[DOMAIN] && !s->uncertain[DOMAIN]);
}

static edict_row state_of(const standing *s) {
  if (!s->past) return EDICT_ROW_SHOWN;
  return erasable(s) ? EDICT_ROW_ERASABLE : EDICT_ROW_WITHHELD;
}

edict_row edi_plan_retained(edi_plan *plan, const edict_cell *cells, bool *undecided) {
  *undecided = true;
  if (plan->effect != EDICT_PERMIT) return EDICT_ROW_WITHHELD;
  standing s = retention(plan, cells);
  edict_row state = state_of(&s);
  *undecided = state == EDICT_ROW_WITHHELD && s.unsure && !s.held;
  return state;
}

edict_row edi_plan_row(edi_plan *plan, const edict_cell *cells, bool *grouped) {
  *grouped = false;
  if (plan->effect != EDICT_PERMIT) return EDICT_ROW_HIDDEN;
  standing s = retention(plan, cells);
  if (s.past) return state_of(&s);
  *grouped = plan->group_count > 0 && !plan->suppresses_groups;
  if (*grouped) return EDICT_ROW_HIDDEN;
  for (uint32_t i = 0; i < plan->row_rule_count; i++)
    if (!where_holds(plan, &plan->dataset->entries[plan->row_rules[i]], cells)) return EDICT_ROW_HIDDEN;
  return EDICT_ROW_SHOWN;
}

const edi_transform *edi_plan_column_transform(edi_plan *plan, uint32_t column, const edict_cell *cells, edi_transform *room) {
  const edi_plan_column *c = &plan->columns[column];
  if (plan->effect != EDICT_PERMIT || !c->asked) return &edi_transform_bottom;
  if (c->live_count == 0) return &c->fixed;
  *room = c->fixed;
  for (uint32_t i = 0; i < c->live_count; i++) {
    const edi_live_reach *live = &plan->live[c->live_first + i];
    edi_transform t = edi_plan_cases(plan, &plan->dataset->entries[live->entry], live->arm,
                                     &plan->dataset->columns[column], cells, NULL);
    *room = edi_transform_meet(room, &t, NULL);
  }
  return room;
}
