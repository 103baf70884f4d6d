/* Meet: the table of ordered transforms, proved over random values, and the laws of the meet.
 *
 * For each pair of runtime/eval/meets.def the function that the table names computes the lower output
 * from the upper output alone; it must be what the lower transform gives, for every value: of the
 * type or not, NULL, empty, at the ends of the calendar, in columns that may be NULL and that may not.
 * Then: the meet of many does not depend on order, and a further transform never raises it. */
#include "harness.h"

#include <sodium.h>

#include "bundle/parameter.h"
#include "enforce/apply.h"
#include "support/random_rules.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static edi_pattern_scratch *patterns;
static char memory[3][1 << 16];
static const unsigned char key[32] = {7};

__attribute__((constructor)) static void set_up(void) {
  if (sodium_init() < 0 || edi_pattern_scratch_create(&patterns) != EDICT_OK) abort();
}
__attribute__((destructor)) static void tear_down(void) { edi_pattern_scratch_destroy(patterns); }

/* ---- transforms ---- */

#define SHOW(which, n, r) {.id = EDI_TRANSFORM_SHOW_##which, .count = (n), .rest = {r, sizeof(r) - 1}}
#define TRUNC(u)          {.id = EDI_TRANSFORM_DATE_TRUNC, .unit = EDI_UNIT_##u}
#define TEXT_CONST(s)                                                                        \
  {.id = EDI_TRANSFORM_CONST,                                                                \
   .constant = {.base = EDI_TYPE_STRING, .length = sizeof(s) - 1, .as.text = (s)}}
#define NUMBER_CONST(b, i) {.id = EDI_TRANSFORM_CONST, .constant = {.base = (b), .as.integer = (i)}}
#define REGEX(p, r)                                                                      \
  {.id = EDI_TRANSFORM_REGEX, .pattern_source = {p, sizeof(p) - 1}, .replacement = {r, sizeof(r) - 1}}
#define PSEUDONYM(k, s) \
  {.id = EDI_TRANSFORM_PSEUDONYM, .key = {k, sizeof(k) - 1}, .key_scope = (s)}

static const edi_transform diverse[] = {
    {.id = EDI_TRANSFORM_NONE},
    {.id = EDI_TRANSFORM_RAW},
    {.id = EDI_TRANSFORM_NULL},
    TEXT_CONST("hidden"),
    TEXT_CONST(""),
    NUMBER_CONST(EDI_TYPE_INT, 0),
    NUMBER_CONST(EDI_TYPE_DATE, 0),
    NUMBER_CONST(EDI_TYPE_BOOL, 0),
    SHOW(LAST, 0, "*"),
    SHOW(LAST, 1, "*"),
    SHOW(LAST, 4, "*"),
    SHOW(LAST, 1000, "*"),
    SHOW(LAST, 4, "\xE2\x80\xA2"),
    SHOW(LAST, 2, "\xE2\x80\xA2"),
    SHOW(FIRST, 0, "*"),
    SHOW(FIRST, 2, "*"),
    SHOW(FIRST, 4, "*"),
    SHOW(FIRST, 4, "X"),
    REGEX("[0-9]", "#"),
    REGEX("[0-9]", "*"),
    REGEX("[a-z]", "#"),
    PSEUDONYM("federal.a.k", EDI_SCOPE_FEDERATION),
    PSEUDONYM("federal.a.k", EDI_SCOPE_PRODUCT),
    PSEUDONYM("federal.a.l", EDI_SCOPE_FEDERATION),
    TRUNC(HOUR),
    TRUNC(DAY),
    TRUNC(ISOWEEK),
    TRUNC(MONTH),
    TRUNC(QUARTER),
    TRUNC(YEAR),
};

/* ---- values ---- */

static const char *const characters[] = {"a", "Z", "0", "9", " ", "-", "@", "*", "X", "\xC3\xBC", "\xCC\x81",
                                         "\xE7\x8E\x8B", "\xE2\x80\x8B", "\xF0\x9F\x9A\xB2", "\x01", "\n"};
static char random_bytes[1 << 14];

static edict_cell random_text(random_source *r) {
  size_t points = random_below(r, 8) == 0 ? random_below(r, 2000) : random_below(r, 12), used = 0;
  for (size_t i = 0; i < points; i++) {
    const char *c = characters[random_below(r, COUNT(characters))];
    memcpy(random_bytes + used, c, strlen(c));
    used += strlen(c);
  }
  if (random_below(r, 20) == 0) random_bytes[used++] = (char)0xC3; /* and it is no UTF-8 */
  if (random_below(r, 20) == 0) return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = "XXXXXXXX", .len = 8};
  return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = random_bytes, .len = used};
}

