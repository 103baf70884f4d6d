/* Emit, first pass: which federal symbols a domain's rules and contracts use.
 *
 * A domain's program imports only these, so that a federal name which nothing refers to may go away
 * without touching the domain. For the federal layer everything is marked. */
#include "policy/emitter.h"

static void mark_type(edi_emitter *e, edi_type type) {
  unsigned base = EDI_TYPE_BASE(type);
  if (base == EDI_TYPE_NODE || base == EDI_TYPE_ID) e->uses_kind[EDI_TYPE_PARAM(type)] = true;
  if (base == EDI_TYPE_LEVEL) e->uses_scale[EDI_TYPE_PARAM(type)] = true;
}

static void mark_node(edi_emitter *e, uint32_t node) {
  if (node == EDI_NONE) return;
  e->uses_node[node] = true;
  e->uses_kind[e->model->nodes[node].kind] = true;
  mark_type(e, e->model->nodes[node].type);
}

static void mark_level(edi_emitter *e, uint32_t level) {
  if (level != EDI_NONE) e->uses_scale[e->model->levels[level].scale] = true;
}

static void mark_attr(edi_emitter *e, uint32_t attr) {
  if (attr == EDI_NONE) return;
  e->uses_attr[attr] = true;
  edi_entity entity = e->model->attrs[attr].entity;
  if (entity >= EDI_ENTITY_RESOURCE) e->uses_resource[entity - EDI_ENTITY_RESOURCE] = true;
}

/* Atoms of a resource read what came with the request. */
static void mark_atom(edi_emitter *e, const edi_expr *x) {
  if (x->entity < EDI_ENTITY_RESOURCE) return;
  mark_attr(e, edi_model_attr(e->model, x->entity, x->kind == EDI_EXPR_NAMED ? EDI_STR("name") : EDI_STR("tags")));
}

static void mark_expr(edi_emitter *e, const edi_expr *x) {
  if (!x) return;
  mark_type(e, x->type);
  switch ((int)x->kind) {
    case EDI_EXPR_NODE:
    case EDI_EXPR_ROW_TAG: mark_node(e, x->symbol); break;
    case EDI_EXPR_LEVEL: mark_level(e, x->symbol); break;
    case EDI_EXPR_ATTR: mark_attr(e, x->symbol); break;
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_NAMED: mark_atom(e, x); break;
    case EDI_EXPR_IN_TABLE:
    case EDI_EXPR_TABLE_VALUE: e->uses_table[x->symbol] = true; break;
    case EDI_EXPR_CLASSIFIED:
      if (e->model->classification != EDI_NONE) e->uses_scale[e->model->classification] = true;
      break;
    default: break;
  }
  for (size_t i = 0; i < x->operand_count; i++) mark_expr(e, x->operands[i]);
}

static void mark_row_arguments(edi_emitter *e, const edi_transform_use *use) {
  for (size_t i = 0; i < use->argument_count; i++)
    if (use->arguments[i].value->kind == EDI_EXPR_ROW_TAG) mark_expr(e, use->arguments[i].value);
}

static void mark_rule(edi_emitter *e, const edi_rule_decl *r) {
  const edi_expr *all[] = {r->target, r->more->where, r->when, r->unless, r->more->require, r->more->retain_while, r->more->duration, r->more->after,
                           r->more->group};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) mark_expr(e, all[i]);
  for (size_t i = 0; i < r->actions.count; i++) mark_node(e, r->action_nodes[i]);
  if (r->thing >= EDI_THING_RESOURCE) e->uses_resource[r->thing - EDI_THING_RESOURCE] = true;
  if (r->effect == EDI_EFFECT_DELEGATE) mark_node(e, r->more->delegate_node);
  for (size_t m = 0; m < r->mask_count; m++) {
    mark_expr(e, r->masks[m].column);
    for (size_t c = 0; c < r->masks[m].case_count; c++) {
      mark_expr(e, r->masks[m].cases[c].condition);
      mark_row_arguments(e, &r->masks[m].cases[c].with);
      if (r->masks[m].cases[c].with.key != EDI_NONE) e->uses_key[r->masks[m].cases[c].with.key] = true;
    }
  }
}

static void mark_obliges(edi_emitter *e, const edi_rule_decl *r) {
  for (size_t i = 0; i < r->more->oblige_count; i++) {
    e->uses_obligation[r->more->obliges[i].symbol] = true;
    for (size_t j = 0; j < r->more->obliges[i].argument_count; j++) mark_expr(e, r->more->obliges[i].arguments[j]);
  }
}

