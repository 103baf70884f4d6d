/* Diff, stands: one product on both sides, and requests asked of both.
 *
 * Each side reads of a request what it would get: attributes that its issuer vouches for and its vocabulary has. What a
 * side does not have at all (the product, the issuer, the kind of resource) it denies. */
#include <stdarg.h>
#include <stdio.h>

#include "workbench/diffwork.h"

const char *diff_verdict_word(diff_verdict v) {
  static const char *const words[] = {"same", "closes", "differs", "opens"};
  return words[v];
}

/* What opens somewhere and closes nowhere opens; what does both is different. */
diff_verdict work_worst(const bool seen[DIFF_VERDICTS]) {
  if (seen[DIFF_OPENS]) return seen[DIFF_CLOSES] ? DIFF_DIFFERS : DIFF_OPENS;
  return seen[DIFF_DIFFERS] ? DIFF_DIFFERS : seen[DIFF_CLOSES] ? DIFF_CLOSES : DIFF_SAME;
}

/* ---- detail ---- */

const char *work_text(work_detail *d, const char *format, ...) {
  char local[4096];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(local, sizeof local, format, arguments);
  va_end(arguments);
  size_t length = n < 0 ? 0 : (size_t)n < sizeof local ? (size_t)n : sizeof local - 1;
  const char *copy = edi_arena_copy(d->arena, local, length);
  d->failed = d->failed || !copy;
  return copy ? copy : "";
}

void work_detail_add(work_detail *d, const char *what, const char *before, const char *after, diff_verdict verdict) {
  void *items = d->items;
  if (!edi_arena_grow(d->arena, &items, &d->capacity, d->count, sizeof *d->items)) {
    d->failed = true;
    return;
  }
  d->items = items;
  d->items[d->count++] = (diff_aspect){what, before, after, verdict};
}

/* ---- benches ---- */

static edict_status open_engine(const work_bench *b, int side, edict_engine **engine, edict_diagnostics *diagnostics) {
  /* A host that meets every obligation: else what a permit obliges to would hide what it opens. */
  static const char *const every[] = {"*"};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = every,
                                        .obligation_count = 1, .suppresses_groups = 1, .index = EDICT_INDEX_ALWAYS};
  return edict_engine_create(&options, b->lists[side].items, b->lists[side].count, engine, diagnostics);
}

edict_status work_bench_open(const edict_comparison *c, const edict_supposed_contract *contracts, size_t count, bool opens, work_bench *b,
                             edict_diagnostics *diagnostics) {
  *b = (work_bench){.comparison = c};
  edict_status status = EDICT_OK;
  for (int side = 0; side < 2 && status == EDICT_OK; side++) {
    status = edict_comparison_bundles(c, (edict_side)side, contracts, count, opens, &b->lists[side]);
    if (status == EDICT_OK) status = open_engine(b, side, &b->engines[side], diagnostics);
  }
  if (status != EDICT_OK) work_bench_close(b);
  return status;
}

void work_bench_close(work_bench *b) {
  for (int side = 0; side < 2; side++) {
    edict_engine_destroy(&b->engines[side]);
    edict_comparison_bundles_free(&b->lists[side]);
  }
}

/* ---- stands ---- */

bool work_desk_make(edi_arena *arena, work_desk *desk) {
  *desk = (work_desk){.memory = edi_arena_alloc(arena, WORK_ROW_MEMORY), .rows = work_rows_make(arena)};
  for (int side = 0; side < 2; side++) {
    desk->in[side] = EDI_NEW_ARRAY(arena, edict_cell, WORK_WIDTH);
    desk->out[side] = EDI_NEW_ARRAY(arena, edict_cell, WORK_WIDTH);
    if (!desk->in[side] || !desk->out[side]) return false;
  }
  return desk->memory && desk->rows;
}

edict_status work_stand_open(work_stand *s, const work_bench *b, const work_desk *desk, const char *product) {
  *s = (work_stand){.bench = b, .desk = desk};
  for (int side = 0; side < 2; side++) {
    edict_diagnostics *notes = edict_diagnostics_create();
    edict_status status = notes ? edict_product_create(b->engines[side], product, &s->products[side], notes) : EDICT_MEMORY;
    edict_diagnostics_destroy(&notes);
    if (status == EDICT_OK) status = edict_decision_create(s->products[side], &s->decisions[side]);
    if (status == EDICT_MEMORY) return status;
    s->unbindable = s->unbindable || (status != EDICT_OK && status != EDICT_NOT_FOUND);
  }
  return EDICT_OK;
}

