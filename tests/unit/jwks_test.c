/* JWKS: key sets taken and refused, keys found by kid, and digests of what was taken. */
#include "harness.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <sodium.h>

#include "bundle/limits.h"
#include "identity/jwks.h"
#include "support/hostile.h"
#include "support/trusted.h"

enum { BOTH = EDI_ALG_RS256 | EDI_ALG_ES256, KEY_RSA = 0, KEY_EC = 1 };

static edi_arena arena;
static edict_diagnostics *diagnostics;
static edi_jwks jwks;

static edict_status parse_text(edi_str text, uint32_t algorithms) {
  edi_arena_init(&arena, NULL, 8 << 20);
  diagnostics = edict_diagnostics_create();
  edi_jwk_source source = {.name = EDI_STR("corp.jwks.json"), .algorithms = algorithms};
  return edi_jwks_parse(text, &source, &arena, &jwks, diagnostics);
}

static void end(void) {
  edi_jwks_fini(&jwks);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
}

static edict_status parse_json(const json_t *root, uint32_t algorithms) {
  char *text = json_dumps(root, JSON_COMPACT);
  edict_status status = parse_text(edi_str_from(text), algorithms);
  free(text);
  return status;
}

/* A fresh set with one key of corp: its RSA or its EC key, without kid, use and alg. */
static json_t *set_of(int which) {
  char *text = trusted_key_file("corp.jwks.json");
  json_t *all = json_loads(text, 0, NULL),
         *key = json_deep_copy(json_array_get(json_object_get(all, "keys"), (size_t)which));
  static const char *const optional[] = {"kid", "use", "alg"};
  for (size_t i = 0; i < 3; i++) json_object_del(key, optional[i]);
  json_decref(all);
  free(text);
  return json_pack("{s:[o]}", "keys", key);
}

static json_t *key_in(json_t *root, size_t index) {
  return json_array_get(json_object_get(root, "keys"), index);
}

TEST(the_sets_of_the_tests_are_taken)
{
  char *corp = trusted_key_file("corp.jwks.json"), *partner = trusted_key_file("partner.jwks.json");
  CHECK_INT(parse_text(edi_str_from(corp), BOTH), EDICT_OK);
  CHECK_INT(jwks.count, 2); /* the third is for encryption */
  CHECK_INT(jwks.keys[0].algorithm, EDI_ALG_RS256);
  CHECK_INT(jwks.keys[0].signature_length, 256);
  CHECK_TEXT(jwks.keys[0].kid.ptr, jwks.keys[0].kid.len, "rsa-1");
  CHECK_INT(jwks.keys[1].algorithm, EDI_ALG_ES256);
  CHECK_INT(jwks.keys[1].signature_length, 64);
  end();
  CHECK_INT(parse_text(edi_str_from(partner), EDI_ALG_ES256), EDICT_OK);
  CHECK_INT(jwks.count, 2);
  end();
  free(corp);
  free(partner);
}

TEST(the_digest_is_of_the_key)
{
  char *corp = trusted_key_file("corp.jwks.json"), *pem = trusted_key_file("rsa-a.public.pem");
  unsigned char der[1024], digest[32];
  char body[1024];
  size_t length = 0, used = 0;
  CHECK_INT(parse_text(edi_str_from(corp), BOTH), EDICT_OK);
  for (char *line = strchr(pem, '\n') + 1; *line != '-'; line = strchr(line, '\n') + 1)
    while (line[0] != '\n') body[used++] = *line++;
  REQUIRE(edi_base64_decode((edi_str){body, used}, der, sizeof der, &length));
  crypto_generichash(digest, sizeof digest, der, length, NULL, 0);
  CHECK(memcmp(digest, jwks.keys[0].digest, sizeof digest) == 0);
  end();
  free(corp);
  free(pem);
}

static edict_status door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings) {
  (void)name;
  edi_arena_init(&arena, NULL, 8 << 20);
  edi_jwk_source source = {.name = EDI_STR("hostile.json"), .algorithms = BOTH};
  edict_status status =
      edi_jwks_parse((edi_str){bytes, length}, &source, &arena, &jwks, findings);
  edi_jwks_fini(&jwks);
  edi_arena_fini(&arena);
  return status;
}

