/* Table CSV: a table's text read record by record into cells; see table_csv.h.
 *
 * In: a declared table, CSV. Out: cells in the order of the table's columns, texts in one heap.
 * Invariant: with OK every cell is of its column's type, every key is there and no two rows have
 * the same. Room for cells and texts is taken once, from what the text can hold at most. A field
 * is decoded at the end of the heap and stays there only if its cell is a text. Findings name
 * the file, the line and the column; a field's text is in none of them. */
#include "policy/table_csv.h"

#include <stdarg.h>
#include <stdio.h>

#include "bundle/limits.h"
#include "bundle/order.h"
#include "policy/typed.h"

enum { FINDINGS_MOST = 100, LINES_MOST = 1 << 20, ADDRESS = 16 };

typedef struct field {
  edi_str text; /* at the end of the heap, not yet kept */
  size_t begin, end; /* in the file's text, without quotes */
  bool quoted;
  bool last; /* of its record */
} field;

typedef struct reader {
  edi_arena *arena;
  const edi_model *model;
  const edi_sym_table *table;
  edict_diagnostics *diagnostics;
  edi_str path, text;
  edi_source source; /* made for the first finding */
  size_t at;
  uint64_t line; /* of `at`, from 1 */
  size_t columns;
  size_t *column_of; /* by the number of a field */
  char *heap;
  size_t heap_used, heap_size;
  edi_tablecell *cells;
  uint64_t *lines; /* by row, for messages */
  uint64_t row_count, row_most;
  size_t errors;
  uint64_t odd_keys, odd_line; /* keys that nothing may be equal to: how many, and the line of the first */
  edict_status failed; /* MEMORY or LIMIT; OK otherwise */
  void (*tell)(void *user, const edi_table_csv_name *name); /* NULL: nobody asks for names */
  void *user;
} reader;

/* ---- findings ---- */

static bool is_full(const reader *r) { return r->errors >= FINDINGS_MOST; }

/* A source with the text's lines and nothing in them, so that a finding has a place and shows no
 * cell; none for a table of very many lines. */
static void make_source(reader *r) {
  size_t lines = 0;
  if (r->text.len > EDI_LIMIT_TABLE_FILE) return;
  for (size_t i = 0; i < r->text.len && lines <= LINES_MOST; i++) lines += r->text.ptr[i] == '\n';
  char *blank = lines <= LINES_MOST ? edi_arena_alloc(r->arena, lines) : NULL;
  if (!blank) return;
  memset(blank, '\n', lines);
  r->source = edi_diagnostics_source(r->diagnostics, r->path, (edi_str){blank, lines});
}

static edi_finding *report(reader *r, edi_code code, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static edi_finding *report(reader *r, edi_code code, uint64_t line, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0) text[0] = 0;
  if (r->errors++ == 0) make_source(r);
  if (r->source == EDI_SOURCE_NONE)
    return edi_diagnostics_add(r->diagnostics, code, EDI_SPAN_NONE, "", "%.*s, line %llu: %s",
                               EDI_STR_ARG(r->path), (unsigned long long)line, text);
  edi_span span = {r->source, (uint32_t)line - 1, (uint32_t)line - 1};
  return edi_diagnostics_add(r->diagnostics, code, span, "", "%s", text);
}

static const edi_sym_tablecol *column_at(const reader *r, size_t column) {
  bool key = column < r->table->key_count;
  return key ? &r->table->keys[column] : &r->table->values[column - r->table->key_count];
}

/* ---- CSV ---- */

static bool at_end(const reader *r) { return r->at == r->text.len; }

static bool take(reader *r, char c) {
  if (at_end(r) || r->text.ptr[r->at] != c) return false;
  r->at++;
  return true;
}

/* LF, CRLF or the end of the text. */
static bool take_line_end(reader *r) {
  if (at_end(r)) return true;
  size_t begin = r->at;
  take(r, '\r');
  if (take(r, '\n')) {
    r->line++;
    return true;
  }
  r->at = begin;
  return false;
}

static void skip_line(reader *r) {
  while (!at_end(r) && r->text.ptr[r->at] != '\n') r->at++;
  take_line_end(r);
}

static void keep_byte(reader *r, field *f) {
  char c = r->text.ptr[r->at++];
  if (c == '\n') r->line++;
  r->heap[r->heap_used + f->text.len++] = c;
}

