/* Literals: strings, patterns, numbers, dates and timestamps as tokens.
 *
 * In: a lexer that is at the first byte of one. Out: the token, with decoded text or value; what is
 * wrong with it is reported, and the token is of the kind that was meant, so that the parser goes
 * on. Escapes of a string: \" \\ \n \t and \u{...} with 1 to 6 hexadecimal digits; no others. A
 * pattern has one escape of its own, \/ for a slash; every other is left to the pattern. */
#include "base/calendar.h"
#include "bundle/limits.h"
#include "policy/lex.h"

/* ---- strings ---- */

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static size_t put_utf8(char *out, uint32_t c) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char heads[] = {0, 0xC0, 0xE0, 0xF0};
  out[0] = (char)(heads[more] | c >> (6 * more));
  for (size_t i = 1; i <= more; i++) out[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3F));
  return more + 1;
}

/* What stands after `\u` in `raw` at `at`: {1 to 6 digits} of a code point that is text. 0 if
 * not. */
static uint32_t read_code_point(edi_str raw, size_t at, size_t *end) {
  uint32_t c = 0;
  size_t digits = 0;
  if (at >= raw.len || raw.ptr[at] != '{') return 0;
  for (at++; at < raw.len && digits < 7 && hex_value(raw.ptr[at]) >= 0; at++, digits++)
    c = c << 4 | (uint32_t)hex_value(raw.ptr[at]);
  if (digits == 0 || digits > 6 || at >= raw.len || raw.ptr[at] != '}') return 0;
  *end = at + 1;
  return c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) ? 0 : c;
}

static void report_escape(edi_lexer *lexer, uint32_t begin, uint32_t end) {
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0105, begin, end, "not an escape",
                                         "this escape means nothing in a string");
  edi_finding_note(finding,
                   "the escapes are \\\" \\\\ \\n \\t and \\u{...} with the number of a character");
}

/* The bytes of `raw`, which starts at `begin` of the text, with their escapes replaced. No escape
 * is shorter than what it stands for. */
static edi_str decode(edi_lexer *lexer, edi_str raw, uint32_t begin) {
  char *out = edi_arena_alloc(lexer->arena, raw.len);
  if (!out) {
    edi_lexer_no_memory(lexer);
    return (edi_str){NULL, 0};
  }
  size_t length = 0;
  for (size_t at = 0; at < raw.len;) {
    size_t end = at + 1;
    if (raw.ptr[at] != '\\') {
      out[length++] = raw.ptr[at];
    } else {
      char c = at + 1 < raw.len ? raw.ptr[at + 1] : '\0';
      uint32_t rune = c == 'n' ? '\n' : c == 't' ? '\t' : c == '"' || c == '\\' ? (uint32_t)c : 0;
      end = at + 1;
      edi_utf8_next(raw, &end);
      if (c == 'u') rune = read_code_point(raw, at + 2, &end);
      if (rune == 0) report_escape(lexer, begin + (uint32_t)at, begin + (uint32_t)end);
      else length += put_utf8(out + length, rune);
    }
    at = end;
  }
  return (edi_str){out, length};
}

/* Whether the lexer is at the end of a line or of the text. */
static bool at_line_end(const edi_lexer *lexer) {
  char c = edi_lexer_byte(lexer, 0);
  return c == '\0' || c == '\n' || (c == '\r' && edi_lexer_byte(lexer, 1) == '\n');
}

void edi_lexer_string(edi_lexer *lexer, edi_token *token) {
  uint32_t begin = lexer->at++;
  bool escapes = false;
  while (!at_line_end(lexer) && edi_lexer_byte(lexer, 0) != '"') {
    if (edi_lexer_byte(lexer, 0) == '\\') {
      escapes = true;
      lexer->at++;
      if (at_line_end(lexer)) break;
    }
    edi_lexer_rune(lexer);
  }
  edi_str raw = {lexer->text.ptr + begin + 1, lexer->at - begin - 1};
  token->kind = EDI_TOKEN_STRING;
  if (edi_lexer_byte(lexer, 0) == '"') {
    lexer->at++;
  } else {
    edi_finding *finding =
        edi_lexer_error(lexer, EDI_E0104, begin, lexer->at, "no `\"` ends it on its line",
                        "a string that does not end");
    edi_finding_fix(finding, false, "end it with `\"`; a line break in it is written \\n");
    lexer->cut = lexer->at;
    escapes = false;
  }
  token->text = escapes ? decode(lexer, raw, begin + 1) : raw;
  if (token->text.len <= EDI_LIMIT_STRING) return;
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0705, begin, begin + 1, "begins here",
                                         "a string of %zu bytes is too long", token->text.len);
  edi_finding_note(finding, "a string has at most %d bytes", EDI_LIMIT_STRING);
}

