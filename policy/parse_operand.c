/* Operands: literals, durations, lists, names, row[...], calls and parentheses; and how trees are
 * made.
 *
 * In: tokens. Out: expressions. Invariant: every tree knows its height, and none is higher than
 * EDI_LIMIT_EXPRESSION_DEPTH, so whoever walks one may recurse. Target atoms are in
 * parse_atom.c. */
#include "policy/parser.h"

/* ---- trees ---- */

/* Nodes are taken many at a time, so that each is as large as it is and no larger. */
static edi_expr *new_node(edi_parser *parser) {
  enum { NODES = 32 };
  if (parser->node_count == 0) {
    parser->nodes = edi_parser_alloc(parser, NODES * sizeof *parser->nodes);
    if (!parser->nodes) return NULL;
    parser->node_count = NODES;
  }
  parser->node_count--;
  return parser->nodes++;
}

edi_expr *edi_parser_expr(edi_parser *parser, edi_expr_kind kind, edi_span span, edi_span op_span,
                          edi_expr **operands, size_t count) {
  unsigned height = 0;
  for (size_t i = 0; i < count; i++)
    if (operands[i]->height > height) height = operands[i]->height;
  if (height >= EDI_LIMIT_EXPRESSION_DEPTH) {
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0703, op_span, "one step too many", "nested too deeply");
    edi_finding_note(finding, "at most %d levels, and as many steps in a sum",
                     EDI_LIMIT_EXPRESSION_DEPTH);
    return NULL;
  }
  edi_expr *expr = new_node(parser);
  if (!expr) return NULL;
  expr->kind = kind;
  expr->span = span;
  edi_expr_set_op(expr, op_span);
  if (count > 0 && count <= 2 && !edi_expr_has_text(kind)) operands = memcpy(expr->own, operands, count * sizeof *operands);
  expr->operands = operands;
  expr->operand_count = (uint32_t)count;
  expr->height = (uint8_t)(height + 1);
  expr->symbol = EDI_NONE;
  return expr;
}

bool edi_parser_value_name(edi_parser *parser, edi_expr *expr, edi_name name) {
  edi_expr_more *more = edi_parser_expr_more(parser, expr);
  if (!more) return false;
  more->value_name = name;
  return true;
}

edi_expr *edi_parser_unary(edi_parser *parser, edi_expr_kind kind, edi_span span, edi_span op_span,
                           edi_expr *operand) {
  edi_expr **operands = &operand;
  if (operand && edi_expr_has_text(kind)) {
    operands = edi_parser_alloc(parser, sizeof *operands);
    if (!operands) return NULL;
    operands[0] = operand;
  }
  return operand ? edi_parser_expr(parser, kind, span, op_span, operands, 1) : NULL;
}

edi_expr *edi_parser_binary(edi_parser *parser, edi_expr_kind kind, edi_span op_span,
                            edi_expr *left, edi_expr *right) {
  edi_expr *operands[] = {left, right};
  if (!left || !right) return NULL;
  edi_span span = edi_parser_span(parser, left->span.begin, right->span.end);
  return edi_parser_expr(parser, kind, span, op_span, operands, 2);
}

/* A leaf from the next token, which is consumed. */
static edi_expr *leaf(edi_parser *parser, edi_expr_kind kind) {
  edi_token token = parser->token;
  edi_parser_advance(parser);
  edi_expr *expr = edi_parser_expr(parser, kind, token.span, token.span, NULL, 0);
  if (!expr) return NULL;
  if (edi_expr_has_text(kind)) expr->text = token.text;
  else expr->integer = token.integer;
  return expr;
}

edi_expr *edi_parser_name_expr(edi_parser *parser, edi_name name) {
  edi_expr *expr = edi_parser_expr(parser, EDI_EXPR_NAME, name.span, name.span, NULL, 0);
  if (expr) expr->text = name.text;
  return expr;
}

