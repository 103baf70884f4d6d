/* Given: checked literals as the texts that attributes and tables are read from, and the rows that a
 * test gives a table. */
#ifndef EDI_GIVEN_H
#define EDI_GIVEN_H

#include "policy/build.h"

/* A checked literal or node as its one text: a node or level its name, a date its form. It borrows from
 * the model, or is the arena's; a NULL pointer: no memory. */
edi_str edi_given_text(edi_arena *arena, const edi_model *model, const edi_expr *literal);

/* The rows as the CSV of the table, its columns in their order. */
void edi_given_csv(edi_arena *arena, const edi_model *model, const edi_given_table *given, edi_buf *into);

/* A bundle of that table with these rows, good at any time. */
edict_status edi_given_build(const edi_build *build, const edi_given_table *given, edi_buf *into,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
