/* Arrows: see the header. */
#include "support/arrows.h"

#include <stdio.h>
#include <stdlib.h>

#define PICK(r, list) ((list)[random_below((r), sizeof(list) / sizeof *(list))])

/* ---- shapes ---- */

static char *word(const char **at, const char *ends, edi_arena *arena) {
  size_t length = strcspn(*at, ends);
  char *text = edi_arena_copy(arena, *at, length);
  if (!text) abort();
  *at += length;
  return text;
}

static bool read_shape(const char **at, unsigned depth, edi_arena *arena, arrow_shape *s) {
  *s = (arrow_shape){0};
  s->name = word(at, "|;{}=\n", arena);
  if (**at != '|' || depth > 200) return false;
  ++*at;
  s->format = word(at, "|;{}=\n", arena);
  if (**at == '=') {
    ++*at;
    s->dictionary = EDI_NEW(arena, arrow_shape);
    if (!s->dictionary) abort();
    if (!read_shape(at, depth + 1, arena, s->dictionary)) return false;
  }
  if (**at != '{') return true;
  ++*at;
  void *items = NULL;
  size_t capacity = 0;
  while (**at != '}') {
    if (!edi_arena_grow(arena, &items, &capacity, s->child_count, sizeof *s)) abort();
    s->children = items;
    if (!read_shape(at, depth + 1, arena, &s->children[s->child_count++])) return false;
    if (**at == ';') ++*at;
    else if (**at != '}') return false;
  }
  ++*at;
  return true;
}

bool arrow_shape_read(const char *text, edi_arena *arena, arrow_shape *shape) {
  const char *at = text;
  return read_shape(&at, 0, arena, shape) && (*at == '\0' || *at == '\n');
}

static void released_schema(struct ArrowSchema *s) { s->release = NULL; }

void arrow_schema_of(const arrow_shape *shape, edi_arena *arena, struct ArrowSchema *schema) {
  *schema = (struct ArrowSchema){.format = shape->format, .name = shape->name, .flags = ARROW_FLAG_NULLABLE, .n_children = (int64_t)shape->child_count,
                                 .release = released_schema};
  struct ArrowSchema *parts = EDI_NEW_ARRAY(arena, struct ArrowSchema, shape->child_count + 1);
  schema->children = EDI_NEW_ARRAY(arena, struct ArrowSchema *, shape->child_count + 1);
  if (!parts || !schema->children) abort();
  for (size_t i = 0; i < shape->child_count; i++) arrow_schema_of(&shape->children[i], arena, schema->children[i] = &parts[i]);
  if (!shape->dictionary) return;
  schema->dictionary = &parts[shape->child_count];
  arrow_schema_of(shape->dictionary, arena, schema->dictionary);
}

/* ---- random arrays ---- */

static const char *const texts[] = {"ann@example.org", "bob.smith@mail.example", "", "de", "fr", "12345", "4111-1111-1111-4444", "Zo\xc3\xab", "10.1.2.3", "94110",
                                    "2024-02-29", "2024-02-29T12:30:00Z", "12.50", "-3", "a text that is longer than twelve bytes", "exactly 12 b", "thirteen byte"};
static const char *const bad_texts[] = {"\xff", "ab\xc3", "\xed\xa0\x80", "a\xf8longer text that is damaged\x88"};
static const int64_t integers[] = {0, 1, 2, 7, 42, 49, 100, 127, -1, -3, -128, 255, 32767, 999999999, 2147483647};

static void released_array(struct ArrowArray *a) { a->release = NULL; }

static unsigned char *block(edi_arena *arena, size_t size) {
  unsigned char *p = edi_arena_alloc(arena, size + 8);
  if (!p) abort();
  memset(p, 0xA5, size + 8); /* what nobody wrote is not zero */
  return p;
}