/* ---- numbers and durations ---- */

static const struct {
  edi_word one, many;
  int64_t months, micros;
} units[] = {
    {EDI_WORD_YEAR, EDI_WORD_YEARS, 12, 0},
    {EDI_WORD_MONTH, EDI_WORD_MONTHS, 1, 0},
    {EDI_WORD_WEEK, EDI_WORD_WEEKS, 0, 7 * EDI_DAY_MICROS},
    {EDI_WORD_DAY, EDI_WORD_DAYS, 0, EDI_DAY_MICROS},
    {EDI_WORD_HOUR, EDI_WORD_HOURS, 0, EDI_DAY_MICROS / 24},
    {EDI_WORD_MINUTE, EDI_WORD_MINUTES, 0, EDI_DAY_MICROS / (24 * 60)},
    {EDI_WORD_SECOND, EDI_WORD_SECONDS, 0, EDI_DAY_MICROS / (24 * 60 * 60)},
};

static void report_range(edi_parser *parser, edi_span span) {
  edi_finding *finding = edi_parser_error(parser, EDI_E0107, span, "", "this number does not fit");
  edi_finding_note(
      finding,
      "an int has 64 bits; a decimal has them without its point, and at most 18 digits after it");
}

/* Counts down from zero, because there is one more negative number than positive ones. */
static bool read_int(edi_str digits, bool negative, int64_t *out) {
  int64_t value = 0;
  for (size_t i = 0; i < digits.len; i++) {
    int digit = digits.ptr[i] - '0';
    if (__builtin_mul_overflow(value, 10, &value)) return false;
    if (__builtin_sub_overflow(value, digit, &value)) return false;
  }
  if (!negative) return !__builtin_sub_overflow(0, value, out);
  *out = value;
  return true;
}

static edi_expr *make_duration(edi_parser *parser, edi_expr *number, edi_word word, bool sound) {
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (units[i].one != word && units[i].many != word) continue;
    int64_t count = number->integer;
    number->kind = EDI_EXPR_DURATION;
    number->duration = (edi_duration){0, 0};
    number->span = edi_parser_from(parser, number->span);
    if (sound && (__builtin_mul_overflow(count, units[i].months, &number->duration.months) ||
                  __builtin_mul_overflow(count, units[i].micros, &number->duration.micros)))
      report_range(parser, number->span);
  }
  return number;
}

/*   duration = integer unit ;
 *   unit = "year" | "years" | "month" | "months" | "week" | "weeks" | "day" | "days" | "hour"
 *        | "hours" | "minute" | "minutes" | "second" | "seconds" ;
 *
 * The unit is next, or a word that is nearly one. */
static edi_expr *parse_unit(edi_parser *parser, edi_expr *number, bool negative) {
  edi_token unit = parser->token;
  edi_word word = unit.word;
  bool known = edi_word_group_of(word) == EDI_GROUP_UNIT;
  if (!known) word = edi_word_near(unit.text, EDI_GROUP_UNIT);
  edi_parser_advance(parser);
  if (!known) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0154, unit.span, "",
                                            "`%.*s` is no unit of time", EDI_STR_ARG(unit.text));
    edi_finding_write(finding, false, edi_word_text(word));
  } else if (number->kind == EDI_EXPR_DECIMAL || negative) {
    edi_span span = edi_parser_from(parser, number->span);
    edi_finding *finding = edi_parser_error(
        parser, EDI_E0154, span, "", "a duration is a whole number of units, and not negative");
    if (!negative) edi_finding_fix(finding, false, "use a smaller unit: 18 months, 36 hours");
    known = false;
  }
  return make_duration(parser, number, word, known);
}

static bool at_unit(const edi_parser *parser) {
  const edi_token *token = &parser->token;
  if (token->kind != EDI_TOKEN_WORD) return false;
  if (edi_word_group_of(token->word) == EDI_GROUP_UNIT) return true;
  return !token->first && token->word == EDI_WORD_NONE &&
         edi_word_near(token->text, EDI_GROUP_UNIT) != EDI_WORD_NONE;
}

