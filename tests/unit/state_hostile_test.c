/* Hostile state files: each of tests/hostile/state/ is refused for its reason, and leaves nothing. */
#include "harness.h"

#include "bundle/state.h"
#include "support/hostile.h"

static edict_status door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_state state;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edict_status status = edi_state_parse(&arena, (edi_str){bytes, length}, &state, findings);
  if (status != EDICT_OK && (state.floor_count || state.document_count || state.has_root)) HARNESS_FAIL("%s left something", name);
  edi_arena_fini(&arena);
  return status;
}

TEST(hostile_state_files_are_refused)
{
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/state", door, &total), 0);
  CHECK(total >= 42);
}

HARNESS_MAIN
