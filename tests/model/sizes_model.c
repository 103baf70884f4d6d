/* Sizes, little-endian access, the reader over bytes from outside, and encodings. */
#include "model.h"

#include "runtime/base/bytes.c"
#include "runtime/base/encoding.c"
#include "base/divide.h"

void prove_size_add(void) {
  size_t a = any_u64(), b = any_u64(), out = 7;
  bool fits = edi_size_add(a, b, &out);
  edi_wide exact = (edi_wide)a + b;
  check(fits == (exact <= SIZE_MAX), "add says whether the sum fits");
  check(fits ? out == (size_t)exact : out == 7, "the sum, or nothing");
}

/* By sizes that records have: two unknown factors of 64 bits are beyond what can be decided here. */
static void one_size(size_t b) {
  size_t a = any_u64(), out = 7;
  bool fits = a <= SIZE_MAX / b;
  check(edi_size_mul(a, b, &out) == fits, "multiply says whether the product fits");
  check(fits || out == 7, "the product, or nothing");
}

void prove_size_mul(void) {
  one_size(4);
  one_size(24);
  one_size(64);
}

void prove_words(void) {
  unsigned char bytes[8];
  uint64_t v = any_u64();
  edi_put64(bytes, v);
  check(edi_get64(bytes) == v && edi_get32(bytes) == (uint32_t)v && edi_get16(bytes) == (uint16_t)v, "what is written is read");
  edi_put32(bytes, (uint32_t)v);
  edi_put16(bytes + 4, (uint16_t)v);
  check(edi_get32(bytes) == (uint32_t)v && edi_get16(bytes + 4) == (uint16_t)v, "so are fewer bytes of it");
}

void prove_copy_short(void) {
  size_t length = any_size(40), at = any_u64();
  unsigned char *from = any_bytes(length), *to = any_bytes(length);
  edi_copy_short(to, from, length);
  check(at >= length || to[at] == from[at], "each byte is copied");
}

void prove_reader(void) {
  edi_reader r = {.len = any_size(24)};
  r.ptr = any_bytes(r.len);
  for (int i = 0; i < 4; i++) {
    unsigned how = any_byte() % 5;
    size_t wanted = any_u64();
    if (how == 0) (void)edi_reader_u8(&r);
    if (how == 1) (void)edi_reader_u16(&r);
    if (how == 2) (void)edi_reader_u32(&r);
    if (how == 3) (void)edi_reader_u64(&r);
    if (how == 4) {
      edi_str s = edi_reader_bytes(&r, wanted);
      check(s.len == 0 || (s.len == wanted && s.ptr >= (const char *)r.ptr && s.ptr + s.len <= (const char *)r.ptr + r.len), "bytes lie within");
    }
    check(r.at <= r.len, "the reader stays within");
  }
}

void prove_decoders(void) {
  size_t length = any_size(9), capacity = any_size(7), written = 0;
  char *text = any_bytes(length), *out = any_bytes(capacity);
  unsigned how = any_byte() % 3;
  bool ok = how == 0   ? edi_hex_decode((edi_str){text, length}, out, capacity, &written)
            : how == 1 ? edi_base64url_decode((edi_str){text, length}, out, capacity, &written)
                       : edi_base64_decode((edi_str){text, length}, out, capacity, &written);
  check(!ok || written <= capacity, "no more than there is room for");
}
