/* Decision log: the log that hosts append to (edict/log.h), on the calls of any system, so that tests can give others. */
#ifndef EDI_DECISION_LOG_H
#define EDI_DECISION_LOG_H

#include "base/system.h"
#include "edict/log.h"

/* As edict_log_open does on the real system, which must live as long. */
edict_status edi_log_open(const edi_system *system, const char *directory, const edict_engine *engine,
                          const edict_log_options *options, edict_log **log, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
