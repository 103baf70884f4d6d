/* Arrow, parts: what lies inside of structs, lists and maps is masked as a row's cell of the same part is, one by one.
 *
 * EDICT_SEED and EDICT_ROUNDS choose where to start and how many batches there are. */
#include "harness.h"

#include "support/arrows.h"
#include "support/mesh.h"

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - name: address\n        logicalType: object\n        properties:\n"
    "          - { name: street, physicalName: str, logicalType: string, tags: [ pii.email ] }\n"
    "          - { name: city, logicalType: string, tags: [ text ] }\n"
    "          - { name: secret, logicalType: string, tags: [ pii.phone ] }\n"
    "          - name: inner\n            logicalType: object\n            properties:\n"
    "              - { name: size, logicalType: integer, tags: [ num.count ] }\n"
    "      - { name: mails, logicalType: array, items: { logicalType: string, tags: [ pii.email ] } }\n"
    "      - { name: pairs, logicalType: array, items: { logicalType: string, tags: [ pii.email ] } }\n"
    "      - name: people\n        logicalType: array\n        items:\n          logicalType: object\n          properties:\n"
    "            - { name: name, logicalType: string, required: true, tags: [ pii.name ] }\n"
    "            - { name: age, logicalType: integer, tags: [ num.count ] }\n"
    "      - { name: prefs, logicalType: map, map: { key: { logicalType: string, tags: [ person.id ] }, value: { logicalType: string, tags: [ pii.email ] } } }\n"
    "      - { name: hidden, logicalType: array, items: { logicalType: string, tags: [ grade.of ] } }\n"
    "      - { name: marks, logicalType: array, items: { logicalType: string, tags: [ net.address ] } }\n"
    "      - { name: trios, logicalType: array, items: { logicalType: object, properties: [ { name: a, logicalType: string, tags: [ net.address ] }, { name: b, logicalType: string, tags: [ grade.of ] } ] } }\n"
    "      - { name: ranks, logicalType: map, map: { key: { logicalType: string, tags: [ net.address ] }, value: { logicalType: string, tags: [ pii.email ] } } }\n"
    "      - { name: whole, logicalType: array, tags: [ flag ] }\n"
    "      - { name: country, logicalType: string, tags: [ plain ] }\n");

static const char shape_text[] =
    "|+s{address|+s{str|u;city|c=|u;secret|u;nobody|u;inner|+s{size|i}};mails|+l{item|vu};pairs|+w:2{item|S=|U};"
    "people|+L{item|+s{name|u;age|s}};prefs|+m{entries|+s{key|u;value|u}};hidden|+l{item|u};marks|+l{item|c=|u};trios|+w:3{item|+s{a|u;b|u}};ranks|+m{entries|+s{key|vu;value|u}};whole|+l{item|+m{entries|+s{key|u;value|+l{item|l}}}};country|u}";

static const char rules[] =
    RULE("open", "permit read", " on dataset classified <= internal\n")
    RULE("rows", "show only rows", " where not row[text] == \"fr\"\n")
    RULE("mails", "mask column tagged pii.email\n with show-last(4)", "\n")
    RULE("names", "mask column tagged pii.name\n with null if row[text] == \"de\"\n with show-first(1) otherwise", "\n")
    RULE("phones", "mask column tagged pii.phone\n with drop", "\n")
    RULE("counts", "mask column tagged num.count\n with round(10)", "\n")
    RULE("marks", "mask column tagged net.address\n with default if row[text] == \"de\"\n with keep otherwise", "\n")
    RULE("grades", "mask column tagged grade.of\n with null", "\n");

typedef struct counts { uint64_t leaves, nulls, maps, lost, emptied; } counts;
typedef struct pair {
  mesh *m;
  const edict_cell *cells; /* of the row, but for the part's own */
  size_t columns;
  bool keys_told;
  bool marked;             /* the row's marks are masked with `default` */
  counts *n;
} pair;

static bool differs(const char *what, const edi_arrow_type *t) {
  printf("# `%s` (%s): %s\n", t->name, t->format, what);
  return false;
}

