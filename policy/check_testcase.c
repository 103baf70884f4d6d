/* Check of tests: names and types of what is asked and what is expected.
 *
 * In: test blocks; contracts, if the caller has resolved them. Out: every value typed, every name known.
 * Product, dataset and columns are looked up if the product's contract is in the model (a federal test
 * may be about a domain that is not); until it is, cells keep the names that they were written with.
 * Invariant: a test reads no clock and asks nothing that a host could not ask. */
#include "bundle/limits.h"
#include "policy/checker.h"
#include "policy/index.h"

/* ---- values ---- */

/* A literal, name or list as a value of `type`, which a text in quotes may always be of if it is a name. */
static void check_value(edi_checker *checker, const edi_test_field *field, edi_type type) {
  const edi_test_value *value = field->value;
  if (!value || type == EDI_TYPE_NONE) return;
  if (!value->scalar) {
    EDI_REPORT(checker, EDI_E0802, value->span, "a record", "`%.*s` is %s", EDI_STR_ARG(field->name.text),
               edi_checker_a_type(checker, type));
    return;
  }
  if (type == EDI_TYPE_SUBJECT) { /* subject.id: here the part that the host or the token says */
    if (value->scalar->kind != EDI_EXPR_STRING) {
      edi_finding *finding = EDI_REPORT(checker, EDI_E0802, value->span, "", "the id of a subject is a text in quotes");
      if (value->scalar->kind == EDI_EXPR_NAME) edi_finding_fix(finding, false, "\"%.*s\"", EDI_STR_ARG(value->scalar->text));
    }
    value->scalar->type = EDI_TYPE_STRING;
    return;
  }
  (void)edi_check_literal(checker, value->scalar, type);
}

/* Records are short: of a very long one only the first fields are looked through. */
void edi_check_field_twice(edi_checker *checker, const edi_test_value *record, size_t i) {
  for (size_t j = 0; j < i && j < EDI_LIMIT_COLUMNS; j++) {
    if (!edi_str_equal(record->fields[j].name.text, record->fields[i].name.text)) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0801, record->fields[i].name.span, "the second one",
                                      "`%.*s` is given twice", EDI_STR_ARG(record->fields[i].name.text));
    edi_finding_label(finding, record->fields[j].name.span, "the first one");
    return;
  }
}

static const edi_test_field *find_field(const edi_test_value *record, edi_str name) {
  for (size_t i = 0; record && i < record->field_count; i++)
    if (edi_str_equal(record->fields[i].name.text, name)) return &record->fields[i];
  return NULL;
}

/* ---- refusals that no rule makes ---- */

typedef enum refusal {
  REFUSAL_NONE,
#define REFUSAL(NAME, rule, because, how) REFUSAL_##NAME,
#include "bundle/refusals.def"
#undef REFUSAL
} refusal;

enum { HOW_ASK, HOW_NOW, HOW_NEVER };
static const struct { const char *rule; int how; } refusals[] = {
    {"", HOW_NEVER},
#define REFUSAL(NAME, rule, because, how) {rule, HOW_##how},
#include "bundle/refusals.def"
#undef REFUSAL
};

static refusal refusal_named(edi_str name) {
  for (size_t i = 1; i < sizeof refusals / sizeof *refusals; i++)
    if (edi_str_equal(name, edi_str_from(refusals[i].rule))) return (refusal)i;
  return REFUSAL_NONE;
}

/* Whether the test wants to be refused so: then it may ask for what brings it about. */
static bool expects(const edi_test_decl *test, refusal which) {
  for (size_t i = 0; i < test->expect_count; i++)
    if (test->expects[i].kind == EDI_EXPECT_DENY && refusal_named(test->expects[i].rule.text) == which) return true;
  return false;
}

static void check_refusal(edi_checker *checker, const edi_expect *expect) {
  refusal which = refusal_named(expect->rule.text);
  if (which != REFUSAL_NONE && refusals[which].how != HOW_NEVER && expect->kind == EDI_EXPECT_DENY) return;
  edi_suggest suggest;
  edi_suggest_init(&suggest, expect->rule.text);
  for (size_t i = 1; i < sizeof refusals / sizeof *refusals; i++)
    if (refusals[i].how != HOW_NEVER) edi_suggest_offer(&suggest, edi_str_from(refusals[i].rule), EDI_SPAN_NONE);
  edi_finding *finding = EDI_REPORT(
      checker, EDI_E0807, expect->rule.span, "", "%s `%.*s`",
      expect->kind == EDI_EXPECT_PERMIT ? "a request is never permitted by"
      : which == REFUSAL_NONE           ? "there is no refusal"
                                        : "no test can be refused by",
      EDI_STR_ARG(expect->rule.text));
  if (which != REFUSAL_NONE && expect->kind == EDI_EXPECT_DENY)
    edi_finding_why(finding, "it is about tokens and clocks, and a test has neither");
  else if (which == REFUSAL_NONE) edi_finding_near(finding, suggest.best, "");
}

