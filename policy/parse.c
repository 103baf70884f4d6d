/* Parse: a rule file from its first byte to its last declaration.
 *
 * In: a path and bytes that may be anything. Out: the tree, and a finding for each mistake.
 * Invariant: the status is OK only if nothing was reported, and a declaration in which something
 * was reported is marked `broken` in the tree, if it is in the tree at all. Start at edi_parse. */
#include "policy/parser.h"

/* ---- declarations ---- */

static const struct {
  edi_word word;
  bool (*parse)(edi_parser *parser, edi_decl *decl);
} declarations[] = {
    {EDI_WORD_TAXONOMY, edi_parse_taxonomy},
    {EDI_WORD_LEVELS, edi_parse_levels},
    {EDI_WORD_ATTRIBUTES, edi_parse_attributes},
    {EDI_WORD_ISSUER, edi_parse_issuer},
    {EDI_WORD_KEY, edi_parse_key},
    {EDI_WORD_TABLE, edi_parse_table},
    {EDI_WORD_DOMAINS, edi_parse_state},
    {EDI_WORD_UNTAGGED, edi_parse_untagged},
    {EDI_WORD_OBLIGATION, edi_parse_obligation},
    {EDI_WORD_RULE, edi_parse_rule},
    {EDI_WORD_SHADOW, edi_parse_rule},
    {EDI_WORD_TEST, edi_parse_test},
    {EDI_WORD_RESOURCE, edi_parse_resource},
    {EDI_WORD_LET, edi_parse_let},
    {EDI_WORD_DEFINE, edi_parse_define},
};

static void refuse_module(edi_parser *parser) {
  edi_finding *finding = edi_parser_error(parser, EDI_E0121, parser->token.span, "again",
                                          "a file has one `module`, and it comes first");
  if (parser->file->module.text.len > 0)
    edi_finding_label(finding, parser->file->module.span, "the first one");
  edi_finding_fix(finding, false, "put the second module into a file of its own");
}

/* `module`: the one word of DECLARATION that begins none of the above. */
static void refuse_declaration(edi_parser *parser) {
  refuse_module(parser);
  edi_parser_advance(parser);
  edi_parser_skip_declaration(parser);
}

/* True: it was nearly a word that begins a declaration, and is now taken for it. */
static bool mend_declaration(edi_parser *parser) {
  static const char *const imports[] = {"import", "include", "use", "using"};
  edi_token *token = &parser->token;
  edi_word near = EDI_WORD_NONE;
  edi_word_group group = edi_word_group_of(token->word);
  if (token->kind == EDI_TOKEN_WORD && group != EDI_GROUP_CLAUSE && group != EDI_GROUP_EFFECT)
    near = edi_word_near(token->text, EDI_GROUP_DECLARATION);
  for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
    if (!edi_str_equal(token->text, edi_str_from(imports[i])) || token->kind != EDI_TOKEN_WORD)
      continue;
    edi_finding *finding = edi_parser_error(parser, EDI_E0702, token->span, "",
                                            "imports are not in the first version of the language");
    edi_finding_note(finding,
                     "a bare name is looked up in its module, then in its layer, then in the "
                     "federal one");
    return false;
  }
  if (near == EDI_WORD_NONE) return edi_parser_unexpected(parser, EDI_E0122, "a declaration");
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0122, token->span, "", "no declaration begins with `%.*s`",
                       EDI_STR_ARG(token->text));
  edi_finding_write(finding, edi_str_compare_caseless(token->text, edi_word_text(near)) == 0, edi_word_text(near));
  token->word = near;
  token->text = edi_word_text(near);
  parser->doubt = token->span.end;
  return true;
}

static int opens(edi_token_kind kind) {
  bool open = kind == EDI_TOKEN_BRACE_OPEN || kind == EDI_TOKEN_BRACKET_OPEN || kind == EDI_TOKEN_PAREN_OPEN;
  bool close = kind == EDI_TOKEN_BRACE_CLOSE || kind == EDI_TOKEN_BRACKET_CLOSE || kind == EDI_TOKEN_PAREN_CLOSE;
  return open - close;
}

