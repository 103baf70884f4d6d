/* Arrow out: see the header. */
#include "enforce/arrow_out.h"

#include "base/calendar.h"
#include "base/decimal.h"
#include "eval/lanes.h"

enum { ALIGNMENT = 64 };

/* Everything of one array but what its children and dictionary own. */
typedef struct owned {
  size_t size;
  edi_arrow_piece pieces[EDI_ARROW_PIECES];
  const void *buffers[EDI_ARROW_PIECES];
  struct ArrowArray *places[]; /* of the children and the dictionary, whose structs stand behind them */
} owned;

static owned *owned_of(const struct ArrowArray *a) { return a->private_data; }

edi_arrow_piece *edi_arrow_piece_of(const struct ArrowArray *array, unsigned which) { return &owned_of(array)->pieces[which]; }

/* ---- memory ---- */

static void *take(edi_arrow_purse *p, size_t size) {
  void *block = size <= p->left ? edi_allocator_default.resize(edi_allocator_default.context, NULL, 0, size) : NULL;
  if (!block) p->failed = size <= p->left ? EDICT_MEMORY : EDICT_LIMIT;
  else p->left -= size;
  return block;
}

static void give(void *block, size_t size) { edi_allocator_default.resize(edi_allocator_default.context, block, size, 0); }

/* In front of the aligned bytes stands where the block begins. */
static unsigned char *take_aligned(edi_arrow_purse *p, size_t size) {
  unsigned char *block = take(p, size + ALIGNMENT + sizeof(void *));
  if (!block) return NULL;
  unsigned char *at = block + sizeof(void *);
  at += (ALIGNMENT - (uintptr_t)at % ALIGNMENT) % ALIGNMENT;
  memcpy(at - sizeof(void *), &block, sizeof block);
  memset(at, 0, size);
  return at;
}

static void give_aligned(edi_arrow_piece *piece) {
  if (!piece->ptr) return;
  void *block;
  memcpy(&block, piece->ptr - sizeof(void *), sizeof block);
  give(block, piece->cap + ALIGNMENT + sizeof(void *));
  piece->ptr = NULL;
}

