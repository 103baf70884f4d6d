/* Target atoms: what `on`, `mask` and conditions say of a product, a dataset or a column.
 *
 * In: tokens, the first of which is a word for an entity. Out: TAGGED, HOLDING, NAMED, IN_DOMAIN or
 * CLASSIFIED. Which atoms may stand where is for those who call: parse_rule.c and
 * parse_effect.c. */
#include "policy/parser.h"

static edi_expr *make_atom(edi_parser *parser, edi_expr_kind kind, const edi_token *entity,
                           edi_span op, edi_expr **operands, size_t count) {
  edi_span span = edi_parser_from(parser, entity->span);
  edi_expr *atom = edi_parser_expr(parser, kind, span, op, operands, count);
  if (!atom) return NULL;
  atom->entity = entity->word == EDI_WORD_PRODUCT   ? EDI_ENTITY_PRODUCT
                 : entity->word == EDI_WORD_DATASET ? EDI_ENTITY_DATASET
                 : entity->word == EDI_WORD_COLUMN  ? EDI_ENTITY_COLUMN
                                                    : EDI_ENTITY_RESOURCE;
  if (atom->entity != EDI_ENTITY_RESOURCE) return atom;
  return edi_parser_value_name(parser, atom, (edi_name){entity->text, entity->span}) ? atom : NULL;
}

/*   tags = name { "," name } ; */
static edi_expr *parse_tags(edi_parser *parser, edi_expr_kind kind, const edi_token *entity,
                            edi_span op) {
  edi_expr *few[2], **items = few;
  size_t count = 0, capacity = 2;
  do {
    edi_name name;
    if (!edi_parser_name(parser, "a tag", &name)) return NULL;
    edi_expr *tag = edi_parser_name_expr(parser, name);
    if (!tag) return NULL;
    EDI_PUSH(parser, items, count, capacity, edi_expr *, tag);
  } while (!parser->in_call && edi_parser_accept(parser, EDI_TOKEN_COMMA));
  return make_atom(parser, kind, entity, op, items, count);
}

/* The comparison that is next, or COUNT. `=` is taken for `==`, with a message. */
static edi_expr_kind read_comparison(edi_parser *parser) {
  edi_token token = parser->token;
  edi_expr_kind kind;
  switch ((int)token.kind) {
    case EDI_TOKEN_ASSIGN:
    case EDI_TOKEN_EQ: kind = EDI_EXPR_EQ; break;
    case EDI_TOKEN_LT: kind = EDI_EXPR_LT; break;
    case EDI_TOKEN_LE: kind = EDI_EXPR_LE; break;
    case EDI_TOKEN_GT: kind = EDI_EXPR_GT; break;
    case EDI_TOKEN_GE: kind = EDI_EXPR_GE; break;
    default: return EDI_EXPR_COUNT;
  }
  if (token.kind == EDI_TOKEN_ASSIGN) {
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0153, token.span, "", "`=` does not compare");
    edi_finding_write(finding, true, EDI_STR("=="));
  }
  edi_parser_advance(parser);
  return kind;
}

/*   level = ( "==" | "<" | "<=" | ">" | ">=" ) name ; */
static edi_expr *parse_classified(edi_parser *parser, const edi_token *entity, edi_span op) {
  edi_name level;
  edi_expr_kind compare = read_comparison(parser);
  if (compare == EDI_EXPR_COUNT) {
    edi_parser_unexpected(parser, EDI_E0157, "one of <= < == >= > and a level after `classified`");
    return NULL;
  }
  if (!edi_parser_name(parser, "a level", &level)) return NULL;
  edi_expr *operand = edi_parser_name_expr(parser, level);
  edi_expr *atom = operand ? make_atom(parser, EDI_EXPR_CLASSIFIED, entity, op, &operand, 1) : NULL;
  if (atom) atom->compare = compare;
  return atom;
}

static edi_expr *parse_named(edi_parser *parser, const edi_token *entity, edi_span op) {
  edi_str glob;
  if (!edi_parser_string(parser, "after `named`", &glob, NULL)) return NULL;
  edi_expr *atom = make_atom(parser, EDI_EXPR_NAMED, entity, op, NULL, 0);
  if (atom) atom->text = glob;
  return atom;
}

/*   domain = [ "not" ] "in" "domain" name ; */
static edi_expr *parse_domain(edi_parser *parser, const edi_token *entity) {
  edi_span op = parser->token.span;
  edi_name domain;
  bool negative = edi_parser_accept_word(parser, EDI_WORD_NOT);
  edi_parser_advance(parser);
  op = edi_parser_from(parser, op);
  if (!edi_parser_expect_word(parser, EDI_WORD_DOMAIN, "after `in`") ||
      !edi_parser_name(parser, "a domain", &domain))
    return NULL;
  if (entity->word != EDI_WORD_PRODUCT) {
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0157, entity->span, "", "only a product is in a domain");
    edi_finding_fix(finding, false, "write `product in domain %.*s`", EDI_STR_ARG(domain.text));
  }
  edi_expr *operand = edi_parser_name_expr(parser, domain);
  edi_expr *atom = operand ? make_atom(parser, EDI_EXPR_IN_DOMAIN, entity, op, &operand, 1) : NULL;
  return atom && negative ? edi_parser_unary(parser, EDI_EXPR_NOT, atom->span, op, atom) : atom;
}

