/* Mint: signing by hand, since OpenSSL 3.0 has neither ECDSA nor PSS without fresh randomness. */
#include "support/mint.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>

#include "bundle/algorithm.h"

enum { HASH_MOST = 64, ORDER_MOST = 66 };

EVP_PKEY *mint_key(const char *path) {
  FILE *file = fopen(path, "r");
  EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
  if (file) fclose(file);
  return key;
}

static const EVP_MD *hash_of(size_t bytes) {
  return bytes == 32 ? EVP_sha256() : bytes == 48 ? EVP_sha384() : EVP_sha512();
}

static void hash(size_t size, const void *bytes, size_t length, unsigned char *out) {
  EVP_Digest(bytes, length, out, NULL, hash_of(size), NULL);
}

/* By OpenSSL: PKCS #1 version 1.5, and Ed25519 without a hash of its own. */
static bool sign_plainly(EVP_PKEY *key, const EVP_MD *md, edi_str input, unsigned char *signature,
                         size_t *length) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  *length = MINT_SIGNATURE_MOST;
  bool signed_it =
      context && EVP_DigestSignInit(context, NULL, md, NULL, key) == 1 &&
      EVP_DigestSign(context, signature, length, (const unsigned char *)input.ptr, input.len) == 1;
  EVP_MD_CTX_free(context);
  return signed_it;
}

/* ---- PSS: EMSA-PSS-ENCODE of RFC 8017, section 9.1.1, its salt the hash of the message's hash ---- */

static void mask(size_t size, const unsigned char *seed, unsigned char *bytes, size_t length) {
  unsigned char block[HASH_MOST], input[HASH_MOST + 4];
  memcpy(input, seed, size);
  for (uint32_t counter = 0; counter * size < length; counter++) {
    for (int i = 0; i < 4; i++) input[size + (size_t)i] = (unsigned char)(counter >> (24 - 8 * i));
    hash(size, input, size + 4, block);
    for (size_t i = 0; i < size && counter * size + i < length; i++)
      bytes[counter * size + i] ^= block[i];
  }
}

static bool sign_pss(EVP_PKEY *key, size_t size, edi_str input, unsigned char *signature,
                     size_t *length) {
  unsigned char encoded[MINT_SIGNATURE_MOST] = {0}, text[8 + 2 * HASH_MOST] = {0};
  size_t all = (size_t)EVP_PKEY_get_size(key), db = all - size - 1;
  unsigned char *salt = text + 8 + size;
  hash(size, input.ptr, input.len, text + 8);
  hash(size, text + 8, size, salt);
  hash(size, text, 8 + 2 * size, encoded + db);
  encoded[db - size - 1] = 1;
  memcpy(encoded + db - size, salt, size);
  mask(size, encoded + db, encoded, db);
  encoded[0] &= 0x7f;
  encoded[all - 1] = 0xbc;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
  *length = MINT_SIGNATURE_MOST;
  bool good = c && EVP_PKEY_sign_init(c) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) == 1 &&
              EVP_PKEY_sign(c, signature, length, encoded, all) == 1;
  EVP_PKEY_CTX_free(c);
  return good;
}

/* ---- ECDSA: RFC 6979, section 3.2 ---- */

typedef struct ecdsa {
  const EC_GROUP *group;
  BN_CTX *c;
  const BIGNUM *order, *secret;
  size_t half, hash; /* bytes of the order and of the hash */
  unsigned char k[HASH_MOST], v[HASH_MOST];
} ecdsa;

/* The leftmost bits of the order's length, as a number (bits2int). */
static bool number_of(const ecdsa *e, const unsigned char *bytes, size_t length, BIGNUM *out) {
  int extra = (int)length * 8 - BN_num_bits(e->order);
  return BN_bin2bn(bytes, (int)length, out) && (extra <= 0 || BN_rshift(out, out, extra) == 1);
}

