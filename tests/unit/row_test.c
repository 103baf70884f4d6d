/* Rows: shown, hidden, withheld, erasable; retention by days and months; masks that the row decides. */
#include "harness.h"

#include "support/mesh.h"

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"
#define OPEN                     RULE("open", "permit read", " on dataset classified <= internal\n")

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: id, logicalType: integer, required: true, tags: [ plain ] }\n"
    "      - { name: email, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: ordered, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: paid, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: person, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n");
enum { ID, EMAIL, ORDERED, PAID, PERSON, COUNTRY, COLUMNS };

static void begin(mesh *m, const char *rules) {
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", "", contract);
  mesh_open(m);
  mesh_subject(m, "roles support; purposes service; regions de");
}

static void fill(edict_cell row[COLUMNS], const char *ordered, const char *paid) {
  memset(row, 0, COLUMNS * sizeof *row);
  row[ID] = mesh_int(1);
  row[EMAIL] = mesh_text("ana@example.org");
  if (ordered) row[ORDERED] = mesh_text(ordered);
  if (paid) row[PAID] = mesh_text(paid);
  row[PERSON] = mesh_text("p-1");
  row[COUNTRY] = mesh_text("de");
}

static edict_row outcome(mesh *m, const char *now, const char *ordered, const char *paid) {
  edict_cell in[COLUMNS], out[COLUMNS];
  char memory[4096];
  edict_row row;
  fill(in, ordered, paid);
  CHECK_INT(mesh_ask(m, "read", "orders", "*", "purpose support", now), EDICT_OK);
  CHECK_INT(edict_decision_effect(m->decision), EDICT_PERMIT);
  CHECK_INT(edict_decision_apply_row(m->decision, in, COLUMNS, out, memory, sizeof memory, &row), EDICT_OK);
  for (size_t c = 0; c < COLUMNS && row != EDICT_ROW_SHOWN; c++) CHECK_INT(out[c].type, EDICT_CELL_NULL);
  return row;
}

typedef struct moment { const char *now, *time; edict_row row; } moment;

/* The row has the same time in both columns. */
static void check_moments(const char *rules, const moment *table, size_t count) {
  char text[4096];
  mesh m;
  snprintf(text, sizeof text, "%s%s", OPEN, rules);
  begin(&m, text);
  for (size_t i = 0; i < count; i++) {
    edict_row row = outcome(&m, table[i].now, table[i].time, table[i].time);
    if (row != table[i].row) HARNESS_FAIL("%s, at %s: %d", table[i].time ? table[i].time : "no time", table[i].now, (int)row);
  }
  mesh_fini(&m);
}
#define CHECK_MOMENTS(rules, table) check_moments(rules, table, sizeof(table) / sizeof *(table))

#define SHOWN    EDICT_ROW_SHOWN
#define WITHHELD EDICT_ROW_WITHHELD
#define ERASABLE EDICT_ROW_ERASABLE

/* Hidden if date(time) + D <= date(now); months are clamped to the month's end. */
TEST(at_most_months) {
  static const moment table[] = {
      {"2026-03-31T00:00:00Z", "2026-03-01T00:00:00Z", SHOWN},    {"2026-04-01T00:00:00Z", "2026-03-01T23:59:59Z", ERASABLE},
      {"2026-03-31T23:59:59.999999Z", "2026-03-01T00:00:00Z", SHOWN},
      {"2026-02-28T00:00:00Z", "2026-01-31T12:00:00Z", ERASABLE}, /* Jan 31 and a month is Feb 28 */
      {"2026-02-27T23:59:59Z", "2026-01-31T12:00:00Z", SHOWN},    {"2026-02-28T00:00:00Z", "2026-01-28T12:00:00Z", ERASABLE},
      {"2028-02-28T00:00:00Z", "2028-01-31T12:00:00Z", SHOWN},    {"2028-02-29T00:00:00Z", "2028-01-31T12:00:00Z", ERASABLE},
      {"2026-04-30T00:00:00Z", "2026-03-31T00:00:00Z", ERASABLE}, {"2026-04-29T23:00:00Z", "2026-03-30T00:00:00Z", SHOWN},
      {"2026-04-30T00:00:00Z", "2026-04-30T00:00:00Z", SHOWN},    {"2027-01-31T00:00:00Z", "2026-12-31T23:00:00Z", ERASABLE},
      {"2026-11-20T00:00:00Z", "2026-10-20T01:00:00+02:00", ERASABLE}, /* 2026-10-19 in UTC */
      {"2026-11-20T00:00:00Z", "2026-10-21T01:00:00+02:00", ERASABLE}, {"2026-11-19T23:00:00Z", "2026-10-21T01:00:00+02:00", SHOWN},
  };
  CHECK_MOMENTS(RULE("old", "retain at most 1 month after row[time.collected] then erase", ""), table);
}

