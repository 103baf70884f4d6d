/* log, replay: what an auditor does. */
#include <inttypes.h>
#include <string.h>

#include "cli/command.h"

static int print_line(void *user, const char *json, size_t length) {
  (void)user;
  return fwrite(json, 1, length, stdout) == length ? 0 : 1;
}

/* The auditor's secret: 64 hex digits and a line end. */
static cli_exit read_auditor(cli_arguments *a, unsigned char key[32]) {
  char *text;
  size_t length;
  const char *path = cli_value(a, "--auditor-key");
  edict_status status = cli_read(a, path, CLI_TEXT_MOST, &text, &length);
  if (status != EDICT_OK) return cli_exit_of(status);
  bool ok = length == 65 && text[64] == '\n' && cli_hex32(text, 64, key);
  cli_forget(&text, length);
  return ok ? CLI_DONE : cli_refuse("`%s` is no auditor's key: 64 hex digits and a line end", path);
}

/* ---- log ---- */

static const cli_option log_options[] = {
    {"--key", "KEY", "verify: the log's verifier key; left out: the folder's own", false},
    {"--auditor-key", "FILE", "show: the auditor's secret key, to show who asked", false},
    CLI_FORMAT_OPTION("how the result and findings are written"),
    CLI_END_OF_OPTIONS,
};

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }
static const char *leaves(uint64_t count) { return count == 1 ? "leaf" : "leaves"; }

static void print_json(const edict_log_report *r, bool whole) {
  printf("{\"whole\":%s,\"leaves\":%" PRIu64 ",\"records\":%" PRIu64 ",\"permits\":%" PRIu64 ",\"denials\":%" PRIu64
         ",\"refusals\":%" PRIu64 ",\"sweeps\":%" PRIu64 ",\"erased\":%" PRIu64 ",\"receipts\":%" PRIu64 ",\"closed\":%s,\"torn_bytes\":%" PRIu64
         ",\"damaged\":%" PRIu64 "}\n",
         whole ? "true" : "false", r->leaves, r->records, r->permits, r->denials, r->refusals, r->sweeps, r->erased,
         r->receipts, r->closed ? "true" : "false", r->torn_bytes, r->damaged);
}

/* What is not there is not told. */
static void print_whole(const edict_log_report *r) {
  printf("whole: %" PRIu64 " decision%s (%" PRIu64 " permit%s, %" PRIu64 " denial%s)", r->records, plural(r->records), r->permits,
         plural(r->permits), r->denials, plural(r->denials));
  if (r->refusals)
    printf("%s %" PRIu64 " refused load%s or token%s", r->sweeps ? "," : " and", r->refusals, plural(r->refusals), plural(r->refusals));
  if (r->sweeps)
    printf(" and %" PRIu64 " sweep%s, which erased %" PRIu64 " row%s,", r->sweeps, plural(r->sweeps), r->erased, plural(r->erased));
  if (r->receipts) printf(" and %" PRIu64 " receipt%s", r->receipts, plural(r->receipts));
  printf(" in %" PRIu64 " %s; %s\n", r->leaves, leaves(r->leaves), r->closed ? "closed and signed" : "still open");
}

static void print_report(const cli_arguments *a, const edict_log_report *r, bool whole) {
  if (cli_json(a)) print_json(r, whole);
  else if (whole) print_whole(r);
  else
    printf("damaged in %" PRIu64 " place%s; %" PRIu64 " %s can be read\n", r->damaged, plural(r->damaged), r->leaves,
           leaves(r->leaves));
}

static cli_exit verify(cli_arguments *a, const char *directory) {
  edict_log_report r;
  const char *key = cli_value(a, "--key");
  edict_status status = edict_log_verify(directory, key, &r, a->diagnostics);
  bool read = status == EDICT_OK || r.damaged > 0;
  if (read) print_report(a, &r, status == EDICT_OK);
  if (status == EDICT_OK && !key)
    fputs("edict: verified by the folder's own key: that shows wholeness, not whose log it is\n",
          stderr);
  return cli_exit_of(status);
}

static cli_exit show(cli_arguments *a, const char *directory) {
  unsigned char key[32];
  bool has_key = cli_flag(a, "--auditor-key");
  cli_exit code = has_key ? read_auditor(a, key) : CLI_DONE;
  if (code == CLI_DONE)
    code = cli_exit_of(
        edict_log_show(directory, has_key ? key : NULL, print_line, NULL, a->diagnostics));
  explicit_bzero(key, sizeof key);
  return code;
}

