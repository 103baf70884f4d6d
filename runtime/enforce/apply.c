/* Apply: see the header. One function a transform, one table that names them; each sees a cell that is
 * not NULL and fits its column. Nothing of a cell stays in the caller's memory but what is shown. */
#include "enforce/apply.h"

#include "eval/vm.h"

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

static bool text(const job *j, const char *ptr, size_t length) {
  *j->out = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = ptr, .len = length};
  return true;
}

static bool bytes(const job *j, edi_str made) {
  *j->out = (edict_cell){.type = EDICT_CELL_BLOB, .ptr = made.ptr, .len = made.len};
  return true;
}

static edi_str in_text(const job *j) { return (edi_str){j->in->ptr, j->in->len}; }

static bool run_raw(const job *j) {
  *j->out = *j->in;
  return true;
}

/* What fits its column. */
static void show(const job *j) {
  if (j->in->type == EDICT_CELL_NULL || edi_cell_fits(j->in, j->column->base)) {
    *j->out = *j->in;
    return;
  }
  j->memory->failed++;
  edi_apply_bottom(j->column, j->out);
}

static bool run_null(const job *j) {
  (void)j;
  return false;
}

static bool constant(const edi_value *v, edict_cell *out) {
  *out = (edict_cell){.integer = v->as.integer};
  switch (v->base) {
    case EDI_TYPE_STRING:
      *out = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = v->as.text, .len = v->length};
      return true;
    case EDI_TYPE_INT: out->type = EDICT_CELL_INT; return true;
    case EDI_TYPE_BOOL: out->type = EDICT_CELL_BOOL; return true;
    case EDI_TYPE_DATE: out->type = EDICT_CELL_DATE; return true;
    case EDI_TYPE_TIMESTAMP: out->type = EDICT_CELL_TIMESTAMP; return true;
    case EDI_TYPE_DECIMAL:
      out->type = EDICT_CELL_DECIMAL;
      out->scale = v->scale;
      return true;
    case EDI_TYPE_TIME: out->type = EDICT_CELL_TIME; return true;
    case EDI_TYPE_FLOAT:
      *out = (edict_cell){.type = EDICT_CELL_REAL, .real = edi_decimal_double_from((edi_decimal){v->as.integer, v->scale})};
      return true;
    case EDI_TYPE_BINARY:
      *out = (edict_cell){.type = EDICT_CELL_BLOB, .ptr = v->as.text, .len = v->length};
      return true;
    default: return false;
  }
}

static bool run_const(const job *j) {
  edi_value v = j->transform->args[EDI_ARG_CONST_VALUE];
  if (j->column->base == EDI_TYPE_FLOAT) v.base = EDI_TYPE_FLOAT;
  return constant(&v, j->out);
}

static edi_str fixed_text(const edi_apply_column *column, int64_t profile) {
  if (profile == EDI_DEFAULT_BIGQUERY) return EDI_STR("");
  return column->uuid ? EDI_STR("00000000-0000-0000-0000-000000000000") : EDI_STR("XXXXXXXX");
}

/* What a required column holds where nothing may be told, Iceberg's mask-to-fixed-value as it was proposed; as it was
 * adopted; and what BigQuery's DEFAULT_MASKING_VALUE gives. False: there is none for the type. */
static bool fixed_value(const edi_apply_column *column, int64_t profile, edict_cell *out) {
  const unsigned base = column->base;
  const bool zero = profile != EDI_DEFAULT_ICEBERG;
  edi_value v = edi_value_integer(base, 0);
  switch (base) {
    case EDI_TYPE_STRING: v = edi_value_text(base, fixed_text(column, profile)); break;
    case EDI_TYPE_BINARY: v = edi_value_text(base, EDI_STR("")); break;
    case EDI_TYPE_INT: v.as.integer = zero ? 0 : 999999999; break;
    case EDI_TYPE_DATE: v.as.integer = zero ? 0 : EDI_DATE_MAX; break;
    case EDI_TYPE_TIMESTAMP: v.as.integer = zero ? 0 : EDI_DATE_MAX * EDI_DAY_MICROS; break;
    default: break;
  }
  return constant(&v, out);
}

