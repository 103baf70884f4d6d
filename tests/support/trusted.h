/* Trusted: a federation with issuers and keys, ready for tokens.
 *
 *   corp         https://login.corp.example     audience mesh       RS256 ES256   tests/keys/corp.jwks.json
 *   partner-idp  https://id.partner.example     audience mesh-eu    ES256         tests/keys/partner.jwks.json
 *   works        https://works.example          audience mesh       RS512 PS256 ES384 ES512 EdDSA   works.jwks.json
 *   cluster      spiffe://prod.example          audience mesh       ES256         tests/keys/prod.jwks.json
 *   desk         https://desk.example           audience mesh       HS256 HS512   tests/keys/desk.jwks.json, by the host
 *   host
 *
 * corp issues access tokens too. works, cluster and desk say who acts: actor from act.sub, actors from the chain;
 * works has roles from the claim https://ns.example/roles, cluster team from sub.
 *
 * corp's lines: roles from realm_access.roles within staff, with "realm-admin" as dpo, ignore others;
 * purposes, region, clearance, person from employee, grade, share, mfa, hired, trained, networks, team and
 * grades, each from the claim of its name. partner-idp's line: roles from roles within partner. */
#ifndef TRUSTED_H
#define TRUSTED_H

#include "identity/issuers.h"
#include "support/federation.h"

#define TRUSTED_NOW INT64_C(1795168800000000) /* 2026-11-20T10:00:00Z */
enum { TRUSTED_KEY_SETS = 4 };
enum { TRUSTED_CORP, TRUSTED_PARTNER, TRUSTED_WORKS, TRUSTED_CLUSTER, TRUSTED_DESK, TRUSTED_HOST };

typedef struct trusted {
  federation federation;
  edi_bundle bundle;
  edi_bundle_file files[TRUSTED_KEY_SETS];
  char *texts[TRUSTED_KEY_SETS]; /* of the files; a test may point a file elsewhere */
  edi_manifest_file manifest_files[TRUSTED_KEY_SETS];
  edi_arena arena;
  edi_vocabulary vocabulary;
  edi_issuers *issuers;
  edict_diagnostics *diagnostics;
} trusted;

/* Declares the issuers and reads the key sets; nothing is loaded yet, so that a test may change it. */
void trusted_init(trusted *t);
/* Vocabulary and issuers; desk's keys are handed over. */
edict_status trusted_load(trusted *t);
/* The key number `index` of an issuer. */
const edi_jwk *trusted_key(const trusted *t, uint32_t issuer, size_t index);
void trusted_fini(trusted *t);

/* A file below tests/keys/ as text, NUL-terminated; aborts if it is not there. For free(). */
char *trusted_key_file(const char *name);

#endif
