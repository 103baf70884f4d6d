/* Emit, second pass: the marked symbols in the model's order, then the contracts.
 *
 * What belongs to one owner stands in one run: the nodes of a kind, the levels of a scale, the columns
 * of a table or dataset. Imported symbols carry a name and a type, and no tree. */
#include "policy/emitter.h"

#include "bundle/vocabulary.h"

edi_type edi_emit_type(const edi_emitter *e, edi_type type) {
  unsigned base = EDI_TYPE_BASE(type);
  uint32_t parameter = EDI_TYPE_PARAM(type);
  if (base == EDI_TYPE_NODE || base == EDI_TYPE_ID) parameter = e->kind_at[parameter];
  else if (base == EDI_TYPE_LEVEL) parameter = e->scale_at[parameter];
  else parameter = 0;
  return EDI_TYPE_MAKE(base, parameter) | (type & EDI_TYPE_SET);
}

static uint32_t imported(const edi_emitter *e, bool domain) { return e->domain && !domain ? EDI_IMPORTED : 0; }

/* Kinds first, without their nodes: a node's type may name any kind. */
static void write_kinds(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->kinds_count; i++) {
    e->kind_at[i] = EDI_NONE;
    if (!e->uses_kind[i]) continue;
    edi_kind k = {.name = edi_builder_string(e->builder, m->kinds[i].name),
                  .flags = imported(e, m->kinds[i].domain) | (m->kinds[i].id ? EDI_KIND_ID : 0)};
    e->kind_at[i] = edi_builder_add_kinds(e->builder, &k, 1);
  }
}

static void write_scales(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->scales_count; i++) {
    const edi_sym_scale *s = &m->scales[i];
    e->scale_at[i] = EDI_NONE;
    if (!e->uses_scale[i]) continue;
    edi_scale scale = {.name = edi_builder_string(e->builder, s->name), .flags = imported(e, s->domain)};
    scale.levels = (edi_range){edi_builder_count_levels(e->builder), s->levels.count};
    e->scale_at[i] = edi_builder_add_scales(e->builder, &scale, 1);
    for (uint32_t l = 0; l < s->levels.count; l++) {
      edi_level level = {edi_builder_string(e->builder, m->levels[s->levels.first + l].name), e->scale_at[i], l};
      e->level_at[s->levels.first + l] = edi_builder_add_levels(e->builder, &level, 1);
    }
  }
}

/* A domain's tree is written whole, below what it hangs on: numbers in it keep their distance. */
static void write_node(edi_emitter *e, uint32_t number) {
  const edi_sym_node *n = &e->model->nodes[number];
  uint32_t at = edi_builder_count_nodes(e->builder);
  uint32_t own_import = imported(e, n->domain);
  edi_node node = {.name = edi_builder_string(e->builder, n->name),
                   .title = edi_builder_string(e->builder, own_import ? (edi_str){0} : n->title),
                   .kind = e->kind_at[n->kind],
                   .parent = EDI_NONE,
                   .end = at + 1,
                   .type = n->type ? edi_emit_type(e, n->type) : EDI_TYPE_NONE,
                   .flags = own_import};
  if (!own_import) {
    node.parent = n->parent == EDI_NONE ? EDI_NONE : e->node_at[n->parent];
    node.end = at + (n->end - number);
    node.flags |= (n->is_abstract ? EDI_NODE_ABSTRACT : 0) | (n->is_open ? EDI_NODE_OPEN : 0);
  } else if (e->hangs[number]) {
    node.flags |= EDI_NODE_OPEN;
  }
  e->node_at[number] = edi_builder_add_nodes(e->builder, &node, 1);
}

static void write_run(edi_emitter *e, edi_range run) {
  for (uint32_t number = run.first; number < run.first + run.count; number++) {
    e->node_at[number] = EDI_NONE;
    if (e->uses_node[number]) write_node(e, number);
  }
}

