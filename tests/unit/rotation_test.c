/* Rotation: keys that overlap, change and are withdrawn, tokens that are taken back, issuers kept apart. */
#include "harness.h"

#include <openssl/evp.h>
#include <pthread.h>

#include "support/tokened.h"
#include "support/trusted.h"

#define NOW_SECONDS (TRUSTED_NOW / 1000000)

/* ---- keys in a set ---- */

static edi_jwks jwks;
static edi_arena arena;
static edict_diagnostics *findings;

static edict_status parse(const char *keys, uint32_t algorithms, bool by_host) {
  edi_jwk_source source = {.name = EDI_STR("set"), .algorithms = algorithms, .by_host = by_host};
  edi_buf set;
  edi_arena_init(&arena, NULL, 4 << 20);
  findings = edict_diagnostics_create();
  edi_buf_init(&set, NULL, 1 << 20);
  edi_buf_format(&set, "{\"keys\":[%s]}", keys);
  edict_status status = edi_jwks_parse((edi_str){set.ptr, set.len}, &source, &arena, &jwks, findings);
  edi_buf_fini(&set);
  return status;
}

static void end(void) {
  edi_jwks_fini(&jwks);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&findings);
}

/* The public half of a test key with further members. */
static char *jwk(const char *algorithm, const char *file, const char *kid, const char *more) {
  char path[256], *text = NULL;
  edi_buf buf;
  snprintf(path, sizeof path, "tests/keys/%s.test.pem", file);
  EVP_PKEY *key = mint_key(path);
  edi_buf_init(&buf, NULL, 1 << 14);
  if (!key || !mint_jwk(algorithm, key, (edi_str){NULL, 0}, kid, &buf)) abort();
  buf.len--; /* the brace */
  edi_buf_format(&buf, "%s}%c", more, 0);
  if (edi_buf_give(&buf, &text) != EDICT_OK) abort();
  EVP_PKEY_free(key);
  return text;
}

/* Without its `alg`. */
static void drop_alg(char *text) {
  char *at = strstr(text, "\"alg\":\""), *after = strchr(at + 7, '"') + 2;
  memmove(at, after, strlen(after) + 1);
}

TEST(a_key_is_valid_in_its_time)
{
  char more[128];
  snprintf(more, sizeof more, ",\"nbf\":%lld,\"exp\":%lld", (long long)NOW_SECONDS - 100, (long long)NOW_SECONDS + 100);
  char *key = jwk("ES256", "ec-a", "a", more);
  const edi_jwk *found;
  static const struct { int64_t second; edi_jwks_found is; } cases[] = {
      {-161, EDI_JWKS_OUT_OF_TIME}, {-160, EDI_JWKS_FOUND}, {0, EDI_JWKS_FOUND}, {159, EDI_JWKS_FOUND}, {160, EDI_JWKS_OUT_OF_TIME}};
  REQUIRE(parse(key, EDI_ALG_ES256, false) == EDICT_OK);
  for (size_t i = 0; i < 5; i++) {
    int64_t now = TRUSTED_NOW + cases[i].second * 1000000;
    CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR("a"), now, &found), cases[i].is);
    CHECK((found != NULL) == (cases[i].is == EDI_JWKS_FOUND));
    CHECK(edi_jwks_has(&jwks, jwks.keys[0].identity, now) == (cases[i].is == EDI_JWKS_FOUND));
  }
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR("b"), TRUSTED_NOW + 160000000, &found), EDI_JWKS_UNKNOWN);
  end();
  edict_text_free(&key);
}

