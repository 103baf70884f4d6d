/* VM: a register machine over typed values that run forward only.
 *
 * In: a verified routine and the facts of one request or row. Out: one value. The verifier proved
 * types, ranges and that every path returns, so the loop checks none of it; what can still go wrong
 * (overflow, a full scratch, a missing fact) gives the unknown. Read the dispatch in edi_vm_run last:
 * each case is one line over a function above it. */
#include "eval/vm.h"

#include "eval/atoms.h"
#include "eval/table.h"
#include "eval/truth.h"

static edi_value truth(edi_truth t) { return edi_value_from_truth(t); }

static edi_value from_decimal(bool ok, edi_decimal d) {
  if (!ok) return edi_value_unknown();
  return edi_value_decimal(d);
}

static edi_value int_arithmetic(unsigned op, edi_value a, edi_value b) {
  int64_t out = 0;
  bool overflow = op == EDI_OP_ADD_INT   ? __builtin_add_overflow(a.as.integer, b.as.integer, &out)
                  : op == EDI_OP_SUB_INT ? __builtin_sub_overflow(a.as.integer, b.as.integer, &out)
                                         : __builtin_mul_overflow(a.as.integer, b.as.integer, &out);
  return overflow ? edi_value_unknown() : edi_value_integer(EDI_TYPE_INT, out);
}

static edi_value decimal_arithmetic(unsigned op, edi_value a, edi_value b) {
  edi_decimal out;
  bool ok = op == EDI_OP_ADD_DECIMAL   ? edi_decimal_add(edi_decimal_of(a), edi_decimal_of(b), &out)
            : op == EDI_OP_SUB_DECIMAL ? edi_decimal_sub(edi_decimal_of(a), edi_decimal_of(b), &out)
                                       : edi_decimal_mul(edi_decimal_of(a), edi_decimal_of(b), &out);
  return from_decimal(ok, out);
}

static bool negate(edi_duration d, edi_duration *out) {
  return !__builtin_sub_overflow((int64_t)0, d.months, &out->months) &&
         !__builtin_sub_overflow((int64_t)0, d.micros, &out->micros);
}

static edi_value shift_time(edi_value a, edi_value b, bool back) {
  edi_duration d = edi_duration_of(b);
  int64_t out;
  if ((back && !negate(d, &d)) || !edi_timestamp_add(a.as.integer, d, &out)) return edi_value_unknown();
  return edi_value_integer(EDI_TYPE_TIMESTAMP, out);
}

/* A date moves by months or by whole days; a part of a day leaves no date. */
static edi_value shift_date(edi_value a, edi_value b, bool back) {
  edi_duration d = edi_duration_of(b);
  int64_t out;
  if (back && !negate(d, &d)) return edi_value_unknown();
  if (d.months) {
    if (!edi_date_add_months(a.as.integer, d.months, &out)) return edi_value_unknown();
  } else {
    if (d.micros % EDI_DAY_MICROS != 0) return edi_value_unknown();
    out = a.as.integer + d.micros / EDI_DAY_MICROS;
    if (out < EDI_DATE_MIN || out > EDI_DATE_MAX) return edi_value_unknown();
  }
  return edi_value_integer(EDI_TYPE_DATE, out);
}

static edi_value duration_arithmetic(edi_value a, edi_value b, bool back) {
  if (a.scale != b.scale && a.as.integer != 0 && b.as.integer != 0) return edi_value_unknown();
  int64_t out;
  bool overflow = back ? __builtin_sub_overflow(a.as.integer, b.as.integer, &out)
                       : __builtin_add_overflow(a.as.integer, b.as.integer, &out);
  if (overflow) return edi_value_unknown();
  edi_value v = edi_value_integer(EDI_TYPE_DURATION, out);
  v.scale = a.as.integer != 0 ? a.scale : b.scale;
  return v;
}

static edi_value lower(edi_vm *vm, edi_value a) {
  if (!edi_vm_has_room(vm, a.length)) return edi_value_unknown();
  char *out = vm->scratch + vm->scratch_used;
  vm->scratch_used += a.length;
  for (uint32_t i = 0; i < a.length; i++) {
    char c = a.as.text[i];
    out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
  }
  return edi_value_text(EDI_TYPE_STRING, (edi_str){out, a.length});
}

