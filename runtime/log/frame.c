/* Frame: encoding and decoding of one entry of a segment, and CRC32C.
 *
 * In: bytes of unknown origin. Out: a frame or what is wrong with it; nothing is read beyond
 * `length`. Each field has one encoding, so a frame that decodes is exactly what encoding it would
 * give. */
#include "log/frame.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

enum { AT_TYPE = 4, AT_INDEX = 8, AT_BATCH = 16, AT_CRC = 20 };

/* ---- types ---- */

typedef struct frame_type {
  const char *name;
  edi_frame_kind kind;
} frame_type;

#define KIND_CALLER EDI_FRAME_KIND_CALLER
#define KIND_STORE  EDI_FRAME_KIND_STORE
#define KIND_SPINE  EDI_FRAME_KIND_SPINE
static const frame_type types[] = {
#define FRAME(NAME, value, kind, text) [value] = {#NAME, KIND_##kind},
#include "log/frames.def"
#undef FRAME
};

static const frame_type *find_type(uint8_t type) {
  return type < sizeof types / sizeof *types && types[type].name ? &types[type] : NULL;
}

edi_frame_kind edi_frame_kind_of(uint8_t type) {
  const frame_type *found = find_type(type);
  return found ? found->kind : EDI_FRAME_KIND_NONE;
}

bool edi_frame_is_leaf(uint8_t type) {
  edi_frame_kind kind = edi_frame_kind_of(type);
  return kind == EDI_FRAME_KIND_CALLER || kind == EDI_FRAME_KIND_STORE;
}

const char *edi_frame_name(uint8_t type) {
  const frame_type *found = find_type(type);
  return found ? found->name : "unknown";
}

/* ---- CRC32C ---- */

uint32_t edi_crc32c_portable(uint32_t crc, const void *bytes, size_t length) {
  /* Remainders of the sixteen values of half a byte, polynomial 0x82F63B78 (reflected). */
  static const uint32_t table[16] = {0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1,
                                     0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
                                     0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
                                     0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};
  const uint8_t *p = bytes;
  crc = ~crc;
  for (size_t i = 0; i < length; i++) {
    crc ^= p[i];
    crc = table[crc & 15] ^ (crc >> 4);
    crc = table[crc & 15] ^ (crc >> 4);
  }
  return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *p,
                                                               size_t length) {
  uint64_t wide = (uint32_t)~crc;
  for (; length >= 8; p += 8, length -= 8) wide = _mm_crc32_u64(wide, edi_get64(p));
  uint32_t narrow = (uint32_t)wide;
  for (; length > 0; p++, length--) narrow = _mm_crc32_u8(narrow, *p);
  return ~narrow;
}
#endif

uint32_t edi_crc32c(uint32_t crc, const void *bytes, size_t length) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, bytes, length);
#endif
  return edi_crc32c_portable(crc, bytes, length);
}

uint32_t edi_frame_seed(const uint8_t log_id[16], uint64_t first_index, const uint8_t salt[16]) {
  uint8_t bytes[40];
  memcpy(bytes, log_id, 16);
  edi_put64(bytes + 16, first_index);
  memcpy(bytes + 24, salt, 16);
  return edi_crc32c(0, bytes, sizeof bytes);
}

static uint32_t frame_crc(const uint8_t *bytes, uint32_t length, uint32_t seed) {
  uint32_t crc = edi_crc32c(seed, bytes, AT_CRC);
  return edi_crc32c(crc, bytes + EDI_FRAME_HEADER_BYTES, length);
}

/* ---- encoding ---- */

size_t edi_frame_size(size_t length) {
  return EDI_FRAME_HEADER_BYTES +
         (length + EDI_FRAME_ALIGNMENT - 1) / EDI_FRAME_ALIGNMENT * EDI_FRAME_ALIGNMENT;
}

void edi_frame_put(const edi_frame *frame, uint8_t *out) {
  size_t size = edi_frame_size(frame->length);
  memset(out, 0, EDI_FRAME_HEADER_BYTES);
  edi_put32(out, frame->length);
  out[AT_TYPE] = frame->type;
  edi_put64(out + AT_INDEX, frame->index);
  if (frame->length > 0) memcpy(out + EDI_FRAME_HEADER_BYTES, frame->payload, frame->length);
  memset(out + EDI_FRAME_HEADER_BYTES + frame->length, 0,
         size - EDI_FRAME_HEADER_BYTES - frame->length);
}

void edi_frame_seal(uint8_t *out, uint32_t batch, uint32_t seed) {
  edi_put32(out + AT_BATCH, batch);
  edi_put32(out + AT_CRC, frame_crc(out, edi_get32(out), seed));
}

void edi_frame_encode(const edi_frame *frame, uint32_t seed, uint8_t *out) {
  edi_frame_put(frame, out);
  edi_frame_seal(out, frame->batch, seed);
}

/* ---- decoding ---- */

static bool all_zero(const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (bytes[i] != 0) return false;
  return true;
}

edi_frame_result edi_frame_decode(const uint8_t *bytes, size_t length, uint32_t seed,
                                  edi_frame *frame, size_t *size) {
  *frame = (edi_frame){0};
  *size = 0;
  if (length < EDI_FRAME_HEADER_BYTES) return EDI_FRAME_SHORT;
  if (all_zero(bytes, EDI_FRAME_HEADER_BYTES)) return EDI_FRAME_EMPTY;
  if (edi_frame_kind_of(bytes[AT_TYPE]) == EDI_FRAME_KIND_NONE) return EDI_FRAME_TYPE;
  if (!all_zero(bytes + AT_TYPE + 1, 3)) return EDI_FRAME_TYPE;
  uint32_t payload = edi_get32(bytes);
  if (payload > EDI_FRAME_PAYLOAD_MOST) return EDI_FRAME_LENGTH;
  size_t whole = edi_frame_size(payload);
  if (whole > length) return EDI_FRAME_SHORT;
  if (edi_get32(bytes + AT_CRC) != frame_crc(bytes, payload, seed)) return EDI_FRAME_CRC;
  size_t used = EDI_FRAME_HEADER_BYTES + payload;
  if (!all_zero(bytes + used, whole - used)) return EDI_FRAME_PADDING;
  *frame = (edi_frame){.type = bytes[AT_TYPE],
                       .index = edi_get64(bytes + AT_INDEX),
                       .batch = edi_get32(bytes + AT_BATCH),
                       .payload = bytes + EDI_FRAME_HEADER_BYTES,
                       .length = payload};
  *size = whole;
  return EDI_FRAME_OK;
}

const char *edi_frame_result_text(edi_frame_result result) {
  switch (result) {
    case EDI_FRAME_OK: return "the frame is intact";
    case EDI_FRAME_SHORT: return "the frame is longer than the file";
    case EDI_FRAME_EMPTY: return "nothing was written here";
    case EDI_FRAME_TYPE: return "the frame's type is unknown or its reserved bytes are not zero";
    case EDI_FRAME_LENGTH: return "the frame's length is above the limit";
    case EDI_FRAME_CRC: return "the frame's checksum differs";
    case EDI_FRAME_PADDING: return "the frame's padding is not zero";
  }
  return "unknown";
}
