/* IPC read: messages one after the other, and their bodies as ArrowArrays that point into them.
 *
 * What a body is said to hold is checked against the body; what its buffers say of each other (offsets, indices) is
 * for whoever looks into them, who is told how long each is. */
#include "workbench/ipc.h"

enum { HEAD_MOST = 64 * 1024 * 1024, ARENA = 1 << 28 };
#define BODY_MOST ((int64_t)1 << 31)

ipc_result ipc_say(ipc_reader *r, ipc_result result, const char *why) {
  r->why = why;
  return result;
}

/* ---- bytes ---- */

ipc_result ipc_take(ipc_reader *r, edi_buf *into, size_t length) {
  into->len = 0;
  into->failed = EDICT_OK;
  while (into->len < length) {
    if (!intake_ready(r->in)) return r->in->error ? IPC_FAILED : ipc_say(r, IPC_BAD, "it ends within a message");
    size_t have = r->in->length - r->in->at, n = length - into->len < have ? length - into->len : have;
    edi_buf_append(into, r->in->bytes + r->in->at, n);
    if (into->failed != EDICT_OK) return IPC_MEMORY;
    r->in->at += n;
  }
  return IPC_BATCH;
}

/* The mark and the length in front of a message; a file has a mark of its own before the first one. */
static ipc_result take_length(ipc_reader *r, size_t *length) {
  if (!intake_ready(r->in)) return r->in->error ? IPC_FAILED : IPC_END;
  ipc_result result = ipc_take(r, &r->head, 8);
  if (result == IPC_BATCH && r->messages == 0 && memcmp(r->head.ptr, "ARROW1\0\0", 8) == 0) result = ipc_take(r, &r->head, 8);
  if (result != IPC_BATCH) return result;
  int32_t size = (int32_t)edi_get32(r->head.ptr + 4);
  if (edi_get32(r->head.ptr) != UINT32_MAX)
    return r->messages || edi_get32(r->head.ptr) > HEAD_MOST ? ipc_say(r, IPC_BAD, "it is no stream of Arrow messages")
                                                           : ipc_say(r, IPC_UNSUPPORTED, "its messages are framed as before version 0.15");
  if (size == 0) return IPC_END;
  if (size < 8 || size > HEAD_MOST) return ipc_say(r, IPC_BAD, "a message of it says a length that none has");
  *length = (size_t)size;
  return IPC_BATCH;
}

static ipc_result next_message(ipc_reader *r, ipc_message *m) {
  size_t length = 0;
  ipc_result result = take_length(r, &length);
  if (result == IPC_BATCH) result = ipc_take(r, &r->head, length);
  if (result != IPC_BATCH) return result;
  r->messages++;
  m->f = (flat){(const unsigned char *)r->head.ptr, r->head.len, false};
  m->table = flat_root(&m->f);
  int64_t version = flat_number(&m->f, m->table, 0, 2, 0), body = flat_number(&m->f, m->table, 3, 8, 0);
  m->kind = flat_number(&m->f, m->table, 1, 1, 0);
  m->header = flat_sub(&m->f, m->table, 2);
  if (m->f.bad || !m->header.at || body < 0 || body > BODY_MOST) return ipc_say(r, IPC_BAD, "a message of it is damaged");
  if (version != IPC_VERSION_4 && version != IPC_VERSION_5) return ipc_say(r, IPC_UNSUPPORTED, "its metadata is of another version");
  return ipc_take(r, &r->body, (size_t)body);
}

/* ---- arrays ---- */

typedef struct builder {
  ipc_reader *reader;
  flat *f;
  edi_arena *arena;
  const edi_buf *body;
  flat_vector nodes, buffers, variadic;
  size_t node, buffer, view;
  size_t *sizes, size_count, size_capacity;
  ipc_result result;
} builder;

static void keep(struct ArrowArray *a) { a->release = NULL; }

static bool fail(builder *b, ipc_result result, const char *why) {
  if (b->result == IPC_BATCH) {
    b->result = result;
    b->reader->why = why;
  }
  return false;
}

