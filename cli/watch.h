/* Watch: whether a file of some projects has changed. */
#ifndef EDICT_CLI_WATCH_H
#define EDICT_CLI_WATCH_H

#include "cli/command.h"

/* A digest of the names, sizes and times of all files in the folders of these edict.yaml files, and below
 * them, and of the files that are named. What cannot be read counts as not there. */
uint64_t cli_watch_state(const char *const *paths, size_t count);
/* Waits until the state is another than `before` and has settled; the new one. Ends only by a signal. */
uint64_t cli_watch_wait(const char *const *paths, size_t count, uint64_t before);

#endif
