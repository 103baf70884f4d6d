/* Seal: the writer's side of sealed payloads: streams of one day and class, their files, erasure.
 *
 * In: payloads, under the store's mutex. Out: entries in files; the committer syncs and reads back
 * what was added before any leaf that came later is committed. The digest of the whole file grows
 * with it and becomes the PAYLOAD leaf; it is compared with what is read back each time. */
#include "log/seal.h"

#include <errno.h>

#include "base/calendar.h"
#include "bundle/manifest.h"
#include "log/storeparts.h"

enum { RESERVE_STEP = 1024 * 1024, CHECK_CHUNK = 64 * 1024 };

static edict_status report_payload(edi_store *store, edict_diagnostics *diagnostics,
                                   const char *what, int error) {
  return edi_store_report_call(store, diagnostics, "a payload file", what, error);
}

static void digest_of(const crypto_generichash_state *state, uint8_t digest[32]) {
  crypto_generichash_state copy = *state;
  (void)crypto_generichash_final(&copy, digest, 32); /* cannot fail */
}

/* ---- streams ---- */

static edi_stream *find_stream(edi_store *store, int64_t day, uint32_t class) {
  for (size_t i = 0; i < EDI_STORE_STREAMS; i++)
    if (store->streams[i].used && store->streams[i].day == day && store->streams[i].class == class)
      return &store->streams[i];
  return NULL;
}

static void forget(edi_store *store, edi_stream *stream) {
  /* Synced before, or given up. */
  (void)store->system->close(store->system->context, stream->file);
  sodium_memzero(stream, sizeof *stream);
}

void edi_store_close_streams(edi_store *store) {
  for (size_t i = 0; i < EDI_STORE_STREAMS; i++)
    if (store->streams[i].used) forget(store, &store->streams[i]);
}

/* A key and its sealed form; the header as bytes. */
static int make_header(edi_store *store, const edi_stream *stream,
                       uint8_t key[EDI_PAYFILE_KEY_BYTES], uint8_t out[EDI_PAYFILE_HEADER_BYTES]) {
  edi_payfile_header header = {
      .number = stream->number, .day = stream->day, .class = stream->class};
  uint8_t seed[32];
  int error = store->system->random(store->system->context, key, EDI_PAYFILE_KEY_BYTES);
  if (error == 0) error = store->system->random(store->system->context, seed, sizeof seed);
  if (error != 0) return error;
  memcpy(header.log_id, store->log_id, EDI_LOG_ID_BYTES);
  memcpy(header.auditor_key, store->options.auditor_key, sizeof header.auditor_key);
  if (!edi_payfile_seal_key(key, header.auditor_key, seed, header.sealed_key))
    return EINVAL; /* a key of low order */
  edi_payfile_header_encode(&header, out);
  return 0;
}

/* Space for `end` bytes, in steps. */
static int reserve(edi_store *store, edi_stream *stream, uint64_t end) {
  if (end <= stream->reserved) return 0;
  uint64_t size = (end + RESERVE_STEP - 1) / RESERVE_STEP * RESERVE_STEP;
  int error = store->system->reserve(store->system->context, stream->file, size);
  if (error == 0) stream->reserved = size;
  return error;
}

static int add_bytes(edi_store *store, edi_stream *stream, const uint8_t *bytes, size_t length) {
  int error = reserve(store, stream, stream->end + length);
  if (error == 0)
    error = store->system->write(store->system->context, stream->file, stream->end, bytes, length);
  if (error != 0) return error;
  (void)crypto_generichash_update(&stream->written, bytes, length);
  stream->end += length;
  return 0;
}

