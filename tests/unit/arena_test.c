/* Arena: alignment, zeroing, ceilings, growing, and memory that runs out at every call. */
#include "harness.h"

#include <sys/mman.h>

#include "base/arena.h"
#include "support/short_memory.h"

#ifdef EDICT_SANITIZED
enum { KEEPS_FREED = true, FENCE = 16 };
#else
enum { KEEPS_FREED = false, FENCE = 0 };
#endif
enum { BLOCK = 64 * 1024, HEADER = 32 + FENCE }; /* what a block with one piece takes beside it */

static bool is_zero(const void *p, size_t n) {
  const unsigned char *b = p;
  for (size_t i = 0; i < n; i++)
    if (b[i] != 0) return false;
  return true;
}

TEST(pieces_are_aligned_zeroed_and_apart)
{
  short_memory memory;
  edi_allocator allocator = short_memory_init(&memory, 0);
  edi_arena arena;
  edi_arena_init(&arena, &allocator, 64 * 1024 * 1024);
  unsigned char *pieces[600];
  for (size_t i = 0; i < 600; i++) {
    pieces[i] = edi_arena_alloc(&arena, i * 7);
    REQUIRE(pieces[i] != NULL);
    CHECK((uintptr_t)pieces[i] % 16 == 0);
    CHECK(is_zero(pieces[i], i * 7));
    memset(pieces[i], (int)(i & 0xFF), i * 7);
  }
  for (size_t i = 0; i < 600; i++)
    for (size_t k = 0; k < i * 7; k++)
      if (pieces[i][k] != (i & 0xFF)) {
        HARNESS_FAIL("piece %zu was overwritten at %zu", i, k);
        break;
      }
  CHECK_INT(memory.live, arena.reserved);
  edi_arena_fini(&arena);
  CHECK_INT(memory.live, 0);
  CHECK_INT(memory.wrong, 0);
  CHECK_INT(arena.reserved, 0);
  CHECK(edi_arena_alloc(&arena, 10) != NULL); /* fini leaves an empty arena */
  edi_arena_fini(&arena);
  CHECK_INT(memory.live, 0);
}

TEST(a_size_of_zero_gives_pieces_of_their_own)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, BLOCK);
  void *a = edi_arena_alloc(&arena, 0), *b = edi_arena_array(&arena, 0, 100);
  CHECK(a != NULL && b != NULL && a != b);
  edi_arena_fini(&arena);
}

TEST(the_ceiling_holds_at_it_and_one_past)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, BLOCK);
  CHECK(edi_arena_alloc(&arena, BLOCK - HEADER) != NULL);
  CHECK_INT(arena.reserved, BLOCK);
  CHECK(edi_arena_alloc(&arena, 1) == NULL);
  CHECK_INT(edi_arena_status(&arena), EDICT_LIMIT);
  edi_arena_fini(&arena);
  CHECK(edi_arena_alloc(&arena, BLOCK - HEADER + 1) == NULL);
  CHECK_INT(edi_arena_status(&arena), EDICT_LIMIT);
  edi_arena_fini(&arena);

  edi_arena_init(&arena, NULL, 1); /* a ceiling below one block counts as one block */
  CHECK(edi_arena_alloc(&arena, 100) != NULL);
  edi_arena_fini(&arena);

  edi_arena_init(&arena, NULL, 3 * BLOCK + 100);
  size_t bytes = 0;
  while (edi_arena_alloc(&arena, 1024)) bytes += 1024 + FENCE;
  CHECK(arena.reserved <= arena.ceiling);
  CHECK(bytes >= 3 * (BLOCK - 1024 - HEADER));
  edi_arena_fini(&arena);
}

TEST(sizes_that_overflow_are_refused)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, SIZE_MAX);
  CHECK(edi_arena_alloc(&arena, SIZE_MAX) == NULL);
  CHECK(edi_arena_alloc(&arena, SIZE_MAX - 14) == NULL);
  CHECK(edi_arena_array(&arena, SIZE_MAX / 2 + 1, 2) == NULL);
  CHECK(edi_arena_copy(&arena, "", SIZE_MAX) == NULL);
  CHECK_INT(edi_arena_status(&arena), EDICT_LIMIT);
  CHECK(edi_arena_array(&arena, SIZE_MAX, 0) != NULL);
  edi_arena_fini(&arena);
}

TEST(large_pieces_leave_the_block_in_use)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, 64 * 1024 * 1024);
  char *a = edi_arena_alloc(&arena, 16), *large = edi_arena_alloc(&arena, BLOCK * 3);
  char *b = edi_arena_alloc(&arena, 16);
  REQUIRE(a && large && b);
  CHECK(b == a + 16 + FENCE);
  CHECK(is_zero(large, BLOCK * 3));
  edi_arena_fini(&arena);
}

