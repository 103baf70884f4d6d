/* Trunc, x86: kernel_number.c's days_past four days at a time, with AVX2; to be called where the processor has it.
 *
 * The steps and names are those of days_past. Quotients are products with a number of 32 bits, shifted, which is exact for all
 * days of the calendar: a test goes through them. */
#include "enforce/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 static inline __attribute__((target("avx2"), always_inline))

AVX2 __m256i all(int64_t v) { return _mm256_set1_epi64x(v); }
AVX2 __m256i product(__m256i x, int64_t by) { return _mm256_mul_epu32(x, all(by)); }

/* All bits of a lane where the year is one of 366 days. */
AVX2 __m256i leaps(__m256i year, __m256i century) {
  __m256i zero = _mm256_setzero_si256(), fourth = _mm256_cmpeq_epi64(_mm256_and_si256(year, all(3)), zero);
  __m256i first = _mm256_cmpeq_epi64(year, zero), whole = _mm256_cmpeq_epi64(_mm256_and_si256(century, all(3)), zero);
  return _mm256_andnot_si256(_mm256_andnot_si256(whole, first), fourth);
}

/* Days before the month in its quarter, by month from March, 3, to February, 14. */
AVX2 __m256i before(__m256i month) {
  const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 0, 59, 0, 30, 61, 0, 31, 62, 0, 31, 61, 0, 31, 0));
  return _mm256_shuffle_epi8(table, _mm256_or_si256(month, all((int64_t)UINT64_C(0x8080808080808000))));
}

AVX2 __m256i past(edi_unit unit, __m256i date) {
  __m256i n1 = _mm256_add_epi64(_mm256_slli_epi64(_mm256_add_epi64(date, all(719468)), 2), all(3));
  __m256i century = _mm256_srli_epi64(product(n1, 240828848), 45); /* n1 / 146097 */
  __m256i n2 = _mm256_or_si256(_mm256_sub_epi64(n1, product(century, 146097)), all(3));
  __m256i year = _mm256_srli_epi64(product(n2, 2939745), 32); /* n2 / 1461 */
  __m256i day_of_year = _mm256_srli_epi64(_mm256_sub_epi64(n2, product(year, 1461)), 2);
  __m256i n3 = _mm256_add_epi64(product(day_of_year, 2141), all(197913));
  __m256i day = _mm256_srli_epi64(product(_mm256_and_si256(n3, all(0xFFFF)), 2006055), 32); /* (n3 & 0xFFFF) / 2141 */
  if (unit == EDI_UNIT_MONTH) return day;
  __m256i leap = _mm256_and_si256(leaps(year, century), all(1)), next = _mm256_cmpgt_epi64(day_of_year, all(305));
  if (unit == EDI_UNIT_YEAR)
    return _mm256_blendv_epi8(_mm256_add_epi64(_mm256_add_epi64(day_of_year, all(59)), leap), _mm256_sub_epi64(day_of_year, all(306)), next);
  __m256i month = _mm256_srli_epi64(n3, 16), march = _mm256_cmpeq_epi64(month, all(3));
  return _mm256_add_epi64(_mm256_add_epi64(day, before(month)), _mm256_and_si256(leap, march));
}

#define EACH(UNIT)                                                                             \
  case EDI_UNIT_##UNIT:                                                                        \
    for (; i + 4 <= count; i += 4) {                                                           \
      __m256i date = _mm256_loadu_si256((const void *)(in + i));                            \
      _mm256_storeu_si256((void *)(out + i), _mm256_sub_epi64(date, past(EDI_UNIT_##UNIT, date))); \
    }                                                                                          \
    break

__attribute__((target("avx2"))) size_t edi_trunc_days_avx2(edi_unit unit, const int64_t *in, int64_t *out, size_t count) {
  size_t i = 0;
  switch ((int)unit) {
    EACH(MONTH);
    EACH(QUARTER);
    EACH(YEAR);
  }
  return i;
}

#endif
