/* Store: the writer's public calls: open, append, flush, checkpoint, close.
 *
 * Each call looks at the process first, then takes the mutex; what happens under it is append.c's
 * and commit.c's, what opening finds is recovery.c's. */
#include "log/store.h"

#include <errno.h>

#include "log/storeparts.h"

enum {
  STORE_ALIGNMENT = 64, /* of crypto_generichash_state */
  BATCH_LEAST = 72 * 1024,
  BATCH_MOST = 64 * 1024 * 1024,
  SEGMENT_LEAST = 4096,
};
#define SEGMENT_MOST    (UINT64_C(4) << 30)
#define SEGMENT_DEFAULT (UINT64_C(64) << 20)

/* ---- options ---- */

static bool fill_options(edi_store *store, const edi_store_options *given) {
  edi_store_options *o = &store->options;
  *o = *given;
  if (o->segment_size == 0) o->segment_size = SEGMENT_DEFAULT;
  if (o->payload_file_size == 0) o->payload_file_size = SEGMENT_DEFAULT;
  if (o->batch_size == 0) o->batch_size = 256 * 1024;
  if (o->commit_micros == 0) o->commit_micros = 50000;
  if (o->checkpoint_micros == 0) o->checkpoint_micros = 1000000;
  if (o->segment_size < SEGMENT_LEAST || o->segment_size > SEGMENT_MOST) return false;
  if (o->payload_file_size < SEGMENT_LEAST || o->payload_file_size > SEGMENT_MOST) return false;
  if (o->batch_size < BATCH_LEAST || o->batch_size > BATCH_MOST) return false;
  if (!edi_note_name_valid(o->origin) || edi_str_starts(o->origin, EDI_STR("edict-"))) return false;
  memcpy(store->origin, o->origin.ptr, o->origin.len);
  o->origin = store->key.name = (edi_str){store->origin, o->origin.len};
  memcpy(store->key.public_key, o->secret_key + 32, EDI_NOTE_PUBLIC_BYTES);
  return true;
}

/* Without slashes at the end, so that the parent can be found. */
static bool fill_directory(edi_store *store, const char *directory) {
  size_t length = directory ? strlen(directory) : 0;
  while (length > 1 && directory[length - 1] == '/') length--;
  if (length == 0 || length >= sizeof store->directory) return false;
  memcpy(store->directory, directory, length);
  store->directory[length] = '\0';
  return true;
}

/* ---- memory ---- */

static edi_store *create(const edi_system *system, const edi_allocator *allocator) {
  if (!allocator) allocator = &edi_allocator_default;
  void *block = allocator->resize(allocator->context, NULL, 0, sizeof(edi_store) + STORE_ALIGNMENT);
  if (!block) return NULL;
  uintptr_t at = ((uintptr_t)block + STORE_ALIGNMENT - 1) & ~(uintptr_t)(STORE_ALIGNMENT - 1);
  edi_store *store = (edi_store *)at;
  memset(store, 0, sizeof *store);
  store->block = block;
  store->system = system;
  store->allocator = allocator;
  edi_buf_init(&store->note, allocator, EDI_LAYOUT_NOTE_MOST);
  return store;
}

static edict_status create_parts(edi_store *store) {
  size_t size = edi_store_batch_bytes(store);
  if (pthread_mutex_init(&store->mutex, NULL) != 0) return EDICT_MEMORY;
  if (pthread_cond_init(&store->changed, NULL) != 0) {
    pthread_mutex_destroy(&store->mutex);
    return EDICT_MEMORY;
  }
  store->has_sync = true;
  store->filling.bytes = edi_store_alloc(store, size);
  store->flying.bytes = edi_store_alloc(store, size);
  store->check = edi_store_alloc(store, size);
  if (!store->filling.bytes || !store->flying.bytes || !store->check) return EDICT_MEMORY;
  return edi_hasher_init(&store->hasher);
}

/* Closes files and frees; in a child of the opening process too, where the mutex may be held by a
 * thread that is not there. */
