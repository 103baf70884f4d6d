/* Random tables: see the header. */
#include "support/random_tables.h"

#include <stdio.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define PICK(r, list) ((list)[random_below((r), COUNT(list))])

/* What a cell of a type may be: values that requests and rows have, their neighbours, and what lies above and below. */
static const char *const persons[] = {"42", "p-1", "7", "-3", "Ann", "a person of more than sixteen bytes"};
static const char *const purposes[] = {"service", "support", "billing", "commercial", "marketing", "mail"};
static const char *const regions[] = {"eu", "de", "fr", "us"};
static const char *const tags[] = {"pii", "pii.email", "plain", "geo.country", "person.id"};
static const char *const levels[] = {"public", "internal", "confidential", "restricted"};
static const char *const grades[] = {"low", "mid", "high"};
static const char *const texts[] = {"Ann", "a", "orders", "ann", "", "Zo\xc3\xab", "de"};
static const char *const ints[] = {"0", "1", "7", "-3", "42", "9223372036854775807"};
static const char *const decimals[] = {"1.5", "1.50", "0.1", "100.25", "-7", "2", "12.50"};
static const char *const times[] = {"2026-05-01T00:00:00Z", "2026-05-01T02:00:00+02:00", "2026-11-20T10:00:00Z", "2024-02-29T23:59:59Z", "2027-01-01T00:00:00Z"};
static const char *const days[] = {"2026-05-01", "2024-02-29", "2025-12-31", "2026-11-20"};
static const char *const bools[] = {"true", "false"};
static const char *const addresses[] = {"10.0.0.0", "10.255.255.255", "10.1.2.3", "::ffff:10.1.2.3", "::1", "2001:db8::1"};
static const char *const durations[] = {"24 months", "1 month", "30 days", "12 hours", "2 years"};

static const struct { char letter; const char *const *texts; size_t count; } types[] = {
    {'p', persons, COUNT(persons)}, {'u', purposes, COUNT(purposes)}, {'r', regions, COUNT(regions)}, {'k', tags, COUNT(tags)},
    {'l', levels, COUNT(levels)}, {'g', grades, COUNT(grades)}, {'s', texts, COUNT(texts)}, {'i', ints, COUNT(ints)},
    {'n', decimals, COUNT(decimals)}, {'t', times, COUNT(times)}, {'d', days, COUNT(days)}, {'b', bools, COUNT(bools)},
    {'a', addresses, COUNT(addresses)}, {'m', durations, COUNT(durations)}, {'w', random_tiers, COUNT(random_tiers)}};

/* As random_vocabulary declares them: their columns, of which the first are keys, and their types. */
static const struct { const char *name, *header, *letters; size_t keys; bool own; } shapes[RANDOM_TABLES] = {
    {"holds", "person", "p", 1, false},
    {"consent", "person,purpose,given,note,grade,place", "putsgr", 2, false},
    {"places", "region,level,rank", "rli", 1, false},
    {"nets", "address,gate,keep", "aam", 1, false},
    {"counts", "n,d,of", "inn", 2, false},
    {"flags", "on,day", "bd", 2, false},
    {"moments", "at,day,good", "tdb", 1, false},
    {"topics", "tag,who", "kp", 1, false},
    {"ranks", "level,name,grade", "lsg", 3, false},
    {"trips", "a,b,span,count", "rrmi", 2, false},
    {"stars", "tier,place,level,of,next", "wrlkw", 1, true},
};

static const char *draw(random_source *r, char letter) {
  for (size_t i = 0; i < COUNT(types); i++)
    if (types[i].letter == letter) return types[i].texts[random_below(r, types[i].count)];
  return NULL;
}

/* Texts that say the same, which are one key: the canonical one. */
static const char *canonical(const char *text) {
  static const char *const same[][2] = {{"1.50", "1.5"}, {"2026-05-01T02:00:00+02:00", "2026-05-01T00:00:00Z"}, {"::ffff:10.1.2.3", "10.1.2.3"}};
  for (size_t i = 0; i < COUNT(same); i++)
    if (strcmp(text, same[i][0]) == 0) return same[i][1];
  return text;
}

static bool same_keys(const random_table *t, size_t a, size_t b) {
  for (size_t k = 0; k < t->keys; k++)
    if (strcmp(canonical(t->cells[a][k]), canonical(t->cells[b][k])) != 0) return false;
  return true;
}

