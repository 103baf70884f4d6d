/* test: the `test` blocks of a project, run against what the project builds. */
#include <string.h>

#include "cli/command.h"
#include "workbench/runner.h"

static const cli_option test_options[] = {
    {"--with", "FILE", "edict.yaml of another project whose bundle takes part (a domain's, say); several times"},
    {"--format", "text|json", "how results are written"},
    {NULL, NULL, NULL},
};

static void tell(void *user, const runner_failure *f) {
  (void)user;
  printf("not ok %s (%s:%u)\n  line %u: expected %s\n  %*s got      %s\n", f->test->title, f->test->file, f->test->line,
         f->line, f->expected, f->line > 99 ? 8 : f->line > 9 ? 7 : 6, "", f->got);
  if (*f->why) printf("  because: %s\n", f->why);
}

/* The floor of time is long before any test: each brings its own `now`. */
static edict_status open_set(cli_arguments *a, const edict_project *project, cli_set *set) {
  edict_status status = cli_set_add_project(a, project, set);
  const char *path;
  for (size_t i = 0; (path = cli_value_at(a, "--with", i)) != NULL && status == EDICT_OK; i++) {
    edict_project *other;
    status = edict_project_open(path, &other, a->diagnostics);
    if (status != EDICT_OK) break;
    /* Another domain stands on the same federal bundle: the set takes it once. */
    status = edict_project_parent(other) ? cli_set_add_domain(a, other, set) : cli_set_add_project(a, other, set);
    edict_project_destroy(&other);
  }
  return status == EDICT_OK ? cli_set_develop(a, INT64_MIN, set) : status;
}

static cli_exit run_test(cli_arguments *a) {
  edict_project *project;
  cli_set set;
  runner_report report = {0};
  memset(&set, 0, sizeof set);
  edict_status status = edict_project_open(a->positional_count ? a->positional[0] : "edict.yaml", &project, a->diagnostics);
  if (status == EDICT_OK) status = open_set(a, project, &set);
  if (status == EDICT_OK) status = runner_run(project, set.engine, cli_json(a) ? NULL : tell, NULL, &report, a->diagnostics);
  if (status == EDICT_OK && cli_json(a)) printf("{\"passed\":%zu,\"failed\":%zu}\n", report.passed, report.failed);
  else if (status == EDICT_OK) printf("%zu passed, %zu failed\n", report.passed, report.failed);
  cli_set_close(&set);
  edict_project_destroy(&project);
  if (status != EDICT_OK) return cli_exit_of(status);
  return report.failed ? CLI_FOUND : CLI_DONE;
}

const cli_verb cli_verb_test = {
    .name = "test", .synopsis = "[edict.yaml] [--with FILE]...", .options = test_options, .run = run_test,
};
