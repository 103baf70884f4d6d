/* Random batch: see the header. */
#include "support/random_batch.h"

#include <stdio.h>
#include <stdlib.h>

#include "eval/vector.h"

#define PICK(r, list) ((list)[random_below((r), sizeof(list) / sizeof *(list))])

static const char *const texts[] = {"de", "eu", "us", "fr", "atlantis", "Ann", "ann", "a.b@c.example", "", "42", "-3", "007", "p-1", "orders",
                                    "public", "confidential", "restricted", "2025-01-31T00:00:00Z", "2026-11-19", "2024-11-20T12:00:00Z",
                                    "2027-01-01T00:00:00Z", "2026-05-01T00:00:00.5+02:00", "12.50", "0.1", "Zo\xc3\xab", "\xff", "10.1.2.3", "10.200.0.1", "10.255.255.255", "11.0.0.0", "::1", "2001:db8::1", "::ffff:10.1.2.3", "010.1.2.3", "low", "mid", "high",
                                    "a text that is longer than sixteen bytes", "A TEXT OF SIXTEEN", "sixteen bytes ok"};
static const int64_t integers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 42, -1, -3, 100, 127, -128, 255, 32767, 2147483647, -2147483648,
                                   INT64_MAX, INT64_MIN, INT64_MAX - 1};
static const char *const reals[] = {"1.5", "0.1", "2", "-7", "100.25", "nan", "inf", "1e30", "1e-30", "0"};

static edict_layout layout_for(random_source *r, const char *type) {
  static const edict_layout numbers[] = {EDICT_LAYOUT_INT8, EDICT_LAYOUT_INT16, EDICT_LAYOUT_INT32, EDICT_LAYOUT_INT64, EDICT_LAYOUT_INT64,
                                         EDICT_LAYOUT_UINT8, EDICT_LAYOUT_UINT16, EDICT_LAYOUT_UINT32, EDICT_LAYOUT_UINT64};
  static const edict_layout moments[] = {EDICT_LAYOUT_TIME_S, EDICT_LAYOUT_TIME_MS, EDICT_LAYOUT_TIME_US, EDICT_LAYOUT_TIME_US,
                                         EDICT_LAYOUT_TIME_NS, EDICT_LAYOUT_TEXT32};
  static const edict_layout days[] = {EDICT_LAYOUT_DATE32, EDICT_LAYOUT_DATE32, EDICT_LAYOUT_DATE64, EDICT_LAYOUT_TEXT64};
  static const edict_layout decimals[] = {EDICT_LAYOUT_DECIMAL128, EDICT_LAYOUT_DECIMAL128, EDICT_LAYOUT_DECIMAL32, EDICT_LAYOUT_DECIMAL64,
                                          EDICT_LAYOUT_DECIMAL256, EDICT_LAYOUT_INT64, EDICT_LAYOUT_INT32, EDICT_LAYOUT_REAL16,
                                          EDICT_LAYOUT_REAL32, EDICT_LAYOUT_REAL64, EDICT_LAYOUT_TEXT32};
  static const edict_layout strings[] = {EDICT_LAYOUT_TEXT32, EDICT_LAYOUT_TEXT64, EDICT_LAYOUT_TEXT_VIEW};
  if (random_below(r, 8) == 0) return (edict_layout)random_below(r, EDICT_LAYOUT_CLOCK_NS + 1);
  if (strcmp(type, "int") == 0) return PICK(r, numbers);
  if (strcmp(type, "bool") == 0) return random_below(r, 2) ? EDICT_LAYOUT_BOOL : PICK(r, numbers);
  if (strcmp(type, "timestamp") == 0) return PICK(r, moments);
  if (strcmp(type, "date") == 0) return PICK(r, days);
  if (strcmp(type, "decimal") == 0) return PICK(r, decimals);
  return PICK(r, strings);
}

static int64_t random_integer(random_source *r) {
  return random_below(r, 3) ? (int64_t)random_below(r, 12) - 1 : PICK(r, integers);
}

/* A moment in the unit of the layout; often near those that rules speak of. */
static int64_t random_moment(random_source *r, edict_layout layout) {
  if (random_below(r, 16) == 0) return PICK(r, integers);
  int64_t t = (19700 + (int64_t)random_below(r, 1200)) * EDI_DAY_MICROS + (int64_t)random_below(r, 3);
  if (layout == EDICT_LAYOUT_TIME_S) return t / 1000000;
  if (layout == EDICT_LAYOUT_TIME_MS) return t / 1000;
  return layout == EDICT_LAYOUT_TIME_NS ? t * 1000 + (random_below(r, 4) == 0) : t;
}

