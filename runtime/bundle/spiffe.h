/* SPIFFE: names of workloads, spiffe://TRUST-DOMAIN/path, as the SPIFFE-ID standard writes them.
 *
 * One workload has one text: a trust domain is in lower case, and no segment of a path is empty, `.` or
 * `..`, so ids are compared by their bytes. */
#ifndef EDI_SPIFFE_H
#define EDI_SPIFFE_H

#include "base/bytes.h"

/* Whether a text begins as one does. */
bool edi_spiffe_is_scheme(edi_str text);
/* "spiffe://prod.example": a trust domain and nothing after it. */
bool edi_spiffe_is_domain(edi_str text);
/* Whether `id` is a workload's, with a path; *domain is then its first part, "spiffe://prod.example". */
bool edi_spiffe_is_workload(edi_str id, edi_str *domain);

#endif
