/* Sweeper: see the header. Opening, and the order in which things are done. */
#include "adapters/sweep/sweep_parts.h"

#include <string.h>

#include "adapters/sweep/sweep_link.h"

SQLITE_EXTENSION_INIT3

/* ---- life ---- */

static int is_selected(const edi_sweeper_options *o, size_t dataset) {
  for (size_t i = 0; o->datasets && i < o->dataset_count; i++)
    if (o->datasets[i] == dataset) return 1;
  return !o->datasets;
}

static int make_table(edi_sweeper *s, size_t dataset, edi_sweep_table *t) {
  const edict_product *product = s->options->product;
  size_t count = edict_product_column_count(product, dataset);
  edict_column_info info;
  *t = (edi_sweep_table){.sweeper = s, .dataset = dataset, .column_count = count, .selected = is_selected(s->options, dataset),
                         .name = edict_product_dataset_name(product, dataset),
                         .table = edict_product_dataset_physical_name(product, dataset)};
  t->columns = sqlite3_malloc64(count * sizeof *t->columns + 1);
  t->cells = sqlite3_malloc64(count * sizeof *t->cells + 1);
  t->times = sqlite3_malloc64(count * sizeof *t->times + 1);
  t->places = sqlite3_malloc64(count * sizeof *t->places + 1);
  if (!t->columns || !t->cells || !t->times || !t->places) return SQLITE_NOMEM;
  for (size_t c = 0; c < count && edict_product_column_info(product, dataset, c, &info) == EDICT_OK; c++)
    t->columns[c] = edi_sqlite_column_make(info.type, NULL);
  return edict_sweep_create(product, dataset, &t->sweep) == EDICT_OK ? SQLITE_OK : SQLITE_NOMEM;
}

/* Where something was declared, the other datasets are guarded. */
static int make_tables(edi_sweeper *s) {
  size_t all = edict_product_dataset_count(s->options->product);
  int rc = SQLITE_OK;
  s->guarded = s->options->declared_count > 0;
  s->tables = sqlite3_malloc64(all * sizeof *s->tables + 1);
  s->swept = sqlite3_malloc64(all * sizeof *s->swept + 1);
  if (!s->tables || !s->swept) rc = SQLITE_NOMEM;
  for (size_t d = 0; d < all && rc == SQLITE_OK; d++) {
    if (!s->guarded && !is_selected(s->options, d)) continue;
    if (is_selected(s->options, d)) s->swept[s->swept_count++] = s->table_count;
    rc = make_table(s, d, &s->tables[s->table_count++]);
  }
  return edi_sweep_fail(s, "", rc);
}

edi_sweeper *edi_sweeper_open(const edi_sweeper_options *options, edict_diagnostics *diagnostics, edi_sweep_why *why) {
  *why = (edi_sweep_why){.text = NULL};
  if (edi_sweep_link() != SQLITE_OK) return NULL;
  edi_sweeper *s = sqlite3_malloc64(sizeof *s);
  if (!s) return NULL;
  *s = (edi_sweeper){.options = options, .diagnostics = diagnostics, .why = &why->text, .trouble = &why->trouble};
  int rc = edi_sweep_connect(s);
  if (rc == SQLITE_OK) rc = make_tables(s);
  if (rc == SQLITE_OK) rc = edi_sweep_look(s);
  if (rc != SQLITE_OK) edi_sweeper_close(&s);
  return s;
}

void edi_sweeper_close(edi_sweeper **sweeper) {
  if (!*sweeper) return;
  edi_sweeper *s = *sweeper;
  sqlite3_close_v2(s->db);
  for (size_t i = 0; i < s->table_count; i++) {
    edi_sweep_table *t = &s->tables[i];
    edict_sweep_destroy(&t->sweep);
    void *parts[] = {t->columns, t->cells, t->times, t->places, t->keys, t->after, t->match, t->told};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) sqlite3_free(parts[k]);
  }
  edict_text_free(&s->note);
  sqlite3_free(s->tables);
  sqlite3_free(s->swept);
  sqlite3_free(s);
  *sweeper = NULL;
}

void edi_sweeper_free(edi_sweep_why *why) {
  if (why->text) sqlite3_free(why->text); /* else SQLite may not be linked yet */
  *why = (edi_sweep_why){.text = NULL};
}

static const edi_sweep_table *table_at(const edi_sweeper *s, size_t index) { return &s->tables[s->swept[index]]; }
size_t edi_sweeper_count(const edi_sweeper *s) { return s->swept_count; }
const char *edi_sweeper_dataset(const edi_sweeper *s, size_t index) { return table_at(s, index)->name; }
const char *edi_sweeper_table(const edi_sweeper *s, size_t index) { return table_at(s, index)->table; }
const edi_sweep_tally *edi_sweeper_tally(const edi_sweeper *s, size_t index) { return &table_at(s, index)->tally; }
const edict_sweep *edi_sweeper_rules(const edi_sweeper *s, size_t index) { return table_at(s, index)->sweep; }
int edi_sweeper_resumed(const edi_sweeper *s) { return s->resumed; }
int edi_sweeper_left(const edi_sweeper *s) { return s->left; }

