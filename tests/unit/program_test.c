/* Programs as a whole: builder, layout, memory, the listing, and time. */
#include "harness.h"

#include <time.h>

#include "bundle/limits.h"
#include "bundle/opcode.h"
#include "bundle/order.h"
#include "support/golden.h"
#include "support/sample_program.h"
#include "support/short_memory.h"

static edi_arena arena;
static edict_diagnostics *findings;

static void begin(void) {
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  findings = edict_diagnostics_create();
}
static void end(void) {
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}

/* The code reported for these bytes, or "" if they hold. */
static const char *verify(const void *bytes, size_t length) {
  static char code[8];
  edi_program program;
  edict_diagnostics_clear(findings);
  edict_status status = edi_program_verify(bytes, length, &arena, &program, findings);
  CHECK((status == EDICT_OK) == (edict_diagnostics_count(findings) == 0));
  snprintf(code, sizeof code, "%s", status == EDICT_OK ? "" : edict_diagnostics_code(findings, 0));
  return code;
}
#define CHECK_CODE(got, expected)                                         \
  do {                                                                    \
    const char *code_ = (got);                                            \
    if (strcmp(code_, (expected)) != 0)                                   \
      HARNESS_FAIL("\"%s\", expected \"%s\" (%s)", code_, (expected),     \
                   *code_ ? edict_diagnostics_message(findings, 0) : ""); \
  } while (0)

/* ---- builder ---- */

TEST(equal_things_are_kept_once)
{
  begin();
  edi_builder *b = edi_builder_create(&arena);
  edi_ref one = edi_builder_string(b, EDI_STR("one")), two = edi_builder_string(b, EDI_STR("two"));
  CHECK_INT(one.off, 0);
  CHECK_INT(two.off, 3);
  CHECK_INT(edi_builder_string(b, EDI_STR("one")).off, 0);
  CHECK_INT(edi_builder_string(b, (edi_str){NULL, 0}).len, 0);
  CHECK_INT(edi_builder_count_strings(b), 6);
  edi_const five = {.type = EDI_TYPE_INT, .value = 5};
  CHECK_INT(edi_builder_const(b, five), edi_builder_const(b, five));
  CHECK_INT(edi_builder_const_text(b, EDI_TYPE_STRING, EDI_STR("one")), 1);
  CHECK_INT(edi_builder_const_text(b, EDI_TYPE_STRING, EDI_STR("one")), 1);
  uint32_t members[] = {1, 0, 1};
  edi_range list = edi_builder_list_sorted(b, members, 3);
  CHECK_INT(list.count, 2);
  CHECK_INT(*edi_builder_at_lists(b, list.first), 0);
  CHECK_INT(edi_builder_list(b, (const uint32_t[]){0, 1}, 2).first, list.first);
  CHECK(edi_builder_list(b, (const uint32_t[]){1, 0}, 2).first != list.first);
  uint32_t nodes[] = {7, 3};
  uint32_t counted = edi_builder_nodes(b, nodes, 2);
  CHECK_INT(*edi_builder_at_lists(b, counted), 2);
  CHECK_INT(*edi_builder_at_lists(b, counted + 1), 3);
  edi_instr code[] = {{EDI_OP_RETURN, 0, 0, 0, 0}};
  CHECK_INT(edi_builder_code(b, code, 1, EDI_TYPE_BOOL), 0);
  CHECK_INT(edi_builder_code(b, code, 1, EDI_TYPE_BOOL), 0);
  CHECK_INT(edi_builder_code(b, code, 1, EDI_TYPE_INT), 1);
  CHECK(edi_builder_at_codes(b, 2) == NULL);
  end();
}

TEST(the_same_calls_give_the_same_bytes)
{
  begin();
  edi_buf first, second;
  sample_bytes(sample_federal(&arena), &first);
  sample_bytes(sample_federal(&arena), &second);
  CHECK(first.len == second.len && memcmp(first.ptr, second.ptr, first.len) == 0);
  edi_buf_fini(&first);
  edi_buf_fini(&second);
  end();
}

