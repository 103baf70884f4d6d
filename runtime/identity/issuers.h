/* Issuers: who may vouch, with keys parsed once. What subject.h hides from its users. */
#ifndef EDI_ISSUERS_H
#define EDI_ISSUERS_H

#include "identity/jwks.h"
#include "identity/subject.h"

struct edi_issuers {
  const edi_program *program; /* the federal one */
  edi_jwks *keys;             /* by issuer; none for the host */
  uint32_t count;             /* of issuers whose keys are loaded */
};

/* The issuer whose URL is exactly `url`, EDI_NONE if there is none; never the host. */
uint32_t edi_issuers_by_url(const edi_issuers *issuers, edi_str url);
/* By its name in the rules, the host too. */
uint32_t edi_issuers_by_name(const edi_issuers *issuers, edi_str name);
uint32_t edi_issuers_host(const edi_issuers *issuers);

#endif
