/* Emit: rules. Row slots first, then the codes that read them, then the record. */
#include "base/pattern.h"
#include "bundle/limits.h"
#include "policy/emitter.h"
#include "policy/transform_args.h"

enum { FEW = 4 }; /* cases, arms or actions that most rules have no more of */

/* ---- row slots ---- */

static bool same_slot(const edi_expr *a, const edi_expr *b) {
  if (a->kind != b->kind) return false;
  return a->kind == EDI_EXPR_ROW_TAG ? a->symbol == b->symbol : edi_str_equal(a->text, b->text);
}

/* Adds the cells that the expression reads to the rule's, of which there are `count`. */
static void collect(edi_emitter *e, uint32_t *count, const edi_expr *x) {
  if (!x) return;
  for (size_t i = 0; i < x->operand_count; i++) collect(e, count, x->operands[i]);
  if (x->kind != EDI_EXPR_ROW_TAG && x->kind != EDI_EXPR_ROW_COLUMN) return;
  for (size_t i = 0; i < *count; i++)
    if (same_slot(e->slots[i], x)) return;
  void *items = e->slots;
  if (!edi_arena_grow(e->arena, &items, &e->slot_capacity, *count, sizeof *e->slots)) {
    e->failed = true;
    return;
  }
  e->slots = items;
  e->slots[(*count)++] = x;
}

static edi_emit_slots write_slots(edi_emitter *e, const edi_rule_decl *r, edi_range *range) {
  uint32_t count = 0;
  collect(e, &count, r->more->after);
  collect(e, &count, r->more->group);
  collect(e, &count, r->more->where);
  collect(e, &count, r->more->retain_while);
  for (size_t m = 0; m < r->mask_count; m++)
    for (size_t c = 0; c < r->masks[m].case_count; c++) {
      const edi_mask_case *one = &r->masks[m].cases[c];
      collect(e, &count, one->condition);
      for (size_t i = 0; i < one->with.argument_count; i++) collect(e, &count, one->with.arguments[i].value);
    }
  *range = (edi_range){edi_builder_count_rowslots(e->builder), count};
  for (uint32_t i = 0; i < count; i++) {
    const edi_expr *x = e->slots[i];
    edi_rowslot slot = {.node = x->kind == EDI_EXPR_ROW_TAG ? e->node_at[x->symbol] : EDI_NONE,
                        .name = edi_builder_string(e->builder, x->kind == EDI_EXPR_ROW_TAG ? (edi_str){0} : x->text),
                        .type = edi_emit_type(e, x->type)};
    (void)edi_builder_add_rowslots(e->builder, &slot, 1);
  }
  return (edi_emit_slots){e->slots, count, range->first};
}

/* ---- masks ---- */

static uint32_t fallback_const(edi_emitter *e, const edi_parameter *p) {
  edi_const number = {EDI_TYPE_INT, 0, edi_argument_fallback(p).as.integer};
  if (p->type == EDI_PARAMETER_COUNT || p->type == EDI_PARAMETER_INT)
    return edi_builder_const(e->builder, number);
  return edi_builder_const_text(e->builder, EDI_TYPE_STRING, p->fallback);
}

static uint32_t slot_const(edi_emitter *e, const edi_emit_slots *slots, const edi_expr *row) {
  for (uint32_t i = 0; i < slots->count; i++)
    if (same_slot(slots->items[i], row))
      return edi_builder_const(e->builder, (edi_const){EDI_TYPE_INT, 0, slots->base + i});
  e->failed = true; /* every cell that a rule reads is among its slots */
  return 0;
}

static uint32_t argument_const(edi_emitter *e, const edi_parameter *p, const edi_argument *a, const edi_emit_slots *slots) {
  if (!a) return fallback_const(e, p);
  if (p->type == EDI_PARAMETER_ROW) return slot_const(e, slots, a->value);
  if (p->type == EDI_PARAMETER_CHOICE) return edi_builder_const_text(e->builder, EDI_TYPE_STRING, a->value->text);
  return edi_emit_literal(e, a->value, a->value->type);
}

static uint32_t substitution(edi_emitter *e, edi_str source) {
  edi_pattern_ref ref = {edi_builder_string(e->builder, source), EDI_PATTERN_SUBSTITUTE};
  return edi_builder_add_patterns(e->builder, &ref, 1);
}

