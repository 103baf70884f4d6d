/* Bytes: borrowed strings, checked sizes, little-endian access, the growing buffer and the reader.
 *
 * Encodings are in encoding.c, UTF-8 and escaping in utf8.c. The buffer's memory is always one byte
 * longer than `cap`, because vsnprintf writes a NUL after what it formats. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem, which is linear */
#endif
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- strings ---- */

edi_str edi_str_from(const char *terminated) {
  return terminated ? (edi_str){terminated, strlen(terminated)} : (edi_str){NULL, 0};
}

bool edi_str_equal(edi_str a, edi_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int edi_str_compare(edi_str a, edi_str b) {
  size_t shared = a.len < b.len ? a.len : b.len;
  if (shared > 0 && a.ptr[0] != b.ptr[0]) return (unsigned char)a.ptr[0] < (unsigned char)b.ptr[0] ? -1 : 1; /* mostly */
  int order = shared > 0 ? memcmp(a.ptr, b.ptr, shared) : 0;
  if (order != 0) return order < 0 ? -1 : 1;
  return a.len < b.len ? -1 : a.len > b.len;
}

static unsigned char lower(char c) { return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

int edi_str_compare_caseless(edi_str a, edi_str b) {
  for (size_t i = 0; i < a.len && i < b.len; i++)
    if (lower(a.ptr[i]) != lower(b.ptr[i])) return lower(a.ptr[i]) < lower(b.ptr[i]) ? -1 : 1;
  return a.len < b.len ? -1 : a.len > b.len;
}

static edi_str without_v(edi_str s) { return s.len && s.ptr[0] == 'v' ? (edi_str){s.ptr + 1, s.len - 1} : s; }

bool edi_str_same_version(edi_str a, edi_str b) { return edi_str_equal(without_v(a), without_v(b)); }

bool edi_str_starts(edi_str s, edi_str prefix) {
  return s.len >= prefix.len && edi_str_equal((edi_str){s.ptr, prefix.len}, prefix);
}

bool edi_str_ends(edi_str s, edi_str suffix) {
  if (s.len < suffix.len) return false;
  return suffix.len == 0 || memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0;
}

bool edi_str_contains(edi_str s, edi_str part) {
  return part.len == 0 || (s.len >= part.len && memmem(s.ptr, s.len, part.ptr, part.len) != NULL);
}

/* Only the last `*` can need to take more: what an earlier one took already led up to it. */
bool edi_str_glob(edi_str glob, edi_str s) {
  size_t g = 0, i = 0, star = SIZE_MAX, resume = 0;
  while (i < s.len) {
    if (g < glob.len && glob.ptr[g] == '*') {
      star = g++;
      resume = i;
    } else if (g < glob.len && (glob.ptr[g] == '?' || glob.ptr[g] == s.ptr[i])) {
      g++;
      i++;
    } else if (star != SIZE_MAX) {
      g = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.len && glob.ptr[g] == '*') g++;
  return g == glob.len;
}

enum { DISTANCE_MOST = 64, DISTANCE_BAND = 2 * DISTANCE_MOST + 3 };

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* Cell (i, j) of the table is at j - i + most + 1 of row i: a band around the diagonal, with a
 * border on either side that is always too far. Returns the row's least. */
static unsigned distance_row(edi_str a, edi_str b, size_t i, unsigned most, const unsigned *before,
                             const unsigned *last, unsigned *row) {
  const unsigned far = most + 1;
  unsigned nearest = far;
  row[0] = row[2 * most + 2] = far;
  for (size_t k = 1; k <= 2 * (size_t)most + 1; k++) {
    row[k] = far;
    if (i + k < (size_t)most + 1 || i + k - most - 1 > b.len) continue;
    size_t j = i + k - most - 1;
    unsigned cell = i == 0 ? (unsigned)j : far;
    if (i > 0) cell = least(cell, last[k + 1] + 1);
    if (j > 0) cell = least(cell, row[k - 1] + 1);
    if (i > 0 && j > 0) cell = least(cell, last[k] + (a.ptr[i - 1] != b.ptr[j - 1]));
    if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
      cell = least(cell, before[k] + 1);
    row[k] = least(cell, far);
    nearest = least(nearest, row[k]);
  }
  return nearest;
}

unsigned edi_str_distance(edi_str a, edi_str b, unsigned most) {
  if (most > DISTANCE_MOST) most = DISTANCE_MOST;
  size_t difference = a.len > b.len ? a.len - b.len : b.len - a.len;
  if (difference > most) return most + 1;
  unsigned rows[3][DISTANCE_BAND] = {{0}};
  unsigned previous = 0;
  for (size_t i = 0; i <= a.len; i++) {
    unsigned nearest =
        distance_row(a, b, i, most, rows[(i + 1) % 3], rows[(i + 2) % 3], rows[i % 3]);
    /* A transposition reaches two rows back, so one row beyond the limit is not yet the end. */
    if (nearest > most && previous > most) return most + 1;
    previous = nearest;
  }
  return rows[a.len % 3][b.len - a.len + most + 1];
}

/* Both halves of a product: every bit of the number reaches every part of it. */
static uint64_t mixed(uint64_t number) {
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)(number ^ UINT64_C(0xA0761D6478BD642F)) * UINT64_C(0x9E3779B97F4A7C15);
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t edi_str_hash(edi_str s) {
  uint64_t hash = mixed(s.len), last = 0;
  size_t at = 0;
  for (; s.len - at >= 8; at += 8) hash = mixed(hash ^ edi_get64(s.ptr + at));
  for (; at < s.len; at++) last = last << 8 | (unsigned char)s.ptr[at];
  return mixed(hash ^ last);
}

/* ---- sizes, loads, stores ---- */

bool edi_size_add(size_t a, size_t b, size_t *out) {
  size_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return false;
  *out = sum;
  return true;
}

bool edi_size_mul(size_t a, size_t b, size_t *out) {
  size_t product;
  if (__builtin_mul_overflow(a, b, &product)) return false;
  *out = product;
  return true;
}

static void put_bytes(void *p, uint64_t v, size_t size) {
  unsigned char *b = p;
  for (size_t i = 0; i < size; i++) b[i] = (unsigned char)(v >> (8 * i));
}

void edi_put16(void *p, uint16_t v) { put_bytes(p, v, sizeof v); }

void edi_put32(void *p, uint32_t v) { put_bytes(p, v, sizeof v); }

/* ---- buffer ---- */

void edi_buf_init(edi_buf *buf, const edi_allocator *allocator, size_t max) {
  *buf = (edi_buf){
      .max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4,
      .allocator = allocator ? allocator : &edi_allocator_default,
  };
}

void edi_buf_fini(edi_buf *buf) {
  if (buf->ptr) buf->allocator->resize(buf->allocator->context, buf->ptr, buf->cap + 1, 0);
  *buf = (edi_buf){.max = buf->max, .allocator = buf->allocator};
}

edict_status edi_buf_give(edi_buf *buf, char **text) {
  edict_status status = buf->failed;
  *text = NULL;
  if (status == EDICT_OK) *text = buf->ptr;
  else edi_buf_fini(buf);
  return status;
}

/* Makes room for `more` bytes after len; false, and `failed` set, if there is none. */
static bool buf_reserve(edi_buf *buf, size_t more) {
  if (buf->failed != EDICT_OK) return false;
  if (more > buf->max - buf->len) {
    buf->failed = EDICT_LIMIT;
    return false;
  }
  size_t needed = buf->len + more;
  if (buf->ptr && needed <= buf->cap) return true;
  size_t cap = buf->cap * 2 > 64 ? buf->cap * 2 : 64;
  if (cap < needed) cap = needed;
  if (cap > buf->max) cap = buf->max;
  char *ptr = buf->allocator->resize(buf->allocator->context, buf->ptr, buf->ptr ? buf->cap + 1 : 0,
                                     cap + 1);
  if (!ptr) {
    buf->failed = EDICT_MEMORY;
    return false;
  }
  buf->ptr = ptr;
  buf->cap = cap;
  return true;
}

void edi_buf_expect(edi_buf *buf, size_t more) { (void)buf_reserve(buf, more); }

void edi_buf_append(edi_buf *buf, const void *bytes, size_t length) {
  if (length == 0 || !buf_reserve(buf, length)) return;
  memcpy(buf->ptr + buf->len, bytes, length);
  buf->len += length;
}

void edi_buf_str(edi_buf *buf, edi_str s) { edi_buf_append(buf, s.ptr, s.len); }

void edi_buf_text(edi_buf *buf, const char *terminated) {
  edi_buf_str(buf, edi_str_from(terminated));
}

void edi_buf_char(edi_buf *buf, char c) { edi_buf_append(buf, &c, 1); }

void edi_buf_format(edi_buf *buf, const char *format, ...) {
  va_list measured, written;
  va_start(measured, format);
  int length = vsnprintf(NULL, 0, format, measured);
  va_end(measured);
  if (length < 0) {
    if (buf->failed == EDICT_OK) buf->failed = EDICT_LIMIT; /* longer than INT_MAX */
    return;
  }
  if (length == 0 || !buf_reserve(buf, (size_t)length)) return;
  va_start(written, format);
  vsnprintf(buf->ptr + buf->len, (size_t)length + 1, format, written);
  va_end(written);
  buf->len += (size_t)length;
}

void edi_buf_repeat(edi_buf *buf, char c, size_t count) {
  if (count == 0 || !buf_reserve(buf, count)) return;
  memset(buf->ptr + buf->len, c, count);
  buf->len += count;
}

void edi_buf_zeros(edi_buf *buf, size_t count) { edi_buf_repeat(buf, 0, count); }

void edi_buf_u8(edi_buf *buf, uint8_t v) { edi_buf_append(buf, &v, 1); }

void edi_buf_u16(edi_buf *buf, uint16_t v) {
  unsigned char bytes[sizeof v];
  edi_put16(bytes, v);
  edi_buf_append(buf, bytes, sizeof bytes);
}

void edi_buf_u32(edi_buf *buf, uint32_t v) {
  unsigned char bytes[sizeof v];
  edi_put32(bytes, v);
  edi_buf_append(buf, bytes, sizeof bytes);
}

void edi_buf_u64(edi_buf *buf, uint64_t v) {
  unsigned char bytes[sizeof v];
  edi_put64(bytes, v);
  edi_buf_append(buf, bytes, sizeof bytes);
}

/* ---- reader ---- */

/* The next `length` bytes; NULL, and bad from now on, if there are fewer. */
static const unsigned char *reader_take(edi_reader *r, size_t length) {
  if (r->bad || r->at > r->len || length > r->len - r->at) {
    r->bad = true;
    return NULL;
  }
  const unsigned char *taken = r->ptr + r->at;
  r->at += length;
  return taken;
}

uint8_t edi_reader_u8(edi_reader *r) {
  const unsigned char *p = reader_take(r, 1);
  return p ? *p : 0;
}

uint16_t edi_reader_u16(edi_reader *r) {
  const unsigned char *p = reader_take(r, 2);
  return p ? edi_get16(p) : 0;
}

uint32_t edi_reader_u32(edi_reader *r) {
  const unsigned char *p = reader_take(r, 4);
  return p ? edi_get32(p) : 0;
}

uint64_t edi_reader_u64(edi_reader *r) {
  const unsigned char *p = reader_take(r, 8);
  return p ? edi_get64(p) : 0;
}

edi_str edi_reader_bytes(edi_reader *r, size_t length) {
  if (length == 0) return (edi_str){NULL, 0};
  const unsigned char *p = reader_take(r, length);
  return p ? (edi_str){(const char *)p, length} : (edi_str){NULL, 0};
}