TEST(at_most_years_over_leap_days) {
  static const moment table[] = {
      {"2028-02-28T00:00:00Z", "2026-02-28T00:00:00Z", ERASABLE}, {"2028-02-27T23:59:59Z", "2026-02-28T00:00:00Z", SHOWN},
      {"2028-02-29T00:00:00Z", "2026-02-28T00:00:00Z", ERASABLE}, {"2028-02-28T12:00:00Z", "2026-03-01T00:00:00Z", SHOWN},
      {"2028-02-29T12:00:00Z", "2026-03-01T00:00:00Z", SHOWN},    {"2028-03-01T00:00:00Z", "2026-03-01T12:00:00Z", ERASABLE},
      {"2026-02-28T00:00:00Z", "2024-02-29T00:00:00Z", ERASABLE}, {"2026-02-27T23:00:00Z", "2024-02-29T00:00:00Z", SHOWN},
  };
  CHECK_MOMENTS(RULE("old", "retain at most 2 years after row[time.collected] then erase", ""), table);
}

TEST(at_most_days_and_parts_of_a_day) {
  static const moment days[] = {{"2026-03-31T00:00:00Z", "2026-03-01T23:00:00Z", ERASABLE}, {"2026-03-30T23:59:59Z", "2026-03-01T00:00:00Z", SHOWN}};
  /* A part of a day counts as a whole one. */
  static const moment hours[] = {{"2026-03-02T00:00:00Z", "2026-03-01T23:00:00Z", ERASABLE}, {"2026-03-01T23:59:59Z", "2026-03-01T00:00:00Z", SHOWN}};
  static const moment none[] = {{"2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z", ERASABLE}};
  CHECK_MOMENTS(RULE("old", "retain at most 30 days after row[time.collected] then erase", ""), days);
  CHECK_MOMENTS(RULE("old", "retain at most 12 hours after row[time.collected] then erase", ""), hours);
  CHECK_MOMENTS(RULE("old", "retain at most 0 days after row[time.collected] then erase", ""), none);
}

/* A time that is missing, ill-typed or in the future: hidden, and nothing to erase. */
TEST(times_that_cannot_be_believed) {
  static const moment table[] = {
      {"2026-03-31T00:00:00Z", NULL, WITHHELD},                  {"2026-03-31T00:00:00Z", "yesterday", WITHHELD},
      {"2026-03-31T00:00:00Z", "2026-03-31T00:00:00.000001Z", WITHHELD}, {"2026-03-31T00:00:00Z", "2026-03-31T00:00:00Z", SHOWN},
      {"2026-03-31T00:00:00Z", "9999-12-31T00:00:00Z", WITHHELD}, {"2026-03-31T00:00:00Z", "0001-01-01T00:00:00Z", ERASABLE},
  };
  CHECK_MOMENTS(RULE("old", "retain at most 24 months after row[time.collected] then erase", ""), table);
}

TEST(several_time_columns) {
  static const struct { const char *ordered, *paid; edict_row row; } table[] = {
      {"2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z", SHOWN},   {"2026-01-01T00:00:00Z", "2026-03-10T00:00:00Z", ERASABLE}, /* the earliest */
      {"2026-03-10T00:00:00Z", "2026-01-01T00:00:00Z", ERASABLE}, {"2026-03-10T00:00:00Z", NULL, WITHHELD},
      {"2026-01-01T00:00:00Z", NULL, WITHHELD},                  {"2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", WITHHELD}};
  mesh m;
  begin(&m, OPEN RULE("old", "retain at most 1 month after row[time.collected] then erase", ""));
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (outcome(&m, "2026-03-31T00:00:00Z", table[i].ordered, table[i].paid) != table[i].row) HARNESS_FAIL("row %zu", i);
  mesh_fini(&m);
}

