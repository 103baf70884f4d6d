/* JWK: one public key that may verify tokens (RFC 7517), parsed once.
 *
 * RSA of 2048 to 8192 bits for RS256, or a point of P-256 for ES256; nothing else is offered. A key is
 * shared by threads and changes nothing while it verifies. */
#ifndef EDI_JWK_H
#define EDI_JWK_H

#include <openssl/types.h>

#include "base/diagnostic.h"
#include "bundle/program.h"
#include "identity/strictjson.h"

typedef struct edi_jwk {
  edi_str kid;              /* ptr NULL: it has none */
  uint32_t algorithm;       /* one EDI_ALG_* */
  size_t signature_length;  /* bytes of every signature by it */
  EVP_PKEY *key;            /* owned */
  edi_str pem;              /* the same key as SubjectPublicKeyInfo, NUL-terminated */
  unsigned char digest[32]; /* BLAKE2b-256 of its DER */
} edi_jwk;

/* Where a key stands, for messages: `keys[2]` of "corp.jwks.json". */
typedef struct edi_jwk_place {
  edi_str file;
  size_t index;
  edict_diagnostics *diagnostics;
} edi_jwk_place;

/* The name of an algorithm in a token's header ("RS256"), and the one of a name; 0: not offered. */
const char *edi_jwk_algorithm_name(uint32_t algorithm);
uint32_t edi_jwk_algorithm(edi_str name);

/* `object` is a JSON object without private members and not for encryption. `algorithms` is the set
 * that the issuer declares. FORMAT with a diagnostic if the key is not fit for one of them, MEMORY or
 * LIMIT as arena says; *jwk is then zero. */
edict_status edi_jwk_parse(const edi_json *object, uint32_t algorithms, const edi_jwk_place *place,
                           edi_arena *arena, edi_jwk *jwk) EDICT_MUST_CHECK;
void edi_jwk_fini(edi_jwk *jwk);

#endif
