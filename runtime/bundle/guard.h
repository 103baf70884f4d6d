/* Guard: what a rule needs of one fact. If the fact is known and the guard fails, the rule is definitely out.
 *
 * Guards are found in the verified codes of target and condition by one pass over the instructions, which
 * holds for any code, whoever wrote it: so the builder files rules by them, and the verifier proves by them
 * that what an index passes over says no. A fact that is unknown, or a set that is incomplete, fails nothing.
 * What is found is a part of what could be: a code that is too large for the pass has no guards. */
#ifndef EDI_GUARD_H
#define EDI_GUARD_H

#include "bundle/program.h"

typedef enum edi_guard_test {
  EDI_GUARD_NONE = 0,
#define GUARD(NAME, number, fixed, word, meaning) EDI_GUARD_##NAME = (number),
#include "bundle/guards.def"
#undef GUARD
  EDI_GUARD_COUNT
} edi_guard_test;

/* Flag of a test: the condition needs it of what the contract fixes. Such a rule never applies, and is still one
 * that is about the thing: a refusal names it where nothing permits. */
#define EDI_GUARD_CONDITION 0x100u
#define EDI_GUARD_TEST(test) ((test) & ~EDI_GUARD_CONDITION)

enum {
  EDI_GUARDS_OF_CODE = 16, /* no more are kept */
  EDI_GUARDS_OF_RULE = 2 * EDI_GUARDS_OF_CODE + 3,
  EDI_GUARD_VALUES = 64,   /* a list of more is a set that the program holds */
  EDI_BRANCH_DEPTH = 16,   /* of an index, its first branch apart */
};

typedef struct edi_guard {
  uint32_t test;           /* edi_guard_test, EDI_GUARD_CONDITION */
  uint32_t key;            /* attribute, entity or thing; else 0 */
  uint32_t low, high;      /* of what lies between: constants or EDI_NONE; IN_FORCE: dates */
  uint32_t count;          /* values, ascending and distinct */
  const uint32_t *values;  /* constants or nodes */
} edi_guard;

/* Whether the contract decides it: by its test, or as an attribute that contracts state. */
bool edi_guard_is_fixed(const edi_program *program, uint32_t test, uint32_t key);
/* Whether it lies between two bounds rather than among values. */
static inline bool edi_guard_is_between(uint32_t flagged) {
  uint32_t test = EDI_GUARD_TEST(flagged);
  return test == EDI_GUARD_CLASSIFIED || test == EDI_GUARD_WITHIN || test == EDI_GUARD_IN_FORCE;
}
/* Whether they are one: lists of more than EDI_GUARD_VALUES only where they stand in one place. */
bool edi_guard_same(const edi_guard *a, const edi_guard *b);
/* What a branch needs, as a guard. */
edi_guard edi_branch_guard(const edi_branch *branch, const uint32_t *lists);

typedef struct edi_guards edi_guards;
/* A finder for the codes of one program, which must be typed and in range. `likes`: by code the first one that is like it
 * (likes.h), whose guards tell its own; NULL: not known. NULL without memory. */
edi_guards *edi_guards_create(const edi_program *program, const uint32_t *likes, edi_arena *arena);
/* The guards of a rule, at most EDI_GUARDS_OF_RULE, into `out`, one for each test and key; how many. Each code is
 * walked once, however many rules name it. What `values` points to is the program's or the finder's. */
uint32_t edi_guards_rule(edi_guards *guards, const edi_rule *rule, edi_guard *out);
/* The same for who asks about few of them: where those of a rule's codes are. Valid until another rule is looked at. */
typedef struct edi_code_guards { uint32_t first, count; ptrdiff_t apart; } edi_code_guards;
typedef struct edi_rule_guards { const edi_rule *rule; edi_code_guards codes[2]; } edi_rule_guards;
void edi_guards_look(edi_guards *guards, const edi_rule *rule, edi_rule_guards *of);
/* Whether `wanted` is one of them. Rules of like codes have it at one place: *place, zero at first and kept with `wanted`,
 * remembers which. */
typedef struct edi_guard_place { edi_code_guards codes[2]; uint32_t code, at; bool known; } edi_guard_place;
bool edi_guards_need(const edi_guards *guards, const edi_rule_guards *of, const edi_guard *wanted, edi_guard_place *place);
/* EDICT_OK, or why guards were left out that could have been found. */
edict_status edi_guards_status(const edi_guards *guards);

#endif
