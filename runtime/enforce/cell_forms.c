/* Cell forms: see the header. */
#include "enforce/cell_forms.h"

#include "base/calendar.h"
#include "eval/vm.h"

edict_cell edi_cell_unfit(void) { return (edict_cell){.type = EDICT_CELL_REAL, .real = __builtin_nan("")}; }
static edict_cell null_cell(void) { return (edict_cell){.type = EDICT_CELL_NULL}; }
static edict_cell integer_cell(edict_cell_type type, int64_t i) { return (edict_cell){.type = type, .integer = i}; }
static edict_cell text_cell(edi_str s) { return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = s.len ? s.ptr : "", .len = s.len}; }

/* ---- JSON ---- */

/* Digits into a mantissa, without zeros at the end of a fraction; *more: an exponent that these digits leave. */
static bool take_mantissa(edi_str s, size_t *at, int64_t *mantissa, int64_t *scale) {
  bool negative = s.len && s.ptr[0] == '-', point = false;
  size_t end = *at = negative;
  while (end < s.len && s.ptr[end] != 'e' && s.ptr[end] != 'E') end++;
  size_t last = end;
  bool fraction = memchr(s.ptr, '.', end) != NULL;
  while (fraction && last > *at && (s.ptr[last - 1] == '0' || s.ptr[last - 1] == '.')) {
    bool was_point = s.ptr[last - 1] == '.';
    last--;
    if (was_point) break;
  }
  *mantissa = *scale = 0;
  for (; *at < last; ++*at) {
    if (s.ptr[*at] == '.') {
      point = true;
      continue;
    }
    int digit = s.ptr[*at] - '0';
    if (__builtin_mul_overflow(*mantissa, 10, mantissa) || __builtin_add_overflow(*mantissa, negative ? -digit : digit, mantissa))
      return false;
    *scale += point;
  }
  *at = end;
  return true;
}

static bool take_exponent(edi_str s, size_t at, int64_t *exponent) {
  *exponent = 0;
  if (at == s.len) return true;
  bool negative = s.ptr[++at] == '-';
  if (s.ptr[at] == '-' || s.ptr[at] == '+') at++;
  for (; at < s.len; at++)
    if (*exponent < 10000) *exponent = *exponent * 10 + (s.ptr[at] - '0');
  if (negative) *exponent = -*exponent;
  return true;
}

bool edi_decimal_from_json(edi_str s, edi_decimal *out) {
  size_t at;
  int64_t mantissa, scale, exponent;
  if (!take_mantissa(s, &at, &mantissa, &scale) || !take_exponent(s, at, &exponent)) return false;
  if (mantissa == 0) return edi_decimal_make(0, 0, out);
  for (scale -= exponent; scale < 0; scale++)
    if (__builtin_mul_overflow(mantissa, 10, &mantissa)) return false;
  for (; scale > 18 && mantissa % 10 == 0; scale--) mantissa /= 10;
  return scale <= 18 && edi_decimal_make(mantissa, (unsigned)scale, out);
}

/* A float is one however it is written. */
static edict_cell real_cell(edi_str number) {
  edict_cell cell = {.type = EDICT_CELL_REAL};
  return edi_double_parse(number, &cell.real) ? cell : edi_cell_unfit();
}

/* Bytes stand in base64. */
static edict_cell bytes_cell(edi_str text, edi_arena *arena) {
  size_t length = 0, room = text.len / 4 * 3 + 3;
  char *bytes = text.len <= EDI_LIMIT_EVENT ? edi_arena_alloc(arena, room) : NULL;
  if (!bytes || !edi_base64_decode(text, bytes, room, &length)) return edi_cell_unfit();
  return (edict_cell){.type = EDICT_CELL_BLOB, .ptr = bytes, .len = length};
}

static edict_cell number_cell(unsigned base, const edi_json *value) {
  edi_decimal d;
  if (base == EDI_TYPE_FLOAT) return real_cell(value->text);
  if (value->kind == EDI_JSON_INTEGER) return integer_cell(EDICT_CELL_INT, value->integer);
  if (base == EDI_TYPE_INT || !edi_decimal_from_json(value->text, &d)) return edi_cell_unfit();
  return (edict_cell){.type = EDICT_CELL_DECIMAL, .integer = d.mantissa, .scale = d.scale};
}

