/* Hash lanes: see the header. A word of the state is a vector here, with one word of each message. */
#include "base/hashlanes.h"

#include <string.h>

#include "base/blake2b.h"
#include "base/bytes.h"

static void portable(const edi_keyedhash *hash, edi_hashlanes_batch *b, size_t count) {
  for (size_t i = 0; i < count; i++) edi_keyedhash_short(hash, b->blocks[i], (size_t)b->lengths[i], b->out[i]);
}

#if defined(__x86_64__)

/* The words of the messages from `first` on, those of one place in all of them together; how many such places are not zero in all. */
static inline __attribute__((always_inline)) size_t interleave(const edi_hashlanes_batch *b, size_t first, size_t lanes, uint64_t *words) {
  uint64_t longest = 0;
  for (size_t l = first; l < first + lanes; l++) longest = b->lengths[l] > longest ? b->lengths[l] : longest;
  size_t used = (size_t)(longest + 7) / 8 < 16 ? (size_t)(longest + 7) / 8 : 16;
  for (size_t i = 0; i < used; i++)
    for (size_t l = 0; l < lanes; l++) words[i * lanes + l] = edi_get64(b->blocks[first + l] + 8 * i);
  return used;
}

/* `lanes` messages from `first` on. The address sanitizer's stack would not stand where vectors of 64 bytes must. */
#define COMPRESS(target_name, lanes)                                                                    \
  static __attribute__((target(target_name), no_sanitize("address"))) void compress##lanes(const edi_keyedhash *hash, edi_hashlanes_batch *b, size_t first) { \
    typedef uint64_t word __attribute__((vector_size(8 * lanes)));                                      \
    typedef uint8_t bytes __attribute__((vector_size(8 * lanes), unused));                              \
    static const uint64_t initial[8] = EDI_BLAKE2B_INITIAL;                                             \
    uint64_t words[16 * lanes];                                                                         \
    word m[16], v[16], counted;                                                                         \
    size_t used = interleave(b, first, lanes, words);                                                   \
    for (size_t i = 0; i < 16; i++) m[i] = (word){0};                                                   \
    for (size_t i = 0; i < used; i++) memcpy(&m[i], words + i * lanes, sizeof m[i]);                    \
    memcpy(&counted, b->lengths + first, sizeof counted);                                               \
    for (size_t i = 0; i < 8; i++) v[i] = (word){0} + hash->h[i], v[i + 8] = (word){0} + initial[i];    \
    v[12] ^= counted + 128;                                                                             \
    v[14] = ~v[14];                                                                                     \
    EDI_BLAKE2B_ROUNDS;                                                                                 \
    for (size_t i = 0; i < 2; i++) v[i] ^= v[i + 8] ^ hash->h[i];                                       \
    for (size_t l = 0; l < lanes; l++) {                                                                \
      uint64_t digest[2] = {v[0][l], v[1][l]};                                                          \
      memcpy(b->out[first + l], digest, sizeof digest);                                                 \
    }                                                                                                   \
  }

/* Whole bytes are moved, by one instruction. */
#define MOVED(x, ...) ((word)__builtin_shufflevector((bytes)(x), (bytes)(x), __VA_ARGS__))
#define TURN32(x) MOVED(x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11, 20, 21, 22, 23, 16, 17, 18, 19, 28, 29, 30, 31, 24, 25, 26, 27)
#define TURN24(x) MOVED(x, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10, 19, 20, 21, 22, 23, 16, 17, 18, 27, 28, 29, 30, 31, 24, 25, 26)
#define TURN16(x) MOVED(x, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9, 18, 19, 20, 21, 22, 23, 16, 17, 26, 27, 28, 29, 30, 31, 24, 25)
#define TURN63(x) (((x) + (x)) | (x) >> 63)
COMPRESS("avx2", 4)
#undef TURN32
#undef TURN24
#undef TURN16
#undef TURN63
/* One instruction too. */
#define TURN(x, by) ((x) >> (by) | (x) << (64 - (by)))
#define TURN32(x) TURN(x, 32)
#define TURN24(x) TURN(x, 24)
#define TURN16(x) TURN(x, 16)
#define TURN63(x) TURN(x, 63)
COMPRESS("avx512f,avx512vl", 8)

/* One message alone is not worth it. */
static void avx2(const edi_keyedhash *hash, edi_hashlanes_batch *b, size_t count) {
  for (size_t first = 0; first < count; first += 4)
    if (count - first > 1) compress4(hash, b, first);
    else edi_keyedhash_short(hash, b->blocks[first], (size_t)b->lengths[first], b->out[first]);
}

static void avx512(const edi_keyedhash *hash, edi_hashlanes_batch *b, size_t count) {
  if (count > 4) compress8(hash, b, 0);
  else avx2(hash, b, count);
}

#endif

edi_hashlanes *edi_hashlanes_named(const char *name) {
  if (strcmp(name, "portable") == 0) return portable;
#if defined(__x86_64__)
  if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2")) return avx2;
  if (strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return avx512;
#endif
  return NULL;
}

edi_hashlanes *edi_hashlanes_best(void) {
  static const char *const names[] = {"avx512", "avx2"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    edi_hashlanes *lanes = edi_hashlanes_named(names[i]);
    if (lanes) return lanes;
  }
  return portable;
}
