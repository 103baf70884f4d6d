/* Divide: many numbers by one, each by a multiplication instead of a division; and division that rounds down.
 *
 * Granlund and Montgomery, "Division by invariant integers using multiplication", with the number of bits
 * rounded up, so that the quotient is exact for every dividend of 64 bits. */
#ifndef EDI_DIVIDE_H
#define EDI_DIVIDE_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 edi_wide;

typedef struct edi_divider { uint64_t d, magic; unsigned shift; } edi_divider;

/* d: 1 to 2^63. */
static inline edi_divider edi_divider_of(uint64_t d) {
  unsigned bits = d > 1 ? 64 - (unsigned)__builtin_clzll(d - 1) : 0;
  edi_wide power = ((edi_wide)1 << 64) * ((((edi_wide)1 << bits) - d));
  return (edi_divider){d, (uint64_t)(power / d + 1), bits};
}

static inline uint64_t edi_divide(edi_divider v, uint64_t x) {
  if (v.shift == 0) return x;
  uint64_t high = (uint64_t)((edi_wide)v.magic * x >> 64);
  return (high + ((x - high) >> 1)) >> (v.shift - 1);
}

/* The same for dividends below 2^63, by a step less. d: 2 to 2^62. */
static inline edi_divider edi_half_divider_of(uint64_t d) {
  unsigned bits = 64 - (unsigned)__builtin_clzll(d - 1);
  return (edi_divider){d, (uint64_t)(((edi_wide)1 << (63 + bits)) / d + 1), bits - 1};
}

static inline uint64_t edi_half_divide(edi_divider v, uint64_t x) { return (uint64_t)((edi_wide)v.magic * x >> 64) >> v.shift; }

/* The same for every dividend, without the step that the magic number's 65th bit takes; d is 0 for those that have no shorter
 * one, and for powers of two. d: 1 to 2^63. */
static inline edi_divider edi_plain_divider_of(uint64_t d) {
  unsigned shift = 63 - (unsigned)__builtin_clzll(d);
  edi_wide power = (edi_wide)1 << (64 + shift);
  uint64_t more = d - (uint64_t)(power % d);
  bool plain = (d & (d - 1)) != 0 && more <= (uint64_t)1 << shift;
  return (edi_divider){plain ? d : 0, (uint64_t)(power / d + 1), shift};
}

static inline uint64_t edi_modulo(edi_divider v, uint64_t x) { return x - edi_divide(v, x) * v.d; }

__extension__ typedef __int128 edi_wide_signed;

/* b above 0. */
static inline edi_wide_signed edi_divide_floor(edi_wide_signed a, edi_wide_signed b) { return a / b - (a % b < 0); }

#endif
