/* Analysis: conditions of rules as one expression each, the order of the checks, and how claims are told. */
#include "policy/analysis.h"

#include <stdarg.h>
#include <stdio.h>

#include "bundle/limits.h"
#include "policy/checker.h"

/* ---- making claims ---- */

const char *edi_analysis_text(edi_analysis *a, const char *format, ...) {
  char local[2048];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(local, sizeof local, format, arguments);
  va_end(arguments);
  size_t length = n < 0 ? 0 : (size_t)n < sizeof local ? (size_t)n : sizeof local - 1;
  const char *copy = edi_arena_copy(a->arena, local, length);
  if (!copy) a->failed = true;
  return copy ? copy : "";
}

edi_warning *edi_analysis_warn(edi_analysis *a, edi_code code, edi_span span, const char *label, const char *message) {
  void *items = a->warnings;
  if (!edi_arena_grow(a->arena, &items, &a->warning_capacity, a->warning_count, sizeof *a->warnings)) {
    a->failed = true;
    return NULL;
  }
  a->warnings = items;
  edi_warning *c = &a->warnings[a->warning_count++];
  *c = (edi_warning){.code = code, .span = span, .other = EDI_SPAN_NONE, .label = label, .message = message, .rule = EDI_NONE, .by = EDI_NONE};
  return c;
}

bool edi_analysis_may_witness(const edi_analysis *a) { return a->witness_count < EDI_ANALYSIS_WITNESSES_MOST; }

edi_solved edi_analysis_ask(edi_analysis *a, const edi_goal *goals, size_t count) {
  edi_solved solved = edi_solve(&a->solver, goals, count, a->budget);
  a->left += solved == EDI_SOLVED_LEFT;
  return solved;
}

/* ---- conditions ---- */

typedef struct maker { edi_analysis *a; edi_expr *all; } maker;

static edi_expr *make(edi_analysis *a, edi_expr_kind kind, edi_type type, edi_expr *left, edi_expr *right) {
  edi_expr *x = EDI_NEW(a->work, edi_expr);
  if (!x) {
    a->failed = true;
    return NULL;
  }
  *x = (edi_expr){.kind = kind, .span = EDI_SPAN_NONE, .operands = x->own, .operand_count = right ? 2 : left ? 1 : 0,
                  .own = {left, right}, .symbol = EDI_NONE, .type = type};
  return x;
}

static edi_expr *make_attr(edi_analysis *a, uint32_t symbol) {
  edi_expr *x = make(a, EDI_EXPR_ATTR, a->model->attrs[symbol].type, NULL, NULL);
  if (x) x->symbol = symbol;
  return x;
}

static void join(maker *m, edi_expr *x) {
  if (!x) return;
  m->all = m->all ? make(m->a, EDI_EXPR_AND, EDI_TYPE_BOOL, m->all, x) : x;
}

static void join_not(maker *m, edi_expr *x) {
  if (x) join(m, make(m->a, EDI_EXPR_NOT, EDI_TYPE_BOOL, x, NULL));
}

static void join_day(maker *m, edi_expr_kind kind, int64_t date) {
  edi_expr *literal = make(m->a, EDI_EXPR_DATE, EDI_TYPE_DATE, NULL, NULL);
  if (literal) literal->integer = date;
  join(m, make(m->a, kind, EDI_TYPE_BOOL, make_attr(m->a, m->a->solver.attr_now), literal));
}

/* `action in [..]`: the action of a request is a leaf. */
static edi_expr *make_actions(maker *m, const uint32_t *nodes, size_t count) {
  edi_type type = EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_ACTION);
  edi_expr *list = make(m->a, EDI_EXPR_LIST, type | EDI_TYPE_SET, NULL, NULL);
  edi_expr **items = EDI_NEW_ARRAY(m->a->work, edi_expr *, count);
  if (!list || !items) {
    m->a->failed = true;
    return NULL;
  }
  for (size_t i = 0; i < count; i++) {
    items[i] = make(m->a, EDI_EXPR_NODE, type, NULL, NULL);
    if (!items[i]) return NULL;
    items[i]->symbol = nodes[i];
  }
  list->operands = items;
  list->operand_count = (uint32_t)count;
  return make(m->a, EDI_EXPR_IN, EDI_TYPE_BOOL, make_attr(m->a, m->a->solver.attr_action), list);
}

/* One expression for all rules about one action: most are. */
static void join_actions(maker *m, const uint32_t *nodes, size_t count) {
  edi_expr **known = count == 1 ? &m->a->about_action[nodes[0]] : NULL;
  edi_expr *x = known && *known ? *known : make_actions(m, nodes, count);
  if (known) *known = x;
  join(m, x);
}

static void join_access(maker *m) {
  uint32_t access = edi_model_node(m->a->model, EDI_BUILTIN_ACTION, EDI_STR("access"));
  join_actions(m, &access, 1);
}

