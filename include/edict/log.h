/* Decision log: what was decided, in a directory of its own, provable and replayable. Since 0.1. */
#ifndef EDICT_LOG_H
#define EDICT_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "edict/decision.h"
#include "edict/receipt.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_log edict_log;

typedef struct edict_log_options {
  size_t size;                      /* sizeof(edict_log_options) */
  const char *origin;               /* name of the log and its key: "orders.sales.example/log" */
  const unsigned char *secret_key;  /* 64 bytes, Ed25519, signs checkpoints */
  const unsigned char *auditor_key; /* 32 bytes, X25519 public: who may open sealed payloads */
} edict_log_options;

/* Creates the directory or opens it for appending; recovers a torn tail. EDICT_BUSY if another
 * process holds it. The engine's bundles are recorded. Any thread may append; a mutex orders them. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_open(const char *directory, const edict_engine *engine,
                                                         const edict_log_options *options, edict_log **log,
                                                         edict_diagnostics *diagnostics);
/* Another engine is in force from now on: its bundles are recorded. Decisions of the engines before may still
 * be appended, of the last 32. A decision of an engine that was never told is EDICT_ARGUMENT. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_follow(edict_log *log, const edict_engine *engine,
                                                           edict_diagnostics *diagnostics);
/* Records that a load of bundles, a token or an issuer's key set was refused at time `now` with this status: the newest
 * error of `why` (may be NULL) with its message, and of a load digests of what was offered. Nothing of the values of tokens
 * and keys is in it, digests of key sets neither: from one a weak secret could be guessed; what is offered is EDICT_ARGUMENT.
 * edict_holder_load records for itself. Loads and keys are on disk when this returns; tokens are buffered up to 50 ms. */
typedef enum edict_refused { EDICT_REFUSED_LOAD = 1, EDICT_REFUSED_TOKEN = 2, EDICT_REFUSED_KEYS = 3 } edict_refused;
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_refused(edict_log *log, edict_refused what, int64_t now,
                                                            edict_status status, const edict_diagnostics *why,
                                                            const edict_bytes *offered, size_t offered_count,
                                                            edict_diagnostics *diagnostics);
/* Appends the decision that was just made. A permit is durable when this returns EDICT_OK: serve
 * nothing before. On any failure serve nothing. Denials are buffered up to 50 ms. EDICT_ARGUMENT for
 * a hypothetical decision. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_append(edict_log *log, const edict_decision *decision,
                                                           edict_diagnostics *diagnostics);
/* Appends a receipt of the decision that was appended: what was done to rows under it. Buffered up to 50 ms. EDICT_ARGUMENT: a
 * receipt of another decision, or of a hypothetical one. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_receipt(edict_log *log, const edict_decision *decision,
                                                            const edict_receipt *receipt, edict_diagnostics *diagnostics);
/* Commits what is buffered, ends the log with a CLOSE leaf and a checkpoint, frees it. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_close(edict_log **log, edict_diagnostics *diagnostics);

/* ---- for the auditor ---- */
/* An auditor's key pair (X25519, 32 bytes each) from 32 random bytes. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_auditor_keys(const unsigned char seed[32], unsigned char public_key[32],
                                                             unsigned char secret_key[32]);
typedef struct edict_log_report {
  uint64_t leaves, records, permits, denials;
  uint64_t refusals;                /* of loads and tokens */
  uint64_t sweeps, erased;          /* sweeps of a dataset that were begun; rows that they erased */
  uint64_t receipts;                /* of batches */
  int closed;                       /* 1: it ends in a CLOSE leaf and a checkpoint */
  uint64_t torn_bytes;              /* after the last commit of a log that is not closed */
  uint64_t damaged;                 /* findings */
} edict_log_report;
/* Verifies every byte against the tree and the signed checkpoints. `verifier_key` is the log's C2SP
 * verifier key, NULL to take the directory's own `ident` (which proves integrity, not origin). EDICT_OK
 * or EDICT_FORMAT with a diagnostic for each damaged place. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_verify(const char *directory, const char *verifier_key,
                                                           edict_log_report *report,
                                                           edict_diagnostics *diagnostics);

/* Calls `line` with one JSON object for each record, refusal, receipt and step of a sweep. `auditor_secret` (32 bytes, X25519) opens the
 * sealed inputs; NULL shows what is not sealed. Return non-zero from `line` to stop. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_log_show(const char *directory,
                                                         const unsigned char *auditor_secret,
                                                         int (*line)(void *user, const char *json, size_t length),
                                                         void *user, edict_diagnostics *diagnostics);

typedef struct edict_replay_report {
  uint64_t identical, different, corrupt, unreplayable, gaps;
} edict_replay_report;
/* Decides every record again with the bundles it names (their bytes are given; the trust store must
 * still vouch for them) and compares effect, rules that mattered, masks, predicate and retention; and for each
 * step of a sweep the rules about retention at its time. A receipt is identical if its plan is that of a record before it. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_replay(const char *directory, const edict_engine *engine,
                                                       const unsigned char *auditor_secret,
                                                       int (*line)(void *user, const char *json, size_t length),
                                                       void *user, edict_replay_report *report,
                                                       edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
