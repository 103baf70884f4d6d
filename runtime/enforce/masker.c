/* Masker: see the header. Whole numbers, days and times go through the kernels in arrays of a block, and what is not just
 * that (NULL, another type) cell by cell, through what rows go through: so they agree. */
#include "enforce/masker.h"

#include "eval/vm.h"

enum { BLOCK = 128 };

typedef struct masker {
  const edi_transform *t;
  edi_apply_column how;
} masker;

/* The cell type that a kernel takes for the mask, NULL: none. */
static edict_cell_type kernel_takes(const masker *m) {
  unsigned base = m->how.base;
  switch ((int)m->t->id) {
    case EDI_TRANSFORM_ROUND:
    case EDI_TRANSFORM_BUCKET: return base == EDI_TYPE_INT ? EDICT_CELL_INT : EDICT_CELL_NULL;
    case EDI_TRANSFORM_DATE_TRUNC: return base == EDI_TYPE_DATE ? EDICT_CELL_DATE : base == EDI_TYPE_TIMESTAMP ? EDICT_CELL_TIMESTAMP : EDICT_CELL_NULL;
    default: return EDICT_CELL_NULL;
  }
}

static void run_kernel(const masker *m, const int64_t *in, int64_t *out, uint8_t *ok, size_t count) {
  edi_unit unit = (edi_unit)m->t->args[EDI_ARG_TRUNC_UNIT].as.integer;
  memset(ok, 1, count);
  if (m->t->id == EDI_TRANSFORM_ROUND) edi_kernel_round_ints(m->t, in, out, ok, count);
  else if (m->t->id == EDI_TRANSFORM_BUCKET) edi_kernel_bucket_ints(m->t, in, out, count);
  else if (m->how.base == EDI_TYPE_DATE) edi_kernel_trunc_dates(unit, in, out, count);
  else edi_kernel_trunc_times(unit, in, out, count);
}

/* Whether the kernel may have it: a value of the calendar, where it is of one. */
static bool fits(const edict_cell *cell, edict_cell_type type) {
  if (cell->type != type) return false;
  if (type == EDICT_CELL_DATE) return cell->integer >= EDI_DATE_MIN && cell->integer <= EDI_DATE_MAX;
  return type != EDICT_CELL_TIMESTAMP || (cell->integer >= EDI_TIMESTAMP_MIN && cell->integer <= EDI_TIMESTAMP_MAX);
}

/* A block in which a cell does not fit, or has no result, goes cell by cell. */
static bool mask_block(const masker *m, edict_cell_type type, const edict_vector *column, const uint32_t *rows, size_t count, edict_cell *out) {
  int64_t in[BLOCK], results[BLOCK];
  uint8_t ok[BLOCK];
  for (size_t i = 0; i < count; i++) {
    edict_cell cell = edict_vector_cell(column, rows[i]);
    if (!fits(&cell, type)) return false;
    in[i] = cell.integer;
  }
  run_kernel(m, in, results, ok, count);
  for (size_t i = 0; i < count; i++) {
    if (!ok[i]) return false;
    out[i] = (edict_cell){.type = type, .integer = results[i]};
  }
  return true;
}

bool edi_masker_column_alone(const edict_decision *d, uint32_t column) {
  const edi_plan_column *c = &d->plan->columns[column];
  return c->live_count == 0 && c->fixed.row_column == 0;
}

bool edi_masker_column(edict_decision *d, uint32_t column, const edict_vector *from, const uint32_t *rows, size_t count, edict_cell *out,
                       edi_output *memory) {
  const edi_transform *t = &d->plan->columns[column].fixed;
  const masker m = {t, edi_decision_how(d, column, t, true, NULL)};
  edict_cell_type type = kernel_takes(&m);
  for (size_t at = 0; at < count; at += BLOCK) {
    size_t n = count - at < BLOCK ? count - at : BLOCK;
    if (type != EDICT_CELL_NULL && mask_block(&m, type, from, rows + at, n, out + at)) continue;
    for (size_t i = 0; i < n; i++) {
      edict_cell cell = edict_vector_cell(from, rows[at + i]);
      edi_decision_apply(d, t, true, &m.how, &cell, &out[at + i], memory);
    }
    if (memory->full) return false;
  }
  return true;
}
