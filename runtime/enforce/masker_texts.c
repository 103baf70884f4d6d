/* Masker, texts: columns of texts by blocks; see masker_block.h.
 *
 * Texts of a column mostly lie one behind the other, and mostly are ASCII: then one look at all their bytes says so, and
 * masks that change each byte by itself go over all of them at once. */
#include "enforce/masker_block.h"

static inline int64_t offset_at(const edict_vector *v, size_t at, bool large) {
  const unsigned char *p = v->values;
  return large ? (int64_t)edi_get64(p + at * 8) : (int32_t)edi_get32(p + at * 4);
}

/* Of rows one after the other, of which none is NULL: offsets that rise. False: they do not, or are very far apart. */
static inline __attribute__((always_inline)) bool read_run(const edict_vector *v, const edi_block *block, bool large, edi_texts *texts) {
  size_t at = v->offset + block->rows[0] + 1, count = block->count;
  int64_t first = offset_at(v, at - 1, large), from = first, signs = first;
  uintptr_t bytes = (uintptr_t)v->bytes;
  for (size_t i = 0; i < count; i++) {
    int64_t to = offset_at(v, at + i, large), length = (int64_t)((uint64_t)to - (uint64_t)from);
    texts->at[i] = (edi_str){(const char *)(bytes + (uintptr_t)from), (size_t)length};
    signs |= length;
    from = to;
  }
  texts->total = (size_t)(from - first);
  texts->together = texts->whole = true;
  return signs >= 0 && from - first <= EDI_LIMIT_CELL;
}

/* As edict_vector_cell reads them. */
static inline __attribute__((always_inline)) bool read_offsets(const edict_vector *v, const edi_block *block, bool large, edi_texts *texts) {
  int64_t end = -1;
  bool apart = false;
  if (!v->valid && block->rows[block->count - 1] - block->rows[0] == block->count - 1 && read_run(v, block, large, texts)) return true;
  texts->whole = !v->valid;
  texts->total = 0;
  for (size_t i = 0; i < block->count; i++) {
    size_t at = v->offset + block->rows[i];
    if (v->valid && !(v->valid[at / 8] >> (at % 8) & 1)) {
      texts->at[i] = (edi_str){NULL, 0};
      continue;
    }
    int64_t from = offset_at(v, at, large), to = offset_at(v, at + 1, large);
    if (from < 0 || to < from || to - from > EDI_LIMIT_CELL) return false;
    apart |= (from != end) & (end >= 0);
    end = to;
    texts->at[i] = (edi_str){v->bytes + from, (size_t)(to - from)};
    texts->total += (size_t)(to - from);
  }
  texts->together = !apart;
  return true;
}

static bool read_offsets32(const edict_vector *v, const edi_block *block, edi_texts *texts) { return read_offsets(v, block, false, texts); }
static bool read_offsets64(const edict_vector *v, const edi_block *block, edi_texts *texts) { return read_offsets(v, block, true, texts); }

static bool read_cells(const edict_vector *v, const edi_block *block, edi_texts *texts) {
  texts->whole = true;
  texts->total = 0;
  for (size_t i = 0; i < block->count; i++) {
    edict_cell cell = edict_vector_cell(v, block->rows[i]);
    if ((cell.type != EDICT_CELL_TEXT && cell.type != EDICT_CELL_NULL) || cell.len > EDI_LIMIT_CELL) return false;
    bool null = cell.type == EDICT_CELL_NULL;
    texts->whole &= !null;
    texts->at[i] = (edi_str){null ? NULL : cell.ptr ? cell.ptr : "", null ? 0 : cell.len};
    texts->total += texts->at[i].len;
  }
  texts->together = false;
  return true;
}

/* Texts from *at on that lie one behind the other, as one; *at is then the first that does not. NULL ones are nowhere. */
static edi_str next_run(const edi_texts *texts, size_t count, size_t *at) {
  edi_str run = texts->at[(*at)++];
  if (texts->together) {
    for (; !run.ptr && *at < count; ++*at) run = texts->at[*at];
    *at = count;
    return (edi_str){run.ptr, texts->total};
  }
  for (; *at < count; ++*at) {
    edi_str next = texts->at[*at];
    if (next.len == 0) continue;
    if (run.len == 0) run = next;
    else if (next.ptr == run.ptr + run.len) run.len += next.len;
    else break;
  }
  return run;
}

