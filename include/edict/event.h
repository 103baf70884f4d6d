/* Event: what a decision makes of one event, or of one row whose values are texts. Since 0.1.
 *
 *   edict_decide -> edict_events_create -> edict_events_apply (one JSON object) ... -> destroy
 *
 * What comes out holds what may be seen and nothing else: the columns that were asked for, under the contract's names
 * and in its order, masked as edict_decision_apply_row masks them. docs/apply.md tells which JSON is which cell. */
#ifndef EDICT_EVENT_H
#define EDICT_EVENT_H

#include "edict/decision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_events_options {
  size_t size;              /* sizeof(edict_events_options) */
  size_t most;              /* bytes of one event or row, going in and coming out; 0: 4 MiB */
} edict_events_options;

/* A decision made ready for events. It follows the decision: once that decides again, so does this. One thread at a
 * time, as its decision, which must live as long. */
typedef struct edict_events edict_events;

/* `options` may be NULL. EDICT_ARGUMENT, EDICT_MEMORY. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_events_create(edict_decision *decision, const edict_events_options *options,
                                                              edict_events **events);
/* NULL is allowed. What came out goes with it. */
EDICT_EXPORT void edict_events_destroy(edict_events **events);

/* One JSON object (RFC 8259) of UTF-8 text. *out is the object that may be seen, empty unless *row is EDICT_ROW_SHOWN, and
 * valid until the next call. A member is found by the physical name of its column, or by the name if that is no column's
 * physical one; what the contract does not have is left out. A value that is not of its column's type is the bottom; it is counted, and spoils nothing else.
 * On any failure *row is EDICT_ROW_HIDDEN, *out empty, and *why, which may be NULL, a text without a value of the event.
 * EDICT_FORMAT: no such object, a member that stands twice, two members of one column; EDICT_LIMIT: too long, or nested
 * deeper than 64; EDICT_UNSUPPORTED: as edict_decision_apply_row; EDICT_ARGUMENT: nothing was decided about a dataset. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_events_apply(edict_events *events, const char *text, size_t length,
                                                             edict_row *row, edict_text *out, const char **why);

/* One row of texts, as files of delimited values have them: `in` holds one for each column of the dataset that is no
 * part (edict_product_top_column_count) in contract order, `ptr` NULL where there is none, which is NULL; so does `out`. A
 * column that others lie in is a JSON text. Columns that
 * were not asked for, and those that are dropped, are NULL. All else as edict_events_apply; EDICT_FORMAT: the text of a
 * column that others lie in is no JSON. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_events_apply_texts(edict_events *events, const edict_text *in, size_t count,
                                                                   edict_row *row, edict_text *out, const char **why);

/* 1 if data of this name belongs to the column: it is its physical name, or it is its name and no column's physical one. */
EDICT_EXPORT int edict_product_column_is(const edict_product *product, size_t dataset, size_t column, edict_text name);

/* 1 if the decision leaves the column out of what comes out, whatever the row: not asked for, or dropped. */
EDICT_EXPORT int edict_decision_drops(const edict_decision *decision, size_t column);

/* Of one column or part: values so far that were not of its type, or that its mask made nothing of. */
EDICT_EXPORT uint64_t edict_events_unfit(const edict_events *events, size_t column);

#ifdef __cplusplus
}
#endif
#endif
