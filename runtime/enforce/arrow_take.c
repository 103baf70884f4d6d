/* Arrow take: see the header. */
#include "enforce/arrow_take.h"

#include "eval/vm.h"

/* ---- one cell ---- */

void edi_arrow_fill_row(edi_arrow_job *j, uint32_t row) {
  const edi_plan *plan = j->decision->plan;
  for (size_t c = 0; c < plan->dataset->column_count; c++)
    j->cells[c] = plan->reads[c] ? edict_vector_cell(&j->vectors[c], row) : (edict_cell){0};
}

const edi_transform *edi_arrow_transform(edi_arrow_job *j, uint32_t row, edi_transform *room) {
  if (j->fixed) return j->fixed;
  edi_arrow_fill_row(j, row);
  return edi_plan_column_transform(j->decision->plan, j->column, j->cells, room);
}

/* The cell as a mask makes it of it, with texts at the end of the array's own. */
static void run_mask(edi_arrow_job *j, const edict_cell *cell, uint32_t row, edict_cell *masked, edi_output *memory) {
  if (j->as == EDICT_MASKED_SAME) {
    *masked = *cell;
    if (cell->type == EDICT_CELL_NULL || edi_cell_fits(cell, j->how.base)) return;
    memory->failed++;
    edi_apply_bottom(&j->how, masked);
    return;
  }
  if (!j->fixed || edi_transform_by_entity(j->fixed)) { /* an entity's own key is another one for each row */
    edi_arrow_fill_row(j, row);
    j->cells[j->column] = *cell;
    edi_decision_mask(j->decision, j->column, j->cells, masked, memory);
    return;
  }
  uint32_t beside = j->fixed->row_column;
  if (beside) j->cells[beside - 1] = edict_vector_cell(&j->vectors[beside - 1], row);
  edi_decision_apply(j->decision, j->fixed, true, &j->how, cell, masked, memory);
}

/* A value that came as it is, in an array of its own type, is moved as it is, whatever a cell makes of it. */
static bool put_same(const edi_arrow_type *type, const edi_arrow_type *into, const edict_cell *cell, const edict_cell *masked,
                     struct ArrowArray *out, int64_t at) {
  bool whole = masked->type == EDICT_CELL_BLOB && masked->ptr == cell->ptr && into->form == EDI_ARROW_FIXED && into->layout == type->layout &&
               into->scale == type->scale && masked->len == into->width;
  if (!whole) return false;
  memcpy(edi_arrow_piece_of(out, EDI_ARROW_VALUES)->ptr + (size_t)at * into->width, masked->ptr, into->width);
  edi_arrow_set_valid(out, at);
  return true;
}

/* *failed: it has no form there, and is the bottom. */
static bool put_masked(edi_arrow_job *j, const edi_arrow_type *type, const edi_arrow_type *into, const edict_cell *cell,
                       const edict_cell *masked, struct ArrowArray *out, int64_t at, bool *failed) {
  edict_cell bottom;
  if (masked->type == EDICT_CELL_NULL || put_same(type, into, cell, masked, out, at)) return true;
  if (edi_arrow_put(j->purse, into, out, at, masked)) return true;
  if (j->purse->failed != EDICT_OK) return false;
  *failed = true;
  if (j->is_key) return true;
  edi_apply_bottom(&j->how, &bottom);
  if (bottom.type != EDICT_CELL_NULL) (void)edi_arrow_put(j->purse, into, out, at, &bottom);
  return j->purse->failed == EDICT_OK;
}

/* What a mask left behind the text that is kept, which stood at `from` before. Nothing that it made was there when the
 * text was moved for more room: that is needed for values from elsewhere alone. */
static void wipe_rest(edi_arrow_piece *text, const unsigned char *base, size_t from, const edi_output *memory) {
  size_t end = from + memory->used;
  if (text->ptr && text->ptr == base && end > text->len) memset(text->ptr + text->len, 0, end - text->len);
}

bool edi_arrow_mask(edi_arrow_job *j, const edi_arrow_type *type, const edi_arrow_type *into, const edict_cell *cell, uint32_t row,
                    struct ArrowArray *out, int64_t at) {
  bool texts = into->form == EDI_ARROW_BYTES || into->form == EDI_ARROW_VIEWS;
  edi_arrow_piece none = {NULL, 0, 0}, *text = texts ? edi_arrow_piece_of(out, EDI_ARROW_TEXT) : &none;
  edict_cell masked;
  if (texts && !text->ptr && !edi_arrow_room(j->purse, text, 1)) return false; /* no text is made in no memory, not even an empty one */
  for (;;) {
    const unsigned char *base = text->ptr;
    size_t from = text->len;
    edi_output memory = {.ptr = base ? (char *)text->ptr + from : NULL, .size = text->cap - from, .hasher = &j->decision->hasher};
    run_mask(j, cell, row, &masked, &memory);
    if (!memory.full || !texts) {
      if (memory.full || (j->is_key && memory.failed)) masked = (edict_cell){0};
      bool failed = memory.failed || memory.full, put = put_masked(j, type, into, cell, &masked, out, at, &failed);
      j->failed += failed;
      wipe_rest(text, base, from, &memory);
      return put;
    }
    wipe_rest(text, base, from, &memory);
    if (!edi_arrow_room(j->purse, text, text->cap + 4096)) return false;
  }
}

