/* Keyed hash: BLAKE2b-128 (RFC 7693) with a key of 32 bytes, of short messages, many of them under one key.
 *
 * A key takes a block of its own; here that block is hashed once, so that a message of at most 128 bytes takes one
 * compression and not two. What comes out is what libsodium's crypto_generichash gives. Source: RFC 7693. */
#ifndef EDI_KEYEDHASH_H
#define EDI_KEYEDHASH_H

#include <stddef.h>
#include <stdint.h>

#define EDI_KEYEDHASH_BYTES 16
#define EDI_KEYEDHASH_MOST 128 /* bytes of a message */

typedef struct edi_keyedhash { uint64_t h[8]; } edi_keyedhash; /* after the key: as secret as it */

void edi_keyedhash_init(edi_keyedhash *hash, const unsigned char key[32]);
/* `block` holds the message of 1 to 128 bytes, and zeros behind it. */
void edi_keyedhash_short(const edi_keyedhash *hash, const unsigned char block[128], size_t length, unsigned char out[EDI_KEYEDHASH_BYTES]);

#endif
