/* Ceremony: root documents, signatures made in one place or in several, and the state that a host keeps; for tools.
 * Hosts need edict/engine.h and edict/holder.h alone. Since 0.1. */
#ifndef EDICT_CEREMONY_H
#define EDICT_CEREMONY_H

#include <stddef.h>
#include <stdint.h>

#include "edict/diagnostics.h"
#include "edict/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- signatures ----
 * A document is a bundle, a root document, or the text of a bundle's manifest alone: what a person signs who does
 * not have the bundle. Bundles must stand at a multiple of 8. What is written is freed with edict_text_free. */
typedef struct edict_document_facts {
  char kind[16];            /* "bundle", "request", "root" */
  char name[256];
  char layer[512];          /* "federal", "domain sales", ...; of a root "root" */
  uint64_t version;
  int64_t expires;
  unsigned char digest[32]; /* of what is signed */
  size_t signatures;
} edict_document_facts;
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_document_about(const void *bytes, size_t length,
                                                               edict_document_facts *facts,
                                                               edict_diagnostics *diagnostics);
/* A copy with one more signature; changes no signed byte. EDICT_ARGUMENT: the key has signed it already. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_document_sign(const void *bytes, size_t length, const char *secret,
                                                              size_t secret_length, char **signed_bytes,
                                                              size_t *signed_length, edict_diagnostics *diagnostics);
/* Warns (W0253) of a key whose signature of the document counts for nothing: of a bundle under `trust`, a trust store or a root
 * document, whose own signatures and time are not looked at; of a root document, under itself or under that. `trust` NULL:
 * of a bundle nothing is known. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_document_check_signer(const void *bytes, size_t length, const char *trust,
                                                                      size_t trust_length, const char *secret,
                                                                      size_t secret_length, edict_diagnostics *diagnostics);
/* What is signed, as a text: it can be signed elsewhere as a document of its own. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_document_request(const void *bytes, size_t length, char **text,
                                                                 size_t *text_length, edict_diagnostics *diagnostics);
/* A copy with those signatures of `note` that it does not have; *added is how many. EDICT_ARGUMENT: `note` is of
 * another text. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_document_add(const void *bytes, size_t length, const char *note,
                                                             size_t note_length, char **signed_bytes,
                                                             size_t *signed_length, size_t *added,
                                                             edict_diagnostics *diagnostics);

/* ---- root documents ----
 * A draft is one that nobody has signed yet; only drafts are edited. */
/* Version 1 of a federation, without keys. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_root_begin(const char *name, int64_t expires, char **draft,
                                                           size_t *draft_length, edict_diagnostics *diagnostics);
/* The version after a root document that was signed: the same roles and keys. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_root_rotate(const char *root, size_t length, int64_t expires,
                                                            char **draft, size_t *draft_length,
                                                            edict_diagnostics *diagnostics);
/* With one more statement, such as "federal eu.example KEY" or "threshold root 2", which takes the place of the
 * threshold that the role has. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_root_add(const char *draft, size_t length, const char *statement,
                                                         char **changed, size_t *changed_length,
                                                         edict_diagnostics *diagnostics);
/* Without a key, which is a verifier key or the name of one. EDICT_NOT_FOUND; EDICT_ARGUMENT: several have the name. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_root_revoke(const char *draft, size_t length, const char *key,
                                                            char **changed, size_t *changed_length,
                                                            edict_diagnostics *diagnostics);
/* Verifies each of `roots`, and that the others follow the first, in any order, to one that is in its time: *newest
 * (may be NULL) is its number. One that is older than the first is EDICT_VERSION. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_root_verify(const edict_bytes *roots, size_t count, int64_t now,
                                                            size_t *newest, edict_diagnostics *diagnostics);
/* Roles, thresholds and keys of a root document, a draft, or a trust store, who signed it, and what it still lacks; or
 * what a state file says; as a text for people. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_trust_show(const char *text, size_t length, int64_t now, char **shown,
                                                           size_t *shown_length, edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
