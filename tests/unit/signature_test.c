/* Signature: published vectors, every byte of them changed, and numbers at their edges. */
#include "harness.h"

#include <jansson.h>
#include <openssl/evp.h>

#include "identity/jwks.h"
#include "identity/signature.h"
#include "support/hostile.h"
#include "support/mint.h"
#include "support/trusted.h"

typedef struct loaded {
  edi_arena arena;
  edi_jwks jwks;
} loaded;

static bool load(loaded *l, edi_str text) {
  edi_jwk_source source = {.name = EDI_STR("vector"), .algorithms = EDI_ALG_ALL, .by_host = true};
  edi_arena_init(&l->arena, NULL, 1 << 20);
  source.algorithms &= ~(uint32_t)(EDI_ALG_HS256 | EDI_ALG_HS384 | EDI_ALG_HS512);
  if (edi_str_contains(text, EDI_STR("\"oct\""))) source.algorithms = EDI_ALG_SYMMETRIC;
  return edi_jwks_parse(text, &source, &l->arena, &l->jwks, NULL) == EDICT_OK;
}

static void unload(loaded *l) {
  edi_jwks_fini(&l->jwks);
  edi_arena_fini(&l->arena);
}

/* The last dot; what stands after it, decoded. */
static bool cut(edi_str token, edi_signed_text *text, unsigned char *signature, size_t size) {
  size_t dot = token.len, length = 0;
  while (dot > 0 && token.ptr[dot - 1] != '.') dot--;
  if (dot == 0 || !edi_base64url_decode((edi_str){token.ptr + dot, token.len - dot}, signature, size, &length))
    return false;
  *text = (edi_signed_text){{token.ptr, dot - 1}, {(const char *)signature, length}};
  return true;
}

static edict_status verify(const edi_jwk *key, edi_str token) {
  unsigned char signature[1024];
  edi_signed_text text;
  return cut(token, &text, signature, sizeof signature) ? edi_signature_verify(key, &text) : EDICT_FORMAT;
}

static void check_vector(const char *name, edi_str key_set, edi_str token) {
  loaded l;
  if (!load(&l, key_set)) {
    HARNESS_FAIL("%s: the key is refused", name);
    edi_arena_fini(&l.arena);
    return;
  }
  char *copy = edi_arena_copy(&l.arena, token.ptr, token.len);
  edi_str text = {copy, token.len};
  if (l.jwks.count != 1 || verify(&l.jwks.keys[0], text) != EDICT_OK) HARNESS_FAIL("%s does not verify", name);
  for (size_t i = 0; i < token.len; i += 3) {
    if (copy[i] == '.') continue;
    copy[i] ^= 1;
    if (verify(&l.jwks.keys[0], text) == EDICT_OK) HARNESS_FAIL("%s: byte %zu may change", name, i);
    copy[i] ^= 1;
  }
  unload(&l);
}

/* RFC 7515, appendices A.1 and A.4. */
static const struct {
  const char *name, *key, *token;
} inline_vectors[] = {
    {"RFC 7515 A.1",
     "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_"
     "T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}]}",
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
    {"RFC 7515 A.4",
     "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_"
     "NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\",\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9"
     "ubmf63e3kyMj2\"}]}",
     "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA."
     "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xK"
     "pRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"},
};

TEST(published_signatures_verify)
{
  static const char *const files[] = {"4_1.rsa_v15_signature", "4_2.rsa-pss_signature", "4_3.ecdsa_signature",
                                      "4_4.hmac-sha2_integrity_protection", "ed25519_signature"};
  for (size_t i = 0; i < sizeof inline_vectors / sizeof *inline_vectors; i++)
    check_vector(inline_vectors[i].name, edi_str_from(inline_vectors[i].key), edi_str_from(inline_vectors[i].token));
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    static const char *const secrets[] = {"d", "p", "q", "dp", "dq", "qi"};
    char path[256];
    size_t length = 0;
    snprintf(path, sizeof path, "tests/jose/%s.json", files[i]);
    char *bytes = hostile_read(path, &length);
    REQUIRE(bytes != NULL);
    json_t *root = json_loadb(bytes, length, 0, NULL), *input = json_object_get(root, "input"),
           *key = json_deep_copy(json_object_get(input, "key"));
    for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++) json_object_del(key, secrets[k]);
    json_object_set(key, "alg", json_object_get(input, "alg"));
    json_t *set = json_pack("{s:[o]}", "keys", key);
    char *text = json_dumps(set, 0);
    check_vector(files[i], edi_str_from(text),
                 edi_str_from(json_string_value(json_object_get(json_object_get(root, "output"), "compact"))));
    free(text);
    free(bytes);
    json_decref(set);
    json_decref(root);
  }
}

/* ---- edges ---- */

static const struct {
  const char *algorithm, *pem;
} signers[] = {{"RS256", "rsa-a"}, {"RS384", "rsa-a"},  {"RS512", "rsa-a"},  {"PS256", "rsa-a"},
               {"PS384", "rsa-a"}, {"PS512", "rsa-a"},  {"ES256", "ec-a"},   {"ES384", "ec-384"},
               {"ES512", "ec-521"}, {"EdDSA", "ed-a"},  {"HS256", NULL},     {"HS384", NULL},
               {"HS512", NULL}};
enum { SIGNERS = sizeof signers / sizeof *signers };
static const edi_str secret = {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 64};

static EVP_PKEY *private_key(size_t i) {
  char path[256];
  snprintf(path, sizeof path, "tests/keys/%s.test.pem", signers[i].pem ? signers[i].pem : "none");
  return signers[i].pem ? mint_key(path) : NULL;
}

