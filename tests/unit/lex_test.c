/* Lexer: tokens of many texts, what is said of bad ones and where, words and their neighbours. */
#include "policy/lex.h"

#include "base/findings.h"
#include "bundle/limits.h"
#include "harness.h"
#include "policy/ast.h"

enum { CEILING = 16 * 1024 * 1024 };

/* ---- a text as a line of tokens, and its findings ---- */

typedef struct reading {
  edi_arena arena;
  edict_diagnostics *findings;
  edi_buf tokens; /* "WORD rule|INT 5|" */
  size_t errors;
  bool sound; /* spans in order and within the text */
} reading;

static const char *const kind_names[] = {
#define TOKEN(NAME, text) #NAME,
#include "policy/tokens.def"
#undef TOKEN
};

static void put_token(reading *r, const edi_token *token) {
  edi_buf_text(&r->tokens, kind_names[token->kind]);
  if (token->text.len > 0) {
    edi_buf_char(&r->tokens, ' ');
    edi_buf_escaped(&r->tokens, token->text, 200);
  }
  edi_buf_char(&r->tokens, '|');
}

/* `patterns`: every SLASH is read on as a pattern. */
static reading read_all(edi_str text, bool patterns) {
  reading r = {.findings = edict_diagnostics_create(), .sound = true};
  edi_lexer lexer;
  edi_token token;
  uint32_t end = 0;
  edi_arena_init(&r.arena, NULL, CEILING);
  edi_buf_init(&r.tokens, NULL, CEILING);
  edi_source source = edi_diagnostics_source(r.findings, EDI_STR("lex.edict"), text);
  edi_lexer_init(&lexer, &r.arena, source, text, r.findings);
  do {
    edi_lexer_next(&lexer, &token);
    if (patterns && token.kind == EDI_TOKEN_SLASH) edi_lexer_pattern(&lexer, &token);
    r.sound = r.sound && token.span.begin >= end && token.span.end <= text.len &&
              token.span.end >= token.span.begin;
    end = token.span.end;
    if (token.kind != EDI_TOKEN_END) put_token(&r, &token);
  } while (token.kind != EDI_TOKEN_END);
  edi_lexer_next(&lexer, &token);
  r.sound = r.sound && token.kind == EDI_TOKEN_END;
  r.errors = lexer.errors;
  return r;
}

static void put_away(reading *r) {
  edi_buf_fini(&r->tokens);
  edi_arena_fini(&r->arena);
  edict_diagnostics_destroy(&r->findings);
}

/* "E0107@4-9 E0110@12-14" */
static void put_findings(const reading *r, edi_buf *out) {
  for (size_t i = 0; i < r->findings->count; i++) {
    edi_span span = edi_finding_primary(r->findings->findings[i])->span;
    edi_buf_format(out, "%s%s@%u-%u", i ? " " : "", edict_diagnostics_code(r->findings, i),
                   span.begin, span.end);
  }
}

static void check_reading(const char *text, size_t length, const char *tokens, const char *findings,
                          bool patterns) {
  reading r = read_all((edi_str){text, length}, patterns);
  edi_buf found;
  edi_buf_init(&found, NULL, CEILING);
  put_findings(&r, &found);
  bool same = edi_str_equal((edi_str){r.tokens.ptr, r.tokens.len}, edi_str_from(tokens));
  bool said = edi_str_equal((edi_str){found.ptr, found.len}, edi_str_from(findings));
  if (!same || !said)
    printf("# %s\n#   got      %.*s  %.*s\n#   expected %s  %s\n", text, (int)r.tokens.len,
           r.tokens.ptr ? r.tokens.ptr : "", (int)found.len, found.ptr ? found.ptr : "", tokens,
           findings);
  CHECK(same);
  CHECK(said);
  CHECK(r.sound);
  CHECK_INT(r.errors, edict_diagnostics_errors(r.findings));
  edi_buf_fini(&found);
  put_away(&r);
}

/* ---- words and signs ---- */

typedef struct row {
  const char *text, *tokens, *findings;
} row;

static void check_rows(const row *rows, size_t count, bool patterns) {
  for (size_t i = 0; i < count; i++)
    check_reading(rows[i].text, strlen(rows[i].text), rows[i].tokens, rows[i].findings, patterns);
}
#define CHECK_ROWS(rows, patterns) check_rows((rows), sizeof(rows) / sizeof *(rows), (patterns))

