/* Crashes: power fails at any call of a log's life and keeps or loses what was not synced, sector
 * by sector. Histories from seeds; the same on every machine. */
#include "harness.h"

#include <errno.h>

#include "support/history.h"

#ifdef EDICT_SANITIZED
enum { SEEDS = 120 };
#else
enum { SEEDS = 1600 };
#endif
enum { LIVES = 4 };

TEST(power_fails_anywhere)
{
  unsigned good = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    history *h = history_begin(seed);
    for (int lives = 0; lives < LIVES && !h->wrong; lives++) {
      bool opened;
      /* From some call on nothing reaches the disk any more; then everything that was not synced is
       * kept or lost as the seed says. */
      uint64_t early = history_draw(h, 2);
      disk_fail(h->d, 1 + history_draw(h, early ? 60 : 500), true, EIO);
      bool closed = history_live_at_random(h, &opened);
      disk_crash(h->d);
      history_check(h, opened, closed);
    }
    if (!h->wrong) history_finish(h);
    good += history_end(h);
    if (good < seed && seed - good > 5) break; /* enough to look at */
  }
  CHECK_INT(good, SEEDS);
}

HARNESS_MAIN
