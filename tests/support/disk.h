/* Disk: an edi_system in memory, with one directory, that can lose power, fail calls and run full.
 *
 * What is written is seen at once and is durable only after sync; names are durable only after
 * sync_dir. disk_crash keeps, of everything that was not synced, what a seeded generator decides:
 * whole 512-byte sectors of writes, single truncations and renames, in no order. A sync that fails
 * forgets what it should have written, as kernels do: it stays visible and never becomes
 * durable. */
#ifndef DISK_H
#define DISK_H

#include "base/system.h"

typedef struct disk disk;

disk *disk_create(uint64_t seed);
void disk_destroy(disk *d);
const edi_system *disk_system(disk *d);
/* The directory, to be given to edi_store_open. */
#define DISK_DIRECTORY "disk/log"

/* Power fails: open files and locks are gone, undurable changes are kept or lost. */
void disk_crash(disk *d);
/* The process dies, the kernel lives: open files and locks are gone, nothing else. */
void disk_kill(disk *d);

/* Calls so far that can fail (close, clock and process are counted too). */
uint64_t disk_calls(const disk *d);
/* Call number `at` (from 1) fails with `error`; with `forever`, so do all later ones. 0: none. */
void disk_fail(disk *d, uint64_t at, bool forever, int error);
/* Write number `at` from now on changes one bit of what it writes. 0: none. */
void disk_flip(disk *d, uint64_t at);
/* Bytes that all files may have together; 0: no limit. */
void disk_limit(disk *d, uint64_t bytes);
void disk_set_time(disk *d, int64_t micros, int64_t step);
void disk_set_process(disk *d, int64_t process);

/* The files as they are seen. The pointer is valid until the next call that changes the file. */
uint8_t *disk_file(disk *d, const char *name, size_t *size);
void disk_put(disk *d, const char *name, const void *bytes, size_t size);
void disk_remove(disk *d, const char *name);
/* Name number `index` in no order, NULL past the last. */
const char *disk_name(disk *d, size_t index);
/* A disk with the same files, all durable. */
disk *disk_copy(const disk *d);
/* A pseudo-random number of the disk's generator. */
uint64_t disk_random(disk *d);

/* A directory as one string of bytes: "EDICTDIR", then for each file u16 length of the name, the
 * name, u32 size, the bytes; little-endian. Unpacking refuses what is not that. */
bool disk_unpack(disk *d, const uint8_t *bytes, size_t size);
uint8_t *disk_pack(disk *d, size_t *size); /* free() it */

#endif
