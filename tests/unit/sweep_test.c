/* Sweeps: what retention alone says of rows, whoever reads them; holds, exempts, obligations and tables; every month's
 * end against a calendar of the test's own. */
#include "harness.h"

#include "enforce/sweeping.h"
#include "support/mesh.h"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: id, logicalType: integer, required: true, tags: [ plain ] }\n"
    "      - { name: ordered, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: person, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: held, logicalType: boolean, tags: [ flag ] }\n");
enum { ID, ORDERED, PERSON, HELD, COLUMNS };

#define NOW "2026-11-20T10:00:00Z"
#define OLD "2024-01-01T00:00:00Z"
#define MOST "rule old\n retain at most 24 months after row[time.collected] then erase\n because \"x\"\n"
#define HOLD "rule hold\n retain while row[person.id] in holds\n because \"x\"\n"

typedef struct place { mesh m; edict_sweep *sweep; edict_diagnostics *said; } place;

static void begin_with(place *p, const char *rules, const char *domain_rules, const char *holds, const char *const *meets, size_t count) {
  static char text[8192];
  static const char yaml[] = "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n"
                             "expires: 2030-01-01T00:00:00Z\nrules: [ vocabulary.edict, rules.edict ]\n";
  char project[1024];
  snprintf(text, sizeof text, "module federal.rules\n%s", rules);
  snprintf(project, sizeof project, "%s%s", yaml,
           holds ? "tables:\n  federal.vocabulary.holds: { file: holds.csv, version: 1, created: 2026-01-01T00:00:00Z, "
                   "expires: 2026-12-01T00:00:00Z }\n"
                 : "");
  mesh_file files[] = {{"edict.yaml", project}, {"vocabulary.edict", mesh_vocabulary}, {"rules.edict", text}, {"holds.csv", holds}};
  mesh_init(&p->m);
  mesh_add(&p->m, files, holds ? 4 : 3);
  mesh_domain(&p->m, "sales", domain_rules, contract);
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = meets, .obligation_count = count};
  if (mesh_engine(&p->m, &options) != EDICT_OK) abort();
  mesh_open(&p->m);
  p->said = edict_diagnostics_create();
  if (edict_sweep_create(p->m.product, 0, &p->sweep) != EDICT_OK) abort();
}

static void begin(place *p, const char *rules) { begin_with(p, rules, "", "person\np-held\n", NULL, 0); }

static void end(place *p) {
  edict_sweep_destroy(&p->sweep);
  edict_diagnostics_destroy(&p->said);
  mesh_fini(&p->m);
}

static void fill(edict_cell row[COLUMNS], const char *ordered, const char *person) {
  memset(row, 0, COLUMNS * sizeof *row);
  row[ID] = mesh_int(1);
  if (ordered) row[ORDERED] = mesh_text(ordered);
  if (person) row[PERSON] = mesh_text(person);
}

static edict_row outcome(place *p, const char *ordered, const char *person, int *undecided) {
  edict_cell row[COLUMNS];
  edict_row state = EDICT_ROW_ERASABLE;
  fill(row, ordered, person);
  CHECK_INT(edict_sweep_row(p->sweep, row, COLUMNS, &state, undecided), EDICT_OK);
  return state;
}

#define SHOWN    EDICT_ROW_SHOWN
#define WITHHELD EDICT_ROW_WITHHELD
#define ERASABLE EDICT_ROW_ERASABLE

typedef struct line { const char *rules, *ordered, *person; edict_row row; int undecided; } line;

