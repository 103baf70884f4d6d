/* Scan: the rows of one guarded table, as one decision shows them.
 *
 * A scan belongs to one execution of one statement. It decides when it starts, and again when it
 * starts over if the decision no longer holds or another purpose was stated; what was decided is
 * logged before the first row. Hidden rows are left out here, before any term of the reader's
 * query is evaluated, so no error of that query can depend on one. Row numbers count the rows that
 * are shown. */
#include <string.h>

#include "adapters/sqlite/guarded_index.h"
#include "adapters/sqlite/guarded_table.h"
#include "adapters/sqlite/sqlite_source.h"
#include "adapters/sqlite/sqlite_words.h"

SQLITE_EXTENSION_INIT3

enum {
  CLOCK_ROWS = 1000,   /* rows between two looks at the clock */
  MEMORY_FIRST = 4096, /* for what masks make of one row */
  MEMORY_MOST = 256 * 1024 * 1024,
};

typedef struct scan {
  sqlite3_vtab_cursor base; /* first: what SQLite knows */
  edi_sqlite_seat *seat;    /* NULL: nothing is permitted */
  sqlite3_stmt *rows;
  sqlite3_stmt *by_row;    /* reads one base row by its number */
  sqlite3_stmt *from;      /* of the two the one that the row at hand was read from */
  edi_sqlite_index *index; /* over the shown rows, for this decision; NULL: none */
  int indexed;             /* its column; -1: none can be made for this decision */
  int seeking;             /* the index says which rows come, not the table */
  int reading;             /* counted among the source's readers */
  int at_end;
  unsigned looked; /* base rows since the clock was looked at */
  sqlite3_int64 row;
  char *memory;
  size_t memory_size;
  int *places; /* by column: where in `rows`, -1: not read */
  char (*times)[EDI_SQLITE_TIME_BYTES];
  edict_cell *in, *out;
} scan;

static edi_sqlite_table *table_of(const scan *s) { return (edi_sqlite_table *)s->base.pVtab; }

/* The scan's failure as SQLite is told of it; takes `why` over. */
static int fail(scan *s, int rc, char *why) {
  s->at_end = 1;
  sqlite3_free(s->base.pVtab->zErrMsg);
  s->base.pVtab->zErrMsg = why;
  return rc;
}

static int fail_reading(scan *s, int rc) {
  char *why = NULL;
  const edi_sqlite_table *table = table_of(s);
  if (rc == SQLITE_NOMEM) return fail(s, rc, NULL);
  const char *name =
      edict_product_dataset_name(edi_sqlite_site_product(table->guard->site), table->dataset);
  edi_sqlite_say(&why, "reading dataset `%s` failed: %s", name, sqlite3_errstr(rc));
  return fail(s, SQLITE_ERROR, why);
}

/* ---- life ---- */

int edi_sqlite_scan_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **cursor) {
  size_t count = ((edi_sqlite_table *)vtab)->cell_count;
  size_t each = 2 * sizeof(edict_cell) + EDI_SQLITE_TIME_BYTES + sizeof(int);
  scan *s = sqlite3_malloc64(sizeof *s);
  edict_cell *cells = sqlite3_malloc64(count * each + 1);
  if (!s || !cells) {
    sqlite3_free(s);
    sqlite3_free(cells);
    return SQLITE_NOMEM;
  }
  memset(cells, 0, count * each);
  char *times = (char *)(cells + 2 * count);
  *s = (scan){.at_end = 1, .in = cells, .out = cells + count};
  s->times = (char(*)[EDI_SQLITE_TIME_BYTES])times;
  s->places = (int *)(void *)(times + count * EDI_SQLITE_TIME_BYTES);
  *cursor = &s->base;
  return SQLITE_OK;
}

static void stop(scan *s) {
  sqlite3_finalize(s->rows);
  sqlite3_finalize(s->by_row);
  edi_sqlite_index_destroy(s->index);
  s->rows = s->by_row = s->from = NULL;
  s->index = NULL;
  s->indexed = 0;
  edi_sqlite_guard_rise(s->seat);
  s->seat = NULL;
}

