/* Lanes for x86-64: AVX2, and AVX-512 with its F, BW, VL and DQ.
 *
 * Each function names what it needs, so the rest of the library runs on any processor; whoever calls asks the
 * processor first. Whole words of 64 numbers are wide, what is left over is the portable set's. */
#include "eval/lanes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,bmi2,popcnt")))

/* Steps of a word written out, so that shifts and addresses are constants. */
#define STEPS_4(STEP, wide) STEP(0) STEP(wide) STEP(2 * (wide)) STEP(3 * (wide))
#define STEPS_8(STEP, wide) STEPS_4(STEP, wide) STEP(4 * (wide)) STEP(5 * (wide)) STEP(6 * (wide)) STEP(7 * (wide))
#define STEPS_16(STEP, wide)                                                                      \
  STEPS_8(STEP, wide) STEP(8 * (wide)) STEP(9 * (wide)) STEP(10 * (wide)) STEP(11 * (wide)) STEP(12 * (wide)) \
  STEP(13 * (wide)) STEP(14 * (wide)) STEP(15 * (wide))

static size_t whole(size_t n) { return n & ~(size_t)63; }

/* ---- AVX2 ---- */

AVX2 static void range64_avx2(const int64_t *v, size_t n, int64_t least, int64_t most, uint64_t *out) {
  const __m256i lo = _mm256_set1_epi64x(least), hi = _mm256_set1_epi64x(most);
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) { \
      __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(v + i + k)); \
      __m256i outside = _mm256_or_si256(_mm256_cmpgt_epi64(lo, x), _mm256_cmpgt_epi64(x, hi)); \
      word |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(outside)) << k; \
    }
    STEPS_16(STEP, 4)
#undef STEP
    out[i / 64] = ~word;
  }
  if (i < n) edi_lanes_portable.range64(v + i, n - i, least, most, out + i / 64);
}

AVX2 static void range32_avx2(const int32_t *v, size_t n, int32_t least, int32_t most, uint64_t *out) {
  const __m256i lo = _mm256_set1_epi32(least), hi = _mm256_set1_epi32(most);
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) { \
      __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(v + i + k)); \
      __m256i outside = _mm256_or_si256(_mm256_cmpgt_epi32(lo, x), _mm256_cmpgt_epi32(x, hi)); \
      word |= (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(outside)) << k; \
    }
    STEPS_8(STEP, 8)
#undef STEP
    out[i / 64] = ~word;
  }
  if (i < n) edi_lanes_portable.range32(v + i, n - i, least, most, out + i / 64);
}

AVX2 static void less64_avx2(const int64_t *a, const int64_t *b, size_t n, uint64_t *out) {
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) { \
      __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(a + i + k)); \
      __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(b + i + k)); \
      word |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(y, x))) << k; \
    }
    STEPS_16(STEP, 4)
#undef STEP
    out[i / 64] = word;
  }
  if (i < n) edi_lanes_portable.less64(a + i, b + i, n - i, out + i / 64);
}

AVX2 static void equal64_avx2(const int64_t *a, const int64_t *b, size_t n, uint64_t *out) {
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) { \
      __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(a + i + k)); \
      __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(b + i + k)); \
      word |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(y, x))) << k; \
    }
    STEPS_16(STEP, 4)
#undef STEP
    out[i / 64] = word;
  }
  if (i < n) edi_lanes_portable.equal64(a + i, b + i, n - i, out + i / 64);
}

/* A table of 256 bits is one register; a larger one is gathered from. */
AVX2 static void pick32_avx2(const uint32_t *v, size_t n, const uint32_t *table, uint32_t length, uint64_t *out) {
  const __m256i small = _mm256_loadu_si256((const __m256i *)(const void *)table), most = _mm256_set1_epi32((int)length);
  bool fits = length < 256;
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) { \
      __m256i x = _mm256_min_epu32(_mm256_loadu_si256((const __m256i *)(const void *)(v + i + k)), most), at = _mm256_srli_epi32(x, 5); \
      __m256i bits = fits ? _mm256_permutevar8x32_epi32(small, at) : _mm256_i32gather_epi32((const int *)(const void *)table, at, 4); \
      __m256i bit = _mm256_srlv_epi32(bits, _mm256_and_si256(x, _mm256_set1_epi32(31))); \
      word |= (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(bit, 31))) << k; \
    }
    STEPS_8(STEP, 8)
#undef STEP
    out[i / 64] = word;
  }
  if (i < n) edi_lanes_portable.pick32(v + i, n - i, table, length, out + i / 64);
}

static size_t select_portable(const uint64_t *bits, size_t n, uint32_t base, uint32_t *out) {
  return edi_lanes_portable.select(bits, n, base, out);
}

