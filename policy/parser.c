/* Parser helpers: consuming tokens, skipping to where parsing can go on, messages, memory, nesting.
 *
 * In: the lexer's tokens. Out: what every parse function is made of. Invariant: once the arena has
 * given nothing, every token is END and nothing more is reported, so that all loops end. */
#include "policy/parser.h"

#include <stdio.h>

/* Whether what stands here, or is missing here, is the lexer's finding already: a stray character,
 * or what a string without an end has swallowed. */
static bool was_reported(edi_parser *parser) {
  bool cut = parser->lexer.cut > 0 && parser->consumed.end == parser->lexer.cut;
  bool doubt = parser->doubt > 0 && parser->consumed.end == parser->doubt;
  bool reported = parser->token.reported || cut || doubt;
  if (reported) parser->lexer.errors++; /* what is being parsed is broken all the same */
  return reported;
}

/* ---- tokens ---- */

void edi_parser_advance(edi_parser *parser) {
  parser->consumed = parser->token.span;
  if (parser->has_ahead) parser->token = parser->ahead;
  else edi_lexer_next(&parser->lexer, &parser->token);
  parser->has_ahead = false;
}

/* Whether a `/` follows on the line of the SLASH that is next. */
static bool pattern_closes(const edi_parser *parser) {
  char c;
  for (uint32_t i = 0; (c = edi_lexer_byte(&parser->lexer, i)) != '\0' && c != '\n'; i++)
    if (c == '/') return true;
  return false;
}

/* `// ...`, a comment of other languages: words in it are no mistakes. */
static void skip_line(edi_lexer *lexer) {
  while (edi_lexer_byte(lexer, 0) != '\0' && edi_lexer_byte(lexer, 0) != '\n') edi_lexer_rune(lexer);
}

void edi_parser_skip(edi_parser *parser) {
  bool slash = edi_parser_at(parser, EDI_TOKEN_SLASH) && !parser->has_ahead;
  if (slash && edi_lexer_byte(&parser->lexer, 0) == '/') skip_line(&parser->lexer);
  else if (slash && pattern_closes(parser)) edi_lexer_pattern(&parser->lexer, &parser->token);
  edi_parser_advance(parser);
}

const edi_token *edi_parser_peek(edi_parser *parser) {
  if (!parser->has_ahead) edi_lexer_next(&parser->lexer, &parser->ahead);
  parser->has_ahead = true;
  return &parser->ahead;
}

bool edi_parser_at(const edi_parser *parser, edi_token_kind kind) {
  return parser->token.kind == kind;
}

bool edi_parser_at_word(const edi_parser *parser, edi_word word) {
  return parser->token.kind == EDI_TOKEN_WORD && parser->token.word == word;
}

bool edi_parser_accept(edi_parser *parser, edi_token_kind kind) {
  if (!edi_parser_at(parser, kind)) return false;
  edi_parser_advance(parser);
  return true;
}

bool edi_parser_accept_word(edi_parser *parser, edi_word word) {
  if (!edi_parser_at_word(parser, word)) return false;
  edi_parser_advance(parser);
  return true;
}

bool edi_parser_expect(edi_parser *parser, edi_token_kind kind, const char *where) {
  if (edi_parser_accept(parser, kind)) return true;
  char what[EDI_SHOWN_MOST];
  snprintf(what, sizeof what, "%s %s", edi_token_kind_text(kind), where);
  return edi_parser_unexpected(parser, EDI_E0123, what);
}

bool edi_parser_expect_word(edi_parser *parser, edi_word word, const char *where) {
  if (edi_parser_accept_word(parser, word)) return true;
  edi_str text = edi_word_text(word);
  char what[EDI_SHOWN_MOST];
  snprintf(what, sizeof what, "`%.*s` %s", EDI_STR_ARG(text), where);
  bool near = edi_parser_at(parser, EDI_TOKEN_WORD) && edi_word_is_near(parser->token.text, word);
  if (!near) return edi_parser_unexpected(parser, EDI_E0123, what);
  char shown[EDI_SHOWN_MOST];
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0123, parser->token.span, "", "expected %s, found %s", what,
                       edi_parser_shown(&parser->token, shown));
  edi_finding_write(finding, false, text);
  edi_parser_advance(parser);
  edi_parser_doubt(parser);
  return true;
}

