/* Check of things: whether a rule is about datasets, about one kind of resource, or about either.
 *
 * In: a rule, typed. Out: its `thing`. A rule names datasets by their atoms, their attributes and by effects on
 * columns and rows; it names a kind of resource likewise. Invariant: no rule names two things, so nothing that a
 * request does not have is ever asked for; a rule that opens and names neither is about datasets, so that a new
 * kind of resource is opened by no rule that was written before it. */
#include "policy/checker.h"

typedef struct naming {
  uint32_t thing;              /* ANY: none so far */
  edi_span span, use;          /* of what named it */
  bool clash;
} naming;

static uint32_t thing_of_entity(edi_entity entity) {
  if (entity >= EDI_ENTITY_RESOURCE) return EDI_THING_RESOURCE + (entity - EDI_ENTITY_RESOURCE);
  return entity == EDI_ENTITY_DATASET || entity == EDI_ENTITY_COLUMN ? EDI_THING_DATASET : EDI_THING_ANY;
}

static uint32_t thing_of(const edi_model *model, const edi_expr *expr) {
  switch ((int)expr->kind) {
    case EDI_EXPR_ATTR:
      return expr->symbol == EDI_NONE ? EDI_THING_ANY : thing_of_entity(model->attrs[expr->symbol].entity);
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
    case EDI_EXPR_NAMED:
    case EDI_EXPR_CLASSIFIED:
      if (expr->entity == EDI_ENTITY_RESOURCE && expr->type == EDI_TYPE_NONE) return EDI_THING_ANY; /* reported */
      return thing_of_entity(expr->entity);
    case EDI_EXPR_RESOURCE: return thing_of_entity(expr->entity);
    default: return EDI_THING_ANY;
  }
}

static const char *thing_name(edi_checker *checker, uint32_t thing) {
  if (thing == EDI_THING_DATASET) return "datasets";
  edi_str name = checker->model->resources[thing - EDI_THING_RESOURCE].name;
  return edi_checker_text(checker, "the resource `%.*s`", EDI_STR_ARG(name));
}

static void report_clash(edi_checker *checker, const edi_rule_decl *rule, const naming *first, const edi_expr *expr,
                         uint32_t thing) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0249, expr->span, thing_name(checker, thing),
                                    "rule `%.*s` is about two kinds of thing", EDI_STR_ARG(rule->name.text));
  edi_finding_use(finding, expr);
  edi_finding_label(finding, first->span, "%s", thing_name(checker, first->thing));
  if (first->use.source != EDI_SOURCE_NONE) edi_finding_label(finding, first->use, "used here");
  edi_finding_why(finding, "a request is about a dataset or about one resource, and has nothing of the other");
  edi_finding_fix(finding, false, "write a rule for each");
}

static void look(edi_checker *checker, const edi_rule_decl *rule, naming *n, const edi_expr *expr) {
  if (!expr) return;
  uint32_t thing = thing_of(checker->model, expr);
  if (thing != EDI_THING_ANY && n->thing == EDI_THING_ANY) {
    *n = (naming){thing, expr->span, edi_expr_more_of(expr)->use, false};
  } else if (thing != EDI_THING_ANY && thing != n->thing && !n->clash) {
    report_clash(checker, rule, n, expr, thing);
    n->clash = true;
  }
  for (size_t i = 0; i < expr->operand_count; i++) look(checker, rule, n, expr->operands[i]);
}

static bool has_columns_or_rows(edi_effect effect) {
  switch (effect) {
    case EDI_EFFECT_MASK:
    case EDI_EFFECT_SHOW_ROWS:
    case EDI_EFFECT_SHOW_GROUPS:
    case EDI_EFFECT_RETAIN_AT_MOST:
    case EDI_EFFECT_RETAIN_AT_LEAST:
    case EDI_EFFECT_RETAIN_WHILE: return true;
    case EDI_EFFECT_NONE:
    case EDI_EFFECT_PERMIT:
    case EDI_EFFECT_FORBID:
    case EDI_EFFECT_REQUIRE:
    case EDI_EFFECT_DELEGATE:
    case EDI_EFFECT_EXEMPT: break;
  }
  return false;
}

static void report_effect(edi_checker *checker, const edi_rule_decl *rule, const naming *n) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0250, rule->effect_span, "columns and rows",
                                    "%s has no columns and no rows", thing_name(checker, n->thing));
  edi_finding_label(finding, n->span, "the rule is about it");
  if (n->use.source != EDI_SOURCE_NONE) edi_finding_label(finding, n->use, "used here");
  edi_finding_note(finding, "rules about a resource permit, forbid, require, delegate and exempt");
}

void edi_check_thing(edi_checker *checker, edi_rule_decl *rule) {
  naming n = {.thing = EDI_THING_ANY, .span = EDI_SPAN_NONE, .use = EDI_SPAN_NONE};
  const edi_expr *const parts[] = {rule->target, rule->when, rule->unless, rule->more->require};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) look(checker, rule, &n, parts[i]);
  for (size_t i = 0; i < rule->more->oblige_count; i++)
    for (size_t j = 0; j < rule->more->obliges[i].argument_count; j++) look(checker, rule, &n, rule->more->obliges[i].arguments[j]);
  bool rows = has_columns_or_rows(rule->effect);
  if (rows && n.thing >= EDI_THING_RESOURCE && !n.clash) report_effect(checker, rule, &n);
  bool opens = rule->effect == EDI_EFFECT_PERMIT || rule->effect == EDI_EFFECT_DELEGATE || rule->effect == EDI_EFFECT_EXEMPT;
  rule->thing = n.thing == EDI_THING_ANY && (rows || opens) ? EDI_THING_DATASET : n.thing;
}
