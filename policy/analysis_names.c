/* Analysis of names: declarations that nothing uses, globs and tags that no contract has.
 *
 * Used is what a rule names or reads. Of a federation it is only said as a note, as its domains may use what
 * it does not; nodes are told of only where no rule compares values of their taxonomy with each other. */
#include "policy/analysis.h"

#include "policy/checker.h"

typedef struct unused { const char *what; edi_str name; edi_span span; const char *how; } unused;

typedef struct uses {
  edi_analysis *a;
  unused *unused;
  size_t unused_count, unused_capacity;
  bool *kinds, *nodes, *scales, *attrs, *keys, *tables, *obligations, *definitions, *resources;
  bool *open_kinds; /* compared among themselves, so that each of their nodes may matter */
} uses;

static void use_type(uses *u, edi_type type) {
  unsigned base = EDI_TYPE_BASE(type);
  if (base == EDI_TYPE_NODE || base == EDI_TYPE_ID) u->kinds[EDI_TYPE_PARAM(type)] = true;
  if (base == EDI_TYPE_LEVEL) u->scales[EDI_TYPE_PARAM(type)] = true;
}

static bool is_read(const edi_expr *x) {
  return x->kind == EDI_EXPR_ATTR || x->kind == EDI_EXPR_ROW_TAG || x->kind == EDI_EXPR_ROW_COLUMN || x->kind == EDI_EXPR_TABLE_VALUE;
}

static void use_pair(uses *u, const edi_expr *x) {
  bool keys = x->kind == EDI_EXPR_IN_TABLE || x->kind == EDI_EXPR_TABLE_VALUE;
  if (!keys && (x->operand_count != 2 || !is_read(x->operands[0]) || !is_read(x->operands[1]))) return;
  for (size_t i = 0; i < x->operand_count; i++)
    if (EDI_TYPE_BASE(x->operands[i]->type) == EDI_TYPE_NODE) u->open_kinds[EDI_TYPE_PARAM(x->operands[i]->type)] = true;
}

static void use_expr(uses *u, const edi_expr *x) {
  if (!x) return;
  use_type(u, x->type);
  use_pair(u, x);
  if (edi_expr_is_of_resource(x)) u->resources[x->entity - EDI_ENTITY_RESOURCE] = true;
  if (x->kind == EDI_EXPR_ATTR) {
    edi_entity of = u->a->model->attrs[x->symbol].entity;
    u->attrs[x->symbol] = true;
    if (of >= EDI_ENTITY_RESOURCE) u->resources[of - EDI_ENTITY_RESOURCE] = true;
  }
  if (x->kind == EDI_EXPR_NODE || x->kind == EDI_EXPR_ROW_TAG) u->nodes[x->symbol] = true;
  if (x->kind == EDI_EXPR_IN_TABLE || x->kind == EDI_EXPR_TABLE_VALUE) u->tables[x->symbol] = true;
  for (size_t i = 0; i < x->operand_count; i++) use_expr(u, x->operands[i]);
}

static void use_rule(uses *u, const edi_rule_decl *r) {
  const edi_expr *all[] = {r->target, r->more->where, r->when, r->unless, r->more->require, r->more->retain_while, r->more->duration, r->more->after, r->more->group};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) use_expr(u, all[i]);
  for (size_t i = 0; i < r->actions.count; i++) u->nodes[r->action_nodes[i]] = true;
  for (size_t i = 0; i < r->more->oblige_count; i++) {
    if (r->more->obliges[i].symbol != EDI_NONE) u->obligations[r->more->obliges[i].symbol] = true;
    for (size_t k = 0; k < r->more->obliges[i].argument_count; k++) use_expr(u, r->more->obliges[i].arguments[k]);
  }
  for (size_t m = 0; m < r->mask_count; m++) {
    use_expr(u, r->masks[m].column);
    for (size_t c = 0; c < r->masks[m].case_count; c++) {
      use_expr(u, r->masks[m].cases[c].condition);
      for (size_t k = 0; k < r->masks[m].cases[c].with.argument_count; k++) {
        const edi_expr *x = r->masks[m].cases[c].with.arguments[k].value;
        if (x->kind == EDI_EXPR_ROW_TAG) use_expr(u, x);
      }
      if (r->masks[m].cases[c].with.key != EDI_NONE) u->keys[r->masks[m].cases[c].with.key] = true;
    }
  }
}

