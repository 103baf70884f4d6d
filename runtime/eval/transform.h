/* Transform: what a mask does, as a value that can be compared and met, without doing it.
 *
 * RAW lies above all; NULL, the bottom, below all but DROP, which lies below NULL. a is below b if a's
 * output can be computed from b's without a key; those pairs are eval/meets.def, each with the function
 * that computes it (run by the property test). Two that are not ordered meet in the greatest of the
 * table that lies below both, mostly the bottom. The meet of a set never depends on the order. */
#ifndef EDI_TRANSFORM_H
#define EDI_TRANSFORM_H

#include "base/pattern.h"
#include "bundle/argument.h"

/* As the words of date-trunc's parameter are numbered; the coarser the higher. */
typedef enum edi_unit { EDI_UNIT_HOUR, EDI_UNIT_DAY, EDI_UNIT_ISOWEEK, EDI_UNIT_MONTH, EDI_UNIT_QUARTER, EDI_UNIT_YEAR } edi_unit;

typedef struct edi_transform {
  edi_transform_id id;         /* NONE in zeroed memory: treated as the bottom */
  uint32_t key_scope;          /* EDI_SCOPE_* of the key */
  edi_value args[EDI_PARAMETERS_MOST]; /* by parameter, settled: bundle/argument.h */
  edi_str key;                 /* qualified name, which carries layer and module; empty: none */
  const edi_pattern *pattern;  /* REGEX */
  edi_str pattern_source;
  uint32_t row_slot;           /* of the cell that it reads beside its own, plus 1; 0: none */
  uint32_t row_column;         /* the column of that cell in a dataset, plus 1: a plan knows it */
} edi_transform;

/* Whether it is made under a key of the entity's own, which the other cell names. */
static inline bool edi_transform_by_entity(const edi_transform *t) {
  return (t->id == EDI_TRANSFORM_PSEUDONYM && t->args[EDI_ARG_PSEUDONYM_BY].base) || (t->id == EDI_TRANSFORM_TOKEN && t->args[EDI_ARG_TOKEN_BY].base);
}

extern const edi_transform edi_transform_raw, edi_transform_bottom;

bool edi_transform_equal(const edi_transform *a, const edi_transform *b);
/* Whether a's output can be computed from b's, for every value of a column that both suit. */
bool edi_transform_below(const edi_transform *a, const edi_transform *b);
/* The meet. *fell (may be NULL) becomes true if two that go together in nothing fell to the bottom. */
edi_transform edi_transform_meet(const edi_transform *a, const edi_transform *b, bool *fell);
/* Whether the transform fits cells of this base type; if not, the column gets the bottom. */
bool edi_transform_fits(edi_transform_id id, unsigned base);
/* The same for one with its arguments: a constant must be of the column's type. */
bool edi_transform_suits(const edi_transform *transform, unsigned base);
/* The arguments as a person writes them: `4, rest: "*"`. */
void edi_transform_arguments(const edi_transform *transform, edi_buf *into);

#endif
