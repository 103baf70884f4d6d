/* Claims: what an issuer says about a subject, as typed attributes, bounded by its declaration.
 *
 * In: the issuer's lines and either a verified payload or what a host gives. Out: a value for each slot
 * of the vocabulary's subject attributes. Invariant: a value holds nothing that the line does not let the
 * issuer assert; what cannot be typed is unknown, and a set that lacks such a member is incomplete. */
#ifndef EDI_CLAIMS_H
#define EDI_CLAIMS_H

#include "bundle/vocabulary.h"
#include "edict/session.h"
#include "identity/strictjson.h"

/* A value from outside, before it is typed. */
typedef struct edi_claimed {
  const edi_str *texts;
  size_t count;
  size_t others; /* members that are no text, number or truth value */
  bool many;     /* a list was given, not one value */
} edi_claimed;

/* The value of attribute `attr` of the subject as `claim` lets it be; NULL: unbounded. Text and members
 * are copied to `arena`. MEMORY or LIMIT if it has none. */
edict_status edi_claims_value(const edi_vocabulary *vocabulary, const edi_claim *claim,
                              uint32_t attr, const edi_claimed *claimed, edi_arena *arena,
                              edi_value *value) EDICT_MUST_CHECK;

/* Fills `attrs` (vocabulary->subject_slots of them, fallbacks in place) by the issuer's lines from a
 * token's payload. A path (bundle/claimpath.h) walks objects by exact member names. What is absent stays as
 * it was. `scratch` may go afterwards. */
edict_status edi_claims_fill(const edi_vocabulary *vocabulary, const edi_issuer *issuer,
                             const edi_json *payload, edi_arena *scratch, edi_arena *arena,
                             edi_value *attrs) EDICT_MUST_CHECK;

/* The issuer's line for an attribute, NULL if it has none. */
const edi_claim *edi_claims_line(const edi_program *program, const edi_issuer *issuer,
                                 uint32_t attr);

#endif
