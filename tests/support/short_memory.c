/* Short memory: see the header. Each block has its size in front, so that a wrong one is noticed. */
#include "support/short_memory.h"

#include <stdlib.h>
#include <string.h>

enum { FRONT = 16 };

static void *resize(void *context, void *pointer, size_t old_size, size_t new_size) {
  short_memory *memory = context;
  char *block = pointer ? (char *)pointer - FRONT : NULL;
  size_t real = 0;
  if (block) memcpy(&real, block, sizeof real);
  if (real != old_size) memory->wrong++;
  if (new_size > 0 && ++memory->calls == memory->fail_at) {
    memory->failed = true;
    return NULL;
  }
  char *fresh = new_size > 0 ? malloc(new_size + FRONT) : NULL;
  if (new_size > 0 && !fresh) abort();
  if (fresh) {
    memcpy(fresh, &new_size, sizeof new_size);
    memset(fresh + FRONT, 0xA5, new_size);
    if (real > 0) memcpy(fresh + FRONT, pointer, real < new_size ? real : new_size);
  }
  if (block) memset(block, 0x5A, real + FRONT);
  free(block);
  memory->live += new_size - real;
  return fresh ? fresh + FRONT : NULL;
}

edi_allocator short_memory_init(short_memory *memory, size_t fail_at) {
  *memory = (short_memory){.fail_at = fail_at};
  return (edi_allocator){resize, memory};
}