/* Texts that are one behind the other are UTF-8 if they are as one, and none begins inside of a character. */
static bool all_utf8(const edi_texts *texts, size_t count) {
  bool whole = true;
  for (size_t at = 0; at < count;)
    if (!edi_utf8_valid(next_run(texts, count, &at))) return false;
  for (size_t i = 0; i < count; i++) whole &= texts->at[i].len == 0 || ((unsigned char)*texts->at[i].ptr & 0xC0) != 0x80;
  return whole;
}

bool edi_masker_read_texts(const edict_vector *from, const edi_block *block, edi_texts *texts) {
  bool offsets = !from->dictionary && from->bytes;
  if (!(offsets && from->layout == EDICT_LAYOUT_TEXT32   ? read_offsets32
        : offsets && from->layout == EDICT_LAYOUT_TEXT64 ? read_offsets64
                                                         : read_cells)(from, block, texts))
    return false;
  texts->ascii = true;
  for (size_t at = 0; at < block->count && texts->ascii;) texts->ascii = edi_utf8_is_ascii(next_run(texts, block->count, &at));
  return texts->ascii || all_utf8(texts, block->count);
}

/* Seven bytes at most over the last or the first ones of a text of eight or more. */
static inline void show_few(char *to, const char *from, size_t length, size_t shown, bool last) {
  size_t at = last ? length - 8 : 0;
  uint64_t mask = last ? ~(UINT64_MAX >> 8 * shown) : ~(UINT64_MAX << 8 * shown);
  edi_put64(to + at, (edi_get64(to + at) & ~mask) | (edi_get64(from + at) & mask));
}

/* Over bytes that do not show those that do, and the cells. */
static inline __attribute__((always_inline)) void show_some(const edi_texts *texts, const edi_block *block, edi_shows shows, bool last, char *to) {
  for (size_t i = 0; i < block->count; i++) {
    edi_str text = texts->at[i];
    if (!text.ptr) {
      block->out[i] = (edict_cell){0};
      continue;
    }
    size_t shown = edi_shows_points(shows, text.len), from = last ? text.len - shown : 0;
    if (shows.count < 8 && text.len >= 8) show_few(to, text.ptr, text.len, shown, last);
    else edi_copy_short(to + from, text.ptr + from, shown);
    edi_masker_put_text(&block->out[i], to, text.len);
    to += text.len;
  }
}

static void show_none(const edi_texts *texts, const edi_block *block, char *to) {
  for (size_t i = 0; i < block->count; i++) {
    edi_masker_put_text(&block->out[i], to, texts->at[i].len);
    to += texts->at[i].len;
  }
  for (size_t i = 0; i < block->count && !texts->whole; i++)
    if (!texts->at[i].ptr) block->out[i] = (edict_cell){0};
}

/* All bytes first, then over them those that show. */
static bool mask_bytes(const edi_masker *m, const edi_texts *texts, const edi_block *block) {
  const edi_shows shows = edi_shows_of(m->t);
  if (!m->memory->ptr || texts->total > m->memory->size - m->memory->used) return false;
  char *to = edi_output_take(m->memory, texts->total), *begin = to;
  for (size_t at = 0; at < block->count;) {
    edi_str run = next_run(texts, block->count, &at);
    edi_kernel_bytewise(m->t, run, begin);
    begin += run.len;
  }
  if (shows.count == 0) show_none(texts, block, to);
  else if (m->t->id == EDI_TRANSFORM_SHOW_LAST) show_some(texts, block, shows, true, to);
  else show_some(texts, block, shows, false, to);
  return true;
}

/* As rows are masked. */
static __attribute__((noinline)) void mask_one(const edi_masker *m, edi_str text, edict_cell *out) {
  const edict_cell in = {.type = text.ptr ? EDICT_CELL_TEXT : EDICT_CELL_NULL, .ptr = text.ptr, .len = text.len};
  edi_masker_cell(m, &in, out);
}

