/* JWKS: bytes from anywhere as a key set. What is taken must be whole: each key for one
 * algorithm, no two with one name, and a secret only where the host hands it over. */
#include <stdlib.h>

#include "bundle/limits.h"
#include "identity/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
  if (!holds) abort();
}

static void check_key(const edi_jwks *jwks, size_t index) {
  const edi_jwk *key = &jwks->keys[index], *found = NULL;
  const edi_algorithm *a = edi_algorithm_of(key->algorithm);
  check(a && key->signature_length >= 32 && key->not_before < key->expires);
  check((key->key != NULL) == (a->family < EDI_FAMILY_EDDSA) && !key->key == !key->ready);
  check((key->secret != NULL) == (a->family == EDI_FAMILY_HMAC));
  if (key->kid.ptr)
    check(edi_jwks_find(jwks, key->algorithm, key->kid, key->not_before, &found) == EDI_JWKS_FOUND &&
          found == key);
}

static void check_set(const uint8_t *data, size_t size, bool by_host) {
  edi_arena arena;
  edi_jwks jwks;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, 4 << 20);
  edi_jwk_source source = {.name = EDI_STR("fuzz.json"), .algorithms = EDI_ALG_ALL, .by_host = by_host};
  edict_status status =
      edi_jwks_parse((edi_str){(const char *)data, size}, &source, &arena, &jwks, diagnostics);
  check((status == EDICT_OK) == (edict_diagnostics_count(diagnostics) == 0));
  check((status == EDICT_OK) == (jwks.count > 0));
  for (size_t i = 0; i < jwks.count; i++) {
    check_key(&jwks, i);
    check(by_host || !jwks.keys[i].secret);
  }
  edi_jwks_fini(&jwks);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  check_set(data, size, false);
  check_set(data, size, true);
  return 0;
}