static bool run_default(const job *j) {
  return fixed_value(j->column, j->transform->args[EDI_ARG_DEFAULT_PROFILE].as.integer, j->out);
}

/* ---- texts ---- */

static edi_text_kernel *const text_kernels[] = {
    [EDI_TRANSFORM_SHOW_LAST] = edi_kernel_show,     [EDI_TRANSFORM_SHOW_FIRST] = edi_kernel_show,
    [EDI_TRANSFORM_CLASSMASK] = edi_kernel_classmask,
    [EDI_TRANSFORM_ALPHANUM] = edi_kernel_alphanum,  [EDI_TRANSFORM_CHARMASK] = edi_kernel_charmask,
    [EDI_TRANSFORM_PARTIAL] = edi_kernel_partial,    [EDI_TRANSFORM_EMAIL] = edi_kernel_email,
    [EDI_TRANSFORM_PAN] = edi_kernel_pan,            [EDI_TRANSFORM_IP_TRUNC] = edi_kernel_ip_trunc,
    [EDI_TRANSFORM_BUCKET] = edi_kernel_bucket_text, [EDI_TRANSFORM_ZIP3] = edi_kernel_zip3,
};

edi_text_kernel *edi_apply_text_kernel(const edi_transform *t) {
  return t->key.len == 0 && t->id < sizeof text_kernels / sizeof *text_kernels ? text_kernels[t->id] : NULL;
}

static bool run_text(const job *j) {
  edi_str out;
  return text_kernels[j->transform->id](j->transform, in_text(j), j->memory, &out) && text(j, out.ptr, out.len);
}

static bool run_redact(const job *j) { return j->column->base == EDI_TYPE_BINARY ? bytes(j, EDI_STR("")) : text(j, "", 0); }

static bool whole_number(const job *j, int64_t value) {
  *j->out = (edict_cell){.type = EDICT_CELL_INT, .integer = value};
  return true;
}

static bool run_characters(const job *j) {
  int64_t out;
  if (j->column->base == EDI_TYPE_STRING) return run_text(j);
  return edi_kernel_show_int(j->transform, j->value.as.integer, &out) && whole_number(j, out);
}

static bool run_sha256(const job *j) {
  bool query = j->transform->id == EDI_TRANSFORM_SHA256_QUERY;
  const edi_str salt = query ? j->column->salt : (edi_str){NULL, 0};
  edi_str out;
  int64_t number;
  if (query && salt.len < EDI_SALT_LEAST) return false;
  if (j->column->base == EDI_TYPE_BINARY) return edi_kernel_sha256_bytes(salt, in_text(j), j->memory, &out) && bytes(j, out);
  if (j->column->base == EDI_TYPE_STRING)
    return edi_kernel_sha256_text(j->transform, salt, in_text(j), j->memory, &out) && text(j, out.ptr, out.len);
  return edi_kernel_sha256_int(j->transform, salt, j->value.as.integer, j->memory, &number) && whole_number(j, number);
}

/* The node that lies above the cell's on a level, counted from the top; the node itself if it lies above. */
static bool run_generalise(const job *j) {
  const edi_vocabulary *v = j->column->vocabulary;
  uint32_t node = v && j->column->taxonomy != EDI_NONE ? edi_vocabulary_node(v, j->column->taxonomy, in_text(j)) : EDI_NONE;
  if (node == EDI_NONE) return false;
  int64_t depth = 0, level = j->transform->args[EDI_ARG_GENERALISE_LEVEL].as.integer;
  for (uint32_t at = edi_vocabulary_parent(v, node); at != EDI_NONE; at = edi_vocabulary_parent(v, at)) depth++;
  for (; depth > level; depth--) node = edi_vocabulary_parent(v, node);
  edi_str name = edi_vocabulary_name(v, node);
  return text(j, name.ptr, name.len);
}

/* The bound on a replacement's length does not depend on how much memory the caller brought, so that
 * every mode gives the same answer. What a substitution wrote before it hit a limit may be raw. */
