/* new: a starting project that checks, builds and passes its tests; for a federation, or for a domain of one.
 *
 * In: the files of rules/starter/, and for a domain the federal bundle, whose words are put into them.
 * Nothing that exists is overwritten: the folder is new or empty, and each file is made as a new one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/starter.h"
#include "edict/forms.h"

static const cli_option new_options[] = {
    {"--name", "NAME", "the bundle's name, such as eu.example; left out: the folder's", false},
    {"--domain", "NAME", "a project for this domain, and not for a federation", false},
    {"--federal", "FILE", "with --domain: the federal bundle that it stands on", false},
    CLI_FORMAT_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

enum { WORDS_MOST = 12, TEXT_MOST = 4096 };

/* A word of the starting files and what stands in its place; NULL: a line that holds it is left out. */
typedef struct word { const char *word; const char *text; } word;

typedef struct starting {
  cli_arguments *arguments;
  const char *folder, *kind; /* "federal", "domain" */
  word words[WORDS_MOST];
  size_t word_count;
  char name[TEXT_MOST], parent[TEXT_MOST], version[32], created[64], expires[64], now[64];
  char *bundle, *domains, *issuers, *levels, *tags;
} starting;

static void put_word(starting *s, const char *name, const char *text) {
  if (s->word_count < WORDS_MOST) s->words[s->word_count++] = (word){name, text};
}

/* ---- names ---- */

/* The forms of edict.yaml: a bundle's parts between `/`, a node in the one of the language. */
static bool is_bundle_name(const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length > 100 || name[0] == '/' || name[length - 1] == '/' || strstr(name, "//")) return false;
  return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-/") == length && name[0] != '.' && name[0] != '-';
}

static bool is_node_name(const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length > 100 || strcmp(name, "federal") == 0) return false;
  if (!strchr("abcdefghijklmnopqrstuvwxyz", name[0]) || name[length - 1] == '-') return false;
  return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* The last part of the folder's path; `.` and the like have one too. NULL: it has none. */
static const char *last_part(const char *folder, char *into, size_t size) {
  char real[PATH_MAX];
  if (realpath(folder, real)) folder = real;
  size_t end = strlen(folder), begin;
  while (end > 1 && folder[end - 1] == '/') end--;
  for (begin = end; begin > 0 && folder[begin - 1] != '/'; begin--) continue;
  if (end - begin >= size) return NULL;
  memcpy(into, folder + begin, end - begin);
  into[end - begin] = '\0';
  return into;
}

static bool read_name(starting *s, const char *fallback) {
  const char *given = cli_value(s->arguments, "--name"), *name = given ? given : fallback;
  if (name && is_bundle_name(name) && strlen(name) < sizeof s->name) {
    memmove(s->name, name, strlen(name) + 1);
    put_word(s, "my.federation/my-domain", s->name);
    put_word(s, "my.federation", s->name);
    return true;
  }
  (void)cli_usage(s->arguments, "`%s` cannot be a bundle's name: a-z, 0-9, `.`, `_` and `-`, in parts between `/`; "
                                "--name says another", name ? name : "");
  return false;
}

/* ---- what a federal bundle declares ---- */

/* The first name of a list with one a line; NULL if it is empty. */
static const char *first_line(char *list) {
  char *end = list ? strchr(list, '\n') : NULL;
  if (!end) return NULL;
  *end = '\0';
  return list;
}

static const char *line_of(const void *list, size_t index) {
  static char name[256];
  const char *at = list;
  while (index-- > 0 && at) {
    at = strchr(at, '\n');
    at = at ? at + 1 : NULL;
  }
  size_t length = at ? strcspn(at, "\n") : 0;
  if (length == 0 || length >= sizeof name) return NULL;
  memcpy(name, at, length);
  name[length] = '\0';
  return name;
}

static bool has_line(const char *list, const char *name) {
  const char *line;
  for (size_t i = 0; (line = line_of(list, i)); i++)
    if (strcmp(line, name) == 0) return true;
  return false;
}

/* Tags on one line of a comment, as many as are readable there. */
static void join_tags(char *tags) {
  size_t kept = 0, count = 0;
  for (size_t i = 0; tags[i]; i++)
    if (tags[i] == '\n' && (++count == 12 || i > 90 || !tags[i + 1])) {
      kept = i;
      break;
    }
  tags[kept] = '\0';
  for (size_t i = 0; tags[i]; i++)
    if (tags[i] == '\n') tags[i] = ' ';
}

static edict_status read_words(starting *s, size_t length) {
  edict_diagnostics *d = s->arguments->diagnostics;
  size_t unused;
  edict_status status = edict_bundle_names(s->bundle, length, "domain", &s->domains, &unused, d);
  if (status == EDICT_OK) status = edict_bundle_names(s->bundle, length, "issuer", &s->issuers, &unused, d);
  if (status == EDICT_OK) status = edict_bundle_names(s->bundle, length, "classification", &s->levels, &unused, d);
  if (status == EDICT_OK) status = edict_bundle_names(s->bundle, length, "tag", &s->tags, &unused, d);
  return status;
}

