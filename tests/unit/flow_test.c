/* Moments: lists that grow, and the next one after any time. What rules make of them is plan_test's and stages_test's. */
#include "harness.h"

#include "eval/flow.h"

#define HOUR (INT64_C(3600) * 1000000)

static edi_arena arena;
static void begin(void) { edi_arena_init(&arena, NULL, 1 << 24); }

TEST(the_next_moment) {
  /* 2026-11-20 is a Friday */
  const int64_t day = INT64_C(20777) * EDI_DAY_MICROS;
  const int64_t at[] = {day - 5, day + HOUR}, daily[] = {0, 10 * HOUR, 18 * HOUR};
  const struct { edi_moments moments; int64_t now, next; } table[] = {
      {{.count = 0}, day, INT64_MAX},
      {{.always = true}, day, day + 1},
      {{.always = true}, INT64_MAX, INT64_MAX},
      {{.at = at, .count = 2}, day - 6, day - 5},
      {{.at = at, .count = 2}, day - 5, day + HOUR},
      {{.at = at, .count = 2}, day + HOUR, INT64_MAX},
      {{.daily = daily, .daily_count = 3}, day, day + 10 * HOUR},
      {{.daily = daily, .daily_count = 3}, day - 1, day},
      {{.daily = daily, .daily_count = 3}, day + 18 * HOUR, day + 24 * HOUR},
      {{.daily = daily + 1, .daily_count = 1}, day + 10 * HOUR, day + 34 * HOUR},
      {{.week = 1u << 4}, day - 1, day},                          /* Friday */
      {{.week = 1u << 4}, day, day + 7 * EDI_DAY_MICROS},
      {{.week = 1u << 5}, day + 3, day + EDI_DAY_MICROS},         /* Saturday */
      {{.week = 127}, day + 3, day + EDI_DAY_MICROS},
      {{.week = 1, .at = at, .count = 2}, day, day + HOUR},
      {{.week = 1, .daily = daily + 1, .daily_count = 1}, day - 1, day + 10 * HOUR},
      {{.daily = daily, .daily_count = 3}, -1, 0},                /* 1970-01-01 */
      {{.daily = daily, .daily_count = 3}, -EDI_DAY_MICROS, -14 * HOUR},
      {{.week = 127}, EDI_TIMESTAMP_MAX + 1, EDI_TIMESTAMP_MAX + 2}, /* beyond the calendar nothing is told */
      {{.week = 127}, EDI_TIMESTAMP_MIN - 1, EDI_TIMESTAMP_MIN},
      {{.week = 127}, INT64_MAX, INT64_MAX},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (edi_moments_next(&table[i].moments, table[i].now) != table[i].next)
      HARNESS_FAIL("row %zu: %" PRId64 " after now", i, edi_moments_next(&table[i].moments, table[i].now) - table[i].now);
}

/* Many rules share few moments, which take no more memory than they need; and many that differ are all there. */
TEST(lists_of_many) {
  for (int64_t distinct = 1; distinct <= 10000; distinct *= 10) {
    edi_moment_list list = {.arena = &arena};
    edi_moments made;
    begin();
    CHECK(edi_moment_list_is_empty(&list));
    for (int64_t i = 0; i < 200000; i++) edi_moment_list_add(&list, (i * 7919) % distinct);
    CHECK(!edi_moment_list_is_empty(&list));
    CHECK(arena.reserved < 300000 + 64 * (size_t)distinct);
    REQUIRE(edi_moments_make(&list, &made));
    CHECK_INT(made.count, distinct);
    for (uint32_t i = 0; i < made.count; i++) CHECK_INT(made.at[i], i);
    edi_arena_fini(&arena);
  }
}

/* Without memory for a moment, each is near. */
TEST(lists_without_memory) {
  edi_moment_list list = {.arena = &arena};
  edi_moments made;
  edi_arena_init(&arena, NULL, 64 * 1024);
  for (int64_t i = 0; i < 100000; i++) edi_moment_list_add(&list, i);
  CHECK(!edi_moments_make(&list, &made));
  CHECK_INT(edi_moments_next(&made, 5), 6);
  edi_arena_fini(&arena);
}

HARNESS_MAIN
