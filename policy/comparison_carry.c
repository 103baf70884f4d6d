/* Comparison, carry: an expression or a rule of one model as a tree of another, by names.
 *
 * What it names must be there, and be of the same kind and type; else nothing is carried. What a tree keeps apart from
 * its symbols (texts, literals) is shared. */
#include "policy/checker.h"
#include "policy/comparison.h"

static uint32_t carry_kind(const edi_carrier *k, uint32_t kind) { return edi_model_kind(k->to, k->from->kinds[kind].name); }
static uint32_t carry_scale(const edi_carrier *k, uint32_t scale) { return edi_model_scale(k->to, k->from->scales[scale].name); }

static uint32_t carry_node(const edi_carrier *k, uint32_t node) {
  uint32_t kind = carry_kind(k, k->from->nodes[node].kind);
  return kind == EDI_NONE ? EDI_NONE : edi_model_node(k->to, kind, k->from->nodes[node].name);
}

static uint32_t carry_level(const edi_carrier *k, uint32_t level) {
  uint32_t scale = carry_scale(k, k->from->levels[level].scale);
  return scale == EDI_NONE ? EDI_NONE : edi_model_level(k->to, scale, k->from->levels[level].name);
}

static bool carry_type(const edi_carrier *k, edi_type from, edi_type *to) {
  unsigned base = EDI_TYPE_BASE(from);
  uint32_t param = EDI_TYPE_PARAM(from);
  if (base == EDI_TYPE_NODE || base == EDI_TYPE_ID) param = carry_kind(k, param);
  else if (base == EDI_TYPE_LEVEL) param = carry_scale(k, param);
  if (param == EDI_NONE) return false;
  *to = EDI_TYPE_MAKE(base, param) | (from & EDI_TYPE_SET);
  return true;
}

static bool carry_entity(const edi_carrier *k, edi_entity from, edi_entity *to) {
  *to = from;
  if (from < EDI_ENTITY_RESOURCE) return true;
  if ((size_t)(from - EDI_ENTITY_RESOURCE) >= k->from->resources_count) return false;
  uint32_t number = edi_model_resource(k->to, k->from->resources[from - EDI_ENTITY_RESOURCE].name);
  *to = (edi_entity)(EDI_ENTITY_RESOURCE + number);
  return number != EDI_NONE;
}

static uint32_t carry_attr(const edi_carrier *k, uint32_t attr) {
  const edi_sym_attr *a = &k->from->attrs[attr];
  edi_entity entity;
  edi_type type;
  if (!carry_entity(k, a->entity, &entity) || !carry_type(k, a->type, &type)) return EDI_NONE;
  uint32_t found = edi_model_attr(k->to, entity, a->name);
  return found != EDI_NONE && k->to->attrs[found].type == type ? found : EDI_NONE;
}

static bool carry_symbol(const edi_carrier *k, const edi_expr *from, edi_expr *to) {
  switch ((int)from->kind) {
    case EDI_EXPR_NODE:
    case EDI_EXPR_ROW_TAG: to->symbol = carry_node(k, from->symbol); break;
    case EDI_EXPR_LEVEL: to->symbol = carry_level(k, from->symbol); break;
    case EDI_EXPR_ATTR: to->symbol = carry_attr(k, from->symbol); break;
    case EDI_EXPR_IN_TABLE:
    case EDI_EXPR_TABLE_VALUE: to->symbol = edi_model_table(k->to, k->from->tables[from->symbol].name); break;
    default: return true;
  }
  return to->symbol != EDI_NONE;
}

static bool is_about_thing(edi_expr_kind kind) {
  return kind == EDI_EXPR_TAGGED || kind == EDI_EXPR_HOLDING || kind == EDI_EXPR_NAMED || kind == EDI_EXPR_IN_DOMAIN || kind == EDI_EXPR_CLASSIFIED || kind == EDI_EXPR_RESOURCE;
}

edi_expr *edi_carry_expr(edi_carrier *k, const edi_expr *from) {
  edi_expr *to = EDI_NEW(k->arena, edi_expr);
  edi_expr **operands = EDI_NEW_ARRAY(k->arena, edi_expr *, from->operand_count + 1);
  if (!to || !operands) {
    k->failed = true;
    return NULL;
  }
  *to = *from;
  to->operands = operands;
  if (!carry_symbol(k, from, to) || !carry_type(k, from->type, &to->type)) return NULL;
  if (is_about_thing(from->kind) && !carry_entity(k, from->entity, &to->entity)) return NULL;
  for (uint32_t i = 0; i < from->operand_count; i++)
    if (!(operands[i] = edi_carry_expr(k, from->operands[i]))) return NULL;
  return to;
}

