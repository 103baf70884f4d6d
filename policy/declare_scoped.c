/* Declare: keys, tables, obligations, rules and tests: what is named within a module.
 *
 * In: declarations of the current file. Out: symbols with qualified names, in order of the files' paths
 * and of the text. Names that are declared twice are scope.c's to find. */
#include "bundle/limits.h"
#include "policy/checker.h"

static edi_str qualify(edi_checker *checker, edi_str name) {
  return edi_checker_join(checker, checker->file->module.text, name);
}

/* ---- keys ---- */

static const struct {
  edi_str name;
  uint32_t scope;
} scopes[] = {
    {{"query", 5}, EDI_SCOPE_QUERY},     {{"reader", 6}, EDI_SCOPE_READER},
    {{"purpose", 7}, EDI_SCOPE_PURPOSE}, {{"product", 7}, EDI_SCOPE_PRODUCT},
    {{"domain", 6}, EDI_SCOPE_DOMAIN},   {{"federation", 10}, EDI_SCOPE_FEDERATION},
};

static uint32_t read_scope(edi_checker *checker, edi_name name) {
  edi_suggest suggest;
  if (name.text.len == 0) return EDI_SCOPE_PRODUCT;
  edi_suggest_init(&suggest, name.text);
  for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
    if (edi_str_equal(name.text, scopes[i].name)) return scopes[i].scope;
    edi_suggest_offer(&suggest, scopes[i].name, EDI_SPAN_NONE);
  }
  edi_finding *finding = EDI_REPORT(checker, EDI_E0228, name.span, "", "a key is not joinable within `%.*s`",
                                    EDI_STR_ARG(name.text));
  edi_finding_note(finding, "from wide to narrow: federation, domain, product, purpose, reader, query");
  edi_finding_near(finding, suggest.best, "");
  return EDI_SCOPE_QUERY;
}

static void declare_key(edi_checker *checker, const edi_key_decl *decl, bool broken) {
  uint32_t scope = broken ? EDI_SCOPE_QUERY : read_scope(checker, decl->scope);
  edi_str name = qualify(checker, decl->name.text);
  edi_sym_key *key = edi_checker_add_keys(checker);
  if (!key) return;
  *key = (edi_sym_key){.name = name, .title = decl->title, .scope = scope, .domain = checker->domain,
                       .span = decl->name.span};
}

/* ---- tables ---- */

static void check_column_twice(edi_checker *checker, const edi_table_decl *decl, const edi_table_column *column) {
  const edi_table_column *all[] = {decl->keys, decl->values};
  const size_t counts[] = {decl->key_count, decl->value_count};
  for (size_t part = 0; part < 2; part++)
    for (size_t i = 0; i < counts[part]; i++) {
      const edi_table_column *other = &all[part][i];
      if (other == column) return;
      if (!edi_str_equal(other->name.text, column->name.text)) continue;
      edi_finding *finding = EDI_REPORT(checker, EDI_E0201, column->name.span, "the second one",
                                        "the column `%.*s` is declared twice", EDI_STR_ARG(column->name.text));
      edi_finding_label(finding, other->name.span, "the first one");
      return;
    }
}

static edi_sym_tablecol *declare_columns(edi_checker *checker, const edi_table_decl *decl,
                                         const edi_table_column *columns, size_t count) {
  edi_sym_tablecol *out = edi_checker_alloc(checker, count * sizeof *out);
  for (size_t i = 0; i < count && !checker->failed; i++) {
    const edi_table_column *column = &columns[i];
    check_column_twice(checker, decl, column);
    out[i].name = column->name.text;
    out[i].span = column->name.span;
    out[i].type = edi_declare_type(checker, column->type.name, column->type.parameter, column->type.span);
    if (!column->type.set) continue;
    EDI_REPORT(checker, EDI_E0227, column->type.span, "", "a column of a table holds one value, no set");
    out[i].type = EDI_TYPE_BROKEN;
  }
  return out;
}

static void declare_table(edi_checker *checker, const edi_table_decl *decl, bool broken) {
  if (decl->key_count + decl->value_count > EDI_LIMIT_TABLE_COLUMNS) {
    EDI_REPORT(checker, EDI_E0710, decl->name.span, "", "a table has more than %d columns", EDI_LIMIT_TABLE_COLUMNS);
    return;
  }
  edi_sym_tablecol *keys = declare_columns(checker, decl, decl->keys, decl->key_count);
  edi_sym_tablecol *values = declare_columns(checker, decl, decl->values, decl->value_count);
  edi_str name = qualify(checker, decl->name.text);
  edi_sym_table *table = edi_checker_add_tables(checker);
  if (!table) return;
  *table = (edi_sym_table){.name = name, .keys = keys, .values = values, .key_count = decl->key_count,
                           .value_count = decl->value_count, .complete = decl->complete,
                           .domain = checker->domain, .broken = broken, .span = decl->name.span};
}

