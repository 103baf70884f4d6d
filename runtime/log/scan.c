/* Scan: the order and meaning of frames.
 *
 *   segment  SEGMENT ( leaf+ COMMIT CHECKPOINT? )*
 *
 * Leaves count up by one; batches count COMMITs; a COMMIT and a CHECKPOINT repeat size and root,
 * which are computed here from the leaves. Checks come before changes, so a fault leaves the state
 * alone. */
#include "log/scan.h"

static const edi_scan_fault good = {EDI_CODE_NONE, "", EDICT_OK};
static const edi_scan_fault no_memory = {EDI_R0402, "no memory for hashing", EDICT_MEMORY};

static edi_scan_fault fault(edi_code code, const char *what) {
  return (edi_scan_fault){code, what, code == EDI_R0408 ? EDICT_UNTRUSTED : EDICT_FORMAT};
}

void edi_scan_init(edi_scan *scan, edi_hasher *hasher, const edi_note_key *key,
                   const uint8_t log_id[EDI_LOG_ID_BYTES]) {
  *scan = (edi_scan){.hasher = hasher, .key = key};
  memcpy(scan->log_id, log_id, EDI_LOG_ID_BYTES);
}

void edi_scan_resume(edi_scan *scan, const edi_cursor *cursor) {
  scan->tree.size = scan->pending.size = cursor->frame.index;
  scan->batch = cursor->frame.batch;
  scan->closing = scan->closed = scan->pending_close = false;
}

void edi_scan_rewind(edi_scan *scan) {
  scan->pending = scan->tree;
  scan->pending_dropped = scan->dropped;
  scan->pending_close = scan->closing;
}

static bool root_is(const edi_scan *scan, const edi_tree *tree, const edi_tree_hash *said,
                    bool *equal) {
  edi_tree_hash root;
  *equal = true;
  if (!scan->hasher) return true;
  if (!edi_tree_root(tree, scan->hasher, &root)) return false;
  *equal = edi_tree_hash_equal(&root, said);
  return true;
}

/* Header and payload as they stand in the file. */
static bool add_to_spine(const edi_scan *scan, edi_spine *spine, const edi_cursor *cursor) {
  return !scan->hasher || edi_spine_add(spine, scan->hasher, cursor->raw,
                                        EDI_FRAME_HEADER_BYTES + cursor->frame.length);
}

/* ---- checkpoints ---- */

/* A note that must be the head of `tree`. */
static edi_scan_fault check_note(const edi_scan *scan, edi_str note, const edi_tree *tree) {
  if (!scan->key) return good;
  edi_checkpoint checkpoint;
  const char *why;
  edict_status status = edi_checkpoint_open(note, scan->key, &checkpoint, &why);
  if (status == EDICT_MEMORY) return no_memory;
  if (status != EDICT_OK)
    return fault(EDI_R0408, "the checkpoint is not one that the log's key signed");
  bool equal;
  if (checkpoint.size != tree->size)
    return fault(EDI_R0407, "the checkpoint is for another number of leaves");
  if (!root_is(scan, tree, &checkpoint.root, &equal)) return no_memory;
  return equal ? good : fault(EDI_R0407, "the checkpoint's root differs from the leaves");
}

/* ---- segments ---- */

static edi_scan_fault check_continuation(const edi_scan *scan, const edi_leaf_segment *segment,
                                         uint32_t batch) {
  if (segment->tree.size != scan->tree.size)
    return fault(EDI_R0420, "leaves are missing before this segment");
  if (segment->ordinal != scan->segments)
    return fault(EDI_R0420, "a segment is missing before this one");
  if (batch != scan->batch)
    return fault(EDI_R0406, "the segment's batch number is not the next one");
  if (!scan->hasher) return good;
  if (segment->dropped != scan->dropped)
    return fault(EDI_R0406, "the segment's count of drops is not the log's");
  if (memcmp(segment->spine.bytes, scan->spine.bytes, sizeof scan->spine.bytes) != 0)
    return fault(EDI_R0421, "the segment's spine digest differs from the frames before it");
  size_t peaks = edi_tree_peaks(scan->tree.size) * (size_t)EDI_TREE_HASH_BYTES;
  if (memcmp(segment->tree.peaks, scan->tree.peaks, peaks) != 0)
    return fault(EDI_R0407, "the segment's tree differs from the leaves before it");
  return good;
}

