/* Session cache: hits that are still in force, never those of another engine, within its bounds, by many threads. */
#include "harness.h"

#include <pthread.h>

#include "support/tokened.h"

static const unsigned char hash_key[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
#define JTI ",\"jti\":\"t-1\""

static edict_session_cache *cache_of(size_t entries, size_t bytes) {
  edict_session_cache_options options = {.size = sizeof options, .entries = entries, .bytes = bytes, .hash_key = hash_key};
  edict_session_cache *cache = NULL;
  if (edict_session_cache_create(&options, &cache) != EDICT_OK) abort();
  return cache;
}

static edict_session_cache_stats stats_of(const edict_session_cache *cache) {
  edict_session_cache_stats stats;
  edict_session_cache_stats_get(cache, &stats);
  return stats;
}

static edict_status get(edict_session_cache *cache, const tokened *t, const edi_buf *token, int64_t now, edict_session **session) {
  return edict_session_cache_get(cache, t->m.engine, token->ptr, token->len, now, session, NULL);
}

TEST(options_that_cannot_be_meant)
{
  edict_session_cache_options good = {.size = sizeof good, .entries = 8, .hash_key = hash_key}, o;
  edict_session_cache *cache = NULL;
  CHECK_INT(edict_session_cache_create(NULL, &cache), EDICT_ARGUMENT);
  o = good, o.size--;
  CHECK_INT(edict_session_cache_create(&o, &cache), EDICT_ARGUMENT);
  o = good, o.hash_key = NULL;
  CHECK_INT(edict_session_cache_create(&o, &cache), EDICT_ARGUMENT);
  o = good, o.entries = 7;
  CHECK_INT(edict_session_cache_create(&o, &cache), EDICT_ARGUMENT);
  o = good, o.entries = (1 << 20) + 1;
  CHECK_INT(edict_session_cache_create(&o, &cache), EDICT_ARGUMENT);
  CHECK(cache == NULL);
  CHECK_INT(edict_session_cache_create(&good, &cache), EDICT_OK);
  edict_session_cache_destroy(&cache);
  o = good, o.entries = 1 << 20;
  CHECK_INT(edict_session_cache_create(&o, &cache), EDICT_OK);
  edict_session_cache_destroy(&cache);
  edict_session_cache_destroy(&cache);
  edict_session_cache_destroy(NULL);
  edict_session_cache_clear(NULL);
  CHECK_INT(edict_session_cache_get(NULL, NULL, NULL, 0, 0, &(edict_session *){NULL}, NULL), EDICT_ARGUMENT);
}

TEST(a_token_seen_before_is_the_same_session)
{
  tokened t;
  edict_session *first, *second, *other;
  edict_status status;
  tokened_init(&t, "jti,t-0\n");
  edict_session_cache *cache = cache_of(64, 0);
  edi_buf token = tokened_mint(&t, 0, "ana", JTI), another = tokened_mint(&t, 1, "ana", JTI);
  REQUIRE(get(cache, &t, &token, TOKENED_NOW, &first) == EDICT_OK);
  REQUIRE(get(cache, &t, &token, TOKENED_NOW + 1000000, &second) == EDICT_OK);
  REQUIRE(get(cache, &t, &another, TOKENED_NOW, &other) == EDICT_OK);
  CHECK(first == second && first != other);
  edict_session_cache_stats stats = stats_of(cache);
  CHECK(stats.hits == 1 && stats.misses == 2 && stats.entries == 2 && stats.bytes > token.len);
  edict_session_destroy(&first); /* the other user keeps it */
  CHECK(tokened_reads(&t, second, TOKENED_NOW, &status));
  edict_session_cache_clear(cache);
  CHECK(stats_of(cache).entries == 0 && stats_of(cache).bytes == 0);
  CHECK(tokened_reads(&t, second, TOKENED_NOW, &status));
  edict_session_cache_destroy(&cache);
  CHECK(tokened_reads(&t, second, TOKENED_NOW, &status));
  edict_session_destroy(&second);
  edict_session_destroy(&other);
  edi_buf_fini(&token);
  edi_buf_fini(&another);
  tokened_fini(&t);
}

/* Each byte of a token that is kept is changed: none is given for it. */
TEST(all_of_a_token_is_compared)
{
  tokened t;
  edict_session *session;
  tokened_init(&t, "jti,t-0\n");
  edict_session_cache *cache = cache_of(8, 0); /* one bucket */
  edi_buf token = tokened_mint(&t, 0, "ana", JTI);
  REQUIRE(get(cache, &t, &token, TOKENED_NOW, &session) == EDICT_OK);
  edict_session_destroy(&session);
  for (size_t i = 0; i < token.len; i += 5) {
    token.ptr[i] ^= 1;
    if (get(cache, &t, &token, TOKENED_NOW, &session) == EDICT_OK) HARNESS_FAIL("byte %zu", i);
    token.ptr[i] ^= 1;
  }
  for (size_t less = 1; less < 40; less += 3) {
    edi_buf shorter = token;
    shorter.len -= less;
    if (get(cache, &t, &shorter, TOKENED_NOW, &session) == EDICT_OK) HARNESS_FAIL("%zu bytes less", less);
  }
  REQUIRE(get(cache, &t, &token, TOKENED_NOW, &session) == EDICT_OK);
  CHECK_INT(stats_of(cache).hits, 1);
  CHECK_INT(stats_of(cache).entries, 1); /* nothing refused is kept */
  edict_session_destroy(&session);
  edict_session_cache_destroy(&cache);
  edi_buf_fini(&token);
  tokened_fini(&t);
}

TEST(what_is_no_longer_in_force_is_not_given)
{
  const int64_t end = TOKENED_NOW + (3000 + 60) * INT64_C(1000000), begin = TOKENED_NOW - (600 + 60) * INT64_C(1000000);
  tokened t;
  edict_session *session, *kept;
  tokened_init(&t, "jti,t-0\n");
  edict_session_cache *cache = cache_of(64, 0);
  edi_buf token = tokened_mint(&t, 0, "ana", JTI);
  REQUIRE(get(cache, &t, &token, TOKENED_NOW, &session) == EDICT_OK);
  edict_session_destroy(&session);
  CHECK_INT(get(cache, &t, &token, end - 1, &session), EDICT_OK);
  edict_session_destroy(&session);
  CHECK_INT(get(cache, &t, &token, begin, &session), EDICT_OK);
  edict_session_destroy(&session);
  CHECK_INT(get(cache, &t, &token, begin - 1, &session), EDICT_EXPIRED);
  CHECK_INT(get(cache, &t, &token, end, &session), EDICT_EXPIRED);
  CHECK(session == NULL && stats_of(cache).entries == 0);
  REQUIRE(get(cache, &t, &token, TOKENED_NOW, &kept) == EDICT_OK);
  CHECK_INT(edict_engine_reload_keys(t.m.engine, "corp", t.sets[1], strlen(t.sets[1]), NULL), EDICT_OK); /* k-2 alone */
  CHECK_INT(get(cache, &t, &token, TOKENED_NOW, &session), EDICT_UNTRUSTED);
  CHECK_INT(edict_engine_reload_keys(t.m.engine, "corp", t.sets[0], strlen(t.sets[0]), NULL), EDICT_OK);
  CHECK_INT(get(cache, &t, &token, TOKENED_NOW, &session), EDICT_OK);
  CHECK(session != kept);
  edict_session_destroy(&session);
  edict_session_destroy(&kept);
  edict_session_cache_destroy(&cache);
  edi_buf_fini(&token);
  tokened_fini(&t);
}

/* What one engine's data took back, the other's did not: each is asked. */
TEST(no_engine_gets_the_session_of_another)
{
  tokened before, after;
  edict_session *old, *again, *new;
  edict_status status;
  tokened_init(&before, "jti,t-0\n");
  tokened_init(&after, "jti,t-0\nsub,eve\n");
  edict_session_cache *cache = cache_of(64, 0);
  edi_buf ana = tokened_mint(&before, 0, "ana", JTI), eve = tokened_mint(&before, 0, "eve", JTI);
  REQUIRE(get(cache, &before, &eve, TOKENED_NOW, &old) == EDICT_OK);
  edict_session_destroy(&old);
  CHECK_INT(get(cache, &after, &eve, TOKENED_NOW, &new), EDICT_UNTRUSTED);
  REQUIRE(get(cache, &before, &ana, TOKENED_NOW, &old) == EDICT_OK && get(cache, &after, &ana, TOKENED_NOW, &new) == EDICT_OK);
  CHECK(old != new && old->engine == before.m.engine && new->engine == after.m.engine);
  CHECK(tokened_reads(&after, new, TOKENED_NOW, &status));
  CHECK(!tokened_reads(&after, old, TOKENED_NOW, &status));
  CHECK_INT(status, EDICT_ARGUMENT);
  REQUIRE(get(cache, &after, &ana, TOKENED_NOW, &again) == EDICT_OK);
  CHECK(again == new);
  edict_session_destroy(&old), edict_session_destroy(&new), edict_session_destroy(&again);
  tokened_fini(&before); /* the cache still keeps its engine, and no address of it is used again */
  edict_session_cache_clear(cache);
  edict_session_cache_destroy(&cache);
  edi_buf_fini(&ana), edi_buf_fini(&eve);
  tokened_fini(&after);
}

static edi_buf numbered(const tokened *t, unsigned i) {
  char sub[16];
  snprintf(sub, sizeof sub, "s-%u", i);
  return tokened_mint(t, 2, sub, "");
}

TEST(it_holds_no_more_than_it_may)
{
  static const struct { size_t entries, bytes, most_entries, most_bytes; } cases[] = {
      {8, 0, 8, 8 * 8192}, {15, 0, 8, 15 * 8192}, {16, 0, 16, 16 * 8192}, {64, 40000, 64, 40000}, {64, 1, 0, 0}};
  tokened t;
  tokened_init(&t, "jti,t-0\n");
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    edict_session_cache *cache = cache_of(cases[c].entries, cases[c].bytes);
    for (unsigned i = 0; i < 60; i++) {
      edict_session *session;
      edi_buf token = numbered(&t, i);
      if (get(cache, &t, &token, TOKENED_NOW, &session) != EDICT_OK) HARNESS_FAIL("token %u", i);
      CHECK(session->subject.id.len > 2);
      edict_session_destroy(&session);
      edict_session_cache_stats stats = stats_of(cache);
      if (stats.entries > cases[c].most_entries || stats.bytes > cases[c].most_bytes)
        HARNESS_FAIL("case %zu: %zu entries, %zu bytes", c, stats.entries, stats.bytes);
      edi_buf_fini(&token);
    }
    edict_session_cache_stats stats = stats_of(cache);
    CHECK_INT(stats.misses, 60);
    if (cases[c].most_entries) CHECK(stats.entries > 0 && stats.evictions == 60 - stats.entries);
    edict_session_cache_destroy(&cache);
  }
  tokened_fini(&t);
}

