/* Store, from the inside: what append, commit, opening and sealing share; nobody else looks here.
 *
 *   callers --mutex--> filling --swap--> flying --committer--> segment file, checkpoint file
 *
 * The committer is the thread that set `committing`; it alone touches what is marked so, without
 * the mutex. Everything else is guarded by the mutex. */
#ifndef EDI_STOREPARTS_H
#define EDI_STOREPARTS_H

#include <pthread.h>
#include <sodium.h>

#include "log/layout.h"
#include "log/leaves.h"
#include "log/payfile.h"
#include "log/store.h"

/* Room at a segment's end for what closing writes: PAYLOAD leaves, DROP, CLOSE, COMMIT,
 * CHECKPOINT. */
#define EDI_STORE_CLOSING_ROOM (64 * 1024)
/* Of it, what only closing may use. */
#define EDI_STORE_LAST_ROOM (8 * 1024)
#define EDI_STORE_STREAMS   EDI_LEAF_OPEN_MOST

typedef struct edi_batch {
  uint8_t *bytes; /* frames; room for a COMMIT behind batch_size */
  size_t used;
  uint64_t count;
  int64_t since; /* when the oldest leaf came */
} edi_batch;

/* A payload file that is being written: one day and class. */
typedef struct edi_stream {
  bool used;
  bool new_name; /* its directory entry is not synced yet */
  int64_t day;
  uint32_t class;
  uint64_t number;
  edi_file file;
  uint64_t end, reserved; /* bytes used and bytes on disk */
  uint64_t synced;        /* on disk and read back */
  uint8_t key[EDI_PAYFILE_KEY_BYTES];
  uint8_t header_digest[32];
  crypto_generichash_state written; /* over bytes 0 to end, as they were written */
  crypto_generichash_state read; /* over bytes 0 to synced, as they were read back; committer's */
} edi_stream;

/* What the committer syncs of a stream. */
typedef struct edi_stream_part {
  edi_stream *stream;
  edi_file file;
  bool new_name;
  uint64_t from, to;
  uint8_t digest[32]; /* of bytes 0 to `to` as written */
} edi_stream_part;

struct edi_store {
  void *block; /* what was allocated; this struct is aligned in it */
  const edi_system *system;
  const edi_allocator *allocator;
  edi_store_options options;
  char origin[EDI_LIMIT_NAME + 1];
  edi_note_key key;
  uint8_t log_id[EDI_LOG_ID_BYTES];
  char directory[EDI_STORE_PATH_MOST];
  int64_t process;
  edi_file lock;
  bool has_lock, has_sync; /* has_sync: mutex and condition exist */
  pthread_mutex_t mutex;
  pthread_cond_t changed;

  /* guarded by the mutex */
  edi_batch filling;
  uint64_t next_index;
  uint64_t committed;
  uint64_t dropped; /* in DROP leaves so far, buffered ones included */
  uint64_t drops_waiting;
  bool committing, failed, full;
  int64_t tried;        /* when a new segment was tried last while full */
  uint64_t signed_size; /* under the newest checkpoint */
  edi_stream streams[EDI_STORE_STREAMS];
  uint64_t next_file;
  uint64_t erasing; /* 1 + number of the file whose ERASURE leaf is in `filling`; 0: none */
  uint64_t cut;
  bool recovered;

  /* the committer's */
  edi_batch flying;
  uint8_t *check; /* what was read back */
  edi_stream_part parts[EDI_STORE_STREAMS];
  size_t part_count;
  uint64_t flying_erasing; /* the same of `flying` */
  edi_hasher hasher;
  edi_tree tree;
  edi_spine spine;
  uint32_t batch;
  uint64_t dropped_committed;
  edi_file segment;
  bool has_segment;
  uint64_t first_index, offset, reserved, segments;
  uint32_t seed;
  bool spare;
  int64_t checkpoint_time;
  bool checkpoint_stale;  /* the note is newer than the file */
  edi_buf note;           /* the newest checkpoint, if it was signed by this handle */
  uint64_t note_size;     /* leaves under the newest checkpoint that anybody signed */
  const char *fault_what; /* why it failed, for later callers; read once `failed` is set */
  int fault_error;
};

/* ---- reports (storeparts.c) ---- */
/* Adds a finding about `name` (a file, may be empty) and returns `status`. `error` 0: none. */
edict_status edi_store_report(const edi_store *store, edict_diagnostics *diagnostics,
                              edict_status status, edi_code code, const char *name,
                              const char *what, int error);
/* The same for a failed system call: LIMIT with R0414 for a full disk, else R0402. */
edict_status edi_store_report_call(const edi_store *store, edict_diagnostics *diagnostics,
                                   const char *name, const char *what, int error);
/* The same two by the committer, for what makes the store fail: remembered for later callers. */
edict_status edi_store_fault(edi_store *store, edict_diagnostics *diagnostics, edict_status status,
                             edi_code code, const char *name, const char *what, int error);