TEST(builder_refuses)
{
  begin();
  edi_buf into;
  edi_buf_init(&into, NULL, (size_t)1 << 20);
  CHECK_INT(edi_builder_finish(edi_builder_create(&arena), &into),
            EDICT_ARGUMENT); /* no settings */
  edi_builder *twice = sample_empty(&arena);
  (void)edi_builder_add_settings(twice, edi_builder_at_settings(twice, 0), 1);
  CHECK_INT(edi_builder_finish(twice, &into), EDICT_ARGUMENT);
  edi_builder *unknown = sample_empty(&arena);
  (void)edi_builder_code(unknown, (const edi_instr[]){{EDI_OP_COUNT, 0, 0, 0, 0}}, 1,
                         EDI_TYPE_BOOL);
  CHECK_INT(edi_builder_finish(unknown, &into), EDICT_ARGUMENT);
  edi_builder *attr = sample_empty(&arena);
  (void)edi_builder_code(attr, (const edi_instr[]){{EDI_OP_ATTR, 0, 0, 0, 0}}, 1, EDI_TYPE_BOOL);
  CHECK_INT(edi_builder_finish(attr, &into), EDICT_ARGUMENT);
  edi_builder *rule = sample_empty(&arena);
  (void)edi_builder_add_rules(rule, &(edi_rule){.target = 3}, 1);
  CHECK_INT(edi_builder_finish(rule, &into), EDICT_ARGUMENT);
  edi_builder *arms = sample_empty(&arena);
  edi_rule masks = {.target = EDI_NONE, .condition = EDI_NONE, .body = EDI_NONE, .arms = {0, 1}};
  (void)edi_builder_add_rules(arms, &masks, 1);
  CHECK_INT(edi_builder_finish(arms, &into), EDICT_ARGUMENT);
  CHECK_INT(into.len, 0);
  edi_builder *good = sample_empty(&arena);
  CHECK_INT(edi_builder_finish(good, &into), EDICT_OK);
  CHECK_INT(edi_builder_finish(good, &into), EDICT_ARGUMENT); /* once */
  edi_buf_fini(&into);
  end();
}

/* ---- layout ---- */

TEST(samples_hold)
{
  edi_builder *(*const makes[])(edi_arena *) = {sample_empty, sample_federal, sample_domain};
  for (size_t i = 0; i < 3; i++) {
    edi_buf bytes;
    begin();
    sample_bytes(makes[i](&arena), &bytes);
    CHECK_CODE(verify(bytes.ptr, bytes.len), "");
    edi_buf_fini(&bytes);
    end();
  }
}

TEST(header)
{
  const struct {
    size_t at;
    unsigned char value;
  } rows[] = {
      {0, 'e'}, {7, 0},  {8, 1}, {11, 1}, {12, EDI_SECTION_COUNT - 1}, {12, EDI_SECTION_COUNT + 1},
      {16, 1},  {23, 1},
  };
  begin();
  edi_buf bytes;
  sample_bytes(sample_federal(&arena), &bytes);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char old = bytes.ptr[rows[i].at];
    bytes.ptr[rows[i].at] = (char)rows[i].value;
    CHECK_CODE(verify(bytes.ptr, bytes.len), "R0110");
    bytes.ptr[rows[i].at] = old;
  }
  CHECK_CODE(verify(bytes.ptr, bytes.len - 1), "R0110");
  CHECK_CODE(verify(bytes.ptr, 455), "R0110");
  CHECK_CODE(verify(bytes.ptr, 0), "R0110");
  edi_buf_fini(&bytes);
  end();
}

/* Every section moved, lengthened and shortened; every byte of padding set. */
TEST(sections)
{
  begin();
  edi_buf bytes;
  sample_bytes(sample_federal(&arena), &bytes);
  size_t padding = 0;
  for (unsigned s = 0; s < EDI_SECTION_COUNT; s++) {
    edi_section_entry *entry =
                          (edi_section_entry *)(void *)(bytes.ptr + sizeof(edi_program_header)) + s,
                      old = *entry;
    const edi_section_entry changes[] = {
        {old.offset + 8, old.length}, {old.offset - 8, old.length}, {0, old.length},
        {UINT64_MAX - 7, old.length}, {old.offset, old.length + 1}, {old.offset, bytes.len},
        {old.offset, UINT64_MAX},     {old.offset, old.length - 1}, {old.offset + 1, old.length},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
      *entry = changes[i];
      const char *code = verify(bytes.ptr, bytes.len);
      bool expected =
          strcmp(code, "R0111") == 0 || strcmp(code, "R0110") == 0;
      if (!expected) HARNESS_FAIL("%u, change %zu: %s", s, i, code);
    }
    *entry = old;
    for (uint64_t at = old.offset + old.length; s + 1 < EDI_SECTION_COUNT && at < entry[1].offset;
         at++, padding++) {
      bytes.ptr[at] = 1;
      CHECK_CODE(verify(bytes.ptr, bytes.len), "R0111");
      bytes.ptr[at] = 0;
    }
  }
  CHECK(padding > 8);
  edi_buf_fini(&bytes);
  end();
}

