/* Recovery: what opening finds, and what it does about it.
 *
 *   nothing there          create: identity, checkpoint of nothing, first segment
 *   closed                 go on where it ended
 *   not closed             read the newest segment up to its last COMMIT; cut the rest aside
 *   damaged, rolled back   change nothing, refuse
 *
 * Everything is judged before anything is changed, and each change may be interrupted and done
 * again. What a handle whose sync failed left behind may be in the kernel's cache and not on disk:
 * so what no CHECKPOINT proves to be on disk is written again. */
#include "log/scan.h"
#include "log/storeparts.h"

enum { ARENA_MOST = 64 * 1024 * 1024, COPY_CHUNK = 64 * 1024 };

typedef struct done_file {
  uint64_t file, index;
  bool erased;
} done_file;

/* What was found, before anything is changed. */
typedef struct finding {
  edi_store *store;
  edict_diagnostics *diagnostics;
  edi_arena arena;
  edi_layout_list list;
  edi_checkpoint checkpoint; /* the file */
  bool lock_empty;
  edi_cursor cursor;
  edi_scan scan;
  edi_leaf_segment segment;
  uint64_t good;   /* offset after the last COMMIT, CHECKPOINT or SEGMENT */
  uint64_t proven; /* what is before was on disk when something after it was written */
  uint64_t cut;    /* bytes after `good` */
  bool head_found; /* the checkpoint file's head was met */
  bool closed;
  done_file *done; /* payload files that a PAYLOAD or ERASURE leaf of the segment is about */
  size_t done_count, done_capacity;
} finding;

static edict_status refuse(finding *f, edict_status status, edi_code code, const char *name,
                           const char *what) {
  return edi_store_report(f->store, f->diagnostics, status, code, name, what, 0);
}

static edict_status read_small(finding *f, edi_layout_kind kind, edi_buf *into) {
  char path[EDI_LAYOUT_PATH_MOST];
  int error = 0;
  edi_buf_init(into, f->store->allocator, EDI_LAYOUT_NOTE_MOST);
  if (!edi_store_path(f->store, kind, 0, path)) return EDICT_DEFECT;
  return edi_system_read_file(f->store->system, path, EDI_LAYOUT_NOTE_MOST, into, &error);
}

static bool has_kind(const finding *f, edi_layout_kind kind) {
  for (size_t i = 0; i < f->list.count; i++)
    if (f->list.names[i].kind == kind) return true;
  return false;
}

/* ---- identity and checkpoint ---- */

static edict_status judge_ident(finding *f, edi_str bytes) {
  edi_note note;
  edi_ident ident;
  const char *why;
  if (edi_note_split(bytes, &note, &why) != EDICT_OK || !edi_ident_parse(note.text, &ident))
    return refuse(f, EDICT_FORMAT, EDI_R0403, "ident", "it is not a log's identity");
  const edi_note_key *key = &f->store->key;
  if (!edi_str_equal(ident.origin, key->name))
    return refuse(f, EDICT_UNTRUSTED, EDI_R0404, "ident", "the log has another origin");
  if (memcmp(ident.key.public_key, key->public_key, EDI_NOTE_PUBLIC_BYTES) != 0)
    return refuse(f, EDICT_UNTRUSTED, EDI_R0404, "ident", "the log has another key");
  edict_status status = edi_checkpoint_signed_once(&note, key, &why);
  if (status != EDICT_OK) return refuse(f, status, EDI_R0403, "ident", why);
  memcpy(f->store->log_id, ident.log_id, EDI_LOG_ID_BYTES);
  return EDICT_OK;
}

static edict_status read_ident(finding *f, bool *there) {
  edi_buf bytes;
  edict_status status = read_small(f, EDI_LAYOUT_IDENT, &bytes);
  *there = status != EDICT_NOT_FOUND;
  if (status == EDICT_OK) status = judge_ident(f, (edi_str){bytes.ptr, bytes.len});
  else if (*there)
    status = refuse(f, status == EDICT_LIMIT ? EDICT_FORMAT : status, EDI_R0403, "ident",
                    "reading it failed");
  else status = EDICT_OK;
  edi_buf_fini(&bytes);
  return status;
}

