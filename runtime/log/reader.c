/* Reader: leaves of a log in order, from files that may be damaged.
 *
 * Each batch is gone through twice: first up to its COMMIT, to know that it is whole, then its
 * leaves are delivered. After damage the next batch is looked for by its number. */
#include "log/reader.h"

#include "log/scan.h"

enum {
  ARENA_MOST = 64 * 1024 * 1024,
  DAMAGES_MOST = 64 /* in one segment, before it is given up */
};

typedef struct reading {
  const edi_system *system;
  const char *directory;
  const edi_log_visitor *visitor;
  edi_log_summary *summary;
  edict_diagnostics *diagnostics;
  edi_arena arena;
  edi_layout_list list;
  edi_scan scan;
  edi_cursor cursor;
  uint64_t good, good_frames; /* after the last COMMIT or CHECKPOINT */
  unsigned damages;           /* in this segment */
  bool lock_empty;
} reading;

void edi_log_tell(const edi_log_visitor *visitor, edi_log_summary *summary,
                  edict_diagnostics *diagnostics, const edi_log_damage *damage) {
  if (edi_code_severity(damage->code) == EDICT_SEVERITY_ERROR) summary->damages++;
  if (damage->frame == UINT64_MAX)
    edi_diagnostics_add(diagnostics, damage->code, EDI_SPAN_NONE, "", "%s%s%s", damage->file,
                        *damage->file ? ": " : "", damage->what);
  else
    edi_diagnostics_add(diagnostics, damage->code, EDI_SPAN_NONE, "",
                        "%s: byte %llu, frame %llu, leaf %llu: %s", damage->file,
                        (unsigned long long)damage->offset, (unsigned long long)damage->frame,
                        (unsigned long long)damage->index, damage->what);
  if (visitor && visitor->damage) visitor->damage(visitor->user, damage);
}

static void tell_frame(reading *r, edi_code code, uint64_t offset, uint64_t frame,
                       const char *what) {
  edi_log_damage damage = {code, r->cursor.name, offset, frame, r->scan.pending.size, what};
  edi_log_tell(r->visitor, r->summary, r->diagnostics, &damage);
  r->damages++;
}

static void tell_file(reading *r, edi_code code, const char *file, const char *what) {
  edi_log_damage damage = {code, file, 0, UINT64_MAX, r->scan.tree.size, what};
  edi_log_tell(r->visitor, r->summary, r->diagnostics, &damage);
}

/* `error` 0: what failed was not a system call. */
static edict_status reading_failed(reading *r, const char *file, edict_status status, int error) {
  edi_diagnostics_add(r->diagnostics, EDI_R0402, EDI_SPAN_NONE, "",
                      "log %s: %s: reading failed, error %d", r->directory, file, error);
  return status;
}

static edict_status cursor_failed(reading *r) {
  return reading_failed(r, r->cursor.name, edi_layout_status(r->cursor.error), r->cursor.error);
}

/* ---- identity ---- */

static edict_status read_ident(reading *r) {
  char path[EDI_LAYOUT_PATH_MOST];
  edi_buf bytes;
  edi_note note;
  edi_ident ident;
  const char *why;
  int error = 0;
  if (!edi_layout_path(r->directory, "ident", path)) return EDICT_ARGUMENT;
  edi_buf_init(&bytes, r->visitor->allocator, EDI_LAYOUT_NOTE_MOST);
  edict_status status = edi_system_read_file(r->system, path, EDI_LAYOUT_NOTE_MOST, &bytes, &error);
  if (status == EDICT_NOT_FOUND) {
    edi_diagnostics_add(r->diagnostics, EDI_R0424, EDI_SPAN_NONE, "", "%s: there is no log",
                        r->directory);
  } else if (status != EDICT_OK && status != EDICT_LIMIT) {
    status = reading_failed(r, "ident", status, error);
  } else if (status == EDICT_OK &&
             edi_note_split((edi_str){bytes.ptr, bytes.len}, &note, &why) == EDICT_OK &&
             edi_ident_parse(note.text, &ident)) {
    memcpy(r->summary->origin, ident.origin.ptr, ident.origin.len);
    memcpy(r->summary->log_id, ident.log_id, EDI_LOG_ID_BYTES);
    edi_scan_init(&r->scan, NULL, NULL, ident.log_id);
    r->scan.known = true; /* nothing came before the first segment */
  } else {
    status = EDICT_FORMAT;
    tell_file(r, EDI_R0403, "ident", "it is not a log's identity");
  }
  edi_buf_fini(&bytes);
  return status;
}

