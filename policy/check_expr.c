/* Check of expressions: what each operator takes and gives.
 *
 * In: trees whose height the parser bounded. Out: a type in every node, names resolved in place; an int
 * literal where a decimal is meant becomes one, `x in TABLE` becomes a table test. Of two operands the
 * one that says its type by itself goes first and is the hint for the other. Invariant: the result of
 * a comparison is a bool even if an operand has an error, so that one mistake is one message. */
#include "bundle/limits.h"
#include "bundle/vocabulary.h"
#include "policy/checker.h"

/* ---- types ---- */

static bool is_ordered(edi_type type) {
  static const bool ordered[] = {
#define TYPE(NAME, number, text, is_ordered) [number] = (is_ordered) != 0,
#include "bundle/types.def"
#undef TYPE
  };
  unsigned base = EDI_TYPE_BASE(type);
  return !EDI_TYPE_IS_SET(type) && base < sizeof ordered / sizeof *ordered && ordered[base];
}

static bool is_node(edi_type type) {
  return EDI_TYPE_BASE(type) == EDI_TYPE_NODE;
}

static bool is_one_of(edi_type a, edi_type b, unsigned one, unsigned other) {
  return (a == one && b == other) || (a == other && b == one);
}

/* ---- two operands ---- */

/* How the type of one operand follows from that of the other. */
typedef enum pairing { SAME, RIGHT_IS_SET, LEFT_IS_SET } pairing;

static edi_type hint_for(pairing relation, bool left, edi_type other) {
  if (other == EDI_TYPE_NONE) return EDI_HINT_SILENT;
  if (relation == SAME) return other;
  bool wants_set = (relation == LEFT_IS_SET) == left;
  return wants_set ? other | EDI_TYPE_SET : EDI_TYPE_ELEM(other);
}

bool edi_expr_is_flexible(const edi_checker *checker, const edi_expr *expr) {
  if (expr->fixed) return false;
  switch ((int)expr->kind) {
    case EDI_EXPR_INT:
    case EDI_EXPR_STRING: return true;
    case EDI_EXPR_NAME:
      if (edi_expand_is(checker, expr->text)) return edi_expand_is_flexible(checker, expr->text);
      return !edi_resolve_stands_alone(checker, expr->text);
    case EDI_EXPR_LIST: return expr->operand_count == 0 || edi_expr_is_flexible(checker, expr->operands[0]);
    case EDI_EXPR_ADD:
    case EDI_EXPR_SUB:
    case EDI_EXPR_MUL: return edi_expr_is_flexible(checker, expr->operands[0]) && edi_expr_is_flexible(checker, expr->operands[1]);
    default: return false;
  }
}

/* Types both operands; false if one of them has an error. */
static bool check_pair(edi_checker *checker, edi_expr *expr, pairing relation, edi_type hint) {
  edi_expr *left = expr->operands[0], *right = expr->operands[1];
  bool swap = edi_expr_is_flexible(checker, left) && !edi_expr_is_flexible(checker, right);
  edi_expr *first = swap ? right : left, *second = swap ? left : right;
  edi_type type = edi_check_expr(checker, first, hint);
  return edi_check_expr(checker, second, hint_for(relation, second == left, type)) != EDI_TYPE_NONE &&
         type != EDI_TYPE_NONE;
}

/* ---- messages ---- */

static const char *sides(edi_checker *checker, const edi_expr *expr) {
  return edi_checker_text(checker, "`%s` on the left, `%s` on the right",
                          edi_checker_type(checker, expr->operands[0]->type),
                          edi_checker_type(checker, expr->operands[1]->type));
}

static void explain_number(edi_finding *finding, const edi_expr *number, const edi_expr *beside) {
  edi_finding_why(finding, "90 days and 90 months differ by a factor of 30, so a unit is never guessed");
  if (number->kind == EDI_EXPR_INT)
    edi_finding_fix(finding, false, "%lld %s", (long long)number->integer, beside->kind == EDI_EXPR_TIME_OF_DAY ? "hours" : "days");
}

