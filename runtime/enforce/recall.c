/* Recall: see the header. */
#include "enforce/recall.h"

#include <sodium.h>

__extension__ typedef unsigned __int128 wide;

static inline uint64_t eight(const char *at) {
  uint64_t w;
  memcpy(&w, at, 8);
  return w;
}

/* Seven bytes at most, all in one word: of one length, others are another word. */
static inline uint64_t few(const char *at, size_t length) {
  uint32_t first, second;
  if (length == 0) return 0;
  if (length < 4) return (uint64_t)(unsigned char)at[0] << 16 | (uint64_t)(unsigned char)at[length / 2] << 8 | (unsigned char)at[length - 1];
  memcpy(&first, at, 4);
  memcpy(&second, at + length - 4, 4);
  return (uint64_t)first << 32 | second;
}

static inline uint64_t folded(uint64_t a, uint64_t b) {
  wide product = (wide)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Sixteen bytes at a time; the last ones overlap those before. Not a hash that anybody must not foresee: what falls on one
 * set takes turns there. */
static inline uint64_t hash_of(const edi_transform *of, edi_str in) {
  const uint64_t with = UINT64_C(0x9E3779B97F4A7C15);
  const char *end = in.ptr + in.len;
  uint64_t h = (uint64_t)(uintptr_t)of ^ in.len ^ UINT64_C(0xD6E8FEB86659FD93);
  if (in.len < 8) return folded(h ^ few(in.ptr, in.len), with);
  if (in.len < 16) return folded(h ^ eight(in.ptr), with ^ eight(end - 8));
  for (const char *at = in.ptr; end - at > 16; at += 16) h = folded(h ^ eight(at), with ^ eight(at + 8));
  return folded(h ^ eight(end - 16), with ^ eight(end - 8));
}

/* A tag is not 0. */
static inline size_t set_of(uint64_t hash) { return (size_t)(hash >> 58); }
static inline uint64_t tag_of(uint64_t hash) { return (hash >> 51 & 0x7F) | 0x80; }
_Static_assert(EDI_RECALL_SETS == 1 << 6 && EDI_RECALL_WAYS == 8, "six bits of a hash are a set's, and a word has its tags");

static inline bool same_pair(const char *a, const char *b) { return ((eight(a) ^ eight(b)) | (eight(a + 8) ^ eight(b + 8))) == 0; }

static inline bool same(const char *kept, edi_str in) {
  size_t at = 0;
  if (in.len < 8) return few(kept, in.len) == few(in.ptr, in.len);
  if (in.len < 16) return eight(kept) == eight(in.ptr) && eight(kept + in.len - 8) == eight(in.ptr + in.len - 8);
  for (; in.len - at > 16; at += 16)
    if (!same_pair(kept + at, in.ptr + at)) return false;
  return same_pair(kept + in.len - 16, in.ptr + in.len - 16);
}

static const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);

/* The slots whose tags are the hash's; a tag beside one of them may be taken for it, so they are looked at whole. */
static inline __attribute__((always_inline)) const edi_recalled *look(const edi_recall *r, const edi_transform *of, edi_str in, uint64_t hash) {
  size_t set = set_of(hash);
  uint64_t apart = r->tags[set] ^ ones * tag_of(hash);
  for (uint64_t hits = (apart - ones) & ~apart & highs; hits; hits &= hits - 1) {
    const edi_recalled *s = &r->slots[set * EDI_RECALL_WAYS + (size_t)__builtin_ctzll(hits) / 8];
    if (s->of == of && s->in_length == in.len && same(s->bytes, in)) return s;
  }
  return NULL;
}

edi_recalled *edi_recall_slots(edi_arena *arena) {
  _Static_assert(sizeof(edi_recalled) == 128, "two lines");
  char *room = edi_arena_room(arena, EDI_RECALL_SLOTS + 1, sizeof(edi_recalled));
  return room ? (edi_recalled *)(void *)(room + (-(uintptr_t)room & 63)) : NULL;
}

bool edi_recall_find(const edi_recall *r, const edi_transform *of, edi_str in, edi_output *memory, edi_str *out) {
  if (!r->slots || in.len > EDI_RECALL_IN) return false;
  const edi_recalled *s = look(r, of, in, hash_of(of, in));
  char *room = s ? edi_output_take(memory, s->out_length) : NULL;
  if (!room) return false;
  edi_copy_short(room, s->bytes + s->in_length, s->out_length);
  *out = (edi_str){room, s->out_length};
  return true;
}

/* A slot that nothing stands in, else the one whose turn it is. */
static size_t way_in(edi_recall *r, size_t set) {
  for (size_t way = 0; way < EDI_RECALL_WAYS; way++)
    if (!(r->tags[set] >> 8 * way & 0xFF)) return way;
  return r->next[set]++ % EDI_RECALL_WAYS;
}

void edi_recall_keep(edi_recall *r, const edi_transform *of, edi_str in, edi_str out) {
  if (!r->slots || in.len > EDI_RECALL_IN || out.len > EDI_RECALL_BOTH - in.len) return;
  uint64_t hash = hash_of(of, in);
  size_t set = set_of(hash);
  if (look(r, of, in, hash)) return; /* several may have waited for it */
  size_t way = way_in(r, set);
  edi_recalled *s = &r->slots[set * EDI_RECALL_WAYS + way];
  r->tags[set] = (r->tags[set] & ~(UINT64_C(0xFF) << 8 * way)) | tag_of(hash) << 8 * way;
  s->of = of;
  s->in_length = (uint8_t)in.len;
  s->out_length = (uint8_t)out.len;
  edi_copy_short(s->bytes, in.ptr, in.len);
  edi_copy_short(s->bytes + in.len, out.ptr, out.len);
}

void edi_recall_wipe(edi_recall *r) {
  for (size_t i = 0; i < EDI_RECALL_SLOTS; i++)
    if (r->tags[i / EDI_RECALL_WAYS] >> 8 * (i % EDI_RECALL_WAYS) & 0xFF) sodium_memzero(&r->slots[i], sizeof *r->slots);
  memset(r->tags, 0, sizeof r->tags);
  memset(r->next, 0, sizeof r->next);
}
