/* Resolve: what a name in an expression means.
 *
 * In: the dotted text of a NAME and the type that its surroundings ask for. Out: an attribute, a node
 * or a level. `now`, `purpose`, `action` and what begins with the name of an entity are attributes;
 * `kind.node` says by itself what it is; every other name is a node or level only where something else
 * fixes of which kind. Invariant: a name that is not found is reported once, with the nearest one. */
#include <stdarg.h>
#include <stdio.h>

#include "policy/checker.h"
#include "policy/index.h"

/* ---- texts of messages ---- */

void *edi_checker_alloc(edi_checker *checker, size_t size) {
  void *memory = edi_arena_alloc(checker->model->arena, size);
  if (!memory) checker->failed = true;
  return memory;
}

edi_expr_more *edi_checker_extend(edi_checker *checker, edi_expr *expr) {
  edi_expr_more *more = edi_expr_extend(checker->model->arena, expr);
  if (!more) checker->failed = true;
  return more;
}

const char *edi_checker_text(edi_checker *checker, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0) return "";
  size_t kept = (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
  const char *copy = edi_arena_copy(checker->model->arena, text, kept);
  if (!copy) checker->failed = true;
  return copy ? copy : "";
}

const char *edi_checker_type(edi_checker *checker, edi_type type) {
  edi_buf name;
  edi_buf_init(&name, checker->model->arena->allocator, 1024);
  edi_model_type_name(checker->model, type, &name);
  const char *text = name.failed == EDICT_OK ? edi_checker_text(checker, "%.*s", (int)name.len, name.ptr) : "?";
  if (name.failed == EDICT_MEMORY) checker->failed = true;
  edi_buf_fini(&name);
  return text;
}

const char *edi_checker_a_type(edi_checker *checker, edi_type type) {
  const char *text = edi_checker_type(checker, type);
  return edi_checker_text(checker, "%s `%s`", text[0] && strchr("aeiou", text[0]) ? "an" : "a", text);
}

/* Room for a name: many are short, and stand close together. */
static char *room_for_name(edi_checker *checker, size_t size) {
  enum { CHUNK = 4096, SHORT = 256 };
  if (size > SHORT) return edi_checker_alloc(checker, size);
  if (size > checker->names_left) {
    checker->names = edi_checker_alloc(checker, CHUNK);
    checker->names_left = checker->names ? CHUNK : 0;
  }
  if (!checker->names_left) return NULL;
  char *room = checker->names;
  checker->names += size;
  checker->names_left -= size;
  return room;
}

edi_str edi_checker_join(edi_checker *checker, edi_str a, edi_str b) {
  char *text = room_for_name(checker, a.len + b.len + 2);
  if (!text) return (edi_str){NULL, 0};
  if (a.len) memcpy(text, a.ptr, a.len);
  text[a.len] = '.';
  if (b.len) memcpy(text + a.len + 1, b.ptr, b.len);
  return (edi_str){text, a.len + 1 + b.len};
}

bool edi_checker_suggests(const edi_checker *checker) {
  enum { MISTAKES_MOST = 200 };
  return checker->errors <= MISTAKES_MOST;
}

void edi_finding_declared(edi_finding *finding, edi_span span) {
  if (span.source == EDI_SOURCE_NONE) edi_finding_note(finding, "it is built in");
  else edi_finding_label(finding, span, "declared here");
}

void edi_finding_near(edi_finding *finding, edi_sym_near near, const char *prefix) {
  if (!near.name.ptr) return;
  if (near.span.source != EDI_SOURCE_NONE)
    edi_finding_label(finding, near.span, "a similar name is declared here");
  edi_finding_fix(finding, false, "%s%.*s", prefix, EDI_STR_ARG(near.name));
  edi_finding_edit_name(finding, near.name);
}

/* ---- attributes ---- */

