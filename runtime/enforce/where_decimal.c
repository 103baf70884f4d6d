/* Where, decimals of SQLite: an integer, a real that stands for its shortest decimal, or a text of digits.
 *
 * Reals lie in the order of their decimals, so a comparison is one with the least real that counts, written as a whole
 * number times a power of two: SQLite reads such exactly, and decimal fractions only nearly. A real is known if its
 * decimal has at most 18 places; from 1/128 on every one has, below it must be the nearest to some multiple of
 * 10^-18. Texts are compared by their digits, written out to 19 before and 18 behind the point. */
#include "base/bytes.h"
#include "enforce/dialect.h"

static void put(edi_where *w, edi_str name, const char *pattern) {
  for (const char *p = pattern; *p; p++) {
    if (*p == '%') edi_buf_str(w->out, name);
    else edi_buf_char(w->out, *p);
  }
}

/* ---- reals ---- */

static void put_known_real(edi_where *w, edi_str name) {
  put(w, name,
      "abs(%) < 4611686018427387904 * 2.0 AND (+% = 0 OR abs(%) >= 1.0 / 128 OR EXISTS (SELECT 1 FROM (SELECT abs(%) AS x, "
      "CAST(abs(%) * CAST(1000000000000000000 AS REAL) AS INTEGER) AS k) WHERE ");
  for (int i = -1; i <= 2; i++)
    edi_buf_format(w->out, "%s(k + %d) * 1.0 / CAST(1000000000000000000 AS REAL) = x", i > -1 ? " OR " : "", i);
  edi_buf_text(w->out, "))");
}

static void put_real(edi_where *w, int64_t mantissa, int exponent) {
  edi_buf_format(w->out, "(%lld * 1.0", (long long)mantissa);
  for (; exponent > 0; exponent -= exponent > 60 ? 60 : exponent)
    edi_buf_format(w->out, " * %lld", 1LL << (exponent > 60 ? 60 : exponent));
  for (; exponent < 0; exponent += exponent < -60 ? 60 : -exponent)
    edi_buf_format(w->out, " / %lld", 1LL << (exponent < -60 ? 60 : -exponent));
  edi_buf_char(w->out, ')');
}

/* x >= the least real that is at least the number, or above it; with `below`, x < that. */
static void put_bound(edi_where *w, edi_str name, edi_decimal number, bool above, bool below) {
  int64_t mantissa;
  int exponent;
  if (number.mantissa == 0) {
    put(w, name, above ? (below ? "+% <= 0" : "+% > 0") : (below ? "+% < 0" : "+% >= 0"));
    return;
  }
  edi_decimal_least_double(number, above, &mantissa, &exponent);
  put(w, name, below ? "+% < " : "+% >= ");
  put_real(w, mantissa, exponent);
}

static void compare_real(edi_where *w, edi_str name, edi_relation r, edi_decimal number, bool turned) {
  switch ((int)r) {
    case EDI_RELATION_LT: put_bound(w, name, number, false, true); return;
    case EDI_RELATION_LE: put_bound(w, name, number, true, true); return;
    case EDI_RELATION_GT: put_bound(w, name, number, true, false); return;
    case EDI_RELATION_GE: put_bound(w, name, number, false, false); return;
    default: break;
  }
  edi_buf_text(w->out, turned ? "NOT (" : "(");
  put_bound(w, name, number, false, false);
  edi_buf_text(w->out, " AND ");
  put_bound(w, name, number, true, true);
  edi_buf_char(w->out, ')');
}

/* ---- texts ---- */

#define ZEROS_19 "0000000000000000000"
#define ZEROS_18 "000000000000000000"

/* A condition on `s` (1: below zero) and `d` (37 digits) of a text that is a decimal; 0 for one that is none. */
static void open_text(edi_where *w) { edi_buf_text(w->out, "coalesce((SELECT CASE WHEN v THEN "); }

static void shut_text(edi_where *w, edi_str name) {
  put(w, name,
      " END FROM (SELECT v, n AND d > '" ZEROS_19 ZEROS_18 "' AS s, d FROM (SELECT n, substr('" ZEROS_19 "' || a, -19) || substr(b || '" ZEROS_18
      "', 1, 18) AS d, p AND a <> '' AND (a = '0' OR a NOT GLOB '0*') AND length(a) <= 19 AND length(b) <= 18 AND (length(ltrim(a || b, '0')) < 19 OR "
      "(length(ltrim(a || b, '0')) = 19 AND ltrim(a || b, '0') <= CASE WHEN n THEN '9223372036854775808' ELSE '9223372036854775807' END)) AS v FROM ("
      "SELECT n, u NOT GLOB '*[^0-9.]*' AND u NOT GLOB '*.*.*' AND u NOT GLOB '*.' AND length(t) = length(CAST(t AS BLOB)) AS p, "
      "CASE instr(u, '.') WHEN 0 THEN u ELSE substr(u, 1, instr(u, '.') - 1) END AS a, "
      "CASE instr(u, '.') WHEN 0 THEN '' ELSE rtrim(substr(u, instr(u, '.') + 1), '0') END AS b FROM ("
      "SELECT t, t GLOB '-*' AS n, substr(t, 1 + (t GLOB '-*')) AS u FROM (SELECT % AS t)))))), 0)");
}

