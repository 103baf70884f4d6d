/* trust: root documents, from the first draft to the next version; and what a store or a state says. */
#include <string.h>

#include "cli/command.h"
#include "edict/forms.h"
#include "edict/ceremony.h"

enum { STATEMENT_MOST = 4096 };

static const cli_option trust_options[] = {
    {"--name", "NAME", "init: the federation, such as eu.example", false},
    {"--expires", "TIME", "init, rotate: until when it is valid", false},
    {"--out", "FILE", "rotate: where the next version goes", false},
    {"--threshold", "NUMBER", "add: so many keys of the role have to sign", false},
    {"--force", NULL, "init: replace a file that is there", false},
    {"--now", "TIME", "show, verify: at which time; left out: the clock", false},
    CLI_FORMAT_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

/* ---- texts ---- */

typedef struct text {
  char *bytes;
  size_t length;
} text;

static edict_status read_text(cli_arguments *a, const char *path, text *t) {
  return cli_read(a, path, CLI_TEXT_MOST * 16, &t->bytes, &t->length);
}

static edict_status write_text(cli_arguments *a, const char *path, text *t) {
  edict_status status = edict_file_write(path, t->bytes, t->length, a->diagnostics);
  edict_text_free(&t->bytes);
  return status;
}

/* What cannot be done to an input is an argument of the library's, but an input of the command's. */
static cli_exit exit_of(edict_status status) { return status == EDICT_ARGUMENT ? CLI_REFUSED : cli_exit_of_load(status); }

/* --expires, to the second. */
static bool expires_of(const cli_arguments *a, int64_t *expires) {
  const char *given = cli_value(a, "--expires");
  if (!cli_need(a, "--expires")) return false;
  if (edict_time_parse(given, strlen(given), expires) == EDICT_OK && *expires % 1000000 == 0) return true;
  (void)cli_usage(a, "--expires takes a time in whole seconds, such as 2027-11-20T00:00:00Z");
  return false;
}

static void say(const cli_arguments *a, const char *path, const char *what) {
  if (cli_json(a)) return;
  fputs("edict: ", stderr);
  cli_put(stderr, path, strlen(path));
  fprintf(stderr, " %s\n", what);
}

/* ---- init, rotate ---- */

static bool is_there(const char *path) {
  char *bytes = NULL;
  size_t length;
  edict_status status = edict_file_read(path, CLI_TEXT_MOST * 16, &bytes, &length, NULL);
  edict_text_free(&bytes);
  return status != EDICT_NOT_FOUND;
}

static cli_exit init(cli_arguments *a) {
  int64_t expires;
  text draft = {0};
  if (!cli_need(a, "--name") || !expires_of(a, &expires)) return CLI_USAGE;
  if (!cli_flag(a, "--force") && is_there(a->positional[1]))
    return cli_refuse("%s is there already; --force replaces it", a->positional[1]);
  edict_status status = edict_root_begin(cli_value(a, "--name"), expires, &draft.bytes, &draft.length, a->diagnostics);
  if (status == EDICT_OK) status = write_text(a, a->positional[1], &draft);
  if (status == EDICT_OK) say(a, a->positional[1], "is a draft without keys: `edict trust add` puts them in");
  return exit_of(status);
}

static cli_exit rotate(cli_arguments *a) {
  int64_t expires;
  text root = {0}, draft = {0};
  const char *to = cli_value(a, "--out");
  if (!cli_need(a, "--out") || !expires_of(a, &expires)) return CLI_USAGE;
  edict_status status = read_text(a, a->positional[1], &root);
  if (status == EDICT_OK)
    status = edict_root_rotate(root.bytes, root.length, expires, &draft.bytes, &draft.length, a->diagnostics);
  if (status == EDICT_OK) status = write_text(a, to, &draft);
  if (status == EDICT_OK) say(a, to, "is a draft of the next version: change it, then have root keys of both versions sign it");
  edict_text_free(&root.bytes);
  return exit_of(status);
}

/* ---- add, threshold, revoke ---- */

/* `+`, 8 digits of hex, `+`: what every verifier key has behind its name. */
static bool is_key(const char *word) {
  for (const char *at = word; (at = strchr(at, '+')) != NULL; at++)
    if (strspn(at + 1, "0123456789abcdef") == 8 && at[9] == '+') return true;
  return false;
}

/* A verifier key, or the file that holds one. */
static edict_status key_of(cli_arguments *a, const char *word, char key[STATEMENT_MOST]) {
  text file = {0};
  if (is_key(word)) {
    snprintf(key, STATEMENT_MOST, "%s", word);
    return EDICT_OK;
  }
  edict_status status = read_text(a, word, &file);
  if (status == EDICT_OK) {
    size_t length = strcspn(file.bytes, "\r\n");
    snprintf(key, STATEMENT_MOST, "%.*s", (int)(length < STATEMENT_MOST ? length : STATEMENT_MOST - 1), file.bytes);
  }
  edict_text_free(&file.bytes);
  return status;
}

/* The words of a role, positional `from` to `to`, behind `first`. */
static void put_words(const cli_arguments *a, const char *first, size_t from, size_t to, char out[STATEMENT_MOST]) {
  size_t used = (size_t)snprintf(out, STATEMENT_MOST, "%s", first);
  for (size_t i = from; i < to && used < STATEMENT_MOST; i++)
    used += (size_t)snprintf(out + used, STATEMENT_MOST - used, "%s%s", used ? " " : "", a->positional[i]);
}

static edict_status state(cli_arguments *a, text *draft, const char *statement) {
  text changed;
  edict_status status = edict_root_add(draft->bytes, draft->length, statement, &changed.bytes, &changed.length, a->diagnostics);
  if (status != EDICT_OK) return status;
  edict_text_free(&draft->bytes);
  *draft = changed;
  return EDICT_OK;
}

static cli_exit add(cli_arguments *a) {
  char key[STATEMENT_MOST], statement[2 * STATEMENT_MOST], words[STATEMENT_MOST];
  text draft = {0};
  const char *path = a->positional[1], *threshold = cli_value(a, "--threshold");
  size_t last = a->positional_count - 1;
  if (a->positional_count < 4) return cli_usage(a, "add takes a file, the words of a role, and a key");
  put_words(a, "", 2, last, words);
  edict_status status = key_of(a, a->positional[last], key);
  if (status == EDICT_OK) status = read_text(a, path, &draft);
  snprintf(statement, sizeof statement, "%s %s", words, key);
  if (status == EDICT_OK) status = state(a, &draft, statement);
  snprintf(statement, sizeof statement, "threshold %s %s", words, threshold ? threshold : "");
  if (status == EDICT_OK && threshold) status = state(a, &draft, statement);
  if (status == EDICT_OK) status = write_text(a, path, &draft);
  edict_text_free(&draft.bytes);
  return exit_of(status);
}

static cli_exit set_threshold(cli_arguments *a) {
  char statement[STATEMENT_MOST];
  text draft = {0};
  if (a->positional_count < 4) return cli_usage(a, "threshold takes a file, the words of a role, and a number");
  put_words(a, "threshold", 2, a->positional_count, statement);
  edict_status status = read_text(a, a->positional[1], &draft);
  if (status == EDICT_OK) status = state(a, &draft, statement);
  if (status == EDICT_OK) status = write_text(a, a->positional[1], &draft);
  edict_text_free(&draft.bytes);
  return exit_of(status);
}

static cli_exit revoke(cli_arguments *a) {
  text draft = {0}, changed = {0};
  if (a->positional_count != 3) return cli_usage(a, "revoke takes a file, and a key or its name");
  edict_status status = read_text(a, a->positional[1], &draft);
  if (status == EDICT_OK)
    status = edict_root_revoke(draft.bytes, draft.length, a->positional[2], &changed.bytes, &changed.length, a->diagnostics);
  if (status == EDICT_OK) status = write_text(a, a->positional[1], &changed);
  edict_text_free(&draft.bytes);
  return exit_of(status);
}

/* ---- show, verify ---- */

static void put_lines(const text *t) {
  for (size_t at = 0; at < t->length;) {
    size_t length = strcspn(t->bytes + at, "\n");
    cli_put(stdout, t->bytes + at, length);
    putchar('\n');
    at += length + 1;
  }
}

static cli_exit show(cli_arguments *a) {
  int64_t now;
  text t = {0}, shown = {0};
  if (!cli_now(a, &now)) return CLI_USAGE;
  edict_status status = read_text(a, a->positional[1], &t);
  if (status == EDICT_OK) status = edict_trust_show(t.bytes, t.length, now, &shown.bytes, &shown.length, a->diagnostics);
  if (status == EDICT_OK) put_lines(&shown);
  edict_text_free(&t.bytes);
  edict_text_free(&shown.bytes);
  return exit_of(status);
}

static cli_exit verify(cli_arguments *a) {
  int64_t now;
  edict_bytes roots[CLI_VALUES_MOST];
  char *bytes[CLI_VALUES_MOST] = {0};
  size_t count = a->positional_count - 1;
  if (!cli_now(a, &now)) return CLI_USAGE;
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < count && status == EDICT_OK; i++) {
    size_t length = 0;
    status = cli_read(a, a->positional[i + 1], CLI_TEXT_MOST, &bytes[i], &length);
    roots[i] = (edict_bytes){bytes[i], length};
  }
  if (status == EDICT_OK) status = edict_root_verify(roots, count, now, NULL, a->diagnostics);
  if (status == EDICT_OK) puts(count == 1 ? "signed by enough of its own root keys" : "each is signed by enough root keys of its own and of the one before");
  for (size_t i = 0; i < count; i++) edict_text_free(&bytes[i]);
  return exit_of(status);
}

