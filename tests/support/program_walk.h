/* Program walk: reads everything that a verified program says, as a reader does who checks nothing.
 *
 * For mutation tests and fuzzing under a sanitizer: whatever the verifier lets through must be
 * safe to follow. Returns a number that depends on all that was read, so that nothing is
 * optimised away. */
#ifndef PROGRAM_WALK_H
#define PROGRAM_WALK_H

#include "bundle/program.h"

uint64_t program_walk(const edi_program *program);

#endif
