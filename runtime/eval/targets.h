/* Targets: the rules of one program by what they are about.
 *
 * Equal targets are one code, and a federation of many rules has few: each is asked once for a dataset, and
 * of the rules behind one that says no, none is looked at. */
#ifndef EDI_TARGETS_H
#define EDI_TARGETS_H

#include "bundle/program.h"

typedef struct edi_target {
  uint32_t code;                 /* EDI_NONE: about everything */
  uint32_t first, count;         /* in edi_targets.rules */
} edi_target;

typedef struct edi_targets {
  edi_target *items;             /* in the order in which the rules first name them */
  uint32_t *rules;               /* of one target after the other; for each, in the program's order */
  size_t count;
} edi_targets;

/* False: the arena gave nothing. */
bool edi_targets_init(edi_targets *targets, const edi_program *program, edi_arena *arena) EDICT_MUST_CHECK;

#endif
