/* Check of operands: literals, lists, cells, tables, patterns and target atoms.
 *
 * In: the leaves of an expression and what reads them directly. Out: their types and symbols, in place.
 * Invariant: whatever is read here was asked for in edi_check_may_read, the one place that knows what
 * may be read where. */
#include "bundle/vocabulary.h"
#include "policy/checker.h"
#include "policy/index.h"
#include "policy/typed.h"

const edi_place edi_place_literal = {"a value that is fixed", 0, NULL};

/* ---- what is read where ---- */

unsigned edi_expr_reads(const edi_model *model, const edi_expr *expr) {
  switch ((int)expr->kind) {
    case EDI_EXPR_ROW_TAG:
    case EDI_EXPR_ROW_COLUMN: return EDI_READS_ROW;
    case EDI_EXPR_IN_TABLE:
    case EDI_EXPR_TABLE_VALUE: return EDI_READS_TABLE;
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
    case EDI_EXPR_NAMED:
    case EDI_EXPR_IN_DOMAIN:
    case EDI_EXPR_CLASSIFIED:
      if (expr->entity >= EDI_ENTITY_RESOURCE) return EDI_READS_RESOURCE;
      return expr->entity == EDI_ENTITY_COLUMN ? EDI_READS_COLUMN : EDI_READS_PRODUCT;
    case EDI_EXPR_RESOURCE: return EDI_READS_RESOURCE;
    case EDI_EXPR_ATTR: break;
    default: return 0;
  }
  const edi_sym_attr *attr = &model->attrs[expr->symbol];
  if (attr->entity == EDI_ENTITY_SUBJECT) return EDI_READS_SUBJECT;
  if (attr->entity >= EDI_ENTITY_RESOURCE) return EDI_READS_RESOURCE;
  if (attr->entity != EDI_ENTITY_CONTEXT) return EDI_READS_PRODUCT;
  return attr->builtin && edi_str_equal(attr->name, EDI_STR("now")) ? EDI_READS_NOW : EDI_READS_CONTEXT;
}

const char *edi_checker_written(edi_checker *checker, const edi_expr *expr) {
  switch ((int)expr->kind) {
    case EDI_EXPR_ROW_TAG: return edi_checker_text(checker, "row[%.*s]", EDI_STR_ARG(expr->text));
    case EDI_EXPR_ROW_COLUMN: return edi_checker_text(checker, "row.%.*s", EDI_STR_ARG(expr->text));
    case EDI_EXPR_STRING: return edi_checker_text(checker, "\"%.*s\"", EDI_STR_ARG(expr->text));
    case EDI_EXPR_INT: return edi_checker_text(checker, "%lld", (long long)expr->integer);
    case EDI_EXPR_NAME:
    case EDI_EXPR_NODE:
    case EDI_EXPR_LEVEL:
    case EDI_EXPR_ATTR:
    case EDI_EXPR_RESOURCE:
    case EDI_EXPR_IN_TABLE:
    case EDI_EXPR_TABLE_VALUE: return edi_checker_text(checker, "%.*s", EDI_STR_ARG(expr->text));
    default: return "...";
  }
}

static const char *why_not(const edi_place *place, unsigned reads) {
  if (place->why) return place->why;
  if (reads & EDI_READS_ROW) return "a row is read only in `where`, in the `if` of a mask, and in `retain`";
  return NULL;
}

bool edi_check_may_read(edi_checker *checker, const edi_expr *expr, edi_span span) {
  unsigned reads = edi_expr_reads(checker->model, expr) & ~checker->place->reads;
  if (reads == 0) return true;
  const char *why = why_not(checker->place, reads);
  edi_finding *finding = EDI_REPORT(checker, EDI_E0214, span, "not here", "`%s` may not be read in %s",
                                    edi_checker_written(checker, expr), checker->place->text);
  if (why) edi_finding_why(finding, "%s", why);
  return false;
}

/* ---- literals ---- */

/* A text is an id or an address where one is asked for. */
static edi_type check_string(edi_checker *checker, const edi_expr *expr, edi_type hint) {
  unsigned char address[16];
  if (hint == EDI_HINT_SILENT || EDI_TYPE_BASE(hint) == EDI_TYPE_ID)
    return hint == EDI_HINT_SILENT ? (edi_type)EDI_TYPE_STRING : EDI_TYPE_ELEM(hint);
  if (EDI_TYPE_BASE(hint) != EDI_TYPE_IP) return EDI_TYPE_STRING;
  if (edi_ip_parse(expr->text, address)) return EDI_TYPE_IP;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0226, expr->span, "", "this is not an IP address");
  edi_finding_note(finding, "an address is written in its one canonical form: \"10.0.0.1\", \"2001:db8::1\"");
  return EDI_TYPE_NONE;
}

