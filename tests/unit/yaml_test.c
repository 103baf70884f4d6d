/* YAML: trees and spans of what is accepted, a code and a place for each thing refused, limits. */
#include "policy/yaml.h"

#include "harness.h"
#include "support/short_memory.h"

enum { CEILING = 16 * 1024 * 1024 };
static const edi_yaml_limits wide = {1 << 20, 64, 100000};

typedef struct parsed {
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_yaml *root;
  edict_status status;
} parsed;

static parsed parse_within(const char *text, size_t length, edi_yaml_limits limits) {
  parsed p = {.diagnostics = edict_diagnostics_create()};
  edi_arena_init(&p.arena, NULL, CEILING);
  edi_str bytes = {text, length};
  edi_source source = edi_diagnostics_source(p.diagnostics, EDI_STR("t.yaml"), bytes);
  p.status = edi_yaml_parse(&p.arena, bytes, source, limits, &p.root, p.diagnostics);
  return p;
}

static parsed parse(const char *text) { return parse_within(text, strlen(text), wide); }

static void finish(parsed *p) {
  edict_diagnostics_destroy(&p->diagnostics);
  edi_arena_fini(&p->arena);
}

/* ---- trees ---- */

/* The tree in one line: scalars as they are, quoted ones in quotes, nulls as ~. */
static void print(const edi_yaml *y, edi_buf *out) {
  if (y->kind == EDI_YAML_SCALAR) {
    if (y->is_null) edi_buf_char(out, '~');
    else if (y->quoted) edi_json_string(out, y->text);
    else edi_buf_str(out, y->text);
    return;
  }
  edi_buf_char(out, y->kind == EDI_YAML_LIST ? '[' : '{');
  for (size_t i = 0; i < y->count; i++) {
    if (i) edi_buf_char(out, ' ');
    if (y->kind == EDI_YAML_MAP) edi_buf_format(out, "%.*s:", EDI_STR_ARG(y->pairs[i].key));
    print(y->kind == EDI_YAML_LIST ? y->items[i] : y->pairs[i].value, out);
  }
  edi_buf_char(out, y->kind == EDI_YAML_LIST ? ']' : '}');
}

