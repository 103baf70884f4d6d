/* Residue: what the facts of one resource leave of the rules about its kind, and a contract of those about a dataset.
 *
 * In: the values of a resource that was prepared, or a dataset. Out: for each action the entries that are not definitely no,
 * each as a few tests of the subject and the context with all else folded in; what is of another form the VM runs
 * as it stands. Deciding walks the tests of one action. It says what the rules say, bit for bit. Immutable. */
#ifndef EDI_RESIDUE_H
#define EDI_RESIDUE_H

#include "eval/plan.h"

/* Where an operand stands. */
enum { EDI_RESIDUE_FIXED, EDI_RESIDUE_SUBJECT, EDI_RESIDUE_CONTEXT };

/* One test. Those of a clause stand in a row: it is yes if one of them is. */
typedef struct edi_residue_test {
  edi_value fixed;             /* an operand that is known; at most one is */
  uint16_t at_a, at_b;         /* slots of the others; 0 of one that is known */
  uint16_t rest;               /* tests of the clause after it */
  uint8_t op;                  /* an edi_fused_op */
  uint8_t from_a, from_b;
  bool not;
} edi_residue_test;
_Static_assert(sizeof(edi_residue_test) == 32, "two in a line of the cache");

/* What an entry does to the effect. */
typedef enum edi_residue_says { EDI_SAYS_NOTHING, EDI_SAYS_PERMIT, EDI_SAYS_FORBID, EDI_SAYS_REQUIRE } edi_residue_says;

/* How the outcome of an entry is found. */
typedef enum edi_residue_way {
  EDI_WAY_KNOWN,               /* no test: it is `most` */
  EDI_WAY_TEST,                /* one test, and no days */
  EDI_WAY_TESTS,
  EDI_WAY_WHOLE,               /* the VM runs the rule; there are no tests */
} edi_residue_way;

/* One entry: yes if all of its clauses are. */
typedef struct edi_residue_step {
  uint32_t entry;
  uint16_t first, count;       /* tests */
  uint8_t says, way;
  uint8_t most;                /* YES; UNKNOWN: it is no more than that, whatever the tests say */
  bool dated : 1;              /* it has days */
  bool shadow : 1;
} edi_residue_step;
_Static_assert(sizeof(edi_residue_step) == 12, "five in a line of the cache");

typedef struct edi_residue_list {
  uint16_t first, count;       /* in `order` */
  bool plain;                  /* forbids, requires and permits that need no delegate, none of which obliges, none in shadow */
  bool closes;                 /* a require refuses the action */
  bool timeless;               /* nothing that is said of the action changes with time, and no rule has days */
} edi_residue_list;

typedef struct edi_residue {
  const uint16_t *order;       /* steps, in the order of the entries */
  const edi_residue_step *steps;
  const edi_residue_test *tests;
  size_t bytes;                /* of all of it */
  edi_residue_list lists[];    /* by action, from the first of the taxonomy on; all the rest lies behind */
} edi_residue;

enum {
  EDI_RESIDUE_MOST = 256,      /* steps; of more there is no residue */
  EDI_RESIDUE_FEW = 64,        /* so many of one action are walked; of more what the subject fixes tells more */
};

/* NULL: it leaves too much, or there is no memory. `values`: of the resource, by slot, NULL for a dataset; they and the
 * arena stay. */
const edi_residue *edi_residue_make(const edi_bound_dataset *thing, const edi_vocabulary *vocabulary, const edi_value *values, edi_arena *arena);

/* The same at another place, which is aligned to eight and has as many bytes. */
const edi_residue *edi_residue_copy(const edi_residue *residue, void *to);

/* The entries that hold, in place of asking each; the plan has its residue, and few steps for its action. */
void edi_residue_evaluate(edi_plan *plan, int64_t today);

/* All of a decision of a plain list, on a plan that is clear or was made here. Action and context of `asked` and thing and resource
 * of `about` are known and were read well, and stay; no column is asked for, and it is time for all of it. `expires`: of
 * the bundles. OK: who ends with it needs nothing set up for what comes after. */
edict_status edi_residue_decide(edi_plan *plan, const edi_subject *subject, const edi_plan_known *asked, const edi_plan_known *about,
                                int64_t now, int64_t expires);

static inline const edi_residue_list *edi_residue_of(const edi_residue *residue, size_t action) { return &residue->lists[action]; }

#endif
