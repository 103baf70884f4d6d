/* Fits: what is said of many cells at once is what is said of each: random columns of every layout, rows of them in any
 * order, and texts that are cut where no character ends.
 *
 * EDICT_SEED and EDICT_ROUNDS choose where to start and how many columns there are. */
#include "harness.h"

#include "enforce/fits.h"
#include "support/random_batch.h"
#include "support/seed.h"

enum { ROWS = 1600 };

typedef struct counts { uint64_t all, good, bad; } counts;

static bool each_fits(const edict_vector *v, unsigned base, const uint32_t *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    edict_cell cell = edict_vector_cell(v, rows[i]);
    if (cell.type != EDICT_CELL_NULL && !edi_cell_fits(&cell, base)) return false;
  }
  return true;
}

static bool agrees(const edict_vector *v, unsigned base, const uint32_t *rows, size_t count, counts *n) {
  bool fits = each_fits(v, base, rows, count), rising = true;
  for (size_t i = 1; i < count; i++) rising &= rows[i] > rows[i - 1];
  n->all++;
  n->good += fits && count;
  n->bad += !fits;
  if (rising && edi_vector_fits(v, base, rows, count, true) != fits) return false;
  return edi_vector_fits(v, base, rows, count, false) == fits && (fits || !edi_vector_always_fits(v, base));
}

/* Some next to each other, some far apart, some out of order. */
static size_t random_rows(random_source *r, size_t rows, uint32_t *out) {
  size_t count = 0, from = rows ? random_below(r, rows) : 0, step = 1 + random_below(r, 3) * random_below(r, 9);
  for (size_t at = from; at < rows && count < ROWS; at += step) out[count++] = (uint32_t)at;
  if (count > 1 && random_below(r, 4) == 0) {
    uint32_t first = out[0];
    out[0] = out[count - 1];
    out[count - 1] = first;
  }
  return random_below(r, 3) ? count : count ? 1 + random_below(r, count) : 0;
}

static bool one_column(random_source *r, counts *n) {
  static const char *const types[] = {"string", "int", "decimal", "bool", "date", "timestamp"};
  static const unsigned bases[] = {EDI_TYPE_STRING, EDI_TYPE_INT, EDI_TYPE_DECIMAL, EDI_TYPE_BOOL, EDI_TYPE_DATE, EDI_TYPE_TIMESTAMP, EDI_TYPE_FLOAT, EDI_TYPE_TIME, EDI_TYPE_BINARY, EDI_TYPE_NONE};
  uint32_t rows[ROWS];
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)1 << 26);
  size_t length = random_below(r, ROWS);
  edict_vector v = random_vector(r, types[random_below(r, 6)], length, &arena);
  bool same = true;
  for (size_t b = 0; same && b < sizeof bases / sizeof *bases; b++) {
    same = agrees(&v, bases[b], rows, random_rows(r, length, rows), n);
    if (!same) printf("# layout %d, type %u\n", (int)v.layout, bases[b]);
  }
  edi_arena_fini(&arena);
  return same;
}

/* Texts of a few characters and halves of them, many in one window; most are whole. */
static bool one_window(random_source *r, counts *n) {
  static const char *const pieces[] = {"a", "bc", "\xC3\xA4", "\xE7\x8E\x8B", "\xF0\x9F\x9A\xB2", "", "", "\xC3", "\xA4", "\xFF", "\xE7\x8E"};
  static char bytes[ROWS * 8];
  static int32_t offsets[ROWS + 1];
  uint32_t rows[ROWS];
  size_t used = 0, good = random_below(r, 2) ? 7 : sizeof pieces / sizeof *pieces, length = 1 + random_below(r, ROWS);
  for (size_t i = 0; i < length; i++) {
    const char *piece = pieces[random_below(r, random_below(r, 50) ? 7 : good)];
    offsets[i] = (int32_t)used;
    memcpy(bytes + used, piece, strlen(piece));
    used += strlen(piece);
  }
  offsets[length] = (int32_t)used;
  if (length > 2 && random_below(r, 3) == 0) { /* all together are UTF-8, and one begins inside of a character */
    size_t cut = 1 + random_below(r, length - 2);
    offsets[cut] += offsets[cut] < offsets[cut + 1];
  }
  edict_vector v = {.layout = EDICT_LAYOUT_TEXT32, .length = length, .values = offsets, .bytes = bytes};
  return agrees(&v, EDI_TYPE_STRING, rows, random_rows(r, length, rows), n);
}

TEST(many_fit_as_each_does) {
  uint64_t seed = seed_of("EDICT_SEED", 1), end = seed + seed_of("EDICT_ROUNDS", 1500);
  counts n = {0};
  for (; seed < end; seed++) {
    random_source r = {seed};
    if (!one_column(&r, &n) || !one_window(&r, &n)) HARNESS_FAIL("seed %llu", (unsigned long long)seed);
  }
  printf("# %llu columns, %llu fit, %llu do not\n", (unsigned long long)n.all, (unsigned long long)n.good, (unsigned long long)n.bad);
  if (!seed_is_given()) CHECK(n.good > 1000 && n.bad > 1000);
}

/* At the limit of a cell and one past it, alone and as one of a window. */
TEST(the_longest_text) {
  static char bytes[2 * EDI_LIMIT_CELL + 2];
  memset(bytes, 'a', sizeof bytes);
  for (int32_t more = 0; more < 2; more++) {
    const int32_t offsets[] = {0, 3, 3 + EDI_LIMIT_CELL + more, 9 + EDI_LIMIT_CELL + more};
    const edict_vector v = {.layout = EDICT_LAYOUT_TEXT32, .length = 3, .values = offsets, .bytes = bytes};
    static const uint32_t rows[] = {0, 1, 2};
    CHECK_INT(edi_vector_fits(&v, EDI_TYPE_STRING, rows, 3, true), !more);
    CHECK_INT(edi_vector_fits(&v, EDI_TYPE_STRING, rows + 1, 1, true), !more);
  }
}

HARNESS_MAIN
