/* edict: the command. Finds the verb, parses its options by its own list, runs it, and says so if
 * what was printed could not be written. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "edict/release.h"

#define VERB(name, summary) extern const cli_verb cli_verb_##name;
#include "cli/verbs.def"
#undef VERB

static const struct {
  const cli_verb *verb;
  const char *summary;
} verbs[] = {
#define VERB(name, summary) {&cli_verb_##name, summary},
#include "cli/verbs.def"
#undef VERB
};
#define VERBS (sizeof verbs / sizeof *verbs)

static void list_verbs(FILE *to) {
  fputs("usage: edict VERB [OPTION]...\n\n", to);
  for (size_t i = 0; i < VERBS; i++)
    fprintf(to, "  %-8s %s\n", verbs[i].verb->name, verbs[i].summary);
  fputs("\n`edict help VERB` tells its options, `edict version` which version this is.\n"
        "exit: 0 done, 1 denied or findings, 2 wrong usage, 3 an input was refused, 4 a defect of "
        "Edict,\n5 of `diff` alone: something closes and nothing opens\n",
        to);
}

static size_t find_verb(const char *name) {
  size_t at = 0;
  while (at < VERBS && strcmp(verbs[at].verb->name, name) != 0) at++;
  return at;
}

static const char *verb_name(const void *list, size_t i) {
  (void)list;
  return i < VERBS ? verbs[i].verb->name : NULL;
}

static cli_exit no_such_verb(const char *name) {
  const char *near = cli_nearest(name, strlen(name), verb_name, NULL);
  fputs("edict: there is no verb `", stderr);
  cli_put(stderr, name, strlen(name));
  fputs("`", stderr);
  if (near) fprintf(stderr, "; did you mean `%s`?", near);
  fputs("\n`edict help` lists them.\n", stderr);
  return CLI_USAGE;
}

static cli_exit help_verb(size_t at) {
  const cli_verb *verb = verbs[at].verb;
  printf("usage: edict %s %s\n\n%s\n\n", verb->name, verb->synopsis, verbs[at].summary);
  for (const cli_option *o = verb->options; o->name; o++) {
    char left[64];
    bool kind = o->value && o->value[0] == '=';
    snprintf(left, sizeof left, "%s%s%s%s", o->name, kind ? "[" : o->value ? " " : "", o->value ? o->value : "",
             kind ? "]" : "");
    bool wide = strlen(left) > 22;
    printf("  %-22s%s%s\n", left, wide ? "\n                         " : " ", o->help);
  }
  if (verb->more) printf("\n%s", verb->more);
  return CLI_DONE;
}

static cli_exit run(size_t at, int argc, char **argv) {
  cli_arguments a = {.verb = verbs[at].verb, .diagnostics = edict_diagnostics_create()};
  if (!a.diagnostics) return cli_refuse("no memory is left");
  cli_exit code = cli_parse(argc, argv, &a);
  if (code == CLI_DONE) code = a.help ? help_verb(at) : a.verb->run(&a);
  fflush(stdout); /* what was found comes after what was printed, also on one terminal */
  cli_tell(&a, code);
  edict_diagnostics_destroy(&a.diagnostics);
  return code;
}

static cli_exit help(int argc, char **argv) {
  if (argc > 3) return no_such_verb(argv[3]);
  if (argc < 3) {
    list_verbs(stdout);
    return CLI_DONE;
  }
  size_t at = find_verb(argv[2]);
  return at < VERBS ? help_verb(at) : no_such_verb(argv[2]);
}

static cli_exit dispatch(int argc, char **argv) {
  if (argc < 2) {
    list_verbs(stderr);
    return CLI_USAGE;
  }
  const char *word = argv[1];
  if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0) return help(argc, argv);
  if (strcmp(word, "version") == 0 || strcmp(word, "--version") == 0) {
    puts("edict " EDICT_RELEASE);
    return CLI_DONE;
  }
  size_t at = find_verb(word);
  return at < VERBS ? run(at, argc, argv) : no_such_verb(word);
}

/* A standard stream that the caller closed must not become the first file that is opened. Each gets
 * /dev/null the wrong way round, so that using it still fails. */
static bool fill_streams(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
        open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
      return false;
  return true;
}

/* What is large goes back to the system when it is freed, however much was freed before: of many rules one stage's memory
 * is another's. What is made over and over, as a decision is, stays below. */
static void give_large_memory_back(void) {
#ifdef M_MMAP_THRESHOLD
  enum { LARGE = 512 * 1024 };
  (void)mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
}

int main(int argc, char **argv) {
  if (!fill_streams()) return CLI_REFUSED;
  give_large_memory_back();
  cli_exit code = dispatch(argc, argv);
  /* What was said must have been written: a full disk is no success. */
  if (fflush(stdout) != 0 || ferror(stdout)) return cli_refuse("standard output cannot be written");
  return code;
}
