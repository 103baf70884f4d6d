/* VM: runs one verified routine over facts and gives its value. Total: an answer or the unknown.
 *
 * Allocates nothing; texts that an instruction makes live in the caller's scratch until the next run. */
#ifndef EDI_VM_H
#define EDI_VM_H

#include "edict/decision.h"
#include "eval/link.h"

struct edi_bound_dataset;

#define EDI_VM_SCRATCH 4096 /* bytes for LOWER, ids made from integers, addresses */

typedef struct edi_vm {
  const edi_linked *linked;           /* whose routine runs */
  const edi_vocabulary *vocabulary;
  const edi_value *subject;           /* by slot */
  const edi_value *context;           /* by slot, now and action among them */
  const edi_value *resource;          /* by slot of the kind that is asked about; NULL: not known, or a dataset */
  const edi_value *facts;             /* product and dataset attributes by linked->program's attribute number */
  const struct edi_bound_dataset *dataset;
  uint32_t column;                    /* of the dataset, for column atoms */
  const uint32_t *slot_columns;       /* rowslot - slot_base -> column, EDI_NONE: no such column */
  uint32_t slot_base;
  const edict_cell *cells;            /* the row, NULL outside row code */
  const unsigned *column_types;       /* base type of each column's cells */
  int64_t now;
  edi_pattern_scratch *patterns;
  char *scratch;                      /* EDI_VM_SCRATCH bytes */
  size_t scratch_used;
  size_t scratch_more;                /* and so many; none where something is decided */
} edi_vm;

edi_value edi_vm_run(edi_vm *vm, uint32_t routine);
/* Where texts go that a decision would not make, so that they take no room from those that it does. */
typedef struct edi_vm_spare {
  char *scratch;                      /* `more` and EDI_VM_SCRATCH bytes */
  size_t used, more;
  bool always;                        /* all texts: which ones a decision makes depends on the row */
  bool chosen;                        /* the VM's own: `spare` and its scratch have changed places */
} edi_vm_spare;
/* The same without jumps: what each instruction leaves stands in `values`, one for each of the routine's; where
 * one leaves nothing, its place is not written. Jumps only spare work: they pass over what could change nothing. */
edi_value edi_vm_values(edi_vm *vm, uint32_t routine, edi_value *values, edi_vm_spare *spare);
/* Whether a text of so many bytes can be made: each fits in EDI_VM_SCRATCH, however much there is. */
static inline bool edi_vm_has_room(const edi_vm *vm, size_t length) {
  return length <= EDI_VM_SCRATCH && length <= EDI_VM_SCRATCH + vm->scratch_more - vm->scratch_used;
}
#ifdef EDICT_COUNT_COST
/* For fuzzing: what the instructions cost that this thread ran, as the verifier counts it. */
extern _Thread_local uint64_t edi_vm_spent;
#endif
/* As a condition: EDI_NONE is yes. */
edi_truth edi_vm_test(edi_vm *vm, uint32_t routine);

/* A condition by its parts: `when` and `unless`, as the emitter puts them together. One that is not there
 * is yes, or for `unless` no; `unless` is looked at only where `when` is not no. */
typedef struct edi_vm_condition { bool has_when, has_unless; edi_truth when, unless, holds; } edi_vm_condition;
edi_vm_condition edi_vm_condition_parts(edi_vm *vm, uint32_t routine);

/* A cell as a value of its column's base type; unknown if it is NULL or does not fit. Borrows text. */
edi_value edi_cell_typed(const edict_cell *cell, unsigned column_base);
/* Whether it may be shown as it is in a column of that type: one that is not NULL and has a value there. In a column of
 * no type all but what nobody could write down: a text that is no UTF-8 or too long for a cell, a number that is none. */
bool edi_cell_fits(const edict_cell *cell, unsigned column_base);
/* A cell as a value of `type`; unknown if it does not fit the column's base type or the type. Texts
 * that must be made go to vm->scratch. */
edi_value edi_cell_value(edi_vm *vm, const edict_cell *cell, unsigned column_base, edi_type type);

#endif
