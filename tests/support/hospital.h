/* Hospital: rules that grow while those that apply stay as many, and the bundles that they make.
 *
 * The scenario of SAPL's benchmark of that name, re-expressed: for each of N departments 32 permits (a role, a kind of
 * record, one action or a few) and one forbid (more sensitive than the subject is cleared for), and 5 rules for
 * emergencies: 33 N + 5 rules of the federal layer; and a domain with one small product. */
#ifndef HOSPITAL_H
#define HOSPITAL_H

#include "support/random_rules.h"

enum { HOSPITAL_ROLES = 9, HOSPITAL_ACTIONS = 12, HOSPITAL_KINDS = 10 };
extern const char *const hospital_roles[HOSPITAL_ROLES], *const hospital_actions[HOSPITAL_ACTIONS], *const hospital_kinds[HOSPITAL_KINDS];

typedef struct hospital {
  edi_arena arena;
  edi_buf bundles[2]; /* of the federation `eu.example` and of the domain `eu.example/ward`, unsigned */
  size_t rules;
} hospital;

/* Aborts unless `ok`, saying what is wrong and what `d` holds. */
void hospital_must(bool ok, const char *what, edict_diagnostics *d);
/* Aborts where it does not compile, and says why. */
void hospital_build(hospital *h, unsigned units);
void hospital_fini(hospital *h);

#endif
