/* Digest: SHA-256 by OpenSSL's own functions.
 *
 * In: parts of bytes. Out: one digest. EVP, which is meant to take the place of these functions, allocates
 * and frees a context for every digest, which takes as long as the digest of a short text. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <openssl/sha.h>

edict_status edi_hasher_init(edi_hasher *hasher) {
  hasher->ready = true;
  return EDICT_OK;
}

void edi_hasher_fini(edi_hasher *hasher) { hasher->ready = false; }

bool edi_hasher_sha256(edi_hasher *hasher, const edi_str *parts, size_t count,
                       uint8_t digest[EDI_SHA256_BYTES]) {
  SHA256_CTX state;
  bool good = hasher->ready && SHA256_Init(&state) == 1;
  for (size_t i = 0; good && i < count; i++)
    good = parts[i].len == 0 || SHA256_Update(&state, parts[i].ptr, parts[i].len) == 1;
  good = good && SHA256_Final(digest, &state) == 1;
  if (!good) memset(digest, 0, EDI_SHA256_BYTES);
  return good;
}

bool edi_digest_sha256(const edi_str *parts, size_t count, uint8_t digest[EDI_SHA256_BYTES]) {
  edi_hasher hasher;
  bool good =
      edi_hasher_init(&hasher) == EDICT_OK && edi_hasher_sha256(&hasher, parts, count, digest);
  if (!good) memset(digest, 0, EDI_SHA256_BYTES);
  edi_hasher_fini(&hasher);
  return good;
}
