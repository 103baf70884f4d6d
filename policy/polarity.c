/* Polarity: which facts of a contract can open, and whether domains may state them.
 *
 * In: the federal rules, typed. A tag opens where it stands positive in what opens (a permit's or
 * delegate's condition, the E of require, `where`, a closer's `unless`) or negative in what closes, and
 * where row[TAG] is read, in `retain at least` and `retain while` excepted: those keep rows and show none.
 * A level or an attribute opens wherever it is read. Out: a finding for each rule and opening fact that
 * `domains may state` does not list, and that list with its reasons as text. */
#include "policy/polarity.h"

#include <stdlib.h>

#include "policy/checker.h"

void edi_polarity_walk(const edi_expr *expr, int sign, edi_polarity_visit *visit, void *user) {
  bool joins = expr->kind == EDI_EXPR_AND || expr->kind == EDI_EXPR_OR, turns = expr->kind == EDI_EXPR_NOT;
  if (!joins && !turns) visit(user, expr, sign);
  for (size_t i = 0; i < expr->operand_count; i++)
    edi_polarity_walk(expr->operands[i], joins ? sign : turns ? -sign : 0, visit, user);
}

/* ---- the facts that a rule opens by ---- */

typedef struct opening {
  const edi_rule_decl *rule;
  edi_sym_fact fact; /* span: where the rule reads it */
  edi_span use;      /* where it names the definition in which that stands */
} opening;

/* A name that a domain gives, by which a rule opens. `glob` is empty where the whole name is read. */
typedef struct trusted_name {
  const edi_rule_decl *rule;
  edi_entity entity;
  edi_str glob;
} trusted_name;

typedef struct openings {
  const edi_model *model;
  edi_arena *arena;          /* what is collected is for one question alone */
  trusted_name *names;
  size_t name_count, name_capacity;
  opening *items;
  size_t count, capacity;
  bool failed;
  const edi_rule_decl *rule; /* being walked, and its number from 1 */
  uint32_t number;
  bool keeps;                /* it keeps rows and shows none */
  uint32_t *node_seen, *attr_seen, classification_seen; /* the last rule that opened by it */
} openings;

static bool seen_before(openings *o, edi_fact_kind kind, uint32_t symbol) {
  uint32_t *seen = kind == EDI_FACT_TAG    ? &o->node_seen[symbol]
                   : kind == EDI_FACT_ATTR ? &o->attr_seen[symbol]
                                           : &o->classification_seen;
  bool before = *seen == o->number;
  *seen = o->number;
  return before;
}

static void add_opening(openings *o, edi_fact_kind kind, uint32_t symbol, edi_span span, edi_span use) {
  if (symbol == EDI_NONE || seen_before(o, kind, symbol)) return;
  void *items = o->items;
  if (!edi_arena_grow(o->arena, &items, &o->capacity, o->count, sizeof *o->items)) {
    o->failed = true;
    return;
  }
  o->items = items;
  o->items[o->count++] = (opening){o->rule, {kind, symbol, span}, use};
}

static void add_name(openings *o, edi_entity entity, edi_str glob) {
  void *items = o->names;
  if (!edi_arena_grow(o->arena, &items, &o->name_capacity, o->name_count, sizeof *o->names)) {
    o->failed = true;
    return;
  }
  o->names = items;
  o->names[o->name_count++] = (trusted_name){o->rule, entity, glob};
}

static void visit_fact(void *user, const edi_expr *expr, int sign) {
  openings *o = user;
  switch ((int)expr->kind) {
    case EDI_EXPR_NAMED:
      if (sign >= 0 && expr->entity < EDI_ENTITY_RESOURCE) add_name(o, expr->entity, expr->text);
      return;
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
      if (expr->entity >= EDI_ENTITY_RESOURCE) return; /* comes with the request, not with a contract */
      for (size_t i = 0; sign >= 0 && i < expr->operand_count; i++)
        add_opening(o, EDI_FACT_TAG, expr->operands[i]->symbol, expr->operands[i]->span,
                    edi_expr_more_of(expr->operands[i])->use);
      return;
    case EDI_EXPR_CLASSIFIED:
      add_opening(o, EDI_FACT_CLASSIFICATION, o->model->classification, expr->span, edi_expr_more_of(expr)->use);
      return;
    case EDI_EXPR_ROW_TAG:
      /* A tag without a type is a mistake that was told where the cell is read. */
      if (!o->keeps && expr->symbol != EDI_NONE && o->model->nodes[expr->symbol].type != EDI_TYPE_NONE)
        add_opening(o, EDI_FACT_TAG, expr->symbol, edi_expr_op_span(expr), edi_expr_more_of(expr)->use);
      return;
    case EDI_EXPR_ATTR: break;
    default: return;
  }
  const edi_sym_attr *attr = &o->model->attrs[expr->symbol];
  bool stated = attr->entity == EDI_ENTITY_PRODUCT || attr->entity == EDI_ENTITY_DATASET;
  if (stated && !attr->builtin) add_opening(o, EDI_FACT_ATTR, expr->symbol, expr->span, edi_expr_more_of(expr)->use);
  if (stated && attr->builtin && edi_str_equal(attr->name, EDI_STR("name"))) add_name(o, attr->entity, (edi_str){"", 0});
}

