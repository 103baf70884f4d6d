/* Table data: verified in one pass, searched by key, written in order.
 *
 * In: bytes from a bundle, or rows as a person kept them. Out: rows that are used where they lie.
 * Invariant of what is verified: every heap cell is either the next bytes of the heap or the same
 * as the cell above it, so the pass reads each byte once and needs no memory of its own, and the
 * index finds every row by its keys. */
#include "bundle/tablefile.h"

#include "base/calendar.h"
#include "base/decimal.h"
#include "bundle/limits.h"
#include "bundle/order.h"
#include "bundle/tableindex.h"

#define MAGIC "EDICTTAB"
enum { HEADER = 56, FORMAT = 2 };

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

static bool is_short(const edi_tablecell *cell) { return (cell->kind & 0xFF) == EDI_TABLECELL_SHORT; }

bool edi_tablecell_is_text(const edi_tablecell *cell) {
  return cell->kind == EDI_TABLECELL_HEAP || is_short(cell);
}

edi_str edi_tablecell_text(const edi_tablecell *cell, edi_str heap) {
  if (is_short(cell)) return (edi_str){(const char *)&cell->length, cell->kind >> 8};
  return (edi_str){heap.ptr + cell->value, cell->length};
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
  size_t columns = t->key_count + t->value_count, at = HEADER + 8 * columns;
  uint64_t row = columns * sizeof(edi_tablecell);
  if (at > length || t->row_count >= UINT32_MAX || t->row_count > (length - at) / row)
    return fail(d, EDICT_FORMAT, EDI_R0150, "its length is not what its header says");
  uint64_t left = length - at - t->row_count * row, slots = 8 * edi_tableindex_slots(t->row_count);
  if (left < slots || heap != left - slots)
    return fail(d, EDICT_FORMAT, EDI_R0150, "its length is not what its header says");
  t->types = (const uint32_t *)(const void *)(bytes + HEADER);
  if (!shape_holds(t->types, t->key_count, t->value_count))
    return fail(d, EDICT_FORMAT, EDI_R0150, "a column is of a type that tables do not have");
  t->salt = (const unsigned char *)bytes + HEADER - EDI_TABLE_SALT;
  t->cells = (const edi_tablecell *)(const void *)(bytes + at);
  t->slots = (const uint64_t *)(const void *)(bytes + at + t->row_count * row);
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
    case EDI_TYPE_DURATION: return cell->length <= 1;
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

static bool same_place(const edi_tablecell *a, const edi_tablecell *b) {
  return a->kind == b->kind && a->length == b->length && a->value == b->value;
}

static bool short_holds(uint32_t base, const edi_tablecell *cell) {
  edi_str text = edi_tablecell_text(cell, (edi_str){NULL, 0});
  if (text.len > EDI_TABLE_SHORT_MOST) return false;
  for (size_t i = text.len; i < EDI_TABLE_SHORT_MOST; i++)
    if (text.ptr[i] != 0) return false;
  return text_holds(base, text);
}

/* `above` is the cell of the row before, NULL in the first; *cursor is where the heap goes on. */
static bool cell_holds(const edi_tablefile *t, uint32_t column, const edi_tablecell *cell,
                       const edi_tablecell *above, uint64_t *cursor) {
  uint32_t base = t->types[2 * column];
  if (cell->kind == EDI_TABLECELL_ABSENT)
    return column >= t->key_count && cell->length == 0 && cell->value == 0;
  if (is_short(cell)) return kind_of(base) == EDI_TABLECELL_HEAP && short_holds(base, cell);
  if (cell->kind != kind_of(base)) return false;
  if (cell->kind == EDI_TABLECELL_INLINE) return inline_holds(base, cell);
  if (cell->length <= EDI_TABLE_SHORT_MOST) return false;
  if (above && same_place(cell, above)) return true;
  if (cell->value < 0 || (uint64_t)cell->value != *cursor || cell->length > t->heap.len - *cursor)
    return false;
  *cursor += cell->length;
  return text_holds(base, edi_tablecell_text(cell, t->heap));
}

static edict_status verify_rows(const edi_tablefile *t, edict_diagnostics *d) {
  uint32_t columns = t->key_count + t->value_count;
  uint64_t cursor = 0;
  for (uint64_t r = 0; r < t->row_count; r++) {
    const edi_tablecell *row = t->cells + r * columns, *above = r > 0 ? row - columns : NULL;
    for (uint32_t c = 0; c < columns; c++) {
      if (cell_holds(t, c, &row[c], above ? &above[c] : NULL, &cursor)) continue;
      edi_diagnostics_add(d, EDI_R0151, EDI_SPAN_NONE, "",
                          "table: row %llu, column %u is not a cell of its type",
                          (unsigned long long)r, (unsigned)c);
      return EDICT_FORMAT;
    }
    if (!above || compare_keys(above, t->heap, row, t->heap, t->key_count) < 0) continue;
    edi_diagnostics_add(d, EDI_R0152, EDI_SPAN_NONE, "",
                        "table: row %llu does not come after the one before it",
                        (unsigned long long)r);
    return EDICT_FORMAT;
  }
  if (cursor == t->heap.len) return EDICT_OK;
  return fail(d, EDICT_FORMAT, EDI_R0150, "bytes of its heap belong to no cell");
}

static edict_status verify_index(const edi_tablefile *t, edict_diagnostics *d) {
  if (edi_tableindex_holds(t)) return EDICT_OK;
  return fail(d, EDICT_FORMAT, EDI_R0154, "its index does not find every row, or finds another");
}

edict_status edi_tablefile_verify(const void *bytes, size_t length, edi_tablefile *table,
                                  edict_diagnostics *diagnostics) {
  *table = (edi_tablefile){0};
  if (!bytes || (uintptr_t)bytes % 8 != 0)
    return fail(diagnostics, EDICT_ARGUMENT, EDI_R0150, "its bytes are not at a multiple of 8");
  edi_tablefile verified = {0};
  edict_status status = verify_layout(bytes, length, &verified, diagnostics);
  if (status == EDICT_OK) status = verify_rows(&verified, diagnostics);
  if (status == EDICT_OK) status = verify_index(&verified, diagnostics);
  if (status == EDICT_OK) *table = verified;
  return status;
}

bool edi_tablefile_has_keys(const edi_tablefile *t, uint64_t row, const edi_tablecell *keys,
                            edi_str heap) {
  const edi_tablecell *cells = t->cells + row * (t->key_count + t->value_count);
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

static edi_tablecell short_cell(edi_str text) {
  edi_tablecell cell = {.kind = EDI_TABLECELL_SHORT | (uint32_t)text.len << 8};
  if (text.len > 0) memcpy(&cell.length, text.ptr, text.len);
  return cell;
}

/* Cells in order with their places in the new heap, or (`texts`) the heap itself. */
static void write_rows(const rows *r, bool texts, uint64_t *places, edi_buf *into) {
  uint64_t cursor = 0;
  for (uint64_t i = 0; i < r->count && into->failed == EDICT_OK; i++) {
    const edi_tablecell *row = r->cells + r->order[i] * r->columns;
    const edi_tablecell *above = i > 0 ? r->cells + r->order[i - 1] * r->columns : NULL;
    for (uint32_t c = 0; c < r->columns; c++) {
      edi_tablecell cell = row[c];
      if (cell.kind == EDI_TABLECELL_HEAP && cell.length <= EDI_TABLE_SHORT_MOST) {
        cell = short_cell(edi_tablecell_text(&row[c], r->heap));
      } else if (cell.kind == EDI_TABLECELL_HEAP) {
        bool shared = above && compare_cells(&row[c], r->heap, &above[c], r->heap) == 0;
        if (!shared) {
          places[c] = cursor;
          cursor += cell.length;
          if (texts) edi_buf_str(into, edi_tablecell_text(&row[c], r->heap));
        }
        cell.value = (int64_t)places[c];
      }
      if (!texts) edi_buf_append(into, &cell, sizeof cell);
    }
  }
}

static void write_file(const rows *r, uint64_t *places, edi_buf *into) {
  edi_buf_text(into, MAGIC);
  edi_buf_u32(into, FORMAT);
  edi_buf_u32(into, r->key_count);
  edi_buf_u32(into, r->columns - r->key_count);
  edi_buf_u32(into, 0);
  edi_buf_u64(into, r->count);
  edi_buf_u64(into, 0); /* the heap's length, and the salt, when they are known */
  edi_buf_zeros(into, EDI_TABLE_SALT);
  edi_buf_append(into, r->types, 8 * (size_t)r->columns);
  write_rows(r, false, places, into);
  edi_buf_zeros(into, 8 * (size_t)edi_tableindex_slots(r->count));
  write_rows(r, true, places, into);
}

/* What the written rows decide: the heap's length, the salt, the slots. */
static edict_status complete_file(const rows *r, edi_buf *into, size_t start, edict_diagnostics *d) {
  char *bytes = into->ptr + start;
  uint64_t cells = r->count * r->columns, slots = edi_tableindex_slots(r->count);
  size_t at = HEADER + 8 * (size_t)r->columns, heap = at + cells * sizeof(edi_tablecell) + 8 * slots;
  edi_put64(bytes + 32, into->len - start - heap);
  edi_tablefile t = {.key_count = r->key_count,
                     .value_count = r->columns - r->key_count,
                     .row_count = r->count,
                     .cells = (const edi_tablecell *)(const void *)(bytes + at),
                     .salt = (const unsigned char *)bytes + HEADER - EDI_TABLE_SALT,
                     .heap = {bytes + heap, into->len - start - heap}};
  edi_tableindex_salt(t.cells, cells, t.heap, (unsigned char *)bytes + HEADER - EDI_TABLE_SALT);
  if (edi_tableindex_fill(&t, (uint64_t *)(void *)(bytes + heap - 8 * slots))) return EDICT_OK;
  return fail(d, EDICT_LIMIT, EDI_R0154, "too many keys share a place in its index");
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
  edict_status status = sort_rows(arena, &r, diagnostics);
  uint64_t *places = EDI_NEW_ARRAY(arena, uint64_t, r.columns);
  if (status != EDICT_OK || !places) return status != EDICT_OK ? status : edi_arena_status(arena);
  write_file(&r, places, into);
  if (into->failed != EDICT_OK) return into->failed;
  status = complete_file(&r, into, start, diagnostics);
  if (status != EDICT_OK) return status;
  edi_tablefile written;
  status = edi_tablefile_verify(into->ptr + start, into->len - start, &written, diagnostics);
  return status == EDICT_FORMAT ? EDICT_FINDINGS : status;
}
