/* Print: one walk over a tree, which writes it as nested parentheses and looks at every span.
 *
 * In: a tree as the parser made it. Out: text, or whether the spans are sound (then nothing is
 * written). Invariant: the walk recurses no deeper than the parser's limit on nesting. Expressions
 * stand on one line, `(HAS subject.roles dpo)`; clauses and declarations on lines of their own. */
#include "policy/print.h"

typedef struct printer {
  edi_buf *into; /* NULL: only look at spans */
  edi_str text;  /* the file's; ptr NULL: do not look at spans */
  edi_source source;
  bool valid;
} printer;

/* ---- pieces ---- */

static void put(printer *out, const char *text) {
  if (out->into) edi_buf_text(out->into, text);
}

static void put_str(printer *out, edi_str s) {
  if (out->into) edi_buf_str(out->into, s);
}

static void put_string(printer *out, edi_str s) {
  put(out, " ");
  if (out->into) edi_json_string(out->into, s);
}

static void look(printer *out, edi_span span) {
  if (!out->text.ptr || (span.source == EDI_SOURCE_NONE && span.begin == 0 && span.end == 0))
    return;
  out->valid = out->valid && span.source == out->source && span.begin <= span.end &&
               span.end <= out->text.len;
}

static void look_name(printer *out, edi_name name) {
  look(out, name.span);
  if (!out->text.ptr || !out->valid || name.text.len == 0) return;
  edi_str there = {out->text.ptr + name.span.begin, name.span.end - name.span.begin};
  out->valid = edi_str_equal(name.text, there);
}

static void put_name(printer *out, edi_name name) {
  look_name(out, name);
  put(out, " ");
  put_str(out, name.text);
}

static void put_names(printer *out, const edi_names *names) {
  for (size_t i = 0; i < names->count; i++) put_name(out, names->items[i]);
}

static void put_line(printer *out, unsigned depth, const char *head) {
  put(out, "\n");
  for (unsigned i = 0; i < depth; i++) put(out, "  ");
  put(out, "(");
  put(out, head);
}

static void put_flag(printer *out, bool set, const char *text) {
  if (!set) return;
  put(out, " ");
  put(out, text);
}

/* ---- expressions ---- */

static const char *const kind_words[EDI_EXPR_COUNT] = {
#define EXPR(NAME, text, operands) #NAME,
#include "policy/operators.def"
#undef EXPR
};

static const char *entity_word(edi_entity entity) {
  static const char *const words[] = {"product", "dataset", "column", "subject", "context"};
  return (size_t)entity < sizeof words / sizeof *words ? words[entity] : "?";
}

static void put_duration(printer *out, edi_duration duration) {
  if (!out->into) return;
  if (duration.months != 0) edi_buf_format(out->into, "%lldmonths", (long long)duration.months);
  else edi_buf_format(out->into, "%lldmicros", (long long)duration.micros);
}

static bool put_literal(printer *out, const edi_expr *expr) {
  switch ((int)expr->kind) {
    case EDI_EXPR_BOOL: put(out, expr->integer ? "true" : "false"); return true;
    case EDI_EXPR_INT:
      if (out->into) edi_buf_format(out->into, "%lld", (long long)expr->integer);
      return true;
    case EDI_EXPR_DECIMAL:
      if (out->into) edi_decimal_format(out->into, expr->decimal);
      return true;
    case EDI_EXPR_STRING:
      if (out->into) edi_json_string(out->into, expr->text);
      return true;
    case EDI_EXPR_DATE:
      if (out->into) edi_date_format(out->into, expr->integer);
      return true;
    case EDI_EXPR_TIMESTAMP:
      if (out->into) edi_timestamp_format(out->into, expr->integer);
      return true;
    case EDI_EXPR_DURATION: put_duration(out, expr->duration); return true;
    case EDI_EXPR_NAME: put_str(out, expr->text); return true;
    default: return false;
  }
}

static bool is_atom(edi_expr_kind kind) {
  return kind == EDI_EXPR_TAGGED || kind == EDI_EXPR_HOLDING || kind == EDI_EXPR_NAMED ||
         kind == EDI_EXPR_IN_DOMAIN || kind == EDI_EXPR_CLASSIFIED;
}

