/* Loading by several threads: a program large enough for it comes out, and is refused, as by one. */
#include "harness.h"

#include "base/parallel.h"
#include "bundle/packing.h"
#include "enforce/host.h"
#include "support/hospital.h"

enum { UNITS = 130 }; /* 4,295 rules: more than are worth a second thread */

static hospital h;
static edi_arena arena;

static void begin(void) {
  if (!h.rules) hospital_build(&h, UNITS);
  edi_arena_init(&arena, NULL, (size_t)4 << 30);
}
static void end(void) {
  edi_parallel_fix(0, false);
  edi_arena_fini(&arena);
}

/* Two threads even where one processor is. */
static void threads(bool several) { edi_parallel_fix(several ? 2 : 1, false); }

static edict_engine *load(bool several) {
  edict_bytes bytes[] = {{h.bundles[0].ptr, h.bundles[0].len}, {h.bundles[1].ptr, h.bundles[1].len}};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1};
  edict_engine *engine = NULL;
  threads(several);
  CHECK_INT(edict_engine_create(&options, bytes, 2, &engine, NULL), EDICT_OK);
  return engine;
}

static bool same_fused(const edi_fused *a, const edi_fused *b) {
  if (!a || !b) return a == b;
  for (size_t i = 0;; i++) {
    if (memcmp(&a[i], &b[i], sizeof *a) != 0) return false;
    if (a[i].op == EDI_OP_RETURN) return true;
  }
}

