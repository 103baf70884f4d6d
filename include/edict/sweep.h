/* Sweep: which rows of a dataset retention keeps, withholds and wants erased, whoever reads them.
 *
 * For hosts that erase. A sweep has no subject, no action and no purpose: rules that retain cannot ask for one. What
 * it says of a row is what every reader's decision at that time says of it: see docs/sweep.md. One object is for one
 * thread; asking about rows allocates nothing.
 *
 *   edict_sweep_create -> edict_sweep_at -> edict_sweep_row ... -> edict_sweep_at -> ...
 *
 * A host that deletes asks again inside of the transaction that deletes, at the time of it. Since 0.1. */
#ifndef EDICT_SWEEP_H
#define EDICT_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "edict/batch.h"
#include "edict/decision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_sweep edict_sweep;

/* For one dataset of the product, which it keeps alive. It knows no time yet, so nothing may be erased.
 * EDICT_ARGUMENT: no such dataset. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_sweep_create(const edict_product *product, size_t dataset, edict_sweep **sweep);
/* NULL is allowed. */
EDICT_EXPORT void edict_sweep_destroy(edict_sweep **sweep);

/* The time (microseconds since 1970, UTC) that the next rows are asked about. On anything but EDICT_OK nothing may be
 * erased, and the diagnostics say why:
 *   EDICT_EXPIRED      the bundles are not valid then, the time is before one that the engine has seen, or a table that
 *                      a rule about retention asks has no data, or none that are fresh: who is held is not known
 *   EDICT_UNSUPPORTED  a rule about retention obliges to what the host cannot do */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_sweep_at(edict_sweep *sweep, int64_t now, edict_diagnostics *diagnostics);
/* That time; and the next moment at which anything of it could change. */
EDICT_EXPORT int64_t edict_sweep_now(const edict_sweep *sweep);
EDICT_EXPORT int64_t edict_sweep_valid_until(const edict_sweep *sweep);

/* 1 if asking about a row needs the cell of this column. */
EDICT_EXPORT int edict_sweep_reads(const edict_sweep *sweep, size_t column);

/* What is to become of one row; the cells are those of every column of the dataset, in contract order, of which only
 * those that are read matter. EDICT_ROW_SHOWN: it is within its time; EDICT_ROW_WITHHELD; EDICT_ROW_ERASABLE.
 * *undecided (may be NULL): 1 where it is withheld because something is not known, such as a time that is missing or
 * ill-typed, and nothing that is known keeps it. On any failure *row is EDICT_ROW_WITHHELD. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_sweep_row(edict_sweep *sweep, const edict_cell *in, size_t count, edict_row *row,
                                                          int *undecided);
/* The same of many rows at once: `shown` and `rows` of the selection are those within their time. The first batch
 * after edict_sweep_at takes memory. Statuses as those of edict_decision_select. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_sweep_select(edict_sweep *sweep, const edict_batch *batch, edict_selection *selection);

/* The rules about retention that apply at that time, federal ones first. */
typedef enum edict_bound { EDICT_BOUND_AT_MOST = 0, EDICT_BOUND_AT_LEAST = 1, EDICT_BOUND_WHILE = 2 } edict_bound;
typedef struct edict_retention {
  edict_text rule;          /* "federal.privacy.litigation" */
  edict_text because;       /* length 0: not given */
  edict_bound bound;
  edict_holds holds;        /* YES or UNKNOWN */
  int erases;               /* AT_MOST: `then erase` */
  size_t column;            /* AT_MOST, AT_LEAST: the first one that it counts from; SIZE_MAX: none */
  int64_t cutoff;           /* AT_MOST: the first instant that is not past it; the calendar's first where none is known */
} edict_retention;
EDICT_EXPORT size_t edict_sweep_rule_count(const edict_sweep *sweep);
EDICT_EXPORT edict_status edict_sweep_rule(const edict_sweep *sweep, size_t index, edict_retention *rule);

#ifdef __cplusplus
}
#endif
#endif
