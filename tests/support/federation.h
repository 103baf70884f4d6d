/* Federation: a small federal program in memory, for tests that need a vocabulary and issuers.
 *
 * It is filled by hand from tables, so that what reads a program can be tested without the compiler
 * that makes one. Tests may change any record of it before they use it. */
#ifndef FEDERATION_H
#define FEDERATION_H

#include "bundle/bundle.h"
#include "bundle/vocabulary.h"

enum { FEDERATION_RECORDS = 64, FEDERATION_STRINGS = 8192 };

typedef struct federation {
  edi_program program;
  edi_settings settings[1];
  edi_kind kinds[FEDERATION_RECORDS];
  edi_node nodes[FEDERATION_RECORDS];
  edi_scale scales[FEDERATION_RECORDS];
  edi_level levels[FEDERATION_RECORDS];
  edi_attr attrs[FEDERATION_RECORDS];
  edi_issuer issuers[FEDERATION_RECORDS];
  edi_claim claims[FEDERATION_RECORDS];
  edi_claimmap claimmaps[FEDERATION_RECORDS];
  char strings[FEDERATION_STRINGS];
} federation;

/* Taxonomies, levels and attributes; no issuers. The program points into *f, which must not move. */
void federation_init(federation *f);
edi_ref federation_string(federation *f, const char *text);
/* Numbers by name; abort where there is none, so that a test's own typing error is seen. */
uint32_t federation_kind(const federation *f, const char *name);
uint32_t federation_node(const federation *f, const char *kind, const char *name);
uint32_t federation_attr(const federation *f, edi_entity entity, const char *name);

/* An issuer of JWTs with its node `name`; `keys` is the JWKS's name below "keys/", NULL: from the host. `url`
 * NULL: the host itself. */
edi_issuer *federation_issuer(federation *f, const char *name, const char *url,
                              const char *audience, const char *keys, uint32_t algorithms);
/* A claim of the issuer added last. `within` names a node of the attribute's taxonomy, or is NULL. */
edi_claim *federation_claim(federation *f, const char *attribute, const char *path,
                            const char *within, uint32_t flags);
/* "text" as node, of the claim added last. */
void federation_map(federation *f, const char *text, const char *node);

#endif
