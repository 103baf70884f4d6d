/* Arrows: what a decision makes of a batch is what it makes of each row alone: for each mask, each way in which Arrow
 * lays out a type that it is for, with nulls, slices, dictionaries and damaged values.
 *
 * EDICT_SEED and EDICT_ROUNDS choose where to start and how many batches of each kind there are. */
#include "harness.h"

#include "edict/arrow.h"
#include "support/arrows.h"
#include "support/mesh.h"

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: text, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: must, logicalType: string, required: true, tags: [ pii.email ] }\n"
    "      - { name: count, logicalType: integer, tags: [ num.count ] }\n"
    "      - { name: count_must, logicalType: integer, required: true, tags: [ num.count ] }\n"
    "      - { name: amount, logicalType: number, tags: [ num.amount ] }\n"
    "      - { name: amount_must, logicalType: number, required: true, tags: [ num.amount ] }\n"
    "      - { name: flag, logicalType: boolean, tags: [ flag ] }\n"
    "      - { name: day, logicalType: date, tags: [ time.day ] }\n"
    "      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: ratio, logicalType: number, logicalTypeOptions: { format: f64 }, tags: [ pii.name ] }\n"
    "      - { name: ratio_must, logicalType: number, logicalTypeOptions: { format: f64 }, required: true, tags: [ pii.name ] }\n"
    "      - { name: clock, logicalType: time, tags: [ plain ] }\n"
    "      - { name: clock_must, logicalType: time, required: true, tags: [ plain ] }\n"
    "      - { name: bytes, logicalType: string, physicalType: binary, tags: [ pii.phone ] }\n"
    "      - { name: bytes_must, logicalType: string, physicalType: binary, required: true, tags: [ pii.phone ] }\n"
    "      - { name: parts, logicalType: array, tags: [ plain ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: person, logicalType: string, tags: [ person.id ] }\n");
enum { TEXT, MUST, COUNT, COUNT_MUST, AMOUNT, AMOUNT_MUST, FLAG, DAY, AT, RATIO, RATIO_MUST, CLOCK, CLOCK_MUST, BYTES, BYTES_MUST, PARTS, COUNTRY, PERSON, COLUMNS };

typedef struct kind {
  const char *tag, *columns[2], *formats[24], *masks[40];
} kind;