static void put_expr(printer *out, const edi_expr *expr) {
  look(out, expr->span);
  look(out, edi_expr_op_span(expr));
  look_name(out, edi_expr_more_of(expr)->value_name);
  if (put_literal(out, expr)) return;
  put(out, "(");
  put(out, expr->kind < EDI_EXPR_COUNT ? kind_words[expr->kind] : "?");
  if (is_atom(expr->kind) && expr->entity < EDI_ENTITY_RESOURCE) put_flag(out, true, entity_word(expr->entity));
  else if (is_atom(expr->kind)) put_name(out, edi_expr_more_of(expr)->value_name);
  if (expr->kind == EDI_EXPR_CLASSIFIED) put_flag(out, true, edi_expr_kind_name(expr->compare));
  if (expr->kind == EDI_EXPR_ROW_TAG || expr->kind == EDI_EXPR_ROW_COLUMN ||
      expr->kind == EDI_EXPR_IN_TABLE || expr->kind == EDI_EXPR_TABLE_VALUE ||
      expr->kind == EDI_EXPR_CALL) {
    put(out, " ");
    put_str(out, expr->text);
  } else if (edi_expr_text(expr).ptr) {
    put_string(out, expr->text);
  }
  for (size_t i = 0; i < expr->operand_count; i++) {
    put(out, " ");
    put_expr(out, expr->operands[i]);
  }
  if (expr->kind == EDI_EXPR_TABLE_VALUE) {
    put(out, " .");
    put_str(out, edi_expr_more_of(expr)->value_name.text);
  }
  put(out, ")");
}

static void put_clause(printer *out, const char *head, const edi_expr *expr) {
  if (!expr) return;
  put_line(out, 2, head);
  put(out, " ");
  put_expr(out, expr);
  put(out, ")");
}

static void put_text_clause(printer *out, const char *head, edi_str text) {
  if (!text.ptr) return;
  put_line(out, 2, head);
  put_string(out, text);
  put(out, ")");
}

/* ---- rules ---- */

static void put_transform(printer *out, const edi_transform_use *transform) {
  look(out, transform->span);
  look_name(out, transform->name);
  put(out, " (");
  put_str(out, transform->name.text);
  for (size_t i = 0; i < transform->argument_count; i++) {
    const edi_argument *argument = &transform->arguments[i];
    put(out, " ");
    look_name(out, argument->name);
    put_str(out, argument->name.text);
    put(out, argument->name.text.len > 0 ? ":" : "");
    put_expr(out, argument->value);
  }
  put(out, ")");
}

static void put_mask(printer *out, const edi_mask_line *line) {
  look(out, line->span);
  put_line(out, 2, "mask ");
  put_expr(out, line->column);
  for (size_t i = 0; i < line->case_count; i++) {
    const edi_mask_case *one = &line->cases[i];
    look(out, one->span);
    put_line(out, 3, "with");
    put_transform(out, &one->with);
    put_flag(out, one->otherwise, "otherwise");
    if (one->condition) {
      put(out, " if ");
      put_expr(out, one->condition);
    }
    put(out, ")");
  }
  put(out, ")");
}

static void put_least(printer *out, int64_t least, edi_span span) {
  look(out, span);
  if (out->into) edi_buf_format(out->into, " %lld", (long long)least);
}

static void put_effect(printer *out, const edi_rule_decl *rule) {
  static const char *const words[] = {
      [EDI_EFFECT_NONE] = "no-effect",
#define EFFECT(NAME, number, text, opens) [number] = (text),
#include "bundle/effects.def"
#undef EFFECT
  };
  look(out, rule->effect_span);
  for (size_t i = 0; i < rule->mask_count; i++) put_mask(out, &rule->masks[i]);
  if (rule->effect == EDI_EFFECT_MASK) return;
  put_line(out, 2, words[rule->effect]);
  put_names(out, &rule->actions);
  put_names(out, &rule->more->exempts);
  if (rule->effect == EDI_EFFECT_SHOW_GROUPS) put_least(out, rule->more->least, rule->more->least_span);
  const edi_expr *parts[] = {rule->more->require, rule->more->retain_while, rule->more->duration, rule->more->after, rule->more->group};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (!parts[i]) continue;
    put(out, " ");
    put_expr(out, parts[i]);
  }
  put_flag(out, rule->more->then_erase, "then-erase");
  if (rule->more->delegate_to.text.len > 0) put_name(out, rule->more->delegate_to);
  put(out, ")");
}

