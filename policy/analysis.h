/* Analysis: what a checked project's rules will never do, or do beside each other. Private to analysis*.c
 * and witness.c; the public door is edict/policy.h.
 *
 * Claims are made first (analysis_*.c). A claim that somebody could meet carries one or two requests with
 * what the evaluator must answer (witness.c); the caller asks the evaluator, and only what it confirms is
 * told. A claim that nobody can ever meet is proved by solve.h. */
#ifndef EDI_ANALYSIS_H
#define EDI_ANALYSIS_H

#include "policy/build.h"
#include "policy/solve.h"
#include "edict/policy.h"

/* One request, and the contract that it asks about. */
enum { EDI_WITNESS_HOLDS = 2 };
typedef struct edi_witness {
  edict_test test;
  const char *holds[EDI_WITNESS_HOLDS]; /* rules whose condition must be yes, and not unknown */
  size_t holds_count;
  bool openers_alone;           /* asked of the rules without those that deny */
  bool supposes;                /* a permit of the domain's, which a delegate lets hold */
  uint32_t contract;            /* of edi_analysis.contracts */
} edi_witness;

/* A supposed contract. Of several of one name each is asked about apart from the others: in a round of its own. */
enum { EDI_ANALYSIS_ROUNDS = EDICT_ANALYSIS_WORLDS / 2 };

typedef struct edi_warning {
  edi_code code;
  uint32_t rule, by;            /* of the model; EDI_NONE: of none */
  edi_span span, other;         /* other.source EDI_SOURCE_NONE: one place */
  const char *message, *label, *other_label, *why, *fix, *shows;
  const char *list, *listed;    /* names, one a line, and what they are; "these" if NULL */
  edi_witness *witnesses[2];
  size_t witness_count, confirmed;
  bool refused;                 /* a request to show it could not be written down */
  bool stands;                  /* told without a request as well, where none could be shown */
} edi_warning;

/* A rule as analysed. */
typedef struct edi_subject {
  const edi_rule_decl *rule;
  const edi_expr *condition;    /* in force, action, target, when, not unless, not E; NULL: always */
  bool domain;                  /* a domain's rule */
  bool never;                   /* it can never hold: nothing else is said of it */
  bool swallowed;               /* a rule refuses all that it permits: that was told */
  bool exempted;                /* a rule exempts from it: that it applies is not certain */
  uint64_t reads;               /* a bit for each family of terms that the condition needs */
} edi_subject;

struct edi_pairs;
typedef struct edi_analysis {
  edi_arena *arena;             /* claims and what they hold */
  edi_arena *work;              /* everything else: it may be given back when the claims are made */
  const edi_build *build;
  const edi_model *model;
  edi_solver solver;
  edi_subject *subjects;        /* by rule */
  edi_expr **about_action;      /* by node: `action in [node]` */
  bool domain;                  /* the project's layer: whose rules are looked at */
  bool supposing;               /* the last question was solved so */
  bool supposes;                /* some request is permitted by a domain alone, as a delegate lets it */
  bool has_now, unused;         /* unused: a federation's declarations too */
  int64_t now;
  edi_warning *warnings;
  size_t warning_count, warning_capacity;
  edi_witness **witnesses;
  size_t witness_count, witness_capacity;
  edi_contract_facts *contracts; /* supposed ones */
  uint8_t *rounds;              /* by contract */
  size_t contract_count, contract_capacity, round_capacity;
  uint32_t *deniers, *permits, *delegates; /* rules, of both layers */
  size_t denier_count, permit_count, delegate_count;
  uint32_t column_type;         /* that the column of a witness must have; EDI_TYPE_NONE: any */
  size_t masks_from;            /* the first warning about masks */
  uint32_t budget;              /* steps of one question */
  size_t left;                  /* questions that met the bound */
  size_t shapers_shown;         /* pairs of masks, filters or retention for which a request was looked for */
  bool failed;
} edi_analysis;

enum {
  EDI_ANALYSIS_BUDGET = 600,         /* steps of one question */
  EDI_ANALYSIS_CANDIDATES = 24,      /* rules that one rule is compared with */
  EDI_ANALYSIS_SHAPERS_MOST = 32, EDI_ANALYSIS_SILENCED_MOST = 1000,
  EDI_ANALYSIS_WITNESSES_MOST = 200, /* claims with a witness; a project with more has enough to do */
};

/* What questions about rules need, and no claim yet. */
edict_status edi_analysis_start(edi_analysis *analysis, edi_arena *arena, edi_arena *work, const edi_build *build,
                                const edict_analysis_options *options) EDICT_MUST_CHECK;
/* Makes all claims, in `arena`; what that takes besides is in `work`. */
edict_status edi_analysis_run(edi_analysis *analysis, edi_arena *arena, edi_arena *work, const edi_build *build,
                              const edict_analysis_options *options) EDICT_MUST_CHECK;
/* Lets go of what is in `work`: the claims are left. */
void edi_analysis_rest(edi_analysis *analysis);
/* Adds the claims that were proved or confirmed. */
void edi_analysis_tell(const edi_analysis *analysis, edict_diagnostics *diagnostics);

