/* Rebuild: the sources that a bundle carries, checked and built anew. */
#ifndef EDI_REBUILD_H
#define EDI_REBUILD_H

#include "policy/build.h"

/* Checks the sources that an opened bundle of rules carries; `federal`: the bytes of a domain's federal bundle.
 * UNSUPPORTED: it carries none; FINDINGS: they have findings, or are of another layer. */
edict_status edi_rebuild_check(edi_arena *arena, const edi_bundle *bundle, edi_str federal, edi_build *build,
                               edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* FINDINGS: the build gives another bundle, signatures apart. */
edict_status edi_rebuild_compare(edi_arena *arena, const edi_bundle *bundle, const edi_build *build,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
