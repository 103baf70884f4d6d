/* Bytes: strings, globs, distances, sizes, the reader, the buffer at its maximum or out of memory. */
#include "harness.h"

#include "base/bytes.h"
#include "support/short_memory.h"

static edi_str s(const char *text) { return edi_str_from(text); }

TEST(strings_compare_without_the_case_of_ascii_letters)
{
  static const struct { const char *a, *b; int order; } table[] = {
      {"", "", 0}, {"c_mail", "C_MAIL", 0}, {"Zz", "zZ", 0}, {"a", "B", -1}, {"B", "a", 1}, {"ab", "A", 1}, {"[", "{", -1},
      {"@", "`", -1}, {"_", "a", -1}, {"\xC3\x89", "\xC3\xA9", -1}, {"K", "\xE2\x84\xAA", -1}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    CHECK_INT(edi_str_compare_caseless(edi_str_from(table[i].a), edi_str_from(table[i].b)), table[i].order);
    CHECK_INT(edi_str_compare_caseless(edi_str_from(table[i].b), edi_str_from(table[i].a)), -table[i].order);
  }
}

TEST(strings_compare_as_memcmp_with_the_shorter_first)
{
  static const char *const sorted[] = {"", "a", "a\x01", "aa", "ab", "b", "\x7f", "\x80", "\xff"};
  for (size_t i = 0; i < 9; i++)
    for (size_t k = 0; k < 9; k++) {
      int order = edi_str_compare(s(sorted[i]), s(sorted[k]));
      CHECK_INT((order > 0) - (order < 0), (i > k) - (i < k));
      CHECK(edi_str_equal(s(sorted[i]), s(sorted[k])) == (i == k));
    }
  CHECK_INT(edi_str_from(NULL).len, 0);
  CHECK(edi_str_equal(edi_str_from(NULL), EDI_STR("")));
  CHECK(!edi_str_equal(EDI_STR("a\0b"), EDI_STR("a\0c")));
}

TEST(starts_ends_contains)
{
  CHECK(edi_str_starts(s("abc"), s("ab")) && edi_str_starts(s("abc"), s("")) &&
        edi_str_starts(s("abc"), s("abc")));
  CHECK(!edi_str_starts(s("abc"), s("abcd")) && !edi_str_starts(s("abc"), s("b")));
  CHECK(edi_str_ends(s("abc"), s("bc")) && edi_str_ends(s("abc"), s("")) &&
        !edi_str_ends(s("abc"), s("zabc")));
  CHECK(!edi_str_ends(s("abc"), s("ab")));
  CHECK(edi_str_contains(s("abc"), s("b")) && edi_str_contains(s(""), s("")) &&
        edi_str_contains(s("abc"), s("abc")));
  CHECK(!edi_str_contains(s("abc"), s("ac")) && !edi_str_contains(s(""), s("a")));
  CHECK(edi_str_contains(EDI_STR("x\0y"), EDI_STR("\0y")));
}

