/* IPC write: a schema and batches as messages of a stream, from the structs of the Arrow C Data Interface.
 *
 * Arrays begin at their offset 0, as what a decision gives does; padding is zeros. */
#include <stdio.h>

#include "workbench/ipc.h"

static void pad(edi_buf *out, size_t to) {
  while (out->failed == EDICT_OK && out->len % to) edi_buf_u8(out, 0);
}

/* ---- a message around its header ---- */

/* The root and the table of a message; *header: where the reference to its header stands. */
static void begin_message(edi_buf *out, int64_t kind, int64_t body, size_t *header) {
  flat_slot slots[] = {{2, IPC_VERSION_5, 0}, {1, kind, 0}, {4, 0, 0}, {8, body, 0}};
  out->len = 0;
  edi_buf_u32(out, 0);
  size_t table = flat_put_table(out, slots, 4);
  if (out->failed == EDICT_OK) edi_put32(out->ptr, (uint32_t)table);
  *header = slots[2].place;
}

/* Mark, length, metadata, body: each at a multiple of 8. */
static bool put_message(edi_buf *out, edi_buf *meta, const edi_buf *body) {
  pad(meta, 8);
  edi_buf_u32(out, UINT32_MAX);
  edi_buf_u32(out, (uint32_t)meta->len);
  edi_buf_append(out, meta->ptr, meta->len);
  if (body && body->len) edi_buf_append(out, body->ptr, body->len);
  return out->failed == EDICT_OK && meta->failed == EDICT_OK && (!body || body->failed == EDICT_OK);
}

void ipc_put_end(edi_buf *out) {
  edi_buf_u32(out, UINT32_MAX);
  edi_buf_u32(out, 0);
}

/* ---- schema ---- */

typedef struct type_of { int64_t kind; flat_slot slots[3]; size_t count; const char *zone; } type_of;

static int64_t place_in(const char *letters, char c) {
  const char *found = c ? strchr(letters, c) : NULL;
  return found ? found - letters : -1;
}

static bool int_type(const char *format, type_of *t) {
  int64_t place = place_in("cCsSiIlL", format[0]);
  if (place < 0 || format[1]) return false;
  *t = (type_of){.kind = IPC_INT, .slots = {{4, 8 << place / 2, 0}, {1, place % 2 == 0, 0}}, .count = 2};
  return true;
}

static bool plain_type(const char *format, type_of *t) {
  static const struct { const char *format; int64_t kind; } plain[] = {
      {"n", IPC_NULL}, {"z", IPC_BINARY}, {"u", IPC_UTF8}, {"b", IPC_BOOL}, {"+l", IPC_LIST}, {"+s", IPC_STRUCT}, {"+m", IPC_MAP}, {"Z", IPC_LARGE_BINARY},
      {"U", IPC_LARGE_UTF8}, {"+L", IPC_LARGE_LIST}, {"vz", IPC_BINARY_VIEW}, {"vu", IPC_UTF8_VIEW}};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (strcmp(format, plain[i].format) == 0) return *t = (type_of){.kind = plain[i].kind}, true;
  return false;
}

static bool time_type(const char *f, type_of *t) {
  int64_t unit = place_in("smun", f[2]);
  if (f[1] == 'd') *t = (type_of){.kind = IPC_DATE, .slots = {{2, f[2] == 'm', 0}}, .count = 1};
  else if (f[1] == 't') *t = (type_of){.kind = IPC_TIME, .slots = {{2, unit, 0}, {4, unit < 2 ? 32 : 64, 0}}, .count = 2};
  else if (f[1] == 'D') *t = (type_of){.kind = IPC_DURATION, .slots = {{2, unit, 0}}, .count = 1};
  else if (f[1] == 'i') *t = (type_of){.kind = IPC_INTERVAL, .slots = {{2, place_in("MDn", f[2]), 0}}, .count = 1};
  else if (f[1] == 's' && f[3] == ':') *t = (type_of){.kind = IPC_TIMESTAMP, .slots = {{2, unit, 0}, {f[4] ? 4 : 0, 0, 0}}, .count = 2, .zone = f + 4};
  else return false;
  return f[1] == 'd' || f[1] == 'i' || unit >= 0;
}

