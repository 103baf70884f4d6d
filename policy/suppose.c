/* Suppose: a domain that opens all that it may. See the header. */
#include "policy/suppose.h"

#include <stdio.h>

#include "policy/checker.h"

uint32_t edi_suppose_root(const edi_model *m, uint32_t node) {
  while (m->nodes[node].parent != EDI_NONE) node = m->nodes[node].parent;
  return node;
}

/* `product in domain D`, D the bundle's: what opens has to say what it is about. */
static edi_expr *own_products(edi_arena *arena, const edi_model *m) {
  edi_expr *x = EDI_NEW_ARRAY(arena, edi_expr, 2), **operands = EDI_NEW_ARRAY(arena, edi_expr *, 1);
  if (!x || !operands) return NULL;
  x[1] = (edi_expr){.kind = EDI_EXPR_NODE, .symbol = m->domain_node, .type = EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_DOMAIN)};
  operands[0] = &x[1];
  x[0] = (edi_expr){.kind = EDI_EXPR_IN_DOMAIN, .entity = EDI_ENTITY_PRODUCT, .operands = operands, .operand_count = 1,
                    .type = EDI_TYPE_BOOL, .symbol = EDI_NONE};
  return x;
}

/* The permit that a domain would write to open all that the delegate lets it. */
static edi_rule_decl *permit_for(edi_arena *arena, const edi_model *m, const edi_rule_decl *delegate, size_t number) {
  edi_rule_decl *permit = EDI_NEW(arena, edi_rule_decl);
  char name[300];
  int n = snprintf(name, sizeof name, "%.*s.supposed.opens-%zu", (int)(m->domain.len < 200 ? m->domain.len : 200), m->domain.ptr, number);
  char *qualified = edi_arena_copy(arena, name, n < 0 ? 0 : (size_t)n);
  if (!permit || !qualified) return NULL;
  *permit = (edi_rule_decl){.name = delegate->name, .span = delegate->span, .effect = EDI_EFFECT_PERMIT, .actions = delegate->actions,
                            .action_nodes = delegate->action_nodes, .qualified = {qualified, (size_t)n}, .line = delegate->line,
                            .column = delegate->column, .more = &edi_rule_more_none, .thing = delegate->thing};
  permit->target = own_products(arena, m);
  return permit->target ? permit : NULL;
}

bool edi_suppose_permits(edi_arena *arena, uint32_t node, edi_model *m) {
  edi_sym_rule *rules = EDI_NEW_ARRAY(arena, edi_sym_rule, 2 * m->rules_count);
  size_t count = m->rules_count;
  if (!rules) return false;
  if (count) memcpy(rules, m->rules, count * sizeof *rules);
  for (size_t i = 0; i < m->rules_count; i++) {
    const edi_rule_decl *d = m->rules[i].decl;
    if (d->effect != EDI_EFFECT_DELEGATE || d->shadow || edi_suppose_root(m, d->more->delegate_node) != edi_suppose_root(m, node)) continue;
    rules[count] = (edi_sym_rule){.decl = permit_for(arena, m, d, i), .file = m->rules[i].file, .domain = true};
    if (!rules[count++].decl) return false;
  }
  m->rules = rules;
  m->rules_count = count;
  return true;
}
