/* FF1: format-preserving encryption of NIST SP 800-38G, which `fpe` is made of.
 *
 * In: a key, a tweak, numerals of a radix. Out: as many numerals. A domain of fewer than a million is
 * refused, as the recommendation asks. Keyed once, used for many values without allocating; what does
 * not depend on the value is kept for the length that came last. One thread at a time. */
#ifndef EDI_FF1_H
#define EDI_FF1_H

#include "base/aes.h"
#include "base/divide.h"

enum {
  EDI_FF1_RADIX_MOST = 256,
  EDI_FF1_LENGTH_MOST = 256, /* numerals */
  EDI_FF1_TWEAK_MOST = 512,  /* bytes */
  EDI_FF1_ROUNDS = 10,
};

typedef struct edi_ff1 {
  edi_aes aes;
  uint32_t radix;
  uint32_t tweak_length;
  uint8_t tweak[EDI_FF1_TWEAK_MOST];
  /* For values of `length` numerals: */
  uint32_t length, left, right; /* u and v */
  uint32_t bytes, drawn;        /* b and d */
  edi_divider by_pair, low, high; /* the radix squared, of less than 63 bits; radix^u, radix^v: d is 0 where they need more than 63 bits */
  edi_divider plain[2];         /* the same two where they have a shorter way, else d is 0 */
  uint32_t inverse;             /* 2^24 by the radix, and one more */
  uint8_t state[16];            /* CBC-MAC over P and those blocks of Q that no round changes */
  uint8_t tail[256];            /* the other blocks */
  uint32_t tail_size, head;     /* bytes of tail; how many of them no round changes */
  uint8_t begun[EDI_FF1_ROUNDS][16]; /* of halves of 63 bits: CBC-MAC of each round up to the number, which ends the last block */
} edi_ff1;

edict_status edi_ff1_init(edi_ff1 *ff1, size_t key_bytes) EDICT_MUST_CHECK;
void edi_ff1_fini(edi_ff1 *ff1);
bool edi_ff1_key(edi_ff1 *ff1, const uint8_t *key, uint32_t radix, edi_str tweak) EDICT_MUST_CHECK;
/* Replaces `count` numerals, each below the radix. False, and nothing is changed: too few or too many. */
bool edi_ff1_encrypt(edi_ff1 *ff1, uint8_t *numerals, size_t count) EDICT_MUST_CHECK;
/* The same for up to EDI_FF1_MANY values of `count` numerals each, side by side. False: they must not be used. */
enum { EDI_FF1_MANY = 16, EDI_FF1_SHORT = 48 }; /* longer ones are not worth it */
bool edi_ff1_encrypt_many(edi_ff1 *ff1, uint8_t *const *values, size_t many, size_t count) EDICT_MUST_CHECK;
bool edi_ff1_decrypt(edi_ff1 *ff1, uint8_t *numerals, size_t count) EDICT_MUST_CHECK;

#endif
