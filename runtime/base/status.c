/* Status: names and texts of the statuses, from the one list edict/status.def.
 *
 * In: any value that claims to be a status. Out: static text, never NULL. */
#include "edict/status.h"

#include <stddef.h>

enum { NAME_MOST = 15 };

/* Character i of a name in lower case, when compiling; the padding makes every i valid. */
#define PADDED(NAME) (#NAME "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
#define LOWER(c)     (char)((c) >= 'A' && (c) <= 'Z' ? (c) - 'A' + 'a' : (c))
#define AT(NAME, i)  LOWER(PADDED(NAME)[i])

static const struct {
  int value;
  char name[NAME_MOST + 1];
  const char *text;
} statuses[] = {
#define STATUS(NAME, value, text)                                                                  \
  {(value),                                                                                        \
   {AT(NAME, 0), AT(NAME, 1), AT(NAME, 2), AT(NAME, 3), AT(NAME, 4), AT(NAME, 5), AT(NAME, 6),     \
    AT(NAME, 7), AT(NAME, 8), AT(NAME, 9), AT(NAME, 10), AT(NAME, 11), AT(NAME, 12), AT(NAME, 13), \
    AT(NAME, 14)},                                                                                 \
   (text)},
#include "edict/status.def"
#undef STATUS
};

#define STATUS(NAME, value, text) \
  _Static_assert(sizeof(#NAME) - 1 <= NAME_MOST, "a status's name fits its place in the table");
#include "edict/status.def"
#undef STATUS

const char *edict_status_name(edict_status status) {
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (statuses[i].value == (int)status) return statuses[i].name;
  return "unknown";
}

const char *edict_status_text(edict_status status) {
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (statuses[i].value == (int)status) return statuses[i].text;
  return "unknown status";
}