static bool collect(uses *u) {
  const edi_model *m = u->a->model;
  edi_arena *arena = u->a->work;
  u->kinds = EDI_NEW_ARRAY(arena, bool, m->kinds_count);
  u->open_kinds = EDI_NEW_ARRAY(arena, bool, m->kinds_count);
  u->nodes = EDI_NEW_ARRAY(arena, bool, m->nodes_count);
  u->scales = EDI_NEW_ARRAY(arena, bool, m->scales_count);
  u->attrs = EDI_NEW_ARRAY(arena, bool, m->attrs_count);
  u->keys = EDI_NEW_ARRAY(arena, bool, m->keys_count);
  u->tables = EDI_NEW_ARRAY(arena, bool, m->tables_count);
  u->obligations = EDI_NEW_ARRAY(arena, bool, m->obligations_count);
  u->resources = EDI_NEW_ARRAY(arena, bool, m->resources_count);
  u->definitions = EDI_NEW_ARRAY(arena, bool, m->definitions_count);
  if (!u->obligations || !u->resources || !u->definitions) return false;
  for (size_t i = 0; i < m->uses_count; i++) u->definitions[m->uses[i].definition] = true;
  if (!u->kinds || !u->open_kinds || !u->nodes || !u->scales || !u->attrs || !u->keys || !u->tables) return false;
  for (size_t i = 0; i < m->rules_count; i++) use_rule(u, m->rules[i].decl);
  for (size_t i = 0; i < m->attrs_count; i++) use_type(u, m->attrs[i].type);
  for (size_t i = 0; i < m->nodes_count; i++) use_type(u, m->nodes[i].type);
  for (size_t t = 0; t < m->tables_count; t++) {
    for (size_t k = 0; k < m->tables[t].key_count; k++) use_type(u, m->tables[t].keys[k].type);
    for (size_t k = 0; k < m->tables[t].value_count; k++) use_type(u, m->tables[t].values[k].type);
  }
  return true;
}

/* What a domain declares is its own affair, so each is told; a federation declares for others as well. */
static void warn_unused(uses *u, const char *what, edi_str name, edi_span span, const char *how) {
  edi_analysis *a = u->a;
  if (a->domain) {
    (void)edi_analysis_warn(a, EDI_W0310, span, how, edi_analysis_text(a, "%s `%.*s` is not used", what, EDI_STR_ARG(name)));
    return;
  }
  void *items = u->unused;
  if (!edi_arena_grow(a->work, &items, &u->unused_capacity, u->unused_count, sizeof *u->unused)) {
    a->failed = true;
    return;
  }
  u->unused = items;
  u->unused[u->unused_count++] = (unused){what, name, span, how};
}

static void tell_unused(uses *u) {
  edi_analysis *a = u->a;
  if (u->unused_count == 0) return;
  const unused *first = &u->unused[0];
  const char *message = u->unused_count == 1
                            ? edi_analysis_text(a, "%s `%.*s` is used by no rule of the federation", first->what, EDI_STR_ARG(first->name))
                            : edi_analysis_text(a, "%zu declarations are used by no rule of the federation", u->unused_count);
  edi_warning *w = edi_analysis_warn(a, EDI_N0311, first->span, first->how, message);
  if (!w) return;
  w->why = "a domain may use what the federation declares; what nobody uses can go";
  edi_buf lines;
  edi_buf_init(&lines, NULL, 8192);
  for (size_t i = 0; i < u->unused_count && u->unused_count > 1 && lines.len < 4000; i++)
    edi_buf_format(&lines, "%s%s %.*s", i ? "\n" : "", u->unused[i].what, EDI_STR_ARG(u->unused[i].name));
  w->list = lines.len ? edi_arena_copy(a->arena, lines.ptr, lines.len) : NULL;
  edi_buf_fini(&lines);
}

/* A kind that no rule is about was told as a whole. */
static bool is_of_unused(const uses *u, edi_entity entity) {
  return entity >= EDI_ENTITY_RESOURCE && !u->resources[entity - EDI_ENTITY_RESOURCE];
}

