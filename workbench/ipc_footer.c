/* IPC footer: what a file of the format says at its end: its schema, and where dictionaries and batches stand.
 *
 * In: an intake that can go to a place. Out: the schema, read, and the places in the order in which they are to be read.
 * The format asks readers to go by the footer: some writers put other things where a stream would begin. Invariant: a
 * place lies before the footer; what stands there is read as strictly as a stream. No place is named twice and none lies within
 * what another holds, so that no more is read than the file has. */
#include "workbench/ipc.h"

#include <stdlib.h>

enum { MARK = 6, HEAD = 8, TAIL = 4 + MARK, BLOCK = 24, FOOTER_MOST = 64 * 1024 * 1024 };

static bool at_start(ipc_reader *r, uint64_t *size) {
  return intake_place(r->in, 0, size) && *size >= HEAD + TAIL && ipc_take(r, &r->head, HEAD) == IPC_BATCH && memcmp(r->head.ptr, "ARROW1", MARK) == 0;
}

static ipc_result add_blocks(ipc_reader *r, flat *f, flat_vector list, uint64_t end, bool dictionary) {
  for (size_t i = 0; i < list.count; i++) {
    int64_t offset = flat_long(f, list, 3 * i);
    if (offset < HEAD || (uint64_t)offset >= end || offset % 8) return ipc_say(r, IPC_BAD, "its footer names a place outside of it");
    r->blocks[r->block_count++] = (ipc_block){.offset = offset, .dictionary = dictionary};
  }
  return IPC_BATCH;
}

static int by_offset(const void *a, const void *b) {
  int64_t one = (*(ipc_block *const *)a)->offset, other = (*(ipc_block *const *)b)->offset;
  return (one > other) - (one < other);
}

/* Each ends where the next one in the file begins, or the footer. */
static ipc_result find_ends(ipc_reader *r, uint64_t end) {
  ipc_block **sorted = EDI_NEW_ARRAY(&r->schema_arena, ipc_block *, r->block_count + 1);
  if (!sorted) return IPC_MEMORY;
  for (size_t i = 0; i < r->block_count; i++) sorted[i] = &r->blocks[i];
  qsort(sorted, r->block_count, sizeof *sorted, by_offset);
  for (size_t i = 0; i < r->block_count; i++) {
    sorted[i]->end = i + 1 < r->block_count ? sorted[i + 1]->offset : (int64_t)end;
    if (sorted[i]->end == sorted[i]->offset) return ipc_say(r, IPC_BAD, "its footer names a place twice");
  }
  return IPC_BATCH;
}

static ipc_result read_blocks(ipc_reader *r, flat *f, flat_table footer, uint64_t end) {
  flat_vector dictionaries = flat_list(f, footer, 2, BLOCK), batches = flat_list(f, footer, 3, BLOCK);
  if (f->bad) return ipc_say(r, IPC_BAD, "its footer is damaged");
  r->blocks = EDI_NEW_ARRAY(&r->schema_arena, ipc_block, dictionaries.count + batches.count + 1);
  if (!r->blocks) return IPC_MEMORY;
  ipc_result result = add_blocks(r, f, dictionaries, end, true);
  if (result == IPC_BATCH) result = add_blocks(r, f, batches, end, false);
  return result == IPC_BATCH ? find_ends(r, end) : result;
}

/* Back to the beginning of what is no file of the format. */
static ipc_result as_stream(ipc_reader *r) {
  uint64_t size;
  if (r->in->place && !intake_place(r->in, 0, &size)) return IPC_FAILED;
  return IPC_END;
}

ipc_result ipc_read_footer(ipc_reader *r) {
  uint64_t size = 0, at;
  if (!r->in->place || !at_start(r, &size)) return r->in->error ? IPC_FAILED : as_stream(r);
  if (!intake_place(r->in, size - TAIL, &at)) return IPC_FAILED;
  ipc_result result = ipc_take(r, &r->head, TAIL);
  if (result != IPC_BATCH) return result;
  int64_t length = (int32_t)edi_get32(r->head.ptr);
  if (memcmp(r->head.ptr + 4, "ARROW1", MARK) != 0) return ipc_say(r, IPC_BAD, "its footer is missing: the file is not whole");
  if (length < 4 || length > FOOTER_MOST || (uint64_t)length > size - TAIL - HEAD) return ipc_say(r, IPC_BAD, "its footer says a length that none has");
  uint64_t end = size - TAIL - (uint64_t)length;
  if (!intake_place(r->in, end, &at)) return IPC_FAILED;
  result = ipc_take(r, &r->head, (size_t)length);
  if (result != IPC_BATCH) return result;
  flat f = {(const unsigned char *)r->head.ptr, r->head.len, false};
  flat_table footer = flat_root(&f), schema = flat_sub(&f, footer, 1);
  int64_t version = flat_number(&f, footer, 0, 2, 0);
  if (f.bad || !schema.at) return ipc_say(r, IPC_BAD, "its footer is damaged");
  if (version != IPC_VERSION_4 && version != IPC_VERSION_5) return ipc_say(r, IPC_UNSUPPORTED, "its metadata is of another version");
  r->messages = 1;
  result = read_blocks(r, &f, footer, end);
  return result == IPC_BATCH ? ipc_read_schema(r, &f, schema) : result;
}
