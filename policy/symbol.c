/* Symbol: what editors are told of a name: how it is declared, where, who refers to it.
 *
 * In: the index of the last check. Out: symbols and places. A rename is refused where the new name could
 * be read as something else; what it does beyond the project's files nobody can say. */
#include "policy/checker.h"
#include "policy/editor_state.h"
#include "policy/lex.h"

/* ---- signatures ---- */

enum { SIGNATURE_MOST = 8192 };

static void put_columns(edict_editor *e, edi_buf *out, const edi_sym_tablecol *columns, size_t count) {
  edi_buf_text(out, "(");
  for (size_t i = 0; i < count; i++) {
    edi_buf_text(out, i ? ", " : "");
    edi_buf_str(out, columns[i].name);
    edi_buf_text(out, ": ");
    edi_buf_text(out, edi_editor_type(e, columns[i].type));
  }
  edi_buf_text(out, ")");
}

static void put_source(edict_editor *e, edi_buf *out, edi_source source, uint32_t begin, uint32_t end) {
  edi_str text = edi_editor_source_text(e, source);
  bool blank = false;
  for (uint32_t i = begin; i < end && i < text.len; i++) {
    bool space = text.ptr[i] == '\n' || text.ptr[i] == '\r' || text.ptr[i] == ' ' || text.ptr[i] == '\t';
    if (!space) edi_buf_append(out, text.ptr + i, 1);
    else if (!blank) edi_buf_text(out, " ");
    blank = space;
  }
}

static void put_node(edict_editor *e, edi_buf *out, const edi_sym_node *node) {
  const edi_model *m = e->project->build.model;
  bool typed = node->type != EDI_TYPE_NONE && EDI_TYPE_BASE(node->type) != EDI_TYPE_BROKEN;
  edi_buf_format(out, "%.*s %s%s%.*s", EDI_STR_ARG(m->kinds[node->kind].name),
                 node->is_abstract ? "abstract " : "", node->is_open ? "open " : "", EDI_STR_ARG(node->name));
  if (typed) edi_buf_format(out, ": %s", edi_editor_type(e, node->type));
  if (node->outer != EDI_NONE) edi_buf_format(out, " below %.*s", EDI_STR_ARG(m->nodes[node->parent].name));
}

static void put_attr(edict_editor *e, edi_buf *out, const edi_sym_attr *attr) {
  edi_buf_format(out, "%.*s.%.*s%s", EDI_STR_ARG(edi_model_entity(e->project->build.model, attr->entity)), EDI_STR_ARG(attr->name),
                 attr->optional ? "?" : "");
  if (EDI_TYPE_BASE(attr->type) != EDI_TYPE_BROKEN) edi_buf_format(out, ": %s", edi_editor_type(e, attr->type));
  if (attr->path.ptr) edi_buf_format(out, " from \"%.*s\"", EDI_STR_ARG(attr->path));
}

/* What it declares; every kind has `name` and `tags` besides. */
static void put_resource(edict_editor *e, edi_buf *out, uint32_t number) {
  const edi_model *m = e->project->build.model;
  edi_buf_format(out, "resource %.*s {", EDI_STR_ARG(m->resources[number].name));
  for (size_t i = 0; i < m->attrs_count; i++) {
    const edi_sym_attr *attr = &m->attrs[i];
    if (attr->entity != EDI_ENTITY_RESOURCE + number || attr->builtin) continue;
    edi_buf_format(out, " %.*s%s", EDI_STR_ARG(attr->name), attr->optional ? "?" : "");
    if (EDI_TYPE_BASE(attr->type) != EDI_TYPE_BROKEN) edi_buf_format(out, ": %s", edi_editor_type(e, attr->type));
  }
  edi_buf_text(out, " }");
}

/* Of a table: "consent.expires: timestamp". */
static void put_column(edict_editor *e, edi_buf *out, uint32_t number) {
  const edi_sym_table *t = &e->project->build.model->tables[number / EDI_LIMIT_TABLE_COLUMNS];
  size_t at = number % EDI_LIMIT_TABLE_COLUMNS;
  const edi_sym_tablecol *c = at < t->key_count ? &t->keys[at] : &t->values[at - t->key_count];
  edi_buf_format(out, "%.*s.%.*s: %s", EDI_STR_ARG(t->name), EDI_STR_ARG(c->name), edi_editor_type(e, c->type));
}

