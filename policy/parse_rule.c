/* Rules: the name, then clauses in their one order.
 *
 * In: tokens from `rule` on. Out: a rule_decl. A clause that cannot be read costs that clause
 * alone: the loop goes on at the next line that begins with a clause's word. What a rule lacks is
 * reported only if nothing else was, since it may be what could not be read. */
#include "policy/parser.h"

enum { RANKS = 11 };

typedef struct clause_state {
  bool seen[RANKS];
  edi_span at[RANKS];
  unsigned last; /* the highest rank so far */
  bool order_reported;
  bool mended; /* the word of the next clause was misspelt, and may be another one */
  bool lost;   /* something was no clause: what follows may be another rule's */
} clause_state;

/* ---- targets ---- */

/* `dataset.classification <= internal`, `dataset.name == "orders"`: attributes in the place of targets. */
static void fix_target(edi_finding *finding, const edi_expr *expr) {
  bool compares = expr->operand_count == 2 && expr->operands[0]->kind == EDI_EXPR_NAME;
  edi_str name = compares ? expr->operands[0]->text : EDI_STR(""), level = EDI_STR(".classification"), text = compares ? expr->operands[1]->text : name;
  if (edi_str_ends(name, level) || edi_str_equal(name, EDI_STR("classification")))
    edi_finding_fix(finding, false, "dataset classified <= %.*s", EDI_STR_ARG(expr->operands[1]->kind == EDI_EXPR_NAME ? text : EDI_STR("LEVEL")));
  else if ((edi_str_equal(name, EDI_STR("dataset.name")) || edi_str_equal(name, EDI_STR("product.name"))) && expr->operands[1]->kind == EDI_EXPR_STRING)
    edi_finding_fix(finding, false, "%.7s named \"%.*s\"", name.ptr, EDI_STR_ARG(text));
  else edi_finding_fix(finding, false, "put conditions into `when` or `unless`");
}

bool edi_parser_target(edi_parser *parser, const edi_expr *expr) {
  switch ((int)expr->kind) {
    case EDI_EXPR_AND:
    case EDI_EXPR_OR:
    case EDI_EXPR_NOT:
      for (size_t i = 0; i < expr->operand_count; i++)
        if (!edi_parser_target(parser, expr->operands[i])) return false;
      return true;
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
    case EDI_EXPR_NAMED:
    case EDI_EXPR_IN_DOMAIN:
    case EDI_EXPR_CLASSIFIED:
    case EDI_EXPR_NAME:
    case EDI_EXPR_CALL: return true; /* perhaps a definition: the checker knows */
    default: break;
  }
  edi_finding *finding = edi_parser_error(parser, EDI_E0155, expr->span, "not about a target",
                                          "this says nothing of a product, a dataset, a column or a "
                                          "resource");
  edi_finding_note(finding,
                   "a target is `dataset tagged T`, `dataset holding T`, `dataset named \"...\"`, "
                   "`dataset classified <= L`, the same of `product`, `product in domain D`, or a kind of "
                   "resource, alone or with `tagged` or `named`");
  fix_target(finding, expr);
  return false;
}

/* ---- clauses ---- */

/*   target-part = "not" target-part | atom | value-name | use | "(" target ")" ;
 *   target = target-part { "and" target-part } | target-part "or" target-part { "or" target-part } ;
 *   column-part = "not" column-part | column-atom | "(" column-target ")" ;
 *   column-target = column-part { "and" column-part }
 *                 | column-part "or" column-part { "or" column-part } ;
 *   on = "on" target ; */
static bool parse_on(edi_parser *parser, edi_rule_decl *rule) {
  rule->target = edi_parse_expression(parser);
  return rule->target && edi_parser_target(parser, rule->target);
}

/*   where = "where" expression ; */
static bool parse_where(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more) return false;
  more->where = edi_parse_expression(parser);
  return more->where != NULL;
}

/*   when = "when" expression ; */
static bool parse_when(edi_parser *parser, edi_rule_decl *rule) {
  rule->when = edi_parse_expression(parser);
  return rule->when != NULL;
}

