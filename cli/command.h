/* Command: what the verbs of `edict` share: their table, their options, their exit codes.
 *
 * A verb is one row of verbs.def and one file. Options are declared, so that help, parsing and the
 * message for a misspelt one come from the same list. Data goes to standard output, everything else
 * to standard error. */
#ifndef EDICT_CLI_COMMAND_H
#define EDICT_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "edict/bundle.h"
#include "edict/edict.h"
#include "edict/policy.h"

typedef enum cli_exit {
  CLI_DONE = 0,     /* done, permitted, nothing found */
  CLI_FOUND = 1,    /* denied, findings, a failed test, a replay that differs */
  CLI_USAGE = 2,
  CLI_REFUSED = 3,  /* an input was refused at load or run */
  CLI_DEFECT = 4,   /* a defect of Edict */
} cli_exit;

#define CLI_OPTIONS_MOST 24
#define CLI_VALUES_MOST 256

/* One option of a verb: "--bundle FILE" takes a value, "--json" does not. */
typedef struct cli_option { const char *name, *value, *help; } cli_option;

typedef struct cli_given { const char *name, *value; } cli_given;
typedef struct cli_arguments {
  const char *positional[CLI_VALUES_MOST];
  size_t positional_count;
  cli_given given[CLI_VALUES_MOST];
  size_t given_count;
  edict_diagnostics *diagnostics;
} cli_arguments;

typedef struct cli_verb {
  const char *name, *summary, *synopsis, *more;
  const cli_option *options;     /* ends in a NULL name */
  cli_exit (*run)(cli_arguments *arguments);
} cli_verb;

extern const cli_verb cli_verbs[];
extern const size_t cli_verb_count;

/* The last value of an option, NULL if it was not given; flags give "". `at` walks over all values. */
const char *cli_value(const cli_arguments *arguments, const char *name);
const char *cli_value_at(const cli_arguments *arguments, const char *name, size_t at);
bool cli_flag(const cli_arguments *arguments, const char *name);
/* False, after a message, if a needed option is missing. */
bool cli_need(const cli_arguments *arguments, const char *verb, const char *name);
cli_exit cli_usage(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What a status means to the caller of a command. */
cli_exit cli_exit_of(edict_status status);
/* Prints all diagnostics to standard error (or JSON lines with --format json). */
void cli_tell(const cli_arguments *arguments);
bool cli_json(const cli_arguments *arguments);

/* ---- inputs that several verbs take ---- */
#define CLI_FILE_MOST ((size_t)256 * 1024 * 1024)
edict_status cli_read(cli_arguments *arguments, const char *path, char **bytes, size_t *length);
/* --now, or the clock; microseconds. False after a message. */
bool cli_now(const cli_arguments *arguments, const char *verb, int64_t *now);
bool cli_parse_time(const char *text, int64_t *time);
bool cli_random(unsigned char *bytes, size_t length);

/* An engine of --bundle, --trust, --keyring, --development; or of --rules, which builds a project and
 * says on standard error that nothing is signed. The bytes live as long as the set. */
typedef struct cli_set {
  char *bytes[CLI_VALUES_MOST];
  edict_bytes bundles[CLI_VALUES_MOST];
  size_t count;
  char *trust, *keyring;
  edict_engine *engine;
} cli_set;
cli_exit cli_set_open(cli_arguments *arguments, const char *verb, int64_t now, cli_set *set);
void cli_set_close(cli_set *set);
/* Adds the bundle of a project and its tables, and for a domain its federal bundle. */
edict_status cli_set_add_project(cli_arguments *arguments, const edict_project *project, cli_set *set);
/* The same without the federal bundle. */
edict_status cli_set_add_domain(cli_arguments *arguments, const edict_project *project, cli_set *set);
/* An engine over unsigned bundles that were added before. */
edict_status cli_set_develop(cli_arguments *arguments, int64_t now, cli_set *set);

#endif
