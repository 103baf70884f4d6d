/* System: the table of operating system calls for POSIX, and whole files on top of any such table.
 *
 * In: paths and open files. Out: 0 or a positive errno value. Interrupted calls are repeated, short
 * reads and writes are continued. Files are opened close-on-exec and never block: opening a FIFO
 * returns at once, and `size` refuses whatever is not a regular file. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* flock, getrandom, fdatasync */
#endif
#include "base/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "files may be larger than 2 GiB");

enum { PATH_MOST = 4096, READ_CHUNK = 32 * 1024, MODE_FILE = 0600, MODE_DIR = 0700 };

static int posix_open(void *context, const char *path, unsigned flags, edi_file *file) {
  (void)context;
  bool reads = flags & EDI_OPEN_READ, writes = flags & EDI_OPEN_WRITE;
  if (!reads && !writes) return EINVAL;
  int mode = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  mode |= reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
  if (flags & EDI_OPEN_CREATE) mode |= O_CREAT;
  if (flags & EDI_OPEN_EXCLUSIVE) mode |= O_EXCL;
  if (flags & EDI_OPEN_TRUNCATE) mode |= O_TRUNC;
  int fd;
  do fd = open(path, mode, MODE_FILE);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) return errno;
  file->fd = fd;
  return 0;
}

static int posix_close(void *context, edi_file file) {
  (void)context;
  /* After EINTR the descriptor is gone on Linux; closing again could close somebody else's. */
  return close(file.fd) == 0 || errno == EINTR ? 0 : errno;
}

