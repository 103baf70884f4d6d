/* Bundle: keys, signatures and a look inside, for tools. Hosts need edict/engine.h alone. Since 0.1. */
#ifndef EDICT_BUNDLES_H
#define EDICT_BUNDLES_H

#include <stddef.h>
#include <stdint.h>

#include "edict/diagnostics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An Ed25519 key pair from 32 random bytes, as texts that the caller frees with edict_text_free: the
 * C2SP verifier key ("name+hash+base64", to be trusted) and the secret key ("edict-secret-key/v1 name
 * base64", to be guarded). `name`: no blank, no `+`, 1 to 255 bytes. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_key_generate(const char *name, const unsigned char seed[32],
                                                             char **verifier, char **secret);
/* Name and 64 secret bytes of such a secret key text. EDICT_FORMAT if it is not one. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_key_parse(const char *secret, size_t length, char name[256],
                                                          unsigned char key[64]);

/* A copy of the bundle with one more signature. Changes no signed byte. The bytes must be 8-byte
 * aligned. The caller frees the copy with edict_text_free. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_sign(const void *bytes, size_t length, const char *secret,
                                                            size_t secret_length, char **signed_bytes,
                                                            size_t *signed_length,
                                                            edict_diagnostics *diagnostics);
/* Opens, verifies (bytecode or table included) and authenticates as an engine would; `trust` is a trust store or a
 * root document, and NULL skips
 * signatures. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_verify(const void *bytes, size_t length, const char *trust,
                                                              size_t trust_length, int64_t now,
                                                              edict_diagnostics *diagnostics);
/* The manifest, signatures, files and a summary as text; with `disassemble` the whole program too. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_inspect(const void *bytes, size_t length, int disassemble,
                                                               char **text, size_t *text_length,
                                                               edict_diagnostics *diagnostics);
/* The worst-case cost of each rule and action as text, the dearest first. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_costs(const void *bytes, size_t length, char **text,
                                                             size_t *text_length, edict_diagnostics *diagnostics);
/* What a manifest says, for tools. Texts end in a NUL. */
typedef struct edict_bundle_facts {
  char name[256];
  char layer[16];           /* "federal", "domain", "table" */
  uint64_t version;
  int64_t not_before, expires; /* microseconds since 1970, UTC */
} edict_bundle_facts;
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_about(const void *bytes, size_t length, edict_bundle_facts *facts,
                                                             edict_diagnostics *diagnostics);
/* The names that a bundle of rules declares in a taxonomy ("domain", "tag", "issuer") or a scale
 * ("classification"), one a line in their order, without those that contracts may not use; empty if there
 * is no such kind. The caller frees them with edict_text_free. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_names(const void *bytes, size_t length, const char *kind,
                                                             char **names, size_t *names_length,
                                                             edict_diagnostics *diagnostics);
/* A contract that a bundle of rules carries, by the id that it states: the one of `version` ("v1.0.0" and "1.0.0" are one) if
 * there are several, else the first. Texts are borrowed from `bytes`. EDICT_NOT_FOUND: none has that id. */
typedef struct edict_bundle_contract {
  const char *product, *version, *status; /* not ended by a NUL */
  size_t product_length, version_length, status_length;
  int of_version;           /* it is of the version that was asked for, or none was */
} edict_bundle_contract;
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_find_contract(const void *bytes, size_t length, const char *id,
                                                                     const char *version, edict_bundle_contract *contract,
                                                                     edict_diagnostics *diagnostics);
/* A file of the bundle by name ("rules/privacy.edict"), borrowed from `bytes`; EDICT_NOT_FOUND. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_file(const void *bytes, size_t length, const char *name,
                                                            const char **file, size_t *file_length,
                                                            edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
