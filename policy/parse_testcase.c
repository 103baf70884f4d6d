/* Tests: who asks for what, and what is expected.
 *
 * In: tokens from `test` on. Out: a test_decl, kept only if all of it could be read: nothing else
 * in a rule set refers to a test. Records hold raw values; the checker types them. A missing cell
 * is null. */
#include "policy/parser.h"

/* ---- values ---- */

static bool parse_record(edi_parser *parser, edi_test_value *record);

/*   field = name ":" ( value | record ) ; */
static bool parse_field(edi_parser *parser, edi_test_field *field) {
  if (!edi_parser_at(parser, EDI_TOKEN_WORD))
    return edi_parser_unexpected(parser, EDI_E0124, "the name of a value, or `}`");
  field->name = (edi_name){parser->token.text, parser->token.span};
  edi_parser_advance(parser);
  if (!edi_parser_expect(parser, EDI_TOKEN_COLON, "and a value after its name")) return false;
  field->value = edi_parser_alloc(parser, sizeof *field->value);
  if (!field->value) return false;
  if (edi_parser_at(parser, EDI_TOKEN_BRACE_OPEN)) return parse_record(parser, field->value);
  field->value->scalar = edi_parse_value(parser);
  if (field->value->scalar) field->value->span = field->value->scalar->span;
  return field->value->scalar != NULL;
}

static bool parse_fields(edi_parser *parser, edi_test_value *record) {
  size_t capacity = 0;
  edi_span open = parser->token.span;
  if (!edi_parser_expect(parser, EDI_TOKEN_BRACE_OPEN, "and values")) return false;
  if (!edi_parser_at(parser, EDI_TOKEN_BRACE_CLOSE)) {
    do {
      edi_test_field field = {.value = NULL};
      if (!parse_field(parser, &field)) return false;
      EDI_PUSH(parser, record->fields, record->field_count, capacity, edi_test_field, field);
    } while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
  }
  if (!edi_parser_close(parser, EDI_TOKEN_BRACE_CLOSE, open)) return false;
  record->span = edi_parser_from(parser, open);
  return true;
}

/*   record = "{" [ field { "," field } ] "}" ; */
static bool parse_record(edi_parser *parser, edi_test_value *record) {
  if (!edi_parser_enter(parser)) return false;
  bool whole = parse_fields(parser, record);
  edi_parser_leave(parser);
  return whole;
}

static bool parse_line_record(edi_parser *parser, edi_test_value **record) {
  edi_parser_advance(parser);
  *record = edi_parser_alloc(parser, sizeof **record);
  return *record && parse_record(parser, *record);
}

/* ---- expectations ---- */

/*   outcome = "shown" [ record ] | "hidden" | "withheld" | "erasable" ; */
static bool parse_outcome(edi_parser *parser, edi_expect *expect) {
  if (edi_parser_accept_word(parser, EDI_WORD_SHOWN)) {
    expect->outcome = EDI_ROW_SHOWN;
    if (!edi_parser_at(parser, EDI_TOKEN_BRACE_OPEN)) return true;
    expect->shown = edi_parser_alloc(parser, sizeof *expect->shown);
    return expect->shown && parse_record(parser, expect->shown);
  }
  static const struct { edi_word word; edi_row_outcome outcome; } bare[] = {
      {EDI_WORD_HIDDEN, EDI_ROW_HIDDEN},
      {EDI_WORD_WITHHELD, EDI_ROW_WITHHELD},
      {EDI_WORD_ERASABLE, EDI_ROW_ERASABLE}};
  for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) {
    expect->outcome = bare[i].outcome;
    if (edi_parser_accept_word(parser, bare[i].word)) return true;
  }
  return edi_parser_unexpected(parser, EDI_E0182, "shown, hidden, withheld or erasable after a row");
}

static bool parse_decision(edi_parser *parser, edi_expect *expect, edi_expect_kind kind) {
  expect->kind = kind;
  edi_parser_advance(parser);
  return !edi_parser_accept_word(parser, EDI_WORD_BY) ||
         edi_parser_name(parser, "a rule", &expect->rule);
}

/*   expected-groups = "groups" "of" "at" "least" integer name ;     a column may be called `days` */
static bool parse_groups(edi_parser *parser, edi_expect *expect) {
  expect->kind = EDI_EXPECT_GROUPS;
  edi_parser_advance(parser);
  if (!edi_parse_at_least(parser, "after `groups`")) return false;
  edi_expr *least = edi_parse_integer(parser);
  if (!least) return false;
  expect->least = least->integer;
  expect->least_span = least->span;
  return edi_parser_name(parser, "a column", &expect->column);
}

