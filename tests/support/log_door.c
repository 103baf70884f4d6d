/* Log door: a directory from bytes, and its verification. */
#include "support/log_door.h"

#include <stdlib.h>

/* A log of one segment that is not closed; what the fuzzer gives takes the segment's place. */
static disk *frame_of_segment(void) {
  static disk *made;
  if (!made) {
    made = disk_create(3);
    edi_store_options options = logs_options();
    edi_store *store;
    if (logs_open(made, &options, &store) != EDICT_OK) abort();
    edi_store_abandon(&store);
  }
  return disk_copy(made);
}

disk *log_door_disk(const void *bytes, size_t length) {
  disk *d = disk_create(1);
  if (disk_unpack(d, bytes, length)) return d;
  disk_destroy(d);
  d = frame_of_segment();
  disk_put(d, "seg-00000000000000000000.edl", bytes, length);
  return d;
}

edict_status log_door(const char *name, const char *bytes, size_t length,
                      edict_diagnostics *findings) {
  (void)name;
  disk *d = log_door_disk(bytes, length);
  edi_note_key key = logs_key();
  edi_log_verify_options options = {.keys = &key, .key_count = 1};
  edi_log_verdict verdict;
  edict_status status =
      edi_log_verify(disk_system(d), DISK_DIRECTORY, &options, NULL, &verdict, findings);
  disk_destroy(d);
  return status;
}