void work_stand_close(work_stand *s) {
  for (int side = 0; side < 2; side++) {
    edict_session_destroy(&s->sessions[side]);
    edict_decision_destroy(&s->decisions[side]);
    edict_product_destroy(&s->products[side]);
  }
}

static void add_columns(work_stand *s, int side) {
  for (size_t i = 0; i < s->widths[side] && s->column_count < WORK_COLUMNS; i++) {
    edict_column_info info;
    bool known = false;
    if (edict_product_column_info(s->products[side], s->dataset[side], i, &info) != EDICT_OK) continue;
    for (size_t k = 0; k < s->column_count; k++) known = known || strcmp(s->column_names[k], info.name) == 0;
    if (known) continue;
    s->column_names[s->column_count] = info.name;
    s->column_types[s->column_count] = info.type;
    for (int other = 0; other < 2; other++)
      s->columns[s->column_count][other] = s->dataset[other] == SIZE_MAX ? SIZE_MAX : edict_product_column(s->products[other], s->dataset[other], info.name);
    s->column_count++;
  }
}

void work_stand_dataset(work_stand *s, const char *dataset) {
  s->dataset_name = dataset;
  s->column_count = 0;
  for (int side = 0; side < 2; side++) {
    s->dataset[side] = s->products[side] ? edict_product_dataset(s->products[side], dataset) : SIZE_MAX;
    s->widths[side] = s->dataset[side] == SIZE_MAX ? 0 : edict_product_column_count(s->products[side], s->dataset[side]);
  }
  for (int side = 1; side >= 0; side--) add_columns(s, side);
}

/* ---- who asks ---- */

static bool same_text(edict_text a, edict_text b) { return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0); }

static bool same_subject(const work_attributes *a, const work_attributes *b) {
  if (a->count != b->count) return false;
  for (size_t i = 0; i < a->count; i++) {
    if (!same_text(a->items[i].name, b->items[i].name) || a->items[i].count != b->items[i].count) return false;
    for (size_t k = 0; k < a->items[i].count; k++)
      if (!same_text(a->items[i].values[k], b->items[i].values[k])) return false;
  }
  return true;
}

static void to_api(const work_attributes *from, edict_attribute *to) {
  for (size_t i = 0; i < from->count; i++) to[i] = (edict_attribute){from->items[i].name, from->items[i].values, from->items[i].count};
}

/* NULL where the side has no such issuer, or does not take the subject. */
static void open_session(work_stand *s, int side, const work_request *q, edict_diagnostics *quiet) {
  edict_attribute given[WORK_ATTRIBUTES], admitted[WORK_ATTRIBUTES];
  edict_text values[WORK_ATTRIBUTES * (WORK_VALUES + 1)];
  size_t count;
  edict_session_destroy(&s->sessions[side]);
  to_api(&q->subject, given);
  if (edict_comparison_admit(s->bench->comparison, (edict_side)side, q->issuer, given, q->subject.count, admitted, &count, values) != EDICT_OK) return;
  if (edict_session_create_hypothetical(s->bench->engines[side], (edict_text){q->issuer, strlen(q->issuer)}, (edict_text){q->id, strlen(q->id)},
                                        admitted, count, &s->sessions[side], quiet) != EDICT_OK)
    edict_diagnostics_clear(quiet);
}

static edict_status open_sessions(work_stand *s, const work_request *q) {
  if (s->issuer && strcmp(s->issuer, q->issuer) == 0 && same_subject(&s->subject, &q->subject)) return EDICT_OK;
  edict_diagnostics *quiet = edict_diagnostics_create();
  if (!quiet) return EDICT_MEMORY;
  for (int side = 0; side < 2; side++) open_session(s, side, q, quiet);
  edict_diagnostics_destroy(&quiet);
  s->subject = q->subject;
  s->issuer = q->issuer;
  return EDICT_OK;
}

/* ---- one side ---- */

