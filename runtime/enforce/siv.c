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

/* The last 1 to 32 bytes of a text, as CMAC (RFC 4493) takes them: the last 16 xored with `end` (S2V's xorend) where there is
 * one, padded, and with a subkey. How many blocks they are. */
static size_t tail_of(const edi_siv *siv, const uint8_t *rest, size_t length, const uint8_t *end, uint8_t tail[32]) {
  size_t last = length > 16 ? 16 : 0, left = length - last;
  memset(tail, 0, 32);
  if (length) memcpy(tail, rest, length);
  if (end) edi_aes_xor(tail + length - 16, end);
  if (left < 16) tail[last + left] = 0x80;
  edi_aes_xor(tail + last, left < 16 ? siv->partial : siv->full);
  return last / 16 + 1;
}

/* CMAC of a text; `end`: it has 16 bytes at least. */
static bool cmac(edi_siv *siv, const uint8_t *text, size_t length, const uint8_t *end, uint8_t out[16]) {
  uint8_t tail[32];
  size_t whole = length > 32 ? (length - 17) / 16 * 16 : 0;
  memset(out, 0, 16);
  for (size_t at = 0; at < whole; at += 16) {
    edi_aes_xor(out, text + at);
    if (!edi_aes_blocks(&siv->mac, out, out, 1)) return false;
  }
  size_t blocks = tail_of(siv, text + whole, length - whole, end, tail);
  for (size_t i = 0; i < blocks; i++) {
    edi_aes_xor(out, tail + 16 * i);
    if (!edi_aes_blocks(&siv->mac, out, out, 1)) return false;
  }
  return true;
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
  memset(siv->end, 0, sizeof siv->end);
  memcpy(siv->end + 16, siv->state, 16);
  return good;
}

/* S2V's last step for a text of less than a block: it is padded and xored with the state, doubled. */
static void pad_short(const edi_siv *siv, const uint8_t *text, size_t length, uint8_t padded[16]) {
  memcpy(padded, siv->state, 16);
  dbl(padded);
  for (size_t i = 0; i < length; i++) padded[i] ^= text[i];
  padded[length] ^= 0x80;
}

