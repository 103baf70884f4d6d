/* Starter: the files that `edict new` begins with, from rules/starter/ and part of the command.
 *
 * The table is written by tools/embed_files.sh when the command is built. */
#ifndef EDICT_CLI_STARTER_H
#define EDICT_CLI_STARTER_H

#include <stddef.h>

typedef struct cli_starter {
  const char *path;         /* "federal/rules.edict": the kind of project, then the file */
  const char *const *lines; /* without line ends; NULL after the last */
} cli_starter;

extern const cli_starter cli_starters[]; /* one without a path at the end */

#endif
