/* Command: what the verbs of `edict` share: their table, their options, their exit codes.
 *
 * A verb is one row of verbs.def and a `cli_verb`. Options are declared, so that help, parsing and the
 * message for a misspelt one come from the same list. Data goes to standard output, everything else
 * to standard error. */
#ifndef EDICT_CLI_COMMAND_H
#define EDICT_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "edict/bundles.h"
#include "edict/edict.h"
#include "edict/policy.h"

typedef enum cli_exit {
  CLI_DONE = 0,  /* done, permitted, nothing found */
  CLI_FOUND = 1, /* denied, findings, a failed test, a replay that differs */
  CLI_USAGE = 2,
  CLI_REFUSED = 3, /* an input was refused at load or run, or a file could not be read or written */
  CLI_DEFECT = 4,  /* a defect of Edict */
  CLI_CLOSES = 5,  /* of `diff`: something closes, and nothing opens */
} cli_exit;

#define CLI_VALUES_MOST 256

/* One option of a verb (a value of the form "=lcov FILE" may be left out, and then `--name=lcov FILE` is no
 * flag any more): "--bundle FILE" takes a value, "--development" does not. A value such as
 * "text|json" names all that it can be. Given twice only if `many`. */
typedef struct cli_option {
  const char *name, *value, *help;
  bool many;
} cli_option;

#define CLI_FORMAT_OPTION(help) \
  { "--format", "text|json", (help), false }
#define CLI_LENIENT_OPTION                                                                              \
  { "--lenient", NULL, "a tag or level of a column that nobody declared closes the column, and is no error", false }
/* Of a verb that prints nothing else where findings are asked for as SARIF. */
#define CLI_FINDINGS_OPTION(help) \
  { "--format", "text|json|sarif", (help), false }
#define CLI_END_OF_OPTIONS \
  { NULL, NULL, NULL, false }

typedef struct cli_given {
  const char *name, *value;
} cli_given;

struct cli_arguments;
typedef struct cli_verb {
  const char *name, *synopsis, *more;
  const cli_option *options; /* ends in a NULL name */
  size_t positional_most;
  cli_exit (*run)(struct cli_arguments *arguments);
} cli_verb;

typedef struct cli_arguments {
  const cli_verb *verb;
  char **positional; /* words of argv, moved to its front */
  size_t positional_count;
  cli_given given[CLI_VALUES_MOST];
  size_t given_count;
  bool help; /* --help stands among them */
  bool gives; /* data away: of obligations those of --meets alone are met, and none where it is left out */
  const char *project; /* of a verb whose words are other files: its edict.yaml */
  edict_diagnostics *diagnostics;
  char *findings; /* more of them as JSON lines, for a SARIF log; taken by cli_tell */
  size_t findings_length;
} cli_arguments;

/* Reads argv[2] and on by the verb's list. CLI_USAGE after a message. */
cli_exit cli_parse(int argc, char **argv, cli_arguments *arguments);
/* The one of `count` words that was probably meant by `text`; NULL if none is near. */
const char *cli_nearest(const char *text, size_t length,
                        const char *(*word)(const void *list, size_t i), const void *list);

