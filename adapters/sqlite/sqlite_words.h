/* Words: what is said to whoever wrote the SQL, and the clock.
 *
 * A message starts with "edict: ", names files, tables, columns and rules, and never a value of
 * data, a token or a key. The first message stays: it is the cause. */
#ifndef EDI_SQLITE_WORDS_H
#define EDI_SQLITE_WORDS_H

#include <stdint.h>

#include "edict/diagnostics.h"

/* Sets *why, if it is NULL, to "edict: " and the text; the caller frees it with sqlite3_free. It
 * stays NULL without memory. */
void edi_sqlite_say(char **why, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with `what` and the newest finding, or the status's text if there is none. */
void edi_sqlite_say_finding(char **why, const char *what, edict_status status,
                            const edict_diagnostics *diagnostics);

/* Microseconds since 1970, UTC; INT64_MAX, at which nothing is valid, if the clock fails. */
int64_t edi_sqlite_now(void);

#endif