static void put_scale(edi_buf *out, const edi_model *m, const edi_sym_scale *scale) {
  edi_buf_format(out, "levels %.*s {", EDI_STR_ARG(scale->name));
  for (uint32_t i = 0; i < scale->levels.count; i++)
    edi_buf_format(out, "%s %.*s", i ? " <" : "", EDI_STR_ARG(m->levels[scale->levels.first + i].name));
  edi_buf_text(out, " }");
}

static void put_scoped(edict_editor *e, edi_buf *out, edi_scope_kind scope, uint32_t number, edi_str bare) {
  const edi_model *m = e->project->build.model;
  switch (scope) {
    case EDI_SCOPED_RULES: {
      const edi_rule_decl *rule = m->rules[number].decl;
      edi_buf_format(out, "rule %.*s: ", EDI_STR_ARG(bare));
      put_source(e, out, rule->effect_span.source, rule->effect_span.begin, rule->effect_span.end);
      return;
    }
    case EDI_SCOPED_KEYS:
      edi_buf_format(out, "key %.*s", EDI_STR_ARG(bare));
      return;
    case EDI_SCOPED_TABLES: {
      const edi_sym_table *table = &m->tables[number];
      edi_buf_format(out, "table %.*s ", EDI_STR_ARG(bare));
      put_columns(e, out, table->keys, table->key_count);
      if (table->value_count > 0) {
        edi_buf_text(out, " gives ");
        put_columns(e, out, table->values, table->value_count);
      }
      edi_buf_text(out, table->complete ? " complete" : "");
      return;
    }
    case EDI_SCOPED_DEFINITIONS: {
      const edi_definition_decl *decl = m->definitions[number].decl;
      edi_buf_text(out, decl->constant ? "let " : "define ");
      if (decl->body) put_source(e, out, decl->name.span.source, decl->name.span.begin, decl->body->span.end);
      else edi_buf_str(out, bare);
      return;
    }
    case EDI_SCOPED_OBLIGATIONS: {
      const edi_sym_obligation *obligation = &m->obligations[number];
      edi_buf_format(out, "obligation %.*s", EDI_STR_ARG(bare));
      put_columns(e, out, obligation->parameters, obligation->parameter_count);
      return;
    }
    case EDI_SCOPED_COUNT: return;
  }
}

static const char *signature(edict_editor *e, const edi_index_symbol *s) {
  const edi_model *m = e->project->build.model;
  edi_buf out;
  edi_buf_init(&out, NULL, SIGNATURE_MOST);
  switch ((int)s->kind) {
    case EDI_INDEX_TAXONOMY: edi_buf_format(&out, "taxonomy %.*s", EDI_STR_ARG(s->name)); break;
    case EDI_INDEX_NODE: put_node(e, &out, &m->nodes[s->number]); break;
    case EDI_INDEX_SCALE: put_scale(&out, m, &m->scales[s->number]); break;
    case EDI_INDEX_LEVEL:
      edi_buf_format(&out, "%.*s: ", EDI_STR_ARG(s->name));
      put_scale(&out, m, &m->scales[m->levels[s->number].scale]);
      break;
    case EDI_INDEX_ATTR: put_attr(e, &out, &m->attrs[s->number]); break;
    case EDI_INDEX_RESOURCE: put_resource(e, &out, s->number); break;
    case EDI_INDEX_COLUMN: put_column(e, &out, s->number); break;
    default: put_scoped(e, &out, (edi_scope_kind)(s->kind - EDI_INDEX_SCOPED), s->number, s->name);
  }
  return edi_editor_text_give(e, &out);
}

/* ---- symbols ---- */

static const char *kind_word(const edi_model *m, const edi_index_symbol *s) {
  switch ((int)s->kind) {
    case EDI_INDEX_TAXONOMY: return "taxonomy";
    case EDI_INDEX_NODE: return NULL; /* its taxonomy's name */
    case EDI_INDEX_SCALE: return "levels";
    case EDI_INDEX_LEVEL: return "level";
    case EDI_INDEX_ATTR: return "attribute";
    case EDI_INDEX_RESOURCE: return "resource";
    case EDI_INDEX_COLUMN: return "column";
    default: return (void)m, edi_scope_word((edi_scope_kind)(s->kind - EDI_INDEX_SCOPED));
  }
}

