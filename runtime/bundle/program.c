/* Program: the names of what a program is made of, and its strings.
 *
 * Every name comes from one of the .def tables; a number that none of them has gives "?". */
#include "bundle/program.h"

#include "bundle/opcode.h"

const edi_opcode edi_opcodes[EDI_OP_COUNT] = {
#define OP(NAME, dst, a, b, imm, cost)                                      \
  [EDI_OP_##NAME] = {#NAME,           EDI_OPERAND_##dst,   EDI_OPERAND_##a, \
                     EDI_OPERAND_##b, EDI_IMMEDIATE_##imm, (cost)},
#include "bundle/opcodes.def"
#undef OP
};

edi_str edi_program_string(const edi_program *program, edi_ref ref) {
  return (edi_str){program->strings + ref.off, ref.len};
}

const char *edi_op_name(edi_op op) {
  return (unsigned)op < EDI_OP_COUNT ? edi_opcodes[op].name : "?";
}

const char *edi_effect_name(edi_effect effect) {
  switch (effect) {
#define EFFECT(NAME, number, text, opens) \
  case EDI_EFFECT_##NAME:                 \
    return text;
#include "bundle/effects.def"
#undef EFFECT
    case EDI_EFFECT_NONE: break;
  }
  return "?";
}

const char *edi_transform_name(edi_transform_id id) {
  switch (id) {
#define TRANSFORM(NAME, number, text, determinism, types, parameters) \
  case EDI_TRANSFORM_##NAME:                                          \
    return text;
#include "bundle/transforms.def"
#undef TRANSFORM
    case EDI_TRANSFORM_NONE: break;
  }
  return "?";
}

const char *edi_type_base_name(unsigned base) {
  static const char *const names[] = {
#define TYPE(NAME, number, text, ordered) [(number)] = (text),
#define CELL_TYPE(NAME, number, text) [(number)] = (text),
#include "bundle/types.def"
#undef TYPE
  };
  return base < sizeof names / sizeof *names && names[base] ? names[base] : "?";
}