static void destroy(edi_store *store) {
  const edi_system *system = store->system;
  const edi_allocator *allocator = store->allocator;
  size_t size = edi_store_batch_bytes(store);
  edi_store_close_streams(store);
  /* What was acknowledged is synced; the rest is given up, so there is nothing to learn here. */
  if (store->has_segment) (void)system->close(system->context, store->segment);
  if (store->has_lock) (void)system->close(system->context, store->lock);
  int64_t process;
  if (store->has_sync && system->process(system->context, &process) == 0 &&
      process == store->process) {
    pthread_cond_destroy(&store->changed);
    pthread_mutex_destroy(&store->mutex);
  }
  edi_hasher_fini(&store->hasher);
  edi_buf_fini(&store->note);
  edi_store_release(store, store->filling.bytes, size);
  edi_store_release(store, store->flying.bytes, size);
  edi_store_release(store, store->check, size);
  void *block = store->block;
  sodium_memzero(store, sizeof *store);
  (void)allocator->resize(allocator->context, block, sizeof(edi_store) + STORE_ALIGNMENT, 0);
}

/* ---- opening ---- */

static edict_status make_directory(edi_store *store, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  char parent[EDI_STORE_PATH_MOST];
  int error = system->make_dir(system->context, store->directory);
  if (error == EEXIST) return EDICT_OK;
  if (error == 0) {
    const char *slash = strrchr(store->directory, '/');
    size_t length = !slash ? 0 : slash == store->directory ? 1 : (size_t)(slash - store->directory);
    memcpy(parent, store->directory, length);
    parent[length] = '\0';
    error = system->sync_dir(system->context, length > 0 ? parent : ".");
  }
  return error == 0
             ? EDICT_OK
             : edi_store_report_call(store, diagnostics, "", "making the directory failed", error);
}

/* must_exist: without an identity there is no log, and nothing is made. */
static edict_status look_for_log(edi_store *store, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  char path[EDI_LAYOUT_PATH_MOST];
  edi_file file;
  if (!edi_store_path(store, EDI_LAYOUT_IDENT, 0, path)) return EDICT_DEFECT;
  int error = system->open(system->context, path, EDI_OPEN_READ, &file);
  if (error == 0) return edi_layout_status(system->close(system->context, file));
  if (edi_layout_status(error) == EDICT_NOT_FOUND)
    return edi_store_report(store, diagnostics, EDICT_NOT_FOUND, EDI_R0424, "", "there is no log",
                            0);
  return edi_store_report_call(store, diagnostics, "ident", "opening it failed", error);
}

/* From here on the log counts as not closed, until close empties the file again. */
edict_status edi_store_mark_open(edi_store *store, edict_diagnostics *diagnostics) {
  static const char open_text[] = EDI_LAYOUT_LOCK_OPEN;
  const edi_system *system = store->system;
  int error = system->write(system->context, store->lock, 0, open_text, sizeof open_text - 1);
  if (error == 0) error = system->truncate(system->context, store->lock, sizeof open_text - 1);
  if (error == 0) error = system->sync(system->context, store->lock);
  if (error == 0) error = system->sync_dir(system->context, store->directory);
  return error == 0 ? EDICT_OK
                    : edi_store_report_call(store, diagnostics, "lock", "writing it failed", error);
}

static edict_status take_lock(edi_store *store, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  char path[EDI_LAYOUT_PATH_MOST];
  if (!edi_store_path(store, EDI_LAYOUT_LOCK, 0, path)) return EDICT_ARGUMENT;
  int error = system->open(system->context, path, EDI_OPEN_READ | EDI_OPEN_WRITE | EDI_OPEN_CREATE,
                           &store->lock);
  if (error != 0)
    return edi_store_report_call(store, diagnostics, "lock", "opening it failed", error);
  store->has_lock = true;
  error = system->lock(system->context, store->lock);
  if (error == EWOULDBLOCK)
    return edi_store_report(store, diagnostics, EDICT_BUSY, EDI_R0400, "", "somebody writes to it",
                            0);
  return error == 0 ? EDICT_OK
                    : edi_store_report_call(store, diagnostics, "lock", "locking it failed", error);
}

static edict_status open_parts(edi_store *store, edict_diagnostics *diagnostics) {
  int error = store->system->process(store->system->context, &store->process);
  if (error != 0)
    return edi_store_report_call(store, diagnostics, "", "the process is not known", error);
  edict_status status = create_parts(store);
  if (status != EDICT_OK)
    return edi_store_report(store, diagnostics, status, EDI_R0402, "", "no memory", 0);
  status = store->options.must_exist ? look_for_log(store, diagnostics)
                                     : make_directory(store, diagnostics);
  if (status == EDICT_OK) status = take_lock(store, diagnostics);
  if (status == EDICT_OK) status = edi_store_recover(store, diagnostics);
  return status;
}

