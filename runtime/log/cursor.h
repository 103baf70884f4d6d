/* Cursor: frames of one segment file, one after the other, through a window of bounded size.
 *
 * In: a file of unknown origin. Out: intact frames and their places, or what is wrong at which
 * byte. It knows headers, lengths and CRCs; what frames mean is scan.h's. It can look ahead for the
 * next intact frame after damage. */
#ifndef EDI_CURSOR_H
#define EDI_CURSOR_H

#include "log/layout.h"

#define EDI_SECTOR_BYTES 512 /* what a disk writes whole or not at all */

typedef struct edi_cursor {
  const edi_system *system;
  const edi_allocator *allocator;
  edi_file file;
  bool is_open;
  char name[EDI_LAYOUT_NAME_MOST];
  uint8_t raw_header[EDI_SEGMENT_HEADER_BYTES];
  edi_segment_header header;
  uint32_t seed;
  uint64_t size;   /* of the file when it was opened */
  uint64_t offset; /* of the next frame */
  uint64_t frames; /* before `offset` */
  int error;       /* errno after FAILED */
  /* the frame that was read last; valid until the next call */
  edi_frame frame;
  uint64_t frame_offset;
  const uint8_t *raw;   /* its header, with the payload after it */
  edi_frame_result why; /* after BAD */
  uint8_t *window;
  uint64_t window_at;
  size_t window_length;
} edi_cursor;

typedef enum edi_cursor_result {
  EDI_CURSOR_FRAME = 0,
  EDI_CURSOR_END,    /* nothing but zeroes, if anything, up to the end of the file */
  EDI_CURSOR_BAD,    /* at `offset`, because of `why` */
  EDI_CURSOR_FAILED, /* a system call failed: `error` */
} edi_cursor_result;

/* Opens and reads the header. FORMAT: the header is damaged or says another first index than
 * `name`; the cursor is open all the same and may be closed only. NOT_FOUND, SYSTEM, MEMORY: not
 * open. Any cursor may be closed, also a zeroed one. */
edict_status edi_cursor_open(edi_cursor *cursor, const edi_system *system,
                             const edi_allocator *allocator, const char *directory,
                             edi_layout_name name) EDICT_MUST_CHECK;
void edi_cursor_close(edi_cursor *cursor);

edi_cursor_result edi_cursor_next(edi_cursor *cursor);
void edi_cursor_seek(edi_cursor *cursor, uint64_t offset, uint64_t frames);

/* The next intact frame at a multiple of 8 from `from` on, whose index is at least `index`: then it
 * is the cursor's frame and `offset` is behind it. END: there is none. BAD: bytes that look like
 * frames are so many that it gave up. `frames` counts on from what it was. */
edi_cursor_result edi_cursor_find(edi_cursor *cursor, uint64_t from, uint64_t index);

/* Offset after the last byte at or after `from` that is not zero; `from` if there is none. */
edi_cursor_result edi_cursor_used(edi_cursor *cursor, uint64_t from, uint64_t *end);

/* Whether between `begin` and `end` some sector was not written: all its bytes from `begin` on are
 * zero. That is how a write that a crash cut into looks. */
edi_cursor_result edi_cursor_hole(edi_cursor *cursor, uint64_t begin, uint64_t end,
                                  bool *unwritten);

#endif
