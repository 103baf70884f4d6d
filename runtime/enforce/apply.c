/* Apply: see the header. One function a transform, one table that names them; each sees a cell that is
 * not NULL and fits its column. Nothing of a cell stays in the caller's memory but what is shown. */
#include "enforce/apply.h"

#include "eval/vm.h"

#include <sodium.h>

typedef struct job {
  const edi_transform *transform;
  const edi_apply_column *column;
  edi_pattern_scratch *patterns;
  const edict_cell *in;         /* a text is never a NULL pointer */
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
 * every mode gives the same answer. What a substitution wrote before it hit a limit may be raw. */
static bool run_regex(const job *j) {
  edi_str s = in_text(j);
  size_t bound = s.len * 4 + 256, length;
  char *out = room(j->memory, bound);
  if (!out) return false;
  edi_pattern_result result = edi_pattern_substitute(
      j->transform->pattern, j->patterns, s, j->transform->replacement, out, bound, &length);
  bool done = result != EDI_PATTERN_UNKNOWN;
  if (!done) memset(out, 0, bound);
  j->memory->used -= done ? bound - length : bound;
  return done && text(j, out, length);
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

static int64_t number_from(const unsigned char digest[16]) {
  return (int64_t)(edi_get64(digest) & INT64_MAX);
}

int64_t edi_pseudonym_int(const unsigned char key[32], int64_t i) {
  unsigned char digest[16], bytes[8];
  edi_put64(bytes, (uint64_t)i);
  mac(key, EDI_TYPE_INT, bytes, sizeof bytes, digest);
  return number_from(digest);
}

int64_t edi_pseudonym_decimal(const unsigned char key[32], edi_decimal d) {
  unsigned char digest[16], bytes[9];
  edi_put64(bytes, (uint64_t)d.mantissa);
  bytes[8] = d.scale;
  mac(key, EDI_TYPE_DECIMAL, bytes, sizeof bytes, digest);
  return number_from(digest);
}

/* What is made in a buffer of its own, as a text of the caller's. */
static bool text_from(const job *j, const edi_buf *made) {
  char *out = made->failed == EDICT_OK ? room(j->memory, made->len) : NULL;
  if (!out) return false;
  memcpy(out, made->ptr, made->len);
  return text(j, out, made->len);
}

/* Equal numbers have equal pseudonyms, however they are written; one in text form stays text. */
static bool pseudonym_of_decimal(const job *j) {
  int64_t number =
      edi_pseudonym_decimal(j->column->key, (edi_decimal){j->value.as.integer, j->value.scale});
  if (j->in->type == EDICT_CELL_TEXT) {
    char storage[24];
    edi_buf buf = edi_buf_fixed(storage, sizeof storage);
    edi_decimal_format(&buf, (edi_decimal){number, 0});
    return text_from(j, &buf);
  }
  *j->out = (edict_cell){.type = EDICT_CELL_DECIMAL, .integer = number};
  return true;
}

static bool run_pseudonym(const job *j) {
  const unsigned char *key = j->column->key;
  if (!key) return false;
  if (j->column->base == EDI_TYPE_DECIMAL) return pseudonym_of_decimal(j);
  if (j->column->base == EDI_TYPE_INT) {
    *j->out = (edict_cell){.type = EDICT_CELL_INT,
                           .integer = edi_pseudonym_int(key, j->value.as.integer)};
    return true;
  }
  char *out = j->column->base == EDI_TYPE_STRING ? room(j->memory, 22) : NULL;
  if (!out) return false;
  edi_pseudonym_text(key, in_text(j), out);
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
  return text_from(j, &buf);
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

/* What a required column holds where nothing may be told: Iceberg's mask-to-fixed-value. False: there
 * is none for the type. */
static bool fixed_value(unsigned base, edict_cell *out) {
  switch (base) {
    case EDI_TYPE_STRING:
      *out = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = "XXXXXXXX", .len = 8};
      return true;
    case EDI_TYPE_INT: *out = (edict_cell){.type = EDICT_CELL_INT, .integer = 999999999}; return true;
    case EDI_TYPE_BOOL: *out = (edict_cell){.type = EDICT_CELL_BOOL}; return true;
    case EDI_TYPE_DECIMAL: *out = (edict_cell){.type = EDICT_CELL_DECIMAL}; return true;
    case EDI_TYPE_DATE:
      *out = (edict_cell){.type = EDICT_CELL_DATE, .integer = EDI_DATE_MAX};
      return true;
    case EDI_TYPE_TIMESTAMP:
      *out = (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = EDI_DATE_MAX * EDI_DAY_MICROS};
      return true;
    default: return false;
  }
}

static void bottom(const edi_apply_column *column, edict_cell *out) {
  *out = (edict_cell){0};
  if (column->required) (void)fixed_value(column->base, out);
}

/* A cell that is not NULL. One that does not fit its column is masked as if it were the bottom, so that
 * an ordered pair of transforms stays ordered on it: the lower output follows from the upper. */
static bool run(job *j, edict_cell *stand_in) {
  if (!j->value.base) {
    bottom(j->column, stand_in);
    if (stand_in->type == EDICT_CELL_NULL) return false;
    j->in = stand_in;
    j->value = edi_cell_typed(stand_in, j->column->base);
  } else if (j->in->type == EDICT_CELL_TEXT && !j->in->ptr) {
    *stand_in = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = ""};
    j->in = stand_in;
  }
  return runners[j->transform->id](j);
}

void edi_apply(const edi_transform *transform, const edi_apply_column *column,
               edi_pattern_scratch *patterns, const edict_cell *in, edict_cell *out,
               edi_output *memory) {
  job j = {transform, column, patterns, in, edi_value_unknown(), out, memory};
  edict_cell stand_in;
  *out = (edict_cell){0};
  if (transform->id == EDI_TRANSFORM_RAW) {
    (void)run_raw(&j);
  } else if (transform->id == EDI_TRANSFORM_NULL || transform->id == EDI_TRANSFORM_NONE) {
    bottom(column, out);
  } else if (in->type != EDICT_CELL_NULL) {
    j.value = edi_cell_typed(in, column->base);
    if (!run(&j, &stand_in)) bottom(column, out);
  }
}