/*   unless = "unless" expression ; */
static bool parse_unless(edi_parser *parser, edi_rule_decl *rule) {
  rule->unless = edi_parse_expression(parser);
  return rule->unless != NULL;
}

static bool parse_day(edi_parser *parser, const char *what, int64_t *date, edi_span *span) {
  if (edi_parser_at(parser, EDI_TOKEN_TIMESTAMP)) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0138, parser->token.span, "",
                                            "a rule is in force for whole days");
    edi_finding_fix(finding, false, "write the date alone; it counts in UTC and is included");
    return false;
  }
  if (!edi_parser_at(parser, EDI_TOKEN_DATE)) return edi_parser_unexpected(parser, EDI_E0138, what);
  *date = parser->token.integer;
  *span = parser->token.span;
  edi_parser_advance(parser);
  return true;
}

/*   from = "from" date ; */
static bool parse_from(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more) return false;
  more->has_from = parse_day(parser, "a date after `from`", &more->from, &more->from_span);
  return more->has_from;
}

/*   until = "until" ( date | "further" "notice" ) ; */
static bool parse_until(edi_parser *parser, edi_rule_decl *rule) {
  edi_span first = parser->token.span;
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more) return false;
  if (edi_parser_accept_word(parser, EDI_WORD_FURTHER)) {
    more->until_further_notice =
        edi_parser_expect_word(parser, EDI_WORD_NOTICE, "after `until further`");
    more->until_span = edi_parser_from(parser, first);
    return more->until_further_notice;
  }
  const char *what = "a date, or `further notice`, after `until`";
  more->has_until = parse_day(parser, what, &more->until, &more->until_span);
  return more->has_until;
}

/* An argument of `expect oblige` is a value, of a rule's `oblige` an expression. */
static bool parse_values(edi_parser *parser, edi_oblige *oblige, size_t *capacity) {
  do {
    edi_expr *value = edi_parse_value(parser);
    if (!value) return false;
    EDI_PUSH(parser, oblige->arguments, oblige->argument_count, *capacity, edi_expr *, value);
  } while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
  return true;
}

/*   duty = name "(" [ arguments ] ")" ; */
bool edi_parse_duty(edi_parser *parser, bool values, edi_oblige *oblige) {
  size_t capacity = 0;
  oblige->symbol = EDI_NONE;
  if (!edi_parser_name(parser, "an obligation", &oblige->name)) return false;
  edi_span open = parser->token.span;
  if (!edi_parser_expect(parser, EDI_TOKEN_PAREN_OPEN, "and the arguments of an obligation"))
    return false;
  bool empty = edi_parser_at(parser, EDI_TOKEN_PAREN_CLOSE);
  parser->in_call = true; /* no clause stands in a call */
  bool whole = empty || (values ? parse_values(parser, oblige, &capacity)
                                : edi_parse_arguments(parser, &oblige->arguments,
                                                      &oblige->argument_count, &capacity));
  parser->in_call = false;
  if (!whole) return false;
  if (!edi_parser_close(parser, EDI_TOKEN_PAREN_CLOSE, open)) return false;
  oblige->span = edi_parser_from(parser, oblige->name.span);
  return true;
}

/*   oblige = "oblige" duty { "," duty } ; */
static bool parse_oblige(edi_parser *parser, edi_rule_decl *rule) {
  size_t capacity = 0;
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  if (!more) return false;
  do {
    edi_oblige oblige = {.arguments = NULL};
    if (!edi_parse_duty(parser, false, &oblige)) return false;
    EDI_PUSH(parser, more->obliges, more->oblige_count, capacity, edi_oblige, oblige);
  } while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
  return true;
}

/*   because = "because" string ; */
static bool parse_because(edi_parser *parser, edi_rule_decl *rule) {
  return edi_parser_string(parser, "after `because`", &rule->because, &rule->because_span);
}

/*   see = "see" string ; */
static bool parse_see(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  return more && edi_parser_string(parser, "after `see`", &more->see, NULL);
}

