/* Loader: a holder from the inside: the same with a system of the caller's choice, whose calls can be failed. */
#ifndef EDI_LOADER_H
#define EDI_LOADER_H

#include "base/system.h"
#include "edict/holder.h"

edict_status edi_holder_load(const edi_system *system, edict_holder *holder, const edict_load *load,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
