/* Keyring file: the text of a keyring, opened, changed and sealed again: docs/keyring-format.md.
 *
 * In: bytes from anywhere and a secret. Out: epochs with their roots, in memory that the caller locks and
 * wipes; or a diagnostic that shows nothing of either. */
#ifndef EDI_KEYRING_FILE_H
#define EDI_KEYRING_FILE_H

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "edict/keyring.h"

enum {
  EDI_KEYRING_MOST = 8 * 1024 * 1024, /* bytes of the file */
  EDI_GONE_MOST = 100000,   /* entities whose keys are destroyed */
  EDI_ENTITY_BYTES = 16,    /* what stands for one */
  EDI_EPOCHS_MOST = 64,
  EDI_FEDERATION_MOST = 255,
  EDI_ROOT_BYTES = 32,
  EDI_PASSPHRASE_LEAST = 12,
};

typedef enum edi_epoch_state { EDI_EPOCH_PAST, EDI_EPOCH_CURRENT, EDI_EPOCH_DESTROYED } edi_epoch_state;
typedef struct edi_epoch {
  uint64_t number;
  edi_epoch_state state;
  unsigned char root[EDI_ROOT_BYTES]; /* zero if destroyed */
} edi_epoch;

typedef enum edi_seal { EDI_SEAL_NONE, EDI_SEAL_KEY, EDI_SEAL_PASSPHRASE } edi_seal;
typedef struct edi_keyring_text {
  char federation[EDI_FEDERATION_MOST + 1];
  size_t federation_length;
  edi_seal seal;             /* NONE: the plain form v1 */
  size_t count;
  edi_epoch epochs[EDI_EPOCHS_MOST]; /* by number; exactly one is current */
  uint64_t version;          /* of the form v3: one more with each change; else 0 */
  unsigned char *gone;       /* entities whose keys are destroyed, ascending; of sodium_malloc, or NULL */
  size_t gone_count;
} edi_keyring_text;
edi_keyring_text *edi_keyring_text_new(void); /* NULL: no memory */
void edi_keyring_text_free(edi_keyring_text *keyring); /* NULL allowed */
/* What stands for an entity; `name` is the BLAKE2b-256 of the federation's. */
void edi_entity_hash(const unsigned char name[32], edi_str of, edi_str value, unsigned char entity[EDI_ENTITY_BYTES]);
/* Whether it is among them; *place, unless it is NULL, is where it is or would be. */
bool edi_entity_find(const unsigned char *all, size_t count, const unsigned char *entity, size_t *place);

bool edi_keyring_federation_valid(edi_str name);
/* FORMAT with R0601, UNTRUSTED with R0603 (it does not open) or R0604 (no secret). `secret` may be NULL. */
edict_status edi_keyring_read(edi_str text, const edict_keyring_secret *secret, edi_keyring_text *out,
                              edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Sealed with the secret; salt and nonce come from `seed`, 32 bytes that are used for nothing else.
 * ARGUMENT: no key, no passphrase of the least length. */
edict_status edi_keyring_write(const edi_keyring_text *keyring, const edict_keyring_secret *secret, const unsigned char seed[32],
                               edi_buf *into) EDICT_MUST_CHECK;

#endif