/*   note = "note" string ; */
static bool parse_note(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = edi_parser_rule_more(parser, rule);
  return more && edi_parser_string(parser, "after `note`", &more->note, NULL);
}

static const struct {
  edi_word word;
  bool (*parse)(edi_parser *parser, edi_rule_decl *rule); /* its word is consumed */
} clauses[] = {
    {EDI_WORD_ON, parse_on},         {EDI_WORD_WHERE, parse_where},
    {EDI_WORD_WHEN, parse_when},     {EDI_WORD_UNLESS, parse_unless},
    {EDI_WORD_FROM, parse_from},     {EDI_WORD_UNTIL, parse_until},
    {EDI_WORD_OBLIGE, parse_oblige}, {EDI_WORD_BECAUSE, parse_because},
    {EDI_WORD_SEE, parse_see},       {EDI_WORD_NOTE, parse_note},
};

static bool parse_clause(edi_parser *parser, edi_rule_decl *rule) {
  edi_word word = parser->token.word;
  if (edi_word_group_of(word) == EDI_GROUP_EFFECT) return edi_parse_effect(parser, rule);
  edi_parser_advance(parser);
  for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++)
    if (clauses[i].word == word)
      return clauses[i].parse(parser, rule) && edi_parser_clause_done(parser);
  return false;
}

/* ---- order ---- */

static void report_order(edi_parser *parser, const clause_state *state, const edi_token *token) {
  edi_str word = token->text, later = {NULL, 0};
  for (size_t i = 0; i < EDI_WORD_COUNT; i++)
    if (edi_word_group_of((edi_word)i) == EDI_GROUP_CLAUSE &&
        edi_word_rank((edi_word)i) == state->last)
      later = edi_word_text((edi_word)i);
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0132, token->span, "", "`%.*s` must stand before `%.*s`",
                       EDI_STR_ARG(word), EDI_STR_ARG(later));
  edi_finding_label(finding, state->at[state->last], "comes after it");
  edi_finding_note(finding,
                   "the order is: effect, on, where, when, unless, from, until, oblige, because, "
                   "see, note");
}

static void report_second(edi_parser *parser, const edi_token *token, edi_span first) {
  bool effect = edi_word_group_of(token->word) == EDI_GROUP_EFFECT;
  edi_finding *finding = edi_parser_error(
      parser, effect ? EDI_E0134 : EDI_E0131, token->span, "again",
      effect ? "a rule has one effect, and `%.*s` is another" : "a rule has one `%.*s`",
      EDI_STR_ARG(token->text));
  edi_finding_label(finding, first, "the first one");
  bool condition = token->word == EDI_WORD_WHEN || token->word == EDI_WORD_UNLESS || token->word == EDI_WORD_ON || token->word == EDI_WORD_WHERE;
  if (effect) edi_finding_fix(finding, false, "write two rules");
  else if (condition) edi_finding_fix(finding, false, "join both in one, with `%s`", token->word == EDI_WORD_UNLESS ? "or" : "and");
}

/* Whether the clause that `token` begins is the first of its kind. */
static bool note_clause(edi_parser *parser, clause_state *state, const edi_token *token) {
  unsigned rank = edi_word_rank(token->word); /* of effects: 0 */
  if (state->seen[rank]) {
    if (!state->lost && !state->mended) report_second(parser, token, state->at[rank]);
    return false;
  }
  if (rank < state->last && !state->order_reported && !state->lost && !state->mended) {
    report_order(parser, state, token);
    state->order_reported = true;
  }
  state->seen[rank] = true;
  state->at[rank] = token->span;
  if (rank > state->last) state->last = rank;
  return true;
}

/* ---- the loop ---- */

static const char expected_clause[] = "a clause of the rule, or a declaration";

/* A word first on its line that begins no clause. True: it was nearly one, and is now taken for
 * it. */
