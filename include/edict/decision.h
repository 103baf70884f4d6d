/* Decision: may this subject do this, to which rows, with which columns masked how, and why.
 *
 * A decision object is made once per thread and product and used again and again; deciding and
 * applying allocate nothing. It is zero, which is deny and everything masked, when it is created, at
 * the start of every edict_decide, and after any failure. Since 0.1. */
#ifndef EDICT_DECISION_H
#define EDICT_DECISION_H

#include <stddef.h>
#include <stdint.h>

#include "edict/engine.h"
#include "edict/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_decision edict_decision;

typedef enum edict_effect { EDICT_DENY = 0, EDICT_PERMIT = 1 } edict_effect;

/* A typed value of a row. A text in a column that the contract calls int, an invalid date and so on
 * are ill-typed: unknown to rules, and masked to the bottom where a mask applies. */
typedef enum edict_cell_type {
  EDICT_CELL_NULL = 0,
  EDICT_CELL_INT = 1,       /* integer; fits int and decimal columns, bool as 0 and 1 */
  EDICT_CELL_REAL = 2,      /* real; fits float columns, and decimal ones by its shortest decimal text */
  EDICT_CELL_TEXT = 3,      /* ptr, len: UTF-8; date, timestamp, time, decimal and float columns in text form too */
  EDICT_CELL_BLOB = 4,      /* ptr, len; fits binary columns, which no rule reads */
  EDICT_CELL_BOOL = 5,      /* integer: 0 or 1 */
  EDICT_CELL_DATE = 6,      /* integer: days since 1970-01-01 */
  EDICT_CELL_TIMESTAMP = 7, /* integer: microseconds since 1970-01-01T00:00:00Z */
  EDICT_CELL_DECIMAL = 8,   /* integer * 10^-scale; fits float columns too */
  EDICT_CELL_TIME = 9,      /* integer: microseconds since midnight, below 86400000000; no rule reads it */
} edict_cell_type;

typedef struct edict_cell {
  edict_cell_type type;
  uint32_t scale;           /* DECIMAL: 0 to 18 */
  int64_t integer;
  double real;
  const char *ptr;          /* TEXT, BLOB: borrowed from whoever made the cell */
  size_t len;
} edict_cell;

/* What a request is about that is no dataset: a declared kind of resource, with what it is given with. Its
 * attributes are those that `resource KIND` declares, and `name` and `tags`. */
typedef struct edict_resource {
  edict_text kind;          /* "model" */
  const edict_attribute *attributes;
  size_t attribute_count;
} edict_resource;

typedef struct edict_request {
  size_t size;              /* sizeof(edict_request) */
  edict_text action;        /* a leaf of the action taxonomy: "read" */
  size_t dataset;           /* index in the product */
  const uint32_t *columns;  /* every column the query reads anywhere; none: still a read of the dataset */
  size_t column_count;
  const edict_attribute *context; /* purpose and what else the vocabulary declares */
  size_t context_count;
  int64_t now;              /* microseconds since 1970, UTC */
  const edict_resource *resource; /* NULL: the dataset is asked about. Else it is this; `dataset` is 0, and no columns */
  const unsigned char *seed; /* EDICT_SEED_BYTES of randomness, never used twice: for keys joinable within query.
                                NULL: what such a key would mask is the bottom */
} edict_request;
#define EDICT_SEED_BYTES 32

/* How much a decision object may keep. All memory for it is taken when it is made, and none of it touched before it is used. */
typedef struct edict_decision_options {
  size_t size;              /* sizeof(edict_decision_options) */
  size_t holds;             /* so many sessions, as many entities and as many questions, 1048576 at most; 0: 512 */
} edict_decision_options;