static size_t columns_of(const work_stand *s, int side, const work_request *q, uint32_t *columns) {
  size_t count = 0;
  for (size_t i = 0; i < s->column_count; i++) {
    bool asked = q->column_count == 0;
    for (size_t k = 0; k < q->column_count; k++)
      asked = asked || (strlen(s->column_names[i]) == q->columns[k].len && memcmp(s->column_names[i], q->columns[k].ptr, q->columns[k].len) == 0);
    if (asked && s->columns[i][side] != SIZE_MAX) columns[count++] = (uint32_t)s->columns[i][side];
  }
  return count;
}

/* Whether the side was asked at all. */
static bool decide(work_stand *s, int side, const work_request *q) {
  uint32_t columns[WORK_COLUMNS];
  edict_attribute given[WORK_ATTRIBUTES], context[WORK_ATTRIBUTES], attributes[WORK_ATTRIBUTES];
  edict_resource resource = {.attributes = attributes};
  const edict_comparison *c = s->bench->comparison;
  edict_request r = {.size = sizeof r, .action = {q->action, strlen(q->action)}, .context = context, .now = q->now};
  if (!s->sessions[side] || !s->decisions[side] || (!q->kind && s->dataset[side] == SIZE_MAX)) return false;
  to_api(&q->context, given);
  if (edict_comparison_declared(c, (edict_side)side, NULL, given, q->context.count, context, &r.context_count) != EDICT_OK) return false;
  if (q->kind) {
    resource.kind = (edict_text){q->kind, strlen(q->kind)};
    to_api(&q->resource, given);
    if (edict_comparison_declared(c, (edict_side)side, q->kind, given, q->resource.count, attributes, &resource.attribute_count) != EDICT_OK) return false;
    r.resource = &resource;
  } else {
    r.dataset = s->dataset[side];
    r.columns = columns;
    r.column_count = columns_of(s, side, q, columns);
  }
  return edict_decide(s->decisions[side], s->sessions[side], &r) == EDICT_OK;
}

/* ---- comparing permits ---- */

static diff_verdict of_order(bool no_more, bool no_less) {
  return no_more && no_less ? DIFF_SAME : no_more ? DIFF_CLOSES : no_less ? DIFF_OPENS : DIFF_DIFFERS;
}

static const char *column_text(work_stand *s, int side, size_t i, work_detail *d) {
  const char *arguments, *name;
  if (s->columns[i][side] == SIZE_MAX) return "not there";
  name = edict_decision_column(s->decisions[side], s->columns[i][side], &arguments);
  if (strcmp(name, "keep") == 0) return "raw";
  return *arguments ? work_text(d, "%s(%s)", name, arguments) : name;
}

static bool is_asked(const work_stand *s, const work_request *q, size_t i) {
  for (size_t k = 0; k < q->column_count; k++)
    if (strlen(s->column_names[i]) == q->columns[k].len && memcmp(s->column_names[i], q->columns[k].ptr, q->columns[k].len) == 0) return true;
  return q->column_count == 0;
}

static bool varies(work_stand *s, int side, size_t i) {
  return s->columns[i][side] != SIZE_MAX && strcmp(edict_decision_column(s->decisions[side], s->columns[i][side], NULL), "varies") == 0;
}

/* A column that a side does not have shows nothing there. Those that read the row are looked at with rows. */
static void compare_columns(work_stand *s, const work_request *q, work_detail *d, bool seen[DIFF_VERDICTS]) {
  edict_decision *old = s->decisions[0], *new_ = s->decisions[1];
  for (size_t i = 0; i < s->column_count; i++) {
    size_t a = s->columns[i][0], b = s->columns[i][1];
    if (!is_asked(s, q, i) || varies(s, 0, i) || varies(s, 1, i)) continue;
    diff_verdict v = of_order(b == SIZE_MAX || edict_decision_column_within(new_, b, NULL, old, a, NULL) != 0,
                              a == SIZE_MAX || edict_decision_column_within(old, a, NULL, new_, b, NULL) != 0);
    seen[v] = true;
    if (d && v != DIFF_SAME) work_detail_add(d, work_text(d, "column %s", s->column_names[i]), column_text(s, 0, i, d), column_text(s, 1, i, d), v);
  }
}

static uint32_t least_of(const work_stand *s, int side, size_t column) {
  edict_group g;
  for (size_t i = 0; edict_decision_group(s->decisions[side], i, &g) == EDICT_OK; i++)
    if (g.column == column) return g.least;
  return 0;
}

