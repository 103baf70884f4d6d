/* Plan: one request decided.
 *
 * In: the bound dataset's entries, the subject, the context, the time. Out: effect, reasons, and for
 * a permit what applies to columns, rows and retention. Order: refusals that no rule makes, then each
 * entry's outcome once, then effect and reasons, then what shapes the answer. The effect is written
 * last; every early return leaves a plan that denies. */
#include "eval/plan.h"

#include "bundle/limits.h"
#include "eval/context.h"

static void *take(edi_arena *arena, size_t count, size_t size, edict_status *status) {
  void *p = edi_arena_array(arena, count ? count : 1, size);
  if (!p && *status == EDICT_OK) *status = edi_arena_status(arena);
  return p;
}

edict_status edi_plan_init(edi_plan *plan, const edi_vocabulary *vocabulary, const edi_bound_product *product,
                           edi_arena *arena) {
  edict_status s = EDICT_OK;
  *plan = (edi_plan){.product = product, .vocabulary = vocabulary};
  size_t columns = product->most_columns, entries = product->most_entries, reaches = product->most_reaches;
  plan->context = take(arena, vocabulary->context_slots, sizeof *plan->context, &s);
  plan->members = take(arena, EDI_LIMIT_CONTEXT_MEMBERS, sizeof *plan->members, &s);
  plan->texts = take(arena, EDI_LIMIT_CONTEXT_TEXT, 1, &s);
  plan->outcomes = take(arena, entries, sizeof *plan->outcomes, &s);
  plan->mattered = take(arena, entries, sizeof *plan->mattered, &s);
  plan->reasons = take(arena, entries + 1, sizeof *plan->reasons, &s);
  plan->columns = take(arena, columns, sizeof *plan->columns, &s);
  plan->asked = take(arena, columns, sizeof *plan->asked, &s);
  plan->reads = take(arena, columns, sizeof *plan->reads, &s);
  plan->live = take(arena, reaches, sizeof *plan->live, &s);
  plan->column_rules = take(arena, reaches, sizeof *plan->column_rules, &s);
  plan->row_rules = take(arena, entries, sizeof *plan->row_rules, &s);
  plan->retain_rules = take(arena, entries, sizeof *plan->retain_rules, &s);
  plan->retain_holds = take(arena, entries, sizeof *plan->retain_holds, &s);
  plan->retain_cutoffs = take(arena, entries, sizeof *plan->retain_cutoffs, &s);
  plan->scratch = take(arena, EDI_VM_SCRATCH, 1, &s);
  plan->unmet = take(arena, entries, sizeof *plan->unmet, &s);
  plan->arguments = take(arena, product->most_arguments, sizeof *plan->arguments, &s);
  plan->duties = take(arena, product->most_duties, sizeof *plan->duties, &s);
  plan->made_size = product->most_made * EDI_VM_SCRATCH;
  plan->made = take(arena, plan->made_size, 1, &s);
  plan->meets[0] = product->federal->meets;
  plan->meets[1] = product->linked->meets;
  return s == EDICT_OK ? edi_pattern_scratch_create(&plan->patterns) : s;
}

void edi_plan_fini(edi_plan *plan) {
  edi_pattern_scratch_destroy(plan->patterns);
  plan->patterns = NULL;
}

/* What was made of columns and rows is as if it had not been. */
static void unshape(edi_plan *plan) {
  plan->live_count = plan->column_rule_count = 0;
  plan->row_rule_count = plan->retain_rule_count = 0;
  for (uint32_t i = 0; i < plan->asked_count; i++)
    memset(&plan->columns[plan->asked[i]], 0, sizeof *plan->columns);
  plan->asked_count = 0;
  memset(plan->reads, 0, plan->product->most_columns * sizeof *plan->reads);
}

void edi_plan_clear(edi_plan *plan) {
  plan->effect = EDICT_DENY;
  plan->dataset = NULL;
  plan->concern = NULL;
  plan->subject = NULL;
  plan->valid_until = plan->now = 0;
  plan->reason_count = plan->duty_count = 0;
  plan->made_used = 0;
  memset(plan->context, 0, plan->vocabulary->context_slots * sizeof *plan->context);
  unshape(plan);
}