static inline uint64_t eight(const void *p) {
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline uint64_t little_endian(uint64_t v) { return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap64(v); }

/* The bytes from `from` to the end of a text of 16 or more, eight of them at most. */
static inline uint64_t ending(edi_str text, size_t from) {
  return from + 8 <= text.len ? edi_get64(text.ptr + from) : from < text.len ? edi_get64(text.ptr + text.len - 8) >> 8 * (from + 8 - text.len) : 0;
}

static inline void words_of(edi_str text, uint64_t words[4]) {
  words[0] = edi_get64(text.ptr), words[1] = edi_get64(text.ptr + 8), words[2] = ending(text, 16), words[3] = ending(text, 24);
}

/* Texts of 17 to 32 bytes, as most are, without going through memory: the same as tail_of. */
static inline void two_blocks(const edi_siv *siv, edi_str text, uint8_t blocks[32]) {
  size_t last = text.len - 16;
  const uint8_t *with = siv->end + 32 - text.len, *subkey = last < 16 ? siv->partial : siv->full;
  uint64_t words[4];
  words_of(text, words);
  if (last < 16) words[2 + last / 8] |= UINT64_C(0x80) << 8 * (last % 8);
  edi_aes_put(blocks, (edi_aes_pair){little_endian(words[0]), little_endian(words[1])} ^ edi_aes_pair_at(with));
  edi_aes_put(blocks + 16, (edi_aes_pair){little_endian(words[2]), little_endian(words[3])} ^ edi_aes_pair_at(with + 16) ^ edi_aes_pair_at(subkey));
}

static inline bool synthesise_two(edi_siv *siv, edi_str text, uint8_t iv[16]) {
  uint8_t blocks[32];
  two_blocks(siv, text, blocks);
  if (!edi_aes_blocks(&siv->mac, blocks, iv, 1)) return false;
  edi_aes_xor(iv, blocks + 16);
  return edi_aes_blocks(&siv->mac, iv, iv, 1);
}

/* The synthetic IV of a text: S2V's last step. */
static bool synthesise(edi_siv *siv, const uint8_t *text, size_t length, uint8_t iv[16]) {
  uint8_t padded[16];
  if (length > 16 && length <= 32) return synthesise_two(siv, (edi_str){(const char *)text, length}, iv);
  if (length >= 16) return cmac(siv, text, length, siv->state, iv);
  pad_short(siv, text, length, padded);
  return cmac(siv, padded, 16, NULL, iv);
}

static inline uint64_t big_endian(uint64_t v) { return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(v) : v; }

/* Where the counter of an IV begins, its last 64 bits: two bits are cleared, so that those never carry over. */
static inline uint64_t first_number(const uint8_t iv[16]) { return big_endian(eight(iv + 8)) & UINT64_C(0x7FFFFFFF7FFFFFFF); }

static void put_counters(const uint8_t iv[16], uint64_t number, size_t count, uint8_t *blocks) {
  uint64_t high = eight(iv);
  for (size_t i = 0; i < count; i++) {
    uint64_t low = big_endian(number + i);
    edi_aes_put(blocks + 16 * i, (edi_aes_pair){high, low});
  }
}

static void xor_bytes(const uint8_t *in, const uint8_t *with, size_t length, uint8_t *out) {
  size_t i = 0;
  for (; i + 8 <= length; i += 8) edi_put64(out + i, edi_get64(in + i) ^ edi_get64(with + i));
  for (; i < length; i++) out[i] = in[i] ^ with[i];
}

static bool stream(edi_siv *siv, const uint8_t iv[16], const uint8_t *in, size_t length, uint8_t *out) {
  uint8_t blocks[16 * STREAM_BLOCKS];
  uint64_t number = first_number(iv);
  for (size_t at = 0; at < length;) {
    size_t left = length - at, size = left < sizeof blocks ? left : sizeof blocks, count = (size + 15) / 16;
    put_counters(iv, number, count, blocks);
    number += count;
    if (!edi_aes_blocks(&siv->stream, blocks, blocks, count)) return false;
    xor_bytes(in + at, blocks, size, out + at);
    at += size;
  }
  return true;
}

bool edi_siv_seal(edi_siv *siv, edi_str text, uint8_t *out) {
  const uint8_t *in = (const uint8_t *)text.ptr;
  return synthesise(siv, in, text.len, out) && stream(siv, out, in, text.len, out + EDI_SIV_IV);
}

bool edi_siv_seal_two(edi_siv *siv, edi_str text, uint8_t out[EDI_SIV_IV + 32]) {
  uint8_t blocks[32];
  uint64_t words[4];
  if (!synthesise_two(siv, text, out)) return false;
  put_counters(out, first_number(out), 2, blocks);
  if (!edi_aes_blocks(&siv->stream, blocks, blocks, 2)) return false;
  words_of(text, words);
  for (unsigned i = 0; i < 4; i++) edi_put64(out + EDI_SIV_IV + 8 * i, words[i] ^ edi_get64(blocks + 8 * i));
  return true;
}

/* ---- many texts ---- */

typedef struct chains {
  uint8_t blocks[EDI_SIV_MANY][EDI_SIV_SHORT]; /* what CMAC goes through, of each text */
  size_t count[EDI_SIV_MANY];                  /* of blocks */
} chains;

static void chain_of(const edi_siv *siv, edi_str text, uint8_t *blocks, size_t *count) {
  uint8_t padded[16], tail[32];
  const uint8_t *in = (const uint8_t *)text.ptr;
  size_t whole = text.len > 32 ? (text.len - 17) / 16 * 16 : 0;
  if (text.len > 16 && text.len <= 32) {
    two_blocks(siv, text, blocks);
    *count = 2;
    return;
  }
  if (text.len < 16) pad_short(siv, in, text.len, padded);
  size_t last = text.len < 16 ? tail_of(siv, padded, 16, NULL, tail) : tail_of(siv, in + whole, text.len - whole, siv->state, tail);
  if (whole) memcpy(blocks, in, whole);
  memcpy(blocks + whole, tail, 16 * last);
  *count = whole / 16 + last;
}

/* Step by step, a block of each text that has one yet; what comes out of its last one is the synthetic IV. */
static bool synthesise_many(edi_siv *siv, const edi_str *texts, uint8_t *const *out, size_t count) {
  chains c;
  uint8_t states[EDI_SIV_MANY][16];
  size_t most = 0;
  for (size_t i = 0; i < count; i++) {
    chain_of(siv, texts[i], c.blocks[i], &c.count[i]);
    memset(out[i], 0, 16);
    if (c.count[i] > most) most = c.count[i];
  }
  for (size_t step = 0; step < most; step++) {
    size_t n = 0, which[EDI_SIV_MANY];
    for (size_t i = 0; i < count; i++) {
      if (step >= c.count[i]) continue;
      memcpy(states[n], c.blocks[i] + 16 * step, 16);
      edi_aes_xor(states[n], out[i]);
      which[n++] = i;
    }
    if (!edi_aes_blocks(&siv->mac, states[0], states[0], n)) return false;
    for (size_t k = 0; k < n; k++) memcpy(out[which[k]], states[k], 16);
  }
  return true;
}

bool edi_siv_seal_many(edi_siv *siv, const edi_str *texts, uint8_t *const *out, size_t count) {
  uint8_t blocks[EDI_SIV_MANY * EDI_SIV_SHORT];
  size_t used = 0;
  if (!synthesise_many(siv, texts, out, count)) return false;
  for (size_t i = 0; i < count; i++) {
    put_counters(out[i], first_number(out[i]), (texts[i].len + 15) / 16, blocks + used);
    used += (texts[i].len + 15) / 16 * 16;
  }
  if (used && !edi_aes_blocks(&siv->stream, blocks, blocks, used / 16)) return false;
  const uint8_t *from = blocks;
  for (size_t i = 0; i < count; i++) {
    xor_bytes((const uint8_t *)texts[i].ptr, from, texts[i].len, out[i] + EDI_SIV_IV);
    from += (texts[i].len + 15) / 16 * 16;
  }
  return true;
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