static edi_value length(edi_value a) {
  edi_str s = edi_value_str(a);
  if (!edi_utf8_valid(s)) return edi_value_unknown();
  return edi_value_integer(EDI_TYPE_INT, (int64_t)edi_utf8_count(s));
}

static edi_truth within(edi_value address, edi_value block) {
  unsigned char base[16];
  unsigned prefix;
  if (!edi_cidr_parse(edi_value_str(block), base, &prefix)) return EDI_UNKNOWN;
  const unsigned char *bytes = (const unsigned char *)address.as.text;
  for (unsigned bit = 0; bit < prefix; bit += 8) {
    unsigned left = prefix - bit;
    unsigned mask = left >= 8 ? 0xFFu : 0xFFu << (8 - left) & 0xFFu;
    if ((bytes[bit / 8] & mask) != (base[bit / 8] & mask)) return EDI_NO;
  }
  return EDI_YES;
}

/* A name that comes with a request; how long one is, nobody has checked. */
static edi_value glob(edi_value name, edi_value pattern) {
  if (name.length > EDI_LIMIT_EXTERNAL_NAME) return edi_value_unknown();
  return truth(edi_str_glob(edi_value_str(pattern), edi_value_str(name)) ? EDI_YES : EDI_NO);
}

static edi_value matches(edi_vm *vm, edi_value a, uint32_t pattern) {
  switch (edi_pattern_match(vm->linked->patterns[pattern], vm->patterns, edi_value_str(a))) {
    case EDI_PATTERN_NO: return truth(EDI_NO);
    case EDI_PATTERN_YES: return truth(EDI_YES);
    case EDI_PATTERN_UNKNOWN: break;
  }
  return edi_value_unknown();
}

static edi_value attribute(const edi_vm *vm, uint32_t attr) {
  uint32_t slot = vm->linked->slot_of[attr];
  switch ((edi_entity)vm->linked->program.attrs[attr].entity) {
    case EDI_ENTITY_SUBJECT: return vm->subject ? vm->subject[slot] : edi_value_unknown();
    case EDI_ENTITY_CONTEXT: return vm->context ? vm->context[slot] : edi_value_unknown();
    case EDI_ENTITY_PRODUCT:
    case EDI_ENTITY_DATASET: return vm->facts ? vm->facts[attr] : edi_value_unknown();
    case EDI_ENTITY_COLUMN: return edi_value_unknown();
    case EDI_ENTITY_RESOURCE: break;
  }
  return vm->resource ? vm->resource[slot] : edi_value_unknown(); /* a rule reads of the kind it is about alone */
}

static edi_value row_cell(edi_vm *vm, uint32_t slot) {
  if (!vm->cells || !vm->slot_columns) return edi_value_unknown();
  uint32_t column = vm->slot_columns[slot - vm->slot_base];
  if (column == EDI_NONE) return edi_value_unknown();
  return edi_cell_value(vm, &vm->cells[column], vm->column_types[column], vm->linked->slot_types[slot]);
}

/* Operations on two known operands; whatever is unknown was answered before. */
static edi_value known_pair(edi_vm *vm, unsigned op, edi_value a, edi_value b) {
  const edi_vocabulary *v = vm->vocabulary;
  switch (op) {
    case EDI_OP_IS: return truth(edi_vocabulary_is(v, a.as.integer, b.as.integer));
    case EDI_OP_ADD_INT:
    case EDI_OP_SUB_INT:
    case EDI_OP_MUL_INT: return int_arithmetic(op, a, b);
    case EDI_OP_ADD_DECIMAL:
    case EDI_OP_SUB_DECIMAL:
    case EDI_OP_MUL_DECIMAL: return decimal_arithmetic(op, a, b);
    case EDI_OP_ADD_TIME: return shift_time(a, b, false);
    case EDI_OP_SUB_TIME: return shift_time(a, b, true);
    case EDI_OP_ADD_DATE: return shift_date(a, b, false);
    case EDI_OP_SUB_DATE: return shift_date(a, b, true);
    case EDI_OP_ADD_DURATION: return duration_arithmetic(a, b, false);
    case EDI_OP_SUB_DURATION: return duration_arithmetic(a, b, true);
    case EDI_OP_DIFF_TIME: return edi_value_integer(EDI_TYPE_DURATION, a.as.integer - b.as.integer);
    case EDI_OP_STARTS: return truth(edi_str_starts(edi_value_str(a), edi_value_str(b)) ? EDI_YES : EDI_NO);
    case EDI_OP_ENDS: return truth(edi_str_ends(edi_value_str(a), edi_value_str(b)) ? EDI_YES : EDI_NO);
    case EDI_OP_CONTAINS:
      return truth(edi_str_contains(edi_value_str(a), edi_value_str(b)) ? EDI_YES : EDI_NO);
    default: return edi_value_unknown();
  }
}

