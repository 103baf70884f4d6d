/* Contract links: foreign keys from one contract into another, found among contracts that are looked at together. */
#ifndef EDI_CONTRACT_LINKS_H
#define EDI_CONTRACT_LINKS_H

#include "policy/contract.h"

/* A foreign key: `at` says which dataset and column of which of the two; `from` and `to` may be one contract. */
typedef struct edi_contract_link {
  const edi_contract_facts *from, *to;
  edi_link_facts at;
} edi_contract_link;

/* All foreign keys of these contracts. A reference `FILE#…` leads from the path that the contract which states it was read
 * from; one that leads to none of them is none of these. One to no column is warned of. */
edict_status edi_contract_link_all(edi_arena *arena, edi_contract_facts *const *contracts, size_t count, edi_contract_link **links,
                                   size_t *link_count, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* What edict/contracts.h calls links. */
struct edict_links {
  edi_contract_link *items;
  size_t count;
  int64_t begins, ends;     /* when the bundles in which they can be asked are good */
};

#endif
