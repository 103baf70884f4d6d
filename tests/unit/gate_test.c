/* Gate: tokens taken and refused, limits at them and one past, and both libraries of one opinion. */
#include "harness.h"

#include <jansson.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "bundle/limits.h"
#include "identity/gate.h"
#include "identity/strictjson.h"
#include "support/hostile.h"
#include "support/mint.h"
#include "support/short_memory.h"
#include "support/trusted.h"

#define NOW_SECONDS (TRUSTED_NOW / 1000000)
#define HEADER      "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rsa-1\"}"
#define ES_HEADER   "{\"alg\":\"ES256\",\"kid\":\"ec-1\"}"
#define CLAIMS(more)    \
  "{\"iss\":\"https://" \
  "login.corp.example\",\"sub\":\"ana\",\"aud\":\"mesh\",\"exp\":1795172400" more "}"

static trusted world;
static EVP_PKEY *rsa, *ec;

__attribute__((constructor)) static void make_world(void) {
  trusted_init(&world);
  rsa = mint_key("tests/keys/rsa-a.test.pem");
  ec = mint_key("tests/keys/ec-a.test.pem");
  if (trusted_load(&world) != EDICT_OK || !rsa || !ec) abort();
}

__attribute__((destructor)) static void end_world(void) {
  trusted_fini(&world);
  EVP_PKEY_free(rsa);
  EVP_PKEY_free(ec);
}

/* Verifies at `now` with findings in `diagnostics`; the subject's memory goes with `arena`. */
static edict_status verify(edi_str token, int64_t now, edi_arena *arena, edi_subject *subject,
                           edict_diagnostics *diagnostics) {
  edi_arena_init(arena, NULL, 1 << 20);
  return edi_token_verify(world.issuers, &world.vocabulary, token, now, arena, subject,
                          diagnostics);
}

static edi_code code_of(edi_str token, int64_t now, edict_status *status) {
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  edi_arena arena;
  edi_subject subject, zero = {0};
  *status = verify(token, now, &arena, &subject, diagnostics);
  edi_code code = edi_diagnostics_code_at(diagnostics, 0);
  if (*status != EDICT_OK) CHECK(memcmp(&subject, &zero, sizeof zero) == 0);
  CHECK_INT(edict_diagnostics_count(diagnostics), *status != EDICT_OK && *status != EDICT_MEMORY);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
  return code;
}

static edi_buf mint(const char *header, const char *payload) {
  edi_buf token;
  bool es256 = strstr(header, "ES256") != NULL;
  edi_buf_init(&token, NULL, 8 << 20);
  CHECK(mint_token(es256 ? "ES256" : "RS256", es256 ? ec : rsa, (edi_str){NULL, 0},
                   edi_str_from(header), edi_str_from(payload), &token));
  return token;
}

static edi_str str_of(const edi_buf *buf) { return (edi_str){buf->ptr, buf->len}; }

static edict_status door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings) {
  edi_arena arena;
  edi_subject subject;
  edict_status status = verify((edi_str){bytes, length}, TRUSTED_NOW, &arena, &subject, findings);
  if (status == EDICT_OK && subject.id.len == 0) printf("# %s: a subject without an id\n", name);
  edi_arena_fini(&arena);
  return status;
}

TEST(hostile_tokens_are_refused_for_their_reason)
{
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/token", door, &total), 0);
  CHECK(total >= 390);
}

/* ---- what a hostile token may cost ---- */

typedef struct counter { size_t now, most, calls; } counter;

static void *count(void *context, void *pointer, size_t old_size, size_t new_size) {
  counter *c = context;
  c->now += new_size - old_size;
  c->calls++;
  if (c->now > c->most) c->most = c->now;
  return edi_allocator_default.resize(edi_allocator_default.context, pointer, old_size, new_size);
}

static edict_status costly_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  counter c = {0, 0, 0};
  edi_allocator allocator = {count, &c};
  edi_arena arena;
  edi_subject subject;
  edi_arena_init(&arena, &allocator, 1 << 22);
  edict_status status = edi_token_verify(world.issuers, &world.vocabulary, (edi_str){bytes, length}, TRUSTED_NOW, &arena, &subject, findings);
  if (status != EDICT_OK && arena.used > 0) HARNESS_FAIL("%s leaves %zu bytes behind", name, arena.used);
  edi_arena_fini(&arena);
  if (c.most > 2 << 20 || c.calls > 100) HARNESS_FAIL("%s takes %zu bytes in %zu pieces", name, c.most, c.calls);
  if (c.now != 0) HARNESS_FAIL("%s keeps %zu bytes", name, c.now);
  return status;
}

