/* Algorithm: what may sign a token, from algorithms.def. An issuer declares a set of them. */
#ifndef EDI_ALGORITHM_H
#define EDI_ALGORITHM_H

#include "base/bytes.h"

typedef enum edi_algorithm_family {
  EDI_FAMILY_RSA,   /* PKCS #1 version 1.5 */
  EDI_FAMILY_PSS,   /* RSA too, with a salt as long as the hash */
  EDI_FAMILY_ECDSA,
  EDI_FAMILY_EDDSA,
  EDI_FAMILY_HMAC,  /* symmetric: who can check can sign */
} edi_algorithm_family;

enum {
#define ALGORITHM(NAME, bit, text, family, curve, bits) EDI_ALG_##NAME = (bit),
#include "bundle/algorithms.def"
#undef ALGORITHM
  EDI_ALG_SYMMETRIC = EDI_ALG_HS256 | EDI_ALG_HS384 | EDI_ALG_HS512,
  EDI_ALG_ALL = 0
#define ALGORITHM(NAME, bit, text, family, curve, bits) | (bit)
#include "bundle/algorithms.def"
#undef ALGORITHM
};

typedef struct edi_algorithm {
  uint32_t bit;
  const char *name;
  edi_algorithm_family family;
  const char *curve; /* "" where the family has none */
  unsigned hash_bytes;
} edi_algorithm;

size_t edi_algorithm_count(void);
const edi_algorithm *edi_algorithm_at(size_t index);
/* By the name in a token's header, exactly, and by one bit; NULL: not offered. */
const edi_algorithm *edi_algorithm_by_name(edi_str name);
const edi_algorithm *edi_algorithm_of(uint32_t bit);
/* The `kty` of a key of the family (RFC 7518): "RSA", "EC", "OKP", "oct". */
const char *edi_algorithm_kty(const edi_algorithm *algorithm);

#endif
