/* Typed: a text of a document (a contract's value, a table's cell) as a value of a declared type.
 *
 * In: text, type, the model that names nodes and levels. Out: a value, or why there is none. The
 * forms are the language's own: true and false, 12, 12.50, 2026-11-20, 2026-11-20T10:00:00Z, `24
 * months`, 10.0.0.1, and names as declared. Nothing is converted, trimmed or guessed. */
#ifndef EDI_TYPED_H
#define EDI_TYPED_H

#include "policy/symbols.h"

typedef enum edi_typed {
  EDI_TYPED_OK,
  EDI_TYPED_SHAPE,    /* not a text of this type */
  EDI_TYPED_UNKNOWN,  /* a name that the taxonomy or scale does not have */
  EDI_TYPED_ABSTRACT, /* a node that rules may name and data may not; value->integer is the node */
  EDI_TYPED_MEMORY,
} edi_typed;

/* `type` is no set. value->text borrows from `text`, an address excepted, which the arena owns. */
edi_typed edi_typed_read(edi_arena *arena, const edi_model *model, edi_type type, edi_str text,
                         edi_fact_value *value);
/* Sorts the members of one type in place and drops equal ones. False: no memory. */
bool edi_typed_sort(edi_arena *arena, edi_fact_value *members, size_t *count);
/* Whether the type is one whose texts can be read: neither left open by the checker after an error
 * nor a kind or scale that is not there. */
bool edi_typed_is_known(const edi_model *model, edi_type type);
/* What a person writes for a value of this type: "a whole number", "a node of `purpose`". */
void edi_typed_describe(const edi_model *model, edi_type type, edi_buf *into);

#endif
