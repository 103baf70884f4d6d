/* Hostile events: each of tests/hostile/event/ is refused for its reason, or spoils nothing but a value. */
#include "harness.h"

#include "support/event_door.h"
#include "support/hostile.h"

TEST(hostile_events_are_refused)
{
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/event", event_door, &total), 0);
  CHECK(total >= 15);
}

HARNESS_MAIN
