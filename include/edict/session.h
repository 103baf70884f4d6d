/* Session: a verified subject, shared by any number of threads. Since 0.1. */
#ifndef EDICT_SESSION_H
#define EDICT_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "edict/diagnostics.h"
#include "edict/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One attribute by name, with its value or, for a set, values, as text: nodes and levels by name,
 * dates as 2026-11-20, timestamps in RFC 3339, numbers in decimal. Text that names nothing of the
 * declared type makes the value unknown (a set: incomplete), and the unknown never opens access. */
typedef struct edict_attribute {
  edict_text name;
  const edict_text *values;
  size_t count;
} edict_attribute;

typedef struct edict_session edict_session;

/* Verifies a compact JWS token at time `now` (microseconds since 1970, UTC) against the issuers of the
 * engine's federal bundle. The session keeps the engine alive. EDICT_UNTRUSTED, EDICT_EXPIRED,
 * EDICT_FORMAT, EDICT_LIMIT: the diagnostics name the check that failed, never the token. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_session_create(const edict_engine *engine, const char *token,
                                                               size_t length, int64_t now, edict_session **session,
                                                               edict_diagnostics *diagnostics);

/* A subject that the host itself vouches for; EDICT_UNTRUSTED unless the federation declares
 * `issuer host`. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_session_create_host(const edict_engine *engine, edict_text id,
                                                                    const edict_attribute *attributes,
                                                                    size_t count, edict_session **session,
                                                                    edict_diagnostics *diagnostics);
/* A subject that nobody vouches for, with any declared issuer: for `eval` and `test` only. Decisions
 * of such a session are hypothetical and no log accepts them. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_session_create_hypothetical(
    const edict_engine *engine, edict_text issuer, edict_text id, const edict_attribute *attributes,
    size_t count, edict_session **session, edict_diagnostics *diagnostics);

/* The subject of a token, verified as by edict_session_create, at a time that is only supposed:
 * decisions of such a session are hypothetical too. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_session_create_supposed(const edict_engine *engine,
                                                                        const char *token, size_t length,
                                                                        int64_t now, edict_session **session,
                                                                        edict_diagnostics *diagnostics);

/* Frees the session and nulls the pointer; NULL is allowed. Decisions made from it stay valid. */
EDICT_EXPORT void edict_session_destroy(edict_session **session);

/* Issuer's name and subject's id as verified; valid while the session lives. */
EDICT_EXPORT edict_text edict_session_issuer(const edict_session *session);
EDICT_EXPORT edict_text edict_session_id(const edict_session *session);

#ifdef __cplusplus
}
#endif
#endif
