/* Sieve, leaves: one condition about one column, answered for a block of rows.
 *
 * How depends on the layout: by bounds or members where the cells are numbers, once for each value of a
 * dictionary, by the two truths of a bit; else cell by cell, where what the VM said of a short value is remembered.
 * A NULL gives what the VM says of NULL. */
#include "eval/sieve.h"

/* ---- what the VM said ---- */

enum { MEMO_SLOTS = 512, MEMO_TEXT = 16 };
typedef struct memo_slot { uint64_t low, high; uint32_t tag; uint32_t truth; } memo_slot;
struct edi_memo { memo_slot slots[MEMO_SLOTS]; };

static edi_truth ask(edi_sieve *s, edi_sieve_way *way, const edi_leaf *leaf, const edict_cell *cell) {
  edi_vm_spare none = {0};
  s->cells[leaf->column] = *cell;
  return edi_value_truth(edi_vm_values(&way->part_vm, leaf->routine, s->values, &none));
}

/* The bytes of a short text as two numbers; with its length they are the text. */
static inline void two_words(const char *p, size_t length, uint64_t *low, uint64_t *high) {
  const unsigned char *b = (const unsigned char *)p;
  *high = 0;
  if (length >= 8) {
    *low = edi_get64(b);
    *high = edi_get64(b + length - 8);
  } else if (length >= 4) {
    *low = edi_get32(b) | (uint64_t)edi_get32(b + length - 4) << 32;
  } else {
    *low = length ? b[0] | (uint64_t)b[length / 2] << 8 | (uint64_t)b[length - 1] << 16 : 0;
  }
}

static inline memo_slot *slot_of(const edi_leaf *leaf, uint32_t tag, uint64_t low, uint64_t high) {
  uint64_t hash = (low ^ (high << 29 | high >> 35)) * UINT64_C(0x9E3779B97F4A7C15) ^ tag;
  return &leaf->memo->slots[(hash ^ hash >> 41) % MEMO_SLOTS];
}

static inline bool is_in(const memo_slot *slot, uint32_t tag, uint64_t low, uint64_t high) {
  return slot->tag == tag && slot->low == low && slot->high == high;
}

/* Never 0, which is the tag of an empty slot. */
static inline uint32_t tag_of(edict_cell_type type, size_t length) { return 0x10000 | (uint32_t)type << 8 | (uint32_t)length; }

/* A value in so few bytes that it is remembered; false: it is not. */
static bool key_of(const edi_leaf *leaf, const edict_cell *cell, memo_slot *key) {
  bool text = cell->type == EDICT_CELL_TEXT;
  if (!leaf->memo || cell->type == EDICT_CELL_BLOB || (text && cell->len > MEMO_TEXT)) return false;
  *key = (memo_slot){.low = (uint64_t)cell->integer, .high = cell->scale, .tag = tag_of(cell->type, text ? cell->len : 0)};
  if (cell->type == EDICT_CELL_REAL) memcpy(&key->low, &cell->real, sizeof key->low);
  if (text) two_words(cell->ptr ? cell->ptr : "", cell->len, &key->low, &key->high);
  return true;
}

bool edi_leaf_recall(const edi_leaf *leaf, const edict_cell *cell, edi_truth *truth) {
  memo_slot key;
  if (!key_of(leaf, cell, &key)) return false;
  const memo_slot *slot = slot_of(leaf, key.tag, key.low, key.high);
  *truth = (edi_truth)slot->truth;
  return is_in(slot, key.tag, key.low, key.high);
}

void edi_leaf_remember(const edi_leaf *leaf, const edict_cell *cell, edi_truth truth) {
  memo_slot key;
  if (!key_of(leaf, cell, &key)) return;
  key.truth = (uint32_t)truth;
  *slot_of(leaf, key.tag, key.low, key.high) = key;
}

edi_truth edi_leaf_truth(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf, const edict_cell *cell) {
  edi_truth truth;
  if (cell->type == EDICT_CELL_NULL) {
    if (!leaf->has_null) leaf->null = ask(s, way, leaf, cell);
    leaf->has_null = true;
    return leaf->null;
  }
  if (edi_leaf_recall(leaf, cell, &truth)) return truth;
  truth = ask(s, way, leaf, cell);
  edi_leaf_remember(leaf, cell, truth);
  return truth;
}

/* The same for a text with offsets of 32 bits, where it is short and was met before; false: ask for its cell. */
static inline bool met_before(const edi_leaf *leaf, const edict_vector *v, size_t row, edi_truth *truth) {
  edi_str text;
  uint64_t low, high;
  if (!edi_vector_text32(v, row, &text) || text.len > MEMO_TEXT) return false;
  two_words(text.ptr, text.len, &low, &high);
  uint32_t tag = tag_of(EDICT_CELL_TEXT, text.len);
  const memo_slot *slot = slot_of(leaf, tag, low, high);
  *truth = (edi_truth)slot->truth;
  return is_in(slot, tag, low, high);
}

