/* Table data: sorted, written, verified, found; every departure from the one form refused. */
#include "harness.h"

#include "base/calendar.h"
#include "bundle/limits.h"
#include "bundle/tablefile.h"
#include "support/short_memory.h"

#define T(base) EDI_TYPE_##base, 0
#define IN(length, value) \
  { EDI_TABLECELL_INLINE, (length), (value) }
#define HEAP(offset, length) \
  { EDI_TABLECELL_HEAP, (length), (offset) }
#define ABSENT \
  { EDI_TABLECELL_ABSENT, 0, 0 }

static edict_diagnostics *findings;
static edi_arena arena;

static void begin(void) {
  findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
}
static void end(void) {
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}
static const char *first_code(void) {
  return edict_diagnostics_count(findings) > 0 ? edict_diagnostics_code(findings, 0) : "";
}

/* A table of persons and purposes, with an expiry that may be absent. */
static const uint32_t consent_types[] = {T(ID), T(NODE), T(TIMESTAMP)};
static const char consent_heap[] = "person-number-2supportperson-number-1billing";
static const edi_tablecell consent[] = {
    HEAP(0, 15),  HEAP(15, 7), IN(0, 100), /* person-number-2 support */
    HEAP(22, 15), HEAP(15, 7), ABSENT,     /* person-number-1 support */
    HEAP(22, 15), HEAP(37, 7), IN(0, 300), /* person-number-1 billing */
};

static edict_status write_consent(edi_buf *into) {
  edi_buf_init(into, NULL, 1 << 20);
  return edi_tablefile_write(&arena, consent_types, 2, 1, consent, 3,
                             (edi_str){consent_heap, sizeof consent_heap - 1}, into, findings);
}

static uint64_t find(const edi_tablefile *t, const char *person, const char *purpose) {
  edi_buf heap;
  edi_buf_init(&heap, NULL, 256);
  edi_buf_format(&heap, "%s%s", person, purpose);
  edi_tablecell keys[] = {HEAP(0, (uint32_t)strlen(person)),
                          HEAP((int64_t)strlen(person), (uint32_t)strlen(purpose))};
  uint64_t row = edi_tablefile_find(t, keys, (edi_str){heap.ptr, heap.len});
  edi_buf_fini(&heap);
  return row;
}

/* The value beside these keys, or -1. */
static int64_t value_of(const edi_tablefile *t, const char *person, const char *purpose) {
  uint64_t place = find(t, person, purpose);
  return place == UINT64_MAX ? -1 : t->cells[place * 3 + 2].kind == EDI_TABLECELL_ABSENT ? 0 : t->cells[place * 3 + 2].value;
}

TEST(rows_are_placed_and_found)
{
  begin();
  edi_buf bytes;
  edi_tablefile t;
  REQUIRE(write_consent(&bytes) == EDICT_OK);
  REQUIRE(edi_tablefile_verify(bytes.ptr, bytes.len, &t, findings) == EDICT_OK);
  CHECK(t.key_count == 2 && t.value_count == 1 && t.row_count == 3 && t.place_count >= 7);
  CHECK_INT(t.heap.len, 3 * 15); /* short ones not at all */
  uint64_t place = find(&t, "person-number-1", "billing");
  REQUIRE(place != UINT64_MAX);
  CHECK_INT(t.cells[3 * place].kind, EDI_TABLECELL_HEAP);
  CHECK_TEXT(edi_tablecell_text(&t.cells[3 * place], t.heap).ptr, 15, "person-number-1");
  CHECK_INT(t.cells[3 * place + 1].kind, EDI_TABLECELL_SHORT | 7 << 8);
  CHECK_INT(value_of(&t, "person-number-1", "billing"), 300);
  CHECK_INT(value_of(&t, "person-number-1", "support"), 0);
  CHECK(value_of(&t, "person-number-2", "support") > 0);
  CHECK(find(&t, "person-number-2", "billing") == UINT64_MAX);
  CHECK(find(&t, "person-number-", "1support") == UINT64_MAX);
  CHECK(find(&t, "", "") == UINT64_MAX);
  edi_buf_fini(&bytes);
  end();
}

