/* Table bench: look-ups in reference data of ten million keys, alone and many at once, and what it
 * costs to write and to verify it.
 *
 * Keys are asked in a random order, so that hardly any is in the processor's caches. Beside them the
 * bare primitives: one read of memory at a random place, and SipHash of a key. Then the same through the API: rows
 * of a batch that are shown where their person is in a table. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/tablefile.h"
#include "support/mesh.h"

enum { ROWS_MOST = 10000000, ASKED = 1 << 20, TEXT_MOST = 36, ROUNDS = 5 };

/* Of the processor: what other work on the machine adds least to. */
static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static volatile uint64_t sink;

typedef struct bench {
  edi_arena arena;
  edi_buf bytes;
  edi_tablefile table;
  char *text;            /* `width` bytes for each question */
  size_t width;
  edi_tablecell *asked;
  uint64_t *found;
} bench;

static void *need(void *p) {
  if (!p) abort();
  return p;
}

/* "p-0000000042", after so many zeros that it is `width` long. */
static void write_key(char *to, size_t width, uint32_t number) {
  char text[TEXT_MOST + 1];
  int length = snprintf(text, sizeof text, "p-%0*u", (int)width - 2, (unsigned)number);
  if (length < 0 || (size_t)length != width) abort();
  memcpy(to, text, width);
}

/* The even numbers are keys: every second question finds nothing. */
static void make(bench *b, uint32_t rows, size_t width) {
  static const uint32_t types[] = {EDI_TYPE_ID, 0};
  edi_arena arena;
  b->width = width;
  edi_arena_init(&arena, NULL, (size_t)4 << 30);
  edi_arena_init(&b->arena, NULL, (size_t)1 << 30);
  edi_buf_init(&b->bytes, NULL, (size_t)2 << 30);
  char *heap = need(edi_arena_alloc(&arena, rows * width));
  edi_tablecell *cells = need(EDI_NEW_ARRAY(&arena, edi_tablecell, rows));
  for (uint32_t i = 0; i < rows; i++) {
    write_key(heap + i * width, width, 2 * i);
    cells[i] = (edi_tablecell){EDI_TABLECELL_HEAP, (uint32_t)width, (int64_t)(i * width)};
  }
  double start = seconds();
  if (edi_tablefile_write(&arena, types, 1, 0, cells, rows, (edi_str){heap, rows * width}, &b->bytes, NULL) != EDICT_OK) abort();
  double written = seconds();
  if (edi_tablefile_verify(b->bytes.ptr, b->bytes.len, &b->table, NULL) != EDICT_OK) abort();
  printf("%9u keys of %2zu bytes  %6.1f MB  written and verified in %5.2f s, verified in %5.2f s\n", (unsigned)rows, width,
         (double)b->bytes.len / 1e6, written - start, seconds() - written);
  edi_arena_fini(&arena);
  b->text = need(edi_arena_alloc(&b->arena, ASKED * width));
  b->asked = need(EDI_NEW_ARRAY(&b->arena, edi_tablecell, ASKED));
  b->found = need(EDI_NEW_ARRAY(&b->arena, uint64_t, ASKED));
}

static void draw(bench *b, uint32_t rows, bool present, uint64_t *state) {
  for (uint32_t i = 0; i < ASKED; i++) {
    write_key(b->text + i * b->width, b->width, (uint32_t)(2 * (next_random(state) % rows) + !present));
    b->asked[i] = (edi_tablecell){EDI_TABLECELL_HEAP, (uint32_t)b->width, (int64_t)(i * b->width)};
  }
}

static double least(double *times) {
  double best = times[0];
  for (int i = 1; i < ROUNDS; i++)
    if (times[i] < best) best = times[i];
  return best / ASKED * 1e9;
}

static void ask(bench *b, uint32_t rows, bool present) {
  double alone[ROUNDS], many[ROUNDS];
  uint64_t state = 88172645463325252u;
  edi_str text = {b->text, ASKED * b->width};
  for (int r = 0; r < ROUNDS; r++) {
    draw(b, rows, present, &state);
    double start = seconds();
    uint64_t chain = 0; /* each question waits for the answer before it, as it would within rules */
    for (uint32_t i = 0; i < ASKED; i++) {
      chain = edi_tablefile_find(&b->table, &b->asked[i], text);
      __asm__ volatile("lfence" ::: "memory");
    }
    alone[r] = seconds() - start;
    sink = chain;
    draw(b, rows, present, &state);
    start = seconds();
    edi_tablefile_find_many(&b->table, b->asked, ASKED, text, b->found);
    many[r] = seconds() - start;
    sink = b->found[ASKED / 2];
  }
  printf("  %-8s  alone %6.1f ns  in batches %6.1f ns\n", present ? "there" : "missing", least(alone), least(many));
}

static void bare(bench *b) {
  double hashed[ROUNDS], read[ROUNDS];
  uint64_t state = 1234567, sum = 0, words = b->bytes.len / 8;
  const uint64_t *memory = (const uint64_t *)(const void *)b->bytes.ptr;
  for (int r = 0; r < ROUNDS; r++) {
    double start = seconds();
    for (uint32_t i = 0; i < ASKED; i++) {
      uint64_t hash;
      crypto_shorthash((unsigned char *)&hash, (const unsigned char *)b->text + i * b->width, b->width, b->table.salt);
      sum += hash;
    }
    hashed[r] = seconds() - start;
    start = seconds();
    for (uint32_t i = 0; i < ASKED; i++) sum += memory[(next_random(&state) + (sum & 1)) % words];
    read[r] = seconds() - start;
  }
  sink = sum;
  printf("  bare      SipHash of a key %.1f ns  one dependent read at a random place %.1f ns\n", least(hashed), least(read));
}