static bool add_size(builder *b, size_t bytes) {
  void *sizes = b->sizes;
  if (!edi_arena_grow(b->arena, &sizes, &b->size_capacity, b->size_count, sizeof *b->sizes)) return fail(b, IPC_MEMORY, "");
  b->sizes = sizes;
  b->sizes[b->size_count++] = bytes;
  return true;
}

/* The next buffer of the body; one without bytes is NULL. */
static bool next_buffer(builder *b, const void **out) {
  if (b->buffer == b->buffers.count) return fail(b, IPC_BAD, "a batch has fewer buffers than its schema says");
  int64_t offset = flat_long(b->f, b->buffers, 2 * b->buffer), length = flat_long(b->f, b->buffers, 2 * b->buffer + 1);
  b->buffer++;
  if (offset < 0 || length < 0 || (uint64_t)offset > b->body->len || (uint64_t)length > b->body->len - (uint64_t)offset)
    return fail(b, IPC_BAD, "a buffer lies outside of its batch");
  if (length && offset % 8) return fail(b, IPC_BAD, "a buffer begins where none may");
  *out = length ? b->body->ptr + offset : NULL;
  return add_size(b, (size_t)length);
}

/* How many buffers of bytes the views have. */
static bool next_views(builder *b, size_t *count) {
  if (b->view == b->variadic.count) return fail(b, IPC_BAD, "a batch does not say how many buffers its views have");
  int64_t n = flat_long(b->f, b->variadic, b->view++);
  if (n < 0 || (uint64_t)n > b->buffers.count) return fail(b, IPC_BAD, "views have more buffers than there are");
  *count = (size_t)n;
  return true;
}

/* Views end with the sizes of their buffers, which a stream does not have as one. */
static bool put_view_sizes(builder *b, struct ArrowArray *a, size_t views) {
  int64_t *sizes = EDI_NEW_ARRAY(b->arena, int64_t, views + 1);
  if (!sizes) return fail(b, IPC_MEMORY, "");
  for (size_t i = 0; i < views; i++) sizes[i] = (int64_t)b->sizes[b->size_count - views + i];
  a->buffers[2 + views] = sizes;
  return add_size(b, views * sizeof *sizes);
}

static bool take_buffers(builder *b, const ipc_field *field, struct ArrowArray *a) {
  static const size_t of_form[] = {[IPC_NONE] = 0, [IPC_BITS] = 2, [IPC_FIXED] = 2, [IPC_OFFSETS] = 2, [IPC_BYTES] = 3, [IPC_VIEWS] = 2, [IPC_VALID] = 1};
  size_t views = 0, count = of_form[field->form];
  if (field->form == IPC_VIEWS && !next_views(b, &views)) return false;
  a->n_buffers = (int64_t)(count + views + (field->form == IPC_VIEWS));
  a->buffers = EDI_NEW_ARRAY(b->arena, const void *, (size_t)a->n_buffers + 1);
  if (!a->buffers) return fail(b, IPC_MEMORY, "");
  for (size_t i = 0; i < count + views; i++)
    if (!next_buffer(b, &a->buffers[i])) return false;
  if (field->form == IPC_VIEWS && !put_view_sizes(b, a, views)) return false;
  return field->form == IPC_NONE || a->null_count == 0 || a->buffers[0] || fail(b, IPC_BAD, "a batch does not say which of its values are null");
}

static bool use_dictionary(builder *b, const ipc_field *field, struct ArrowArray *a) {
  ipc_dictionary *d = b->reader->dictionaries;
  while (d && d->id != field->id) d = d->next;
  if (!d || !d->read) return fail(b, IPC_BAD, "a dictionary is not there");
  a->dictionary = &d->array;
  for (size_t i = 0; i < d->size_count; i++)
    if (!add_size(b, d->sizes[i])) return false;
  return true;
}

static bool build(builder *b, const ipc_field *field, struct ArrowArray *a);

