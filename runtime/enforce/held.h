/* Held: a set by address, of what a decision object keeps.
 *
 * What is kept has `holders`, a bit for each of the first decisions of its engine: who has a bit sees by it at once
 * whether it holds a thing; who has none looks it up. Only its decision changes a bit, and before its last user may go.
 * Its memory is taken once, for as many as it may ever hold, and is touched as it fills: places are doubled within it.
 * At most half of the places are taken, so nearly all things stand at their own or the next one. */
#ifndef EDI_HELD_H
#define EDI_HELD_H

#include "base/arena.h"

typedef struct edi_held {
  const void **places;          /* NULL: empty. After all that there may be, a quarter as many, where things wait while places are doubled */
  uint32_t last;                /* of the places in use, a power of two; numbers are cut to it */
  uint32_t count, most;
} edi_held;

enum { EDI_HELD_USUAL = 512, EDI_HELD_LIMIT = 1 << 20 };
/* False: no memory; the arena knows why. `most`: from 1 to EDI_HELD_LIMIT. */
bool edi_held_init(edi_held *held, uint32_t most, edi_arena *arena);

static inline uint32_t edi_held_place(const edi_held *held, const void *thing) {
  uint64_t hash = (uint64_t)(uintptr_t)thing * UINT64_C(0x9E3779B97F4A7C15);
  return (uint32_t)(hash >> 40) & held->last;
}
bool edi_held_has(const edi_held *held, const void *thing);
/* One that is not there; it is not full. */
void edi_held_add(edi_held *held, const void *thing);
static inline bool edi_held_is_full(const edi_held *held) { return held->count == held->most; }
/* Each of them is let go of, and none is there. */
void edi_held_clear(edi_held *held, void (*leave)(const void *thing, unsigned long long hand), unsigned long long hand);

#endif
