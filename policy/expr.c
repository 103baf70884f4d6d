/* Expressions and rules: what the tree's nodes have in common, whoever made them. */
#include "policy/ast.h"

const char *edi_expr_kind_name(edi_expr_kind kind) {
  static const char *const names[EDI_EXPR_COUNT] = {
#define EXPR(NAME, text, operands) (text),
#include "policy/operators.def"
#undef EXPR
  };
  return kind < EDI_EXPR_COUNT ? names[kind] : "unknown";
}

bool edi_expr_has_text(edi_expr_kind kind) {
  switch ((int)kind) {
    case EDI_EXPR_STRING:
    case EDI_EXPR_NAME:
    case EDI_EXPR_NODE:
    case EDI_EXPR_LEVEL:
    case EDI_EXPR_ATTR:
    case EDI_EXPR_ROW_TAG:
    case EDI_EXPR_ROW_COLUMN:
    case EDI_EXPR_MATCHES:
    case EDI_EXPR_IN_CIDR:
    case EDI_EXPR_IN_TABLE:
    case EDI_EXPR_TABLE_VALUE:
    case EDI_EXPR_CALL:
    case EDI_EXPR_RESOURCE:
    case EDI_EXPR_NAMED: return true;
    default: return false;
  }
}

edi_str edi_expr_text(const edi_expr *expr) { return edi_expr_has_text(expr->kind) ? expr->text : (edi_str){NULL, 0}; }

bool edi_expr_has_number(edi_expr_kind kind) {
  switch ((int)kind) {
    case EDI_EXPR_BOOL:
    case EDI_EXPR_INT:
    case EDI_EXPR_DATE:
    case EDI_EXPR_TIMESTAMP: return true;
    default: return false;
  }
}

static const edi_expr_more nothing = {.value_name = {{NULL, 0}, {EDI_SOURCE_NONE, 0, 0}},
                                      .value_column = EDI_NONE,
                                      .definition = EDI_NONE,
                                      .use = {EDI_SOURCE_NONE, 0, 0},
                                      .op_source = EDI_SOURCE_NONE};

const edi_expr_more *edi_expr_more_of(const edi_expr *expr) { return expr->extended ? expr->more : &nothing; }

edi_expr_more *edi_expr_extend(edi_arena *arena, edi_expr *expr) {
  edi_expr_more *more = EDI_NEW(arena, edi_expr_more);
  if (!more) return NULL;
  *more = *edi_expr_more_of(expr);
  if (!expr->extended) {
    more->op_begin = expr->op_begin;
    more->op_end = expr->op_end;
  }
  expr->extended = true;
  return expr->more = more;
}

edi_span edi_expr_op_span(const edi_expr *expr) {
  if (!expr->extended) return (edi_span){expr->span.source, expr->op_begin, expr->op_end};
  const edi_expr_more *more = expr->more;
  return (edi_span){more->op_source == EDI_SOURCE_NONE ? expr->span.source : more->op_source, more->op_begin, more->op_end};
}

void edi_expr_set_op(edi_expr *expr, edi_span op) {
  *(expr->extended ? &expr->more->op_begin : &expr->op_begin) = op.begin;
  *(expr->extended ? &expr->more->op_end : &expr->op_end) = op.end;
}

bool edi_expr_is_literal(const edi_expr *expr) {
  switch ((int)expr->kind) {
    case EDI_EXPR_BOOL:
    case EDI_EXPR_INT:
    case EDI_EXPR_DECIMAL:
    case EDI_EXPR_STRING:
    case EDI_EXPR_DATE:
    case EDI_EXPR_TIMESTAMP:
    case EDI_EXPR_DURATION:
    case EDI_EXPR_LIST:
    case EDI_EXPR_NODE:
    case EDI_EXPR_LEVEL: return true;
    default: return false;
  }
}

const edi_rule_more edi_rule_more_none = {.delegate_to = {{NULL, 0}, {EDI_SOURCE_NONE, 0, 0}},
                                          .least_span = {EDI_SOURCE_NONE, 0, 0},
                                          .from_span = {EDI_SOURCE_NONE, 0, 0},
                                          .until_span = {EDI_SOURCE_NONE, 0, 0},
                                          .delegate_node = EDI_NONE};

edi_rule_more *edi_rule_extend(edi_arena *arena, edi_rule_decl *rule) {
  if (rule->more != &edi_rule_more_none) return (edi_rule_more *)rule->more; /* made here */
  edi_rule_more *more = EDI_NEW(arena, edi_rule_more);
  if (!more) return NULL;
  *more = edi_rule_more_none;
  rule->more = more;
  return more;
}
