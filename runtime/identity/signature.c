/* Signature: by the one algorithm of its key.
 *
 * RSA and the curves of NIST by OpenSSL, from a context that was made ready when the key was parsed;
 * Ed25519 by libsodium, which refuses points of small order and a second form of s; MACs are made
 * again and compared in constant time. Nothing of the token chooses among these: the key does. */
#include "identity/signature.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

enum { DER_BYTES_MOST = 2 * EDI_JWK_ORDER_MOST + 16 };

bool edi_signature_is_possible(const edi_jwk *key, edi_str signature) {
  static const unsigned char zero[EDI_JWK_ORDER_MOST];
  const edi_algorithm *algorithm = edi_algorithm_of(key->algorithm);
  size_t half = key->signature_length / 2;
  if (!algorithm || signature.len == 0 || signature.len != key->signature_length) return false;
  for (size_t at = 0; algorithm->family == EDI_FAMILY_ECDSA && at < 2 * half; at += half)
    if (memcmp(signature.ptr + at, zero, half) == 0 ||
        memcmp(signature.ptr + at, key->order, half) >= 0)
      return false;
  return true;
}

/* r || s, as JOSE has it, to the DER that OpenSSL wants; the length, 0 without memory. */
static size_t der_from_raw(edi_str raw, unsigned char *der) {
  const unsigned char *bytes = (const unsigned char *)raw.ptr;
  int half = (int)(raw.len / 2), length = 0;
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(bytes, half, NULL), *s = BN_bin2bn(bytes + half, half, NULL);
  if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
    r = s = NULL; /* the pair's now */
    length = i2d_ECDSA_SIG(pair, &der);
  }
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(pair);
  return length > 0 ? (size_t)length : 0;
}

static edict_status verify_by_openssl(const edi_jwk *key, edi_str input, edi_str signature) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  edict_status status = EDICT_MEMORY;
  ERR_set_mark(); /* the library's queue of errors is the host's too */
  if (context && EVP_MD_CTX_copy_ex(context, key->ready) == 1)
    status = EVP_DigestVerify(context, (const unsigned char *)signature.ptr, signature.len,
                              (const unsigned char *)input.ptr, input.len) == 1
                 ? EDICT_OK
                 : EDICT_UNTRUSTED;
  ERR_pop_to_mark();
  EVP_MD_CTX_free(context);
  return status;
}

static edict_status verify_ecdsa(const edi_jwk *key, const edi_signed_text *text) {
  unsigned char der[DER_BYTES_MOST];
  size_t length = der_from_raw(text->signature, der);
  if (length == 0) return EDICT_MEMORY;
  return verify_by_openssl(key, text->input, (edi_str){(const char *)der, length});
}

static edict_status verify_mac(const edi_jwk *key, const edi_signed_text *text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  size_t length = 0;
  EVP_MAC_CTX *context = EVP_MAC_CTX_dup(key->mac);
  bool made = context &&
              EVP_MAC_update(context, (const unsigned char *)text->input.ptr, text->input.len) == 1 &&
              EVP_MAC_final(context, mac, &length, sizeof mac) == 1;
  EVP_MAC_CTX_free(context);
  if (!made) return EDICT_MEMORY;
  bool same = length == text->signature.len && sodium_memcmp(mac, text->signature.ptr, length) == 0;
  sodium_memzero(mac, sizeof mac);
  return same ? EDICT_OK : EDICT_UNTRUSTED;
}

static edict_status verify_eddsa(const edi_jwk *key, const edi_signed_text *text) {
  return crypto_sign_verify_detached((const unsigned char *)text->signature.ptr,
                                     (const unsigned char *)text->input.ptr, text->input.len,
                                     key->point) == 0
             ? EDICT_OK
             : EDICT_UNTRUSTED;
}

edict_status edi_signature_verify(const edi_jwk *key, const edi_signed_text *text) {
  if (!edi_signature_is_possible(key, text->signature)) return EDICT_UNTRUSTED;
  const edi_algorithm *algorithm = edi_algorithm_of(key->algorithm);
  switch (algorithm->family) {
    case EDI_FAMILY_RSA:
    case EDI_FAMILY_PSS: return verify_by_openssl(key, text->input, text->signature);
    case EDI_FAMILY_ECDSA: return verify_ecdsa(key, text);
    case EDI_FAMILY_EDDSA: return verify_eddsa(key, text);
    case EDI_FAMILY_HMAC: return verify_mac(key, text);
  }
  return EDICT_UNTRUSTED;
}