static edict_status begin_stream(edi_store *store, int64_t day, uint32_t class, edi_stream **out,
                                 edict_diagnostics *diagnostics) {
  edi_stream *stream = NULL;
  for (size_t i = 0; i < EDI_STORE_STREAMS && !stream; i++)
    if (!store->streams[i].used) stream = &store->streams[i];
  if (!stream)
    return edi_store_report(store, diagnostics, EDICT_LIMIT, EDI_R0415, "",
                            "more than 32 days and classes are open", 0);
  char path[EDI_LAYOUT_PATH_MOST];
  uint8_t bytes[EDI_PAYFILE_HEADER_BYTES];
  const edi_system *system = store->system;
  uint64_t number = store->next_file > store->next_index ? store->next_file : store->next_index;
  edi_stream made = {.used = true, .new_name = true, .day = day, .class = class, .number = number};
  int error = make_header(store, &made, made.key, bytes);
  if (error != 0) return report_payload(store, diagnostics, "making its key failed", error);
  if (!edi_store_path(store, EDI_LAYOUT_PAYLOAD, number, path)) return EDICT_DEFECT;
  edi_digest(bytes, sizeof bytes, made.header_digest);
  (void)crypto_generichash_init(&made.written, NULL, 0, 32);
  made.read = made.written;
  unsigned flags = EDI_OPEN_READ | EDI_OPEN_WRITE | EDI_OPEN_CREATE | EDI_OPEN_EXCLUSIVE;
  error = system->open(system->context, path, flags, &made.file);
  if (error != 0) return report_payload(store, diagnostics, "making it failed", error);
  store->next_file = number + 1;
  error = add_bytes(store, &made, bytes, sizeof bytes);
  if (error != 0) {
    forget(store, &made);
    /* If it cannot be taken back for good, only opening the log again can account for it. */
    if (system->remove(system->context, path) != 0 ||
        system->sync_dir(system->context, store->directory) != 0)
      store->failed = true;
    return report_payload(store, diagnostics, "writing it failed", error);
  }
  *stream = made;
  sodium_memzero(&made, sizeof made);
  *out = stream;
  return EDICT_OK;
}

/* ---- putting ---- */

static edict_status put_entry(edi_store *store, edi_stream *stream, const void *bytes,
                              size_t length, edi_seal_pointer *pointer,
                              edict_diagnostics *diagnostics) {
  size_t size = edi_payfile_entry_size(length);
  uint8_t nonce[EDI_PAYFILE_NONCE_BYTES];
  int error = store->system->random(store->system->context, nonce, sizeof nonce);
  if (error != 0) return report_payload(store, diagnostics, "no randomness", error);
  uint8_t *entry = edi_store_alloc(store, size);
  if (!entry)
    return edi_store_report(store, diagnostics, EDICT_MEMORY, EDI_R0402, "",
                            "no memory for a payload", 0);
  edi_seal_pointer made = {.file = stream->number, .offset = stream->end};
  edi_payfile_entry_encode(stream->key, stream->header_digest, nonce, bytes, length, entry, &made);
  error = add_bytes(store, stream, entry, size);
  edi_store_release(store, entry, size);
  if (error != 0) return report_payload(store, diagnostics, "writing to it failed", error);
  *pointer = made;
  return EDICT_OK;
}

static edict_status finish_stream(edi_store *store, edi_stream *stream,
                                  edict_diagnostics *diagnostics);

/* The stream of the day and class, with room under the size of a file. */
static edict_status stream_for(edi_store *store, int64_t day, uint32_t class, edi_stream **stream,
                               edict_diagnostics *diagnostics) {
  if (store->failed) return edi_store_report_failed(store, diagnostics);
  if (store->full)
    return edi_store_report(store, diagnostics, EDICT_LIMIT, EDI_R0414, "",
                            "no space for another segment", 0);
  *stream = find_stream(store, day, class);
  if (*stream && (*stream)->end >= store->options.payload_file_size) {
    edict_status status = finish_stream(store, *stream, diagnostics);
    if (status != EDICT_OK) return status;
    *stream = find_stream(store, day, class); /* another thread may have begun one meanwhile */
  }
  return *stream ? EDICT_OK : begin_stream(store, day, class, stream, diagnostics);
}

edict_status edi_seal_put(edi_store *store, int64_t day, uint32_t class, const void *bytes,
                          size_t length, edi_seal_pointer *pointer,
                          edict_diagnostics *diagnostics) {
  *pointer = (edi_seal_pointer){0};
  edict_status status = edi_store_enter(store, diagnostics);
  if (status != EDICT_OK) return status;
  if (!store->options.has_auditor)
    return edi_store_report(store, diagnostics, EDICT_ARGUMENT, EDI_R0415, "",
                            "a payload without an auditor's key", 0);
  if (day < EDI_DATE_MIN || day > EDI_DATE_MAX || class > EDI_SEAL_CLASS_MOST ||
      length > EDI_SEAL_PAYLOAD_MOST)
    return edi_store_report(store, diagnostics, EDICT_ARGUMENT, EDI_R0415, "",
                            "a payload's day, class or length is out of range", 0);
  edi_stream *stream;
  pthread_mutex_lock(&store->mutex);
  status = stream_for(store, day, class, &stream, diagnostics);
  if (status == EDICT_OK) status = put_entry(store, stream, bytes, length, pointer, diagnostics);
  pthread_mutex_unlock(&store->mutex);
  return status;
}