static bool run_regex(const job *j) {
  edi_str s = in_text(j);
  size_t bound = s.len * 4 + 256, length;
  char *out = edi_output_take(j->memory, bound);
  if (!out) return false;
  edi_pattern_result result = edi_pattern_substitute(
      j->transform->pattern, j->patterns, s, edi_value_str(j->transform->args[EDI_ARG_REGEX_REPLACEMENT]), out, bound, &length);
  bool done = result != EDI_PATTERN_UNKNOWN;
  if (!done) memset(out, 0, bound);
  j->memory->used -= done ? bound - length : bound;
  return done && text(j, out, length);
}

/* What is made in a buffer of its own, as a text of the caller's. */
static bool text_from(const job *j, const edi_buf *made) {
  char *out = made->failed == EDICT_OK ? edi_output_take(j->memory, made->len) : NULL;
  if (!out) return false;
  memcpy(out, made->ptr, made->len);
  return text(j, out, made->len);
}

/* ---- numbers and dates ---- */

/* A value in text form stays text, in the one form that the language writes. */
static bool as_text(const job *j, edi_value v) {
  char storage[48];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  if (v.base == EDI_TYPE_DATE) edi_date_format(&buf, v.as.integer);
  else if (v.base == EDI_TYPE_TIMESTAMP) edi_timestamp_format(&buf, v.as.integer);
  else edi_decimal_format(&buf, (edi_decimal){v.as.integer, v.scale});
  return text_from(j, &buf);
}

/* Whether a number of a float column is one that masks compute with: what they make of it has a text of its own too. */
static bool is_near(edi_decimal d) {
  const edi_decimal most = {INT64_C(1000000000000000000), 0}, least = {INT64_C(-1000000000000000000), 0};
  return edi_decimal_compare(d, least) > 0 && edi_decimal_compare(d, most) < 0;
}

/* A value of the column's type in the form that the cell had. */
static bool put(const job *j, edi_value v) {
  if (j->column->base == EDI_TYPE_FLOAT && !is_near((edi_decimal){v.as.integer, v.scale})) return false;
  if (j->column->base == EDI_TYPE_INT) return whole_number(j, v.as.integer);
  if (j->in->type == EDICT_CELL_TEXT) return as_text(j, v);
  v.base = (uint8_t)j->column->base;
  return constant(&v, j->out);
}

static bool put_decimal(const job *j, edi_decimal d) {
  return put(j, edi_value_decimal(d));
}

static bool run_date_trunc(const job *j) {
  edi_unit unit = (edi_unit)j->transform->args[EDI_ARG_TRUNC_UNIT].as.integer;
  edi_value v = j->value;
  if (v.base == EDI_TYPE_DATE) edi_kernel_trunc_dates(unit, &v.as.integer, &v.as.integer, 1);
  else edi_kernel_trunc_times(unit, &v.as.integer, &v.as.integer, 1);
  return put(j, v);
}

/* The number that a mask computes with. Of a real that no decimal is: the one at or below it, and whether it lies above
 * that. False: too large. */
static bool number_of(const job *j, edi_decimal *out, bool *more) {
  *more = false;
  *out = (edi_decimal){j->value.as.integer, j->value.scale};
  if (j->column->base != EDI_TYPE_FLOAT) return true;
  bool real = j->in->type == EDICT_CELL_REAL; /* else a number in another form: the nearest real */
  return edi_decimal_below_double(real ? j->in->real : edi_decimal_to_double(*out), out, more) && is_near(*out);
}

static bool run_round(const job *j) {
  edi_value v = j->value;
  edi_decimal in, out;
  bool more;
  uint8_t ok;
  if (v.base == EDI_TYPE_DECIMAL || v.base == EDI_TYPE_FLOAT)
    return number_of(j, &in, &more) && edi_kernel_round_decimal(j->transform, in, more, &out) && put_decimal(j, out);
  edi_kernel_round_ints(j->transform, &j->value.as.integer, &v.as.integer, &ok, 1);
  return ok && put(j, v);
}

