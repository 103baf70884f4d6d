/* Bytes: pointer and length, buffers with a maximum, checked sizes, little-endian access, encodings.
 *
 * Nothing here trusts its input: decoders are canonical (one text for one value) and say false for
 * everything else. No function reads past the length it was given. */
#ifndef EDI_BYTES_H
#define EDI_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

/* A borrowed run of bytes; not NUL-terminated. ptr may be NULL only if len is 0. */
typedef struct edi_str {
  const char *ptr;
  size_t len;
} edi_str;

#define EDI_STR(literal) ((edi_str){(literal), sizeof(literal) - 1})
#define EDI_STR_ARG(s) (int)(s).len, (s).ptr /* for "%.*s" */

edi_str edi_str_from(const char *terminated); /* NULL gives the empty string */
bool edi_str_equal(edi_str a, edi_str b);
int edi_str_compare(edi_str a, edi_str b); /* by bytes, the shorter first: memcmp order */
int edi_str_compare_caseless(edi_str a, edi_str b); /* the same, ASCII letters in lower case, as SQLite takes names */
bool edi_str_starts(edi_str s, edi_str prefix);
bool edi_str_same_version(edi_str a, edi_str b); /* `v1.0.0` and `1.0.0` are one */
bool edi_str_ends(edi_str s, edi_str suffix);
bool edi_str_contains(edi_str s, edi_str part);
/* `*` any run, `?` one byte; linear in len(s) * len(glob), no recursion. */
bool edi_str_glob(edi_str glob, edi_str s);
/* Levenshtein distance with transposition (of bytes, each moved once), capped: anything above `most`
 * returns most + 1. A `most` above 64 counts as 64. */
unsigned edi_str_distance(edi_str a, edi_str b, unsigned most);
uint64_t edi_str_hash(edi_str s); /* eight bytes at a time: for tables in memory whose keys the builder chose */

/* Sizes, checked: false on overflow, and *out untouched. */
bool edi_size_add(size_t a, size_t b, size_t *out);
bool edi_size_mul(size_t a, size_t b, size_t *out);

