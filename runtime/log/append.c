/* Append: leaves into the batch, and who commits it.
 *
 * In: leaves from any thread, under the mutex. Out: one order for all of them. Whoever needs a
 * commit and finds no committer becomes it: swaps the batches, lets the mutex go, writes, takes it
 * again. A leaf once in the batch has its index for good; refused leaves never get one. */
#include "log/storeparts.h"

enum { RETRY_MICROS = 50000 };

/* ---- the committer ---- */

bool edi_store_begin_work(edi_store *store) {
  while (store->committing) pthread_cond_wait(&store->changed, &store->mutex);
  store->committing = !store->failed;
  return store->committing;
}

void edi_store_end_work(edi_store *store, edict_status status) {
  if (status != EDICT_OK) store->failed = true;
  store->committing = false;
  pthread_cond_broadcast(&store->changed);
}

static bool checkpoint_due(const edi_store *store) {
  if (store->tree.size == store->note_size) return store->checkpoint_stale;
  int64_t now = edi_store_now(store), waited = now - store->checkpoint_time;
  return now == 0 || waited < 0 || waited >= store->options.checkpoint_micros;
}

/* After a commit, by the committer: a checkpoint if one is due, a new segment if this one is full.
 * What fails here did not harm the batch, so the caller's list is not told; later callers are. */
static edict_status follow_up(edi_store *store, bool *full) {
  bool rotate = edi_store_full_segment(store), made = true;
  edict_status status = EDICT_OK;
  if (rotate || checkpoint_due(store)) {
    status = edi_store_write_checkpoint(store, NULL);
    edict_status published =
        status == EDICT_OK ? edi_store_publish_checkpoint(store, NULL) : status;
    /* Without space the file stays older than the segment's CHECKPOINT; the next one tries
     * again. */
    if (published != EDICT_LIMIT) status = published;
  }
  if (status == EDICT_OK && rotate) status = edi_store_begin_segment(store, &made, NULL);
  *full = rotate && !made;
  return status;
}

/* Writes what is in the batch, which is not empty. Nobody commits. */
static edict_status commit_batch(edi_store *store, edict_diagnostics *diagnostics) {
  store->committing = true;
  edi_batch empty = store->flying;
  store->flying = store->filling;
  store->filling = empty;
  store->flying_erasing = store->erasing;
  store->erasing = 0;
  edi_store_collect_parts(store);
  pthread_mutex_unlock(&store->mutex);
  edict_status status = edi_store_write_batch(store, diagnostics);
  /* Before another segment can begin: an erasure that is interrupted here is found by the next
   * opening, which reads one segment. */
  if (status == EDICT_OK && store->flying_erasing > 0)
    status = edi_store_destroy_payload(store, store->flying_erasing - 1, diagnostics);
  edict_status after = status;
  pthread_mutex_lock(&store->mutex);
  bool full = false;
  if (status == EDICT_OK) {
    store->committed = store->tree.size;
    for (size_t i = 0; i < store->part_count; i++)
      store->parts[i].stream->synced = store->parts[i].to;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->mutex);
    after = follow_up(store, &full);
    pthread_mutex_lock(&store->mutex);
    store->full = full;
    store->signed_size = store->note_size;
  }
  edi_store_end_work(store, after);
  return status;
}

edict_status edi_store_commit(edi_store *store, uint64_t size, edict_diagnostics *diagnostics) {
  while (store->committed < size) {
    if (store->failed) return edi_store_report_failed(store, diagnostics);
    if (store->committing) {
      pthread_cond_wait(&store->changed, &store->mutex);
      continue;
    }
    edict_status status = commit_batch(store, diagnostics);
    if (status != EDICT_OK) return status == EDICT_LIMIT ? EDICT_SYSTEM : status;
  }
  return EDICT_OK;
}

edict_status edi_store_commit_due(edi_store *store, edict_diagnostics *diagnostics) {
  if (store->filling.count == 0 || store->committing || store->failed) return EDICT_OK;
  int64_t now = edi_store_now(store), waited = now - store->filling.since;
  if (now != 0 && waited >= 0 && waited < store->options.commit_micros) return EDICT_OK;
  return commit_batch(store, diagnostics);
}

/* ---- room ---- */

