/* Signing: signatures put under a text, made here or brought from elsewhere. */
#ifndef EDI_SIGNING_H
#define EDI_SIGNING_H

#include "base/diagnostic.h"
#include "bundle/note.h"

/* A text and the signature lines under it, without the blank line between; empty: unsigned. */
typedef struct edi_signable {
  edi_str text, signatures;
  const char *what; /* "bundle", for messages */
} edi_signable;

/* The note with one more signature. Refuses a second one by the same key, and a key whose halves differ. */
edict_status edi_signing_sign(const edi_signable *s, edi_str name, const unsigned char secret_key[64], edi_buf *note,
                              edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The note with the signatures of `other` that it does not have, which must be of the same text; how many. */
edict_status edi_signing_merge(const edi_signable *s, edi_str other, edi_buf *note, size_t *added,
                               edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
