/* Commit: what the committer does with a batch: seal, write, sync, read back, hash again; and what
 * comes after it: checkpoints and new segments.
 *
 * In: the batch `flying`. Out: it is on disk, or an error after which the store is poisoned.
 * Nothing becomes part of the store's state before it was synced and read back; a failed sync is
 * not tried again, as the kernel may have dropped what it could not write. */
#include "log/storeparts.h"

#include "log/checkpoint.h"

enum { NOTE_FRAME_MOST = 2048 };

static void segment_name(const edi_store *store, char *name) {
  edi_layout_format((edi_layout_name){.kind = EDI_LAYOUT_SEGMENT, .number = store->first_index},
                    name);
}

static edict_status fail_segment(edi_store *store, edict_diagnostics *diagnostics, const char *what,
                                 int error) {
  char name[EDI_LAYOUT_NAME_MOST];
  segment_name(store, name);
  return edi_store_fault_call(store, diagnostics, name, what, error);
}

/* ---- writing to the segment ---- */

/* Writes at the segment's end, syncs and reads back into `again` (the same length). */
static edict_status write_through(edi_store *store, const uint8_t *bytes, size_t length,
                                  uint8_t *again, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  size_t got = 0;
  int error = system->write(system->context, store->segment, store->offset, bytes, length);
  if (error != 0) return fail_segment(store, diagnostics, "writing failed", error);
  error = system->sync(system->context, store->segment);
  if (error != 0) return fail_segment(store, diagnostics, "syncing failed", error);
  error = system->read(system->context, store->segment, store->offset, again, length, &got);
  if (error != 0) return fail_segment(store, diagnostics, "reading back failed", error);
  if (got == length) return EDICT_OK;
  return edi_store_fault(store, diagnostics, EDICT_SYSTEM, EDI_R0413, "",
                         "less was read back than written", 0);
}

/* Takes the leaves of `bytes` into `tree` and the drops they tell of into *dropped. */
static bool take_leaves(edi_store *store, const uint8_t *bytes, size_t length, edi_tree *tree,
                        uint64_t *dropped) {
  for (size_t at = 0; at < length;) {
    const uint8_t *payload = bytes + at + EDI_FRAME_HEADER_BYTES;
    uint32_t size = edi_get32(bytes + at);
    edi_tree_hash leaf;
    edi_leaf_drop drop;
    if (!edi_tree_leaf(&store->hasher, bytes[at + 4], payload, size, &leaf)) return false;
    if (!edi_tree_append(tree, &store->hasher, &leaf)) return false;
    if (bytes[at + 4] == EDI_FRAME_DROP && edi_leaf_drop_decode(payload, size, &drop))
      *dropped += drop.count;
    at += edi_frame_size(size);
  }
  return true;
}

/* Whether what was read back are these frames, and its leaves have the root that its COMMIT
 * says. */
static bool read_back_right(edi_store *store, const uint8_t *bytes, size_t length,
                            const edi_tree_hash *root) {
  edi_tree tree = store->tree;
  edi_tree_hash again;
  edi_frame frame;
  edi_leaf_commit commit;
  size_t size;
  for (size_t at = 0; at < length; at += size) {
    if (edi_frame_decode(bytes + at, length - at, store->seed, &frame, &size) != EDI_FRAME_OK)
      return false;
    if (frame.type == EDI_FRAME_COMMIT) {
      return at + size == length && edi_leaf_commit_decode(frame.payload, frame.length, &commit) &&
             edi_tree_root(&tree, &store->hasher, &again) &&
             edi_tree_hash_equal(&again, &commit.root) && edi_tree_hash_equal(&again, root) &&
             commit.size == tree.size;
    }
    if (frame.index != tree.size || frame.batch != store->batch) return false;
    if (!edi_tree_leaf(&store->hasher, frame.type, frame.payload, frame.length, &again))
      return false;
    if (!edi_tree_append(&tree, &store->hasher, &again)) return false;
  }
  return false;
}

/* ---- batches ---- */

static size_t put_commit(edi_store *store, const edi_leaf_commit *commit, uint8_t *out) {
  uint8_t payload[EDI_LEAF_COMMIT_BYTES];
  edi_leaf_commit_encode(commit, payload);
  edi_frame frame = {EDI_FRAME_COMMIT, commit->size, store->batch, payload, sizeof payload};
  edi_frame_encode(&frame, store->seed, out);
  return edi_frame_size(sizeof payload);
}