TEST(times_of_keys_are_whole_seconds)
{
  static const char *const bad[] = {",\"exp\":\"1\"", ",\"exp\":1.5", ",\"exp\":null", ",\"exp\":-1", ",\"exp\":253402300800", ",\"nbf\":true", ",\"nbf\":5,\"exp\":5", ",\"nbf\":6,\"exp\":5"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char *key = jwk("ES256", "ec-a", "a", bad[i]);
    CHECK_INT(parse(key, EDI_ALG_ES256, false), EDICT_FORMAT);
    CHECK_INT(edi_diagnostics_code_at(findings, 0), EDI_R0332);
    end();
    edict_text_free(&key);
  }
  char *key = jwk("ES256", "ec-a", "a", ",\"exp\":253402300799");
  CHECK_INT(parse(key, EDI_ALG_ES256, false), EDICT_OK);
  end();
  edict_text_free(&key);
}

/* While two keys overlap a token must name one; before and after, one fits. */
TEST(keys_that_overlap)
{
  char old_times[64], new_times[64], both[4096];
  snprintf(old_times, sizeof old_times, ",\"exp\":%lld", (long long)NOW_SECONDS + 1000);
  snprintf(new_times, sizeof new_times, ",\"nbf\":%lld", (long long)NOW_SECONDS);
  char *old = jwk("ES256", "ec-a", "old", old_times), *new = jwk("ES256", "ec-b", "new", new_times);
  snprintf(both, sizeof both, "%s,%s", old, new);
  const edi_jwk *found;
  REQUIRE(parse(both, EDI_ALG_ES256, false) == EDICT_OK);
  const edi_str none = {NULL, 0};
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, none, TRUSTED_NOW - 600000000, &found), EDI_JWKS_FOUND);
  CHECK(found == &jwks.keys[0]);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, none, TRUSTED_NOW + 600000000, &found), EDI_JWKS_AMBIGUOUS);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR("new"), TRUSTED_NOW + 600000000, &found), EDI_JWKS_FOUND);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, none, TRUSTED_NOW + 2000000000, &found), EDI_JWKS_FOUND);
  CHECK(found == &jwks.keys[1]);
  CHECK_INT(edi_jwks_find(&jwks, EDI_ALG_ES256, EDI_STR("old"), TRUSTED_NOW + 2000000000, &found), EDI_JWKS_OUT_OF_TIME);
  end();
  edict_text_free(&old);
  edict_text_free(&new);
}

/* Of secrets no digest is told, so they are compared themselves. */
TEST(a_secret_is_for_one_algorithm)
{
#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw"
  static const struct { const char *keys; edict_status status; } cases[] = {
      {"{\"kty\":\"oct\",\"kid\":\"a\",\"alg\":\"HS256\",\"k\":\"" SECRET "\"},{\"kty\":\"oct\",\"kid\":\"b\",\"alg\":\"HS512\",\"k\":\"" SECRET "\"}", EDICT_FORMAT},
      {"{\"kty\":\"oct\",\"kid\":\"a\",\"alg\":\"HS256\",\"k\":\"" SECRET "\"},{\"kty\":\"oct\",\"kid\":\"b\",\"alg\":\"HS256\",\"k\":\"" SECRET "\"}", EDICT_OK},
      {"{\"kty\":\"oct\",\"kid\":\"a\",\"alg\":\"HS256\",\"k\":\"" SECRET "\"},{\"kty\":\"oct\",\"kid\":\"b\",\"alg\":\"HS512\",\"k\":\"B" SECRET "AAA\"}", EDICT_OK}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_INT(parse(cases[i].keys, EDI_ALG_SYMMETRIC, true), cases[i].status);
    if (cases[i].status != EDICT_OK) CHECK_INT(edi_diagnostics_code_at(findings, 0), EDI_R0340);
    end();
  }
}

