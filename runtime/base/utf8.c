/* UTF-8: strict decoding, and text from outside made safe for terminals, messages and JSON.
 *
 * In: bytes of a stated length that may be anything. Out: code points, or text without control,
 * bidirectional or zero-width characters. Strict means the well-formed sequences of the Unicode
 * Standard's table 3-7: no surrogates, no overlong forms, nothing above U+10FFFF. */
#include "base/bytes.h"

static bool continues(edi_str s, size_t at) {
  return at < s.len && ((unsigned char)s.ptr[at] & 0xC0) == 0x80;
}

static uint32_t low_bits(edi_str s, size_t at) { return (unsigned char)s.ptr[at] & 0x3F; }

/* The sequence of 2 to 4 bytes at `at`; 0xFFFFFFFF if it is not well formed. */
static uint32_t decode_long(edi_str s, size_t at, size_t *size) {
  uint32_t first = (unsigned char)s.ptr[at], c;
  *size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return UINT32_MAX;
  for (size_t i = 1; i < *size; i++)
    if (!continues(s, at + i)) return UINT32_MAX;
  if (*size == 2) return (first & 0x1F) << 6 | low_bits(s, at + 1);
  c = low_bits(s, at + 1) << 6 | low_bits(s, at + 2);
  if (*size == 3) {
    c |= (first & 0x0F) << 12;
    return c < 0x800 || (c >= 0xD800 && c <= 0xDFFF) ? UINT32_MAX : c;
  }
  c = (first & 0x07) << 18 | c << 6 | low_bits(s, at + 3);
  return c < 0x10000 || c > 0x10FFFF ? UINT32_MAX : c;
}

uint32_t edi_utf8_next(edi_str s, size_t *at) {
  if (*at >= s.len) return UINT32_MAX;
  uint32_t first = (unsigned char)s.ptr[*at];
  if (first < 0x80) {
    (*at)++;
    return first;
  }
  size_t size;
  uint32_t c = decode_long(s, *at, &size);
  *at += c == UINT32_MAX ? 1 : size;
  return c;
}

size_t edi_utf8_ascii(edi_str s, size_t at) {
  size_t end = at;
  uint64_t eight; /* most text is ASCII: eight bytes at a time */
  for (; s.len - end >= sizeof eight; end += sizeof eight) {
    memcpy(&eight, s.ptr + end, sizeof eight);
    if (eight & UINT64_C(0x8080808080808080)) break;
  }
  while (end < s.len && (unsigned char)s.ptr[end] < 0x80) end++;
  return end - at;
}

typedef uint64_t pair __attribute__((vector_size(16)));

static inline pair pair_at(const char *at) {
  pair p;
  memcpy(&p, at, sizeof p);
  return p;
}

bool edi_utf8_is_ascii(edi_str s) {
  const uint64_t high_bits = UINT64_C(0x8080808080808080);
  pair all = {0, 0};
  size_t i = 0;
  if (s.len < sizeof high_bits) return edi_utf8_ascii(s, 0) == s.len;
  if (s.len < sizeof all) return ((edi_get64(s.ptr) | edi_get64(s.ptr + s.len - sizeof high_bits)) & high_bits) == 0;
  for (; s.len - i >= 4 * sizeof all; i += 4 * sizeof all)
    all |= (pair_at(s.ptr + i) | pair_at(s.ptr + i + 16)) | (pair_at(s.ptr + i + 32) | pair_at(s.ptr + i + 48));
  for (; s.len - i >= sizeof all; i += sizeof all) all |= pair_at(s.ptr + i);
  all |= pair_at(s.ptr + s.len - sizeof all); /* what is left, and some of what was seen */
  return ((all[0] | all[1]) & high_bits) == 0;
}

bool edi_utf8_valid(edi_str s) {
  if (edi_utf8_is_ascii(s)) return true; /* as most are */
  for (size_t at = edi_utf8_ascii(s, 0); at < s.len; at += edi_utf8_ascii(s, at))
    if (edi_utf8_next(s, &at) == UINT32_MAX) return false;
  return true;
}

size_t edi_utf8_count(edi_str s) {
  size_t count = 0;
  for (size_t i = 0; i < s.len; i++) count += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
  return count;
}

size_t edi_utf8_offset(edi_str s, size_t n) {
  size_t at = 0;
  while (n > 0 && at < s.len) {
    edi_utf8_next(s, &at);
    n--;
  }
  return at;
}

/* What must never reach a terminal as it is: it moves the cursor, turns the direction of text, or
 * is not seen at all. Sorted. */
