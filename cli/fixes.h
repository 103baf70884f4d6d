/* Fixes: what a tool may mend, mended in the files of a project. */
#ifndef EDICT_CLI_FIXES_H
#define EDICT_CLI_FIXES_H

#include "cli/command.h"

/* Applies the safe fixes of the project's findings, and those of what is found then, until there are none; prints the names
 * of files that it wrote, unless a SARIF log is asked for. What is left is for the caller to find. */
cli_exit cli_fix(cli_arguments *arguments);

#endif
