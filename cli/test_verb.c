/* test: the `test` blocks of a project, run against what the project builds. */
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/watch.h"
#include "workbench/report.h"

enum { WATCHED_MOST = 32, PATH_MOST = 4096 };

static const cli_option test_options[] = {
    {"--with", "FILE", "edict.yaml of another project that takes part; several times; left out: `test-with`", true},
    CLI_KEYRING_OPTIONS,
    {"--only", "GLOB", "the tests with such a title; * is any text, ? one byte", false},
    {"--jobs", "N", "how many run at once; left out: one for each processor", false},
    {"--coverage", "=lcov FILE", "how often each condition came out yes, no, unknown", true},
    {"--coverage-min", "N", "fail if less than N percent of the outcomes were seen", false},
    {"--watch", NULL, "run again whenever a file of the projects changes", false},
    {"--format", "text|json|tap|junit|sarif", "how results are written", false},
    CLI_END_OF_OPTIONS,
};

typedef struct test_run {
  size_t jobs, least; /* least: percent, 0 if not asked for */
  bool table;         /* of the coverage */
  const char *lcov;   /* file, NULL: not asked for */
  const char *format;
  char watched[WATCHED_MOST][PATH_MOST]; /* what the project names besides */
  size_t watched_count;
} test_run;

/* ---- options ---- */

static bool number(const cli_arguments *a, const char *name, size_t least, size_t most, size_t *value) {
  const char *text = cli_value(a, name);
  size_t length = text ? strlen(text) : 0, n = 0;
  if (!text) return true;
  bool good = length > 0 && length < 4 && strspn(text, "0123456789") == length;
  for (size_t i = 0; good && i < length; i++) n = n * 10 + (size_t)(text[i] - '0');
  if (good && n >= least && n <= most) {
    *value = n;
    return true;
  }
  (void)cli_usage(a, "%s takes a whole number from %zu to %zu", name, least, most);
  return false;
}

static size_t processors(void) {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count < 1 ? 1 : count > 16 ? 16 : (size_t)count;
}

static bool read_options(const cli_arguments *a, test_run *t) {
  const char *value;
  *t = (test_run){.jobs = processors(), .format = cli_value(a, "--format")};
  if (!t->format) t->format = "text";
  for (size_t i = 0; (value = cli_value_at(a, "--coverage", i)); i++)
    if (*value) t->lcov = value;
    else t->table = true;
  if (t->table && strcmp(t->format, "text") != 0) {
    (void)cli_usage(a, "--coverage as a table goes with --format text; --coverage=lcov FILE with every format");
    return false;
  }
  return number(a, "--jobs", 1, 256, &t->jobs) && number(a, "--coverage-min", 0, 100, &t->least);
}

/* ---- one run ---- */

/* --with; left out: what edict.yaml names under `test-with`. */
static const char *with_at(const cli_arguments *a, const edict_project *project, size_t i) {
  return cli_flag(a, "--with") ? cli_value_at(a, "--with", i) : edict_project_test_with(project, i);
}

/* The floor of time is long before any test: each brings its own `now`. */
static cli_exit open_set(cli_arguments *a, const edict_project *project, cli_set *set) {
  edict_status status = cli_set_add_project(a, project, set);
  const char *path;
  for (size_t i = 0; (path = with_at(a, project, i)) && status == EDICT_OK; i++) status = cli_set_add_path(a, path, set);
  if (status == EDICT_OK) status = cli_keyring_given(a, &set->keyring);
  return status == EDICT_OK ? cli_set_develop(a, INT64_MIN, set) : cli_exit_of(status);
}

/* Takes the text, whatever happens. */
static cli_exit print(edict_status status, char *text, size_t length) {
  if (status == EDICT_OK) fwrite(text, 1, length, stdout);
  edict_text_free(&text);
  return status == EDICT_OK ? CLI_DONE : cli_refuse("the results cannot be shown: no memory is left");
}

/* The folder of the project, with its slash: what lcov puts before the names of files. */
static void folder_of(const char *path, char *into, size_t size) {
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) + 1 : 0;
  if (length >= size) length = 0;
  memcpy(into, path, length);
  into[length] = '\0';
}

static cli_exit write_lcov(cli_arguments *a, const test_run *t, const runner_coverage *coverage) {
  char folder[4096], *text;
  size_t length;
  folder_of(cli_project_path(a), folder, sizeof folder);
  edict_status status = runner_coverage_lcov(coverage, folder, &text, &length);
  if (status == EDICT_OK) status = edict_file_write(t->lcov, text, length, a->diagnostics);
  edict_text_free(&text);
  return cli_exit_of(status);
}

static cli_exit tell_coverage(cli_arguments *a, const test_run *t, const runner_coverage *coverage) {
  size_t seen, all, length = 0;
  char *text = NULL;
  cli_exit code = CLI_DONE;
  if (t->table) {
    edict_status status = runner_coverage_table(coverage, &text, &length);
    putchar('\n');
    code = print(status, text, length);
  }
  if (code == CLI_DONE && t->lcov) code = write_lcov(a, t, coverage);
  runner_coverage_total(coverage, &seen, &all);
  if (code != CLI_DONE || seen * 100 >= all * t->least) return code;
  fprintf(stderr, "edict: %zu of %zu outcomes were seen, less than %zu percent; --coverage shows which were not\n", seen,
          all, t->least);
  return CLI_FOUND;
}