/* Operations on one known operand. */
static edi_value known_one(edi_vm *vm, unsigned op, uint32_t imm, edi_value a) {
  switch (op) {
    case EDI_OP_TO_DECIMAL: return from_decimal(true, edi_decimal_from_int(a.as.integer));
    case EDI_OP_DATE_OF: return edi_value_integer(EDI_TYPE_DATE, edi_date_of(a.as.integer));
    case EDI_OP_LOWER: return lower(vm, a);
    case EDI_OP_LENGTH: return length(a);
    case EDI_OP_MATCHES: return matches(vm, a, imm);
    case EDI_OP_IN_CIDR: return truth(within(a, vm->linked->consts[imm]));
    case EDI_OP_GLOB: return glob(a, vm->linked->consts[imm]);
    case EDI_OP_WEEKDAY:
      return edi_value_integer(EDI_TYPE_INT, edi_date_weekday(edi_date_of(a.as.integer)));
    case EDI_OP_TIME_OF_DAY:
      return edi_value_integer(EDI_TYPE_DURATION,
                               a.as.integer - edi_date_of(a.as.integer) * EDI_DAY_MICROS);
    default: return edi_value_unknown();
  }
}

#ifdef EDICT_COUNT_COST
_Thread_local uint64_t edi_vm_spent;
static inline void spend(unsigned op) { edi_vm_spent += op < EDI_OP_COUNT ? edi_opcodes[op].cost : 1; }
#else
static inline void spend(unsigned op) { (void)op; }
#endif

/* Registers to be looked at before the instruction with this number runs. */
typedef struct watch { uint32_t at[2]; unsigned reg[2]; edi_value value[2]; } watch;

/* Whether an instruction leaves something in its dst. */
static inline bool gives(uint8_t op) {
  return op != EDI_OP_RETURN && op != EDI_OP_JUMP_NO && op != EDI_OP_JUMP_YES;
}

/* The VM's scratch and the spare one change places, unless they have. */
static void choose(edi_vm *vm, edi_vm_spare *s, bool spare) {
  if (s->chosen == spare) return;
  edi_vm_spare own = {.scratch = vm->scratch, .used = vm->scratch_used, .more = vm->scratch_more};
  vm->scratch = s->scratch;
  vm->scratch_used = s->used;
  vm->scratch_more = s->more;
  *s = (edi_vm_spare){own.scratch, own.used, own.more, s->always, spare};
}

/* One loop for all uses; `w` and `all` are constants in each, so that running alone pays nothing for them.
 * With `all` no jump is taken, so that every instruction runs, and what each leaves is kept; what a jump would
 * have passed over takes the spare scratch. */
