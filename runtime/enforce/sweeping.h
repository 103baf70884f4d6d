/* Sweeping: what stands behind an edict_sweep, for the log and replay. */
#ifndef EDI_SWEEPING_H
#define EDI_SWEEPING_H

#include "edict/sweep.h"
#include "enforce/host.h"

struct edict_sweep {
  edi_arena arena;
  const edict_product *product;
  const edi_bound_dataset *dataset;
  edi_subject nobody;    /* of whom nothing is known: no rule about retention asks */
  edi_plan plan;         /* denies until it has a time */
  edi_sieve *sieve;      /* what batches need; NULL: none has come since the time was set */
  edi_arena sieve_arena;
};

/* edict_sweep_at with the floor of time given, for replay. */
edict_status edi_sweep_at(edict_sweep *sweep, int64_t now, int64_t floor, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
