/* Table data: verified in one pass, searched by key, written in the order of hashes.
 *
 * In: bytes from a bundle, or rows as a person kept them. Out: rows that are used where they lie.
 * Invariant of what is verified: every heap cell is the next bytes of the heap, so the pass reads each
 * byte once and needs no memory of its own; every row has the place where its keys lead to, and no two
 * have the same keys. */
#include "bundle/tablefile.h"

#include "base/calendar.h"
#include "base/decimal.h"
#include "bundle/limits.h"
#include "bundle/order.h"
#include "bundle/tableindex.h"

#define MAGIC "EDICTTAB"
#define OFFSETS ((UINT64_C(1) << EDI_TABLE_OFFSET_BITS) - 1)
enum { HEADER = 64, FORMAT = 4, ALIGNMENT = 64, SALT_AT = 40 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "cells are used where they lie");

static edict_status fail(edict_diagnostics *d, edict_status status, edi_code code,
                         const char *what) {
  edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "table: %s", what);
  return status;
}

/* How cells of a base type are stored. */
static uint32_t kind_of(uint32_t base) {
  switch (base) {
    case EDI_TYPE_BOOL:
    case EDI_TYPE_INT:
    case EDI_TYPE_DECIMAL:
    case EDI_TYPE_TIMESTAMP:
    case EDI_TYPE_DATE:
    case EDI_TYPE_DURATION: return EDI_TABLECELL_INLINE;
    case EDI_TYPE_STRING:
    case EDI_TYPE_IP:
    case EDI_TYPE_NODE:
    case EDI_TYPE_LEVEL:
    case EDI_TYPE_ID: return EDI_TABLECELL_HEAP;
    default: return EDI_TABLECELL_ABSENT; /* no cells have it */
  }
}

edi_tablecell edi_tablecell_short(edi_str text) {
  edi_tablecell cell = {.kind = EDI_TABLECELL_SHORT | (uint32_t)text.len << 8};
  if (text.len < sizeof(uint64_t)) {
    if (text.len > 0) memcpy(&cell.length, text.ptr, text.len);
    return cell;
  }
  uint64_t first = edi_get64(text.ptr), last = edi_get32(text.ptr + text.len - sizeof(uint32_t)); /* some are in both */
  last >>= 8 * (EDI_TABLE_SHORT_MOST - text.len);
  cell.length = (uint32_t)first;
  cell.value = (int64_t)(first >> 32 | last << 32);
  return cell;
}

_Static_assert(offsetof(edi_tablecell, length) + EDI_TABLE_SHORT_MOST == sizeof(edi_tablecell),
               "a short text fills the cell after its kind");

static int compare_integers(int64_t a, int64_t b) { return a < b ? -1 : a > b; }

/* Cells of one key column, each with its own heap. */
static int compare_cells(const edi_tablecell *a, edi_str heap_a, const edi_tablecell *b,
                         edi_str heap_b) {
  if (edi_tablecell_is_text(a) && edi_tablecell_is_text(b))
    return edi_str_compare(edi_tablecell_text(a, heap_a), edi_tablecell_text(b, heap_b));
  if (a->kind != b->kind) return compare_integers(a->kind, b->kind);
  if (a->length != b->length) return compare_integers(a->length, b->length);
  return compare_integers(a->value, b->value);
}

static int compare_keys(const edi_tablecell *a, edi_str heap_a, const edi_tablecell *b,
                        edi_str heap_b, uint32_t keys) {
  for (uint32_t i = 0; i < keys; i++) {
    int order = compare_cells(&a[i], heap_a, &b[i], heap_b);
    if (order != 0) return order;
  }
  return 0;
}

/* ---- verifying ---- */

static bool shape_holds(const uint32_t *types, uint32_t key_count, uint32_t value_count) {
  if (key_count == 0 || key_count > EDI_LIMIT_TABLE_COLUMNS ||
      value_count > EDI_LIMIT_TABLE_COLUMNS - key_count)
    return false;
  for (uint32_t i = 0; types && i < key_count + value_count; i++)
    if (kind_of(types[2 * i]) == EDI_TABLECELL_ABSENT || types[2 * i + 1] != 0) return false;
  return true;
}

