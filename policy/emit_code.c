/* Emit: expressions as code for the VM.
 *
 * An expression's value lands in register `to`; operands use the registers from `to` on, so a depth of
 * 128 never needs more than the limit. `and` and `or` skip their right side where the left decides;
 * the answer is Kleene's either way. */
#include "policy/emitter.h"

#include "base/pattern.h"
#include "bundle/limits.h"

typedef struct coder {
  edi_emitter *emitter;
  const edi_emit_slots *slots;
  size_t count;
} coder;

static size_t put(coder *c, edi_op op, unsigned dst, unsigned a, unsigned b, uint32_t imm) {
  edi_emitter *e = c->emitter;
  void *items = e->instrs;
  if (!edi_arena_regrow(e->arena, &items, &e->instr_capacity, c->count, sizeof *e->instrs)) {
    e->failed = true;
    return 0;
  }
  e->instrs = items;
  e->instrs[c->count] = (edi_instr){(uint8_t)op, (uint8_t)dst, (uint8_t)a, (uint8_t)b, imm};
  return c->count++;
}

static void expression(coder *c, const edi_expr *x, unsigned to);

/* The expression as a value of `type`: an int where a decimal is meant, a string where an id is. */
static void expression_as(coder *c, const edi_expr *x, unsigned to, edi_type type) {
  if (edi_expr_is_literal(x)) {
    put(c, EDI_OP_CONST, to, 0, 0, edi_emit_literal(c->emitter, x, type));
    return;
  }
  expression(c, x, to);
  if (x->type == EDI_TYPE_INT && type == EDI_TYPE_DECIMAL) put(c, EDI_OP_TO_DECIMAL, to, to, 0, 0);
  if (x->type == EDI_TYPE_TIMESTAMP && type == EDI_TYPE_DATE) put(c, EDI_OP_DATE_OF, to, to, 0, 0);
}

/* The type in which two sides are compared or added. */
static edi_type common(const edi_expr *a, const edi_expr *b) {
  if (a->type == b->type) return a->type;
  if (a->type == EDI_TYPE_DECIMAL || b->type == EDI_TYPE_DECIMAL) return EDI_TYPE_DECIMAL;
  if (a->type == EDI_TYPE_DATE || b->type == EDI_TYPE_DATE) return EDI_TYPE_DATE;
  return edi_expr_is_literal(a) ? b->type : a->type; /* a string literal beside an id or an address */
}

static void compare(coder *c, const edi_expr *x, unsigned to, edi_op op, bool swap, bool negate) {
  edi_type type = common(x->operands[0], x->operands[1]);
  expression_as(c, x->operands[0], to, type);
  expression_as(c, x->operands[1], to + 1, type);
  put(c, op, to, swap ? to + 1 : to, swap ? to : to + 1, 0);
  if (negate) put(c, EDI_OP_NOT, to, to, 0, 0);
}

static void logical(coder *c, const edi_expr *x, unsigned to, edi_op jump, edi_op op) {
  expression(c, x->operands[0], to);
  size_t skip = put(c, jump, 0, to, 0, 0);
  expression(c, x->operands[1], to + 1);
  put(c, op, to, to, to + 1, 0);
  if (!c->emitter->failed) c->emitter->instrs[skip].imm = (uint32_t)c->count;
}

static void both(coder *c, const edi_expr *x, unsigned to, edi_op op) {
  expression(c, x->operands[0], to);
  expression(c, x->operands[1], to + 1);
  put(c, op, to, to, to + 1, 0);
}

static void one(coder *c, const edi_expr *x, unsigned to, edi_op op, uint32_t imm) {
  expression(c, x->operands[0], to);
  put(c, op, to, to, 0, imm);
}