static void fill(random_source *r, const char *letters, random_table *t) {
  size_t wanted = random_below(r, RANDOM_TABLE_ROWS + 1);
  for (size_t i = 0; i < wanted; i++) {
    bool fresh = true;
    for (size_t c = 0; c < t->columns; c++)
      t->cells[t->rows][c] = c >= t->keys && random_below(r, 5) == 0 ? NULL : draw(r, letters[c]);
    for (size_t before = 0; before < t->rows; before++) fresh = fresh && !same_keys(t, before, t->rows);
    t->rows += fresh;
  }
}

void random_tables(random_source *r, random_table out[RANDOM_TABLES]) {
  static const char *const from[] = {"2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"};
  static const char *const until[] = {"2029-01-01T00:00:00Z", "2029-01-01T00:00:00Z", "2026-11-20T10:00:01Z", "2026-11-21T00:00:00Z"};
  for (size_t i = 0; i < RANDOM_TABLES; i++) {
    out[i] = (random_table){.name = shapes[i].name, .own = shapes[i].own, .there = random_below(r, 4) != 0, .from = PICK(r, from), .until = PICK(r, until),
                            .columns = strlen(shapes[i].letters), .keys = shapes[i].keys};
    if (out[i].there) fill(r, shapes[i].letters, &out[i]);
  }
}

void random_table_file(const random_table *table, char *out, size_t size) { snprintf(out, size, "%s.csv", table->name); }

void random_tables_yaml(const random_table tables[RANDOM_TABLES], const char *module, edi_buf *into) {
  bool any = false, own = strcmp(module, "federal.vocabulary") != 0;
  for (size_t i = 0; i < RANDOM_TABLES; i++) {
    const random_table *t = &tables[i];
    if (!t->there || t->own != own) continue;
    if (!any) edi_buf_text(into, "tables:\n");
    any = true;
    edi_buf_format(into, "  %s.%s: { file: %s.csv, version: 1, created: 2026-01-01T00:00:00Z, not-before: %s, expires: %s }\n",
                   module, t->name, t->name, t->from, t->until);
  }
}

void random_table_csv(const random_table *table, edi_buf *into) {
  for (size_t i = 0; i < RANDOM_TABLES; i++)
    if (strcmp(shapes[i].name, table->name) == 0) edi_buf_format(into, "%s\n", shapes[i].header);
  for (size_t i = 0; i < table->rows; i++)
    for (size_t c = 0; c < table->columns; c++) {
      const char *cell = table->cells[i][c];
      if (c > 0) edi_buf_char(into, ',');
      if (cell) edi_buf_format(into, "\"%s\"", cell);
      if (c + 1 == table->columns) edi_buf_char(into, '\n');
    }
}

static edi_type column_type(const edi_sym_table *t, size_t column) {
  return column < t->key_count ? t->keys[column].type : t->values[column - t->key_count].type;
}

static oracle_table as_rows(const random_table *t, const edi_model *m, const edi_sym_table *declared, edi_arena *arena) {
  oracle_table out = {.there = t->there, .rows = t->rows};
  oracle_value *cells = EDI_NEW_ARRAY(arena, oracle_value, t->rows * t->columns + 1);
  if (!cells || !edi_timestamp_parse(edi_str_from(t->from), &out.from) || !edi_timestamp_parse(edi_str_from(t->until), &out.until)) abort();
  for (size_t i = 0; i < t->rows; i++)
    for (size_t c = 0; c < t->columns; c++)
      if (t->cells[i][c]) cells[i * t->columns + c] = oracle_from_text(m, column_type(declared, c), edi_str_from(t->cells[i][c]));
  out.cells = cells;
  return out;
}

const oracle_table *random_tables_for_oracle(const random_table tables[RANDOM_TABLES], const edi_model *m, edi_arena *arena) {
  oracle_table *out = EDI_NEW_ARRAY(arena, oracle_table, m->tables_count + 1);
  if (!out) abort();
  for (size_t i = 0; i < RANDOM_TABLES; i++)
    for (size_t t = 0; t < m->tables_count; t++)
      if (edi_str_ends(m->tables[t].name, edi_str_from(tables[i].name))) out[t] = as_rows(&tables[i], m, &m->tables[t], arena);
  return out;
}