static void join_domain(maker *m, uint32_t node) {
  edi_expr *name = make(m->a, EDI_EXPR_NODE, EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_DOMAIN), NULL, NULL);
  if (!name || node == EDI_NONE) return;
  name->symbol = node;
  edi_expr *in = make(m->a, EDI_EXPR_IN_DOMAIN, EDI_TYPE_BOOL, name, NULL);
  if (in) in->entity = EDI_ENTITY_PRODUCT;
  join(m, in);
}

static edi_expr *make_about(maker *m, edi_entity entity) {
  edi_expr *x = make(m->a, EDI_EXPR_RESOURCE, EDI_TYPE_BOOL, NULL, NULL);
  if (x) x->entity = entity;
  return x;
}

/* What a rule is about: a resource of one kind, no resource, or anything. Any resource is asked as the kind
 * past the last, so that two kinds and a dataset are three things without a test for each of the kinds. */
static void join_thing(maker *m, uint32_t thing) {
  edi_entity any = (edi_entity)(EDI_ENTITY_RESOURCE + m->a->model->resources_count);
  if (m->a->model->resources_count == 0 || thing == EDI_THING_ANY) return;
  if (thing == EDI_THING_DATASET) {
    join_not(m, make_about(m, any));
    return;
  }
  join(m, make_about(m, any));
  join(m, make_about(m, (edi_entity)(EDI_ENTITY_RESOURCE + (thing - EDI_THING_RESOURCE))));
}

/* A domain's rules reach its own products, and a delegate those of whom it delegates to. */
static const edi_expr *condition_of(edi_analysis *a, const edi_subject *s, bool unless) {
  const edi_rule_decl *r = s->rule;
  maker m = {a, NULL};
  join_thing(&m, r->thing);
  join(&m, r->target);
  join(&m, r->when);
  if (unless) join_not(&m, r->unless);
  join_not(&m, r->more->require);
  if (r->effect == EDI_EFFECT_REQUIRE) join_access(&m);
  else if (r->actions.count) join_actions(&m, r->action_nodes, r->actions.count);
  if (s->domain) join_domain(&m, a->model->domain_node);
  if (r->effect == EDI_EFFECT_DELEGATE) join_domain(&m, r->more->delegate_node);
  if (r->more->has_from) join_day(&m, EDI_EXPR_GE, r->more->from);
  if (r->more->has_until && !r->more->until_further_notice) join_day(&m, EDI_EXPR_LE, r->more->until);
  return m.all;
}

const edi_expr *edi_analysis_reach(edi_analysis *a, const edi_subject *subject) { return condition_of(a, subject, false); }

static bool counts_within(const edi_expr *x, size_t *left) {
  if (!x) return true;
  if (*left == 0) return false;
  (*left)--;
  for (size_t i = 0; i < x->operand_count; i++)
    if (!counts_within(x->operands[i], left)) return false;
  return true;
}

/* Where no definition brings more along, an expression has hardly more parts than its text has bytes. */
static bool is_short(const edi_model *m, const edi_expr *x) {
  return m->definitions_count == 0 && x && x->span.end - x->span.begin <= EDI_LIMIT_CODE_INSTRS;
}

/* Rules of more parts than a code may have instructions are in no bundle: who makes one is told of them. */
static bool fits_a_bundle(const edi_model *m, const edi_rule_decl *r) {
  const edi_expr *all[] = {r->target, r->more->where, r->when, r->unless, r->more->require, r->more->retain_while};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    size_t left = 2 * EDI_LIMIT_CODE_INSTRS;
    if (!is_short(m, all[i]) && !counts_within(all[i], &left)) return false;
  }
  return true;
}

static void note_exempted(edi_analysis *a, const edi_rule_decl *exempt) {
  for (size_t i = 0; exempt->more->exempt_rules && i < exempt->more->exempts.count; i++)
    if (exempt->more->exempt_rules[i] != EDI_NONE) a->subjects[exempt->more->exempt_rules[i]].exempted = true;
}

static bool make_subjects(edi_analysis *a) {
  a->subjects = EDI_NEW_ARRAY(a->work, edi_subject, a->model->rules_count);
  a->deniers = EDI_NEW_ARRAY(a->work, uint32_t, a->model->rules_count);
  a->permits = EDI_NEW_ARRAY(a->work, uint32_t, a->model->rules_count);
  a->delegates = EDI_NEW_ARRAY(a->work, uint32_t, a->model->rules_count);
  a->about_action = EDI_NEW_ARRAY(a->work, edi_expr *, a->model->nodes_count);
  if (!a->about_action || !a->subjects || !a->deniers || !a->permits || !a->delegates) return false;
  for (size_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    const edi_sym_rule *s = &a->model->rules[i];
    a->subjects[i] = (edi_subject){.rule = s->decl, .domain = s->domain};
    a->subjects[i].condition = condition_of(a, &a->subjects[i], true);
    if (s->decl->shadow) continue;
    edi_effect effect = s->decl->effect;
    if (effect == EDI_EFFECT_FORBID || effect == EDI_EFFECT_REQUIRE) a->deniers[a->denier_count++] = (uint32_t)i;
    if (effect == EDI_EFFECT_PERMIT) a->permits[a->permit_count++] = (uint32_t)i;
    if (effect == EDI_EFFECT_DELEGATE) a->delegates[a->delegate_count++] = (uint32_t)i;
  }
  for (size_t i = 0; i < a->model->rules_count; i++) note_exempted(a, a->model->rules[i].decl);
  return !a->failed;
}

