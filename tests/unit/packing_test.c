/* Packing: what is packed and unpacked again is the same, whatever stands in the records.
 *
 * The records here need not hold: packing knows nothing of what they mean. */
#include "bundle/packing.h"

#include "bundle/limits.h"
#include "harness.h"
#include "support/random_rules.h"
#include "support/sample_program.h"
#include "support/short_memory.h"

static edi_arena arena;

/* Words of one kind: a block may hold one number, steps, numbers of each width, none among them. */
static void fill(random_source *r, uint32_t *words, size_t count) {
  uint64_t how = random_below(r, 8);
  uint32_t number = (uint32_t)random_below(r, 1000);
  for (size_t i = 0; i < count; i++) {
    switch (how) {
      case 0: words[i] = number; break;
      case 1: words[i] = number += (uint32_t)random_below(r, 3); break;
      case 2: words[i] = random_below(r, 9) ? (uint32_t)random_below(r, 200) : EDI_NONE; break;
      case 3: words[i] = (uint32_t)random_below(r, UINT64_C(1) << 32); break;
      case 4: words[i] = (uint32_t)random_below(r, UINT64_C(1) << (8 * random_below(r, 5))); break;
      case 5: words[i] = number -= (uint32_t)random_below(r, 70000); break;
      case 6: words[i] = i % 2 ? INT32_MAX : (uint32_t)INT32_MIN; break;
      default: words[i] = 0; break;
    }
  }
}

/* Columns of a kind of their own each. */
static void *records(random_source *r, uint32_t count, size_t size) {
  uint32_t *made = edi_arena_array(&arena, count, size), *column = edi_arena_array(&arena, count, 4);
  for (size_t c = 0; c < size / 4; c++) {
    fill(r, column, count);
    for (uint32_t i = 0; i < count; i++) made[i * (size / 4) + c] = column[i];
  }
  return made;
}

/* Codes in a row, of a few lengths and few different instructions, so that shapes are shared. */
static void codes(random_source *r, edi_program *p) {
  uint32_t count = p->codes_count, total = 0;
  edi_routine *made = edi_arena_array(&arena, count, sizeof *made);
  edi_instr *instrs = edi_arena_array(&arena, (size_t)count * 5, sizeof *instrs);
  for (uint32_t c = 0; c < count; c++) {
    made[c] = (edi_routine){{total, (uint32_t)random_below(r, 5)}, (edi_type)random_below(r, 2), 2, 3, 4};
    for (uint32_t i = 0; i < made[c].instrs.count; i++) {
      bool constant = random_below(r, 2);
      instrs[total++] = (edi_instr){constant ? EDI_OP_CONST : (uint8_t)random_below(r, 256), (uint8_t)i, 0, 255,
                                    constant ? (uint32_t)random_below(r, 100000) : i};
    }
  }
  p->codes = made;
  p->instrs = instrs;
  p->instrs_count = total;
}

static bool equal(const void *a, const void *b, size_t size) { return size == 0 || memcmp(a, b, size) == 0; }

/* Section by section, through the table at the records' start. */
static const char *difference(const edi_program *p, edi_str records_of) {
  edi_section_entry e[EDI_SECTION_COUNT];
  memcpy(e, records_of.ptr + sizeof(edi_program_header), sizeof e);
#define SECTION(NAME, type, member)                                              \
  if (e[EDI_SECTION_##NAME].length != p->member##_count * (uint64_t)sizeof(type) || \
      !equal(records_of.ptr + e[EDI_SECTION_##NAME].offset, p->member, e[EDI_SECTION_##NAME].length)) \
    return #NAME;
  EDI_SECTIONS(SECTION)
#undef SECTION
  return NULL;
}

static uint32_t some(random_source *r) {
  static const uint32_t counts[] = {0, 1, 2, 127, 128, 129, 255, 256, 257, 1000};
  return counts[random_below(r, sizeof counts / sizeof *counts)];
}

TEST(any_records_come_back)
{
  random_source r = {20261129};
  for (unsigned round = 0; round < 300; round++) {
    edi_program p = {0};
    edi_buf packed;
    edi_str unpacked;
    edi_arena_init(&arena, NULL, (size_t)1 << 28);
    edi_buf_init(&packed, NULL, (size_t)1 << 28);
#define SECTION(NAME, type, member)  \
  p.member##_count = some(&r);       \
  p.member = records(&r, p.member##_count, sizeof(type) < 4 ? 4 : sizeof(type));
    EDI_SECTIONS(SECTION)
#undef SECTION
    codes(&r, &p);
    REQUIRE(edi_program_pack(&p, &arena, &packed) == EDICT_OK);
    CHECK_INT(edi_program_unpack(packed.ptr, packed.len, &arena, &arena, &unpacked, NULL), EDICT_OK);
    const char *where = unpacked.ptr ? difference(&p, unpacked) : "nothing";
    if (where) HARNESS_FAIL("round %u: %s", round, where);
    edi_buf_fini(&packed);
    edi_arena_fini(&arena);
  }
}

/* Rules that differ in a word have a few bytes each beside their texts. */
TEST(like_rules_take_little)
{
  edi_buf bytes;
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  sample_bytes(sample_many_rules(&arena, 10000), &bytes);
  edi_section_entry strings;
  memcpy(&strings, bytes.ptr + sizeof(edi_program_header) + EDI_SECTION_STRINGS * sizeof strings, sizeof strings);
  sample_pack(&bytes);
  CHECK(bytes.len - strings.length < 10000 * 32);
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
}

TEST(what_cannot_be_packed)
{
  const edi_routine apart[] = {{{1, 1}, EDI_TYPE_BOOL, 1, 1, 0}, {{0, 1}, EDI_TYPE_BOOL, 1, 1, 0}};
  const edi_routine less[] = {{{0, 1}, EDI_TYPE_BOOL, 1, 1, 0}}, more[] = {{{0, 3}, EDI_TYPE_BOOL, 1, 1, 0}};
  const edi_instr instrs[] = {{EDI_OP_RETURN, 0, 0, 0, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}};
  const struct { const edi_routine *codes; uint32_t count; } rows[] = {{apart, 2}, {less, 1}, {more, 1}};
  edi_arena_init(&arena, NULL, (size_t)1 << 20);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    edi_buf packed;
    edi_program p = {.codes = rows[i].codes, .codes_count = rows[i].count, .instrs = instrs, .instrs_count = 2};
    edi_buf_init(&packed, NULL, (size_t)1 << 20);
    CHECK_INT(edi_program_pack(&p, &arena, &packed), EDICT_ARGUMENT);
    edi_buf_fini(&packed);
  }
  edi_arena_fini(&arena);
}

/* Each allocation fails once. */
TEST(memory_runs_out)
{
  edi_buf bytes;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  sample_bytes(sample_federal(&arena), &bytes);
  sample_pack(&bytes);
  size_t failures = 0;
  for (size_t n = 1; n < 100; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena scratch;
    edi_program program, zero = {0};
    edi_arena_init(&scratch, &allocator, (size_t)64 << 20);
    edict_diagnostics_clear(findings);
    edict_status status = edi_program_read(bytes.ptr, bytes.len, &scratch, &scratch, &program, findings);
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
  CHECK(failures >= 1);
  edi_program program;
  edict_diagnostics_clear(findings);
  CHECK_INT(edi_program_read(NULL, 0, &arena, &arena, &program, findings), EDICT_ARGUMENT);
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&findings);
}

HARNESS_MAIN