/* A program of settings alone, with none of them and with two. */
TEST(settings_are_one)
{
  for (size_t count = 0; count < 3; count++) {
    begin();
    edi_buf bytes;
    sample_bytes(sample_empty(&arena), &bytes);
    edi_settings settings;
    size_t first = sample_offset(bytes.ptr, EDI_SECTION_SETTINGS, 0, 0, 0);
    memcpy(&settings, bytes.ptr + first, sizeof settings);
    bytes.len = first;
    for (size_t i = 0; i < count; i++) edi_buf_append(&bytes, &settings, sizeof settings);
    size_t length = count * sizeof settings, next = (first + length + 7) & ~(size_t)7;
    edi_buf_zeros(&bytes, next - bytes.len);
    edi_section_entry *entries =
        (edi_section_entry *)(void *)(bytes.ptr + sizeof(edi_program_header));
    for (unsigned s = 0; s < EDI_SECTION_COUNT; s++)
      entries[s] = s == 0 ? (edi_section_entry){first, length} : (edi_section_entry){next, 0};
    edi_put64(bytes.ptr + 16, next);
    CHECK_CODE(verify(bytes.ptr, next), count == 1 ? "" : "R0133");
    edi_buf_fini(&bytes);
    end();
  }
}

TEST(alignment)
{
  begin();
  edi_buf bytes;
  edi_program program;
  sample_bytes(sample_empty(&arena), &bytes);
  char *moved = edi_arena_alloc(&arena, bytes.len + 16);
  memcpy(moved + 4, bytes.ptr, bytes.len);
  CHECK_INT(edi_program_verify(moved + 4, bytes.len, &arena, &program, NULL), EDICT_ARGUMENT);
  CHECK_INT(edi_program_verify(NULL, 0, &arena, &program, NULL), EDICT_ARGUMENT);
  edi_buf_fini(&bytes);
  end();
}

/* A byte more than a bundle may be; of the rest only the header is looked at. */
TEST(too_large)
{
  begin();
  size_t length = (size_t)EDI_LIMIT_BUNDLE_FILE + 1;
  char *bytes = calloc(1, length);
  REQUIRE(bytes != NULL);
  edi_program_header header = {
      .format = EDI_PROGRAM_FORMAT, .sections = EDI_SECTION_COUNT, .length = length};
  memcpy(header.magic, EDI_RECORDS_MAGIC, 8);
  memcpy(bytes, &header, sizeof header);
  CHECK_CODE(verify(bytes, length), "R0113");
  edi_put64(bytes + 16, length - 1);
  CHECK_CODE(verify(bytes, length - 1), "R0111");
  free(bytes);
  end();
}

/* One rule more than there may be; the records need not hold. */
TEST(too_many_rules)
{
  for (uint32_t more = 0; more < 2; more++) {
    begin();
    uint32_t count = EDI_LIMIT_RULES + more;
    size_t size = (size_t)count * sizeof(edi_rule),
           first = sizeof(edi_program_header) + EDI_SECTION_COUNT * sizeof(edi_section_entry);
    size_t length = ((first + size + 7) & ~(size_t)7);
    char *bytes = edi_arena_alloc(&arena, length);
    edi_program_header header = {
        .format = EDI_PROGRAM_FORMAT, .sections = EDI_SECTION_COUNT, .length = length};
    memcpy(header.magic, EDI_RECORDS_MAGIC, 8);
    memcpy(bytes, &header, sizeof header);
    edi_section_entry *entries = (edi_section_entry *)(void *)(bytes + sizeof header);
    for (unsigned s = 0; s < EDI_SECTION_COUNT; s++)
      entries[s] = s < EDI_SECTION_RULES    ? (edi_section_entry){first, 0}
                   : s == EDI_SECTION_RULES ? (edi_section_entry){first, size}
                                            : (edi_section_entry){length, 0};
    CHECK_CODE(verify(bytes, length), more ? "R0113" : "R0133");
    end();
  }
}

/* ---- memory ---- */