int edi_sqlite_scan_close(sqlite3_vtab_cursor *cursor) {
  scan *s = (scan *)cursor;
  stop(s);
  if (s->reading) edi_sqlite_source_leave(table_of(s)->guard);
  sqlite3_free(s->memory);
  sqlite3_free(s->in);
  sqlite3_free(s);
  return SQLITE_OK;
}

/* ---- starting ---- */

/* Everything that the decision reads: to show, to mask from, or for a rule. */
static int prepare(scan *s) {
  const edi_sqlite_table *table = table_of(s);
  unsigned char *wanted = sqlite3_malloc64(table->column_count + 1);
  int place = 0;
  if (!wanted) return SQLITE_NOMEM;
  for (size_t c = 0; c < table->column_count; c++) {
    wanted[c] = edict_decision_reads(s->seat->decision, c) != 0;
    s->places[c] = wanted[c] ? place++ : -1;
    s->in[c] = (edict_cell){0};
  }
  int rc = edi_sqlite_source_prepare(table->guard, table->dataset, wanted, &s->rows);
  sqlite3_free(wanted);
  return rc;
}

/* The planner makes groups of what it is given, and no one sees to their sizes. */
static int refuse_rows(scan *s, char **why) {
  edict_group g = {.column = SIZE_MAX};
  edict_column_info info;
  const edi_sqlite_table *table = table_of(s);
  if (edict_decision_group(s->seat->decision, 0, &g) == EDICT_OK &&
      edict_product_column_info(edi_sqlite_site_product(table->guard->site), table->dataset,
                                g.column, &info) == EDICT_OK)
    edi_sqlite_say(why, "rows may only be shown in groups of at least %llu different values of `%s`, which this "
                        "connection does not see to",
                   (unsigned long long)g.least, info.name);
  else
    edi_sqlite_say(why, "rows may only be shown in groups of values that no column of the dataset has, so none is shown");
  return SQLITE_AUTH;
}

static int start(scan *s, sqlite3_uint64 used, char **why) {
  const edi_sqlite_table *table = table_of(s);
  stop(s);
  if (!s->reading) {
    int rc = edi_sqlite_source_enter(table->guard);
    if (rc != SQLITE_OK) return rc;
    s->reading = 1;
  }
  int rc = edi_sqlite_guard_sit(table->guard, table->dataset, used, &s->seat, why);
  if (rc == SQLITE_OK && edict_decision_group_count(s->seat->decision) > 0) rc = refuse_rows(s, why);
  return rc == SQLITE_OK ? prepare(s) : rc;
}

/* ---- rows ---- */

static int grow(scan *s) {
  size_t size = s->memory_size ? s->memory_size * 2 : MEMORY_FIRST;
  if (size > MEMORY_MOST) return 0;
  char *memory = sqlite3_realloc64(s->memory, size);
  if (!memory) return 0;
  s->memory = memory;
  s->memory_size = size;
  return 1;
}

/* Reads the row that `from` stands on and applies the decision. */
static int apply(scan *s, int *shown) {
  const edi_sqlite_table *table = table_of(s);
  edict_row row = EDICT_ROW_HIDDEN;
  *shown = 0;
  for (size_t c = 0; c < table->column_count; c++)
    if (s->places[c] >= 0 && edi_sqlite_cell_read(s->from, s->places[c], &table->columns[c],
                                                  s->times[c], &s->in[c]) != SQLITE_OK)
      return SQLITE_NOMEM;
  for (;;) {
    edict_status status = edict_decision_apply_row(s->seat->decision, s->in, table->cell_count,
                                                   s->out, s->memory, s->memory_size, &row);
    if (status == EDICT_OK) break;
    if (status != EDICT_LIMIT) return SQLITE_ERROR;
    if (!grow(s)) return SQLITE_NOMEM;
  }
  *shown = row == EDICT_ROW_SHOWN;
  return SQLITE_OK;
}

