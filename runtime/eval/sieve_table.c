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

static void say(edi_leaf_keys *k, size_t row, edi_truth truth) {
  if (truth != EDI_UNKNOWN) k->said[truth][row / 64] |= UINT64_C(1) << (row % 64);
}

/* One column: what is known of its value is not looked up. False: it is to be. */
static bool answered(const edi_sieve *s, const edi_leaf *leaf, const uint64_t *valid, size_t row, edi_truth *truth) {
  if (leaf->other != EDI_NONE) return false;
  *truth = leaf->null;
  if (!(valid[row / 64] >> (row % 64) & 1)) return true;
  edict_cell cell = edict_vector_cell(&s->batch->columns[leaf->column], s->row + row);
  return edi_leaf_recall(leaf, &cell, truth);
}

void edi_leaf_look_up(edi_sieve *s, edi_sieve_way *way, edi_leaf *leaf) {
  edi_leaf_keys *k = leaf->keys;
  const uint64_t *valid = edi_sieve_valid(s, leaf->column);
  edi_vm vm = way->part_vm;
  size_t count = 0;
  edi_truth truth;
  if (k->have && k->row == s->row) return;
  memset(k->said, 0, sizeof k->said);
  edi_table_many_begin(&k->many, &vm, k->table, k->count, k->truths);
  for (size_t i = 0; i < s->count; i++) {
    if (answered(s, leaf, valid, i, &truth)) {
      say(k, i, truth);
      continue;
    }
    k->rows[count++] = (uint16_t)i;
    add_row(s, &vm, k, s->row + i);
  }
  edi_table_many_end(&k->many);
  for (size_t i = 0; i < count; i++) {
    say(k, k->rows[i], k->truths[i]);
    if (leaf->other != EDI_NONE) continue;
    edict_cell cell = edict_vector_cell(&s->batch->columns[leaf->column], s->row + k->rows[i]);
    edi_leaf_remember(leaf, &cell, k->truths[i]);
  }
  k->have = true;
  k->row = s->row;
}
