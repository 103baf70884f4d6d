/* Parser: golden diagnostics and trees, places of findings, limits, hostile files, memory that runs
 * out, and how many messages one mistake makes. */
#include "policy/print.h"

#include <dirent.h>

#include "base/findings.h"
#include "bundle/limits.h"
#include "harness.h"
#include "policy/lex.h"
#include "support/golden.h"
#include "support/hostile.h"
#include "support/short_memory.h"

enum { CEILING = 512 * 1024 * 1024 };

/* ---- one parsed text ---- */

typedef struct parsed {
  edi_arena arena;
  edict_diagnostics *findings;
  edi_file_ast *file;
  edict_status status;
  edi_buf tree;
} parsed;

static parsed parse(const char *path, edi_str text) {
  parsed p = {.findings = edict_diagnostics_create()};
  edi_arena_init(&p.arena, NULL, CEILING);
  edi_buf_init(&p.tree, NULL, CEILING);
  p.status = edi_parse(&p.arena, edi_str_from(path), text, &p.file, p.findings);
  CHECK(p.file != NULL);
  CHECK(edi_ast_spans_valid(p.file, text));
  CHECK_INT(p.status == EDICT_OK, edict_diagnostics_errors(p.findings) == 0);
  edi_ast_print(p.file, &p.tree);
  return p;
}

static void put_away(parsed *p) {
  edi_buf_fini(&p->tree);
  edi_arena_fini(&p->arena);
  edict_diagnostics_destroy(&p->findings);
}

/* ---- golden files ---- */

static bool ends_in(const char *name, const char *end) {
  size_t length = strlen(name), tail = strlen(end);
  return length > tail && strcmp(name + length - tail, end) == 0;
}

/* `x.edict` beside `x.txt`: what was found, or the tree if nothing was. */
static void check_golden(const char *source, const char *golden, const char *shown) {
  size_t length = 0, size = 0;
  char *bytes = hostile_read(source, &length), *report = NULL;
  REQUIRE(bytes != NULL);
  parsed p = parse(shown, (edi_str){bytes, length});
  if (p.status == EDICT_OK) {
    CHECK(golden_matches(golden, p.tree.ptr, p.tree.len));
  } else {
    CHECK_INT(p.status, EDICT_FINDINGS);
    CHECK_INT(edict_diagnostics_render(p.findings, EDICT_RENDERING_TEXT, &report, &size), EDICT_OK);
    CHECK(report && golden_matches(golden, report, size));
    edict_text_free(&report);
  }
  put_away(&p);
  free(bytes);
}

static void check_source(const char *name) {
  char source[512], golden[512];
  snprintf(source, sizeof source, "tests/golden/parse/%s", name);
  snprintf(golden, sizeof golden, "tests/golden/parse/%.*s.txt", (int)(strlen(name) - strlen(".edict")), name);
  check_golden(source, golden, name);
}

TEST(golden_diagnostics)
{ CHECK(golden_each("tests/golden/parse", ".edict", check_source) > 50); }

TEST(golden_trees_of_the_example)
{
  check_golden("tests/example/federal/vocabulary.edict",
               "tests/golden/parse/example-vocabulary.txt", "vocabulary.edict");
  check_golden("tests/example/federal/privacy.edict", "tests/golden/parse/example-privacy.txt",
               "privacy.edict");
}

/* ---- every code has a file that shows it ---- */

static bool is_shown(const char *code) {
  static const char *const folders[] = {"tests/golden/parse", "tests/hostile/rules"};
  char wanted[32];
  bool found = false;
  snprintf(wanted, sizeof wanted, "%s", code);
  for (size_t i = 0; i < 2 && !found; i++) {
    DIR *dir = opendir(folders[i]);
    for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
      if (!ends_in(entry->d_name, ".txt") && strcmp(entry->d_name, "expected.tsv") != 0) continue;
      char path[512];
      size_t length = 0;
      snprintf(path, sizeof path, "%s/%s", folders[i], entry->d_name);
      char *bytes = hostile_read(path, &length);
      found = bytes && edi_str_contains((edi_str){bytes, length}, edi_str_from(wanted));
      free(bytes);
    }
    if (dir) closedir(dir);
  }
  return found;
}

