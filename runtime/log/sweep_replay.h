/* Sweep replay: the rules about retention at the time of a step of a sweep, made again and compared. */
#ifndef EDI_SWEEP_REPLAY_H
#define EDI_SWEEP_REPLAY_H

#include "log/swept.h"

typedef struct edi_sweep_replay {
  const edict_engine *engine;
  edi_arena arena;
  edict_product *product;
  edict_sweep *sweep; /* of the newest step */
} edi_sweep_replay;

void edi_sweep_replay_init(edi_sweep_replay *replay, const edict_engine *engine);
void edi_sweep_replay_fini(edi_sweep_replay *replay);
/* *same: the step's rules are those of the engine at its time. NOT_FOUND: product or dataset are not there; else as
 * everywhere. */
edict_status edi_sweep_replay_step(edi_sweep_replay *replay, const edi_swept *step, bool *same) EDICT_MUST_CHECK;

#endif
