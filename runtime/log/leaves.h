/* Leaves: payloads that the log itself writes and understands. Little-endian, fixed layouts, in the
 * order of the fields below. Encoding needs no memory; decoding refuses every other length and
 * every reserved byte that is not zero. Times are microseconds since 1970, UTC. */
#ifndef EDI_LEAVES_H
#define EDI_LEAVES_H

#include "log/layout.h"

/* Ends a batch: leaves first to last are committed; `size` leaves have this root. Not a leaf. */
typedef struct edi_leaf_commit {
  uint64_t first, last, size;
  edi_tree_hash root;
  uint64_t dropped; /* the sum of all DROP leaves up to here */
} edi_leaf_commit;
#define EDI_LEAF_COMMIT_BYTES 64

typedef struct edi_leaf_close {
  int64_t time;
  uint64_t segments; /* that the log has */
  uint64_t dropped;
  edi_spine spine; /* over everything before this leaf that is not a leaf */
} edi_leaf_close;
#define EDI_LEAF_CLOSE_BYTES 56

/* The log was found not closed. `length` bytes at `offset` of the segment were cut; 0: nothing
 * was. */
typedef struct edi_leaf_recovery {
  int64_t time;
  uint64_t segment, offset, length;
  uint32_t ordinal;   /* of the file cut-... that keeps them; then four zero bytes */
  uint8_t digest[32]; /* BLAKE2b-256 of them; zero if there are none */
} edi_leaf_recovery;
#define EDI_LEAF_RECOVERY_BYTES 72

typedef struct edi_leaf_erasure {
  int64_t time;
  uint64_t file;
  int64_t day;
  uint32_t class; /* then four zero bytes */
} edi_leaf_erasure;
#define EDI_LEAF_ERASURE_BYTES 32

typedef struct edi_leaf_drop {
  int64_t time;
  uint64_t count; /* since the last DROP leaf */
  uint64_t total; /* this one included */
} edi_leaf_drop;
#define EDI_LEAF_DROP_BYTES 24

typedef struct edi_leaf_payload {
  uint64_t file, length;
  uint8_t digest[32]; /* BLAKE2b-256 of the whole file */
} edi_leaf_payload;
#define EDI_LEAF_PAYLOAD_BYTES 48

/* The first frame of a segment: everything that is needed to go on without the segments before it.
 *    0 time   8 segments before   16 dropped   24 least number of the next payload file
 *   32 spine before this segment's header     64 u64 number of open payload files, their numbers
 *      the tree's peaks, 32 bytes each        the checkpoint at this size (signed note), the
 * rest */
#define EDI_LEAF_OPEN_MOST    32
#define EDI_LEAF_SEGMENT_MOST (72 + 8 * EDI_LEAF_OPEN_MOST + 32 * EDI_TREE_PEAKS_MOST + 1024)
typedef struct edi_leaf_segment {
  int64_t time;
  uint64_t ordinal, dropped, next_file;
  edi_spine spine;
  uint64_t open[EDI_LEAF_OPEN_MOST];
  size_t open_count;
  edi_tree tree;
  edi_str note; /* borrowed */
} edi_leaf_segment;

void edi_leaf_commit_encode(const edi_leaf_commit *commit, uint8_t out[EDI_LEAF_COMMIT_BYTES]);
void edi_leaf_close_encode(const edi_leaf_close *close, uint8_t out[EDI_LEAF_CLOSE_BYTES]);
void edi_leaf_recovery_encode(const edi_leaf_recovery *recovery,
                              uint8_t out[EDI_LEAF_RECOVERY_BYTES]);
void edi_leaf_erasure_encode(const edi_leaf_erasure *erasure, uint8_t out[EDI_LEAF_ERASURE_BYTES]);
void edi_leaf_drop_encode(const edi_leaf_drop *drop, uint8_t out[EDI_LEAF_DROP_BYTES]);
void edi_leaf_payload_encode(const edi_leaf_payload *payload, uint8_t out[EDI_LEAF_PAYLOAD_BYTES]);
/* Returns the length, 0 if `out` (EDI_LEAF_SEGMENT_MOST bytes) is too small. */
size_t edi_leaf_segment_encode(const edi_leaf_segment *segment, uint8_t *out);

bool edi_leaf_commit_decode(const uint8_t *bytes, size_t length,
                            edi_leaf_commit *commit) EDICT_MUST_CHECK;
bool edi_leaf_close_decode(const uint8_t *bytes, size_t length,
                           edi_leaf_close *close) EDICT_MUST_CHECK;
bool edi_leaf_recovery_decode(const uint8_t *bytes, size_t length,
                              edi_leaf_recovery *recovery) EDICT_MUST_CHECK;
bool edi_leaf_erasure_decode(const uint8_t *bytes, size_t length,
                             edi_leaf_erasure *erasure) EDICT_MUST_CHECK;
bool edi_leaf_drop_decode(const uint8_t *bytes, size_t length,
                          edi_leaf_drop *drop) EDICT_MUST_CHECK;
bool edi_leaf_payload_decode(const uint8_t *bytes, size_t length,
                             edi_leaf_payload *payload) EDICT_MUST_CHECK;
/* `first_index` says how many peaks there are. */
bool edi_leaf_segment_decode(const uint8_t *bytes, size_t length, uint64_t first_index,
                             edi_leaf_segment *segment) EDICT_MUST_CHECK;

#endif
