/* Masker, texts: columns of texts by blocks; see masker_block.h.
 *
 * Texts of a column mostly lie one behind the other, and mostly are ASCII: then one look at all their bytes says so, and
 * masks that change each byte by itself go over all of them at once. */
#include "enforce/masker_block.h"

static bool is_null(const edict_vector *v, size_t at) { return v->valid && !(v->valid[at / 8] >> (at % 8) & 1); }

static int64_t offset_at(const edict_vector *v, size_t at) {
  if (v->layout == EDICT_LAYOUT_TEXT64) return (int64_t)edi_get64((const unsigned char *)v->values + at * 8);
  return (int32_t)edi_get32((const unsigned char *)v->values + at * 4);
}

/* As edict_vector_cell reads them. */
static bool read_offsets(const edict_vector *v, const edi_block *block, edi_texts *texts) {
  for (size_t i = 0; i < block->count; i++) {
    size_t at = v->offset + block->rows[i];
    int64_t from = offset_at(v, at), to = offset_at(v, at + 1);
    if (is_null(v, at)) {
      texts->at[i] = (edi_str){NULL, 0};
      continue;
    }
    if (from < 0 || to < from || to - from > EDI_LIMIT_CELL) return false;
    texts->at[i] = v->bytes ? (edi_str){v->bytes + from, (size_t)(to - from)} : (edi_str){"", 0};
    texts->total += texts->at[i].len;
  }
  return true;
}

static bool read_cells(const edict_vector *v, const edi_block *block, edi_texts *texts) {
  for (size_t i = 0; i < block->count; i++) {
    edict_cell cell = edict_vector_cell(v, block->rows[i]);
    if ((cell.type != EDICT_CELL_TEXT && cell.type != EDICT_CELL_NULL) || cell.len > EDI_LIMIT_CELL) return false;
    bool null = cell.type == EDICT_CELL_NULL;
    texts->at[i] = (edi_str){null ? NULL : cell.ptr ? cell.ptr : "", null ? 0 : cell.len};
    texts->total += texts->at[i].len;
  }
  return true;
}

/* Texts from *at on that lie one behind the other, as one; *at is then the first that does not. NULL ones are nowhere. */
static edi_str next_run(const edi_texts *texts, size_t count, size_t *at) {
  edi_str run = texts->at[(*at)++];
  for (; *at < count; ++*at) {
    edi_str next = texts->at[*at];
    if (next.len == 0) continue;
    if (run.len == 0) run = next;
    else if (next.ptr == run.ptr + run.len) run.len += next.len;
    else break;
  }
  return run;
}

static bool all_ascii(edi_str run) {
  uint64_t high = 0, words[4];
  size_t i = 0;
  for (; i + sizeof words <= run.len; i += sizeof words) {
    memcpy(words, run.ptr + i, sizeof words);
    high |= words[0] | words[1] | words[2] | words[3];
  }
  return (high & UINT64_C(0x8080808080808080)) == 0 && edi_utf8_ascii(run, i) == run.len - i;
}

bool edi_masker_read_texts(const edict_vector *from, const edi_block *block, edi_texts *texts) {
  bool offsets = !from->dictionary && (from->layout == EDICT_LAYOUT_TEXT32 || from->layout == EDICT_LAYOUT_TEXT64);
  texts->total = 0;
  if (!(offsets ? read_offsets : read_cells)(from, block, texts)) return false;
  texts->ascii = true;
  for (size_t at = 0; at < block->count && texts->ascii;) texts->ascii = all_ascii(next_run(texts, block->count, &at));
  for (size_t i = 0; i < block->count && !texts->ascii; i++)
    if (!edi_utf8_valid(texts->at[i])) return false;
  return true;
}

static inline void put_text(edict_cell *out, const char *ptr, size_t length) { *out = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = ptr, .len = length}; }

/* A few bytes, mostly, without a call. */
static inline void copy_few(char *to, const char *from, size_t length) {
  uint32_t first, last;
  if (length > 8) {
    memcpy(to, from, length);
  } else if (length >= sizeof first) {
    memcpy(&first, from, sizeof first);
    memcpy(&last, from + length - sizeof last, sizeof last);
    memcpy(to, &first, sizeof first);
    memcpy(to + length - sizeof last, &last, sizeof last);
  } else {
    for (size_t i = 0; i < length; i++) to[i] = from[i];
  }
}