static bool piece_sized(edi_arrow_purse *p, edi_arrow_piece *piece, size_t len) {
  if (len > SIZE_MAX / 2) {
    p->failed = EDICT_LIMIT;
    return false;
  }
  size_t cap = (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  piece->ptr = take_aligned(p, cap ? cap : ALIGNMENT);
  piece->cap = cap ? cap : ALIGNMENT;
  piece->len = len;
  return piece->ptr != NULL;
}

bool edi_arrow_room(edi_arrow_purse *purse, edi_arrow_piece *piece, size_t more) {
  edi_arrow_piece grown;
  if (piece->ptr && more <= piece->cap - piece->len) return true;
  if (more > SIZE_MAX / 4 || piece->len > SIZE_MAX / 4) {
    purse->failed = EDICT_LIMIT;
    return false;
  }
  size_t wanted = piece->len + more, twice = piece->cap * 2, beside = 2 * ALIGNMENT + sizeof(void *);
  size_t left = purse->left > beside ? purse->left - beside : 0; /* all that is left, where twice as much is not */
  if (twice > left && wanted <= left) twice = left;
  if (!piece_sized(purse, &grown, wanted > twice ? wanted : twice)) return false;
  if (piece->len) memcpy(grown.ptr, piece->ptr, piece->len);
  grown.len = piece->len;
  purse->left += piece->ptr ? piece->cap + ALIGNMENT + sizeof(void *) : 0;
  give_aligned(piece);
  *piece = grown;
  return true;
}

/* ---- arrays ---- */

static void release(struct ArrowArray *a) {
  owned *o = owned_of(a);
  for (int64_t i = 0; i < a->n_children; i++)
    if (a->children[i]->release) a->children[i]->release(a->children[i]);
  if (a->dictionary && a->dictionary->release) a->dictionary->release(a->dictionary);
  for (size_t i = 0; i < EDI_ARROW_PIECES; i++) give_aligned(&o->pieces[i]);
  give(o, o->size);
  a->release = NULL;
}

static bool has_offsets(const edi_arrow_type *t) {
  return t->form == EDI_ARROW_BYTES || t->form == EDI_ARROW_LIST || t->form == EDI_ARROW_MAP;
}

static bool begin_pieces(edi_arrow_purse *p, const edi_arrow_type *t, int64_t length, owned *o) {
  size_t count = (size_t)length, bits = (count + 7) / 8, bytes = 0;
  if (t->form == EDI_ARROW_NOTHING) return true;
  if (t->form == EDI_ARROW_BITS) bytes = bits;
  else if (t->width && (t->form == EDI_ARROW_FIXED || t->form == EDI_ARROW_VIEWS || has_offsets(t)) &&
           !edi_size_mul(count + has_offsets(t), t->width, &bytes)) {
    p->failed = EDICT_LIMIT;
    return false;
  }
  bool values = t->form != EDI_ARROW_STRUCT && t->form != EDI_ARROW_FIXED_LIST;
  return piece_sized(p, &o->pieces[EDI_ARROW_VALID], bits) && (!values || piece_sized(p, &o->pieces[EDI_ARROW_VALUES], bytes));
}

edict_status edi_arrow_begin(edi_arrow_purse *purse, const edi_arrow_type *t, int64_t length, struct ArrowArray *a) {
  size_t structs = t->child_count + (t->dictionary != NULL);
  size_t size = sizeof(owned) + structs * (sizeof(struct ArrowArray *) + sizeof(struct ArrowArray));
  *a = (struct ArrowArray){0};
  owned *o = take(purse, size);
  if (!o) return purse->failed;
  memset(o, 0, size);
  o->size = size;
  struct ArrowArray *parts = (struct ArrowArray *)(void *)(o->places + structs);
  for (size_t i = 0; i < structs; i++) o->places[i] = &parts[i];
  *a = (struct ArrowArray){.length = length, .n_children = (int64_t)t->child_count, .children = t->child_count ? o->places : NULL,
                           .buffers = o->buffers, .release = release, .private_data = o};
  if (t->dictionary) a->dictionary = o->places[t->child_count];
  if (begin_pieces(purse, t, length, o)) return EDICT_OK;
  release(a);
  return purse->failed;
}

static int64_t count_nulls(const edi_arrow_type *t, const struct ArrowArray *a) {
  if (t->form == EDI_ARROW_NOTHING) return a->length;
  const unsigned char *bits = edi_arrow_piece_of(a, EDI_ARROW_VALID)->ptr;
  int64_t valid = 0;
  for (size_t i = 0; i < (size_t)(a->length + 7) / 8; i += 8) valid += __builtin_popcountll(edi_get64(bits + i)); /* zeros fill the last ones */
  return a->length - valid;
}

/* Views into no bytes at all have no buffer of them, and no size of one. */
static bool end_views(edi_arrow_purse *p, struct ArrowArray *a, owned *o) {
  const edi_arrow_piece *text = &o->pieces[EDI_ARROW_TEXT];
  a->n_buffers = text->len ? 4 : 3;
  if (!piece_sized(p, &o->pieces[EDI_ARROW_SIZES], text->len ? 8 : 0)) return false;
  if (text->len) edi_put64(o->pieces[EDI_ARROW_SIZES].ptr, text->len);
  o->buffers[2] = text->len ? text->ptr : o->pieces[EDI_ARROW_SIZES].ptr;
  o->buffers[3] = o->pieces[EDI_ARROW_SIZES].ptr;
  return true;
}

edict_status edi_arrow_end(edi_arrow_purse *purse, const edi_arrow_type *t, struct ArrowArray *a) {
  owned *o = owned_of(a);
  a->null_count = count_nulls(t, a);
  if (t->form == EDI_ARROW_NOTHING) return EDICT_OK;
  a->n_buffers = t->form == EDI_ARROW_STRUCT || t->form == EDI_ARROW_FIXED_LIST ? 1 : 2;
  if (a->null_count == 0) give_aligned(&o->pieces[EDI_ARROW_VALID]);
  o->buffers[0] = o->pieces[EDI_ARROW_VALID].ptr;
  o->buffers[1] = o->pieces[EDI_ARROW_VALUES].ptr;
  edi_arrow_piece *text = &o->pieces[EDI_ARROW_TEXT];
  if (text->ptr) memset(text->ptr + text->len, 0, text->cap - text->len); /* whatever masks wrote there */
  if (t->form == EDI_ARROW_VIEWS) return end_views(purse, a, o) ? EDICT_OK : purse->failed;
  if (t->form != EDI_ARROW_BYTES) return EDICT_OK;
  if (!text->ptr && !piece_sized(purse, text, 0)) return purse->failed;
  a->n_buffers = 3;
  o->buffers[2] = text->ptr;
  return EDICT_OK;
}

/* ---- values ---- */

void edi_arrow_put_end(const edi_arrow_type *t, struct ArrowArray *a, int64_t at, int64_t end) {
  if (!has_offsets(t)) return;
  unsigned char *p = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)(at + 1) * t->width;
  if (t->width == 8) edi_put64(p, (uint64_t)end);
  else edi_put32(p, (uint32_t)end);
}