TEST(every_type_of_key)
{
  static const struct {
    uint32_t type;
    edi_tablecell low, high;
  } rows[] = {
      {EDI_TYPE_BOOL, IN(0, 0), IN(0, 1)},
      {EDI_TYPE_INT, IN(0, INT64_MIN), IN(0, INT64_MAX)},
      {EDI_TYPE_DECIMAL, IN(1, 5), IN(2, -5)},
      {EDI_TYPE_TIMESTAMP, IN(0, EDI_TIMESTAMP_MIN), IN(0, EDI_TIMESTAMP_MAX)},
      {EDI_TYPE_DATE, IN(0, EDI_DATE_MIN), IN(0, EDI_DATE_MAX)},
      {EDI_TYPE_DURATION, IN(0, 9), IN(1, 1)},
      {EDI_TYPE_STRING, HEAP(0, 0), HEAP(0, 1)},
      {EDI_TYPE_ID, HEAP(0, 1), HEAP(0, 2)},
      {EDI_TYPE_NODE, HEAP(0, 1), HEAP(1, 2)},
      {EDI_TYPE_LEVEL, HEAP(0, 1), HEAP(2, 1)},
      {EDI_TYPE_IP, HEAP(0, 16), HEAP(1, 16)},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    begin();
    const uint32_t types[] = {rows[i].type, 0};
    const edi_tablecell cells[] = {rows[i].high, rows[i].low};
    const edi_str heap = EDI_STR("abcdefghijklmnopqrstuvwxyz");
    edi_buf bytes;
    edi_tablefile t;
    edi_buf_init(&bytes, NULL, 1 << 20);
    CHECK_INT(edi_tablefile_write(&arena, types, 1, 0, cells, 2, heap, &bytes, findings), EDICT_OK);
    CHECK_INT(edi_tablefile_verify(bytes.ptr, bytes.len, &t, findings), EDICT_OK);
    uint64_t low = edi_tablefile_find(&t, &rows[i].low, heap), high = edi_tablefile_find(&t, &rows[i].high, heap);
    CHECK(low != UINT64_MAX && high != UINT64_MAX && low != high);
    CHECK(edi_tablefile_has_keys(&t, low, &rows[i].low, heap) && edi_tablefile_has_keys(&t, high, &rows[i].high, heap));
    edi_buf_fini(&bytes);
    end();
  }
}

