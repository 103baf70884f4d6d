/* Arena: memory that is given back all at once.
 *
 * Every allocation belongs to an arena or to an object with create/destroy. An arena grows in blocks
 * taken from an allocator table and never beyond its ceiling; past it, or when the allocator gives
 * nothing, allocation returns NULL and the caller returns EDICT_MEMORY or EDICT_LIMIT.
 * Memory is zeroed: zero means deny. Not for several threads at once. */
#ifndef EDI_ARENA_H
#define EDI_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edict/status.h"

/* Where memory comes from. `resize(context, NULL, 0, n)` allocates, `resize(context, p, old, 0)`
 * frees and returns NULL. NULL for a wish of n > 0 means: none left; p is still valid. */
typedef struct edi_allocator {
  void *(*resize)(void *context, void *pointer, size_t old_size, size_t new_size);
  void *context;
} edi_allocator;

/* malloc, realloc and free of the C library. */
extern const edi_allocator edi_allocator_default;

typedef struct edi_arena {
  const edi_allocator *allocator;
  struct edi_arena_block *newest;
  size_t used;      /* bytes handed to callers */
  size_t reserved;  /* bytes taken from the allocator */
  size_t ceiling;   /* reserved never exceeds it */
  size_t block;     /* bytes of a block at least; 0: 64 KiB. It may grow between allocations */
  bool hit_ceiling; /* tells LIMIT from MEMORY after a NULL */
} edi_arena;

/* `allocator` NULL means the default. `ceiling` in bytes, at least one block (64 KiB). */
void edi_arena_init(edi_arena *arena, const edi_allocator *allocator, size_t ceiling);
/* One of the same allocator for part of a work, which may take what `whole` has left, and whose end gives it back. */
void edi_arena_init_within(edi_arena *arena, const edi_arena *whole);
void edi_arena_fini(edi_arena *arena);
/* Takes over all that is in `other`, of the same allocator, which is empty then. The sum of their ceilings was no
 * more than what the arena had left. */
void edi_arena_adopt(edi_arena *arena, edi_arena *other);
/* The same, and nothing of what was in it stays in memory: for secrets. */
void edi_arena_wipe(edi_arena *arena);

/* `size` zeroed bytes aligned to 16, NULL if there are none. A size of 0 gives a valid pointer. */
void *edi_arena_alloc(edi_arena *arena, size_t size);
/* count * size, checked for overflow. */
void *edi_arena_array(edi_arena *arena, size_t count, size_t size);
/* The same of bytes that nobody zeroed, and that no page was taken for where the arena's block is new from the system:
 * for what is written before it is read, and seldom all of it. */
void *edi_arena_room(edi_arena *arena, size_t count, size_t size);
/* `size` zeroed bytes from where a line of the processor's cache begins: for what is read together, all over memory. */
void *edi_arena_lines(edi_arena *arena, size_t size);
/* A copy, with a NUL after it that `length` does not count. */
char *edi_arena_copy(edi_arena *arena, const char *bytes, size_t length);
/* Grows `*items` (capacity `*capacity`, `count` used, each `size` bytes) so that one more fits;
 * false if there is no memory. The old array stays in the arena. */
bool edi_arena_grow(edi_arena *arena, void **items, size_t *capacity, size_t count, size_t size);
/* The same, and the old array is given back where that can be: no pointer into it is good any more. For arrays
 * that become large. */
bool edi_arena_regrow(edi_arena *arena, void **items, size_t *capacity, size_t count, size_t size);
/* Gives back a piece of this size that nobody needs any more, if it is so large that it has a block of its own; NULL: none. */
void edi_arena_release(edi_arena *arena, const void *piece, size_t size);
/* What arenas of a stage that is over gave back to the C library, which keeps it for the next, goes back to the system: for
 * where the next stage needs memory of another kind. */
void edi_arena_trim(void);
/* EDICT_LIMIT if the ceiling was hit, else EDICT_MEMORY: what to return after a NULL. */
edict_status edi_arena_status(const edi_arena *arena);

#define EDI_NEW(arena, type) ((type *)edi_arena_alloc((arena), sizeof(type)))
#define EDI_NEW_ARRAY(arena, type, count) ((type *)edi_arena_array((arena), (count), sizeof(type)))

#endif