/* ---- all ---- */

/* The time of a request that nothing else fixes: within the bundle's life, so that it can be asked. */
static int64_t preferred_now(const edi_analysis *a) {
  const edi_project_release *r = &a->build->project->release;
  int64_t begin = r->not_before, end = r->expires - 1;
  if (a->has_now && a->now >= begin && a->now <= end) return a->now - a->now % 1000000;
  return begin;
}

edict_status edi_analysis_start(edi_analysis *a, edi_arena *arena, edi_arena *work, const edi_build *build,
                                const edict_analysis_options *options) {
  *a = (edi_analysis){.arena = arena, .work = work, .build = build, .model = build->model, .has_now = options->now != INT64_MIN, .now = options->now, .unused = options->unused != 0,
                      .domain = build->project->layer == EDI_BUNDLE_DOMAIN};
  if (!edi_solver_init(&a->solver, work, build->model, build->model->rules_count)) return edi_arena_status(work);
  a->solver.prefer_now = preferred_now(a);
  a->budget = EDI_ANALYSIS_BUDGET;
  return make_subjects(a) ? EDICT_OK : edi_arena_status(work);
}

static void look(edi_analysis *a) {
  /* Each may take so many steps, that what comes later has its share as well. */
  static const struct { void (*look)(edi_analysis *a); unsigned base, each; } looks[] = {
      {edi_analysis_rules, 100000, 40}, {edi_analysis_pairs, 80000, 10}, {edi_analysis_covers, 60000, 4}, {edi_analysis_masks, 40000, 2},
      {edi_analysis_retention, 20000, 1}, {edi_analysis_rows, 20000, 1}, {edi_analysis_names, 20000, 1}, {edi_analysis_times, 0, 0},
      {edi_analysis_transforms, 0, 0}, {edi_analysis_absence, 20000, 1}};
  for (size_t i = 0; i < sizeof looks / sizeof *looks && !a->failed; i++) {
    a->solver.step_limit = a->solver.steps + looks[i].base + (uint64_t)looks[i].each * a->model->rules_count;
    looks[i].look(a);
  }
}

edict_status edi_analysis_run(edi_analysis *a, edi_arena *arena, edi_arena *work, const edi_build *build,
                              const edict_analysis_options *options) {
  *a = (edi_analysis){.arena = arena, .build = build, .model = build->model, .domain = build->project->layer == EDI_BUNDLE_DOMAIN};
  for (size_t i = 0; i < build->model->rules_count; i++)
    if (!fits_a_bundle(build->model, build->model->rules[i].decl)) return EDICT_OK;
  edict_status status = edi_analysis_start(a, arena, work, build, options);
  if (status != EDICT_OK) return status;
  look(a);
  if (!a->failed && !a->solver.failed) return EDICT_OK;
  return work->hit_ceiling || arena->hit_ceiling ? EDICT_LIMIT : EDICT_MEMORY;
}

void edi_analysis_rest(edi_analysis *a) {
  a->work = NULL;
  a->solver = (edi_solver){.model = NULL};
  a->subjects = NULL;
  a->about_action = NULL;
  a->deniers = a->permits = a->delegates = NULL;
}

static void tell_witnesses(const edi_analysis *a, const edi_warning *c, edi_finding *f) {
  edi_buf lines;
  edi_buf_init(&lines, NULL, 16384);
  for (size_t i = 0; i < c->witness_count; i++) {
    /* What was asked of a part of the rules is asked of all of them as well, where that says more. */
    if (c->witnesses[i]->openers_alone && c->witness_count > 1) continue;
    if (lines.len > 0) edi_buf_text(&lines, "\n");
    edi_witness_print(a, c->witnesses[i], &lines);
  }
  edi_finding_example(f, c->shows ? c->shows : "a request that shows it", (edi_str){lines.ptr, lines.len});
  edi_buf_fini(&lines);
}

static void tell_claim(const edi_analysis *a, const edi_warning *c, edict_diagnostics *diagnostics) {
  bool shown = !c->refused && c->confirmed >= c->witness_count;
  if (!shown && !c->stands) return;
  edi_finding *f = edi_diagnostics_add(diagnostics, c->code, c->span, c->label, "%s", c->message);
  if (c->other.source != EDI_SOURCE_NONE) edi_finding_label(f, c->other, "%s", c->other_label);
  if (c->why) edi_finding_why(f, "%s", c->why);
  if (c->fix) edi_finding_fix(f, false, "%s", c->fix);
  if (c->list) edi_finding_example(f, c->listed ? c->listed : "these", edi_str_from(c->list));
  if (c->witness_count && shown) tell_witnesses(a, c, f);
}

void edi_analysis_tell(const edi_analysis *a, edict_diagnostics *diagnostics) {
  for (size_t i = 0; i < a->warning_count; i++) tell_claim(a, &a->warnings[i], diagnostics);
}
