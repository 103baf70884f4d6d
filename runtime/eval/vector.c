/* Vector: see the header. */
#include "eval/vector.h"

#include <string.h>

#include "base/bytes.h"
#include "eval/lanes.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 wide_bits;

/* Bytes of one value; 0: none of its own size. */
static size_t width_of(edict_layout layout) {
  switch (layout) {
    case EDICT_LAYOUT_INT8:
    case EDICT_LAYOUT_UINT8: return 1;
    case EDICT_LAYOUT_INT16:
    case EDICT_LAYOUT_UINT16:
    case EDICT_LAYOUT_REAL16: return 2;
    case EDICT_LAYOUT_INT32:
    case EDICT_LAYOUT_UINT32:
    case EDICT_LAYOUT_REAL32:
    case EDICT_LAYOUT_DECIMAL32:
    case EDICT_LAYOUT_CLOCK_S:
    case EDICT_LAYOUT_CLOCK_MS:
    case EDICT_LAYOUT_DATE32: return 4;
    case EDICT_LAYOUT_INT64:
    case EDICT_LAYOUT_UINT64:
    case EDICT_LAYOUT_REAL64:
    case EDICT_LAYOUT_DECIMAL64:
    case EDICT_LAYOUT_CLOCK_US:
    case EDICT_LAYOUT_CLOCK_NS:
    case EDICT_LAYOUT_DATE64:
    case EDICT_LAYOUT_TIME_S:
    case EDICT_LAYOUT_TIME_MS:
    case EDICT_LAYOUT_TIME_US:
    case EDICT_LAYOUT_TIME_NS: return 8;
    case EDICT_LAYOUT_DECIMAL128:
    case EDICT_LAYOUT_TEXT_VIEW:
    case EDICT_LAYOUT_BLOB_VIEW: return 16;
    case EDICT_LAYOUT_DECIMAL256: return 32;
    case EDICT_LAYOUT_NULL:
    case EDICT_LAYOUT_BOOL:
    case EDICT_LAYOUT_BLOB_FIXED:
    case EDICT_LAYOUT_TEXT32:
    case EDICT_LAYOUT_TEXT64:
    case EDICT_LAYOUT_BLOB32:
    case EDICT_LAYOUT_BLOB64: break;
  }
  return 0;
}

bool edi_vector_check(const edict_vector *v, size_t rows) {
  if ((unsigned)v->layout > EDICT_LAYOUT_CLOCK_NS) return false;
  if (v->layout == EDICT_LAYOUT_NULL) return v->dictionary == NULL;
  if (v->length < rows || (rows && !v->values) || v->offset > SIZE_MAX / 32 || v->length > SIZE_MAX / 32) return false;
  if (edi_layout_is_decimal(v->layout) && (v->scale < -76 || v->scale > 76)) return false;
  if (!v->dictionary) return true;
  const edict_vector *d = v->dictionary;
  return edi_layout_is_integer(v->layout) && !d->dictionary && d->length < UINT32_MAX && edi_vector_check(d, d->length);
}

static const unsigned char *value_at(const edict_vector *v, size_t row) {
  return (const unsigned char *)v->values + (v->offset + row) * width_of(v->layout);
}

static bool bit_at(const unsigned char *bits, size_t at) { return bits[at / 8] >> (at % 8) & 1; }

/* ---- cells ---- */

static edict_cell blob(const unsigned char *bytes, size_t length) {
  return (edict_cell){.type = EDICT_CELL_BLOB, .ptr = (const char *)bytes, .len = length};
}

static int64_t integer_at(const edict_vector *v, size_t row) {
  const unsigned char *p = value_at(v, row);
  switch ((int)v->layout) {
    case EDICT_LAYOUT_INT8: return (int8_t)*p;
    case EDICT_LAYOUT_UINT8: return *p;
    case EDICT_LAYOUT_INT16: return (int16_t)edi_get16(p);
    case EDICT_LAYOUT_UINT16: return edi_get16(p);
    case EDICT_LAYOUT_INT32:
    case EDICT_LAYOUT_CLOCK_S:
    case EDICT_LAYOUT_CLOCK_MS:
    case EDICT_LAYOUT_DATE32: return (int32_t)edi_get32(p);
    case EDICT_LAYOUT_UINT32: return edi_get32(p);
    default: return (int64_t)edi_get64(p);
  }
}

/* The bits of a binary16 or binary32, with so many bits of exponent and fraction, as those of the binary64 of the
 * same value. */
