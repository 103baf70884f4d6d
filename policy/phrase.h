/* Phrase: what is checked, as the language writes it, on one line and with every name resolved.
 *
 * Two trees of two models give one text exactly if they mean the same by name: definitions are put in place, a
 * name is the one that was found. The text is for people and for comparing; nothing reads it back. */
#ifndef EDI_PHRASE_H
#define EDI_PHRASE_H

#include "policy/symbols.h"

void edi_phrase_expr(const edi_model *model, const edi_expr *expr, edi_buf *into);
void edi_phrase_duration(edi_duration duration, edi_buf *into);
/* "show-last(4, rest: \"*\")" */
void edi_phrase_transform(const edi_model *model, const edi_transform_use *use, edi_buf *into);
/* "federal.vocabulary.watermark(subject.id)" */
void edi_phrase_oblige(const edi_model *model, const edi_oblige *oblige, edi_buf *into);
/* A fact of a contract; one of a set is put between brackets. */
void edi_phrase_fact(const edi_model *model, const edi_fact_value *value, edi_buf *into);

#endif