static int64_t random_number(const arrow_values *v, const edi_arrow_type *t) {
  int64_t day = 19700 + (int64_t)random_below(v->source, 1200), micros = day * 86400000000 + (int64_t)random_below(v->source, 86400) * 1000000;
  bool odd = v->damaged && random_below(v->source, 8) == 0;
  switch ((int)t->layout) {
    case EDICT_LAYOUT_DATE32: return odd ? INT32_MAX : day;
    case EDICT_LAYOUT_DATE64: return day * 86400000 + odd;
    case EDICT_LAYOUT_TIME_S: return odd ? INT64_MAX : micros / 1000000;
    case EDICT_LAYOUT_TIME_MS: return odd ? INT64_MIN : micros / 1000 + (int64_t)random_below(v->source, 2) * 7;
    case EDICT_LAYOUT_TIME_US: return odd ? INT64_MAX : micros + (int64_t)random_below(v->source, 2) * 77;
    case EDICT_LAYOUT_TIME_NS: return micros * 1000 + odd;
    case EDICT_LAYOUT_CLOCK_S: return odd ? -1 : (int64_t)random_below(v->source, 86400);
    case EDICT_LAYOUT_CLOCK_MS: return (int64_t)random_below(v->source, 86400000);
    case EDICT_LAYOUT_CLOCK_US: return (int64_t)random_below(v->source, 86400) * 1000003 % EDI_DAY_MICROS;
    case EDICT_LAYOUT_CLOCK_NS: return (int64_t)random_below(v->source, 86400) * 1000000 + odd;
    default: return PICK(v->source, integers);
  }
}

static void put_number(const arrow_values *v, const edi_arrow_type *t, unsigned char *out) {
  static const double reals[] = {0, 1.5, -2.25, 0.1, 12.5, 100, -7, 3.14159};
  int64_t number = random_number(v, t);
  if (t->layout >= EDICT_LAYOUT_REAL32 && t->layout <= EDICT_LAYOUT_REAL64) {
    uint64_t bits = edi_binary_of(v->damaged && random_below(v->source, 8) == 0 ? (double)0 / 0.0 : PICK(v->source, reals), (unsigned)t->width);
    memcpy(out, &bits, t->width);
    return;
  }
  if (t->layout == EDICT_LAYOUT_REAL16) {
    edi_put16(out, (uint16_t)edi_binary_of(PICK(v->source, reals), 2));
    return;
  }
  for (size_t i = 0; i < t->width; i++) out[i] = (unsigned char)(i < 8 ? (uint64_t)number >> (i * 8) : number < 0 ? 0xFF : 0);
  if (v->damaged && t->layout == EDICT_LAYOUT_UINT64 && random_below(v->source, 8) == 0) out[7] = 0xFF;
}

static edi_str random_bytes(const arrow_values *v) {
  const char *text = v->damaged && random_below(v->source, 10) == 0 ? PICK(v->source, bad_texts) : PICK(v->source, texts);
  return edi_str_from(text);
}

typedef struct maker {
  const arrow_values *values;
  edi_arena *arena;
  arrow_sizes *sizes;
} maker;

static size_t place_of_sizes(maker *m, size_t count) {
  size_t at = m->sizes->count;
  m->sizes->count += count;
  if (m->sizes->count > ARROW_SIZES_MOST) abort();
  return at;
}

static void set_buffer(maker *m, struct ArrowArray *a, size_t first, size_t which, const void *bytes, size_t length) {
  a->buffers[which] = bytes;
  m->sizes->bytes[first + which] = (int64_t)length;
}

static void random_validity(maker *m, struct ArrowArray *a, size_t first, size_t total) {
  unsigned null_in = m->values->null_in;
  a->null_count = 0;
  set_buffer(m, a, first, 0, NULL, 0);
  if (!null_in || random_below(m->values->source, 4) == 0) return;
  unsigned char *bits = block(m->arena, (total + 7) / 8);
  for (size_t i = 0; i < total; i++)
    if (random_below(m->values->source, null_in) == 0) bits[i / 8] &= (unsigned char)~(1u << i % 8);
    else bits[i / 8] |= (unsigned char)(1u << i % 8);
  a->null_count = -1;
  set_buffer(m, a, first, 0, bits, (total + 7) / 8);
}

static void random_text(maker *m, const edi_arrow_type *t, struct ArrowArray *a, size_t first, size_t total) {
  unsigned char *offsets = block(m->arena, (total + 1) * t->width), *bytes = block(m->arena, total * 48 + 8);
  size_t used = m->values->sliced ? 8 : 0;
  for (size_t i = 0; i <= total; i++) {
    if (t->width == 8) edi_put64(offsets + i * 8, used);
    else edi_put32(offsets + i * 4, (uint32_t)used);
    edi_str text = random_bytes(m->values);
    if (i == total) break;
    memcpy(bytes + used, text.ptr, text.len);
    used += text.len;
  }
  set_buffer(m, a, first, 1, offsets, (total + 1) * t->width);
  set_buffer(m, a, first, 2, bytes, used);
}

