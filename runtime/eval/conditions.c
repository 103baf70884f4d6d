/* Conditions: see the header. The walk is that of plan.c and row.c, part by part; where a part decides,
 * those that come after it are not looked at, as there. */
#include "eval/conditions.h"

typedef struct teller {
  edi_plan *plan;
  edi_condition_tell *tell;
  void *user;
} teller;

static void say(const teller *t, const edi_linked *linked, const edi_rule *rule, edi_condition_part part,
                uint32_t number, edi_truth holds) {
  edi_condition c = {linked, rule, part, number, holds};
  t->tell(t->user, &c);
}

static void say_of(const teller *t, const edi_entry *e, edi_condition_part part, edi_truth holds) {
  say(t, e->linked, e->rule, part, 0, holds);
}

/* ---- deciding ---- */

/* An exempt says something of an action if a rule that it names does. */
static bool exempts_something(const edi_plan *plan, const edi_rule *rule) {
  for (uint32_t i = 0; i < plan->concern->lift_count; i++)
    if (plan->dataset->entries[plan->concern->lifts[i].exempt].rule == rule) return true;
  return false;
}

static bool says_something(const edi_plan *plan, const edi_linked *linked, const edi_rule *rule) {
  if (rule->effect == EDI_EFFECT_EXEMPT) return exempts_something(plan, rule);
  if (rule->effect != EDI_EFFECT_PERMIT && rule->effect != EDI_EFFECT_FORBID && rule->effect != EDI_EFFECT_DELEGATE)
    return true;
  if (rule->effect == EDI_EFFECT_DELEGATE &&
      !edi_vocabulary_below(plan->vocabulary, plan->product->domain, linked->node_of[rule->delegate_to]))
    return false;
  for (uint32_t i = 0; i < rule->actions.count; i++) {
    uint32_t node = linked->node_of[linked->program.lists[rule->actions.first + i]];
    if (edi_vocabulary_below(plan->vocabulary, plan->action, node)) return true;
  }
  return false;
}

/* The parts of a rule whose target is not definitely false. */
static void parts_of(const teller *t, const edi_entry *e) {
  const edi_rule *rule = e->rule;
  int64_t today = edi_date_of(t->plan->now);
  edi_truth target = edi_plan_target(t->plan, e);
  if (rule->target != EDI_NONE) say_of(t, e, EDI_CONDITION_ON, target);
  if (target == EDI_NO) return;
  if (today < rule->from || today > rule->until) return;
  edi_vm vm = edi_plan_vm(t->plan, e);
  edi_vm_condition c = edi_vm_condition_parts(&vm, rule->condition);
  if (c.has_when) say_of(t, e, EDI_CONDITION_WHEN, c.when);
  if (c.has_unless && c.when != EDI_NO) say_of(t, e, EDI_CONDITION_UNLESS, c.unless);
  if (rule->effect == EDI_EFFECT_REQUIRE && c.holds != EDI_NO) {
    vm = edi_plan_vm(t->plan, e);
    say_of(t, e, EDI_CONDITION_REQUIRE, edi_vm_test(&vm, rule->body));
  }
}

/* Rules in the order of the program; those of a target that is definitely false are no entries. */
static void tell_layer(const teller *t, const edi_linked *linked, uint32_t *at) {
  const edi_plan *plan = t->plan;
  for (uint32_t r = 0; r < linked->program.rules_count; r++) {
    const edi_rule *rule = &linked->program.rules[r];
    bool is_entry = *at < plan->dataset->entry_count && plan->dataset->entries[*at].rule == rule;
    uint32_t entry = is_entry ? (*at)++ : EDI_NONE;
    if (!says_something(plan, linked, rule)) continue;
    say(t, linked, rule, EDI_CONDITION_APPLIES, 0, is_entry ? plan->outcomes[entry] : EDI_NO);
    if (is_entry) parts_of(t, &plan->dataset->entries[entry]);
    else if (edi_bound_is_about(plan->dataset, linked, rule)) say(t, linked, rule, EDI_CONDITION_ON, 0, EDI_NO);
  }
}

/* ---- masks ---- */

static uint32_t first_case(const edi_entry *e, uint32_t arm) {
  uint32_t number = 1;
  for (uint32_t a = e->rule->arms.first; a < arm; a++) number += e->linked->program.arms[a].cases.count;
  return number;
}

