/* Token bench: what a token costs that was not seen before, and one that was, beside the bare primitive.
 *
 * Tokens of some 500 bytes with the claims of rules/demo's kind. Keys are parsed once. The primitive is the
 * library's verification of the same bytes alone, in the same run; libjwt is what reads the key anew each time. The least of
 * several rounds, in processor time, as others work beside it. What hostile tokens cost is in hostile_bench.c. */
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "edict/session_cache.h"
#include "enforce/host.h"
#include "identity/signature.h"
#include "support/mint.h"
#include "support/tokened.h"
#include "support/trusted.h"

enum { ROUNDS = 15 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* others work on this machine too */
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double measure(const char *what, void (*work)(void *user), void *user, unsigned times) {
  double ns[ROUNDS];
  for (unsigned r = 0; r < ROUNDS; r++) {
    double start = now();
    for (unsigned i = 0; i < times; i++) work(user);
    ns[r] = (now() - start) / times;
  }
  qsort(ns, ROUNDS, sizeof *ns, compare);
  printf("  %-52s %10.2f us\n", what, ns[0] / 1000);
  return ns[0];
}

/* ---- not seen before ---- */

typedef struct cold {
  trusted world;
  EVP_PKEY *key;
  edi_buf token;
  edi_signed_text text;
  unsigned char signature[1024];
  char pem[2048], secret[65];
  const char *algorithm;
} cold;

static void verify(void *user) {
  cold *c = user;
  edi_arena arena;
  edi_subject subject;
  edi_arena_init(&arena, NULL, EDI_ARENA_SESSION);
  arena.block = EDI_ARENA_SESSION_BLOCK;
  if (edi_token_verify(c->world.issuers, &c->world.vocabulary, (edi_str){c->token.ptr, c->token.len}, TRUSTED_NOW, &arena, &subject, NULL) != EDICT_OK) abort();
  edi_arena_fini(&arena);
}

static void primitive(void *user) {
  cold *c = user;
  if (edi_signature_verify(trusted_key(&c->world, TRUSTED_CORP, 0), &c->text) != EDICT_OK) abort();
}

/* What could stand in the place of libsodium: a key of OpenSSL's, parsed once too. */
static void by_openssl(void *user) {
  cold *c = user;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (!context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, c->key) != 1 ||
      EVP_DigestVerify(context, c->signature, c->text.signature.len, (const unsigned char *)c->text.input.ptr, c->text.input.len) != 1)
    abort();
  EVP_MD_CTX_free(context);
}

static void by_libjwt(void *user) {
  cold *c = user;
  jwt_t *jwt = NULL;
  const char *key = c->key ? c->pem : c->secret;
  if (jwt_decode(&jwt, c->token.ptr, (const unsigned char *)key, (int)strlen(key)) != 0) abort();
  jwt_free(jwt);
}

static void begin_cold(cold *c, const char *algorithm, const char *file) {
  char path[256], header[128];
  edi_buf set;
  memset(c, 0, sizeof *c);
  memset(c->secret, 's', sizeof c->secret - 1);
  c->algorithm = algorithm;
  trusted_init(&c->world);
  edi_issuer *corp = &c->world.federation.issuers[TRUSTED_CORP];
  corp->algorithms = edi_algorithm_by_name(edi_str_from(algorithm))->bit;
  corp->flags = EDI_ISSUER_KEYS_FROM_HOST;
  snprintf(path, sizeof path, "tests/keys/%s.test.pem", file ? file : "");
  if (trusted_load(&c->world) != EDICT_OK || (file && !(c->key = mint_key(path)))) abort();
  edi_buf_init(&set, NULL, 1 << 16);
  edi_buf_text(&set, "{\"keys\":[");
  if (!mint_jwk(algorithm, c->key, edi_str_from(c->secret), "key-1", &set)) abort();
  edi_buf_text(&set, "]}");
  if (edi_issuers_reload(c->world.issuers, EDI_STR("corp"), (edi_str){set.ptr, set.len}, NULL) != EDICT_OK) abort();
  edi_buf_fini(&set);
  snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"key-1\"}", algorithm);
  edi_buf_init(&c->token, NULL, 1 << 15);
  if (!mint_token(algorithm, c->key, edi_str_from(c->secret), edi_str_from(header),
                  EDI_STR("{\"iss\":\"https://login.corp.example\",\"sub\":\"248289761001\",\"aud\":[\"mesh\",\"account\"],\"exp\":1795172400,"
                          "\"iat\":1795168740,\"jti\":\"5f1d2c1e-8f1b-4a55-9a53\",\"realm_access\":{\"roles\":[\"support\",\"offline_access\"]},"
                          "\"purposes\":[\"support\"],\"region\":\"de\",\"team\":\"blue\"}"),
                  &c->token))
    abort();
  edi_buf_char(&c->token, '\0');
  c->token.len--;
  size_t dot = c->token.len, length = 0;
  while (c->token.ptr[dot - 1] != '.') dot--;
  if (!edi_base64url_decode((edi_str){c->token.ptr + dot, c->token.len - dot}, c->signature, sizeof c->signature, &length)) abort();
  c->text = (edi_signed_text){{c->token.ptr, dot - 1}, {(const char *)c->signature, length}};
  if (c->key && !mint_public_pem(c->key, c->pem, sizeof c->pem)) abort();
}

