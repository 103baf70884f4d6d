/* Cursor: reading frames of a segment file.
 *
 * A window of the file is kept in memory: always large enough for the largest frame, moved forward
 * as the offset moves. Every length is checked against the file's size before it is used. */
#include "log/cursor.h"

enum { WINDOW_BYTES = 96 * 1024, ZERO_CHUNK = 64 * 1024 };

_Static_assert(WINDOW_BYTES > EDI_FRAME_HEADER_BYTES + EDI_FRAME_PAYLOAD_MOST + 8, "a frame fits");

/* ---- window ---- */

/* Makes [at, at + *length) available and shortens *length at the end of the file. */
static const uint8_t *look(edi_cursor *cursor, uint64_t at, size_t *length) {
  if (at >= cursor->size) {
    *length = 0;
    return cursor->window;
  }
  if (*length > cursor->size - at) *length = (size_t)(cursor->size - at);
  bool inside = at >= cursor->window_at && at - cursor->window_at <= cursor->window_length &&
                cursor->window_length - (at - cursor->window_at) >= *length;
  if (!inside) {
    size_t wanted = cursor->size - at < WINDOW_BYTES ? (size_t)(cursor->size - at) : WINDOW_BYTES,
           got = 0;
    cursor->window_length = 0;
    cursor->error = cursor->system->read(cursor->system->context, cursor->file, at, cursor->window,
                                         wanted, &got);
    if (cursor->error != 0) return NULL;
    cursor->window_at = at;
    cursor->window_length = got;
    if (*length > got) *length = got; /* the file was cut meanwhile */
  }
  return cursor->window + (at - cursor->window_at);
}

/* ---- open and close ---- */

static edict_status read_header(edi_cursor *cursor, edi_layout_name name) {
  size_t length = EDI_SEGMENT_HEADER_BYTES;
  const uint8_t *bytes = look(cursor, 0, &length);
  if (!bytes) return edi_layout_status(cursor->error);
  if (length < EDI_SEGMENT_HEADER_BYTES) return EDICT_FORMAT;
  memcpy(cursor->raw_header, bytes, EDI_SEGMENT_HEADER_BYTES);
  if (!edi_segment_header_decode(bytes, &cursor->header)) return EDICT_FORMAT;
  if (cursor->header.first_index != name.number) return EDICT_FORMAT;
  cursor->seed = edi_segment_seed(&cursor->header);
  edi_cursor_seek(cursor, EDI_SEGMENT_HEADER_BYTES, 0);
  return EDICT_OK;
}

edict_status edi_cursor_open(edi_cursor *cursor, const edi_system *system,
                             const edi_allocator *allocator, const char *directory,
                             edi_layout_name name) {
  *cursor =
      (edi_cursor){.system = system, .allocator = allocator ? allocator : &edi_allocator_default};
  char path[EDI_LAYOUT_PATH_MOST];
  edi_layout_format(name, cursor->name);
  if (!edi_layout_path(directory, cursor->name, path)) return EDICT_ARGUMENT;
  cursor->window = cursor->allocator->resize(cursor->allocator->context, NULL, 0, WINDOW_BYTES);
  if (!cursor->window) return EDICT_MEMORY;
  cursor->error = system->open(system->context, path, EDI_OPEN_READ, &cursor->file);
  cursor->is_open = cursor->error == 0;
  if (cursor->is_open) cursor->error = system->size(system->context, cursor->file, &cursor->size);
  edict_status status =
      cursor->error != 0 ? edi_layout_status(cursor->error) : read_header(cursor, name);
  if (status != EDICT_OK && status != EDICT_FORMAT) edi_cursor_close(cursor);
  return status;
}

void edi_cursor_close(edi_cursor *cursor) {
  /* Only read: closing has nothing to lose. */
  if (cursor->is_open) (void)cursor->system->close(cursor->system->context, cursor->file);
  if (cursor->window)
    (void)cursor->allocator->resize(cursor->allocator->context, cursor->window, WINDOW_BYTES, 0);
  cursor->is_open = false;
  cursor->window = NULL;
}

void edi_cursor_seek(edi_cursor *cursor, uint64_t offset, uint64_t frames) {
  cursor->offset = offset;
  cursor->frames = frames;
}

/* ---- frames ---- */

/* Decodes the frame at `at`; on OK it becomes the cursor's. */
static edi_cursor_result decode_at(edi_cursor *cursor, uint64_t at) {
  size_t length = EDI_FRAME_HEADER_BYTES;
  const uint8_t *bytes = look(cursor, at, &length);
  if (!bytes) return EDI_CURSOR_FAILED;
  if (length == EDI_FRAME_HEADER_BYTES && edi_get32(bytes) <= EDI_FRAME_PAYLOAD_MOST) {
    length = edi_frame_size(edi_get32(bytes));
    bytes = look(cursor, at, &length);
    if (!bytes) return EDI_CURSOR_FAILED;
  }
  size_t size = 0;
  cursor->why = edi_frame_decode(bytes, length, cursor->seed, &cursor->frame, &size);
  if (cursor->why != EDI_FRAME_OK) return EDI_CURSOR_BAD;
  cursor->raw = bytes;
  cursor->frame_offset = at;
  cursor->offset = at + size;
  cursor->frames++;
  return EDI_CURSOR_FRAME;
}

