/* Rows: see the header. */
#include "workbench/rows.h"

#include "workbench/csv.h"

enum { ROW_BYTES = 4 * 1024 * 1024, TICK_ROWS = 256 };

/* ---- all formats ---- */

uint64_t rows_unfit(const rows_job *job, size_t column) {
  if (job->events) return edict_events_unfit(job->events, column);
  return job->failed && column < edict_product_column_count(job->product, job->dataset) ? job->failed[column] : 0;
}

void rows_close(rows_job *job) {
  edict_events_destroy(&job->events);
  if (job->failed) edi_arena_fini(&job->arena);
  job->failed = NULL;
}

static rows_result start(rows_job *job) {
  const edict_events_options options = {.size = sizeof options, .most = ROW_BYTES};
  job->rows_in = job->rows_out = job->bad = job->line = 0;
  job->why = "";
  if (!job->events) job->status = edict_events_create(job->decision, &options, &job->events);
  return job->status == EDICT_OK ? ROWS_DONE : ROWS_FAILED;
}

static bool goes_on(rows_job *job) { return job->rows_in % TICK_ROWS || !job->tick || job->tick(job->user); }

/* A row that is none. */
static rows_result spoilt(rows_job *job, const char *why) {
  job->why = why;
  if (!job->skips_bad) return ROWS_BAD;
  job->bad++;
  return ROWS_DONE;
}

/* What a status of a row means for the work: what is wrong with the row, or with everything. */
static rows_result judge(rows_job *job, edict_status status, const char *why) {
  if (status == EDICT_OK) return ROWS_DONE;
  if (status == EDICT_FORMAT || status == EDICT_LIMIT) return spoilt(job, why);
  job->status = status;
  job->why = why;
  return ROWS_FAILED;
}

/* ---- CSV ---- */

typedef struct csv_job {
  rows_job *job;
  csv_reader csv;
  edi_arena arena;
  size_t columns, width;  /* of the dataset; fields of each row */
  size_t *place_of;       /* by column: its field, SIZE_MAX: none */
  size_t *shown;          /* columns that come out, in the order of the file */
  size_t shown_count;
  edict_text *in, *out;   /* by column */
  edi_buf line;
  bool crlf;
} csv_job;

static bool belongs(const csv_job *c, size_t column, size_t field) {
  edi_str name = csv_text(&c->csv, field);
  return edict_product_column_is(c->job->product, c->job->dataset, column, (edict_text){name.ptr, name.len});
}

/* Why the header cannot be one; NULL: it can. */
static const char *place_columns(csv_job *c) {
  size_t found = 0;
  for (size_t column = 0; column < c->columns; column++) {
    c->place_of[column] = SIZE_MAX;
    for (size_t field = 0; field < c->width; field++) {
      if (!belongs(c, column, field)) continue;
      if (c->place_of[column] != SIZE_MAX) return "the header names one column twice";
      c->place_of[column] = field;
      found++;
    }
  }
  return found ? NULL : "the header names no column of the dataset";
}

/* The columns that are asked for and there, by their fields. */
static void choose_columns(csv_job *c) {
  for (size_t field = 0; field < c->width; field++)
    for (size_t column = 0; column < c->columns; column++)
      if (c->place_of[column] == field && !edict_decision_drops(c->job->decision, column)) c->shown[c->shown_count++] = column;
}

static bool put_line(csv_job *c) {
  edi_buf_text(&c->line, c->crlf ? "\r\n" : "\n");
  if (c->line.failed != EDICT_OK) c->job->status = c->line.failed;
  return c->line.failed == EDICT_OK && sink_put(c->job->out, c->line.ptr, c->line.len);
}

static rows_result unput(const rows_job *job) { return job->out->error ? ROWS_UNWRITTEN : ROWS_FAILED; }

static rows_result put_header(csv_job *c) {
  edict_column_info info;
  c->line.len = 0;
  for (size_t i = 0; i < c->shown_count; i++) {
    if (edict_product_column_info(c->job->product, c->job->dataset, c->shown[i], &info) != EDICT_OK) return ROWS_FAILED;
    if (i) edi_buf_char(&c->line, c->job->delimiter);
    csv_put(&c->line, edi_str_from(info.name), c->job->delimiter, info.name[0] == '\0');
  }
  return put_line(c) ? ROWS_DONE : unput(c->job);
}

/* NULL is written as it is read, and a text that looks like it in quotes. */
static rows_result put_row(csv_job *c) {
  const edi_str null_text = edi_str_from(c->job->null_text);
  c->line.len = 0;
  for (size_t i = 0; i < c->shown_count; i++) {
    const edict_text *t = &c->out[c->shown[i]];
    edi_str text = t->ptr ? (edi_str){t->ptr, t->len} : null_text;
    if (i) edi_buf_char(&c->line, c->job->delimiter);
    /* A row of one empty field would be an empty line, which is none. */
    bool quote = t->ptr ? edi_str_equal(text, null_text) : false;
    csv_put(&c->line, text, c->job->delimiter, quote);
  }
  c->job->rows_out++;
  return put_line(c) ? ROWS_DONE : unput(c->job);
}

static rows_result one_row(csv_job *c) {
  const edi_str null_text = edi_str_from(c->job->null_text);
  edict_row row;
  const char *why = "";
  if (c->csv.count != c->width) return spoilt(c->job, "it has another number of fields than the header");
  for (size_t column = 0; column < c->columns; column++) {
    size_t field = c->place_of[column];
    c->in[column] = (edict_text){NULL, 0};
    if (field == SIZE_MAX) continue;
    edi_str text = csv_text(&c->csv, field);
    if (c->csv.fields[field].quoted || !edi_str_equal(text, null_text)) c->in[column] = (edict_text){text.ptr, text.len};
  }
  edict_status status = edict_events_apply_texts(c->job->events, c->in, c->columns, &row, c->out, &why);
  if (status != EDICT_OK) return judge(c->job, status, why);
  return row == EDICT_ROW_SHOWN ? put_row(c) : ROWS_DONE;
}