bool edi_parser_close(edi_parser *parser, edi_token_kind kind, edi_span open) {
  if (edi_parser_accept(parser, kind)) return true;
  if (was_reported(parser)) return false;
  char shown[EDI_SHOWN_MOST];
  edi_str bracket = edi_parser_text(parser, open);
  uint32_t end = parser->consumed.end;
  bool ends = edi_parser_at(parser, EDI_TOKEN_END) && end > 0;
  edi_finding *finding = edi_parser_error(
      parser, EDI_E0125, ends ? edi_parser_span(parser, end, end) : parser->token.span, "", "expected %s to close `%.*s`, found %s",
      edi_token_kind_text(kind), EDI_STR_ARG(bracket), edi_parser_shown(&parser->token, shown));
  edi_finding_label(finding, open, "opened here");
  return false;
}

bool edi_parser_string(edi_parser *parser, const char *where, edi_str *text, edi_span *span) {
  if (!edi_parser_at(parser, EDI_TOKEN_STRING)) {
    char what[EDI_SHOWN_MOST];
    snprintf(what, sizeof what, "a string %s", where);
    return edi_parser_unexpected(parser, EDI_E0123, what);
  }
  *text = parser->token.text;
  if (!text->ptr) text->ptr = "";
  if (span) *span = parser->token.span;
  edi_parser_advance(parser);
  return true;
}

/* ---- names ---- */

bool edi_parser_name(edi_parser *parser, const char *what, edi_name *name) {
  bool quoted = edi_parser_at(parser, EDI_TOKEN_STRING);
  if (!edi_parser_at(parser, EDI_TOKEN_WORD) || edi_parser_at_line_word(parser)) {
    if (!quoted) return edi_parser_unexpected(parser, EDI_E0124, what);
    edi_finding *finding = edi_parser_error(parser, EDI_E0124, parser->token.span, "",
                                            "expected %s, found a string", what);
    edi_finding_fix(finding, false, "a name stands without quotes");
    return false;
  }
  *name = (edi_name){parser->token.text, parser->token.span};
  edi_parser_advance(parser);
  return true;
}

bool edi_parser_plain_name(edi_parser *parser, const char *what, edi_name *name) {
  if (!edi_parser_name(parser, what, name)) return false;
  if (!memchr(name->text.ptr, '.', name->text.len)) return true;
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0124, name->span, "a dot in it", "%s has no dot", what);
  edi_finding_note(finding,
                   "a dot stands in the names of modules and nodes, and before an attribute");
  edi_parser_doubt(parser);
  return true;
}

bool edi_parser_column(edi_parser *parser, edi_name *name) {
  if (!edi_parser_at(parser, EDI_TOKEN_STRING)) return edi_parser_name(parser, "a column", name);
  *name = (edi_name){parser->token.text, parser->token.span};
  edi_parser_advance(parser);
  return true;
}

bool edi_parser_names(edi_parser *parser, const char *what, edi_names *names) {
  size_t capacity = 0;
  do {
    edi_name name;
    if (!edi_parser_name(parser, what, &name)) return false;
    EDI_PUSH(parser, names->items, names->count, capacity, edi_name, name);
  } while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
  return !parser->lexer.failed;
}

/* ---- where parsing goes on ---- */

bool edi_parser_at_end(const edi_parser *parser) {
  const edi_token *token = &parser->token;
  if (token->kind == EDI_TOKEN_END) return true;
  return token->kind == EDI_TOKEN_WORD && token->first && token->column <= parser->column &&
         edi_word_group_of(token->word) == EDI_GROUP_DECLARATION;
}

bool edi_parser_at_line_word(const edi_parser *parser) {
  if (edi_parser_at_end(parser)) return true;
  if (!edi_parser_at(parser, EDI_TOKEN_WORD) || !parser->token.first) return false;
  edi_word_group group = edi_word_group_of(parser->token.word);
  return group == EDI_GROUP_CLAUSE || group == EDI_GROUP_EFFECT ||
         parser->token.word == EDI_WORD_WITH;
}

bool edi_parser_at_clause_end(const edi_parser *parser) {
  if (edi_parser_at(parser, EDI_TOKEN_END)) return true;
  if (!edi_parser_at(parser, EDI_TOKEN_WORD)) return false;
  edi_word_group group = edi_word_group_of(parser->token.word);
  return group == EDI_GROUP_CLAUSE || group == EDI_GROUP_EFFECT ||
         parser->token.word == EDI_WORD_WITH ||
         (group == EDI_GROUP_DECLARATION && parser->token.first);
}

bool edi_parser_at_misspelt(const edi_parser *parser) {
  const edi_token *token = &parser->token;
  return token->kind == EDI_TOKEN_WORD && token->first && token->column <= parser->column &&
         token->word == EDI_WORD_NONE &&
         edi_word_near(token->text, EDI_GROUP_CLAUSE) == EDI_WORD_NONE &&
         edi_word_near(token->text, EDI_GROUP_EFFECT) == EDI_WORD_NONE;
}