static int64_t random_date(random_source *r) {
  switch (random_below(r, 4)) {
    case 0: return EDI_DATE_MIN + (int64_t)random_below(r, 400) - 3;
    case 1: return EDI_DATE_MAX - (int64_t)random_below(r, 400) + 3;
    case 2: return (int64_t)random_below(r, 30000) - 10000;
    default: return EDI_DATE_MIN + (int64_t)random_below(r, (uint64_t)(EDI_DATE_MAX - EDI_DATE_MIN + 1));
  }
}

static edict_cell as_text(edi_buf *made) {
  return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = made->ptr, .len = made->len};
}

static edict_cell random_time(random_source *r, unsigned base) {
  int64_t date = random_date(r);
  int64_t stamp = date * EDI_DAY_MICROS + (int64_t)random_below(r, (uint64_t)EDI_DAY_MICROS);
  bool text = random_below(r, 2) == 0;
  edi_buf made = edi_buf_fixed(random_bytes, 64);
  if (base == EDI_TYPE_DATE) {
    if (!text) return (edict_cell){.type = EDICT_CELL_DATE, .integer = date};
    edi_date_format(&made, date);
  } else {
    if (!text) return (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = stamp};
    edi_timestamp_format(&made, stamp);
  }
  return as_text(&made);
}

static edict_cell random_value(random_source *r, unsigned base) {
  switch (random_below(r, 12)) {
    case 0: return (edict_cell){0};
    case 1: return (edict_cell){.type = EDICT_CELL_INT, .integer = (int64_t)random_below(r, 100)};
    case 2: return (edict_cell){.type = EDICT_CELL_BLOB, .ptr = "raw", .len = 3};
    case 3: return random_text(r);
    case 4: return random_time(r, EDI_TYPE_DATE);
    case 5: return random_time(r, EDI_TYPE_TIMESTAMP);
    default: break;
  }
  return base == EDI_TYPE_STRING ? random_text(r) : random_time(r, base);
}

/* ---- computing the lower output from the upper ---- */

static edict_cell apply(const edi_transform *t, unsigned base, bool required, edict_cell in, char *into) {
  edi_apply_column column = {.base = base, .required = required, .key = key};
  edi_output output = {.ptr = into, .size = sizeof memory[0]};
  edict_cell out;
  edi_apply(t, &column, patterns, &in, &out, &output);
  if (output.full) abort();
  return out;
}

typedef edict_cell computer(const edi_transform *lower, unsigned base, edict_cell upper, char *into);

/* Code points of the upper output hidden from one side until no more show than the lower one shows. */
static edict_cell hide_more(const edi_transform *lower, edict_cell upper, bool last, char *into) {
  if (upper.type != EDICT_CELL_TEXT) return upper;
  edi_str s = {upper.ptr, upper.len};
  size_t points = edi_utf8_count(s), used = 0, at = 0;
  size_t shown = lower->count < points / 2 ? lower->count : points / 2;
  for (size_t i = 0; i < points; i++) {
    size_t begin = at;
    (void)edi_utf8_next(s, &at);
    bool shows = last ? i >= points - shown : i < shown;
    edi_str piece = shows ? (edi_str){s.ptr + begin, at - begin} : lower->rest;
    memcpy(into + used, piece.ptr, piece.len);
    used += piece.len;
  }
  return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = into, .len = used};
}

static edict_cell show_last_fewer(const edi_transform *lower, unsigned base, edict_cell upper, char *into) {
  (void)base;
  return hide_more(lower, upper, true, into);
}

static edict_cell show_first_fewer(const edi_transform *lower, unsigned base, edict_cell upper, char *into) {
  (void)base;
  return hide_more(lower, upper, false, into);
}

static edict_cell truncate_again(const edi_transform *lower, unsigned base, edict_cell upper, char *into) {
  return apply(lower, base, false, upper, into);
}

static const struct { edi_transform_id lower, upper; computer *compute; } table[] = {
#define MEET(LOWER, UPPER, condition, computes) {EDI_TRANSFORM_##LOWER, EDI_TRANSFORM_##UPPER, computes},
#include "eval/meets.def"
#undef MEET
};