int64_t edi_arrow_end_at(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  const unsigned char *p = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)(at + 1) * t->width;
  return t->width == 8 ? (int64_t)edi_get64(p) : (int32_t)edi_get32(p);
}

void edi_arrow_shorten(const edi_arrow_type *t, struct ArrowArray *a, int64_t length) {
  owned *o = owned_of(a);
  size_t count = (size_t)length, bits = (count + 7) / 8;
  a->length = length;
  if (t->form == EDI_ARROW_NOTHING) return;
  o->pieces[EDI_ARROW_VALID].len = bits;
  o->pieces[EDI_ARROW_VALUES].len = t->form == EDI_ARROW_BITS ? bits : (count + has_offsets(t)) * t->width;
}

/* What the text piece may hold so that an offset can say it. */
static bool fits_offsets(edi_arrow_purse *p, const edi_arrow_type *t, size_t end) {
  bool fits = end <= INT32_MAX || (t->form == EDI_ARROW_BYTES && t->width == 8);
  if (!fits) p->failed = EDICT_LIMIT;
  return fits;
}

static void put_view(struct ArrowArray *a, int64_t at, const char *bytes, size_t length, size_t offset) {
  unsigned char *view = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + at * 16;
  edi_put32(view, (uint32_t)length);
  if (length) memcpy(view + 4, bytes, length <= 12 ? length : 4);
  if (length > 12) edi_put32(view + 12, (uint32_t)offset); /* of buffer 0 */
}

bool edi_arrow_put_bytes(edi_arrow_purse *purse, const edi_arrow_type *t, struct ArrowArray *a, int64_t at, const char *bytes, size_t length) {
  edi_arrow_piece *text = edi_arrow_piece_of(a, EDI_ARROW_TEXT);
  bool inside = text->ptr && (const unsigned char *)bytes == text->ptr + text->len && length <= text->cap - text->len; /* a mask made it there */
  bool kept = t->form == EDI_ARROW_BYTES || length > 12;
  if (kept && length && (!fits_offsets(purse, t, text->len + length) || (!inside && !edi_arrow_room(purse, text, length)))) return false;
  if (t->form == EDI_ARROW_VIEWS) put_view(a, at, bytes, length, text->len);
  if (kept && length && !inside) memmove(text->ptr + text->len, bytes, length);
  if (kept) text->len += length;
  edi_arrow_put_end(t, a, at, (int64_t)text->len);
  edi_arrow_set_valid(a, at);
  return true;
}

static bool put_number(const edi_arrow_type *t, struct ArrowArray *a, int64_t at, int64_t v) {
  unsigned char *p = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)at * t->width;
  int64_t least = 0, most = INT64_MAX;
  switch ((int)t->layout) {
    case EDICT_LAYOUT_INT8: least = INT8_MIN, most = INT8_MAX; break;
    case EDICT_LAYOUT_INT16: least = INT16_MIN, most = INT16_MAX; break;
    case EDICT_LAYOUT_INT32:
    case EDICT_LAYOUT_CLOCK_S:
    case EDICT_LAYOUT_CLOCK_MS:
    case EDICT_LAYOUT_DATE32: least = INT32_MIN, most = INT32_MAX; break;
    case EDICT_LAYOUT_UINT8: most = UINT8_MAX; break;
    case EDICT_LAYOUT_UINT16: most = UINT16_MAX; break;
    case EDICT_LAYOUT_UINT32: most = UINT32_MAX; break;
    case EDICT_LAYOUT_UINT64: break;
    default: least = INT64_MIN; break;
  }
  if (v < least || v > most) return false;
  if (t->width == 1) *p = (unsigned char)v;
  else if (t->width == 2) edi_put16(p, (uint16_t)v);
  else if (t->width == 4) edi_put32(p, (uint32_t)v);
  else edi_put64(p, (uint64_t)v);
  edi_arrow_set_valid(a, at);
  return true;
}

