/* unmask: tokens and values under fpe, back to what they were, for a subject who may, on the record. */
#include <string.h>

#include "cli/ask.h"

static const cli_option unmask_options[] = {
    CLI_SET_OPTIONS,
    CLI_ASKER_OPTIONS,
    {"--column", "NAME", "the column that the values stand in", false},
    {"--epoch", "NUMBER", "of values under fpe, which do not say theirs; left out: the current one", false},
    CLI_LOG_OPTIONS,
    CLI_FORMAT_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

/* Nothing is answered before the decision is on the record. */
static cli_exit write_record(cli_arguments *a, const cli_ask *ask, const edict_decision *decision) {
  edict_log *log = NULL;
  edict_status status = cli_log_open(a, ask->set.engine, &log);
  if (status == EDICT_OK) status = edict_log_append(log, decision, a->diagnostics);
  if (log) {
    edict_status closed = edict_log_close(&log, a->diagnostics);
    if (status == EDICT_OK) status = closed;
  }
  if (status == EDICT_OK) return CLI_DONE;
  cli_exit code = cli_exit_of_load(status);
  return code == CLI_DONE ? CLI_REFUSED : code;
}

/* Bytes in hexadecimal digits. */
static void put_plain(edict_text plain, bool bytes) {
  if (!bytes) fwrite(plain.ptr, 1, plain.len, stdout);
  for (size_t i = 0; bytes && i < plain.len; i++) printf("%02x", (unsigned)(unsigned char)plain.ptr[i]);
  putchar('\n');
}

/* One line for each value; what does not come back is told without it. */
static cli_exit answer(const cli_arguments *a, const cli_ask *ask, edict_decision *decision, uint64_t epoch) {
  static char memory[256 * 1024];
  cli_exit code = CLI_DONE;
  edict_column_info info = {0};
  bool bytes = edict_product_column_info(ask->product, ask->dataset, ask->columns[0], &info) == EDICT_OK && strcmp(info.type, "binary") == 0;
  for (size_t i = 0; i < a->positional_count; i++) {
    edict_text plain;
    edict_status status = edict_decision_unmask(decision, ask->columns[0], (edict_text){a->positional[i], strlen(a->positional[i])}, epoch,
                                                memory, sizeof memory, &plain);
    if (status == EDICT_OK) {
      put_plain(plain, bytes);
    } else {
      code = cli_refuse(status == EDICT_UNSUPPORTED ? "value %zu: several masks of the column could have made it"
                        : status == EDICT_LIMIT     ? "value %zu is too long"
                                                    : "value %zu: no mask of the column made it, or its epoch is gone",
                        i + 1);
    }
  }
  explicit_bzero(memory, sizeof memory);
  return code;
}

static cli_exit decide(cli_arguments *a, cli_ask *ask, uint64_t epoch) {
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  static char words[65536];
  cli_exit code = cli_ask_session(a, ask, &session);
  if (code == CLI_DONE) code = cli_exit_of(edict_decision_create(ask->product, &decision));
  if (code == CLI_DONE) code = cli_ask_decide(a, ask, session, decision);
  if (code == CLI_DONE && cli_flag(a, "--log")) code = write_record(a, ask, decision);
  if (code == CLI_DONE && edict_decision_effect(decision) != EDICT_PERMIT) {
    (void)edict_decision_explain(decision, words, sizeof words);
    fprintf(stderr, "%s\n", words);
    code = CLI_FOUND;
  }
  if (code == CLI_DONE) code = answer(a, ask, decision, epoch);
  edict_decision_destroy(&decision);
  edict_session_destroy(&session);
  return code;
}

static cli_exit run_unmask(cli_arguments *a) {
  static cli_ask ask;
  uint64_t epoch;
  bool supposed = cli_flag(a, "--subject") || cli_flag(a, "--now");
  if (!cli_need(a, "--column")) return CLI_USAGE;
  if (strchr(cli_value(a, "--column"), ',') || !*cli_value(a, "--column")) return cli_usage(a, "--column takes one column");
  if (a->positional_count == 0) return cli_usage(a, "give the values that are to come back");
  epoch = 0;
  if (cli_flag(a, "--epoch") && !cli_epoch(cli_value(a, "--epoch"), &epoch)) return cli_usage(a, "--epoch takes a number");
  if (!supposed && (!cli_need(a, "--log") || !cli_need(a, "--log-key") || !cli_need(a, "--auditor-key"))) return CLI_USAGE;
  if (supposed && (cli_flag(a, "--log") || !(cli_flag(a, "--development") || cli_flag(a, "--rules"))))
    return cli_usage(a, "what is supposed is not logged: it is for --development alone, without --log");
  a->gives = true;
  cli_exit code = cli_ask_open_for(a, &ask, "unmask", cli_value(a, "--column"));
  if (code == CLI_DONE) code = decide(a, &ask, epoch);
  cli_ask_close(&ask);
  return code;
}

const cli_verb cli_verb_unmask = {
    .name = "unmask",
    .synopsis = "--bundle FILE... --trust FILE --keyring FILE --product NAME --dataset NAME\n"
                "                    --column NAME --token FILE --log DIR --log-key FILE --auditor-key FILE VALUE...",
    .options = unmask_options,
    .positional_most = 64,
    .run = run_unmask,
    .more = "Prints a line for each value, bytes in hexadecimal digits. The subject needs a permit of the\n"
            "action `unmask`, which no permit of `access` gives. The decision is in the log before anything\n"
            "is printed; a denial is in it too. Obligations are met that --meets names, and no others.\n",
};