static edict_status read_checkpoint(finding *f, bool *there) {
  edi_buf bytes;
  const char *why = "reading it failed";
  edict_status status = read_small(f, EDI_LAYOUT_CHECKPOINT, &bytes);
  *there = status != EDICT_NOT_FOUND;
  if (status == EDICT_OK)
    status =
        edi_checkpoint_open((edi_str){bytes.ptr, bytes.len}, &f->store->key, &f->checkpoint, &why);
  else if (status == EDICT_LIMIT) status = EDICT_FORMAT;
  else if (!*there) status = EDICT_OK;
  edi_buf_fini(&bytes);
  return status == EDICT_OK ? EDICT_OK : refuse(f, status, EDI_R0408, "checkpoint", why);
}

/* ---- the newest segment ---- */

static edict_status call_failed(finding *f) {
  return edi_store_report_call(f->store, f->diagnostics, f->cursor.name, "reading it failed",
                               f->cursor.error);
}

/* A PAYLOAD or ERASURE leaf: its file needs no PAYLOAD leaf any more. */
static edict_status note_done(finding *f) {
  const edi_frame *frame = &f->cursor.frame;
  edi_leaf_payload payload;
  edi_leaf_erasure erasure;
  done_file done = {0, frame->index, frame->type == EDI_FRAME_ERASURE};
  if (frame->type == EDI_FRAME_PAYLOAD &&
      edi_leaf_payload_decode(frame->payload, frame->length, &payload))
    done.file = payload.file;
  else if (frame->type == EDI_FRAME_ERASURE &&
           edi_leaf_erasure_decode(frame->payload, frame->length, &erasure))
    done.file = erasure.file;
  else return EDICT_OK;
  if (!edi_arena_grow(&f->arena, (void **)&f->done, &f->done_capacity, f->done_count,
                      sizeof *f->done))
    return refuse(f, edi_arena_status(&f->arena), EDI_R0402, f->cursor.name, "no memory");
  f->done[f->done_count++] = done;
  return EDICT_OK;
}

/* The checkpoint file must be the head of one of the commits. */
static edict_status meet_head(finding *f) {
  if (f->scan.tree.size != f->checkpoint.size) return EDICT_OK;
  f->head_found = edi_tree_hash_equal(&f->scan.root, &f->checkpoint.root);
  return f->head_found ? EDICT_OK
                       : refuse(f, EDICT_FORMAT, EDI_R0407, f->cursor.name,
                                "its leaves are not those of the checkpoint file");
}

/* The bytes from `offset` on are not what is due there. */
static edict_status judge_end(finding *f, uint64_t offset, const char *what) {
  bool torn = false;
  edi_scan_rewind(&f->scan);
  if (edi_scan_judge(&f->scan, &f->cursor, offset, &torn) == EDI_CURSOR_FAILED)
    return call_failed(f);
  if (torn) return EDICT_OK;
  edi_diagnostics_add(
      f->diagnostics, EDI_R0410, EDI_SPAN_NONE, "",
      "log %s: %s: byte %llu: %s, and evidence follows it; start a new log and keep this one",
      f->store->directory, f->cursor.name, (unsigned long long)offset, what);
  return EDICT_FORMAT;
}

static edict_status scan_frames(finding *f) {
  for (;;) {
    edi_cursor_result result = edi_cursor_next(&f->cursor);
    if (result == EDI_CURSOR_FAILED) return call_failed(f);
    if (result == EDI_CURSOR_END) break;
    if (result == EDI_CURSOR_BAD)
      return judge_end(f, f->cursor.offset, edi_frame_result_text(f->cursor.why));
    uint8_t type = f->cursor.frame.type;
    edi_scan_fault fault = edi_scan_frame(&f->scan, &f->cursor);
    if (fault.status == EDICT_MEMORY)
      return refuse(f, EDICT_MEMORY, EDI_R0402, f->cursor.name, fault.what);
    if (fault.code != EDI_CODE_NONE) return judge_end(f, f->cursor.frame_offset, fault.what);
    edict_status status = edi_frame_is_leaf(type) ? note_done(f) : meet_head(f);
    if (status != EDICT_OK) return status;
    if (type == EDI_FRAME_CHECKPOINT) f->proven = f->cursor.frame_offset;
    if (!edi_frame_is_leaf(type)) f->good = f->cursor.offset;
  }
  edi_scan_rewind(&f->scan);
  return EDICT_OK;
}