/* ---- plain values ---- */

/* Room at once for what stands there now: most masks make no more of it. */
static bool expect_text(edi_arrow_job *j, const edict_vector *v, const edi_arrow_type *into, edi_arrow_places p, struct ArrowArray *out) {
  size_t all = 0;
  if (into->form != EDI_ARROW_BYTES && into->form != EDI_ARROW_VIEWS) return true;
  for (size_t k = 0; k < p.count; k++) {
    edict_cell cell = p.at[k] < 0 ? (edict_cell){0} : edict_vector_cell(v, (size_t)p.at[k]);
    if ((cell.type == EDICT_CELL_TEXT || cell.type == EDICT_CELL_BLOB) && (into->form == EDI_ARROW_BYTES || cell.len > 12)) all += cell.len;
  }
  return edi_arrow_room(j->purse, edi_arrow_piece_of(out, EDI_ARROW_TEXT), all);
}

static bool take_cells(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into,
                       edi_arrow_places p, struct ArrowArray *out) {
  edict_vector none, v = edi_arrow_vector(t, a, &none);
  if (!expect_text(j, &v, into, p, out)) return false;
  const edi_arrow_piece *text = edi_arrow_piece_of(out, EDI_ARROW_TEXT);
  for (size_t k = 0; k < p.count; k++) {
    edict_cell cell = p.at[k] < 0 ? (edict_cell){0} : edict_vector_cell(&v, (size_t)p.at[k]);
    bool moved = p.at[k] == EDI_ARROW_NULL || edi_arrow_mask(j, t, into, &cell, p.rows[k], out, (int64_t)k);
    if (!moved) return false;
    edi_arrow_put_end(into, out, (int64_t)k, (int64_t)text->len);
  }
  return true;
}

static bool take_values(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into,
                        edi_arrow_places p, struct ArrowArray *out) {
  bool done;
  if (j->as == EDICT_MASKED_NULL || t->form == EDI_ARROW_NOTHING || into->form == EDI_ARROW_NOTHING) return true;
  return edi_arrow_take_column(j, t, a, into, p, out, &done) && (done || take_cells(j, t, a, into, p, out));
}

/* ---- what is nested ---- */

static int64_t *temp(edi_arrow_job *j, size_t count, size_t width) {
  void *room = edi_arena_array(j->temps, count ? count : 1, width);
  if (!room) j->purse->failed = edi_arena_status(j->temps);
  return room;
}

/* A key that cannot be told takes its map with it: a key is never null. */
static bool keys_fit(const edi_arrow_type *entries, const struct ArrowArray *a, int64_t from, int64_t to) {
  edict_vector none, v = edi_arrow_vector(&entries->children[0], a->children[0], &none);
  if (entries->children[0].child_count) return true;
  for (int64_t i = from; i < to; i++) {
    edict_cell cell = edict_vector_cell(&v, (size_t)(a->offset + i));
    if (!edi_arrow_is_valid(entries, a, i) || cell.type == EDICT_CELL_NULL || !edi_cell_fits(&cell, EDI_TYPE_NONE)) return false;
  }
  return true;
}

/* Elements of value `at`; a map that cannot be told has none. */
static size_t elements(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, bool count, int64_t *from) {
  if (t->form == EDI_ARROW_FIXED_LIST) {
    *from = (a->offset + at) * t->list_size;
    return (size_t)t->list_size;
  }
  *from = edi_arrow_offset(t, a, at);
  int64_t to = edi_arrow_offset(t, a, at + 1);
  if (t->form != EDI_ARROW_MAP || j->split || keys_fit(t->children, a->children[0], *from, to)) return (size_t)(to - *from);
  j->failed += count;
  *from = -1;
  return 0;
}

static bool is_there(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) { return at >= 0 && edi_arrow_is_valid(t, a, at); }

/* Whether it is one that comes out as if it were there. */
static bool is_filled(const edi_arrow_job *j, int64_t at, size_t k, bool there) { return !there && at != EDI_ARROW_NULL && j->fates && j->fates[k].filled; }

/* A fixed list that is null has as many elements as another. */
static size_t filler(const edi_arrow_type *into) { return into->form == EDI_ARROW_FIXED_LIST ? (size_t)into->list_size : 0; }

/* Elements of value `k` of the places; *from: -1 unless it is told where they stand. */
static size_t elements_of(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into, edi_arrow_places p, size_t k,
                          bool count, int64_t *from) {
  *from = -1;
  if (!is_there(t, a, p.at[k])) return filler(into);
  if (!j->fates || !j->fates[k].emptied) return elements(j, t, a, p.at[k], count, from);
  *from = 0;
  return 0;
}