/* x in S: the value as the set's element; S has N: the other way round. */
static void membership(coder *c, const edi_expr *x, unsigned to, edi_op op) {
  const edi_expr *set = x->operands[op == EDI_OP_IN ? 1 : 0], *value = x->operands[op == EDI_OP_IN ? 0 : 1];
  edi_type element = EDI_TYPE_ELEM(set->type);
  if (op == EDI_OP_IN) {
    if (edi_expr_is_literal(set) && !edi_expr_is_literal(value)) element = value->type;
    expression_as(c, value, to, element);
    expression_as(c, set, to + 1, element | EDI_TYPE_SET);
  } else {
    expression(c, set, to);
    expression_as(c, value, to + 1, element);
  }
  put(c, op, to, to, to + 1, 0);
}

static void sets(coder *c, const edi_expr *x, unsigned to, edi_op op) {
  edi_type type = edi_expr_is_literal(x->operands[0]) ? x->operands[1]->type : x->operands[0]->type;
  expression_as(c, x->operands[0], to, type);
  expression_as(c, x->operands[1], to + 1, type);
  put(c, op, to, to, to + 1, 0);
}

static edi_op sum_op(const edi_expr *x, edi_type left, edi_type right) {
  bool add = x->kind == EDI_EXPR_ADD;
  if (x->kind == EDI_EXPR_MUL) return left == EDI_TYPE_DECIMAL ? EDI_OP_MUL_DECIMAL : EDI_OP_MUL_INT;
  if (left == EDI_TYPE_INT) return add ? EDI_OP_ADD_INT : EDI_OP_SUB_INT;
  if (left == EDI_TYPE_DECIMAL) return add ? EDI_OP_ADD_DECIMAL : EDI_OP_SUB_DECIMAL;
  if (left == EDI_TYPE_DATE) return add ? EDI_OP_ADD_DATE : EDI_OP_SUB_DATE;
  if (left == EDI_TYPE_DURATION) return add ? EDI_OP_ADD_DURATION : EDI_OP_SUB_DURATION;
  if (right == EDI_TYPE_TIMESTAMP) return EDI_OP_DIFF_TIME;
  return add ? EDI_OP_ADD_TIME : EDI_OP_SUB_TIME;
}

static void arithmetic(coder *c, const edi_expr *x, unsigned to) {
  const edi_expr *l = x->operands[0], *r = x->operands[1];
  bool decimal = l->type == EDI_TYPE_DECIMAL || r->type == EDI_TYPE_DECIMAL;
  edi_type left = decimal ? EDI_TYPE_DECIMAL : l->type, right = decimal ? EDI_TYPE_DECIMAL : r->type;
  expression_as(c, l, to, left);
  expression_as(c, r, to + 1, right);
  /* duration + timestamp is timestamp + duration */
  bool swap = left == EDI_TYPE_DURATION && (right == EDI_TYPE_TIMESTAMP || right == EDI_TYPE_DATE);
  edi_op op = swap ? sum_op(x, right, left) : sum_op(x, left, right);
  put(c, op, to, swap ? to + 1 : to, swap ? to : to + 1, 0);
}

static void table(coder *c, const edi_expr *x, unsigned to, edi_op op) {
  edi_emitter *e = c->emitter;
  const edi_sym_table *t = &e->model->tables[x->symbol];
  for (size_t i = 0; i < x->operand_count; i++) expression_as(c, x->operands[i], to + (unsigned)i, t->keys[i].type);
  uint32_t imm = e->table_at[x->symbol];
  if (op == EDI_OP_TABLE_VALUE) {
    const edi_table *record = edi_builder_at_tables(e->builder, imm);
    imm = record ? record->values.first + edi_expr_more_of(x)->value_column : 0;
  }
  put(c, op, to, to, (unsigned)x->operand_count, imm);
}

/* A resource is tagged T, U if the tags that it came with have T or have U. */
static void resource_tagged(coder *c, const edi_expr *x, unsigned to) {
  edi_emitter *e = c->emitter;
  uint32_t tags = e->attr_at[edi_model_attr(e->model, x->entity, EDI_STR("tags"))];
  for (size_t i = 0; i < x->operand_count; i++) {
    unsigned at = i == 0 ? to : to + 1;
    put(c, EDI_OP_ATTR, at, 0, 0, tags);
    put(c, EDI_OP_CONST, at + 1, 0, 0, edi_emit_literal(e, x->operands[i], x->operands[i]->type));
    put(c, EDI_OP_HAS, at, at, at + 1, 0);
    if (i > 0) put(c, EDI_OP_OR, to, to, at, 0);
  }
}