void edi_parser_skip_clause(edi_parser *parser) {
  while (!edi_parser_at_line_word(parser) && !edi_parser_at_misspelt(parser))
    edi_parser_skip(parser);
}

void edi_parser_skip_declaration(edi_parser *parser) {
  while (!edi_parser_at_end(parser)) edi_parser_skip(parser);
}

void edi_parser_skip_brackets(edi_parser *parser) {
  size_t open = 1;
  while (open > 0 && !edi_parser_at_end(parser)) {
    edi_token_kind kind = parser->token.kind;
    open += kind == EDI_TOKEN_BRACE_OPEN || kind == EDI_TOKEN_BRACKET_OPEN ||
            kind == EDI_TOKEN_PAREN_OPEN;
    open -= kind == EDI_TOKEN_BRACE_CLOSE || kind == EDI_TOKEN_BRACKET_CLOSE ||
            kind == EDI_TOKEN_PAREN_CLOSE;
    edi_parser_skip(parser);
  }
}

/* ---- messages ---- */

void edi_parser_doubt(edi_parser *parser) { parser->doubt = parser->consumed.end; }

edict_diagnostics *edi_parser_list(edi_parser *parser) {
  parser->lexer.errors++;
  return parser->lexer.failed ? NULL : parser->diagnostics;
}

const char *edi_parser_shown(const edi_token *token, char shown[EDI_SHOWN_MOST]) {
  enum { WORD_MOST = 60 };
  if (token->kind == EDI_TOKEN_WORD && token->text.len <= WORD_MOST)
    snprintf(shown, EDI_SHOWN_MOST, "`%.*s`", EDI_STR_ARG(token->text));
  else snprintf(shown, EDI_SHOWN_MOST, "%s", edi_token_kind_text(token->kind));
  return shown;
}

/* What is missing is missing at the end of its line, and not where the next line begins. */
static bool ends_a_line(const edi_parser *parser, edi_code code) {
  bool missing = code == EDI_E0123 || code == EDI_E0124 || code == EDI_E0152 || code == EDI_E0163;
  return missing && parser->consumed.end > 0 &&
         (parser->token.first || edi_parser_at(parser, EDI_TOKEN_END));
}

bool edi_parser_unexpected(edi_parser *parser, edi_code code, const char *what) {
  char shown[EDI_SHOWN_MOST];
  if (was_reported(parser)) return false;
  if (ends_a_line(parser, code)) {
    uint32_t end = parser->consumed.end;
    edi_finding *short_of = edi_parser_error(parser, code, edi_parser_span(parser, end, end), "",
                                             "expected %s, found the end of the %s", what,
                                             edi_parser_at(parser, EDI_TOKEN_END) ? "file" : "line");
    edi_parser_hint_at_end(short_of, code, what);
    return false;
  }
  edi_finding *finding =
      edi_parser_error(parser, code, parser->token.span, "", "expected %s, found %s", what,
                       edi_parser_shown(&parser->token, shown));
  if (code == EDI_E0130 && edi_parser_at(parser, EDI_TOKEN_WORD))
    edi_finding_note(finding, "the clauses are: effect, on, where, when, unless, from, until, oblige, because, see, note");
  bool comment = edi_parser_at(parser, EDI_TOKEN_SLASH) &&
                 edi_lexer_byte(&parser->lexer, 0) != '\0' &&
                 strchr("/*", edi_lexer_byte(&parser->lexer, 0)) && !parser->has_ahead;
  if (comment) edi_finding_fix(finding, false, "a comment begins with `#`");
  else edi_parser_hint(parser, finding, code, what);
  return false;
}

bool edi_parser_no_row(edi_parser *parser, const char *what) {
  char shown[EDI_SHOWN_MOST];
  bool tag = edi_parser_at(parser, EDI_TOKEN_WORD) && parser->token.word == EDI_WORD_NONE && !parser->token.first;
  if (!tag || was_reported(parser)) return edi_parser_unexpected(parser, EDI_E0163, what);
  edi_finding *finding = edi_parser_error(parser, EDI_E0163, parser->token.span, "", "expected %s, found %s", what,
                                          edi_parser_shown(&parser->token, shown));
  edi_finding_fix(finding, false, "row[%.*s]", EDI_STR_ARG(parser->token.text));
  return false;
}

edi_span edi_parser_span(const edi_parser *parser, uint32_t begin, uint32_t end) {
  return edi_lexer_span(&parser->lexer, begin, end);
}