static edict_status judge_head(finding *f) {
  if (f->checkpoint.size > f->scan.tree.size)
    return refuse(f, EDICT_VERSION, EDI_R0409, f->cursor.name,
                  "it has fewer leaves than the checkpoint file signs");
  /* On a full disk the file may be older than the segment; the segment's own note is newer then. */
  if (f->checkpoint.size < f->segment.tree.size || f->head_found) return EDICT_OK;
  return refuse(f, EDICT_FORMAT, EDI_R0407, f->cursor.name,
                "no commit has the checkpoint file's number of leaves");
}

static edict_status scan_segment(finding *f, edi_layout_name name) {
  bool failed;
  uint64_t end;
  edict_status status =
      edi_cursor_open(&f->cursor, f->store->system, f->store->allocator, f->store->directory, name);
  if (status == EDICT_FORMAT)
    return refuse(f, status, EDI_R0405, f->cursor.name, "its header is damaged");
  if (status != EDICT_OK && f->cursor.error == 0)
    return refuse(f, status, EDI_R0402, f->cursor.name, "no memory to read it");
  if (status != EDICT_OK) return call_failed(f);
  edi_scan_init(&f->scan, &f->store->hasher, &f->store->key, f->store->log_id);
  edi_scan_fault fault = edi_scan_segment(&f->scan, &f->cursor, &f->segment, &failed);
  if (failed) return call_failed(f);
  if (fault.code != EDI_CODE_NONE)
    return refuse(f, fault.status, fault.code, f->cursor.name, fault.what);
  f->segment.note = (edi_str){0}; /* it points into the cursor's window */
  f->good = f->proven = f->cursor.offset;
  status = meet_head(f);
  if (status == EDICT_OK) status = scan_frames(f);
  if (status == EDICT_OK) status = judge_head(f);
  if (status != EDICT_OK) return status;
  if (edi_cursor_used(&f->cursor, f->good, &end) == EDI_CURSOR_FAILED) return call_failed(f);
  f->cut = end - f->good;
  f->closed = f->lock_empty && f->scan.closed && f->good == f->cursor.size &&
              f->checkpoint.size == f->scan.tree.size;
  return EDICT_OK;
}

/* ---- creating ---- */

static edict_status write_ident(finding *f) {
  edi_store *store = f->store;
  edi_ident ident = {.origin = store->key.name, .key = store->key};
  edi_buf text, note;
  int error = store->system->random(store->system->context, store->log_id, EDI_LOG_ID_BYTES);
  if (error != 0)
    return edi_store_report_call(store, f->diagnostics, "ident", "no randomness", error);
  memcpy(ident.log_id, store->log_id, EDI_LOG_ID_BYTES);
  edi_buf_init(&text, store->allocator, EDI_LAYOUT_NOTE_MOST);
  edi_buf_init(&note, store->allocator, EDI_LAYOUT_NOTE_MOST);
  edict_status status = edi_ident_format(&text, &ident) ? EDICT_OK : EDICT_MEMORY;
  if (status == EDICT_OK) {
    edi_note_begin(&note, (edi_str){text.ptr, text.len});
    status = edi_note_sign(&note, (edi_str){text.ptr, text.len}, store->key.name,
                           store->options.secret_key);
  }
  if (status != EDICT_OK)
    status =
        edi_store_report(store, f->diagnostics, status, EDI_R0402, "ident", "signing it failed", 0);
  if (status == EDICT_OK)
    status = edi_store_replace(store, EDI_LAYOUT_IDENT, &note, f->diagnostics);
  edi_buf_fini(&text);
  edi_buf_fini(&note);
  return status;
}

/* Before the first segment has its name nobody can have appended anything: a creation that was
 * interrupted is done again from the start, under a new log id. */
