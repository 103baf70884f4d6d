/* Calendar: civil dates, RFC 3339 text, month arithmetic and retention, on integers alone.
 *
 * In: days, microseconds, texts. Out: the same, or false where the result is not in the calendar
 * (years 1 to 9999). The conversion counts in eras of 400 years that begin on 1 March, so that the
 * leap day is the last day of a year and the months' lengths follow one straight line. */
#include "base/calendar.h"

enum { DAYS_PER_ERA = 146097, ERA_SHIFT = 719468 /* days from 0000-03-01 to 1970-01-01 */ };

static bool in_dates(int64_t date) { return date >= EDI_DATE_MIN && date <= EDI_DATE_MAX; }

static bool in_timestamps(int64_t timestamp) {
  return timestamp >= EDI_TIMESTAMP_MIN && timestamp <= EDI_TIMESTAMP_MAX;
}

static int month_length(int year, int month) {
  static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : lengths[month - 1];
}

bool edi_date_from_civil(int year, int month, int day, int64_t *date) {
  if (year < 1 || year > 9999 || month < 1 || month > 12) return false;
  if (day < 1 || day > month_length(year, month)) return false;
  int y = month > 2 ? year : year - 1, era = y / 400, of_era = y % 400;
  int from_march = (month + 9) % 12;
  int of_year = (153 * from_march + 2) / 5 + day - 1;
  *date =
      (int64_t)era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - ERA_SHIFT;
  return true;
}

void edi_date_to_civil(int64_t date, int *year, int *month, int *day) {
  *year = *month = *day = 0;
  if (!in_dates(date)) return; /* no date at all rather than a wrong one */
  int days = (int)date + ERA_SHIFT, era = days / DAYS_PER_ERA, of_era = days % DAYS_PER_ERA;
  int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int from_march = (5 * of_year + 2) / 153;
  *day = of_year - (153 * from_march + 2) / 5 + 1;
  *month = from_march < 10 ? from_march + 3 : from_march - 9;
  *year = era * 400 + year_of_era + (*month <= 2);
}

int edi_date_weekday(int64_t date) {
  return (int)((date % 7 + 10) % 7) + 1; /* 1970-01-01 was a Thursday */
}

int64_t edi_date_of(int64_t timestamp) {
  int64_t day = timestamp / EDI_DAY_MICROS;
  return day - (timestamp % EDI_DAY_MICROS < 0);
}

/* Moves a month by `months`; false outside of the calendar. */
static bool month_add(int *year, int *month, int64_t months) {
  int64_t index = (int64_t)*year * 12 + *month - 1;
  if (__builtin_add_overflow(index, months, &index)) return false;
  if (index < 12 || index >= INT64_C(10000) * 12) return false;
  *year = (int)(index / 12);
  *month = (int)(index % 12) + 1;
  return true;
}

bool edi_date_add_months(int64_t date, int64_t months, int64_t *out) {
  int year, month, day;
  if (!in_dates(date)) return false;
  edi_date_to_civil(date, &year, &month, &day);
  if (!month_add(&year, &month, months)) return false;
  int length = month_length(year, month);
  return edi_date_from_civil(year, month, day < length ? day : length, out);
}

bool edi_timestamp_add(int64_t timestamp, edi_duration d, int64_t *out) {
  if (!in_timestamps(timestamp)) return false;
  int64_t date = edi_date_of(timestamp), of_day = timestamp - date * EDI_DAY_MICROS, sum;
  if (d.months != 0 && !edi_date_add_months(date, d.months, &date)) return false;
  if (__builtin_add_overflow(date * EDI_DAY_MICROS + of_day, d.micros, &sum)) return false;
  if (!in_timestamps(sum)) return false;
  *out = sum;
  return true;
}

/* ---- text ---- */

/* `count` digits at *at, which moves past them. */
static bool take_digits(edi_str text, size_t *at, size_t count, int *value) {
  if (text.len - *at < count) return false;
  *value = 0;
  for (size_t end = *at + count; *at < end; (*at)++) {
    char c = text.ptr[*at];
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + (c - '0');
  }
  return true;
}

static bool take_char(edi_str text, size_t *at, char c) {
  if (*at >= text.len || text.ptr[*at] != c) return false;
  (*at)++;
  return true;
}

static bool take_date(edi_str text, size_t *at, int64_t *date) {
  int year, month, day;
  return take_digits(text, at, 4, &year) && take_char(text, at, '-') &&
         take_digits(text, at, 2, &month) && take_char(text, at, '-') &&
         take_digits(text, at, 2, &day) && edi_date_from_civil(year, month, day, date);
}

/* "10:00:00" and up to six digits of a second. */
static bool take_time(edi_str text, size_t *at, int64_t *micros) {
  int hour, minute, second;
  if (!take_digits(text, at, 2, &hour) || !take_char(text, at, ':') ||
      !take_digits(text, at, 2, &minute) || !take_char(text, at, ':') ||
      !take_digits(text, at, 2, &second))
    return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  int64_t fraction = 0;
  if (take_char(text, at, '.')) {
    int digit;
    size_t digits = 0;
    for (; digits < 6 && take_digits(text, at, 1, &digit); digits++)
      fraction = fraction * 10 + digit;
    if (digits == 0) return false;
    for (; digits < 6; digits++) fraction *= 10;
  }
  *micros = ((hour * 60 + minute) * INT64_C(60) + second) * 1000000 + fraction;
  return true;
}

