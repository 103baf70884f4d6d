/* diff: what changed for whom between two sets of bundles. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "workbench/diff.h"

static const cli_option diff_options_list[] = {
    {"--old", "FILE", "one more bundle or project of the old side: a domain's, a table's; several times", true},
    {"--new", "FILE", "one more of the new side; several times", true},
    {"--with", "FILE", "one that both sides have; several times", true},
    {"--trust", "FILE", "the trust store or root document that both sides have to be signed by; left out: signatures are not looked at, and it says so", false},
    {"--root", "FILE", "a root document that follows the one of --trust; several times", true},
    {"--now", "TIME", "at which time signatures are looked at; left out: the clock", false},
    {"--requests", "N", "ask at most so many requests; left out: 20000", false},
    {"--shown", "N", "show at most so many of those that change; left out: 20", false},
    CLI_FINDINGS_OPTION("how changes and requests are written; sarif: what opens, closes or is different, where the rule stands"),
    CLI_END_OF_OPTIONS,
};

/* ---- the sides ---- */

static edict_status add(cli_arguments *a, const char *path, cli_set *set) {
  return cli_is_project(path) ? cli_set_add_path(a, path, set) : cli_set_add_file(a, path, set);
}

static edict_status add_all(cli_arguments *a, const char *option, cli_set *set) {
  edict_status status = EDICT_OK;
  const char *path;
  for (size_t i = 0; (path = cli_value_at(a, option, i)) && status == EDICT_OK; i++) status = add(a, path, set);
  return status;
}

static edict_status read_side(cli_arguments *a, int side, cli_set *set) {
  edict_status status = add(a, a->positional[side], set);
  if (status == EDICT_OK) status = add_all(a, side ? "--new" : "--old", set);
  return status == EDICT_OK ? add_all(a, "--with", set) : status;
}

static edict_status verify(cli_arguments *a, const cli_set *set, const char *trust, size_t trust_length, int64_t now) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < set->count && status == EDICT_OK; i++)
    status = edict_bundle_verify(set->bundles[i].ptr, set->bundles[i].len, trust, trust_length, now, a->diagnostics);
  return status;
}

/* ---- the report ---- */

/* Names and texts of bundles come from others. */
static void put_lines(const char *text, size_t length) {
  for (size_t at = 0; at < length;) {
    const char *end = memchr(text + at, '\n', length - at);
    size_t line = end ? (size_t)(end - text) - at : length - at;
    cli_put(stdout, text + at, line);
    putchar('\n');
    at += line + 1;
  }
}

static cli_exit show(cli_arguments *a, const diff_report *report) {
  static const cli_exit codes[] = {[DIFF_SAME] = CLI_DONE, [DIFF_CLOSES] = CLI_CLOSES, [DIFF_DIFFERS] = CLI_FOUND, [DIFF_OPENS] = CLI_FOUND};
  char *text = NULL;
  size_t length;
  bool sarif = cli_sarif_asked(a); /* one log with what else there is to say, at the end */
  edict_status status = sarif ? diff_report_lines(report, &a->findings, &a->findings_length) : diff_report_write(report, cli_json(a), &text, &length);
  if (sarif) return status == EDICT_OK ? codes[diff_report_verdict(report)] : cli_exit_of(status);
  if (status == EDICT_OK && cli_json(a)) fwrite(text, 1, length, stdout);
  else if (status == EDICT_OK) put_lines(text, length);
  edict_text_free(&text);
  return status == EDICT_OK ? codes[diff_report_verdict(report)] : cli_exit_of(status);
}

static bool number(const cli_arguments *a, const char *name, uint64_t most, uint64_t *out) {
  const char *text = cli_value(a, name);
  char *end;
  if (!text) return true;
  *out = strtoull(text, &end, 10);
  if (*text >= '0' && *text <= '9' && *end == '\0' && *out >= 1 && *out <= most) return true;
  (void)cli_usage(a, "%s is a number from 1 to %llu", name, (unsigned long long)most);
  return false;
}

static cli_exit compare(cli_arguments *a, const cli_set *sets, uint64_t requests, uint64_t shown) {
  diff_report report;
  const diff_options options = {.bundles = {sets[0].bundles, sets[1].bundles}, .counts = {sets[0].count, sets[1].count}, .requests = requests, .shown = shown};
  edict_status status = diff_run(&options, &report, a->diagnostics);
  cli_exit code = status == EDICT_OK ? show(a, &report) : cli_exit_of_load(status);
  diff_report_fini(&report);
  return code;
}

static cli_exit run_diff(cli_arguments *a) {
  static cli_set sets[2];
  uint64_t requests = DIFF_REQUESTS, shown = DIFF_SHOWN;
  int64_t now;
  char *trust = NULL;
  size_t trust_length = 0;
  a->project = a->positional_count == 2 && cli_is_project(a->positional[1]) ? cli_project_file(a->positional[1]) : "edict.yaml";
  if (a->positional_count != 2) return cli_usage(a, "name the old side and the new one: each a bundle, a project or its folder");
  if (cli_flag(a, "--root") && !cli_flag(a, "--trust")) return cli_usage(a, "--root follows what --trust names");
  if (!number(a, "--requests", 100000000, &requests) || !number(a, "--shown", 90, &shown) || !cli_now(a, &now)) return CLI_USAGE;
  edict_status status = cli_flag(a, "--trust") ? cli_trust_read(a, now, &trust, &trust_length) : EDICT_OK;
  for (int side = 0; side < 2 && status == EDICT_OK; side++) {
    status = read_side(a, side, &sets[side]);
    if (status == EDICT_OK && trust) status = verify(a, &sets[side], trust, trust_length, now);
  }
  if (status == EDICT_OK && !trust) fputs("edict: signatures were not looked at: --trust FILE does\n", stderr);
  cli_exit code = status == EDICT_OK ? compare(a, sets, requests, shown) : cli_exit_of_load(status);
  for (int side = 0; side < 2; side++) cli_set_close(&sets[side]);
  edict_text_free(&trust);
  return code;
}

const cli_verb cli_verb_diff = {
    .name = "diff",
    .synopsis = "OLD NEW [--old FILE]... [--new FILE]... [--with FILE]... [--trust FILE] [OPTION]...",
    .options = diff_options_list,
    .positional_most = 2,
    .run = run_diff,
    .more = "Shows what rules and declarations say otherwise, and requests whose outcome changes: each was\n"
            "asked of both sides. A side is a federal bundle and what --old, --new and --with add to it; a\n"
            "domain's project brings its federal bundle along.\n"
            "\n"
            "Ends with 0 if nothing changes for anybody that was found, with 1 if anything opens or is\n"
            "different without being less, with 5 if something closes and nothing opens. The search is\n"
            "bounded, and says what it asked.\n",
};
