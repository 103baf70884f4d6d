/* Batch: the C API over a sieve; selects rows of a batch and masks those that are shown.
 *
 * The sieve is made at the first batch of a decision and kept with its answer. Masks are the row's: what no row can
 * change is said once for a column, all else goes through the same functions as a row does: column by column where a
 * mask depends on its column alone, else row by row. */
#include "enforce/fits.h"
#include "enforce/masker.h"

void edi_made_drop_sieve(edi_made *made) {
  if (!made->sieve) return;
  made->sieve = NULL;
  edi_arena_fini(&made->sieve_arena);
}

/* An answer that is given again has moved in time; what it says of rows may be something else then. */
static edict_status need_sieve(edict_decision *d) {
  edi_made *a = d->answer;
  if (a->sieve && (d->plan->now < a->sieve->since || d->plan->now >= a->sieve->until)) edi_made_drop_sieve(a);
  if (a->sieve) return EDICT_OK;
  edi_arena_init(&a->sieve_arena, NULL, EDI_ARENA_SIEVE);
  edi_sieve *sieve = EDI_NEW(&a->sieve_arena, edi_sieve);
  edict_status status = sieve ? edi_sieve_init(sieve, d->plan, d->lanes, EDI_SIEVE_WHOLE, &a->sieve_arena) : edi_arena_status(&a->sieve_arena);
  if (status == EDICT_OK) a->sieve = sieve;
  else edi_arena_fini(&a->sieve_arena);
  return status;
}

static bool malformed(const edi_bound_dataset *dataset, const edict_batch *b) {
  if (b->column_count && !b->columns) return true;
  if (!dataset || dataset->thing != EDI_THING_DATASET || b->column_count != dataset->column_count) return true;
  for (size_t c = 0; c < b->column_count; c++)
    if (!edi_vector_check(&b->columns[c], b->rows)) return true;
  return false;
}

static void clear(edict_selection *out, size_t rows) {
  if (out->states) memset(out->states, EDICT_ROW_HIDDEN, rows);
  if (out->shown) memset(out->shown, 0, (rows + 7) / 8);
  out->shown_count = out->withheld_count = out->erasable_count = 0;
}

/* ---- the answer of a block ---- */

static void put_states(const edi_sifted *s, size_t count, unsigned char *out) {
  for (size_t i = 0; i < count; i++) {
    unsigned shown = s->shown[i / 64] >> (i % 64) & 1, past = s->past[i / 64] >> (i % 64) & 1,
             erasable = s->erasable[i / 64] >> (i % 64) & 1;
    out[i] = (unsigned char)(shown * EDICT_ROW_SHOWN + past * EDICT_ROW_WITHHELD + erasable * (EDICT_ROW_ERASABLE - EDICT_ROW_WITHHELD));
  }
}

static void put_bits(const uint64_t *bits, size_t count, unsigned char *out) {
  for (size_t byte = 0; byte < (count + 7) / 8; byte++) out[byte] = (unsigned char)(bits[byte / 8] >> (byte % 8 * 8));
}

static size_t count_bits(const uint64_t *bits, size_t count) {
  size_t all = 0;
  for (size_t w = 0; w < edi_words(count); w++) all += (size_t)__builtin_popcountll(bits[w]);
  return all;
}

static void put(const edi_lanes *lanes, const edi_sifted *s, size_t row, size_t count, edict_selection *out) {
  if (out->states) put_states(s, count, out->states + row);
  if (out->shown) put_bits(s->shown, count, out->shown + row / 8);
  if (out->rows) out->shown_count += lanes->select(s->shown, count, (uint32_t)row, out->rows + out->shown_count);
  else out->shown_count += count_bits(s->shown, count);
  if (!out->states) return;
  size_t erasable = count_bits(s->erasable, count);
  out->erasable_count += erasable;
  out->withheld_count += count_bits(s->past, count) - erasable;
}

bool edi_selection_begin(const edi_bound_dataset *dataset, const edict_batch *batch, edict_selection *selection) {
  if (!selection || selection->size != sizeof *selection) return false;
  bool sized = batch && batch->size == sizeof *batch && batch->rows <= UINT32_MAX;
  clear(selection, sized ? batch->rows : 0);
  return sized && !malformed(dataset, batch);
}

edict_status edi_selection_sift(edi_sieve *sieve, const edict_batch *batch, edict_selection *out) {
  edict_status status = edi_sieve_bind(sieve, batch);
  for (size_t row = 0; status == EDICT_OK && row < batch->rows; row += EDI_BLOCK) {
    size_t count = batch->rows - row < EDI_BLOCK ? batch->rows - row : EDI_BLOCK;
    edi_sifted sifted;
    edi_sieve_block(sieve, row, count, out->states != NULL, &sifted);
    if (sifted.grouped) status = EDICT_UNSUPPORTED;
    else put(sieve->lanes, &sifted, row, count, out);
  }
  if (status != EDICT_OK) clear(out, batch->rows);
  return status;
}

edict_status edict_decision_select(edict_decision *decision, const edict_batch *batch, edict_selection *selection) {
  if (!edi_selection_begin(decision ? decision->plan->dataset : NULL, batch, selection)) return EDICT_ARGUMENT;
  if (decision->plan->effect != EDICT_PERMIT) return EDICT_OK;
  edict_status status = need_sieve(decision);
  return status == EDICT_OK ? edi_selection_sift(decision->answer->sieve, batch, selection) : status;
}

