/* Contracts: data contracts held to the `require` rules of a project, for tools (libedict-policy). Since 0.1.
 *
 * A set reads contracts one by one, so that one with mistakes does not hide what the others say. Whoever has
 * an evaluator asks it about each dataset and tells what it found; `workbench/comply.h` does all of that. */
#ifndef EDICT_CONTRACTS_H
#define EDICT_CONTRACTS_H

#include "edict/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_contract_text { const char *path, *text; size_t length; } edict_contract_text;

typedef struct edict_contract_dataset {
  const char *name;
  uint32_t line, column;          /* where the contract names it, from 1 */
} edict_contract_dataset;
typedef struct edict_contract_info {
  const char *path;
  const char *product;            /* NULL: the contract has mistakes, and nothing is asked of it */
  uint32_t line, column;          /* where the product's name stands; of one with mistakes the first of them */
  const edict_contract_dataset *datasets;
  size_t dataset_count;
  size_t finding, finding_count;  /* those of the diagnostics that are about reading it */
} edict_contract_info;

typedef struct edict_contract_options {
  size_t size;                    /* sizeof(edict_contract_options) */
  int lenient;                    /* a tag or level of a column that nobody declared closes the column (W0964) */
  const char *domain;             /* whose a contract is that names no `domain`; NULL: the project's own */
} edict_contract_options;

/* Contracts read against a project's vocabulary; the project must live as long. */
typedef struct edict_contract_set edict_contract_set;

/* Reads `count` contracts, or with count 0 those that the project names; `diagnostics` is the list that the
 * project was opened with. What is wrong with a contract is a finding and takes it out of the set, and
 * the status is EDICT_OK all the same. `options` may be NULL: strict, and each contract names its domain, or is
 * one of the domain whose project it is. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_contract_set_create(const edict_project *project,
                                                                    const edict_contract_text *texts, size_t count,
                                                                    const edict_contract_options *options,
                                                                    edict_contract_set **set,
                                                                    edict_diagnostics *diagnostics);
EDICT_EXPORT void edict_contract_set_destroy(edict_contract_set **set);
EDICT_EXPORT size_t edict_contract_set_count(const edict_contract_set *set);
EDICT_EXPORT edict_status edict_contract_set_at(const edict_contract_set *set, size_t index, edict_contract_info *info);

/* ---- ports: what data products offer, and what they are fed by ---- */

/* Reads data products of the Open Data Product Standard, and finds for each of their ports the contract that it names by id
 * among those of the set. What is wrong with a data product is a finding, as is an output port without a contract here
 * (E0972), and one of which the contract has another version (E0973); the status is EDICT_OK all the same. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_contract_set_add_products(edict_contract_set *set, const edict_contract_text *texts,
                                                                          size_t count, edict_diagnostics *diagnostics);
typedef struct edict_contract_port {
  const char *path, *product, *name, *version; /* product: the data product's name, else its id; version "": not stated */
  uint32_t line, column;
  int input;
  size_t contract;                /* of the set; SIZE_MAX: none of it */
  int fits;                       /* the contract is there and of this version, an input port is another's, or none is named */
  /* Where the vocabulary has a kind of resource `port`: the product that rules about this one are asked of, which is the
   * contract's, else one without datasets, and what the port is asked about with. NULL: there is nothing to ask. */
  const char *asked;
  const edict_attribute *attributes;
  size_t attribute_count;
} edict_contract_port;
EDICT_EXPORT size_t edict_contract_set_port_count(const edict_contract_set *set);
EDICT_EXPORT edict_status edict_contract_set_port(const edict_contract_set *set, size_t index, edict_contract_port *port);