TEST(without_erase_nothing_is_erasable) {
  static const moment table[] = {{"2026-03-31T00:00:00Z", "2020-01-01T00:00:00Z", WITHHELD}, {"2026-03-31T00:00:00Z", "2026-03-30T00:00:00Z", SHOWN}};
  CHECK_MOMENTS(RULE("old", "retain at most 1 month after row[time.collected]", ""), table);
}

/* A bound whose condition is unknown hides, and erases nothing. */
TEST(a_bound_that_is_not_certain) {
  static const moment table[] = {{"2026-03-31T00:00:00Z", "2020-01-01T00:00:00Z", WITHHELD}, {"2026-03-31T00:00:00Z", "2026-03-30T00:00:00Z", SHOWN}};
  CHECK_MOMENTS(RULE("old", "retain at most 1 month after row[time.collected] then erase", " when product.owner == \"x\"\n"), table);
}

/* An `at least` stands if date(time) + D >= date(now). */
TEST(at_least_keeps) {
  static const moment table[] = {
      {"2026-03-31T00:00:00Z", "2026-03-30T00:00:00Z", SHOWN},    {"2026-03-31T00:00:00Z", "2026-02-28T00:00:00Z", WITHHELD},
      {"2026-05-31T00:00:00Z", "2026-02-28T00:00:00Z", ERASABLE}, /* Feb 28 and 3 months is May 28 */
      {"2026-05-28T23:59:59Z", "2026-02-28T00:00:00Z", WITHHELD}, {"2026-05-29T00:00:00Z", "2026-02-28T00:00:00Z", ERASABLE},
  };
  CHECK_MOMENTS(RULE("old", "retain at most 1 month after row[time.collected] then erase", "")
                    RULE("keep", "retain at least 3 months after row[time.collected]", ""), table);
}

TEST(holds_keep_and_unknown_holds_too) {
  static const char rules[] = OPEN RULE("old", "retain at most 1 month after row[time.collected] then erase", "")
      RULE("hold", "retain while row[person.id] == \"p-1\"", "");
  static const struct { edict_cell person; edict_row row; } table[] = {
      {{.type = EDICT_CELL_TEXT, .ptr = "p-1", .len = 3}, EDICT_ROW_WITHHELD}, {{.type = EDICT_CELL_TEXT, .ptr = "p-2", .len = 3}, EDICT_ROW_ERASABLE},
      {{.type = EDICT_CELL_NULL}, EDICT_ROW_WITHHELD}, {{.type = EDICT_CELL_INT, .integer = 2}, EDICT_ROW_WITHHELD}};
  mesh m;
  begin(&m, rules);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", "2026-03-31T00:00:00Z"), EDICT_OK);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edict_cell in[COLUMNS], out[COLUMNS];
    edict_row row;
    fill(in, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z");
    in[PERSON] = table[i].person;
    CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, NULL, 0, &row), EDICT_OK);
    if (row != table[i].row) HARNESS_FAIL("row %zu: %d", i, (int)row);
  }
  mesh_fini(&m);
}

/* A time that a domain's rule misses leaves open what the domain erases. */
TEST(a_domain_erases_only_what_it_is_sure_of) {
  static const char now[] = "2026-11-20T10:00:00Z", old[] = "2020-01-01T00:00:00Z";
  mesh m;
  mesh_init(&m);
  mesh_federal(&m, OPEN);
  mesh_domain(&m, "sales", RULE("old", "retain at most 1 month after row[time.collected] then erase", ""), contract);
  mesh_open(&m);
  mesh_subject(&m, "roles support; purposes service; regions de");
  CHECK_INT(outcome(&m, now, old, old), EDICT_ROW_ERASABLE);
  CHECK_INT(outcome(&m, now, old, NULL), EDICT_ROW_WITHHELD);
  mesh_fini(&m);
}

/* Two `at most`: the earlier one hides; only what says so erases. */
TEST(two_bounds) {
  static const moment table[] = {
      {"2026-12-31T00:00:00Z", "2026-12-20T00:00:00Z", SHOWN}, {"2026-12-31T00:00:00Z", "2026-10-01T00:00:00Z", WITHHELD},
      {"2026-12-31T00:00:00Z", "2025-10-01T00:00:00Z", ERASABLE}, {"2026-12-31T00:00:00Z", NULL, WITHHELD}};
  CHECK_MOMENTS(RULE("hide", "retain at most 1 month after row[time.collected]", "")
                    RULE("erase", "retain at most 12 months after row[time.collected] then erase", ""), table);
}