/* Nobody permits anything here, and nobody may read: retention does not ask. */
TEST(rows_by_retention_alone) {
  static const line lines[] = {
      {"", OLD, "p-1", SHOWN, 0},
      {MOST, OLD, "p-1", ERASABLE, 0},
      {MOST, "2026-01-01T00:00:00Z", "p-1", SHOWN, 0},
      {MOST, NULL, "p-1", WITHHELD, 1},        /* no time */
      {MOST, "yesterday", "p-1", WITHHELD, 1}, /* ill-typed */
      {MOST, "2027-01-01T00:00:00Z", "p-1", WITHHELD, 1}, /* in the future */
      {MOST HOLD, OLD, "p-held", WITHHELD, 0},
      {MOST HOLD, OLD, "p-1", ERASABLE, 0},
      {MOST HOLD, OLD, NULL, WITHHELD, 1}, /* whether it is held is not known */
      {MOST HOLD, NULL, "p-held", WITHHELD, 0},
      {MOST "rule books\n retain at least 10 years after row[time.collected]\n because \"x\"\n", OLD, "p-1", WITHHELD, 0},
      {"rule hide\n retain at most 24 months after row[time.collected]\n because \"x\"\n", OLD, "p-1", WITHHELD, 0},
      {"shadow " MOST, OLD, "p-1", SHOWN, 0},
      {MOST "shadow " HOLD, OLD, "p-held", ERASABLE, 0},
      /* Rules about readers say nothing here. */
      {MOST "rule shut\n forbid access\n because \"x\"\n", OLD, "p-1", ERASABLE, 0},
      {MOST "rule some\n show only rows\n where row[flag]\n because \"x\"\n", OLD, "p-1", ERASABLE, 0},
      {"rule some\n show only rows\n where row[flag]\n because \"x\"\n", OLD, "p-1", SHOWN, 0},
      {MOST "rule groups\n show only groups of at least 5 row[person.id]\n because \"x\"\n", OLD, "p-1", ERASABLE, 0},
      /* What an exempt lifts is as if it were not there. */
      {MOST "rule but\n exempt old\n on product in domain sales\n until 2027-01-01\n because \"x\"\n", OLD, "p-1", SHOWN, 0},
      {MOST HOLD "rule but\n exempt hold\n on product in domain sales\n until 2027-01-01\n because \"x\"\n", OLD, "p-held", ERASABLE, 0},
      {MOST HOLD "rule but\n exempt hold\n on product in domain finance\n until 2027-01-01\n because \"x\"\n", OLD, "p-held", WITHHELD, 0},
      /* Hides because its condition may hold, and so erases nothing. */
      {"rule old\n retain at most 24 months after row[time.collected] then erase\n when product.owner == \"a\"\n because \"x\"\n", OLD, "p-1", WITHHELD, 1},
  };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    place p;
    int undecided = -1;
    begin(&p, lines[i].rules);
    CHECK_INT(edict_sweep_at(p.sweep, mesh_time(NOW), p.said), EDICT_OK);
    edict_row row = outcome(&p, lines[i].ordered, lines[i].person, &undecided);
    if (row != lines[i].row || undecided != lines[i].undecided)
      HARNESS_FAIL("line %zu: %d, undecided %d, not %d, %d", i, (int)row, undecided, (int)lines[i].row, lines[i].undecided);
    end(&p);
  }
}

TEST(a_domain_shortens_and_does_not_keep) {
  place p;
  begin_with(&p, "", "rule old\n retain at most 1 month after row[time.collected] then erase\n because \"x\"\n", NULL, NULL, 0);
  REQUIRE(edict_sweep_at(p.sweep, mesh_time(NOW), p.said) == EDICT_OK);
  CHECK_INT(outcome(&p, "2026-09-01T00:00:00Z", "p-1", NULL), ERASABLE);
  CHECK_INT(outcome(&p, "2026-11-01T00:00:00Z", "p-1", NULL), SHOWN);
  end(&p);
}

/* ---- when nothing may be erased ---- */

typedef struct refusal { const char *rules, *holds, *now, *code; edict_status status; } refusal;

