/* Agreements: access agreements of the Open Access Agreement Standard as rules that a person can read, for tools
 * (libedict-policy). Since 0.1. */
#ifndef EDICT_AGREEMENTS_H
#define EDICT_AGREEMENTS_H

#include "edict/contracts.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How words of agreements are said in rules. */
typedef struct edict_agreement_options {
  size_t size;                /* sizeof(edict_agreement_options) */
  const char *module;         /* of the file that is made: "sales.agreements" */
  const char *action;         /* that is permitted: "read" */
  const char *purpose;        /* node for agreements that name none in customProperties `edict.purpose`; NULL: none */
  const char *team, *product, *user; /* attributes of the subject that `consumer` is compared with: "subject.team" */
  const char *const *roles;   /* pairs "NAME=NODE": roles of the provider's access system, as nodes */
  size_t role_count;
  /* Data products of the Open Data Product Standard. With some, an agreement's product has to be one of them, its port
   * one of that product's output ports and its contract that port's, and the product's name is the data product's. */
  const edict_contract_text *products;
  size_t product_count;
} edict_agreement_options;

/* One rule file, laid out, with a permit for each approved agreement, bound to its product, its consumer, its purpose
 * and its time; others are notes among the diagnostics. EDICT_FINDINGS: an agreement cannot be read or bound, and
 * nothing is made. The caller frees *rules with edict_text_free. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_agreements_import(const edict_contract_text *texts, size_t count,
                                                                  const edict_agreement_options *options, char **rules,
                                                                  size_t *length, edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
