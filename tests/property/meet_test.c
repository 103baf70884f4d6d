/* Meet: the table of ordered transforms, proved over random values, and the laws of the meet.
 *
 * For each pair of runtime/eval/meets.def the function that the table names computes the lower output
 * from the upper output alone; it must be what the lower transform gives, for every value: of the
 * type or not, NULL, empty, at the ends of the calendar, in columns that may be NULL and that may not.
 * Then: the meet of many does not depend on order, and a further transform never raises it. */
#include "harness.h"

#include <sodium.h>

#include "enforce/apply.h"
#include "support/demo.h"
#include "support/random_rules.h"
#include "support/transforms.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { MEMORY = 1 << 16, RUNS = 3000 };

static edi_pattern_scratch *patterns;
static edi_hasher hasher;
static mesh world;
static char memory[3][MEMORY];
static edi_mask_key key = {.bytes = {7}};

/* ---- transforms ---- */

static const char *const texts[] = {
    "keep", "null", "drop", "const(\"hidden\")", "const(\"\")", "const(0)", "const(1970-01-01)", "const(false)",
    "const(\"hidden\", nulls: hide)", "default", "default(profile: bigquery)", "default(nulls: hide)", "default(profile: iceberg-adopted)", "redact",
    "show-last(0)", "show-last(1)", "show-last(4)", "show-last(1000)", "show-last(4, rest: \"\xE2\x80\xA2\")",
    "show-last(2, rest: \"\xE2\x80\xA2\")", "show-last(4, profile: iceberg)", "show-last(2, profile: iceberg)",
    "show-last(4, profile: ranger-hive)", "show-last(2, profile: ranger-hive)", "show-last(4, profile: bigquery)",
    "show-last(3, profile: bigquery)", "show-last(4, short: keep)", "show-last(3, short: keep)",
    "show-last(4, short: mask)", "show-last(2, short: mask)", "show-last(4, short: hash)", "show-last(4, rest: alphanum)",
    "show-first(0)", "show-first(2)", "show-first(4)", "show-first(4, rest: \"X\")", "show-first(4, profile: iceberg)",
    "show-first(1, profile: iceberg)", "show-first(4, profile: ranger-hive)", "show-first(3, profile: ranger-hive)",
    "regex(/[0-9]/, \"#\")", "regex(/[0-9]/, \"*\")", "regex(/[a-z]/, \"#\")", "pseudonym(federal.a.k@federation)",
    "pseudonym(federal.a.k@product)", "pseudonym(federal.a.l@federation)", "pseudonym(federal.a.k, encode: uuid)",
    "email(pseudo, key: federal.a.k)", "token(federal.a.k)", "token(federal.a.k, context: \"x\")", "fpe(federal.a.k)",
    "fpe(federal.a.k, alphabet: \"0123456789abcdef\")", "date-shift(federal.a.k, -30, 30, by: row[person.id])",
    "date-shift(federal.a.k, -30, 30, by: row.id)", "sha256-query", "date-trunc(hour)", "date-trunc(day)",
    "date-trunc(isoweek)", "date-trunc(month)", "date-trunc(quarter)", "date-trunc(year)", "alphanum", "classmask",
    "classmask(digit: \"-\")", "classmask(upper: \"-\", digit: \"7\")", "classmask(other: \"#\")",
    "classmask(digit: \"x\")", "classmask(lower: \"(\")", "classmask(lower: \"\xE2\x80\xA2\")",
    "classmask(profile: ranger-hive)", "charmask", "charmask(2)", "charmask(5)", "charmask(-2)", "charmask(-5)",
    "charmask(5, side: end)", "charmask(2, side: end)", "charmask(-2, side: end)", "charmask(5, skip: \"-@\")",
    "charmask(2, skip: \"-@\")", "charmask(2, skip: \"-*\")", "charmask(5, skip: \"-*\")", "charmask(2, char: \"X\")",
    "partial(1, \"*\", 1)", "partial(2, \"*\", 2)", "email", "email(both)", "email(profile: bigquery)", "pan",
    "pan(first: 4)", "pan(first: 0)", "pan(last: 2)", "pan(first: 2, last: 0)", "pan(rest: \"5\")", "pan(first: 1, rest: \"5\")",
    "sha256", "sha256(encode: HEX)", "sha256(width: int)", "ip-trunc", "ip-trunc(v4: 16)", "ip-trunc(v6: 32)",
    "ip-trunc(v4: 8, v6: 64)", "ip-trunc(v4: 0, v6: 0)", "ip-trunc(v4: 32, v6: 128)", "round(10)", "round(100)", "round(0.5)",
    "round(4, mode: floor)", "round(6, mode: floor)", "round(12, mode: floor)", "round(24, mode: floor)",
    "round(9223372036854775807, mode: floor)", "round(0.25, mode: floor)", "round(0.75, mode: floor)", "round(0.4, mode: floor)",
    "round(0.5, mode: floor)", "round(2, mode: floor)", "bucket(0, 100, 5)", "bucket(0, 100, 10)", "bucket(0, 100, 15)",
    "bucket(0, 100, 30)", "bucket(0, 100, 70)", "bucket(0, 90, 10)", "bucket(0, 1, 0.25)", "bucket(0, 1, 0.75)",
    "bucket(0, 1, 0.5)", "clamp(0, 90)", "clamp(10, 90)", "clamp(0, 50)", "clamp(5, 60)", "clamp(95, 99)", "clamp(0.5, 50.5)",
    "clamp(1970-01-01, 1999-12-31)", "clamp(1980-01-01, 1990-12-31)", "clamp(1985-01-01, 2005-01-01)",
    "clamp(1970-01-01T00:00:00Z, 1999-12-31T00:00:00Z)", "clamp(1980-01-01T00:00:00Z, 1999-01-31T00:00:00Z)", "generalise",
    "generalise(1)", "generalise(2)", "zip3", "zip3(small: \"123\")",
};
enum { DIVERSE = COUNT(texts) + 1 };
static edi_transform diverse[DIVERSE]; /* the last one is zeroed memory */

