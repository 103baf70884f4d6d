/* import: what other systems have agreed on, as rule files. */
#include <string.h>

#include "cli/command.h"
#include "edict/agreements.h"

#define AGREEMENT_MOST ((size_t)1024 * 1024 + 1) /* one past what the reader takes, which then says so */

static const cli_option import_options[] = {
    {"--out", "FILE", "where the rules go; left out: standard output", false},
    {"--ports", "FILE", "a data product of the Open Data Product Standard: ports and names are held to it", true},
    {"--module", "NAME", "the module of the rules; left out: agreements", false},
    {"--purpose", "NODE", "the purpose of agreements that name none in customProperties, edict.purpose", false},
    {"--action", "NAME", "what is permitted; left out: read", false},
    {"--role", "NAME=NODE", "a role of the provider's access system, as a role of the federation", true},
    {"--team", "ATTRIBUTE", "what a consuming team is compared with; left out: subject.team", false},
    {"--product", "ATTRIBUTE", "the same for a data product; left out: subject.product", false},
    {"--user", "ATTRIBUTE", "the same for a user; left out: subject.user", false},
    CLI_FORMAT_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

static const char *value_or(const cli_arguments *a, const char *option, const char *otherwise) {
  const char *given = cli_value(a, option);
  return given ? given : otherwise;
}

/* Texts by name of file; freed in any case. */
typedef struct inputs {
  edict_contract_text texts[CLI_VALUES_MOST];
  char *bytes[CLI_VALUES_MOST];
  size_t count;
} inputs;

static edict_status read_input(cli_arguments *a, const char *path, inputs *in) {
  edict_contract_text *text = &in->texts[in->count];
  text->path = path;
  edict_status status = cli_read(a, path, AGREEMENT_MOST, &in->bytes[in->count], &text->length);
  text->text = in->bytes[in->count++];
  return status;
}

static void free_inputs(inputs *in) {
  for (size_t i = 0; i < in->count; i++) edict_text_free(&in->bytes[i]);
}

static cli_exit write_rules(cli_arguments *a, const inputs *agreements, const inputs *products) {
  const char *roles[CLI_VALUES_MOST], *out = cli_value(a, "--out");
  edict_agreement_options options = {.size = sizeof options, .module = value_or(a, "--module", "agreements"), .roles = roles,
                                     .action = value_or(a, "--action", "read"), .purpose = cli_value(a, "--purpose"),
                                     .team = value_or(a, "--team", "subject.team"), .product = value_or(a, "--product", "subject.product"),
                                     .user = value_or(a, "--user", "subject.user")};
  char *rules;
  size_t length;
  options.products = products->texts;
  options.product_count = products->count;
  while ((roles[options.role_count] = cli_value_at(a, "--role", options.role_count))) options.role_count++;
  edict_status status = edict_agreements_import(agreements->texts, agreements->count, &options, &rules, &length, a->diagnostics);
  if (status == EDICT_ARGUMENT) return cli_usage(a, "names are written as in rules, such as sales.agreements, and --role as NAME=NODE");
  if (status == EDICT_OK && out) status = edict_file_write(out, rules, length, a->diagnostics);
  else if (status == EDICT_OK) fwrite(rules, 1, length, stdout);
  edict_text_free(&rules);
  return cli_exit_of(status);
}

static cli_exit run_import(cli_arguments *a) {
  static inputs agreements, products;
  const char *path;
  if (a->positional_count < 2 || strcmp(a->positional[0], "oaas") != 0) return cli_usage(a, "say what to import: oaas, and the files of agreements");
  edict_status status = EDICT_OK;
  for (size_t i = 1; i < a->positional_count && status == EDICT_OK; i++) status = read_input(a, a->positional[i], &agreements);
  for (size_t i = 0; (path = cli_value_at(a, "--ports", i)) && status == EDICT_OK; i++) status = read_input(a, path, &products);
  cli_exit code = status == EDICT_OK ? write_rules(a, &agreements, &products) : cli_exit_of(status);
  free_inputs(&agreements);
  free_inputs(&products);
  return code;
}

const cli_verb cli_verb_import = {
    .name = "import",
    .synopsis = "oaas FILE... [OPTION]...",
    .options = import_options,
    .positional_most = CLI_VALUES_MOST,
    .run = run_import,
    .more =
        "oaas     access agreements of the Open Access Agreement Standard: for each approved one a permit\n"
        "         that is bound to its product, consumer, purpose and time. Read the file, then check it\n"
        "         with the project that it goes into: names are said there, and a domain needs a delegate.\n",
};