static const edi_str entities[] = {
    [EDI_ENTITY_PRODUCT] = {"product", 7}, [EDI_ENTITY_DATASET] = {"dataset", 7},
    [EDI_ENTITY_COLUMN] = {"column", 6},   [EDI_ENTITY_SUBJECT] = {"subject", 7},
    [EDI_ENTITY_CONTEXT] = {"context", 7},
};

bool edi_resolve_is_attribute(edi_str text, edi_entity *entity, edi_str *attribute) {
  static const edi_str bare[] = {{"now", 3}, {"purpose", 7}, {"action", 6}};
  *entity = EDI_ENTITY_CONTEXT;
  *attribute = text;
  for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
    if (edi_str_equal(text, bare[i])) return true;
  for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
    size_t length = entities[i].len;
    if (i == EDI_ENTITY_COLUMN || !edi_str_starts(text, entities[i])) continue;
    if (text.len != length && text.ptr[length] != '.') continue;
    *entity = (edi_entity)i;
    *attribute = text.len == length ? (edi_str){text.ptr + length, 0}
                                    : (edi_str){text.ptr + length + 1, text.len - length - 1};
    return true;
  }
  return false;
}

bool edi_resolve_is_resource(const edi_checker *checker, edi_str text, edi_entity *entity, edi_str *attribute) {
  return edi_model_is_resource(checker->model, text, entity, attribute);
}

/* The kind where `model` or `model.owner` stands. */
static void note_resource(const edi_checker *checker, const edi_expr *expr, edi_entity entity) {
  edi_str kind = edi_model_entity(checker->model, entity);
  edi_span span = expr->span;
  span.end = span.begin + (uint32_t)kind.len;
  edi_index_note(checker->model->index, EDI_INDEX_RESOURCE, (uint32_t)(entity - EDI_ENTITY_RESOURCE), kind, span);
}

/* What there is, where nothing is like what was written. */
static void note_attributes(edi_checker *checker, edi_finding *finding, edi_entity entity) {
  enum { MOST = 12 };
  const edi_model *model = checker->model;
  const char *text = "";
  unsigned count = 0;
  for (size_t i = 0; i < model->attrs_count && count < MOST; i++) {
    if (model->attrs[i].entity != entity || (model->attrs[i].domain && !checker->domain)) continue;
    text = edi_checker_text(checker, "%s%s%.*s", text, count++ ? ", " : "", EDI_STR_ARG(model->attrs[i].name));
  }
  if (count) edi_finding_note(finding, "its attributes are %s", text);
}

static edi_type no_attribute(edi_checker *checker, const edi_expr *expr, edi_entity entity, edi_str name) {
  edi_str of = edi_model_entity(checker->model, entity);
  edi_span span = expr->span;
  if (name.len == 0) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0203, span, "which attribute of it?",
                                      "`%.*s` is no value", EDI_STR_ARG(of));
    edi_finding_note(finding, "an expression reads its attributes: `%.*s.NAME`", EDI_STR_ARG(of));
    return EDI_TYPE_NONE;
  }
  span.begin = span.end > name.len ? span.end - (uint32_t)name.len : span.begin;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0203, span, "not declared",
                                    "`%.*s` has no attribute `%.*s`", EDI_STR_ARG(of), EDI_STR_ARG(name));
  if (entity == EDI_ENTITY_DATASET && edi_str_equal(name, EDI_STR("classification"))) {
    edi_finding_fix(finding, false, "dataset classified <= LEVEL");
    return EDI_TYPE_NONE;
  }
  edi_sym_near near = edi_model_suggest_attr(checker->model, entity, name);
  edi_finding_near(finding, near, edi_checker_text(checker, "%.*s.", EDI_STR_ARG(of)));
  if (!near.name.ptr) note_attributes(checker, finding, entity);
  return EDI_TYPE_NONE;
}