__attribute__((always_inline)) static inline edi_value run(edi_vm *vm, uint32_t routine, watch *w, edi_value *all,
                                                           edi_vm_spare *spare) {
  const edi_program *program = &vm->linked->program;
  const edi_instr *code = program->instrs + program->codes[routine].instrs.first;
  edi_value r[EDI_LIMIT_CODE_REGISTERS + 6];
  uint32_t resume = all && spare->always ? UINT32_MAX : 0; /* what comes before it a decision passes over */
  vm->scratch_used = 0;
  for (uint32_t at = 0;; at++) {
    const edi_instr *in = &code[at];
    if (all) choose(vm, spare, at < resume);
    for (unsigned i = 0; w && i < 2; i++)
      if (w->at[i] == at) w->value[i] = r[w->reg[i]];
    spend(in->op);
    switch ((edi_op)in->op) {
      case EDI_OP_RETURN: return r[in->a];
      case EDI_OP_CONST: r[in->dst] = vm->linked->consts[in->imm]; break;
      case EDI_OP_MOVE: r[in->dst] = r[in->a]; break;
      case EDI_OP_ATTR: r[in->dst] = attribute(vm, in->imm); break;
      case EDI_OP_ROW: r[in->dst] = row_cell(vm, in->imm); break;
      case EDI_OP_JUMP_NO:
        if (edi_value_truth(r[in->a]) != EDI_NO) break;
        if (!all) at = in->imm - 1;
        else if (at >= resume) resume = in->imm;
        break;
      case EDI_OP_JUMP_YES:
        if (edi_value_truth(r[in->a]) != EDI_YES) break;
        if (!all) at = in->imm - 1;
        else if (at >= resume) resume = in->imm;
        break;
      case EDI_OP_AND:
        r[in->dst] = truth(edi_both(edi_value_truth(r[in->a]), edi_value_truth(r[in->b])));
        break;
      case EDI_OP_OR:
        r[in->dst] = truth(edi_either(edi_value_truth(r[in->a]), edi_value_truth(r[in->b])));
        break;
      case EDI_OP_NOT: r[in->dst] = truth(edi_opposite(edi_value_truth(r[in->a]))); break;
      case EDI_OP_IS_SET: r[in->dst] = truth(r[in->a].base ? EDI_YES : EDI_NO); break;
      case EDI_OP_EQ: r[in->dst] = truth(edi_test_equal(vm->vocabulary, r[in->a], r[in->b])); break;
      case EDI_OP_LT: r[in->dst] = truth(edi_test_less(r[in->a], r[in->b], false)); break;
      case EDI_OP_LE: r[in->dst] = truth(edi_test_less(r[in->a], r[in->b], true)); break;
      case EDI_OP_IN: r[in->dst] = truth(edi_set_holds(vm->vocabulary, r[in->b], r[in->a], EDI_SET_IN)); break;
      case EDI_OP_HAS: r[in->dst] = truth(edi_set_holds(vm->vocabulary, r[in->a], r[in->b], EDI_SET_HAS)); break;
      case EDI_OP_OVERLAPS: r[in->dst] = truth(edi_set_overlaps(vm->vocabulary, r[in->a], r[in->b])); break;
      case EDI_OP_COVERS: r[in->dst] = truth(edi_set_covers(vm->vocabulary, r[in->a], r[in->b])); break;
      case EDI_OP_IN_TABLE: r[in->dst] = truth(edi_table_has(vm, in->imm, &r[in->a], in->b)); break;
      case EDI_OP_TABLE_VALUE: r[in->dst] = edi_table_value(vm, in->imm, &r[in->a], in->b); break;
      case EDI_OP_TAGGED: r[in->dst] = truth(edi_atom_tagged(vm, in->a, in->imm)); break;
      case EDI_OP_HOLDING: r[in->dst] = truth(edi_atom_holding(vm, in->a, in->imm)); break;
      case EDI_OP_NAMED: r[in->dst] = truth(edi_atom_named(vm, in->a, in->imm)); break;
      case EDI_OP_IN_DOMAIN: r[in->dst] = truth(edi_atom_in_domain(vm, in->imm)); break;
      case EDI_OP_CLASSIFICATION: r[in->dst] = edi_atom_classification(vm, in->a, in->imm); break;
      case EDI_OP_TO_DECIMAL:
      case EDI_OP_DATE_OF:
      case EDI_OP_LOWER:
      case EDI_OP_LENGTH:
      case EDI_OP_MATCHES:
      case EDI_OP_IN_CIDR:
      case EDI_OP_GLOB:
      case EDI_OP_WEEKDAY:
      case EDI_OP_TIME_OF_DAY:
        r[in->dst] = r[in->a].base ? known_one(vm, in->op, in->imm, r[in->a]) : edi_value_unknown();
        break;
      case EDI_OP_IS:
      case EDI_OP_ADD_INT:
      case EDI_OP_SUB_INT:
      case EDI_OP_MUL_INT:
      case EDI_OP_ADD_DECIMAL:
      case EDI_OP_SUB_DECIMAL:
      case EDI_OP_MUL_DECIMAL:
      case EDI_OP_ADD_TIME:
      case EDI_OP_SUB_TIME:
      case EDI_OP_ADD_DATE:
      case EDI_OP_SUB_DATE:
      case EDI_OP_ADD_DURATION:
      case EDI_OP_SUB_DURATION:
      case EDI_OP_DIFF_TIME:
      case EDI_OP_STARTS:
      case EDI_OP_ENDS:
      case EDI_OP_CONTAINS:
        r[in->dst] = r[in->a].base && r[in->b].base ? known_pair(vm, in->op, r[in->a], r[in->b])
                                                    : edi_value_unknown();
        break;
      case EDI_OP_COUNT: return edi_value_unknown(); /* no instruction: the verifier refused it */
    }
    if (all && gives(in->op)) all[at] = r[in->dst];
  }
}

