/* Checkpoint: a signed tree head (C2SP tlog-checkpoint), exactly three lines and one signature.
 *
 *   <origin>
 *   <number of leaves>
 *   <base64 of the root>
 *
 *   — <origin> <base64(hint || signature)>
 *
 * Extension lines and other signatures are refused, so that one tree head has one text: a changed
 * byte shows even where a verifier would not look. */
#ifndef EDI_CHECKPOINT_H
#define EDI_CHECKPOINT_H

#include "bundle/note.h"
#include "log/tree.h"

typedef struct edi_checkpoint {
  uint64_t size;
  edi_tree_hash root;
} edi_checkpoint;

/* Appends the signed note. `origin` is also the key's name. */
edict_status edi_checkpoint_sign(edi_buf *buf, edi_str origin, const edi_checkpoint *checkpoint,
                                 const uint8_t secret_key[EDI_NOTE_SECRET_BYTES]) EDICT_MUST_CHECK;
/* FORMAT: not of this form or of another origin. UNTRUSTED: not signed by `key`. MEMORY. */
edict_status edi_checkpoint_open(edi_str bytes, const edi_note_key *key, edi_checkpoint *checkpoint,
                                 const char **why) EDICT_MUST_CHECK;
/* The note has this key's signature and no other. Also for identities. */
edict_status edi_checkpoint_signed_once(const edi_note *note, const edi_note_key *key,
                                        const char **why) EDICT_MUST_CHECK;

#endif
