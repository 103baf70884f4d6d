/* Contract set: what the files of edict/contracts.h share; nobody else includes this. contract_set.c reads contracts and
 * writes bundles, contract_ports.c finds the contracts of data products' ports and what is asked about those. */
#ifndef EDI_CONTRACT_SET_H
#define EDI_CONTRACT_SET_H

#include "edict/contracts.h"

#include "policy/contract.h"
#include "policy/project_model.h"

typedef struct edi_set_entry {
  edict_contract_info info;
  edi_contract_facts facts;
  bool good;
} edi_set_entry;

struct edict_contract_set {
  edi_arena arena;
  const edi_build *build;
  edi_model *parent;       /* of a domain: the federal rules alone */
  edict_diagnostics *quiet; /* the sources that `parent` was read from */
  edi_set_entry *entries;
  size_t count;
  uint32_t *domains;       /* federal: nodes of `domain` that contracts are of */
  size_t domain_count, domain_capacity;
  uint32_t *rules;         /* of the model: those that require */
  edict_requirement *requirements;
  size_t rule_count;
  const char *issuer;
  struct edict_links links;
  edict_contract_port *ports;
  edi_span *port_spans;
  size_t port_count, port_capacity, span_capacity;
  /* Data products whose ports have no contract here: products without datasets, to ask about the ports. */
  edi_contract_facts *supposed;
  size_t supposed_count, supposed_capacity;
  edi_str domain;          /* of what names none; "": it has to */
};

const char *edi_contract_set_copy(edict_contract_set *set, edi_str text);
edict_status edi_contract_set_add_domain(edict_contract_set *set, uint32_t domain) EDICT_MUST_CHECK;

#endif