edi_vm edi_plan_vm(const edi_plan *plan, const edi_entry *entry) {
  const edi_bound_dataset *d = plan->dataset;
  return (edi_vm){.linked = entry->linked,
                  .vocabulary = plan->vocabulary,
                  .subject = plan->subject->attrs,
                  .context = plan->context,
                  .facts = d->facts[entry->linked == plan->product->federal ? 0 : 1],
                  .dataset = d,
                  .slot_base = entry->rule->rowslots.first,
                  .column_types = d->column_types,
                  .now = plan->now,
                  .patterns = plan->patterns,
                  .scratch = plan->scratch};
}

static void add_reason(edi_plan *plan, uint32_t entry) {
  plan->reasons[plan->reason_count++] =
      (edi_reason){entry, plan->outcomes[entry], EDI_SYSTEM_NONE, plan->unmet[entry]};
}

static bool refuse(edi_plan *plan, edi_system_reason reason) {
  if (reason == EDI_SYSTEM_NONE) return false;
  plan->reasons[plan->reason_count++] = (edi_reason){EDI_NONE, EDI_YES, reason, 0};
  return true;
}

/* ---- outcomes ---- */

static edi_truth kleene_and(edi_truth a, edi_truth b) {
  if (a == EDI_NO || b == EDI_NO) return EDI_NO;
  return a == EDI_YES && b == EDI_YES ? EDI_YES : EDI_UNKNOWN;
}

static edi_truth kleene_not(edi_truth a) {
  return a == EDI_UNKNOWN ? a : a == EDI_YES ? EDI_NO : EDI_YES;
}

static edi_truth test(const edi_plan *plan, const edi_entry *e, uint32_t code) {
  edi_vm vm = edi_plan_vm(plan, e);
  return edi_vm_test(&vm, code);
}

static edi_truth outcome(const edi_plan *plan, const edi_entry *e, int64_t today) {
  if (today < e->rule->from || today > e->rule->until) return EDI_NO;
  edi_truth condition = e->condition_fixed ? e->condition : test(plan, e, e->rule->condition);
  edi_truth t = kleene_and(e->target, condition);
  if (e->rule->effect != EDI_EFFECT_REQUIRE || t == EDI_NO) return t;
  /* `require E` is `forbid access unless E`. */
  return kleene_and(t, kleene_not(e->body_fixed ? e->body : test(plan, e, e->rule->body)));
}

/* ---- obligations ---- */

/* A text in the scratch of the VM is gone with its next run. */
static edi_value kept(edi_plan *plan, edi_value v) {
  bool borrowed = v.base == EDI_TYPE_STRING && v.as.text >= plan->scratch &&
                  v.as.text < plan->scratch + EDI_VM_SCRATCH;
  if (!borrowed) return v;
  if (v.length > plan->made_size - plan->made_used) return edi_value_unknown();
  char *copy = plan->made + plan->made_used;
  memcpy(copy, v.as.text, v.length);
  plan->made_used += v.length;
  v.as.text = copy;
  return v;
}

/* Evaluates the arguments of a rule's obligations; see edi_reason.unmet. */
static uint32_t look_at_duties(edi_plan *plan, const edi_entry *e) {
  const edi_program *p = &e->linked->program;
  const bool *meets = plan->meets[e->linked == plan->product->federal ? 0 : 1];
  edi_value *out = plan->arguments + e->duty_first;
  uint32_t unmet = 0;
  for (uint32_t d = 0; d < e->rule->duties.count; d++) {
    const edi_duty *duty = &p->duties[e->rule->duties.first + d];
    bool met = meets[duty->obligation];
    for (uint32_t a = 0; a < duty->args.count; a++) {
      edi_vm vm = edi_plan_vm(plan, e);
      *out = kept(plan, edi_vm_run(&vm, p->lists[duty->args.first + a]));
      met = met && out->base != EDI_TYPE_NONE;
      out++;
    }
    if (!met && unmet == 0) unmet = d + 1;
  }
  return unmet;
}

