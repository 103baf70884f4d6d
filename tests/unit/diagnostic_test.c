/* Diagnostic: codes, places, caps, escaping of text from outside, and memory that runs out. */
#include "harness.h"

#include "base/diagnostic.h"
#include "base/findings.h"
#include "support/short_memory.h"

TEST(codes_have_names_titles_and_severities)
{
  static const char *const names[] = {
      "",
#define DIAGNOSTIC(CODE, severity, title) #CODE,
#include "base/diagnostics.def"
#undef DIAGNOSTIC
  };
  CHECK_INT(sizeof names / sizeof *names, EDI_CODE_COUNT);
  for (int i = 0; i < EDI_CODE_COUNT; i++) {
    edi_code code = (edi_code)i;
    CHECK_TEXT(edi_code_name(code), strlen(edi_code_name(code)), names[i]);
    CHECK(strlen(edi_code_title(code)) > 0);
    /* The first letter says it: E is an error and W a warning, and N a note, so that a code needs no look-up. */
    if (*names[i] == 'E') CHECK_INT(edi_code_severity(code), EDICT_SEVERITY_ERROR);
    if (*names[i] == 'W') CHECK_INT(edi_code_severity(code), EDICT_SEVERITY_WARNING);
    if (*names[i] == 'N') CHECK_INT(edi_code_severity(code), EDICT_SEVERITY_NOTE);
    for (int k = 1; k < i; k++)
      if (strcmp(names[i], names[k]) == 0) HARNESS_FAIL("%s stands twice in the list", names[i]);
  }
  CHECK_INT(strcmp(edi_code_name((edi_code)EDI_CODE_COUNT), ""), 0);
  CHECK_INT(strcmp(edi_code_name((edi_code)-1), ""), 0);
}

static void check_place(edict_diagnostics *list, edi_source source, uint32_t offset,
                        uint32_t line, uint32_t column) {
  uint32_t l = 0, c = 0;
  edi_diagnostics_locate(list, source, offset, &l, &c);
  if (l != line || c != column)
    HARNESS_FAIL("offset %u is at %u:%u, expected %u:%u", offset, l, c, line, column);
}

