/* Edict: rules of a data mesh, evaluated inside the data product. One include for hosts.
 *
 *   edict_engine_create -> edict_product_create -> edict_decision_create     once
 *   edict_session_create                                                     per subject
 *   edict_decide, edict_decision_effect, edict_log_append, edict_decision_apply_row   per query and row
 *   edict_question_create -> edict_ask                                       what is asked again and again
 *
 * docs/embedding.md tells the whole story with an example that is compiled and run. */
#ifndef EDICT_EDICT_H
#define EDICT_EDICT_H

#include "edict/arrow.h"
#include "edict/batch.h"
#include "edict/decision.h"
#include "edict/diagnostics.h"
#include "edict/engine.h"
#include "edict/event.h"
#include "edict/file.h"
#include "edict/forms.h"
#include "edict/holder.h"
#include "edict/keyring.h"
#include "edict/log.h"
#include "edict/question.h"
#include "edict/receipt.h"
#include "edict/release.h"
#include "edict/session.h"
#include "edict/session_cache.h"
#include "edict/status.h"
#include "edict/sweep.h"
#include "edict/where.h"

#endif
