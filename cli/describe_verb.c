/* describe: the policy card of a data product. */
#include <string.h>

#include "cli/command.h"
#include "workbench/describe.h"

static const cli_option verb_options[] = {
    CLI_SET_OPTIONS,
    {"--subject", "JSON", "attributes supposed of everybody: {\"regions\":[\"de\"]}", false},
    {"--context", "JSON", "attributes supposed of each request", false},
    {"--meets", "NAME", "an obligation that the host can meet, or `none`; several times", true},
    {"--now", "TIME", "a supposed time; left out: the clock", false},
    {"--format", "text|json|html", "how the card is written", false},
    CLI_END_OF_OPTIONS,
};

/* An object without `members`, which the card fills in itself; NULL in *object if the option is not there. */
static bool read_object(const cli_arguments *a, const char *option, const char *const *members, json_t **object) {
  json_error_t error;
  const char *given = cli_value(a, option);
  *object = NULL;
  if (!given) return true;
  *object = json_loads(given, JSON_REJECT_DUPLICATES, &error);
  bool good = json_is_object(*object);
  for (; good && *members; members++) good = json_object_get(*object, *members) == NULL;
  if (!good) (void)cli_usage(a, "%s takes a JSON object of attributes, without roles, purposes and purpose, which the card goes through", option);
  return good;
}

static bool find_federal(cli_arguments *a, const cli_set *set, edict_bytes *federal) {
  for (size_t i = 0; i < set->count; i++) {
    edict_bundle_facts facts;
    if (edict_bundle_about(set->bundles[i].ptr, set->bundles[i].len, &facts, a->diagnostics) != EDICT_OK) return false;
    if (strcmp(facts.layer, "federal") != 0) continue;
    *federal = set->bundles[i];
    return true;
  }
  return false;
}

static cli_exit print(cli_arguments *a, const json_t *card) {
  char *text;
  size_t length;
  const char *format = cli_value(a, "--format");
  edict_status status = describe_render(format ? format : "text", card, &text, &length);
  if (status == EDICT_OK) fwrite(text, 1, length, stdout);
  edict_text_free(&text);
  return cli_exit_of(status);
}

static cli_exit describe(cli_arguments *a, const cli_set *set, describe_options *options) {
  json_t *card = NULL;
  options->engine = set->engine;
  if (!find_federal(a, set, &options->federal)) return cli_refuse("there is no federal bundle among them");
  edict_status status = describe_card(options, &card, a->diagnostics);
  if (status == EDICT_LIMIT) return cli_refuse("the card would take more than %d requests", DESCRIBE_REQUESTS_MOST);
  cli_exit code = status == EDICT_OK ? print(a, card) : cli_exit_of_load(status);
  json_decref(card);
  return code;
}

static cli_exit run_describe(cli_arguments *a) {
  static const char *const of_subject[] = {"roles", "purposes", "issuer", "id", NULL}, *const of_context[] = {"purpose", "now", NULL};
  describe_options options = {.product = a->positional_count ? a->positional[0] : NULL};
  cli_set set;
  memset(&set, 0, sizeof set);
  if (!options.product) return cli_usage(a, "the product's name is needed, such as sales.orders");
  bool good = read_object(a, "--subject", of_subject, &options.subject) && read_object(a, "--context", of_context, &options.context) &&
              cli_now(a, &options.now);
  cli_exit code = good ? cli_set_open(a, options.now, &set) : CLI_USAGE;
  if (code == CLI_DONE) code = describe(a, &set, &options);
  cli_set_close(&set);
  json_decref(options.subject);
  json_decref(options.context);
  return code;
}

const cli_verb cli_verb_describe = {
    .name = "describe",
    .synopsis = "PRODUCT --bundle FILE... [OPTION]...",
    .options = verb_options,
    .positional_most = 1,
    .run = run_describe,
    .more =
        "For each dataset, action, issuer, role and purpose one request is decided; equal answers are\n"
        "told once. --format html is one page without scripts that fetches nothing.\n"
        "Without --meets the host is supposed to meet every obligation.\n",
};
