/* Signers: which keys of a trust store stand behind a note, and how many of each role. */
#ifndef EDI_SIGNERS_H
#define EDI_SIGNERS_H

#include "bundle/note.h"
#include "bundle/trust.h"

typedef struct edi_signers {
  edi_note_key keys[EDI_NOTE_KEYS_MOST]; /* those that the note names */
  uint32_t roles[EDI_NOTE_KEYS_MOST];    /* of the store */
  size_t count;
  bool known;                            /* some signature says that it is by one of them */
  uint64_t verified;                     /* bit i: keys[i] signed */
} edi_signers;

/* Every key of the store that the note names is asked, whatever its role: a signature of a known key that
 * does not verify refuses the note. UNTRUSTED, also where none signed; LIMIT, MEMORY. */
edict_status edi_signers_find(const edi_note *note, const edi_trust *trust, edi_signers *signers,
                              const char **why) EDICT_MUST_CHECK;
/* Different keys of a role that signed. */
unsigned edi_signers_count(const edi_signers *signers, uint32_t role);

#endif
