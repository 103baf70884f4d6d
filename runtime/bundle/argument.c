/* Argument: see the header. One function for the form of each type of parameter, one for what the
 * arguments of each transform must be together. */
#include "bundle/argument.h"

enum { CHARMASK_MOST = 1000, SKIP_MOST = 256, PAN_FIRST_MOST = 6, PAN_LAST_MOST = 4, LEVEL_MOST = 30, SHIFT_MOST = 36500 };

static edi_value word_number(const edi_parameter *p, edi_str text) {
  edi_str word;
  for (unsigned i = 0; edi_parameter_word(p, i, &word); i++)
    if (edi_str_equal(word, text)) return edi_value_integer(EDI_TYPE_INT, i);
  return edi_value_unknown();
}

static bool one_character(edi_str s) {
  size_t at = 0;
  return s.len > 0 && s.len <= 4 && edi_utf8_next(s, &at) != UINT32_MAX && at == s.len;
}

/* A single character is itself, even where it happens to be a word. */
static edi_value choice(const edi_parameter *p, edi_value v) {
  if (v.base != EDI_TYPE_STRING) return edi_value_unknown();
  edi_value as_char = word_number(p, EDI_STR("char"));
  if (as_char.base && one_character(edi_value_str(v))) return v;
  edi_value word = word_number(p, edi_value_str(v));
  return as_char.base && word.base && word.as.integer == as_char.as.integer ? edi_value_unknown() : word;
}

static edi_value number(edi_value v) {
  if (v.base == EDI_TYPE_INT) return edi_value_integer(EDI_TYPE_DECIMAL, v.as.integer);
  return v.base == EDI_TYPE_DECIMAL ? v : edi_value_unknown();
}

static bool is_column_value(unsigned base) {
  return base == EDI_TYPE_STRING || base == EDI_TYPE_INT || base == EDI_TYPE_DECIMAL ||
         base == EDI_TYPE_BOOL || base == EDI_TYPE_DATE || base == EDI_TYPE_TIMESTAMP;
}

static edi_value between(edi_value v, int64_t least, int64_t most) {
  return v.base == EDI_TYPE_INT && v.as.integer >= least && v.as.integer <= most ? v : edi_value_unknown();
}

edi_value edi_argument_normal(const edi_parameter *p, edi_value given) {
  if (given.set) return edi_value_unknown();
  switch (p->type) {
    case EDI_PARAMETER_VALUE: return is_column_value(given.base) ? given : edi_value_unknown();
    case EDI_PARAMETER_COUNT: return between(given, 0, EDI_PARAMETER_COUNT_MOST);
    case EDI_PARAMETER_INT: return between(given, INT64_MIN, INT64_MAX);
    case EDI_PARAMETER_NUMBER: return number(given);
    case EDI_PARAMETER_TEXT: return given.base == EDI_TYPE_STRING ? given : edi_value_unknown();
    case EDI_PARAMETER_CHOICE: return choice(p, given);
    case EDI_PARAMETER_ROW: return given.base == EDI_TYPE_STRING ? given : edi_value_unknown();
    case EDI_PARAMETER_PATTERN:
    case EDI_PARAMETER_KEY: break;
  }
  return edi_value_unknown();
}

edi_value edi_argument_fallback(const edi_parameter *p) {
  edi_value text = edi_value_text(EDI_TYPE_STRING, p->fallback);
  if (p->type == EDI_PARAMETER_ROW) return edi_value_unknown();
  if (p->type != EDI_PARAMETER_COUNT && p->type != EDI_PARAMETER_INT) return edi_argument_normal(p, text);
  edi_decimal d;
  if (!edi_decimal_parse(p->fallback, &d)) return edi_value_unknown();
  return edi_argument_normal(p, edi_value_integer(EDI_TYPE_INT, d.mantissa * (d.scale ? 0 : 1)));
}

/* ---- together ---- */

static edi_decimal decimal(const edi_value *v) { return (edi_decimal){v->as.integer, v->scale}; }

static bool says_default(edi_transform_id id, const edi_value *args, unsigned index) {
  edi_parameter p;
  if (!edi_transform_parameter(id, index, &p) || !p.has_fallback) return false;
  if (p.type == EDI_PARAMETER_ROW) return !args[index].base;
  edi_value fallback = edi_argument_fallback(&p);
  return args[index].base == fallback.base && fallback.base && edi_value_compare(args[index], fallback) == 0;
}

static const char *settle_show(edi_transform_id id, edi_value *args) {
  edi_value *profile = &args[EDI_ARG_SHOW_PROFILE];
  if (profile->as.integer == EDI_SHOW_EDICT) return NULL;
  if (!says_default(id, args, EDI_ARG_SHOW_REST) || !says_default(id, args, EDI_ARG_SHOW_SHORT))
    return "takes `rest` and `short` from its profile: leave them out, or the profile";
  if (profile->as.integer != EDI_SHOW_ICEBERG) return NULL;
  args[EDI_ARG_SHOW_REST] = edi_value_integer(EDI_TYPE_INT, EDI_REST_ALPHANUM);
  args[EDI_ARG_SHOW_SHORT].as.integer = EDI_SHORT_KEEP;
  profile->as.integer = EDI_SHOW_EDICT;
  return NULL;
}

