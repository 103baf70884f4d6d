/* Log reader: every leaf of a log's directory in order, without locking or changing anything.
 *
 * In: a directory, also of a log that is being written. Out: one call for each committed leaf and
 * one for each damage, with the place. It checks frames, indices and batches, not the tree and not
 * signatures: who needs to believe what he reads runs edi_log_verify first. Leaves after the last
 * intact commit are not delivered: committed or absent. After damage it goes on with the next
 * intact batch. Memory is bounded whatever the files hold. */
#ifndef EDI_LOG_READER_H
#define EDI_LOG_READER_H

#include "base/diagnostic.h"
#include "base/system.h"
#include "log/frame.h"
#include "log/store.h"

typedef struct edi_log_leaf {
  uint64_t index;
  edi_frame_type type;
  const uint8_t *payload; /* valid during the call */
  size_t length;
  const char *file; /* "seg-00000000000000000000.edl" */
  uint64_t offset;  /* of the frame in it */
} edi_log_leaf;

typedef struct edi_log_damage {
  edi_code code;
  const char *file; /* name within the directory; "" for the directory itself */
  uint64_t offset;  /* byte where it begins */
  uint64_t frame;   /* number of frames before it in the file; UINT64_MAX where there are none */
  uint64_t index;   /* leaves before it */
  const char *what; /* a sentence without file and place */
} edi_log_damage;

typedef struct edi_log_visitor {
  void *user;
  const edi_allocator *allocator; /* NULL: the default */
  /* False ends the reading early with OK. NULL: leaves are only counted. */
  bool (*leaf)(void *user, const edi_log_leaf *leaf);
  /* In addition to the diagnostic. NULL is allowed. */
  void (*damage)(void *user, const edi_log_damage *damage);
} edi_log_visitor;

typedef struct edi_log_summary {
  char origin[EDI_LIMIT_NAME + 1];
  uint8_t log_id[EDI_LOG_ID_BYTES];
  uint64_t size;     /* index after the last committed leaf */
  uint64_t leaves;   /* delivered */
  uint64_t segments; /* files */
  uint64_t damages;
  uint64_t
      torn; /* bytes, zeroes at the end not counted, after the last commit of the newest segment */
  bool closed;  /* ends in CLOSE, its COMMIT and its CHECKPOINT, and its writer said so */
  bool stopped; /* the visitor wanted no more */
} edi_log_summary;

/* Adds a diagnostic for `damage`, calls the visitor and, for errors, counts it. For reader and
 * verification. */
void edi_log_tell(const edi_log_visitor *visitor, edi_log_summary *summary,
                  edict_diagnostics *diagnostics, const edi_log_damage *damage);

/* OK: all files were intact but for a torn end (`torn`), also if the log is not closed. FORMAT:
 * there is damage; what could be read was delivered. NOT_FOUND: no log there. SYSTEM, MEMORY.
 * Diagnostics name file, byte, frame. `summary` may not be NULL; it is filled in every case. */
edict_status edi_log_read(const edi_system *system, const char *directory,
                          const edi_log_visitor *visitor, edi_log_summary *summary,
                          edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
