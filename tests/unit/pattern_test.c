/* Pattern: what is refused and why, whole matches, substitutions, limits, other engines' answers,
 * and that matching allocates nothing. */
#include "harness.h"

#include <pthread.h>
#include <time.h>

#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Counts what the program and its libraries allocate, where no sanitizer does. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#ifndef EDICT_SANITIZED
#define EDICT_SANITIZED
#endif
#endif
#endif
#if !defined(EDICT_SANITIZED) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t size);
void *__libc_realloc(void *pointer, size_t size);
static size_t allocations;
void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}
void *realloc(void *pointer, size_t size) {
  allocations++;
  return __libc_realloc(pointer, size);
}
#else
#define COUNTS_ALLOCATIONS 0
static size_t allocations;
#endif

static edi_pattern_scratch *scratch;

static edi_pattern *compile(edi_str source, edi_pattern_use use, const char **why, size_t *at) {
  edi_pattern *pattern = NULL;
  if (!scratch && edi_pattern_scratch_create(&scratch) != EDICT_OK) abort();
  edict_status status = edi_pattern_compile(source, use, &pattern, why, at);
  if (status != EDICT_OK && (status != EDICT_FINDINGS || pattern || !*why || *at > source.len))
    HARNESS_FAIL("status %s for %.*s", edict_status_name(status), EDI_STR_ARG(source));
  return pattern;
}

static const char *const result_names[] = {"no", "yes", "unknown"};

static void check_match(const char *source, edi_str subject, edi_pattern_result expected) {
  const char *why = NULL;
  size_t at = 0;
  edi_pattern *pattern = compile(edi_str_from(source), EDI_PATTERN_CONDITION, &why, &at);
  if (!pattern) {
    HARNESS_FAIL("%s is refused at %zu: %s", source, at, why);
    return;
  }
  edi_pattern_result got = edi_pattern_match(pattern, scratch, subject);
  if (got != expected)
    HARNESS_FAIL("%s on %.*s: %s, expected %s", source, EDI_STR_ARG(subject), result_names[got],
                 result_names[expected]);
  edi_pattern_destroy(pattern);
}