/* ---- attributes ---- */

/* One that a host may not name either: what its value would mean, nobody knows. */
static void check_undeclared(edi_checker *checker, const edi_test_field *field) {
  if (!field->value->scalar)
    EDI_REPORT(checker, EDI_E0802, field->value->span, "a record", "`%.*s` is a value, or a list of them",
               EDI_STR_ARG(field->name.text));
}

/* The attributes of a subject or a context; `undeclared`: others may stand there too. */
static void check_attributes(edi_checker *checker, const edi_test_value *record, edi_entity entity, bool undeclared) {
  const edi_model *model = checker->model;
  edi_str of = edi_model_entity(model, entity);
  for (size_t i = 0; record && i < record->field_count; i++) {
    const edi_test_field *field = &record->fields[i];
    uint32_t number = edi_model_attr(model, entity, field->name.text);
    edi_index_note(model->index, EDI_INDEX_ATTR, number, field->name.text, field->name.span);
    edi_check_field_twice(checker, record, i);
    if (entity == EDI_ENTITY_CONTEXT && edi_str_equal(field->name.text, EDI_STR("action"))) {
      edi_finding *finding = EDI_REPORT(checker, EDI_E0801, field->name.span, "", "the action is not in the context");
      edi_finding_fix(finding, false, "it stands after `ask`");
    } else if (number == EDI_NONE && undeclared) {
      check_undeclared(checker, field);
    } else if (number == EDI_NONE) {
      edi_finding *finding =
          EDI_REPORT(checker, EDI_E0801, field->name.span, "not declared", "`%.*s` has no attribute `%.*s`",
                     EDI_STR_ARG(of), EDI_STR_ARG(field->name.text));
      edi_finding_near(finding, edi_model_suggest_attr(model, entity, field->name.text), "");
    } else {
      check_value(checker, field, model->attrs[number].type);
    }
  }
}

/* Whether a field that nobody declared is told to be `name` misspelt, which is then not missed as well. */
static bool is_misspelt(const edi_checker *checker, const edi_test_value *record, edi_entity entity, const char *name) {
  for (size_t i = 0; record && i < record->field_count; i++) {
    edi_str text = record->fields[i].name.text;
    if (edi_model_attr(checker->model, entity, text) != EDI_NONE) continue;
    if (edi_str_equal(edi_model_suggest_attr(checker->model, entity, text).name, edi_str_from(name))) return true;
  }
  return false;
}

static void check_has_field(edi_checker *checker, const edi_test_decl *test, const edi_test_value *record,
                            const char *name, edi_entity entity, const char *why) {
  bool given = record && record->span.source != EDI_SOURCE_NONE;
  const char *of = entity == EDI_ENTITY_SUBJECT ? "subject" : "context";
  bool told = entity == EDI_ENTITY_SUBJECT || !expects(test, REFUSAL_CONTEXT); /* there others may stand, and none is told */
  if (find_field(record, edi_str_from(name)) || (told && is_misspelt(checker, record, entity, name))) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0801, given ? record->span : test->span, "",
                                    "a test says the `%s` of its %s", name, of);
  edi_finding_why(finding, "%s", why);
}

/* ---- what is asked ---- */

typedef struct question {
  const edi_contract_facts *product; /* NULL: not in the model */
  const edi_dataset_facts *dataset;
} question;

static void report_missing(edi_checker *checker, edi_name name, edi_sym_near near, edi_span place, const char *message) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0803, name.span, "in no contract", "%s `%.*s`", message,
                                    EDI_STR_ARG(name.text));
  if (near.name.ptr) edi_finding_near(finding, near, "");
  else if (place.source != EDI_SOURCE_NONE) edi_finding_label(finding, place, "the contract");
}

