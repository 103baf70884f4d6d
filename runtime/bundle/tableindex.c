/* Table index: see the header.
 *
 * In: keys as cells with their heap. Out: the row that has them. A look-up alone waits for memory
 * twice (slot, cells), a third time for a long text; many at once overlap their waits, a stage at a time. */
#include "bundle/tableindex.h"

#include <sodium.h>

#include "bundle/limits.h"

_Static_assert(EDI_TABLE_SALT == crypto_shorthash_KEYBYTES, "the salt is SipHash's key");

uint64_t edi_tableindex_slots(uint64_t rows) { return rows + rows / 2 + 1; }

void edi_tableindex_salt(const edi_tablecell *cells, uint64_t count, edi_str heap,
                         unsigned char salt[EDI_TABLE_SALT]) {
  crypto_generichash_state state;
  (void)crypto_generichash_init(&state, NULL, 0, EDI_TABLE_SALT);
  (void)crypto_generichash_update(&state, (const unsigned char *)cells, count * sizeof *cells);
  (void)crypto_generichash_update(&state, (const unsigned char *)heap.ptr, heap.len);
  (void)crypto_generichash_final(&state, salt, EDI_TABLE_SALT);
}

static uint64_t hash_bytes(const unsigned char *salt, const void *bytes, size_t length) {
  uint64_t hash;
  (void)crypto_shorthash((unsigned char *)&hash, bytes, length, salt);
  return hash;
}

static uint64_t hash_cell(const unsigned char *salt, const edi_tablecell *cell, edi_str heap) {
  if (edi_tablecell_is_text(cell)) {
    edi_str text = edi_tablecell_text(cell, heap);
    return hash_bytes(salt, text.ptr, text.len);
  }
  const int64_t parts[2] = {cell->length, cell->value};
  return hash_bytes(salt, parts, sizeof parts);
}

static uint64_t hash_keys(const edi_tablefile *t, const edi_tablecell *keys, edi_str heap) {
  uint64_t hash = hash_cell(t->salt, &keys[0], heap);
  for (uint32_t i = 1; i < t->key_count; i++) {
    const uint64_t pair[2] = {hash, hash_cell(t->salt, &keys[i], heap)};
    hash = hash_bytes(t->salt, pair, sizeof pair);
  }
  return hash;
}

static uint64_t home_of(uint64_t hash, uint64_t slots) {
  return (uint64_t)(uint32_t)hash * slots >> 32;
}

uint64_t edi_tableindex_home(const edi_tablefile *t, const edi_tablecell *keys, edi_str heap) {
  return home_of(hash_keys(t, keys, heap), edi_tableindex_slots(t->row_count));
}

static uint64_t next_slot(uint64_t slot, uint64_t slots) { return slot + 1 == slots ? 0 : slot + 1; }

static uint64_t row_of(uint64_t slot) { return (uint32_t)slot - UINT64_C(1); }

static const edi_tablecell *cells_of(const edi_tablefile *t, uint64_t row) {
  return t->cells + row * (t->key_count + t->value_count);
}

bool edi_tableindex_fill(const edi_tablefile *t, uint64_t *slots) {
  uint64_t count = edi_tableindex_slots(t->row_count);
  for (uint64_t row = 0; row < t->row_count; row++) {
    uint64_t hash = hash_keys(t, cells_of(t, row), t->heap), at = home_of(hash, count);
    uint32_t steps = 0;
    for (; slots[at] != 0; at = next_slot(at, count))
      if (++steps >= EDI_LIMIT_TABLE_STEPS) return false;
    slots[at] = (hash >> 32 << 32) | (row + 1);
  }
  return true;
}

/* Whether the slots from the row's home on come to it before an empty one. */
static bool reaches(const edi_tablefile *t, uint64_t hash, uint64_t row) {
  uint64_t count = edi_tableindex_slots(t->row_count), wanted = (hash >> 32 << 32) | (row + 1);
  uint64_t at = home_of(hash, count);
  for (uint32_t steps = 0; steps < EDI_LIMIT_TABLE_STEPS; steps++, at = next_slot(at, count)) {
    if (t->slots[at] == wanted) return true;
    if (t->slots[at] == 0) return false;
  }
  return false;
}