static cli_exit run_log(cli_arguments *a) {
  const char *what = a->positional_count == 2 ? a->positional[0] : "";
  if (strcmp(what, "verify") == 0) {
    if (cli_flag(a, "--auditor-key")) return cli_usage(a, "--auditor-key is for `show`");
    return verify(a, a->positional[1]);
  }
  if (strcmp(what, "show") == 0) {
    if (cli_flag(a, "--key")) return cli_usage(a, "--key is for `verify`: show verifies nothing");
    return show(a, a->positional[1]);
  }
  return cli_usage(a, "say `verify` or `show`, and the log's folder");
}

const cli_verb cli_verb_log = {
    .name = "log",
    .synopsis = "verify|show FOLDER [OPTION]...",
    .options = log_options,
    .positional_most = 2,
    .run = run_log,
    .more = "verify  every byte against the tree and the signed checkpoints\n"
            "show    every decision, refusal, receipt and step of a sweep as one JSON object a line; it verifies nothing\n",
};

/* ---- replay ---- */

static const cli_option replay_options[] = {
    CLI_SET_OPTIONS,
    {"--auditor-key", "FILE", "the auditor's secret key", false},
    {"--now", "TIME", "when the bundles must be valid; left out: the clock", false},
    {"--each", NULL, "one JSON object for each decision, before the result", false},
    CLI_FORMAT_OPTION("how the result is written"),
    CLI_END_OF_OPTIONS,
};

static void print_replay(const cli_arguments *a, const edict_replay_report *r) {
  if (cli_json(a))
    printf("{\"identical\":%" PRIu64 ",\"different\":%" PRIu64 ",\"corrupt\":%" PRIu64
           ",\"unreplayable\":%" PRIu64 ",\"gaps\":%" PRIu64 "}\n",
           r->identical, r->different, r->corrupt, r->unreplayable, r->gaps);
  else
    printf("%" PRIu64 " identical, %" PRIu64 " different, %" PRIu64 " corrupt, %" PRIu64
           " unreplayable, %" PRIu64 " gaps\n",
           r->identical, r->different, r->corrupt, r->unreplayable, r->gaps);
}

static cli_exit replay(cli_arguments *a, const cli_set *set, const unsigned char key[32]) {
  edict_replay_report r;
  edict_status status =
      edict_replay(a->positional[0], set->engine, key, cli_flag(a, "--each") ? print_line : NULL,
                   NULL, &r, a->diagnostics);
  if (status == EDICT_OK || status == EDICT_FORMAT) print_replay(a, &r);
  if (status != EDICT_OK) return cli_exit_of(status);
  if (r.different || r.corrupt) return CLI_FOUND;
  if (r.unreplayable && !r.identical)
    return cli_refuse("no record could be decided again: are these all bundles that decided?");
  return CLI_DONE;
}

static cli_exit run_replay(cli_arguments *a) {
  unsigned char key[32];
  int64_t now;
  cli_set set = {.count = 0};
  if (a->positional_count != 1) return cli_usage(a, "name the log's folder");
  if (!cli_need(a, "--auditor-key") || !cli_now(a, &now)) return CLI_USAGE;
  cli_exit code = read_auditor(a, key);
  if (code == CLI_DONE) code = cli_set_open(a, now, &set);
  if (code == CLI_DONE) code = replay(a, &set, key);
  cli_set_close(&set);
  explicit_bzero(key, sizeof key);
  return code;
}

const cli_verb cli_verb_replay = {
    .name = "replay",
    .synopsis = "FOLDER --bundle FILE... --trust FILE --auditor-key FILE [OPTION]...",
    .options = replay_options,
    .positional_most = 1,
    .run = run_replay,
    .more =
        "identical     decided as it was logged\n"
        "different     decided otherwise\n"
        "corrupt       the record and its sealed inputs do not fit together\n"
        "unreplayable  the inputs were erased, or other bundles decided\n"
        "gaps          places where the log is damaged\n"
        "Ends with 1 if anything is different or corrupt, with 3 if the log is damaged or nothing\n"
        "could be decided again. It believes the log: run `edict log verify` first.\n",
};