__attribute__((constructor)) static void set_up(void) {
  demo_mesh(&world, "");
  if (sodium_init() < 0 || edi_pattern_scratch_create(&patterns) != EDICT_OK || edi_hasher_init(&hasher) != EDICT_OK ||
      mesh_engine(&world, NULL) != EDICT_OK)
    abort();
  for (size_t i = 0; i < COUNT(texts); i++) diverse[i] = transform_of(texts[i]);
  edi_keyedhash_init(&key.hash, key.bytes);
}
__attribute__((destructor)) static void tear_down(void) {
  edi_pattern_scratch_destroy(patterns);
  edi_hasher_fini(&hasher);
  mesh_fini(&world);
}

static const char *called(size_t i) { return i < COUNT(texts) ? texts[i] : "zeroed memory"; }

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

/* What transforms of a kind of text look for: cards, addresses, codes, regions, numbers. */
static edict_cell random_form(random_source *r) {
  static const char *const cards[] = {"4111-1111-1111-4444", "4111 1111 1111 4444", "411111111111", "378282246310005"};
  static const char *const others[] = {"ana@example.org", "B.o@x-y.example", "12345-6789", "03601", "de", "europe", "us", "a@b", "10.20.30.40",
                                       "2001:db8:1:2:3:4:5:6", "fe80::1", "::", "255.255.255.255"};
  edi_buf made = edi_buf_fixed(random_bytes, 64);
  switch (random_below(r, 4)) {
    case 0: return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = cards[random_below(r, COUNT(cards))], .len = 0};
    case 1: edi_decimal_format(&made, (edi_decimal){(int64_t)random_below(r, 20000) - 3000, (uint8_t)random_below(r, 3)}); break;
    case 2: edi_buf_format(&made, "%u.%u.%u.%u", (unsigned)random_below(r, 256), (unsigned)random_below(r, 256), (unsigned)random_below(r, 256), (unsigned)random_below(r, 256)); break;
    default: return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = others[random_below(r, COUNT(others))], .len = 0};
  }
  return as_text(&made);
}

static int64_t random_int(random_source *r) {
  switch (random_below(r, 4)) {
    case 0: return INT64_MIN + (int64_t)random_below(r, 200);
    case 1: return INT64_MAX - (int64_t)random_below(r, 200);
    case 2: return (int64_t)random_below(r, UINT64_MAX);
    default: return (int64_t)random_below(r, 400) - 150;
  }
}