static void find_product(edi_checker *checker, const edi_test_decl *test, question *asked) {
  const edi_model *model = checker->model;
  edi_suggest suggest;
  for (size_t i = 0; i < model->contract_count && !asked->product; i++)
    if (edi_str_equal(model->contracts[i].name, test->product.text)) asked->product = &model->contracts[i];
  if (asked->product || !checker->domain || model->contract_count == 0) return;
  edi_suggest_init(&suggest, test->product.text);
  for (size_t i = 0; i < model->contract_count; i++)
    edi_suggest_offer(&suggest, model->contracts[i].name, model->contracts[i].span);
  report_missing(checker, test->product, suggest.best, EDI_SPAN_NONE, "the domain has no product");
}

static void find_dataset(edi_checker *checker, const edi_test_decl *test, question *asked) {
  const edi_contract_facts *product = asked->product;
  edi_suggest suggest;
  for (size_t i = 0; product && i < product->dataset_count && !asked->dataset; i++)
    if (edi_str_equal(product->datasets[i].name, test->dataset.text)) asked->dataset = &product->datasets[i];
  if (!product || asked->dataset) return;
  edi_suggest_init(&suggest, test->dataset.text);
  for (size_t i = 0; i < product->dataset_count; i++)
    edi_suggest_offer(&suggest, product->datasets[i].name, product->datasets[i].span);
  report_missing(checker, test->dataset, suggest.best, product->span, "the product has no dataset");
}

static bool has_column(const edi_dataset_facts *dataset, edi_str name) {
  for (size_t i = 0; i < dataset->column_count; i++)
    if (edi_str_equal(dataset->columns[i].name, name)) return true;
  return false;
}

/* The dataset's column of that name; NULL: reported, or the dataset is not known. */
static const edi_column_facts *find_column(edi_checker *checker, const question *asked, edi_name name) {
  const edi_dataset_facts *dataset = asked->dataset;
  edi_suggest suggest;
  if (!dataset) return NULL;
  for (size_t i = 0; i < dataset->column_count; i++)
    if (edi_str_equal(dataset->columns[i].name, name.text)) return &dataset->columns[i];
  edi_suggest_init(&suggest, name.text);
  for (size_t i = 0; i < dataset->column_count && edi_checker_suggests(checker); i++)
    edi_suggest_offer(&suggest, dataset->columns[i].name, dataset->columns[i].span);
  report_missing(checker, name, suggest.best, dataset->span, "the dataset has no column");
  return NULL;
}

static void check_action(edi_checker *checker, const edi_test_decl *test) {
  const edi_model *model = checker->model;
  uint32_t action = edi_resolve_node(checker, EDI_BUILTIN_ACTION, test->action);
  if (action == EDI_NONE || model->nodes[action].end == action + 1 || expects(test, REFUSAL_ACTION)) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0804, test->action.span, "others lie below it",
                                    "nobody can ask for `%.*s`", EDI_STR_ARG(test->action.text));
  edi_finding_why(finding, "the action of a request is a leaf of the taxonomy: what is done, not a kind of doing");
  edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(model->nodes[action + 1].name));
}

/* Whoever asks for a column asks for all that is inside of it. */
static bool lies_in(edi_str path, edi_str column) {
  if (!edi_str_starts(path, column)) return false;
  return path.len == column.len || path.ptr[column.len] == '.' || path.ptr[column.len] == '[';
}

static bool is_asked(const edi_test_decl *test, edi_str column) {
  for (size_t i = 0; i < test->columns.count; i++)
    if (lies_in(column, test->columns.items[i].text)) return true;
  return test->columns.count == 0;
}

/* ---- cells ---- */

static void check_clock(edi_checker *checker, const edi_test_field *field) {
  const edi_expr *scalar = field->value->scalar;
  int64_t clock;
  if (scalar && scalar->kind == EDI_EXPR_STRING && !edi_clock_parse(scalar->text, &clock)) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0802, scalar->span, "", "`%.*s` is a time of day", EDI_STR_ARG(field->name.text));
    edi_finding_fix(finding, false, "\"10:00:00\"");
    return;
  }
  check_value(checker, field, EDI_TYPE_STRING);
}

