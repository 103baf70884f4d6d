/* Analysis of retention: data that has to be kept longer than it may be shown, on some day at least.
 *
 * Months against days are laid side by side on the calendar, a day at a time through leap years: the first day on
 * which a row is past the one and not the other is the time of the request that shows it. `retain while` counts where
 * it says no more than until when: `now < row[t] + 3 years`. */
#include "policy/analysis.h"

#include "policy/checker.h"

enum { MOST_MOST = 256, DAYS_LOOKED = 9 * 366, SCANS_KEPT = 32 };

/* What keeps rows: for how long after which time. */
typedef struct keeper {
  uint32_t rule;
  const edi_expr *after;
  edi_duration least;
  bool standing;   /* of `retain while`: to the moment, not to the day */
  edi_span span;
} keeper;

/* A scan that was made: the first time from `from` on, or none. */
typedef struct scan { edi_duration least, most; bool standing, found; int64_t from, now; } scan;

typedef struct crossings {
  edi_analysis *a;
  uint32_t most[MOST_MOST];
  size_t most_count;
  scan scans[SCANS_KEPT];
  size_t scan_count;
} crossings;

/* ---- what keeps ---- */

static const edi_expr *row_of(const edi_expr *x) { return x->kind == EDI_EXPR_ROW_TAG || x->kind == EDI_EXPR_ROW_COLUMN ? x : NULL; }

/* `row[t] + D` after now, or `now - row[t]` below D: the side that is later, or larger, comes first. */
static bool is_until(const edi_analysis *a, const edi_expr *later, const edi_expr *sooner, keeper *k) {
  bool sum = later->kind == EDI_EXPR_ADD && sooner->kind == EDI_EXPR_ATTR && sooner->symbol == a->solver.attr_now;
  bool rest = sooner->kind == EDI_EXPR_SUB && sooner->operands[0]->kind == EDI_EXPR_ATTR && sooner->operands[0]->symbol == a->solver.attr_now;
  const edi_expr *duration = sum ? later->operands[1] : later;
  if ((!sum && !rest) || duration->kind != EDI_EXPR_DURATION) return false;
  k->after = row_of(sum ? later->operands[0] : sooner->operands[1]);
  k->least = duration->duration;
  return k->after != NULL;
}

/* A condition that the time alone makes true. */
static bool stands_until(const edi_analysis *a, const edi_expr *x, keeper *k) {
  switch ((int)x->kind) {
    case EDI_EXPR_OR: return stands_until(a, x->operands[0], k) || stands_until(a, x->operands[1], k);
    case EDI_EXPR_GT:
    case EDI_EXPR_GE: k->span = x->span; return is_until(a, x->operands[0], x->operands[1], k);
    case EDI_EXPR_LT:
    case EDI_EXPR_LE: k->span = x->span; return is_until(a, x->operands[1], x->operands[0], k);
    default: return false;
  }
}

static bool keeps(const edi_analysis *a, uint32_t rule, keeper *k) {
  const edi_rule_more *m = a->subjects[rule].rule->more;
  *k = (keeper){.rule = rule};
  if (a->subjects[rule].never || a->subjects[rule].rule->shadow) return false;
  if (a->subjects[rule].rule->effect == EDI_EFFECT_RETAIN_WHILE) {
    k->standing = true;
    return stands_until(a, m->retain_while, k);
  }
  if (a->subjects[rule].rule->effect != EDI_EFFECT_RETAIN_AT_LEAST || m->duration->kind != EDI_EXPR_DURATION) return false;
  k->after = row_of(m->after);
  k->least = m->duration->duration;
  k->span = m->duration->span;
  return k->after != NULL;
}

/* ---- days ---- */

/* Whether some row crosses at that time; the newest that is past what it may be shown for. One that has to be kept on
 * the very day on which the other ends does not count. */
static bool crosses_at(const keeper *k, edi_duration most, int64_t now, int64_t *row) {
  int64_t cutoff = edi_retention_cutoff(k->standing ? now : now - EDI_DAY_MICROS, most), end = 0;
  if (cutoff < EDI_TIMESTAMP_MIN + EDI_DAY_MICROS) return false;
  *row = cutoff - EDI_DAY_MICROS;
  if (!k->standing) return edi_retention_stands(*row, now, k->least);
  return edi_timestamp_add(*row, k->least, &end) && end > now;
}

static bool look_at_days(const keeper *k, edi_duration most, int64_t from, int64_t *now) {
  int64_t row;
  for (int day = 0; day < DAYS_LOOKED; day++) {
    *now = from + day * EDI_DAY_MICROS;
    if (crosses_at(k, most, *now, &row)) return true;
  }
  return false;
}

