/* Sieve: see the header. A block's retention first, as for one row, then the rules that show only rows, each for the
 * rows that are left. */
#include "eval/sieve.h"

#include "base/divide.h"
#include "bundle/limits.h"

/* ---- memory ---- */

/* The first midnight from which on an `at least` stands: the later a time, the longer it is kept. */
static int64_t first_standing(int64_t now, edi_duration d) {
  int64_t low = EDI_DATE_MIN, high = EDI_DATE_MAX + 1;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (edi_retention_stands(middle * EDI_DAY_MICROS, now, d)) high = middle;
    else low = middle + 1;
  }
  return low * EDI_DAY_MICROS;
}

static uint32_t ways_of(const edi_plan *plan, const uint32_t *entries, uint32_t count, bool whiles) {
  uint32_t ways = 0;
  for (uint32_t i = 0; i < count; i++) {
    const edi_entry *e = &plan->dataset->entries[entries[i]];
    if (!whiles || e->rule->effect == EDI_EFFECT_RETAIN_WHILE) ways += e->combination_count;
  }
  return ways;
}

static edict_status build_all(edi_sieve *s, const uint32_t *entries, uint32_t count, bool whiles, edi_sieve_way *ways, uint32_t *made) {
  for (uint32_t i = 0; i < count; i++) {
    const edi_entry *e = &s->plan->dataset->entries[entries[i]];
    if (whiles && e->rule->effect != EDI_EFFECT_RETAIN_WHILE) continue;
    for (uint32_t way = 0; way < e->combination_count; way++) {
      edict_status status = edi_sieve_build(s, &ways[*made], e, way);
      if (status != EDICT_OK) return status;
      ++*made;
    }
  }
  return EDICT_OK;
}

edict_status edi_sieve_init(edi_sieve *s, edi_plan *plan, const edi_lanes *lanes, edi_sieve_texts texts, edi_arena *arena) {
  size_t columns = plan->dataset->column_count;
  uint32_t wheres = ways_of(plan, plan->row_rules, plan->row_rule_count, false);
  uint32_t whiles = ways_of(plan, plan->retain_rules, plan->retain_rule_count, true);
  *s = (edi_sieve){.plan = plan, .arena = arena, .lanes = lanes, .splits = texts == EDI_SIEVE_SPLIT,
                   .since = plan->now, .until = plan->valid_until};
  s->wheres = EDI_NEW_ARRAY(arena, edi_sieve_way, wheres);
  s->whiles = EDI_NEW_ARRAY(arena, edi_sieve_way, whiles);
  s->columns = EDI_NEW_ARRAY(arena, edi_sieve_column, columns);
  s->cells = EDI_NEW_ARRAY(arena, edict_cell, columns);
  s->values = EDI_NEW_ARRAY(arena, edi_value, EDI_LIMIT_CODE_INSTRS + 1);
  s->times = EDI_NEW_ARRAY(arena, int64_t, EDI_BLOCK);
  s->stands_from = EDI_NEW_ARRAY(arena, int64_t, plan->retain_rule_count);
  if (!s->wheres || !s->whiles || !s->columns || !s->cells || !s->values || !s->times || !s->stands_from)
    return edi_arena_status(arena);
  for (uint32_t i = 0; i < plan->retain_rule_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->retain_rules[i]];
    if (e->rule->effect == EDI_EFFECT_RETAIN_AT_LEAST && e->duration_known)
      s->stands_from[i] = first_standing(plan->now, e->duration);
  }
  edict_status status = build_all(s, plan->row_rules, plan->row_rule_count, false, s->wheres, &s->where_count);
  if (status != EDICT_OK) return status;
  return build_all(s, plan->retain_rules, plan->retain_rule_count, true, s->whiles, &s->while_count);
}

static edict_status bind_ways(edi_sieve *s, edi_sieve_way *ways, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    ways[i].open = ways[i].yes == EDI_NONE;
    for (uint32_t k = 0; k < ways[i].leaf_count; k++) {
      edict_status status = edi_leaf_bind(s, &ways[i], &ways[i].leaves[k]);
      if (status != EDICT_OK) return status;
      if (ways[i].leaves[k].method == EDI_LEAF_OPEN) ways[i].open = true;
    }
  }
  return EDICT_OK;
}