static void tell_cases(const teller *t, const edi_entry *e, uint32_t arm, const edict_cell *cells) {
  const edi_program *p = &e->linked->program;
  const edi_range cases = p->arms[arm].cases;
  uint32_t number = first_case(e, arm);
  for (uint32_t i = 0; i < cases.count; i++) {
    edi_truth holds = edi_plan_case(t->plan, e, p->cases[cases.first + i].condition, cells);
    say(t, e->linked, e->rule, EDI_CONDITION_CASE, number + i, holds);
    if (holds == EDI_YES) return;
  }
}

/* Each mask line once, however many columns it reaches. `of_row`: those whose cases read the row. */
static void tell_masks(const teller *t, bool of_row, const edict_cell *cells) {
  const edi_plan *plan = t->plan;
  for (uint32_t i = 0; i < plan->asked_count; i++) {
    const edi_bound_column *c = &plan->dataset->columns[plan->asked[i]];
    for (size_t k = 0; k < c->reach_count; k++) {
      const edi_reach *reach = &c->reaches[k];
      const edi_entry *e = &plan->dataset->entries[reach->entry];
      bool shadow = (e->rule->flags & EDI_RULE_SHADOW) != 0;
      if (shadow || plan->outcomes[reach->entry] == EDI_NO || edi_plan_arm_is_live(e, reach->arm) != of_row) continue;
      bool before = false;
      for (uint32_t b = 0; b < i && !before; b++) {
        const edi_bound_column *other = &plan->dataset->columns[plan->asked[b]];
        for (size_t o = 0; o < other->reach_count && !before; o++) before = other->reaches[o].arm == reach->arm &&
                                                                            other->reaches[o].entry == reach->entry;
      }
      if (!before) tell_cases(t, e, reach->arm, cells);
    }
  }
}

void edi_plan_conditions(edi_plan *plan, edi_condition_tell *tell, void *user) {
  teller t = {plan, tell, user};
  bool refused = plan->reason_count && plan->reasons[0].entry == EDI_NONE &&
                 plan->reasons[0].system != EDI_SYSTEM_DEFAULT;
  uint32_t at = 0;
  if (!plan->dataset || refused) return;
  tell_layer(&t, plan->product->federal, &at);
  tell_layer(&t, plan->product->linked, &at);
  if (plan->effect == EDICT_PERMIT) tell_masks(&t, false, NULL);
}

/* ---- rows ---- */

/* Over all ways to read the row: `where` holds only if all say yes, a `while` stands unless all say no. */
static edi_truth over_ways(edi_plan *plan, const edi_entry *e, const edict_cell *cells) {
  edi_truth met = EDI_UNKNOWN;
  bool all = e->rule->effect == EDI_EFFECT_SHOW_ROWS;
  edi_vm vm = edi_plan_vm(plan, e);
  vm.cells = cells;
  for (uint32_t way = 0; way < e->combination_count; way++) {
    vm.slot_columns = e->combinations + (size_t)way * e->rule->rowslots.count;
    edi_truth holds = edi_vm_test(&vm, e->rule->body);
    edi_truth decides = all ? EDI_NO : EDI_YES;
    if (way == 0 || holds == decides) met = holds;
    else if (met != decides && holds == EDI_UNKNOWN) met = EDI_UNKNOWN;
  }
  return met;
}

void edi_plan_row_conditions(edi_plan *plan, const edict_cell *cells, edi_condition_tell *tell, void *user) {
  teller t = {plan, tell, user};
  if (plan->effect != EDICT_PERMIT) return;
  for (uint32_t i = 0; i < plan->retain_rule_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->retain_rules[i]];
    if (e->rule->effect == EDI_EFFECT_RETAIN_WHILE) say_of(&t, e, EDI_CONDITION_WHILE, over_ways(plan, e, cells));
    else say_of(&t, e, EDI_CONDITION_AFTER, edi_plan_is_over(plan, i, cells));
  }
  bool grouped;
  edict_row row = edi_plan_row(plan, cells, &grouped);
  if (grouped || row == EDICT_ROW_WITHHELD || row == EDICT_ROW_ERASABLE) return;
  for (uint32_t i = 0; i < plan->row_rule_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->row_rules[i]];
    edi_truth holds = over_ways(plan, e, cells);
    say_of(&t, e, EDI_CONDITION_WHERE, holds);
    if (holds != EDI_YES) return;
  }
  tell_masks(&t, true, cells);
}
