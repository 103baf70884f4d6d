/* Session cache: buckets of a few sessions each, behind a lock for a part of the buckets.
 *
 *   token -> hash -> bucket -> same engine, same length, same bytes -> still in force? -> one more user
 *
 * The hash is NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC) under a key as long as a token, made from
 * the host's; any two tokens share a bucket no more often than chance has it, whoever chose them. It decides
 * where to look and never what is equal. Work is bounded: a bucket's ways, and a few evictions for one insert.
 * Invariant: an entry keeps its session, and by that its engine, so no engine's address is used again. */
#include <pthread.h>
#include <sodium.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "bundle/limits.h"
#include "edict/session_cache.h"
#include "enforce/host.h"

enum { WAYS = 8, SHARDS_MOST = 64, ENTRIES_MOST = 1 << 20, BYTES_EACH = 8192, EVICTIONS_MOST = 8 };
enum { KEY_WORDS = EDI_LIMIT_TOKEN / 4 + 8 };

typedef struct entry {
  uint64_t hash, used;          /* `used`: when it was last given, by the shard's count */
  const edict_session *session; /* NULL: empty */
  char *token;
  size_t length, bytes;
} entry;

typedef struct shard {
  pthread_mutex_t lock;
  uint64_t clock, hits, misses, evictions;
  size_t entries, bytes, hand; /* `hand`: the next place that room is made in */
  char apart[64]; /* no two locks in one line of the processor's cache, wherever the memory begins */
} shard;

struct edict_session_cache {
  shard shards[SHARDS_MOST];
  size_t shard_count, bucket_count, bytes_each; /* powers of two; bytes of one shard at most */
  entry *entries;               /* bucket_count * WAYS */
  unsigned shift;               /* 63 less the bits of a bucket's number */
  uint64_t spread;              /* odd: mixes the hash, of the key too */
  uint32_t key[KEY_WORDS];
};

static void *allocate(size_t size) {
  return edi_allocator_default.resize(edi_allocator_default.context, NULL, 0, size);
}

static void release(void *pointer, size_t size) {
  (void)edi_allocator_default.resize(edi_allocator_default.context, pointer, size, 0);
}

/* ---- hash ---- */