/* The type that a cell's literal has: what the column holds, or a node or level by its name. */
static void check_cell(edi_checker *checker, const edi_test_field *field, const edi_column_facts *column) {
  const edi_model *model = checker->model;
  edi_expr *scalar = field->value ? field->value->scalar : NULL;
  if (!column || !field->value) return;
  if (scalar && scalar->kind == EDI_EXPR_NAME && edi_str_equal(scalar->text, EDI_STR("null"))) return;
  if (column->type == EDI_TYPE_NONE || column->type == EDI_TYPE_BINARY || column->repeated) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0802, field->value->span, "",
                                      "the column `%.*s` holds no plain values", EDI_STR_ARG(column->name));
    edi_finding_label(finding, column->span, "declared here");
    return;
  }
  if (column->type == EDI_TYPE_TIME) {
    check_clock(checker, field);
    return;
  }
  for (size_t i = 0; scalar && scalar->kind == EDI_EXPR_NAME && i < column->tag_count; i++) {
    edi_type type = model->nodes[column->tags[i]].type;
    if (EDI_TYPE_BASE(type) != EDI_TYPE_NODE && EDI_TYPE_BASE(type) != EDI_TYPE_LEVEL) continue;
    (void)edi_check_literal(checker, scalar, type);
    return;
  }
  check_value(checker, field, column->type == EDI_TYPE_FLOAT ? EDI_TYPE_DECIMAL : column->type);
}

static void check_cells(edi_checker *checker, const question *asked, const edi_test_value *row) {
  for (size_t i = 0; row && i < row->field_count; i++) {
    edi_check_field_twice(checker, row, i);
    check_cell(checker, &row->fields[i], find_column(checker, asked, row->fields[i].name));
  }
}

/* ---- what is expected ---- */

static bool decides(edi_expect_kind kind, edi_effect effect) {
  if (kind == EDI_EXPECT_PERMIT) return effect == EDI_EFFECT_PERMIT;
  return effect == EDI_EFFECT_FORBID || effect == EDI_EFFECT_REQUIRE;
}

/* The name as it was written, bare or not, becomes the qualified one. */
static void check_reason(edi_checker *checker, edi_expect *expect) {
  if (expect->rule.text.len == 0) return;
  if (edi_str_starts(expect->rule.text, EDI_STR("edict.")) &&
      edi_scope_find(checker, EDI_SCOPED_RULES, expect->rule.text) == EDI_NONE) {
    check_refusal(checker, expect);
    return;
  }
  uint32_t number = edi_scope_resolve(checker, EDI_SCOPED_RULES, expect->rule.text, expect->rule.span);
  if (number == EDI_NONE) return;
  const edi_rule_decl *rule = checker->model->rules[number].decl;
  expect->rule.text = rule->qualified;
  if (rule->effect == EDI_EFFECT_NONE || (decides(expect->kind, rule->effect) && !rule->shadow)) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0805, expect->rule.span, "", "rule `%.*s` %s nothing",
                                    EDI_STR_ARG(rule->name.text),
                                    expect->kind == EDI_EXPECT_PERMIT ? "permits" : "denies");
  edi_finding_label(finding, rule->effect_span, rule->shadow ? "a rule in shadow" : "its effect");
}

static void check_shadow(edi_checker *checker, edi_expect *expect) {
  uint32_t number = edi_scope_resolve(checker, EDI_SCOPED_RULES, expect->rule.text, expect->rule.span);
  if (number == EDI_NONE) return;
  const edi_rule_decl *rule = checker->model->rules[number].decl;
  expect->rule.text = rule->qualified;
  if (rule->shadow) return;
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0805, expect->rule.span, "", "rule `%.*s` is not in shadow", EDI_STR_ARG(rule->name.text));
  edi_finding_label(finding, rule->span, "it is enforced");
}

static void check_column(edi_checker *checker, const edi_test_decl *test, const question *asked, edi_expect *expect) {
  bool known = find_column(checker, asked, expect->column) || !asked->dataset;
  if (known && !is_asked(test, expect->column.text)) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0806, expect->column.span, "not asked for",
                                      "the column `%.*s` is not in the request", EDI_STR_ARG(expect->column.text));
    edi_finding_label(finding, test->columns.items[0].span, "these columns are");
  }
  if (edi_str_equal(expect->transform.name.text, EDI_STR("raw")) && expect->transform.argument_count == 0) {
    expect->transform.id = EDI_TRANSFORM_RAW;
    expect->transform.key = EDI_NONE;
    return;
  }
  edi_check_transform(checker, &expect->transform);
}

