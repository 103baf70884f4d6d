/* Apply: see the header. One function a transform, one table that names them; each sees a cell that is
 * not NULL and fits its column. */
#include "enforce/apply.h"

#include "eval/vm.h"

#include <sodium.h>

typedef struct job {
  const edi_transform *transform;
  const edi_apply_column *column;
  edi_pattern_scratch *patterns;
  const edict_cell *in;
  edi_value value;              /* the cell, typed */
  edict_cell *out;
  edi_output *memory;
} job;

/* True: out is written. False: the bottom. */
typedef bool runner(const job *j);

static char *room(edi_output *memory, size_t length) {
  if (length > memory->size - memory->used) {
    memory->full = true;
    return NULL;
  }
  char *at = memory->ptr + memory->used;
  memory->used += length;
  return at;
}

static bool text(const job *j, const char *ptr, size_t length) {
  *j->out = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = ptr, .len = length};
  return true;
}

static edi_str in_text(const job *j) { return (edi_str){j->in->ptr, j->in->len}; }

static bool run_raw(const job *j) {
  *j->out = *j->in;
  return true;
}

static bool run_null(const job *j) {
  (void)j;
  return false;
}

static bool run_const(const job *j) {
  const edi_value *v = &j->transform->constant;
  *j->out = (edict_cell){.integer = v->as.integer};
  switch (v->base) {
    case EDI_TYPE_STRING: return text(j, v->as.text, v->length);
    case EDI_TYPE_INT: j->out->type = EDICT_CELL_INT; return true;
    case EDI_TYPE_BOOL: j->out->type = EDICT_CELL_BOOL; return true;
    case EDI_TYPE_DATE: j->out->type = EDICT_CELL_DATE; return true;
    case EDI_TYPE_TIMESTAMP: j->out->type = EDICT_CELL_TIMESTAMP; return true;
    case EDI_TYPE_DECIMAL:
      j->out->type = EDICT_CELL_DECIMAL;
      j->out->scale = v->scale;
      return true;
    default: return false;
  }
}

/* At most half of the value shows, so that a short one is not given away. */
static bool show(const job *j, bool last) {
  edi_str s = in_text(j), rest = j->transform->rest;
  size_t points = edi_utf8_count(s);
  size_t shown = j->transform->count < points / 2 ? j->transform->count : points / 2;
  size_t hidden = points - shown;
  size_t cut = edi_utf8_offset(s, last ? hidden : shown);
  size_t kept = last ? s.len - cut : cut;
  size_t fill;
  if (!edi_size_mul(hidden, rest.len, &fill)) return false;
  char *out = room(j->memory, fill + kept);
  if (!out) return false;
  char *mask = last ? out : out + kept;
  for (size_t i = 0; i < hidden; i++) memcpy(mask + i * rest.len, rest.ptr, rest.len);
  memcpy(last ? out + fill : out, last ? s.ptr + cut : s.ptr, kept);
  return text(j, out, fill + kept);
}

static bool run_show_last(const job *j) { return show(j, true); }
static bool run_show_first(const job *j) { return show(j, false); }

/* The bound on a replacement's length does not depend on how much memory the caller brought, so that
 * every mode gives the same answer. */
static bool run_regex(const job *j) {
  edi_str s = in_text(j);
  size_t bound = s.len * 4 + 256, length;
  char *out = room(j->memory, bound);
  if (!out) return false;
  edi_pattern_result result = edi_pattern_substitute(j->transform->pattern, j->patterns, s,
                                                     j->transform->replacement, out, bound, &length);
  if (result == EDI_PATTERN_UNKNOWN) return false;
  j->memory->used -= bound - length;
  return text(j, out, length);
}

static void mac(const unsigned char key[32], unsigned type, const void *bytes, size_t length, unsigned char out[16]) {
  unsigned char head[9];
  crypto_generichash_state state;
  head[0] = (unsigned char)type;
  edi_put64(head + 1, length);
  (void)crypto_generichash_init(&state, key, 32, 16);
  (void)crypto_generichash_update(&state, head, sizeof head);
  (void)crypto_generichash_update(&state, bytes, length);
  (void)crypto_generichash_final(&state, out, 16);
}