TEST(copies_end_in_a_nul_that_is_not_counted)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, BLOCK);
  char *copy = edi_arena_copy(&arena, "a\0bcd", 4), *empty = edi_arena_copy(&arena, NULL, 0);
  REQUIRE(copy && empty);
  CHECK(memcmp(copy, "a\0bc\0", 5) == 0);
  CHECK(*empty == '\0');
  edi_arena_fini(&arena);
}

/* An array that becomes large is grown in its own block, or moved and given back. */
TEST(large_arrays_give_their_old_place_back)
{
  short_memory memory;
  edi_allocator allocator = short_memory_init(&memory, 0);
  edi_arena arena;
  edi_arena_init(&arena, &allocator, 64 * 1024 * 1024);
  void *a = NULL, *b = NULL;
  size_t a_capacity = 0, b_capacity = 0;
  for (uint32_t i = 0; i < 300000; i++) {
    REQUIRE(edi_arena_regrow(&arena, &a, &a_capacity, i, sizeof i));
    REQUIRE(edi_arena_regrow(&arena, &b, &b_capacity, i, sizeof i));
    if (i % 1000 == 0) REQUIRE(edi_arena_alloc(&arena, 100));
    CHECK_INT(((uint32_t *)a)[i], 0); /* new places are zero */
    ((uint32_t *)a)[i] = i;
    ((uint32_t *)b)[i] = ~i;
  }
  for (uint32_t i = 0; i < 300000; i++) REQUIRE(((uint32_t *)a)[i] == i && ((uint32_t *)b)[i] == ~i);
  CHECK_INT(memory.live, arena.reserved);
  CHECK(arena.reserved < 2 * (a_capacity + b_capacity) * sizeof(uint32_t)); /* what was outgrown is gone */
  edi_arena_fini(&arena);
  CHECK_INT(memory.live, 0);
  CHECK_INT(memory.wrong, 0);
}

TEST(large_arrays_meet_the_ceiling_and_stay)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, 8 * BLOCK);
  void *items = NULL;
  size_t capacity = 0, count = 0;
  while (edi_arena_regrow(&arena, &items, &capacity, count, sizeof count)) ((size_t *)items)[count] = count, count++;
  CHECK_INT(edi_arena_status(&arena), EDICT_LIMIT);
  CHECK(count >= 2 * BLOCK / sizeof count && arena.reserved <= arena.ceiling);
  for (size_t i = 0; i < count; i++) REQUIRE(((size_t *)items)[i] == i);
  edi_arena_fini(&arena);
}

/* What has a block of its own goes, wherever that hangs; what shares one stays. */
TEST(large_pieces_are_given_back)
{
  short_memory memory;
  edi_allocator allocator = short_memory_init(&memory, 0);
  edi_arena arena;
  edi_arena_init(&arena, &allocator, 64 * BLOCK);
  char *small = edi_arena_copy(&arena, "small", 5), *other = edi_arena_alloc(&arena, 6);
  char *first = edi_arena_alloc(&arena, 3 * BLOCK), *second = edi_arena_alloc(&arena, 2 * BLOCK);
  REQUIRE(small && other && first && second);
  size_t reserved = arena.reserved, used = arena.used;
  edi_arena_release(&arena, NULL, 0);
  edi_arena_release(&arena, small, 6);
  edi_arena_release(&arena, first, 2 * BLOCK); /* it was never of this size */
  CHECK(arena.reserved == reserved && arena.used == used);
  edi_arena_release(&arena, first, 3 * BLOCK);
  CHECK(arena.reserved <= reserved - 3 * BLOCK && arena.used == used - 3 * BLOCK - FENCE);
  CHECK_INT(memory.live, arena.reserved);
  memset(second, 'x', 2 * BLOCK);
  CHECK(memcmp(small, "small", 6) == 0 && edi_arena_alloc(&arena, 3 * BLOCK));
  edi_arena_release(&arena, second, 2 * BLOCK);
  CHECK_INT(memory.live, arena.reserved);
  edi_arena_fini(&arena);
  CHECK_INT(memory.live, 0);
  CHECK_INT(memory.wrong, 0);
}

TEST(what_one_arena_has_another_takes_over)
{
  short_memory memory;
  edi_allocator allocator = short_memory_init(&memory, 0);
  edi_arena a, b, empty;
  edi_arena_init(&a, &allocator, 16 * BLOCK);
  edi_arena_init(&b, &allocator, 8 * BLOCK);
  edi_arena_init(&empty, &allocator, BLOCK);
  char *mine = edi_arena_copy(&a, "mine", 4), *theirs = edi_arena_copy(&b, "theirs", 6);
  REQUIRE(mine && theirs && edi_arena_alloc(&b, 3 * BLOCK));
  size_t used = a.used + b.used, reserved = a.reserved + b.reserved;
  edi_arena_adopt(&a, &empty);
  edi_arena_adopt(&a, &b);
  edi_arena_adopt(&empty, &b); /* nothing is left there */
  CHECK(a.used == used && a.reserved == reserved && b.used == 0 && b.reserved == 0 && empty.reserved == 0);
  CHECK(memcmp(mine, "mine", 5) == 0 && memcmp(theirs, "theirs", 7) == 0);
  CHECK(edi_arena_alloc(&a, 16) == mine + 16 + FENCE); /* the block in use stays so */
  edi_arena_adopt(&b, &a);
  CHECK_INT(b.reserved, reserved);
  edi_arena_fini(&b);
  CHECK_INT(memory.live, 0);
  CHECK_INT(memory.wrong, 0);
}