static edict_cell random_decimal(random_source *r) {
  edi_decimal d = {random_int(r), (uint8_t)random_below(r, 19)};
  edi_buf made = edi_buf_fixed(random_bytes, 64);
  if (random_below(r, 2)) return (edict_cell){.type = EDICT_CELL_DECIMAL, .integer = d.mantissa, .scale = d.scale};
  if (random_below(r, 2)) d = (edi_decimal){(int64_t)random_below(r, 40000) - 9000, (uint8_t)random_below(r, 4)};
  edi_decimal_format(&made, d);
  return as_text(&made);
}

/* Reals of few digits and of many, tiny, huge, and what is no number. */
static edict_cell random_real(random_source *r) {
  edict_cell c = {.type = EDICT_CELL_REAL, .real = edi_decimal_to_double((edi_decimal){random_int(r), (uint8_t)random_below(r, 19)})};
  uint64_t bits = random_below(r, UINT64_MAX);
  switch (random_below(r, 6)) {
    case 0: memcpy(&c.real, &bits, sizeof bits); break;
    case 1: c.real = edi_decimal_to_double((edi_decimal){(int64_t)random_below(r, 40000) - 9000, (uint8_t)random_below(r, 4)}); break;
    case 2: c.real /= 1e9; break;
    case 3: c.real = (c.real > 0 ? 1.0 : -1.0) * (double)random_below(r, 1000) / 7; break;
    case 4: return random_decimal(r);
    default: break;
  }
  return c;
}

static edict_cell random_value(random_source *r, unsigned base) {
  edict_cell c;
  switch (random_below(r, 12)) {
    case 0: return (edict_cell){0};
    case 1: return (edict_cell){.type = EDICT_CELL_INT, .integer = (int64_t)random_below(r, 100)};
    case 2: return (edict_cell){.type = EDICT_CELL_BLOB, .ptr = "raw", .len = 3};
    case 3: return random_text(r);
    case 4: return random_time(r, EDI_TYPE_DATE);
    case 5: return random_time(r, EDI_TYPE_TIMESTAMP);
    default: break;
  }
  switch (base) {
    case EDI_TYPE_INT: return (edict_cell){.type = EDICT_CELL_INT, .integer = random_int(r)};
    case EDI_TYPE_DECIMAL: return random_decimal(r);
    case EDI_TYPE_FLOAT: return random_real(r);
    case EDI_TYPE_STRING:
      if (random_below(r, 2)) return random_text(r);
      c = random_form(r);
      if (c.len == 0) c.len = strlen(c.ptr);
      return c;
    default: return random_time(r, base);
  }
}

/* ---- computing the lower output from the upper ---- */

typedef struct place { unsigned base; bool required; } place; /* what is known of a column */

static edict_cell apply(const edi_transform *t, place p, edict_cell in, char *into) {
  edi_apply_column column = {.base = p.base, .required = p.required, .key = &key, .vocabulary = &world.engine->vocabulary};
  edi_output output = {.ptr = into, .size = MEMORY, .hasher = &hasher};
  edict_cell out;
  column.taxonomy = edi_vocabulary_kind(column.vocabulary, EDI_STR("region"));
  edi_apply(t, &column, patterns, &in, &out, &output);
  if (output.full) abort();
  return out;
}

typedef edict_cell computer(const edi_transform *lower, const edi_transform *upper, place p, edict_cell out, char *into);

static edict_cell apply_again(const edi_transform *lower, const edi_transform *upper, place p, edict_cell out, char *into) {
  (void)upper;
  return apply(lower, p, out, into);
}

/* Code points of the upper output hidden from one side until no more show than the lower one shows: those
 * that showed are masked as the lower one masks, the others stand as they are. */
