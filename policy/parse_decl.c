/* Vocabulary: declarations of taxonomies, levels, attributes, keys, and two settings. Issuers and
 * tables are in parse_source.c.
 *
 * In: tokens, the first of which is the declaration's word. Out: the union member of an edi_decl,
 * with whatever could be read; `keep` of the parser says that it is enough to stay in the tree. */
#include "policy/parser.h"

/* `{`, with its place; false and a message if it is not there. */
static bool open_brace(edi_parser *parser, const char *where, edi_span *open) {
  if (edi_parser_at(parser, EDI_TOKEN_STRING) && edi_parser_peek(parser)->kind == EDI_TOKEN_BRACE_OPEN) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0123, parser->token.span, "", "nodes have titles, and what holds them has none");
    edi_finding_fix(finding, false, "leave it out, or make it a comment"); /* what somebody wrote, no tool takes away unasked */
    edi_finding_edit(finding, parser->token.spaced ? EDI_STR("") : EDI_STR(" "));
    edi_parser_advance(parser);
  }
  *open = parser->token.span;
  return edi_parser_expect(parser, EDI_TOKEN_BRACE_OPEN, where);
}

/* Within braces: names separate themselves, and people write commas all the same. */
static void refuse_comma(edi_parser *parser, bool *reported) {
  if (!edi_parser_at(parser, EDI_TOKEN_COMMA)) return;
  if (!*reported) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0126, parser->token.span, "",
                                            "no comma separates what stands in braces");
    edi_finding_fix(finding, true, "leave the commas out");
    /* of this one: the next one is told then; `a,b` are two words still */
    edi_finding_edit(finding, edi_parser_peek(parser)->spaced ? EDI_STR("") : EDI_STR(" "));
  }
  *reported = true;
  edi_parser_advance(parser);
}

/* ---- taxonomies ---- */

/*   tag-type = word [ "<" word ">" ] ; */
static bool parse_tag_type(edi_parser *parser, edi_node_decl *node) {
  if (!edi_parser_plain_name(parser, "a type", &node->type)) return false;
  edi_span open = parser->token.span;
  if (!edi_parser_accept(parser, EDI_TOKEN_LT)) return true;
  return edi_parser_plain_name(parser, "a kind of id", &node->type_parameter) &&
         edi_parser_close(parser, EDI_TOKEN_GT, open);
}

static void refuse_open(edi_parser *parser, edi_span span) {
  edi_finding *finding =
      edi_parser_error(parser, EDI_E0702, span, "",
                       "`open` outside tags is not in the first version of the language");
  edi_finding_fix(finding, false, "leave it out: only tags may be added to by a domain");
}

/* Any word is a node's name, `abstract` and `open` excepted. */
static bool parse_node_name(edi_parser *parser, edi_node_decl *node) {
  bool tags = parser->in_tags;
  while (edi_parser_at_word(parser, EDI_WORD_ABSTRACT) ||
         edi_parser_at_word(parser, EDI_WORD_OPEN)) {
    bool open = edi_parser_at_word(parser, EDI_WORD_OPEN);
    if (open ? node->is_open : node->is_abstract) {
      edi_parser_error(parser, EDI_E0131, parser->token.span, "", "`%s` stands twice",
                       open ? "open" : "abstract");
      return false;
    }
    if (open && !tags) refuse_open(parser, parser->token.span);
    *(open ? &node->is_open : &node->is_abstract) = true;
    edi_parser_advance(parser);
  }
  if (!edi_parser_at(parser, EDI_TOKEN_WORD) || edi_parser_at_end(parser))
    return edi_parser_unexpected(parser, EDI_E0124, "the name of a node, or `}`");
  node->name = (edi_name){parser->token.text, parser->token.span};
  edi_parser_advance(parser);
  return true;
}

/* A title behind the type, or a second one. What stands from the colon on is put in order where nothing else is there. */
static void refuse_title(edi_parser *parser, const edi_node_decl *node, edi_span colon) {
  edi_span title = parser->token.span, type = edi_parser_from(parser, colon), both = {colon.source, colon.begin, title.end};
  bool turned = node->type.text.len > 0 && node->title.len == 0 && edi_parser_on_a_line(parser, both);
  edi_finding *finding = edi_parser_error(parser, EDI_E0123, turned ? both : title, "", "the title of a node stands right after its name");
  edi_finding_fix(finding, turned, "write `NAME \"title\": type`");
  if (turned) {
    edi_buf text;
    edi_buf_init(&text, NULL, EDI_LIMIT_STRING);
    edi_buf_format(&text, " %.*s%.*s", EDI_STR_ARG(edi_parser_text(parser, title)), EDI_STR_ARG(edi_parser_text(parser, type)));
    if (text.failed == EDICT_OK) edi_finding_edit(finding, (edi_str){text.ptr, text.len});
    edi_buf_fini(&text);
  }
  edi_parser_advance(parser);
  edi_parser_doubt(parser);
}

