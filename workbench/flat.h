/* Flat: FlatBuffers, as far as the messages of Arrow need them, read and written.
 *
 * Reading: bytes that nobody vouches for. Every offset is checked when it is followed; a field that is not there, or that
 * points outside, is its default or nothing, and the latter makes `bad` true for good: look once at the end.
 * Writing: tables one behind the other, each before what it refers to. */
#ifndef EDICT_WORKBENCH_FLAT_H
#define EDICT_WORKBENCH_FLAT_H

#include "base/bytes.h"

typedef struct flat {
  const unsigned char *ptr;
  size_t length;
  bool bad;
} flat;

/* A table; at 0: none is there, and all its fields are their defaults. */
typedef struct flat_table { size_t at, vtable, fields; } flat_table;

typedef struct flat_vector { size_t at, count; } flat_vector; /* of its first element */

flat_table flat_root(flat *f);
/* Field `number` from 0, of 1, 2, 4 or 8 bytes, sign-extended. */
int64_t flat_number(flat *f, flat_table table, unsigned number, unsigned bytes, int64_t missing);
flat_table flat_sub(flat *f, flat_table table, unsigned number);
flat_vector flat_list(flat *f, flat_table table, unsigned number, size_t element);
/* Element `index` of a vector of tables. */
flat_table flat_at(flat *f, flat_vector vector, size_t index);
/* NULL pointer: there is none. */
edi_str flat_text(flat *f, flat_table table, unsigned number);
static inline int64_t flat_long(const flat *f, flat_vector v, size_t at) { return (int64_t)edi_get64(f->ptr + v.at + 8 * at); }

/* A field of a table that is written: its bytes, 0: it is left out; its value, or where a reference will be. */
typedef struct flat_slot { unsigned bytes; int64_t value; size_t place; } flat_slot;
/* Writes a table; of each slot `place` is then where its value stands. Returns where the table is. */
size_t flat_put_table(edi_buf *out, flat_slot *slots, size_t count);
/* The 4 bytes at `place` refer to what is written next, aligned to `alignment` after its length of 4 bytes, if it has one. */
void flat_refer(edi_buf *out, size_t place);
void flat_put_text(edi_buf *out, size_t place, const char *text);
/* The head of a vector; its elements are the caller's next bytes, at a multiple of `alignment`. */
void flat_put_list(edi_buf *out, size_t place, size_t count, size_t alignment);

#endif