/* The writer empties the lock file as its last act. */
static edict_status read_lock(reading *r) {
  char path[EDI_LAYOUT_PATH_MOST];
  edi_buf bytes;
  int error = 0;
  if (!edi_layout_path(r->directory, "lock", path)) return EDICT_ARGUMENT;
  edi_buf_init(&bytes, r->visitor->allocator, EDI_LAYOUT_NOTE_MOST);
  edict_status status = edi_system_read_file(r->system, path, EDI_LAYOUT_NOTE_MOST, &bytes, &error);
  r->lock_empty = status == EDICT_OK && bytes.len == 0;
  edi_buf_fini(&bytes);
  return status == EDICT_OK || status == EDICT_NOT_FOUND || status == EDICT_LIMIT
             ? EDICT_OK
             : reading_failed(r, "lock", status, error);
}

/* ---- batches ---- */

/* Delivers the leaves between `good` and the COMMIT at `end`. */
static edict_status deliver(reading *r, uint64_t end) {
  uint64_t after = r->cursor.offset, frames = r->cursor.frames;
  edi_cursor_seek(&r->cursor, r->good, r->good_frames);
  while (r->cursor.offset < end && !r->summary->stopped) {
    edi_cursor_result result = edi_cursor_next(&r->cursor);
    if (result == EDI_CURSOR_FAILED) return cursor_failed(r);
    if (result != EDI_CURSOR_FRAME) { /* it was intact a moment ago */
      tell_frame(r, EDI_R0406, r->cursor.offset, r->cursor.frames,
                 "the file changed while it was read");
      return EDICT_FORMAT;
    }
    const edi_frame *frame = &r->cursor.frame;
    edi_log_leaf leaf = {frame->index,   (edi_frame_type)frame->type, frame->payload, frame->length,
                         r->cursor.name, r->cursor.frame_offset};
    r->summary->leaves++;
    if (r->visitor->leaf && !r->visitor->leaf(r->visitor->user, &leaf)) r->summary->stopped = true;
  }
  edi_cursor_seek(&r->cursor, after, frames);
  return EDICT_OK;
}

/* A frame that is in order. */
static edict_status take_frame(reading *r) {
  uint8_t type = r->cursor.frame.type;
  uint64_t offset = r->cursor.frame_offset;
  edict_status status = EDICT_OK;
  if (edi_frame_is_leaf(type)) return EDICT_OK;
  if (type == EDI_FRAME_COMMIT) {
    status = deliver(r, offset);
    r->summary->size = r->scan.tree.size;
  }
  r->good = r->cursor.offset;
  r->good_frames = r->cursor.frames;
  return status;
}

/* Looks for the first frame of a later batch. *more: there is one, and it is next. */
static edict_status resume(reading *r, uint64_t offset, bool *more) {
  uint32_t broken = r->scan.batch;
  uint64_t least = r->scan.tree.size;
  *more = false;
  for (uint64_t from = offset + EDI_FRAME_ALIGNMENT;;) {
    edi_cursor_result result = edi_cursor_find(&r->cursor, from, least);
    if (result == EDI_CURSOR_FAILED) return cursor_failed(r);
    if (result != EDI_CURSOR_FRAME || r->damages >= DAMAGES_MOST) return EDICT_OK;
    if (r->cursor.frame.batch != broken && r->cursor.frame.type != EDI_FRAME_COMMIT) break;
    from = r->cursor.offset;
  }
  edi_scan_resume(&r->scan, &r->cursor);
  r->good = r->cursor.frame_offset;
  r->good_frames = r->cursor.frames - 1;
  edi_cursor_seek(&r->cursor, r->good, r->good_frames);
  *more = true;
  return EDICT_OK;
}

/* Something is wrong at `offset`. */
static edict_status judge(reading *r, bool newest, edi_code code, uint64_t offset, uint64_t frame,
                          const char *what, bool *more) {
  bool torn = false;
  edi_scan before = r->scan;
  *more = false;
  edi_scan_rewind(&r->scan);
  if (newest && edi_scan_judge(&r->scan, &r->cursor, offset, &torn) == EDI_CURSOR_FAILED)
    return cursor_failed(r);
  if (torn) return EDICT_OK;
  r->scan.pending = before.pending;
  edi_cursor_seek(&r->cursor, offset, frame);
  tell_frame(r, code, offset, frame, what);
  return resume(r, offset, more);
}

