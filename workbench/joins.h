/* Joins: whether columns that contracts join by a foreign key can be joined by those who read both.
 *
 * In: foreign keys of the contracts of a project or a set, an engine of bundles that carry them, the federal one among them. Out: a warning
 * for each foreign key of which some reader gets pseudonyms that nothing on the other side is equal to. Readers are one
 * for each issuer, role and purpose of the federation, as on a policy card. */
#ifndef EDICT_JOINS_H
#define EDICT_JOINS_H

#include "edict/contracts.h"
#include "edict/edict.h"

edict_status joins_check(const edict_links *links, const edict_engine *engine, edict_bytes federal, int64_t now,
                         edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