/* As Iceberg adopted it, NULL is no more than any other value. */
static const char *settle_default(edi_value *args) {
  if (args[EDI_ARG_DEFAULT_PROFILE].as.integer == EDI_DEFAULT_ADOPTED) args[EDI_ARG_DEFAULT_NULLS].as.integer = EDI_NULLS_HIDE;
  return NULL;
}

static const char *settle_classmask(edi_transform_id id, const edi_value *args) {
  if (args[EDI_ARG_CLASS_PROFILE].as.integer == EDI_CLASS_EDICT) return NULL;
  for (unsigned i = 0; i < EDI_ARG_CLASS_PROFILE; i++)
    if (!says_default(id, args, i)) return "takes its characters from its profile: leave them out, or the profile";
  return NULL;
}

static const char *settle_charmask(const edi_value *args) {
  int64_t count = args[EDI_ARG_CHARMASK_COUNT].as.integer;
  if (count < -CHARMASK_MOST || count > CHARMASK_MOST) return "takes a count from -1000 to 1000";
  return args[EDI_ARG_CHARMASK_SKIP].length > SKIP_MOST ? "skips at most 256 bytes of characters" : NULL;
}

static const char *settle_bounds(edi_value *args) {
  edi_value *lo = &args[EDI_ARG_LO], *hi = &args[EDI_ARG_HI];
  if (lo->base == EDI_TYPE_INT) *lo = number(*lo);
  if (hi->base == EDI_TYPE_INT) *hi = number(*hi);
  if (lo->base != hi->base) return "takes two bounds of one type";
  if (lo->base == EDI_TYPE_STRING || lo->base == EDI_TYPE_BOOL) return "takes bounds that are numbers, dates or timestamps";
  bool above = lo->base == EDI_TYPE_DECIMAL ? edi_decimal_compare(decimal(lo), decimal(hi)) > 0
                                            : lo->as.integer > hi->as.integer;
  return above ? "takes the lower bound first" : NULL;
}

/* Whether the number has a form of this scale: then every edge between two such has one. */
static bool fits_at(edi_decimal d, unsigned scale) {
  int64_t mantissa = d.mantissa;
  for (unsigned s = d.scale; s < scale; s++)
    if (__builtin_mul_overflow(mantissa, 10, &mantissa)) return false;
  return true;
}

static const char *settle_bucket(const edi_value *args) {
  edi_decimal lo = decimal(&args[EDI_ARG_LO]), hi = decimal(&args[EDI_ARG_HI]), size = decimal(&args[EDI_ARG_SIZE]), width;
  if (size.mantissa <= 0) return "takes a size above zero";
  if (!edi_decimal_sub(hi, lo, &width) || edi_decimal_compare(size, width) > 0)
    return "takes the lower bound first, and a size that fits between the two";
  if (!fits_at(lo, size.scale) || !fits_at(hi, size.scale)) return "takes bounds that can be written as fine as its size";
  return NULL;
}

/* Blanks and groups of three digits. */
static const char *settle_zip3(const edi_value *args) {
  edi_str left = edi_value_str(args[EDI_ARG_ZIP3_SMALL]);
  for (size_t at = 0; at < left.len; at += 4) {
    for (size_t i = at; i < at + 3; i++)
      if (i >= left.len || left.ptr[i] < '0' || left.ptr[i] > '9') return "takes areas of three digits each, a blank between them";
    if (at + 3 < left.len && (left.ptr[at + 3] != ' ' || at + 4 == left.len))
      return "takes areas of three digits each, a blank between them";
  }
  return NULL;
}

static const char *settle_email(const edi_value *args) {
  int64_t mode = args[EDI_ARG_EMAIL_MODE].as.integer;
  if (args[EDI_ARG_EMAIL_PROFILE].as.integer && mode != EDI_EMAIL_LOCAL)
    return "has one mode in the profile `bigquery`, which is `local`";
  bool keyed = args[EDI_ARG_EMAIL_KEY].base != 0;
  if (mode == EDI_EMAIL_PSEUDO && !keyed) return "needs a key for the mode `pseudo`";
  return keyed && mode != EDI_EMAIL_PSEUDO ? "takes a key in the mode `pseudo` alone" : NULL;
}

static const char *settle_context(const edi_value *context) {
  return context->length > EDI_CONTEXT_MOST ? "takes a context of at most 128 bytes" : NULL;
}