TEST(offsets_become_lines_and_columns)
{
  edict_diagnostics *list = edict_diagnostics_create();
  edi_source s = edi_diagnostics_source(list, EDI_STR("s"), EDI_STR("ab\r\nc\xc3\xa9z\n\n\xff!"));
  static const uint32_t rows[][3] = {{0, 1, 1},  {1, 1, 2},  {2, 1, 3},         {3, 1, 4},
                                     {4, 2, 1},  {5, 2, 2},  {6, 2, 2},         {7, 2, 3},
                                     {8, 2, 4},  {9, 3, 1},  {10, 4, 1},        {11, 4, 2},
                                     {12, 4, 3}, {13, 4, 3}, {UINT32_MAX, 4, 3}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    check_place(list, s, rows[i][0], rows[i][1], rows[i][2]);
  check_place(list, 5, 0, 1, 1);
  check_place(list, EDI_SOURCE_NONE, 3, 1, 1);
  check_place(NULL, 0, 3, 1, 1);
  edi_source empty = edi_diagnostics_source(list, EDI_STR("e"), (edi_str){NULL, 0});
  check_place(list, empty, 0, 1, 1);
  edict_diagnostics_destroy(&list);
  CHECK(list == NULL);
  edict_diagnostics_destroy(&list);
  edict_diagnostics_destroy(NULL);
}

/* Against counting from the start, over texts of all kinds of sequences and ill-formed bytes. */
/* Lines of any length: none of them, one, many that are short. */
TEST(lines_of_any_length)
{
  enum { MOST = 2000 };
  char text[MOST];
  for (uint32_t every = 1; every <= 64; every *= 2) {
    edict_diagnostics *list = edict_diagnostics_create();
    for (uint32_t i = 0; i < MOST; i++) text[i] = i % every == every - 1 ? '\n' : 'x';
    edi_source source = edi_diagnostics_source(list, EDI_STR("a.edict"), (edi_str){text, MOST});
    for (uint32_t i = 0; i < MOST; i++) check_place(list, source, i, i / every + 1, i % every + 1);
    edict_diagnostics_destroy(&list);
  }
}

TEST(columns_agree_with_counting)
{
  static const char *const pieces[] = {"a",  "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                       "\n", "\xff",     "\xe2\x82"};
  enum { SIZE = 3000 };
  for (uint32_t seed = 1; seed < 20; seed++) {
    char text[SIZE + 8];
    uint32_t length = 0, state = seed;
    while (length < SIZE) {
      state = state * 1664525 + 1013904223;
      const char *piece = pieces[(state >> 24) % (seed % 2 ? 7 : 4)];
      memcpy(text + length, piece, strlen(piece));
      length += (uint32_t)strlen(piece);
    }
    edict_diagnostics *list = edict_diagnostics_create();
    edi_source s = edi_diagnostics_source(list, EDI_STR("s"), (edi_str){text, length});
    uint32_t line = 1, column = 1;
    for (size_t at = 0; at < length;) {
      size_t begin = at;
      edi_utf8_next((edi_str){text, length}, &at);
      for (size_t i = begin; i < at; i++) check_place(list, s, (uint32_t)i, line, column);
      column = text[begin] == '\n' ? 1 : column + 1;
      line += text[begin] == '\n';
    }
    check_place(list, s, length, line, column);
    edict_diagnostics_destroy(&list);
  }
}

TEST(the_same_source_is_kept_once)
{
  edict_diagnostics *list = edict_diagnostics_create();
  edi_source a = edi_diagnostics_source(list, EDI_STR("a"), EDI_STR("text"));
  CHECK_INT(edi_diagnostics_source(list, EDI_STR("a"), EDI_STR("text")), a);
  CHECK(edi_diagnostics_source(list, EDI_STR("a"), EDI_STR("other")) != a);
  CHECK(edi_diagnostics_source(list, EDI_STR("b"), EDI_STR("text")) != a);
  CHECK_INT(edi_diagnostics_source(NULL, EDI_STR("a"), EDI_STR("text")), EDI_SOURCE_NONE);
  edict_diagnostics_destroy(&list);
}

TEST(findings_are_counted_and_cleared)
{
  edict_diagnostics *list = edict_diagnostics_create();
  CHECK_INT(edict_diagnostics_count(list), 0);
  CHECK(edict_diagnostics_code(list, 0) == NULL && edict_diagnostics_message(list, 0) == NULL);
  edi_diagnostics_add(list, EDI_E0400, EDI_SPAN_NONE, "", "one %s", "two");
  edi_diagnostics_add(list, EDI_W0400, EDI_SPAN_NONE, NULL, "three");
  CHECK_INT(edict_diagnostics_count(list), 2);
  CHECK_INT(edict_diagnostics_errors(list), 1);
  CHECK_TEXT(edict_diagnostics_message(list, 0), strlen(edict_diagnostics_message(list, 0)),
             "one two");
  CHECK_TEXT(edict_diagnostics_code(list, 1), 5, "W0400");
  CHECK(edict_diagnostics_code(list, 2) == NULL && edict_diagnostics_message(list, 2) == NULL);
  CHECK_INT(edi_diagnostics_code_at(list, 1), EDI_W0400);
  CHECK_INT(edi_diagnostics_code_at(list, 2), EDI_CODE_NONE);
  edict_diagnostics_clear(list);
  CHECK_INT(edict_diagnostics_count(list), 0);
  CHECK_INT(edict_diagnostics_errors(list), 0);
  edi_diagnostics_add(list, EDI_E0400, EDI_SPAN_NONE, "", "again");
  CHECK_INT(edict_diagnostics_errors(list), 1);
  edict_diagnostics_destroy(&list);
}

TEST(without_a_list_nothing_happens)
{
  edi_finding *finding = edi_diagnostics_add(NULL, EDI_E0400, EDI_SPAN_NONE, "label", "message");
  REQUIRE(finding != NULL);
  edi_finding_label(finding, EDI_SPAN_NONE, "x");
  edi_finding_note(finding, "x");
  edi_finding_why(finding, "x");
  edi_finding_fix(finding, true, "x");
  edict_diagnostics_clear(NULL);
  CHECK_INT(edict_diagnostics_count(NULL) + edict_diagnostics_errors(NULL), 0);
  CHECK(edict_diagnostics_code(NULL, 0) == NULL);
}

TEST(ten_thousand_are_kept_and_the_rest_counted)
{
  edict_diagnostics *list = edict_diagnostics_create();
  for (int i = 0; i < 10000; i++)
    edi_diagnostics_add(list, EDI_E0400, EDI_SPAN_NONE, "", "number %d", i);
  CHECK_INT(edict_diagnostics_count(list), 10000);
  char *text = NULL;
  size_t length = 0;
  CHECK_INT(edict_diagnostics_render(list, EDICT_RENDERING_TEXT, &text, &length), EDICT_OK);
  CHECK(!edi_str_contains((edi_str){text, length}, EDI_STR("... and")));
  edict_text_free(&text);
  for (int i = 0; i < 3; i++) {
    edi_finding *finding = edi_diagnostics_add(list, EDI_E0400, EDI_SPAN_NONE, "", "one more");
    edi_finding_note(finding, "that nobody keeps");
  }
  CHECK_INT(edict_diagnostics_count(list), 10000);
  CHECK_INT(edict_diagnostics_errors(list), 10003);
  CHECK_INT(edict_diagnostics_render(list, EDICT_RENDERING_TEXT, &text, &length), EDICT_OK);
  CHECK(edi_str_ends((edi_str){text, length}, EDI_STR("\n... and 3 more\n10003 errors\n")));
  edict_text_free(&text);
  CHECK_INT(edict_diagnostics_render(list, EDICT_RENDERING_JSON, &text, &length), EDICT_OK);
  CHECK(edi_str_contains((edi_str){text, length}, EDI_STR("\"... and 3 more\"")));
  edict_text_free(&text);
  CHECK(text == NULL);
  edict_text_free(&text);
  edict_text_free(NULL);
  edict_diagnostics_destroy(&list);
}

TEST(long_texts_are_cut_and_hidden_characters_shown)
{
  static char large[20000];
  memset(large, 'x', sizeof large - 1);
  edict_diagnostics *list = edict_diagnostics_create();
  edi_diagnostics_add(list, EDI_E0400, EDI_SPAN_NONE, "", "%s", large);
  const char *message = edict_diagnostics_message(list, 0);
  CHECK_INT(strlen(message), EDI_FINDING_TEXT_MOST + 3);
  CHECK(strcmp(message + EDI_FINDING_TEXT_MOST, "...") == 0);
  large[EDI_FINDING_TEXT_MOST] = '\0';
  edi_diagnostics_add(list, EDI_E0400, EDI_SPAN_NONE, "", "%s", large);
  CHECK_INT(strlen(edict_diagnostics_message(list, 1)), EDI_FINDING_TEXT_MOST);
  edi_diagnostics_add(list, EDI_E0400, EDI_SPAN_NONE, "", "%.*s", 9, "a\n\x1b[2J\xe2\x80\xae");
  message = edict_diagnostics_message(list, 2);
  CHECK_TEXT(message, strlen(message), "a\\u{000A}\\u{001B}[2J\\u{202E}");
  edict_diagnostics_destroy(&list);
}

/* Renders into memory that may run out too; returns whether all of it went well. */
static bool render_into(const edict_diagnostics *list, const edi_allocator *allocator,
                        edict_rendering rendering, edi_str needle) {
  edi_buf out;
  edi_buf_init(&out, allocator, 1 << 20);
  edict_status status = edi_diagnostics_render(list, rendering, &out);
  if (status == EDICT_OK) CHECK(edi_str_contains((edi_str){out.ptr, out.len}, needle));
  else CHECK_INT(status, EDICT_MEMORY);
  edi_buf_fini(&out);
  return status == EDICT_OK;
}

/* Whichever allocation fails: nothing leaks, the errors are counted, and a rendering says so. */
TEST(memory_that_runs_out_at_any_call)
{
  for (size_t n = 1;; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edict_diagnostics *list = edi_diagnostics_create(&allocator);
    if (!list) {
      CHECK_INT(n, 1);
      CHECK_INT(memory.live, 0);
      continue;
    }
    edi_source s = edi_diagnostics_source(list, EDI_STR("file"), EDI_STR("one two\nthree\n"));
    for (int i = 0; i < 20; i++) {
      edi_finding *f =
          edi_diagnostics_add(list, EDI_E0400, (edi_span){s, 4, 7}, "here", "number %d", i);
      edi_finding_label(f, (edi_span){s, 8, 13}, "and %s", "there");
      edi_finding_note(f, "a note");
      edi_finding_why(f, "a reason");
      edi_finding_fix(f, true, "a fix");
    }
    bool added = !memory.failed;
    CHECK_INT(edict_diagnostics_errors(list), 20);
    edi_str lost = EDI_STR("memory ran out"), whole = EDI_STR("number 19");
    bool rendered = render_into(list, &allocator, EDICT_RENDERING_TEXT, added ? whole : lost);
    CHECK(rendered || memory.failed);
    rendered = render_into(list, &allocator, EDICT_RENDERING_JSON, added ? whole : lost);
    CHECK(rendered || memory.failed);
    edict_diagnostics_destroy(&list);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
    if (!memory.failed) {
      CHECK(n > 100);
      break;
    }
  }
}

TEST(a_fix_says_what_to_put_there)
{
  static const struct {
    uint32_t begin, end;
    const char *name, *expected;
  } cases[] = {
      {0, 6, "country", "country"},         /* contry */
      {7, 17, "country", "row.country"},    /* row.contry */
      {7, 17, "geo.country", "geo.country"} /* a name that brings its own dot */,
      {18, 25, "a\xe2\x80\xae", ""}, /* x.y.bad: what cannot be seen is nobody's to write */
      {20, 900, "z", "y.z"}, /* a span that ends beyond the text */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edict_diagnostics *list = edict_diagnostics_create();
    edi_source source = edi_diagnostics_source(list, EDI_STR("a.edict"), EDI_STR("contry row.contry x.y.bad"));
    edi_finding *finding = edi_diagnostics_add(list, EDI_E0204, (edi_span){source, cases[i].begin, cases[i].end}, "", "x");
    edi_finding_fix(finding, false, "%s", cases[i].name);
    edi_finding_edit_name(finding, edi_str_from(cases[i].name));
    CHECK_TEXT(finding->edit.ptr, finding->edit.len, cases[i].expected);
    edict_diagnostics_destroy(&list);
  }
  /* long, or not to be seen, or not UTF-8: no file is changed; lines and tabs are */
  static char most[EDI_FINDING_TEXT_MOST + 1];
  memset(most, 'x', sizeof most);
  const struct { edi_str text; bool kept; } texts[] = {
      {EDI_STR("a\tb\nc\\"), true}, {EDI_STR(""), true}, {EDI_STR("a\rb"), false}, {EDI_STR("\xFF"), false}, {EDI_STR("\xe2\x80\x8b"), false},
      {{most, sizeof most - 1}, true}, {{most, sizeof most}, false}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    edict_diagnostics *kept = edict_diagnostics_create();
    edi_finding *of = edi_diagnostics_add(kept, EDI_E0204, EDI_SPAN_NONE, "", "x");
    edi_finding_edit(of, texts[i].text);
    CHECK(texts[i].kept ? of->edit.ptr && edi_str_equal(of->edit, texts[i].text) : !of->edit.ptr);
    edi_finding *other = edi_diagnostics_add(kept, EDI_E0204, EDI_SPAN_NONE, "", "x");
    edi_finding_fix(other, false, "%.*s", EDI_STR_ARG(texts[i].text));
    edi_finding_edit_fix(other);
    CHECK(!other->edit.ptr || edi_str_equal(other->edit, texts[i].text));
    edict_diagnostics_destroy(&kept);
  }
  /* without a place, and without a list, nothing is said */
  edict_diagnostics *list = edict_diagnostics_create();
  edi_finding *finding = edi_diagnostics_add(list, EDI_E0204, EDI_SPAN_NONE, "", "x");
  edi_finding_edit_name(finding, EDI_STR("a"));
  CHECK(finding->edit.ptr == NULL);
  edict_diagnostics_destroy(&list);
  edi_finding_write(edi_diagnostics_add(NULL, EDI_E0204, EDI_SPAN_NONE, "", "x"), true, EDI_STR("a"));
}

HARNESS_MAIN