static bool put_moment(const edi_arrow_type *t, struct ArrowArray *a, int64_t at, int64_t micros) {
  int64_t v;
  switch ((int)t->layout) {
    case EDICT_LAYOUT_CLOCK_S:
    case EDICT_LAYOUT_TIME_S: return micros % 1000000 == 0 && put_number(t, a, at, micros / 1000000);
    case EDICT_LAYOUT_CLOCK_MS:
    case EDICT_LAYOUT_TIME_MS: return micros % 1000 == 0 && put_number(t, a, at, micros / 1000);
    case EDICT_LAYOUT_CLOCK_NS:
    case EDICT_LAYOUT_TIME_NS:
      if (micros == EDI_DATE_MAX * EDI_DAY_MICROS) micros = INT64_C(9214560000000000); /* 2261-12-31, as Iceberg has it */
      return !__builtin_mul_overflow(micros, INT64_C(1000), &v) && put_number(t, a, at, v);
    default: return put_number(t, a, at, micros);
  }
}

/* A decimal at the type's scale, exactly, with no more digits than its precision. */
static bool put_decimal(const edi_arrow_type *t, struct ArrowArray *a, int64_t at, edi_decimal d) {
  __extension__ typedef __int128 wide;
  unsigned char *p = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)at * t->width;
  wide v = d.mantissa, limit = 1;
  for (int32_t i = 0; i < t->precision && i < 38; i++) limit *= 10;
  for (int32_t scale = d.scale; scale < t->scale && v != 0; scale++)
    if (__builtin_mul_overflow(v, (wide)10, &v)) return false;
  for (int32_t scale = d.scale; scale > t->scale && v != 0; scale--, v /= 10)
    if (v % 10 != 0) return false;
  if (v <= -limit || v >= limit) return false;
  uint64_t parts[4] = {(uint64_t)v, (uint64_t)(v >> 64), v < 0 ? UINT64_MAX : 0, v < 0 ? UINT64_MAX : 0};
  for (size_t i = 0; i < t->width / 4; i++) edi_put32(p + i * 4, (uint32_t)(parts[i / 2] >> (i % 2 * 32)));
  edi_arrow_set_valid(a, at);
  return true;
}

static bool put_real(const edi_arrow_type *t, struct ArrowArray *a, int64_t at, const edict_cell *cell) {
  uint64_t bits;
  unsigned char *p = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)at * t->width;
  edi_decimal d;
  if (cell->type == EDICT_CELL_REAL) bits = edi_binary_of(cell->real, (unsigned)t->width);
  else if (!edi_decimal_make(cell->integer, cell->scale, &d) || !edi_decimal_binary(d, (unsigned)t->width, &bits)) return false;
  if (t->width == 2) edi_put16(p, (uint16_t)bits);
  else if (t->width == 4) edi_put32(p, (uint32_t)bits);
  else edi_put64(p, bits);
  edi_arrow_set_valid(a, at);
  return true;
}

/* What is no text in a column of texts is written in the one form that the language has for it. */
static bool put_written(edi_arrow_purse *purse, const edi_arrow_type *t, struct ArrowArray *a, int64_t at, const edict_cell *c) {
  char storage[48];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  edi_decimal d;
  if (c->type == EDICT_CELL_REAL && !edi_decimal_from_double(c->real, &d)) return false;
  if (c->type == EDICT_CELL_DATE) edi_date_format(&buf, c->integer);
  else if (c->type == EDICT_CELL_TIMESTAMP) edi_timestamp_format(&buf, c->integer);
  else if (c->type == EDICT_CELL_DECIMAL || c->type == EDICT_CELL_INT) edi_decimal_format(&buf, (edi_decimal){c->integer, (uint8_t)c->scale});
  else if (c->type == EDICT_CELL_REAL) edi_decimal_format(&buf, d);
  else if (c->type == EDICT_CELL_TIME) edi_clock_format(&buf, c->integer);
  else if (c->type == EDICT_CELL_BOOL) edi_buf_text(&buf, c->integer ? "true" : "false");
  else return false;
  return edi_arrow_put_bytes(purse, t, a, at, buf.ptr, buf.len);
}

