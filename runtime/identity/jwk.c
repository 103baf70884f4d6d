/* JWK: from the members of a JSON object to a key of the crypto library.
 *
 *   {"kty":"RSA","n":...,"e":...}  ->  numbers  ->  EVP_PKEY  ->  checked  ->  PEM, digest
 *   {"kty":"EC","crv":"P-256","x":...,"y":...}
 *
 * Invariant: a key that leaves here is public, of a size and curve that the algorithm asks for, on its
 * curve, and fit for exactly one algorithm of its issuer. */
#include "identity/jwk.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "identity/strictjson.h"

enum {
  RSA_BITS_LEAST = 2048,
  RSA_BITS_MOST = 8192,
  EXPONENT_BYTES = 4,
  P256_BYTES = 32,
  KID_BYTES = 255
};

static const struct {
  uint32_t algorithm;
  const char *name, *kty;
} algorithms_known[] = {
    {EDI_ALG_RS256, "RS256", "RSA"},
    {EDI_ALG_ES256, "ES256", "EC"},
};
enum { ALGORITHM_COUNT = sizeof algorithms_known / sizeof *algorithms_known };

const char *edi_jwk_algorithm_name(uint32_t algorithm) {
  for (size_t i = 0; i < ALGORITHM_COUNT; i++)
    if (algorithms_known[i].algorithm == algorithm) return algorithms_known[i].name;
  return "?";
}

uint32_t edi_jwk_algorithm(edi_str name) {
  for (size_t i = 0; i < ALGORITHM_COUNT; i++)
    if (edi_str_equal(name, edi_str_from(algorithms_known[i].name)))
      return algorithms_known[i].algorithm;
  return 0;
}

static edict_status misfit(const edi_jwk_place *place, edi_code code, const char *why) {
  edi_diagnostics_add(place->diagnostics, code, EDI_SPAN_NONE, "", "keys[%zu] of `%.*s`: %s",
                      place->index, EDI_STR_ARG(place->file), why);
  return EDICT_FORMAT;
}

/* ---- what the key says about itself ---- */

/* key_ops may be left out; if it is there, it must allow to verify. */
static bool may_verify(const edi_json *object) {
  const edi_json *operations = edi_strictjson_member(object, EDI_STR("key_ops"));
  if (!operations) return true;
  for (size_t i = 0; operations->kind == EDI_JSON_ARRAY && i < operations->count; i++)
    if (edi_str_equal(edi_strictjson_text(operations->items[i]), EDI_STR("verify"))) return true;
  return false;
}

/* The algorithm that the key's type is for, 0 if none is offered. */
static uint32_t algorithm_of_type(edi_str kty) {
  for (size_t i = 0; i < ALGORITHM_COUNT; i++)
    if (edi_str_equal(kty, edi_str_from(algorithms_known[i].kty)))
      return algorithms_known[i].algorithm;
  return 0;
}

static edict_status check_use(const edi_json *object, uint32_t algorithms,
                              const edi_jwk_place *place, uint32_t *algorithm) {
  const edi_json *use = edi_strictjson_member(object, EDI_STR("use")),
                 *alg = edi_strictjson_member(object, EDI_STR("alg"));
  *algorithm = algorithm_of_type(edi_strictjson_text_of(object, "kty"));
  if (*algorithm == 0) return misfit(place, EDI_R0334, "`kty` is neither RSA nor EC");
  if (use && !edi_str_equal(edi_strictjson_text(use), EDI_STR("sig")))
    return misfit(place, EDI_R0334, "`use` is neither `sig` nor `enc`");
  if (!may_verify(object)) return misfit(place, EDI_R0334, "`key_ops` does not hold `verify`");
  if (alg && edi_jwk_algorithm(edi_strictjson_text(alg)) != *algorithm)
    return misfit(place, EDI_R0334, "`alg` is not one that is offered for such a key");
  if (!(algorithms & *algorithm))
    return misfit(place, EDI_R0334, "its issuer declares no algorithm for such a key");
  return EDICT_OK;
}

static edict_status read_kid(const edi_json *object, const edi_jwk_place *place, edi_arena *arena,
                             edi_str *kid) {
  const edi_json *member = edi_strictjson_member(object, EDI_STR("kid"));
  edi_str text = edi_strictjson_text(member);
  if (!member) return EDICT_OK;
  if (text.len == 0 || text.len > KID_BYTES)
    return misfit(place, EDI_R0332, "`kid` is not a string of 1 to 255 bytes");
  *kid = (edi_str){edi_arena_copy(arena, text.ptr, text.len), text.len};
  return kid->ptr ? EDICT_OK : edi_arena_status(arena);
}

/* ---- numbers to a key ---- */