static edi_type resolve_attribute(edi_checker *checker, edi_expr *expr, edi_entity entity, edi_str name) {
  const edi_model *model = checker->model;
  uint32_t number = edi_model_attr(model, entity, name);
  if (number == EDI_NONE || (model->attrs[number].domain && !checker->domain))
    return no_attribute(checker, expr, entity, name);
  edi_index_note(model->index, EDI_INDEX_ATTR, number, name, expr->span);
  expr->kind = EDI_EXPR_ATTR;
  expr->symbol = number;
  expr->type = model->attrs[number].type;
  return edi_check_may_read(checker, expr, expr->span) ? expr->type : EDI_TYPE_NONE;
}

/* ---- nodes and levels ---- */

uint32_t edi_resolve_kind(const edi_checker *checker, edi_str name) {
  uint32_t kind = edi_model_kind(checker->model, name);
  if (kind == EDI_NONE || checker->model->kinds[kind].id) return EDI_NONE;
  return checker->model->kinds[kind].domain && !checker->domain ? EDI_NONE : kind;
}

static uint32_t find_scale(const edi_checker *checker, edi_str name) {
  uint32_t scale = edi_model_scale(checker->model, name);
  return scale == EDI_NONE || (checker->model->scales[scale].domain && !checker->domain) ? EDI_NONE : scale;
}

/* A name that says its taxonomy or scale itself. */
typedef struct qualified {
  uint32_t kind, scale; /* one of them, or both EDI_NONE */
  edi_str rest;
} qualified;

static qualified split(const edi_checker *checker, edi_str text) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] != '.') continue;
    edi_str prefix = {text.ptr, i}, rest = {text.ptr + i + 1, text.len - i - 1};
    uint32_t kind = edi_resolve_kind(checker, prefix);
    uint32_t scale = kind == EDI_NONE ? find_scale(checker, prefix) : EDI_NONE;
    if (kind != EDI_NONE || scale != EDI_NONE) return (qualified){kind, scale, rest};
  }
  return (qualified){EDI_NONE, EDI_NONE, text};
}

bool edi_resolve_stands_alone(const edi_checker *checker, edi_str text) {
  edi_entity entity;
  edi_str attribute;
  if (edi_resolve_is_attribute(text, &entity, &attribute)) return true;
  if (edi_resolve_is_resource(checker, text, &entity, &attribute)) return true;
  qualified name = split(checker, text);
  return name.kind != EDI_NONE ? edi_model_node(checker->model, name.kind, name.rest) != EDI_NONE
                               : name.scale != EDI_NONE;
}

/* Where else the name is a node, for a message. */
static bool add_elsewhere(edi_checker *checker, edi_finding *finding, uint32_t kind, edi_str text) {
  const edi_model *model = checker->model;
  for (size_t i = 0; i < model->kinds_count; i++) {
    uint32_t node = i == kind ? EDI_NONE : edi_model_node(model, (uint32_t)i, text);
    if (node == EDI_NONE || model->nodes[node].span.source == EDI_SOURCE_NONE) continue;
    edi_finding_label(finding, model->nodes[node].span, "a node of `%.*s`", EDI_STR_ARG(model->kinds[i].name));
    return true;
  }
  return false;
}

/* The nodes of a small taxonomy. */
static void note_nodes(edi_checker *checker, edi_finding *finding, uint32_t kind) {
  enum { MOST = 12 };
  const edi_model *model = checker->model;
  const char *text = "";
  unsigned count = 0;
  for (size_t i = 0; i < model->nodes_count && count <= MOST; i++) {
    if (model->nodes[i].kind != kind || (model->nodes[i].domain && !checker->domain)) continue;
    text = edi_checker_text(checker, "%s%s%.*s", text, count++ ? ", " : "", EDI_STR_ARG(model->nodes[i].name));
  }
  if (count && count <= MOST) edi_finding_note(finding, "its nodes are %s", text);
}

