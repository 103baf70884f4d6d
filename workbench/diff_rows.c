/* Diff, rows: the same row given to both sides' answers.
 *
 * Only the cells that an answer reads can change what comes of a row. Their values are those that rules compare with: all
 * ways to combine them where they are few, else some of them by chance. */
#include <stdio.h>

#include "edict/forms.h"
#include "workbench/diffwork.h"

typedef struct work_rows {
  work_stand *s;
  size_t read[WORK_COLUMNS];    /* columns that either answer reads */
  size_t read_count;
  edict_cell cells[WORK_COLUMNS][WORK_CELLS];
  size_t cell_counts[WORK_COLUMNS];
  edict_cell row[WORK_COLUMNS]; /* by number of `read` */
} rows;

rows *work_rows_make(edi_arena *arena) { return EDI_NEW(arena, rows); }

static bool reads(const work_stand *s, size_t i) {
  for (int side = 0; side < 2; side++)
    if (s->columns[i][side] != SIZE_MAX && edict_decision_reads(s->decisions[side], s->columns[i][side])) return true;
  return false;
}

static bool varies(work_stand *s, size_t i) {
  for (int side = 0; side < 2; side++)
    if (s->columns[i][side] != SIZE_MAX && strcmp(edict_decision_column(s->decisions[side], s->columns[i][side], NULL), "varies") == 0) return true;
  return false;
}

static void collect(rows *r, int64_t now) {
  for (size_t i = 0; i < r->s->column_count; i++) {
    if (!reads(r->s, i)) continue;
    r->cell_counts[r->read_count] = edict_comparison_cells(r->s->bench->comparison, r->s->column_types[i], now, r->cells[r->read_count], WORK_CELLS);
    r->read[r->read_count++] = i;
  }
}

static void lay(const rows *r) {
  for (int side = 0; side < 2; side++) {
    memset(r->s->desk->in[side], 0, r->s->widths[side] * sizeof(edict_cell));
    for (size_t k = 0; k < r->read_count; k++) {
      size_t column = r->s->columns[r->read[k]][side];
      if (column != SIZE_MAX) r->s->desk->in[side][column] = r->row[k];
    }
  }
}

/* Rows that may be shown in groups alone are what the host makes of them; here they count as shown. */
static edict_row of_side(const rows *r, int side) {
  work_stand *s = r->s;
  edict_row row;
  edict_status status = edict_decision_apply_row(s->decisions[side], s->desk->in[side], s->widths[side], s->desk->out[side], s->desk->memory, WORK_ROW_MEMORY, &row);
  return status == EDICT_OK ? row : EDICT_ROW_HIDDEN;
}

/* Hidden and withheld are one to whoever asks. To be erased is less than to be hidden; but what had to be kept and need not
 * be kept any more, or is kept in the place of erased, is neither more nor less. */
static diff_verdict compare_rows(edict_row old, edict_row new_) {
  if (old == new_) return DIFF_SAME;
  if (new_ == EDICT_ROW_SHOWN) return DIFF_OPENS;
  if (old == EDICT_ROW_SHOWN || (old == EDICT_ROW_HIDDEN && new_ == EDICT_ROW_ERASABLE)) return DIFF_CLOSES;
  return old == EDICT_ROW_ERASABLE || new_ == EDICT_ROW_ERASABLE ? DIFF_DIFFERS : DIFF_SAME;
}

static const char *row_word(edict_row row) {
  static const char *const words[] = {"hidden", "shown", "withheld", "erasable"};
  return words[row];
}

static const char *row_text(const rows *r, work_detail *d) {
  char text[2048];
  size_t n = (size_t)snprintf(text, sizeof text, "row {");
  bool any = false;
  for (size_t k = 0; k < r->read_count && n < sizeof text; k++) {
    char value[256];
    if (r->row[k].type == EDICT_CELL_NULL) continue;
    edict_cell_text(&r->row[k], value, sizeof value);
    n += (size_t)snprintf(text + n, sizeof text - n, "%s %s: %s", any ? "," : "", r->s->column_names[r->read[k]], value);
    any = true;
  }
  return work_text(d, "%s }", text);
}

