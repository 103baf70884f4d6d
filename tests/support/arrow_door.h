/* Arrow door: a schema and an array in text, with buffers in blocks of exactly their size, through a decision.
 *
 * The first line is a shape as in support/arrows.h. Each further line is an array, a parent before its children and
 * these before its dictionary: `LENGTH NULLS OFFSET CHILDREN DICTIONARY BUFFER...`, where DICTIONARY is 0 or 1 and a
 * buffer is `-` for none, `0` for one of no bytes, hexadecimal digits, or those and `*` and how many times. `x` alone is
 * no array, and a line that begins with `!` one that was released. The column that a field is of is that of the contract
 * in arrow_door.c. What is taken is checked from end to end. */
#ifndef ARROW_DOOR_H
#define ARROW_DOOR_H

#include <stddef.h>

#include "edict/diagnostics.h"

/* EDICT_ARGUMENT: the text is not of this form. */
edict_status arrow_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings);

#endif
