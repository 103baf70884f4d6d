/* Arena: blocks taken from an allocator, handed out in pieces, given back all at once.
 *
 *   newest -> [ header | used ......... | free ]      small wishes are cut from the newest block
 *     older -> [ header | used ............... ]      a wish above half a block gets its own, put
 *       older -> ...                                  behind the newest, whose rest stays usable
 *
 * Invariant: `reserved` is the sum of the blocks' sizes, headers included, and never above the
 * ceiling; `used` counts what callers asked for, rounded up to 16. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* mremap */
#endif
#include "base/arena.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

typedef struct edi_arena_block {
  struct edi_arena_block *older;
  size_t size; /* of the whole block */
  size_t used; /* from the block's start, header included */
  bool zero;   /* what was not handed out is zero already; what follows stays aligned to 16 */
  bool mapped; /* by the system for itself */
} edi_arena_block;

_Static_assert(sizeof(edi_arena_block) % ALIGNMENT == 0, "the first piece of a block is aligned");

/* Pieces lie side by side, where an address sanitizer sees nothing of who runs from one into the next: built with it
 * each is followed by bytes that nobody may touch. */
#ifdef EDICT_SANITIZED
#include <sanitizer/asan_interface.h>
enum { FENCE = ALIGNMENT };
#else
enum { FENCE = 0 };
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum { HUGE_PAGE = 2 * 1024 * 1024, LARGE = 2 * HUGE_PAGE };

/* What is read at random places, as the data of a large table is, spends half of its time on looking up where its
 * pages are, and what is written once, as a program that is loaded, a third of it on getting them; in pages of 2 MiB
 * hardly any. Only a hint, and only for what is large. */