static bool put_bit(struct ArrowArray *a, int64_t at, bool bit) {
  if (bit) edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr[at / 8] |= (unsigned char)(1u << at % 8);
  edi_arrow_set_valid(a, at);
  return true;
}

bool edi_arrow_put(edi_arrow_purse *purse, const edi_arrow_type *t, struct ArrowArray *a, int64_t at, const edict_cell *c) {
  bool whole = c->type == EDICT_CELL_INT || c->type == EDICT_CELL_BOOL;
  switch (t->layout) {
    case EDICT_LAYOUT_NULL: return false;
    case EDICT_LAYOUT_BOOL: return whole && (c->integer == 0 || c->integer == 1) && put_bit(a, at, c->integer);
    case EDICT_LAYOUT_INT8:
    case EDICT_LAYOUT_INT16:
    case EDICT_LAYOUT_INT32:
    case EDICT_LAYOUT_INT64:
    case EDICT_LAYOUT_UINT8:
    case EDICT_LAYOUT_UINT16:
    case EDICT_LAYOUT_UINT32:
    case EDICT_LAYOUT_UINT64: return (whole || (c->type == EDICT_CELL_DECIMAL && c->scale == 0)) && put_number(t, a, at, c->integer);
    case EDICT_LAYOUT_REAL16:
    case EDICT_LAYOUT_REAL32:
    case EDICT_LAYOUT_REAL64:
      return (c->type == EDICT_CELL_REAL || c->type == EDICT_CELL_INT || c->type == EDICT_CELL_DECIMAL) && put_real(t, a, at, c);
    case EDICT_LAYOUT_DECIMAL32:
    case EDICT_LAYOUT_DECIMAL64:
    case EDICT_LAYOUT_DECIMAL128:
    case EDICT_LAYOUT_DECIMAL256:
      return (c->type == EDICT_CELL_DECIMAL || c->type == EDICT_CELL_INT) && put_decimal(t, a, at, (edi_decimal){c->integer, (uint8_t)c->scale});
    case EDICT_LAYOUT_TEXT32:
    case EDICT_LAYOUT_TEXT64:
    case EDICT_LAYOUT_TEXT_VIEW:
      return c->type == EDICT_CELL_TEXT ? edi_arrow_put_bytes(purse, t, a, at, c->ptr, c->len) : put_written(purse, t, a, at, c);
    case EDICT_LAYOUT_BLOB32:
    case EDICT_LAYOUT_BLOB64:
    case EDICT_LAYOUT_BLOB_VIEW: return c->type == EDICT_CELL_BLOB && edi_arrow_put_bytes(purse, t, a, at, c->ptr, c->len);
    case EDICT_LAYOUT_BLOB_FIXED:
      if (c->type != EDICT_CELL_BLOB || (c->len != t->width && c->len != 0)) return false; /* no bytes: all zeros */
      if (c->len) memcpy(edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)at * t->width, c->ptr, t->width);
      edi_arrow_set_valid(a, at);
      return true;
    case EDICT_LAYOUT_DATE32: return c->type == EDICT_CELL_DATE && put_number(t, a, at, c->integer);
    case EDICT_LAYOUT_DATE64:
      return c->type == EDICT_CELL_DATE && c->integer > INT64_MIN / 86400000 && c->integer < INT64_MAX / 86400000 &&
             put_number(t, a, at, c->integer * 86400000);
    case EDICT_LAYOUT_TIME_S:
    case EDICT_LAYOUT_TIME_MS:
    case EDICT_LAYOUT_TIME_US:
    case EDICT_LAYOUT_TIME_NS: return c->type == EDICT_CELL_TIMESTAMP && put_moment(t, a, at, c->integer);
    case EDICT_LAYOUT_CLOCK_S:
    case EDICT_LAYOUT_CLOCK_MS:
    case EDICT_LAYOUT_CLOCK_US:
    case EDICT_LAYOUT_CLOCK_NS: return c->type == EDICT_CELL_TIME && c->integer >= 0 && c->integer <= EDI_CLOCK_MOST && put_moment(t, a, at, c->integer);
  }
  return false;
}

