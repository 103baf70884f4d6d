/* Expressions: and, or, not, comparisons, sums. Operands and target atoms are in parse_operand.c.
 *
 * In: tokens. Out: trees whose height is at most EDI_LIMIT_EXPRESSION_DEPTH. `and` and `or` are
 * associative in three-valued logic, so a long chain becomes a balanced tree; sums are checked for
 * overflow step by step and lean to the left. Precedence, loosest first: or, and, not, comparison
 * (does not chain), + -, *. */
#include "policy/parser.h"

#include <stdio.h>

/* ---- sums ---- */

static void check_blanks(edi_parser *parser, const edi_token *operator) {
  if (operator->spaced && parser->token.spaced) return;
  edi_str sign = edi_parser_text(parser, operator->span);
  edi_finding *finding = edi_parser_error(parser, EDI_E0111, operator->span, "",
                                          "blanks stand around `%.*s`", EDI_STR_ARG(sign));
  if (operator->kind == EDI_TOKEN_MINUS)
    edi_finding_why(finding, "within a word, a `-` belongs to the word");
  char apart[8];
  int length = snprintf(apart, sizeof apart, "%s%.*s%s", operator->spaced ? "" : " ", EDI_STR_ARG(sign), parser->token.spaced ? "" : " ");
  edi_finding_fix(finding, true, "write ` %.*s `", EDI_STR_ARG(sign));
  if (length > 0 && (size_t)length < sizeof apart) edi_finding_edit(finding, (edi_str){apart, (size_t)length});
}

static edi_expr_kind sum_kind(edi_token_kind kind) {
  return kind == EDI_TOKEN_PLUS    ? EDI_EXPR_ADD
         : kind == EDI_TOKEN_MINUS ? EDI_EXPR_SUB
                                   : EDI_EXPR_MUL;
}

/*   product = operand { "*" operand } ; */
static edi_expr *parse_product(edi_parser *parser) {
  edi_expr *left = edi_parse_operand(parser);
  while (left && edi_parser_at(parser, EDI_TOKEN_STAR)) {
    edi_token operator= parser->token;
    edi_parser_advance(parser);
    check_blanks(parser, &operator);
    left = edi_parser_binary(parser, EDI_EXPR_MUL, operator.span, left, edi_parse_operand(parser));
  }
  return left;
}

/*   sum = product { ( "+" | "-" ) product } ;
 *
 * A sign needs blanks on both sides: `a-b` is one word. */
static edi_expr *parse_sum(edi_parser *parser) {
  edi_expr *left = parse_product(parser);
  while (left &&
         (edi_parser_at(parser, EDI_TOKEN_PLUS) || edi_parser_at(parser, EDI_TOKEN_MINUS))) {
    edi_token operator= parser->token;
    edi_parser_advance(parser);
    check_blanks(parser, &operator);
    left = edi_parser_binary(parser, sum_kind(operator.kind), operator.span, left,
                             parse_product(parser));
  }
  return left;
}

/* ---- comparisons ---- */

static const struct {
  edi_token_kind token;
  edi_word word;
  edi_expr_kind kind;
} comparisons[] = {
    {EDI_TOKEN_EQ, EDI_WORD_NONE, EDI_EXPR_EQ},
    {EDI_TOKEN_ASSIGN, EDI_WORD_NONE, EDI_EXPR_EQ}, /* with a message */
    {EDI_TOKEN_NE, EDI_WORD_NONE, EDI_EXPR_NE},
    {EDI_TOKEN_LT, EDI_WORD_NONE, EDI_EXPR_LT},
    {EDI_TOKEN_LE, EDI_WORD_NONE, EDI_EXPR_LE},
    {EDI_TOKEN_GT, EDI_WORD_NONE, EDI_EXPR_GT},
    {EDI_TOKEN_GE, EDI_WORD_NONE, EDI_EXPR_GE},
    {EDI_TOKEN_WORD, EDI_WORD_IS, EDI_EXPR_IS},
    {EDI_TOKEN_WORD, EDI_WORD_IN, EDI_EXPR_IN},
    {EDI_TOKEN_WORD, EDI_WORD_HAS, EDI_EXPR_HAS},
    {EDI_TOKEN_WORD, EDI_WORD_OVERLAPS, EDI_EXPR_OVERLAPS},
    {EDI_TOKEN_WORD, EDI_WORD_COVERS, EDI_EXPR_COVERS},
    {EDI_TOKEN_WORD, EDI_WORD_STARTS_WITH, EDI_EXPR_STARTS},
    {EDI_TOKEN_WORD, EDI_WORD_ENDS_WITH, EDI_EXPR_ENDS},
    {EDI_TOKEN_WORD, EDI_WORD_CONTAINS, EDI_EXPR_CONTAINS},
    {EDI_TOKEN_WORD, EDI_WORD_MATCHES, EDI_EXPR_MATCHES},
};

