/* Short memory: an allocator that fails at a chosen call, and knows what was not given back.
 *
 *   for (size_t n = 1;; n++) { short_memory m; edi_allocator a = short_memory_init(&m, n); ... }
 *
 * It checks that frees and growths name the size that was allocated, and fills what it frees. */
#ifndef SHORT_MEMORY_H
#define SHORT_MEMORY_H

#include "base/arena.h"

typedef struct short_memory {
  size_t fail_at; /* the call that fails, from 1; 0: none */
  size_t calls;   /* wishes for memory so far */
  size_t live;    /* bytes not given back */
  size_t wrong;   /* frees and growths with a size that is not the block's */
  bool failed;    /* the failure has happened */
} short_memory;

/* The allocator borrows `memory`. */
edi_allocator short_memory_init(short_memory *memory, size_t fail_at);

#endif
