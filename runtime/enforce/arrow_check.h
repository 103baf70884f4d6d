/* Arrow check: an array held against its type before anything in it is read.
 *
 * In: an ArrowArray that anybody may have made, the window of it that will be read, and the sizes of its buffers where
 * they are known. Afterwards, in that window: lengths are not negative and sums of them fit, buffers are there (and long
 * enough, as far as their sizes are known), offsets rise and stay within the child or the bytes, indices are within the
 * dictionary, views within their buffers. What is under a null is not looked at. The text of a value may still be no
 * UTF-8: that is a matter of the value. */
#ifndef EDI_ARROW_CHECK_H
#define EDI_ARROW_CHECK_H

#include "enforce/arrow_type.h"

/* FORMAT with R0442, which names the field. `sizes` may be NULL. */
edict_status edi_arrow_check(const edi_arrow_type *type, const struct ArrowArray *array, const edict_arrow_sizes *sizes,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Reading what was checked; positions count from the array's own offset. */
static inline bool edi_arrow_is_valid(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  if (t->form == EDI_ARROW_NOTHING) return false;
  const unsigned char *bits = (const unsigned char *)a->buffers[0];
  return !bits || (bits[(a->offset + at) / 8] >> ((a->offset + at) % 8) & 1) != 0;
}

/* Offset number `at` of BYTES, LIST and MAP. */
static inline int64_t edi_arrow_offset(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  const unsigned char *p = (const unsigned char *)a->buffers[1];
  if (!p) return 0; /* of an array without values */
  p += (size_t)(a->offset + at) * t->width;
  return t->width == 8 ? (int64_t)edi_get64(p) : (int32_t)edi_get32(p);
}

/* Where the values of a FIXED, BITS or VIEWS array stand as the vector of eval/vector.h; a dictionary is one of its
 * own. `room` has a place for it. */
edict_vector edi_arrow_vector(const edi_arrow_type *type, const struct ArrowArray *array, edict_vector *room);

#endif