/* Numbers of the columns that retention runs on. */
static edict_status bind_times(edi_sieve *s) {
  for (uint32_t i = 0; i < s->plan->retain_rule_count; i++) {
    const edi_entry *e = &s->plan->dataset->entries[s->plan->retain_rules[i]];
    if (e->rule->effect == EDI_EFFECT_RETAIN_WHILE) continue;
    for (uint32_t way = 0; way < e->combination_count; way++) {
      edi_sieve_column *c = e->combinations[way] == EDI_NONE ? NULL : &s->columns[e->combinations[way]];
      if (c && !c->room) c->room = EDI_NEW_ARRAY(s->arena, int64_t, EDI_BLOCK);
      if (c && !c->room) return edi_arena_status(s->arena);
    }
  }
  return EDICT_OK;
}

edict_status edi_sieve_bind(edi_sieve *s, const edict_batch *batch) {
  s->batch = batch;
  edict_status status = bind_ways(s, s->wheres, s->where_count);
  if (status == EDICT_OK) status = bind_ways(s, s->whiles, s->while_count);
  return status == EDICT_OK ? bind_times(s) : status;
}

/* ---- bitmaps ---- */

typedef uint64_t bits[EDI_BLOCK_WORDS];

static bool any(const edi_sieve *s, const uint64_t *in) {
  uint64_t all = 0;
  for (size_t w = 0; w < edi_words(s->count); w++) all |= in[w];
  return all != 0;
}

/* ---- expressions ---- */

static void evaluate(edi_sieve *s, edi_sieve_way *way, uint32_t node, uint64_t *out) {
  const edi_sieve_node *n = &way->nodes[node];
  size_t words = edi_words(s->count);
  bits other;
  switch (n->op) {
    case EDI_SIEVE_NEVER: memset(out, 0, words * sizeof *out); return;
    case EDI_SIEVE_ALWAYS: edi_bits_fill(true, s->count, out); return;
    case EDI_SIEVE_LEAF: edi_leaf_block(s, way, &way->leaves[n->a], (edi_truth)n->want, out); return;
    default: break;
  }
  evaluate(s, way, n->a, out);
  if (n->op == EDI_SIEVE_AND && !any(s, out)) return;
  evaluate(s, way, n->b, other);
  for (size_t w = 0; w < words; w++) out[w] = n->op == EDI_SIEVE_AND ? out[w] & other[w] : out[w] | other[w];
}

/* The whole code for one row. */
static edi_truth run_row(edi_sieve *s, edi_sieve_way *way, size_t row) {
  for (uint32_t k = 0; k < way->entry->rule->rowslots.count; k++) {
    uint32_t column = way->vm.slot_columns[k];
    if (column != EDI_NONE) s->cells[column] = edict_vector_cell(&s->batch->columns[column], row);
  }
  way->vm.cells = s->cells;
  return edi_vm_test(&way->vm, way->entry->rule->body);
}

/* Of the rows in `among`, those that are surely `want`. What the expressions leave open is asked of the VM. */
static void surely(edi_sieve *s, edi_sieve_way *way, edi_truth want, const uint64_t *among, uint64_t *out) {
  size_t words = edi_words(s->count);
  bits against;
  memset(out, 0, words * sizeof *out);
  if (way->yes != EDI_NONE) evaluate(s, way, want == EDI_YES ? way->yes : way->no, out);
  for (size_t w = 0; w < words; w++) out[w] &= among[w];
  if (!way->open) return;
  memset(against, 0, words * sizeof *against);
  if (way->yes != EDI_NONE) evaluate(s, way, want == EDI_YES ? way->no : way->yes, against);
  for (size_t w = 0; w < words; w++)
    for (uint64_t rest = among[w] & ~out[w] & ~against[w]; rest; rest &= rest - 1)
      if (run_row(s, way, s->row + w * 64 + (size_t)__builtin_ctzll(rest)) == want) out[w] |= rest & -rest;
}

