/* Mint: signs tokens for tests and demonstrations, good ones and bad ones.
 *
 * Header and payload are taken as they are, byte for byte, so that a token can be wrong in one place and
 * right in all others. The same input gives the same token: RS256 has no randomness, and for ES256 the
 * nonce is derived from key and message (RFC 6979). Not part of the product. */
#ifndef MINT_H
#define MINT_H

#include <openssl/types.h>

#include "base/bytes.h"

enum { MINT_SIGNATURE_MOST = 1024 };

/* A private key from a PEM file, for EVP_PKEY_free; NULL if there is none. */
EVP_PKEY *mint_key(const char *path);

/* Signs `input` by "RS256", "ES256" (r and s, 32 bytes each), "HS256" (with `secret`) or "none" (no
 * bytes); false if key and algorithm do not fit. */
bool mint_sign(const char *algorithm, EVP_PKEY *key, edi_str secret, edi_str input,
               unsigned char signature[MINT_SIGNATURE_MOST], size_t *length);

/* header.payload.signature, each in base64url. */
bool mint_token(const char *algorithm, EVP_PKEY *key, edi_str secret, edi_str header,
                edi_str payload, edi_buf *token);

#endif