static void mark_value(edi_emitter *e, const edi_fact_value *v) {
  mark_type(e, v->type);
  if (v->member_count == 0 && EDI_TYPE_BASE(v->type) == EDI_TYPE_NODE && !EDI_TYPE_IS_SET(v->type))
    mark_node(e, (uint32_t)v->integer);
  if (EDI_TYPE_BASE(v->type) == EDI_TYPE_LEVEL && !EDI_TYPE_IS_SET(v->type)) mark_level(e, (uint32_t)v->integer);
  for (size_t i = 0; i < v->member_count; i++) mark_value(e, &v->members[i]);
}

static void mark_facts(edi_emitter *e, const edi_fact_entry *facts, size_t count) {
  for (size_t i = 0; i < count; i++) {
    e->uses_attr[facts[i].attr] = true;
    mark_value(e, &facts[i].value);
  }
}

static void mark_contract(edi_emitter *e, const edi_contract_facts *c) {
  mark_node(e, c->domain);
  for (size_t t = 0; t < c->tag_count; t++) mark_node(e, c->tags[t]);
  mark_facts(e, c->facts, c->fact_count);
  for (size_t d = 0; d < c->dataset_count; d++) {
    const edi_dataset_facts *s = &c->datasets[d];
    mark_level(e, s->classification);
    for (size_t t = 0; t < s->tag_count; t++) mark_node(e, s->tags[t]);
    mark_facts(e, s->facts, s->fact_count);
    for (size_t k = 0; k < s->column_count; k++) {
      mark_level(e, s->columns[k].classification);
      for (size_t t = 0; t < s->columns[k].tag_count; t++) mark_node(e, s->columns[k].tags[t]);
    }
  }
}

/* Declared symbols bring along what their types name. */
static void mark_dependencies(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->attrs_count; i++)
    if (e->uses_attr[i]) {
      mark_type(e, m->attrs[i].type);
      mark_expr(e, m->attrs[i].fallback);
    }
  for (size_t i = 0; i < m->tables_count; i++) {
    if (!e->uses_table[i]) continue;
    for (size_t k = 0; k < m->tables[i].key_count; k++) mark_type(e, m->tables[i].keys[k].type);
    for (size_t k = 0; k < m->tables[i].value_count; k++) mark_type(e, m->tables[i].values[k].type);
  }
  for (size_t i = 0; i < m->obligations_count; i++)
    for (size_t k = 0; e->uses_obligation[i] && k < m->obligations[i].parameter_count; k++)
      mark_type(e, m->obligations[i].parameters[k].type);
}

void edi_emit_mark(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->kinds_count; i++) e->uses_kind[i] = !e->domain || m->kinds[i].domain;
  for (size_t i = 0; i < m->nodes_count; i++) e->uses_node[i] = !e->domain || m->nodes[i].domain;
  for (size_t i = 0; i < m->scales_count; i++) e->uses_scale[i] = !e->domain || m->scales[i].domain;
  for (size_t i = 0; i < m->attrs_count; i++) e->uses_attr[i] = !e->domain || m->attrs[i].domain;
  for (size_t i = 0; i < m->keys_count; i++) e->uses_key[i] = !e->domain || m->keys[i].domain;
  for (size_t i = 0; i < m->tables_count; i++) e->uses_table[i] = !e->domain || m->tables[i].domain;
  for (size_t i = 0; i < m->obligations_count; i++) e->uses_obligation[i] = !e->domain || m->obligations[i].domain;
  for (size_t i = 0; i < m->resources_count; i++) e->uses_resource[i] = !e->domain || m->resources[i].domain;
  if (!e->domain) return; /* all is marked */
  for (size_t i = 0; i < m->nodes_count; i++)
    if (m->nodes[i].domain) {
      mark_node(e, (uint32_t)i);
      mark_node(e, m->nodes[i].outer);
      if (m->nodes[i].outer != EDI_NONE) e->hangs[m->nodes[i].outer] = true;
    }
  for (size_t i = 0; i < m->rules_count; i++)
    if (m->rules[i].domain == e->domain) {
      mark_rule(e, m->rules[i].decl);
      mark_obliges(e, m->rules[i].decl);
    }
  for (size_t i = 0; i < m->contract_count; i++) mark_contract(e, &m->contracts[i]);
  mark_dependencies(e);
}
