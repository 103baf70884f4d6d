/* Pattern sample: what is made of a pattern matches it; what no pattern is, or is a large one, ends within its room. */
#include "harness.h"

#include "base/pattern.h"
#include "policy/pattern_sample.h"

static bool matches(edi_str source, edi_str text) {
  edi_pattern *pattern;
  edi_pattern_scratch *scratch;
  const char *why;
  size_t at;
  if (edi_pattern_compile(source, EDI_PATTERN_CONDITION, &pattern, &why, &at) != EDICT_OK) return false;
  if (edi_pattern_scratch_create(&scratch) != EDICT_OK) abort();
  bool yes = edi_pattern_match(pattern, scratch, text) == EDI_PATTERN_YES;
  edi_pattern_scratch_destroy(scratch);
  edi_pattern_destroy(pattern);
  return yes;
}

TEST(a_sample_matches) {
  static const struct { const char *pattern, *sample; } cases[] = {
      {"abc", "abc"}, {"[A-Z][a-z]+", "Aa"}, {"[a-z0-9.@]+", "a"}, {"\\d{3}-\\d{2,4}", "000-00"}, {"(?:de|at|ch)-\\d+", "de-0"}, {"a|b|c", "a"},
      {"x*y?z+", "xyz"}, {".{5}", "xxxxx"}, {"[^a]", "x"}, {"[^ -~]", ""}, {"\\w+@\\w+\\.example", "a@a.example"}, {"^abc$", "abc"}, {"\\Aabc\\z", "abc"},
      {"[]a]", "a"}, {"[a\\-z]", "a"}, {"[0-9a-fA-F]{8}", "aaaaaaaa"}, {"a{0}b", "ab"}, {"(?:a(?:b|c){2}){2}", "abbabb"}, {"a+?b++", "ab"}, {"", ""},
      {"\\.\\*\\[", ".*["}, {"[\\d]x", "0x"}, {"[a-]", "a"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char out[300];
    size_t length = edi_pattern_sample(edi_str_from(cases[i].pattern), 0, out, sizeof out);
    CHECK_TEXT(out, length, cases[i].sample);
    bool none = strcmp(cases[i].pattern, "[^ -~]") == 0 || strcmp(cases[i].pattern, "a{0}b") == 0 || strcmp(cases[i].pattern, "a+?b++") == 0;
    /* none in ASCII; one at least is tried; no pattern here */
    if (matches(edi_str_from(cases[i].pattern), (edi_str){out, length}) == none) HARNESS_FAIL("%s: `%.*s`", cases[i].pattern, (int)length, out);
  }
}

TEST(samples_of_other_ways_match_too) {
  static const struct { const char *pattern; unsigned ways; const char *sample; } cases[] = {
      {"[a-c]x", EDI_PATTERN_SAMPLE_CHAR, "cx"}, {"[^x-~]", EDI_PATTERN_SAMPLE_CHAR, "w"}, {"[0-9]{2,4}", EDI_PATTERN_SAMPLE_MOST, "0000"},
      {"a+", EDI_PATTERN_SAMPLE_MOST, "aa"}, {"ab?", EDI_PATTERN_SAMPLE_MOST, "ab"}, {"a{3}", EDI_PATTERN_SAMPLE_MOST, "aaa"},
      {"a{2,}", EDI_PATTERN_SAMPLE_MOST, "aaa"}, {"a|bb|c", EDI_PATTERN_SAMPLE_BRANCH, "c"}, {"x(?:a|bb)y", EDI_PATTERN_SAMPLE_BRANCH, "xbby"},
      {"x(?:a|b(?:c|d))y", EDI_PATTERN_SAMPLE_BRANCH, "xbdy"}, {"(?:[a-c]|[d-f]{1,2})+", EDI_PATTERN_SAMPLE_ALL, "ffff"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char out[300];
    size_t length = edi_pattern_sample(edi_str_from(cases[i].pattern), cases[i].ways, out, sizeof out);
    CHECK_TEXT(out, length, cases[i].sample);
    CHECK(matches(edi_str_from(cases[i].pattern), (edi_str){out, length}));
  }
}

TEST(what_is_no_pattern_ends_too) {
  static const char *const broken[] = {"(", ")", "[", "[a", "a{", "a{9999999999", "\\", "(?", "(?:", "*", "|", "||", "[]", "[^", "((((", "a)b", "{", "[a-", "[\\"};
  char out[16];
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) CHECK(edi_pattern_sample(edi_str_from(broken[i]), (unsigned)i % 8, out, sizeof out) <= sizeof out);
}

TEST(room_and_depth_are_bounded) {
  char deep[2001], out[17];
  memset(out, 'z', sizeof out);
  CHECK_INT(edi_pattern_sample(EDI_STR("(?:(?:abcd){60}){60}"), 0, out, 16), 16);
  CHECK(out[16] == 'z');
  memset(deep, '(', 1000);
  memset(deep + 1000, ')', 1000);
  CHECK_INT(edi_pattern_sample((edi_str){deep, 2000}, 0, out, 16), 0);
  CHECK_INT(edi_pattern_sample(EDI_STR("abc"), 0, out, 0), 0);
}

HARNESS_MAIN