TEST(every_code_of_the_grammar_is_shown)
{
  static const char *const codes[] = {
#define DIAGNOSTIC(CODE, severity, title) #CODE,
#include "base/diagnostics.def"
#undef DIAGNOSTIC
  };
  size_t count = 0;
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    bool ours = strncmp(codes[i], "E01", 3) == 0 || (strncmp(codes[i], "E070", 4) == 0);
    /* Tested below: a file of 4 MiB, an arena that is full, and what the checker reports. */
    bool elsewhere = strcmp(codes[i], "E0700") == 0 || strcmp(codes[i], "E0705") == 0 ||
                     strcmp(codes[i], "E0708") == 0 || strcmp(codes[i], "E0709") == 0;
    if (!ours || elsewhere) continue;
    count++;
    if (!is_shown(codes[i])) HARNESS_FAIL("no file shows %s", codes[i]);
  }
  CHECK(count > 50);
}

/* ---- places ---- */

#define MODULE "module a.b\n" /* 11 bytes */

TEST(findings_point_at_the_mistake)
{
  static const struct {
    const char *text, *code;
    uint32_t begin, end;
  } rows[] = {
      {"", "E0120", 0, 0},
      {"rule a\n forbid read\n", "E0120", 0, 4},
      {MODULE "ruel a\n forbid read\n", "E0122", 11, 15},
      {MODULE "rule a\n forbid read\n when x &\n", "E0110", 39, 40},
      {MODULE "rule a\n forbid read\n when x is\n", "E0152", 41, 41},
      {MODULE "rule a\n forbid read\n when (x\n note \"\"\n", "E0125", 41, 45},
      {MODULE "rule a\n forbid read\n when a == b == c\n", "E0151", 44, 46},
      {MODULE "rule a\n forbid read\n on subject.x is set\n", "E0155", 35, 51},
      {MODULE "rule a\n forbid read\n forbid read\n", "E0134", 32, 38},
      {MODULE "taxonomy t { a { b }", "E0125", 31, 31},
      {MODULE "attributes subject { a: set<set<b>> }", "E0170", 39, 42},
      {MODULE "table t (k: string) gives (v: string", "E0125", 47, 47},
      {MODULE "test \"x\"\n product p.q\n subject { }\n ask read d\n", "E0181", 11, 19},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    parsed p = parse("place.edict", edi_str_from(rows[i].text));
    const char *code = edict_diagnostics_code(p.findings, 0);
    if (!code || strcmp(code, rows[i].code) != 0) {
      HARNESS_FAIL("%s: got %s, expected %s", rows[i].text, code ? code : "nothing", rows[i].code);
    } else {
      edi_span span = edi_finding_primary(p.findings->findings[0])->span;
      if (span.begin != rows[i].begin || span.end != rows[i].end)
        HARNESS_FAIL("%s: %s at %u-%u, expected %u-%u", rows[i].text, code, span.begin, span.end,
                     rows[i].begin, rows[i].end);
    }
    put_away(&p);
  }
}

/* ---- expressions ---- */

