/* Receipt: what was done to rows under a decision, without a value of any. Since 0.1.
 *
 * A decision counts what it is applied to: rows by edict_decision_apply_row and edict_decision_apply_batch, batches by
 * edict_arrow_apply, events and rows of texts by edict_events_apply and edict_events_apply_texts. A receipt says what was counted since the one before. It is for the log and for lineage: how many
 * rows are hidden is nothing that a reader should be told. */
#ifndef EDICT_RECEIPT_H
#define EDICT_RECEIPT_H

#include "edict/decision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_receipt_column {
  uint32_t column;          /* of the dataset, in contract order */
  const char *transform;    /* as edict_decision_column names it; "varies" */
  uint64_t epoch;           /* of the key that masked it; 0: none did, or several */
  uint64_t failed;          /* values that the mask made nothing of, or that were damaged: the bottom stands there */
} edict_receipt_column;

typedef struct edict_receipt {
  size_t size;              /* sizeof(edict_receipt) */
  unsigned char plan[32];   /* what was decided: bundles, product, dataset, action, time, effect, masks; of no person */
  uint64_t number;          /* of the receipts of one decision, from 1 */
  uint64_t rows_in, rows_out;
  const edict_receipt_column *columns; /* those that were asked for; memory of the decision, until its next receipt */
  size_t column_count;
} edict_receipt;

/* What was applied since the receipt before; the counts begin anew. Allocates nothing. What was counted and not asked
 * for is gone with the next edict_decide. EDICT_ARGUMENT: nothing was decided about a dataset. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_receipt(edict_decision *decision, edict_receipt *receipt);

#ifdef __cplusplus
}
#endif
#endif
