/* Arrow out: an array that is being made, and that its receiver will own.
 *
 * Each array of a tree owns its buffers, so that any may be moved away from the others. Buffers are born zeroed, at
 * addresses that are multiples of 64 and with lengths that are; what is written is what may be seen. Invariant: an array
 * that was begun can be released at any time. All memory of one batch counts against one ceiling. */
#ifndef EDI_ARROW_OUT_H
#define EDI_ARROW_OUT_H

#include "enforce/arrow_type.h"

typedef struct edi_arrow_purse { size_t left; edict_status failed; } edi_arrow_purse; /* MEMORY or LIMIT */

typedef struct edi_arrow_piece {
  unsigned char *ptr;        /* NULL: none */
  size_t len, cap;
} edi_arrow_piece;

enum { EDI_ARROW_VALID, EDI_ARROW_VALUES, EDI_ARROW_TEXT, EDI_ARROW_SIZES, EDI_ARROW_PIECES };

/* An array of `length` values, all null, with room for values of one width and for offsets; children and dictionary are
 * to be begun in their places. The type must be one that is read. */
edict_status edi_arrow_begin(edi_arrow_purse *purse, const edi_arrow_type *type, int64_t length, struct ArrowArray *array) EDICT_MUST_CHECK;
/* Counts the nulls, sets the pointers to the buffers. */
edict_status edi_arrow_end(edi_arrow_purse *purse, const edi_arrow_type *type, struct ArrowArray *array) EDICT_MUST_CHECK;

edi_arrow_piece *edi_arrow_piece_of(const struct ArrowArray *array, unsigned which);
/* Room for so many bytes behind those that are there; false: there is none. */
bool edi_arrow_room(edi_arrow_purse *purse, edi_arrow_piece *piece, size_t more);

static inline void edi_arrow_set_valid(const struct ArrowArray *array, int64_t at) {
  edi_arrow_piece_of(array, EDI_ARROW_VALID)->ptr[at / 8] |= (unsigned char)(1u << at % 8);
}

/* Values `at` to `at` + count are there. */
void edi_arrow_set_all_valid(const struct ArrowArray *array, int64_t at, size_t count);

/* Value `at` from a cell, in the one form that the type has for it. False, and the value stays null: the type has none.
 * Values of BYTES and VIEWS come in ascending order. The purse says when there was no room. */
bool edi_arrow_put(edi_arrow_purse *purse, const edi_arrow_type *type, struct ArrowArray *array, int64_t at, const edict_cell *cell);
/* Values `at` to `at` + count, as edi_arrow_put does one by one, with the offsets of BYTES; a NULL is one. *done false:
 * nothing was put, as some cell is not just what lies in the type. False: the purse says why. */
bool edi_arrow_put_many(edi_arrow_purse *purse, const edi_arrow_type *type, struct ArrowArray *array, int64_t at, const edict_cell *cells, size_t count,
                        bool *done);
/* The type of the cells whose numbers lie in the layout as they are, or as their last 32 bits: INT, DATE, TIMESTAMP; NULL: none. */
edict_cell_type edi_arrow_numbers_of(edict_layout layout);
/* Where such numbers may be written at once, of 8 bytes, as values from `at` on; NULL: they need a place of their own. */
int64_t *edi_arrow_numbers_at(const edi_arrow_type *type, const struct ArrowArray *array, int64_t at);
/* Such numbers as values `at` to `at` + count: 0 of those that are not there, whose bits are 0. False, and nothing is put: one is too
 * large. */
bool edi_arrow_put_numbers(const edi_arrow_type *type, struct ArrowArray *array, int64_t at, const int64_t *numbers, const uint64_t *valid, size_t count);
/* Bytes as value `at` of BYTES or VIEWS. Bytes that stand at the end of TEXT already are not moved. */
bool edi_arrow_put_bytes(edi_arrow_purse *purse, const edi_arrow_type *type, struct ArrowArray *array, int64_t at, const char *bytes, size_t length);
/* A null in BYTES, LIST or MAP needs its offset too. */
void edi_arrow_put_end(const edi_arrow_type *type, struct ArrowArray *array, int64_t at, int64_t end);

/* What edi_arrow_put_end wrote, of BYTES. */
int64_t edi_arrow_end_at(const edi_arrow_type *type, const struct ArrowArray *array, int64_t at);
/* An array without its last values, none of which was put. */
void edi_arrow_shorten(const edi_arrow_type *type, struct ArrowArray *array, int64_t length);

#endif
