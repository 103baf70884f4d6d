/* Hostile records: each of tests/hostile/record/ is refused for its reason. */
#include "harness.h"

#include "support/hostile.h"
#include "support/record_door.h"

TEST(hostile_records_are_refused)
{
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/record", record_door, &total), 0);
  CHECK(total >= 60);
}

HARNESS_MAIN