static bool run_bucket(const job *j) {
  edi_value v = j->value;
  edi_decimal in, out;
  bool more; /* a bucket begins at one of 18 places at most, so what lies above the number by less lies in the same */
  if (v.base == EDI_TYPE_STRING) return run_text(j);
  if (v.base == EDI_TYPE_DECIMAL || v.base == EDI_TYPE_FLOAT)
    return number_of(j, &in, &more) && edi_kernel_bucket_decimal(j->transform, in, &out) && put_decimal(j, out);
  edi_kernel_bucket_ints(j->transform, &j->value.as.integer, &v.as.integer, 1);
  return put(j, v);
}

/* A real within the bounds stays the one that it is. */
static bool clamp_real(const job *j) {
  edi_decimal in;
  bool more;
  if (!number_of(j, &in, &more)) return false;
  edi_value v = edi_value_decimal(in);
  edi_value out = edi_kernel_clamp(j->transform, v);
  bool above = more && edi_value_compare(v, j->transform->args[EDI_ARG_HI]) == 0;
  return above || edi_value_compare(out, v) != 0 ? put(j, out) : run_raw(j);
}

static bool run_clamp(const job *j) {
  edi_value v = j->value;
  if (j->in->type == EDICT_CELL_REAL && j->column->base == EDI_TYPE_FLOAT) return clamp_real(j);
  if (v.base == EDI_TYPE_INT) v.base = EDI_TYPE_DECIMAL; /* as the bounds are, which are whole */
  return put(j, edi_kernel_clamp(j->transform, v));
}

/* ---- keys ---- */

/* Equal numbers have equal pseudonyms, however they are written; one in text form stays text. */
static bool run_pseudonym(const job *j) {
  const edi_mask_key *key = edi_transform_by_entity(j->transform) ? j->column->own : j->column->key;
  edi_str out;
  if (!key) return false;
  if (j->value.base == EDI_TYPE_DECIMAL)
    return put_decimal(j, (edi_decimal){edi_pseudonym_decimal(key, (edi_decimal){j->value.as.integer, j->value.scale}), 0});
  if (j->value.base == EDI_TYPE_INT) return whole_number(j, edi_pseudonym_int(key, j->value.as.integer));
  if (j->value.base == EDI_TYPE_BINARY) return edi_kernel_pseudonym_bytes(key, in_text(j), j->memory, &out) && bytes(j, out);
  if (j->value.base != EDI_TYPE_STRING) return false;
  return edi_kernel_pseudonym(key, j->transform, in_text(j), j->memory, &out) && text(j, out.ptr, out.len);
}

static bool run_email(const job *j) {
  edi_str out;
  if (!j->transform->key.len) return run_text(j);
  return j->column->key && edi_kernel_email_pseudo(j->column->key, j->transform, in_text(j), j->memory, &out) && text(j, out.ptr, out.len);
}

/* Of bytes a token is the bytes of its text. */
static bool run_token(const job *j) {
  edi_str out;
  const edi_apply_column *c = j->column;
  bool made = edi_transform_by_entity(j->transform) ? c->key && c->own && edi_kernel_token_of(c->key, c->own, c->entity, in_text(j), j->memory, &out)
                                                    : c->key && edi_kernel_token(c->key, in_text(j), j->memory, &out);
  return made && (c->base == EDI_TYPE_BINARY ? bytes(j, out) : text(j, out.ptr, out.len));
}

static bool run_fpe(const job *j) {
  edi_str out;
  return j->column->key && edi_kernel_fpe(j->column->key, j->transform, in_text(j), j->memory, &out) && text(j, out.ptr, out.len);
}

/* The whole value moves by days, so what lies between two of one entity stays as long as it was. */
static bool run_date_shift(const job *j) {
  const edi_apply_column *c = j->column;
  edi_value v = j->value;
  int64_t days;
  bool date = v.base == EDI_TYPE_DATE;
  if (!c->key || !c->cell || !edi_kernel_shift(c->key, j->transform, edi_cell_typed(c->cell, c->cell_base), &days)) return false;
  v.as.integer += date ? days : days * EDI_DAY_MICROS;
  int64_t least = date ? EDI_DATE_MIN : EDI_TIMESTAMP_MIN, most = date ? EDI_DATE_MAX : EDI_TIMESTAMP_MAX;
  return v.as.integer >= least && v.as.integer <= most && put(j, v);
}

