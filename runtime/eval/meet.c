/* Meet: the order of eval/meets.def, and what two transforms come to together.
 *
 * In: two transforms, settled. Out: the greatest of the table that lies below both. The bottom absorbs,
 * and so does DROP below it; so the meet of many is the same in any order as long as what the table
 * says is a semilattice, which the property test shows over all triples. */
#include "eval/transform.h"

/* ---- conditions of the table ---- */

static int64_t integer(const edi_transform *t, unsigned at) { return t->args[at].as.integer; }
static edi_decimal number(const edi_transform *t, unsigned at) {
  return (edi_decimal){t->args[at].as.integer, t->args[at].scale};
}

static bool same(const edi_transform *a, const edi_transform *b, unsigned at) {
  const edi_value *x = &a->args[at], *y = &b->args[at];
  return x->base == y->base && edi_value_compare(*x, *y) == 0;
}

static bool fewer(const edi_transform *lower, const edi_transform *upper, unsigned at) {
  return integer(lower, at) <= integer(upper, at);
}

/* Of a short value `mask` and `hash` show less where more may show. */
static bool fewer_shown(const edi_transform *lower, const edi_transform *upper) {
  int64_t shorts = integer(upper, EDI_ARG_SHOW_SHORT);
  return same(lower, upper, EDI_ARG_SHOW_REST) && same(lower, upper, EDI_ARG_SHOW_SHORT) &&
         same(lower, upper, EDI_ARG_SHOW_PROFILE) && (shorts == EDI_SHORT_HALF || shorts == EDI_SHORT_KEEP) &&
         integer(upper, EDI_ARG_SHOW_PROFILE) != EDI_SHOW_BIGQUERY && fewer(lower, upper, EDI_ARG_SHOW_COUNT);
}

static edi_unit unit(const edi_transform *t) { return (edi_unit)integer(t, EDI_ARG_TRUNC_UNIT); }

/* Weeks cross months, so a week is computed from a day or an hour only, and nothing from a week. */
static bool coarser(edi_unit lower, edi_unit upper) {
  if (upper == EDI_UNIT_ISOWEEK) return lower == EDI_UNIT_ISOWEEK;
  return lower >= upper;
}

/* What `alphanum` makes of the character that stands for a class: n, x, or the character itself. */
static bool stands_for(const edi_transform *t, unsigned at, bool digit) {
  edi_str c = edi_value_str(t->args[at]);
  if (edi_str_equal(c, EDI_STR("-"))) return true; /* kept */
  bool is_digit = c.len == 1 && *c.ptr >= '0' && *c.ptr <= '9';
  return digit ? is_digit : !is_digit && !(c.len == 1 && strchr("(),.@", *c.ptr));
}

/* Whether `alphanum` sees of the masked text what it would see of the text itself. */
static bool keeps_classes(const edi_transform *t) {
  return integer(t, EDI_ARG_CLASS_PROFILE) == EDI_CLASS_EDICT && stands_for(t, EDI_ARG_CLASS_UPPER, false) &&
         stands_for(t, EDI_ARG_CLASS_LOWER, false) && stands_for(t, EDI_ARG_CLASS_DIGIT, true) &&
         edi_str_equal(edi_value_str(t->args[EDI_ARG_CLASS_OTHER]), EDI_STR("-"));
}

/* Two that hide from one side alike; what hides is not among what is skipped, or the places would move. */
static bool alike(const edi_transform *a, const edi_transform *b) {
  return same(a, b, EDI_ARG_CHARMASK_CHAR) && same(a, b, EDI_ARG_CHARMASK_SIDE) && same(a, b, EDI_ARG_CHARMASK_SKIP) &&
         !edi_str_contains(edi_value_str(a->args[EDI_ARG_CHARMASK_SKIP]), edi_value_str(a->args[EDI_ARG_CHARMASK_CHAR]));
}

static bool hides_more(const edi_transform *lower, const edi_transform *upper) {
  int64_t l = integer(lower, EDI_ARG_CHARMASK_COUNT), u = integer(upper, EDI_ARG_CHARMASK_COUNT);
  if (!alike(lower, upper)) return false;
  return l == 0 || (l > 0 ? u > 0 && l >= u : u < 0 && l >= u);
}

static bool same_rest_of_pan(const edi_transform *a, const edi_transform *b) { return same(a, b, EDI_ARG_PAN_REST); }

static bool floors(const edi_transform *t) { return integer(t, EDI_ARG_ROUND_MODE) == EDI_ROUND_FLOOR; }

/* Steps of different scales fail at different values, so they are not compared. */
static bool multiple(const edi_transform *lower, const edi_transform *upper, unsigned at) {
  edi_decimal l = number(lower, at), u = number(upper, at);
  return l.scale == u.scale && l.mantissa % u.mantissa == 0;
}

static bool same_bounds(const edi_transform *a, const edi_transform *b) {
  return same(a, b, EDI_ARG_LO) && same(a, b, EDI_ARG_HI);
}

static bool within(const edi_transform *lower, const edi_transform *upper) {
  if (lower->args[EDI_ARG_LO].base != upper->args[EDI_ARG_LO].base) return false;
  return edi_value_compare(upper->args[EDI_ARG_LO], lower->args[EDI_ARG_LO]) <= 0 &&
         edi_value_compare(lower->args[EDI_ARG_HI], upper->args[EDI_ARG_HI]) <= 0;
}

