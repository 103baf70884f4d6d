/* Render: findings as text and as JSON, held against files that people have read.
 *
 * Each scene builds a list; tests/golden/diagnostics/ has its text and its JSON. */
#include "harness.h"

#include "base/diagnostic.h"
#include "support/golden.h"

/* The span of the nth (from 0) place where `part` stands in `text`. */
static edi_span find(edi_source source, const char *text, const char *part, int nth) {
  const char *at = strstr(text, part);
  while (at && nth-- > 0) at = strstr(at + 1, part);
  if (!at) abort();
  return (edi_span){source, (uint32_t)(at - text), (uint32_t)(at - text + (ptrdiff_t)strlen(part))};
}

static void check_scene(edict_diagnostics *list, const char *name) {
  static const char *const endings[] = {"txt", "color.txt", "jsonl"};
  for (int i = 0; i < 3; i++) {
    if (i == EDICT_RENDERING_COLOR && strcmp(name, "places") != 0) continue;
    char *text = NULL, path[200];
    size_t length = 0;
    snprintf(path, sizeof path, "tests/golden/diagnostics/%s.%s", name, endings[i]);
    CHECK_INT(edict_diagnostics_render(list, (edict_rendering)i, &text, &length), EDICT_OK);
    REQUIRE(text != NULL && text[length] == '\0');
    CHECK(golden_matches(path, text, length));
    edict_text_free(&text);
  }
  edict_diagnostics_destroy(&list);
}

/* The three examples of the design: two files, a fix, a why, a warning with a note. */
TEST(places_in_two_files)
{
  static const char clinical[] = "\n\n\n\n\n\n\n\n\n\n\n  unless subject.clearence >= restricted\n";
  static const char vocabulary[] = "vocabulary\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
                                   "\n\n\n\n  clearance: classification\n";
  static const char retention[] = "\n\n\n\n  require dataset.retention <= 90\n";
  static const char export_rule[] = "\n\n\n\n\n\n\n\n\n\n\n\n\nrule export-summary\n";
  edict_diagnostics *list = edict_diagnostics_create();
  edi_source c =
      edi_diagnostics_source(list, EDI_STR("federal/clinical.edict"), edi_str_from(clinical));
  edi_source v =
      edi_diagnostics_source(list, EDI_STR("federal/vocabulary.edict"), edi_str_from(vocabulary));
  edi_source r =
      edi_diagnostics_source(list, EDI_STR("federal/retention.edict"), edi_str_from(retention));
  edi_source e = edi_diagnostics_source(list, EDI_STR("domains/sales/export.edict"),
                                        edi_str_from(export_rule));
  edi_finding *f =
      edi_diagnostics_add(list, EDI_E0401, find(c, clinical, "clearence", 0), "not declared",
                          "`subject` has no attribute `%s`", "clearence");
  edi_finding_label(f, find(v, vocabulary, "clearance", 0), "a similar name is declared here");
  edi_finding_fix(f, false, "unless subject.clearance >= restricted");
  f = edi_diagnostics_add(list, EDI_E0402, find(r, retention, "90", 0),
                          "`duration` on the left, `int` on the right",
                          "a duration cannot be compared with an int");
  edi_finding_why(f, "90 days and 90 months differ by a factor of 30, so a unit is never guessed");
  edi_finding_fix(f, true, "require dataset.retention <= 90 days");
  f = edi_diagnostics_add(list, EDI_W0400, find(e, export_rule, "export-summary", 0),
                          "permits `export` on every dataset of sales",
                          "rule `export-summary` can never grant access");
  edi_finding_label(f, find(v, vocabulary, "vocabulary", 0),
                    "forbids `export` on the same datasets, and forbid wins");
  edi_finding_note(f, "a request that both match: read the one below");
  edi_finding_note(f, "subject { roles: [analyst] } action export dataset sales.orders");
  check_scene(list, "places");
}

