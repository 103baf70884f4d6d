/* Forms: times and cells as the text that people read and write. Since 0.1. */
#ifndef EDICT_FORMS_H
#define EDICT_FORMS_H

#include <stddef.h>
#include <stdint.h>

#include "edict/decision.h"

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 3339 with `Z` or an offset and at most 6 digits of fraction ("2026-11-20T10:00:00.5+01:00") as
 * microseconds since 1970, UTC. EDICT_FORMAT for anything else, and *time is untouched. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_time_parse(const char *text, size_t length,
                                                            int64_t *time);

/* A cell as a rule file writes it: null, true, 12, 12.5, 2026-11-20, 2026-11-20T10:00:00Z, "text"
 * with what cannot be seen escaped; a blob by its length. Writes at most `capacity` bytes with a NUL
 * and returns the full length without it. */
EDICT_EXPORT size_t edict_cell_text(const edict_cell *cell, char *text, size_t capacity);

/* Text from outside made safe to show: control characters, bidirectional ones and those that cannot be seen
 * become \u{XXXX}, bytes that are no UTF-8 \xNN. As edict_cell_text writes and returns. */
EDICT_EXPORT size_t edict_text_visible(const char *text, size_t length, char *out, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