static edict_cell show_fewer(const edi_transform *lower, const edi_transform *upper, place p, edict_cell out, char *into) {
  if (out.type != EDICT_CELL_TEXT) return apply(lower, p, out, into); /* a whole number: digits stay digits */
  edi_str s = {out.ptr, out.len};
  bool last = lower->id == EDI_TRANSFORM_SHOW_LAST, half = lower->args[EDI_ARG_SHOW_PROFILE].as.integer == EDI_SHOW_EDICT &&
                                                           lower->args[EDI_ARG_SHOW_SHORT].as.integer == EDI_SHORT_HALF;
  size_t points = edi_utf8_count(s), most = half ? points / 2 : points, used = 0, at = 0;
  size_t l = (size_t)lower->args[EDI_ARG_SHOW_COUNT].as.integer, u = (size_t)upper->args[EDI_ARG_SHOW_COUNT].as.integer;
  l = l < most ? l : most;
  u = u < most ? u : most;
  edi_transform all = *lower; /* masks a single character */
  all.args[EDI_ARG_SHOW_COUNT].as.integer = 0;
  for (size_t i = 0; i < points; i++) {
    size_t begin = at, number = last ? points - i : i + 1; /* from the side that shows, from 1 */
    char one[16];
    (void)edi_utf8_next(s, &at);
    edict_cell piece = {.type = EDICT_CELL_TEXT, .ptr = s.ptr + begin, .len = at - begin};
    if (number > l && number <= u) piece = apply(&all, p, piece, one);
    memcpy(into + used, piece.ptr, piece.len);
    used += piece.len;
  }
  return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = into, .len = used};
}

/* The outermost digits of a card's number are those that show; the inner ones are hidden already. */
static edict_cell pan_fewer(const edi_transform *lower, const edi_transform *upper, place p, edict_cell out, char *into) {
  (void)p;
  if (out.type != EDICT_CELL_TEXT || edi_str_equal((edi_str){out.ptr, out.len}, EDI_STR("XXXXXXXX"))) return out;
  char rest = *lower->args[EDI_ARG_PAN_REST].as.text;
  memcpy(into, out.ptr, out.len);
  for (int64_t i = 0, seen = 0; seen < upper->args[EDI_ARG_PAN_FIRST].as.integer; i++)
    if (out.ptr[i] >= '0' && out.ptr[i] <= '9' && ++seen > lower->args[EDI_ARG_PAN_FIRST].as.integer) into[i] = rest;
  for (int64_t i = (int64_t)out.len - 1, seen = 0; seen < upper->args[EDI_ARG_PAN_LAST].as.integer; i--)
    if (out.ptr[i] >= '0' && out.ptr[i] <= '9' && ++seen > lower->args[EDI_ARG_PAN_LAST].as.integer) into[i] = rest;
  return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = into, .len = out.len};
}

/* A number stands for its bucket; of a label `-0`, `5-10`, `100+` a number inside of it does. */
static edict_cell bucket_again(const edi_transform *lower, const edi_transform *upper, place p, edict_cell out, char *into) {
  if (p.base != EDI_TYPE_STRING || out.type != EDICT_CELL_TEXT || out.ptr[0] == 'X') return apply_again(lower, upper, p, out, into);
  size_t length = 0;
  while (length < out.len && (out.ptr[length] == '.' || (out.ptr[length] >= '0' && out.ptr[length] <= '9'))) length++;
  if (length == 0) return apply(lower, p, (edict_cell){.type = EDICT_CELL_TEXT, .ptr = "-1000000", .len = 8}, into);
  return apply(lower, p, (edict_cell){.type = EDICT_CELL_TEXT, .ptr = out.ptr, .len = length}, into);
}

static const struct { edi_transform_id lower, upper; computer *compute; } table[] = {
#define MEET(LOWER, UPPER, condition, computes) {EDI_TRANSFORM_##LOWER, EDI_TRANSFORM_##UPPER, computes},
#define GREATEST(A, B, function)
#include "eval/meets.def"
#undef MEET
#undef GREATEST
};

static computer *computer_for(const edi_transform *lower, const edi_transform *upper) {
  for (size_t i = 0; i < COUNT(table); i++)
    if (table[i].lower == lower->id && table[i].upper == upper->id) return table[i].compute;
  return NULL;
}

static bool same(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return false;
  if (a->type == EDICT_CELL_TEXT) return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
  if (a->type == EDICT_CELL_REAL) return a->real == b->real || (a->real != a->real && b->real != b->real);
  return a->type == EDICT_CELL_NULL || (a->integer == b->integer && a->scale == b->scale);
}

