/* Completion: what could be written at a place of a file that need not parse.
 *
 * In: the text up to the cursor, read as tokens, and the model of the last check. Out: names of the kind
 * that the place asks for. Nothing is guessed from what stands after the cursor. */
#include "policy/complete.h"

#include "bundle/parameter.h"

/* ---- offers ---- */

void edi_offer(edi_scene *s, edi_str text, const char *kind, const char *detail) {
  edict_completion one = {edi_editor_text_copy(s->editor, text), kind, detail};
  s->offer(s->user, &one);
}

void edi_offer_words(edi_scene *s, const char *const *words) {
  for (; *words; words++) edi_offer(s, edi_str_from(*words), "word", "");
}

/* A bare name that the grammar would take for its own is written with its kind. */
static bool needs_kind(edi_str name) {
  edi_word_group group = edi_word_group_of(edi_word_find(name));
  return group != EDI_GROUP_NONE && group != EDI_GROUP_PLAIN && group != EDI_GROUP_UNIT;
}

static void offer_node(edi_scene *s, edi_str text, const edi_sym_node *node) {
  edi_offer(s, text, edi_editor_text_copy(s->editor, s->model->kinds[node->kind].name),
            node->title.ptr ? edi_editor_text_copy(s->editor, node->title)
            : node->type != EDI_TYPE_NONE ? edi_editor_type(s->editor, node->type)
                                          : "");
}

void edi_offer_nodes(edi_scene *s, uint32_t kind) {
  const edi_model *m = s->model;
  for (size_t i = 0; i < m->nodes_count; i++) {
    const edi_sym_node *node = &m->nodes[i];
    if (node->kind != kind) continue;
    edi_buf text;
    edi_buf_init(&text, NULL, 1024);
    if (needs_kind(node->name)) edi_buf_format(&text, "%.*s.", EDI_STR_ARG(m->kinds[kind].name));
    edi_buf_str(&text, node->name);
    if (text.failed == EDICT_OK) offer_node(s, (edi_str){text.ptr, text.len}, node);
    edi_buf_fini(&text);
  }
}

void edi_offer_levels(edi_scene *s, uint32_t scale) {
  const edi_model *m = s->model;
  if (scale == EDI_NONE) return;
  for (uint32_t i = 0; i < m->scales[scale].levels.count; i++)
    edi_offer(s, m->levels[m->scales[scale].levels.first + i].name, "level",
              edi_editor_text_copy(s->editor, m->scales[scale].name));
}

void edi_offer_attributes(edi_scene *s, edi_entity entity, bool prefixed) {
  const edi_model *m = s->model;
  for (size_t i = 0; i < m->attrs_count; i++) {
    const edi_sym_attr *attr = &m->attrs[i];
    if (attr->entity != entity) continue;
    edi_buf text;
    edi_buf_init(&text, NULL, 1024);
    if (prefixed) edi_buf_format(&text, "%.*s.", EDI_STR_ARG(edi_model_entity(m, entity)));
    edi_buf_str(&text, attr->name);
    if (text.failed == EDICT_OK)
      edi_offer(s, (edi_str){text.ptr, text.len}, "attribute",
                EDI_TYPE_BASE(attr->type) == EDI_TYPE_BROKEN ? "" : edi_editor_type(s->editor, attr->type));
    edi_buf_fini(&text);
  }
}

void edi_offer_resources(edi_scene *s) {
  for (size_t i = 0; i < s->model->resources_count; i++) edi_offer(s, s->model->resources[i].name, "resource", "");
}

void edi_offer_scoped(edi_scene *s, edi_scope_kind scope) {
  size_t count = edi_scope_count(s->model, scope);
  for (uint32_t i = 0; i < count; i++) {
    edi_str name = edi_scope_name(s->model, scope, i);
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '.') at--;
    edi_offer(s, (edi_str){name.ptr + at, name.len - at}, edi_scope_word(scope),
              edi_editor_text_copy(s->editor, name));
  }
}

