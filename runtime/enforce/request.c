/* Request: what a host asks, as bytes: what an answer that stands is found again by, and what the log keeps.
 *
 * In: a request, or a question that was read from one. Out: its bytes in the form of docs/log-records.md, without
 * the seed, which is new with each request and is added where the log asks. Equal bytes, equal requests. */
#include "enforce/host.h"

/* ---- pointers that cannot be meant; what they point to is checked when it is read ---- */

bool edi_attribute_malformed(const edict_attribute *a) {
  if ((a->name.len && !a->name.ptr) || (a->count && !a->values)) return true;
  for (size_t v = 0; v < a->count; v++)
    if (a->values[v].len && !a->values[v].ptr) return true;
  return false;
}

static bool malformed_attributes(const edict_attribute *items, size_t count) {
  if (count && !items) return true;
  for (size_t i = 0; i < count; i++)
    if (edi_attribute_malformed(&items[i])) return true;
  return false;
}

bool edi_resource_malformed(const edict_resource *r) {
  return (r->kind.len && !r->kind.ptr) || malformed_attributes(r->attributes, r->attribute_count);
}

bool edi_request_malformed(const edict_request *r) {
  if (r->size != sizeof *r) return true;
  if ((r->column_count && !r->columns) || (r->action.len && !r->action.ptr)) return true;
  if (malformed_attributes(r->context, r->context_count)) return true;
  if (!r->resource) return false;
  return r->dataset || r->column_count || edi_resource_malformed(r->resource);
}

/* ---- writing ---- */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they stand in memory");

/* `at` stays where what came next did not fit; then `full`. */
typedef struct writer { char *at, *end; bool full; } writer;

static inline bool has_room(writer *w, size_t length) {
  if (length <= (size_t)(w->end - w->at)) return true;
  w->full = true;
  return false;
}

/* A length and bytes, in one step. */
static inline void put_text(writer *w, edict_text t) {
  uint32_t length = (uint32_t)t.len;
  if (t.len > EDI_REQUEST_COPY || !has_room(w, sizeof length + t.len)) {
    w->full = true;
    return;
  }
  memcpy(w->at, &length, sizeof length);
  if (length) memcpy(w->at + sizeof length, t.ptr, length);
  w->at += sizeof length + length;
}

static inline void put_number(writer *w, size_t v) {
  uint32_t number = (uint32_t)v;
  if (!has_room(w, sizeof number)) return;
  memcpy(w->at, &number, sizeof number);
  w->at += sizeof number;
}

static void put_attribute(writer *w, const edict_attribute *a) {
  put_text(w, a->name);
  put_number(w, a->count);
  for (size_t v = 0; v < a->count && !w->full; v++) put_text(w, a->values[v]);
}

static void put_attributes(writer *w, const edict_attribute *items, size_t count) {
  put_number(w, count);
  for (size_t i = 0; i < count && !w->full; i++) put_attribute(w, &items[i]);
}

static void put_columns(writer *w, const uint32_t *columns, size_t count) {
  put_number(w, count);
  if (count > EDI_REQUEST_COPY || !has_room(w, count * sizeof *columns)) {
    w->full = true;
    return;
  }
  if (count) memcpy(w->at, columns, count * sizeof *columns);
  w->at += count * sizeof *columns;
}

static void put_resource(writer *w, const edict_resource *r) {
  put_text(w, r->kind);
  put_attributes(w, r->attributes, r->attribute_count);
}

size_t edi_request_write(const edict_request *r, char *out, size_t size, size_t *flags) {
  writer w = {out, out + size, false};
  put_number(&w, r->dataset);
  put_columns(&w, r->columns, r->column_count);
  put_text(&w, r->action);
  put_attributes(&w, r->context, r->context_count);
  *flags = (size_t)(w.at - out);
  if (has_room(&w, 1)) *w.at++ = r->resource ? EDI_REQUEST_RESOURCE : 0;
  if (r->resource) put_resource(&w, r->resource);
  return w.full ? 0 : (size_t)(w.at - out);
}

size_t edi_resource_write(const edict_resource *r, char *out, size_t size) {
  writer w = {out, out + size, false};
  put_resource(&w, r);
  return w.full ? 0 : (size_t)(w.at - out);
}

/* ---- a print ---- */

static inline uint64_t load(const char *bytes) {
  uint64_t v;
  memcpy(&v, bytes, sizeof v);
  return v;
}

static inline uint64_t mixed(uint64_t print, uint64_t word) {
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)(print ^ word) * UINT64_C(0x9E3779B97F4A7C15);
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time; the last ones overlap those before. */
uint64_t edi_request_print(const char *bytes, size_t length) {
  uint64_t print = mixed(UINT64_C(0xff51afd7ed558ccd), length);
  size_t at = 0;
  if (length < 8) {
    char rest[8] = {0};
    memcpy(rest, bytes, length);
    return mixed(print, load(rest));
  }
  for (; at + 8 < length; at += 8) print = mixed(print, load(bytes + at));
  return mixed(print, load(bytes + length - 8));
}

uint64_t edi_request_print_of(uint64_t print, const edict_session *session, const edict_entity *entity) {
  return mixed(print ^ (uint64_t)(uintptr_t)entity, (uint64_t)(uintptr_t)session);
}
