/* Linter: the warnings of an analysis, each shown by the evaluator before it is told.
 *
 * In: a checked project, a time. Out: findings in the list that the project was opened with. A warning with
 * a request is told only if the evaluator, with the project's own bundle, answers as the warning says. */
#ifndef EDICT_LINTER_H
#define EDICT_LINTER_H

#include "edict/edict.h"
#include "edict/policy.h"

/* What is found is no failure: EDICT_OK. EDICT_FINDINGS: a rule that no bundle can hold; then nothing else is
 * looked at. */
edict_status linter_run(const edict_project *project, const edict_analysis_options *options,
                        edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