/* ---- the batch at hand ---- */

static bool need_memo(edi_sieve *s, edi_leaf *leaf) {
  if (!leaf->memo) leaf->memo = EDI_NEW(s->arena, struct edi_memo);
  return leaf->memo != NULL;
}

/* A table that costs more to fill than the rows to look at is not made. */
static bool by_code(const edi_sieve *s, const edict_vector *v) {
  return v->dictionary && v->dictionary->length <= s->batch->rows + 64;
}

static bool bind_codes(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf, const edict_vector *d) {
  size_t length = d->length, words = (length + 32 * EDI_PICK_WORDS) / (32 * EDI_PICK_WORDS) * EDI_PICK_WORDS;
  edict_cell cell = {.type = EDICT_CELL_BLOB};
  if (!need_memo(s, leaf)) return false;
  for (int want = 0; want < 2; want++) {
    if (leaf->table_words < words) leaf->table[want] = EDI_NEW_ARRAY(s->arena, uint32_t, words);
    if (!leaf->table[want]) return false;
    memset(leaf->table[want], 0, words * sizeof **leaf->table);
  }
  if (leaf->table_words < words) leaf->table_words = words;
  for (size_t i = 0; i <= length; i++) { /* the last one is of indices that are out of range */
    if (i < length) cell = edict_vector_cell(d, i);
    else cell = (edict_cell){.type = EDICT_CELL_BLOB};
    edi_truth t = edi_leaf_truth(s, way, leaf, &cell);
    if (t != EDI_UNKNOWN) leaf->table[t][i / 32] |= UINT32_C(1) << (i % 32);
  }
  return true;
}

static bool bind_numbers(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf, const edict_vector *v) {
  if (leaf->relation == EDI_RELATION_NONE || leaf->slot == EDI_NONE) return false;
  unsigned base = way->vm.column_types[leaf->column];
  unsigned domain = EDI_TYPE_BASE(way->vm.linked->slot_types[leaf->slot]);
  if (!edi_sieve_lane(v, base, domain, &leaf->lane)) return false;
  if (leaf->relation == EDI_RELATION_IN) {
    leaf->method = EDI_LEAF_MEMBERS;
    return edi_leaf_members(leaf, s->arena);
  }
  leaf->method = EDI_LEAF_RANGE;
  return edi_leaf_bounds(leaf, EDI_NO, &leaf->bounds[EDI_NO]) && edi_leaf_bounds(leaf, EDI_YES, &leaf->bounds[EDI_YES]);
}

/* Both columns as numbers that mean the same. */
static bool bind_pair(const edi_sieve *s, const edi_sieve_way *way, edi_leaf *leaf) {
  const edi_type *types = way->vm.linked->slot_types;
  edi_lane other;
  if (leaf->relation == EDI_RELATION_NONE || EDI_TYPE_BASE(types[leaf->other_slot]) != EDI_TYPE_BASE(types[leaf->slot])) return false;
  unsigned domain = EDI_TYPE_BASE(types[leaf->slot]);
  if (!edi_sieve_lane(&s->batch->columns[leaf->column], way->vm.column_types[leaf->column], domain, &leaf->lane) ||
      !edi_sieve_lane(&s->batch->columns[leaf->other], way->vm.column_types[leaf->other], domain, &other))
    return false;
  return !leaf->lane.odd && !other.odd && leaf->lane.factor == other.factor && leaf->lane.least == other.least;
}

static bool need_rooms(edi_sieve *s, uint32_t column) {
  edi_sieve_column *c = &s->columns[column];
  const edict_vector *v = &s->batch->columns[column];
  if (v->dictionary && !c->code_room) c->code_room = EDI_NEW_ARRAY(s->arena, uint32_t, EDI_BLOCK);
  if (!v->dictionary && !c->room) c->room = EDI_NEW_ARRAY(s->arena, int64_t, EDI_BLOCK);
  return v->dictionary ? c->code_room != NULL : c->room != NULL;
}

