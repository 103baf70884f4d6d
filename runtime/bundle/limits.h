/* Limits as constants: EDI_LIMIT_NAME. The list is bundle/limits.def. */
#ifndef EDI_LIMITS_H
#define EDI_LIMITS_H

enum {
#define LIMIT(NAME, value, text) EDI_LIMIT_##NAME = (value),
#include "bundle/limits.def"
#undef LIMIT
};

#endif
