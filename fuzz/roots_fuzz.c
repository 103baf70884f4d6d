/* Fuzz: bytes as a root document, and as what follows one. What is refused leaves nothing and says why; in
 * what is taken every role has a threshold that its keys can meet, and enough of them signed. */
#include <stdlib.h>

#include "support/sample_root.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
  if (!holds) abort();
}

static void check_roles(const edi_root *root) {
  const edi_trust *t = &root->trust;
  check(root->version >= 1 && root->has_prev == (root->version > 1));
  check(root->role < t->role_count && t->roles[root->role].role == EDI_ROLE_ROOT);
  for (size_t i = 0; i < t->role_count; i++) {
    check(t->roles[i].threshold >= 1 && t->roles[i].threshold <= t->roles[i].keys);
    check(t->roles[i].bundle.len == 0 || edi_trust_below(t->roles[i].bundle, root->name));
  }
  for (size_t i = 0; i < t->count; i++) {
    check(t->keys[i].role < t->role_count);
    for (size_t j = 0; j < i && i < 64; j++) check(memcmp(t->keys[i].public_key, t->keys[j].public_key, 32) != 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_arena arena;
  edi_root root, draft;
  edi_str bytes = {(const char *)data, size};
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edict_status status = edi_root_parse(&arena, bytes, &root, findings);
  check(edict_diagnostics_count(findings) == (status != EDICT_OK));
  check(status == EDICT_OK || (root.version == 0 && root.trust.count == 0));
  if (status == EDICT_OK) {
    check_roles(&root);
    check(edi_root_parse_draft(&arena, bytes, &draft, NULL) == EDICT_OK);
    status = edi_root_verify(&root, findings);
    check(status == EDICT_OK || edict_diagnostics_count(findings) == 1);
  }
  edict_diagnostics_clear(findings);
  status = root_door("next", bytes.ptr, bytes.len, findings);
  check(edict_diagnostics_count(findings) == (status != EDICT_OK));
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&findings);
  return 0;
}