/*   number = [ "-" ] ( integer | decimal ) ;     no blank after the sign */
static edi_expr *parse_digits(edi_parser *parser, bool *sign) {
  edi_span first = parser->token.span;
  bool negative = edi_parser_accept(parser, EDI_TOKEN_MINUS);
  bool decimal = edi_parser_at(parser, EDI_TOKEN_DECIMAL);
  *sign = negative;
  edi_str text = parser->token.text;
  edi_expr *number = leaf(parser, decimal ? EDI_EXPR_DECIMAL : EDI_EXPR_INT);
  if (!number) return NULL;
  number->span = edi_parser_from(parser, first);
  edi_str whole = decimal && negative ? (edi_str){text.ptr - 1, text.len + 1} : text;
  bool fits = decimal ? edi_decimal_parse(whole, &number->decimal)
                      : read_int(text, negative, &number->integer);
  /* Leading zeros were reported, and are no decimal. */
  bool zeros = text.len > 1 && text.ptr[0] == '0' && text.ptr[1] != '.';
  if (!fits && !zeros) report_range(parser, number->span);
  return number;
}

static edi_expr *parse_number(edi_parser *parser) {
  bool negative;
  edi_expr *number = parse_digits(parser, &negative);
  return number && at_unit(parser) ? parse_unit(parser, number, negative) : number;
}

edi_expr *edi_parse_integer(edi_parser *parser) {
  bool negative;
  return parse_digits(parser, &negative);
}

static bool at_number(edi_parser *parser) {
  if (edi_parser_at(parser, EDI_TOKEN_INT) || edi_parser_at(parser, EDI_TOKEN_DECIMAL)) return true;
  if (!edi_parser_at(parser, EDI_TOKEN_MINUS)) return false;
  const edi_token *next = edi_parser_peek(parser);
  return (next->kind == EDI_TOKEN_INT || next->kind == EDI_TOKEN_DECIMAL) && !next->spaced;
}

/* ---- values ---- */

/*   scalar = string | number | duration | date | timestamp | "true" | "false" | value-name ; */
static edi_expr *parse_scalar(edi_parser *parser) {
  bool truth = edi_parser_at_word(parser, EDI_WORD_TRUE);
  if (edi_parser_at(parser, EDI_TOKEN_STRING)) return leaf(parser, EDI_EXPR_STRING);
  if (edi_parser_at(parser, EDI_TOKEN_DATE)) return leaf(parser, EDI_EXPR_DATE);
  if (edi_parser_at(parser, EDI_TOKEN_TIMESTAMP)) return leaf(parser, EDI_EXPR_TIMESTAMP);
  if (at_number(parser)) return parse_number(parser);
  if (truth || edi_parser_at_word(parser, EDI_WORD_FALSE)) {
    edi_expr *expr = leaf(parser, EDI_EXPR_BOOL);
    if (expr) expr->integer = truth;
    return expr;
  }
  if (!edi_parser_at(parser, EDI_TOKEN_WORD) || edi_parser_at_line_word(parser)) {
    edi_parser_unexpected(parser, EDI_E0152, "a value");
    return NULL;
  }
  return leaf(parser, EDI_EXPR_NAME);
}

static bool list_full(edi_parser *parser, size_t count) {
  if (count < EDI_LIMIT_SET_MEMBERS) return false;
  edi_finding *finding = edi_parser_error(parser, EDI_E0707, parser->token.span, "one too many",
                                          "a list with too many members");
  edi_finding_note(finding, "a list has at most %d members; a table holds more",
                   EDI_LIMIT_SET_MEMBERS);
  return true;
}