/* Base64urlUInt of RFC 7518: the fewest bytes that hold the number. */
static bool read_number(const edi_json *object, const char *name, unsigned char *bytes,
                        size_t capacity, size_t *length) {
  edi_str text = edi_strictjson_text_of(object, name);
  return text.len > 0 && edi_base64url_decode(text, bytes, capacity, length) && bytes[0] != 0;
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

static edict_status make_rsa(const edi_json *object, const edi_jwk_place *place, edi_jwk *jwk) {
  unsigned char n[RSA_BITS_MOST / 8], e[EXPONENT_BYTES];
  size_t n_length = 0, e_length = 0;
  if (!read_number(object, "n", n, sizeof n, &n_length) ||
      !read_number(object, "e", e, sizeof e, &e_length))
    return misfit(place, EDI_R0335,
                  "`n` or `e` is not a base64url number of the size that is allowed");
  if (n_length < RSA_BITS_LEAST / 8 || (n_length == RSA_BITS_LEAST / 8 && n[0] < 0x80))
    return misfit(place, EDI_R0335, "an RSA key has at least 2048 bits");
  if (!(n[n_length - 1] & 1) || !(e[e_length - 1] & 1) || (e_length == 1 && e[0] < 3))
    return misfit(place, EDI_R0335, "`n` is odd, and `e` is odd and at least 3");
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
  return jwk->key ? EDICT_OK : misfit(place, EDI_R0335, "`n` and `e` are no sound RSA key");
}

static edict_status make_ec(const edi_json *object, const edi_jwk_place *place, edi_jwk *jwk) {
  unsigned char point[1 + 2 * P256_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
  size_t x = 0, y = 0;
  if (!edi_str_equal(edi_strictjson_text_of(object, "crv"), EDI_STR("P-256")))
    return misfit(place, EDI_R0335, "`crv` is not P-256");
  if (!edi_base64url_decode(edi_strictjson_text_of(object, "x"), point + 1, P256_BYTES, &x) ||
      !edi_base64url_decode(edi_strictjson_text_of(object, "y"), point + 1 + P256_BYTES, P256_BYTES,
                            &y) ||
      x != P256_BYTES || y != P256_BYTES)
    return misfit(place, EDI_R0335, "`x` and `y` are not base64url of 32 bytes each");
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  bool ready =
      builder &&
      OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1;
  if (ready) jwk->key = make_key("EC", builder);
  OSSL_PARAM_BLD_free(builder);
  if (!ready) return EDICT_MEMORY;
  jwk->signature_length = (size_t)2 * P256_BYTES;
  return jwk->key ? EDICT_OK : misfit(place, EDI_R0335, "`x` and `y` are no point of P-256");
}

/* ---- other forms of the key ---- */

static bool write_pem(edi_jwk *jwk, edi_arena *arena) {
  BIO *memory = BIO_new(BIO_s_mem());
  char *text = NULL;
  if (memory && PEM_write_bio_PUBKEY(memory, jwk->key) == 1) {
    long length = BIO_get_mem_data(memory, &text);
    if (length > 0)
      jwk->pem = (edi_str){edi_arena_copy(arena, text, (size_t)length), (size_t)length};
  }
  BIO_free(memory);
  return jwk->pem.ptr != NULL;
}

static bool digest_key(edi_jwk *jwk) {
  unsigned char *der = NULL;
  int length = i2d_PUBKEY(jwk->key, &der);
  if (length <= 0) return false;
  bool digested =
      crypto_generichash(jwk->digest, sizeof jwk->digest, der, (size_t)length, NULL, 0) == 0;
  OPENSSL_free(der);
  return digested;
}

static edict_status parse(const edi_json *object, uint32_t algorithms, const edi_jwk_place *place,
                          edi_arena *arena, edi_jwk *jwk) {
  edict_status status = check_use(object, algorithms, place, &jwk->algorithm);
  if (status == EDICT_OK) status = read_kid(object, place, arena, &jwk->kid);
  if (status == EDICT_OK)
    status = jwk->algorithm == EDI_ALG_RS256 ? make_rsa(object, place, jwk)
                                             : make_ec(object, place, jwk);
  if (status != EDICT_OK) return status;
  return write_pem(jwk, arena) && digest_key(jwk) ? EDICT_OK : edi_arena_status(arena);
}

edict_status edi_jwk_parse(const edi_json *object, uint32_t algorithms, const edi_jwk_place *place,
                           edi_arena *arena, edi_jwk *jwk) {
  *jwk = (edi_jwk){0};
  edict_status status = parse(object, algorithms, place, arena, jwk);
  if (status != EDICT_OK) edi_jwk_fini(jwk);
  return status;
}

void edi_jwk_fini(edi_jwk *jwk) {
  EVP_PKEY_free(jwk->key);
  *jwk = (edi_jwk){0};
}