static edict_status create_log(finding *f) {
  edi_store *store = f->store;
  bool made = false;
  edict_status status = edi_store_mark_open(store, f->diagnostics);
  if (status == EDICT_OK) status = write_ident(f);
  if (status == EDICT_OK) status = edi_store_sign(store, f->diagnostics);
  if (status == EDICT_OK) status = edi_store_publish_checkpoint(store, f->diagnostics);
  if (status == EDICT_OK) status = edi_store_begin_segment(store, &made, f->diagnostics);
  if (status == EDICT_OK && !made)
    status = edi_store_report(store, f->diagnostics, EDICT_LIMIT, EDI_R0414, "",
                              "no space for a segment", 0);
  store->checkpoint_time = edi_store_now(store);
  return status;
}

/* ---- going on ---- */

static bool is_done(const finding *f, uint64_t file) {
  for (size_t i = 0; i < f->done_count; i++)
    if (f->done[i].file == file && f->done[i].index < f->scan.tree.size) return true;
  return false;
}

static void take_state(finding *f) {
  edi_store *store = f->store;
  const edi_scan *scan = &f->scan;
  store->tree = scan->tree;
  store->spine = scan->spine;
  store->batch = scan->batch;
  store->dropped = store->dropped_committed = scan->dropped;
  store->segments = scan->segments;
  store->next_index = store->committed = scan->tree.size;
  store->first_index = f->segment.tree.size;
  store->offset = f->good;
  store->seed = f->cursor.seed;
  store->note_size =
      scan->checkpoint_size > f->checkpoint.size ? scan->checkpoint_size : f->checkpoint.size;
  store->signed_size = store->note_size;
  store->cut = f->cut;
  store->recovered = !f->closed;
  store->next_file = scan->next_file;
  for (size_t i = 0; i < f->done_count; i++)
    if (f->done[i].file >= store->next_file) store->next_file = f->done[i].file + 1;
  for (size_t i = 0; i < f->list.count; i++)
    if (f->list.names[i].kind == EDI_LAYOUT_PAYLOAD && f->list.names[i].number >= store->next_file)
      store->next_file = f->list.names[i].number + 1;
}

static edict_status remove_temporaries(finding *f) {
  edi_store *store = f->store;
  for (size_t i = 0; i < f->list.count; i++) {
    char name[EDI_LAYOUT_NAME_MOST], path[EDI_LAYOUT_PATH_MOST];
    if (f->list.names[i].kind != EDI_LAYOUT_TEMPORARY) continue;
    edi_layout_format(f->list.names[i], name);
    if (!edi_layout_path(store->directory, name, path)) return EDICT_DEFECT;
    int error = store->system->remove(store->system->context, path);
    if (error != 0)
      return edi_store_report_call(store, f->diagnostics, name, "removing it failed", error);
  }
  return EDICT_OK;
}

/* Writes bytes that may only be in the kernel's cache once more, so that the next sync means them.
 * *used: after the last byte that is not zero. */
static int write_again(edi_store *store, edi_file file, uint64_t from, uint64_t to,
                       uint64_t *used) {
  const edi_system *system = store->system;
  *used = from;
  for (uint64_t at = from; at < to;) {
    size_t wanted = to - at < COPY_CHUNK ? (size_t)(to - at) : COPY_CHUNK, got = 0;
    int error = system->read(system->context, file, at, store->check, wanted, &got);
    if (error == 0 && got > 0) error = system->write(system->context, file, at, store->check, got);
    if (error != 0 || got == 0) return error;
    size_t nonzero = got;
    while (nonzero > 0 && store->check[nonzero - 1] == 0) nonzero--;
    if (nonzero > 0) *used = at + nonzero;
    at += got;
  }
  return 0;
}

/* A payload file that its writer did not finish loses the space reserved behind its last entry. Of
 * an entry's end at most the tag and the padding can be zero. */
static int settle_file(edi_store *store, const char *path) {
  const edi_system *system = store->system;
  edi_file file;
  uint64_t size = 0, used = 0;
  int error = system->open(system->context, path, EDI_OPEN_READ | EDI_OPEN_WRITE, &file);
  if (error != 0) return error;
  error = system->size(system->context, file, &size);
  if (error == 0) error = write_again(store, file, 0, size, &used);
  used = (used + EDI_PAYFILE_TAG_BYTES + 15) / 8 * 8;
  if (used > size) used = size;
  if (error == 0)
    error =
        system->truncate(system->context, file, used); /* in any case: the size may be undurable */
  if (error == 0) error = system->sync(system->context, file);
  int closing = system->close(system->context, file);
  return error != 0 ? error : closing;
}