static uint64_t widen(uint32_t bits, unsigned exponents, unsigned fractions) {
  uint64_t sign = (uint64_t)(bits >> (exponents + fractions) & 1) << 63, fraction = bits & ((1u << fractions) - 1);
  uint32_t most = (1u << exponents) - 1, exponent = bits >> fractions & most, bias = most >> 1;
  unsigned up = 52 - fractions;
  if (exponent == most) return sign | UINT64_C(0x7FF) << 52 | fraction << up;
  if (exponent == 0 && fraction == 0) return sign;
  if (exponent != 0) return sign | (uint64_t)(exponent + 1023 - bias) << 52 | fraction << up;
  unsigned shift = (unsigned)__builtin_clz((uint32_t)fraction) - (31 - fractions); /* to where its leading one is implied */
  return sign | (uint64_t)(1023 - bias + 1 - shift) << 52 | (fraction << shift & ((1u << fractions) - 1)) << up;
}

static edict_cell real_at(const edict_vector *v, size_t row) {
  const unsigned char *p = value_at(v, row);
  edict_cell cell = {.type = EDICT_CELL_REAL};
  uint64_t bits = v->layout == EDICT_LAYOUT_REAL16   ? widen(edi_get16(p), 5, 10)
                  : v->layout == EDICT_LAYOUT_REAL32 ? widen(edi_get32(p), 8, 23)
                                                     : edi_get64(p);
  memcpy(&cell.real, &bits, sizeof bits);
  return cell;
}

/* What has no form with 64 bits and a scale of 0 to 18 is no decimal of the language's. */
static edict_cell decimal_at(const edict_vector *v, size_t row) {
  const unsigned char *p = value_at(v, row);
  size_t width = width_of(v->layout);
  wide m = width == 4 ? (int32_t)edi_get32(p) : width == 8 ? (int64_t)edi_get64(p) : (wide)((wide_bits)edi_get64(p + 8) << 64 | edi_get64(p));
  int32_t scale = v->scale;
  if (width == 32 && (edi_get64(p + 16) != edi_get64(p + 24) || (int64_t)edi_get64(p + 24) != (int64_t)(m >> 127))) return blob(p, width);
  while (m != 0 && m % 10 == 0 && (scale > 18 || m > INT64_MAX || m < INT64_MIN) && scale > 0) m /= 10, scale--;
  while (m != 0 && scale < 0 && m <= INT64_MAX && m >= INT64_MIN) m *= 10, scale++;
  if (m == 0) scale = 0;
  if (m > INT64_MAX || m < INT64_MIN || scale < 0 || scale > 18) return blob(p, width);
  return (edict_cell){.type = EDICT_CELL_DECIMAL, .integer = (int64_t)m, .scale = (uint32_t)scale};
}

static edict_cell text_at(const edict_vector *v, size_t row, edict_cell_type type, bool large) {
  const unsigned char *p = (const unsigned char *)v->values + (v->offset + row) * (large ? 8 : 4);
  int64_t from = large ? (int64_t)edi_get64(p) : (int32_t)edi_get32(p);
  int64_t to = large ? (int64_t)edi_get64(p + 8) : (int32_t)edi_get32(p + 4);
  if (from < 0 || to < from) return (edict_cell){.type = EDICT_CELL_BLOB};
  return (edict_cell){.type = type, .ptr = v->bytes ? v->bytes + from : NULL, .len = v->bytes ? (size_t)(to - from) : 0};
}

static edict_cell view_at(const edict_vector *v, size_t row, edict_cell_type type) {
  const unsigned char *p = value_at(v, row);
  uint32_t length = edi_get32(p);
  const char *bytes = length <= 12 ? (const char *)p + 4 : (const char *)v->parts[edi_get32(p + 8)] + edi_get32(p + 12);
  return (edict_cell){.type = type, .ptr = bytes, .len = length};
}

static edict_cell day_at(const edict_vector *v, size_t row) {
  const int64_t day = 86400000;
  int64_t t = integer_at(v, row);
  if (t % day != 0) return blob(value_at(v, row), 8);
  return (edict_cell){.type = EDICT_CELL_DATE, .integer = t / day};
}