/* "Z" or "+02:00", as the microseconds that local time is ahead of UTC. */
static bool take_offset(edi_str text, size_t *at, int64_t *micros) {
  int hour, minute;
  *micros = 0;
  if (take_char(text, at, 'Z')) return true;
  bool west = take_char(text, at, '-');
  if (!west && !take_char(text, at, '+')) return false;
  if (!take_digits(text, at, 2, &hour) || !take_char(text, at, ':') ||
      !take_digits(text, at, 2, &minute))
    return false;
  if (hour > 23 || minute > 59) return false;
  *micros = (hour * 60 + minute) * INT64_C(60000000);
  if (west) *micros = -*micros;
  return true;
}

bool edi_date_parse(edi_str text, int64_t *date) {
  size_t at = 0;
  int64_t parsed;
  if (text.len != 10 || !take_date(text, &at, &parsed)) return false;
  *date = parsed;
  return true;
}

bool edi_timestamp_parse(edi_str text, int64_t *timestamp) {
  size_t at = 0;
  int64_t date, of_day, ahead;
  if (!take_date(text, &at, &date) || !take_char(text, &at, 'T') ||
      !take_time(text, &at, &of_day) || !take_offset(text, &at, &ahead) || at != text.len)
    return false;
  int64_t parsed = date * EDI_DAY_MICROS + of_day - ahead;
  if (!in_timestamps(parsed)) return false;
  *timestamp = parsed;
  return true;
}

bool edi_clock_parse(edi_str text, int64_t *clock) {
  size_t at = 0;
  int64_t parsed;
  if (!take_time(text, &at, &parsed) || at != text.len) return false;
  *clock = parsed;
  return true;
}

void edi_clock_format(edi_buf *buf, int64_t clock) {
  int second = (int)(clock / 1000000), fraction = (int)(clock % 1000000);
  edi_buf_format(buf, "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
  if (fraction % 1000 != 0) edi_buf_format(buf, ".%06d", fraction);
  else if (fraction != 0) edi_buf_format(buf, ".%03d", fraction / 1000);
}

void edi_date_format(edi_buf *buf, int64_t date) {
  int year, month, day;
  edi_date_to_civil(date, &year, &month, &day);
  edi_buf_format(buf, "%04d-%02d-%02d", year, month, day);
}

void edi_timestamp_format(edi_buf *buf, int64_t timestamp) {
  int64_t date = edi_date_of(timestamp), of_day = timestamp % EDI_DAY_MICROS;
  if (of_day < 0) of_day += EDI_DAY_MICROS;
  edi_date_format(buf, date);
  edi_buf_char(buf, 'T');
  edi_clock_format(buf, of_day);
  edi_buf_char(buf, 'Z');
}

/* ---- retention ---- */

/* Whether `d` is a retention: months or days, not both, not negative. Days are rounded up. */
static bool retention_days(edi_duration d, int64_t *days) {
  if (d.months < 0 || d.micros < 0 || (d.months != 0 && d.micros != 0)) return false;
  *days = d.micros / EDI_DAY_MICROS + (d.micros % EDI_DAY_MICROS != 0);
  return true;
}

/* The first date whose date + months lies after `today`. All days of a month that is shorter than
 * their number fall on its last day, so on a month's last day a whole month is past at once. */
static bool month_cutoff(int64_t today, int64_t months, int64_t *first) {
  int year, month, day;
  edi_date_to_civil(today, &year, &month, &day);
  bool last_of_month = day == month_length(year, month);
  if (!month_add(&year, &month, -months)) return false;
  int length = month_length(year, month);
  if (last_of_month || day > length) day = length;
  if (!edi_date_from_civil(year, month, day, first)) return false;
  (*first)++;
  return true;
}

int64_t edi_retention_cutoff(int64_t now, edi_duration d) {
  int64_t days, first;
  if (!in_timestamps(now) || !retention_days(d, &days)) return EDI_TIMESTAMP_MIN;
  int64_t today = edi_date_of(now);
  if (d.months != 0) {
    if (!month_cutoff(today, d.months, &first)) return EDI_TIMESTAMP_MIN;
  } else {
    first = today - days + 1; /* cannot overflow: days are below 2^63 / DAY_MICROS */
    if (first < EDI_DATE_MIN) return EDI_TIMESTAMP_MIN;
  }
  return first * EDI_DAY_MICROS;
}

bool edi_retention_stands(int64_t timestamp, int64_t now, edi_duration d) {
  int64_t days, until;
  if (!in_timestamps(timestamp) || !in_timestamps(now) || !retention_days(d, &days)) return true;
  int64_t date = edi_date_of(timestamp);
  if (d.months == 0) until = date + days;
  else if (!edi_date_add_months(date, d.months, &until)) return true;
  return until >= edi_date_of(now);
}

__extension__ typedef __int128 wide;

/* What a has more than b, in microseconds: at least and at most. */
static void difference(edi_duration a, edi_duration b, wide *low, wide *high) {
  wide months = (wide)a.months - b.months, micros = (wide)a.micros - b.micros;
  *low = (months < 0 ? 31 : 28) * months * EDI_DAY_MICROS + micros;
  *high = (months < 0 ? 28 : 31) * months * EDI_DAY_MICROS + micros;
}

int edi_duration_compare(edi_duration a, edi_duration b) {
  wide low, high;
  difference(a, b, &low, &high);
  if (low > 0) return 1;
  if (high < 0) return -1;
  return low == 0 && high == 0 ? 0 : 2;
}

int edi_duration_less(edi_duration a, edi_duration b, bool or_equal) {
  wide low, high;
  difference(a, b, &low, &high);
  if (high < 0 || (or_equal && high == 0)) return 1;
  return low > 0 || (!or_equal && low == 0) ? 0 : 2;
}
