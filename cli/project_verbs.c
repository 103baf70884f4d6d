/* check, build: what a governance group and a domain do with a project. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fixes.h"
#include "workbench/linter.h"

/* ---- check ---- */

static const cli_option check_options[] = {
    {"--openings", NULL, "print what contracts may state that can open access", false},
    {"--now", "TIME",
     "the time that `until` is compared with; left out: SOURCE_DATE_EPOCH's, else the clock's",
     false},
    {"--fix", NULL, "mend what a tool may mend, and name the files that were written", false},
    {"--unused", NULL, "tell what the federation declares and none of its rules uses", false},
    CLI_LENIENT_OPTION,
    CLI_FINDINGS_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

static edict_status open_project(cli_arguments *a, edict_project **project) {
  const edict_project_options options = {.size = sizeof options, .lenient = cli_flag(a, "--lenient")};
  return edict_project_open_with(cli_project_path(a), &options, project, a->diagnostics);
}

/* What is wrong in the data of tables is found by making them, as a build does; what was made is let go. */
static edict_status check_tables(cli_arguments *a, const edict_project *project) {
  edict_status all = EDICT_OK;
  for (size_t i = 0; i < edict_project_table_count(project); i++) {
    char *bytes;
    size_t length;
    edict_status status = edict_project_build_table(project, i, &bytes, &length, a->diagnostics);
    edict_text_free(&bytes);
    if (status != EDICT_OK && (all == EDICT_OK || all == EDICT_FINDINGS)) all = status;
  }
  return all;
}

static cli_exit run_check(cli_arguments *a) {
  edict_project *project;
  edict_analysis_options options = {.size = sizeof options, .unused = cli_flag(a, "--unused")};
  if (!cli_day(a, &options.now)) return CLI_USAGE;
  cli_exit mended = cli_flag(a, "--fix") ? cli_fix(a) : CLI_DONE;
  if (mended != CLI_DONE) return mended;
  edict_status status = open_project(a, &project);
  edict_status tables = status == EDICT_OK ? check_tables(a, project) : EDICT_OK;
  if (status == EDICT_OK && (tables == EDICT_OK || tables == EDICT_FINDINGS)) status = linter_run(project, &options, a->diagnostics);
  if (status == EDICT_OK) status = tables;
  if (status == EDICT_OK && cli_flag(a, "--openings")) {
    char *text;
    size_t length;
    status = edict_project_openings(project, cli_json(a), &text, &length);
    if (status == EDICT_OK) fwrite(text, 1, length, stdout);
    edict_text_free(&text);
  }
  edict_project_destroy(&project);
  return cli_exit_of(status);
}

const cli_verb cli_verb_check = {
    .name = "check",
    .synopsis = "[edict.yaml] [OPTION]...",
    .options = check_options,
    .positional_most = 1,
    .run = run_check,
    .more = "Prints nothing and ends with 0 if nothing is wrong; findings go to standard error. With --fix, fixes\n"
             "that are called safe are applied first; what is left is told.\n",
};

/* ---- build ---- */

static const cli_option build_options[] = {
    {"--out", "FILE", "where the unsigned bundle goes; its folder is made", false},
    {"--tables", "FOLDER", "where table data goes, as NAME.edb; needed if the project has some",
     false},
    CLI_LENIENT_OPTION,
    CLI_FINDINGS_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

static edict_status write_table(cli_arguments *a, const edict_project *project, size_t index,
                                const char *folder) {
  char path[4096], *bytes;
  size_t length;
  int n =
      snprintf(path, sizeof path, "%s/%s.edb", folder, edict_project_table_name(project, index));
  if (n < 0 || (size_t)n >= sizeof path) {
    (void)cli_refuse("the path of a table's bundle is too long");
    return EDICT_LIMIT;
  }
  edict_status status = edict_project_build_table(project, index, &bytes, &length, a->diagnostics);
  if (status == EDICT_OK) status = edict_file_write(path, bytes, length, a->diagnostics);
  edict_text_free(&bytes);
  return status;
}

/* Those of what was asked for, once it is known that there is something to write. */
static cli_exit make_folders(const char *out, const char *tables) {
  char below[4096];
  cli_exit code = cli_make_folders(out);
  int n = tables ? snprintf(below, sizeof below, "%s/x", tables) : 0;
  if (n < 0 || (size_t)n >= sizeof below) return cli_refuse("the path of the folder for tables is too long");
  return code == CLI_DONE && tables ? cli_make_folders(below) : code;
}

static cli_exit build(cli_arguments *a, const edict_project *project) {
  char *bytes;
  size_t length, count = edict_project_table_count(project);
  const char *tables = cli_value(a, "--tables");
  if (count && !tables)
    return cli_usage(a, "the project has table data: --tables FOLDER says where it goes");
  edict_status status = edict_project_build(project, &bytes, &length, a->diagnostics);
  if (status == EDICT_OK && make_folders(cli_value(a, "--out"), count ? tables : NULL) != CLI_DONE) {
    edict_text_free(&bytes);
    return CLI_REFUSED;
  }
  for (size_t i = 0; i < count && status == EDICT_OK; i++)
    status = write_table(a, project, i, tables);
  /* The bundle comes last: where it is new, its tables are. */
  if (status == EDICT_OK)
    status = edict_file_write(cli_value(a, "--out"), bytes, length, a->diagnostics);
  edict_text_free(&bytes);
  return cli_exit_of(status);
}

static cli_exit run_build(cli_arguments *a) {
  edict_project *project;
  if (!cli_need(a, "--out")) return CLI_USAGE;
  cli_exit code = cli_exit_of(open_project(a, &project));
  if (code == CLI_DONE) code = build(a, project);
  edict_project_destroy(&project);
  return code;
}

const cli_verb cli_verb_build = {
    .name = "build",
    .synopsis = "[edict.yaml] --out FILE [OPTION]...",
    .options = build_options,
    .positional_most = 1,
    .run = run_build,
    .more =
        "The same sources give the same bytes, anywhere. A domain's project names its federal\n"
        "bundle. A new file may be read by its owner alone; an old one keeps its permissions.\n",
};