static bool same(edi_duration a, edi_duration b) { return a.months == b.months && a.micros == b.micros; }

/* Few durations stand in many rules: what was looked at is not looked at again. */
static bool first_crossing(crossings *c, const keeper *k, edi_duration most, int64_t from, int64_t *now) {
  size_t kept = c->scan_count < SCANS_KEPT ? c->scan_count : SCANS_KEPT;
  for (size_t i = 0; i < kept; i++) {
    const scan *s = &c->scans[i];
    if (!same(s->least, k->least) || !same(s->most, most) || s->standing != k->standing || s->from != from) continue;
    *now = s->now;
    return s->found;
  }
  scan *s = &c->scans[c->scan_count++ % SCANS_KEPT];
  *s = (scan){.least = k->least, .most = most, .standing = k->standing, .from = from};
  s->found = look_at_days(k, most, from, &s->now);
  *now = s->now;
  return s->found;
}

/* The time from which both rules are in force: now, if that is none later. */
static int64_t time_from(const edi_analysis *a, const edi_rule_decl *x, const edi_rule_decl *y) {
  int64_t now = a->has_now ? a->now : a->solver.prefer_now, clock = now - edi_date_of(now) * EDI_DAY_MICROS, day = edi_date_of(now);
  const edi_rule_more *both[] = {x->more, y->more};
  for (size_t i = 0; i < 2; i++)
    if (both[i]->has_until && both[i]->until < day) day = both[i]->until - DAYS_LOOKED;
  for (size_t i = 0; i < 2; i++)
    if (both[i]->has_from && both[i]->from > day) day = both[i]->from;
  return day * EDI_DAY_MICROS + clock;
}

/* ---- claims ---- */

/* `now == TIME`. */
static const edi_expr *is_now(edi_analysis *a, int64_t now) {
  edi_expr *x = EDI_NEW_ARRAY(a->work, edi_expr, 3), **operands = EDI_NEW_ARRAY(a->work, edi_expr *, 2);
  if (!x || !operands) {
    a->failed = true;
    return NULL;
  }
  x[1] = (edi_expr){.kind = EDI_EXPR_ATTR, .symbol = a->solver.attr_now, .type = EDI_TYPE_TIMESTAMP};
  x[2] = (edi_expr){.kind = EDI_EXPR_TIMESTAMP, .integer = now, .symbol = EDI_NONE, .type = EDI_TYPE_TIMESTAMP};
  operands[0] = &x[1];
  operands[1] = &x[2];
  x[0] = (edi_expr){.kind = EDI_EXPR_EQ, .operands = operands, .operand_count = 2, .symbol = EDI_NONE, .type = EDI_TYPE_BOOL};
  return x;
}

/* `column named "NAME"`. */
static const edi_expr *is_column(edi_analysis *a, edi_str name) {
  edi_expr *x = EDI_NEW(a->work, edi_expr);
  if (!x) a->failed = true;
  else *x = (edi_expr){.kind = EDI_EXPR_NAMED, .entity = EDI_ENTITY_COLUMN, .text = name, .symbol = EDI_NONE, .type = EDI_TYPE_BOOL};
  return x;
}

/* Of two tags one below the other, the lower one: a column that carries it carries both. */
static uint32_t common_tag(const edi_model *m, uint32_t x, uint32_t y) {
  return edi_model_below(m, x, y) ? x : edi_model_below(m, y, x) ? y : EDI_NONE;
}

static bool same_time(const edi_analysis *a, const edi_expr *x, const edi_expr *y) {
  if (x->kind != y->kind) return false;
  if (x->kind == EDI_EXPR_ROW_COLUMN) return edi_str_equal(x->text, y->text);
  return common_tag(a->model, x->symbol, y->symbol) != EDI_NONE;
}

static const char *column_of(const edi_analysis *a, const edi_witness *w, const edi_expr *x, const edi_expr *y) {
  const edi_dataset_facts *d = &a->contracts[w->contract].datasets[0];
  bool named = x->kind == EDI_EXPR_ROW_COLUMN;
  uint32_t tag = named ? EDI_NONE : common_tag(a->model, x->symbol, y->symbol);
  for (size_t i = 0; i < d->column_count; i++) {
    if (named && edi_str_equal(d->columns[i].name, x->text)) return w->test.columns[i];
    for (size_t t = 0; !named && t < d->columns[i].tag_count; t++)
      if (edi_model_below(a->model, d->columns[i].tags[t], tag)) return w->test.columns[i];
  }
  return NULL;
}

