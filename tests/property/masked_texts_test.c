/* Masked texts: a column of texts or of numbers, masked by blocks, is what its rows give one by one under another decision,
 * to the byte, with every set of lanes: of every length to 300, at every alignment, NULL, empty, of other scripts, no UTF-8
 * at all, too long, in every layout, of all rows or of some. What could not be masked is counted the same. */
#include "harness.h"

#include "edict/batch.h"
#include "support/mesh.h"
#include "support/random_rules.h"

static const char contract[] = MESH_CONTRACT("  - name: orders\n    customProperties:\n      - { property: classification, value: internal }\n"
    "    properties:\n      - { name: s, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: q, logicalType: string, required: true, tags: [ geo.country ] }\n"
    "      - { name: n, logicalType: integer, tags: [ num.count ] }\n");
static const char rules[] =
    "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
    "rule some\n show only rows\n where row[num.count] < 7\n because \"x\"\n"
    "rule s\n mask column named \"s\"\n with %s\n because \"x\"\n"
    "rule q\n mask column named \"q\"\n with %s\n because \"x\"\n";
enum { COLUMNS = 3, ROWS = 700 };

static const char *const masks[] = {
    "show-last(4)", "show-first(3)", "show-last(4, profile: iceberg)", "show-last(2, rest: \"\xC3\xA9\")", "show-first(2, rest: alphanum)",
    "show-last(4, short: keep)", "show-last(9, short: mask)", "show-last(4, short: hash)", "show-last(4, profile: bigquery)",
    "show-last(4, profile: ranger-hive)", "show-last(0)", "classmask", "classmask(\"-\", \"y\", \"-\", \"#\")", "classmask(\"\xC3\x84\", \"x\", \"0\", \"-\")",
    "alphanum", "charmask(-4, skip: \"-\")", "partial(1, \"xxxx\", 3)", "pan", "zip3", "email(local)", "email(both)", "ip-trunc", "bucket(0, 100, 10)",
    "default", "const(\"hidden\")", "const(\"hidden\", nulls: hide)", "redact", "null", "sha256",
    "pseudonym(wide)", "pseudonym(wide, encode: hex)", "pseudonym(wide, encode: uuid)", "pseudonym(wide, encode: crockford)",
    "generalise", "generalise(1)", "email(pseudo, key: wide)", "token(wide)", "token(wide, context: \"c\")", "fpe(wide)",
    "fpe(wide, alphabet: \"abcdefghijklmnopqrstuvwxyz0123456789\")"};
enum { MASKS = sizeof masks / sizeof *masks, LONGEST = 300, BYTES = ROWS * (LONGEST + 1) };
static const char *const sets[] = {"portable", "avx2", "avx512"};