enum { AT_ONCE = 32 };

bool edi_tableindex_holds(const edi_tablefile *t) {
  uint64_t count = edi_tableindex_slots(t->row_count), taken = 0, hashes[AT_ONCE];
  for (uint64_t i = 0; i < count; i++) taken += t->slots[i] != 0;
  if (taken != t->row_count) return false;
  for (uint64_t first = 0; first < t->row_count; first += AT_ONCE) {
    uint64_t some = t->row_count - first < AT_ONCE ? t->row_count - first : AT_ONCE;
    for (uint64_t i = 0; i < some; i++) {
      hashes[i] = hash_keys(t, cells_of(t, first + i), t->heap);
      __builtin_prefetch(&t->slots[home_of(hashes[i], count)]);
    }
    for (uint64_t i = 0; i < some; i++)
      if (!reaches(t, hashes[i], first + i)) return false;
  }
  return true;
}

/* ---- finding ---- */

/* The next row from *slot on that may have the keys, or UINT64_MAX; *slot is then the one after it. */
static uint64_t candidate(const edi_tablefile *t, uint64_t hash, uint64_t count, uint64_t *slot) {
  for (;;) {
    uint64_t entry = t->slots[*slot];
    if (entry == 0) return UINT64_MAX;
    *slot = next_slot(*slot, count);
    if (entry >> 32 == hash >> 32) return row_of(entry);
  }
}

static uint64_t confirm(const edi_tablefile *t, const edi_tablecell *keys, edi_str heap,
                        uint64_t hash, uint64_t row, uint64_t slot) {
  uint64_t count = edi_tableindex_slots(t->row_count);
  while (row != UINT64_MAX && !edi_tablefile_has_keys(t, row, keys, heap))
    row = candidate(t, hash, count, &slot);
  return row;
}

uint64_t edi_tablefile_find(const edi_tablefile *t, const edi_tablecell *keys, edi_str heap) {
  if (t->row_count == 0) return UINT64_MAX;
  uint64_t hash = hash_keys(t, keys, heap), count = edi_tableindex_slots(t->row_count);
  uint64_t slot = home_of(hash, count), row = candidate(t, hash, count, &slot);
  return confirm(t, keys, heap, hash, row, slot);
}

void edi_tablefile_find_many(const edi_tablefile *t, const edi_tablecell *keys, size_t count,
                             edi_str heap, uint64_t *rows) {
  uint64_t hashes[AT_ONCE], at[AT_ONCE], slots = edi_tableindex_slots(t->row_count);
  for (size_t first = 0; first < count; first += AT_ONCE) {
    size_t some = count - first < AT_ONCE ? count - first : AT_ONCE;
    const edi_tablecell *asked = keys + first * t->key_count;
    uint64_t *found = rows + first;
    for (size_t i = 0; i < some; i++) {
      hashes[i] = hash_keys(t, asked + i * t->key_count, heap);
      at[i] = home_of(hashes[i], slots);
      if (t->row_count > 0) __builtin_prefetch(&t->slots[at[i]]);
    }
    for (size_t i = 0; i < some; i++) {
      found[i] = t->row_count > 0 ? candidate(t, hashes[i], slots, &at[i]) : UINT64_MAX;
      if (found[i] != UINT64_MAX) __builtin_prefetch(cells_of(t, found[i]));
    }
    for (size_t i = 0; i < some; i++) {
      const edi_tablecell *cell = found[i] != UINT64_MAX ? cells_of(t, found[i]) : NULL;
      if (cell && cell->kind == EDI_TABLECELL_HEAP) __builtin_prefetch(t->heap.ptr + cell->value);
    }
    for (size_t i = 0; i < some; i++)
      found[i] = confirm(t, asked + i * t->key_count, heap, hashes[i], found[i], at[i]);
  }
}
