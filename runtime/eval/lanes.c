/* Lanes: the portable set, and the choice among them.
 *
 * Bits are made without branches, so that the time does not depend on the data. */
#include "eval/lanes.h"

#include <string.h>

#include "base/bytes.h"

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
  if (most == INT64_MAX) { /* most often there is one bound alone */
#define BIT(i) (v[i] >= least)
    WORDS(n, out, BIT);
#undef BIT
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

/* The least bits of 64 bytes that are 0 or 1, as one word. */
static uint64_t packed(const unsigned char *bytes) {
  uint64_t word = 0;
  for (unsigned k = 0; k < 8; k++) word |= (edi_get64(bytes + 8 * k) * UINT64_C(0x0102040810204080) >> 56) << 8 * k;
  return word;
}

/* v is a or b; a whole word of them is compared side by side by any compiler that has instructions for it. */
static void equal32(const uint32_t *v, size_t n, uint32_t a, uint32_t b, uint64_t *out) {
  size_t w = 0;
  for (; w * 64 + 64 <= n; w++) {
    unsigned char same[64];
    for (unsigned i = 0; i < 64; i++) same[i] = (unsigned char)((v[w * 64 + i] == a) | (v[w * 64 + i] == b));
    out[w] = packed(same);
  }
  if (w * 64 == n) return;
  out[w] = 0;
  for (size_t i = n; i-- > w * 64;) out[w] += out[w] + ((v[i] == a) | (v[i] == b));
}

static void turn(size_t n, uint64_t *out) {
  for (size_t w = 0; w < edi_words(n); w++) out[w] = ~out[w];
  if (n % 64) out[n / 64] &= (UINT64_C(1) << n % 64) - 1;
}

/* A table of less than 64 in which one or two are otherwise than what lies past it; false: it is none. */
static bool pick_few(const uint32_t *v, size_t n, const uint32_t *table, uint32_t length, uint64_t *out) {
  if (length >= 64) return false;
  uint64_t bits = table[0] | (uint64_t)table[1] << 32, past = bits >> length & 1;
  uint64_t others = (past ? ~bits : bits) & ((UINT64_C(1) << length) - 1);
  if (others == 0) {
    edi_bits_fill(past != 0, n, out);
    return true;
  }
  uint64_t rest = others & (others - 1);
  if (rest & (rest - 1)) return false;
  uint32_t first = (uint32_t)__builtin_ctzll(others);
  equal32(v, n, first, rest ? (uint32_t)__builtin_ctzll(rest) : first, out);
  if (past) turn(n, out);
  return true;
}

static void pick32(const uint32_t *v, size_t n, const uint32_t *table, uint32_t length, uint64_t *out) {
  if (pick_few(v, n, table, length, out)) return;
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
