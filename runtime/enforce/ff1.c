/* FF1: see the header. Names and steps as in SP 800-38G, algorithms 7 and 8.
 *
 * Halves whose numbers fit 63 bits, which are those of cards and phone numbers, are computed as such;
 * longer ones digit by digit. Both ways give the same numerals, which a test compares. */
#include "enforce/ff1.h"

#include <sodium.h>

enum { ROUNDS = EDI_FF1_ROUNDS, HALF_MOST = EDI_FF1_LENGTH_MOST / 2, DRAWN_MOST = 144 };
#define DOMAIN_LEAST UINT64_C(1000000)

edict_status edi_ff1_init(edi_ff1 *ff1, size_t key_bytes) {
  memset(ff1, 0, sizeof *ff1);
  return edi_aes_init(&ff1->aes, key_bytes);
}

void edi_ff1_fini(edi_ff1 *ff1) {
  edi_aes_fini(&ff1->aes);
  sodium_memzero(ff1, sizeof *ff1);
}

bool edi_ff1_key(edi_ff1 *ff1, const uint8_t *key, uint32_t radix, edi_str tweak) {
  if (radix < 2 || radix > EDI_FF1_RADIX_MOST || tweak.len > sizeof ff1->tweak) return false;
  ff1->radix = radix;
  ff1->by_pair = edi_half_divider_of(radix * radix);
  ff1->inverse = (1u << 24) / radix + 1;
  ff1->tweak_length = (uint32_t)tweak.len;
  if (tweak.len) memcpy(ff1->tweak, tweak.ptr, tweak.len);
  ff1->length = 0;
  return edi_aes_key(&ff1->aes, key);
}

/* ---- what depends on the length ---- */

/* radix^n, or 0 if that needs more than 63 bits. */
static uint64_t power(uint32_t radix, uint32_t n) {
  uint64_t p = 1;
  while (n-- > 0)
    if (__builtin_mul_overflow(p, radix, &p) || p >> 63) return 0;
  return p;
}

static edi_divider divider_or_none(uint64_t d) { return d ? edi_divider_of(d) : (edi_divider){0, 0, 0}; }

/* NUM(numerals) in `size` bytes, most significant first. */
static void number_of(uint32_t radix, const uint8_t *numerals, size_t count, uint8_t *out, size_t size) {
  memset(out, 0, size);
  for (size_t n = 0; n < count; n++) {
    uint32_t carry = numerals[n];
    for (size_t i = size; i-- > 0; carry >>= 8) {
      carry += out[i] * radix;
      out[i] = (uint8_t)carry;
    }
  }
}

/* Bytes of the largest number of `count` numerals: ceil(ceil(count * log2(radix)) / 8). */
static uint32_t bytes_for(uint32_t radix, uint32_t count) {
  uint8_t most[HALF_MOST], number[HALF_MOST + 1];
  memset(most, (int)radix - 1, count);
  number_of(radix, most, count, number, sizeof number);
  uint32_t leading = 0;
  while (leading < sizeof number && number[leading] == 0) leading++;
  return (uint32_t)sizeof number - leading;
}

static bool mac(edi_ff1 *ff1, uint8_t state[16], const uint8_t *blocks, size_t size) {
  for (size_t at = 0; at < size; at += 16) {
    edi_aes_xor(state, blocks + at);
    if (!edi_aes_blocks(&ff1->aes, state, state, 1)) return false;
  }
  return true;
}