static void write_nodes(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t k = 0; k < m->kinds_count; k++) {
    if (!e->uses_kind[k]) continue;
    uint32_t first = edi_builder_count_nodes(e->builder);
    write_run(e, m->kinds[k].nodes);
    write_run(e, m->kinds[k].own);
    edi_kind *kind = edi_builder_at_kinds(e->builder, e->kind_at[k]);
    if (kind) kind->nodes = (edi_range){first, edi_builder_count_nodes(e->builder) - first};
  }
}

static void write_resources(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->resources_count; i++) {
    e->resource_at[i] = EDI_NONE;
    if (!e->uses_resource[i]) continue;
    edi_resource resource = {edi_builder_string(e->builder, m->resources[i].name), imported(e, m->resources[i].domain)};
    e->resource_at[i] = edi_builder_add_resources(e->builder, &resource, 1);
  }
}

static uint32_t entity_at(const edi_emitter *e, edi_entity entity) {
  if (entity < EDI_ENTITY_RESOURCE) return entity;
  return EDI_ENTITY_RESOURCE + e->resource_at[entity - EDI_ENTITY_RESOURCE];
}

static void write_attrs(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->attrs_count; i++) {
    const edi_sym_attr *a = &m->attrs[i];
    e->attr_at[i] = EDI_NONE;
    if (!e->uses_attr[i]) continue;
    bool stated = a->entity == EDI_ENTITY_PRODUCT || a->entity == EDI_ENTITY_DATASET;
    edi_attr attr = {.name = edi_builder_string(e->builder, a->name),
                     .path = edi_builder_string(e->builder, stated ? a->path : (edi_str){0}),
                     .entity = entity_at(e, a->entity),
                     .type = edi_emit_type(e, a->type),
                     .fallback = a->fallback ? edi_emit_literal(e, a->fallback, a->type) : EDI_NONE,
                     .flags = imported(e, a->domain) | (a->optional ? EDI_ATTR_OPTIONAL : 0) |
                              (a->builtin ? EDI_ATTR_BUILTIN : 0)};
    e->attr_at[i] = edi_builder_add_attrs(e->builder, &attr, 1);
  }
}

static edi_range write_claim_maps(edi_emitter *e, const edi_sym_claim *c) {
  edi_range range = {edi_builder_count_claimmaps(e->builder), (uint32_t)c->decl->map_count};
  for (size_t i = 0; i < c->decl->map_count; i++) {
    edi_claimmap map = {edi_builder_string(e->builder, c->decl->maps[i].text), e->node_at[c->map_nodes[i]]};
    (void)edi_builder_add_claimmaps(e->builder, &map, 1);
  }
  return range;
}

static void write_issuers(edi_emitter *e) {
  const edi_model *m = e->model;
  if (e->domain) return;
  for (size_t i = 0; i < m->issuers_count; i++) {
    const edi_sym_issuer *s = &m->issuers[i];
    edi_issuer issuer = {.name = edi_builder_string(e->builder, s->name),
                         .url = edi_builder_string(e->builder, s->decl->url),
                         .audience = edi_builder_string(e->builder, s->decl->audience),
                         .keys = edi_builder_string(e->builder, s->decl->keys),
                         .algorithms = s->algorithms,
                         .flags = (s->host ? EDI_ISSUER_HOST : 0) |
                                  (s->decl->keys_from_host ? EDI_ISSUER_KEYS_FROM_HOST : 0),
                         .node = e->node_at[s->node],
                         .tokens = s->tokens,
                         .revoked = s->revoked == EDI_NONE ? EDI_NONE : e->table_at[s->revoked]};
    issuer.claims = (edi_range){edi_builder_count_claims(e->builder), (uint32_t)s->claim_count};
    for (size_t c = 0; c < s->claim_count; c++) {
      const edi_sym_claim *from = &s->claims[c];
      edi_claim claim = {.attr = e->attr_at[from->attr],
                         .path = edi_builder_string(e->builder, from->decl->path),
                         .within = from->within == EDI_NONE ? EDI_NONE : e->node_at[from->within],
                         .map = write_claim_maps(e, from),
                         .flags = from->decl->ignore_others ? EDI_CLAIM_IGNORE_OTHERS : 0};
      (void)edi_builder_add_claims(e->builder, &claim, 1);
    }
    (void)edi_builder_add_issuers(e->builder, &issuer, 1);
  }
}

