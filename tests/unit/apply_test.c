/* Apply: every transform over the cells it is made for, those it is not, and its limits. */
#include "harness.h"

#include <sodium.h>

#include "bundle/limits.h"
#include "enforce/apply.h"

#define NIL        {.type = EDICT_CELL_NULL}
#define TEXT(s)    {.type = EDICT_CELL_TEXT, .ptr = (s), .len = sizeof(s) - 1}
#define INT(i)     {.type = EDICT_CELL_INT, .integer = (i)}
#define REAL(r)    {.type = EDICT_CELL_REAL, .real = (r)}
#define BLOB(s)    {.type = EDICT_CELL_BLOB, .ptr = (s), .len = sizeof(s) - 1}
#define BOOL(b)    {.type = EDICT_CELL_BOOL, .integer = (b)}
#define DATE(d)    {.type = EDICT_CELL_DATE, .integer = (d)}
#define STAMP(t)   {.type = EDICT_CELL_TIMESTAMP, .integer = (t)}
#define DEC(m, s)  {.type = EDICT_CELL_DECIMAL, .integer = (m), .scale = (s)}

#define STRING_ EDI_TYPE_STRING
#define INT_    EDI_TYPE_INT
#define DEC_    EDI_TYPE_DECIMAL
#define BOOL_   EDI_TYPE_BOOL
#define DATE_   EDI_TYPE_DATE
#define STAMP_  EDI_TYPE_TIMESTAMP
#define OTHER_  EDI_TYPE_NONE

#define WORD(n)     {.base = EDI_TYPE_INT, .as.integer = (n)}
#define CHARS(s)    {.base = EDI_TYPE_STRING, .length = sizeof(s) - 1, .as.text = (s)}
#define SHOW(w, n, rest) {.id = EDI_TRANSFORM_SHOW_##w, .args = {WORD(n), CHARS(rest), WORD(0), WORD(0)}}
#define LAST(n)  SHOW(LAST, n, "*")
#define FIRST(n) SHOW(FIRST, n, "*")
#define TRUNC(u) {.id = EDI_TRANSFORM_DATE_TRUNC, .args = {WORD(EDI_UNIT_##u)}}
#define KEEP     {.id = EDI_TRANSFORM_RAW}
#define BOTTOM   {.id = EDI_TRANSFORM_NULL}
#define CONST(b, member, ...) \
  {.id = EDI_TRANSFORM_CONST, .args = {{.base = (b), .as.member = __VA_ARGS__}, WORD(0)}}

#define DAY (INT64_C(86400) * 1000000)

typedef struct expectation {
  edi_transform transform;
  unsigned base;
  edict_cell in, out, required; /* out of a column that may be NULL, and of one that may not */
} expectation;

static char memory[8 << 20];
static edi_pattern_scratch *patterns;
static const unsigned char key[32] = {1, 2, 3};
static edi_mask_key mask_key = {.bytes = {1, 2, 3}};

__attribute__((constructor)) static void set_up(void) {
  if (sodium_init() < 0 || edi_pattern_scratch_create(&patterns) != EDICT_OK) abort();
}
__attribute__((destructor)) static void tear_down(void) { edi_pattern_scratch_destroy(patterns); }

static bool same(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return false;
  if (a->type == EDICT_CELL_NULL) return true;
  if (a->type == EDICT_CELL_TEXT || a->type == EDICT_CELL_BLOB)
    return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
  return a->integer == b->integer && a->scale == b->scale && memcmp(&a->real, &b->real, 8) == 0;
}

static edict_cell apply(const edi_transform *t, unsigned base, bool required,
                        const unsigned char *with, edict_cell in) {
  edi_apply_column column = {.base = base, .required = required, .key = with ? &mask_key : NULL};
  if (with) memcpy(mask_key.bytes, with, 32);
  if (with) edi_keyedhash_init(&mask_key.hash, with);
  edi_output output = {.ptr = memory, .size = sizeof memory};
  edict_cell out = {.type = EDICT_CELL_BLOB};
  edi_apply(t, &column, patterns, &in, &out, &output);
  CHECK(!output.full);
  return out;
}

