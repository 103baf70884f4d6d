/* Where, for SQLite: any cell may hold a value of any type, so each condition looks at the type first.
 *
 * Names stand in backticks, for what stands in double quotes and names no column is a text to SQLite. A `+` takes a
 * column's affinity away, COLLATE BINARY its collation. typeof is never NULL, and a condition on it stands before
 * each AND. Dates and times are texts: their form is asked for to the letter, then whether SQLite's calendar has them. */
#include "base/calendar.h"
#include "bundle/limits.h"
#include "enforce/dialect.h"

static void put_name(edi_where *w, uint32_t column) {
  edi_buf_char(w->out, '`');
  for (const char *p = w->columns[column].physical_name; *p; p++) {
    if (*p == '`') edi_buf_char(w->out, '`');
    edi_buf_char(w->out, *p);
  }
  edi_buf_char(w->out, '`');
}

/* With the column's name where % stands. */
static void put(edi_where *w, uint32_t column, const char *pattern) {
  for (const char *p = pattern; *p; p++) {
    if (*p == '%') put_name(w, column);
    else edi_buf_char(w->out, *p);
  }
}

static void put_text(edi_where *w, edi_str text) {
  edi_buf_char(w->out, '\'');
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\'') edi_buf_char(w->out, '\'');
    edi_buf_char(w->out, text.ptr[i]);
  }
  edi_buf_char(w->out, '\'');
}

/* The least integer has no literal: its digits alone are a real. */
static void put_integer(edi_where *w, int64_t i) {
  if (i == INT64_MIN) edi_buf_text(w->out, "(-9223372036854775807 - 1)");
  else edi_buf_format(w->out, "%lld", (long long)i);
}

static void put_date(edi_where *w, int64_t date) {
  edi_buf_char(w->out, '\'');
  edi_date_format(w->out, date);
  edi_buf_char(w->out, '\'');
}

static edi_buf name_of(edi_where *w, uint32_t column) {
  edi_buf name, *out = w->out;
  edi_buf_init(&name, NULL, 8192);
  w->out = &name;
  put_name(w, column);
  w->out = out;
  if (name.failed != EDICT_OK) out->failed = name.failed;
  return name;
}

/* ---- what a cell is known as ---- */

/* UTF-8 of at most a megabyte. What is not plain printable ASCII is read character by character, as hexadecimal
 * digits: each step takes one off the front, and one that takes none ends with something left. */
static void put_known_text(edi_where *w, uint32_t column) {
  put(w, column,
      "typeof(%) = 'text' AND length(CAST(% AS BLOB)) <= ");
  edi_buf_format(w->out, "%d", EDI_LIMIT_CELL);
  put(w, column,
      " AND ((length(%) = length(CAST(% AS BLOB)) AND % NOT GLOB '*[^ -~]*') OR EXISTS (WITH RECURSIVE edict_u(h) AS (SELECT hex(%) "
      "UNION ALL SELECT substr(h, CASE WHEN h GLOB '[0-7]*' THEN 3 WHEN h GLOB 'C[2-9A-F][89AB]*' OR h GLOB 'D?[89AB]*' THEN 5 "
      "WHEN h GLOB 'E0[AB]?[89AB]*' OR h GLOB 'E[1-9A-CEF][89AB]?[89AB]*' OR h GLOB 'ED[89]?[89AB]*' THEN 7 "
      "WHEN h GLOB 'F0[9AB]?[89AB]?[89AB]*' OR h GLOB 'F[1-3][89AB]?[89AB]?[89AB]*' OR h GLOB 'F48?[89AB]?[89AB]*' THEN 9 END) "
      "FROM edict_u WHERE h <> '') SELECT 1 FROM edict_u WHERE h = ''))");
}

static void put_known_date(edi_where *w, uint32_t column) {
  put(w, column,
      "typeof(%) = 'text' AND length(CAST(% AS BLOB)) = 10 AND % GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]' "
      "AND date(%, '+0 days') IS +% COLLATE BINARY AND +% COLLATE BINARY >= '0001-01-01'");
}

/* Microseconds of a time since 1970; NULL where the text is none. The forms are RFC 3339's and SQLite's own: a blank for
 * the T, no seconds, no zone, which is UTC. `r` is what follows the minutes, `z` the zone, `f` the seconds. */
static void put_micros(edi_where *w, uint32_t column) {
  edi_buf_text(w->out,
      "(SELECT CASE WHEN t GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-5][0-9]*' AND length(t) = length(CAST(t AS BLOB)) "
      "AND date(substr(t, 1, 10), '+0 days') IS substr(t, 1, 10) AND substr(t, 1, 4) <> '0000' AND substr(t, 12, 2) < '24' "
      "AND (f = '' OR f GLOB ':[0-5][0-9]' OR (f GLOB ':[0-5][0-9].[0-9]*' AND length(f) <= 10 AND substr(f, 5) NOT GLOB '*[^0-9]*')) "
      "AND (length(z) < 2 OR substr(z, 2, 2) < '24') "
      "THEN (CAST(strftime('%s', substr(t, 1, 10)) AS INTEGER) + substr(t, 12, 2) * 3600 + substr(t, 15, 2) * 60 + CASE f WHEN '' THEN 0 ELSE "
      "CAST(substr(f, 2, 2) AS INTEGER) END - CASE WHEN length(z) < 2 THEN 0 ELSE CAST(substr(z, 1, 1) || '1' AS INTEGER) * (substr(z, 2, 2) * 3600 + "
      "substr(z, 5, 2) * 60) END) * 1000000 + CAST(substr(substr(f, 5) || '000000', 1, 6) AS INTEGER) END "
      "FROM (SELECT t, z, substr(r, 1, length(r) - length(z)) AS f FROM (SELECT t, r, CASE WHEN r GLOB '*Z' THEN 'Z' WHEN r GLOB "
      "'*[-+][0-2][0-9]:[0-5][0-9]' THEN substr(r, -6) ELSE '' END AS z FROM (SELECT t, substr(t, 17) AS r FROM (SELECT ");
  put_name(w, column);
  edi_buf_text(w->out, " AS t)))))");
}