/* The operator that is next; COUNT if there is none. `not in` is NOT_IN. */
static edi_expr_kind comparison_ahead(edi_parser *parser) {
  if (edi_parser_at_word(parser, EDI_WORD_NOT))
    return edi_parser_peek(parser)->word == EDI_WORD_IN ? EDI_EXPR_NOT_IN : EDI_EXPR_COUNT;
  for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
    if (parser->token.kind == comparisons[i].token && parser->token.word == comparisons[i].word)
      return comparisons[i].kind;
  return EDI_EXPR_COUNT;
}

/* On more lines there may be a comment in it. */
static void fix_not_set(edi_finding *finding, edi_str subject, bool whole) {
  edi_buf text;
  edi_buf_init(&text, NULL, 1 << 16);
  edi_buf_format(&text, "not %.*s is set", EDI_STR_ARG(subject));
  edi_finding_fix(finding, whole, "%.*s", (int)text.len, text.ptr ? text.ptr : "");
  if (whole && text.failed == EDICT_OK) edi_finding_edit(finding, (edi_str){text.ptr, text.len});
  edi_buf_fini(&text);
}

/*   is-rest = "is" ( "set" | [ "not" ] sum ) ; */
static edi_expr *parse_is(edi_parser *parser, edi_expr *left, edi_span op) {
  if (edi_parser_accept_word(parser, EDI_WORD_SET)) {
    op = edi_parser_from(parser, op);
    return edi_parser_unary(parser, EDI_EXPR_IS_SET, edi_parser_from(parser, left->span), op, left);
  }
  if (!edi_parser_accept_word(parser, EDI_WORD_NOT))
    return edi_parser_binary(parser, EDI_EXPR_IS, op, left, parse_sum(parser));
  op = edi_parser_from(parser, op);
  if (!edi_parser_at_word(parser, EDI_WORD_SET))
    return edi_parser_binary(parser, EDI_EXPR_IS_NOT, op, left, parse_sum(parser));
  edi_parser_advance(parser);
  edi_str subject = edi_parser_text(parser, left->span);
  edi_finding *finding = edi_parser_error(parser, EDI_E0160, edi_parser_from(parser, left->span), "",
                                          "`is not set` is not a form of the language");
  fix_not_set(finding, subject, edi_parser_on_a_line(parser, edi_parser_from(parser, left->span)));
  edi_span span = edi_parser_from(parser, left->span);
  edi_expr *test = edi_parser_unary(parser, EDI_EXPR_IS_SET, span, op, left);
  return test ? edi_parser_unary(parser, EDI_EXPR_NOT, span, op, test) : NULL;
}

/*   in-rest = [ "not" ] "in" ( "cidr" "(" string ")" | sum ) ;
 *
 * `x not in cidr(...)` is the negation of a test that has no negative form of its own. */
static edi_expr *parse_in(edi_parser *parser, edi_expr *left, bool negative, edi_span op) {
  if (!edi_parser_at_word(parser, EDI_WORD_CIDR) ||
      edi_parser_peek(parser)->kind != EDI_TOKEN_PAREN_OPEN)
    return edi_parser_binary(parser, negative ? EDI_EXPR_NOT_IN : EDI_EXPR_IN, op, left,
                             parse_sum(parser));
  edi_str block = {NULL, 0};
  edi_parser_advance(parser);
  edi_span open = parser->token.span;
  edi_parser_advance(parser);
  if (!edi_parser_string(parser, "in `cidr(...)`", &block, NULL) ||
      !edi_parser_close(parser, EDI_TOKEN_PAREN_CLOSE, open))
    return NULL;
  edi_span span = edi_parser_from(parser, left->span);
  edi_expr *test = edi_parser_unary(parser, EDI_EXPR_IN_CIDR, span, op, left);
  if (test) test->text = block;
  return test && negative ? edi_parser_unary(parser, EDI_EXPR_NOT, span, op, test) : test;
}

/*   table-rest = [ "not" ] "in" name ;
 *   keys = "(" sum "," sum { "," sum } ")" ;     of a table; a key of another form stands in parentheses */
