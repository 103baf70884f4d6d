/* Gate: everything that a compact JWS must be before a library looks at its signature.
 *
 * In: a token's text, the time. Out: the issuer, the one key, the parsed payload and the times; or the
 * first check that failed. Cheap checks go first; nothing that passed is believed before
 * edi_signature_verify says yes. */
#ifndef EDI_GATE_H
#define EDI_GATE_H

#include "identity/issuers.h"
#include "identity/signature.h"

enum { EDI_SUBJECT_ID_MOST = 255 }; /* bytes */

typedef struct edi_gate {
  const edi_json *header, *payload;
  edi_signed_text text;
  uint32_t issuer;
  edi_keyset *keys;            /* kept until edi_gate_fini */
  unsigned long long key_epoch;
  const edi_jwk *key;          /* of `keys` */
  edi_str subject;             /* borrowed from the payload */
  int64_t not_before, expires; /* of token and key, with the leeway */
} edi_gate;

/* UNTRUSTED, EXPIRED, FORMAT, LIMIT with a diagnostic R0300 to R0348, MEMORY. What the gate points to is
 * in `scratch`; edi_gate_fini is due whatever it returned. */
edict_status edi_gate_open(edi_gate *gate, const edi_issuers *issuers, edi_str token, int64_t now,
                           edi_arena *scratch, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

void edi_gate_fini(edi_gate *gate);

/* After the signature was found good: whether token, subject or key was taken back. UNTRUSTED with R0322,
 * EXPIRED with R0323 if that is not known at `now`. Narrows the gate's times to those of the data. */
edict_status edi_gate_check_revoked(edi_gate *gate, const edi_issuers *issuers, int64_t now,
                                    edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Whether text may be a subject's id: 1 to 255 bytes of UTF-8 without control characters. */
bool edi_gate_is_subject(edi_str text);

#endif
