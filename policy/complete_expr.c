/* Completion within expressions: what an operand, an operator, or the other side of one may be. */
#include "policy/complete.h"

static bool is_comparison(const edi_token *t) {
  return (t->kind >= EDI_TOKEN_EQ && t->kind <= EDI_TOKEN_GE) ||
         (t->kind == EDI_TOKEN_WORD &&
          (t->word == EDI_WORD_IS || t->word == EDI_WORD_HAS || t->word == EDI_WORD_IN ||
           t->word == EDI_WORD_OVERLAPS || t->word == EDI_WORD_COVERS));
}

/* The type of the operand that ends with token `at`: an attribute, or row[TAG]. */
static edi_type operand_type(const edi_scene *s, size_t at) {
  const edi_token *t = &s->tokens[at];
  edi_entity entity;
  edi_str name;
  if (t->kind == EDI_TOKEN_BRACKET_CLOSE && at >= 3 && s->tokens[at - 3].word == EDI_WORD_ROW) {
    uint32_t node = edi_model_node(s->model, EDI_BUILTIN_TAG, s->tokens[at - 1].text);
    return node == EDI_NONE ? EDI_TYPE_NONE : s->model->nodes[node].type;
  }
  bool known = t->kind == EDI_TOKEN_WORD &&
               (edi_resolve_is_attribute(t->text, &entity, &name) || edi_model_is_resource(s->model, t->text, &entity, &name));
  if (!known) return EDI_TYPE_NONE;
  uint32_t attr = edi_model_attr(s->model, entity, name);
  return attr == EDI_NONE ? EDI_TYPE_NONE : s->model->attrs[attr].type;
}

static void offer_attributes(edi_scene *s) {
  static const char *const bare[] = {"purpose", "action", "now", NULL};
  static const edi_entity entities[] = {EDI_ENTITY_SUBJECT, EDI_ENTITY_CONTEXT, EDI_ENTITY_PRODUCT,
                                        EDI_ENTITY_DATASET};
  for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
    edi_offer_attributes(s, entities[i], true);
  for (size_t i = 0; i < s->model->resources_count; i++)
    edi_offer_attributes(s, (edi_entity)(EDI_ENTITY_RESOURCE + i), true);
  edi_offer_words(s, bare);
}

static void offer_operands(edi_scene *s, bool mask) {
  static const char *const target[] = {"column", "not", NULL};
  static const char *const words[] = {"not", "product", "dataset", "row", "lower", "length",
                                      "weekday", "time-of-day", "true", "false", NULL};
  if (mask) {
    edi_offer_words(s, target);
    return;
  }
  offer_attributes(s);
  edi_offer_scoped(s, EDI_SCOPED_DEFINITIONS);
  edi_offer_resources(s);
  edi_offer_words(s, words);
}

static void offer_operators(edi_scene *s) {
  static const char *const resource[] = {"tagged", "named", NULL};
  static const char *const words[] = {"and", "or", "is", "is not", "is set", "in", "not in", "has",
                                      "overlaps", "covers", "starts-with", "ends-with", "contains",
                                      "matches", NULL};
  edi_str last = edi_scene_back(s, 1)->text;
  if (edi_scene_back(s, 1)->kind == EDI_TOKEN_WORD && edi_model_resource(s->model, last) != EDI_NONE)
    edi_offer_words(s, resource);
  edi_offer_words(s, words);
}

/* After `product`, `dataset` or `column`. */
static void offer_atoms(edi_scene *s, edi_word entity) {
  static const char *const column[] = {"tagged", "named", "classified", NULL};
  static const char *const dataset[] = {"tagged", "holding", "named", "classified", NULL};
  static const char *const product[] = {"tagged", "holding", "named", "in domain", NULL};
  edi_offer_words(s, entity == EDI_WORD_COLUMN    ? column
                     : entity == EDI_WORD_DATASET ? dataset
                                                  : product);
}

