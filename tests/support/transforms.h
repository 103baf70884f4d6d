/* Transforms from text, as a rule writes them, without a rule around them. A key is written with where it
 * may be joined: `pseudonym(k@product)`. What is wrong ends the program: these texts are the tests' own. */
#ifndef TESTS_TRANSFORMS_H
#define TESTS_TRANSFORMS_H

#include "eval/transform.h"

/* Lives until the program ends. */
edi_transform transform_of(const char *text);
/* A value as vectors write it: NULL, "text" with \n \t \xNN \" \\, 12, 1.50, true, 2024-07-15, a timestamp. */
edi_value transform_value(edi_str text);

#endif