static const struct {
  uint32_t first, last;
} hidden[] = {
    {0x0000, 0x001F},   /* C0 controls */
    {0x007F, 0x009F},   /* delete, C1 controls */
    {0x00AD, 0x00AD},   /* soft hyphen */
    {0x034F, 0x034F},   /* combining grapheme joiner */
    {0x061C, 0x061C},   /* Arabic letter mark */
    {0x115F, 0x1160},   /* Hangul fillers */
    {0x17B4, 0x17B5},   /* Khmer inherent vowels */
    {0x180B, 0x180F},   /* Mongolian selectors and vowel separator */
    {0x200B, 0x200F},   /* zero-width space and joiners, direction marks */
    {0x2028, 0x202E},   /* line and paragraph separators, embeddings and overrides */
    {0x2060, 0x206F},   /* word joiner, invisible operators, isolates, deprecated controls */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xFE00, 0xFE0F},   /* variation selectors */
    {0xFEFF, 0xFEFF},   /* byte order mark, zero-width no-break space */
    {0xFFA0, 0xFFA0},   /* halfwidth Hangul filler */
    {0xFFF0, 0xFFFB},   /* unassigned ignorables, interlinear annotations */
    {0x1D173, 0x1D17A}, /* musical formatting controls */
    {0xE0000, 0xE0FFF}, /* tags, more variation selectors */
};

bool edi_utf8_hidden(uint32_t c) {
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden && hidden[i].first <= c; i++)
    if (c <= hidden[i].last) return true;
  return false;
}

size_t edi_utf8_escape(edi_str s, size_t *at, char piece[12]) {
  static const char digits[17] = "0123456789ABCDEF";
  size_t begin = *at;
  uint32_t c = edi_utf8_next(s, at);
  if (c != UINT32_MAX && !edi_utf8_hidden(c)) {
    memcpy(piece, s.ptr + begin, *at - begin);
    return *at - begin;
  }
  piece[0] = '\\';
  if (c == UINT32_MAX) {
    unsigned char byte = (unsigned char)s.ptr[begin];
    piece[1] = 'x';
    piece[2] = digits[byte >> 4];
    piece[3] = digits[byte & 15];
    return 4;
  }
  size_t count = c > 0xFFFF ? 5 : 4; /* the last of the hidden has five digits */
  piece[1] = 'u';
  piece[2] = '{';
  for (size_t i = 0; i < count; i++) piece[3 + i] = digits[c >> (4 * (count - 1 - i)) & 15];
  piece[3 + count] = '}';
  return count + 4;
}

/* How many bytes from here on stand for themselves: text is mostly printable ASCII. */
static size_t plain_run(edi_str s, size_t at) {
  size_t end = at;
  while (end < s.len && s.ptr[end] >= ' ' && s.ptr[end] <= '~') end++;
  return end - at;
}

void edi_buf_escaped(edi_buf *buf, edi_str s, size_t most) {
  size_t written = 0;
  for (size_t at = 0; at < s.len;) {
    char piece[12];
    size_t plain = plain_run(s, at);
    if (plain > most - written) plain = most - written;
    if (plain > buf->max - buf->len) plain = buf->max - buf->len; /* what does not fit is cut off where it ends */
    edi_buf_append(buf, s.ptr + at, plain);
    written += plain;
    at += plain;
    if (at == s.len) return;
    size_t length = edi_utf8_escape(s, &at, piece);
    if (length > most - written) {
      edi_buf_text(buf, "...");
      return;
    }
    edi_buf_append(buf, piece, length);
    written += length;
  }
}

static void json_unit(edi_buf *buf, uint32_t unit) {
  edi_buf_format(buf, "\\u%04x", (unsigned)unit);
}

/* Hidden characters are escaped in JSON too: nothing is lost, and people read it on terminals. */
static void json_escape(edi_buf *buf, uint32_t c) {
  switch (c) {
    case '"': edi_buf_text(buf, "\\\""); return;
    case '\\': edi_buf_text(buf, "\\\\"); return;
    case '\n': edi_buf_text(buf, "\\n"); return;
    case '\r': edi_buf_text(buf, "\\r"); return;
    case '\t': edi_buf_text(buf, "\\t"); return;
    default: break;
  }
  if (c > 0xFFFF) {
    json_unit(buf, 0xD800 + ((c - 0x10000) >> 10));
    json_unit(buf, 0xDC00 + ((c - 0x10000) & 0x3FF));
  } else {
    json_unit(buf, c);
  }
}

void edi_json_string(edi_buf *buf, edi_str s) {
  size_t plain = 0; /* the start of what needs no escape and is not written yet */
  edi_buf_char(buf, '"');
  for (size_t at = 0; at < s.len;) {
    size_t begin = at;
    if (s.ptr[at] >= ' ' && s.ptr[at] <= '~' && s.ptr[at] != '"' && s.ptr[at] != '\\') {
      at++;
      continue;
    }
    uint32_t c = edi_utf8_next(s, &at);
    bool bad = c == UINT32_MAX;
    if (!bad && c != '"' && c != '\\' && !edi_utf8_hidden(c)) continue;
    edi_buf_append(buf, s.ptr + plain, begin - plain);
    plain = at;
    if (bad) edi_buf_text(buf, "\xEF\xBF\xBD");
    else json_escape(buf, c);
  }
  if (plain < s.len) edi_buf_append(buf, s.ptr + plain, s.len - plain);
  edi_buf_char(buf, '"');
}