/* What other languages call what is absent. */
static bool means_absent(edi_str text) {
  static const char *const words[] = {"null", "nil", "none", "empty", "undefined", "missing"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (edi_str_compare_caseless(text, edi_str_from(words[i])) == 0) return true;
  return false;
}

static void fix_absent(edi_finding *finding, const char *fix) {
  edi_finding_why(finding, "there is no null: what is absent is unknown, and `is set` asks whether something is known");
  edi_finding_fix(finding, false, "%s", fix);
}

static void no_node(edi_checker *checker, uint32_t kind, edi_str text, edi_span span) {
  const edi_model *model = checker->model;
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0204, span, "not declared", "the taxonomy `%.*s` has no node `%.*s`",
                 EDI_STR_ARG(model->kinds[kind].name), EDI_STR_ARG(text));
  if (!edi_checker_suggests(checker)) return;
  edi_sym_near near = edi_model_suggest_node(model, kind, text);
  edi_finding_near(finding, near, "");
  uint32_t tag = near.name.ptr ? EDI_NONE : edi_model_node(model, EDI_BUILTIN_TAG, text);
  bool cell = tag != EDI_NONE && (checker->place->reads & EDI_READS_ROW) && model->nodes[tag].type != EDI_TYPE_NONE;
  if (!near.name.ptr && edi_str_equal(model->kinds[kind].name, EDI_STR("action"))) (void)edi_hint_of_name(finding, EDI_E0204, "an action", text);
  if (cell) edi_finding_fix(finding, false, "row[%.*s]", EDI_STR_ARG(text));
  if (!near.name.ptr && edi_scope_find(checker, EDI_SCOPED_TABLES, text) != EDI_NONE)
    edi_finding_fix(finding, false, "a table is asked with `key in %.*s`", EDI_STR_ARG(text));
  if (!near.name.ptr && means_absent(text)) fix_absent(finding, "not NAME is set");
  else if (!near.name.ptr && !add_elsewhere(checker, finding, kind, text)) note_nodes(checker, finding, kind);
}

uint32_t edi_resolve_node(edi_checker *checker, uint32_t kind, edi_name name) {
  const edi_model *model = checker->model;
  uint32_t node = edi_model_node(model, kind, name.text);
  edi_index_note_node(model->index, model, node, name.span);
  if (node != EDI_NONE) return node;
  qualified parts = split(checker, name.text);
  if (parts.kind == kind) node = edi_model_node(model, kind, parts.rest);
  if (node == EDI_NONE) no_node(checker, kind, parts.kind == kind ? parts.rest : name.text, name.span);
  edi_index_note_node(model->index, model, node, name.span);
  return node;
}

static edi_type use_node(edi_checker *checker, edi_expr *expr, uint32_t node) {
  edi_index_note_node(checker->model->index, checker->model, node, expr->span);
  expr->kind = EDI_EXPR_NODE;
  expr->symbol = node;
  return expr->type = EDI_TYPE_MAKE(EDI_TYPE_NODE, checker->model->nodes[node].kind);
}

/* A kind of resource by itself: whether the request is about one. */
static edi_type use_resource(edi_checker *checker, edi_expr *expr, edi_entity entity) {
  expr->kind = EDI_EXPR_RESOURCE;
  expr->entity = entity;
  (void)edi_check_may_read(checker, expr, expr->span);
  return expr->type = EDI_TYPE_BOOL;
}

static void note_levels(edi_checker *checker, edi_finding *finding, uint32_t scale) {
  const edi_model *model = checker->model;
  const char *text = "";
  for (uint32_t i = 0; i < model->scales[scale].levels.count && i < 12; i++)
    text = edi_checker_text(checker, "%s%s%.*s", text, i ? " < " : "",
                            EDI_STR_ARG(model->levels[model->scales[scale].levels.first + i].name));
  edi_finding_note(finding, "its levels are %s", text);
}

