/* Claim path: where in a token's payload an attribute is read.
 *
 *   path ::= step ( "." step )*      step ::= name | "'" any text without "'" "'" | "act*" (first, not last)
 *
 * A step is the exact name of an object's member. In quotes it may hold dots: "'https://ns.example/roles'",
 * "resource_access.'my.app'.roles". "act*.sub" reads `sub` of every actor in the chain of RFC 8693:
 * act.sub, act.act.sub and so on. */
#ifndef EDI_CLAIMPATH_H
#define EDI_CLAIMPATH_H

#include "base/bytes.h"

typedef struct edi_claimpath_step {
  edi_str name; /* without quotes */
  bool chain;   /* "act*" */
} edi_claimpath_step;

/* Whether text is a path; *why is then NULL, else static text such as "a step is empty". */
bool edi_claimpath_valid(edi_str path, const char **why);
/* The step at *at, which moves past it and its dot; false at the end. The path is valid. */
bool edi_claimpath_next(edi_str path, size_t *at, edi_claimpath_step *step);
/* Whether a valid path reads an actor: its first step is `act`. */
bool edi_claimpath_reads_actor(edi_str path);
/* Whether it reads the whole chain of actors: only a set can hold that. */
bool edi_claimpath_is_chain(edi_str path);

#endif
