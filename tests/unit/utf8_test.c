/* UTF-8: every code point, every ill-formed kind, escaping for terminals and JSON. */
#include "harness.h"

#include "base/bytes.h"

static size_t encode(uint32_t c, char *out) {
  if (c < 0x80) return out[0] = (char)c, 1;
  if (c < 0x800) return out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), 2;
  if (c < 0x10000)
    return out[0] = (char)(0xE0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63)),
           out[2] = (char)(0x80 | (c & 63)), 3;
  return out[0] = (char)(0xF0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63)),
         out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63)), 4;
}

TEST(every_code_point_is_read_back)
{
  for (uint32_t c = 0; c <= 0x10FFFF; c++) {
    char bytes[4];
    edi_str s = {bytes, encode(c, bytes)};
    bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    size_t at = 0;
    uint32_t got = edi_utf8_next(s, &at);
    if (surrogate ? got != UINT32_MAX || at != 1 : got != c || at != s.len)
      HARNESS_FAIL("U+%04X", c);
    if (edi_utf8_valid(s) == surrogate) HARNESS_FAIL("valid: U+%04X", c);
  }
}

/* Against the definition: a text of up to 4 bytes is valid iff it is a run of encodings. */
static bool slow_valid(const unsigned char *b, size_t n) {
  if (n == 0) return true;
  if (b[0] < 0x80) return slow_valid(b + 1, n - 1);
  for (size_t k = 2; k <= 4 && k <= n; k++) {
    uint32_t c = k == 2 ? (b[0] & 0x1Fu) : k == 3 ? (b[0] & 0x0Fu) : (b[0] & 0x07u);
    for (size_t i = 1; i < k; i++) c = c << 6 | (b[i] & 0x3Fu);
    char again[4];
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || encode(c, again) != k) continue;
    if (memcmp(again, b, k) == 0) return slow_valid(b + k, n - k);
  }
  return false;
}

TEST(validity_agrees_with_the_definition)
{
  static const unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                        0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                        0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF};
  enum { N = sizeof edges };
  for (size_t n = 0; n < (size_t)N * N * N * N; n++) {
    unsigned char b[4] = {edges[n % N], edges[n / N % N], edges[n / N / N % N],
                          edges[n / N / N / N]};
    for (size_t length = 0; length <= 4; length++)
      if (edi_utf8_valid((edi_str){(const char *)b, length}) != slow_valid(b, length))
        HARNESS_FAIL("%02x %02x %02x %02x of %zu", b[0], b[1], b[2], b[3], length);
  }
}

TEST(counts_and_offsets)
{
  edi_str text = EDI_STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
  static const size_t offsets[] = {0, 1, 3, 6, 10, 11, 11, 11};
  CHECK_INT(edi_utf8_count(text), 5);
  for (size_t i = 0; i < 8; i++) CHECK_INT(edi_utf8_offset(text, i), offsets[i]);
  size_t at = text.len;
  CHECK(edi_utf8_next(text, &at) == UINT32_MAX && at == text.len);
  CHECK_INT(edi_utf8_count((edi_str){NULL, 0}), 0);
  CHECK(edi_utf8_valid((edi_str){NULL, 0}));
}

static void check_escaped(edi_str in, size_t most, const char *expected) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, 10000);
  edi_buf_escaped(&buf, in, most);
  CHECK_TEXT(buf.ptr, buf.len, expected);
  edi_buf_fini(&buf);
}

TEST(what_could_deceive_is_escaped)
{
  check_escaped(EDI_STR("plain \"text\" \\ \xc3\xa9 \xe6\xbc\xa2"), 1000,
                "plain \"text\" \\ \xc3\xa9 \xe6\xbc\xa2");
  check_escaped(EDI_STR("\x1b[31mred\r\n\t\0"), 1000,
                "\\u{001B}[31mred\\u{000D}\\u{000A}\\u{0009}\\u{0000}");
  check_escaped(EDI_STR("\x7f\xc2\x85\xc2\xad"), 1000, "\\u{007F}\\u{0085}\\u{00AD}");
  check_escaped(EDI_STR("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf"), 1000,
                "\\u{202E}\\u{2066}\\u{200B}\\u{FEFF}");
  check_escaped(EDI_STR("\xf3\xa0\x81\x81"), 1000, "\\u{E0041}");
  check_escaped(EDI_STR("\xff\xc3(\xed\xa0\x80"), 1000, "\\xFF\\xC3(\\xED\\xA0\\x80");
}