TEST(words_and_signs)
{
  static const row rows[] = {
      {"", "", ""},
      {" \t\r\n # nothing\r\n", "", ""},
      {"rule a-b_c9", "WORD rule|WORD a-b_c9|", ""},
      {"pii.email subject.roles a.b.c", "WORD pii.email|WORD subject.roles|WORD a.b.c|", ""},
      {"_x.y-z", "WORD _x.y-z|", ""},
      {"a.9 a. b", "WORD a|DOT|INT 9|WORD a|DOT|WORD b|", ""},
      {"f(x).v", "WORD f|PAREN_OPEN|WORD x|PAREN_CLOSE|DOT|WORD v|", ""},
      {"a- b a-- -b", "WORD a|MINUS|WORD b|WORD a|MINUS|MINUS|MINUS|WORD b|", ""},
      {"a-b -c", "WORD a-b|MINUS|WORD c|", ""},
      {"x.-y", "WORD x|DOT|MINUS|WORD y|", ""},
      {"{}[](),:?= == != < <= > >= + - * /",
       "BRACE_OPEN|BRACE_CLOSE|BRACKET_OPEN|BRACKET_CLOSE|PAREN_OPEN|PAREN_CLOSE|COMMA|COLON|"
       "QUESTION|ASSIGN|EQ|NE|LT|LE|GT|GE|PLUS|MINUS|STAR|SLASH|",
       ""},
      {"set<role>=x", "WORD set|LT|WORD role|GE|WORD x|", ""},
      {"a#b\nc", "WORD a|WORD c|", ""},
      {"rule # r\xC3\xA9gle \xE2\x82\xAC\nx", "WORD rule|WORD x|", ""},
  };
  CHECK_ROWS(rows, false);
}

TEST(signs_of_other_languages)
{
  static const row rows[] = {
      {"a && b", "WORD a|WORD &&|WORD b|", "E0110@2-4"},
      {"a||b", "WORD a|WORD |||WORD b|", "E0110@1-3"},
      {"!a != b", "WORD !|WORD a|NE|WORD b|", "E0110@0-1"},
      {"a <> b === c !== d", "WORD a|NE <>|WORD b|EQ ===|WORD c|NE !==|WORD d|",
       "E0110@2-4 E0110@7-10 E0110@13-16"},
      {"a ; b", "WORD a|BAD|WORD b|", "E0100@2-3"},
      {"a $$%@ b", "WORD a|BAD|WORD b|", "E0100@2-6"},
      {"'a b' c", "STRING a b|WORD c|", "E0100@0-5"},
      {"\xE2\x80\x9C"
       "a b\xE2\x80\x9D c",
       "STRING a b|WORD c|", "E0100@0-9"},
      {"'a b\nc", "STRING a b|WORD c|", "E0100@0-1"},
      {"na\xC3\xAFve b", "WORD na\xC3\xAFve|WORD b|", "E0100@0-6"},
      {"\xC3\xA9t\xC3\xA9 b", "WORD \xC3\xA9t\xC3\xA9|WORD b|", "E0100@0-5"},
      {"a\n -- it's no \"text\n b -- c", "WORD a|WORD b|MINUS|MINUS|WORD c|", "E0110@3-5"},
      {"a\xC2\xA0\xE2\x80\x89" "b", "WORD a|WORD b|", "E0100@1-6"},
      {"\xC2\xA0 a \xE3\x80\x80", "WORD a|", "E0100@0-2 E0100@5-8"},
      {"\"\xC2\xA0\" #\xC2\xA0", "STRING \xC2\xA0|", ""},
  };
  CHECK_ROWS(rows, false);
}

TEST(flags_of_tokens)
{
  edi_str text = EDI_STR("rule a\n  when x-y +z\r\n\tb");
  static const struct {
    bool first, spaced;
    uint32_t column;
  } expected[] = {{true, true, 0},   {false, true, 5},   {true, true, 2}, {false, true, 7},
                  {false, true, 11}, {false, false, 12}, {true, true, 1}};
  edi_arena arena;
  edi_lexer lexer;
  edi_token token;
  edi_arena_init(&arena, NULL, CEILING);
  CHECK(edi_lexer_init(&lexer, &arena, 0, text, NULL));
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    edi_lexer_next(&lexer, &token);
    CHECK_INT(token.first, expected[i].first);
    CHECK_INT(token.spaced, expected[i].spaced);
    CHECK_INT(token.column, expected[i].column);
    CHECK(!token.reported);
  }
  edi_lexer_next(&lexer, &token);
  CHECK_INT(token.kind, EDI_TOKEN_END);
  edi_arena_fini(&arena);
}