/* Memory for decisions about one product; keeps the product alive. `options` may be NULL. EDICT_ARGUMENT: no product, or
 * options that are not as described. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_create_with(const edict_product *product,
                                                                     const edict_decision_options *options,
                                                                     edict_decision **decision);
/* The same without options. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_create(const edict_product *product,
                                                                edict_decision **decision);
EDICT_EXPORT void edict_decision_destroy(edict_decision **decision);

/* Decides. EDICT_OK means that a decision was made, permit or deny: look at edict_decision_effect.
 * Any other status is a misuse (EDICT_ARGUMENT) or a defect, and the decision is deny. Does not
 * allocate. Session and decision must belong to one engine. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decide(edict_decision *decision, const edict_session *session,
                                                       const edict_request *request);

/* Many requests at once, of which the effect alone is wanted: effects[i] is an edict_effect as edict_decide would give it
 * for each by itself. The decision object is back to zero afterwards, as nothing else is made. Nothing is allocated.
 * edict_decide_resources: one subject, and resources in the place of request->resource, which is NULL.
 * edict_decide_subjects: many subjects, one request.
 * Where one of them fails (EDICT_ARGUMENT, EDICT_UNTRUSTED) it is denied, the others are decided, and the status is that
 * of the first which failed; where the request itself fails all are denied. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decide_resources(edict_decision *decision, const edict_session *session,
                                                                 const edict_request *request, const edict_resource *resources,
                                                                 size_t count, unsigned char *effects);
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decide_subjects(edict_decision *decision, const edict_session *const *sessions,
                                                                size_t count, const edict_request *request,
                                                                unsigned char *effects);

/* Back to zero, and lets go of all that it remembers: a decision object keeps the subjects of its newest decisions,
 * the entities that they were about and the questions that were asked, until there would be one more of them than it
 * holds, and a few answers, which it gives again where the same is asked before
 * edict_decision_valid_until. */
EDICT_EXPORT void edict_decision_forget(edict_decision *decision);

EDICT_EXPORT edict_effect edict_decision_effect(const edict_decision *decision);
/* The moment at which any of this could change: hold the answer no longer. */
EDICT_EXPORT int64_t edict_decision_valid_until(const edict_decision *decision);
/* 1 if it was made for `eval` or `test`: logs and adapters refuse such decisions. */
EDICT_EXPORT int edict_decision_is_hypothetical(const edict_decision *decision);

/* ---- why ---- */
typedef enum edict_holds { EDICT_HOLDS_NO = 0, EDICT_HOLDS_YES = 1, EDICT_HOLDS_UNKNOWN = 2 } edict_holds;
typedef struct edict_reason {
  edict_text rule;          /* "federal.privacy.residency"; or "edict.token-time" and the like for
                               refusals that no rule makes: effect "forbid", file empty */
  const char *effect;       /* "permit", "mask", ... */
  edict_holds holds;
  edict_text because, see;  /* length 0: not given */
  edict_text file;          /* the rule's source, with line and column from 1 */
  uint32_t line, column;
  edict_text unmet;         /* an obligation of the rule that cannot be met, by the host or because an
                               argument is not known: so the permit does not hold, or the rule denies */
} edict_reason;
/* Every rule that mattered: on a permit, the permits that hold and every closer that shaped the
 * answer; on a deny, the forbids and requires that hold, else the permits that could have applied. In
 * a fixed order. Texts live as long as the engine; they are not NUL-terminated. */
EDICT_EXPORT size_t edict_decision_reason_count(const edict_decision *decision);
EDICT_EXPORT edict_status edict_decision_reason(const edict_decision *decision, size_t index, edict_reason *reason);
/* Names of the attributes ("subject.purposes") that were unknown where reason `index` is unknown;
 * NULL past the last. The text stands until the next call for this decision. */
EDICT_EXPORT const char *edict_decision_reason_unknown(edict_decision *decision, size_t index, size_t which);

/* Each part of each rule that deciding looked at, and what it came out as; with a row (as for
 * edict_decision_apply_row) what the row looked at. For tools: nothing of it is kept while deciding. */
typedef struct edict_condition {
  edict_text rule;
  const char *part;         /* "applies" (all of it), "on", "when", "unless", "require", "where", "while",
                               "after" (the time of `retain` is over), "case" */
  uint32_t number;          /* of a case of a mask, from 1 through all its lines; else 0 */
  edict_holds holds;
  uint32_t leaf;            /* of edict_decision_comparisons: which comparison of the part, from 1, as they are
                               written; else 0 */
} edict_condition;
EDICT_EXPORT edict_status edict_decision_conditions(edict_decision *decision, const edict_cell *row, size_t count,
                                                   void (*tell)(void *user, const edict_condition *condition),
                                                   void *user);

/* The comparisons of those parts that have one or more of them joined by `and`, `or` and `not`, as far as deciding
 * looked at them. What is written negated (`!=`, `is not`, `not in`) is told as it comes out without the negation. Where a row can be
 * read in several ways, each is told. EDICT_UNSUPPORTED, EDICT_LIMIT: code that no compiler of Edict wrote. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_comparisons(
    edict_decision *decision, const edict_cell *row, size_t count,
    void (*tell)(void *user, const edict_condition *condition), void *user);

/* The same expression by expression, from the code that decides: each part of each rule as a tree, told from its
 * root. Facts of the request, the product and the dataset are read, never a row. Values stand in it: whoever shows
 * it to somebody else leaves them out. */