/* ---- rules ---- */

static bool carry_to(edi_carrier *k, const edi_expr *from, edi_expr **to) {
  *to = from ? edi_carry_expr(k, from) : NULL;
  return !from || *to;
}

static bool carry_masks(edi_carrier *k, const edi_rule_decl *from, edi_rule_decl *to) {
  to->masks = EDI_NEW_ARRAY(k->arena, edi_mask_line, from->mask_count + 1);
  for (size_t i = 0; to->masks && i < from->mask_count; i++) {
    edi_mask_line *line = &to->masks[i];
    *line = from->masks[i];
    line->cases = EDI_NEW_ARRAY(k->arena, edi_mask_case, line->case_count + 1);
    if (!line->cases || !carry_to(k, from->masks[i].column, &line->column)) return false;
    for (size_t n = 0; n < line->case_count; n++) {
      line->cases[n] = from->masks[i].cases[n];
      if (!carry_to(k, from->masks[i].cases[n].condition, &line->cases[n].condition)) return false;
    }
  }
  return to->masks != NULL;
}

/* What an obligation is given; of one that cannot be carried nothing is asked. */
static void carry_duties(edi_carrier *k, const edi_rule_more *from, edi_rule_more *to) {
  to->oblige_count = 0;
  to->obliges = EDI_NEW_ARRAY(k->arena, edi_oblige, from->oblige_count + 1);
  for (size_t i = 0; to->obliges && i < from->oblige_count; i++) {
    edi_oblige *o = &to->obliges[to->oblige_count];
    *o = from->obliges[i];
    o->arguments = EDI_NEW_ARRAY(k->arena, edi_expr *, o->argument_count + 1);
    bool good = o->arguments != NULL;
    for (size_t n = 0; good && n < o->argument_count; n++) good = carry_to(k, from->obliges[i].arguments[n], &o->arguments[n]);
    to->oblige_count += good;
  }
}

static bool carry_thing(const edi_carrier *k, uint32_t from, uint32_t *to) {
  edi_entity entity;
  *to = from;
  if (from < EDI_THING_RESOURCE) return true;
  if (!carry_entity(k, (edi_entity)(EDI_ENTITY_RESOURCE + (from - EDI_THING_RESOURCE)), &entity)) return false;
  *to = EDI_THING_RESOURCE + (uint32_t)(entity - EDI_ENTITY_RESOURCE);
  return true;
}

/* Exemptions name rules by number, which mean nothing in another model: who asks about them looks at names. */
edi_rule_decl *edi_carry_rule(edi_carrier *k, const edi_rule_decl *from) {
  edi_rule_decl *to = EDI_NEW(k->arena, edi_rule_decl);
  edi_rule_more *more = EDI_NEW(k->arena, edi_rule_more);
  uint32_t *actions = EDI_NEW_ARRAY(k->arena, uint32_t, from->actions.count + 1);
  if (!to || !more || !actions) {
    k->failed = true;
    return NULL;
  }
  *to = *from;
  *more = *from->more;
  to->more = more;
  to->action_nodes = actions;
  more->exempts.count = 0;
  more->exempt_rules = NULL;
  carry_duties(k, from->more, more);
  for (size_t i = 0; i < from->actions.count; i++)
    if ((actions[i] = carry_node(k, from->action_nodes[i])) == EDI_NONE) return NULL;
  if (from->effect == EDI_EFFECT_DELEGATE && (more->delegate_node = carry_node(k, from->more->delegate_node)) == EDI_NONE) return NULL;
  bool good = carry_to(k, from->target, &to->target) && carry_to(k, from->more->where, &more->where) && carry_to(k, from->when, &to->when) &&
              carry_to(k, from->unless, &to->unless) && carry_to(k, from->more->require, &more->require) &&
              carry_to(k, from->more->retain_while, &more->retain_while) && carry_to(k, from->more->duration, &more->duration) &&
              carry_to(k, from->more->after, &more->after) && carry_to(k, from->more->group, &more->group);
  return good && carry_thing(k, from->thing, &to->thing) && carry_masks(k, from, to) ? to : NULL;
}