/* Where cells begin, so that as few of them as can be lie in two lines of memory. */
static size_t cells_begin(size_t columns) { return (HEADER + 8 * columns + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

/* Sets where types, cells and heap are; nothing in them is looked at but the types. */
static edict_status verify_layout(const char *bytes, size_t length, edi_tablefile *t,
                                  edict_diagnostics *d) {
  if (length < HEADER || memcmp(bytes, MAGIC, 8) != 0)
    return fail(d, EDICT_FORMAT, EDI_R0150, "it does not begin with " MAGIC " and a header");
  if (length > EDI_LIMIT_TABLE_FILE)
    return fail(d, EDICT_LIMIT, EDI_R0150, "it is larger than a table may be");
  if (edi_get32(bytes + 8) != FORMAT || edi_get32(bytes + 20) != 0)
    return fail(d, EDICT_FORMAT, EDI_R0150,
                "its format is not known, or reserved bytes are not zero");
  t->key_count = edi_get32(bytes + 12);
  t->value_count = edi_get32(bytes + 16);
  t->row_count = edi_get64(bytes + 24);
  uint64_t heap = edi_get64(bytes + 32);
  if (!shape_holds(NULL, t->key_count, t->value_count))
    return fail(d, EDICT_FORMAT, EDI_R0150, "it has no key, or too many columns");
  t->place_count = edi_get64(bytes + 56);
  size_t columns = t->key_count + t->value_count, types = HEADER + 8 * columns, at = cells_begin(columns);
  uint64_t row = columns * sizeof(edi_tablecell);
  if (at > length || t->row_count >= UINT32_MAX || t->place_count > (length - at) / row || heap != length - at - t->place_count * row)
    return fail(d, EDICT_FORMAT, EDI_R0150, "its length is not what its header says");
  t->share = edi_tableindex_share((uint32_t)columns);
  t->homes = edi_tableindex_homes(t->row_count, (uint32_t)columns);
  if (t->place_count < t->homes * t->share || t->place_count % t->share != 0)
    return fail(d, EDICT_FORMAT, EDI_R0150, "its length is not what its header says");
  for (size_t i = types; i < at; i++)
    if (bytes[i] != 0) return fail(d, EDICT_FORMAT, EDI_R0150, "its format is not known, or reserved bytes are not zero");
  t->types = (const uint32_t *)(const void *)(bytes + HEADER);
  if (!shape_holds(t->types, t->key_count, t->value_count))
    return fail(d, EDICT_FORMAT, EDI_R0150, "a column is of a type that tables do not have");
  t->salt = (const unsigned char *)bytes + SALT_AT;
  t->cells = (const edi_tablecell *)(const void *)(bytes + at);
  t->heap = (edi_str){bytes + length - heap, (size_t)heap};
  return EDICT_OK;
}

static bool inline_holds(uint32_t base, const edi_tablecell *cell) {
  edi_decimal canonical;
  switch (base) {
    case EDI_TYPE_BOOL: return cell->length == 0 && (cell->value == 0 || cell->value == 1);
    case EDI_TYPE_INT: return cell->length == 0;
    case EDI_TYPE_TIMESTAMP:
      return cell->length == 0 && cell->value >= EDI_TIMESTAMP_MIN &&
             cell->value <= EDI_TIMESTAMP_MAX;
    case EDI_TYPE_DATE:
      return cell->length == 0 && cell->value >= EDI_DATE_MIN && cell->value <= EDI_DATE_MAX;
    case EDI_TYPE_DURATION: return cell->length == 0 || (cell->length == 1 && cell->value != 0);
    case EDI_TYPE_DECIMAL:
      return cell->length <= UINT8_MAX && edi_decimal_make(cell->value, cell->length, &canonical) &&
             canonical.mantissa == cell->value && canonical.scale == cell->length;
    default: return false;
  }
}

static bool text_holds(uint32_t base, edi_str text) {
  if (base == EDI_TYPE_IP) return text.len == 16;
  bool name = base == EDI_TYPE_NODE || base == EDI_TYPE_LEVEL;
  if (text.len > (name ? EDI_LIMIT_NAME : EDI_LIMIT_STRING) || (name && text.len == 0))
    return false;
  return (text.len == 0 || !memchr(text.ptr, 0, text.len)) && edi_utf8_valid(text);
}

static bool short_holds(uint32_t base, const edi_tablecell *cell) {
  edi_str text = edi_tablecell_text(cell, (edi_str){NULL, 0});
  if (text.len > EDI_TABLE_SHORT_MOST) return false;
  for (size_t i = text.len; i < EDI_TABLE_SHORT_MOST; i++)
    if (text.ptr[i] != 0) return false;
  return text_holds(base, text);
}

/* *cursor is where the heap goes on. */
static bool cell_holds(const edi_tablefile *t, uint32_t column, const edi_tablecell *cell, uint64_t *cursor) {
  uint32_t base = t->types[2 * column];
  bool key = column < t->key_count;
  if (cell->kind == EDI_TABLECELL_ABSENT) return !key && cell->length == 0 && cell->value == 0;
  if (edi_tablecell_is_short(cell)) return kind_of(base) == EDI_TABLECELL_HEAP && short_holds(base, cell);
  if (cell->kind != kind_of(base)) return false;
  if (cell->kind == EDI_TABLECELL_INLINE) return inline_holds(base, cell);
  if (cell->length <= EDI_TABLE_SHORT_MOST || ((uint64_t)cell->value & OFFSETS) != *cursor || cell->length > t->heap.len - *cursor)
    return false;
  uint64_t mark = key ? edi_tableindex_cell(t->salt, cell, t->heap) : 0;
  if (cell->value != edi_tableindex_marked(*cursor, mark)) return false;
  *cursor += cell->length;
  return text_holds(base, edi_tablecell_text(cell, t->heap));
}

static bool is_empty(const edi_tablecell *row, uint32_t columns) {
  for (uint32_t c = 0; c < columns; c++)
    if (row[c].kind || row[c].length || row[c].value) return false;
  return true;
}

static edict_status fail_row(edict_diagnostics *d, edi_code code, uint64_t place, const char *what) {
  edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "table: the row at place %llu %s", (unsigned long long)place, what);
  return EDICT_FORMAT;
}

/* The row before, and where rows may go on. */
typedef struct before { const edi_tablecell *row; uint64_t hash, next, count; } before;

static edict_status verify_place(const edi_tablefile *t, uint64_t place, before *b, edict_diagnostics *d) {
  const edi_tablecell *row = t->cells + place * (t->key_count + t->value_count);
  uint64_t hash = edi_tableindex_keys(t->salt, row, t->key_count, t->heap);
  uint64_t home = edi_tableindex_home(hash, t->homes, t->share);
  if (b->row && (hash < b->hash || (hash == b->hash && compare_keys(b->row, t->heap, row, t->heap, t->key_count) >= 0)))
    return fail_row(d, EDI_R0152, place, "does not come after the one before it");
  if (place != (home > b->next ? home : b->next)) return fail_row(d, EDI_R0154, place, "is not where its keys lead to");
  if (place - home >= EDI_LIMIT_TABLE_STEPS) return fail_row(d, EDI_R0154, place, "is too far from where its keys lead to");
  *b = (before){row, hash, place + 1, b->count + 1};
  return EDICT_OK;
}

static void note_units(edi_tablefile *t, const edi_tablecell *row) {
  for (uint32_t c = 0; c < t->key_count; c++)
    if (t->types[2 * c] == EDI_TYPE_DURATION) t->units |= 1u << row[c].length;
}

static edict_status verify_rows(edi_tablefile *t, edict_diagnostics *d) {
  uint32_t columns = t->key_count + t->value_count;
  uint64_t cursor = 0;
  before b = {0};
  for (uint64_t p = 0; p < t->place_count; p++) {
    const edi_tablecell *row = t->cells + p * columns;
    if (is_empty(row, columns)) continue;
    for (uint32_t c = 0; c < columns; c++) {
      if (cell_holds(t, c, &row[c], &cursor)) continue;
      edi_diagnostics_add(d, EDI_R0151, EDI_SPAN_NONE, "", "table: the row at place %llu: column %u is not a cell of its type",
                          (unsigned long long)p, (unsigned)c);
      return EDICT_FORMAT;
    }
    note_units(t, row);
    edict_status status = verify_place(t, p, &b, d);
    if (status != EDICT_OK) return status;
  }
  if (b.count != t->row_count || t->place_count != edi_tableindex_places(t->row_count, columns, b.next))
    return fail(d, EDICT_FORMAT, EDI_R0154, "it has another number of rows or places than its rows take");
  if (cursor == t->heap.len) return EDICT_OK;
  return fail(d, EDICT_FORMAT, EDI_R0150, "bytes of its heap belong to no cell");
}

edict_status edi_tablefile_verify(const void *bytes, size_t length, edi_tablefile *table,
                                  edict_diagnostics *diagnostics) {
  *table = (edi_tablefile){0};
  if (!bytes || (uintptr_t)bytes % 8 != 0)
    return fail(diagnostics, EDICT_ARGUMENT, EDI_R0150, "its bytes are not at a multiple of 8");
  edi_tablefile verified = {0};
  edict_status status = verify_layout(bytes, length, &verified, diagnostics);
  if (status == EDICT_OK) status = verify_rows(&verified, diagnostics);
  if (status == EDICT_OK) *table = verified;
  return status;
}

bool edi_tablefile_has_keys(const edi_tablefile *t, uint64_t place, const edi_tablecell *keys,
                            edi_str heap) {
  const edi_tablecell *cells = t->cells + place * (t->key_count + t->value_count);
  return compare_keys(cells, t->heap, keys, heap, t->key_count) == 0;
}

/* ---- writing ---- */

typedef struct rows {
  const uint32_t *types;
  const edi_tablecell *cells;
  edi_str heap;
  uint32_t key_count, columns;
  uint64_t count;
  uint64_t *order;
} rows;

static int compare_rows(const void *context, const void *a, const void *b) {
  const rows *r = context;
  uint64_t left, right;
  memcpy(&left, a, sizeof left);
  memcpy(&right, b, sizeof right);
  return compare_keys(r->cells + left * r->columns, r->heap, r->cells + right * r->columns, r->heap,
                      r->key_count);
}

/* The cells lie within the heap and are stored as their types are; the rest is verified
 * afterwards. */
static bool rows_hold(const rows *r) {
  for (uint64_t i = 0; i < r->count * r->columns; i++) {
    const edi_tablecell *cell = &r->cells[i];
    if (cell->kind == EDI_TABLECELL_ABSENT) continue;
    if (cell->kind != kind_of(r->types[2 * (i % r->columns)])) return false;
    if (cell->kind != EDI_TABLECELL_HEAP) continue;
    if (cell->value < 0 || (uint64_t)cell->value > r->heap.len ||
        cell->length > r->heap.len - (uint64_t)cell->value)
      return false;
  }
  return true;
}

/* A row without its keys would be an empty place. */
static edict_status check_keys(const rows *r, edict_diagnostics *d) {
  for (uint64_t i = 0; i < r->count; i++)
    for (uint32_t c = 0; c < r->key_count; c++)
      if (r->cells[i * r->columns + c].kind == EDI_TABLECELL_ABSENT)
        return fail(d, EDICT_FINDINGS, EDI_R0151, "a row is without one of its keys");
  return EDICT_OK;
}

static edict_status sort_rows(edi_arena *arena, rows *r, edict_diagnostics *d) {
  edict_status status = EDICT_OK;
  r->order = EDI_NEW_ARRAY(arena, uint64_t, r->count * 2);
  if (!r->order) return edi_arena_status(arena);
  for (uint64_t i = 0; i < r->count; i++) r->order[i] = i;
  edi_order_sort(r->order, r->order + r->count, r->count, sizeof *r->order, compare_rows, r);
  for (uint64_t i = 1; i < r->count; i++) {
    if (compare_rows(r, &r->order[i - 1], &r->order[i]) != 0) continue;
    status = EDICT_FINDINGS;
    edi_diagnostics_add(
        d, EDI_R0153, EDI_SPAN_NONE, "", "table: rows %llu and %llu have the same keys",
        (unsigned long long)r->order[i - 1] + 1, (unsigned long long)r->order[i] + 1);
  }
  return status;
}

/* ---- places ---- */

/* A row's hash, and its number among the rows as they were given. */
typedef struct placed { uint64_t hash, row; } placed;

static int compare_placed(const void *context, const void *a, const void *b) {
  const placed *left = a, *right = b;
  (void)context;
  return left->hash < right->hash ? -1 : left->hash > right->hash;
}

/* From the order of keys to that of hashes, in which equal ones stay as they are. */
static placed *place_rows(edi_arena *arena, const rows *r, const unsigned char *salt) {
  placed *all = EDI_NEW_ARRAY(arena, placed, r->count * 2);
  for (uint64_t i = 0; all && i < r->count; i++)
    all[i] = (placed){edi_tableindex_keys(salt, r->cells + r->order[i] * r->columns, r->key_count, r->heap), r->order[i]};
  if (all) edi_order_sort(all, all + r->count, r->count, sizeof *all, compare_placed, NULL);
  return all;
}

/* ---- the file ---- */

/* The cell as it is stored; *cursor is where the heap goes on. */
static edi_tablecell stored(const rows *r, const edi_tablecell *cell, bool key, const unsigned char *salt, uint64_t *cursor) {
  if (cell->kind != EDI_TABLECELL_HEAP) return *cell;
  edi_str text = edi_tablecell_text(cell, r->heap);
  if (text.len <= EDI_TABLE_SHORT_MOST) return edi_tablecell_short(text);
  edi_tablecell out = {EDI_TABLECELL_HEAP, cell->length,
                       edi_tableindex_marked(*cursor, key ? edi_tableindex_cell(salt, cell, r->heap) : 0)};
  *cursor += cell->length;
  return out;
}

/* Rows at their places, with nothing between; *places is one more than the last. False: they crowd. */
static bool write_places(const rows *r, const placed *all, const unsigned char *salt, uint64_t *places, edi_buf *into) {
  uint64_t next = 0, homes = edi_tableindex_homes(r->count, r->columns), cursor = 0;
  uint32_t share = edi_tableindex_share(r->columns);
  size_t row_bytes = r->columns * sizeof(edi_tablecell);
  for (uint64_t i = 0; i < r->count; i++, next++) {
    uint64_t home = edi_tableindex_home(all[i].hash, homes, share);
    if (home > next) edi_buf_zeros(into, (home - next) * row_bytes);
    if (home > next) next = home;
    if (next - home >= EDI_LIMIT_TABLE_STEPS) return false;
    for (uint32_t c = 0; c < r->columns; c++) {
      edi_tablecell cell = stored(r, &r->cells[all[i].row * r->columns + c], c < r->key_count, salt, &cursor);
      edi_buf_append(into, &cell, sizeof cell);
    }
  }
  *places = edi_tableindex_places(r->count, r->columns, next);
  edi_buf_zeros(into, (*places - next) * row_bytes);
  return true;
}

/* The heap: the texts that are too long for their cells. */
static void write_texts(const rows *r, const placed *all, edi_buf *into) {
  for (uint64_t i = 0; i < r->count; i++)
    for (uint32_t c = 0; c < r->columns; c++) {
      const edi_tablecell *cell = &r->cells[all[i].row * r->columns + c];
      if (cell->kind != EDI_TABLECELL_HEAP || cell->length <= EDI_TABLE_SHORT_MOST) continue;
      edi_buf_str(into, edi_tablecell_text(cell, r->heap));
    }
}

static uint64_t text_bytes(const rows *r) {
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < r->count * r->columns; i++)
    if (r->cells[i].kind == EDI_TABLECELL_HEAP && r->cells[i].length > EDI_TABLE_SHORT_MOST) bytes += r->cells[i].length;
  return bytes;
}

