/* Masker: columns of a batch, masked block by block with the kernels, are what their rows give one by one, to the bit:
 * whole numbers, days and times, NULL among them, at the ends of what they hold, outside of the calendar, of other
 * widths, through dictionaries, and texts beside them. */
#include "harness.h"

#include "edict/batch.h"
#include "support/mesh.h"
#include "support/random_rules.h"

static const char contract[] = MESH_CONTRACT("  - name: orders\n    customProperties:\n      - { property: classification, value: internal }\n"
    "    properties:\n      - { name: n, logicalType: integer, tags: [ num.count ] }\n      - { name: m, logicalType: integer, required: true, tags: [ num.amount ] }\n"
    "      - { name: d, logicalType: date, tags: [ time.day ] }\n      - { name: t, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: s, logicalType: string, tags: [ pii.email ] }\n      - { name: live, logicalType: integer, tags: [ plain ] }\n");
static const char rules[] =
    "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
    "rule n\n mask column tagged num.count\n with round(%s)\n because \"x\"\n"
    "rule m\n mask column tagged num.amount\n with %s\n because \"x\"\n"
    "rule d\n mask column tagged time.day\n with date-trunc(%s)\n because \"x\"\n"
    "rule t\n mask column tagged time.collected\n with date-trunc(%s)\n because \"x\"\n"
    "rule s\n mask column tagged pii.email\n with pseudonym(wide)\n because \"x\"\n"
    "rule live\n mask column tagged plain\n with null  if row[num.count] > 100\n with round(7)  otherwise\n because \"x\"\n";
enum { COLUMNS = 6, ROWS = 700 };

