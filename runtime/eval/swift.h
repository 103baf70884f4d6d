/* Swift: permits about texts alone, which is what applications ask most, in as few lines of the cache as they take.
 *
 * In: a residue. Out: for each action whose list is of that kind its tests in a row, each with all that is read of it; lists
 * that are the same share them. A decision waits for memory more than for anything else, so the residue itself, which
 * says the same, is not touched. Immutable. */
#ifndef EDI_SWIFT_H
#define EDI_SWIFT_H

#include "eval/residue.h"

typedef enum edi_swift_way {
  EDI_SWIFT_SUBJECT_HAS,       /* a set of the subject's has a known text */
  EDI_SWIFT_HAS_SUBJECTS,      /* a known set has one of the subject's */
  EDI_SWIFT_SHARE,             /* a set of the subject's and a known one have a text in common */
  EDI_SWIFT_SAME,              /* a text of the subject's is a known one */
  EDI_SWIFT_KNOWN,             /* there is no test; `fixed.length` is its outcome */
} edi_swift_way;

typedef struct edi_swift_test {
  edi_value fixed;             /* what is known */
  uint32_t entry;
  uint16_t slot;               /* of the subject's operand */
  uint8_t way;
  bool more;                   /* the next test is of the same entry, which is yes if one of them is */
} edi_swift_test;
_Static_assert(sizeof(edi_swift_test) == 24, "eight in three lines of the cache");

/* Tests of an action. */
typedef struct edi_swift_list { uint8_t first, count; } edi_swift_list;

typedef struct edi_swift {
  uint16_t tests;              /* where they begin, in bytes from here */
  edi_swift_list lists[];      /* by action, from the first of the taxonomy on */
} edi_swift;

enum { EDI_SWIFT_NOT = UINT8_MAX }; /* in place of a count: the list is of another kind */

/* Where it lies if it is small, and the residue behind it if that is small too: from where a line of the cache begins. */
typedef struct edi_swift_room { _Alignas(64) unsigned char bytes[640]; } edi_swift_room;

/* Into `known`, with the residue, which may go; neither if there is no memory, and the residue alone if no test is
 * swift. What they are made of stays, as do arena and room. */
void edi_swift_make(edi_plan_known *known, const edi_residue *residue, uint32_t actions, edi_swift_room *room, edi_arena *arena);

static inline bool edi_swift_has(const edi_swift *swift, size_t action) { return swift && swift->lists[action].count != EDI_SWIFT_NOT; }

/* Outcomes, reasons and effect of a list, on a plan that is begun. */
void edi_swift_settle(edi_plan *plan, const edi_swift *swift, size_t action);

#endif
