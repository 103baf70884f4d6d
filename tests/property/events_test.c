/* Events: what comes out of an event, and of a row of texts, is what the same row gives as cells: random rules, contracts
 * and rows. What is written here is written by this file, from the cells that edict_decision_apply_row gives.
 *
 * EDICT_SEED and EDICT_ROUNDS choose where to start and how long to go on. */
#include "harness.h"

#include "eval/vm.h"
#include "support/random_world.h"

enum { REQUESTS = 24, ROWS = 12, COLUMNS_MOST = 64, ROUNDS = 60 };

typedef struct counts { uint64_t rows, shown, masked, unfit; } counts;

/* ---- a row, written down ---- */

static void put_number(edi_buf *out, const edict_cell *c) {
  edi_decimal d;
  if (c->type != EDICT_CELL_DECIMAL) edi_buf_format(out, "%lld", (long long)c->integer);
  else if (edi_decimal_make(c->integer, c->scale, &d)) edi_decimal_format(out, d);
}

static bool is_text(const edict_cell *c) { return c->type == EDICT_CELL_TEXT && edi_utf8_valid((edi_str){c->ptr, c->len}); }

/* `json`: with quotes and escapes; else as it is. Nothing for NULL. */
static void put_cell(edi_buf *out, const edict_cell *c, bool json) {
  bool quoted = json && (c->type == EDICT_CELL_TEXT || c->type == EDICT_CELL_DATE || c->type == EDICT_CELL_TIMESTAMP);
  if (is_text(c) && json) {
    edi_json_string(out, (edi_str){c->ptr, c->len});
    return;
  }
  if (quoted) edi_buf_char(out, '"');
  if (c->type == EDICT_CELL_TEXT) edi_buf_append(out, c->ptr, c->len);
  else if (c->type == EDICT_CELL_DATE) edi_date_format(out, c->integer);
  else if (c->type == EDICT_CELL_TIMESTAMP) edi_timestamp_format(out, c->integer);
  else if (c->type == EDICT_CELL_BOOL) edi_buf_text(out, c->integer ? "true" : "false");
  else if (c->type == EDICT_CELL_INT || c->type == EDICT_CELL_DECIMAL) put_number(out, c);
  else if (json) edi_buf_text(out, "null");
  if (quoted) edi_buf_char(out, '"');
}

typedef struct row_case {
  edict_decision *decision;
  const edi_bound_dataset *dataset;
  edict_cell in[COLUMNS_MOST], out[COLUMNS_MOST];
  edict_row row;
} row_case;

static edi_str physical(const row_case *k, size_t c) {
  return edi_str_from(k->decision->product->columns[k->dataset - k->dataset->product->datasets][c].physical_name);
}

/* ---- events ---- */

/* In an order of its own; what a text cannot say is an array, or a number, that is of no column's type. */
static void write_event(random_source *r, const row_case *k, edi_buf *out) {
  size_t count = k->dataset->column_count, first = random_below(r, count);
  edi_buf_text(out, "{\"undeclared\":[{}],");
  for (size_t i = 0; i < count; i++) {
    size_t c = (i + first) % count;
    const edict_cell *cell = &k->in[c];
    if (cell->type == EDICT_CELL_NULL && random_below(r, 2)) continue;
    edi_json_string(out, random_below(r, 2) ? physical(k, c) : k->dataset->columns[c].name);
    edi_buf_char(out, ':');
    if (cell->type == EDICT_CELL_TEXT && !is_text(cell)) edi_buf_text(out, k->dataset->columns[c].base ? "[1]" : "1e999");
    else put_cell(out, cell, true);
    edi_buf_char(out, ',');
  }
  edi_buf_text(out, "\"\":0}");
}

static void write_expected(const row_case *k, edi_buf *out) {
  bool first = true;
  if (k->row != EDICT_ROW_SHOWN) return;
  edi_buf_char(out, '{');
  for (size_t c = 0; c < k->dataset->column_count; c++) {
    if (edict_decision_drops(k->decision, c)) continue;
    if (strcmp(edict_decision_column(k->decision, c, NULL), "varies") == 0 && k->out[c].type == EDICT_CELL_NULL) return; /* dropped, or NULL */
    if (!first) edi_buf_char(out, ',');
    first = false;
    edi_json_string(out, k->dataset->columns[c].name);
    edi_buf_char(out, ':');
    put_cell(out, &k->out[c], true);
  }
  edi_buf_char(out, '}');
}

static bool event_agrees(edict_events *events, random_source *r, const row_case *k, counts *n) {
  static char in_room[65536], out_room[65536];
  edi_buf in = edi_buf_fixed(in_room, sizeof in_room), expected = edi_buf_fixed(out_room, sizeof out_room);
  edict_row row;
  edict_text out;
  const char *why = "";
  write_event(r, k, &in);
  write_expected(k, &expected);
  edict_status status = edict_events_apply(events, in.ptr, in.len, &row, &out, &why);
  bool whole = k->row != EDICT_ROW_SHOWN || (expected.len && expected.ptr[expected.len - 1] == '}');
  bool ok = status == EDICT_OK && row == k->row && (!whole || edi_str_equal((edi_str){out.ptr, out.len}, (edi_str){expected.ptr, expected.len}));
  n->rows++;
  n->shown += row == EDICT_ROW_SHOWN;
  if (!ok) printf("# %.*s\n# gives %s %d %.*s\n# not %.*s\n", (int)in.len, in.ptr, why, row, (int)out.len, out.len ? out.ptr : "", (int)expected.len, expected.ptr);
  return ok;
}

