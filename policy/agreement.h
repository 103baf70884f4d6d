/* Agreement: an access agreement of the Open Access Agreement Standard (v0.9), read.
 *
 * The one door for its text: strict YAML, every key known, names that a rule can hold, times in RFC 3339. An
 * unknown key is an error and no warning: a misspelt `roles` would make a wider rule. Source: Bitol, RFC 0056. */
#ifndef EDI_AGREEMENT_H
#define EDI_AGREEMENT_H

#include "policy/yaml.h"

enum { EDI_AGREEMENT_ROLES_MOST = 64 };

typedef struct edi_agreement {
  edi_str id, name, version, status;
  edi_span id_span, root_span, status_span;
  edi_span product_span, port_span, contract_span;  /* of `provider`; the contract's only if it is there */
  bool approved;
  edi_str purpose, usage, limitations, terms;       /* of `description` */
  edi_str node;                                     /* customProperties `edict.purpose` */
  bool has_start, has_end, has_review;
  int64_t start, end, review;                       /* microseconds */
  edi_str provider_team, provider_product, port, contract, contract_version;
  edi_str team, product, user;                      /* of `consumer`; "" if not there */
  edi_str roles[EDI_AGREEMENT_ROLES_MOST];
  edi_span role_spans[EDI_AGREEMENT_ROLES_MOST];
  size_t role_count;
  edi_str see;                                      /* the first of authoritativeDefinitions */
} edi_agreement;

edict_status edi_agreement_parse(edi_arena *arena, edi_str path, edi_str text, edi_agreement *agreement,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* A name as rules write them: letters, digits, `_`, `-`, joined by dots. */
bool edi_agreement_is_word(edi_str text);

#endif
