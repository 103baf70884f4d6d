/* Codetree: a routine read as the expression that it is.
 *
 * The code of a compiler is a tree in postfix order: each instruction is a node, its operands are the nodes that
 * last wrote its registers. In: a verified routine and a VM over the facts of one request, never of a row. Out:
 * for each node its operands, its value, whether it reads the row, and whether it is yes or no for every row.
 * Tools that explain, batches and SQL read it. */
#ifndef EDI_CODETREE_H
#define EDI_CODETREE_H

#include "eval/vm.h"

typedef struct edi_codetree {
  edi_vm *vm;
  const edi_program *program;
  const edi_instr *code;
  uint32_t count, root;      /* root: what the code answers, once it is linked */
  edi_value *values;         /* by instruction; texts stand until the VM or the tree runs again */
  uint32_t (*operands)[2];   /* by instruction: those that wrote a and b; EDI_NONE */
  uint32_t *writers;         /* registers of look-ups: EDI_LIMIT_TABLE_COLUMNS for each instruction */
  bool *of_row;              /* by instruction: it reads the row, in the one way of vm->slot_columns */
  edi_truth *fixed;          /* and: yes or no for every row; unknown: neither */
  edi_vm_spare spare;
} edi_codetree;

/* Memory for a routine's tree. */
edict_status edi_codetree_init(edi_codetree *tree, edi_vm *vm, uint32_t routine, edi_arena *arena) EDICT_MUST_CHECK;
/* Fills in operands, writers and the root. False: jumps of the code do more than spare work, as no compiler of Edict
 * writes them, and what a node says is not what the code says for every row. */
bool edi_codetree_link(edi_codetree *tree);
/* Links, and folds what is the same for every row: `values`, `of_row` and `fixed`. EDICT_UNSUPPORTED: such jumps. */
edict_status edi_codetree_fold(edi_codetree *tree, uint32_t routine) EDICT_MUST_CHECK;
/* The k-th node that an instruction reads, EDI_NONE past the last; those of a look-up are its keys. */
uint32_t edi_codetree_operand(const edi_codetree *tree, uint32_t at, uint32_t k);

static inline bool edi_codetree_looks_up(unsigned op) { return op == EDI_OP_IN_TABLE || op == EDI_OP_TABLE_VALUE; }

#endif
