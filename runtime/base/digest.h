/* Digest: SHA-256 through OpenSSL (four times libsodium's speed where the processor helps), over
 * several parts as if they stood in one row. BLAKE2b comes from libsodium directly.
 *
 * Hashing allocates nothing. A hasher says that its owner is ready to hash; one thread at a time.
 * Functions say false when the library failed: the digest is then all zero and must not be used. */
#ifndef EDI_DIGEST_H
#define EDI_DIGEST_H

#include "base/bytes.h"

#define EDI_SHA256_BYTES 32

typedef struct edi_hasher {
  bool ready;
} edi_hasher;

/* `fini` may be called on zeroes. */
edict_status edi_hasher_init(edi_hasher *hasher) EDICT_MUST_CHECK;
void edi_hasher_fini(edi_hasher *hasher);

bool edi_hasher_sha256(edi_hasher *hasher, const edi_str *parts, size_t count,
                       uint8_t digest[EDI_SHA256_BYTES]) EDICT_MUST_CHECK;
/* The same without a hasher, for the odd digest. */
bool edi_digest_sha256(const edi_str *parts, size_t count,
                       uint8_t digest[EDI_SHA256_BYTES]) EDICT_MUST_CHECK;

#endif
