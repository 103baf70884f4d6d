/* Ahead: questions about rules, asked on all processors before it is their turn.
 *
 * What a question is answered, and in how many steps, depends on what is asked alone. So each piece of the rules is
 * gone over with a solver of its own, and the analysis takes the answers in the order of the rules: their steps, and
 * the numbers that its own solver would have given, so that all that follows is as if it had asked itself. It does ask
 * itself what would have met the bound of all steps, and everything where there is one processor. */
#ifndef EDI_AHEAD_H
#define EDI_AHEAD_H

#include "policy/analysis.h"

/* What one part of the look at a rule found; EDI_NONE: nothing to tell. */
typedef struct edi_ahead_answer {
  uint64_t steps;
  size_t left;
  size_t atoms;      /* that its solver had numbered in the end */
  uint32_t found;
} edi_ahead_answer;

/* Looks at a rule with `alone`, which nobody else uses meanwhile; everything else is read, and not written. `worker` is
 * below edi_ahead.threads. */
typedef uint32_t edi_ahead_look(const void *user, edi_analysis *alone, size_t worker, uint32_t rule, unsigned look);

enum { EDI_AHEAD_PARTS = 2, EDI_AHEAD_RULES = 128, EDI_AHEAD_PIECES = 16 };

typedef struct edi_ahead_piece {
  edi_arena arena;
  edi_analysis alone;
  edi_ahead_answer answers[EDI_AHEAD_RULES][EDI_AHEAD_PARTS];
  size_t adopted;    /* of its atoms */
  bool failed;       /* no memory: the analysis asks itself */
} edi_ahead_piece;

typedef struct edi_ahead {
  edi_analysis *a;
  edi_ahead_look *look;
  const void *user;
  unsigned parts;    /* that a look has */
  size_t threads;    /* 1: nothing is asked ahead */
  edi_ahead_piece *pieces;
  uint32_t each;     /* rules of a piece: as many as the steps that are left will most likely do */
  uint32_t first, end; /* rules that were looked at ahead */
  uint64_t before;   /* steps when they were */
} edi_ahead;

/* `each`: rules of a piece at first, fewer where a look takes many steps. False: no memory. To be closed in any case. */
bool edi_ahead_open(edi_ahead *ahead, edi_analysis *analysis, edi_ahead_look *look, unsigned parts, uint32_t each);
void edi_ahead_close(edi_ahead *ahead);
/* What was found of the rule; NULL: the analysis has to ask itself. Rules are asked for in their order. */
const edi_ahead_answer *edi_ahead_at(edi_ahead *ahead, uint32_t rule, unsigned part);
/* Counts the answer as asked here and now. */
void edi_ahead_take(edi_ahead *ahead, uint32_t rule, unsigned part);

#endif
