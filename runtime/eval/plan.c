/* Plan: one request decided.
 *
 * In: the bound dataset's entries, the subject, the context, the time. Out: effect, reasons, and for
 * a permit what applies to columns, rows and retention. Order: refusals that no rule makes, then each
 * entry's outcome once, then effect and reasons, then what shapes the answer. The effect is written
 * last; every early return leaves a plan that denies. */
#include "eval/plan.h"

#include "bundle/limits.h"
#include "eval/fold.h"
#include "eval/residue.h"
#include "eval/truth.h"

static void *take(edi_arena *arena, size_t count, size_t size, edict_status *status) {
  void *p = edi_arena_array(arena, count ? count : 1, size);
  if (!p && *status == EDICT_OK) *status = edi_arena_status(arena);
  return p;
}

/* What is written before it is read. */
static void *take_room(edi_arena *arena, size_t count, size_t size, edict_status *status) {
  void *p = edi_arena_room(arena, count ? count : 1, size);
  if (!p && *status == EDICT_OK) *status = edi_arena_status(arena);
  return p;
}

/* What settling fills in, which a trial has of its own. */
static void take_results(edi_plan *plan, edi_arena *arena, edict_status *s) {
  const edi_bound_product *product = plan->product;
  size_t columns = product->most_columns, entries = product->most_entries, reaches = product->most_reaches;
  plan->lifted = take(arena, entries, sizeof *plan->lifted, s);
  plan->mattered = take(arena, entries, sizeof *plan->mattered, s);
  plan->reasons = take_room(arena, entries + 1, sizeof *plan->reasons, s);
  plan->columns = take(arena, columns, sizeof *plan->columns, s);
  plan->asked = take_room(arena, columns, sizeof *plan->asked, s);
  plan->reads = take(arena, columns, sizeof *plan->reads, s);
  plan->live = take_room(arena, reaches, sizeof *plan->live, s);
  plan->column_rules = take_room(arena, reaches, sizeof *plan->column_rules, s);
  plan->row_rules = take_room(arena, entries, sizeof *plan->row_rules, s);
  plan->retain_rules = take_room(arena, entries, sizeof *plan->retain_rules, s);
  plan->retain_holds = take_room(arena, entries, sizeof *plan->retain_holds, s);
  plan->retain_cutoffs = take_room(arena, entries, sizeof *plan->retain_cutoffs, s);
  plan->group_rules = take_room(arena, entries, sizeof *plan->group_rules, s);
  plan->groups = take_room(arena, columns + 1, sizeof *plan->groups, s);
  plan->duties = take_room(arena, product->most_duties, sizeof *plan->duties, s);
}

/* A plan that shares what is known of the request and has results of its own. */
static void take_trial(edi_plan *plan, edi_arena *arena, edict_status *s) {
  size_t shadows = plan->product->most_shadows;
  if (shadows == 0) return;
  plan->shadow_stride = (plan->product->most_columns + 7) / 8;
  plan->shadows = take(arena, shadows, sizeof *plan->shadows, s);
  plan->shadow_columns = take(arena, shadows, plan->shadow_stride, s);
  plan->trial = take(arena, 1, sizeof *plan->trial, s);
  if (!plan->trial) return;
  *plan->trial = *plan;
  plan->trial->trial = NULL;
  take_results(plan->trial, arena, s);
}

/* All but the scratch, which plans of one decision share. */
static void take_arrays(edi_plan *plan, edi_reading_sizes sizes, edi_arena *arena, edict_status *s) {
  const edi_bound_product *product = plan->product;
  edict_status read = edi_reading_init(&plan->reading, plan->vocabulary, product->federal, sizes, arena);
  if (*s == EDICT_OK) *s = read;
  plan->context = plan->reading.context;
  plan->resource = plan->reading.resource;
  plan->outcomes = take(arena, product->most_entries, sizeof *plan->outcomes, s);
  plan->holding = take_room(arena, product->most_entries + EDI_PLAN_HOLDS, sizeof *plan->holding, s);
  if (plan->holding) memset(plan->holding, 0, EDI_PLAN_HOLDS * sizeof *plan->holding);
  plan->shadow_holding = take_room(arena, product->most_shadows, sizeof *plan->shadow_holding, s);
  plan->unmet = take(arena, product->most_entries, sizeof *plan->unmet, s);
  plan->arguments = take(arena, product->most_arguments, sizeof *plan->arguments, s);
  plan->made_size = product->most_made * EDI_VM_SCRATCH;
  plan->made = take_room(arena, plan->made_size, 1, s);
  plan->meets[0] = product->federal->meets;
  plan->meets[1] = product->linked->meets;
  take_results(plan, arena, s);
}

