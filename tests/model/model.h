/* Model: what the harnesses of the bounded model checker share.
 *
 * A harness includes a file of the project as it stands, gives its functions values that may be anything (`any_*`),
 * says what holds when they are called (`assume`) and what must hold afterwards (`check`). Bounds, pointers, overflow,
 * conversions and division are checked on the way without a word. What a function calls that is not included here may
 * return anything. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef __CPROVER /* which knows them */
void __CPROVER_assume(bool holds);
void __CPROVER_assert(bool holds, const char *what);
#endif
#define assume(holds)       __CPROVER_assume(holds)
#define check(holds, what)  __CPROVER_assert((holds), what)

bool nondet_bool(void);
unsigned char nondet_uchar(void);
uint32_t nondet_uint(void);
int nondet_int(void);
uint64_t nondet_ulong(void);
int64_t nondet_long(void);

static inline bool any_bool(void) { return nondet_bool(); }
static inline unsigned char any_byte(void) { return nondet_uchar(); }
static inline uint32_t any_u32(void) { return nondet_uint(); }
static inline int any_int(void) { return nondet_int(); }
static inline uint64_t any_u64(void) { return nondet_ulong(); }
static inline int64_t any_i64(void) { return nondet_long(); }
static inline size_t any_size(size_t most) {
  size_t n = nondet_ulong();
  assume(n <= most);
  return n;
}

/* So many bytes that may be anything, in a block of exactly that size. */
static inline void *any_bytes(size_t size) {
  unsigned char *bytes = malloc(size);
  assume(bytes != NULL);
  return bytes;
}

#endif
