/* Arrow take, dictionaries: values that stand once for many rows.
 *
 * A mask that does not read the row is run once for each entry that a row uses. A table of what came out gives equal
 * values one code: two that a reader cannot tell apart have no two codes. */
#include "enforce/arrow_take.h"

typedef struct table {
  edi_arrow_job *job;
  const edi_arrow_type *type;   /* of the values that come out */
  struct ArrowArray *values;    /* as many as are used so far; room for `most` */
  uint32_t *slots;              /* 1 + the value's number; 0: free */
  size_t mask, used;
} table;

enum { UNSEEN = -2, NONE = -1 };

/* What an entry became: its code, and whether its mask made nothing of it, which counts for each row. */
typedef struct entry { int64_t code; bool failed; } entry;

static edi_str bytes_of(const table *t, size_t at) {
  unsigned char *values = edi_arrow_piece_of(t->values, EDI_ARROW_VALUES)->ptr;
  const edi_arrow_piece *text = edi_arrow_piece_of(t->values, EDI_ARROW_TEXT);
  if (t->type->form == EDI_ARROW_BYTES) {
    int64_t from = at ? edi_arrow_end_at(t->type, t->values, (int64_t)at - 1) : 0;
    return (edi_str){(const char *)text->ptr + from, text->ptr ? (size_t)(edi_arrow_end_at(t->type, t->values, (int64_t)at) - from) : 0};
  }
  if (t->type->form == EDI_ARROW_VIEWS) {
    const unsigned char *view = values + at * 16;
    uint32_t length = edi_get32(view);
    return (edi_str){length <= 12 ? (const char *)view + 4 : (const char *)text->ptr + edi_get32(view + 12), length};
  }
  if (t->type->form == EDI_ARROW_BITS) return values[at / 8] >> (at % 8) & 1 ? EDI_STR("1") : EDI_STR("0");
  return (edi_str){(const char *)values + at * t->type->width, t->type->width};
}

/* Takes the newest value back, as if it had never been. */
static void take_back(table *t, size_t at) {
  edi_arrow_piece *text = edi_arrow_piece_of(t->values, EDI_ARROW_TEXT), *values = edi_arrow_piece_of(t->values, EDI_ARROW_VALUES);
  edi_str bytes = bytes_of(t, at);
  bool kept = t->type->form == EDI_ARROW_BYTES || (t->type->form == EDI_ARROW_VIEWS && bytes.len > 12);
  if (kept && bytes.len) {
    text->len -= bytes.len;
    memset(text->ptr + text->len, 0, bytes.len);
  }
  if (t->type->form == EDI_ARROW_BYTES) edi_arrow_put_end(t->type, t->values, (int64_t)at, 0);
  else if (t->type->form == EDI_ARROW_BITS) values->ptr[at / 8] &= (unsigned char)~(1u << at % 8);
  else if (t->type->width) memset(values->ptr + at * t->type->width, 0, t->type->width);
  edi_arrow_piece_of(t->values, EDI_ARROW_VALID)->ptr[at / 8] &= (unsigned char)~(1u << at % 8);
}

/* The code of the value that was put behind the others; NONE if it is null. */
static int64_t interned(table *t) {
  size_t at = t->used;
  if (t->type->form == EDI_ARROW_NOTHING) return NONE;
  if (!(edi_arrow_piece_of(t->values, EDI_ARROW_VALID)->ptr[at / 8] >> (at % 8) & 1)) return NONE;
  edi_str bytes = bytes_of(t, at);
  size_t slot = edi_str_hash(bytes) & t->mask;
  for (; t->slots[slot]; slot = (slot + 1) & t->mask) {
    if (!edi_str_equal(bytes_of(t, t->slots[slot] - 1), bytes)) continue;
    take_back(t, at);
    return (int64_t)t->slots[slot] - 1;
  }
  t->slots[slot] = (uint32_t)++t->used;
  return (int64_t)at;
}

