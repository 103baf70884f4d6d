/* Flat: see the header. A table begins with the distance back to its vtable, which says where each field is. */
#include "workbench/flat.h"

static bool lies(const flat *f, size_t at, size_t bytes) { return at <= f->length && bytes <= f->length - at; }

static size_t nothing(flat *f) {
  f->bad = true;
  return 0;
}

static flat_table table_at(flat *f, size_t at) {
  flat_table none = {0, 0, 0};
  if (at % 4 || !lies(f, at, 4)) return f->bad = true, none;
  int64_t back = (int32_t)edi_get32(f->ptr + at), vtable = (int64_t)at - back;
  if (vtable < 0 || vtable % 2 || !lies(f, (size_t)vtable, 4)) return f->bad = true, none;
  size_t bytes = edi_get16(f->ptr + vtable), inline_bytes = edi_get16(f->ptr + vtable + 2);
  if (bytes < 4 || bytes % 2 || inline_bytes < 4 || !lies(f, (size_t)vtable, bytes) || !lies(f, at, inline_bytes)) return f->bad = true, none;
  return (flat_table){at, (size_t)vtable, (bytes - 4) / 2};
}

/* Where a field is; 0: it is not there. */
static size_t field(flat *f, flat_table t, unsigned number, size_t bytes) {
  if (t.at == 0 || number >= t.fields) return 0;
  size_t offset = edi_get16(f->ptr + t.vtable + 4 + 2 * (size_t)number), inline_bytes = edi_get16(f->ptr + t.vtable + 2);
  if (offset == 0) return 0;
  if (offset < 4 || offset + bytes > inline_bytes || (t.at + offset) % bytes) return nothing(f);
  return t.at + offset;
}

/* Where the reference at `at` leads. */
static size_t follow(flat *f, size_t at) {
  size_t to;
  if (at == 0 || !edi_size_add(at, edi_get32(f->ptr + at), &to) || !lies(f, to, 4) || to == at) return at ? nothing(f) : 0;
  return to;
}

flat_table flat_root(flat *f) {
  f->bad = f->length < 8;
  size_t at = f->bad ? 0 : edi_get32(f->ptr);
  return at ? table_at(f, at) : (f->bad = true, (flat_table){0, 0, 0});
}

int64_t flat_number(flat *f, flat_table t, unsigned number, unsigned bytes, int64_t missing) {
  size_t at = field(f, t, number, bytes);
  if (at == 0) return missing;
  const unsigned char *p = f->ptr + at;
  return bytes == 1 ? (int8_t)p[0] : bytes == 2 ? (int16_t)edi_get16(p) : bytes == 4 ? (int32_t)edi_get32(p) : (int64_t)edi_get64(p);
}

flat_table flat_sub(flat *f, flat_table t, unsigned number) {
  size_t at = follow(f, field(f, t, number, 4));
  return at ? table_at(f, at) : (flat_table){0, 0, 0};
}

flat_vector flat_list(flat *f, flat_table t, unsigned number, size_t element) {
  flat_vector none = {0, 0};
  size_t at = follow(f, field(f, t, number, 4)), bytes;
  if (at == 0) return none;
  size_t count = edi_get32(f->ptr + at);
  if (at % 4 || !edi_size_mul(count, element, &bytes) || !lies(f, at + 4, bytes)) return f->bad = true, none;
  if (element == 8 || element == 16) f->bad = f->bad || (count && (at + 4) % 8);
  return (flat_vector){at + 4, count};
}

flat_table flat_at(flat *f, flat_vector v, size_t index) {
  size_t at = index < v.count ? follow(f, v.at + 4 * index) : nothing(f);
  return at ? table_at(f, at) : (flat_table){0, 0, 0};
}

edi_str flat_text(flat *f, flat_table t, unsigned number) {
  flat_vector v = flat_list(f, t, number, 1);
  return v.at ? (edi_str){(const char *)f->ptr + v.at, v.count} : (edi_str){NULL, 0};
}

/* ---- writing ---- */

static void align(edi_buf *out, size_t to) {
  while (out->failed == EDICT_OK && out->len % to) edi_buf_u8(out, 0);
}

static void put_value(edi_buf *out, const flat_slot *s) {
  uint64_t v = (uint64_t)s->value;
  for (unsigned i = 0; i < s->bytes; i++) edi_buf_u8(out, (uint8_t)(v >> 8 * i));
}

/* The widest first, so that nothing lies between them. */
size_t flat_put_table(edi_buf *out, flat_slot *slots, size_t count) {
  static const unsigned widths[] = {8, 4, 2, 1};
  size_t inline_bytes = 4, vtable_bytes = 4 + 2 * count;
  for (size_t w = 0; w < 4; w++)
    for (size_t i = 0; i < count; i++) {
      if (slots[i].bytes != widths[w]) continue;
      while (inline_bytes % widths[w]) inline_bytes++;
      slots[i].place = inline_bytes;
      inline_bytes += widths[w];
    }
  align(out, 2);
  while (out->failed == EDICT_OK && (out->len + vtable_bytes) % 8) edi_buf_u8(out, 0);
  edi_buf_u16(out, (uint16_t)vtable_bytes);
  edi_buf_u16(out, (uint16_t)inline_bytes);
  for (size_t i = 0; i < count; i++) edi_buf_u16(out, slots[i].bytes ? (uint16_t)slots[i].place : 0);
  size_t at = out->len;
  edi_buf_u32(out, (uint32_t)vtable_bytes);
  for (size_t w = 0; w < 4; w++)
    for (size_t i = 0; i < count; i++) {
      if (slots[i].bytes != widths[w]) continue;
      while (out->failed == EDICT_OK && out->len < at + slots[i].place) edi_buf_u8(out, 0);
      put_value(out, &slots[i]);
      slots[i].place += at;
    }
  return at;
}

void flat_refer(edi_buf *out, size_t place) {
  if (out->failed == EDICT_OK && place + 4 <= out->len) edi_put32(out->ptr + place, (uint32_t)(out->len - place));
}

void flat_put_text(edi_buf *out, size_t place, const char *text) {
  size_t length = strlen(text);
  align(out, 4);
  flat_refer(out, place);
  edi_buf_u32(out, (uint32_t)length);
  edi_buf_append(out, text, length + 1);
}

void flat_put_list(edi_buf *out, size_t place, size_t count, size_t alignment) {
  align(out, 4);
  while (out->failed == EDICT_OK && (out->len + 4) % alignment) edi_buf_u8(out, 0);
  flat_refer(out, place);
  edi_buf_u32(out, (uint32_t)count);
}
