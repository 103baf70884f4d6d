/* Verification: identity, checkpoint file, segments in order, then everything that leaves account
 * for.
 *
 * Damage is told and stepped over: the rest of its segment is looked at frame by frame without the
 * tree, and the next segment begins with a signed tree head of its own. What was not lost to damage
 * is held to the tree, the spine and the signatures. */
#include "log/verify.h"

#include "log/accounts.h"
#include "log/scan.h"

enum {
  ARENA_MOST = 256 * 1024 * 1024,
  DAMAGES_MOST = 64 /* in one segment, before it is given up */
};

/* A tree head that the log must contain. */
typedef struct head {
  edi_checkpoint checkpoint;
  bool wanted, met, differs;
} head;

/* Leaves of the current batch that accounts want, kept until the COMMIT. */
typedef struct held_leaf {
  struct held_leaf *next;
  uint8_t type;
  uint8_t payload[EDI_LEAF_RECOVERY_BYTES];
  uint32_t length;
} held_leaf;

typedef struct audit {
  const edi_system *system;
  const char *directory;
  const edi_log_verify_options *options;
  const edi_log_visitor *visitor;
  edi_log_verdict *verdict;
  edict_diagnostics *diagnostics;
  edi_arena arena;
  edi_layout_list list;
  edi_hasher hasher;
  edi_note_key key;
  char key_name[EDI_LIMIT_NAME + 1];
  edi_scan scan;
  edi_cursor cursor;
  edi_accounts accounts;
  held_leaf *held, **held_end;
  head file, earlier;
  bool lock_there, lock_empty, must_be_closed;
  bool lost; /* leaves were lost to damage */
  uint64_t good, good_frames;
  unsigned damages; /* in this segment */
  bool damaged, untrusted, rolled_back;
} audit;

_Static_assert(EDI_LEAF_RECOVERY_BYTES >= EDI_LEAF_PAYLOAD_BYTES &&
                   EDI_LEAF_RECOVERY_BYTES >= EDI_LEAF_ERASURE_BYTES,
               "a held leaf fits");

/* ---- telling ---- */

static void tell(audit *a, const edi_log_damage *damage) {
  edi_log_tell(a->visitor, &a->verdict->log, a->diagnostics, damage);
  if (edi_code_severity(damage->code) != EDICT_SEVERITY_ERROR) return;
  if (damage->code == EDI_R0408 || damage->code == EDI_R0404) a->untrusted = true;
  else a->damaged = true;
}

static void tell_file(audit *a, edi_code code, const char *file, const char *what) {
  tell(a, &(edi_log_damage){code, file, 0, UINT64_MAX, a->scan.tree.size, what});
}

static void tell_frame(audit *a, edi_code code, uint64_t offset, uint64_t frame, const char *what) {
  tell(a, &(edi_log_damage){code, a->cursor.name, offset, frame, a->scan.pending.size, what});
  if (edi_code_severity(code) == EDICT_SEVERITY_ERROR) a->damages++;
}

/* `error` 0: what failed was not a system call. */
static edict_status reading_failed(audit *a, const char *file, edict_status status, int error) {
  edi_diagnostics_add(a->diagnostics, EDI_R0402, EDI_SPAN_NONE, "",
                      "log %s: %s: reading failed, error %d", a->directory, file, error);
  return status;
}

static edict_status cursor_failed(audit *a) {
  return reading_failed(a, a->cursor.name, edi_layout_status(a->cursor.error), a->cursor.error);
}

static edict_status no_memory(audit *a) {
  edi_diagnostics_add(a->diagnostics, EDI_R0402, EDI_SPAN_NONE, "",
                      "log %s: no memory to verify it", a->directory);
  return EDICT_MEMORY;
}

/* ---- identity, checkpoint, lock ---- */

static edict_status read_small(audit *a, const char *name, edi_buf *bytes) {
  char path[EDI_LAYOUT_PATH_MOST];
  int error = 0;
  edi_buf_init(bytes, a->visitor->allocator, EDI_LAYOUT_NOTE_MOST);
  if (!edi_layout_path(a->directory, name, path)) return EDICT_ARGUMENT;
  edict_status status = edi_system_read_file(a->system, path, EDI_LAYOUT_NOTE_MOST, bytes, &error);
  if (status != EDICT_OK && status != EDICT_NOT_FOUND && status != EDICT_LIMIT)
    return reading_failed(a, name, status, error);
  return status;
}