static bool parse_nodes(edi_parser *parser, edi_span open, edi_node_decl ***items, size_t *count);

/*   node = [ "abstract" ] name [ string ] [ ":" tag-type ] [ "{" { node } "}" ] ;
 *   tag-node = [ "abstract" ] [ "open" ] name [ string ] [ ":" tag-type ] [ "{" { tag-node } "}" ] ; */
static bool parse_node(edi_parser *parser, edi_node_decl *node) {
  node->symbol = EDI_NONE;
  node->type.span = node->type_parameter.span = EDI_SPAN_NONE;
  if (!parse_node_name(parser, node)) return false;
  if (edi_parser_at(parser, EDI_TOKEN_STRING)) edi_parser_string(parser, "", &node->title, NULL);
  edi_span colon = parser->token.span;
  if (edi_parser_accept(parser, EDI_TOKEN_COLON) && !parse_tag_type(parser, node)) return false;
  if (edi_parser_at(parser, EDI_TOKEN_STRING)) refuse_title(parser, node, colon);
  edi_span open = parser->token.span;
  if (!edi_parser_accept(parser, EDI_TOKEN_BRACE_OPEN)) return true;
  return parse_nodes(parser, open, &node->children, &node->child_count);
}

/* Up to and with the `}`. */
static bool parse_node_list(edi_parser *parser, edi_span open, edi_node_decl ***items,
                            size_t *count) {
  size_t capacity = 0;
  bool commas = false;
  while (!edi_parser_at(parser, EDI_TOKEN_BRACE_CLOSE)) {
    if (edi_parser_at_end(parser)) break;
    edi_node_decl *node = edi_parser_alloc(parser, sizeof *node);
    if (!node) return false;
    bool whole = parse_node(parser, node);
    if (node->name.text.len > 0) EDI_PUSH(parser, *items, *count, capacity, edi_node_decl *, node);
    if (!whole) return false;
    refuse_comma(parser, &commas);
  }
  return edi_parser_close(parser, EDI_TOKEN_BRACE_CLOSE, open);
}

static bool parse_nodes(edi_parser *parser, edi_span open, edi_node_decl ***items, size_t *count) {
  if (!edi_parser_enter(parser)) {
    edi_parser_skip_brackets(parser);
    return true;
  }
  bool whole = parse_node_list(parser, open, items, count);
  edi_parser_leave(parser);
  return whole;
}

/*   taxonomy = "taxonomy" ( "tag" "{" { tag-node } "}" | word "{" { node } "}" ) ; */
bool edi_parse_taxonomy(edi_parser *parser, edi_decl *decl) {
  edi_taxonomy_decl *taxonomy = &decl->as.taxonomy;
  edi_span open;
  decl->kind = EDI_DECL_TAXONOMY;
  edi_parser_advance(parser);
  parser->keep = edi_parser_plain_name(parser, "a kind, such as tag or purpose,", &taxonomy->kind);
  parser->in_tags = parser->keep && edi_str_equal(taxonomy->kind.text, EDI_STR("tag"));
  return parser->keep && open_brace(parser, "after the kind of a taxonomy", &open) &&
         parse_nodes(parser, open, &taxonomy->roots, &taxonomy->root_count);
}

/* ---- levels ---- */

/*   levels = "levels" word "{" word { "<" word } "}" ; */
bool edi_parse_levels(edi_parser *parser, edi_decl *decl) {
  edi_levels_decl *levels = &decl->as.levels;
  size_t capacity = 0;
  edi_span open;
  decl->kind = EDI_DECL_LEVELS;
  edi_parser_advance(parser);
  parser->keep = edi_parser_plain_name(parser, "the name of a scale", &levels->name);
  if (!parser->keep || !open_brace(parser, "after the name of a scale", &open)) return false;
  do {
    edi_name level;
    if (!edi_parser_plain_name(parser, "a level", &level)) return false;
    EDI_PUSH(parser, levels->levels.items, levels->levels.count, capacity, edi_name, level);
    bool falls = edi_parser_at(parser, EDI_TOKEN_GT);
    if (!falls && !edi_parser_at(parser, EDI_TOKEN_COMMA)) continue;
    edi_finding *finding = edi_parser_error(parser, EDI_E0126, parser->token.span, "",
                                            "levels are joined by `<`, the lowest first");
    edi_finding_fix(finding, false, falls ? "turn them round, with `<` between them" : "write `<` between them");
    return false;
  } while (edi_parser_accept(parser, EDI_TOKEN_LT));
  return edi_parser_close(parser, EDI_TOKEN_BRACE_CLOSE, open);
}