/*   list = "[" [ scalar { "," scalar } ] "]" ; */
static edi_expr *parse_list(edi_parser *parser) {
  edi_span open = parser->token.span;
  edi_expr **items = NULL;
  size_t count = 0, capacity = 0;
  edi_parser_advance(parser);
  if (!edi_parser_at(parser, EDI_TOKEN_BRACKET_CLOSE)) {
    do {
      if (list_full(parser, count)) {
        edi_parser_skip_brackets(parser);
        return NULL;
      }
      edi_expr *item = parse_scalar(parser);
      if (!item) return NULL;
      EDI_PUSH(parser, items, count, capacity, edi_expr *, item);
    } while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
  }
  if (!edi_parser_close(parser, EDI_TOKEN_BRACKET_CLOSE, open)) return NULL;
  return edi_parser_expr(parser, EDI_EXPR_LIST, edi_parser_from(parser, open), open, items, count);
}

/*   value = scalar | list ; */
edi_expr *edi_parse_value(edi_parser *parser) {
  return edi_parser_at(parser, EDI_TOKEN_BRACKET_OPEN) ? parse_list(parser) : parse_scalar(parser);
}

/* ---- what is read: names, rows, tables ---- */

/*   row = "row" "[" name "]" | "row." name ; */
edi_expr *edi_parse_row(edi_parser *parser) {
  edi_span first = parser->token.span;
  edi_str text = parser->token.text;
  if (text.len > 4) { /* row.column is one word */
    edi_expr *cell = leaf(parser, EDI_EXPR_ROW_COLUMN);
    if (cell) cell->text = (edi_str){text.ptr + 4, text.len - 4};
    return cell;
  }
  edi_parser_advance(parser);
  edi_span open = parser->token.span;
  edi_name tag;
  if (!edi_parser_accept(parser, EDI_TOKEN_BRACKET_OPEN)) {
    edi_parser_unexpected(parser, EDI_E0163, "`row[TAG]` or `row.COLUMN`");
    return NULL;
  }
  if (!edi_parser_name(parser, "the tag of a column", &tag) ||
      !edi_parser_close(parser, EDI_TOKEN_BRACKET_CLOSE, open))
    return NULL;
  edi_expr *cell =
      edi_parser_expr(parser, EDI_EXPR_ROW_TAG, edi_parser_from(parser, first), tag.span, NULL, 0);
  if (cell) cell->text = tag.text;
  return cell;
}

static const struct {
  edi_word word;
  edi_expr_kind kind;
} functions[] = {
    {EDI_WORD_LOWER, EDI_EXPR_LOWER},
    {EDI_WORD_LENGTH, EDI_EXPR_LENGTH},
    {EDI_WORD_WEEKDAY, EDI_EXPR_WEEKDAY},
    {EDI_WORD_TIME_OF_DAY, EDI_EXPR_TIME_OF_DAY},
};

static edi_expr_kind function_of(edi_str name) {
  edi_word word = edi_word_find(name);
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (functions[i].word == word) return functions[i].kind;
  return EDI_EXPR_COUNT;
}

/* `cidr` belongs to `in`; a function takes one value. */
static bool check_function(edi_parser *parser, edi_name name, edi_expr_kind kind, edi_span open,
                           size_t count) {
  if (edi_str_equal(name.text, EDI_STR("cidr"))) {
    edi_parser_error(parser, EDI_E0159, name.span, "", "`cidr(...)` stands only after `in`");
    return false;
  }
  if (kind == EDI_EXPR_COUNT || count == 1) return true;
  edi_parser_error(parser, EDI_E0159, edi_parser_from(parser, open), "", "`%.*s` takes one value",
                   EDI_STR_ARG(name.text));
  return false;
}

