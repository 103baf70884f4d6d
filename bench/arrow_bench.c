/* Arrow bench: a batch through the Arrow C Data Interface beside the same columns as vectors, in one run: nanoseconds a row,
 * and how many times as long. Arrow makes arrays of its own of what comes out, which the vectors leave to the host.
 *
 * Twenty columns as a standard set of rules has them, each kind of column alone, and twenty columns of numbers alike, none of
 * them NULL or every seventh: a cell of those is a twentieth of a row, with all that a batch takes. The least of several rounds, in the
 * thread's own processor time. */
#include "bench/stopwatch.h"

#include <string.h>

#include "edict/arrow.h"
#include "edict/batch.h"
#include "support/mesh.h"

enum { ROWS = 4096, COLUMNS = 20, TIMES = 8 };

static const char rules[] =
    "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
    "rule email\n mask column tagged pii.email\n with show-last(4)\n because \"x\"\n"
    "rule phone\n mask column tagged pii.phone\n with pseudonym(wide)\n because \"x\"\n"
    "rule names\n mask column tagged pii.name\n with null\n because \"x\"\n"
    "rule counts\n mask column tagged num.count\n with round(100)\n because \"x\"\n"
    "rule days\n mask column tagged time.day\n with date-trunc(month)\n because \"x\"\n"
    "rule times\n mask column tagged time.collected\n with date-trunc(hour)\n because \"x\"\n"
    "rule buckets\n mask column tagged person.id\n with bucket(0, 10000, 250)\n because \"x\"\n"
    "rule clamps\n mask column tagged net.address\n with clamp(100, 15000)\n because \"x\"\n"
    "rule texts\n mask column tagged text\n with classmask\n because \"x\"\n";

typedef struct kind { const char *what, *type, *tag, *format; edict_layout layout; } kind;
static const kind kinds[] = {
    {"show-last", "string", "pii.email", "u", EDICT_LAYOUT_TEXT32},       {"pseudonym", "string", "pii.phone", "u", EDICT_LAYOUT_TEXT32},
    {"null", "string", "pii.name", "u", EDICT_LAYOUT_TEXT32},             {"round", "integer", "num.count", "l", EDICT_LAYOUT_INT64},
    {"date-trunc, days", "date", "time.day", "tdD", EDICT_LAYOUT_DATE32}, {"date-trunc, times", "timestamp", "time.collected", "tsu:", EDICT_LAYOUT_TIME_US},
    {"classmask", "string", "text", "u", EDICT_LAYOUT_TEXT32},            {"integers as they are", "integer", "plain", "l", EDICT_LAYOUT_INT64},
    {"texts as they are", "string", "plain", "u", EDICT_LAYOUT_TEXT32},   {"days as they are", "date", "plain", "tdD", EDICT_LAYOUT_DATE32}};
enum { KINDS = sizeof kinds / sizeof *kinds };
static const kind of_numbers[] = {
    {"round", "integer", "num.count", "l", EDICT_LAYOUT_INT64},           {"bucket", "integer", "person.id", "l", EDICT_LAYOUT_INT64},
    {"clamp", "integer", "net.address", "l", EDICT_LAYOUT_INT64},         {"date-trunc, days", "date", "time.day", "tdD", EDICT_LAYOUT_DATE32},
    {"date-trunc, times", "timestamp", "time.collected", "tsu:", EDICT_LAYOUT_TIME_US}};
enum { NUMBERS = sizeof of_numbers / sizeof *of_numbers };

typedef struct world {
  mesh m;
  size_t columns;
  edict_vector vectors[COLUMNS];
  edict_masked masked[COLUMNS];
  struct ArrowSchema schemas[COLUMNS + 1], *schema_places[COLUMNS];
  struct ArrowArray arrays[COLUMNS + 1], *array_places[COLUMNS];
  const void *buffers[COLUMNS][3];
  char names[COLUMNS][8];
  edict_arrow *arrow;
} world;

static int64_t numbers[ROWS];
static int32_t days[ROWS], offsets[ROWS + 1];
static char bytes[ROWS * 12 + 1], memory[1 << 22];
static edict_cell cells[COLUMNS][ROWS];
static uint32_t rows[ROWS];
static unsigned char sevenths[ROWS / 8]; /* which are there where every seventh is NULL */