static void put_day(printer *out, const char *head, bool has, int64_t date, edi_span span) {
  if (!has) return;
  look(out, span);
  put_line(out, 2, head);
  put(out, " ");
  if (out->into) edi_date_format(out->into, date);
  put(out, ")");
}

static void put_oblige(printer *out, const char *head, const edi_oblige *oblige) {
  look(out, oblige->span);
  put_line(out, 2, head);
  put_name(out, oblige->name);
  for (size_t i = 0; i < oblige->argument_count; i++) {
    put(out, " ");
    put_expr(out, oblige->arguments[i]);
  }
  put(out, ")");
}

static void put_rule(printer *out, const edi_rule_decl *rule) {
  look(out, rule->span);
  look(out, rule->because_span);
  put_name(out, rule->name);
  put_flag(out, rule->shadow, "shadow");
  put_effect(out, rule);
  put_clause(out, "on", rule->target);
  put_clause(out, "where", rule->more->where);
  put_clause(out, "when", rule->when);
  put_clause(out, "unless", rule->unless);
  put_day(out, "from", rule->more->has_from, rule->more->from, rule->more->from_span);
  put_day(out, "until", rule->more->has_until, rule->more->until, rule->more->until_span);
  if (rule->more->until_further_notice) {
    put_line(out, 2, "until-further-notice)");
    look(out, rule->more->until_span);
  }
  for (size_t i = 0; i < rule->more->oblige_count; i++) put_oblige(out, "oblige", &rule->more->obliges[i]);
  put_text_clause(out, "because", rule->because);
  put_text_clause(out, "see", rule->more->see);
  put_text_clause(out, "note", rule->more->note);
}

/* ---- vocabulary ---- */

static void put_type(printer *out, bool set, edi_name name, edi_name parameter) {
  look_name(out, name);
  look_name(out, parameter);
  put(out, set ? " set<" : " ");
  put_str(out, name.text);
  if (parameter.text.len > 0) {
    put(out, "<");
    put_str(out, parameter.text);
    put(out, ">");
  }
  put(out, set ? ">" : "");
}

static void put_node(printer *out, const edi_node_decl *node, unsigned depth) {
  put_line(out, depth, "node");
  put_flag(out, node->is_abstract, "abstract");
  put_flag(out, node->is_open, "open");
  put_name(out, node->name);
  if (node->title.ptr) put_string(out, node->title);
  if (node->type.text.len > 0) {
    put(out, " :");
    put_type(out, false, node->type, node->type_parameter);
  }
  for (size_t i = 0; i < node->child_count; i++) put_node(out, node->children[i], depth + 1);
  put(out, ")");
}

static void put_attribute_list(printer *out, const edi_attribute_decl *items, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const edi_attribute_decl *attribute = &items[i];
    look(out, attribute->type.span);
    look(out, attribute->path_span);
    put_line(out, 2, "attribute");
    put_name(out, attribute->name);
    put_flag(out, attribute->optional, "optional");
    put(out, " :");
    put_type(out, attribute->type.set, attribute->type.name, attribute->type.parameter);
    if (attribute->fallback) {
      put(out, " = ");
      put_expr(out, attribute->fallback);
    }
    if (attribute->path.ptr) {
      put(out, " from");
      put_string(out, attribute->path);
    }
    put(out, ")");
  }
}

static void put_attributes(printer *out, const edi_attributes_decl *attributes) {
  look(out, attributes->entity_span);
  put_flag(out, true, entity_word(attributes->entity));
  put_attribute_list(out, attributes->items, attributes->count);
}

static void put_resource(printer *out, const edi_resource_decl *resource) {
  put_name(out, resource->name);
  put_attribute_list(out, resource->items, resource->count);
}

static void put_claim(printer *out, const edi_claim_decl *claim) {
  look(out, claim->path_span);
  put_line(out, 2, "claim");
  put_name(out, claim->attribute);
  put_string(out, claim->path);
  if (claim->within.text.len > 0) {
    put(out, " within");
    put_name(out, claim->within);
  }
  for (size_t i = 0; i < claim->map_count; i++) {
    look(out, claim->maps[i].span);
    put_string(out, claim->maps[i].text);
    put(out, " as");
    put_name(out, claim->maps[i].node);
  }
  put_flag(out, claim->ignore_others, "ignore-others");
  put(out, ")");
}

