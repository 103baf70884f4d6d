/* Sweep: the C API over a plan of retention; see edict/sweep.h.
 *
 * It has a plan of its own, which no decision shares: this one permits without anybody's permit. Everything it needs
 * is allocated when it is created, but for what batches need. */
#include "enforce/sweeping.h"

enum { ARENA = 1 << 28 };

edict_status edict_sweep_create(const edict_product *product, size_t dataset, edict_sweep **sweep) {
  *sweep = NULL;
  if (!product || dataset >= product->bound.dataset_count) return EDICT_ARGUMENT;
  const edi_vocabulary *v = product->layers[1]->vocabulary;
  edi_arena arena;
  edi_arena_init(&arena, NULL, ARENA);
  edict_sweep *s = EDI_NEW(&arena, edict_sweep);
  edi_value *attrs = EDI_NEW_ARRAY(&arena, edi_value, v->subject_slots);
  if (!s || !attrs) {
    edict_status status = edi_arena_status(&arena);
    edi_arena_fini(&arena);
    return status;
  }
  s->arena = arena;
  s->product = edi_product_keep(product);
  s->dataset = &product->bound.datasets[dataset];
  s->nobody = (edi_subject){.issuer = EDI_NONE, .attrs = attrs, .not_before = INT64_MIN, .expires = INT64_MAX};
  edict_status status = edi_plan_init(&s->plan, v, &product->bound, &s->arena);
  if (status == EDICT_OK) *sweep = s;
  else edict_sweep_destroy(&s);
  return status;
}

static void drop_sieve(edict_sweep *s) {
  if (!s->sieve) return;
  s->sieve = NULL;
  edi_arena_fini(&s->sieve_arena);
}

void edict_sweep_destroy(edict_sweep **sweep) {
  if (!sweep || !*sweep) return;
  edict_sweep *s = *sweep;
  drop_sieve(s);
  edi_plan_fini(&s->plan);
  edi_product_leave(s->product);
  edi_arena arena = s->arena; /* holds the sweep itself */
  edi_arena_fini(&arena);
  *sweep = NULL;
}

/* ---- the time ---- */

static edict_status refuse_time(edi_system_reason why, edict_diagnostics *diagnostics) {
  edi_diagnostics_add(diagnostics, EDI_R0480, EDI_SPAN_NONE, "",
                      why == EDI_SYSTEM_TIME_FLOOR ? "the time is before one that was seen already: nothing is erased"
                                                   : "the rules are not valid at this time: nothing is erased");
  return EDICT_EXPIRED;
}

static edict_status refuse_unmet(const edi_plan *plan, edict_diagnostics *diagnostics) {
  const edi_entry *e = &plan->dataset->entries[plan->reasons[0].entry];
  const edi_program *p = &e->linked->program;
  const edi_duty *duty = &p->duties[e->rule->duties.first + plan->reasons[0].unmet - 1];
  edi_diagnostics_add(diagnostics, EDI_R0481, EDI_SPAN_NONE, "",
                      "rule `%.*s` obliges to `%.*s`, which is not carried out here: nothing is erased",
                      EDI_STR_ARG(edi_program_string(p, e->rule->name)),
                      EDI_STR_ARG(edi_program_string(p, p->obligations[duty->obligation].name)));
  return EDICT_UNSUPPORTED;
}

static edict_status refuse_table(const edi_linked *linked, uint32_t table, edict_diagnostics *diagnostics) {
  const edi_table_link *link = &linked->tables[table];
  edi_diagnostics_add(diagnostics, EDI_R0482, EDI_SPAN_NONE, "",
                      "a rule about retention asks table `%.*s`, %s: nothing is erased",
                      EDI_STR_ARG(edi_program_string(&linked->program, linked->program.tables[table].name)),
                      link->data ? "whose data are not fresh at this time" : "which has no data here");
  return EDICT_EXPIRED;
}

edict_status edi_sweep_at(edict_sweep *s, int64_t now, int64_t floor, edict_diagnostics *diagnostics) {
  const edi_linked *linked;
  edi_plan_request r = {.now = now};
  drop_sieve(s);
  edi_decision_bounds(s->product, floor, &r);
  edi_system_reason why = edi_plan_retain(&s->plan, s->dataset, &s->nobody, &r);
  edict_status status = EDICT_OK;
  if (why == EDI_SYSTEM_DEFAULT) status = refuse_unmet(&s->plan, diagnostics);
  else if (why != EDI_SYSTEM_NONE) status = refuse_time(why, diagnostics);
  uint32_t table = status == EDICT_OK ? edi_plan_stale_table(&s->plan, &linked) : EDI_NONE;
  if (table != EDI_NONE) status = refuse_table(linked, table, diagnostics);
  if (status != EDICT_OK) edi_plan_clear(&s->plan);
  return status;
}

