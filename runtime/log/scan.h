/* Scan: what the frames of a log mean, one after the other. The one place that knows the order in
 * which frames may come; opening, reading and verification all feed it.
 *
 * In: a segment's header and its frames in order. Out: nothing, or the code and sentence of what is
 * wrong. State is committed (up to the last COMMIT) and pending (the leaves after it). With a
 * hasher it computes tree and spine and compares them and all counts; without, it looks at order
 * alone. With a key it checks checkpoints' signatures. */
#ifndef EDI_SCAN_H
#define EDI_SCAN_H

#include "log/checkpoint.h"
#include "log/cursor.h"
#include "log/leaves.h"

typedef struct edi_scan {
  edi_hasher *hasher;      /* NULL: counts only */
  const edi_note_key *key; /* NULL: signatures are not looked at */
  uint8_t log_id[EDI_LOG_ID_BYTES];
  bool known; /* false: the next SEGMENT is believed. Init leaves false; who reads from the log's
               * beginning sets it */

  edi_tree tree; /* committed */
  edi_tree_hash root;
  uint64_t dropped;
  uint32_t batch;
  edi_spine spine;
  uint64_t segments;        /* whose header was read, from the log's beginning */
  uint64_t checkpoint_size; /* under the newest CHECKPOINT frame or SEGMENT's note */
  bool checkpoint_seen;
  uint64_t next_file; /* as the newest SEGMENT says */

  edi_tree pending; /* committed and the leaves since */
  uint64_t pending_dropped;
  bool pending_close; /* the last leaf is CLOSE */
  bool closing;       /* ... and it is committed */
  bool closed;        /* ... and a CHECKPOINT follows, and nothing more */
} edi_scan;

void edi_scan_init(edi_scan *scan, edi_hasher *hasher, const edi_note_key *key,
                   const uint8_t log_id[EDI_LOG_ID_BYTES]);

/* What is wrong. EDI_CODE_NONE: nothing. `status` is MEMORY when OpenSSL failed, else FORMAT or
 * UNTRUSTED. */
typedef struct edi_scan_fault {
  edi_code code;
  const char *what; /* static */
  edict_status status;
} edi_scan_fault;

/* The header of `cursor` and its first frame, which must be SEGMENT: reads it. If the scan knows
 * the log so far, everything must fit; if not, the scan goes on from what the segment says.
 * `segment` may be NULL. Damage of bytes is a fault too. After FAILED of the cursor, *failed is
 * set. */
edi_scan_fault edi_scan_segment(edi_scan *scan, edi_cursor *cursor, edi_leaf_segment *segment,
                                bool *failed);
/* The cursor's frame, any but the first of a segment. A fault changes nothing. */
edi_scan_fault edi_scan_frame(edi_scan *scan, const edi_cursor *cursor);

/* After damage, without a hasher: goes on at the cursor's frame, the first of a batch. */
void edi_scan_resume(edi_scan *scan, const edi_cursor *cursor);

/* Drops what is pending. */
void edi_scan_rewind(edi_scan *scan);

/* What the bytes from `offset` on are, where the frame is bad or does not fit: the torn end of a
 * write that was never acknowledged, or damage in the middle with evidence behind it. Torn: no
 * intact frame of a later batch follows, and between intact frames of this batch some sector was
 * not written. The cursor's position is lost. */
edi_cursor_result edi_scan_judge(const edi_scan *scan, edi_cursor *cursor, uint64_t offset,
                                 bool *torn);

#endif
