/* Costs: what codes, rules and programs cost, added up without overflow; attributes and registers within their sections. */
#include "model.h"

#include "runtime/bundle/measure.c"
#include "runtime/bundle/program.c"
#include "bundle/limits.h"

bool edi_str_equal(edi_str a, edi_str b) {
  (void)a, (void)b;
  return any_bool();
}

enum { INSTRS = 4 };

/* Of any instructions whose immediates are in range: their registers and costs are those of each. */
void prove_code(void) {
  edi_attr attrs[2];
  edi_instr instrs[INSTRS];
  char strings[4];
  edi_program p = {.attrs = attrs, .attrs_count = 2, .strings = strings};
  edi_routine measured = {.cost = 0};
  uint32_t count = (uint32_t)any_size(INSTRS);
  for (uint32_t i = 0; i < INSTRS; i++) {
    instrs[i] = (edi_instr){any_byte(), any_byte(), any_byte(), any_byte(), any_u32()};
    assume(instrs[i].op < EDI_OP_COUNT);
    if (edi_opcodes[instrs[i].op].imm == EDI_IMMEDIATE_ATTR) assume(instrs[i].imm < 2);
  }
  for (int i = 0; i < 2; i++) attrs[i] = (edi_attr){.name = {0, 0}, .entity = any_u32(), .flags = any_u32()};
  edi_measure_code(&p, instrs, count, &measured);
  uint64_t cost = 0;
  for (uint32_t i = 0; i < count; i++) {
    const edi_opcode *o = &edi_opcodes[instrs[i].op];
    cost += o->cost;
    check(o->dst == EDI_OPERAND_NONE || instrs[i].dst < measured.registers, "the register that is written is counted");
    check(!edi_operand_is_register(o->a) || instrs[i].a < measured.registers, "and the first that is read");
    check(!edi_operand_is_register(o->b) || instrs[i].b < measured.registers, "and the second");
    check(o->b != EDI_OPERAND_COUNT || (uint32_t)instrs[i].a + instrs[i].b <= measured.registers, "and each of several");
  }
  check(measured.cost == cost, "the cost is the sum");
}

/* No code that is as long as one may be can cost more than 32 bits hold. */
void prove_longest(void) {
  unsigned op = (unsigned)any_size(EDI_OP_COUNT - 1);
  check(edi_opcodes[op].cost > 0 && edi_opcodes[op].cost <= UINT32_MAX / EDI_LIMIT_CODE_INSTRS, "the dearest instruction, as often as can be, fits");
}

enum { CODES = 2, PARTS = 1 };

void prove_rule(void) {
  edi_routine codes[CODES];
  edi_duty duties[PARTS];
  edi_arm arms[PARTS];
  edi_case cases[PARTS];
  uint32_t lists[PARTS];
  edi_program p = {.codes = codes, .codes_count = CODES, .duties = duties, .arms = arms, .cases = cases, .lists = lists};
  uint32_t code[3];
  for (int i = 0; i < CODES; i++) codes[i].cost = any_u32();
  for (int i = 0; i < PARTS; i++) {
    lists[i] = (uint32_t)any_size(CODES - 1);
    duties[i].args = (edi_range){0, (uint32_t)any_size(PARTS)};
    arms[i] = (edi_arm){(uint32_t)any_size(CODES - 1), {0, (uint32_t)any_size(PARTS)}};
    cases[i] = (edi_case){0, any_bool() ? EDI_NONE : (uint32_t)any_size(CODES - 1)};
  }
  for (int i = 0; i < 3; i++) code[i] = any_bool() ? EDI_NONE : (uint32_t)any_size(CODES - 1);
  edi_rule rule = {.target = code[0], .condition = code[1], .body = code[2], .duties = {0, (uint32_t)any_size(PARTS)}, .arms = {0, (uint32_t)any_size(PARTS)}};
  uint64_t cost = edi_measure_rule(&p, &rule), target = rule.target == EDI_NONE ? 0 : codes[rule.target].cost;
  check(cost >= target, "a rule costs at least each of its codes");
  check(cost <= 6 * (uint64_t)UINT32_MAX, "and no more than all of them");
}