static bool type_from(const char *f, type_of *t) {
  long long a = 0, b = 0, bits = 128;
  if (plain_type(f, t) || int_type(f, t)) return true;
  if (place_in("efg", f[0]) >= 0 && !f[1]) return *t = (type_of){.kind = IPC_FLOAT, .slots = {{2, place_in("efg", f[0]), 0}}, .count = 1}, true;
  if (sscanf(f, "d:%lld,%lld,%lld", &a, &b, &bits) >= 2)
    return *t = (type_of){.kind = IPC_DECIMAL, .slots = {{4, a, 0}, {4, b, 0}, {4, bits, 0}}, .count = 3}, true;
  if (sscanf(f, "w:%lld", &a) == 1) return *t = (type_of){.kind = IPC_FIXED_BINARY, .slots = {{4, a, 0}}, .count = 1}, true;
  if (sscanf(f, "+w:%lld", &a) == 1) return *t = (type_of){.kind = IPC_FIXED_LIST, .slots = {{4, a, 0}}, .count = 1}, true;
  return f[0] == 't' && f[1] && f[2] && time_type(f, t);
}

static void put_type(edi_buf *out, size_t place, type_of *t) {
  size_t at = flat_put_table(out, t->slots, t->count);
  if (out->failed == EDICT_OK) edi_put32(out->ptr + place, (uint32_t)(at - place));
  if (t->zone && t->zone[0]) flat_put_text(out, t->slots[1].place, t->zone);
}

/* Dictionaries are numbered in the order of a walk. */
static bool put_field(edi_buf *out, size_t place, const struct ArrowSchema *s, int64_t *ids);

static bool put_fields(edi_buf *out, size_t place, const struct ArrowSchema *s, int64_t *ids) {
  size_t count = (size_t)s->n_children;
  flat_put_list(out, place, count, 4);
  size_t first = out->len;
  edi_buf_zeros(out, 4 * count);
  for (size_t i = 0; i < count; i++)
    if (!put_field(out, first + 4 * i, s->children[i], ids)) return false;
  return out->failed == EDICT_OK;
}

static void put_encoding(edi_buf *out, size_t place, const struct ArrowSchema *s, type_of *index, int64_t id) {
  flat_slot slots[] = {{8, id, 0}, {4, 0, 0}, {1, (s->flags & ARROW_FLAG_DICTIONARY_ORDERED) != 0, 0}};
  size_t at = flat_put_table(out, slots, 3);
  if (out->failed == EDICT_OK) edi_put32(out->ptr + place, (uint32_t)(at - place));
  put_type(out, slots[1].place, index);
}

static bool put_field(edi_buf *out, size_t place, const struct ArrowSchema *s, int64_t *ids) {
  const struct ArrowSchema *values = s->dictionary ? s->dictionary : s;
  type_of type, index;
  if (!type_from(values->format, &type) || (s->dictionary && !int_type(s->format, &index))) return false;
  if (type.kind == IPC_MAP) type = (type_of){.kind = IPC_MAP, .slots = {{1, (values->flags & ARROW_FLAG_MAP_KEYS_SORTED) != 0, 0}}, .count = 1};
  flat_slot slots[] = {{4, 0, 0}, {1, (s->flags & ARROW_FLAG_NULLABLE) != 0, 0}, {1, type.kind, 0}, {4, 0, 0}, {s->dictionary ? 4 : 0, 0, 0}, {4, 0, 0}};
  size_t at = flat_put_table(out, slots, 6);
  if (out->failed == EDICT_OK) edi_put32(out->ptr + place, (uint32_t)(at - place));
  flat_put_text(out, slots[0].place, s->name ? s->name : "");
  put_type(out, slots[3].place, &type);
  if (s->dictionary) put_encoding(out, slots[4].place, s, &index, (*ids)++);
  return put_fields(out, slots[5].place, values, ids);
}