static void walk(openings *o, const edi_expr *expr, int sign) {
  if (expr) edi_polarity_walk(expr, sign, visit_fact, o);
}

static void walk_masks(openings *o, const edi_rule_decl *rule) {
  for (size_t i = 0; i < rule->mask_count; i++) {
    const edi_mask_line *line = &rule->masks[i];
    walk(o, line->column, -1);
    /* Alone, a case that applies closes; of several, one takes the place of another. */
    for (size_t j = 0; j < line->case_count; j++) {
      const edi_transform_use *with = &line->cases[j].with;
      walk(o, line->cases[j].condition, line->case_count == 1 ? -1 : 0);
      for (size_t k = 0; k < with->argument_count; k++)
        if (with->arguments[k].value->kind == EDI_EXPR_ROW_TAG) walk(o, with->arguments[k].value, 0);
    }
  }
}

static void walk_rule(openings *o, const edi_rule_decl *rule) {
  bool opens = rule->effect == EDI_EFFECT_PERMIT || rule->effect == EDI_EFFECT_DELEGATE ||
               rule->effect == EDI_EFFECT_EXEMPT;
  int condition = opens ? 1 : -1;
  o->rule = rule;
  o->number++;
  o->keeps = rule->effect == EDI_EFFECT_RETAIN_AT_LEAST || rule->effect == EDI_EFFECT_RETAIN_WHILE;
  walk(o, rule->target, condition);
  walk(o, rule->when, condition);
  walk(o, rule->unless, -condition);
  walk(o, rule->more->where, 1);
  walk(o, rule->more->require, 1);
  walk(o, rule->more->retain_while, -1);
  walk(o, rule->more->duration, 0);
  walk(o, rule->more->after, 0);
  walk(o, rule->more->group, 0);
  /* An argument that is not known closes; what it is, no rule asks. */
  for (size_t i = 0; i < rule->more->oblige_count; i++)
    for (size_t j = 0; j < rule->more->obliges[i].argument_count; j++) walk(o, rule->more->obliges[i].arguments[j], 0);
  walk_masks(o, rule);
}

static void collect_of(openings *o, size_t first, size_t count) {
  const edi_model *model = o->model;
  o->node_seen = EDI_NEW_ARRAY(o->arena, uint32_t, model->nodes_count);
  o->attr_seen = EDI_NEW_ARRAY(o->arena, uint32_t, model->attrs_count);
  o->failed = !o->node_seen || !o->attr_seen;
  for (size_t i = first; i < first + count && !o->failed; i++)
    if (!model->rules[i].domain && !model->rules[i].broken) walk_rule(o, model->rules[i].decl);
}

static void collect(openings *o) { collect_of(o, 0, o->model->rules_count); }

/* ---- the check ---- */

static edi_str fact_name(edi_checker *checker, const edi_sym_fact *fact) {
  const edi_model *model = checker->model;
  switch (fact->kind) {
    case EDI_FACT_CLASSIFICATION: return EDI_STR("classification");
    case EDI_FACT_TAG: return model->nodes[fact->symbol].name;
    case EDI_FACT_ATTR: break;
  }
  const edi_sym_attr *attr = &model->attrs[fact->symbol];
  return edi_checker_join(checker, edi_model_entity(model, attr->entity), attr->name);
}

static edi_span fact_span(const edi_model *model, const edi_sym_fact *fact) {
  switch (fact->kind) {
    case EDI_FACT_CLASSIFICATION: return model->scales[fact->symbol].span;
    case EDI_FACT_TAG: return model->nodes[fact->symbol].span;
    case EDI_FACT_ATTR: break;
  }
  return model->attrs[fact->symbol].span;
}

