/* Shape: what a permit leaves of columns, rows and groups.
 *
 * In: a plan with the outcomes of its entries, those lifted by an exempt among them. Out: for each column
 * asked for the meet of the masks, the rules about rows, retention and groups, which cells are read.
 * Marks each rule that mattered. */
#include "eval/plan.h"

static void mark_reads(edi_plan *plan, const edi_entry *e) {
  uint32_t count = e->combination_count * e->rule->rowslots.count;
  for (uint32_t i = 0; i < count; i++)
    if (e->combinations[i] != EDI_NONE) plan->reads[e->combinations[i]] = true;
}

static void add_retention(edi_plan *plan, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  uint32_t at = plan->retain_rule_count++;
  plan->retain_rules[at] = entry;
  plan->retain_holds[at] = plan->outcomes[entry];
  plan->retain_cutoffs[at] =
      e->duration_known ? edi_retention_cutoff(plan->now, e->duration) : EDI_TIMESTAMP_MIN;
}

void edi_plan_shape_retention(edi_plan *plan, uint32_t entry) {
  add_retention(plan, entry);
  mark_reads(plan, &plan->dataset->entries[entry]);
}

/* Keeps the largest number for each column, in the order of the columns. */
static void add_group(edi_plan *plan, uint32_t column, uint32_t least) {
  uint32_t at = 0;
  while (at < plan->group_count && plan->groups[at].column < column) at++;
  if (at < plan->group_count && plan->groups[at].column == column) {
    if (least > plan->groups[at].least) plan->groups[at].least = least;
    return;
  }
  memmove(plan->groups + at + 1, plan->groups + at, (plan->group_count - at) * sizeof *plan->groups);
  plan->groups[at] = (edi_plan_group){column, least};
  plan->group_count++;
}

static void shape_groups(edi_plan *plan, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  plan->group_rules[plan->group_rule_count++] = entry;
  for (uint32_t way = 0; way < e->combination_count; way++) add_group(plan, e->combinations[way], e->rule->least);
}

static void shape_rows(edi_plan *plan) {
  for (uint32_t i = 0; i < edi_plan_entry_count(plan); i++) {
    uint32_t entry = edi_plan_entry_at(plan, i);
    const edi_entry *e = &plan->dataset->entries[entry];
    if (!edi_plan_applies(plan, entry)) continue;
    if (e->rule->effect == EDI_EFFECT_SHOW_ROWS) plan->row_rules[plan->row_rule_count++] = entry;
    else if (e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST ||
             e->rule->effect == EDI_EFFECT_RETAIN_AT_LEAST ||
             e->rule->effect == EDI_EFFECT_RETAIN_WHILE)
      add_retention(plan, entry);
    else if (e->rule->effect == EDI_EFFECT_SHOW_GROUPS) shape_groups(plan, entry);
    else continue;
    plan->mattered[entry] = true;
    mark_reads(plan, e);
  }
}

bool edi_plan_arm_is_live(const edi_entry *e, uint32_t arm) {
  const edi_program *p = &e->linked->program;
  const edi_range cases = p->arms[arm].cases;
  for (uint32_t i = 0; i < cases.count; i++) {
    uint32_t code = p->cases[cases.first + i].condition;
    if (code != EDI_NONE && (p->codes[code].reads & EDI_READS_ROW)) return true;
  }
  return false;
}

/* The one column behind the cell that a mask reads beside its own; false: there is none, or several. */
static bool find_cell(const edi_entry *e, edi_transform *t) {
  uint32_t count = e->rule->rowslots.count, at = t->row_slot - 1 - e->rule->rowslots.first;
  for (uint32_t way = 0; way < e->combination_count; way++) {
    uint32_t column = e->combinations[way * count + at];
    if (column == EDI_NONE || (t->row_column && t->row_column != column + 1)) return false;
    t->row_column = column + 1;
  }
  return t->row_column != 0;
}