/* The same row as texts: what a text does not say of its type is read by the column. */
static bool texts_agree(edict_events *events, row_case *k, counts *n) {
  static char room[COLUMNS_MOST][2][128], memory[65536];
  edict_text in[COLUMNS_MOST], out[COLUMNS_MOST];
  size_t count = k->dataset->column_count;
  edict_row row;
  const char *why = "";
  for (size_t c = 0; c < count; c++) {
    edi_buf text = edi_buf_fixed(room[c][0], sizeof room[c][0]);
    edict_cell *cell = &k->in[c];
    unsigned base = k->dataset->columns[c].base;
    put_cell(&text, cell, false);
    in[c] = cell->type == EDICT_CELL_NULL ? (edict_text){NULL, 0} : (edict_text){text.ptr, text.len};
    bool number = cell->type == EDICT_CELL_INT || cell->type == EDICT_CELL_BOOL;
    if (cell->type != EDICT_CELL_NULL && !(number && (base == EDI_TYPE_INT || base == EDI_TYPE_BOOL)))
      *cell = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = text.ptr, .len = text.len};
    if (cell->type == EDICT_CELL_TEXT && (base == EDI_TYPE_INT || base == EDI_TYPE_BOOL)) return true; /* may be read as one */
    if (base == EDI_TYPE_INT && cell->type == EDICT_CELL_BOOL) return true;
  }
  if (edict_decision_apply_row(k->decision, k->in, count, k->out, memory, sizeof memory, &k->row) != EDICT_OK) return false;
  if (edict_events_apply_texts(events, in, count, &row, out, &why) != EDICT_OK || row != k->row) return false;
  for (size_t c = 0; c < count; c++) {
    edi_buf text = edi_buf_fixed(room[c][1], sizeof room[c][1]);
    if (k->row == EDICT_ROW_SHOWN) put_cell(&text, &k->out[c], false);
    if (out[c].len != text.len || (text.len && memcmp(out[c].ptr, text.ptr, text.len) != 0)) {
      printf("# column %zu: %.*s gives %.*s, not %.*s\n", c, (int)in[c].len, in[c].ptr, (int)out[c].len, out[c].ptr ? out[c].ptr : "", (int)text.len, text.ptr);
      return false;
    }
    n->masked += out[c].len && !(in[c].len == out[c].len && memcmp(in[c].ptr, out[c].ptr, in[c].len) == 0);
  }
  return true;
}

/* ---- worlds ---- */

static bool one_row(edict_decision *d, edict_events *events, random_source *r, counts *n) {
  static char memory[65536];
  row_case k = {.decision = d, .dataset = d->plan->dataset};
  edict_column_info info;
  size_t count = k.dataset->column_count, dataset = (size_t)(k.dataset - k.dataset->product->datasets);
  for (size_t c = 0; c < count; c++) {
    if (edict_product_column_info(d->product, dataset, c, &info) != EDICT_OK) return false;
    k.in[c] = random_cell(r, info.type);
    for (size_t other = 0; other < c; other++) /* the same data, once */
      if (edi_str_equal(physical(&k, other), physical(&k, c))) k.in[c] = k.in[other];
  }
  edict_status status = edict_decision_apply_row(d, k.in, count, k.out, memory, sizeof memory, &k.row);
  if (status == EDICT_UNSUPPORTED) return true;
  return status == EDICT_OK && event_agrees(events, r, &k, n) && texts_agree(events, &k, n);
}

static bool one_request(random_world *w, random_source *r, counts *n) {
  random_attributes subject, context;
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  edict_events *events = NULL;
  uint32_t columns[COLUMNS_MOST];
  random_subject(r, &subject);
  random_context(r, &context);
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .dataset = random_below(r, 2), .columns = columns,
                           .context = context.items, .context_count = context.count, .now = random_now(r)};
  size_t all = edict_product_column_count(w->product, request.dataset);
  for (uint32_t c = 0; c < all && c < COLUMNS_MOST; c++)
    if (random_below(r, 4)) columns[request.column_count++] = c;
  bool ok = all <= COLUMNS_MOST &&
            edict_session_create_hypothetical(w->engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, subject.items, subject.count, &session,
                                              w->diagnostics) == EDICT_OK &&
            edict_decision_create(w->product, &decision) == EDICT_OK && edict_events_create(decision, NULL, &events) == EDICT_OK &&
            edict_decide(decision, session, &request) == EDICT_OK;
  for (int i = 0; ok && i < ROWS; i++) ok = one_row(decision, events, r, n);
  edict_events_destroy(&events);
  edict_decision_destroy(&decision);
  edict_session_destroy(&session);
  return ok;
}

static bool one_world(uint64_t seed, counts *n) {
  random_world w = {.seed = seed, .about_rows = seed % 2 == 0};
  random_source r = {seed * 1000003 + 7};
  bool ok = random_world_make(&w, &r) && random_world_start(&w);
  for (int i = 0; ok && w.product && i < REQUESTS; i++) ok = one_request(&w, &r, n);
  if (!ok) random_world_show(&w, "an event is not its row");
  random_world_end(&w);
  return ok;
}

TEST(an_event_is_its_row) {
  const char *first = getenv("EDICT_SEED"), *rounds = getenv("EDICT_ROUNDS");
  uint64_t seed = first ? strtoull(first, NULL, 10) : 1, end = seed + (rounds ? strtoull(rounds, NULL, 10) : ROUNDS);
  counts n = {0};
  bool ok = true;
  for (; ok && seed < end; seed++) CHECK(ok = one_world(seed, &n));
  printf("# %llu rows, %llu shown, %llu values masked\n", (unsigned long long)n.rows, (unsigned long long)n.shown, (unsigned long long)n.masked);
  if (first) return;
  CHECK(n.shown * 20 > n.rows && n.masked > 200);
}

HARNESS_MAIN