static void random_views(maker *m, struct ArrowArray *a, size_t first, size_t total) {
  unsigned char *views = block(m->arena, total * 16), *bytes[2] = {block(m->arena, total * 48), block(m->arena, total * 48)}, *sizes = block(m->arena, 16);
  size_t used[2] = {0, 0};
  for (size_t i = 0; i < total; i++) {
    edi_str text = random_bytes(m->values);
    size_t part = random_below(m->values->source, 2);
    memset(views + i * 16, 0, 16);
    edi_put32(views + i * 16, (uint32_t)text.len);
    memcpy(views + i * 16 + 4, text.ptr, text.len <= 12 ? text.len : 4);
    if (text.len <= 12) continue;
    edi_put32(views + i * 16 + 8, (uint32_t)part);
    edi_put32(views + i * 16 + 12, (uint32_t)used[part]);
    memcpy(bytes[part] + used[part], text.ptr, text.len);
    used[part] += text.len;
  }
  edi_put64(sizes, used[0]);
  edi_put64(sizes + 8, used[1]);
  set_buffer(m, a, first, 1, views, total * 16);
  set_buffer(m, a, first, 2, bytes[0], used[0]);
  set_buffer(m, a, first, 3, bytes[1], used[1]);
  set_buffer(m, a, first, 4, sizes, 16);
}

static void make(maker *m, const arrow_shape *s, const edi_arrow_type *t, size_t rows, size_t most_code, struct ArrowArray *a);

static size_t random_lists(maker *m, const edi_arrow_type *t, struct ArrowArray *a, size_t first, size_t total) {
  unsigned char *offsets = block(m->arena, (total + 1) * t->width);
  size_t used = m->values->sliced ? random_below(m->values->source, 4) : 0;
  for (size_t i = 0; i <= total; i++) {
    if (t->width == 8) edi_put64(offsets + i * 8, used);
    else edi_put32(offsets + i * 4, (uint32_t)used);
    if (i < total) used += random_below(m->values->source, 4);
  }
  set_buffer(m, a, first, 1, offsets, (total + 1) * t->width);
  return used;
}

static void random_codes(maker *m, const edi_arrow_type *t, unsigned char *values, size_t total, size_t entries) {
  for (size_t i = 0; i < total; i++) {
    uint64_t code = random_below(m->values->source, entries);
    memcpy(values + i * t->width, &code, t->width);
  }
}

/* Values of one width, or bits; codes of a dictionary. */
static void random_values(maker *m, const edi_arrow_type *t, struct ArrowArray *a, size_t first, size_t total, size_t entries) {
  size_t size = t->form == EDI_ARROW_BITS ? (total + 7) / 8 : total * t->width;
  unsigned char *values = block(m->arena, size);
  if (t->dictionary) random_codes(m, t, values, total, entries);
  else if (t->form == EDI_ARROW_BITS)
    for (size_t i = 0; i < size; i++) values[i] = (unsigned char)random_below(m->values->source, 256);
  else
    for (size_t i = 0; i < total; i++) put_number(m->values, t, values + i * t->width);
  set_buffer(m, a, first, 1, values, size);
}