static void look_for_unused(uses *u) {
  edi_analysis *a = u->a;
  const edi_model *m = a->model;
  for (size_t i = 0; i < m->resources_count; i++)
    if (!u->resources[i] && m->resources[i].domain == a->domain)
      warn_unused(u, "resource", m->resources[i].name, m->resources[i].span, "no rule is about it");
  for (size_t i = 0; i < m->attrs_count; i++)
    if (!u->attrs[i] && !m->attrs[i].builtin && m->attrs[i].domain == a->domain && !is_of_unused(u, m->attrs[i].entity)) {
      const edi_sym_attr *attr = &m->attrs[i];
      edi_str entity = edi_model_entity(m, attr->entity);
      warn_unused(u, "attribute", edi_str_from(edi_analysis_text(a, "%.*s.%.*s", EDI_STR_ARG(entity), EDI_STR_ARG(attr->name))), attr->span, "no rule reads it");
    }
  for (size_t i = 0; i < m->keys_count; i++)
    if (!u->keys[i] && m->keys[i].domain == a->domain) warn_unused(u, "key", m->keys[i].name, m->keys[i].span, "no mask uses it");
  for (size_t i = 0; i < m->tables_count; i++)
    if (!u->tables[i] && m->tables[i].domain == a->domain) warn_unused(u, "table", m->tables[i].name, m->tables[i].span, "no rule looks into it");
  for (size_t i = 0; i < m->scales_count; i++)
    if (!u->scales[i] && m->scales[i].domain == a->domain && i != m->classification)
      warn_unused(u, "levels", m->scales[i].name, m->scales[i].span, "no attribute has them");
  for (size_t i = 0; i < m->obligations_count; i++)
    if (!u->obligations[i] && m->obligations[i].domain == a->domain)
      warn_unused(u, "obligation", m->obligations[i].name, m->obligations[i].span, "no rule obliges to it");
  for (size_t i = 0; i < m->definitions_count; i++)
    if (!u->definitions[i] && m->definitions[i].domain == a->domain)
      warn_unused(u, m->definitions[i].decl->constant ? "let" : "define", m->definitions[i].name, m->definitions[i].span, "nothing names it");
  for (size_t i = 0; i < m->kinds_count; i++) {
    const edi_sym_kind *k = &m->kinds[i];
    if (!u->kinds[i] && !k->builtin && !k->id && k->domain == a->domain) warn_unused(u, "taxonomy", k->name, k->span, "no attribute, tag or table has it");
  }
}

/* ---- nodes ---- */

static void spread(const edi_model *m, bool *used) {
  for (size_t i = 0; i < m->nodes_count; i++)
    if (m->nodes[i].parent != EDI_NONE && used[m->nodes[i].parent]) used[i] = true; /* parents come first */
}

static void look_for_unused_run(uses *u, edi_range nodes, const bool *above) {
  edi_analysis *a = u->a;
  const edi_model *m = a->model;
  for (uint32_t i = nodes.first; i < nodes.first + nodes.count; i++) {
    const edi_sym_node *n = &m->nodes[i];
    bool federal_parent = n->parent != EDI_NONE && m->nodes[n->parent].domain != n->domain; /* told by its own layer */
    bool under = n->parent != EDI_NONE && !federal_parent && !above[n->parent] && !u->nodes[n->parent];
    if (u->nodes[i] || above[i] || under || n->builtin || n->domain != a->domain) continue;
    warn_unused(u, edi_analysis_text(a, "%.*s", EDI_STR_ARG(m->kinds[n->kind].name)), n->name, n->span,
                n->end > i + 1 ? "no rule names it or one below it" : "no rule names it");
  }
}

/* Tags, roles and actions that stand neither below nor above one that a rule names; whole trees at once. */
static void look_for_unused_nodes(uses *u) {
  edi_analysis *a = u->a;
  const edi_model *m = a->model;
  static const uint32_t kinds[] = {EDI_BUILTIN_TAG, EDI_BUILTIN_ROLE, EDI_BUILTIN_ACTION};
  bool *above = EDI_NEW_ARRAY(a->work, bool, m->nodes_count);
  if (!above) {
    a->failed = true;
    return;
  }
  spread(m, u->nodes);
  for (size_t i = m->nodes_count; i-- > 0;)
    if ((u->nodes[i] || above[i]) && m->nodes[i].parent != EDI_NONE) above[m->nodes[i].parent] = true;
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    if (u->open_kinds[kinds[k]]) continue;
    look_for_unused_run(u, m->kinds[kinds[k]].nodes, above);
    look_for_unused_run(u, m->kinds[kinds[k]].own, above);
  }
}

/* ---- issuers ---- */

enum { GOALS_MOST = 64 };

static bool fills(const edi_sym_issuer *issuer, uint32_t attr) {
  if (issuer->host && issuer->claim_count == 0) return true;
  for (size_t i = 0; i < issuer->claim_count; i++)
    if (issuer->claims[i].attr == attr) return true;
  return false;
}

