/* Arrows: schemas and arrays of the Arrow C Data Interface from texts and from a seed, and their values as cells.
 *
 * A shape is written `NAME|FORMAT`, with children in braces and the values of a dictionary after `=`:
 *   |+s{id|l;tags|+l{item|u};country|c=|u}
 * Memory is an arena's; `release` marks an array as released and does no more. */
#ifndef ARROWS_H
#define ARROWS_H

#include "base/calendar.h"
#include "base/decimal.h"
#include "enforce/arrow_check.h"
#include "enforce/arrow_out.h"
#include "support/random_rules.h"

typedef struct arrow_shape {
  char *name, *format;
  struct arrow_shape *children, *dictionary;
  size_t child_count;
} arrow_shape;

/* False: it is not of the form. */
bool arrow_shape_read(const char *text, edi_arena *arena, arrow_shape *shape);
void arrow_schema_of(const arrow_shape *shape, edi_arena *arena, struct ArrowSchema *schema);

/* Bytes of each buffer, as edict_arrow_sizes has them; as many as will ever be needed by a test. */
enum { ARROW_SIZES_MOST = 4096 };
typedef struct arrow_sizes { int64_t bytes[ARROW_SIZES_MOST]; size_t count; } arrow_sizes;

/* What random values are like. */
typedef struct arrow_values {
  random_source *source;
  unsigned null_in;      /* one of so many is null; 0: none */
  bool damaged;          /* texts that are no UTF-8, times without a date, NaN */
  bool sliced;           /* with offsets */
} arrow_values;
/* An array of that length; what is under nulls and outside of slices is not zero. Buffers are blocks of their own. */
void arrow_random(const arrow_shape *shape, const arrow_values *values, size_t rows, edi_arena *arena, struct ArrowArray *array,
                  arrow_sizes *sizes);

/* Whether a cell of what came out says the same as what a row alone gives, as far as its type can say it: what it has
 * no form for is NULL. */
bool arrow_says(const edict_cell *got, const edict_cell *row, const edi_arrow_type *type);
/* Whether the type has a form for the cell; numbers that are too large apart. */
bool arrow_has_form(const edict_cell *cell, const edi_arrow_type *type);
/* Every buffer of an array that the product made, with its padding: for looking for what must not be there. */
void arrow_each_buffer(const edi_arrow_type *type, const struct ArrowArray *array, void (*look)(void *user, const void *bytes, size_t length),
                       void *user);

/* Whether nothing stands in it but its values: zeros under nulls and behind buffers, no bytes, elements or entries that
 * belong to none. `why` says what does. */
bool arrow_is_clean(const edi_arrow_type *type, const struct ArrowArray *array, char *why, size_t size);

#endif