/* ---- definitions ---- */

static void declare_definition(edi_checker *checker, edi_definition_decl *decl, bool broken) {
  edi_type *types = edi_checker_alloc(checker, decl->parameter_count * sizeof *types);
  size_t errors = checker->errors;
  for (size_t i = 0; types && i < decl->parameter_count; i++) {
    const edi_type_decl *type = &decl->parameters[i].type;
    types[i] = edi_declare_type(checker, type->name, type->parameter, type->span);
    if (types[i] == EDI_TYPE_BROKEN) types[i] = EDI_TYPE_NONE;
    else if (type->set) types[i] |= EDI_TYPE_SET;
  }
  edi_str name = qualify(checker, decl->name.text);
  edi_sym_definition *definition = edi_checker_add_definitions(checker);
  if (!definition) return;
  *definition = (edi_sym_definition){.name = name, .decl = decl, .file = checker->file, .types = types,
                                     .domain = checker->domain, .span = decl->name.span,
                                     .broken = broken || !decl->body || checker->errors > errors};
}

/* ---- obligations ---- */

static void check_parameter(edi_checker *checker, const edi_obligation_decl *decl, size_t i, edi_sym_tablecol *out) {
  const edi_table_column *parameter = &decl->parameters[i];
  out->name = parameter->name.text;
  out->type = edi_declare_type(checker, parameter->type.name, parameter->type.parameter, parameter->type.span);
  for (size_t j = 0; j < i; j++) {
    if (!edi_str_equal(decl->parameters[j].name.text, parameter->name.text)) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0230, parameter->name.span, "the second one",
                                      "the parameter `%.*s` is declared twice", EDI_STR_ARG(parameter->name.text));
    edi_finding_label(finding, decl->parameters[j].name.span, "the first one");
    return;
  }
  if (!parameter->type.set) return;
  EDI_REPORT(checker, EDI_E0230, parameter->type.span, "", "a parameter of an obligation holds one value, no set");
  out->type = EDI_TYPE_BROKEN;
}

static void declare_obligation(edi_checker *checker, const edi_obligation_decl *decl, bool broken) {
  bool fits = decl->parameter_count <= EDI_LIMIT_OBLIGATION_PARAMETERS;
  if (!fits)
    EDI_REPORT(checker, EDI_E0710, decl->name.span, "", "an obligation has more than %d parameters",
               EDI_LIMIT_OBLIGATION_PARAMETERS);
  size_t count = fits ? decl->parameter_count : 0;
  edi_sym_tablecol *parameters = edi_checker_alloc(checker, count * sizeof *parameters);
  for (size_t i = 0; i < count && !checker->failed; i++) check_parameter(checker, decl, i, &parameters[i]);
  edi_str name = qualify(checker, decl->name.text);
  edi_sym_obligation *obligation = edi_checker_add_obligations(checker);
  if (!obligation) return;
  *obligation = (edi_sym_obligation){.name = name, .parameters = parameters, .parameter_count = count,
                                     .domain = checker->domain, .broken = broken || !fits, .span = decl->name.span};
}

/* ---- rules and tests ---- */

static void declare_rule(edi_checker *checker, edi_rule_decl *decl, bool broken) {
  decl->qualified = qualify(checker, decl->name.text);
  edi_sym_rule *rule = edi_checker_add_rules(checker);
  if (rule) *rule = (edi_sym_rule){.decl = decl, .file = checker->file, .domain = checker->domain, .broken = broken};
}

static void declare_test(edi_checker *checker, edi_test_decl *decl, bool broken) {
  edi_sym_test *test = edi_checker_add_tests(checker);
  if (test) *test = (edi_sym_test){decl, checker->file, checker->domain, broken};
}

void edi_declare_scoped(edi_checker *checker, edi_decl *decl) {
  switch (decl->kind) {
    case EDI_DECL_KEY: declare_key(checker, &decl->as.key, decl->broken); break;
    case EDI_DECL_TABLE: declare_table(checker, &decl->as.table, decl->broken); break;
    case EDI_DECL_OBLIGATION: declare_obligation(checker, &decl->as.obligation, decl->broken); break;
    case EDI_DECL_RULE: declare_rule(checker, &decl->as.rule, decl->broken); break;
    case EDI_DECL_LET:
    case EDI_DECL_DEFINE: declare_definition(checker, &decl->as.definition, decl->broken); break;
    case EDI_DECL_TEST: declare_test(checker, decl->as.test, decl->broken); break;
    case EDI_DECL_TAXONOMY:
    case EDI_DECL_LEVELS:
    case EDI_DECL_ATTRIBUTES:
    case EDI_DECL_ISSUER:
    case EDI_DECL_STATE:
    case EDI_DECL_RESOURCE:
    case EDI_DECL_UNTAGGED: break;
  }
}