static edi_expr *parse_in_table(edi_parser *parser, edi_expr *keys, bool negative, edi_span op) {
  edi_name table;
  if (!edi_parser_name(parser, "the name of a table", &table)) return NULL;
  keys->text = table.text;
  edi_expr_set_op(keys, op);
  keys->span = edi_parser_from(parser, keys->span);
  if (!edi_parser_value_name(parser, keys, table)) return NULL;
  return negative ? edi_parser_unary(parser, EDI_EXPR_NOT, keys->span, op, keys) : keys;
}

/*   match-rest = "matches" pattern ; */
static edi_expr *parse_matches(edi_parser *parser, edi_expr *left, edi_span op) {
  if (!edi_parser_at(parser, EDI_TOKEN_SLASH)) {
    edi_parser_unexpected(parser, EDI_E0158, "a pattern such as /[a-z]+/ after `matches`");
    return NULL;
  }
  edi_lexer_pattern(&parser->lexer, &parser->token);
  edi_str pattern = parser->token.text;
  edi_parser_advance(parser);
  edi_expr *match =
      edi_parser_unary(parser, EDI_EXPR_MATCHES, edi_parser_from(parser, left->span), op, left);
  if (match) match->text = pattern;
  return match;
}

static edi_expr *parse_right(edi_parser *parser, edi_expr *left, edi_expr_kind kind, edi_span op) {
  bool keys = left->kind == EDI_EXPR_IN_TABLE && !left->text.ptr;
  bool negative = kind == EDI_EXPR_NOT_IN;
  if (keys) return parse_in_table(parser, left, negative, op);
  if (kind == EDI_EXPR_IS) return parse_is(parser, left, op);
  if (kind == EDI_EXPR_IN || negative) return parse_in(parser, left, negative, op);
  if (kind == EDI_EXPR_MATCHES) return parse_matches(parser, left, op);
  return edi_parser_binary(parser, kind, op, left, parse_sum(parser));
}

static void report_assign(edi_parser *parser) {
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0153, parser->token.span, "", "`=` does not compare");
  edi_finding_write(finding, true, EDI_STR("=="));
}

static void report_chain(edi_parser *parser, edi_span first) {
  edi_finding *finding = edi_parser_error(parser, EDI_E0151, parser->token.span,
                                          "a second comparison", "comparisons do not chain");
  edi_finding_label(finding, first, "the first one");
  edi_finding_fix(finding, false, "join two comparisons with `and`");
}

/*   comparison = atom | keys table-rest | sum [ comparison-rest ] ;
 *   comparison-rest = ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "has" | "overlaps" | "covers"
 *                     | "starts-with" | "ends-with" | "contains" ) sum
 *                   | is-rest | in-rest | match-rest ; */
static edi_expr *parse_comparison(edi_parser *parser) {
  if (edi_parser_at(parser, EDI_TOKEN_WORD) &&
      edi_word_group_of(parser->token.word) == EDI_GROUP_ENTITY)
    return edi_parse_atom(parser);
  edi_expr *left = parse_sum(parser);
  edi_expr_kind kind = left ? comparison_ahead(parser) : EDI_EXPR_COUNT;
  if (kind == EDI_EXPR_COUNT) return left;
  edi_span op = parser->token.span;
  if (edi_parser_at(parser, EDI_TOKEN_ASSIGN)) report_assign(parser);
  edi_parser_advance(parser);
  if (kind == EDI_EXPR_NOT_IN) {
    edi_parser_advance(parser);
    op = edi_parser_from(parser, op);
  }
  edi_expr *test = parse_right(parser, left, kind, op);
  if (!test || comparison_ahead(parser) == EDI_EXPR_COUNT) return test;
  report_chain(parser, op);
  return NULL;
}

/* ---- and, or, not ---- */

/*   negation = "not" negation | comparison ; */
static edi_expr *parse_negation(edi_parser *parser) {
  if (!edi_parser_at_word(parser, EDI_WORD_NOT)) return parse_comparison(parser);
  edi_span op = parser->token.span;
  edi_parser_advance(parser);
  if (!edi_parser_enter(parser)) return NULL;
  edi_expr *operand = parse_negation(parser);
  edi_parser_leave(parser);
  if (!operand) return NULL;
  return edi_parser_unary(parser, EDI_EXPR_NOT, edi_parser_from(parser, op), op, operand);
}

/* The operands of a chain, and the operators between them. One alone, as most are, needs no lists, and few take no
 * memory: nobody needs the lists any more once there is a tree. */
enum { FEW = 8 };
typedef struct chain {
  edi_expr *alone;
  edi_expr **items, *few[FEW];
  edi_span *ops, few_ops[FEW];
  size_t count, capacity, op_count, op_capacity;
} chain;