static void explain_pair(edi_checker *checker, edi_finding *finding, const edi_expr *expr) {
  const edi_expr *left = expr->operands[0], *right = expr->operands[1];
  edi_type a = left->type, b = right->type;
  edi_finding_definition(checker, finding, left);
  edi_finding_definition(checker, finding, right);
  bool holds = (expr->kind == EDI_EXPR_IN || expr->kind == EDI_EXPR_NOT_IN) && left->kind == EDI_EXPR_STRING && is_node(EDI_TYPE_ELEM(b));
  edi_finding_text_as(checker, finding, right, a);
  if (!holds) edi_finding_text_as(checker, finding, left, b);
  else edi_finding_fix(finding, false, "%s%s has %.*s", expr->kind == EDI_EXPR_NOT_IN ? "not " : "", edi_checker_written(checker, right), EDI_STR_ARG(left->text));
  if ((expr->kind == EDI_EXPR_IS || expr->kind == EDI_EXPR_IS_NOT) && EDI_TYPE_IS_SET(b) && EDI_TYPE_ELEM(b) == a)
    edi_finding_fix(finding, false, "%s %s [...]", edi_checker_written(checker, left), expr->kind == EDI_EXPR_IS ? "in" : "not in");
  if ((expr->kind == EDI_EXPR_IN || expr->kind == EDI_EXPR_NOT_IN) && EDI_TYPE_IS_SET(a) && a == b)
    edi_finding_fix(finding, false, "%s%s overlaps [...] for any of them; `covers` for all", expr->kind == EDI_EXPR_IN ? "" : "not ", edi_checker_written(checker, left));
  bool equals = expr->kind == EDI_EXPR_EQ || expr->kind == EDI_EXPR_NE;
  if (equals && EDI_TYPE_IS_SET(a) && is_node(b) && EDI_TYPE_ELEM(a) == b)
    edi_finding_fix(finding, false, "%s%s has %s", expr->kind == EDI_EXPR_NE ? "not " : "",
                    edi_checker_written(checker, left), edi_checker_written(checker, right));
  if (a == EDI_TYPE_SUBJECT || b == EDI_TYPE_SUBJECT)
    edi_finding_why(finding, "`subject.id` is the pair of issuer and id; a cell holds an `id<...>`, which an "
                             "attribute of the subject can hold too");
  else if (is_one_of(a, b, EDI_TYPE_INT, EDI_TYPE_DECIMAL))
    edi_finding_why(finding, "only a literal is read as the one or the other: declare both with one type");
  else if (EDI_TYPE_BASE(a) == EDI_TYPE_ID || EDI_TYPE_BASE(b) == EDI_TYPE_ID)
    edi_finding_why(finding, "an id is compared with ids of its own kind, and with texts in quotes");
}

/* The two types do not go together in this operator. */
static void report_pair(edi_checker *checker, const edi_expr *expr, const char *verb) {
  const edi_expr *left = expr->operands[0], *right = expr->operands[1];
  edi_type a = left->type, b = right->type;
  bool moved = (expr->kind == EDI_EXPR_ADD || expr->kind == EDI_EXPR_SUB) && (a == EDI_TYPE_TIMESTAMP || a == EDI_TYPE_DATE) && b == EDI_TYPE_INT;
  bool unit = moved || is_one_of(a, b, EDI_TYPE_DURATION, EDI_TYPE_INT) || is_one_of(a, b, EDI_TYPE_DURATION, EDI_TYPE_DECIMAL);
  const edi_expr *number = b == EDI_TYPE_DURATION ? left : right;
  edi_finding *finding = EDI_REPORT(checker, unit ? EDI_E0211 : EDI_E0210, unit ? number->span : edi_expr_op_span(expr),
                                    sides(checker, expr), "%s cannot be %s %s", edi_checker_a_type(checker, a),
                                    verb, edi_checker_a_type(checker, b));
  if (unit) explain_number(finding, number, number == left ? right : left);
  else explain_pair(checker, finding, expr);
}

/* An operator that does not take this operand. */
static edi_finding *report_operand(edi_checker *checker, const edi_expr *operand, const char *message) {
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0210, operand->span, edi_checker_a_type(checker, operand->type), "%s", message);
  edi_finding_definition(checker, finding, operand);
  return finding;
}

/* ---- comparisons ---- */

static void check_order(edi_checker *checker, const edi_expr *expr) {
  const edi_expr *left = expr->operands[0];
  if (is_ordered(left->type)) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0210, edi_expr_op_span(expr), sides(checker, expr),
                                    "%s has no order", edi_checker_a_type(checker, left->type));
  if (left->type == EDI_TYPE_STRING)
    edi_finding_why(finding, "texts sort differently in every database, so their order decides nothing here");
  else if (is_node(left->type)) edi_finding_fix(finding, false, "`is` asks for a node or one below it");
}