TEST(a_key_is_for_one_algorithm)
{
  char *plain = jwk("RS256", "rsa-a", "a", ""), *pss = jwk("PS256", "rsa-a", "b", ""), *second = jwk("RS256", "rsa-a", "c", ""), both[8192];
  snprintf(both, sizeof both, "%s,%s", plain, pss);
  CHECK_INT(parse(both, EDI_ALG_RS256 | EDI_ALG_PS256, false), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(findings, 0), EDI_R0340);
  end();
  snprintf(both, sizeof both, "%s,%s", plain, second); /* two names of one key, while names change */
  CHECK_INT(parse(both, EDI_ALG_RS256 | EDI_ALG_PS256, false), EDICT_OK);
  end();
  drop_alg(plain);
  CHECK_INT(parse(plain, EDI_ALG_RS256, false), EDICT_OK);
  end();
  CHECK_INT(parse(plain, EDI_ALG_RS256 | EDI_ALG_ES256 | EDI_ALG_EDDSA, false), EDICT_OK);
  end();
  CHECK_INT(parse(plain, EDI_ALG_RS256 | EDI_ALG_RS512, false), EDICT_FORMAT); /* which of the two? */
  CHECK_INT(edi_diagnostics_code_at(findings, 0), EDI_R0334);
  end();
  char *curve = jwk("ES384", "ec-384", "e", "");
  drop_alg(curve);
  CHECK_INT(parse(curve, EDI_ALG_ES256 | EDI_ALG_ES384 | EDI_ALG_ES512, false), EDICT_OK); /* its curve says it */
  CHECK_INT(jwks.keys[0].algorithm, EDI_ALG_ES384);
  end();
  CHECK_INT(parse(curve, EDI_ALG_ES256 | EDI_ALG_ES512, false), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(findings, 0), EDI_R0335);
  end();
  edict_text_free(&plain), edict_text_free(&pss), edict_text_free(&second), edict_text_free(&curve);
}

TEST(secrets_come_from_the_host_alone)
{
  static const struct { const char *more; uint32_t algorithms; bool by_host; edi_code code; } cases[] = {
      {"", EDI_ALG_HS256, true, EDI_CODE_NONE},
      {"", EDI_ALG_HS256, false, EDI_R0333},
      {"", EDI_ALG_ES256, true, EDI_R0333},
      {"", EDI_ALG_HS512, true, EDI_R0334},
      {",\"d\":\"AQ\"", EDI_ALG_HS256, true, EDI_R0333},
      {",\"use\":\"enc\"", EDI_ALG_HS256, true, EDI_R0337}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[512];
    snprintf(text, sizeof text, "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"%s}", cases[i].more);
    edict_status status = parse(text, cases[i].algorithms, cases[i].by_host);
    if (edi_diagnostics_code_at(findings, 0) != cases[i].code || (status == EDICT_OK) != (cases[i].code == EDI_CODE_NONE))
      HARNESS_FAIL("case %zu: %s", i, edi_code_name(edi_diagnostics_code_at(findings, 0)));
    end();
  }
  char *ec = jwk("ES256", "ec-a", "a", ",\"k\":\"AQ\"");
  CHECK_INT(parse(ec, EDI_ALG_ES256, true), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(findings, 0), EDI_R0333);
  end();
  edict_text_free(&ec);
}

/* ---- keys that change while an engine runs ---- */

#define JTI ",\"jti\":\"t-1\""

static edict_status reload(tokened *t, const char *issuer, const char *set, const char **code) {
  edict_diagnostics_clear(t->m.diagnostics);
  edict_status status = edict_engine_reload_keys(t->m.engine, issuer, set, set ? strlen(set) : 0, t->m.diagnostics);
  const char *found = edict_diagnostics_code(t->m.diagnostics, 0);
  *code = found ? found : "";
  return status;
}

