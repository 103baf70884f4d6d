/* Forms: the C API of edict/forms.h over calendar and decimal. */
#include "edict/forms.h"

#include "base/calendar.h"
#include "base/decimal.h"

edict_status edict_time_parse(const char *text, size_t length, int64_t *time) {
  if (!text || !time) return EDICT_ARGUMENT;
  return edi_timestamp_parse((edi_str){text, length}, time) ? EDICT_OK : EDICT_FORMAT;
}

static void quoted(edi_buf *b, edi_str s) {
  edi_buf_char(b, '"');
  edi_buf_escaped(b, s, SIZE_MAX);
  edi_buf_char(b, '"');
}

static void number(edi_buf *b, bool fits, edi_decimal d) {
  if (fits) edi_decimal_format(b, d);
  else edi_buf_text(b, "(no number)");
}

static void cell_form(edi_buf *b, const edict_cell *cell) {
  edi_decimal d = {0};
  bool fits;
  switch (cell->type) {
    case EDICT_CELL_NULL: edi_buf_text(b, "null"); return;
    case EDICT_CELL_BOOL: edi_buf_text(b, cell->integer ? "true" : "false"); return;
    case EDICT_CELL_INT: edi_buf_format(b, "%lld", (long long)cell->integer); return;
    case EDICT_CELL_TEXT: quoted(b, (edi_str){cell->ptr, cell->len}); return;
    case EDICT_CELL_BLOB: edi_buf_format(b, "(%zu bytes)", cell->len); return;
    case EDICT_CELL_DATE: edi_date_format(b, cell->integer); return;
    case EDICT_CELL_TIMESTAMP: edi_timestamp_format(b, cell->integer); return;
    case EDICT_CELL_TIME: edi_clock_format(b, cell->integer); return;
    case EDICT_CELL_REAL:
      fits = edi_decimal_from_double(cell->real, &d);
      number(b, fits, d);
      return;
    case EDICT_CELL_DECIMAL:
      fits = cell->scale <= 18 && edi_decimal_make(cell->integer, cell->scale, &d);
      number(b, fits, d);
      return;
  }
  edi_buf_text(b, "(of no type)");
}

static size_t give(edi_buf *b, char *text, size_t capacity) {
  size_t length = b->len;
  if (capacity) {
    size_t n = length < capacity ? length : capacity - 1;
    if (n) memcpy(text, b->ptr, n);
    text[n] = '\0';
  }
  edi_buf_fini(b);
  return length;
}

size_t edict_cell_text(const edict_cell *cell, char *text, size_t capacity) {
  edi_buf b;
  edi_buf_init(&b, NULL, (size_t)1 << 24);
  cell_form(&b, cell);
  return give(&b, text, capacity);
}

size_t edict_text_visible(const char *text, size_t length, char *out, size_t capacity) {
  edi_buf b;
  edi_buf_init(&b, NULL, (size_t)1 << 24);
  edi_buf_escaped(&b, (edi_str){text, length}, (size_t)1 << 23);
  return give(&b, out, capacity);
}