static edi_type use_level(edi_checker *checker, edi_expr *expr, uint32_t scale, edi_str name) {
  const edi_model *model = checker->model;
  uint32_t level = edi_model_level(model, scale, name);
  if (level == EDI_NONE) {
    edi_finding *finding =
        EDI_REPORT(checker, EDI_E0204, expr->span, "not declared", "the scale `%.*s` has no level `%.*s`",
                   EDI_STR_ARG(model->scales[scale].name), EDI_STR_ARG(name));
    edi_finding_near(finding, edi_model_suggest_level(model, scale, name), "");
    note_levels(checker, finding, scale);
    return EDI_TYPE_NONE;
  }
  edi_index_note(model->index, EDI_INDEX_LEVEL, level, name, expr->span);
  expr->kind = EDI_EXPR_LEVEL;
  expr->symbol = level;
  return expr->type = EDI_TYPE_MAKE(EDI_TYPE_LEVEL, scale);
}

/* ---- names that nothing explains ---- */

/* The first visible node or level called `text`: how a bare name was perhaps meant. */
static bool find_anywhere(const edi_checker *checker, edi_str text, edi_str *of, edi_span *span) {
  const edi_model *model = checker->model;
  for (size_t i = 0; i < model->kinds_count; i++) {
    uint32_t node = edi_model_node(model, (uint32_t)i, text);
    if (node == EDI_NONE || (model->kinds[i].domain && !checker->domain)) continue;
    *of = model->kinds[i].name;
    *span = model->nodes[node].span;
    return true;
  }
  for (size_t i = 0; i < model->scales_count; i++) {
    uint32_t level = edi_model_level(model, (uint32_t)i, text);
    if (level == EDI_NONE) continue;
    *of = model->scales[i].name;
    *span = model->levels[level].span;
    return true;
  }
  return false;
}

/* `roles`, `user.roles`: an attribute of that name, of whatever it is. */
static edi_sym_near named_alike(edi_checker *checker, edi_str text) {
  const edi_model *model = checker->model;
  size_t at = text.len;
  while (at > 0 && text.ptr[at - 1] != '.') at--;
  edi_str last = {text.ptr + at, text.len - at};
  for (size_t i = 0; i < model->attrs_count; i++)
    if (edi_str_equal(model->attrs[i].name, last))
      return (edi_sym_near){edi_checker_join(checker, edi_model_entity(model, model->attrs[i].entity), last), model->attrs[i].span};
  return (edi_sym_near){{NULL, 0}, EDI_SPAN_NONE};
}

static void suggest_attribute(edi_checker *checker, edi_finding *finding, edi_str text) {
  static const edi_str bare[] = {{"now", 3}, {"purpose", 7}, {"action", 6}};
  const edi_model *model = checker->model;
  edi_suggest suggest;
  if (!edi_checker_suggests(checker)) return;
  edi_suggest_init(&suggest, text);
  for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) edi_suggest_offer(&suggest, bare[i], EDI_SPAN_NONE);
  edi_scope_offer(checker, EDI_SCOPED_DEFINITIONS, &suggest);
  for (size_t i = 0; i < model->attrs_count && !checker->failed; i++) {
    edi_str name = edi_checker_join(checker, edi_model_entity(checker->model, model->attrs[i].entity), model->attrs[i].name);
    edi_suggest_offer(&suggest, name, model->attrs[i].span);
  }
  if (!suggest.best.name.ptr) suggest.best = named_alike(checker, text);
  edi_finding_near(finding, suggest.best, "");
}

