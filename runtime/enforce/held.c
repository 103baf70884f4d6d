/* Held: see the header. */
#include "enforce/held.h"

#include <string.h>

enum { FIRST_PLACES = 32 };

static void begin(edi_held *h) {
  h->last = FIRST_PLACES - 1;
  h->count = 0;
  memset(h->places, 0, FIRST_PLACES * sizeof *h->places);
}

bool edi_held_init(edi_held *h, uint32_t most, edi_arena *arena) {
  uint32_t places = FIRST_PLACES;
  while (places < 2 * most) places *= 2;
  *h = (edi_held){.places = edi_arena_room(arena, places + places / 4, sizeof *h->places), .most = most};
  if (h->places) begin(h);
  return h->places != NULL;
}

/* Where it stands, or the empty place where it would. */
static const void **find_place(const edi_held *h, const void *thing) {
  uint32_t at = edi_held_place(h, thing);
  while (h->places[at] && h->places[at] != thing) at = (at + 1) & h->last;
  return &h->places[at];
}

bool edi_held_has(const edi_held *h, const void *thing) { return *find_place(h, thing) != NULL; }

/* They wait behind the places, of which they take half. */
static void double_places(edi_held *h) {
  uint32_t places = h->last + 1, waiting = 0;
  const void **things = h->places + 2 * (size_t)places;
  for (uint32_t i = 0; i < places; i++)
    if (h->places[i]) things[waiting++] = h->places[i];
  memset(h->places, 0, 2 * (size_t)places * sizeof *h->places);
  h->last = 2 * places - 1;
  for (uint32_t i = 0; i < waiting; i++) *find_place(h, things[i]) = things[i];
}

void edi_held_add(edi_held *h, const void *thing) {
  if (2 * (h->count + 1) > h->last + 1) double_places(h);
  *find_place(h, thing) = thing;
  h->count++;
}

void edi_held_clear(edi_held *h, void (*leave)(const void *thing, unsigned long long hand), unsigned long long hand) {
  if (h->count == 0) return;
  for (uint32_t i = 0; i <= h->last; i++)
    if (h->places[i]) leave(h->places[i], hand);
  begin(h);
}