/* How many of `rounds` random values tell the computed output from the lower transform's own. */
static size_t differences(random_source *r, const edi_transform *lower, const edi_transform *upper,
                          unsigned base, computer *compute, size_t rounds) {
  size_t count = 0;
  for (size_t i = 0; i < rounds; i++) {
    place p = {base, random_below(r, 2) == 0};
    edict_cell in = random_value(r, base);
    edict_cell high = apply(upper, p, in, memory[0]);
    edict_cell low = apply(lower, p, in, memory[1]);
    edict_cell computed = compute(lower, upper, p, high, memory[2]);
    count += !same(&low, &computed);
  }
  return count;
}

static bool inner(const edi_transform *t) {
  return t->id != EDI_TRANSFORM_NONE && t->id != EDI_TRANSFORM_RAW && t->id != EDI_TRANSFORM_NULL && t->id != EDI_TRANSFORM_DROP;
}

TEST(the_lower_output_is_computed_from_the_upper) {
  static const unsigned bases[] = {EDI_TYPE_STRING, EDI_TYPE_INT, EDI_TYPE_DECIMAL, EDI_TYPE_DATE, EDI_TYPE_TIMESTAMP, EDI_TYPE_FLOAT};
  bool used[COUNT(table)] = {false};
  random_source r = {1};
  for (size_t l = 0; l < DIVERSE; l++)
    for (size_t u = 0; u < DIVERSE; u++) {
      const edi_transform *lower = &diverse[l], *upper = &diverse[u];
      if (l == u || !inner(lower) || !inner(upper) || !edi_transform_below(lower, upper)) continue;
      computer *compute = computer_for(lower, upper);
      if (!compute) {
        HARNESS_FAIL("%s is below %s, and no entry of the table says how", called(l), called(u));
        continue;
      }
      for (size_t i = 0; i < COUNT(table); i++) used[i] = used[i] || (table[i].lower == lower->id && table[i].upper == upper->id);
      for (size_t b = 0; b < COUNT(bases); b++) {
        if (!edi_transform_suits(lower, bases[b]) || !edi_transform_suits(upper, bases[b])) continue;
        size_t wrong = differences(&r, lower, upper, bases[b], compute, bases[b] == EDI_TYPE_FLOAT ? RUNS / 10 : RUNS);
        if (wrong) HARNESS_FAIL("%s from %s, %s: %zu of %d", called(l), called(u), edi_type_base_name(bases[b]), wrong, RUNS);
      }
    }
  for (size_t i = 0; i < COUNT(table); i++) CHECK(used[i]);
}

/* What two that are not ordered meet in lies below both, by the table and over values. */
TEST(what_two_have_in_common_is_computed_from_each) {
  random_source r = {4};
  size_t found = 0;
  for (size_t a = 0; a < DIVERSE; a++)
    for (size_t b = 0; b < a; b++) {
      const edi_transform *x = &diverse[a], *y = &diverse[b];
      if (edi_transform_below(x, y) || edi_transform_below(y, x)) continue;
      edi_transform low = edi_transform_meet(x, y, NULL);
      if (!inner(&low)) continue;
      found++;
      CHECK(edi_transform_below(&low, x) && edi_transform_below(&low, y));
      for (unsigned base = 1; base <= EDI_TYPE_FLOAT; base++) {
        if (!edi_transform_suits(x, base) || !edi_transform_suits(y, base) || !edi_transform_suits(&low, base)) continue;
        size_t rounds = base == EDI_TYPE_FLOAT ? 50 : 500;
        CHECK_INT(differences(&r, &low, x, base, computer_for(&low, x), rounds), 0);
        CHECK_INT(differences(&r, &low, y, base, computer_for(&low, y), rounds), 0);
      }
    }
  CHECK(found > 20);
}