/* A require closes `access`, below which `unmask` does not lie. */
static bool closes(const edi_plan *plan, const edi_entry *e) {
  if (e->rule->effect == EDI_EFFECT_FORBID) return true;
  return e->rule->effect == EDI_EFFECT_REQUIRE &&
         edi_vocabulary_below(plan->vocabulary, plan->action, plan->vocabulary->node_access);
}

/* Nothing is opened that is unknown, or whose obligation cannot be met. */
static bool opener_holds(const edi_plan *plan, uint32_t entry) {
  return plan->outcomes[entry] == EDI_YES && plan->unmet[entry] == 0;
}

static void evaluate(edi_plan *plan) {
  int64_t today = edi_date_of(plan->now);
  plan->delegated = false;
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    const edi_entry *e = &plan->dataset->entries[entry];
    plan->outcomes[entry] = outcome(plan, e, today);
    plan->unmet[entry] = 0;
    if (e->rule->duties.count && plan->outcomes[entry] != EDI_NO)
      plan->unmet[entry] = look_at_duties(plan, e);
    if (e->rule->effect == EDI_EFFECT_DELEGATE && opener_holds(plan, entry)) plan->delegated = true;
  }
}

/* A domain's permit opens only what a federal delegate that holds lets it. */
static bool permit_holds(const edi_plan *plan, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  if (e->rule->effect != EDI_EFFECT_PERMIT || !opener_holds(plan, entry)) return false;
  return e->linked == plan->product->federal || plan->delegated;
}

/* ---- effect and reasons ---- */

/* Why nothing permits: the permits that could have, else that there is none. */
static void default_reasons(edi_plan *plan) {
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    if (plan->dataset->entries[entry].rule->effect == EDI_EFFECT_PERMIT)
      add_reason(plan, entry);
  }
  if (plan->reason_count == 0) (void)refuse(plan, EDI_SYSTEM_DEFAULT);
}

static edict_effect conclude(edi_plan *plan) {
  bool permitted = false;
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    if (plan->outcomes[entry] == EDI_NO) continue;
    if (closes(plan, &plan->dataset->entries[entry]))
      add_reason(plan, entry);
    else if (permit_holds(plan, entry))
      permitted = plan->mattered[entry] = true;
  }
  if (permitted && plan->reason_count == 0) return EDICT_PERMIT;
  if (plan->reason_count == 0) default_reasons(plan);
  return EDICT_DENY;
}

/* A rule that shapes the answer and obliges to what cannot be done lets nothing through. */
static edict_effect refuse_unmet(edi_plan *plan) {
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    if (plan->mattered[entry] && plan->unmet[entry]) add_reason(plan, entry);
  }
  return plan->reason_count ? EDICT_DENY : EDICT_PERMIT;
}

/* What mattered, in the order of the entries; leaves every mark false. */
static void settle_reasons(edi_plan *plan, edict_effect effect) {
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    if (!plan->mattered[entry]) continue;
    plan->mattered[entry] = false;
    if (effect == EDICT_PERMIT) add_reason(plan, entry);
  }
}

static void add_duties(edi_plan *plan, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  for (uint32_t d = 0; d < e->rule->duties.count && plan->unmet[entry] == 0; d++)
    plan->duties[plan->duty_count++] = (edi_plan_duty){entry, d};
}

/* Whether a permit of the domain is among the reasons: then delegates shaped the answer too. */
static bool rests_on_delegates(const edi_plan *plan) {
  for (uint32_t i = 0; i < plan->reason_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->reasons[i].entry];
    if (e->rule->effect == EDI_EFFECT_PERMIT && e->linked != plan->product->federal) return true;
  }
  return false;
}

/* The obligations of all that shaped the answer: of a permit its reasons and the delegates that it rests
 * on, of a deny the rules that refuse. Reasons stand in the order of the entries. */
