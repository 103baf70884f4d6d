/* Sieve, look-ups: whether a table has the keys that the rows of a block hold.
 *
 * Cells become values as the VM makes them, and are gathered; memory is awaited for many of them at once. What was said
 * of a short value is remembered, as for other leaves. */
#include "eval/sieve.h"

/* The value of a key in a row. Texts that are made for it stand until the next row. */
static edi_value value_of(const edi_sieve *s, edi_vm *vm, uint32_t slot, size_t row) {
  uint32_t column = vm->slot_columns[slot - vm->slot_base];
  if (column == EDI_NONE) return edi_value_unknown();
  edict_cell cell = edict_vector_cell(&s->batch->columns[column], row);
  return edi_cell_value(vm, &cell, vm->column_types[column], vm->linked->slot_types[slot]);
}

static void add_row(const edi_sieve *s, edi_vm *vm, edi_leaf_keys *k, size_t row) {
  edi_value values[EDI_TABLE_MANY_KEYS];
  vm->scratch_used = 0;
  for (uint32_t i = 0; i < k->count; i++) values[i] = k->keys[i].slot == EDI_NONE ? k->keys[i].fixed : value_of(s, vm, k->keys[i].slot, row);
  edi_table_many_add(&k->many, values);
}

/* Whether the only key is a text as its column holds it. */
static bool is_plain(const edi_vm *vm, const edi_leaf *leaf) {
  uint32_t slot = leaf->keys->keys[0].slot;
  if (leaf->keys->count != 1 || slot == EDI_NONE || vm->slot_columns[slot - vm->slot_base] != leaf->column) return false;
  edi_type type = vm->linked->slot_types[slot];
  unsigned base = EDI_TYPE_BASE(type);
  return vm->column_types[leaf->column] == EDI_TYPE_STRING && !EDI_TYPE_IS_SET(type) && (base == EDI_TYPE_STRING || base == EDI_TYPE_ID);
}

/* As edi_cell_value would make a value of it, without one; false: it is to be asked. */
static bool add_text(edi_leaf_keys *k, edi_str text) {
  bool taken = text.len <= EDI_LIMIT_CELL && edi_utf8_valid(text);
  if (taken) edi_table_many_add_text(&k->many, text);
  return taken;
}

static void say(edi_leaf_keys *k, size_t row, edi_truth truth) {
  if (truth != EDI_UNKNOWN) k->said[truth][row / 64] |= UINT64_C(1) << (row % 64);
}

/* Rows of the block by one column whose cells are keys as they stand, none of which is remembered. */
static size_t add_texts(const edi_sieve *s, edi_vm *vm, const edi_leaf *leaf, const uint64_t *valid) {
  const edict_vector *v = &s->batch->columns[leaf->column];
  edi_leaf_keys *k = leaf->keys;
  size_t count = 0;
  for (size_t i = 0; i < s->count; i++) {
    edi_str text;
    if (!(valid[i / 64] >> (i % 64) & 1)) {
      say(k, i, leaf->null);
      continue;
    }
    k->rows[count++] = (uint16_t)i;
    if (!edi_vector_text32(v, s->row + i, &text) || !add_text(k, text)) add_row(s, vm, k, s->row + i);
  }
  return count;
}

/* Rows of the block by one column: what is known of a value is not looked up. */
static size_t add_cells(const edi_sieve *s, edi_vm *vm, const edi_leaf *leaf, const uint64_t *valid, bool remembers) {
  edi_leaf_keys *k = leaf->keys;
  const edict_vector *v = &s->batch->columns[leaf->column];
  bool plain = is_plain(vm, leaf);
  size_t count = 0;
  if (plain && !remembers && v->layout == EDICT_LAYOUT_TEXT32 && !v->dictionary) return add_texts(s, vm, leaf, valid);
  for (size_t i = 0; i < s->count; i++) {
    bool known = !(valid[i / 64] >> (i % 64) & 1);
    edi_truth truth = leaf->null;
    edict_cell cell = known ? (edict_cell){0} : edict_vector_cell(v, s->row + i);
    if (known || (remembers && edi_leaf_recall(leaf, &cell, &truth))) {
      say(k, i, truth);
      continue;
    }
    k->rows[count++] = (uint16_t)i;
    bool taken = plain && cell.type == EDICT_CELL_TEXT && add_text(k, (edi_str){cell.ptr, cell.len});
    if (!taken) add_row(s, vm, k, s->row + i);
  }
  return count;
}

static size_t add_rows(const edi_sieve *s, edi_vm *vm, edi_leaf_keys *k) {
  for (size_t i = 0; i < s->count; i++) {
    k->rows[i] = (uint16_t)i;
    add_row(s, vm, k, s->row + i);
  }
  return s->count;
}

static void remember(const edi_sieve *s, const edi_leaf *leaf, size_t count) {
  enum { SELDOM = 8, BLOCKS = 15 };
  edi_leaf_keys *k = leaf->keys;
  for (size_t i = 0; i < count; i++) {
    edict_cell cell = edict_vector_cell(&s->batch->columns[leaf->column], s->row + k->rows[i]);
    edi_leaf_remember(leaf, &cell, k->truths[i]);
  }
  if ((s->count - count) * SELDOM < s->count) k->forgetful = BLOCKS;
}

void edi_leaf_look_up(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf) {
  edi_leaf_keys *k = leaf->keys;
  bool one = leaf->other == EDI_NONE, remembers = one && k->forgetful == 0;
  edi_vm vm = way->part_vm;
  if (k->have && k->row == s->row) return;
  memset(k->said, 0, sizeof k->said);
  edi_table_many_begin(&k->many, &vm, k->table, k->count, k->truths);
  size_t count = one ? add_cells(s, &vm, leaf, edi_sieve_valid(s, leaf->column), remembers) : add_rows(s, &vm, k);
  edi_table_many_end(&k->many);
  for (size_t i = 0; i < count; i++) say(k, k->rows[i], k->truths[i]);
  if (remembers) remember(s, leaf, count);
  else if (k->forgetful) k->forgetful--;
  k->have = true;
  k->row = s->row;
}
