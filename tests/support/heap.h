/* Heap: what a program takes from the C library, counted: by the project and by every library under it.
 *
 * Included by one file of a program, whose malloc and kin then stand before the C library's. Counts are the same in every
 * run, so tests may ask for them where they may not ask for times. Under sanitizers that bring an allocator of their own
 * nothing is counted and nothing is watched. */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H

#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct heap_count {
  size_t most;  /* bytes at once, above those at the begin */
  size_t taken; /* bytes in all */
  size_t calls; /* pieces */
  size_t left;  /* bytes that were not given back */
} heap_count;

static atomic_size_t heap_now, heap_most, heap_taken, heap_calls, heap_first;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEAP_COUNTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HEAP_COUNTS 0
#endif
#endif
#ifndef HEAP_COUNTS
#define HEAP_COUNTS 1
#endif

/* Called with each piece that is given back, before it is. */
__attribute__((unused)) static void (*heap_watch)(const void *bytes, size_t size);

#if HEAP_COUNTS
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void __libc_free(void *pointer);

/* Hidden, as all else here is, they would not take the place of what the libraries call. */
#define HEAP_SEEN __attribute__((visibility("default")))

static void *heap_took(void *pointer, size_t before) {
  size_t size = pointer ? malloc_usable_size(pointer) : 0;
  size_t now = atomic_fetch_add(&heap_now, size - before) + size - before, most = atomic_load(&heap_most);
  while (now > most && !atomic_compare_exchange_weak(&heap_most, &most, now)) {}
  if (size > before) atomic_fetch_add(&heap_taken, size - before);
  atomic_fetch_add(&heap_calls, 1);
  return pointer;
}

HEAP_SEEN void *malloc(size_t size) { return heap_took(__libc_malloc(size), 0); }
HEAP_SEEN void *calloc(size_t count, size_t size) { return heap_took(__libc_calloc(count, size), 0); }
HEAP_SEEN void free(void *pointer) {
  size_t size = pointer ? malloc_usable_size(pointer) : 0;
  if (heap_watch && size) heap_watch(pointer, size);
  atomic_fetch_sub(&heap_now, size);
  __libc_free(pointer);
}
HEAP_SEEN void *realloc(void *pointer, size_t size) {
  size_t before = pointer ? malloc_usable_size(pointer) : 0;
  if (heap_watch && pointer && size) { /* always another piece, so that the one before is seen */
    void *other = malloc(size);
    if (other) memcpy(other, pointer, before < size ? before : size);
    if (other) free(pointer);
    return other;
  }
  void *moved = __libc_realloc(pointer, size);
  if (!moved && size > 0) return NULL; /* the piece is as it was */
  return heap_took(moved, before);
}
#endif

static inline void heap_begin(void) {
  atomic_store(&heap_first, atomic_load(&heap_now));
  atomic_store(&heap_most, atomic_load(&heap_now));
  atomic_store(&heap_taken, 0);
  atomic_store(&heap_calls, 0);
}

static inline heap_count heap_end(void) {
  size_t first = atomic_load(&heap_first);
  return (heap_count){.most = atomic_load(&heap_most) - first, .taken = atomic_load(&heap_taken), .calls = atomic_load(&heap_calls),
                      .left = atomic_load(&heap_now) - first};
}

#endif