TEST(a_withdrawn_key_ends_its_sessions)
{
  tokened t;
  edict_session *first, *second;
  edict_status status;
  const char *code;
  tokened_init(&t, "jti,t-0\n");
  edi_buf one = tokened_mint(&t, 0, "ana", JTI), two = tokened_mint(&t, 1, "ana", JTI);
  REQUIRE(tokened_session(&t, &one, TOKENED_NOW, &first, NULL) == EDICT_OK);
  REQUIRE(tokened_session(&t, &two, TOKENED_NOW, &second, NULL) == EDICT_OK);
  CHECK(tokened_reads(&t, first, TOKENED_NOW, &status) && tokened_reads(&t, second, TOKENED_NOW, &status));
  CHECK_INT(reload(&t, "corp", t.sets[1], &code), EDICT_OK); /* k-2 alone */
  CHECK(!tokened_reads(&t, first, TOKENED_NOW, &status));
  CHECK_INT(status, EDICT_UNTRUSTED);
  CHECK(tokened_reads(&t, second, TOKENED_NOW, &status));
  CHECK_INT(reload(&t, "corp", t.sets[0], &code), EDICT_OK);
  CHECK(tokened_reads(&t, first, TOKENED_NOW, &status)); /* the same key again */
  /* and one prepared answer after the other, of the same that is held */
  for (int again = 0; again < 3; again++) CHECK_INT(edict_ask(t.m.decision, first, t.question, t.memo, TOKENED_NOW, NULL), EDICT_OK);
  CHECK_INT(edict_decision_effect(t.m.decision), EDICT_PERMIT);
  CHECK_INT(reload(&t, "corp", NULL, &code), EDICT_OK);
  CHECK_INT(edict_ask(t.m.decision, first, t.question, t.memo, TOKENED_NOW, NULL), EDICT_UNTRUSTED);
  CHECK_INT(edict_decision_effect(t.m.decision), EDICT_DENY);
  CHECK(!tokened_reads(&t, first, TOKENED_NOW, &status) && !tokened_reads(&t, second, TOKENED_NOW, &status));
  edict_session *third = NULL;
  CHECK_INT(tokened_session(&t, &one, TOKENED_NOW, &third, &code), EDICT_UNTRUSTED);
  CHECK(strcmp(code, "R0341") == 0 && third == NULL);
  edict_session_destroy(&first);
  edict_session_destroy(&second);
  edi_buf_fini(&one);
  edi_buf_fini(&two);
  tokened_fini(&t);
}

TEST(a_token_by_a_key_out_of_its_time_is_refused)
{
  tokened t;
  edict_session *session = NULL;
  const char *code;
  char times[64], set[2048];
  tokened_init(&t, "jti,t-0\n");
  edi_buf token = tokened_mint(&t, 0, "ana", JTI);
  snprintf(times, sizeof times, ",\"exp\":%lld", (long long)NOW_SECONDS + 100);
  char *key = jwk("ES256", "ec-a", "k-1", times);
  snprintf(set, sizeof set, "{\"keys\":[%s]}", key);
  REQUIRE(reload(&t, "corp", set, &code) == EDICT_OK);
  CHECK_INT(tokened_session(&t, &token, TOKENED_NOW + 160000000, &session, &code), EDICT_EXPIRED);
  CHECK(strcmp(code, "R0321") == 0 && !session);
  REQUIRE(tokened_session(&t, &token, TOKENED_NOW, &session, &code) == EDICT_OK);
  edict_status status;
  CHECK(tokened_reads(&t, session, TOKENED_NOW + 159999999, &status)); /* and no session outlasts it */
  CHECK(!tokened_reads(&t, session, TOKENED_NOW + 160000000, &status));
  edict_session_destroy(&session);
  edict_text_free(&key);
  edi_buf_fini(&token);
  tokened_fini(&t);
}

