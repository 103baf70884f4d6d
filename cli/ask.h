/* Ask: one request as options give it, for the verbs that decide one.
 *
 * A cli_ask holds the engine, the product and the JSON of subject, context and resource. The JSON may be changed and
 * the request decided again: each call reads it anew. */
#ifndef EDICT_CLI_ASK_H
#define EDICT_CLI_ASK_H

#include <jansson.h>

#include "cli/command.h"

#define CLI_ATTRIBUTES_MOST       256
#define CLI_ATTRIBUTE_VALUES_MOST 4096
#define CLI_COLUMNS_MOST          4096

/* Attributes read from a JSON object; texts borrow from it. */
typedef struct cli_attributes {
  json_t *root;
  edict_attribute items[CLI_ATTRIBUTES_MOST];
  edict_text values[CLI_ATTRIBUTE_VALUES_MOST];
  char numbers[CLI_ATTRIBUTE_VALUES_MOST][24];
  size_t count, value_count;
  edict_text issuer, id, kind;
} cli_attributes;

typedef struct cli_ask {
  cli_set set;
  edict_product *product;
  size_t dataset;
  uint32_t columns[CLI_COLUMNS_MOST];
  size_t column_count;
  cli_attributes subject, context; /* subject.root NULL: a token says it */
  cli_attributes resource;         /* root NULL: a dataset is asked about */
  int64_t now;
  const char *action;
  const unsigned char *seed;       /* EDICT_SEED_BYTES of randomness for keys within a query; NULL: none */
} cli_ask;

/* Where, who and when; an action and columns stand beside; rows are of a dataset, and a decision may be of a resource. */
#define CLI_ASK_OPTIONS                                                                         \
  CLI_ASK_ROWS_OPTIONS, {                                                                       \
    "--resource", "JSON", "in place of a dataset: {\"kind\":\"model\",\"owner\":\"bo\"}", false  \
  }
#define CLI_ASK_ROWS_OPTIONS                                                                    \
  CLI_ASKER_OPTIONS,                                                                            \
      {"--action", "NAME", "such as read", false}, {                                            \
    "--columns", "A,B", "the columns that the query reads; left out: all", false                \
  }
#define CLI_ASKER_OPTIONS                                                                       \
  {"--product", "NAME", "such as sales.orders", false},                                         \
      {"--dataset", "NAME", "a dataset of the product", false},                                 \
      {"--token", "FILE", "a token of the subject", false},                                     \
      {"--keys", "NAME=FILE", "a JWKS for an issuer that says `keys from host`", true},         \
      {"--subject", "JSON",                                                                     \
       "a supposed subject: {\"issuer\":\"corp\",\"id\":\"ana\",\"roles\":[\"analyst\"]}", false},  \
      {"--context", "JSON", "the request's context: {\"purpose\":\"billing\"}", false},         \
      {"--meets", "NAME", "an obligation that the host can meet, or `none`; several times", true}, { \
    "--now", "TIME", "a supposed time; left out: the clock", false                              \
  }

/* Reads the options; cli_ask_close in any case. The struct is large: it is static where it is used. */
cli_exit cli_ask_open(cli_arguments *arguments, cli_ask *ask);
/* The same for an action and a list of columns that the verb itself fixes; `columns` NULL: all. */
cli_exit cli_ask_open_for(cli_arguments *arguments, cli_ask *ask, const char *action, const char *columns);
/* Who asks; for the caller to destroy. */
cli_exit cli_ask_session(cli_arguments *arguments, cli_ask *ask, edict_session **session);
cli_exit cli_ask_decide(cli_arguments *arguments, cli_ask *ask, const edict_session *session,
                        edict_decision *decision);
void cli_ask_close(cli_ask *ask);

#endif
