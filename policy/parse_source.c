/* Declarations of where facts come from: issuers with their claims, and tables.
 *
 * In: tokens, the first of which is `issuer` or `table`. Out: edi_issuer_decl and edi_table_decl. A
 * line of an issuer that cannot be read costs that line alone. */
#include "policy/parser.h"

/* ---- claims ---- */

/*   claim-map = string "as" name ; */
static bool parse_map(edi_parser *parser, edi_claim_map *map) {
  edi_span first = parser->token.span;
  if (!edi_parser_string(parser, "of a claim", &map->text, NULL) ||
      !edi_parser_expect_word(parser, EDI_WORD_AS, "after the text of a claim") ||
      !edi_parser_name(parser, "a node", &map->node))
    return false;
  map->span = edi_parser_from(parser, first);
  return true;
}

/*   claim = "subject." name "from" string [ "within" name ] { claim-map } [ "ignore" "others" ] ; */
static bool parse_claim(edi_parser *parser, edi_claim_decl *claim) {
  size_t capacity = 0;
  const uint32_t prefix = (uint32_t)(sizeof "subject." - 1);
  edi_str text = parser->token.text;
  edi_span span = parser->token.span;
  claim->within.span = EDI_SPAN_NONE;
  claim->attribute.text = (edi_str){text.ptr + prefix, text.len - prefix};
  claim->attribute.span = edi_parser_span(parser, span.begin + prefix, span.end);
  edi_parser_advance(parser);
  if (!edi_parser_expect_word(parser, EDI_WORD_FROM, "and a claim after an attribute") ||
      !edi_parser_string(parser, "after `from`", &claim->path, &claim->path_span))
    return false;
  if (edi_parser_accept_word(parser, EDI_WORD_WITHIN) &&
      !edi_parser_name(parser, "a node", &claim->within))
    return false;
  while (edi_parser_at(parser, EDI_TOKEN_STRING)) {
    edi_claim_map map;
    if (!parse_map(parser, &map)) return false;
    EDI_PUSH(parser, claim->maps, claim->map_count, capacity, edi_claim_map, map);
  }
  claim->ignore_others = edi_parser_accept_word(parser, EDI_WORD_IGNORE);
  return !claim->ignore_others || edi_parser_expect_word(parser, EDI_WORD_OTHERS, "after `ignore`");
}

/* ---- issuers ---- */

typedef struct issuer_lines {
  size_t claim_capacity;
  edi_span seen[5]; /* audience, keys, algorithms, tokens, revoked */
} issuer_lines;

/* Consumes the word of a line. False: the issuer has that line already. */
static bool once(edi_parser *parser, edi_span *seen) {
  edi_token token = parser->token;
  edi_parser_advance(parser);
  if (seen->begin == seen->end) {
    *seen = token.span;
    return true;
  }
  edi_finding *finding = edi_parser_error(parser, EDI_E0171, token.span, "again",
                                          "an issuer has one `%.*s`", EDI_STR_ARG(token.text));
  edi_finding_label(finding, *seen, "the first one");
  return false;
}

/*   key-source = string | "from" "host" ; */
static bool parse_key_source(edi_parser *parser, edi_issuer_decl *issuer) {
  edi_span first = parser->token.span;
  if (!edi_parser_accept_word(parser, EDI_WORD_FROM))
    return edi_parser_string(parser, "after `keys`", &issuer->keys, &issuer->keys_span);
  issuer->keys_from_host = edi_parser_expect_word(parser, EDI_WORD_HOST, "after `keys from`");
  issuer->keys_span = edi_parser_from(parser, first);
  return issuer->keys_from_host;
}

/*   issuer-line = "audience" string | "keys" key-source | "algorithms" name { "," name }
                 | "tokens" name { "," name } | "revoked" "in" name | claim ; */
