/* Fuzz: bytes as a decision log, for the auditor, the reader and the writer that opens it; and the
 * same with checksums put right, so that what lies behind them is reached too. */
#include <stdlib.h>

#include "support/log_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct counted {
  uint64_t next, leaves;
} counted;

static bool count(void *user, const edi_log_leaf *leaf) {
  counted *c = user;
  if (leaf->index < c->next) abort(); /* leaves go up, also around damage */
  c->next = leaf->index + 1;
  c->leaves++;
  return true;
}

static void put_right(disk *d) {
  for (size_t i = 0; disk_name(d, i); i++) {
    size_t size;
    edi_segment_header header;
    if (edi_layout_parse(disk_name(d, i)).kind != EDI_LAYOUT_SEGMENT) continue;
    uint8_t *bytes = disk_file(d, disk_name(d, i), &size);
    if (size < EDI_SEGMENT_HEADER_BYTES) continue;
    edi_put32(bytes + 60, edi_crc32c(0, bytes, 60));
    if (!edi_segment_header_decode(bytes, &header)) continue;
    for (size_t at = EDI_SEGMENT_HEADER_BYTES; size - at >= EDI_FRAME_HEADER_BYTES;) {
      uint32_t length = edi_get32(bytes + at);
      if (length > EDI_FRAME_PAYLOAD_MOST || edi_frame_size(length) > size - at) break;
      edi_frame_seal(bytes + at, edi_get32(bytes + at + 16), edi_segment_seed(&header));
      at += edi_frame_size(length);
    }
  }
}

static void open_and_close(disk *d, bool intact) {
  edi_store_options options = logs_options();
  edi_store *store;
  edi_log_verdict verdict;
  edict_status status = edi_store_open(disk_system(d), DISK_DIRECTORY, &options, &store, NULL);
  if ((status == EDICT_OK) != (store != NULL)) abort();
  if (intact && status != EDICT_OK) abort(); /* what the auditor accepts can be continued */
  if (!store) return;
  if (edi_store_append(store, EDI_FRAME_RECORD, "x", 1, true, NULL, NULL) != EDICT_OK) abort();
  if (edi_store_close(&store, NULL) != EDICT_OK) abort();
  status = logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL);
  if (intact && (status != EDICT_OK || !verdict.log.closed)) abort();
}

static void look_at(disk *d) {
  counted c = {0};
  edi_log_visitor visitor = {.user = &c, .leaf = count};
  edi_log_summary summary;
  edi_log_verdict verdict;
  edict_status verified = logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL);
  edict_status read = edi_log_read(disk_system(d), DISK_DIRECTORY, &visitor, &summary, NULL);
  if (summary.leaves != c.leaves) abort();
  /* The reader does not compute the tree: it may take for whole what the auditor calls torn. */
  bool closed = verified == EDICT_OK && verdict.log.closed;
  if (closed && (read != EDICT_OK || c.next != verdict.log.size)) abort();
  if (verified == EDICT_OK && c.next < verdict.log.size) abort();
  open_and_close(d, verified == EDICT_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  disk *d = log_door_disk(data, size), *right = disk_copy(d);
  look_at(d);
  put_right(right);
  look_at(right);
  disk_destroy(right);
  disk_destroy(d);
  return 0;
}
