/* Plan: the answer to one request, as rules and transforms; enforce/ carries it out.
 *
 * All arrays are sized when the plan is made for a product; deciding fills them and allocates nothing.
 * A zeroed plan denies. */
#ifndef EDI_PLAN_H
#define EDI_PLAN_H

#include "eval/bind.h"
#include "eval/context.h"
#include "eval/sets.h"
#include "eval/vm.h"
#include "identity/subject.h"

typedef enum edi_system_reason {
  EDI_SYSTEM_NONE,
#define REFUSAL(NAME, rule, because, how) EDI_SYSTEM_##NAME,
#include "bundle/refusals.def"
#undef REFUSAL
} edi_system_reason;

typedef struct edi_reason {
  uint32_t entry;                /* index into the dataset's entries; EDI_NONE: `system` says */
  edi_truth holds;               /* outcome of target and condition */
  edi_system_reason system;
  uint32_t unmet;                /* 1 + the number of its obligation that cannot be met; 0: none */
} edi_reason;

/* An obligation of the decision: a rule's, by its place among those of the rule. */
typedef struct edi_plan_duty { uint32_t entry, duty; } edi_plan_duty;

/* One mask line that applies to a column and still depends on the row. */
typedef struct edi_live_reach { uint32_t entry, arm; } edi_live_reach;

/* What the cases of masks came out as in the decision that is under way, by layer and case: an arm that reaches many
 * columns asks each of its conditions once, as its declared cost says. Those that read the row are not in it. */
typedef struct edi_case_memo { uint32_t decision; uint32_t *truths[2]; } edi_case_memo; /* decision * 4 + truth */

/* Groups of rows are shown only with so many distinct values of a column. EDI_NONE: no column of the
 * dataset carries the tag, so no group is. */
typedef struct edi_plan_group { uint32_t column, least; } edi_plan_group;

/* What a rule in shadow would have changed, alone beside what is enforced. WOULD(NAME, bit, "word") */
#define EDI_WOULDS(WOULD)                                                                       \
  WOULD(PERMIT, 1, "permit") WOULD(DENY, 2, "deny") WOULD(MASK, 4, "mask") WOULD(ROWS, 8, "rows") \
  WOULD(GROUPS, 16, "groups") WOULD(RETENTION, 32, "retention") WOULD(OBLIGATIONS, 64, "obligations")
enum {
#define WOULD(NAME, bit, word) EDI_WOULD_##NAME = (bit),
  EDI_WOULDS(WOULD)
#undef WOULD
};
typedef struct edi_plan_shadow { uint32_t entry; edi_truth holds; uint32_t would; } edi_plan_shadow;

typedef struct edi_plan_column {
  bool asked;
  bool fell;                     /* two masks met at the bottom */
  edi_transform fixed;           /* meet of all that does not depend on the row; zero: the bottom */
  uint32_t live_first, live_count; /* edi_plan.live: lines to be added for each row */
  uint32_t rule_first, rule_count; /* edi_plan.column_rules: entries of the masks that apply */
} edi_plan_column;

/* So many entries stand in `holding` at any time, if only those of an answer before: they are entries all the same. */
enum { EDI_PLAN_HOLDS = 4 };