/* A block that the system maps gives what was not handed out of it back, up to the last byte of what was. What is
 * written here behind a piece an address sanitizer stops. */
#ifndef EDICT_SANITIZED
TEST(the_rest_of_a_mapped_block_goes_back)
{
  enum { MAPPED = 4 << 20, PIECE = 1000 };
  edi_arena other, arena;
  unsigned char there[MAPPED / 4096 + 1];
  edi_arena_init(&other, NULL, (size_t)2 * MAPPED);
  edi_arena_init(&arena, NULL, (size_t)2 * MAPPED);
  other.block = MAPPED;
  char *piece = edi_arena_alloc(&other, PIECE), *rest;
  REQUIRE(piece != NULL);
  memset(piece, 'x', MAPPED / 2); /* all of it is written to, the first bytes alone were handed out */
  edi_arena_adopt(&arena, &other);
  for (size_t i = 0; i < PIECE; i++) CHECK_INT(piece[i], 'x');
  char *page = (char *)(((uintptr_t)piece + PIECE + 4095) & ~(uintptr_t)4095);
  REQUIRE(mincore(page, MAPPED / 4, there) == 0);
  CHECK(is_zero((char *)there, MAPPED / 4 / 4096));
  rest = edi_arena_alloc(&arena, MAPPED / 2);
  CHECK(rest == piece + 1008 && is_zero(page, (size_t)(rest + MAPPED / 2 - page)));
  edi_arena_fini(&arena);
}
#endif

TEST(pieces_from_where_a_line_begins)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, 2 * BLOCK);
  char *before = edi_arena_alloc(&arena, 16), *last = before;
  REQUIRE(before != NULL);
  for (size_t size = 0; size < 200; size += 8) {
    char *piece = edi_arena_lines(&arena, size);
    REQUIRE(piece && (uintptr_t)piece % 64 == 0 && piece > last && is_zero(piece, size));
    memset(piece, 'x', size);
    last = piece + size;
  }
  CHECK(edi_arena_alloc(&arena, 16) != NULL && is_zero(before, 16));
  CHECK(edi_arena_lines(&arena, SIZE_MAX - 10) == NULL && edi_arena_lines(&arena, 2 * BLOCK) == NULL && arena.hit_ceiling);
  edi_arena_fini(&arena);
}

TEST(arrays_grow_and_keep_what_they_hold)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, 16 * 1024 * 1024);
  void *items = NULL;
  size_t capacity = 0;
  for (size_t count = 0; count < 5000; count++) {
    REQUIRE(edi_arena_grow(&arena, &items, &capacity, count, sizeof(uint64_t)));
    REQUIRE(capacity > count);
    ((uint64_t *)items)[count] = count * 3;
  }
  for (size_t i = 0; i < 5000; i++) CHECK_INT(((uint64_t *)items)[i], i * 3);
  edi_arena_fini(&arena);
  edi_arena_init(&arena, NULL, BLOCK);
  capacity = 0;
  items = NULL;
  CHECK(!edi_arena_grow(&arena, &items, &capacity, 0, BLOCK));
  CHECK(items == NULL && capacity == 0);
  edi_arena_fini(&arena);
}

TEST(memory_that_runs_out_at_any_call)
{
  for (size_t n = 1;; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena arena;
    edi_arena_init(&arena, &allocator, 16 * 1024 * 1024);
    size_t given = 0;
    for (size_t i = 0; i < 100; i++) given += edi_arena_alloc(&arena, i * 1000) != NULL;
    if (memory.failed) {
      CHECK_INT(given, 99); /* the one wish fails, the next ones are served again */
      CHECK_INT(edi_arena_status(&arena), EDICT_MEMORY);
    }
    edi_arena_fini(&arena);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
    if (!memory.failed) {
      CHECK_INT(given, 100);
      CHECK(n > 50);
      break;
    }
  }
}

/* Looks at every block when it is given back. */
static size_t secrets_seen, blocks_seen, smallest;