void edi_offer_values(edi_scene *s, edi_type type) {
  static const char *const truth[] = {"true", "false", NULL};
  type = EDI_TYPE_ELEM(type);
  if (EDI_TYPE_BASE(type) == EDI_TYPE_NODE) edi_offer_nodes(s, EDI_TYPE_PARAM(type));
  if (EDI_TYPE_BASE(type) == EDI_TYPE_LEVEL) edi_offer_levels(s, EDI_TYPE_PARAM(type));
  if (EDI_TYPE_BASE(type) == EDI_TYPE_BOOL) edi_offer_words(s, truth);
}

void edi_offer_types(edi_scene *s) {
  const edi_model *m = s->model;
  static const edi_str texts[] = {
#define TYPE(NAME, number, text, ordered) {(text), sizeof(text) - 1},
#include "bundle/types.def"
#undef TYPE
  };
  static const unsigned numbers[] = {
#define TYPE(NAME, number, text, ordered) (number),
#include "bundle/types.def"
#undef TYPE
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (numbers[i] <= EDI_TYPE_IP) edi_offer(s, texts[i], "type", "");
  for (size_t i = 0; i < m->kinds_count; i++)
    if (!m->kinds[i].id) edi_offer(s, m->kinds[i].name, "type", "a taxonomy");
  for (size_t i = 0; i < m->scales_count; i++) edi_offer(s, m->scales[i].name, "type", "levels");
  edi_offer(s, EDI_STR("set"), "type", "set<T>");
  edi_offer(s, EDI_STR("id"), "type", "id<KIND>");
}

/* ---- the scene ---- */

const edi_token *edi_scene_back(const edi_scene *s, size_t back) {
  static const edi_token none = {.kind = EDI_TOKEN_END};
  return back <= s->count ? &s->tokens[s->count - back] : &none;
}

bool edi_scene_after(const edi_scene *s, edi_word word) {
  const edi_token *last = edi_scene_back(s, 1);
  return last->kind == EDI_TOKEN_WORD && last->word == word;
}

edi_word edi_scene_list(const edi_scene *s) {
  size_t at = s->count;
  while (at >= 2 && s->tokens[at - 1].kind == EDI_TOKEN_COMMA && s->tokens[at - 2].kind == EDI_TOKEN_WORD) at -= 2;
  const edi_token *word = at > 0 ? &s->tokens[at - 1] : NULL;
  return word && word->kind == EDI_TOKEN_WORD ? word->word : EDI_WORD_NONE;
}

static bool begins_line(const edi_scene *s, const edi_token *t) {
  bool test = s->count > 0 && s->tokens[0].word == EDI_WORD_TEST;
  edi_word_group group = edi_word_group_of(t->word);
  if (t->kind == EDI_TOKEN_WORD && t->word == EDI_WORD_WITH && !test) return true; /* wherever it stands */
  if (t->kind != EDI_TOKEN_WORD || !t->first) return false;
  if (test) return group == EDI_GROUP_ENTITY || t->word == EDI_WORD_ASK || t->word == EDI_WORD_EXPECT;
  return group == EDI_GROUP_CLAUSE || group == EDI_GROUP_EFFECT;
}

/* The tokens of the declaration before the cursor; false without memory. */
static bool read_tokens(edi_scene *s) {
  edi_lexer lexer;
  size_t capacity = 0;
  edi_str before = {s->text.ptr, s->at};
  if (!edi_lexer_init(&lexer, s->editor->arena, EDI_SOURCE_NONE, before, NULL)) return true;
  for (;;) {
    edi_token token;
    edi_lexer_next(&lexer, &token);
    if (token.kind == EDI_TOKEN_SLASH) edi_lexer_pattern(&lexer, &token);
    if (token.kind == EDI_TOKEN_END) return lexer.failed == EDICT_OK;
    bool declares = token.kind == EDI_TOKEN_WORD && token.first && token.column == 0 &&
                    edi_word_group_of(token.word) == EDI_GROUP_DECLARATION;
    if (declares) s->count = 0;
    void *items = s->tokens;
    if (!edi_arena_grow(s->editor->arena, &items, &capacity, s->count, sizeof token)) return false;
    s->tokens = items;
    s->tokens[s->count++] = token;
  }
}

static void find_line(edi_scene *s) {
  size_t depth = 0;
  s->line = s->count;
  for (size_t i = 1; i < s->count; i++)
    if (begins_line(s, &s->tokens[i])) s->line = i;
  s->bracket = SIZE_MAX;
  for (size_t i = s->count; i > 0; i--) {
    edi_token_kind kind = s->tokens[i - 1].kind;
    bool closes = kind == EDI_TOKEN_BRACE_CLOSE || kind == EDI_TOKEN_BRACKET_CLOSE || kind == EDI_TOKEN_PAREN_CLOSE;
    bool opens = kind == EDI_TOKEN_BRACE_OPEN || kind == EDI_TOKEN_BRACKET_OPEN || kind == EDI_TOKEN_PAREN_OPEN;
    if (opens && depth == 0) {
      s->bracket = i - 1;
      return;
    }
    depth += closes;
    depth -= opens;
  }
}

/* Within a string or a comment nothing is offered. */
static bool in_text(const edi_scene *s) {
  bool string = false;
  uint32_t at = s->at;
  while (at > 0 && s->text.ptr[at - 1] != '\n') at--;
  for (; at < s->at; at++) {
    char c = s->text.ptr[at];
    if (string && c == '\\') at++;
    else if (c == '"') string = !string;
    else if (c == '#' && !string) return true;
  }
  return string;
}

static void find_word(edi_scene *s, uint32_t offset) {
  s->at = offset;
  while (s->at > 0 && (edi_lexer_is_word(s->text.ptr[s->at - 1]) || s->text.ptr[s->at - 1] == '.')) s->at--;
  uint32_t line = s->at;
  while (line > 0 && (s->text.ptr[line - 1] == ' ' || s->text.ptr[line - 1] == '\t')) line--;
  s->first = line == 0 || s->text.ptr[line - 1] == '\n';
  s->margin = s->first && line == s->at;
}

/* ---- declarations ---- */

static void offer_group(edi_scene *s, edi_word_group group) {
  for (int word = 1; word < EDI_WORD_COUNT; word++)
    if (edi_word_group_of((edi_word)word) == group)
      edi_offer(s, edi_word_text((edi_word)word), "word", "");
}

/* The clauses that may still follow; before them an effect. */
static void offer_clauses(edi_scene *s) {
  static const char *const with[] = {"with", "mask", NULL};
  unsigned last = 0;
  bool effect = false, mask = false;
  for (size_t i = 1; i < s->count; i++) {
    if (!begins_line(s, &s->tokens[i])) continue;
    edi_word_group group = edi_word_group_of(s->tokens[i].word);
    effect = effect || group == EDI_GROUP_EFFECT;
    mask = group == EDI_GROUP_EFFECT ? s->tokens[i].word == EDI_WORD_MASK : mask;
    if (group == EDI_GROUP_CLAUSE) last = edi_word_rank(s->tokens[i].word);
  }
  if (!effect) {
    offer_group(s, EDI_GROUP_EFFECT);
    return;
  }
  if (mask && last == 0) edi_offer_words(s, with);
  for (int word = 1; word < EDI_WORD_COUNT; word++)
    if (edi_word_group_of((edi_word)word) == EDI_GROUP_CLAUSE && edi_word_rank((edi_word)word) > last)
      edi_offer(s, edi_word_text((edi_word)word), "word", "");
}

static void offer_argument(edi_scene *s, const edi_parameter *p) {
  static const char *const row[] = {"row", NULL};
  edi_str word;
  if (p->type == EDI_PARAMETER_KEY) edi_offer_scoped(s, EDI_SCOPED_KEYS);
  if (p->type == EDI_PARAMETER_ROW) edi_offer_words(s, row);
  for (unsigned i = 0; p->type == EDI_PARAMETER_CHOICE && edi_parameter_word(p, i, &word); i++)
    if (!edi_str_equal(word, EDI_STR("char"))) edi_offer(s, word, "word", "");
}

/* In the parentheses of a transform: what the next argument may be, or those that are given by name. */
static void complete_arguments(edi_scene *s, edi_transform_id id) {
  const edi_token *last = edi_scene_back(s, 1);
  bool named = last->kind == EDI_TOKEN_COLON;
  edi_str name = named ? edi_scene_back(s, 2)->text : (edi_str){NULL, 0};
  edi_parameter p;
  unsigned place = 0;
  if (s->tokens[s->bracket].kind == EDI_TOKEN_BRACKET_OPEN) {
    edi_offer_nodes(s, EDI_BUILTIN_TAG);
    return;
  }
  for (size_t i = s->bracket; i < s->count; i++) place += s->tokens[i].kind == EDI_TOKEN_COMMA;
  if (!named && last->kind != EDI_TOKEN_COMMA && last->kind != EDI_TOKEN_PAREN_OPEN) return;
  for (unsigned i = 0; edi_transform_parameter(id, i, &p); i++) {
    if (named ? edi_str_equal(p.name, name) : i == place) offer_argument(s, &p);
    if (!named && i >= place && p.has_fallback) edi_offer(s, p.name, "attribute", "");
  }
}

static void complete_case(edi_scene *s) {
  static const char *const then[] = {"if", "otherwise", NULL};
  size_t condition = s->line;
  while (condition < s->count && s->tokens[condition].word != EDI_WORD_IF) condition++;
  if (condition < s->count) edi_complete_expression(s, condition, false);
  else if (s->count == s->line + 1) {
#define TRANSFORM(NAME, number, text, determinism, types, parameters) \
  edi_offer(s, EDI_STR(text), "transform", parameters);
#include "bundle/transforms.def"
#undef TRANSFORM
  } else if (s->bracket != SIZE_MAX) {
    complete_arguments(s, edi_transform_by_name(s->tokens[s->line + 1].text));
  } else edi_offer_words(s, then);
}

static void complete_delegate(edi_scene *s) {
  static const char *const permit[] = {"permit", NULL};
  static const char *const to[] = {"to domain", NULL};
  edi_word list = edi_scene_list(s);
  if (edi_scene_after(s, EDI_WORD_DELEGATE)) edi_offer_words(s, permit);
  else if (list == EDI_WORD_PERMIT) edi_offer_nodes(s, EDI_BUILTIN_ACTION);
  else if (list == EDI_WORD_DOMAIN) edi_offer_nodes(s, EDI_BUILTIN_DOMAIN);
  else edi_offer_words(s, to);
}

static void complete_retain(edi_scene *s) {
  static const char *const words[] = {"at most", "at least", "while", NULL};
  static const char *const row[] = {"row", NULL};
  static const char *const rest[] = {"after", "then erase", NULL};
  size_t condition = s->line;
  while (condition < s->count && s->tokens[condition].word != EDI_WORD_WHILE) condition++;
  if (condition < s->count) edi_complete_expression(s, condition, false);
  else if (edi_scene_after(s, EDI_WORD_RETAIN)) edi_offer_words(s, words);
  else if (edi_scene_back(s, 1)->kind == EDI_TOKEN_BRACKET_OPEN) edi_offer_nodes(s, EDI_BUILTIN_TAG);
  else if (edi_scene_after(s, EDI_WORD_AFTER)) edi_offer_words(s, row);
  else if (edi_scene_after(s, EDI_WORD_MOST) || edi_scene_after(s, EDI_WORD_LEAST)) {
    edi_offer_attributes(s, EDI_ENTITY_DATASET, true);
    edi_offer_scoped(s, EDI_SCOPED_DEFINITIONS);
  } else edi_offer_words(s, rest);
}

static void complete_rule(edi_scene *s) {
  static const char *const rows[] = {"only rows", "only groups", NULL};
  static const char *const notice[] = {"further notice", NULL};
  edi_word line = s->line < s->count ? s->tokens[s->line].word : EDI_WORD_NONE;
  bool list = edi_scene_back(s, 1)->kind == EDI_TOKEN_COMMA;
  if (s->first && !list && s->bracket == SIZE_MAX) {
    offer_clauses(s);
    return;
  }
  switch ((int)line) {
    case EDI_WORD_PERMIT:
    case EDI_WORD_FORBID:
      if (edi_scene_list(s) == line) edi_offer_nodes(s, EDI_BUILTIN_ACTION);
      return;
    case EDI_WORD_DELEGATE: complete_delegate(s); return;
    case EDI_WORD_RETAIN: complete_retain(s); return;
    case EDI_WORD_SHOW: edi_offer_words(s, rows); return;
    case EDI_WORD_WITH: complete_case(s); return;
    case EDI_WORD_OBLIGE: edi_offer_scoped(s, EDI_SCOPED_OBLIGATIONS); return;
    case EDI_WORD_EXEMPT: edi_offer_scoped(s, EDI_SCOPED_RULES); return;
    case EDI_WORD_UNTIL: edi_offer_words(s, notice); return;
    case EDI_WORD_MASK: edi_complete_expression(s, s->line, true); return;
    case EDI_WORD_ON:
    case EDI_WORD_WHERE:
    case EDI_WORD_WHEN:
    case EDI_WORD_UNLESS:
    case EDI_WORD_REQUIRE: edi_complete_expression(s, s->line, false); return;
    case EDI_WORD_NONE:
      if (s->count >= 2) offer_clauses(s);
      return;
    default: return;
  }
}

static void complete_issuer(edi_scene *s) {
  static const char *const lines[] = {"audience", "keys", "algorithms", NULL};
  static const char *const algorithms[] = {"ES256", "RS256", NULL};
  static const char *const rest[] = {"from", "within", "ignore others", NULL};
  edi_word list = edi_scene_list(s);
  size_t claim = s->count;
  while (claim > 0 && !edi_str_starts(s->tokens[claim - 1].text, EDI_STR("subject."))) claim--;
  if (s->first) {
    edi_offer_words(s, lines);
    edi_offer_attributes(s, EDI_ENTITY_SUBJECT, true);
  } else if (list == EDI_WORD_ALGORITHMS) edi_offer_words(s, algorithms);
  else if (claim > 0 && (list == EDI_WORD_WITHIN || list == EDI_WORD_AS)) {
    edi_str name = {s->tokens[claim - 1].text.ptr + 8, s->tokens[claim - 1].text.len - 8};
    uint32_t attr = edi_model_attr(s->model, EDI_ENTITY_SUBJECT, name);
    if (attr != EDI_NONE) edi_offer_values(s, s->model->attrs[attr].type);
  } else if (claim > 0) edi_offer_words(s, rest);
}

static void complete_facts(edi_scene *s) {
  edi_offer_nodes(s, EDI_BUILTIN_TAG);
  edi_offer_attributes(s, EDI_ENTITY_PRODUCT, true);
  edi_offer_attributes(s, EDI_ENTITY_DATASET, true);
  edi_offer(s, EDI_STR("classification"), "levels", "");
}

static void complete_key(edi_scene *s) {
  static const char *const words[] = {"joinable within", NULL};
  static const char *const scopes[] = {"federation", "domain", "product", "purpose", "reader", NULL};
  edi_offer_words(s, edi_scene_after(s, EDI_WORD_WITHIN) ? scopes : words);
}

/* Where a type stands: after a colon, or after `<`. */
static bool at_type(const edi_scene *s) {
  edi_token_kind kind = edi_scene_back(s, 1)->kind;
  return kind == EDI_TOKEN_COLON || kind == EDI_TOKEN_LT;
}

static void complete_definition(edi_scene *s) {
  size_t sign = 0;
  while (sign < s->count && s->tokens[sign].kind != EDI_TOKEN_ASSIGN) sign++;
  if (sign < s->count) edi_complete_expression(s, sign, false);
  else if (at_type(s)) edi_offer_types(s);
}

/* In a domain, the federal tags that it may add below. */
static void offer_open_tags(edi_scene *s) {
  for (size_t i = 0; i < s->model->nodes_count; i++)
    if (s->model->nodes[i].is_open && !s->model->nodes[i].domain) offer_node(s, s->model->nodes[i].name, &s->model->nodes[i]);
}

static void complete_taxonomy(edi_scene *s) {
  static const char *const words[] = {"abstract", "open", NULL}, *const own[] = {"abstract", NULL};
  bool domain = s->model->domain.len > 0, outermost = s->bracket == 2;
  bool tags = s->count > 1 && edi_str_equal(s->tokens[1].text, EDI_STR("tag"));
  if (at_type(s)) edi_offer_types(s);
  else if (domain && tags && outermost) offer_open_tags(s);
  else if (domain && s->bracket != SIZE_MAX) edi_offer_words(s, own);
  else if (s->bracket != SIZE_MAX) edi_offer_words(s, words);
  else if (s->count == 1)
    for (size_t i = 0; i < s->model->kinds_count; i++)
      if (!s->model->kinds[i].id) edi_offer(s, s->model->kinds[i].name, "taxonomy", "");
}

static void complete_rules(edi_scene *s) {
  static const char *const entities[] = {"subject", "context", "product", "dataset", NULL};
  if (s->margin || s->count == 0) {
    offer_group(s, EDI_GROUP_DECLARATION);
    return;
  }
  switch ((int)s->tokens[0].word) {
    case EDI_WORD_RULE:
    case EDI_WORD_SHADOW: complete_rule(s); return;
    case EDI_WORD_TEST: edi_complete_test(s); return;
    case EDI_WORD_ISSUER: complete_issuer(s); return;
    case EDI_WORD_KEY: complete_key(s); return;
    case EDI_WORD_DOMAINS: complete_facts(s); return;
    case EDI_WORD_UNTAGGED: edi_offer_nodes(s, EDI_BUILTIN_TAG); return;
    case EDI_WORD_LET:
    case EDI_WORD_DEFINE: complete_definition(s); return;
    case EDI_WORD_TAXONOMY: complete_taxonomy(s); return;
    case EDI_WORD_ATTRIBUTES:
      if (s->count == 1) edi_offer_words(s, entities);
      else if (at_type(s)) edi_offer_types(s);
      return;
    default:
      if (at_type(s)) edi_offer_types(s);
  }
}

/* ---- contracts ---- */

/* `tags:` and `classification:` of a contract, by the nearest key above or on the line. */
static void complete_contract(edi_scene *s) {
  uint32_t line = s->at;
  while (line > 0 && s->text.ptr[line - 1] != '\n') line--;
  edi_str before = {s->text.ptr + line, s->at - line};
  if (edi_str_contains(before, EDI_STR("classification:"))) edi_offer_levels(s, s->model->classification);
  else if (edi_str_contains(before, EDI_STR("domain:"))) edi_offer_nodes(s, EDI_BUILTIN_DOMAIN);
  else if (edi_str_contains(before, EDI_STR("tags:"))) edi_offer_nodes(s, EDI_BUILTIN_TAG);
}

static edict_status complete(edi_scene *s, size_t file, size_t *begin, uint32_t offset) {
  find_word(s, offset);
  *begin = s->at;
  if (in_text(s)) return EDICT_OK;
  if (file == 0 || file > s->editor->project->build.project->rule_count) {
    complete_contract(s);
    return EDICT_OK;
  }
  if (!read_tokens(s)) return edi_arena_status(s->editor->arena);
  find_line(s);
  complete_rules(s);
  return EDICT_OK;
}

edict_status edict_editor_complete(edict_editor *editor, size_t file, size_t offset,
                                   void (*offer)(void *user, const edict_completion *one), void *user,
                                   size_t *begin) {
  *begin = offset;
  if (file >= editor->file_count || !editor->project->build.model) return EDICT_NOT_FOUND;
  const edi_editor_text *text = &editor->texts[file];
  if (offset > text->text.len) return EDICT_ARGUMENT;
  edi_scene s = {.editor = editor,
                 .model = editor->project->build.model,
                 .text = text->text,
                 .offer = offer,
                 .user = user};
  edi_arena *kept = edi_editor_pass(editor);
  edict_status status = complete(&s, file, begin, (uint32_t)offset);
  editor->arena = kept;
  return status;
}