static bool choose_key(audit *a, const edi_ident *ident) {
  bool chosen = a->options->key_count == 0 && a->options->own_key;
  for (size_t i = 0; i < a->options->key_count && !chosen; i++)
    chosen =
        edi_str_equal(a->options->keys[i].name, ident->origin) &&
        memcmp(a->options->keys[i].public_key, ident->key.public_key, EDI_NOTE_PUBLIC_BYTES) == 0;
  if (!chosen) return false;
  a->key = ident->key;
  memcpy(a->key_name, ident->origin.ptr, ident->origin.len);
  a->key.name = (edi_str){a->key_name, ident->origin.len};
  return true;
}

/* *go_on: there is a key to check the rest with. */
static edict_status judge_ident(audit *a, edi_str bytes, bool *go_on) {
  edi_note note;
  edi_ident ident;
  const char *why = "";
  *go_on = false;
  if (edi_note_split(bytes, &note, &why) != EDICT_OK || !edi_ident_parse(note.text, &ident)) {
    tell_file(a, EDI_R0403, "ident", "it is not a log's identity");
    return EDICT_OK;
  }
  if (!choose_key(a, &ident)) {
    tell_file(a, EDI_R0404, "ident", "the log's origin and key are not among those to believe");
    return EDICT_OK;
  }
  memcpy(a->verdict->log.origin, ident.origin.ptr, ident.origin.len);
  memcpy(a->verdict->log.log_id, ident.log_id, EDI_LOG_ID_BYTES);
  edict_status status = edi_checkpoint_signed_once(&note, &a->key, &why);
  if (status == EDICT_MEMORY) return no_memory(a);
  if (status != EDICT_OK)
    tell_file(a, status == EDICT_UNTRUSTED ? EDI_R0404 : EDI_R0403, "ident", why);
  edi_scan_init(&a->scan, &a->hasher, &a->key, ident.log_id);
  a->scan.known = true; /* nothing came before the first segment */
  *go_on = true;
  return EDICT_OK;
}

static edict_status check_ident(audit *a, bool *go_on) {
  edi_buf bytes;
  *go_on = false;
  edict_status status = read_small(a, "ident", &bytes);
  if (status == EDICT_NOT_FOUND && a->list.count == 0)
    edi_diagnostics_add(a->diagnostics, EDI_R0424, EDI_SPAN_NONE, "", "%s: there is no log",
                        a->directory);
  else if (status == EDICT_NOT_FOUND || status == EDICT_LIMIT)
    tell_file(a, EDI_R0403, "ident", "it is missing or too long"), status = EDICT_OK;
  else if (status == EDICT_OK) status = judge_ident(a, (edi_str){bytes.ptr, bytes.len}, go_on);
  edi_buf_fini(&bytes);
  return status;
}

static edict_status check_checkpoint(audit *a) {
  edi_buf bytes;
  const char *why = "it is missing or too long";
  edict_status status = read_small(a, "checkpoint", &bytes);
  bool readable = status == EDICT_OK;
  if (readable)
    status =
        edi_checkpoint_open((edi_str){bytes.ptr, bytes.len}, &a->key, &a->file.checkpoint, &why);
  edi_buf_fini(&bytes);
  a->file.wanted = status == EDICT_OK;
  if (status == EDICT_MEMORY) return no_memory(a);
  if (!readable && status != EDICT_NOT_FOUND && status != EDICT_LIMIT) return status;
  if (status != EDICT_OK) tell_file(a, EDI_R0408, "checkpoint", why);
  if (status == EDICT_FORMAT) a->damaged = true;
  return EDICT_OK;
}

static edict_status check_earlier(audit *a) {
  const char *why;
  if (a->options->earlier.len == 0) return EDICT_OK;
  edict_status status =
      edi_checkpoint_open(a->options->earlier, &a->key, &a->earlier.checkpoint, &why);
  if (status == EDICT_MEMORY) return no_memory(a);
  a->earlier.wanted = status == EDICT_OK;
  if (status == EDICT_OK) return EDICT_OK;
  edi_diagnostics_add(a->diagnostics, EDI_R0415, EDI_SPAN_NONE, "", "the earlier checkpoint: %s",
                      why);
  return EDICT_ARGUMENT;
}