TEST(the_engine_is_the_same)
{
  begin();
  edict_engine *one = load(false), *two = load(true);
  REQUIRE(one && two);
  const edi_program *a = &one->linked[0].program, *b = &two->linked[0].program;
  CHECK_INT(a->rules_count, 33 * UNITS + 5);
#define SECTION(NAME, type, member)                \
  REQUIRE(a->member##_count == b->member##_count); \
  CHECK(a->member##_count == 0 || memcmp(a->member, b->member, a->member##_count * sizeof(type)) == 0);
  EDI_SECTIONS(SECTION)
#undef SECTION
  CHECK(memcmp(a->likes, b->likes, a->codes_count * sizeof *a->likes) == 0);
  size_t fused = 0;
  for (uint32_t c = 0; c < a->codes_count; c++) {
    CHECK(same_fused(one->linked[0].fused[c], two->linked[0].fused[c]));
    fused += one->linked[0].fused[c] != NULL;
  }
  CHECK(fused > 4096);
  edict_engine_destroy(&one);
  edict_engine_destroy(&two);
  end();
}

/* What is done at once comes to its end so: that it would be done again in order is for what does not hold. */
TEST(nothing_that_holds_is_done_again)
{
  enum { TIMES = 3 }; /* the parts of the program; its digest beside the codes; the rules beside the index */
  begin();
  for (int several = 0; several < 2; several++) {
    edi_bundle bundle;
    edi_program program;
    edi_parallel_fix(several ? 2 : 1, true);
    REQUIRE(edi_bundle_load(&arena, h.bundles[0].ptr, h.bundles[0].len, &bundle, NULL) == EDICT_OK);
    edi_parallel_counts before = edi_parallel_counted(), after;
    CHECK_INT(edi_bundle_program(&bundle, &arena, &arena, &program, NULL), EDICT_OK);
    after = edi_parallel_counted();
    CHECK_INT(after.started - before.started, several ? TIMES : 0);
    CHECK_INT(after.again - before.again, 0);
    /* and of what does not hold it is counted: of the parts, and of the whole */
    char *bytes = edi_arena_copy(&arena, bundle.program.ptr, bundle.program.len);
    REQUIRE(bytes);
    edi_packed_header header;
    memcpy(&header, bytes, sizeof header);
    header.counts[EDI_SECTION_STRINGS]--;
    memcpy(bytes, &header, sizeof header);
    bundle.program.ptr = bytes;
    for (size_t i = 0; i < bundle.manifest.file_count; i++)
      if (edi_str_equal(bundle.manifest.files[i].name, EDI_STR("program"))) edi_digest(bytes, bundle.program.len, bundle.manifest.files[i].digest);
    CHECK(edi_bundle_program(&bundle, &arena, &arena, &program, NULL) != EDICT_OK);
    CHECK_INT(edi_parallel_counted().again - after.again, several ? 2 : 0);
  }
  end();
}

/* ---- programs that do not hold ---- */

/* The message, "" if it holds. */
static const char *refusal(const edi_str *records, bool several) {
  static char said[2][512];
  edi_program program;
  edi_arena scratch;
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena_init(&scratch, NULL, (size_t)1 << 30);
  threads(several);
  edict_status status = edi_program_verify(records->ptr, records->len, &scratch, &program, d);
  snprintf(said[several], sizeof *said, "%s", status == EDICT_OK ? "" : edict_diagnostics_message(d, 0));
  CHECK_INT(edict_diagnostics_count(d), status != EDICT_OK);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&scratch);
  return said[several];
}

typedef struct change { const char *part; unsigned section; uint32_t record; size_t field; uint32_t value; } change;
#define RULE(number, field, value) EDI_SECTION_RULES, number, offsetof(edi_rule, field), value
#define BRANCH(number, field, value) EDI_SECTION_BRANCHES, number, offsetof(edi_branch, field), value

/* Part of what is said, and what is changed. */
static const change changes[][2] = {
    {{"effect", RULE(4000, effect, 99)}},
    {{"condition", RULE(4000, condition, EDI_NONE - 1)}},
    {{"target", RULE(17, target, 1u << 30)}},
    {{"actions", RULE(4000, actions.first, EDI_NONE - 1)}},
    {{"actions", RULE(4000, actions.count, 1u << 31)}},
    {{"RULES record 4294", RULE(4294, name.len, EDI_NONE)}},
    {{"thing", RULE(1, thing, 77)}},
    {{"BRANCHES record 9, `end`", BRANCH(9, end, 1)}},
    {{"BRANCHES record 9, `rules`", BRANCH(9, rules.first, EDI_NONE - 1)}},
    {{"may apply without", BRANCH(9, key, 5)}},
    {{"no rule stands in it or below", BRANCH(9, rules.count, 0)}},
    {{"effect", BRANCH(9, end, 1)}, {"", RULE(4294, effect, 99)}}, /* the rules are told of first */
    {{"condition", BRANCH(9, key, 5)}, {"", RULE(0, condition, EDI_NONE - 1)}},
};

static void apply(const edi_str *records, const change *c, uint32_t *before) {
  edi_section_entry entry;
  memcpy(&entry, records->ptr + sizeof(edi_program_header) + c->section * sizeof entry, sizeof entry);
  size_t size = c->section == EDI_SECTION_RULES ? sizeof(edi_rule) : sizeof(edi_branch);
  char *field = (char *)records->ptr + entry.offset + c->record * size + c->field;
  uint32_t value = c->value;
  *before = edi_get32(field);
  edi_put32(field, value);
}

TEST(the_same_is_said_of_what_does_not_hold)
{
  begin();
  edi_bundle bundle;
  edi_str records;
  REQUIRE(edi_bundle_open(&arena, h.bundles[0].ptr, h.bundles[0].len, &bundle, NULL) == EDICT_OK);
  REQUIRE(edi_program_unpack(bundle.program.ptr, bundle.program.len, &arena, &arena, &records, NULL) == EDICT_OK);
  CHECK_TEXT(refusal(&records, true), 0, "");
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    uint32_t before[2];
    bool second = changes[i][1].part != NULL;
    apply(&records, &changes[i][0], &before[0]);
    if (second) apply(&records, &changes[i][1], &before[1]);
    const char *one = refusal(&records, false), *two = refusal(&records, true);
    if (strcmp(one, two) != 0) HARNESS_FAIL("change %zu: \"%s\", by two threads \"%s\"", i, one, two);
    if (*one == 0 || !strstr(one, changes[i][0].part)) HARNESS_FAIL("change %zu: \"%s\" says nothing of %s", i, one, changes[i][0].part);
    change back = changes[i][0];
    uint32_t unused;
    back.value = before[0];
    apply(&records, &back, &unused);
    if (!second) continue;
    back = changes[i][1];
    back.value = before[1];
    apply(&records, &back, &unused);
  }
  CHECK_TEXT(refusal(&records, true), 0, "");
  end();
}

