/* SARIF: the findings of a run as a log of the Static Analysis Results Interchange Format, 2.1.0.
 *
 * In: what edict_diagnostics_render and runner_render write as JSON lines. Out: one JSON document, also where nothing was
 * found. Rules carry the pages of their codes; columns count code points, and the log says so. */
#ifndef EDICT_CLI_SARIF_H
#define EDICT_CLI_SARIF_H

#include <jansson.h>
#include <stddef.h>

#include "edict/edict.h"

/* `lines`: several texts, one after the other. NULL without memory, or if a line is none of the renderer's. `project`: the
 * path of its edict.yaml; `words`: files that the command was given, which findings name as they were given. */
json_t *cli_sarif(const edict_text *lines, size_t count, const char *project, char *const *words, size_t word_count, int exit_code);

#endif