static uint32_t write_mask(edi_emitter *e, const edi_transform_use *use, const edi_emit_slots *slots) {
  uint32_t args[8];
  uint32_t count = 0;
  edi_mask mask = {.transform = use->id, .key = EDI_NONE, .pattern = EDI_NONE};
  edi_parameter p;
  for (unsigned i = 0; edi_transform_parameter(use->id, i, &p); i++) {
    const edi_argument *a = edi_transform_given(use, i, p.name);
    if (p.type == EDI_PARAMETER_KEY) mask.key = a ? e->key_at[use->key] : EDI_NONE;
    else if (p.type == EDI_PARAMETER_PATTERN && a) mask.pattern = substitution(e, a->value->text);
    else if (p.type == EDI_PARAMETER_ROW && !a) continue; /* the last one, left out */
    else if (count < sizeof args / sizeof *args) args[count++] = argument_const(e, &p, a, slots);
  }
  mask.args = edi_builder_list(e->builder, args, count);
  return edi_builder_add_masks(e->builder, &mask, 1);
}

static edi_range write_cases(edi_emitter *e, const edi_mask_line *line, const edi_emit_slots *slots) {
  edi_case few[FEW], *cases = edi_emit_room(e, few, sizeof few, line->case_count * sizeof *cases);
  if (!cases) return (edi_range){0, 0};
  for (size_t i = 0; i < line->case_count; i++) {
    cases[i].mask = write_mask(e, &line->cases[i].with, slots);
    cases[i].condition = edi_emit_code(e, line->cases[i].condition, EDI_TYPE_BOOL, slots);
  }
  return (edi_range){edi_builder_add_cases(e->builder, cases, (uint32_t)line->case_count), (uint32_t)line->case_count};
}

static edi_range write_arms(edi_emitter *e, const edi_rule_decl *r, const edi_emit_slots *slots) {
  edi_arm few[FEW], *arms = edi_emit_room(e, few, sizeof few, r->mask_count * sizeof *arms);
  if (!arms) return (edi_range){0, 0};
  for (size_t i = 0; i < r->mask_count; i++) {
    arms[i].column = edi_emit_code(e, r->masks[i].column, EDI_TYPE_BOOL, NULL);
    arms[i].cases = write_cases(e, &r->masks[i], slots);
  }
  return (edi_range){edi_builder_add_arms(e->builder, arms, (uint32_t)r->mask_count), (uint32_t)r->mask_count};
}

/* ---- the record ---- */

static edi_range write_actions(edi_emitter *e, const edi_rule_decl *r) {
  uint32_t few[FEW], *nodes = edi_emit_room(e, few, sizeof few, r->actions.count * sizeof *nodes);
  if (!nodes) return (edi_range){0, 0};
  for (size_t i = 0; i < r->actions.count; i++) nodes[i] = e->node_at[r->action_nodes[i]];
  return edi_builder_list_sorted(e->builder, nodes, (uint32_t)r->actions.count);
}

static uint32_t write_body(edi_emitter *e, const edi_rule_decl *r, const edi_emit_slots *slots) {
  switch (r->effect) {
    case EDI_EFFECT_SHOW_ROWS: return edi_emit_code(e, r->more->where, EDI_TYPE_BOOL, slots);
    case EDI_EFFECT_RETAIN_AT_MOST:
    case EDI_EFFECT_RETAIN_AT_LEAST: return edi_emit_code(e, r->more->duration, EDI_TYPE_DURATION, NULL);
    case EDI_EFFECT_RETAIN_WHILE: return edi_emit_code(e, r->more->retain_while, EDI_TYPE_BOOL, slots);
    case EDI_EFFECT_REQUIRE: return edi_emit_code(e, r->more->require, EDI_TYPE_BOOL, NULL);
    case EDI_EFFECT_NONE:
    case EDI_EFFECT_PERMIT:
    case EDI_EFFECT_FORBID:
    case EDI_EFFECT_MASK:
    case EDI_EFFECT_SHOW_GROUPS:
    case EDI_EFFECT_EXEMPT:
    case EDI_EFFECT_DELEGATE: break;
  }
  return EDI_NONE;
}