/*   expected-duty = name "(" [ value { "," value } ] ")" ;
 *   expect = "expect" ( ( "permit" | "deny" ) [ "by" name ] | "column" column-name transform
 *                     | "row" record outcome | "oblige" expected-duty | "shadow" name
 *                     | expected-groups ) ; */
static bool parse_expect(edi_parser *parser, edi_expect *expect) {
  edi_span first = parser->token.span;
  bool whole;
  expect->rule.span = expect->column.span = expect->transform.span = EDI_SPAN_NONE;
  expect->oblige.span = expect->oblige.name.span = expect->least_span = EDI_SPAN_NONE;
  edi_parser_advance(parser);
  switch ((int)(edi_parser_at(parser, EDI_TOKEN_WORD) ? parser->token.word : EDI_WORD_NONE)) {
    case EDI_WORD_PERMIT: whole = parse_decision(parser, expect, EDI_EXPECT_PERMIT); break;
    case EDI_WORD_DENY: whole = parse_decision(parser, expect, EDI_EXPECT_DENY); break;
    case EDI_WORD_COLUMN:
      expect->kind = EDI_EXPECT_COLUMN;
      edi_parser_advance(parser);
      whole = edi_parser_column(parser, &expect->column) &&
              edi_parse_transform(parser, &expect->transform);
      break;
    case EDI_WORD_ROW:
      expect->kind = EDI_EXPECT_ROW;
      whole = parse_line_record(parser, &expect->row) && parse_outcome(parser, expect);
      break;
    case EDI_WORD_SHADOW:
      expect->kind = EDI_EXPECT_SHADOW;
      edi_parser_advance(parser);
      whole = edi_parser_name(parser, "a rule", &expect->rule);
      break;
    case EDI_WORD_OBLIGE:
      expect->kind = EDI_EXPECT_OBLIGE;
      edi_parser_advance(parser);
      whole = edi_parse_duty(parser, true, &expect->oblige);
      break;
    case EDI_WORD_GROUPS: whole = parse_groups(parser, expect); break;
    default:
      return edi_parser_unexpected(parser, EDI_E0182,
                                   "permit, deny, column, row, oblige, shadow or groups after `expect`");
  }
  expect->span = edi_parser_from(parser, first);
  return whole;
}

/* ---- data that a test brings along ---- */

static bool parse_row_key(edi_parser *parser, edi_given_row *row, size_t *capacity) {
  edi_expr *key = edi_parse_value(parser);
  if (!key) return false;
  EDI_PUSH(parser, row->keys, row->key_count, *capacity, edi_expr *, key);
  return true;
}

/*   given-row = ( value | "(" value { "," value } ")" ) [ ":" record ] ;     the keys, the values */
static bool parse_given_row(edi_parser *parser, edi_given_row *row) {
  size_t capacity = 0;
  edi_span first = parser->token.span;
  if (edi_parser_accept(parser, EDI_TOKEN_PAREN_OPEN)) {
    do
      if (!parse_row_key(parser, row, &capacity)) return false;
    while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
    if (!edi_parser_close(parser, EDI_TOKEN_PAREN_CLOSE, first)) return false;
  } else if (!parse_row_key(parser, row, &capacity)) {
    return false;
  }
  row->span = edi_parser_from(parser, first);
  if (!edi_parser_accept(parser, EDI_TOKEN_COLON)) return true;
  row->values = edi_parser_alloc(parser, sizeof *row->values);
  return row->values && parse_record(parser, row->values);
}

/*   given-table = "table" name "{" { given-row } "}" ; */
static bool parse_given_table(edi_parser *parser, edi_given_table *table) {
  size_t capacity = 0;
  edi_parser_advance(parser);
  if (!edi_parser_name(parser, "a table", &table->name)) return false;
  edi_span open = parser->token.span;
  if (!edi_parser_expect(parser, EDI_TOKEN_BRACE_OPEN, "and the rows of the table")) return false;
  while (!edi_parser_at(parser, EDI_TOKEN_BRACE_CLOSE) && !edi_parser_at_end(parser)) {
    edi_given_row row = {.values = NULL};
    if (!parse_given_row(parser, &row)) return false;
    EDI_PUSH(parser, table->rows, table->row_count, capacity, edi_given_row, row);
  }
  return edi_parser_close(parser, EDI_TOKEN_BRACE_CLOSE, open);
}

