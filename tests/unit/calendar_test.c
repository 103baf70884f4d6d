/* Calendar: the whole range against a walk day by day, texts, retention against its definition. */
#include "harness.h"

#include "base/calendar.h"

#define DAYS(n)   ((edi_duration){0, (n)*EDI_DAY_MICROS})
#define MONTHS(n) ((edi_duration){(n), 0})

static int64_t civil(int year, int month, int day) {
  int64_t date = INT64_MIN;
  CHECK(edi_date_from_civil(year, month, day, &date));
  return date;
}

/* The obvious calendar: one day after the other. */
typedef struct walker {
  int year, month, day, weekday;
} walker;

static int days_in(int year, int month) {
  if (month == 2) return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void step(walker *w) {
  w->weekday = w->weekday % 7 + 1;
  if (++w->day <= days_in(w->year, w->month)) return;
  w->day = 1;
  if (++w->month <= 12) return;
  w->month = 1;
  w->year++;
}

TEST(every_day_agrees_with_a_walk)
{
  walker w = {1, 1, 1, 1}; /* 0001-01-01 was a Monday */
  for (int64_t date = EDI_DATE_MIN; date <= EDI_DATE_MAX; date++, step(&w)) {
    int year, month, day;
    int64_t back = 0;
    edi_date_to_civil(date, &year, &month, &day);
    if (year != w.year || month != w.month || day != w.day || edi_date_weekday(date) != w.weekday ||
        !edi_date_from_civil(year, month, day, &back) || back != date) {
      HARNESS_FAIL("date %" PRId64, date);
      return;
    }
  }
  CHECK_INT(w.year, 10000);
  CHECK_INT(civil(1970, 1, 1), 0);
}

TEST(days_that_do_not_exist)
{
  static const int rows[][3] = {{0, 1, 1},
                                {10000, 1, 1},
                                {2026, 0, 1},
                                {2026, 13, 1},
                                {2026, 1, 0},
                                {2026, 1, 32},
                                {2026, 4, 31},
                                {2026, 2, 29},
                                {1900, 2, 29},
                                {2100, 2, 29},
                                {2024, 2, 30},
                                {-1, 1, 1},
                                {INT32_MIN, INT32_MIN, INT32_MIN},
                                {INT32_MAX, INT32_MAX, INT32_MAX}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    int64_t date = 7;
    CHECK(!edi_date_from_civil(rows[i][0], rows[i][1], rows[i][2], &date) && date == 7);
  }
  int year, month, day;
  edi_date_to_civil(EDI_DATE_MIN - 1, &year, &month, &day);
  CHECK(year == 0 && month == 0 && day == 0);
  edi_date_to_civil(INT64_MAX, &year, &month, &day);
  CHECK(year == 0);
}

TEST(the_day_of_a_timestamp_floors)
{
  CHECK_INT(edi_date_of(0), 0);
  CHECK_INT(edi_date_of(-1), -1);
  CHECK_INT(edi_date_of(EDI_DAY_MICROS - 1), 0);
  CHECK_INT(edi_date_of(EDI_DAY_MICROS), 1);
  CHECK_INT(edi_date_of(-EDI_DAY_MICROS), -1);
  CHECK_INT(edi_date_of(-EDI_DAY_MICROS - 1), -2);
  CHECK_INT(edi_date_of(EDI_TIMESTAMP_MIN), EDI_DATE_MIN);
  CHECK_INT(edi_date_of(EDI_TIMESTAMP_MAX), EDI_DATE_MAX);
}

TEST(months_are_added_with_clamping)
{
  static const struct {
    int from[3];
    int64_t months;
    int to[3];
  } rows[] = {
      {{2024, 1, 31}, 1, {2024, 2, 29}},     {{2023, 1, 31}, 1, {2023, 2, 28}},
      {{2024, 2, 29}, 12, {2025, 2, 28}},    {{2024, 2, 29}, 48, {2028, 2, 29}},
      {{2024, 3, 31}, -1, {2024, 2, 29}},    {{2024, 3, 31}, 1, {2024, 4, 30}},
      {{2024, 12, 31}, 2, {2025, 2, 28}},    {{2024, 5, 15}, 0, {2024, 5, 15}},
      {{2024, 1, 1}, -1, {2023, 12, 1}},     {{1, 1, 1}, 119987, {9999, 12, 1}},
      {{9999, 12, 31}, -119987, {1, 1, 31}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    int64_t out = 0;
    CHECK(edi_date_add_months(civil(rows[i].from[0], rows[i].from[1], rows[i].from[2]),
                              rows[i].months, &out));
    CHECK_INT(out, civil(rows[i].to[0], rows[i].to[1], rows[i].to[2]));
  }
  int64_t out = 7;
  CHECK(!edi_date_add_months(civil(9999, 12, 1), 1, &out));
  CHECK(!edi_date_add_months(civil(1, 1, 1), -1, &out));
  CHECK(!edi_date_add_months(0, INT64_MAX, &out) && !edi_date_add_months(0, INT64_MIN, &out));
  CHECK(!edi_date_add_months(EDI_DATE_MIN - 1, 12, &out) &&
        !edi_date_add_months(EDI_DATE_MAX + 1, -12, &out));
  CHECK_INT(out, 7);
}

TEST(timestamps_are_added_within_the_calendar)
{
  int64_t out = 0, noon = civil(2024, 1, 31) * EDI_DAY_MICROS + EDI_DAY_MICROS / 2;
  CHECK(edi_timestamp_add(noon, MONTHS(1), &out));
  CHECK_INT(out, civil(2024, 2, 29) * EDI_DAY_MICROS + EDI_DAY_MICROS / 2);
  CHECK(edi_timestamp_add(-1, (edi_duration){0, 2}, &out) && out == 1);
  CHECK(edi_timestamp_add(EDI_TIMESTAMP_MAX - 1, (edi_duration){0, 1}, &out) &&
        out == EDI_TIMESTAMP_MAX);
  CHECK(!edi_timestamp_add(EDI_TIMESTAMP_MAX, (edi_duration){0, 1}, &out));
  CHECK(!edi_timestamp_add(EDI_TIMESTAMP_MIN, (edi_duration){0, -1}, &out));
  CHECK(!edi_timestamp_add(0, (edi_duration){0, INT64_MAX}, &out));
  CHECK(!edi_timestamp_add(-1, (edi_duration){0, INT64_MIN}, &out));
  CHECK(!edi_timestamp_add(0, (edi_duration){INT64_MAX, 0}, &out));
  CHECK(!edi_timestamp_add(INT64_MIN, DAYS(1), &out) &&
        !edi_timestamp_add(INT64_MAX, DAYS(-1), &out));
  CHECK_INT(out, EDI_TIMESTAMP_MAX);
}

static void check_format(int64_t timestamp, const char *expected) {
  edi_buf buf;
  int64_t back = 0;
  edi_buf_init(&buf, NULL, 100);
  edi_timestamp_format(&buf, timestamp);
  CHECK_TEXT(buf.ptr, buf.len, expected);
  CHECK(edi_timestamp_parse((edi_str){buf.ptr, buf.len}, &back) && back == timestamp);
  edi_buf_fini(&buf);
}

TEST(timestamps_as_text)
{
  check_format(0, "1970-01-01T00:00:00Z");
  check_format(-1, "1969-12-31T23:59:59.999999Z");
  check_format(1, "1970-01-01T00:00:00.000001Z");
  check_format(1000, "1970-01-01T00:00:00.001Z");
  check_format(1500000, "1970-01-01T00:00:01.500Z");
  check_format(EDI_TIMESTAMP_MIN, "0001-01-01T00:00:00Z");
  check_format(EDI_TIMESTAMP_MAX, "9999-12-31T23:59:59.999999Z");
  check_format(civil(2026, 11, 20) * EDI_DAY_MICROS + INT64_C(36000000000), "2026-11-20T10:00:00Z");
  edi_buf buf; /* outside of the calendar: no wrong date, and no crash */
  edi_buf_init(&buf, NULL, 100);
  edi_timestamp_format(&buf, INT64_MIN);
  edi_timestamp_format(&buf, INT64_MAX);
  edi_date_format(&buf, INT64_MIN);
  CHECK(memcmp(buf.ptr, "0000-00-00T", 11) == 0);
  edi_buf_fini(&buf);
}

TEST(timestamps_that_are_read)
{
  static const struct {
    const char *text, *same;
  } rows[] = {
      {"2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00Z"},
      {"2026-11-20T10:00:00-00:00", "2026-11-20T10:00:00Z"},
      {"2026-11-20T00:00:00-23:59", "2026-11-20T23:59:00Z"},
      {"2026-11-20T10:00:00.1Z", "2026-11-20T10:00:00.100Z"},
      {"2026-11-20T10:00:00.123456Z", "2026-11-20T10:00:00.123456Z"},
      {"0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00Z"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    int64_t a = 1, b = 2;
    CHECK(edi_timestamp_parse(edi_str_from(rows[i].text), &a) &&
          edi_timestamp_parse(edi_str_from(rows[i].same), &b));
    CHECK_INT(a, b);
  }
}

TEST(texts_that_are_no_timestamps)
{
  static const char *const rows[] = {"",
                                     "2026-11-20",
                                     "2026-11-20T10:00:00",
                                     "2026-11-20T10:00Z",
                                     "2026-11-20t10:00:00Z",
                                     "2026-11-20T10:00:00z",
                                     "2026-11-20 10:00:00Z",
                                     "2026-11-20T24:00:00Z",
                                     "2026-11-20T23:60:00Z",
                                     "2026-11-20T23:59:60Z",
                                     "2016-12-31T23:59:60Z",
                                     "2026-11-20T10:00:00.Z",
                                     "2026-11-20T10:00:00.1234567Z",
                                     "2026-11-20T10:00:00,5Z",
                                     "2026-11-20T10:00:00+24:00",
                                     "2026-11-20T10:00:00+02:60",
                                     "2026-11-20T10:00:00+0200",
                                     "2026-11-20T10:00:00+02",
                                     "2026-11-20T10:00:00ZZ",
                                     "2026-11-20T10:00:00Z ",
                                     " 2026-11-20T10:00:00Z",
                                     "2026-13-20T10:00:00Z",
                                     "2026-02-29T10:00:00Z",
                                     "2026-11-20T1:00:00Z",
                                     "0001-01-01T00:00:00+00:01",
                                     "9999-12-31T23:59:59-00:01",
                                     "0000-01-01T00:00:00Z",
                                     "+2026-11-20T10:00:00Z",
                                     "2026-11-2\xd9\xa0T10:00:00Z",
                                     "2026-11-20T10:00:00.-1Z",
                                     "2026-11-20T-1:00:00Z"};
  int64_t out = 7;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (edi_timestamp_parse(edi_str_from(rows[i]), &out)) HARNESS_FAIL("read %s", rows[i]);
  CHECK(!edi_timestamp_parse(EDI_STR("2026-11-20T10:00:00Z\0"), &out));
  static const char *const dates[] = {
      "",           "2026-11-2",  "2026-11-200", "2026/11/20", "2026-11-20 ", "20261120",
      "2026-1-200", "2026-00-10", "0000-01-01",  "-026-11-20", "2026-11- 1"};
  for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
    if (edi_date_parse(edi_str_from(dates[i]), &out)) HARNESS_FAIL("read %s", dates[i]);
  CHECK_INT(out, 7);
  CHECK(edi_date_parse(EDI_STR("2026-11-20"), &out));
  CHECK_INT(out, civil(2026, 11, 20));
}

/* ---- retention ---- */

/* The definition: past iff date + D <= today; a date outside of the calendar is later. */
static bool past_by_definition(int64_t date, int64_t today, edi_duration d) {
  if (d.months == 0) return date + d.micros / EDI_DAY_MICROS <= today;
  int64_t until;
  return edi_date_add_months(date, d.months, &until) && until <= today;
}

static void check_retention(int64_t date, int64_t today, edi_duration d) {
  int64_t now = today * EDI_DAY_MICROS + 12345;
  int64_t cutoff = edi_retention_cutoff(now, d);
  bool past = past_by_definition(date, today, d);
  int64_t until = d.months == 0 ? date + d.micros / EDI_DAY_MICROS : INT64_MAX;
  if (d.months != 0 && !edi_date_add_months(date, d.months, &until)) until = INT64_MAX;
  int64_t first = date * EDI_DAY_MICROS, last = first + EDI_DAY_MICROS - 1;
  if ((first < cutoff) != past || (last < cutoff) != past ||
      edi_retention_stands(first, now, d) != (until >= today) ||
      edi_retention_stands(last, now, d) != (until >= today))
    HARNESS_FAIL("date %" PRId64 ", today %" PRId64 ", %" PRId64 " months %" PRId64 " us", date,
                 today, d.months, d.micros);
}

TEST(retention_agrees_with_its_definition_around_month_ends)
{
  static const int64_t months[] = {1, 2, 3, 6, 11, 12, 13, 24, 36, 48, 120};
  static const int64_t days[] = {0, 1, 27, 28, 29, 30, 31, 59, 60, 365, 366, 730};
  static const int starts[][3] = {
      {2023, 12, 20}, {2024, 2, 20}, {2024, 12, 20}, {2100, 2, 20}, {1999, 12, 20}};
  for (size_t s = 0; s < sizeof starts / sizeof *starts; s++)
    for (int64_t today = civil(starts[s][0], starts[s][1], starts[s][2]), end = today + 75;
         today < end; today++) {
      for (size_t m = 0; m < sizeof months / sizeof *months; m++)
        for (int64_t back = -3; back < 40; back++) {
          int64_t around = today;
          CHECK(edi_date_add_months(today, -months[m], &around));
          check_retention(around - 20 + back, today, MONTHS(months[m]));
        }
      for (size_t m = 0; m < sizeof days / sizeof *days; m++)
        for (int64_t back = -3; back <= 3; back++)
          check_retention(today - days[m] + back, today, DAYS(days[m]));
    }
}

TEST(retention_of_every_day_of_years_with_and_without_a_leap_day)
{
  for (int64_t today = civil(2023, 1, 1); today <= civil(2025, 3, 31); today++)
    for (int64_t date = civil(2023, 1, 1); date <= civil(2024, 3, 31); date++) {
      check_retention(date, today, MONTHS(1));
      check_retention(date, today, MONTHS(12));
    }
}

TEST(retention_at_the_ends_of_the_calendar)
{
  for (int64_t i = 0; i < 70; i++) {
    for (int64_t k = 0; k < 70; k++) {
      check_retention(EDI_DATE_MIN + i, EDI_DATE_MIN + k, MONTHS(1));
      check_retention(EDI_DATE_MIN + i, EDI_DATE_MIN + k, DAYS(k));
      check_retention(EDI_DATE_MAX - i, EDI_DATE_MAX - k, MONTHS(1));
      check_retention(EDI_DATE_MAX - i, EDI_DATE_MAX - k, MONTHS(2));
      check_retention(EDI_DATE_MAX - i, EDI_DATE_MAX - k, DAYS(30));
      check_retention(EDI_DATE_MAX - i, EDI_DATE_MAX - k, DAYS(0));
    }
    check_retention(EDI_DATE_MIN + i, EDI_DATE_MAX, MONTHS(119987));
    check_retention(EDI_DATE_MIN + i, EDI_DATE_MAX, MONTHS(119988));
  }
}

TEST(retention_saturates_to_keeping)
{
  static const edi_duration odd[] = {{-1, 0},        {0, -1},        {1, 1},
                                     {INT64_MIN, 0}, {0, INT64_MIN}, {INT64_MAX, 0}};
  int64_t now = civil(2026, 11, 20) * EDI_DAY_MICROS;
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    CHECK_INT(edi_retention_cutoff(now, odd[i]), EDI_TIMESTAMP_MIN);
    CHECK(edi_retention_stands(EDI_TIMESTAMP_MIN, now, odd[i]));
  }
  CHECK_INT(edi_retention_cutoff(now, (edi_duration){0, INT64_MAX}), EDI_TIMESTAMP_MIN);
  CHECK(edi_retention_stands(EDI_TIMESTAMP_MIN, now, (edi_duration){0, INT64_MAX}));
  CHECK_INT(edi_retention_cutoff(INT64_MAX, DAYS(1)), EDI_TIMESTAMP_MIN);
  CHECK_INT(edi_retention_cutoff(INT64_MIN, DAYS(1)), EDI_TIMESTAMP_MIN);
  CHECK(edi_retention_stands(INT64_MIN, now, DAYS(1)) &&
        edi_retention_stands(0, INT64_MAX, DAYS(1)));
  /* a fraction of a day rounds up */
  CHECK_INT(edi_retention_cutoff(now, (edi_duration){0, 1}), edi_retention_cutoff(now, DAYS(1)));
  CHECK_INT(edi_retention_cutoff(now, (edi_duration){0, EDI_DAY_MICROS + 1}),
            edi_retention_cutoff(now, DAYS(2)));
  CHECK(edi_retention_stands(now - EDI_DAY_MICROS, now, (edi_duration){0, 1}));
  CHECK(!edi_retention_stands(now - EDI_DAY_MICROS, now, DAYS(0)));
}

TEST(one_duration_is_less_where_every_month_says_so)
{
  const struct { edi_duration a, b; int less, at_most; } rows[] = {
      {DAYS(27), MONTHS(1), 1, 1}, {DAYS(28), MONTHS(1), 2, 1},  {DAYS(29), MONTHS(1), 2, 2}, {DAYS(30), MONTHS(1), 2, 2},
      {DAYS(31), MONTHS(1), 0, 2}, {DAYS(32), MONTHS(1), 0, 0},  {MONTHS(1), DAYS(27), 0, 0}, {MONTHS(1), DAYS(28), 0, 2},
      {MONTHS(1), DAYS(31), 2, 1}, {MONTHS(1), DAYS(32), 1, 1},  {MONTHS(2), MONTHS(2), 0, 1}, {MONTHS(1), MONTHS(2), 1, 1},
      {{0, 5}, {0, 5}, 0, 1},      {{0, 5}, {0, 6}, 1, 1},       {MONTHS(-1), DAYS(-28), 2, 1}, {MONTHS(-1), DAYS(-31), 0, 2},
      {{INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX}, 1, 1},    {{INT64_MAX, 0}, {INT64_MAX, 0}, 0, 1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    CHECK_INT(edi_duration_less(rows[i].a, rows[i].b, false), rows[i].less);
    CHECK_INT(edi_duration_less(rows[i].a, rows[i].b, true), rows[i].at_most);
    CHECK_INT(edi_duration_less(rows[i].b, rows[i].a, true), rows[i].less == 2 ? 2 : !rows[i].less);
  }
}

TEST(durations_compare_only_where_28_and_31_days_agree)
{
  const struct {
    edi_duration a, b;
    int order;
  } rows[] = {
      {{0, 0}, {0, 0}, 0},
      {{3, 0}, {2, 0}, 1},
      {{0, 5}, {0, 6}, -1},
      {MONTHS(1), DAYS(27), 1},
      {MONTHS(1), DAYS(28), 2},
      {MONTHS(1), DAYS(31), 2},
      {MONTHS(1), DAYS(32), -1},
      {DAYS(32), MONTHS(1), 1},
      {DAYS(27), MONTHS(1), -1},
      {DAYS(30), MONTHS(1), 2},
      {MONTHS(12), DAYS(335), 1},
      {MONTHS(12), DAYS(365), 2},
      {MONTHS(12), DAYS(373), -1},
      {MONTHS(0), DAYS(0), 0},
      {MONTHS(-1), DAYS(-32), 1},
      {{INT64_MAX, 0}, {0, INT64_MAX}, 1},
      {{INT64_MIN, 0}, {INT64_MAX, 0}, -1},
      {{0, INT64_MIN}, {0, INT64_MAX}, -1},
      {{INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX}, -1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    CHECK_INT(edi_duration_compare(rows[i].a, rows[i].b), rows[i].order);
    CHECK_INT(edi_duration_compare(rows[i].b, rows[i].a), rows[i].order == 2 ? 2 : -rows[i].order);
  }
}

HARNESS_MAIN