static int posix_read(void *context, edi_file file, uint64_t offset, void *bytes, size_t length,
                      size_t *got) {
  (void)context;
  *got = 0;
  while (*got < length) {
    if (offset > (uint64_t)INT64_MAX - *got) return EOVERFLOW;
    ssize_t n = pread(file.fd, (char *)bytes + *got, length - *got, (off_t)(offset + *got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return 0;
    *got += (size_t)n;
  }
  return 0;
}

static int posix_write(void *context, edi_file file, uint64_t offset, const void *bytes,
                       size_t length) {
  (void)context;
  for (size_t done = 0; done < length;) {
    if (offset > (uint64_t)INT64_MAX - done) return EFBIG;
    ssize_t n = pwrite(file.fd, (const char *)bytes + done, length - done, (off_t)(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return EIO;
    done += (size_t)n;
  }
  return 0;
}

static int posix_sync(void *context, edi_file file) {
  (void)context;
  return fdatasync(file.fd) == 0 ? 0 : errno;
}

static int posix_size(void *context, edi_file file, uint64_t *size) {
  (void)context;
  struct stat found;
  if (fstat(file.fd, &found) != 0) return errno;
  if (S_ISDIR(found.st_mode)) return EISDIR;
  if (!S_ISREG(found.st_mode)) return ESPIPE;
  *size = (uint64_t)found.st_size;
  return 0;
}

static int posix_truncate(void *context, edi_file file, uint64_t size) {
  (void)context;
  if (size > (uint64_t)INT64_MAX) return EFBIG;
  int result;
  do result = ftruncate(file.fd, (off_t)size);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

static int posix_reserve(void *context, edi_file file, uint64_t size) {
  (void)context;
  if (size > (uint64_t)INT64_MAX) return EFBIG;
  if (size == 0) return 0;
  int result;
  do result = posix_fallocate(file.fd, 0, (off_t)size);
  while (result == EINTR);
  return result;
}

static int posix_lock(void *context, edi_file file) {
  (void)context;
  int result;
  do result = flock(file.fd, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

static int posix_rename(void *context, const char *from, const char *to) {
  (void)context;
  return rename(from, to) == 0 ? 0 : errno;
}

static int posix_remove(void *context, const char *path) {
  (void)context;
  return unlink(path) == 0 ? 0 : errno;
}

static int posix_make_dir(void *context, const char *path) {
  (void)context;
  return mkdir(path, MODE_DIR) == 0 ? 0 : errno;
}

static int posix_sync_dir(void *context, const char *path) {
  (void)context;
  int fd;
  do fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) return errno;
  int result = fsync(fd) == 0 ? 0 : errno;
  close(fd);
  return result;
}

static int posix_list_dir(void *context, const char *path,
                          void (*each)(void *user, const char *name), void *user) {
  (void)context;
  DIR *dir = opendir(path);
  if (!dir) return errno;
  int result = 0;
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(dir);
    if (!entry) {
      result = errno;
      break;
    }
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      each(user, entry->d_name);
  }
  closedir(dir);
  return result;
}

static int posix_clock(void *context, int64_t *timestamp) {
  (void)context;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return errno;
  int64_t seconds = (int64_t)now.tv_sec;
  if (seconds > INT64_MAX / 1000000 - 1 || seconds < INT64_MIN / 1000000) return EOVERFLOW;
  *timestamp = seconds * 1000000 + now.tv_nsec / 1000;
  return 0;
}

static int posix_random(void *context, void *bytes, size_t length) {
  (void)context;
  for (size_t done = 0; done < length;) {
    ssize_t n = getrandom((char *)bytes + done, length - done, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return EIO;
    done += (size_t)n;
  }
  return 0;
}

static int posix_process(void *context, int64_t *pid) {
  (void)context;
  *pid = (int64_t)getpid();
  return 0;
}

static int posix_keep_mode(void *context, const char *path, edi_file file) {
  (void)context;
  struct stat found;
  if (stat(path, &found) != 0) return errno;
  /* A device or pipe would be replaced by a file, which nobody means. */
  if (!S_ISREG(found.st_mode)) return S_ISDIR(found.st_mode) ? EISDIR : EOPNOTSUPP;
  return fchmod(file.fd, found.st_mode & 0777) == 0 ? 0 : errno;
}

const edi_system edi_system_posix = {
    .open = posix_open,
    .close = posix_close,
    .read = posix_read,
    .write = posix_write,
    .sync = posix_sync,
    .size = posix_size,
    .truncate = posix_truncate,
    .reserve = posix_reserve,
    .lock = posix_lock,
    .rename = posix_rename,
    .remove = posix_remove,
    .make_dir = posix_make_dir,
    .sync_dir = posix_sync_dir,
    .list_dir = posix_list_dir,
    .clock = posix_clock,
    .random = posix_random,
    .process = posix_process,
    .keep_mode = posix_keep_mode,
};

/* ---- whole files ---- */

static edict_status status_of(int error) {
  switch (error) {
    case 0: return EDICT_OK;
    case ENOENT:
    case ENOTDIR: return EDICT_NOT_FOUND;
    case ENOMEM: return EDICT_MEMORY;
    default: return EDICT_SYSTEM;
  }
}

/* Reads until a read is short, and one byte past `most` to notice a file that grew meanwhile. */
static edict_status read_all(const edi_system *system, edi_file file, size_t most, edi_buf *into,
                             int *error) {
  char chunk[READ_CHUNK];
  for (;;) {
    size_t left = most - into->len, got = 0;
    size_t wanted = left < sizeof chunk ? left + 1 : sizeof chunk;
    *error = system->read(system->context, file, into->len, chunk, wanted, &got);
    if (*error != 0) return status_of(*error);
    if (got > left) return EDICT_LIMIT;
    edi_buf_append(into, chunk, got);
    if (into->failed != EDICT_OK) return into->failed;
    if (got < wanted) return EDICT_OK;
  }
}

edict_status edi_system_read_file(const edi_system *system, const char *path, size_t most,
                                  edi_buf *into, int *error) {
  int ignored;
  if (!error) error = &ignored;
  edi_file file;
  *error = system->open(system->context, path, EDI_OPEN_READ, &file);
  if (*error != 0) return status_of(*error);
  uint64_t size = 0;
  *error = system->size(system->context, file, &size);
  edict_status status = status_of(*error);
  if (status == EDICT_OK && size > most) status = EDICT_LIMIT;
  /* And one more, for the NUL that many put behind it. */
  if (status == EDICT_OK) edi_buf_expect(into, (size_t)size + (size < into->max - into->len));
  if (status == EDICT_OK) status = read_all(system, file, most, into, error);
  int closing = system->close(system->context, file);
  if (status == EDICT_OK && closing != 0) {
    *error = closing;
    status = status_of(closing);
  }
  if (status != EDICT_OK) into->len = 0;
  return status;
}

/* Writes `bytes` to a file that must not be there yet, with the permissions of `like`. */
static int write_new(const edi_system *system, const char *path, const char *like,
                     const void *bytes, size_t length) {
  const unsigned flags = EDI_OPEN_WRITE | EDI_OPEN_CREATE | EDI_OPEN_EXCLUSIVE;
  edi_file file;
  int error = system->open(system->context, path, flags, &file);
  if (error != 0) return error;
  if (system->keep_mode) error = system->keep_mode(system->context, like, file);
  if (error == ENOENT) error = 0;
  if (error == 0) error = system->write(system->context, file, 0, bytes, length);
  if (error == 0) error = system->sync(system->context, file);
  int closing = system->close(system->context, file);
  return error != 0 ? error : closing;
}

edict_status edi_system_replace_file(const edi_system *system, const char *path, const void *bytes,
                                     size_t length, int *error) {
  int ignored;
  if (!error) error = &ignored;
  char aside[PATH_MOST], dir[PATH_MOST];
  int size = snprintf(aside, sizeof aside, "%s.tmp", path);
  if (size < 0 || (size_t)size >= sizeof aside) return status_of(*error = ENAMETOOLONG);
  const char *slash = strrchr(path, '/');
  size_t dir_length = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
  memcpy(dir, path, dir_length);
  dir[dir_length] = '\0';

  /* What an interrupted run left behind goes first; made anew, a planted link is not followed. */
  *error = system->remove(system->context, aside);
  if (*error != 0 && *error != ENOENT) return status_of(*error);
  *error = write_new(system, aside, path, bytes, length);
  if (*error == 0) *error = system->rename(system->context, aside, path);
  if (*error != 0) {
    (void)system->remove(system->context, aside); /* the first error is the one to report */
    return status_of(*error);
  }
  *error = system->sync_dir(system->context, dir_length > 0 ? dir : ".");
  return status_of(*error);
}
