/* Where: which rows a decision shows, as SQL for the engine that holds them. Since 0.1. */
#ifndef EDICT_WHERE_H
#define EDICT_WHERE_H

#include "edict/decision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum edict_sql_dialect { EDICT_SQL_SQLITE = 0, EDICT_SQL_POSTGRESQL = 1 } edict_sql_dialect;

/* A condition over the physical columns of the dataset that is true for exactly those rows that
 * edict_decision_apply_row shows, and false, never NULL, for all others: for a WHERE of a statement that reads the
 * physical table and nothing else. A deny gives one that no row meets. It holds at the time of the decision and
 * until edict_decision_valid_until. Only rows are told: masks are not in it. edict_text_free it.
 * EDICT_UNSUPPORTED: what decides about a row has no exact form there; *why, unless it is NULL, names it, until the
 * next call for this decision. EDICT_LIMIT: it would be too long. EDICT_ARGUMENT: not decided, or not about a dataset. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_where(edict_decision *decision, edict_sql_dialect dialect, char **sql,
                                                               size_t *length, const char **why);

#ifdef __cplusplus
}
#endif
#endif
