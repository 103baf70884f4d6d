/* Kernels of numbers and dates: round, bucket, clamp, date-trunc, and the digits of Hive's masks.
 *
 * In: whole numbers, decimals, days, microseconds, in arrays where batches are worth it. Out: the same
 * kind. Everything is exact; a result that has no form of its own is reported, never wrapped. */
#include "base/divide.h"
#include "enforce/kernels.h"

__extension__ typedef __int128 wide;

/* A whole number as an offset from the least one, and back: order is kept and nothing is negative. */
static inline uint64_t raised(int64_t x) { return (uint64_t)x ^ (UINT64_C(1) << 63); }

/* ---- round ---- */

/* The multiple at or below, and the one above where that is nearer or, half way, even. `~x` of a negative
 * number is its size less one, whose quotient is the floor's, less one and of the other sign. */
static inline uint8_t round_int(edi_divider v, uint64_t half, bool floor, int64_t x, int64_t *out) {
  uint64_t size = x < 0 ? ~(uint64_t)x : (uint64_t)x, quotient = edi_divide(v, size), rest = size - quotient * v.d;
  bool odd = (quotient & 1) != (x < 0);
  rest = x < 0 ? v.d - 1 - rest : rest;
  bool up = !floor && (rest > half || (rest == half && (v.d & 1) == 0 && odd));
  int64_t step = up ? (int64_t)(v.d - rest) : -(int64_t)rest;
  return !__builtin_add_overflow(x, step, out);
}

/* Numbers of less than 2^61, by a step of no more than 2^60: raised by a multiple of two steps, none is negative and the
 * quotient stays as even as it was, so that there is one way for all. */
static void round_near(uint64_t step, bool floor, const int64_t *in, int64_t *out, size_t count) {
  edi_divider v = edi_half_divider_of(step);
  uint64_t raise = ((UINT64_C(1) << 61) / (2 * step) + 1) * (2 * step), half = floor ? step : step / 2, ties = step % 2 == 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t raised = (uint64_t)in[i] + raise, quotient = edi_half_divide(v, raised), rest = raised - quotient * step;
    uint64_t up = rest + (quotient & ties) > half ? step : 0;
    out[i] = (int64_t)((uint64_t)in[i] - rest + up);
  }
}

typedef uint64_t two __attribute__((vector_size(16)));

static bool all_near(const int64_t *in, size_t count) {
  const uint64_t raise = UINT64_C(1) << 61;
  two any = {count % 2 ? (uint64_t)in[count - 1] + raise : 0, 0}, pair;
  for (size_t i = 0; i + 1 < count; i += 2) {
    memcpy(&pair, in + i, sizeof pair);
    any |= pair + raise;
  }
  return (any[0] | any[1]) >> 62 == 0;
}

void edi_kernel_round_ints(const edi_transform *t, const int64_t *in, int64_t *out, uint8_t *ok, size_t count) {
  uint64_t step = (uint64_t)t->args[EDI_ARG_ROUND_STEP].as.integer;
  bool floor = t->args[EDI_ARG_ROUND_MODE].as.integer == EDI_ROUND_FLOOR;
  if (step > 1 && step <= UINT64_C(1) << 60 && all_near(in, count)) {
    round_near(step, floor, in, out, count);
    memset(ok, 1, count);
    return;
  }
  edi_divider v = edi_divider_of(step);
  for (size_t i = 0; i < count; i++) {
    int64_t result;
    ok[i] = round_int(v, v.d / 2, floor, in[i], &result);
    out[i] = ok[i] ? result : 0;
  }
}