static void put_issuer(printer *out, const edi_issuer_decl *issuer) {
  look(out, issuer->url_span);
  look(out, issuer->audience_span);
  look(out, issuer->keys_span);
  put_name(out, issuer->name);
  if (issuer->url.ptr) put_string(out, issuer->url);
  put_text_clause(out, "audience", issuer->audience);
  put_text_clause(out, "keys", issuer->keys);
  if (issuer->keys_from_host) {
    put_line(out, 2, "keys from-host");
    put(out, ")");
  }
  if (issuer->algorithms.count > 0) {
    put_line(out, 2, "algorithms");
    put_names(out, &issuer->algorithms);
    put(out, ")");
  }
  if (issuer->tokens.count > 0) {
    put_line(out, 2, "tokens");
    put_names(out, &issuer->tokens);
    put(out, ")");
  }
  if (issuer->revoked.text.len > 0) {
    put_line(out, 2, "revoked");
    put_name(out, issuer->revoked);
    put(out, ")");
  }
  for (size_t i = 0; i < issuer->claim_count; i++) put_claim(out, &issuer->claims[i]);
}

static void put_columns(printer *out, const char *head, const edi_table_column *columns,
                        size_t count) {
  for (size_t i = 0; i < count; i++) {
    look(out, columns[i].type.span);
    put_line(out, 2, head);
    put_name(out, columns[i].name);
    put(out, " :");
    put_type(out, columns[i].type.set, columns[i].type.name, columns[i].type.parameter);
    put(out, ")");
  }
}

/* ---- tests ---- */

static void put_value(printer *out, const edi_test_value *value) {
  look(out, value->span);
  put(out, " ");
  if (value->scalar) {
    put_expr(out, value->scalar);
    return;
  }
  put(out, "{");
  for (size_t i = 0; i < value->field_count; i++) {
    put_name(out, value->fields[i].name);
    put(out, ":");
    put_value(out, value->fields[i].value);
  }
  put(out, " }");
}

static void put_expect(printer *out, const edi_expect *expect) {
  if (expect->kind == EDI_EXPECT_OBLIGE) {
    look(out, expect->span);
    put_oblige(out, "expect oblige", &expect->oblige);
    return;
  }
  static const char *const words[] = {"expect permit", "expect deny", "expect column",
                                      "expect row", "expect oblige", "expect shadow",
                                      "expect groups"};
  static const char *const outcomes[] = {"shown", "hidden", "withheld", "erasable"};
  look(out, expect->span);
  put_line(out, 2, words[expect->kind]);
  if (expect->rule.text.len > 0) put_name(out, expect->rule);
  if (expect->kind == EDI_EXPECT_COLUMN) {
    put_name(out, expect->column);
    put_transform(out, &expect->transform);
  } else if (expect->kind == EDI_EXPECT_ROW) {
    put_value(out, expect->row);
    put_flag(out, true, outcomes[expect->outcome]);
    if (expect->shown) put_value(out, expect->shown);
  } else if (expect->kind == EDI_EXPECT_GROUPS) {
    put_least(out, expect->least, expect->least_span);
    put_name(out, expect->column);
  }
  put(out, ")");
}

static void put_given(printer *out, const edi_test_decl *test) {
  for (size_t i = 0; i < test->table_count; i++) {
    const edi_given_table *table = &test->tables[i];
    put_line(out, 2, "table");
    put_name(out, table->name);
    for (size_t r = 0; r < table->row_count; r++) {
      look(out, table->rows[r].span);
      put_line(out, 3, "row");
      for (size_t k = 0; k < table->rows[r].key_count; k++) put_expr(out, table->rows[r].keys[k]);
      if (table->rows[r].values) put_value(out, table->rows[r].values);
      put(out, ")");
    }
    put(out, ")");
  }
  for (size_t i = 0; i < test->key_count; i++) {
    put_line(out, 2, "key");
    put_name(out, test->keys[i].name);
    put_string(out, test->keys[i].text);
    put(out, ")");
  }
}