static void begin_chain(chain *list) {
  list->alone = NULL;
  list->items = list->few;
  list->ops = list->few_ops;
  list->count = list->op_count = 0;
  list->capacity = list->op_capacity = FEW;
}

/* Takes the operand and the operator that follows it; whether one did, and another operand has to come. */
static bool take_operand(edi_parser *parser, chain *list, edi_expr *operand, edi_word word) {
  bool goes_on = edi_parser_at_word(parser, word);
  if (list->count == 0 && !goes_on) {
    list->alone = operand;
    list->count = 1;
    return false;
  }
  EDI_PUSH(parser, list->items, list->count, list->capacity, edi_expr *, operand);
  if (!goes_on) return false;
  EDI_PUSH(parser, list->ops, list->op_count, list->op_capacity, edi_span, parser->token.span);
  edi_parser_advance(parser);
  return true;
}

/* A balanced tree of the operands from `first` up to `end`. */
static edi_expr *fold(edi_parser *parser, edi_expr_kind kind, const chain *list, size_t first,
                      size_t end) {
  if (list->alone) return list->alone;
  if (end - first == 1) return list->items[first];
  size_t middle = first + (end - first + 1) / 2;
  edi_expr *left = fold(parser, kind, list, first, middle);
  edi_expr *right = fold(parser, kind, list, middle, end);
  return left ? edi_parser_binary(parser, kind, list->ops[middle - 1], left, right) : NULL;
}

/*   conjunction = negation { "and" negation } ; */
static edi_expr *parse_conjunction(edi_parser *parser, edi_span *mixed) {
  chain list;
  edi_expr *operand;
  begin_chain(&list);
  do {
    operand = parse_negation(parser);
    if (!operand) return NULL;
  } while (take_operand(parser, &list, operand, EDI_WORD_AND));
  if (parser->lexer.failed) return NULL;
  if (list.count > 1 && mixed->begin == mixed->end) *mixed = list.ops[0];
  return fold(parser, EDI_EXPR_AND, &list, 0, list.count);
}

static void report_mixed(edi_parser *parser, edi_span conjunction, edi_span disjunction) {
  edi_finding *finding = edi_parser_error(parser, EDI_E0150, disjunction, "and here with `or`",
                                          "`and` and `or` stand together without parentheses");
  edi_finding_label(finding, conjunction, "joined with `and`");
  edi_finding_why(finding, "people disagree about which of the two binds first");
  edi_finding_fix(finding, false,
                  "put what belongs together in parentheses: (a and b) or c, a and (b or c)");
}

/* Whether parentheses match around what was read; if not, that is the mistake to report. */
static bool is_whole(const edi_parser *parser) {
  bool closes = edi_parser_at(parser, EDI_TOKEN_PAREN_CLOSE);
  return parser->parens > 0 ? closes || edi_parser_at(parser, EDI_TOKEN_COMMA) : !closes;
}

static edi_expr *parse_disjunction(edi_parser *parser) {
  chain list;
  edi_span mixed = {0, 0, 0};
  edi_expr *operand;
  begin_chain(&list);
  do {
    operand = parse_conjunction(parser, &mixed);
    if (!operand) return NULL;
  } while (take_operand(parser, &list, operand, EDI_WORD_OR));
  if (parser->lexer.failed) return NULL;
  if (list.count > 1 && mixed.begin != mixed.end && is_whole(parser))
    report_mixed(parser, mixed, list.ops[0]);
  return fold(parser, EDI_EXPR_OR, &list, 0, list.count);
}

/*   expression = conjunction | negation "or" negation { "or" negation } ;
 *
 * Where there is an `or`, a conjunction of several parts stands in parentheses. */
edi_expr *edi_parse_expression(edi_parser *parser) {
  if (!edi_parser_enter(parser)) return NULL;
  edi_expr *expr = parse_disjunction(parser);
  edi_parser_leave(parser);
  return expr;
}

/*   arguments = expression { "," expression } ;     within parentheses */
bool edi_parse_arguments(edi_parser *parser, edi_expr ***items, size_t *count, size_t *capacity) {
  bool whole = true;
  parser->parens++;
  do {
    edi_expr *argument = edi_parse_expression(parser);
    whole = argument != NULL;
    if (whole) EDI_PUSH(parser, *items, *count, *capacity, edi_expr *, argument);
  } while (whole && edi_parser_accept(parser, EDI_TOKEN_COMMA));
  parser->parens--;
  return whole && !parser->lexer.failed;
}
