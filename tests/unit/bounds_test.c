/* Bounds: what hostile inputs may take, by counters: memory at once and pieces in all, for each door. */
#include "harness.h"

#include "support/doors.h"
#include "support/heap.h"

static const door *at;
static heap_count most;

static edict_status counted(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  heap_begin();
  edict_status status = at->open(name, bytes, length, findings);
  heap_count n = heap_end();
  if (n.most > at->memory * 1024 || n.calls > at->pieces)
    HARNESS_FAIL("%s/%s takes %zu KiB at once in %zu pieces; %zu in %zu are allowed", at->name, name, n.most / 1024, n.calls, at->memory, at->pieces);
  if (n.most > most.most) most.most = n.most;
  if (n.calls > most.calls) most.calls = n.calls;
  return status;
}

/* A door that is opened for the first time makes what it keeps. */
static void warm(const door *d) {
  edict_diagnostics *findings = edict_diagnostics_create();
  (void)!d->open("warm", "", 0, findings);
  edict_diagnostics_destroy(&findings);
}

TEST(no_input_takes_more_than_its_door_allows) {
  for (size_t i = 0; i < door_count && HEAP_COUNTS; i++) {
    char folder[128];
    size_t total = 0;
    at = &doors[i];
    most = (heap_count){0};
    warm(at);
    snprintf(folder, sizeof folder, "tests/hostile/%s", at->name);
    CHECK_INT(hostile_run(folder, counted, &total), 0);
    CHECK(most.most > 0 && at->memory <= 64 * 1024);
    printf("# %-10s %4zu inputs, at most %6zu KiB at once (%zu), %7zu pieces (%zu)\n", at->name, total, most.most / 1024, at->memory, most.calls, at->pieces);
    /* A ceiling far above everything would notice nothing. */
    CHECK(most.most * 4 > at->memory * 1024 && most.calls * 4 > at->pieces);
  }
  harness_skipped += !HEAP_COUNTS;
}

HARNESS_MAIN
