/* Masker: columns of a batch, masked block by block with the kernels, are what their rows give one by one, to the bit:
 * whole numbers, days and times, NULL among them, at the ends of what they hold, outside of the calendar, of other
 * widths, through dictionaries, and texts beside them; and what is the same for every value, of columns of every type. */
#include "harness.h"

#include "edict/batch.h"
#include "support/mesh.h"
#include "support/random_batch.h"
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
  mesh_sales(m, text, contract, &options);
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

/* ---- the same for every value ---- */

/* As a contract has them, and as random columns are called that mostly fit. */
static const struct { const char *property, *drawn; } kinds[] = {
    {"logicalType: string", "string"}, {"logicalType: integer", "int"}, {"logicalType: number", "decimal"},
    {"logicalType: number, logicalTypeOptions: { format: f64 }", "decimal"}, {"logicalType: boolean", "bool"}, {"logicalType: date", "date"},
    {"logicalType: timestamp", "timestamp"}, {"logicalType: time", "int"}, {"logicalType: string, logicalTypeOptions: { format: binary }", "string"}};
enum { KINDS = sizeof kinds / sizeof *kinds, EVERY = 1 + 2 * KINDS, FEW = 400 };

/* A number that rows are chosen by; of each kind a column that may be NULL and one that may not. */
static void open_constant(mesh *m, const char *mask) {
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1};
  char text[1024], columns[8192];
  size_t used = (size_t)snprintf(columns, sizeof columns, "%s", MESH_CONTRACT("  - name: orders\n    customProperties:\n"
      "      - { property: classification, value: internal }\n    properties:\n      - { name: k, logicalType: integer, tags: [ num.count ] }\n"));
  for (size_t i = 0; i < EVERY - 1; i++)
    used += (size_t)snprintf(columns + used, sizeof columns - used, "      - { name: c%zu, %s, required: %s, tags: [ plain ] }\n", i, kinds[i / 2].property, i % 2 ? "true" : "false");
  snprintf(text, sizeof text, "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\nrule some\n show only rows\n where row[num.count] < 7\n"
           " because \"x\"\nrule all\n mask column tagged plain\n with %s\n because \"x\"\n", mask);
  mesh_sales(m, text, columns, &options);
  mesh_subject(m, "");
  if (mesh_ask(m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
}

static bool identical(const edict_cell *a, const edict_cell *b) {
  bool bytes = a->type == EDICT_CELL_TEXT || a->type == EDICT_CELL_BLOB;
  if (bytes && (a->len != b->len || (a->len && memcmp(a->ptr, b->ptr, a->len) != 0))) return false;
  return a->type == b->type && a->scale == b->scale && a->integer == b->integer && memcmp(&a->real, &b->real, sizeof a->real) == 0;
}

/* What was counted since the last time, column by column; the sum. */
static uint64_t failures(edict_decision *d, uint64_t failed[EVERY]) {
  edict_receipt receipt = {.size = sizeof receipt};
  uint64_t all = 0;
  CHECK_INT(edict_decision_receipt(d, &receipt), EDICT_OK);
  CHECK_INT(receipt.column_count, EVERY);
  for (size_t i = 0; i < EVERY && i < receipt.column_count; i++) all += failed[i] = receipt.columns[i].failed;
  return all;
}

static size_t constant_batch(mesh *batches, mesh *rows_of, random_source *r, edi_arena *arena) {
  static edict_cell cells[EVERY][FEW];
  edict_vector columns[EVERY];
  edict_masked masked[EVERY];
  int64_t keys[FEW];
  uint32_t rows[FEW];
  size_t count = 1 + random_below(r, random_below(r, 2) ? 12 : FEW), most = random_below(r, 2) ? 7 : 10, wrong = 0;
  char room[4096];
  for (size_t i = 0; i < count; i++) keys[i] = (int64_t)random_below(r, most);
  columns[0] = (edict_vector){.layout = EDICT_LAYOUT_INT64, .length = count, .values = keys};
  for (size_t c = 1; c < EVERY; c++) columns[c] = random_vector(r, kinds[(c - 1) / 2].drawn, count, arena);
  for (size_t c = 0; c < EVERY; c++) masked[c] = (edict_masked){.cells = cells[c]};
  edict_batch batch = {.size = sizeof batch, .rows = count, .columns = columns, .column_count = EVERY};
  edict_selection selection = {.size = sizeof selection, .rows = rows};
  CHECK_INT(edict_decision_apply_batch(batches->decision, &batch, &selection, masked, room, sizeof room), EDICT_OK);
  for (size_t k = 0; k < selection.shown_count; k++) {
    edict_cell in[EVERY], out[EVERY];
    edict_row row;
    for (size_t c = 0; c < EVERY; c++) in[c] = edict_vector_cell(&columns[c], rows[k]);
    CHECK_INT(edict_decision_apply_row(rows_of->decision, in, EVERY, out, room, sizeof room, &row), EDICT_OK);
    for (size_t c = 1; c < EVERY; c++) {
      edict_cell got = masked[c].as == EDICT_MASKED_NULL ? (edict_cell){0} : masked[c].cells[k];
      wrong += masked[c].as == EDICT_MASKED_SAME || !identical(&got, &out[c]);
    }
  }
  return wrong;
}

/* Of columns of every layout, of which some hold what does not fit: that is counted as row by row. */
TEST(constants_are_what_rows_give) {
  static const char *const masks[] = {"default", "default(nulls: hide)", "default(profile: bigquery)", "null"};
  random_source r = {11};
  for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
    mesh batches, rows;
    uint64_t failed = 0;
    open_constant(&batches, masks[i]);
    open_constant(&rows, masks[i]);
    for (int round = 0; round < 150; round++) {
      edi_arena arena;
      edi_arena_init(&arena, NULL, (size_t)1 << 26);
      if (constant_batch(&batches, &rows, &r, &arena)) HARNESS_FAIL("%s, round %d", masks[i], round);
      uint64_t of_batch[EVERY] = {0}, of_rows[EVERY] = {0};
      failed += failures(batches.decision, of_batch);
      (void)failures(rows.decision, of_rows);
      CHECK(memcmp(of_batch, of_rows, sizeof of_rows) == 0);
      edi_arena_fini(&arena);
    }
    CHECK(failed > 100 || i == 3);
    mesh_fini(&batches);
    mesh_fini(&rows);
  }
}

HARNESS_MAIN