/* ---- literals ---- */

TEST(strings)
{
  static const row rows[] = {
      {"\"\" \"a # b\"", "STRING|STRING a # b|", ""},
      {"\"\\\"\\\\\\n\\t\"", "STRING \"\\\\u{000A}\\u{0009}|", ""},
      {"\"\\u{41}\\u{e9}\\u{20AC}\\u{1F600}\\u{10FFFF}\"",
       "STRING A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF|", ""},
      {"\"\\u{202E}\"", "STRING \\u{202E}|", ""},
      {"\"r\xC3\xA9gle\"", "STRING r\xC3\xA9gle|", ""},
      {"\"abc\nx", "STRING abc|WORD x|", "E0104@0-4"},
      {"\"abc\r\nx", "STRING abc|WORD x|", "E0104@0-4"},
      {"\"abc\\\nx", "STRING abc\\|WORD x|", "E0104@0-5"},
      {"\"", "STRING|", "E0104@0-1"},
      {"\"\\q\"", "STRING|", "E0105@1-3"},
      {"\"a\\\xC3\xA9z\"", "STRING az|", "E0105@2-5"},
      {"\"\\u41\"", "STRING 41|", "E0105@1-3"},
      {"\"\\u{}\"", "STRING {}|", "E0105@1-3"},
      {"\"\\u{0}\\u{D800}\\u{110000}\"", "STRING|", "E0105@1-6 E0105@6-14 E0105@14-24"},
      {"\"\\u{0000041}\"", "STRING {0000041}|", "E0105@1-3"},
      {"\"a\tb\"", "STRING a\\u{0009}b|", ""},
  };
  CHECK_ROWS(rows, false);
}

TEST(patterns)
{
  static const row rows[] = {
      {"/[a-z]+/ x", "PATTERN [a-z]+|WORD x|", ""},
      {"/a\\/b\\d\\\\/", "PATTERN a/b\\d\\\\|", ""},
      {"/\"#/", "PATTERN \"#|", ""},
      {"/abc\nx", "PATTERN abc|WORD x|", "E0106@0-4"},
      {"/abc\\\nx", "PATTERN abc\\|WORD x|", "E0106@0-5"},
      {"// x", "PATTERN|WORD x|", "E0106@0-2"},
      {"/", "PATTERN|", "E0106@0-1"},
  };
  CHECK_ROWS(rows, true);
}

TEST(numbers)
{
  static const row rows[] = {
      {"0 5 9223372036854775807", "INT 0|INT 5|INT 9223372036854775807|", ""},
      {"1.50 0.5", "DECIMAL 1.50|DECIMAL 0.5|", ""},
      {"5-3", "INT 5|MINUS|INT 3|", ""},
      {"1.x", "INT 0|", "E0107@0-3"},
      {"1. 5", "INT 1|DOT|INT 5|", ""},
      {".5", "DOT|INT 5|", ""},
      {"007 00.5", "INT 007|DECIMAL 00.5|", "E0107@0-3 E0107@4-8"},
      {"1_000", "INT 0|", "E0107@0-5"},
      {"24months 3x", "INT 24|WORD months|INT 0|", "E0107@0-8 E0107@9-11"},
      {"10.0.0.0", "INT 0|", "E0107@0-8"},
      {"1e9 1.5E-3 1E", "INT 0|INT 0|INT 0|", "E0702@0-3 E0702@4-10 E0107@11-13"},
  };
  CHECK_ROWS(rows, false);
}

