/* Sealed payloads: bytes that only the auditor can read and that can be erased on their own.
 *
 * In: a day, a retention class, bytes. Out: a pointer that a record holds. Payloads of one day and
 * class share a random key, sealed to the auditor's public key (X25519) at the head of their files;
 * each is encrypted with XChaCha20-Poly1305, its length padded to a multiple of 256 and its place
 * in the file bound to it. The writer forgets the key when it closes the file and could not read it
 * again. Erasing a day overwrites the sealed key and deletes the file; an ERASURE leaf says so. */
#ifndef EDI_SEAL_H
#define EDI_SEAL_H

#include "log/store.h"

#define EDI_SEAL_DIGEST_BYTES  32
#define EDI_SEAL_POINTER_BYTES 56
#define EDI_SEAL_PADDING       256
#define EDI_SEAL_PAYLOAD_MOST  (1024 * 1024) /* bytes of one payload before padding */
#define EDI_SEAL_CLASS_MOST    65535
#define EDI_SEAL_SECRET_BYTES  32 /* X25519 */

/* Where a payload is and what it is. All zero: there is none. */
typedef struct edi_seal_pointer {
  uint64_t file;                         /* number in the file's name: pay-<20 digits>.edp */
  uint64_t offset;                       /* of the entry; never 0 */
  uint32_t size_class;                   /* padded length / 256; never 0 */
  uint8_t digest[EDI_SEAL_DIGEST_BYTES]; /* BLAKE2b-256 of the sealed bytes, nonce included */
} edi_seal_pointer;

/* 56 bytes: file, offset, size class, four zero bytes, digest. Decoding refuses what no put
 * gives. */
void edi_seal_pointer_encode(const edi_seal_pointer *pointer, uint8_t out[EDI_SEAL_POINTER_BYTES]);
bool edi_seal_pointer_decode(const uint8_t bytes[EDI_SEAL_POINTER_BYTES],
                             edi_seal_pointer *pointer);

/* Seals `length` bytes (at most EDI_SEAL_PAYLOAD_MOST) for `day` (days since 1970) and `class` (0
 * to 65,535). The payload is on disk before any leaf appended afterwards counts as committed.
 * ARGUMENT: no auditor's key, a day out of the calendar, a class or length too large. LIMIT: the
 * disk is full, or 32 pairs of day and class are open (edi_seal_finish finishes them). SYSTEM,
 * MEMORY, BUSY as for append. Any thread. */
edict_status edi_seal_put(edi_store *store, int64_t day, uint32_t class, const void *bytes,
                          size_t length, edi_seal_pointer *pointer,
                          edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Finishes the files of days before `day`: their PAYLOAD leaves are written. Hosts call it once a
 * day; close finishes all. */
edict_status edi_seal_finish(edi_store *store, int64_t day,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Erases every payload of `class` of the days up to and including `through_day`: an ERASURE leaf
 * for each file is committed, then its key is overwritten and the file deleted. *files counts them.
 * May be repeated after a failure. */
edict_status edi_seal_erase(edi_store *store, int64_t through_day, uint32_t class, uint64_t *files,
                            edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The auditor's side: reads payloads of one directory; keeps a few files open. One thread at a
 * time. The secret key is copied and wiped at destroy. */
typedef struct edi_seal_opener edi_seal_opener;
edict_status edi_seal_opener_create(const edi_system *system, const char *directory,
                                    const uint8_t secret_key[EDI_SEAL_SECRET_BYTES],
                                    const edi_allocator *allocator, edi_seal_opener **opener,
                                    edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void edi_seal_opener_destroy(edi_seal_opener **opener);

/* Appends the payload to `out`. NOT_FOUND: the file is gone (erased or lost; the log says which).
 * UNTRUSTED: sealed to another key. FORMAT: digest, place or encryption do not fit. On anything but
 * OK `out` is as before. */
edict_status edi_seal_open(edi_seal_opener *opener, const edi_seal_pointer *pointer, edi_buf *out,
                           edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* A new auditor's key pair. */
edict_status edi_seal_keys(const edi_system *system, uint8_t public_key[32],
                           uint8_t secret_key[EDI_SEAL_SECRET_BYTES]) EDICT_MUST_CHECK;

#endif