/* Where the index or a rule is changed at random, whichever thread it falls to. */
TEST(the_same_is_said_of_random_changes)
{
  enum { TRIES = 120 };
  begin();
  edi_bundle bundle;
  edi_str records;
  random_source r = {4};
  size_t refused = 0;
  REQUIRE(edi_bundle_open(&arena, h.bundles[0].ptr, h.bundles[0].len, &bundle, NULL) == EDICT_OK);
  REQUIRE(edi_program_unpack(bundle.program.ptr, bundle.program.len, &arena, &arena, &records, NULL) == EDICT_OK);
  for (size_t i = 0; i < TRIES; i++) {
    static const unsigned sections[] = {EDI_SECTION_BRANCHES, EDI_SECTION_BRANCHES, EDI_SECTION_RULES, EDI_SECTION_LISTS};
    static const uint32_t far[] = {0, 1, EDI_NONE, EDI_NONE - 1, 1u << 31};
    edi_section_entry entry;
    memcpy(&entry, records.ptr + sizeof(edi_program_header) + sections[i % 4] * sizeof entry, sizeof entry);
    uint32_t word = (uint32_t)random_below(&r, (uint32_t)(entry.length / 4));
    char *field = (char *)records.ptr + entry.offset + (size_t)word * 4;
    uint32_t before = edi_get32(field);
    edi_put32(field, random_below(&r, 2) ? before + 1 + (uint32_t)random_below(&r, 3) : far[random_below(&r, 5)]);
    const char *one = refusal(&records, false), *two = refusal(&records, true);
    if (strcmp(one, two) != 0) HARNESS_FAIL("section %u, word %u: \"%s\", by two threads \"%s\"", sections[i % 4], (unsigned)word, one, two);
    refused += *one != 0;
    edi_put32(field, before);
  }
  CHECK(refused > TRIES / 2);
  CHECK_TEXT(refusal(&records, true), 0, "");
  end();
}

/* ---- bundles ---- */

static const char *load_refusal(const edi_buf *bytes, bool several) {
  static char said[2][512];
  edict_bytes one = {bytes->ptr, bytes->len};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1};
  edict_engine *engine;
  edict_diagnostics *d = edict_diagnostics_create();
  threads(several);
  edict_status status = edict_engine_create(&options, &one, 1, &engine, d);
  snprintf(said[several], sizeof *said, "%s %s", status == EDICT_OK ? "" : edict_diagnostics_code(d, 0),
           status == EDICT_OK ? "" : edict_diagnostics_message(d, 0));
  CHECK_INT(edict_diagnostics_count(d), status != EDICT_OK);
  edict_engine_destroy(&engine);
  edict_diagnostics_destroy(&d);
  return said[several];
}

/* The bundle with this program, and a manifest that says so. */
static void with_program(const edi_bundle *b, edi_str program, edi_buf *into) {
  edi_bundle_file *files = EDI_NEW_ARRAY(&arena, edi_bundle_file, b->manifest.file_count);
  edi_manifest manifest = b->manifest;
  REQUIRE(files != NULL);
  for (size_t i = 0; i < b->manifest.file_count; i++) {
    files[i] = b->files[i];
    if (edi_str_equal(files[i].name, EDI_STR("program"))) files[i].bytes = program;
  }
  edi_buf_init(into, NULL, (size_t)1 << 28);
  CHECK_INT(edi_bundle_write(&arena, &manifest, files, b->manifest.file_count, into, NULL), EDICT_OK);
}

/* A program that was changed after it was signed is refused for that, whatever reading it would say; one that was signed so
 * for what is wrong with it. */