/* quoted ::= '"' ( any but '"' | '""' )* '"' ; false: it is not closed */
static bool read_quoted(reader *r, field *f) {
  f->quoted = true;
  f->begin = ++r->at;
  while (!at_end(r)) {
    if (r->text.ptr[r->at] != '"') {
      keep_byte(r, f);
      continue;
    }
    f->end = r->at++;
    if (at_end(r) || r->text.ptr[r->at] != '"') return true;
    keep_byte(r, f);
  }
  return false;
}

static bool ends_field(const reader *r) {
  return at_end(r) || r->text.ptr[r->at] == ',' || r->text.ptr[r->at] == '\n' ||
         r->text.ptr[r->at] == '\r' || r->text.ptr[r->at] == '"';
}

/* field ::= quoted | ( any but ',' '"' CR LF )* ; false: reported, and the line was passed over */
static bool read_field(reader *r, size_t number, field *f) {
  uint64_t line = r->line;
  *f = (field){.text = {r->heap + r->heap_used, 0}, .begin = r->at};
  bool closed = true;
  if (!at_end(r) && r->text.ptr[r->at] == '"') closed = read_quoted(r, f);
  else {
    while (!ends_field(r)) keep_byte(r, f);
    f->end = r->at;
  }
  f->last = take_line_end(r);
  if (closed && (f->last || take(r, ','))) return true;
  bool stray = !closed || r->text.ptr[r->at] != '\r';
  report(r, stray ? EDI_E0606 : EDI_E0607, line, "field %zu %s", number + 1,
         !closed ? "has a quote that is not closed"
         : stray ? "has a quote where none may stand"
                 : "has a carriage return that ends no line");
  skip_line(r);
  return false;
}

/* ---- the header ---- */

static size_t find_column(const reader *r, edi_str name) {
  for (size_t i = 0; i < r->columns; i++)
    if (edi_str_equal(column_at(r, i)->name, name)) return i;
  return SIZE_MAX;
}

static void note_columns(const reader *r, edi_finding *finding) {
  edi_buf names;
  edi_buf_init(&names, r->arena->allocator, (size_t)EDI_LIMIT_TABLE_COLUMNS * (EDI_LIMIT_NAME + 2));
  for (size_t i = 0; i < r->columns; i++) {
    if (i > 0) edi_buf_text(&names, ", ");
    edi_buf_str(&names, column_at(r, i)->name);
  }
  if (names.failed == EDICT_OK && names.len > 0)
    edi_finding_note(finding, "the table's columns are %.*s", (int)names.len, names.ptr);
  edi_buf_fini(&names);
}

static void tell_name(const reader *r, bool heading, size_t column, const field *f, int64_t symbol) {
  edi_table_csv_name name = {heading, column, column_at(r, column)->type, (uint32_t)symbol, f->begin, f->end};
  if (r->tell) r->tell(r->user, &name);
}

static void read_heading(reader *r, size_t number, const field *f, bool *named) {
  size_t column = find_column(r, f->text);
  if (column == SIZE_MAX) {
    note_columns(r, report(r, EDI_E0603, 1, "field %zu names no column of %.*s", number + 1,
                           EDI_STR_ARG(r->table->name)));
    return;
  }
  if (named[column])
    report(r, EDI_E0604, 1, "column `%.*s` is named twice",
           EDI_STR_ARG(column_at(r, column)->name));
  named[column] = true;
  r->column_of[number] = column;
  tell_name(r, true, column, f, 0);
}

/* False: the rows cannot be read. */
static bool read_header(reader *r) {
  bool named[EDI_LIMIT_TABLE_COLUMNS] = {false};
  field f = {.last = at_end(r)};
  size_t number = 0;
  if (f.last) report(r, EDI_E0602, 1, "%s", "the line that names the columns is missing");
  for (; !f.last; number++) {
    if (!read_field(r, number, &f)) return false;
    if (number < r->columns) read_heading(r, number, &f, named);
  }
  if (number > r->columns)
    note_columns(r, report(r, EDI_E0603, 1, "it has %zu fields, %.*s has %zu columns", number,
                           EDI_STR_ARG(r->table->name), r->columns));
  for (size_t i = 0; i < r->columns && r->errors == 0; i++)
    if (!named[i])
      report(r, EDI_E0604, 1, "column `%.*s` is not named", EDI_STR_ARG(column_at(r, i)->name));
  return r->errors == 0;
}

/* ---- cells ---- */

static void keep_text(reader *r, edi_str text, edi_tablecell *cell) {
  if (text.len > 0) memmove(r->heap + r->heap_used, text.ptr, text.len);
  *cell = (edi_tablecell){EDI_TABLECELL_HEAP, (uint32_t)text.len, (int64_t)r->heap_used};
  r->heap_used += text.len;
}

