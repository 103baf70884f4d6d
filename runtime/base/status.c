/* Status: names and texts of the statuses, from the one list edict/status.def.
 *
 * In: any int that claims to be a status. Out: static text, never NULL. */
#include "edict/status.h"

#include <stddef.h>

/* Character i of a name, in lower case; the padding makes every index valid. */
#define AT(NAME, i) \
  ((#NAME "\0\0\0\0\0\0\0\0\0\0\0\0")[i] >= 'A' && (#NAME "\0\0\0\0\0\0\0\0\0\0\0\0")[i] <= 'Z' \
       ? (#NAME "\0\0\0\0\0\0\0\0\0\0\0\0")[i] + ('a' - 'A') \
       : (#NAME "\0\0\0\0\0\0\0\0\0\0\0\0")[i])

static const struct {
  int value;
  char name[13];
  const char *text;
} statuses[] = {
#define STATUS(NAME, value, text) \
  {(value), {AT(NAME, 0), AT(NAME, 1), AT(NAME, 2), AT(NAME, 3), AT(NAME, 4), AT(NAME, 5), AT(NAME, 6)}, (text)},
#include "edict/status.def"
#undef STATUS
};
