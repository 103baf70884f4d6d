/* Pattern places: a regular expression as places, of which each takes one byte and says at which places a text may go on.
 *
 * In: a source that base/pattern.h compiles for conditions. Out: the automaton of Glushkov, for texts that are UTF-8: such
 * a text leads from `first` to `done` if and only if the whole of it matches. What is not understood for certain (options,
 * assertions, Unicode properties) or is too large is no automaton at all. */
#ifndef EDI_PATTERN_PLACES_H
#define EDI_PATTERN_PLACES_H

#include "base/bytes.h"

enum { EDI_PLACE_WORDS = 4, EDI_PLACES_MOST = 64 * EDI_PLACE_WORDS };

typedef struct edi_places { uint64_t words[EDI_PLACE_WORDS]; } edi_places;

typedef struct edi_place_map {
  size_t count;
  edi_places takes[256];                /* by byte */
  edi_places follow[EDI_PLACES_MOST];   /* by place */
} edi_place_map;

/* Adds the places of `source` to the map; false: not understood, or too many, and the map is of no use. */
bool edi_pattern_places(edi_str source, edi_place_map *map, edi_places *first, uint32_t *done);

/* Whether all texts that match `inner` match `outer` too, the limits of matching apart. False: that could not be shown. */
bool edi_pattern_within(edi_str inner, edi_str outer);
/* Whether no text of a size that is looked at makes matching meet a limit, so that each is matched or not: few states at once,
 * whatever the text, as nothing is repeated in two ways at once. False: that could not be shown. */
bool edi_pattern_is_certain(edi_str source);

static inline void edi_places_add(edi_places *p, size_t at) { p->words[at / 64] |= UINT64_C(1) << at % 64; }
static inline void edi_places_join(edi_places *p, const edi_places *more) {
  for (size_t i = 0; i < EDI_PLACE_WORDS; i++) p->words[i] |= more->words[i];
}
static inline bool edi_places_touch(const edi_places *a, const edi_places *b) {
  uint64_t any = 0;
  for (size_t i = 0; i < EDI_PLACE_WORDS; i++) any |= a->words[i] & b->words[i];
  return any != 0;
}

#endif
