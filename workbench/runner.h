/* Runner: runs the `test` blocks of a project against an engine and tells what differs.
 *
 * In: a project, an engine that holds its bundles. Out: for each expectation that is not met one
 * failure with what was expected and what came. A test passes if it was decided and nothing differs. */
#ifndef EDICT_RUNNER_H
#define EDICT_RUNNER_H

#include "edict/policy.h"

typedef struct runner_failure {
  const edict_test *test;
  uint32_t line;              /* of the expectation, or of the test */
  const char *expected, *got; /* valid during the call */
  const char *why;            /* the decision in words, or "" */
} runner_failure;

typedef struct runner_report {
  size_t passed, failed;
} runner_report;

/* `tell` may be NULL. EDICT_OK also if tests failed: look at the report. */
edict_status runner_run(const edict_project *project, const edict_engine *engine,
                        void (*tell)(void *user, const runner_failure *failure), void *user,
                        runner_report *report, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