typedef struct edict_read {
  edict_text attribute;     /* "subject.roles" */
  edict_text value;         /* as the language writes it: `[analyst, dpo]`; "unknown" */
  const edict_text *choices; /* of a level or a node, no set: what it might be, as a claim writes it: the levels of its scale, the
                                lowest first; of the federal taxonomy nodes with none below them, the first 24 */
  size_t choice_count;
} edict_read;
typedef struct edict_expression {
  edict_text rule;
  const char *effect, *part; /* as in edict_reason and edict_condition; "applies" has no text */
  uint32_t number;          /* of a case of a mask */
  unsigned depth;           /* 0: the part as a whole */
  int join;                 /* text is "and", "or", "not", and the lines below it are joined by it */
  edict_text text;          /* a comparison as the language writes it */
  edict_holds holds;
  const char *why;          /* why a comparison is unknown: "absent", "not-stated", "incomplete", "broader",
                               "table"; else "" */
  const edict_read *reads;  /* of a comparison */
  size_t read_count;
  const edict_text *constants; /* what it compares with, as a claim writes it */
  size_t constant_count;
} edict_expression;
/* EDICT_UNSUPPORTED, EDICT_LIMIT: code that no compiler of Edict wrote. The texts stand during `tell`. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_expressions(
    edict_decision *decision, void (*tell)(void *user, const edict_expression *expression), void *user);

/* One sentence or a few for whoever was refused (or permitted): the effect, each rule with its
 * `because`, what was unknown. Writes at most `capacity` bytes with a NUL, returns the full length. */
EDICT_EXPORT size_t edict_decision_explain(edict_decision *decision, char *text, size_t capacity);
/* The whole decision as JSON, in the form that docs/decision-json.md describes; edict_text_free it. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_json(edict_decision *decision, char **text,
                                                              size_t *length);

/* ---- obligations ---- */
/* What the host must do with this answer, permit or deny: the obligations of every rule that shaped it,
 * in the order of the rules. On a permit all of them are among those that the engine was told the host
 * can meet. */
typedef struct edict_obligation {
  edict_text name;          /* "federal.privacy.watermark" */
  edict_text rule;          /* whose it is */
  size_t argument_count;
} edict_obligation;
typedef struct edict_argument {
  edict_text name;          /* of the parameter */
  const char *type;         /* "string" "int" "decimal" "bool" "date" "timestamp" "duration" "ip" "node"
                               "level" "id" */
  edict_text value;         /* as the language writes it, texts without quotes; stands until the next call
                               for this decision */
} edict_argument;
EDICT_EXPORT size_t edict_decision_obligation_count(const edict_decision *decision);
EDICT_EXPORT edict_status edict_decision_obligation(const edict_decision *decision, size_t index,
                                                   edict_obligation *obligation);
EDICT_EXPORT edict_status edict_decision_obligation_argument(edict_decision *decision, size_t index,
                                                            size_t which, edict_argument *argument);

/* ---- columns, rows, retention ---- */
/* Name of the transform of a column ("keep", "null", "show-last", ..., or "varies" if it depends on
 * the row); "null" for whatever was not asked for or not permitted. `arguments`, if not NULL,
 * receives them as written, such as `4, rest: "*"` (until the next call for this decision). */
EDICT_EXPORT const char *edict_decision_column(edict_decision *decision, size_t column, const char **arguments);
/* Within what values of a column are equal to equal ones elsewhere, as text: "federation", "product sales.orders", "query" for
 * those that are equal within this decision alone; "" for a mask without key, whose arguments say all, and for one that
 * depends on the row. EDICT_LIMIT: there is no room for it. Since 0.1. */
EDICT_EXPORT edict_status edict_decision_column_scope(const edict_decision *decision, size_t column, char *text, size_t room);
/* 1 if what the decision shows of a column says no more than what `other`, of whatever engine, shows of one: that is raw, or
 * this can be computed from it without a key. `row` and `other_row` hold a cell for every column of the own dataset, as for
 * edict_decision_apply_row, and masks that read the row are looked at for these; both NULL: whatever the rows are, and
 * 0 if a mask of either reads them. Since 0.1. */
EDICT_EXPORT int edict_decision_column_within(edict_decision *decision, size_t column, const edict_cell *row,
                                              edict_decision *other, size_t other_column, const edict_cell *other_row);