static edi_type check_compare(edi_checker *checker, edi_expr *expr) {
  if (!check_pair(checker, expr, SAME, EDI_TYPE_NONE)) return EDI_TYPE_BOOL;
  edi_type a = expr->operands[0]->type, b = expr->operands[1]->type;
  bool days = is_one_of(a, b, EDI_TYPE_DATE, EDI_TYPE_TIMESTAMP);
  if ((a != b && !days) || a == EDI_TYPE_SUBJECT) {
    report_pair(checker, expr, "compared with");
  } else if (EDI_TYPE_IS_SET(a)) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0210, edi_expr_op_span(expr), sides(checker, expr),
                                      "sets are not compared");
    edi_finding_fix(finding, false, "ask with `covers`, `overlaps` or `has`");
  } else if (expr->kind != EDI_EXPR_EQ && expr->kind != EDI_EXPR_NE) {
    check_order(checker, expr);
  }
  return EDI_TYPE_BOOL;
}

static bool joins_names(edi_checker *checker, const edi_expr *expr);

static edi_type check_is(edi_checker *checker, edi_expr *expr) {
  if (joins_names(checker, expr)) return EDI_TYPE_BOOL;
  const edi_expr *left = expr->operands[0], *right = expr->operands[1];
  if (!check_pair(checker, expr, SAME, EDI_TYPE_NONE)) return EDI_TYPE_BOOL;
  if (is_node(left->type) && left->type == right->type && !EDI_TYPE_IS_SET(left->type)) return EDI_TYPE_BOOL;
  if (is_node(left->type) && EDI_TYPE_IS_SET(left->type)) {
    edi_finding *finding = report_operand(checker, left, "`is` asks about one node, and this is a set of them");
    edi_finding_fix(finding, false, "%s%s has %s", expr->kind == EDI_EXPR_IS_NOT ? "not " : "",
                    edi_checker_written(checker, left), edi_checker_written(checker, right));
  } else if (left->type == right->type) {
    edi_finding *finding = report_operand(checker, left, "`is` asks where a node stands in its taxonomy");
    edi_finding_fix(finding, false, "%s %s %s", edi_checker_written(checker, left), expr->kind == EDI_EXPR_IS ? "==" : "!=",
                    edi_checker_written(checker, right));
  } else {
    report_pair(checker, expr, "at or below");
  }
  return EDI_TYPE_BOOL;
}

static edi_type check_is_set(edi_checker *checker, edi_expr *expr) {
  const edi_expr *operand = expr->operands[0];
  if (edi_check_expr(checker, expr->operands[0], EDI_TYPE_NONE) == EDI_TYPE_NONE) return EDI_TYPE_BOOL;
  if (operand->kind == EDI_EXPR_ATTR || operand->kind == EDI_EXPR_ROW_TAG || operand->kind == EDI_EXPR_ROW_COLUMN ||
      operand->kind == EDI_EXPR_TABLE_VALUE || edi_expand_is_parameter(operand))
    return EDI_TYPE_BOOL;
  report_operand(checker, operand, "`is set` asks whether an attribute, a cell or a value of a table is there");
  return EDI_TYPE_BOOL;
}

/* ---- membership ---- */

/* `x in NAME`, NAME being a table: rewritten as a table test with one key. */
static bool becomes_table_test(edi_checker *checker, edi_expr *expr) {
  edi_expr *name = expr->operands[1];
  edi_entity entity;
  edi_str attribute;
  if (name->kind != EDI_EXPR_NAME || name->fixed || edi_resolve_is_attribute(name->text, &entity, &attribute) ||
      edi_scope_find(checker, EDI_SCOPED_TABLES, name->text) == EDI_NONE)
    return false;
  edi_expr *test = expr, **keys = edi_checker_alloc(checker, sizeof *keys);
  if (!keys) return false;
  keys[0] = expr->operands[0];
  if (expr->kind == EDI_EXPR_NOT_IN) {
    test = edi_checker_alloc(checker, sizeof *test);
    if (!test) return false;
    *test = *expr;
    expr->kind = EDI_EXPR_NOT;
    expr->own[0] = test;
    expr->operands = expr->own;
    expr->operand_count = 1;
    expr->height++;
  }
  test->kind = EDI_EXPR_IN_TABLE;
  test->operands = keys;
  test->operand_count = 1;
  test->text = name->text;
  edi_expr_more *more = edi_checker_extend(checker, test);
  if (more) more->value_name = (edi_name){name->text, name->span};
  return more != NULL;
}

