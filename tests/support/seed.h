/* Seed: numbers that the environment gives a test, such as EDICT_SEED and EDICT_ROUNDS of `make soak`. */
#ifndef SEED_H
#define SEED_H

#include <stdbool.h>
#include <stdint.h>

/* `otherwise` where the environment has none. */
uint64_t seed_of(const char *name, uint64_t otherwise);

/* Whether the environment chose where to begin: what a test wants to have met is asked of its own seeds alone. */
bool seed_is_given(void);

#endif
