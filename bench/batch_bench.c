/* Batch bench: nanoseconds a row for the predicate of a decision over a million rows in columns, with each set of
 * lanes, beside the same conditions written by hand in C, and beside rows one by one, in one run.
 *
 * Each condition has nulls to look at. The rows found are compared before anything is timed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stopwatch.h"
#include "support/mesh.h"
#include "support/random_rules.h"

enum { ROWS = 1 << 20, COUNTRIES = 12, COLUMNS = 5 };
enum { ID, COUNTRY, STATUS, COUNT, AT };
#define NOW "2026-11-20T10:00:00Z"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: id, logicalType: integer, required: true, tags: [ plain ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: status, logicalType: string, tags: [ text ] }\n"
    "      - { name: count, logicalType: integer, tags: [ num.count ] }\n"
    "      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n");
#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"
static const char rules[] =
    RULE("open", "permit read", " on dataset classified <= internal\n")
    RULE("residency", "show only rows", " where row[geo.country] in subject.regions\n")
    RULE("no-tests", "show only rows", " where row[text] != \"test\" and row[num.count] >= 18\n")
    RULE("old", "retain at most 24 months after row[time.collected] then erase", "");

static int64_t ids[ROWS], counts[ROWS], times[ROWS];
static int32_t countries[ROWS], statuses[ROWS];
static unsigned char valid[COLUMNS][ROWS / 8];
static int32_t country_offsets[] = {0, 2, 4, 6, 14}, status_offsets[] = {0, 4, 8, 12};
static const char country_texts[] = "defrusatlantis", status_texts[] = "opentestpaid";
static uint32_t found[ROWS], by_hand[ROWS];

typedef struct run {
  mesh *m;
  edict_batch batch;
  edict_vector columns[COLUMNS], dictionaries[2];
  edict_selection selection;
  size_t shown, rows; /* of ROWS: gone through so often that it is ROWS in all */
} run;

/* `often` of 100: how many rows pass each condition. */
static void draw(random_source *r, unsigned often) {
  int64_t now = mesh_time(NOW), day = INT64_C(86400000000);
  memset(valid, 0, sizeof valid);
  for (size_t i = 0; i < ROWS; i++) {
    ids[i] = (int64_t)i;
    countries[i] = random_below(r, 100) < often ? 0 : 1 + (int32_t)random_below(r, 3);
    statuses[i] = random_below(r, 100) < often ? (int32_t)random_below(r, 2) * 2 : 1;
    counts[i] = random_below(r, 100) < often ? 18 + (int64_t)random_below(r, 50) : (int64_t)random_below(r, 18);
    times[i] = random_below(r, 100) < often ? now - (int64_t)random_below(r, 700) * day : now - (731 + (int64_t)random_below(r, 700)) * day;
    for (size_t c = 0; c < COLUMNS; c++)
      if (random_below(r, 100)) valid[c][i / 8] |= (unsigned char)(1u << i % 8);
  }
}

static void lay_out(run *u) {
  u->dictionaries[0] = (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = 4, .values = country_offsets, .bytes = country_texts};
  u->dictionaries[1] = (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = 3, .values = status_offsets, .bytes = status_texts};
  u->columns[ID] = (edict_vector){.layout = EDICT_LAYOUT_INT64, .length = ROWS, .values = ids};
  u->columns[COUNTRY] = (edict_vector){.layout = EDICT_LAYOUT_INT32, .length = ROWS, .values = countries, .dictionary = &u->dictionaries[0]};
  u->columns[STATUS] = (edict_vector){.layout = EDICT_LAYOUT_INT32, .length = ROWS, .values = statuses, .dictionary = &u->dictionaries[1]};
  u->columns[COUNT] = (edict_vector){.layout = EDICT_LAYOUT_INT64, .length = ROWS, .values = counts};
  u->columns[AT] = (edict_vector){.layout = EDICT_LAYOUT_TIME_US, .length = ROWS, .values = times};
  for (size_t c = 1; c < COLUMNS; c++) u->columns[c].valid = valid[c];
  u->batch = (edict_batch){.size = sizeof u->batch, .rows = ROWS, .columns = u->columns, .column_count = COLUMNS};
  u->selection = (edict_selection){.size = sizeof u->selection, .rows = found};
}