TEST(what_was_given_last_stays_longest)
{
  tokened t;
  edict_session *session;
  tokened_init(&t, "jti,t-0\n");
  edict_session_cache *cache = cache_of(8, 0);
  edi_buf first = numbered(&t, 0);
  for (unsigned i = 0; i < 40; i++) {
    edi_buf token = numbered(&t, i);
    if (get(cache, &t, &token, TOKENED_NOW, &session) != EDICT_OK) abort();
    edict_session_destroy(&session);
    if (get(cache, &t, &first, TOKENED_NOW, &session) != EDICT_OK) abort();
    edict_session_destroy(&session);
    edi_buf_fini(&token);
  }
  CHECK_INT(stats_of(cache).hits, 40);
  edict_session_cache_destroy(&cache);
  edi_buf_fini(&first);
  tokened_fini(&t);
}

/* ---- threads ---- */

enum { TOKENS = 24, ROUNDS = 400 };
typedef struct shared { tokened *t; edict_session_cache *cache; edi_buf tokens[TOKENS]; } shared;

static void *ask(void *user) {
  shared *s = user;
  intptr_t bad = 0;
  for (unsigned i = 0; i < ROUNDS; i++) {
    edict_session *session = NULL;
    unsigned which = (i * 7 + (unsigned)((uintptr_t)&session >> 12)) % TOKENS;
    char sub[16];
    int length = snprintf(sub, sizeof sub, "s-%u", which);
    edict_status status = get(s->cache, s->t, &s->tokens[which], TOKENED_NOW, &session);
    bad += status != EDICT_OK || edict_session_id(session).len != (size_t)length || memcmp(edict_session_id(session).ptr, sub, (size_t)length) != 0;
    edict_session_destroy(&session);
  }
  return (void *)bad;
}

TEST(threads_share_it)
{
  tokened t;
  shared s = {.t = &t};
  pthread_t threads[3];
  tokened_init(&t, "jti,t-0\n");
  s.cache = cache_of(16, 0);
  for (unsigned i = 0; i < TOKENS; i++) s.tokens[i] = numbered(&t, i);
  for (size_t i = 0; i < 3; i++) REQUIRE(pthread_create(&threads[i], NULL, ask, &s) == 0);
  for (int i = 0; i < 20; i++) {
    edict_session_cache_clear(s.cache);
    CHECK_INT(edict_engine_reload_keys(t.m.engine, "other", t.sets[2], strlen(t.sets[2]), NULL), EDICT_OK);
  }
  for (size_t i = 0; i < 3; i++) {
    void *bad;
    pthread_join(threads[i], &bad);
    CHECK(bad == NULL);
  }
  CHECK_INT(stats_of(s.cache).hits + stats_of(s.cache).misses, 3 * ROUNDS);
  edict_session_cache_destroy(&s.cache);
  for (unsigned i = 0; i < TOKENS; i++) edi_buf_fini(&s.tokens[i]);
  tokened_fini(&t);
}

HARNESS_MAIN