/* ---- many values ---- */

void edi_arrow_set_all_valid(const struct ArrowArray *a, int64_t at, size_t count) {
  unsigned char *bits = edi_arrow_piece_of(a, EDI_ARROW_VALID)->ptr;
  size_t from = (size_t)at, end = from + count;
  for (; from < end && from % 8; from++) bits[from / 8] |= (unsigned char)(1u << from % 8);
  if (end > from) memset(bits + from / 8, 0xFF, (end - from) / 8);
  for (from += (end - from) / 8 * 8; from < end; from++) bits[from / 8] |= (unsigned char)(1u << from % 8);
}

/* The type of the cells that lie in the layout as they are: NULL for none. */
static edict_cell_type lies_in(edict_layout layout) {
  switch ((int)layout) {
    case EDICT_LAYOUT_INT64: return EDICT_CELL_INT;
    case EDICT_LAYOUT_DATE32: return EDICT_CELL_DATE;
    case EDICT_LAYOUT_TIME_US: return EDICT_CELL_TIMESTAMP;
    case EDICT_LAYOUT_TEXT32:
    case EDICT_LAYOUT_TEXT64: return EDICT_CELL_TEXT;
    case EDICT_LAYOUT_BLOB32:
    case EDICT_LAYOUT_BLOB64: return EDICT_CELL_BLOB;
    default: return EDICT_CELL_NULL;
  }
}

/* Whether each is of the type or NULL; how many are there. */
static bool all_are(const edict_cell *cells, size_t count, edict_cell_type type, size_t *there) {
  size_t nulls = 0, others = 0;
  for (size_t i = 0; i < count; i++) {
    nulls += cells[i].type == EDICT_CELL_NULL;
    others += cells[i].type != type && cells[i].type != EDICT_CELL_NULL;
  }
  *there = count - nulls;
  return others == 0;
}

static void set_valid(struct ArrowArray *a, int64_t at, const edict_cell *cells, size_t count, size_t there) {
  if (there == count) edi_arrow_set_all_valid(a, at, count);
  for (size_t i = 0; i < count && there < count; i++)
    if (cells[i].type != EDICT_CELL_NULL) edi_arrow_set_valid(a, at + (int64_t)i);
}

static void put_numbers(const edi_arrow_type *t, struct ArrowArray *a, int64_t at, const edict_cell *cells, size_t count) {
  unsigned char *to = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)at * t->width;
  for (size_t i = 0; i < count && t->width == 8; i++) edi_put64(to + i * 8, cells[i].type == EDICT_CELL_NULL ? 0 : (uint64_t)cells[i].integer);
  for (size_t i = 0; i < count && t->width == 4; i++) edi_put32(to + i * 4, cells[i].type == EDICT_CELL_NULL ? 0 : (uint32_t)cells[i].integer);
}

edict_cell_type edi_arrow_numbers_of(edict_layout layout) {
  edict_cell_type type = layout == EDICT_LAYOUT_INT32 ? EDICT_CELL_INT : lies_in(layout);
  return type == EDICT_CELL_INT || type == EDICT_CELL_DATE || type == EDICT_CELL_TIMESTAMP ? type : EDICT_CELL_NULL;
}

/* Bits of the words, the first of which is of value `at`; zeros behind the last. */
static void set_valid_bits(struct ArrowArray *a, int64_t at, const uint64_t *valid, size_t count) {
  unsigned char *bits = edi_arrow_piece_of(a, EDI_ARROW_VALID)->ptr + at / 8;
  unsigned shift = (unsigned)(at % 8);
  size_t there = 0;
  for (size_t w = 0; w < edi_words(count); w++) there += (size_t)__builtin_popcountll(valid[w]);
  if (there == count) {
    edi_arrow_set_all_valid(a, at, count);
    return;
  }
  for (size_t i = 0; i < count; i += 8) {
    unsigned byte = (unsigned)(valid[i / 64] >> i % 64 & 0xFF) << shift;
    bits[i / 8] |= (unsigned char)byte;
    if (byte >> 8) bits[i / 8 + 1] |= (unsigned char)(byte >> 8);
  }
}