static wide power_of_ten(unsigned n) {
  wide p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

static bool narrow(wide v) { return v >= INT64_MIN && v <= INT64_MAX; }

static wide floored(wide v, wide by) { return v / by - (v % by < 0); }

/* A multiple of the step has the step's scale, and so has what is asked of the value: so of two steps of
 * one scale the larger fails wherever the smaller does, whatever the scale of the value. */
bool edi_kernel_round_decimal(const edi_transform *t, edi_decimal in, bool more, edi_decimal *out) {
  const edi_value *step = &t->args[EDI_ARG_ROUND_STEP];
  unsigned scale = in.scale > step->scale ? in.scale : step->scale;
  wide finer = power_of_ten(scale - step->scale);
  wide v = (wide)in.mantissa * power_of_ten(scale - in.scale), s = step->as.integer * finer;
  if (!narrow(floored(v, finer))) return false;
  wide q = floored(v, s), rest = v - q * s;
  if (t->args[EDI_ARG_ROUND_MODE].as.integer != EDI_ROUND_FLOOR && (2 * rest > s || (2 * rest == s && ((q & 1) || more)))) q++;
  return narrow(q * step->as.integer) && edi_decimal_make((int64_t)(q * step->as.integer), step->scale, out);
}

/* ---- bucket ---- */

/* Bounds less than 2^63 apart, as most are, have a shorter way from one to the other. */
static void bucket_near(int64_t lo, int64_t hi, edi_divider v, const int64_t *in, int64_t *out, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int64_t above = in[i] < lo ? lo : in[i], x = above > hi ? hi : above;
    int64_t low = (int64_t)((uint64_t)lo + edi_half_divide(v, (uint64_t)x - (uint64_t)lo) * v.d);
    out[i] = x == hi ? hi : low;
  }
}

void edi_kernel_bucket_ints(const edi_transform *t, const int64_t *in, int64_t *out, size_t count) {
  int64_t lo = t->args[EDI_ARG_LO].as.integer, hi = t->args[EDI_ARG_HI].as.integer, size = t->args[EDI_ARG_SIZE].as.integer;
  if (((uint64_t)hi - (uint64_t)lo) >> 63 == 0 && size > 1) {
    bucket_near(lo, hi, edi_half_divider_of((uint64_t)size), in, out, count);
    return;
  }
  edi_divider v = edi_divider_of((uint64_t)size);
  uint64_t from = raised(lo);
  for (size_t i = 0; i < count; i++) {
    int64_t x = in[i] < lo ? lo : in[i];
    uint64_t inside = raised(x) - from;
    int64_t low = (int64_t)((uint64_t)lo + edi_divide(v, inside) * v.d);
    out[i] = x >= hi ? hi : low;
  }
}

/* The lower edge of the bucket of a value between lo and hi, and the upper one. */
static void edges(const edi_transform *t, edi_decimal in, wide *low, wide *high, unsigned *scale) {
  const edi_value *lo = &t->args[EDI_ARG_LO], *hi = &t->args[EDI_ARG_HI], *size = &t->args[EDI_ARG_SIZE];
  unsigned most = lo->scale > size->scale ? lo->scale : size->scale;
  if (hi->scale > most) most = hi->scale;
  *scale = in.scale > most ? in.scale : most;
  wide l = (wide)lo->as.integer * power_of_ten(*scale - lo->scale), h = (wide)hi->as.integer * power_of_ten(*scale - hi->scale);
  wide s = (wide)size->as.integer * power_of_ten(*scale - size->scale), v = (wide)in.mantissa * power_of_ten(*scale - in.scale);
  *low = l + (v - l) / s * s;
  *high = *low + s < h ? *low + s : h;
}

static edi_decimal decimal_of(const edi_value *v) { return (edi_decimal){v->as.integer, v->scale}; }

/* An edge lies between the bounds, at no finer scale than theirs, and these fit at that scale. */
static bool reduced(wide value, unsigned scale, edi_decimal *out) {
  while (scale > 0 && value % 10 == 0) {
    value /= 10;
    scale--;
  }
  return narrow(value) && edi_decimal_make((int64_t)value, scale, out);
}