/* ---- patterns ---- */

static void check_pattern(edi_lexer *lexer, const edi_token *token, uint32_t begin, bool closed) {
  if (!closed) {
    edi_finding *finding =
        edi_lexer_error(lexer, EDI_E0106, begin, lexer->at, "no `/` ends it on its line",
                        "a pattern that does not end");
    edi_finding_fix(finding, false, "end it with `/`; a slash in it is written \\/");
    lexer->cut = lexer->at;
  } else if (token->text.len == 0) {
    edi_finding *finding = edi_lexer_error(lexer, EDI_E0106, begin, lexer->at, "nothing in it",
                                           "a pattern that is empty");
    edi_finding_fix(finding, false, "compare with `== \"\"` for the empty string");
  } else if (token->text.len > EDI_LIMIT_PATTERN) {
    edi_finding *finding = edi_lexer_error(lexer, EDI_E0706, begin, begin + 1, "begins here",
                                           "a pattern of %zu bytes is too long", token->text.len);
    edi_finding_note(finding, "a pattern has at most %d bytes", EDI_LIMIT_PATTERN);
  }
}

/* `raw` with every \/ as a plain slash. */
static edi_str without_slash_escapes(edi_lexer *lexer, edi_str raw) {
  char *out = edi_arena_alloc(lexer->arena, raw.len);
  size_t length = 0;
  if (!out) {
    edi_lexer_no_memory(lexer);
    return (edi_str){NULL, 0};
  }
  for (size_t at = 0; at < raw.len; at++) {
    bool escape = raw.ptr[at] == '\\' && at + 1 < raw.len;
    if (escape && raw.ptr[at + 1] != '/') out[length++] = raw.ptr[at];
    if (escape) at++;
    out[length++] = raw.ptr[at];
  }
  return (edi_str){out, length};
}

void edi_lexer_pattern(edi_lexer *lexer, edi_token *token) {
  if (lexer->failed) return;
  uint32_t begin = token->span.begin;
  bool slashes = false;
  lexer->at = begin + 1;
  while (!at_line_end(lexer) && edi_lexer_byte(lexer, 0) != '/') {
    if (edi_lexer_byte(lexer, 0) == '\\') {
      lexer->at++;
      if (at_line_end(lexer)) break;
      slashes = slashes || edi_lexer_byte(lexer, 0) == '/';
    }
    edi_lexer_rune(lexer);
  }
  edi_str raw = {lexer->text.ptr + begin + 1, lexer->at - begin - 1};
  bool closed = edi_lexer_byte(lexer, 0) == '/';
  if (closed) lexer->at++;
  token->kind = EDI_TOKEN_PATTERN;
  token->text = slashes ? without_slash_escapes(lexer, raw) : raw;
  token->span.end = lexer->at;
  check_pattern(lexer, token, begin, closed);
}

/* ---- dates and timestamps ---- */

static bool shaped_like(edi_str text, const char *shape) {
  if (text.len != strlen(shape)) return false;
  for (size_t i = 0; i < text.len; i++)
    if (shape[i] == '0' ? !edi_lexer_is_digit(text.ptr[i]) : text.ptr[i] != shape[i]) return false;
  return true;
}

static void report_date(edi_lexer *lexer, edi_str text, uint32_t begin) {
  edi_finding *finding;
  if (shaped_like(text, "0000-00-00")) {
    edi_lexer_error(lexer, EDI_E0108, begin, lexer->at, "", "the calendar has no such day");
    return;
  }
  finding =
      edi_lexer_error(lexer, EDI_E0108, begin, lexer->at, "", "a date is written year-month-day");
  edi_finding_fix(finding, false, "2026-03-09; a subtraction has blanks around its `-`");
}

static void report_timestamp(edi_lexer *lexer, edi_str text, uint32_t begin) {
  bool offset = false;
  for (size_t i = 11; i < text.len; i++)
    offset = offset || (text.ptr[i] && strchr("Zz+-", text.ptr[i]));
  edi_finding *finding;
  if (!offset) {
    finding = edi_lexer_error(lexer, EDI_E0109, begin, lexer->at, "no offset at its end",
                              "a timestamp says its offset from UTC");
    edi_finding_fix(finding, false, "end it with Z for UTC, or with an offset such as +02:00");
  } else {
    finding = edi_lexer_error(lexer, EDI_E0109, begin, lexer->at, "",
                              "this is not a timestamp, or the calendar has no such moment");
    edi_finding_fix(finding, false, "2026-03-09T17:30:00Z, 2026-03-09T17:30:00.5+02:00");
  }
}

