/* Masker: see the header. Blocks of a column go through kernels that take many cells at once (masker_block.h); a block
 * that is not just what they take goes cell by cell, through what rows go through: so they agree. */
#include "enforce/masker.h"

#include <sodium.h>

#include "enforce/masker_block.h"
#include "eval/vector.h"
#include "eval/vm.h"

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
  uint8_t ok[EDI_MASKER_BLOCK], all = 1;
  memset(ok, 1, count);
  if (m->t->id == EDI_TRANSFORM_ROUND) edi_kernel_round_ints(m->t, in, out, ok, count);
  else if (m->t->id == EDI_TRANSFORM_BUCKET) edi_kernel_bucket_ints(m->t, in, out, count);
  else if (m->t->id == EDI_TRANSFORM_CLAMP) edi_kernel_clamp_ints(m->t, in, out, count);
  else if (m->t->id == EDI_TRANSFORM_PSEUDONYM) run_pseudonyms(m->pseudonyms, in, out, count);
  else if (m->how.base == EDI_TYPE_DATE) edi_kernel_trunc_dates(unit, in, out, count);
  else edi_kernel_trunc_times(unit, in, out, count);
  for (size_t i = 0; i < count; i++) all &= ok[i];
  return all;
}

typedef struct numbers {
  const int64_t *in;            /* 0 where the cell is NULL */
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
    edict_cell cell = edict_vector_cell(from, block->rows[i]);
    bool null = cell.type == EDICT_CELL_NULL;
    if (!null && cell.type != type) return false;
    x->room[i] = null ? 0 : cell.integer;
    if (!null) continue;
    x->whole = false;
    x->valid[i / 64] &= ~(UINT64_C(1) << i % 64);
  }
  return true;
}

/* Whether they lie in the calendar, where they are of one. */
static bool in_calendar(const int64_t *in, size_t count, edict_cell_type type) {
  if (type == EDICT_CELL_INT) return true;
  int64_t least = type == EDICT_CELL_DATE ? EDI_DATE_MIN : EDI_TIMESTAMP_MIN, most = type == EDICT_CELL_DATE ? EDI_DATE_MAX : EDI_TIMESTAMP_MAX;
  bool out = false;
  for (size_t i = 0; i < count; i++) out |= (in[i] < least) | (in[i] > most);
  return !out;
}

static bool read_numbers(const edict_vector *from, edict_cell_type type, const edi_block *block, numbers *x) {
  size_t row = block->rows[0], count = block->count;
  bool together = block->rows[count - 1] - row == count - 1;
  if (!together || from->dictionary || !lies_as(from->layout, type)) return read_cells(from, type, block, x) && in_calendar(x->in, count, type);
  x->in = edi_vector_numbers(from, row, count, x->room);
  edi_vector_valid(from, row, count, x->valid);
  size_t there = 0;
  for (size_t w = 0; w < edi_words(count); w++) there += (size_t)__builtin_popcountll(x->valid[w]);
  x->whole = there == count;
  for (size_t i = 0; i < count && !x->whole; i++) x->room[i] = x->valid[i / 64] >> i % 64 & 1 ? x->in[i] : 0;
  if (!x->whole) x->in = x->room;
  return in_calendar(x->in, count, type);
}

static bool mask_numbers(const edi_masker *m, edict_cell_type type, const edi_block *block) {
  int64_t results[EDI_MASKER_BLOCK];
  numbers x;
  if (!read_numbers(m->from, type, block, &x) || !run_kernel(m, x.in, results, block->count)) return false;
  for (size_t i = 0; i < block->count; i++) block->out[i] = (edict_cell){.type = type, .integer = results[i]};
  for (size_t i = 0; i < block->count && !x.whole; i++)
    if (!(x.valid[i / 64] >> i % 64 & 1)) block->out[i] = (edict_cell){0};
  return true;
}

/* ---- the same for every value ---- */

static bool is_constant(const edi_transform *t) {
  return t->id == EDI_TRANSFORM_CONST || t->id == EDI_TRANSFORM_DEFAULT || t->id == EDI_TRANSFORM_REDACT;
}

/* What a text becomes, and what NULL: the same for all. */
static bool mask_constant(const edi_masker *m, const edi_texts *texts, const edi_block *block) {
  const edict_cell null = {0}, some = {.type = EDICT_CELL_TEXT, .ptr = ""};
  edict_cell of_null, of_some;
  uint64_t failed = m->memory->failed;
  edi_masker_cell(m, &null, &of_null);
  edi_masker_cell(m, &some, &of_some);
  bool made = m->memory->failed == failed;
  m->memory->failed = failed; /* each cell that nothing is made of counts for itself */
  for (size_t i = 0; i < block->count && made; i++) block->out[i] = texts->at[i].ptr ? of_some : of_null;
  return made;
}

/* ---- columns ---- */

/* Whether the mask is one under a key, which is there, of texts by themselves. */
static bool is_keyed(const edi_masker *m) {
  bool keyed = m->t->id == EDI_TRANSFORM_PSEUDONYM || m->t->id == EDI_TRANSFORM_TOKEN || m->t->id == EDI_TRANSFORM_FPE;
  return keyed && m->how.key != NULL;
}

static bool mask_block(edi_masker *m, edict_cell_type type, const edi_block *block) {
  edi_texts texts;
  if (type != EDICT_CELL_NULL) return mask_numbers(m, type, block);
  bool keyed = is_keyed(m), constant = is_constant(m->t);
  if (m->how.base != EDI_TYPE_STRING || !(keyed || constant || m->t->id == EDI_TRANSFORM_GENERALISE || edi_apply_text_kernel(m->t))) return false;
  if (!edi_masker_read_texts(m->from, block, &texts)) return false;
  if (keyed) return edi_masker_keyed(m, &texts, block);
  return constant ? mask_constant(m, &texts, block) : edi_masker_texts(m, &texts, block);
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
  if (t->id == EDI_TRANSFORM_PSEUDONYM && m.how.key) {
    edi_pseudonyms_init(&pseudonyms, m.how.key, d->hashlanes);
    m.pseudonyms = &pseudonyms;
  }
  edict_cell_type type = m.pseudonyms || t->id != EDI_TRANSFORM_PSEUDONYM ? kernel_takes(&m) : EDICT_CELL_NULL;
  for (size_t at = 0; at < count && !memory->full; at += EDI_MASKER_BLOCK) {
    edi_block block = {rows + at, count - at < EDI_MASKER_BLOCK ? count - at : EDI_MASKER_BLOCK, out + at};
    if (mask_block(&m, type, &block)) continue;
    for (size_t i = 0; i < block.count && !memory->full; i++) {
      edict_cell cell = edict_vector_cell(from, block.rows[i]);
      edi_masker_cell(&m, &cell, &block.out[i]);
    }
  }
  if (m.pseudonyms) sodium_memzero(&pseudonyms, sizeof pseudonyms); /* raw texts, and what the key was made into */
  return !memory->full;
}
