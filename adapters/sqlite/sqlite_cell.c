/* Cell: see the header. */
#include "adapters/sqlite/sqlite_cell.h"

#include <string.h>

#include "edict/forms.h"

SQLITE_EXTENSION_INIT3

/* ---- columns ---- */

static int holds_word(const char *declared, const char *word) {
  size_t length = strlen(word);
  for (; *declared; declared++)
    if (sqlite3_strnicmp(declared, word, (int)length) == 0) return 1;
  return 0;
}

/* SQLite's own rule for the affinity of a declared type. */
static int has_text_affinity(const char *declared) {
  if (!declared || holds_word(declared, "INT")) return 0;
  return holds_word(declared, "CHAR") || holds_word(declared, "CLOB") ||
         holds_word(declared, "TEXT");
}

edi_sqlite_column edi_sqlite_column_make(const char *type, const char *base_declared) {
  static const struct {
    const char *type, *declared;
  } types[] = {
      {"string", "TEXT"},  {"int", "INTEGER"}, {"decimal", "NUMERIC"},
      {"bool", "BOOLEAN"}, {"date", "TEXT"},   {"timestamp", "TEXT"},
  };
  edi_sqlite_column column = {.declared = "", .is_time = strcmp(type, "timestamp") == 0};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (strcmp(type, types[i].type) == 0) column.declared = types[i].declared;
  column.decimal_text = strcmp(type, "decimal") == 0 && has_text_affinity(base_declared);
  return column;
}

/* ---- in ---- */

/* "2026-03-01 00:00[:00[.000]][zone]" to RFC 3339: a T, seconds, and Z where no zone is given.
 * Digits are not looked at: whoever reads the result does. The length, or 0: leave the value as it
 * is. */
static size_t rewrite_time(const char *text, size_t length, char time[EDI_SQLITE_TIME_BYTES]) {
  size_t minutes = 16; /* "2026-03-01 00:00" */
  if (length < minutes || length > EDI_SQLITE_TIME_BYTES - 8 ||
      (text[10] != ' ' && text[10] != 'T'))
    return 0;
  size_t end = minutes;
  while (end < length &&
         (text[end] == ':' || text[end] == '.' || (text[end] >= '0' && text[end] <= '9')))
    end++;
  memcpy(time, text, end);
  time[10] = 'T';
  size_t at = end;
  if (end == minutes) {
    memcpy(time + at, ":00", 3);
    at += 3;
  }
  if (end == length) time[at++] = 'Z';
  memcpy(time + at, text + end, length - end);
  return at + length - end;
}

static int read_text(const unsigned char *text, int length, const edi_sqlite_column *column,
                     char time[EDI_SQLITE_TIME_BYTES], edict_cell *cell) {
  if (!text) return SQLITE_NOMEM;
  *cell = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = (const char *)text, .len = (size_t)length};
  size_t rewritten = column->is_time ? rewrite_time(cell->ptr, cell->len, time) : 0;
  if (rewritten) *cell = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = time, .len = rewritten};
  return SQLITE_OK;
}

static int read_blob(const void *bytes, int length, edict_cell *cell) {
  *cell = (edict_cell){.type = EDICT_CELL_BLOB, .ptr = bytes, .len = (size_t)length};
  return !cell->ptr && cell->len ? SQLITE_NOMEM : SQLITE_OK;
}

int edi_sqlite_cell_read(sqlite3_stmt *rows, int at, const edi_sqlite_column *column,
                         char time[EDI_SQLITE_TIME_BYTES], edict_cell *cell) {
  *cell = (edict_cell){0};
  switch (sqlite3_column_type(rows, at)) {
    case SQLITE_INTEGER:
      *cell = (edict_cell){.type = EDICT_CELL_INT, .integer = sqlite3_column_int64(rows, at)};
      break;
    case SQLITE_FLOAT:
      *cell = (edict_cell){.type = EDICT_CELL_REAL, .real = sqlite3_column_double(rows, at)};
      break;
    case SQLITE_TEXT: {
      const unsigned char *text = sqlite3_column_text(rows, at); /* before its length is asked for */
      return read_text(text, sqlite3_column_bytes(rows, at), column, time, cell);
    }
    case SQLITE_BLOB: {
      const void *bytes = sqlite3_column_blob(rows, at);
      return read_blob(bytes, sqlite3_column_bytes(rows, at), cell);
    }
    default: break;
  }
  return SQLITE_OK;
}

int edi_sqlite_cell_take(sqlite3_value *value, const edi_sqlite_column *column, char time[EDI_SQLITE_TIME_BYTES], edict_cell *cell) {
  *cell = (edict_cell){0};
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: *cell = (edict_cell){.type = EDICT_CELL_INT, .integer = sqlite3_value_int64(value)}; break;
    case SQLITE_FLOAT: *cell = (edict_cell){.type = EDICT_CELL_REAL, .real = sqlite3_value_double(value)}; break;
    case SQLITE_TEXT: {
      const unsigned char *text = sqlite3_value_text(value);
      return read_text(text, sqlite3_value_bytes(value), column, time, cell);
    }
    case SQLITE_BLOB: {
      const void *bytes = sqlite3_value_blob(value);
      return read_blob(bytes, sqlite3_value_bytes(value), cell);
    }
    default: break;
  }
  return SQLITE_OK;
}

/* ---- out ---- */

static void result_form(sqlite3_context *context, const edict_cell *cell) {
  char text[64];
  size_t length = edict_cell_text(cell, text, sizeof text);
  if (length < sizeof text)
    sqlite3_result_text64(context, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
  else sqlite3_result_error_toobig(context);
}

/* As text, or as an integer where it is one, or the real that is nearest. */
static void result_decimal(sqlite3_context *context, const edict_cell *cell, int as_text) {
  sqlite3_int64 power = 1;
  for (uint32_t i = 0; i < cell->scale && i < 18; i++) power *= 10;
  if (as_text) result_form(context, cell);
  else if (cell->integer % power == 0) sqlite3_result_int64(context, cell->integer / power);
  else sqlite3_result_double(context, (double)cell->integer / (double)power);
}

void edi_sqlite_cell_result(sqlite3_context *context, const edict_cell *cell,
                            const edi_sqlite_column *column) {
  const char *bytes = cell->ptr ? cell->ptr : ""; /* a NULL pointer would make it NULL, not empty */
  switch (cell->type) {
    case EDICT_CELL_NULL: sqlite3_result_null(context); break;
    case EDICT_CELL_BOOL:
    case EDICT_CELL_INT: sqlite3_result_int64(context, cell->integer); break;
    case EDICT_CELL_REAL: sqlite3_result_double(context, cell->real); break;
    case EDICT_CELL_TEXT:
      sqlite3_result_text64(context, bytes, cell->len, SQLITE_TRANSIENT, SQLITE_UTF8);
      break;
    case EDICT_CELL_BLOB: sqlite3_result_blob64(context, bytes, cell->len, SQLITE_TRANSIENT); break;
    case EDICT_CELL_DATE:
    case EDICT_CELL_TIME:
    case EDICT_CELL_TIMESTAMP: result_form(context, cell); break;
    case EDICT_CELL_DECIMAL: result_decimal(context, cell, column->decimal_text); break;
  }
}