static void check_all(const expectation *e, size_t count) {
  for (size_t i = 0; i < count; i++) {
    edict_cell free = apply(&e[i].transform, e[i].base, false, key, e[i].in);
    if (!same(&free, &e[i].out))
      HARNESS_FAIL("row %zu: type %d %lld \"%.*s\"", i, (int)free.type, (long long)free.integer,
                   (int)free.len, free.ptr ? free.ptr : "");
    edict_cell bound = apply(&e[i].transform, e[i].base, true, key, e[i].in);
    if (!same(&bound, &e[i].required))
      HARNESS_FAIL("row %zu, required: type %d %lld \"%.*s\"", i, (int)bound.type,
                   (long long)bound.integer, (int)bound.len, bound.ptr ? bound.ptr : "");
  }
}
#define CHECK_ALL(table) check_all(table, sizeof(table) / sizeof *(table))

#define XS TEXT("XXXXXXXX")

TEST(keep_and_null) {
  static const expectation table[] = {
      {KEEP, STRING_, TEXT("a"), TEXT("a"), TEXT("a")},
      {KEEP, STRING_, NIL, NIL, NIL},
      /* What does not fit its column is the bottom even so. */
      {KEEP, INT_, TEXT("not an int"), NIL, INT(999999999)},
      {KEEP, STRING_, TEXT("\xFF"), NIL, XS},
      {KEEP, STRING_, INT(4), NIL, XS},
      {KEEP, DATE_, DATE(EDI_DATE_MAX + 1), NIL, DATE(EDI_DATE_MAX)},
      {KEEP, DATE_, TEXT("2026-02-29"), NIL, DATE(EDI_DATE_MAX)},
      {KEEP, STAMP_, STAMP(EDI_TIMESTAMP_MIN - 1), NIL, STAMP(EDI_DATE_MAX * DAY)},
      {KEEP, DEC_, DEC(1, 19), NIL, DEC(0, 0)},
      {KEEP, BOOL_, INT(2), NIL, BOOL(0)},
      {KEEP, OTHER_, TEXT("\xFF"), NIL, NIL},
      {KEEP, OTHER_, REAL(__builtin_nan("")), NIL, NIL},
      {KEEP, OTHER_, TEXT("a"), TEXT("a"), TEXT("a")},
      {KEEP, OTHER_, BLOB("\0\1"), BLOB("\0\1"), BLOB("\0\1")},
      {KEEP, DEC_, REAL(0.1), REAL(0.1), REAL(0.1)},
      {BOTTOM, STRING_, TEXT("a"), NIL, XS},
      {BOTTOM, STRING_, NIL, NIL, XS},
      {BOTTOM, INT_, INT(5), NIL, INT(999999999)},
      {BOTTOM, BOOL_, BOOL(1), NIL, BOOL(0)},
      {BOTTOM, DEC_, DEC(15, 1), NIL, DEC(0, 0)},
      {BOTTOM, DATE_, DATE(1), NIL, DATE(EDI_DATE_MAX)},
      {BOTTOM, STAMP_, STAMP(1), NIL, STAMP(EDI_DATE_MAX * DAY)},
      {BOTTOM, OTHER_, BLOB("x"), NIL, NIL},
      {{.id = EDI_TRANSFORM_NONE}, STRING_, TEXT("a"), NIL, XS},
  };
  CHECK_ALL(table);
}

