/* JWK material: from the numbers of a key to one that verifies.
 *
 *   RSA   n, e        ->  EVP_PKEY  ->  checked  ->  a context made ready for its hash
 *   EC    crv, x, y   ->  the same, and the order of its group
 *   OKP   x           ->  a point of the main subgroup, in its one encoding
 *   oct   k           ->  locked memory
 *
 * Invariant: a key that leaves here is public (or a secret that stands in no arena), of a size and
 * curve that its algorithm asks for, on its curve. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdio.h>

#include "identity/jwk.h"

enum { RSA_BITS_LEAST = 2048, RSA_BITS_MOST = 8192, EXPONENT_BYTES = 4 };

/* ---- RSA and EC ---- */

/* Base64urlUInt of RFC 7518: the fewest bytes that hold the number. */
static bool read_number(const edi_json *object, const char *name, unsigned char *bytes,
                        size_t capacity, size_t *length) {
  edi_str text = edi_strictjson_text_of(object, name);
  return text.len > 0 && edi_base64url_decode(text, bytes, capacity, length) && bytes[0] != 0;
}

static bool read_exactly(const edi_json *object, const char *name, unsigned char *bytes,
                         size_t length) {
  size_t got = 0;
  return edi_base64url_decode(edi_strictjson_text_of(object, name), bytes, length, &got) &&
         got == length;
}

/* The key that the parameters describe, if the library finds it sound; NULL otherwise. */
static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *builder) {
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, type, NULL), *checker = NULL;
  EVP_PKEY *key = NULL;
  bool sound = parameters && maker && EVP_PKEY_fromdata_init(maker) == 1 &&
               EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1 &&
               (checker = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) != NULL &&
               EVP_PKEY_public_check(checker) == 1;
  EVP_PKEY_CTX_free(checker);
  EVP_PKEY_CTX_free(maker);
  OSSL_PARAM_free(parameters);
  if (sound) return key;
  EVP_PKEY_free(key);
  return NULL;
}

static const char *hash_name(const edi_algorithm *algorithm) {
  static const char *const hashes[] = {"SHA256", "SHA384", "SHA512"};
  return hashes[algorithm->hash_bytes / 16 - 2];
}