static edi_range write_arguments(edi_emitter *e, const edi_oblige *oblige) {
  uint32_t codes[EDI_LIMIT_OBLIGATION_PARAMETERS];
  const edi_sym_obligation *obligation = &e->model->obligations[oblige->symbol];
  for (size_t i = 0; i < oblige->argument_count; i++)
    codes[i] = edi_emit_code(e, oblige->arguments[i], obligation->parameters[i].type, NULL);
  return edi_builder_list(e->builder, codes, (uint32_t)oblige->argument_count);
}

static edi_range write_duties(edi_emitter *e, const edi_rule_decl *r) {
  edi_range range = {edi_builder_count_duties(e->builder), (uint32_t)r->more->oblige_count};
  for (size_t i = 0; i < r->more->oblige_count; i++) {
    edi_duty duty = {e->obligation_at[r->more->obliges[i].symbol], write_arguments(e, &r->more->obliges[i])};
    (void)edi_builder_add_duties(e->builder, &duty, 1);
  }
  return range;
}

/* Rules are written in the model's order, each layer by itself: where one will stand is known before. */
static edi_range write_exempts(edi_emitter *e, const edi_rule_decl *r) {
  uint32_t rules[EDI_LIMIT_RULE_EXEMPTS];
  for (size_t i = 0; i < r->more->exempts.count; i++) rules[i] = e->rule_at[r->more->exempt_rules[i]];
  return edi_builder_list_sorted(e->builder, rules, (uint32_t)r->more->exempts.count);
}

static void write_rule(edi_emitter *e, const edi_sym_rule *s) {
  const edi_rule_decl *r = s->decl;
  edi_rule rule = {.name = edi_builder_string(e->builder, r->qualified),
                   .because = edi_builder_string(e->builder, r->because),
                   .see = edi_builder_string(e->builder, r->more->see),
                   .note = edi_builder_string(e->builder, r->more->note),
                   .file = edi_builder_string(e->builder, s->file->path),
                   .line = r->line,
                   .column = r->column,
                   .effect = r->effect,
                   .flags = (r->shadow ? EDI_RULE_SHADOW : 0) | (r->more->then_erase ? EDI_RULE_THEN_ERASE : 0),
                   .from = r->more->has_from ? (int32_t)r->more->from : (int32_t)EDI_DATE_MIN,
                   .until = r->more->has_until && !r->more->until_further_notice ? (int32_t)r->more->until : (int32_t)EDI_DATE_MAX,
                   .thing = r->thing < EDI_THING_RESOURCE
                                ? r->thing
                                : EDI_THING_RESOURCE + e->resource_at[r->thing - EDI_THING_RESOURCE],
                   .delegate_to = r->effect == EDI_EFFECT_DELEGATE ? e->node_at[r->more->delegate_node] : EDI_NONE};
  edi_emit_slots slots = write_slots(e, r, &rule.rowslots);
  rule.actions = write_actions(e, r);
  rule.target = edi_emit_code(e, r->target, EDI_TYPE_BOOL, NULL);
  rule.condition = edi_emit_condition(e, r->when, r->unless);
  rule.body = write_body(e, r, &slots);
  rule.arms = write_arms(e, r, &slots);
  rule.duties = write_duties(e, r);
  rule.exempts = write_exempts(e, r);
  rule.least = r->effect == EDI_EFFECT_SHOW_GROUPS ? (uint32_t)r->more->least : 0;
  (void)edi_builder_add_rules(e->builder, &rule, 1);
}

void edi_emit_rules(edi_emitter *e) {
  uint32_t at = edi_builder_count_rules(e->builder);
  for (size_t i = 0; i < e->model->rules_count; i++)
    e->rule_at[i] = e->model->rules[i].domain == e->domain ? at++ : EDI_NONE;
  edi_builder_expect_rules(e->builder, at);
  for (size_t i = 0; i < e->model->rules_count && !e->failed; i++)
    if (e->model->rules[i].domain == e->domain) {
      e->rule = (uint32_t)i;
      write_rule(e, &e->model->rules[i]);
      if (edi_builder_count_patterns(e->builder) > EDI_LIMIT_PATTERNS)
        edi_emit_exceed(e, "patterns, with those of the rules before it", EDI_LIMIT_PATTERNS);
    }
  e->rule = EDI_NONE;
}
