/* Authority: what a domain's program may hold, asked again where it is loaded.
 *
 * The checker refuses all of this in source; a domain that signs bytes of its own making must not get
 * further. Names are the domain's own and words of the language, keys join no further than the domain,
 * and nothing in it keeps data longer than a federal `retain at most` lets it; that both count from one
 * time is asked when a product is bound. */
#ifndef EDI_AUTHORITY_H
#define EDI_AUTHORITY_H

#include "eval/link.h"

/* `own` is linked and of the domain layer. FINDINGS with a diagnostic that names both rules. */
edict_status edi_authority_check(const edi_linked *federal, const edi_linked *own,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