/* ---- the verb ---- */

static const struct {
  const char *name;
  cli_exit (*run)(cli_arguments *a);
} actions[] = {{"init", init},     {"add", add},   {"threshold", set_threshold}, {"revoke", revoke},
               {"rotate", rotate}, {"show", show}, {"verify", verify}};
#define ACTIONS (sizeof actions / sizeof *actions)

static cli_exit run_trust(cli_arguments *a) {
  const char *what = a->positional_count ? a->positional[0] : "";
  size_t action = 0;
  while (action < ACTIONS && strcmp(actions[action].name, what) != 0) action++;
  if (action == ACTIONS) return cli_usage(a, "say which: init, add, threshold, revoke, rotate, show or verify");
  if (a->positional_count < 2) return cli_usage(a, "name the file");
  return actions[action].run(a);
}

const cli_verb cli_verb_trust = {
    .name = "trust",
    .synopsis = "init|add|threshold|revoke|rotate|show|verify FILE [WORD]... [OPTION]...",
    .options = trust_options,
    .positional_most = 32,
    .run = run_trust,
    .more = "init FILE --name NAME --expires TIME     begins the root document of a federation\n"
            "add FILE ROLE... KEY [--threshold N]     adds a key; ROLE is `root`, `federal BUNDLE`,\n"
            "                                         `domain DOMAIN BUNDLE` or `log`; KEY is what\n"
            "                                         `edict keygen` printed, or a file that holds it\n"
            "threshold FILE ROLE... N                 so many keys of the role have to sign\n"
            "revoke FILE KEY                          takes a key out, by its name or all of it\n"
            "rotate ROOT --out FILE --expires TIME    begins the next version of one that is signed\n"
            "show FILE                                a root document and what it lacks, a trust\n"
            "                                         store, or the state that a host keeps\n"
            "verify ROOT...                           whether enough keys signed, from one to the next\n"
            "\n"
            "A root document is changed until its first signature, and never after. `edict sign` signs it;\n"
            "wherever a verb takes --trust it takes a root document. docs/ceremony.md goes through all of it.\n",
};