/* ---- retention ---- */

/* Times of one column of one rule. */
typedef struct time_lane { const int64_t *numbers; const uint64_t *valid; int64_t factor; } time_lane;

static int64_t time_of(edi_sieve *s, const edi_entry *e, uint32_t column, size_t row) {
  edict_cell cell = edict_vector_cell(&s->batch->columns[column], row);
  edi_vm vm = edi_plan_vm(s->plan, e);
  edi_value v = edi_cell_value(&vm, &cell, s->plan->dataset->column_types[column], e->linked->slot_types[e->rule->rowslots.first]);
  if (v.base != EDI_TYPE_TIMESTAMP && v.base != EDI_TYPE_DATE) return INT64_MIN;
  return v.base == EDI_TYPE_DATE ? v.as.integer * EDI_DAY_MICROS : v.as.integer;
}

/* False: no row has a time that is known. */
static bool find_times(edi_sieve *s, const edi_entry *e, uint32_t way, time_lane *t) {
  uint32_t column = e->combinations[way];
  if (column == EDI_NONE || !e->duration_known) return false;
  const edict_vector *v = &s->batch->columns[column];
  unsigned base = s->plan->dataset->column_types[column];
  unsigned domain = EDI_TYPE_BASE(e->linked->slot_types[e->rule->rowslots.first]);
  edi_lane lane;
  bool date = base == EDI_TYPE_DATE && domain == EDI_TYPE_DATE;
  t->valid = edi_sieve_valid(s, column);
  if ((domain == EDI_TYPE_TIMESTAMP || date) && edi_sieve_lane(v, base, EDI_TYPE_TIMESTAMP, &lane)) {
    t->numbers = edi_sieve_numbers(s, column);
    t->factor = lane.factor;
    return true;
  }
  if (v->layout == EDICT_LAYOUT_NULL) return false;
  for (size_t i = 0; i < s->count; i++) s->times[i] = time_of(s, e, column, s->row + i);
  t->numbers = s->times;
  t->factor = 1;
  return true;
}

/* Rows whose time is known and between two moments. */
static void between(const edi_sieve *s, const time_lane *t, int64_t from, int64_t to, uint64_t *out) {
  if (from < EDI_TIMESTAMP_MIN) from = EDI_TIMESTAMP_MIN;
  if (to > EDI_TIMESTAMP_MAX) to = EDI_TIMESTAMP_MAX;
  int64_t least = (int64_t)-edi_divide_floor(-from, t->factor), most = (int64_t)edi_divide_floor(to, t->factor);
  size_t words = edi_words(s->count);
  if (from > to || least > most) memset(out, 0, words * sizeof *out);
  else s->lanes->range64(t->numbers, s->count, least, most, out);
  for (size_t w = 0; w < words; w++) out[w] &= t->valid[w];
}

enum { FEDERAL, DOMAIN, LAYERS };
typedef struct standing { bits past, kept, erase[LAYERS], uncertain[LAYERS]; } standing;

static void at_most(edi_sieve *s, uint32_t index, const uint64_t *all, standing *st) {
  const edi_plan *plan = s->plan;
  const edi_entry *e = &plan->dataset->entries[plan->retain_rules[index]];
  unsigned layer = e->linked == plan->product->federal ? FEDERAL : DOMAIN;
  bool erases = (e->rule->flags & EDI_RULE_THEN_ERASE) && plan->retain_holds[index] == EDI_YES;
  for (uint32_t way = 0; way < e->combination_count; way++) {
    bits sure = {0}, old = {0};
    time_lane t;
    if (find_times(s, e, way, &t)) {
      between(s, &t, EDI_TIMESTAMP_MIN, plan->now, sure);
      between(s, &t, EDI_TIMESTAMP_MIN, plan->retain_cutoffs[index] - 1, old);
    }
    for (size_t w = 0; w < edi_words(s->count); w++) {
      st->past[w] |= (all[w] & ~sure[w]) | old[w];
      st->uncertain[layer][w] |= all[w] & ~sure[w];
      if (erases) st->erase[layer][w] |= sure[w] & old[w];
    }
  }
}