static void keep_value(reader *r, edi_str text, const edi_fact_value *value, edi_tablecell *cell) {
  *cell = (edi_tablecell){EDI_TABLECELL_INLINE, 0, value->integer};
  switch (EDI_TYPE_BASE(value->type)) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID:
    case EDI_TYPE_NODE:
    case EDI_TYPE_LEVEL: keep_text(r, text, cell); return;
    case EDI_TYPE_IP: keep_text(r, value->text, cell); return;
    case EDI_TYPE_DECIMAL:
      cell->length = value->decimal.scale;
      cell->value = value->decimal.mantissa;
      return;
    case EDI_TYPE_DURATION:
      cell->length = value->duration.months != 0;
      cell->value = cell->length ? value->duration.months : value->duration.micros;
      return;
    default: return;
  }
}

static void report_type(reader *r, uint64_t line, const edi_sym_tablecol *column) {
  edi_buf expected;
  edi_buf_init(&expected, r->arena->allocator, 1024);
  edi_typed_describe(r->model, column->type, &expected);
  report(r, EDI_E0609, line, "column `%.*s` is %.*s", EDI_STR_ARG(column->name), (int)expected.len,
         expected.len ? expected.ptr : "");
  edi_buf_fini(&expected);
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Keys are compared byte by byte. A blank that was typed beside one, or what cannot be seen in it, makes another key of it. */
static bool is_odd(const field *f) {
  edi_str text = f->text;
  if (text.len > 0 && !f->quoted && (is_blank(text.ptr[0]) || is_blank(text.ptr[text.len - 1]))) return true;
  for (size_t at = 0; at < text.len;) {
    unsigned char c = (unsigned char)text.ptr[at];
    if (c >= 0x20 && c < 0x7F) at++;
    else if (edi_utf8_hidden(edi_utf8_next(text, &at))) return true;
  }
  return false;
}

static void look_at_key(reader *r, uint64_t line, const field *f) {
  if (!is_odd(f)) return;
  if (r->odd_keys++ == 0) r->odd_line = line;
}

/* One warning: what makes such keys makes many. */
static void warn_odd_keys(reader *r) {
  if (r->odd_keys == 0) return;
  edi_finding *finding = report(r, EDI_W0381, r->odd_line, "%s", "a key begins or ends with a blank, or holds what cannot be seen");
  r->errors = 0; /* it is none */
  if (r->odd_keys > 1) edi_finding_note(finding, "so do %llu more", (unsigned long long)(r->odd_keys - 1));
  edi_finding_why(finding, "keys are compared byte by byte, so that what is looked up without it is not found: a hold would hold nothing");
  edi_finding_fix(finding, false, "remove it, or put a key that is meant to have a blank in quotes");
}

static void read_value(reader *r, uint64_t line, size_t number, const field *f, edi_tablecell *cell) {
  const edi_sym_tablecol *column = column_at(r, number);
  unsigned base = EDI_TYPE_BASE(column->type);
  edi_fact_value value;
  if (f->text.len > EDI_LIMIT_STRING) {
    report(r, EDI_E0611, line, "column `%.*s` is longer than %d bytes", EDI_STR_ARG(column->name),
           EDI_LIMIT_STRING);
    return;
  }
  switch (edi_typed_read(r->arena, r->model, column->type, f->text, &value)) {
    case EDI_TYPED_OK:
    case EDI_TYPED_ABSTRACT: /* a key may stand for all that lies below it */
      if (number < r->table->key_count && (base == EDI_TYPE_STRING || base == EDI_TYPE_ID)) look_at_key(r, line, f);
      keep_value(r, f->text, &value, cell);
      if (base == EDI_TYPE_NODE || base == EDI_TYPE_LEVEL) tell_name(r, false, number, f, value.integer);
      return;
    case EDI_TYPED_SHAPE: report_type(r, line, column); return;
    case EDI_TYPED_UNKNOWN: {
      edi_buf type;
      edi_buf_init(&type, r->arena->allocator, 1024);
      edi_model_type_name(r->model, column->type, &type);
      report(r, EDI_E0610, line, "column `%.*s` names none of `%.*s`", EDI_STR_ARG(column->name),
             (int)type.len, type.len ? type.ptr : "");
      edi_buf_fini(&type);
      return;
    }
    case EDI_TYPED_MEMORY: r->failed = edi_arena_status(r->arena); return;
  }
}

static void read_cell(reader *r, uint64_t line, size_t column, const field *f) {
  edi_tablecell *cell = &r->cells[r->row_count * r->columns + column];
  *cell = (edi_tablecell){EDI_TABLECELL_ABSENT, 0, 0};
  if (f->text.len > 0 || f->quoted) read_value(r, line, column, f, cell);
  else if (column < r->table->key_count)
    report(r, EDI_E0608, line, "column `%.*s` is a key and empty",
           EDI_STR_ARG(column_at(r, column)->name));
}

static void read_row(reader *r) {
  uint64_t line = r->line;
  field f = {.last = false};
  size_t number = 0;
  for (; !f.last && r->failed == EDICT_OK; number++) {
    if (!read_field(r, number, &f)) return;
    if (number < r->columns) read_cell(r, line, r->column_of[number], &f);
  }
  if (number != r->columns)
    report(r, EDI_E0605, line, "it has %zu fields, the header has %zu", number, r->columns);
  r->lines[r->row_count++] = line;
}

static void read_rows(reader *r) {
  while (!at_end(r) && !is_full(r) && r->failed == EDICT_OK && r->row_count < r->row_most)
    read_row(r);
  if (is_full(r) && !at_end(r))
    report(r, EDI_E0613, r->line, "reading stops here, after %d findings", FINDINGS_MOST);
}

/* ---- keys ---- */

static int compare_cells(const reader *r, const edi_tablecell *a, const edi_tablecell *b) {
  if (a->kind == EDI_TABLECELL_HEAP)
    return edi_str_compare((edi_str){r->heap + a->value, a->length},
                           (edi_str){r->heap + b->value, b->length});
  if (a->length != b->length) return a->length < b->length ? -1 : 1;
  return a->value < b->value ? -1 : a->value > b->value;
}

static int compare_rows(const void *context, const void *a, const void *b) {
  const reader *r = context;
  const edi_tablecell *left = r->cells + *(const uint64_t *)a * r->columns;
  const edi_tablecell *right = r->cells + *(const uint64_t *)b * r->columns;
  for (size_t i = 0; i < r->table->key_count; i++) {
    int order = compare_cells(r, &left[i], &right[i]);
    if (order != 0) return order;
  }
  return 0;
}

/* The writer refuses equal keys too; here the lines are known. */
static void check_keys(reader *r) {
  uint64_t *order = edi_arena_array(r->arena, r->row_count, 2 * sizeof *order);
  if (!order) {
    r->failed = edi_arena_status(r->arena);
    return;
  }
  for (uint64_t i = 0; i < r->row_count; i++) order[i] = i;
  edi_order_sort(order, order + r->row_count, r->row_count, sizeof *order, compare_rows, r);
  for (uint64_t i = 1; i < r->row_count && !is_full(r); i++)
    if (compare_rows(r, &order[i - 1], &order[i]) == 0)
      report(r, EDI_E0614, r->lines[order[i]], "its key stands on line %llu already",
             (unsigned long long)r->lines[order[i - 1]]);
}

/* ---- the whole ---- */

static bool is_offered(edi_type type) {
  return !EDI_TYPE_IS_SET(type) && EDI_TYPE_BASE(type) != EDI_TYPE_NONE &&
         EDI_TYPE_BASE(type) <= EDI_TYPE_ID;
}

static bool check_table(reader *r) {
  for (size_t i = 0; i < r->columns; i++)
    if (!is_offered(column_at(r, i)->type) || !edi_typed_is_known(r->model, column_at(r, i)->type))
      report(r, EDI_E0612, 1, "column `%.*s` is of a type that tables do not hold",
             EDI_STR_ARG(column_at(r, i)->name));
  if (r->columns > EDI_LIMIT_TABLE_COLUMNS || r->table->key_count == 0)
    report(r, EDI_E0612, 1, "%.*s has no key, or more than %d columns", EDI_STR_ARG(r->table->name),
           EDI_LIMIT_TABLE_COLUMNS);
  return r->errors == 0;
}

/* The line of the first byte that is no text; 0 if all are. */
static uint64_t bad_line(edi_str text) {
  uint64_t line = 1;
  for (size_t at = 0; at < text.len;) {
    uint32_t point = edi_utf8_next(text, &at);
    if (point == 0 || point == UINT32_MAX) return line;
    line += point == '\n';
  }
  return 0;
}

static bool check_text(reader *r) {
  if (r->text.len > EDI_LIMIT_TABLE_FILE) {
    report(r, EDI_E0600, 1, "the file is larger than %d bytes", EDI_LIMIT_TABLE_FILE);
    return false;
  }
  uint64_t line = bad_line(r->text);
  if (line > 0) report(r, EDI_E0601, line, "%s", "it is not UTF-8 text");
  return line == 0;
}

/* A row takes at least a line end, a byte of text at most a byte of heap; addresses need more. */
static bool allocate(reader *r) {
  size_t lines = 1, addresses = 0, grown = 0;
  for (size_t i = 0; i < r->text.len; i++) lines += r->text.ptr[i] == '\n';
  for (size_t i = 0; i < r->columns; i++)
    addresses += EDI_TYPE_BASE(column_at(r, i)->type) == EDI_TYPE_IP;
  r->row_most = lines;
  if (!edi_size_mul(lines, addresses * ADDRESS, &grown) ||
      !edi_size_add(grown, r->text.len, &r->heap_size))
    return false;
  r->heap = edi_arena_alloc(r->arena, r->heap_size);
  r->cells = edi_arena_array(r->arena, lines, r->columns * sizeof *r->cells);
  r->lines = EDI_NEW_ARRAY(r->arena, uint64_t, lines);
  r->column_of = EDI_NEW_ARRAY(r->arena, size_t, r->columns);
  return r->heap && r->cells && r->lines && r->column_of;
}

static void read_all(reader *r) {
  if (!check_table(r) || !check_text(r)) return;
  if (!allocate(r)) {
    r->failed = edi_arena_status(r->arena);
    return;
  }
  if (edi_str_starts(r->text, EDI_STR("\xEF\xBB\xBF"))) r->at = 3;
  if (!read_header(r)) return;
  read_rows(r);
  if (r->errors == 0 && r->failed == EDICT_OK) check_keys(r);
  if (r->errors == 0 && r->failed == EDICT_OK) warn_odd_keys(r);
}

static bool give(reader *r, edi_table_rows *rows) {
  *rows = (edi_table_rows){.key_count = (uint32_t)r->table->key_count,
                           .value_count = (uint32_t)r->table->value_count,
                           .cells = r->cells,
                           .row_count = r->row_count,
                           .heap = {r->heap, r->heap_used}};
  rows->types = EDI_NEW_ARRAY(r->arena, uint32_t, 2 * r->columns);
  if (!rows->types) return false;
  for (size_t i = 0; i < r->columns; i++) rows->types[2 * i] = EDI_TYPE_BASE(column_at(r, i)->type);
  return true;
}

edict_status edi_table_csv_read(edi_arena *arena, const edi_model *model,
                                const edi_sym_table *table, edi_str path, edi_str text,
                                edi_table_rows *rows, edict_diagnostics *diagnostics) {
  reader r = {.arena = arena,
              .model = model,
              .table = table,
              .diagnostics = diagnostics,
              .path = path,
              .text = text,
              .source = EDI_SOURCE_NONE,
              .line = 1,
              .columns = table->key_count + table->value_count};
  *rows = (edi_table_rows){0};
  read_all(&r);
  if (r.failed != EDICT_OK) return r.failed;
  if (r.errors > 0) return EDICT_FINDINGS;
  return give(&r, rows) ? EDICT_OK : edi_arena_status(arena);
}

edict_status edi_table_csv_names(edi_arena *arena, const edi_model *model, const edi_sym_table *table, edi_str text,
                                 void (*tell)(void *user, const edi_table_csv_name *name), void *user) {
  reader r = {.arena = arena, .model = model, .table = table, .text = text, .source = EDI_SOURCE_NONE, .line = 1,
              .columns = table->key_count + table->value_count, .tell = tell, .user = user};
  read_all(&r);
  return r.failed != EDICT_OK ? r.failed : r.errors > 0 ? EDICT_FINDINGS : EDICT_OK;
}

edict_status edi_table_csv_write(edi_arena *arena, const edi_model *model,
                                 const edi_sym_table *table, edi_str path, edi_str text,
                                 edi_buf *into, edict_diagnostics *diagnostics) {
  edi_table_rows rows;
  edict_status status = edi_table_csv_read(arena, model, table, path, text, &rows, diagnostics);
  if (status != EDICT_OK) return status;
  return edi_tablefile_write(arena, rows.types, rows.key_count, rows.value_count, rows.cells,
                             rows.row_count, rows.heap, into, diagnostics);
}
