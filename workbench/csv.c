/* CSV: see the header. Runs of plain bytes are copied at once; the rest is a byte at a time. */
#include "workbench/csv.h"

enum { FIELDS_MOST = 65536 };

void csv_init(csv_reader *csv, intake *in, char delimiter, size_t most) {
  *csv = (csv_reader){.in = in, .delimiter = delimiter, .most = most, .next_line = 1};
  edi_buf_init(&csv->text, NULL, most);
  edi_arena_init(&csv->arena, NULL, (size_t)16 << 20);
}

void csv_fini(csv_reader *csv) {
  edi_buf_fini(&csv->text);
  edi_arena_fini(&csv->arena);
}

static csv_result bad(csv_reader *csv, const char *why) {
  csv->why = why;
  return CSV_BAD;
}

/* The next byte, -1 at the end or after a failure. */
static int peek(csv_reader *csv) { return intake_ready(csv->in) ? (unsigned char)csv->in->bytes[csv->in->at] : -1; }

static bool take(csv_reader *csv, char c) {
  if (peek(csv) != (unsigned char)c) return false;
  csv->in->at++;
  return true;
}

static bool add_field(csv_reader *csv, size_t begin, bool quoted) {
  void *fields = csv->fields;
  if (csv->count == FIELDS_MOST || !edi_arena_regrow(&csv->arena, &fields, &csv->capacity, csv->count, sizeof *csv->fields)) return false;
  csv->fields = fields;
  csv->fields[csv->count++] = (csv_field){begin, csv->text.len - begin, quoted};
  return true;
}

/* Bytes up to one of those that end a run. */
static void copy_run(csv_reader *csv, bool quoted) {
  const intake *in = csv->in;
  size_t end = in->at;
  while (end < in->length) {
    char c = in->bytes[end];
    if (c == '"' || (!quoted && (c == csv->delimiter || c == '\n' || c == '\r'))) break;
    if (quoted && c == '\n') csv->next_line++;
    end++;
  }
  edi_buf_append(&csv->text, in->bytes + in->at, end - in->at);
  csv->in->at = end;
}

/* The opening quote has been taken. */
static csv_result read_quoted(csv_reader *csv) {
  for (;;) {
    if (peek(csv) < 0) return csv->in->error ? CSV_FAILED : bad(csv, "a quote is not closed");
    copy_run(csv, true);
    if (csv->text.failed != EDICT_OK) return bad(csv, "it is too long");
    if (!take(csv, '"')) continue;
    if (!take(csv, '"')) return CSV_ROW;
    edi_buf_char(&csv->text, '"');
  }
}

static csv_result read_plain(csv_reader *csv) {
  int c;
  while ((c = peek(csv)) >= 0 && c != (unsigned char)csv->delimiter && c != '\n' && c != '\r') {
    if (c == '"') return bad(csv, "it has a quote inside of a field without quotes");
    copy_run(csv, false);
    if (csv->text.failed != EDICT_OK) return bad(csv, "it is too long");
  }
  return csv->in->error ? CSV_FAILED : CSV_ROW;
}

/* What stands after a field; *more: another one does. */
static csv_result end_field(csv_reader *csv, bool *more) {
  *more = take(csv, csv->delimiter);
  if (*more) return CSV_ROW;
  csv->crlf = take(csv, '\r');
  if (take(csv, '\n')) {
    csv->next_line++;
    return CSV_ROW;
  }
  int c = peek(csv);
  if (csv->in->error) return CSV_FAILED;
  if (csv->crlf) return bad(csv, "it has a carriage return that ends no line");
  return c < 0 ? CSV_ROW : bad(csv, "something stands after a closing quote");
}

static csv_result read_row(csv_reader *csv) {
  csv_result result = CSV_ROW;
  csv->count = csv->text.len = 0;
  csv->line = csv->next_line;
  for (bool more = true; more && result == CSV_ROW;) {
    size_t begin = csv->text.len;
    bool quoted = take(csv, '"');
    result = quoted ? read_quoted(csv) : read_plain(csv);
    if (result == CSV_ROW && !add_field(csv, begin, quoted)) result = bad(csv, "it has too many fields");
    if (result == CSV_ROW) result = end_field(csv, &more);
  }
  return result;
}

/* A mark that is cut in two is what it is: bytes of a field. */
static void pass_mark(csv_reader *csv) {
  intake *in = csv->in;
  if (csv->next_line == 1 && in->at == 0 && in->length >= 3 && memcmp(in->bytes, "\xEF\xBB\xBF", 3) == 0) in->at = 3;
}

csv_result csv_next(csv_reader *csv) {
  for (;;) {
    if (peek(csv) < 0) return csv->in->error ? CSV_FAILED : CSV_END;
    if (csv->line == 0) pass_mark(csv);
    if (peek(csv) < 0) return csv->in->error ? CSV_FAILED : CSV_END;
    csv_result result = read_row(csv);
    bool nothing = csv->count == 1 && csv->fields[0].length == 0 && !csv->fields[0].quoted;
    if (result != CSV_ROW || !nothing || csv->single) return result;
  }
}

void csv_put(edi_buf *out, edi_str s, char delimiter, bool quote) {
  for (size_t i = 0; i < s.len && !quote; i++) quote = s.ptr[i] == '"' || s.ptr[i] == delimiter || s.ptr[i] == '\n' || s.ptr[i] == '\r';
  if (!quote) {
    edi_buf_str(out, s);
    return;
  }
  edi_buf_char(out, '"');
  for (size_t begin = 0, at = 0;; at++) {
    if (at < s.len && s.ptr[at] != '"') continue;
    edi_buf_append(out, s.ptr + begin, at - begin);
    if (at >= s.len) break;
    edi_buf_text(out, "\"\"");
    begin = at + 1;
  }
  edi_buf_char(out, '"');
}
