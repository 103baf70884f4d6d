/* Arguments: what was given, and what a status means to whoever called. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"

const char *cli_value_at(const cli_arguments *a, const char *name, size_t at) {
  for (size_t i = 0; i < a->given_count; i++)
    if (strcmp(a->given[i].name, name) == 0 && at-- == 0) return a->given[i].value;
  return NULL;
}

const char *cli_value(const cli_arguments *a, const char *name) {
  const char *last = NULL, *value;
  for (size_t i = 0; (value = cli_value_at(a, name, i)) != NULL; i++) last = value;
  return last;
}

bool cli_flag(const cli_arguments *a, const char *name) { return cli_value(a, name) != NULL; }

bool cli_need(const cli_arguments *a, const char *verb, const char *name) {
  if (cli_value(a, name)) return true;
  (void)cli_usage(verb, "%s is needed", name);
  return false;
}

bool cli_json(const cli_arguments *a) {
  const char *format = cli_value(a, "--format");
  return format && strcmp(format, "json") == 0;
}

cli_exit cli_exit_of(edict_status status) {
  switch (status) {
    case EDICT_OK: return CLI_DONE;
    case EDICT_FINDINGS: return CLI_FOUND;
    case EDICT_ARGUMENT: return CLI_USAGE;
    case EDICT_MEMORY:
    case EDICT_LIMIT:
    case EDICT_FORMAT:
    case EDICT_UNTRUSTED:
    case EDICT_EXPIRED:
    case EDICT_VERSION:
    case EDICT_NOT_FOUND:
    case EDICT_SYSTEM:
    case EDICT_BUSY:
    case EDICT_UNSUPPORTED: return CLI_REFUSED;
    case EDICT_DEFECT: return CLI_DEFECT;
  }
  return CLI_DEFECT;
}

static bool wants_color(void) { return isatty(STDERR_FILENO) && !getenv("NO_COLOR"); }

void cli_tell(const cli_arguments *a) {
  char *text;
  size_t length;
  edict_rendering how = cli_json(a) ? EDICT_RENDERING_JSON : wants_color() ? EDICT_RENDERING_COLOR : EDICT_RENDERING_TEXT;
  if (edict_diagnostics_count(a->diagnostics) == 0) return;
  if (edict_diagnostics_render(a->diagnostics, how, &text, &length) != EDICT_OK) {
    fputs("edict: the findings cannot be shown: no memory is left\n", stderr);
    return;
  }
  fwrite(text, 1, length, stderr);
  edict_text_free(&text);
}

edict_status cli_read(cli_arguments *a, const char *path, char **bytes, size_t *length) {
  return edict_file_read(path, CLI_FILE_MOST, bytes, length, a->diagnostics);
}

static bool digits(const char **at, size_t count, int *out) {
  *out = 0;
  for (size_t i = 0; i < count; i++, ++*at) {
    if (**at < '0' || **at > '9') return false;
    *out = *out * 10 + (**at - '0');
  }
  return true;
}

/* "2026-11-20T10:00:00Z": the one form that the command takes. */
bool cli_parse_time(const char *text, int64_t *time) {
  int year, month, day, hour, minute, second;
  const char *at = text;
  bool ok = digits(&at, 4, &year) && *at++ == '-' && digits(&at, 2, &month) && *at++ == '-' && digits(&at, 2, &day) &&
            *at++ == 'T' && digits(&at, 2, &hour) && *at++ == ':' && digits(&at, 2, &minute) && *at++ == ':' &&
            digits(&at, 2, &second) && strcmp(at, "Z") == 0;
  static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  static const int in_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (!ok || year < 1 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return false;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day < 1 || day > in_month[month - 1] + (month == 2 && leap)) return false;
  int64_t y = year - 1;
  int64_t days = y * 365 + y / 4 - y / 100 + y / 400 + before[month - 1] + (month > 2 && leap) + day - 1 - 719162;
  *time = (((days * 24 + hour) * 60 + minute) * 60 + second) * INT64_C(1000000);
  return true;
}

bool cli_now(const cli_arguments *a, const char *verb, int64_t *now) {
  const char *given = cli_value(a, "--now");
  if (given) {
    if (cli_parse_time(given, now)) return true;
    (void)cli_usage(verb, "--now takes a time such as 2026-11-20T10:00:00Z");
    return false;
  }
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  *now = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
  return true;
}

bool cli_random(unsigned char *bytes, size_t length) {
  size_t got = 0;
  while (got < length) {
    ssize_t n = getrandom(bytes + got, length - got, 0);
    if (n <= 0) return false;
    got += (size_t)n;
  }
  return true;
}