TEST(what_cannot_be_asked_erases_nothing) {
  static const char duty[] = "obligation announce()\nrule old\n retain at most 24 months after row[time.collected] then erase\n"
                             " oblige announce()\n because \"x\"\n";
  static const refusal table[] = {
      {MOST, NULL, "2031-01-01T00:00:00Z", "R0480", EDICT_EXPIRED},
      {MOST, NULL, "2025-01-01T00:00:00Z", "R0480", EDICT_EXPIRED},
      {duty, NULL, NOW, "R0481", EDICT_UNSUPPORTED},
      {MOST HOLD, NULL, NOW, "R0482", EDICT_EXPIRED},
      {MOST HOLD, "person\np-held\n", "2026-12-01T00:00:00Z", "R0482", EDICT_EXPIRED},
      {MOST "rule but\n exempt old\n on product in domain sales\n when (\"a\" in names-of)\n until 2027-01-01\n because \"x\"\n"
            "table names-of (name: string) complete\n", NULL, NOW, "R0482", EDICT_EXPIRED},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    place p;
    edict_row row = ERASABLE;
    edict_cell cells[COLUMNS];
    begin_with(&p, table[i].rules, "", table[i].holds, NULL, 0);
    fill(cells, OLD, "p-1");
    CHECK_INT(edict_sweep_row(p.sweep, cells, COLUMNS, &row, NULL), EDICT_ARGUMENT); /* no time was set */
    CHECK_INT(row, WITHHELD);
    CHECK_INT(edict_sweep_at(p.sweep, mesh_time(table[i].now), p.said), table[i].status);
    CHECK(edict_diagnostics_count(p.said) == 1 && strcmp(edict_diagnostics_code(p.said, 0), table[i].code) == 0);
    row = ERASABLE;
    CHECK_INT(edict_sweep_row(p.sweep, cells, COLUMNS, &row, NULL), EDICT_ARGUMENT);
    CHECK_INT(row, WITHHELD);
    CHECK_INT((long)edict_sweep_rule_count(p.sweep), 0);
    CHECK_INT(edict_sweep_reads(p.sweep, ORDERED), 0);
    end(&p);
  }
}

TEST(an_obligation_that_is_met_is_no_obstacle) {
  static const char *const meets[] = {"*"};
  place p;
  begin_with(&p, "obligation announce()\nrule old\n retain at most 24 months after row[time.collected] then erase\n oblige announce()\n"
                 " because \"x\"\n", "", NULL, meets, 1);
  REQUIRE(edict_sweep_at(p.sweep, mesh_time(NOW), p.said) == EDICT_OK);
  CHECK_INT(outcome(&p, OLD, "p-1", NULL), ERASABLE);
  end(&p);
}

/* A clock that goes back more than the leeway is not believed. */
TEST(time_does_not_go_back) {
  place p;
  begin(&p, MOST);
  edict_engine_advance(p.m.engine, mesh_time(NOW));
  CHECK_INT(edict_sweep_at(p.sweep, mesh_time("2026-11-20T09:59:30Z"), p.said), EDICT_OK);
  CHECK_INT(edict_sweep_at(p.sweep, mesh_time("2026-11-20T09:58:00Z"), p.said), EDICT_EXPIRED);
  end(&p);
}

/* ---- what is told ---- */

TEST(rules_reads_and_time) {
  place p;
  edict_retention r;
  begin(&p, MOST HOLD);
  REQUIRE(edict_sweep_at(p.sweep, mesh_time(NOW), p.said) == EDICT_OK);
  REQUIRE(edict_sweep_rule_count(p.sweep) == 2);
  REQUIRE(edict_sweep_rule(p.sweep, 0, &r) == EDICT_OK);
  CHECK(r.bound == EDICT_BOUND_AT_MOST && r.erases && r.holds == EDICT_HOLDS_YES && r.column == ORDERED);
  CHECK_INT(r.cutoff, mesh_time("2024-11-21T00:00:00Z"));
  CHECK(r.rule.len == strlen("federal.rules.old") && memcmp(r.rule.ptr, "federal.rules.old", r.rule.len) == 0);
  REQUIRE(edict_sweep_rule(p.sweep, 1, &r) == EDICT_OK);
  CHECK(r.bound == EDICT_BOUND_WHILE && !r.erases && r.column == SIZE_MAX);
  CHECK_INT(edict_sweep_rule(p.sweep, 2, &r), EDICT_ARGUMENT);
  CHECK(edict_sweep_reads(p.sweep, ORDERED) && edict_sweep_reads(p.sweep, PERSON));
  CHECK(!edict_sweep_reads(p.sweep, ID) && !edict_sweep_reads(p.sweep, HELD) && !edict_sweep_reads(p.sweep, COLUMNS));
  CHECK_INT(edict_sweep_now(p.sweep), mesh_time(NOW));
  CHECK_INT(edict_sweep_valid_until(p.sweep), mesh_time("2026-11-21T00:00:00Z"));
  end(&p);
}