static edict_status prepare_segment(finding *f) {
  edi_store *store = f->store;
  const edi_system *system = store->system;
  char path[EDI_LAYOUT_PATH_MOST];
  if (!edi_store_path(store, EDI_LAYOUT_SEGMENT, store->first_index, path)) return EDICT_DEFECT;
  int error = system->open(system->context, path, EDI_OPEN_READ | EDI_OPEN_WRITE, &store->segment);
  if (error != 0)
    return edi_store_report_call(store, f->diagnostics, f->cursor.name, "opening it failed", error);
  store->has_segment = true;
  edict_status status =
      f->closed ? EDICT_OK : edi_store_cut(store, &f->list, f->cut, f->diagnostics);
  if (status != EDICT_OK) return status;
  uint64_t used;
  if (!f->closed) error = write_again(store, store->segment, f->proven, f->good, &used);
  store->reserved = edi_store_segment_bytes(store);
  if (store->offset > store->options.segment_size)
    store->reserved += store->offset - store->options.segment_size;
  if (error == 0) error = system->reserve(system->context, store->segment, store->reserved);
  /* Synced before anything is appended: no old byte may show up among the new ones. */
  if (error == 0) error = system->sync(system->context, store->segment);
  return error == 0 ? EDICT_OK
                    : edi_store_report_call(store, f->diagnostics, f->cursor.name,
                                            "preparing it failed", error);
}

/* Erasures whose leaf is committed and whose file is still there. */
static edict_status finish_erasures(finding *f) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < f->done_count && status == EDICT_OK; i++) {
    edi_layout_name name = {.kind = EDI_LAYOUT_PAYLOAD, .number = f->done[i].file};
    bool committed = f->done[i].erased && f->done[i].index < f->scan.tree.size;
    if (committed && edi_layout_has(&f->list, name))
      status = edi_store_destroy_payload(f->store, name.number, f->diagnostics);
  }
  return status;
}

/* The last writer had it open: neither finished nor erased. */
static bool was_open(const finding *f, uint64_t file) {
  bool found = file >= f->segment.next_file;
  for (size_t i = 0; i < f->segment.open_count; i++) found = found || f->segment.open[i] == file;
  return found && !is_done(f, file);
}

static edict_status adopt_payload(finding *f, edi_layout_name name) {
  edi_store *store = f->store;
  char path[EDI_LAYOUT_PATH_MOST], text[EDI_LAYOUT_NAME_MOST];
  uint8_t bytes[EDI_LEAF_PAYLOAD_BYTES];
  edi_leaf_payload leaf = {.file = name.number};
  edi_layout_format(name, text);
  if (!edi_layout_path(store->directory, text, path)) return EDICT_DEFECT;
  int error = settle_file(store, path);
  if (error != 0 ||
      edi_layout_digest(store->system, path, &leaf.length, leaf.digest, &error) != EDICT_OK)
    return edi_store_report_call(store, f->diagnostics, text, "finishing it failed", error);
  edi_leaf_payload_encode(&leaf, bytes);
  return edi_store_put(store, EDI_FRAME_PAYLOAD, bytes, sizeof bytes, NULL, f->diagnostics);
}

/* PAYLOAD leaves for the files that the last writer had open: they stay as they are from now on. */
static edict_status adopt_payloads(finding *f) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < f->list.count && status == EDICT_OK; i++)
    if (f->list.names[i].kind == EDI_LAYOUT_PAYLOAD && was_open(f, f->list.names[i].number))
      status = adopt_payload(f, f->list.names[i]);
  return status;
}

