/* Analysis of rows: filters that a domain switches off by leaving out a tag. They are shown by a request that is
 * permitted, and a row. */
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

void edi_analysis_expect_row(edi_analysis *a, edi_witness *w, const edict_test_cell *cells, size_t count, edict_row outcome) {
  edi_witness_expect(a, w, (edict_expectation){.kind = EDICT_EXPECT_PERMIT});
  edi_witness_expect(a, w, (edict_expectation){.kind = EDICT_EXPECT_ROW, .cells = cells, .cell_count = count, .outcome = outcome});
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
  if (shown) edi_analysis_expect_row(a, shown, NULL, 0, EDICT_ROW_SHOWN);
}

void edi_analysis_rows(edi_analysis *a) {
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    const edi_subject *s = &a->subjects[i];
    if (s->rule->effect == EDI_EFFECT_SHOW_ROWS && edi_analysis_own(a, s) && !s->never) look_at_filter(a, i);
  }
}
