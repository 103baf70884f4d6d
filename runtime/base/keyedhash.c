/* Keyed hash: see the header. */
#include "base/keyedhash.h"

#include <string.h>

#include "base/blake2b.h"
#include "base/bytes.h"

static const uint64_t initial[8] = EDI_BLAKE2B_INITIAL;

#define TURN(x, by) ((x) >> (by) | (x) << (64 - (by)))
#define TURN32(x) TURN(x, 32)
#define TURN24(x) TURN(x, 24)
#define TURN16(x) TURN(x, 16)
#define TURN63(x) TURN(x, 63)

/* One block into the state; `counted`: bytes so far, this block's among them. */
static void compress(uint64_t h[8], const unsigned char block[128], uint64_t counted, bool last) {
  uint64_t m[16], v[16];
  for (unsigned i = 0; i < 16; i++) m[i] = edi_get64(block + 8 * i);
  memcpy(v, h, 8 * sizeof *v);
  memcpy(v + 8, initial, sizeof initial);
  v[12] ^= counted;
  if (last) v[14] = ~v[14];
  EDI_BLAKE2B_ROUNDS;
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
