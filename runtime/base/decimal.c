/* Decimal: exact arithmetic on mantissa * 10^-scale, checked, by way of 128-bit integers.
 *
 * In: canonical decimals, texts, doubles. Out: canonical decimals, or false where there is none.
 * Aligning two scales multiplies a 64-bit mantissa by at most 10^18, which is below 2^123; sums and
 * products of such fit as well. Doubles appear in the functions that name them alone. */
#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

__extension__ typedef __int128 wide;

enum { SCALE_MOST = 18, DOUBLE_DIGITS = 17 };
#define LEAST_NORMAL 2.2250738585072014e-308

static const int64_t powers[SCALE_MOST + 1] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

static bool is_narrow(wide m) { return m >= INT64_MIN && m <= INT64_MAX; }

/* The canonical form of m * 10^-scale for any scale; false if there is none. */
static bool make_wide(wide m, unsigned scale, edi_decimal *out) {
  while (scale > 0 && !is_narrow(m) && m % 10 == 0) {
    m /= 10;
    scale--;
  }
  if (!is_narrow(m)) return false;
  int64_t mantissa = (int64_t)m;
  if (mantissa == 0) scale = 0;
  while (scale > 0 && mantissa % 10 == 0) {
    mantissa /= 10;
    scale--;
  }
  if (scale > SCALE_MOST) return false;
  *out = (edi_decimal){.mantissa = mantissa, .scale = (uint8_t)scale};
  return true;
}

bool edi_decimal_make(int64_t mantissa, unsigned scale, edi_decimal *out) {
  return scale <= SCALE_MOST && make_wide(mantissa, scale, out);
}

edi_decimal edi_decimal_from_int(int64_t i) { return (edi_decimal){.mantissa = i, .scale = 0}; }

/* ---- arithmetic ---- */

/* Both mantissas at the larger of the two scales. */
static unsigned align(edi_decimal a, edi_decimal b, wide *left, wide *right) {
  unsigned scale = a.scale > b.scale ? a.scale : b.scale;
  *left = (wide)a.mantissa * powers[scale - a.scale];
  *right = (wide)b.mantissa * powers[scale - b.scale];
  return scale;
}

int edi_decimal_compare(edi_decimal a, edi_decimal b) {
  wide left, right;
  align(a, b, &left, &right);
  return left < right ? -1 : left > right;
}

bool edi_decimal_add(edi_decimal a, edi_decimal b, edi_decimal *out) {
  wide left, right;
  unsigned scale = align(a, b, &left, &right);
  return make_wide(left + right, scale, out);
}

bool edi_decimal_sub(edi_decimal a, edi_decimal b, edi_decimal *out) {
  wide left, right;
  unsigned scale = align(a, b, &left, &right);
  return make_wide(left - right, scale, out);
}

bool edi_decimal_mul(edi_decimal a, edi_decimal b, edi_decimal *out) {
  return make_wide((wide)a.mantissa * b.mantissa, (unsigned)a.scale + b.scale, out);
}

/* ---- text ---- */

static size_t digit_run(edi_str text, size_t at) {
  size_t end = at;
  while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9') end++;
  return end - at;
}

static wide digits_value(edi_str text, size_t at, size_t count, wide value) {
  for (size_t i = 0; i < count; i++) value = value * 10 + (text.ptr[at + i] - '0');
  return value;
}

bool edi_decimal_parse(edi_str text, edi_decimal *out) {
  size_t at = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
  bool negative = at == 1;
  size_t whole = digit_run(text, at), fraction = 0, point = at + whole;
  if (whole == 0 || (whole > 1 && text.ptr[at] == '0')) return false;
  if (point < text.len) {
    if (text.ptr[point] != '.') return false;
    fraction = digit_run(text, point + 1);
    if (fraction == 0 || point + 1 + fraction != text.len) return false;
  }
  while (fraction > 0 && text.ptr[point + fraction] == '0') fraction--;
  if (whole > 19 || fraction > SCALE_MOST) return false; /* so that 37 digits fit 128 bits */
  wide m = digits_value(text, at, whole, 0);
  m = digits_value(text, point + 1, fraction, m);
  return make_wide(negative ? -m : m, (unsigned)fraction, out);
}

void edi_decimal_format(edi_buf *buf, edi_decimal d) {
  uint64_t magnitude = d.mantissa < 0 ? 0 - (uint64_t)d.mantissa : (uint64_t)d.mantissa;
  char digits[24];
  size_t count = 0;
  while (magnitude > 0 || count <= d.scale) {
    digits[count++] = (char)('0' + magnitude % 10);
    magnitude /= 10;
  }
  if (d.mantissa < 0) edi_buf_char(buf, '-');
  while (count > 0) {
    edi_buf_char(buf, digits[--count]);
    if (count == d.scale && count > 0) edi_buf_char(buf, '.');
  }
}