static computer *computer_for(const edi_transform *lower, const edi_transform *upper) {
  for (size_t i = 0; i < COUNT(table); i++)
    if (table[i].lower == lower->id && table[i].upper == upper->id) return table[i].compute;
  return NULL;
}

static bool same(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return false;
  if (a->type == EDICT_CELL_TEXT) return a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
  return a->type == EDICT_CELL_NULL || a->integer == b->integer;
}

/* How many of `rounds` random values tell the computed output from the lower transform's own. */
static size_t differences(random_source *r, const edi_transform *lower, const edi_transform *upper,
                          unsigned base, computer *compute, size_t rounds) {
  size_t count = 0;
  for (size_t i = 0; i < rounds; i++) {
    bool required = random_below(r, 2) == 0;
    edict_cell in = random_value(r, base);
    edict_cell high = apply(upper, base, required, in, memory[0]);
    edict_cell low = apply(lower, base, required, in, memory[1]);
    edict_cell computed = compute(lower, base, high, memory[2]);
    count += !same(&low, &computed);
  }
  return count;
}

static bool inner(const edi_transform *t) {
  return t->id != EDI_TRANSFORM_NONE && t->id != EDI_TRANSFORM_RAW && t->id != EDI_TRANSFORM_NULL;
}

TEST(the_lower_output_is_computed_from_the_upper) {
  static const unsigned bases[] = {EDI_TYPE_STRING, EDI_TYPE_DATE, EDI_TYPE_TIMESTAMP};
  random_source r = {1};
  size_t pairs = 0;
  for (size_t l = 0; l < COUNT(diverse); l++)
    for (size_t u = 0; u < COUNT(diverse); u++) {
      const edi_transform *lower = &diverse[l], *upper = &diverse[u];
      if (l == u || !inner(lower) || !inner(upper) || !edi_transform_below(lower, upper)) continue;
      computer *compute = computer_for(lower, upper);
      if (!compute) {
        HARNESS_FAIL("%zu is below %zu, and no entry of the table says how", l, u);
        continue;
      }
      for (size_t b = 0; b < COUNT(bases); b++) {
        if (!edi_transform_suits(lower, bases[b]) || !edi_transform_suits(upper, bases[b])) continue;
        CHECK_INT(differences(&r, lower, upper, bases[b], compute, 4000), 0);
        pairs++;
      }
    }
  /* show-last by `*` 6 and by a dot 1, show-first 3; 12 pairs of units, on dates and on timestamps */
  CHECK_INT(pairs, 6 + 1 + 3 + 2 * 12);
}

/* Claims that are not in the table, because they are wrong, are seen to be wrong by the same eye. */
TEST(what_cannot_be_computed_is_noticed) {
  static const edi_transform four = SHOW(LAST, 4, "*"), one = SHOW(LAST, 1, "*"), dots = SHOW(LAST, 1, "."),
                             week = TRUNC(ISOWEEK), month = TRUNC(MONTH), day = TRUNC(DAY), year = TRUNC(YEAR);
  random_source r = {2};
  CHECK(differences(&r, &four, &one, EDI_TYPE_STRING, show_last_fewer, 1000) > 0);
  CHECK(differences(&r, &four, &dots, EDI_TYPE_STRING, show_last_fewer, 1000) > 0);
  CHECK(differences(&r, &one, &four, EDI_TYPE_STRING, show_first_fewer, 1000) > 0);
  CHECK(differences(&r, &month, &week, EDI_TYPE_DATE, truncate_again, 1000) > 0);
  CHECK(differences(&r, &year, &week, EDI_TYPE_TIMESTAMP, truncate_again, 1000) > 0);
  CHECK(differences(&r, &week, &month, EDI_TYPE_DATE, truncate_again, 1000) > 0);
  CHECK(differences(&r, &day, &month, EDI_TYPE_DATE, truncate_again, 1000) > 0);
}

/* ---- laws ---- */

static edi_transform meet(const edi_transform *a, const edi_transform *b) { return edi_transform_meet(a, b, NULL); }

static bool equal(edi_transform a, edi_transform b) { return edi_transform_equal(&a, &b); }