/* The value of an option, NULL if it was not given; flags give "". `at` walks over all values. */
const char *cli_value(const cli_arguments *arguments, const char *name);
const char *cli_value_at(const cli_arguments *arguments, const char *name, size_t at);
bool cli_flag(const cli_arguments *arguments, const char *name);
/* False, after a message, if a needed option is missing. */
bool cli_need(const cli_arguments *arguments, const char *name);
/* Says what is wrong with how the command was called. */
cli_exit cli_usage(const cli_arguments *arguments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Says on standard error why an input was refused, where no diagnostic does. */
cli_exit cli_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Text that others wrote, with what cannot be seen as escapes. */
void cli_put(FILE *to, const char *text, size_t length);
/* What a status means to the caller of a command. */
cli_exit cli_exit_of(edict_status status);
/* The same for inputs that nobody wrote just now (bundles): findings in them refuse them. */
cli_exit cli_exit_of_load(edict_status status);
/* Prints all diagnostics to standard error (JSON lines with --format json); with --format sarif one log on
 * standard output, in which stands how the command ended. */
void cli_tell(cli_arguments *arguments, cli_exit code);
bool cli_json(const cli_arguments *arguments);
/* --format sarif: one log on standard output at the end. */
bool cli_sarif_asked(const cli_arguments *arguments);

/* ---- inputs that several verbs take ---- */
#define CLI_FILE_MOST ((size_t)2047 * 1024 * 1024) /* a bundle of table data */
#define CLI_TEXT_MOST ((size_t)1024 * 1024) /* keys, tokens, trust stores */
edict_status cli_read(cli_arguments *arguments, const char *path, size_t most, char **bytes,
                      size_t *length);
/* Overwrites a secret before it is freed. */
void cli_forget(char **secret, size_t length);
/* 32 bytes from 64 lower-case hex digits. */
bool cli_hex32(const char *text, size_t length, unsigned char bytes[32]);
/* --now, or the clock; microseconds. False after a message. */
bool cli_now(const cli_arguments *arguments, int64_t *now);
/* The same of a verb that looks at files: SOURCE_DATE_EPOCH comes before the clock. */
bool cli_day(const cli_arguments *arguments, int64_t *now);
bool cli_random(unsigned char *bytes, size_t length);
/* The edict.yaml of a folder; what is no folder is the file itself. */
const char *cli_project_file(const char *path);
/* Whether the path is that of an edict.yaml, or of the folder of one. */
bool cli_is_project(const char *path);
/* The project's path: that of the one positional argument, or edict.yaml here. */
const char *cli_project_path(const cli_arguments *arguments);
/* Replaces a file as a whole: itself, not a link to it, with its permissions. CLI_REFUSED after a message. */
cli_exit cli_write_back(cli_arguments *arguments, const char *path, const char *text, size_t length);
/* Makes the folders above a file that are not there. CLI_REFUSED after a message. */
cli_exit cli_make_folders(const char *path);

/* Keyrings: the file, and the secret that opens it. */
typedef struct cli_keyring {
  char *text, *secret_text;
  size_t length;
  edict_keyring_secret secret; /* text NULL: none was given and none lies beside the keyring */
  uint64_t least;              /* --keyring-least */
} cli_keyring;
#define CLI_KEYRING_MOST ((size_t)8 * 1024 * 1024)

#define CLI_KEYRING_OPTIONS                                                                              \
  {"--keyring", "FILE", "the keyring; left out: keyed masks are the bottom", false},                    \
      {"--keyring-key", "FILE", "the key that it is sealed with; left out: the keyring's name and .key", false},      \
      {"--keyring-least", "NUMBER", "the least version of the keyring that is taken", false}, {                       \
    "--keyring-passphrase", "FILE", "the passphrase that it is sealed with, as a file", false             \
  }

/* The file at `path` and its secret: `key`, else `passphrase`, else PATH.key if that is there. */
edict_status cli_keyring_read(cli_arguments *arguments, const char *path, const char *key, const char *passphrase, cli_keyring *keyring);
/* By the options above; nothing is read without --keyring. */
edict_status cli_keyring_given(cli_arguments *arguments, cli_keyring *keyring);
void cli_keyring_forget(cli_keyring *keyring);
/* The number of an epoch: one to nine digits. */
bool cli_epoch(const char *text, uint64_t *epoch);
/* PATH.key; false if that is too long. */
bool cli_keyring_key_path(const char *path, char out[4096]);
/* A secret of its own file, which only its owner may read; a file that is there stays, unless `force`. */
cli_exit cli_secret_write(cli_arguments *arguments, const char *path, bool force, const char *text);

/* The decision log that a verb writes to. */
#define CLI_LOG_OPTIONS                                                        \
  {"--log", "DIR", "the decision log that this is written to", false},         \
      {"--log-key", "FILE", "the secret key that signs it", false}, {          \
    "--auditor-key", "FILE", "the auditor's public key", false                 \
  }
/* All three must have been given. */
edict_status cli_log_open(cli_arguments *arguments, const edict_engine *engine, edict_log **log);

/* An engine of --bundle, --trust, --keyring, --development; or of --rules, which builds projects and
 * says on standard error that nothing is signed. The bytes live as long as the set. */
typedef struct cli_set {
  char *bytes[CLI_VALUES_MOST];
  edict_bytes bundles[CLI_VALUES_MOST];
  size_t count;
  bool has_federal; /* one of the projects added was the federal one, or brought its bundle */
  char *trust;
  cli_keyring keyring;
  const char *meets[CLI_VALUES_MOST]; /* --meets */
  bool acts;        /* see cli_set_open_to_act */
  edict_engine *engine;
} cli_set;
#define CLI_SET_OPTIONS                                                                         \
  {"--bundle", "FILE", "a bundle; several times: the federal one, the domain's, tables", true}, \
      {"--trust", "FILE", "the trust store, or the root document", false},                      \
      {"--root", "FILE", "a root document that follows the one of --trust; several times", true}, \
      {"--development", NULL, "accept unsigned bundles; decisions say so", false},              \
      CLI_KEYRING_OPTIONS, {                                                                   \
    "--rules", "FILE", "instead of bundles: a project's edict.yaml, built on the fly", true     \
  }
/* The trust store of --trust, or the newest of the root documents that --trust and --root are. */
edict_status cli_trust_read(cli_arguments *arguments, int64_t now, char **trust, size_t *length);
cli_exit cli_set_open(cli_arguments *arguments, int64_t now, cli_set *set);
/* The same for what is done and not supposed: of obligations those of --meets alone are met, and what was in force before is
 * kept in the file of --state, so that nothing older is taken. */
cli_exit cli_set_open_to_act(cli_arguments *arguments, int64_t now, cli_set *set);
#define CLI_STATE_OPTIONS                                                                                            \
  {"--state", "FILE", "where it is kept what was in force, so that nothing older is taken", false}, {                \
    "--begin-state", NULL, "begin that file if it is not there: for the first time alone", false                      \
  }
void cli_set_close(cli_set *set);
/* Adds one bundle, read from its file. */
edict_status cli_set_add_file(cli_arguments *arguments, const char *path, cli_set *set);
/* Adds the bundle of a project and its tables, and for a domain its federal bundle unless there is one. */
edict_status cli_set_add_project(cli_arguments *arguments, const edict_project *project,
                                 cli_set *set);
/* The same for an edict.yaml that is opened first. A domain stands on the federal bundle that the set begins
 * with, and not on one of yesterday. */
edict_status cli_set_add_path(cli_arguments *arguments, const char *path, cli_set *set);
/* An engine over what was added, signed or not. */
cli_exit cli_set_develop(cli_arguments *arguments, int64_t now, cli_set *set);

#endif
