/* Report: results of tests as text for people, and as JSON lines, TAP 14 and JUnit XML for machines.
 *
 * In: a report, in the order of the project. Out: bytes that depend on it alone; whatever a title or a
 * value holds, the form stays whole. */
#ifndef EDICT_REPORT_H
#define EDICT_REPORT_H

#include "workbench/runner.h"

/* `format` is "text", "json", "tap", "junit", or "findings" for what failed in the form of diagnostics as JSON; the caller frees the text with edict_text_free. */
edict_status runner_render(const char *format, const char *project, const runner_report *report, char **text,
                           size_t *length) EDICT_MUST_CHECK;

#endif
