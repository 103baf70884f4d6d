/* Index: a hash table with chains in the order of insertion; see the header.
 *
 * The key of a number is its integer part, the key of a text that reads as a number the same,
 * since SQLite compares "7" with 7 where a column's affinity says so; any other text and blob are
 * their bytes. UNFIT is whatever rounding between text and binary could move across an integer:
 * exponents, integers of more than 18 digits, fractions of more than 15 digits, reals that are
 * large or nearly integral. */
#include "adapters/sqlite/guarded_index.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

typedef struct link {
  edi_sqlite_entry entry;
  sqlite3_uint64 key;
  sqlite3_uint64 next; /* number of a link, one more than its place; 0: none */
} link;

struct edi_sqlite_index {
  link *links;
  sqlite3_uint64 count, capacity;
  sqlite3_uint64 *first, *last; /* by bucket: numbers of links */
  sqlite3_uint64 buckets;       /* a power of two */
  sqlite3_uint64 at, wanted;    /* of the newest seek */
};

enum { FIRST_BUCKETS = 1024, MOST_LINKS = 8000000 };

edi_sqlite_index *edi_sqlite_index_create(void) {
  edi_sqlite_index *index = sqlite3_malloc64(sizeof *index);
  if (index) memset(index, 0, sizeof *index);
  return index;
}

void edi_sqlite_index_destroy(edi_sqlite_index *index) {
  if (!index) return;
  sqlite3_free(index->links);
  sqlite3_free(index->first);
  sqlite3_free(index->last);
  sqlite3_free(index);
}

/* ---- keys ---- */

static sqlite3_uint64 mixed(sqlite3_uint64 x, unsigned kind) {
  x = (x ^ (sqlite3_uint64)kind << 56) * 0x9E3779B97F4A7C15u;
  return x ^ x >> 29;
}

static sqlite3_uint64 key_of_bytes(const char *bytes, size_t length, unsigned kind) {
  sqlite3_uint64 h = 0xCBF29CE484222325u;
  for (size_t i = 0; i < length; i++) h = (h ^ (unsigned char)bytes[i]) * 0x100000001B3u;
  return mixed(h, kind);
}

static int is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static int is_digit(char c) { return c >= '0' && c <= '9'; }

/* 1: a number, its integer part in *out. 0: not one. UNFIT: a number that is not foreseen. */
static int read_number(const char *s, size_t length, sqlite3_int64 *out) {
  size_t at = 0, digits = 0, fraction = 0;
  sqlite3_int64 value = 0;
  while (at < length && is_blank(s[at])) at++;
  int negative = at < length && s[at] == '-';
  if (at < length && (s[at] == '-' || s[at] == '+')) at++;
  for (; at < length && is_digit(s[at]); at++, digits++)
    if (digits < 18) value = value * 10 + (s[at] - '0');
  if (at < length && s[at] == '.')
    for (at++; at < length && is_digit(s[at]); at++) fraction++;
  if (digits + fraction == 0) return 0;
  if (at < length && (s[at] == 'e' || s[at] == 'E')) return EDI_SQLITE_UNFIT;
  while (at < length && is_blank(s[at])) at++;
  if (at < length) return 0;
  *out = negative ? -value : value;
  return digits > 18 || (fraction && digits + fraction > 15) ? EDI_SQLITE_UNFIT : 1;
}

static int key_of_integer(sqlite3_int64 i, sqlite3_uint64 *key) {
  if (i >= 1000000000000000000 || i <= -1000000000000000000) return EDI_SQLITE_UNFIT;
  *key = mixed((sqlite3_uint64)i, 1);
  return SQLITE_OK;
}

/* SQLite writes a real with 15 digits where it compares it as text. */
static int key_of_real(double real, sqlite3_uint64 *key) {
  if (!(real > -1e15 && real < 1e15)) return EDI_SQLITE_UNFIT;
  sqlite3_int64 whole = (sqlite3_int64)real;
  double rest = real < 0 ? (double)whole - real : real - (double)whole;
  int clear = rest > 1e-5 && rest < 1 - 1e-5 && whole > -1000000000 && whole < 1000000000;
  return rest == 0 || clear ? key_of_integer(whole, key) : EDI_SQLITE_UNFIT;
}

static int key_of_text(const char *text, size_t length, sqlite3_uint64 *key) {
  sqlite3_int64 number;
  int is = read_number(text, length, &number);
  if (is == EDI_SQLITE_UNFIT) return EDI_SQLITE_UNFIT;
  if (is) return key_of_integer(number, key);
  *key = key_of_bytes(text, length, 2);
  return SQLITE_OK;
}

