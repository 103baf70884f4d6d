/* comply: contracts held to the `require` rules of a project. */
#include <string.h>

#include "cli/command.h"
#include "workbench/comply.h"

static const cli_option verb_options[] = {
    {"--rules", "FILE", "the project's edict.yaml; left out: the one here", false},
    {"--now", "TIME", "the time by which rules are in force; left out: SOURCE_DATE_EPOCH's, else the clock's", false},
    {"--domain", "NAME", "whose the contracts are that name no `domain`", false},
    {"--ports", "FILE", "a data product of the Open Data Product Standard: its ports are looked for among the contracts", true},
    CLI_LENIENT_OPTION,
    {"--format", "text|json|sarif|junit", "how findings and answers are written", false},
    CLI_END_OF_OPTIONS,
};

static cli_exit print(const cli_arguments *a, const edict_project *project, const comply_report *report) {
  const char *format = cli_value(a, "--format");
  char *text;
  size_t length = 0;
  if (!format) format = "text";
  if (strcmp(format, "sarif") == 0) return CLI_DONE; /* told at the end, as of every verb */
  edict_status status = comply_render(format, edict_project_name(project), report, a->diagnostics, &text, &length);
  if (status == EDICT_OK) fwrite(text, 1, length, stdout);
  edict_text_free(&text);
  return cli_exit_of(status);
}

static cli_exit hold(cli_arguments *a, const edict_project *project, int64_t now) {
  comply_report report;
  const char *products[CLI_VALUES_MOST];
  size_t product_count = 0;
  while (product_count < CLI_VALUES_MOST && (products[product_count] = cli_value_at(a, "--ports", product_count))) product_count++;
  const comply_options options = {.paths = a->positional, .count = a->positional_count, .now = now, .lenient = cli_flag(a, "--lenient"),
                                  .domain = cli_value(a, "--domain"), .products = products, .product_count = product_count};
  edict_status status = comply_run(project, &options, &report, a->diagnostics);
  cli_exit code = cli_exit_of(status);
  /* Nothing that was looked at is no success: a check in a pipeline whose list of contracts came out empty. */
  bool nothing = code == CLI_DONE && a->positional_count == 0 && edict_contract_set_count(report.set) == 0;
  if (nothing) {
    code = cli_usage(a, "the project names no contract: name those that are to be held to its rules");
  } else if (code == CLI_DONE || code == CLI_FOUND) {
    cli_exit printed = print(a, project, &report);
    if (printed != CLI_DONE) code = printed;
  }
  if (status == EDICT_EXPIRED) code = cli_refuse("rules cannot be asked at that time: it is before 1970");
  comply_report_fini(&report);
  return code;
}

static cli_exit run_comply(cli_arguments *a) {
  edict_project *project = NULL;
  int64_t now;
  const char *rules = cli_value(a, "--rules");
  a->project = rules ? cli_project_file(rules) : "edict.yaml";
  if (!cli_day(a, &now)) return CLI_USAGE;
  cli_exit code = cli_exit_of(edict_project_open(a->project, &project, a->diagnostics));
  if (code == CLI_DONE) code = hold(a, project, now);
  edict_project_destroy(&project);
  return code;
}

const cli_verb cli_verb_comply = {
    .name = "comply",
    .synopsis = "[--rules edict.yaml] [CONTRACT]... [OPTION]...",
    .options = verb_options,
    .positional_most = SIZE_MAX,
    .run = run_comply,
    .more =
        "Without a CONTRACT those that the project names are looked at. Each contract is read by\n"
        "itself, so one with mistakes does not hide what the others say. Findings go to standard\n"
        "error, a summary to standard output; with --format json it is a line for each answer, with\n"
        "sarif and junit one document. Rules in shadow and columns without a tag are warnings.\n",
};