typedef struct edi_plan {
  edict_effect effect;           /* written last */
  const edi_bound_product *product;
  const edi_bound_dataset *dataset;
  const edi_concern *concern;    /* the entries that say something of the action */
  const edi_vocabulary *vocabulary;
  const edi_subject *subject;
  uint32_t action;
  edi_truth delegated;           /* some delegate holds: a domain's permit counts; UNKNOWN: nobody asked yet */
  int64_t now, valid_until;
  int64_t stands_until;          /* of the plan itself, which rows may be read by otherwise before */
  struct edi_folds *folds;       /* what is known of subjects; NULL: each decision is made from nothing */
  edi_reading reading;           /* of the request, which is not needed once it is decided */
  edi_value *context;            /* the reading's, with time and action; a purpose that the subject has not is unknown */
  const edi_value *resource;     /* the reading's or one that was read before; of meaning if one is asked about */
  const struct edi_residue *residue; /* see edi_plan_known */
  edi_truth *outcomes;           /* by entry: target, in force, when and not unless; NO but for those that hold */
  uint32_t *holding;             /* the enforced entries that are not NO, in their order */
  uint32_t holding_count;
  uint32_t *shadow_holding;      /* and those in shadow */
  uint32_t shadow_holding_count;
  bool *lifted;                  /* by entry: an exempt that holds names it; all false between decisions */
  bool *mattered;                /* by entry: it shaped the answer; all false between decisions */
  uint32_t *unmet;               /* by entry, 0 where the outcome is NO: see edi_reason.unmet */
  const bool *meets[2];          /* by layer: which obligations the host can meet */
  edi_value *arguments;          /* of obligations that were looked at: from edi_entry.duty_first on */
  char *made;                    /* texts that arguments made; EDI_VM_SCRATCH for each that can */
  size_t made_used, made_size;
  uint32_t *group_rules;         /* entries: SHOW_GROUPS that apply */
  uint32_t group_rule_count;
  edi_plan_group *groups;        /* by column in its order, the largest number of each */
  uint32_t group_count;
  bool suppresses_groups;        /* the host does so: rows are handed to it */
  edi_plan_duty *duties;         /* of every rule that shaped the answer, in the order of the entries */
  uint32_t duty_count;
  edi_reason *reasons;
  uint32_t reason_count;
  bool brief;                    /* made by edi_residue_decide: holding, outcomes and reasons, and nothing else */
  bool reasons_due;              /* nothing refuses and nothing permits: edi_plan_reasons says why when asked */
  bool shaped;                   /* something stands in what follows */
  edi_plan_column *columns;      /* of the dataset; of meaning where `asked` says so */
  uint32_t *asked;               /* the columns asked for, each once */
  uint32_t asked_count;
  edi_live_reach *live;
  uint32_t live_count;
  uint32_t *column_rules;
  uint32_t column_rule_count;
  uint32_t *row_rules;           /* entries: SHOW_ROWS that apply */
  uint32_t row_rule_count;
  uint32_t *retain_rules;        /* entries: RETAIN_* that apply */
  edi_truth *retain_holds;
  int64_t *retain_cutoffs;       /* AT_MOST: first instant that is not hidden */
  uint32_t retain_rule_count;
  bool *reads;                   /* by column: applying needs the cell */
  edi_plan_shadow *shadows;      /* those that would have changed the answer, in the order of the entries */
  uint32_t shadow_count;
  unsigned char *shadow_columns; /* for each a bit by column: of those that it would mask otherwise */
  size_t shadow_stride;          /* bytes */
  uint32_t extra;                /* an entry in shadow that counts as enforced, EDI_NONE: none */
  struct edi_plan *trial;        /* where rules in shadow are tried; NULL: there are none */
  edi_case_memo *cases;          /* shared as the scratch is */
  /* scratch of the lookup and of the VM */
  edi_lookup_state *lookup;
  uint32_t *found;               /* entries that can apply; the others are definitely no */
  edi_pattern_scratch *patterns;
  char *scratch;
} edi_plan;

/* What the names of a request mean, found out now or before. */
typedef struct edi_plan_known {
  const edi_bound_dataset *thing; /* what is asked about */
  uint32_t action, place;        /* EDI_NONE: none that anybody can do; counted from the first of the taxonomy */
  union {
    const edi_reading *context;  /* of what is asked; NULL: it stands in the plan's own reading */
    const struct edi_swift *swift; /* of what it is asked about: of its residue; NULL: none */
  };
  const edi_value *resource;     /* by slot; of no meaning for a dataset */
  const struct edi_residue *residue; /* what the resource leaves of its rules; NULL: not known */
  edi_read_as context_read : 8, resource_read : 8;
  bool brief;                    /* nothing else is to be known for what edi_residue_decide does */
  bool purpose;                  /* the context names one */
} edi_plan_known;

typedef struct edi_plan_request {
  edi_str action;
  size_t dataset;
  const uint32_t *columns;
  size_t column_count;
  const edict_attribute *context;
  size_t context_count;
  const edict_resource *resource; /* NULL: a dataset is asked about */
  const edi_plan_known *known;    /* NULL: the names above are looked up; else of those the columns are read alone */
  int64_t now;
  int64_t floor, not_before, expires; /* of the engine and its bundles */
} edi_plan_request;

/* Arrays for any decision about `product`; from the arena, never grown. */
edict_status edi_plan_init(edi_plan *plan, const edi_vocabulary *vocabulary, const edi_bound_product *product,
                           edi_arena *arena) EDICT_MUST_CHECK;
