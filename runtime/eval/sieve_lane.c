/* Sieve, lanes: columns as numbers, and comparisons with a constant as bounds on those numbers.
 *
 * The one place that says again what comparing means, for numbers, dates and times: x < c is x <= c - 1, a date is
 * its midnight, a decimal is a whole number of the column's smallest parts. */
#include "base/divide.h"
#include "bundle/limits.h"
#include "eval/sieve.h"

typedef edi_wide_signed wide;

enum { HAVE_VALID = 1, HAVE_NUMBERS = 2 };

/* ---- a column as numbers ---- */

static bool integers(const edict_vector *v) { return edi_layout_is_integer(v->layout) && v->layout != EDICT_LAYOUT_UINT64; }

static bool time_lane(const edict_vector *v, edi_lane *lane) {
  switch ((int)v->layout) {
    case EDICT_LAYOUT_TIME_S: lane->factor = 1000000; break;
    case EDICT_LAYOUT_TIME_MS: lane->factor = 1000; break;
    case EDICT_LAYOUT_TIME_US:
    case EDICT_LAYOUT_TIME_NS: break;
    default: return false;
  }
  /* Both ends are whole days, but for the last microsecond. */
  lane->least = EDI_TIMESTAMP_MIN / lane->factor;
  lane->most = (EDI_TIMESTAMP_MAX + 1) / lane->factor - 1;
  return true;
}

/* `domain`: the type that the cell is read as. */
bool edi_sieve_lane(const edict_vector *v, unsigned base, unsigned domain, edi_lane *lane) {
  *lane = (edi_lane){.factor = 1, .least = INT64_MIN, .most = INT64_MAX};
  if (v->dictionary) return false;
  switch (base) {
    case EDI_TYPE_INT: return integers(v) && (domain == EDI_TYPE_INT || domain == EDI_TYPE_DECIMAL || domain == EDI_TYPE_ID);
    case EDI_TYPE_BOOL:
      lane->least = 0;
      lane->most = 1;
      return integers(v) && domain == EDI_TYPE_BOOL;
    case EDI_TYPE_DECIMAL:
      if (domain != EDI_TYPE_DECIMAL) return false;
      lane->odd = v->layout == EDICT_LAYOUT_DECIMAL128 && v->scale >= 0 && v->scale <= 18;
      lane->scale = lane->odd ? (unsigned)v->scale : 0;
      return lane->odd || integers(v);
    case EDI_TYPE_DATE:
      if (v->layout != EDICT_LAYOUT_DATE32 && v->layout != EDICT_LAYOUT_DATE64) return false;
      lane->factor = domain == EDI_TYPE_TIMESTAMP ? EDI_DAY_MICROS : 1;
      lane->least = EDI_DATE_MIN;
      lane->most = EDI_DATE_MAX;
      return domain == EDI_TYPE_DATE || domain == EDI_TYPE_TIMESTAMP;
    case EDI_TYPE_TIMESTAMP: return domain == EDI_TYPE_TIMESTAMP && time_lane(v, lane);
    default: return false;
  }
}

/* INT64_MIN stands for what is no number of the lane's: outside of every calendar, and odd among decimals. */
static const int64_t *made(const edict_vector *v, size_t row, size_t n, int64_t *room) {
  for (size_t i = 0; i < n; i++) {
    const unsigned char *p = (const unsigned char *)v->values + (v->offset + row + i) * (v->layout == EDICT_LAYOUT_DECIMAL128 ? 16 : 8);
    int64_t x = (int64_t)edi_get64(p), unit = v->layout == EDICT_LAYOUT_DATE64 ? 86400000 : 1000;
    if (v->layout == EDICT_LAYOUT_DECIMAL128) room[i] = (int64_t)edi_get64(p + 8) == x >> 63 ? x : INT64_MIN;
    else room[i] = x % unit == 0 ? x / unit : INT64_MIN;
  }
  return room;
}