TEST(no_token_costs_much_memory)
{
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/token", costly_door, &total), 0);
  /* The most members that fit, and the same as lists in lists of numbers. */
  edi_buf payload, token;
  edi_buf_init(&payload, NULL, 1 << 16);
  edi_buf_text(&payload, "{\"iss\":\"https://login.corp.example\",\"sub\":\"ana\",\"aud\":\"mesh\",\"exp\":1795172400,\"x\":[0");
  while (payload.len < 11500) edi_buf_text(&payload, ",0");
  edi_buf_text(&payload, "]}");
  edi_buf_char(&payload, 0);
  token = mint(ES_HEADER, payload.ptr);
  CHECK(token.len <= EDI_LIMIT_TOKEN);
  edict_diagnostics *findings = edict_diagnostics_create();
  CHECK_INT(costly_door("many numbers", token.ptr, token.len, findings), EDICT_OK);
  edict_diagnostics_destroy(&findings);
  edi_buf_fini(&payload);
  edi_buf_fini(&token);
}

TEST(a_good_token_gives_its_subject)
{
  const char *const headers[] = {HEADER, ES_HEADER};
  for (size_t i = 0; i < 2; i++) {
    edi_buf token = mint(
        headers[i],
        CLAIMS(
            ",\"iat\":1795168740,\"nbf\":1795168750,\"realm_access\":{\"roles\":[\"support\"]}"));
    edi_arena arena;
    edi_subject s;
    REQUIRE(verify(str_of(&token), TRUSTED_NOW, &arena, &s, NULL) == EDICT_OK);
    CHECK_TEXT(s.id.ptr, s.id.len, "ana");
    CHECK_INT(s.issuer, 0);
    CHECK_INT(s.expires, INT64_C(1795172460000000));
    CHECK_INT(s.not_before, INT64_C(1795168690000000));
    CHECK(memcmp(s.key_digest, trusted_key(&world, 0, i)->digest, 32) == 0);
    edi_value issuer = s.attrs[world.vocabulary.slot_subject_issuer],
              id = s.attrs[world.vocabulary.slot_subject_id];
    CHECK_INT(issuer.as.integer, federation_node(&world.federation, "issuer", "corp"));
    CHECK(id.base == EDI_TYPE_SUBJECT);
    edi_arena_fini(&arena);
    edi_buf_fini(&token);
  }
}

TEST(times_at_their_edges)
{
  static const struct {
    const char *claims;
    int64_t second;
    edict_status status;
  } cases[] = {{CLAIMS(""), 1795172459, EDICT_OK},
               {CLAIMS(""), 1795172460, EDICT_EXPIRED},
               {CLAIMS(""), -62135596800, EDICT_OK},
               {CLAIMS(",\"nbf\":1795168800"), 1795168740, EDICT_OK},
               {CLAIMS(",\"nbf\":1795168800"), 1795168739, EDICT_EXPIRED},
               {CLAIMS(",\"iat\":1795168800"), 1795168740, EDICT_OK},
               {CLAIMS(",\"iat\":1795168800"), 1795168739, EDICT_EXPIRED},
               {CLAIMS(",\"iat\":1795168800,\"nbf\":1795168900"), 1795168839, EDICT_EXPIRED},
               {CLAIMS(",\"iat\":1795168900,\"nbf\":1795168800"), 1795168839, EDICT_EXPIRED},
               {CLAIMS(",\"iat\":1795172399"), 1795172400, EDICT_OK},
               {CLAIMS(",\"iat\":1795172400"), 1795172400, EDICT_FORMAT}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_buf token = mint(ES_HEADER, cases[i].claims);
    edict_status status;
    code_of(str_of(&token), cases[i].second * 1000000, &status);
    if (status != cases[i].status) HARNESS_FAIL("case %zu: status %d", i, status);
    edi_buf_fini(&token);
  }
}

TEST(the_last_time_of_the_calendar_does_not_overflow)
{
  edi_buf token = mint(
      ES_HEADER, "{\"iss\":\"https://"
                 "login.corp.example\",\"sub\":\"ana\",\"aud\":\"mesh\",\"exp\":253402300799}");
  edi_arena arena;
  edi_subject s;
  CHECK_INT(verify(str_of(&token), TRUSTED_NOW, &arena, &s, NULL), EDICT_OK);
  CHECK_INT(s.expires, EDI_TIMESTAMP_MAX);
  CHECK_INT(s.not_before, EDI_TIMESTAMP_MIN);
  edi_arena_fini(&arena);
  edi_buf_fini(&token);
}