edict_status edi_plan_init(edi_plan *plan, const edi_vocabulary *vocabulary, const edi_bound_product *product,
                           edi_arena *arena) {
  edict_status s = EDICT_OK;
  *plan = (edi_plan){.product = product, .vocabulary = vocabulary, .extra = EDI_NONE};
  plan->scratch = take_room(arena, EDI_VM_SCRATCH, 1, &s);
  plan->found = take_room(arena, product->most_entries, sizeof *plan->found, &s);
  plan->lookup = take(arena, 1, sizeof *plan->lookup, &s);
  if (s == EDICT_OK) s = edi_lookup_state_init(plan->lookup, product->most_entries, product->most_lookup_keys, arena);
  plan->cases = take(arena, 1, sizeof *plan->cases, &s);
  for (int i = 0; i < 2 && plan->cases; i++)
    plan->cases->truths[i] = take(arena, (i ? product->linked : product->federal)->program.cases_count, sizeof(uint32_t), &s);
  take_arrays(plan, edi_reading_largest, arena, &s);
  if (s == EDICT_OK) s = edi_link_scratch(product->federal, product->linked, &plan->patterns);
  if (s == EDICT_OK) take_trial(plan, arena, &s);
  return s;
}

edict_status edi_plan_init_beside(edi_plan *plan, const edi_plan *first, edi_reading_sizes sizes, edi_arena *arena) {
  edict_status s = EDICT_OK;
  *plan = (edi_plan){.product = first->product, .vocabulary = first->vocabulary, .extra = EDI_NONE,
                     .scratch = first->scratch, .patterns = first->patterns,
                     .lookup = first->lookup, .found = first->found, .cases = first->cases,
                     .suppresses_groups = first->suppresses_groups};
  take_arrays(plan, sizes, arena, &s);
  if (s == EDICT_OK) take_trial(plan, arena, &s);
  return s;
}

size_t edi_plan_bytes(const edi_bound_product *product) {
  size_t entry = sizeof(edi_truth) * 2 + sizeof(edi_reason) + sizeof(bool) * 2 + sizeof(uint32_t) * 5 + sizeof(int64_t);
  size_t column = sizeof(edi_plan_column) + sizeof(uint32_t) + sizeof(bool) + sizeof(edi_plan_group);
  size_t reach = sizeof(edi_live_reach) + sizeof(uint32_t);
  size_t results = product->most_entries * entry + product->most_columns * column + product->most_reaches * reach;
  size_t duties = product->most_duties * sizeof(edi_plan_duty) + product->most_arguments * sizeof(edi_value) +
                  product->most_made * EDI_VM_SCRATCH;
  return results * (product->most_shadows ? 2 : 1) + duties + product->most_shadows * (product->most_columns / 8 + 16);
}

void edi_plan_fini(edi_plan *plan) {
  edi_pattern_scratch_destroy(plan->patterns);
  plan->patterns = NULL;
}

static void clear_outcome(edi_plan *plan, uint32_t entry) {
  plan->outcomes[entry] = EDI_NO;
  plan->unmet[entry] = 0;
}

/* What it costs follows what was used; without a dataset nothing was decided. */
void edi_plan_clear(edi_plan *plan) {
  plan->effect = EDICT_DENY;
  if (!plan->dataset) return;
  for (uint32_t i = 0; i < plan->holding_count; i++) clear_outcome(plan, plan->holding[i]);
  for (uint32_t i = 0; i < plan->shadow_holding_count; i++) clear_outcome(plan, plan->shadow_holding[i]);
  if (plan->shaped) edi_plan_unshape(plan);
  plan->dataset = NULL;
  plan->concern = NULL;
  plan->subject = NULL;
  plan->residue = NULL;
  plan->valid_until = plan->stands_until = plan->now = 0;
  plan->holding_count = plan->shadow_holding_count = plan->reason_count = plan->duty_count = plan->shadow_count = 0;
  plan->made_used = 0;
  plan->reasons_due = plan->brief = false;
}

