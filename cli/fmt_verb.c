/* fmt: rule files in their one layout: written back, printed, or only looked at.
 *
 * In: files, folders, or `-`. Invariant: a file that does not parse, or is laid out already, is not
 * touched; any other is replaced as a whole, through its links, with its permissions. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "edict/file.h"

enum { RULES_MOST = 4 * 1024 * 1024, PATH_MOST = 4096, DEPTH_MOST = 64 };

static const cli_option fmt_options[] = {
    {"--check", NULL, "change nothing; name the files that are laid out otherwise, and end with 1",
     false},
    {"--stdout", NULL, "print the layout and leave the files as they are", false},
    CLI_FORMAT_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

static cli_exit worse(cli_exit a, cli_exit b) { return a > b ? a : b; }

/* ---- one text ---- */

static cli_exit write_back(cli_arguments *a, const char *path, const char *text, size_t length) {
  cli_exit code = cli_write_back(a, path, text, length);
  if (code == CLI_DONE) printf("%s\n", path);
  return code;
}

/* `path` NULL: standard input. */
static cli_exit format_text(cli_arguments *a, const char *path, const char *text, size_t length) {
  char *out;
  size_t size;
  edict_status status = edict_rules_format(path ? path : "<standard input>", text, length, &out,
                                           &size, a->diagnostics);
  if (status != EDICT_OK) return status == EDICT_LIMIT ? CLI_FOUND : cli_exit_of(status);
  bool same = size == length && (size == 0 || memcmp(out, text, size) == 0);
  cli_exit code = CLI_DONE;
  if (cli_flag(a, "--check")) {
    if (!same) puts(path ? path : "-");
    code = same ? CLI_DONE : CLI_FOUND;
  } else if (!path || cli_flag(a, "--stdout")) {
    fwrite(out, 1, size, stdout);
  } else if (!same) {
    code = write_back(a, path, out, size);
  }
  edict_text_free(&out);
  return code;
}

static cli_exit format_file(cli_arguments *a, const char *path) {
  char *text;
  size_t length;
  edict_status status = cli_read(a, path, RULES_MOST, &text, &length);
  cli_exit code =
      status == EDICT_OK ? format_text(a, path, text, length) : cli_exit_of_load(status);
  edict_text_free(&text);
  return code;
}

static cli_exit format_input(cli_arguments *a) {
  static char text[RULES_MOST + 1];
  size_t length = fread(text, 1, sizeof text, stdin);
  if (ferror(stdin)) return cli_refuse("standard input cannot be read");
  if (length > RULES_MOST) return cli_refuse("standard input has more than %d bytes", RULES_MOST);
  return format_text(a, NULL, text, length);
}

/* ---- folders ---- */

static bool is_rules(const char *name) {
  size_t length = strlen(name);
  return length > 6 && strcmp(name + length - 6, ".edict") == 0;
}

static int seen(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* What scandir allocated. */
static void forget(void *memory) {
  char *text = memory;
  edict_text_free(&text);
}

static cli_exit format_folder(cli_arguments *a, const char *folder, unsigned depth);

static cli_exit format_entry(cli_arguments *a, const char *folder, const char *name,
                             unsigned depth) {
  char path[PATH_MOST];
  struct stat itself, target;
  bool here = strcmp(folder, ".") == 0;
  size_t end = strlen(folder);
  const char *slash = here || (end > 0 && folder[end - 1] == '/') ? "" : "/";
  int n = snprintf(path, sizeof path, "%s%s%s", here ? "" : folder, slash, name);
  if (n < 0 || (size_t)n >= sizeof path) return cli_refuse("a path below `%s` is too long", folder);
  if (lstat(path, &itself) != 0) return cli_refuse("`%s` cannot be read: %s", path, strerror(errno));
  if (S_ISDIR(itself.st_mode)) return format_folder(a, path, depth + 1);
  if (!is_rules(name)) return CLI_DONE;
  /* A link to a folder is not followed: it may lead back here. */
  if (stat(path, &target) == 0 && S_ISDIR(target.st_mode)) return CLI_DONE;
  return format_file(a, path);
}

/* The rule files below a folder, in the order of their names; what begins with a dot is passed over. */
static cli_exit format_folder(cli_arguments *a, const char *folder, unsigned depth) {
  struct dirent **entries;
  cli_exit code = CLI_DONE;
  if (depth > DEPTH_MOST) return cli_refuse("`%s` is nested too deeply", folder);
  int count = scandir(folder, &entries, seen, alphasort);
  if (count < 0) return cli_refuse("`%s` cannot be listed: %s", folder, strerror(errno));
  for (int i = 0; i < count; i++) {
    code = worse(code, format_entry(a, folder, entries[i]->d_name, depth));
    forget(entries[i]);
  }
  forget(entries);
  return code;
}

/* ---- the verb ---- */

/* A file, or a folder; edict.yaml stands for its folder. */
static cli_exit format_named(cli_arguments *a, const char *path) {
  struct stat found;
  char folder[PATH_MOST];
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) return format_folder(a, path, 0);
  if (strcmp(name, "edict.yaml") != 0) return format_file(a, path);
  int n = snprintf(folder, sizeof folder, "%.*s", (int)(name - path), path);
  if (n < 0 || (size_t)n >= sizeof folder) return cli_refuse("a path is too long");
  return format_folder(a, n == 0 ? "." : folder, 0);
}

static cli_exit run_fmt(cli_arguments *a) {
  cli_exit code = CLI_DONE;
  if (cli_flag(a, "--check") && cli_flag(a, "--stdout"))
    return cli_usage(a, "give --check or --stdout, not both");
  for (size_t i = 0; i < a->positional_count; i++)
    if (strcmp(a->positional[i], "-") == 0 && a->positional_count > 1)
      return cli_usage(a, "`-` stands alone");
  if (a->positional_count == 0) return format_folder(a, ".", 0);
  for (size_t i = 0; i < a->positional_count; i++) {
    bool input = strcmp(a->positional[i], "-") == 0;
    code = worse(code, input ? format_input(a) : format_named(a, a->positional[i]));
  }
  return code;
}

const cli_verb cli_verb_fmt = {
    .name = "fmt",
    .synopsis = "[FILE|FOLDER]... [OPTION]...",
    .options = fmt_options,
    .positional_most = CLI_VALUES_MOST,
    .run = run_fmt,
    .more = "Writes rule files back in their one layout and names those that it changed. Without a\n"
            "name: the rule files below this folder. `-` reads standard input and prints. A file\n"
            "that does not parse is left as it is, with findings; comments stay where they are.\n",
};
