/* Flow: see the header.
 *
 * Moments. Code runs forward only. An instruction's result is of a sort: steady while time goes on; a truth that
 * changes at moments that were noted; `now`, its date, its weekday, its time of day; or none of these. Between two
 * noted moments each truth is what it was, so each jump goes where it went, and by induction along the code each
 * result but `now` and what is made of it is what it was. So an answer that is steady or such a truth is too.
 *
 * Final. Without jumps a routine is a composition of operations that are unknown where an operand is, but for AND,
 * OR and NOT, which keep what they said when an unknown becomes known. Jumps pass over work that could change
 * nothing; the emitter's are of that kind, and it is shown here for each. */
#include "eval/flow.h"

#include "bundle/measure.h"
#include "bundle/opcode.h"

typedef enum sort { STEADY, TRUTH, NOW, DATE, WEEKDAY, TIME, OTHER } sort;

enum { CODE_MOST = 1024, STEPS_MOST = 65536, WEEK = 7 };

typedef struct flow {
  const edi_linked *linked;
  const edi_instr *code;
  uint32_t count;
  uint8_t sorts[CODE_MOST];   /* by instruction, of what it leaves */
  uint32_t steps;             /* that the search for definitions may still take */
  edi_moment_list *list;
} flow;

static bool is_jump(const edi_instr *in) { return in->op == EDI_OP_JUMP_NO || in->op == EDI_OP_JUMP_YES; }
static bool writes(const edi_instr *in) { return edi_opcodes[in->op].dst != EDI_OPERAND_NONE; }

static bool reads_register(const edi_instr *in, unsigned reg) {
  const edi_opcode *o = &edi_opcodes[in->op];
  if (edi_operand_is_register(o->a) && in->a == reg) return true;
  if (edi_operand_is_register(o->b) && in->b == reg) return true;
  return o->b == EDI_OPERAND_COUNT && reg >= in->a && reg < (unsigned)in->a + in->b;
}

/* ---- definitions ---- */

static sort join(sort a, sort b) {
  if (a == b) return a;
  return a <= TRUTH && b <= TRUTH ? TRUTH : OTHER;
}

/* The sort of a register as instruction `at` reads it: of the last one before that writes it, and, where a jump
 * can pass over that one, of what the jump read. *only: the one instruction that it can be from; EDI_NONE: several. */
static sort sort_of(flow *f, uint32_t at, unsigned reg, uint32_t *only) {
  uint32_t from = at;
  if (only) *only = EDI_NONE;
  do {
    if (from-- == 0 || f->steps == 0) return OTHER;
    f->steps--;
  } while (!writes(&f->code[from]) || f->code[from].dst != reg);
  sort s = (sort)f->sorts[from];
  bool passed = false;
  for (uint32_t j = 0; j < from; j++) {
    if (f->steps == 0) return OTHER;
    f->steps--;
    if (!is_jump(&f->code[j]) || f->code[j].imm <= from || f->code[j].imm > at) continue;
    s = join(s, sort_of(f, j, reg, NULL));
    passed = true;
  }
  if (only && !passed) *only = from;
  return s;
}

/* ---- comparisons with time ---- */

static void add_between(flow *f, int64_t at, int64_t unit, int64_t low, int64_t high) {
  if (at >= low && at <= high) edi_moment_list_add(f->list, at * unit);
}

/* The values of a clock at which `clock OP constant` changes, or `constant OP clock`: the constant, or one more. */
typedef struct edges { bool here, next; } edges;

static edges edges_of(uint8_t op, bool clock_first) {
  if (op == EDI_OP_LT) return clock_first ? (edges){true, false} : (edges){false, true};
  if (op == EDI_OP_LE) return clock_first ? (edges){false, true} : (edges){true, false};
  return (edges){true, true};
}

static bool holds(uint8_t op, bool clock_first, int64_t clock, int64_t constant) {
  if (op == EDI_OP_LT) return clock_first ? clock < constant : constant < clock;
  if (op == EDI_OP_LE) return clock_first ? clock <= constant : constant <= clock;
  return clock == constant;
}

static void add_week(flow *f, uint8_t op, bool clock_first, int64_t constant) {
  for (int day = 0; day < WEEK; day++) {
    int before = (day + WEEK - 1) % WEEK;
    if (holds(op, clock_first, day + 1, constant) != holds(op, clock_first, before + 1, constant))
      f->list->week |= (uint8_t)(1u << day);
  }
}