static edi_type check_int(edi_expr *expr, edi_type hint) {
  if (EDI_TYPE_BASE(hint) != EDI_TYPE_DECIMAL) return EDI_TYPE_INT;
  expr->kind = EDI_EXPR_DECIMAL;
  expr->decimal = edi_decimal_from_int(expr->integer);
  return EDI_TYPE_DECIMAL;
}

/* The type that members have without one from outside. */
static edi_type list_hint(const edi_expr *list) {
  for (size_t i = 0; i < list->operand_count; i++)
    if (list->operands[i]->kind == EDI_EXPR_DECIMAL) return EDI_TYPE_DECIMAL;
  return EDI_TYPE_NONE;
}

void edi_finding_text_as(edi_checker *checker, edi_finding *finding, const edi_expr *text, edi_type type) {
  edi_fact_value value;
  type = EDI_TYPE_ELEM(type); /* of a set: one member */
  if (text->kind != EDI_EXPR_STRING || type == EDI_TYPE_STRING) return;
  bool day = type == EDI_TYPE_TIMESTAMP && edi_typed_read(checker->model->arena, checker->model, EDI_TYPE_DATE, text->text, &value) == EDI_TYPED_OK;
  if (day || edi_typed_read(checker->model->arena, checker->model, type, text->text, &value) == EDI_TYPED_OK)
    edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(text->text));
}

static bool is_member(const edi_expr *item) {
  return edi_expr_is_literal(item) || edi_expand_is_parameter(item);
}

static edi_type report_member(edi_checker *checker, const edi_expr *list, const edi_expr *item,
                              edi_type element) {
  if (!is_member(item) || EDI_TYPE_IS_SET(item->type)) {
    EDI_REPORT(checker, EDI_E0210, item->span, "neither a literal nor a node",
               "a list holds literals, nodes and levels");
    return EDI_TYPE_NONE;
  }
  edi_finding *finding = EDI_REPORT(checker, EDI_E0210, item->span, edi_checker_a_type(checker, item->type),
                                    "the members of a list are of one type");
  edi_finding_label(finding, list->operands[0]->span, "%s", edi_checker_a_type(checker, element));
  edi_finding_text_as(checker, finding, item, element);
  return EDI_TYPE_NONE;
}

static edi_type check_list(edi_checker *checker, edi_expr *list, edi_type hint) {
  edi_type element = hint == EDI_HINT_SILENT ? hint : EDI_TYPE_ELEM(hint), common = EDI_TYPE_NONE;
  if (list->operand_count == 0) {
    if (element == EDI_TYPE_NONE)
      EDI_REPORT(checker, EDI_E0210, list->span, "a list of what?", "nothing here says what an empty list holds");
    return element == EDI_TYPE_NONE || element == EDI_HINT_SILENT ? EDI_TYPE_NONE : element | EDI_TYPE_SET;
  }
  if (element == EDI_TYPE_NONE) element = list_hint(list);
  for (size_t i = 0; i < list->operand_count; i++) {
    edi_expr *item = list->operands[i];
    edi_type type = edi_check_expr(checker, item, element);
    if (type == EDI_TYPE_NONE) return EDI_TYPE_NONE;
    if (common == EDI_TYPE_NONE) common = type;
    if (!is_member(item) || EDI_TYPE_IS_SET(type) || type != common)
      return report_member(checker, list, item, common);
    if (element == EDI_TYPE_NONE) element = type;
  }
  return common | EDI_TYPE_SET;
}

/* ---- cells ---- */

