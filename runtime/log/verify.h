/* Log verification: what an auditor runs. Files and a public key are all it needs.
 *
 * It reads every byte of every file of the directory: frames, CRCs and padding; computes the tree
 * anew and compares it at every COMMIT, CHECKPOINT, SEGMENT and CLOSE; checks every signature, the
 * identity, the `checkpoint` file, payload files against their PAYLOAD leaves, bytes kept aside
 * against their RECOVERY leaves, erased files against ERASURE leaves. In a closed log any changed
 * byte of any file is found and its file named. In a log that is not closed, what comes after its
 * last checkpoint can only be called torn or changed; what is before it is held to the same
 * standard. */
#ifndef EDI_LOG_VERIFY_H
#define EDI_LOG_VERIFY_H

#include "log/reader.h"
#include "log/tree.h"

typedef struct edi_log_verify_options {
  /* Whom to believe: origins and public keys of logs. */
  const edi_note_key *keys;
  size_t key_count;
  /* Without keys: believe the key in `ident`. That proves that the files belong together, not whose
   * they are. */
  bool own_key;
  /* A checkpoint that the auditor kept from earlier (a signed note), or empty. The log must contain
   * it: this is what finds a rollback. */
  edi_str earlier;
} edi_log_verify_options;

typedef struct edi_log_verdict {
  edi_log_summary log;
  edi_tree_hash root; /* over log.size leaves, where no damage hid a leaf */
  bool root_known;
  uint64_t commits, checkpoints, recoveries, erasures;
  uint64_t dropped;         /* as the log itself counted them */
  uint64_t checkpoint_size; /* leaves under the newest good signature */
  uint64_t uncovered;       /* leaves after it */
  uint64_t payload_files;   /* checked against their digests */
  uint64_t payload_open;    /* without a PAYLOAD leaf yet (a log that is not closed) */
  uint64_t payload_erased;
} edi_log_verdict;

/* OK: all that the log's last checkpoint covers is intact and signed; `verdict->log.closed` says
 * whether that is all there is (if not, R0419 warns); a torn tail that is not covered is a warning
 * too (R0411) and `verdict->log.torn`. FORMAT: damage, each place with a diagnostic and
 * `visitor->damage`. UNTRUSTED: a signature of a known key is bad, or no known key signed identity
 * or checkpoint. VERSION: the log does not contain `earlier`. If several, the first in the order
 * FORMAT, UNTRUSTED, VERSION. NOT_FOUND, SYSTEM, MEMORY, ARGUMENT. `visitor` may be NULL; its leaf
 * function sees every leaf as it is read, before the verdict on it. A log that is being written at
 * the same time may look as if files were missing: verify it again, or a copy. */
edict_status edi_log_verify(const edi_system *system, const char *directory,
                            const edi_log_verify_options *options, const edi_log_visitor *visitor,
                            edi_log_verdict *verdict,
                            edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
