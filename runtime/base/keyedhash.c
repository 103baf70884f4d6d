/* Keyed hash: see the header. The compression is written out round by round, so that the schedule of words is known when
 * it is compiled. */
#include "base/keyedhash.h"

#include <string.h>

#include "base/bytes.h"

static const uint64_t initial[8] = {UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
                                    UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
                                    UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179)};

static inline uint64_t turn(uint64_t x, unsigned by) { return x >> by | x << (64 - by); }

#define MIX(a, b, c, d, x, y)              \
  do {                                     \
    v[a] += v[b] + m[x];                   \
    v[d] = turn(v[d] ^ v[a], 32);          \
    v[c] += v[d];                          \
    v[b] = turn(v[b] ^ v[c], 24);          \
    v[a] += v[b] + m[y];                   \
    v[d] = turn(v[d] ^ v[a], 16);          \
    v[c] += v[d];                          \
    v[b] = turn(v[b] ^ v[c], 63);          \
  } while (0)

#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15) \
  MIX(0, 4, 8, 12, s0, s1);                                                          \
  MIX(1, 5, 9, 13, s2, s3);                                                          \
  MIX(2, 6, 10, 14, s4, s5);                                                         \
  MIX(3, 7, 11, 15, s6, s7);                                                         \
  MIX(0, 5, 10, 15, s8, s9);                                                         \
  MIX(1, 6, 11, 12, s10, s11);                                                       \
  MIX(2, 7, 8, 13, s12, s13);                                                        \
  MIX(3, 4, 9, 14, s14, s15)

/* One block into the state; `counted`: bytes so far, this block's among them. */
static void compress(uint64_t h[8], const unsigned char block[128], uint64_t counted, bool last) {
  uint64_t m[16], v[16];
  for (unsigned i = 0; i < 16; i++) m[i] = edi_get64(block + 8 * i);
  memcpy(v, h, 8 * sizeof *v);
  memcpy(v + 8, initial, sizeof initial);
  v[12] ^= counted;
  if (last) v[14] = ~v[14];
  ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
  ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
  ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
  ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
  ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
  ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
  ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
  ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
  ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
  ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
  for (unsigned i = 0; i < 8; i++) h[i] ^= v[i] ^ v[i + 8];
}

void edi_keyedhash_init(edi_keyedhash *hash, const unsigned char key[32]) {
  unsigned char block[128] = {0};
  memcpy(hash->h, initial, sizeof initial);
  hash->h[0] ^= UINT64_C(0x01010000) ^ 32 << 8 ^ EDI_KEYEDHASH_BYTES; /* depth and fanout 1, length of key and digest */
  memcpy(block, key, 32);
  compress(hash->h, block, 128, false);
  explicit_bzero(block, sizeof block);
}

void edi_keyedhash_short(const edi_keyedhash *hash, const unsigned char block[128], size_t length, unsigned char out[EDI_KEYEDHASH_BYTES]) {
  uint64_t h[8];
  memcpy(h, hash->h, sizeof h);
  compress(h, block, 128 + length, true);
  edi_put64(out, h[0]);
  edi_put64(out + 8, h[1]);
}
