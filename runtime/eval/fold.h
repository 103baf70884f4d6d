/* Fold: what a subject fixes of the rules about a dataset and an action, so that each request asks the rest alone.
 *
 * Of one decision object, and so of one thread. A subject is found by its address: whoever forgets a subject
 * clears the folds. Nothing in here changes an answer. */
#ifndef EDI_FOLD_H
#define EDI_FOLD_H

#include "eval/plan.h"

/* Entries that the subject makes NO are left out. */
enum { EDI_FOLDED_OPEN = EDI_UNKNOWN + 1 };
typedef struct edi_folded { uint32_t entry; uint8_t outcome; /* edi_truth, or OPEN: it is asked */ } edi_folded;

typedef struct edi_fold {
  const edi_subject *subject;
  const edi_concern *concern;
  int64_t from, until;         /* it holds at from <= now < until */
  const edi_folded *entries;   /* NULL: it was seen once, and is not folded yet */
  uint32_t count;
} edi_fold;

typedef struct edi_folds edi_folds;

/* NULL: there is no memory. */
edi_folds *edi_folds_create(const edi_vocabulary *vocabulary, edi_arena *arena);
void edi_folds_clear(edi_folds *folds);
/* The fold for the plan's subject and concern at its time, made when they are met a second time. NULL: they are
 * met for the first time, or their rules are too many, or asking some of them twice would make that decision cost more
 * than its bundles declare. *made: just now; what it fixes must not be
 * asked again in this decision. The plan is one that is being decided. */
const edi_fold *edi_folds_find(edi_folds *folds, const edi_plan *plan, bool *made);

#endif