TEST(trees_of_expressions)
{
  static const struct {
    const char *text, *tree;
  } rows[] = {
      {"a or b or c", "(OR (OR a b) c)"},
      {"a and b and c and d", "(AND (AND a b) (AND c d))"},
      {"not a and not not b", "(AND (NOT a) (NOT (NOT b)))"},
      {"(a or b) and c", "(AND (OR a b) c)"},
      {"not a == b", "(NOT (EQ a b))"},
      {"a - b - c * d == e", "(EQ (SUB (SUB a b) (MUL c d)) e)"},
      {"a-b == -5", "(EQ a-b -5)"},
      {"a == -1.50", "(EQ a -1.5)"},
      {"x is not set-like", "(IS_NOT x set-like)"},
      {"x is set", "(IS_SET x)"},
      {"x in [1, \"a\", b, true, 2026-01-01]", "(IN x (LIST 1 \"a\" b true 2026-01-01))"},
      {"x not in y", "(NOT_IN x y)"},
      {"(x) in t", "(IN x t)"},
      {"(x, y) in t", "(IN_TABLE t x y)"},
      {"(x, y) not in t", "(NOT (IN_TABLE t x y))"},
      {"t(x, y).v > 1 year", "(GT (TABLE_VALUE t x y .v) 12months)"},
      {"x in cidr(\"10.0.0.0/8\")", "(IN_CIDR \"10.0.0.0/8\" x)"},
      {"x not in cidr(\"::/0\")", "(NOT (IN_CIDR \"::/0\" x))"},
      {"row[a.b] == row.c", "(EQ (ROW_TAG a.b) (ROW_COLUMN c))"},
      {"x matches /a\\/b/ and y", "(AND (MATCHES \"a/b\" x) y)"},
      {"now - 2 weeks < x", "(LT (SUB now 1209600000000micros) x)"},
      {"90 days == 12 hours", "(EQ 7776000000000micros 43200000000micros)"},
      {"30 minutes == 10 seconds", "(EQ 1800000000micros 10000000micros)"},
      {"time-of-day(now) > 8 hours", "(GT (TIME_OF_DAY now) 28800000000micros)"},
      {"dataset tagged a, b and x", "(AND (TAGGED dataset a b) x)"},
      {"not dataset named \"a*\"", "(NOT (NAMED dataset \"a*\"))"},
      {"product in domain d", "(IN_DOMAIN product d)"},
      {"dataset classified >= l", "(CLASSIFIED dataset >= l)"},
      {"x in [in, note, rule]", "(IN x (LIST in note rule))"},
      {"region.in is x", "(IS region.in x)"},
      {"subject.roles has all", "(HAS subject.roles all)"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[256];
    snprintf(text, sizeof text, MODULE "rule a\n forbid read\n when %s\n", rows[i].text);
    parsed p = parse("tree.edict", edi_str_from(text));
    edi_buf tree;
    edi_buf_init(&tree, NULL, CEILING);
    CHECK_INT(p.status, EDICT_OK);
    if (p.file->decl_count == 1 && p.file->decls[0]->as.rule.when)
      edi_expr_print(p.file->decls[0]->as.rule.when, &tree);
    if (!edi_str_equal((edi_str){tree.ptr, tree.len}, edi_str_from(rows[i].tree)))
      HARNESS_FAIL("%s: got %.*s, expected %s", rows[i].text, (int)tree.len,
                   tree.ptr ? tree.ptr : "", rows[i].tree);
    edi_buf_fini(&tree);
    put_away(&p);
  }
}

TEST(layout_does_not_matter)
{
  static const char lines[] =
      MODULE "rule a\n  forbid read\n  on dataset tagged x\n  when y is z\n  because \"w\"\n";
  static const char one_line[] =
      MODULE "rule a forbid read on dataset tagged x when y is z because \"w\"";
  static const char crlf[] = MODULE
      "rule\r\n a\r\n forbid\r\n  read\r\n on\r\n dataset\r\n tagged\r\n  x when\r\n y is z\r\n"
      " because\r\n \"w\"\r\n";
  static const char comments[] =
      "# c\n\n  module a.b # c\n\n  rule a # c\n forbid read # c\n on dataset tagged x\n"
      "when y is z # c\nbecause \"w\" # c";
  static const char *const texts[] = {lines, one_line, crlf, comments};
  parsed first = parse("layout.edict", edi_str_from(texts[0]));
  CHECK_INT(first.status, EDICT_OK);
  for (size_t i = 1; i < sizeof texts / sizeof *texts; i++) {
    parsed p = parse("layout.edict", edi_str_from(texts[i]));
    CHECK_INT(p.status, EDICT_OK);
    CHECK(p.tree.len == first.tree.len && memcmp(p.tree.ptr, first.tree.ptr, p.tree.len) == 0);
    put_away(&p);
  }
  put_away(&first);
}

/* ---- what stays in the tree ---- */

TEST(broken_declarations_are_marked_and_named)
{
  parsed p = parse("broken.edict",
                   EDI_STR(MODULE "rule bad\n permit read\n on x is y\nrule good\n forbid read\n"
                                  "taxonomy tag { a b ; c }\nkey k\n"
                                  "test \"t\"\n product\nrule\n forbid read\n"));
  CHECK_INT(p.status, EDICT_FINDINGS);
  CHECK_INT(edict_diagnostics_errors(p.findings), 4);
  REQUIRE(p.file->decl_count == 4); /* neither the test nor the rule without a name */
  static const bool broken[] = {true, false, true, false};
  for (size_t i = 0; i < 4; i++) CHECK_INT(p.file->decls[i]->broken, broken[i]);
  CHECK_INT(p.file->decls[0]->as.rule.effect, EDI_EFFECT_PERMIT);
  CHECK_INT(p.file->decls[2]->as.taxonomy.root_count, 2);
  put_away(&p);
}

TEST(an_effect_that_could_not_be_read_is_none)
{
  static const char *const effects[] = {
      "permit 5",  "mask column tagged",      "mask column tagged x\n with",
      "show rows", "retain at most",          "retain while",
      "require",   "delegate permit read to", "exempt 5", "show only groups of at least few row[x]",
      "show only groups of at least 5"};
  for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
    char text[256];
    snprintf(text, sizeof text, MODULE "rule a\n %s\n on dataset tagged x\n", effects[i]);
    parsed p = parse("effect.edict", edi_str_from(text));
    CHECK_INT(edict_diagnostics_errors(p.findings), 1);
    CHECK(p.file->decl_count == 1 && p.file->decls[0]->broken &&
          p.file->decls[0]->as.rule.effect == EDI_EFFECT_NONE);
    put_away(&p);
  }
}