static void open_mesh(mesh *m, const char *step, const char *unit) {
  static const edict_named_key keys[] = {{{"federal.vocabulary.wide", 23}, {"one", 3}}};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keys = keys, .key_count = 1};
  char text[2048];
  bool clamps = strcmp(step, "7") == 0;
  snprintf(text, sizeof text, rules, step, clamps ? "clamp(-50, 1000)" : "bucket(-50, 1000, 25)", unit, unit);
  mesh_init(m);
  mesh_federal(m, text);
  mesh_domain(m, "sales", "", contract);
  if (mesh_engine(m, &options) != EDICT_OK) abort();
  mesh_open(m);
  mesh_subject(m, "");
  if (mesh_ask(m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
}

static int64_t number(random_source *r, int64_t least, int64_t most, bool wild) {
  if (!wild || random_below(r, 40)) return least + (int64_t)random_below(r, (uint64_t)(most - least));
  static const int64_t ends[] = {INT64_MIN, INT64_MAX, INT64_MIN + 1, INT64_MAX - 1, EDI_DATE_MAX, EDI_DATE_MAX + 1, EDI_DATE_MIN - 1, EDI_TIMESTAMP_MAX, EDI_TIMESTAMP_MAX + 1, EDI_TIMESTAMP_MIN - 1};
  return ends[random_below(r, sizeof ends / sizeof *ends)];
}

typedef struct data {
  int64_t numbers[COLUMNS][ROWS];
  int32_t days[ROWS], offsets[ROWS + 1], codes[ROWS];
  unsigned char valid[COLUMNS][ROWS / 8 + 1];
  char bytes[ROWS * 8];
  edict_vector columns[COLUMNS], dictionary;
} data;

static void fill(data *x, random_source *r, bool wild) {
  size_t used = 0;
  for (size_t i = 0; i < ROWS; i++) {
    for (size_t c = 0; c < COLUMNS; c++) x->numbers[c][i] = number(r, -2000, 2000, wild);
    x->numbers[3][i] = number(r, -INT64_C(4000000000000000), INT64_C(4000000000000000), wild);
    x->days[i] = (int32_t)number(r, -40000, 40000, false);
    if (wild && random_below(r, 50) == 0) x->days[i] = random_below(r, 2) ? INT32_MAX : INT32_MIN;
    x->offsets[i] = (int32_t)used;
    for (size_t n = random_below(r, 6); n > 0; n--) x->bytes[used++] = (char)('a' + random_below(r, 2));
  }
  x->offsets[ROWS] = (int32_t)used;
  for (size_t c = 0; c < COLUMNS; c++) {
    for (size_t b = 0; b <= ROWS / 8; b++) x->valid[c][b] = wild ? (unsigned char)random_below(r, 256) : 0xFF;
    x->columns[c] = (edict_vector){.layout = EDICT_LAYOUT_INT64, .length = ROWS, .values = x->numbers[c], .valid = random_below(r, 3) ? x->valid[c] : NULL};
  }
  x->columns[2] = (edict_vector){.layout = EDICT_LAYOUT_DATE32, .length = ROWS, .values = x->days, .valid = x->valid[2]};
  x->columns[3].layout = EDICT_LAYOUT_TIME_US;
  if (random_below(r, 2)) { /* cell by cell, with NULL at any place of a block */
    for (size_t i = 0; i < ROWS; i++) x->codes[i] = (int32_t)random_below(r, ROWS);
    x->dictionary = (edict_vector){.layout = EDICT_LAYOUT_INT64, .length = ROWS, .values = x->numbers[0]};
    x->columns[0] = (edict_vector){.layout = EDICT_LAYOUT_INT32, .length = ROWS, .values = x->codes, .valid = x->valid[0], .dictionary = &x->dictionary};
  }
  x->columns[4] = (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = ROWS, .values = x->offsets, .bytes = x->bytes};
}

static bool same(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return false;
  if (a->type == EDICT_CELL_TEXT) return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
  return a->type == EDICT_CELL_NULL || a->integer == b->integer;
}

static size_t differences(mesh *m, const data *x, edict_masked *masked, const uint32_t *rows, size_t count) {
  static char memory[4096];
  size_t wrong = 0;
  for (size_t k = 0; k < count; k++) {
    edict_cell in[COLUMNS], out[COLUMNS];
    edict_row row;
    for (size_t c = 0; c < COLUMNS; c++) in[c] = edict_vector_cell(&x->columns[c], rows[k]);
    CHECK_INT(edict_decision_apply_row(m->decision, in, COLUMNS, out, memory, sizeof memory, &row), EDICT_OK);
    for (size_t c = 0; c < COLUMNS; c++) wrong += masked[c].as != EDICT_MASKED_CELLS || !same(&out[c], &masked[c].cells[k]);
  }
  return wrong;
}

TEST(columns_are_masked_as_their_rows) {
  static const char *const units[] = {"hour", "day", "isoweek", "month", "quarter", "year"};
  static const char *const steps[] = {"100", "7", "1", "9223372036854775807", "64, mode: floor", "3, mode: floor"};
  static data x;
  static edict_cell cells[COLUMNS][ROWS];
  static char memory[1 << 16];
  random_source r = {3};
  for (size_t u = 0; u < 6; u++) {
    mesh m;
    open_mesh(&m, steps[u], units[u]);
    for (int round = 0; round < 12; round++) {
      uint32_t rows[ROWS];
      edict_masked masked[COLUMNS];
      fill(&x, &r, round % 2);
      for (size_t c = 0; c < COLUMNS; c++) masked[c] = (edict_masked){.cells = cells[c]};
      edict_batch batch = {.size = sizeof batch, .rows = 1 + random_below(&r, ROWS), .columns = x.columns, .column_count = COLUMNS};
      edict_selection selection = {.size = sizeof selection, .rows = rows};
      CHECK_INT(edict_decision_apply_batch(m.decision, &batch, &selection, masked, memory, sizeof memory), EDICT_OK);
      CHECK_INT(selection.shown_count, batch.rows);
      CHECK_INT(differences(&m, &x, masked, rows, selection.shown_count), 0);
    }
    mesh_fini(&m);
  }
}

/* Where the texts do not fit, nothing is shown. */
TEST(too_little_memory_shows_nothing) {
  static data x;
  static edict_cell cells[COLUMNS][ROWS];
  random_source r = {4};
  mesh m;
  uint32_t rows[ROWS];
  char memory[2000];
  edict_masked masked[COLUMNS];
  open_mesh(&m, "100", "month");
  fill(&x, &r, false);
  for (size_t c = 0; c < COLUMNS; c++) masked[c] = (edict_masked){.cells = cells[c]};
  edict_batch batch = {.size = sizeof batch, .rows = ROWS, .columns = x.columns, .column_count = COLUMNS};
  edict_selection selection = {.size = sizeof selection, .rows = rows};
  CHECK_INT(edict_decision_apply_batch(m.decision, &batch, &selection, masked, memory, sizeof memory), EDICT_LIMIT);
  CHECK_INT(selection.shown_count, 0);
  for (size_t i = 0; i < sizeof memory; i++) CHECK(memory[i] == 0 || i >= 1980);
  mesh_fini(&m);
}

HARNESS_MAIN