TEST(dates_and_timestamps)
{
  static const row rows[] = {
      {"2027-12-31", "DATE 2027-12-31|", ""},
      {"2024-02-29,", "DATE 2024-02-29|COMMA|", ""},
      {"2026-11-20T10:00:00Z}", "TIMESTAMP 2026-11-20T10:00:00Z|BRACE_CLOSE|", ""},
      {"2026-11-20T10:00:00.25+02:00", "TIMESTAMP 2026-11-20T10:00:00.25+02:00|", ""},
      {"2026-11-20T10:00:00-05:30 - x", "TIMESTAMP 2026-11-20T10:00:00-05:30|MINUS|WORD x|", ""},
      {"2027-02-29", "DATE 2027-02-29|", "E0108@0-10"},
      {"2027-2-9 2027-1 2027-01-01x", "DATE 2027-2-9|DATE 2027-1|DATE 2027-01-01x|",
       "E0108@0-8 E0108@9-15 E0108@16-27"},
      {"2026-11-20T10:00:00", "TIMESTAMP 2026-11-20T10:00:00|", "E0109@0-19"},
      {"2026-11-20T10:00Z", "TIMESTAMP 2026-11-20T10:00Z|", "E0109@0-17"},
      {"2026-11-20T24:00:00Z", "TIMESTAMP 2026-11-20T24:00:00Z|", "E0109@0-20"},
      {"12027-12-31", "INT 12027|MINUS|INT 12|MINUS|INT 31|", ""},
  };
  CHECK_ROWS(rows, false);
}

/* ---- characters that may not stand anywhere ---- */

TEST(hidden_characters_are_refused_everywhere)
{
  static const row rows[] = {
      {"# \xE2\x80\xAE x\na", "WORD a|", "E0101@2-5"},
      {"\"a\xE2\x80\x8B\"", "STRING a\\u{200B}|", "E0101@2-5"},
      {"a\xE2\x81\xA6\xE2\x81\xA9 b", "WORD a\\u{2066}\\u{2069}|WORD b|", "E0101@1-4"},
      {"a \xEF\xBB\xBF b", "WORD a|WORD b|", "E0101@2-5"},
      {"a\rb", "WORD a|WORD b|", "E0101@1-2"},
      {"# a\rb\nc", "WORD c|", "E0101@3-4"},
      {"a \x01\x02\x7F b", "WORD a|WORD b|", "E0101@2-3"},
      {"a \xC2\x85 b", "WORD a|WORD b|", "E0101@2-4"},
      {"# \xE2\x80\xA8 rule", "", "E0101@2-5"},
      {"# \xE2\x80\xAE"
       "a\xE2\x80\xAC\n",
       "", "E0101@2-5 E0101@6-9"},
  };
  CHECK_ROWS(rows, false);
  check_reading("/a\xE2\x80\x8D/", 6, "PATTERN a\\u{200D}|", "E0101@2-5", true);
}

TEST(text_that_is_not_utf8)
{
  check_reading("\xEF\xBB\xBFrule", 7, "WORD rule|", "E0103@0-3", false);
  check_reading("a \xFF b \xC0\x80 c", 10, "WORD a|WORD b|WORD c|", "E0102@2-3", false);
  check_reading("\"\xE9\" # \xE9", 7, "STRING \\xE9|", "E0102@1-2", false);
  check_reading("a\0b", 3, "", "E0102@1-2", false);
  check_reading("\xFF\xFE"
                "r\0u\0",
                6, "", "E0102@3-4", false);
  check_reading("\xED\xA0\x80", 3, "", "E0102@0-1", false);
}

/* ---- limits ---- */

static void check_limit(const char *before, char c, size_t count, const char *after,
                        const char *code) {
  edi_buf text;
  edi_buf_init(&text, NULL, CEILING);
  edi_buf_text(&text, before);
  for (size_t i = 0; i < count; i++) edi_buf_char(&text, c);
  edi_buf_text(&text, after);
  reading r = read_all((edi_str){text.ptr, text.len}, true);
  const char *found = edict_diagnostics_code(r.findings, 0);
  CHECK_INT(edict_diagnostics_count(r.findings), code ? 1 : 0);
  CHECK(!code || (found && strcmp(found, code) == 0));
  put_away(&r);
  edi_buf_fini(&text);
}

