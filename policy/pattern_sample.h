/* Pattern sample: a text that a regular expression is likely to match, for whoever looks for requests worth asking. */
#ifndef EDI_PATTERN_SAMPLE_H
#define EDI_PATTERN_SAMPLE_H

#include "base/bytes.h"

enum {
  EDI_PATTERN_SAMPLE_CHAR = 1,   /* the last character of each class, not a plain one */
  EDI_PATTERN_SAMPLE_BRANCH = 2, /* the last alternative of each group, not the first */
  EDI_PATTERN_SAMPLE_MOST = 4,   /* the most of each repetition, or one more than the fewest if there is no most */
  EDI_PATTERN_SAMPLE_ALL = 7,
};

/* Into `out`, at most `capacity` bytes; how many. With `ways` 0 it is made from the first of each alternative and the
 * fewest of each repetition, but one; whether it matches has to be asked. */
size_t edi_pattern_sample(edi_str source, unsigned ways, char *out, size_t capacity);

#endif
