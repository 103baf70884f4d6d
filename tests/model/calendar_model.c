/* Calendar and decimals: arithmetic that verified programs reach, on any numbers. */
#include "model.h"

#include "runtime/base/calendar.c"
#include "runtime/base/decimal.c"

/* Any number as a date: no overflow, and where it is one of the calendar a month, a day, a weekday. */
void prove_civil(void) {
  int64_t date = any_i64(), again = 0;
  int year, month, day;
  edi_date_to_civil(date, &year, &month, &day);
  int weekday = edi_date_weekday(date);
  check(weekday >= 1 && weekday <= 7, "one of seven days");
  if (!in_dates(date)) return;
  check(month >= 1 && month <= 12 && day >= 1 && day <= 31 && year >= 1 && year <= 9999, "a date of the calendar");
  check(edi_date_from_civil(year, month, day, &again) && again >= EDI_DATE_MIN && again <= EDI_DATE_MAX, "which is one again");
}

void prove_from_civil(void) {
  int64_t date = 0;
  int year = any_int(), month = any_int(), day = any_int();
  if (!edi_date_from_civil(year, month, day, &date)) return;
  check(date >= EDI_DATE_MIN && date <= EDI_DATE_MAX, "what is a date lies in the calendar");
}

void prove_months(void) {
  int64_t date = any_i64(), months = any_i64(), out = 0;
  if (!edi_date_add_months(date, months, &out)) return;
  check(out >= EDI_DATE_MIN && out <= EDI_DATE_MAX, "a date moved by months is one, or nothing");
}

/* Whatever the moment and the duration are. */
void prove_timestamp_add(void) {
  int64_t out = 0;
  edi_duration d = {any_bool() ? any_i64() : 0, any_i64()};
  if (!edi_timestamp_add(any_i64(), d, &out)) return;
  check(out >= EDI_TIMESTAMP_MIN && out <= EDI_TIMESTAMP_MAX, "a moment that was moved is one, or nothing");
}

void prove_retention(void) {
  edi_duration d = {any_bool() ? any_i64() : 0, any_bool() ? any_i64() : 0};
  int64_t cutoff = edi_retention_cutoff(any_i64(), d);
  check(cutoff >= EDI_TIMESTAMP_MIN && cutoff <= EDI_TIMESTAMP_MAX + 1, "a cutoff lies in the calendar");
  (void)edi_retention_stands(any_i64(), any_i64(), d);
}

void prove_durations(void) {
  edi_duration a = {any_i64(), any_i64()}, b = {any_i64(), any_i64()};
  wide low, high;
  difference(a, b, &low, &high);
}

/* Of any two canonical decimals the sums and products in between fit 128 bits. */
void prove_align(void) {
  edi_decimal a = {any_i64(), any_byte()}, b = {any_i64(), any_byte()};
  wide left, right;
  assume(a.scale <= SCALE_MOST && b.scale <= SCALE_MOST);
  unsigned scale = align(a, b, &left, &right);
  check(scale <= SCALE_MOST, "the larger scale");
  wide sum = left + right, difference_of = left - right, product = (wide)a.mantissa * b.mantissa;
  (void)sum, (void)difference_of, (void)product;
}