/* ---- types and attributes ---- */

/*   type = "set" "<" element ">" | element ;
 *   element = word [ "<" word ">" ] ; */
bool edi_parse_type(edi_parser *parser, edi_type_decl *type) {
  edi_span first = parser->token.span, open = first;
  type->parameter.span = EDI_SPAN_NONE;
  type->set = edi_parser_at_word(parser, EDI_WORD_SET);
  if (type->set) {
    edi_parser_advance(parser);
    open = parser->token.span;
    if (!edi_parser_accept(parser, EDI_TOKEN_LT))
      return edi_parser_unexpected(parser, EDI_E0170, "`<` and a type after `set`");
  }
  if (edi_parser_at_word(parser, EDI_WORD_SET)) {
    edi_parser_error(parser, EDI_E0170, parser->token.span, "", "a set holds no sets");
    return false;
  }
  if (!edi_parser_plain_name(parser, "a type", &type->name)) return false;
  edi_span inner = parser->token.span;
  if (edi_parser_accept(parser, EDI_TOKEN_LT) &&
      (!edi_parser_plain_name(parser, "a kind of id", &type->parameter) ||
       !edi_parser_close(parser, EDI_TOKEN_GT, inner)))
    return false;
  if (type->set && edi_parser_at(parser, EDI_TOKEN_GE)) {
    edi_finding *finding =
        edi_parser_error(parser, EDI_E0170, parser->token.span, "", "`>=` is one sign");
    edi_finding_write(finding, true, EDI_STR("> ="));
    return false;
  }
  if (type->set && !edi_parser_close(parser, EDI_TOKEN_GT, open)) return false;
  type->span = edi_parser_from(parser, first);
  return true;
}

/*   attribute = word [ "?" ] ":" type [ "=" value ] [ "from" string ] ; */
static bool parse_attribute(edi_parser *parser, edi_attribute_decl *attribute) {
  attribute->path_span = EDI_SPAN_NONE;
  if (!edi_parser_at(parser, EDI_TOKEN_WORD))
    return edi_parser_unexpected(parser, EDI_E0124, "the name of an attribute, or `}`");
  attribute->name = (edi_name){parser->token.text, parser->token.span};
  if (memchr(attribute->name.text.ptr, '.', attribute->name.text.len)) {
    edi_parser_error(parser, EDI_E0124, parser->token.span, "a dot in it",
                     "an attribute has no dot");
    return false;
  }
  edi_parser_advance(parser);
  attribute->optional = edi_parser_accept(parser, EDI_TOKEN_QUESTION);
  if (!edi_parser_expect(parser, EDI_TOKEN_COLON, "and a type after an attribute")) return false;
  if (!edi_parse_type(parser, &attribute->type)) return false;
  if (edi_parser_accept(parser, EDI_TOKEN_ASSIGN)) {
    attribute->fallback = edi_parse_value(parser);
    if (!attribute->fallback) return false;
  }
  if (!edi_parser_at_word(parser, EDI_WORD_FROM) ||
      edi_parser_peek(parser)->kind != EDI_TOKEN_STRING)
    return true;
  edi_parser_advance(parser);
  return edi_parser_string(parser, "after `from`", &attribute->path, &attribute->path_span);
}

/* With the braces around them. */
static bool parse_attributes(edi_parser *parser, edi_attribute_decl **items, size_t *count) {
  size_t capacity = 0;
  bool commas = false;
  edi_span open;
  if (!open_brace(parser, "before attributes", &open)) return false;
  while (!edi_parser_at(parser, EDI_TOKEN_BRACE_CLOSE) && !edi_parser_at_end(parser)) {
    edi_attribute_decl attribute = {.fallback = NULL};
    if (!parse_attribute(parser, &attribute)) return false;
    EDI_PUSH(parser, *items, *count, capacity, edi_attribute_decl, attribute);
    refuse_comma(parser, &commas);
  }
  return edi_parser_close(parser, EDI_TOKEN_BRACE_CLOSE, open);
}

