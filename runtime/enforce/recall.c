/* Recall: see the header. */
#include "enforce/recall.h"

#include <sodium.h>

/* Eight bytes; of a text of eight or more the last ones overlap those before, of a shorter one they are put together. */
static inline uint64_t eight(const char *at) {
  uint64_t w;
  memcpy(&w, at, 8);
  return w;
}

static inline uint64_t last(edi_str in) {
  if (in.len >= 8) return eight(in.ptr + in.len - 8);
  uint64_t w = 0;
  for (size_t i = 0; i < in.len; i++) w = w << 8 | (unsigned char)in.ptr[i];
  return w;
}

static inline uint64_t mix(uint64_t h, uint64_t w) {
  h = (h ^ w) * UINT64_C(0x9E3779B97F4A7C15);
  return h ^ h >> 29;
}

/* Not a hash that anybody must not foresee: what falls on one slot takes turns there. */
static edi_recalled *slot_of(const edi_recall *r, const edi_transform *of, edi_str in) {
  uint64_t h = (uint64_t)(uintptr_t)of ^ in.len;
  for (size_t at = 0; at + 8 <= in.len; at += 8) h = mix(h, eight(in.ptr + at));
  /* The highest bits: those that the last bytes of a text reach. */
  return &r->slots[mix(h, last(in)) >> (64 - EDI_RECALL_BITS)];
}

static inline bool is_used(const edi_recall *r, const edi_recalled *s) {
  size_t at = (size_t)(s - r->slots);
  return r->used[at / 64] >> at % 64 & 1;
}

static inline bool same(const char *kept, edi_str in) {
  for (size_t at = 0; at + 8 <= in.len; at += 8)
    if (eight(kept + at) != eight(in.ptr + at)) return false;
  return last((edi_str){kept, in.len}) == last(in);
}

bool edi_recall_find(const edi_recall *r, const edi_transform *of, edi_str in, edi_output *memory, edi_str *out) {
  if (!r->slots || in.len > EDI_RECALL_IN) return false;
  const edi_recalled *s = slot_of(r, of, in);
  if (!is_used(r, s) || s->of != of || s->in_length != in.len || !same(s->in, in)) return false;
  char *room = edi_output_take(memory, s->out_length);
  if (!room) return false;
  edi_copy_short(room, s->out, s->out_length);
  *out = (edi_str){room, s->out_length};
  return true;
}

void edi_recall_keep(edi_recall *r, const edi_transform *of, edi_str in, edi_str out) {
  if (!r->slots || in.len > EDI_RECALL_IN || out.len > EDI_RECALL_OUT) return;
  edi_recalled *s = slot_of(r, of, in);
  size_t at = (size_t)(s - r->slots);
  r->used[at / 64] |= UINT64_C(1) << at % 64;
  s->of = of;
  s->in_length = (uint8_t)in.len;
  s->out_length = (uint8_t)out.len;
  edi_copy_short(s->in, in.ptr, in.len);
  edi_copy_short(s->out, out.ptr, out.len);
}

void edi_recall_wipe(edi_recall *r) {
  for (size_t word = 0; word < EDI_RECALL_WORDS; word++)
    for (; r->used[word]; r->used[word] &= r->used[word] - 1)
      sodium_memzero(&r->slots[64 * word + (size_t)__builtin_ctzll(r->used[word])], sizeof *r->slots);
}