/* Another plan of the same product, which uses the scratch of the first and so not at the same time. */
edict_status edi_plan_init_beside(edi_plan *plan, const edi_plan *first, edi_reading_sizes sizes, edi_arena *arena) EDICT_MUST_CHECK;
/* Bytes of the arrays of one plan of a product, its pools apart. */
size_t edi_plan_bytes(const edi_bound_product *product);
void edi_plan_fini(edi_plan *plan); /* of the first */
/* Back to zero: deny, everything masked. */
void edi_plan_clear(edi_plan *plan);
edict_status edi_plan_decide(edi_plan *plan, const edi_subject *subject, const edi_plan_request *request) EDICT_MUST_CHECK;
/* What the request is about; NULL: a dataset that the product does not have. */
const edi_bound_dataset *edi_plan_thing(const edi_bound_product *product, const edi_vocabulary *vocabulary, size_t dataset,
                                        const edict_resource *resource);
/* EDI_NONE: none that anybody can do. */
uint32_t edi_plan_action(const edi_vocabulary *vocabulary, edi_str name);
/* The effect alone, as edi_plan_decide gives it; of the plan nothing else is of use then, and it is to be cleared.
 * `shared`, unless it is NULL, is zero at first and then of requests that differ in the resource alone: what they
 * have in common is read once. EDICT_ARGUMENT: no such dataset. */
typedef struct edi_plan_shared {
  bool filled;                   /* context and action are those of the requests before */
  uint32_t action;
  uint32_t member_count, member_end; /* of the pools, then */
  size_t text_used;
} edi_plan_shared;
edict_status edi_plan_effect(edi_plan *plan, const edi_subject *subject, const edi_plan_request *request, edi_plan_shared *shared,
                             edict_effect *effect) EDICT_MUST_CHECK;
/* The same plan at another moment of its time, which is from plan->now until before plan->stands_until. */
void edi_plan_move(edi_plan *plan, int64_t now);
/* How many reasons there are, all of them in plan->reasons; those of a refusal by default are made here. */
uint32_t edi_plan_reasons(edi_plan *plan);

/* What the plan says of one row, on original values. The cells are those of every column. *grouped: it may
 * be shown as part of a group alone, and so is HIDDEN. */
edict_row edi_plan_row(edi_plan *plan, const edict_cell *cells, bool *grouped);
/* ---- sweeps: retained.c ---- */
/* What retention alone says of the dataset's rows, whoever asks: the rules that retain, and the exempts that lift such
 * rules, at `request->now`, its floor and the validity of its bundles. `nobody` is a subject of whom nothing is known.
 * EDI_SYSTEM_NONE: of the plan only what is about retention is of use, and it permits, so that rows can be asked about.
 * Else it does not, and why: the time, or EDI_SYSTEM_DEFAULT where `plan->reasons` names what stands against it. */
edi_system_reason edi_plan_retain(edi_plan *plan, const edi_bound_dataset *dataset, const edi_subject *nobody,
                                  const edi_plan_request *request);
/* A table that such a plan asks and whose data cannot be believed at its time, as an index into the tables of
 * *linked; EDI_NONE: there is none. */
uint32_t edi_plan_stale_table(const edi_plan *plan, const edi_linked **linked);
/* SHOWN: within its time; else WITHHELD or ERASABLE. *undecided: withheld, and nothing that is known keeps it: what is
 * not known does. */
edict_row edi_plan_retained(edi_plan *plan, const edict_cell *cells, bool *undecided);