edi_cursor_result edi_cursor_next(edi_cursor *cursor) {
  uint64_t used = 0;
  edi_cursor_result result = decode_at(cursor, cursor->offset);
  if (result != EDI_CURSOR_BAD ||
      (cursor->why != EDI_FRAME_EMPTY && cursor->why != EDI_FRAME_SHORT))
    return result;
  if (cursor->why == EDI_FRAME_SHORT && cursor->offset + EDI_FRAME_HEADER_BYTES <= cursor->size)
    return result;
  edi_frame_result why = cursor->why;
  result = edi_cursor_used(cursor, cursor->offset, &used);
  cursor->why = why;
  if (result == EDI_CURSOR_FAILED) return result;
  return used == cursor->offset ? EDI_CURSOR_END : EDI_CURSOR_BAD;
}

/* Looks at the header alone: is a CRC over the payload worth its time? */
static bool plausible(const edi_cursor *cursor, uint64_t at, const uint8_t *bytes, uint64_t index) {
  uint32_t length = edi_get32(bytes);
  uint64_t found = edi_get64(bytes + 8);
  return length <= EDI_FRAME_PAYLOAD_MOST && edi_frame_size(length) <= cursor->size - at &&
         edi_frame_kind_of(bytes[4]) != EDI_FRAME_KIND_NONE &&
         (bytes[5] | bytes[6] | bytes[7]) == 0 && found >= index &&
         found - index <= cursor->size / EDI_FRAME_HEADER_BYTES;
}

edi_cursor_result edi_cursor_find(edi_cursor *cursor, uint64_t from, uint64_t index) {
  uint64_t budget = 4 * cursor->size + WINDOW_BYTES;
  uint64_t at = (from + EDI_FRAME_ALIGNMENT - 1) / EDI_FRAME_ALIGNMENT * EDI_FRAME_ALIGNMENT;
  for (; at < cursor->size && cursor->size - at >= EDI_FRAME_HEADER_BYTES;
       at += EDI_FRAME_ALIGNMENT) {
    size_t length = EDI_FRAME_HEADER_BYTES;
    const uint8_t *bytes = look(cursor, at, &length);
    if (!bytes) return EDI_CURSOR_FAILED;
    if (length < EDI_FRAME_HEADER_BYTES) return EDI_CURSOR_END;
    if (!plausible(cursor, at, bytes, index)) continue;
    uint64_t cost = EDI_FRAME_HEADER_BYTES + (uint64_t)edi_get32(bytes);
    if (cost > budget) return EDI_CURSOR_BAD;
    budget -= cost;
    edi_cursor_result result = decode_at(cursor, at);
    if (result != EDI_CURSOR_BAD) return result;
  }
  return EDI_CURSOR_END;
}

/* ---- zeroes ---- */

/* Index after the last byte that is not zero. */
static size_t used_length(const uint8_t *bytes, size_t length) {
  while (length >= 8 && edi_get64(bytes + length - 8) == 0) length -= 8;
  while (length > 0 && bytes[length - 1] == 0) length--;
  return length;
}

edi_cursor_result edi_cursor_used(edi_cursor *cursor, uint64_t from, uint64_t *end) {
  *end = from;
  for (uint64_t at = from; at < cursor->size;) {
    size_t length = ZERO_CHUNK;
    const uint8_t *bytes = look(cursor, at, &length);
    if (!bytes) return EDI_CURSOR_FAILED;
    if (length == 0) return EDI_CURSOR_END;
    size_t used = used_length(bytes, length);
    if (used > 0) *end = at + used;
    at += length;
  }
  return EDI_CURSOR_END;
}

edi_cursor_result edi_cursor_hole(edi_cursor *cursor, uint64_t begin, uint64_t end,
                                  bool *unwritten) {
  *unwritten = false;
  for (uint64_t at = begin; at < end && !*unwritten;) {
    uint64_t next = (at / EDI_SECTOR_BYTES + 1) * EDI_SECTOR_BYTES;
    size_t length = (size_t)(next - at);
    const uint8_t *bytes = look(cursor, at, &length);
    if (!bytes) return EDI_CURSOR_FAILED;
    /* Past the end of the file nothing was written either. */
    *unwritten = used_length(bytes, length) == 0;
    at = next;
  }
  return EDI_CURSOR_END;
}
