/* Pattern scan: refuses what the language does not offer in a pattern, and says why.
 *
 * In: a source from outside. Out: static text and a place, or NULL. PCRE2 has no switch for most
 * of this, so the scan reads groups, classes, escapes and quantifiers. Invariant: where PCRE2 could
 * read the source otherwise than the scan does (\Q, x mode, comments, `[` in a class), it is
 * refused. Whether the rest is well formed is left to PCRE2. */
#include "base/pattern_scan.h"

#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

typedef struct scan {
  edi_str s;
  size_t at;
  bool condition;
  bool quantified; /* what stands before `at` is a quantifier */
} scan;

static char peek(const scan *c, size_t ahead) {
  return c->at + ahead < c->s.len ? c->s.ptr[c->at + ahead] : '\0';
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool at_text(const scan *c, edi_str text) {
  return edi_str_starts((edi_str){c->s.ptr + c->at, c->s.len - c->at}, text);
}

/* Past the `}` that closes what an escape opened: \x{41} must not look like a quantifier. */
static void skip_braces(scan *c) {
  if (peek(c, 0) != '{') return;
  size_t end = c->at;
  while (end < c->s.len && c->s.ptr[end] != '}') end++;
  c->at = end < c->s.len ? end + 1 : end;
}

static const char no_reference[] = "a back-reference cannot stand in a condition";

/* A backslash and what belongs to it. */
static const char *scan_escape(scan *c, bool in_class) {
  char next = peek(c, 1), after = peek(c, 2);
  size_t size = c->s.len - c->at < 2 ? c->s.len - c->at : 2;
  switch (next) {
    case 'Q':
    case 'E': return "\\Q and \\E are not offered: escape each character";
    case 'C': return "\\C is not offered: it would split a character";
    case 'K': return "\\K is not offered";
    case 'G': return "\\G is not offered";
    case 'g':
      if (after == '<' || after == '\'') return "recursion is not offered";
      if (!in_class && c->condition) return no_reference;
      break;
    case 'k':
      if (!in_class && c->condition) return no_reference;
      break;
    case 'c': /* the next character belongs to it, whatever it is */
      c->at = c->s.len - c->at < 3 ? c->s.len : c->at + 3;
      return NULL;
    default:
      if (is_digit(next) && next != '0' && !in_class && c->condition) return no_reference;
      break;
  }
  bool braced = next == 'x' || next == 'o' || next == 'p' || next == 'P' ||
                (next == 'N' && after == '{' && peek(c, 3) == 'U');
  c->at += size;
  if (braced) skip_braces(c);
  return NULL;
}

/* "[:alpha:]" in a class; false if it is not exactly that. */
static bool skip_posix_name(scan *c) {
  size_t end = c->at + 2;
  if (peek(c, 1) != ':') return false;
  if (end < c->s.len && c->s.ptr[end] == '^') end++;
  while (end < c->s.len && c->s.ptr[end] >= 'a' && c->s.ptr[end] <= 'z') end++;
  if (end + 1 >= c->s.len || c->s.ptr[end] != ':' || c->s.ptr[end + 1] != ']') return false;
  c->at = end + 2;
  return true;
}

/* A class from `[` to `]`. The first `]` is a character of it. */
static const char *scan_class(scan *c) {
  c->at++;
  if (peek(c, 0) == '^') c->at++;
  if (peek(c, 0) == ']') c->at++;
  while (c->at < c->s.len && peek(c, 0) != ']') {
    if (peek(c, 0) == '\\') {
      const char *why = scan_escape(c, true);
      if (why) return why;
    } else if (peek(c, 0) != '[') {
      c->at++;
    } else if (!skip_posix_name(c)) {
      return "a [ in a class must be escaped: write \\[";
    }
  }
  if (c->at < c->s.len) c->at++;
  return NULL;
}

/* "(?i)" or "(?i-s:": the letters i, m and s alone. */
static const char *scan_options(scan *c) {
  size_t end = c->at + 2;
  while (end < c->s.len && memchr("ims^-", c->s.ptr[end], 5)) end++;
  if (end >= c->s.len || (c->s.ptr[end] != ')' && c->s.ptr[end] != ':'))
    return "this kind of group is not offered";
  c->at = end + 1;
  return NULL;
}

/* "(?" and what follows: what the language knows, and nothing else. */
static const char *scan_special_group(scan *c) {
  char kind = peek(c, 2), next = peek(c, 3);
  if (kind == ':') {
    c->at += 3;
    return NULL;
  }
  if (kind == '=' || kind == '!' || (kind == '<' && (next == '=' || next == '!'))) {
    if (c->condition) return "lookaround cannot stand in a condition";
    c->at += kind == '<' ? 4 : 3;
    return NULL;
  }
  if (kind == '>') {
    if (c->condition)
      return "an atomic group cannot stand in a condition: nothing backtracks there";
    c->at += 3;
    return NULL;
  }
  if (kind == '\'' || (kind == '<' && next != '*') || (kind == 'P' && next == '<')) {
    if (c->condition) return "a plain group captures, and a condition cannot: write (?:...)";
    c->at += 3;
    return NULL;
  }
  switch (kind) {
    case '#': return "a comment in a pattern is not offered";
    case 'C': return "a callout is not offered";
    case '(': return "a conditional group is not offered";
    case '|': return "a group that numbers its branches anew is not offered";
    case 'x': return "x mode is not offered";
    case 'P': return "(?P=...) and (?P>...) are not offered: write \\k<...> for a back-reference";
    case 'R':
    case '&':
    case '+': return "recursion is not offered";
    default: break;
  }
  bool numbered = is_digit(kind) || (kind == '-' && is_digit(next));
  return numbered ? "recursion is not offered" : scan_options(c);
}

static const char *scan_group(scan *c) {
  if (peek(c, 1) == '*') return "(*...) is not offered";
  if (peek(c, 1) == '?') return scan_special_group(c);
  if (c->condition) return "a plain group captures, and a condition cannot: write (?:...)";
  c->at++;
  return NULL;
}

/* The length of "{3}", "{3,}" or "{3,5}"; 0 if the brace is a plain character. */
static size_t counted_length(const scan *c) {
  size_t i = 1, digits = 0;
  for (; is_digit(peek(c, i)); i++) digits++;
  if (digits == 0) return 0;
  if (peek(c, i) == ',') i++;
  while (is_digit(peek(c, i))) i++;
  return peek(c, i) == '}' ? i + 1 : 0;
}

/* Anything outside of classes and groups' openings; notices quantifiers. */
static const char *scan_plain(scan *c) {
  char now = peek(c, 0);
  size_t counted = now == '{' ? counted_length(c) : 0;
  bool was = c->quantified;
  c->quantified = false;
  if (was && now == '+' && c->condition)
    return "a possessive quantifier cannot stand in a condition: nothing backtracks there";
  if (counted > 0) {
    c->quantified = true;
    c->at += counted;
    return NULL;
  }
  c->quantified = !was && (now == '*' || now == '+' || now == '?');
  c->at++;
  return NULL;
}

static const char *scan_next(scan *c) {
  char now = peek(c, 0);
  if (now != '\\' && now != '[' && now != '(') return scan_plain(c);
  c->quantified = false;
  if (now == '\\') return scan_escape(c, false);
  return now == '[' ? scan_class(c) : scan_group(c);
}

const char *edi_pattern_scan(edi_str source, bool condition, size_t *at) {
  scan c = {.s = source, .condition = condition};
  const char *why = NULL;
  if (source.len > EDI_PATTERN_SOURCE_MOST) {
    *at = EDI_PATTERN_SOURCE_MOST;
    return "a pattern has at most 1,000 bytes";
  }
  while (!why && c.at < source.len) {
    if (at_text(&c, EDI_STR("[[:<:]]")) || at_text(&c, EDI_STR("[[:>:]]")))
      why = "[[:<:]] and [[:>:]] are not offered: write \\b";
    else why = scan_next(&c);
  }
  *at = why ? c.at : 0;
  return why;
}

/* PCRE2 writes its messages into a buffer; these live for ever, the same in every version. */
const char *edi_pattern_compile_error(int error) {
  static const struct {
    int error;
    const char *text;
  } texts[] = {
      {PCRE2_ERROR_END_BACKSLASH, "a \\ at the end escapes nothing"},
      {PCRE2_ERROR_END_BACKSLASH_C, "\\c at the end needs a character"},
      {PCRE2_ERROR_UNKNOWN_ESCAPE, "an unknown escape"},
      {PCRE2_ERROR_QUANTIFIER_OUT_OF_ORDER, "the numbers in {} are out of order"},
      {PCRE2_ERROR_QUANTIFIER_TOO_BIG, "a number in {} is too large"},
      {PCRE2_ERROR_MISSING_SQUARE_BRACKET, "a class has no closing ]"},
      {PCRE2_ERROR_ESCAPE_INVALID_IN_CLASS, "an escape that cannot stand in a class"},
      {PCRE2_ERROR_CLASS_RANGE_ORDER, "a range in a class is out of order"},
      {PCRE2_ERROR_QUANTIFIER_INVALID, "a quantifier has nothing before it"},
      {PCRE2_ERROR_INVALID_AFTER_PARENS_QUERY, "an unknown group after (?"},
      {PCRE2_ERROR_POSIX_CLASS_NOT_IN_CLASS, "[:name:] stands in a class only: write [[:name:]]"},
      {PCRE2_ERROR_POSIX_NO_SUPPORT_COLLATING, "[.x.] and [=x=] are not supported"},
      {PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS, "a ( has no )"},
      {PCRE2_ERROR_BAD_SUBPATTERN_REFERENCE, "a reference to a group that is not there"},
      {PCRE2_ERROR_PATTERN_TOO_LARGE, "the compiled pattern is too large"},
      {PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS, "a ) has no ("},
      {PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP, "more than 50 groups in each other"},
      {PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH, "a lookbehind must have a fixed length"},
      {PCRE2_ERROR_LOOKBEHIND_TOO_COMPLICATED, "a lookbehind is too complicated"},
      {PCRE2_ERROR_UNKNOWN_POSIX_CLASS, "an unknown name in [:...:]"},
      {PCRE2_ERROR_CODE_POINT_TOO_BIG, "a code point above U+10FFFF"},
      {PCRE2_ERROR_UNICODE_DISALLOWED_CODE_POINT, "a surrogate is no character"},
      {PCRE2_ERROR_MISSING_NAME_TERMINATOR, "a group's name does not end"},
      {PCRE2_ERROR_DUPLICATE_SUBPATTERN_NAME, "two groups have the same name"},
      {PCRE2_ERROR_MALFORMED_UNICODE_PROPERTY, "a malformed \\p{}"},
      {PCRE2_ERROR_UNKNOWN_UNICODE_PROPERTY, "an unknown Unicode property in \\p{}"},
      {PCRE2_ERROR_SUBPATTERN_NAME_TOO_LONG, "a group's name is too long"},
      {PCRE2_ERROR_CLASS_INVALID_RANGE, "a class stands where a range needs a character"},
      {PCRE2_ERROR_PATTERN_STRING_TOO_LONG, "a pattern has at most 1,000 bytes"},
      {PCRE2_ERROR_PATTERN_TOO_COMPLICATED, "the pattern is too complicated"},
      {PCRE2_ERROR_LOOKBEHIND_TOO_LONG, "a lookbehind is too long"},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i].error == error) return texts[i].text;
  return error < 0 ? "the pattern is not UTF-8" : "not a regular expression";
}