static void put_decimal(random_source *r, unsigned char *out, size_t bytes) {
  unsigned char wide[32];
  int64_t low = random_below(r, 2) ? (int64_t)random_below(r, 24) - 8 : random_below(r, 2) ? (int64_t)random_below(r, 4000) - 1000 : PICK(r, integers);
  int64_t high = random_below(r, 12) ? low >> 63 : (int64_t)random_below(r, 5) - 2;
  edi_put64(wide, (uint64_t)low);
  edi_put64(wide + 8, (uint64_t)high);
  memset(wide + 16, random_below(r, 12) ? (high < 0 ? 0xFF : 0) : 1, 16);
  memcpy(out, wide, bytes);
}

static void put_value(random_source *r, edict_layout layout, unsigned char *values, size_t at) {
  int64_t number = random_integer(r);
  switch (layout) {
    case EDICT_LAYOUT_BOOL:
      if (random_below(r, 2)) values[at / 8] |= (unsigned char)(1u << at % 8);
      return;
    case EDICT_LAYOUT_INT8:
    case EDICT_LAYOUT_UINT8: values[at] = (unsigned char)number; return;
    case EDICT_LAYOUT_INT16:
    case EDICT_LAYOUT_UINT16: edi_put16(values + at * 2, (uint16_t)number); return;
    case EDICT_LAYOUT_INT32:
    case EDICT_LAYOUT_UINT32: edi_put32(values + at * 4, (uint32_t)number); return;
    case EDICT_LAYOUT_INT64:
    case EDICT_LAYOUT_UINT64: edi_put64(values + at * 8, (uint64_t)number); return;
    case EDICT_LAYOUT_REAL32: {
      float f = strtof(PICK(r, reals), NULL);
      memcpy(values + at * 4, &f, 4);
      return;
    }
    case EDICT_LAYOUT_REAL64: {
      double d = strtod(PICK(r, reals), NULL);
      memcpy(values + at * 8, &d, 8);
      return;
    }
    case EDICT_LAYOUT_REAL16: edi_put16(values + at * 2, (uint16_t)random_below(r, 65536)); return;
    case EDICT_LAYOUT_DECIMAL32: put_decimal(r, values + at * 4, 4); return;
    case EDICT_LAYOUT_DECIMAL64: put_decimal(r, values + at * 8, 8); return;
    case EDICT_LAYOUT_DECIMAL128: put_decimal(r, values + at * 16, 16); return;
    case EDICT_LAYOUT_DECIMAL256: put_decimal(r, values + at * 32, 32); return;
    case EDICT_LAYOUT_BLOB_FIXED: edi_put64(values + at * 8, (uint64_t)number); return;
    case EDICT_LAYOUT_CLOCK_S:
    case EDICT_LAYOUT_CLOCK_MS: edi_put32(values + at * 4, (uint32_t)number); return;
    case EDICT_LAYOUT_CLOCK_US:
    case EDICT_LAYOUT_CLOCK_NS: edi_put64(values + at * 8, (uint64_t)number); return;
    case EDICT_LAYOUT_DATE32: edi_put32(values + at * 4, (uint32_t)(random_below(r, 16) ? 19700 + (int64_t)random_below(r, 1200) : number)); return;
    case EDICT_LAYOUT_DATE64:
      edi_put64(values + at * 8, (uint64_t)((19700 + (int64_t)random_below(r, 1200)) * 86400000 + (random_below(r, 8) == 0)));
      return;
    case EDICT_LAYOUT_TIME_S:
    case EDICT_LAYOUT_TIME_MS:
    case EDICT_LAYOUT_TIME_US:
    case EDICT_LAYOUT_TIME_NS: edi_put64(values + at * 8, (uint64_t)random_moment(r, layout)); return;
    case EDICT_LAYOUT_NULL:
    case EDICT_LAYOUT_TEXT32:
    case EDICT_LAYOUT_TEXT64:
    case EDICT_LAYOUT_BLOB32:
    case EDICT_LAYOUT_BLOB64:
    case EDICT_LAYOUT_TEXT_VIEW:
    case EDICT_LAYOUT_BLOB_VIEW: return;
  }
}