static bool mask_each(const edi_masker *m, edi_text_kernel *kernel, const edi_texts *texts, const edi_block *block) {
  for (size_t i = 0; i < block->count; i++) {
    edi_str text = texts->at[i], made;
    if (text.ptr && kernel(m->t, text, m->memory, &made)) edi_masker_put_text(&block->out[i], made.ptr, made.len);
    else mask_one(m, text, &block->out[i]);
  }
  return true;
}

/* Generalised texts are few, and so are mostly those that come in: some of those of the block are kept in mind. */
enum { KNOWN = 16 };

static bool mask_few(const edi_masker *m, const edi_texts *texts, const edi_block *block) {
  edi_str known[KNOWN] = {{NULL, 0}};
  edict_cell became[KNOWN];
  for (size_t i = 0; i < block->count; i++) {
    edi_str text = texts->at[i];
    size_t at = text.len ? ((unsigned char)text.ptr[0] * 5u + (unsigned char)text.ptr[text.len - 1] + text.len) % KNOWN : 0;
    if (text.len && known[at].len == text.len && memcmp(known[at].ptr, text.ptr, text.len) == 0) {
      block->out[i] = became[at];
      continue;
    }
    uint64_t failed = m->memory->failed;
    mask_one(m, text, &block->out[i]);
    if (!text.len || m->memory->failed != failed) continue; /* each that fails is counted */
    known[at] = text;
    became[at] = block->out[i];
  }
  return true;
}

bool edi_masker_texts(const edi_masker *m, const edi_texts *texts, const edi_block *block) {
  edi_text_kernel *kernel = edi_apply_text_kernel(m->t);
  if (texts->ascii && edi_kernel_is_bytewise(m->t) && mask_bytes(m, texts, block)) return true;
  if (m->t->id == EDI_TRANSFORM_GENERALISE) return mask_few(m, texts, block);
  return kernel && mask_each(m, kernel, texts, block);
}

/* ---- under a key ---- */

typedef struct waiting {
  size_t count, which[EDI_KEYED_MANY];
  edi_str texts[EDI_KEYED_MANY];
} waiting;

static bool run_many(const edi_masker *m, const waiting *w, edi_str *made) {
  if (m->t->id == EDI_TRANSFORM_PSEUDONYM) return edi_kernel_pseudonym_many(m->pseudonyms, m->t, w->texts, w->count, m->memory, made);
  if (m->t->id == EDI_TRANSFORM_TOKEN) return edi_kernel_token_many(m->how.key, w->texts, w->count, m->memory, made);
  return edi_kernel_fpe_many(m->how.key, m->t, w->texts, w->count, m->memory, made);
}

/* Those that wait, side by side. */
static void settle(const edi_masker *m, waiting *w, bool keeps, const edi_block *block) {
  edi_str made[EDI_KEYED_MANY];
  bool room = run_many(m, w, made);
  for (size_t k = 0; k < w->count && room; k++) {
    edict_cell *out = &block->out[w->which[k]];
    if (made[k].ptr) edi_masker_put_text(out, made[k].ptr, made[k].len);
    else mask_one(m, w->texts[k], out);
    if (made[k].ptr && keeps) edi_recall_keep(&m->decision->recall, m->t, w->texts[k], made[k]);
  }
  w->count = 0;
}

bool edi_masker_keyed(edi_masker *m, const edi_texts *texts, const edi_block *block) {
  bool recalls = m->no_recall == 0;
  size_t found = 0;
  waiting w;
  w.count = 0;
  for (size_t i = 0; i < block->count && !m->memory->full; i++) {
    edi_str text = texts->at[i], made;
    if (!text.ptr) {
      block->out[i] = (edict_cell){0};
    } else if (recalls && edi_recall_find(&m->decision->recall, m->t, text, m->memory, &made)) {
      edi_masker_put_text(&block->out[i], made.ptr, made.len);
      found++;
    } else {
      w.texts[w.count] = text;
      w.which[w.count++] = i;
      if (w.count == EDI_KEYED_MANY) settle(m, &w, recalls, block);
    }
  }
  if (w.count && !m->memory->full) settle(m, &w, recalls, block);
  if (recalls) m->pause = found * 4 >= block->count ? 0 : m->pause < 63 ? 2 * m->pause + 7 : m->pause;
  m->no_recall = recalls ? m->pause : m->no_recall - 1;
  return true;
}
