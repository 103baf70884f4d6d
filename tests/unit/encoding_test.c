/* Encoding: published vectors, every refused form, and that decoding is the inverse. */
#include "harness.h"

#include "base/bytes.h"

typedef bool decoder(edi_str text, void *out, size_t capacity, size_t *length);
typedef void encoder(edi_buf *buf, const void *bytes, size_t length);

static void check_refused(decoder *decode, const char *text) {
  char out[64];
  size_t length = 99;
  if (decode(edi_str_from(text), out, sizeof out, &length)) HARNESS_FAIL("took %s", text);
}

TEST(rfc_4648_vectors)
{
  static const struct {
    const char *plain, *padded, *url, *hex;
  } rows[] = {{"", "", "", ""},
              {"f", "Zg==", "Zg", "66"},
              {"fo", "Zm8=", "Zm8", "666f"},
              {"foo", "Zm9v", "Zm9v", "666f6f"},
              {"foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
              {"fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"},
              {"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
              {"\xfb\xff\xfe", "+//+", "-__-", "fbfffe"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const char *texts[3] = {rows[i].padded, rows[i].url, rows[i].hex};
    encoder *const encode[3] = {edi_base64_append, edi_base64url_append, edi_hex_append};
    decoder *const decode[3] = {edi_base64_decode, edi_base64url_decode, edi_hex_decode};
    for (int k = 0; k < 3; k++) {
      edi_buf buf;
      edi_buf_init(&buf, NULL, 1000);
      encode[k](&buf, rows[i].plain, strlen(rows[i].plain));
      CHECK_TEXT(buf.ptr, buf.len, texts[k]);
      edi_buf_fini(&buf);
      char out[16];
      size_t length = 99, size = strlen(rows[i].plain);
      CHECK(decode[k](edi_str_from(texts[k]), out, sizeof out, &length));
      CHECK_TEXT(out, length, rows[i].plain);
      CHECK(decode[k](edi_str_from(texts[k]), out, size, &length)); /* exactly as large as needed */
      if (size > 0) CHECK(!decode[k](edi_str_from(texts[k]), out, size - 1, &length));
    }
  }
}

TEST(forms_that_are_not_canonical_are_refused)
{
  static const char *const padded[] = {
      "Zg=",      "Zg",   "Z",        "Zg===",    "=",       "==",    "====",
      "Zh==",     "Zm9=", "Zg==Zg==", "Zm=v",     "Zm9v\n",  " Zm9v", "Zm 9v",
      "Zm9v====", "-__-", "Zg=a",     "Zm9vA===", "Zm9v*A=="};
  static const char *const url[] = {
      "Zg==", "Z", "Zh", "Zm9", "Zm8=", "+//+", "Zm9vY", "Zm9v\n", " Zg", "Zg."};
  static const char *const hex[] = {"6", "6F", "0x66", "6g", "66 ", "666", "\xc3\xa9"};
  for (size_t i = 0; i < sizeof padded / sizeof *padded; i++)
    check_refused(edi_base64_decode, padded[i]);
  for (size_t i = 0; i < sizeof url / sizeof *url; i++) check_refused(edi_base64url_decode, url[i]);
  for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) check_refused(edi_hex_decode, hex[i]);
  char out[4];
  size_t length;
  CHECK(!edi_base64_decode(EDI_STR("Zm9\0"), out, 4, &length));
  CHECK(edi_base64_decode((edi_str){NULL, 0}, NULL, 0, &length) && length == 0);
}

/* Whatever a decoder takes, encoding gives the same text again: one text for one value. */
TEST(every_text_of_four_digits_is_canonical_or_refused)
{
  static const char digits[] = "AQgwZ4/+-_=9";
  for (size_t n = 0; n < 12 * 12 * 12 * 12; n++) {
    char text[4] = {digits[n % 12], digits[n / 12 % 12], digits[n / 144 % 12], digits[n / 1728]},
         out[4];
    for (size_t length = 0; length <= 4; length++) {
      size_t size;
      edi_buf buf;
      edi_buf_init(&buf, NULL, 100);
      if (edi_base64_decode((edi_str){text, length}, out, 4, &size)) {
        edi_base64_append(&buf, out, size);
        CHECK(edi_str_equal((edi_str){buf.ptr, buf.len}, (edi_str){text, length}));
      }
      buf.len = 0;
      if (edi_base64url_decode((edi_str){text, length}, out, 4, &size)) {
        edi_base64url_append(&buf, out, size);
        CHECK(edi_str_equal((edi_str){buf.ptr, buf.len}, (edi_str){text, length}));
      }
      edi_buf_fini(&buf);
    }
  }
}

TEST(all_byte_values_survive)
{
  unsigned char bytes[256], out[256];
  for (int i = 0; i < 256; i++) bytes[i] = (unsigned char)i;
  encoder *const encode[3] = {edi_base64_append, edi_base64url_append, edi_hex_append};
  decoder *const decode[3] = {edi_base64_decode, edi_base64url_decode, edi_hex_decode};
  for (int k = 0; k < 3; k++)
    for (size_t n = 0; n <= 256; n++) {
      size_t length = 0;
      edi_buf buf;
      edi_buf_init(&buf, NULL, 1000);
      encode[k](&buf, bytes + 256 - n, n);
      CHECK(decode[k]((edi_str){buf.ptr, buf.len}, out, 256, &length));
      CHECK(length == n && memcmp(out, bytes + 256 - n, n) == 0);
      edi_buf_fini(&buf);
    }
}

/* Written into room of its own, a text is the one that is appended, of every length and place. */
TEST(base64url_is_written_as_it_is_appended) {
  unsigned char bytes[80];
  uint64_t state = 7;
  for (unsigned round = 0; round < 200; round++)
    for (size_t length = 0; length <= 64; length++) {
      char out[120], wanted[120];
      edi_buf buf = edi_buf_fixed(wanted, sizeof wanted);
      for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)((state = state * UINT64_C(6364136223846793005) + 1442695040888963407u) >> 56);
      memset(out, '!', sizeof out);
      edi_base64url_append(&buf, bytes + round % 8, length);
      edi_base64url_write(bytes + round % 8, length, out + 3);
      if (memcmp(out + 3, wanted, buf.len) != 0 || out[2] != '!' || out[3 + buf.len] != '!') HARNESS_FAIL("%zu bytes", length);
    }
}

HARNESS_MAIN