edict_status edict_sweep_at(edict_sweep *sweep, int64_t now, edict_diagnostics *diagnostics) {
  if (!sweep) return EDICT_ARGUMENT;
  return edi_sweep_at(sweep, now, edi_engine_floor(sweep->product->engine), diagnostics);
}

int64_t edict_sweep_now(const edict_sweep *sweep) { return sweep ? sweep->plan.now : 0; }
int64_t edict_sweep_valid_until(const edict_sweep *sweep) { return sweep ? sweep->plan.valid_until : 0; }

int edict_sweep_reads(const edict_sweep *sweep, size_t column) {
  return sweep && sweep->plan.effect == EDICT_PERMIT && column < sweep->dataset->column_count && sweep->plan.reads[column];
}

/* ---- rows ---- */

edict_status edict_sweep_row(edict_sweep *sweep, const edict_cell *in, size_t count, edict_row *row, int *undecided) {
  bool open = true;
  if (!row) return EDICT_ARGUMENT;
  *row = EDICT_ROW_WITHHELD;
  if (undecided) *undecided = 1;
  if (!sweep || sweep->plan.effect != EDICT_PERMIT || count != sweep->dataset->column_count || (count && !in)) return EDICT_ARGUMENT;
  *row = edi_plan_retained(&sweep->plan, in, &open);
  if (undecided) *undecided = open;
  return EDICT_OK;
}

static edict_status need_sieve(edict_sweep *s) {
  if (s->sieve) return EDICT_OK;
  edi_arena_init(&s->sieve_arena, NULL, EDI_ARENA_SIEVE);
  edi_sieve *sieve = EDI_NEW(&s->sieve_arena, edi_sieve);
  edict_status status = sieve ? edi_sieve_init(sieve, &s->plan, edi_lanes_best(), EDI_SIEVE_WHOLE, &s->sieve_arena)
                              : edi_arena_status(&s->sieve_arena);
  if (status == EDICT_OK) s->sieve = sieve;
  else edi_arena_fini(&s->sieve_arena);
  return status;
}

edict_status edict_sweep_select(edict_sweep *sweep, const edict_batch *batch, edict_selection *selection) {
  if (!edi_selection_begin(sweep ? sweep->dataset : NULL, batch, selection) || sweep->plan.effect != EDICT_PERMIT) return EDICT_ARGUMENT;
  edict_status status = need_sieve(sweep);
  return status == EDICT_OK ? edi_selection_sift(sweep->sieve, batch, selection) : status;
}

/* ---- the rules ---- */

size_t edict_sweep_rule_count(const edict_sweep *sweep) { return sweep ? sweep->plan.retain_rule_count : 0; }

edict_status edict_sweep_rule(const edict_sweep *sweep, size_t index, edict_retention *rule) {
  if (!sweep || !rule || index >= sweep->plan.retain_rule_count) return EDICT_ARGUMENT;
  const edi_plan *plan = &sweep->plan;
  const edi_entry *e = &plan->dataset->entries[plan->retain_rules[index]];
  edi_str name = edi_program_string(&e->linked->program, e->rule->name);
  edi_str because = edi_program_string(&e->linked->program, e->rule->because);
  bool timed = e->rule->effect != EDI_EFFECT_RETAIN_WHILE;
  bool most = e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST;
  uint32_t column = timed ? e->combinations[0] : EDI_NONE;
  *rule = (edict_retention){
      .rule = {name.ptr, name.len},
      .because = {because.ptr, because.len},
      .bound = most ? EDICT_BOUND_AT_MOST : timed ? EDICT_BOUND_AT_LEAST : EDICT_BOUND_WHILE,
      .holds = plan->retain_holds[index] == EDI_YES ? EDICT_HOLDS_YES : EDICT_HOLDS_UNKNOWN,
      .erases = (e->rule->flags & EDI_RULE_THEN_ERASE) != 0,
      .column = column == EDI_NONE ? SIZE_MAX : column,
      .cutoff = most ? plan->retain_cutoffs[index] : EDI_TIMESTAMP_MIN};
  return EDICT_OK;
}

void edict_sweep_tell(edict_sweep_trouble trouble, const char *database, const char *what, edict_diagnostics *diagnostics) {
  static const edi_code codes[] = {[EDICT_SWEEP_BUSY] = EDI_R0540, [EDICT_SWEEP_READONLY] = EDI_R0541, [EDICT_SWEEP_DAMAGED] = EDI_R0542,
                                   [EDICT_SWEEP_CONSTRAINT] = EDI_R0543, [EDICT_SWEEP_FILE] = EDI_R0544};
  if (trouble <= EDICT_SWEEP_NO_TROUBLE || (size_t)trouble >= sizeof codes / sizeof *codes) return;
  edi_diagnostics_add(diagnostics, codes[trouble], EDI_SPAN_NONE, "", "database `%s`: %s", database, what);
}
