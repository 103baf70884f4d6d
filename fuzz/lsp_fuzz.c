/* Language server: any bytes as what an editor writes, to a server that has just begun and to one that
 * holds a project.
 *
 * Nothing may crash or hang; whatever comes back is a sequence of messages; how the bytes are cut into
 * pieces makes no difference to the first error. */
#include <stdio.h>
#include <stdlib.h>

#include "support/lsp_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *bytes = (const char *)data;
  edict_status whole = lsp_door(bytes, size, size + 1, false);
  /* What cancels a request counts only if it has come by then. */
  if (size < 4096 && whole != EDICT_BUSY && lsp_door(bytes, size, 7, false) != whole) abort();
  lsp_door(bytes, size, size + 1, true);
  return 0;
}
