/* Payload file: header, sealed keys and entries, encoded and opened.
 *
 * In: keys, nonces and payloads, or bytes of unknown origin. Out: bytes, or payloads whose
 * encryption, place and padding are right. Randomness is an argument. */
#include "log/payfile.h"

#include <sodium.h>

#include "bundle/manifest.h"

_Static_assert(EDI_PAYFILE_SEALED_KEY_BYTES == EDI_PAYFILE_KEY_BYTES + crypto_box_SEALBYTES,
               "sealed box");
_Static_assert(EDI_PAYFILE_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(EDI_PAYFILE_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(EDI_PAYFILE_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");

enum { VERSION = 1, AT_CRC = 172, LENGTH_BYTES = 4, ENTRY_HEAD = 8 };

static const char magic[8] = "EDICTPAY";

void edi_payfile_header_encode(const edi_payfile_header *header,
                               uint8_t out[EDI_PAYFILE_HEADER_BYTES]) {
  memset(out, 0, EDI_PAYFILE_HEADER_BYTES);
  memcpy(out, magic, sizeof magic);
  edi_put32(out + 8, VERSION);
  memcpy(out + 16, header->log_id, EDI_LOG_ID_BYTES);
  edi_put64(out + 32, header->number);
  edi_put64(out + 40, (uint64_t)header->day);
  edi_put32(out + 48, header->class);
  memcpy(out + 56, header->auditor_key, 32);
  memcpy(out + EDI_PAYFILE_SEALED_KEY_AT, header->sealed_key, EDI_PAYFILE_SEALED_KEY_BYTES);
  edi_put32(out + AT_CRC, edi_crc32c(0, out, AT_CRC));
}

bool edi_payfile_header_decode(const uint8_t bytes[EDI_PAYFILE_HEADER_BYTES],
                               edi_payfile_header *header) {
  memcpy(header->log_id, bytes + 16, EDI_LOG_ID_BYTES);
  header->number = edi_get64(bytes + 32);
  header->day = (int64_t)edi_get64(bytes + 40);
  header->class = edi_get32(bytes + 48);
  memcpy(header->auditor_key, bytes + 56, 32);
  memcpy(header->sealed_key, bytes + EDI_PAYFILE_SEALED_KEY_AT, EDI_PAYFILE_SEALED_KEY_BYTES);
  uint8_t again[EDI_PAYFILE_HEADER_BYTES];
  edi_payfile_header_encode(header, again);
  return memcmp(again, bytes, sizeof again) == 0;
}

/* crypto_box_seal takes its randomness from libsodium; this is the same box from a given seed. */
bool edi_payfile_seal_key(const uint8_t key[EDI_PAYFILE_KEY_BYTES], const uint8_t auditor_key[32],
                          uint8_t seed[32], uint8_t sealed[EDI_PAYFILE_SEALED_KEY_BYTES]) {
  uint8_t secret[crypto_box_SECRETKEYBYTES], nonce[crypto_box_NONCEBYTES];
  crypto_generichash_state state;
  bool good = crypto_box_seed_keypair(sealed, secret, seed) == 0;
  good = good && crypto_generichash_init(&state, NULL, 0, sizeof nonce) == 0;
  good = good && crypto_generichash_update(&state, sealed, crypto_box_PUBLICKEYBYTES) == 0;
  good = good && crypto_generichash_update(&state, auditor_key, crypto_box_PUBLICKEYBYTES) == 0;
  good = good && crypto_generichash_final(&state, nonce, sizeof nonce) == 0;
  good = good && crypto_box_easy(sealed + crypto_box_PUBLICKEYBYTES, key, EDI_PAYFILE_KEY_BYTES,
                                 nonce, auditor_key, secret) == 0;
  sodium_memzero(secret, sizeof secret);
  sodium_memzero(seed, 32);
  return good;
}

/* ---- entries ---- */

static size_t padded(size_t length) {
  return (LENGTH_BYTES + length + EDI_SEAL_PADDING - 1) / EDI_SEAL_PADDING * EDI_SEAL_PADDING;
}

size_t edi_payfile_sealed_size(uint32_t size_class) {
  return EDI_PAYFILE_NONCE_BYTES + (size_t)size_class * EDI_SEAL_PADDING + EDI_PAYFILE_TAG_BYTES;
}

static size_t entry_size(uint32_t size_class) {
  return (ENTRY_HEAD + edi_payfile_sealed_size(size_class) + 7) / 8 * 8;
}

size_t edi_payfile_entry_size(size_t length) {
  return entry_size((uint32_t)(padded(length) / EDI_SEAL_PADDING));
}

static void associate(const uint8_t header_digest[32], uint64_t offset, uint8_t out[40]) {
  memcpy(out, header_digest, 32);
  edi_put64(out + 32, offset);
}

void edi_payfile_entry_encode(const uint8_t key[EDI_PAYFILE_KEY_BYTES],
                              const uint8_t header_digest[32],
                              const uint8_t nonce[EDI_PAYFILE_NONCE_BYTES], const void *bytes,
                              size_t length, uint8_t *out, edi_seal_pointer *pointer) {
  size_t plain = padded(length);
  uint8_t associated[40], *sealed = out + ENTRY_HEAD, *cipher = sealed + EDI_PAYFILE_NONCE_BYTES;
  pointer->size_class = (uint32_t)(plain / EDI_SEAL_PADDING);
  size_t sealed_length = edi_payfile_sealed_size(pointer->size_class);
  associate(header_digest, pointer->offset, associated);
  memset(out, 0, entry_size(pointer->size_class));
  edi_put32(out, (uint32_t)sealed_length);
  memcpy(sealed, nonce, EDI_PAYFILE_NONCE_BYTES);
  edi_put32(cipher, (uint32_t)length); /* encrypted where it stands */
  if (length > 0) memcpy(cipher + LENGTH_BYTES, bytes, length);
  (void)crypto_aead_xchacha20poly1305_ietf_encrypt(cipher, NULL, cipher, plain, associated,
                                                   sizeof associated, NULL, nonce,
                                                   key); /* cannot fail at these lengths */
  edi_digest(sealed, sealed_length, pointer->digest);
}

bool edi_payfile_entry_decode(const uint8_t key[EDI_PAYFILE_KEY_BYTES],
                              const uint8_t header_digest[32], uint64_t offset, uint8_t *sealed,
                              size_t sealed_length, edi_str *payload) {
  *payload = (edi_str){0};
  if (sealed_length < edi_payfile_sealed_size(1)) return false;
  uint8_t associated[40], *cipher = sealed + EDI_PAYFILE_NONCE_BYTES;
  unsigned long long plain = 0;
  associate(header_digest, offset, associated);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(cipher, &plain, NULL, cipher,
                                                 sealed_length - EDI_PAYFILE_NONCE_BYTES,
                                                 associated, sizeof associated, sealed, key) != 0)
    return false;
  size_t length = edi_get32(cipher);
  if (length > EDI_SEAL_PAYLOAD_MOST || padded(length) != plain) return false;
  for (size_t i = LENGTH_BYTES + length; i < plain; i++)
    if (cipher[i] != 0) return false;
  *payload = (edi_str){(const char *)cipher + LENGTH_BYTES, length};
  return true;
}

/* ---- pointers ---- */

void edi_seal_pointer_encode(const edi_seal_pointer *pointer, uint8_t out[EDI_SEAL_POINTER_BYTES]) {
  edi_put64(out, pointer->file);
  edi_put64(out + 8, pointer->offset);
  edi_put32(out + 16, pointer->size_class);
  edi_put32(out + 20, 0);
  memcpy(out + 24, pointer->digest, EDI_SEAL_DIGEST_BYTES);
}

bool edi_seal_pointer_decode(const uint8_t bytes[EDI_SEAL_POINTER_BYTES],
                             edi_seal_pointer *pointer) {
  edi_seal_pointer found = {.file = edi_get64(bytes),
                            .offset = edi_get64(bytes + 8),
                            .size_class = edi_get32(bytes + 16)};
  memcpy(found.digest, bytes + 24, EDI_SEAL_DIGEST_BYTES);
  *pointer = (edi_seal_pointer){0};
  if (edi_get32(bytes + 20) != 0 || found.offset < EDI_PAYFILE_HEADER_BYTES ||
      found.offset % 8 != 0 || found.offset > INT64_MAX - EDI_PAYFILE_SEALED_MOST)
    return false;
  if (found.size_class == 0 || found.size_class > padded(EDI_SEAL_PAYLOAD_MOST) / EDI_SEAL_PADDING)
    return false;
  *pointer = found;
  return true;
}