TEST(writing_refuses)
{
  const edi_str heap = EDI_STR("ab\xFF");
  const struct {
    uint32_t types[4], keys, values;
    edi_tablecell cells[4];
    uint64_t count;
    edict_status status;
    const char *code;
  } rows[] = {
      {{T(INT)}, 1, 0, {IN(0, 1), IN(0, 1)}, 2, EDICT_FINDINGS, "R0153"},
      {{T(INT), T(BOOL)},
       1,
       1,
       {IN(0, 1), IN(0, 0), IN(0, 1), IN(0, 1)},
       2,
       EDICT_FINDINGS,
       "R0153"},
      {{T(INT)}, 0, 1, {IN(0, 1)}, 1, EDICT_ARGUMENT, "R0150"},
      {{T(SUBJECT)}, 1, 0, {HEAP(0, 1)}, 1, EDICT_ARGUMENT, "R0150"},
      {{EDI_TYPE_INT, 1}, 1, 0, {IN(0, 1)}, 1, EDICT_ARGUMENT, "R0150"},
      {{0, 0}, 1, 0, {IN(0, 1)}, 1, EDICT_ARGUMENT, "R0150"},
      {{T(INT)}, 1, 0, {HEAP(0, 1)}, 1, EDICT_ARGUMENT, "R0151"},
      {{T(STRING)}, 1, 0, {IN(0, 1)}, 1, EDICT_ARGUMENT, "R0151"},
      {{T(STRING)}, 1, 0, {HEAP(0, 4)}, 1, EDICT_ARGUMENT, "R0151"},
      {{T(STRING)}, 1, 0, {HEAP(4, 0)}, 1, EDICT_ARGUMENT, "R0151"},
      {{T(STRING)}, 1, 0, {HEAP(-1, 1)}, 1, EDICT_ARGUMENT, "R0151"},
      {{T(INT)}, 1, 0, {ABSENT}, 1, EDICT_FINDINGS, "R0151"}, /* a key is there */
      {{T(STRING)}, 1, 0, {HEAP(0, 3)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(BOOL)}, 1, 0, {IN(0, 2)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(BOOL)}, 1, 0, {IN(1, 1)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(INT)}, 1, 0, {IN(1, 1)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(DECIMAL)}, 1, 0, {IN(1, 10)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(DECIMAL)}, 1, 0, {IN(19, 1)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(DECIMAL)}, 1, 0, {IN(256, 1)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(DATE)}, 1, 0, {IN(0, EDI_DATE_MAX + 1)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(TIMESTAMP)}, 1, 0, {IN(0, EDI_TIMESTAMP_MIN - 1)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(DURATION)}, 1, 0, {IN(2, 1)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(DURATION)}, 1, 0, {IN(1, 0)}, 1, EDICT_FINDINGS, "R0151"}, /* no months are no time, which is IN(0, 0) */
      {{T(NODE)}, 1, 0, {HEAP(0, 0)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(IP)}, 1, 0, {HEAP(0, 2)}, 1, EDICT_FINDINGS, "R0151"},
      {{T(INT)}, 1, 0, {IN(0, 1)}, (uint64_t)1 << 60, EDICT_LIMIT, "R0150"},
      {{T(INT)}, 1, 0, {IN(0, 1)}, 0, EDICT_OK, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    begin();
    edi_buf bytes;
    edi_buf_init(&bytes, NULL, 1 << 20);
    edict_status status = edi_tablefile_write(&arena, rows[i].types, rows[i].keys, rows[i].values,
                                              rows[i].cells, rows[i].count, heap, &bytes, findings);
    if (status != rows[i].status || strcmp(first_code(), rows[i].code) != 0)
      HARNESS_FAIL("row %zu: %s \"%s\", expected %s", i, edict_status_name(status), first_code(),
                   rows[i].code);
    edi_buf_fini(&bytes);
    end();
  }
}

TEST(writing_begins_where_reading_may)
{
  begin();
  edi_buf bytes;
  edi_tablefile t;
  edi_buf_init(&bytes, NULL, 1 << 20);
  edi_buf_text(&bytes, "beforeit");
  const edi_str heap = {consent_heap, sizeof consent_heap - 1};
  CHECK_INT(edi_tablefile_write(&arena, consent_types, 2, 1, consent, 3, heap, &bytes, findings),
            EDICT_OK);
  CHECK_INT(edi_tablefile_verify(bytes.ptr + 8, bytes.len - 8, &t, findings), EDICT_OK);
  edi_buf_char(&bytes, 'x');
  size_t length = bytes.len;
  CHECK(length % 8 != 0);
  CHECK_INT(edi_tablefile_write(&arena, consent_types, 2, 1, consent, 3, heap, &bytes, findings),
            EDICT_ARGUMENT);
  CHECK_INT(bytes.len, length);
  edi_buf_fini(&bytes);
  end();
}

TEST(equal_keys_are_named_by_their_rows)
{
  begin();
  edi_buf bytes;
  const uint32_t types[] = {T(STRING)};
  const edi_tablecell cells[] = {HEAP(0, 1), HEAP(1, 1), HEAP(2, 1), HEAP(1, 1)};
  edi_buf_init(&bytes, NULL, 1 << 20);
  CHECK_INT(edi_tablefile_write(&arena, types, 1, 0, cells, 4, EDI_STR("aba"), &bytes, findings),
            EDICT_FINDINGS);
  CHECK_INT(edict_diagnostics_count(findings), 2);
  CHECK(strstr(edict_diagnostics_message(findings, 0), "rows 1 and 3") != NULL);
  CHECK(strstr(edict_diagnostics_message(findings, 1), "rows 2 and 4") != NULL);
  edi_buf_fini(&bytes);
  end();
}

/* Where the consent table's parts are: header 64, types 24 and zeros, places of three cells, heap of 45. */
enum { CELLS = 128, CELL = 16, ROW = 3 * CELL };

typedef struct edited { size_t at, width; uint64_t value; const char *code, *or_code; } edited;

static size_t row_at(const edi_tablefile *t, const char *person, const char *purpose) {
  return CELLS + ROW * (size_t)find(t, person, purpose);
}

static size_t empty_at(const edi_tablefile *t) {
  size_t place = 0;
  while (edi_tablefile_has_row(t, place)) place++;
  return CELLS + ROW * place;
}

static void expect_edit(edi_buf *bytes, const edited *e, size_t number) {
  char old[8];
  edi_tablefile t, zero = {0};
  memcpy(old, bytes->ptr + e->at, e->width);
  for (size_t w = 0; w < e->width; w++) bytes->ptr[e->at + w] = (char)(e->value >> (8 * w));
  edict_diagnostics_clear(findings);
  CHECK_INT(edi_tablefile_verify(bytes->ptr, bytes->len, &t, findings), EDICT_FORMAT);
  if (strcmp(first_code(), e->code) != 0 && (!e->or_code || strcmp(first_code(), e->or_code) != 0))
    HARNESS_FAIL("row %zu: \"%s\", expected %s (%s)", number, first_code(), e->code, edict_diagnostics_message(findings, 0));
  CHECK(memcmp(&t, &zero, sizeof zero) == 0);
  memcpy(bytes->ptr + e->at, old, e->width);
}

TEST(header_and_cells)
{
  begin();
  edi_buf bytes;
  edi_tablefile t;
  REQUIRE(write_consent(&bytes) == EDICT_OK);
  REQUIRE(edi_tablefile_verify(bytes.ptr, bytes.len, &t, findings) == EDICT_OK);
  size_t places = (size_t)t.place_count, heap = CELLS + ROW * places, none = empty_at(&t);
  size_t without = row_at(&t, "person-number-1", "support"), with = row_at(&t, "person-number-1", "billing");
  CHECK_INT(bytes.len, heap + 45);
  const edited rows[] = {
      {0, 1, 'e', "R0150", NULL},
      {8, 4, 1, "R0150", NULL},
      {8, 4, 2, "R0150", NULL},
      {8, 4, 3, "R0150", NULL},
      {8, 4, 5, "R0150", NULL},
      {12, 4, 0, "R0150", NULL},
      {12, 4, 64, "R0150", NULL},
      {12, 4, UINT32_MAX, "R0150", NULL},
      {16, 4, UINT32_MAX, "R0150", NULL},
      {16, 4, 2, "R0150", NULL},
      {20, 4, 1, "R0150", NULL},
      {24, 8, 2, "R0154", NULL},
      {24, 8, 4, "R0150", "R0154"}, /* other homes */
      {24, 8, UINT64_MAX, "R0150", NULL},
      {24, 8, UINT64_MAX / 48 + 1, "R0150", NULL},
      {32, 8, 19, "R0150", NULL},
      {32, 8, UINT64_MAX, "R0150", NULL},
      {40, 1, 'x', "R0151", "R0154"}, /* the salt */
      {56, 8, places - 1, "R0150", NULL},
      {56, 8, UINT64_MAX, "R0150", NULL},
      {64, 4, 0, "R0150", NULL},
      {64, 4, EDI_TYPE_SUBJECT, "R0150", NULL},
      {64, 4, 13, "R0150", NULL},
      {68, 4, 1, "R0150", NULL},
      {64, 4, EDI_TYPE_INT, "R0151", NULL},
      {CELLS - 1, 1, 1, "R0150", NULL}, /* between types and cells */
      {with, 4, 0, "R0151", NULL},
      {with, 4, 1, "R0151", NULL},
      {with, 4, 3, "R0151", NULL}, /* bytes after a short text of none */
      {with, 4, 4, "R0151", NULL},
      {with + CELL, 4, EDI_TABLECELL_SHORT | 8 << 8, "R0151", NULL}, /* a NUL in it */
      {with + CELL, 4, EDI_TABLECELL_SHORT | 6 << 8, "R0151", NULL}, /* a byte after it */
      {with + CELL, 4, EDI_TABLECELL_SHORT | 13 << 8, "R0151", NULL},
      {with + CELL, 4, UINT32_MAX << 8 | EDI_TABLECELL_SHORT, "R0151", NULL},
      {with + CELL + 4, 1, 0xFF, "R0151", NULL},
      {with + CELL + 15, 1, 1, "R0151", NULL},
      {with + CELL + 4, 1, 'z', "R0152", "R0154"}, /* other keys, with a place of their own */
      {with + CELL + 4, 1, 'c', "R0152", "R0154"},
      {with + 2 * CELL, 4, EDI_TABLECELL_SHORT, "R0151", NULL}, /* a time as a text */
      {with + 2 * CELL, 4, 2, "R0151", NULL},
      {with + 4, 4, 4, "R0151", NULL},
      {with + 4, 4, UINT32_MAX, "R0151", NULL},
      {with + 8, 1, 1, "R0151", NULL}, /* not next in the heap */
      {with + 14, 1, (unsigned char)bytes.ptr[with + 14] ^ 1u, "R0151", NULL}, /* another hash */
      {with + 8, 8, UINT64_MAX, "R0151", NULL},
      {without + 2 * CELL + 4, 4, 1, "R0151", NULL},
      {without + 2 * CELL + 8, 8, 1, "R0151", NULL}, /* absent, and something */
      {none + 4, 4, 1, "R0151", NULL},               /* in an empty place */
      {none + ROW - 1, 1, 1, "R0151", NULL},
      {heap, 1, 'q', "R0151", NULL}, /* another text than was hashed */
      {heap, 1, 0, "R0151", NULL},
      {heap, 1, 0xFF, "R0151", NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) expect_edit(&bytes, &rows[i], i);
  CHECK_INT(edi_tablefile_verify(bytes.ptr + 4, bytes.len - 4, &t, NULL), EDICT_ARGUMENT);
  for (size_t length = 0; length < bytes.len; length++)
    CHECK_INT(edi_tablefile_verify(bytes.ptr, length, &t, NULL), EDICT_FORMAT);
  edi_buf_fini(&bytes);
  end();
}

/* A row moved to another place, two rows exchanged, one there twice, one gone. */
TEST(places)
{
  begin();
  edi_buf bytes;
  edi_tablefile t;
  REQUIRE(write_consent(&bytes) == EDICT_OK);
  REQUIRE(edi_tablefile_verify(bytes.ptr, bytes.len, &t, findings) == EDICT_OK);
  const size_t from = row_at(&t, "person-number-2", "support"), to = empty_at(&t), other = row_at(&t, "person-number-1", "billing");
  char *copy = edi_arena_alloc(&arena, bytes.len);
  for (int how = 0; how < 4; how++) {
    memcpy(copy, bytes.ptr, bytes.len);
    if (how == 0) memcpy(copy + to, bytes.ptr + from, ROW), memset(copy + from, 0, ROW);
    if (how == 1) memcpy(copy + other, bytes.ptr + from, ROW), memcpy(copy + from, bytes.ptr + other, ROW);
    if (how == 2) memcpy(copy + other, bytes.ptr + from, ROW);
    if (how == 3) memset(copy + from, 0, ROW);
    CHECK_INT(edi_tablefile_verify(copy, bytes.len, &t, NULL), EDICT_FORMAT);
  }
  edi_buf_fini(&bytes);
  end();
}

/* Any byte changed: refused, or safe to search and read. */
TEST(every_byte)
{
  begin();
  edi_buf bytes;
  size_t held = 0, refused = 0;
  REQUIRE(write_consent(&bytes) == EDICT_OK);
  for (size_t at = 0; at < bytes.len; at++)
    for (int change = 1; change < 256; change++) {
      edi_tablefile t;
      bytes.ptr[at] ^= (char)change;
      if (edi_tablefile_verify(bytes.ptr, bytes.len, &t, NULL) == EDICT_OK) {
        held++;
        (void)find(&t, "person-number-1", "support");
        for (uint64_t i = 0; i < t.place_count * (t.key_count + t.value_count); i++)
          if (edi_tablecell_is_text(&t.cells[i]))
            CHECK(edi_utf8_valid(edi_tablecell_text(&t.cells[i], t.heap)));
      } else {
        refused++;
      }
      bytes.ptr[at] ^= (char)change;
    }
  CHECK(held > 500 && refused > 10000);
  edi_buf_fini(&bytes);
  end();
}

static edict_status verify_long(uint32_t base, size_t length) {
  edi_buf bytes;
  edi_tablefile t;
  const uint32_t types[] = {base, 0};
  const edi_tablecell cells[] = {HEAP(0, (uint32_t)length)};
  char *text = edi_arena_alloc(&arena, length);
  memset(text, 'x', length);
  edi_buf_init(&bytes, NULL, 1 << 20);
  edict_status status =
      edi_tablefile_write(&arena, types, 1, 0, cells, 1, (edi_str){text, length}, &bytes, findings);
  if (bytes.len > 0)
    CHECK_INT(edi_tablefile_verify(bytes.ptr, bytes.len, &t, NULL),
              status == EDICT_OK ? EDICT_OK : EDICT_FORMAT);
  edi_buf_fini(&bytes);
  return status;
}

TEST(limits)
{
  begin();
  CHECK_INT(verify_long(EDI_TYPE_STRING, EDI_LIMIT_STRING), EDICT_OK);
  CHECK_INT(verify_long(EDI_TYPE_STRING, EDI_LIMIT_STRING + 1), EDICT_FINDINGS);
  CHECK_INT(verify_long(EDI_TYPE_NODE, EDI_LIMIT_NAME), EDICT_OK);
  CHECK_INT(verify_long(EDI_TYPE_NODE, EDI_LIMIT_NAME + 1), EDICT_FINDINGS);
  for (uint32_t more = 0; more < 2; more++) {
    uint32_t columns = EDI_LIMIT_TABLE_COLUMNS + more,
             types[2 * (EDI_LIMIT_TABLE_COLUMNS + 1)] = {0};
    edi_tablecell cells[EDI_LIMIT_TABLE_COLUMNS + 1];
    edi_buf bytes;
    for (uint32_t i = 0; i < columns; i++)
      types[2 * i] = EDI_TYPE_INT, cells[i] = (edi_tablecell)IN(0, i);
    edi_buf_init(&bytes, NULL, 1 << 20);
    CHECK_INT(
        edi_tablefile_write(&arena, types, 1, columns - 1, cells, 1, EDI_STR(""), &bytes, findings),
        more ? EDICT_ARGUMENT : EDICT_OK);
    edi_buf_fini(&bytes);
  }
  end();
  begin();
  edi_tablefile t;
  /* Of what is too large, or of another format, no more than the header is looked at. */
  uint64_t header[8] = {0};
  memcpy(header, "EDICTTAB", 8);
  CHECK_INT(edi_tablefile_verify(header, EDI_LIMIT_TABLE_FILE, &t, NULL), EDICT_FORMAT);
  CHECK_INT(edi_tablefile_verify(header, (size_t)EDI_LIMIT_TABLE_FILE + 1, &t, NULL), EDICT_LIMIT);
  end();
}

/* Many rows in any order give one file, and each is found. */
TEST(many_rows)
{
  enum { ROWS = 20000 };
  begin();
  const uint32_t types[] = {T(STRING), T(INT), T(DECIMAL)};
  edi_tablecell *cells = EDI_NEW_ARRAY(&arena, edi_tablecell, ROWS * 3);
  edi_buf heap, first, second;
  edi_buf_init(&heap, NULL, 1 << 20);
  for (uint32_t i = 0; i < ROWS; i++) {
    char text[16];
    snprintf(text, sizeof text, "k%u", (unsigned)(i * 7919u % 500));
    cells[3 * i] = (edi_tablecell)HEAP((int64_t)heap.len, (uint32_t)strlen(text));
    cells[3 * i + 1] = (edi_tablecell)IN(0, i);
    cells[3 * i + 2] = (edi_tablecell)IN(1, (int64_t)i * 10 + 1);
    edi_buf_text(&heap, text);
  }
  edi_str all = {heap.ptr, heap.len};
  edi_buf_init(&first, NULL, 1 << 24);
  edi_buf_init(&second, NULL, 1 << 24);
  REQUIRE(edi_tablefile_write(&arena, types, 2, 1, cells, ROWS, all, &first, findings) == EDICT_OK);
  edi_tablecell *turned = EDI_NEW_ARRAY(&arena, edi_tablecell, ROWS * 3);
  for (uint32_t i = 0; i < ROWS; i++)
    memcpy(&turned[3 * i], &cells[3 * (ROWS - 1 - i)], 3 * sizeof *cells);
  REQUIRE(edi_tablefile_write(&arena, types, 2, 1, turned, ROWS, all, &second, findings) ==
          EDICT_OK);
  CHECK(first.len == second.len && memcmp(first.ptr, second.ptr, first.len) == 0);
  edi_tablefile t;
  REQUIRE(edi_tablefile_verify(first.ptr, first.len, &t, findings) == EDICT_OK);
  for (uint32_t i = 0; i < ROWS; i++) {
    uint64_t row = edi_tablefile_find(&t, &cells[3 * i], all);
    REQUIRE(row < t.place_count);
    CHECK_INT(t.cells[3 * row + 2].value, (int64_t)i * 10 + 1);
  }
  edi_buf_fini(&heap);
  edi_buf_fini(&first);
  edi_buf_fini(&second);
  end();
}

TEST(memory_runs_out)
{
  begin();
  for (size_t n = 1; n < 50; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena scratch;
    edi_buf into;
    edi_arena_init(&scratch, &allocator, (size_t)1 << 20);
    edi_buf_init(&into, &allocator, 1 << 20);
    edict_status status = edi_tablefile_write(&scratch, consent_types, 2, 1, consent, 3,
                                              (edi_str){consent_heap, sizeof consent_heap - 1}, &into, NULL);
    CHECK(memory.failed ? status == EDICT_MEMORY : status == EDICT_OK);
    edi_buf_fini(&into);
    edi_arena_fini(&scratch);
    CHECK_INT(memory.live, 0);
    if (!memory.failed) break;
    CHECK(n < 40);
  }
  end();
}

HARNESS_MAIN