TEST(hostile_key_sets_are_refused_for_their_reason)
{
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/jwks", door, &total), 0);
  CHECK(total >= 35);
}

static const char long_kid[] =
    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "\"";

TEST(one_member_decides)
{
  static const struct {
    int key;
    const char *member, *value;
    edi_code code;
  } cases[] = {{KEY_RSA, "x-other", "{}", EDI_CODE_NONE},
               {KEY_RSA, "use", "\"sig\"", EDI_CODE_NONE},
               {KEY_RSA, "use", "\"enc\"", EDI_R0337},
               {KEY_RSA, "use", "\"tls\"", EDI_R0334},
               {KEY_RSA, "use", "null", EDI_R0334},
               {KEY_RSA, "use", "[\"sig\"]", EDI_R0334},
               {KEY_RSA, "alg", "\"RS256\"", EDI_CODE_NONE},
               {KEY_RSA, "alg", "\"RS512\"", EDI_R0334},
               {KEY_RSA, "alg", "\"ES256\"", EDI_R0334},
               {KEY_RSA, "alg", "\"rs256\"", EDI_R0334},
               {KEY_RSA, "alg", "\"HS256\"", EDI_R0334},
               {KEY_RSA, "alg", "null", EDI_R0334},
               {KEY_EC, "alg", "\"ES256\"", EDI_CODE_NONE},
               {KEY_EC, "alg", "\"RS256\"", EDI_R0334},
               {KEY_RSA, "key_ops", "[\"verify\"]", EDI_CODE_NONE},
               {KEY_RSA, "key_ops", "[\"sign\",\"verify\"]", EDI_CODE_NONE},
               {KEY_RSA, "key_ops", "[\"encrypt\"]", EDI_R0334},
               {KEY_RSA, "key_ops", "[]", EDI_R0334},
               {KEY_RSA, "key_ops", "\"verify\"", EDI_R0334},
               {KEY_RSA, "key_ops", "null", EDI_R0334},
               {KEY_RSA, "kty", "\"OKP\"", EDI_R0334},
               {KEY_RSA, "kty", "\"rsa\"", EDI_R0334},
               {KEY_RSA, "kty", "1", EDI_R0334},
               {KEY_RSA, "kty", NULL, EDI_R0334},
               {KEY_RSA, "kty", "\"oct\"", EDI_R0333},
               {KEY_RSA, "kty", "\"EC\"", EDI_R0335},
               {KEY_EC, "kty", "\"RSA\"", EDI_R0335},
               {KEY_RSA, "d", "\"AQ\"", EDI_R0333},
               {KEY_RSA, "p", "\"AQ\"", EDI_R0333},
               {KEY_RSA, "q", "\"AQ\"", EDI_R0333},
               {KEY_RSA, "dp", "\"AQ\"", EDI_R0333},
               {KEY_RSA, "dq", "\"AQ\"", EDI_R0333},
               {KEY_RSA, "qi", "\"AQ\"", EDI_R0333},
               {KEY_RSA, "oth", "[]", EDI_R0333},
               {KEY_RSA, "k", "\"AQ\"", EDI_R0333},
               {KEY_EC, "d", "\"AQ\"", EDI_R0333},
               {KEY_RSA, "d", "null", EDI_R0333},
               {KEY_RSA, "kid", "\"a\"", EDI_CODE_NONE},
               {KEY_RSA, "kid", "\"\"", EDI_R0332},
               {KEY_RSA, "kid", "7", EDI_R0332},
               {KEY_RSA, "kid", "null", EDI_R0332},
               {KEY_RSA, "kid", long_kid, EDI_R0332},
               {KEY_RSA, "n", NULL, EDI_R0335},
               {KEY_RSA, "n", "\"\"", EDI_R0335},
               {KEY_RSA, "n", "\"AQAB\"", EDI_R0335},
               {KEY_RSA, "n", "65537", EDI_R0335},
               {KEY_RSA, "n", "\"not base64!\"", EDI_R0335},
               {KEY_RSA, "e", NULL, EDI_R0335},
               {KEY_RSA, "e", "\"Aw\"", EDI_CODE_NONE},
               {KEY_RSA, "e", "\"AQ\"", EDI_R0335},
               {KEY_RSA, "e", "\"Ag\"", EDI_R0335},
               {KEY_RSA, "e", "\"AAEAAQ\"", EDI_R0335},
               {KEY_RSA, "e", "\"AQAA\"", EDI_R0335},
               {KEY_RSA, "e", "\"_____w\"", EDI_CODE_NONE},
               {KEY_RSA, "e", "\"AQAAAAE\"", EDI_R0335},
               {KEY_RSA, "e", "\"AQAB=\"", EDI_R0335},
               {KEY_EC, "crv", "\"P-384\"", EDI_R0335},
               {KEY_EC, "crv", "\"secp256k1\"", EDI_R0335},
               {KEY_EC, "crv", NULL, EDI_R0335},
               {KEY_EC, "x", NULL, EDI_R0335},
               {KEY_EC, "y", "\"AA\"", EDI_R0335},
               {KEY_EC, "x", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", EDI_R0335},
               {KEY_EC, "y", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"", EDI_R0335},
               {KEY_EC, "x", "\"_____wAAAAEAAAAAAAAAAAAAAAD_______________8\"",
                EDI_R0335}, /* the field's prime: not reduced */
               {KEY_EC, "x", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", EDI_R0335}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    json_t *root = set_of(cases[i].key);
    if (cases[i].value)
      json_object_set_new(key_in(root, 0), cases[i].member,
                          json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
    else json_object_del(key_in(root, 0), cases[i].member);
    edict_status status = parse_json(root, BOTH);
    edi_code code = edi_diagnostics_code_at(diagnostics, 0);
    if (code != cases[i].code || (status == EDICT_OK) != (code == EDI_CODE_NONE) ||
        (status != EDICT_OK && status != EDICT_FORMAT) || (status != EDICT_OK && jwks.count != 0))
      HARNESS_FAIL("%s %s: %s, status %d", cases[i].member,
                   cases[i].value ? cases[i].value : "left out", edi_code_name(code), status);
    end();
    json_decref(root);
  }
}

TEST(a_key_must_be_for_what_the_issuer_declares)
{
  for (int which = KEY_RSA; which <= KEY_EC; which++) {
    json_t *root = set_of(which);
    CHECK_INT(parse_json(root, EDI_ALG_RS256), which == KEY_RSA ? EDICT_OK : EDICT_FORMAT);
    end();
    CHECK_INT(parse_json(root, EDI_ALG_ES256), which == KEY_EC ? EDICT_OK : EDICT_FORMAT);
    end();
    json_decref(root);
  }
}

/* n of `bytes` bytes, from the product of the test keys' moduli, which have no small factors. */
static edict_status parse_modulus(const BIGNUM *n) {
  unsigned char bytes[2048];
  edi_buf text;
  int length = BN_bn2bin(n, bytes);
  edi_buf_init(&text, NULL, 1 << 16);
  edi_base64url_append(&text, bytes, (size_t)length);
  json_t *root = set_of(KEY_RSA);
  json_object_set_new(key_in(root, 0), "n", json_stringn(text.ptr, text.len));
  edict_status status = parse_json(root, BOTH);
  json_decref(root);
  edi_buf_fini(&text);
  return status;
}

TEST(an_rsa_key_has_2048_to_8192_bits)
{
  json_t *root = set_of(KEY_RSA);
  unsigned char bytes[256];
  size_t length = 0;
  REQUIRE(
      edi_base64url_decode(edi_str_from(json_string_value(json_object_get(key_in(root, 0), "n"))),
                           bytes, sizeof bytes, &length));
  json_decref(root);
  BN_CTX *c = BN_CTX_new();
  BIGNUM *n = BN_bin2bn(bytes, (int)length, NULL), *power = BN_new();
  CHECK_INT(parse_modulus(n), EDICT_OK);
  end();
  BN_clear_bit(n, 2047);
  CHECK_INT(parse_modulus(n), EDICT_FORMAT);
  CHECK(strstr(edict_diagnostics_message(diagnostics, 0), "at least 2048 bits") != NULL);
  end();
  BN_set_bit(n, 2047);
  BN_copy(power, n);
  while (BN_mod_word(power, 3) != 0) BN_add_word(power, 2);
  CHECK_INT(parse_modulus(power), EDICT_FORMAT);
  CHECK(strstr(edict_diagnostics_message(diagnostics, 0), "no sound RSA key") != NULL);
  end();
  BN_sqr(power, n, c);
  BN_sqr(power, power, c);
  CHECK_INT(BN_num_bytes(power), 1024);
  CHECK_INT(parse_modulus(power), EDICT_OK);
  end();
  BN_lshift(power, power, 8);
  BN_add_word(power, 1);
  CHECK_INT(parse_modulus(power), EDICT_FORMAT);
  CHECK(strstr(edict_diagnostics_message(diagnostics, 0), "size that is allowed") != NULL);
  end();
  BN_free(n);
  BN_free(power);
  BN_CTX_free(c);
}

TEST(the_set_has_a_shape)
{
  static const struct {
    const char *text;
    edi_code code;
    edict_status status;
  } cases[] = {{"", EDI_R0331, EDICT_FORMAT},
               {"[]", EDI_R0331, EDICT_FORMAT},
               {"null", EDI_R0331, EDICT_FORMAT},
               {"{}", EDI_R0332, EDICT_FORMAT},
               {"{\"keys\":{}}", EDI_R0332, EDICT_FORMAT},
               {"{\"keys\":null}", EDI_R0332, EDICT_FORMAT},
               {"{\"Keys\":[]}", EDI_R0332, EDICT_FORMAT},
               {"{\"keys\":[1]}", EDI_R0332, EDICT_FORMAT},
               {"{\"keys\":[[]]}", EDI_R0332, EDICT_FORMAT},
               {"{\"keys\":[]}", EDI_R0337, EDICT_FORMAT},
               {"{\"keys\":[],\"keys\":[]}", EDI_R0331, EDICT_FORMAT},
               {"{\"keys\":[{\"use\":\"enc\",\"\\u0075se\":\"sig\"}]}", EDI_R0331, EDICT_FORMAT},
               {"{\"keys\":[]} {}", EDI_R0331, EDICT_FORMAT},
               {"{\"keys\":[],}", EDI_R0331, EDICT_FORMAT},
               {"{\"keys\":[\"\xff\"]}", EDI_R0331, EDICT_FORMAT},
               {"{\"keys\":[\"\\u0000\"]}", EDI_R0331, EDICT_FORMAT},
               {"{'keys':[]}", EDI_R0331, EDICT_FORMAT},
               {"\xef\xbb\xbf{\"keys\":[]}", EDI_R0331, EDICT_FORMAT},
               {"{\"keys\":[1e999]}", EDI_R0331, EDICT_FORMAT},
               {"{\"keys\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", EDI_R0331, EDICT_LIMIT}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edict_status status = parse_text(edi_str_from(cases[i].text), BOTH);
    if (status != cases[i].status || edi_diagnostics_code_at(diagnostics, 0) != cases[i].code)
      HARNESS_FAIL("%s: status %d, %s", cases[i].text, status,
                   edict_diagnostics_message(diagnostics, 0));
    end();
  }
}

static json_t *set_of_many(size_t count, bool same_kid) {
  json_t *root = set_of(KEY_EC), *keys = json_object_get(root, "keys");
  json_t *model = json_deep_copy(json_array_get(keys, 0));
  json_array_clear(keys);
  for (size_t i = 0; i < count; i++) {
    json_t *key = json_deep_copy(model);
    json_object_set_new(key, "kid", same_kid ? json_string("k") : json_sprintf("k%zu", i));
    json_array_append_new(keys, key);
  }
  json_decref(model);
  return root;
}

TEST(limits_at_and_one_past)
{
  json_t *root = set_of_many(EDI_LIMIT_JWKS_KEYS, false);
  CHECK_INT(parse_json(root, BOTH), EDICT_OK);
  CHECK_INT(jwks.count, EDI_LIMIT_JWKS_KEYS);
  end();
  json_decref(root);
  root = set_of_many(EDI_LIMIT_JWKS_KEYS + 1, false);
  CHECK_INT(parse_json(root, BOTH), EDICT_LIMIT);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0330);
  end();
  json_decref(root);
  char *corp = trusted_key_file("corp.jwks.json"), *padded = malloc(EDI_LIMIT_JWKS_FILE + 1);
  memset(padded, ' ', EDI_LIMIT_JWKS_FILE + 1);
  memcpy(padded, corp, strlen(corp));
  CHECK_INT(parse_text((edi_str){padded, EDI_LIMIT_JWKS_FILE}, BOTH), EDICT_OK);
  end();
  CHECK_INT(parse_text((edi_str){padded, EDI_LIMIT_JWKS_FILE + 1}, BOTH), EDICT_LIMIT);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0330);
  end();
  free(corp);
  free(padded);
}

TEST(one_name_one_key)
{
  json_t *root = set_of_many(2, true);
  CHECK_INT(parse_json(root, BOTH), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0336);
  end();
  json_decref(root);
}

TEST(a_secret_of_a_key_for_encryption_is_a_secret)
{
  json_t *root = set_of(KEY_RSA);
  json_object_set_new(key_in(root, 0), "use", json_string("enc"));
  json_object_set_new(key_in(root, 0), "d", json_string("AQ"));
  CHECK_INT(parse_json(root, BOTH), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0333);
  end();
  json_decref(root);
}

TEST(messages_name_the_key_and_not_what_it_holds)
{
  json_t *root = set_of_many(3, false);
  json_object_set_new(key_in(root, 2), "alg", json_string("XYZZY"));
  CHECK_INT(parse_json(root, BOTH), EDICT_FORMAT);
  const char *message = edict_diagnostics_message(diagnostics, 0);
  CHECK(strstr(message, "keys[2] of `corp.jwks.json`") != NULL);
  CHECK(strstr(message, "XYZZY") == NULL);
  end();
  json_decref(root);
}

TEST(a_key_is_found_by_its_exact_name)
{
  const edi_jwk *key = NULL;
  json_t *root = set_of_many(2, false);
  REQUIRE(parse_json(root, BOTH) == EDICT_OK);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR("k1"), TRUSTED_NOW, &key), EDI_JWKS_FOUND);
  CHECK(key == &jwks.keys[1]);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR("K1"), TRUSTED_NOW, &key), EDI_JWKS_UNKNOWN);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR("k"), TRUSTED_NOW, &key), EDI_JWKS_UNKNOWN);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR(""), TRUSTED_NOW, &key), EDI_JWKS_UNKNOWN);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_RS256, EDI_STR("k1"), TRUSTED_NOW, &key), EDI_JWKS_UNKNOWN);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, (edi_str){NULL, 0}, TRUSTED_NOW, &key), EDI_JWKS_AMBIGUOUS);
  CHECK(key == NULL);
  end();
  json_decref(root);
  root = set_of(KEY_EC);
  REQUIRE(parse_json(root, BOTH) == EDICT_OK);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, (edi_str){NULL, 0}, TRUSTED_NOW, &key), EDI_JWKS_FOUND);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR("k1"), TRUSTED_NOW, &key),
            EDI_JWKS_UNKNOWN); /* the key has no name */
  end();
  json_decref(root);
}