edict_status edi_store_write_batch(edi_store *store, edict_diagnostics *diagnostics) {
  edi_batch *batch = &store->flying;
  edi_tree next = store->tree;
  edi_spine spine = store->spine;
  edi_leaf_commit commit = {.first = store->tree.size, .dropped = store->dropped_committed};
  edict_status status = edi_store_sync_parts(store, diagnostics);
  if (status != EDICT_OK) return status;
  for (size_t at = 0; at < batch->used; at += edi_frame_size(edi_get32(batch->bytes + at)))
    edi_frame_seal(batch->bytes + at, store->batch, store->seed);
  bool hashed = take_leaves(store, batch->bytes, batch->used, &next, &commit.dropped) &&
                edi_tree_root(&next, &store->hasher, &commit.root);
  if (!hashed)
    return edi_store_fault(store, diagnostics, EDICT_MEMORY, EDI_R0402, "", "no memory for hashing",
                           0);
  commit.size = next.size;
  commit.last = next.size - 1;
  size_t commit_bytes = put_commit(store, &commit, batch->bytes + batch->used),
         length = batch->used + commit_bytes;
  status = write_through(store, batch->bytes, length, store->check, diagnostics);
  if (status != EDICT_OK) return status;
  if (!read_back_right(store, store->check, length, &commit.root))
    return edi_store_fault(store, diagnostics, EDICT_SYSTEM, EDI_R0413, "",
                           "a batch reads back differently", 0);
  if (!edi_spine_add(&spine, &store->hasher, batch->bytes + batch->used,
                     EDI_FRAME_HEADER_BYTES + EDI_LEAF_COMMIT_BYTES))
    return edi_store_fault(store, diagnostics, EDICT_MEMORY, EDI_R0402, "", "no memory for hashing",
                           0);
  store->tree = next;
  store->spine = spine;
  store->dropped_committed = commit.dropped;
  store->batch++;
  store->offset += length;
  *batch = (edi_batch){.bytes = batch->bytes};
  return EDICT_OK;
}

/* ---- checkpoints ---- */

edict_status edi_store_sign(edi_store *store, edict_diagnostics *diagnostics) {
  edi_checkpoint checkpoint = {.size = store->tree.size};
  if (checkpoint.size < store->note_size) /* would take back what was signed */
    return edi_store_fault(store, diagnostics, EDICT_DEFECT, EDI_R0409, "",
                           "a smaller tree than one signed before", 0);
  store->note.len = 0;
  edict_status status = EDICT_MEMORY;
  if (edi_tree_root(&store->tree, &store->hasher, &checkpoint.root))
    status = edi_checkpoint_sign(&store->note, store->options.origin, &checkpoint,
                                 store->options.secret_key);
  if (status != EDICT_OK) {
    store->note.len = 0;
    return edi_store_fault(store, diagnostics, status, EDI_R0402, "", "signing a checkpoint failed",
                           0);
  }
  store->note_size = checkpoint.size;
  store->checkpoint_stale = true;
  return EDICT_OK;
}

edict_status edi_store_write_checkpoint(edi_store *store, edict_diagnostics *diagnostics) {
  store->checkpoint_time = edi_store_now(store);
  if (store->note.len > 0 && store->note_size == store->tree.size) return EDICT_OK;
  edict_status status = edi_store_sign(store, diagnostics);
  if (status != EDICT_OK) return status;
  uint8_t out[NOTE_FRAME_MOST], again[NOTE_FRAME_MOST];
  size_t length = edi_frame_size(store->note.len), bare = EDI_FRAME_HEADER_BYTES + store->note.len;
  if (length > sizeof out) return EDICT_DEFECT; /* origins are bounded */
  edi_frame frame = {EDI_FRAME_CHECKPOINT, store->tree.size, store->batch,
                     (const uint8_t *)store->note.ptr, (uint32_t)store->note.len};
  edi_spine spine = store->spine;
  edi_frame_encode(&frame, store->seed, out);
  status = write_through(store, out, length, again, diagnostics);
  if (status == EDICT_OK && memcmp(out, again, length) != 0)
    status = edi_store_fault(store, diagnostics, EDICT_SYSTEM, EDI_R0413, "",
                             "a checkpoint reads back differently", 0);
  if (status == EDICT_OK && !edi_spine_add(&spine, &store->hasher, out, bare))
    status = edi_store_fault(store, diagnostics, EDICT_MEMORY, EDI_R0402, "",
                             "no memory for hashing", 0);
  if (status != EDICT_OK) return status;
  store->spine = spine;
  store->offset += length;
  return EDICT_OK;
}