static edi_type check_row_tag(edi_checker *checker, edi_expr *expr) {
  const edi_model *model = checker->model;
  if (!edi_check_may_read(checker, expr, expr->span)) return EDI_TYPE_NONE;
  uint32_t node = edi_resolve_node(checker, EDI_BUILTIN_TAG, (edi_name){expr->text, edi_expr_op_span(expr)});
  if (node == EDI_NONE) return EDI_TYPE_NONE;
  expr->symbol = node;
  edi_type type = model->nodes[node].type;
  if (type == EDI_TYPE_NONE) {
    edi_finding *finding =
        EDI_REPORT(checker, EDI_E0209, edi_expr_op_span(expr), "of which type is such a cell?",
                   "the tag `%.*s` has no type", EDI_STR_ARG(model->nodes[node].name));
    edi_finding_declared(finding, model->nodes[node].span);
    edi_finding_why(finding, "a cell is read as the type that its tag declares, in every product alike");
    bool built_in = model->nodes[node].span.source == EDI_SOURCE_NONE;
    if (built_in) edi_finding_fix(finding, false, "give such columns a tag with a type, and read that");
    else edi_finding_fix(finding, false, "declare its type in the taxonomy, for example `%.*s: string`",
                    EDI_STR_ARG(model->nodes[node].name));
  }
  return type == EDI_TYPE_BROKEN ? EDI_TYPE_NONE : type;
}

/* The type that rules read cells of a column as; EDI_TYPE_NONE: none. */
static edi_type readable(uint32_t base) {
  if (base == EDI_TYPE_FLOAT) return EDI_TYPE_DECIMAL;
  return base == EDI_TYPE_TIME || base == EDI_TYPE_BINARY ? EDI_TYPE_NONE : base;
}

/* The type that a contract gives a column: that of its tags if they agree on one, else its own. */
static edi_type column_type(const edi_model *model, const edi_column_facts *column) {
  edi_type type = EDI_TYPE_NONE, own = readable(column->type);
  if (column->repeated || column->has_parts) return EDI_TYPE_NONE; /* no cell of a row */
  for (size_t i = 0; i < column->tag_count; i++) {
    edi_type tag = model->nodes[column->tags[i]].type;
    if (tag == EDI_TYPE_NONE || tag == EDI_TYPE_BROKEN) continue;
    if (type != EDI_TYPE_NONE && type != tag) return own;
    type = tag;
  }
  return type == EDI_TYPE_NONE ? own : type;
}

typedef struct column_search {
  edi_str name;
  const edi_column_facts *first, *other; /* the first one, and one of another type */
  edi_type type;
  edi_suggest *near;                     /* not NULL: looking for what was meant */
} column_search;

static void search_dataset(const edi_model *model, const edi_dataset_facts *dataset, column_search *search) {
  for (size_t i = 0; i < dataset->column_count; i++) {
    const edi_column_facts *column = &dataset->columns[i];
    if (search->near) edi_suggest_offer(search->near, column->name, column->span);
    if (!edi_str_equal(column->name, search->name)) continue;
    edi_type type = column_type(model, column);
    if (!search->first) {
      search->first = column;
      search->type = type;
    } else if (type != search->type && !search->other) {
      search->other = column;
    }
  }
}

static void search_contracts(const edi_model *model, column_search *search) {
  for (size_t i = 0; i < model->contract_count; i++)
    for (size_t j = 0; j < model->contracts[i].dataset_count; j++)
      search_dataset(model, &model->contracts[i].datasets[j], search);
}

static edi_type report_column(edi_checker *checker, const edi_expr *expr, column_search *search) {
  edi_str name = expr->text;
  if (!search->first && checker->model->contracts_failed) return EDI_TYPE_NONE;
  if (!search->first) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0229, expr->span, "in no contract",
                                      "no dataset of `%.*s` has a column `%.*s`",
                                      EDI_STR_ARG(checker->model->domain), EDI_STR_ARG(name));
    edi_suggest near;
    edi_suggest_init(&near, name);
    search->near = &near;
    if (edi_checker_suggests(checker)) search_contracts(checker->model, search);
    edi_finding_near(finding, near.best, "row.");
  } else if (search->other) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0229, expr->span, "of which type?",
                                      "the column `%.*s` has several types", EDI_STR_ARG(name));
    edi_finding_label(finding, search->first->span, "%s", edi_checker_a_type(checker, search->type));
    edi_finding_label(finding, search->other->span, "%s",
                      edi_checker_a_type(checker, column_type(checker->model, search->other)));
    edi_finding_fix(finding, false, "read it by a tag: row[TAG]");
  } else {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0229, expr->span, "holds no plain values",
                                      "the column `%.*s` cannot be read by a rule", EDI_STR_ARG(name));
    edi_finding_label(finding, search->first->span, "declared here");
  }
  return EDI_TYPE_NONE;
}

