/* Trusted: see the header. */
#include "support/trusted.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/hostile.h"

char *trusted_key_file(const char *name) {
  char path[256];
  size_t length = 0;
  snprintf(path, sizeof path, "tests/keys/%s", name);
  char *bytes = hostile_read(path, &length), *text = bytes ? realloc(bytes, length + 1) : NULL;
  if (!text) {
    fprintf(stderr, "trusted: cannot read %s (tests run from the top of the tree)\n", path);
    abort();
  }
  text[length] = 0;
  return text;
}

static void declare_actors(federation *f) {
  federation_claim(f, "actor", "act.sub", NULL, 0);
  federation_claim(f, "actors", "act*.sub", NULL, 0);
}

static void declare_issuers(federation *f) {
  static const char *const same[] = {"purposes", "region",  "clearance", "grade", "share", "mfa",
                                     "hired",    "trained", "networks",  "team",  "grades"};
  federation_issuer(f, "corp", "https://login.corp.example", "mesh", "corp.jwks.json",
                    EDI_ALG_RS256 | EDI_ALG_ES256)->tokens |= EDI_TOKENS_ACCESS;
  federation_claim(f, "roles", "realm_access.roles", "staff", EDI_CLAIM_IGNORE_OTHERS);
  federation_map(f, "realm-admin", "dpo");
  federation_claim(f, "person", "employee", NULL, 0);
  for (size_t i = 0; i < sizeof same / sizeof *same; i++)
    federation_claim(f, same[i], same[i], NULL, 0);
  federation_issuer(f, "partner-idp", "https://id.partner.example", "mesh-eu", "partner.jwks.json",
                    EDI_ALG_ES256);
  federation_claim(f, "roles", "roles", "partner", 0);
  federation_issuer(f, "works", "https://works.example", "mesh", "works.jwks.json",
                    EDI_ALG_RS512 | EDI_ALG_PS256 | EDI_ALG_ES384 | EDI_ALG_ES512 | EDI_ALG_EDDSA);
  declare_actors(f);
  federation_claim(f, "roles", "'https://ns.example/roles'", NULL, 0);
  federation_issuer(f, "cluster", "spiffe://prod.example", "mesh", "prod.jwks.json",
                    EDI_ALG_ES256)->tokens = EDI_TOKENS_WORKLOAD;
  declare_actors(f);
  federation_claim(f, "team", "sub", NULL, 0);
  federation_issuer(f, "desk", "https://desk.example", "mesh", NULL, EDI_ALG_HS256 | EDI_ALG_HS512);
  declare_actors(f);
  federation_issuer(f, "host", NULL, NULL, NULL, 0);
}

void trusted_init(trusted *t) {
  static const char *const names[TRUSTED_KEY_SETS] = {"corp.jwks.json", "partner.jwks.json",
                                                      "prod.jwks.json", "works.jwks.json"};
  static const char *const paths[TRUSTED_KEY_SETS] = {
      "keys/corp.jwks.json", "keys/partner.jwks.json", "keys/prod.jwks.json",
      "keys/works.jwks.json"};
  memset(t, 0, sizeof *t);
  federation_init(&t->federation);
  declare_issuers(&t->federation);
  t->bundle.files = t->files;
  t->bundle.manifest.files = t->manifest_files;
  t->bundle.manifest.file_count = TRUSTED_KEY_SETS;
  for (size_t i = 0; i < TRUSTED_KEY_SETS; i++) {
    t->texts[i] = trusted_key_file(names[i]);
    t->files[i] = (edi_bundle_file){edi_str_from(paths[i]), edi_str_from(t->texts[i])};
    t->manifest_files[i] =
        (edi_manifest_file){.size = t->files[i].bytes.len, .name = t->files[i].name};
  }
  edi_arena_init(&t->arena, NULL, 4 << 20);
  t->diagnostics = edict_diagnostics_create();
}

edict_status trusted_load(trusted *t) {
  edict_status status =
      edi_vocabulary_init(&t->vocabulary, &t->federation.program, &t->arena, t->diagnostics);
  if (status != EDICT_OK) return status;
  status = edi_issuers_create(&t->arena, &t->federation.program, &t->bundle, &t->issuers,
                              t->diagnostics);
  if (status != EDICT_OK) return status;
  char *desk = trusted_key_file("desk.jwks.json");
  status = edi_issuers_reload(t->issuers, EDI_STR("desk"), edi_str_from(desk), t->diagnostics);
  free(desk);
  return status;
}

const edi_jwk *trusted_key(const trusted *t, uint32_t issuer, size_t index) {
  return &t->issuers->slots[issuer].keys->jwks.keys[index];
}

void trusted_fini(trusted *t) {
  edi_issuers_destroy(t->issuers);
  edi_arena_fini(&t->arena);
  edict_diagnostics_destroy(&t->diagnostics);
  for (size_t i = 0; i < TRUSTED_KEY_SETS; i++) free(t->texts[i]);
}