static edict_status tell(finding *f) {
  edi_store *store = f->store;
  pthread_mutex_lock(&store->mutex);
  edict_status status = edi_store_tell_recovery(store, &f->arena, f->diagnostics);
  if (status == EDICT_OK) status = adopt_payloads(f);
  if (status == EDICT_OK) status = edi_store_commit(store, store->next_index, f->diagnostics);
  pthread_mutex_unlock(&store->mutex);
  if (status != EDICT_OK) return status;
  edi_diagnostics_add(
      f->diagnostics, EDI_R0425, EDI_SPAN_NONE, "",
      "log %s: it was not closed; %llu bytes after its last commit were cut and kept aside",
      store->directory, (unsigned long long)f->cut);
  return EDICT_OK;
}

static edict_status go_on(finding *f) {
  take_state(f);
  edict_status status = edi_store_mark_open(f->store, f->diagnostics);
  if (status == EDICT_OK) status = remove_temporaries(f);
  if (status == EDICT_OK) status = prepare_segment(f);
  if (status == EDICT_OK) status = finish_erasures(f);
  if (status == EDICT_OK) status = edi_store_make_spare(f->store, f->diagnostics);
  f->store->checkpoint_time = edi_store_now(f->store);
  if (status == EDICT_OK && !f->closed) status = tell(f);
  return status;
}

/* ---- the whole ---- */

/* Segments are gone or were never made. */
static edict_status without_segments(finding *f, bool has_ident, bool has_checkpoint) {
  if (has_checkpoint && f->checkpoint.size > 0)
    return refuse(f, EDICT_VERSION, EDI_R0409, "checkpoint",
                  "it signs leaves, and there is no segment");
  if (has_kind(f, EDI_LAYOUT_PAYLOAD) || has_kind(f, EDI_LAYOUT_CUT))
    return refuse(f, EDICT_FORMAT, EDI_R0420, "", "it has payloads and no segment");
  if (f->store->options.must_exist && !(has_ident && has_checkpoint))
    return refuse(f, EDICT_NOT_FOUND, EDI_R0424, "", "there is no log");
  return create_log(f);
}

static edict_status look_and_act(finding *f) {
  bool has_ident, has_checkpoint;
  int error = 0;
  uint64_t size = 0;
  edi_store *store = f->store;
  edict_status status =
      edi_layout_read(store->system, store->directory, &f->arena, &f->list, &error);
  if (status != EDICT_OK)
    return edi_store_report(store, f->diagnostics, status, EDI_R0402, "", "listing it failed",
                            error);
  error = store->system->size(store->system->context, store->lock, &size);
  if (error != 0)
    return edi_store_report_call(store, f->diagnostics, "lock", "its size is not known", error);
  f->lock_empty = size == 0;
  status = read_ident(f, &has_ident);
  if (status != EDICT_OK) return status;
  bool has_segment = has_kind(f, EDI_LAYOUT_SEGMENT);
  if (!has_ident && (has_segment || has_kind(f, EDI_LAYOUT_CHECKPOINT)))
    return refuse(f, EDICT_FORMAT, EDI_R0403, "ident", "it is missing");
  status = read_checkpoint(f, &has_checkpoint);
  if (status != EDICT_OK) return status;
  if (!has_segment) return without_segments(f, has_ident, has_checkpoint);
  if (!has_checkpoint) return refuse(f, EDICT_FORMAT, EDI_R0408, "checkpoint", "it is missing");
  edi_layout_name newest = {0};
  for (size_t i = 0; i < f->list.count; i++)
    if (f->list.names[i].kind == EDI_LAYOUT_SEGMENT)
      newest = f->list.names[i]; /* they are sorted */
  status = scan_segment(f, newest);
  return status == EDICT_OK ? go_on(f) : status;
}

edict_status edi_store_recover(edi_store *store, edict_diagnostics *diagnostics) {
  finding *f = edi_store_alloc(store, sizeof *f);
  if (!f) return edi_store_report(store, diagnostics, EDICT_MEMORY, EDI_R0402, "", "no memory", 0);
  *f = (finding){.store = store, .diagnostics = diagnostics};
  edi_arena_init(&f->arena, store->allocator, ARENA_MOST);
  edict_status status = look_and_act(f);
  edi_cursor_close(&f->cursor);
  edi_arena_fini(&f->arena);
  edi_store_release(store, f, sizeof *f);
  return status;
}
