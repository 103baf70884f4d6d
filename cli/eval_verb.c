/* eval: decides one request and shows the whole answer. Nothing is logged. */
#include "cli/ask.h"

#include <string.h>

static const cli_option eval_options[] = {
    CLI_SET_OPTIONS,
    CLI_ASK_OPTIONS,
    CLI_FORMAT_OPTION("a sentence, or the decision as JSON"),
    {"--where", "sqlite|postgresql", "in its place: which rows are shown, as a condition in SQL", false},
    CLI_END_OF_OPTIONS,
};

/* ---- the answer ---- */

static cli_exit show(const cli_arguments *a, edict_decision *decision) {
  static char words[65536];
  char *json;
  size_t length;
  if (cli_json(a)) {
    edict_status status = edict_decision_json(decision, &json, &length);
    if (status != EDICT_OK) return cli_exit_of(status);
    fwrite(json, 1, length, stdout);
    putchar('\n');
    edict_text_free(&json);
  } else {
    (void)edict_decision_explain(decision, words, sizeof words);
    puts(words);
  }
  return edict_decision_effect(decision) == EDICT_PERMIT ? CLI_DONE : CLI_FOUND;
}

static cli_exit show_where(const char *dialect, edict_decision *decision) {
  char *sql;
  size_t length;
  const char *why;
  bool sqlite = strcmp(dialect, "sqlite") == 0;
  edict_status status = edict_decision_where(decision, sqlite ? EDICT_SQL_SQLITE : EDICT_SQL_POSTGRESQL, &sql, &length, &why);
  if (status == EDICT_UNSUPPORTED) return cli_refuse("%s", why);
  if (status == EDICT_ARGUMENT) return cli_refuse("--where is about the rows of a dataset");
  if (status != EDICT_OK) return cli_refuse("the condition is too long to be written down");
  fwrite(sql, 1, length, stdout);
  putchar('\n');
  edict_text_free(&sql);
  return edict_decision_effect(decision) == EDICT_PERMIT ? CLI_DONE : CLI_FOUND;
}

static cli_exit run_eval(cli_arguments *a) {
  static cli_ask ask;
  const char *dialect = cli_value(a, "--where");
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  cli_exit code = cli_ask_open(a, &ask);
  if (code == CLI_DONE) code = cli_ask_session(a, &ask, &session);
  if (code == CLI_DONE) code = cli_exit_of(edict_decision_create(ask.product, &decision));
  if (code == CLI_DONE) code = cli_ask_decide(a, &ask, session, decision);
  if (code == CLI_DONE) code = dialect ? show_where(dialect, decision) : show(a, decision);
  edict_decision_destroy(&decision);
  edict_session_destroy(&session);
  cli_ask_close(&ask);
  return code;
}

const cli_verb cli_verb_eval = {
    .name = "eval",
    .synopsis = "--bundle FILE... --trust FILE --product NAME --action NAME\n"
                "                  --dataset NAME | --resource JSON  --token FILE | --subject JSON [OPTION]...",
    .options = eval_options,
    .run = run_eval,
    .more = "Ends with 0 for a permit and 1 for a denial. --subject and --now make the decision\n"
            "hypothetical: no log takes it. Nothing is given away here, so the host is supposed to meet\n"
            "every obligation where --meets names none; `--meets none` supposes one that meets none. --where prints what a WHERE over\n"
            "the physical table says: true for the rows that are shown, false for all others; what has\n"
            "no exact form in SQL is refused.\n",
};
