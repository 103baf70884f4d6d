/* Subject: who asks, verified. What a token or a vouching host says becomes typed attributes.
 *
 * A subject is immutable after creation and owned by its session's arena. Values are in the slots of
 * the vocabulary's subject attributes; what is absent or could not be typed is unknown. */
#ifndef EDI_SUBJECT_H
#define EDI_SUBJECT_H

#include "base/diagnostic.h"
#include "bundle/bundle.h"
#include "bundle/tablefile.h"
#include "bundle/vocabulary.h"
#include "edict/session.h"

typedef struct edi_subject {
  uint32_t issuer;  /* index into the federal program's ISSUERS */
  bool by_token;    /* verified here: its key may be withdrawn */
  edi_str id;       /* `sub`, or what the host said */
  edi_value *attrs; /* vocabulary->subject_slots of them */
  int64_t not_before,
      expires; /* timestamps, both with the leeway included: valid iff nbf <= now < exp */
  unsigned char key_digest[32]; /* BLAKE2b-256 of the verifying public key (DER); zero for a host */
  unsigned char key_identity[32]; /* of that key, for this process alone */
  unsigned long long key_epoch; /* of its issuer's keys when it was verified */
} edi_subject;

/* The issuers of a federal bundle with their keys parsed once. */
typedef struct edi_issuers edi_issuers;
/* `program` verified; `bundle` holds the JWKS files "keys/<name>". A key that is not fit for its
 * issuer's algorithms, a duplicate `kid`, a private or symmetric key refuses the bundle. */
edict_status edi_issuers_create(edi_arena *arena, const edi_program *program,
                                const edi_bundle *bundle, edi_issuers **issuers,
                                edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void edi_issuers_destroy(
    edi_issuers *issuers); /* frees keys held by the crypto library; NULL allowed */

/* Keys that the host hands over, in place of those before, for an issuer with `keys from host`; a text
 * without ptr takes all of its keys away. Threads may verify meanwhile. ARGUMENT: no such issuer;
 * UNTRUSTED: its keys are the federation's to give; as edi_jwks_parse: the keys before stay. */
edict_status edi_issuers_reload(const edi_issuers *issuers, edi_str name, edi_str text,
                                edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The data of the table that an issuer's `revoked in` names; NULL: there is none. FINDINGS if a row could
 * take nothing back. Before anybody verifies. */
edict_status edi_issuers_revocation(edi_issuers *issuers, uint32_t number,
                                    const edi_tablefile *data, int64_t not_before,
                                    int64_t fresh_until,
                                    edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Whether the key that a subject was verified with is still one of its issuer's at `now`. *epoch: of the
 * keys when that was last known, brought up to date. A subject without a token stands. */
bool edi_issuers_stand(const edi_issuers *issuers, const edi_subject *subject, int64_t now,
                       unsigned long long *epoch);

/* The one door for tokens: a compact JWS. UNTRUSTED, EXPIRED, FORMAT, LIMIT with an R03xx diagnostic
 * that names the check that failed and never the token. On anything but OK *subject is zero. */
edict_status edi_token_verify(const edi_issuers *issuers, const edi_vocabulary *vocabulary,
                              edi_str token, int64_t now, edi_arena *arena, edi_subject *subject,
                              edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* A subject that the host vouches for: UNTRUSTED unless the federation declares `issuer host`. If that
 * declaration has lines, they bound the host as a token's claims are bounded: `within`, maps and `ignore
 * others` apply to the attribute a line fills (its path says nothing here), and an attribute without a
 * line is UNTRUSTED. ARGUMENT: a name that is not declared (with a suggestion), one given twice, several
 * values for one that is no set, an id that cannot be one. A scalar without a value is unknown. */
edict_status edi_subject_vouch(const edi_issuers *issuers, const edi_vocabulary *vocabulary,
                               edi_str id, const edict_attribute *attributes, size_t count,
                               edi_arena *arena, edi_subject *subject,
                               edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* A subject that nobody vouches for, of any declared issuer, `host` too: typed and bounded in the same
 * way, for decisions that are hypothetical. ARGUMENT also for an issuer that is not declared. */
edict_status edi_subject_suppose(const edi_issuers *issuers, const edi_vocabulary *vocabulary,
                                 edi_str issuer, edi_str id, const edict_attribute *attributes,
                                 size_t count, edi_arena *arena, edi_subject *subject,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
