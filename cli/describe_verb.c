/* describe: the policy card of a data product. */
#include <string.h>

#include "cli/command.h"
#include "edict/contracts.h"
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

/* A word that is a path of a descriptor, and no product's name. */
static bool is_file(const char *word) {
  static const char *const ends[] = {".yaml", ".yml", ".json"};
  size_t length = strlen(word);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t tail = strlen(ends[i]);
    if (length > tail && strcmp(word + length - tail, ends[i]) == 0) return true;
  }
  return strchr(word, '/') != NULL;
}

static cli_exit read_product(cli_arguments *a, const char *path, edict_data_product **product) {
  char *bytes;
  size_t length;
  edict_status status = cli_read(a, path, CLI_TEXT_MOST, &bytes, &length);
  if (status != EDICT_OK) return cli_exit_of(status);
  const edict_contract_text text = {path, bytes, length};
  status = edict_data_product_read(&text, product, a->diagnostics);
  edict_text_free(&bytes);
  return cli_exit_of(status);
}

/* A port that is not as its descriptor says is a finding, and stands on the card all the same. */
static edict_status describe_any(cli_arguments *a, const cli_set *set, const edict_data_product *product, const describe_options *options,
                                 json_t **card) {
  const describe_product of = {product, set->bundles, set->count};
  return product ? describe_offer(options, &of, card, a->diagnostics) : describe_card(options, card, a->diagnostics);
}

static cli_exit describe(cli_arguments *a, const cli_set *set, const edict_data_product *product, describe_options *options) {
  json_t *card = NULL;
  options->engine = set->engine;
  if (!find_federal(a, set, &options->federal)) return cli_refuse("there is no federal bundle among them");
  size_t before = edict_diagnostics_errors(a->diagnostics);
  edict_status status = describe_any(a, set, product, options, &card);
  if (status == EDICT_LIMIT) return cli_refuse("the card would take more than %d requests", DESCRIBE_REQUESTS_MOST);
  cli_exit code = status == EDICT_OK ? print(a, card) : cli_exit_of_load(status);
  json_decref(card);
  return code == CLI_DONE && edict_diagnostics_errors(a->diagnostics) > before ? CLI_FOUND : code;
}

static cli_exit run_describe(cli_arguments *a) {
  static const char *const of_subject[] = {"roles", "purposes", "issuer", "id", NULL}, *const of_context[] = {"purpose", "now", NULL};
  describe_options options = {.product = a->positional_count ? a->positional[0] : NULL};
  edict_data_product *product = NULL;
  cli_set set;
  memset(&set, 0, sizeof set);
  if (!options.product) return cli_usage(a, "the product's name is needed, such as sales.orders, or a data product's file");
  bool good = read_object(a, "--subject", of_subject, &options.subject) && read_object(a, "--context", of_context, &options.context) &&
              cli_now(a, &options.now);
  cli_exit code = good && is_file(options.product) ? read_product(a, options.product, &product) : good ? CLI_DONE : CLI_USAGE;
  if (code == CLI_DONE) code = cli_set_open(a, options.now, &set);
  if (code == CLI_DONE) code = describe(a, &set, product, &options);
  cli_set_close(&set);
  edict_data_product_destroy(&product);
  json_decref(options.subject);
  json_decref(options.context);
  return code;
}

const cli_verb cli_verb_describe = {
    .name = "describe",
    .synopsis = "PRODUCT|FILE --bundle FILE... [OPTION]...",
    .options = verb_options,
    .positional_most = 1,
    .run = run_describe,
    .more =
        "PRODUCT is a product's name, as sales.orders. A FILE (.yaml, .yml, .json) is a data product of the\n"
        "Open Data Product Standard: the card tells of each of its ports, whose contracts are looked for by\n"
        "their ids in the bundles. A port whose contract is in none, or of another version, ends with 1.\n"
        "For each dataset, action, issuer, role and purpose one request is decided; equal answers are\n"
        "told once. --format html is one page without scripts that fetches nothing.\n"
        "Without --meets the host is supposed to meet every obligation.\n",
};
