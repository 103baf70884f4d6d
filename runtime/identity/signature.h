/* Signature: whether a key signed the token. The one place that asks the crypto libraries. */
#ifndef EDI_SIGNATURE_H
#define EDI_SIGNATURE_H

#include "identity/jwk.h"

/* A compact token that passed the gate's checks of form, cut where it is read. */
typedef struct edi_signed_text {
  edi_str input;     /* what was signed: the first two parts with their dot */
  edi_str signature; /* decoded */
} edi_signed_text;

/* OK, UNTRUSTED if the signature is not by this key, MEMORY. Leaves no error in OpenSSL's queue. */
edict_status edi_signature_verify(const edi_jwk *key, const edi_signed_text *text) EDICT_MUST_CHECK;

/* Whether bytes can be a signature by the key at all: of its length, and for a curve of NIST's r and s
 * both within 1 .. n-1. */
bool edi_signature_is_possible(const edi_jwk *key, edi_str signature);

#endif
