/* Table index: see the header.
 *
 * In: keys as cells with their heap. Out: the place of the row that has them. A look-up alone waits for memory once, a
 * second time for a long text; many at once overlap their waits, a stage at a time. */
#include "bundle/tableindex.h"

#include <sodium.h>

#include "bundle/limits.h"

_Static_assert(EDI_TABLE_SALT == crypto_shorthash_KEYBYTES, "the salt is SipHash's key");

uint64_t edi_tableindex_places(uint64_t rows, uint32_t columns, uint64_t next) {
  uint64_t share = edi_tableindex_share(columns), homes = edi_tableindex_homes(rows, columns), needed = next / share + 1;
  return (needed > homes ? needed : homes) * share;
}

/* ---- hashes ---- */

static void salt_cell(crypto_generichash_state *state, const edi_tablecell *cell, edi_str heap) {
  bool text = edi_tablecell_is_text(cell);
  edi_str bytes = text ? edi_tablecell_text(cell, heap) : (edi_str){(const char *)&cell->value, sizeof cell->value};
  const uint32_t head[2] = {text ? EDI_TABLECELL_HEAP : cell->kind, text ? (uint32_t)bytes.len : cell->length};
  (void)crypto_generichash_update(state, (const unsigned char *)head, sizeof head);
  (void)crypto_generichash_update(state, (const unsigned char *)bytes.ptr, bytes.len);
}

void edi_tableindex_salt(const edi_tablecell *cells, uint32_t columns, const uint64_t *order, uint64_t count, edi_str heap,
                         unsigned char salt[EDI_TABLE_SALT]) {
  crypto_generichash_state state;
  (void)crypto_generichash_init(&state, NULL, 0, EDI_TABLE_SALT);
  for (uint64_t i = 0; i < count; i++)
    for (uint32_t c = 0; c < columns; c++) salt_cell(&state, &cells[order[i] * columns + c], heap);
  (void)crypto_generichash_final(&state, salt, EDI_TABLE_SALT);
}

static uint64_t hash_bytes(const unsigned char *salt, const void *bytes, size_t length) {
  uint64_t hash;
  (void)crypto_shorthash((unsigned char *)&hash, bytes, length, salt);
  return hash;
}

uint64_t edi_tableindex_cell(const unsigned char *salt, const edi_tablecell *cell, edi_str heap) {
  if (edi_tablecell_is_text(cell)) {
    edi_str text = edi_tablecell_text(cell, heap);
    return hash_bytes(salt, text.ptr, text.len);
  }
  const int64_t parts[2] = {cell->length, cell->value};
  return hash_bytes(salt, parts, sizeof parts);
}

/* Of one key its cell's; of several, each folds in the one before. */
static uint64_t hash_on(const unsigned char *salt, uint64_t hash, const edi_tablecell *keys, uint32_t count, edi_str heap) {
  for (uint32_t i = 1; i < count; i++) {
    const uint64_t pair[2] = {hash, edi_tableindex_cell(salt, &keys[i], heap)};
    hash = hash_bytes(salt, pair, sizeof pair);
  }
  return hash;
}

uint64_t edi_tableindex_keys(const unsigned char *salt, const edi_tablecell *keys, uint32_t count, edi_str heap) {
  return hash_on(salt, edi_tableindex_cell(salt, &keys[0], heap), keys, count, heap);
}

/* ---- finding ---- */

/* What is looked for: the first key as it is stored, which bits of its value count, and where the search goes on. */
typedef struct question { edi_tablecell first; uint64_t counts, place; } question;

static const edi_tablecell *cells_at(const edi_tablefile *t, uint64_t place) {
  return t->cells + place * (t->key_count + t->value_count);
}

static question ask(const edi_tablefile *t, const edi_tablecell *keys, edi_str heap) {
  uint64_t first = edi_tableindex_cell(t->salt, keys, heap), all = hash_on(t->salt, first, keys, t->key_count, heap);
  question q = {*keys, UINT64_MAX, edi_tableindex_home(all, t->homes, t->share)};
  if (!edi_tablecell_is_text(keys) || edi_tablecell_is_short(keys)) return q;
  edi_str text = edi_tablecell_text(keys, heap);
  if (text.len <= EDI_TABLE_SHORT_MOST) {
    q.first = edi_tablecell_short(text);
    return q;
  }
  q.first = (edi_tablecell){EDI_TABLECELL_HEAP, (uint32_t)text.len, edi_tableindex_marked(0, first)};
  q.counts = UINT64_MAX << EDI_TABLE_OFFSET_BITS;
  return q;
}

