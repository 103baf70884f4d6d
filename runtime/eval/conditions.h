/* Conditions: each part of each rule, and what it came out as in one decision or for one row.
 *
 * For tools that measure tests and explain answers. In: a plan that was decided. Out: the parts that
 * deciding looked at, in the order of the rules; each is run again by the one VM, so nothing is counted
 * while decisions are made and a decision costs the same. */
#ifndef EDI_CONDITIONS_H
#define EDI_CONDITIONS_H

#include "eval/plan.h"

/* CONDITION_PART(NAME, "word")   in the order in which a rule has them */
#define EDI_CONDITION_PARTS(PART)                                                               \
  PART(APPLIES, "applies") /* all of it: on, in force, when, not unless, and not what it requires */ \
  PART(ON, "on")                                                                                \
  PART(WHEN, "when")                                                                            \
  PART(UNLESS, "unless")                                                                        \
  PART(REQUIRE, "require")                                                                      \
  PART(WHERE, "where")                                                                          \
  PART(WHILE, "while")                                                                          \
  PART(AFTER, "after")     /* whether the time of `retain` is over */                           \
  PART(CASE, "case")       /* of a mask, numbered from 1 through all its lines */
typedef enum edi_condition_part {
#define PART(NAME, text) EDI_CONDITION_##NAME,
  EDI_CONDITION_PARTS(PART)
#undef PART
} edi_condition_part;

typedef struct edi_condition {
  const edi_linked *linked;
  const edi_rule *rule;
  edi_condition_part part;
  uint32_t number;              /* CASE; else 0 */
  edi_truth holds;
} edi_condition;
typedef void edi_condition_tell(void *user, const edi_condition *condition);

/* What deciding looked at. Nothing where a refusal came before every rule. */
void edi_plan_conditions(edi_plan *plan, edi_condition_tell *tell, void *user);
/* What the row looked at; nothing unless the plan permits. */
void edi_plan_row_conditions(edi_plan *plan, const edict_cell *cells, edi_condition_tell *tell, void *user);

#endif