static edict_cell masked_alone(const pair *p, uint32_t column, edict_cell cell) {
  static char memory[1 << 14];
  edict_cell in[64], out[64];
  edict_row row;
  memcpy(in, p->cells, p->columns * sizeof *in);
  in[column] = cell;
  CHECK_INT(edict_decision_apply_row(p->m->decision, in, p->columns, out, memory, sizeof memory, &row), EDICT_OK);
  return out[column];
}

static uint32_t part_of(const pair *p, uint32_t parent, edi_column_role role, const char *name) {
  const edi_bound_dataset *d = p->m->decision->plan->dataset;
  const edict_column_info *infos = p->m->product->columns[0];
  for (uint32_t c = 0; c < d->column_count; c++)
    if (d->columns[c].parent == parent && d->columns[c].role == role && (!name || strcmp(infos[c].physical_name, name) == 0)) return c;
  return EDI_NONE;
}

static bool same(const pair *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, const edi_arrow_type *out_t,
                 const struct ArrowArray *out, int64_t out_at);

static bool same_leaf(const pair *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, const edi_arrow_type *out_t,
                      const struct ArrowArray *out, int64_t out_at) {
  edict_vector room, v = edi_arrow_vector(t, a, &room), out_room, w = edi_arrow_vector(out_t, out, &out_room);
  edict_cell cell = at < 0 ? (edict_cell){0} : edict_vector_cell(&v, (size_t)at), got = edict_vector_cell(&w, (size_t)out_at);
  edict_cell alone = column == EDI_NONE || at < 0 ? cell : masked_alone(p, column, cell);
  p->n->leaves++;
  p->n->nulls += got.type == EDICT_CELL_NULL;
  return arrow_says(&got, &alone, out_t) || differs("another value than alone", out_t);
}

/* What comes in under a physical name comes out under the contract's. */
static const char *shown_as(uint32_t column, const char *name) { return column != EDI_NONE && strcmp(name, "str") == 0 ? "street" : name; }

static bool same_struct(const pair *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, const edi_arrow_type *out_t,
                        const struct ArrowArray *out, int64_t out_at) {
  for (size_t i = 0; i < out_t->child_count; i++) {
    size_t k = 0;
    while (k < t->child_count && strcmp(shown_as(column, t->children[k].name), out_t->children[i].name) != 0) k++;
    if (k == t->child_count) return differs("a field that did not come in", out_t);
    uint32_t part = column == EDI_NONE ? EDI_NONE : part_of(p, column, EDI_COLUMN_FIELD, t->children[k].name);
    if (column != EDI_NONE && part == EDI_NONE) return differs("a field that the contract does not have", out_t);
    if (!same(p, part, &t->children[k], a->children[k], at < 0 ? -1 : a->offset + at, &out_t->children[i], out->children[i], out_at)) return false;
  }
  return true;
}

/* Whether key number `at` of a map's entries is damaged. */
static bool is_damaged(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  edict_vector room, v = edi_arrow_vector(&t->children->children[0], a->children[0]->children[0], &room);
  edict_cell key = edict_vector_cell(&v, (size_t)(a->children[0]->offset + at));
  return !edi_utf8_valid((edi_str){key.ptr, key.len});
}

/* How many there are. */
static int64_t damaged_keys(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  int64_t count = 0;
  for (int64_t i = edi_arrow_offset(t, a, at); i < edi_arrow_offset(t, a, at + 1); i++) count += is_damaged(t, a, i);
  return count;
}

typedef struct entry { int64_t at; char key[256]; size_t length; } entry;
enum { ENTRIES_MOST = 64 };

static int by_key(const void *a, const void *b) {
  const entry *x = a, *y = b;
  size_t least = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->key, y->key, least);
  return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* The entries of a map that are told, in the order of the keys as they are shown: of keys that are equal none is. */