/*   given-key = "key" name string ; */
static bool parse_given_key(edi_parser *parser, edi_given_key *key) {
  edi_parser_advance(parser);
  return edi_parser_name(parser, "a key", &key->name) &&
         edi_parser_string(parser, "from which the key's material is made", &key->text, NULL);
}

/* ---- lines ---- */

enum {
  LINE_PRODUCT, LINE_SUBJECT, LINE_CONTEXT, LINE_TABLE, LINE_KEY, LINE_ASK, LINE_EXPECT, LINE_COUNT
};

static const edi_word line_words[LINE_COUNT] = {
    EDI_WORD_PRODUCT, EDI_WORD_SUBJECT, EDI_WORD_CONTEXT, EDI_WORD_TABLE,
    EDI_WORD_KEY,     EDI_WORD_ASK,     EDI_WORD_EXPECT};

static bool stands_once(int line) {
  return line != LINE_TABLE && line != LINE_KEY && line != LINE_EXPECT;
}

typedef struct line_state {
  edi_span seen[LINE_COUNT];
  int last;
  size_t table_capacity, key_capacity, expect_capacity;
} line_state;

/*   column-name = name | string ; */
static bool parse_columns(edi_parser *parser, edi_names *columns) {
  size_t capacity = 0;
  do {
    edi_name name;
    if (!edi_parser_column(parser, &name)) return false;
    EDI_PUSH(parser, columns->items, columns->count, capacity, edi_name, name);
  } while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
  return !parser->lexer.failed;
}

/*   ask = "ask" name name ( record | [ "columns" column-name { "," column-name } ] ) ;
 *
 * The action, then the dataset, or the kind of resource with its attributes. */
/* Not the next line of the test, where this one is short of a name. */
static bool parse_name(edi_parser *parser, const char *what, edi_name *name) {
  bool next = false;
  for (int i = 0; i < LINE_COUNT; i++) next = next || edi_parser_at_word(parser, line_words[i]);
  if (next && parser->token.first) return edi_parser_unexpected(parser, EDI_E0124, what);
  return edi_parser_name(parser, what, name);
}

static bool parse_ask(edi_parser *parser, edi_test_decl *test) {
  edi_parser_advance(parser);
  if (!parse_name(parser, "an action", &test->action) ||
      !parse_name(parser, "a dataset or a kind of resource after the action", &test->dataset))
    return false;
  if (edi_parser_at(parser, EDI_TOKEN_BRACE_OPEN)) {
    test->resource = edi_parser_alloc(parser, sizeof *test->resource);
    return test->resource && parse_record(parser, test->resource);
  }
  return !edi_parser_accept_word(parser, EDI_WORD_COLUMNS) ||
         parse_columns(parser, &test->columns);
}

static bool parse_given(edi_parser *parser, edi_test_decl *test, int line, line_state *state) {
  edi_given_table table = {.symbol = EDI_NONE};
  edi_given_key key = {.symbol = EDI_NONE};
  if (line == LINE_TABLE ? !parse_given_table(parser, &table) : !parse_given_key(parser, &key))
    return false;
  if (line == LINE_TABLE)
    EDI_PUSH(parser, test->tables, test->table_count, state->table_capacity, edi_given_table, table);
  else EDI_PUSH(parser, test->keys, test->key_count, state->key_capacity, edi_given_key, key);
  return true;
}

static bool parse_test_line(edi_parser *parser, edi_test_decl *test, int line, line_state *state) {
  if (line == LINE_TABLE || line == LINE_KEY) return parse_given(parser, test, line, state);
  if (line == LINE_SUBJECT) return parse_line_record(parser, &test->subject);
  if (line == LINE_CONTEXT) return parse_line_record(parser, &test->context);
  if (line == LINE_ASK) return parse_ask(parser, test);
  if (line == LINE_PRODUCT) {
    edi_parser_advance(parser);
    return parse_name(parser, "a product", &test->product);
  }
  edi_expect expect = {.kind = EDI_EXPECT_PERMIT};
  if (!parse_expect(parser, &expect)) return false;
  EDI_PUSH(parser, test->expects, test->expect_count, state->expect_capacity, edi_expect, expect);
  return true;
}