edi_value edi_vm_run(edi_vm *vm, uint32_t routine) { return run(vm, routine, NULL, NULL, NULL); }

edi_value edi_vm_values(edi_vm *vm, uint32_t routine, edi_value *values, edi_vm_spare *spare) {
  spare->used = 0;
  edi_value v = run(vm, routine, NULL, values, spare);
  choose(vm, spare, false);
  return v;
}

/* How `when A unless B` is told from `when A and not B`: the emitter writes the AND with its operands the
 * other way round, and NOT from register 1 into 0 where there is `unless` alone. */
static void find_parts(const edi_instr *code, uint32_t count, edi_vm_condition *c, watch *w) {
  const edi_instr *last = count >= 2 ? &code[count - 2] : code;
  bool both = count >= 4 && last->op == EDI_OP_AND && last->dst == 0 && last->a == 1 && last->b == 0 &&
              code[count - 3].op == EDI_OP_NOT && code[count - 3].a == 1;
  bool alone = count >= 2 && last->op == EDI_OP_NOT && last->dst == 0 && last->a == 1;
  w->at[0] = w->at[1] = UINT32_MAX;
  for (uint32_t i = 0; both && i + 3 < count; i++)
    if (code[i].op == EDI_OP_JUMP_NO && code[i].a == 0 && code[i].imm == count - 1) w->at[0] = i;
  c->has_unless = alone || (both && w->at[0] != UINT32_MAX);
  c->has_when = !alone;
  if (c->has_unless) w->at[1] = both ? count - 3 : count - 2;
  w->reg[1] = 1;
}

edi_vm_condition edi_vm_condition_parts(edi_vm *vm, uint32_t routine) {
  edi_vm_condition c = {.when = EDI_YES, .unless = EDI_NO, .holds = EDI_YES};
  watch w = {.reg = {0}};
  if (routine == EDI_NONE) return c;
  const edi_range instrs = vm->linked->program.codes[routine].instrs;
  find_parts(vm->linked->program.instrs + instrs.first, instrs.count, &c, &w);
  c.holds = edi_value_truth(run(vm, routine, &w, NULL, NULL));
  if (c.has_when) c.when = c.has_unless ? edi_value_truth(w.value[0]) : c.holds;
  if (c.has_unless) c.unless = edi_value_truth(w.value[1]);
  return c;
}

/* ---- the fused form ---- */

typedef struct operands { const edi_value *base[EDI_ORIGIN_COUNT]; const edi_instr *code; } operands;

/* Where the operand stands; a cell is converted into `room`. */
static inline const edi_value *operand(edi_vm *vm, const operands *from, uint8_t origin, uint32_t at, edi_value *room) {
  static const edi_value unknown = {0};
  if (origin == EDI_FROM_ROW) {
    *room = row_cell(vm, at);
    return room;
  }
  if (origin == EDI_FROM_CONST) return from->base[EDI_FROM_CONST] + from->code[at].imm;
  const edi_value *base = from->base[origin];
  return base ? base + at : &unknown;
}

static edi_truth atom(const edi_vm *vm, const edi_fused *in) {
  switch (in->op) {
    case EDI_OP_TAGGED: return edi_atom_tagged(vm, in->a, in->imm);
    case EDI_OP_HOLDING: return edi_atom_holding(vm, in->a, in->imm);
    case EDI_OP_NAMED: return edi_atom_named(vm, in->a, in->imm);
    default: return edi_atom_in_domain(vm, in->imm);
  }
}

/* Operations on one or two values; what answers yes or no leaves a truth. */
static void compute(edi_vm *vm, const operands *from, const edi_fused *in, edi_value *r, edi_truth *t) {
  const edi_opcode *opcode = &edi_opcodes[in->op];
  edi_value room_a, room_b, a = *operand(vm, from, in->from_a, in->a, &room_a), out = edi_value_unknown();
  if (opcode->b == EDI_OPERAND_NONE) {
    if (a.base) out = known_one(vm, in->op, in->imm, a);
  } else {
    edi_value b = *operand(vm, from, in->from_b, in->b, &room_b);
    if (a.base && b.base) out = known_pair(vm, in->op, a, b);
  }
  if (opcode->dst == EDI_OPERAND_BOOL) t[in->dst] = edi_value_truth(out);
  else r[in->dst] = out;
}