/* K = HMAC(K, V || tag || seed), V = HMAC(K, V); without a tag only the second. */
static void derive_step(ecdsa *e, int tag, const unsigned char *seed, size_t seed_length) {
  unsigned char text[HASH_MOST + 1 + 2 * ORDER_MOST];
  if (tag >= 0) {
    memcpy(text, e->v, e->hash);
    text[e->hash] = (unsigned char)tag;
    if (seed_length > 0) memcpy(text + e->hash + 1, seed, seed_length);
    HMAC(hash_of(e->hash), e->k, (int)e->hash, text, e->hash + 1 + seed_length, e->k, NULL);
  }
  HMAC(hash_of(e->hash), e->k, (int)e->hash, e->v, e->hash, e->v, NULL);
}

static bool next_nonce(ecdsa *e, BIGNUM *k) {
  unsigned char text[ORDER_MOST + HASH_MOST];
  for (;;) {
    size_t got = 0;
    for (; got < e->half; got += e->hash) {
      derive_step(e, -1, NULL, 0);
      memcpy(text + got, e->v, e->hash);
    }
    if (!number_of(e, text, e->half, k)) return false;
    if (!BN_is_zero(k) && BN_cmp(k, e->order) < 0) return true;
    derive_step(e, 0, NULL, 0);
  }
}

/* r = (k * G).x, s = (digest + r * secret) / k, all modulo the order. */
static bool sign_with(ecdsa *e, const BIGNUM *z, BIGNUM *k, unsigned char *signature) {
  const BIGNUM *n = e->order;
  BIGNUM *x = BN_CTX_get(e->c), *r = BN_CTX_get(e->c), *s = BN_CTX_get(e->c);
  EC_POINT *point = EC_POINT_new(e->group);
  bool good = point && s && EC_POINT_mul(e->group, point, k, NULL, NULL, e->c) == 1 &&
              EC_POINT_get_affine_coordinates(e->group, point, x, NULL, e->c) == 1 &&
              BN_nnmod(r, x, n, e->c) == 1 && BN_mod_mul(s, r, e->secret, n, e->c) == 1 &&
              BN_mod_add(s, s, z, n, e->c) == 1 && BN_mod_inverse(k, k, n, e->c) &&
              BN_mod_mul(s, s, k, n, e->c) == 1 && !BN_is_zero(r) && !BN_is_zero(s) &&
              BN_bn2binpad(r, signature, (int)e->half) == (int)e->half &&
              BN_bn2binpad(s, signature + e->half, (int)e->half) == (int)e->half;
  EC_POINT_free(point);
  return good;
}

static bool sign_in(ecdsa *e, edi_str input, unsigned char *signature) {
  unsigned char digest[HASH_MOST], seed[2 * ORDER_MOST];
  BIGNUM *z = BN_CTX_get(e->c), *k = BN_CTX_get(e->c);
  hash(e->hash, input.ptr, input.len, digest);
  memset(e->v, 1, sizeof e->v);
  memset(e->k, 0, sizeof e->k);
  if (!k || !number_of(e, digest, e->hash, z) || BN_nnmod(z, z, e->order, e->c) != 1 ||
      BN_bn2binpad(e->secret, seed, (int)e->half) < 0 ||
      BN_bn2binpad(z, seed + e->half, (int)e->half) < 0)
    return false;
  derive_step(e, 0, seed, 2 * e->half);
  derive_step(e, 1, seed, 2 * e->half);
  return next_nonce(e, k) && sign_with(e, z, k, signature);
}

static bool sign_ecdsa(EVP_PKEY *key, const edi_algorithm *a, edi_str input,
                       unsigned char *signature, size_t *length) {
  BIGNUM *secret = NULL;
  EC_GROUP *group = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(a->curve));
  BN_CTX *c = BN_CTX_new();
  bool good = false;
  if (group && c && EVP_PKEY_get_bits(key) == EC_GROUP_order_bits(group) &&
      EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1) {
    ecdsa e = {.group = group, .c = c, .order = EC_GROUP_get0_order(group), .secret = secret,
               .hash = a->hash_bytes};
    e.half = (size_t)BN_num_bytes(e.order);
    *length = 2 * e.half;
    BN_CTX_start(c);
    good = sign_in(&e, input, signature);
    BN_CTX_end(c);
  }
  BN_free(secret);
  BN_CTX_free(c);
  EC_GROUP_free(group);
  return good;
}

/* ---- all of them ---- */