/* False: one has more than 32 bits. Four at a time, as far as that goes. */
static bool put_narrow(unsigned char *to, const int64_t *numbers, size_t count) {
  typedef int32_t narrow __attribute__((vector_size(16)));
  typedef int64_t wide __attribute__((vector_size(32)));
  wide all, far = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + 4 <= count && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__; i += 4) {
    memcpy(&all, numbers + i, sizeof all);
    narrow four = __builtin_convertvector(all, narrow);
    far |= all ^ __builtin_convertvector(four, wide);
    memcpy(to + i * 4, &four, sizeof four);
  }
  for (; i < count; i++) {
    far[0] |= numbers[i] ^ (int32_t)numbers[i];
    edi_put32(to + i * 4, (uint32_t)numbers[i]);
  }
  return (far[0] | far[1] | far[2] | far[3]) == 0;
}

int64_t *edi_arrow_numbers_at(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  bool lie = t->width == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
  return lie ? (int64_t *)(void *)(edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)at * 8) : NULL;
}

bool edi_arrow_put_numbers(const edi_arrow_type *t, struct ArrowArray *a, int64_t at, const int64_t *numbers, const uint64_t *valid, size_t count) {
  unsigned char *to = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)at * t->width;
  for (size_t i = 0; i < count && t->width == 8 && (const unsigned char *)numbers != to; i++) edi_put64(to + i * 8, (uint64_t)numbers[i]);
  if (t->width == 4 && !put_narrow(to, numbers, count)) {
    memset(to, 0, count * 4);
    return false;
  }
  set_valid_bits(a, at, valid, count);
  return true;
}

static bool put_texts(edi_arrow_purse *p, const edi_arrow_type *t, struct ArrowArray *a, int64_t at, const edict_cell *cells, size_t count) {
  edi_arrow_piece *text = edi_arrow_piece_of(a, EDI_ARROW_TEXT);
  size_t all = 0;
  for (size_t i = 0; i < count; i++)
    if (cells[i].type != EDICT_CELL_NULL && !edi_size_add(all, cells[i].len, &all)) all = SIZE_MAX / 2;
  if (!edi_arrow_room(p, text, all) || !fits_offsets(p, t, text->len + all)) return false;
  unsigned char *to = text->ptr + text->len, *ends = edi_arrow_piece_of(a, EDI_ARROW_VALUES)->ptr + (size_t)(at + 1) * t->width;
  for (size_t i = 0; i < count; i++) {
    size_t length = cells[i].type == EDICT_CELL_NULL ? 0 : cells[i].len;
    if (length) memcpy(to, cells[i].ptr, length);
    to += length;
    if (t->width == 8) edi_put64(ends + i * 8, (uint64_t)(to - text->ptr));
    else edi_put32(ends + i * 4, (uint32_t)(to - text->ptr));
  }
  text->len += all;
  return true;
}

bool edi_arrow_put_many(edi_arrow_purse *p, const edi_arrow_type *t, struct ArrowArray *a, int64_t at, const edict_cell *cells, size_t count, bool *done) {
  edict_cell_type type = lies_in(t->layout);
  size_t there, far = 0;
  *done = type != EDICT_CELL_NULL && all_are(cells, count, type, &there);
  for (size_t i = 0; *done && type == EDICT_CELL_DATE && i < count; i++) far += cells[i].type == type && cells[i].integer != (int32_t)cells[i].integer;
  if (!*done || far) {
    *done = false;
    return true;
  }
  if (t->form == EDI_ARROW_BYTES && !put_texts(p, t, a, at, cells, count)) return false;
  if (t->form == EDI_ARROW_FIXED) put_numbers(t, a, at, cells, count);
  set_valid(a, at, cells, count, there);
  return true;
}