static bool covers(const edi_model *model, const edi_sym_fact *listed, const edi_sym_fact *fact) {
  if (listed->kind != fact->kind) return false;
  if (listed->kind == EDI_FACT_CLASSIFICATION) return true;
  return listed->kind == EDI_FACT_TAG ? edi_model_below(model, fact->symbol, listed->symbol)
                                      : listed->symbol == fact->symbol;
}

static bool may_be_stated(const edi_model *model, const edi_sym_fact *fact) {
  for (size_t i = 0; i < model->may_state_count; i++) /* at most EDI_LIMIT_STATED_FACTS */
    if (covers(model, &model->may_state[i], fact)) return true;
  return false;
}

static void report_opening(edi_checker *checker, const opening *o) {
  edi_str name = fact_name(checker, &o->fact);
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0306, o->fact.span, "can open",
                 "rule `%.*s` opens by `%.*s`, which domains may not state", EDI_STR_ARG(o->rule->name.text),
                 EDI_STR_ARG(name));
  if (o->use.source != EDI_SOURCE_NONE) edi_finding_label(finding, o->use, "used here");
  edi_span declared = fact_span(checker->model, &o->fact);
  if (declared.source != EDI_SOURCE_NONE) edi_finding_label(finding, declared, "declared here");
  edi_finding_why(finding, "a domain writes its own contracts: a fact that can open is believed only if the "
                           "federation says so");
  edi_finding_fix(finding, false, "domains may state %.*s", EDI_STR_ARG(name));
}

void edi_polarity_check(edi_checker *checker) {
  edi_arena arena;
  const edi_arena *like = checker->model->arena;
  edi_arena_init(&arena, like->allocator, like->ceiling - like->reserved);
  openings o = {.model = checker->model, .arena = &arena};
  collect(&o);
  if (o.failed) checker->failed = true;
  for (size_t i = 0; i < o.count && !o.failed; i++)
    if (!may_be_stated(o.model, &o.items[i].fact)) report_opening(checker, &o.items[i]);
  edi_arena_fini(&arena);
}

bool edi_polarity_is_right(const edi_model *model, size_t first, size_t count) {
  edi_arena arena;
  edi_arena_init(&arena, model->arena->allocator, model->arena->ceiling - model->arena->reserved);
  openings o = {.model = model, .arena = &arena};
  collect_of(&o, first, count);
  bool right = !o.failed;
  for (size_t i = 0; i < o.count && right; i++) right = may_be_stated(model, &o.items[i].fact);
  edi_arena_fini(&arena);
  return right;
}

/* ---- the list ---- */

