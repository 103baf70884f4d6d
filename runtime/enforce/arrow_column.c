/* Arrow take, columns: the values of an array, many at once.
 *
 * What is shown as it is and fits its column is moved; what a mask makes that depends on the column alone is made by the
 * masker of batches, some thousand values at a time, in memory of its own, and put from there. All else goes one by one,
 * to the same end. */
#include "enforce/arrow_take.h"
#include "enforce/fits.h"
#include "enforce/masker.h"

enum { CHUNK = 2048, CELL_FIRST = 32, DESK_USUAL = 1 << 20 };

/* Room for a chunk; the memory is where masks write, and holds nothing but what they made. */
typedef struct edi_arrow_desk {
  uint32_t *rows;               /* of the array's values that are asked about */
  edict_cell *cells;
  int64_t *numbers;             /* the two as a mask of numbers makes them */
  uint64_t *valid;
  size_t most, count;           /* there is room for; are there */
  bool ascending, reachable;    /* one after the other; in 32 bits */
  char *memory;
  size_t size;
  size_t step;                  /* how many are masked at once */
} edi_arrow_desk;

static size_t chunk_of(edi_arrow_places p, size_t from) { return p.count - from < CHUNK ? p.count - from : CHUNK; }

static bool need_desk(edi_arrow_job *j, edi_arrow_places p) {
  size_t most = chunk_of(p, 0);
  if (!j->desk) j->desk = EDI_NEW(j->temps, edi_arrow_desk);
  if (j->desk && j->desk->most < most) {
    j->desk->rows = EDI_NEW_ARRAY(j->temps, uint32_t, most);
    j->desk->cells = EDI_NEW_ARRAY(j->temps, edict_cell, most);
    j->desk->numbers = EDI_NEW_ARRAY(j->temps, int64_t, most);
    j->desk->valid = EDI_NEW_ARRAY(j->temps, uint64_t, edi_words(most));
    j->desk->most = j->desk->rows && j->desk->cells && j->desk->numbers && j->desk->valid ? most : 0;
  }
  bool there = j->desk && j->desk->most >= most;
  if (!there) j->purse->failed = edi_arena_status(j->temps);
  return there;
}

/* Values from number `from` on, without those that are null whatever stands there. */
static void read_chunk(edi_arrow_desk *d, edi_arrow_places p, size_t from, size_t n) {
  int64_t last = -1;
  d->count = n;
  for (size_t k = 0; p.ascending && k < n; k++) d->rows[k] = (uint32_t)p.at[from + k];
  if (p.ascending) return;
  d->count = 0;
  d->ascending = d->reachable = true;
  for (size_t k = from; k < from + n; k++) {
    d->reachable &= p.at[k] != EDI_ARROW_MASKED_NULL; /* it has a cell, and no value */
    if (p.at[k] < 0) continue;
    d->ascending &= p.at[k] > last;
    d->reachable &= p.at[k] <= UINT32_MAX;
    last = p.at[k];
    d->rows[d->count++] = (uint32_t)p.at[k];
  }
}

/* ---- what is shown as it is ---- */

static bool all_fit(edi_arrow_job *j, const edict_vector *v, edi_arrow_places p) {
  if (edi_vector_always_fits(v, j->how.base)) return true;
  for (size_t from = 0; from < p.count; from += CHUNK) {
    read_chunk(j->desk, p, from, chunk_of(p, from));
    if ((!p.ascending && !j->desk->reachable) || !edi_vector_fits(v, j->how.base, j->desk->rows, j->desk->count, p.ascending || j->desk->ascending)) return false;
  }
  return true;
}

/* Whether all are there and none is NULL; and whether they follow each other. */
static bool all_there(const struct ArrowArray *a, edi_arrow_places p, bool *run) {
  bool there = a->buffers[0] == NULL;
  *run = there;
  if (there && p.ascending) {
    *run = p.count && p.at[p.count - 1] - p.at[0] == (int64_t)p.count - 1;
    return true;
  }
  for (size_t k = 0; there && k < p.count; k++) {
    there = p.at[k] >= 0;
    *run &= p.at[k] == p.at[0] + (int64_t)k;
  }
  *run = *run && there && p.count;
  return there;
}

#define MOVE(type_of)                                                                                  \
  for (size_t k = 0; k < p.count; k++)                                                                 \
    if (all || (p.at[k] >= 0 && edi_arrow_is_valid(t, a, p.at[k]))) {                                  \
      memcpy(to + k * sizeof(type_of), from + (size_t)p.at[k] * sizeof(type_of), sizeof(type_of));     \
      if (!all) edi_arrow_set_valid(out, (int64_t)k);                                                  \
    }

