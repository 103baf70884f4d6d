/* explain: what a code means, from the pages that are part of the command; and a decision, taken apart. */
#include <string.h>

#include "cli/explain.h"
#include "cli/pages.h"

static const cli_option explain_options[] = {
    {"--list", NULL, "every code with what it is about", false},
    CLI_SET_OPTIONS,
    CLI_ASK_OPTIONS,
    {"--all", NULL, "the rules too that did not matter", false},
    {"--show-values", NULL, "values of the request and of the contract, not names alone", false},
    CLI_FORMAT_OPTION("how it is written"),
    CLI_END_OF_OPTIONS,
};

/* ---- a code ---- */

static void print_list(const cli_arguments *a) {
  for (const cli_page *page = cli_pages; page->code; page++) {
    json_t *line = cli_json(a) ? json_pack("{s:s, s:s}", "code", page->code, "title",
                                           cli_page_title(page))
                               : NULL;
    if (line) (void)json_dumpf(line, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    else printf("%s  %s", page->code, cli_page_title(page));
    putchar('\n');
    json_decref(line);
  }
}

/* Headings without their marks, blocks moved in: a page is read on a terminal. */
static void print_page(const cli_page *page) {
  bool block = false;
  for (const char *const *line = page->lines; *line; line++) {
    const char *text = *line;
    bool fence = strncmp(text, "```", 3) == 0;
    if (fence) block = !block;
    else if (block) printf("%s%s\n", *text ? "    " : "", text);
    else puts(text + strspn(text, "# "));
  }
}

static void print_json(const cli_page *page) {
  json_t *lines = json_array();
  for (const char *const *line = page->lines; *line; line++)
    (void)json_array_append_new(lines, json_string(*line));
  json_t *all = json_pack("{s:s, s:s, s:o}", "code", page->code, "title", cli_page_title(page),
                          "page", lines);
  if (!all || json_dumpf(all, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
    (void)cli_refuse("the page cannot be shown: no memory is left");
  putchar('\n');
  json_decref(all);
}

static const char *code_at(const void *list, size_t i) { return ((const cli_page *)list)[i].code; }

static cli_exit no_such_code(const cli_arguments *a, const char *word) {
  char capitals[16];
  size_t length = strlen(word);
  if (length < sizeof capitals)
    for (size_t i = 0; i <= length; i++)
      capitals[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32 : word[i]);
  const char *near =
      length < sizeof capitals ? cli_nearest(capitals, length, code_at, cli_pages) : NULL;
  return cli_usage(a, "there is no code `%s`%s%s%s; `edict explain --list` has all", word,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* ---- a decision, as text ---- */

static const char *text_at(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static void put(const char *text) { cli_put(stdout, text, strlen(text)); }

/* What a person can do about an unknown. */
static const char *why_words(const char *why) {
  static const char *const words[][2] = {
      {"absent", "not given, or not readable"},
      {"not-stated", "not stated by the contract"},
      {"incomplete", "a set with members that name nothing"},
      {"broader", "known, and broader than what is asked"},
      {"table", "the table leaves it open"},
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i][0], why) == 0) return words[i][1];
  return "";
}

/* Of a comparison that lacks a fact only what it lacks is named. A purpose may be given and still not count. */
static void print_reads(const json_t *line) {
  size_t i;
  json_t *read;
  const char *why = text_at(line, "why"), *between = " ";
  bool absent = strcmp(why, "absent") == 0, lacks = absent || strcmp(why, "not-stated") == 0;
  if (*why) printf("   (%s)", why_words(why));
  json_array_foreach(json_object_get(line, "reads"), i, read) {
    json_t *value = json_object_get(read, "value");
    if (!value && (!*why || (lacks && json_is_true(json_object_get(read, "known"))))) continue;
    fputs(value && i == 0 ? "   with " : between, stdout);
    between = ", ";
    put(text_at(read, "attribute"));
    if (value) fputs(" = ", stdout);
    if (value) put(json_string_value(value));
    if (absent && !json_is_true(json_object_get(read, "known")) && strcmp(text_at(read, "attribute"), "purpose") == 0)
      fputs(" (or none of subject.purposes covers it)", stdout);
  }
  putchar('\n');
}

static void print_line(const json_t *line, int depth) {
  size_t i;
  json_t *below;
  printf("%*s%-7s  ", 2 * depth, "", text_at(line, "holds"));
  put(text_at(line, "text"));
  print_reads(line);
  json_array_foreach(json_object_get(line, "below"), i, below) {
    printf("           ");
    print_line(below, depth + 1);
  }
}

static void print_rule(const json_t *rule) {
  size_t i;
  json_t *part, *line;
  putchar('\n');
  put(text_at(rule, "rule"));
  printf("   %s", text_at(rule, "effect"));
  if (*text_at(rule, "file")) {
    fputs("   ", stdout);
    put(text_at(rule, "file"));
    printf(":%lld", json_integer_value(json_object_get(rule, "line")));
  }
  putchar('\n');
  json_array_foreach(json_object_get(rule, "source"), i, line) {
    fputs("  | ", stdout);
    put(json_string_value(line));
    putchar('\n');
  }
  printf("  applies  %s\n", text_at(rule, "applies"));
  json_array_foreach(json_object_get(rule, "parts"), i, part) {
    long long number = json_integer_value(json_object_get(part, "number"));
    if (number) printf("  case %-3lld ", number);
    else printf("  %-8s ", text_at(part, "part"));
    print_line(part, 0);
  }
}

static void print_one_change(const json_t *one) {
  const char *how = text_at(one, "how"), *value = json_string_value(json_object_get(one, "value"));
  bool at = strcmp(how, "at") == 0, gone = strcmp(how, "leave out") == 0;
  if (at) fputs("ask at ", stdout);
  else put(text_at(one, "attribute"));
  if (gone) fputs(" is not given", stdout);
  else if (!value) fputs(" has a value that the contract states (--show-values says which)", stdout);
  else if (strcmp(how, "put") == 0) fputs(" is ", stdout);
  else if (!at) fputs(strcmp(how, "add") == 0 ? " has also " : " has no ", stdout);
  if (value) put(value);
}

static void print_changes(const cli_arguments *a, const json_t *answer) {
  size_t i, k;
  json_t *change, *one, *changes = json_object_get(answer, "changes");
  long long tries = json_integer_value(json_object_get(answer, "searched"));
  bool permit = strcmp(text_at(answer, "effect"), "permit") == 0;
  if (json_array_size(changes) == 0) {
    printf("\nNo change of one or two facts of the request was found to give the other answer; %lld were tried%s.\n", tries,
           json_is_true(json_object_get(answer, "bounded")) ? ", and there are more" : "");
  } else {
    printf("\nIt would be %s if\n", permit ? "denied" : "permitted");
    json_array_foreach(changes, i, change) {
      fputs(i == 0 ? "  " : "  or ", stdout);
      json_array_foreach(change, k, one) {
        if (k > 0) fputs(" and ", stdout);
        print_one_change(one);
      }
      putchar('\n');
    }
  }
  if (cli_flag(a, "--token")) puts("A token says who asks: only the context and the time were changed.");
}

static void print_answer(const cli_arguments *a, const json_t *answer) {
  size_t i;
  json_t *rule;
  put(text_at(answer, "summary"));
  putchar('\n');
  json_array_foreach(json_object_get(answer, "rules"), i, rule) print_rule(rule);
  print_changes(a, answer);
}

/* Only the rules that decided, but for --all. */
static void keep_rules(const cli_arguments *a, json_t *answer) {
  json_t *rules = json_object_get(answer, "rules");
  for (size_t i = json_array_size(rules); i > 0 && !cli_flag(a, "--all"); i--)
    if (!json_is_true(json_object_get(json_array_get(rules, i - 1), "decided"))) (void)json_array_remove(rules, i - 1);
}

static cli_exit tell_answer(cli_arguments *a, cli_ask *ask, edict_decision *decision) {
  static explain_hints hints;
  edict_effect effect = edict_decision_effect(decision);
  json_t *answer = explain_answer(a, ask, decision, cli_flag(a, "--show-values"), &hints);
  cli_exit code = CLI_REFUSED;
  if (answer && explain_changes(a, ask, effect, &hints, answer)) {
    keep_rules(a, answer);
    code = effect == EDICT_PERMIT ? CLI_DONE : CLI_FOUND;
    if (!cli_json(a)) print_answer(a, answer);
    else if (json_dumpf(answer, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) != 0) code = cli_refuse("the answer cannot be shown");
    else putchar('\n');
  }
  json_decref(hints.texts);
  json_decref(answer);
  return code;
}

static cli_exit explain_decision(cli_arguments *a) {
  static cli_ask ask;
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  cli_exit code = cli_ask_open(a, &ask);
  if (code == CLI_DONE) code = cli_ask_session(a, &ask, &session);
  if (code == CLI_DONE) code = cli_exit_of(edict_decision_create(ask.product, &decision));
  if (code == CLI_DONE) code = cli_ask_decide(a, &ask, session, decision);
  if (code == CLI_DONE) code = tell_answer(a, &ask, decision);
  edict_decision_destroy(&decision);
  edict_session_destroy(&session);
  cli_ask_close(&ask);
  return code;
}

/* ---- the verb ---- */

static cli_exit explain_code(cli_arguments *a) {
  const cli_page *page = cli_page_find(a->positional[0]);
  if (!page) return no_such_code(a, a->positional[0]);
  if (cli_json(a)) print_json(page);
  else print_page(page);
  return CLI_DONE;
}

static cli_exit run_explain(cli_arguments *a) {
  bool list = cli_flag(a, "--list"), code = a->positional_count > 0;
  bool decision = cli_flag(a, "--product") || cli_flag(a, "--bundle") || cli_flag(a, "--rules");
  if (list + code + decision > 1) return cli_usage(a, "give a code, --list, or a request");
  if (decision) return explain_decision(a);
  if (list) print_list(a);
  return list ? CLI_DONE : code ? explain_code(a) : cli_usage(a, "name one code, such as E0203, or a request");
}

const cli_verb cli_verb_explain = {
    .name = "explain",
    .synopsis = "CODE | --list\n"
                "       edict explain --bundle FILE... --trust FILE --product NAME --action NAME\n"
                "                     --dataset NAME | --resource JSON  --token FILE | --subject JSON [OPTION]...",
    .options = explain_options,
    .positional_most = 1,
    .run = run_explain,
    .more = "Codes stand in brackets before each message: error[E0203]. Of a request it tells which\n"
            "rules decided, each condition with what it came out as, what was not known and why, and\n"
            "what would have to be otherwise; it ends with 0 for a permit and 1 for a denial. Rows are\n"
            "never looked at, and values are shown with --show-values alone. Without --meets the host is\n"
            "supposed to meet every obligation.\n",
};