bool edi_kernel_bucket_decimal(const edi_transform *t, edi_decimal in, edi_decimal *out) {
  edi_decimal lo = decimal_of(&t->args[EDI_ARG_LO]), hi = decimal_of(&t->args[EDI_ARG_HI]);
  wide low, high;
  unsigned scale;
  *out = edi_decimal_compare(in, lo) < 0 ? lo : in;
  if (edi_decimal_compare(in, hi) >= 0) *out = hi;
  if (edi_decimal_compare(*out, in) != 0 || edi_decimal_compare(in, hi) == 0) return true;
  edges(t, in, &low, &high, &scale);
  return reduced(low, scale, out);
}

static bool written(edi_buf *buf, edi_output *memory, edi_str *out) {
  char *room = buf->failed == EDICT_OK ? edi_output_take(memory, buf->len) : NULL;
  if (!room) return false;
  memcpy(room, buf->ptr, buf->len);
  *out = (edi_str){room, buf->len};
  return true;
}

/* `-10` for what lies below 10, `10-20`, `89+` for what lies at 89 or above. */
bool edi_kernel_bucket_text(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  edi_decimal value, low_edge, high_edge, lo = decimal_of(&t->args[EDI_ARG_LO]), hi = decimal_of(&t->args[EDI_ARG_HI]);
  char storage[96];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  wide low, high;
  unsigned scale;
  if (!edi_decimal_parse(in, &value)) return false;
  if (edi_decimal_compare(value, lo) < 0) {
    edi_buf_char(&buf, '-');
    edi_decimal_format(&buf, lo);
  } else if (edi_decimal_compare(value, hi) >= 0) {
    edi_decimal_format(&buf, hi);
    edi_buf_char(&buf, '+');
  } else {
    edges(t, value, &low, &high, &scale);
    if (!reduced(low, scale, &low_edge) || !reduced(high, scale, &high_edge)) return false;
    edi_decimal_format(&buf, low_edge);
    edi_buf_char(&buf, '-');
    edi_decimal_format(&buf, high_edge);
  }
  return written(&buf, memory, out);
}

/* ---- clamp ---- */

bool edi_kernel_clamps_ints(const edi_transform *t) { return t->args[EDI_ARG_LO].scale == 0 && t->args[EDI_ARG_HI].scale == 0; }

void edi_kernel_clamp_ints(const edi_transform *t, const int64_t *in, int64_t *out, size_t count) {
  int64_t lo = t->args[EDI_ARG_LO].as.integer, hi = t->args[EDI_ARG_HI].as.integer;
  for (size_t i = 0; i < count; i++) out[i] = in[i] < lo ? lo : in[i] > hi ? hi : in[i];
}

edi_value edi_kernel_clamp(const edi_transform *t, edi_value in) {
  const edi_value *lo = &t->args[EDI_ARG_LO], *hi = &t->args[EDI_ARG_HI];
  if (edi_value_compare(in, *lo) < 0) return *lo;
  return edi_value_compare(in, *hi) > 0 ? *hi : in;
}

/* ---- date-trunc ---- */

/* How many days a date is past the start of its month, quarter or year. Days are counted from 1 March
 * of a year that is a multiple of 400, as in Neri and Schneider's "Euclidean affine functions": the leap
 * day is then the last of a year, and a few multiplications give year, month and day. */
static inline int64_t days_past(edi_unit unit, int64_t date) {
  static const uint8_t before[] = {0, 0, 31, 59, 0, 30, 61, 0, 31, 62, 0, 31, 61}; /* in the quarter, by month */
  uint32_t n1 = 4 * (uint32_t)(date + 719468) + 3, century = n1 / 146097;
  uint32_t n2 = 4 * (n1 % 146097 / 4) + 3;
  uint64_t p2 = UINT64_C(2939745) * n2;
  uint32_t year = (uint32_t)(p2 >> 32), day_of_year = (uint32_t)p2 / 2939745 / 4;
  uint32_t n3 = 2141 * day_of_year + 197913, day = (n3 & 0xFFFF) / 2141;
  if (unit == EDI_UNIT_MONTH) return day;
  bool next = day_of_year >= 306; /* January and February belong to the next year */
  bool leap = year % 4 == 0 && (year != 0 || century % 4 == 0);
  if (unit == EDI_UNIT_YEAR) return next ? day_of_year - 306 : day_of_year + 59 + leap;
  uint32_t month = (n3 >> 16) - (next ? 12 : 0);
  return day + before[month] + (month == 3 && leap);
}