static bool build_children(builder *b, const ipc_field *field, struct ArrowArray *a) {
  size_t count = field->children ? (size_t)field->schema->n_children : 0;
  struct ArrowArray *all = EDI_NEW_ARRAY(b->arena, struct ArrowArray, count);
  a->n_children = (int64_t)count;
  a->children = EDI_NEW_ARRAY(b->arena, struct ArrowArray *, count);
  if (!all || !a->children) return fail(b, IPC_MEMORY, "");
  for (size_t i = 0; i < count; i++) {
    a->children[i] = &all[i];
    if (!build(b, &field->children[i], &all[i])) return false;
  }
  return true;
}

static bool build(builder *b, const ipc_field *field, struct ArrowArray *a) {
  if (b->node == b->nodes.count) return fail(b, IPC_BAD, "a batch has fewer columns than its schema says");
  *a = (struct ArrowArray){.length = flat_long(b->f, b->nodes, 2 * b->node), .null_count = flat_long(b->f, b->nodes, 2 * b->node + 1), .release = keep};
  b->node++;
  if (a->length < 0 || a->null_count < 0 || a->null_count > a->length) return fail(b, IPC_BAD, "a column says a length that none has");
  return take_buffers(b, field, a) && build_children(b, field, a) && (!field->values || use_dictionary(b, field, a));
}

/* A batch of one column (a dictionary) or of those of the schema. */
static builder begin(ipc_reader *r, flat *f, flat_table batch, edi_arena *arena, const edi_buf *body) {
  builder b = {.reader = r, .f = f, .arena = arena, .body = body, .result = IPC_BATCH};
  b.nodes = flat_list(f, batch, 1, 16);
  b.buffers = flat_list(f, batch, 2, 16);
  b.variadic = flat_list(f, batch, 4, 8);
  if (flat_sub(f, batch, 3).at) (void)fail(&b, IPC_UNSUPPORTED, "it is compressed, which is not read: write it without compression");
  if (f->bad || flat_number(f, batch, 0, 8, 0) < 0) (void)fail(&b, IPC_BAD, "a batch is damaged");
  return b;
}

static void end(builder *b) {
  if (b->result == IPC_BATCH && (b->node != b->nodes.count || b->buffer != b->buffers.count || b->view != b->variadic.count))
    (void)fail(b, IPC_BAD, "a batch has more than its schema says");
}

static ipc_result read_dictionary(ipc_reader *r, ipc_message *m) {
  int64_t id = flat_number(&m->f, m->header, 0, 8, 0);
  flat_table data = flat_sub(&m->f, m->header, 1);
  ipc_dictionary *d = r->dictionaries;
  while (d && d->id != id) d = d->next;
  if (!d || !data.at || m->f.bad) return ipc_say(r, IPC_BAD, "a dictionary is of no field");
  if (flat_number(&m->f, m->header, 2, 1, 0)) return ipc_say(r, IPC_UNSUPPORTED, "a dictionary grows by a delta, which is not read: write it whole");
  edi_arena_fini(&d->arena);
  edi_arena_init(&d->arena, NULL, ARENA);
  d->read = false;
  edi_buf kept = d->body;
  d->body = r->body;
  r->body = kept;
  builder b = begin(r, &m->f, data, &d->arena, &d->body);
  if (b.result == IPC_BATCH && build(&b, d->values, &d->array)) end(&b);
  if (b.result == IPC_BATCH && d->array.length != flat_number(&m->f, data, 0, 8, 0)) (void)fail(&b, IPC_BAD, "a dictionary is damaged");
  d->sizes = b.sizes;
  d->size_count = b.size_count;
  d->read = b.result == IPC_BATCH;
  return b.result;
}