/* ---- issuers ---- */

TEST(issuers_load_their_sets)
{
  static trusted t;
  trusted_init(&t);
  CHECK_INT(trusted_load(&t), EDICT_OK);
  trusted_fini(&t);
}

TEST(issuers_that_cannot_be_told_apart_are_refused)
{
  static trusted t;
  trusted_init(&t);
  t.federation.issuers[1].url = t.federation.issuers[0].url;
  CHECK_INT(trusted_load(&t), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(t.diagnostics, 0), EDI_R0339);
  CHECK(t.issuers == NULL);
  trusted_fini(&t);
  trusted_init(&t);
  federation_issuer(&t.federation, "host", NULL, NULL, NULL, 0);
  CHECK_INT(trusted_load(&t), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(t.diagnostics, 0), EDI_R0339);
  trusted_fini(&t);
}

TEST(a_missing_or_bad_set_refuses_the_bundle)
{
  static trusted t;
  trusted_init(&t);
  t.manifest_files[1].name = t.files[1].name = EDI_STR("keys/other.json");
  CHECK_INT(trusted_load(&t), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(t.diagnostics, 0), EDI_R0338);
  CHECK(t.issuers == NULL);
  trusted_fini(&t);
  trusted_init(&t);
  t.files[1].bytes = EDI_STR("{\"keys\":[]}");
  CHECK_INT(trusted_load(&t), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(t.diagnostics, 0), EDI_R0337);
  trusted_fini(&t);
}

HARNESS_MAIN