/* Each allocation of the verifier's scratch fails once; PCRE2 has its own memory. */
TEST(scratch_runs_out)
{
  edi_buf bytes;
  begin();
  sample_bytes(sample_federal(&arena), &bytes);
  size_t failures = 0;
  for (size_t n = 1; n < 100; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena scratch;
    edi_program program, zero = {0};
    edi_arena_init(&scratch, &allocator, (size_t)64 << 20);
    edict_diagnostics_clear(findings);
    edict_status status = edi_program_verify(bytes.ptr, bytes.len, &scratch, &program, findings);
    edi_arena_fini(&scratch);
    CHECK_INT(memory.live, 0);
    if (!memory.failed) {
      CHECK_INT(status, EDICT_OK);
      break;
    }
    failures++;
    CHECK_INT(status, EDICT_MEMORY);
    CHECK(strcmp(edict_diagnostics_code(findings, 0), "R0115") == 0);
    CHECK(memcmp(&program, &zero, sizeof zero) == 0);
  }
  CHECK(failures >= 2);
  edi_arena small;
  edi_program program;
  edi_arena_init(&small, NULL, 0);
  edict_status status = edi_program_verify(bytes.ptr, bytes.len, &small, &program, NULL);
  CHECK_INT(status, EDICT_LIMIT);
  edi_arena_fini(&small);
  edi_buf_fini(&bytes);
  end();
}

TEST(builder_without_memory)
{
  size_t failures = 0;
  for (size_t n = 1; n < 100; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena scratch;
    edi_arena_init(&scratch, &allocator, (size_t)64 << 20);
    edi_builder *b = edi_builder_create(&scratch);
    edict_status status = EDICT_MEMORY;
    edi_buf into;
    edi_buf_init(&into, NULL, (size_t)1 << 20);
    if (b) {
      (void)edi_builder_add_settings(b, &(edi_settings){.layer = 1, .untagged = EDI_NONE}, 1);
      for (uint32_t i = 0; i < 3000; i++) {
        char name[32];
        uint32_t nodes[] = {i, i / 2};
        snprintf(name, sizeof name, "a text with number %u", (unsigned)i);
        (void)edi_builder_const_text(b, EDI_TYPE_STRING, edi_str_from(name));
        (void)edi_builder_nodes(b, nodes, 2);
        (void)edi_builder_code(b, (const edi_instr[]){{EDI_OP_CONST, 0, 0, 0, i}, {0, 0, 0, 0, 0}},
                               2, EDI_TYPE_STRING);
      }
      status = edi_builder_finish(b, &into);
    }
    CHECK((status == EDICT_OK) == (into.len > 0));
    edi_buf_fini(&into);
    edi_arena_fini(&scratch);
    CHECK_INT(memory.live, 0);
    if (!memory.failed) {
      CHECK_INT(status, EDICT_OK);
      break;
    }
    failures++;
    CHECK_INT(status, EDICT_MEMORY);
  }
  CHECK(failures > 10);
}

/* ---- listing and names ---- */

static void check_listing(edi_builder *b, const char *golden) {
  edi_buf bytes, listing;
  edi_program program;
  sample_bytes(b, &bytes);
  edi_buf_init(&listing, NULL, (size_t)1 << 20);
  REQUIRE(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings) == EDICT_OK);
  edi_program_disassemble(&program, &listing);
  CHECK_INT(listing.failed, EDICT_OK);
  CHECK(golden_matches(golden, listing.ptr, listing.len));
  edi_buf_fini(&listing);
  edi_buf_fini(&bytes);
}

TEST(listings)
{
  begin();
  check_listing(sample_federal(&arena), "tests/golden/program/federal.txt");
  check_listing(sample_domain(&arena), "tests/golden/program/domain.txt");
  check_listing(sample_empty(&arena), "tests/golden/program/empty.txt");
  end();
}

/* What the samples have none of: a level and a bool, a node below an open one. */
TEST(listing_of_the_rest)
{
  begin();
  edi_builder *b = sample_domain(&arena);
  edi_node *node = edi_builder_at_nodes(b, 6);
  node->flags = 0;
  node->parent = 1;
  const edi_const yes = {EDI_TYPE_BOOL, 0, 1}, no = {EDI_TYPE_BOOL, 0, 0},
                  level = {EDI_TYPE_LEVEL, 0, 2}, month = {EDI_TYPE_DATE, 0, 0};
  const edi_const *const fallbacks[] = {&yes, &no, &level, &month};
  for (size_t i = 0; i < 4; i++) {
    char name[16];
    snprintf(name, sizeof name, "fact-%zu", i);
    edi_attr attr = {.name = edi_builder_string(b, edi_str_from(name)),
                     .entity = EDI_ENTITY_PRODUCT,
                     .type = fallbacks[i]->type,
                     .fallback = edi_builder_const(b, *fallbacks[i]),
                     .flags = EDI_ATTR_OPTIONAL};
    (void)edi_builder_add_attrs(b, &attr, 1);
  }
  check_listing(b, "tests/golden/program/more.txt");
  end();
}