static const char *settle_fpe(const edi_value *args) {
  bool seen[128] = {false};
  edi_str all = edi_value_str(args[EDI_ARG_FPE_ALPHABET]);
  for (size_t i = 0; i < all.len; i++) {
    unsigned char c = (unsigned char)all.ptr[i];
    if (c < ' ' || c > '~' || seen[c]) return "takes an alphabet of visible ASCII characters, each once";
    seen[c] = true;
  }
  return all.len < 2 ? "takes an alphabet of at least two characters" : settle_context(&args[EDI_ARG_FPE_CONTEXT]);
}

static const char *settle_shift(const edi_value *args) {
  int64_t lo = args[EDI_ARG_SHIFT_LO].as.integer, hi = args[EDI_ARG_SHIFT_HI].as.integer;
  if (lo < -SHIFT_MOST || hi > SHIFT_MOST) return "shifts by at most 36500 days";
  return lo >= hi ? "takes the smaller number of days first, and a larger one" : NULL;
}

const char *edi_arguments_settle(edi_transform_id id, edi_value *args) {
  switch ((int)id) {
    case EDI_TRANSFORM_SHOW_FIRST:
    case EDI_TRANSFORM_SHOW_LAST: return settle_show(id, args);
    case EDI_TRANSFORM_DEFAULT: return settle_default(args);
    case EDI_TRANSFORM_CLASSMASK: return settle_classmask(id, args);
    case EDI_TRANSFORM_CHARMASK: return settle_charmask(args);
    case EDI_TRANSFORM_EMAIL:
      return settle_email(args);
    case EDI_TRANSFORM_PAN:
      return args[EDI_ARG_PAN_FIRST].as.integer > PAN_FIRST_MOST || args[EDI_ARG_PAN_LAST].as.integer > PAN_LAST_MOST
                 ? "shows at most the first 6 digits and the last 4"
                 : NULL;
    case EDI_TRANSFORM_IP_TRUNC:
      return args[EDI_ARG_IP_V4].as.integer > 32 || args[EDI_ARG_IP_V6].as.integer > 128
                 ? "keeps at most 32 bits of an IPv4 address and 128 of an IPv6 one"
                 : NULL;
    case EDI_TRANSFORM_ROUND: return args[EDI_ARG_ROUND_STEP].as.integer <= 0 ? "takes a step above zero" : NULL;
    case EDI_TRANSFORM_BUCKET: return settle_bucket(args);
    case EDI_TRANSFORM_CLAMP: return settle_bounds(args);
    case EDI_TRANSFORM_GENERALISE:
      return args[EDI_ARG_GENERALISE_LEVEL].as.integer > LEVEL_MOST ? "takes a level from 0 to 30" : NULL;
    case EDI_TRANSFORM_ZIP3: return settle_zip3(args);
    case EDI_TRANSFORM_TOKEN: return settle_context(&args[EDI_ARG_TOKEN_CONTEXT]);
    case EDI_TRANSFORM_FPE: return settle_fpe(args);
    case EDI_TRANSFORM_DATE_SHIFT: return settle_shift(args);
    default: return NULL;
  }
}

/* ---- as text ---- */

static void put_value(const edi_parameter *p, const edi_value *v, edi_buf *into) {
  edi_str word;
  if (p->type == EDI_PARAMETER_CHOICE && v->base == EDI_TYPE_INT) {
    if (edi_parameter_word(p, (unsigned)v->as.integer, &word)) edi_buf_str(into, word);
    return;
  }
  if (p->type == EDI_PARAMETER_ROW) {
    edi_buf_format(into, v->scale ? "row.%.*s" : "row[%.*s]", EDI_STR_ARG(edi_value_str(*v)));
    return;
  }
  switch (v->base) {
    case EDI_TYPE_BOOL: edi_buf_text(into, v->as.integer ? "true" : "false"); return;
    case EDI_TYPE_DATE: edi_date_format(into, v->as.integer); return;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(into, v->as.integer); return;
    case EDI_TYPE_DECIMAL: edi_decimal_format(into, decimal(v)); return;
    case EDI_TYPE_STRING: edi_json_string(into, edi_value_str(*v)); return;
    default: edi_buf_format(into, "%lld", (long long)v->as.integer);
  }
}

void edi_arguments_format(edi_transform_id id, const edi_value *args, edi_str key, edi_str pattern, edi_buf *into) {
  edi_parameter p;
  bool first = true;
  for (unsigned i = 0; edi_transform_parameter(id, i, &p); i++) {
    bool left_out = p.type == EDI_PARAMETER_KEY ? key.len == 0 : p.has_fallback && says_default(id, args, i);
    if (left_out) continue;
    if (!first) edi_buf_text(into, ", ");
    first = false;
    if (p.has_fallback) edi_buf_format(into, "%.*s: ", EDI_STR_ARG(p.name));
    if (p.type == EDI_PARAMETER_KEY) edi_buf_str(into, key);
    else if (p.type == EDI_PARAMETER_PATTERN) edi_buf_format(into, "/%.*s/", EDI_STR_ARG(pattern));
    else put_value(&p, &args[i], into);
  }
}
