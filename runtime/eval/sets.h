/* Sets: membership, overlap and cover in three values. A node counts by what lies at or below it, a
 * broader one leaves the answer open, and an incomplete set never answers no. */
#ifndef EDI_SETS_H
#define EDI_SETS_H

#include "bundle/vocabulary.h"

/* IN: the value lies at or below a member. HAS: a member lies at or below the value. */
typedef enum edi_set_question { EDI_SET_IN, EDI_SET_HAS } edi_set_question;

edi_truth edi_set_holds(const edi_vocabulary *vocabulary, edi_value set, edi_value value, edi_set_question question);
edi_truth edi_set_overlaps(const edi_vocabulary *vocabulary, edi_value a, edi_value b);
/* Every member of b lies at or below a member of a; unknown if b has none. */
edi_truth edi_set_covers(const edi_vocabulary *vocabulary, edi_value a, edi_value b);

#endif