static void put_test(printer *out, const edi_test_decl *test) {
  look(out, test->span);
  put_string(out, test->title);
  put_line(out, 2, "product");
  put_name(out, test->product);
  put(out, ")");
  put_line(out, 2, "subject");
  put_value(out, test->subject);
  put(out, ")");
  put_line(out, 2, "context");
  put_value(out, test->context);
  put(out, ")");
  put_given(out, test);
  put_line(out, 2, "ask");
  put_name(out, test->action);
  put_name(out, test->dataset);
  put_names(out, &test->columns);
  if (test->resource) put_value(out, test->resource);
  put(out, ")");
  for (size_t i = 0; i < test->expect_count; i++) put_expect(out, &test->expects[i]);
}

/* ---- files ---- */

static void put_key(printer *out, const edi_key_decl *key) {
  put_name(out, key->name);
  if (key->title.ptr) put_string(out, key->title);
  if (key->scope.text.len == 0) return;
  put(out, " within");
  put_name(out, key->scope);
}

static void put_levels(printer *out, const edi_levels_decl *levels) {
  put_name(out, levels->name);
  put(out, " <");
  put_names(out, &levels->levels);
}

static void put_taxonomy(printer *out, const edi_taxonomy_decl *taxonomy) {
  put_name(out, taxonomy->kind);
  for (size_t i = 0; i < taxonomy->root_count; i++) put_node(out, taxonomy->roots[i], 2);
}

static void put_table(printer *out, const edi_table_decl *table) {
  put_name(out, table->name);
  put_flag(out, table->complete, "complete");
  put_columns(out, "key", table->keys, table->key_count);
  put_columns(out, "value", table->values, table->value_count);
}

static void put_definition(printer *out, const edi_definition_decl *definition) {
  put_name(out, definition->name);
  put_columns(out, "parameter", definition->parameters, definition->parameter_count);
  put_clause(out, "is", definition->body);
}

static void put_decl(printer *out, const edi_decl *decl) {
  static const char *const words[] = {"taxonomy", "levels", "attributes", "issuer", "key",
                                      "table",    "state",  "untagged",   "obligation", "rule",
                                      "test",     "let",    "define",     "resource"};
  look(out, decl->span);
  put_line(out, 1, words[decl->kind]);
  put_flag(out, decl->broken, "broken");
  switch (decl->kind) {
    case EDI_DECL_TAXONOMY: put_taxonomy(out, &decl->as.taxonomy); break;
    case EDI_DECL_LEVELS: put_levels(out, &decl->as.levels); break;
    case EDI_DECL_ATTRIBUTES: put_attributes(out, &decl->as.attributes); break;
    case EDI_DECL_ISSUER: put_issuer(out, decl->as.issuer); break;
    case EDI_DECL_KEY: put_key(out, &decl->as.key); break;
    case EDI_DECL_TABLE: put_table(out, &decl->as.table); break;
    case EDI_DECL_STATE: put_names(out, &decl->as.state.facts); break;
    case EDI_DECL_UNTAGGED: put_name(out, decl->as.untagged.node); break;
    case EDI_DECL_OBLIGATION:
      put_name(out, decl->as.obligation.name);
      put_columns(out, "parameter", decl->as.obligation.parameters,
                  decl->as.obligation.parameter_count);
      break;
    case EDI_DECL_RULE: put_rule(out, &decl->as.rule); break;
    case EDI_DECL_TEST: put_test(out, decl->as.test); break;
    case EDI_DECL_RESOURCE: put_resource(out, &decl->as.resource); break;
    case EDI_DECL_LET:
    case EDI_DECL_DEFINE: put_definition(out, &decl->as.definition); break;
  }
  put(out, ")");
}

static void put_file(printer *out, const edi_file_ast *file) {
  put(out, "(file");
  put_string(out, file->path);
  put_name(out, file->module);
  for (size_t i = 0; i < file->decl_count; i++) put_decl(out, file->decls[i]);
  put(out, ")\n");
}

void edi_ast_print(const edi_file_ast *file, edi_buf *into) {
  printer out = {.into = into, .valid = true};
  put_file(&out, file);
}

void edi_expr_print(const edi_expr *expr, edi_buf *into) {
  printer out = {.into = into, .valid = true};
  put_expr(&out, expr);
}

bool edi_ast_spans_valid(const edi_file_ast *file, edi_str text) {
  printer out = {.text = text.ptr ? text : EDI_STR(""), .source = file->source, .valid = true};
  put_file(&out, file);
  return out.valid;
}