static bool refuse_entity(edi_parser *parser, const edi_token *entity) {
  if (entity->word != EDI_WORD_SUBJECT && entity->word != EDI_WORD_CONTEXT) return false;
  edi_finding *finding = edi_parser_error(parser, EDI_E0157, entity->span, "",
                                          "`%.*s` is no target", EDI_STR_ARG(entity->text));
  edi_finding_note(finding, "an attribute is written `%.*s.NAME`", EDI_STR_ARG(entity->text));
  return true;
}

/* `column` stands after `mask` and nothing else does: one way to say what a mask is about. */
static void check_place(edi_parser *parser, const edi_token *entity) {
  bool column = entity->word == EDI_WORD_COLUMN;
  if (column == parser->in_mask) return;
  edi_finding *finding;
  if (column) {
    finding =
        edi_parser_error(parser, EDI_E0156, entity->span, "", "`column` stands only after `mask`");
    edi_finding_fix(finding, false, "write `dataset holding` for a dataset with such a column");
  } else {
    finding =
        edi_parser_error(parser, EDI_E0156, entity->span, "", "`mask` is followed by columns only");
    edi_finding_fix(finding, false, "say in `on` which datasets the rule is about");
  }
}

/* A word after the entity that is nearly one of an atom's. */
static edi_word atom_word(edi_parser *parser) {
  static const edi_word atoms[] = {EDI_WORD_TAGGED, EDI_WORD_HOLDING, EDI_WORD_NAMED,
                                   EDI_WORD_CLASSIFIED};
  if (!edi_parser_at(parser, EDI_TOKEN_WORD)) return EDI_WORD_NONE;
  for (size_t i = 0; i < sizeof atoms / sizeof *atoms; i++)
    if (parser->token.word == atoms[i]) return atoms[i];
  for (size_t i = 0; i < sizeof atoms / sizeof *atoms; i++) {
    if (!edi_word_is_near(parser->token.text, atoms[i])) continue;
    edi_str meant = edi_word_text(atoms[i]);
    edi_finding *finding = edi_parser_error(parser, EDI_E0157, parser->token.span, "",
                                            "nothing is said of a target with `%.*s`",
                                            EDI_STR_ARG(parser->token.text));
    edi_finding_write(finding, false, meant);
    return atoms[i];
  }
  return EDI_WORD_NONE;
}

static edi_expr *parse_rest(edi_parser *parser, const edi_token *entity);

/*   atom = "product" domain
 *        | ( "product" | "dataset" ) ( ( "tagged" | "holding" ) tags | "named" string
 *                                    | "classified" level )
 *        | word ( "tagged" tags | "named" string ) ;
 *   column-atom = "column" ( "tagged" tags | "named" string | "classified" level ) ;
 *
 * The word is that of a kind of resource. */
edi_expr *edi_parse_atom(edi_parser *parser) {
  edi_token entity = parser->token;
  edi_parser_advance(parser);
  if (refuse_entity(parser, &entity)) return NULL;
  check_place(parser, &entity);
  bool negative =
      edi_parser_at_word(parser, EDI_WORD_NOT) && edi_parser_peek(parser)->word == EDI_WORD_IN;
  if (negative || edi_parser_at_word(parser, EDI_WORD_IN)) return parse_domain(parser, &entity);
  return parse_rest(parser, &entity);
}

edi_expr *edi_parse_resource_atom(edi_parser *parser, const edi_token *kind) {
  check_place(parser, kind);
  return parse_rest(parser, kind);
}

static edi_expr *parse_rest(edi_parser *parser, const edi_token *entity) {
  edi_word word = atom_word(parser);
  edi_span op = parser->token.span;
  if (word != EDI_WORD_NONE) edi_parser_advance(parser);
  if (word == EDI_WORD_HOLDING && entity->word == EDI_WORD_COLUMN) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0157, op, "", "a column holds no columns");
    edi_finding_fix(finding, false, "write `column tagged`");
  }
  if (word == EDI_WORD_TAGGED) return parse_tags(parser, EDI_EXPR_TAGGED, entity, op);
  if (word == EDI_WORD_HOLDING) return parse_tags(parser, EDI_EXPR_HOLDING, entity, op);
  if (word == EDI_WORD_NAMED) return parse_named(parser, entity, op);
  if (word == EDI_WORD_CLASSIFIED) return parse_classified(parser, entity, op);
  edi_parser_unexpected(parser, EDI_E0157, entity->word == EDI_WORD_COLUMN ? "`tagged`, `named` or `classified` after `column`"
                                                                           : "`tagged`, `holding`, `named` or `classified` after a target");
  return NULL;
}
