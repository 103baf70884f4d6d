/* Masker: see the header. Blocks of a column go through kernels that take many cells at once (masker_block.h); a block
 * that is not just what they take goes cell by cell, through what rows go through: so they agree. */
#include "enforce/masker.h"

#include <sodium.h>

#include "enforce/fits.h"
#include "enforce/masker_block.h"
#include "eval/vector.h"
#include "eval/vm.h"

enum { STACK = 12 * 1024 }; /* bytes of it that keyed kernels of many cells may have used, with what they call */

void edi_masker_cell(const edi_masker *m, const edict_cell *in, edict_cell *out) {
  edi_decision_apply(m->decision, m->t, true, &m->how, in, out, m->memory);
}

/* ---- whole numbers, days and times ---- */

/* The cell type that a kernel takes for the mask, NULL: none. */
static edict_cell_type kernel_takes(const edi_masker *m) {
  unsigned base = m->how.base;
  edict_cell_type whole = base == EDI_TYPE_INT ? EDICT_CELL_INT : EDICT_CELL_NULL;
  edict_cell_type calendar = base == EDI_TYPE_DATE ? EDICT_CELL_DATE : base == EDI_TYPE_TIMESTAMP ? EDICT_CELL_TIMESTAMP : EDICT_CELL_NULL;
  switch ((int)m->t->id) {
    case EDI_TRANSFORM_ROUND:
    case EDI_TRANSFORM_BUCKET:
    case EDI_TRANSFORM_PSEUDONYM: return whole;
    case EDI_TRANSFORM_CLAMP: return edi_kernel_clamps_ints(m->t) ? (whole != EDICT_CELL_NULL ? whole : calendar) : EDICT_CELL_NULL;
    case EDI_TRANSFORM_DATE_TRUNC: return calendar;
    default: return EDICT_CELL_NULL;
  }
}

static void run_pseudonyms(edi_pseudonyms *many, const int64_t *in, int64_t *out, size_t count) {
  for (size_t at = 0; at < count; at += EDI_HASHLANES_MOST) {
    size_t n = count - at < EDI_HASHLANES_MOST ? count - at : EDI_HASHLANES_MOST;
    for (size_t i = 0; i < n; i++) {
      unsigned char bytes[8];
      edi_put64(bytes, (uint64_t)in[at + i]);
      (void)edi_pseudonyms_add(many, EDI_TYPE_INT, bytes, sizeof bytes);
    }
    edi_pseudonyms_run(many);
    for (size_t i = 0; i < n; i++) out[at + i] = edi_pseudonyms_int(many, i);
  }
}

/* False: some number has no result. */
static bool run_kernel(const edi_masker *m, const int64_t *in, int64_t *out, size_t count) {
  edi_unit unit = (edi_unit)m->t->args[EDI_ARG_TRUNC_UNIT].as.integer;
  uint8_t ok[EDI_MASKER_BLOCK];
  if (m->t->id == EDI_TRANSFORM_ROUND) {
    edi_kernel_round_ints(m->t, in, out, ok, count);
    return memchr(ok, 0, count) == NULL;
  }
  if (m->t->id == EDI_TRANSFORM_BUCKET) edi_kernel_bucket_ints(m->t, in, out, count);
  else if (m->t->id == EDI_TRANSFORM_CLAMP) edi_kernel_clamp_ints(m->t, in, out, count);
  else if (m->t->id == EDI_TRANSFORM_PSEUDONYM) run_pseudonyms(m->pseudonyms, in, out, count);
  else if (m->how.base == EDI_TYPE_DATE) edi_kernel_trunc_dates(unit, in, out, count);
  else edi_kernel_trunc_times(unit, in, out, count);
  return true;
}

typedef struct numbers {
  const int64_t *in;            /* of a NULL whatever stands there, or 0 */
  int64_t room[EDI_MASKER_BLOCK];
  uint64_t valid[EDI_MASKER_BLOCK / 64];
  bool whole;                   /* none is NULL */
} numbers;

