/* Lanes: the loops over a block of numbers that a processor has wide instructions for.
 *
 * Each fills a bitmap, a bit for each of `n` numbers (at most EDI_BLOCK), least first; the rest of the last word
 * is zero. All sets give the same bits: the portable one says what they are. No lane reads past its numbers. */
#ifndef EDI_LANES_H
#define EDI_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EDI_BLOCK 1024 /* rows */
#define EDI_BLOCK_WORDS (EDI_BLOCK / 64)
#define EDI_PICK_WORDS 16 /* a table of pick32 has a multiple of so many words, zero past its length */

typedef struct edi_lanes {
  const char *name;
  /* least <= v <= most */
  void (*range64)(const int64_t *v, size_t n, int64_t least, int64_t most, uint64_t *out);
  void (*range32)(const int32_t *v, size_t n, int32_t least, int32_t most, uint64_t *out);
  void (*less64)(const int64_t *a, const int64_t *b, size_t n, uint64_t *out);  /* a < b */
  void (*equal64)(const int64_t *a, const int64_t *b, size_t n, uint64_t *out);
  /* bit v of `table`, which has `length` and one more; that one for what is not below `length` */
  void (*pick32)(const uint32_t *v, size_t n, const uint32_t *table, uint32_t length, uint64_t *out);
  /* The numbers of the bits that are set, counted from `base`, ascending; how many. `out` has room for them. */
  size_t (*select)(const uint64_t *bits, size_t n, uint32_t base, uint32_t *out);
} edi_lanes;

/* By name: "portable", "avx2", "avx512"; NULL: this processor, or this build, does not have them. */
const edi_lanes *edi_lanes_named(const char *name);
/* The widest that this processor has. */
const edi_lanes *edi_lanes_best(void);

extern const edi_lanes edi_lanes_portable;
#if defined(__x86_64__)
extern const edi_lanes edi_lanes_avx2, edi_lanes_avx512; /* to be called where the processor has them */
#endif

static inline size_t edi_words(size_t bits) { return (bits + 63) / 64; }
/* n bits that are all the same; the rest of the last word is zero. */
static inline void edi_bits_fill(bool with, size_t n, uint64_t *out) {
  size_t words = edi_words(n);
  for (size_t w = 0; w < words; w++) out[w] = with ? UINT64_MAX : 0;
  if (with && n % 64) out[words - 1] = (UINT64_C(1) << (n % 64)) - 1;
}

#endif