/* The right side of `in` is a bare name that is no table. */
static void report_no_set(edi_checker *checker, const edi_expr *expr) {
  const edi_expr *left = expr->operands[0], *right = expr->operands[1];
  const edi_model *model = checker->model;
  uint32_t node = is_node(left->type) ? edi_model_node(model, EDI_TYPE_PARAM(left->type), right->text) : EDI_NONE;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0207, right->span, "neither a set nor a table",
                                    "the right side of `in` is a set or a table");
  if (node != EDI_NONE) {
    edi_finding_fix(finding, false, "%s %s %.*s", edi_checker_written(checker, left),
                    expr->kind == EDI_EXPR_IN ? "is" : "is not", EDI_STR_ARG(right->text));
    return;
  }
  edi_suggest suggest;
  if (!edi_checker_suggests(checker)) return;
  edi_suggest_init(&suggest, right->text);
  for (size_t i = 0; i < checker->scopes[EDI_SCOPED_TABLES].count; i++) {
    const edi_scope_entry *entry = &checker->scopes[EDI_SCOPED_TABLES].entries[i];
    if (entry->domain && !checker->domain) continue;
    edi_suggest_offer(&suggest, entry->bare, edi_scope_span(model, EDI_SCOPED_TABLES, entry->number));
  }
  edi_finding_near(finding, suggest.best, "");
}

static void report_node_in(edi_checker *checker, const edi_expr *expr) {
  const edi_expr *left = expr->operands[0], *right = expr->operands[1];
  edi_finding *finding = EDI_REPORT(checker, EDI_E0212, edi_expr_op_span(expr), "",
                                    "a node stands left of `%s`", edi_expr_kind_name(expr->kind));
  edi_finding_why(finding, "`x in S` asks whether a fact lies at or below a member of S; what somebody holds is "
                           "asked with `has`, which looks for a member at or below the node");
  edi_finding_fix(finding, false, "%s%s has %s", expr->kind == EDI_EXPR_NOT_IN ? "not " : "",
                  edi_checker_written(checker, right), edi_checker_written(checker, left));
}

static edi_type check_in(edi_checker *checker, edi_expr *expr) {
  edi_expr *left = expr->operands[0], *right = expr->operands[1];
  if (becomes_table_test(checker, expr)) {
    edi_expr *test = expr->kind == EDI_EXPR_NOT ? expr->operands[0] : expr;
    test->type = edi_check_table(checker, test);
    return EDI_TYPE_BOOL;
  }
  if (right->kind == EDI_EXPR_NAME && !right->fixed && !edi_resolve_stands_alone(checker, right->text) &&
      !edi_expand_is(checker, right->text)) {
    edi_check_expr(checker, left, EDI_HINT_SILENT);
    report_no_set(checker, expr);
    return EDI_TYPE_BOOL;
  }
  if (!check_pair(checker, expr, RIGHT_IS_SET, EDI_TYPE_NONE)) return EDI_TYPE_BOOL;
  if (!EDI_TYPE_IS_SET(right->type)) {
    edi_finding *finding = report_operand(checker, right, "the right side of `in` is a set or a table");
    if (is_node(right->type) && left->type == right->type)
      edi_finding_fix(finding, false, "%s %s %s", edi_checker_written(checker, left),
                      expr->kind == EDI_EXPR_IN ? "is" : "is not", edi_checker_written(checker, right));
  } else if (left->kind == EDI_EXPR_NODE && is_node(right->type)) {
    report_node_in(checker, expr);
  } else if (left->type != EDI_TYPE_ELEM(right->type)) {
    report_pair(checker, expr, "a member of");
  }
  return EDI_TYPE_BOOL;
}

/* `x has (a or b)`: names that `and` or `or` joins, as people say it. One mistake, which the names in it are part of. */
static bool are_names(const edi_expr *x) {
  bool joins = x->kind == EDI_EXPR_OR || x->kind == EDI_EXPR_AND;
  return joins ? are_names(x->operands[0]) && are_names(x->operands[1]) : x->kind == EDI_EXPR_NAME;
}

