/* Hostile clients: each of tests/hostile/lsp/ gets the answer that its manifest says, and the server goes on.
 * What a client that behaves gets is in tests/scripts/lsp_test.py. */
#include "harness.h"

#include "support/hostile.h"
#include "support/lsp_door.h"
#include "workbench/lsp.h"

static edict_status door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  (void)findings;
  bool project = strncmp(name, "open-", 5) == 0 || strstr(name, "/open-") != NULL;
  return lsp_door(bytes, length, length + 1, project);
}

TEST(hostile_clients_are_answered) {
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/lsp", door, &total), 0);
  CHECK(total >= 60);
}

/* A message of exactly the most bytes is read; one byte more is not. */
TEST(the_largest_message) {
  static char bytes[LSP_MESSAGE_MOST + 128];
  for (size_t more = 0; more < 2; more++) {
    size_t size = LSP_MESSAGE_MOST + more;
    int head = snprintf(bytes, sizeof bytes, "Content-Length: %zu\r\n\r\n", size);
    memset(bytes + head, ' ', size);
    memcpy(bytes + head, "{}", 2);
    CHECK_INT(lsp_door(bytes, (size_t)head + size, 65536, false), more ? EDICT_LIMIT : EDICT_ARGUMENT);
  }
}

HARNESS_MAIN