static inline int64_t start_of(edi_unit unit, int64_t date) {
  if (unit <= EDI_UNIT_DAY) return date;
  /* The first day of the calendar is a Monday. */
  if (unit == EDI_UNIT_ISOWEEK) return date - (date - EDI_DATE_MIN) % 7;
  return date - days_past(unit, date);
}

static void truncate_days(edi_unit unit, const int64_t *in, int64_t *out, size_t count) {
#define EACH(UNIT)                                                          \
  case EDI_UNIT_##UNIT:                                                     \
    for (size_t i = 0; i < count; i++) out[i] = start_of(EDI_UNIT_##UNIT, in[i]); \
    return
  switch (unit) {
    EACH(HOUR);
    EACH(DAY);
    EACH(ISOWEEK);
    EACH(MONTH);
    EACH(QUARTER);
    EACH(YEAR);
  }
#undef EACH
}

void edi_kernel_trunc_dates(edi_unit unit, const int64_t *in, int64_t *out, size_t count) {
  size_t done = 0;
#if defined(__x86_64__)
  if (unit >= EDI_UNIT_MONTH && count >= 4 && __builtin_cpu_supports("avx2")) done = edi_trunc_days_avx2(unit, in, out, count);
#endif
  truncate_days(unit, in + done, out + done, count - done);
}

static inline int64_t day_of(int64_t time) {
  return (int64_t)((uint64_t)(time - EDI_TIMESTAMP_MIN) / (uint64_t)EDI_DAY_MICROS) + EDI_DATE_MIN;
}

void edi_kernel_trunc_times(edi_unit unit, const int64_t *in, int64_t *out, size_t count) {
  const uint64_t hour = UINT64_C(3600000000);
  for (size_t i = 0; i < count && unit == EDI_UNIT_HOUR; i++) out[i] = in[i] - (int64_t)((uint64_t)(in[i] - EDI_TIMESTAMP_MIN) % hour);
  if (unit == EDI_UNIT_HOUR) return;
  for (size_t i = 0; i < count; i++) out[i] = day_of(in[i]);
  if (unit != EDI_UNIT_DAY) edi_kernel_trunc_dates(unit, out, out, count);
  for (size_t i = 0; i < count; i++) out[i] *= EDI_DAY_MICROS;
}

/* ---- digits ---- */

/* Digits are counted from the side that is shown; each hidden one becomes 1. Zero has one digit, which
 * Hive hides only where nothing is shown. */
bool edi_kernel_show_int(const edi_transform *t, int64_t in, int64_t *out) {
  if (in == INT64_MIN) return false; /* it has no sign to take off */
  bool all = t->id == EDI_TRANSFORM_CLASSMASK, last = t->id == EDI_TRANSFORM_SHOW_LAST;
  int64_t shown = all ? 0 : t->args[EDI_ARG_SHOW_COUNT].as.integer, digits = 0, place = 1, result = 0;
  int64_t size = in < 0 ? -in : in;
  if (in == 0) {
    *out = shown == 0;
    return true;
  }
  for (int64_t rest = size; rest; rest /= 10) digits++;
  for (int64_t i = 0, rest = size; i < digits; i++, rest /= 10) {
    bool shows = last ? i < shown : i >= digits - shown;
    result += (shows ? rest % 10 : 1) * place;
    if (i + 1 < digits) place *= 10;
  }
  *out = in < 0 ? -result : result;
  return true;
}
