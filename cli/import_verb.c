/* import: what other systems have agreed on, as rule files. */
#include <string.h>

#include "cli/command.h"
#include "edict/agreements.h"

#define AGREEMENT_MOST ((size_t)1024 * 1024 + 1) /* one past what the reader takes, which then says so */

static const cli_option import_options[] = {
    {"--out", "FILE", "where the rules go; left out: standard output", false},
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

static cli_exit write_rules(cli_arguments *a, const edict_contract_text *texts, size_t count) {
  const char *roles[CLI_VALUES_MOST], *out = cli_value(a, "--out");
  edict_agreement_options options = {.size = sizeof options, .module = value_or(a, "--module", "agreements"), .roles = roles,
                                     .action = value_or(a, "--action", "read"), .purpose = cli_value(a, "--purpose"),
                                     .team = value_or(a, "--team", "subject.team"), .product = value_or(a, "--product", "subject.product"),
                                     .user = value_or(a, "--user", "subject.user")};
  char *rules;
  size_t length;
  while ((roles[options.role_count] = cli_value_at(a, "--role", options.role_count))) options.role_count++;
  edict_status status = edict_agreements_import(texts, count, &options, &rules, &length, a->diagnostics);
  if (status == EDICT_ARGUMENT) return cli_usage(a, "names are written as in rules, such as sales.agreements, and --role as NAME=NODE");
  if (status == EDICT_OK && out) status = edict_file_write(out, rules, length, a->diagnostics);
  else if (status == EDICT_OK) fwrite(rules, 1, length, stdout);
  edict_text_free(&rules);
  return cli_exit_of(status);
}

static cli_exit run_import(cli_arguments *a) {
  static edict_contract_text texts[CLI_VALUES_MOST];
  static char *bytes[CLI_VALUES_MOST];
  size_t count = 0;
  if (a->positional_count < 2 || strcmp(a->positional[0], "oaas") != 0) return cli_usage(a, "say what to import: oaas, and the files of agreements");
  edict_status status = EDICT_OK;
  for (; count + 1 < a->positional_count && status == EDICT_OK; count++) {
    texts[count].path = a->positional[count + 1];
    status = cli_read(a, texts[count].path, AGREEMENT_MOST, &bytes[count], &texts[count].length);
    texts[count].text = bytes[count];
  }
  cli_exit code = status == EDICT_OK ? write_rules(a, texts, count) : cli_exit_of(status);
  for (size_t i = 0; i < count; i++) edict_text_free(&bytes[i]);
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