/* Whether the numbers of a column lie as cells of the type have them. */
static bool lies_as(edict_layout layout, edict_cell_type type) {
  if (type == EDICT_CELL_INT) return edi_layout_is_integer(layout) && layout != EDICT_LAYOUT_UINT64;
  return layout == (type == EDICT_CELL_DATE ? EDICT_LAYOUT_DATE32 : EDICT_LAYOUT_TIME_US);
}

static bool read_cells(const edict_vector *from, edict_cell_type type, const edi_block *block, numbers *x) {
  edi_bits_fill(true, block->count, x->valid);
  x->whole = true;
  x->in = x->room;
  for (size_t i = 0; i < block->count; i++) {
    edict_cell cell = edict_vector_cell(from, edi_block_row(block, i));
    bool null = cell.type == EDICT_CELL_NULL;
    if (!null && cell.type != type) return false;
    x->room[i] = null ? 0 : cell.integer;
    if (!null) continue;
    x->whole = false;
    x->valid[i / 64] &= ~(UINT64_C(1) << i % 64);
  }
  return true;
}

typedef uint64_t two __attribute__((vector_size(16)));

/* Whether they lie in the calendar, where they are of one: what does not is negative, seen from one end or the other. */
static bool in_calendar(const int64_t *in, size_t count, edict_cell_type type) {
  const uint64_t least = (uint64_t)(type == EDICT_CELL_DATE ? EDI_DATE_MIN : EDI_TIMESTAMP_MIN), most = (uint64_t)(type == EDICT_CELL_DATE ? EDI_DATE_MAX : EDI_TIMESTAMP_MAX);
  two out = {0, 0}, pair = {least, least};
  if (type == EDICT_CELL_INT) return true;
  for (size_t i = 0; i + 1 < count; i += 2) {
    memcpy(&pair, in + i, sizeof pair);
    out |= (pair - least) | (most - pair);
  }
  if (count % 2) pair[0] = (uint64_t)in[count - 1];
  out |= (pair - least) | (most - pair);
  return (out[0] | out[1]) >> 63 == 0;
}

static bool read_numbers(const edict_vector *from, edict_cell_type type, const edi_block *block, numbers *x) {
  size_t row = edi_block_row(block, 0), count = block->count;
  bool together = edi_block_row(block, count - 1) - row == count - 1;
  if (!together || from->dictionary || !lies_as(from->layout, type)) return read_cells(from, type, block, x);
  x->in = edi_vector_numbers(from, row, count, x->room);
  edi_vector_valid(from, row, count, x->valid);
  size_t there = 0;
  for (size_t w = 0; w < edi_words(count); w++) there += (size_t)__builtin_popcountll(x->valid[w]);
  x->whole = there == count;
  return true;
}

/* Which of the 64 from `from` on are NULL. */
static uint64_t nulls_of(const numbers *x, size_t from, size_t count) {
  uint64_t nulls = ~x->valid[from / 64];
  return count - from < 64 ? nulls & ((UINT64_C(1) << (count - from)) - 1) : nulls;
}

/* Zeros where a NULL is. */
static void clear_nulls(const numbers *x, int64_t *all, size_t count) {
  for (size_t i = 0; i < count; i += 64)
    for (uint64_t nulls = nulls_of(x, i, count); nulls; nulls &= nulls - 1) all[i + (size_t)__builtin_ctzll(nulls)] = 0;
}

static bool make_numbers(const edi_masker *m, edict_cell_type type, const numbers *x, size_t count, int64_t *out) {
  return in_calendar(x->in, count, type) && run_kernel(m, x->in, out, count);
}

