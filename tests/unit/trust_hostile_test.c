/* Hostile trust stores: each of tests/hostile/trust/ is refused for its reason, and leaves no key. */
#include "harness.h"

#include "bundle/trust.h"
#include "support/hostile.h"

static edict_status door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings) {
  edi_arena arena;
  edi_trust trust;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edict_status status = edi_trust_parse(&arena, (edi_str){bytes, length}, &trust, findings);
  if (status != EDICT_OK && (trust.count != 0 || trust.keys)) HARNESS_FAIL("%s left keys", name);
  edi_arena_fini(&arena);
  return status;
}

TEST(hostile_trust_stores_are_refused)
{
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/trust", door, &total), 0);
  CHECK(total >= 50);
}

HARNESS_MAIN