/* Values of one width. */
static void move_fixed(const edi_arrow_type *t, const struct ArrowArray *a, edi_arrow_places p, struct ArrowArray *out) {
  unsigned char *to = edi_arrow_piece_of(out, EDI_ARROW_VALUES)->ptr;
  const unsigned char *from = (const unsigned char *)a->buffers[1] + (size_t)a->offset * t->width;
  bool run, all = all_there(a, p, &run);
  if (all) edi_arrow_set_all_valid(out, 0, p.count);
  if (run) {
    if (t->width) memcpy(to, from + (size_t)p.at[0] * t->width, p.count * t->width);
    return;
  }
  switch (t->width) {
    case 1: MOVE(uint8_t) return;
    case 2: MOVE(uint16_t) return;
    case 4: MOVE(uint32_t) return;
    case 8: MOVE(uint64_t) return;
    default: break;
  }
  for (size_t k = 0; k < p.count; k++)
    if (p.at[k] >= 0 && edi_arrow_is_valid(t, a, p.at[k])) {
      if (t->width) memcpy(to + k * t->width, from + (size_t)p.at[k] * t->width, t->width);
      edi_arrow_set_valid(out, (int64_t)k);
    }
}

static void move_bits(const edi_arrow_type *t, const struct ArrowArray *a, edi_arrow_places p, struct ArrowArray *out) {
  unsigned char *to = edi_arrow_piece_of(out, EDI_ARROW_VALUES)->ptr;
  const unsigned char *from = (const unsigned char *)a->buffers[1];
  for (size_t k = 0; k < p.count; k++) {
    if (p.at[k] < 0 || !edi_arrow_is_valid(t, a, p.at[k])) continue;
    size_t at = (size_t)(a->offset + p.at[k]);
    if (from[at / 8] >> (at % 8) & 1) to[k / 8] |= (unsigned char)(1u << k % 8);
    edi_arrow_set_valid(out, (int64_t)k);
  }
}

/* Texts that follow each other, in one piece. */
static bool move_run(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, edi_arrow_places p, struct ArrowArray *out) {
  edi_arrow_piece *text = edi_arrow_piece_of(out, EDI_ARROW_TEXT);
  int64_t first = edi_arrow_offset(t, a, p.at[0]), last = edi_arrow_offset(t, a, p.at[0] + (int64_t)p.count);
  if (!edi_arrow_room(j->purse, text, (size_t)(last - first))) return false;
  if (last > first) memcpy(text->ptr, (const char *)a->buffers[2] + first, (size_t)(last - first));
  text->len = (size_t)(last - first);
  for (size_t k = 0; k < p.count; k++) edi_arrow_put_end(t, out, (int64_t)k, edi_arrow_offset(t, a, p.at[0] + (int64_t)k + 1) - first);
  edi_arrow_set_all_valid(out, 0, p.count);
  return true;
}

/* Cells of a chunk, NULL where there is none. */
static bool move_texts(edi_arrow_job *j, const edict_vector *v, const edi_arrow_type *into, edi_arrow_places p, struct ArrowArray *out) {
  for (size_t from = 0; from < p.count; from += CHUNK) {
    size_t n = chunk_of(p, from);
    bool put;
    for (size_t i = 0; i < n; i++) j->desk->cells[i] = p.at[from + i] < 0 ? (edict_cell){0} : edict_vector_cell(v, (size_t)p.at[from + i]);
    if (!edi_arrow_put_many(j->purse, into, out, (int64_t)from, j->desk->cells, n, &put)) return false;
  }
  return true;
}

static bool take_same(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edict_vector *v, const edi_arrow_type *into,
                      edi_arrow_places p, struct ArrowArray *out, bool *done) {
  *done = a->length > 0 && (t->form == EDI_ARROW_FIXED || t->form == EDI_ARROW_BITS || t->form == EDI_ARROW_BYTES) && all_fit(j, v, p);
  if (!*done) return true;
  bool run, all = t->form == EDI_ARROW_BYTES && all_there(a, p, &run);
  if (all && run) return move_run(j, t, a, p, out);
  if (t->form == EDI_ARROW_BYTES) return move_texts(j, v, into, p, out);
  if (t->form == EDI_ARROW_FIXED) move_fixed(t, a, p, out);
  else move_bits(t, a, p, out);
  return true;
}

/* ---- what a mask makes ---- */

/* False: there is no more, and what was there remains. */
static bool grow(edi_arrow_job *j) {
  edi_arrow_desk *d = j->desk;
  size_t size = d->size == 0 ? d->most * CELL_FIRST + 256 : d->size < DESK_USUAL ? d->size * 4 : d->size * 2;
  char *memory = edi_arena_alloc(j->temps, size);
  if (!memory) return false;
  edi_arena_release(j->temps, d->memory, d->size);
  d->memory = memory;
  d->size = size;
  return true;
}

/* The cells of the values that were read. What does not fit into the memory is made again in more of it while that is
 * little, and then of half as many, so that long texts need no more than the longest one does. False: of `n`, or of fewer if
 * there is but one, nothing is made. */
static bool mask_some(edi_arrow_job *j, const edict_vector *v, size_t n) {
  edi_arrow_desk *d = j->desk;
  for (;;) {
    edi_output memory = {.ptr = d->memory, .size = d->size, .hasher = &j->decision->hasher};
    bool made = d->memory && edi_masker_column(j->decision, j->column, v, d->rows, d->count, d->cells, &memory);
    if (made) j->failed += memory.failed;
    if (made) return true;
    if (d->memory && d->size >= DESK_USUAL && n > 1) return false;
    if (!grow(j)) return false;
  }
}