static int64_t told_entries(const pair *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t from, int64_t count, int64_t *told) {
  entry all[ENTRIES_MOST];
  edict_vector room, v = edi_arrow_vector(&t->children->children[0], a->children[0]->children[0], &room);
  int64_t used = 0, kept = 0;
  uint32_t part = part_of(p, column, EDI_COLUMN_KEY, NULL);
  if (count > ENTRIES_MOST) abort();
  for (int64_t i = 0; i < count; i++) {
    if (is_damaged(t, a, from + i)) continue;
    edict_cell key = masked_alone(p, part, edict_vector_cell(&v, (size_t)(a->children[0]->offset + from + i)));
    if (key.type == EDICT_CELL_NULL) continue;
    all[used] = (entry){.at = from + i, .length = key.len};
    if (key.len > sizeof all->key) abort();
    memcpy(all[used++].key, key.len ? key.ptr : "", key.len);
  }
  qsort(all, (size_t)used, sizeof *all, by_key);
  for (int64_t i = 0; i < used; i++)
    if ((i == 0 || by_key(&all[i - 1], &all[i]) != 0) && (i + 1 == used || by_key(&all[i], &all[i + 1]) != 0)) told[kept++] = all[i].at;
  return kept;
}

static bool same_map(const pair *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, const edi_arrow_type *out_t,
                     const struct ArrowArray *out, int64_t out_at) {
  const struct ArrowArray *entries = a->children[0];
  int64_t from = edi_arrow_offset(t, a, at), count = edi_arrow_offset(t, a, at + 1) - from, to = edi_arrow_offset(out_t, out, out_at), told[ENTRIES_MOST];
  if (p->marked && strcmp(t->name, "ranks") == 0) count = 0;
  int64_t kept = column == EDI_NONE ? count : told_entries(p, column, t, a, from, count, told);
  if (kept != edi_arrow_offset(out_t, out, out_at + 1) - to) return differs("another number of entries", out_t);
  p->n->lost += kept < count;
  for (int64_t i = 0; i < kept; i++) {
    for (size_t k = 0; k < 2; k++) {
      uint32_t part = column == EDI_NONE ? EDI_NONE : part_of(p, column, k ? EDI_COLUMN_VALUE : EDI_COLUMN_KEY, NULL);
      int64_t here = column == EDI_NONE ? from + i : told[i];
      if (!same(p, part, &t->children->children[k], entries->children[k], entries->offset + here, &out_t->children->children[k],
                out->children[0]->children[k], to + i))
        return false;
    }
  }
  return true;
}

static bool same_list(const pair *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, const edi_arrow_type *out_t,
                      const struct ArrowArray *out, int64_t out_at) {
  bool fixed = t->form == EDI_ARROW_FIXED_LIST;
  int64_t from = fixed ? (a->offset + at) * t->list_size : edi_arrow_offset(t, a, at), count = fixed ? t->list_size : edi_arrow_offset(t, a, at + 1) - from;
  int64_t to, out_count = fixed ? t->list_size : 0;
  bool of_marks = strcmp(t->name, "marks") == 0 || strcmp(t->name, "trios") == 0, stays = out_t->form == EDI_ARROW_FIXED_LIST;
  if (stays != (fixed && !of_marks)) return differs("another kind of list", out_t);
  to = stays ? out_at * t->list_size : edi_arrow_offset(out_t, out, out_at);
  if (!stays) out_count = edi_arrow_offset(out_t, out, out_at + 1) - to;
  if (of_marks && p->marked) count = 0;
  p->n->emptied += of_marks && p->marked;
  uint32_t item = column == EDI_NONE ? EDI_NONE : part_of(p, column, EDI_COLUMN_ITEM, NULL);
  if (count != out_count) return differs("another number of elements", out_t);
  for (int64_t i = 0; i < count; i++)
    if (!same(p, item, t->children, a->children[0], from + i, out_t->children, out->children[0], to + i)) return false;
  return true;
}