/* 1 if applying reads the cell of this column (because it is shown, masked from, or a rule reads it). */
EDICT_EXPORT int edict_decision_reads(const edict_decision *decision, size_t column);

/* What a reader was shown as a token or under fpe, as it was: `text` is what stands in a cell of the column.
 * The decision must be a permit of the action `unmask` that asked for the column; write it to the log
 * before the answer is used. Keys joinable within a purpose take the purpose of this request, keys
 * joinable within a reader or a query never come back. `epoch` is for fpe, which does not say its own; 0 is
 * the one in use. The answer stands in `memory`, which needs three times the length of the text.
 * EDICT_ARGUMENT: no such permit; EDICT_NOT_FOUND: no mask of the column made this, or its epoch is gone;
 * EDICT_UNSUPPORTED: several masks of the column could have; EDICT_LIMIT: too little memory. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_unmask(edict_decision *decision, size_t column, edict_text text,
                                                                uint64_t epoch, char *memory, size_t memory_size,
                                                                edict_text *plain);

typedef enum edict_row {
  EDICT_ROW_HIDDEN = 0,
  EDICT_ROW_SHOWN = 1,
  EDICT_ROW_WITHHELD = 2, /* hidden: past its retention, and kept because it must be */
  EDICT_ROW_ERASABLE = 3, /* hidden, and due to be erased */
} edict_row;

/* ---- groups ---- */
/* Where rows may be shown in groups alone: each group has at least `least` distinct known values of each of
 * these columns. */
typedef struct edict_group {
  size_t column;            /* SIZE_MAX: the dataset has no such column, so no group may be shown */
  uint32_t least;
} edict_group;
EDICT_EXPORT size_t edict_decision_group_count(const edict_decision *decision);
EDICT_EXPORT edict_status edict_decision_group(const edict_decision *decision, size_t index, edict_group *group);
/* Which groups may be shown. `counts` holds for each of `count` groups as many numbers as there are
 * requirements: the distinct values, NULL apart, of that column among the rows of the group that
 * edict_decision_apply_row shows. shown[i] is 1 or 0; what is 0 is left out without a trace, its number and
 * its key too, as a group without rows is. All 0 after a failure and on a deny. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_apply_groups(const edict_decision *decision,
                                                                      const uint64_t *counts, size_t count,
                                                                      unsigned char *shown);

/* ---- rules in shadow ---- */
/* What a rule in shadow would have changed, alone beside the rules that are enforced. */
enum {
#define EDICT_WOULD(NAME, bit) EDICT_WOULD_##NAME = (bit)
  EDICT_WOULD(PERMIT, 1),
  EDICT_WOULD(DENY, 2),
  EDICT_WOULD(MASK, 4),
  EDICT_WOULD(ROWS, 8),
  EDICT_WOULD(GROUPS, 16),
  EDICT_WOULD(RETENTION, 32),
  EDICT_WOULD(OBLIGATIONS, 64),
#undef EDICT_WOULD
};
typedef struct edict_shadow {
  edict_text rule;
  const char *effect;       /* "mask" */
  edict_holds holds;
  unsigned would;           /* EDICT_WOULD_*, at least one */
} edict_shadow;
/* Those that would have changed something, in a fixed order. */
EDICT_EXPORT size_t edict_decision_shadow_count(const edict_decision *decision);
EDICT_EXPORT edict_status edict_decision_shadow(const edict_decision *decision, size_t index, edict_shadow *shadow);
/* 1 if it would have masked this column otherwise. */
EDICT_EXPORT int edict_decision_shadow_masks(const edict_decision *decision, size_t index, size_t column);

/* What the decision makes of one row. `in` holds a cell for every column of the dataset in contract
 * order; `out` receives as many: masked where a column was asked for, NULL otherwise, all NULL unless
 * the row is shown. A cell that does not fit its column is the bottom even where no mask applies. Text made by masks is written to `memory`; EDICT_LIMIT if it does not fit, then
 * nothing is shown and the call may be repeated with more. EDICT_UNSUPPORTED if the row may be shown as
 * part of a group alone and the engine was not told that the host suppresses groups; nothing is shown then.
 * `out` may not overlap `in`. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_apply_row(edict_decision *decision,
                                                                   const edict_cell *in, size_t count,
                                                                   edict_cell *out, char *memory,
                                                                   size_t memory_size, edict_row *row);

#ifdef __cplusplus
}
#endif
#endif
