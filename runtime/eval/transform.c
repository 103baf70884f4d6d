/* Transforms as a lattice: equality, the order of eval/meets.def, the meet.
 *
 * The meet of two is the lower one if they are ordered, else the bottom. The bottom absorbs, so the
 * meet of many is the same in any order as long as the order is transitive, which the property test
 * shows over all triples. */
#include "eval/transform.h"

#include "bundle/parameter.h"

const edi_transform edi_transform_raw = {.id = EDI_TRANSFORM_RAW};
const edi_transform edi_transform_bottom = {.id = EDI_TRANSFORM_NULL};

static bool same_constant(const edi_value *a, const edi_value *b) {
  return a->base == b->base && a->scale == b->scale && a->base && edi_value_compare(*a, *b) == 0;
}

bool edi_transform_equal(const edi_transform *a, const edi_transform *b) {
  if (a->id != b->id) return false;
  switch (a->id) {
    case EDI_TRANSFORM_NONE:
    case EDI_TRANSFORM_RAW:
    case EDI_TRANSFORM_NULL: return true;
    case EDI_TRANSFORM_CONST: return same_constant(&a->constant, &b->constant);
    case EDI_TRANSFORM_SHOW_LAST:
    case EDI_TRANSFORM_SHOW_FIRST: return a->count == b->count && edi_str_equal(a->rest, b->rest);
    case EDI_TRANSFORM_REGEX:
      return edi_str_equal(a->pattern_source, b->pattern_source) &&
             edi_str_equal(a->replacement, b->replacement);
    case EDI_TRANSFORM_PSEUDONYM: return edi_str_equal(a->key, b->key) && a->key_scope == b->key_scope;
    case EDI_TRANSFORM_DATE_TRUNC: return a->unit == b->unit;
  }
  return false;
}

static bool same_rest(const edi_transform *lower, const edi_transform *upper) {
  return edi_str_equal(lower->rest, upper->rest);
}

/* Weeks cross months, so a week is computed from a day or an hour only, and nothing from a week. */
static bool coarser(edi_unit lower, edi_unit upper) {
  if (upper == EDI_UNIT_ISOWEEK) return lower == EDI_UNIT_ISOWEEK;
  return lower >= upper;
}

bool edi_transform_below(const edi_transform *lower, const edi_transform *upper) {
  if (lower->id == EDI_TRANSFORM_NONE || lower->id == EDI_TRANSFORM_NULL) return true;
  if (upper->id == EDI_TRANSFORM_RAW || edi_transform_equal(lower, upper)) return true;
#define MEET(LOWER, UPPER, condition, computes)                                          \
  if (lower->id == EDI_TRANSFORM_##LOWER && upper->id == EDI_TRANSFORM_##UPPER) return condition;
#include "eval/meets.def"
#undef MEET
  return false;
}

edi_transform edi_transform_meet(const edi_transform *a, const edi_transform *b, bool *fell) {
  if (a->id == EDI_TRANSFORM_NONE || b->id == EDI_TRANSFORM_NONE) return edi_transform_bottom;
  if (edi_transform_below(a, b)) return *a;
  if (edi_transform_below(b, a)) return *b;
  if (fell) *fell = true;
  return edi_transform_bottom;
}

static char type_letter(unsigned base) {
  switch (base) {
    case EDI_TYPE_STRING: return 's';
    case EDI_TYPE_INT: return 'i';
    case EDI_TYPE_DECIMAL: return 'n';
    case EDI_TYPE_BOOL: return 'b';
    case EDI_TYPE_DATE: return 'd';
    case EDI_TYPE_TIMESTAMP: return 't';
    default: return '?';
  }
}

bool edi_transform_fits(edi_transform_id id, unsigned base) {
  /* What is no cell type of the language can still be kept whole or dropped to the bottom. */
  if (id == EDI_TRANSFORM_RAW || id == EDI_TRANSFORM_NULL) return true;
  return strchr(edi_transform_types(id), type_letter(base)) != NULL;
}

bool edi_transform_suits(const edi_transform *t, unsigned base) {
  if (t->id == EDI_TRANSFORM_CONST && t->constant.base != base) return false;
  return edi_transform_fits(t->id, base);
}

static const char *const units[] = {"", "hour", "day", "isoweek", "month", "quarter", "year"};

edi_unit edi_unit_from(edi_str name) {
  for (unsigned i = 1; i < sizeof units / sizeof *units; i++)
    if (edi_str_equal(name, edi_str_from(units[i]))) return (edi_unit)i;
  return EDI_UNIT_NONE;
}

const char *edi_unit_name(edi_unit unit) { return units[unit]; }

static void constant_text(const edi_value *v, edi_buf *into) {
  switch (v->base) {
    case EDI_TYPE_BOOL: edi_buf_text(into, v->as.integer ? "true" : "false"); return;
    case EDI_TYPE_DATE: edi_date_format(into, v->as.integer); return;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(into, v->as.integer); return;
    case EDI_TYPE_DECIMAL: edi_decimal_format(into, (edi_decimal){v->as.integer, v->scale}); return;
    case EDI_TYPE_STRING: edi_json_string(into, edi_value_str(*v)); return;
    default: edi_buf_format(into, "%lld", (long long)v->as.integer);
  }
}

void edi_transform_arguments(const edi_transform *t, edi_buf *into) {
  switch (t->id) {
    case EDI_TRANSFORM_NONE:
    case EDI_TRANSFORM_RAW:
    case EDI_TRANSFORM_NULL: return;
    case EDI_TRANSFORM_CONST: constant_text(&t->constant, into); return;
    case EDI_TRANSFORM_SHOW_LAST:
    case EDI_TRANSFORM_SHOW_FIRST:
      edi_buf_format(into, "%u", t->count);
      if (!edi_str_equal(t->rest, EDI_STR("*"))) {
        edi_buf_text(into, ", rest: ");
        edi_json_string(into, t->rest);
      }
      return;
    case EDI_TRANSFORM_REGEX:
      edi_buf_char(into, '/');
      edi_buf_str(into, t->pattern_source);
      edi_buf_text(into, "/, ");
      edi_json_string(into, t->replacement);
      return;
    case EDI_TRANSFORM_PSEUDONYM: edi_buf_str(into, t->key); return;
    case EDI_TRANSFORM_DATE_TRUNC: edi_buf_text(into, edi_unit_name(t->unit)); return;
  }
}