static bool mend_clause(edi_parser *parser, clause_state *state) {
  edi_token *token = &parser->token;
  edi_word near = EDI_WORD_NONE;
  bool meant = edi_parser_has_hint(parser, EDI_E0130, expected_clause);
  if (!meant && edi_parser_at(parser, EDI_TOKEN_WORD) && (token->word == EDI_WORD_NONE || token->word == EDI_WORD_IF || token->word == EDI_WORD_DENY)) {
    near = edi_word_near(token->text, EDI_GROUP_CLAUSE);
    if (near == EDI_WORD_NONE) near = edi_word_near(token->text, EDI_GROUP_EFFECT);
  }
  if (state->lost && near == EDI_WORD_NONE) {
    /* said once */
  } else if (edi_parser_at_word(parser, EDI_WORD_WITH)) {
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0140, token->span, "", "`with` follows `mask`");
    edi_finding_fix(finding, false, "put it below the line `mask column ...` that it is about");
  } else if (near != EDI_WORD_NONE) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0130, token->span, "",
                                            "no clause is called `%.*s`", EDI_STR_ARG(token->text));
    edi_finding_write(finding, edi_str_compare_caseless(token->text, edi_word_text(near)) == 0, edi_word_text(near));
    token->word = near;
    token->text = edi_word_text(near);
    parser->doubt = token->span.end;
    state->mended = true;
    return true;
  } else {
    edi_parser_unexpected(parser, EDI_E0130, expected_clause);
  }
  state->lost = true;
  edi_parser_advance(parser);
  edi_parser_skip_clause(parser);
  return false;
}

static void parse_clauses(edi_parser *parser, edi_rule_decl *rule) {
  clause_state state = {.last = 0};
  while (!edi_parser_at(parser, EDI_TOKEN_END)) {
    if (parser->braced && edi_parser_accept(parser, EDI_TOKEN_BRACE_CLOSE)) continue;
    edi_word_group group = edi_parser_at(parser, EDI_TOKEN_WORD)
                               ? edi_word_group_of(parser->token.word)
                               : EDI_GROUP_NONE;
    if ((group == EDI_GROUP_DECLARATION && parser->token.first) || edi_parser_at_misspelt(parser))
      return;
    if (group != EDI_GROUP_CLAUSE && group != EDI_GROUP_EFFECT && !mend_clause(parser, &state))
      continue;
    edi_token token = parser->token;
    edi_rule_decl second = *rule; /* takes what is said twice */
    bool first = note_clause(parser, &state, &token);
    state.mended = false;
    edi_parser_line(parser);
    if (!parse_clause(parser, first ? rule : &second)) edi_parser_skip_clause(parser);
  }
}

/* ---- what a rule must have ---- */

static void check_where(edi_parser *parser, const edi_rule_decl *rule) {
  bool rows = rule->effect == EDI_EFFECT_SHOW_ROWS;
  if (rows == (rule->more->where != NULL)) return;
  edi_finding *finding;
  if (rows) {
    finding = edi_parser_error(parser, EDI_E0137, rule->effect_span, "which rows?",
                               "`show only rows` needs a `where`");
    edi_finding_fix(finding, false, "add `where row[TAG] in ...`");
  } else {
    finding = edi_parser_error(parser, EDI_E0137, rule->more->where->span, "",
                               "`where` belongs to `show only rows`");
    edi_finding_label(finding, rule->effect_span, "this effect has no rows to choose");
    edi_finding_fix(finding, false, "a condition on the request stands in `when` or `unless`");
  }
}

static void check_rule(edi_parser *parser, const edi_rule_decl *rule) {
  bool exempts = rule->effect == EDI_EFFECT_EXEMPT, lends = exempts || rule->effect == EDI_EFFECT_DELEGATE;
  bool opens = rule->effect == EDI_EFFECT_PERMIT || lends;
  edi_str name = rule->name.text;
  edi_finding *finding;
  if (rule->effect == EDI_EFFECT_NONE) {
    finding = edi_parser_error(parser, EDI_E0133, rule->name.span, "", "rule `%.*s` does nothing",
                               EDI_STR_ARG(name));
    edi_finding_fix(finding, false,
                    "begin it with permit, forbid, mask, show only, retain, require, exempt or "
                    "delegate");
    return;
  }
  check_where(parser, rule);
  if (opens && !rule->target) {
    finding = edi_parser_error(parser, EDI_E0136, rule->effect_span, "on what?",
                               "a rule that opens says what it is about");
    edi_finding_fix(finding, false, "add `on dataset ...`");
  }
  if (lends && !rule->more->has_until && !rule->more->until_further_notice) {
    finding = edi_parser_error(parser, EDI_E0135, rule->effect_span, "until when?",
                               "`%s` needs an `until`", exempts ? "exempt" : "delegate");
    edi_finding_fix(finding, false, "add `until 2027-12-31`, or `until further notice`");
  }
}