/* In the machine's own order of bytes: nothing but this process sees the hash. */
static inline uint64_t word_at(const char *p) {
  uint64_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

static inline uint64_t product(const uint32_t *key, uint64_t word) {
  return (uint64_t)((uint32_t)word + key[0]) * ((uint32_t)(word >> 32) + key[1]);
}

/* The sum over whole blocks of 32 bytes; how many bytes those are. */
#ifdef __SSE2__
static uint64_t sum_blocks(const uint32_t *key, const char *token, size_t length, size_t *done) {
  __m128i sums[2] = {_mm_setzero_si128(), _mm_setzero_si128()};
  size_t at = 0;
  for (; at + 32 <= length; at += 32, key += 8)
    for (size_t i = 0; i < 2; i++) {
      __m128i added = _mm_add_epi32(_mm_loadu_si128((const __m128i *)(const void *)(token + at + 16 * i)),
                                    _mm_loadu_si128((const __m128i *)(const void *)(key + 4 * i)));
      sums[i] = _mm_add_epi64(sums[i], _mm_mul_epu32(added, _mm_srli_epi64(added, 32)));
    }
  uint64_t halves[2];
  _mm_storeu_si128((__m128i *)(void *)halves, _mm_add_epi64(sums[0], sums[1]));
  *done = at;
  return halves[0] + halves[1];
}
#else
static uint64_t sum_blocks(const uint32_t *key, const char *token, size_t length, size_t *done) {
  uint64_t sums[4] = {0};
  size_t at = 0;
  for (; at + 32 <= length; at += 32, key += 8)
    for (size_t i = 0; i < 4; i++) sums[i] += product(key + 2 * i, word_at(token + at + 8 * i));
  *done = at;
  return sums[0] + sums[1] + sums[2] + sums[3];
}
#endif

static uint64_t hash_of(const edict_session_cache *c, const char *token, size_t length) {
  uint64_t last = 0;
  size_t at;
  uint64_t sum = sum_blocks(c->key, token, length, &at);
  const uint32_t *key = c->key + at / 4;
  for (; at + 8 <= length; at += 8, key += 2) sum += product(key, word_at(token + at));
  if (at < length && length >= 8) last = word_at(token + length - 8) >> (8 * (8 - (length - at)));
  else if (at < length) memcpy(&last, token + at, length - at);
  sum += product(key, last) + product(c->key + KEY_WORDS - 2, length);
  return sum * c->spread;
}

/* Where an entry may be: two buckets of one shard, so that a full one does not push out while the other has
 * room. Of a product with an odd number the high bits are the good ones. */
typedef struct choice { entry *first, *second; size_t shard; } choice;

static choice choice_of(const edict_session_cache *c, uint64_t hash) {
  size_t one = (size_t)(hash >> 1 >> c->shift), rows = c->bucket_count / c->shard_count;
  size_t step = (1 + (size_t)((uint64_t)(uint32_t)(hash >> 8) * (rows - 1) >> 32)) * c->shard_count; /* without a division */
  size_t other = (one + step) & (c->bucket_count - 1);
  return (choice){&c->entries[one * WAYS], &c->entries[other * WAYS], one & (c->shard_count - 1)};
}

/* ---- life ---- */

static void make_key(edict_session_cache *c, const unsigned char *hash_key) {
  static const unsigned char nonce[crypto_stream_chacha20_NONCEBYTES] = "edict-s";
  (void)crypto_stream_chacha20((unsigned char *)c->key, sizeof c->key, nonce, hash_key);
  memcpy(&c->spread, c->key + KEY_WORDS - 4, sizeof c->spread);
  c->spread |= 1;
}

edict_status edict_session_cache_create(const edict_session_cache_options *options, edict_session_cache **cache) {
  *cache = NULL;
  if (!options || options->size != sizeof *options || !options->hash_key || options->entries < WAYS ||
      options->entries > ENTRIES_MOST)
    return EDICT_ARGUMENT;
  size_t buckets = 1;
  while (2 * buckets * WAYS <= options->entries) buckets *= 2; /* never more than was allowed */
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edict_session_cache *c = allocate(sizeof *c);
  if (!c) return EDICT_MEMORY;
  memset(c, 0, sizeof *c);
  c->bucket_count = buckets;
  c->shift = 63;
  for (size_t n = buckets; n > 1; n /= 2) c->shift--;
  c->shard_count = buckets < SHARDS_MOST ? buckets : SHARDS_MOST;
  c->bytes_each = (options->bytes ? options->bytes : options->entries * BYTES_EACH) / c->shard_count;
  c->entries = allocate(buckets * WAYS * sizeof *c->entries);
  size_t made = 0;
  while (c->entries && made < c->shard_count && pthread_mutex_init(&c->shards[made].lock, NULL) == 0) made++;
  if (made < c->shard_count) {
    while (made > 0) (void)pthread_mutex_destroy(&c->shards[--made].lock);
    if (c->entries) release(c->entries, buckets * WAYS * sizeof *c->entries);
    release(c, sizeof *c);
    return EDICT_MEMORY;
  }
  memset(c->entries, 0, buckets * WAYS * sizeof *c->entries);
  make_key(c, options->hash_key);
  *cache = c;
  return EDICT_OK;
}

/* Takes an entry out; its session is for the caller to leave, when no lock is held. */
static const edict_session *take_out(shard *s, entry *e) {
  const edict_session *session = e->session;
  sodium_memzero(e->token, e->length);
  release(e->token, e->length);
  s->bytes -= e->bytes;
  s->entries--;
  *e = (entry){0};
  return session;
}

/* The entry at a place of a shard: its buckets are those whose number leaves the shard's as rest. */
static entry *place_in(const edict_session_cache *c, size_t number, size_t place) {
  return &c->entries[((place / WAYS) * c->shard_count + number) * WAYS + place % WAYS];
}

void edict_session_cache_clear(edict_session_cache *cache) {
  if (!cache) return;
  size_t places = cache->bucket_count / cache->shard_count * WAYS;
  for (size_t number = 0; number < cache->shard_count; number++)
    for (size_t place = 0; place < places; place++) {
      shard *s = &cache->shards[number];
      (void)pthread_mutex_lock(&s->lock);
      entry *e = place_in(cache, number, place);
      const edict_session *gone = e->session ? take_out(s, e) : NULL;
      (void)pthread_mutex_unlock(&s->lock);
      if (gone) edi_session_leave(gone);
    }
}

void edict_session_cache_destroy(edict_session_cache **cache) {
  if (!cache || !*cache) return;
  edict_session_cache *c = *cache;
  edict_session_cache_clear(c);
  for (size_t i = 0; i < c->shard_count; i++) (void)pthread_mutex_destroy(&c->shards[i].lock);
  release(c->entries, c->bucket_count * WAYS * sizeof *c->entries);
  sodium_memzero(c, sizeof *c);
  release(c, sizeof *c);
  *cache = NULL;
}

void edict_session_cache_stats_get(const edict_session_cache *cache, edict_session_cache_stats *stats) {
  *stats = (edict_session_cache_stats){0};
  for (size_t i = 0; cache && i < cache->shard_count; i++) {
    shard *s = (shard *)&cache->shards[i];
    (void)pthread_mutex_lock(&s->lock);
    stats->hits += s->hits;
    stats->misses += s->misses;
    stats->evictions += s->evictions;
    stats->entries += s->entries;
    stats->bytes += s->bytes;
    (void)pthread_mutex_unlock(&s->lock);
  }
}

/* ---- look-up ---- */

typedef struct sought {
  const edict_engine *engine;
  const char *token;
  size_t length;
  uint64_t hash;
  int64_t now;
} sought;

static bool in_force(const edict_session *session, int64_t now) {
  return session->subject.not_before <= now && now < session->subject.expires && edi_session_stands(session, now);
}

static entry *find_in(entry *bucket, const sought *q) {
  for (size_t i = 0; i < WAYS; i++) {
    entry *e = &bucket[i];
    if (e->session && e->hash == q->hash && e->session->engine == q->engine && e->length == q->length &&
        memcmp(e->token, q->token, q->length) == 0)
      return e;
  }
  return NULL;
}

static entry *find(const choice *at, const sought *q) {
  entry *e = find_in(at->first, q);
  return e ? e : find_in(at->second, q);
}

/* A session in force, with one user more; NULL: none. What is no longer in force goes. */
static const edict_session *look_up(shard *s, const choice *at, const sought *q) {
  const edict_session *found = NULL, *gone = NULL;
  (void)pthread_mutex_lock(&s->lock);
  entry *e = find(at, q);
  if (e && in_force(e->session, q->now)) {
    found = edi_session_keep(e->session);
    e->used = ++s->clock;
    s->hits++;
  } else {
    if (e) gone = take_out(s, e);
    s->misses++;
  }
  (void)pthread_mutex_unlock(&s->lock);
  if (gone) edi_session_leave(gone);
  return found;
}

/* ---- insert ---- */

/* An empty way; else one of another engine or out of its time; else the one not given for longest. */
static entry *way_for(const choice *at, const sought *q) {
  entry *oldest = at->first;
  for (size_t i = 0; i < 2 * WAYS; i++) {
    entry *e = i < WAYS ? &at->first[i] : &at->second[i - WAYS];
    if (!e->session || e->session->engine != q->engine || q->now >= e->session->subject.expires) return e;
    if (e->used < oldest->used) oldest = e;
  }
  return oldest;
}

/* Makes room for `bytes` more in the shard; false if a few evictions do not suffice. */
static bool make_room(edict_session_cache *c, size_t number, size_t bytes, const edict_session **gone, size_t *gone_count) {
  shard *s = &c->shards[number];
  size_t places = c->bucket_count / c->shard_count * WAYS;
  for (size_t tried = 0; s->bytes + bytes > c->bytes_each && tried < places; tried++) {
    entry *e = place_in(c, number, s->hand++ % places);
    if (!e->session) continue;
    if (*gone_count == EVICTIONS_MOST) return false;
    gone[(*gone_count)++] = take_out(s, e);
    s->evictions++;
  }
  return s->bytes + bytes <= c->bytes_each;
}

static void insert(edict_session_cache *c, const choice *at, const sought *q, const edict_session *session) {
  const edict_session *gone[EVICTIONS_MOST + 1];
  size_t gone_count = 0, bytes = q->length + session->arena.reserved;
  shard *s = &c->shards[at->shard];
  char *token = bytes <= c->bytes_each ? allocate(q->length) : NULL;
  if (!token) return; /* it is verified again next time */
  memcpy(token, q->token, q->length);
  (void)pthread_mutex_lock(&s->lock);
  bool wanted = !find(at, q); /* else another thread was here first */
  if (wanted) {
    entry *e = way_for(at, q);
    if (e->session) gone[gone_count++] = take_out(s, e), s->evictions++;
    wanted = make_room(c, at->shard, bytes, gone, &gone_count);
    if (wanted) {
      *e = (entry){q->hash, ++s->clock, edi_session_keep(session), token, q->length, bytes};
      s->bytes += bytes;
      s->entries++;
    }
  }
  (void)pthread_mutex_unlock(&s->lock);
  for (size_t i = 0; i < gone_count; i++) edi_session_leave(gone[i]);
  if (wanted) return;
  sodium_memzero(token, q->length);
  release(token, q->length);
}

edict_status edict_session_cache_get(edict_session_cache *cache, const edict_engine *engine, const char *token,
                                     size_t length, int64_t now, edict_session **session,
                                     edict_diagnostics *diagnostics) {
  *session = NULL;
  if (!cache || !engine || (length && !token)) return EDICT_ARGUMENT;
  if (length == 0 || length > EDI_LIMIT_TOKEN)
    return edict_session_create(engine, token, length, now, session, diagnostics);
  sought q = {engine, token, length, hash_of(cache, token, length), now};
  choice at = choice_of(cache, q.hash);
  *session = (edict_session *)look_up(&cache->shards[at.shard], &at, &q);
  if (*session) return EDICT_OK;
  edict_status status = edict_session_create(engine, token, length, now, session, diagnostics);
  if (status == EDICT_OK) insert(cache, &at, &q, *session);
  return status;
}
