/* Effects: what a rule does, from `permit` to `delegate`, with the cases of a mask.
 *
 * In: tokens, the first of which is the word of an effect. Out: the fields of a rule. Invariant:
 * `effect` is set last, so a rule with an effect has all of that effect's parts; one that could not
 * be read has EDI_EFFECT_NONE, and a message. */
#include "policy/parser.h"

/* ---- transforms ---- */

/*   argument = [ word ":" ] ( value | pattern | row ) ; */
static bool parse_argument(edi_parser *parser, edi_argument *argument) {
  if (edi_parser_at(parser, EDI_TOKEN_WORD) && edi_parser_peek(parser)->kind == EDI_TOKEN_COLON) {
    if (!edi_parser_plain_name(parser, "the name of a parameter", &argument->name)) return false;
    edi_parser_advance(parser);
  }
  if (!edi_parser_at(parser, EDI_TOKEN_SLASH)) {
    bool row = edi_parser_at_word(parser, EDI_WORD_ROW) ||
               (edi_parser_at(parser, EDI_TOKEN_WORD) && edi_str_starts(parser->token.text, EDI_STR("row.")));
    argument->value = row ? edi_parse_row(parser) : edi_parse_value(parser);
    return argument->value != NULL;
  }
  edi_lexer_pattern(&parser->lexer, &parser->token);
  edi_token pattern = parser->token;
  edi_parser_advance(parser);
  argument->value = edi_parser_expr(parser, EDI_EXPR_MATCHES, pattern.span, pattern.span, NULL, 0);
  if (argument->value) argument->value->text = pattern.text;
  return argument->value != NULL;
}

/* `show-last 4`. */
static bool bare_argument(edi_parser *parser, const edi_transform_use *transform) {
  edi_finding *finding = edi_parser_error(parser, EDI_E0126, parser->token.span, "", "an argument of a transform stands in parentheses");
  edi_str number = edi_parser_text(parser, parser->token.span);
  edi_finding_fix(finding, false, "%.*s(%.*s)", EDI_STR_ARG(transform->name.text), EDI_STR_ARG(number));
  return false;
}

/*   transform = word [ "(" [ argument { "," argument } ] ")" ] ; */
bool edi_parse_transform(edi_parser *parser, edi_transform_use *transform) {
  size_t capacity = 0;
  if (!edi_parser_plain_name(parser, "a transform", &transform->name)) return false;
  transform->span = transform->name.span;
  transform->key = EDI_NONE;
  edi_span open = parser->token.span;
  if (edi_parser_at(parser, EDI_TOKEN_INT) && !parser->token.first) return bare_argument(parser, transform);
  if (!edi_parser_accept(parser, EDI_TOKEN_PAREN_OPEN)) return true;
  if (!edi_parser_at(parser, EDI_TOKEN_PAREN_CLOSE)) {
    do {
      edi_argument argument = {.name = {{NULL, 0}, EDI_SPAN_NONE}};
      if (!parse_argument(parser, &argument)) return false;
      EDI_PUSH(parser, transform->arguments, transform->argument_count, capacity, edi_argument,
               argument);
    } while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
  }
  if (!edi_parser_close(parser, EDI_TOKEN_PAREN_CLOSE, open)) return false;
  transform->span = edi_parser_from(parser, transform->name.span);
  return true;
}

/* ---- masks ---- */

/*   case = "with" transform "if" expression ;
 *   last = "with" transform "otherwise" ; */
static bool parse_case(edi_parser *parser, edi_mask_case *out) {
  edi_span first = parser->token.span;
  edi_parser_line(parser);
  edi_parser_advance(parser);
  if (!edi_parse_transform(parser, &out->with)) return false;
  if (edi_parser_accept_word(parser, EDI_WORD_IF)) {
    out->condition = edi_parse_expression(parser);
    if (!out->condition) return false;
  } else {
    out->otherwise = edi_parser_accept_word(parser, EDI_WORD_OTHERWISE);
  }
  out->span = edi_parser_from(parser, first);
  return edi_parser_clause_done(parser);
}

static bool parse_cases(edi_parser *parser, edi_mask_line *line) {
  size_t capacity = 0;
  bool sound = true;
  while (edi_parser_at_word(parser, EDI_WORD_WITH)) {
    edi_mask_case one = {.condition = NULL};
    if (parse_case(parser, &one)) {
      if (one.condition && !line->cases) { /* there is at least one more */
        line->cases = edi_parser_alloc(parser, 2 * sizeof *line->cases);
        capacity = line->cases ? 2 : 0;
      }
      EDI_PUSH(parser, line->cases, line->case_count, capacity, edi_mask_case, one);
    } else {
      sound = false;
      edi_parser_skip_clause(parser);
    }
  }
  return sound;
}

