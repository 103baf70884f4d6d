/* Runner: runs the `test` blocks of a project against its bundles and keeps what differs.
 *
 * In: a project and the bundles of its set. Out: for each test that was chosen one result, in the order of
 * the project, the same however many threads ran them. A test passes if it was decided and every
 * expectation is met; one that cannot be decided fails and says why. */
#ifndef EDICT_RUNNER_H
#define EDICT_RUNNER_H

#include "base/bytes.h"
#include "edict/policy.h"
#include "workbench/coverage.h"

/* A rule among the reasons of the decision. */
typedef struct runner_reason {
  const char *rule, *effect, *holds, *because;
  const char *at;             /* "privacy.edict:5", "" for what no rule says */
  const char *unknown;        /* "purpose, subject.roles", or "" */
  const char *note;           /* why one that holds did not do what it says, or "" */
} runner_reason;

typedef struct runner_failure {
  uint32_t line;              /* of the expectation, or of the test */
  const char *text;           /* the expectation as written; "" if it is about the whole test */
  const char *expected, *got;
  const char *const *notes;   /* what rules said about it, one a line */
  size_t note_count;
} runner_failure;

typedef struct runner_result {
  edict_test test;
  const char *decision;       /* "permit", "deny", or NULL: none was made */
  const runner_failure *failures;
  const runner_reason *reasons; /* of one that failed */
  size_t failure_count, reason_count;
} runner_result;

typedef struct runner_options {
  const edict_bytes *bundles; /* all that the engine holds, in its order */
  size_t bundle_count;
  const edict_engine *engine;
  const char *keyring;
  size_t keyring_length;
  const edict_keyring_secret *keyring_secret;
  const char *only;           /* a glob over titles, NULL: all */
  size_t jobs;                /* threads, at least 1 */
  runner_coverage *coverage;  /* NULL: not measured */
} runner_options;

typedef struct runner_report {
  edi_arena arena;            /* owns all that is below */
  runner_result *results;
  size_t count, passed, failed;
  void *workers;
  size_t worker_count;
} runner_report;

/* EDICT_OK also if tests failed: look at the report. */
edict_status runner_run(const edict_project *project, const runner_options *options, runner_report *report,
                        edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void runner_report_fini(runner_report *report);

/* Tests that no project holds: whether each passes, asked by `jobs` threads at most. `hear` is told of each that was
 * decided, by whichever thread decided it. */
typedef void runner_hear(void *user, size_t test, const edict_decision *decision);
edict_status runner_ask(const edict_test *tests, size_t count, const runner_options *options, bool *passed,
                        runner_hear *hear, void *user) EDICT_MUST_CHECK;

/* For runner.c: one test by one worker. `tables` are the bundles of what the test gives. */
typedef struct runner_worker {
  const runner_options *options;
  edi_arena arena;
  edict_cell *in, *out;       /* RUNNER_COLUMNS_MOST each, from the first row on, which few tests have */
  char *memory;               /* RUNNER_ROW_MEMORY, likewise */
  uint64_t *counts;           /* of the coverage, NULL: not measured */
  edict_status status;        /* what ended it */
  runner_hear *hear;          /* NULL: nobody */
  void *user;
  size_t test;                /* what it is told of */
} runner_worker;
#define RUNNER_COLUMNS_MOST 4096
#define RUNNER_ROW_MEMORY ((size_t)4 * 1024 * 1024)
void runner_test(runner_worker *worker, const edict_bytes *tables, runner_result *result);

#endif