static void write_keys(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->keys_count; i++) {
    e->key_at[i] = EDI_NONE;
    if (!e->uses_key[i]) continue;
    edi_key key = {edi_builder_string(e->builder, m->keys[i].name), edi_builder_string(e->builder, m->keys[i].title),
                   m->keys[i].scope, imported(e, m->keys[i].domain)};
    e->key_at[i] = edi_builder_add_keys(e->builder, &key, 1);
  }
}

static edi_range write_table_columns(edi_emitter *e, const edi_sym_tablecol *columns, size_t count, uint32_t table) {
  edi_range range = {edi_builder_count_tablecols(e->builder), (uint32_t)count};
  for (size_t i = 0; i < count; i++) {
    edi_tablecol col = {edi_builder_string(e->builder, columns[i].name), edi_emit_type(e, columns[i].type), table};
    (void)edi_builder_add_tablecols(e->builder, &col, 1);
  }
  return range;
}

static void write_tables(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->tables_count; i++) {
    const edi_sym_table *t = &m->tables[i];
    e->table_at[i] = EDI_NONE;
    if (!e->uses_table[i]) continue;
    uint32_t at = edi_builder_count_tables(e->builder);
    edi_table table = {.name = edi_builder_string(e->builder, t->name),
                       .flags = imported(e, t->domain) | (t->complete ? EDI_TABLE_COMPLETE : 0)};
    table.keys = write_table_columns(e, t->keys, t->key_count, at);
    table.values = write_table_columns(e, t->values, t->value_count, at);
    e->table_at[i] = edi_builder_add_tables(e->builder, &table, 1);
  }
}

static void write_obligations(edi_emitter *e) {
  const edi_model *m = e->model;
  for (size_t i = 0; i < m->obligations_count; i++) {
    const edi_sym_obligation *s = &m->obligations[i];
    e->obligation_at[i] = EDI_NONE;
    if (!e->uses_obligation[i]) continue;
    uint32_t at = edi_builder_count_obligations(e->builder);
    edi_obligation obligation = {.name = edi_builder_string(e->builder, s->name),
                                 .params = {edi_builder_count_params(e->builder), (uint32_t)s->parameter_count},
                                 .flags = imported(e, s->domain)};
    for (size_t k = 0; k < s->parameter_count; k++) {
      edi_param param = {edi_builder_string(e->builder, s->parameters[k].name),
                         edi_emit_type(e, s->parameters[k].type), at};
      (void)edi_builder_add_params(e->builder, &param, 1);
    }
    e->obligation_at[i] = edi_builder_add_obligations(e->builder, &obligation, 1);
  }
}

void edi_emit_symbols(edi_emitter *e) {
  const edi_model *m = e->model;
  write_kinds(e);
  write_scales(e);
  write_nodes(e);
  write_resources(e);
  write_attrs(e);
  write_keys(e);
  write_tables(e);
  write_obligations(e);
  write_issuers(e);
  edi_settings settings = {.layer = e->domain ? EDI_LAYER_DOMAIN : EDI_LAYER_FEDERAL,
                           .domain = edi_builder_string(e->builder, m->domain),
                           .untagged = e->domain || m->untagged == EDI_NONE ? EDI_NONE : e->node_at[m->untagged]};
  (void)edi_builder_add_settings(e->builder, &settings, 1);
}

/* ---- constants ---- */