/* Lines that are hard to draw. */
TEST(lines_of_all_kinds)
{
  static const char text[] = "\tpermit\tread\n"
                             "caf\xc3\xa9 na\xc3\xafve \xf0\x9f\x98\x80 end\n"
                             "hidden \xe2\x80\xae"
                             "or\xe2\x80\xac \x1b[31m \xff end\r\n"
                             "begin of\nmany lines\n"
                             "\n"
                             "last";
  edict_diagnostics *list = edict_diagnostics_create();
  edi_source s =
      edi_diagnostics_source(list, EDI_STR("odd\n.edict"), (edi_str){text, sizeof text - 1});
  uint32_t end = (uint32_t)sizeof text - 1;
  edi_finding *f =
      edi_diagnostics_add(list, EDI_E0400, find(s, text, "read", 0), "after tabs", "tabs");
  edi_finding_label(f, find(s, text, "permit", 0), "the same line, before");
  edi_finding_label(f, find(s, text, "\t", 1), "the tab itself");
  f = edi_diagnostics_add(list, EDI_E0400, find(s, text, "end", 0), "",
                          "columns count code points");
  edi_finding_label(f, find(s, text, "na\xc3\xafve", 0), "%s", "");
  f = edi_diagnostics_add(list, EDI_E0400, find(s, text, "end", 1), "here",
                          "hidden characters are shown");
  edi_finding_label(f, find(s, text, "\xe2\x80\xae", 0), "one is %s", "\xe2\x80\xae");
  edi_finding_label(f, find(s, text, "\xff", 0), "and a byte that is no UTF-8");
  f = edi_diagnostics_add(list, EDI_E0400, find(s, text, "of\nmany", 0), "to the end of the line",
                          "two lines");
  edi_finding_label(f, (edi_span){s, 3, 2}, "the end before the begin");
  edi_diagnostics_add(list, EDI_E0400, (edi_span){s, end, end}, "expected more",
                      "the end of the file");
  edi_diagnostics_add(list, EDI_E0400, (edi_span){s, end - 5, end - 5}, "nothing here",
                      "an empty line");
  edi_diagnostics_add(list, EDI_E0400, (edi_span){s, end + 100, end + 200}, "past it",
                      "past the end of the file");
  check_scene(list, "lines");
}

static void fill(char *text, size_t length) {
  for (size_t i = 0; i < length; i++) text[i] = (char)('0' + i / 10 % 10);
  text[length] = '\0';
}

/* At 160 code points a line is whole, at 161 it is a window. */
TEST(long_lines_are_windows)
{
  static char at_most[161], longer[162], huge[5001], wide[1001];
  edict_diagnostics *list = edict_diagnostics_create();
  fill(at_most, 160);
  fill(longer, 161);
  fill(huge, 5000);
  for (size_t i = 0; i < 1000; i += 2) memcpy(wide + i, "\xc3\xa9", 3);
  edi_source a = edi_diagnostics_source(list, EDI_STR("a"), edi_str_from(at_most));
  edi_source b = edi_diagnostics_source(list, EDI_STR("b"), edi_str_from(longer));
  edi_source c = edi_diagnostics_source(list, EDI_STR("c"), edi_str_from(huge));
  edi_source d = edi_diagnostics_source(list, EDI_STR("d"), edi_str_from(wide));
  edi_diagnostics_add(list, EDI_E0400, (edi_span){a, 150, 160}, "whole", "160 code points");
  edi_diagnostics_add(list, EDI_E0400, (edi_span){b, 0, 161}, "cut at the end", "161 code points");
  edi_diagnostics_add(list, EDI_E0400, (edi_span){b, 150, 161}, "cut at the beginning",
                      "161 code points");
  edi_finding *f =
      edi_diagnostics_add(list, EDI_E0400, (edi_span){c, 2500, 2510}, "in the middle", "5,000");
  edi_finding_label(f, (edi_span){c, 2460, 2470}, "still in the window");
  edi_finding_label(f, (edi_span){c, 2619, 2625}, "its end is outside");
  edi_finding_label(f, (edi_span){c, 2620, 2625}, "a window of its own");
  edi_finding_label(f, (edi_span){c, 4990, 5000}, "another");
  edi_diagnostics_add(list, EDI_E0400, (edi_span){c, 5000, 5000}, "after the last",
                      "the end of a long line");
  edi_diagnostics_add(list, EDI_E0400, (edi_span){d, 501, 600}, "from the middle of a character",
                      "two bytes each");
  check_scene(list, "windows");
}

