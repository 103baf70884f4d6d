/* AES: the block cipher of FIPS 197 through OpenSSL, which uses the processor's instructions.
 *
 * A context is made once and keyed again and again without allocating; one thread at a time. Functions
 * say false when the library failed: what they should have written must not be used. */
#ifndef EDI_AES_H
#define EDI_AES_H

#include "base/bytes.h"

#define EDI_AES_BLOCK 16

typedef struct edi_aes { void *context; } edi_aes;

/* A block is stored at once: one that was stored in halves is waited for where the cipher loads it. */
typedef uint64_t edi_aes_pair __attribute__((vector_size(16)));

static inline edi_aes_pair edi_aes_pair_at(const void *block) {
  edi_aes_pair p;
  memcpy(&p, block, sizeof p);
  return p;
}

static inline void edi_aes_put(uint8_t *block, edi_aes_pair p) { memcpy(block, &p, sizeof p); }

/* into ^= with, a block of each. */
static inline void edi_aes_xor(uint8_t *into, const uint8_t *with) { edi_aes_put(into, edi_aes_pair_at(into) ^ edi_aes_pair_at(with)); }

/* `bytes` of key: 16, 24 or 32. The key is zero until edi_aes_key. `fini` may follow a failed `init`. */
edict_status edi_aes_init(edi_aes *aes, size_t bytes) EDICT_MUST_CHECK;
void edi_aes_fini(edi_aes *aes);
bool edi_aes_key(edi_aes *aes, const uint8_t *key) EDICT_MUST_CHECK;
/* Another key takes the place of the one in it, or the context is given up: nothing of it stays. */
void edi_aes_wipe(edi_aes *aes);
/* Enciphers `count` blocks, each for itself; `in` and `out` may be the same. */
bool edi_aes_blocks(edi_aes *aes, const uint8_t *in, uint8_t *out, size_t count) EDICT_MUST_CHECK;

#endif
