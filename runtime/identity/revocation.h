/* Revocation: what an issuer took back, from the signed data of the table that its declaration names.
 *
 * A row is a claim, `jti`, `sub` or `kid`, and the value of it that counts no more. Without the data, or
 * outside of the time in which it is fresh, none of the issuer's tokens counts. */
#ifndef EDI_REVOCATION_H
#define EDI_REVOCATION_H

#include "bundle/tablefile.h"

enum { EDI_REVOCATION_VALUE_MOST = 255 }; /* bytes of a `jti`, `sub` or `kid` */

typedef struct edi_revocation {
  bool declared;
  const edi_tablefile *data;       /* NULL: none was loaded */
  int64_t not_before, fresh_until; /* when the data is in force */
} edi_revocation;

/* Whether every row names one of the claims; another one is a row that would take nothing back. */
bool edi_revocation_is_sound(const edi_tablefile *data);
bool edi_revocation_is_fresh(const edi_revocation *revocation, int64_t now);
/* Whether a row takes back what has this value of the claim; `value` without ptr: it has none. */
bool edi_revocation_has(const edi_revocation *revocation, edi_str claim, edi_str value);

#endif