#define CODES(values) "c=|" values, "S=|" values, "i=|" values
#define EVERY "keep", "null", "drop"
static const kind kinds[] = {
    {"pii.email", {"text", "must"}, {"u", "U", "vu", CODES("u"), CODES("U"), CODES("vu"), "n", "i", "z"},
     {EVERY, "const(\"withheld\")", "const(\"x\", nulls: hide)", "default", "default(profile: bigquery, nulls: hide)", "show-last(4)",
      "show-first(2, rest: alphanum)", "show-last(4, short: hash)", "regex(/[0-9]+/, \"<a number and more of it>\")", "redact", "classmask", "alphanum",
      "charmask(3)", "partial(1, \"***\", 1)", "email(local)", "email(both)", "email(pseudo, key: narrow)", "pan", "sha256", "ip-trunc", "bucket(0, 100, 10)",
      "zip3", "sha256-query", "pseudonym(narrow)", "pseudonym(narrow, encode: uuid)", "token(narrow)", "fpe(narrow)",
      "show-last(2) if row[geo.country] in subject.regions\n with pseudonym(wide) otherwise", "keep if row[geo.country] in subject.regions\n with null otherwise"}},
    {"num.count", {"count", "count_must"}, {"c", "C", "s", "S", "i", "I", "l", "L", CODES("i"), CODES("l"), "u", "n"},
     {EVERY, "const(300)", "const(7, nulls: hide)", "default", "default(profile: bigquery)", "default(profile: iceberg-adopted)", "show-last(1)", "classmask(digit: \"9\")", "sha256", "sha256(width: int)", "round(100)", "round(7, mode: floor)",
      "bucket(0, 100, 10)", "clamp(-100, 1000)", "pseudonym(narrow)", "sha256-query", "round(10) if row[geo.country] in subject.regions\n with keep otherwise"}},
    {"num.amount", {"amount", "amount_must"}, {"d:10,2", "d:38,18", "d:76,3,256", "d:9,4,32", "d:18,0,64", "d:12,-2", "e", "f", "g", "l", "i", "u", CODES("d:10,2"), CODES("g")},
     {EVERY, "const(12.345)", "default", "round(0.5)", "round(0.001, mode: floor)", "bucket(0, 100, 2.5)", "clamp(0.5, 10)", "pseudonym(narrow)",
      "clamp(0, 10) if row[geo.country] in subject.regions\n with round(1) otherwise"}},
    {"pii.name", {"ratio", "ratio_must"}, {"e", "f", "g", "l", "d:10,2", "u", CODES("g"), CODES("f")},
     {EVERY, "const(12.345)", "default", "round(0.5)", "round(0.001, mode: floor)", "bucket(0, 100, 2.5)", "clamp(0.5, 10)",
      "clamp(0, 10) if row[geo.country] in subject.regions\n with round(1) otherwise"}},
    {"plain", {"clock", "clock_must"}, {"tts", "ttm", "ttu", "ttn", "u", CODES("ttu"), "l"}, {EVERY, "default", "default(nulls: hide)"}},
    {"pii.phone", {"bytes", "bytes_must"}, {"z", "Z", "vz", "w:5", "w:32", "w:16", CODES("z"), CODES("w:4"), "u"},
     {EVERY, "redact", "default", "sha256", "pseudonym(narrow)", "token(narrow)", "sha256-query", "keep if row[geo.country] in subject.regions\n with sha256 otherwise"}},
    {"flag", {"flag"}, {"b", "c", "l", CODES("b")}, {EVERY, "const(true)", "default(nulls: hide)"}},
    {"time.day", {"day"}, {"tdD", "tdm", "u", "U", CODES("tdD")},
     {EVERY, "const(2020-01-01)", "default", "date-trunc(month)", "clamp(2024-01-01, 2024-12-31)", "date-shift(narrow, -30, 30, row[person.id])"}},
    {"time.collected", {"at"}, {"tss:", "tsm:UTC", "tsu:Europe/Berlin", "tsn:", "u", CODES("tsu:")},
     {EVERY, "const(2020-01-01T00:00:00.5Z)", "default", "date-trunc(hour)", "date-trunc(isoweek)", "clamp(2024-01-01T00:00:00Z, 2024-12-31T00:00:00Z)",
      "date-shift(narrow, -30, 30, row[person.id])", "date-trunc(year) if row[geo.country] in subject.regions\n with null otherwise"}},
};

static void open_with(mesh *m, const char *tag, const char *mask) {
  static const char keyring[] = "edict-keyring/v1\nfederation eu.example\nepoch 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = keyring, .keyring_length = sizeof keyring - 1};
  char rules[2048];
  snprintf(rules, sizeof rules,
           RULE("open", "permit read", " on dataset classified <= internal\n") RULE("rows", "show only rows", " where not row[person.id] in [\"12345\", \"94110\", \"de\"]\n")
               RULE("mask", "mask column tagged %s\n with %s", "\n"),
           tag, mask);
  mesh_sales(m, rules, contract, &options);
  mesh_subject(m, "roles support; purposes service; regions de");
}

static void ask(mesh *m) {
  static const unsigned char seed[EDICT_SEED_BYTES] = {1, 2, 3};
  uint32_t columns[COLUMNS];
  for (uint32_t c = 0; c < COLUMNS; c++) columns[c] = c;
  edict_text purpose = {"support", 7};
  edict_attribute context = {{"purpose", 7}, &purpose, 1};
  edict_request r = {.size = sizeof r, .action = {"read", 4}, .columns = columns, .column_count = COLUMNS, .context = &context, .context_count = 1,
                     .now = mesh_time("2026-11-20T10:00:00Z"), .seed = seed};
  CHECK_INT(edict_decide(m->decision, m->session, &r), EDICT_OK);
  CHECK_INT(edict_decision_effect(m->decision), EDICT_PERMIT);
}