/* A row that is too old to be shown, and has to be kept. */
static bool expect_withheld(edi_analysis *a, edi_witness *w, const keeper *k, const edi_rule_decl *most) {
  const char *column = column_of(a, w, k->after, most->more->after);
  edict_test_cell *cell = EDI_NEW(a->arena, edict_test_cell);
  int64_t then;
  if (!column || !cell || !crosses_at(k, most->more->duration->duration, w->test.now, &then)) return false;
  *cell = (edict_test_cell){column, {.type = EDICT_CELL_TIMESTAMP, .integer = then}};
  if (EDI_TYPE_BASE(k->after->type) == EDI_TYPE_DATE) cell->cell = (edict_cell){.type = EDICT_CELL_DATE, .integer = edi_date_of(then)};
  edi_analysis_expect_row(a, w, cell, 1, EDICT_ROW_WITHHELD);
  return true;
}

static bool solve(edi_analysis *a, const keeper *k, uint32_t most, bool mixed, int64_t now) {
  const edi_expr *x = k->after, *y = a->subjects[most].rule->more->after;
  edi_permit_goals g;
  edi_permit_begin(&g, a, 1);
  edi_permit_want(&g, a->subjects[k->rule].condition, EDI_TRUTH_YES, 0);
  edi_permit_want(&g, a->subjects[most].condition, EDI_TRUTH_YES, 0);
  bool named = x->kind == EDI_EXPR_ROW_COLUMN;
  edi_permit_want(&g, named ? is_column(a, x->text) : edi_analysis_holding(a, common_tag(a->model, x->symbol, y->symbol)), EDI_TRUTH_YES, 0);
  if (mixed) edi_permit_want(&g, is_now(a, now), EDI_TRUTH_YES, 0);
  return !a->failed && edi_permit_solve(&g);
}

static void claim(edi_analysis *a, const keeper *k, uint32_t most, bool mixed) {
  const edi_rule_decl *l = a->subjects[k->rule].rule, *m = a->subjects[most].rule;
  edi_warning *w = edi_analysis_warn(a, EDI_W0306, k->span, "has to be kept so long",
                                     edi_analysis_text(a, "rule `%.*s` keeps data longer than rule `%.*s` lets it be shown", EDI_STR_ARG(l->name.text), EDI_STR_ARG(m->name.text)));
  if (!w) return;
  w->rule = k->rule;
  w->by = most;
  w->other = m->more->duration->span;
  w->other_label = "may be shown so long";
  w->why = mixed ? "months have 28 to 31 days, and years 365 or 366: in between a row is withheld, nobody sees it and it may not be erased"
                 : "in between a row is withheld: nobody sees it, and it may not be erased";
  a->column_type = k->after->kind == EDI_EXPR_ROW_COLUMN ? EDI_TYPE_BASE(k->after->type) : EDI_TYPE_NONE;
  edi_witness *shown = edi_witness_make(a, w, 0, l);
  a->column_type = EDI_TYPE_NONE;
  if (shown) edi_witness_holds(shown, l);
  if (shown) edi_witness_holds(shown, m);
  if (!shown || !expect_withheld(a, shown, k, m)) w->refused = true;
}

static void look_at_pair(crossings *c, const keeper *k, uint32_t most) {
  const edi_rule_decl *l = c->a->subjects[k->rule].rule, *m = c->a->subjects[most].rule;
  int order = edi_duration_compare(k->least, m->more->duration->duration);
  bool mixed = order == 2;
  int64_t now = 0;
  if ((order != 1 && !mixed) || !same_time(c->a, k->after, m->more->after)) return;
  if (mixed && !first_crossing(c, k, m->more->duration->duration, time_from(c->a, l, m), &now)) return;
  if (solve(c->a, k, most, mixed, now)) claim(c->a, k, most, mixed);
}

static bool limits(const edi_subject *s) {
  const edi_rule_decl *r = s->rule;
  return r->effect == EDI_EFFECT_RETAIN_AT_MOST && !s->never && !r->shadow && r->more->duration->kind == EDI_EXPR_DURATION && row_of(r->more->after);
}

void edi_analysis_retention(edi_analysis *a) {
  crossings c = {.a = a};
  for (uint32_t i = 0; i < a->model->rules_count; i++) {
    if (!limits(&a->subjects[i])) continue;
    if (c.most_count < MOST_MOST) c.most[c.most_count++] = i;
    else a->left++;
  }
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed && c.most_count; i++) {
    keeper k;
    if (!keeps(a, i, &k)) continue;
    for (size_t n = 0; n < c.most_count && edi_analysis_may_witness(a) && !a->failed; n++) {
      bool own = edi_analysis_own(a, &a->subjects[i]) || edi_analysis_own(a, &a->subjects[c.most[n]]);
      if (own) look_at_pair(&c, &k, c.most[n]);
    }
  }
}