edi_span edi_parser_from(const edi_parser *parser, edi_span first) {
  uint32_t end = parser->consumed.end;
  return edi_parser_span(parser, first.begin, end > first.begin ? end : first.begin);
}

bool edi_parser_on_a_line(const edi_parser *parser, edi_span span) {
  return !memchr(parser->lexer.text.ptr + span.begin, '\n', span.end - span.begin);
}

edi_str edi_parser_text(const edi_parser *parser, edi_span span) {
  return (edi_str){parser->lexer.text.ptr + span.begin, span.end - span.begin};
}

bool edi_parser_definition_done(edi_parser *parser) {
  if (edi_parser_at_end(parser)) return true;
  if (edi_parser_at_line_word(parser) || parser->token.first)
    return edi_parser_unexpected(parser, EDI_E0122, "a declaration");
  return edi_parser_clause_done(parser);
}

bool edi_parser_clause_done(edi_parser *parser) {
  const edi_token *token = &parser->token;
  if (edi_parser_at_clause_end(parser) || token->first) return true;
  if (parser->braced && edi_parser_accept(parser, EDI_TOKEN_BRACE_CLOSE)) return true;
  edi_word near = EDI_WORD_NONE;
  bool word = token->kind == EDI_TOKEN_WORD;
  if (word && token->word == EDI_WORD_NONE) near = edi_word_near(token->text, EDI_GROUP_OPERATOR);
  if (near != EDI_WORD_NONE) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0162, token->span, "",
                                            "`%.*s` is no operator", EDI_STR_ARG(token->text));
    edi_finding_write(finding, edi_str_compare_caseless(token->text, edi_word_text(near)) == 0, edi_word_text(near));
    return false;
  }
  if (token->kind == EDI_TOKEN_SLASH)
    return edi_parser_unexpected(parser, EDI_E0162,
                                 "an operator or the next clause: there is no division");
  if (word || token->kind == EDI_TOKEN_PAREN_OPEN || token->kind == EDI_TOKEN_INT)
    return edi_parser_unexpected(parser, EDI_E0162, "an operator or the next clause");
  return edi_parser_unexpected(parser, EDI_E0126, "the end of the clause");
}

/* ---- memory and nesting ---- */

/* What was read ahead goes too: from here on every token is END. */
static void out_of_memory(edi_parser *parser) {
  edi_lexer_no_memory(&parser->lexer);
  parser->has_ahead = false;
  edi_lexer_next(&parser->lexer, &parser->token);
}

void *edi_parser_alloc(edi_parser *parser, size_t size) {
  void *piece = parser->lexer.failed ? NULL : edi_arena_alloc(parser->arena, size);
  if (!piece) out_of_memory(parser);
  return piece;
}

edi_expr_more *edi_parser_expr_more(edi_parser *parser, edi_expr *expr) {
  edi_expr_more *more = parser->lexer.failed ? NULL : edi_expr_extend(parser->arena, expr);
  if (!more) out_of_memory(parser);
  return more;
}

edi_rule_more *edi_parser_rule_more(edi_parser *parser, edi_rule_decl *rule) {
  edi_rule_more *more = parser->lexer.failed ? NULL : edi_rule_extend(parser->arena, rule);
  if (!more) out_of_memory(parser);
  return more;
}

void *edi_parser_push(edi_parser *parser, void **items, size_t *count, size_t *capacity,
                      size_t size) {
  if (parser->lexer.failed) return NULL;
  if (*count == 0 && *capacity == 0) {
    *items = edi_arena_alloc(parser->arena, size); /* most lists have one item */
    *capacity = *items ? 1 : 0;
  }
  if (!*items || !edi_arena_grow(parser->arena, items, capacity, *count, size)) {
    out_of_memory(parser);
    return NULL;
  }
  char *place = (char *)*items + *count * size;
  (*count)++;
  return memset(place, 0, size);
}

void edi_parser_line(edi_parser *parser) {
  if (!parser->keeps_lines) return;
  EDI_PUSH(parser, parser->lines, parser->line_count, parser->line_capacity, uint32_t,
           parser->token.span.begin);
}

bool edi_parser_enter(edi_parser *parser) {
  if (parser->depth < EDI_LIMIT_EXPRESSION_DEPTH) {
    parser->depth++;
    return true;
  }
  edi_finding *finding = edi_parser_error(parser, EDI_E0703, parser->token.span,
                                          "one level too many", "nested too deeply");
  edi_finding_note(finding, "at most %d levels", EDI_LIMIT_EXPRESSION_DEPTH);
  return false;
}

void edi_parser_leave(edi_parser *parser) { parser->depth--; }
