/* Likes: see the header.
 *
 * A table by hash. Who makes programs can make hashes collide, so a search gives up after a few steps: the code is
 * then like none, which costs time of its own and nothing else. */
#include "bundle/likes.h"

enum { STEPS = 16 };

/* What of a constant its likes have in common. */
static uint32_t sort_of(const edi_const *c) {
  if (EDI_TYPE_IS_SET(c->type)) return c->type | (c->aux == 0 ? 0x200u : 0);
  return c->type | (c->type == EDI_TYPE_BOOL && c->value ? 0x200u : 0);
}

/* EDI_NONE: there is no such constant. */
static uint32_t sort_at(const edi_likes *l, uint32_t constant) {
  return constant < l->p->consts_count ? l->sorts[constant] : EDI_NONE;
}

static uint64_t word_of(const edi_likes *l, const edi_instr *in) {
  edi_instr like = *in;
  if (in->op == EDI_OP_CONST) like.imm = sort_at(l, in->imm);
  uint64_t word;
  memcpy(&word, &like, sizeof word);
  return word;
}

static uint32_t hash_of(const edi_likes *l, const edi_routine *r) {
  uint64_t hash = r->instrs.count ^ (uint64_t)r->type << 32;
  for (uint32_t i = 0; i < r->instrs.count; i++) {
    hash = (hash ^ word_of(l, &l->p->instrs[r->instrs.first + i])) * UINT64_C(0x9E3779B97F4A7C15);
    hash ^= hash >> 32;
  }
  return (uint32_t)hash;
}

static bool is_like(const edi_likes *l, const edi_routine *a, const edi_routine *b) {
  if (a->instrs.count != b->instrs.count || a->type != b->type || a->registers != b->registers || a->cost != b->cost ||
      a->reads != b->reads)
    return false;
  const edi_instr *x = l->p->instrs + a->instrs.first, *y = l->p->instrs + b->instrs.first;
  for (uint32_t i = 0; i < a->instrs.count; i++)
    if (memcmp(&x[i], &y[i], sizeof *x) != 0 && word_of(l, &x[i]) != word_of(l, &y[i])) return false;
  return true;
}

/* Of the constants of two codes of one shape. */
static bool are_like(const edi_likes *l, const uint32_t *a, const uint32_t *b, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (a[i] != b[i] && sort_at(l, a[i]) != sort_at(l, b[i])) return false;
  return true;
}

edict_status edi_likes_init(edi_likes *likes, const edi_program *p, const edi_shaping *shapes, edi_arena *arena) {
  size_t slots = 16;
  while (slots < (size_t)p->codes_count * 2) slots *= 2;
  *likes = (edi_likes){.p = p, .of = EDI_NEW_ARRAY(arena, uint32_t, p->codes_count), .mask = slots - 1, .shapes = shapes};
  likes->newest = shapes ? EDI_NEW_ARRAY(arena, struct edi_newest, shapes->count) : NULL;
  if (shapes && !likes->newest) return edi_arena_status(arena);
  likes->sorts = EDI_NEW_ARRAY(arena, uint32_t, p->consts_count);
  if (!likes->sorts) return edi_arena_status(arena);
  for (uint32_t i = 0; i < p->consts_count; i++) likes->sorts[i] = sort_of(&p->consts[i]);
  likes->hashes = EDI_NEW_ARRAY(arena, uint32_t, p->codes_count);
  likes->slots = EDI_NEW_ARRAY(arena, uint32_t, slots);
  return likes->of && likes->hashes && likes->slots ? EDICT_OK : edi_arena_status(arena);
}

static uint32_t find_by_hash(edi_likes *likes, uint32_t code) {
  const edi_program *p = likes->p;
  uint32_t hash = hash_of(likes, &p->codes[code]);
  size_t slot = hash & likes->mask;
  likes->hashes[code] = hash;
  for (unsigned step = 0; step < STEPS; step++, slot = (slot + 1) & likes->mask) {
    uint32_t other = likes->slots[slot];
    if (other == 0) {
      likes->slots[slot] = code + 1;
      break;
    }
    if (likes->hashes[other - 1] == hash && is_like(likes, &p->codes[other - 1], &p->codes[code])) return other - 1;
  }
  return code;
}

uint32_t edi_likes_find(edi_likes *likes, uint32_t code) {
  const edi_shaping *s = likes->shapes;
  if (!s) return likes->of[code] = find_by_hash(likes, code);
  uint32_t shape = s->of[code], at = likes->at;
  struct edi_newest *newest = &likes->newest[shape];
  likes->at += s->constants[shape];
  bool like = newest->code && are_like(likes, s->values + newest->at, s->values + at, s->constants[shape]);
  uint32_t found = like ? newest->code - 1 : find_by_hash(likes, code);
  if (found == code) *newest = (struct edi_newest){code + 1, at};
  return likes->of[code] = found;
}