static void add_titles(edict_editor *e, const edi_index_symbol *s, edict_symbol *out) {
  const edi_model *m = e->project->build.model;
  edi_str title = {NULL, 0}, see = {NULL, 0};
  if (s->kind == EDI_INDEX_NODE) title = m->nodes[s->number].title;
  if (s->kind == EDI_INDEX_SCOPED + EDI_SCOPED_KEYS) title = m->keys[s->number].title;
  if (s->kind == EDI_INDEX_SCOPED + EDI_SCOPED_RULES) {
    title = m->rules[s->number].decl->because;
    see = m->rules[s->number].decl->more->see;
  }
  out->title = title.ptr ? edi_editor_text_copy(e, title) : NULL;
  out->see = see.ptr ? edi_editor_text_copy(e, see) : NULL;
}

static void put_into_words(edict_editor *e, uint32_t id, edict_symbol *out) {
  const edi_model *m = e->project->build.model;
  const edi_index_symbol *s = &e->index.symbols[id];
  const char *kind = kind_word(m, s);
  *out = (edict_symbol){
      .id = id,
      .kind = kind ? kind : edi_editor_text_copy(e, m->kinds[m->nodes[s->number].kind].name),
      .name = edi_editor_text_copy(e, s->name),
      .qualified = edi_editor_text_copy(e, s->qualified),
      .signature = signature(e, s),
      .file = edi_editor_file_of(e, s->span.source),
      .begin = s->span.begin,
      .end = s->span.end};
  add_titles(e, s, out);
}

/* Each symbol once after a check: asking again costs nothing. */
static void describe(edict_editor *e, uint32_t id, edict_symbol *out) {
  if (!e->described) e->described = EDI_NEW_ARRAY(e->arena, edict_symbol *, e->index.symbol_count);
  edict_symbol *known = e->described ? e->described[id] : NULL;
  if (known) {
    *out = *known;
    return;
  }
  put_into_words(e, id, out);
  known = e->described ? EDI_NEW(e->arena, edict_symbol) : NULL;
  if (!known) return;
  *known = *out;
  e->described[id] = known;
}

edict_status edict_editor_symbol_at(edict_editor *editor, size_t file, size_t offset,
                                    edict_symbol *symbol, edict_reference *here) {
  if (file >= editor->file_count || offset > UINT32_MAX) return EDICT_NOT_FOUND;
  if (file >= editor->data_first) {
    uint32_t id = edi_editor_data_at(editor, file, offset, here);
    if (id == EDI_NONE) return EDICT_NOT_FOUND;
    describe(editor, id, symbol);
    return EDICT_OK;
  }
  const edi_index_ref *ref =
      edi_index_at(&editor->index, editor->texts[file].source, (uint32_t)offset);
  if (!ref) return EDICT_NOT_FOUND;
  *here = (edict_reference){file, ref->span.begin, ref->span.end, ref->declares};
  describe(editor, ref->symbol, symbol);
  return EDICT_OK;
}

edict_status edict_editor_symbol(edict_editor *editor, size_t index, edict_symbol *symbol) {
  if (index >= editor->index.symbol_count) return EDICT_NOT_FOUND;
  describe(editor, (uint32_t)index, symbol);
  return EDICT_OK;
}

edict_status edict_editor_symbol_named(edict_editor *editor, const char *kind, const char *qualified,
                                       edict_symbol *symbol) {
  edi_str wanted = edi_str_from(qualified);
  for (uint32_t i = 0; i < editor->index.symbol_count; i++) {
    if (!edi_str_equal(editor->index.symbols[i].qualified, wanted)) continue;
    describe(editor, i, symbol);
    if (strcmp(symbol->kind, kind) == 0) return EDICT_OK;
  }
  return EDICT_NOT_FOUND;
}

typedef struct place_list { edict_reference *items; size_t count, capacity; } place_list;

static void add_place(void *user, const edict_reference *place) {
  place_list *list = user;
  if (list->count < list->capacity) list->items[list->count] = *place;
  list->count++;
}

size_t edict_editor_references(const edict_editor *editor, uint32_t id, edict_reference *places,
                               size_t capacity) {
  size_t count = 0;
  for (size_t i = 0; i < editor->index.count; i++) {
    const edi_index_ref *ref = &editor->index.refs[i];
    size_t file = ref->symbol == id ? edi_editor_file_of(editor, ref->span.source) : EDICT_EDITOR_NOWHERE;
    if (file == EDICT_EDITOR_NOWHERE) continue;
    if (count < capacity) places[count] = (edict_reference){file, ref->span.begin, ref->span.end, ref->declares};
    count++;
  }
  place_list list = {places, count, capacity};
  (void)edi_editor_data(editor, id, add_place, &list);
  return list.count;
}

/* ---- renaming ---- */