TEST(globs)
{
  static const struct {
    const char *glob, *text;
    bool matches;
  } rows[] = {
      {"", "", true},           {"", "a", false},          {"*", "", true},
      {"**", "abc", true},      {"?", "", false},          {"?", "a", true},
      {"?", "ab", false},       {"a*c", "abc", true},      {"a*c", "ac", true},
      {"a*c", "acb", false},    {"a*c", "abcbc", true},    {"*.edict", "x.edict", true},
      {"*a*b*", "xaxbx", true}, {"*a*b*", "xbxax", false}, {"a?c*", "abcdef", true},
      {"abc", "ABC", false},    {"*ab", "aab", true},      {"*aab", "aaab", true},
      {"a*b*c", "abbb", false}, {"[a]", "a", false},       {"a\\*", "a*", false},
      {"*?", "", false},        {"*?", "x", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (edi_str_glob(s(rows[i].glob), s(rows[i].text)) != rows[i].matches)
      HARNESS_FAIL("glob %s on %s", rows[i].glob, rows[i].text);
}

TEST(a_hostile_glob_takes_no_exponential_time)
{
  static char text[20000], glob[2001];
  memset(text, 'a', sizeof text);
  for (size_t i = 0; i < 2000; i += 2) memcpy(glob + i, "*a", 2);
  glob[2000] = 'b';
  CHECK(!edi_str_glob((edi_str){glob, 2001}, (edi_str){text, sizeof text}));
}

/* The textbook table (optimal string alignment), to hold the band against. */
static unsigned slow_distance(edi_str a, edi_str b) {
  static unsigned d[20][20];
  for (size_t i = 0; i <= a.len; i++)
    for (size_t j = 0; j <= b.len; j++) {
      if (i == 0 || j == 0) {
        d[i][j] = (unsigned)(i + j);
        continue;
      }
      unsigned best = d[i - 1][j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
      if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
      if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
      if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
          d[i - 2][j - 2] + 1 < best)
        best = d[i - 2][j - 2] + 1;
      d[i][j] = best;
    }
  return d[a.len][b.len];
}

TEST(distances_agree_with_the_textbook)
{
  uint32_t state = 7;
  for (int round = 0; round < 20000; round++) {
    char a[16], b[16];
    edi_str left = {a, 0}, right = {b, 0};
    state = state * 1664525 + 1013904223;
    left.len = state >> 28;
    state = state * 1664525 + 1013904223;
    right.len = state >> 28;
    for (size_t i = 0; i < 16; i++) {
      state = state * 1664525 + 1013904223;
      a[i] = "abc"[(state >> 24) % 3];
      b[i] = "abc"[(state >> 16) % 3];
    }
    unsigned whole = slow_distance(left, right);
    for (unsigned most = 0; most < 18; most++)
      CHECK_INT(edi_str_distance(left, right, most), whole <= most ? whole : most + 1);
  }
  CHECK_INT(edi_str_distance(s("clearence"), s("clearance"), 3), 1);
  CHECK_INT(edi_str_distance(s(""), s(""), 0), 0);
  static char far[100000];
  CHECK_INT(edi_str_distance((edi_str){far, sizeof far}, (edi_str){far, sizeof far}, 3), 0);
  CHECK_INT(edi_str_distance((edi_str){far, 64}, s(""), 64), 64);
  CHECK_INT(edi_str_distance((edi_str){far, 65}, s(""), 64), 65);
  CHECK_INT(edi_str_distance((edi_str){far, 65}, s(""), UINT32_MAX), 65); /* counts as 64 */
}

TEST(hashes_tell_texts_apart)
{
  char bytes[40];
  uint64_t seen[2000];
  size_t count = 0;
  /* Texts of every length that differ in one byte, and those that are zero all over. */
  for (size_t length = 0; length <= sizeof bytes; length++)
    for (size_t at = 0; at <= length; at++) {
      memset(bytes, 0, sizeof bytes);
      if (at < length) bytes[at] = 1;
      seen[count++] = edi_str_hash((edi_str){bytes, length});
    }
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < i; k++) CHECK((uint32_t)seen[i] != (uint32_t)seen[k]);
  CHECK(edi_str_hash(s("foobar")) == edi_str_hash(s("foobar")));
}

TEST(checked_sizes)
{
  size_t out = 42;
  CHECK(edi_size_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
  out = 42;
  CHECK(!edi_size_add(SIZE_MAX, 1, &out) && out == 42);
  CHECK(!edi_size_mul(SIZE_MAX / 2 + 1, 2, &out) && out == 42);
  CHECK(edi_size_mul(SIZE_MAX / 2, 2, &out) && out == SIZE_MAX - 1);
  CHECK(edi_size_mul(0, SIZE_MAX, &out) && out == 0);
}

TEST(little_endian_at_any_alignment)
{
  unsigned char bytes[32];
  for (size_t at = 0; at < 8; at++) {
    memset(bytes, 0xEE, sizeof bytes);
    edi_put64(bytes + at, UINT64_C(0x0123456789ABCDEF));
    CHECK(bytes[at] == 0xEF && bytes[at + 7] == 0x01 && bytes[at + 8] == 0xEE);
    CHECK(edi_get64(bytes + at) == UINT64_C(0x0123456789ABCDEF));
    CHECK(edi_get32(bytes + at) == 0x89ABCDEF);
    CHECK(edi_get16(bytes + at) == 0xCDEF);
    edi_put32(bytes + at, 0xFFFFFFFE);
    edi_put16(bytes + at + 4, 0x8001);
    CHECK(edi_get32(bytes + at) == 0xFFFFFFFE && edi_get16(bytes + at + 4) == 0x8001);
  }
}

TEST(short_copies_are_copies) {
  char from[80], to[80];
  for (size_t i = 0; i < sizeof from; i++) from[i] = (char)('0' + i);
  for (size_t length = 0; length <= 64; length++) {
    memset(to, '!', sizeof to);
    edi_copy_short(to + 1, from + length % 9, length);
    CHECK(memcmp(to + 1, from + length % 9, length) == 0 && to[0] == '!' && to[length + 1] == '!');
  }
}

TEST(a_buffer_grows_to_its_maximum_and_no_further)
{
  edi_buf buf;
  edi_buf_init(&buf, NULL, 100);
  for (int i = 0; i < 100; i++) edi_buf_char(&buf, (char)('a' + i % 26));
  CHECK_INT(buf.len, 100);
  CHECK_INT(buf.failed, EDICT_OK);
  edi_buf_char(&buf, '!');
  CHECK_INT(buf.failed, EDICT_LIMIT);
  edi_buf_append(&buf, "", 0);
  CHECK_INT(buf.len, 100);
  edi_buf_fini(&buf);
  CHECK(buf.ptr == NULL && buf.failed == EDICT_OK);

  edi_buf_init(&buf, NULL, 10);
  edi_buf_format(&buf, "%010d", 7); /* as long as the maximum: the NUL has room beside it */
  CHECK_TEXT(buf.ptr, buf.len, "0000000007");
  edi_buf_format(&buf, "%s", "");
  CHECK_INT(buf.failed, EDICT_OK);
  edi_buf_fini(&buf);
  edi_buf_init(&buf, NULL, 10);
  edi_buf_format(&buf, "%011d", 7);
  CHECK_INT(buf.failed, EDICT_LIMIT);
  CHECK_INT(buf.len, 0);
  edi_buf_text(&buf, "a"); /* once it failed, nothing more is added */
  CHECK_INT(buf.len, 0);
  edi_buf_fini(&buf);
  edi_buf_init(&buf, NULL, 0);
  edi_buf_text(&buf, "");
  CHECK_INT(buf.failed, EDICT_OK);
  edi_buf_text(&buf, "a");
  CHECK_INT(buf.failed, EDICT_LIMIT);
  edi_buf_fini(&buf);
  edi_buf_init(&buf, NULL, SIZE_MAX);
  edi_buf_zeros(&buf, SIZE_MAX);
  CHECK_INT(buf.failed, EDICT_LIMIT);
  edi_buf_fini(&buf);
}

TEST(a_buffer_makes_room_once_for_what_is_expected)
{
  edi_buf b;
  edi_buf_init(&b, NULL, 100000);
  edi_buf_expect(&b, 50000);
  const char *place = b.ptr;
  for (int i = 0; i < 500; i++) edi_buf_zeros(&b, 100);
  CHECK(b.ptr == place && b.len == 50000 && b.failed == EDICT_OK);
  edi_buf_expect(&b, 50000);
  CHECK_INT(b.failed, EDICT_OK);
  edi_buf_expect(&b, 50001); /* one past its maximum */
  CHECK_INT(b.failed, EDICT_LIMIT);
  edi_buf_fini(&b);
}

TEST(a_buffer_holds_what_was_put_in)
{
  edi_buf buf;
  edi_buf_init(&buf, NULL, 1000);
  edi_buf_u8(&buf, 0x01);
  edi_buf_u16(&buf, 0x0302);
  edi_buf_u32(&buf, 0x07060504);
  edi_buf_u64(&buf, UINT64_C(0x0F0E0D0C0B0A0908));
  edi_buf_zeros(&buf, 2);
  edi_buf_str(&buf, EDI_STR("xy"));
  edi_buf_str(&buf, (edi_str){NULL, 0});
  edi_buf_text(&buf, NULL);
  edi_buf_format(&buf, "%s=%d", "n", -5);
  CHECK_TEXT(buf.ptr + 17, buf.len - 17, "xyn=-5");
  for (size_t i = 0; i < 15; i++) CHECK_INT(buf.ptr[i], i + 1);
  CHECK(buf.ptr[15] == 0 && buf.ptr[16] == 0);
  edi_buf_fini(&buf);
}

TEST(a_buffer_without_memory_at_any_call)
{
  for (size_t n = 1;; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_buf buf;
    edi_buf_init(&buf, &allocator, 100000);
    for (int i = 0; i < 1000; i++) edi_buf_format(&buf, "%d,", i);
    CHECK_INT(buf.failed, memory.failed ? EDICT_MEMORY : EDICT_OK);
    if (buf.len > 0) CHECK(memcmp(buf.ptr, "0,1,2,", 6) == 0);
    edi_buf_fini(&buf);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
    if (!memory.failed) break;
  }
}

TEST(a_reader_never_passes_its_end)
{
  static const unsigned char bytes[15] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  edi_reader r = {bytes, 15, 0, false};
  CHECK_INT(edi_reader_u8(&r), 1);
  CHECK_INT(edi_reader_u16(&r), 0x0302);
  CHECK_INT(edi_reader_u32(&r), 0x07060504);
  CHECK(edi_reader_u64(&r) == UINT64_C(0x0F0E0D0C0B0A0908));
  CHECK(!r.bad && r.at == 15);
  CHECK_INT(edi_reader_bytes(&r, 0).len, 0);
  CHECK(!r.bad);
  CHECK_INT(edi_reader_u8(&r), 0);
  CHECK(r.bad);
  for (size_t length = 0; length < 15; length++) {
    edi_reader cut = {bytes, length, 0, false};
    edi_reader_u8(&cut);
    edi_reader_u16(&cut);
    edi_reader_u32(&cut);
    CHECK_INT(edi_reader_u64(&cut), 0);
    CHECK(cut.bad);
    CHECK_INT(edi_reader_bytes(&cut, 1).len, 0); /* bad stays */
  }
  edi_reader whole = {bytes, 15, 0, false};
  CHECK_INT(edi_reader_bytes(&whole, SIZE_MAX).len, 0);
  CHECK(whole.bad);
  edi_reader part = {bytes, 15, 0, false};
  edi_str taken = edi_reader_bytes(&part, 15);
  CHECK(taken.len == 15 && taken.ptr == (const char *)bytes && !part.bad);
}

HARNESS_MAIN