edict_status edi_store_fault_call(edi_store *store, edict_diagnostics *diagnostics,
                                  const char *name, const char *what, int error);
/* SYSTEM: the store failed earlier. The mutex is held. */
edict_status edi_store_report_failed(const edi_store *store, edict_diagnostics *diagnostics);
/* BUSY in a child of the opening process. */
edict_status edi_store_enter(const edi_store *store, edict_diagnostics *diagnostics);
/* The time, 0 if the clock fails: then everything is due. */
int64_t edi_store_now(const edi_store *store);
bool edi_store_path(const edi_store *store, edi_layout_kind kind, uint64_t number, char *path);
void *edi_store_alloc(const edi_store *store, size_t size);
void edi_store_release(const edi_store *store, void *pointer, size_t size);
size_t edi_store_batch_bytes(const edi_store *store); /* allocated for a batch */

/* ---- the committer's work (commit.c); the mutex is not held, `committing` is set ---- */
edict_status edi_store_write_batch(edi_store *store, edict_diagnostics *diagnostics);
/* Signs the committed tree into `note`. */
edict_status edi_store_sign(edi_store *store, edict_diagnostics *diagnostics);
/* Signs the committed tree, writes a CHECKPOINT frame. Nothing if that was done for this size. */
edict_status edi_store_write_checkpoint(edi_store *store, edict_diagnostics *diagnostics);
/* Replaces `ident` or `checkpoint` and reads it back. */
edict_status edi_store_replace(edi_store *store, edi_layout_kind kind, const edi_buf *bytes,
                               edict_diagnostics *diagnostics);
/* Replaces the checkpoint file by the newest note, if it is older. */
edict_status edi_store_publish_checkpoint(edi_store *store, edict_diagnostics *diagnostics);
/* Begins the segment at the tree's size; the one before it is finished. *made false and OK: there
 * is no space. */
edict_status edi_store_begin_segment(edi_store *store, bool *made, edict_diagnostics *diagnostics);
edict_status edi_store_make_spare(edi_store *store, edict_diagnostics *diagnostics);
uint64_t edi_store_segment_bytes(const edi_store *store); /* on disk for a segment */
bool edi_store_full_segment(const edi_store *store);

/* ---- batches (append.c); the mutex is held ---- */
/* Puts a leaf into the batch, committing or waiting for room. LIMIT: the disk is full. */
edict_status edi_store_put(edi_store *store, edi_frame_type type, const void *payload,
                           size_t length, uint64_t *index, edict_diagnostics *diagnostics);
/* Puts a DROP leaf for what was refused, if there is something. */
edict_status edi_store_put_drops(edi_store *store, edict_diagnostics *diagnostics);
/* Commits until everything before `size` is; at once if it is. */
edict_status edi_store_commit(edi_store *store, uint64_t size, edict_diagnostics *diagnostics);
/* Commits if the oldest buffered leaf has waited long enough and nobody commits. */
edict_status edi_store_commit_due(edi_store *store, edict_diagnostics *diagnostics);
/* Waits until nobody commits and becomes the committer. False: the store failed. */
bool edi_store_begin_work(edi_store *store);
/* Anything but OK poisons the store. */
void edi_store_end_work(edi_store *store, edict_status status);

/* ---- payload files (seal.c); the mutex is held ---- */
/* Finishes all streams of days before `day`. */
edict_status edi_store_finish_streams(edi_store *store, int64_t day,
                                      edict_diagnostics *diagnostics);
void edi_store_close_streams(edi_store *store); /* closes files, forgets keys, writes nothing */
/* Syncs and reads back the parts; the committer, without the mutex. */
edict_status edi_store_sync_parts(edi_store *store, edict_diagnostics *diagnostics);
void edi_store_collect_parts(edi_store *store); /* with the mutex */
/* Overwrites the sealed key and deletes the file. */
edict_status edi_store_destroy_payload(edi_store *store, uint64_t number,
                                       edict_diagnostics *diagnostics);

/* ---- opening (recovery.c) ---- */
/* The directory is there and locked: reads, recovers or creates the log. */
edict_status edi_store_recover(edi_store *store, edict_diagnostics *diagnostics);
/* Writes into `lock` that the log is not closed. */
edict_status edi_store_mark_open(edi_store *store, edict_diagnostics *diagnostics);
/* Keeps `length` bytes at `offset` of the current segment in a file of their own, if that was not
 * done before a crash, then cuts them. */
edict_status edi_store_cut(edi_store *store, const edi_layout_list *list, uint64_t length,
                           edict_diagnostics *diagnostics);
/* RECOVERY leaves for every file with bytes cut at the segment's end, or one that says nothing was;
 * the mutex is held. */
edict_status edi_store_tell_recovery(edi_store *store, edi_arena *arena,
                                     edict_diagnostics *diagnostics);

#endif