/* ---- one mistake, one message ---- */

/* Every token of a good file is taken out, once each: nearly always there is one message. */
TEST(a_missing_token_is_one_message)
{
  static const char *const files[] = {"tests/example/federal/vocabulary.edict",
                                      "tests/example/federal/privacy.edict",
                                      "tests/golden/parse/good-one-of-each.edict"};
  size_t total = 0, more = 0;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    size_t length = 0;
    char *bytes = hostile_read(files[i], &length), *copy = malloc(length + 1);
    REQUIRE(bytes && copy);
    edi_arena arena;
    edi_lexer lexer;
    edi_token token;
    edi_arena_init(&arena, NULL, CEILING);
    edi_lexer_init(&lexer, &arena, 0, (edi_str){bytes, length}, NULL);
    for (edi_lexer_next(&lexer, &token); token.kind != EDI_TOKEN_END;
         edi_lexer_next(&lexer, &token)) {
      memcpy(copy, bytes, length);
      memset(copy + token.span.begin, ' ', token.span.end - token.span.begin);
      parsed p = parse("missing.edict", (edi_str){copy, length});
      size_t errors = edict_diagnostics_errors(p.findings);
      total++;
      more += errors > 1;
      CHECK(errors <= 2);
      put_away(&p);
    }
    edi_arena_fini(&arena);
    free(bytes);
    free(copy);
  }
  CHECK(total > 800);
  CHECK(more * 100 < total);
}

TEST(many_errors_end)
{
  edi_buf text;
  edi_buf_init(&text, NULL, EDI_LIMIT_RULE_FILE);
  edi_buf_text(&text, MODULE);
  for (int i = 0; i < 100000; i++) edi_buf_text(&text, "rule a\n wehn x haz\n");
  parsed p = parse("many.edict", (edi_str){text.ptr, text.len});
  CHECK_INT(p.status, EDICT_FINDINGS);
  CHECK(edict_diagnostics_errors(p.findings) >= 100000);
  CHECK_INT(edict_diagnostics_count(p.findings), EDI_FINDINGS_MOST);
  put_away(&p);
  edi_buf_fini(&text);
}