/* A value of a table has a column after its keys; without one it is a definition that is asked. */
static edi_expr *finish_call(edi_parser *parser, edi_name name, edi_expr **items, size_t count) {
  edi_name column = {{NULL, 0}, EDI_SPAN_NONE};
  bool value = count > 0 && edi_parser_accept(parser, EDI_TOKEN_DOT);
  if (value && !edi_parser_plain_name(parser, "a column of a table", &column)) return NULL;
  edi_expr *call = edi_parser_expr(parser, value ? EDI_EXPR_TABLE_VALUE : EDI_EXPR_CALL,
                                   edi_parser_from(parser, name.span), name.span, items, count);
  if (!call) return NULL;
  call->text = name.text;
  return !value || edi_parser_value_name(parser, call, column) ? call : NULL;
}

/*   use = value-name "(" [ arguments ] ")" ;
 *   call = ( "lower" | "length" | "weekday" | "time-of-day" ) "(" expression ")"
 *        | value-name "(" arguments ")" "." word
 *        | use ;
 *
 * The second is a value of a table, the third a definition. */
static edi_expr *parse_call(edi_parser *parser, edi_name name) {
  edi_expr **items = NULL;
  size_t count = 0, capacity = 0;
  edi_span open = parser->token.span;
  edi_expr_kind kind = function_of(name.text);
  edi_parser_advance(parser);
  bool none = edi_parser_at(parser, EDI_TOKEN_PAREN_CLOSE), outer = parser->in_call;
  parser->in_call = true;
  bool whole = none || edi_parse_arguments(parser, &items, &count, &capacity);
  parser->in_call = outer;
  if (!whole ||
      !edi_parser_close(parser, EDI_TOKEN_PAREN_CLOSE, open) ||
      !check_function(parser, name, kind, open, count))
    return NULL;
  if (kind == EDI_EXPR_COUNT) return finish_call(parser, name, items, count);
  return edi_parser_expr(parser, kind, edi_parser_from(parser, name.span), name.span, items, count);
}

/* ---- words ---- */

static bool at_quantifier(edi_parser *parser) {
  static const char *const quantifiers[] = {"any",  "all",    "every", "some",
                                            "each", "exists", "forall"};
  bool found = false;
  for (size_t i = 0; i < sizeof quantifiers / sizeof *quantifiers; i++)
    found = found || edi_str_equal(parser->token.text, edi_str_from(quantifiers[i]));
  if (!found) return false;
  const edi_token *next = edi_parser_peek(parser);
  edi_word_group group = edi_word_group_of(next->word);
  return next->kind == EDI_TOKEN_PAREN_OPEN ||
         (next->kind == EDI_TOKEN_WORD && !next->first &&
          (group == EDI_GROUP_NONE || group == EDI_GROUP_PLAIN || group == EDI_GROUP_ENTITY));
}

/* Words that cannot begin an operand. */
static bool refuse_word(edi_parser *parser) {
  const edi_token *token = &parser->token;
  edi_word_group group = edi_word_group_of(token->word);
  bool reserved = group == EDI_GROUP_OPERATOR || group == EDI_GROUP_CLOSER ||
                  group == EDI_GROUP_CLAUSE || group == EDI_GROUP_ENTITY;
  if (token->first && (reserved || edi_parser_at_line_word(parser)))
    return !edi_parser_unexpected(parser, EDI_E0152, "a value");
  if (reserved || edi_parser_at_line_word(parser)) {
    char shown[EDI_SHOWN_MOST];
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0152, token->span, "", "expected a value, found %s",
                         edi_parser_shown(token, shown));
    if (group == EDI_GROUP_ENTITY)
      edi_finding_note(finding, "an attribute is written `%.*s.NAME`", EDI_STR_ARG(token->text));
    else
      edi_finding_note(finding, "a node of that name is written `KIND.%.*s`",
                       EDI_STR_ARG(token->text));
    return true;
  }
  if (!at_quantifier(parser)) return false;
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0702, token->span, "",
                       "quantifiers are not in the first version of the language");
  edi_finding_fix(finding, false, "ask a set with `has`, `overlaps` or `covers`");
  return true;
}