static int compare_facts(const edi_sym_fact *a, const edi_sym_fact *b) {
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

static int compare_openings(const void *a, const void *b) {
  const opening *x = a, *y = b;
  int order = compare_facts(&x->fact, &y->fact);
  return order ? order : edi_str_compare(x->rule->qualified, y->rule->qualified);
}

static int compare_listed(const void *a, const void *b) {
  return compare_facts(a, b);
}

static bool is_used(const openings *o, const edi_sym_fact *listed) {
  for (size_t i = 0; i < o->count; i++)
    if (covers(o->model, listed, &o->items[i].fact)) return true;
  return false;
}

static int compare_names(const void *a, const void *b) {
  const trusted_name *x = a, *y = b;
  if (x->entity != y->entity) return x->entity < y->entity ? -1 : 1;
  int order = edi_str_compare(x->glob, y->glob);
  return order ? order : edi_str_compare(x->rule->qualified, y->rule->qualified);
}

static bool same_name(const trusted_name *x, const trusted_name *y) {
  return x->entity == y->entity && edi_str_equal(x->glob, y->glob);
}

/* In order, each name once for each rule. */
static void settle_names(openings *o) {
  size_t kept = 0;
  if (o->name_count > 0) qsort(o->names, o->name_count, sizeof *o->names, compare_names);
  for (size_t i = 0; i < o->name_count; i++)
    if (kept == 0 || compare_names(&o->names[kept - 1], &o->names[i]) != 0) o->names[kept++] = o->names[i];
  o->name_count = kept;
}

/* Facts that are listed and open nothing: trust that could be taken back. Their number; in order. */
static size_t unused_facts(edi_checker *checker, const openings *o, edi_sym_fact **out) {
  const edi_model *model = o->model;
  edi_sym_fact *listed = edi_checker_alloc(checker, model->may_state_count * sizeof *listed);
  size_t count = 0;
  *out = listed;
  if (!listed || model->may_state_count == 0) return 0;
  memcpy(listed, model->may_state, model->may_state_count * sizeof *listed);
  qsort(listed, model->may_state_count, sizeof *listed, compare_listed);
  for (size_t i = 0; i < model->may_state_count; i++) {
    if (is_used(o, &listed[i]) || (count > 0 && compare_facts(&listed[count - 1], &listed[i]) == 0)) continue;
    listed[count++] = listed[i];
  }
  return count;
}

static bool begins(const openings *o, size_t i) { return i == 0 || compare_facts(&o->items[i - 1].fact, &o->items[i].fact) != 0; }
static bool begins_name(const openings *o, size_t i) { return i == 0 || !same_name(&o->names[i - 1], &o->names[i]); }

static void print_text(edi_checker *checker, const openings *o, const edi_sym_fact *unused, size_t unused_count, edi_buf *into) {
  for (size_t i = 0; i < o->count; i++) {
    if (begins(o, i)) edi_buf_format(into, "%.*s\n", EDI_STR_ARG(fact_name(checker, &o->items[i].fact)));
    edi_buf_format(into, "  %.*s\n", EDI_STR_ARG(o->items[i].rule->qualified));
  }
  for (size_t i = 0; i < unused_count; i++)
    edi_buf_format(into, "%.*s\n  no rule opens by it\n", EDI_STR_ARG(fact_name(checker, &unused[i])));
  if (o->name_count > 0) edi_buf_text(into, "\nnames, which domains give as they like\n");
  for (size_t i = 0; i < o->name_count; i++) {
    const trusted_name *n = &o->names[i];
    edi_str entity = edi_model_entity(o->model, n->entity);
    if (begins_name(o, i)) edi_buf_format(into, n->glob.len ? "%.*s named \"%.*s\"\n" : "%.*s.name%.*s\n", EDI_STR_ARG(entity), EDI_STR_ARG(n->glob));
    edi_buf_format(into, "  %.*s\n", EDI_STR_ARG(n->rule->qualified));
  }
}

static void put_member(edi_buf *into, const char *key, edi_str value) {
  edi_buf_format(into, "\"%s\":", key);
  edi_json_string(into, value);
}

/* The rules of what begins an entry, as a list that the next entry or the end closes. */
static void put_rule(edi_buf *into, bool first, edi_str rule) {
  if (!first) edi_buf_char(into, ',');
  edi_json_string(into, rule);
}

static void print_json(edi_checker *checker, const openings *o, const edi_sym_fact *unused, size_t unused_count, edi_buf *into) {
  edi_buf_text(into, "{\"facts\":[");
  for (size_t i = 0; i < o->count; i++) {
    if (begins(o, i)) {
      edi_buf_text(into, i ? "]},{" : "{");
      put_member(into, "fact", fact_name(checker, &o->items[i].fact));
      edi_buf_text(into, ",\"rules\":[");
    }
    put_rule(into, begins(o, i), o->items[i].rule->qualified);
  }
  edi_buf_text(into, o->count ? "]}],\"unused\":[" : "],\"unused\":[");
  for (size_t i = 0; i < unused_count; i++) put_rule(into, i == 0, fact_name(checker, &unused[i]));
  edi_buf_text(into, "],\"names\":[");
  for (size_t i = 0; i < o->name_count; i++) {
    if (begins_name(o, i)) {
      edi_buf_text(into, i ? "]},{" : "{");
      put_member(into, "of", edi_model_entity(o->model, o->names[i].entity));
      edi_buf_char(into, ',');
      put_member(into, "named", o->names[i].glob.len ? o->names[i].glob : EDI_STR("*"));
      edi_buf_format(into, ",\"read\":%s,\"rules\":[", o->names[i].glob.len ? "false" : "true");
    }
    put_rule(into, begins_name(o, i), o->names[i].rule->qualified);
  }
  edi_buf_text(into, o->name_count ? "]}]}\n" : "]}\n");
}

void edi_polarity_openings(const edi_model *model, bool json, edi_buf *into) {
  edi_model shown = *model; /* a checker writes into its model, but nothing that is printed here */
  edi_checker checker = {.model = &shown};
  openings o = {.model = model, .arena = model->arena};
  edi_sym_fact *unused = NULL;
  collect(&o);
  if (!o.failed && o.count > 0) qsort(o.items, o.count, sizeof *o.items, compare_openings);
  settle_names(&o);
  size_t unused_count = o.failed ? 0 : unused_facts(&checker, &o, &unused);
  if (!o.failed && json) print_json(&checker, &o, unused, unused_count, into);
  else if (!o.failed) print_text(&checker, &o, unused, unused_count, into);
  if (o.failed || checker.failed) into->failed = edi_arena_status(model->arena);
}
