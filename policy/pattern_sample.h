/* Pattern sample: a text that a regular expression is likely to match, for whoever looks for requests worth asking. */
#ifndef EDI_PATTERN_SAMPLE_H
#define EDI_PATTERN_SAMPLE_H

#include "base/bytes.h"

/* Into `out`, at most `capacity` bytes; how many. It is made from the first of each alternative and the fewest of each
 * repetition, but one; whether it matches has to be asked. */
size_t edi_pattern_sample(edi_str source, char *out, size_t capacity);

#endif