/* As many as the memory holds, from number `from` on; how many, 0: not even one. */
static size_t mask_chunk(edi_arrow_job *j, const edict_vector *v, edi_arrow_places p, size_t from) {
  for (size_t n = chunk_of(p, from) < j->desk->step ? chunk_of(p, from) : j->desk->step; n > 0; n /= 2) {
    read_chunk(j->desk, p, from, n);
    if (mask_some(j, v, n)) {
      j->desk->step = n < CHUNK / 2 ? 2 * n : CHUNK;
      return n;
    }
  }
  j->purse->failed = edi_arena_status(j->temps);
  return 0;
}

/* To the places of the chunk, of which some have no cell. */
static void spread(edi_arrow_desk *d, edi_arrow_places p, size_t from, size_t n) {
  for (size_t k = n, i = d->count; k-- > 0 && i < k + 1;) d->cells[k] = p.at[from + k] < 0 ? (edict_cell){0} : d->cells[--i];
}

static bool put_each(edi_arrow_job *j, const edi_arrow_type *into, struct ArrowArray *out, size_t from, size_t n) {
  const edi_arrow_piece *text = edi_arrow_piece_of(out, EDI_ARROW_TEXT);
  edict_cell bottom;
  edi_apply_bottom(&j->how, &bottom);
  for (size_t i = 0; i < n; i++) {
    const edict_cell *cell = &j->desk->cells[i];
    int64_t at = (int64_t)(from + i);
    if (cell->type != EDICT_CELL_NULL && !edi_arrow_put(j->purse, into, out, at, cell)) {
      if (j->purse->failed != EDICT_OK) return false;
      j->failed++;
      if (bottom.type != EDICT_CELL_NULL) (void)edi_arrow_put(j->purse, into, out, at, &bottom);
    }
    edi_arrow_put_end(into, out, at, (int64_t)text->len);
  }
  return j->purse->failed == EDICT_OK;
}

/* Numbers go from array to array. How many from number `from` on: 0, and they go by cells. */
static size_t take_numbers(edi_arrow_job *j, const edict_vector *v, const edi_arrow_type *into, edi_arrow_places p, size_t from, struct ArrowArray *out) {
  edi_arrow_desk *d = j->desk;
  edict_cell_type type = edi_arrow_numbers_of(into->layout);
  size_t n = chunk_of(p, from);
  bool run = p.ascending && p.at[from + n - 1] - p.at[from] == (int64_t)n - 1;
  if (type == EDICT_CELL_NULL) return 0;
  if (!run) read_chunk(d, p, from, n);
  if (!run && d->count != n) return 0;
  int64_t *at = edi_arrow_numbers_at(into, out, (int64_t)from), *to = at ? at : d->numbers;
  n = edi_masker_numbers(j->decision, j->column, v, (size_t)p.at[from], run ? NULL : d->rows, n, type, to, d->valid);
  return n && edi_arrow_put_numbers(into, out, (int64_t)from, to, d->valid, n) ? n : 0;
}

static bool take_masked(edi_arrow_job *j, const edict_vector *v, const edi_arrow_type *into, edi_arrow_places p, struct ArrowArray *out) {
  bool texts = into->form == EDI_ARROW_BYTES || into->form == EDI_ARROW_VIEWS;
  if (texts && !edi_arrow_room(j->purse, edi_arrow_piece_of(out, EDI_ARROW_TEXT), 1)) return false;
  j->desk->step = CHUNK;
  for (size_t from = 0, n; from < p.count; from += n) {
    bool done;
    n = take_numbers(j, v, into, p, from, out);
    if (n > 0) continue;
    n = mask_chunk(j, v, p, from);
    if (n == 0) return false;
    spread(j->desk, p, from, n);
    if (!edi_arrow_put_many(j->purse, into, out, (int64_t)from, j->desk->cells, n, &done) || (!done && !put_each(j, into, out, from, n))) return false;
  }
  return true;
}

/* The masker takes rows in their order. */
static bool in_order(edi_arrow_job *j, edi_arrow_places p) {
  bool good = true;
  for (size_t from = 0; good && !p.ascending && from < p.count; from += CHUNK) {
    read_chunk(j->desk, p, from, chunk_of(p, from));
    good = j->desk->ascending && j->desk->reachable;
  }
  return good;
}

bool edi_arrow_take_column(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into, edi_arrow_places p,
                           struct ArrowArray *out, bool *done) {
  edict_vector none, v = edi_arrow_vector(t, a, &none);
  bool alone = j->as == EDICT_MASKED_CELLS && j->fixed && !j->fixed->row_column && !j->is_key;
  *done = false;
  if (!need_desk(j, p)) return false;
  if (j->as == EDICT_MASKED_SAME) return take_same(j, t, a, &v, into, p, out, done);
  *done = alone && in_order(j, p);
  return !*done || take_masked(j, &v, into, p, out);
}
