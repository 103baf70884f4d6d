/* Bundle doors: bytes from anywhere as a bundle, a program or table data, read to the end if taken.
 *
 * What hostile inputs and fuzz harnesses go through. A bundle is opened, authenticated with a fixed
 * trust store a day after it was created, and what it carries is verified and walked. */
#ifndef BUNDLE_DOOR_H
#define BUNDLE_DOOR_H

#include "support/sample_bundle.h"

/* Keys of the fixed trust store: federal eu.example, domain sales of eu.example/sales, and a
 * log. */
#define DOOR_FEDERAL_KEY "f"
#define DOOR_DOMAIN_KEY  "d"
#define DOOR_LOG_KEY     "l"
enum { DOOR_FEDERAL = 1, DOOR_DOMAIN = 2, DOOR_LOG = 3 };

edict_status bundle_door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings);
edict_status program_door(const char *name, const char *bytes, size_t length,
                          edict_diagnostics *findings);
edict_status tablefile_door(const char *name, const char *bytes, size_t length,
                            edict_diagnostics *findings);

#endif