TEST(limits_of_tokens)
{
  check_limit("", 'a', EDI_LIMIT_NAME, "", NULL);
  check_limit("", 'a', EDI_LIMIT_NAME + 1, "", "E0704");
  check_limit("a.", 'a', EDI_LIMIT_NAME - 2, " b", NULL);
  check_limit("a.", 'a', EDI_LIMIT_NAME - 1, " b", "E0704");
  check_limit("\"", 'a', EDI_LIMIT_STRING, "\"", NULL);
  check_limit("\"", 'a', EDI_LIMIT_STRING + 1, "\"", "E0705");
  check_limit("\"\\n", 'a', EDI_LIMIT_STRING - 1, "\"", NULL);
  check_limit("\"\\n", 'a', EDI_LIMIT_STRING, "\"", "E0705");
  check_limit("/", 'a', EDI_LIMIT_PATTERN, "/", NULL);
  check_limit("/", 'a', EDI_LIMIT_PATTERN + 1, "/", "E0706");
}

/* ---- words ---- */

TEST(keywords_are_sorted_and_found)
{
  for (int i = 1; i < EDI_WORD_COUNT; i++) {
    edi_str text = edi_word_text((edi_word)i);
    CHECK_INT(edi_word_find(text), i);
    if (i > 1) CHECK(edi_str_compare(edi_word_text((edi_word)(i - 1)), text) < 0);
  }
  CHECK_INT(edi_word_find(EDI_STR("")), EDI_WORD_NONE);
  CHECK_INT(edi_word_find(EDI_STR("Rule")), EDI_WORD_NONE);
  CHECK_INT(edi_word_find(EDI_STR("zz")), EDI_WORD_NONE);
  CHECK_INT(edi_word_rank(EDI_WORD_ON), 1);
  CHECK_INT(edi_word_rank(EDI_WORD_NOTE), 10);
  CHECK_INT(edi_word_rank(EDI_WORD_PERMIT), 0);
}

TEST(every_operator_of_the_trees_that_is_a_word_is_a_keyword)
{
  static const edi_expr_kind kinds[] = {
      EDI_EXPR_AND,    EDI_EXPR_OR,      EDI_EXPR_NOT,      EDI_EXPR_IS,
      EDI_EXPR_IN,     EDI_EXPR_HAS,     EDI_EXPR_OVERLAPS, EDI_EXPR_COVERS,
      EDI_EXPR_STARTS, EDI_EXPR_ENDS,    EDI_EXPR_CONTAINS, EDI_EXPR_MATCHES,
      EDI_EXPR_LOWER,  EDI_EXPR_LENGTH,  EDI_EXPR_WEEKDAY,  EDI_EXPR_TIME_OF_DAY,
      EDI_EXPR_TAGGED, EDI_EXPR_HOLDING, EDI_EXPR_NAMED,    EDI_EXPR_CLASSIFIED};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    edi_str text = edi_str_from(edi_expr_kind_name(kinds[i]));
    CHECK(edi_word_find(text) != EDI_WORD_NONE);
  }
}

TEST(misspelt_words_find_their_neighbours)
{
  static const struct {
    const char *text;
    edi_word_group group;
    edi_word near;
  } rows[] = {
      {"becuase", EDI_GROUP_CLAUSE, EDI_WORD_BECAUSE},
      {"wehn", EDI_GROUP_CLAUSE, EDI_WORD_WHEN},
      {"WHEN", EDI_GROUP_CLAUSE, EDI_WORD_WHEN},
      {"monts", EDI_GROUP_UNIT, EDI_WORD_MONTHS},
      {"yer", EDI_GROUP_UNIT, EDI_WORD_YEAR},
      {"haz", EDI_GROUP_OPERATOR, EDI_WORD_HAS},
      {"ruel", EDI_GROUP_DECLARATION, EDI_WORD_RULE},
      {"taxonmoy", EDI_GROUP_NONE, EDI_WORD_TAXONOMY},
      {"wh", EDI_GROUP_CLAUSE, EDI_WORD_NONE},
      {"om", EDI_GROUP_CLAUSE, EDI_WORD_NONE},
      {"something", EDI_GROUP_NONE, EDI_WORD_NONE},
      {"", EDI_GROUP_NONE, EDI_WORD_NONE},
      {"abcdefghijklmnopqrstuvwxyzabcdefghijkl", EDI_GROUP_NONE, EDI_WORD_NONE},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    CHECK_INT(edi_word_near(edi_str_from(rows[i].text), rows[i].group), rows[i].near);
  CHECK(edi_word_is_near(EDI_STR("onyl"), EDI_WORD_ONLY));
  CHECK(!edi_word_is_near(EDI_STR("rows"), EDI_WORD_ONLY));
}

HARNESS_MAIN