static bool at_atom(const edi_parser *parser) {
  edi_word word = parser->token.kind == EDI_TOKEN_WORD ? parser->token.word : EDI_WORD_NONE;
  return word == EDI_WORD_TAGGED || word == EDI_WORD_HOLDING || word == EDI_WORD_NAMED || word == EDI_WORD_CLASSIFIED;
}

static edi_expr *parse_word(edi_parser *parser) {
  edi_str text = parser->token.text;
  if (edi_parser_at_word(parser, EDI_WORD_TRUE) || edi_parser_at_word(parser, EDI_WORD_FALSE))
    return parse_scalar(parser);
  if (edi_parser_at_word(parser, EDI_WORD_ROW) || edi_str_starts(text, EDI_STR("row.")))
    return edi_parse_row(parser);
  if (refuse_word(parser)) return NULL;
  edi_token token = parser->token;
  edi_name name = {text, token.span};
  edi_parser_advance(parser);
  if (edi_parser_at(parser, EDI_TOKEN_PAREN_OPEN)) return parse_call(parser, name);
  if (at_atom(parser)) return edi_parse_resource_atom(parser, &token);
  return edi_parser_name_expr(parser, name);
}

/* ---- operands ---- */

static bool at_membership(edi_parser *parser) {
  if (edi_parser_at_word(parser, EDI_WORD_IN)) return true;
  return edi_parser_at_word(parser, EDI_WORD_NOT) && edi_parser_peek(parser)->word == EDI_WORD_IN;
}

/*   parentheses = "(" expression ")" ;     or `keys`, if a comma follows
 *
 * Keys are an IN_TABLE whose table is not known yet: the comparison completes it. */
static edi_expr *parse_parentheses(edi_parser *parser) {
  edi_span open = parser->token.span;
  edi_expr **items = NULL;
  size_t count = 0, capacity = 0;
  edi_parser_advance(parser);
  bool outer = parser->in_call;
  parser->in_call = false;
  bool whole = edi_parse_arguments(parser, &items, &count, &capacity);
  parser->in_call = outer;
  if (!whole || !edi_parser_close(parser, EDI_TOKEN_PAREN_CLOSE, open)) return NULL;
  edi_span span = edi_parser_from(parser, open);
  if (count == 1) {
    items[0]->span = span;
    return items[0];
  }
  if (at_membership(parser))
    return edi_parser_expr(parser, EDI_EXPR_IN_TABLE, span, open, items, count);
  edi_finding *finding = edi_parser_error(parser, EDI_E0161, span, "",
                                          "several values in parentheses are the keys of a table");
  edi_finding_fix(finding, false, "write `(a, b) in TABLE`, or a list as [a, b]");
  return NULL;
}

/*   operand = scalar | list | row | call | parentheses ; */
edi_expr *edi_parse_operand(edi_parser *parser) {
  switch ((int)parser->token.kind) {
    case EDI_TOKEN_WORD: return parse_word(parser);
    case EDI_TOKEN_BRACKET_OPEN: return parse_list(parser);
    case EDI_TOKEN_PAREN_OPEN: return parse_parentheses(parser);
    case EDI_TOKEN_MINUS:
      if (at_number(parser)) return parse_number(parser);
      edi_parser_unexpected(parser, EDI_E0152, "a value: a sign stands right before a number");
      return NULL;
    case EDI_TOKEN_SLASH:
      edi_parser_unexpected(parser, EDI_E0158, "a value: a pattern stands after `matches`");
      return NULL;
    case EDI_TOKEN_STRING:
    case EDI_TOKEN_INT:
    case EDI_TOKEN_DECIMAL:
    case EDI_TOKEN_DATE:
    case EDI_TOKEN_TIMESTAMP: return parse_scalar(parser);
    default: edi_parser_unexpected(parser, EDI_E0152, "a value"); return NULL;
  }
}