/* A data product by itself, with its ports in their order, those that it offers first. Texts are "" where it says nothing. */
typedef struct edict_data_product edict_data_product;
typedef struct edict_data_product_port {
  const char *id, *name, *type, *version, *contract;
  uint32_t line, column;
  int input, deprecated;
} edict_data_product_port;
typedef struct edict_data_product_info {
  const char *path, *id, *name, *domain, *version, *status;
  int deprecated;
  const edict_data_product_port *ports;
  size_t port_count;
} edict_data_product_info;
/* EDICT_FINDINGS: it is none, or cannot be read. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_data_product_read(const edict_contract_text *text, edict_data_product **product,
                                                                  edict_diagnostics *diagnostics);
EDICT_EXPORT const edict_data_product_info *edict_data_product_about(const edict_data_product *product);
EDICT_EXPORT void edict_data_product_destroy(edict_data_product **product);
/* Adds the finding that an output port's contract is not there (E0972; `version` NULL), or any port's is of another version
 * (E0973). `diagnostics` is the list that the product was read with. */
EDICT_EXPORT void edict_data_product_tell(const edict_data_product *product, size_t port, const char *version,
                                         edict_diagnostics *diagnostics);

/* ---- foreign keys: what contracts join ----
 *
 * Values under two keys, or under a key and as they are, have nothing in common. Whoever has an evaluator asks what
 * readers get of both columns and tells of those; `workbench/joins.h` does all of that. */
typedef struct edict_links edict_links; /* of a project or a set, and as long as it */
typedef struct edict_link {
  edict_text product, dataset, column, to_product, to_dataset, to_column;
  int64_t now;                    /* a time at which the bundles are good: the one that was given, if it is */
} edict_link;
EDICT_EXPORT const edict_links *edict_project_links(const edict_project *project);
EDICT_EXPORT const edict_links *edict_contract_set_links(const edict_contract_set *set);
EDICT_EXPORT size_t edict_links_count(const edict_links *links);
EDICT_EXPORT edict_status edict_links_at(const edict_links *links, size_t index, int64_t now, edict_link *link);
/* Adds the warning that some reader gets the two so: "customer: pseudonym(wide) by federal.privacy.ids". */
EDICT_EXPORT void edict_links_tell(const edict_links *links, size_t index, const char *of, const char *of_other, const char *why,
                                  const char *requests, edict_diagnostics *diagnostics);
/* Adds the note that not every reader was looked at. */
EDICT_EXPORT void edict_links_tell_left(edict_diagnostics *diagnostics);

/* Bundles to ask: the contracts, the `require` rules of the project and its federation (those in shadow
 * enforced) and what exempts from them; with `all` all of their rules, as they are. The caller frees the bytes with
 * edict_text_free. */
EDICT_EXPORT size_t edict_contract_set_bundle_count(const edict_contract_set *set);
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_contract_set_bundle(const edict_contract_set *set, size_t index, int all,
                                                                    char **bytes, size_t *length,
                                                                    edict_diagnostics *diagnostics);
/* Name of an issuer whose subjects may ask; NULL if the federation declares none. */
EDICT_EXPORT const char *edict_contract_set_issuer(const edict_contract_set *set);

/* A `require` rule, by number; EDICT_ARGUMENT past the last. */
typedef struct edict_requirement {
  const char *rule, *because, *see; /* "" where not given */
  int shadow;
  int of_ports;                     /* it is about the kind of resource `port` */
} edict_requirement;
EDICT_EXPORT size_t edict_contract_set_rule_count(const edict_contract_set *set);
EDICT_EXPORT edict_status edict_contract_set_rule(const edict_contract_set *set, size_t index, edict_requirement *rule);

/* Adds the finding that a dataset does not meet a rule; `unknown`: it could not be decided, for want of the
 * attributes that it lists, separated by commas ("" if none is known). NULL: it was decided. */
EDICT_EXPORT void edict_contract_set_tell(const edict_contract_set *set, size_t contract, size_t dataset, size_t rule,
                                         const char *unknown, edict_diagnostics *diagnostics);
EDICT_EXPORT void edict_contract_set_tell_port(const edict_contract_set *set, size_t port, size_t rule, const char *unknown,
                                              edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