/* In the place of the parentheses whole questions, which ask the same: of a broader fact `overlaps` says more. */
static void repeat(edi_checker *checker, const edi_expr *asks, const edi_expr *x, edi_buf *into) {
  if (x->kind == EDI_EXPR_NAME)
    edi_buf_format(into, "%s %s %.*s", edi_checker_written(checker, asks->operands[0]), edi_expr_kind_name(asks->kind), EDI_STR_ARG(x->text));
  for (size_t i = 0; i < x->operand_count; i++) {
    if (i > 0) edi_buf_format(into, " %s ", edi_expr_kind_name(x->kind));
    repeat(checker, asks, x->operands[i], into);
  }
}

static bool joins_names(edi_checker *checker, const edi_expr *expr) {
  const edi_expr *right = expr->operands[1];
  char storage[512];
  edi_buf all = edi_buf_fixed(storage, sizeof storage);
  if (right->kind == EDI_EXPR_NAME || !are_names(right)) return false;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0210, right->span, "conditions are joined, not names", "`%s` asks about one name",
                                    edi_expr_kind_name(expr->kind));
  repeat(checker, expr, right, &all);
  if (all.failed == EDICT_OK) edi_finding_fix(finding, false, "(%.*s)", (int)all.len, all.ptr);
  return true;
}

static edi_type check_has(edi_checker *checker, edi_expr *expr) {
  const edi_expr *left = expr->operands[0], *right = expr->operands[1];
  if (joins_names(checker, expr) || !check_pair(checker, expr, LEFT_IS_SET, EDI_TYPE_NONE)) return EDI_TYPE_BOOL;
  if (!EDI_TYPE_IS_SET(left->type)) {
    edi_finding *finding = report_operand(checker, left, "the left side of `has` is a set");
    if (is_node(left->type))
      edi_finding_fix(finding, false, "%s is %s", edi_checker_written(checker, left), edi_checker_written(checker, right));
  } else if (EDI_TYPE_IS_SET(right->type)) {
    edi_finding *finding = report_operand(checker, right, "`has` looks for one member");
    edi_finding_fix(finding, false, "ask with `overlaps` for any of several, with `covers` for all of them");
  } else if (right->type != EDI_TYPE_ELEM(left->type)) {
    report_pair(checker, expr, "asked for");
  }
  return EDI_TYPE_BOOL;
}

static edi_type check_sets(edi_checker *checker, edi_expr *expr) {
  if (!check_pair(checker, expr, SAME, EDI_TYPE_NONE)) return EDI_TYPE_BOOL;
  for (size_t i = 0; i < 2; i++) {
    const edi_expr *side = expr->operands[i];
    if (EDI_TYPE_IS_SET(side->type)) continue;
    edi_finding *finding = report_operand(
        checker, side, edi_checker_text(checker, "both sides of `%s` are sets", edi_expr_kind_name(expr->kind)));
    edi_finding_fix(finding, false, i == 0 ? "`in` asks whether one value is in a set"
                                           : "`has` asks a set for one member");
    return EDI_TYPE_BOOL;
  }
  if (expr->operands[0]->type != expr->operands[1]->type) report_pair(checker, expr, "held against");
  return EDI_TYPE_BOOL;
}

/* ---- sums ---- */

static const struct {
  edi_expr_kind kind;
  edi_type left, right, result;
} sums[] = {
    {EDI_EXPR_ADD, EDI_TYPE_INT, EDI_TYPE_INT, EDI_TYPE_INT},
    {EDI_EXPR_SUB, EDI_TYPE_INT, EDI_TYPE_INT, EDI_TYPE_INT},
    {EDI_EXPR_MUL, EDI_TYPE_INT, EDI_TYPE_INT, EDI_TYPE_INT},
    {EDI_EXPR_ADD, EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL},
    {EDI_EXPR_SUB, EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL},
    {EDI_EXPR_MUL, EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL},
    {EDI_EXPR_ADD, EDI_TYPE_TIMESTAMP, EDI_TYPE_DURATION, EDI_TYPE_TIMESTAMP},
    {EDI_EXPR_SUB, EDI_TYPE_TIMESTAMP, EDI_TYPE_DURATION, EDI_TYPE_TIMESTAMP},
    {EDI_EXPR_ADD, EDI_TYPE_DATE, EDI_TYPE_DURATION, EDI_TYPE_DATE},
    {EDI_EXPR_SUB, EDI_TYPE_DATE, EDI_TYPE_DURATION, EDI_TYPE_DATE},
    {EDI_EXPR_ADD, EDI_TYPE_DURATION, EDI_TYPE_DURATION, EDI_TYPE_DURATION},
    {EDI_EXPR_SUB, EDI_TYPE_DURATION, EDI_TYPE_DURATION, EDI_TYPE_DURATION},
    {EDI_EXPR_SUB, EDI_TYPE_TIMESTAMP, EDI_TYPE_TIMESTAMP, EDI_TYPE_DURATION},
};

