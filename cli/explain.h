/* Explain: a decision taken apart, as JSON that is printed as text or as it is.
 *
 *   answer = {"effect", "summary", "rules": [rule], "changes": [change] or null, "searched", "bounded"}
 *   rule   = {"rule", "effect", "decided", "applies", "file", "line", "source": [line], "parts": [part]}
 *   part   = {"part", "number", line...}    line = {"depth", "holds", "text", "join", "why", "reads", "below"}
 *
 * Values of the request and of contracts are in it only where they may be shown. */
#ifndef EDICT_CLI_EXPLAIN_H
#define EDICT_CLI_EXPLAIN_H

#include "cli/ask.h"

/* A value that a rule compares an attribute with, told while the decision is walked. */
typedef struct explain_hint {
  const char *attribute; /* "subject.roles", "purpose" */
  const char *value;
  bool grows;            /* the attribute is asked as a set */
  bool stated;           /* the value comes from the contract, not from the rule */
} explain_hint;
enum { EXPLAIN_HINTS_MOST = 256, EXPLAIN_SINGLES_MOST = 96, EXPLAIN_TRIES_MOST = 3000, EXPLAIN_CHANGES_MOST = 5 };

typedef struct explain_hints {
  explain_hint items[EXPLAIN_HINTS_MOST];
  size_t count;
  explain_hint choices[EXPLAIN_HINTS_MOST]; /* what an attribute might be, whether or not a rule names it */
  size_t choice_count;
  json_t *texts; /* what the items borrow */
} explain_hints;

/* The decision of `ask` as an object; NULL without memory or after a message. Fills the hints. */
json_t *explain_answer(cli_arguments *arguments, cli_ask *ask, edict_decision *decision, bool values,
                       explain_hints *hints);
/* Adds "changes", "searched" and "bounded": what of the request would have to be otherwise. Each change was
 * decided, and the effect was the other one. */
bool explain_changes(cli_arguments *arguments, cli_ask *ask, edict_effect effect, const explain_hints *hints,
                     json_t *answer);

#endif