static edi_expr *test_of(edi_analysis *a, edi_expr_kind kind, uint32_t attr, uint32_t node) {
  edi_expr *x = EDI_NEW_ARRAY(a->work, edi_expr, 3), **operands = EDI_NEW_ARRAY(a->work, edi_expr *, 2);
  if (!x || !operands) {
    a->failed = true;
    return NULL;
  }
  x[1] = (edi_expr){.kind = EDI_EXPR_ATTR, .symbol = attr, .type = a->model->attrs[attr].type};
  x[2] = (edi_expr){.kind = EDI_EXPR_NODE, .symbol = node, .type = EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_ISSUER)};
  operands[0] = &x[1];
  operands[1] = &x[2];
  x[0] = (edi_expr){.kind = kind, .operands = operands, .operand_count = node == EDI_NONE ? 1 : 2, .type = EDI_TYPE_BOOL, .symbol = EDI_NONE};
  return x;
}

/* A subject of the issuer: what it fills nothing into is not set. */
static size_t goals_of(edi_analysis *a, const edi_sym_issuer *issuer, edi_goal *goals) {
  const edi_model *m = a->model;
  size_t count = 0;
  uint32_t own = edi_model_attr(m, EDI_ENTITY_SUBJECT, EDI_STR("issuer"));
  goals[count++] = (edi_goal){test_of(a, EDI_EXPR_IS, own, issuer->node), EDI_TRUTH_YES, 0};
  for (uint32_t i = 0; i < m->attrs_count && count + 1 < GOALS_MOST; i++) {
    const edi_sym_attr *attr = &m->attrs[i];
    bool special = i == own || EDI_TYPE_BASE(attr->type) == EDI_TYPE_SUBJECT;
    if (attr->entity != EDI_ENTITY_SUBJECT || special || attr->fallback || fills(issuer, i)) continue;
    goals[count++] = (edi_goal){test_of(a, EDI_EXPR_IS_SET, i, EDI_NONE), EDI_TRUTH_NO, 0};
  }
  return count;
}

/* An issuer for whose subjects nothing can be opened. */
static void look_at_issuer(edi_analysis *a, const edi_sym_issuer *issuer) {
  edi_goal goals[GOALS_MOST];
  size_t count = goals_of(a, issuer, goals);
  bool openers = false;
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    const edi_subject *r = &a->subjects[i];
    if (r->rule->effect != EDI_EFFECT_PERMIT && r->rule->effect != EDI_EFFECT_DELEGATE) continue;
    openers = true;
    goals[count] = (edi_goal){r->condition, EDI_TRUTH_YES, 0};
    if (edi_analysis_ask(a, goals, count + 1) != EDI_SOLVED_NEVER) return;
  }
  if (!openers || a->failed) return;
  edi_warning *w = edi_analysis_warn(a, EDI_W0310, issuer->decl->name.span, "its subjects get nothing",
                                     edi_analysis_text(a, "no rule can permit anything to a subject of issuer `%.*s`", EDI_STR_ARG(issuer->name)));
  if (w) w->why = "no `permit` and no `delegate` can hold for whom it vouches";
}

/* ---- what no contract has ---- */

static bool any_tag(const edi_model *m, const uint32_t *tags, size_t count, const edi_expr *x) {
  for (size_t i = 0; i < count; i++)
    for (size_t o = 0; o < x->operand_count; o++)
      if (edi_model_below(m, tags[i], x->operands[o]->symbol)) return true;
  return false;
}

static bool asks_untagged(const edi_model *m, const edi_expr *x) {
  for (size_t o = 0; o < x->operand_count; o++)
    if (m->nodes[x->operands[o]->symbol].builtin) return true;
  return false;
}

static bool column_has(const edi_model *m, const edi_column_facts *c, const edi_expr *x) {
  if (x->kind == EDI_EXPR_NAMED) return x->entity == EDI_ENTITY_COLUMN && edi_str_glob(x->text, c->name);
  if (x->kind == EDI_EXPR_TAGGED && x->entity != EDI_ENTITY_COLUMN) return false;
  if (c->tag_count == 0 && (m->untagged != EDI_NONE || asks_untagged(m, x))) return true;
  return any_tag(m, c->tags, c->tag_count, x);
}

