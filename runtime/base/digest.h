/* Digests: SHA-256 through OpenSSL (fast where the processor helps) and BLAKE2b through libsodium,
 * each over several parts as if they stood in one row.
 *
 * A hasher keeps OpenSSL's context so that hashing allocates nothing; one thread at a time. Functions
 * say false when the library failed (memory): the digest is then all zero and must not be used. */
#ifndef EDI_DIGEST_H
#define EDI_DIGEST_H

#include "base/bytes.h"

#define EDI_SHA256_BYTES 32
#define EDI_BLAKE2B_BYTES 32

typedef struct edi_hasher {
  void *context, *algorithm;
} edi_hasher;

/* EDICT_MEMORY if OpenSSL gives none. `fini` may be called after a failed `init` or on zeroes. */
edict_status edi_hasher_init(edi_hasher *hasher) EDICT_MUST_CHECK;
void edi_hasher_fini(edi_hasher *hasher);

bool edi_hasher_sha256(edi_hasher *hasher, const edi_str *parts, size_t count,
                       uint8_t digest[EDI_SHA256_BYTES]) EDICT_MUST_CHECK;
/* The same without a hasher, for the odd digest. */
bool edi_digest_sha256(const edi_str *parts, size_t count, uint8_t digest[EDI_SHA256_BYTES]) EDICT_MUST_CHECK;
/* BLAKE2b-256 without a key. */
bool edi_digest_blake2b(const edi_str *parts, size_t count, uint8_t digest[EDI_BLAKE2B_BYTES]) EDICT_MUST_CHECK;

#endif
