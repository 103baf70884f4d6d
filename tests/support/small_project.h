/* Small project: the files that an edict.yaml under test may name, in memory. */
#ifndef SMALL_PROJECT_H
#define SMALL_PROJECT_H

#include "policy/project.h"

/* Reads `text` as edict.yaml beside rules/a.edict, rules/b.edict, rules/.hidden.edict,
 * top-1.edict, upper/A.edict, contracts/orders.odcs.yaml, corp.jwks.json, large.json (larger
 * than a JWKS file may be), tables/holds.csv and tables/rates.csv. */
edict_status small_project_read(edi_arena *arena, edi_str text, edi_project **project,
                                edict_diagnostics *diagnostics);

#endif
