/* Check door: a rule file from outside through parser and checker, beside a vocabulary.
 *
 * The vocabulary is tests/golden/check/base/; a file whose name begins with `sales` is the layer of the
 * domain sales, with the contract there; so is a text without a name that begins with `module sales`. Whatever comes out is held to what every caller relies on. */
#ifndef CHECK_DOOR_H
#define CHECK_DOOR_H

#include "policy/symbols.h"

/* The status of parser and checker together, as a hostile_door. Aborts if findings and status do not
 * agree, if an accepted tree has a gap, or if the program that comes of it is not verified. */
edict_status check_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings);

/* Aborts if something in the model's rules and tests has no type or symbol that must have one. */
void check_door_complete(const edi_model *model);

#endif
