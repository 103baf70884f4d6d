/* Faulty VFS: the files of SQLite, of which one call fails, or during which the process dies.
 *
 * It stands before the default one and counts every call that may fail on a real machine: opening, reading, writing,
 * syncing, cutting, deleting, locking, shared memory. */
#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

typedef enum faulty_kind {
  FAULTY_NONE,   /* they are counted alone */
  FAULTY_ONCE,   /* one call fails */
  FAULTY_DEAD,   /* one call and all after it do */
  FAULTY_KILLED, /* the process dies before the call */
  FAULTY_READONLY, /* none fails, and files open for reading alone */
} faulty_kind;

/* Becomes the default, once; SQLite must not be in use. */
void faulty_vfs_install(void);
/* The `at`-th call from now on, from 1. */
void faulty_vfs_arm(faulty_kind kind, unsigned at);
/* Calls since then. */
unsigned faulty_vfs_calls(void);

#endif