/* The transform for a column of one row, which may be written to `room`. */
const edi_transform *edi_plan_column_transform(edi_plan *plan, uint32_t column, const edict_cell *cells, edi_transform *room);
/* ---- shared by plan.c, shape.c, shadow.c and residue.c ---- */
/* Time, action and purpose in the plan's context, which holds what the host says. */
static inline void edi_plan_complete_time(edi_plan *plan) {
  const edi_vocabulary *v = plan->vocabulary;
  plan->context[v->slot_now] = edi_value_integer(EDI_TYPE_TIMESTAMP, plan->now);
  plan->context[v->slot_action] = edi_value_integer(EDI_TYPE_NODE, plan->action);
}
static inline void edi_plan_complete_purpose(edi_plan *plan) {
  const edi_vocabulary *v = plan->vocabulary;
  edi_value *purpose = &plan->context[v->slot_purpose];
  if (!purpose->base) return;
  edi_value purposes = plan->subject->attrs[v->slot_purposes]; /* a purpose that the subject has not is unknown */
  if (edi_set_holds(v, purposes, *purpose, EDI_SET_IN) != EDI_YES) *purpose = edi_value_unknown();
}
static inline void edi_plan_complete_context(edi_plan *plan) {
  edi_plan_complete_time(plan);
  edi_plan_complete_purpose(plan);
}
/* Keeps the outcome of an entry, with its obligations; whether it is anything but NO. */
bool edi_plan_keep(edi_plan *plan, uint32_t entry, edi_truth outcome);
static inline uint32_t edi_plan_entry_count(const edi_plan *plan) { return plan->holding_count + (plan->extra != EDI_NONE); }
/* The enforced entries that are not NO, in their order, then the one that counts as enforced. */
static inline uint32_t edi_plan_entry_at(const edi_plan *plan, uint32_t i) {
  return i < plan->holding_count ? plan->holding[i] : plan->extra;
}
static inline bool edi_plan_enforces(const edi_plan *plan, uint32_t entry) {
  return entry == plan->extra || !(plan->dataset->entries[entry].rule->flags & EDI_RULE_SHADOW);
}
static inline bool edi_plan_applies(const edi_plan *plan, uint32_t entry) {
  return plan->outcomes[entry] != EDI_NO && !plan->lifted[entry];
}
/* Nothing is opened that is unknown, or whose obligation cannot be met. */
static inline bool edi_plan_opens(const edi_plan *plan, uint32_t entry) {
  return plan->outcomes[entry] == EDI_YES && plan->unmet[entry] == 0;
}
/* Effect, reasons, shape and obligations from the outcomes; everything that results is empty before. */
edict_effect edi_plan_settle(edi_plan *plan, const uint32_t *columns, size_t column_count);
/* What applies to columns, rows and groups; marks the rules that matter. */
void edi_plan_shape(edi_plan *plan, const uint32_t *columns, size_t column_count);
void edi_plan_unshape(edi_plan *plan);
/* ---- shared with retained.c ---- */
edi_system_reason edi_plan_check_times(const edi_plan *plan, const edi_plan_request *request);
/* Keeps the outcome of an entry, and what it obliges to, unless it is NO; whether it is anything else. */
bool edi_plan_evaluate(edi_plan *plan, uint32_t entry, int64_t today);
/* Until when the plan, and what it says of rows, stands. */
void edi_plan_bound_validity(edi_plan *plan, const edi_plan_request *request);
/* Adds a rule that retains, and which cells it reads. */
void edi_plan_shape_retention(edi_plan *plan, uint32_t entry);
/* Tries each rule in shadow; the plan's effect is what is enforced. */
void edi_plan_try_shadows(edi_plan *plan, edict_effect effect, const uint32_t *columns, size_t column_count);

/* Which attribute, `which`-th in order, was unknown: of those that the condition reads if its outcome is
 * unknown, else of those that the obligation which cannot be met reads; NULL past the last. */
const edi_attr *edi_plan_unknown(const edi_plan *plan, const edi_reason *reason, size_t which);
/* A VM over this plan's facts, for the codes of `entry`. */
edi_vm edi_plan_vm(const edi_plan *plan, const edi_entry *entry);
/* Target, condition and, of a require, body at `today`, with what the plan knows. */
edi_truth edi_plan_outcome(const edi_plan *plan, const edi_entry *entry, int64_t today);
/* Whether the rule is about what is asked: known from the contract, or asked of the resource. */
edi_truth edi_plan_target(const edi_plan *plan, const edi_entry *entry);
/* Whether a case of a mask line reads the row. */
bool edi_plan_arm_is_live(const edi_entry *entry, uint32_t arm);
/* One case (its condition's code, EDI_NONE: yes) over all ways to read the row: yes only if all say yes, no
 * only if all say no. */
edi_truth edi_plan_case(const edi_plan *plan, const edi_entry *entry, uint32_t code, const edict_cell *cells);
/* Before a decision: what cases came out as in the one before counts no more. */
void edi_plan_forget_cases(edi_case_memo *memo, const edi_bound_product *product);
/* Whether the time of `retain_rules[index]`, an AT_MOST or AT_LEAST, is over for the row. */
edi_truth edi_plan_is_over(edi_plan *plan, uint32_t index, const edict_cell *cells);
/* The cases of one mask line for one row (cells NULL: none): the meet of those that may apply, raw if
 * none does. *fell as in edi_transform_meet. */
edi_transform edi_plan_cases(const edi_plan *plan, const edi_entry *entry, uint32_t arm, const edi_bound_column *column,
                             const edict_cell *cells, bool *fell);

#endif