/* The comparison whose right side the cursor is in, with a list perhaps begun; SIZE_MAX: none. */
static size_t comparison_before(const edi_scene *s, size_t from) {
  size_t at = s->count;
  bool list = s->bracket != SIZE_MAX && s->tokens[s->bracket].kind == EDI_TOKEN_BRACKET_OPEN;
  if (list) at = s->bracket;
  if (at > from && at > 0 && s->tokens[at - 1].word == EDI_WORD_NOT && s->tokens[at - 1].kind == EDI_TOKEN_WORD) at--;
  return at > from + 1 && is_comparison(&s->tokens[at - 1]) ? at - 1 : SIZE_MAX;
}

static void offer_other_side(edi_scene *s, size_t operator) {
  size_t left = operator;
  edi_word word = s->tokens[operator].word;
  bool plain = s->tokens[operator].kind == EDI_TOKEN_WORD;
  if (left > 0 && s->tokens[left - 1].kind == EDI_TOKEN_WORD && s->tokens[left - 1].word == EDI_WORD_NOT) left--;
  edi_type type = left > 0 ? operand_type(s, left - 1) : EDI_TYPE_NONE;
  bool list = s->bracket != SIZE_MAX && s->bracket > operator;
  edi_offer_values(s, type);
  if (list) return;
  if (plain && word == EDI_WORD_IN) edi_offer_scoped(s, EDI_SCOPED_TABLES);
  if (plain && word == EDI_WORD_IS && left == operator && edi_scene_back(s, 1)->word != EDI_WORD_NOT) {
    static const char *const rest[] = {"set", "not", NULL};
    edi_offer_words(s, rest);
  }
  if (!plain || (word != EDI_WORD_IS && word != EDI_WORD_HAS)) offer_attributes(s);
}

static bool ends_operand(const edi_token *t) {
  edi_word_group group = t->kind == EDI_TOKEN_WORD ? edi_word_group_of(t->word) : EDI_GROUP_NONE;
  switch ((int)t->kind) {
    case EDI_TOKEN_PAREN_CLOSE:
    case EDI_TOKEN_BRACKET_CLOSE:
    case EDI_TOKEN_STRING:
    case EDI_TOKEN_INT:
    case EDI_TOKEN_DECIMAL:
    case EDI_TOKEN_DATE:
    case EDI_TOKEN_TIMESTAMP:
    case EDI_TOKEN_PATTERN: return true;
    case EDI_TOKEN_WORD: return group != EDI_GROUP_OPERATOR && group != EDI_GROUP_CLOSER;
    default: return false;
  }
}

static bool at_level(const edi_scene *s) {
  const edi_token *sign = edi_scene_back(s, 1), *word = edi_scene_back(s, 2);
  return sign->kind >= EDI_TOKEN_EQ && sign->kind <= EDI_TOKEN_GE && word->kind == EDI_TOKEN_WORD &&
         word->word == EDI_WORD_CLASSIFIED;
}

void edi_complete_expression(edi_scene *s, size_t from, bool mask) {
  const edi_token *last = edi_scene_back(s, 1), *before = edi_scene_back(s, 2);
  bool word = last->kind == EDI_TOKEN_WORD;
  edi_word list = edi_scene_list(s);
  size_t comparison = comparison_before(s, from);
  if (list == EDI_WORD_TAGGED || list == EDI_WORD_HOLDING) edi_offer_nodes(s, EDI_BUILTIN_TAG);
  else if (last->kind == EDI_TOKEN_BRACKET_OPEN && before->word == EDI_WORD_ROW) edi_offer_nodes(s, EDI_BUILTIN_TAG);
  else if (at_level(s)) edi_offer_levels(s, s->model->classification);
  else if (word && last->word == EDI_WORD_DOMAIN && before->word == EDI_WORD_IN) edi_offer_nodes(s, EDI_BUILTIN_DOMAIN);
  else if (comparison != SIZE_MAX) offer_other_side(s, comparison);
  else if (s->count > from + 1 && word && edi_word_group_of(last->word) == EDI_GROUP_ENTITY)
    offer_atoms(s, last->word);
  else if (s->count > from + 1 && ends_operand(last)) offer_operators(s);
  else offer_operands(s, mask);
}
