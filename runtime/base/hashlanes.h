/* Hash lanes: the keyed hash of several short messages side by side, where the processor has wide instructions for it.
 *
 * In: a key, up to EDI_HASHLANES_MOST messages. Out: of each what edi_keyedhash_short gives, whatever the set. No library that
 * the project keeps has it: those with several lanes (libb2) offer BLAKE2bp, which is another function. */
#ifndef EDI_HASHLANES_H
#define EDI_HASHLANES_H

#include "base/keyedhash.h"

#define EDI_HASHLANES_MOST 8

/* Messages of 1 to 128 bytes each, with zeros behind them; those past the count are of any bytes, and so is what they give. */
typedef struct edi_hashlanes_batch {
  unsigned char blocks[EDI_HASHLANES_MOST][EDI_KEYEDHASH_MOST];
  uint64_t lengths[EDI_HASHLANES_MOST];
  unsigned char out[EDI_HASHLANES_MOST][EDI_KEYEDHASH_BYTES];
} edi_hashlanes_batch;

typedef void edi_hashlanes(const edi_keyedhash *hash, edi_hashlanes_batch *batch, size_t count);

/* By name: "portable", "avx2", "avx512"; NULL: this processor, or this build, does not have them. */
edi_hashlanes *edi_hashlanes_named(const char *name);
/* The widest that this processor has. */
edi_hashlanes *edi_hashlanes_best(void);

#endif
