/* Fused: a verified routine that answers yes, no or unknown, in the form in which it is run.
 *
 * The program's code loads each operand into a register of its own; here an instruction takes its operands
 * where they stand, tests know the types that the verifier proved, and truth has registers of its own. It
 * means what the routine means: tools that show each step run the routine itself (edi_vm_values). Made when
 * a program is linked; immutable. */
#ifndef EDI_FUSED_H
#define EDI_FUSED_H

#include "bundle/opcode.h"

struct edi_linked;

/* Where an operand stands. REGISTER: one that an earlier instruction wrote. CONST: the constant that an instruction of the
 * routine names, told by the number of that. */
typedef enum edi_origin {
  EDI_FROM_REGISTER,
  EDI_FROM_CONST,
  EDI_FROM_SUBJECT,
  EDI_FROM_CONTEXT,
  EDI_FROM_RESOURCE,
  EDI_FROM_FACTS,
  EDI_ORIGIN_COUNT,
  EDI_FROM_ROW = EDI_ORIGIN_COUNT, /* a cell, converted when it is read */
} edi_origin;

/* What the program's instructions do not have. EXTRA(NAME): an edi_fused_op beyond those of edi_op. */
#define EDI_FUSED_EXTRAS(EXTRA)                                             \
  EXTRA(LOAD)     /* register dst = a */                                    \
  EXTRA(TRUTH)    /* truth dst = a, a BOOL */                               \
  EXTRA(VALUE)    /* register dst = truth a */                              \
  EXTRA(EQ_INT)   /* of numbers, dates, times, levels, truth as values */   \
  EXTRA(EQ_NODE)                                                            \
  EXTRA(EQ_TEXT)                                                            \
  EXTRA(LT_INT)                                                             \
  EXTRA(LE_INT)                                                             \
  EXTRA(IS_NODE)                                                            \
  EXTRA(HAS_TEXT) /* some member of a, a set of texts, is b */              \
  EXTRA(OVERLAPS_TEXT) /* of two sets of texts */

typedef enum edi_fused_op {
  EDI_FUSED_BASE = EDI_OP_COUNT, /* below: as in the program */
#define EXTRA(NAME) EDI_FUSED_##NAME,
  EDI_FUSED_EXTRAS(EXTRA)
#undef EXTRA
} edi_fused_op;

/* dst, and the operands of jumps and connectives, are truths for what answers BOOL, else registers. A jump's
 * imm is how many instructions it passes over. An operand that is a plain number stands in a or b. */
typedef struct edi_fused { uint8_t op, dst, from_a, from_b; uint32_t a, b, imm; } edi_fused;

/* The test that an instruction is for operands of these types, NONE: not known; *turned: it takes the second first. */
unsigned edi_fused_test(unsigned op, unsigned base_a, unsigned base_b, bool *turned);

/* Fuses routine `code` of `linked`, which answers BOOL and whose attributes are mapped. *out is NULL if it is
 * of a form that no compiler of ours writes, and is then run as it stands. Codes that are like this one (likes.h) run in the
 * same form, unless *asked: which constants they are mattered, so it is the form of this code alone. EDICT_MEMORY. */
edict_status edi_fuse(const struct edi_linked *linked, uint32_t code, edi_arena *arena, bool *asked, const edi_fused **out) EDICT_MUST_CHECK;

#endif