TEST(constants) {
  static const expectation table[] = {
      {CONST(STRING_, text, "hidden", .length = 6), STRING_, TEXT("Ada"), TEXT("hidden"), TEXT("hidden")},
      {CONST(STRING_, text, "hidden", .length = 6), STRING_, TEXT(""), TEXT("hidden"), TEXT("hidden")},
      {CONST(STRING_, text, "hidden", .length = 6), STRING_, NIL, NIL, NIL},
      /* What does not fit is NULL, or in a required column masked like the type's fixed value. */
      {CONST(STRING_, text, "hidden", .length = 6), STRING_, INT(4), NIL, TEXT("hidden")},
      {CONST(STRING_, text, "hidden", .length = 6), STRING_, TEXT("\xFF"), NIL, TEXT("hidden")},
      {CONST(INT_, integer, 7), INT_, INT(1), INT(7), INT(7)},
      {CONST(BOOL_, integer, 1), BOOL_, BOOL(0), BOOL(1), BOOL(1)},
      {CONST(DATE_, integer, 20), DATE_, TEXT("2026-01-01"), DATE(20), DATE(20)},
      {CONST(STAMP_, integer, 20), STAMP_, STAMP(5), STAMP(20), STAMP(20)},
      {CONST(DEC_, integer, 125, .scale = 1), DEC_, INT(4), DEC(125, 1), DEC(125, 1)},
  };
  CHECK_ALL(table);
}

TEST(show_last_and_first) {
  static const expectation table[] = {
      {LAST(4), STRING_, TEXT("+49301234567"), TEXT("********4567"), TEXT("********4567")},
      {FIRST(4), STRING_, TEXT("+49301234567"), TEXT("+493********"), TEXT("+493********")},
      {LAST(4), STRING_, TEXT("12345"), TEXT("***45"), TEXT("***45")},   /* at most half */
      {LAST(4), STRING_, TEXT("1234567"), TEXT("****567"), TEXT("****567")},
      {LAST(4), STRING_, TEXT("12345678"), TEXT("****5678"), TEXT("****5678")},
      {FIRST(4), STRING_, TEXT("123"), TEXT("1**"), TEXT("1**")},
      {LAST(4), STRING_, TEXT("1"), TEXT("*"), TEXT("*")},
      {LAST(0), STRING_, TEXT("abc"), TEXT("***"), TEXT("***")},
      {LAST(1000), STRING_, TEXT("abcd"), TEXT("**cd"), TEXT("**cd")},
      {LAST(4), STRING_, TEXT(""), TEXT(""), TEXT("")},
      {LAST(4), STRING_, NIL, NIL, NIL},
      {LAST(4), STRING_, INT(12345678), NIL, TEXT("****XXXX")},
      {FIRST(2), STRING_, BLOB("12345678"), NIL, TEXT("XX******")},
      {LAST(4), STRING_, TEXT("abc\xC3"), NIL, TEXT("****XXXX")},
      {LAST(4), STRING_, TEXT("abc\xED\xA0\x80"), NIL, TEXT("****XXXX")}, /* a surrogate */
      /* Code points, neither bytes nor what people see as one character. */
      {LAST(2), STRING_, TEXT("J\xC3\xBCrgen"), TEXT("****en"), TEXT("****en")},
      {FIRST(2), STRING_, TEXT("J\xC3\xBCrgen"), TEXT("J\xC3\xBC****"), TEXT("J\xC3\xBC****")},
      {LAST(1), STRING_, TEXT("a\xF0\x9F\x9A\xB2"), TEXT("*\xF0\x9F\x9A\xB2"), TEXT("*\xF0\x9F\x9A\xB2")},
      {LAST(1), STRING_, TEXT("e\xCC\x81"), TEXT("*\xCC\x81"), TEXT("*\xCC\x81")},
      {SHOW(LAST, 2, "\xE2\x80\xA2"), STRING_, TEXT("abcd"),
       TEXT("\xE2\x80\xA2\xE2\x80\xA2" "cd"), TEXT("\xE2\x80\xA2\xE2\x80\xA2" "cd")},
  };
  CHECK_ALL(table);
}