/* Fetching a hash and initialising cost as much as a small signature, so it is done here, once. */
static bool make_ready(const edi_algorithm *algorithm, edi_jwk *jwk) {
  EVP_PKEY_CTX *options = NULL;
  jwk->ready = EVP_MD_CTX_new();
  if (!jwk->ready || EVP_DigestVerifyInit_ex(jwk->ready, &options, hash_name(algorithm), NULL, NULL,
                                             jwk->key, NULL) != 1)
    return false;
  return algorithm->family != EDI_FAMILY_PSS ||
         (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
          EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static bool digest_public(edi_jwk *jwk) {
  unsigned char *der = NULL;
  int length = i2d_PUBKEY(jwk->key, &der);
  if (length <= 0) return false;
  bool digested =
      crypto_generichash(jwk->digest, sizeof jwk->digest, der, (size_t)length, NULL, 0) == 0;
  memcpy(jwk->identity, jwk->digest, sizeof jwk->identity);
  OPENSSL_free(der);
  return digested;
}

static edict_status settle(const edi_algorithm *algorithm, const edi_jwk_place *place,
                           const char *unsound, edi_jwk *jwk) {
  if (!jwk->key) return edi_jwk_misfit(place, EDI_R0335, unsound);
  return make_ready(algorithm, jwk) && digest_public(jwk) ? EDICT_OK : EDICT_MEMORY;
}

/* ---- primes of a faulty library (CVE-2017-15361) ---- */

enum { ROCA_PRIME_MOST = 701 }; /* of those modulo which the primes of keys of 2048 bits and more are powers */

static bool is_prime(unsigned p) {
  for (unsigned d = 3; d * d <= p; d += 2)
    if (p % d == 0) return false;
  return true;
}

static bool is_power(unsigned of, unsigned wanted, unsigned p) {
  unsigned power = 1;
  do {
    if (power == wanted) return true;
    power = power * of % p;
  } while (power != 1);
  return false;
}

/* Its primes, and so their product, are powers of 65537 modulo each small prime. Of good keys less than one in 2^150 is. */
static bool is_guessable(const unsigned char *n, size_t length) {
  for (unsigned p = 3; p <= ROCA_PRIME_MOST; p += 2) {
    unsigned rest = 0;
    if (!is_prime(p)) continue;
    for (size_t i = 0; i < length; i++) rest = (rest << 8 | n[i]) % p;
    if (!is_power(65537 % p, rest, p)) return false;
  }
  return true;
}

static edict_status make_rsa(const edi_json *object, const edi_algorithm *algorithm,
                             const edi_jwk_place *place, edi_jwk *jwk) {
  unsigned char n[RSA_BITS_MOST / 8], e[EXPONENT_BYTES];
  size_t n_length = 0, e_length = 0;
  if (!read_number(object, "n", n, sizeof n, &n_length) ||
      !read_number(object, "e", e, sizeof e, &e_length))
    return edi_jwk_misfit(place, EDI_R0335,
                          "`n` or `e` is not a base64url number of the size that is allowed");
  if (n_length < RSA_BITS_LEAST / 8 || (n_length == RSA_BITS_LEAST / 8 && n[0] < 0x80))
    return edi_jwk_misfit(place, EDI_R0335, "an RSA key has at least 2048 bits");
  if (!(n[n_length - 1] & 1) || !(e[e_length - 1] & 1) || (e_length == 1 && e[0] < 3))
    return edi_jwk_misfit(place, EDI_R0335, "`n` is odd, and `e` is odd and at least 3");
  if (is_guessable(n, n_length))
    return edi_jwk_misfit(place, EDI_R0335, "its primes are of a kind that can be found (CVE-2017-15361)");
  BIGNUM *modulus = BN_bin2bn(n, (int)n_length, NULL),
         *exponent = BN_bin2bn(e, (int)e_length, NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  bool ready = modulus && exponent && builder &&
               OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
               OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1;
  if (ready) jwk->key = make_key("RSA", builder);
  OSSL_PARAM_BLD_free(builder);
  BN_free(modulus);
  BN_free(exponent);
  if (!ready) return EDICT_MEMORY;
  jwk->signature_length = n_length;
  return settle(algorithm, place, "`n` and `e` are no sound RSA key", jwk);
}

static bool read_order(const char *curve, size_t half, edi_jwk *jwk) {
  EC_GROUP *group = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(curve));
  bool read = group && BN_bn2binpad(EC_GROUP_get0_order(group), jwk->order, (int)half) == (int)half;
  EC_GROUP_free(group);
  return read;
}

static edict_status make_ec(const edi_json *object, const edi_algorithm *algorithm,
                            const edi_jwk_place *place, edi_jwk *jwk) {
  unsigned char point[1 + 2 * EDI_JWK_ORDER_MOST] = {POINT_CONVERSION_UNCOMPRESSED};
  size_t half = algorithm->bit == EDI_ALG_ES512 ? 66 : algorithm->hash_bytes;
  if (!read_exactly(object, "x", point + 1, half) ||
      !read_exactly(object, "y", point + 1 + half, half))
    return edi_jwk_misfit(place, EDI_R0335,
                          "`x` and `y` are not base64url of as many bytes as the curve has");
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  bool ready = builder && read_order(algorithm->curve, half, jwk) &&
               OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
                                               algorithm->curve, 0) == 1 &&
               OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                1 + 2 * half) == 1;
  if (ready) jwk->key = make_key("EC", builder);
  OSSL_PARAM_BLD_free(builder);
  if (!ready) return EDICT_MEMORY;
  jwk->signature_length = 2 * half;
  return settle(algorithm, place, "`x` and `y` are no point of the curve", jwk);
}

/* ---- Ed25519 ---- */

