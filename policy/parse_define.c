/* Definitions: names for expressions, with parameters and without.
 *
 * In: tokens from `let` or `define` on. Out: an edi_definition_decl whose body is as written. What it
 * means is for the checker to say where it is used: nothing is looked up here. */
#include "policy/parser.h"

static bool parse_body(edi_parser *parser, edi_definition_decl *definition, const char *where) {
  if (!edi_parser_expect(parser, EDI_TOKEN_ASSIGN, where)) return false;
  definition->body = edi_parse_expression(parser);
  return definition->body && edi_parser_definition_done(parser);
}

/*   let = "let" word "=" expression ; */
bool edi_parse_let(edi_parser *parser, edi_decl *decl) {
  edi_definition_decl *definition = &decl->as.definition;
  decl->kind = EDI_DECL_LET;
  definition->constant = true;
  edi_parser_advance(parser);
  parser->keep = edi_parser_plain_name(parser, "the name of a definition", &definition->name);
  if (!parser->keep) return false;
  edi_span open = parser->token.span;
  if (edi_parser_at(parser, EDI_TOKEN_PAREN_OPEN)) {
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0123, open, "", "a `let` has no parameters");
    edi_finding_fix(finding, false, "write `define %.*s(...) = ...`",
                    EDI_STR_ARG(definition->name.text));
    return false;
  }
  return parse_body(parser, definition, "after the name of a `let`");
}

static bool parse_parameters(edi_parser *parser, edi_definition_decl *definition) {
  bool none = edi_parser_at(parser, EDI_TOKEN_PAREN_OPEN) &&
              edi_parser_peek(parser)->kind == EDI_TOKEN_PAREN_CLOSE;
  if (!none)
    return edi_parse_columns(parser, "a parameter", "and the parameters of a definition",
                             &definition->parameters, &definition->parameter_count);
  edi_parser_advance(parser);
  edi_parser_advance(parser);
  return true;
}

/*   define = "define" word ( table-columns | "(" ")" ) "=" expression ; */
bool edi_parse_define(edi_parser *parser, edi_decl *decl) {
  edi_definition_decl *definition = &decl->as.definition;
  decl->kind = EDI_DECL_DEFINE;
  edi_parser_advance(parser);
  parser->keep = edi_parser_plain_name(parser, "the name of a definition", &definition->name);
  return parser->keep && parse_parameters(parser, definition) &&
         parse_body(parser, definition, "after the parameters of a definition");
}
