/* Failing calls: the 1st, 2nd, 3rd ... call of one life of a log fails, once or for ever, until the
 * life passes undisturbed; the same on top of recovery; and histories from seeds in which any call
 * fails, the process dies, the disk is full now and then. */
#include "harness.h"

#include <errno.h>

#include "support/history.h"

#ifdef EDICT_SANITIZED
enum { STEP = 7, SEEDS = 60 };
#else
enum { STEP = 1, SEEDS = 800 };
#endif
enum { LIVES = 4 };

static void fail_each_call(bool forever, int error, bool power) {
  for (uint64_t at = 1;; at += STEP) {
    history *h = history_begin(42);
    bool opened;
    disk_set_time(h->d, INT64_C(1795000000000000), 60000);
    disk_fail(h->d, at, forever, error);
    bool closed = history_live_by_script(h, true, &opened);
    bool passed = disk_calls(h->d) < at;
    if (passed && !closed)
      HARNESS_FAIL("call %" PRIu64 ": no call failed and the log is not closed", at);
    if (power) disk_crash(h->d);
    else disk_kill(h->d);
    history_check(h, opened, closed);
    if (!h->wrong) history_finish(h);
    if (!history_end(h))
      HARNESS_FAIL("call %" PRIu64 " failing with %d, forever %d, power %d", at, error, forever,
                   power);
    if (passed || harness_failed_checks > 5) break;
  }
}

TEST(each_call_fails_once)
{ fail_each_call(false, EIO, false); }
TEST(each_call_fails_once_and_power_fails)
{ fail_each_call(false, EIO, true); }
TEST(each_call_fails_once_for_want_of_space)
{ fail_each_call(false, ENOSPC, false); }
TEST(from_each_call_on_all_fail)
{ fail_each_call(true, EIO, true); }

/* The same on top of recovery: a torn log, and each call of opening it fails. */
TEST(each_call_of_recovery_fails)
{
  for (uint64_t seed = 1; seed <= 4; seed++)
    for (uint64_t at = 1;; at += STEP) {
      history *h = history_begin(seed + 3000000);
      bool opened;
      disk_fail(h->d, 60 + seed * 37, true, EIO);
      (void)history_live_by_script(h, false, &opened);
      disk_crash(h->d);
      disk_fail(h->d, at, seed % 2 == 0, EIO);
      (void)history_live_short(h, false, &opened);
      bool passed = disk_calls(h->d) < at;
      disk_crash(h->d);
      history_check(h, opened, false);
      if (!h->wrong) history_finish(h);
      if (!history_end(h)) HARNESS_FAIL("seed %" PRIu64 ", call %" PRIu64, seed, at);
      if (passed || harness_failed_checks > 5) break;
    }
}

/* A call fails once; the process gives up and another one opens the log from the kernel's cache,
 * where bytes may be that never reached the disk; then power fails. */
TEST(a_call_fails_then_the_process_dies_then_power_fails)
{
  unsigned good = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    history *h = history_begin(seed + 1000000);
    for (int lives = 0; lives < LIVES && !h->wrong; lives++) {
      bool opened;
      int error = history_draw(h, 4) ? EIO : ENOSPC;
      disk_fail(h->d, 1 + history_draw(h, 300), false, error);
      bool closed = history_live_at_random(h, &opened);
      if (history_draw(h, 2)) disk_kill(h->d);
      else disk_crash(h->d);
      history_check(h, opened, closed);
    }
    if (!h->wrong) history_finish(h);
    good += history_end(h);
    if (good < seed && seed - good > 5) break;
  }
  CHECK_INT(good, SEEDS);
}

TEST(the_disk_is_full_now_and_then)
{
  unsigned good = 0;
  for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
    history *h = history_begin(seed + 2000000);
    for (int lives = 0; lives < LIVES && !h->wrong; lives++) {
      bool opened;
      disk_limit(h->d, 200000 + history_draw(h, 2000000));
      bool closed = history_live_at_random(h, &opened);
      disk_crash(h->d);
      history_check(h, opened, closed);
    }
    if (!h->wrong) history_finish(h);
    good += history_end(h);
    if (good < seed && seed - good > 5) break;
  }
  CHECK_INT(good, SEEDS / 4);
}

HARNESS_MAIN