static cli_exit tell(cli_arguments *a, const test_run *t, const edict_project *project, const runner_report *report,
                     const runner_coverage *coverage) {
  char *text;
  size_t length = 0;
  bool sarif = strcmp(t->format, "sarif") == 0; /* one log with what else there is to say, at the end */
  edict_status status = runner_render(sarif ? "findings" : t->format, edict_project_name(project), report, &text, &length);
  if (sarif && status == EDICT_OK) {
    a->findings = text;
    a->findings_length = length;
    text = NULL;
    length = 0;
  }
  cli_exit code = print(status, text, length);
  if (code == CLI_DONE && coverage) code = tell_coverage(a, t, coverage);
  return code == CLI_DONE && report->failed ? CLI_FOUND : code;
}

/* What was asked for and cannot be: no success. */
static cli_exit nothing_to_run(cli_arguments *a, const edict_project *project) {
  if (edict_project_test_count(project) == 0) {
    fputs("edict: the project has no `test` block\n", stderr);
    return CLI_DONE;
  }
  return cli_usage(a, "no test has a title such as `%s`", cli_value(a, "--only"));
}

static cli_exit run_tests(cli_arguments *a, const test_run *t, const edict_project *project, const cli_set *set) {
  runner_report report;
  runner_coverage *coverage = NULL;
  runner_options options = {.bundles = set->bundles, .bundle_count = set->count, .engine = set->engine,
                            .keyring = set->keyring.text, .keyring_length = set->keyring.length,
                            .keyring_secret = &set->keyring.secret,
                            .only = cli_value(a, "--only"), .jobs = t->jobs};
  edict_status status = EDICT_OK;
  if (t->table || t->lcov || cli_flag(a, "--coverage-min")) status = runner_coverage_create(project, &coverage);
  options.coverage = coverage;
  if (status == EDICT_OK) {
    status = runner_run(project, &options, &report, a->diagnostics);
    cli_exit code = CLI_DONE;
    if (status == EDICT_OK && report.count == 0) code = nothing_to_run(a, project);
    if (status == EDICT_OK && code == CLI_DONE) code = tell(a, t, project, &report, coverage);
    runner_report_fini(&report);
    runner_coverage_destroy(&coverage);
    if (status == EDICT_OK) return code;
  }
  return cli_exit_of_load(status);
}

static void watch(test_run *t, const char *path) {
  size_t length = path ? strlen(path) : 0;
  if (length == 0 || length >= PATH_MOST || t->watched_count == WATCHED_MOST) return;
  memcpy(t->watched[t->watched_count++], path, length + 1);
}

/* What a project names outside of its folder. One that has findings keeps what it named before. */
static void note_watched(test_run *t, const edict_project *project) {
  t->watched_count = 0;
  watch(t, edict_project_parent(project));
  for (size_t i = 0; i < edict_project_test_with_count(project); i++) watch(t, edict_project_test_with(project, i));
}

static cli_exit run_once(cli_arguments *a, test_run *t) {
  edict_project *project;
  cli_set set;
  memset(&set, 0, sizeof set);
  cli_exit code = cli_exit_of(edict_project_open(cli_project_path(a), &project, a->diagnostics));
  if (code == CLI_DONE) note_watched(t, project);
  if (code == CLI_DONE) code = open_set(a, project, &set);
  if (code == CLI_DONE) code = run_tests(a, t, project, &set);
  cli_set_close(&set);
  edict_project_destroy(&project);
  return code;
}

/* ---- again and again ---- */

static size_t watched(const cli_arguments *a, const test_run *t, const char **paths) {
  const char *path;
  size_t count = 0;
  paths[count++] = cli_project_path(a);
  for (size_t i = 0; (path = cli_value_at(a, "--with", i)) && count < CLI_VALUES_MOST; i++)
    paths[count++] = cli_project_file(path);
  for (size_t i = 0; i < t->watched_count; i++) paths[count++] = t->watched[i];
  return count;
}

/* Until it is interrupted; the state before a run is what it is compared with, so that no change is missed. */
static cli_exit run_again(cli_arguments *a, test_run *t) {
  const char *paths[CLI_VALUES_MOST + WATCHED_MOST];
  for (;;) {
    size_t count = watched(a, t, paths);
    uint64_t state = cli_watch_state(paths, count);
    cli_exit code = run_once(a, t);
    size_t now = watched(a, t, paths);
    if (now != count) state = cli_watch_state(paths, count = now);
    if (fflush(stdout) != 0 || ferror(stdout)) return CLI_REFUSED;
    cli_tell(a, code);
    edict_diagnostics_clear(a->diagnostics);
    fputs("edict: watching; end it with control-C\n", stderr);
    (void)cli_watch_wait(paths, count, state);
    fputs("edict: a file has changed\n", stderr);
  }
}

static cli_exit run_test(cli_arguments *a) {
  test_run t;
  if (!read_options(a, &t)) return CLI_USAGE;
  return cli_flag(a, "--watch") ? run_again(a, &t) : run_once(a, &t);
}

const cli_verb cli_verb_test = {
    .name = "test",
    .synopsis = "[edict.yaml] [--with FILE]... [OPTION]...",
    .options = test_options,
    .positional_most = 1,
    .run = run_test,
    .more =
        "A federal project holds no contract: its tests ask about products of the projects that\n"
        "--with names, or `test-with` in edict.yaml. They are built on the fly, on the rules as they\n"
        "stand; nothing is signed and nothing is written.\n"
        "The output is the same however many tests run at once. It ends with 0 if all passed, 1 if\n"
        "one failed or too little was seen, 2 if no test has such a title.\n",
};