/* The case without its last word, where it stands on one line. */
static void fix_otherwise(const edi_parser *parser, edi_finding *finding, edi_span span) {
  edi_str text = edi_parser_text(parser, span), word = edi_word_text(EDI_WORD_OTHERWISE);
  bool whole = edi_parser_on_a_line(parser, span) && edi_str_ends(text, word);
  edi_finding_fix(finding, whole, "leave `otherwise` out");
  if (!whole) return;
  text.len -= word.len;
  while (text.len > 0 && text.ptr[text.len - 1] == ' ') text.len--;
  edi_finding_edit(finding, text);
}

static bool check_cases(edi_parser *parser, const edi_mask_line *line) {
  size_t count = line->case_count;
  edi_finding *finding;
  if (count == 0) {
    finding = edi_parser_error(parser, EDI_E0140, line->span, "with what?",
                               "a mask that does not say how");
    edi_finding_fix(finding, false, "add `with null`, or another transform, on a line below it");
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    const edi_mask_case *one = &line->cases[i];
    if (i + 1 == count && (count > 1 || !one->otherwise)) break;
    if (one->condition) continue;
    finding = edi_parser_error(parser, EDI_E0142, one->span, "", "%s",
                               count == 1       ? "`otherwise` with no case before it"
                               : one->otherwise ? "a case after `otherwise` is never read"
                                                : "a case without `if` stands alone");
    if (count == 1) fix_otherwise(parser, finding, one->span);
    else if (!one->otherwise)
      edi_finding_fix(finding, false, "end it with `if ...`, or the last with `otherwise`");
    return false;
  }
  const edi_mask_case *last = &line->cases[count - 1];
  if (count == 1 || last->otherwise) return true;
  finding = edi_parser_error(parser, EDI_E0141, last->span, "the last case",
                             "several cases end in `otherwise`");
  edi_finding_fix(finding, false, "add `with null otherwise` below it");
  return false;
}

static edi_expr *parse_columns(edi_parser *parser) {
  bool begins = edi_parser_at_word(parser, EDI_WORD_COLUMN) ||
                edi_parser_at_word(parser, EDI_WORD_NOT) ||
                edi_parser_at(parser, EDI_TOKEN_PAREN_OPEN);
  if (!begins && !edi_parser_expect_word(parser, EDI_WORD_COLUMN, "after `mask`")) return NULL;
  if (!begins) return NULL; /* a misspelt `column`: reported and consumed */
  parser->in_mask = true;
  edi_expr *columns = edi_parse_expression(parser);
  parser->in_mask = false;
  return columns && edi_parser_target(parser, columns) && edi_parser_clause_done(parser) ? columns
                                                                                         : NULL;
}

/*   mask-line = "mask" column-target ( "with" transform | case | case { case } last ) ; */
static bool parse_mask_line(edi_parser *parser, edi_mask_line *line) {
  edi_span first = parser->token.span;
  edi_parser_advance(parser);
  line->column = parse_columns(parser);
  line->span = edi_parser_from(parser, first);
  if (!line->column) edi_parser_skip_clause(parser);
  if (!parse_cases(parser, line) || !line->column) return false;
  /* Before something that is no clause, the cases may go on: a misspelt `with`. */
  return edi_parser_at_clause_end(parser) ? check_cases(parser, line) : true;
}

/*   mask = mask-line { mask-line } ; */
static bool parse_mask(edi_parser *parser, edi_rule_decl *rule) {
  size_t capacity = 0;
  bool sound = true;
  while (edi_parser_at_word(parser, EDI_WORD_MASK)) {
    edi_mask_line line = {.column = NULL};
    if (rule->mask_count > 0) edi_parser_line(parser);
    bool whole = parse_mask_line(parser, &line);
    if (whole) EDI_PUSH(parser, rule->masks, rule->mask_count, capacity, edi_mask_line, line);
    sound = sound && whole;
  }
  if (sound) rule->effect = EDI_EFFECT_MASK;
  return true; /* each line has found its own end */
}

/* ---- retention ---- */