/* ---- limits ---- */

typedef struct pieces {
  const char *before, *open, *middle, *close, *after;
} pieces;

static void check_limit(pieces parts, size_t count, const char *code) {
  edi_buf text;
  edi_buf_init(&text, NULL, (size_t)EDI_LIMIT_RULE_FILE + 2);
  edi_buf_text(&text, MODULE);
  edi_buf_text(&text, parts.before);
  for (size_t i = 0; i < count; i++) edi_buf_text(&text, parts.open);
  edi_buf_text(&text, parts.middle);
  for (size_t i = 0; i < count; i++) edi_buf_text(&text, parts.close);
  edi_buf_text(&text, parts.after);
  parsed p = parse("limit.edict", (edi_str){text.ptr, text.len});
  const char *found = edict_diagnostics_code(p.findings, 0);
  if (edict_diagnostics_errors(p.findings) != (code ? 1 : 0) || (code && strcmp(found, code) != 0))
    HARNESS_FAIL("%zu of %s: %zu findings, %s", count, parts.open,
                 edict_diagnostics_errors(p.findings), found ? found : "none");
  put_away(&p);
  edi_buf_fini(&text);
}

TEST(nesting_ends_at_the_limit)
{
  const size_t depth = EDI_LIMIT_EXPRESSION_DEPTH;
  const char *when = "rule a\n forbid read\n when ";
  check_limit((pieces){when, "(", "x", ")", ""}, depth - 1, NULL);
  check_limit((pieces){when, "(", "x", ")", ""}, depth, "E0703");
  check_limit((pieces){when, "not ", "x", "", ""}, depth - 1, NULL);
  check_limit((pieces){when, "not ", "x", "", ""}, depth, "E0703");
  check_limit((pieces){when, "a + ", "x", "", ""}, depth - 1, NULL);
  check_limit((pieces){when, "a + ", "x", "", ""}, depth, "E0703");
  check_limit((pieces){when, "lower(", "x", ")", ""}, depth - 1, NULL);
  check_limit((pieces){when, "lower(", "x", ")", ""}, depth, "E0703");
  check_limit((pieces){"taxonomy tag {", "a {", "a", "}", "}"}, depth - 1, NULL);
  check_limit((pieces){"taxonomy tag {", "a {", "a", "}", "}"}, depth, "E0703");
  const char *test = "test \"x\"\n product p\n subject {a:";
  const char *rest = "}\n ask read d\n expect permit\n";
  check_limit((pieces){test, "{a:", "1", "}", rest}, depth - 1, NULL);
  check_limit((pieces){test, "{a:", "1", "}", rest}, depth, "E0703");
}

/* Parentheses hide nothing: the tree's height counts, however it came about. */
TEST(height_is_counted_through_parentheses)
{
  const char *when = "rule a\n forbid read\n when ";
  check_limit((pieces){when, "(", "x", " + 1)", " > 1"}, 126, NULL);
  check_limit((pieces){when, "(", "x", " + 1 + 1)", " > 1"}, 63, NULL);
  check_limit((pieces){when, "(", "x", " + 1 + 1)", " > 1"}, 64, "E0703");
}

TEST(chains_of_and_and_or_have_no_limit_but_the_file)
{
  const char *when = "rule a\n forbid read\n when ";
  check_limit((pieces){when, "a or ", "x", "", ""}, 100000, NULL);
  check_limit((pieces){when, "a == b and ", "x", "", ""}, 100000, NULL);
  check_limit((pieces){"rule a\n forbid read\n on dataset tagged ", "a, ", "x", "", ""}, 100000,
              NULL);
  check_limit((pieces){"taxonomy tag {", "a ", "x", "", "}"}, 100000, NULL);
}