static runner *const runners[] = {
    [EDI_TRANSFORM_NONE] = run_null,
#define TRANSFORM(NAME, number, name, determinism, types, parameters) [EDI_TRANSFORM_##NAME] = RUN_##NAME,
#define RUN_RAW run_raw
#define RUN_NULL run_null
#define RUN_CONST run_const
#define RUN_SHOW_LAST run_characters
#define RUN_SHOW_FIRST run_characters
#define RUN_REGEX run_regex
#define RUN_PSEUDONYM run_pseudonym
#define RUN_DATE_TRUNC run_date_trunc
#define RUN_DROP run_null
#define RUN_DEFAULT run_default
#define RUN_REDACT run_redact
#define RUN_CLASSMASK run_characters
#define RUN_ALPHANUM run_text
#define RUN_CHARMASK run_text
#define RUN_PARTIAL run_text
#define RUN_EMAIL run_email
#define RUN_PAN run_text
#define RUN_SHA256 run_sha256
#define RUN_IP_TRUNC run_text
#define RUN_ROUND run_round
#define RUN_BUCKET run_bucket
#define RUN_CLAMP run_clamp
#define RUN_GENERALISE run_generalise
#define RUN_ZIP3 run_text
#define RUN_SHA256_QUERY run_sha256
#define RUN_TOKEN run_token
#define RUN_FPE run_fpe
#define RUN_DATE_SHIFT run_date_shift
#include "bundle/transforms.def"
#undef TRANSFORM
};

void edi_apply_bottom(const edi_apply_column *column, edict_cell *out) {
  *out = (edict_cell){0};
  if (column->required) (void)fixed_value(column, EDI_DEFAULT_ICEBERG, out);
}

/* A cell that is not NULL, and what of it: false, the bottom. */
static bool run_typed(job *j, const edict_cell *in) {
  static const edict_cell no_text = {.type = EDICT_CELL_TEXT, .ptr = ""}, no_bytes = {.type = EDICT_CELL_BLOB, .ptr = ""};
  j->in = in->ptr || (in->type != EDICT_CELL_TEXT && in->type != EDICT_CELL_BLOB) ? in : in->type == EDICT_CELL_TEXT ? &no_text : &no_bytes;
  j->value = edi_cell_typed(j->in, j->column->base);
  return j->value.base && runners[j->transform->id](j);
}

static bool hides_nulls(const edi_transform *t) {
  return (t->id == EDI_TRANSFORM_CONST && t->args[EDI_ARG_CONST_NULLS].as.integer == EDI_NULLS_HIDE) ||
         (t->id == EDI_TRANSFORM_DEFAULT && t->args[EDI_ARG_DEFAULT_NULLS].as.integer == EDI_NULLS_HIDE);
}

static void run_null_cell(const job *j) {
  if (hides_nulls(j->transform)) (void)runners[j->transform->id](j);
}

/* What cannot be masked is masked as if it were the bottom, so that an ordered pair of transforms stays
 * ordered on it: the lower output follows from the upper. */
static void run(job *j, const edict_cell *in) {
  edict_cell stand_in;
  if (run_typed(j, in) || j->memory->full) return;
  j->memory->failed++;
  edi_apply_bottom(j->column, &stand_in);
  if (stand_in.type == EDICT_CELL_NULL) run_null_cell(j);
  else if (!run_typed(j, &stand_in)) *j->out = stand_in;
}

void edi_apply(const edi_transform *transform, const edi_apply_column *column,
               edi_pattern_scratch *patterns, const edict_cell *in, edict_cell *out,
               edi_output *memory) {
  job j = {transform, column, patterns, in, edi_value_unknown(), out, memory};
  *out = (edict_cell){0};
  if (transform->id == EDI_TRANSFORM_RAW) {
    show(&j);
  } else if (transform->id == EDI_TRANSFORM_NULL || transform->id == EDI_TRANSFORM_NONE) {
    edi_apply_bottom(column, out);
  } else if (transform->id == EDI_TRANSFORM_DROP) {
    return; /* it is not there, required or not */
  } else if (in->type == EDICT_CELL_NULL) {
    run_null_cell(&j);
  } else {
    run(&j, in);
  }
}
