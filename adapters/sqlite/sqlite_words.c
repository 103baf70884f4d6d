/* Words: see the header. */
#include "adapters/sqlite/sqlite_words.h"

#include <sqlite3ext.h>
#include <stdarg.h>
#include <time.h>

SQLITE_EXTENSION_INIT3

void edi_sqlite_say(char **why, const char *format, ...) {
  va_list arguments;
  if (*why) return;
  va_start(arguments, format);
  char *text = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  if (!text) return;
  *why = sqlite3_mprintf("edict: %s", text);
  sqlite3_free(text);
}

void edi_sqlite_say_finding(char **why, const char *what, edict_status status,
                            const edict_diagnostics *diagnostics) {
  size_t count = edict_diagnostics_count(diagnostics);
  if (count == 0) edi_sqlite_say(why, "%s: %s", what, edict_status_text(status));
  else
    edi_sqlite_say(why, "%s: %s: %s", what, edict_diagnostics_code(diagnostics, count - 1),
                   edict_diagnostics_message(diagnostics, count - 1));
}

int64_t edi_sqlite_now(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_REALTIME, &t) != 0) return INT64_MAX;
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
