/* Files: whole files for hosts and tools, bounded and all or nothing. Since 0.1. */
#ifndef EDICT_FILE_H
#define EDICT_FILE_H

#include <stddef.h>

#include "edict/diagnostics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a regular file of at most `most` bytes into memory aligned to 16, with a NUL after it that
 * *length does not count; edict_text_free it. EDICT_NOT_FOUND, EDICT_LIMIT, EDICT_SYSTEM with a
 * diagnostic that names the file. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_file_read(const char *path, size_t most, char **bytes,
                                                          size_t *length, edict_diagnostics *diagnostics);
/* Writes aside, syncs and renames: the file is the old one or the new one, never a mixture. Only its
 * owner may read it. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_file_write(const char *path, const void *bytes, size_t length,
                                                           edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