/* A time too far away for microseconds is outside of the calendar as the largest number of them is. */
static edict_cell time_at(const edict_vector *v, size_t row) {
  int64_t t = integer_at(v, row), micros = t;
  int64_t factor = v->layout == EDICT_LAYOUT_TIME_S ? 1000000 : v->layout == EDICT_LAYOUT_TIME_MS ? 1000 : 1;
  if (v->layout == EDICT_LAYOUT_TIME_NS) {
    if (t % 1000 != 0) return blob(value_at(v, row), 8);
    micros = t / 1000;
  } else if (__builtin_mul_overflow(t, factor, &micros)) {
    micros = t < 0 ? INT64_MIN : INT64_MAX;
  }
  return (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = micros};
}

/* One that is no time of a day is for whoever reads the cell to find. */
static edict_cell clock_at(const edict_vector *v, size_t row) {
  int64_t t = integer_at(v, row);
  if (v->layout == EDICT_LAYOUT_CLOCK_NS && t % 1000 != 0) return blob(value_at(v, row), 8);
  int64_t factor = v->layout == EDICT_LAYOUT_CLOCK_S ? 1000000 : v->layout == EDICT_LAYOUT_CLOCK_MS ? 1000 : 1;
  return (edict_cell){.type = EDICT_CELL_TIME, .integer = v->layout == EDICT_LAYOUT_CLOCK_NS ? t / 1000 : t * factor};
}

static edict_cell indexed(const edict_vector *v, size_t row) {
  uint64_t at = (uint64_t)integer_at(v, row);
  if (at >= v->dictionary->length) return blob(value_at(v, row), width_of(v->layout));
  return edict_vector_cell(v->dictionary, (size_t)at);
}

edict_cell edict_vector_cell(const edict_vector *v, size_t row) {
  if (v->layout == EDICT_LAYOUT_NULL || (v->valid && !bit_at(v->valid, v->offset + row))) return (edict_cell){0};
  if (v->dictionary) return indexed(v, row);
  switch (v->layout) {
    case EDICT_LAYOUT_NULL: break;
    case EDICT_LAYOUT_BOOL: return (edict_cell){.type = EDICT_CELL_BOOL, .integer = bit_at(v->values, v->offset + row)};
    case EDICT_LAYOUT_INT8:
    case EDICT_LAYOUT_INT16:
    case EDICT_LAYOUT_INT32:
    case EDICT_LAYOUT_INT64:
    case EDICT_LAYOUT_UINT8:
    case EDICT_LAYOUT_UINT16:
    case EDICT_LAYOUT_UINT32: return (edict_cell){.type = EDICT_CELL_INT, .integer = integer_at(v, row)};
    case EDICT_LAYOUT_UINT64:
      if (integer_at(v, row) < 0) return blob(value_at(v, row), 8);
      return (edict_cell){.type = EDICT_CELL_INT, .integer = integer_at(v, row)};
    case EDICT_LAYOUT_REAL16:
    case EDICT_LAYOUT_REAL32:
    case EDICT_LAYOUT_REAL64: return real_at(v, row);
    case EDICT_LAYOUT_DECIMAL32:
    case EDICT_LAYOUT_DECIMAL64:
    case EDICT_LAYOUT_DECIMAL128:
    case EDICT_LAYOUT_DECIMAL256: return decimal_at(v, row);
    case EDICT_LAYOUT_TEXT_VIEW: return view_at(v, row, EDICT_CELL_TEXT);
    case EDICT_LAYOUT_BLOB_VIEW: return view_at(v, row, EDICT_CELL_BLOB);
    case EDICT_LAYOUT_BLOB_FIXED: return blob((const unsigned char *)v->values + (v->offset + row) * v->width, v->width);
    case EDICT_LAYOUT_TEXT32: return text_at(v, row, EDICT_CELL_TEXT, false);
    case EDICT_LAYOUT_TEXT64: return text_at(v, row, EDICT_CELL_TEXT, true);
    case EDICT_LAYOUT_BLOB32: return text_at(v, row, EDICT_CELL_BLOB, false);
    case EDICT_LAYOUT_BLOB64: return text_at(v, row, EDICT_CELL_BLOB, true);
    case EDICT_LAYOUT_DATE32: return (edict_cell){.type = EDICT_CELL_DATE, .integer = integer_at(v, row)};
    case EDICT_LAYOUT_DATE64: return day_at(v, row);
    case EDICT_LAYOUT_TIME_S:
    case EDICT_LAYOUT_TIME_MS:
    case EDICT_LAYOUT_TIME_US:
    case EDICT_LAYOUT_TIME_NS: return time_at(v, row);
    case EDICT_LAYOUT_CLOCK_S:
    case EDICT_LAYOUT_CLOCK_MS:
    case EDICT_LAYOUT_CLOCK_US:
    case EDICT_LAYOUT_CLOCK_NS: return clock_at(v, row);
  }
  return (edict_cell){0};
}