static void make(maker *m, const arrow_shape *s, const edi_arrow_type *t, size_t rows, size_t most_code, struct ArrowArray *a) {
  static const size_t counts[] = {[EDI_ARROW_NOTHING] = 0, [EDI_ARROW_BITS] = 2, [EDI_ARROW_FIXED] = 2, [EDI_ARROW_BYTES] = 3, [EDI_ARROW_VIEWS] = 5,
                                  [EDI_ARROW_LIST] = 2, [EDI_ARROW_FIXED_LIST] = 1, [EDI_ARROW_STRUCT] = 1, [EDI_ARROW_MAP] = 2, [EDI_ARROW_CLOSED] = 0};
  size_t count = counts[t->form], offset = m->values->sliced ? random_below(m->values->source, 20) : 0, total = rows + offset, inner = total;
  size_t first = place_of_sizes(m, count), entries = 1 + random_below(m->values->source, 8);
  (void)most_code;
  *a = (struct ArrowArray){.length = (int64_t)rows, .offset = (int64_t)offset, .n_buffers = (int64_t)count, .n_children = (int64_t)s->child_count, .release = released_array};
  a->buffers = EDI_NEW_ARRAY(m->arena, const void *, count + 1);
  a->children = EDI_NEW_ARRAY(m->arena, struct ArrowArray *, s->child_count + 1);
  struct ArrowArray *parts = EDI_NEW_ARRAY(m->arena, struct ArrowArray, s->child_count + 1);
  if (!a->buffers || !a->children || !parts) abort();
  if (count) random_validity(m, a, first, total);
  if (t->form == EDI_ARROW_NOTHING) a->null_count = (int64_t)rows;
  if (t->form == EDI_ARROW_BITS || t->form == EDI_ARROW_FIXED) random_values(m, t, a, first, total, entries);
  if (t->form == EDI_ARROW_BYTES) random_text(m, t, a, first, total);
  if (t->form == EDI_ARROW_VIEWS) random_views(m, a, first, total);
  if (t->form == EDI_ARROW_LIST || t->form == EDI_ARROW_MAP) inner = random_lists(m, t, a, first, total);
  if (t->form == EDI_ARROW_FIXED_LIST) inner = total * (size_t)t->list_size;
  maker below = *m;
  arrow_values whole = *m->values;
  if (t->form == EDI_ARROW_MAP) whole.null_in = 0, below.values = &whole; /* neither a key nor an entry is null */
  for (size_t i = 0; i < s->child_count; i++) make(&below, &s->children[i], &t->children[i], inner, 0, a->children[i] = &parts[i]);
  if (!t->dictionary) return;
  a->dictionary = &parts[s->child_count];
  make(m, s->dictionary, t->dictionary, entries, 0, a->dictionary);
}

void arrow_random(const arrow_shape *shape, const arrow_values *values, size_t rows, edi_arena *arena, struct ArrowArray *array,
                  arrow_sizes *sizes) {
  struct ArrowSchema schema;
  edi_arrow_type type;
  sizes->count = 0;
  arrow_schema_of(shape, arena, &schema);
  if (edi_arrow_type_read(&schema, arena, &type, NULL) != EDICT_OK) abort();
  maker m = {values, arena, sizes};
  make(&m, shape, &type, rows, 0, array);
  array->buffers[0] = NULL; /* no row of a batch is null */
  array->null_count = 0;
  sizes->bytes[0] = 0;
}

/* ---- comparing ---- */

/* By another way than the product's: as texts, which say equal numbers alike whatever type they are of. */
static void say(const edict_cell *cell, char *out, size_t size) {
  edi_buf buf = edi_buf_fixed(out, size);
  edi_decimal d;
  switch (cell->type) {
    case EDICT_CELL_INT:
    case EDICT_CELL_BOOL: edi_buf_format(&buf, "%lld", (long long)cell->integer); break;
    case EDICT_CELL_DECIMAL:
      if (edi_decimal_make(cell->integer, cell->scale, &d)) edi_decimal_format(&buf, d);
      break;
    case EDICT_CELL_REAL:
      if (edi_decimal_from_double(cell->real, &d)) edi_decimal_format(&buf, d);
      break;
    case EDICT_CELL_DATE: edi_date_format(&buf, cell->integer); break;
    case EDICT_CELL_TIME: edi_clock_format(&buf, cell->integer); break;
    case EDICT_CELL_TIMESTAMP: edi_timestamp_format(&buf, cell->integer); break;
    case EDICT_CELL_TEXT:
    case EDICT_CELL_BLOB: edi_buf_append(&buf, cell->ptr, cell->len < size / 2 ? cell->len : size / 2); break;
    case EDICT_CELL_NULL: edi_buf_text(&buf, "NULL"); break;
  }
  out[buf.len] = '\0';
}