static void load_signer(loaded *l, size_t i, EVP_PKEY *key) {
  edi_buf set;
  edi_buf_init(&set, NULL, 1 << 16);
  edi_buf_text(&set, "{\"keys\":[");
  if (!mint_jwk(signers[i].algorithm, key, secret, "k", &set)) abort();
  edi_buf_text(&set, "]}");
  if (!load(l, (edi_str){set.ptr, set.len})) abort();
  edi_buf_fini(&set);
}

TEST(every_algorithm_verifies_its_own_signature_and_no_other)
{
  CHECK_INT(SIGNERS, edi_algorithm_count());
  for (size_t i = 0; i < SIGNERS; i++) {
    EVP_PKEY *key = private_key(i);
    loaded l;
    load_signer(&l, i, key);
    for (size_t j = 0; j < SIGNERS; j++) {
      EVP_PKEY *other = private_key(j);
      edi_buf token;
      edi_buf_init(&token, NULL, 4096);
      if (!mint_token(signers[j].algorithm, other, secret, EDI_STR("{}"), EDI_STR("{\"a\":1}"), &token)) abort();
      edict_status status = verify(&l.jwks.keys[0], (edi_str){token.ptr, token.len});
      if ((status == EDICT_OK) != (i == j))
        HARNESS_FAIL("%s by the key of %s: %d", signers[j].algorithm, signers[i].algorithm, status);
      edi_buf_fini(&token);
      EVP_PKEY_free(other);
    }
    unload(&l);
    EVP_PKEY_free(key);
  }
}

TEST(numbers_of_a_curve_lie_within_its_order)
{
  for (size_t i = 0; i < SIGNERS; i++) {
    if (signers[i].algorithm[0] != 'E' || signers[i].algorithm[1] != 'S') continue;
    EVP_PKEY *key = private_key(i);
    loaded l;
    load_signer(&l, i, key);
    const edi_jwk *jwk = &l.jwks.keys[0];
    size_t half = jwk->signature_length / 2;
    unsigned char edges[4][66] = {{0}}, bytes[132];
    edges[1][half - 1] = 1;
    memcpy(edges[2], jwk->order, half);
    edges[2][half - 1] -= 1; /* the order is odd */
    memcpy(edges[3], jwk->order, half);
    for (size_t r = 0; r < 4; r++)
      for (size_t s = 0; s < 4; s++) {
        memcpy(bytes, edges[r], half);
        memcpy(bytes + half, edges[s], half);
        bool possible = edi_signature_is_possible(jwk, (edi_str){(const char *)bytes, 2 * half});
        if (possible != (r % 3 != 0 && s % 3 != 0)) HARNESS_FAIL("%s: r %zu, s %zu", signers[i].algorithm, r, s);
      }
    CHECK(!edi_signature_is_possible(jwk, (edi_str){(const char *)bytes, 2 * half - 1}));
    CHECK(!edi_signature_is_possible(jwk, (edi_str){NULL, 0}));
    unload(&l);
    EVP_PKEY_free(key);
  }
}

TEST(a_secret_is_at_least_as_long_as_its_hash)
{
  static const struct {
    const char *algorithm;
    size_t least;
  } cases[] = {{"HS256", 32}, {"HS384", 48}, {"HS512", 64}};
  char bytes[EDI_JWK_SECRET_MOST + 1];
  memset(bytes, 'k', sizeof bytes);
  for (size_t i = 0; i < 3; i++) {
    const size_t sizes[] = {0, cases[i].least - 1, cases[i].least, EDI_JWK_SECRET_MOST, EDI_JWK_SECRET_MOST + 1};
    for (size_t k = 0; k < 5; k++) {
      loaded l;
      edi_buf set;
      edi_buf_init(&set, NULL, 1 << 16);
      edi_buf_text(&set, "{\"keys\":[");
      if (!mint_jwk(cases[i].algorithm, NULL, (edi_str){bytes, sizes[k]}, NULL, &set)) abort();
      edi_buf_text(&set, "]}");
      bool taken = load(&l, (edi_str){set.ptr, set.len});
      if (taken != (k == 2 || k == 3)) HARNESS_FAIL("%s with %zu bytes", cases[i].algorithm, sizes[k]);
      if (taken) unload(&l);
      else edi_arena_fini(&l.arena);
      edi_buf_fini(&set);
    }
  }
}

TEST(points_that_no_key_may_be_are_refused)
{
  static const char *const bad[] = {
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* of order four */
      "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* the point of order one */
      "7P_______________________________________38", /* of order two */
      "7f_______________________________________38", /* zero, not reduced */
      "_________________________________________38", /* above the prime */
      "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* on no curve */
      "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ",  /* 31 bytes */
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    loaded l;
    char set[256];
    snprintf(set, sizeof set, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}]}", bad[i]);
    if (load(&l, edi_str_from(set))) {
      HARNESS_FAIL("%s is taken", bad[i]);
      unload(&l);
    } else edi_arena_fini(&l.arena);
  }
}

TEST(the_log_learns_nothing_of_a_secret)
{
  loaded one, two;
  char set[2][256];
  for (int i = 0; i < 2; i++)
    snprintf(set[i], sizeof set[i], "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"k\",\"k\":\"%c%s\"}]}",
             "AB"[i], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  REQUIRE(load(&one, edi_str_from(set[0])) && load(&two, edi_str_from(set[1])));
  CHECK(memcmp(one.jwks.keys[0].digest, two.jwks.keys[0].digest, 32) == 0);
  CHECK(memcmp(one.jwks.keys[0].identity, two.jwks.keys[0].identity, 32) != 0);
  unload(&one);
  unload(&two);
}

HARNESS_MAIN