/* Forward only, as what it was made from; what that says of operands holds here. */
static edi_truth run_fused(edi_vm *vm, const edi_fused *in, const edi_instr *code) {
  edi_value r[EDI_LIMIT_CODE_REGISTERS], room_a, room_b;
  edi_truth t[EDI_LIMIT_CODE_REGISTERS];
  const operands from = {{r, vm->linked->consts, vm->subject, vm->context, vm->resource, vm->facts}, code};
  const edi_vocabulary *v = vm->vocabulary;
  const edi_value *a, *b;
  vm->scratch_used = 0;
  for (;; in++) {
    spend(in->op);
    switch (in->op) {
      case EDI_OP_RETURN: return t[in->a];
      case EDI_OP_JUMP_NO: in += t[in->a] == EDI_NO ? in->imm : 0; break;
      case EDI_OP_JUMP_YES: in += t[in->a] == EDI_YES ? in->imm : 0; break;
      case EDI_OP_AND: t[in->dst] = edi_both(t[in->a], t[in->b]); break;
      case EDI_OP_OR: t[in->dst] = edi_either(t[in->a], t[in->b]); break;
      case EDI_OP_NOT: t[in->dst] = edi_opposite(t[in->a]); break;
      case EDI_FUSED_LOAD: r[in->dst] = *operand(vm, &from, in->from_a, in->a, &room_a); break;
      case EDI_FUSED_TRUTH: t[in->dst] = edi_value_truth(*operand(vm, &from, in->from_a, in->a, &room_a)); break;
      case EDI_FUSED_VALUE: r[in->dst] = truth(t[in->a]); break;
      case EDI_FUSED_EQ_INT:
      case EDI_FUSED_EQ_NODE:
      case EDI_FUSED_EQ_TEXT:
      case EDI_FUSED_LT_INT:
      case EDI_FUSED_LE_INT:
      case EDI_FUSED_IS_NODE:
      case EDI_FUSED_HAS_TEXT:
      case EDI_FUSED_OVERLAPS_TEXT:
        a = operand(vm, &from, in->from_a, in->a, &room_a);
        b = operand(vm, &from, in->from_b, in->b, &room_b);
        t[in->dst] = a->base && b->base ? edi_test_known(v, in->op, a, b) : EDI_UNKNOWN;
        break;
      case EDI_OP_IS_SET: t[in->dst] = operand(vm, &from, in->from_a, in->a, &room_a)->base ? EDI_YES : EDI_NO; break;
      case EDI_OP_EQ:
      case EDI_OP_LT:
      case EDI_OP_LE:
      case EDI_OP_IN:
      case EDI_OP_HAS:
      case EDI_OP_OVERLAPS:
      case EDI_OP_COVERS:
        a = operand(vm, &from, in->from_a, in->a, &room_a);
        t[in->dst] = edi_test_any(v, in->op, *a, *operand(vm, &from, in->from_b, in->b, &room_b));
        break;
      case EDI_OP_IN_TABLE: t[in->dst] = edi_table_has(vm, in->imm, &r[in->a], in->b); break;
      case EDI_OP_TABLE_VALUE: r[in->dst] = edi_table_value(vm, in->imm, &r[in->a], in->b); break;
      case EDI_OP_TAGGED:
      case EDI_OP_HOLDING:
      case EDI_OP_NAMED:
      case EDI_OP_IN_DOMAIN: t[in->dst] = atom(vm, in); break;
      case EDI_OP_CLASSIFICATION: r[in->dst] = edi_atom_classification(vm, in->a, in->imm); break;
      default: compute(vm, &from, in, r, t);
    }
  }
}

edi_truth edi_vm_test(edi_vm *vm, uint32_t routine) {
  if (routine == EDI_NONE) return EDI_YES;
  const edi_program *p = &vm->linked->program;
  const edi_fused *fused = vm->linked->fused[routine];
  return fused ? run_fused(vm, fused, p->instrs + p->codes[routine].instrs.first) : edi_value_truth(edi_vm_run(vm, routine));
}
