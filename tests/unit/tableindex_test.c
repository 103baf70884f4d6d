/* Table index: crowded homes up to the limit, look-ups alone and many at once, what is not there. */
#include "bundle/tableindex.h"

#include <string.h>

#include "bundle/limits.h"
#include "harness.h"

static const uint32_t int_type[] = {EDI_TYPE_INT, 0};

/* A file whose salt is ours, in which rows stand in the order of their hashes from the first home on, all of which is
 * the first one: their hashes begin with zeros. */
static void *crowded(uint32_t rows, size_t *length) {
  static const unsigned char salt[EDI_TABLE_SALT] = {7};
  enum { CELLS = 128 };
  uint64_t homes = edi_tableindex_homes(rows, 1), places = edi_tableindex_places(rows, 1, rows);
  typedef struct keyed { uint64_t hash; int64_t key; } keyed;
  keyed *all = calloc(rows, sizeof *all);
  *length = CELLS + places * sizeof(edi_tablecell);
  char *bytes = calloc(1, *length);
  if (!all || !bytes) abort();
  uint32_t found = 0;
  for (int64_t key = 0; found < rows; key++) {
    edi_tablecell cell = {EDI_TABLECELL_INLINE, 0, key};
    uint64_t hash = edi_tableindex_cell(salt, &cell, (edi_str){NULL, 0});
    if (edi_tableindex_home(hash, homes, edi_tableindex_share(1)) != 0) continue;
    uint32_t at = found++;
    for (; at > 0 && all[at - 1].hash > hash; at--) all[at] = all[at - 1];
    all[at] = (keyed){hash, key};
  }
  memcpy(bytes, "EDICTTAB", 8);
  edi_put32(bytes + 8, 4), edi_put32(bytes + 12, 1), edi_put64(bytes + 24, rows), edi_put64(bytes + 56, places);
  memcpy(bytes + 40, salt, sizeof salt);
  memcpy(bytes + 64, int_type, sizeof int_type);
  for (uint32_t i = 0; i < rows; i++) {
    edi_tablecell cell = {EDI_TABLECELL_INLINE, 0, all[i].key};
    memcpy(bytes + CELLS + i * sizeof cell, &cell, sizeof cell);
  }
  free(all);
  return bytes;
}

TEST(as_crowded_as_rows_may_stand) {
  for (uint32_t more = 0; more < 2; more++) {
    size_t length;
    edi_tablefile t;
    uint32_t rows = EDI_LIMIT_TABLE_STEPS + more;
    edict_diagnostics *d = edict_diagnostics_create();
    void *bytes = crowded(rows, &length);
    CHECK_INT(edi_tablefile_verify(bytes, length, &t, d), more ? EDICT_FORMAT : EDICT_OK);
    if (more) CHECK(strcmp(edict_diagnostics_code(d, 0), "R0154") == 0);
    for (uint32_t i = 0; more == 0 && i < rows; i++)
      CHECK_INT(edi_tablefile_find(&t, &t.cells[i], (edi_str){NULL, 0}), i);
    free(bytes);
    edict_diagnostics_destroy(&d);
  }
}

enum { ROWS = 1000, ASKED = 2 * ROWS, TEXT = 16 };

/* Every other number is a key, as text of `length` bytes; a second key, if there is one, is told by it. */
static void ask_each_way(uint32_t keys, uint32_t values, uint32_t length) {
  static const uint32_t types[] = {EDI_TYPE_STRING, 0, EDI_TYPE_INT, 0, EDI_TYPE_INT, 0, EDI_TYPE_INT, 0};
  static edi_tablecell cells[4 * ROWS], asked[2 * ASKED];
  static uint64_t found[ASKED];
  static char heap[TEXT * ASKED];
  edi_arena arena;
  edi_buf file;
  edi_tablefile t;
  uint32_t columns = keys + values;
  edi_arena_init(&arena, NULL, 1 << 24);
  edi_buf_init(&file, NULL, 1 << 24);
  for (uint32_t i = 0; i < ASKED; i++) {
    snprintf(heap + TEXT * i, TEXT, "%0*u", (int)length, i);
    asked[keys * i] = (edi_tablecell){EDI_TABLECELL_HEAP, length, TEXT * i};
    if (keys > 1) asked[keys * i + 1] = (edi_tablecell){EDI_TABLECELL_INLINE, 0, i % 3};
    if (i % 2) continue;
    edi_tablecell *row = cells + columns * (i / 2);
    memcpy(row, &asked[keys * i], keys * sizeof *row);
    for (uint32_t c = keys; c < columns; c++) row[c] = (edi_tablecell){EDI_TABLECELL_INLINE, 0, i};
  }
  edi_str text = {heap, sizeof heap};
  REQUIRE(edi_tablefile_write(&arena, types, keys, values, cells, ROWS, text, &file, NULL) == EDICT_OK);
  REQUIRE(edi_tablefile_verify(file.ptr, file.len, &t, NULL) == EDICT_OK);
  for (uint32_t i = 0; i < ASKED; i++) {
    uint64_t place = edi_tablefile_find(&t, &asked[keys * i], text);
    CHECK((place == UINT64_MAX) == (i % 2 == 1));
    CHECK(place == UINT64_MAX || edi_tablefile_has_keys(&t, place, &asked[keys * i], text));
  }
  for (size_t count = 0; count < ASKED; count = count < 70 ? count + 1 : count * 2) {
    memset(found, 0x55, sizeof found);
    edi_tablefile_find_many(&t, asked, count, text, found);
    for (size_t i = 0; i < count; i++) CHECK_INT(found[i], edi_tablefile_find(&t, &asked[keys * i], text));
    CHECK_INT(found[count], UINT64_C(0x5555555555555555));
  }
  edi_buf_fini(&file);
  edi_arena_fini(&arena);
}

/* Over every length of a batch, with four, two and one row to a home, and texts that are in their cells or are not. */
TEST(alone_and_many_at_once) {
  static const struct { uint32_t keys, values; } shapes[] = {{1, 0}, {2, 0}, {1, 1}, {2, 1}, {2, 2}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (uint32_t length = 4; length <= EDI_TABLE_SHORT_MOST + 1; length++) ask_each_way(shapes[i].keys, shapes[i].values, length);
}

TEST(nothing_in_it) {
  uint64_t found = 0;
  edi_arena arena;
  edi_buf file;
  edi_tablefile t;
  edi_tablecell key = {EDI_TABLECELL_INLINE, 0, 1};
  edi_arena_init(&arena, NULL, 1 << 20);
  edi_buf_init(&file, NULL, 1 << 20);
  REQUIRE(edi_tablefile_write(&arena, int_type, 1, 0, NULL, 0, (edi_str){NULL, 0}, &file, NULL) == EDICT_OK);
  REQUIRE(edi_tablefile_verify(file.ptr, file.len, &t, NULL) == EDICT_OK);
  CHECK_INT(t.place_count, 4);
  CHECK_INT(edi_tablefile_find(&t, &key, (edi_str){NULL, 0}), UINT64_MAX);
  edi_tablefile_find_many(&t, &key, 1, (edi_str){NULL, 0}, &found);
  CHECK_INT(found, UINT64_MAX);
  edi_buf_fini(&file);
  edi_arena_fini(&arena);
}

HARNESS_MAIN