/* ---- one batch ---- */

typedef struct counts { uint64_t cells, nulls, failed, batches; } counts;

static const edi_arrow_type *type_of(const struct ArrowSchema *schema, edi_arena *arena) {
  edi_arrow_type *type = EDI_NEW(arena, edi_arrow_type);
  if (edi_arrow_type_read(schema, arena, type, NULL) != EDICT_OK) abort();
  return type;
}

/* The rows of the batch as they are alone, against those that came out. */
static bool compare(mesh *m, const edi_arrow_type *in, const struct ArrowArray *batch, const edi_arrow_type *type, const struct ArrowArray *out,
                    counts *n, char *why, size_t size) {
  static char memory[1 << 16];
  edict_vector vectors[COLUMNS] = {{0}}, rooms[COLUMNS], got[COLUMNS], got_rooms[COLUMNS];
  size_t place[COLUMNS];
  int64_t k = 0;
  uint64_t failed = 0;
  for (size_t c = 0; c < COLUMNS; c++) place[c] = SIZE_MAX;
  for (size_t i = 0; i < in->child_count; i++) {
    if (strcmp(in->children[i].name, "nobody") == 0) continue; /* no column of the contract */
    size_t c = mesh_column(m, "orders", in->children[i].name);
    vectors[c] = edi_arrow_vector(&in->children[i], batch->children[i], &rooms[c]);
    if (vectors[c].layout) vectors[c].offset += (size_t)batch->offset;
  }
  for (size_t i = 0; i < type->child_count; i++) {
    size_t c = mesh_column(m, "orders", type->children[i].name);
    place[c] = i;
    got[c] = edi_arrow_vector(&type->children[i], out->children[i], &got_rooms[c]);
  }
  for (size_t row = 0; row < (size_t)batch->length; row++) {
    edict_cell cells[COLUMNS], masked[COLUMNS];
    edict_row state;
    for (size_t c = 0; c < COLUMNS; c++) cells[c] = edict_vector_cell(&vectors[c], row);
    if (edict_decision_apply_row(m->decision, cells, COLUMNS, masked, memory, sizeof memory, &state) != EDICT_OK) return snprintf(why, size, "row fails") < 0;
    if (state != EDICT_ROW_SHOWN) continue;
    if (k >= out->length) return snprintf(why, size, "fewer rows than alone") < 0;
    for (size_t c = 0; c < COLUMNS; c++) {
      if (place[c] == SIZE_MAX) {
        if (masked[c].type != EDICT_CELL_NULL && vectors[c].layout) return snprintf(why, size, "column %zu is not there", c) < 0;
        continue;
      }
      const edi_arrow_type *t = &type->children[place[c]];
      edict_cell cell = edict_vector_cell(&got[c], (size_t)k);
      bool iceberg = cell.type == EDICT_CELL_TIMESTAMP && cell.integer == INT64_C(9214560000000000) && masked[c].integer == EDI_DATE_MAX * EDI_DAY_MICROS;
      n->cells++;
      n->nulls += cell.type == EDICT_CELL_NULL;
      if (iceberg || arrow_says(&cell, &masked[c], t)) continue;
      edi_apply_column about = {.base = m->decision->plan->dataset->columns[c].base, .required = m->decision->plan->dataset->columns[c].required};
      edict_cell bottom;
      edi_apply_bottom(&about, &bottom);
      if (!arrow_has_form(&masked[c], t) && bottom.type != EDICT_CELL_NULL && arrow_says(&cell, &bottom, t)) continue;
      char a[128], b[128], c0[128];
      edict_cell_text(&cell, a, sizeof a);
      edict_cell_text(&masked[c], b, sizeof b);
      edict_cell_text(&cells[c], c0, sizeof c0);
      return snprintf(why, size, "row %zu column %zu (%s): %s in the batch, %s alone, of %s", row, c, t->format, a, b, c0) < 0;
    }
    k++;
  }
  (void)failed;
  return k == out->length || snprintf(why, size, "more rows than alone") < 0;
}

