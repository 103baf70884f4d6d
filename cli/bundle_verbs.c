/* verify, inspect: what is done with a bundle. */
#include <string.h>

#include "cli/command.h"

/* ---- verify ---- */

static const cli_option verify_options[] = {
    {"--trust", "FILE", "the trust store or root document; left out: signatures are not looked at, and it says so",
     false},
    {"--root", "FILE", "a root document that follows the one of --trust; several times", true},
    {"--rebuild", NULL, "build it anew from the sources that it carries: the same bytes have to come out", false},
    {"--federal", "FILE", "with --rebuild of a domain's: the federal bundle that it was built on", false},
    {"--now", "TIME", "at which time; left out: the clock", false},
    CLI_FORMAT_OPTION("how the result and findings are written"),
    CLI_END_OF_OPTIONS,
};

/* Findings in the sources are of a bundle that is refused, as all are here. */
static edict_status rebuild(cli_arguments *a, const char *bytes, size_t length) {
  char *federal = NULL;
  size_t federal_length = 0;
  edict_status status = EDICT_OK;
  if (cli_flag(a, "--federal")) status = cli_read(a, cli_value(a, "--federal"), CLI_FILE_MOST, &federal, &federal_length);
  if (status == EDICT_OK) status = edict_bundle_rebuild(bytes, length, federal, federal_length, a->diagnostics);
  edict_text_free(&federal);
  return status;
}

static void print_verified(const cli_arguments *a, bool trusted) {
  bool rebuilt = cli_flag(a, "--rebuild");
  if (cli_json(a))
    printf("{\"whole\":true,\"trusted\":%s,\"rebuilt\":%s}\n", trusted ? "true" : "null", rebuilt ? "true" : "null");
  else if (trusted) puts("whole, verified and signed by who may");
  else puts("whole and verified; signatures were not looked at, nor when it is valid");
  if (rebuilt && !cli_json(a)) puts("its sources give the same bytes");
}

static cli_exit run_verify(cli_arguments *a) {
  int64_t now;
  if (a->positional_count != 1) return cli_usage(a, "name one bundle");
  if (!cli_now(a, &now)) return CLI_USAGE;
  if (cli_flag(a, "--root") && !cli_flag(a, "--trust")) return cli_usage(a, "--root follows what --trust names");
  if (cli_flag(a, "--federal") && !cli_flag(a, "--rebuild")) return cli_usage(a, "--federal is for --rebuild");
  char *bytes = NULL, *trust = NULL;
  size_t length, trust_length = 0;
  const char *store = cli_value(a, "--trust");
  edict_status status = cli_read(a, a->positional[0], CLI_FILE_MOST, &bytes, &length);
  if (status == EDICT_OK && store) status = cli_trust_read(a, now, &trust, &trust_length);
  if (status == EDICT_OK)
    status = edict_bundle_verify(bytes, length, trust, trust_length, now, a->diagnostics);
  if (status == EDICT_OK && cli_flag(a, "--rebuild")) status = rebuild(a, bytes, length);
  if (status == EDICT_ARGUMENT) (void)cli_usage(a, "a domain's bundle is built on a federal one: --federal FILE");
  if (status == EDICT_OK) print_verified(a, trust != NULL);
  edict_text_free(&bytes);
  edict_text_free(&trust);
  return cli_exit_of_load(status);
}

const cli_verb cli_verb_verify = {
    .name = "verify",
    .synopsis = "BUNDLE [--trust FILE [--root FILE]...] [--rebuild [--federal FILE]] [--now TIME]",
    .options = verify_options,
    .positional_most = 1,
    .run = run_verify,
};

/* ---- inspect ---- */

static const cli_option inspect_options[] = {
    {"--disassemble", NULL, "the whole program, instruction by instruction", false},
    {"--cost", NULL, "what each rule and action costs in the worst case", false},
    {"--file", "NAME", "print one file of the bundle instead, such as rules/privacy.edict", false},
    CLI_FORMAT_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

static edict_status print_file(cli_arguments *a, const char *bytes, size_t length,
                               const char *name) {
  const char *file;
  size_t file_length;
  edict_status status = edict_bundle_file(bytes, length, name, &file, &file_length, a->diagnostics);
  if (status == EDICT_OK) fwrite(file, 1, file_length, stdout);
  if (status == EDICT_NOT_FOUND) (void)cli_refuse("the bundle has no file `%s`", name);
  return status;
}

static edict_status print_all(cli_arguments *a, const char *bytes, size_t length) {
  char *text;
  size_t text_length;
  edict_status status =
      cli_flag(a, "--cost") ? edict_bundle_costs(bytes, length, &text, &text_length, a->diagnostics)
                            : edict_bundle_inspect(bytes, length, cli_flag(a, "--disassemble"), &text,
                                                   &text_length, a->diagnostics);
  if (status == EDICT_OK) fwrite(text, 1, text_length, stdout);
  edict_text_free(&text);
  return status;
}

static cli_exit run_inspect(cli_arguments *a) {
  const char *file = cli_value(a, "--file");
  if (a->positional_count != 1) return cli_usage(a, "name one bundle");
  if ((file != NULL) + cli_flag(a, "--disassemble") + cli_flag(a, "--cost") > 1)
    return cli_usage(a, "give one of --file, --disassemble and --cost");
  char *bytes;
  size_t length;
  if (cli_is_project(a->positional[0]))
    return cli_usage(a, "`%s` is a project: `edict build` makes the bundle that is looked into", a->positional[0]);
  edict_status status = cli_read(a, a->positional[0], CLI_FILE_MOST, &bytes, &length);
  if (status == EDICT_OK)
    status = file ? print_file(a, bytes, length, file) : print_all(a, bytes, length);
  edict_text_free(&bytes);
  return cli_exit_of_load(status);
}

const cli_verb cli_verb_inspect = {
    .name = "inspect",
    .synopsis = "BUNDLE [--disassemble | --cost | --file NAME]",
    .options = inspect_options,
    .positional_most = 1,
    .run = run_inspect,
};
