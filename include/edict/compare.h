/* Compare: what is different between two sets of bundles, in what they say, and requests at which they might
 * answer otherwise (libedict-policy).
 *
 * Nothing is decided here. Whoever has an evaluator makes two engines of the bundles that are given back, asks both
 * and compares; `edict diff` does. The sources that bundles carry say what rules compare with; the answers are those
 * of the bundles themselves. Since 0.1. */
#ifndef EDICT_COMPARE_H
#define EDICT_COMPARE_H

#include "edict/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum edict_side { EDICT_SIDE_OLD = 0, EDICT_SIDE_NEW = 1 } edict_side;

typedef struct edict_comparison edict_comparison;
typedef struct edict_comparison_options {
  size_t size;                  /* sizeof(edict_comparison_options) */
  const edict_bytes *bundles[2]; /* by side: one federal bundle, any number of domains' and tables', 8-byte aligned */
  size_t counts[2];
} edict_comparison_options;

/* Opens both sides and compares what they say. The bytes must stay. Signatures are not looked at. EDICT_FORMAT: a
 * damaged bundle; EDICT_FINDINGS: sides that cannot be compared, or sources that this version does not compile. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_comparison_create(const edict_comparison_options *options,
                                                                  edict_comparison **comparison,
                                                                  edict_diagnostics *diagnostics);
EDICT_EXPORT void edict_comparison_destroy(edict_comparison **comparison);

/* ---- what they say; texts live as long as the comparison and end in a NUL ---- */
typedef enum edict_change_kind {
  EDICT_CHANGE_ADDED = 1,
  EDICT_CHANGE_REMOVED = 2,
  EDICT_CHANGE_CHANGED = 3,
  EDICT_CHANGE_TO_SHADOW = 4,   /* a rule that enforces nothing any more */
  EDICT_CHANGE_FROM_SHADOW = 5,
} edict_change_kind;
typedef struct edict_change_part {
  const char *name;             /* "when" */
  const char *before, *after;   /* NULL: not there */
} edict_change_part;
typedef struct edict_change {
  edict_change_kind kind;
  const char *noun;             /* "rule", "tag", "attribute", "table", "product", "bundle", ... */
  const char *name;             /* "federal.privacy.contact-details" */
  const char *layer;            /* "federal", "domain sales" */
  const char *file;             /* where it stands, on the new side if it is there; "" if nowhere */
  uint32_t line;
  int decides;                  /* it can change an answer */
  int beyond;                   /* it can change who is let in or believed, or what matches, in a way that no request is sure to show, and not only close */
  const edict_change_part *parts; /* what is different; of what was added or removed, all of it */
  size_t part_count;
} edict_change;
EDICT_EXPORT size_t edict_comparison_change_count(const edict_comparison *comparison);
EDICT_EXPORT const edict_change *edict_comparison_change(const edict_comparison *comparison, size_t index); /* NULL past the last */
/* Whether the bundles of a side are not what this version makes of their sources: their programs may then do what
 * the sources do not say, which no search by them can find. */
EDICT_EXPORT int edict_comparison_doubts(const edict_comparison *comparison, edict_side side);

/* ---- contracts that are supposed, by names alone: a side reads of it what its vocabulary has ---- */
typedef struct edict_supposed_column {
  edict_text name;
  const char *type;             /* "string", "int", ...; NULL: as its tags say */
  const edict_text *tags;
  size_t tag_count;
  edict_text level;             /* of the scale `classification`; ptr NULL: none */
} edict_supposed_column;
typedef struct edict_supposed_contract {
  edict_text product, domain, dataset;
  edict_text level;             /* of the dataset */
  const edict_text *product_tags, *dataset_tags;
  size_t product_tag_count, dataset_tag_count;
  const edict_attribute *product_attributes, *dataset_attributes;
  size_t product_attribute_count, dataset_attribute_count;
  const edict_supposed_column *columns;
  size_t column_count;
} edict_supposed_contract;

/* ---- requests to begin with: made so that a rule that changed holds on one side and not on the other ----
 *
 * `contract` NULL: it is about a product that both sides carry, which is the caller's to choose. */
EDICT_EXPORT size_t edict_comparison_request_count(const edict_comparison *comparison);
EDICT_EXPORT edict_status edict_comparison_request(const edict_comparison *comparison, size_t index, edict_test *test,
                                                  const edict_supposed_contract **contract);