/* Whether the text is one word of the language, with or without dots. */
static bool is_word(edi_str text, bool dots) {
  bool first = true;
  if (text.len == 0 || text.len > EDI_LIMIT_NAME || text.ptr[text.len - 1] == '-') return false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '.' ? first || !dots : first ? !edi_lexer_is_letter(c) : !edi_lexer_is_word(c)) return false;
    first = c == '.';
  }
  return !first;
}

/* What YAML would read as something else than a text. */
static bool is_yaml_word(edi_str text) {
  static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    edi_str word = edi_str_from(words[i]);
    bool same = word.len == text.len;
    for (size_t k = 0; same && k < word.len; k++) same = (text.ptr[k] | 0x20) == word.ptr[k];
    if (same) return true;
  }
  return false;
}

/* Names that one text could mean both of. */
static bool in_one_space(unsigned a, unsigned b) {
  bool first = a == EDI_INDEX_TAXONOMY || a == EDI_INDEX_SCALE || a == EDI_INDEX_SCOPED + EDI_SCOPED_DEFINITIONS;
  return a == b || (first && b == EDI_INDEX_RESOURCE);
}

static bool is_taken(const edict_editor *e, const edi_index_symbol *s, edi_str name) {
  const edi_model *m = e->project->build.model;
  for (size_t i = 0; i < e->index.symbol_count; i++) {
    const edi_index_symbol *other = &e->index.symbols[i];
    if (!(in_one_space(other->kind, s->kind) || in_one_space(s->kind, other->kind)) || other == s || !edi_str_equal(other->name, name)) continue;
    if (s->kind == EDI_INDEX_NODE && m->nodes[other->number].kind != m->nodes[s->number].kind) continue;
    if (s->kind == EDI_INDEX_LEVEL && m->levels[other->number].scale != m->levels[s->number].scale) continue;
    if (s->kind == EDI_INDEX_COLUMN && other->number / EDI_LIMIT_TABLE_COLUMNS != s->number / EDI_LIMIT_TABLE_COLUMNS) continue;
    if (s->kind == EDI_INDEX_ATTR && m->attrs[other->number].entity != m->attrs[s->number].entity) continue;
    return true; /* scoped ones too: a bare name would mean two */
  }
  return false;
}

/* A word that means something to the grammar where a value stands. */
static bool is_operator(edi_str name) {
  edi_word word = edi_word_find(name);
  edi_word_group group = edi_word_group_of(word);
  return group == EDI_GROUP_OPERATOR || group == EDI_GROUP_CLOSER || group == EDI_GROUP_CLAUSE ||
         group == EDI_GROUP_EFFECT || group == EDI_GROUP_DECLARATION || word == EDI_WORD_TRUE ||
         word == EDI_WORD_FALSE || word == EDI_WORD_ABSTRACT || word == EDI_WORD_OPEN;
}

static void pass_over(void *user, const edict_reference *place) { (void)user, (void)place; }

/* Data that names it for all one knows. */
static const char *data_trouble(edict_editor *e, uint32_t id) {
  const edi_project_table *table = edi_editor_data(e, id, pass_over, NULL);
  edi_buf text;
  if (!table) return NULL;
  edi_buf_init(&text, NULL, SIGNATURE_MOST);
  edi_buf_format(&text, "the data of table %.*s, %.*s, cannot be read: `edict build` says where, and a use of the name could be missed there",
                 EDI_STR_ARG(table->name.text), EDI_STR_ARG(table->file.path));
  return edi_editor_text_give(e, &text);
}

const char *edict_editor_rename_trouble(edict_editor *editor, uint32_t id, const char *name) {
  if (id >= editor->index.symbol_count) return "there is nothing to rename";
  const edi_index_symbol *s = &editor->index.symbols[id];
  edi_str text = edi_str_from(name);
  edi_entity entity;
  edi_str attribute;
  bool dots = s->kind == EDI_INDEX_NODE;
  if (s->span.source == EDI_SOURCE_NONE) return "it is built in";
  if (!is_word(text, dots))
    return dots ? "a name has letters, digits, `-`, `_` and dots between them, and begins with a letter"
                : "a name has letters, digits, `-` and `_`, and begins with a letter";
  if (is_operator(text)) return "a word of the language would be read as one";
  bool attributes = s->kind != EDI_INDEX_ATTR && edi_resolve_is_attribute(text, &entity, &attribute);
  if (attributes) return "it would be read as an attribute";
  if (is_yaml_word(text)) return "a contract would read it as another thing than a text";
  if (is_taken(editor, s, text)) return "something of this kind is called that already";
  return data_trouble(editor, id);
}
