/* Opcode: the table of opcodes.def as data: what each instruction's fields must hold.
 *
 * The verifier checks by it, the disassembler prints by it, measure.h counts by it. */
#ifndef EDI_OPCODE_H
#define EDI_OPCODE_H

#include "bundle/program.h"

/* What dst, a or b is, in the words of opcodes.def. A fixed type stands at 64 + its number. */
typedef enum edi_operand {
  EDI_OPERAND_NONE = 0,
  EDI_OPERAND_ANY,
  EDI_OPERAND_BOOL_OR_ANY,
  EDI_OPERAND_SCALAR,
  EDI_OPERAND_ORDERED,
  EDI_OPERAND_SET,
  EDI_OPERAND_SAME,
  EDI_OPERAND_ELEM,
  EDI_OPERAND_SETOF,
  EDI_OPERAND_COUNT,
  EDI_OPERAND_ENTITY,
  EDI_OPERAND_IMM,
  EDI_OPERAND_A,
  EDI_OPERAND_FIXED = 64,
#define TYPE(NAME, number, text, ordered) EDI_OPERAND_##NAME = 64 + (number),
#include "bundle/types.def"
#undef TYPE
} edi_operand;

typedef enum edi_immediate {
  EDI_IMMEDIATE_NONE = 0,
  EDI_IMMEDIATE_CONST,
  EDI_IMMEDIATE_TARGET,
  EDI_IMMEDIATE_ATTR,
  EDI_IMMEDIATE_ROWSLOT,
  EDI_IMMEDIATE_NODES,
  EDI_IMMEDIATE_PATTERN,
  EDI_IMMEDIATE_TABLE,
  EDI_IMMEDIATE_TABLECOL,
  EDI_IMMEDIATE_SCALE,
} edi_immediate;

typedef struct edi_opcode {
  const char *name;
  edi_operand dst, a, b;
  edi_immediate imm;
  uint32_t cost;
} edi_opcode;

extern const edi_opcode edi_opcodes[EDI_OP_COUNT];

/* Whether the operand field names a register. */
static inline bool edi_operand_is_register(edi_operand operand) {
  return operand != EDI_OPERAND_NONE && operand != EDI_OPERAND_COUNT &&
         operand != EDI_OPERAND_ENTITY;
}

#endif