static void report_sum(edi_checker *checker, const edi_expr *expr) {
  const edi_expr *left = expr->operands[0], *right = expr->operands[1];
  edi_type a = left->type, b = right->type;
  bool turned = expr->kind == EDI_EXPR_ADD && a == EDI_TYPE_DURATION && (b == EDI_TYPE_TIMESTAMP || b == EDI_TYPE_DATE);
  bool text = expr->kind == EDI_EXPR_ADD && a == EDI_TYPE_STRING;
  if (!turned && !text && a != b && expr->kind != EDI_EXPR_MUL) {
    report_pair(checker, expr, expr->kind == EDI_EXPR_ADD ? "added to" : "reduced by");
    return;
  }
  edi_finding *finding = EDI_REPORT(checker, EDI_E0210, edi_expr_op_span(expr), sides(checker, expr),
                                    "`%s` does not take these", edi_expr_kind_name(expr->kind));
  if (turned) edi_finding_fix(finding, false, "write the duration on the right");
  if (expr->kind == EDI_EXPR_MUL) edi_finding_why(finding, "only two ints or two decimals are multiplied");
  if (text) edi_finding_why(finding, "texts are compared, never put together");
}

/* A date has no hours to add. */
static void check_whole_days(edi_checker *checker, const edi_expr *expr) {
  const edi_expr *right = expr->operands[1];
  if (right->kind != EDI_EXPR_DURATION || right->duration.micros % EDI_DAY_MICROS == 0) return;
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0210, right->span, "a part of a day", "a date is moved by whole days or months");
  edi_finding_fix(finding, false, "use days, or a timestamp on the left");
}

static edi_type check_sum(edi_checker *checker, edi_expr *expr, edi_type hint) {
  edi_type outer = EDI_TYPE_BASE(hint) == EDI_TYPE_DECIMAL ? EDI_TYPE_DECIMAL : EDI_TYPE_NONE;
  if (!check_pair(checker, expr, SAME, outer)) return EDI_TYPE_NONE;
  edi_type left = expr->operands[0]->type, right = expr->operands[1]->type;
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
    if (sums[i].kind != expr->kind || sums[i].left != left || sums[i].right != right) continue;
    if (left == EDI_TYPE_DATE) check_whole_days(checker, expr);
    return sums[i].result;
  }
  report_sum(checker, expr);
  return EDI_TYPE_NONE;
}

/* ---- texts, times, addresses ---- */

static edi_type check_texts(edi_checker *checker, edi_expr *expr) {
  if (!check_pair(checker, expr, SAME, EDI_TYPE_STRING)) return EDI_TYPE_BOOL;
  for (size_t i = 0; i < 2; i++) {
    const edi_expr *side = expr->operands[i];
    if (side->type == EDI_TYPE_STRING) continue;
    edi_finding *finding = report_operand(
        checker, side, edi_checker_text(checker, "both sides of `%s` are texts", edi_expr_kind_name(expr->kind)));
    if (expr->kind == EDI_EXPR_CONTAINS && EDI_TYPE_IS_SET(side->type))
      edi_finding_fix(finding, false, "%s has %s", edi_checker_written(checker, side), edi_checker_written(checker, expr->operands[1]));
    return EDI_TYPE_BOOL;
  }
  return EDI_TYPE_BOOL;
}

