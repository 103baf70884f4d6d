/* Fits: see the header. A window of rows that lie next to each other is looked at as a whole, with hidden ones and what
 * lies under nulls; only where something in it does not fit are the rows asked one by one. */
#include "enforce/fits.h"

#include "eval/vm.h"

enum { BLOCK = 512, SPARSE = 4 };

static bool is_text(const edict_vector *v) { return v->layout == EDICT_LAYOUT_TEXT32 || v->layout == EDICT_LAYOUT_TEXT64; }
static bool is_bytes(const edict_vector *v) { return v->layout == EDICT_LAYOUT_BLOB32 || v->layout == EDICT_LAYOUT_BLOB64; }
static bool is_number(unsigned base) { return base == EDI_TYPE_INT || base == EDI_TYPE_DECIMAL || base == EDI_TYPE_FLOAT; }

bool edi_vector_always_fits(const edict_vector *v, unsigned base) {
  if (v->layout == EDICT_LAYOUT_NULL) return true;
  if (v->dictionary) return false;
  bool text = is_text(v) || v->layout == EDICT_LAYOUT_TEXT_VIEW,
       real = v->layout == EDICT_LAYOUT_REAL16 || v->layout == EDICT_LAYOUT_REAL32 || v->layout == EDICT_LAYOUT_REAL64;
  if (base == EDI_TYPE_NONE) return !text && !real;
  if (v->layout == EDICT_LAYOUT_BOOL) return base == EDI_TYPE_BOOL;
  if (v->layout == EDICT_LAYOUT_BLOB_FIXED) return base == EDI_TYPE_BINARY && v->width <= EDI_LIMIT_CELL;
  return edi_layout_is_integer(v->layout) && v->layout != EDICT_LAYOUT_UINT64 && is_number(base);
}

/* ---- numbers ---- */

static bool lie_within(const edict_vector *v, size_t row, size_t n, int64_t least, int64_t most) {
  int64_t room[BLOCK * SPARSE];
  const int64_t *numbers = edi_vector_numbers(v, row, n, room);
  uint64_t span = (uint64_t)most - (uint64_t)least;
  bool outside = false;
  for (size_t i = 0; i < n; i++) outside |= (uint64_t)numbers[i] - (uint64_t)least > span;
  return !outside;
}

/* Days, where they stand. */
static bool days_lie_within(const edict_vector *v, size_t row, size_t n, int64_t least, int64_t most) {
  const unsigned char *p = (const unsigned char *)v->values + (v->offset + row) * 4;
  uint32_t first = (uint32_t)least, span = (uint32_t)most - first;
  bool outside = false;
  for (size_t i = 0; i < n; i++) outside |= edi_get32(p + 4 * i) - first > span;
  return !outside;
}

/* Not infinite, and a number. */
static bool are_finite(const edict_vector *v, size_t row, size_t n) {
  int64_t room[BLOCK * SPARSE];
  const int64_t *bits = edi_vector_numbers(v, row, n, room);
  bool all = true;
  for (size_t i = 0; i < n; i++) all &= (bits[i] >> 52 & 0x7FF) != 0x7FF;
  return all;
}

/* ---- texts and bytes ---- */

static inline int64_t offset_at(const edict_vector *v, size_t row, bool large) {
  const unsigned char *p = v->values;
  return large ? (int64_t)edi_get64(p + (v->offset + row) * 8) : (int32_t)edi_get32(p + (v->offset + row) * 4);
}

/* Without a step that is negative, from one that is not. */
static bool offsets64_rise(const edict_vector *v, size_t row, size_t n) {
  int64_t last = offset_at(v, row, true), signs = last;
  for (size_t i = 1; i <= n; i++) {
    int64_t next = offset_at(v, row + i, true);
    signs |= next | (int64_t)((uint64_t)next - (uint64_t)last);
    last = next;
  }
  return signs >= 0;
}

typedef uint32_t four __attribute__((vector_size(16)));

/* Four at a time. */
static bool offsets32_rise(const edict_vector *v, size_t row, size_t n) {
  const unsigned char *p = (const unsigned char *)v->values + (v->offset + row) * 4;
  four from, to, signs = {0, 0, 0, 0};
  size_t i = 0;
  for (; n - i >= 4; i += 4) {
    memcpy(&from, p + 4 * i, sizeof from);
    memcpy(&to, p + 4 * (i + 1), sizeof to);
    signs |= from | to | (to - from);
  }
  uint32_t sign = signs[0] | signs[1] | signs[2] | signs[3];
  for (; i < n; i++) sign |= edi_get32(p + 4 * i) | edi_get32(p + 4 * (i + 1)) | (edi_get32(p + 4 * (i + 1)) - edi_get32(p + 4 * i));
  return !(sign >> 31);
}