static bool parse_entity(edi_parser *parser, edi_attributes_decl *attributes) {
  attributes->entity_span = parser->token.span;
  edi_word word = edi_parser_at(parser, EDI_TOKEN_WORD) ? parser->token.word : EDI_WORD_NONE;
  edi_word near = EDI_WORD_NONE;
  if (edi_parser_at(parser, EDI_TOKEN_WORD) && word == EDI_WORD_NONE)
    near = edi_word_near(parser->token.text, EDI_GROUP_ENTITY);
  switch ((int)(near != EDI_WORD_NONE ? near : word)) {
    case EDI_WORD_SUBJECT: attributes->entity = EDI_ENTITY_SUBJECT; break;
    case EDI_WORD_CONTEXT: attributes->entity = EDI_ENTITY_CONTEXT; break;
    case EDI_WORD_PRODUCT: attributes->entity = EDI_ENTITY_PRODUCT; break;
    case EDI_WORD_DATASET: attributes->entity = EDI_ENTITY_DATASET; break;
    default:
      return edi_parser_unexpected(parser, EDI_E0172,
                                   "subject, context, product or dataset after `attributes`");
  }
  if (near != EDI_WORD_NONE) {
    edi_finding *finding = edi_parser_error(parser, EDI_E0172, parser->token.span, "",
                                            "nothing called `%.*s` "
                                            "has attributes",
                                            EDI_STR_ARG(parser->token.text));
    edi_finding_write(finding, false, edi_word_text(near));
  }
  edi_parser_advance(parser);
  return true;
}

/*   attributes = "attributes" ( "subject" | "context" | "product" | "dataset" )
 *                "{" { attribute } "}" ; */
bool edi_parse_attributes(edi_parser *parser, edi_decl *decl) {
  edi_attributes_decl *attributes = &decl->as.attributes;
  decl->kind = EDI_DECL_ATTRIBUTES;
  edi_parser_advance(parser);
  parser->keep = parse_entity(parser, attributes);
  return parser->keep && parse_attributes(parser, &attributes->items, &attributes->count);
}

/*   resource = "resource" word "{" { attribute } "}" ; */
bool edi_parse_resource(edi_parser *parser, edi_decl *decl) {
  edi_resource_decl *resource = &decl->as.resource;
  decl->kind = EDI_DECL_RESOURCE;
  edi_parser_advance(parser);
  parser->keep = edi_parser_plain_name(parser, "a kind of resource", &resource->name);
  return parser->keep && parse_attributes(parser, &resource->items, &resource->count);
}

/* ---- keys and settings ---- */

/*   key = "key" word [ string ] [ "joinable" "within" word ] ; */
bool edi_parse_key(edi_parser *parser, edi_decl *decl) {
  edi_key_decl *key = &decl->as.key;
  decl->kind = EDI_DECL_KEY;
  key->scope.span = EDI_SPAN_NONE;
  edi_parser_advance(parser);
  parser->keep = edi_parser_plain_name(parser, "the name of a key", &key->name);
  if (!parser->keep) return false;
  if (edi_parser_at(parser, EDI_TOKEN_STRING)) edi_parser_string(parser, "", &key->title, NULL);
  bool deeper = !edi_parser_at_end(parser) && parser->token.column > parser->column;
  if (!deeper && !edi_parser_at_word(parser, EDI_WORD_JOINABLE)) return true;
  return edi_parser_expect_word(parser, EDI_WORD_JOINABLE, "after a key") &&
         edi_parser_expect_word(parser, EDI_WORD_WITHIN, "after `joinable`") &&
         edi_parser_plain_name(parser, "a scope, such as product or domain,", &key->scope);
}

/*   state = "domains" "may" "state" name { "," name } ; */
bool edi_parse_state(edi_parser *parser, edi_decl *decl) {
  decl->kind = EDI_DECL_STATE;
  edi_parser_advance(parser);
  bool whole = edi_parser_expect_word(parser, EDI_WORD_MAY, "after `domains`") &&
               edi_parser_expect_word(parser, EDI_WORD_STATE, "after `domains may`") &&
               edi_parser_names(parser, "a tag, an attribute or a scale", &decl->as.state.facts);
  parser->keep = decl->as.state.facts.count > 0;
  return whole;
}

/*   untagged = "untagged" "columns" "are" name ; */
bool edi_parse_untagged(edi_parser *parser, edi_decl *decl) {
  decl->kind = EDI_DECL_UNTAGGED;
  edi_parser_advance(parser);
  parser->keep = edi_parser_expect_word(parser, EDI_WORD_COLUMNS, "after `untagged`") &&
                 edi_parser_expect_word(parser, EDI_WORD_ARE, "after `untagged columns`") &&
                 edi_parser_name(parser, "a tag", &decl->as.untagged.node);
  return parser->keep;
}
