/* edict: the command. Finds the verb, parses its options by its own list, runs it. */
#include <stdarg.h>
#include <string.h>

#include "cli/command.h"

#define VERB(name, summary) extern const cli_verb cli_verb_##name;
#include "cli/verbs.def"
#undef VERB

static const struct { const cli_verb *verb; const char *summary; } verbs[] = {
#define VERB(name, summary) {&cli_verb_##name, summary},
#include "cli/verbs.def"
#undef VERB
};
#define VERBS (sizeof verbs / sizeof *verbs)

static void list_verbs(FILE *to) {
  fputs("usage: edict VERB [OPTION]...\n\n", to);
  for (size_t i = 0; i < VERBS; i++) fprintf(to, "  %-8s %s\n", verbs[i].verb->name, verbs[i].summary);
  fputs("\n`edict help VERB` tells its options.\n"
        "exit: 0 done, 1 denied or findings, 2 wrong usage, 3 an input was refused, 4 a defect of Edict\n", to);
}

static const cli_verb *find_verb(const char *name, size_t *at) {
  for (*at = 0; *at < VERBS; ++*at)
    if (strcmp(verbs[*at].verb->name, name) == 0) return verbs[*at].verb;
  return NULL;
}

static void help_verb(const cli_verb *verb, const char *summary) {
  printf("usage: edict %s %s\n\n%s\n\n", verb->name, verb->synopsis, summary);
  for (const cli_option *o = verb->options; o->name; o++) {
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    printf("  %-26s %s\n", left, o->help);
  }
  if (verb->more) printf("\n%s", verb->more);
}

cli_exit cli_usage(const char *verb, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "edict %s: ", verb);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n`edict help %s` tells how it is used.\n", verb);
  va_end(arguments);
  return CLI_USAGE;
}

static const cli_option *find_option(const cli_verb *verb, const char *name, size_t length) {
  for (const cli_option *o = verb->options; o->name; o++)
    if (strlen(o->name) == length && memcmp(o->name, name, length) == 0) return o;
  return NULL;
}

/* One option at argv[*i]; `--name value` and `--name=value` are the same. */
static cli_exit take_option(const cli_verb *verb, int argc, char **argv, int *i, cli_arguments *a) {
  const char *word = argv[*i], *equals = strchr(word, '=');
  size_t length = equals ? (size_t)(equals - word) : strlen(word);
  const cli_option *o = find_option(verb, word, length);
  if (!o) return cli_usage(verb->name, "there is no option %.*s", (int)length, word);
  if (!o->value && equals) return cli_usage(verb->name, "%s takes no value", o->name);
  const char *value = equals ? equals + 1 : "";
  if (o->value && !equals) {
    if (*i + 1 >= argc) return cli_usage(verb->name, "%s needs a value: %s", o->name, o->value);
    value = argv[++*i];
  }
  if (a->given_count == CLI_VALUES_MOST) return cli_usage(verb->name, "too many options");
  a->given[a->given_count++] = (cli_given){o->name, value};
  return CLI_DONE;
}

static cli_exit parse(const cli_verb *verb, int argc, char **argv, cli_arguments *a) {
  bool options = true;
  for (int i = 2; i < argc; i++) {
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
      cli_exit code = take_option(verb, argc, argv, &i, a);
      if (code != CLI_DONE) return code;
    } else {
      if (a->positional_count == CLI_VALUES_MOST) return cli_usage(verb->name, "too many arguments");
      a->positional[a->positional_count++] = argv[i];
    }
  }
  return CLI_DONE;
}

static cli_exit run(const cli_verb *verb, int argc, char **argv) {
  cli_arguments a = {.diagnostics = edict_diagnostics_create()};
  if (!a.diagnostics) {
    fputs("edict: no memory is left\n", stderr);
    return CLI_DEFECT;
  }
  cli_exit code = parse(verb, argc, argv, &a);
  if (code == CLI_DONE) {
    code = verb->run(&a);
    cli_tell(&a);
  }
  edict_diagnostics_destroy(&a.diagnostics);
  /* What was said must have been written: a full disk is no success. */
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fputs("edict: standard output cannot be written\n", stderr);
    return CLI_DEFECT;
  }
  return code;
}

int main(int argc, char **argv) {
  size_t at;
  if (argc < 2) {
    list_verbs(stderr);
    return CLI_USAGE;
  }
  bool help = strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0;
  if (help && argc == 2) {
    list_verbs(stdout);
    return CLI_DONE;
  }
  const cli_verb *verb = find_verb(help ? argv[2] : argv[1], &at);
  if (!verb) {
    fprintf(stderr, "edict: there is no verb `%s`\n\n", help ? argv[2] : argv[1]);
    list_verbs(stderr);
    return CLI_USAGE;
  }
  if (help || (argc == 3 && strcmp(argv[2], "--help") == 0)) {
    help_verb(verb, verbs[at].summary);
    return CLI_DONE;
  }
  return run(verb, argc, argv);
}