TEST(a_changed_program)
{
  enum { TRIES = 24 };
  begin();
  edi_bundle b;
  size_t read = 0;
  REQUIRE(edi_bundle_open(&arena, h.bundles[0].ptr, h.bundles[0].len, &b, NULL) == EDICT_OK);
  CHECK_TEXT(load_refusal(&h.bundles[0], true), 1, " ");
  for (size_t i = 0; i < TRIES; i++) {
    char *byte = h.bundles[0].ptr + (b.program.ptr - h.bundles[0].ptr) + i * (b.program.len / TRIES);
    edi_buf own;
    *byte ^= 0x41;
    const char *said = load_refusal(&h.bundles[0], true);
    if (strncmp(said, "R0104 ", 6) != 0) HARNESS_FAIL("byte %zu: %s", i, said);
    CHECK_TEXT(load_refusal(&h.bundles[0], false), strlen(said), said);
    with_program(&b, b.program, &own);
    *byte ^= 0x41;
    said = load_refusal(&own, true);
    if (strncmp(said, "R0104 ", 6) == 0) HARNESS_FAIL("byte %zu: %s", i, said);
    CHECK_TEXT(load_refusal(&own, false), strlen(said), said);
    read += strcmp(said, " ") != 0;
    edi_buf_fini(&own);
  }
  CHECK(read > TRIES / 2);
  end();
}

/* What is said of the bundle's program where memory ends after so many bytes. */
static const char *short_refusal(const edi_bundle *b, size_t ceiling, bool apart, bool several) {
  static char said[2][512];
  edi_arena records, rest;
  edi_program program;
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena_init(&records, NULL, ceiling);
  edi_arena_init(&rest, NULL, ceiling);
  threads(several);
  edict_status status = edi_bundle_program(b, &records, apart ? &rest : &records, &program, d);
  CHECK_INT(edict_diagnostics_count(d), status != EDICT_OK);
  CHECK(records.reserved <= records.ceiling && rest.reserved <= rest.ceiling && (status == EDICT_OK || !program.rules));
  snprintf(said[several], sizeof *said, "%s %s", status == EDICT_OK ? "" : edict_diagnostics_code(d, 0),
           status == EDICT_OK ? "" : edict_diagnostics_message(d, 0));
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&records);
  edi_arena_fini(&rest);
  return said[several];
}

/* With however little memory two threads say what one says, unless they need less. */
TEST(memory_that_ends)
{
  enum { CHANGES = 4 };
  begin();
  edi_bundle whole, b;
  size_t named = 0, ended = 0;
  REQUIRE(edi_bundle_open(&arena, h.bundles[0].ptr, h.bundles[0].len, &whole, NULL) == EDICT_OK);
  for (size_t i = 0; i <= CHANGES; i++) {
    char *byte = h.bundles[0].ptr + (whole.program.ptr - h.bundles[0].ptr) + whole.program.len * i / (CHANGES + 1) + 300;
    edi_buf own;
    if (i) *byte ^= 0x41;
    with_program(&whole, whole.program, &own);
    if (i) *byte ^= 0x41;
    REQUIRE(edi_bundle_load(&arena, own.ptr, own.len, &b, NULL) == EDICT_OK);
    for (size_t ceiling = 1 << 16; ceiling < (size_t)6 << 20; ceiling += 250007) {
      bool apart = ceiling / 250007 % 2;
      const char *one = short_refusal(&b, ceiling, apart, false), *two = short_refusal(&b, ceiling, apart, true);
      bool memory = strncmp(one, "R0115 ", 6) == 0;
      if (strcmp(one, two) != 0 && !(memory && strcmp(two, " ") == 0))
        HARNESS_FAIL("change %zu, %zu bytes: \"%s\", by two threads \"%s\"", i, ceiling, one, two);
      named += !memory && strcmp(one, " ") != 0;
      ended += memory;
    }
    edi_buf_fini(&own);
  }
  CHECK(named > 10 && ended > 10);
  hospital_fini(&h);
  end();
}

HARNESS_MAIN