static void put_known_decimal(edi_where *w, uint32_t column) {
  edi_buf name = name_of(w, column);
  edi_sqlite_known_decimal(w, (edi_str){name.ptr, name.len});
  edi_buf_fini(&name);
}

static bool known(edi_where *w, uint32_t column, unsigned base) {
  edi_buf_char(w->out, '(');
  switch (base) {
    case EDI_TYPE_INT: put(w, column, "typeof(%) = 'integer'"); break;
    case EDI_TYPE_BOOL: put(w, column, "typeof(%) = 'integer' AND +% IN (0, 1)"); break;
    case EDI_TYPE_STRING: put_known_text(w, column); break;
    case EDI_TYPE_DATE: put_known_date(w, column); break;
    case EDI_TYPE_TIMESTAMP:
      put(w, column, "typeof(%) = 'text' AND coalesce(");
      put_micros(w, column);
      edi_buf_text(w->out, " BETWEEN ");
      put_integer(w, EDI_TIMESTAMP_MIN);
      edi_buf_text(w->out, " AND ");
      put_integer(w, EDI_TIMESTAMP_MAX);
      edi_buf_text(w->out, ", 0)");
      break;
    default: put_known_decimal(w, column); break;
  }
  edi_buf_char(w->out, ')');
  return true;
}

/* ---- conditions ---- */

/* What is compared, and the constants in its form. */
static void put_subject(edi_where *w, uint32_t column, unsigned base) {
  if (base == EDI_TYPE_TIMESTAMP) put_micros(w, column);
  else put(w, column, base == EDI_TYPE_DATE ? "+% COLLATE BINARY" : "+%");
}

static void put_constant(edi_where *w, unsigned base, int64_t number) {
  if (base == EDI_TYPE_DATE) put_date(w, number);
  else put_integer(w, number);
}

/* `known AND subject`, or where a cell of no time is NULL, `coalesce(known AND subject, 0)`. */
static bool open(edi_where *w, uint32_t column, unsigned base) {
  edi_buf_char(w->out, '(');
  if (!known(w, column, base)) return false;
  edi_buf_text(w->out, " AND ");
  put_subject(w, column, base);
  return true;
}

static bool between(edi_where *w, uint32_t column, unsigned base, int64_t least, int64_t most, bool turned) {
  if (base == EDI_TYPE_TIMESTAMP && !turned) { /* once is enough: bounds are within the calendar */
    put(w, column, "(typeof(%) = 'text' AND coalesce(");
    put_micros(w, column);
  } else if (!open(w, column, base)) {
    return false;
  }
  edi_buf_text(w->out, turned ? " NOT BETWEEN " : " BETWEEN ");
  put_constant(w, base, least);
  edi_buf_text(w->out, " AND ");
  put_constant(w, base, most);
  edi_buf_text(w->out, base == EDI_TYPE_TIMESTAMP && !turned ? ", 0))" : ")");
  return true;
}

static bool among(edi_where *w, uint32_t column, unsigned base, const int64_t *numbers, size_t count, bool turned) {
  if (!open(w, column, base)) return false;
  edi_buf_text(w->out, turned ? " NOT IN (" : " IN (");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) edi_buf_text(w->out, ", ");
    put_constant(w, base, numbers[i]);
  }
  edi_buf_text(w->out, "))");
  return true;
}

/* A text that is one of these is UTF-8, and need not be looked at; one that is none of them may be anything. */
static bool texts(edi_where *w, uint32_t column, const edi_str *texts, size_t count, bool turned) {
  edi_buf_char(w->out, '(');
  if (turned) put_known_text(w, column);
  else put(w, column, "typeof(%) = 'text'");
  put(w, column, turned ? " AND +% COLLATE BINARY NOT IN (" : " AND +% COLLATE BINARY IN (");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) edi_buf_text(w->out, ", ");
    put_text(w, texts[i]);
  }
  edi_buf_text(w->out, "))");
  return true;
}

static bool decimal(edi_where *w, uint32_t column, unsigned base, edi_relation relation, edi_decimal number, bool turned) {
  if (base == EDI_TYPE_DECIMAL) {
    edi_buf name = name_of(w, column);
    edi_sqlite_decimal(w, (edi_str){name.ptr, name.len}, relation, number, turned);
    edi_buf_fini(&name);
    return true;
  }
  edi_bounds b = edi_decimal_bounds(relation, number, 0);
  if (b.never && turned) return known(w, column, EDI_TYPE_INT);
  if (b.never) edi_buf_char(w->out, '0');
  return b.never || between(w, column, EDI_TYPE_INT, b.least, b.most, turned);
}

static bool pair(edi_where *w, uint32_t column, uint32_t other, const char *sign) {
  put(w, column, "(typeof(%) = 'integer' AND ");
  put(w, other, "typeof(%) = 'integer' AND ");
  put(w, column, "+%");
  edi_buf_format(w->out, " %s ", sign);
  put(w, other, "+%)");
  return true;
}

const edi_dialect edi_dialect_sqlite = {"1", "0", known, between, among, texts, decimal, pair};