static void put32(uint8_t *out, uint32_t v) {
  for (unsigned i = 0; i < 4; i++) out[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* What of Q goes before the number, in each round; the number has 8 bytes at most, and ends the last block. */
static bool begin_rounds(edi_ff1 *ff1) {
  uint32_t last = ff1->tail_size - 16;
  for (unsigned round = 0; round < ROUNDS; round++) {
    uint8_t *state = ff1->begun[round];
    ff1->tail[ff1->head] = (uint8_t)round;
    memcpy(state, ff1->state, 16);
    if (!mac(ff1, state, ff1->tail, last)) return false;
    edi_aes_xor(state, ff1->tail + last);
  }
  return true;
}

/* Steps 1 to 5, and of step 6 what no round changes. */
static bool prepare(edi_ff1 *ff1, uint32_t n) {
  uint8_t p[16] = {1, 2, 1, 0, 0, 0, ROUNDS}, q[EDI_FF1_TWEAK_MOST + 256] = {0};
  if (n < 2 || n > EDI_FF1_LENGTH_MOST) return false;
  uint64_t domain = power(ff1->radix, n);
  if (domain != 0 && domain < DOMAIN_LEAST) return false;
  ff1->left = n / 2;
  ff1->right = n - n / 2;
  ff1->low = divider_or_none(power(ff1->radix, ff1->left));
  ff1->high = divider_or_none(power(ff1->radix, ff1->right));
  ff1->plain[0] = ff1->low.d ? edi_plain_divider_of(ff1->low.d) : ff1->low;
  ff1->plain[1] = ff1->high.d ? edi_plain_divider_of(ff1->high.d) : ff1->high;
  ff1->bytes = bytes_for(ff1->radix, ff1->right);
  ff1->drawn = (ff1->bytes + 3) / 4 * 4 + 4;
  p[3] = (uint8_t)(ff1->radix >> 16);
  p[4] = (uint8_t)(ff1->radix >> 8);
  p[5] = (uint8_t)ff1->radix;
  p[7] = (uint8_t)ff1->left;
  put32(p + 8, n);
  put32(p + 12, ff1->tweak_length);
  memcpy(q, ff1->tweak, ff1->tweak_length);
  uint32_t size = (ff1->tweak_length + 1 + ff1->bytes + 15) / 16 * 16, fixed = size - ff1->bytes - 1, whole = fixed / 16 * 16;
  memset(ff1->state, 0, sizeof ff1->state);
  ff1->length = 0;
  if (!mac(ff1, ff1->state, p, 16) || !mac(ff1, ff1->state, q, whole)) return false;
  ff1->head = fixed - whole;
  ff1->tail_size = size - whole;
  memset(ff1->tail, 0, sizeof ff1->tail);
  memcpy(ff1->tail, q + whole, ff1->head);
  if (ff1->low.d && ff1->high.d && !begin_rounds(ff1)) return false;
  ff1->length = n;
  return true;
}

/* Step 6 i to iii: `drawn` bytes that depend on the round and on NUM(B), which stands in the tail. */
static bool draw(edi_ff1 *ff1, unsigned round, uint8_t out[DRAWN_MOST]) {
  ff1->tail[ff1->head] = (uint8_t)round;
  memcpy(out, ff1->state, 16);
  if (!mac(ff1, out, ff1->tail, ff1->tail_size)) return false;
  for (uint32_t j = 1; 16 * j < ff1->drawn; j++) {
    uint8_t *block = out + 16 * j;
    memcpy(block, out, 16);
    for (unsigned i = 0; i < 4; i++) block[15 - i] ^= (uint8_t)(j >> (8 * i));
    if (!edi_aes_blocks(&ff1->aes, block, block, 1)) return false;
  }
  return true;
}

/* ---- halves as numbers of 63 bits, of several values side by side ---- */

typedef struct pairs { uint64_t a[EDI_FF1_MANY], b[EDI_FF1_MANY]; } pairs;

/* Two numerals at a time, of all values, which do not wait for each other. One alone is worth code of its own. */
static inline __attribute__((always_inline)) void gather(uint32_t radix, uint8_t *const *values, size_t many, uint32_t from, uint32_t count, uint64_t *out) {
  for (size_t k = 0; k < many; k++) out[k] = count % 2 ? values[k][from] : 0;
  for (uint32_t i = from + count % 2; i < from + count; i += 2)
    for (size_t k = 0; k < many; k++) out[k] = out[k] * (radix * radix) + (values[k][i] * radix + values[k][i + 1]);
}

/* Of a pair, which has 16 bits, the first numeral is what `inverse` leaves of it. */
static inline __attribute__((always_inline)) void scatter(const edi_ff1 *ff1, uint64_t *numbers, size_t many, uint8_t *const *values, uint32_t from, uint32_t count) {
  const edi_divider by = ff1->by_pair;
  for (uint32_t i = from + count; i >= from + 2; i -= 2)
    for (size_t k = 0; k < many; k++) {
      uint64_t quotient = edi_half_divide(by, numbers[k]), pair = numbers[k] - quotient * by.d, first = pair * ff1->inverse >> 24;
      values[k][i - 2] = (uint8_t)first;
      values[k][i - 1] = (uint8_t)(pair - first * ff1->radix);
      numbers[k] = quotient;
    }
  for (size_t k = 0; k < many && count % 2; k++) values[k][from] = (uint8_t)numbers[k];
}

static inline uint64_t big_endian(uint64_t v) { return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(v) : v; }

static inline uint64_t eight(const uint8_t *bytes) {
  uint64_t v;
  memcpy(&v, bytes, sizeof v);
  return v;
}

/* y mod m, of 8 or 12 bytes. */
static inline uint64_t reduced(const uint8_t *drawn, uint32_t size, edi_divider m) {
  if (size == 8) return edi_modulo(m, big_endian(eight(drawn)));
  uint64_t first = big_endian(eight(drawn)) >> 32, rest = big_endian(eight(drawn + 4));
  return (uint64_t)((((edi_wide)edi_modulo(m, first) << 64) | rest) % m.d);
}

/* Step 6 i to iii of each value, of which no more than a block is drawn. */
static bool draw_many(edi_ff1 *ff1, unsigned round, const uint64_t *numbers, size_t many, uint8_t (*out)[16]) {
  uint64_t high = eight(ff1->begun[round]), low = eight(ff1->begun[round] + 8);
  for (size_t i = 0; i < many; i++) {
    edi_aes_put(out[i], (edi_aes_pair){high, low ^ big_endian(numbers[i])});
  }
  return edi_aes_blocks(&ff1->aes, out[0], out[0], many);
}

/* Forward, round i adds to A, where it is even, what B draws, else to B what A draws; backward it is taken off. */
static bool short_rounds(edi_ff1 *ff1, uint8_t *const *values, size_t many, bool forward) {
  uint8_t drawn[EDI_FF1_MANY][16];
  pairs h;
  gather(ff1->radix, values, many, 0, ff1->left, h.a);
  gather(ff1->radix, values, many, ff1->left, ff1->right, h.b);
  for (unsigned step = 0; step < ROUNDS; step++) {
    unsigned round = forward ? step : ROUNDS - 1 - step;
    edi_divider by = round % 2 == 0 ? ff1->low : ff1->high;
    uint64_t *from = round % 2 == 0 ? h.b : h.a, *to = round % 2 == 0 ? h.a : h.b;
    if (!draw_many(ff1, round, from, many, drawn)) return false;
    for (size_t i = 0; i < many; i++) {
      uint64_t y = reduced(drawn[i], ff1->drawn, by), c = forward ? to[i] + y : to[i] + by.d - y;
      to[i] = c >= by.d ? c - by.d : c;
    }
  }
  scatter(ff1, h.a, many, values, 0, ff1->left);
  scatter(ff1, h.b, many, values, ff1->left, ff1->right);
  return true;
}

/* ---- of one value ---- */

/* to + y, or to - y, modulo m of at most 32 bits; y is of 8 bytes, and m has a short divider. What does not wait for y is
 * done beside it, and nothing is guessed: every second guess would be wrong. */
static inline uint64_t added(uint64_t to, uint64_t y, edi_divider m) {
  uint64_t less = to - m.d + y - edi_half_divide(m, y) * m.d;
  return less + (m.d & (uint64_t)((int64_t)less >> 63));
}

static inline uint64_t taken_off(uint64_t to, uint64_t y, edi_divider m) {
  uint64_t rest = to - y + edi_half_divide(m, y) * m.d;
  return rest + (m.d & (uint64_t)((int64_t)rest >> 63));
}

/* Two rounds, of which the second waits for the first: so the time that each takes counts, and not how much of the processor. */
static __attribute__((noinline)) bool lone_rounds(edi_ff1 *ff1, uint8_t *numerals, bool forward) {
  const edi_divider even = ff1->plain[0], odd = ff1->plain[1];
  uint8_t block[16];
  uint64_t a, b;
  gather(ff1->radix, &numerals, 1, 0, ff1->left, &a);
  gather(ff1->radix, &numerals, 1, ff1->left, ff1->right, &b);
  for (unsigned round = 0; round < ROUNDS; round += 2) {
    const uint8_t *first = ff1->begun[forward ? round : ROUNDS - 1 - round], *second = ff1->begun[forward ? round + 1 : ROUNDS - 2 - round];
    edi_aes_put(block, (edi_aes_pair){eight(first), eight(first + 8) ^ big_endian(forward ? b : a)});
    if (!edi_aes_blocks(&ff1->aes, block, block, 1)) return false;
    if (forward) a = added(a, big_endian(eight(block)), even);
    else b = taken_off(b, big_endian(eight(block)), odd);
    edi_aes_put(block, (edi_aes_pair){eight(second), eight(second + 8) ^ big_endian(forward ? a : b)});
    if (!edi_aes_blocks(&ff1->aes, block, block, 1)) return false;
    if (forward) b = added(b, big_endian(eight(block)), odd);
    else a = taken_off(a, big_endian(eight(block)), even);
  }
  scatter(ff1, &a, 1, &numerals, 0, ff1->left);
  scatter(ff1, &b, 1, &numerals, ff1->left, ff1->right);
  return true;
}

/* ---- halves of any length ---- */

/* The last numerals of y, one after the other by division, added to those of the half or taken off. */
static void combine(uint32_t radix, uint8_t *drawn, uint32_t size, uint8_t *half, uint32_t count, bool add) {
  uint32_t carry = 0;
  for (uint32_t n = count; n-- > 0;) {
    uint32_t rest = 0;
    for (uint32_t i = 0; i < size; i++) {
      rest = rest << 8 | drawn[i];
      drawn[i] = (uint8_t)(rest / radix);
      rest %= radix;
    }
    uint32_t sum = add ? half[n] + rest + carry : half[n] + radix - rest - carry;
    carry = add ? sum >= radix : sum < radix;
    half[n] = (uint8_t)(sum % radix);
  }
}

static bool long_rounds(edi_ff1 *ff1, uint8_t *numerals, bool forward) {
  uint8_t drawn[DRAWN_MOST], halves[2][HALF_MOST];
  uint32_t sizes[2] = {ff1->left, ff1->right};
  memcpy(halves[0], numerals, ff1->left);
  memcpy(halves[1], numerals + ff1->left, ff1->right);
  for (unsigned step = 0; step < ROUNDS; step++) {
    /* Forward, round i replaces A (half i mod 2) by what B (the other) says of it; backward the same half. */
    unsigned round = forward ? step : ROUNDS - 1 - step, to = round % 2, from = 1 - to;
    number_of(ff1->radix, halves[from], sizes[from], ff1->tail + ff1->head + 1, ff1->bytes);
    if (!draw(ff1, round, drawn)) return false;
    combine(ff1->radix, drawn, ff1->drawn, halves[to], sizes[to], forward);
  }
  memcpy(numerals, halves[0], ff1->left);
  memcpy(numerals + ff1->left, halves[1], ff1->right);
  return true;
}

static bool run(edi_ff1 *ff1, uint8_t *const *values, size_t many, size_t count, bool forward) {
  if (count < 2 || count > EDI_FF1_LENGTH_MOST) return false;
  if (ff1->length != count && !prepare(ff1, (uint32_t)count)) return false;
  if (many == 1 && ff1->drawn == 8 && ff1->plain[0].d && ff1->plain[1].d && ff1->low.d && ff1->high.d) return lone_rounds(ff1, values[0], forward);
  if (ff1->low.d && ff1->high.d) return short_rounds(ff1, values, many, forward);
  for (size_t i = 0; i < many; i++)
    if (!long_rounds(ff1, values[i], forward)) return false;
  return true;
}

bool edi_ff1_encrypt(edi_ff1 *ff1, uint8_t *numerals, size_t count) { return run(ff1, &numerals, 1, count, true); }
bool edi_ff1_decrypt(edi_ff1 *ff1, uint8_t *numerals, size_t count) { return run(ff1, &numerals, 1, count, false); }
bool edi_ff1_encrypt_many(edi_ff1 *ff1, uint8_t *const *values, size_t many, size_t count) { return run(ff1, values, many, count, true); }