static bool dataset_has(const edi_model *m, const edi_dataset_facts *d, const edi_expr *x) {
  if (x->entity == EDI_ENTITY_DATASET && x->kind == EDI_EXPR_NAMED) return edi_str_glob(x->text, d->name);
  if (x->entity == EDI_ENTITY_DATASET && x->kind == EDI_EXPR_TAGGED) return any_tag(m, d->tags, d->tag_count, x);
  for (size_t i = 0; i < d->column_count; i++)
    if (column_has(m, &d->columns[i], x)) return true;
  return false;
}

static bool some_contract_has(const edi_model *m, const edi_expr *x) {
  for (size_t i = 0; i < m->contract_count; i++) {
    const edi_contract_facts *c = &m->contracts[i];
    if (x->entity == EDI_ENTITY_PRODUCT && x->kind == EDI_EXPR_NAMED) {
      if (edi_str_glob(x->text, c->name)) return true;
      continue;
    }
    if (x->entity == EDI_ENTITY_PRODUCT && x->kind == EDI_EXPR_TAGGED) {
      if (any_tag(m, c->tags, c->tag_count, x)) return true;
      continue;
    }
    for (size_t d = 0; d < c->dataset_count; d++)
      if (dataset_has(m, &c->datasets[d], x)) return true;
  }
  return false;
}

static edi_str nearest_name(const edi_model *m, const edi_expr *x) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, x->text);
  for (size_t i = 0; i < m->contract_count; i++) {
    const edi_contract_facts *c = &m->contracts[i];
    if (x->entity == EDI_ENTITY_PRODUCT) edi_suggest_offer(&suggest, c->name, EDI_SPAN_NONE);
    for (size_t d = 0; d < c->dataset_count && x->entity != EDI_ENTITY_PRODUCT; d++) {
      if (x->entity == EDI_ENTITY_DATASET) edi_suggest_offer(&suggest, c->datasets[d].name, EDI_SPAN_NONE);
      for (size_t k = 0; k < c->datasets[d].column_count && x->entity == EDI_ENTITY_COLUMN; k++)
        edi_suggest_offer(&suggest, c->datasets[d].columns[k].name, EDI_SPAN_NONE);
    }
  }
  return suggest.best.name;
}

typedef struct looking { edi_analysis *a; uint32_t rule; } looking;

static void look_at_atom(void *user, const edi_expr *x, int sign) {
  looking *l = user;
  edi_analysis *a = l->a;
  bool named = x->kind == EDI_EXPR_NAMED, tags = x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING;
  if (x->entity >= EDI_ENTITY_RESOURCE) return; /* no contract has a resource */
  if (sign < 0 || !(named || tags) || some_contract_has(a->model, x)) return;
  edi_str entity = edi_model_entity(a->model, x->entity);
  const char *message = named ? edi_analysis_text(a, "no %.*s of the contracts is named `%.*s`", EDI_STR_ARG(entity), EDI_STR_ARG(x->text))
                              : edi_analysis_text(a, "no %.*s of the contracts %s this", EDI_STR_ARG(entity), x->kind == EDI_EXPR_TAGGED ? "is tagged with" : "holds");
  edi_warning *w = edi_analysis_warn(a, named ? EDI_W0312 : EDI_W0313, x->span, "matches nothing", message);
  edi_str near = named ? nearest_name(a->model, x) : (edi_str){NULL, 0};
  if (!w) return;
  w->rule = l->rule;
  if (near.ptr) w->fix = edi_analysis_text(a, "named \"%.*s\"", EDI_STR_ARG(near));
}

static void look_at_contracts(edi_analysis *a) {
  for (uint32_t i = 0; i < a->model->rules_count && a->model->contract_count > 0 && !a->failed; i++) {
    const edi_rule_decl *r = a->subjects[i].rule;
    looking l = {a, i};
    if (!edi_analysis_own(a, &a->subjects[i])) continue;
    if (r->target) edi_polarity_walk(r->target, 1, look_at_atom, &l);
    for (size_t m = 0; m < r->mask_count; m++) edi_polarity_walk(r->masks[m].column, 1, look_at_atom, &l);
  }
}

static void look_for_all_unused(edi_analysis *a) {
  uses u = {.a = a};
  if (!collect(&u)) {
    a->failed = true;
    return;
  }
  look_for_unused(&u);
  look_for_unused_nodes(&u);
  tell_unused(&u);
}

void edi_analysis_names(edi_analysis *a) {
  if (a->domain || a->unused) look_for_all_unused(a);
  for (size_t i = 0; !a->domain && i < a->model->issuers_count && !a->failed; i++) look_at_issuer(a, &a->model->issuers[i]);
  if (a->domain) look_at_contracts(a);
}
