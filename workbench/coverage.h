/* Coverage: how often each condition of each rule of a project came out yes, no and unknown.
 *
 * In: the rules with what each condition can come out as; what decisions and rows say. Out: a table for
 * people, a tracefile for lcov, and how much of what can be seen was seen. Counts are sums, so the order
 * of tests and the number of threads never show. */
#ifndef EDICT_COVERAGE_H
#define EDICT_COVERAGE_H

#include "base/bytes.h"
#include "edict/policy.h"

typedef struct runner_coverage runner_coverage;

/* Of the project's own rules; the project must outlive it. */
edict_status runner_coverage_create(const edict_project *project, runner_coverage **coverage) EDICT_MUST_CHECK;
void runner_coverage_destroy(runner_coverage **coverage);

/* A worker's own counts, zero; from its arena. */
uint64_t *runner_coverage_counts(const runner_coverage *coverage, edi_arena *arena);
void runner_coverage_note(const runner_coverage *coverage, uint64_t *counts, const edict_condition *condition);
void runner_coverage_add(runner_coverage *coverage, const uint64_t *counts);

/* Outcomes that were seen, of those that can be. */
void runner_coverage_total(const runner_coverage *coverage, size_t *seen, size_t *all);
/* The caller frees the texts with edict_text_free. */
edict_status runner_coverage_table(const runner_coverage *coverage, char **text, size_t *length) EDICT_MUST_CHECK;
/* `folder` goes before the names of files ("federal/"), "" for none. */
edict_status runner_coverage_lcov(const runner_coverage *coverage, const char *folder, char **text,
                                  size_t *length) EDICT_MUST_CHECK;

#endif
