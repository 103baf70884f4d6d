/* Folders: a project that is named by its folder, and folders for what a command writes.
 *
 * `edict check federal` means federal/edict.yaml. A path that was made stands until the command ends, so
 * that it is used like a word of the command line. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "edict/file.h"

const char *cli_project_file(const char *path) {
  static char made[2 * CLI_VALUES_MOST][PATH_MAX];
  static size_t count;
  struct stat s;
  char file[PATH_MAX];
  size_t length = strlen(path);
  if (stat(path, &s) != 0 || !S_ISDIR(s.st_mode)) return path;
  bool slash = length > 0 && path[length - 1] == '/';
  int n = snprintf(file, sizeof file, "%s%sedict.yaml", strcmp(path, ".") == 0 ? "" : path, slash || strcmp(path, ".") == 0 ? "" : "/");
  if (n < 0 || (size_t)n >= sizeof file) return path;
  for (size_t i = 0; i < count; i++)
    if (strcmp(made[i], file) == 0) return made[i];
  if (count == sizeof made / sizeof *made) return path;
  memcpy(made[count], file, (size_t)n + 1);
  return made[count++];
}

bool cli_is_project(const char *path) {
  const char *file = cli_project_file(path), *slash = strrchr(file, '/');
  struct stat s;
  return strcmp(slash ? slash + 1 : file, "edict.yaml") == 0 && stat(file, &s) == 0 && S_ISREG(s.st_mode);
}

const char *cli_project_path(const cli_arguments *a) {
  if (a->project) return a->project;
  return a->positional_count ? cli_project_file(a->positional[0]) : "edict.yaml";
}

cli_exit cli_make_folders(const char *path) {
  char folder[PATH_MAX];
  size_t length = strlen(path);
  if (length >= sizeof folder) return cli_refuse("the path `%s` is too long", path);
  memcpy(folder, path, length + 1);
  for (size_t i = 1; i < length; i++) {
    if (folder[i] != '/') continue;
    folder[i] = '\0';
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) return cli_refuse("the folder `%s` cannot be made: %s", folder, strerror(errno));
    folder[i] = '/';
  }
  return CLI_DONE;
}

cli_exit cli_write_back(cli_arguments *a, const char *path, const char *text, size_t length) {
  char target[PATH_MAX];
  if (!realpath(path, target)) return cli_refuse("`%s` cannot be found: %s", path, strerror(errno));
  if (access(target, W_OK) != 0) return cli_refuse("`%s` cannot be written: %s", path, strerror(errno));
  return cli_exit_of(edict_file_write(target, text, length, a->diagnostics));
}