/* ---- the committer's part ---- */

void edi_store_collect_parts(edi_store *store) {
  store->part_count = 0;
  for (size_t i = 0; i < EDI_STORE_STREAMS; i++) {
    edi_stream *stream = &store->streams[i];
    if (!stream->used || stream->synced == stream->end) continue;
    edi_stream_part *part = &store->parts[store->part_count++];
    *part = (edi_stream_part){.stream = stream,
                              .file = stream->file,
                              .new_name = stream->new_name,
                              .from = stream->synced,
                              .to = stream->end};
    stream->new_name = false;
    digest_of(&stream->written, part->digest);
  }
}

static int read_part(edi_store *store, edi_stream_part *part) {
  uint64_t at = part->from;
  while (at < part->to) {
    size_t wanted = part->to - at < CHECK_CHUNK ? (size_t)(part->to - at) : CHECK_CHUNK, got = 0;
    int error =
        store->system->read(store->system->context, part->file, at, store->check, wanted, &got);
    if (error != 0) return error;
    if (got == 0) return 0; /* the digest will tell */
    (void)crypto_generichash_update(&part->stream->read, store->check, got);
    at += got;
  }
  return 0;
}

edict_status edi_store_sync_parts(edi_store *store, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  bool new_name = false;
  for (size_t i = 0; i < store->part_count; i++) {
    edi_stream_part *part = &store->parts[i];
    uint8_t digest[32];
    int error = system->sync(system->context, part->file);
    if (error == 0) error = read_part(store, part);
    if (error != 0)
      return edi_store_fault_call(store, diagnostics, "a payload file", "syncing it failed", error);
    digest_of(&part->stream->read, digest);
    if (memcmp(digest, part->digest, sizeof digest) != 0)
      return edi_store_fault(store, diagnostics, EDICT_SYSTEM, EDI_R0413, "a payload file",
                             "it reads back differently", 0);
    new_name = new_name || part->new_name;
  }
  int error = new_name ? system->sync_dir(system->context, store->directory) : 0;
  return error == 0
             ? EDICT_OK
             : edi_store_fault_call(store, diagnostics, "", "syncing the directory failed", error);
}

/* ---- finishing ---- */

/* By the committer, the mutex held: nobody writes to the stream. */
static edict_status settle_stream(edi_store *store, edi_stream *stream,
                                  edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  int error = system->truncate(system->context, stream->file, stream->end);
  stream->reserved = stream->end;
  if (error == 0) error = system->sync(system->context, stream->file);
  if (error != 0)
    return edi_store_fault_call(store, diagnostics, "a payload file", "finishing it failed", error);
  edi_store_collect_parts(store);
  edict_status status = edi_store_sync_parts(store, diagnostics);
  for (size_t i = 0; i < store->part_count && status == EDICT_OK; i++)
    store->parts[i].stream->synced = store->parts[i].to;
  return status;
}

static edict_status finish_stream(edi_store *store, edi_stream *stream,
                                  edict_diagnostics *diagnostics) {
  uint64_t number = stream->number;
  if (!edi_store_begin_work(store)) return edi_store_report_failed(store, diagnostics);
  if (!stream->used || stream->number != number) { /* somebody else did it while this one waited */
    edi_store_end_work(store, EDICT_OK);
    return EDICT_OK;
  }
  edict_status status = settle_stream(store, stream, diagnostics);
  uint8_t bytes[EDI_LEAF_PAYLOAD_BYTES];
  edi_leaf_payload leaf = {.file = number, .length = stream->end};
  digest_of(&stream->written, leaf.digest);
  edi_leaf_payload_encode(&leaf, bytes);
  if (status == EDICT_OK) forget(store, stream);
  edi_store_end_work(store, status);
  if (status != EDICT_OK) return status;
  return edi_store_put(store, EDI_FRAME_PAYLOAD, bytes, sizeof bytes, NULL, diagnostics);
}

