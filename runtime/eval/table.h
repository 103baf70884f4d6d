/* Table look-ups in three values: in it, not in it (only if complete and fresh), unknown. */
#ifndef EDI_TABLE_H
#define EDI_TABLE_H

#include "bundle/limits.h"
#include "eval/vm.h"

/* `keys` are `count` values in the order of the table's key columns. A key that is a node is found
 * under its own name and under each node above it. */
edi_truth edi_table_has(const edi_vm *vm, uint32_t table, const edi_value *keys, unsigned count);
/* A value column (TABLECOLS index) of the row with these keys; unknown if there is none, if its cell
 * is absent, or if several rows apply (by nodes above) and do not agree. */
edi_value edi_table_value(const edi_vm *vm, uint32_t column, const edi_value *keys, unsigned count);

/* Look-ups that are gathered, so that memory is awaited for many of them at a time: what edi_table_has says of each. */
enum { EDI_TABLE_AT_ONCE = 64, EDI_TABLE_MANY_KEYS = 4 };
typedef struct edi_table_many {
  const edi_vm *vm;
  uint32_t table, count;     /* count: keys of a look-up, EDI_TABLE_MANY_KEYS at most */
  bool fresh;                /* there are data for the vm's time */
  edi_truth *said;           /* by look-up */
  size_t asked, waiting;
  size_t used;               /* bytes of `text` */
  edi_tablecell cells[EDI_TABLE_AT_ONCE * EDI_TABLE_MANY_KEYS];
  uint64_t found[EDI_TABLE_AT_ONCE];
  size_t of[EDI_TABLE_AT_ONCE]; /* which look-up waits */
  char text[2 * EDI_LIMIT_TABLE_KEY];
} edi_table_many;

/* `said` has room for each look-up that is added, and is written once `end` was called. */
void edi_table_many_begin(edi_table_many *many, const edi_vm *vm, uint32_t table, unsigned count, edi_truth *said);
/* The keys, and texts of theirs, are not looked at again. */
void edi_table_many_add(edi_table_many *many, const edi_value *keys);
/* The same of a table with one key that is a string or an id. */
void edi_table_many_add_text(edi_table_many *many, edi_str key);
void edi_table_many_end(edi_table_many *many);

#endif
