/* Fuzz: bytes as rows of comma-separated values: in whatever pieces they come, they are the same rows, and rows that are
 * written again are read as they were. */
#include <stdlib.h>

#include "workbench/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct pieces { const char *from; size_t left, piece; } pieces;

static int more(void *user, void *into, size_t room, size_t *got) {
  pieces *p = user;
  *got = p->left < p->piece ? p->left : p->piece;
  if (*got > room) *got = room;
  if (*got) memcpy(into, p->from, *got);
  p->from += *got;
  p->left -= *got;
  return 0;
}

/* What is read, written again. */
static csv_result copy(const char *bytes, size_t length, size_t piece, edi_buf *out, uint64_t *line) {
  static intake in;
  csv_reader csv;
  pieces p = {bytes, length, piece};
  csv_result result;
  intake_init(&in, more, &p);
  csv_init(&csv, &in, ',', 1 << 20);
  while ((result = csv_next(&csv)) == CSV_ROW) {
    if (csv.count == 0 || csv.line > csv.next_line) abort();
    for (size_t i = 0; i < csv.count; i++) {
      if (i) edi_buf_char(out, ',');
      csv_put(out, csv_text(&csv, i), ',', csv.fields[i].quoted);
    }
    edi_buf_char(out, '\n');
    csv.single = csv.count == 1;
  }
  if ((result == CSV_BAD) != (csv.why != NULL) || result == CSV_FAILED) abort();
  *line = csv.line;
  csv_fini(&csv);
  return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_buf whole, parts, again;
  uint64_t line, other;
  edi_buf_init(&whole, NULL, (size_t)64 << 20);
  edi_buf_init(&parts, NULL, (size_t)64 << 20);
  edi_buf_init(&again, NULL, (size_t)64 << 20);
  csv_result result = copy((const char *)data, size, size ? size : 1, &whole, &line);
  bool marked = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0; /* a mark is known in one piece alone */
  csv_result result_again = copy((const char *)data, size, marked ? 3 : 1, &parts, &other);
  if (result != result_again || line != other || !edi_str_equal((edi_str){whole.ptr, whole.len}, (edi_str){parts.ptr, parts.len})) abort();
  if (whole.len < 3 || memcmp(whole.ptr, "\xEF\xBB\xBF", 3) != 0) { /* what began with two marks */
    if (copy(whole.ptr ? whole.ptr : "", whole.len, 4096, &again, &line) != CSV_END) abort();
    if (!edi_str_equal((edi_str){whole.ptr, whole.len}, (edi_str){again.ptr, again.len})) abort();
  }
  edi_buf_fini(&whole);
  edi_buf_fini(&parts);
  edi_buf_fini(&again);
  return 0;
}
