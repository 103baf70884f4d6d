/* Key: what finds a row again, kept while a batch of rows is collected; as bytes for its pseudonym, as text for people. */
#include "adapters/sweep/sweep_parts.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

int edi_sweep_key_keep(sqlite3_stmt *row, int count, edi_sweep_key *key) {
  key->parts = sqlite3_malloc64((sqlite3_uint64)count * sizeof *key->parts);
  if (!key->parts) return SQLITE_NOMEM;
  for (int i = 0; i < count; i++) key->parts[i] = sqlite3_value_dup(sqlite3_column_value(row, i));
  for (int i = 0; i < count; i++)
    if (!key->parts[i]) {
      edi_sweep_key_forget(key, count);
      return SQLITE_NOMEM;
    }
  return SQLITE_OK;
}

void edi_sweep_key_forget(edi_sweep_key *key, int count) {
  for (int i = 0; key->parts && i < count; i++) sqlite3_value_free(key->parts[i]);
  sqlite3_free(key->parts);
  key->parts = NULL;
}

int edi_sweep_key_bind(sqlite3_stmt *statement, const edi_sweep_key *key, int count) {
  int rc = SQLITE_OK;
  for (int i = 0; i < count && rc == SQLITE_OK; i++) rc = sqlite3_bind_value(statement, i + 1, key->parts[i]);
  return rc;
}

/* ---- as bytes ---- */

static void put_little(unsigned char *out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) out[i] = (unsigned char)(value >> 8 * i);
}

/* Writes a part, unless `out` is NULL; its length. SIZE_MAX: no memory. */
static size_t write_part(sqlite3_value *value, unsigned char *out) {
  static const unsigned char letters[] = {0, 'i', 'r', 't', 'b', 'n'}; /* by SQLite's type */
  int type = sqlite3_value_type(value);
  const void *bytes = NULL;
  uint64_t number = 0;
  double real;
  if (out) *out = letters[type];
  if (type == SQLITE_NULL) return 1;
  if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) {
    if (type == SQLITE_INTEGER) number = (uint64_t)sqlite3_value_int64(value);
    else real = sqlite3_value_double(value), memcpy(&number, &real, sizeof number);
    if (out) put_little(out + 1, number, 8);
    return 9;
  }
  bytes = type == SQLITE_TEXT ? sqlite3_value_text(value) : sqlite3_value_blob(value);
  size_t length = (size_t)sqlite3_value_bytes(value);
  if (!bytes && (length || type == SQLITE_TEXT)) return SIZE_MAX;
  if (out) put_little(out + 1, length, 4);
  if (out && length) memcpy(out + 5, bytes, length);
  return 5 + length;
}

unsigned char *edi_sweep_key_write(const edi_sweep_key *key, int count, size_t *length) {
  size_t at = 0;
  for (int i = 0; i < count; i++) {
    size_t part = write_part(key->parts[i], NULL);
    if (part == SIZE_MAX) return NULL;
    at += part;
  }
  unsigned char *out = sqlite3_malloc64(at + 1);
  *length = at;
  at = 0;
  for (int i = 0; out && i < count; i++) at += write_part(key->parts[i], out + at);
  return out;
}

/* ---- as text ---- */

static void append_part(sqlite3_str *text, sqlite3_value *value) {
  char visible[512];
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: sqlite3_str_appendf(text, "%lld", sqlite3_value_int64(value)); break;
    case SQLITE_FLOAT: sqlite3_str_appendf(text, "%!.17g", sqlite3_value_double(value)); break;
    case SQLITE_TEXT:
      (void)edict_text_visible((const char *)sqlite3_value_text(value), (size_t)sqlite3_value_bytes(value), visible, sizeof visible);
      sqlite3_str_appendf(text, "%s", visible);
      break;
    case SQLITE_BLOB: {
      const unsigned char *bytes = sqlite3_value_blob(value);
      for (int i = 0; i < sqlite3_value_bytes(value) && i < 64; i++) sqlite3_str_appendf(text, "%02x", bytes[i]);
      break;
    }
    default: sqlite3_str_appendall(text, "NULL");
  }
}

char *edi_sweep_key_text(const edi_sweep_key *key, int count) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  for (int i = 0; i < count; i++) {
    if (i) sqlite3_str_appendall(text, ", ");
    append_part(text, key->parts[i]);
  }
  return sqlite3_str_finish(text);
}
