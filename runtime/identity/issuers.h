/* Issuers: who may vouch, with keys parsed once. What subject.h hides from its users.
 *
 * Everything is immutable but the key sets of issuers whose keys come from the host: one is replaced as
 * a whole, under a lock, and counted in an epoch. Who verifies holds the set that was in force when it
 * began; who verified earlier asks edi_issuers_stand whether its key still is. */
#ifndef EDI_ISSUERS_H
#define EDI_ISSUERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "identity/jwks.h"
#include "identity/revocation.h"
#include "identity/subject.h"

/* One generation of an issuer's keys; the last of its users frees it. */
typedef struct edi_keyset {
  edi_arena arena; /* holds the set itself */
  atomic_uint users;
  edi_jwks jwks;
} edi_keyset;

typedef struct edi_issuer_slot {
  pthread_mutex_t lock; /* of `keys` */
  edi_keyset *keys;     /* NULL: none, of the host or not handed over */
  atomic_ullong epoch;  /* how often `keys` was replaced */
  edi_revocation revocation;
  bool reads_actor;     /* some line says where an actor goes */
} edi_issuer_slot;

struct edi_issuers {
  const edi_program *program; /* the federal one */
  const edi_allocator *allocator;
  edi_issuer_slot *slots;     /* by issuer */
  uint32_t count;             /* of slots that are made */
};

/* The issuer whose URL is exactly `url`, EDI_NONE if there is none; never the host. */
uint32_t edi_issuers_by_url(const edi_issuers *issuers, edi_str url);
/* By its name in the rules, the host too. */
uint32_t edi_issuers_by_name(const edi_issuers *issuers, edi_str name);
uint32_t edi_issuers_host(const edi_issuers *issuers);

/* The keys in force, kept for the caller until edi_keyset_leave; NULL: there are none. */
edi_keyset *edi_issuers_keys(const edi_issuers *issuers, uint32_t number, unsigned long long *epoch);
void edi_keyset_leave(edi_keyset *keys); /* NULL allowed */

#endif
