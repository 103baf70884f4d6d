/* Format: the one layout of a rule file.
 *
 * In: text that parses. Out: the same tokens and comments in their canonical form, which depends on
 * them alone and on where the author left empty lines. Invariant: what is written parses to the same
 * tree; it is read again to be sure, and a text that would not is refused as a defect. */
#ifndef EDI_FORMAT_H
#define EDI_FORMAT_H

#include "policy/ast.h"

/* FINDINGS: the text does not parse, which has been reported. LIMIT: laid out it would be larger than
 * a rule file may be. DEFECT: reported. `out` holds the layout after OK, and anything otherwise. */
edict_status edi_format(edi_arena *arena, edi_str path, edi_str text, edi_buf *out,
                        edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