static void named(coder *c, const edi_expr *x, unsigned to) {
  edi_emitter *e = c->emitter;
  uint32_t glob = edi_builder_const_text(e->builder, EDI_TYPE_STRING, x->text);
  if (x->entity < EDI_ENTITY_RESOURCE) {
    put(c, EDI_OP_NAMED, to, x->entity, 0, glob);
    return;
  }
  put(c, EDI_OP_ATTR, to, 0, 0, e->attr_at[edi_model_attr(e->model, x->entity, EDI_STR("name"))]);
  put(c, EDI_OP_GLOB, to, to, 0, glob);
}

static uint32_t yes(const coder *c) {
  return edi_builder_const(c->emitter->builder, (edi_const){EDI_TYPE_BOOL, 0, 1});
}

static void tagged(coder *c, const edi_expr *x, unsigned to, edi_op op) {
  edi_emitter *e = c->emitter;
  if (x->entity >= EDI_ENTITY_RESOURCE) {
    resource_tagged(c, x, to);
    return;
  }
  enum { FEW = 16 };
  uint32_t few[FEW];
  uint32_t *nodes = edi_emit_room(e, few, sizeof few, x->operand_count * sizeof *nodes);
  if (!nodes) return;
  for (size_t i = 0; i < x->operand_count; i++) nodes[i] = e->node_at[x->operands[i]->symbol];
  put(c, op, to, x->entity, 0, edi_builder_nodes(e->builder, nodes, (uint32_t)x->operand_count));
}

static void classified(coder *c, const edi_expr *x, unsigned to) {
  edi_emitter *e = c->emitter;
  uint32_t scale = e->scale_at[e->model->classification];
  put(c, EDI_OP_CLASSIFICATION, to, x->entity, 0, scale);
  put(c, EDI_OP_CONST, to + 1, 0, 0, edi_emit_literal(e, x->operands[0], x->operands[0]->type));
  bool swap = x->compare == EDI_EXPR_GT || x->compare == EDI_EXPR_GE;
  edi_op op = x->compare == EDI_EXPR_EQ                                  ? EDI_OP_EQ
              : x->compare == EDI_EXPR_LT || x->compare == EDI_EXPR_GT ? EDI_OP_LT
                                                                         : EDI_OP_LE;
  put(c, op, to, swap ? to + 1 : to, swap ? to : to + 1, 0);
}

static bool same_slot(const edi_expr *a, const edi_expr *b) {
  if (a->kind != b->kind) return false;
  return a->kind == EDI_EXPR_ROW_TAG ? a->symbol == b->symbol : edi_str_equal(a->text, b->text);
}

static void row(coder *c, const edi_expr *x, unsigned to) {
  for (uint32_t i = 0; c->slots && i < c->slots->count; i++)
    if (same_slot(c->slots->items[i], x)) {
      put(c, EDI_OP_ROW, to, 0, 0, c->slots->base + i);
      return;
    }
  c->emitter->failed = true; /* every row expression of a rule is among its slots */
}

static uint32_t pattern(edi_emitter *e, edi_str source) {
  edi_pattern_ref ref = {edi_builder_string(e->builder, source), EDI_PATTERN_CONDITION};
  for (uint32_t i = 0; i < edi_builder_count_patterns(e->builder); i++) {
    const edi_pattern_ref *p = edi_builder_at_patterns(e->builder, i);
    if (p->source.off == ref.source.off && p->source.len == ref.source.len && p->use == ref.use) return i;
  }
  return edi_builder_add_patterns(e->builder, &ref, 1);
}

