/* Encoding: base64 (RFC 4648 section 4, padded), base64url (section 5, not padded), lower-case hex.
 *
 * In: bytes or text of a stated length. Out: the other form. Decoders are canonical: for every
 * value there is exactly one text that they take, and it is the one that encoding gives. */
#include "base/bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const char base64_digits[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_digits[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void base64_append(edi_buf *buf, const unsigned char *bytes, size_t length,
                          const char *digits, bool padded) {
  for (size_t i = 0; i < length; i += 3) {
    size_t taken = length - i < 3 ? length - i : 3;
    uint32_t group = (uint32_t)bytes[i] << 16;
    if (taken > 1) group |= (uint32_t)bytes[i + 1] << 8;
    if (taken > 2) group |= bytes[i + 2];
    char text[4];
    for (size_t k = 0; k < 4; k++) text[k] = k <= taken ? digits[group >> (18 - 6 * k) & 63] : '=';
    edi_buf_append(buf, text, padded ? 4 : taken + 1);
  }
}

void edi_base64_append(edi_buf *buf, const void *bytes, size_t length) {
  base64_append(buf, bytes, length, base64_digits, true);
}

void edi_base64url_append(edi_buf *buf, const void *bytes, size_t length) {
  base64_append(buf, bytes, length, base64url_digits, false);
}

/* Values of digits; -1: none. No byte above 127 is one: those are looked for beside. */
static const signed char base64_values[128] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
    -1,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1,
    -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
};
static const signed char base64url_values[128] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
    -1,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63,
    -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
};

/* The value of one digit, or -1. */
static inline int base64_value(char c, const signed char *values) { return (unsigned char)c < 128 ? values[(unsigned char)c] : -1; }

/* Four digits to three bytes, as far as both go; how many digits that were. */
static size_t decode_groups(edi_str text, const signed char *values, unsigned char *out) {
  size_t at = 0;
  for (; at + 4 <= text.len; at += 4, out += 3) {
    const unsigned char *p = (const unsigned char *)text.ptr + at;
    int a = values[p[0] & 127], b = values[p[1] & 127], c = values[p[2] & 127], d = values[p[3] & 127];
    if ((a | b | c | d) < 0 || ((p[0] | p[1] | p[2] | p[3]) & 128)) break;
    uint32_t group = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | (uint32_t)d;
    out[0] = (unsigned char)(group >> 16);
    out[1] = (unsigned char)(group >> 8);
    out[2] = (unsigned char)group;
  }
  return at;
}

/* Text without its padding. The spare bits of the last digit must be zero. */
static bool base64_decode(edi_str text, const signed char *values, unsigned char *out, size_t capacity,
                          size_t *length) {
  if (text.len % 4 == 1) return false;
  size_t size = text.len / 4 * 3 + text.len % 4 * 3 / 4;
  if (size > capacity) return false;
  size_t done = decode_groups(text, values, out), written = done / 4 * 3;
  uint32_t bits = 0;
  unsigned held = 0;
  for (size_t i = done; i < text.len; i++) {
    int value = base64_value(text.ptr[i], values);
    if (value < 0) return false;
    bits = bits << 6 | (uint32_t)value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[written++] = (unsigned char)(bits >> held);
    bits &= (1u << held) - 1;
  }
  if (bits != 0) return false;
  *length = written;
  return true;
}

bool edi_base64_decode(edi_str text, void *out, size_t capacity, size_t *length) {
  if (text.len % 4 != 0) return false;
  if (text.len > 0 && text.ptr[text.len - 1] == '=')
    text.len -= text.ptr[text.len - 2] == '=' ? 2 : 1;
  return base64_decode(text, base64_values, out, capacity, length);
}

bool edi_base64url_decode(edi_str text, void *out, size_t capacity, size_t *length) {
  return base64_decode(text, base64url_values, out, capacity, length);
}

void edi_hex_append(edi_buf *buf, const void *bytes, size_t length) {
  static const char digits[17] = "0123456789abcdef";
  const unsigned char *b = bytes;
  for (size_t i = 0; i < length; i++) {
    char pair[2] = {digits[b[i] >> 4], digits[b[i] & 15]};
    edi_buf_append(buf, pair, sizeof pair);
  }
}

/* Six bytes as eight digits: each six bits in a byte of their own, and then all of them changed to digits at once, by what
 * the ranges of the alphabet lie apart: A to Z, a to z, 0 to 9, the hyphen, the underscore. */
static inline uint64_t eight_digits(uint64_t six) {
  const uint64_t ones = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
  uint64_t t = (six & UINT64_C(0xFFFFFF000000)) << 8 | (six & 0xFFFFFF);
  t = (t & UINT64_C(0x00FFF00000FFF000)) << 4 | (t & UINT64_C(0x00000FFF00000FFF));
  t = (t & UINT64_C(0x0FC00FC00FC00FC0)) << 2 | (t & UINT64_C(0x003F003F003F003F));
#define FROM(n) (((t + (128 - (n)) * ones) & high) >> 7) /* 1 where it is n or more */
  return t + 'A' * ones + 6 * FROM(26) + 49 * FROM(63) - 75 * FROM(52) - 13 * FROM(62);
#undef FROM
}

#if defined(__x86_64__)
#define AVX2 static inline __attribute__((target("avx2"), always_inline))

