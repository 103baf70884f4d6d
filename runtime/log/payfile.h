/* Payload file: sealed payloads of one day and retention class, as bytes.
 *
 *     0  "EDICTPAY"   8 u32 version 1   12 u32 zero   16 log id   32 u64 number   40 i64 day
 *    48  u32 class   52 u32 zero   56 auditor's public key   88 sealed key, 80 bytes
 *   168  u32 zero   172 u32 CRC32C of bytes 0 to 171
 *   176  entries: u32 sealed length, u32 zero, 24-byte nonce, ciphertext with tag, zeroes to 8
 *
 * The sealed key is a libsodium sealed box of 32 bytes. A ciphertext is XChaCha20-Poly1305 of u32
 * length, payload, zeroes to a multiple of 256; its associated data is BLAKE2b-256 of the header
 * and the entry's offset (u64), so an entry is valid in its place only. */
#ifndef EDI_PAYFILE_H
#define EDI_PAYFILE_H

#include "log/layout.h"
#include "log/seal.h"

#define EDI_PAYFILE_HEADER_BYTES     176
#define EDI_PAYFILE_SEALED_KEY_BYTES 80
#define EDI_PAYFILE_SEALED_KEY_AT    88
#define EDI_PAYFILE_NONCE_BYTES      24
#define EDI_PAYFILE_TAG_BYTES        16
#define EDI_PAYFILE_KEY_BYTES        32
/* Of one entry's sealed bytes. */
#define EDI_PAYFILE_SEALED_MOST \
  (EDI_PAYFILE_NONCE_BYTES + EDI_SEAL_PAYLOAD_MOST + EDI_SEAL_PADDING + EDI_PAYFILE_TAG_BYTES)

typedef struct edi_payfile_header {
  uint8_t log_id[EDI_LOG_ID_BYTES];
  uint64_t number;
  int64_t day;
  uint32_t class;
  uint8_t auditor_key[32];
  uint8_t sealed_key[EDI_PAYFILE_SEALED_KEY_BYTES];
} edi_payfile_header;

void edi_payfile_header_encode(const edi_payfile_header *header,
                               uint8_t out[EDI_PAYFILE_HEADER_BYTES]);
bool edi_payfile_header_decode(const uint8_t bytes[EDI_PAYFILE_HEADER_BYTES],
                               edi_payfile_header *header);

/* Seals `key` to the auditor; `seed` is 32 random bytes. The result is what crypto_box_seal_open
 * opens. */
bool edi_payfile_seal_key(const uint8_t key[EDI_PAYFILE_KEY_BYTES], const uint8_t auditor_key[32],
                          uint8_t seed[32],
                          uint8_t sealed[EDI_PAYFILE_SEALED_KEY_BYTES]) EDICT_MUST_CHECK;

/* Bytes of an entry whose payload is `length` long: header, sealed bytes, padding. */
size_t edi_payfile_entry_size(size_t length);
/* Sealed bytes of a size class, nonce included. */
size_t edi_payfile_sealed_size(uint32_t size_class);

/* Writes the entry at `out` (edi_payfile_entry_size bytes) and fills size class and digest of
 * `pointer`, whose offset is given. */
void edi_payfile_entry_encode(const uint8_t key[EDI_PAYFILE_KEY_BYTES],
                              const uint8_t header_digest[32],
                              const uint8_t nonce[EDI_PAYFILE_NONCE_BYTES], const void *bytes,
                              size_t length, uint8_t *out, edi_seal_pointer *pointer);
/* Opens an entry's sealed bytes in place: *payload points into them. False: not sealed with this
 * key, for this file and place. */
bool edi_payfile_entry_decode(const uint8_t key[EDI_PAYFILE_KEY_BYTES],
                              const uint8_t header_digest[32], uint64_t offset, uint8_t *sealed,
                              size_t sealed_length, edi_str *payload);

#endif