static edict_status write_file(const rows *r, const placed *all, const unsigned char *salt, edi_buf *into, edict_diagnostics *d) {
  size_t start = into->len, types = 8 * (size_t)r->columns;
  uint64_t places = 0, row_bytes = r->columns * sizeof(edi_tablecell);
  edi_buf_expect(into, cells_begin(r->columns) + (size_t)(edi_tableindex_places(r->count, r->columns, 0) * row_bytes + text_bytes(r)));
  edi_buf_text(into, MAGIC);
  edi_buf_u32(into, FORMAT);
  edi_buf_u32(into, r->key_count);
  edi_buf_u32(into, r->columns - r->key_count);
  edi_buf_u32(into, 0);
  edi_buf_u64(into, r->count);
  edi_buf_u64(into, 0); /* the heap's length, and the places, when they are known */
  edi_buf_append(into, salt, EDI_TABLE_SALT);
  edi_buf_u64(into, 0);
  edi_buf_append(into, r->types, types);
  edi_buf_zeros(into, cells_begin(r->columns) - HEADER - types);
  if (!write_places(r, all, salt, &places, into)) return fail(d, EDICT_LIMIT, EDI_R0154, "too many keys share a place");
  write_texts(r, all, into);
  if (into->failed != EDICT_OK) return into->failed;
  edi_put64(into->ptr + start + 32, text_bytes(r));
  edi_put64(into->ptr + start + 56, places);
  return EDICT_OK;
}