/* `2026-03-09T17:30:00Z: {` in a test: a colon with no digit after it is no part of a time. */
static bool ends_before_colon(const edi_lexer *lexer) {
  return edi_lexer_byte(lexer, 0) == ':' && !edi_lexer_is_digit(edi_lexer_byte(lexer, 1));
}

static void read_date(edi_lexer *lexer, edi_token *token, uint32_t begin) {
  while (edi_lexer_is_word(edi_lexer_byte(lexer, 0)) ||
         (lexer->at - begin > 10 && strchr(":.+", edi_lexer_byte(lexer, 0)) && !at_line_end(lexer) &&
          !ends_before_colon(lexer)))
    lexer->at++;
  edi_str text = {lexer->text.ptr + begin, lexer->at - begin};
  bool timed = text.len > 10 && (text.ptr[10] == 'T' || text.ptr[10] == 't');
  token->kind = timed ? EDI_TOKEN_TIMESTAMP : EDI_TOKEN_DATE;
  token->text = text;
  if (timed && !edi_timestamp_parse(text, &token->integer)) report_timestamp(lexer, text, begin);
  if (!timed && !edi_date_parse(text, &token->integer)) report_date(lexer, text, begin);
}

/* ---- numbers ---- */

static size_t digits_from(edi_str text, size_t at) {
  size_t begin = at;
  while (at < text.len && edi_lexer_is_digit(text.ptr[at])) at++;
  return at - begin;
}

/* 1e9, 1.5E-3 */
static bool is_exponent(edi_str text) {
  size_t at = digits_from(text, 0);
  if (at < text.len && text.ptr[at] == '.') at += 1 + digits_from(text, at + 1);
  if (at >= text.len || (text.ptr[at] != 'e' && text.ptr[at] != 'E')) return false;
  at++;
  if (at < text.len && text.ptr[at] == '-') at++;
  size_t digits = digits_from(text, at);
  return digits > 0 && at + digits == text.len;
}

/* `30d`: the unit, in full. */
static const char *unit_of(edi_str text) {
  static const struct { const char *there, *here; } units[] = {{"d", "days"}, {"h", "hours"}, {"hr", "hours"}, {"hrs", "hours"}, {"min", "minutes"}, {"mins", "minutes"}, {"s", "seconds"},
                                                               {"sec", "seconds"}, {"w", "weeks"}, {"wk", "weeks"}, {"mo", "months"}, {"y", "years"}, {"yr", "years"}, {"yrs", "years"}};
  size_t digits = digits_from(text, 0);
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (edi_str_equal((edi_str){text.ptr + digits, text.len - digits}, edi_str_from(units[i].there))) return units[i].here;
  return NULL;
}

/* `08:30`: a time of day as clocks show it. */
static bool read_clock(edi_lexer *lexer, edi_token *token, uint32_t begin) {
  uint32_t digits = lexer->at - begin;
  if (digits > 2 || edi_lexer_byte(lexer, 0) != ':' || !edi_lexer_is_digit(edi_lexer_byte(lexer, 1)) || !edi_lexer_is_digit(edi_lexer_byte(lexer, 2))) return false;
  unsigned hours = 0, minutes = (unsigned)(edi_lexer_byte(lexer, 1) - '0') * 10 + (unsigned)(edi_lexer_byte(lexer, 2) - '0');
  for (uint32_t i = begin; i < lexer->at; i++) hours = hours * 10 + (unsigned)(lexer->text.ptr[i] - '0');
  while (edi_lexer_is_digit(edi_lexer_byte(lexer, 0)) || (edi_lexer_byte(lexer, 0) == ':' && edi_lexer_is_digit(edi_lexer_byte(lexer, 1)))) lexer->at++;
  token->kind = EDI_TOKEN_BAD;
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0107, begin, lexer->at, "", "a time of day is written as what passed since midnight");
  if (minutes == 0) edi_finding_fix(finding, false, "%u hours", hours);
  else edi_finding_fix(finding, false, "%u minutes", hours * 60 + minutes);
  edi_finding_edit_fix(finding);
  return true;
}

