/* Stopwatch: the clock and the counter of a benchmark, and the median of several rounds.
 *
 * Instructions are those of user code, from the kernel's counter where it may be read. */
#ifndef BENCH_STOPWATCH_H
#define BENCH_STOPWATCH_H

#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 9

static int counter = -1;

static inline void open_counter(void) {
  struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE, .size = sizeof attr, .config = PERF_COUNT_HW_INSTRUCTIONS,
                                 .exclude_kernel = 1, .exclude_hv = 1};
  counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static inline uint64_t instructions(void) {
  uint64_t value = 0;
  return counter >= 0 && read(counter, &value, sizeof value) == sizeof value ? value : 0;
}

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* Runs `work(user)` `times` times, ROUNDS times over, and prints the medians for one. */
static inline double measure(const char *what, void (*work)(void *user), void *user, unsigned times) {
  double ns[ROUNDS], count[ROUNDS];
  for (unsigned r = 0; r < ROUNDS; r++) {
    uint64_t before = instructions();
    double start = now();
    for (unsigned i = 0; i < times; i++) work(user);
    ns[r] = (now() - start) / times;
    count[r] = (double)(instructions() - before) / times;
  }
  qsort(ns, ROUNDS, sizeof *ns, compare);
  qsort(count, ROUNDS, sizeof *count, compare);
  if (counter >= 0) printf("  %-58s %9.1f ns %9.0f instructions\n", what, ns[ROUNDS / 2], count[ROUNDS / 2]);
  else printf("  %-58s %9.1f ns   (no instruction counter)\n", what, ns[ROUNDS / 2]);
  return ns[ROUNDS / 2];
}

#endif