edict_status edi_store_open(const edi_system *system, const char *directory,
                            const edi_store_options *options, edi_store **store,
                            edict_diagnostics *diagnostics) {
  *store = NULL;
  edi_store *made = create(system, options->allocator);
  if (!made) {
    edi_diagnostics_add(diagnostics, EDI_R0402, EDI_SPAN_NONE, "", "no memory for a log");
    return EDICT_MEMORY;
  }
  edict_status status = EDICT_ARGUMENT;
  if (fill_options(made, options) && fill_directory(made, directory))
    status = open_parts(made, diagnostics);
  else
    edi_diagnostics_add(diagnostics, EDI_R0415, EDI_SPAN_NONE, "",
                        "the log's directory, origin or sizes are out of range");
  if (status == EDICT_OK) *store = made;
  else destroy(made);
  return status;
}

/* ---- appending ---- */

edict_status edi_store_append(edi_store *store, edi_frame_type type, const void *payload,
                              size_t length, bool durable, uint64_t *index,
                              edict_diagnostics *diagnostics) {
  edict_status status = edi_store_enter(store, diagnostics);
  if (status != EDICT_OK) return status;
  if (edi_frame_kind_of((uint8_t)type) != EDI_FRAME_KIND_CALLER)
    return edi_store_report(store, diagnostics, EDICT_ARGUMENT, EDI_R0415, "",
                            "a leaf of a type that callers may not write", 0);
  if (length > EDI_FRAME_PAYLOAD_MOST)
    return edi_store_report(store, diagnostics, EDICT_ARGUMENT, EDI_R0415, "",
                            "a leaf longer than 65,535 bytes", 0);
  uint64_t at = 0;
  pthread_mutex_lock(&store->mutex);
  status = edi_store_put(store, type, payload, length, &at, diagnostics);
  if (status != EDICT_OK) store->drops_waiting++;
  else if (durable) status = edi_store_commit(store, at + 1, diagnostics);
  else status = edi_store_commit_due(store, diagnostics);
  pthread_mutex_unlock(&store->mutex);
  if (index) *index = at;
  return status;
}

void edi_store_drop(edi_store *store, uint64_t count) {
  if (edi_store_enter(store, NULL) != EDICT_OK) return; /* a child has no log to write to */
  pthread_mutex_lock(&store->mutex);
  if (__builtin_add_overflow(store->drops_waiting, count, &store->drops_waiting))
    store->drops_waiting = UINT64_MAX / 2;
  pthread_mutex_unlock(&store->mutex);
}

/* Everything buffered, drops that nobody wrote down yet included; on a full disk those wait. */
static edict_status flush(edi_store *store, edict_diagnostics *diagnostics) {
  edict_status status = store->full ? EDICT_OK : edi_store_put_drops(store, diagnostics);
  return status != EDICT_OK ? status : edi_store_commit(store, store->next_index, diagnostics);
}

edict_status edi_store_flush(edi_store *store, edict_diagnostics *diagnostics) {
  edict_status status = edi_store_enter(store, diagnostics);
  if (status != EDICT_OK) return status;
  pthread_mutex_lock(&store->mutex);
  status = store->failed ? edi_store_report_failed(store, diagnostics) : flush(store, diagnostics);
  pthread_mutex_unlock(&store->mutex);
  return status;
}

/* By the committer, without the mutex. *harmless: what failed is only that the file is older. */
static edict_status checkpoint_now(edi_store *store, edi_buf *note, bool *harmless,
                                   edict_diagnostics *diagnostics) {
  *harmless = false;
  edict_status status = edi_store_write_checkpoint(store, diagnostics);
  if (status != EDICT_OK) return status;
  edi_buf_append(note, store->note.ptr, store->note.len);
  status = edi_store_publish_checkpoint(store, diagnostics);
  *harmless = status == EDICT_OK || status == EDICT_LIMIT;
  return status == EDICT_OK ? note->failed : status;
}

edict_status edi_store_checkpoint(edi_store *store, edi_buf *note, edict_diagnostics *diagnostics) {
  edict_status status = edi_store_enter(store, diagnostics);
  if (status != EDICT_OK) return status;
  pthread_mutex_lock(&store->mutex);
  status = flush(store, diagnostics);
  if (status == EDICT_OK && !edi_store_begin_work(store))
    status = edi_store_report_failed(store, diagnostics);
  if (status == EDICT_OK) {
    bool harmless;
    pthread_mutex_unlock(&store->mutex);
    status = checkpoint_now(store, note, &harmless, diagnostics);
    pthread_mutex_lock(&store->mutex);
    store->signed_size = store->note_size;
    edi_store_end_work(store, harmless ? EDICT_OK : status);
  }
  pthread_mutex_unlock(&store->mutex);
  return status;
}