/* The segment is full and no other could be made: tries again now and then. */
static edict_status try_segment(edi_store *store, edict_diagnostics *diagnostics) {
  int64_t now = edi_store_now(store), waited = now - store->tried;
  if (now == 0 || waited < 0 || waited >= RETRY_MICROS) {
    store->tried = now;
    if (!edi_store_begin_work(store)) return edi_store_report_failed(store, diagnostics);
    bool full = false;
    pthread_mutex_unlock(&store->mutex);
    edict_status status = follow_up(store, &full);
    pthread_mutex_lock(&store->mutex);
    store->full = full;
    edi_store_end_work(store, status);
    if (status != EDICT_OK) return edi_store_report_failed(store, diagnostics);
  }
  if (!store->full) return EDICT_OK;
  return edi_store_report(store, diagnostics, EDICT_LIMIT, EDI_R0414, "",
                          "no space for another segment", 0);
}

static void put_frame(edi_store *store, edi_frame_type type, const void *payload, size_t length) {
  edi_batch *batch = &store->filling;
  edi_frame frame = {(uint8_t)type, store->next_index++, 0, payload, (uint32_t)length};
  if (batch->count++ == 0) batch->since = edi_store_now(store);
  edi_frame_put(&frame, batch->bytes + batch->used);
  batch->used += edi_frame_size(length);
}

static void put_drop(edi_store *store) {
  uint8_t payload[EDI_LEAF_DROP_BYTES];
  edi_leaf_drop drop = {edi_store_now(store), store->drops_waiting, 0};
  store->dropped += store->drops_waiting;
  store->drops_waiting = 0;
  drop.total = store->dropped;
  edi_leaf_drop_encode(&drop, payload);
  put_frame(store, EDI_FRAME_DROP, payload, sizeof payload);
}

/* On a full disk, what the log writes itself goes into room set aside in the segment. */
static edict_status check_full(edi_store *store, edi_frame_type type, size_t needed,
                               edict_diagnostics *diagnostics) {
  if (edi_frame_kind_of((uint8_t)type) == EDI_FRAME_KIND_CALLER)
    return try_segment(store, diagnostics);
  while (store->committing) pthread_cond_wait(&store->changed, &store->mutex);
  uint64_t used =
      store->offset + store->filling.used + needed + edi_frame_size(EDI_LEAF_COMMIT_BYTES);
  bool last = type == EDI_FRAME_PAYLOAD || type == EDI_FRAME_DROP; /* few, and due before closing */
  if (used + (last ? 0 : EDI_STORE_LAST_ROOM) <= store->reserved) return EDICT_OK;
  return edi_store_report(store, diagnostics, EDICT_LIMIT, EDI_R0414, "",
                          "no space left in the segment", 0);
}

/* Room for `length` bytes of payload and a DROP leaf before it. */
static edict_status make_room(edi_store *store, edi_frame_type type, size_t length,
                              edict_diagnostics *diagnostics) {
  size_t needed = edi_frame_size(length) + edi_frame_size(EDI_LEAF_DROP_BYTES);
  for (;;) {
    edict_status status = EDICT_OK;
    if (store->failed) return edi_store_report_failed(store, diagnostics);
    if (store->full) status = check_full(store, type, needed, diagnostics);
    if (status != EDICT_OK) return status;
    if (store->options.batch_size - store->filling.used >= needed) return EDICT_OK;
    if (store->committing) pthread_cond_wait(&store->changed, &store->mutex);
    else status = commit_batch(store, diagnostics);
    if (status != EDICT_OK) return status;
  }
}

edict_status edi_store_put(edi_store *store, edi_frame_type type, const void *payload,
                           size_t length, uint64_t *index, edict_diagnostics *diagnostics) {
  edict_status status = make_room(store, type, length, diagnostics);
  if (status != EDICT_OK) return status;
  if (store->drops_waiting > 0) put_drop(store);
  if (index) *index = store->next_index;
  put_frame(store, type, payload, length);
  return EDICT_OK;
}

edict_status edi_store_put_drops(edi_store *store, edict_diagnostics *diagnostics) {
  if (store->drops_waiting == 0) return EDICT_OK;
  edict_status status = make_room(store, EDI_FRAME_DROP, 0, diagnostics);
  if (status == EDICT_OK && store->drops_waiting > 0) put_drop(store);
  return status;
}