static edict_status compare_file(edi_store *store, const char *path, const edi_buf *bytes,
                                 bool *same, int *error) {
  edi_buf again;
  edi_buf_init(&again, store->allocator, EDI_LAYOUT_NOTE_MOST);
  edict_status status =
      edi_system_read_file(store->system, path, EDI_LAYOUT_NOTE_MOST, &again, error);
  *same = status == EDICT_OK &&
          edi_str_equal((edi_str){again.ptr, again.len}, (edi_str){bytes->ptr, bytes->len});
  edi_buf_fini(&again);
  return status == EDICT_LIMIT ? EDICT_OK : status; /* longer: not the same */
}

edict_status edi_store_replace(edi_store *store, edi_layout_kind kind, const edi_buf *bytes,
                               edict_diagnostics *diagnostics) {
  char path[EDI_LAYOUT_PATH_MOST];
  int error = 0;
  bool same = false;
  const char *name = kind == EDI_LAYOUT_IDENT ? "ident" : "checkpoint";
  if (!edi_store_path(store, kind, 0, path)) return EDICT_DEFECT; /* checked at opening */
  edict_status status =
      edi_system_replace_file(store->system, path, bytes->ptr, bytes->len, &error);
  if (status != EDICT_OK)
    return edi_store_fault_call(store, diagnostics, name, "replacing it failed", error);
  status = compare_file(store, path, bytes, &same, &error);
  if (status == EDICT_MEMORY)
    return edi_store_fault(store, diagnostics, status, EDI_R0402, name, "no memory", 0);
  if (status != EDICT_OK)
    return edi_store_fault_call(store, diagnostics, name, "reading it back failed", error);
  if (!same)
    return edi_store_fault(store, diagnostics, EDICT_SYSTEM, EDI_R0413, name,
                           "it reads back differently", 0);
  return EDICT_OK;
}

edict_status edi_store_publish_checkpoint(edi_store *store, edict_diagnostics *diagnostics) {
  if (!store->checkpoint_stale) return EDICT_OK;
  edict_status status = edi_store_replace(store, EDI_LAYOUT_CHECKPOINT, &store->note, diagnostics);
  store->checkpoint_stale = status != EDICT_OK;
  return status;
}

/* ---- segments ---- */

bool edi_store_full_segment(const edi_store *store) {
  return store->offset >= store->options.segment_size;
}

/* A segment that is just not full takes a batch, the one that was filled meanwhile, and closing. */
uint64_t edi_store_segment_bytes(const edi_store *store) {
  return store->options.segment_size + 2 * edi_store_batch_bytes(store) + EDI_STORE_CLOSING_ROOM;
}

edict_status edi_store_make_spare(edi_store *store, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  char path[EDI_LAYOUT_PATH_MOST];
  edi_file file;
  store->spare = false;
  if (!edi_store_path(store, EDI_LAYOUT_SPARE, 0, path)) return EDICT_DEFECT;
  int error =
      system->open(system->context, path,
                   EDI_OPEN_READ | EDI_OPEN_WRITE | EDI_OPEN_CREATE | EDI_OPEN_TRUNCATE, &file);
  if (error == 0) {
    error = system->reserve(system->context, file, edi_store_segment_bytes(store));
    if (error == 0) error = system->sync(system->context, file);
    int closing = system->close(system->context, file);
    if (error == 0) error = closing;
    if (error != 0)
      (void)system->remove(system->context, path); /* gives back what it took; it may be nothing */
  }
  store->spare = error == 0;
  /* Without space there is no spare: that is not an error until a segment is needed. */
  if (error == 0 || edi_layout_status(error) == EDICT_LIMIT) return EDICT_OK;
  return edi_store_fault_call(store, diagnostics, "spare", "making it failed", error);
}

/* Header and SEGMENT frame into store->check; the spine that includes them into *spine. */
static edict_status encode_beginning(edi_store *store, edi_segment_header *header, size_t *length,
                                     edi_spine *spine) {
  static const size_t header_bytes = EDI_SEGMENT_HEADER_BYTES;
  uint8_t payload[EDI_LEAF_SEGMENT_MOST], *out = store->check;
  memcpy(header->log_id, store->log_id, EDI_LOG_ID_BYTES);
  header->first_index = store->tree.size;
  if (store->system->random(store->system->context, header->salt, sizeof header->salt) != 0)
    return EDICT_SYSTEM;
  edi_segment_header_encode(header, out);
  edi_leaf_segment segment = {.time = edi_store_now(store),
                              .ordinal = store->segments,
                              .dropped = store->dropped_committed,
                              .spine = store->spine,
                              .tree = store->tree,
                              .note = {store->note.ptr, store->note.len}};
  pthread_mutex_lock(&store->mutex);
  segment.next_file = store->next_file;
  for (size_t i = 0; i < EDI_STORE_STREAMS; i++)
    if (store->streams[i].used) segment.open[segment.open_count++] = store->streams[i].number;
  pthread_mutex_unlock(&store->mutex);
  size_t bare = edi_leaf_segment_encode(&segment, payload);
  if (bare == 0) return EDICT_DEFECT;
  edi_frame frame = {EDI_FRAME_SEGMENT, header->first_index, store->batch, payload, (uint32_t)bare};
  edi_frame_encode(&frame, edi_segment_seed(header), out + header_bytes);
  *length = header_bytes + edi_frame_size(bare);
  *spine = store->spine;
  bool hashed =
      edi_spine_add(spine, &store->hasher, out, header_bytes) &&
      edi_spine_add(spine, &store->hasher, out + header_bytes, EDI_FRAME_HEADER_BYTES + bare);
  return hashed ? EDICT_OK : EDICT_MEMORY;
}