/* `rule permit read`: the effect where the name belongs. A rule may be called `permit`, alone on its line. */
static bool lacks_name(edi_parser *parser) {
  return edi_parser_at(parser, EDI_TOKEN_WORD) && !parser->token.first &&
         edi_word_group_of(parser->token.word) == EDI_GROUP_EFFECT && !edi_parser_peek(parser)->first &&
         edi_parser_peek(parser)->kind == EDI_TOKEN_WORD &&
         edi_word_group_of(edi_parser_peek(parser)->word) != EDI_GROUP_EFFECT;
}

static void report_no_name(edi_parser *parser) {
  edi_str effect = parser->token.text;
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0124, parser->token.span, "the name stands before it",
                       "a rule has a name, and `%.*s` is its effect", EDI_STR_ARG(effect));
  edi_finding_why(finding, "decisions, tests and auditors call a rule by its name");
  edi_finding_fix(finding, false, "rule NAME, and `%.*s` on the next line", EDI_STR_ARG(effect));
}

/* What stands between the name and the effect: a brace or a colon of other languages. */
static void begin_clauses(edi_parser *parser) {
  bool brace = parser->keep && edi_parser_at(parser, EDI_TOKEN_BRACE_OPEN);
  parser->braced = brace;
  if (brace || (parser->keep && edi_parser_at(parser, EDI_TOKEN_COLON) && !parser->token.first)) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0126, parser->token.span, "",
                                            "expected the effect of the rule, found %s", edi_token_kind_text(parser->token.kind));
    edi_finding_fix(finding, false, brace ? "leave the braces out: a rule goes on to the next declaration" : "leave it out");
    edi_parser_advance(parser);
    return;
  }
  if (edi_parser_at_clause_end(parser) || parser->token.first) return;
  if (parser->keep) edi_parser_unexpected(parser, EDI_E0126, "the effect of the rule");
  edi_parser_skip_clause(parser);
}

/*   rule = [ "shadow" ] "rule" word
 *          ( permit on [ when ] [ unless ] [ from ] [ until ]
 *          | ( delegate | exempt ) on [ when ] [ unless ] [ from ] until
 *          | show [ on ] where [ when ] [ unless ] [ from ] [ until ]
 *          | ( forbid | mask | groups | retain | require ) [ on ] [ when ] [ unless ] [ from ] [ until ] )
 *          [ oblige ] [ because ] [ see ] [ note ] ; */
bool edi_parse_rule(edi_parser *parser, edi_decl *decl) {
  edi_rule_decl *rule = &decl->as.rule;
  size_t errors = parser->lexer.errors;
  decl->kind = EDI_DECL_RULE;
  rule->more = &edi_rule_more_none;
  rule->because_span = rule->effect_span = EDI_SPAN_NONE;
  rule->shadow = edi_parser_at_word(parser, EDI_WORD_SHADOW);
  if (rule->shadow) {
    edi_parser_advance(parser);
    if (!edi_parser_at_word(parser, EDI_WORD_RULE))
      return edi_parser_unexpected(parser, EDI_E0123, "`rule` after `shadow`");
  }
  edi_span first = parser->token.span;
  edi_parser_advance(parser);
  if (lacks_name(parser)) report_no_name(parser);
  else parser->keep = edi_parser_plain_name(parser, "the name of a rule", &rule->name);
  rule->span = edi_parser_from(parser, first);
  begin_clauses(parser);
  parse_clauses(parser, rule);
  if (parser->lexer.errors == errors) check_rule(parser, rule);
  return true;
}
