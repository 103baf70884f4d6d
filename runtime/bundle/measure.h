/* Measure: what a code needs and reads, computed from its instructions.
 *
 * The builder writes these numbers into a program and the verifier compares them, so that a stage
 * may rely on them without a look at the code. Every index that the code names must be in range. */
#ifndef EDI_MEASURE_H
#define EDI_MEASURE_H

#include "bundle/program.h"

/* registers: one more than the highest named; cost: the sum over all instructions, since code runs
 * forward only; reads: EDI_READS_*. instrs and type of `routine` are left alone. */
void edi_measure_code(const edi_program *program, const edi_instr *instrs, uint32_t count,
                      edi_routine *routine);

/* What reading this attribute depends on: one bit of EDI_READS_*. */
uint32_t edi_measure_attr(const edi_program *program, const edi_attr *attr);

/* The worst case of a rule: every code that it names; at most EDI_LIMIT_RULE_COST. */
uint64_t edi_measure_rule(const edi_program *program, const edi_rule *rule);
/* costs.c: rules and actions with their worst cases, dearest first. */
edict_status edi_costs_print(const edi_program *program, edi_arena *arena, edi_buf *into) EDICT_MUST_CHECK;
/* The worst case of one decision: for every rule the cost of each code that it names. */
uint64_t edi_measure_program(const edi_program *program);

/* For every code the distinct attributes that it reads, in order of first reading. */
typedef struct edi_attr_sets {
  edi_range *of_code; /* by code: a range of `attrs` */
  uint32_t *attrs;
  uint32_t *stamps; /* by attribute: who saw it last */
  uint32_t stamp;
} edi_attr_sets;

/* LIMIT or MEMORY, as the arena says. The codes must be in range. `likes`: by code the first one that is like it (likes.h),
 * NULL: not known. */
edict_status edi_attr_sets_init(edi_attr_sets *sets, const edi_program *program, const uint32_t *likes,
                                edi_arena *arena) EDICT_MUST_CHECK;
/* The distinct attributes that target, condition and body of a rule read: their number, and into
 * `attrs`, unless it is NULL, each of them. Until the next call `edi_attr_sets_has` tells them. */
uint32_t edi_attr_sets_rule(edi_attr_sets *sets, const edi_rule *rule, uint32_t *attrs);
static inline bool edi_attr_sets_has(const edi_attr_sets *sets, uint32_t attr) {
  return sets->stamps[attr] == sets->stamp;
}

#endif