static void advise(void *piece, size_t size) {
  if (!piece || size < LARGE) return;
  uintptr_t begin = ((uintptr_t)piece + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
  uintptr_t end = ((uintptr_t)piece + size) & ~(uintptr_t)(HUGE_PAGE - 1);
  (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
}

static void *resize_default(void *context, void *pointer, size_t old_size, size_t new_size) {
  (void)context;
  (void)old_size;
  if (new_size > 0) {
    void *piece = realloc(pointer, new_size);
    advise(piece, new_size);
    return piece;
  }
  free(pointer);
  return NULL;
}

const edi_allocator edi_allocator_default = {resize_default, NULL};

void edi_arena_init(edi_arena *arena, const edi_allocator *allocator, size_t ceiling) {
  *arena = (edi_arena){
      .allocator = allocator ? allocator : &edi_allocator_default,
      .ceiling = ceiling < BLOCK_SIZE ? BLOCK_SIZE : ceiling,
  };
}

void edi_arena_init_within(edi_arena *arena, const edi_arena *whole) {
  *arena = (edi_arena){.allocator = whole->allocator, .ceiling = whole->ceiling - whole->reserved};
}

/* Whole huge pages, which the system then aligns. */
static size_t mapped_size(size_t size) { return (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1); }

static void give_back(const edi_arena *arena, edi_arena_block *block) {
  ASAN_UNPOISON_MEMORY_REGION(block, block->size);
  if (block->mapped) (void)munmap(block, mapped_size(block->size));
  else arena->allocator->resize(arena->allocator->context, block, block->size, 0);
}

void edi_arena_fini(edi_arena *arena) {
  for (edi_arena_block *block = arena->newest; block;) {
    edi_arena_block *older = block->older;
    give_back(arena, block);
    block = older;
  }
  *arena = (edi_arena){.allocator = arena->allocator, .ceiling = arena->ceiling, .block = arena->block};
}

/* Of a huge page that was touched, what nobody wrote; it is zero again. */
static void give_rest_back(edi_arena_block *block) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = ((uintptr_t)block + block->used + page - 1) & ~(page - 1);
  uintptr_t end = (uintptr_t)block + mapped_size(block->size);
  if (begin < end) (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}

void edi_arena_adopt(edi_arena *arena, edi_arena *other) {
  if (other->newest && other->newest->mapped) give_rest_back(other->newest); /* hardly anything is cut from it any more */
  edi_arena_block *last = other->newest;
  while (last && last->older) last = last->older;
  if (last) {
    last->older = arena->newest ? arena->newest->older : NULL;
    *(arena->newest ? &arena->newest->older : &arena->newest) = other->newest;
  }
  arena->used += other->used;
  arena->reserved += other->reserved;
  *other = (edi_arena){.allocator = other->allocator, .ceiling = other->ceiling, .block = other->block};
}

void edi_arena_wipe(edi_arena *arena) {
  for (edi_arena_block *block = arena->newest; block; block = block->older) {
    ASAN_UNPOISON_MEMORY_REGION(block, block->size);
    sodium_memzero(block + 1, block->used - sizeof *block); /* what was not handed out nobody wrote */
  }
  edi_arena_fini(arena);
}

static size_t rounded(size_t size) { return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1); }

/* What a piece takes of its block. */
static size_t fenced(size_t size) { return rounded(size) + FENCE; }

static void put_fence(char *piece, size_t size) { ASAN_POISON_MEMORY_REGION(piece + size, fenced(size) - size); }

static size_t block_size(const edi_arena *arena) { return arena->block ? arena->block : BLOCK_SIZE; }

static void *map(size_t size) {
  void *piece = size <= SIZE_MAX - HUGE_PAGE ? mmap(NULL, mapped_size(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : MAP_FAILED;
  if (piece == MAP_FAILED) return NULL;
  advise(piece, mapped_size(size));
  return piece;
}

/* What is large is new from the system, which makes it zero as it is first touched: a C library would make it zero
 * itself where it has had such a piece before, and touch all of it. Of what is smaller calloc knows whether it is new. A
 * small one is zeroed as it is handed out, for of many arenas most is never used. */
static edi_arena_block *take(const edi_arena *arena, size_t size) {
  bool own = arena->allocator == &edi_allocator_default, mapped = own && size >= LARGE, zero = own && size >= (size_t)2 * BLOCK_SIZE;
  edi_arena_block *block = mapped ? map(size) : zero ? calloc(1, size) : arena->allocator->resize(arena->allocator->context, NULL, 0, size);
  if (block) *block = (edi_arena_block){.size = size, .used = sizeof *block, .zero = zero, .mapped = mapped};
  return block;
}

/* A block that holds at least `size` more bytes; NULL if the ceiling or the allocator says no. */
static edi_arena_block *block_create(edi_arena *arena, size_t size) {
  size_t room = arena->ceiling - arena->reserved;
  if (size > room || room - size < sizeof(edi_arena_block)) {
    arena->hit_ceiling = true;
    return NULL;
  }
  size_t wanted = size + sizeof(edi_arena_block);
  size_t usual = block_size(arena);
  if (wanted < usual) wanted = room < usual ? room : usual;
  edi_arena_block *block = take(arena, wanted);
  if (!block) return NULL;
  arena->reserved += wanted;
  return block;
}

/* The block to cut `size` bytes from, chained in. */
static edi_arena_block *block_for(edi_arena *arena, size_t size) {
  edi_arena_block *newest = arena->newest;
  if (newest && newest->size - newest->used >= size) return newest;
  edi_arena_block *block = block_create(arena, size);
  if (!block) return NULL;
  if (newest && size > block_size(arena) / 2) {
    block->older = newest->older;
    newest->older = block;
  } else {
    block->older = newest;
    arena->newest = block;
  }
  return block;
}

static void *cut(edi_arena *arena, size_t size, bool zeroed) {
  if (size == 0) size = 1;
  if (size > SIZE_MAX - (ALIGNMENT - 1) - FENCE) {
    arena->hit_ceiling = true;
    return NULL;
  }
  size_t taken = fenced(size);
  edi_arena_block *block = block_for(arena, taken);
  if (!block) return NULL;
  char *piece = (char *)block + block->used;
  block->used += taken;
  arena->used += taken;
  if (!block->zero && zeroed) memset(piece, 0, taken);
  put_fence(piece, size);
  return piece;
}

static void *cut_array(edi_arena *arena, size_t count, size_t size, bool zeroed) {
  if (size > 0 && count > SIZE_MAX / size) {
    arena->hit_ceiling = true;
    return NULL;
  }
  return cut(arena, count * size, zeroed);
}

void *edi_arena_alloc(edi_arena *arena, size_t size) { return cut(arena, size, true); }

void *edi_arena_lines(edi_arena *arena, size_t size) {
  enum { LINE = 64, MORE = LINE - ALIGNMENT };
  char *piece = cut(arena, size > SIZE_MAX - MORE ? SIZE_MAX : size + MORE, true);
  return piece ? piece + (-(uintptr_t)piece & (LINE - 1)) : NULL;
}

void *edi_arena_array(edi_arena *arena, size_t count, size_t size) { return cut_array(arena, count, size, true); }

void *edi_arena_room(edi_arena *arena, size_t count, size_t size) { return cut_array(arena, count, size, false); }

char *edi_arena_copy(edi_arena *arena, const char *bytes, size_t length) {
  if (length == SIZE_MAX) {
    arena->hit_ceiling = true;
    return NULL;
  }
  char *copy = cut(arena, length + 1, false);
  if (copy && length > 0) memcpy(copy, bytes, length);
  if (copy) copy[length] = '\0';
  return copy;
}

static size_t grown(size_t capacity) { return capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity > 0 ? capacity * 2 : 8; }

bool edi_arena_grow(edi_arena *arena, void **items, size_t *capacity, size_t count, size_t size) {
  if (count < *capacity) return true;
  size_t larger = grown(*capacity);
  void *fresh = edi_arena_array(arena, larger, size);
  if (!fresh) return false;
  if (count > 0) memcpy(fresh, *items, count * size);
  *items = fresh;
  *capacity = larger;
  return true;
}

/* The block that holds the piece and nothing else; where it hangs. NULL: there is none. */
static edi_arena_block **block_of(edi_arena *arena, const void *piece, size_t size) {
  size_t used = sizeof(edi_arena_block) + fenced(size);
  for (edi_arena_block **at = &arena->newest; *at; at = &(*at)->older)
    if ((const void *)(*at + 1) == piece) return (*at)->used == used ? at : NULL;
  return NULL;
}

/* With its contents, here or elsewhere; NULL: as it was. */
static edi_arena_block *resized(const edi_arena *arena, edi_arena_block *block, size_t size) {
  if (!block->mapped) return arena->allocator->resize(arena->allocator->context, block, block->size, size);
  void *moved = mremap(block, mapped_size(block->size), mapped_size(size), MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? NULL : moved;
}

/* Makes the block's one piece larger, in place or elsewhere. */
static void *block_grow(edi_arena *arena, edi_arena_block **at, size_t size) {
  edi_arena_block *block = *at;
  size_t before = block->size, used = block->used, others = arena->reserved - before;
  size_t wanted = sizeof *block + fenced(size);
  if (wanted > arena->ceiling - others) {
    arena->hit_ceiling = true;
    return NULL;
  }
  ASAN_UNPOISON_MEMORY_REGION(block, before);
  if (wanted > before) {
    block = resized(arena, block, wanted);
    if (!block) return NULL;
    block->size = wanted;
    block->zero = false;
    arena->reserved = others + wanted;
    *at = block;
  }
  block->used = wanted;
  arena->used += wanted - used;
  memset((char *)block + used, 0, wanted - used);
  put_fence((char *)(block + 1), size);
  return block + 1;
}

/* What is very large grows by a quarter: it is moved by the system, and what it has too much is touched, and lost. */
static size_t regrown(size_t capacity, size_t bytes) {
  enum { VERY_LARGE = 1024 * 1024 };
  return bytes < VERY_LARGE ? grown(capacity) : capacity + capacity / 4 + 1;
}

bool edi_arena_regrow(edi_arena *arena, void **items, size_t *capacity, size_t count, size_t size) {
  if (count < *capacity) return true;
  size_t before = *capacity * size, larger = regrown(*capacity, before); /* it was allocated: no overflow */
  bool large = before > block_size(arena) / 2 && larger <= SIZE_MAX / 2 / size;
  edi_arena_block **own = large ? block_of(arena, *items, before) : NULL;
  if (!own) return edi_arena_grow(arena, items, capacity, count, size);
  void *fresh = block_grow(arena, own, larger * size);
  if (!fresh) return false;
  *items = fresh;
  *capacity = larger;
  return true;
}

void edi_arena_release(edi_arena *arena, const void *piece, size_t size) {
  edi_arena_block **own = piece ? block_of(arena, piece, size) : NULL;
  if (!own) return;
  edi_arena_block *block = *own;
  *own = block->older;
  arena->used -= fenced(size);
  arena->reserved -= block->size;
  give_back(arena, block);
}

void edi_arena_trim(void) {
#ifdef __GLIBC__
  (void)malloc_trim(0);
#endif
}

edict_status edi_arena_status(const edi_arena *arena) {
  return arena->hit_ceiling ? EDICT_LIMIT : EDICT_MEMORY;
}