/* ---- masks ---- */

edict_masked_as edi_plan_masked_as(const edi_plan *plan, size_t column) {
  const edi_plan_column *c = &plan->columns[column];
  if (plan->effect != EDICT_PERMIT || !c->asked) return EDICT_MASKED_NULL;
  if (c->live_count) return EDICT_MASKED_CELLS;
  if (c->fixed.id == EDI_TRANSFORM_RAW) return EDICT_MASKED_SAME;
  if (c->fixed.id == EDI_TRANSFORM_DROP) return EDICT_MASKED_NULL;
  bool bottom = c->fixed.id == EDI_TRANSFORM_NULL || c->fixed.id == EDI_TRANSFORM_NONE;
  return bottom && !plan->dataset->columns[column].required ? EDICT_MASKED_NULL : EDICT_MASKED_CELLS;
}

/* False: a column needs room for cells, or may need it, and has none. */
static bool plan_columns(const edi_plan *plan, const edict_batch *batch, edict_masked *columns) {
  bool room = true;
  for (size_t c = 0; c < batch->column_count; c++) {
    columns[c].as = edi_plan_masked_as(plan, c);
    bool same = columns[c].as == EDICT_MASKED_NULL ||
                (columns[c].as == EDICT_MASKED_SAME && edi_vector_always_fits(&batch->columns[c], plan->dataset->columns[c].base));
    room = room && (same || columns[c].cells);
  }
  return room;
}

/* Columns that are shown as they are and hold what does not fit go cell by cell. Whether any does. */
static bool any_cells(const edi_plan *plan, const edict_batch *batch, const edict_selection *s, edict_masked *columns) {
  bool any = false;
  for (size_t c = 0; c < batch->column_count; c++) {
    if (columns[c].as == EDICT_MASKED_SAME && !edi_vector_fits(&batch->columns[c], plan->dataset->columns[c].base, s->rows, s->shown_count, true))
      columns[c].as = EDICT_MASKED_CELLS;
    any = any || columns[c].as == EDICT_MASKED_CELLS;
  }
  return any;
}

/* Column by column what depends on the column alone. False: the memory is full. */
static bool mask_columns(edict_decision *d, const edict_batch *batch, const edict_selection *s, edict_masked *columns, edi_output *output, bool *rest) {
  *rest = false;
  for (uint32_t i = 0; i < d->plan->asked_count; i++) {
    uint32_t c = d->plan->asked[i];
    if (columns[c].as != EDICT_MASKED_CELLS) continue;
    if (!edi_masker_column_alone(d, c)) *rest = true;
    else if (!edi_masker_column(d, c, &batch->columns[c], s->rows, s->shown_count, columns[c].cells, output)) return false;
    if (output->failed) edi_decision_count_failed(d, c, output->failed);
    output->failed = 0;
  }
  return true;
}

/* Row by row the others, so that a mask that reads another cell of its row finds it. False: the memory is full. */
static bool mask_rows(edict_decision *d, const edict_batch *batch, const edict_selection *s, edict_masked *columns, edi_output *output) {
  edict_cell *in = d->answer->sieve->cells;
  for (size_t k = 0; k < s->shown_count; k++) {
    for (size_t c = 0; c < batch->column_count; c++)
      if (d->plan->reads[c]) in[c] = edict_vector_cell(&batch->columns[c], s->rows[k]);
    for (uint32_t i = 0; i < d->plan->asked_count; i++) {
      uint32_t c = d->plan->asked[i];
      if (columns[c].as != EDICT_MASKED_CELLS || edi_masker_column_alone(d, c)) continue;
      edi_decision_mask(d, c, in, &columns[c].cells[k], output);
      if (output->failed) edi_decision_count_failed(d, c, output->failed);
      output->failed = 0;
      if (output->full) return false;
    }
  }
  return true;
}

edict_status edict_decision_apply_batch(edict_decision *decision, const edict_batch *batch, edict_selection *selection,
                                        edict_masked *columns, char *memory, size_t memory_size) {
  edict_status status = edict_decision_select(decision, batch, selection);
  if (status != EDICT_OK) return status;
  bool given = selection->rows && (columns || batch->column_count == 0) && (memory || memory_size == 0);
  if (!given || !plan_columns(decision->plan, batch, columns)) {
    clear(selection, batch->rows);
    return EDICT_ARGUMENT;
  }
  edi_output output = {.ptr = memory, .size = memory_size, .hasher = &decision->hasher};
  bool rest = false, done = !any_cells(decision->plan, batch, selection, columns) || selection->shown_count == 0;
  if (!done) done = mask_columns(decision, batch, selection, columns, &output, &rest) && (!rest || mask_rows(decision, batch, selection, columns, &output));
  edi_decision_count_rows(decision, batch->rows, selection->shown_count, done);
  if (done) return EDICT_OK;
  if (output.used) memset(memory, 0, output.used);
  for (size_t c = 0; c < batch->column_count; c++) columns[c].as = EDICT_MASKED_NULL;
  clear(selection, batch->rows);
  return EDICT_LIMIT;
}