edict_cell edi_cell_from_json(unsigned base, const edi_json *value, edi_arena *arena) {
  if (!value) return null_cell();
  switch (value->kind) {
    case EDI_JSON_NULL: return null_cell();
    case EDI_JSON_BOOL: return integer_cell(EDICT_CELL_BOOL, value->integer);
    case EDI_JSON_INTEGER:
    case EDI_JSON_REAL: return number_cell(base, value);
    case EDI_JSON_STRING: return base == EDI_TYPE_BINARY ? bytes_cell(value->text, arena) : text_cell(value->text);
    case EDI_JSON_ARRAY:
    case EDI_JSON_OBJECT: break;
  }
  return edi_cell_unfit();
}

/* ---- plain texts ---- */

/* The one form that a whole number is written in. */
static bool whole_number(edi_str s, int64_t *out) {
  bool negative = s.len && s.ptr[0] == '-';
  size_t at = negative;
  if (at == s.len || (s.ptr[at] == '0' && (s.len > at + 1 || negative))) return false;
  for (*out = 0; at < s.len; at++) {
    if (s.ptr[at] < '0' || s.ptr[at] > '9') return false;
    int digit = s.ptr[at] - '0';
    if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, negative ? -digit : digit, out)) return false;
  }
  return true;
}

static edict_cell bool_cell(edi_str s) {
  if (edi_str_compare_caseless(s, EDI_STR("true")) == 0) return integer_cell(EDICT_CELL_BOOL, 1);
  if (edi_str_compare_caseless(s, EDI_STR("false")) == 0) return integer_cell(EDICT_CELL_BOOL, 0);
  bool digit = s.len == 1 && (s.ptr[0] == '0' || s.ptr[0] == '1');
  return digit ? integer_cell(EDICT_CELL_INT, s.ptr[0] - '0') : edi_cell_unfit();
}

edict_cell edi_cell_from_text(unsigned base, edi_str s, edi_arena *arena) {
  int64_t i;
  if (!s.ptr) return null_cell();
  if (base == EDI_TYPE_BOOL) return bool_cell(s);
  if (base == EDI_TYPE_INT) return whole_number(s, &i) ? integer_cell(EDICT_CELL_INT, i) : edi_cell_unfit();
  if (base == EDI_TYPE_FLOAT) return real_cell(s);
  if (base == EDI_TYPE_BINARY) return bytes_cell(s, arena);
  return text_cell(s);
}

/* ---- out ---- */

static bool shows(const edict_cell *cell) {
  return cell->type != EDICT_CELL_NULL && !edi_cell_is_unfit(cell) &&
         (cell->type != EDICT_CELL_TEXT || edi_utf8_valid((edi_str){cell->ptr, cell->len}));
}

void edi_cell_put_text(edi_buf *out, const edict_cell *cell) {
  edi_decimal d;
  if (!shows(cell)) return;
  switch (cell->type) {
    case EDICT_CELL_INT: edi_buf_format(out, "%lld", (long long)cell->integer); return;
    case EDICT_CELL_BOOL: edi_buf_text(out, cell->integer ? "true" : "false"); return;
    case EDICT_CELL_DATE: edi_date_format(out, cell->integer); return;
    case EDICT_CELL_TIMESTAMP: edi_timestamp_format(out, cell->integer); return;
    case EDICT_CELL_TIME: edi_clock_format(out, cell->integer); return;
    case EDICT_CELL_DECIMAL:
      if (edi_decimal_make(cell->integer, cell->scale, &d)) edi_decimal_format(out, d);
      return;
    case EDICT_CELL_REAL: edi_double_format(out, cell->real); return;
    case EDICT_CELL_TEXT: edi_buf_append(out, cell->ptr, cell->len); return;
    case EDICT_CELL_BLOB: edi_base64_append(out, cell->ptr, cell->len); return;
    case EDICT_CELL_NULL: return;
  }
}

void edi_cell_put_json(edi_buf *out, const edict_cell *cell) {
  bool quoted = cell->type == EDICT_CELL_DATE || cell->type == EDICT_CELL_TIMESTAMP || cell->type == EDICT_CELL_TIME || cell->type == EDICT_CELL_BLOB;
  size_t begin = out->len;
  if (shows(cell) && cell->type == EDICT_CELL_TEXT) {
    edi_json_string(out, (edi_str){cell->ptr, cell->len});
    return;
  }
  if (quoted) edi_buf_char(out, '"');
  edi_cell_put_text(out, cell);
  if (quoted) edi_buf_char(out, '"');
  if (out->len == begin) edi_buf_text(out, "null");
}
