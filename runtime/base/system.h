/* System: every call to the operating system, in one table, so that tests can make each one fail.
 *
 * Only cli/, adapters/, the log and the loader hold such a table; the core is a pure function of its inputs. All
 * functions return 0 or a positive errno value, never -1. */
#ifndef EDI_SYSTEM_H
#define EDI_SYSTEM_H

#include "base/bytes.h"

typedef struct edi_file {
  int fd;
} edi_file;

typedef struct edi_system {
  void *context;
  /* flags: EDI_OPEN_*; mode 0600 for what is created */
  int (*open)(void *context, const char *path, unsigned flags, edi_file *file);
  int (*close)(void *context, edi_file file);
  /* Reads up to `length` at `offset`; *got is short only at the end of the file. */
  int (*read)(void *context, edi_file file, uint64_t offset, void *bytes, size_t length, size_t *got);
  /* Writes all of it or fails. */
  int (*write)(void *context, edi_file file, uint64_t offset, const void *bytes, size_t length);
  int (*sync)(void *context, edi_file file); /* fdatasync */
  int (*size)(void *context, edi_file file, uint64_t *size);
  int (*truncate)(void *context, edi_file file, uint64_t size);
  /* Space for `size` bytes from 0, zeroed; ENOSPC now and not later. */
  int (*reserve)(void *context, edi_file file, uint64_t size);
  int (*lock)(void *context, edi_file file); /* exclusive, not waiting: EWOULDBLOCK if held */
  int (*rename)(void *context, const char *from, const char *to);
  int (*remove)(void *context, const char *path);
  int (*make_dir)(void *context, const char *path);
  int (*sync_dir)(void *context, const char *path);
  /* Calls `each` for every entry but . and .., in no order. */
  int (*list_dir)(void *context, const char *path, void (*each)(void *user, const char *name), void *user);
  int (*clock)(void *context, int64_t *timestamp); /* microseconds since 1970, UTC */
  int (*random)(void *context, void *bytes, size_t length);
  int (*process)(void *context, int64_t *pid);
  /* Gives `file` the permissions of what is at `path`; ENOENT if nothing is. NULL: not offered. */
  int (*keep_mode)(void *context, const char *path, edi_file file);
} edi_system;

enum {
  EDI_OPEN_READ = 1,
  EDI_OPEN_WRITE = 2,
  EDI_OPEN_CREATE = 4,    /* with WRITE: make it if it is not there */
  EDI_OPEN_EXCLUSIVE = 8, /* with CREATE: EEXIST if it is there */
  EDI_OPEN_TRUNCATE = 16,
};

extern const edi_system edi_system_posix;

/* Whole files, regular ones only. `most` bounds what is read: a larger file is EDICT_LIMIT. The buffer
 * must be fresh. A path that is not there is EDICT_NOT_FOUND. `error` (may be NULL) gets the errno. */
edict_status edi_system_read_file(const edi_system *system, const char *path, size_t most, edi_buf *into,
                                  int *error);
/* Written aside as PATH.tmp, synced, renamed, directory synced: old or new, never a mixture. The
 * permissions stay as they were; what was not there gets 0600. */
edict_status edi_system_replace_file(const edi_system *system, const char *path, const void *bytes,
                                     size_t length, int *error);

#endif
