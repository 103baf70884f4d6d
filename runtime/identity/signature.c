/* Signature: two libraries must agree.
 *
 * OpenSSL verifies with the key that was parsed at load and pinned by the gate; its answer decides.
 * libjwt then verifies the same text on its own, from the PEM, and must say yes to the same algorithm.
 * libjwt 1.10 knows no `typ` but JWT, so access tokens typed at+jwt (RFC 9068) stand on the first alone.
 * Nothing that libjwt parsed is read: claims come from the gate's strict parse of the same bytes. */
#include "identity/signature.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

enum { HALF = 32, DER_BYTES_MOST = 80 };

static const unsigned char p256_order[HALF] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

bool edi_signature_in_range(const unsigned char signature[64]) {
  static const unsigned char zero[HALF];
  for (size_t at = 0; at < 2 * (size_t)HALF; at += HALF)
    if (memcmp(signature + at, zero, HALF) == 0 || memcmp(signature + at, p256_order, HALF) >= 0)
      return false;
  return true;
}

/* r || s, as JOSE has it, to the DER that OpenSSL wants; the length, 0 without memory. */
static size_t der_from_raw(edi_str raw, unsigned char *der) {
  const unsigned char *bytes = (const unsigned char *)raw.ptr;
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(bytes, HALF, NULL), *s = BN_bin2bn(bytes + HALF, HALF, NULL);
  int length = 0;
  if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
    r = s = NULL; /* the pair's now */
    length = i2d_ECDSA_SIG(pair, &der);
  }
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(pair);
  return length > 0 ? (size_t)length : 0;
}

static edict_status verify_by_openssl(const edi_jwk *key, const edi_signed_text *text) {
  unsigned char der[DER_BYTES_MOST];
  const unsigned char *signature = (const unsigned char *)text->signature.ptr;
  size_t length = text->signature.len;
  if (key->algorithm == EDI_ALG_ES256) {
    length = der_from_raw(text->signature, der);
    if (length == 0) return EDICT_MEMORY;
    signature = der;
  }
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  edict_status status = EDICT_MEMORY;
  if (context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->key) == 1)
    status = EVP_DigestVerify(context, signature, length, (const unsigned char *)text->input.ptr,
                              text->input.len) == 1
                 ? EDICT_OK
                 : EDICT_UNTRUSTED;
  EVP_MD_CTX_free(context);
  return status;
}

static edict_status verify_by_libjwt(const edi_jwk *key, const edi_signed_text *text) {
  jwt_alg_t expected = key->algorithm == EDI_ALG_RS256 ? JWT_ALG_RS256 : JWT_ALG_ES256;
  jwt_t *jwt = NULL;
  /* Without a key libjwt accepts anything. */
  if (key->pem.len == 0) return EDICT_UNTRUSTED;
  int error =
      jwt_decode(&jwt, text->token.ptr, (const unsigned char *)key->pem.ptr, (int)key->pem.len);
  edict_status status = error == ENOMEM                                     ? EDICT_MEMORY
                        : error == 0 && jwt && jwt_get_alg(jwt) == expected ? EDICT_OK
                                                                            : EDICT_UNTRUSTED;
  jwt_free(jwt);
  return status;
}

edict_status edi_signature_verify(const edi_jwk *key, const edi_signed_text *text) {
  if (text->signature.len != key->signature_length) return EDICT_UNTRUSTED;
  if (key->algorithm == EDI_ALG_ES256 &&
      !edi_signature_in_range((const unsigned char *)text->signature.ptr))
    return EDICT_UNTRUSTED;
  ERR_set_mark(); /* the library's queue of errors is the host's too */
  edict_status status = verify_by_openssl(key, text);
  if (status == EDICT_OK && text->plain_type) status = verify_by_libjwt(key, text);
  ERR_pop_to_mark();
  return status;
}