static void bench_cold(const char *algorithm, const char *file, unsigned times, bool libjwt) {
  static cold c;
  char what[96];
  begin_cold(&c, algorithm, file);
  snprintf(what, sizeof what, "%s, %zu bytes: the signature alone", algorithm, c.token.len);
  double bare = measure(what, primitive, &c, times);
  snprintf(what, sizeof what, "%s: a session", algorithm);
  double all = measure(what, verify, &c, times);
  if (libjwt) measure("    libjwt, which reads the key each time", by_libjwt, &c, times / 4 + 1);
  if (strcmp(algorithm, "EdDSA") == 0) measure("    the signature by OpenSSL, in the place of libsodium", by_openssl, &c, times);
  printf("  %-52s %10.2f us, %.2f times the signature alone\n", "    above the signature", (all - bare) / 1000, all / bare);
  edi_buf_fini(&c.token);
  EVP_PKEY_free(c.key);
  trusted_fini(&c.world);
}

/* ---- seen before ---- */

typedef struct warm { tokened t; edict_session_cache *cache; edi_buf *tokens; char *copy; size_t next, count; } warm;

static void hit(void *user) {
  warm *w = user;
  edict_session *session;
  const edi_buf *token = &w->tokens[w->next++ & (w->count - 1)];
  if (edict_session_cache_get(w->cache, w->t.m.engine, token->ptr, token->len, TOKENED_NOW, &session, NULL) != EDICT_OK) abort();
  edict_session_destroy(&session);
}

static volatile int sink;
static void bare_compare(void *user) {
  warm *w = user;
  sink = memcmp(w->tokens[0].ptr, w->copy, w->tokens[0].len);
}

static void nanoseconds(const char *what, void (*work)(void *user), void *user) {
  double ns[ROUNDS];
  for (unsigned r = 0; r < ROUNDS; r++) {
    double start = now();
    for (unsigned i = 0; i < 200000; i++) work(user);
    ns[r] = (now() - start) / 200000;
  }
  qsort(ns, ROUNDS, sizeof *ns, compare);
  printf("  %-52s %10.1f ns\n", what, ns[0]);
}

static void bench_warm(size_t count) {
  static const unsigned char hash_key[32] = {42};
  static warm w;
  char what[96];
  edict_session_cache_options options = {.size = sizeof options, .entries = 4096, .hash_key = hash_key};
  memset(&w, 0, sizeof w);
  tokened_init(&w.t, "jti,t-0\n");
  w.count = count;
  w.tokens = calloc(count, sizeof *w.tokens);
  if (!w.tokens || edict_session_cache_create(&options, &w.cache) != EDICT_OK) abort();
  for (size_t i = 0; i < count; i++) {
    char sub[160];
    snprintf(sub, sizeof sub, "subject-%0120zu", i);
    w.tokens[i] = tokened_mint(&w.t, 2, sub, ",\"team\":\"blue\",\"purposes\":[\"service\"]");
  }
  w.copy = malloc(w.tokens[0].len);
  memcpy(w.copy, w.tokens[0].ptr, w.tokens[0].len);
  for (size_t i = 0; i < count; i++) hit(&w);
  snprintf(what, sizeof what, "hit, one of %zu tokens of %zu bytes", count, w.tokens[0].len);
  if (count == 1) nanoseconds("bare: comparing the bytes", bare_compare, &w);
  nanoseconds(what, hit, &w);
  edict_session_cache_destroy(&w.cache);
  for (size_t i = 0; i < count; i++) edi_buf_fini(&w.tokens[i]);
  free(w.tokens);
  free(w.copy);
  tokened_fini(&w.t);
}

int main(void) {
  if (sodium_init() < 0) return 1;
  puts("a token not seen before");
  bench_cold("HS256", NULL, 3000, true);
  bench_cold("RS256", "rsa-a", 1000, true);
  bench_cold("ES256", "ec-a", 400, true);
  bench_cold("EdDSA", "ed-a", 600, false);
  bench_cold("PS256", "rsa-a", 1000, false);
  bench_cold("ES384", "ec-384", 60, true);
  bench_cold("ES512", "ec-521", 60, true);
  puts("a token seen before, look-up and release of its session");
  bench_warm(1);
  bench_warm(256);
  bench_warm(2048);
  return 0;
}
