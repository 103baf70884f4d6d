/* Likes: codes that differ only in which constants of the same types they name.
 *
 * Rules are written in rows: the same condition for each department, with another name in it. Whether such a code is
 * typed, what it costs and reads, and which facts it needs does not depend on the constants, so it is found once for
 * all of them. Constants count as alike if they are of one type and, where that can matter, both empty sets or both
 * not, and the same truth. */
#ifndef EDI_LIKES_H
#define EDI_LIKES_H

#include "bundle/program.h"

typedef struct edi_likes {
  const edi_program *p;
  uint32_t *of;    /* by code that was found: the first one that is like it, or itself */
  const edi_shaping *shapes; /* NULL: not known */
  struct edi_newest { uint32_t code, at; } *newest; /* of each shape: the newest code that is not like another, plus one, and its values */
  uint32_t at;      /* the values of the code that is asked about next */
  uint32_t *sorts;  /* by constant: what its likes have in common */
  uint32_t *hashes;
  uint32_t *slots; /* numbers of first codes plus one */
  size_t mask;
} edi_likes;

/* For a program whose constants hold. `shapes` NULL: not known. MEMORY or LIMIT, as the arena says. */
edict_status edi_likes_init(edi_likes *likes, const edi_program *program, const edi_shaping *shapes, edi_arena *arena) EDICT_MUST_CHECK;
/* The first of the codes found so far that is like this one; else the code itself, which may be one's like from then
 * on. Codes are asked about in their order, each once. Its instructions must lie within the section; nothing else of it need
 * hold. */
uint32_t edi_likes_find(edi_likes *likes, uint32_t code);

#endif