void edi_store_look(edi_store *store, edi_store_state *state) {
  *state = (edi_store_state){.failed = true};
  if (edi_store_enter(store, NULL) != EDICT_OK) return;
  pthread_mutex_lock(&store->mutex);
  while (store->committing) pthread_cond_wait(&store->changed, &store->mutex);
  *state = (edi_store_state){.size = store->next_index,
                             .committed = store->committed,
                             .checkpoint_size = store->signed_size,
                             .dropped = store->dropped + store->drops_waiting,
                             .segment = store->first_index,
                             .cut = store->cut,
                             .recovered = store->recovered,
                             .full = store->full,
                             .failed = store->failed};
  pthread_mutex_unlock(&store->mutex);
}

/* ---- closing ---- */

/* The CLOSE leaf: alone in the last batch, so that nothing comes between it and the spine it
 * holds. */
static edict_status write_close(edi_store *store, edict_diagnostics *diagnostics) {
  uint8_t payload[EDI_LEAF_CLOSE_BYTES];
  edi_leaf_close leaf = {edi_store_now(store), store->segments, store->dropped_committed,
                         store->spine};
  edi_leaf_close_encode(&leaf, payload);
  edi_frame frame = {EDI_FRAME_CLOSE, store->next_index++, 0, payload, sizeof payload};
  edi_frame_put(&frame, store->flying.bytes);
  store->flying.used = edi_frame_size(sizeof payload);
  store->flying.count = 1;
  store->part_count = 0;
  edict_status status = edi_store_write_batch(store, diagnostics);
  return status == EDICT_OK ? edi_store_write_checkpoint(store, diagnostics) : status;
}

/* Cuts the segment's unused end, removes the spare, then lets the checkpoint and the lock say that
 * the log is closed: only the last step makes it so. */
static edict_status finish_files(edi_store *store, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  char path[EDI_LAYOUT_PATH_MOST];
  int error = system->truncate(system->context, store->segment, store->offset);
  if (error == 0) error = system->sync(system->context, store->segment);
  if (error != 0)
    return edi_store_report_call(store, diagnostics, "", "cutting the segment's unused end failed",
                                 error);
  if (!edi_store_path(store, EDI_LAYOUT_SPARE, 0, path)) return EDICT_DEFECT;
  error = system->remove(system->context, path);
  if (error == ENOENT) error = 0;
  if (error == 0) error = system->sync_dir(system->context, store->directory);
  if (error != 0)
    return edi_store_report_call(store, diagnostics, "spare", "removing it failed", error);
  edict_status status = edi_store_publish_checkpoint(store, diagnostics);
  if (status != EDICT_OK) return status;
  error = system->truncate(system->context, store->lock, 0);
  if (error == 0) error = system->sync(system->context, store->lock);
  return error == 0
             ? EDICT_OK
             : edi_store_report_call(store, diagnostics, "lock", "emptying it failed", error);
}

static edict_status close_log(edi_store *store, edict_diagnostics *diagnostics) {
  if (store->failed) return edi_store_report_failed(store, diagnostics);
  edict_status status = edi_store_finish_streams(store, INT64_MAX, diagnostics);
  if (status == EDICT_OK) status = edi_store_put_drops(store, diagnostics);
  if (status == EDICT_OK) status = edi_store_commit(store, store->next_index, diagnostics);
  if (status == EDICT_OK && !edi_store_begin_work(store))
    status = edi_store_report_failed(store, diagnostics);
  if (status != EDICT_OK) return status;
  pthread_mutex_unlock(&store->mutex);
  status = write_close(store, diagnostics);
  if (status == EDICT_OK) status = finish_files(store, diagnostics);
  pthread_mutex_lock(&store->mutex);
  edi_store_end_work(store, status);
  return status;
}

edict_status edi_store_close(edi_store **store, edict_diagnostics *diagnostics) {
  if (!store || !*store) return EDICT_OK;
  edi_store *closing = *store;
  *store = NULL;
  edict_status status = edi_store_enter(closing, diagnostics);
  if (status == EDICT_OK) {
    pthread_mutex_lock(&closing->mutex);
    status = close_log(closing, diagnostics);
    pthread_mutex_unlock(&closing->mutex);
  } else if (status == EDICT_BUSY) {
    status = EDICT_OK; /* the parent's log is not this process's to close */
  }
  destroy(closing);
  return status;
}

void edi_store_abandon(edi_store **store) {
  if (!store || !*store) return;
  destroy(*store);
  *store = NULL;
}