/* Claims that are not in the table, because they are wrong, are seen to be wrong by the same eye. */
TEST(what_cannot_be_computed_is_noticed) {
  static const struct { const char *lower, *upper; unsigned base; computer *compute; } claims[] = {
      {"show-last(4)", "show-last(1)", EDI_TYPE_STRING, show_fewer},
      {"show-last(1)", "show-last(4, rest: \".\")", EDI_TYPE_STRING, show_fewer},
      {"show-last(2, short: mask)", "show-last(4, short: mask)", EDI_TYPE_STRING, show_fewer},
      {"date-trunc(month)", "date-trunc(isoweek)", EDI_TYPE_DATE, apply_again},
      {"date-trunc(year)", "date-trunc(isoweek)", EDI_TYPE_TIMESTAMP, apply_again},
      {"date-trunc(isoweek)", "date-trunc(month)", EDI_TYPE_DATE, apply_again},
      {"date-trunc(day)", "date-trunc(month)", EDI_TYPE_DATE, apply_again},
      {"alphanum", "classmask(other: \"#\")", EDI_TYPE_STRING, apply_again},
      {"alphanum", "classmask(digit: \"x\")", EDI_TYPE_STRING, apply_again},
      {"alphanum", "classmask(profile: ranger-hive)", EDI_TYPE_STRING, apply_again},
      {"charmask(5, skip: \"-*\")", "charmask(2, skip: \"-*\")", EDI_TYPE_STRING, apply_again},
      {"charmask(2)", "charmask(-2)", EDI_TYPE_STRING, apply_again},
      {"partial(1, \"*\", 1)", "partial(2, \"*\", 2)", EDI_TYPE_STRING, apply_again},
      {"email(both)", "email", EDI_TYPE_STRING, apply_again},
      {"round(100)", "round(10)", EDI_TYPE_INT, apply_again},
      {"round(6, mode: floor)", "round(4, mode: floor)", EDI_TYPE_INT, apply_again},
      {"round(2, mode: floor)", "round(0.5, mode: floor)", EDI_TYPE_DECIMAL, apply_again},
      {"bucket(0, 100, 15)", "bucket(0, 100, 10)", EDI_TYPE_INT, bucket_again},
      {"bucket(0, 100, 10)", "bucket(0, 90, 10)", EDI_TYPE_INT, bucket_again},
      {"clamp(0, 90)", "clamp(10, 90)", EDI_TYPE_INT, apply_again},
      {"ip-trunc", "ip-trunc(v4: 16)", EDI_TYPE_STRING, apply_again},
      {"generalise(1)", "generalise", EDI_TYPE_STRING, apply_again},
  };
  random_source r = {2};
  for (size_t i = 0; i < COUNT(claims); i++) {
    edi_transform lower = transform_of(claims[i].lower), upper = transform_of(claims[i].upper);
    if (differences(&r, &lower, &upper, claims[i].base, claims[i].compute, 20000) == 0)
      HARNESS_FAIL("%s from %s seems to work", claims[i].lower, claims[i].upper);
    CHECK(!edi_transform_below(&lower, &upper));
  }
}

/* ---- laws ---- */

static edi_transform meet(const edi_transform *a, const edi_transform *b) { return edi_transform_meet(a, b, NULL); }

static bool equal(edi_transform a, edi_transform b) { return edi_transform_equal(&a, &b); }