static edi_type check_row_column(edi_checker *checker, edi_expr *expr) {
  if (!edi_check_may_read(checker, expr, expr->span)) return EDI_TYPE_NONE;
  if (!checker->domain) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0307, expr->span, "a name of some products only",
                                      "a federal rule reads a cell by its column's name");
    edi_finding_why(finding, "federal rules hold for products whose columns they do not know");
    edi_finding_fix(finding, false, "row[TAG], with the tag that such columns carry");
    return EDI_TYPE_NONE;
  }
  column_search search = {.name = expr->text};
  search_contracts(checker->model, &search);
  if (!search.first || search.other || search.type == EDI_TYPE_NONE) return report_column(checker, expr, &search);
  return search.type;
}

edi_type edi_check_leaf(edi_checker *checker, edi_expr *expr, edi_type hint) {
  switch ((int)expr->kind) {
    case EDI_EXPR_BOOL: return EDI_TYPE_BOOL;
    case EDI_EXPR_INT: return check_int(expr, hint);
    case EDI_EXPR_DECIMAL: return EDI_TYPE_DECIMAL;
    case EDI_EXPR_STRING: return check_string(checker, expr, hint);
    case EDI_EXPR_DATE: return EDI_TYPE_DATE;
    case EDI_EXPR_TIMESTAMP: return EDI_TYPE_TIMESTAMP;
    case EDI_EXPR_DURATION: return EDI_TYPE_DURATION;
    case EDI_EXPR_LIST: return check_list(checker, expr, hint);
    case EDI_EXPR_NAME: return edi_resolve_name(checker, expr, hint);
    case EDI_EXPR_ROW_TAG: return check_row_tag(checker, expr);
    case EDI_EXPR_ROW_COLUMN: return check_row_column(checker, expr);
    default: return expr->type; /* resolved before */
  }
}

/* A day where a moment belongs. */
static void fix_day(edi_finding *finding, int64_t day) {
  char storage[32];
  edi_buf text = edi_buf_fixed(storage, sizeof storage);
  edi_date_format(&text, day);
  edi_finding_fix(finding, false, "%.*sT00:00:00Z", (int)text.len, text.ptr);
}

bool edi_check_literal(edi_checker *checker, edi_expr *expr, edi_type type) {
  const edi_place *before = checker->place;
  checker->place = &edi_place_literal;
  edi_type got = edi_check_expr(checker, expr, type);
  checker->place = before;
  if (got == EDI_TYPE_NONE) return false;
  if (got == type && is_member(expr)) return true;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0210, expr->span, edi_checker_a_type(checker, got),
                                    "%s is expected here", edi_checker_a_type(checker, type));
  edi_finding_text_as(checker, finding, expr, type);
  if (EDI_TYPE_IS_SET(type) && EDI_TYPE_ELEM(type) == got)
    edi_finding_fix(finding, false, "[%s]", edi_checker_written(checker, expr));
  if (type == EDI_TYPE_TIMESTAMP && expr->kind == EDI_EXPR_DATE) fix_day(finding, expr->integer);
  return false;
}

/* ---- tables ---- */

static void report_key_count(edi_checker *checker, const edi_expr *expr, const edi_sym_table *table) {
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0220, expr->span,
                 edi_checker_text(checker, "%u given", expr->operand_count),
                 "the table `%.*s` is asked by %zu key%s", EDI_STR_ARG(expr->text), table->key_count,
                 table->key_count == 1 ? "" : "s");
  edi_finding_label(finding, table->span, "declared here");
}

static edi_type table_value(edi_checker *checker, edi_expr *expr, const edi_sym_table *table) {
  edi_suggest suggest;
  edi_expr_more *more = edi_checker_extend(checker, expr);
  if (!more) return EDI_TYPE_NONE;
  edi_name column = more->value_name;
  edi_suggest_init(&suggest, column.text);
  for (size_t i = 0; i < table->value_count; i++) {
    if (edi_str_equal(table->values[i].name, column.text)) {
      more->value_column = (uint32_t)i;
      edi_index_note_value(checker->model->index, checker->model, table, i, column.span);
      return table->values[i].type == EDI_TYPE_BROKEN ? (edi_type)EDI_TYPE_NONE : table->values[i].type;
    }
    edi_suggest_offer(&suggest, table->values[i].name, table->span);
  }
  edi_finding *finding = EDI_REPORT(checker, EDI_E0220, column.span, "not declared",
                                    "the table `%.*s` gives no `%.*s`", EDI_STR_ARG(expr->text),
                                    EDI_STR_ARG(column.text));
  edi_finding_declared(finding, table->span);
  suggest.best.span = EDI_SPAN_NONE; /* said already */
  edi_finding_near(finding, suggest.best, "");
  return EDI_TYPE_NONE;
}

