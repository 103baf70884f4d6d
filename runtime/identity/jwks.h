/* JWKS: an issuer's key set (RFC 7517), as it stands in the signed bundle.
 *
 * In: the file's text. Out: the keys that verify signatures. Keys marked for encryption are passed over;
 * anything private or symmetric refuses the file, since a bundle is public. */
#ifndef EDI_JWKS_H
#define EDI_JWKS_H

#include "identity/jwk.h"

typedef struct edi_jwks {
  edi_jwk *keys; /* in the arena */
  size_t count;
} edi_jwks;

/* `file` is the name for messages. FORMAT, LIMIT (EDI_LIMIT_JWKS_FILE, EDI_LIMIT_JWKS_KEYS), MEMORY, each
 * with a diagnostic R0330 to R0339 but for MEMORY; *jwks is then empty and nothing is to be freed. */
edict_status edi_jwks_parse(edi_str text, edi_str file, uint32_t algorithms, edi_arena *arena,
                            edi_jwks *jwks, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void edi_jwks_fini(edi_jwks *jwks);

typedef enum edi_jwks_found { EDI_JWKS_FOUND, EDI_JWKS_AMBIGUOUS, EDI_JWKS_UNKNOWN } edi_jwks_found;
/* The one key for `algorithm` that a token with this `kid` (ptr NULL: it names none) may be verified
 * with. A name must be matched exactly; without one there must be only one such key. */
edi_jwks_found edi_jwks_find(const edi_jwks *jwks, uint32_t algorithm, edi_str kid,
                             const edi_jwk **key);

#endif