edict_status edi_store_finish_streams(edi_store *store, int64_t day,
                                      edict_diagnostics *diagnostics) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < EDI_STORE_STREAMS && status == EDICT_OK; i++)
    if (store->streams[i].used && store->streams[i].day < day)
      status = finish_stream(store, &store->streams[i], diagnostics);
  return status;
}

edict_status edi_seal_finish(edi_store *store, int64_t day, edict_diagnostics *diagnostics) {
  edict_status status = edi_store_enter(store, diagnostics);
  if (status != EDICT_OK) return status;
  pthread_mutex_lock(&store->mutex);
  status = edi_store_finish_streams(store, day, diagnostics);
  pthread_mutex_unlock(&store->mutex);
  return status;
}

/* ---- erasing ---- */

static edict_status read_header(edi_store *store, const char *name, const char *path,
                                edi_payfile_header *header, edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  uint8_t bytes[EDI_PAYFILE_HEADER_BYTES];
  size_t got = 0;
  edi_file file;
  int error = system->open(system->context, path, EDI_OPEN_READ, &file);
  if (error == 0) {
    error = system->read(system->context, file, 0, bytes, sizeof bytes, &got);
    (void)system->close(system->context, file); /* only read */
  }
  if (error == ENOENT) return EDICT_NOT_FOUND; /* another call erased it: nothing to report */
  if (error != 0)
    return edi_store_report_call(store, diagnostics, name, "reading its header failed", error);
  if (got == sizeof bytes && edi_payfile_header_decode(bytes, header)) return EDICT_OK;
  return edi_store_report(store, diagnostics, EDICT_FORMAT, EDI_R0416, name,
                          "its header is damaged: its day is not known", 0);
}

/* The key first, so that what a disk keeps of a deleted file is of no use. */
static int destroy_file(edi_store *store, const char *path) {
  static const uint8_t zeroes[EDI_PAYFILE_SEALED_KEY_BYTES];
  const edi_system *system = store->system;
  edi_file file;
  int error = system->open(system->context, path, EDI_OPEN_READ | EDI_OPEN_WRITE, &file);
  if (error != 0) return error == ENOENT ? 0 : error; /* somebody erased it at the same time */
  error = system->write(system->context, file, EDI_PAYFILE_SEALED_KEY_AT, zeroes, sizeof zeroes);
  if (error == 0) error = system->sync(system->context, file);
  int closing = system->close(system->context, file);
  if (error == 0) error = closing;
  if (error == 0) error = system->remove(system->context, path);
  return error == 0 ? system->sync_dir(system->context, store->directory) : error;
}

edict_status edi_store_destroy_payload(edi_store *store, uint64_t number,
                                       edict_diagnostics *diagnostics) {
  char path[EDI_LAYOUT_PATH_MOST];
  if (!edi_store_path(store, EDI_LAYOUT_PAYLOAD, number, path)) return EDICT_DEFECT;
  int error = destroy_file(store, path);
  return error == 0 ? EDICT_OK
                    : edi_store_fault_call(store, diagnostics, "a payload file",
                                           "erasing it failed", error);
}

/* Whoever commits the leaf deletes the file; one at a time. */
static edict_status put_erasure(edi_store *store, const edi_payfile_header *header,
                                edict_diagnostics *diagnostics) {
  uint8_t bytes[EDI_LEAF_ERASURE_BYTES];
  edi_leaf_erasure leaf = {edi_store_now(store), header->number, header->day, header->class};
  uint64_t index = 0;
  edi_leaf_erasure_encode(&leaf, bytes);
  edict_status status = EDICT_OK;
  while (status == EDICT_OK && store->erasing > 0)
    status = edi_store_commit(store, store->next_index, diagnostics);
  if (status == EDICT_OK)
    status = edi_store_put(store, EDI_FRAME_ERASURE, bytes, sizeof bytes, &index, diagnostics);
  if (status != EDICT_OK) return status;
  store->erasing = header->number + 1;
  return edi_store_commit(store, index + 1, diagnostics);
}

