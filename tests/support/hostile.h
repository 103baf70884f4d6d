/* Hostile: runs every bad input of one door and compares what was found with the door's manifest.
 *
 * tests/hostile/<door>/expected.tsv holds a line for each file: its name, a tab, the code that
 * must be among the findings (or the name of the status where a door reports none, or `OK` for
 * an input that is at a limit and not past it), a tab, why. A file without a line fails, as does
 * a line without a file. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>

#include "edict/diagnostics.h"

/* Feeds one input to the door; the input is in a block of exactly its size. */
typedef edict_status hostile_door(const char *name, const char *bytes, size_t length,
                                  edict_diagnostics *findings);

/* Prints a line for each file that did not meet its expectation; returns how many did not, and in
 * *total how many there are. */
size_t hostile_run(const char *folder, hostile_door *door, size_t *total);
/* A whole file in a block of exactly its size (one byte if it is empty), for free(); NULL if it
 * cannot be read. */
char *hostile_read(const char *path, size_t *length);

#endif
