/* Exercise: a set of bundles loaded, bound and asked everything that a host can ask, and all answers written down.
 *
 * In: bundles of which one may be hostile, and a seed for requests and rows. Out: how far it came, and the answers as
 * bytes, which are the same for the same bundles and seed however the engine finds its rules and whatever lay in the
 * memory that it was given. */
#ifndef EXERCISE_H
#define EXERCISE_H

#include "bundle_sets.h"

typedef struct exercise_way {
  edict_index index;
  bool as_it_stands; /* no code in its fused form */
  bool with_trust;   /* signatures are asked for */
  bool closely;      /* and everything that explains an answer, and batches */
} exercise_way;

typedef struct exercise_told {
  edict_status loaded;
  uint64_t products, decisions, permits, rows, rows_shown, batches;
  uint64_t dearest;  /* cost of a decision in thousandths of what its bundles declare */
} exercise_told;

void exercise(const bundle_set *set, const edict_bytes *bundles, const exercise_way *way, uint64_t seed, edi_buf *answers, exercise_told *told,
              edict_diagnostics *findings);

#endif