static bool parse_issuer_line(edi_parser *parser, edi_issuer_decl *issuer, issuer_lines *lines) {
  if (edi_str_starts(parser->token.text, EDI_STR("subject."))) {
    edi_claim_decl claim = {.maps = NULL};
    if (!parse_claim(parser, &claim)) return false;
    EDI_PUSH(parser, issuer->claims, issuer->claim_count, lines->claim_capacity, edi_claim_decl,
             claim);
    return true;
  }
  edi_issuer_decl second = {.url = {NULL, 0}}; /* takes what is said twice */
  switch ((int)parser->token.word) {
    case EDI_WORD_AUDIENCE:
      if (!once(parser, &lines->seen[0])) issuer = &second;
      return edi_parser_string(parser, "after `audience`", &issuer->audience,
                               &issuer->audience_span);
    case EDI_WORD_KEYS:
      if (!once(parser, &lines->seen[1])) issuer = &second;
      return parse_key_source(parser, issuer);
    case EDI_WORD_ALGORITHMS:
      if (!once(parser, &lines->seen[2])) issuer = &second;
      return edi_parser_names(parser, "an algorithm", &issuer->algorithms);
    case EDI_WORD_TOKENS:
      if (!once(parser, &lines->seen[3])) issuer = &second;
      return edi_parser_names(parser, "a kind of tokens", &issuer->tokens);
    case EDI_WORD_REVOKED:
      if (!once(parser, &lines->seen[4])) issuer = &second;
      return edi_parser_expect_word(parser, EDI_WORD_IN, "after `revoked`") &&
             edi_parser_name(parser, "a table", &issuer->revoked);
    default: return false;
  }
}

static const edi_word line_words[] = {EDI_WORD_AUDIENCE, EDI_WORD_KEYS, EDI_WORD_ALGORITHMS,
                                      EDI_WORD_TOKENS, EDI_WORD_REVOKED};
enum { LINE_WORDS = sizeof line_words / sizeof *line_words };

static bool at_issuer_line(const edi_parser *parser) {
  if (!edi_parser_at(parser, EDI_TOKEN_WORD)) return false;
  for (size_t i = 0; i < LINE_WORDS; i++)
    if (parser->token.word == line_words[i]) return true;
  return edi_str_starts(parser->token.text, EDI_STR("subject."));
}

/* To the next line that begins with a word. */
static void skip_issuer_line(edi_parser *parser) {
  while (!edi_parser_at_end(parser) &&
         !(parser->token.first && edi_parser_at(parser, EDI_TOKEN_WORD)))
    edi_parser_advance(parser);
}

/* What follows is indented deeper than the word `issuer`, and is no line of an issuer. */
static void report_issuer_line(edi_parser *parser) {
  for (size_t i = 0; i < LINE_WORDS; i++) {
    if (!edi_parser_at(parser, EDI_TOKEN_WORD) ||
        !edi_word_is_near(parser->token.text, line_words[i]))
      continue;
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0171, parser->token.span, "", "an issuer has no line `%.*s`",
                         EDI_STR_ARG(parser->token.text));
    edi_finding_write(finding, false, edi_word_text(line_words[i]));
    return;
  }
  edi_parser_unexpected(parser, EDI_E0171, "audience, keys, algorithms, tokens, revoked or `subject.NAME from ...`");
}

/*   issuer = "issuer" ( "host" | word string ) { issuer-line } ; */
bool edi_parse_issuer(edi_parser *parser, edi_decl *decl) {
  edi_issuer_decl *issuer = decl->as.issuer = edi_parser_alloc(parser, sizeof *issuer);
  issuer_lines lines = {.claim_capacity = 0};
  decl->kind = EDI_DECL_ISSUER;
  if (!issuer) return false;
  issuer->url_span = issuer->audience_span = issuer->keys_span = EDI_SPAN_NONE;
  issuer->revoked.span = EDI_SPAN_NONE;
  edi_parser_advance(parser);
  bool host = edi_parser_at_word(parser, EDI_WORD_HOST);
  parser->keep = edi_parser_plain_name(parser, "the name of an issuer", &issuer->name);
  if (!parser->keep) return false;
  if ((!host || edi_parser_at(parser, EDI_TOKEN_STRING)) &&
      !edi_parser_string(parser, "with the address of the issuer", &issuer->url, &issuer->url_span))
    skip_issuer_line(parser);
  while (!edi_parser_at_end(parser)) {
    bool line = at_issuer_line(parser);
    if (!line && parser->token.column <= parser->column) break;
    if (!line) report_issuer_line(parser);
    if (line) edi_parser_line(parser);
    else edi_parser_advance(parser);
    if (!line || !parse_issuer_line(parser, issuer, &lines)) skip_issuer_line(parser);
  }
  return true;
}

