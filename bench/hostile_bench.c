/* Hostile bench: what each hostile input costs at its door, in time and in memory; the dearest of each door by name.
 *
 * Time is the processor's, the least of several runs, as others work beside it; memory is what was taken from the C library at
 * once, which every run repeats. An input may cost 100 ms and 64 MiB: tests hold memory and pieces to less (tests/unit/bounds_test.c). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/doors.h"
#include "support/heap.h"

enum { RUNS = 5 };

typedef struct dearest { double value; char name[256]; } dearest;
typedef struct sums { size_t inputs; double all; dearest time, memory; } sums;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* of all threads */
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void keep(dearest *d, double value, const char *name) {
  if (value <= d->value) return;
  d->value = value;
  snprintf(d->name, sizeof d->name, "%s", name);
}

static double open_once(const door *d, const char *name, const char *bytes, size_t length) {
  edict_diagnostics *findings = edict_diagnostics_create();
  double start = now();
  (void)!d->open(name, bytes, length, findings);
  double took = now() - start;
  edict_diagnostics_destroy(&findings);
  return took;
}

static void measure(const door *d, const char *name, const char *bytes, size_t length, sums *s) {
  double best = 1e12;
  heap_begin();
  (void)open_once(d, name, bytes, length);
  heap_count n = heap_end();
  for (int run = 0; run < RUNS; run++) {
    double took = open_once(d, name, bytes, length);
    if (took < best) best = took;
  }
  s->inputs++;
  s->all += best;
  keep(&s->time, best, name);
  keep(&s->memory, (double)n.most / 1048576, name);
}

static sums measure_door(const door *d) {
  sums s = {0};
  char folder[128], path[512];
  snprintf(folder, sizeof folder, "tests/hostile/%s", d->name);
  DIR *dir = opendir(folder);
  if (!dir) abort();
  (void)open_once(d, "warm", "", 0); /* makes what the door keeps */
  for (struct dirent *e; (e = readdir(dir));) {
    size_t length = 0;
    if (e->d_name[0] == '.' || strcmp(e->d_name, "expected.tsv") == 0 || strcmp(e->d_name, "README.md") == 0) continue;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    char *bytes = hostile_read(path, &length);
    if (bytes) measure(d, e->d_name, bytes, length, &s);
    free(bytes);
  }
  closedir(dir);
  return s;
}

int main(void) {
  double time = 0, memory = 0;
  puts("door        inputs   dearest in time                              ms   dearest in memory                            MiB   all, ms");
  for (size_t i = 0; i < door_count; i++) {
    sums s = measure_door(&doors[i]);
    printf("%-10s %7zu   %-38s %8.3f   %-38s %9.2f %9.1f\n", doors[i].name, s.inputs, s.time.name, s.time.value, s.memory.name, s.memory.value, s.all);
    if (s.time.value > time) time = s.time.value;
    if (s.memory.value > memory) memory = s.memory.value;
  }
  printf("the dearest of all: %.1f ms (100 may be), %.1f MiB (64 may be; only who checks rules takes more than 4)\n", time, memory);
  return 0;
}
