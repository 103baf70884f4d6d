/* Diagnostics: data for a person about what is wrong, where, why, and how to mend it.
 *
 * A list collects them; a call that fails adds at least one. Text with carets, JSON lines and (later)
 * SARIF are renderings. Data values never appear in one: names of rules, columns and files do.
 * A list is used by one thread at a time. Since 0.1. */
#ifndef EDICT_DIAGNOSTICS_H
#define EDICT_DIAGNOSTICS_H

#include <stddef.h>
#include <stdint.h>

#include "edict/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_diagnostics edict_diagnostics;

typedef enum edict_severity { EDICT_SEVERITY_ERROR = 0, EDICT_SEVERITY_WARNING = 1, EDICT_SEVERITY_NOTE = 2 } edict_severity;

/* A new, empty list; NULL without memory. It keeps at most 10,000 findings and counts the rest. */
EDICT_EXPORT edict_diagnostics *edict_diagnostics_create(void);
/* Frees the list and nulls the caller's pointer. NULL is allowed. */
EDICT_EXPORT void edict_diagnostics_destroy(edict_diagnostics **diagnostics);
EDICT_EXPORT void edict_diagnostics_clear(edict_diagnostics *diagnostics);
/* Findings kept, and errors added: the errors count those too that found no room or no memory. */
EDICT_EXPORT size_t edict_diagnostics_count(const edict_diagnostics *diagnostics);
EDICT_EXPORT size_t edict_diagnostics_errors(const edict_diagnostics *diagnostics);
/* Code ("E0203") and message of finding `index`; NULL past the end. Valid until clear or destroy. */
EDICT_EXPORT const char *edict_diagnostics_code(const edict_diagnostics *diagnostics, size_t index);
EDICT_EXPORT const char *edict_diagnostics_message(const edict_diagnostics *diagnostics, size_t index);

typedef enum edict_rendering {
  EDICT_RENDERING_TEXT = 0,  /* with carets, for a terminal */
  EDICT_RENDERING_COLOR = 1, /* the same with ANSI colours */
  EDICT_RENDERING_JSON = 2,  /* one JSON object a line */
} edict_rendering;

/* Renders all findings, sorted by file and position, into a string that the caller frees with
 * edict_text_free; *length does not count the NUL. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_diagnostics_render(const edict_diagnostics *diagnostics,
                                                                   edict_rendering rendering, char **text,
                                                                   size_t *length);
EDICT_EXPORT void edict_text_free(char **text);

#ifdef __cplusplus
}
#endif
#endif