static void *look_at_frees(void *context, void *pointer, size_t old_size, size_t new_size) {
  if (new_size == 0 && pointer) {
    blocks_seen++;
    for (size_t i = 0; i + 6 <= old_size; i++) secrets_seen += memcmp((char *)pointer + i, "secret", 6) == 0;
  }
  if (new_size > 0 && new_size < smallest) smallest = new_size;
  return edi_allocator_default.resize(context, pointer, old_size, new_size);
}

TEST(a_wiped_arena_leaves_nothing)
{
  const edi_allocator looking = {look_at_frees, NULL};
  for (int wipe = 0; wipe <= 1; wipe++) {
    edi_arena arena;
    secrets_seen = blocks_seen = 0, smallest = SIZE_MAX;
    edi_arena_init(&arena, &looking, 1 << 20);
    for (int i = 0; i < 3; i++) CHECK(edi_arena_copy(&arena, "secret", 6) && edi_arena_alloc(&arena, 60000));
    if (wipe) edi_arena_wipe(&arena);
    else edi_arena_fini(&arena);
    CHECK(blocks_seen >= 3);
    CHECK_INT(secrets_seen, wipe ? 0 : 3);
    CHECK(arena.used == 0 && arena.newest == NULL);
  }
}

/* Pages of the process, as the system counts them. */
static size_t pages(void) {
  size_t count = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%zu", &count) == 1);
  if (file) fclose(file);
  return count;
}

/* From 4 MiB on pieces are the system's: zero, growing with what they hold, and given back whole. */
TEST(very_large_pieces)
{
  const size_t sizes[] = {(4 << 20) - HEADER - 16, (4 << 20) - HEADER, (4 << 20) - HEADER + 1, (6 << 20) + 12345};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t before = pages(), capacity = sizes[i];
    for (unsigned round = 0; round < 20; round++) {
      edi_arena arena;
      edi_arena_init(&arena, NULL, (size_t)64 << 20);
      void *piece = edi_arena_alloc(&arena, sizes[i]);
      REQUIRE(piece && (uintptr_t)piece % 16 == 0 && arena.reserved >= sizes[i] + HEADER && arena.reserved < sizes[i] + HEADER + 16);
      capacity = sizes[i];
      if (round == 0) CHECK(is_zero(piece, sizes[i]));
      memset(piece, 'x', 4096);
      memset((char *)piece + sizes[i] - 4096, 'y', 4096);
      REQUIRE(edi_arena_regrow(&arena, &piece, &capacity, sizes[i], 1) && capacity > sizes[i]);
      const char *bytes = piece;
      CHECK(bytes[0] == 'x' && bytes[4095] == 'x' && bytes[4096] == 0 && bytes[sizes[i] - 4096] == 'y' && bytes[sizes[i] - 1] == 'y');
      CHECK(is_zero(bytes + sizes[i], capacity - sizes[i]));
      if (round % 2) edi_arena_release(&arena, piece, capacity);
      CHECK(round % 2 == 0 || arena.reserved == 0);
      edi_arena_fini(&arena);
    }
    CHECK(KEEPS_FREED || pages() < before + ((size_t)16 << 20) / 4096); /* of 20 times more than 4 MiB */
  }
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)8 << 20);
  CHECK(edi_arena_alloc(&arena, (8 << 20) - HEADER) != NULL);
  CHECK(edi_arena_alloc(&arena, 1) == NULL && arena.hit_ceiling);
  edi_arena_fini(&arena);
}

TEST(an_arena_within_another)
{
  edi_arena whole, part;
  edi_arena_init(&whole, NULL, 4 * BLOCK);
  CHECK(edi_arena_alloc(&whole, 2 * BLOCK) != NULL);
  size_t left = whole.ceiling - whole.reserved;
  edi_arena_init_within(&part, &whole);
  CHECK(edi_arena_alloc(&part, left - HEADER + 1) == NULL && part.hit_ceiling && part.reserved == 0);
  char *all = edi_arena_alloc(&part, left / 16 * 16 - HEADER);
  REQUIRE(all != NULL);
  edi_arena_adopt(&whole, &part);
  CHECK(whole.reserved <= whole.ceiling && part.reserved == 0 && edi_arena_alloc(&whole, BLOCK) == NULL);
  edi_arena_fini(&whole);
  edi_arena_fini(&part);
}

TEST(blocks_may_be_smaller)
{
  const edi_allocator looking = {look_at_frees, NULL};
  edi_arena arena;
  smallest = SIZE_MAX;
  edi_arena_init(&arena, &looking, 1 << 20);
  arena.block = 1024;
  for (int i = 0; i < 20; i++) CHECK(edi_arena_alloc(&arena, 100) != NULL);
  CHECK(edi_arena_alloc(&arena, 5000) != NULL);
  CHECK_INT(smallest, 1024);
  CHECK(arena.reserved < 10000);
  edi_arena_fini(&arena);
  CHECK_INT(arena.block, 1024);
}

HARNESS_MAIN