static edi_transform fitting(const edi_entry *e, uint32_t mask, const edi_bound_column *c) {
  edi_transform t = e->linked->transforms[mask];
  if (!edi_bound_suits(c, &t) || (t.row_slot && !find_cell(e, &t))) return edi_transform_bottom;
  return t;
}

/* The truth of a case for one row: over all ways to read its columns, yes only if all say yes, no
 * only if all say no. */
edi_truth edi_plan_case(const edi_plan *plan, const edi_entry *e, uint32_t code, const edict_cell *cells) {
  if (code == EDI_NONE) return EDI_YES;
  edi_vm vm = edi_plan_vm(plan, e);
  if (!(e->linked->program.codes[code].reads & EDI_READS_ROW)) return edi_vm_test(&vm, code);
  vm.cells = cells;
  edi_truth all = EDI_NO;
  for (uint32_t way = 0; way < e->combination_count; way++) {
    vm.slot_columns = e->combinations + (size_t)way * e->rule->rowslots.count;
    edi_truth t = edi_vm_test(&vm, code);
    if (way == 0) all = t;
    else if (all != t) all = EDI_UNKNOWN;
  }
  return all;
}

void edi_plan_forget_cases(edi_case_memo *memo, const edi_bound_product *product) {
  enum { MOST = UINT32_MAX / 4 };
  if (++memo->decision <= MOST) return;
  for (int i = 0; i < 2; i++) {
    size_t count = (i ? product->linked : product->federal)->program.cases_count;
    if (count > 0) memset(memo->truths[i], 0, count * sizeof *memo->truths[i]);
  }
  memo->decision = 1;
}

/* Of a case that does not read the row, for the decision that is under way. */
static edi_truth remembered_case(const edi_plan *plan, const edi_entry *e, uint32_t number) {
  edi_case_memo *memo = plan->cases;
  uint32_t *known = &memo->truths[e->linked != plan->product->federal][number];
  if (*known >> 2 != memo->decision)
    *known = memo->decision << 2 | edi_plan_case(plan, e, e->linked->program.cases[number].condition, NULL);
  return (edi_truth)(*known & 3);
}

/* `deciding`: for all rows at once, as none of its cases reads them. */
static edi_transform meet_cases(const edi_plan *plan, const edi_entry *e, uint32_t arm, const edi_bound_column *column, bool deciding,
                                const edict_cell *cells, bool *fell) {
  const edi_program *p = &e->linked->program;
  const edi_range cases = p->arms[arm].cases;
  edi_transform met = edi_transform_raw;
  for (uint32_t i = 0; i < cases.count; i++) {
    const edi_case *c = &p->cases[cases.first + i];
    edi_truth t = deciding ? remembered_case(plan, e, cases.first + i) : edi_plan_case(plan, e, c->condition, cells);
    if (t == EDI_NO) continue;
    edi_transform next = fitting(e, c->mask, column);
    met = edi_transform_meet(&met, &next, fell);
    if (t == EDI_YES) break;
  }
  return met;
}

edi_transform edi_plan_cases(const edi_plan *plan, const edi_entry *e, uint32_t arm, const edi_bound_column *column,
                             const edict_cell *cells, bool *fell) {
  return meet_cases(plan, e, arm, column, false, cells, fell);
}

/* A mask that an exempt lifts, and that would have said something of a column: the exempt matters. */
static void note_lifted(edi_plan *plan, const edi_reach *reach, const edi_bound_column *column) {
  const edi_entry *e = &plan->dataset->entries[reach->entry];
  bool says = edi_plan_arm_is_live(e, reach->arm) ||
              meet_cases(plan, e, reach->arm, column, true, NULL, NULL).id != EDI_TRANSFORM_RAW;
  for (uint32_t i = 0; says && i < edi_plan_entry_count(plan); i++) {
    uint32_t entry = edi_plan_entry_at(plan, i);
    const edi_entry *exempt = &plan->dataset->entries[entry];
    for (uint32_t k = 0; k < exempt->exempt_count && edi_plan_opens(plan, entry); k++)
      if (exempt->exempts[k] == reach->entry) plan->mattered[entry] = true;
  }
}