static bool same(const pair *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, const edi_arrow_type *out_t,
                 const struct ArrowArray *out, int64_t out_at) {
  if (t->child_count == 0) return same_leaf(p, column, t, a, at, out_t, out, out_at);
  bool there = at >= 0 && edi_arrow_is_valid(t, a, at), came = edi_arrow_is_valid(out_t, out, out_at);
  if (column != EDI_NONE && strcmp(t->name, "hidden") == 0) there = false;
  if (t->form == EDI_ARROW_MAP && there) {
    bool told = column == EDI_NONE ? damaged_keys(t, a, at) == 0 : p->keys_told || strcmp(t->name, "ranks") == 0;
    p->n->maps++;
    p->n->lost += !told;
    there = told;
  }
  if (there != came) return differs(there ? "is not there" : "is there", out_t);
  if (!there) return true;
  if (t->form == EDI_ARROW_MAP) return same_map(p, column, t, a, at, out_t, out, out_at);
  return t->form == EDI_ARROW_STRUCT ? same_struct(p, column, t, a, at, out_t, out, out_at) : same_list(p, column, t, a, at, out_t, out, out_at);
}

static edi_arrow_type type_of(const struct ArrowSchema *schema, edi_arena *arena) {
  edi_arrow_type type;
  if (edi_arrow_type_read(schema, arena, &type, NULL) != EDICT_OK) abort();
  return type;
}

/* The cells of a row that rules may read: those of columns and of what is in structs. */
static void fill(const pair *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, edict_cell *cells) {
  edict_vector room, v;
  if (t->form == EDI_ARROW_STRUCT && at >= 0 && edi_arrow_is_valid(t, a, at)) {
    for (size_t i = 0; i < t->child_count; i++) {
      uint32_t part = part_of(p, column, EDI_COLUMN_FIELD, t->children[i].name);
      if (part != EDI_NONE) fill(p, part, &t->children[i], a->children[i], a->offset + at, cells);
    }
  }
  if (t->child_count || at < 0) return;
  v = edi_arrow_vector(t, a, &room);
  cells[column] = edict_vector_cell(&v, (size_t)at);
}

static bool compare(mesh *m, const edi_arrow_type *t, const struct ArrowArray *batch, const edi_arrow_type *out_t, const struct ArrowArray *out,
                    bool keys_told, counts *n) {
  static char memory[1 << 16];
  int64_t k = 0;
  for (int64_t row = 0; row < batch->length; row++) {
    edict_cell cells[64] = {{0}}, masked[64];
    pair p = {m, cells, m->decision->plan->dataset->column_count, keys_told, false, n};
    edict_row state;
    edict_cell city;
    for (size_t i = 0; i < t->child_count; i++) fill(&p, part_of(&p, EDI_NONE, EDI_COLUMN_FIELD, t->children[i].name), &t->children[i], batch->children[i], batch->offset + row, cells);
    CHECK_INT(edict_decision_apply_row(m->decision, cells, p.columns, masked, memory, sizeof memory, &state), EDICT_OK);
    if (state != EDICT_ROW_SHOWN) continue;
    city = masked[part_of(&p, part_of(&p, EDI_NONE, EDI_COLUMN_FIELD, "address"), EDI_COLUMN_FIELD, "city")];
    p.marked = city.type == EDICT_CELL_TEXT && edi_str_equal((edi_str){city.ptr, city.len}, EDI_STR("de"));
    if (k == out->length) return differs("fewer rows", out_t);
    if (!same_struct(&p, EDI_NONE, &(edi_arrow_type){0}, batch, row, &(edi_arrow_type){0}, out, k)) return false;
    for (size_t i = 0; i < out_t->child_count; i++) {
      size_t from = 0;
      while (strcmp(t->children[from].name, out_t->children[i].name) != 0) from++;
      uint32_t column = part_of(&p, EDI_NONE, EDI_COLUMN_FIELD, t->children[from].name);
      bool whole = strcmp(t->children[from].name, "whole") == 0; /* without parts in the contract, and kept */
      if (!same(&p, whole ? EDI_NONE : column, &t->children[from], batch->children[from], batch->offset + row, &out_t->children[i], out->children[i], k)) return false;
    }
    k++;
  }
  return k == out->length || differs("more rows", out_t);
}