static void add_daily(flow *f, uint8_t op, bool clock_first, int64_t constant) {
  edges e = edges_of(op, clock_first);
  for (int64_t next = 0; next <= 1; next++) {
    int64_t at = constant == INT64_MAX ? EDI_DAY_MICROS : constant + next;
    if ((next ? e.next : e.here) && at > 0 && at < EDI_DAY_MICROS) edi_moment_list_add_daily(f->list, at);
  }
  if (holds(op, clock_first, 0, constant) != holds(op, clock_first, EDI_DAY_MICROS - 1, constant))
    edi_moment_list_add_daily(f->list, 0);
}

/* False: it cannot be told. */
static bool add_comparison(flow *f, sort clock, uint8_t op, bool clock_first, edi_value constant) {
  edges e = edges_of(op, clock_first);
  int64_t c = constant.as.integer;
  switch (clock) {
    case NOW:
      if (constant.base != EDI_TYPE_TIMESTAMP) return false;
      if (e.here) add_between(f, c, 1, EDI_TIMESTAMP_MIN, EDI_TIMESTAMP_MAX);
      if (e.next && c < EDI_TIMESTAMP_MAX) add_between(f, c + 1, 1, EDI_TIMESTAMP_MIN, EDI_TIMESTAMP_MAX);
      return true;
    case DATE:
      if (constant.base != EDI_TYPE_DATE) return false;
      if (e.here) add_between(f, c, EDI_DAY_MICROS, EDI_DATE_MIN, EDI_DATE_MAX);
      if (e.next && c < EDI_DATE_MAX) add_between(f, c + 1, EDI_DAY_MICROS, EDI_DATE_MIN, EDI_DATE_MAX);
      return true;
    case WEEKDAY:
      if (constant.base != EDI_TYPE_INT) return false;
      add_week(f, op, clock_first, c);
      return true;
    case TIME:
      if (constant.base != EDI_TYPE_DURATION || constant.scale != 0) return false;
      add_daily(f, op, clock_first, c);
      return true;
    case STEADY:
    case TRUTH:
    case OTHER: break;
  }
  return false;
}

static const edi_value *constant_at(const flow *f, uint32_t at) {
  if (at == EDI_NONE || f->code[at].op != EDI_OP_CONST) return NULL;
  return &f->linked->consts[f->code[at].imm];
}

static sort compare(flow *f, uint32_t at) {
  const edi_instr *in = &f->code[at];
  uint32_t from_a, from_b;
  sort a = sort_of(f, at, in->a, &from_a), b = sort_of(f, at, in->b, &from_b);
  if (a <= TRUTH && b <= TRUTH) return join(a, b);
  bool clock_first = a > TRUTH;
  const edi_value *constant = constant_at(f, clock_first ? from_b : from_a);
  if (!constant || (a > TRUTH && b > TRUTH)) return OTHER;
  sort clock = clock_first ? a : b;
  if (!constant->set) return add_comparison(f, clock, in->op, clock_first, *constant) ? TRUTH : OTHER;
  if (in->op != EDI_OP_IN || !clock_first || constant->scale) return OTHER;
  for (uint32_t i = 0; i < constant->length; i++)
    if (!add_comparison(f, clock, EDI_OP_EQ, true, constant->as.members[i])) return OTHER;
  return TRUTH;
}

/* ---- sorts ---- */

static sort of_now(sort operand, sort made) { return operand == NOW ? made : operand == STEADY ? STEADY : OTHER; }

static sort of_register(flow *f, uint32_t at, unsigned reg, sort s) {
  sort of = sort_of(f, at, reg, NULL);
  return of > TRUTH ? OTHER : join(s, of);
}

/* Over all registers that it reads: what is made of steady values is steady. */
static sort of_operands(flow *f, uint32_t at) {
  const edi_instr *in = &f->code[at];
  const edi_opcode *o = &edi_opcodes[in->op];
  sort s = STEADY;
  if (edi_operand_is_register(o->a)) s = of_register(f, at, in->a, s);
  if (edi_operand_is_register(o->b)) s = of_register(f, at, in->b, s);
  for (unsigned i = 1; o->b == EDI_OPERAND_COUNT && i < in->b; i++) s = of_register(f, at, in->a + i, s);
  return s;
}

/* `now` and what is made of it alone are known at any moment. */
static sort of_presence(sort operand) {
  bool clock = operand == NOW || operand == DATE || operand == WEEKDAY || operand == TIME;
  return clock ? STEADY : operand;
}