/* What nobody asked for comes out as null, so nothing else can be expected of it. */
static void check_shown(edi_checker *checker, const edi_test_decl *test, const question *asked,
                        const edi_test_value *shown) {
  for (size_t i = 0; shown && i < shown->field_count; i++) {
    edi_name name = shown->fields[i].name;
    if (is_asked(test, name.text) || !asked->dataset || !has_column(asked->dataset, name.text)) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0806, name.span, "not asked for",
                                      "the column `%.*s` is not in the request", EDI_STR_ARG(name.text));
    edi_finding_label(finding, test->columns.items[0].span, "these columns are");
  }
}

static void check_expect(edi_checker *checker, const edi_test_decl *test, const question *asked, edi_expect *expect) {
  switch (expect->kind) {
    case EDI_EXPECT_PERMIT:
    case EDI_EXPECT_DENY: check_reason(checker, expect); break;
    case EDI_EXPECT_COLUMN: check_column(checker, test, asked, expect); break;
    case EDI_EXPECT_SHADOW: check_shadow(checker, expect); break;
    case EDI_EXPECT_OBLIGE: edi_check_oblige(checker, &expect->oblige, &edi_place_literal); break;
    case EDI_EXPECT_GROUPS: /* a column that groups are counted by need not be asked for */
      edi_check_least(checker, expect->least, expect->least_span);
      (void)find_column(checker, asked, expect->column);
      break;
    case EDI_EXPECT_ROW:
      check_cells(checker, asked, expect->row);
      check_cells(checker, asked, expect->shown);
      check_shown(checker, test, asked, expect->shown);
      break;
  }
}

/* Whether the test asks about a resource; its kind is then looked up. */
static bool check_resource(edi_checker *checker, const edi_test_decl *test) {
  const edi_model *model = checker->model;
  bool undeclared = expects(test, REFUSAL_RESOURCE);
  if (!test->resource) return false;
  uint32_t number = edi_model_resource(model, test->dataset.text);
  if (number != EDI_NONE) {
    edi_index_note(model->index, EDI_INDEX_RESOURCE, number, test->dataset.text, test->dataset.span);
    check_attributes(checker, test->resource, (edi_entity)(EDI_ENTITY_RESOURCE + number), undeclared);
    return true;
  }
  for (size_t i = 0; undeclared && i < test->resource->field_count; i++)
    check_undeclared(checker, &test->resource->fields[i]);
  if (undeclared) return true;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0251, test->dataset.span, "not declared", "there is no resource `%.*s`",
                                    EDI_STR_ARG(test->dataset.text));
  edi_finding_near(finding, edi_model_suggest_resource(model, test->dataset.text), "");
  return true;
}

/* Whether it expects something of columns or rows, which is reported: the test asks about a resource. */
static bool reads_data(edi_checker *checker, const edi_test_decl *test, const edi_expect *expect) {
  if (expect->kind != EDI_EXPECT_COLUMN && expect->kind != EDI_EXPECT_ROW) return false;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0806, expect->span, "", "a resource has no columns and no rows");
  edi_finding_label(finding, test->dataset.span, "asked for here");
  return true;
}

void edi_check_test(edi_checker *checker, edi_test_decl *test) {
  question asked = {NULL, NULL};
  check_attributes(checker, test->subject, EDI_ENTITY_SUBJECT, false);
  check_attributes(checker, test->context, EDI_ENTITY_CONTEXT, expects(test, REFUSAL_CONTEXT));
  check_has_field(checker, test, test->subject, "issuer", EDI_ENTITY_SUBJECT, "a subject is the pair of issuer and id");
  check_has_field(checker, test, test->subject, "id", EDI_ENTITY_SUBJECT, "a subject is the pair of issuer and id");
  check_has_field(checker, test, test->context, "now", EDI_ENTITY_CONTEXT, "a test gives the same answer on every day");
  check_action(checker, test);
  find_product(checker, test, &asked);
  bool resource = check_resource(checker, test);
  if (!resource) find_dataset(checker, test, &asked);
  edi_check_given(checker, test);
  for (size_t i = 0; i < test->columns.count && !expects(test, REFUSAL_COLUMN); i++)
    (void)find_column(checker, &asked, test->columns.items[i]);
  for (size_t i = 0; i < test->expect_count; i++)
    if (!resource || !reads_data(checker, test, &test->expects[i])) check_expect(checker, test, &asked, &test->expects[i]);
}