TEST(conditions_match_the_whole_string)
{
  static const struct {
    const char *pattern, *subject;
    edi_pattern_result result;
  } rows[] = {
      {"", "", EDI_PATTERN_YES},
      {"", "a", EDI_PATTERN_NO},
      {"a", "a", EDI_PATTERN_YES},
      {"a", "ab", EDI_PATTERN_NO},
      {"a", "ba", EDI_PATTERN_NO},
      {"a|ab", "ab", EDI_PATTERN_YES},
      {"a*?", "aaa", EDI_PATTERN_YES},
      {"^a$", "a", EDI_PATTERN_YES},
      {"a$", "a\n", EDI_PATTERN_NO},
      {"a\\Z", "a\n", EDI_PATTERN_NO},
      {".*", "a\nb", EDI_PATTERN_NO},
      {"(?s).*", "a\nb", EDI_PATTERN_YES},
      {"(?s:.)*", "a\nb", EDI_PATTERN_YES},
      {"(?i)STRASSE", "strasse", EDI_PATTERN_YES},
      {"(?i:A)b", "ab", EDI_PATTERN_YES},
      {"(?i:A)b", "aB", EDI_PATTERN_NO},
      {"(?-i)a", "A", EDI_PATTERN_NO},
      {".", "\xf0\x9f\x98\x80", EDI_PATTERN_YES},
      {"..", "\xf0\x9f\x98\x80", EDI_PATTERN_NO},
      {"\\d+", "123", EDI_PATTERN_YES},
      {"\\d", "\xd9\xa1", EDI_PATTERN_NO}, /* an Arabic digit: classes mean ASCII */
      {"\\w", "\xc3\xa9", EDI_PATTERN_NO},
      {"\\p{L}", "\xc3\xa9", EDI_PATTERN_YES},
      {"[[:alpha:]]", "\xc3\xa9", EDI_PATTERN_NO},
      {"[[:^alpha:]]", "\xc3\xa9", EDI_PATTERN_YES},
      {"[]a]+", "]a]", EDI_PATTERN_YES},
      {"[^]a]", "]", EDI_PATTERN_NO},
      {"[\\]\\[]+", "][", EDI_PATTERN_YES},
      {"\\(\\?R\\)", "(?R)", EDI_PATTERN_YES},
      {"[(?R)]", "?", EDI_PATTERN_YES},
      {"\\x{41}+", "AA", EDI_PATTERN_YES},
      {"\\N{U+41}+", "AA", EDI_PATTERN_YES},
      {"a{2}", "aa", EDI_PATTERN_YES},
      {"a{2,}?", "aaa", EDI_PATTERN_YES},
      {"a{x}+", "a{x}}}", EDI_PATTERN_YES}, /* a brace that is no quantifier */
      {"a{,3}", "a{,3}", EDI_PATTERN_YES},
      {"\\bword\\b.*", "word!", EDI_PATTERN_YES},
      {"a\\R\\X", "a\r\n\xc3\xa9", EDI_PATTERN_YES},
      {"\\0", "", EDI_PATTERN_NO},
      {"[\\1]", "\x01", EDI_PATTERN_YES}, /* in a class a number is a character */
      {"[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}", "jane.doe@example.com", EDI_PATTERN_YES},
      {"[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}", "jane.doe@example", EDI_PATTERN_NO},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    check_match(rows[i].pattern, edi_str_from(rows[i].subject), rows[i].result);
  check_match("a.b", EDI_STR("a\0b"), EDI_PATTERN_YES);
  check_match("", (edi_str){NULL, 0}, EDI_PATTERN_YES);
  check_match(".*", EDI_STR("a\xff"), EDI_PATTERN_UNKNOWN);
}

TEST(refusals_say_why_and_where)
{
  static const struct {
    const char *pattern, *why;
    size_t at;
    bool substitution_too;
  } rows[] = {
      {"ab(c)", "captures", 2, false},
      {"a(?'n'b)", "captures", 1, false},
      {"a(?P<n>b)", "captures", 1, false},
      {"(?:a)\\1", "back-reference", 5, false},
      {"a\\k<n>", "back-reference", 1, false},
      {"a\\g1", "back-reference", 1, false},
      {"x(?=a)", "lookaround", 1, false},
      {"x(?!a)", "lookaround", 1, false},
      {"x(?<=a)", "lookaround", 1, false},
      {"x(?>a)", "atomic", 1, false},
      {"a?+", "possessive", 2, false},
      {"(?:a)*+", "possessive", 6, false},
      {"[a]{2}+", "possessive", 6, false},
      {"\\N{3}+", "possessive", 5, false},
      {"a(?R)", "recursion", 1, true},
      {"a(?1)", "recursion", 1, true},
      {"a(?-1)", "recursion", 1, true},
      {"a(?+1)", "recursion", 1, true},
      {"a(?&n)", "recursion", 1, true},
      {"a(?P>n)", "(?P", 1, true},
      {"a\\g<n>", "recursion", 1, true},
      {"a\\g'n'", "recursion", 1, true},
      {"a(?C)", "callout", 1, true},
      {"a(*FAIL)", "(*...)", 1, true},
      {"(*UTF)a", "(*...)", 0, true},
      {"(*pla:a)", "(*...)", 0, true},
      {"a\\Kb", "\\K", 1, true},
      {"a\\Gb", "\\G", 1, true},
      {"a\\C", "\\C", 1, true},
      {"a\\Qb\\E", "\\Q", 1, true},
      {"[\\Qb\\E]", "\\Q", 1, true},
      {"(?(1)a|b)", "conditional", 0, true},
      {"(?|a)", "numbers its branches", 0, true},
      {"(?x)a", "x mode", 0, true},
      {"(?xx:a)", "x mode", 0, true},
      {"(?ix)a", "this kind of group", 0, true},
      {"(?J)a", "this kind of group", 0, true},
      {"(?U)a", "this kind of group", 0, true},
      {"(?*a)", "this kind of group", 0, true},
      {"(?<*a)", "this kind of group", 0, true},
      {"(?#x)a", "comment", 0, true},
      {"a[b[c]", "[ in a class", 3, true},
      {"[[.a.]]", "[ in a class", 1, true},
      {"x[[:<:]]", "write \\b", 1, true},
      {"[[:>:]]", "write \\b", 0, true},
      {"a)", "has no (", 1, true},
      {"(?:a", "has no )", 4, true},
      {"*a", "nothing before it", 0, true},
      {"a{3,2}", "out of order", 6, true},
      {"[b-a]", "out of order", 3, true},
      {"[[:foo:]]", "unknown name", 4, true},
      {"\\p{Foo}", "Unicode property", 7, true},
      {"\\y", "escape", 2, true},
      {"a\\", "escapes nothing", 2, true},
      {"\\x{110000}", "U+10FFFF", 10, true},
      {"\\x{d800}", "surrogate", 8, true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int use = 0; use < 2; use++) {
      const char *why = NULL;
      size_t at = 0;
      edi_pattern *pattern =
          compile(edi_str_from(rows[i].pattern), (edi_pattern_use)use, &why, &at);
      if (use == EDI_PATTERN_SUBSTITUTE && !rows[i].substitution_too) {
        edi_pattern_destroy(pattern);
        continue;
      }
      if (pattern) HARNESS_FAIL("%s is let through", rows[i].pattern);
      else if (!strstr(why, rows[i].why)) HARNESS_FAIL("%s: %s", rows[i].pattern, why);
      else if (labs((long)at - (long)rows[i].at) > 1)
        HARNESS_FAIL("%s: at %zu", rows[i].pattern, at);
      edi_pattern_destroy(pattern);
    }
}

TEST(limits_of_a_pattern_at_it_and_one_past)
{
  char text[2000];
  const char *why = NULL;
  size_t at = 0;
  memset(text, 'a', sizeof text);
  edi_pattern *pattern = compile((edi_str){text, 1000}, EDI_PATTERN_CONDITION, &why, &at);
  CHECK(pattern != NULL);
  if (pattern)
    CHECK_INT(edi_pattern_match(pattern, scratch, (edi_str){text, 1000}), EDI_PATTERN_YES);
  edi_pattern_destroy(pattern);
  CHECK(compile((edi_str){text, 1001}, EDI_PATTERN_CONDITION, &why, &at) == NULL);
  CHECK(strstr(why, "1,000 bytes") != NULL);
  for (int depth = 50; depth <= 51; depth++) {
    size_t length = 0;
    for (int i = 0; i < depth; i++, length += 3) memcpy(text + length, "(?:", 3);
    memset(text + length, ')', (size_t)depth);
    pattern = compile((edi_str){text, length + (size_t)depth}, EDI_PATTERN_CONDITION, &why, &at);
    CHECK((pattern != NULL) == (depth == 50));
    if (!pattern) CHECK(strstr(why, "50 groups") != NULL);
    edi_pattern_destroy(pattern);
  }
}

TEST(limits_of_a_subject_at_it_and_one_past)
{
  static char subject[EDI_PATTERN_SUBJECT_MOST + 1], out[EDI_PATTERN_SUBJECT_MOST + 1];
  memset(subject, 'a', sizeof subject);
  check_match("a*", (edi_str){subject, EDI_PATTERN_SUBJECT_MOST}, EDI_PATTERN_YES);
  check_match("a*", (edi_str){subject, EDI_PATTERN_SUBJECT_MOST + 1}, EDI_PATTERN_UNKNOWN);
  const char *why;
  size_t at, length = 9;
  edi_pattern *p = compile(EDI_STR("x"), EDI_PATTERN_SUBSTITUTE, &why, &at);
  REQUIRE(p != NULL);
  edi_str most = {subject, EDI_PATTERN_SUBSTITUTE_MOST},
          past = {subject, EDI_PATTERN_SUBSTITUTE_MOST + 1};
  CHECK_INT(edi_pattern_substitute(p, scratch, most, EDI_STR(""), out, sizeof out, &length),
            EDI_PATTERN_NO);
  CHECK_INT(length, EDI_PATTERN_SUBSTITUTE_MOST);
  CHECK_INT(edi_pattern_substitute(p, scratch, past, EDI_STR(""), out, sizeof out, &length),
            EDI_PATTERN_UNKNOWN);
  CHECK_INT(length, 0);
  edi_pattern_destroy(p);
}

static void check_substitute(const char *source, edi_str subject, const char *replacement,
                             edi_pattern_result expected, const char *text) {
  const char *why = NULL;
  size_t at = 0, length = 99;
  char out[64];
  edi_pattern *pattern = compile(edi_str_from(source), EDI_PATTERN_SUBSTITUTE, &why, &at);
  if (!pattern) {
    HARNESS_FAIL("%s is refused: %s", source, why);
    return;
  }
  edi_str with = edi_str_from(replacement);
  CHECK_INT(edi_pattern_substitute(pattern, scratch, subject, with, out, sizeof out, &length),
            expected);
  CHECK_TEXT(out, length, text);
  size_t needed = length;
  if (expected != EDI_PATTERN_UNKNOWN) { /* exactly enough room, and one byte less */
    CHECK_INT(edi_pattern_substitute(pattern, scratch, subject, with, out, needed, &length),
              expected);
    if (needed > 0)
      CHECK_INT(edi_pattern_substitute(pattern, scratch, subject, with, out, needed - 1, &length),
                EDI_PATTERN_UNKNOWN);
    if (needed > 0) CHECK_INT(length, 0);
  }
  edi_pattern_destroy(pattern);
}

TEST(substitutions)
{
  static const struct {
    const char *pattern, *subject, *replacement, *text;
    edi_pattern_result result;
  } rows[] = {
      {"\\d", "a1b22", "#", "a#b##", EDI_PATTERN_YES},
      {"\\d", "abc", "#", "abc", EDI_PATTERN_NO},
      {"", "", "-", "-", EDI_PATTERN_YES},
      {"", "ab", "-", "-a-b-", EDI_PATTERN_YES},
      {"", "\xc3\xa9\xf0\x9f\x98\x80", "-", "-\xc3\xa9-\xf0\x9f\x98\x80-", EDI_PATTERN_YES},
      {"x*", "xa", "-", "--a-", EDI_PATTERN_YES},
      {"|a", "a", "-", "---", EDI_PATTERN_YES},
      {"a*?", "aa", "-", "-----", EDI_PATTERN_YES},
      {"(\\w+)@(\\w+)", "a@b c@d", "$2 at $1", "b at a d at c", EDI_PATTERN_YES},
      {"(a)|(b)", "ab", "[$1|$2]", "[a|][|b]", EDI_PATTERN_YES},
      {"a", "a", "$$1$$", "$1$", EDI_PATTERN_YES},
      {"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "abcdefghij", "$9$1$10", "iaa0", EDI_PATTERN_YES},
      {"(?<y>\\d{4})-(\\d\\d)", "2026-11", "$2/$1", "11/2026", EDI_PATTERN_YES},
      {"(a)\\1", "aab", "x", "xb", EDI_PATTERN_YES},
      {"(?<=a)b", "ab bb", "x", "ax bb", EDI_PATTERN_YES},
      {"b(?=c)|^", "abc", "-", "-a-c", EDI_PATTERN_YES},
      {"$", "a\n", "-", "a\n-", EDI_PATTERN_YES},
      {"a++b", "aab", "x", "x", EDI_PATTERN_YES},
      {"abc", "abcabc", "", "", EDI_PATTERN_YES},
      {".", "\xc3\xa9x", "*", "**", EDI_PATTERN_YES},
      {"a", "", "x", "", EDI_PATTERN_NO},
      {"a", "aaaaaaaaaaaaaaaaa", "1234", "", EDI_PATTERN_UNKNOWN}, /* 68 bytes do not fit */
      {".", "a\xff", "*", "", EDI_PATTERN_UNKNOWN},
      {"x", "a\xff", "*", "", EDI_PATTERN_UNKNOWN},
      {"a", "a", "$1", "", EDI_PATTERN_UNKNOWN}, /* a group that is not there */
      {"a", "a", "$", "", EDI_PATTERN_UNKNOWN},
      {"^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "x", "", EDI_PATTERN_UNKNOWN},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    check_substitute(rows[i].pattern, edi_str_from(rows[i].subject), rows[i].replacement,
                     rows[i].result, rows[i].text);
  check_substitute("a", (edi_str){NULL, 0}, "x", EDI_PATTERN_NO, "");
}

TEST(replacements_name_groups_that_are_there)
{
  static const struct {
    const char *text;
    bool valid;
  } rows[] = {{"", true},    {"x", true},     {"$1", true},       {"$2", true},
              {"$3", false}, {"$$", true},    {"$", false},       {"a$", false},
              {"$0", false}, {"$x", false},   {"${1}", false},    {"$$$", false},
              {"$$3", true}, {"\xff", false}, {"\xc3\xa9", true}, {"$10", true}};
  const char *why;
  size_t at;
  edi_pattern *p = compile(EDI_STR("(a)(b)"), EDI_PATTERN_SUBSTITUTE, &why, &at);
  REQUIRE(p != NULL);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (edi_pattern_replacement_valid(p, edi_str_from(rows[i].text)) != rows[i].valid)
      HARNESS_FAIL("%s", rows[i].text);
  edi_pattern_destroy(p);
}

TEST(a_pattern_serves_its_own_use_only)
{
  const char *why;
  size_t at, length = 9;
  char out[8];
  edi_pattern *c = compile(EDI_STR("a"), EDI_PATTERN_CONDITION, &why, &at);
  edi_pattern *s = compile(EDI_STR("a"), EDI_PATTERN_SUBSTITUTE, &why, &at);
  REQUIRE(c && s);
  CHECK_INT(edi_pattern_match(s, scratch, EDI_STR("a")), EDI_PATTERN_UNKNOWN);
  CHECK_INT(edi_pattern_substitute(c, scratch, EDI_STR("a"), EDI_STR(""), out, 8, &length),
            EDI_PATTERN_UNKNOWN);
  CHECK_INT(length, 0);
  edi_pattern_destroy(c);
  edi_pattern_destroy(s);
  edi_pattern_destroy(NULL);
  edi_pattern_scratch_destroy(NULL);
}

/* ---- against PCRE2's own whole functions ---- */

static uint32_t draw(uint32_t *state, uint32_t below) {
  *state = *state * 1664525 + 1013904223;
  return (uint32_t)(((uint64_t)(*state >> 8) * below) >> 24);
}

static edi_str random_pattern(uint32_t *state, char *text, bool groups) {
  static const char *const atoms[] = {"a",        "b",   ".", "[ab]", "[^a]",
                                      "\xc3\xa9", "\\b", "^", "$",    "\\w"};
  static const char *const marks[] = {"", "", "", "*", "+", "?", "{2}", "{0,2}", "*?", "+?"};
  static const char *const opens[] = {"(?:", "("};
  size_t length = 0;
  int open = 0;
  for (uint32_t i = 0, n = 1 + draw(state, 8); i < n; i++) {
    const char *pieces[3] = {"", "", ""};
    uint32_t kind = draw(state, 10);
    if (kind == 0) pieces[0] = "|";
    else if (kind == 1) pieces[0] = opens[groups && draw(state, 2)], open++, pieces[1] = "a";
    else if (kind == 2 && open > 0) pieces[0] = ")", open--, pieces[1] = marks[draw(state, 10)];
    else {
      uint32_t atom = draw(state, 10);
      pieces[0] = atoms[atom];
      pieces[1] = atom >= 6 && atom <= 8 ? "" : marks[draw(state, 10)];
    }
    for (int k = 0; k < 3; k++) {
      memcpy(text + length, pieces[k], strlen(pieces[k]));
      length += strlen(pieces[k]);
    }
  }
  while (open-- > 0) text[length++] = ')';
  return (edi_str){text, length};
}

static edi_str random_subject(uint32_t *state, char *text) {
  static const char *const pieces[] = {"a", "b", "aa", "\xc3\xa9", "\n", " "};
  size_t length = 0;
  for (uint32_t n = draw(state, 8); n > 0; n--) {
    const char *piece = pieces[draw(state, 6)];
    memcpy(text + length, piece, strlen(piece));
    length += strlen(piece);
  }
  return (edi_str){text, length};
}

static pcre2_code *plain_code(edi_str source, uint32_t options) {
  int error;
  PCRE2_SIZE at;
  return pcre2_compile((PCRE2_SPTR)source.ptr, source.len,
                       PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | options, &error, &at, NULL);
}

TEST(conditions_agree_with_the_backtracking_engine)
{
  uint32_t state = 5, seen[3] = {0};
  for (int i = 0; i < 20000; i++) {
    char text[200], subject_text[64];
    const char *why;
    size_t at;
    edi_str source = random_pattern(&state, text, false);
    edi_pattern *pattern = compile(source, EDI_PATTERN_CONDITION, &why, &at);
    if (!pattern) HARNESS_FAIL("%.*s is refused: %s", EDI_STR_ARG(source), why);
    pcre2_code *plain = plain_code(source, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
    if (!pattern || !plain) abort();
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    for (int k = 0; k < 5; k++) {
      edi_str subject = random_subject(&state, subject_text);
      int found = pcre2_match(plain, (PCRE2_SPTR)subject.ptr, subject.len, 0, 0, data, NULL);
      edi_pattern_result got = edi_pattern_match(pattern, scratch, subject);
      if (got != (found >= 0 ? EDI_PATTERN_YES : EDI_PATTERN_NO))
        HARNESS_FAIL("%.*s on %.*s: %s against %d", EDI_STR_ARG(source), EDI_STR_ARG(subject),
                     result_names[got], found);
      seen[got]++;
    }
    pcre2_match_data_free(data);
    pcre2_code_free(plain);
    edi_pattern_destroy(pattern);
  }
  CHECK(seen[EDI_PATTERN_YES] > 5000 && seen[EDI_PATTERN_NO] > 5000);
}

TEST(substitutions_agree_with_pcre2_substitute)
{
  uint32_t state = 9, seen[3] = {0};
  for (int i = 0; i < 20000; i++) {
    char text[200], subject_text[64], out[400], expected[400];
    const char *why;
    size_t at, length = 0;
    PCRE2_SIZE expected_length = sizeof expected;
    edi_str source = random_pattern(&state, text, true),
            subject = random_subject(&state, subject_text);
    edi_pattern *pattern = compile(source, EDI_PATTERN_SUBSTITUTE, &why, &at);
    pcre2_code *plain = plain_code(source, 0);
    if (!pattern || !plain) abort();
    edi_str with =
        edi_pattern_replacement_valid(pattern, EDI_STR("<$1>")) ? EDI_STR("<$1>") : EDI_STR("<>");
    edi_pattern_result got =
        edi_pattern_substitute(pattern, scratch, subject, with, out, sizeof out, &length);
    int count =
        pcre2_substitute(plain, (PCRE2_SPTR)subject.ptr, subject.len, 0,
                         PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNSET_EMPTY, NULL, NULL,
                         (PCRE2_SPTR)with.ptr, with.len, (PCRE2_UCHAR *)expected, &expected_length);
    if (got != (count > 0 ? EDI_PATTERN_YES : EDI_PATTERN_NO) || length != expected_length ||
        memcmp(out, expected, length) != 0)
      HARNESS_FAIL("%.*s on %.*s: %.*s, expected %.*s", EDI_STR_ARG(source), EDI_STR_ARG(subject),
                   (int)length, out, (int)expected_length, expected);
    seen[got]++;
    pcre2_code_free(plain);
    edi_pattern_destroy(pattern);
  }
  CHECK(seen[EDI_PATTERN_YES] > 5000 && seen[EDI_PATTERN_NO] > 1000);
}

/* ---- resources ---- */

TEST(matching_allocates_nothing)
{
  if (!COUNTS_ALLOCATIONS) SKIP("a sanitizer has the allocator");
  static char subject[8000], out[20000];
  static const char *const sources[] = {"(?:a|b)+c?", "(?:a+)+", "[a-z]*x?"};
  static const char *const masks[] = {"(a|b)+[xy]", "^(a+)+$", "(?:(a)|b)*",
                                      "a",          "",        "(((a)|(b))*)*[xy]"};
  const char *why;
  size_t at, length;
  for (size_t i = 0; i < sizeof subject; i++) subject[i] = i % 2 ? 'a' : 'b';
  for (size_t i = 0; i < 3; i++) {
    edi_pattern *p = compile(edi_str_from(sources[i]), EDI_PATTERN_CONDITION, &why, &at);
    REQUIRE(p != NULL);
    size_t before = allocations;
    for (size_t n = 1; n <= sizeof subject; n *= 3)
      edi_pattern_match(p, scratch, (edi_str){subject, n});
    CHECK_INT(allocations - before, 0);
    edi_pattern_destroy(p);
  }
  for (size_t i = 0; i < 6; i++) {
    edi_pattern *p = compile(edi_str_from(masks[i]), EDI_PATTERN_SUBSTITUTE, &why, &at);
    REQUIRE(p != NULL);
    size_t before = allocations;
    CHECK(before > 0);
    for (size_t n = 1; n <= sizeof subject; n *= 3)
      edi_pattern_substitute(p, scratch, (edi_str){subject, n}, EDI_STR("x"), out, sizeof out,
                             &length);
    CHECK_INT(allocations - before, 0);
    edi_pattern_destroy(p);
  }
}

/* A scratch that a deep match has filled serves the next ones as a fresh one does. */
TEST(a_scratch_recovers_from_any_match)
{
  static char subject[EDI_PATTERN_SUBSTITUTE_MOST], out[20000];
  const char *why;
  size_t at, length;
  memset(subject, 'a', sizeof subject);
  edi_pattern *deep = compile(EDI_STR("(?:(a)|b)*[xy]"), EDI_PATTERN_SUBSTITUTE, &why, &at);
  edi_pattern *wide =
      compile(EDI_STR("((((((((a)|b)|c)|d)|e)|f)|g)|h)*i?"), EDI_PATTERN_SUBSTITUTE, &why, &at);
  edi_pattern *plain = compile(EDI_STR("b"), EDI_PATTERN_SUBSTITUTE, &why, &at);
  REQUIRE(deep && wide && plain);
  for (size_t n = 1; n <= sizeof subject; n += 97) {
    edi_pattern *each[2] = {deep, wide};
    for (int k = 0; k < 2; k++) {
      edi_pattern_scratch *fresh = NULL;
      size_t other = 0;
      if (n % 5 == 1) REQUIRE(edi_pattern_scratch_create(&fresh) == EDICT_OK);
      edi_str s = {subject, n};
      edi_pattern_result a =
          edi_pattern_substitute(each[k], scratch, s, EDI_STR(""), out, sizeof out, &length);
      if (fresh)
        CHECK_INT(edi_pattern_substitute(each[k], fresh, s, EDI_STR(""), out, sizeof out, &other),
                  a);
      if (fresh) CHECK_INT(other, length);
      edi_pattern_scratch_destroy(fresh);
    }
    CHECK_INT(edi_pattern_substitute(plain, scratch, EDI_STR("abc"), EDI_STR("x"), out, sizeof out,
                                     &length),
              EDI_PATTERN_YES);
    CHECK_TEXT(out, length, "axc");
  }
  edi_pattern_destroy(deep);
  edi_pattern_destroy(wide);
  edi_pattern_destroy(plain);
}

static void *match_many(void *context) {
  edi_pattern_scratch *own = NULL;
  size_t yes = 0;
  if (edi_pattern_scratch_create(&own) != EDICT_OK) return NULL;
  for (int i = 0; i < 20000; i++)
    yes += edi_pattern_match(context, own, EDI_STR("abcabcabc")) == EDI_PATTERN_YES;
  edi_pattern_scratch_destroy(own);
  return yes == 20000 ? context : NULL;
}

TEST(threads_share_a_pattern)
{
  const char *why;
  size_t at;
  pthread_t threads[3];
  edi_pattern *p = compile(EDI_STR("(?:abc)+"), EDI_PATTERN_CONDITION, &why, &at);
  REQUIRE(p != NULL);
  for (int i = 0; i < 3; i++) REQUIRE(pthread_create(&threads[i], NULL, match_many, p) == 0);
  for (int i = 0; i < 3; i++) {
    void *result = NULL;
    pthread_join(threads[i], &result);
    CHECK(result == p);
  }
  edi_pattern_destroy(p);
}

/* ---- hostile inputs ---- */

static const char *outcome(edi_str file, bool condition) {
  static char out[3 * EDI_PATTERN_SUBJECT_MOST];
  const char *why, *split = file.len > 1 ? memchr(file.ptr + 1, file.ptr[0], file.len - 1) : NULL;
  size_t at, length;
  if (!split) return "malformed";
  edi_str source = {file.ptr + 1, (size_t)(split - file.ptr) - 1};
  edi_str subject = {split + 1, file.len - source.len - 2};
  edi_pattern *p =
      compile(source, condition ? EDI_PATTERN_CONDITION : EDI_PATTERN_SUBSTITUTE, &why, &at);
  if (!p) return "refused";
  edi_pattern_result result = condition ? edi_pattern_match(p, scratch, subject)
                                        : edi_pattern_substitute(p, scratch, subject, EDI_STR("*"),
                                                                 out, sizeof out, &length);
  edi_pattern_destroy(p);
  return result_names[result];
}

TEST(hostile_inputs_have_their_outcomes)
{
  static char line[600], bytes[70000];
  FILE *manifest = fopen("tests/hostile/pattern/expected.tsv", "r");
  int count = 0;
  REQUIRE(manifest != NULL);
  while (fgets(line, sizeof line, manifest)) {
    char path[640], *tab = strchr(line, '\t'), *second = tab ? strchr(tab + 1, '\t') : NULL;
    if (line[0] == '#' || !second) continue;
    *tab = *second = '\0';
    snprintf(path, sizeof path, "tests/hostile/pattern/%s", line);
    FILE *file = fopen(path, "rb");
    REQUIRE(file != NULL);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    clock_t begin = clock();
    const char *got = outcome((edi_str){bytes, length}, strncmp(line, "condition-", 10) == 0);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    if (strcmp(got, tab + 1) != 0) HARNESS_FAIL("%s: %s, expected %s", line, got, tab + 1);
    if (seconds > 1) HARNESS_FAIL("%s took %f s", line, seconds);
    count++;
  }
  fclose(manifest);
  CHECK(count >= 60);
}

/* The last: gives the scratch of all others back. */
TEST(zz_the_scratch_is_given_back)
{
  edi_pattern_scratch_destroy(scratch);
  scratch = NULL;
}

HARNESS_MAIN
