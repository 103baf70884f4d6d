/* Mint: signs tokens for tests and demonstrations, good ones and bad ones.
 *
 * Header and payload are taken as they are, byte for byte, so that a token can be wrong in one place and
 * right in all others. The same input gives the same token: nonces of ECDSA are derived from key and
 * message (RFC 6979), and salts of PSS from the message. Not part of the product. */
#ifndef MINT_H
#define MINT_H

#include <openssl/types.h>

#include "base/bytes.h"

enum { MINT_SIGNATURE_MOST = 1024 };

/* A private key from a PEM file, for EVP_PKEY_free; NULL if there is none. */
EVP_PKEY *mint_key(const char *path);

/* Signs `input` by any algorithm of algorithms.def (HS256 and its kin with `secret`) or "none" (no bytes);
 * false if key and algorithm do not fit. */
bool mint_sign(const char *algorithm, EVP_PKEY *key, edi_str secret, edi_str input,
               unsigned char signature[MINT_SIGNATURE_MOST], size_t *length);

/* header.payload.signature, each in base64url. */
bool mint_token(const char *algorithm, EVP_PKEY *key, edi_str secret, edi_str header,
                edi_str payload, edi_buf *token);

/* The public key as a JWK for one algorithm (of HS256 and its kin the secret). `kid` NULL: without. */
bool mint_jwk(const char *algorithm, EVP_PKEY *key, edi_str secret, const char *kid, edi_buf *into);
/* The same key as PEM, NUL-terminated; false if it does not fit. */
bool mint_public_pem(EVP_PKEY *key, char *pem, size_t size);

#endif