static bool one_batch(mesh *m, const char *shape_text, const arrow_values *values, size_t rows, counts *n, char *why, size_t size) {
  arrow_shape shape;
  struct ArrowSchema schema, out_schema = {0};
  struct ArrowArray batch, out = {0};
  arrow_sizes *sizes = malloc(sizeof *sizes);
  edi_arena arena;
  edict_arrow *arrow = NULL;
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  if (!sizes || !arrow_shape_read(shape_text, &arena, &shape)) abort();
  arrow_schema_of(&shape, &arena, &schema);
  arrow_random(&shape, values, rows, &arena, &batch, sizes);
  edict_arrow_sizes known = {sizes->bytes, sizes->count};
  bool ok = true;
  ask(m);
  edict_diagnostics *d = edict_diagnostics_create();
  edict_status status = edict_arrow_create(m->decision, &schema, NULL, &arrow, d);
  if (status == EDICT_OK) status = edict_arrow_schema(arrow, &out_schema);
  if (status == EDICT_OK) status = edict_arrow_apply(arrow, &batch, &known, &out, d);
  if (status != EDICT_OK) ok = snprintf(why, size, "status %s %s", edict_status_name(status), edict_diagnostics_count(d) ? edict_diagnostics_message(d, 0) : "") < 0;
  if (ok) {
    const edi_arrow_type *type = type_of(&out_schema, &arena);
    edict_diagnostics_clear(d);
    if (edi_arrow_check(type, &out, NULL, d) != EDICT_OK) ok = snprintf(why, size, "what comes out is damaged: %s", edict_diagnostics_message(d, 0)) < 0;
    ok = ok && arrow_is_clean(type, &out, why, size) && compare(m, type_of(&schema, &arena), &batch, type, &out, n, why, size);
  }
  n->batches++;
  if (out.release) out.release(&out);
  if (out_schema.release) out_schema.release(&out_schema);
  edict_arrow_destroy(&arrow);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
  free(sizes);
  return ok;
}

/* Now and then more than are made at once. */
static size_t rows_of(random_source *r, bool many) { return many ? 2000 + random_below(r, 200) : random_below(r, 60); }

static bool one_mask(const kind *k, const char *mask, uint64_t seed, unsigned rounds, counts *n, char *why, size_t size) {
  random_source r = {seed};
  bool ok = true;
  mesh m;
  open_with(&m, k->tag, mask);
  for (size_t c = 0; ok && c < 2 && k->columns[c]; c++)
    for (size_t f = 0; ok && k->formats[f]; f++)
      for (unsigned i = 0; ok && i < rounds; i++) {
        char shape[512], what[600];
        arrow_values values = {.source = &r, .null_in = i % 2 ? 5 : 0, .damaged = (i & 2) != 0, .sliced = i % 3 != 0};
        snprintf(shape, sizeof shape, "|+s{%s|%s;country|%s;person|u;nobody|l}", k->columns[c], k->formats[f], i % 2 ? "u" : "c=|u");
        ok = one_batch(&m, shape, &values, rows_of(&r, c == 0 && f == seed % 3 && i == 3), n, what, sizeof what);
        if (!ok) snprintf(why, size, "%s with %s: %s", shape, mask, what);
      }
  mesh_fini(&m);
  return ok;
}

TEST(each_mask_over_each_type) {
  const char *first = getenv("EDICT_SEED"), *rounds = getenv("EDICT_ROUNDS");
  uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
  counts n = {0};
  char why[1400];
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (size_t i = 0; kinds[k].masks[i]; i++)
      if (!one_mask(&kinds[k], kinds[k].masks[i], seed * 1000 + i, rounds ? (unsigned)strtoul(rounds, NULL, 10) : 4, &n, why, sizeof why)) HARNESS_FAIL("%s", why);
  printf("# %llu batches, %llu cells, %llu of them NULL\n", (unsigned long long)n.batches, (unsigned long long)n.cells, (unsigned long long)n.nulls);
  CHECK(n.cells > 100000 && n.nulls * 8 > n.cells && n.nulls * 2 < n.cells);
}

HARNESS_MAIN