/* With the mutex. */
static edict_status erase_locked(edi_store *store, edi_layout_name name, int64_t through_day,
                                 uint32_t class, bool *erased, edict_diagnostics *diagnostics) {
  char text[EDI_LAYOUT_NAME_MOST], path[EDI_LAYOUT_PATH_MOST];
  edi_payfile_header header;
  edi_layout_format(name, text);
  if (!edi_layout_path(store->directory, text, path)) return EDICT_DEFECT;
  edict_status status = read_header(store, text, path, &header, diagnostics);
  if (status != EDICT_OK || header.class != class || header.day > through_day) return status;
  if (header.number != name.number)
    return edi_store_report(store, diagnostics, EDICT_FORMAT, EDI_R0416, text,
                            "its header has another number", 0);
  edi_stream *stream = find_stream(store, header.day, header.class);
  /* begun since the range was finished: nothing may be written to what is being erased */
  if (stream && stream->number == header.number) status = finish_stream(store, stream, diagnostics);
  if (status == EDICT_OK) status = put_erasure(store, &header, diagnostics);
  *erased = status == EDICT_OK;
  return status;
}

static edict_status erase_file(edi_store *store, edi_layout_name name, int64_t through_day,
                               uint32_t class, bool *erased, edict_diagnostics *diagnostics) {
  pthread_mutex_lock(&store->mutex);
  /* A committer may be destroying this very file. */
  while (store->committing) pthread_cond_wait(&store->changed, &store->mutex);
  edict_status status = erase_locked(store, name, through_day, class, erased, diagnostics);
  pthread_mutex_unlock(&store->mutex);
  return status;
}

/* Finishes what is open in the range: nothing may be written to a file that is being erased. */
static edict_status finish_range(edi_store *store, int64_t through_day, uint32_t class,
                                 edict_diagnostics *diagnostics) {
  edict_status status = EDICT_OK;
  pthread_mutex_lock(&store->mutex);
  for (size_t i = 0; i < EDI_STORE_STREAMS && status == EDICT_OK; i++) {
    edi_stream *stream = &store->streams[i];
    if (stream->used && stream->class == class && stream->day <= through_day)
      status = finish_stream(store, stream, diagnostics);
  }
  pthread_mutex_unlock(&store->mutex);
  return status;
}

edict_status edi_seal_erase(edi_store *store, int64_t through_day, uint32_t class, uint64_t *files,
                            edict_diagnostics *diagnostics) {
  *files = 0;
  edict_status status = edi_store_enter(store, diagnostics);
  if (status == EDICT_OK) status = finish_range(store, through_day, class, diagnostics);
  if (status != EDICT_OK) return status;
  edi_arena arena;
  edi_layout_list list;
  int error = 0;
  edi_arena_init(&arena, store->allocator, (size_t)64 * 1024 * 1024);
  status = edi_layout_read(store->system, store->directory, &arena, &list, &error);
  if (status != EDICT_OK)
    (void)edi_store_report(store, diagnostics, status, EDI_R0402, "", "listing it failed", error);
  edict_status worst = status;
  for (size_t i = 0; i < list.count && status == EDICT_OK; i++) {
    bool erased = false;
    if (list.names[i].kind != EDI_LAYOUT_PAYLOAD) continue;
    status = erase_file(store, list.names[i], through_day, class, &erased, diagnostics);
    *files += erased;
    if (status == EDICT_NOT_FOUND) status = EDICT_OK; /* another call erased it meanwhile */
    /* A file whose day cannot be read does not keep the others from being erased. */
    if (status != EDICT_OK) worst = status;
    if (status == EDICT_FORMAT) status = EDICT_OK;
  }
  edi_arena_fini(&arena);
  return worst;
}

edict_status edi_seal_keys(const edi_system *system, uint8_t public_key[32],
                           uint8_t secret_key[EDI_SEAL_SECRET_BYTES]) {
  uint8_t seed[crypto_box_SEEDBYTES];
  int error = system->random(system->context, seed, sizeof seed);
  if (error != 0) return edi_layout_status(error);
  (void)crypto_box_seed_keypair(public_key, secret_key, seed); /* cannot fail */
  sodium_memzero(seed, sizeof seed);
  return EDICT_OK;
}
