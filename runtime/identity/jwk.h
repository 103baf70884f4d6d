/* JWK: one key that may verify tokens (RFC 7517), parsed once, for exactly one algorithm (RFC 8725).
 *
 * RSA of 2048 to 8192 bits, points of P-256, P-384, P-521 and Ed25519, and secrets at least as long as
 * their hash, which stand in locked memory and are wiped. A key is shared by threads and changes
 * nothing while it verifies. `x5c`, `x5u` and their like are never looked at. */
#ifndef EDI_JWK_H
#define EDI_JWK_H

#include <openssl/types.h>

#include "base/calendar.h"
#include "base/diagnostic.h"
#include "bundle/algorithm.h"
#include "bundle/program.h"
#include "identity/strictjson.h"

enum { EDI_JWK_ORDER_MOST = 66, EDI_JWK_SECRET_MOST = 1024 };

typedef struct edi_jwk {
  edi_str kid;              /* ptr NULL: it has none */
  uint32_t algorithm;       /* one EDI_ALG_* */
  size_t signature_length;  /* bytes of every signature by it */
  int64_t not_before, expires; /* from its `nbf` and `exp`, with the leeway; else the calendar's ends */
  EVP_PKEY *key;            /* RSA, EC; owned */
  EVP_MD_CTX *ready;        /* of key and hash, copied for each signature; owned */
  unsigned char order[EDI_JWK_ORDER_MOST]; /* EC: of the group, in signature_length / 2 bytes */
  unsigned char point[32];  /* Ed25519 */
  unsigned char *secret;    /* HMAC, in locked memory; owned */
  EVP_MAC_CTX *mac;         /* of secret and hash, copied for each MAC and cleansed; owned */
  size_t secret_length;
  unsigned char digest[32]; /* BLAKE2b-256 of its SubjectPublicKeyInfo; of a secret: of its name alone */
  unsigned char identity[32]; /* tells keys apart in this process; of a secret a hash, never shown */
} edi_jwk;

/* What may stand in a key set, and what it is called in messages. */
typedef struct edi_jwk_source {
  edi_str name;        /* "corp.jwks.json" */
  uint32_t algorithms; /* that the issuer declares */
  bool by_host;        /* the host hands it over: secrets may stand in it; a bundle is public */
  bool workload;       /* a SPIFFE bundle: `use` is jwt-svid, and x509-svid is passed over */
} edi_jwk_source;

/* Where a key stands, for messages: `keys[2]` of "corp.jwks.json". */
typedef struct edi_jwk_place {
  const edi_jwk_source *source;
  size_t index;
  edict_diagnostics *diagnostics;
} edi_jwk_place;

/* Adds a finding about the key; FORMAT. */
edict_status edi_jwk_misfit(const edi_jwk_place *place, edi_code code, const char *why);

/* `object` is a JSON object without private members (but a secret's `k`) and not for encryption. FORMAT
 * with a diagnostic if the key is not fit for exactly one algorithm of its issuer, MEMORY or LIMIT as
 * arena says; *jwk is then zero. */
edict_status edi_jwk_parse(const edi_json *object, const edi_jwk_place *place, edi_arena *arena,
                           edi_jwk *jwk) EDICT_MUST_CHECK;
void edi_jwk_fini(edi_jwk *jwk);

/* The second half of parsing (jwk_material.c): numbers and points to a key that verifies, by
 * jwk->algorithm. */
edict_status edi_jwk_make(const edi_json *object, const edi_jwk_place *place,
                          edi_jwk *jwk) EDICT_MUST_CHECK;

#endif