static void open_mesh(mesh *m, const char *mask) {
  static const edict_named_key keys[] = {{{"federal.vocabulary.wide", 23}, {"one", 3}}};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keys = keys, .key_count = 1};
  char text[2048];
  snprintf(text, sizeof text, rules, mask, mask);
  mesh_sales(m, text, contract, &options);
  mesh_subject(m, "");
  if (mesh_ask(m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
}

typedef struct data {
  char bytes[BYTES + 64];
  int32_t offsets[ROWS + 1], codes[ROWS];
  int64_t wide_offsets[ROWS + 1], numbers[ROWS];
  unsigned char valid[ROWS / 8 + 2], views[ROWS * 16];
  const void *parts[1];
  edict_vector dictionary, columns[COLUMNS];
} data;

/* What masks look for in texts, and what they do not. */
static size_t draw(random_source *r, unsigned kind, char *out) {
  static const char *const some[] = {"", "4111-1111-1111-4444", "4111111111114444", "+49 30 123456", "12345", "90210-1234", "036", "03601",
      "de", "fr", "eu", "us", "de", "ana@example.org", "not an address", "192.168.17.201", "2001:db8::1", "42", "99.5", "-1", "\xC3\x84rger", "\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x98\x8E", "\xF0\x9F\x98\x80"};
  size_t length = random_below(r, kind == 1 ? LONGEST + 1 : 24);
  if (random_below(r, 3) == 0) {
    const char *text = some[random_below(r, sizeof some / sizeof *some)];
    size_t n = strlen(text);
    if (kind > 1 || edi_utf8_ascii(edi_str_from(text), 0) == n) {
      memcpy(out, text, n);
      return n;
    }
  }
  for (size_t i = 0; i < length; i++) out[i] = (char)(' ' + random_below(r, 95));
  if (kind == 3 && length && random_below(r, 20) == 0) out[random_below(r, length)] = (char)(128 + random_below(r, 128));
  return length;
}

/* kind: 0 short ASCII, 1 long ASCII, 2 other scripts too, 3 and what is no UTF-8; NULL among them where `nulls`. */
static void fill(data *x, random_source *r, unsigned kind, unsigned layout, bool nulls) {
  size_t used = random_below(r, 33);
  bool all = random_below(r, 2); /* rows are shown, one behind the other */
  x->parts[0] = x->bytes;
  for (size_t i = 0; i < ROWS; i++) {
    x->offsets[i] = (int32_t)used;
    size_t length = draw(r, kind, x->bytes + used);
    uint32_t view[4] = {(uint32_t)length, 0, 0, (uint32_t)used};
    if (length <= 12) memcpy(&view[1], x->bytes + used, length);
    else memcpy(&view[1], x->bytes + used, 4);
    memcpy(x->views + 16 * i, view, sizeof view);
    used += length;
    x->codes[i] = (int32_t)random_below(r, 20);
    x->numbers[i] = (int64_t)random_below(r, all ? 7 : 10);
  }
  x->offsets[ROWS] = (int32_t)used;
  for (size_t i = 0; i <= ROWS; i++) x->wide_offsets[i] = x->offsets[i];
  for (size_t b = 0; b < sizeof x->valid; b++) x->valid[b] = (unsigned char)random_below(r, 256);
  x->dictionary = (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = 20, .values = x->offsets, .bytes = x->bytes};
  const edict_vector layouts[] = {
      {.layout = EDICT_LAYOUT_TEXT32, .values = x->offsets, .bytes = x->bytes},
      {.layout = EDICT_LAYOUT_TEXT64, .values = x->wide_offsets, .bytes = x->bytes},
      {.layout = EDICT_LAYOUT_TEXT_VIEW, .values = x->views, .parts = x->parts},
      {.layout = EDICT_LAYOUT_INT32, .values = x->codes, .dictionary = &x->dictionary},
  };
  for (size_t c = 0; c < 2; c++) {
    x->columns[c] = layouts[layout];
    x->columns[c].length = ROWS - 5;
    x->columns[c].offset = 5 * c;
    x->columns[c].valid = nulls ? x->valid : NULL;
  }
  x->columns[2] = (edict_vector){.layout = EDICT_LAYOUT_INT64, .length = ROWS, .values = x->numbers};
}

static bool same(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return false;
  if (a->type == EDICT_CELL_TEXT) return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
  return a->type == EDICT_CELL_NULL || a->integer == b->integer;
}

static edict_cell masked_cell(const edict_masked *m, const data *x, size_t column, const uint32_t *rows, size_t k) {
  if (m->as == EDICT_MASKED_NULL) return (edict_cell){0};
  return m->as == EDICT_MASKED_SAME ? edict_vector_cell(&x->columns[column], rows[k]) : m->cells[k];
}

static size_t failures(edict_decision *d) {
  edict_receipt receipt = {.size = sizeof receipt};
  size_t failed = 0;
  CHECK_INT(edict_decision_receipt(d, &receipt), EDICT_OK);
  for (size_t i = 0; i < receipt.column_count; i++) failed += receipt.columns[i].failed << 16 * i;
  return failed;
}

/* Row by row under a decision that has seen none of the batch. */
static size_t differences(mesh *m, const data *x, const edict_masked *masked, const uint32_t *rows, size_t count) {
  static char memory[1 << 14];
  size_t wrong = 0;
  for (size_t k = 0; k < count; k++) {
    edict_cell in[COLUMNS], out[COLUMNS];
    edict_row row;
    for (size_t c = 0; c < COLUMNS; c++) in[c] = edict_vector_cell(&x->columns[c], rows[k]);
    CHECK_INT(edict_decision_apply_row(m->decision, in, COLUMNS, out, memory, sizeof memory, &row), EDICT_OK);
    for (size_t c = 0; c < 2; c++) {
      edict_cell got = masked_cell(&masked[c], x, c, rows, k);
      wrong += !same(&out[c], &got);
    }
  }
  return wrong;
}

static data x;
static edict_cell cells[COLUMNS][ROWS];
static char memory[4 * BYTES];

static void compare(mesh *batches, mesh *rows_of, random_source *r, const char *what) {
  uint32_t rows[ROWS];
  edict_masked masked[COLUMNS];
  for (size_t c = 0; c < COLUMNS; c++) masked[c] = (edict_masked){.cells = cells[c]};
  edict_batch batch = {.size = sizeof batch, .rows = 1 + random_below(r, ROWS - 5), .columns = x.columns, .column_count = COLUMNS};
  edict_selection selection = {.size = sizeof selection, .rows = rows};
  CHECK_INT(edict_decision_apply_batch(batches->decision, &batch, &selection, masked, memory, sizeof memory), EDICT_OK);
  size_t wrong = differences(rows_of, &x, masked, rows, selection.shown_count);
  if (wrong) HARNESS_FAIL("%s: %zu of %zu cells", what, wrong, 2 * selection.shown_count);
  if (failures(batches->decision) != failures(rows_of->decision)) HARNESS_FAIL("%s: values that failed", what);
}

TEST(columns_of_texts_are_masked_as_their_rows) {
  random_source r = {29};
  for (size_t i = 0; i < MASKS; i++) {
    mesh batches, rows;
    bool keyed = strstr(masks[i], "wide") != NULL;
    open_mesh(&batches, masks[i]);
    open_mesh(&rows, masks[i]);
    for (unsigned round = 0; round < (keyed ? 48u : 16u); round++) {
      edi_hashlanes *lanes = edi_hashlanes_named(sets[round / 16]);
      if (lanes) batches.decision->hashlanes = lanes;
      fill(&x, &r, round % 4, round / 4 % 4, random_below(&r, 2));
      compare(&batches, &rows, &r, masks[i]);
    }
    mesh_fini(&batches);
    mesh_fini(&rows);
  }
}

/* A text past the limit of a cell, and offsets that go back. */
TEST(what_is_no_text_of_a_column) {
  static const char *const some[] = {"show-last(4)", "classmask", "pseudonym(wide)", "default", "pan"};
  static char large[EDI_LIMIT_CELL + 64];
  random_source r = {31};
  memset(large, '7', sizeof large);
  for (size_t i = 0; i < sizeof some / sizeof *some; i++)
    for (unsigned round = 0; round < 3; round++) {
      mesh batches, rows;
      open_mesh(&batches, some[i]);
      open_mesh(&rows, some[i]);
      fill(&x, &r, 0, 0, false);
      size_t at = 20 + random_below(&r, 400);
      for (size_t k = at; k <= ROWS; k++) x.offsets[k] = round == 0 ? -1 : 40;
      if (round == 2)
        for (size_t k = 0; k <= ROWS; k++) x.offsets[k] = k < at ? 0 : EDI_LIMIT_CELL + 1;
      for (size_t c = 0; c < 2; c++) x.columns[c].bytes = large;
      compare(&batches, &rows, &r, some[i]);
      mesh_fini(&batches);
      mesh_fini(&rows);
    }
}

HARNESS_MAIN
