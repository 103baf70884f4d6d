/* Holder: the engine in force, and its change while any number of threads decide. A load that fails changes
 * nothing: the last good engine stays. Since 0.1. */
#ifndef EDICT_HOLDER_H
#define EDICT_HOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "edict/engine.h"
#include "edict/log.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_holder edict_holder;

/* One load: what edict_engine_create takes, and what becomes of it. */
typedef struct edict_load {
  size_t size;                  /* sizeof(edict_load) */
  const edict_engine_options *options;
  const edict_bytes *bundles;
  size_t bundle_count;
  /* Called once, when nothing uses the bytes of the bundles any more: after the last user of the engine, from
   * whichever thread that is, or before a failed load returns. NULL: they are copied, and are the caller's. */
  void (*release)(void *user);
  void *release_user;
  /* Root documents after the one that options->trust is, in any order; none where that is a trust store. */
  const edict_bytes *roots;
  size_t root_count;
  /* Path of the file in which the host keeps what it has seen, so that nothing older is loaded again: roots,
   * versions of bundles, the time. NULL: that is kept for this load alone. A file that is not there is begun if
   * `begin` is 1, which is for a first start; else it is refused. Not with options->development. */
  const char *state;
  int begin;
  edict_log *log;               /* follows the new engine, before it is in force; NULL: none */
} edict_load;

EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_holder_create(edict_holder **holder);
/* Engines that somebody still uses live on. */
EDICT_EXPORT void edict_holder_destroy(edict_holder **holder);

/* Makes an engine and puts it in the place of the one before, in one step. In this order: the state is read;
 * the time, roots, each bundle and the set are checked; the log follows; the new state is written; the engine
 * is exchanged. Any failure leaves state and engine as they were, and says why: what edict_engine_create says,
 * and EDICT_VERSION for what is older than what was seen, EDICT_BUSY while somebody else loads with this state,
 * EDICT_NOT_FOUND without a state file, EDICT_SYSTEM. A process that dies meanwhile leaves the old state or
 * the new one. One load of a holder at a time; others wait. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_holder_load(edict_holder *holder, const edict_load *load,
                                                            edict_diagnostics *diagnostics);

/* The engine in force, kept for the caller until edict_engine_destroy; NULL: none was loaded yet. From any
 * thread. Products, sessions and decisions are of one engine: who sees another generation makes them anew,
 * and what was begun may end with the old ones. */
EDICT_EXPORT edict_engine *edict_holder_engine(edict_holder *holder);
/* How many loads have succeeded; costs one read of memory. */
EDICT_EXPORT uint64_t edict_holder_generation(const edict_holder *holder);

#ifdef __cplusplus
}
#endif
#endif