bool edi_transform_below(const edi_transform *lower, const edi_transform *upper) {
  bool bottom = lower->id == EDI_TRANSFORM_NONE || lower->id == EDI_TRANSFORM_NULL;
  if (lower->id == EDI_TRANSFORM_DROP) return true;
  if (bottom) return upper->id != EDI_TRANSFORM_DROP;
  if (upper->id == EDI_TRANSFORM_RAW || edi_transform_equal(lower, upper)) return true;
#define MEET(LOWER, UPPER, condition, computes)                                          \
  if (lower->id == EDI_TRANSFORM_##LOWER && upper->id == EDI_TRANSFORM_##UPPER) return condition;
#define GREATEST(A, B, function)
#include "eval/meets.def"
#undef MEET
#undef GREATEST
  return false;
}

/* ---- the greatest below two that are not ordered ---- */

static bool meet_classes(const edi_transform *a, const edi_transform *b, edi_transform *out) {
  *out = (edi_transform){.id = EDI_TRANSFORM_ALPHANUM};
  return keeps_classes(a) && keeps_classes(b);
}

/* One hides some from the side, the other all but some: together nothing is left. */
static bool meet_charmasks(const edi_transform *a, const edi_transform *b, edi_transform *out) {
  *out = *a;
  out->args[EDI_ARG_CHARMASK_COUNT].as.integer = 0;
  return alike(a, b);
}

static void lesser(const edi_transform *b, unsigned at, edi_transform *out) {
  if (b->args[at].as.integer < out->args[at].as.integer) out->args[at] = b->args[at];
}

static bool meet_pans(const edi_transform *a, const edi_transform *b, edi_transform *out) {
  *out = *a;
  lesser(b, EDI_ARG_PAN_FIRST, out);
  lesser(b, EDI_ARG_PAN_LAST, out);
  return same_rest_of_pan(a, b);
}

static bool meet_prefixes(const edi_transform *a, const edi_transform *b, edi_transform *out) {
  *out = *a;
  lesser(b, EDI_ARG_IP_V4, out);
  lesser(b, EDI_ARG_IP_V6, out);
  return true;
}

/* The least common multiple, if it is a number of the same scale: 0.4 and 0.5 have 2, which is not. */
static bool common_multiple(const edi_transform *a, const edi_transform *b, unsigned at, edi_transform *out) {
  edi_decimal x = number(a, at), y = number(b, at);
  int64_t p = x.mantissa, q = y.mantissa, product;
  while (q != 0) {
    int64_t rest = p % q;
    p = q;
    q = rest;
  }
  if (x.scale != y.scale || __builtin_mul_overflow(x.mantissa / p, y.mantissa, &product)) return false;
  *out = *a;
  out->args[at].as.integer = product;
  return x.scale == 0 || product % 10 != 0;
}

static bool meet_steps(const edi_transform *a, const edi_transform *b, edi_transform *out) {
  return floors(a) && floors(b) && common_multiple(a, b, EDI_ARG_ROUND_STEP, out);
}

static bool meet_buckets(const edi_transform *a, const edi_transform *b, edi_transform *out) {
  edi_decimal width;
  if (!same_bounds(a, b) || !common_multiple(a, b, EDI_ARG_SIZE, out)) return false;
  return edi_decimal_sub(number(a, EDI_ARG_HI), number(a, EDI_ARG_LO), &width) &&
         edi_decimal_compare(number(out, EDI_ARG_SIZE), width) <= 0;
}

static bool meet_bounds(const edi_transform *a, const edi_transform *b, edi_transform *out) {
  *out = *a;
  if (a->args[EDI_ARG_LO].base != b->args[EDI_ARG_LO].base) return false;
  if (edi_value_compare(b->args[EDI_ARG_LO], a->args[EDI_ARG_LO]) > 0) out->args[EDI_ARG_LO] = b->args[EDI_ARG_LO];
  if (edi_value_compare(b->args[EDI_ARG_HI], a->args[EDI_ARG_HI]) < 0) out->args[EDI_ARG_HI] = b->args[EDI_ARG_HI];
  return edi_value_compare(out->args[EDI_ARG_LO], out->args[EDI_ARG_HI]) <= 0;
}

static bool greatest(const edi_transform *a, const edi_transform *b, edi_transform *out) {
#define MEET(LOWER, UPPER, condition, computes)
#define GREATEST(A, B, function)                                          \
  if (a->id == EDI_TRANSFORM_##A && b->id == EDI_TRANSFORM_##B) return function(a, b, out);
#include "eval/meets.def"
#undef MEET
#undef GREATEST
  return false;
}

edi_transform edi_transform_meet(const edi_transform *a, const edi_transform *b, bool *fell) {
  edi_transform out;
  if (a->id == EDI_TRANSFORM_NONE) a = &edi_transform_bottom;
  if (b->id == EDI_TRANSFORM_NONE) b = &edi_transform_bottom;
  if (edi_transform_below(a, b)) return *a;
  if (edi_transform_below(b, a)) return *b;
  if (greatest(a, b, &out)) return out;
  if (fell) *fell = true;
  return edi_transform_bottom;
}