static double used(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void no_schema(struct ArrowSchema *s) { s->release = NULL; }
static void no_array(struct ArrowArray *a) { a->release = NULL; }

static void fill(void) {
  for (size_t i = 0; i < ROWS; i++) {
    numbers[i] = (int64_t)(i * 7919 % 20000);
    days[i] = (int32_t)(i % 20000);
    offsets[i] = (int32_t)(i * 12);
    if (i % 7) sevenths[i / 8] |= (unsigned char)(1u << i % 8);
    snprintf(bytes + i * 12, 13, "+49301%06u", (unsigned)(i * 7919 % 500));
  }
  offsets[ROWS] = ROWS * 12;
}

static void add_column(world *w, const kind *k, const unsigned char *valid, edi_buf *contract) {
  static const void *no_nulls[1];
  size_t c = w->columns++;
  bool text = k->layout == EDICT_LAYOUT_TEXT32;
  const void *values = text ? (const void *)offsets : k->layout == EDICT_LAYOUT_DATE32 ? (const void *)days : numbers;
  snprintf(w->names[c], sizeof w->names[c], "c%u", (unsigned)c);
  edi_buf_format(contract, "      - { name: c%zu, logicalType: %s, tags: [ %s ] }\n", c, k->type, k->tag);
  w->vectors[c] = (edict_vector){.layout = k->layout, .length = ROWS, .bytes = text ? bytes : NULL, .values = values, .valid = valid};
  w->masked[c].cells = cells[c];
  w->buffers[c][0] = valid;
  w->buffers[c][1] = values;
  w->buffers[c][2] = bytes;
  w->schemas[c] = (struct ArrowSchema){.format = k->format, .name = w->names[c], .release = no_schema};
  w->arrays[c] = (struct ArrowArray){.length = ROWS, .null_count = valid ? -1 : 0, .n_buffers = text ? 3 : 2, .buffers = w->buffers[c], .release = no_array};
  w->schema_places[c] = &w->schemas[c];
  w->array_places[c] = &w->arrays[c];
  w->schemas[COLUMNS] = (struct ArrowSchema){.format = "+s", .name = "", .n_children = (int64_t)w->columns, .children = w->schema_places, .release = no_schema};
  w->arrays[COLUMNS] = (struct ArrowArray){.length = ROWS, .n_buffers = 1, .buffers = no_nulls, .n_children = (int64_t)w->columns, .children = w->array_places, .release = no_array};
}

static void start(world *w, const char *contract) {
  static const edict_named_key keys[] = {{{"federal.vocabulary.wide", 23}, {"one", 3}}};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keys = keys, .key_count = 1};
  mesh_sales(&w->m, rules, contract, &options);
  mesh_subject(&w->m, "");
  if (mesh_ask(&w->m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK || edict_arrow_create(w->m.decision, &w->schemas[COLUMNS], NULL, &w->arrow, NULL) != EDICT_OK) abort();
}

static void run_vectors(world *w) {
  edict_batch batch = {.size = sizeof batch, .rows = ROWS, .columns = w->vectors, .column_count = w->columns};
  edict_selection selection = {.size = sizeof selection, .rows = rows};
  if (edict_decision_apply_batch(w->m.decision, &batch, &selection, w->masked, memory, sizeof memory) != EDICT_OK || selection.shown_count != ROWS) abort();
}

static void run_arrow(world *w) {
  struct ArrowArray out;
  if (edict_arrow_apply(w->arrow, &w->arrays[COLUMNS], NULL, &out, NULL) != EDICT_OK || out.length != ROWS) abort();
  out.release(&out);
}

static double round_of(world *w, void (*run)(world *)) {
  double begin = used();
  for (unsigned i = 0; i < TIMES; i++) run(w);
  return (used() - begin) / TIMES / ROWS;
}

typedef struct times { double vectors, arrow; } times; /* nanoseconds a row */

static times both_ways(const kind *first, size_t count, size_t columns, const unsigned char *valid) {
  static world w;
  static char text[8192];
  edi_buf contract = edi_buf_fixed(text, sizeof text);
  times least = {1e18, 1e18};
  memset(&w, 0, sizeof w);
  edi_buf_text(&contract, MESH_CONTRACT("  - name: orders\n    customProperties:\n      - { property: classification, value: internal }\n    properties:\n"));
  for (size_t i = 0; i < columns; i++) add_column(&w, &first[i % count], valid, &contract);
  edi_buf_char(&contract, '\0');
  start(&w, text);
  for (unsigned i = 0; i < ROUNDS; i++) {
    double a = round_of(&w, run_vectors), b = round_of(&w, run_arrow);
    if (a < least.vectors) least.vectors = a;
    if (b < least.arrow) least.arrow = b;
  }
  edict_arrow_destroy(&w.arrow);
  mesh_fini(&w.m);
  return least;
}

static void measure_world(const char *what, const kind *first, size_t count, size_t columns) {
  times t = both_ways(first, count, columns, NULL);
  printf("%-22s %8.2f ns a row as vectors, %8.2f through Arrow, ratio %5.2f, %5.1f million rows a second\n", what, t.vectors, t.arrow, t.arrow / t.vectors, 1e3 / t.arrow);
}

static void measure_numbers(const kind *k) {
  times whole = both_ways(k, 1, COLUMNS, NULL), some = both_ways(k, 1, COLUMNS, sevenths);
  printf("%-22s %8.2f ns a cell as vectors, %8.2f through Arrow; with NULLs %8.2f and %8.2f; bar 2.0\n", k->what, whole.vectors / COLUMNS,
         whole.arrow / COLUMNS, some.vectors / COLUMNS, some.arrow / COLUMNS);
}

int main(void) {
  fill();
  measure_world("20 columns", kinds, KINDS, COLUMNS);
  for (size_t i = 0; i < KINDS; i++) measure_world(kinds[i].what, &kinds[i], 1, 1);
  puts("twenty columns of numbers");
  for (size_t i = 0; i < NUMBERS; i++) measure_numbers(&of_numbers[i]);
  return 0;
}