const edi_lanes edi_lanes_avx2 = {"avx2", range64_avx2, range32_avx2, less64_avx2, equal64_avx2, pick32_avx2, select_portable};

/* ---- AVX-512 ---- */

AVX512 static void range64_avx512(const int64_t *v, size_t n, int64_t least, int64_t most, uint64_t *out) {
  const __m512i lo = _mm512_set1_epi64(least), hi = _mm512_set1_epi64(most);
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) { \
      __m512i x = _mm512_loadu_si512(v + i + k); \
      word |= (uint64_t)_mm512_mask_cmp_epi64_mask(_mm512_cmp_epi64_mask(lo, x, _MM_CMPINT_LE), x, hi, _MM_CMPINT_LE) << k; \
    }
    STEPS_8(STEP, 8)
#undef STEP
    out[i / 64] = word;
  }
  if (i < n) edi_lanes_portable.range64(v + i, n - i, least, most, out + i / 64);
}

AVX512 static void range32_avx512(const int32_t *v, size_t n, int32_t least, int32_t most, uint64_t *out) {
  const __m512i lo = _mm512_set1_epi32(least), hi = _mm512_set1_epi32(most);
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) { \
      __m512i x = _mm512_loadu_si512(v + i + k); \
      word |= (uint64_t)_mm512_mask_cmp_epi32_mask(_mm512_cmp_epi32_mask(lo, x, _MM_CMPINT_LE), x, hi, _MM_CMPINT_LE) << k; \
    }
    STEPS_4(STEP, 16)
#undef STEP
    out[i / 64] = word;
  }
  if (i < n) edi_lanes_portable.range32(v + i, n - i, least, most, out + i / 64);
}

AVX512 static void less64_avx512(const int64_t *a, const int64_t *b, size_t n, uint64_t *out) {
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) word |= (uint64_t)_mm512_cmp_epi64_mask(_mm512_loadu_si512(a + i + k), _mm512_loadu_si512(b + i + k), _MM_CMPINT_LT) << k;
    STEPS_8(STEP, 8)
#undef STEP
    out[i / 64] = word;
  }
  if (i < n) edi_lanes_portable.less64(a + i, b + i, n - i, out + i / 64);
}

AVX512 static void equal64_avx512(const int64_t *a, const int64_t *b, size_t n, uint64_t *out) {
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) word |= (uint64_t)_mm512_cmp_epi64_mask(_mm512_loadu_si512(a + i + k), _mm512_loadu_si512(b + i + k), _MM_CMPINT_EQ) << k;
    STEPS_8(STEP, 8)
#undef STEP
    out[i / 64] = word;
  }
  if (i < n) edi_lanes_portable.equal64(a + i, b + i, n - i, out + i / 64);
}

/* A table of 512 bits is one register. */
AVX512 static void pick32_avx512(const uint32_t *v, size_t n, const uint32_t *table, uint32_t length, uint64_t *out) {
  const __m512i small = _mm512_loadu_si512(table), one = _mm512_set1_epi32(1), most = _mm512_set1_epi32((int)length);
  bool fits = length < 512;
  size_t i = 0;
  for (; i < whole(n); i += 64) {
    uint64_t word = 0;
#define STEP(k) { \
      __m512i x = _mm512_min_epu32(_mm512_loadu_si512(v + i + k), most), at = _mm512_srli_epi32(x, 5); \
      __m512i bits = fits ? _mm512_permutexvar_epi32(at, small) : _mm512_i32gather_epi32(at, table, 4); \
      __m512i bit = _mm512_srlv_epi32(bits, _mm512_and_si512(x, _mm512_set1_epi32(31))); \
      word |= (uint64_t)_mm512_test_epi32_mask(bit, one) << k; \
    }
    STEPS_4(STEP, 16)
#undef STEP
    out[i / 64] = word;
  }
  if (i < n) edi_lanes_portable.pick32(v + i, n - i, table, length, out + i / 64);
}

AVX512 static size_t select_avx512(const uint64_t *bits, size_t n, uint32_t base, uint32_t *out) {
  const __m512i steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  size_t count = 0;
  for (size_t i = 0; i < n; i += 16) {
    __mmask16 some = (__mmask16)(bits[i / 64] >> (i & 63));
    if (!some) continue;
    _mm512_mask_compressstoreu_epi32(out + count, some, _mm512_add_epi32(steps, _mm512_set1_epi32((int)(base + (uint32_t)i))));
    count += (size_t)__builtin_popcount(some);
  }
  return count;
}

const edi_lanes edi_lanes_avx512 = {"avx512", range64_avx512, range32_avx512, less64_avx512, equal64_avx512, pick32_avx512, select_avx512};

#endif