static edi_type unexplained(edi_checker *checker, const edi_expr *expr, edi_type hint) {
  edi_str of = {NULL, 0};
  edi_span span = EDI_SPAN_NONE;
  if (hint == EDI_HINT_SILENT) return EDI_TYPE_NONE;
  if (EDI_TYPE_BASE(hint) == EDI_TYPE_STRING || EDI_TYPE_BASE(hint) == EDI_TYPE_ID) {
    bool absent = means_absent(expr->text);
    edi_finding *finding = EDI_REPORT(checker, EDI_E0205, expr->span, absent ? "no value" : "a text stands in quotes",
                                      "`%.*s` is a name, and %s is expected here", EDI_STR_ARG(expr->text),
                                      edi_checker_a_type(checker, hint));
    if (absent) {
      fix_absent(finding, "not NAME is set");
      return EDI_TYPE_NONE;
    }
    edi_finding_fix(finding, false, "\"%.*s\"", EDI_STR_ARG(expr->text));
    edi_finding_edit_fix(finding);
  } else if (find_anywhere(checker, expr->text, &of, &span)) {
    edi_finding *finding =
        EDI_REPORT(checker, EDI_E0205, expr->span, "of which kind?",
                   "nothing here says that `%.*s` is of `%.*s`", EDI_STR_ARG(expr->text), EDI_STR_ARG(of));
    if (span.source != EDI_SOURCE_NONE) edi_finding_label(finding, span, "declared here");
    edi_finding_why(finding, "a bare name means a node or a level only where the other side fixes its kind");
    edi_finding_fix(finding, false, "%.*s.%.*s", EDI_STR_ARG(of), EDI_STR_ARG(expr->text));
    edi_finding_edit_fix(finding);
  } else {
    bool table = edi_scope_find(checker, EDI_SCOPED_TABLES, expr->text) != EDI_NONE;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0204, expr->span, table ? "a table" : "not declared",
                                      table ? "the table `%.*s` is no value" : "the name `%.*s` is not declared",
                                      EDI_STR_ARG(expr->text));
    if (table) edi_finding_note(finding, "a table is asked with `key in TABLE`, or `TABLE(key).column`");
    else if (means_absent(expr->text)) fix_absent(finding, "`NAME is set`, or `not NAME is set`");
    else if (!edi_hint_of_name(finding, EDI_E0204, "a name", expr->text)) suggest_attribute(checker, finding, expr->text);
  }
  return EDI_TYPE_NONE;
}

edi_type edi_resolve_name(edi_checker *checker, edi_expr *expr, edi_type hint) {
  edi_entity entity;
  edi_str attribute;
  unsigned base = hint == EDI_HINT_SILENT ? EDI_TYPE_NONE : EDI_TYPE_BASE(hint);
  if (edi_resolve_is_attribute(expr->text, &entity, &attribute))
    return resolve_attribute(checker, expr, entity, attribute);
  if (base == EDI_TYPE_NODE) {
    uint32_t node = edi_model_node(checker->model, EDI_TYPE_PARAM(hint), expr->text);
    if (node != EDI_NONE) return use_node(checker, expr, node);
  }
  if (base == EDI_TYPE_LEVEL &&
      edi_model_level(checker->model, EDI_TYPE_PARAM(hint), expr->text) != EDI_NONE)
    return use_level(checker, expr, EDI_TYPE_PARAM(hint), expr->text);
  if (edi_expand_is(checker, expr->text)) return edi_expand_name(checker, expr, hint);
  if (edi_resolve_is_resource(checker, expr->text, &entity, &attribute)) {
    note_resource(checker, expr, entity);
    return attribute.len > 0 ? resolve_attribute(checker, expr, entity, attribute) : use_resource(checker, expr, entity);
  }
  qualified parts = split(checker, expr->text);
  if (parts.scale != EDI_NONE) return use_level(checker, expr, parts.scale, parts.rest);
  if (parts.kind != EDI_NONE) {
    uint32_t node = edi_resolve_node(checker, parts.kind, (edi_name){parts.rest, expr->span});
    return node == EDI_NONE ? EDI_TYPE_NONE : use_node(checker, expr, node);
  }
  if (base == EDI_TYPE_LEVEL) return use_level(checker, expr, EDI_TYPE_PARAM(hint), expr->text);
  if (base == EDI_TYPE_NODE) {
    no_node(checker, EDI_TYPE_PARAM(hint), expr->text, expr->span);
    return EDI_TYPE_NONE;
  }
  return unexplained(checker, expr, hint);
}
