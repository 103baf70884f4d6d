/* Random batch: columns in every layout drawn from a seed, and a decision's answer about their rows compared with
 * that of row by row and with the oracle's, for each set of lanes that the processor has. */
#ifndef RANDOM_BATCH_H
#define RANDOM_BATCH_H

#include "enforce/host.h"
#include "support/oracle.h"
#include "support/random_rules.h"

/* A column of that type of a contract ("int", "timestamp" ...), often fitting; memory is the arena's. */
edict_vector random_vector(random_source *r, const char *type, size_t rows, edi_arena *arena);

typedef struct batch_counts { uint64_t rows, shown, withheld, erasable, open, cells, masked; } batch_counts;
/* False: they differ, and `why` says how. `request` may be NULL: no oracle is asked. */
bool batch_agrees(edict_decision *decision, random_source *r, size_t rows, const oracle_request *request, batch_counts *counts,
                  char *why, size_t size);

#endif