static edi_expr *parse_period(edi_parser *parser) {
  edi_expr *period = edi_parse_operand(parser);
  if (!period || period->kind == EDI_EXPR_DURATION || period->kind == EDI_EXPR_NAME ||
      period->kind == EDI_EXPR_CALL)
    return period;
  edi_finding *finding;
  if (period->kind == EDI_EXPR_INT) {
    finding =
        edi_parser_error(parser, EDI_E0154, period->span, "of what?", "a duration has a unit");
    edi_finding_fix(finding, false, "24 months, 90 days");
  } else {
    finding =
        edi_parser_error(parser, EDI_E0143, period->span, "", "a row is retained for a duration");
    edi_finding_fix(finding, false, "write one, such as 24 months, or an attribute that holds one");
  }
  return NULL;
}

/* `then erase`; what else could follow is not in the first version. */
static bool parse_then(edi_parser *parser, edi_rule_more *more, bool most) {
  edi_span first = parser->token.span;
  edi_parser_advance(parser);
  edi_word word = edi_parser_at(parser, EDI_TOKEN_WORD) ? parser->token.word : EDI_WORD_NONE;
  if (word == EDI_WORD_ARCHIVE || word == EDI_WORD_ANONYMISE || word == EDI_WORD_ANONYMIZE) {
    edi_finding *finding = edi_parser_error(
        parser, EDI_E0702, parser->token.span, "",
        "`then %.*s` is not in the first version of the language", EDI_STR_ARG(parser->token.text));
    edi_finding_fix(finding, false, "write `then erase`, or leave it out: the row is hidden");
    return false;
  }
  if (!edi_parser_expect_word(parser, EDI_WORD_ERASE, "after `then`")) return false;
  if (!most) {
    edi_parser_error(parser, EDI_E0143, edi_parser_from(parser, first), "",
                     "only `retain at most` says what happens afterwards");
    return false;
  }
  more->then_erase = true;
  return true;
}

static bool parse_most(edi_parser *parser, bool *most) {
  *most = !edi_parser_accept_word(parser, EDI_WORD_LEAST);
  if (!*most) return true;
  bool least =
      edi_parser_at(parser, EDI_TOKEN_WORD) && edi_word_is_near(parser->token.text, EDI_WORD_LEAST);
  if (!least) return edi_parser_expect_word(parser, EDI_WORD_MOST, "or `least` after `at`");
  *most = false;
  return edi_parser_expect_word(parser, EDI_WORD_LEAST, "or `most` after `at`");
}

/*   bound = ( duration | value-name | use ) "after" row ;
 *   retain = "retain" ( "at" "most" bound [ "then" "erase" ] | "at" "least" bound
 *                     | "while" expression ) ; */
static bool parse_retain(edi_parser *parser, edi_rule_decl *rule) {
  bool most;
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more) return false;
  edi_parser_advance(parser);
  if (edi_parser_accept_word(parser, EDI_WORD_WHILE)) {
    more->retain_while = edi_parse_expression(parser);
    if (more->retain_while) rule->effect = EDI_EFFECT_RETAIN_WHILE;
    return more->retain_while != NULL;
  }
  if (!edi_parser_at_word(parser, EDI_WORD_AT))
    return edi_parser_unexpected(parser, EDI_E0143,
                                 "`at most`, `at least` or `while` after `retain`");
  edi_parser_advance(parser);
  if (!parse_most(parser, &most)) return false;
  more->duration = parse_period(parser);
  if (!more->duration || !edi_parser_expect_word(parser, EDI_WORD_AFTER, "and the time of a row"))
    return false;
  bool row =
      edi_parser_at(parser, EDI_TOKEN_WORD) &&
      (parser->token.word == EDI_WORD_ROW || edi_str_starts(parser->token.text, EDI_STR("row.")));
  if (!row) return edi_parser_no_row(parser, "`row[TAG]` after `after`");
  more->after = edi_parse_row(parser);
  if (!more->after) return false;
  bool joined = edi_parser_at_word(parser, EDI_WORD_AND) && edi_parser_peek(parser)->word == EDI_WORD_ERASE;
  if (joined) return edi_parser_unexpected(parser, EDI_E0123, "`then` before `erase`");
  if (edi_parser_at_word(parser, EDI_WORD_THEN) && !parse_then(parser, more, most)) return false;
  rule->effect = most ? EDI_EFFECT_RETAIN_AT_MOST : EDI_EFFECT_RETAIN_AT_LEAST;
  return true;
}

/* ---- the others ---- */

/*   actions = name { "," name } ; */
static bool parse_actions(edi_parser *parser, edi_rule_decl *rule, edi_effect effect) {
  edi_parser_advance(parser);
  if (!edi_parser_names(parser, "an action", &rule->actions)) return false;
  rule->effect = effect;
  return true;
}