/* What writing EDI_LAYOUT_LOCK_OPEN leaves, also when power fails meanwhile. */
static bool says_open(edi_str text) {
  static const char open_text[] = EDI_LAYOUT_LOCK_OPEN;
  bool good = text.len < sizeof open_text;
  for (size_t i = 0; good && i < text.len; i++)
    good = text.ptr[i] == open_text[i] || text.ptr[i] == 0;
  return good;
}

static edict_status check_lock(audit *a) {
  edi_buf bytes;
  edict_status status = read_small(a, "lock", &bytes);
  edi_str text = {bytes.ptr, bytes.len};
  a->lock_there = status == EDICT_OK;
  a->lock_empty = status == EDICT_OK && text.len == 0;
  if (status == EDICT_NOT_FOUND) tell_file(a, EDI_R0420, "lock", "it is missing");
  else if (status == EDICT_LIMIT || (status == EDICT_OK && !says_open(text)))
    tell_file(a, EDI_R0423, "lock", "it is neither empty nor says that the log is open");
  edi_buf_fini(&bytes);
  return status == EDICT_NOT_FOUND || status == EDICT_LIMIT ? EDICT_OK : status;
}

/* ---- frames ---- */

static void meet(head *h, const edi_scan *scan) {
  if (!h->wanted || h->checkpoint.size != scan->tree.size || h->met) return;
  h->met = true;
  h->differs = !edi_tree_hash_equal(&h->checkpoint.root, &scan->root);
}

static bool hold_leaf(audit *a) {
  const edi_frame *frame = &a->cursor.frame;
  if (frame->type != EDI_FRAME_PAYLOAD && frame->type != EDI_FRAME_ERASURE &&
      frame->type != EDI_FRAME_RECOVERY)
    return true;
  held_leaf *leaf = EDI_NEW(&a->arena, held_leaf);
  if (!leaf) return false;
  leaf->type = frame->type;
  leaf->length = frame->length; /* the scan has checked it */
  memcpy(leaf->payload, frame->payload, frame->length);
  *a->held_end = leaf;
  a->held_end = &leaf->next;
  return true;
}

static void drop_held(audit *a) {
  a->held = NULL;
  a->held_end = &a->held;
}

static bool take_held(audit *a) {
  for (const held_leaf *leaf = a->held; leaf; leaf = leaf->next) {
    if (!edi_accounts_take(&a->accounts, leaf->type, leaf->payload, leaf->length)) return false;
    a->verdict->recoveries += leaf->type == EDI_FRAME_RECOVERY;
    a->verdict->erasures += leaf->type == EDI_FRAME_ERASURE;
  }
  drop_held(a);
  return true;
}

static bool show_leaf(audit *a) {
  const edi_frame *frame = &a->cursor.frame;
  edi_log_leaf leaf = {frame->index,   (edi_frame_type)frame->type, frame->payload, frame->length,
                       a->cursor.name, a->cursor.frame_offset};
  a->verdict->log.leaves++;
  if (!a->visitor->leaf || a->visitor->leaf(a->visitor->user, &leaf)) return true;
  a->verdict->log.stopped = true;
  return false;
}

/* A frame that is in order. */
static edict_status take_frame(audit *a) {
  uint8_t type = a->cursor.frame.type;
  if (edi_frame_is_leaf(type)) {
    (void)show_leaf(a); /* who wants no more is not shown more, but everything is verified */
    return hold_leaf(a) ? EDICT_OK : no_memory(a);
  }
  if (type == EDI_FRAME_COMMIT) {
    a->verdict->commits++;
    if (!take_held(a)) return no_memory(a);
    meet(&a->file, &a->scan);
    meet(&a->earlier, &a->scan);
  } else {
    a->verdict->checkpoints++;
  }
  a->good = a->cursor.offset;
  a->good_frames = a->cursor.frames;
  return EDICT_OK;
}

/* ---- damage within a segment ---- */

/* Looks at the rest of a segment whose order is lost: every stretch between intact frames is
 * told. */