bool arrow_has_form(const edict_cell *c, const edi_arrow_type *type) {
  const edi_arrow_type *t = type->dictionary ? type->dictionary : type;
  bool number = c->type == EDICT_CELL_INT || c->type == EDICT_CELL_BOOL || c->type == EDICT_CELL_DECIMAL;
  switch ((int)t->layout) {
    case EDICT_LAYOUT_TEXT32:
    case EDICT_LAYOUT_TEXT64:
    case EDICT_LAYOUT_TEXT_VIEW: return c->type == EDICT_CELL_TEXT ? edi_utf8_valid((edi_str){c->ptr, c->len}) : c->type != EDICT_CELL_BLOB;
    case EDICT_LAYOUT_CLOCK_S: return c->type == EDICT_CELL_TIME && c->integer >= 0 && c->integer % 1000000 == 0;
    case EDICT_LAYOUT_CLOCK_MS: return c->type == EDICT_CELL_TIME && c->integer >= 0 && c->integer % 1000 == 0;
    case EDICT_LAYOUT_CLOCK_US:
    case EDICT_LAYOUT_CLOCK_NS: return c->type == EDICT_CELL_TIME && c->integer >= 0;
    case EDICT_LAYOUT_DATE32:
    case EDICT_LAYOUT_DATE64: return c->type == EDICT_CELL_DATE;
    case EDICT_LAYOUT_TIME_S: return c->type == EDICT_CELL_TIMESTAMP && c->integer % 1000000 == 0;
    case EDICT_LAYOUT_TIME_MS: return c->type == EDICT_CELL_TIMESTAMP && c->integer % 1000 == 0;
    case EDICT_LAYOUT_TIME_US: return c->type == EDICT_CELL_TIMESTAMP;
    case EDICT_LAYOUT_TIME_NS: return c->type == EDICT_CELL_TIMESTAMP && c->integer < INT64_MAX / 1000 && c->integer > INT64_MIN / 1000;
    case EDICT_LAYOUT_BLOB32:
    case EDICT_LAYOUT_BLOB64:
    case EDICT_LAYOUT_BLOB_VIEW:
    case EDICT_LAYOUT_BLOB_FIXED: return c->type == EDICT_CELL_BLOB;
    case EDICT_LAYOUT_BOOL: return number && (c->integer == 0 || c->integer == 1);
    case EDICT_LAYOUT_REAL16:
    case EDICT_LAYOUT_REAL32:
    case EDICT_LAYOUT_REAL64: return number || c->type == EDICT_CELL_REAL;
    case EDICT_LAYOUT_NULL: return false;
    default: return number;
  }
}

/* Binary numbers of few bits say a decimal by the one that is nearest. */
static bool near(const edict_cell *got, const edict_cell *row, const edi_arrow_type *t) {
  uint64_t a = edi_binary_of(got->real, (unsigned)t->width), b = 0;
  edi_decimal d;
  if (got->type != EDICT_CELL_REAL) return false;
  if (row->type == EDICT_CELL_REAL) b = edi_binary_of(row->real, (unsigned)t->width);
  else if (!edi_decimal_make(row->integer, row->scale, &d) || !edi_decimal_binary(d, (unsigned)t->width, &b)) return false;
  return a == b;
}

static const char zeros[64];

bool arrow_says(const edict_cell *got, const edict_cell *row, const edi_arrow_type *type) {
  const edi_arrow_type *t = type->dictionary ? type->dictionary : type;
  char mine[4096], theirs[4096];
  if (got->type == EDICT_CELL_NULL) return row->type == EDICT_CELL_NULL || !arrow_has_form(row, t);
  if (t->layout == EDICT_LAYOUT_REAL16 || t->layout == EDICT_LAYOUT_REAL32 || t->layout == EDICT_LAYOUT_REAL64) return near(got, row, t);
  if (row->type == EDICT_CELL_NULL) return false;
  if (t->layout == EDICT_LAYOUT_BLOB_FIXED && row->type == EDICT_CELL_BLOB && row->len == 0) return got->len == t->width && edi_str_equal((edi_str){got->ptr, got->len}, (edi_str){zeros, got->len});
  say(got, mine, sizeof mine);
  say(row, theirs, sizeof theirs);
  if (t->layout >= EDICT_LAYOUT_TEXT32 && t->layout <= EDICT_LAYOUT_TEXT64 && row->type == EDICT_CELL_BOOL) return got->len == (row->integer ? 4u : 5u);
  return strcmp(mine, theirs) == 0;
}

void arrow_each_buffer(const edi_arrow_type *t, const struct ArrowArray *a, void (*look)(void *user, const void *bytes, size_t length), void *user) {
  for (unsigned i = 0; i < EDI_ARROW_PIECES; i++) {
    const edi_arrow_piece *piece = edi_arrow_piece_of(a, i);
    if (piece->ptr) look(user, piece->ptr, piece->cap); /* with its padding */
  }
  for (size_t i = 0; i < t->child_count; i++) arrow_each_buffer(&t->children[i], a->children[i], look, user);
  if (t->dictionary) arrow_each_buffer(t->dictionary, a->dictionary, look, user);
}