/* ---- tables ---- */

/*   table-columns = "(" word ":" type { "," word ":" type } ")" ; */
bool edi_parse_columns(edi_parser *parser, const char *what, const char *where,
                       edi_table_column **items, size_t *count) {
  size_t capacity = 0;
  edi_span open = parser->token.span;
  if (!edi_parser_expect(parser, EDI_TOKEN_PAREN_OPEN, where)) return false;
  do {
    edi_table_column column = {.type = {.set = false}};
    if (!edi_parser_plain_name(parser, what, &column.name) ||
        !edi_parser_expect(parser, EDI_TOKEN_COLON, "and a type after its name") ||
        !edi_parse_type(parser, &column.type))
      return false;
    EDI_PUSH(parser, *items, *count, capacity, edi_table_column, column);
  } while (edi_parser_accept(parser, EDI_TOKEN_COMMA));
  return edi_parser_close(parser, EDI_TOKEN_PAREN_CLOSE, open);
}

/*   table = "table" word table-columns [ "gives" table-columns ] [ "complete" ] ; */
bool edi_parse_table(edi_parser *parser, edi_decl *decl) {
  edi_table_decl *table = &decl->as.table;
  decl->kind = EDI_DECL_TABLE;
  edi_parser_advance(parser);
  parser->keep = edi_parser_plain_name(parser, "the name of a table", &table->name);
  if (!parser->keep ||
      !edi_parse_columns(parser, "a column of a table", "and the keys of a table", &table->keys, &table->key_count))
    return false;
  bool gives = edi_parser_at(parser, EDI_TOKEN_WORD) &&
               edi_word_is_near(parser->token.text, EDI_WORD_GIVES) && !edi_parser_at_end(parser);
  if (gives && (!edi_parser_expect_word(parser, EDI_WORD_GIVES, "after the keys of a table") ||
                !edi_parse_columns(parser, "a column of a table", "after `gives`", &table->values, &table->value_count)))
    return false;
  table->complete = edi_parser_accept_word(parser, EDI_WORD_COMPLETE);
  if (table->complete || edi_parser_at_end(parser) || parser->token.column <= parser->column)
    return true;
  return edi_parser_expect_word(parser, table->value_count > 0 ? EDI_WORD_COMPLETE : EDI_WORD_GIVES,
                                "or the end of the table");
}

/* ---- obligations ---- */

/*   obligation = "obligation" word ( table-columns | "(" ")" ) ; */
bool edi_parse_obligation(edi_parser *parser, edi_decl *decl) {
  edi_obligation_decl *obligation = &decl->as.obligation;
  decl->kind = EDI_DECL_OBLIGATION;
  edi_parser_advance(parser);
  parser->keep = edi_parser_plain_name(parser, "the name of an obligation", &obligation->name);
  if (!parser->keep) return false;
  bool none = edi_parser_at(parser, EDI_TOKEN_PAREN_OPEN) &&
              edi_parser_peek(parser)->kind == EDI_TOKEN_PAREN_CLOSE;
  if (!none)
    return edi_parse_columns(parser, "a parameter", "and the parameters of an obligation",
                             &obligation->parameters, &obligation->parameter_count);
  edi_parser_advance(parser);
  edi_parser_advance(parser);
  return true;
}