/* What stands under a NULL seldom stands in the way; if it does, they are made again without it. */
static bool mask_numbers(const edi_masker *m, edict_cell_type type, const edi_block *block, numbers *x, int64_t *out) {
  if (!read_numbers(m->from, type, block, x)) return false;
  bool made = make_numbers(m, type, x, block->count, out);
  if (x->whole) return made;
  if (!made) {
    if (x->in != x->room) memcpy(x->room, x->in, block->count * sizeof *x->room);
    clear_nulls(x, x->room, block->count);
    x->in = x->room;
    made = make_numbers(m, type, x, block->count, out);
  }
  clear_nulls(x, out, block->count);
  return made;
}

static bool mask_number_cells(const edi_masker *m, edict_cell_type type, const edi_block *block) {
  int64_t results[EDI_MASKER_BLOCK];
  numbers x;
  if (!mask_numbers(m, type, block, &x, results)) return false;
  for (size_t i = 0; i < block->count; i++) edi_masker_put_number(&block->out[i], type, results[i]);
  for (size_t i = 0; i < block->count && !x.whole; i += 64)
    for (uint64_t nulls = nulls_of(&x, i, block->count); nulls; nulls &= nulls - 1) block->out[i + (size_t)__builtin_ctzll(nulls)].type = EDICT_CELL_NULL;
  return true;
}

size_t edi_masker_numbers(edict_decision *d, uint32_t column, const edict_vector *from, size_t row, const uint32_t *rows, size_t count,
                          edict_cell_type type, int64_t *out, uint64_t *valid) {
  const edi_transform *t = &d->plan->columns[column].fixed;
  edi_masker m = {.decision = d, .t = t, .how = edi_decision_how(d, column, t, true, NULL), .from = from};
  size_t made = 0;
  if (t->id == EDI_TRANSFORM_PSEUDONYM || kernel_takes(&m) != type) return 0;
  for (size_t n; made < count; made += n) {
    numbers x;
    n = count - made < EDI_MASKER_BLOCK ? count - made : EDI_MASKER_BLOCK;
    edi_block block = {.first = row + made, .rows = rows ? rows + made : NULL, .count = n};
    if (!mask_numbers(&m, type, &block, &x, out + made)) {
      memset(out + made, 0, n * sizeof *out);
      break;
    }
    memcpy(valid + made / 64, x.valid, edi_words(n) * sizeof *valid);
  }
  return made;
}

/* ---- the same for every value ---- */

static bool is_bottom(const edi_transform *t) { return t->id == EDI_TRANSFORM_NULL || t->id == EDI_TRANSFORM_NONE; }

static bool is_constant(const edi_transform *t) {
  return is_bottom(t) || t->id == EDI_TRANSFORM_CONST || t->id == EDI_TRANSFORM_DEFAULT || t->id == EDI_TRANSFORM_REDACT;
}

/* Some cell that fits a column of the type. */
static edict_cell some_of(unsigned base) {
  switch (base) {
    case EDI_TYPE_STRING: return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = ""};
    case EDI_TYPE_BINARY: return (edict_cell){.type = EDICT_CELL_BLOB, .ptr = ""};
    case EDI_TYPE_DATE: return (edict_cell){.type = EDICT_CELL_DATE};
    case EDI_TYPE_TIMESTAMP: return (edict_cell){.type = EDICT_CELL_TIMESTAMP};
    case EDI_TYPE_TIME: return (edict_cell){.type = EDICT_CELL_TIME};
    default: return (edict_cell){.type = EDICT_CELL_INT};
  }
}

static bool is_null(const edict_vector *v, size_t row) {
  if (v->dictionary || v->layout == EDICT_LAYOUT_NULL) return edict_vector_cell(v, row).type == EDICT_CELL_NULL;
  size_t at = v->offset + row;
  return v->valid && !(v->valid[at / 8] >> at % 8 & 1);
}

