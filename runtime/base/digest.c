/* Digest: SHA-256 through OpenSSL's EVP interface.
 *
 * In: parts of bytes. Out: one digest. The algorithm is fetched once per hasher and its context is
 * reused, which is what makes short inputs fast. */
#include "base/digest.h"

#include <openssl/evp.h>

edict_status edi_hasher_init(edi_hasher *hasher) {
  *hasher = (edi_hasher){0};
  hasher->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
  hasher->context = EVP_MD_CTX_new();
  if (hasher->algorithm && hasher->context) return EDICT_OK;
  edi_hasher_fini(hasher);
  return EDICT_MEMORY;
}

void edi_hasher_fini(edi_hasher *hasher) {
  EVP_MD_CTX_free(hasher->context);
  EVP_MD_free(hasher->algorithm);
  *hasher = (edi_hasher){0};
}

bool edi_hasher_sha256(edi_hasher *hasher, const edi_str *parts, size_t count,
                       uint8_t digest[EDI_SHA256_BYTES]) {
  EVP_MD_CTX *context = hasher->context;
  bool good = context && EVP_DigestInit_ex2(context, hasher->algorithm, NULL) == 1;
  for (size_t i = 0; good && i < count; i++)
    good = parts[i].len == 0 || EVP_DigestUpdate(context, parts[i].ptr, parts[i].len) == 1;
  unsigned length = 0;
  good = good && EVP_DigestFinal_ex(context, digest, &length) == 1 && length == EDI_SHA256_BYTES;
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
