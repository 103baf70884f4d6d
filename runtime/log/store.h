/* Store: the decision log as its writer sees it. One directory, one writer, any number of threads.
 *
 * In: leaves (a type and at most 65,535 bytes). Out: files as docs/log-format.md says. The
 * invariant: a leaf that was acknowledged as durable is on disk, was read back and hashed again,
 * and is part of every later checkpoint; nothing is dropped without being counted; after a failed
 * sync nothing is acknowledged any more until the log is opened anew.
 *
 * Locking: one mutex. The first caller who needs a commit writes everybody's leaves while the
 * others add to the next batch. There is no thread of its own. All I/O, time and randomness go
 * through the edi_system table. */
#ifndef EDI_STORE_H
#define EDI_STORE_H

#include "base/diagnostic.h"
#include "base/system.h"
#include "bundle/note.h"
#include "log/frame.h"

#define EDI_LOG_ID_BYTES    16
#define EDI_STORE_PATH_MOST 3072 /* bytes of a directory's path */

typedef struct edi_store edi_store;

/* Zero in a number means its default. Everything is copied. */
typedef struct edi_store_options {
  edi_str origin; /* the log's name: a valid note name that does not begin with "edict-" */
  uint8_t secret_key[EDI_NOTE_SECRET_BYTES]; /* signs identity and checkpoints */
  bool has_auditor;                          /* else edi_seal_put refuses */
  uint8_t auditor_key[32];                   /* X25519 public key that payload keys are sealed to */
  bool must_exist;                           /* NOT_FOUND instead of creating a log */
  uint64_t segment_size; /* a segment that reached it is the last one's; 4 KiB to 4 GiB, 64 MiB */
  uint64_t payload_file_size; /* the same for payload files; 64 MiB */
  size_t batch_size;          /* bytes buffered at most, twice; 72 KiB to 64 MiB, 256 KiB */
  uint32_t commit_micros;     /* a buffered leaf is committed by the first call after it; 50,000 */
  uint32_t checkpoint_micros; /* between two checkpoints; 1,000,000 */
  const edi_allocator *allocator;
} edi_store_options;

/* Opens the log in `directory` for writing, creating it (and the directory, not its parents) if it
 * is not there. A log that was not closed is recovered: what comes after its last commit is kept
 * aside and cut, and a RECOVERY leaf says so; that is a warning, not a failure.
 * BUSY: another process or handle holds it. NOT_FOUND: must_exist. UNTRUSTED: the log is another
 * origin's or key's. FORMAT: it is damaged before its end; nothing was changed: start a new log in
 * another directory and keep this one. VERSION: it was rolled back behind its checkpoint; likewise.
 * SYSTEM, MEMORY, LIMIT, ARGUMENT as everywhere. On anything but OK *store is NULL. */
edict_status edi_store_open(const edi_system *system, const char *directory,
                            const edi_store_options *options, edi_store **store,
                            edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Appends a leaf of a type whose kind is CALLER (RECORD, BUNDLE, RECEIPT). `index` may be NULL.
 *
 * durable: returns OK only once the leaf is committed: on disk and read back. Any other status
 * means that the permit must not be served; the leaf may or may not turn up in the log.
 * Not durable: OK means that it is in a bounded buffer and will be committed by the first call that
 * comes `commit_micros` after it, by the first durable append, by flush or by close. Waits while
 * the buffer is full. If the process dies before, it is lost.
 *
 * ARGUMENT: a type or length that is not allowed. LIMIT: the disk is full. SYSTEM: the log failed
 * (now or earlier). BUSY: called in a child of the process that opened it. What was refused is
 * counted and written as a DROP leaf when there is room again, except for ARGUMENT and BUSY. */
edict_status edi_store_append(edi_store *store, edi_frame_type type, const void *payload,
                              size_t length, bool durable, uint64_t *index,
                              edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Counts leaves that a caller could not even hand over: the next batch says so in a DROP leaf. */
void edi_store_drop(edi_store *store, uint64_t count);

/* Commits all that is buffered. */
edict_status edi_store_flush(edi_store *store, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Flushes, signs a checkpoint over everything committed and appends the signed note to `note`. LIMIT:
 * the disk is full; the checkpoint is in the log and the note, the file `checkpoint` is older. */
edict_status edi_store_checkpoint(edi_store *store, edi_buf *note,
                                  edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Finishes payload files, writes the CLOSE leaf, the last commit and checkpoint, cuts the unused
 * tail and frees the store, which becomes NULL whatever happens. Anything but OK: the log is left
 * as after a crash, and the next opening recovers it. No other thread may be inside a call. In a
 * child of the opening process it only frees. NULL and a pointer to NULL are allowed. */
edict_status edi_store_close(edi_store **store, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Frees the store and writes nothing, like a crash. */
void edi_store_abandon(edi_store **store);

typedef struct edi_store_state {
  uint64_t size;            /* leaves taken */
  uint64_t committed;       /* leaves committed */
  uint64_t checkpoint_size; /* leaves under the newest checkpoint */
  uint64_t dropped;         /* leaves refused or dropped since the log began */
  uint64_t segment;         /* first index of the current segment */
  uint64_t cut;             /* bytes that opening cut and kept aside */
  bool recovered;           /* opening found a log that was not closed */
  bool full;                /* no room on disk for another segment */
  bool failed;              /* poisoned: close and open again */
} edi_store_state;
void edi_store_look(edi_store *store, edi_store_state *state);

#endif