void edi_pseudonym_text(const unsigned char key[32], edi_str s, char out[22]) {
  unsigned char digest[16];
  char encoded[24];
  mac(key, EDI_TYPE_STRING, s.ptr, s.len, digest);
  (void)sodium_bin2base64(encoded, sizeof encoded, digest, sizeof digest, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  memcpy(out, encoded, 22);
}

int64_t edi_pseudonym_int(const unsigned char key[32], int64_t i) {
  unsigned char digest[16], bytes[8];
  edi_put64(bytes, (uint64_t)i);
  mac(key, EDI_TYPE_INT, bytes, sizeof bytes, digest);
  return (int64_t)(edi_get64(digest) & INT64_MAX);
}

static bool run_pseudonym(const job *j) {
  if (!j->column->key) return false;
  if (j->column->base == EDI_TYPE_INT) {
    *j->out = (edict_cell){.type = EDICT_CELL_INT, .integer = edi_pseudonym_int(j->column->key, j->in->integer)};
    return true;
  }
  char *out = room(j->memory, 22);
  if (!out) return false;
  edi_pseudonym_text(j->column->key, in_text(j), out);
  return text(j, out, 22);
}

static bool truncate_date(int64_t date, edi_unit unit, int64_t *out) {
  int year, month, day;
  edi_date_to_civil(date, &year, &month, &day);
  switch (unit) {
    case EDI_UNIT_NONE: return false;
    case EDI_UNIT_HOUR:
    case EDI_UNIT_DAY: *out = date; return true;
    case EDI_UNIT_ISOWEEK:
      *out = date - (edi_date_weekday(date) - 1);
      return *out >= EDI_DATE_MIN;
    case EDI_UNIT_MONTH: return edi_date_from_civil(year, month, 1, out);
    case EDI_UNIT_QUARTER: return edi_date_from_civil(year, (month - 1) / 3 * 3 + 1, 1, out);
    case EDI_UNIT_YEAR: return edi_date_from_civil(year, 1, 1, out);
  }
  return false;
}

static bool truncate_time(int64_t t, edi_unit unit, int64_t *out) {
  int64_t date = edi_date_of(t), hour = INT64_C(3600000000);
  if (unit == EDI_UNIT_HOUR) {
    int64_t in_day = t - date * EDI_DAY_MICROS;
    *out = t - in_day % hour;
    return true;
  }
  if (!truncate_date(date, unit, &date)) return false;
  *out = date * EDI_DAY_MICROS;
  return true;
}

/* A date in text form stays text, in the one form that the calendar writes. */
static bool as_text(const job *j, bool is_date, int64_t value) {
  char storage[40];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  if (is_date) edi_date_format(&buf, value);
  else edi_timestamp_format(&buf, value);
  char *out = buf.failed == EDICT_OK ? room(j->memory, buf.len) : NULL;
  if (!out) return false;
  memcpy(out, storage, buf.len);
  return text(j, out, buf.len);
}

static bool run_date_trunc(const job *j) {
  bool is_date = j->column->base == EDI_TYPE_DATE;
  int64_t out;
  bool ok = is_date ? truncate_date(j->value.as.integer, j->transform->unit, &out)
                    : truncate_time(j->value.as.integer, j->transform->unit, &out);
  if (!ok) return false;
  if (j->in->type == EDICT_CELL_TEXT) return as_text(j, is_date, out);
  *j->out = (edict_cell){.type = j->in->type, .integer = out};
  return true;
}

static runner *const runners[] = {
    [EDI_TRANSFORM_NONE] = run_null,
#define TRANSFORM(NAME, number, name, determinism, types, parameters) [EDI_TRANSFORM_##NAME] = RUN_##NAME,
#define RUN_RAW run_raw
#define RUN_NULL run_null
#define RUN_CONST run_const
#define RUN_SHOW_LAST run_show_last
#define RUN_SHOW_FIRST run_show_first
#define RUN_REGEX run_regex
#define RUN_PSEUDONYM run_pseudonym
#define RUN_DATE_TRUNC run_date_trunc
#include "bundle/transforms.def"
#undef TRANSFORM
};

/* NULL, or where a value is required one that says nothing: Iceberg's mask-to-fixed-value. */
static void bottom(const edi_apply_column *column, edict_cell *out) {
  *out = (edict_cell){0};
  if (!column->required) return;
  switch (column->base) {
    case EDI_TYPE_STRING: *out = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = "XXXXXXXX", .len = 8}; return;
    case EDI_TYPE_INT: *out = (edict_cell){.type = EDICT_CELL_INT, .integer = 999999999}; return;
    case EDI_TYPE_BOOL: *out = (edict_cell){.type = EDICT_CELL_BOOL}; return;
    case EDI_TYPE_DECIMAL: *out = (edict_cell){.type = EDICT_CELL_DECIMAL}; return;
    case EDI_TYPE_DATE: *out = (edict_cell){.type = EDICT_CELL_DATE, .integer = EDI_DATE_MAX}; return;
    case EDI_TYPE_TIMESTAMP:
      *out = (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = EDI_DATE_MAX * EDI_DAY_MICROS};
      return;
    default: return; /* dropped: NULL */
  }
}

void edi_apply(const edi_transform *transform, const edi_apply_column *column, edi_pattern_scratch *patterns,
               const edict_cell *in, edict_cell *out, edi_output *memory) {
  job j = {transform, column, patterns, in, edi_cell_typed(in, column->base), out, memory};
  if (transform->id == EDI_TRANSFORM_RAW) {
    (void)run_raw(&j);
    return;
  }
  bool bottoms = transform->id == EDI_TRANSFORM_NULL || transform->id == EDI_TRANSFORM_NONE;
  if (!bottoms && in->type == EDICT_CELL_NULL) {
    *out = (edict_cell){0};
    return;
  }
  if (bottoms || !j.value.base || !runners[transform->id](&j)) bottom(column, out);
}
