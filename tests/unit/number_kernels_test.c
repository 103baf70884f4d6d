/* Number kernels: rounding of whole numbers by the two ways that there are, against 128 bits, and division by them; days truncated
 * one by one and side by side. */
#include "harness.h"

#include "base/divide.h"
#include "enforce/kernels.h"
#include "support/random_rules.h"
#include "support/transforms.h"

__extension__ typedef __int128 wide;

static uint64_t some(random_source *r, unsigned bits) { return (random_below(r, UINT64_MAX) | UINT64_C(1) << 63) >> (63 - random_below(r, bits)); }

TEST(halves_divide_as_they_should) {
  random_source r = {5};
  size_t ways = 0;
  for (unsigned i = 0; i < 200000; i++) {
    uint64_t d = some(&r, 62), x = some(&r, 63);
    if (d < 2) continue;
    if (random_below(&r, 4) == 0) x = x / d * d - random_below(&r, 2);
    if (x >> 63) continue;
    uint64_t got = edi_half_divide(edi_half_divider_of(d), x);
    if (got != x / d) HARNESS_FAIL("%llu / %llu", (unsigned long long)x, (unsigned long long)d);
  }
  CHECK_INT(edi_half_divide(edi_half_divider_of(UINT64_C(1) << 62), INT64_MAX), 1);
  for (unsigned i = 0; i < 200000; i++) { /* the short way for every dividend, or none */
    uint64_t d = 1 + (random_below(&r, UINT64_MAX) >> (2 + random_below(&r, 62)));
    edi_divider plain = edi_plain_divider_of(d);
    uint64_t times = UINT64_MAX / d, near = random_below(&r, times) + 1, dividends[] = {UINT64_MAX, near * d, near * d - 1, times * d, times * d - 1, 0};
    ways += plain.d != 0;
    for (unsigned k = 0; k < 6 && plain.d; k++)
      if (edi_half_divide(plain, dividends[k]) != dividends[k] / d) HARNESS_FAIL("%llu by %llu", (unsigned long long)dividends[k], (unsigned long long)d);
  }
  CHECK(ways > 100000 && edi_plain_divider_of(100000000).d == 100000000 && edi_plain_divider_of(10000000).d && edi_plain_divider_of(1).d == 0);
  CHECK_INT(edi_half_divide(edi_half_divider_of(2), INT64_MAX), INT64_MAX / 2);
}

/* False: what comes out has no form. */
static bool rounded(int64_t x, int64_t step, bool floor, int64_t *out) {
  wide q = (wide)x / step - ((wide)x % step < 0), rest = x - q * step;
  if (!floor && (2 * rest > step || (2 * rest == step && (q & 1)))) q++;
  *out = (int64_t)(q * step);
  return q * step >= INT64_MIN && q * step <= INT64_MAX;
}

enum { COUNT = 64 };

static void check(edi_transform *t, const int64_t *in, int64_t step, bool floor) {
  int64_t out[COUNT], wanted;
  uint8_t ok[COUNT];
  t->args[EDI_ARG_ROUND_STEP].as.integer = step;
  t->args[EDI_ARG_ROUND_MODE].as.integer = floor ? EDI_ROUND_FLOOR : EDI_ROUND_HALF_EVEN;
  edi_kernel_round_ints(t, in, out, ok, COUNT);
  for (size_t i = 0; i < COUNT; i++) {
    bool fits = rounded(in[i], step, floor, &wanted);
    if (ok[i] != fits || (fits && out[i] != wanted))
      HARNESS_FAIL("round(%lld) of %lld is %lld", (long long)step, (long long)in[i], (long long)out[i]);
  }
}