static const struct {
  edi_expr_kind kind;
  edi_type operand, result;
  const char *message;
} functions[] = {
    {EDI_EXPR_LOWER, EDI_TYPE_STRING, EDI_TYPE_STRING, "`lower` takes a text"},
    {EDI_EXPR_LENGTH, EDI_TYPE_STRING, EDI_TYPE_INT, "`length` takes a text"},
    {EDI_EXPR_MATCHES, EDI_TYPE_STRING, EDI_TYPE_BOOL, "`matches` looks at a text"},
    {EDI_EXPR_IN_CIDR, EDI_TYPE_IP, EDI_TYPE_BOOL, "`in cidr` looks at an address"},
    {EDI_EXPR_WEEKDAY, EDI_TYPE_TIMESTAMP, EDI_TYPE_INT, "`weekday` takes a timestamp"},
    {EDI_EXPR_TIME_OF_DAY, EDI_TYPE_TIMESTAMP, EDI_TYPE_DURATION, "`time-of-day` takes a timestamp"},
};

static edi_type check_function(edi_checker *checker, edi_expr *expr) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    if (functions[i].kind != expr->kind) continue;
    edi_type type = edi_check_expr(checker, expr->operands[0], functions[i].operand);
    if (type != EDI_TYPE_NONE && type != functions[i].operand)
      report_operand(checker, expr->operands[0], functions[i].message);
    return functions[i].result;
  }
  return EDI_TYPE_NONE;
}

static edi_type check_matches(edi_checker *checker, edi_expr *expr) {
  edi_pattern *pattern = edi_check_pattern(checker, expr->text, expr->span, EDI_PATTERN_CONDITION);
  edi_pattern_destroy(pattern);
  return check_function(checker, expr);
}

static edi_type check_cidr(edi_checker *checker, edi_expr *expr) {
  unsigned char address[16];
  unsigned prefix;
  if (!edi_cidr_parse(expr->text, address, &prefix)) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0226, expr->span, "", "this is not a block of addresses");
    edi_finding_note(finding, "a block is written as its first address and a length: \"10.0.0.0/8\", "
                              "\"2001:db8::/32\"");
  }
  return check_function(checker, expr);
}

/* ---- truth ---- */

/* `subject.roles has a or b`: what the last question before asks, of another name. False: it is no such name. */
static bool report_short(edi_checker *checker, const edi_expr *before, const edi_expr *name) {
  while (before->kind == EDI_EXPR_OR || before->kind == EDI_EXPR_AND) before = before->operands[1];
  bool asks = before->kind == EDI_EXPR_HAS || before->kind == EDI_EXPR_IS || before->kind == EDI_EXPR_EQ || before->kind == EDI_EXPR_IS_NOT ||
              before->kind == EDI_EXPR_NE;
  if (name->kind != EDI_EXPR_NAME || edi_expand_is(checker, name->text) || !asks || before->operands[1]->kind != EDI_EXPR_NODE) return false;
  if (edi_model_node(checker->model, EDI_TYPE_PARAM(before->operands[1]->type), name->text) == EDI_NONE) return false;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0213, name->span, "of what?", "a condition is true or false, and `%.*s` is neither", EDI_STR_ARG(name->text));
  edi_finding_why(finding, "`and` and `or` join whole conditions");
  edi_finding_fix(finding, false, "%s %s %.*s", edi_checker_written(checker, before->operands[0]), edi_expr_kind_name(before->kind), EDI_STR_ARG(name->text));
  edi_finding_edit_fix(finding);
  return true;
}

static edi_type check_truth(edi_checker *checker, edi_expr *expr) {
  for (size_t i = 0; i < expr->operand_count; i++)
    if (i == 0 || !report_short(checker, expr->operands[0], expr->operands[i])) edi_check_condition(checker, expr->operands[i], NULL);
  return EDI_TYPE_BOOL;
}

void edi_check_condition(edi_checker *checker, edi_expr *expr, const edi_place *place) {
  const edi_place *before = checker->place;
  if (place) checker->place = place;
  edi_type type = edi_check_expr(checker, expr, EDI_TYPE_BOOL);
  checker->place = before;
  if (type == EDI_TYPE_NONE || type == EDI_TYPE_BOOL) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0213, expr->span, edi_checker_a_type(checker, type),
                                    "a condition is true or false, and this is neither");
  edi_finding_definition(checker, finding, expr);
  if (expr->kind == EDI_EXPR_ATTR) edi_finding_fix(finding, false, "%s is set", edi_checker_written(checker, expr));
}

/* ---- every kind ---- */