static void put_time(char *into, size_t size, int64_t time) {
  edict_cell cell = {.type = EDICT_CELL_TIMESTAMP, .integer = time};
  (void)edict_cell_text(&cell, into, size);
}

/* The path from the folder to the bundle, by their real places. */
static bool relate(starting *s, const char *bundle) {
  char from[PATH_MAX], to[PATH_MAX], *at = s->parent;
  size_t common = 0;
  if (!realpath(s->folder, from) || !realpath(bundle, to)) return false;
  for (size_t i = 0; from[i] == to[i] || (!from[i] && to[i] == '/'); i++) {
    if (to[i] == '/') common = i;
    if (!from[i] || !to[i]) break;
  }
  for (const char *rest = from + common; *rest; rest++) {
    if (*rest != '/' || !rest[1]) continue;
    if ((size_t)(at - s->parent) + 4 > sizeof s->parent) return false;
    memcpy(at, "../", 3);
    at += 3;
  }
  const char *below = to + common + 1;
  if ((size_t)(at - s->parent) + strlen(below) + 1 > sizeof s->parent) return false;
  memcpy(at, below, strlen(below) + 1);
  for (const char *c = s->parent; *c; c++)
    if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ') return false; /* the file says it in quotes */
  return true;
}

static cli_exit no_such_domain(const starting *s, const char *domain) {
  const char *near = cli_nearest(domain, strlen(domain), line_of, s->domains);
  return cli_refuse("the federal bundle has no domain `%s`%s%s%s: it is declared in `taxonomy domain`, and the bundle built "
                    "again", domain, near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
}

static cli_exit read_federal(starting *s, const char *path, const char *domain) {
  const int64_t day = INT64_C(86400000000), hour = INT64_C(3600000000);
  cli_arguments *a = s->arguments;
  edict_bundle_facts facts;
  char own[TEXT_MOST];
  size_t length;
  edict_status status = cli_read(a, path, CLI_FILE_MOST, &s->bundle, &length);
  if (status == EDICT_OK) status = edict_bundle_about(s->bundle, length, &facts, a->diagnostics);
  if (status == EDICT_OK && strcmp(facts.layer, "federal") != 0)
    return cli_refuse("`%s` is not a federal bundle", path);
  if (status == EDICT_OK) status = read_words(s, length);
  if (status != EDICT_OK) return cli_exit_of_load(status);
  if (!has_line(s->domains, domain)) return no_such_domain(s, domain);
  snprintf(own, sizeof own, "%s/%s", facts.name, domain);
  if (!read_name(s, own)) return CLI_USAGE;
  snprintf(s->version, sizeof s->version, "%llu", (unsigned long long)facts.version);
  put_time(s->created, sizeof s->created, facts.not_before);
  put_time(s->expires, sizeof s->expires, facts.expires);
  put_time(s->now, sizeof s->now, facts.expires - facts.not_before > day ? facts.not_before + 10 * hour : facts.not_before);
  join_tags(s->tags);
  return CLI_DONE;
}

static cli_exit prepare_domain(starting *s, const char *domain, const char *federal) {
  cli_exit code = read_federal(s, federal, domain);
  if (code != CLI_DONE) return code;
  const char *issuer = first_line(s->issuers), *level = first_line(s->levels);
  if (!issuer) return cli_refuse("the federal bundle declares no issuer, so nobody could ask for anything");
  put_word(s, "my-domain", domain);
  put_word(s, "my-version", s->version);
  put_word(s, "my-created", s->created);
  put_word(s, "my-expires", s->expires);
  put_word(s, "my-now", s->now);
  put_word(s, "my-issuer", issuer);
  put_word(s, "my-level", level);
  put_word(s, "my-tags", *s->tags ? s->tags : NULL);
  s->kind = "domain";
  return CLI_DONE;
}

static cli_exit prepare(starting *s) {
  char part[TEXT_MOST];
  cli_arguments *a = s->arguments;
  const char *domain = cli_value(a, "--domain"), *federal = cli_value(a, "--federal");
  if (a->positional_count != 1) return cli_usage(a, "name the folder of the new project");
  s->folder = a->positional[0];
  if (!domain != !federal) return cli_usage(a, "--domain NAME and --federal FILE go together");
  if (domain && !is_node_name(domain))
    return cli_usage(a, "`%s` cannot be a domain: a-z, 0-9 and `-`, beginning with a letter", domain);
  if (domain) return prepare_domain(s, domain, federal);
  s->kind = "federal";
  return read_name(s, last_part(s->folder, part, sizeof part)) ? CLI_DONE : CLI_USAGE;
}

/* ---- writing ---- */

static bool is_empty(const char *path) {
  DIR *folder = opendir(path);
  bool empty = folder != NULL;
  for (struct dirent *entry; empty && (entry = readdir(folder)) != NULL;)
    empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
  if (folder) closedir(folder);
  return empty;
}

static cli_exit make_folder(const starting *s) {
  int error = mkdir(s->folder, 0777) == 0 ? 0 : errno;
  if (error == 0 || (error == EEXIST && is_empty(s->folder))) return CLI_DONE;
  if (error != EEXIST) return cli_refuse("`%s` cannot be made: %s", s->folder, strerror(error));
  return cli_refuse("`%s` exists and is not an empty folder: nothing is overwritten", s->folder);
}

/* The line with each word replaced; false if it is to be left out. */
static bool fill_in(const starting *s, const char *line, FILE *out) {
  for (size_t w = 0; w < s->word_count; w++)
    if (!s->words[w].text && strstr(line, s->words[w].word)) return false;
  while (*line) {
    size_t w = 0;
    while (w < s->word_count && strncmp(line, s->words[w].word, strlen(s->words[w].word)) != 0) w++;
    if (w < s->word_count) {
      fputs(s->words[w].text, out);
      line += strlen(s->words[w].word);
    } else {
      fputc(*line++, out);
    }
  }
  fputc('\n', out);
  return true;
}

static cli_exit write_file(const starting *s, const cli_starter *file) {
  char path[PATH_MAX], *slash;
  int n = snprintf(path, sizeof path, "%s/%s", s->folder, strchr(file->path, '/') + 1);
  if (n < 0 || (size_t)n >= sizeof path) return cli_refuse("the path of the folder is too long");
  slash = strrchr(path, '/');
  *slash = '\0';
  if (mkdir(path, 0777) != 0 && errno != EEXIST) return cli_refuse("`%s` cannot be made: %s", path, strerror(errno));
  *slash = '/';
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
  if (!out) return cli_refuse("`%s` cannot be written: %s", path, strerror(errno));
  for (const char *const *line = file->lines; *line; line++) (void)fill_in(s, *line, out);
  if (fclose(out) != 0) return cli_refuse("`%s` cannot be written: %s", path, strerror(errno));
  printf("%s\n", path);
  return CLI_DONE;
}

static cli_exit write_all(const starting *s) {
  size_t length = strlen(s->kind);
  for (const cli_starter *file = cli_starters; file->path; file++) {
    if (strncmp(file->path, s->kind, length) != 0 || file->path[length] != '/') continue;
    cli_exit code = write_file(s, file);
    if (code != CLI_DONE) return code;
  }
  return CLI_DONE;
}

static cli_exit create(starting *s) {
  const char *federal = cli_value(s->arguments, "--federal");
  cli_exit code = make_folder(s);
  if (code == CLI_DONE && federal && !relate(s, federal))
    code = cli_refuse("the path from `%s` to the federal bundle cannot be written into edict.yaml", s->folder);
  put_word(s, "my-parent", s->parent);
  if (code == CLI_DONE) code = write_all(s);
  return code;
}

/* Of a federation the example stands on a bundle in `build`, beside the folder. */
static void tell_next(const starting *s) {
  char part[TEXT_MOST];
  const char *name = last_part(s->folder, part, sizeof part);
  fputs("edict: next: edict check ", stderr);
  cli_put(stderr, s->folder, strlen(s->folder));
  fputs(", edict test ", stderr);
  cli_put(stderr, s->folder, strlen(s->folder));
  fputs(", edict build ", stderr);
  cli_put(stderr, s->folder, strlen(s->folder));
  fputs(strcmp(s->folder, ".") == 0 ? " --out ../build/" : " --out build/", stderr);
  if (name && strcmp(s->kind, "domain") == 0) cli_put(stderr, name, strlen(name));
  else fputs("federal", stderr);
  fputs(".edb\n", stderr);
}

static cli_exit run_new(cli_arguments *a) {
  starting s = {.arguments = a};
  cli_exit code = prepare(&s);
  if (code == CLI_DONE) code = create(&s);
  fflush(stdout);
  if (code == CLI_DONE)
    tell_next(&s);
  edict_text_free(&s.bundle);
  edict_text_free(&s.domains);
  edict_text_free(&s.issuers);
  edict_text_free(&s.levels);
  edict_text_free(&s.tags);
  return code;
}

const cli_verb cli_verb_new = {
    .name = "new",
    .synopsis = "FOLDER [OPTION]...",
    .options = new_options,
    .positional_most = 1,
    .run = run_new,
    .more =
        "Makes the folder and writes a project into it that checks, builds and passes its tests, with\n"
        "comments that tell what each part is for. Prints the files. The folder must not be there yet,\n"
        "or be empty: nothing is overwritten.\n",
};
