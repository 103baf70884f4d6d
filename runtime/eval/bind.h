/* Bind: one product with everything folded that its contract fixes.
 *
 * For each dataset: the rules whose target is not definitely false, in a fixed order; for each column
 * the mask lines that may reach it; for each rule that reads rows, the columns behind `row[tag]`. What
 * a target decides is not asked again. Immutable after creation. */
#ifndef EDI_BIND_H
#define EDI_BIND_H

#include "eval/flow.h"
#include "eval/lookup.h"

/* When the outcome of an entry is known. */
typedef enum edi_stage {
  EDI_STAGE_REQUEST,             /* with the request */
  EDI_STAGE_EITHER,              /* with the request; a NO with all but the subject unknown is one already */
  EDI_STAGE_SESSION,             /* with the subject, but for the days of the rule */
} edi_stage;

/* A rule that may apply to a dataset. */
typedef struct edi_entry {
  const edi_linked *linked;
  const edi_rule *rule;
  bool target_fixed;             /* by the contract; else it reads the resource and is asked with each request */
  edi_truth target;              /* YES or UNKNOWN; if it is not fixed, of no meaning */
  edi_truth body;                /* REQUIRE: E, if it is fixed by the contract; else UNKNOWN and body_fixed 0 */
  bool condition_fixed, body_fixed;
  edi_truth condition;           /* if condition_fixed */
  edi_duration duration;         /* RETAIN_AT_*: the bound; duration_known */
  bool duration_known;
  const uint32_t *exempts;       /* EXEMPT: entries of this dataset that it names; those that do not reach it are left out */
  uint32_t exempt_count;
  edi_stage stage;
  /* When what it says can change while the request stays, NULL: never. Its outcome and the masks that do not read
   * the row; what it says of a row; the arguments of its obligations, which matter only where it applies. */
  const edi_moments *moments, *row_moments, *duty_moments;
  bool reads_tables;             /* and as the data of its bundle's tables begins and ends */
  uint32_t duty_first;           /* where the values of its obligations' arguments stand in a plan */
  /* Ways to read its row slots: `combinations` times rule->rowslots.count columns. A rule without row
   * slots has one empty way. */
  const uint32_t *combinations;
  uint32_t combination_count;
} edi_entry;

/* A mask line that may reach a column. */
typedef struct edi_reach { uint32_t entry, arm; } edi_reach; /* index into the dataset's entries; record of ARMS */

typedef struct edi_bound_column {
  edi_str name;
  uint32_t number;               /* in the contract's order */
  uint32_t rank;                 /* classification level, EDI_NONE: unknown */
  unsigned base;                 /* type of its cells */
  bool required;
  uint32_t parent;               /* what it is a part of, a number of the dataset; EDI_NONE: a column */
  edi_column_role role;
  bool repeated;                 /* in an array or a map: a row has many of it, so that its cell is none that rules read */
  uint32_t part_first, part_count; /* the columns that are inside of it, at any depth */
  uint32_t taxonomy;             /* whose nodes its cells name, by its tags; EDI_NONE: none, or several */
  bool uuid;                     /* STRING: its values are UUIDs */
  bool closed;                   /* untagged, and nothing says as what to serve it, or its contract says so: the bottom */
  uint32_t *tags;                /* vocabulary nodes, `untagged` among them where it applies */
  size_t tag_count;
  edi_reach *reaches;
  size_t reach_count;
} edi_bound_column;

/* An exempt and one of the rules that it names. */
typedef struct edi_lift { uint32_t exempt, entry; } edi_lift;

/* The entries that say something of one action, in their order: what a decision walks over. */
enum { EDI_FOLDED_MOST = 256 };  /* entries of a concern that is folded by subject */
typedef struct edi_concern {
  const uint32_t *entries;       /* enforced */
  uint32_t count;
  const uint32_t *shadows;       /* in shadow: tried one by one */
  uint32_t shadow_count;
  const edi_lift *lifts;         /* of both */
  uint32_t lift_count;
  bool folds;                    /* the decision that folds what a subject fixes costs no more than is declared */
  edi_moments dates;             /* as the days of its rules begin and end */
  edi_moments moments;           /* those, and as what its rules say can change */
  edi_moments row_moments;       /* as what they say of rows can */
} edi_concern;

/* A dataset, or a kind of resource: then without columns, facts of its own, tags and level. */
typedef struct edi_bound_dataset {
  edi_str name, physical_name;
  uint32_t thing;                /* EDI_THING_DATASET, or the kind in the vocabulary's numbers */
  const struct edi_bound_product *product;
  uint32_t rank;                 /* classification level, EDI_NONE: unknown */
  uint32_t *tags;
  size_t tag_count;
  edi_bound_column *columns;
  size_t column_count;
  size_t top_count;              /* those that are no parts, which come first */
  unsigned *column_types;        /* base by column, for the VM; NONE of what is repeated */
  edi_value **facts;             /* by linked->number (federal, own domain): attribute number -> value */
  edi_entry *entries;
  size_t entry_count;
  edi_concern *concerns;         /* by action, from the first of the taxonomy on; leaves alone have any */
  uint64_t *concerned;           /* by entry, `concern_words` of bits: by action, whether it says something of it */
  size_t concern_words;
  edi_lookup lookup;             /* the entries by what they need */
  const struct edi_residue *residue; /* of a dataset: what its contract leaves of its rules; NULL: not known */
} edi_bound_dataset;

typedef struct edi_bound_product {
  edi_str name;
  const edi_linked *federal;
  const edi_linked *linked;      /* the domain's program that carries its contract */
  const edi_contract *contract;
  uint32_t domain;               /* node */
  uint32_t *tags;
  size_t tag_count;
  edi_bound_dataset *datasets;
  size_t dataset_count;
  edi_bound_dataset *resources;  /* by kind */
  size_t resource_count;
  edi_bound_dataset *no_resource; /* what stands for a kind that is not declared: no rule is about it */
  /* Over datasets and resources: how large a plan is. Keys: pseudonyms that the cases of a dataset's masks name. */
  size_t most_columns, most_entries, most_reaches, most_keys;
  bool ciphers;                  /* token or fpe are among the cases */
  /* Of all obligations of a dataset's rules: how many, their arguments, those that make texts. */
  size_t most_duties, most_arguments, most_made;
  size_t most_shadows;           /* rules in shadow */
  size_t most_lookup_keys;
} edi_bound_product;

/* bind_parts.c: after the columns were bound, and after it is known which masks reach each. */
void edi_bind_parts(edi_bound_dataset *dataset);
edict_status edi_bind_part_reaches(edi_arena *arena, edi_bound_dataset *dataset) EDICT_MUST_CHECK;

/* Whether the transform, with its arguments, fits the column; if not, the column gets the bottom. */
bool edi_bound_suits(const edi_bound_column *column, const edi_transform *transform);

/* Whether an entry says something of an action, counted from the first of the taxonomy. */
static inline bool edi_bound_concerns(const edi_bound_dataset *d, size_t entry, size_t action) {
  return (d->concerned[entry * d->concern_words + action / 64] >> action % 64 & 1) != 0;
}

/* Whether a rule is about what the dataset stands for: a dataset, or a kind of resource. */
bool edi_bound_is_about(const edi_bound_dataset *dataset, const edi_linked *linked, const edi_rule *rule);

/* `layers` are the federal program and the product's domain's, in this order. Refuses a product
 * beyond the limits; adds warnings for what an author should know (R0510 and on). */
edict_status edi_bind(const edi_vocabulary *vocabulary, const edi_linked *const layers[2],
                      uint32_t contract, edi_arena *arena, edi_bound_product *product,
                      edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