/* The bytes of all: each text is UTF-8 if all together are and none begins inside of a character. */
static bool bytes_fit(const edict_vector *v, size_t row, size_t n, bool text) {
  bool large = v->layout == EDICT_LAYOUT_TEXT64 || v->layout == EDICT_LAYOUT_BLOB64, whole = true;
  if (!(large ? offsets64_rise : offsets32_rise)(v, row, n)) return false;
  int64_t first = offset_at(v, row, large), last = offset_at(v, row + n, large);
  if (last - first > EDI_LIMIT_CELL) return false;
  if (!text || !v->bytes || last == first) return true;
  edi_str all = {v->bytes + first, (size_t)(last - first)};
  if (edi_utf8_is_ascii(all)) return true;
  for (size_t i = 1; i < n; i++) {
    int64_t begin = offset_at(v, row + i, large);
    whole &= begin == last || ((unsigned char)v->bytes[begin] & 0xC0) != 0x80;
  }
  return whole && edi_utf8_valid(all);
}

/* ---- windows ---- */

static bool all_entries_fit(const edict_vector *d, unsigned base) {
  for (size_t i = 0; i < d->length; i++) {
    edict_cell cell = edict_vector_cell(d, i);
    if (cell.type != EDICT_CELL_NULL && !edi_cell_fits(&cell, base)) return false;
  }
  return true;
}

static bool codes_fit(const edict_vector *v, size_t row, size_t n) {
  uint32_t room[BLOCK * SPARSE];
  const uint32_t *codes = edi_vector_codes(v, row, n, room);
  bool all = true;
  for (size_t i = 0; i < n; i++) all &= codes[i] < v->dictionary->length;
  return all;
}

static bool window_fits(const edict_vector *v, unsigned base, size_t row, size_t n) {
  const int64_t second = 1000000, milli = 1000;
  if (v->dictionary) return codes_fit(v, row, n);
  if (is_text(v)) return (base == EDI_TYPE_STRING || base == EDI_TYPE_NONE) && bytes_fit(v, row, n, true);
  if (is_bytes(v)) return base == EDI_TYPE_BINARY && bytes_fit(v, row, n, false);
  if (v->layout == EDICT_LAYOUT_REAL64) return (base == EDI_TYPE_FLOAT || base == EDI_TYPE_NONE) && are_finite(v, row, n);
  if (v->layout == EDICT_LAYOUT_DATE32) return base == EDI_TYPE_DATE && days_lie_within(v, row, n, EDI_DATE_MIN, EDI_DATE_MAX);
  if (v->layout == EDICT_LAYOUT_UINT64) return is_number(base) && lie_within(v, row, n, 0, INT64_MAX);
  if (v->layout == EDICT_LAYOUT_CLOCK_US) return base == EDI_TYPE_TIME && lie_within(v, row, n, 0, EDI_CLOCK_MOST);
  if (base != EDI_TYPE_TIMESTAMP) return false;
  if (v->layout == EDICT_LAYOUT_TIME_US) return lie_within(v, row, n, EDI_TIMESTAMP_MIN, EDI_TIMESTAMP_MAX);
  if (v->layout == EDICT_LAYOUT_TIME_MS) return lie_within(v, row, n, EDI_TIMESTAMP_MIN / milli, EDI_TIMESTAMP_MAX / milli);
  return v->layout == EDICT_LAYOUT_TIME_S && lie_within(v, row, n, EDI_TIMESTAMP_MIN / second, EDI_TIMESTAMP_MAX / second);
}

static bool each_fits(const edict_vector *v, unsigned base, const uint32_t *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    edict_cell cell = edict_vector_cell(v, rows[i]);
    if (cell.type != EDICT_CELL_NULL && !edi_cell_fits(&cell, base)) return false;
  }
  return true;
}

static bool block_fits(const edict_vector *v, unsigned base, const uint32_t *rows, size_t count, bool rising) {
  uint32_t least = rows[0], most = rows[count - 1];
  for (size_t i = 0; i < count && !rising; i++) {
    least = rows[i] < least ? rows[i] : least;
    most = rows[i] > most ? rows[i] : most;
  }
  size_t span = (size_t)(most - least) + 1;
  return (span <= count * SPARSE && window_fits(v, base, least, span)) || each_fits(v, base, rows, count);
}

bool edi_vector_fits(const edict_vector *v, unsigned base, const uint32_t *rows, size_t count, bool rising) {
  if (edi_vector_always_fits(v, base)) return true;
  bool windows = !v->dictionary || (v->dictionary->length <= count && all_entries_fit(v->dictionary, base));
  for (size_t at = 0; at < count; at += BLOCK) {
    size_t n = count - at < BLOCK ? count - at : BLOCK;
    if (!(windows ? block_fits(v, base, rows + at, n, rising) : each_fits(v, base, rows + at, n))) return false;
  }
  return true;
}
