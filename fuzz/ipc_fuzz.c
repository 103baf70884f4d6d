/* Fuzz: bytes as a stream of Arrow record batches, through the masks of a decision; what comes out is read again. */
#include <stdlib.h>

#include "support/event_door.h"
#include "workbench/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct rest { const uint8_t *from; size_t left; const uint8_t *all; size_t size; } rest;

static int more(void *user, void *into, size_t room, size_t *got) {
  rest *r = user;
  *got = r->left < room ? r->left : room;
  if (*got) memcpy(into, r->from, *got);
  r->from += *got;
  r->left -= *got;
  return 0;
}

static int place(void *user, uint64_t at, uint64_t *size) {
  rest *r = user;
  if (at > r->size) abort();
  r->from = r->all + at;
  r->left = r->size - (size_t)at;
  *size = r->size;
  return 0;
}

/* A stream that was written here is one that can be read here. */
static void must_read(const edi_buf *written, int64_t rows) {
  static intake in;
  ipc_reader reader;
  rest r = {.from = (const uint8_t *)written->ptr, .left = written->len};
  intake_init(&in, more, &r);
  if (ipc_open(&reader, &in) != IPC_BATCH) abort();
  ipc_result result;
  while ((result = ipc_next(&reader)) == IPC_BATCH) rows -= reader.batch.length;
  if (result != IPC_END || rows != 0) abort();
  ipc_close(&reader);
}

static void apply(ipc_reader *reader, edict_arrow *arrow) {
  struct ArrowSchema schema;
  struct ArrowArray out;
  edi_buf written;
  int64_t rows = 0;
  if (edict_arrow_schema(arrow, &schema) != EDICT_OK) return;
  edi_buf_init(&written, NULL, (size_t)1 << 28);
  bool writes = ipc_put_schema(&written, &schema);
  while (ipc_next(reader) == IPC_BATCH) {
    if (edict_arrow_apply(arrow, &reader->batch, &reader->sizes, &out, NULL) != EDICT_OK) continue;
    if (!writes || !ipc_put_batch(&written, &schema, &out)) abort();
    rows += out.length;
    out.release(&out);
  }
  ipc_put_end(&written);
  if (writes && written.failed == EDICT_OK) must_read(&written, rows);
  edi_buf_fini(&written);
  schema.release(&schema);
}

/* From its beginning, and by a footer that it may have. */
static void read_all(const uint8_t *data, size_t size, bool by_footer) {
  static intake in;
  ipc_reader reader;
  edict_arrow *arrow = NULL;
  rest r = {data, size, data, size};
  mesh *m = event_door_mesh();
  event_door_decide(m);
  intake_init(&in, more, &r);
  if (by_footer) in.place = place;
  ipc_result result = ipc_open(&reader, &in);
  if ((result == IPC_BAD || result == IPC_UNSUPPORTED) && !reader.why[0]) abort();
  if (result == IPC_BATCH && edict_arrow_create(m->decision, &reader.schema, NULL, &arrow, NULL) == EDICT_OK) apply(&reader, arrow);
  edict_arrow_destroy(&arrow);
  ipc_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_all(data, size, false);
  if (size >= 6 && memcmp(data, "ARROW1", 6) == 0) read_all(data, size, true);
  return 0;
}