edi_type edi_check_table(edi_checker *checker, edi_expr *expr) {
  edi_type result = expr->kind == EDI_EXPR_IN_TABLE ? EDI_TYPE_BOOL : EDI_TYPE_NONE;
  if (!edi_check_may_read(checker, expr, expr->span)) return result;
  edi_span name = expr->kind == EDI_EXPR_IN_TABLE ? edi_expr_more_of(expr)->value_name.span : edi_expr_op_span(expr);
  expr->symbol = edi_scope_resolve(checker, EDI_SCOPED_TABLES, expr->text, name);
  const edi_sym_table *table = expr->symbol == EDI_NONE ? NULL : &checker->model->tables[expr->symbol];
  bool fits = table && !table->broken && table->key_count == expr->operand_count;
  for (size_t i = 0; i < expr->operand_count; i++) {
    edi_expr *key = expr->operands[i];
    edi_type wanted = fits ? table->keys[i].type : EDI_HINT_SILENT;
    if (wanted == EDI_TYPE_BROKEN) wanted = EDI_HINT_SILENT;
    edi_type type = edi_check_expr(checker, key, wanted);
    if (type == EDI_TYPE_NONE || type == wanted || wanted == EDI_HINT_SILENT) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0220, key->span, edi_checker_a_type(checker, type),
                                      "the key `%.*s` of the table is %s", EDI_STR_ARG(table->keys[i].name),
                                      edi_checker_a_type(checker, wanted));
    edi_finding_label(finding, table->span, "declared here");
  }
  if (!table || table->broken) return result;
  if (!fits) report_key_count(checker, expr, table);
  return expr->kind == EDI_EXPR_TABLE_VALUE ? table_value(checker, expr, table) : result;
}

/* ---- patterns ---- */

static size_t count_slashes(edi_str text) {
  size_t count = 0;
  for (size_t i = 0; i < text.len; i++) count += text.ptr[i] == '/';
  return count;
}

/* Where byte `at` of a decoded pattern stands in the file: each slash in it was written `\/`. */
static edi_span pattern_span(edi_str source, edi_span around, size_t at) {
  size_t raw = source.len + count_slashes(source), from = at + count_slashes((edi_str){source.ptr, at});
  if (around.source == EDI_SOURCE_NONE || around.end - around.begin < raw + 2) return around;
  uint32_t begin = around.end - 1 - (uint32_t)raw + (uint32_t)from;
  return (edi_span){around.source, begin, begin + (at < source.len)};
}

edi_pattern *edi_check_pattern(edi_checker *checker, edi_str source, edi_span around, edi_pattern_use use) {
  edi_pattern *pattern = NULL;
  const char *why = "";
  size_t at = 0;
  edict_status status = edi_pattern_compile(source, use, &pattern, &why, &at);
  if (status == EDICT_OK) return pattern;
  if (status != EDICT_FINDINGS && status != EDICT_LIMIT) {
    checker->failed = true;
    return NULL;
  }
  if (at > source.len) at = source.len;
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0219, pattern_span(source, around, at), why ? why : "", "a pattern that is refused");
  edi_finding_note(finding, "patterns match without backtracking: no captures in a condition, no look-around, "
                            "no back-references");
  return NULL;
}

/* ---- target atoms ---- */

static void atom_misuse(edi_checker *checker, const edi_expr *expr, const char *message, const char *fix) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0215, expr->span, "", "%s", message);
  if (fix) edi_finding_fix(finding, false, "%s", fix);
}

/* A parameter of a definition stands for the node. */
static void check_argument_node(edi_checker *checker, const edi_expr *argument, uint32_t kind) {
  edi_type type = EDI_TYPE_MAKE(EDI_TYPE_NODE, kind);
  bool node = argument->kind == EDI_EXPR_NODE || edi_expand_is_parameter(argument);
  if (argument->type == EDI_TYPE_NONE || (argument->type == type && node)) return;
  EDI_REPORT(checker, EDI_E0210, argument->span, edi_checker_a_type(checker, argument->type),
             "the name of a node of `%.*s` is expected here", EDI_STR_ARG(checker->model->kinds[kind].name));
}

