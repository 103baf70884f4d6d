/* BLAKE2b: the twelve rounds of its compression (RFC 7693), written out so that the schedule of words is known when
 * it is compiled; of one message or of several side by side.
 *
 * Whoever includes this has the state `v` and the message `m`, of 16 words each, and macros that turn a word to the right
 * by 32, 24, 16 and 63 bits. Words are numbers, or vectors of one number of each message. */
#ifndef EDI_BLAKE2B_H
#define EDI_BLAKE2B_H

#include <stdint.h>

#define EDI_BLAKE2B_INITIAL                                                                                              \
  {UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1), \
   UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f), UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179)}

#define EDI_BLAKE2B_MIX(a, b, c, d, x, y) \
  do {                                    \
    v[a] += v[b] + m[x];                  \
    v[d] = TURN32(v[d] ^ v[a]);           \
    v[c] += v[d];                         \
    v[b] = TURN24(v[b] ^ v[c]);           \
    v[a] += v[b] + m[y];                  \
    v[d] = TURN16(v[d] ^ v[a]);           \
    v[c] += v[d];                         \
    v[b] = TURN63(v[b] ^ v[c]);           \
  } while (0)

#define EDI_BLAKE2B_ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15) \
  EDI_BLAKE2B_MIX(0, 4, 8, 12, s0, s1);                                                                          \
  EDI_BLAKE2B_MIX(1, 5, 9, 13, s2, s3);                                                                          \
  EDI_BLAKE2B_MIX(2, 6, 10, 14, s4, s5);                                                                         \
  EDI_BLAKE2B_MIX(3, 7, 11, 15, s6, s7);                                                                         \
  EDI_BLAKE2B_MIX(0, 5, 10, 15, s8, s9);                                                                         \
  EDI_BLAKE2B_MIX(1, 6, 11, 12, s10, s11);                                                                       \
  EDI_BLAKE2B_MIX(2, 7, 8, 13, s12, s13);                                                                        \
  EDI_BLAKE2B_MIX(3, 4, 9, 14, s14, s15)

#define EDI_BLAKE2B_ROUNDS                                                          \
  EDI_BLAKE2B_ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); \
  EDI_BLAKE2B_ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3); \
  EDI_BLAKE2B_ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4); \
  EDI_BLAKE2B_ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8); \
  EDI_BLAKE2B_ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13); \
  EDI_BLAKE2B_ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9); \
  EDI_BLAKE2B_ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11); \
  EDI_BLAKE2B_ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10); \
  EDI_BLAKE2B_ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5); \
  EDI_BLAKE2B_ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0); \
  EDI_BLAKE2B_ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); \
  EDI_BLAKE2B_ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)

#endif
