/* A program with any one byte, or any few words, changed is refused, or safe to read to the end.
 *
 * Each changed copy lies in a block of exactly its size, so that a sanitizer sees a step
 * outside. */
#include "harness.h"

#include "base/parallel.h"
#include "bundle/packing.h"
#include "support/program_walk.h"
#include "support/sample_program.h"

/* Under a sanitizer each try takes ten times as long. */
#ifdef EDICT_SANITIZED
enum { VALUES_TRIED = 3, ROUNDS = 8000 };
#else
enum { VALUES_TRIED = 5, ROUNDS = 30000 };
#endif

typedef struct tally {
  bool packed;
  size_t held, refused;
} tally;

static size_t tries;

/* With one thread after it was done with several, as large programs are: the same is found. */
static void try_alone(const char *bytes, size_t length, bool packed, edict_status status, const edict_diagnostics *told) {
  edi_arena arena;
  edi_program program;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)16 << 20);
  edi_parallel_fix(1, false);
  CHECK_INT(packed ? edi_program_read(bytes, length, &arena, &arena, &program, findings)
                   : edi_program_verify(bytes, length, &arena, &program, findings), status);
  edi_parallel_fix(0, false);
  CHECK_INT(edict_diagnostics_count(findings), edict_diagnostics_count(told));
  if (status != EDICT_OK && strcmp(edict_diagnostics_message(findings, 0), edict_diagnostics_message(told, 0)) != 0)
    HARNESS_FAIL("\"%s\", with several threads \"%s\"", edict_diagnostics_message(findings, 0), edict_diagnostics_message(told, 0));
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}

/* Verifies the bytes, packed or not; walks and lists what holds. */
static void try_bytes(const char *bytes, size_t length, tally *t) {
  edi_arena arena, records;
  edi_program program, zero = {0};
  edi_arena_init(&arena, NULL, (size_t)8 << 20);
  edi_arena_init(&records, NULL, (size_t)8 << 20);
  char *copy = malloc(length);
  memcpy(copy, bytes, length);
  bool eager = tries++ % 64 == 0;
  edict_diagnostics *findings = eager ? edict_diagnostics_create() : NULL;
  edi_parallel_fix(eager ? 2 : 0, eager);
  edict_status status = t->packed ? edi_program_read(copy, length, &records, &arena, &program, findings)
                                  : edi_program_verify(copy, length, &arena, &program, findings);
  if (eager) try_alone(copy, length, t->packed, status, findings);
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
  if (status == EDICT_OK) {
    edi_buf listing;
    edi_buf_init(&listing, NULL, (size_t)1 << 22);
    (void)program_walk(&program);
    edi_program_disassemble(&program, &listing);
    edi_buf_fini(&listing);
    t->held++;
  } else {
    CHECK_INT(status, EDICT_FORMAT);
    CHECK(memcmp(&program, &zero, sizeof zero) == 0);
    t->refused++;
  }
  edi_arena_fini(&records);
  free(copy);
}

static void each_byte(edi_builder *(*make)(edi_arena *), bool packed) {
  edi_arena arena;
  edi_buf bytes;
  tally t = {packed, 0, 0};
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  sample_bytes(make(&arena), &bytes);
  if (packed) sample_pack(&bytes);
  for (size_t at = 0; at < bytes.len; at++) {
    unsigned char old = (unsigned char)bytes.ptr[at];
    const unsigned char values[] = {old ^ 1, 0xFF, old + 1, 0, old ^ 0x80};
    for (size_t i = 0; i < (packed ? 2 : VALUES_TRIED); i++) {
      if (values[i] == old) continue;
      bytes.ptr[at] = (char)values[i];
      try_bytes(bytes.ptr, bytes.len, &t);
    }
    bytes.ptr[at] = (char)old;
  }
  CHECK(t.refused > bytes.len);
  CHECK(t.held > 50); /* texts and numbers have neighbours that are as good */
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
}

TEST(each_byte_of_the_federal_sample)
{ each_byte(sample_federal, false); }
TEST(each_byte_of_the_domain_sample)
{ each_byte(sample_domain, false); }
TEST(each_byte_of_the_packed_federal_sample)
{ each_byte(sample_federal, true); }
TEST(each_byte_of_the_packed_domain_sample)
{ each_byte(sample_domain, true); }

static uint32_t next(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (uint32_t)(*state >> 16);
}

/* Words set to what is near a count, an index, a flag or "none"; several at once. */
TEST(words)
{
  static const uint32_t values[] = {
      0,  1,  2,     3,     7,          8,          16,           24,
      25, 26, 0x100, 0x101, 0x7FFFFFFF, 0x80000000, EDI_NONE - 1, EDI_NONE};
  edi_arena arena;
  edi_buf bytes;
  tally t = {false, 0, 0};
  uint64_t state = 88172645463325252u;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  sample_bytes(sample_federal(&arena), &bytes);
  char *copy = edi_arena_alloc(&arena, bytes.len);
  size_t first = sample_offset(bytes.ptr, EDI_SECTION_SETTINGS, 0, 0, 0);
  size_t words = (sample_offset(bytes.ptr, EDI_SECTION_STRINGS, 0, 0, 0) - first) / 4;
  for (size_t round = 0; round < ROUNDS; round++) {
    memcpy(copy, bytes.ptr, bytes.len);
    for (uint32_t i = next(&state) % 3 + 1; i > 0; i--) {
      char *word = copy + first + 4 * (next(&state) % words);
      uint32_t choice = next(&state) % 20,
               value = choice < 16 ? values[choice] : edi_get32(word) + choice - 18;
      edi_put32(word, value);
    }
    try_bytes(copy, bytes.len, &t);
  }
  CHECK(t.refused > ROUNDS / 3);
  CHECK(t.held > 20);
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
}

/* Any beginning of a program is refused. */
static void each_beginning(bool packed) {
  edi_arena arena;
  edi_buf bytes;
  tally t = {packed, 0, 0};
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  sample_bytes(sample_federal(&arena), &bytes);
  if (packed) sample_pack(&bytes);
  for (size_t length = 1; length < bytes.len; length++) {
    try_bytes(bytes.ptr, length, &t);
    if (length < 24) continue;
    edi_put64(bytes.ptr + 16, length); /* the header says so too */
    try_bytes(bytes.ptr, length, &t);
    edi_put64(bytes.ptr + 16, bytes.len);
  }
  CHECK_INT(t.held, 0);
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
}

TEST(truncated)
{
  each_beginning(false);
  each_beginning(true);
}

HARNESS_MAIN