static void at_least(edi_sieve *s, uint32_t index, const uint64_t *all, standing *st) {
  const edi_entry *e = &s->plan->dataset->entries[s->plan->retain_rules[index]];
  for (uint32_t way = 0; way < e->combination_count; way++) {
    bits over = {0};
    time_lane t;
    if (find_times(s, e, way, &t)) between(s, &t, EDI_TIMESTAMP_MIN, s->stands_from[index] - 1, over);
    for (size_t w = 0; w < edi_words(s->count); w++) st->kept[w] |= all[w] & ~over[w];
  }
}

/* What holds a row back matters for rows that are past alone. */
static void held_back(edi_sieve *s, standing *st) {
  const edi_plan *plan = s->plan;
  for (uint32_t i = 0; i < plan->retain_rule_count; i++)
    if (plan->dataset->entries[plan->retain_rules[i]].rule->effect == EDI_EFFECT_RETAIN_AT_LEAST) at_least(s, i, st->past, st);
  for (uint32_t i = 0; i < s->while_count; i++) {
    bits free;
    surely(s, &s->whiles[i], EDI_NO, st->past, free);
    for (size_t w = 0; w < edi_words(s->count); w++) st->kept[w] |= st->past[w] & ~free[w];
  }
}

static void retention(edi_sieve *s, const uint64_t *all, edi_sifted *out) {
  standing st;
  const edi_plan *plan = s->plan;
  memset(&st, 0, sizeof st);
  for (uint32_t i = 0; i < plan->retain_rule_count; i++)
    if (plan->dataset->entries[plan->retain_rules[i]].rule->effect == EDI_EFFECT_RETAIN_AT_MOST) at_most(s, i, all, &st);
  if (!any(s, st.past)) return;
  held_back(s, &st);
  for (size_t w = 0; w < edi_words(s->count); w++) {
    out->past[w] = st.past[w];
    out->erasable[w] = st.past[w] & ~st.kept[w] & ~st.uncertain[FEDERAL][w] &
                       (st.erase[FEDERAL][w] | (st.erase[DOMAIN][w] & ~st.uncertain[DOMAIN][w]));
  }
}

/* Which rows are past, and nothing else about them: their time is not one from the cutoff until now. */
static void pass_over(edi_sieve *s, const uint64_t *all, edi_sifted *out) {
  const edi_plan *plan = s->plan;
  for (uint32_t i = 0; i < plan->retain_rule_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->retain_rules[i]];
    for (uint32_t way = 0; e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST && way < e->combination_count; way++) {
      bits young = {0};
      time_lane t;
      if (find_times(s, e, way, &t)) between(s, &t, plan->retain_cutoffs[i], plan->now, young);
      for (size_t w = 0; w < edi_words(s->count); w++) out->past[w] |= all[w] & ~young[w];
    }
  }
}

void edi_sieve_block(edi_sieve *s, size_t row, size_t count, bool states, edi_sifted *out) {
  bits all;
  *out = (edi_sifted){.grouped = false};
  s->row = row;
  s->count = count;
  for (size_t c = 0; c < s->plan->dataset->column_count; c++) s->columns[c].have = 0;
  if (count == 0 || s->plan->effect != EDICT_PERMIT) return;
  edi_bits_fill(true, count, all);
  if (s->plan->retain_rule_count && states) retention(s, all, out);
  else if (s->plan->retain_rule_count) pass_over(s, all, out);
  for (size_t w = 0; w < edi_words(count); w++) out->shown[w] = all[w] & ~out->past[w];
  out->grouped = s->plan->group_count > 0 && !s->plan->suppresses_groups && any(s, out->shown);
  if (out->grouped) memset(out->shown, 0, sizeof out->shown);
  for (uint32_t i = 0; i < s->where_count && any(s, out->shown); i++) {
    bits among;
    memcpy(among, out->shown, sizeof among);
    surely(s, &s->wheres[i], EDI_YES, among, out->shown);
  }
}