static uint32_t text_const(edi_emitter *e, edi_str text) {
  return edi_builder_const_text(e->builder, EDI_TYPE_STRING, text);
}

static void expression(coder *c, const edi_expr *x, unsigned to) {
  edi_emitter *e = c->emitter;
  switch (x->kind) {
    case EDI_EXPR_BOOL:
    case EDI_EXPR_INT:
    case EDI_EXPR_DECIMAL:
    case EDI_EXPR_STRING:
    case EDI_EXPR_DATE:
    case EDI_EXPR_TIMESTAMP:
    case EDI_EXPR_DURATION:
    case EDI_EXPR_LIST:
    case EDI_EXPR_NODE:
    case EDI_EXPR_LEVEL: put(c, EDI_OP_CONST, to, 0, 0, edi_emit_literal(e, x, x->type)); return;
    case EDI_EXPR_ATTR: put(c, EDI_OP_ATTR, to, 0, 0, e->attr_at[x->symbol]); return;
    case EDI_EXPR_ROW_TAG:
    case EDI_EXPR_ROW_COLUMN: row(c, x, to); return;
    case EDI_EXPR_AND: logical(c, x, to, EDI_OP_JUMP_NO, EDI_OP_AND); return;
    case EDI_EXPR_OR: logical(c, x, to, EDI_OP_JUMP_YES, EDI_OP_OR); return;
    case EDI_EXPR_NOT: one(c, x, to, EDI_OP_NOT, 0); return;
    case EDI_EXPR_EQ: compare(c, x, to, EDI_OP_EQ, false, false); return;
    case EDI_EXPR_NE: compare(c, x, to, EDI_OP_EQ, false, true); return;
    case EDI_EXPR_LT: compare(c, x, to, EDI_OP_LT, false, false); return;
    case EDI_EXPR_LE: compare(c, x, to, EDI_OP_LE, false, false); return;
    case EDI_EXPR_GT: compare(c, x, to, EDI_OP_LT, true, false); return;
    case EDI_EXPR_GE: compare(c, x, to, EDI_OP_LE, true, false); return;
    case EDI_EXPR_IS: compare(c, x, to, EDI_OP_IS, false, false); return;
    case EDI_EXPR_IS_NOT: compare(c, x, to, EDI_OP_IS, false, true); return;
    case EDI_EXPR_IS_SET: one(c, x, to, EDI_OP_IS_SET, 0); return;
    case EDI_EXPR_IN: membership(c, x, to, EDI_OP_IN); return;
    case EDI_EXPR_NOT_IN:
      membership(c, x, to, EDI_OP_IN);
      put(c, EDI_OP_NOT, to, to, 0, 0);
      return;
    case EDI_EXPR_HAS: membership(c, x, to, EDI_OP_HAS); return;
    case EDI_EXPR_OVERLAPS: sets(c, x, to, EDI_OP_OVERLAPS); return;
    case EDI_EXPR_COVERS: sets(c, x, to, EDI_OP_COVERS); return;
    case EDI_EXPR_ADD:
    case EDI_EXPR_SUB:
    case EDI_EXPR_MUL: arithmetic(c, x, to); return;
    case EDI_EXPR_STARTS: both(c, x, to, EDI_OP_STARTS); return;
    case EDI_EXPR_ENDS: both(c, x, to, EDI_OP_ENDS); return;
    case EDI_EXPR_CONTAINS: both(c, x, to, EDI_OP_CONTAINS); return;
    case EDI_EXPR_LOWER: one(c, x, to, EDI_OP_LOWER, 0); return;
    case EDI_EXPR_LENGTH: one(c, x, to, EDI_OP_LENGTH, 0); return;
    case EDI_EXPR_MATCHES: one(c, x, to, EDI_OP_MATCHES, pattern(e, x->text)); return;
    case EDI_EXPR_IN_CIDR: one(c, x, to, EDI_OP_IN_CIDR, text_const(e, x->text)); return;
    case EDI_EXPR_WEEKDAY: one(c, x, to, EDI_OP_WEEKDAY, 0); return;
    case EDI_EXPR_TIME_OF_DAY: one(c, x, to, EDI_OP_TIME_OF_DAY, 0); return;
    case EDI_EXPR_IN_TABLE: table(c, x, to, EDI_OP_IN_TABLE); return;
    case EDI_EXPR_TABLE_VALUE: table(c, x, to, EDI_OP_TABLE_VALUE); return;
    case EDI_EXPR_TAGGED: tagged(c, x, to, EDI_OP_TAGGED); return;
    case EDI_EXPR_HOLDING: tagged(c, x, to, EDI_OP_HOLDING); return;
    case EDI_EXPR_NAMED: named(c, x, to); return;
    case EDI_EXPR_RESOURCE: put(c, EDI_OP_CONST, to, 0, 0, yes(c)); return; /* the rule is asked of no other thing */
    case EDI_EXPR_IN_DOMAIN:
      put(c, EDI_OP_IN_DOMAIN, to, 0, 0, edi_emit_literal(e, x->operands[0], x->operands[0]->type));
      return;
    case EDI_EXPR_CLASSIFIED: classified(c, x, to); return;
    case EDI_EXPR_NAME:
    case EDI_EXPR_CALL:
    case EDI_EXPR_COUNT: break;
  }
  e->failed = true; /* the checker leaves no name behind */
}