/* A token of exactly `length` bytes: the payload is padded with blanks, the header with what is left. */
static edi_buf mint_of_length(size_t length) {
  for (size_t header_pad = 0; header_pad < 4; header_pad++) {
    edi_buf payload, header;
    edi_buf_init(&payload, NULL, 1 << 20);
    edi_buf_init(&header, NULL, 1 << 10);
    edi_buf_format(&header, ES_HEADER "%*s", (int)header_pad, "");
    edi_buf_text(&payload, CLAIMS(""));
    size_t header_digits = (header.len * 4 + 2) / 3, digits = length - header_digits - 2 - 86;
    while ((payload.len * 4 + 2) / 3 < digits) edi_buf_char(&payload, ' ');
    edi_buf_char(&payload, 0), edi_buf_char(&header, 0);
    edi_buf token = mint(header.ptr, payload.ptr);
    edi_buf_fini(&payload);
    edi_buf_fini(&header);
    if (token.len == length) return token;
    edi_buf_fini(&token);
  }
  abort();
}

TEST(a_token_has_at_most_its_limit)
{
  edict_status status;
  edi_buf at = mint_of_length(EDI_LIMIT_TOKEN), past = mint_of_length(EDI_LIMIT_TOKEN + 1);
  CHECK_INT(code_of(str_of(&at), TRUSTED_NOW, &status), EDI_CODE_NONE);
  CHECK_INT(status, EDICT_OK);
  CHECK_INT(code_of(str_of(&past), TRUSTED_NOW, &status), EDI_R0300);
  CHECK_INT(status, EDICT_LIMIT);
  edi_buf_fini(&at);
  edi_buf_fini(&past);
}

TEST(a_megabyte_is_refused_before_it_is_read)
{
  edict_status status;
  size_t size = 1 << 20;
  char *bytes = malloc(size);
  memset(bytes, 'A', size);
  CHECK_INT(code_of((edi_str){bytes, size}, TRUSTED_NOW, &status), EDI_R0300);
  memset(bytes, '.', size);
  CHECK_INT(code_of((edi_str){bytes, size}, TRUSTED_NOW, &status), EDI_R0300);
  free(bytes);
  CHECK_INT(code_of((edi_str){NULL, 0}, TRUSTED_NOW, &status), EDI_R0301);
}

TEST(depth_at_the_limit_and_one_past)
{
  char payload[512];
  for (int depth = EDI_LIMIT_TOKEN_DEPTH; depth <= EDI_LIMIT_TOKEN_DEPTH + 1; depth++) {
    edict_status status;
    size_t at = (size_t)snprintf(
        payload, sizeof payload, "%s,\"x\":",
        "{\"iss\":\"https://"
        "login.corp.example\",\"sub\":\"ana\",\"aud\":\"mesh\",\"exp\":1795172400");
    memset(payload + at, '[', (size_t)depth - 1);
    memset(payload + at + depth - 1, ']', (size_t)depth - 1);
    snprintf(payload + at + 2 * (depth - 1), 2, "}");
    edi_buf token = mint(ES_HEADER, payload);
    CHECK_INT(code_of(str_of(&token), TRUSTED_NOW, &status),
              depth > EDI_LIMIT_TOKEN_DEPTH ? EDI_R0304 : EDI_CODE_NONE);
    CHECK_INT(status, depth > EDI_LIMIT_TOKEN_DEPTH ? EDICT_LIMIT : EDICT_OK);
    edi_buf_fini(&token);
  }
}

TEST(brackets_in_strings_do_not_nest)
{
  edict_status status;
  edi_buf token = mint(ES_HEADER, CLAIMS(",\"x\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[\\\\\""));
  CHECK_INT(code_of(str_of(&token), TRUSTED_NOW, &status), EDI_CODE_NONE);
  edi_buf_fini(&token);
}

TEST(no_prefix_of_a_token_is_one)
{
  edict_status status;
  edi_buf token = mint(ES_HEADER, CLAIMS(""));
  for (size_t length = 0; length < token.len; length++)
    if (code_of((edi_str){token.ptr, length}, TRUSTED_NOW, &status) == EDI_CODE_NONE ||
        status == EDICT_OK)
      HARNESS_FAIL("the first %zu bytes", length);
  edi_buf_fini(&token);
}

