/* Faulty VFS: see the header. */
#include "support/faulty_vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct faulty_file {
  sqlite3_file base; /* first: what SQLite knows */
  sqlite3_file *real;
} faulty_file;

static sqlite3_vfs *real;
static faulty_kind armed;
static unsigned at_call, calls;

void faulty_vfs_arm(faulty_kind kind, unsigned at) {
  armed = kind;
  at_call = at;
  calls = 0;
}

unsigned faulty_vfs_calls(void) { return calls; }

static bool fails(void) {
  calls++;
  if (armed == FAULTY_KILLED && calls == at_call) raise(SIGKILL);
  return (armed == FAULTY_ONCE && calls == at_call) || (armed == FAULTY_DEAD && calls >= at_call);
}

#define REAL(f) (((faulty_file *)(f))->real)
#define FORWARD(call, error) return fails() ? (error) : REAL(f)->pMethods->call

static int do_close(sqlite3_file *f) { return REAL(f)->pMethods->xClose(REAL(f)); }
static int do_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at) { FORWARD(xRead(REAL(f), out, n, at), SQLITE_IOERR_READ); }
static int do_write(sqlite3_file *f, const void *in, int n, sqlite3_int64 at) { FORWARD(xWrite(REAL(f), in, n, at), SQLITE_FULL); }
static int do_truncate(sqlite3_file *f, sqlite3_int64 size) { FORWARD(xTruncate(REAL(f), size), SQLITE_IOERR_TRUNCATE); }
static int do_sync(sqlite3_file *f, int flags) { FORWARD(xSync(REAL(f), flags), SQLITE_IOERR_FSYNC); }
static int do_size(sqlite3_file *f, sqlite3_int64 *size) { FORWARD(xFileSize(REAL(f), size), SQLITE_IOERR_FSTAT); }
static int do_lock(sqlite3_file *f, int lock) { FORWARD(xLock(REAL(f), lock), SQLITE_IOERR_LOCK); }
static int do_unlock(sqlite3_file *f, int lock) { return REAL(f)->pMethods->xUnlock(REAL(f), lock); }
static int do_reserved(sqlite3_file *f, int *out) { FORWARD(xCheckReservedLock(REAL(f), out), SQLITE_IOERR_CHECKRESERVEDLOCK); }
static int do_control(sqlite3_file *f, int op, void *arg) { return REAL(f)->pMethods->xFileControl(REAL(f), op, arg); }
static int do_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int do_device(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int do_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
  FORWARD(xShmMap(REAL(f), page, size, extend, out), SQLITE_IOERR_SHMMAP);
}
static int do_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
  if (flags & SQLITE_SHM_UNLOCK) return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
  FORWARD(xShmLock(REAL(f), offset, n, flags), SQLITE_IOERR_SHMLOCK);
}
static void do_shm_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int do_shm_unmap(sqlite3_file *f, int remove) { return REAL(f)->pMethods->xShmUnmap(REAL(f), remove); }

static const sqlite3_io_methods methods = {
    .iVersion = 2, .xClose = do_close, .xRead = do_read, .xWrite = do_write, .xTruncate = do_truncate, .xSync = do_sync,
    .xFileSize = do_size, .xLock = do_lock, .xUnlock = do_unlock, .xCheckReservedLock = do_reserved, .xFileControl = do_control,
    .xSectorSize = do_sector, .xDeviceCharacteristics = do_device, .xShmMap = do_shm_map, .xShmLock = do_shm_lock,
    .xShmBarrier = do_shm_barrier, .xShmUnmap = do_shm_unmap};

static int do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out) {
  faulty_file *file = (faulty_file *)f;
  (void)vfs;
  file->base.pMethods = NULL;
  file->real = (sqlite3_file *)(file + 1);
  if (fails()) return SQLITE_CANTOPEN;
  if (armed == FAULTY_READONLY) flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  int rc = real->xOpen(real, name, file->real, flags, out);
  if (file->real->pMethods) file->base.pMethods = &methods;
  return rc;
}

static int do_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs;
  return fails() ? SQLITE_IOERR_DELETE : real->xDelete(real, name, sync);
}

void faulty_vfs_install(void) {
  static sqlite3_vfs vfs;
  if (real) return;
  real = sqlite3_vfs_find(NULL);
  vfs = *real;
  vfs.zName = "faulty";
  vfs.pNext = NULL;
  vfs.szOsFile = (int)sizeof(faulty_file) + real->szOsFile;
  vfs.xOpen = do_open;
  vfs.xDelete = do_delete;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) {
    fprintf(stderr, "faulty vfs: not registered\n");
    abort();
  }
}