bool ipc_put_schema(edi_buf *out, const struct ArrowSchema *schema) {
  edi_buf meta;
  size_t header;
  int64_t ids = 0;
  edi_buf_init(&meta, NULL, (size_t)1 << 26);
  begin_message(&meta, IPC_SCHEMA_MESSAGE, 0, &header);
  flat_slot slots[] = {{2, 0, 0}, {4, 0, 0}};
  size_t at = flat_put_table(&meta, slots, 2);
  if (meta.failed == EDICT_OK) edi_put32(meta.ptr + header, (uint32_t)(at - header));
  bool put = put_fields(&meta, slots[1].place, schema, &ids) && put_message(out, &meta, NULL);
  edi_buf_fini(&meta);
  return put;
}

/* ---- batches ---- */

typedef struct batch_writer {
  edi_buf nodes, buffers, variadic, body; /* structs of FieldNode and of Buffer; counts */
  size_t node_count, buffer_count, view_count;
  bool bad;
} batch_writer;

static void put_buffer(batch_writer *w, const void *bytes, size_t length) {
  edi_buf_u64(&w->buffers, w->body.len);
  edi_buf_u64(&w->buffers, length);
  if (length) edi_buf_append(&w->body, bytes, length);
  pad(&w->body, 8);
  w->buffer_count++;
}

static size_t last_offset(const struct ArrowArray *a, int64_t width) {
  const unsigned char *offsets = a->buffers[1];
  if (!offsets || a->length == 0) return 0;
  return width == 8 ? (size_t)edi_get64(offsets + 8 * a->length) : edi_get32(offsets + 4 * a->length);
}

static void put_views(batch_writer *w, const struct ArrowArray *a) {
  size_t views = (size_t)a->n_buffers - 3;
  const unsigned char *sizes = a->buffers[2 + views];
  for (size_t i = 0; i < views; i++) put_buffer(w, a->buffers[2 + i], (size_t)edi_get64(sizes + 8 * i));
  edi_buf_u64(&w->variadic, views);
  w->view_count++;
}

static void put_buffers(batch_writer *w, const struct ArrowArray *a, ipc_form form, int64_t width) {
  size_t length = (size_t)a->length, bits = (length + 7) / 8;
  if (form == IPC_NONE) return;
  if (a->buffers[0] && a->null_count) put_buffer(w, a->buffers[0], bits);
  else put_buffer(w, NULL, 0);
  if (form == IPC_BITS) put_buffer(w, a->buffers[1], bits);
  if (form == IPC_FIXED || form == IPC_VIEWS) put_buffer(w, a->buffers[1], length * (size_t)width);
  if (form == IPC_OFFSETS || form == IPC_BYTES) put_buffer(w, a->buffers[1], a->buffers[1] ? (length + 1) * (size_t)width : 0);
  if (form == IPC_BYTES) put_buffer(w, a->buffers[2], last_offset(a, width));
  if (form == IPC_VIEWS) put_views(w, a);
}

static void put_array(batch_writer *w, const struct ArrowSchema *s, const struct ArrowArray *a) {
  ipc_form form;
  int64_t width;
  w->bad = w->bad || a->offset != 0 || !ipc_form_of(s->format, &form, &width) || (!s->dictionary && a->n_children != s->n_children);
  if (w->bad) return;
  edi_buf_u64(&w->nodes, (uint64_t)a->length);
  edi_buf_u64(&w->nodes, form == IPC_NONE ? (uint64_t)a->length : (uint64_t)a->null_count);
  w->node_count++;
  put_buffers(w, a, form, width);
  for (int64_t i = 0; !s->dictionary && i < s->n_children; i++) put_array(w, s->children[i], a->children[i]);
}