/* The verdict on the row at hand; with `d` what is different of it is told. */
static diff_verdict ask_row(rows *r, work_detail *d, const char *whole) {
  work_stand *s = r->s;
  bool seen[DIFF_VERDICTS] = {false};
  lay(r);
  edict_row states[2] = {of_side(r, 0), of_side(r, 1)};
  diff_verdict v = compare_rows(states[0], states[1]);
  s->rows++;
  if (d && v != DIFF_SAME) work_detail_add(d, whole, row_word(states[0]), row_word(states[1]), v);
  if (states[0] != EDICT_ROW_SHOWN || states[1] != EDICT_ROW_SHOWN) return v;
  for (size_t i = 0; i < s->column_count; i++) {
    size_t a = s->columns[i][0], b = s->columns[i][1];
    if (!varies(s, i)) continue;
    bool no_more = b == SIZE_MAX || edict_decision_column_within(s->decisions[1], b, s->desk->in[1], s->decisions[0], a, s->desk->in[0]);
    bool no_less = a == SIZE_MAX || edict_decision_column_within(s->decisions[0], a, s->desk->in[0], s->decisions[1], b, s->desk->in[1]);
    v = no_more && no_less ? DIFF_SAME : no_more ? DIFF_CLOSES : no_less ? DIFF_OPENS : DIFF_DIFFERS;
    seen[v] = true;
    if (d && v != DIFF_SAME) work_detail_add(d, work_text(d, "column %s of %s", s->column_names[i], whole), "as before", diff_verdict_word(v), v);
  }
  return work_worst(seen);
}

/* Cells that the difference does not need become NULL. */
static void tell(rows *r, diff_verdict v, work_detail *d) {
  for (size_t k = 0; k < r->read_count; k++) {
    edict_cell was = r->row[k];
    r->row[k] = (edict_cell){.type = EDICT_CELL_NULL};
    if (ask_row(r, NULL, NULL) != v) r->row[k] = was;
  }
  (void)ask_row(r, d, row_text(r, d));
}

/* The row at hand is kept, so that it can be asked again. */
static void note(rows *r, diff_verdict v) {
  work_row *to = &r->s->found[v];
  *to = (work_row){.set = true};
  for (size_t k = 0; k < r->read_count && to->count < WORK_ROW_CELLS; k++) {
    if (r->row[k].type == EDICT_CELL_NULL) continue;
    const char *name = r->s->column_names[r->read[k]];
    to->names[to->count] = (edict_text){name, strlen(name)};
    to->cells[to->count++] = r->row[k];
  }
}

static void try_row(rows *r, work_detail *d, bool seen[DIFF_VERDICTS], bool told[DIFF_VERDICTS]) {
  diff_verdict v = ask_row(r, NULL, NULL);
  seen[v] = true;
  if (v != DIFF_SAME && !r->s->found[v].set) note(r, v);
  if (!d || v == DIFF_SAME || told[v]) return;
  edict_cell before[WORK_COLUMNS];
  memcpy(before, r->row, sizeof before);
  told[v] = true;
  tell(r, v, d);
  memcpy(r->row, before, sizeof before);
}

/* A row that was kept, as far as its columns are read here. */
static void take(rows *r, const work_row *from) {
  for (size_t k = 0; k < r->read_count; k++) {
    const char *name = r->s->column_names[r->read[k]];
    r->row[k] = (edict_cell){.type = EDICT_CELL_NULL};
    for (size_t i = 0; i < from->count; i++)
      if (strlen(name) == from->names[i].len && memcmp(name, from->names[i].ptr, from->names[i].len) == 0) r->row[k] = from->cells[i];
  }
}

/* The next combination; false after the last. */
static bool next(const rows *r, size_t at[WORK_COLUMNS]) {
  for (size_t k = 0; k < r->read_count; k++) {
    if (++at[k] < r->cell_counts[k]) return true;
    at[k] = 0;
  }
  return false;
}

/* ---- rows that come through ---- */

typedef struct score { unsigned good; } score;

/* A filter that lets the row through, and a time that is not over. */
static void count_good(void *user, const edict_condition *c) {
  score *s = user;
  if (strcmp(c->part, "where") == 0) s->good += c->holds == EDICT_HOLDS_YES;
  else if (strcmp(c->part, "after") == 0) s->good += c->holds == EDICT_HOLDS_NO;
}

static unsigned score_of(const rows *r, int side) {
  score s = {0};
  lay(r);
  if (of_side(r, side) == EDICT_ROW_SHOWN) return UINT32_MAX;
  (void)edict_decision_conditions(r->s->decisions[side], r->s->desk->in[side], r->s->widths[side], count_good, &s);
  return s.good;
}