/* Every byte replaced by its neighbour in the alphabet, and by one outside. */
TEST(no_changed_byte_goes_unseen)
{
  const char *const headers[] = {HEADER, ES_HEADER};
  for (size_t which = 0; which < 2; which++) {
    edi_buf token = mint(headers[which], CLAIMS(""));
    for (size_t i = 0; i < token.len; i++) {
      char kept = token.ptr[i];
      const char others[] = {(char)(kept ^ 1), (char)(kept ^ 0x20), '.', '='};
      for (size_t k = 0; k < sizeof others; k++) {
        edict_status status;
        if (others[k] == kept) continue;
        token.ptr[i] = others[k];
        code_of(str_of(&token), TRUSTED_NOW, &status);
        if (status == EDICT_OK) HARNESS_FAIL("byte %zu as 0x%02x", i, (unsigned char)others[k]);
      }
      token.ptr[i] = kept;
    }
    edi_buf_fini(&token);
  }
}

TEST(messages_hold_nothing_of_the_token)
{
  edi_buf token =
      mint(HEADER, "{\"iss\":\"https://"
                   "login.corp.example\",\"sub\":\"xyzzy\",\"aud\":\"xyzzy\",\"exp\":1795172400}");
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  edi_arena arena;
  edi_subject s;
  char *text = NULL;
  size_t length = 0;
  CHECK_INT(verify(str_of(&token), TRUSTED_NOW, &arena, &s, diagnostics), EDICT_UNTRUSTED);
  REQUIRE(edict_diagnostics_render(diagnostics, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK);
  CHECK(strstr(text, "R0315") != NULL);
  CHECK(strstr(text, "xyzzy") == NULL);
  edict_text_free(&text);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
  edi_buf_fini(&token);
}

/* ---- the two libraries ---- */

static size_t last_dot(edi_str token) {
  size_t dot = 0;
  for (size_t i = 0; i < token.len; i++)
    if (token.ptr[i] == '.') dot = i;
  return dot;
}

/* What OpenSSL says alone, past the gate's checks of form. */
static bool openssl_agrees(const edi_jwk *key, edi_str token) {
  unsigned char bytes[1024];
  size_t length = 0, dot = last_dot(token);
  if (!edi_base64url_decode((edi_str){token.ptr + dot + 1, token.len - dot - 1}, bytes,
                            sizeof bytes, &length))
    return false;
  edi_signed_text text = {
      .input = {token.ptr, dot}, .signature = {(const char *)bytes, length}};
  return edi_signature_verify(key, &text) == EDICT_OK;
}

static bool libjwt_agrees(const edi_jwk *key, edi_str token) {
  jwt_t *jwt = NULL;
  char copy[4096], pem[2048];
  snprintf(copy, sizeof copy, "%.*s", EDI_STR_ARG(token));
  bool agrees = mint_public_pem(key->key, pem, sizeof pem) &&
                jwt_decode(&jwt, copy, (const unsigned char *)pem, (int)strlen(pem)) == 0;
  jwt_free(jwt);
  return agrees;
}

TEST(openssl_and_libjwt_are_of_one_opinion)
{
  const char *const headers[] = {HEADER, ES_HEADER};
  unsigned differ = 0, taken = 0;
  for (size_t which = 0; which < 2; which++) {
    edi_buf token = mint(headers[which], CLAIMS(""));
    const edi_jwk *key = trusted_key(&world, 0, (uint32_t)which);
    CHECK(openssl_agrees(key, str_of(&token)) && libjwt_agrees(key, str_of(&token)));
    CHECK(!openssl_agrees(trusted_key(&world, 1, 0), str_of(&token)));
    for (size_t i = last_dot(str_of(&token)) + 1; i + 1 < token.len; i += 3) {
      char kept = token.ptr[i];
      token.ptr[i] = kept == 'A' ? 'B' : 'A';
      bool one = openssl_agrees(key, str_of(&token)), two = libjwt_agrees(key, str_of(&token));
      differ += one != two, taken += one;
      token.ptr[i] = kept;
    }
    edi_buf_fini(&token);
  }
  CHECK_INT(differ, 0);
  CHECK_INT(taken, 0);
}

/* RFC 7515 appendix A.2 and A.3, and RFC 7520 section 4.1 (tests/jose). */
static const struct {
  const char *key, *token;
} vectors[] = {
    {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
     "wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
     "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
     "bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665"
     "xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
     "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}]}",
     "eyJhbGciOiJSUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
     "Q."
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
     "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdi"
     "uB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
     "xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2"
     "w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
     "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_"
     "tue659LNpXW6pCyStikYjKIWI5a0\"}]}",
     "eyJhbGciOiJFUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
     "Q."
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"}};

static void check_vector(edi_str key_set, edi_str token, bool by_libjwt) {
  edi_arena arena;
  edi_jwks jwks;
  edi_arena_init(&arena, NULL, 1 << 20);
  edi_jwk_source source = {.name = EDI_STR("vector"), .algorithms = EDI_ALG_RS256 | EDI_ALG_ES256};
  REQUIRE(edi_jwks_parse(key_set, &source, &arena, &jwks, NULL) == EDICT_OK);
  CHECK(openssl_agrees(&jwks.keys[0], token));
  if (by_libjwt) CHECK(libjwt_agrees(&jwks.keys[0], token));
  char *changed = edi_arena_copy(&arena, token.ptr, token.len);
  changed[30] = changed[30] == 'A' ? 'B' : 'A';
  CHECK(!openssl_agrees(&jwks.keys[0], (edi_str){changed, token.len}));
  edi_jwks_fini(&jwks);
  edi_arena_fini(&arena);
}

TEST(published_signatures_verify)
{
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
    check_vector(edi_str_from(vectors[i].key), edi_str_from(vectors[i].token), true);
  size_t length = 0;
  char *bytes = hostile_read("tests/jose/4_1.rsa_v15_signature.json", &length);
  REQUIRE(bytes != NULL);
  json_t *root = json_loadb(bytes, length, 0, NULL),
         *key = json_object_get(json_object_get(root, "input"), "key");
  edi_str token =
      edi_str_from(json_string_value(json_object_get(json_object_get(root, "output"), "compact")));
  json_t *public_key = json_pack("{s:[{s:O,s:O,s:O,s:O}]}", "keys", "kty",
                                 json_object_get(key, "kty"), "kid", json_object_get(key, "kid"),
                                 "n", json_object_get(key, "n"), "e", json_object_get(key, "e"));
  char *text = json_dumps(public_key, 0);
  check_vector(edi_str_from(text), token, false); /* its payload is no JSON, which libjwt wants */
  free(text);
  free(bytes);
  json_decref(public_key);
  json_decref(root);
}

/* ---- memory and threads ---- */

TEST(without_memory_there_is_no_subject)
{
  edi_buf token = mint(HEADER, CLAIMS(",\"team\":\"blue\",\"grades\":[1,2,3]"));
  size_t n = 1;
  for (bool done = false; !done && n < 1000; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena arena;
    edi_subject s, zero = {0};
    edi_arena_init(&arena, &allocator, 1 << 20);
    edict_status status = edi_token_verify(world.issuers, &world.vocabulary, str_of(&token),
                                           TRUSTED_NOW, &arena, &s, NULL);
    done = !memory.failed;
    CHECK_INT(status, done ? EDICT_OK : EDICT_MEMORY);
    if (!done) CHECK(memcmp(&s, &zero, sizeof zero) == 0);
    edi_arena_fini(&arena);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
  }
  CHECK(n > 2);
  edi_buf_fini(&token);
}

static void *verify_often(void *token) {
  intptr_t bad = 0;
  for (int i = 0; i < 20; i++) {
    edi_arena arena;
    edi_subject s;
    bad += verify(*(edi_str *)token, TRUSTED_NOW, &arena, &s, NULL) != EDICT_OK || s.id.len != 3;
    edi_arena_fini(&arena);
  }
  return (void *)bad;
}

TEST(threads_share_the_issuers)
{
  edi_buf tokens[2] = {mint(HEADER, CLAIMS("")), mint(ES_HEADER, CLAIMS(""))};
  edi_str texts[2] = {str_of(&tokens[0]), str_of(&tokens[1])};
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++)
    REQUIRE(pthread_create(&threads[i], NULL, verify_often, &texts[i % 2]) == 0);
  for (size_t i = 0; i < 4; i++) {
    void *bad = NULL;
    pthread_join(threads[i], &bad);
    CHECK(bad == NULL);
  }
  edi_buf_fini(&tokens[0]);
  edi_buf_fini(&tokens[1]);
}

TEST(destroyed_issuers_trust_nobody)
{
  static trusted other;
  edi_buf token = mint(ES_HEADER, CLAIMS(""));
  edi_arena arena;
  edi_subject s;
  trusted_init(&other);
  REQUIRE(trusted_load(&other) == EDICT_OK);
  edi_issuers_destroy(other.issuers);
  edi_arena_init(&arena, NULL, 1 << 20);
  CHECK_INT(edi_token_verify(other.issuers, &other.vocabulary, str_of(&token), TRUSTED_NOW, &arena,
                             &s, NULL),
            EDICT_UNTRUSTED);
  edi_arena_fini(&arena);
  edi_issuers_destroy(NULL);
  trusted_fini(&other);
  edi_buf_fini(&token);
}

HARNESS_MAIN
