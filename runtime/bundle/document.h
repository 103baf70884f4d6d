/* Document: what people sign: a bundle, a root document, or the text of a bundle's manifest alone (a request).
 *
 * The bytes decide which: a bundle by its magic, the others by their first line. What is no document, or is
 * one that nobody should sign yet (a root whose thresholds cannot be met), is refused. */
#ifndef EDI_DOCUMENT_H
#define EDI_DOCUMENT_H

#include "bundle/root.h"
#include "bundle/bundle.h"
#include "bundle/signing.h"

typedef enum edi_document_kind { EDI_DOCUMENT_BUNDLE = 1, EDI_DOCUMENT_REQUEST, EDI_DOCUMENT_ROOT } edi_document_kind;

typedef struct edi_document {
  edi_document_kind kind;
  edi_str bytes;
  edi_signable signable;
  const edi_manifest *manifest; /* of a bundle and a request */
  const edi_root *root;
  unsigned char digest[EDI_DIGEST_BYTES]; /* of the text */
} edi_document;

edict_status edi_document_open(edi_arena *arena, edi_str bytes, edi_document *document,
                               edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The document under these signatures: `note` is its text, a blank line and signature lines. */
edict_status edi_document_attach(edi_arena *arena, const edi_document *document, edi_str note, edi_buf *into,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
