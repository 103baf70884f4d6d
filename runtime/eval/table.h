/* Table look-ups in three values: in it, not in it (only if complete and fresh), unknown. */
#ifndef EDI_TABLE_H
#define EDI_TABLE_H

#include "eval/vm.h"

/* `keys` are `count` values in the order of the table's key columns. A key that is a node is found
 * under its own name and under each node above it. */
edi_truth edi_table_has(const edi_vm *vm, uint32_t table, const edi_value *keys, unsigned count);
/* A value column (TABLECOLS index) of the row with these keys; unknown if there is none, if its cell
 * is absent, or if several rows apply (by nodes above) and do not agree. */
edi_value edi_table_value(const edi_vm *vm, uint32_t column, const edi_value *keys, unsigned count);

#endif