static void collect_duties(edi_plan *plan, edict_effect effect) {
  bool delegates = effect == EDICT_PERMIT && rests_on_delegates(plan);
  uint32_t reason = 0;
  if (plan->product->most_duties == 0) return;
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    const edi_entry *e = &plan->dataset->entries[entry];
    bool among = reason < plan->reason_count && plan->reasons[reason].entry == entry;
    reason += among;
    bool refuses = e->rule->effect == EDI_EFFECT_FORBID || e->rule->effect == EDI_EFFECT_REQUIRE;
    if ((among && (effect == EDICT_PERMIT || refuses)) ||
        (delegates && e->rule->effect == EDI_EFFECT_DELEGATE && opener_holds(plan, entry)))
      add_duties(plan, entry);
  }
}

/* ---- what shapes the answer ---- */

static void mark_reads(edi_plan *plan, const edi_entry *e) {
  uint32_t count = e->combination_count * e->rule->rowslots.count;
  for (uint32_t i = 0; i < count; i++)
    if (e->combinations[i] != EDI_NONE) plan->reads[e->combinations[i]] = true;
}

static void shape_retention(edi_plan *plan, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  uint32_t at = plan->retain_rule_count++;
  plan->retain_rules[at] = entry;
  plan->retain_holds[at] = plan->outcomes[entry];
  plan->retain_cutoffs[at] =
      e->duration_known ? edi_retention_cutoff(plan->now, e->duration) : EDI_TIMESTAMP_MIN;
}