TEST(misuse) {
  place p;
  edict_sweep *none = NULL;
  edict_row row;
  edict_cell cells[COLUMNS];
  begin(&p, MOST);
  CHECK_INT(edict_sweep_create(NULL, 0, &none), EDICT_ARGUMENT);
  CHECK_INT(edict_sweep_create(p.m.product, 1, &none), EDICT_ARGUMENT);
  CHECK_INT(edict_sweep_at(NULL, 0, NULL), EDICT_ARGUMENT);
  REQUIRE(edict_sweep_at(p.sweep, mesh_time(NOW), p.said) == EDICT_OK);
  fill(cells, OLD, "p-1");
  CHECK_INT(edict_sweep_row(p.sweep, cells, COLUMNS - 1, &row, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_sweep_row(p.sweep, NULL, COLUMNS, &row, NULL), EDICT_ARGUMENT);
  CHECK_INT(row, WITHHELD);
  CHECK_INT(edict_sweep_row(p.sweep, cells, COLUMNS, NULL, NULL), EDICT_ARGUMENT);
  edict_sweep_destroy(&none);
  edict_sweep_destroy(NULL);
  end(&p);
}

/* ---- the calendar ---- */

/* Months and days by hand. */
static int month_days(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

typedef struct day { int year, month, day; } day;

static day next_day(day d) {
  if (++d.day > month_days(d.year, d.month)) {
    d.day = 1;
    if (++d.month > 12) d = (day){d.year + 1, 1, 1};
  }
  return d;
}

static bool is_before(day a, day b) {
  return a.year != b.year ? a.year < b.year : a.month != b.month ? a.month < b.month : a.day < b.day;
}

static day add_months(day d, int months) {
  int all = d.year * 12 + d.month - 1 + months;
  day out = {all / 12, all % 12 + 1, d.day};
  if (out.day > month_days(out.year, out.month)) out.day = month_days(out.year, out.month);
  return out;
}

static int64_t instant(day d, const char *time) {
  char text[64];
  snprintf(text, sizeof text, "%04d-%02d-%02dT%sZ", d.year, d.month, d.day, time);
  return mesh_time(text);
}

static bool is_month_end(day d) { return d.day >= 28 || d.day == 1; }

/* At each month's end and beginning of two years and more, a leap year's among them: rows of each day of the months
 * around which the bound falls. */
static void check_months(int months) {
  char rules[256];
  place p;
  snprintf(rules, sizeof rules, "rule old\n retain at most %d months after row[time.collected] then erase\n because \"x\"\n", months);
  begin(&p, rules);
  for (day now = {2026, 12, 28}; is_before(now, (day){2029, 3, 3}); now = next_day(now)) {
    if (!is_month_end(now)) continue;
    REQUIRE(edict_sweep_at(p.sweep, instant(now, "23:59:59"), p.said) == EDICT_OK);
    day row = add_months((day){now.year, now.month, 1}, -months - 1);
    for (int i = 0; i < 95; i++, row = next_day(row)) {
      edict_cell cells[COLUMNS];
      edict_row state;
      fill(cells, NULL, "p-1");
      cells[ORDERED] = (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = instant(row, i % 2 ? "00:00:00" : "23:59:59")};
      if (is_before(now, row)) break;
      edict_row expected = is_before(now, add_months(row, months)) ? SHOWN : ERASABLE;
      REQUIRE(edict_sweep_row(p.sweep, cells, COLUMNS, &state, NULL) == EDICT_OK);
      if (state != expected)
        HARNESS_FAIL("%d months, row %04d-%02d-%02d, now %04d-%02d-%02d: %d", months, row.year, row.month, row.day, now.year, now.month,
                     now.day, (int)state);
    }
  }
  end(&p);
}

TEST(each_month_end_and_leap_day) {
  static const int months[] = {1, 2, 3, 6, 11, 12, 13, 24, 36, 48};
  for (size_t i = 0; i < sizeof months / sizeof *months; i++) check_months(months[i]);
}

HARNESS_MAIN