static edict_status look_at_rest(audit *a, uint64_t offset) {
  uint64_t least = a->scan.tree.size;
  a->lost = true;
  a->scan.known = false;
  drop_held(a);
  edi_cursor_result result = edi_cursor_find(&a->cursor, offset + EDI_FRAME_ALIGNMENT, least);
  while (result == EDI_CURSOR_FRAME) {
    if (edi_frame_is_leaf(a->cursor.frame.type)) (void)show_leaf(a);
    result = edi_cursor_next(&a->cursor);
    if (result != EDI_CURSOR_BAD) continue;
    if (a->damages >= DAMAGES_MOST) return EDICT_OK;
    tell_frame(a, EDI_R0406, a->cursor.offset, a->cursor.frames,
               edi_frame_result_text(a->cursor.why));
    result = edi_cursor_find(&a->cursor, a->cursor.offset + EDI_FRAME_ALIGNMENT, least);
  }
  return result == EDI_CURSOR_FAILED ? cursor_failed(a) : EDICT_OK;
}

/* Nothing that the log signed or closed with may be torn. */
static bool may_be_torn(const audit *a) {
  return !a->must_be_closed && !(a->file.wanted && a->file.checkpoint.size > a->scan.tree.size);
}

/* Something is wrong at `offset`. */
static edict_status judge(audit *a, bool newest, edi_code code, uint64_t offset, uint64_t frame,
                          const char *what) {
  bool torn = false;
  edi_tree pending = a->scan.pending;
  edi_scan_rewind(&a->scan);
  if (newest && may_be_torn(a) &&
      edi_scan_judge(&a->scan, &a->cursor, offset, &torn) == EDI_CURSOR_FAILED)
    return cursor_failed(a);
  if (torn) return EDICT_OK; /* check_end tells */
  a->scan.pending = pending;
  edi_cursor_seek(&a->cursor, offset, frame);
  tell_frame(a, code, offset, frame, what);
  return look_at_rest(a, offset);
}

static edict_status check_frames(audit *a, bool newest) {
  for (;;) {
    edi_cursor_result result = edi_cursor_next(&a->cursor);
    if (result == EDI_CURSOR_FAILED) return cursor_failed(a);
    if (result == EDI_CURSOR_END) return EDICT_OK;
    if (result == EDI_CURSOR_BAD)
      return judge(a, newest, EDI_R0406, a->cursor.offset, a->cursor.frames,
                   edi_frame_result_text(a->cursor.why));
    edi_scan_fault fault = edi_scan_frame(&a->scan, &a->cursor);
    if (fault.status == EDICT_MEMORY) return no_memory(a);
    if (fault.code != EDI_CODE_NONE)
      return judge(a, newest, fault.code, a->cursor.frame_offset, a->cursor.frames - 1, fault.what);
    edict_status status = take_frame(a);
    if (status != EDICT_OK) return status;
  }
}

/* ---- segments ---- */

/* A finished segment ends with a CHECKPOINT, and the next one begins with the next leaf. */
static void check_finished_end(audit *a, edi_layout_name next) {
  const char *what = NULL;
  if (a->damages > 0) return;
  if (a->scan.pending.size != a->scan.tree.size)
    what = "leaves without a COMMIT end a finished segment";
  else if (a->scan.tree.size != next.number)
    what = "leaves are missing between this segment's end and the next one";
  else if (a->scan.checkpoint_size != a->scan.tree.size)
    what = "no CHECKPOINT ends a finished segment";
  if (what) {
    tell_frame(a, EDI_R0406, a->good, a->good_frames, what);
    a->scan.known = false;
    a->lost = true;
  } else if (a->good != a->cursor.size) {
    tell_frame(a, EDI_R0406, a->good, a->good_frames,
               "bytes follow the last frame of a finished segment");
  }
}

static edict_status check_newest_end(audit *a) {
  uint64_t end;
  edi_log_summary *log = &a->verdict->log;
  if (a->damages > 0) return EDICT_OK;
  if (edi_cursor_used(&a->cursor, a->good, &end) == EDI_CURSOR_FAILED) return cursor_failed(a);
  edi_scan_rewind(&a->scan);
  drop_held(a);
  log->torn = end - a->good;
  bool signed_close =
      a->file.met && !a->file.differs && a->file.checkpoint.size == a->scan.tree.size;
  log->closed = a->lock_empty && a->scan.closed && a->good == a->cursor.size && signed_close;
  if (a->must_be_closed && !log->closed) {
    tell_frame(a, EDI_R0406, a->good, a->good_frames,
               "the log was closed, and it does not end with CLOSE, COMMIT and CHECKPOINT");
    log->torn = 0;
  } else if (log->torn > 0) {
    tell_frame(a, EDI_R0411, a->good, a->good_frames,
               "bytes after the last commit are torn or changed");
  }
  return EDICT_OK;
}

