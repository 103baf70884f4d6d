/* Containers: what of objects, arrays and maps may be seen, and which entries of a map; the same for events and for batches.
 *
 * In: a plan, and a column that others lie in or that lies in one. Invariant: a container of whose parts nothing may be
 * seen is null, one that cannot be without the part that is dropped is dropped with it, and no key of a map can be taken
 * for that of another entry. What lies in a list is masked one by one, but that a list of nothing but the default of its
 * types says how many there were: it comes out empty, and so does a map of such keys. */
#ifndef EDI_CONTAINERS_H
#define EDI_CONTAINERS_H

#include "edict/decision.h"
#include "eval/plan.h"

/* Whether it comes out, if as null alone: it was asked for, or something in it, and is not dropped. */
bool edi_part_is_shown(const edi_plan *plan, uint32_t column);
/* Whether anything of it, or in it, may be seen of any row. */
bool edi_part_tells(const edi_plan *plan, uint32_t column);
/* Whether a mask leaves nothing of a value that is there, whatever it is. */
bool edi_transform_hides(const edi_transform *transform);
/* Whether a list or a map that is there comes out empty in the row; no object does. */
bool edi_part_is_emptied(edi_plan *plan, uint32_t column, const edict_cell *cells);
/* Whether one that is NULL comes out as if it were there, of a row: all that is seen of it hides that it is NULL. */
bool edi_part_is_filled(edi_plan *plan, uint32_t column, const edict_cell *cells);
/* Whether it may be so in some row; false is sure. */
bool edi_part_may_be_emptied(const edi_plan *plan, uint32_t column);
bool edi_part_may_be_filled(const edi_plan *plan, uint32_t column);
/* The part of a map or an array that has this role; EDI_NONE: none. */
uint32_t edi_part_in_role(const edi_bound_dataset *dataset, uint32_t column, edi_column_role role);
/* The next one that lies in the same container and not in `part`. */
static inline uint32_t edi_part_next(const edi_bound_dataset *dataset, uint32_t part) { return part + 1 + dataset->columns[part].part_count; }
/* What it is called where it lies: a path without that of what it lies in; empty of items, keys and values. */
edi_str edi_part_member(const edi_bound_dataset *dataset, const edi_bound_column *column);

/* ---- maps ---- */

/* Whether keys that differ do so under the mask too. Of what is no text two may be written differently and be one. */
bool edi_keys_stay_apart(const edi_transform *transform, unsigned base);

typedef struct edi_map_key { edict_cell shown; size_t entry; } edi_map_key;

/* Puts keys into the order of what is shown: that in which they came would tell something of them. Those that are not
 * the only one of their kind go, all of them; what remains is counted. `spare` has room for as many. */
size_t edi_map_keys_settle(unsigned base, edi_map_key *keys, edi_map_key *spare, size_t count);

#endif