/* A buffer that is full holds what fits, and says so. */
TEST(escaped_text_fills_a_buffer)
{
  char storage[5];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  size_t room = buf.max;
  edi_buf_escaped(&buf, EDI_STR("abcdef"), 100);
  CHECK_INT(buf.len, room);
  CHECK(buf.failed != EDICT_OK && memcmp(buf.ptr, "abcdef", room) == 0);
}

TEST(escaped_text_is_cut_between_pieces)
{
  check_escaped(EDI_STR("abcdef"), 6, "abcdef");
  check_escaped(EDI_STR("abcdef"), 5, "abcde...");
  check_escaped(EDI_STR("abcdef"), 0, "...");
  check_escaped(EDI_STR("abc\x01" "def"), 14, "abc\\u{0001}def");
  check_escaped(EDI_STR("abc\x01" "def"), 13, "abc\\u{0001}de...");
  check_escaped(EDI_STR(""), 0, "");
  check_escaped(EDI_STR("ab\xc3\xa9"), 3, "ab...");
  check_escaped(EDI_STR("ab\x01"), 9, "ab...");
  check_escaped(EDI_STR("ab\x01"), 10, "ab\\u{0001}");
}

/* No text brings a hidden character through, and escaping twice changes nothing. */
TEST(escaping_is_complete_and_idempotent)
{
  uint32_t state = 1;
  for (int round = 0; round < 3000; round++) {
    char in[40];
    for (size_t i = 0; i < sizeof in; i++) {
      state = state * 1664525 + 1013904223;
      in[i] = (char)(state >> 24);
    }
    if (round % 2) memcpy(in + 8, "\xe2\x80\x8b\xe2\x80\xae\xef\xbb\xbf", 9);
    edi_buf once, twice;
    edi_buf_init(&once, NULL, 1000);
    edi_buf_init(&twice, NULL, 1000);
    edi_buf_escaped(&once, (edi_str){in, sizeof in}, SIZE_MAX);
    edi_buf_escaped(&twice, (edi_str){once.ptr, once.len}, SIZE_MAX);
    CHECK(edi_utf8_valid((edi_str){once.ptr, once.len}));
    CHECK(once.len == twice.len && memcmp(once.ptr, twice.ptr, once.len) == 0);
    for (size_t i = 0; i < once.len; i++)
      CHECK((unsigned char)once.ptr[i] >= 0x20 && once.ptr[i] != 0x7F);
    edi_buf_fini(&once);
    edi_buf_fini(&twice);
  }
}

TEST(json_strings)
{
  static const struct {
    const char *in, *out;
    size_t length;
  } rows[] = {
      {"", "\"\"", 0},
      {"a\"b\\c/", "\"a\\\"b\\\\c/\"", 6},
      {"\n\r\t\x01\x1f\x7f", "\"\\n\\r\\t\\u0001\\u001f\\u007f\"", 6},
      {"\0", "\"\\u0000\"", 1},
      {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"", 6},
      {"\xe2\x80\xae\xf3\xa0\x81\x81", "\"\\u202e\\udb40\\udc41\"", 7},
      {"a\xff\xc3z", "\"a\xef\xbf\xbd\xef\xbf\xbdz\"", 4},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    edi_buf buf;
    edi_buf_init(&buf, NULL, 1000);
    edi_json_string(&buf, (edi_str){rows[i].in, rows[i].length});
    CHECK_TEXT(buf.ptr, buf.len, rows[i].out);
    edi_buf_fini(&buf);
  }
}

/* Of every length, with one byte above in every place or in none, at any alignment. */
TEST(ascii_is_seen_at_once) {
  char text[160];
  for (size_t length = 0; length < 150; length++)
    for (size_t at = 0; at <= length; at++) {
      memset(text, 'a', sizeof text);
      text[length % 7 + length] = '\x80'; /* behind it */
      if (length % 7) text[length % 7 - 1] = '\xFF';
      if (at < length) text[length % 7 + at] = at % 2 ? '\x80' : '\xFF';
      CHECK(edi_utf8_is_ascii((edi_str){text + length % 7, length}) == (at == length));
    }
}

HARNESS_MAIN