TEST(accepted_texts_become_trees)
{
  static const struct {
    const char *text, *tree;
  } cases[] = {
      {"a", "a"},
      {"~", "~"},
      {"--- x\n...\n", "x"},
      {"a: 1\nb: [x, 'y', \"z\\n\"]\n", "{a:1 b:[x \"y\" \"z\\n\"]}"},
      {"- a\n-\n- null\n- Null\n- NULL\n- nULL\n- 'null'\n- \"\"\n",
       "[a ~ ~ ~ ~ nULL \"null\" \"\"]"},
      {"a: no\nb: yes\nc: 0x10\nd: 1e3\n", "{a:no b:yes c:0x10 d:1e3}"},
      {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{a:\"x\\ny\\n\" b:\"x y\"}"},
      {"'a': {b: {}, c: []}\n", "{a:{b:{} c:[]}}"},
      {"\"<<\": x\n", "{<<:x}"},
      {"'~': x\n\"\": y\n", "{~:x :y}"},
      {"? a\n: b\n", "{a:b}"},
      {"%YAML 1.1\n---\na: b\n", "{a:b}"},
      {"# comment\na: b # more\r\n", "{a:b}"},
      {"\xEF\xBB\xBF"
       "a: b",
       "{a:b}"},
      {"a: 2026-11-20T10:00:00Z\n", "{a:2026-11-20T10:00:00Z}"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    parsed p = parse(cases[i].text);
    edi_buf out;
    edi_buf_init(&out, NULL, 4096);
    CHECK_INT(p.status, EDICT_OK);
    CHECK_INT(edict_diagnostics_count(p.diagnostics), 0);
    if (p.root) print(p.root, &out);
    CHECK_TEXT(out.ptr, out.len, cases[i].tree);
    edi_buf_fini(&out);
    finish(&p);
  }
}

TEST(members_are_found_by_key)
{
  parsed p = parse("a: 1\nb: {c: 2}\n");
  REQUIRE(p.root != NULL);
  CHECK_TEXT(edi_yaml_get(p.root, "a")->text.ptr, edi_yaml_get(p.root, "a")->text.len, "1");
  CHECK(edi_yaml_get(edi_yaml_get(p.root, "b"), "c") != NULL);
  CHECK(edi_yaml_get(p.root, "c") == NULL);
  CHECK(edi_yaml_get(edi_yaml_get(p.root, "a"), "a") == NULL);
  CHECK(edi_yaml_get(NULL, "a") == NULL);
  finish(&p);
}

/* Spans are bytes, where libyaml counts code points. */
TEST(spans_are_byte_ranges)
{
  static const char text[] =
      "\xEF\xBB\xBF# \xF0\x9F\x98\x80\nk\xC3\xA9y: \"v\xC3\xA4l\"\nlist: [x, {y: z}]\n";
  parsed p = parse(text);
  REQUIRE(p.root != NULL && p.root->count == 2);
  const edi_yaml_pair *first = &p.root->pairs[0], *second = &p.root->pairs[1];
  CHECK_TEXT(text + first->key_span.begin, first->key_span.end - first->key_span.begin,
             "k\xC3\xA9y");
  CHECK_TEXT(text + first->value->span.begin, first->value->span.end - first->value->span.begin,
             "\"v\xC3\xA4l\"");
  CHECK_TEXT(text + second->value->span.begin, second->value->span.end - second->value->span.begin,
             "[x, {y: z}]");
  edi_span head = edi_yaml_head(second->value->items[1]);
  CHECK_TEXT(text + head.begin, head.end - head.begin, "y");
  CHECK_INT(edi_yaml_head(second->value).begin, second->value->span.begin);
  CHECK_INT(edi_yaml_head(second->value).end, second->value->span.begin);
  CHECK_INT(edi_yaml_head(first->value).end, first->value->span.end);
  finish(&p);
}

/* ---- refusals ---- */

TEST(each_refusal_has_its_code_and_place)
{
  static const struct {
    const char *text, *code;
    uint32_t line, column;
  } cases[] = {
      {"", "E0403", 1, 1},
      {"# only\n", "E0403", 2, 1},
      {"a: [", "E0401", 1, 5},
      {"a:\n\t- b\n", "E0401", 2, 1},
      {"a: \"x\n", "E0401", 2, 1},
      {"a: \x01\n", "E0401", 1, 4},
      {"\xC3\xA9: \xFF\n", "E0401", 1, 4},
      {"\xEF\xBB\xBF"
       "a: \xFF\n",
       "E0401", 1, 5},
      {"a: b\n# \xE2\x80\xAE\n", "E0402", 2, 3},
      {"a: 1\n---\nb: 1\n", "E0404", 2, 1},
      {"a: &x 1\n", "E0405", 1, 4},
      {"a: &x [1]\n", "E0405", 1, 4},
      {"a: &x\n  b: 1\n", "E0405", 1, 4},
      {"&x a: 1\n", "E0405", 1, 1},
      {"a: *x\n", "E0406", 1, 4},
      {"*x : a\n", "E0406", 1, 1},
      {"a: !!str 1\n", "E0407", 1, 4},
      {"a: ! 1\n", "E0407", 1, 4},
      {"!x [1]\n", "E0407", 1, 1},
      {"a: !y {b: 1}\n", "E0407", 1, 4},
      {"%TAG ! tag:x,2026:\n---\na: 1\n", "E0407", 1, 1},
      {"<<: {a: 1}\n", "E0408", 1, 1},
      {"a: 1\nb: 2\na: 3\n", "E0409", 3, 1},
      {"x: {a: 1, 'a': 2}\n", "E0409", 1, 11},
      {"[a]: 1\n", "E0410", 1, 1},
      {"? {a: b}\n: c\n", "E0410", 1, 3},
      {"~: 1\n", "E0410", 1, 1},
      {"?\n: 1\n", "E0410", 1, 2},
      {"a: \"\\0\"\n", "E0413", 1, 4},
      {"\"a\\0b\": 1\n", "E0413", 1, 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    parsed p = parse(cases[i].text);
    uint32_t line = 0, column = 0;
    CHECK_INT(p.status, EDICT_FINDINGS);
    CHECK(p.root == NULL);
    const char *code = edict_diagnostics_code(p.diagnostics, 0);
    if (!code || strcmp(code, cases[i].code) != 0)
      HARNESS_FAIL("case %zu: expected %s, got %s", i, cases[i].code, code ? code : "nothing");
    char *json = NULL;
    size_t length = 0;
    CHECK_INT(edict_diagnostics_render(p.diagnostics, EDICT_RENDERING_TEXT, &json, &length),
              EDICT_OK);
    const char *place = json ? strstr(json, "t.yaml:") : NULL;
    if (!place || sscanf(place, "t.yaml:%u:%u", &line, &column) != 2 || line != cases[i].line ||
        column != cases[i].column)
      HARNESS_FAIL("case %zu: at %u:%u, expected %u:%u", i, line, column, cases[i].line,
                   cases[i].column);
    edict_text_free(&json);
    finish(&p);
  }
}

TEST(what_leaves_the_tree_readable_is_collected)
{
  parsed p = parse("a: &x 1\nb: *x\na: !!int 2\n");
  CHECK_INT(p.status, EDICT_FINDINGS);
  CHECK_INT(edict_diagnostics_count(p.diagnostics), 4);
  finish(&p);
}

/* ---- limits ---- */

TEST(limits_hold_at_and_past)
{
  static const struct {
    const char *text;
    edi_yaml_limits at, past;
    const char *code;
  } cases[] = {
      {"abcdefgh", {8, 1, 1}, {7, 1, 1}, "E0400"},
      {"[[x]]", {100, 2, 3}, {100, 1, 3}, "E0411"},
      {"{a: {b: c}}", {100, 2, 5}, {100, 2, 4}, "E0412"},
      {"[x, y]", {100, 2, 3}, {100, 2, 2}, "E0412"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    parsed p = parse_within(cases[i].text, strlen(cases[i].text), cases[i].at);
    CHECK_INT(p.status, EDICT_OK);
    finish(&p);
    p = parse_within(cases[i].text, strlen(cases[i].text), cases[i].past);
    CHECK_INT(p.status, EDICT_FINDINGS);
    CHECK(edict_diagnostics_count(p.diagnostics) == 1 &&
          strcmp(edict_diagnostics_code(p.diagnostics, 0), cases[i].code) == 0);
    finish(&p);
  }
}

TEST(a_full_arena_is_a_limit)
{
  static char text[300000];
  memset(text, 'x', sizeof text);
  text[0] = '[';
  for (size_t i = 2; i < sizeof text - 1; i += 2) text[i] = ',';
  text[sizeof text - 1] = ']';
  edi_arena arena;
  edi_arena_init(&arena, NULL, 1 << 20);
  edi_yaml *root = NULL;
  edi_yaml_limits limits = {1 << 20, 8, 1 << 20};
  CHECK_INT(
      edi_yaml_parse(&arena, (edi_str){text, sizeof text}, EDI_SOURCE_NONE, limits, &root, NULL),
      EDICT_LIMIT);
  CHECK(root == NULL);
  edi_arena_fini(&arena);
}

HARNESS_MAIN