static uint32_t literal_set(edi_emitter *e, const edi_expr *list, edi_type type) {
  uint32_t *members = EDI_NEW_ARRAY(e->arena, uint32_t, list->operand_count);
  if (!members) {
    e->failed = true;
    return 0;
  }
  for (size_t i = 0; i < list->operand_count; i++)
    members[i] = edi_emit_literal(e, list->operands[i], EDI_TYPE_ELEM(type));
  return edi_builder_const_set(e->builder, edi_emit_type(e, EDI_TYPE_ELEM(type)), members,
                               (uint32_t)list->operand_count);
}

static edi_const number(const edi_emitter *e, edi_type type, int64_t value, uint32_t aux) {
  return (edi_const){edi_emit_type(e, type), aux, value};
}

static edi_const duration(const edi_emitter *e, edi_type type, edi_duration d) {
  return d.months ? number(e, type, d.months, 1) : number(e, type, d.micros, 0);
}

uint32_t edi_emit_literal(edi_emitter *e, const edi_expr *x, edi_type type) {
  switch ((int)x->kind) {
    case EDI_EXPR_LIST: return literal_set(e, x, type);
    case EDI_EXPR_STRING:
      if (EDI_TYPE_BASE(type) == EDI_TYPE_IP) {
        unsigned char bytes[16];
        if (!edi_ip_parse(x->text, bytes)) e->failed = true; /* the checker let only addresses through */
        return edi_builder_const_text(e->builder, edi_emit_type(e, type), (edi_str){(char *)bytes, 16});
      }
      return edi_builder_const_text(e->builder, edi_emit_type(e, type), x->text);
    case EDI_EXPR_NODE: return edi_builder_const(e->builder, number(e, type, e->node_at[x->symbol], 0));
    case EDI_EXPR_LEVEL: return edi_builder_const(e->builder, number(e, type, e->level_at[x->symbol], 0));
    case EDI_EXPR_DECIMAL:
      return edi_builder_const(e->builder, number(e, type, x->decimal.mantissa, x->decimal.scale));
    case EDI_EXPR_INT:
      return edi_builder_const(e->builder, number(e, type, x->integer, 0)); /* scale 0 where a decimal is meant */
    case EDI_EXPR_DURATION: return edi_builder_const(e->builder, duration(e, type, x->duration));
    case EDI_EXPR_TIMESTAMP: { /* beside a date it is its day */
      bool day = EDI_TYPE_BASE(type) == EDI_TYPE_DATE;
      return edi_builder_const(e->builder, number(e, type, day ? edi_date_of(x->integer) : x->integer, 0));
    }
    default: return edi_builder_const(e->builder, number(e, type, x->integer, 0));
  }
}

uint32_t edi_emit_fact(edi_emitter *e, const edi_fact_value *v) {
  if (EDI_TYPE_IS_SET(v->type)) {
    uint32_t *members = EDI_NEW_ARRAY(e->arena, uint32_t, v->member_count);
    if (!members) {
      e->failed = true;
      return 0;
    }
    for (size_t i = 0; i < v->member_count; i++) members[i] = edi_emit_fact(e, &v->members[i]);
    return edi_builder_const_set(e->builder, edi_emit_type(e, EDI_TYPE_ELEM(v->type)), members, (uint32_t)v->member_count);
  }
  switch (EDI_TYPE_BASE(v->type)) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID:
    case EDI_TYPE_IP: return edi_builder_const_text(e->builder, edi_emit_type(e, v->type), v->text);
    case EDI_TYPE_NODE: return edi_builder_const(e->builder, number(e, v->type, e->node_at[v->integer], 0));
    case EDI_TYPE_LEVEL: return edi_builder_const(e->builder, number(e, v->type, e->level_at[v->integer], 0));
    case EDI_TYPE_DECIMAL:
      return edi_builder_const(e->builder, number(e, v->type, v->decimal.mantissa, v->decimal.scale));
    case EDI_TYPE_DURATION: return edi_builder_const(e->builder, duration(e, v->type, v->duration));
    default: return edi_builder_const(e->builder, number(e, v->type, v->integer, 0));
  }
}