TEST(meet_is_idempotent_commutative_associative) {
  for (size_t a = 0; a < (size_t)DIVERSE; a++) {
    const edi_transform *x = &diverse[a];
    edi_transform self = x->id == EDI_TRANSFORM_NONE ? edi_transform_bottom : *x;
    CHECK(equal(meet(x, x), self));
    for (size_t b = 0; b < (size_t)DIVERSE; b++) {
      const edi_transform *y = &diverse[b];
      edi_transform xy = meet(x, y);
      if (!equal(xy, meet(y, x))) HARNESS_FAIL("%s and %s meet otherwise the other way round", called(a), called(b));
      for (size_t c = 0; c < (size_t)DIVERSE; c++) {
        const edi_transform *z = &diverse[c];
        edi_transform yz = meet(y, z);
        if (!equal(meet(&xy, z), meet(x, &yz))) HARNESS_FAIL("%s, %s, %s depend on their order", called(a), called(b), called(c));
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
      set[i] = &diverse[random_below(&r, (size_t)DIVERSE)];
      edi_transform before = forward;
      forward = meet(&forward, set[i]);
      CHECK(edi_transform_below(&forward, &before));
    }
    for (size_t i = COUNT(set); i-- > 0;) backward = meet(set[i], &backward);
    CHECK(equal(forward, backward));
  }
}

TEST(the_bottom_absorbs_and_raw_is_neutral) {
  const edi_transform drop = {.id = EDI_TRANSFORM_DROP};
  for (size_t i = 0; i < DIVERSE; i++) {
    bool fell = false;
    edi_transform low = edi_transform_meet(&diverse[i], &edi_transform_bottom, &fell);
    CHECK_INT(low.id, diverse[i].id == EDI_TRANSFORM_DROP ? EDI_TRANSFORM_DROP : EDI_TRANSFORM_NULL);
    CHECK_INT(edi_transform_meet(&drop, &diverse[i], &fell).id, EDI_TRANSFORM_DROP);
    edi_transform same_again = edi_transform_meet(&edi_transform_raw, &diverse[i], &fell);
    CHECK(equal(same_again, diverse[i].id == EDI_TRANSFORM_NONE ? edi_transform_bottom : diverse[i]));
    CHECK(!fell); /* ordered: nothing fell */
  }
}

TEST(what_the_table_does_not_order_meets_at_the_bottom) {
  for (size_t a = 0; a < DIVERSE; a++)
    for (size_t b = 0; b < DIVERSE; b++) {
      const edi_transform *x = &diverse[a], *y = &diverse[b];
      if (!inner(x) || !inner(y) || a == b) continue;
      bool below = edi_transform_below(x, y), above = edi_transform_below(y, x), fell = false;
      if (below && above) HARNESS_FAIL("%s and %s are ordered both ways", called(a), called(b));
      if (below && !computer_for(x, y)) HARNESS_FAIL("%s and %s are ordered by no entry", called(a), called(b));
      edi_transform met = edi_transform_meet(x, y, &fell);
      CHECK_INT(fell, met.id == EDI_TRANSFORM_NULL);
    }
}

/* The units by hand: which can be computed from which. */
TEST(units_of_time) {
  static const char *const units[] = {"date-trunc(hour)", "date-trunc(day)", "date-trunc(isoweek)", "date-trunc(month)", "date-trunc(quarter)", "date-trunc(year)"};
  static const char below[6][7] = {"x.....", "xx....", "xxx...", "xx.x..", "xx.xx.", "xx.xxx"};
  for (size_t l = 0; l < 6; l++)
    for (size_t u = 0; u < 6; u++) {
      edi_transform lower = transform_of(units[l]), upper = transform_of(units[u]);
      CHECK_INT(edi_transform_below(&lower, &upper), below[l][u] == 'x');
    }
}

/* What some meet in, by hand. */
TEST(meetings_by_hand) {
  static const struct { const char *a, *b, *met; } table_of[] = {
      {"round(4, mode: floor)", "round(6, mode: floor)", "round(12, mode: floor)"},
      {"round(4)", "round(6, mode: floor)", "null"},
      {"clamp(0, 50)", "clamp(10, 90)", "clamp(10, 50)"},
      {"clamp(0, 50)", "clamp(95, 99)", "null"},
      {"pan(first: 4)", "pan(last: 2)", "pan(first: 4, last: 2)"},
      {"ip-trunc(v4: 16)", "ip-trunc(v6: 32)", "ip-trunc(v4: 16, v6: 32)"},
      {"charmask(2)", "charmask(-2)", "charmask"},
      {"classmask", "classmask(digit: \"-\")", "alphanum"},
      {"bucket(0, 100, 10)", "bucket(0, 100, 15)", "bucket(0, 100, 30)"},
      {"bucket(0, 100, 30)", "bucket(0, 100, 70)", "null"},
      {"show-first(4)", "show-last(4)", "null"},
      {"drop", "show-last(4)", "drop"},
      {"redact", "default", "null"},
  };
  for (size_t i = 0; i < COUNT(table_of); i++) {
    edi_transform a = transform_of(table_of[i].a), b = transform_of(table_of[i].b), wanted = transform_of(table_of[i].met);
    if (!equal(meet(&a, &b), wanted)) HARNESS_FAIL("%s and %s do not meet in %s", table_of[i].a, table_of[i].b, table_of[i].met);
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
    for (size_t d = 0; d < (size_t)DIVERSE; d++) found = found || diverse[d].id == all[i];
    CHECK(found);
  }
}

HARNESS_MAIN