static void report_number(edi_lexer *lexer, edi_str text, uint32_t begin) {
  edi_finding *finding;
  size_t underscores = 0, points = 0, digits = 0;
  for (size_t i = 0; i < text.len; i++) {
    underscores += text.ptr[i] == '_';
    points += text.ptr[i] == '.';
    digits += edi_lexer_is_digit(text.ptr[i]);
  }
  if (is_exponent(text)) {
    finding =
        edi_lexer_error(lexer, EDI_E0702, begin, lexer->at, "",
                        "floating-point numbers are not in the first version of the language");
    edi_finding_fix(finding, false, "write all digits: decimals are exact");
  } else if (underscores + digits == text.len) {
    finding =
        edi_lexer_error(lexer, EDI_E0107, begin, lexer->at, "", "a number has digits only, no `_`");
    char clean[EDI_LIMIT_NAME];
    edi_buf buf = edi_buf_fixed(clean, sizeof clean);
    for (size_t i = 0; i < text.len; i++)
      if (text.ptr[i] != '_') edi_buf_char(&buf, text.ptr[i]);
    edi_finding_fix(finding, true, "leave every `_` out");
    if (buf.failed == EDICT_OK) edi_finding_edit(finding, (edi_str){buf.ptr, buf.len});
  } else if (points > 1 && points + digits == text.len) {
    finding = edi_lexer_error(lexer, EDI_E0107, begin, lexer->at, "", "a number has one point");
    edi_finding_fix(finding, false,
                    points == 2 ? "a date is written 2027-12-31; an address or a version is a string, in quotes"
                                : "an address or a version is a string, in quotes");
  } else {
    finding = edi_lexer_error(lexer, EDI_E0107, begin, lexer->at, "",
                              "neither a number nor a name: a name begins with a letter");
    const char *unit = unit_of(text);
    if (unit) edi_finding_fix(finding, false, "%.*s %s", (int)digits_from(text, 0), text.ptr, unit);
    else edi_finding_fix(finding, false, "put a blank between a number and a word");
  }
}

/* `24months`: the unit is left for the next token. */
static bool glued_unit(edi_lexer *lexer, edi_str text, uint32_t begin) {
  size_t digits = digits_from(text, 0);
  edi_str rest = {text.ptr + digits, text.len - digits};
  if (edi_word_group_of(edi_word_find(rest)) != EDI_GROUP_UNIT) return false;
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0107, begin, lexer->at, "",
                                         "a blank stands between a number and its unit");
  char apart[64];
  edi_buf buf = edi_buf_fixed(apart, sizeof apart);
  edi_buf_format(&buf, "%.*s %.*s", (int)digits, text.ptr, EDI_STR_ARG(rest));
  edi_finding_fix(finding, true, "write `%.*s %.*s`", (int)digits, text.ptr, EDI_STR_ARG(rest));
  if (buf.failed == EDICT_OK) edi_finding_edit(finding, (edi_str){buf.ptr, buf.len});
  lexer->at = begin + (uint32_t)digits;
  return true;
}

static void check_zeros(edi_lexer *lexer, edi_str text, uint32_t begin) {
  if (text.len < 2 || text.ptr[0] != '0' || !edi_lexer_is_digit(text.ptr[1])) return;
  edi_finding *finding =
      edi_lexer_error(lexer, EDI_E0107, begin, lexer->at, "", "a number does not begin with zeros");
  edi_finding_fix(finding, false, "leave the zeros out, or put a code in quotes");
}

void edi_lexer_number(edi_lexer *lexer, edi_token *token) {
  uint32_t begin = lexer->at;
  token->kind = EDI_TOKEN_INT;
  while (edi_lexer_is_digit(edi_lexer_byte(lexer, 0))) lexer->at++;
  if (lexer->at - begin == 4 && edi_lexer_byte(lexer, 0) == '-' &&
      edi_lexer_is_digit(edi_lexer_byte(lexer, 1))) {
    read_date(lexer, token, begin);
    return;
  }
  if (read_clock(lexer, token, begin)) return;
  if (edi_lexer_byte(lexer, 0) == '.' && edi_lexer_is_digit(edi_lexer_byte(lexer, 1))) {
    token->kind = EDI_TOKEN_DECIMAL;
    lexer->at++;
    while (edi_lexer_is_digit(edi_lexer_byte(lexer, 0))) lexer->at++;
  }
  edi_str clean = {lexer->text.ptr + begin, lexer->at - begin};
  while (edi_lexer_is_letter(edi_lexer_byte(lexer, 0)) ||
         (lexer->at - begin > clean.len && edi_lexer_is_word(edi_lexer_byte(lexer, 0))) ||
         (edi_lexer_byte(lexer, 0) == '.' && edi_lexer_is_word(edi_lexer_byte(lexer, 1))))
    lexer->at++;
  edi_str text = {clean.ptr, lexer->at - begin};
  token->text = text;
  if (text.len == clean.len) {
    check_zeros(lexer, text, begin);
  } else if (token->kind == EDI_TOKEN_INT && glued_unit(lexer, text, begin)) {
    token->text = clean;
  } else {
    token->kind = unit_of(text) ? EDI_TOKEN_BAD : EDI_TOKEN_INT; /* `30d` is no number without a unit */
    token->text = EDI_STR("0");
    report_number(lexer, text, begin);
  }
}
