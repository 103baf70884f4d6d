/* Arrow, bad inputs: each of tests/hostile/arrow/ is refused with its code, or taken as far as it is good. */
#include "harness.h"

#include "support/arrow_door.h"
#include "support/hostile.h"

TEST(every_bad_input_is_met) {
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/arrow", arrow_door, &total), 0);
  CHECK(total >= 15);
}

HARNESS_MAIN