/* Little-endian loads and stores at any alignment. */
static inline uint16_t edi_get16(const void *p) {
  const unsigned char *b = (const unsigned char *)p;
  return (uint16_t)(b[0] | b[1] << 8);
}
static inline uint32_t edi_get32(const void *p) {
  const unsigned char *b = (const unsigned char *)p;
  return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
static inline uint64_t edi_get64(const void *p) {
  const unsigned char *b = (const unsigned char *)p;
  return (uint64_t)edi_get32(b) | (uint64_t)edi_get32(b + 4) << 32;
}
void edi_put16(void *p, uint16_t v);
void edi_put32(void *p, uint32_t v);
static inline void edi_put64(void *p, uint64_t v) {
  v = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap64(v);
  memcpy(p, &v, sizeof v);
}

/* memcpy of what is mostly short, without a call: two pieces that overlap. */
static inline void edi_copy_short(void *to, const void *from, size_t length) {
  unsigned char *t = (unsigned char *)to;
  const unsigned char *f = (const unsigned char *)from;
  uint64_t a, b, c, d;
  if (length > 32 || length < 4) {
    if (length) memcpy(to, from, length);
  } else if (length >= 16) {
    memcpy(&a, f, 8), memcpy(&b, f + 8, 8), memcpy(&c, f + length - 16, 8), memcpy(&d, f + length - 8, 8);
    memcpy(t, &a, 8), memcpy(t + 8, &b, 8), memcpy(t + length - 16, &c, 8), memcpy(t + length - 8, &d, 8);
  } else if (length >= 8) {
    memcpy(&a, f, 8), memcpy(&b, f + length - 8, 8);
    memcpy(t, &a, 8), memcpy(t + length - 8, &b, 8);
  } else {
    uint32_t e, g;
    memcpy(&e, f, 4), memcpy(&g, f + length - 4, 4);
    memcpy(t, &e, 4), memcpy(t + length - 4, &g, 4);
  }
}

/* A growing buffer on the heap, born with a maximum. Once an append fails (`failed` says which
 * status), all later ones do nothing: check once at the end. */
typedef struct edi_buf {
  char *ptr;
  size_t len, cap, max;
  const edi_allocator *allocator;
  edict_status failed;
} edi_buf;

/* `allocator` NULL means the default. The memory is one byte longer than `cap`. */
/* Over storage of the caller's, never grown and never freed; one byte of it is kept for a NUL. */
static inline edi_buf edi_buf_fixed(char *storage, size_t size) {
  return (edi_buf){.ptr = storage, .cap = size - 1, .max = size - 1};
}

void edi_buf_init(edi_buf *buf, const edi_allocator *allocator, size_t max);
void edi_buf_fini(edi_buf *buf);
void edi_buf_expect(edi_buf *buf, size_t more); /* makes room at once for so many bytes */
void edi_buf_append(edi_buf *buf, const void *bytes, size_t length);
void edi_buf_str(edi_buf *buf, edi_str s);
void edi_buf_text(edi_buf *buf, const char *terminated);
void edi_buf_char(edi_buf *buf, char c);
void edi_buf_format(edi_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void edi_buf_repeat(edi_buf *buf, char c, size_t count);
void edi_buf_zeros(edi_buf *buf, size_t count);
void edi_buf_u8(edi_buf *buf, uint8_t v);
void edi_buf_u16(edi_buf *buf, uint16_t v);
void edi_buf_u32(edi_buf *buf, uint32_t v);
void edi_buf_u64(edi_buf *buf, uint64_t v);

/* Hands the bytes, which end in a NUL, to a caller who frees them with edict_text_free. What failed
 * before is returned and the buffer freed. */
edict_status edi_buf_give(edi_buf *buf, char **text) EDICT_MUST_CHECK;

/* A reader over bytes from outside: each get checks the length; after the first short read `bad`
 * stays true and every get gives zero. Check `bad` once, before believing anything. */
typedef struct edi_reader {
  const unsigned char *ptr;
  size_t len, at;
  bool bad;
} edi_reader;

uint8_t edi_reader_u8(edi_reader *r);
uint16_t edi_reader_u16(edi_reader *r);
uint32_t edi_reader_u32(edi_reader *r);
uint64_t edi_reader_u64(edi_reader *r);
edi_str edi_reader_bytes(edi_reader *r, size_t length); /* borrowed */

/* Encodings. Encoders append to buf; decoders write at most `capacity` bytes to out and set *length.
 * base64: RFC 4648 section 4 with padding (signed notes); base64url: section 5 without (JOSE).
 * Both refuse white space, wrong padding and non-zero spare bits. hex: lower case only. */
void edi_base64_append(edi_buf *buf, const void *bytes, size_t length);
bool edi_base64_decode(edi_str text, void *out, size_t capacity, size_t *length);
void edi_base64url_append(edi_buf *buf, const void *bytes, size_t length);
bool edi_base64url_decode(edi_str text, void *out, size_t capacity, size_t *length);
void edi_hex_append(edi_buf *buf, const void *bytes, size_t length);
/* (4 * length + 2) / 3 digits to out, which has room for them; without padding. */
void edi_base64url_write(const void *bytes, size_t length, char *out);
/* 2 * length digits to out, which has room for them; `upper`: A to F. */
void edi_hex_write(const void *bytes, size_t length, bool upper, char *out);
bool edi_hex_decode(edi_str text, void *out, size_t capacity, size_t *length);

/* UTF-8, strict (no surrogates, no overlong forms, nothing above U+10FFFF). */
bool edi_utf8_valid(edi_str s);
bool edi_utf8_is_ascii(edi_str s); /* all bytes lie below 0x80 */
size_t edi_utf8_ascii(edi_str s, size_t at); /* how many bytes below 0x80 stand there in a row */
/* Number of code points; s must be valid. */
size_t edi_utf8_count(edi_str s);
/* Byte offset of code point n of a valid s; s.len if there are fewer. */
size_t edi_utf8_offset(edi_str s, size_t n);
/* The code point at *at, which moves past it; 0xFFFFFFFF (and one byte on) where it is not valid, and
 * (with *at as it is) at the end. */
uint32_t edi_utf8_next(edi_str s, size_t *at);
/* Whether a code point cannot be seen, or changes how others are seen: control, bidirectional and
 * zero-width characters, line and paragraph separators. Tab and line feed are among them. */
bool edi_utf8_hidden(uint32_t c);

/* What kind of character: general categories Lu, Ll and Nd of the pinned table base/utf8_class.def for
 * code points from U+0080 to U+FFFF, else OTHER. */
typedef enum edi_utf8_kind { EDI_UTF8_OTHER, EDI_UTF8_UPPER, EDI_UTF8_LOWER, EDI_UTF8_DIGIT } edi_utf8_kind;
edi_utf8_kind edi_utf8_class(uint32_t c);

/* Text that came from outside, made safe to show on a terminal or in a message: control characters,
 * bidirectional controls and zero-width characters become \u{XXXX}, invalid bytes \xNN; cut to
 * `most` bytes with "..." after. Never adds quotes. */
void edi_buf_escaped(edi_buf *buf, edi_str s, size_t most);
/* One step of the same: the code point (or invalid byte) at *at < s.len, which moves past it, as it is
 * or as an escape, into `piece`. Returns the piece's length. */
size_t edi_utf8_escape(edi_str s, size_t *at, char piece[12]);

/* JSON text: a quoted, escaped string (invalid UTF-8 becomes U+FFFD). */
void edi_json_string(edi_buf *buf, edi_str s);

#endif
