/* JWKS: bytes from anywhere as a key set. What is taken must be whole: each key public, with its PEM and
 * digest, for one algorithm, and no two with one name. */
#include <stdlib.h>

#include "bundle/limits.h"
#include "identity/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
  if (!holds) abort();
}

static void check_key(const edi_jwks *jwks, size_t index) {
  const edi_jwk *key = &jwks->keys[index], *found = NULL;
  check(key->key && key->pem.len > 0 && key->signature_length >= 64);
  check(key->algorithm == EDI_ALG_RS256 || key->algorithm == EDI_ALG_ES256);
  if (key->kid.ptr)
    check(edi_jwks_find(jwks, key->algorithm, key->kid, &found) == EDI_JWKS_FOUND && found == key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_arena arena;
  edi_jwks jwks;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, 4 << 20);
  edict_status status = edi_jwks_parse((edi_str){(const char *)data, size}, EDI_STR("fuzz.json"),
                                       EDI_ALG_RS256 | EDI_ALG_ES256, &arena, &jwks, diagnostics);
  check((status == EDICT_OK) == (edict_diagnostics_count(diagnostics) == 0));
  check((status == EDICT_OK) == (jwks.count > 0));
  for (size_t i = 0; i < jwks.count; i++) check_key(&jwks, i);
  edi_jwks_fini(&jwks);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
  return 0;
}