/* ---- what is timed ---- */

static void select_rows(void *user) {
  run *u = user;
  u->batch.rows = u->rows;
  for (size_t k = 0; k < ROWS / u->rows; k++)
    if (edict_decision_select(u->m->decision, &u->batch, &u->selection) != EDICT_OK) abort();
  u->shown = u->selection.shown_count;
}

static inline int is_valid(size_t column, size_t i) { return valid[column][i / 8] >> (i % 8) & 1; }

typedef size_t hand(size_t rows, int64_t now, int64_t cutoff);

static void by_hand_with(run *u, hand *work) {
  int64_t now = mesh_time(NOW), cutoff = edi_retention_cutoff(now, (edi_duration){24, 0});
  for (size_t k = 0; k < ROWS / u->rows; k++) u->shown = work(u->rows, now, cutoff);
}

/* As a person would write it for one row after the other. */
__attribute__((noinline)) static size_t branches(size_t rows, int64_t now, int64_t cutoff) {
  size_t n = 0;
  for (size_t i = 0; i < rows; i++) {
    if (!is_valid(COUNTRY, i) || !(1u >> countries[i] & 1)) continue;
    if (!is_valid(STATUS, i) || statuses[i] == 1) continue;
    if (!is_valid(COUNT, i) || counts[i] < 18) continue;
    if (!is_valid(AT, i) || times[i] < cutoff || times[i] > now) continue;
    by_hand[n++] = (uint32_t)i;
  }
  return n;
}
static void hand_branches(void *user) { by_hand_with(user, branches); }

/* The same without a branch. */
__attribute__((noinline)) static size_t branch_free(size_t rows, int64_t now, int64_t cutoff) {
  size_t n = 0;
  for (size_t i = 0; i < rows; i++) {
    by_hand[n] = (uint32_t)i;
    n += (size_t)(is_valid(COUNTRY, i) & (int)(1u >> countries[i] & 1) & is_valid(STATUS, i) & (statuses[i] != 1) & is_valid(COUNT, i) &
                  (counts[i] >= 18) & is_valid(AT, i) & (times[i] >= cutoff) & (times[i] <= now));
  }
  return n;
}
static void hand_branch_free(void *user) { by_hand_with(user, branch_free); }

static void row_by_row(void *user) {
  run *u = user;
  edict_cell in[COLUMNS];
  bool grouped;
  u->shown = 0;
  for (size_t i = 0; i < ROWS / 16; i++) {
    for (size_t c = 0; c < COLUMNS; c++) in[c] = edict_vector_cell(&u->columns[c], i);
    u->shown += edi_plan_row(u->m->decision->plan, in, &grouped) == EDICT_ROW_SHOWN;
  }
}

/* Time of this thread alone, so that other work on the machine counts less. */
static double own_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* `rows` of them; where they are few they stay in the cache, and are gone through again and again. */
static void time_of(const char *what, void (*work)(void *user), run *u, size_t rows) {
  double ns[ROUNDS], count[ROUNDS];
  work(u);
  for (unsigned k = 0; k < ROUNDS; k++) {
    uint64_t before = instructions();
    double start = own_time();
    work(u);
    ns[k] = (own_time() - start) / (double)rows;
    count[k] = (double)(instructions() - before) / (double)rows;
  }
  qsort(ns, ROUNDS, sizeof *ns, compare);
  qsort(count, ROUNDS, sizeof *count, compare);
  printf("  %-44s %8.3f ns a row, least %8.3f", what, ns[ROUNDS / 2], ns[0]);
  if (counter >= 0) printf(" %8.1f instructions", count[ROUNDS / 2]);
  printf("\n");
}