static bool list_places(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into, edi_arrow_places p,
                        edi_arrow_places *inner) {
  size_t all = 0;
  int64_t from;
  for (size_t k = 0; k < p.count; k++) all += elements_of(j, t, a, into, p, k, true, &from);
  *inner = (edi_arrow_places){.count = all};
  inner->at = temp(j, all, sizeof(int64_t));
  inner->rows = (const uint32_t *)(const void *)temp(j, all, sizeof(uint32_t));
  return inner->at && inner->rows;
}

/* Where the elements stand; of a fixed list that is null all of them are. */
static bool take_list(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into, edi_arrow_places p,
                      edi_arrow_places *inner, struct ArrowArray *out) {
  if (!list_places(j, t, a, into, p, inner)) return false;
  int64_t *at = (int64_t *)(uintptr_t)inner->at, from;
  uint32_t *rows = (uint32_t *)(uintptr_t)inner->rows;
  size_t used = 0;
  if (into->form != EDI_ARROW_FIXED_LIST && into->width == 4 && inner->count > INT32_MAX) {
    j->purse->failed = EDICT_LIMIT;
    return false;
  }
  for (size_t k = 0; k < p.count; k++) {
    size_t count = elements_of(j, t, a, into, p, k, false, &from);
    bool there = from >= 0;
    for (size_t i = 0; i < count; i++, used++) {
      at[used] = there ? from + (int64_t)i : EDI_ARROW_NULL;
      rows[used] = p.rows[k];
    }
    if (out && (there || is_filled(j, p.at[k], k, is_there(t, a, p.at[k])))) edi_arrow_set_valid(out, (int64_t)k);
    if (out) edi_arrow_put_end(into, out, (int64_t)k, (int64_t)used);
  }
  return true;
}

static bool take_struct(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, edi_arrow_places p, edi_arrow_places *inner,
                        struct ArrowArray *out) {
  int64_t *at = temp(j, p.count, sizeof *at);
  if (!at) return false;
  *inner = (edi_arrow_places){at, p.rows, p.count, false};
  for (size_t k = 0; k < p.count; k++) {
    bool there = is_there(t, a, p.at[k]), filled = is_filled(j, p.at[k], k, there);
    at[k] = there ? a->offset + p.at[k] : filled ? EDI_ARROW_MASKED_NULL : EDI_ARROW_NULL;
    if ((there || filled) && out) edi_arrow_set_valid(out, (int64_t)k);
  }
  return true;
}

edict_status edi_arrow_inner(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into, edi_arrow_places p,
                             edi_arrow_places *inner, struct ArrowArray *out) {
  bool made = t->form == EDI_ARROW_STRUCT ? take_struct(j, t, a, p, inner, out) : take_list(j, t, a, into, p, inner, out);
  return made ? EDICT_OK : j->purse->failed;
}

/* Of a container a mask leaves all or nothing. */
static bool whole_places(edi_arrow_job *j, edi_arrow_places *p) {
  if (j->as == EDICT_MASKED_SAME) return true;
  int64_t *at = temp(j, p->count, sizeof *at);
  if (!at) return false;
  for (size_t k = 0; k < p->count; k++) {
    edi_transform room;
    at[k] = -1;
    if (j->as == EDICT_MASKED_NULL || p->at[k] < 0) continue;
    if (edi_arrow_transform(j, p->rows[k], &room)->id == EDI_TRANSFORM_RAW) at[k] = p->at[k];
  }
  *p = (edi_arrow_places){at, p->rows, p->count, false};
  return true;
}

static edict_status take_nested(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into, edi_arrow_places p,
                                struct ArrowArray *out) {
  edi_arrow_places inner;
  edict_masked_as as = j->as;
  if (!whole_places(j, &p)) return j->purse->failed;
  edict_status status = edi_arrow_inner(j, t, a, into, p, &inner, out);
  j->as = EDICT_MASKED_SAME; /* what is left of it */
  for (size_t i = 0; status == EDICT_OK && i < t->child_count; i++)
    status = edi_arrow_take(j, &t->children[i], a->children[i], &into->children[i], inner, out->children[i]);
  j->as = as;
  return status;
}

edict_status edi_arrow_take(edi_arrow_job *j, const edi_arrow_type *t, const struct ArrowArray *a, const edi_arrow_type *into,
                            edi_arrow_places p, struct ArrowArray *out) {
  if (t->dictionary && !t->closed) return edi_arrow_take_codes(j, t, a, into, p, out);
  edict_status status = edi_arrow_begin(j->purse, into, (int64_t)p.count, out);
  if (status != EDICT_OK) return status;
  if (t->closed) status = EDICT_OK; /* as a null type */
  else if (t->child_count || t->form == EDI_ARROW_STRUCT) status = take_nested(j, t, a, into, p, out);
  else if (!take_values(j, t, a, into, p, out)) status = j->purse->failed;
  if (status == EDICT_OK) status = edi_arrow_end(j->purse, into, out);
  if (status != EDICT_OK) out->release(out);
  return status;
}