TEST(lists_end_at_the_limit)
{
  const char *when = "rule a\n forbid read\n when x in [";
  check_limit((pieces){when, "a,", "x", "", "]"}, EDI_LIMIT_SET_MEMBERS - 1, NULL);
  check_limit((pieces){when, "a,", "x", "", "]"}, EDI_LIMIT_SET_MEMBERS, "E0707");
}

TEST(a_file_ends_at_the_limit)
{
  const size_t rest = (size_t)EDI_LIMIT_RULE_FILE - strlen(MODULE);
  check_limit((pieces){"", "\n", "", "", ""}, rest, NULL);
  check_limit((pieces){"", "\n", "", "", ""}, rest + 1, "E0700");
  check_limit((pieces){"", "#", "", "", ""}, rest, NULL);
}

/* ---- hostile files ---- */

static edict_status door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings) {
  edi_arena arena;
  edi_file_ast *file;
  edi_arena_init(&arena, NULL, CEILING);
  edi_str text = {bytes, length};
  edict_status status = edi_parse(&arena, edi_str_from(name), text, &file, findings);
  CHECK(edi_ast_spans_valid(file, text));
  edi_arena_fini(&arena);
  return status;
}

TEST(hostile_files)
{
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/rules", door, &total), 0);
  CHECK(total >= 25);
}

/* ---- callers and memory ---- */

TEST(nobody_needs_to_listen)
{
  edi_arena arena;
  edi_file_ast *file = NULL;
  edi_arena_init(&arena, NULL, CEILING);
  edi_str text = EDI_STR(MODULE "rule a\n forbid read\n when &\n");
  CHECK_INT(edi_parse(&arena, EDI_STR("a.edict"), text, &file, NULL), EDICT_FINDINGS);
  CHECK(file && file->decl_count == 1 && file->decls[0]->broken);
  CHECK_INT(edi_parse(&arena, EDI_STR("a.edict"), EDI_STR(MODULE), &file, NULL), EDICT_OK);
  edi_arena_fini(&arena);
}

TEST(memory_that_fails_is_said_and_given_back)
{
  size_t length = 0;
  char *bytes = hostile_read("tests/golden/parse/good-one-of-each.edict", &length);
  REQUIRE(bytes != NULL);
  edi_buf text; /* large enough for several blocks of the arena */
  edi_buf_init(&text, NULL, CEILING);
  for (int i = 0; i < 20; i++) edi_buf_append(&text, bytes, length);
  free(bytes);
  bool passed = false;
  for (size_t n = 1; n < 1000 && !passed; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena arena;
    edi_file_ast *file = NULL;
    edict_diagnostics *findings = edict_diagnostics_create();
    edi_arena_init(&arena, &allocator, CEILING);
    edict_status status =
        edi_parse(&arena, EDI_STR("m.edict"), (edi_str){text.ptr, text.len}, &file, findings);
    passed = !memory.failed;
    if (!passed) CHECK_INT(status, EDICT_MEMORY);
    if (!passed && file) {
      CHECK(edict_diagnostics_errors(findings) > 0);
      CHECK(edi_ast_spans_valid(file, (edi_str){text.ptr, text.len}));
    }
    edi_arena_fini(&arena);
    edict_diagnostics_destroy(&findings);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
  }
  CHECK(passed);
  edi_buf_fini(&text);
}

TEST(a_full_arena_is_a_limit)
{
  edi_buf text;
  edi_buf_init(&text, NULL, CEILING);
  edi_buf_text(&text, MODULE "rule a\n forbid read\n when x");
  for (int i = 0; i < 10000; i++) edi_buf_text(&text, " or x");
  edi_arena arena;
  edi_file_ast *file = NULL;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)128 * 1024);
  CHECK_INT(edi_parse(&arena, EDI_STR("f.edict"), (edi_str){text.ptr, text.len}, &file, findings),
            EDICT_LIMIT);
  const char *code = edict_diagnostics_code(findings, 0);
  CHECK(code && strcmp(code, "E0708") == 0);
  CHECK_INT(edict_diagnostics_errors(findings), 1);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&findings);
  edi_buf_fini(&text);
}

HARNESS_MAIN