static void fill_texts(random_source *r, edict_vector *v, size_t count, bool large, edi_arena *arena) {
  unsigned char *offsets = edi_arena_alloc(arena, (count + 1) * 8);
  char *bytes = edi_arena_alloc(arena, count * 48 + 1);
  size_t used = 0;
  if (!offsets || !bytes) abort();
  for (size_t i = 0; i <= count; i++) {
    if (large) edi_put64(offsets + i * 8, used);
    else edi_put32(offsets + i * 4, (uint32_t)used);
    if (i == count) break;
    const char *t = PICK(r, texts);
    memcpy(bytes + used, t, strlen(t));
    used += strlen(t);
  }
  v->values = offsets;
  v->bytes = bytes;
}

/* Texts where they stand in the program: one buffer holds them all. */
static void fill_views(random_source *r, edict_vector *v, size_t count, edi_arena *arena) {
  unsigned char *views = edi_arena_alloc(arena, count * 16 + 1);
  char *bytes = edi_arena_alloc(arena, count * 48 + 1);
  const void **parts = EDI_NEW(arena, const void *);
  if (!views || !bytes || !parts) abort();
  for (size_t i = 0, used = 0; i < count; i++) {
    const char *t = PICK(r, texts);
    size_t length = strlen(t);
    edi_put32(views + i * 16, (uint32_t)length);
    memcpy(views + i * 16 + 4, t, length <= 12 ? length : 4);
    if (length <= 12) continue;
    edi_put32(views + i * 16 + 12, (uint32_t)used);
    memcpy(bytes + used, t, length);
    used += length;
  }
  *parts = bytes;
  v->values = views;
  v->parts = parts;
}

static edict_vector plain_vector(random_source *r, edict_layout layout, size_t rows, edi_arena *arena) {
  edict_vector v = {.layout = layout, .length = rows, .offset = random_below(r, 3) ? 0 : random_below(r, 70)};
  static const int32_t scales[] = {0, 1, 2, 2, 5, 18, 20, -2};
  size_t count = rows + v.offset;
  bool large = layout == EDICT_LAYOUT_TEXT64 || layout == EDICT_LAYOUT_BLOB64;
  if (edi_layout_is_decimal(layout)) v.scale = PICK(r, scales);
  if (layout == EDICT_LAYOUT_BLOB_FIXED) v.width = 8;
  if (layout == EDICT_LAYOUT_NULL) return v;
  if (layout >= EDICT_LAYOUT_TEXT32 && layout <= EDICT_LAYOUT_BLOB64) {
    fill_texts(r, &v, count, large, arena);
  } else if (layout == EDICT_LAYOUT_TEXT_VIEW || layout == EDICT_LAYOUT_BLOB_VIEW) {
    fill_views(r, &v, count, arena);
  } else {
    /* Now and then where no number of this size may be loaded. */
    unsigned char *values = (unsigned char *)edi_arena_alloc(arena, count * 32 + 16);
    if (!values) abort();
    if (random_below(r, 8) == 0) values++;
    for (size_t i = 0; i < count; i++) put_value(r, layout, values, i);
    v.values = values;
  }
  if (random_below(r, 3)) {
    unsigned char *valid = edi_arena_alloc(arena, (count + 7) / 8);
    if (!valid) abort();
    for (size_t i = 0; i < count; i++)
      if (random_below(r, 8)) valid[i / 8] |= (unsigned char)(1u << i % 8);
    v.valid = valid;
  }
  return v;
}

