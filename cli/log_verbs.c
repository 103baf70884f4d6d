/* log, replay: what an auditor does. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

static int print_line(void *user, const char *json, size_t length) {
  (void)user;
  return fwrite(json, 1, length, stdout) == length ? 0 : 1;
}

/* The auditor's secret: 64 hex digits and a line end. */
static cli_exit read_auditor(cli_arguments *a, unsigned char key[32]) {
  char *text;
  size_t length;
  edict_status status = cli_read(a, cli_value(a, "--auditor-key"), &text, &length);
  if (status != EDICT_OK) return cli_exit_of(status);
  bool ok = length == 65 && text[64] == '\n';
  for (size_t i = 0; ok && i < 64; i++) {
    const char *at = strchr("0123456789abcdef", text[i]);
    ok = at != NULL && text[i] != '\0';
    if (ok) key[i / 2] = (unsigned char)(i % 2 ? key[i / 2] | (at - "0123456789abcdef") : (at - "0123456789abcdef") << 4);
  }
  edict_text_free(&text);
  if (!ok) fputs("edict: the auditor's key file is not 64 hex digits and a line end\n", stderr);
  return ok ? CLI_DONE : CLI_REFUSED;
}

/* ---- log ---- */

static const cli_option log_options[] = {
    {"--key", "KEY", "the log's verifier key; left out: the one in its own folder (wholeness, not origin)"},
    {"--auditor-key", "FILE", "the auditor's secret key, to show who asked"},
    {"--format", "text|json", "how findings are written"},
    {NULL, NULL, NULL},
};

static cli_exit run_log_verify(cli_arguments *a, const char *directory) {
  edict_log_report r;
  edict_status status = edict_log_verify(directory, cli_value(a, "--key"), &r, a->diagnostics);
  if (status == EDICT_OK && cli_json(a))
    printf("{\"whole\":true,\"leaves\":%" PRIu64 ",\"records\":%" PRIu64 ",\"permits\":%" PRIu64 ",\"denials\":%" PRIu64
           ",\"closed\":%s,\"torn_bytes\":%" PRIu64 "}\n", r.leaves, r.records, r.permits, r.denials, r.closed ? "true" : "false", r.torn_bytes);
  else if (status == EDICT_OK)
    printf("whole: %" PRIu64 " decisions (%" PRIu64 " permits, %" PRIu64 " denials) in %" PRIu64 " leaves; %s\n", r.records,
           r.permits, r.denials, r.leaves, r.closed ? "closed and signed" : "still open");
  else if (status == EDICT_FORMAT)
    fprintf(stderr, "edict: the log is damaged in %" PRIu64 " place%s\n", r.damaged, r.damaged == 1 ? "" : "s");
  return cli_exit_of(status);
}

static cli_exit run_log_show(cli_arguments *a, const char *directory) {
  unsigned char key[32];
  bool has_key = cli_flag(a, "--auditor-key");
  if (has_key) {
    cli_exit code = read_auditor(a, key);
    if (code != CLI_DONE) return code;
  }
  return cli_exit_of(edict_log_show(directory, has_key ? key : NULL, print_line, NULL, a->diagnostics));
}

static cli_exit run_log(cli_arguments *a) {
  if (a->positional_count == 2 && strcmp(a->positional[0], "verify") == 0) return run_log_verify(a, a->positional[1]);
  if (a->positional_count == 2 && strcmp(a->positional[0], "show") == 0) return run_log_show(a, a->positional[1]);
  return cli_usage("log", "say `verify` or `show`, and the log's folder");
}

const cli_verb cli_verb_log = {
    .name = "log", .synopsis = "verify|show FOLDER [OPTION]...", .options = log_options, .run = run_log,
    .more = "verify  every byte against the tree and the signed checkpoints\n"
            "show    every decision as one JSON object a line\n",
};

/* ---- replay ---- */

static const cli_option replay_options[] = {
    {"--bundle", "FILE", "a bundle that decided then; several times"},
    {"--trust", "FILE", "the trust store"},
    {"--development", NULL, "accept unsigned bundles"},
    {"--keyring", "FILE", "the keyring (never needed to replay)"},
    {"--rules", "FILE", "a project's edict.yaml, compiled on the fly"},
    {"--auditor-key", "FILE", "the auditor's secret key"},
    {"--now", "TIME", "the time at which the bundles must be valid; left out: the clock"},
    {"--each", NULL, "one JSON object for each decision"},
    {"--format", "text|json", "how the result is written"},
    {NULL, NULL, NULL},
};

static void print_replay(const cli_arguments *a, const edict_replay_report *r) {
  if (cli_json(a))
    printf("{\"identical\":%" PRIu64 ",\"different\":%" PRIu64 ",\"corrupt\":%" PRIu64 ",\"unreplayable\":%" PRIu64
           ",\"gaps\":%" PRIu64 "}\n", r->identical, r->different, r->corrupt, r->unreplayable, r->gaps);
  else
    printf("%" PRIu64 " identical, %" PRIu64 " different, %" PRIu64 " corrupt, %" PRIu64 " unreplayable, %" PRIu64 " gaps\n",
           r->identical, r->different, r->corrupt, r->unreplayable, r->gaps);
}

static cli_exit run_replay(cli_arguments *a) {
  unsigned char key[32];
  int64_t now;
  cli_set set;
  if (a->positional_count != 1) return cli_usage("replay", "name the log's folder");
  if (!cli_need(a, "replay", "--auditor-key") || !cli_now(a, "replay", &now)) return CLI_USAGE;
  cli_exit code = read_auditor(a, key);
  if (code != CLI_DONE) return code;
  code = cli_set_open(a, "replay", now, &set);
  if (code == CLI_DONE) {
    edict_replay_report report;
    edict_status status = edict_replay(a->positional[0], set.engine, key, cli_flag(a, "--each") ? print_line : NULL, NULL,
                                       &report, a->diagnostics);
    code = cli_exit_of(status);
    if (code == CLI_DONE && (report.different || report.corrupt)) code = CLI_FOUND;
    print_replay(a, &report);
  }
  cli_set_close(&set);
  return code;
}

const cli_verb cli_verb_replay = {
    .name = "replay", .synopsis = "FOLDER --bundle FILE... --trust FILE --auditor-key FILE", .options = replay_options, .run = run_replay,
};
