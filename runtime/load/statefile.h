/* State file: the state that a host keeps, read and replaced under a lock. */
#ifndef EDI_STATEFILE_H
#define EDI_STATEFILE_H

#include "base/system.h"
#include "bundle/state.h"

typedef struct edi_statefile {
  const edi_system *system;
  const char *path;
  edi_file lock; /* PATH.lock, so that the file itself can be replaced */
  bool locked;
  bool there;    /* the file was there */
  edi_buf bytes; /* of it; the state borrows from them */
  edi_state state;
} edi_statefile;

/* Locks and reads; without the file, and with `begin`, a state that has seen nothing. BUSY, NOT_FOUND, FORMAT,
 * SYSTEM. Closing is due in any case. */
edict_status edi_statefile_open(const edi_system *system, const char *path, bool begin, edi_arena *arena,
                                edi_statefile *file, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Puts `state` in the place of what is there; nothing is done if that says the same but for a leeway of time. */
edict_status edi_statefile_write(edi_statefile *file, const edi_state *state, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void edi_statefile_close(edi_statefile *file);

#endif
