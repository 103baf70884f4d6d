/* Arrow: what a decision makes of a record batch, through the Arrow C Data Interface. Since 0.1.
 *
 *   edict_decide -> edict_arrow_create (schema) -> edict_arrow_schema, edict_arrow_apply (batch) ... -> destroy
 *
 * What goes in is the caller's and is only read. What comes out is the receiver's, who calls `release`. In its
 * buffers stands what may be seen and nothing else: no hidden row, no byte under a null, outside of a slice, between
 * values or in an entry of a dictionary that no row uses. docs/arrow.md has the table of types. */
#ifndef EDICT_ARROW_H
#define EDICT_ARROW_H

#include <stdint.h>

#include "edict/decision.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As the specification of the interface gives it, for all who do. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

#endif

/* How many bytes each buffer has, where the host knows, as it does of a stream or a file: the interface itself does not
 * say. In the order of a walk: the buffers of an array, those of its children one after the other, those of its
 * dictionary. With them no byte outside of a buffer is read, whatever the batch says of itself. */
typedef struct edict_arrow_sizes {
  const int64_t *bytes;
  size_t count;             /* of all buffers, those that are NULL too */
} edict_arrow_sizes;

typedef struct edict_arrow_options {
  size_t size;              /* sizeof(edict_arrow_options) */
  uint64_t memory;          /* bytes that one batch that comes out may take, and as many while it is made; 0: 4 GiB */
} edict_arrow_options;

/* A decision made ready for batches of one schema. One thread at a time, as its decision. */
typedef struct edict_arrow edict_arrow;

/* `schema`: a struct with a field for each column, found by the physical name of the contract, else by the name. Not
 * released, and not needed afterwards. The decision is one that was made about a dataset, and must live as long; when
 * it decides again, this one is of no more use. `options` may be NULL. A field that the contract does not have, a
 * column that is read and not there, and a type that is closed are warnings. EDICT_ARGUMENT: nothing was decided about
 * a dataset; EDICT_FORMAT: no schema that the specification allows, or two fields of one column; EDICT_LIMIT: it is
 * nested too deeply or has too many fields. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_arrow_create(edict_decision *decision, const struct ArrowSchema *schema,
                                                             const edict_arrow_options *options, edict_arrow **arrow,
                                                             edict_diagnostics *diagnostics);
/* NULL is allowed. Batches and schemas that came out live on. */
EDICT_EXPORT void edict_arrow_destroy(edict_arrow **arrow);

/* The schema of every batch that comes out: the columns that were asked for and are not dropped, in the order of the
 * batch and under the contract's names; of a deny none. `schema` is written over and is the receiver's. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_arrow_schema(const edict_arrow *arrow, struct ArrowSchema *schema);

/* One batch: its rows that are shown, their columns masked. `batch` is only read and not released; `sizes` may be NULL,
 * and then its buffers are believed to be as long as the batch itself says. `out` is written over, and released is what
 * it is after any failure. Counts go to the decision's receipt (edict/receipt.h). EDICT_FORMAT: the batch is not of the
 * schema, or damaged; EDICT_LIMIT: more than 4,294,967,294 rows, more than a type can hold, or too much memory: hand it
 * over in parts; EDICT_UNSUPPORTED as edict_decision_select; EDICT_ARGUMENT: the decision was made anew. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_arrow_apply(edict_arrow *arrow, const struct ArrowArray *batch,
                                                            const edict_arrow_sizes *sizes, struct ArrowArray *out,
                                                            edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
