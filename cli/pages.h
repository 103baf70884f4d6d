/* Pages: what `edict explain CODE` prints, one page a code, from docs/codes/ and part of the command.
 *
 * The table is written by tools/embed_pages.sh when the command is built. */
#ifndef EDICT_CLI_PAGES_H
#define EDICT_CLI_PAGES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cli_page {
  const char *code;
  const char *const *lines; /* without line ends; NULL after the last */
} cli_page;

extern const cli_page cli_pages[]; /* by code; one without a code at the end */

/* The page of a code, in capitals or not; NULL if there is none. */
const cli_page *cli_page_find(const char *code);
/* What stands after `# CODE: ` in the first line. */
const char *cli_page_title(const cli_page *page);

#endif