bool mint_sign(const char *algorithm, EVP_PKEY *key, edi_str secret, edi_str input,
               unsigned char signature[MINT_SIGNATURE_MOST], size_t *length) {
  const edi_algorithm *a = edi_algorithm_by_name(edi_str_from(algorithm));
  unsigned size = 0;
  *length = 0;
  if (strcmp(algorithm, "none") == 0) return true;
  if (!a) return false;
  switch (a->family) {
    case EDI_FAMILY_RSA:
      return key && EVP_PKEY_is_a(key, "RSA") &&
             sign_plainly(key, hash_of(a->hash_bytes), input, signature, length);
    case EDI_FAMILY_PSS:
      return key && EVP_PKEY_is_a(key, "RSA") &&
             sign_pss(key, a->hash_bytes, input, signature, length);
    case EDI_FAMILY_ECDSA:
      return key && EVP_PKEY_is_a(key, "EC") && sign_ecdsa(key, a, input, signature, length);
    case EDI_FAMILY_EDDSA:
      return key && EVP_PKEY_is_a(key, "ED25519") &&
             sign_plainly(key, NULL, input, signature, length);
    case EDI_FAMILY_HMAC: break;
  }
  if (!secret.ptr || !HMAC(hash_of(a->hash_bytes), secret.ptr, (int)secret.len,
                           (const unsigned char *)input.ptr, input.len, signature, &size))
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

/* ---- keys as others want them ---- */

static void put_member(edi_buf *into, const char *name, const unsigned char *bytes, size_t length) {
  edi_buf_format(into, ",\"%s\":\"", name);
  edi_base64url_append(into, bytes, length);
  edi_buf_char(into, '"');
}

static bool put_number(edi_buf *into, const char *name, EVP_PKEY *key, const char *parameter,
                       size_t length) {
  unsigned char bytes[1024];
  BIGNUM *number = NULL;
  bool got = EVP_PKEY_get_bn_param(key, parameter, &number) == 1;
  int size = got ? BN_bn2binpad(number, bytes, length ? (int)length : BN_num_bytes(number)) : -1;
  if (size > 0) put_member(into, name, bytes, (size_t)size);
  BN_free(number);
  return size > 0;
}

bool mint_jwk(const char *algorithm, EVP_PKEY *key, edi_str secret, const char *kid, edi_buf *into) {
  const edi_algorithm *a = edi_algorithm_by_name(edi_str_from(algorithm));
  unsigned char point[32];
  size_t half = a ? (a->bit == EDI_ALG_ES512 ? 66 : a->hash_bytes) : 0, length = sizeof point;
  if (!a) return false;
  edi_buf_format(into, "{\"kty\":\"%s\",\"use\":\"sig\",\"alg\":\"%s\"", edi_algorithm_kty(a), a->name);
  if (kid) edi_buf_format(into, ",\"kid\":\"%s\"", kid);
  if (a->curve[0]) edi_buf_format(into, ",\"crv\":\"%s\"", a->curve);
  bool good = true;
  switch (a->family) {
    case EDI_FAMILY_RSA:
    case EDI_FAMILY_PSS:
      good = put_number(into, "n", key, OSSL_PKEY_PARAM_RSA_N, 0) &&
             put_number(into, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
      break;
    case EDI_FAMILY_ECDSA:
      good = put_number(into, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, half) &&
             put_number(into, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, half);
      break;
    case EDI_FAMILY_EDDSA:
      good = EVP_PKEY_get_raw_public_key(key, point, &length) == 1;
      put_member(into, "x", point, length);
      break;
    case EDI_FAMILY_HMAC:
      put_member(into, "k", (const unsigned char *)secret.ptr, secret.len);
      break;
  }
  edi_buf_char(into, '}');
  return good && into->failed == EDICT_OK;
}

bool mint_public_pem(EVP_PKEY *key, char *pem, size_t size) {
  BIO *memory = BIO_new(BIO_s_mem());
  char *text = NULL;
  long length = memory && PEM_write_bio_PUBKEY(memory, key) == 1 ? BIO_get_mem_data(memory, &text) : 0;
  bool fits = length > 0 && (size_t)length < size;
  if (fits) {
    memcpy(pem, text, (size_t)length);
    pem[length] = '\0';
  }
  BIO_free(memory);
  return fits;
}