/* Up to the next line that begins with a declaration's word: at any depth, and in brackets no deeper than what was told as
 * a whole. */
static void skip_stray(edi_parser *parser) {
  uint32_t column = parser->token.first ? parser->token.column : UINT32_MAX;
  int open = 0;
  parser->lexer.passing = true;
  do {
    open += opens(parser->token.kind);
    edi_parser_skip(parser);
    parser->column = open > 0 ? column : UINT32_MAX;
  } while (!edi_parser_at_end(parser));
  parser->lexer.passing = false;
}

static void finish_declaration(edi_parser *parser, edi_decl *decl, edi_span first,
                               size_t *capacity) {
  edi_file_ast *file = parser->file;
  decl->span = edi_parser_from(parser, first);
  if (parser->line_count > 0) decl->lines = edi_parser_alloc(parser, parser->line_count * sizeof *decl->lines);
  decl->line_count = decl->lines ? (uint32_t)parser->line_count : 0;
  if (decl->line_count > 0) memcpy(decl->lines, parser->lines, decl->line_count * sizeof *decl->lines);
  if (parser->keep) EDI_PUSH(parser, file->decls, file->decl_count, *capacity, edi_decl *, decl);
}

/*   declaration = taxonomy | levels | attributes | issuer | key | table | state | untagged
 *               | obligation | rule | test | let | define | resource ;
 *
 * Its first word is the first of its line. */
static void parse_declaration(edi_parser *parser, size_t *capacity) {
  edi_word_group group = edi_parser_at(parser, EDI_TOKEN_WORD)
                             ? edi_word_group_of(parser->token.word)
                             : EDI_GROUP_NONE;
  if (group != EDI_GROUP_DECLARATION && !mend_declaration(parser)) {
    skip_stray(parser);
    return;
  }
  size_t errors = parser->lexer.errors;
  edi_span first = parser->token.span;
  if (!parser->token.first)
    edi_parser_error(parser, EDI_E0122, first, "", "a declaration begins a line of its own");
  parser->column = parser->token.column;
  parser->keep = false;
  parser->line_count = 0; /* their place is used again */
  for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++) {
    if (!edi_parser_at_word(parser, declarations[i].word)) continue;
    edi_decl *decl = edi_parser_alloc(parser, sizeof *decl);
    if (!decl) return;
    bool whole = declarations[i].parse(parser, decl);
    if (!whole) edi_parser_skip_declaration(parser);
    decl->broken = parser->lexer.errors > errors || group != EDI_GROUP_DECLARATION;
    finish_declaration(parser, decl, first, capacity);
    return;
  }
  refuse_declaration(parser);
}

/* ---- the file ---- */

static void report_no_module(edi_parser *parser) {
  char shown[EDI_SHOWN_MOST];
  edi_finding *finding = edi_parser_error(parser, EDI_E0120, parser->token.span, "",
                                          "a file begins with its `module`, not with %s",
                                          edi_parser_shown(&parser->token, shown));
  edi_finding_fix(finding, false, "begin it with `module federal.NAME`, or with the domain's name");
}

/*   module = "module" name ; */
static void parse_module(edi_parser *parser) {
  bool near = edi_parser_at(parser, EDI_TOKEN_WORD) &&
              edi_word_is_near(parser->token.text, EDI_WORD_MODULE);
  if (near) {
    edi_parser_expect_word(parser, EDI_WORD_MODULE, "at the start of a file");
    if (edi_parser_name(parser, "the name of a module", &parser->file->module)) return;
    if (!edi_parser_at_end(parser)) skip_stray(parser);
    return;
  }
  if (!parser->token.reported) report_no_module(parser);
  bool declares = edi_word_group_of(parser->token.word) == EDI_GROUP_DECLARATION;
  if (!declares && !edi_parser_at(parser, EDI_TOKEN_END)) skip_stray(parser);
}