static edict_status begin_segment(audit *a, edi_layout_name name) {
  bool failed = false;
  edict_status status =
      edi_cursor_open(&a->cursor, a->system, a->visitor->allocator, a->directory, name);
  if (status != EDICT_OK && status != EDICT_FORMAT)
    return reading_failed(a, a->cursor.name, status, a->cursor.error);
  if (status == EDICT_FORMAT) {
    tell_frame(a, EDI_R0405, 0, 0, "the segment's header is damaged");
    a->scan.known = false;
    a->lost = true;
    return EDICT_FORMAT;
  }
  edi_scan_fault fault = edi_scan_segment(&a->scan, &a->cursor, NULL, &failed);
  if (failed) return cursor_failed(a);
  if (fault.status == EDICT_MEMORY) return no_memory(a);
  a->good = a->cursor.offset;
  a->good_frames = a->cursor.frames;
  if (fault.code == EDI_CODE_NONE) {
    meet(&a->file, &a->scan);
    meet(&a->earlier, &a->scan);
    return EDICT_OK;
  }
  tell_frame(a, fault.code, EDI_SEGMENT_HEADER_BYTES, 0, fault.what);
  status = look_at_rest(a, EDI_SEGMENT_HEADER_BYTES);
  return status == EDICT_OK ? EDICT_FORMAT : status;
}

static edict_status check_segment(audit *a, edi_layout_name name, const edi_layout_name *next) {
  bool newest = next == NULL;
  a->damages = 0;
  drop_held(a);
  edict_status status = begin_segment(a, name);
  bool begun = status == EDICT_OK;
  if (begun) status = check_frames(a, newest);
  if (begun && status == EDICT_OK && newest) status = check_newest_end(a);
  if (begun && status == EDICT_OK && !newest) check_finished_end(a, *next);
  edi_cursor_close(&a->cursor);
  return !begun && status == EDICT_FORMAT ? EDICT_OK
                                          : status; /* told; the next one may be intact */
}

static edict_status check_segments(audit *a) {
  size_t first = 0;
  for (size_t i = 0; i < a->list.count; i++)
    if (a->list.names[i].kind == EDI_LAYOUT_SEGMENT && a->verdict->log.segments++ == 0) first = i;
  if (a->verdict->log.segments == 0) {
    tell_file(a, EDI_R0420, "", "it has no segment");
    a->lost = true;
    return EDICT_OK;
  }
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < a->verdict->log.segments && status == EDICT_OK;
       i++) { /* sorted: they stand together */
    const edi_layout_name *name = &a->list.names[first + i];
    status = check_segment(a, *name, i + 1 < a->verdict->log.segments ? name + 1 : NULL);
  }
  return status;
}

/* ---- the whole ---- */

static void judge_heads(audit *a) {
  edi_log_verdict *v = a->verdict;
  if (a->file.differs)
    tell_file(a, EDI_R0407, "checkpoint", "its root is not that of the log's leaves");
  if (a->file.wanted && !a->file.met && a->scan.known)
    tell_file(a, EDI_R0409, "checkpoint",
              a->file.checkpoint.size > a->scan.tree.size
                  ? "it signs more leaves than the segments have"
                  : "no commit has its number of leaves");
  a->rolled_back = a->earlier.wanted && (a->earlier.differs || (!a->earlier.met && a->scan.known));
  if (a->rolled_back) /* not damage: the files may be in order among themselves */
    edi_log_tell(a->visitor, &v->log, a->diagnostics,
                 &(edi_log_damage){EDI_R0409, "", 0, UINT64_MAX, a->scan.tree.size,
                                   "the log does not contain the earlier checkpoint"});
  v->log.size = a->scan.tree.size;
  v->root = a->scan.root;
  v->root_known = a->scan.known;
  v->dropped = a->scan.dropped;
  v->checkpoint_size = a->scan.checkpoint_size;
  if (a->file.met && !a->file.differs && a->file.checkpoint.size > v->checkpoint_size)
    v->checkpoint_size = a->file.checkpoint.size;
  v->uncovered = v->log.size > v->checkpoint_size ? v->log.size - v->checkpoint_size : 0;
}