/* Questions about the rules that met a bound: no request is known for them, and one may be. */
EDICT_EXPORT size_t edict_comparison_left(const edict_comparison *comparison);
/* Conditions of rules that changed which no request was made for on purpose, as they compare what cannot be solved
 * for (patterns, blocks of addresses, sums): one a text; NULL past the last. */
EDICT_EXPORT const char *edict_comparison_open(const edict_comparison *comparison, size_t index);

/* ---- values worth asking with: what the rules that changed compare with, and what lies beside it ---- */
typedef enum edict_place {
  EDICT_PLACE_SUBJECT, EDICT_PLACE_CONTEXT, EDICT_PLACE_RESOURCE, EDICT_PLACE_PRODUCT, EDICT_PLACE_DATASET,
  EDICT_PLACE_PRODUCT_TAGS, EDICT_PLACE_DATASET_TAGS, EDICT_PLACE_COLUMN_TAGS,
  EDICT_PLACE_DATASET_LEVEL, EDICT_PLACE_COLUMN_LEVEL, EDICT_PLACE_PRODUCT_NAME, EDICT_PLACE_DATASET_NAME,
  EDICT_PLACE_DOMAIN, EDICT_PLACE_ACTION, EDICT_PLACE_NOW,
} edict_place;
typedef struct edict_pool {
  edict_place place;
  const char *kind;             /* RESOURCE: of resource */
  const char *name;             /* SUBJECT to DATASET: the attribute */
  int set;                      /* a set of values, not one */
  int wanted;                   /* a rule that changed reads it */
  const edict_text *values;
  size_t count;
  int defaulted;                /* what a request leaves out has a value all the same: only what is none of its type is unknown */
} edict_pool;
EDICT_EXPORT size_t edict_comparison_pool_count(const edict_comparison *comparison);
EDICT_EXPORT const edict_pool *edict_comparison_pool(const edict_comparison *comparison, size_t index);
/* Cells worth asking with in a column of this type, at that time: at most `most` are written, and how many there
 * are is returned. Texts live as long as the comparison. */
EDICT_EXPORT size_t edict_comparison_cells(const edict_comparison *comparison, const char *type, int64_t now,
                                          edict_cell *cells, size_t most);
/* When to ask, in microseconds: the first moment at which all bundles of both sides are in force, and the one past the last;
 * where there is none, those of any of them. */
EDICT_EXPORT void edict_comparison_times(const edict_comparison *comparison, int64_t *from, int64_t *until);

/* ---- asking ---- */
/* What both sides' engines are made of: the same programs, in bundles that are in force at one time (what is
 * different about that is among the changes), and with `count` supposed contracts. `opens`: their domains permit
 * all that delegates let them. The caller frees each of the *bundle_count texts with edict_text_free, and the list
 * with edict_comparison_bundles_free. Development engines take them. */
typedef struct edict_bundle_list { edict_bytes *items; size_t count; } edict_bundle_list;
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_comparison_bundles(const edict_comparison *comparison, edict_side side,
                                                                   const edict_supposed_contract *contracts, size_t count,
                                                                   int opens, edict_bundle_list *list);
EDICT_EXPORT void edict_comparison_bundles_free(edict_bundle_list *list);
/* Whether some domain may open something by a delegate, on either side. */
EDICT_EXPORT int edict_comparison_delegates(const edict_comparison *comparison);

/* A subject as an issuer of this side vouches for it: *out has room for `count`; attributes that it may not assert are
 * left out, of sets the values. EDICT_NOT_FOUND: the side has no such issuer. Texts are the caller's own, or live as
 * long as the comparison; `values` has room for all values of `attributes` and `count` more. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_comparison_admit(const edict_comparison *comparison, edict_side side,
                                                                 const char *issuer, const edict_attribute *attributes,
                                                                 size_t count, edict_attribute *out, size_t *out_count,
                                                                 edict_text *values);
/* The attributes that a side declares of those given: *out has room for `count`. `kind`: of resource; NULL: of the
 * context. EDICT_NOT_FOUND: the side has no such kind. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_comparison_declared(const edict_comparison *comparison, edict_side side,
                                                                    const char *kind, const edict_attribute *attributes,
                                                                    size_t count, edict_attribute *out, size_t *out_count);
/* Request and contract (NULL: none) as the lines of a `test` block, after a comment; edict_text_free it. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_comparison_show(const edict_comparison *comparison,
                                                                const edict_supposed_contract *contract,
                                                                const edict_test *test, char **text, size_t *length);

#ifdef __cplusplus
}
#endif
#endif
