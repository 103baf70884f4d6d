/* SIV: see the header. S2V and CTR of RFC 5297 over the block cipher; names as in its section 2. */
#include "enforce/siv.h"

#include <sodium.h>

enum { STREAM_BLOCKS = 16 };

/* Doubling in GF(2^128). */
static void dbl(uint8_t block[16]) {
  uint8_t carry = block[0] >> 7;
  for (unsigned i = 0; i < 15; i++) block[i] = (uint8_t)(block[i] << 1 | block[i + 1] >> 7);
  block[15] = (uint8_t)(block[15] << 1) ^ (carry ? 0x87 : 0);
}

edict_status edi_siv_init(edi_siv *siv, size_t bytes) {
  memset(siv, 0, sizeof *siv);
  edict_status status = edi_aes_init(&siv->mac, bytes);
  if (status == EDICT_OK) status = edi_aes_init(&siv->stream, bytes);
  if (status != EDICT_OK) edi_siv_fini(siv);
  return status;
}

void edi_siv_fini(edi_siv *siv) {
  edi_aes_fini(&siv->mac);
  edi_aes_fini(&siv->stream);
  sodium_memzero(siv, sizeof *siv);
}

/* CMAC (RFC 4493) of a text whose last 16 bytes, if it has as many, are xored with `end` (S2V's xorend). */
static bool cmac(edi_siv *siv, const uint8_t *text, size_t length, const uint8_t *end, uint8_t out[16]) {
  uint8_t block[16], tail[32];
  size_t whole = length > 32 ? (length - 17) / 16 * 16 : 0, rest = length - whole; /* rest: 17 to 32, or all of a short one */
  memset(out, 0, 16);
  for (size_t at = 0; at < whole; at += 16) {
    memcpy(block, text + at, 16);
    edi_aes_xor(out, block);
    if (!edi_aes_blocks(&siv->mac, out, out, 1)) return false;
  }
  memset(tail, 0, sizeof tail);
  if (rest) memcpy(tail, text + whole, rest);
  for (unsigned i = 0; end && i < 16; i++) tail[rest - 16 + i] ^= end[i];
  size_t last = rest > 16 ? 16 : 0, left = rest - last;
  if (last) {
    edi_aes_xor(out, tail);
    if (!edi_aes_blocks(&siv->mac, out, out, 1)) return false;
  }
  if (left < 16) tail[last + left] = 0x80;
  edi_aes_xor(out, tail + last);
  edi_aes_xor(out, left < 16 ? siv->partial : siv->full);
  return edi_aes_blocks(&siv->mac, out, out, 1);
}

bool edi_siv_key(edi_siv *siv, const uint8_t *key, size_t length, const edi_str *data, size_t count) {
  static const uint8_t zero[16];
  uint8_t one[16];
  if (!edi_aes_key(&siv->mac, key) || !edi_aes_key(&siv->stream, key + length / 2)) return false;
  bool good = edi_aes_blocks(&siv->mac, zero, siv->full, 1);
  dbl(siv->full);
  memcpy(siv->partial, siv->full, 16);
  dbl(siv->partial);
  good = good && cmac(siv, zero, 16, NULL, siv->state);
  for (size_t i = 0; i < count && good; i++) {
    good = cmac(siv, (const uint8_t *)data[i].ptr, data[i].len, NULL, one);
    dbl(siv->state);
    edi_aes_xor(siv->state, one);
  }
  return good;
}

/* The synthetic IV of a text: S2V's last step. */
static bool synthesise(edi_siv *siv, const uint8_t *text, size_t length, uint8_t iv[16]) {
  uint8_t padded[16] = {0};
  if (length >= 16) return cmac(siv, text, length, siv->state, iv);
  if (length) memcpy(padded, text, length);
  padded[length] = 0x80;
  uint8_t doubled[16];
  memcpy(doubled, siv->state, 16);
  dbl(doubled);
  edi_aes_xor(padded, doubled);
  return cmac(siv, padded, 16, NULL, iv);
}

/* The counter is 128 bits, of which two were cleared so that 32 and 64 of them never carry. */
static void count_up(uint8_t counter[16]) {
  for (unsigned i = 16; i-- > 0;)
    if (++counter[i]) return;
}

static bool stream(edi_siv *siv, const uint8_t iv[16], const uint8_t *in, size_t length, uint8_t *out) {
  uint8_t counter[16], blocks[16 * STREAM_BLOCKS];
  memcpy(counter, iv, 16);
  counter[8] &= 0x7F;
  counter[12] &= 0x7F;
  for (size_t at = 0; at < length;) {
    size_t left = length - at, size = left < sizeof blocks ? left : sizeof blocks, count = (size + 15) / 16;
    for (size_t i = 0; i < count; i++, count_up(counter)) memcpy(blocks + 16 * i, counter, 16);
    if (!edi_aes_blocks(&siv->stream, blocks, blocks, count)) return false;
    for (size_t i = 0; i < size; i++) out[at + i] = in[at + i] ^ blocks[i];
    at += size;
  }
  return true;
}

bool edi_siv_seal(edi_siv *siv, edi_str text, uint8_t *out) {
  const uint8_t *in = (const uint8_t *)text.ptr;
  return synthesise(siv, in, text.len, out) && stream(siv, out, in, text.len, out + EDI_SIV_IV);
}

bool edi_siv_open(edi_siv *siv, const uint8_t *sealed, size_t length, char *out) {
  uint8_t iv[16];
  if (length < EDI_SIV_IV) return false;
  size_t size = length - EDI_SIV_IV;
  bool good = stream(siv, sealed, sealed + EDI_SIV_IV, size, (uint8_t *)out) &&
              synthesise(siv, (const uint8_t *)out, size, iv) && sodium_memcmp(iv, sealed, EDI_SIV_IV) == 0;
  if (!good && size) sodium_memzero(out, size);
  return good;
}