static edi_type check_kind(edi_checker *checker, edi_expr *expr, edi_type hint) {
  switch (expr->kind) {
    case EDI_EXPR_BOOL:
    case EDI_EXPR_INT:
    case EDI_EXPR_DECIMAL:
    case EDI_EXPR_STRING:
    case EDI_EXPR_DATE:
    case EDI_EXPR_TIMESTAMP:
    case EDI_EXPR_DURATION:
    case EDI_EXPR_LIST:
    case EDI_EXPR_NAME:
    case EDI_EXPR_NODE:
    case EDI_EXPR_LEVEL:
    case EDI_EXPR_ATTR:
    case EDI_EXPR_ROW_TAG:
    case EDI_EXPR_ROW_COLUMN: return edi_check_leaf(checker, expr, hint);
    case EDI_EXPR_AND:
    case EDI_EXPR_OR:
    case EDI_EXPR_NOT: return check_truth(checker, expr);
    case EDI_EXPR_EQ:
    case EDI_EXPR_NE:
    case EDI_EXPR_LT:
    case EDI_EXPR_LE:
    case EDI_EXPR_GT:
    case EDI_EXPR_GE: return check_compare(checker, expr);
    case EDI_EXPR_IS:
    case EDI_EXPR_IS_NOT: return check_is(checker, expr);
    case EDI_EXPR_IS_SET: return check_is_set(checker, expr);
    case EDI_EXPR_IN:
    case EDI_EXPR_NOT_IN: return check_in(checker, expr);
    case EDI_EXPR_HAS: return check_has(checker, expr);
    case EDI_EXPR_OVERLAPS:
    case EDI_EXPR_COVERS: return check_sets(checker, expr);
    case EDI_EXPR_ADD:
    case EDI_EXPR_SUB:
    case EDI_EXPR_MUL: return check_sum(checker, expr, hint);
    case EDI_EXPR_STARTS:
    case EDI_EXPR_ENDS:
    case EDI_EXPR_CONTAINS: return check_texts(checker, expr);
    case EDI_EXPR_LOWER:
    case EDI_EXPR_LENGTH:
    case EDI_EXPR_WEEKDAY:
    case EDI_EXPR_TIME_OF_DAY: return check_function(checker, expr);
    case EDI_EXPR_MATCHES: return check_matches(checker, expr);
    case EDI_EXPR_IN_CIDR: return check_cidr(checker, expr);
    case EDI_EXPR_IN_TABLE:
    case EDI_EXPR_TABLE_VALUE: return edi_check_table(checker, expr);
    case EDI_EXPR_RESOURCE: return expr->type; /* resolved before */
    case EDI_EXPR_CALL: return edi_expand_call(checker, expr, hint);
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
    case EDI_EXPR_NAMED:
    case EDI_EXPR_IN_DOMAIN:
    case EDI_EXPR_CLASSIFIED: return edi_check_atom(checker, expr);
    case EDI_EXPR_COUNT: break;
  }
  return EDI_TYPE_NONE;
}

/* What the parser bounded can be higher once definitions stand in it. */
static edi_type too_high(edi_checker *checker, edi_expr *expr) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0703, expr->span, "one level too many", "nested too deeply");
  edi_finding_note(finding, "at most %d levels, those of definitions among them", EDI_LIMIT_EXPRESSION_DEPTH);
  expr->height = 1; /* said once: what stands above is not too high as well */
  return EDI_TYPE_NONE;
}

static edi_type measure(edi_checker *checker, edi_expr *expr) {
  expr->height = 1;
  for (size_t i = 0; i < expr->operand_count; i++)
    if (expr->operands[i]->height >= expr->height) expr->height = (uint8_t)(expr->operands[i]->height + 1);
  return expr->height > EDI_LIMIT_EXPRESSION_DEPTH ? too_high(checker, expr) : expr->type;
}

edi_type edi_check_expr(edi_checker *checker, edi_expr *expr, edi_type hint) {
  if (expr->fixed) return expr->type;
  if (checker->level == 0) checker->expanded = checker->outgrown = 0;
  if (checker->level > EDI_LIMIT_EXPRESSION_DEPTH) return expr->type = too_high(checker, expr);
  checker->level++;
  expr->type = check_kind(checker, expr, hint);
  checker->level--;
  return expr->type = measure(checker, expr);
}