edict_vector random_vector(random_source *r, const char *type, size_t rows, edi_arena *arena) {
  edict_layout layout = layout_for(r, type);
  if (random_below(r, 3) || layout == EDICT_LAYOUT_NULL) return plain_vector(r, layout, rows, arena);
  static const edict_layout of_index[] = {EDICT_LAYOUT_INT8, EDICT_LAYOUT_INT16, EDICT_LAYOUT_INT32, EDICT_LAYOUT_INT32, EDICT_LAYOUT_INT64,
                                          EDICT_LAYOUT_UINT8, EDICT_LAYOUT_UINT16, EDICT_LAYOUT_UINT32, EDICT_LAYOUT_UINT64};
  edict_vector *dictionary = EDI_NEW(arena, edict_vector);
  if (!dictionary) abort();
  *dictionary = plain_vector(r, layout, random_below(r, 12) ? random_below(r, 40) : 300 + random_below(r, 600), arena);
  edict_vector v = plain_vector(r, PICK(r, of_index), rows, arena);
  v.dictionary = dictionary;
  for (size_t i = 0; i < rows && dictionary->length > 8; i++) { /* mostly within */
    unsigned char *p = (unsigned char *)(uintptr_t)v.values;
    if (v.layout == EDICT_LAYOUT_INT32 && random_below(r, 32)) edi_put32(p + (v.offset + i) * 4, (uint32_t)random_below(r, dictionary->length));
  }
  return v;
}

/* ---- comparing ---- */

enum { COLUMNS_MOST = 64, ROWS_MOST = 4096, MEMORY = 1 << 20 };

static bool same_selection(const edict_selection *s, const unsigned char *states, size_t rows, char *why, size_t size) {
  size_t count = 0, withheld = 0, erasable = 0;
  for (size_t i = 0; i < rows; i++) {
    bool shown = states[i] == EDICT_ROW_SHOWN;
    snprintf(why, size, "row %zu of %zu is %d in the batch, %d alone", i, rows, (int)s->states[i], (int)states[i]);
    if (s->states[i] != states[i] || (s->shown[i / 8] >> (i % 8) & 1) != shown) return false;
    if (shown && s->rows[count++] != i) return false;
    withheld += states[i] == EDICT_ROW_WITHHELD;
    erasable += states[i] == EDICT_ROW_ERASABLE;
  }
  snprintf(why, size, "%zu rows shown in the batch, %zu alone", s->shown_count, count);
  return s->shown_count == count && s->withheld_count == withheld && s->erasable_count == erasable;
}

/* What each row is alone; false: it differs from what the oracle says. */
static bool row_by_row(edict_decision *d, const edict_batch *b, const oracle_request *q, unsigned char *states, bool *grouped, char *why,
                       size_t size) {
  static char memory[MEMORY];
  edict_cell in[COLUMNS_MOST], out[COLUMNS_MOST];
  *grouped = false;
  for (size_t i = 0; i < b->rows; i++) {
    edict_row row;
    for (size_t c = 0; c < b->column_count; c++) in[c] = edict_vector_cell(&b->columns[c], i);
    edict_status status = edict_decision_apply_row(d, in, b->column_count, out, memory, sizeof memory, &row);
    if (status != EDICT_OK && status != EDICT_UNSUPPORTED) return snprintf(why, size, "row %zu fails", i) < 0;
    *grouped = *grouped || status == EDICT_UNSUPPORTED;
    states[i] = (unsigned char)row;
    if (q && row != oracle_row(q, in)) return snprintf(why, size, "row %zu alone is %d, for the oracle %d", i, (int)row, (int)oracle_row(q, in)) < 0;
  }
  return true;
}

static bool compare_lanes(edict_decision *d, const edict_batch *b, const unsigned char *states, bool grouped, char *why, size_t size) {
  static unsigned char mine[ROWS_MOST], bits[ROWS_MOST / 8];
  static uint32_t rows[ROWS_MOST], again[ROWS_MOST];
  edict_selection s = {.size = sizeof s, .states = mine, .shown = bits, .rows = rows};
  memset(mine, 0xAA, sizeof mine);
  edict_status status = edict_decision_select(d, b, &s);
  snprintf(why, size, "status %d", (int)status);
  edict_selection without = {.size = sizeof without, .rows = again};
  if (edict_decision_select(d, b, &without) != status || without.shown_count != s.shown_count ||
      memcmp(again, rows, s.shown_count * sizeof *rows) != 0)
    return snprintf(why, size, "other rows are shown where states are not wanted") < 0;
  if (grouped) return status == EDICT_UNSUPPORTED && s.shown_count == 0 && (b->rows == 0 || mine[0] == EDICT_ROW_HIDDEN);
  return status == EDICT_OK && same_selection(&s, states, b->rows, why, size);
}

static bool same_cell(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return false;
  if (a->type == EDICT_CELL_TEXT || a->type == EDICT_CELL_BLOB) return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
  if (a->type == EDICT_CELL_REAL) return memcmp(&a->real, &b->real, sizeof a->real) == 0;
  return a->integer == b->integer && a->scale == b->scale;
}

