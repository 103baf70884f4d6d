/* Stages: see the header. Asked when a product is bound, of the code of each rule; nothing here runs it. */
#include "bundle/measure.h"
#include "eval/stages.h"

static const uint32_t with_session = EDI_READS_PRODUCT | EDI_READS_COLUMN | EDI_READS_SUBJECT;

/* ---- stage ---- */

/* The codes that make the outcome and are not fixed by the contract. */
static uint32_t outcome_codes(const edi_entry *e, uint32_t codes[3]) {
  uint32_t count = 0;
  if (!e->target_fixed && e->rule->target != EDI_NONE) codes[count++] = e->rule->target;
  if (!e->condition_fixed && e->rule->condition != EDI_NONE) codes[count++] = e->rule->condition;
  if (e->rule->effect == EDI_EFFECT_REQUIRE && !e->body_fixed) codes[count++] = e->rule->body;
  return count;
}

static edi_stage stage_of(const edi_entry *e) {
  const edi_program *p = &e->linked->program;
  uint32_t codes[3], count = outcome_codes(e, codes), reads = 0;
  bool final = true;
  for (uint32_t i = 0; i < count; i++) {
    reads |= p->codes[codes[i]].reads;
    final = final && edi_flow_is_final(e->linked, codes[i]);
  }
  if ((reads & ~with_session) == 0) return EDI_STAGE_SESSION;
  return final && (reads & EDI_READS_SUBJECT) ? EDI_STAGE_EITHER : EDI_STAGE_REQUEST;
}

/* ---- moments ---- */

static void add_tables(const edi_linked *linked, edi_moment_list *list) {
  for (uint32_t t = 0; t < linked->program.tables_count; t++) {
    edi_moment_list_add(list, linked->tables[t].not_before);
    edi_moment_list_add(list, linked->tables[t].fresh_until);
  }
}

static void add_code(const edi_entry *e, uint32_t code, edi_moment_list *list, bool *tables) {
  edi_flow_moments(e->linked, code, list);
  if (code != EDI_NONE && (e->linked->program.codes[code].reads & EDI_READS_TABLE)) *tables = true;
}

/* What a case that reads the row says is said of rows. */
static void add_cases(const edi_entry *e, edi_moment_list *list, edi_moment_list *rows, bool *tables) {
  const edi_program *p = &e->linked->program;
  for (uint32_t a = 0; a < e->rule->arms.count; a++) {
    const edi_range cases = p->arms[e->rule->arms.first + a].cases;
    for (uint32_t i = 0; i < cases.count; i++) {
      uint32_t code = p->cases[cases.first + i].condition;
      bool row = code != EDI_NONE && (p->codes[code].reads & EDI_READS_ROW);
      add_code(e, code, row ? rows : list, tables);
    }
  }
}

static bool is_of_rows(const edi_rule *rule) {
  return rule->effect == EDI_EFFECT_SHOW_ROWS || rule->effect == EDI_EFFECT_RETAIN_WHILE;
}

static void add_duties(const edi_entry *e, edi_moment_list *list) {
  const edi_program *p = &e->linked->program;
  bool tables = false;
  for (uint32_t d = 0; d < e->rule->duties.count; d++) {
    const edi_range args = p->duties[e->rule->duties.first + d].args;
    for (uint32_t a = 0; a < args.count; a++) add_code(e, p->lists[args.first + a], list, &tables);
  }
  if (tables) add_tables(e->linked, list);
}

/* NULL where there are none. */
static bool make(edi_moment_list *list, const edi_moments **out) {
  *out = NULL;
  if (edi_moment_list_is_empty(list)) return true;
  edi_moments *made = EDI_NEW(list->arena, edi_moments);
  *out = made;
  return made && edi_moments_make(list, made);
}

edict_status edi_stage_entry(edi_entry *e, edi_arena *arena) {
  edi_moment_list list = {.arena = arena}, rows = {.arena = arena}, duties = {.arena = arena};
  uint32_t codes[3], count = outcome_codes(e, codes);
  bool tables = false;
  e->stage = stage_of(e);
  for (uint32_t i = 0; i < count; i++) add_code(e, codes[i], &list, &tables);
  add_cases(e, &list, &rows, &tables);
  if (is_of_rows(e->rule)) add_code(e, e->rule->body, &rows, &tables);
  e->reads_tables = tables;
  if (e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST || e->rule->effect == EDI_EFFECT_RETAIN_AT_LEAST) list.week = 127;
  add_duties(e, &duties);
  bool made = make(&list, &e->moments) && make(&rows, &e->row_moments) && make(&duties, &e->duty_moments);
  return made ? EDICT_OK : edi_arena_status(arena);
}

/* ---- concerns ---- */

static void add_dates(const edi_rule *rule, edi_moment_list *list) {
  if (rule->from > EDI_DATE_MIN) edi_moment_list_add(list, rule->from * EDI_DAY_MICROS);
  if (rule->until < EDI_DATE_MAX) edi_moment_list_add(list, (rule->until + INT64_C(1)) * EDI_DAY_MICROS);
}

static uint64_t cost_of(const edi_entry *e, uint32_t code) { return code == EDI_NONE ? 0 : e->linked->program.codes[code].cost; }

/* A decision asks each code of an entry once; the one that folds asks those twice that subject and request make together. */
static uint64_t cost_folded(const edi_entry *e) {
  uint32_t codes[3], count = e->stage == EDI_STAGE_EITHER ? outcome_codes(e, codes) : 0;
  uint64_t cost = edi_measure_rule(&e->linked->program, e->rule);
  if (e->target_fixed) cost -= cost_of(e, e->rule->target);
  if (e->condition_fixed) cost -= cost_of(e, e->rule->condition);
  for (uint32_t i = 0; i < count; i++) cost += cost_of(e, codes[i]);
  return cost;
}

static bool may_fold(const edi_bound_dataset *d, const edi_concern *c) {
  const edi_bound_product *p = d->product;
  if (c->count > EDI_FOLDED_MOST) return false;
  uint64_t cost = 0, declared = p->federal->program.settings->cost;
  if (p->linked && p->linked != p->federal) declared += p->linked->program.settings->cost;
  for (uint32_t i = 0; i < c->count + c->shadow_count; i++)
    cost += cost_folded(&d->entries[i < c->count ? c->entries[i] : c->shadows[i - c->count]]);
  return cost <= declared;
}

edict_status edi_stage_concern(const edi_bound_dataset *d, edi_concern *c, edi_arena *arena) {
  edi_moment_list dates = {.arena = arena}, all = {.arena = arena}, rows = {.arena = arena};
  c->folds = may_fold(d, c);
  const edi_linked *added[2] = {NULL, NULL}; /* the federal one, the domain's */
  for (uint32_t i = 0; i < c->count + c->shadow_count; i++) {
    const edi_entry *e = &d->entries[i < c->count ? c->entries[i] : c->shadows[i - c->count]];
    unsigned layer = e->linked == d->product->federal ? 0 : 1;
    add_dates(e->rule, &dates);
    if (e->reads_tables && !added[layer]) add_tables(e->linked, &all);
    if (e->reads_tables) added[layer] = e->linked;
    if (e->moments) edi_moment_list_add_all(&all, e->moments);
    if (e->row_moments) edi_moment_list_add_all(&rows, e->row_moments);
  }
  bool made = edi_moments_make(&dates, &c->dates);
  edi_moment_list_add_all(&all, &c->dates);
  made = made && edi_moments_make(&all, &c->moments) && edi_moments_make(&rows, &c->row_moments);
  return made ? EDICT_OK : edi_arena_status(arena);
}