/* The digits of a number, as shut_text writes out those of a text. */
static void put_digits(edi_where *w, edi_decimal number) {
  char storage[32];
  edi_buf text = edi_buf_fixed(storage, sizeof storage);
  edi_decimal_format(&text, number);
  edi_str all = {text.ptr, text.len};
  if (number.mantissa < 0) all = (edi_str){all.ptr + 1, all.len - 1};
  const char *point = all.len ? memchr(all.ptr, '.', all.len) : NULL;
  size_t whole = point ? (size_t)(point - all.ptr) : all.len, fraction = point ? all.len - whole - 1 : 0;
  edi_buf_format(w->out, "'%.*s%.*s%.*s%.*s'", (int)(19 - whole), ZEROS_19, (int)whole, all.ptr, (int)fraction, point ? point + 1 : "",
                 (int)(18 - fraction), ZEROS_18);
}

static void compare_text(edi_where *w, edi_relation r, edi_decimal number, bool turned) {
  bool negative = number.mantissa < 0;
  if (r == EDI_RELATION_EQ) {
    edi_buf_format(w->out, "%s(%s s AND d = ", turned ? "NOT " : "", negative ? "" : "NOT");
    put_digits(w, number);
    edi_buf_char(w->out, ')');
    return;
  }
  /* Of two below zero the one with the smaller digits is the larger. */
  bool up = r == EDI_RELATION_GT || r == EDI_RELATION_GE, or_equal = r == EDI_RELATION_GE || r == EDI_RELATION_LE;
  bool larger = up != negative;
  edi_buf_format(w->out, "(%ss %s d %s%s ", up ? "NOT " : "", up != negative ? "AND" : "OR", larger ? ">" : "<", or_equal ? "=" : "");
  put_digits(w, number);
  edi_buf_char(w->out, ')');
}

/* ---- both ---- */

static void compare_integer(edi_where *w, edi_str name, edi_relation r, edi_decimal number, bool turned) {
  edi_bounds b = edi_decimal_bounds(r, number, 0);
  if (b.never) {
    edi_buf_char(w->out, turned ? '1' : '0');
    return;
  }
  put(w, name, turned ? "+% NOT BETWEEN " : "+% BETWEEN ");
  if (b.least == INT64_MIN) edi_buf_text(w->out, "(-9223372036854775807 - 1)");
  else edi_buf_format(w->out, "%lld", (long long)b.least);
  if (b.most == INT64_MIN) edi_buf_text(w->out, " AND (-9223372036854775807 - 1)");
  else edi_buf_format(w->out, " AND %lld", (long long)b.most);
}

void edi_sqlite_decimal(edi_where *w, edi_str name, edi_relation relation, edi_decimal number, bool turned) {
  bool equal = relation == EDI_RELATION_EQ;
  edi_relation r = turned ? edi_relation_opposite(relation) : relation;
  put(w, name, "(CASE typeof(%) WHEN 'integer' THEN ");
  compare_integer(w, name, r, number, turned && equal);
  edi_buf_text(w->out, " WHEN 'real' THEN ");
  put_known_real(w, name);
  edi_buf_text(w->out, " AND ");
  compare_real(w, name, r, number, turned && equal);
  edi_buf_text(w->out, " WHEN 'text' THEN ");
  open_text(w);
  compare_text(w, r, number, turned && equal);
  shut_text(w, name);
  edi_buf_text(w->out, " ELSE 0 END)");
}

void edi_sqlite_known_decimal(edi_where *w, edi_str name) {
  put(w, name, "CASE typeof(%) WHEN 'integer' THEN 1 WHEN 'real' THEN ");
  put_known_real(w, name);
  edi_buf_text(w->out, " WHEN 'text' THEN ");
  open_text(w);
  edi_buf_char(w->out, '1');
  shut_text(w, name);
  edi_buf_text(w->out, " ELSE 0 END");
}