TEST(show_only_rows_that_are_certain) {
  static const char rules[] = OPEN RULE("rows", "show only rows", " where row[geo.country] in subject.regions\n");
  static const struct { const char *country; edict_row row; } table[] = {
      {"de", EDICT_ROW_SHOWN}, {"fr", EDICT_ROW_HIDDEN}, {"eu", EDICT_ROW_HIDDEN}, {"atlantis", EDICT_ROW_HIDDEN}, {NULL, EDICT_ROW_HIDDEN}};
  mesh m;
  begin(&m, rules);
  CHECK_INT(mesh_ask(&m, "read", "orders", "id", "purpose support", "2026-03-31T00:00:00Z"), EDICT_OK);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edict_cell in[COLUMNS], out[COLUMNS];
    edict_row row;
    fill(in, NULL, NULL);
    in[COUNTRY] = table[i].country ? mesh_text(table[i].country) : (edict_cell){0};
    CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, NULL, 0, &row), EDICT_OK);
    CHECK_INT(row, table[i].row);
    CHECK_INT(out[ID].type, table[i].row == EDICT_ROW_SHOWN ? EDICT_CELL_INT : EDICT_CELL_NULL);
    for (size_t c = EMAIL; c < COLUMNS; c++) CHECK_INT(out[c].type, EDICT_CELL_NULL); /* not asked for */
  }
  mesh_fini(&m);
}

/* Cases are read from the top; all from the first that may apply to the first that does, met. */
TEST(masks_that_the_row_decides) {
  static const char rules[] = OPEN
      "rule mail\n mask column tagged pii.email\n with show-last(4) if row[geo.country] is de\n"
      "  with show-last(2) if row[geo.country] is eu\n  with null otherwise\n because \"x\"\n";
  static const struct { const char *country, *email; } table[] = {
      {"de", "***********.org"}, {"fr", "*************rg"}, {"us", NULL}, {"eu", "*************rg"}, /* de is open, eu is certain */
      {NULL, NULL}, {"atlantis", NULL}};
  mesh m;
  begin(&m, rules);
  CHECK_INT(mesh_ask(&m, "read", "orders", "email", "purpose support", "2026-03-31T00:00:00Z"), EDICT_OK);
  CHECK(strcmp(edict_decision_column(m.decision, EMAIL, NULL), "varies") == 0);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edict_cell in[COLUMNS], out[COLUMNS];
    char memory[64];
    edict_row row;
    fill(in, NULL, NULL);
    in[COUNTRY] = table[i].country ? mesh_text(table[i].country) : (edict_cell){0};
    CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, memory, sizeof memory, &row), EDICT_OK);
    CHECK_INT(row, EDICT_ROW_SHOWN);
    if (table[i].email) CHECK_TEXT(out[EMAIL].ptr, out[EMAIL].len, table[i].email);
    else CHECK_INT(out[EMAIL].type, EDICT_CELL_NULL);
  }
  mesh_fini(&m);
}

TEST(memory_too_small_then_enough) {
  mesh m;
  begin(&m, OPEN RULE("mail", "mask column tagged pii.email\n with show-last(4)", ""));
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", "2026-03-31T00:00:00Z"), EDICT_OK);
  edict_cell in[COLUMNS], out[COLUMNS];
  char memory[15];
  edict_row row;
  fill(in, NULL, NULL);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, memory, 14, &row), EDICT_LIMIT);
  CHECK_INT(row, EDICT_ROW_HIDDEN);
  for (size_t c = 0; c < COLUMNS; c++) CHECK_INT(out[c].type, EDICT_CELL_NULL);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, NULL, 0, &row), EDICT_LIMIT);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, memory, 15, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  CHECK_TEXT(out[EMAIL].ptr, out[EMAIL].len, "***********.org");
  in[EMAIL] = mesh_text(""); /* which needs none */
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, NULL, 0, &row), EDICT_OK);
  CHECK(row == EDICT_ROW_SHOWN && out[EMAIL].type == EDICT_CELL_TEXT && out[EMAIL].len == 0);
  mesh_fini(&m);
}

HARNESS_MAIN