/* By source name, position and code; findings without a place last; labels without one as notes. */
TEST(findings_are_sorted)
{
  edict_diagnostics *list = edict_diagnostics_create();
  edi_source b = edi_diagnostics_source(list, EDI_STR("b.edict"), EDI_STR("first\nsecond\n"));
  edi_source a = edi_diagnostics_source(list, EDI_STR("a.edict"), EDI_STR("first\nsecond\n"));
  edi_finding *f = edi_diagnostics_add(list, EDI_E0401, EDI_SPAN_NONE, "a label without a place",
                                       "the first added");
  edi_finding_label(f, (edi_span){a, 0, 5}, "a secondary label alone does not place it");
  edi_finding_label(f, (edi_span){99, 0, 5}, "in a source that is not there");
  edi_diagnostics_add(list, EDI_E0400, EDI_SPAN_NONE, "", "no place, a smaller code");
  edi_diagnostics_add(list, EDI_W0400, (edi_span){b, 6, 12}, "", "b, second line");
  edi_diagnostics_add(list, EDI_E0402, (edi_span){b, 0, 5}, "", "b, first line, the larger code");
  edi_diagnostics_add(list, EDI_E0401, (edi_span){b, 0, 5}, "",
                      "b, first line, the smaller code, added first");
  edi_diagnostics_add(list, EDI_E0401, (edi_span){b, 0, 5}, "",
                      "b, first line, the smaller code, added second");
  edi_diagnostics_add(list, EDI_W0401, (edi_span){a, 6, 12}, "", "a");
  check_scene(list, "sorted");
}

TEST(too_many_parts_are_counted)
{
  edict_diagnostics *list = edict_diagnostics_create();
  edi_source s = edi_diagnostics_source(list, EDI_STR("s"), EDI_STR("abc\n"));
  edi_finding *f = edi_diagnostics_add(list, EDI_E0400, (edi_span){s, 0, 1}, "", "many parts");
  for (int i = 0; i < 64; i++) edi_finding_label(f, (edi_span){s, 1, 2}, "label %d", i);
  for (int i = 0; i < 66; i++) edi_finding_note(f, "note %d", i);
  check_scene(list, "parts");
}

TEST(an_empty_list_is_empty_text)
{
  edict_diagnostics *list = edict_diagnostics_create();
  for (int i = 0; i < 3; i++) {
    char *text = NULL;
    size_t length = 9;
    CHECK_INT(edict_diagnostics_render(list, (edict_rendering)i, &text, &length), EDICT_OK);
    CHECK(text != NULL && length == 0 && *text == '\0');
    edict_text_free(&text);
  }
  char *text = NULL;
  size_t length = 9;
  CHECK_INT(edict_diagnostics_render(list, (edict_rendering)3, &text, &length), EDICT_ARGUMENT);
  CHECK_INT(edict_diagnostics_render(NULL, EDICT_RENDERING_TEXT, &text, &length), EDICT_ARGUMENT);
  CHECK_INT(edict_diagnostics_render(list, EDICT_RENDERING_TEXT, NULL, &length), EDICT_ARGUMENT);
  CHECK_INT(edict_diagnostics_render(list, EDICT_RENDERING_TEXT, &text, NULL), EDICT_ARGUMENT);
  CHECK(text == NULL);
  edict_diagnostics_destroy(&list);
}

/* Whatever a source and its name hold, wherever spans point, only line ends are controls. */
TEST(nothing_hidden_reaches_the_output)
{
  uint32_t state = 3;
  for (int round = 0; round < 400; round++) {
    char bytes[600];
    for (size_t i = 0; i < sizeof bytes; i++) {
      state = state * 1664525 + 1013904223;
      bytes[i] = (char)(state >> 24);
    }
    edict_diagnostics *list = edict_diagnostics_create();
    edi_source s =
        edi_diagnostics_source(list, (edi_str){bytes, 20}, (edi_str){bytes, sizeof bytes});
    edi_finding *f = edi_diagnostics_add(list, EDI_E0400, (edi_span){s, state % 700, state % 611},
                                         "\x1b", "%.50s", bytes);
    edi_finding_label(f, (edi_span){s, state % 503, state % 601}, "%.30s", bytes + 30);
    edi_finding_fix(f, false, "%.30s", bytes + 60);
    for (int i = 0; i < 3; i += 2) {
      char *text = NULL;
      size_t length = 0;
      CHECK_INT(edict_diagnostics_render(list, (edict_rendering)i, &text, &length), EDICT_OK);
      CHECK(edi_utf8_valid((edi_str){text, length}));
      for (size_t k = 0; k < length; k++)
        if (((unsigned char)text[k] < 0x20 && text[k] != '\n') || text[k] == 0x7F)
          HARNESS_FAIL("byte %d", text[k]);
      edict_text_free(&text);
    }
    edict_diagnostics_destroy(&list);
  }
}

HARNESS_MAIN
