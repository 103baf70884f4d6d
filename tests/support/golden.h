/* Golden: text for people, compared with a file that people have read.
 *
 * With GOLDEN_UPDATE=1 in the environment the file is written instead; read the difference before
 * committing it. Paths are relative to the tree's root. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `path` holds exactly these bytes. Says on standard output where they first differ. */
bool golden_matches(const char *path, const char *text, size_t length);

/* Calls `each` for every entry of the folder that ends so; how many there are. */
size_t golden_each(const char *folder, const char *ending, void (*each)(const char *name));

#endif