static bool one_batch(mesh *m, uint64_t seed, bool keys_told, counts *n) {
  static arrow_sizes sizes;
  random_source r = {seed};
  arrow_values values = {.source = &r, .null_in = seed % 2 ? 6 : 0, .damaged = seed % 3 == 0, .sliced = seed % 4 != 0};
  arrow_shape shape;
  struct ArrowSchema schema, out_schema;
  struct ArrowArray batch, out;
  edi_arena arena;
  edict_arrow *arrow = NULL;
  char why[256] = "";
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  if (!arrow_shape_read(shape_text, &arena, &shape)) abort();
  arrow_schema_of(&shape, &arena, &schema);
  arrow_random(&shape, &values, random_below(&r, 40), &arena, &batch, &sizes);
  edict_arrow_sizes known = {sizes.bytes, sizes.count};
  edict_diagnostics *d = edict_diagnostics_create();
  edict_status status = edict_arrow_create(m->decision, &schema, NULL, &arrow, d);
  if (status == EDICT_OK) status = edict_arrow_schema(arrow, &out_schema);
  if (status == EDICT_OK) status = edict_arrow_apply(arrow, &batch, &known, &out, d);
  bool ok = status == EDICT_OK;
  if (!ok) printf("# seed %d: %s %s\n", (int)seed, edict_status_name(status), edict_diagnostics_count(d) ? edict_diagnostics_message(d, edict_diagnostics_count(d) - 1) : "");
  if (ok) {
    edi_arrow_type type = type_of(&schema, &arena), out_type = type_of(&out_schema, &arena);
    ok = edi_arrow_check(&out_type, &out, NULL, d) == EDICT_OK && arrow_is_clean(&out_type, &out, why, sizeof why);
    if (!ok) printf("# seed %d: not clean: %s\n", (int)seed, why);
    ok = ok && compare(m, &type, &batch, &out_type, &out, keys_told, n);
    if (!ok) printf("# seed %d\n", (int)seed);
    out.release(&out);
    out_schema.release(&out_schema);
  }
  edict_arrow_destroy(&arrow);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
  return ok;
}

static void with_keys(const char *mask, bool told) {
  static const char keyring[] = "edict-keyring/v1\nfederation eu.example\nepoch 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = keyring, .keyring_length = sizeof keyring - 1};
  const char *first = getenv("EDICT_SEED"), *rounds = getenv("EDICT_ROUNDS");
  uint64_t seed = first ? strtoull(first, NULL, 10) : 1, end = seed + (rounds ? strtoull(rounds, NULL, 10) : 200);
  char text[4096];
  counts n = {0};
  mesh m;
  snprintf(text, sizeof text, "%s" RULE("keys", "mask column tagged person.id\n with %s", "\n"), rules, mask);
  mesh_init(&m);
  mesh_federal(&m, text);
  mesh_domain(&m, "sales", "", contract);
  CHECK_INT(mesh_engine(&m, &options), EDICT_OK);
  mesh_open(&m);
  mesh_subject(&m, "roles support; purposes service; regions de");
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  for (; seed < end; seed++)
    if (!one_batch(&m, seed, told, &n)) HARNESS_FAIL("keys with %s", mask);
  printf("# %llu values, %llu of them NULL, %llu maps, %llu without entries, %llu lists emptied\n", (unsigned long long)n.leaves, (unsigned long long)n.nulls,
         (unsigned long long)n.maps, (unsigned long long)n.lost, (unsigned long long)n.emptied);
  if (!first) CHECK(n.emptied > 100 && n.leaves > 10000 && n.nulls * 40 > n.leaves && n.maps > 1000 && n.lost > 50 && (told ? n.lost * 2 < n.maps : n.lost * 3 > n.maps));
  mesh_fini(&m);
}

TEST(keys_that_stay_apart) { with_keys("pseudonym(narrow)", true); }
TEST(keys_as_they_are) { with_keys("keep", true); }
TEST(keys_that_a_mask_makes_alike) { with_keys("show-last(2)", false); }

HARNESS_MAIN
