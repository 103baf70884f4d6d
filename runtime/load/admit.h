/* Admit: what a host has seen against what it is to load: the time, roots, versions. */
#ifndef EDI_ADMIT_H
#define EDI_ADMIT_H

#include "bundle/root.h"
#include "bundle/state.h"
#include "edict/holder.h"
#include "enforce/host.h"

/* The options with the newest root in the place of the trust, and what the new state says of root and time. */
edict_status edi_admit_trust(edi_arena *arena, const edict_load *load, const edi_state *seen, edict_engine_options *options,
                             edi_state *next, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Each bundle of the engine against its floor, which it raises in `next`. */
edict_status edi_admit_bundles(edi_arena *arena, const edict_engine *engine, edi_state *next,
                               edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Its keyring against the newest of that federation, which it raises in `next`. VERSION: it is older. */
edict_status edi_admit_keyring(edi_arena *arena, const edict_engine *engine, edi_state *next,
                               edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