/* Writes the beginning into the spare file. On OK *file is open. */
static edict_status fill_spare(edi_store *store, const char *path, size_t length, edi_file *file,
                               edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  size_t got = 0;
  int error = system->open(system->context, path, EDI_OPEN_READ | EDI_OPEN_WRITE, file);
  if (error != 0)
    return edi_store_fault_call(store, diagnostics, "spare", "opening it failed", error);
  error = system->write(system->context, *file, 0, store->check, length);
  if (error == 0) error = system->sync(system->context, *file);
  if (error == 0)
    error = system->read(system->context, *file, 0, store->flying.bytes, length, &got);
  edict_status status = EDICT_OK;
  if (error != 0)
    status = edi_store_fault_call(store, diagnostics, "spare",
                                  "writing a segment's beginning failed", error);
  else if (got != length || memcmp(store->check, store->flying.bytes, length) != 0)
    status = edi_store_fault(store, diagnostics, EDICT_SYSTEM, EDI_R0413, "spare",
                             "it reads back differently", 0);
  if (status != EDICT_OK)
    (void)system->close(system->context, *file); /* the first error is reported */
  return status;
}

/* Cuts the unused end of the segment that is left and closes it. */
static edict_status leave_segment(edi_store *store, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  if (!store->has_segment) return EDICT_OK;
  int error = system->truncate(system->context, store->segment, store->offset);
  if (error == 0) error = system->sync(system->context, store->segment);
  if (error != 0) return fail_segment(store, diagnostics, "cutting its unused end failed", error);
  store->has_segment = false;
  error = system->close(system->context, store->segment);
  return error == 0 ? EDICT_OK : fail_segment(store, diagnostics, "closing it failed", error);
}

/* The spare, already written, takes its name. */
static edict_status name_segment(edi_store *store, const char *spare, uint64_t first_index,
                                 edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  char path[EDI_LAYOUT_PATH_MOST];
  if (!edi_store_path(store, EDI_LAYOUT_SEGMENT, first_index, path)) return EDICT_DEFECT;
  int error = system->rename(system->context, spare, path);
  if (error == 0) error = system->sync_dir(system->context, store->directory);
  return error == 0 ? EDICT_OK
                    : edi_store_fault_call(store, diagnostics, "spare",
                                           "making it a segment failed", error);
}

edict_status edi_store_begin_segment(edi_store *store, bool *made, edict_diagnostics *diagnostics) {
  char path[EDI_LAYOUT_PATH_MOST];
  edi_segment_header header;
  edi_spine spine;
  edi_file file;
  size_t length;
  *made = false;
  if (!edi_store_path(store, EDI_LAYOUT_SPARE, 0, path)) return EDICT_DEFECT;
  edict_status status = store->spare ? EDICT_OK : edi_store_make_spare(store, diagnostics);
  if (status != EDICT_OK || !store->spare) return status;
  status = encode_beginning(store, &header, &length, &spine);
  if (status != EDICT_OK)
    return edi_store_fault(store, diagnostics, status, EDI_R0402, "spare",
                           "no memory or randomness for a segment", 0);
  status = fill_spare(store, path, length, &file, diagnostics);
  if (status != EDICT_OK) return status;
  status = leave_segment(store, diagnostics);
  if (status == EDICT_OK) status = name_segment(store, path, header.first_index, diagnostics);
  if (status != EDICT_OK) {
    (void)store->system->close(store->system->context, file); /* the first error is reported */
    return status;
  }
  store->segment = file;
  store->has_segment = true;
  store->first_index = header.first_index;
  store->seed = edi_segment_seed(&header);
  store->offset = length;
  store->reserved = edi_store_segment_bytes(store);
  store->segments++;
  store->spine = spine;
  *made = true;
  return edi_store_make_spare(store, diagnostics);
}