static edict_status read_frames(reading *r, bool newest) {
  edict_status status = EDICT_OK;
  bool more = true;
  while (more && status == EDICT_OK && !r->summary->stopped) {
    edi_cursor_result result = edi_cursor_next(&r->cursor);
    uint64_t offset = r->cursor.offset, frames = r->cursor.frames;
    if (result == EDI_CURSOR_FAILED) return cursor_failed(r);
    if (result == EDI_CURSOR_END) break;
    if (result == EDI_CURSOR_BAD) {
      status =
          judge(r, newest, EDI_R0406, offset, frames, edi_frame_result_text(r->cursor.why), &more);
      continue;
    }
    edi_scan_fault fault = edi_scan_frame(&r->scan, &r->cursor);
    if (fault.code == EDI_CODE_NONE) status = take_frame(r);
    else
      status = judge(r, newest, fault.code, r->cursor.frame_offset, frames - 1, fault.what, &more);
  }
  return status;
}

/* What is after the last commit. */
static edict_status read_end(reading *r, bool newest) {
  uint64_t end;
  if (edi_cursor_used(&r->cursor, r->good, &end) == EDI_CURSOR_FAILED) return cursor_failed(r);
  edi_scan_rewind(&r->scan);
  if (!newest && r->good != r->cursor.size && r->damages == 0)
    tell_frame(r, EDI_R0406, r->good, r->good_frames,
               "bytes follow the last commit of a finished segment");
  if (!newest) return EDICT_OK;
  r->summary->torn = r->damages == 0 ? end - r->good : 0;
  r->summary->closed = r->lock_empty && r->scan.closed && r->good == r->cursor.size;
  return EDICT_OK;
}

static edict_status read_segment(reading *r, edi_layout_name name, bool newest) {
  bool failed;
  r->damages = 0;
  edict_status status =
      edi_cursor_open(&r->cursor, r->system, r->visitor->allocator, r->directory, name);
  if (status == EDICT_FORMAT) {
    tell_file(r, EDI_R0405, r->cursor.name, "its header is damaged");
    r->scan.known = false;
  } else if (status != EDICT_OK) {
    return reading_failed(r, r->cursor.name, status, r->cursor.error);
  }
  if (status == EDICT_OK) {
    edi_scan_fault fault = edi_scan_segment(&r->scan, &r->cursor, NULL, &failed);
    if (failed) status = cursor_failed(r);
    r->good = r->cursor.offset;
    r->good_frames = r->cursor.frames;
    if (!failed && fault.code != EDI_CODE_NONE) {
      bool more = false;
      tell_frame(r, fault.code, EDI_SEGMENT_HEADER_BYTES, 0, fault.what);
      r->scan.known = true;
      r->scan.batch = UINT32_MAX; /* no batch is the broken one */
      r->scan.tree.size = r->scan.pending.size = name.number;
      status = resume(r, EDI_SEGMENT_HEADER_BYTES, &more);
      if (status == EDICT_OK && !more) edi_cursor_seek(&r->cursor, r->cursor.size, 0);
      r->good = r->cursor.offset;
    }
    if (status == EDICT_OK) status = read_frames(r, newest);
    if (status == EDICT_OK && !r->summary->stopped) status = read_end(r, newest);
    if (r->damages > 0) r->scan.known = false;
  }
  edi_cursor_close(&r->cursor);
  return status == EDICT_FORMAT ? EDICT_OK : status; /* told; the next segment may be intact */
}

edict_status edi_log_read(const edi_system *system, const char *directory,
                          const edi_log_visitor *visitor, edi_log_summary *summary,
                          edict_diagnostics *diagnostics) {
  static const edi_log_visitor nobody = {0};
  *summary = (edi_log_summary){0};
  reading r = {.system = system,
               .directory = directory,
               .visitor = visitor ? visitor : &nobody,
               .summary = summary,
               .diagnostics = diagnostics};
  int error = 0;
  edi_arena_init(&r.arena, r.visitor->allocator, ARENA_MOST);
  edict_status status = edi_layout_read(system, directory, &r.arena, &r.list, &error);
  if (status != EDICT_OK) (void)reading_failed(&r, "", status, error);
  if (status == EDICT_OK) status = read_ident(&r);
  if (status == EDICT_OK) status = read_lock(&r);
  size_t last = 0;
  for (size_t i = 0; i < r.list.count; i++)
    if (r.list.names[i].kind == EDI_LAYOUT_SEGMENT) summary->segments++, last = i;
  for (size_t i = 0; i < r.list.count && status == EDICT_OK && !summary->stopped; i++)
    if (r.list.names[i].kind == EDI_LAYOUT_SEGMENT)
      status = read_segment(&r, r.list.names[i], i == last);
  if (status == EDICT_OK && summary->segments == 0)
    tell_file(&r, EDI_R0420, "", "it has no segment");
  edi_arena_fini(&r.arena);
  return status == EDICT_OK && summary->damages > 0 ? EDICT_FORMAT : status;
}
