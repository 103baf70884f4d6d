/* Seed: see the header. */
#include "support/seed.h"

#include <stdlib.h>

uint64_t seed_of(const char *name, uint64_t otherwise) {
  const char *given = getenv(name);
  return given ? strtoull(given, NULL, 10) : otherwise;
}

bool seed_is_given(void) { return getenv("EDICT_SEED") != NULL; }