TEST(listing_is_bounded)
{
  begin();
  edi_buf bytes, listing;
  edi_program program;
  sample_bytes(sample_federal(&arena), &bytes);
  REQUIRE(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings) == EDICT_OK);
  for (size_t most = 0; most < 3000; most += 7) {
    edi_buf_init(&listing, NULL, most);
    edi_program_disassemble(&program, &listing);
    CHECK_INT(listing.failed, EDICT_LIMIT);
    CHECK(listing.len <= most);
    edi_buf_fini(&listing);
  }
  short_memory memory;
  edi_allocator allocator = short_memory_init(&memory, 1);
  edi_buf_init(&listing, &allocator, 1 << 20);
  edi_program_disassemble(&program, &listing);
  CHECK_INT(listing.failed, EDICT_MEMORY);
  edi_program_disassemble(&program, &listing); /* a buffer that failed stays as it is */
  CHECK_INT(listing.failed, EDICT_MEMORY);
  edi_buf_fini(&listing);
  edi_buf_fini(&bytes);
  end();
}

TEST(names)
{
  CHECK(strcmp(edi_op_name(EDI_OP_RETURN), "RETURN") == 0);
  CHECK(strcmp(edi_op_name((edi_op)EDI_OP_COUNT), "?") == 0);
  CHECK(strcmp(edi_effect_name(EDI_EFFECT_SHOW_ROWS), "show only rows") == 0);
  CHECK(strcmp(edi_effect_name((edi_effect)99), "?") == 0);
  CHECK(strcmp(edi_transform_name(EDI_TRANSFORM_NULL), "null") == 0);
  CHECK(strcmp(edi_transform_name((edi_transform_id)0), "?") == 0);
  CHECK(strcmp(edi_type_base_name(EDI_TYPE_DURATION), "duration") == 0);
  CHECK(strcmp(edi_type_base_name(0), "?") == 0);
  CHECK(strcmp(edi_type_base_name(200), "?") == 0);
}

/* ---- order ---- */

static int compare_high_half(const void *context, const void *a, const void *b) {
  uint32_t left, right;
  (void)context;
  memcpy(&left, a, sizeof left);
  memcpy(&right, b, sizeof right);
  return (left >> 16) < (right >> 16) ? -1 : (left >> 16) > (right >> 16);
}

TEST(order_is_stable)
{
  for (uint32_t count = 0; count < 300; count++) {
    uint32_t items[300], spare[300], state = count + 1;
    for (uint32_t i = 0; i < count; i++) {
      state = state * 1664525u + 1013904223u;
      items[i] = (state >> 28) << 16 | i; /* few keys; the low half is where it stood */
    }
    edi_order_sort(items, spare, count, sizeof *items, compare_high_half, NULL);
    for (uint32_t i = 1; i < count; i++) CHECK(items[i - 1] < items[i]);
  }
}

TEST(distinct_numbers)
{
  for (uint32_t count = 0; count < 200; count++) {
    uint32_t items[200], state = count + 7;
    bool there[64] = {false};
    uint32_t expected = 0;
    for (uint32_t i = 0; i < count; i++) {
      state = state * 1664525u + 1013904223u;
      items[i] = state >> 26;
      expected += !there[items[i]];
      there[items[i]] = true;
    }
    CHECK_INT(edi_order_distinct(items, count), expected);
    for (uint32_t i = 1; i < expected; i++) CHECK(items[i - 1] < items[i]);
  }
}

/* ---- time ---- */

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Ten times the rules take about ten times as long: a bound that a square would break. */
TEST(verifying_is_linear)
{
  double took[2];
  for (size_t i = 0; i < 2; i++) {
    begin();
    edi_buf bytes;
    edi_program program;
    sample_bytes(sample_many_rules(&arena, i == 0 ? 5000 : 50000), &bytes);
    double start = seconds();
    CHECK_INT(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings), EDICT_OK);
    took[i] = seconds() - start;
    edi_buf_fini(&bytes);
    end();
  }
  if (took[1] > 0.05 && took[1] > 40 * took[0])
    HARNESS_FAIL("5,000 rules %.4f s, 50,000 rules %.4f s", took[0], took[1]);
}

HARNESS_MAIN
