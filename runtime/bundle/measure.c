/* Measure: registers, cost and reads of codes, the cost of a program, the attributes of a rule.
 *
 * Linear in the instructions; for a rule, linear in the attributes of its three codes. A sum that
 * passes 32 bits stays at the largest number, which no program may declare. */
#include "bundle/measure.h"

#include "bundle/opcode.h"

static uint32_t entity_reads(uint32_t entity) {
  return entity == EDI_ENTITY_COLUMN ? EDI_READS_COLUMN : EDI_READS_PRODUCT;
}

uint32_t edi_measure_attr(const edi_program *program, const edi_attr *attr) {
  if (attr->entity == EDI_ENTITY_SUBJECT) return EDI_READS_SUBJECT;
  if (attr->entity >= EDI_ENTITY_RESOURCE) return EDI_READS_RESOURCE;
  if (attr->entity != EDI_ENTITY_CONTEXT) return EDI_READS_PRODUCT;
  bool now = (attr->flags & EDI_ATTR_BUILTIN) &&
             edi_str_equal(edi_program_string(program, attr->name), EDI_STR("now"));
  return now ? EDI_READS_NOW : EDI_READS_CONTEXT;
}

static uint32_t instr_reads(const edi_program *program, const edi_opcode *opcode,
                            const edi_instr *instr) {
  switch (opcode->imm) {
    case EDI_IMMEDIATE_ATTR: return edi_measure_attr(program, &program->attrs[instr->imm]);
    case EDI_IMMEDIATE_ROWSLOT: return EDI_READS_ROW;
    case EDI_IMMEDIATE_TABLE:
    case EDI_IMMEDIATE_TABLECOL: return EDI_READS_TABLE;
    case EDI_IMMEDIATE_NONE:
    case EDI_IMMEDIATE_CONST:
    case EDI_IMMEDIATE_TARGET:
    case EDI_IMMEDIATE_NODES:
    case EDI_IMMEDIATE_PATTERN:
    case EDI_IMMEDIATE_SCALE: break;
  }
  if (opcode->a == EDI_OPERAND_ENTITY) return entity_reads(instr->a);
  return instr->op == EDI_OP_IN_DOMAIN ? EDI_READS_PRODUCT : 0;
}

static uint32_t highest(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* One more than the highest register that the instruction names; 0 if it names none. */
static uint32_t instr_registers(const edi_opcode *opcode, const edi_instr *instr) {
  uint32_t registers = opcode->dst == EDI_OPERAND_NONE ? 0 : instr->dst + 1u;
  if (edi_operand_is_register(opcode->a)) registers = highest(registers, instr->a + 1u);
  if (edi_operand_is_register(opcode->b)) registers = highest(registers, instr->b + 1u);
  if (opcode->b == EDI_OPERAND_COUNT) registers = highest(registers, (uint32_t)instr->a + instr->b);
  return registers;
}

void edi_measure_code(const edi_program *program, const edi_instr *instrs, uint32_t count,
                      edi_routine *routine) {
  uint64_t cost = 0;
  routine->registers = routine->reads = 0;
  for (uint32_t i = 0; i < count; i++) {
    const edi_opcode *opcode = &edi_opcodes[instrs[i].op];
    routine->registers = highest(routine->registers, instr_registers(opcode, &instrs[i]));
    routine->reads |= instr_reads(program, opcode, &instrs[i]);
    cost += opcode->cost;
  }
  routine->cost = cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX;
}

static uint64_t code_cost(const edi_program *program, uint32_t code) {
  return code == EDI_NONE ? 0 : program->codes[code].cost;
}

uint64_t edi_measure_rule(const edi_program *program, const edi_rule *rule) {
  uint64_t cost = code_cost(program, rule->target) + code_cost(program, rule->condition) +
                  code_cost(program, rule->body);
  for (uint32_t j = 0; j < rule->duties.count; j++) {
    const edi_duty *duty = &program->duties[rule->duties.first + j];
    for (uint32_t k = 0; k < duty->args.count; k++)
      cost += code_cost(program, program->lists[duty->args.first + k]);
  }
  for (uint32_t j = 0; j < rule->arms.count; j++) {
    const edi_arm *arm = &program->arms[rule->arms.first + j];
    cost += code_cost(program, arm->column);
    for (uint32_t k = 0; k < arm->cases.count; k++)
      cost += code_cost(program, program->cases[arm->cases.first + k].condition);
  }
  return cost;
}

uint64_t edi_measure_program(const edi_program *program) {
  uint64_t cost = 0;
  for (uint32_t i = 0; i < program->rules_count; i++)
    cost += edi_measure_rule(program, &program->rules[i]);
  return cost;
}

/* ---- attributes ---- */

static uint32_t next_stamp(edi_attr_sets *sets) { return ++sets->stamp; }

/* Whether the attribute is new to the set that is being put together. */
static bool mark(edi_attr_sets *sets, uint32_t attr) {
  if (sets->stamps[attr] == sets->stamp) return false;
  sets->stamps[attr] = sets->stamp;
  return true;
}

static size_t count_reads(const edi_program *program, edi_range run) {
  size_t reads = 0;
  for (uint32_t i = 0; i < run.count; i++) reads += program->instrs[run.first + i].op == EDI_OP_ATTR;
  return reads;
}

edict_status edi_attr_sets_init(edi_attr_sets *sets, const edi_program *program, const uint32_t *likes, edi_arena *arena) {
  size_t reads = 0;
  for (uint32_t c = 0; c < program->codes_count; c++)
    if (!likes || likes[c] == c) reads += count_reads(program, program->codes[c].instrs);
  *sets = (edi_attr_sets){
      .of_code = EDI_NEW_ARRAY(arena, edi_range, program->codes_count),
      .attrs = EDI_NEW_ARRAY(arena, uint32_t, reads),
      .stamps = EDI_NEW_ARRAY(arena, uint32_t, program->attrs_count),
  };
  if (!sets->of_code || !sets->attrs || !sets->stamps) return edi_arena_status(arena);
  uint32_t at = 0;
  for (uint32_t c = 0; c < program->codes_count; c++) {
    edi_range run = program->codes[c].instrs;
    if (likes && likes[c] != c) {
      sets->of_code[c] = sets->of_code[likes[c]];
      continue;
    }
    sets->of_code[c].first = at;
    next_stamp(sets);
    for (uint32_t i = 0; i < run.count; i++) {
      const edi_instr *instr = &program->instrs[run.first + i];
      if (instr->op == EDI_OP_ATTR && mark(sets, instr->imm)) sets->attrs[at++] = instr->imm;
    }
    sets->of_code[c].count = at - sets->of_code[c].first;
  }
  return EDICT_OK;
}

uint32_t edi_attr_sets_rule(edi_attr_sets *sets, const edi_rule *rule, uint32_t *attrs) {
  const uint32_t codes[] = {rule->target, rule->condition, rule->body};
  uint32_t count = 0;
  next_stamp(sets);
  for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
    if (codes[c] == EDI_NONE) continue;
    edi_range own = sets->of_code[codes[c]];
    for (uint32_t i = own.first; i < own.first + own.count; i++) {
      if (!mark(sets, sets->attrs[i])) continue;
      if (attrs) attrs[count] = sets->attrs[i];
      count++;
    }
  }
  return count;
}