/* ---- shared by analysis*.c ---- */
const char *edi_analysis_text(edi_analysis *analysis, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `dataset holding TAG`; NULL: no memory. */
edi_expr *edi_analysis_holding(edi_analysis *analysis, uint32_t tag);
/* The request is permitted, and this becomes of a row. */
void edi_analysis_expect_row(edi_analysis *analysis, edi_witness *witness, const edict_test_cell *cells, size_t count, edict_row outcome);
/* A new claim at the span; NULL: no memory. */
edi_warning *edi_analysis_warn(edi_analysis *analysis, edi_code code, edi_span span, const char *label, const char *message);
/* Whether the rule is one of the project's own. */
static inline bool edi_analysis_own(const edi_analysis *a, const edi_subject *s) { return s->domain == a->domain; }
/* The rule's condition but for its `unless`; NULL: always. */
const edi_expr *edi_analysis_reach(edi_analysis *analysis, const edi_subject *subject);
edi_solved edi_analysis_ask(edi_analysis *analysis, const edi_goal *goals, size_t count);
bool edi_analysis_may_witness(const edi_analysis *analysis);

/* witness.c: after a MAYBE of the solver, the request `request` of what it proposes. The contract is made
 * with the first one of a claim. NULL: no such request can be written down, so nothing is claimed. */
edi_witness *edi_witness_make(edi_analysis *analysis, edi_warning *claim, uint8_t request, const edi_rule_decl *about);
/* After a MAYBE: whether some issuer lets the subject through that is proposed. */
bool edi_witness_is_vouched(edi_analysis *analysis);
/* One more thing that the evaluator must answer. */
void edi_witness_expect(edi_analysis *analysis, edi_witness *witness, edict_expectation expectation);
void edi_witness_holds(edi_witness *witness, const edi_rule_decl *rule);
/* The first column, made for the masks that are asked about. */
const char *edi_witness_column(const edi_analysis *analysis, const edi_witness *witness);
/* The type of the cells of a column with these tags. */
uint32_t edi_witness_cell_type(const edi_model *model, const uint32_t *tags, size_t count);
/* As the lines of a `test` block. */
void edi_witness_print(const edi_analysis *analysis, const edi_witness *witness, edi_buf *into);
/* The same without the comment about its contract. */
void edi_witness_print_test(const edi_analysis *analysis, const edi_witness *witness, edi_buf *into);

/* analysis_permit.c: goals of one or two requests, to be permitted. */
enum { EDI_PERMIT_GOALS = 160, EDI_PERMIT_TAGS = 64 };
typedef struct edi_permit_goals {
  edi_analysis *a;
  uint8_t requests;
  edi_goal items[EDI_PERMIT_GOALS];
  size_t count;
  uint32_t tags[EDI_PERMIT_TAGS]; /* that the dataset may have */
  size_t tag_count;
  bool full;                      /* too many: nothing is said */
} edi_permit_goals;
void edi_permit_begin(edi_permit_goals *goals, edi_analysis *analysis, uint8_t requests);
void edi_permit_want(edi_permit_goals *goals, const edi_expr *expr, edi_truths truths, uint8_t request);
void edi_permit_tag(edi_permit_goals *goals, uint32_t tag);
/* True after a MAYBE in which a permit holds and what could deny does not. */
bool edi_permit_solve(edi_permit_goals *goals);

/* The same goals where `permit`, of whatever layer, holds: for a domain's some delegate does. */
bool edi_permit_ask(edi_analysis *analysis, const edi_subject *permit, const edi_goal *goals, size_t count);

/* analysis_masks.c: goals that a column is reached by the line, and by this case of it alone; false where a
 * row or something else has to be known. */
bool edi_mask_want_column(edi_permit_goals *goals, const edi_mask_line *line);
bool edi_mask_want(edi_permit_goals *goals, const edi_subject *subject, const edi_mask_line *line, const edi_mask_case *own);
/* The first column comes out so: `use`, or the transform of this name. */
void edi_mask_expect(edi_analysis *analysis, edi_witness *witness, const edi_transform_use *use, const char *name);
/* Whether anything of a value is left: raw, or part of it. */
bool edi_mask_shows(edi_transform_id id);

/* analysis_parts.c: whether two views of one column by one kind of transform tell more together than one of them. */
bool edi_views_add_up(const edi_model *model, const edi_transform_use *x, const edi_transform_use *y);

/* What each file adds. */
void edi_analysis_rules(edi_analysis *analysis);   /* conditions that never or always hold */
void edi_analysis_pairs(edi_analysis *analysis);   /* swallowed, shadowed */
void edi_analysis_covers(edi_analysis *analysis);  /* swallowed by several */
void edi_analysis_masks(edi_analysis *analysis);   /* the bottom, partial views */
void edi_analysis_retention(edi_analysis *analysis); /* at least crosses at most */
void edi_analysis_rows(edi_analysis *analysis);    /* where */
void edi_analysis_names(edi_analysis *analysis);   /* unused, unmatched */
void edi_analysis_transforms(edi_analysis *analysis);
void edi_analysis_times(edi_analysis *analysis);   /* until */
void edi_analysis_absence(edi_analysis *analysis); /* closers that absence lifts */

#endif