/* All bytes first, then over them those that show. */
static bool mask_bytes(const edi_masker *m, const edi_texts *texts, const edi_block *block) {
  bool last = m->t->id == EDI_TRANSFORM_SHOW_LAST;
  if (!m->memory->ptr || texts->total > m->memory->size - m->memory->used) return false;
  char *to = edi_output_take(m->memory, texts->total), *begin = to;
  for (size_t at = 0; at < block->count;) {
    edi_str run = next_run(texts, block->count, &at);
    edi_kernel_bytewise(m->t, run, begin);
    begin += run.len;
  }
  for (size_t i = 0; i < block->count; i++) {
    edi_str text = texts->at[i];
    if (!text.ptr) {
      block->out[i] = (edict_cell){0};
      continue;
    }
    size_t shown = edi_kernel_shown(m->t, text.len), from = last ? text.len - shown : 0;
    copy_few(to + from, text.ptr + from, shown);
    put_text(&block->out[i], to, text.len);
    to += text.len;
  }
  return true;
}

static bool mask_each(const edi_masker *m, edi_text_kernel *kernel, const edi_texts *texts, const edi_block *block) {
  for (size_t i = 0; i < block->count; i++) {
    edi_str text = texts->at[i], made;
    edict_cell in = {.type = text.ptr ? EDICT_CELL_TEXT : EDICT_CELL_NULL, .ptr = text.ptr, .len = text.len};
    if (text.ptr && kernel(m->t, text, m->memory, &made)) put_text(&block->out[i], made.ptr, made.len);
    else edi_masker_cell(m, &in, &block->out[i]);
  }
  return true;
}

bool edi_masker_texts(const edi_masker *m, const edi_texts *texts, const edi_block *block) {
  edi_text_kernel *kernel = edi_apply_text_kernel(m->t);
  if (texts->ascii && edi_kernel_is_bytewise(m->t) && mask_bytes(m, texts, block)) return true;
  return kernel && mask_each(m, kernel, texts, block);
}

/* ---- pseudonyms ---- */

typedef struct waiting { size_t count; size_t which[EDI_HASHLANES_MOST]; } waiting;

/* Those that were added, hashed and written. False: the memory is full. */
static bool settle(const edi_masker *m, const edi_texts *texts, waiting *w, bool keeps, const edi_block *block) {
  edi_pseudonyms_run(m->pseudonyms);
  for (size_t k = 0; k < w->count; k++) {
    size_t i = w->which[k];
    char text[EDI_PSEUDONYM_MOST];
    size_t length = edi_pseudonyms_text(m->pseudonyms, k, m->t, text);
    char *room = edi_output_take(m->memory, length);
    if (!room) return false;
    memcpy(room, text, length);
    put_text(&block->out[i], room, length);
    if (keeps) edi_recall_keep(&m->decision->recall, m->t, texts->at[i], (edi_str){room, length});
  }
  w->count = 0;
  return true;
}

bool edi_masker_pseudonyms(edi_masker *m, const edi_texts *texts, const edi_block *block) {
  bool recalls = m->no_recall == 0;
  size_t found = 0;
  waiting w = {0};
  for (size_t i = 0; i < block->count && !m->memory->full; i++) {
    edi_str text = texts->at[i], made;
    edict_cell in = {.type = text.ptr ? EDICT_CELL_TEXT : EDICT_CELL_NULL, .ptr = text.ptr, .len = text.len};
    if (text.ptr && recalls && edi_recall_find(&m->decision->recall, m->t, text, m->memory, &made)) {
      put_text(&block->out[i], made.ptr, made.len);
      found++;
    } else if (text.ptr && edi_pseudonyms_add(m->pseudonyms, EDI_TYPE_STRING, text.ptr, text.len)) {
      w.which[w.count++] = i;
      if (w.count == EDI_HASHLANES_MOST && !settle(m, texts, &w, recalls, block)) return true;
    } else {
      edi_masker_cell(m, &in, &block->out[i]);
    }
  }
  if (!m->memory->full) (void)settle(m, texts, &w, recalls, block);
  m->no_recall = recalls ? (found * 4 < block->count ? 7 : 0) : m->no_recall - 1;
  return true;
}
