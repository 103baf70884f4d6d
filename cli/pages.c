/* Pages: finds one by its code. */
#include "cli/pages.h"

#include <string.h>
#include <strings.h>

const cli_page *cli_page_find(const char *code) {
  for (const cli_page *page = cli_pages; page->code; page++)
    if (strcasecmp(page->code, code) == 0) return page;
  return NULL;
}

const char *cli_page_title(const cli_page *page) {
  const char *title = page->lines[0] ? strstr(page->lines[0], ": ") : NULL;
  return title ? title + 2 : page->code;
}
