/* Lanes: the portable set, and the choice among them.
 *
 * Bits are made without branches, so that the time does not depend on the data. */
#include "eval/lanes.h"

#include <string.h>

/* A word of bits, BIT(i) for i < count: four quarters side by side, each from its last bit on, so that a bit is one
 * addition. */
#define WORDS(n, out, BIT)                                                                \
  do {                                                                                    \
    size_t w = 0;                                                                         \
    for (; w * 64 + 64 <= (n); w++) {                                                     \
      uint64_t w0 = 0, w1 = 0, w2 = 0, w3 = 0;                                            \
      for (size_t i = w * 64 + 16; i-- > w * 64;) {                                       \
        w0 += w0 + (BIT(i));                                                              \
        w1 += w1 + (BIT(i + 16));                                                         \
        w2 += w2 + (BIT(i + 32));                                                         \
        w3 += w3 + (BIT(i + 48));                                                         \
      }                                                                                   \
      (out)[w] = w0 | w1 << 16 | w2 << 32 | w3 << 48;                                     \
    }                                                                                     \
    if (w * 64 == (n)) break;                                                             \
    (out)[w] = 0;                                                                         \
    for (size_t i = (n); i-- > w * 64;) (out)[w] += (out)[w] + (BIT(i));                  \
  } while (0)

static void range64(const int64_t *v, size_t n, int64_t least, int64_t most, uint64_t *out) {
  /* One comparison: what is below `least` wraps round to above everything. */
  uint64_t from = (uint64_t)least, span = (uint64_t)most - (uint64_t)least;
  if (least > most) {
    memset(out, 0, edi_words(n) * sizeof *out);
    return;
  }
#define BIT(i) ((uint64_t)v[i] - from <= span)
  WORDS(n, out, BIT);
#undef BIT
}

static void range32(const int32_t *v, size_t n, int32_t least, int32_t most, uint64_t *out) {
  uint32_t from = (uint32_t)least, span = (uint32_t)most - (uint32_t)least;
  if (least > most) {
    memset(out, 0, edi_words(n) * sizeof *out);
    return;
  }
#define BIT(i) ((uint32_t)v[i] - from <= span)
  WORDS(n, out, BIT);
#undef BIT
}

static void less64(const int64_t *a, const int64_t *b, size_t n, uint64_t *out) {
#define BIT(i) (a[i] < b[i])
  WORDS(n, out, BIT);
#undef BIT
}

static void equal64(const int64_t *a, const int64_t *b, size_t n, uint64_t *out) {
#define BIT(i) (a[i] == b[i])
  WORDS(n, out, BIT);
#undef BIT
}

static void pick32(const uint32_t *v, size_t n, const uint32_t *table, uint32_t length, uint64_t *out) {
#define AT(i) (v[i] < length ? v[i] : length)
#define BIT(i) (table[AT(i) >> 5] >> (AT(i) & 31) & 1)
  WORDS(n, out, BIT);
#undef BIT
#undef AT
}

static size_t select_bits(const uint64_t *bits, size_t n, uint32_t base, uint32_t *out) {
  size_t count = 0;
  for (size_t w = 0; w < edi_words(n); w++) {
    uint32_t first = base + (uint32_t)w * 64;
    uint64_t word = bits[w];
    if (word == UINT64_MAX) {
      for (uint32_t i = 0; i < 64; i++) out[count++] = first + i;
      continue;
    }
    for (; word; word &= word - 1) out[count++] = first + (uint32_t)__builtin_ctzll(word);
  }
  return count;
}

const edi_lanes edi_lanes_portable = {"portable", range64, range32, less64, equal64, pick32, select_bits};

const edi_lanes *edi_lanes_named(const char *name) {
  if (strcmp(name, "portable") == 0) return &edi_lanes_portable;
#if defined(__x86_64__)
  if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2")) return &edi_lanes_avx2;
  if (strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return &edi_lanes_avx512;
#endif
  return NULL;
}

const edi_lanes *edi_lanes_best(void) {
  static const char *const names[] = {"avx512", "avx2"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const edi_lanes *lanes = edi_lanes_named(names[i]);
    if (lanes) return lanes;
  }
  return &edi_lanes_portable;
}
