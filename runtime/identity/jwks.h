/* JWKS: an issuer's key set (RFC 7517), as it stands in the signed bundle or as the host hands it over.
 *
 * In: the file's text. Out: the keys that verify signatures. Keys marked for encryption are passed over;
 * anything private refuses the file, and so does a secret in a bundle, which everybody can read: who
 * reads it could sign. */
#ifndef EDI_JWKS_H
#define EDI_JWKS_H

#include "identity/jwk.h"

typedef struct edi_jwks {
  edi_jwk *keys; /* in the arena */
  size_t count;
} edi_jwks;

/* FORMAT, LIMIT (EDI_LIMIT_JWKS_FILE, EDI_LIMIT_JWKS_KEYS), MEMORY, each with a diagnostic R0330 to R0340
 * but for MEMORY; *jwks is then empty and nothing is to be freed. */
edict_status edi_jwks_parse(edi_str text, const edi_jwk_source *source, edi_arena *arena,
                            edi_jwks *jwks, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void edi_jwks_fini(edi_jwks *jwks);

typedef enum edi_jwks_found {
  EDI_JWKS_FOUND,
  EDI_JWKS_AMBIGUOUS,
  EDI_JWKS_UNKNOWN,
  EDI_JWKS_OUT_OF_TIME, /* there are such keys, and none is valid now */
} edi_jwks_found;
/* The one key for `algorithm` valid at `now` that a token with this `kid` (ptr NULL: it names none) may
 * be verified with. A name must be matched exactly; without one there must be only one such key. */
edi_jwks_found edi_jwks_find(const edi_jwks *jwks, uint32_t algorithm, edi_str kid, int64_t now,
                             const edi_jwk **key);
/* Whether the key of this identity is in the set, and valid at `now`. */
bool edi_jwks_has(const edi_jwks *jwks, const unsigned char identity[32], int64_t now);

#endif