/* Cell by cell the value that gets the row furthest on this side; false: it is not shown in the end. */
static bool climb(rows *r, int side) {
  unsigned best = score_of(r, side);
  for (int turn = 0; turn < 2 && best != UINT32_MAX; turn++)
    for (size_t k = 0; k < r->read_count && best != UINT32_MAX; k++) {
      edict_cell keep = r->row[k];
      for (size_t i = 0; i < r->cell_counts[k] && best != UINT32_MAX; i++) {
        r->row[k] = r->cells[k][i];
        unsigned one = score_of(r, side);
        if (one > best) {
          best = one;
          keep = r->row[k];
        }
      }
      r->row[k] = keep;
    }
  return best == UINT32_MAX;
}

/* Each cell of the row at hand changed by itself to each value. */
static void vary_each(rows *r, work_detail *d, bool seen[DIFF_VERDICTS], bool told[DIFF_VERDICTS]) {
  for (size_t k = 0; k < r->read_count; k++) {
    edict_cell was = r->row[k];
    for (size_t i = 0; i < r->cell_counts[k]; i++) {
      r->row[k] = r->cells[k][i];
      try_row(r, d, seen, told);
    }
    r->row[k] = was;
  }
}

/* One of the values of a cell that get the row furthest, by chance; how far. */
static unsigned move(rows *r, int side, size_t k, work_random *random) {
  unsigned best = 0;
  edict_cell keep = r->row[k];
  size_t like = 0;
  for (size_t i = 0; i < r->cell_counts[k]; i++) {
    r->row[k] = r->cells[k][i];
    unsigned one = score_of(r, side);
    like = one > best ? 1 : like + (one == best);
    if (one > best || (one == best && work_below(random, like) == 0)) keep = r->row[k];
    if (one > best) best = one;
  }
  r->row[k] = keep;
  return best;
}

/* Where no single cell gets it further, as where a filter needs two: from a row by chance, to any that is no worse. */
static bool wander(rows *r, int side, work_random *random) {
  enum { TURNS = 3 };
  for (size_t k = 0; k < r->read_count; k++) r->row[k] = r->cells[k][work_below(random, r->cell_counts[k])];
  for (int turn = 0; turn < TURNS; turn++)
    for (size_t k = 0; k < r->read_count; k++)
      if (move(r, side, k, random) == UINT32_MAX) return true;
  return false;
}

static void try_climbing(rows *r, work_random *random, work_detail *d, bool seen[DIFF_VERDICTS], bool told[DIFF_VERDICTS]) {
  for (int side = 0; side < 2; side++) {
    for (size_t k = 0; k < r->read_count; k++) r->row[k] = (edict_cell){.type = EDICT_CELL_NULL};
    if (!climb(r, side)) {
      try_row(r, d, seen, told);
      vary_each(r, d, seen, told);
      if (!wander(r, side, random)) continue;
    }
    try_row(r, d, seen, told);
    vary_each(r, d, seen, told);
  }
}

/* ---- all ---- */

static void try_kept(rows *r, const work_request *q, work_detail *d, bool seen[DIFF_VERDICTS], bool told[DIFF_VERDICTS]) {
  for (int v = 0; v < DIFF_VERDICTS; v++) {
    if (!q->rows[v].set) continue;
    take(r, &q->rows[v]);
    try_row(r, d, seen, told);
  }
}

void work_rows(work_stand *s, const work_request *q, size_t most, work_random *random, work_detail *d, bool seen[DIFF_VERDICTS]) {
  rows *r = s->desk->rows;
  bool told[DIFF_VERDICTS] = {false};
  size_t at[WORK_COLUMNS] = {0}, ways = 1;
  if (s->dataset[0] == SIZE_MAX || s->dataset[1] == SIZE_MAX) return;
  r->s = s;
  r->read_count = 0;
  collect(r, q->now);
  try_kept(r, q, d, seen, told);
  for (size_t k = 0; k < r->read_count && ways <= most; k++) ways *= r->cell_counts[k];
  bool all = ways <= most;
  if (!all && most >= WORK_ROWS_CLOSE) try_climbing(r, random, d, seen, told);
  for (size_t i = 0; i < (all ? ways : most); i++) {
    for (size_t k = 0; k < r->read_count; k++) r->row[k] = r->cells[k][all ? at[k] : work_below(random, r->cell_counts[k])];
    try_row(r, d, seen, told);
    if (all && !next(r, at)) return;
  }
}