const int64_t *edi_sieve_numbers(edi_sieve *s, uint32_t column) {
  edi_sieve_column *c = &s->columns[column];
  if (c->have & HAVE_NUMBERS) return c->numbers;
  const edict_vector *v = &s->batch->columns[column];
  bool makes = v->layout == EDICT_LAYOUT_DECIMAL128 || v->layout == EDICT_LAYOUT_DATE64 || v->layout == EDICT_LAYOUT_TIME_NS;
  bool large = v->layout == EDICT_LAYOUT_TIME_S || v->layout == EDICT_LAYOUT_TIME_MS;
  edict_vector as = *v;
  if (large) as.layout = EDICT_LAYOUT_TIME_US; /* the same 64 bits */
  c->numbers = makes ? made(v, s->row, s->count, c->room) : edi_vector_numbers(&as, s->row, s->count, c->room);
  c->have |= HAVE_NUMBERS;
  return c->numbers;
}

const uint64_t *edi_sieve_valid(edi_sieve *s, uint32_t column) {
  edi_sieve_column *c = &s->columns[column];
  if (!(c->have & HAVE_VALID)) edi_vector_valid(&s->batch->columns[column], s->row, s->count, c->valid);
  c->have |= HAVE_VALID;
  return c->valid;
}

/* ---- bounds ---- */

edi_relation edi_relation_opposite(edi_relation r) {
  switch ((int)r) {
    case EDI_RELATION_LT: return EDI_RELATION_GE;
    case EDI_RELATION_LE: return EDI_RELATION_GT;
    case EDI_RELATION_GT: return EDI_RELATION_LE;
    case EDI_RELATION_GE: return EDI_RELATION_LT;
    default: return r;
  }
}

/* Numbers x with x `r` (at, or at and a part if not `exact`). */
static edi_bounds compared(edi_relation r, wide at, bool exact) {
  wide least = INT64_MIN, most = INT64_MAX;
  if (r == EDI_RELATION_EQ) {
    if (!exact) return (edi_bounds){.never = true};
    least = most = at;
  }
  if (r == EDI_RELATION_LT) most = exact ? at - 1 : at;
  if (r == EDI_RELATION_LE) most = at;
  if (r == EDI_RELATION_GT) least = at + 1;
  if (r == EDI_RELATION_GE) least = exact ? at : at + 1;
  if (least < INT64_MIN) least = INT64_MIN;
  if (most > INT64_MAX) most = INT64_MAX;
  if (least > most) return (edi_bounds){.never = true};
  return (edi_bounds){.least = (int64_t)least, .most = (int64_t)most};
}

edi_bounds edi_decimal_bounds(edi_relation r, edi_decimal c, unsigned scale) {
  wide power = 1, m = c.mantissa;
  unsigned apart = scale > c.scale ? scale - c.scale : c.scale - scale;
  for (unsigned i = 0; i < apart; i++) power *= 10;
  if (scale >= c.scale) return compared(r, m * power, true);
  return compared(r, edi_divide_floor(m, power), m % power == 0);
}

/* The integer whose digits an id is; false: it is none's. */
static bool id_number(edi_str id, int64_t *out) {
  size_t at = id.len > 0 && id.ptr[0] == '-' ? 1 : 0;
  bool negative = at == 1;
  if (at == id.len || id.len > 20 || (id.ptr[at] == '0' && id.len > 1)) return false;
  wide value = 0;
  for (; at < id.len; at++) {
    if (id.ptr[at] < '0' || id.ptr[at] > '9') return false;
    value = value * 10 + (id.ptr[at] - '0');
  }
  if (negative) value = -value;
  if (value < INT64_MIN || value > INT64_MAX) return false;
  *out = (int64_t)value;
  return true;
}

/* Days into the moments that are of them. */
static void of_days(edi_bounds *b) {
  if (b->least < EDI_DATE_MIN) b->least = EDI_DATE_MIN;
  if (b->most > EDI_DATE_MAX) b->most = EDI_DATE_MAX;
  b->never = b->never || b->least > b->most;
  if (b->never) return;
  b->least *= EDI_DAY_MICROS;
  b->most = b->most * EDI_DAY_MICROS + (EDI_DAY_MICROS - 1);
}

