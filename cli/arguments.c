/* Arguments: what was given, what a status means to whoever called, and small inputs. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/sarif.h"
#include "edict/forms.h"

const char *cli_value_at(const cli_arguments *a, const char *name, size_t at) {
  for (size_t i = 0; i < a->given_count; i++)
    if (strcmp(a->given[i].name, name) == 0 && at-- == 0) return a->given[i].value;
  return NULL;
}

const char *cli_value(const cli_arguments *a, const char *name) { return cli_value_at(a, name, 0); }
bool cli_flag(const cli_arguments *a, const char *name) { return cli_value(a, name) != NULL; }

bool cli_need(const cli_arguments *a, const char *name) {
  if (cli_value(a, name)) return true;
  (void)cli_usage(a, "%s is needed", name);
  return false;
}

bool cli_json(const cli_arguments *a) {
  const char *format = cli_value(a, "--format");
  return format && strcmp(format, "json") == 0;
}

/* ---- what is said to whom ---- */

/* Words of the caller's stand in it: nothing that a terminal would obey may get out. */
static void complain(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
static void complain(const char *format, va_list arguments) {
  char raw[4096];
  int length = vsnprintf(raw, sizeof raw, format, arguments);
  if (length < 0) length = 0;
  cli_put(stderr, raw, (size_t)length < sizeof raw ? (size_t)length : sizeof raw - 1);
}

void cli_put(FILE *to, const char *text, size_t length) {
  static char visible[65536];
  while (length > 0) {
    /* In pieces that end where a character does, so that none is torn. */
    size_t piece = length < 4096 ? length : 4096;
    while (piece < length && piece > 4090 && ((unsigned char)text[piece] & 0xC0) == 0x80) piece--;
    (void)edict_text_visible(text, piece, visible, sizeof visible);
    fputs(visible, to);
    text += piece;
    length -= piece;
  }
}

cli_exit cli_usage(const cli_arguments *a, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "edict %s: ", a->verb->name);
  complain(format, arguments);
  fprintf(stderr, "\n`edict help %s` tells how it is used.\n", a->verb->name);
  va_end(arguments);
  return CLI_USAGE;
}

cli_exit cli_refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("edict: ", stderr);
  complain(format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  return CLI_REFUSED;
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

cli_exit cli_exit_of_load(edict_status status) {
  return status == EDICT_FINDINGS ? CLI_REFUSED : cli_exit_of(status);
}

bool cli_sarif_asked(const cli_arguments *a) {
  const char *format = cli_value(a, "--format");
  return format && strcmp(format, "sarif") == 0;
}

static edict_rendering rendering(const cli_arguments *a) {
  const char *no_color = getenv("NO_COLOR");
  if (cli_json(a) || cli_sarif_asked(a)) return EDICT_RENDERING_JSON;
  const char *terminal = getenv("TERM");
  bool color = isatty(STDERR_FILENO) && !(no_color && *no_color) && !(terminal && strcmp(terminal, "dumb") == 0);
  return color ? EDICT_RENDERING_COLOR : EDICT_RENDERING_TEXT;
}

/* One document on standard output, also where nothing was found. */
static void tell_sarif(const cli_arguments *a, const char *lines, size_t length, cli_exit code) {
  const edict_text parts[] = {{lines, length}, {a->findings, a->findings_length}};
  json_t *log = cli_sarif(parts, 2, cli_project_path(a), a->positional, a->positional_count, code);
  if (!log || json_dumpf(log, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0)
    (void)cli_refuse("the findings cannot be shown: no memory is left");
  putchar('\n');
  json_decref(log);
}

void cli_tell(cli_arguments *a, cli_exit code) {
  char *text;
  size_t length;
  if (edict_diagnostics_count(a->diagnostics) == 0 && !cli_sarif_asked(a)) return;
  if (edict_diagnostics_render(a->diagnostics, rendering(a), &text, &length) != EDICT_OK) {
    (void)cli_refuse("the findings cannot be shown: no memory is left");
    return;
  }
  if (cli_sarif_asked(a)) tell_sarif(a, text, length, code);
  else fwrite(text, 1, length, stderr);
  edict_text_free(&text);
  edict_text_free(&a->findings);
  a->findings_length = 0;
}

/* ---- inputs ---- */

edict_status cli_read(cli_arguments *a, const char *path, size_t most, char **bytes,
                      size_t *length) {
  return edict_file_read(path, most, bytes, length, a->diagnostics);
}

void cli_forget(char **secret, size_t length) {
  if (*secret) explicit_bzero(*secret, length);
  edict_text_free(secret);
}

bool cli_hex32(const char *text, size_t length, unsigned char bytes[32]) {
  static const char digits[] = "0123456789abcdef";
  if (length != 64) return false;
  for (size_t i = 0; i < 64; i++) {
    const char *at = memchr(digits, text[i], 16);
    if (!at) return false;
    unsigned digit = (unsigned)(at - digits);
    bytes[i / 2] = (unsigned char)(i % 2 ? bytes[i / 2] | digit : digit << 4);
  }
  return true;
}

bool cli_now(const cli_arguments *a, int64_t *now) {
  const char *given = cli_value(a, "--now");
  struct timespec t;
  if (given) {
    if (edict_time_parse(given, strlen(given), now) == EDICT_OK) return true;
    (void)cli_usage(a, "--now takes a time such as 2026-11-20T10:00:00Z");
    return false;
  }
  if (clock_gettime(CLOCK_REALTIME, &t) != 0) {
    (void)cli_refuse("the clock cannot be read");
    return false;
  }
  *now = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
  return true;
}

/* What is near its end is told by the day. Who builds or tests the same sources later sets the day, as
 * https://reproducible-builds.org/specs/source-date-epoch/ has it: whole seconds since 1970. */
bool cli_day(const cli_arguments *a, int64_t *now) {
  static const int64_t latest = INT64_C(253402300799); /* the end of 9999 */
  const char *epoch = cli_flag(a, "--now") ? NULL : getenv("SOURCE_DATE_EPOCH");
  if (!epoch) return cli_now(a, now);
  int64_t seconds = 0;
  for (const char *at = epoch; *at; at++) {
    if (*at < '0' || *at > '9' || seconds > latest / 10) seconds = latest + 1;
    else seconds = seconds * 10 + (*at - '0');
    if (seconds > latest) break;
  }
  *now = seconds * 1000000;
  if (*epoch && seconds <= latest) return true;
  (void)cli_usage(a, "SOURCE_DATE_EPOCH holds no number of seconds since 1970");
  return false;
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
