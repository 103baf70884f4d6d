/* Analysis of rows: data that has to be kept longer than it may be shown, and filters that a domain switches
 * off by leaving out a tag. Both are shown by a request that is permitted, and a row. */
#include "policy/analysis.h"

#include "policy/checker.h"

/* ---- goals ---- */

edi_expr *edi_analysis_holding(edi_analysis *a, uint32_t tag) {
  edi_expr *x = EDI_NEW_ARRAY(a->work, edi_expr, 2), **operands = EDI_NEW_ARRAY(a->work, edi_expr *, 1);
  if (!x || !operands) {
    a->failed = true;
    return NULL;
  }
  x[1] = (edi_expr){.kind = EDI_EXPR_NODE, .symbol = tag, .type = EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_TAG)};
  operands[0] = &x[1];
  x[0] = (edi_expr){.kind = EDI_EXPR_HOLDING, .entity = EDI_ENTITY_DATASET, .operands = operands, .operand_count = 1,
                    .type = EDI_TYPE_BOOL, .symbol = EDI_NONE};
  return x;
}

static const char *column_of(const edi_analysis *a, const edi_witness *w, uint32_t tag) {
  const edi_dataset_facts *d = &a->contracts[w->contract].datasets[0];
  for (size_t i = 0; i < d->column_count; i++)
    for (size_t t = 0; t < d->columns[i].tag_count; t++)
      if (edi_model_below(a->model, d->columns[i].tags[t], tag)) return w->test.columns[i];
  return NULL;
}

static void expect_row(edi_analysis *a, edi_witness *w, const edict_test_cell *cells, size_t count, edict_row outcome) {
  edi_witness_expect(a, w, (edict_expectation){.kind = EDICT_EXPECT_PERMIT});
  edi_witness_expect(a, w, (edict_expectation){.kind = EDICT_EXPECT_ROW, .cells = cells, .cell_count = count, .outcome = outcome});
}

/* ---- at least crosses at most ---- */

static bool crosses(const edi_analysis *a, const edi_rule_decl *least, const edi_rule_decl *most) {
  if (least->more->duration->kind != EDI_EXPR_DURATION || most->more->duration->kind != EDI_EXPR_DURATION) return false;
  if (least->more->after->kind != EDI_EXPR_ROW_TAG || most->more->after->kind != EDI_EXPR_ROW_TAG) return false;
  uint32_t x = least->more->after->symbol, y = most->more->after->symbol;
  bool related = edi_model_below(a->model, x, y) || edi_model_below(a->model, y, x);
  return related && edi_duration_compare(least->more->duration->duration, most->more->duration->duration) == 1;
}

/* A row that has just got too old to be shown. */
static bool old_row(edi_analysis *a, edi_witness *w, uint32_t tag, edi_duration age) {
  const char *column = column_of(a, w, tag);
  edict_test_cell *cell = EDI_NEW(a->arena, edict_test_cell);
  int64_t then = 0;
  if (!column || !cell || !edi_timestamp_add(w->test.now, (edi_duration){-age.months, -age.micros}, &then)) return false;
  then -= then % EDI_DAY_MICROS;
  *cell = (edict_test_cell){column, {.type = EDICT_CELL_TIMESTAMP, .integer = then}};
  if (EDI_TYPE_BASE(a->model->nodes[tag].type) == EDI_TYPE_DATE) cell->cell = (edict_cell){.type = EDICT_CELL_DATE, .integer = edi_date_of(then)};
  expect_row(a, w, cell, 1, EDICT_ROW_WITHHELD);
  return true;
}

static void warn_crossing(edi_analysis *a, uint32_t least, uint32_t most) {
  const edi_rule_decl *l = a->subjects[least].rule, *m = a->subjects[most].rule;
  uint32_t tag = edi_model_below(a->model, l->more->after->symbol, m->more->after->symbol) ? l->more->after->symbol : m->more->after->symbol;
  edi_permit_goals g;
  edi_permit_begin(&g, a, 1);
  edi_permit_want(&g, a->subjects[least].condition, EDI_TRUTH_YES, 0);
  edi_permit_want(&g, a->subjects[most].condition, EDI_TRUTH_YES, 0);
  edi_permit_want(&g, edi_analysis_holding(a, tag), EDI_TRUTH_YES, 0);
  if (!edi_permit_solve(&g)) return;
  edi_warning *w = edi_analysis_warn(a, EDI_W0306, l->more->duration->span, "has to be kept so long",
                                     edi_analysis_text(a, "rule `%.*s` keeps data longer than rule `%.*s` lets it be shown", EDI_STR_ARG(l->name.text), EDI_STR_ARG(m->name.text)));
  if (!w) return;
  w->rule = least;
  w->by = most;
  w->other = m->more->duration->span;
  w->other_label = "may be shown so long";
  w->why = "in between a row is withheld: nobody sees it, and it may not be erased";
  edi_witness *shown = edi_witness_make(a, w, 0, l);
  if (shown) edi_witness_holds(shown, l);
  if (shown) edi_witness_holds(shown, m);
  if (!shown || !old_row(a, shown, tag, m->more->duration->duration)) w->refused = true;
}