static bool may_be(const edi_tablecell *stored, const question *q) {
  uint64_t other = (uint64_t)(stored->kind ^ q->first.kind) | (uint64_t)(stored->length ^ q->first.length);
  return (other | (((uint64_t)stored->value ^ (uint64_t)q->first.value) & q->counts)) == 0;
}

/* The place from q->place on whose row may be the one, or UINT64_MAX. The last place is empty. */
static uint64_t candidate(const edi_tablefile *t, const question *q) {
  uint32_t columns = t->key_count + t->value_count;
  uint64_t place = q->place;
  for (const edi_tablecell *cell = cells_at(t, place); cell->kind != EDI_TABLECELL_ABSENT; cell += columns, place++)
    if (may_be(cell, q)) return place;
  return UINT64_MAX;
}

#define FURTHER (UINT64_MAX - 1)

static unsigned which_of_two(const edi_tablecell *row, unsigned columns, const question *q) {
  return (unsigned)may_be(row, q) | (unsigned)may_be(row + columns, q) << 1;
}

/* The same within a home, or FURTHER: the search goes on behind it. Its rows are compared at once: which of them it is
 * cannot be foreseen, and a wrong guess costs more than the others. */
static inline uint64_t candidate_in_home(const edi_tablefile *t, question *q, unsigned share, unsigned columns) {
  const edi_tablecell *line = t->cells + q->place * columns;
  unsigned which = which_of_two(line, columns, q);
  if (share == 4) which |= which_of_two(line + 2 * columns, columns, q) << 2;
  if (which) return q->place + (unsigned)__builtin_ctz(which);
  if (line[(share - 1) * columns].kind == EDI_TABLECELL_ABSENT) return UINT64_MAX;
  q->place += share;
  return FURTHER;
}

static uint64_t candidate_at_home(const edi_tablefile *t, question *q) {
  switch (t->share) {
    case 4: return candidate_in_home(t, q, 4, 1);
    case 2: return candidate_in_home(t, q, 2, 2);
    default: return candidate(t, q);
  }
}

/* Of a short key that is the only one nothing else is to be looked at. */
static uint64_t confirm(const edi_tablefile *t, question *q, uint64_t place, const edi_tablecell *keys, edi_str heap) {
  if (place == UINT64_MAX) return place;
  if (place == FURTHER) place = candidate(t, q);
  bool sure = t->key_count == 1 && q->first.kind != EDI_TABLECELL_HEAP;
  while (place != UINT64_MAX && !sure && !edi_tablefile_has_keys(t, place, keys, heap)) {
    q->place = place + 1;
    place = candidate(t, q);
  }
  return place;
}

uint64_t edi_tablefile_find(const edi_tablefile *t, const edi_tablecell *keys, edi_str heap) {
  question q = ask(t, keys, heap);
  return confirm(t, &q, candidate_at_home(t, &q), keys, heap);
}

enum { AT_ONCE = 64 };

void edi_tablefile_find_many(const edi_tablefile *t, const edi_tablecell *keys, size_t count,
                             edi_str heap, uint64_t *rows) {
  question q[AT_ONCE];
  for (size_t first = 0; first < count; first += AT_ONCE) {
    size_t some = count - first < AT_ONCE ? count - first : AT_ONCE;
    const edi_tablecell *asked = keys + first * t->key_count;
    uint64_t *found = rows + first;
    for (size_t i = 0; i < some; i++) {
      q[i] = ask(t, asked + i * t->key_count, heap);
      const char *row = (const char *)cells_at(t, q[i].place);
      __builtin_prefetch(row);
      __builtin_prefetch(row + EDI_TABLE_LINE - 1); /* the same, where data begin at one and rows share homes */
    }
    for (size_t i = 0; i < some; i++) {
      found[i] = candidate_at_home(t, &q[i]);
      if (found[i] == FURTHER) __builtin_prefetch(cells_at(t, q[i].place));
      if (found[i] >= FURTHER || q[i].first.kind != EDI_TABLECELL_HEAP) continue;
      edi_str text = edi_tablecell_text(cells_at(t, found[i]), t->heap);
      __builtin_prefetch(text.ptr);
      __builtin_prefetch(text.ptr + text.len - 1);
    }
    for (size_t i = 0; i < some; i++) found[i] = confirm(t, &q[i], found[i], asked + i * t->key_count, heap);
  }
}
