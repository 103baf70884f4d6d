/* lsp: the language server over standard input and output, for editors to start. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "workbench/lsp.h"

enum { PATH_MOST = 4096, DEPTH_MOST = 12, FOLDERS_MOST = 20000 };

/* Clients add it of themselves where they may choose between pipes. */
static const cli_option lsp_options[] = {{"--stdio", NULL, "what it does anyway: editors say so", false}, CLI_END_OF_OPTIONS};

static void send_bytes(void *user, const char *bytes, size_t length) {
  (void)user;
  fwrite(bytes, 1, length, stdout);
}

/* ---- projects below a folder ---- */

typedef struct search {
  void (*each)(void *to, const char *path);
  void *to;
  size_t folders;
} search;

static void look_into(search *s, const char *folder, unsigned depth);

static void look_at(search *s, const char *folder, const char *name, unsigned depth) {
  char path[PATH_MOST];
  struct stat found;
  int n = snprintf(path, sizeof path, "%s/%s", folder, name);
  if (n < 0 || (size_t)n >= sizeof path || lstat(path, &found) != 0) return;
  if (S_ISDIR(found.st_mode)) look_into(s, path, depth + 1);
  else if (strcmp(name, "edict.yaml") == 0) s->each(s->to, path);
}

/* What begins with a dot is passed over, and so are links. */
static void look_into(search *s, const char *folder, unsigned depth) {
  if (depth > DEPTH_MOST || s->folders++ > FOLDERS_MOST) return;
  DIR *dir = opendir(folder);
  if (!dir) return; /* what may not be read holds no project for this user */
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
    if (entry->d_name[0] != '.' && strcmp(entry->d_name, "node_modules") != 0) look_at(s, folder, entry->d_name, depth);
  closedir(dir);
}

static void find_projects(void *user, const char *root, void (*each)(void *to, const char *path), void *to) {
  (void)user;
  search s = {each, to, 0};
  look_into(&s, root, 0);
}

static int64_t read_clock(void *user) {
  struct timespec t;
  (void)user;
  if (clock_gettime(CLOCK_REALTIME, &t) != 0) return INT64_MIN;
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- the loop ---- */

static bool input_waits(void) {
  struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
  return poll(&fd, 1, 0) > 0;
}

static cli_exit serve(lsp_server *server) {
  static char bytes[64 * 1024];
  for (;;) {
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cli_refuse("standard input cannot be read: %s", strerror(errno));
    if (n == 0) return CLI_FOUND; /* the client is gone without a word */
    int code = lsp_feed(server, bytes, (size_t)n);
    if (code < 0 && !input_waits()) lsp_settle(server);
    if (fflush(stdout) != 0) return CLI_REFUSED;
    if (code >= 0) return code == 0 ? CLI_DONE : CLI_FOUND;
  }
}

static cli_exit run_lsp(cli_arguments *a) {
  (void)a;
  static char buffer[LSP_BUFFER_SIZE];
  lsp_host host = {.send = send_bytes, .find = find_projects, .now = read_clock};
  lsp_server *server = lsp_open(&host, buffer);
  cli_exit code = serve(server);
  lsp_close(server);
  return code;
}

const cli_verb cli_verb_lsp = {
    .name = "lsp",
    .synopsis = "[--stdio]",
    .options = lsp_options,
    .positional_most = 0,
    .run = run_lsp,
    .more = "Speaks the Language Server Protocol 3.17 over standard input and output; an editor starts\n"
            "it. docs/editors.md says how, and what it offers.\n",
};
