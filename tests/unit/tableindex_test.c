/* Table index: crowded homes up to the limit, look-ups alone and many at once, what is not there. */
#include "bundle/tableindex.h"

#include <string.h>

#include "bundle/limits.h"
#include "harness.h"

static const uint32_t int_type[] = {EDI_TYPE_INT, 0};

/* Numbers that all have their home in the first slot of a table of `rows`, found by trying. */
static void crowd(edi_tablecell *cells, uint32_t rows, const unsigned char *salt) {
  edi_tablefile t = {.key_count = 1, .row_count = rows, .types = int_type, .cells = cells, .salt = salt};
  int64_t key = 0;
  for (uint32_t found = 0; found < rows; key++) {
    cells[found] = (edi_tablecell){EDI_TABLECELL_INLINE, 0, key};
    found += edi_tableindex_home(&t, &cells[found], (edi_str){NULL, 0}) == 0;
  }
}

TEST(as_crowded_as_rows_may_stand) {
  static const unsigned char salt[EDI_TABLE_SALT] = {7};
  for (uint32_t more = 0; more < 2; more++) {
    uint32_t rows = EDI_LIMIT_TABLE_STEPS + more;
    edi_tablecell *cells = calloc(rows, sizeof *cells);
    uint64_t *slots = calloc(edi_tableindex_slots(rows), sizeof *slots);
    REQUIRE(cells && slots);
    crowd(cells, rows, salt);
    edi_tablefile t = {.key_count = 1, .row_count = rows, .types = int_type, .cells = cells, .salt = salt, .slots = slots};
    CHECK_INT(edi_tableindex_fill(&t, slots), more == 0);
    CHECK_INT(edi_tableindex_holds(&t), more == 0);
    for (uint32_t i = 0; more == 0 && i < rows; i++)
      CHECK_INT(edi_tablefile_find(&t, &cells[i], (edi_str){NULL, 0}), i);
    free(cells);
    free(slots);
  }
}

/* Every other number is a key; each question alone and all at once, over every length of a batch. */
TEST(alone_and_many_at_once) {
  enum { ROWS = 1000, ASKED = 2 * ROWS };
  static const unsigned char salt[EDI_TABLE_SALT] = {9};
  static edi_tablecell cells[2 * ROWS], asked[2 * ASKED];
  static uint64_t slots[ROWS + ROWS / 2 + 1], found[ASKED];
  static char heap[16 * ASKED];
  static const uint32_t types[] = {EDI_TYPE_STRING, 0, EDI_TYPE_INT, 0};
  for (uint32_t i = 0; i < ASKED; i++) {
    snprintf(heap + 16 * i, 16, "person-%06u", i);
    asked[2 * i] = (edi_tablecell){EDI_TABLECELL_HEAP, 13, 16 * i};
    asked[2 * i + 1] = (edi_tablecell){EDI_TABLECELL_INLINE, 0, i % 3};
    if (i % 2 == 0) memcpy(&cells[i], &asked[2 * i], 2 * sizeof *cells);
  }
  edi_str text = {heap, sizeof heap};
  edi_tablefile t = {.key_count = 2, .row_count = ROWS, .types = types, .cells = cells, .salt = salt, .slots = slots, .heap = text};
  REQUIRE(edi_tableindex_fill(&t, slots) && edi_tableindex_holds(&t));
  for (uint32_t i = 0; i < ASKED; i++)
    CHECK_INT(edi_tablefile_find(&t, &asked[2 * i], text), i % 2 ? UINT64_MAX : i / 2);
  for (size_t count = 0; count < ASKED; count = count < 70 ? count + 1 : count * 2) {
    memset(found, 0x55, sizeof found);
    edi_tablefile_find_many(&t, asked, count, text, found);
    for (size_t i = 0; i < count; i++) CHECK_INT(found[i], i % 2 ? UINT64_MAX : i / 2);
    CHECK_INT(found[count], UINT64_C(0x5555555555555555));
  }
}

TEST(nothing_in_it) {
  static const unsigned char salt[EDI_TABLE_SALT] = {0};
  uint64_t slot = 0, found = 0;
  edi_tablecell key = {EDI_TABLECELL_INLINE, 0, 1};
  edi_tablefile t = {.key_count = 1, .types = int_type, .salt = salt, .slots = &slot};
  CHECK(edi_tableindex_fill(&t, &slot) && edi_tableindex_holds(&t));
  CHECK_INT(edi_tablefile_find(&t, &key, (edi_str){NULL, 0}), UINT64_MAX);
  edi_tablefile_find_many(&t, &key, 1, (edi_str){NULL, 0}, &found);
  CHECK_INT(found, UINT64_MAX);
  slot = 1; /* a row that there is not */
  CHECK(!edi_tableindex_holds(&t));
}

HARNESS_MAIN