static edict_status make_okp(const edi_json *object, const edi_jwk_place *place, edi_jwk *jwk) {
  /* SubjectPublicKeyInfo of RFC 8410, up to the point */
  unsigned char der[12 + 32] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  if (!read_exactly(object, "x", jwk->point, sizeof jwk->point))
    return edi_jwk_misfit(place, EDI_R0335, "`x` is not base64url of 32 bytes");
  if (crypto_core_ed25519_is_valid_point(jwk->point) != 1)
    return edi_jwk_misfit(place, EDI_R0335, "`x` is no point of Ed25519 that a key can be");
  memcpy(der + 12, jwk->point, sizeof jwk->point);
  jwk->signature_length = crypto_sign_BYTES;
  if (crypto_generichash(jwk->digest, sizeof jwk->digest, der, sizeof der, NULL, 0) != 0)
    return EDICT_DEFECT;
  memcpy(jwk->identity, jwk->digest, sizeof jwk->identity);
  return EDICT_OK;
}

/* ---- secrets ---- */

static edict_status keep_secret(const unsigned char *bytes, size_t length, edi_jwk *jwk) {
  static const char label[] = "edict/jwk/secret/v1";
  crypto_generichash_state state;
  jwk->secret = sodium_malloc(length);
  if (!jwk->secret) return EDICT_MEMORY;
  memcpy(jwk->secret, bytes, length);
  jwk->secret_length = length;
  (void)sodium_mprotect_readonly(jwk->secret);
  /* A log shows the digest, so it says nothing of the secret; the identity stays in the process. */
  (void)crypto_generichash_init(&state, NULL, 0, sizeof jwk->digest);
  (void)crypto_generichash_update(&state, (const unsigned char *)label, sizeof label);
  if (jwk->kid.ptr)
    (void)crypto_generichash_update(&state, (const unsigned char *)jwk->kid.ptr, jwk->kid.len);
  (void)crypto_generichash_final(&state, jwk->digest, sizeof jwk->digest);
  (void)crypto_generichash(jwk->identity, sizeof jwk->identity, bytes, length, jwk->digest,
                           sizeof jwk->digest);
  sodium_memzero(&state, sizeof state);
  return EDICT_OK;
}

static bool make_mac_ready(const edi_algorithm *algorithm, edi_jwk *jwk) {
  char name[16];
  snprintf(name, sizeof name, "%s", hash_name(algorithm));
  EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  OSSL_PARAM options[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                          OSSL_PARAM_construct_end()};
  jwk->mac = mac ? EVP_MAC_CTX_new(mac) : NULL;
  EVP_MAC_free(mac);
  return jwk->mac && EVP_MAC_init(jwk->mac, jwk->secret, jwk->secret_length, options) == 1;
}

static edict_status make_secret(const edi_json *object, const edi_algorithm *algorithm,
                                const edi_jwk_place *place, edi_jwk *jwk) {
  unsigned char bytes[EDI_JWK_SECRET_MOST];
  size_t length = 0;
  edict_status status;
  if (!edi_base64url_decode(edi_strictjson_text_of(object, "k"), bytes, sizeof bytes, &length))
    status = edi_jwk_misfit(place, EDI_R0335, "`k` is not base64url of at most 1024 bytes");
  else if (length < algorithm->hash_bytes)
    status = edi_jwk_misfit(place, EDI_R0335, "a secret has at least as many bytes as its hash");
  else status = keep_secret(bytes, length, jwk);
  if (status == EDICT_OK && !make_mac_ready(algorithm, jwk)) status = EDICT_MEMORY;
  jwk->signature_length = algorithm->hash_bytes;
  sodium_memzero(bytes, sizeof bytes);
  return status;
}

edict_status edi_jwk_make(const edi_json *object, const edi_jwk_place *place, edi_jwk *jwk) {
  const edi_algorithm *algorithm = edi_algorithm_of(jwk->algorithm);
  if (!algorithm || sodium_init() < 0) return EDICT_DEFECT;
  switch (algorithm->family) {
    case EDI_FAMILY_RSA:
    case EDI_FAMILY_PSS: return make_rsa(object, algorithm, place, jwk);
    case EDI_FAMILY_ECDSA: return make_ec(object, algorithm, place, jwk);
    case EDI_FAMILY_EDDSA: return make_okp(object, place, jwk);
    case EDI_FAMILY_HMAC: return make_secret(object, algorithm, place, jwk);
  }
  return EDICT_DEFECT;
}