/* ---- through the API ---- */

enum { PERSONS = 10000000, BATCH = 1 << 19 };

static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ vocabulary.edict, rules.edict ]\ntables:\n  federal.vocabulary.%s: { file: data.csv, version: 1, "
    "created: 2026-01-01T00:00:00Z, expires: 2029-01-01T00:00:00Z }\n";
static const char rules[] =
    "module federal.rules\nrule open\n permit read\n on dataset named \"*\"\n because \"all\"\n"
    "rule free\n show only rows\n where %s\n because \"held\"\n";
static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    properties:\n"
    "      - { name: person, logicalType: string, tags: [ person.id ] }\n");

/* What is asked of a table that has so many rows, each a key and `more`. */
typedef struct asking { const char *table, *head, *more, *condition; uint32_t rows; } asking;
static const asking askings[] = {
    {"holds", "person\n", "\n", "row[person.id] not in holds", PERSONS},
    {"consent", "person,purpose,given,note\n", ",service,2026-01-01T00:00:00Z,\n", "(row[person.id], purpose) in consent", PERSONS / 10},
};

static void open_mesh(mesh *m, const asking *a) {
  char project[1024], rule[1024], key[TEXT_MOST];
  edi_buf csv;
  edi_buf_init(&csv, NULL, (size_t)1 << 30);
  edi_buf_text(&csv, a->head);
  for (uint32_t i = 0; i < a->rows; i++) {
    write_key(key, 12, 2 * i);
    edi_buf_append(&csv, key, 12);
    edi_buf_text(&csv, a->more);
  }
  edi_buf_u8(&csv, 0);
  if (csv.failed) abort();
  snprintf(project, sizeof project, yaml, a->table);
  snprintf(rule, sizeof rule, rules, a->condition);
  const mesh_file files[] = {{"edict.yaml", project}, {"vocabulary.edict", mesh_vocabulary}, {"rules.edict", rule}, {"data.csv", (const char *)csv.ptr}};
  mesh_init(m);
  mesh_add(m, files, sizeof files / sizeof *files);
  mesh_domain(m, "sales", "", contract);
  mesh_open(m);
  mesh_subject(m, "purposes support");
  if (mesh_ask(m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
  edi_buf_fini(&csv);
}

/* Random persons, half of whom are in the table, as a column of texts. */
static void through_the_api(const asking *a) {
  enum { WIDTH = 12 };
  static int32_t offsets[BATCH + 1];
  char *texts = need(malloc((size_t)BATCH * WIDTH));
  uint32_t *shown = need(malloc(BATCH * sizeof *shown));
  uint64_t state = 88172645463325252u;
  double batches = 1e18, alone = 1e18;
  mesh m;
  open_mesh(&m, a);
  for (int r = 0; r < ROUNDS; r++) {
    for (uint32_t i = 0; i < BATCH; i++) {
      write_key(texts + (size_t)i * WIDTH, WIDTH, (uint32_t)(next_random(&state) % (2 * a->rows)));
      offsets[i + 1] = (int32_t)(i + 1) * WIDTH;
    }
    const edict_vector column = {.layout = EDICT_LAYOUT_TEXT32, .length = BATCH, .values = offsets, .bytes = texts};
    edict_batch batch = {.size = sizeof batch, .rows = BATCH, .columns = &column, .column_count = 1};
    edict_selection s = {.size = sizeof s, .rows = shown};
    double start = seconds();
    if (edict_decision_select(m.decision, &batch, &s) != EDICT_OK || s.shown_count < BATCH / 3) abort();
    double spent = (seconds() - start) / BATCH * 1e9;
    if (spent < batches) batches = spent;
    size_t count = 0;
    start = seconds();
    for (uint32_t i = 0; i < BATCH; i++) {
      edict_cell in = edict_vector_cell(&column, i), out;
      edict_row row;
      if (edict_decision_apply_row(m.decision, &in, 1, &out, NULL, 0, &row) != EDICT_OK) abort();
      count += row == EDICT_ROW_SHOWN;
    }
    spent = (seconds() - start) / BATCH * 1e9;
    if (spent < alone) alone = spent;
    if (count != s.shown_count) abort();
  }
  printf("rows shown where %s, of %u: in batches %.1f ns a row, row by row %.1f ns\n", a->condition, (unsigned)a->rows, batches, alone);
  mesh_fini(&m);
  free(shown);
  free(texts);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (sodium_init() < 0) return 1;
  for (size_t i = 0; i < sizeof askings / sizeof *askings; i++) through_the_api(&askings[i]);
  static const struct { uint32_t rows; size_t width; } sizes[] = {
      {1000, 12}, {100000, 12}, {1000000, 12}, {ROWS_MOST, 12}, {ROWS_MOST, TEXT_MOST}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    bench b = {0};
    make(&b, sizes[i].rows, sizes[i].width);
    ask(&b, sizes[i].rows, true);
    ask(&b, sizes[i].rows, false);
    bare(&b);
    edi_buf_fini(&b.bytes);
    edi_arena_fini(&b.arena);
  }
  return 0;
}
