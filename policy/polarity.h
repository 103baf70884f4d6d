/* Polarity: the facts of contracts by which the federal rules can open, for people. */
#ifndef EDI_POLARITY_H
#define EDI_POLARITY_H

#include "policy/symbols.h"

/* Appends each such fact with the rules that open by it, one below the other: the trust that a federation
 * places in its domains (`edict check --openings`). Facts that `domains may state` lists and no rule opens
 * by stand last. After them come the names of products, datasets and columns by which a rule opens: nobody states
 * those, and a domain gives them as it likes. In order of facts and rules, not of files. `json`: one object, as
 * docs/language.md describes it. The model must be one without findings. */
void edi_polarity_openings(const edi_model *model, bool json, edi_buf *into);

#endif