/* Bounds near and far apart, which go two ways, and numbers on the edges and beyond. */
TEST(both_ways_find_the_bucket) {
  edi_transform t = transform_of("bucket(0, 100, 10)");
  random_source r = {9};
  for (unsigned round = 0; round < 4000; round++) {
    wide one = (wide)some(&r, 63) * (random_below(&r, 2) ? 1 : -1), other = (wide)some(&r, 63) * (random_below(&r, 2) ? 1 : -1), lo = one < other ? one : other, hi = one < other ? other : one;
    wide size = hi - lo < 2 ? 1 : 1 + (wide)random_below(&r, hi - lo > INT64_MAX ? (uint64_t)INT64_MAX : (uint64_t)(hi - lo));
    int64_t in[COUNT], out[COUNT];
    if (hi == lo) continue;
    t.args[EDI_ARG_LO].as.integer = (int64_t)lo;
    t.args[EDI_ARG_HI].as.integer = (int64_t)hi;
    t.args[EDI_ARG_SIZE].as.integer = (int64_t)size;
    for (size_t i = 0; i < COUNT; i++) {
      wide near = lo + (wide)random_below(&r, 8) * size - (wide)random_below(&r, 2), any = (wide)some(&r, 63) * (random_below(&r, 2) ? 1 : -1);
      in[i] = i == 0 ? INT64_MIN : i == 1 ? INT64_MAX : i == 2 ? (int64_t)hi : i == 3 ? (int64_t)lo : i % 2 && near <= INT64_MAX && near >= INT64_MIN ? (int64_t)near : (int64_t)any;
    }
    edi_kernel_bucket_ints(&t, in, out, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
      wide wanted = in[i] >= hi ? hi : in[i] <= lo ? lo : lo + (in[i] - lo) / size * size;
      if (out[i] != wanted) HARNESS_FAIL("bucket(%lld, %lld, %lld) of %lld is %lld", (long long)lo, (long long)hi, (long long)size, (long long)in[i], (long long)out[i]);
    }
  }
}

/* Near numbers alone, and those that are not among them: the ways must not differ. */
TEST(both_ways_round_alike) {
  const int64_t edge = INT64_C(1) << 61;
  edi_transform t = transform_of("round(100)");
  random_source r = {6};
  for (unsigned round = 0; round < 4000; round++) {
    int64_t in[COUNT], step = (int64_t)some(&r, 63);
    if (step < 1) step = 1;
    if (round % 3 == 0) step = 1 + (int64_t)random_below(&r, 20);
    for (size_t i = 0; i < COUNT; i++) {
      in[i] = (int64_t)some(&r, 60) * (random_below(&r, 2) ? 1 : -1);
      if (random_below(&r, 3) == 0) in[i] = in[i] / step * step + step / 2; /* half way */
      if (in[i] < -edge || in[i] >= edge) in[i] = random_below(&r, 2) ? -edge : edge - 1;
    }
    check(&t, in, step, round % 2);
    in[random_below(&r, COUNT)] = random_below(&r, 2) ? INT64_MAX - (int64_t)random_below(&r, 3) : INT64_MIN + (int64_t)random_below(&r, 3);
    check(&t, in, step, round % 2);
    in[random_below(&r, COUNT)] = random_below(&r, 2) ? edge : -edge - 1;
    check(&t, in, step, round % 2);
  }
}

/* Every day of the calendar, many at a time and alone, which is another way where the processor has wide instructions. */
TEST(days_alone_and_beside_others) {
  static int64_t days[4099], many[4099];
  for (edi_unit unit = EDI_UNIT_HOUR; unit <= EDI_UNIT_YEAR; unit++)
    for (int64_t from = EDI_DATE_MIN; from <= EDI_DATE_MAX; from += 4099) {
      size_t count = EDI_DATE_MAX - from + 1 < 4099 ? (size_t)(EDI_DATE_MAX - from + 1) : 4099;
      for (size_t i = 0; i < count; i++) days[i] = from + (int64_t)i;
      edi_kernel_trunc_dates(unit, days, many, count);
      for (size_t i = 0; i < count; i++) {
        int64_t alone;
        edi_kernel_trunc_dates(unit, &days[i], &alone, 1);
        if (alone != many[i]) HARNESS_FAIL("unit %u of day %lld: %lld", (unsigned)unit, (long long)days[i], (long long)many[i]);
      }
    }
}

HARNESS_MAIN
