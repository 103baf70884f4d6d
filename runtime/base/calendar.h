/* Calendar: dates, timestamps and durations of the language. Proleptic Gregorian, UTC, years 1 to
 * 9999; no time zones, no leap seconds (":60" is refused), no clock: the time is an argument.
 *
 * A timestamp is microseconds since 1970-01-01T00:00:00Z, a date is days since 1970-01-01. */
#ifndef EDI_CALENDAR_H
#define EDI_CALENDAR_H

#include "base/bytes.h"

#define EDI_DAY_MICROS INT64_C(86400000000)
/* How far two clocks may differ, of an issuer, of who signs bundles, and of this host: the one place that says so. */
#define EDI_TIME_LEEWAY INT64_C(60000000)
#define EDI_DATE_MIN INT64_C(-719162)     /* 0001-01-01 */
#define EDI_DATE_MAX INT64_C(2932896)     /* 9999-12-31 */
#define EDI_TIMESTAMP_MIN (EDI_DATE_MIN * EDI_DAY_MICROS)
#define EDI_TIMESTAMP_MAX ((EDI_DATE_MAX + 1) * EDI_DAY_MICROS - 1)

/* A duration keeps months apart from exact time: 1 month is not 30 days. Only one of the two is
 * non-zero in the first version; years are 12 months, weeks 7 days. */
typedef struct edi_duration {
  int64_t months;
  int64_t micros;
} edi_duration;

bool edi_date_from_civil(int year, int month, int day, int64_t *date);
void edi_date_to_civil(int64_t date, int *year, int *month, int *day); /* date within MIN..MAX */
int edi_date_weekday(int64_t date);                                    /* 1 Monday .. 7 Sunday (ISO 8601) */
int64_t edi_date_of(int64_t timestamp); /* the UTC day; floors before 1970 too */
/* Months added with clamping to the month's end; false if the result leaves the calendar. */
bool edi_date_add_months(int64_t date, int64_t months, int64_t *out);
bool edi_timestamp_add(int64_t timestamp, edi_duration d, int64_t *out);

/* "2026-11-20"; exactly ten characters. */
bool edi_date_parse(edi_str text, int64_t *date);
/* RFC 3339 with an offset or Z; up to 6 digits of fraction; "T" and "Z" in upper case. */
bool edi_timestamp_parse(edi_str text, int64_t *timestamp);
void edi_date_format(edi_buf *buf, int64_t date);
/* A time of day, microseconds since midnight: "10:00:00", with at most 6 digits of fraction, no offset. */
#define EDI_CLOCK_MOST (EDI_DAY_MICROS - 1)
bool edi_clock_parse(edi_str text, int64_t *clock);
void edi_clock_format(edi_buf *buf, int64_t clock);
/* "2026-11-20T10:00:00Z", with a fraction of 3 or 6 digits only if it is not zero. Outside of the
 * calendar the date is written as 0000-00-00. */
void edi_timestamp_format(edi_buf *buf, int64_t timestamp);

/* Retention, as the language defines it on UTC days: a row of `timestamp` is past D at `now` iff
 * date(timestamp) + D <= date(now). The cutoff is the first instant (a midnight) that is NOT past;
 * every path compares against it: past(t) == (t < cutoff). D is months or whole days and >= 0;
 * anything else (a fraction of a day rounds up to a day) and overflow saturate so that nothing is
 * past (cutoff = EDI_TIMESTAMP_MIN). */
int64_t edi_retention_cutoff(int64_t now, edi_duration d);
/* An `at least` stands iff date(timestamp) + D >= date(now). Saturates to true. */
bool edi_retention_stands(int64_t timestamp, int64_t now, edi_duration d);
/* -1, 0, 1, and 2 for undecided: months against days are decided only if they are for 28 to 31 days
 * a month. */
int edi_duration_compare(edi_duration a, edi_duration b);
/* Whether a < b, or a <= b: 1, 0, and 2 where months of 28 to 31 days say both. More is decided than by the order:
 * 28 days <= 1 month, whatever the month. */
int edi_duration_less(edi_duration a, edi_duration b, bool or_equal);

#endif