static void shape_rows(edi_plan *plan) {
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    const edi_entry *e = &plan->dataset->entries[entry];
    if (plan->outcomes[entry] == EDI_NO) continue;
    if (e->rule->effect == EDI_EFFECT_SHOW_ROWS) plan->row_rules[plan->row_rule_count++] = entry;
    else if (e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST ||
             e->rule->effect == EDI_EFFECT_RETAIN_AT_LEAST ||
             e->rule->effect == EDI_EFFECT_RETAIN_WHILE)
      shape_retention(plan, entry);
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

edi_transform edi_plan_cases(const edi_plan *plan, const edi_entry *e, uint32_t arm, const edi_bound_column *column,
                             const edict_cell *cells, bool *fell) {
  const edi_program *p = &e->linked->program;
  const edi_range cases = p->arms[arm].cases;
  edi_transform met = edi_transform_raw;
  for (uint32_t i = 0; i < cases.count; i++) {
    const edi_case *c = &p->cases[cases.first + i];
    edi_truth t = edi_plan_case(plan, e, c->condition, cells);
    if (t == EDI_NO) continue;
    edi_transform next = fitting(e, c->mask, column);
    met = edi_transform_meet(&met, &next, fell);
    if (t == EDI_YES) break;
  }
  return met;
}

static void shape_column(edi_plan *plan, uint32_t column) {
  const edi_bound_column *c = &plan->dataset->columns[column];
  edi_plan_column *out = &plan->columns[column];
  if (out->asked) return; /* asked for twice */
  plan->asked[plan->asked_count++] = column;
  *out = (edi_plan_column){.asked = true, .fixed = c->closed ? edi_transform_bottom : edi_transform_raw,
                           .live_first = plan->live_count, .rule_first = plan->column_rule_count};
  plan->reads[column] = true;
  for (size_t i = 0; i < c->reach_count; i++) {
    const edi_reach *reach = &c->reaches[i];
    const edi_entry *e = &plan->dataset->entries[reach->entry];
    if (plan->outcomes[reach->entry] == EDI_NO) continue;
    if (edi_plan_arm_is_live(e, reach->arm)) {
      plan->live[plan->live_count++] = (edi_live_reach){reach->entry, reach->arm};
      mark_reads(plan, e);
    } else {
      edi_transform t = edi_plan_cases(plan, e, reach->arm, c, NULL, &out->fell);
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

/* ---- until when ---- */

static void sooner(edi_plan *plan, int64_t moment) {
  if (moment > plan->now && moment < plan->valid_until) plan->valid_until = moment;
}

static void bound_by_tables(edi_plan *plan, const edi_linked *linked) {
  for (uint32_t t = 0; t < linked->program.tables_count; t++) {
    sooner(plan, linked->tables[t].not_before);
    sooner(plan, linked->tables[t].fresh_until);
  }
}

static uint32_t reads_now(const edi_plan *plan, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  return e->reads | (plan->outcomes[entry] == EDI_NO ? 0 : e->duty_reads);
}

static void bound_by_rule(edi_plan *plan, uint32_t entry, int64_t today) {
  const edi_entry *e = &plan->dataset->entries[entry];
  const edi_rule *rule = e->rule;
  if (rule->from > today) sooner(plan, rule->from * EDI_DAY_MICROS);
  if (rule->until >= today && rule->until < EDI_DATE_MAX)
    sooner(plan, (rule->until + INT64_C(1)) * EDI_DAY_MICROS);
  if (reads_now(plan, entry) & EDI_READS_NOW) sooner(plan, plan->now + 1);
  if (rule->effect == EDI_EFFECT_RETAIN_AT_MOST || rule->effect == EDI_EFFECT_RETAIN_AT_LEAST)
    sooner(plan, (today + 1) * EDI_DAY_MICROS);
}

static void bound_validity(edi_plan *plan, const edi_plan_request *request) {
  int64_t today = edi_date_of(plan->now);
  const edi_linked *bounded = NULL; /* entries of one program stand together */
  plan->valid_until = request->expires < plan->subject->expires ? request->expires : plan->subject->expires;
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    const edi_entry *e = &plan->dataset->entries[entry];
    bound_by_rule(plan, entry, today);
    if (!(reads_now(plan, entry) & EDI_READS_TABLE) || e->linked == bounded) continue;
    bounded = e->linked;
    bound_by_tables(plan, bounded);
  }
}

/* ---- the request ---- */

static edi_system_reason check_times(const edi_plan *plan, const edi_plan_request *request) {
  if (request->now < request->floor) return EDI_SYSTEM_TIME_FLOOR;
  if (request->now < request->not_before || request->now >= request->expires) return EDI_SYSTEM_TIME_BUNDLE;
  if (request->now < plan->subject->not_before || request->now >= plan->subject->expires)
    return EDI_SYSTEM_TIME_SUBJECT;
  return EDI_SYSTEM_NONE;
}

static edi_system_reason check_request(edi_plan *plan, const edi_plan_request *request) {
  const edi_vocabulary *v = plan->vocabulary;
  uint32_t action = edi_vocabulary_node(v, v->kind_action, request->action);
  if (action == EDI_NONE || v->program->nodes[action].end != action + 1) return EDI_SYSTEM_ACTION;
  plan->action = action;
  plan->concern = &plan->dataset->concerns[action - v->program->kinds[v->kind_action].nodes.first];
  for (size_t i = 0; i < request->column_count; i++)
    if (request->columns[i] >= plan->dataset->column_count) return EDI_SYSTEM_COLUMN;
  return check_times(plan, request);
}

edict_status edi_plan_decide(edi_plan *plan, const edi_subject *subject, const edi_plan_request *request) {
  edi_plan_clear(plan);
  if (request->dataset >= plan->product->dataset_count) return EDICT_ARGUMENT;
  plan->dataset = &plan->product->datasets[request->dataset];
  plan->subject = subject;
  plan->now = plan->valid_until = request->now;
  if (refuse(plan, check_request(plan, request)) || refuse(plan, edi_context_fill(plan, request))) return EDICT_OK;
  evaluate(plan);
  edict_effect effect = conclude(plan);
  if (effect == EDICT_PERMIT) {
    for (size_t i = 0; i < request->column_count; i++) shape_column(plan, request->columns[i]);
    shape_rows(plan);
    effect = refuse_unmet(plan);
    if (effect != EDICT_PERMIT) unshape(plan);
  }
  settle_reasons(plan, effect);
  collect_duties(plan, effect);
  bound_validity(plan, request);
  plan->effect = effect;
  return EDICT_OK;
}