/* Both ways to write it by hand and the batch find the same rows. */
static void compare_all(run *u) {
  select_rows(u);
  size_t shown = u->shown;
  hand_branches(u);
  if (u->shown != shown || memcmp(found, by_hand, shown * sizeof *found) != 0) abort();
  hand_branch_free(u);
  if (u->shown != shown || memcmp(found, by_hand, shown * sizeof *found) != 0) abort();
}

static bool use_lanes(run *u, const char *name) {
  const edi_lanes *lanes = edi_lanes_named(name);
  if (!lanes) {
    printf("  %-44s not on this processor\n", name);
    return false;
  }
  u->m->decision->lanes = lanes;
  if (u->m->decision->answer->sieve) u->m->decision->answer->sieve->lanes = lanes;
  return true;
}

static void with_lanes(run *u, const char *name) {
  char what[64];
  if (!use_lanes(u, name)) return;
  snprintf(what, sizeof what, "batch, %s", name);
  time_of(what, select_rows, u, ROWS);
}

/* Batches of more and more rows, each the same ROWS in all: what a batch costs apart from its rows, and where they no
 * longer come from a cache. bench/plot.py draws it. */
static void growth(run *u) {
  static const char *const names[] = {"portable", "avx2", "avx512"};
  char what[64];
  puts("growth with the rows of a batch");
  for (u->rows = 64; u->rows <= ROWS; u->rows *= 4) {
    compare_all(u);
    snprintf(what, sizeof what, "%zu rows, by hand", u->rows);
    time_of(what, hand_branch_free, u, ROWS);
    for (size_t k = 0; k < 3; k++) {
      if (!use_lanes(u, names[k])) continue;
      snprintf(what, sizeof what, "%zu rows, %s", u->rows, names[k]);
      time_of(what, select_rows, u, ROWS);
    }
  }
}

static void plain_texts(run *u) {
  static int32_t offsets[ROWS + 1];
  static char texts[ROWS * 8];
  edict_vector kept = u->columns[COUNTRY];
  for (size_t i = 0; i < ROWS; i++) {
    int32_t k = countries[i], length = country_offsets[k + 1] - country_offsets[k];
    memcpy(texts + offsets[i], country_texts + country_offsets[k], (size_t)length);
    offsets[i + 1] = offsets[i] + length;
  }
  u->columns[COUNTRY] = (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = ROWS, .values = offsets, .bytes = texts, .valid = valid[COUNTRY]};
  compare_all(u);
  time_of("batch, countries as plain texts", select_rows, u, ROWS);
  u->columns[COUNTRY] = kept;
}

int main(void) {
  static run u;
  static mesh m;
  static const unsigned often[] = {32, 79, 97};
  random_source r = {1};
  open_counter();
  u.m = &m;
  mesh_init(&m);
  mesh_federal(&m, rules);
  mesh_domain(&m, "sales", "", contract);
  mesh_open(&m);
  mesh_subject(&m, "roles support; purposes service; regions de");
  if (mesh_ask(&m, "read", "orders", "*", "purpose support", NOW) != EDICT_OK || edict_decision_effect(m.decision) != EDICT_PERMIT) return 1;
  puts("row predicate: residency, status, count, retention; 1,048,576 rows, each column with 1% nulls; selection vector out");
  for (size_t k = 0; k < sizeof often / sizeof *often; k++) {
    draw(&r, often[k]);
    lay_out(&u);
    for (u.rows = ROWS; u.rows >= 16384; u.rows /= ROWS / 16384) {
      compare_all(&u);
      printf("%.1f%% of %zu rows shown, %s\n", 100.0 * (double)u.shown / (double)u.rows, u.rows,
             u.rows == ROWS ? "25 MB of columns" : "again and again from the cache");
      time_of("by hand, branches", hand_branches, &u, ROWS);
      time_of("by hand, without branches", hand_branch_free, &u, ROWS);
      with_lanes(&u, "portable");
      with_lanes(&u, "avx2");
      with_lanes(&u, "avx512");
    }
    u.rows = ROWS;
    puts("and");
    plain_texts(&u);
    time_of("row by row", row_by_row, &u, ROWS / 16);
    if (k == 1) growth(&u);
  }
  mesh_fini(&m);
  return 0;
}