static void resolve_atom_nodes(edi_checker *checker, edi_expr *expr, uint32_t kind) {
  for (size_t i = 0; i < expr->operand_count; i++) {
    edi_expr *operand = expr->operands[i];
    if (operand->fixed) {
      check_argument_node(checker, operand, kind);
      continue;
    }
    if (operand->kind != EDI_EXPR_NAME) continue;
    uint32_t node = edi_resolve_node(checker, kind, (edi_name){operand->text, operand->span});
    if (node == EDI_NONE) continue;
    operand->kind = EDI_EXPR_NODE;
    operand->symbol = node;
    operand->type = EDI_TYPE_MAKE(EDI_TYPE_NODE, kind);
  }
}

static void check_classified(edi_checker *checker, edi_expr *expr) {
  uint32_t scale = checker->model->classification;
  if (expr->entity == EDI_ENTITY_PRODUCT) {
    atom_misuse(checker, expr, "a product has no classification of its own", "dataset classified ...");
  } else if (scale == EDI_NONE) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0204, expr->span, "of which levels?",
                                      "no levels are called `classification`");
    edi_finding_fix(finding, false, "declare `levels classification { ... }` in the federal vocabulary");
  } else if (expr->operand_count == 1) {
    edi_type type = EDI_TYPE_MAKE(EDI_TYPE_LEVEL, scale);
    edi_check_literal(checker, expr->operands[0], type);
  }
}

/* Finds the kind that an atom names; false: reported. */
static bool resolve_resource(edi_checker *checker, edi_expr *expr) {
  edi_name name = edi_expr_more_of(expr)->value_name;
  if (expr->entity != EDI_ENTITY_RESOURCE || name.text.len == 0) return true;
  uint32_t number = edi_model_resource(checker->model, name.text);
  if (number != EDI_NONE) {
    edi_index_note(checker->model->index, EDI_INDEX_RESOURCE, number, name.text, name.span);
    expr->entity = (edi_entity)(EDI_ENTITY_RESOURCE + number);
    return true;
  }
  edi_suggest suggest;
  edi_suggest_init(&suggest, name.text);
  suggest.best = edi_model_suggest_resource(checker->model, name.text);
  if (!suggest.best.name.ptr) {
    edi_suggest_offer(&suggest, EDI_STR("dataset"), EDI_SPAN_NONE);
    edi_suggest_offer(&suggest, EDI_STR("product"), EDI_SPAN_NONE);
  }
  edi_finding *finding = EDI_REPORT(checker, EDI_E0251, name.span, "not declared", "there is no resource `%.*s`",
                                    EDI_STR_ARG(name.text));
  edi_finding_near(finding, suggest.best, "");
  if (!suggest.best.name.ptr)
    edi_finding_note(finding, "a rule is about a dataset, a product, or a declared `resource`");
  return false;
}

static void check_resource_atom(edi_checker *checker, const edi_expr *expr) {
  if (expr->kind == EDI_EXPR_HOLDING) {
    atom_misuse(checker, expr, "a resource holds no columns",
                edi_checker_text(checker, "%.*s tagged ...", EDI_STR_ARG(edi_expr_more_of(expr)->value_name.text)));
  } else if (expr->kind == EDI_EXPR_CLASSIFIED) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0215, expr->span, "", "only datasets and columns are classified");
    edi_finding_fix(finding, false, "declare an attribute of the scale, and write `%.*s.NAME <= ...` in `when`",
                    EDI_STR_ARG(edi_expr_more_of(expr)->value_name.text));
  }
}

edi_type edi_check_atom(edi_checker *checker, edi_expr *expr) {
  if (!resolve_resource(checker, expr)) return EDI_TYPE_NONE;
  if (expr->entity >= EDI_ENTITY_RESOURCE) check_resource_atom(checker, expr);
  if (!edi_check_may_read(checker, expr, expr->span)) return EDI_TYPE_BOOL;
  switch ((int)expr->kind) {
    case EDI_EXPR_HOLDING:
    case EDI_EXPR_TAGGED: resolve_atom_nodes(checker, expr, EDI_BUILTIN_TAG); break;
    case EDI_EXPR_NAMED:
      if (expr->text.len == 0) atom_misuse(checker, expr, "no name matches the empty pattern", NULL);
      break;
    case EDI_EXPR_IN_DOMAIN: resolve_atom_nodes(checker, expr, EDI_BUILTIN_DOMAIN); break;
    default:
      if (expr->entity < EDI_ENTITY_RESOURCE) check_classified(checker, expr);
  }
  return EDI_TYPE_BOOL;
}