/* ---- work ---- */

static void take_up(edi_sweeper *s, edict_diagnostics *diagnostics, edi_sweep_why *why) {
  *why = (edi_sweep_why){.text = NULL};
  s->diagnostics = diagnostics;
  s->why = &why->text;
  s->trouble = &why->trouble;
}

static int list(edi_sweeper *s) {
  int rc = SQLITE_OK;
  for (size_t i = 0; i < s->swept_count && rc == SQLITE_OK; i++) rc = edi_sweep_list(&s->tables[s->swept[i]]);
  return rc;
}

int edi_sweeper_list(edi_sweeper *s, edict_diagnostics *diagnostics, edi_sweep_why *why) {
  take_up(s, diagnostics, why);
  return list(s) == SQLITE_OK;
}

static int check_shares(edi_sweeper *s) {
  const edi_sweeper_options *o = s->options;
  for (size_t i = 0; i < s->swept_count && !o->confirmed; i++) {
    const edi_sweep_table *t = table_at(s, i);
    if (t->tally.erasable * 100 <= t->tally.seen * o->share) continue;
    edi_sqlite_say(s->why, "%llu of %llu rows of dataset `%s` are due, more than %u percent: that needs to be confirmed",
                   (unsigned long long)t->tally.erasable, (unsigned long long)t->tally.seen, t->name, o->share);
    return SQLITE_ERROR;
  }
  return SQLITE_OK;
}

static int begin(edi_sweep_table *t) {
  edi_sweeper *s = t->sweeper;
  if (!s->options->random(s->options->user, t->id, sizeof t->id)) {
    edi_sqlite_say(s->why, "the system gives no randomness");
    return SQLITE_IOERR;
  }
  int rc = edi_sweep_log(t, EDICT_SWEPT_BEGUN, 0);
  t->begun = rc == SQLITE_OK;
  return rc;
}

static int sweep_all(edi_sweeper *s) {
  int rc = edi_sweep_run(s, "CREATE TABLE IF NOT EXISTS main.edict_sweep(step INTEGER PRIMARY KEY, note BLOB NOT NULL)");
  if (rc == SQLITE_OK) rc = edi_sweep_read_schema(s, &s->schema);
  for (size_t i = 0; i < s->swept_count && rc == SQLITE_OK; i++) {
    edi_sweep_table *t = &s->tables[s->swept[i]];
    rc = begin(t);
    if (rc == SQLITE_OK && t->tally.erasable) rc = edi_sweep_erase(t);
  }
  if (rc == SQLITE_OK) rc = edi_sweep_clean(s);
  if (rc == SQLITE_OK && s->options->point) s->options->point(s->options->user, EDI_SWEEP_CLEANED, "", 0);
  return rc;
}

/* A sweep that could not go on says so as well, as of the time that it went by last. */
static int end_all(edi_sweeper *s, unsigned flags) {
  int rc = SQLITE_OK;
  for (size_t i = 0; i < s->swept_count; i++) {
    edi_sweep_table *t = &s->tables[s->swept[i]];
    if (!t->begun || edict_sweep_at(t->sweep, s->now, NULL) != EDICT_OK) continue;
    int logged = edi_sweep_log(t, EDICT_SWEPT_ENDED, flags);
    if (rc == SQLITE_OK) rc = logged;
  }
  return rc;
}

int edi_sweeper_erase(edi_sweeper *s, edict_diagnostics *diagnostics, edi_sweep_why *why) {
  take_up(s, diagnostics, why);
  int rc = edi_sweep_resume(s);
  if (rc == SQLITE_OK) rc = list(s);
  if (rc == SQLITE_OK) rc = check_shares(s);
  if (rc != SQLITE_OK) return 0;
  rc = sweep_all(s);
  unsigned flags = (s->vacuumed ? EDICT_SWEPT_VACUUMED : 0) | (s->left ? EDICT_SWEPT_LEFT : 0);
  if (rc == SQLITE_OK) return end_all(s, flags) == SQLITE_OK;
  if (!s->pending) { /* else the next sweep finds the note, and logs it first */
    (void)end_all(s, EDICT_SWEPT_STOPPED);
    (void)sqlite3_exec(s->db, "DROP TABLE IF EXISTS main.edict_sweep", NULL, NULL, NULL);
  }
  return 0;
}