/* Names that do not belong, in a closed log or in any. */
static void check_names(audit *a) {
  if (a->list.others > 0)
    tell_file(a, EDI_R0423, a->list.other, "it does not belong in a log's directory");
  for (size_t i = 0; i < a->list.count; i++) {
    edi_layout_kind kind = a->list.names[i].kind;
    char name[EDI_LAYOUT_NAME_MOST];
    edi_layout_format(a->list.names[i], name);
    if (a->must_be_closed && (kind == EDI_LAYOUT_TEMPORARY || kind == EDI_LAYOUT_SPARE))
      tell_file(a, EDI_R0423, name, "a closed log has no such file");
  }
}

static edict_status check_files(audit *a) {
  edi_accounts_check check = {.system = a->system,
                              .directory = a->directory,
                              .list = &a->list,
                              .closed = a->must_be_closed,
                              .complete = !a->lost,
                              .verdict = a->verdict,
                              .visitor = a->visitor,
                              .diagnostics = a->diagnostics};
  uint64_t before = a->verdict->log.damages;
  edict_status status = edi_accounts_compare(&a->accounts, &check);
  if (a->verdict->log.damages > before) a->damaged = true;
  return status;
}

static edict_status run(audit *a) {
  int error = 0;
  bool go_on = false;
  edict_status status = edi_layout_read(a->system, a->directory, &a->arena, &a->list, &error);
  if (status != EDICT_OK) return reading_failed(a, "", status, error);
  status = check_ident(a, &go_on);
  if (status != EDICT_OK || !go_on) return status;
  status = check_lock(a);
  if (status == EDICT_OK) status = check_checkpoint(a);
  if (status == EDICT_OK) status = check_earlier(a);
  a->must_be_closed = a->lock_empty;
  if (status == EDICT_OK) status = check_segments(a);
  if (status != EDICT_OK) return status;
  judge_heads(a);
  check_names(a);
  status = check_files(a);
  if (status == EDICT_OK && !a->must_be_closed && !a->damaged)
    tell_file(a, EDI_R0419, "", "what comes after its last checkpoint is not proven");
  return status;
}

edict_status edi_log_verify(const edi_system *system, const char *directory,
                            const edi_log_verify_options *options, const edi_log_visitor *visitor,
                            edi_log_verdict *verdict, edict_diagnostics *diagnostics) {
  static const edi_log_visitor nobody = {0};
  *verdict = (edi_log_verdict){0};
  if (!visitor) visitor = &nobody;
  const edi_allocator *allocator = visitor->allocator ? visitor->allocator : &edi_allocator_default;
  audit *a = allocator->resize(allocator->context, NULL, 0, sizeof *a);
  if (!a) {
    edi_diagnostics_add(diagnostics, EDI_R0402, EDI_SPAN_NONE, "", "no memory to verify a log");
    return EDICT_MEMORY;
  }
  *a = (audit){.system = system,
               .directory = directory,
               .options = options,
               .visitor = visitor,
               .verdict = verdict,
               .diagnostics = diagnostics};
  edi_arena_init(&a->arena, allocator, ARENA_MOST);
  a->accounts.arena = &a->arena;
  drop_held(a);
  edict_status status = edi_hasher_init(&a->hasher);
  if (status != EDICT_OK) (void)no_memory(a);
  else if (options->key_count == 0 && !options->own_key)
    status = EDICT_ARGUMENT,
    edi_diagnostics_add(diagnostics, EDI_R0415, EDI_SPAN_NONE, "", "no key to verify the log with");
  else status = run(a);
  if (status == EDICT_OK)
    status = a->damaged       ? EDICT_FORMAT
             : a->untrusted   ? EDICT_UNTRUSTED
             : a->rolled_back ? EDICT_VERSION
                              : EDICT_OK;
  edi_hasher_fini(&a->hasher);
  edi_arena_fini(&a->arena);
  (void)allocator->resize(allocator->context, a, sizeof *a, 0);
  return status;
}