edict_status edi_tablefile_write(edi_arena *arena, const uint32_t *types, uint32_t key_count,
                                 uint32_t value_count, const edi_tablecell *cells,
                                 uint64_t row_count, edi_str heap, edi_buf *into,
                                 edict_diagnostics *diagnostics) {
  rows r = {
      .types = types, .cells = cells, .heap = heap, .key_count = key_count, .count = row_count};
  if (!shape_holds(types, key_count, value_count))
    return fail(diagnostics, EDICT_ARGUMENT, EDI_R0150,
                "it has no key, too many columns, or one of a type that tables do not have");
  r.columns = key_count + value_count;
  if (row_count >= UINT32_MAX || row_count > EDI_LIMIT_TABLE_FILE / sizeof(edi_tablecell) / r.columns)
    return fail(diagnostics, EDICT_LIMIT, EDI_R0150, "it would be larger than a table may be");
  size_t start = into->len;
  if (start % 8 != 0)
    return fail(diagnostics, EDICT_ARGUMENT, EDI_R0150, "it would not begin at a multiple of 8");
  if (!rows_hold(&r))
    return fail(diagnostics, EDICT_ARGUMENT, EDI_R0151, "a cell is not stored as its type is");
  unsigned char salt[EDI_TABLE_SALT];
  edict_status status = check_keys(&r, diagnostics);
  if (status == EDICT_OK) status = sort_rows(arena, &r, diagnostics);
  if (status != EDICT_OK) return status;
  edi_tableindex_salt(cells, r.columns, r.order, row_count, heap, salt);
  placed *all = place_rows(arena, &r, salt);
  if (!all) return edi_arena_status(arena);
  status = write_file(&r, all, salt, into, diagnostics);
  if (status != EDICT_OK) return status;
  edi_tablefile written;
  status = edi_tablefile_verify(into->ptr + start, into->len - start, &written, diagnostics);
  return status == EDICT_FORMAT ? EDICT_FINDINGS : status;
}