/* ---- many rows ---- */

/* n bits from bit `at` on; no byte beyond the last bit is read. */
static void copy_bits(const unsigned char *bits, size_t at, size_t n, uint64_t *out) {
  unsigned shift = at % 8;
  size_t done = 0;
  for (const unsigned char *p = bits + at / 8; done + 64 <= n; done += 64, p += 8)
    out[done / 64] = shift ? edi_get64(p) >> shift | (uint64_t)p[8] << (64 - shift) : edi_get64(p);
  if (done == n) return;
  unsigned char some[16] = {0};
  memcpy(some, bits + (at + done) / 8, (shift + n - done + 7) / 8);
  uint64_t word = edi_get64(some) >> shift | (shift ? (uint64_t)some[8] << (64 - shift) : 0);
  out[done / 64] = word & ((UINT64_C(1) << (n - done)) - 1);
}

void edi_vector_valid(const edict_vector *v, size_t row, size_t n, uint64_t *out) {
  if (v->layout == EDICT_LAYOUT_NULL || !v->valid) edi_bits_fill(v->layout != EDICT_LAYOUT_NULL, n, out);
  else copy_bits(v->valid, v->offset + row, n, out);
}

void edi_vector_bits(const edict_vector *v, size_t row, size_t n, uint64_t *out) { copy_bits(v->values, v->offset + row, n, out); }

#define WIDEN(from, to)                                                             \
  do {                                                                              \
    const from *p = v->values;                                                      \
    for (size_t i = 0; i < n; i++) room[i] = (to)p[v->offset + row + i];            \
  } while (0)

/* Four at a time: compilers make one after the other of what they do not know the number of. */
static void widen32(const int32_t *from, int64_t *room, size_t n) {
  typedef int32_t narrow __attribute__((vector_size(16)));
  typedef int64_t broad __attribute__((vector_size(32)));
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    narrow four;
    memcpy(&four, from + i, sizeof four);
    broad all = __builtin_convertvector(four, broad);
    memcpy(room + i, &all, sizeof all);
  }
  for (; i < n; i++) room[i] = from[i];
}

/* Numbers that do not lie where a number of theirs may be loaded are copied one by one. */
static bool aligned(const edict_vector *v) { return (uintptr_t)v->values % width_of(v->layout) == 0; }

const int64_t *edi_vector_numbers(const edict_vector *v, size_t row, size_t n, int64_t *room) {
  if (!aligned(v)) {
    for (size_t i = 0; i < n; i++) room[i] = integer_at(v, row + i);
    return room;
  }
  switch ((int)v->layout) {
    case EDICT_LAYOUT_INT8: WIDEN(int8_t, int64_t); break;
    case EDICT_LAYOUT_INT16: WIDEN(int16_t, int64_t); break;
    case EDICT_LAYOUT_INT32:
    case EDICT_LAYOUT_DATE32: widen32((const int32_t *)v->values + v->offset + row, room, n); break;
    case EDICT_LAYOUT_UINT8: WIDEN(uint8_t, int64_t); break;
    case EDICT_LAYOUT_UINT16: WIDEN(uint16_t, int64_t); break;
    case EDICT_LAYOUT_UINT32: WIDEN(uint32_t, int64_t); break;
    default: return (const int64_t *)v->values + v->offset + row;
  }
  return room;
}

const uint32_t *edi_vector_codes(const edict_vector *v, size_t row, size_t n, uint32_t *room) {
  if ((v->layout == EDICT_LAYOUT_INT32 || v->layout == EDICT_LAYOUT_UINT32) && aligned(v))
    return (const uint32_t *)v->values + v->offset + row;
  switch ((int)v->layout) {
    case EDICT_LAYOUT_INT8: WIDEN(int8_t, uint32_t); return room;
    case EDICT_LAYOUT_UINT8: WIDEN(uint8_t, uint32_t); return room;
    default: break;
  }
  for (size_t i = 0; i < n; i++) {
    uint64_t at = (uint64_t)integer_at(v, row + i);
    room[i] = at < UINT32_MAX ? (uint32_t)at : UINT32_MAX;
  }
  return room;
}
