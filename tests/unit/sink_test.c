/* Sink: a file is whole or as it was, whatever call fails; a stream keeps its first failure. */
#include "harness.h"

#include <errno.h>

#include "support/disk.h"
#include "workbench/sink.h"

#define PATH DISK_DIRECTORY "/out.csv"
enum { PIECES = 7, PIECE = 100000 };

static char piece[PIECE];
static sink s;

static int write_out(disk *d) {
  int error = sink_open_file(&s, disk_system(d), PATH);
  if (error) return error;
  for (int i = 0; i < PIECES; i++)
    if (!sink_put(&s, piece, sizeof piece)) {
      sink_abandon(&s);
      return s.error;
    }
  return sink_finish(&s);
}

static disk *begin(void) {
  disk *d = disk_create(7);
  const edi_system *y = disk_system(d);
  CHECK_INT(y->make_dir(y->context, DISK_DIRECTORY), 0);
  disk_put(d, "out.csv", "before", 6);
  memset(piece, 'n', sizeof piece);
  return d;
}

static size_t files(const disk *d) {
  size_t count = 0;
  while (disk_name((disk *)(uintptr_t)d, count)) count++;
  return count;
}

TEST(each_call_fails_once) {
  disk *d = begin();
  uint64_t before = disk_calls(d);
  CHECK_INT(write_out(d), 0);
  uint64_t calls = disk_calls(d) - before;
  CHECK(calls >= 7);
  disk_destroy(d);
  size_t whole = 0, old = 0;
  for (uint64_t at = 1; at <= calls; at++) {
    d = begin();
    disk_fail(d, disk_calls(d) + at, false, ENOSPC);
    int error = write_out(d);
    disk_fail(d, 0, false, 0);
    size_t size = 0;
    uint8_t *bytes = disk_file(d, "out.csv", &size);
    bool is_old = bytes && size == 6 && memcmp(bytes, "before", 6) == 0, is_whole = bytes && size == (size_t)PIECES * PIECE;
    old += is_old;
    whole += is_whole;
    CHECK(is_old || is_whole);
    CHECK(error == ENOSPC || is_whole); /* nothing fails silently */
    CHECK(error || is_whole);
    CHECK_INT(files(d), 1);             /* and no part is left */
    disk_destroy(d);
  }
  CHECK(old >= 4 && whole >= 1);
}

TEST(the_disk_is_full) {
  for (uint64_t room = 0; room < (uint64_t)PIECES * PIECE + 6; room += 70001) {
    disk *d = begin();
    disk_limit(d, room + 6);
    int error = write_out(d);
    size_t size = 0;
    uint8_t *bytes = disk_file(d, "out.csv", &size);
    CHECK(error != 0);
    CHECK(bytes && size == 6 && memcmp(bytes, "before", 6) == 0);
    CHECK_INT(files(d), 1);
    disk_destroy(d);
  }
}

/* Power that fails at any call leaves the old file or the whole new one under its name. */
TEST(power_fails) {
  for (uint64_t seed = 1; seed <= 40; seed++) {
    disk *d = begin();
    const edi_system *y = disk_system(d);
    CHECK_INT(y->sync_dir(y->context, DISK_DIRECTORY), 0);
    disk_fail(d, disk_calls(d) + 1 + disk_random(d) % 9, true, EIO);
    (void)write_out(d);
    disk_fail(d, 0, false, 0);
    disk_crash(d);
    size_t size = 0;
    uint8_t *bytes = disk_file(d, "out.csv", &size);
    CHECK(bytes && ((size == 6 && memcmp(bytes, "before", 6) == 0) || size == (size_t)PIECES * PIECE));
    disk_destroy(d);
  }
}

typedef struct stream { size_t got, room; int error; } stream;

static int take(void *user, const void *bytes, size_t length) {
  stream *t = user;
  (void)bytes;
  if (t->got + length > t->room) return t->error;
  t->got += length;
  return 0;
}

TEST(streams) {
  stream t = {0, SIZE_MAX, EPIPE};
  sink_open_stream(&s, take, &t);
  for (int i = 0; i < PIECES; i++) CHECK(sink_put(&s, piece, sizeof piece));
  CHECK_INT(sink_finish(&s), 0);
  CHECK_INT(t.got, (size_t)PIECES * PIECE);
  t = (stream){0, 300000, EPIPE};
  sink_open_stream(&s, take, &t);
  int put = 0;
  while (put < 20 && sink_put(&s, piece, sizeof piece)) put++;
  CHECK(put < 20);
  CHECK(!sink_put(&s, piece, 1));
  CHECK_INT(sink_finish(&s), EPIPE);
  CHECK_INT(t.got, SINK_BYTES);
  t = (stream){0, 10, EIO}; /* the last bytes */
  sink_open_stream(&s, take, &t);
  CHECK(sink_put(&s, piece, 11));
  CHECK_INT(sink_finish(&s), EIO);
  t = (stream){0, SIZE_MAX, 0};
  sink_open_stream(&s, take, &t);
  CHECK(sink_put(&s, piece, 11));
  sink_abandon(&s);
  CHECK_INT(t.got, 0);
  CHECK_INT(sink_finish(&s), EBADF);
}

TEST(names_too_long) {
  static char path[SINK_PATH + 8];
  disk *d = begin();
  memset(path, 'x', sizeof path - 1);
  CHECK_INT(sink_open_file(&s, disk_system(d), path), ENAMETOOLONG);
  path[SINK_PATH - 1] = '\0';
  CHECK_INT(sink_open_file(&s, disk_system(d), path), ENAMETOOLONG);
  sink_abandon(&s);
  disk_destroy(d);
}

HARNESS_MAIN
