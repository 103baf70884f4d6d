/* Session cache: a token that was seen before costs no signature. Shared by any number of threads. Since 0.1.
 *
 * Sessions are found by the whole token, compared in full after a hash under a key that the host draws at
 * random. What is found is believed only if token, key and engine still are in force at `now`; a session of
 * one engine is never given for another. A refused token is never kept. */
#ifndef EDICT_SESSION_CACHE_H
#define EDICT_SESSION_CACHE_H

#include "edict/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_session_cache edict_session_cache;

typedef struct edict_session_cache_options {
  size_t size;                   /* sizeof(edict_session_cache_options) */
  size_t entries;                /* at most so many sessions, from 8 to 1,048,576 */
  size_t bytes;                  /* and so many bytes of tokens and sessions; 0: 8 KiB for each */
  const unsigned char *hash_key; /* 32 random bytes: so nobody can choose tokens that crowd out others */
} edict_session_cache_options;

EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_session_cache_create(const edict_session_cache_options *options,
                                                                     edict_session_cache **cache);
/* Wipes the tokens; sessions that were given live on. NULL is allowed. No other call may run meanwhile. */
EDICT_EXPORT void edict_session_cache_destroy(edict_session_cache **cache);

/* As edict_session_create, with the same statuses and diagnostics; the caller destroys the session. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_session_cache_get(edict_session_cache *cache,
                                                                  const edict_engine *engine, const char *token,
                                                                  size_t length, int64_t now,
                                                                  edict_session **session,
                                                                  edict_diagnostics *diagnostics);

/* Lets go of all sessions, and by that of the engines they kept: after a new engine took over, or a logout. */
EDICT_EXPORT void edict_session_cache_clear(edict_session_cache *cache);

typedef struct edict_session_cache_stats {
  uint64_t hits, misses;         /* of all calls with a token of a size that tokens have */
  uint64_t evictions;            /* sessions that went to make room */
  size_t entries, bytes;         /* now */
} edict_session_cache_stats;
EDICT_EXPORT void edict_session_cache_stats_get(const edict_session_cache *cache, edict_session_cache_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
