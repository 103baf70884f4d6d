/* Options: the words after a verb, read by its own list; what was probably meant by a misspelt one. */
#include <string.h>

#include "cli/command.h"

/* ---- what was meant ---- */

#define WORD_MOST 32

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Letters to change, add or leave out to make one of the other; exchanged neighbours are two. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
  size_t row[WORD_MOST + 1];
  for (size_t j = 0; j <= b_length; j++) row[j] = j;
  for (size_t i = 1; i <= a_length; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
      size_t above = row[j];
      row[j] = least(least(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
      diagonal = above;
    }
  }
  return row[b_length];
}

const char *cli_nearest(const char *text, size_t length,
                        const char *(*word)(const void *list, size_t i), const void *list) {
  const char *best = NULL, *w;
  size_t best_distance = 3;
  if (length > WORD_MOST) return NULL;
  for (size_t i = 0; (w = word(list, i)) != NULL; i++) {
    size_t w_length = strlen(w);
    if (w_length > WORD_MOST) continue;
    size_t d = distance(text, length, w, w_length);
    /* A beginning is as good as a misspelling: `--dev` for `--development`. */
    if (length > 3 && length < w_length && memcmp(text, w, length) == 0) d = 1;
    if (d >= best_distance || d * 2 > length) continue;
    best = w;
    best_distance = d;
  }
  return best;
}

/* ---- reading ---- */

static const cli_option *find(const cli_verb *verb, const char *name, size_t length) {
  for (const cli_option *o = verb->options; o->name; o++)
    if (strlen(o->name) == length && memcmp(o->name, name, length) == 0) return o;
  return NULL;
}

static const char *option_name(const void *list, size_t i) {
  return ((const cli_option *)list)[i].name;
}

static cli_exit unknown(const cli_arguments *a, const char *word, size_t length) {
  const char *near = cli_nearest(word, length, option_name, a->verb->options);
  return cli_usage(a, "there is no option %.*s%s%s%s", (int)length, word,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* Whether `value` is one of "text|json"; anything is of a form without a bar. */
static bool is_choice(const char *choices, const char *value) {
  size_t length = strlen(value);
  if (!strchr(choices, '|')) return true;
  for (const char *at = choices;; at++) {
    size_t word = strcspn(at, "|");
    if (word == length && memcmp(at, value, length) == 0) return true;
    at += word;
    if (*at == '\0') return false;
  }
}

/* An option such as "=lcov FILE": alone it is a flag, with `=lcov` it takes the next word. */
static cli_exit take_kind(int argc, char **argv, int *i, const char *equals, const cli_option *o, cli_arguments *a) {
  size_t kind = strcspn(o->value, " ");
  const char *value = "";
  if (equals) {
    if (strlen(equals) != kind || memcmp(equals, o->value, kind) != 0 || *i + 1 >= argc)
      return cli_usage(a, "%s stands alone, or as %s%s", o->name, o->name, o->value);
    value = argv[++*i];
  }
  if (a->given_count == CLI_VALUES_MOST) return cli_usage(a, "too many options");
  a->given[a->given_count++] = (cli_given){o->name, value};
  return CLI_DONE;
}

/* One option at argv[*i]; `--name value` and `--name=value` are the same. */
static cli_exit take(int argc, char **argv, int *i, cli_arguments *a) {
  const char *word = argv[*i], *equals = strchr(word, '=');
  size_t length = equals ? (size_t)(equals - word) : strlen(word);
  const cli_option *o = find(a->verb, word, length);
  if (!o) return unknown(a, word, length);
  if (!o->value && equals) return cli_usage(a, "%s takes no value", o->name);
  if (o->value && o->value[0] == '=') return take_kind(argc, argv, i, equals, o, a);
  if (!o->many && cli_flag(a, o->name)) return cli_usage(a, "%s is given twice", o->name);
  const char *value = equals ? equals + 1 : "";
  if (o->value && !equals) {
    if (*i + 1 >= argc) return cli_usage(a, "%s needs a value: %s", o->name, o->value);
    value = argv[++*i];
  }
  if (o->value && !is_choice(o->value, value))
    return cli_usage(a, "%s is one of %s", o->name, o->value);
  if (a->given_count == CLI_VALUES_MOST) return cli_usage(a, "too many options");
  a->given[a->given_count++] = (cli_given){o->name, value};
  return CLI_DONE;
}

cli_exit cli_parse(int argc, char **argv, cli_arguments *a) {
  bool options = true;
  a->positional = argv + (argc < 2 ? argc : 2); /* never past the word that is read */
  for (int i = 2; i < argc; i++) {
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (options && strcmp(argv[i], "--help") == 0) {
      a->help = true;
    } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
      cli_exit code = take(argc, argv, &i, a);
      if (code != CLI_DONE) return code;
    } else if (a->positional_count < a->verb->positional_most) {
      a->positional[a->positional_count++] = argv[i];
    } else {
      return cli_usage(a, "`%s` is one word too many", argv[i]);
    }
  }
  return CLI_DONE;
}