static sort sort_of_result(flow *f, uint32_t at) {
  const edi_instr *in = &f->code[at];
  const edi_program *p = &f->linked->program;
  if (in->op == EDI_OP_ATTR) return edi_measure_attr(p, &p->attrs[in->imm]) == EDI_READS_NOW ? NOW : STEADY;
  if (in->op == EDI_OP_MOVE) return sort_of(f, at, in->a, NULL);
  if (in->op == EDI_OP_DATE_OF) return of_now(sort_of(f, at, in->a, NULL), DATE);
  if (in->op == EDI_OP_WEEKDAY) return of_now(sort_of(f, at, in->a, NULL), WEEKDAY);
  if (in->op == EDI_OP_TIME_OF_DAY) return of_now(sort_of(f, at, in->a, NULL), TIME);
  if (in->op == EDI_OP_EQ || in->op == EDI_OP_LT || in->op == EDI_OP_LE || in->op == EDI_OP_IN) return compare(f, at);
  if (in->op == EDI_OP_IS_SET) return of_presence(sort_of(f, at, in->a, NULL));
  return of_operands(f, at);
}

static bool find_moments(flow *f) {
  if (f->count > CODE_MOST) return false;
  for (uint32_t at = 0; at < f->count; at++) {
    sort s = sort_of_result(f, at);
    f->sorts[at] = (uint8_t)s;
    if ((is_jump(&f->code[at]) || f->code[at].op == EDI_OP_RETURN) && s > TRUTH) return false;
  }
  return true;
}

void edi_flow_moments(const edi_linked *linked, uint32_t code, edi_moment_list *list) {
  const edi_program *p = &linked->program;
  if (code == EDI_NONE || !(p->codes[code].reads & EDI_READS_NOW)) return;
  const edi_range run = p->codes[code].instrs;
  flow f = {.linked = linked, .code = p->instrs + run.first, .count = run.count, .steps = STEPS_MOST, .list = list};
  if (!find_moments(&f)) list->always = true;
}

/* ---- final ---- */

/* Unknown where an operand is, or a connective; and the same whenever its operands are. What makes texts may run
 * out of room by what was made before, and a table's answer has its time. */
static bool keeps_order(const edi_instr *in) {
  return in->op != EDI_OP_IS_SET && in->op != EDI_OP_LOWER && in->op != EDI_OP_ROW && in->op != EDI_OP_IN_TABLE &&
         in->op != EDI_OP_TABLE_VALUE;
}

/* What instructions from..to-1 write is written again before anything reads it after them. */
static bool is_forgotten(const edi_instr *code, uint32_t count, uint32_t from, uint32_t to, unsigned but) {
  for (uint32_t w = from; w < to; w++) {
    if (!writes(&code[w]) || code[w].dst == but) continue;
    for (uint32_t k = to; k < count; k++) {
      if (reads_register(&code[k], code[w].dst)) return false;
      if (writes(&code[k]) && code[k].dst == code[w].dst) break;
    }
  }
  return true;
}

/* A jump on NO to behind an AND of the same register, or on YES and OR: with or without it, the same comes out. */
static bool spares_work(const edi_instr *code, uint32_t count, uint32_t at) {
  const edi_instr *jump = &code[at], *last = &code[jump->imm - 1];
  uint8_t wanted = jump->op == EDI_OP_JUMP_NO ? EDI_OP_AND : EDI_OP_OR;
  if (jump->imm <= at + 1 || last->op != wanted || last->dst != jump->a) return false;
  if (last->a != jump->a && last->b != jump->a) return false;
  for (uint32_t i = at + 1; i + 1 < jump->imm; i++)
    if (writes(&code[i]) && code[i].dst == jump->a) return false;
  return is_forgotten(code, count, at + 1, jump->imm, jump->a);
}

bool edi_flow_is_final(const edi_linked *linked, uint32_t code) {
  if (code == EDI_NONE) return true;
  const edi_range run = linked->program.codes[code].instrs;
  const edi_instr *instrs = linked->program.instrs + run.first;
  if (run.count > CODE_MOST) return false;
  for (uint32_t at = 0; at < run.count; at++) {
    if (!keeps_order(&instrs[at])) return false;
    if (is_jump(&instrs[at]) && !spares_work(instrs, run.count, at)) return false;
  }
  return true;
}
