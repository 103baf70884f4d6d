/* Leaves: encoding and decoding of the payloads that the log itself writes.
 *
 * Decoding looks at the length first; every field is then in range by construction, and the caller
 * judges the values. */
#include "log/leaves.h"

void edi_leaf_commit_encode(const edi_leaf_commit *commit, uint8_t out[EDI_LEAF_COMMIT_BYTES]) {
  edi_put64(out, commit->first);
  edi_put64(out + 8, commit->last);
  edi_put64(out + 16, commit->size);
  memcpy(out + 24, commit->root.bytes, 32);
  edi_put64(out + 56, commit->dropped);
}

bool edi_leaf_commit_decode(const uint8_t *bytes, size_t length, edi_leaf_commit *commit) {
  if (length != EDI_LEAF_COMMIT_BYTES) return false;
  commit->first = edi_get64(bytes);
  commit->last = edi_get64(bytes + 8);
  commit->size = edi_get64(bytes + 16);
  memcpy(commit->root.bytes, bytes + 24, 32);
  commit->dropped = edi_get64(bytes + 56);
  return true;
}

void edi_leaf_close_encode(const edi_leaf_close *close, uint8_t out[EDI_LEAF_CLOSE_BYTES]) {
  edi_put64(out, (uint64_t)close->time);
  edi_put64(out + 8, close->segments);
  edi_put64(out + 16, close->dropped);
  memcpy(out + 24, close->spine.bytes, 32);
}

bool edi_leaf_close_decode(const uint8_t *bytes, size_t length, edi_leaf_close *close) {
  if (length != EDI_LEAF_CLOSE_BYTES) return false;
  close->time = (int64_t)edi_get64(bytes);
  close->segments = edi_get64(bytes + 8);
  close->dropped = edi_get64(bytes + 16);
  memcpy(close->spine.bytes, bytes + 24, 32);
  return true;
}

void edi_leaf_recovery_encode(const edi_leaf_recovery *recovery,
                              uint8_t out[EDI_LEAF_RECOVERY_BYTES]) {
  edi_put64(out, (uint64_t)recovery->time);
  edi_put64(out + 8, recovery->segment);
  edi_put64(out + 16, recovery->offset);
  edi_put64(out + 24, recovery->length);
  edi_put32(out + 32, recovery->ordinal);
  edi_put32(out + 36, 0);
  memcpy(out + 40, recovery->digest, 32);
}

bool edi_leaf_recovery_decode(const uint8_t *bytes, size_t length, edi_leaf_recovery *recovery) {
  if (length != EDI_LEAF_RECOVERY_BYTES || edi_get32(bytes + 36) != 0) return false;
  recovery->time = (int64_t)edi_get64(bytes);
  recovery->segment = edi_get64(bytes + 8);
  recovery->offset = edi_get64(bytes + 16);
  recovery->length = edi_get64(bytes + 24);
  recovery->ordinal = edi_get32(bytes + 32);
  memcpy(recovery->digest, bytes + 40, 32);
  return true;
}

void edi_leaf_erasure_encode(const edi_leaf_erasure *erasure, uint8_t out[EDI_LEAF_ERASURE_BYTES]) {
  edi_put64(out, (uint64_t)erasure->time);
  edi_put64(out + 8, erasure->file);
  edi_put64(out + 16, (uint64_t)erasure->day);
  edi_put32(out + 24, erasure->class);
  edi_put32(out + 28, 0);
}

bool edi_leaf_erasure_decode(const uint8_t *bytes, size_t length, edi_leaf_erasure *erasure) {
  if (length != EDI_LEAF_ERASURE_BYTES || edi_get32(bytes + 28) != 0) return false;
  erasure->time = (int64_t)edi_get64(bytes);
  erasure->file = edi_get64(bytes + 8);
  erasure->day = (int64_t)edi_get64(bytes + 16);
  erasure->class = edi_get32(bytes + 24);
  return true;
}

void edi_leaf_drop_encode(const edi_leaf_drop *drop, uint8_t out[EDI_LEAF_DROP_BYTES]) {
  edi_put64(out, (uint64_t)drop->time);
  edi_put64(out + 8, drop->count);
  edi_put64(out + 16, drop->total);
}

bool edi_leaf_drop_decode(const uint8_t *bytes, size_t length, edi_leaf_drop *drop) {
  if (length != EDI_LEAF_DROP_BYTES) return false;
  drop->time = (int64_t)edi_get64(bytes);
  drop->count = edi_get64(bytes + 8);
  drop->total = edi_get64(bytes + 16);
  return true;
}

void edi_leaf_payload_encode(const edi_leaf_payload *payload, uint8_t out[EDI_LEAF_PAYLOAD_BYTES]) {
  edi_put64(out, payload->file);
  edi_put64(out + 8, payload->length);
  memcpy(out + 16, payload->digest, 32);
}

bool edi_leaf_payload_decode(const uint8_t *bytes, size_t length, edi_leaf_payload *payload) {
  if (length != EDI_LEAF_PAYLOAD_BYTES) return false;
  payload->file = edi_get64(bytes);
  payload->length = edi_get64(bytes + 8);
  memcpy(payload->digest, bytes + 16, 32);
  return true;
}

size_t edi_leaf_segment_encode(const edi_leaf_segment *segment, uint8_t *out) {
  size_t peaks = edi_tree_peaks(segment->tree.size) * (size_t)EDI_TREE_HASH_BYTES;
  size_t length = 72 + 8 * segment->open_count + peaks + segment->note.len;
  if (segment->open_count > EDI_LEAF_OPEN_MOST || length > EDI_LEAF_SEGMENT_MOST) return 0;
  edi_put64(out, (uint64_t)segment->time);
  edi_put64(out + 8, segment->ordinal);
  edi_put64(out + 16, segment->dropped);
  edi_put64(out + 24, segment->next_file);
  memcpy(out + 32, segment->spine.bytes, 32);
  edi_put64(out + 64, segment->open_count);
  uint8_t *at = out + 72;
  for (size_t i = 0; i < segment->open_count; i++, at += 8) edi_put64(at, segment->open[i]);
  memcpy(at, segment->tree.peaks, peaks);
  memcpy(at + peaks, segment->note.ptr, segment->note.len);
  return length;
}

bool edi_leaf_segment_decode(const uint8_t *bytes, size_t length, uint64_t first_index,
                             edi_leaf_segment *segment) {
  *segment = (edi_leaf_segment){0};
  size_t peaks = edi_tree_peaks(first_index) * (size_t)EDI_TREE_HASH_BYTES;
  if (length < 72 || length > EDI_LEAF_SEGMENT_MOST || edi_get64(bytes + 64) > EDI_LEAF_OPEN_MOST)
    return false;
  size_t open_count = (size_t)edi_get64(bytes + 64), used = 72 + 8 * open_count + peaks;
  if (used > length) return false;
  segment->time = (int64_t)edi_get64(bytes);
  segment->ordinal = edi_get64(bytes + 8);
  segment->dropped = edi_get64(bytes + 16);
  segment->next_file = edi_get64(bytes + 24);
  memcpy(segment->spine.bytes, bytes + 32, 32);
  segment->open_count = open_count;
  for (size_t i = 0; i < open_count; i++) segment->open[i] = edi_get64(bytes + 72 + 8 * i);
  segment->tree.size = first_index;
  memcpy(segment->tree.peaks, bytes + 72 + 8 * open_count, peaks);
  segment->note = (edi_str){(const char *)bytes + used, length - used};
  return true;
}
