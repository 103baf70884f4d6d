/* Trace: a condition, expression by expression, with what each came out as.
 *
 * For tools that explain answers. In: a routine of a verified program and a VM over the facts of one request,
 * never of a row. Out: a tree, told from the root: joins by and, or, not, and below them the comparisons, each as
 * the language writes it; or what is left of it for a row, as one text. The texts come from the code that
 * decides; the sources are not needed. */
#ifndef EDI_TRACE_H
#define EDI_TRACE_H

#include "eval/vm.h"

typedef enum edi_trace_why {
  EDI_WHY_NONE,
  EDI_WHY_ABSENT,     /* an attribute of subject, context or resource that was not given, or could not be read */
  EDI_WHY_NOT_STATED, /* one that the contract does not state, or a classification that is missing */
  EDI_WHY_INCOMPLETE, /* a set with a member that names nothing */
  EDI_WHY_BROADER,    /* both sides are known, and one is broader than what is asked */
  EDI_WHY_TABLE,      /* the table has no definite answer */
  EDI_WHY_ROW,        /* it reads a row */
} edi_trace_why;

typedef struct edi_trace_line {
  unsigned depth;            /* from 0 */
  edi_str text;              /* "and", "or", "not", or a comparison */
  bool join;                 /* and, or, not: lines below it follow */
  edi_truth holds;
  edi_trace_why why;         /* of a comparison that is unknown */
  const uint32_t *attrs;     /* own attribute numbers that the comparison reads, and their values */
  const edi_value *values;
  size_t attr_count;
  const uint32_t *consts;    /* own constants that it reads */
  size_t const_count;
} edi_trace_line;
typedef void edi_trace_tell(void *user, const edi_trace_line *line);

/* Tells the tree of the code. `skip_not` is for `unless`, whose code says `not`: the tree below it is told.
 * `operand`: 0 all of it, 1 and 2 the `when` and the `unless` of a condition that has both. */
edict_status edi_trace(edi_vm *vm, uint32_t routine, edi_arena *arena, unsigned operand, edi_trace_tell *tell,
                       void *user) EDICT_MUST_CHECK;
/* The comparisons alone, numbered from 1 in the order in which they are written, and without those that `and` and
 * `or` pass over. Here the VM may have a row. */
edict_status edi_trace_leaves(edi_vm *vm, uint32_t routine, edi_arena *arena, unsigned operand,
                              void (*tell)(void *user, uint32_t number, edi_truth holds), void *user) EDICT_MUST_CHECK;
/* What a row must be for the code to say yes, as one expression of the language, read in the one way of
 * vm->slot_columns. What is the same for every row is folded to its value, `true`, `false` or `unknown` where it
 * is a condition. EDICT_UNSUPPORTED: code that no compiler of Edict wrote; EDICT_LIMIT: the text would be too long. */
typedef struct edi_predicate {
  edi_truth fixed;  /* yes, no: the same for every row */
  bool either;      /* the text is an `or`: within an `and` it needs parentheses */
} edi_predicate;
edict_status edi_trace_predicate(edi_vm *vm, uint32_t routine, edi_arena *arena, edi_predicate *predicate,
                                 edi_buf *into) EDICT_MUST_CHECK;
/* An attribute as the language names it: "subject.roles", "purpose". */
void edi_trace_attr_name(const edi_program *program, uint32_t attr, edi_buf *into);
/* A value as the language writes it, a set in brackets; "unknown" where it is. */
void edi_trace_value(const edi_vm *vm, edi_type own_type, edi_value value, edi_buf *into);

#endif