/* ---- nothing but what may be seen ---- */

static bool zero(const unsigned char *bytes, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    if (bytes[i]) return false;
  return true;
}

static bool dirty(char *why, size_t size, const edi_arrow_type *t, const char *what) {
  snprintf(why, size, "`%s` (%s): %s", t->name, t->format, what);
  return false;
}

/* Under a null stand zeros, and no bytes. */
static bool nulls_are_clean(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  const unsigned char *values = (const unsigned char *)a->buffers[1];
  if (t->form == EDI_ARROW_BITS) return !(values[at / 8] >> (at % 8) & 1);
  if (t->form == EDI_ARROW_FIXED || t->form == EDI_ARROW_VIEWS) return zero(values, (size_t)at * t->width, ((size_t)at + 1) * t->width);
  return edi_arrow_offset(t, a, at) == edi_arrow_offset(t, a, at + 1);
}

static bool every_entry_is_used(const edi_arrow_type *t, const struct ArrowArray *a) {
  edict_vector none, v = edi_arrow_vector(t, a, &none);
  bool *used = calloc((size_t)a->dictionary->length + 1, sizeof *used), all = true;
  v.dictionary = NULL;
  for (int64_t i = 0; i < a->length; i++) {
    edict_cell code = edict_vector_cell(&v, (size_t)i);
    if (code.type == EDICT_CELL_INT) used[code.integer] = true;
  }
  for (int64_t i = 0; i < a->dictionary->length; i++) all = all && used[i];
  free(used);
  return all;
}

static bool texts_are_clean(const edi_arrow_type *t, const struct ArrowArray *a) {
  edict_vector none, v = edi_arrow_vector(t, a, &none);
  size_t all = 0;
  for (int64_t i = 0; i < a->length; i++) {
    edict_cell cell = edict_vector_cell(&v, (size_t)i);
    if (cell.type == EDICT_CELL_TEXT && !edi_utf8_valid((edi_str){cell.ptr, cell.len})) return false;
    if (t->form == EDI_ARROW_BYTES || cell.len > 12) all += cell.len;
  }
  return all == edi_arrow_piece_of(a, EDI_ARROW_TEXT)->len;
}

bool arrow_is_clean(const edi_arrow_type *t, const struct ArrowArray *a, char *why, size_t size) {
  int64_t nulls = 0;
  if (a->offset != 0) return dirty(why, size, t, "an offset");
  for (unsigned i = 0; i < EDI_ARROW_PIECES; i++) {
    const edi_arrow_piece *piece = edi_arrow_piece_of(a, i);
    if (piece->ptr && !zero(piece->ptr, piece->len, piece->cap)) return dirty(why, size, t, "bytes behind a buffer");
    if (piece->ptr && ((uintptr_t)piece->ptr % 64 || piece->cap % 64)) return dirty(why, size, t, "a buffer that is not aligned");
  }
  for (int64_t i = 0; i < a->length; i++) {
    if (edi_arrow_is_valid(t, a, i)) continue;
    nulls++;
    if (t->form != EDI_ARROW_NOTHING && t->form != EDI_ARROW_STRUCT && t->form != EDI_ARROW_FIXED_LIST && !nulls_are_clean(t, a, i))
      return dirty(why, size, t, "something under a null");
  }
  if (a->length && nulls != a->null_count) return dirty(why, size, t, "another number of nulls than it says");
  if (nulls && !(t->flags & ARROW_FLAG_NULLABLE)) return dirty(why, size, t, "nulls in a field that has none");
  if ((t->form == EDI_ARROW_BYTES || t->form == EDI_ARROW_VIEWS) && !texts_are_clean(t, a)) return dirty(why, size, t, "bytes of no value, or no UTF-8");
  if (t->dictionary && !every_entry_is_used(t, a)) return dirty(why, size, t, "an entry that no row uses");
  if ((t->form == EDI_ARROW_LIST || t->form == EDI_ARROW_MAP) && edi_arrow_offset(t, a, a->length) != a->children[0]->length)
    return dirty(why, size, t, "elements of no list");
  for (size_t i = 0; i < t->child_count; i++)
    if (!arrow_is_clean(&t->children[i], a->children[i], why, size)) return false;
  return !t->dictionary || arrow_is_clean(t->dictionary, a->dictionary, why, size);
}