/* The line that is next, taking a misspelt word for it; COUNT if none is. */
static int line_ahead(edi_parser *parser) {
  if (!edi_parser_at(parser, EDI_TOKEN_WORD)) return LINE_COUNT;
  for (int i = 0; i < LINE_COUNT; i++)
    if (parser->token.word == line_words[i]) return i;
  if (parser->token.column <= parser->column) return LINE_COUNT;
  for (int i = 0; i < LINE_COUNT; i++) {
    if (!edi_word_is_near(parser->token.text, line_words[i])) continue;
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0180, parser->token.span, "", "a test has no line `%.*s`",
                         EDI_STR_ARG(parser->token.text));
    edi_finding_write(finding, false, edi_word_text(line_words[i]));
    return i;
  }
  return LINE_COUNT;
}

/* Another test or a rule, however far it is indented: no line of a test begins so. */
static bool at_next(const edi_parser *parser) {
  return parser->token.first && (edi_parser_at_word(parser, EDI_WORD_TEST) || edi_parser_at_word(parser, EDI_WORD_RULE));
}

static void skip_test_line(edi_parser *parser) {
  while (!edi_parser_at_end(parser) && !at_next(parser)) {
    if (parser->token.first && edi_parser_at(parser, EDI_TOKEN_WORD))
      for (int i = 0; i < LINE_COUNT; i++)
        if (parser->token.word == line_words[i]) return;
    edi_parser_advance(parser);
  }
}

static void check_line_order(edi_parser *parser, int line, line_state *state) {
  edi_span span = parser->token.span;
  edi_finding *finding;
  if (stands_once(line) && state->seen[line].begin != state->seen[line].end) {
    finding = edi_parser_error(parser, EDI_E0180, span, "again", "a test has one line `%.*s`",
                               EDI_STR_ARG(parser->token.text));
    edi_finding_label(finding, state->seen[line], "the first one");
    edi_finding_fix(finding, false, "write two tests");
  } else if (line < state->last) {
    finding = edi_parser_error(parser, EDI_E0180, span, "", "`%.*s` stands too late",
                               EDI_STR_ARG(parser->token.text));
    edi_finding_note(finding, "the order is: product, subject, context, table, key, ask, expect");
  }
  state->seen[line] = span;
  if (line > state->last) state->last = line;
}

static void check_test(edi_parser *parser, const edi_test_decl *test) {
  const char *lacks = test->product.text.len == 0  ? "product"
                      : !test->subject             ? "subject"
                      : test->action.text.len == 0 ? "ask"
                      : test->expect_count == 0    ? "expect"
                                                   : NULL;
  if (!lacks) return;
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0181, test->span, "", "a test without `%s`", lacks);
  edi_finding_note(finding,
                   "a test has the lines product, subject, context, table, key, ask, expect; context, "
                   "table and key may be left out");
}

/*   test = "test" string "product" name "subject" record [ "context" record ]
 *          { given-table } { given-key } ask expect { expect } ; */
bool edi_parse_test(edi_parser *parser, edi_decl *decl) {
  edi_test_decl *test = decl->as.test = edi_parser_alloc(parser, sizeof *test);
  line_state state = {.last = 0};
  size_t errors = parser->lexer.errors;
  edi_span first = parser->token.span;
  decl->kind = EDI_DECL_TEST;
  if (!test) return false;
  test->product.span = test->action.span = test->dataset.span = EDI_SPAN_NONE;
  edi_parser_advance(parser);
  if (!edi_parser_string(parser, "that says what is tested", &test->title, NULL))
    skip_test_line(parser);
  test->span = edi_parser_from(parser, first);
  while (!edi_parser_at_end(parser)) {
    int line = line_ahead(parser);
    if (line < LINE_COUNT) {
      check_line_order(parser, line, &state);
      edi_parser_line(parser);
      if (parse_test_line(parser, test, line, &state)) continue;
    } else if (parser->token.column <= parser->column || at_next(parser)) {
      break;
    } else {
      edi_parser_unexpected(parser, EDI_E0180, "product, subject, context, table, key, ask or expect");
      edi_parser_advance(parser);
    }
    skip_test_line(parser);
  }
  if (parser->lexer.errors == errors) check_test(parser, test);
  parser->keep = parser->lexer.errors == errors;
  if (test->context) return true;
  test->context = edi_parser_alloc(parser, sizeof *test->context);
  if (test->context) test->context->span = EDI_SPAN_NONE;
  return test->context != NULL;
}
