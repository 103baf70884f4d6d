/* Frames: CRC32C in both forms, encoding and decoding, every changed byte, every length. */
#include "harness.h"

#include "log/frame.h"

static uint32_t seed(void) {
  return edi_frame_seed((const uint8_t *)"0123456789abcdef", 7,
                        (const uint8_t *)"fedcba9876543210");
}

TEST(crc32c_has_the_published_values)
{
  uint8_t zeros[32] = {0}, ones[32], up[32];
  memset(ones, 0xFF, sizeof ones);
  for (int i = 0; i < 32; i++) up[i] = (uint8_t)i;
  CHECK_INT(edi_crc32c(0, "123456789", 9), 0xE3069283);
  CHECK_INT(edi_crc32c(0, zeros, 32), 0x8A9136AA); /* RFC 3720, B.4 */
  CHECK_INT(edi_crc32c(0, ones, 32), 0x62A8AB43);
  CHECK_INT(edi_crc32c(0, up, 32), 0x46DD794E);
  CHECK_INT(edi_crc32c(5, "", 0), 5);
}

TEST(both_forms_of_crc32c_agree_and_continue)
{
  uint8_t bytes[300];
  for (int i = 0; i < 300; i++) bytes[i] = (uint8_t)(i * 131 + (i >> 3));
  for (size_t begin = 0; begin < 9; begin++)
    for (size_t length = 0; length + begin < 290; length++) {
      uint32_t whole = edi_crc32c(0x1234, bytes + begin, length);
      CHECK_INT(whole, edi_crc32c_portable(0x1234, bytes + begin, length));
      size_t part = length / 3;
      CHECK_INT(whole, edi_crc32c(edi_crc32c(0x1234, bytes + begin, part), bytes + begin + part,
                                  length - part));
    }
}

TEST(the_seed_depends_on_log_segment_and_salt)
{
  const uint8_t a[16] = {1}, b[16] = {2};
  CHECK(edi_frame_seed(a, 1, a) != edi_frame_seed(b, 1, a));
  CHECK(edi_frame_seed(a, 1, a) != edi_frame_seed(a, 2, a));
  CHECK(edi_frame_seed(a, 1, a) != edi_frame_seed(a, 1, b));
}

TEST(the_layout_is_as_documented)
{
  uint8_t out[32];
  edi_frame frame = {EDI_FRAME_RECORD, 0x0102030405060708, 0x0A0B0C0D, (const uint8_t *)"abc", 3};
  CHECK_INT(edi_frame_size(0), 24);
  CHECK_INT(edi_frame_size(1), 32);
  CHECK_INT(edi_frame_size(8), 32);
  CHECK_INT(edi_frame_size(9), 40);
  CHECK_INT(edi_frame_size(65535), 24 + 65536);
  memset(out, 0xEE, sizeof out);
  edi_frame_encode(&frame, 0, out);
  static const uint8_t head[] = {3, 0, 0, 0, 1, 0, 0,    0,    8,    7,
                                 6, 5, 4, 3, 2, 1, 0x0D, 0x0C, 0x0B, 0x0A};
  CHECK(memcmp(out, head, sizeof head) == 0);
  CHECK_INT(edi_get32(out + 20), edi_crc32c(edi_crc32c(0, out, 20), "abc", 3));
  CHECK(memcmp(out + 24, "abc\0\0\0\0\0", 8) == 0);
}

TEST(every_changed_bit_and_every_short_length_is_found)
{
  uint8_t good[64], bytes[64];
  edi_frame frame = {EDI_FRAME_RECEIPT, 42, 3, (const uint8_t *)"the payload of a frame", 22}, got;
  size_t whole = edi_frame_size(22), size;
  edi_frame_encode(&frame, seed(), good);
  CHECK_INT(edi_frame_decode(good, sizeof good, seed(), &got, &size), EDI_FRAME_OK);
  CHECK_INT(size, whole);
  CHECK_INT(got.type, EDI_FRAME_RECEIPT);
  CHECK_INT(got.index, 42);
  CHECK_INT(got.batch, 3);
  CHECK_TEXT(got.payload, got.length, "the payload of a frame");
  CHECK(edi_frame_decode(good, sizeof good, seed() + 1, &got, &size) == EDI_FRAME_CRC);
  for (size_t i = 0; i < whole; i++)
    for (unsigned bit = 1; bit < 256; bit <<= 1) {
      memcpy(bytes, good, whole);
      bytes[i] = (uint8_t)(bytes[i] ^ bit);
      if (edi_frame_decode(bytes, whole, seed(), &got, &size) == EDI_FRAME_OK)
        HARNESS_FAIL("byte %zu", i);
      CHECK(got.payload == NULL);
    }
  for (size_t length = 0; length < whole; length++)
    CHECK_INT(edi_frame_decode(good, length, seed(), &got, &size), EDI_FRAME_SHORT);
}

TEST(an_empty_place_is_told_from_damage)
{
  uint8_t bytes[24] = {0};
  edi_frame frame;
  size_t size;
  CHECK_INT(edi_frame_decode(bytes, 24, 1, &frame, &size), EDI_FRAME_EMPTY);
  bytes[20] = 1;
  CHECK_INT(edi_frame_decode(bytes, 24, 1, &frame, &size), EDI_FRAME_TYPE);
}

TEST(a_payload_has_at_most_65535_bytes)
{
  static uint8_t payload[65536], out[65600];
  edi_frame frame = {EDI_FRAME_RECORD, 0, 0, payload, 65535}, got;
  size_t size;
  edi_frame_encode(&frame, 9, out);
  CHECK_INT(edi_frame_decode(out, sizeof out, 9, &got, &size), EDI_FRAME_OK);
  CHECK_INT(got.length, 65535);
  frame.length = 65536; /* the encoder is told lengths that were checked; the decoder is not */
  edi_frame_encode(&frame, 9, out);
  CHECK_INT(edi_frame_decode(out, sizeof out, 9, &got, &size), EDI_FRAME_LENGTH);
}

TEST(types_are_those_of_the_list)
{
  int leaves = 0, known = 0;
  for (int type = 0; type < 256; type++) {
    leaves += edi_frame_is_leaf((uint8_t)type);
    known += edi_frame_kind_of((uint8_t)type) != EDI_FRAME_KIND_NONE;
  }
  CHECK_INT(known, 13);
  CHECK_INT(leaves, 10);
  CHECK_INT(edi_frame_kind_of(EDI_FRAME_COMMIT), EDI_FRAME_KIND_SPINE);
  CHECK_INT(edi_frame_kind_of(EDI_FRAME_CHECKPOINT), EDI_FRAME_KIND_SPINE);
  CHECK_INT(edi_frame_kind_of(EDI_FRAME_CLOSE), EDI_FRAME_KIND_STORE);
  CHECK_INT(edi_frame_kind_of(EDI_FRAME_RECORD), EDI_FRAME_KIND_CALLER);
  CHECK(strcmp(edi_frame_name(9), "CLOSE") == 0);
  CHECK(strcmp(edi_frame_name(200), "unknown") == 0);
}

HARNESS_MAIN
