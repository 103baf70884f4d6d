/* Sink: where a verb's data goes, whole or not at all.
 *
 * A file is written beside its place and put there when all of it is on the disk; until then, and if anything fails,
 * what was there before stays. A stream gets bytes as they come. The first failure is kept, and nothing is written
 * after it. */
#ifndef EDICT_WORKBENCH_SINK_H
#define EDICT_WORKBENCH_SINK_H

#include "base/system.h"

#define SINK_BYTES 262144
#define SINK_PATH 4096

typedef struct sink {
  const edi_system *system; /* of a file */
  int (*write)(void *user, const void *bytes, size_t length); /* of a stream: all of it, or an errno value */
  void *user;
  edi_file file;
  bool is_file, is_open;
  char path[SINK_PATH], part[SINK_PATH];
  uint64_t offset;
  size_t used;
  int error;                /* errno value */
  char bytes[SINK_BYTES];
} sink;

/* 0 or an errno value. `system` NULL: that of the machine. */
int sink_open_file(sink *s, const edi_system *system, const char *path);
void sink_open_stream(sink *s, int (*write)(void *user, const void *bytes, size_t length), void *user);
/* False: it failed, now or before. */
bool sink_put(sink *s, const void *bytes, size_t length);
/* Everything is where it belongs, or the errno value that says why not; then the file is what it was before. */
int sink_finish(sink *s);
/* As if nothing had been written to the file; of a stream what is still here is not written. */
void sink_abandon(sink *s);

#endif
