/* Trust store: whose signatures, and how many of them, stand for which layer. Lines, one a statement:
 *
 *   federal eu.example       eu.example-a+1a2b3c4d+AbC...=
 *   domain  sales  eu.example/sales   eu.example/sales-a+5e6f...+...=
 *   log     orders-log-1+...+...=
 *   threshold federal eu.example 2
 *
 * Lines with the same words before the key are the keys of one role. So many of them as its threshold says
 * have to sign, counted by distinct bytes of keys; without one, one does. A key under two roles, or twice in
 * one, refuses all: keys of one role never serve another. Who signed decides layer and domain, never what
 * the source claims.
 *
 * The same statements stand in two texts: a store, which begins with `edict-trust/v1` and is believed since
 * the host hands it over, with blanks and `#` comments as a person likes; and a root document
 * (bundle/root.h), which is signed. */
#ifndef EDI_TRUST_H
#define EDI_TRUST_H

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "bundle/manifest.h"

typedef enum edi_role { EDI_ROLE_FEDERAL = 1, EDI_ROLE_DOMAIN = 2, EDI_ROLE_LOG = 3, EDI_ROLE_ROOT = 4 } edi_role;

/* What its keys have in common. */
typedef struct edi_trust_role {
  edi_role role;
  edi_str domain;           /* EDI_ROLE_DOMAIN */
  edi_str bundle;           /* the bundle that it may sign; empty for logs and the root */
  unsigned threshold;       /* at least 1, at most the number of its keys; 0 in a draft: none is said */
  unsigned keys;
} edi_trust_role;

typedef struct edi_trusted_key {
  uint32_t role;            /* of the roles */
  edi_str name;             /* the key's name */
  unsigned char public_key[32];
} edi_trusted_key;

typedef struct edi_trust {
  edi_trusted_key *keys;    /* in the order of their lines */
  size_t count;
  edi_trust_role *roles;    /* sorted by their words */
  size_t role_count;
} edi_trust;

edict_status edi_trust_parse(edi_arena *arena, edi_str text, edi_trust *trust,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The statements of a root document, `rest` of its `text`: `root` is a role too, each line has its one form,
 * and each role its threshold, unless it is a draft. */
edict_status edi_trust_statements(edi_arena *arena, edi_str text, edi_str rest, bool draft, edi_trust *trust,
                                  edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Whether `name` is `above`, or "above/...". */
bool edi_trust_below(edi_str name, edi_str above);
/* "domain sales eu.example/sales": the words of its lines. */
void edi_trust_role_print(const edi_trust_role *role, edi_buf *into);

#endif