edi_vm edi_plan_vm(const edi_plan *plan, const edi_entry *entry) {
  const edi_bound_dataset *d = plan->dataset;
  return (edi_vm){.linked = entry->linked,
                  .vocabulary = plan->vocabulary,
                  .subject = plan->subject->attrs,
                  .context = plan->context,
                  .resource = d->thing == EDI_THING_DATASET ? NULL : plan->resource,
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

static edi_truth test(const edi_plan *plan, const edi_entry *e, uint32_t code) {
  edi_vm vm = edi_plan_vm(plan, e);
  return edi_vm_test(&vm, code);
}

edi_truth edi_plan_target(const edi_plan *plan, const edi_entry *e) {
  return e->target_fixed ? e->target : test(plan, e, e->rule->target);
}

edi_truth edi_plan_outcome(const edi_plan *plan, const edi_entry *e, int64_t today) {
  if (today < e->rule->from || today > e->rule->until) return EDI_NO;
  edi_truth condition = e->condition_fixed ? e->condition : test(plan, e, e->rule->condition);
  edi_truth t = edi_both(edi_plan_target(plan, e), condition);
  if (e->rule->effect != EDI_EFFECT_REQUIRE || t == EDI_NO) return t;
  /* `require E` is `forbid access unless E`. */
  return edi_both(t, edi_opposite(e->body_fixed ? e->body : test(plan, e, e->rule->body)));
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
static inline bool closes(const edi_plan *plan, const edi_entry *e) {
  if (e->rule->effect == EDI_EFFECT_FORBID) return true;
  return e->rule->effect == EDI_EFFECT_REQUIRE &&
         edi_vocabulary_below(plan->vocabulary, plan->action, plan->vocabulary->node_access);
}

bool edi_plan_keep(edi_plan *plan, uint32_t entry, edi_truth t) {
  if (t == EDI_NO) return false;
  const edi_entry *e = &plan->dataset->entries[entry];
  plan->outcomes[entry] = t;
  if (e->rule->duties.count) plan->unmet[entry] = look_at_duties(plan, e);
  return true;
}

bool edi_plan_evaluate(edi_plan *plan, uint32_t entry, int64_t today) {
  return edi_plan_keep(plan, entry, edi_plan_outcome(plan, &plan->dataset->entries[entry], today));
}

/* The entries that the subject leaves open, and the outcomes that it fixes. */
static void evaluate_fold(edi_plan *plan, const edi_fold *fold, int64_t today) {
  for (uint32_t i = 0; i < fold->count; i++) {
    const edi_folded *f = &fold->entries[i];
    bool holds = f->outcome == EDI_FOLDED_OPEN ? edi_plan_evaluate(plan, f->entry, today) : edi_plan_keep(plan, f->entry, f->outcome);
    if (holds) plan->holding[plan->holding_count++] = f->entry;
  }
}

static void evaluate_each(edi_plan *plan, int64_t today) {
  const edi_concern *c = plan->concern;
  for (uint32_t i = 0; i < c->count; i++)
    if (edi_plan_evaluate(plan, c->entries[i], today)) plan->holding[plan->holding_count++] = c->entries[i];
}

static void evaluate_shadows(edi_plan *plan, int64_t today) {
  const edi_concern *c = plan->concern;
  for (uint32_t i = 0; i < c->shadow_count; i++)
    if (edi_plan_evaluate(plan, c->shadows[i], today)) plan->shadow_holding[plan->shadow_holding_count++] = c->shadows[i];
}

/* The entries that the lookup finds; the others are NO. */
static void evaluate_found(edi_plan *plan, int64_t today) {
  const edi_bound_dataset *d = plan->dataset;
  const edi_concern *c = plan->concern;
  edi_lookup_facts facts = {plan->vocabulary, plan->subject->attrs, plan->context,
                            d->thing == EDI_THING_DATASET ? NULL : plan->resource, plan->action, today, false};
  uint32_t count = edi_lookup_find(&d->lookup, plan->lookup, &facts, plan->found);
  size_t action = (size_t)(c - d->concerns);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t entry = plan->found[i];
    if (!edi_bound_concerns(d, entry, action) || !edi_plan_evaluate(plan, entry, today)) continue;
    bool shadow = c->shadow_count && (d->entries[entry].rule->flags & EDI_RULE_SHADOW);
    if (shadow) plan->shadow_holding[plan->shadow_holding_count++] = entry;
    else plan->holding[plan->holding_count++] = entry;
  }
}

/* What the resource or the contract left open where that is little, else what the subject did, else what is found by all that the
 * request says. */
static void evaluate(edi_plan *plan) {
  enum { LITTLE = 16, FOLDED = 32 }; /* folding more than that costs more than seeking */
  const edi_concern *c = plan->concern;
  const edi_lookup *lookup = &plan->dataset->lookup;
  edi_plan_forget_cases(plan->cases, plan->product);
  int64_t today = edi_date_of(plan->now);
  if (plan->residue && edi_residue_of(plan->residue, (size_t)(c - plan->dataset->concerns))->count <= EDI_RESIDUE_FEW) {
    edi_residue_evaluate(plan, today);
    return;
  }
  bool sought = lookup->node_count && c->count + c->shadow_count > lookup->few;
  bool folded = plan->folds && (!sought || (lookup->few && c->count <= FOLDED));
  bool made = false;
  const edi_fold *fold = folded ? edi_folds_find(plan->folds, plan, &made) : NULL;
  if (sought && !made && (!fold || fold->count + c->shadow_count > LITTLE)) {
    evaluate_found(plan, today);
    return;
  }
  if (fold) evaluate_fold(plan, fold, today);
  else evaluate_each(plan, today);
  evaluate_shadows(plan, today);
}

/* Exempts that hold lift the rules that they name; what a mask would have said is known only with the
 * columns, so its exempts are marked there. */
static void lift_rule(edi_plan *plan, uint32_t exempt, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  plan->lifted[entry] = true;
  bool asked = e->rule->effect != EDI_EFFECT_MASK && (e->rule->effect != EDI_EFFECT_REQUIRE || closes(plan, e));
  if (asked && plan->outcomes[entry] != EDI_NO && edi_plan_enforces(plan, entry)) plan->mattered[exempt] = true;
}

static void lift(edi_plan *plan) {
  size_t action = (size_t)(plan->concern - plan->dataset->concerns);
  for (uint32_t i = 0; i < edi_plan_entry_count(plan); i++) {
    uint32_t exempt = edi_plan_entry_at(plan, i);
    const edi_entry *e = &plan->dataset->entries[exempt];
    for (uint32_t k = 0; k < e->exempt_count && edi_plan_opens(plan, exempt); k++)
      if (edi_bound_concerns(plan->dataset, e->exempts[k], action)) lift_rule(plan, exempt, e->exempts[k]);
  }
}

static void put_down(edi_plan *plan) {
  for (uint32_t i = 0; i < edi_plan_entry_count(plan); i++) {
    const edi_entry *e = &plan->dataset->entries[edi_plan_entry_at(plan, i)];
    for (uint32_t k = 0; k < e->exempt_count; k++) plan->lifted[e->exempts[k]] = false;
  }
}

/* Asked by permits of a domain alone, and found once for all of them. */
static bool is_delegated(edi_plan *plan) {
  if (plan->delegated != EDI_UNKNOWN) return plan->delegated == EDI_YES;
  plan->delegated = EDI_NO;
  for (uint32_t i = 0; i < edi_plan_entry_count(plan); i++) {
    uint32_t entry = edi_plan_entry_at(plan, i);
    if (plan->dataset->entries[entry].rule->effect == EDI_EFFECT_DELEGATE && edi_plan_opens(plan, entry)) plan->delegated = EDI_YES;
  }
  return plan->delegated == EDI_YES;
}

/* A domain's permit opens only what a federal delegate that holds lets it. */
static bool permit_holds(edi_plan *plan, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  if (e->rule->effect != EDI_EFFECT_PERMIT || !edi_plan_opens(plan, entry)) return false;
  return e->linked == plan->product->federal || is_delegated(plan);
}

/* ---- effect and reasons ---- */

/* Why nothing permits: the permits that could have, else that there is none. Most who are refused so never
 * ask, and a target may have to be looked at. */
uint32_t edi_plan_reasons(edi_plan *plan) {
  if (!plan->reasons_due) return plan->reason_count;
  plan->reasons_due = false;
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    uint32_t entry = plan->concern->entries[i];
    const edi_entry *e = &plan->dataset->entries[entry];
    if (e->rule->effect == EDI_EFFECT_PERMIT && edi_plan_target(plan, e) != EDI_NO) add_reason(plan, entry);
  }
  if (plan->reason_count == 0) (void)refuse(plan, EDI_SYSTEM_DEFAULT);
  return plan->reason_count;
}

static edict_effect conclude(edi_plan *plan) {
  bool permitted = false;
  for (uint32_t i = 0; i < edi_plan_entry_count(plan); i++) {
    uint32_t entry = edi_plan_entry_at(plan, i);
    if (!edi_plan_applies(plan, entry)) continue;
    if (closes(plan, &plan->dataset->entries[entry]))
      add_reason(plan, entry);
    else if (permit_holds(plan, entry))
      permitted = plan->mattered[entry] = true;
  }
  if (permitted && plan->reason_count == 0) return EDICT_PERMIT;
  plan->reasons_due = plan->reason_count == 0;
  return EDICT_DENY;
}

/* A rule that shapes the answer and obliges to what cannot be done lets nothing through. */
static edict_effect refuse_unmet(edi_plan *plan) {
  for (uint32_t i = 0; i < edi_plan_entry_count(plan); i++) {
    uint32_t entry = edi_plan_entry_at(plan, i);
    if (plan->mattered[entry] && plan->unmet[entry]) add_reason(plan, entry);
  }
  return plan->reason_count ? EDICT_DENY : EDICT_PERMIT;
}

/* What mattered, in the order of the entries; leaves every mark false. */
static void settle_reasons(edi_plan *plan, edict_effect effect) {
  for (uint32_t i = 0; i < edi_plan_entry_count(plan); i++) {
    uint32_t entry = edi_plan_entry_at(plan, i);
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
  if (plan->product->most_duties == 0) return;
  bool delegates = effect == EDICT_PERMIT && rests_on_delegates(plan);
  uint32_t reason = 0;
  for (uint32_t i = 0; i < edi_plan_entry_count(plan); i++) {
    uint32_t entry = edi_plan_entry_at(plan, i);
    const edi_entry *e = &plan->dataset->entries[entry];
    bool among = reason < plan->reason_count && plan->reasons[reason].entry == entry;
    reason += among;
    bool refuses = e->rule->effect == EDI_EFFECT_FORBID || e->rule->effect == EDI_EFFECT_REQUIRE;
    if ((among && (effect == EDICT_PERMIT || refuses)) ||
        (delegates && e->rule->effect == EDI_EFFECT_DELEGATE && edi_plan_opens(plan, entry)))
      add_duties(plan, entry);
  }
}

edict_effect edi_plan_settle(edi_plan *plan, const uint32_t *columns, size_t column_count) {
  if (plan->concern->lift_count) lift(plan);
  plan->delegated = EDI_UNKNOWN;
  edict_effect effect = conclude(plan);
  if (effect == EDICT_PERMIT) {
    edi_plan_shape(plan, columns, column_count);
    effect = refuse_unmet(plan);
    if (effect != EDICT_PERMIT) edi_plan_unshape(plan);
  }
  settle_reasons(plan, effect);
  collect_duties(plan, effect);
  if (plan->concern->lift_count) put_down(plan);
  return effect;
}

/* ---- until when ---- */

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t duty_bound(const edi_plan *plan, uint32_t entry) {
  const edi_moments *m = plan->dataset->entries[entry].duty_moments;
  return m ? edi_moments_next(m, plan->now) : INT64_MAX;
}

/* What is made of rows may change before the plan does. */
static void bound_rows(edi_plan *plan) {
  plan->valid_until = sooner(plan->stands_until, edi_moments_next(&plan->concern->row_moments, plan->now));
}

void edi_plan_bound_validity(edi_plan *plan, const edi_plan_request *request) {
  const edi_concern *c = plan->concern;
  int64_t until = sooner(request->expires, plan->subject->expires);
  until = sooner(until, edi_moments_next(&c->moments, plan->now));
  if (plan->product->most_duties) {
    for (uint32_t i = 0; i < plan->holding_count; i++) until = sooner(until, duty_bound(plan, plan->holding[i]));
    for (uint32_t i = 0; i < plan->shadow_holding_count; i++) until = sooner(until, duty_bound(plan, plan->shadow_holding[i]));
  }
  plan->stands_until = until;
  bound_rows(plan);
}

/* ---- the request ---- */

edi_system_reason edi_plan_check_times(const edi_plan *plan, const edi_plan_request *request) {
  if (request->now < request->floor) return EDI_SYSTEM_TIME_FLOOR;
  if (request->now < request->not_before) return EDI_SYSTEM_TIME_EARLY;
  if (request->now >= request->expires) return EDI_SYSTEM_TIME_EXPIRED;
  if (request->now < plan->subject->not_before || request->now >= plan->subject->expires)
    return EDI_SYSTEM_TIME_SUBJECT;
  return EDI_SYSTEM_NONE;
}

/* The thing is known, and none of what comes with the request. */
static edi_system_reason check_request(edi_plan *plan, const edi_plan_known *known, const edi_plan_request *request) {
  const edi_vocabulary *v = plan->vocabulary;
  if (plan->dataset == plan->product->no_resource) return EDI_SYSTEM_RESOURCE;
  if (known->action == EDI_NONE) return EDI_SYSTEM_ACTION;
  plan->action = known->action;
  plan->residue = plan->dataset->residue;
  plan->concern = &plan->dataset->concerns[known->action - v->program->kinds[v->kind_action].nodes.first];
  const uint32_t *columns = request->columns;
  const size_t count = request->column_count, all = plan->dataset->column_count;
  for (size_t i = 0; i < count; i++)
    if (columns[i] >= all) return EDI_SYSTEM_COLUMN;
  return edi_plan_check_times(plan, request);
}

static edi_system_reason read_context(edi_plan *plan, const edi_plan_known *known, const edi_plan_request *request) {
  edi_read_as read = known->context_read;
  if (known->context) edi_reading_copy_context(&plan->reading, known->context);
  else read = edi_reading_context(&plan->reading, request->context, request->context_count);
  if (read == EDI_NAMED_WRONGLY) return EDI_SYSTEM_CONTEXT;
  edi_plan_complete_context(plan);
  return EDI_SYSTEM_NONE;
}

static edi_system_reason read_resource(edi_plan *plan, const edi_plan_known *known, const edi_plan_request *request) {
  edi_read_as read = known->resource_read;
  if (plan->dataset->thing == EDI_THING_DATASET) return EDI_SYSTEM_NONE;
  if (known->resource) plan->resource = known->resource, plan->residue = known->residue;
  else read = edi_reading_resource(&plan->reading, plan->dataset->thing - EDI_THING_RESOURCE, request->resource->attributes,
                                   request->resource->attribute_count);
  return read == EDI_NAMED_WRONGLY ? EDI_SYSTEM_RESOURCE : EDI_SYSTEM_NONE;
}

/* What is refused before it was read is unknown to the end. */
static edi_system_reason read_request(edi_plan *plan, const edi_plan_known *known, const edi_plan_request *request) {
  edi_system_reason why = check_request(plan, known, request);
  plan->resource = plan->reading.resource;
  if (why != EDI_SYSTEM_NONE) memset(plan->context, 0, plan->vocabulary->context_slots * sizeof *plan->context);
  else why = read_context(plan, known, request);
  if (why == EDI_SYSTEM_NONE) return read_resource(plan, known, request);
  memset(plan->reading.resource, 0, plan->vocabulary->most_resource_slots * sizeof *plan->resource);
  return why;
}

/* A kind of resource that nobody declared is no mistake of the host's but of whoever asked: it is refused with a
 * reason. */
const edi_bound_dataset *edi_plan_thing(const edi_bound_product *p, const edi_vocabulary *vocabulary, size_t dataset,
                                        const edict_resource *resource) {
  if (!resource) return dataset < p->dataset_count ? &p->datasets[dataset] : NULL;
  uint32_t kind = edi_vocabulary_resource(vocabulary, (edi_str){resource->kind.ptr, resource->kind.len});
  return kind == EDI_NONE ? p->no_resource : &p->resources[kind];
}

uint32_t edi_plan_action(const edi_vocabulary *v, edi_str name) {
  uint32_t action = edi_vocabulary_node(v, v->kind_action, name);
  return action == EDI_NONE || !edi_vocabulary_is_leaf(v, action) ? EDI_NONE : action;
}

void edi_plan_move(edi_plan *plan, int64_t now) {
  plan->now = now;
  plan->context[plan->vocabulary->slot_now] = edi_value_integer(EDI_TYPE_TIMESTAMP, now);
  bound_rows(plan);
}

edict_status edi_plan_decide(edi_plan *plan, const edi_subject *subject, const edi_plan_request *request) {
  edi_plan_known known = {.action = EDI_NONE};
  edi_plan_clear(plan);
  if (request->known) known = *request->known;
  else known.thing = edi_plan_thing(plan->product, plan->vocabulary, request->dataset, request->resource);
  if (!known.thing) return EDICT_ARGUMENT;
  if (!request->known) known.action = edi_plan_action(plan->vocabulary, request->action);
  plan->dataset = known.thing;
  plan->subject = subject;
  plan->now = plan->valid_until = plan->stands_until = request->now;
  if (refuse(plan, read_request(plan, &known, request))) return EDICT_OK;
  evaluate(plan);
  edict_effect effect = edi_plan_settle(plan, request->columns, request->column_count);
  if (plan->shadow_holding_count) edi_plan_try_shadows(plan, effect, request->columns, request->column_count);
  edi_plan_bound_validity(plan, request);
  plan->effect = effect;
  return EDICT_OK;
}

/* ---- the effect alone ---- */

static edi_system_reason read_shared(edi_plan *plan, const edi_plan_known *known, const edi_plan_request *request,
                                     edi_plan_shared *shared) {
  edi_system_reason why = check_request(plan, known, request);
  plan->resource = plan->reading.resource;
  if (why != EDI_SYSTEM_NONE) return why;
  if (shared && shared->filled) {
    plan->reading.member_count = shared->member_count;
    plan->reading.member_end = shared->member_end;
    plan->reading.text_used = shared->text_used;
  } else {
    why = read_context(plan, known, request);
    if (shared && why == EDI_SYSTEM_NONE)
      *shared = (edi_plan_shared){true, known->action, plan->reading.member_count, plan->reading.member_end, plan->reading.text_used};
  }
  return why == EDI_SYSTEM_NONE ? read_resource(plan, known, request) : why;
}

/* What shapes columns and rows refuses only by obligations that cannot be met. */
static edict_effect settle_effect(edi_plan *plan, const edi_plan_request *request) {
  if (plan->product->most_duties) return edi_plan_settle(plan, request->columns, request->column_count);
  if (plan->concern->lift_count) lift(plan);
  plan->delegated = EDI_UNKNOWN;
  edict_effect effect = conclude(plan);
  settle_reasons(plan, EDICT_DENY);
  if (plan->concern->lift_count) put_down(plan);
  return effect;
}

edict_status edi_plan_effect(edi_plan *plan, const edi_subject *subject, const edi_plan_request *request, edi_plan_shared *shared,
                             edict_effect *effect) {
  edi_plan_known known = {.thing = edi_plan_thing(plan->product, plan->vocabulary, request->dataset, request->resource)};
  *effect = EDICT_DENY;
  edi_plan_clear(plan);
  if (!known.thing) return EDICT_ARGUMENT;
  known.action = shared && shared->filled ? shared->action : edi_plan_action(plan->vocabulary, request->action);
  plan->dataset = known.thing;
  plan->subject = subject;
  plan->now = request->now;
  if (read_shared(plan, &known, request, shared) != EDI_SYSTEM_NONE) return EDICT_OK;
  evaluate(plan);
  *effect = settle_effect(plan, request);
  return EDICT_OK;
}