/* The cell of the k-th row that is shown. */
static edict_cell masked_cell(const edict_batch *b, const edict_selection *s, const edict_masked *m, size_t column, size_t k) {
  if (m->as == EDICT_MASKED_NULL) return (edict_cell){0};
  return m->as == EDICT_MASKED_SAME ? edict_vector_cell(&b->columns[column], s->rows[k]) : m->cells[k];
}

/* Masks of the batch against those of each row alone. */
static bool compare_masks(edict_decision *d, const edict_batch *b, uint64_t *masked, char *why, size_t size) {
  static char memory[MEMORY], row_memory[MEMORY];
  static uint32_t rows[ROWS_MOST];
  static edict_cell cells[COLUMNS_MOST][ROWS_MOST];
  edict_masked columns[COLUMNS_MOST];
  edict_selection s = {.size = sizeof s, .rows = rows};
  edict_cell in[COLUMNS_MOST], out[COLUMNS_MOST];
  edict_row row;
  for (size_t c = 0; c < b->column_count; c++) columns[c].cells = cells[c];
  if (edict_decision_apply_batch(d, b, &s, columns, memory, sizeof memory) != EDICT_OK) return snprintf(why, size, "masks fail") < 0;
  for (size_t k = 0; k < s.shown_count; k++) {
    for (size_t c = 0; c < b->column_count; c++) in[c] = edict_vector_cell(&b->columns[c], rows[k]);
    if (edict_decision_apply_row(d, in, b->column_count, out, row_memory, sizeof row_memory, &row) != EDICT_OK) return false;
    for (size_t c = 0; c < b->column_count; c++) {
      edict_cell mine = masked_cell(b, &s, &columns[c], c, k);
      *masked += columns[c].as == EDICT_MASKED_CELLS;
      if (!same_cell(&mine, &out[c])) return snprintf(why, size, "column %zu of row %u is masked otherwise than alone", c, rows[k]) < 0;
    }
  }
  return true;
}

static void count_all(const edict_decision *d, const unsigned char *states, size_t rows, batch_counts *n) {
  n->rows += rows;
  for (size_t i = 0; i < rows; i++) {
    n->shown += states[i] == EDICT_ROW_SHOWN;
    n->withheld += states[i] == EDICT_ROW_WITHHELD;
    n->erasable += states[i] == EDICT_ROW_ERASABLE;
  }
  for (uint32_t w = 0; d->answer->sieve && w < d->answer->sieve->where_count; w++) {
    n->open += d->answer->sieve->wheres[w].open;
    for (uint32_t k = 0; k < d->answer->sieve->wheres[w].leaf_count; k++) n->cells += d->answer->sieve->wheres[w].leaves[k].method == EDI_LEAF_CELLS;
  }
}

bool batch_agrees(edict_decision *d, random_source *r, size_t rows, const oracle_request *q, batch_counts *counts, char *why, size_t size) {
  static const char *const sets[] = {"portable", "avx2", "avx512"};
  static unsigned char states[ROWS_MOST];
  const edi_bound_dataset *dataset = d->plan->dataset;
  edict_vector columns[COLUMNS_MOST];
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  for (size_t c = 0; c < dataset->column_count; c++) columns[c] = random_vector(r, edi_type_base_name(dataset->columns[c].base), rows, &arena);
  edict_batch batch = {.size = sizeof batch, .rows = rows, .columns = columns, .column_count = dataset->column_count};
  bool grouped, same = row_by_row(d, &batch, q, states, &grouped, why, size);
  const edi_lanes *best = d->lanes;
  for (size_t i = 0; same && i < 3; i++) {
    char differs[256] = "";
    d->lanes = edi_lanes_named(sets[i]);
    if (!d->lanes) continue;
    if (d->answer->sieve) d->answer->sieve->lanes = d->lanes;
    same = compare_lanes(d, &batch, states, grouped, differs, sizeof differs);
    if (!same) snprintf(why, size, "lanes %s: %s", sets[i], differs);
  }
  d->lanes = best;
  if (same && !grouped) same = compare_masks(d, &batch, &counts->masked, why, size);
  count_all(d, states, rows, counts);
  edi_arena_fini(&arena);
  return same;
}