static edict_status table_begin(table *t, size_t most, struct ArrowArray *values) {
  size_t slots = 16;
  while (slots < most * 2) slots *= 2;
  t->mask = slots - 1;
  t->values = values;
  t->slots = EDI_NEW_ARRAY(t->job->temps, uint32_t, slots);
  return t->slots ? edi_arrow_begin(t->job->purse, t->type, (int64_t)most, values) : edi_arena_status(t->job->temps);
}

/* Rows one after the other; `seen` by entry, NULL where the mask varies with the row. */
static bool take_rows(table *t, const edi_arrow_type *type, const edict_vector *codes, edi_arrow_places p, entry *seen, const edi_arrow_type *into,
                      struct ArrowArray *out) {
  edict_vector plain = *codes;
  plain.dictionary = NULL;
  for (size_t k = 0; k < p.count; k++) {
    edict_cell code = p.at[k] < 0 ? (edict_cell){0} : edict_vector_cell(&plain, (size_t)p.at[k]);
    int64_t mapped = NONE;
    bool there = code.type == EDICT_CELL_INT;
    if (there && seen) mapped = seen[code.integer].code;
    if (mapped != UNSEEN && there && seen) t->job->failed += seen[code.integer].failed;
    if (p.at[k] != EDI_ARROW_NULL && (!seen || !there || mapped == UNSEEN)) {
      edict_cell cell = there ? edict_vector_cell(codes->dictionary, (size_t)code.integer) : (edict_cell){0};
      uint64_t failed = t->job->failed;
      if (!edi_arrow_mask(t->job, type->dictionary, t->type, &cell, p.rows[k], t->values, (int64_t)t->used)) return false;
      mapped = interned(t);
      if (there && seen) seen[code.integer] = (entry){mapped, t->job->failed != failed};
    }
    edict_cell put = {.type = EDICT_CELL_INT, .integer = mapped};
    if (mapped >= 0 && !edi_arrow_put(t->job->purse, into, out, (int64_t)k, &put)) {
      t->job->purse->failed = EDICT_LIMIT; /* more values than the index can count */
      return false;
    }
  }
  return true;
}

static edict_status finish(table *t, const edi_arrow_type *into, struct ArrowArray *out) {
  edi_arrow_shorten(t->type, t->values, (int64_t)t->used);
  edict_status status = edi_arrow_end(t->job->purse, t->type, t->values);
  return status == EDICT_OK ? edi_arrow_end(t->job->purse, into, out) : status;
}

edict_status edi_arrow_take_codes(edi_arrow_job *j, const edi_arrow_type *type, const struct ArrowArray *array,
                                  const edi_arrow_type *into, edi_arrow_places p, struct ArrowArray *out) {
  edict_vector room, codes = edi_arrow_vector(type, array, &room);
  bool varies = j->as == EDICT_MASKED_CELLS && (!j->fixed || j->fixed->row_column);
  size_t entries = (size_t)array->dictionary->length, most = p.count;
  table t = {.job = j, .type = into->dictionary};
  edict_status status = edi_arrow_begin(j->purse, into, (int64_t)p.count, out);
  if (status != EDICT_OK) return status;
  entry *seen = varies ? NULL : EDI_NEW_ARRAY(j->temps, entry, entries + 1);
  if (!varies && !seen) status = edi_arena_status(j->temps);
  for (size_t i = 0; seen && i < entries; i++) seen[i] = (entry){UNSEEN, false};
  if (!varies && entries < most) most = entries;
  if (j->as == EDICT_MASKED_NULL) most = 0;
  if (status == EDICT_OK) status = table_begin(&t, most + 1, out->dictionary); /* the newest is looked at in a place of its own */
  if (status == EDICT_OK && j->as != EDICT_MASKED_NULL && !take_rows(&t, type, &codes, p, seen, into, out)) status = j->purse->failed;
  if (status == EDICT_OK) status = finish(&t, into, out);
  if (status != EDICT_OK) out->release(out);
  return status;
}
