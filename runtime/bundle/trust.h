/* Trust store: whose signature stands for which layer. A text file, one line a statement, `#` comments:
 *
 *   edict-trust/v1
 *   federal eu.example       eu.example-a+1a2b3c4d+AbC...=
 *   domain  sales  eu.example/sales   eu.example/sales-a+5e6f...+...=
 *   log     orders-log-1+...+...=
 *
 * The keys are C2SP verifier keys. One line is one key; a role with several lines accepts any of them
 * (thresholds come later). A key under two roles, or twice in one, refuses the store: keys of one role
 * never serve another. Who signed decides layer and domain, never what the source claims. */
#ifndef EDI_TRUST_H
#define EDI_TRUST_H

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "bundle/manifest.h"

typedef enum edi_role { EDI_ROLE_FEDERAL = 1, EDI_ROLE_DOMAIN = 2, EDI_ROLE_LOG = 3 } edi_role;
typedef struct edi_trusted_key {
  edi_role role;
  edi_str domain;           /* EDI_ROLE_DOMAIN */
  edi_str bundle;           /* the bundle name it may sign; empty for logs */
  edi_str name;             /* the key's name */
  unsigned char public_key[32];
} edi_trusted_key;
typedef struct edi_trust { edi_trusted_key *keys; size_t count; } edi_trust;

edict_status edi_trust_parse(edi_arena *arena, edi_str text, edi_trust *trust,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
