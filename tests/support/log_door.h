/* Log door: bytes from outside as the directory of a decision log.
 *
 * In: a packed directory (see disk.h), or anything else, which is taken as the bytes of the newest
 * segment of a small log whose other files are in order. Out: a disk with that directory. */
#ifndef LOG_DOOR_H
#define LOG_DOOR_H

#include "support/logs.h"

disk *log_door_disk(const void *bytes, size_t length);
/* What an auditor says about it; the shape that hostile_run wants. */
edict_status log_door(const char *name, const char *bytes, size_t length,
                      edict_diagnostics *findings);

#endif
