/* Formatter: golden layouts, what is refused, limits, memory that runs out. The laws that hold for
 * every file are in tests/property/relayout_test.c. */
#include "policy/format.h"


#include "bundle/limits.h"
#include "edict/policy.h"
#include "harness.h"
#include "support/golden.h"
#include "support/hostile.h"
#include "support/short_memory.h"

enum { MOST = 16 * 1024 * 1024 };

/* ---- golden files ---- */

/* `x.edict` beside `x.out`: its layout, which is its own. */
static void check_golden(const char *source, const char *golden) {
  size_t length = 0, size = 0, again_size = 0;
  char *text = hostile_read(source, &length), *out = NULL, *again = NULL;
  edict_diagnostics *findings = edict_diagnostics_create();
  REQUIRE(text && findings);
  CHECK_INT(edict_rules_format(source, text, length, &out, &size, findings), EDICT_OK);
  REQUIRE(out != NULL);
  CHECK(golden_matches(golden, out, size));
  CHECK_INT(edict_rules_format(source, out, size, &again, &again_size, findings), EDICT_OK);
  CHECK(again && again_size == size && memcmp(out, again, size) == 0);
  edict_text_free(&out);
  edict_text_free(&again);
  edict_diagnostics_destroy(&findings);
  free(text);
}

static void check_layout(const char *name) {
  char source[512], golden[512];
  snprintf(source, sizeof source, "tests/golden/format/%s", name);
  snprintf(golden, sizeof golden, "tests/golden/format/%.*s.out", (int)strlen(name) - 6, name);
  check_golden(source, golden);
}

TEST(golden_layouts) {
  CHECK(golden_each("tests/golden/format", ".edict", check_layout) >= 1);
}

/* ---- small texts ---- */

static const struct {
  const char *text, *laid_out;
} texts[] = {
    {"module a.b", "module a.b\n"},
    {"\n\n  module\n  a.b\n\n\n", "module a.b\n"},
    {"# one\r\n\r\nmodule a.b # two \t\r\n# three", "# one\n\nmodule a.b  # two\n\n# three\n"},
    {"module # why\na.b", "module  # why\n  a.b\n"},
    {"module a.b\nkey k\nkey l\n\n\n\nkey m", "module a.b\n\nkey k\nkey l\n\nkey m\n"},
    {"module a.b\nkey k # c\n  # inner\n# outer\nrule r forbid read",
     "module a.b\n\nkey k  # c\n  # inner\n\n# outer\nrule r\n  forbid  read\n"},
    {"module a.b rule r forbid read", NULL},
    {"module a.b\nrule r forbid read on dataset tagged from # c\n, on",
     "module a.b\n\nrule r\n  forbid  read\n  on      dataset tagged from, on  # c\n"},
    {"module a.b\ntaxonomy tag { }\nattributes subject {}\ntaxonomy x { # c\n }",
     "module a.b\n\ntaxonomy tag {}\nattributes subject {}\ntaxonomy x {  # c\n}\n"},
    {"module a.b\nrule r forbid read when context.n == -3 and context.n - 3 > 0",
     "module a.b\n\nrule r\n  forbid  read\n  when    context.n == -3 and context.n - 3 > 0\n"},
};

TEST(small_texts) {
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    edict_diagnostics *findings = edict_diagnostics_create();
    char *out;
    size_t size;
    edict_status status =
        edict_rules_format("x", texts[i].text, strlen(texts[i].text), &out, &size, findings);
    CHECK_INT(status, texts[i].laid_out ? EDICT_OK : EDICT_FINDINGS);
    if (texts[i].laid_out && out) CHECK_TEXT(out, size, texts[i].laid_out);
    else CHECK(edict_diagnostics_errors(findings) > 0 && !out && size == 0);
    edict_text_free(&out);
    edict_diagnostics_destroy(&findings);
  }
}

/* ---- limits ---- */

/* A taxonomy of `count` nodes whose comments keep them from standing on one line. */
static edict_status format_names(size_t count, size_t *size, edict_diagnostics *findings) {
  edi_buf text;
  edi_arena arena;
  edi_buf out;
  edi_buf_init(&text, NULL, MOST);
  edi_buf_init(&out, NULL, MOST);
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  edi_buf_text(&text, "module a.b\ntaxonomy t { #\n");
  for (size_t i = 0; i < count; i++) edi_buf_text(&text, "a{#\n}");
  edi_buf_text(&text, "}");
  edict_status status =
      edi_format(&arena, EDI_STR("x"), (edi_str){text.ptr, text.len}, &out, findings);
  *size = out.len;
  edi_arena_fini(&arena);
  edi_buf_fini(&text);
  edi_buf_fini(&out);
  return status;
}

TEST(what_would_grow_too_large_is_refused) {
  edict_diagnostics *findings = edict_diagnostics_create();
  size_t small, size;
  CHECK_INT(format_names(1000, &small, findings), EDICT_OK);
  CHECK_INT(format_names(2000, &size, findings), EDICT_OK);
  size_t item = (size - small) / 1000, most = 1000 + (EDI_LIMIT_RULE_FILE - small) / item;
  CHECK_INT(format_names(most, &size, findings), EDICT_OK);
  CHECK(size <= EDI_LIMIT_RULE_FILE && size + item > EDI_LIMIT_RULE_FILE);
  CHECK_INT(edict_diagnostics_errors(findings), 0);
  CHECK_INT(format_names(most + 1, &size, findings), EDICT_LIMIT);
  CHECK_INT(edict_diagnostics_errors(findings), 1);
  CHECK_TEXT(edict_diagnostics_code(findings, 0), 5, "E0840");
  edict_diagnostics_destroy(&findings);
}

TEST(memory_that_runs_out) {
  size_t length = 0;
  char *text = hostile_read("tests/golden/format/forms.edict", &length);
  REQUIRE(text != NULL);
  edict_status status = EDICT_MEMORY;
  size_t n = 0;
  while (status != EDICT_OK && n < 100000) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, ++n);
    edi_arena arena;
    edi_buf out;
    edi_arena_init(&arena, &allocator, (size_t)1 << 30);
    edi_buf_init(&out, &allocator, MOST);
    status = edi_format(&arena, EDI_STR("x"), (edi_str){text, length}, &out, NULL);
    CHECK(status == EDICT_OK || status == EDICT_MEMORY);
    edi_buf_fini(&out);
    edi_arena_fini(&arena);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
  }
  CHECK_INT(status, EDICT_OK);
  CHECK(n > 3);
  free(text);
}

TEST(wrong_arguments) {
  edict_diagnostics *findings = edict_diagnostics_create();
  char *out;
  size_t size;
  CHECK_INT(edict_rules_format(NULL, "", 0, &out, &size, findings), EDICT_ARGUMENT);
  CHECK_INT(edict_rules_format("x", NULL, 1, &out, &size, findings), EDICT_ARGUMENT);
  CHECK_INT(edict_rules_format("x", "", 0, &out, &size, NULL), EDICT_ARGUMENT);
  CHECK(out == NULL && size == 0);
  edict_diagnostics_destroy(&findings);
}

HARNESS_MAIN