/* Muła and Lemire, "Faster Base64 Encoding and Decoding using AVX2 Instructions": bytes of which each three stand as b a c b. */
AVX2 __m256i digits_of(__m256i x) {
  const __m256i apart = _mm256_broadcastsi128_si256(_mm_setr_epi8('a' - 26, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, '-' - 62, '_' - 63, 'A', 0, 0));
  __m256i odd = _mm256_mulhi_epu16(_mm256_and_si256(x, _mm256_set1_epi32(0x0FC0FC00)), _mm256_set1_epi32(0x04000040));
  __m256i even = _mm256_mullo_epi16(_mm256_and_si256(x, _mm256_set1_epi32(0x003F03F0)), _mm256_set1_epi32(0x01000010));
  __m256i digits = _mm256_or_si256(odd, even), range = _mm256_subs_epu8(digits, _mm256_set1_epi8(51));
  range = _mm256_or_si256(range, _mm256_and_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(26), digits), _mm256_set1_epi8(13)));
  return _mm256_add_epi8(digits, _mm256_shuffle_epi8(apart, range));
}

AVX2 __m128i sixteen(const void *bytes) { return _mm_loadu_si128(bytes); }

AVX2 void write_24(const unsigned char *b, char *out) {
  const __m128i first = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m128i last = _mm_setr_epi8(5, 4, 6, 5, 8, 7, 9, 8, 11, 10, 12, 11, 14, 13, 15, 14);
  __m256i x = _mm256_inserti128_si256(_mm256_castsi128_si256(sixteen(b)), sixteen(b + 8), 1);
  _mm256_storeu_si256((void *)out, digits_of(_mm256_shuffle_epi8(x, _mm256_inserti128_si256(_mm256_castsi128_si256(first), last, 1))));
}

/* Of 24 bytes 32 digits, the last of which overlap those before; of fewer, of 12 or of 16. How many bytes are done. */
static __attribute__((target("avx2"))) size_t write_wide(const unsigned char *b, size_t length, char *out) {
  const __m128i threes = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m128i rest = _mm_setr_epi8(13, 12, 14, 13, -1, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  size_t done = 0, whole = length / 3 * 3;
  for (; length - done >= 24; done += 24) write_24(b + done, out + done / 3 * 4);
  if (done > 0 && done < whole) write_24(b + whole - 24, out + whole / 3 * 4 - 32);
  if (done > 0) return whole;
  __m256i order = _mm256_inserti128_si256(_mm256_castsi128_si256(threes), rest, 1);
  __m256i text = digits_of(_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(sixteen(b)), order));
  _mm_storeu_si128((void *)out, _mm256_castsi256_si128(text));
  if (length > 16) return 12;
  int64_t six = _mm256_extract_epi64(text, 2);
  memcpy(out + 16, &six, 6);
  return length;
}
#endif

void edi_base64url_write(const void *bytes, size_t length, char *out) {
  const unsigned char *b = bytes;
#if defined(__x86_64__)
  if (length >= 16 && __builtin_cpu_supports("avx2")) {
    size_t done = write_wide(b, length, out);
    if (done == length) return;
    b += done, length -= done, out += done / 3 * 4;
  }
#endif
  for (; length >= 6; length -= 6, b += 6, out += 8) {
    uint64_t six = (uint64_t)b[0] << 40 | (uint64_t)b[1] << 32 | (uint64_t)b[2] << 24 | (uint64_t)b[3] << 16 | (uint64_t)b[4] << 8 | b[5];
    edi_put64(out, __builtin_bswap64(eight_digits(six)));
  }
  for (; length >= 3; length -= 3, b += 3, out += 4) {
    uint32_t group = (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
    out[0] = base64url_digits[group >> 18];
    out[1] = base64url_digits[group >> 12 & 63];
    out[2] = base64url_digits[group >> 6 & 63];
    out[3] = base64url_digits[group & 63];
  }
  if (length == 0) return;
  uint32_t group = (uint32_t)b[0] << 16 | (length > 1 ? (uint32_t)b[1] << 8 : 0);
  out[0] = base64url_digits[group >> 18];
  out[1] = base64url_digits[group >> 12 & 63];
  if (length > 1) out[2] = base64url_digits[group >> 6 & 63];
}

enum { LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

void edi_hex_write(const void *bytes, size_t length, bool upper, char *out) {
  const unsigned char *b = bytes, letter = upper ? 'A' - '0' - 10 : 'a' - '0' - 10;
  size_t i = 0;
  /* Four bytes at a time: each nibble in a byte of its own, then what lies between 9 and a letter added. */
  for (; i + 4 <= length; i += 4) {
    uint32_t four;
    memcpy(&four, b + i, sizeof four);
    uint64_t x = LITTLE ? four : __builtin_bswap32(four);
    x = (x | x << 16) & UINT64_C(0x0000FFFF0000FFFF);
    x = (x | x << 8) & UINT64_C(0x00FF00FF00FF00FF);
    x = (x >> 4 | x << 8) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    uint64_t above = (x + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
    uint64_t eight = x + UINT64_C(0x3030303030303030) + above * letter;
    if (!LITTLE) eight = __builtin_bswap64(eight);
    memcpy(out + 2 * i, &eight, sizeof eight);
  }
  for (; i < length; i++) {
    unsigned char high = b[i] >> 4, low = b[i] & 15;
    out[2 * i] = (char)(high + '0' + (high > 9 ? letter : 0));
    out[2 * i + 1] = (char)(low + '0' + (low > 9 ? letter : 0));
  }
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool edi_hex_decode(edi_str text, void *out, size_t capacity, size_t *length) {
  if (text.len % 2 != 0 || text.len / 2 > capacity) return false;
  unsigned char *b = out;
  for (size_t i = 0; i < text.len; i += 2) {
    int high = hex_value(text.ptr[i]), low = hex_value(text.ptr[i + 1]);
    if (high < 0 || low < 0) return false;
    b[i / 2] = (unsigned char)(high << 4 | low);
  }
  *length = text.len / 2;
  return true;
}