/* ---- doubles ---- */

/* Whether digits * 10^exponent reads back as `d`. Without a point the text means the same in every
 * locale. */
static bool reads_back(uint64_t digits, int exponent, double d) {
  char text[48];
  int length = snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits, exponent);
  return length > 0 && (size_t)length < sizeof text && strtod(text, NULL) == d;
}

/* The `count` significant digits nearest to `d` > 0: d is about digits * 10^exponent. */
static void round_to(double d, int count, uint64_t *digits, int *exponent) {
  char text[64];
  snprintf(text, sizeof text, "%.*e", count - 1, d);
  *digits = 0;
  const char *p = text;
  for (; *p && *p != 'e'; p++) /* a point, or what a locale has in its place, is passed over */
    if (*p >= '0' && *p <= '9') *digits = *digits * 10 + (uint64_t)(*p - '0');
  *exponent = *p ? (int)strtol(p + 1, NULL, 10) - (count - 1) : 0;
}

/* Shortest digits that read back as `d` > 0. At a power of two the doubles below are closer than
 * those above: the nearest n digits may be too low where the next number of n digits reads back. */
static bool shortest(double d, uint64_t *digits, int *exponent) {
  int first = 1;
  if (d >= LEAST_NORMAL) { /* a text of 15 digits or fewer is the nearest one of 15, but for zeros at its end */
    round_to(d, 15, digits, exponent);
    if (reads_back(*digits, *exponent, d)) {
      for (; *digits % 10 == 0; *digits /= 10) ++*exponent;
      return true;
    }
    first = 16;
  }
  for (int count = first; count <= DOUBLE_DIGITS; count++) {
    round_to(d, count, digits, exponent);
    if (reads_back(*digits, *exponent, d)) return true;
    if (reads_back(*digits + 1, *exponent, d)) {
      ++*digits;
      return true;
    }
  }
  return false;
}

bool edi_decimal_from_double(double d, edi_decimal *out) {
  uint64_t digits = 0;
  int exponent = 0;
  if (!isfinite(d)) return false;
  if (d != 0 && !shortest(d < 0 ? -d : d, &digits, &exponent)) return false;
  wide m = digits;
  for (; exponent > 0; exponent--) {
    m *= 10;
    if (!is_narrow(m)) return false;
  }
  return make_wide(d < 0 ? -m : m, (unsigned)-exponent, out);
}

bool edi_decimal_below_double(double d, edi_decimal *out, bool *more) {
  uint64_t digits = 0;
  int exponent = 0;
  *more = false;
  if (!isfinite(d)) return false;
  if (d != 0 && !shortest(d < 0 ? -d : d, &digits, &exponent)) return false;
  wide m = d < 0 ? -(wide)digits : (wide)digits;
  for (; exponent < -SCALE_MOST && m != 0 && m != -1; exponent++) {
    *more = *more || m % 10 != 0;
    m = m / 10 - (m % 10 < 0);
  }
  if (exponent < -SCALE_MOST) { /* nothing, or what lies just below it */
    *more = *more || m != 0;
    exponent = -SCALE_MOST;
  }
  for (; exponent > 0; exponent--) {
    m *= 10;
    if (!is_narrow(m)) return false;
  }
  return make_wide(m, (unsigned)-exponent, out);
}

bool edi_double_is_finite(double d) { return isfinite(d); }
int edi_double_compare(double a, double b) { return a < b ? -1 : a > b; }

double edi_decimal_to_double(edi_decimal d) {
  char text[48]; /* without a point: the same in every locale */
  snprintf(text, sizeof text, "%llde-%u", (long long)d.mantissa, (unsigned)d.scale);
  return strtod(text, NULL);
}

/* The shortest decimal of `x` beside `d`, to which it is so near that both fit 128 bits in the same parts. */
static bool reaches(double x, edi_decimal d, bool above) {
  uint64_t digits = 0;
  int exponent = 0;
  if (!shortest(x < 0 ? -x : x, &digits, &exponent)) return false;
  wide left = x < 0 ? -(wide)digits : (wide)digits, right = d.mantissa;
  for (int apart = exponent + d.scale; apart > 0; apart--) left *= 10;
  for (int apart = exponent + d.scale; apart < 0; apart++) right *= 10;
  return above ? left > right : left >= right;
}

/* The next one up or down of a number that is not zero: their bits are in its order, apart from the sign. */
static double beside(double x, bool up) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits += up == (x > 0) ? 1 : (uint64_t)-1;
  memcpy(&x, &bits, sizeof bits);
  return x;
}

/* A number of 64 bits in so many bits of exponent and fraction. With the leading one added in, a fraction that is
 * rounded up to the next power of two moves the exponent by itself, at last to infinity. */