/* The masks that may reach a column, added to what it is without them. */
static void mask_column(edi_plan *plan, const edi_bound_column *c, edi_plan_column *out) {
  out->live_first = plan->live_count;
  out->rule_first = plan->column_rule_count;
  for (size_t i = 0; i < c->reach_count; i++) {
    const edi_reach *reach = &c->reaches[i];
    const edi_entry *e = &plan->dataset->entries[reach->entry];
    if (plan->outcomes[reach->entry] == EDI_NO || !edi_plan_enforces(plan, reach->entry)) continue;
    if (plan->lifted[reach->entry]) {
      note_lifted(plan, reach, c);
      continue;
    }
    if (edi_plan_arm_is_live(e, reach->arm)) {
      plan->live[plan->live_count++] = (edi_live_reach){reach->entry, reach->arm};
      mark_reads(plan, e);
    } else {
      edi_transform t = meet_cases(plan, e, reach->arm, c, true, NULL, &out->fell);
      if (t.id == EDI_TRANSFORM_RAW) continue; /* no case applies: the rule says nothing here */
      if (t.row_column) plan->reads[t.row_column - 1] = true;
      out->fixed = edi_transform_meet(&out->fixed, &t, &out->fell);
    }
    plan->column_rules[plan->column_rule_count++] = reach->entry;
    plan->mattered[reach->entry] = true;
  }
  out->live_count = plan->live_count - out->live_first;
  out->rule_count = plan->column_rule_count - out->rule_first;
}

/* Most columns no mask reaches that says anything to whoever asks. */
static inline bool is_reached(const edi_plan *plan, const edi_bound_column *c) {
  for (size_t i = 0; i < c->reach_count; i++)
    if (plan->outcomes[c->reaches[i].entry] != EDI_NO) return true;
  return false;
}

static inline void shape_column(edi_plan *plan, uint32_t column) {
  const edi_bound_column *c = &plan->dataset->columns[column];
  edi_plan_column *out = &plan->columns[column];
  if (out->asked) return; /* asked for twice */
  plan->asked[plan->asked_count++] = column;
  plan->reads[column] = true;
  out->asked = true;
  out->fell = false;
  /* What was raw is so as a whole: most columns stay as they were made by the decision before. */
  if (c->closed) out->fixed = edi_transform_bottom;
  else if (out->fixed.id != EDI_TRANSFORM_RAW) out->fixed = edi_transform_raw;
  out->live_count = out->rule_count = 0;
  if (is_reached(plan, c)) mask_column(plan, c, out);
}

void edi_plan_shape(edi_plan *plan, const uint32_t *columns, size_t column_count) {
  plan->shaped = true;
  const edi_bound_column *all = plan->dataset->columns;
  for (size_t i = 0; i < column_count; i++) { /* whoever asks for a column asks for all that is inside of it */
    const edi_bound_column *c = &all[columns[i]];
    shape_column(plan, columns[i]);
    for (uint32_t p = 0; p < c->part_count; p++) shape_column(plan, c->part_first + p);
  }
  shape_rows(plan);
}

/* What was made of columns and rows is as if it had not been. */
void edi_plan_unshape(edi_plan *plan) {
  if (plan->shaped) memset(plan->reads, 0, plan->dataset->column_count * sizeof *plan->reads);
  edi_plan_column *columns = plan->columns;
  for (const uint32_t *at = plan->asked, *end = at + plan->asked_count; at < end; at++) columns[*at].asked = false;
  plan->live_count = plan->column_rule_count = 0;
  plan->row_rule_count = plan->retain_rule_count = 0;
  plan->group_rule_count = plan->group_count = 0;
  plan->asked_count = 0;
  plan->shaped = false;
}