TEST(meet_is_idempotent_commutative_associative) {
  for (size_t a = 0; a < COUNT(diverse); a++) {
    const edi_transform *x = &diverse[a];
    edi_transform self = x->id == EDI_TRANSFORM_NONE ? edi_transform_bottom : *x;
    CHECK(equal(meet(x, x), self));
    for (size_t b = 0; b < COUNT(diverse); b++) {
      const edi_transform *y = &diverse[b];
      edi_transform xy = meet(x, y);
      if (!equal(xy, meet(y, x))) HARNESS_FAIL("%zu and %zu meet otherwise the other way round", a, b);
      for (size_t c = 0; c < COUNT(diverse); c++) {
        const edi_transform *z = &diverse[c];
        edi_transform yz = meet(y, z);
        if (!equal(meet(&xy, z), meet(x, &yz))) HARNESS_FAIL("%zu, %zu, %zu depend on their order", a, b, c);
      }
    }
  }
}

/* Over random sets: whatever is added, the meet does not rise, and the order of a set says nothing. */
TEST(a_further_transform_never_discloses_more) {
  random_source r = {3};
  for (size_t round = 0; round < 20000; round++) {
    const edi_transform *set[6];
    edi_transform forward = edi_transform_raw, backward = edi_transform_raw;
    for (size_t i = 0; i < COUNT(set); i++) {
      set[i] = &diverse[random_below(&r, COUNT(diverse))];
      edi_transform before = forward;
      forward = meet(&forward, set[i]);
      CHECK(edi_transform_below(&forward, &before));
    }
    for (size_t i = COUNT(set); i-- > 0;) backward = meet(set[i], &backward);
    CHECK(equal(forward, backward));
  }
}

TEST(the_bottom_absorbs_and_raw_is_neutral) {
  for (size_t i = 0; i < COUNT(diverse); i++) {
    bool fell = false;
    edi_transform low = edi_transform_meet(&diverse[i], &edi_transform_bottom, &fell);
    CHECK_INT(low.id, EDI_TRANSFORM_NULL);
    CHECK(!fell); /* ordered: nothing fell */
    edi_transform same_again = edi_transform_meet(&edi_transform_raw, &diverse[i], &fell);
    CHECK(equal(same_again, diverse[i].id == EDI_TRANSFORM_NONE ? edi_transform_bottom : diverse[i]));
    CHECK(!fell);
  }
}

TEST(what_the_table_does_not_order_meets_at_the_bottom) {
  for (size_t a = 0; a < COUNT(diverse); a++)
    for (size_t b = 0; b < COUNT(diverse); b++) {
      const edi_transform *x = &diverse[a], *y = &diverse[b];
      if (!inner(x) || !inner(y) || a == b) continue;
      bool below = edi_transform_below(x, y), above = edi_transform_below(y, x), fell = false;
      if (below && above) HARNESS_FAIL("%zu and %zu are ordered both ways", a, b);
      if (below && !computer_for(x, y)) HARNESS_FAIL("%zu and %zu are ordered by no entry", a, b);
      edi_transform met = edi_transform_meet(x, y, &fell);
      CHECK_INT(fell, !below && !above);
      if (fell) CHECK_INT(met.id, EDI_TRANSFORM_NULL);
    }
}

/* The units by hand: which can be computed from which. */
TEST(units_of_time) {
  static const edi_unit units[] = {EDI_UNIT_HOUR, EDI_UNIT_DAY, EDI_UNIT_ISOWEEK, EDI_UNIT_MONTH, EDI_UNIT_QUARTER, EDI_UNIT_YEAR};
  static const char below[6][7] = {"x.....", "xx....", "xxx...", "xx.x..", "xx.xx.", "xx.xxx"};
  for (size_t l = 0; l < 6; l++)
    for (size_t u = 0; u < 6; u++) {
      edi_transform lower = {.id = EDI_TRANSFORM_DATE_TRUNC, .unit = units[l]};
      edi_transform upper = {.id = EDI_TRANSFORM_DATE_TRUNC, .unit = units[u]};
      CHECK_INT(edi_transform_below(&lower, &upper), below[l][u] == 'x');
    }
}

/* Every transform of the list is among the diverse ones, so a new one is not forgotten here. */
TEST(every_transform_is_looked_at) {
#define TRANSFORM(NAME, number, name, determinism, types, parameters) EDI_TRANSFORM_##NAME,
  static const edi_transform_id all[] = {
#include "bundle/transforms.def"
  };
#undef TRANSFORM
  for (size_t i = 0; i < COUNT(all); i++) {
    bool found = false;
    for (size_t d = 0; d < COUNT(diverse); d++) found = found || diverse[d].id == all[i];
    CHECK(found);
  }
}

HARNESS_MAIN