/*   file = module { declaration } ; */
static void parse_file(edi_parser *parser) {
  size_t capacity = 0;
  edi_parser_advance(parser);
  parse_module(parser);
  while (!edi_parser_at(parser, EDI_TOKEN_END)) parse_declaration(parser, &capacity);
}

static edict_status refuse_size(edi_file_ast *file, size_t size, edict_diagnostics *diagnostics) {
  edi_finding *finding = edi_diagnostics_add(diagnostics, EDI_E0700, (edi_span){file->source, 0, 0},
                                             "", "a rule file of %zu bytes is too large", size);
  edi_finding_note(finding, "a rule file has at most %d bytes", EDI_LIMIT_RULE_FILE);
  edi_finding_fix(finding, false, "split it: several files may share a module");
  return EDICT_FINDINGS;
}

edi_source edi_parse_open(edi_str path, edi_str text, edict_diagnostics *diagnostics) {
  return edi_diagnostics_borrow(diagnostics, path, text.len > EDI_LIMIT_RULE_FILE ? EDI_STR("") : text);
}

static edict_status parse(edi_arena *arena, edi_source source, edi_str path, edi_str text, bool lines, edi_file_ast **file,
                          edict_diagnostics *diagnostics) {
  *file = EDI_NEW(arena, edi_file_ast);
  if (!*file) return edi_arena_status(arena);
  (*file)->path = path;
  (*file)->module.span = EDI_SPAN_NONE;
  (*file)->source = source;
  if (text.len > EDI_LIMIT_RULE_FILE) return refuse_size(*file, text.len, diagnostics);
  (*file)->text = text;
  edi_parser parser = {.arena = arena, .diagnostics = diagnostics, .file = *file, .keeps_lines = lines};
  if (edi_lexer_init(&parser.lexer, arena, (*file)->source, text, diagnostics)) parse_file(&parser);
  if (parser.lexer.failed) {
    edi_diagnostics_add(diagnostics, EDI_E0708, (edi_span){(*file)->source, 0, 0}, "",
                        "there is not enough memory for this file");
    return parser.lexer.failed;
  }
  return parser.lexer.errors > 0 ? EDICT_FINDINGS : EDICT_OK;
}

edict_status edi_parse(edi_arena *arena, edi_str path, edi_str text, edi_file_ast **file,
                       edict_diagnostics *diagnostics) {
  return parse(arena, edi_parse_open(path, text, diagnostics), path, text, true, file, diagnostics);
}

edict_status edi_parse_source(edi_arena *arena, edi_source source, edi_str path, edi_str text, edi_file_ast **file,
                              edict_diagnostics *diagnostics) {
  return parse(arena, source, path, text, false, file, diagnostics);
}

/* Where the lexer stood before the first token of the declaration, which is the first of its line. */
static void place_lexer(edi_lexer *lexer, edi_arena *arena, const edi_file_ast *file, uint32_t begin) {
  uint32_t line = begin;
  while (line > 0 && file->text.ptr[line - 1] != '\n') line--;
  *lexer = (edi_lexer){.text = file->text, .at = begin, .line = line, .first = true, .source = file->source, .arena = arena};
}

edict_status edi_parse_rule_again(edi_arena *arena, const edi_file_ast *file, edi_rule_decl *rule) {
  const edi_decl *decl = (const edi_decl *)(const void *)((const char *)rule - offsetof(edi_decl, as.rule));
  edi_file_ast same = *file;
  edi_decl again = {.kind = EDI_DECL_RULE};
  edi_parser parser = {.arena = arena, .file = &same};
  place_lexer(&parser.lexer, arena, file, decl->span.begin);
  edi_parser_advance(&parser);
  parser.column = parser.token.column;
  bool whole = edi_parse_rule(&parser, &again);
  if (parser.lexer.failed) return parser.lexer.failed;
  if (!whole || parser.lexer.errors > 0) return EDICT_DEFECT;
  again.as.rule.qualified = rule->qualified;
  *rule = again.as.rule;
  return EDICT_OK;
}