/* A code that the loader would refuse is told of here, where the rule is known. */
static void look_at_limits(coder *c) {
  if (c->count > EDI_LIMIT_CODE_INSTRS) {
    edi_emit_exceed(c->emitter, "instructions in one expression", EDI_LIMIT_CODE_INSTRS);
    return;
  }
  uint32_t seen[EDI_LIMIT_CODE_ATTRS];
  size_t count = 0;
  for (size_t i = 0; i < c->count; i++) {
    size_t k = 0;
    if (c->emitter->instrs[i].op != EDI_OP_ATTR) continue;
    while (k < count && seen[k] != c->emitter->instrs[i].imm) k++;
    if (k < count) continue;
    if (count == EDI_LIMIT_CODE_ATTRS) {
      edi_emit_exceed(c->emitter, "different attributes in one expression", EDI_LIMIT_CODE_ATTRS);
      return;
    }
    seen[count++] = c->emitter->instrs[i].imm;
  }
}

static uint32_t finish(coder *c, edi_type type) {
  put(c, EDI_OP_RETURN, 0, 0, 0, 0);
  if (c->emitter->failed) return EDI_NONE;
  look_at_limits(c);
  return edi_builder_code(c->emitter->builder, c->emitter->instrs, (uint32_t)c->count, type);
}

uint32_t edi_emit_code(edi_emitter *e, const edi_expr *x, edi_type type, const edi_emit_slots *slots) {
  if (!x) return EDI_NONE;
  coder c = {.emitter = e, .slots = slots};
  expression_as(&c, x, 0, type);
  return finish(&c, edi_emit_type(e, type));
}

/* Tools tell the two parts apart (eval/vm.c): NOT takes `unless` from register 1, AND has it first. No
 * expression is written so. */
uint32_t edi_emit_condition(edi_emitter *e, const edi_expr *when, const edi_expr *unless) {
  if (!unless) return edi_emit_code(e, when, EDI_TYPE_BOOL, NULL);
  coder c = {.emitter = e};
  if (!when) {
    expression(&c, unless, 1);
    put(&c, EDI_OP_NOT, 0, 1, 0, 0);
    return finish(&c, EDI_TYPE_BOOL);
  }
  expression(&c, when, 0);
  size_t skip = put(&c, EDI_OP_JUMP_NO, 0, 0, 0, 0);
  expression(&c, unless, 1);
  put(&c, EDI_OP_NOT, 1, 1, 0, 0);
  put(&c, EDI_OP_AND, 0, 1, 0, 0);
  if (!e->failed) e->instrs[skip].imm = (uint32_t)c.count;
  return finish(&c, EDI_TYPE_BOOL);
}