static void begin_batch(batch_writer *w) {
  *w = (batch_writer){.bad = false};
  edi_buf_init(&w->nodes, NULL, (size_t)1 << 26);
  edi_buf_init(&w->buffers, NULL, (size_t)1 << 26);
  edi_buf_init(&w->variadic, NULL, (size_t)1 << 26);
  edi_buf_init(&w->body, NULL, (size_t)1 << 32);
}

/* The table of a RecordBatch, to which the 4 bytes at `place` refer. */
static void put_batch_table(edi_buf *meta, size_t place, const batch_writer *w, int64_t length) {
  flat_slot slots[] = {{8, length, 0}, {4, 0, 0}, {4, 0, 0}, {0, 0, 0}, {w->view_count ? 4 : 0, 0, 0}};
  size_t at = flat_put_table(meta, slots, 5);
  if (meta->failed == EDICT_OK) edi_put32(meta->ptr + place, (uint32_t)(at - place));
  flat_put_list(meta, slots[1].place, w->node_count, 8);
  edi_buf_append(meta, w->nodes.ptr, w->nodes.len);
  flat_put_list(meta, slots[2].place, w->buffer_count, 8);
  edi_buf_append(meta, w->buffers.ptr, w->buffers.len);
  if (!w->view_count) return;
  flat_put_list(meta, slots[4].place, w->view_count, 8);
  edi_buf_append(meta, w->variadic.ptr, w->variadic.len);
}

static bool end_batch(batch_writer *w, edi_buf *out, int64_t kind, int64_t id, int64_t length) {
  edi_buf meta;
  size_t header;
  edi_buf_init(&meta, NULL, (size_t)1 << 27);
  begin_message(&meta, kind, (int64_t)w->body.len, &header);
  if (kind == IPC_DICTIONARY_MESSAGE) {
    flat_slot slots[] = {{8, id, 0}, {4, 0, 0}};
    size_t at = flat_put_table(&meta, slots, 2);
    if (meta.failed == EDICT_OK) edi_put32(meta.ptr + header, (uint32_t)(at - header));
    header = slots[1].place;
  }
  put_batch_table(&meta, header, w, length);
  bool put = !w->bad && w->nodes.failed == EDICT_OK && w->buffers.failed == EDICT_OK && w->variadic.failed == EDICT_OK && put_message(out, &meta, &w->body);
  edi_buf_fini(&meta);
  edi_buf_fini(&w->nodes);
  edi_buf_fini(&w->buffers);
  edi_buf_fini(&w->variadic);
  edi_buf_fini(&w->body);
  return put;
}

/* In the order in which the schema numbers them, but those within a dictionary first, which it needs. */
static bool put_dictionaries(edi_buf *out, const struct ArrowSchema *s, const struct ArrowArray *a, int64_t *ids) {
  const struct ArrowSchema *values = s->dictionary ? s->dictionary : s;
  const struct ArrowArray *held = s->dictionary ? a->dictionary : a;
  int64_t id = s->dictionary ? (*ids)++ : 0;
  if (!held) return false;
  for (int64_t i = 0; i < values->n_children; i++)
    if (!put_dictionaries(out, values->children[i], held->children[i], ids)) return false;
  if (!s->dictionary) return true;
  batch_writer w;
  begin_batch(&w);
  put_array(&w, values, held);
  return end_batch(&w, out, IPC_DICTIONARY_MESSAGE, id, held->length);
}

bool ipc_put_batch(edi_buf *out, const struct ArrowSchema *schema, const struct ArrowArray *batch) {
  int64_t ids = 0;
  batch_writer w;
  for (int64_t i = 0; i < schema->n_children; i++)
    if (!put_dictionaries(out, schema->children[i], batch->children[i], &ids)) return false;
  begin_batch(&w);
  for (int64_t i = 0; i < schema->n_children; i++) put_array(&w, schema->children[i], batch->children[i]);
  return end_batch(&w, out, IPC_BATCH_MESSAGE, 0, batch->length);
}
