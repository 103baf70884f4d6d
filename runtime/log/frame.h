/* Frame: one entry of a segment file. Encodes and decodes bytes; reads no file.
 *
 *    0  u32  length of the payload, at most 65,535
 *    4  u8   type (log/frames.def)
 *    5  u8   zero, three times
 *    8  u64  index: the leaf's, or for other frames the number of leaves before it
 *   16  u32  batch: COMMIT frames in the log before this one, modulo 2^32
 *   20  u32  CRC32C of bytes 0 to 19 and the payload, begun with the segment's seed
 *   24       payload, then zeroes to a multiple of 8
 *
 * Little-endian. The CRC finds torn writes and stale bytes; the tree is the security. */
#ifndef EDI_FRAME_H
#define EDI_FRAME_H

#include "base/bytes.h"
#include "bundle/limits.h"

#define EDI_FRAME_HEADER_BYTES 24
#define EDI_FRAME_ALIGNMENT    8
#define EDI_FRAME_PAYLOAD_MOST EDI_LIMIT_LOG_RECORD

typedef enum edi_frame_type {
#define FRAME(NAME, value, kind, text) EDI_FRAME_##NAME = (value),
#include "log/frames.def"
#undef FRAME
} edi_frame_type;

typedef enum edi_frame_kind {
  EDI_FRAME_KIND_NONE = 0, /* no such type */
  EDI_FRAME_KIND_SPINE,
  EDI_FRAME_KIND_STORE,
  EDI_FRAME_KIND_CALLER,
} edi_frame_kind;

edi_frame_kind edi_frame_kind_of(uint8_t type);
bool edi_frame_is_leaf(uint8_t type);
const char *edi_frame_name(uint8_t type); /* "RECORD"; "unknown" */

typedef struct edi_frame {
  uint8_t type;
  uint64_t index;
  uint32_t batch;
  const uint8_t *payload; /* borrowed */
  uint32_t length;
} edi_frame;

/* Bytes that a payload of `length` takes in a segment, header and padding included. */
size_t edi_frame_size(size_t length);

/* Writes the frame at `out`, which has edi_frame_size(frame->length) bytes. */
void edi_frame_encode(const edi_frame *frame, uint32_t seed, uint8_t *out);
/* The same in two steps: the writer puts header and payload when a leaf arrives and the CRC when it
 * knows the segment and batch. `out` holds header, payload, padding; bytes 16 to 23 are set. */
void edi_frame_put(const edi_frame *frame, uint8_t *out);
void edi_frame_seal(uint8_t *out, uint32_t batch, uint32_t seed);

typedef enum edi_frame_result {
  EDI_FRAME_OK = 0,
  EDI_FRAME_SHORT,   /* `length` bytes do not hold the whole frame */
  EDI_FRAME_EMPTY,   /* the header is all zero: nothing was written here */
  EDI_FRAME_TYPE,    /* unknown type or reserved bytes not zero */
  EDI_FRAME_LENGTH,  /* payload above the maximum */
  EDI_FRAME_CRC,     /* CRC differs */
  EDI_FRAME_PADDING, /* padding is not zero */
} edi_frame_result;

/* Decodes the frame at `bytes`; on OK the payload points into them and *size is what it takes. */
edi_frame_result edi_frame_decode(const uint8_t *bytes, size_t length, uint32_t seed,
                                  edi_frame *frame, size_t *size);
const char *edi_frame_result_text(edi_frame_result result);

/* CRC32C (Castagnoli), continued from `crc` (0 to begin): crc(ab) == crc(crc(a), b). The first uses
 * the processor's instruction where there is one. */
uint32_t edi_crc32c(uint32_t crc, const void *bytes, size_t length);
uint32_t edi_crc32c_portable(uint32_t crc, const void *bytes, size_t length);
/* What frames of a segment begin with. */
uint32_t edi_frame_seed(const uint8_t log_id[16], uint64_t first_index, const uint8_t salt[16]);

#endif