/* 2024-07-15 is 19919; the interop vectors of Iceberg's truncate-to-year and truncate-to-month. */
TEST(dates) {
  static const expectation table[] = {
      {TRUNC(YEAR), DATE_, DATE(19919), DATE(19723), DATE(19723)},
      {TRUNC(MONTH), DATE_, DATE(19919), DATE(19905), DATE(19905)},
      {TRUNC(YEAR), DATE_, TEXT("2024-07-15"), TEXT("2024-01-01"), TEXT("2024-01-01")},
      {TRUNC(MONTH), DATE_, TEXT("2024-07-15"), TEXT("2024-07-01"), TEXT("2024-07-01")},
      {TRUNC(QUARTER), DATE_, TEXT("2024-12-31"), TEXT("2024-10-01"), TEXT("2024-10-01")},
      {TRUNC(ISOWEEK), DATE_, TEXT("2024-07-15"), TEXT("2024-07-15"), TEXT("2024-07-15")}, /* a Monday */
      {TRUNC(ISOWEEK), DATE_, TEXT("2024-07-21"), TEXT("2024-07-15"), TEXT("2024-07-15")},
      {TRUNC(ISOWEEK), DATE_, TEXT("2024-01-03"), TEXT("2024-01-01"), TEXT("2024-01-01")},
      {TRUNC(ISOWEEK), DATE_, TEXT("2023-01-01"), TEXT("2022-12-26"), TEXT("2022-12-26")},
      {TRUNC(ISOWEEK), DATE_, TEXT("1969-12-31"), TEXT("1969-12-29"), TEXT("1969-12-29")},
      {TRUNC(DAY), DATE_, TEXT("2024-07-15"), TEXT("2024-07-15"), TEXT("2024-07-15")},
      {TRUNC(HOUR), DATE_, DATE(19919), DATE(19919), DATE(19919)},
      /* The first day of the calendar is a Monday and a first of January: no unit leaves it. */
      {TRUNC(ISOWEEK), DATE_, DATE(EDI_DATE_MIN), DATE(EDI_DATE_MIN), DATE(EDI_DATE_MIN)},
      {TRUNC(YEAR), DATE_, DATE(EDI_DATE_MAX), DATE(EDI_DATE_MAX - 364), DATE(EDI_DATE_MAX - 364)},
      {TRUNC(YEAR), DATE_, DATE(EDI_DATE_MAX + 1), NIL, DATE(EDI_DATE_MAX - 364)},
      {TRUNC(YEAR), DATE_, TEXT("2024-02-30"), NIL, DATE(EDI_DATE_MAX - 364)},
      {TRUNC(YEAR), DATE_, INT(19919), NIL, DATE(EDI_DATE_MAX - 364)},
      {TRUNC(YEAR), DATE_, NIL, NIL, NIL},
  };
  CHECK_ALL(table);
}

TEST(timestamps) {
  static const expectation table[] = {
      {TRUNC(HOUR), STAMP_, TEXT("2024-07-15T10:59:59.999999Z"), TEXT("2024-07-15T10:00:00Z"),
       TEXT("2024-07-15T10:00:00Z")},
      {TRUNC(DAY), STAMP_, TEXT("2024-07-15T01:30:00+02:00"), TEXT("2024-07-14T00:00:00Z"),
       TEXT("2024-07-14T00:00:00Z")}, /* in UTC */
      {TRUNC(YEAR), STAMP_, STAMP(19919 * DAY + 5), STAMP(19723 * DAY), STAMP(19723 * DAY)},
      {TRUNC(HOUR), STAMP_, STAMP(-1), STAMP(-3600000000), STAMP(-3600000000)}, /* floors */
      {TRUNC(DAY), STAMP_, STAMP(-1), STAMP(-DAY), STAMP(-DAY)},
      {TRUNC(ISOWEEK), STAMP_, STAMP(EDI_TIMESTAMP_MIN), STAMP(EDI_TIMESTAMP_MIN), STAMP(EDI_TIMESTAMP_MIN)},
      {TRUNC(HOUR), STAMP_, STAMP(EDI_TIMESTAMP_MAX), STAMP(EDI_TIMESTAMP_MAX + 1 - 3600000000),
       STAMP(EDI_TIMESTAMP_MAX + 1 - 3600000000)},
      {TRUNC(HOUR), STAMP_, STAMP(EDI_TIMESTAMP_MAX + 1), NIL, STAMP(EDI_DATE_MAX * DAY)},
      {TRUNC(HOUR), STAMP_, DATE(5), NIL, STAMP(EDI_DATE_MAX * DAY)},
  };
  CHECK_ALL(table);
}

