/* Due: the function of SQL that says what is to become of a row, at the time that the clock shows.
 *
 * edict_due_N(cells...) of dataset N: 0 within its time, 1 withheld, 2 withheld as something is not known, 3 to be erased.
 * It stands in the statement that lists, in the one that deletes, and, where something was declared, in a trigger of this
 * connection alone before each row that goes from any of the product's tables, by whatever way. */
#include "adapters/sweep/sweep_parts.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

static void run_due(sqlite3_context *context, int count, sqlite3_value **values) {
  static const int states[] = {[EDICT_ROW_SHOWN] = EDI_DUE_NOT, [EDICT_ROW_WITHHELD] = EDI_DUE_WITHHELD, [EDICT_ROW_ERASABLE] = EDI_DUE_ERASE};
  edi_sweep_table *t = sqlite3_user_data(context);
  edict_row row = EDICT_ROW_WITHHELD;
  int undecided = 1;
  if ((size_t)count != t->place_count) {
    sqlite3_result_error(context, "other columns than the rules read", -1);
    return;
  }
  for (int i = 0; i < count; i++) {
    size_t c = t->places[i];
    if (edi_sqlite_cell_take(values[i], &t->columns[c], t->times[c], &t->cells[c]) != SQLITE_OK) {
      sqlite3_result_error_nomem(context);
      return;
    }
  }
  if (edict_sweep_row(t->sweep, t->cells, t->column_count, &row, &undecided) != EDICT_OK) {
    sqlite3_result_error(context, "the row cannot be decided", -1);
    return;
  }
  sqlite3_result_int(context, row == EDICT_ROW_WITHHELD && undecided ? EDI_DUE_UNDECIDED : states[row]);
}

static size_t number_of(const edi_sweep_table *t) { return (size_t)(t - t->sweeper->tables); }

static int register_due(edi_sweep_table *t) {
  char *name = sqlite3_mprintf("edict_due_%llu", (unsigned long long)number_of(t));
  int rc = name ? sqlite3_create_function_v2(t->sweeper->db, name, -1, SQLITE_UTF8 | SQLITE_INNOCUOUS, t, run_due, NULL, NULL, NULL) : SQLITE_NOMEM;
  sqlite3_free(name);
  return edi_sweep_fail(t->sweeper, "the database refused", rc);
}

char *edi_sweep_call(const edi_sweep_table *t, const char *row) {
  edict_column_info info;
  sqlite3_str *sql = sqlite3_str_new(t->sweeper->db);
  sqlite3_str_appendf(sql, "edict_due_%llu(", (unsigned long long)number_of(t));
  for (size_t i = 0; i < t->place_count; i++)
    if (edict_product_column_info(t->sweeper->options->product, t->dataset, t->places[i], &info) != EDICT_OK) continue;
    else if (info.parent != SIZE_MAX) sqlite3_str_appendf(sql, "%sNULL", i ? "," : ""); /* what lies inside of a column is not known here */
    else sqlite3_str_appendf(sql, "%s%s.\"%w\"", i ? "," : "", row, info.physical_name);
  sqlite3_str_appendchar(sql, 1, ')');
  return sqlite3_str_finish(sql);
}

/* Which cells the rules read depends on the day. */
static void read_places(edi_sweep_table *t) {
  t->place_count = 0;
  memset(t->cells, 0, t->column_count * sizeof *t->cells);
  for (size_t c = 0; c < t->column_count; c++)
    if (edict_sweep_reads(t->sweep, c)) t->places[t->place_count++] = c;
}

static int look_at_clock(edi_sweeper *s) {
  int64_t now = s->options->clock(s->options->user);
  if (now == 0) edi_sqlite_say(s->why, "the clock cannot be read");
  else if (now < s->now) edi_sqlite_say(s->why, "the clock went back");
  else s->now = now;
  return now == s->now && now != 0 ? SQLITE_OK : SQLITE_ERROR;
}

static int take_time(edi_sweep_table *t) {
  edict_status status = edict_sweep_at(t->sweep, t->sweeper->now, t->sweeper->diagnostics);
  if (status != EDICT_OK) { /* the diagnostics say why */
    if (status == EDICT_MEMORY) edi_sqlite_say(t->sweeper->why, "no memory is left");
    return SQLITE_AUTH;
  }
  read_places(t);
  return register_due(t);
}

/* Before each row that goes from a table of the product. */
static int guard_table(edi_sweep_table *t) {
  char *call = edi_sweep_call(t, "OLD");
  size_t n = number_of(t);
  int rc = call ? edi_sweep_runf(t->sweeper,
                                 "DROP TRIGGER IF EXISTS temp.edict_guard_%llu; CREATE TEMP TRIGGER edict_guard_%llu BEFORE DELETE ON main.\"%w\" "
                                 "WHEN %s IS NOT %d BEGIN SELECT RAISE(ABORT,'edict: a row that must stay'); END",
                                 (unsigned long long)n, (unsigned long long)n, t->table, call, EDI_DUE_ERASE)
                : edi_sweep_fail(t->sweeper, "", SQLITE_NOMEM);
  sqlite3_free(call);
  return rc;
}

int edi_sweep_clock(edi_sweep_table *t) {
  edi_sweeper *s = t->sweeper;
  int rc = look_at_clock(s);
  if (!s->guarded) return rc == SQLITE_OK ? take_time(t) : rc;
  for (size_t i = 0; i < s->table_count && rc == SQLITE_OK; i++)
    if (!s->tables[i].absent) rc = take_time(&s->tables[i]);
  for (size_t i = 0; i < s->table_count && rc == SQLITE_OK; i++)
    if (!s->tables[i].absent) rc = guard_table(&s->tables[i]);
  return rc;
}