static void compare_group(work_stand *s, size_t i, const char *name, work_detail *d, bool seen[DIFF_VERDICTS]) {
  uint32_t least[2];
  for (int side = 0; side < 2; side++) {
    bool lacks = name && s->columns[i][side] == SIZE_MAX;
    least[side] = lacks ? 0 : least_of(s, side, name ? s->columns[i][side] : SIZE_MAX);
  }
  diff_verdict v = of_order(least[1] >= least[0], least[0] >= least[1]);
  seen[v] = true;
  if (!d || v == DIFF_SAME) return;
  work_detail_add(d, work_text(d, "groups of %s", name ? name : "a column that is not there"),
                  least[0] ? work_text(d, "at least %u", least[0]) : "rows one by one", least[1] ? work_text(d, "at least %u", least[1]) : "rows one by one", v);
}

static void compare_groups(work_stand *s, work_detail *d, bool seen[DIFF_VERDICTS]) {
  if (edict_decision_group_count(s->decisions[0]) + edict_decision_group_count(s->decisions[1]) == 0) return;
  for (size_t i = 0; i < s->column_count; i++) compare_group(s, i, s->column_names[i], d, seen);
  compare_group(s, 0, NULL, d, seen);
}

/* ---- obligations ---- */

static size_t duty_text(edict_decision *decision, size_t index, char *text, size_t size) {
  edict_obligation o;
  edict_argument a;
  if (edict_decision_obligation(decision, index, &o) != EDICT_OK) return 0;
  size_t n = (size_t)snprintf(text, size, "%.*s(", EDI_STR_ARG(o.name));
  for (size_t i = 0; i < o.argument_count && n < size; i++)
    if (edict_decision_obligation_argument(decision, index, i, &a) == EDICT_OK)
      n += (size_t)snprintf(text + n, size - n, "%s%.*s", i ? ", " : "", EDI_STR_ARG(a.value));
  if (n < size) n += (size_t)snprintf(text + n, size - n, ")");
  return n;
}

static bool has_duty(edict_decision *decision, const char *wanted) {
  char text[2048];
  for (size_t i = 0; i < edict_decision_obligation_count(decision); i++)
    if (duty_text(decision, i, text, sizeof text) && strcmp(text, wanted) == 0) return true;
  return false;
}

/* To do more is less; to do less is more. */
static void compare_duties(work_stand *s, work_detail *d, bool seen[DIFF_VERDICTS]) {
  char text[2048];
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < edict_decision_obligation_count(s->decisions[side]); i++) {
      if (!duty_text(s->decisions[side], i, text, sizeof text) || has_duty(s->decisions[!side], text)) continue;
      diff_verdict v = side ? DIFF_CLOSES : DIFF_OPENS;
      seen[v] = true;
      if (d) work_detail_add(d, "obligation", side ? "none" : work_text(d, "%s", text), side ? work_text(d, "%s", text) : "none", v);
    }
}

/* ---- the whole ---- */

edict_status work_ask(work_stand *s, const work_request *q, size_t rows, work_random *random, work_detail *d, work_outcome *out) {
  bool seen[DIFF_VERDICTS] = {false};
  *out = (work_outcome){.verdict = DIFF_SAME};
  for (int v = 0; v < DIFF_VERDICTS; v++) s->found[v].set = false;
  edict_status status = open_sessions(s, q);
  for (int side = 0; side < 2 && status == EDICT_OK; side++) {
    out->known[side] = decide(s, side, q);
    out->permits[side] = out->known[side] && edict_decision_effect(s->decisions[side]) == EDICT_PERMIT;
  }
  if (status != EDICT_OK) return status;
  if (out->permits[0] != out->permits[1]) {
    out->verdict = out->permits[1] ? DIFF_OPENS : DIFF_CLOSES;
    if (d) work_detail_add(d, "effect", out->permits[0] ? "permit" : "deny", out->permits[1] ? "permit" : "deny", out->verdict);
    if (!d) return EDICT_OK;
  }
  if (!out->permits[0] || !out->permits[1]) return EDICT_OK;
  if (!q->kind) compare_columns(s, q, d, seen);
  if (!q->kind) compare_groups(s, d, seen);
  compare_duties(s, d, seen);
  if (!q->kind) work_rows(s, q, rows, random, d, seen);
  out->verdict = work_worst(seen);
  return EDICT_OK;
}