TEST(what_is_no_key_set_changes_nothing)
{
  tokened t;
  edict_session *session;
  edict_status status;
  const char *code;
  tokened_init(&t, "jti,t-0\n");
  edi_buf token = tokened_mint(&t, 0, "ana", JTI);
  static const struct { const char *issuer, *set; edict_status status; const char *code; } cases[] = {
      {"corp", "", EDICT_FORMAT, "R0331"},
      {"corp", "{\"keys\":[]}", EDICT_FORMAT, "R0337"},
      {"corp", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", EDICT_FORMAT, "R0333"},
      {"nobody", "{}", EDICT_ARGUMENT, "R0355"},
      {"host", "{}", EDICT_UNTRUSTED, "R0342"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_INT(reload(&t, cases[i].issuer, cases[i].set, &code), cases[i].status);
    if (strcmp(code, cases[i].code) != 0) HARNESS_FAIL("case %zu: %s", i, code);
  }
  CHECK_INT(edict_engine_reload_keys(NULL, "corp", NULL, 0, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_engine_reload_keys(t.m.engine, NULL, NULL, 0, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_engine_reload_keys(t.m.engine, "corp", NULL, 5, NULL), EDICT_ARGUMENT);
  REQUIRE(tokened_session(&t, &token, TOKENED_NOW, &session, NULL) == EDICT_OK);
  CHECK(tokened_reads(&t, session, TOKENED_NOW, &status));
  edict_session_destroy(&session);
  edi_buf_fini(&token);
  tokened_fini(&t);
}

typedef struct worker { tokened *t; const edi_buf *token; unsigned taken, refused, others; } worker;

static void *verify_often(void *user) {
  worker *w = user;
  for (int i = 0; i < 150; i++) {
    edict_session *session = NULL;
    edict_status status = edict_session_create(w->t->m.engine, w->token->ptr, w->token->len, TOKENED_NOW, &session, NULL);
    w->taken += status == EDICT_OK, w->refused += status == EDICT_UNTRUSTED;
    w->others += status != EDICT_OK && status != EDICT_UNTRUSTED;
    edict_session_destroy(&session);
  }
  return NULL;
}

TEST(keys_change_while_threads_verify)
{
  tokened t;
  const char *code;
  tokened_init(&t, "jti,t-0\n");
  edi_buf one = tokened_mint(&t, 0, "ana", JTI), two = tokened_mint(&t, 1, "ana", JTI);
  worker workers[2] = {{.t = &t, .token = &one}, {.t = &t, .token = &two}};
  pthread_t threads[2];
  for (size_t i = 0; i < 2; i++) REQUIRE(pthread_create(&threads[i], NULL, verify_often, &workers[i]) == 0);
  for (int i = 0; i < 60; i++) CHECK_INT(reload(&t, "corp", t.sets[i % 2], &code), EDICT_OK);
  for (size_t i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  CHECK_INT(workers[0].others + workers[1].others, 0);
  CHECK_INT(workers[0].taken + workers[0].refused, 150);
  CHECK_INT(workers[1].taken, 150); /* its key is in every set */
  edi_buf_fini(&one);
  edi_buf_fini(&two);
  tokened_fini(&t);
}

/* ---- taking back ---- */

TEST(what_was_taken_back_counts_no_more)
{
  static const struct { const char *rows, *sub, *more; size_t key; const char *code; } cases[] = {
      {"jti,t-9\nsub,eve\nkid,k-2\n", "ana", JTI, 0, ""},
      {"jti,t-9\nsub,eve\nkid,k-2\n", "ana", ",\"jti\":\"t-9\"", 0, "R0322"},
      {"jti,t-9\nsub,eve\nkid,k-2\n", "eve", JTI, 0, "R0322"},
      {"jti,t-9\nsub,eve\nkid,k-2\n", "ana", JTI, 1, "R0322"},
      {"jti,t-9\nsub,eve\nkid,k-2\n", "t-9", ",\"jti\":\"eve\"", 0, ""},
      {"jti,t-9\nsub,eve\nkid,k-2\n", "ana", "", 0, "R0324"},
      {"jti,t-9\nsub,eve\nkid,k-2\n", "ana", ",\"jti\":7", 0, "R0324"},
      {"jti,t-9\nsub,eve\nkid,k-2\n", "ana", ",\"jti\":\"\"", 0, "R0324"},
      {"jti,a-very-long-identifier-of-a-token-0001\n", "ana", ",\"jti\":\"a-very-long-identifier-of-a-token-0001\"", 0, "R0322"},
      {"jti,a-very-long-identifier-of-a-token-0001\n", "ana", ",\"jti\":\"a-very-long-identifier-of-a-token-0002\"", 0, ""},
      {"sub,eve\n", "ana", JTI ",\"act\":{\"sub\":\"bo\"}", 0, ""},
      {"sub,eve\n", "ana", JTI ",\"act\":{\"sub\":\"eve\"}", 0, "R0322"},
      {"sub,eve\n", "ana", JTI ",\"act\":{\"sub\":\"bo\",\"act\":{\"sub\":\"eve\"}}", 0, "R0322"},
      {"sub,eve\n", "ana", JTI ",\"act\":{\"sub\":\"eve\",\"iss\":\"https://login.corp.example\"}", 0, "R0322"},
      {"sub,eve\n", "ana", JTI ",\"act\":{\"sub\":\"eve\",\"iss\":\"https://other.example\"}", 0, ""},
      {"jti,eve\nkid,eve\n", "ana", JTI ",\"act\":{\"sub\":\"eve\"}", 0, ""},
      {NULL, "ana", JTI, 0, "R0323"},
      {NULL, "eve", "", 2, ""}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    tokened t;
    edict_session *session = NULL;
    const char *code;
    tokened_init(&t, cases[i].rows);
    edi_buf token = tokened_mint(&t, cases[i].key, cases[i].sub, cases[i].more);
    edict_status status = tokened_session(&t, &token, TOKENED_NOW, &session, &code);
    if (strcmp(code, cases[i].code) != 0 || (status == EDICT_OK) != (*code == '\0')) HARNESS_FAIL("case %zu: %s", i, code);
    edict_session_destroy(&session);
    edi_buf_fini(&token);
    tokened_fini(&t);
  }
}

TEST(a_jti_has_at_most_255_bytes)
{
  tokened t;
  char more[300];
  tokened_init(&t, "jti,t-0\n");
  for (int length = 255; length <= 256; length++) {
    edict_session *session = NULL;
    const char *code;
    snprintf(more, sizeof more, ",\"jti\":\"%0*d\"", length, 0);
    edi_buf token = tokened_mint(&t, 0, "ana", more);
    CHECK_INT(tokened_session(&t, &token, TOKENED_NOW, &session, &code), length == 255 ? EDICT_OK : EDICT_FORMAT);
    edict_session_destroy(&session);
    edi_buf_fini(&token);
  }
  tokened_fini(&t);
}

/* The list is fresh until 2026-12-01: no session outlasts it, and after it nobody comes in. */
TEST(a_stale_list_lets_nobody_in)
{
  const int64_t end_of_list = INT64_C(1796083200000000);
  tokened t;
  edict_session *session;
  edict_status status;
  const char *code;
  char more[96];
  tokened_init(&t, "jti,t-0\n");
  edi_buf token;
  edi_buf_init(&token, NULL, 1 << 14);
  snprintf(more, sizeof more, "{\"iss\":\"https://login.corp.example\",\"sub\":\"ana\",\"aud\":\"mesh\",");
  char claims[512];
  snprintf(claims, sizeof claims, "%s\"exp\":1800000000,\"jti\":\"t-1\",\"roles\":[\"staff\"]}", more);
  REQUIRE(mint_token("ES256", t.keys[0], (edi_str){NULL, 0}, EDI_STR("{\"alg\":\"ES256\",\"kid\":\"k-1\"}"), edi_str_from(claims), &token));
  REQUIRE(tokened_session(&t, &token, TOKENED_NOW, &session, NULL) == EDICT_OK);
  CHECK(tokened_reads(&t, session, end_of_list - 1, &status));
  CHECK(!tokened_reads(&t, session, end_of_list, &status));
  CHECK_INT(status, EDICT_OK); /* a decision, and it denies */
  edict_session *late = NULL;
  CHECK_INT(tokened_session(&t, &token, end_of_list, &late, &code), EDICT_EXPIRED);
  CHECK(strcmp(code, "R0323") == 0);
  edict_session_destroy(&session);
  edi_buf_fini(&token);
  tokened_fini(&t);
}

TEST(a_row_that_takes_nothing_back_refuses_the_set)
{
  tokened t;
  tokened_init(&t, "jti,t-9\n");
  const edi_tablefile *data = t.m.engine->linked[0].tables[t.m.engine->linked[0].program.issuers[0].revoked].data;
  CHECK(data && edi_revocation_is_sound(data));
  tokened_fini(&t);
  mesh m;
  mesh_init(&m);
  mesh_file files[] = {{"edict.yaml", "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
                                      "expires: 2028-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\ntables: { federal.v.t: { file: t.csv, version: 1, "
                                      "created: 2026-01-01T00:00:00Z, expires: 2027-01-01T00:00:00Z } }\n"},
                       {"v.edict", "module federal.v\ntaxonomy role { staff }\ntaxonomy purpose { p }\ntaxonomy domain { sales }\ntaxonomy tag { a }\n"
                                   "levels classification { public }\nissuer c \"https://c.example\"\n audience \"m\"\n keys from host\n algorithms ES256\n"
                                   " revoked in t\ntable t (claim: string, value: string)\n"},
                       {"t.csv", "claim,value\njit,t-9\n"}};
  mesh_add(&m, files, 3);
  CHECK_INT(mesh_engine(&m, NULL), EDICT_FINDINGS);
  CHECK_INT(mesh_count(&m, "R0344"), 1);
  mesh_fini(&m);
}

/* ---- issuers are kept apart ---- */

static void mail_of(tokened *t, size_t key, const char *sub, char *into, size_t size) {
  edict_session *session = NULL;
  edict_status status;
  edict_row row;
  edict_cell in[2] = {mesh_int(1), mesh_text("ana@mail.example")}, out[2];
  char memory[256];
  edi_buf token = tokened_mint(t, key, sub, JTI);
  if (tokened_session(t, &token, TOKENED_NOW, &session, NULL) != EDICT_OK || !tokened_reads(t, session, TOKENED_NOW, &status) ||
      edict_decision_apply_row(t->m.decision, in, 2, out, memory, sizeof memory, &row) != EDICT_OK || row != EDICT_ROW_SHOWN)
    abort();
  snprintf(into, size, "%.*s", (int)out[1].len, out[1].ptr);
  edict_session_destroy(&session);
  edi_buf_fini(&token);
}

TEST(equal_ids_of_two_issuers_are_not_equal)
{
  tokened t;
  char corp[128], again[128], rotated[128], other[128], else_[128];
  tokened_init(&t, "jti,t-0\n");
  mail_of(&t, 0, "ana", corp, sizeof corp);
  mail_of(&t, 0, "ana", again, sizeof again);
  mail_of(&t, 1, "ana", rotated, sizeof rotated);
  mail_of(&t, 2, "ana", other, sizeof other);
  mail_of(&t, 0, "bo", else_, sizeof else_);
  CHECK(strcmp(corp, again) == 0 && strcmp(corp, rotated) == 0);
  CHECK(strcmp(corp, other) != 0 && strcmp(corp, else_) != 0 && strcmp(other, else_) != 0);
  CHECK(strlen(corp) > 10 && strchr(corp, '@') == NULL);
  tokened_fini(&t);
}

TEST(a_key_of_one_issuer_vouches_for_no_other)
{
  tokened t;
  edict_session *session = NULL;
  const char *code;
  edi_buf token;
  tokened_init(&t, "jti,t-0\n");
  edi_buf_init(&token, NULL, 1 << 14);
  REQUIRE(mint_token("ES256", t.keys[2], (edi_str){NULL, 0}, EDI_STR("{\"alg\":\"ES256\",\"kid\":\"o-1\"}"),
                     EDI_STR("{\"iss\":\"https://login.corp.example\",\"sub\":\"ana\",\"aud\":\"mesh\",\"exp\":1795172400,\"jti\":\"t-1\"}"), &token));
  CHECK_INT(tokened_session(&t, &token, TOKENED_NOW, &session, &code), EDICT_UNTRUSTED);
  CHECK(strcmp(code, "R0311") == 0);
  edi_buf_fini(&token);
  tokened_fini(&t);
}

HARNESS_MAIN