bool edi_parse_at_least(edi_parser *parser, const char *after) {
  if (!edi_parser_expect_word(parser, EDI_WORD_OF, after) ||
      !edi_parser_expect_word(parser, EDI_WORD_AT, "after `of`") ||
      !edi_parser_expect_word(parser, EDI_WORD_LEAST, "after `at`"))
    return false;
  return edi_parser_at(parser, EDI_TOKEN_INT) ||
         edi_parser_unexpected(parser, EDI_E0126, "how many after `at least`");
}

/*   groups = "show" "only" "groups" "of" "at" "least" integer row ; */
static bool parse_groups(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more || !edi_parse_at_least(parser, "after `show only groups`")) return false;
  edi_expr *least = edi_parse_operand(parser);
  if (!least) return false;
  more->least = least->kind == EDI_EXPR_INT ? least->integer : 0; /* a duration is no number of anything */
  more->least_span = least->span;
  bool row =
      edi_parser_at(parser, EDI_TOKEN_WORD) &&
      (parser->token.word == EDI_WORD_ROW || edi_str_starts(parser->token.text, EDI_STR("row.")));
  if (!row) return edi_parser_no_row(parser, "`row[TAG]`: of what a group has so many");
  more->group = edi_parse_row(parser);
  if (more->group) rule->effect = EDI_EFFECT_SHOW_GROUPS;
  return more->group != NULL;
}

/*   show = "show" "only" "rows" ; */
static bool parse_show(edi_parser *parser, edi_rule_decl *rule) {
  edi_parser_advance(parser);
  if (!edi_parser_expect_word(parser, EDI_WORD_ONLY, "after `show`")) return false;
  if (edi_parser_accept_word(parser, EDI_WORD_GROUPS)) return parse_groups(parser, rule);
  if (!edi_parser_expect_word(parser, EDI_WORD_ROWS, "or `groups` after `show only`")) return false;
  rule->effect = EDI_EFFECT_SHOW_ROWS;
  return true;
}

/*   require = "require" expression ; */
static bool parse_require(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more) return false;
  edi_parser_advance(parser);
  more->require = edi_parse_expression(parser);
  if (more->require) rule->effect = EDI_EFFECT_REQUIRE;
  return more->require != NULL;
}

/*   delegate = "delegate" "permit" actions "to" "domain" name ; */
static bool parse_delegate(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more) return false;
  edi_parser_advance(parser);
  if (!edi_parser_expect_word(parser, EDI_WORD_PERMIT, "after `delegate`") ||
      !edi_parser_names(parser, "an action", &rule->actions) ||
      !edi_parser_expect_word(parser, EDI_WORD_TO, "and a domain") ||
      !edi_parser_expect_word(parser, EDI_WORD_DOMAIN, "after `to`") ||
      !edi_parser_name(parser, "a domain", &more->delegate_to))
    return false;
  rule->effect = EDI_EFFECT_DELEGATE;
  return true;
}

/*   exempt = "exempt" name { "," name } ; */
static bool parse_exempt(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more) return false;
  edi_parser_advance(parser);
  if (!edi_parser_names(parser, "a rule", &more->exempts)) return false;
  rule->effect = EDI_EFFECT_EXEMPT;
  return true;
}

/*   permit = "permit" actions ;
 *   forbid = "forbid" actions ; */
bool edi_parse_effect(edi_parser *parser, edi_rule_decl *rule) {
  edi_span first = parser->token.span;
  bool parsed = false;
  switch ((int)parser->token.word) {
    case EDI_WORD_PERMIT: parsed = parse_actions(parser, rule, EDI_EFFECT_PERMIT); break;
    case EDI_WORD_FORBID: parsed = parse_actions(parser, rule, EDI_EFFECT_FORBID); break;
    case EDI_WORD_MASK: parsed = parse_mask(parser, rule); break;
    case EDI_WORD_SHOW: parsed = parse_show(parser, rule); break;
    case EDI_WORD_RETAIN: parsed = parse_retain(parser, rule); break;
    case EDI_WORD_REQUIRE: parsed = parse_require(parser, rule); break;
    case EDI_WORD_DELEGATE: parsed = parse_delegate(parser, rule); break;
    case EDI_WORD_EXEMPT: parsed = parse_exempt(parser, rule); break;
    default: break;
  }
  rule->effect_span = edi_parser_from(parser, first);
  return parsed && edi_parser_clause_done(parser);
}
