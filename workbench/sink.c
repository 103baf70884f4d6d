/* Sink: see the header. */
#include "workbench/sink.h"

#include <errno.h>
#include <stdio.h>

/* The name of another process's part is not taken over: it may be at work. */
static int open_part(sink *s) {
  int64_t process = 0;
  int error = s->system->process(s->system->context, &process);
  if (error) return error;
  int n = snprintf(s->part, sizeof s->part, "%s.part-%lld", s->path, (long long)process);
  if (n < 0 || (size_t)n >= sizeof s->part) return ENAMETOOLONG;
  return s->system->open(s->system->context, s->part, EDI_OPEN_WRITE | EDI_OPEN_CREATE | EDI_OPEN_EXCLUSIVE, &s->file);
}

int sink_open_file(sink *s, const edi_system *system, const char *path) {
  s->system = system ? system : &edi_system_posix;
  s->is_file = true;
  s->is_open = false;
  s->offset = s->used = 0;
  int n = snprintf(s->path, sizeof s->path, "%s", path);
  s->error = n < 0 || (size_t)n >= sizeof s->path ? ENAMETOOLONG : open_part(s);
  s->is_open = s->error == 0;
  return s->error;
}

void sink_open_stream(sink *s, int (*write)(void *user, const void *bytes, size_t length), void *user) {
  s->write = write;
  s->user = user;
  s->is_file = false;
  s->is_open = true;
  s->offset = s->used = 0;
  s->error = 0;
}

static bool flush(sink *s) {
  if (s->error) return false;
  if (s->used == 0) return true;
  s->error = s->is_file ? s->system->write(s->system->context, s->file, s->offset, s->bytes, s->used) : s->write(s->user, s->bytes, s->used);
  if (s->error) return false;
  s->offset += s->used;
  s->used = 0;
  return true;
}

bool sink_put(sink *s, const void *bytes, size_t length) {
  const char *from = bytes;
  while (length && !s->error) {
    size_t room = sizeof s->bytes - s->used, n = length < room ? length : room;
    memcpy(s->bytes + s->used, from, n);
    s->used += n;
    from += n;
    length -= n;
    if (s->used == sizeof s->bytes) (void)flush(s);
  }
  return s->error == 0;
}

/* The directory that holds the file, so that the rename is durable too. */
static int sync_folder(const sink *s) {
  char folder[SINK_PATH];
  const char *slash = strrchr(s->path, '/');
  size_t length = slash ? (size_t)(slash - s->path) : 1;
  memcpy(folder, slash ? s->path : ".", length);
  if (slash == s->path) folder[length++] = '/';
  folder[length] = '\0';
  return s->system->sync_dir(s->system->context, folder);
}

static int put_in_place(sink *s) {
  const edi_system *y = s->system;
  int error = y->keep_mode ? y->keep_mode(y->context, s->path, s->file) : 0;
  if (error == ENOENT) error = 0;
  if (!error) error = y->sync(y->context, s->file);
  int closed = y->close(y->context, s->file);
  s->is_open = false;
  if (!error) error = closed;
  if (!error) error = y->rename(y->context, s->part, s->path);
  if (error) (void)y->remove(y->context, s->part);
  else error = sync_folder(s);
  return error;
}

int sink_finish(sink *s) {
  if (!s->is_open) return s->error ? s->error : EBADF;
  if (!flush(s)) {
    sink_abandon(s);
    return s->error;
  }
  if (s->is_file) s->error = put_in_place(s);
  s->is_open = false;
  return s->error;
}

void sink_abandon(sink *s) {
  if (!s->is_open) return;
  s->is_open = false;
  s->used = 0;
  if (!s->is_file) return;
  (void)s->system->close(s->system->context, s->file);
  (void)s->system->remove(s->system->context, s->part);
}