static uint64_t narrow(uint64_t bits, unsigned exponents, unsigned fractions) {
  uint64_t sign = bits >> 63 << (exponents + fractions), m = bits & ((UINT64_C(1) << 52) - 1);
  int most = (1 << exponents) - 1, exponent = (int)(bits >> 52 & 0x7FF), e = exponent - 1023 + (most >> 1);
  if (exponent == 0x7FF) return sign | (uint64_t)most << fractions | (m ? m >> (52 - fractions) | UINT64_C(1) << (fractions - 1) : 0);
  if (exponent != 0) m |= UINT64_C(1) << 52;
  if (e >= most) return sign | (uint64_t)most << fractions;
  unsigned shift = 52 - fractions + (e > 0 ? 0 : (unsigned)(1 - e));
  if (shift > 54) return sign;
  uint64_t whole = m >> shift, rest = m & ((UINT64_C(1) << shift) - 1), half = UINT64_C(1) << (shift - 1);
  whole += rest > half || (rest == half && (whole & 1));
  return sign | (whole + (e > 0 ? (uint64_t)(e - 1) << fractions : 0));
}

uint64_t edi_binary_of(double d, unsigned bytes) {
  uint64_t bits;
  memcpy(&bits, &d, sizeof bits);
  return bytes == 2 ? narrow(bits, 5, 10) : bytes == 4 ? narrow(bits, 8, 23) : bits;
}

/* Decimals of so many digits are all told apart; of those with more, the ones that are what their number says. */
bool edi_decimal_binary(edi_decimal d, unsigned bytes, uint64_t *bits) {
  const int64_t told = bytes == 2 ? powers[3] : bytes == 4 ? powers[6] : powers[15];
  double x = edi_decimal_to_double(d);
  edi_decimal exact;
  *bits = edi_binary_of(x, bytes);
  bool infinite = bytes == 2 ? (*bits & 0x7C00) == 0x7C00 : bytes == 4 && (*bits & 0x7F800000) == 0x7F800000;
  if (infinite || (d.mantissa < told && d.mantissa > -told)) return !infinite;
  if (bytes == 4) {
    float few;
    uint32_t as_bits = (uint32_t)*bits;
    memcpy(&few, &as_bits, sizeof few);
    x = few;
  } else if (bytes == 2) {
    int exponent = (int)(*bits >> 10 & 31), fraction = (int)(*bits & 1023);
    x = ldexp(exponent ? fraction + 1024 : fraction, (exponent ? exponent : 1) - 25) * (*bits & 0x8000 ? -1 : 1);
  }
  return edi_decimal_from_double(x, &exact) && exact.mantissa == d.mantissa && exact.scale == d.scale;
}

static double least(edi_decimal d, bool above) {
  double x = edi_decimal_to_double(d);
  while (reaches(x, d, above)) x = beside(x, false);
  while (!reaches(x, d, above)) x = beside(x, true);
  return x;
}

double edi_decimal_double_from(edi_decimal d) { return d.mantissa == 0 ? 0.0 : least(d, false); }

void edi_decimal_least_double(edi_decimal d, bool above, int64_t *mantissa, int *exponent) {
  double x = least(d, above);
  *mantissa = (int64_t)ldexp(frexp(x, exponent), 53);
  *exponent -= 53;
}

/* ---- as text ---- */

static size_t digits_at(edi_str s, size_t *at) {
  size_t begin = *at;
  while (*at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9') ++*at;
  return *at - begin;
}

/* "-"? digits without a leading zero, a fraction, an exponent */
static bool is_number(edi_str s) {
  size_t at = s.len && s.ptr[0] == '-', first = at, whole = digits_at(s, &at);
  if (whole == 0 || (whole > 1 && s.ptr[first] == '0')) return false;
  if (at < s.len && s.ptr[at] == '.') {
    at++;
    if (digits_at(s, &at) == 0) return false;
  }
  if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
    at++;
    if (at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+')) at++;
    if (digits_at(s, &at) == 0) return false;
  }
  return at == s.len;
}

bool edi_double_parse(edi_str number, double *out) {
  char text[1100]; /* no double needs more than 767 digits to be told from those beside it */
  if (number.len >= sizeof text || !is_number(number)) return false;
  memcpy(text, number.ptr, number.len);
  text[number.len] = '\0';
  *out = strtod(text, NULL);
  return isfinite(*out);
}

void edi_double_format(edi_buf *buf, double d) {
  edi_decimal whole;
  uint64_t digits;
  int exponent;
  if (edi_decimal_from_double(d, &whole)) edi_decimal_format(buf, whole);
  else if (isfinite(d) && shortest(d < 0 ? -d : d, &digits, &exponent))
    edi_buf_format(buf, "%s%llue%d", d < 0 ? "-" : "", (unsigned long long)digits, exponent);
}