static edi_scan_fault adopt(edi_scan *scan, const edi_cursor *cursor,
                            const edi_leaf_segment *segment) {
  edi_scan next = *scan;
  next.known = true;
  next.tree = segment->tree;
  next.dropped = segment->dropped;
  next.batch = cursor->frame.batch;
  next.spine = segment->spine;
  next.segments = segment->ordinal + 1;
  next.next_file = segment->next_file;
  next.checkpoint_size = segment->tree.size;
  next.checkpoint_seen = true;
  next.closing = next.closed = false;
  if (next.hasher) {
    if (!edi_tree_root(&next.tree, next.hasher, &next.root)) return no_memory;
    if (!edi_spine_add(&next.spine, next.hasher, cursor->raw_header, sizeof cursor->raw_header))
      return no_memory;
  }
  if (!add_to_spine(&next, &next.spine, cursor)) return no_memory;
  edi_scan_rewind(&next);
  *scan = next;
  return good;
}

edi_scan_fault edi_scan_segment(edi_scan *scan, edi_cursor *cursor, edi_leaf_segment *segment,
                                bool *failed) {
  edi_leaf_segment space, *decoded = segment ? segment : &space;
  *failed = false;
  if (memcmp(cursor->header.log_id, scan->log_id, EDI_LOG_ID_BYTES) != 0)
    return fault(EDI_R0405, "the segment is of another log");
  edi_cursor_result result = edi_cursor_next(cursor);
  *failed = result == EDI_CURSOR_FAILED;
  if (result == EDI_CURSOR_END) return fault(EDI_R0406, "the segment has no frame");
  if (result != EDI_CURSOR_FRAME) return fault(EDI_R0406, edi_frame_result_text(cursor->why));
  if (cursor->frame.type != EDI_FRAME_SEGMENT ||
      cursor->frame.index != cursor->header.first_index ||
      !edi_leaf_segment_decode(cursor->frame.payload, cursor->frame.length, cursor->frame.index,
                               decoded))
    return fault(EDI_R0406, "the segment does not begin with a frame that says where it continues");
  edi_scan_fault found = good;
  if (scan->known && scan->pending.size != scan->tree.size)
    found = fault(EDI_R0420, "the segment before this one ends without a commit");
  else if (scan->known) found = check_continuation(scan, decoded, cursor->frame.batch);
  if (found.code == EDI_CODE_NONE) found = check_note(scan, decoded->note, &decoded->tree);
  return found.code == EDI_CODE_NONE ? adopt(scan, cursor, decoded) : found;
}

/* ---- leaves ---- */

static edi_scan_fault check_close(const edi_scan *scan, const edi_frame *frame) {
  edi_leaf_close close;
  if (!edi_leaf_close_decode(frame->payload, frame->length, &close))
    return fault(EDI_R0406, "the CLOSE leaf has another length");
  if (!scan->hasher) return good;
  if (close.segments != scan->segments || close.dropped != scan->pending_dropped)
    return fault(EDI_R0421, "the CLOSE leaf counts other segments or drops than the log has");
  if (memcmp(close.spine.bytes, scan->spine.bytes, sizeof close.spine.bytes) != 0)
    return fault(EDI_R0421, "the CLOSE leaf's spine digest differs from the log");
  return good;
}

/* Leaves that the log itself writes; the sum of drops goes on in *dropped. */
static edi_scan_fault check_own_leaf(const edi_scan *scan, const edi_frame *frame,
                                     uint64_t *dropped) {
  const uint8_t *bytes = frame->payload;
  bool valid = true;
  edi_leaf_drop drop;
  edi_leaf_recovery recovery;
  edi_leaf_erasure erasure;
  edi_leaf_payload payload;
  switch ((edi_frame_type)frame->type) {
    case EDI_FRAME_CLOSE: return check_close(scan, frame);
    case EDI_FRAME_RECOVERY:
      valid = edi_leaf_recovery_decode(bytes, frame->length, &recovery);
      break;
    case EDI_FRAME_ERASURE: valid = edi_leaf_erasure_decode(bytes, frame->length, &erasure); break;
    case EDI_FRAME_PAYLOAD: valid = edi_leaf_payload_decode(bytes, frame->length, &payload); break;
    case EDI_FRAME_DROP:
      valid = edi_leaf_drop_decode(bytes, frame->length, &drop);
      if (valid && scan->hasher)
        valid = !__builtin_add_overflow(*dropped, drop.count, dropped) && drop.total == *dropped;
      break;
    case EDI_FRAME_RECORD:
    case EDI_FRAME_BUNDLE:
    case EDI_FRAME_RECEIPT:
    case EDI_FRAME_REFUSAL:
    case EDI_FRAME_SWEEP:
    case EDI_FRAME_COMMIT:
    case EDI_FRAME_CHECKPOINT:
    case EDI_FRAME_SEGMENT: break;
  }
  return valid ? good : fault(EDI_R0406, "a leaf that the log writes itself is not of its form");
}

