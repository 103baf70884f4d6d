/* Cell forms: cells as JSON and as plain text, both ways; what every reader and writer of rows in text form uses.
 *
 * In: a column's base type and what stands for a value. Out: the cell, which need not fit the column: that is looked at
 * where it is read or shown. What no cell can say is a REAL that is no number, which fits no column. Numbers stay exact;
 * nothing is converted by force. */
#ifndef EDI_CELL_FORMS_H
#define EDI_CELL_FORMS_H

#include "bundle/value.h"
#include "edict/decision.h"
#include "identity/strictjson.h"

/* `value` NULL: nothing stands there, which is NULL. Texts borrow from it; bytes are the arena's, and without memory
 * unfit. */
edict_cell edi_cell_from_json(unsigned base, const edi_json *value, edi_arena *arena);
/* A text that stands for a value; ptr NULL: NULL. A decimal, date, time or timestamp stays a text. */
edict_cell edi_cell_from_text(unsigned base, edi_str text, edi_arena *arena);
/* What stands where there is something, and nothing that fits. */
edict_cell edi_cell_unfit(void);
static inline bool edi_cell_is_unfit(const edict_cell *cell) { return cell->type == EDICT_CELL_REAL && cell->real != cell->real; }

/* JSON: null, true, a number, a string; bytes in base64. What is unfit, and a text that is no UTF-8, are null. */
void edi_cell_put_json(edi_buf *out, const edict_cell *cell);
/* The same without quotes and escapes; nothing for NULL. */
void edi_cell_put_text(edi_buf *out, const edict_cell *cell);

/* The number that a JSON number says, if a decimal can. */
bool edi_decimal_from_json(edi_str number, edi_decimal *out);

#endif