static ipc_result read_batch(ipc_reader *r, ipc_message *m) {
  edi_arena_fini(&r->arena);
  edi_arena_init(&r->arena, NULL, ARENA);
  builder b = begin(r, &m->f, m->header, &r->arena, &r->body);
  r->batch = (struct ArrowArray){.length = flat_number(&m->f, m->header, 0, 8, 0), .n_buffers = 1, .release = keep};
  r->batch.buffers = EDI_NEW_ARRAY(&r->arena, const void *, 1);
  if (!r->batch.buffers) return IPC_MEMORY;
  if (b.result == IPC_BATCH && add_size(&b, 0) && build_children(&b, r->field, &r->batch)) end(&b);
  for (int64_t i = 0; b.result == IPC_BATCH && i < r->batch.n_children; i++)
    if (r->batch.children[i]->length != r->batch.length) (void)fail(&b, IPC_BAD, "columns of a batch have different lengths");
  if (b.result != IPC_BATCH) return b.result;
  int64_t *bytes = EDI_NEW_ARRAY(&r->arena, int64_t, b.size_count);
  if (!bytes) return IPC_MEMORY;
  for (size_t i = 0; i < b.size_count; i++) bytes[i] = (int64_t)b.sizes[i];
  r->sizes = (edict_arrow_sizes){bytes, b.size_count};
  return IPC_BATCH;
}

/* ---- the reader ---- */

ipc_result ipc_open(ipc_reader *r, intake *in) {
  ipc_message m;
  *r = (ipc_reader){.in = in, .why = ""};
  edi_arena_init(&r->schema_arena, NULL, ARENA);
  edi_arena_init(&r->arena, NULL, ARENA);
  edi_buf_init(&r->head, NULL, HEAD_MOST);
  edi_buf_init(&r->body, NULL, (size_t)BODY_MOST);
  ipc_result result = ipc_read_footer(r);
  if (result != IPC_END) return result;
  result = next_message(r, &m);
  if (result == IPC_END) return ipc_say(r, IPC_BAD, "there is nothing");
  if (result != IPC_BATCH) return result;
  return m.kind == IPC_SCHEMA_MESSAGE ? ipc_read_schema(r, &m.f, m.header) : ipc_say(r, IPC_BAD, "it does not begin with a schema");
}

enum { LEAD = 8 }; /* bytes of the mark and the length in front of a message */

/* The message that the footer names next, or that is next in a stream. */
static ipc_result any_message(ipc_reader *r, ipc_message *m) {
  uint64_t size;
  if (!r->blocks) return next_message(r, m);
  if (r->block_at == r->block_count) return IPC_END;
  const ipc_block *b = &r->blocks[r->block_at++];
  if (!intake_place(r->in, (uint64_t)b->offset, &size)) return IPC_FAILED;
  ipc_result result = next_message(r, m);
  if (result == IPC_END) return ipc_say(r, IPC_BAD, "its footer names what is no message");
  if (result == IPC_BATCH && (uint64_t)(b->end - b->offset) < LEAD + r->head.len + r->body.len)
    return ipc_say(r, IPC_BAD, "its footer names a place within another");
  if (result == IPC_BATCH && m->kind != (b->dictionary ? IPC_DICTIONARY_MESSAGE : IPC_BATCH_MESSAGE))
    return ipc_say(r, IPC_BAD, "its footer names a message of another kind");
  return result;
}

ipc_result ipc_next(ipc_reader *r) {
  for (;;) {
    ipc_message m;
    ipc_result result = any_message(r, &m);
    if (result != IPC_BATCH) return result;
    if (m.kind == IPC_BATCH_MESSAGE) return read_batch(r, &m);
    if (m.kind != IPC_DICTIONARY_MESSAGE) return ipc_say(r, IPC_BAD, "a message of it is neither a batch nor a dictionary");
    result = read_dictionary(r, &m);
    if (result != IPC_BATCH) return result;
  }
}

void ipc_close(ipc_reader *r) {
  for (ipc_dictionary *d = r->dictionaries; d; d = d->next) {
    edi_arena_fini(&d->arena);
    edi_buf_fini(&d->body);
  }
  edi_buf_fini(&r->head);
  edi_buf_fini(&r->body);
  edi_arena_fini(&r->arena);
  edi_arena_fini(&r->schema_arena);
}
