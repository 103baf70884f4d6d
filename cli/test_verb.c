/* test: the `test` blocks of a project, run against what the project builds. */
#include <jansson.h>
#include <string.h>

#include "cli/command.h"
#include "workbench/runner.h"

static const cli_option test_options[] = {
    {"--with", "FILE", "edict.yaml of another project whose bundle takes part; several times",
     true},
    {"--keyring", "FILE", "the keyring; left out: pseudonyms are the bottom", false},
    CLI_FORMAT_OPTION("how results are written"),
    CLI_END_OF_OPTIONS,
};

/* Each failing test once, with why it was decided so; under it what was expected and what came. */
typedef struct teller {
  const char *file;
  uint32_t line;
} teller;

static void tell_text(void *user, const runner_failure *f) {
  teller *told = user;
  if (told->line != f->test->line || told->file != f->test->file) {
    printf("not ok %s (%s:%u)\n", f->test->title, f->test->file, f->test->line);
    if (*f->why) printf("  %s\n", f->why);
  }
  *told = (teller){f->test->file, f->test->line};
  printf("  line %u\n    expected %s\n    got      %s\n", f->line, f->expected, f->got);
}

static void tell_json(void *user, const runner_failure *f) {
  json_t *failure = json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s}", "test", f->test->title, "file",
                              f->test->file, "line", (int)f->test->line, "at", (int)f->line,
                              "expected", f->expected, "got", f->got, "because", f->why);
  if (json_array_append_new(user, failure) != 0)
    (void)cli_refuse("a failure cannot be shown as JSON");
}

static void print_json(const runner_report *report, json_t *failures) {
  json_t *all = json_pack("{s:I, s:I, s:O}", "passed", (json_int_t)report->passed, "failed",
                          (json_int_t)report->failed, "failures", failures);
  if (!all || json_dumpf(all, stdout, 0) != 0) (void)cli_refuse("the result cannot be shown");
  putchar('\n');
  json_decref(all);
}

/* The floor of time is long before any test: each brings its own `now`. */
static cli_exit open_set(cli_arguments *a, const edict_project *project, cli_set *set) {
  edict_status status = cli_set_add_project(a, project, set);
  const char *path, *keyring = cli_value(a, "--keyring");
  for (size_t i = 0; (path = cli_value_at(a, "--with", i)) && status == EDICT_OK; i++) {
    edict_project *other;
    status = edict_project_open(path, &other, a->diagnostics);
    if (status == EDICT_OK) status = cli_set_add_project(a, other, set);
    edict_project_destroy(&other);
  }
  if (status == EDICT_OK && keyring)
    status = cli_read(a, keyring, CLI_TEXT_MOST, &set->keyring, &set->keyring_length);
  return status == EDICT_OK ? cli_set_develop(a, INT64_MIN, set) : cli_exit_of(status);
}

static cli_exit run_tests(cli_arguments *a, const edict_project *project, const cli_set *set) {
  runner_report report;
  json_t *failures = cli_json(a) ? json_array() : NULL;
  teller told = {NULL, 0};
  edict_status status = runner_run(project, set->engine, failures ? tell_json : tell_text,
                                   failures ? (void *)failures : &told, &report, a->diagnostics);
  if (status == EDICT_OK && cli_json(a)) print_json(&report, failures);
  else if (status == EDICT_OK) printf("%zu passed, %zu failed\n", report.passed, report.failed);
  json_decref(failures);
  if (status != EDICT_OK) return cli_exit_of_load(status);
  if (report.passed + report.failed == 0) fputs("edict: the project has no `test` block\n", stderr);
  return report.failed ? CLI_FOUND : CLI_DONE;
}

static cli_exit run_test(cli_arguments *a) {
  edict_project *project;
  cli_set set;
  memset(&set, 0, sizeof set);
  cli_exit code = cli_exit_of(edict_project_open(cli_project_path(a), &project, a->diagnostics));
  if (code == CLI_DONE) code = open_set(a, project, &set);
  if (code == CLI_DONE) code = run_tests(a, project, &set);
  cli_set_close(&set);
  edict_project_destroy(&project);
  return code;
}

const cli_verb cli_verb_test = {
    .name = "test",
    .synopsis = "[edict.yaml] [--with FILE]... [OPTION]...",
    .options = test_options,
    .positional_most = 1,
    .run = run_test,
    .more =
        "A federal project holds no contract: its tests ask about products of the projects that\n"
        "--with names. They are built on the fly; nothing is signed and nothing is written.\n",
};