/* What NULL becomes and what any other value does, if all fit the column: no more is asked of them. */
static bool mask_constant(const edi_masker *m, const uint32_t *rows, size_t count, edict_cell *out) {
  const edict_cell null = {0}, some = some_of(m->how.base);
  edict_cell became[2];
  uint64_t failed = m->memory->failed;
  edi_masker_cell(m, &null, &became[0]);
  edi_masker_cell(m, &some, &became[1]);
  bool made = m->memory->failed == failed;
  m->memory->failed = failed; /* each cell that nothing is made of counts for itself */
  if (!made || (!is_bottom(m->t) && !edi_vector_fits(m->from, m->how.base, rows, count, true))) return false;
  const edict_cell same = became[1];
  bool whole = is_bottom(m->t) || (!m->from->valid && !m->from->dictionary && m->from->layout != EDICT_LAYOUT_NULL);
  for (size_t i = 0; i < count && whole; i++) out[i] = same;
  for (size_t i = 0; i < count && !whole; i++) out[i] = became[!is_null(m->from, rows[i])];
  return true;
}

/* ---- columns ---- */

/* Whether the mask is one under a key, which is there, of texts by themselves. */
static bool is_keyed(const edi_masker *m) {
  bool keyed = m->t->id == EDI_TRANSFORM_PSEUDONYM || m->t->id == EDI_TRANSFORM_TOKEN || m->t->id == EDI_TRANSFORM_FPE;
  return keyed && m->how.key != NULL;
}

/* In a frame of its own, which is wiped with those below. */
static __attribute__((noinline)) bool mask_block(edi_masker *m, edict_cell_type type, const edi_block *block) {
  edi_texts texts;
  if (type != EDICT_CELL_NULL) return mask_number_cells(m, type, block);
  if (is_constant(m->t)) return mask_constant(m, block->rows, block->count, block->out);
  bool keyed = is_keyed(m);
  if (m->how.base != EDI_TYPE_STRING || !(keyed || m->t->id == EDI_TRANSFORM_GENERALISE || edi_apply_text_kernel(m->t))) return false;
  if (!edi_masker_read_texts(m->from, block, &texts)) return false;
  return keyed ? edi_masker_keyed(m, &texts, block) : edi_masker_texts(m, &texts, block);
}

bool edi_masker_column_alone(const edict_decision *d, uint32_t column) {
  const edi_plan_column *c = &d->plan->columns[column];
  return c->live_count == 0 && c->fixed.row_column == 0;
}

bool edi_masker_column(edict_decision *d, uint32_t column, const edict_vector *from, const uint32_t *rows, size_t count, edict_cell *out,
                       edi_output *memory) {
  const edi_transform *t = &d->plan->columns[column].fixed;
  edi_masker m = {.decision = d, .t = t, .how = edi_decision_how(d, column, t, true, NULL), .from = from, .memory = memory};
  edi_pseudonyms pseudonyms;
  if (is_constant(t) && mask_constant(&m, rows, count, out)) return true;
  if (t->id == EDI_TRANSFORM_PSEUDONYM && m.how.key) {
    edi_pseudonyms_init(&pseudonyms, m.how.key, d->hashlanes);
    m.pseudonyms = &pseudonyms;
  }
  edict_cell_type type = m.pseudonyms || t->id != EDI_TRANSFORM_PSEUDONYM ? kernel_takes(&m) : EDICT_CELL_NULL;
  for (size_t at = 0; at < count && !memory->full; at += EDI_MASKER_BLOCK) {
    edi_block block = {.rows = rows + at, .count = count - at < EDI_MASKER_BLOCK ? count - at : EDI_MASKER_BLOCK, .out = out + at};
    if (mask_block(&m, type, &block)) continue;
    for (size_t i = 0; i < block.count && !memory->full; i++) {
      edict_cell cell = edict_vector_cell(from, block.rows[i]);
      edi_masker_cell(&m, &cell, &block.out[i]);
    }
  }
  if (m.pseudonyms) sodium_memzero(&pseudonyms, sizeof pseudonyms); /* raw texts, and what the key was made into */
  if (m.how.key) sodium_stackzero(STACK); /* the blocks that hashes and ciphers were given */
  return !memory->full;
}