enum { MOST_MOST = 16 };

static void look_for_crossings(edi_analysis *a) {
  uint32_t most[MOST_MOST * 4];
  size_t count = 0;
  for (uint32_t i = 0; i < a->model->rules_count && count < sizeof most / sizeof *most; i++)
    if (a->subjects[i].rule->effect == EDI_EFFECT_RETAIN_AT_MOST && !a->subjects[i].never && !a->subjects[i].rule->shadow) most[count++] = i;
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    const edi_subject *s = &a->subjects[i];
    if (s->rule->effect != EDI_EFFECT_RETAIN_AT_LEAST || s->never || s->rule->shadow) continue;
    for (size_t k = 0; k < count && edi_analysis_may_witness(a); k++) {
      bool own = edi_analysis_own(a, s->sym) || edi_analysis_own(a, a->subjects[most[k]].sym);
      if (own && crosses(a, s->rule, a->subjects[most[k]].rule)) warn_crossing(a, i, most[k]);
    }
  }
}

/* ---- filters that rest on a tag ---- */

static bool reads_tag(const edi_expr *x, uint32_t tag) {
  if (!x) return false;
  if (x->kind == EDI_EXPR_ROW_TAG && x->symbol == tag) return true;
  for (size_t i = 0; i < x->operand_count; i++)
    if (reads_tag(x->operands[i], tag)) return true;
  return false;
}

/* A part of the target that has to hold and asks for the very tag that `where` reads. */
static const edi_expr *resting_part(const edi_expr *target, const edi_expr *where) {
  if (!target) return NULL;
  if (target->kind == EDI_EXPR_AND) {
    const edi_expr *left = resting_part(target->operands[0], where);
    return left ? left : resting_part(target->operands[1], where);
  }
  if (target->kind != EDI_EXPR_HOLDING || target->operand_count != 1) return NULL;
  return reads_tag(where, target->operands[0]->symbol) ? target : NULL;
}

/* Everything else of the target holds. */
static void want_rest(edi_permit_goals *g, const edi_expr *target, const edi_expr *but) {
  if (target->kind == EDI_EXPR_AND) {
    want_rest(g, target->operands[0], but);
    want_rest(g, target->operands[1], but);
  } else {
    edi_permit_want(g, target, target == but ? EDI_TRUTH_NO : EDI_TRUTH_YES, 0);
  }
}

static void look_at_filter(edi_analysis *a, uint32_t rule) {
  const edi_rule_decl *r = a->subjects[rule].rule;
  const edi_expr *part = resting_part(r->target, r->more->where);
  edi_permit_goals g;
  if (!part || !edi_analysis_may_witness(a)) return;
  edi_permit_begin(&g, a, 1);
  want_rest(&g, r->target, part);
  if (!edi_permit_solve(&g)) return;
  edi_str tag = a->model->nodes[part->operands[0]->symbol].name;
  edi_warning *w = edi_analysis_warn(a, EDI_W0309, part->span, "applies only where the tag is",
                                     edi_analysis_text(a, "leaving out the tag `%.*s` switches rule `%.*s` off", EDI_STR_ARG(tag), EDI_STR_ARG(r->name.text)));
  if (!w) return;
  w->rule = rule;
  w->other = r->more->where->span;
  w->other_label = "reads it";
  w->why = "where a tag is missing `where` is unknown and hides the row, but a rule that does not apply hides nothing";
  w->fix = "rest the target on something else that the data has, such as a tag of what is protected";
  w->shows = "a request that sees a row whose column is not tagged";
  edi_witness *shown = edi_witness_make(a, w, 0, r);
  if (shown) expect_row(a, shown, NULL, 0, EDICT_ROW_SHOWN);
}

void edi_analysis_rows(edi_analysis *a) {
  look_for_crossings(a);
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    const edi_subject *s = &a->subjects[i];
    if (s->rule->effect == EDI_EFFECT_SHOW_ROWS && edi_analysis_own(a, s->sym) && !s->never) look_at_filter(a, i);
  }
}
