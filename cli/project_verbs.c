/* check, build: what a governance group and a domain do with a project. */
#include <string.h>

#include "cli/command.h"

static const char *project_path(const cli_arguments *a) { return a->positional_count ? a->positional[0] : "edict.yaml"; }

/* ---- check ---- */

static const cli_option check_options[] = {
    {"--openings", NULL, "print what contracts may state that can open access"},
    {"--format", "text|json", "how findings are written"},
    {NULL, NULL, NULL},
};

static cli_exit run_check(cli_arguments *a) {
  edict_project *project;
  edict_status status = edict_project_open(project_path(a), &project, a->diagnostics);
  if (status == EDICT_OK && cli_flag(a, "--openings")) {
    char *text;
    size_t length;
    status = edict_project_openings(project, &text, &length);
    if (status == EDICT_OK) fwrite(text, 1, length, stdout);
    edict_text_free(&text);
  }
  edict_project_destroy(&project);
  return cli_exit_of(status);
}

const cli_verb cli_verb_check = {
    .name = "check", .synopsis = "[edict.yaml] [OPTION]...", .options = check_options, .run = run_check,
};

/* ---- build ---- */

static const cli_option build_options[] = {
    {"--out", "FILE", "where the unsigned bundle goes"},
    {"--tables", "FOLDER", "where table data goes, as NAME.edb; needed if the project has some"},
    {"--format", "text|json", "how findings are written"},
    {NULL, NULL, NULL},
};

static edict_status write_tables(cli_arguments *a, const edict_project *project, const char *folder) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < edict_project_table_count(project) && status == EDICT_OK; i++) {
    char path[4096], *bytes;
    size_t length;
    int n = snprintf(path, sizeof path, "%s/%s.edb", folder, edict_project_table_name(project, i));
    if (n < 0 || (size_t)n >= sizeof path) return EDICT_LIMIT;
    status = edict_project_build_table(project, i, &bytes, &length, a->diagnostics);
    if (status == EDICT_OK) status = edict_file_write(path, bytes, length, a->diagnostics);
    edict_text_free(&bytes);
  }
  return status;
}

static cli_exit run_build(cli_arguments *a) {
  if (!cli_need(a, "build", "--out")) return CLI_USAGE;
  edict_project *project;
  char *bytes = NULL;
  size_t length;
  const char *tables = cli_value(a, "--tables");
  edict_status status = edict_project_open(project_path(a), &project, a->diagnostics);
  if (status == EDICT_OK && edict_project_table_count(project) && !tables) {
    edict_project_destroy(&project);
    return cli_usage("build", "the project has table data: --tables FOLDER says where it goes");
  }
  if (status == EDICT_OK) status = edict_project_build(project, &bytes, &length, a->diagnostics);
  if (status == EDICT_OK) status = edict_file_write(cli_value(a, "--out"), bytes, length, a->diagnostics);
  if (status == EDICT_OK) status = write_tables(a, project, tables);
  edict_text_free(&bytes);
  edict_project_destroy(&project);
  return cli_exit_of(status);
}

const cli_verb cli_verb_build = {
    .name = "build", .synopsis = "[edict.yaml] --out FILE [OPTION]...", .options = build_options, .run = run_build,
    .more = "The same sources give the same bytes, anywhere. A domain's project names its federal bundle.\n",
};
