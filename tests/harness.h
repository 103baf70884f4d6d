/* Harness: what a unit test program needs, in one header.
 *
 *   #include "harness.h"
 *   TEST(adds_two_numbers) { CHECK(1 + 1 == 2); CHECK_INT(1 + 1, 2); }
 *   HARNESS_MAIN
 *
 * Each TEST registers itself. The program prints `ok NAME` or `not ok NAME` with file, line and what
 * was expected, and a last line `# passed N failed N skipped N` that tests/run adds up. A CHECK that
 * fails marks the test and goes on; REQUIRE returns from it. Arguments select tests by name. */
#ifndef HARNESS_H
#define HARNESS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct harness_test {
  const char *name;
  void (*run)(void);
  struct harness_test *next;
} harness_test;

static harness_test *harness_first, **harness_last = &harness_first;
static int harness_failed_checks, harness_skipped;

#define TEST(id)                                                                       \
  static void test_##id(void);                                                         \
  static harness_test harness_entry_##id = {#id, test_##id, NULL};                     \
  __attribute__((constructor)) static void harness_register_##id(void) {               \
    *harness_last = &harness_entry_##id;                                               \
    harness_last = &harness_entry_##id.next;                                           \
  }                                                                                    \
  static void test_##id(void)

#define HARNESS_FAIL(...)                                                              \
  (harness_failed_checks++, printf("# %s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__), putchar('\n'))

#define CHECK(condition)                                                               \
  do {                                                                                 \
    if (!(condition)) HARNESS_FAIL("not true: %s", #condition);                        \
  } while (0)
#define REQUIRE(condition)                                                             \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      HARNESS_FAIL("not true: %s", #condition);                                        \
      return;                                                                          \
    }                                                                                  \
  } while (0)
#define CHECK_INT(got, expected)                                                       \
  do {                                                                                 \
    int64_t harness_g = (int64_t)(got), harness_e = (int64_t)(expected);               \
    if (harness_g != harness_e)                                                        \
      HARNESS_FAIL("%s is %" PRId64 ", expected %" PRId64, #got, harness_g, harness_e);\
  } while (0)
/* Compares `length` bytes at `got` with the NUL-terminated `expected`. */
#define CHECK_TEXT(got, length, expected)                                              \
  do {                                                                                 \
    size_t harness_n = (size_t)(length);                                               \
    const char *harness_e = (expected);                                                \
    if (harness_n != strlen(harness_e) ||                                              \
        (harness_n > 0 && memcmp((got), harness_e, harness_n) != 0))                   \
      HARNESS_FAIL("%s is \"%.*s\", expected \"%s\"", #got, (int)harness_n,            \
                   (const char *)(got), harness_e);                                    \
  } while (0)
#define SKIP(reason)                                                                   \
  do {                                                                                 \
    harness_skipped++;                                                                 \
    printf("# skipped: %s\n", (reason));                                               \
    return;                                                                            \
  } while (0)

static int harness_run(int argc, char **argv) {
  int passed = 0, failed = 0, skipped = 0;
  for (harness_test *t = harness_first; t; t = t->next) {
    bool wanted = argc < 2;
    for (int i = 1; i < argc; i++) wanted = wanted || strcmp(argv[i], t->name) == 0;
    if (!wanted) continue;
    harness_failed_checks = harness_skipped = 0;
    t->run();
    if (harness_failed_checks) failed++;
    else if (harness_skipped) skipped++;
    else passed++;
    printf("%s %s\n", harness_failed_checks ? "not ok" : harness_skipped ? "ok # skip" : "ok", t->name);
  }
  printf("# passed %d failed %d skipped %d\n", passed, failed, skipped);
  return failed != 0;
}

#define HARNESS_MAIN \
  int main(int argc, char **argv) { return harness_run(argc, argv); }

#endif