edict_status edi_leaf_bind(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf) {
  const edict_vector *v = &s->batch->columns[leaf->column];
  const edict_cell none = {0};
  bool room = need_rooms(s, leaf->column) && (leaf->other == EDI_NONE || need_rooms(s, leaf->other));
  if (!room) return edi_arena_status(s->arena);
  if (leaf->keys) leaf->keys->have = false;
  if (leaf->other != EDI_NONE) {
    leaf->method = leaf->keys ? EDI_LEAF_TABLE : bind_pair(s, way, leaf) ? EDI_LEAF_PAIR : EDI_LEAF_OPEN;
    return EDICT_OK;
  }
  (void)edi_leaf_truth(s, way, leaf, &none);
  if (v->layout == EDICT_LAYOUT_NULL) {
    leaf->method = EDI_LEAF_SAME;
  } else if (by_code(s, v)) {
    leaf->method = EDI_LEAF_CODES;
    room = bind_codes(s, way, leaf, v->dictionary);
  } else if (v->layout == EDICT_LAYOUT_BOOL) {
    leaf->method = EDI_LEAF_BITS;
    for (int bit = 0; bit < 2; bit++)
      leaf->bit[bit] = ask(s, way, leaf, &(edict_cell){.type = EDICT_CELL_BOOL, .integer = bit});
  } else if (!bind_numbers(s, way, leaf, v)) {
    leaf->method = leaf->keys ? EDI_LEAF_TABLE : EDI_LEAF_CELLS;
    room = need_memo(s, leaf);
  }
  return room ? EDICT_OK : edi_arena_status(s->arena);
}

/* ---- a block ---- */

static void range(const edi_sieve *s, const int64_t *v, int64_t least, int64_t most, uint64_t *out) {
  if (least == INT64_MIN && most == INT64_MAX) edi_bits_fill(true, s->count, out);
  else s->lanes->range64(v, s->count, least, most, out);
}

/* 32-bit numbers that need no widening; false: they are none. */
static bool range_narrow(const edi_sieve *s, const edi_leaf *leaf, const edi_bounds *b, uint64_t *out) {
  const edict_vector *v = &s->batch->columns[leaf->column];
  if ((v->layout != EDICT_LAYOUT_INT32 && v->layout != EDICT_LAYOUT_DATE32) || (uintptr_t)v->values % 4) return false;
  int64_t least = b->least < INT32_MIN ? INT32_MIN : b->least, most = b->most > INT32_MAX ? INT32_MAX : b->most;
  if (least > most) edi_bits_fill(false, s->count, out);
  else s->lanes->range32((const int32_t *)v->values + v->offset + s->row, s->count, (int32_t)least, (int32_t)most, out);
  return true;
}

static void ranged(edi_sieve *s, const edi_leaf *leaf, const edi_bounds *b, uint64_t *out) {
  uint64_t fits[EDI_BLOCK_WORDS];
  if (b->never) edi_bits_fill(false, s->count, out);
  else if (!range_narrow(s, leaf, b, out)) range(s, edi_sieve_numbers(s, leaf->column), b->least, b->most, out);
  if (!b->turned) return;
  range(s, edi_sieve_numbers(s, leaf->column), leaf->lane.least, leaf->lane.most, fits);
  for (size_t w = 0; w < edi_words(s->count); w++) out[w] = fits[w] & ~out[w];
}

static void membership(edi_sieve *s, const edi_leaf *leaf, edi_truth want, uint64_t *out) {
  enum { FEW = 8 };
  const int64_t *v = edi_sieve_numbers(s, leaf->column);
  uint64_t some[EDI_BLOCK_WORDS];
  edi_bits_fill(false, s->count, out);
  if (want == EDI_NO && leaf->constant.scale) return; /* an incomplete set says no to nothing */
  for (size_t i = 0; leaf->member_count <= FEW && i < leaf->member_count; i++) {
    s->lanes->range64(v, s->count, leaf->members[i], leaf->members[i], some);
    for (size_t w = 0; w < edi_words(s->count); w++) out[w] |= some[w];
  }
  for (size_t i = 0; leaf->member_count > FEW && i < s->count; i++)
    out[i / 64] |= (uint64_t)edi_leaf_is_member(leaf, v[i]) << (i % 64);
  if (leaf->lane.least == INT64_MIN && want == EDI_YES) return;
  range(s, v, leaf->lane.least, leaf->lane.most, some);
  for (size_t w = 0; w < edi_words(s->count); w++) out[w] = some[w] & (want == EDI_YES ? out[w] : ~out[w]);
}

/* Decimals in a form that numbers do not have, one by one. */
static void mend_odd(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf, edi_truth want, uint64_t *out) {
  uint64_t odd[EDI_BLOCK_WORDS];
  const uint64_t *valid = edi_sieve_valid(s, leaf->column);
  s->lanes->range64(edi_sieve_numbers(s, leaf->column), s->count, INT64_MIN, INT64_MIN, odd);
  for (size_t w = 0; w < edi_words(s->count); w++) {
    out[w] &= ~odd[w];
    for (uint64_t rest = odd[w] & valid[w]; rest; rest &= rest - 1) {
      size_t i = w * 64 + (size_t)__builtin_ctzll(rest);
      edict_cell cell = edict_vector_cell(&s->batch->columns[leaf->column], s->row + i);
      if (edi_leaf_truth(s, way, leaf, &cell) == want) out[w] |= rest & -rest;
    }
  }
}

