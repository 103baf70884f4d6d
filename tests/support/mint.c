/* Mint: signing by hand, since OpenSSL 3.0 has no ES256 without fresh randomness. */
#include "support/mint.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdio.h>

enum { HALF = 32 };

EVP_PKEY *mint_key(const char *path) {
  FILE *file = fopen(path, "r");
  EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
  if (file) fclose(file);
  return key;
}

static bool sign_rs256(EVP_PKEY *key, edi_str input, unsigned char *signature, size_t *length) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  *length = MINT_SIGNATURE_MOST;
  bool signed_it =
      context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
      EVP_DigestSign(context, signature, length, (const unsigned char *)input.ptr, input.len) == 1;
  EVP_MD_CTX_free(context);
  return signed_it;
}

/* K = HMAC(K, V || tag || secret || digest), V = HMAC(K, V); without a tag only the second. */
static void derive_step(unsigned char k[HALF], unsigned char v[HALF], int tag,
                        const unsigned char *seed, size_t seed_length) {
  unsigned char text[HALF + 1 + 2 * HALF];
  unsigned length = HALF;
  if (tag >= 0) {
    memcpy(text, v, HALF);
    text[HALF] = (unsigned char)tag;
    if (seed_length > 0) memcpy(text + HALF + 1, seed, seed_length);
    HMAC(EVP_sha256(), k, HALF, text, HALF + 1 + seed_length, k, &length);
  }
  HMAC(EVP_sha256(), k, HALF, v, HALF, v, &length);
}

/* r = (nonce * G).x, s = (digest + r * secret) / nonce, all modulo the order. */
static bool sign_with(const EC_GROUP *group, BN_CTX *c, const BIGNUM *secret,
                      const unsigned char digest[HALF], const unsigned char nonce[HALF],
                      unsigned char *signature) {
  const BIGNUM *n = EC_GROUP_get0_order(group);
  BIGNUM *k = BN_CTX_get(c), *x = BN_CTX_get(c), *r = BN_CTX_get(c), *s = BN_CTX_get(c),
         *z = BN_CTX_get(c);
  EC_POINT *point = EC_POINT_new(group);
  bool good = point && z && BN_bin2bn(nonce, HALF, k) && !BN_is_zero(k) && BN_cmp(k, n) < 0 &&
              EC_POINT_mul(group, point, k, NULL, NULL, c) == 1 &&
              EC_POINT_get_affine_coordinates(group, point, x, NULL, c) == 1 &&
              BN_nnmod(r, x, n, c) == 1 && BN_bin2bn(digest, HALF, z) &&
              BN_mod_mul(s, r, secret, n, c) == 1 && BN_mod_add(s, s, z, n, c) == 1 &&
              BN_mod_inverse(k, k, n, c) && BN_mod_mul(s, s, k, n, c) == 1 && !BN_is_zero(r) &&
              !BN_is_zero(s) && BN_bn2binpad(r, signature, HALF) == HALF &&
              BN_bn2binpad(s, signature + HALF, HALF) == HALF;
  EC_POINT_free(point);
  return good;
}

/* RFC 6979 section 3.2; the digest is first reduced modulo the order. */
static bool sign_es256(EVP_PKEY *key, edi_str input, unsigned char *signature, size_t *length) {
  unsigned char k[HALF] = {0}, v[HALF], digest[HALF], seed[2 * HALF];
  BIGNUM *secret = NULL;
  EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  BN_CTX *c = BN_CTX_new();
  bool good = false;
  SHA256((const unsigned char *)input.ptr, input.len, digest);
  if (group && c && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1) {
    BN_CTX_start(c);
    BIGNUM *z = BN_CTX_get(c);
    good = BN_bin2bn(digest, HALF, z) && BN_nnmod(z, z, EC_GROUP_get0_order(group), c) == 1 &&
           BN_bn2binpad(secret, seed, HALF) == HALF && BN_bn2binpad(z, seed + HALF, HALF) == HALF;
    memset(v, 1, HALF);
    derive_step(k, v, 0, seed, sizeof seed);
    derive_step(k, v, 1, seed, sizeof seed);
    derive_step(k, v, -1, NULL, 0);
    while (good && !sign_with(group, c, secret, digest, v, signature)) {
      derive_step(k, v, 0, NULL, 0);
      derive_step(k, v, -1, NULL, 0);
    }
    BN_CTX_end(c);
  }
  BN_free(secret);
  BN_CTX_free(c);
  EC_GROUP_free(group);
  *length = 2 * HALF;
  return good;
}

bool mint_sign(const char *algorithm, EVP_PKEY *key, edi_str secret, edi_str input,
               unsigned char signature[MINT_SIGNATURE_MOST], size_t *length) {
  unsigned size = 0;
  *length = 0;
  if (strcmp(algorithm, "none") == 0) return true;
  if (strcmp(algorithm, "RS256") == 0)
    return key && EVP_PKEY_is_a(key, "RSA") && sign_rs256(key, input, signature, length);
  if (strcmp(algorithm, "ES256") == 0)
    return key && EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == 256 &&
           sign_es256(key, input, signature, length);
  if (strcmp(algorithm, "HS256") != 0 || !secret.ptr) return false;
  if (!HMAC(EVP_sha256(), secret.ptr, (int)secret.len, (const unsigned char *)input.ptr, input.len,
            signature, &size))
    return false;
  *length = size;
  return true;
}

bool mint_token(const char *algorithm, EVP_PKEY *key, edi_str secret, edi_str header,
                edi_str payload, edi_buf *token) {
  unsigned char signature[MINT_SIGNATURE_MOST];
  size_t length = 0;
  edi_base64url_append(token, header.ptr, header.len);
  edi_buf_char(token, '.');
  edi_base64url_append(token, payload.ptr, payload.len);
  if (token->failed != EDICT_OK) return false;
  if (!mint_sign(algorithm, key, secret, (edi_str){token->ptr, token->len}, signature, &length))
    return false;
  edi_buf_char(token, '.');
  edi_base64url_append(token, signature, length);
  return token->failed == EDICT_OK;
}
