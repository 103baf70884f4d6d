/* Keyrings: the sealed file from which the keys of masks are derived, made and changed.
 *
 * The file is described in docs/keyring-format.md. `secret` opens it: the text of a key file, or a
 * passphrase; which of the two it is sealed with stands in the file. Texts that come out are freed with
 * edict_text_free; they are sealed, so they are no secrets by themselves. Since 0.1. */
#ifndef EDICT_KEYRING_H
#define EDICT_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "edict/diagnostics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_keyring_secret {
  const char *text;         /* of the key file, or the passphrase */
  size_t length;
  int passphrase;           /* for sealing: 1 if it is a passphrase */
} edict_keyring_secret;

/* The text of a key file, from 32 random bytes. Whoever has it opens what is sealed with it: wipe it. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_keyring_key_create(const unsigned char seed[32], char **text);

/* A keyring of one epoch, from 32 random bytes. EDICT_ARGUMENT: the federation's name has a blank or a
 * sign that cannot be seen, is empty or longer than 255 bytes; or the secret is no key and no passphrase
 * of at least 12 bytes. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_keyring_create(const char *federation, const unsigned char seed[32],
                                                               const edict_keyring_secret *secret, char **text);

typedef enum edict_keyring_change {
  EDICT_KEYRING_SEAL = 0,    /* with `sealed_with`: another secret, or the first one for a plain keyring */
  EDICT_KEYRING_ROTATE = 1,  /* a further epoch becomes the current one; the others open tokens still */
  EDICT_KEYRING_DESTROY = 2, /* `epoch` loses its root: what was made under it is erased for good */
} edict_keyring_change;

/* The keyring after a change, sealed with `sealed_with` if that is given, else with what it was sealed
 * with. `seed` is 32 fresh random bytes. EDICT_NOT_FOUND: no such epoch; EDICT_ARGUMENT: the current
 * epoch cannot be destroyed (rotate first); EDICT_LIMIT: 64 epochs are the most. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_keyring_edit(const char *keyring, size_t length, const edict_keyring_secret *secret,
                                                             edict_keyring_change change, uint64_t epoch,
                                                             const unsigned char seed[32],
                                                             const edict_keyring_secret *sealed_with, char **text,
                                                             edict_diagnostics *diagnostics);

/* The keyring with the own key of one subject destroyed: what a mask `by: row[TAG]` made for it under any epoch is no
 * longer opened, and nothing more is made. `of` is the tag, or the column's name of `by: row.NAME`, `subject` the value as
 * text. The keyring's version grows; who is given that version as the least takes no older copy. EDICT_LIMIT: 100,000 are
 * the most; EDICT_ARGUMENT: a keyring of the plain form. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_keyring_destroy_subject(const char *keyring, size_t length,
                                                                        const edict_keyring_secret *secret, const char *of,
                                                                        const char *subject, const unsigned char seed[32],
                                                                        char **text, edict_diagnostics *diagnostics);

/* What is in it, without secrets: "federation eu.example", then "epoch 1 past" and so on, a line each. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_keyring_describe(const char *keyring, size_t length,
                                                                 const edict_keyring_secret *secret, char **text,
                                                                 edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