static void pair(edi_sieve *s, const edi_leaf *leaf, edi_truth want, uint64_t *out) {
  const int64_t *a = edi_sieve_numbers(s, leaf->column), *b = edi_sieve_numbers(s, leaf->other);
  const uint64_t *va = edi_sieve_valid(s, leaf->column), *vb = edi_sieve_valid(s, leaf->other);
  uint64_t fa[EDI_BLOCK_WORDS], fb[EDI_BLOCK_WORDS];
  bool swapped = leaf->relation == EDI_RELATION_LE; /* a <= b is not b < a */
  if (leaf->relation == EDI_RELATION_EQ) s->lanes->equal64(a, b, s->count, out);
  else s->lanes->less64(swapped ? b : a, swapped ? a : b, s->count, out);
  range(s, a, leaf->lane.least, leaf->lane.most, fa);
  range(s, b, leaf->lane.least, leaf->lane.most, fb);
  bool as_is = (want == EDI_YES) != swapped;
  for (size_t w = 0; w < edi_words(s->count); w++) out[w] = (as_is ? out[w] : ~out[w]) & va[w] & vb[w] & fa[w] & fb[w];
}

static void by_cell(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf, edi_truth want, uint64_t *out) {
  const edict_vector *v = &s->batch->columns[leaf->column];
  const uint64_t *valid = edi_sieve_valid(s, leaf->column);
  bool texts = v->layout == EDICT_LAYOUT_TEXT32 && !v->dictionary;
  edi_bits_fill(false, s->count, out);
  for (size_t i = 0; i < s->count; i++) {
    edi_truth truth = leaf->null;
    bool null = !(valid[i / 64] >> (i % 64) & 1);
    if (!null && !(texts && met_before(leaf, v, s->row + i, &truth))) {
      edict_cell cell = edict_vector_cell(v, s->row + i);
      truth = edi_leaf_truth(s, way, leaf, &cell);
    }
    out[i / 64] |= (uint64_t)(truth == want) << (i % 64);
  }
}

static const uint32_t *codes_of(edi_sieve *s, uint32_t column) {
  enum { HAVE_CODES = 4 };
  edi_sieve_column *c = &s->columns[column];
  if (!(c->have & HAVE_CODES)) c->codes = edi_vector_codes(&s->batch->columns[column], s->row, s->count, c->code_room);
  c->have |= HAVE_CODES;
  return c->codes;
}

void edi_leaf_block(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf, edi_truth want, uint64_t *out) {
  const edict_vector *v = &s->batch->columns[leaf->column];
  size_t words = edi_words(s->count);
  switch (leaf->method) {
    case EDI_LEAF_OPEN: edi_bits_fill(false, s->count, out); return;
    case EDI_LEAF_SAME: edi_bits_fill(leaf->null == want, s->count, out); return;
    case EDI_LEAF_CELLS: by_cell(s, way, leaf, want, out); return;
    case EDI_LEAF_PAIR: pair(s, leaf, want, out); return;
    case EDI_LEAF_TABLE:
      edi_leaf_look_up(s, way, leaf);
      memcpy(out, leaf->keys->said[want], words * sizeof *out);
      return;
    case EDI_LEAF_CODES:
      s->lanes->pick32(codes_of(s, leaf->column), s->count, leaf->table[want], (uint32_t)v->dictionary->length, out);
      break;
    case EDI_LEAF_BITS:
      edi_vector_bits(v, s->row, s->count, out);
      for (size_t w = 0; w < words; w++)
        out[w] = (leaf->bit[1] == want ? out[w] : 0) | (leaf->bit[0] == want ? ~out[w] : 0);
      break;
    case EDI_LEAF_RANGE: ranged(s, leaf, &leaf->bounds[want], out); break;
    case EDI_LEAF_MEMBERS: membership(s, leaf, want, out); break;
  }
  if (leaf->relation == EDI_RELATION_SET && leaf->method == EDI_LEAF_RANGE && want == EDI_NO) { /* ill-typed: not set */
    ranged(s, leaf, &leaf->bounds[EDI_YES], out);
    for (size_t w = 0; w < words; w++) out[w] = ~out[w];
  }
  if ((leaf->method == EDI_LEAF_RANGE || leaf->method == EDI_LEAF_MEMBERS) && leaf->lane.odd) mend_odd(s, way, leaf, want, out);
  const uint64_t *valid = edi_sieve_valid(s, leaf->column);
  for (size_t w = 0; w < words; w++) out[w] = (out[w] & valid[w]) | (leaf->null == want ? ~valid[w] : 0);
  if (s->count % 64) out[words - 1] &= (UINT64_C(1) << (s->count % 64)) - 1;
}
