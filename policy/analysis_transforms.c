/* Analysis of transforms: masks that hide less than they seem to, each looked at alone.
 *
 * A hash without a key, of a value that can be guessed, is that value. A pseudonym of one of a few values is
 * told by how often it stands there. What shows a short value whole does not mask it. */
#include "policy/analysis.h"

#include "policy/transform_args.h"

/* A tag whose cells are one of a few: nodes of a taxonomy, levels, yes and no. */
static bool is_few(edi_type type) {
  unsigned base = EDI_TYPE_BASE(type);
  return base == EDI_TYPE_NODE || base == EDI_TYPE_LEVEL || base == EDI_TYPE_BOOL;
}

/* One that a program tries out in a moment. */
static bool is_guessed(edi_type type) {
  unsigned base = EDI_TYPE_BASE(type);
  return is_few(type) || base == EDI_TYPE_INT || base == EDI_TYPE_DATE || base == EDI_TYPE_TIMESTAMP || base == EDI_TYPE_DECIMAL || base == EDI_TYPE_IP;
}

static uint32_t tag_of(const edi_model *m, const edi_expr *column, bool (*is)(edi_type type)) {
  if (column->kind != EDI_EXPR_TAGGED) return EDI_NONE;
  for (size_t i = 0; i < column->operand_count; i++)
    if (column->operands[i]->symbol != EDI_NONE && is(m->nodes[column->operands[i]->symbol].type)) return column->operands[i]->symbol;
  return EDI_NONE;
}

static void warn(edi_analysis *a, uint32_t rule, const edi_transform_use *with, edi_code code, const char *label, const char *message,
                 const char *why, const char *fix) {
  edi_warning *w = edi_analysis_warn(a, code, with->span, label, message);
  if (!w) return;
  w->rule = rule;
  w->why = why;
  w->fix = fix;
}

/* What a profile stands for is written out, so that `iceberg` is `short: keep`. */
static bool shows_short(const edi_value *args) {
  return args[EDI_ARG_SHOW_SHORT].as.integer == EDI_SHORT_KEEP || args[EDI_ARG_SHOW_PROFILE].as.integer == EDI_SHOW_RANGER;
}

/* The length up to which a value is shown whole; 0: none is. */
static int64_t shown_whole(const edi_analysis *a, const edi_transform_use *with) {
  edi_value args[EDI_PARAMETERS_MOST];
  if (with->id != EDI_TRANSFORM_SHOW_FIRST && with->id != EDI_TRANSFORM_SHOW_LAST) return 0;
  edi_transform_args(a->model, with, args);
  (void)edi_arguments_settle(with->id, args);
  return shows_short(args) ? args[EDI_ARG_SHOW_COUNT].as.integer : 0;
}

static void look_at_case(edi_analysis *a, uint32_t rule, const edi_mask_line *line, const edi_transform_use *with) {
  uint32_t guessed = tag_of(a->model, line->column, is_guessed), few = tag_of(a->model, line->column, is_few);
  int64_t whole = shown_whole(a, with);
  bool keyed = with->id == EDI_TRANSFORM_PSEUDONYM || with->id == EDI_TRANSFORM_TOKEN || with->id == EDI_TRANSFORM_FPE;
  if (with->id == EDI_TRANSFORM_SHA256 && guessed != EDI_NONE)
    warn(a, rule, with, EDI_W0340, "can be guessed",
         edi_analysis_text(a, "a hash without a key hides nothing of `%.*s`", EDI_STR_ARG(a->model->nodes[guessed].name)),
         "whoever has the hashes hashes every value that there can be", few != EDI_NONE ? "null, or generalise" : "a pseudonym under a key");
  if (keyed && few != EDI_NONE)
    warn(a, rule, with, EDI_W0342, "one of a few",
         edi_analysis_text(a, "`%.*s` has few values, and how often each stands there tells which it is", EDI_STR_ARG(a->model->nodes[few].name)),
         "the most frequent pseudonym is the most frequent value", "null, or generalise");
  if (whole > 0)
    warn(a, rule, with, EDI_W0341, "short ones whole",
         edi_analysis_text(a, "a value of at most %lld characters is shown whole", (long long)whole),
         NULL, "short: half, which shows at most half of any value");
}

static void look_at_line(edi_analysis *a, uint32_t rule, const edi_mask_line *line) {
  bool masks = false;
  for (size_t c = 0; c < line->case_count; c++) {
    look_at_case(a, rule, line, &line->cases[c].with);
    masks = masks || line->cases[c].with.id != EDI_TRANSFORM_RAW;
  }
  if (!masks && line->case_count > 0)
    warn(a, rule, &line->cases[0].with, EDI_W0346, "as it is",
         edi_analysis_text(a, "this mask of rule `%.*s` masks nothing", EDI_STR_ARG(a->subjects[rule].rule->name.text)),
         "`keep` takes back no other mask, and without a mask a column is kept as well", NULL);
}

void edi_analysis_transforms(edi_analysis *a) {
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    const edi_subject *s = &a->subjects[i];
    if (!edi_analysis_own(a, s)) continue;
    for (size_t l = 0; l < s->rule->mask_count; l++) look_at_line(a, i, &s->rule->masks[l]);
  }
}