/* ---- building ---- */

static void hang(edi_sqlite_index *index, sqlite3_uint64 number) {
  link *l = &index->links[number - 1];
  sqlite3_uint64 bucket = l->key & (index->buckets - 1);
  l->next = 0;
  if (index->last[bucket]) index->links[index->last[bucket] - 1].next = number;
  else index->first[bucket] = number;
  index->last[bucket] = number;
}

static int widen(edi_sqlite_index *index) {
  sqlite3_uint64 buckets = index->buckets ? index->buckets * 2 : FIRST_BUCKETS;
  sqlite3_uint64 *first = sqlite3_malloc64(buckets * sizeof *first),
                 *last = sqlite3_malloc64(buckets * sizeof *last);
  if (!first || !last) {
    sqlite3_free(first);
    sqlite3_free(last);
    return SQLITE_NOMEM;
  }
  memset(first, 0, buckets * sizeof *first);
  memset(last, 0, buckets * sizeof *last);
  sqlite3_free(index->first);
  sqlite3_free(index->last);
  index->first = first;
  index->last = last;
  index->buckets = buckets;
  for (sqlite3_uint64 i = 1; i <= index->count; i++) hang(index, i);
  return SQLITE_OK;
}

static int append(edi_sqlite_index *index, sqlite3_uint64 key, edi_sqlite_entry entry) {
  if (index->count == MOST_LINKS) return EDI_SQLITE_UNFIT;
  if (index->count >= index->buckets && widen(index) != SQLITE_OK) return SQLITE_NOMEM;
  if (index->count == index->capacity) {
    sqlite3_uint64 capacity = index->capacity ? index->capacity * 2 : FIRST_BUCKETS;
    link *links = sqlite3_realloc64(index->links, capacity * sizeof *links);
    if (!links) return SQLITE_NOMEM;
    index->links = links;
    index->capacity = capacity;
  }
  index->links[index->count++] = (link){.entry = entry, .key = key};
  hang(index, index->count);
  return SQLITE_OK;
}

int edi_sqlite_index_add(edi_sqlite_index *index, const edict_cell *cell, edi_sqlite_entry entry) {
  sqlite3_uint64 key = 0;
  int rc = EDI_SQLITE_UNFIT;
  switch (cell->type) {
    case EDICT_CELL_NULL: return SQLITE_OK; /* equal to nothing */
    case EDICT_CELL_INT:
    case EDICT_CELL_BOOL: rc = key_of_integer(cell->integer, &key); break;
    case EDICT_CELL_REAL: rc = key_of_real(cell->real, &key); break;
    case EDICT_CELL_TEXT: rc = key_of_text(cell->ptr, cell->len, &key); break;
    case EDICT_CELL_BLOB:
      key = key_of_bytes(cell->ptr, cell->len, 3);
      rc = SQLITE_OK;
      break;
    /* Shown in a form that is made when the reader asks for it. */
    case EDICT_CELL_DATE:
    case EDICT_CELL_TIME:
    case EDICT_CELL_TIMESTAMP:
    case EDICT_CELL_DECIMAL: break;
  }
  return rc == SQLITE_OK ? append(index, key, entry) : rc;
}

/* ---- looking ---- */

int edi_sqlite_index_seek(edi_sqlite_index *index, sqlite3_value *value) {
  int rc = SQLITE_OK;
  index->at = 0;
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: rc = key_of_integer(sqlite3_value_int64(value), &index->wanted); break;
    case SQLITE_FLOAT: rc = key_of_real(sqlite3_value_double(value), &index->wanted); break;
    case SQLITE_TEXT: {
      const char *text = (const char *)sqlite3_value_text(value);
      if (!text) return EDI_SQLITE_UNFIT;
      rc = key_of_text(text, (size_t)sqlite3_value_bytes(value), &index->wanted);
      break;
    }
    case SQLITE_BLOB:
      index->wanted =
          key_of_bytes(sqlite3_value_blob(value), (size_t)sqlite3_value_bytes(value), 3);
      break;
    default: return SQLITE_OK; /* NULL equals nothing */
  }
  if (rc == SQLITE_OK && index->buckets)
    index->at = index->first[index->wanted & (index->buckets - 1)];
  return rc;
}

int edi_sqlite_index_next(edi_sqlite_index *index, edi_sqlite_entry *entry) {
  while (index->at) {
    const link *l = &index->links[index->at - 1];
    index->at = l->next;
    if (l->key == index->wanted) {
      *entry = l->entry;
      return 1;
    }
  }
  return 0;
}