static edi_scan_fault take_leaf(edi_scan *scan, const edi_cursor *cursor) {
  const edi_frame *frame = &cursor->frame;
  uint64_t dropped = scan->pending_dropped;
  edi_scan_fault found = check_own_leaf(scan, frame, &dropped);
  if (found.code != EDI_CODE_NONE) return found;
  if (scan->hasher) {
    edi_tree_hash leaf;
    if (!edi_tree_leaf(scan->hasher, frame->type, frame->payload, frame->length, &leaf))
      return no_memory;
    if (!edi_tree_append(&scan->pending, scan->hasher, &leaf)) return no_memory;
  } else {
    scan->pending.size++;
  }
  scan->pending_dropped = dropped;
  scan->pending_close = frame->type == EDI_FRAME_CLOSE;
  scan->closed = false;
  return good;
}

/* ---- commits ---- */

static edi_scan_fault take_commit(edi_scan *scan, const edi_cursor *cursor) {
  edi_leaf_commit commit;
  if (!edi_leaf_commit_decode(cursor->frame.payload, cursor->frame.length, &commit))
    return fault(EDI_R0406, "the COMMIT has another length");
  if (scan->pending.size == scan->tree.size) return fault(EDI_R0406, "a COMMIT without leaves");
  if (commit.first != scan->tree.size || commit.size != scan->pending.size ||
      commit.last != commit.size - 1)
    return fault(EDI_R0407, "the COMMIT counts other leaves than stand before it");
  if (scan->hasher && commit.dropped != scan->pending_dropped)
    return fault(EDI_R0407, "the COMMIT's count of drops is not the log's");
  bool equal;
  if (!root_is(scan, &scan->pending, &commit.root, &equal)) return no_memory;
  if (!equal) return fault(EDI_R0407, "the COMMIT's root differs from the leaves before it");
  edi_spine spine = scan->spine;
  if (!add_to_spine(scan, &spine, cursor)) return no_memory;
  scan->spine = spine;
  scan->tree = scan->pending;
  scan->root = commit.root;
  scan->dropped = scan->pending_dropped;
  scan->batch++;
  scan->closing = scan->pending_close;
  return good;
}

static edi_scan_fault take_checkpoint(edi_scan *scan, const edi_cursor *cursor) {
  if (scan->pending.size != scan->tree.size)
    return fault(EDI_R0406, "a CHECKPOINT among leaves without a COMMIT");
  edi_str note = {(const char *)cursor->frame.payload, cursor->frame.length};
  edi_scan_fault found = check_note(scan, note, &scan->tree);
  if (found.code != EDI_CODE_NONE) return found;
  edi_spine spine = scan->spine;
  if (!add_to_spine(scan, &spine, cursor)) return no_memory;
  scan->spine = spine;
  scan->checkpoint_size = scan->tree.size;
  scan->checkpoint_seen = true;
  scan->closed = scan->closing;
  return good;
}

edi_scan_fault edi_scan_frame(edi_scan *scan, const edi_cursor *cursor) {
  const edi_frame *frame = &cursor->frame;
  if (frame->batch != scan->batch)
    return fault(EDI_R0406, "the frame is of another batch than the one that is due");
  if (frame->index != scan->pending.size)
    return fault(EDI_R0406, "the frame's index is not the next one");
  if (edi_frame_is_leaf(frame->type)) return take_leaf(scan, cursor);
  if (frame->type == EDI_FRAME_COMMIT) return take_commit(scan, cursor);
  if (frame->type == EDI_FRAME_CHECKPOINT) return take_checkpoint(scan, cursor);
  return fault(EDI_R0406, "a SEGMENT frame in the middle of a segment");
}

/* ---- torn or damaged ---- */

edi_cursor_result edi_scan_judge(const edi_scan *scan, edi_cursor *cursor, uint64_t offset,
                                 bool *torn) {
  *torn = false;
  uint64_t hole = offset;
  for (;;) {
    edi_cursor_result result = edi_cursor_find(
        cursor, hole == offset ? offset + EDI_FRAME_ALIGNMENT : hole, scan->tree.size);
    if (result == EDI_CURSOR_FAILED) return result;
    if (result == EDI_CURSOR_BAD) return EDI_CURSOR_END; /* gave up: do not cut */
    if (result == EDI_CURSOR_END) break;
    /* A later batch was only begun once this one was on disk and read back. */
    if (cursor->frame.batch != scan->batch) return EDI_CURSOR_END;
    uint64_t after = cursor->offset;
    if (cursor->frame_offset > hole) {
      bool unwritten;
      result = edi_cursor_hole(cursor, hole, cursor->frame_offset, &unwritten);
      if (result == EDI_CURSOR_FAILED) return result;
      if (!unwritten) return EDI_CURSOR_END;
    }
    hole = after;
  }
  *torn = true;
  return EDI_CURSOR_END;
}