static rows_result from_csv(rows_job *job, const csv_reader *csv, csv_result result) {
  job->line = csv->line;
  job->why = result == CSV_BAD ? csv->why : "";
  return result == CSV_BAD ? ROWS_BAD : result == CSV_FAILED ? ROWS_UNREAD : ROWS_DONE;
}

/* The first row names the columns. */
static rows_result read_header(csv_job *c) {
  csv_result result = csv_next(&c->csv);
  rows_result so_far = from_csv(c->job, &c->csv, result);
  if (so_far != ROWS_DONE) return so_far;
  if (result == CSV_END) {
    c->job->line = 1;
    c->job->why = "there is no header";
    return ROWS_BAD;
  }
  c->width = c->csv.count;
  c->csv.single = c->width == 1;
  c->crlf = c->csv.crlf;
  c->columns = edict_product_top_column_count(c->job->product, c->job->dataset);
  c->place_of = EDI_NEW_ARRAY(&c->arena, size_t, c->columns);
  c->shown = EDI_NEW_ARRAY(&c->arena, size_t, c->columns);
  c->in = EDI_NEW_ARRAY(&c->arena, edict_text, c->columns);
  c->out = EDI_NEW_ARRAY(&c->arena, edict_text, c->columns);
  if (!c->place_of || !c->shown || !c->in || !c->out) {
    c->job->status = EDICT_MEMORY;
    return ROWS_FAILED;
  }
  const char *why = place_columns(c);
  if (why) c->job->why = why;
  if (why) return ROWS_BAD;
  choose_columns(c);
  return put_header(c);
}

static rows_result csv_rows(csv_job *c) {
  rows_result result = read_header(c);
  while (result == ROWS_DONE) {
    if (!goes_on(c->job)) return ROWS_STOPPED;
    csv_result read = csv_next(&c->csv);
    result = from_csv(c->job, &c->csv, read);
    if (result != ROWS_DONE || read == CSV_END) return result;
    c->job->rows_in++;
    result = one_row(c);
  }
  return result;
}

rows_result rows_csv(rows_job *job) {
  csv_job c = {.job = job};
  rows_result result = start(job);
  if (result != ROWS_DONE) return result;
  csv_init(&c.csv, job->in, job->delimiter, ROW_BYTES);
  edi_arena_init(&c.arena, NULL, (size_t)16 << 20);
  edi_buf_init(&c.line, NULL, (size_t)2 * ROW_BYTES + 65536);
  result = csv_rows(&c);
  csv_fini(&c.csv);
  edi_buf_fini(&c.line);
  edi_arena_fini(&c.arena);
  return result;
}

/* ---- JSON lines ---- */

/* One line without its end; false: there is none, or it is too long, which is said in *long_line. */
static bool next_line(rows_job *job, edi_buf *line, bool *long_line) {
  line->len = 0;
  line->failed = EDICT_OK;
  *long_line = false;
  if (!intake_ready(job->in)) return false;
  job->line++;
  while (intake_ready(job->in)) {
    intake *in = job->in;
    const char *from = in->bytes + in->at, *end = memchr(from, '\n', in->length - in->at);
    size_t length = end ? (size_t)(end - from) : in->length - in->at;
    if (!*long_line) edi_buf_append(line, from, length);
    *long_line = *long_line || line->failed != EDICT_OK;
    in->at += length + (end != NULL);
    if (end) break;
  }
  return job->in->error == 0;
}

/* A byte order mark before the first line says nothing. */
static void drop_mark(edi_buf *line) {
  if (line->len < 3 || memcmp(line->ptr, "\xEF\xBB\xBF", 3) != 0) return;
  line->len -= 3;
  memmove(line->ptr, line->ptr + 3, line->len);
}

static bool is_blank(const edi_buf *line) {
  for (size_t i = 0; i < line->len; i++)
    if (line->ptr[i] != ' ' && line->ptr[i] != '\t' && line->ptr[i] != '\r') return false;
  return true;
}

static rows_result one_event(rows_job *job, const edi_buf *line) {
  edict_row row;
  edict_text out;
  const char *why = "";
  edict_status status = edict_events_apply(job->events, line->ptr, line->len, &row, &out, &why);
  if (status != EDICT_OK) return judge(job, status, why);
  if (row != EDICT_ROW_SHOWN) return ROWS_DONE;
  job->rows_out++;
  return sink_put(job->out, out.ptr, out.len) && sink_put(job->out, "\n", 1) ? ROWS_DONE : ROWS_UNWRITTEN;
}

static rows_result json_rows(rows_job *job, edi_buf *line) {
  bool long_line;
  rows_result result = ROWS_DONE;
  while (result == ROWS_DONE) {
    if (!goes_on(job)) return ROWS_STOPPED;
    if (!next_line(job, line, &long_line)) return job->in->error ? ROWS_UNREAD : ROWS_DONE;
    if (job->line == 1) drop_mark(line);
    if (!long_line && is_blank(line)) continue;
    job->rows_in++;
    result = long_line ? spoilt(job, "it is too long") : one_event(job, line);
  }
  return result;
}

rows_result rows_json(rows_job *job) {
  edi_buf line;
  rows_result result = start(job);
  if (result != ROWS_DONE) return result;
  edi_buf_init(&line, NULL, ROW_BYTES);
  result = json_rows(job, &line);
  edi_buf_fini(&line);
  return result;
}