static int is_over(scan *s) {
  if (++s->looked < CLOCK_ROWS) return 0;
  s->looked = 0;
  return edi_sqlite_now() >= s->seat->valid_until;
}

static int fail_over(scan *s) {
  char *why = NULL;
  edi_sqlite_say(&why, "the decision held until now and no longer; run the query again");
  return fail(s, SQLITE_AUTH, why);
}

/* On to the next row that is shown. */
static int advance(scan *s) {
  int rc, shown = 0;
  s->from = s->rows;
  while (!shown) {
    if (is_over(s)) return fail_over(s);
    rc = sqlite3_step(s->rows);
    if (rc == SQLITE_DONE) {
      s->at_end = 1;
      return SQLITE_OK;
    }
    if (rc == SQLITE_ROW) rc = apply(s, &shown);
    if (rc != SQLITE_OK) return fail_reading(s, rc);
  }
  s->row++;
  return SQLITE_OK;
}

/* ---- rows by an index ---- */

/* On to the next row that the index names: read again and put through the same decision. */
static int advance_seek(scan *s) {
  edi_sqlite_entry entry;
  int shown = 0;
  s->from = s->by_row;
  while (!shown) {
    if (is_over(s)) return fail_over(s);
    if (!edi_sqlite_index_next(s->index, &entry)) {
      s->at_end = 1;
      return SQLITE_OK;
    }
    sqlite3_reset(s->by_row);
    int rc = sqlite3_bind_int64(s->by_row, 1, entry.base_row);
    if (rc == SQLITE_OK) rc = sqlite3_step(s->by_row);
    if (rc == SQLITE_ROW) rc = apply(s, &shown);
    if (rc != SQLITE_OK) return fail_reading(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
  }
  s->row = entry.row;
  return SQLITE_OK;
}

/* Statements that know base rows by number take the place of `rows`. */
static int prepare_seek(scan *s) {
  const edi_sqlite_table *table = table_of(s);
  unsigned char *wanted = sqlite3_malloc64(table->column_count + 1);
  sqlite3_stmt *rows = NULL, *by_row = NULL;
  if (!wanted) return SQLITE_NOMEM;
  for (size_t c = 0; c < table->column_count; c++) wanted[c] = s->places[c] >= 0;
  int rc = edi_sqlite_source_prepare_seek(table->guard, table->dataset, wanted, &rows, &by_row);
  sqlite3_free(wanted);
  if (rc != SQLITE_OK) {
    sqlite3_finalize(rows);
    return rc == SQLITE_NOMEM ? rc : EDI_SQLITE_UNFIT;
  }
  sqlite3_finalize(s->rows);
  s->rows = rows;
  s->by_row = by_row;
  return SQLITE_OK;
}

static int add_shown(scan *s, int column) {
  int place = sqlite3_column_count(s->rows) - 1;
  const edict_cell *cell = &s->out[column];
  if (sqlite3_column_type(s->rows, place) != SQLITE_INTEGER) return EDI_SQLITE_UNFIT;
  /* Shown as it was stored, which is not what the cell says. */
  if (cell->type == EDICT_CELL_TEXT && cell->ptr == s->times[column]) return EDI_SQLITE_UNFIT;
  return edi_sqlite_index_add(s->index, cell,
                              (edi_sqlite_entry){sqlite3_column_int64(s->rows, place), s->row});
}

/* Reads the table once. UNFIT: there will be no index for this decision. */
static int build_index(scan *s, int column) {
  int rc = prepare_seek(s);
  if (rc != SQLITE_OK) return rc;
  s->index = edi_sqlite_index_create();
  if (!s->index) return SQLITE_NOMEM;
  s->at_end = 0;
  while (rc == SQLITE_OK && (rc = advance(s)) == SQLITE_OK && !s->at_end) rc = add_shown(s, column);
  sqlite3_reset(s->rows);
  s->row = 0;
  s->indexed = column;
  return rc;
}

/* Whether the index answers `column = value`; then it stands before the first row. */
static int seek(scan *s, int column, sqlite3_value *value, int *can) {
  int rc = SQLITE_OK;
  *can = 0;
  if (s->indexed < 0 || (s->index && s->indexed != column)) return SQLITE_OK;
  if (!s->index) rc = build_index(s, column);
  if (rc == SQLITE_OK) rc = edi_sqlite_index_seek(s->index, value);
  else if (rc == EDI_SQLITE_UNFIT) {
    edi_sqlite_index_destroy(s->index);
    s->index = NULL;
    s->indexed = -1;
  }
  *can = rc == SQLITE_OK;
  return rc == EDI_SQLITE_UNFIT ? SQLITE_OK : rc;
}

/* What the planner wrote for the scan: see plan in guarded_table.c. */
static sqlite3_uint64 read_set(const char *text) {
  sqlite3_uint64 set = 0;
  for (; *text; text++)
    set = set << 4 | (sqlite3_uint64)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
  return set;
}

/* A decision for these columns, if the one at hand does not hold for them. */
static int ensure(scan *s, sqlite3_uint64 columns) {
  char *why = NULL;
  if (s->seat && s->seat->used == columns && edi_sqlite_seat_holds(table_of(s)->guard, s->seat))
    return SQLITE_OK;
  int rc = start(s, columns, &why);
  if (rc == SQLITE_OK) return rc;
  stop(s);
  return why ? fail(s, rc, why) : fail_reading(s, rc);
}

int edi_sqlite_scan_filter(sqlite3_vtab_cursor *cursor, int plan, const char *used, int count,
                           sqlite3_value **values) {
  scan *s = (scan *)cursor;
  int can = 0;
  s->at_end = 1;
  s->row = 0;
  s->seeking = 0;
  if (table_of(s)->guard->state != EDI_SQLITE_SEALED || !used) return fail(s, SQLITE_MISUSE, NULL);
  int rc = ensure(s, read_set(used));
  if (rc != SQLITE_OK) return rc;
  if (plan > 0 && count == 1) {
    rc = seek(s, plan - 1, values[0], &can);
    if (rc != SQLITE_OK) return s->at_end && s->base.pVtab->zErrMsg ? rc : fail_reading(s, rc);
  }
  s->seeking = can;
  s->at_end = 0;
  if (can) return advance_seek(s);
  sqlite3_reset(s->rows);
  return advance(s);
}

int edi_sqlite_scan_next(sqlite3_vtab_cursor *cursor) {
  scan *s = (scan *)cursor;
  return s->seeking ? advance_seek(s) : advance(s);
}

int edi_sqlite_scan_at_end(sqlite3_vtab_cursor *cursor) { return ((scan *)cursor)->at_end; }

int edi_sqlite_scan_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  const scan *s = (const scan *)cursor;
  const edi_sqlite_table *table = table_of(s);
  if (column < 0 || (size_t)column >= table->column_count || !s->seat ||
      !edi_sqlite_is_used(s->seat->used, (size_t)column)) {
    sqlite3_result_error(context, "edict: a column was read that no decision was taken for", -1);
    return SQLITE_ERROR;
  }
  const edict_cell *cell = &s->out[column];
  /* Only a value that is shown as it is keeps the pointer; it is given in the form it was stored
   * in. */
  int as_stored = cell->type == EDICT_CELL_TEXT && cell->ptr == s->times[column];
  if (as_stored)
    sqlite3_result_text64(context, (const char *)sqlite3_column_text(s->from, s->places[column]),
                          (sqlite3_uint64)sqlite3_column_bytes(s->from, s->places[column]),
                          SQLITE_TRANSIENT, SQLITE_UTF8);
  else edi_sqlite_cell_result(context, cell, &table->columns[column]);
  return SQLITE_OK;
}

int edi_sqlite_scan_row(sqlite3_vtab_cursor *cursor, sqlite3_int64 *row) {
  *row = ((const scan *)cursor)->row;
  return SQLITE_OK;
}