static edi_transform substitution(const char *pattern, const char *replacement) {
  edi_pattern *compiled = NULL;
  const char *why;
  size_t at;
  if (edi_pattern_compile(edi_str_from(pattern), EDI_PATTERN_SUBSTITUTE, &compiled, &why, &at) != EDICT_OK) abort();
  return (edi_transform){.id = EDI_TRANSFORM_REGEX,
                         .pattern = compiled,
                         .pattern_source = edi_str_from(pattern),
                         .args = {[EDI_ARG_REGEX_REPLACEMENT] = edi_value_text(EDI_TYPE_STRING, edi_str_from(replacement))}};
}

static void forget(edi_transform *t) { edi_pattern_destroy((edi_pattern *)t->pattern); }

TEST(substitutions) {
  static const struct { const char *pattern, *replacement, *in, *out; } table[] = {
      {"^[^@]+@", "XXXXX@", "cloudysanfrancisco@gmail.com", "XXXXX@gmail.com"},
      {"[0-9]", "#", "4111-1111-1111-4444", "####-####-####-####"},
      {"^([a-z]{2})[^@]*@([a-z]{2})[^.]*", "$1******@$2******", "daamien@gmail.com", "da******@gm******.com"},
      {"x", "", "xaxbx", "ab"},
      {"z", "y", "abc", "abc"},
      {".*", "", "everything", ""},
      {"", "-", "ab", "-a-b-"},
      {"\xC3\xBC", "u", "J\xC3\xBCrgen", "Jurgen"},
      {"a", "$$1", "a", "$1"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edi_transform t = substitution(table[i].pattern, table[i].replacement);
    edict_cell in = {.type = EDICT_CELL_TEXT, .ptr = table[i].in, .len = strlen(table[i].in)};
    edict_cell out = apply(&t, STRING_, false, NULL, in);
    CHECK_INT(out.type, EDICT_CELL_TEXT);
    CHECK_TEXT(out.ptr, out.len, table[i].out);
    forget(&t);
  }
}

/* A substitution that hits a limit gives the bottom, leaves nothing raw and takes no memory. */
TEST(substitution_past_its_limits) {
  static char subject[EDI_PATTERN_SUBSTITUTE_MOST + 1];
  memset(subject, 'b', sizeof subject);
  edi_transform t = substitution("b", "abcdefgh");
  edi_apply_column column = {.base = STRING_}, required = {.base = STRING_, .required = true};
  edict_cell in = {.type = EDICT_CELL_TEXT, .ptr = subject, .len = EDI_PATTERN_SUBSTITUTE_MOST}, out;
  edi_output output = {.ptr = memory, .size = sizeof memory};
  memset(memory, 0, sizeof memory);
  edi_apply(&t, &column, patterns, &in, &out, &output); /* eight times as long: more than four times */
  CHECK_INT(out.type, EDICT_CELL_NULL);
  CHECK_INT(output.used, 0);
  CHECK(!memchr(memory, 'b', sizeof memory));
  edi_apply(&t, &required, patterns, &in, &out, &output);
  CHECK_TEXT(out.ptr, out.len, "XXXXXXXX"); /* what the pattern makes of the fixed value */
  output.used = 0;
  forget(&t);
  t = substitution("b", "abcd"); /* four times as long: it fits */
  edi_apply(&t, &column, patterns, &in, &out, &output);
  CHECK_INT(out.len, 4 * EDI_PATTERN_SUBSTITUTE_MOST);
  CHECK_INT(output.used, out.len);
  in.len++; /* one past the subject's limit */
  edi_apply(&t, &column, patterns, &in, &out, &output);
  CHECK_INT(out.type, EDICT_CELL_NULL);
  forget(&t);
}

/* The construction by hand: BLAKE2b-128 over type tag, length and bytes. */
static void mac_by_hand(unsigned type, const void *bytes, size_t length, unsigned char out[16]) {
  unsigned char input[64] = {(unsigned char)type};
  for (unsigned i = 0; i < 8; i++) input[1 + i] = (unsigned char)((uint64_t)length >> (8 * i));
  memcpy(input + 9, bytes, length);
  CHECK_INT(crypto_generichash(out, 16, input, 9 + length, key, sizeof key), 0);
}

static int64_t number_by_hand(unsigned type, const void *bytes, size_t length) {
  unsigned char mac[16];
  uint64_t n = 0;
  mac_by_hand(type, bytes, length, mac);
  for (unsigned i = 0; i < 8; i++) n |= (uint64_t)mac[i] << (8 * i);
  return (int64_t)(n & INT64_MAX);
}

TEST(pseudonyms_by_hand) {
  const edi_transform t = {.id = EDI_TRANSFORM_PSEUDONYM, .key = EDI_STR("federal.k.k")};
  unsigned char mac[16];
  char expected[32];
  mac_by_hand(STRING_, "ana@example.org", 15, mac);
  sodium_bin2base64(expected, sizeof expected, mac, 16, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  edict_cell out = apply(&t, STRING_, false, key, (edict_cell)TEXT("ana@example.org"));
  CHECK_TEXT(out.ptr, out.len, expected);
  CHECK_INT(out.len, 22);
  mac_by_hand(STRING_, "", 0, mac); /* the empty string is a value */
  sodium_bin2base64(expected, sizeof expected, mac, 16, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out = apply(&t, STRING_, false, key, (edict_cell){.type = EDICT_CELL_TEXT});
  CHECK_TEXT(out.ptr, out.len, expected);
  const unsigned char seven[] = {7, 0, 0, 0, 0, 0, 0, 0}, tenth[] = {125, 0, 0, 0, 0, 0, 0, 0, 1};
  out = apply(&t, INT_, false, key, (edict_cell)INT(7));
  CHECK_INT(out.type, EDICT_CELL_INT);
  CHECK_INT(out.integer, number_by_hand(INT_, seven, 8));
  /* 12.5 in each of its forms. */
  const edict_cell forms[] = {DEC(125, 1), DEC(12500, 3), TEXT("12.50"), REAL(12.5)};
  for (size_t i = 0; i < 4; i++) {
    int64_t number = number_by_hand(DEC_, tenth, 9);
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    out = apply(&t, DEC_, false, key, forms[i]);
    if (i == 2) CHECK_TEXT(out.ptr, out.len, digits);
    else CHECK(out.type == EDICT_CELL_DECIMAL && out.integer == number && out.scale == 0);
  }
}

TEST(pseudonyms_that_cannot_be) {
  const edi_transform t = {.id = EDI_TRANSFORM_PSEUDONYM};
  edict_cell fixed = apply(&t, STRING_, false, key, (edict_cell)XS);
  static const struct { unsigned base; edict_cell in; } ill[] = {
      {STRING_, INT(7)}, {STRING_, TEXT("\xC0\xAF")}, {STRING_, BLOB("abc")}, {INT_, TEXT("7")},
      {INT_, REAL(7)}, {DEC_, TEXT("7,0")}, {DEC_, BOOL(1)}, {DEC_, DEC(1, 19)}, {DATE_, DATE(1)},
  };
  for (size_t i = 0; i < sizeof ill / sizeof *ill; i++)
    CHECK_INT(apply(&t, ill[i].base, false, key, ill[i].in).type, EDICT_CELL_NULL);
  /* In a required column it is the pseudonym of the fixed value. */
  edict_cell out = apply(&t, STRING_, true, key, (edict_cell)INT(7));
  CHECK(out.len == fixed.len && out.len == 22);
  /* Without a key: the bottom. */
  CHECK_INT(apply(&t, STRING_, false, NULL, (edict_cell)TEXT("a")).type, EDICT_CELL_NULL);
  out = apply(&t, STRING_, true, NULL, (edict_cell)TEXT("a"));
  CHECK_TEXT(out.ptr, out.len, "XXXXXXXX");
  CHECK_INT(apply(&t, STRING_, true, NULL, (edict_cell)NIL).type, EDICT_CELL_NULL);
  /* Another key, another pseudonym; the same number as an int and as a decimal too. */
  const unsigned char other[32] = {9};
  int64_t a = apply(&t, INT_, false, key, (edict_cell)INT(7)).integer;
  CHECK(a != apply(&t, INT_, false, other, (edict_cell)INT(7)).integer);
  CHECK(a != apply(&t, DEC_, false, key, (edict_cell)INT(7)).integer);
  CHECK_INT(a, apply(&t, INT_, true, key, (edict_cell)INT(7)).integer);
  CHECK(a >= 0);
}

static edict_cell long_text(char **bytes, size_t length) {
  *bytes = malloc(length);
  if (!*bytes) abort();
  memset(*bytes, 'a', length);
  return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = *bytes, .len = length};
}

TEST(cells_at_their_limit_and_one_past) {
  const edi_transform t = LAST(4);
  char *bytes;
  edict_cell in = long_text(&bytes, EDI_LIMIT_CELL + 1);
  in.len--;
  edict_cell out = apply(&t, STRING_, false, NULL, in);
  CHECK_INT(out.len, EDI_LIMIT_CELL);
  CHECK(out.type == EDICT_CELL_TEXT && memcmp(out.ptr + out.len - 6, "**aaaa", 6) == 0);
  in.len++;
  CHECK_INT(apply(&t, STRING_, false, NULL, in).type, EDICT_CELL_NULL);
  free(bytes);
}

/* Memory that is exactly enough, and one byte less: nothing is written, and the row is not shown. */
TEST(memory_just_enough_and_too_small) {
  edi_transform regex = substitution("b", "c");
  const edi_transform pseudonym = {.id = EDI_TRANSFORM_PSEUDONYM}, last = LAST(2), year = TRUNC(YEAR);
  const struct { const edi_transform *t; unsigned base; edict_cell in; size_t need; } table[] = {
      {&last, STRING_, TEXT("abcdef"), 6},
      {&pseudonym, STRING_, TEXT("abc"), 22},
      {&year, DATE_, TEXT("2024-07-15"), 10},
      {&regex, STRING_, TEXT("abc"), 3 * 4 + 256},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edi_apply_column column = {.base = table[i].base, .key = &mask_key};
    char *small = malloc(table[i].need);
    if (!small) abort();
    edict_cell out;
    edi_output less = {.ptr = small, .size = table[i].need - 1}, exact = {.ptr = small, .size = table[i].need};
    edi_apply(table[i].t, &column, patterns, &table[i].in, &out, &less);
    CHECK(less.full);
    CHECK_INT(less.used, 0);
    edi_apply(table[i].t, &column, patterns, &table[i].in, &out, &exact);
    CHECK(!exact.full);
    CHECK_INT(out.type, EDICT_CELL_TEXT);
    free(small);
  }
  forget(&regex);
}

/* An empty text may come with no pointer at all. */
TEST(empty_texts_without_a_pointer) {
  const edict_cell empty = {.type = EDICT_CELL_TEXT};
  edi_transform regex = substitution("^$", "nothing"), last = LAST(4);
  edict_cell out = apply(&regex, STRING_, false, NULL, empty);
  CHECK_TEXT(out.ptr, out.len, "nothing");
  out = apply(&last, STRING_, true, NULL, empty);
  CHECK(out.type == EDICT_CELL_TEXT && out.len == 0);
  forget(&regex);
}

HARNESS_MAIN