/* What is asked of the number, before the lane's own limits. */
static bool plain_bounds(const edi_leaf *leaf, edi_relation r, edi_value c, edi_bounds *b) {
  int64_t id;
  switch (c.base) {
    case EDI_TYPE_DECIMAL: *b = edi_decimal_bounds(r, (edi_decimal){c.as.integer, c.scale}, leaf->lane.scale); break;
    case EDI_TYPE_ID:
      if (r != EDI_RELATION_EQ) return false;
      *b = id_number(edi_value_str(c), &id) ? compared(r, id, true) : (edi_bounds){.never = true};
      break;
    case EDI_TYPE_INT:
    case EDI_TYPE_BOOL:
    case EDI_TYPE_DATE:
    case EDI_TYPE_TIMESTAMP: *b = compared(r, c.as.integer, true); break;
    default: return false;
  }
  if (leaf->step == EDI_OP_DATE_OF) of_days(b);
  if (leaf->lane.factor == 1 || b->never) return true;
  b->most = (int64_t)edi_divide_floor(b->most, leaf->lane.factor);
  b->least = (int64_t)-edi_divide_floor(-(wide)b->least, leaf->lane.factor);
  b->never = b->least > b->most;
  return true;
}

bool edi_leaf_bounds(const edi_leaf *leaf, edi_truth want, edi_bounds *b) {
  if (leaf->relation == EDI_RELATION_SET) {
    *b = (edi_bounds){.least = leaf->lane.least, .most = leaf->lane.most, .never = want == EDI_NO};
    return true; /* what is not set is dealt with where NULL is */
  }
  bool equal = leaf->relation == EDI_RELATION_EQ;
  edi_relation r = want == EDI_NO && !equal ? edi_relation_opposite(leaf->relation) : leaf->relation;
  if (r == EDI_RELATION_NONE || r == EDI_RELATION_IN || leaf->constant.set) return false;
  if (!plain_bounds(leaf, r, leaf->constant, b)) return false;
  b->turned = want == EDI_NO && equal;
  if (b->least < leaf->lane.least) b->least = leaf->lane.least;
  if (b->most > leaf->lane.most) b->most = leaf->lane.most;
  b->never = b->never || b->least > b->most;
  return true;
}

/* ---- members ---- */

static size_t place_of(const int64_t *members, size_t count, int64_t x) {
  size_t low = 0;
  while (count > 0) {
    size_t half = count / 2;
    bool above = members[low + half] < x;
    low = above ? low + half + 1 : low;
    count = above ? count - half - 1 : half;
  }
  return low;
}

bool edi_leaf_members(edi_leaf *leaf, edi_arena *arena) {
  if (leaf->relation != EDI_RELATION_IN || !leaf->constant.set || leaf->constant.length > EDI_LIMIT_SET_MEMBERS) return false;
  leaf->member_count = 0;
  if (!leaf->members) leaf->members = EDI_NEW_ARRAY(arena, int64_t, leaf->constant.length);
  for (uint32_t i = 0; leaf->members && i < leaf->constant.length; i++) {
    edi_bounds b;
    if (!plain_bounds(leaf, EDI_RELATION_EQ, leaf->constant.as.members[i], &b)) return false;
    if (b.never) continue;
    if (b.least != b.most) return false;
    size_t at = place_of(leaf->members, leaf->member_count, b.least);
    if (at < leaf->member_count && leaf->members[at] == b.least) continue;
    memmove(leaf->members + at + 1, leaf->members + at, (leaf->member_count - at) * sizeof *leaf->members);
    leaf->members[at] = b.least;
    leaf->member_count++;
  }
  return leaf->members != NULL;
}

bool edi_leaf_is_member(const edi_leaf *leaf, int64_t x) {
  size_t at = place_of(leaf->members, leaf->member_count, x);
  return at < leaf->member_count && leaf->members[at] == x;
}
