/* Fuzz: bytes as a trust store. What is refused leaves no key and says why once; in what is taken every
 * key is whole, stands once, and speaks for what its role needs. */
#include <stdlib.h>

#include "bundle/limits.h"
#include "bundle/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
  if (!holds) abort();
}

static void check_key(const edi_trust *trust, const edi_trusted_key *key) {
  check(key->role < trust->role_count);
  const edi_trust_role *role = &trust->roles[key->role];
  bool domain = role->role == EDI_ROLE_DOMAIN, log = role->role == EDI_ROLE_LOG;
  check(domain || log || role->role == EDI_ROLE_FEDERAL);
  check((role->domain.len > 0) == domain && (role->bundle.len > 0) == !log);
  check(key->name.len > 0 && role->domain.len <= EDI_LIMIT_NAME &&
        role->bundle.len <= EDI_LIMIT_NAME);
  check(role->threshold >= 1 && role->threshold <= role->keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_arena arena;
  edi_trust trust;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edict_status status =
      edi_trust_parse(&arena, (edi_str){(const char *)data, size}, &trust, findings);
  check(edict_diagnostics_count(findings) == (status != EDICT_OK));
  check(status == EDICT_OK || (trust.count == 0 && !trust.keys));
  for (size_t i = 0; i < trust.count; i++) {
    check_key(&trust, &trust.keys[i]);
    for (size_t j = 0; j < i && i < 64; j++)
      check(memcmp(trust.keys[i].public_key, trust.keys[j].public_key, 32) != 0);
  }
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&findings);
  return 0;
}
